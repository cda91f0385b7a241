"""Tell listeners in this process what was settled. Listening changes nothing and can fail nothing."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class StageSettled:
    """A stage is done for a run, now or earlier."""

    run_id: str
    subject: str
    stage: str
    key: str
    reused: bool
    seconds: float
    cost_usd: Decimal


@dataclass(frozen=True)
class ItemFinished:
    """One of the items of `each` is through. *value* is what its function returned."""

    run_id: str
    subject: str
    value: object
    seconds: float


@dataclass(frozen=True)
class RunWaits:
    """The process stays while its run waits for a person; the approvals' ids, oldest first."""

    run_id: str
    approval_ids: tuple[str, ...]


News = StageSettled | ItemFinished | RunWaits
Listener = Callable[[News], None]
_listeners: list[Listener] = []
_lock = threading.Lock()


@contextmanager
def subscribe(listener: Listener) -> Generator[None]:
    """Call *listener*, from any thread, for what is settled meanwhile."""
    with _lock:
        _listeners.append(listener)
    try:
        yield
    finally:
        with _lock:
            _listeners.remove(listener)


def tell(news: News) -> None:
    """Pass *news* on; a listener's error stays its own."""
    for listener in list(_listeners):
        with suppress(Exception):
            listener(news)
