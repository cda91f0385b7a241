"""Keep the server alive while a flow runs: clients wait for a server that comes back, so nothing is lost."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from blocks.base.errors import HoldfastError
from deployments.local_server.keeper import ensure
from deployments.local_server.record import Record


@contextmanager
def kept_alive(
    home: Path,
    record: Record,
    *,
    look_every_seconds: float = 1.0,
    beside: Callable[[Path], None] = lambda home: None,
) -> Generator[None]:
    """Start the server again, where it was, when it dies while this block runs. Costs one look a second.

    *beside* is called at each look, to mend what else is kept.
    """
    is_over = threading.Event()

    def look() -> None:
        known = record
        while not is_over.wait(look_every_seconds):
            with suppress(HoldfastError, OSError):  # the next look tries again
                if not known.is_alive:
                    known = ensure(home, port=known.port)
                beside(home)

    thread = threading.Thread(target=look, name="holdfast-server-guard", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
