"""The line to a provider of language models: what its SDK sends goes through a till, one request at a time.

The SDK is given an HTTP client whose transport is a `Line`; so one attempt is one request, whatever the SDK thinks.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import httpx2

from blocks.base.errors import HoldfastError
from blocks.providers.capture import Capture, Parcel
from blocks.providers.look_up import looked_up, marked
from blocks.providers.paid_calls import MOST_BYTES, Bought, Fate, NotSent, RawAnswer, Till, Unanswered, Wanted

CONNECT_SECONDS = 10.0
NEVER_LEFT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)
_OF_THE_LINE = ("content-length", "transfer-encoding", "connection", "host", "accept-encoding")


@dataclass
class Line(httpx2.AsyncBaseTransport):
    """Carries the requests for one answer; *bought* is the last one, None where none was, *trouble* the error of ours that
    an SDK wraps in its own. *is_sent*: it was not kept before, but sent for."""

    wanted: Wanted
    till: Till
    capture: Capture | None = None
    seconds: float = 120.0
    looks_up: bool = False
    bought: Bought | None = field(default=None, init=False)
    is_sent: bool = field(default=False, init=False)
    trouble: HoldfastError | None = field(default=None, init=False)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Buy the answer to *request*. Blocks the event loop, in which nothing else runs."""
        body = await request.aread()
        sending = _Sending(request, body, self.capture, self.seconds, self.looks_up)
        try:
            self.bought = self.till.buy(self.wanted, sending)
        except HoldfastError as error:
            self.trouble = error
            raise
        finally:
            self.is_sent = self.is_sent or sending.is_sent
        answer = self.bought.answer
        return httpx2.Response(
            answer.status, headers={"content-type": answer.media_type}, content=answer.body, request=request
        )


@dataclass
class _Sending:
    """One request, ready to leave (blocks.providers.paid_calls.Sender)."""

    request: httpx2.Request
    body: bytes
    capture: Capture | None
    seconds: float
    looks_up: bool
    is_sent: bool = False

    @property
    def route(self) -> str:
        """The capture proxy."""
        return self.capture.identity if self.capture else ""

    def send(self, call_id: str, key: bytes | None) -> RawAnswer:
        """Send it, through the capture proxy where there is one."""
        self.is_sent = True
        method, url = self.request.method, str(self.request.url)
        body = marked(url, self.body, call_id) if self.looks_up else self.body
        if self.capture is not None:
            return self.capture.send(call_id, Parcel(method, url, self._headers, body, self.seconds), key)
        return posted(
            lambda client: client.stream(method, url, headers=self._headers, content=body), self.seconds
        )

    def recall(self, call_id: str, route: str, key: bytes | None) -> RawAnswer | Fate:
        """Ask the capture proxy that it went through, and where that does not know, the provider."""
        fate = self._captured(call_id, route, key)
        if fate is Fate.LOST and self.looks_up:
            return looked_up(str(self.request.url), self._headers, call_id, self.seconds)
        return fate

    def _captured(self, call_id: str, route: str, key: bytes | None) -> RawAnswer | Fate:
        if not route:
            return Fate.LOST
        if self.capture is None or self.capture.identity != route:
            return Fate.ELSEWHERE
        return self.capture.recall(call_id, key)

    @property
    def _headers(self) -> dict[str, str]:
        sent = self.request.headers.items()
        return {name: value for name, value in sent if name.lower() not in _OF_THE_LINE}

    def forget(self, call_id: str) -> None:
        """Tell the proxy that its answer is kept."""
        if self.capture is not None:
            self.capture.forget(call_id)


def posted(
    send: Callable[[httpx2.Client], AbstractContextManager[httpx2.Response]], seconds: float
) -> RawAnswer:
    """The answer to what *send* sends, read to its end or to its longest. A silence of *seconds* is no answer.

    Raises NotSent or Unanswered.
    """
    timeout = httpx2.Timeout(seconds, connect=CONNECT_SECONDS)
    try:
        with (
            httpx2.Client(timeout=timeout, follow_redirects=False, trust_env=True) as client,
            send(client) as answer,
        ):
            body = _read(answer)
    except NEVER_LEFT as error:
        raise NotSent(f"{type(error).__name__}: {error}") from error
    except httpx2.TransportError as error:
        raise Unanswered(f"{type(error).__name__}: {error}") from error
    headers = answer.headers
    media_type, retry_after = headers.get("content-type", ""), headers.get("retry-after", "")
    return RawAnswer(answer.status_code, media_type, body, retry_after).within_bounds


def _read(answer: httpx2.Response) -> bytes:
    """The body, or so much of it that it is seen to be too long."""
    body = bytearray()
    for piece in answer.iter_bytes():
        body += piece
        if len(body) > MOST_BYTES:
            break
    return bytes(body)
