"""Which run, and which subject, the running code works for."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace

from blocks.base.errors import HoldfastError


class NotInARun(HoldfastError):
    """A stage was called outside of a run."""

    safe = "Nothing was done."
    next = "Call it from a flow, or call the plain function with `.fn(...)`."


class Stopping(HoldfastError):
    """The run is being stopped; this stage was not begun."""

    safe = "Finished stages are recorded."


@dataclass(frozen=True)
class Scope:
    """One run; within it one *subject*, a document's name say."""

    run_id: str
    subject: str = ""
    stopping: threading.Event = field(default_factory=threading.Event, compare=False)
    """Set when the run is being stopped: what has begun may end, nothing new begins."""
    asked: set[str] = field(default_factory=set[str], compare=False)
    """The ids of what the run has asked people since it was taken up last."""
    resumed: bool = field(default=False, compare=False)
    """Was the run taken up again?"""


_scope: ContextVar[Scope | None] = ContextVar("scope", default=None)


def current() -> Scope:
    """The scope of the running code; raises NotInARun."""
    scope = _scope.get()
    if scope is None:
        raise NotInARun
    return scope


def owner() -> str:
    """The subject of the running code, or its run where it works for none in particular; "" outside of a run."""
    scope = _scope.get()
    return "" if scope is None else scope.subject or scope.run_id


def run_id() -> str | None:
    """The run of the running code, if it works for one."""
    scope = _scope.get()
    return None if scope is None else scope.run_id


@contextmanager
def working_for(scope: Scope) -> Generator[Scope]:
    """Let the code under it work for *scope*."""
    token = _scope.set(scope)
    try:
        yield scope
    finally:
        _scope.reset(token)


@contextmanager
def about(subject: str) -> Generator[Scope]:
    """Let the code under it work on *subject* of the current run."""
    with working_for(replace(current(), subject=subject[:500])) as scope:
        yield scope
