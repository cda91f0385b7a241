"""Start, find and stop the one local server of a Holdfast home.

What decides: the process in `server.json` is alive (number, start time, command) and answers its health
question. A file lock is held only while deciding and starting, so two `up` at once start one server.
"""

import datetime as dt
import errno
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from blocks.base.clock import monotonic, now_us, sleep
from deployments.local_server.address import ClaimedPort, choose_port, claim, is_healthy, settings_served
from deployments.local_server.environment import LOOPBACK, database_place, prefect_home, server_environment
from deployments.local_server.errors import (
    DiskFull,
    HomeNotWritable,
    NotOurServer,
    PortTaken,
    ServerDied,
    ServerSilent,
)
from deployments.local_server.process import end, spawn
from deployments.local_server.record import Record, read_record, record_of, write_record
from deployments.local_server.seed import seed_database
from deployments.local_server.serverlog import log_file, open_log, reason_of_end, says_port_taken

State = Literal["running", "starting", "silent", "stopped"]
NEEDED_MB = 50
_LOCK = "server.lock"


@dataclass(frozen=True)
class Launch:
    """A server that answers already, or one that is still starting (`is_new`)."""

    home: Path
    record: Record
    is_new: bool
    process: subprocess.Popen[bytes] | None = None
    claimed: ClaimedPort | None = None

    def wait(self, *, within_seconds: float = 120.0) -> Record:
        """Return when the server answers. Raises ServerDied, PortTaken, ServerSilent or NotOurServer."""
        until = monotonic() + within_seconds
        while not is_healthy(self.record.port):
            if self._has_ended():
                raise self._cause_of_death()
            if monotonic() > until:
                raise ServerSilent(pid=self.record.pid, url=self.record.url, log=log_file(self.home))
            sleep(0.05)
        if self.claimed is not None:
            self.claimed.release()
        if self.is_new:
            self._check_ownership()
        return self.record

    def _has_ended(self) -> bool:
        if self.process is not None:
            return self.process.poll() is not None
        return not self.record.is_alive

    def _cause_of_death(self) -> ServerDied | PortTaken:
        line = reason_of_end(self.home)
        if says_port_taken(line):
            return PortTaken(port=self.record.port)
        return ServerDied(line=line, log=log_file(self.home))

    def _check_ownership(self) -> None:
        """Another server may have taken the port between our choice and our start."""
        served = str(settings_served(self.record.port).get("home", ""))
        if Path(served).resolve() != prefect_home(self.home).resolve():
            end(self.record.identity)
            raise NotOurServer(url=self.record.url)


def begin(home: Path, *, port: int | None = None) -> Launch:
    """Start a server unless one is alive, and return at once; `Launch.wait` waits until it answers.

    Without *port* a free one is chosen. Raises HomeNotWritable, DiskFull or PortTaken.
    """
    with writable(home), locked(home / _LOCK):
        record = read_record(home)
        if record is not None and record.is_alive:
            if port not in (None, record.port):
                raise PortTaken(f"The server of this home already runs on {record.url}.", port=port)
            return Launch(home, record, is_new=False)
        return _start(home, port, record.port if record else None)


def ensure(home: Path, *, port: int | None = None) -> Record:
    """The server of *home*, started when there is none; returns when it answers (3 s, or some ms)."""
    for chances in (2, 1, 0):
        try:
            return begin(home, port=port).wait()
        except (PortTaken, NotOurServer):
            # Lost a race for a free port: choose again, unless the person chose it.
            if port is not None or not chances:
                raise
    raise AssertionError("not reached")


def leave_database(home: Path) -> None:
    """Stop the server of *home* where it keeps its state in another database than the chosen profile says."""
    record = read_record(home)
    if record is not None and record.database != database_place(home):
        stop(home)


def stop(home: Path) -> Record | None:
    """Stop the server of *home*, and only that one. None when none was alive."""
    if not home.exists():
        return None
    with writable(home), locked(home / _LOCK):
        record = read_record(home)
        if record is None or not record.is_alive:
            return None
        end(record.identity)
        return record


def look(home: Path) -> tuple[State, Record | None]:
    """What there is now, changing nothing: the state, and the last server started (alive or not)."""
    record = read_record(home)
    if record is None or not record.is_alive:
        return "stopped", record
    if is_healthy(record.port):
        return "running", record
    age_seconds = now_us() / 1e6 - _epoch(record)
    return ("starting" if age_seconds < 60 else "silent"), record


def _start(home: Path, port: int | None, remembered: int | None) -> Launch:
    free_mb = shutil.disk_usage(home).free // 1_000_000
    if free_mb < NEEDED_MB:
        raise DiskFull(home=home, free_mb=free_mb, needed_mb=NEEDED_MB)
    claimed = claim(port) if port is not None else choose_port(remembered)
    if claimed is None:
        raise PortTaken(port=port)
    chosen = claimed.number
    prefect_home(home).mkdir(mode=0o700, exist_ok=True)
    database = database_place(home)
    if not database:
        seed_database(prefect_home(home) / "prefect.db")
    arguments = ["-m", "prefect", "server", "start", "--host", LOOPBACK, "--port", str(chosen)]
    process = spawn([sys.executable, *arguments], server_environment(home, chosen), open_log(home, chosen))
    record = record_of(process.pid, " ".join(arguments), chosen, database)
    try:
        write_record(home, record)
    except OSError:
        process.kill()  # a server that is not recorded could never be stopped
        raise
    return Launch(home, record, is_new=True, process=process, claimed=claimed)


def _epoch(record: Record) -> float:
    return dt.datetime.fromisoformat(record.started_at).timestamp()


@contextmanager
def writable(home: Path) -> Iterator[None]:
    """Make *home*, and turn the system's refusals into ours."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(home=home, free_mb=0, needed_mb=NEEDED_MB) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
            raise HomeNotWritable(home=home, reason=(error.strerror or "not allowed").lower()) from error
        raise


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """One process at a time decides about a server. A killed holder's lock is freed by the system."""
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
