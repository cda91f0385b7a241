"""The named fault points of the product.

`reach("name")` stands where a crash or a failing device would hurt most. Without a plan it is one global
lookup. A test plans with `HOLDFAST_FAULT=name:hit:action` (action `kill`, the default, or `stop`) in the
environment of a child process, or in its own process with `planned`, which calls a function instead.
"""

import os
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager

POINTS = (
    "run.opened",
    "stage.claimed",
    "stage.body.done",
    "part.kept",
    "artifact.written",
    "artifact.renamed",
    "artifact.kept",
    "stage.commit.open",
    "stage.commit.written",
    "stage.committed",
    "model_call.asked",
    "model_call.received",
    "model_call.kept",
    "accounting.written",
    "accounting.committed",
    "approval.asked",
    "approval.decided",
    "run.parked",
    "run.waits",
    "run.nudged",
    "run.closed",
    "head.signed",
    "head.written",
)

_SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}


def _plan_from_environment() -> Callable[[str], None] | None:
    text = os.environ.get("HOLDFAST_FAULT")
    if not text:
        return None
    name, hit, action = (f"{text}::").split(":")[:3]
    if name not in POINTS:
        raise ValueError(f"HOLDFAST_FAULT names no fault point: {name!r}")
    left, signal_number = int(hit or 1), _SIGNALS[action or "kill"]

    def act(point: str) -> None:
        nonlocal left
        if point == name:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal_number)

    return act


_plan: Callable[[str], None] | None = _plan_from_environment()


def reach(point: str) -> None:
    """Say that *point* is reached. Free when nothing is planned."""
    if _plan is not None:
        _plan(point)


@contextmanager
def planned(plan: Callable[[str], None]) -> Generator[None]:
    """Call *plan* at every fault point reached in this process."""
    global _plan  # noqa: PLW0603  one plan per process, by design
    before = _plan
    _plan = plan
    try:
        yield
    finally:
        _plan = before
