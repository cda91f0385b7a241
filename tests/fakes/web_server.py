"""A web server on loopback that answers what the test says, byte by byte where that matters, and counts."""

import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[[BaseHTTPRequestHandler], None]


def gives(body: bytes, status: int = 200, **headers: str) -> Answer:
    """Answer with *body*; `Content_Encoding="gzip"` is a header."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def leads_to(url: str) -> Answer:
    """A redirect."""
    return gives(b"", 302, Location=url)


def never_ends(piece: bytes, *, pause: threading.Event | None = None, seconds: float = 0.0) -> Answer:
    """A body without an end: *piece* again and again, every *seconds* until *pause* is set."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not (pause and pause.wait(seconds)):
            handler.wfile.write(piece)
            handler.wfile.flush()

    return answer


def drips_headers(pause: threading.Event, seconds: float) -> Answer:
    """One byte of a header every *seconds*, without an end."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not pause.wait(seconds):
            handler.wfile.write(b"x")
            handler.wfile.flush()

    return answer


def breaks_off(body: bytes, promised: int) -> Answer:
    """Fewer bytes than were promised."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(promised))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@dataclass
class FakeWeb:
    """Answers by path; 404 elsewhere. *seen* has each request as host and path."""

    answers: dict[str, Answer] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    at: str = "127.0.0.1"
    port: int = 0
    seen: list[str] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    def __enter__(self) -> "FakeWeb":
        self._server = ThreadingHTTPServer((self.at, self.port), self._handler())
        if self.tls:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                web.seen.append(f"{self.headers['Host']}{self.path}")
                web.headers.append(dict(self.headers.items()))
                answer = web.answers.get(self.path, gives(b"", 404))
                with suppress(OSError):  # whoever asked has gone
                    answer(self)

            def log_message(self, *args: object) -> None:
                pass

        return Handler
