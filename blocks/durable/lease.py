"""The lease of this process: who may commit the stages it claimed.

One row per process, renewed by one thread. A lease is dead when the database's clock is past its end, or when
its process is on this machine and gone (another boot, no such pid, or the pid was given to another process).
"""

import os
import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Row

from blocks.base.errors import HoldfastError
from blocks.state import stage_rows
from blocks.state.database import StateDatabase

LEASE_SECONDS = 30.0


class Lease:
    """A lease that renews itself until it is closed."""

    def __init__(self, state: StateDatabase, seconds: float = LEASE_SECONDS) -> None:
        self.lease_id = str(uuid4())
        self._state = state
        self.seconds = seconds
        self._closed = threading.Event()
        holder = _this_process()
        state.write(lambda c: stage_rows.open_lease(c, self.lease_id, holder, seconds), lasting=False)
        self._thread = threading.Thread(target=self._renew, name="holdfast-lease", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop renewing; what is still claimed may be taken over at once."""
        self._closed.set()
        with suppress(HoldfastError):
            self._push(0.0)

    def _renew(self) -> None:
        while not self._closed.wait(self.seconds / 3):
            with suppress(Exception):  # the next try may pass; if none does, the lease ends, which is safe
                self._push(self.seconds)

    def _push(self, seconds: float) -> None:
        with self._state.writing(lasting=False) as connection:
            stage_rows.renew_lease(connection, self.lease_id, seconds)


def is_dead(lease: Row[Any]) -> bool:
    """True where the process of *lease* is known to be gone; False where it cannot be told from here."""
    me = _this_process()
    if lease.host != me["host"]:
        return False
    if lease.boot_id != me["boot_id"]:
        return True
    started = _process_started(lease.pid)
    return started is None or lease.process_started not in (0, started)


def _this_process() -> dict[str, Any]:
    pid = os.getpid()
    started = _process_started(pid) or 0
    return {"host": _host(), "boot_id": _boot_id(), "pid": pid, "process_started": started}


def _host() -> str:
    """The machine and, in a container, its own space of process numbers: a number means nothing outside."""
    with suppress(OSError):
        return f"{socket.gethostname()[:150]} {Path('/proc/self/ns/pid').readlink()}"
    return socket.gethostname()[:150]


def _boot_id() -> str:
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return ""


def _process_started(pid: int) -> int | None:
    """Clock ticks from boot to the start of *pid*; 0 where the system does not say; None where it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return None if Path("/proc/self/stat").exists() else _signal_says(pid)
    except OSError:
        return 0
    return None if fields[0] in ("Z", "X") else int(fields[19])


def _signal_says(pid: int) -> int | None:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except OSError:
        return 0
    return 0
