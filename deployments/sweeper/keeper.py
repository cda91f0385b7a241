"""Start, find and stop the one sweeper of a home.

The sweeper holds a file lock as long as it lives, so there is one, and names itself in `sweeper.json`.
"""

import fcntl
import json
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from blocks.base.clock import monotonic, sleep
from blocks.base.errors import HoldfastError
from deployments.local_server.process import Identity, end, identify, is_alive, spawn

Kept = Identity
_COMMAND = ("-m", "deployments.sweeper")
_STARTS_WITHIN_SECONDS = 20.0


class SweeperDied(HoldfastError):
    """The sweeper did not start."""

    safe = "Runs work without it; one that dies waits for `holdfast runs resume`."
    next = "Its log tells why: {log}"

    def __init__(self, log: Path) -> None:
        super().__init__()
        self.next = self.next.format(log=log)


def ensure(home: Path) -> Kept:
    """The sweeper of *home*, started where there is none (0.3 s). Raises SweeperDied."""
    if found := look(home):
        return found
    spawn([sys.executable, *_COMMAND], _environment(home), log_file(home))
    until = monotonic() + _STARTS_WITHIN_SECONDS
    while not (found := look(home)):
        if monotonic() > until:
            raise SweeperDied(log_file(home))
        sleep(0.05)
    return found


def mend(home: Path) -> None:
    """Start the sweeper again where one was kept and died; where none was, leave it so."""
    if _file(home).exists() and look(home) is None:
        ensure(home)


def stop(home: Path) -> Kept | None:
    """Stop the sweeper of *home*, and only that. None when none was alive. Runs that it woke go on."""
    found = look(home)
    _file(home).unlink(missing_ok=True)
    if found is not None:
        end(found)
    return found


def look(home: Path) -> Kept | None:
    """The sweeper of *home* where it is alive."""
    try:
        known = Identity(**json.loads(_file(home).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return known if is_alive(known) else None


def log_file(home: Path) -> Path:
    """Where the sweeper tells what it does, and the runs that it wakes what came out."""
    return home / "sweeper.log"


@contextmanager
def only_one(home: Path) -> Generator[bool]:
    """Be the sweeper of *home* while the block runs; False where another is. A killed one's lock is freed by the system."""
    handle = os.open(home / "sweeper.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        _write(home)
        yield True
    finally:
        os.close(handle)


def _write(home: Path) -> None:
    me = identify(os.getpid())
    known = Identity(os.getpid(), me.started if me else "", " ".join(_COMMAND))
    draft = home / f".sweeper.json.{os.getpid()}"
    draft.write_text(json.dumps(asdict(known)) + "\n")
    draft.replace(_file(home))


def _file(home: Path) -> Path:
    return home / "sweeper.json"


def _environment(home: Path) -> dict[str, str]:
    """This process's; a planned fault is meant for one process only."""
    mine = {name: value for name, value in os.environ.items() if name != "HOLDFAST_FAULT"}
    return {**mine, "HOLDFAST_HOME": str(home), "PYTHONUNBUFFERED": "1"}
