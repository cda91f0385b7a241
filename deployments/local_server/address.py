"""Ports of this machine: which is free, and who answers."""

import http.client
import json
import socket
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


def choose_port(remembered: int | None) -> int:
    """The port of the last server when it is free, else 4200, else the next free one."""
    if remembered and _becomes_free(remembered):
        return remembered
    return next((port for port in range(FIRST_PORT, FIRST_PORT + 50) if is_free(port)), None) or _any_port()


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
