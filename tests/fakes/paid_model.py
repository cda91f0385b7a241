"""A model provider that bills when it finishes: slow on purpose, streamed or not, and it keeps count of what it billed."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.fakes.openai_server import chat_answer

OK, SILENT, HALF, OVERLOADED, ENDLESS = 200, -1, -2, -3, -4
"""What it does: answer, say nothing after it billed, cut the answer off after it billed, answer with an error inside, or
answer without an end; a status of 300 and more to refuse with."""
_A_LOT = b" " * 2**20


def text_of(request: dict[str, Any]) -> str:
    """The text that was asked, without the instructions and the shape of the answer."""
    return request["messages"][-1]["content"]


@dataclass
class PaidModel:
    """Each request takes the next of *acts*; when they are used up it answers. *seconds* pass before it bills.

    *answer* is what it says, or what says it of a request. `billed` counts finished answers by what *named_by* calls their
    requests, `asked` the requests.
    """

    answer: dict[str, Any] | Callable[[dict[str, Any]], dict[str, Any]]
    acts: list[int] = field(default_factory=list[int])
    seconds: float = 0.0
    named_by: Callable[[dict[str, Any]], str] = text_of
    retry_after: str = ""
    billed: Counter[str] = field(default_factory=Counter[str])
    asked: Counter[str] = field(default_factory=Counter[str])
    port: int = 0
    keeps: bool = True
    listing: int = 200
    kept: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    looked_up: int = 0

    def __enter__(self) -> "PaidModel":
        self._guard = threading.Lock()
        self._server = _Server(("127.0.0.1", self.port), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.base_url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _next(self, name: str) -> int:
        with self._guard:
            self.asked[name] += 1
            return self.acts.pop(0) if self.acts else OK

    def _said(self, request: dict[str, Any]) -> dict[str, Any]:
        return self.answer(request) if callable(self.answer) else self.answer

    def _bill(self, request: dict[str, Any]) -> None:
        with self._guard:
            self.billed[self.named_by(request)] += 1
            if request.get("store") and self.keeps:
                self.kept.append(
                    {**chat_answer(request, self._said(request)), "metadata": request["metadata"]}
                )

    def _listed(self, query: str) -> list[dict[str, Any]]:
        with self._guard:
            self.looked_up += 1
            return [one for one in self.kept if any(value in query for value in one["metadata"].values())]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                act = fake._next(fake.named_by(request))
                if act >= 300:
                    self._refuse(act)
                    return
                said = fake._said(request)
                pieces = _streamed(request, said) if request.get("stream") else _whole(request, said)
                pieces = [b'{"error": {"message": "overloaded"}}'] if act == OVERLOADED else pieces
                self._bill_and_answer(act, list(pieces), request)
                while act == ENDLESS:
                    self.wfile.write(f"{len(_A_LOT):x}\r\n".encode() + _A_LOT + b"\r\n")

            def do_GET(self) -> None:
                data = json.dumps(
                    {"object": "list", "data": fake._listed(self.path.partition("?")[2])}
                ).encode()
                self.send_response(fake.listing)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def _refuse(self, status: int) -> None:
                data = json.dumps({"error": {"message": f"status {status}"}}).encode()
                self.send_response(status)
                if status < 400:
                    self.send_header("Location", "https://127.0.0.1:9/")
                if fake.retry_after:
                    self.send_header("Retry-After", fake.retry_after)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def _bill_and_answer(self, act: int, pieces: list[bytes], request: dict[str, Any]) -> None:
                is_stream = bool(request.get("stream"))
                if not is_stream:
                    time.sleep(fake.seconds)
                    fake._bill(request)
                if act == SILENT:
                    fake._bill(request) if is_stream else None
                    self.close_connection = True
                    return
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream" if is_stream else "application/json")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for number, piece in enumerate(pieces):
                    if is_stream:
                        time.sleep(fake.seconds / len(pieces))
                    if is_stream and number == len(pieces) - 1:
                        fake._bill(request)
                    if act == HALF and number == len(pieces) // 2:
                        fake._bill(request) if is_stream else None
                        self.close_connection = True
                        return
                    self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
                    self.wfile.flush()
                if act != ENDLESS:
                    self.wfile.write(b"0\r\n\r\n")

            def log_message(self, *args: object) -> None:
                pass

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that is killed is no error of ours."""


def _whole(request: dict[str, Any], answer: dict[str, Any]) -> Generator[bytes]:
    data = json.dumps(chat_answer(request, answer)).encode()
    third = len(data) // 3 + 1
    yield from (data[at : at + third] for at in range(0, len(data), third))


def _streamed(request: dict[str, Any], answer: dict[str, Any]) -> Generator[bytes]:
    """Server-sent events as Chat Completions has them."""
    whole = chat_answer(request, answer)
    [call] = whole["choices"][0]["message"]["tool_calls"]
    text = call["function"]["arguments"]
    third = len(text) // 3 + 1
    first = {"index": 0, "id": call["id"], "type": "function"}
    deltas: list[dict[str, Any]] = [
        {"role": "assistant", "tool_calls": [{**first, "function": {**call["function"], "arguments": ""}}]},
        *(
            {"tool_calls": [{"index": 0, "function": {"arguments": text[at : at + third]}}]}
            for at in range(0, len(text), third)
        ),
    ]
    chunk = {
        "id": "chat_1",
        "object": "chat.completion.chunk",
        "created": 1_750_000_000,
        "model": request["model"],
    }
    for delta in deltas:
        yield _event({**chunk, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
    yield _event({**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]})
    yield _event({**chunk, "choices": [], "usage": whole["usage"]})
    yield b"data: [DONE]\n\n"


def _event(chunk: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(chunk)}\n\n".encode()
