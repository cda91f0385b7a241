"""A proxy between us and an object store: it numbers the calls, and lets one of them, or all from it on, go wrong.

Real sockets on the loopback address. It runs in threads of the test, so that forked children can call it.
"""

import http.client
import select
import socket
import struct
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import urlsplit

from deployments.stack.object_store import ObjectStore

_ERROR = '<?xml version="1.0"?><Error><Code>{code}</Code><Message>as planned</Message></Error>'
PAGE = "<html><body><h1>Not Found</h1></body></html>"
ERRORS = {
    "500": (500, "InternalError"),
    "503": (503, "SlowDown"),
    "409": (409, "ConditionalRequestConflict"),
    "412": (412, "PreconditionFailed"),
}
RESET, LOST, SLOW, SHORT, BENT, NONSENSE = "reset", "answer lost", "slow", "short", "bent", "nonsense"
REFUSED, ANOTHER = "403", "page"
KINDS = (*ERRORS, RESET, LOST, SLOW, NONSENSE)
KINDS_OF_BODIES = (SHORT, BENT)
_SLOW_AT_MOST_SECONDS = 30
_ENDS_AT_ONCE = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Fault:
    """The call numbered *number*, counted from 0, goes wrong; it must be the one that is named."""

    number: int
    call: str
    kind: str
    for_ever: bool

    def __str__(self) -> str:
        return f"{self.number} {self.call}, {self.kind}, {'for ever' if self.for_ever else 'once'}"


def faults_at(calls: list[str]) -> list[Fault]:
    """All faults of a story that makes *calls*."""
    return [
        Fault(number, call, kind, for_ever)
        for number, call in enumerate(calls)
        for kind in (KINDS if call.startswith("PUT") else (*KINDS, *KINDS_OF_BODIES))
        for for_ever in (False, True)
    ]


class StoreProxy:
    """Forwards to *store*, whose *key* is the same, but for what `aim` and `deaf_to` say."""

    def __init__(self, store: ObjectStore) -> None:
        self.key, self.upstream = store.secret, urlsplit(store.endpoint_url).netloc
        self.seen: list[str] = []
        self.deaf_to: tuple[str, ...] = ()
        self.wrong = ""
        self._fault: Fault | None = None
        self._lock = Lock()
        handler = type("Handler", (_Handler,), {"proxy": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def endpoint_url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def aim(self, fault: Fault | None = None) -> None:
        """Count anew, and let *fault* strike."""
        with self._lock:
            self._fault, self.seen, self.wrong = fault, [], ""

    def close(self) -> None:
        """No more calls."""
        self._server.shutdown()
        self._server.server_close()

    def strikes(self, call: str) -> str:
        """How the next call goes wrong, or nothing."""
        with self._lock:
            number, fault = len(self.seen), self._fault
            self.seen.append(call)
            if fault is None or number < fault.number or (number > fault.number and not fault.for_ever):
                return ""
            if number == fault.number and call != fault.call:
                self.wrong = f"call {number} is {call}, and was {fault.call}"
            return fault.kind


@contextmanager
def between(store: ObjectStore) -> Generator[StoreProxy]:
    """A proxy in front of *store*."""
    proxy = StoreProxy(store)
    try:
        yield proxy
    finally:
        proxy.close()


class _Server(ThreadingHTTPServer):
    """Clients that go away are no news."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing."""


class _Handler(BaseHTTPRequestHandler):
    """One call."""

    protocol_version = "HTTP/1.1"
    proxy: StoreProxy

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""

    def do_GET(self) -> None:
        """One call of any kind."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        kind = self.proxy.strikes(self._call())
        if kind == RESET:
            self._reset()
        elif kind in ERRORS:
            status, code = ERRORS[kind]
            self._answer(status, {"Content-Type": "application/xml"}, _ERROR.format(code=code).encode())
        elif kind == REFUSED:
            self._answer(
                403, {"Content-Type": "application/xml"}, _ERROR.format(code="AccessDenied").encode()
            )
        elif kind == ANOTHER:
            status = 200 if "list-type" in self.path else 404
            self._answer(status, {"Content-Type": "text/html"}, PAGE.encode())
        elif kind == NONSENSE:
            self._answer(200, {"Content-Type": "application/xml"}, b"<?xml version='1.0'?><Oops><")
        else:
            self._forwarded(kind, body)

    do_PUT = do_GET  # noqa: N815
    do_DELETE = do_GET  # noqa: N815
    do_HEAD = do_GET  # noqa: N815
    do_POST = do_GET  # noqa: N815

    def _call(self) -> str:
        """The verb, and what it is about: an object, a list, a head."""
        path = urlsplit(self.path)
        is_head = path.path.rstrip("/").endswith((".json", ".pub"))
        return f"{self.command} {'list' if 'list-type' in path.query else 'head' if is_head else 'artifact'}"

    def _forwarded(self, kind: str, body: bytes) -> None:
        upstream = http.client.HTTPConnection(self.proxy.upstream, timeout=60)
        dropped = {"expect", "connection", *self.proxy.deaf_to}
        headers = {name: value for name, value in self.headers.items() if name.lower() not in dropped}
        try:
            upstream.request(self.command, self.path, body, headers)
            answer = upstream.getresponse()
            data = answer.read()
        except OSError:
            self._reset()
            return
        finally:
            upstream.close()
        told = {name: value for name, value in answer.headers.items() if name.lower() not in _OURS}
        self._told(kind, answer.status, told, data)

    def _told(self, kind: str, status: int, headers: dict[str, str], data: bytes) -> None:
        if kind == LOST:
            self._reset()
        elif kind == SLOW:
            select.select([self.connection], [], [], _SLOW_AT_MOST_SECONDS)  # until the client goes away
            self._reset()
        elif kind == SHORT:
            self._answer(status, headers, data[: len(data) // 2], told_bytes=len(data))
            self.close_connection = True
        else:
            self._answer(status, headers, _bent(data) if kind == BENT else data)

    def _answer(
        self, status: int, headers: dict[str, str], data: bytes, *, told_bytes: int | None = None
    ) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != http.client.NO_CONTENT:
            self.send_header("Content-Length", f"{len(data) if told_bytes is None else told_bytes}")
        self.end_headers()
        self.wfile.write(data)

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ENDS_AT_ONCE)
        self.connection.close()


def _bent(data: bytes) -> bytes:
    """One bit in the middle is another one."""
    middle = len(data) // 2
    return data[:middle] + bytes(byte ^ 1 for byte in data[middle : middle + 1]) + data[middle + 1 :]


_OURS = {"content-length", "transfer-encoding", "connection", "server", "date"}
