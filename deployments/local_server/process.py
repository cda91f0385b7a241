"""One operating system process, known by more than its number.

A number alone lies: it is given out again. A process is ours when number, start time and command all agree.
"""

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from blocks.base.clock import monotonic, sleep

_PROC = Path("/proc")
_BOOT_ID = _PROC / "sys/kernel/random/boot_id"


@dataclass(frozen=True)
class Identity:
    """A process: its number, when it started (a mark, only compared), and how its command line ends."""

    pid: int
    started: str
    command: str


def identify(pid: int) -> Identity | None:
    """Who has the number *pid* now; None when nobody has, or it has ended and only waits to be reaped."""
    return _from_proc(pid) if _BOOT_ID.exists() else _from_ps(pid)


def is_alive(identity: Identity) -> bool:
    """True while exactly this process runs. The interpreter's path may change (macOS starts it twice)."""
    now = identify(identity.pid)
    if now is None or now.started != identity.started:
        return False
    # For some microseconds of its start a process has no command line yet.
    return not now.command or now.command.endswith(identity.command)


def spawn(command: Sequence[str], environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start *command* in a session of its own, so that it outlives this terminal; it prints into *log*.

    It starts with Ctrl-C at its default also where this process was told to ignore it (`cmd &` in a script).
    """
    is_main = threading.current_thread() is threading.main_thread()
    ignored = is_main and signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    if ignored:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with log.open("ab") as output:
            return subprocess.Popen(
                command,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=log.parent,
                start_new_session=True,
            )
    finally:
        if ignored:
            signal.signal(signal.SIGINT, signal.SIG_IGN)


def end(identity: Identity, *, patience_seconds: float = 10.0, ask: signal.Signals = signal.SIGTERM) -> None:
    """Ask exactly this process to stop; kill it when it has not stopped after *patience_seconds*."""
    for sign in (ask, signal.SIGKILL):
        if not is_alive(identity):
            return
        os.kill(identity.pid, sign)
        _wait_gone(identity, patience_seconds)


def _wait_gone(identity: Identity, seconds: float) -> None:
    until = monotonic() + seconds
    while is_alive(identity) and monotonic() < until:
        sleep(0.03)


def _from_proc(pid: int) -> Identity | None:
    try:
        after_name = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        words = (_PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return None
    state, ticks = after_name[0], after_name[19]
    if state in "ZX":
        return None
    return Identity(pid, f"{_BOOT_ID.read_text().strip()} {ticks}", " ".join(words).strip())


def _from_ps(pid: int) -> Identity | None:
    """The same where there is no /proc (macOS): `ps` prints a 24-character start time and the command."""
    shown = subprocess.run(
        ["/bin/ps", "-ww", "-p", str(pid), "-o", "stat=", "-o", "lstart=", "-o", "command="],
        capture_output=True,
        text=True,
        check=False,
        env={"LC_ALL": "C", "PATH": "/bin:/usr/bin"},
    ).stdout.strip()
    state, _, rest = shown.partition(" ")
    if not rest or state.startswith("Z"):
        return None
    rest = rest.strip()
    return Identity(pid, rest[:24], rest[24:].strip())
