"""A credit bureau on loopback that keeps to its keys, counts what it bills, and can be down, busy or silent."""

import json
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Step = int | str
"""An HTTP status to fail with, `drop` (billed, and no word comes back), or `garbage`."""

FILE = {"score": 712, "bankruptcies": 0, "accounts": []}


@dataclass
class FakeCreditBureau:
    """Each request takes the next step of *script*; after the last one all are answered.

    *people* are the files by name; who is not among them has the file `FILE`, and None is nobody's. `billed` counts enquiries by
    their key: the same key is billed once. The port stays the same over `stop` and `start`.
    """

    people: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    script: list[Step] = field(default_factory=list)
    key: str = "secret"
    requests: list[dict[str, Any]] = field(default_factory=list)
    billed: Counter[str] = field(default_factory=Counter)
    port: int = 0
    _server: ThreadingHTTPServer | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """Where it is asked."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def enquiries(self) -> int:
        """How many enquiries stand on people's files."""
        return len(self.billed)

    def start(self) -> "FakeCreditBureau":
        """Answer from now on."""
        self._server = _Server(("127.0.0.1", self.port), _handler(self))
        self.port = self._server.server_address[1]
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()
        return self

    def stop(self) -> None:
        """Refuse connections."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    __enter__ = start

    def __exit__(self, *error: object) -> None:
        self.stop()

    def reply(self, request: dict[str, Any], idempotency_key: str, token: str) -> tuple[Step, dict[str, Any]]:
        """The next step, and the answer that goes with it."""
        with self._lock:
            self.requests.append(request)
            if token != f"Bearer {self.key}":
                return 401, {"error": "who are you?"}
            step = self.script.pop(0) if self.script else 200
            if isinstance(step, int) and step != 200:
                return step, {"error": f"status {step}"}
            told = self.people.get(request["name"], FILE)
            if told is None:
                return 404, {"error": "unknown"}
            self.billed[idempotency_key] += 1
            return step, {"reference": f"ref-{idempotency_key[:8]}", **told}


class _Server(ThreadingHTTPServer):
    allow_reuse_address = True
    daemon_threads = True


def _handler(bureau: FakeCreditBureau) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            key, token = self.headers.get("Idempotency-Key", ""), self.headers.get("Authorization", "")
            step, answer = bureau.reply(body, key, token)
            if step == "drop":
                self.close_connection = True
                self.connection.close()
                return
            if step == "silent":
                time.sleep(2)
            data = b"<html>not json" if step == "garbage" else json.dumps(answer).encode()
            with suppress(OSError):  # who asked did not wait
                self.send_response(step if isinstance(step, int) else 200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            pass

    return Handler
