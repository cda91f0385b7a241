"""A connection to one address, whatever a name may stand for by now, and until one moment."""

import ssl
from collections.abc import Callable, Iterable
from typing import Any

import httpcore

from blocks.base import clock


class Deadline:
    """A moment. Safe to share."""

    def __init__(self, seconds: float) -> None:
        self._until = clock.monotonic() + seconds

    def left(self, most: float | None = None) -> float:
        """Seconds that are left, at most *most*. Raises TimeIsUp."""
        left = self._until - clock.monotonic()
        if left <= 0:
            raise TimeIsUp
        return left if most is None else min(left, most)


class TimeIsUp(Exception):
    """The moment has come."""


class PinnedBackend(httpcore.NetworkBackend):
    """Connects to *address*, and asks nobody again where the host is. Every wait ends at the *deadline*."""

    def __init__(self, address: str, deadline: Deadline) -> None:
        self._address, self._deadline = address, deadline
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A line to the address. *host* is only what the certificate is checked for."""
        line = self._plain.connect_tcp(self._address, port, timeout=self._deadline.left(timeout))
        return _Line(line, self._deadline)


class _Line(httpcore.NetworkStream):
    """A line whose waits all end at the deadline: a stranger may send a byte now and then for ever."""

    def __init__(self, line: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._line, self._deadline = line, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has come."""
        return self._in_time(lambda: self._line.read(max_bytes, self._deadline.left()))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of *buffer*."""
        self._in_time(lambda: self._line.write(buffer, self._deadline.left()))

    def close(self) -> None:
        """End it."""
        self._line.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The same line, encrypted. Raises httpcore.ConnectError where the certificate is not the host's."""
        line = self._line.start_tls(ssl_context, server_hostname, self._deadline.left())
        return _Line(line, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """What the line tells of itself."""
        return self._line.get_extra_info(info)

    def _in_time(self, act: Callable[[], Any]) -> Any:
        try:
            return act()
        except (httpcore.ReadTimeout, httpcore.WriteTimeout) as error:
            raise TimeIsUp from error  # its wait ends at the deadline, and not before
