"""Ports of this machine: which is free, and who answers."""

import fcntl
import http.client
import json
import os
import socket
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blocks.base.clock import monotonic, sleep
from deployments.local_server.environment import LOOPBACK

FIRST_PORT = 4200


def is_free(port: int) -> bool:
    """True when a server could listen on *port* of the loopback address now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


@dataclass(frozen=True)
class ClaimedPort:
    """A free port that no other starting server of this user takes, until `release` or the end of the process."""

    number: int
    handle: int

    def release(self) -> None:
        """Let others choose the port; by now the server listens on it, or never will."""
        with suppress(OSError):
            os.close(self.handle)


def choose_port(remembered: int | None, first: int = FIRST_PORT) -> ClaimedPort:
    """The port of the last server when it is free, else *first*, else the next free one."""
    if remembered and _becomes_free(remembered) and (claimed := claim(remembered)):
        return claimed
    for port in range(first, first + 50):
        if claimed := claim(port):
            return claimed
    return ClaimedPort(_any_port(), os.open(os.devnull, os.O_RDONLY))


def claim(port: int) -> ClaimedPort | None:
    """Claim *port*; None where it is in use, or a server is just starting on it."""
    folder = Path(tempfile.gettempdir()) / f"holdfast-ports-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(folder / str(port), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with suppress(BlockingIOError):
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if is_free(port):
            return ClaimedPort(port, handle)
    os.close(handle)
    return None


def is_healthy(port: int, *, timeout_seconds: float = 2.0) -> bool:
    """True when a Prefect server answers its health question on *port*."""
    return _get(port, "/api/health", timeout_seconds) == b"true"


def settings_served(port: int, *, timeout_seconds: float = 5.0) -> dict[str, Any]:
    """The settings that the Prefect server on *port* works with; empty when none answers."""
    try:
        return dict(json.loads(_get(port, "/api/admin/settings", timeout_seconds)))
    except (ValueError, TypeError):
        return {}


def _becomes_free(port: int, *, within_seconds: float = 0.5) -> bool:
    """A killed server's port is given back a moment after its end is seen."""
    until = monotonic() + within_seconds
    while not is_free(port):
        if monotonic() > until:
            return False
        sleep(0.02)
    return True


def _any_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _get(port: int, path: str, timeout_seconds: float) -> bytes:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=timeout_seconds)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.read() if answer.status == http.client.OK else b""
    except (OSError, http.client.HTTPException):
        return b""
    finally:
        connection.close()
