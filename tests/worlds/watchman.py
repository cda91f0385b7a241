"""A watchman beside the readers: nothing is unpickled, imported, compiled or started while stored bytes are read.

An audit hook cannot be taken away again, so it is put up once for each process and looks only where a context
variable says that something is being read.
"""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any

import pytest

from blocks.artifacts.store import ArtifactStore
from blocks.base.canonical import Form
from blocks.state.head_shelf import HeadFolder

NEVER_WHILE_READING = frozenset(
    {
        "pickle.find_class", "import", "exec", "compile", "code.__new__", "marshal.load", "marshal.loads",
        "os.system", "os.exec", "os.posix_spawn", "subprocess.Popen", "ctypes.dlopen",
    }
)  # fmt: skip
READERS: tuple[tuple[type, str], ...] = (
    (ArtifactStore, "get"),
    (Form, "parse"),
    (HeadFolder, "read"),
    (HeadFolder, "last"),
)


class RanWhileReading(BaseException):
    """Reading went over to running. No `except Exception` of a reader may swallow it."""


_notes: ContextVar[list[str] | None] = ContextVar("notes", default=None)
_is_up = False


@contextmanager
def watching() -> Generator[list[str]]:
    """Stop whatever runs while the code under it reads, and note it; what was noted is in the list."""
    _put_up()
    notes: list[str] = []
    token = _notes.set(notes)
    try:
        yield notes
    finally:
        _notes.reset(token)


@pytest.fixture(autouse=True)
def watched_readers() -> Generator[None]:
    """Let the product's readers be watched in every test of the folder that imports this."""
    notes: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        for reader, name in READERS:
            patch.setattr(reader, name, _watched(getattr(reader, name), notes))
        yield
    assert notes == [], "this ran while a stored record was read"


def _watched(read: Callable[..., Any], notes: list[str]) -> Callable[..., Any]:
    @wraps(read)
    def reading(*args: Any, **kwargs: Any) -> Any:
        with watching() as new:
            try:
                return read(*args, **kwargs)
            finally:
                notes.extend(new)

    return reading


def _put_up() -> None:
    global _is_up  # noqa: PLW0603  one hook for each process
    if not _is_up:
        _is_up = True
        sys.addaudithook(_look)


def _look(event: str, arguments: tuple[Any, ...]) -> None:
    if event in NEVER_WHILE_READING and (notes := _notes.get()) is not None:
        notes.append(f"{event} {arguments[:2]!r}"[:200])
        raise RanWhileReading(notes[-1])
