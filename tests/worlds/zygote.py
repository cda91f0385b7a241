"""A process that has everything imported, no threads and no open files of ours: a child costs one fork.

Faster than `children`, which starts one process after the other: a sweep makes thousands of them.
"""

import gc
import json
import os
import signal
import threading
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.worlds import children
from tests.worlds.ground import Ground

CHILD_MAY_TAKE_SECONDS = 60
MEMORY = Path("/dev/shm")  # noqa: S108
Copied = Callable[[Path, str], Path]


@dataclass(frozen=True)
class Ended:
    """How a child ended: 0 and a *value*, -9 where it was killed, 1 where it raised (*trouble* tells what)."""

    code: int
    value: Any = None
    trouble: str = ""

    def answer(self) -> Any:
        """The value of a child that ended well; AssertionError where it did not."""
        assert self.code == 0, f"the child ended with {self.code}\n{self.trouble}"
        return self.value


class Zygote:
    """Calls each function in a fork of its own."""

    def __init__(self) -> None:
        self._near, far = children.forks.Pipe()
        self._process = children.start(_serve, far)

    def fork(self, target: Callable[..., Any], *arguments: Any) -> Ended:
        """Call *target* in a new child and wait for its end. What it returns must be JSON."""
        self._near.send((target, arguments))
        return Ended(*self._near.recv())

    def close(self) -> None:
        """No more children."""
        self._near.send(None)
        children.end_of(self._process)


@contextmanager
def opened() -> Generator[Zygote]:
    """A zygote for the code under it."""
    zygote = Zygote()
    try:
        yield zygote
    finally:
        zygote.close()


def _serve(far: Connection) -> None:
    while (call := far.recv()) is not None:
        if threading.active_count() != 1:
            raise RuntimeError("a process with threads must not be forked")
        gc.freeze()  # else each child copies what its collector looks at
        far.send(_forked(*call))


def _forked(target: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[int, Any, str]:
    out, into = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(out)
        _live(into, target, arguments)
    os.close(into)
    with os.fdopen(out) as told:
        text = told.read()
    value, trouble = json.loads(text) if text else (None, "")
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), value, trouble


def _live(into: int, target: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """The life of a child; it never returns."""
    signal.alarm(CHILD_MAY_TAKE_SECONDS)
    code, told = 0, (None, "")
    try:
        told = (target(*arguments), "")
    except BaseException:
        code, told = 1, (None, traceback.format_exc())
    with os.fdopen(into, "w") as file:
        json.dump(told, file)
    os._exit(code)


@pytest.fixture(scope="module", name="children")
def a_zygote() -> Generator[Zygote]:
    """Forks a child for each call."""
    with opened() as one:
        yield one


@pytest.fixture
def blank(ground: Ground) -> Generator[Path]:
    """A home with nothing in it but the schema; in memory where there is a place, a killed process needs no disk."""
    with TemporaryDirectory(prefix="holdfast-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield ground.blank(Path(folder) / "blank")


@pytest.fixture
def copied(ground: Ground) -> Copied:
    """Copies a home: the copy of that name is beside it, in the place of an older one."""
    return lambda home, name: ground.copied(home, home.with_name(name))
