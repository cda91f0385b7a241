"""A process that is kept beside the local server: started, found and stopped, one per home.

It holds a file lock as long as it lives, so there is one, and names itself in a file of the home.
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

_STARTS_WITHIN_SECONDS = 20.0
_PROFILE = "HOLDFAST_PROFILE"
_LARGE_LOG_BYTES = 5_000_000


@dataclass(frozen=True)
class Kept:
    """The one that was started last: its process, the profile that it works in ("": the default), and its port or 0."""

    pid: int
    started: str
    command: str
    profile: str
    port: int = 0

    @property
    def identity(self) -> Identity:
        """The process, in full."""
        return Identity(self.pid, self.started, self.command)


class CompanionDied(HoldfastError):
    """The {name} did not start."""

    safe = "Runs work without it."
    next = "Its log tells why: {log}"

    def __init__(self, name: str, log: Path) -> None:
        super().__init__(name=name)
        self.next = self.next.format(log=log)


@dataclass(frozen=True)
class Companion:
    """One kind of such a process: *name* in its files, *module* to run, and whether it works in a profile."""

    name: str
    module: str
    has_profile: bool = True

    def ensure(self, home: Path, *, profile: str | None = None) -> Kept:
        """The one of *home*, started where there is none, to work in *profile*.

        One that works in another profile is replaced. Without *profile* it is HOLDFAST_PROFILE's. Raises CompanionDied.
        """
        wanted = os.environ.get(_PROFILE, "") if profile is None else profile
        wanted = wanted if self.has_profile else ""
        found = self.look(home)
        if found is not None and found.profile == wanted:
            return found
        if found is not None:
            end(found.identity)
        spawn([sys.executable, "-m", self.module], _environment(home, wanted), self._log(home))
        until = monotonic() + _STARTS_WITHIN_SECONDS
        while not (found := self.look(home)):
            if monotonic() > until:
                raise CompanionDied(self.name, self.log_file(home))
            sleep(0.05)
        return found

    def mend(self, home: Path) -> None:
        """Start it again where one was kept and died; where none was, leave it so."""
        known = self.last(home)
        if known is not None and not is_alive(known.identity):
            self.ensure(home, profile=known.profile)

    def stop(self, home: Path) -> Kept | None:
        """Stop the one of *home*, and only that. None when none was alive."""
        found = self.look(home)
        self._file(home).unlink(missing_ok=True)
        if found is not None:
            end(found.identity)
        return found

    def look(self, home: Path) -> Kept | None:
        """The one of *home* where it is alive."""
        known = self.last(home)
        return known if known is not None and is_alive(known.identity) else None

    def died(self, home: Path) -> bool:
        """Was one kept, and is it gone?"""
        known = self.last(home)
        return known is not None and not is_alive(known.identity)

    def last(self, home: Path) -> Kept | None:
        """The one that was started last and not stopped, alive or not."""
        try:
            return Kept(**json.loads(self._file(home).read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def log_file(self, home: Path) -> Path:
        """Where it tells what it does."""
        return home / f"{self.name}.log"

    @contextmanager
    def only_one(self, home: Path) -> Generator[bool]:
        """Be the one of *home* while the block runs; False where another is. A killed one's lock is freed by the system."""
        handle = os.open(home / f"{self.name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
        finally:
            os.close(handle)

    def show(self, home: Path, *, port: int = 0) -> None:
        """Say in the home that this process is the one, and answers on *port*. Call it under `only_one`."""
        me = identify(os.getpid())
        profile = os.environ.get(_PROFILE, "")
        known = Kept(
            os.getpid(),
            me.started if me else "",
            f"-m {self.module}",
            profile if self.has_profile else "",
            port,
        )
        draft = home / f".{self.name}.json.{os.getpid()}"
        draft.write_text(json.dumps(asdict(known)) + "\n")
        draft.replace(self._file(home))

    def _file(self, home: Path) -> Path:
        return home / f"{self.name}.json"

    def _log(self, home: Path) -> Path:
        """The log; one that grew large is put aside first."""
        log = self.log_file(home)
        if log.exists() and log.stat().st_size > _LARGE_LOG_BYTES:
            log.replace(log.with_name(f"{log.name}.1"))
        return log


def _environment(home: Path, profile: str) -> dict[str, str]:
    """This process's, in another profile perhaps; a planned fault is meant for one process only."""
    kept = {name: value for name, value in os.environ.items() if name not in ("HOLDFAST_FAULT", _PROFILE)}
    chosen = {_PROFILE: profile} if profile else {}
    return {**kept, **chosen, "HOLDFAST_HOME": str(home), "PYTHONUNBUFFERED": "1"}
