"""Start, find and stop the one sweeper of a home.

The sweeper holds a file lock as long as it lives, so there is one, and names itself in `sweeper.json`.
"""

import fcntl
import json
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from blocks.base.clock import monotonic, sleep
from blocks.base.errors import HoldfastError
from deployments.local_server.process import Identity, end, identify, is_alive, spawn

_COMMAND = ("-m", "deployments.sweeper")
_STARTS_WITHIN_SECONDS = 20.0
_PROFILE = "HOLDFAST_PROFILE"
_LARGE_LOG_BYTES = 5_000_000


@dataclass(frozen=True)
class Kept:
    """The sweeper that was started last: its process, and the profile whose runs it looks after ("": the default)."""

    pid: int
    started: str
    command: str
    profile: str

    @property
    def identity(self) -> Identity:
        """The process, in full."""
        return Identity(self.pid, self.started, self.command)


class SweeperDied(HoldfastError):
    """The sweeper did not start."""

    safe = "Runs work without it; one that dies waits for `holdfast runs resume RUN`."
    next = "Its log tells why: {log}"

    def __init__(self, log: Path) -> None:
        super().__init__()
        self.next = self.next.format(log=log)


def ensure(home: Path, *, profile: str | None = None) -> Kept:
    """The sweeper of *home*, started where there is none, to look after the runs of *profile*.

    One that looks after another profile is replaced. Without *profile* it is HOLDFAST_PROFILE's. Raises SweeperDied.
    """
    wanted = os.environ.get(_PROFILE, "") if profile is None else profile
    found = look(home)
    if found is not None and found.profile == wanted:
        return found
    if found is not None:
        end(found.identity)
    spawn([sys.executable, *_COMMAND], _environment(home, wanted), _log(home))
    until = monotonic() + _STARTS_WITHIN_SECONDS
    while not (found := look(home)):
        if monotonic() > until:
            raise SweeperDied(log_file(home))
        sleep(0.05)
    return found


def mend(home: Path) -> None:
    """Start the sweeper again where one was kept and died; where none was, leave it so."""
    known = _read(home)
    if known is not None and not is_alive(known.identity):
        ensure(home, profile=known.profile)


def stop(home: Path) -> Kept | None:
    """Stop the sweeper of *home*, and only that. None when none was alive. Runs that it woke go on."""
    found = look(home)
    _file(home).unlink(missing_ok=True)
    if found is not None:
        end(found.identity)
    return found


def look(home: Path) -> Kept | None:
    """The sweeper of *home* where it is alive."""
    known = _read(home)
    return known if known is not None and is_alive(known.identity) else None


def died(home: Path) -> bool:
    """Was a sweeper kept, and is it gone?"""
    known = _read(home)
    return known is not None and not is_alive(known.identity)


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
    known = Kept(os.getpid(), me.started if me else "", " ".join(_COMMAND), os.environ.get(_PROFILE, ""))
    draft = home / f".sweeper.json.{os.getpid()}"
    draft.write_text(json.dumps(asdict(known)) + "\n")
    draft.replace(_file(home))


def _read(home: Path) -> Kept | None:
    try:
        return Kept(**json.loads(_file(home).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _file(home: Path) -> Path:
    return home / "sweeper.json"


def _log(home: Path) -> Path:
    """The log; one that grew large is put aside first."""
    log = log_file(home)
    if log.exists() and log.stat().st_size > _LARGE_LOG_BYTES:
        log.replace(log.with_name(f"{log.name}.1"))
    return log


def _environment(home: Path, profile: str) -> dict[str, str]:
    """This process's, in another profile perhaps; a planned fault is meant for one process only."""
    kept = {name: value for name, value in os.environ.items() if name not in ("HOLDFAST_FAULT", _PROFILE)}
    chosen = {_PROFILE: profile} if profile else {}
    return {**kept, **chosen, "HOLDFAST_HOME": str(home), "PYTHONUNBUFFERED": "1"}
