"""What the capture proxy answers. Every request carries the token; whoever has it may already send what it wants.

ANY    /send            send the request on, as the call that a header names; the answer, once it is on disk
GET    /captures/CALL   200 its whole answer as frames, 202 on its way, 404 it did not leave and never will, 409 lost
DELETE /captures/CALL   its answer is kept elsewhere
"""

import asyncio
import base64
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from blocks.providers.capture import (
    BROKEN,
    CALL,
    FATE,
    KEY,
    NONCE,
    PASSED_ON,
    PROOF,
    SECONDS,
    TARGET,
    TOKEN,
    UNSENT,
    proof_of,
)
from deployments.capture_proxy.exchange import Exchange, Outgoing
from deployments.capture_proxy.records import Records

CLEAR_EVERY_SECONDS = 3600.0
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_NOT_SENT_ON = {
    CALL,
    TARGET,
    TOKEN,
    SECONDS,
    KEY,
    "host",
    "content-length",
    "connection",
    "transfer-encoding",
}


def create_app(records: Records) -> Starlette:
    """The application."""
    proxy = _Proxy(records)
    routes = [
        Route("/", proxy.prove, methods=["HEAD"]),
        Route("/send", proxy.send, methods=_METHODS),
        Route("/captures/{call_id}", proxy.tell, methods=["GET"]),
        Route("/captures/{call_id}", proxy.forget, methods=["DELETE"]),
    ]
    return Starlette(routes=routes, lifespan=proxy.life)


class _Proxy:
    def __init__(self, records: Records) -> None:
        self._records = records
        self._client = httpx2.AsyncClient(
            follow_redirects=False, limits=httpx2.Limits(max_connections=None, max_keepalive_connections=0)
        )
        self._one_at_a_time = asyncio.Lock()
        self._going: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def life(self, app: Starlette) -> AsyncIterator[None]:
        """Clear old files now and then; at the end, let what is on its way arrive."""
        clearing = asyncio.create_task(self._clear())
        yield
        clearing.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._client.aclose()

    async def prove(self, request: Request) -> Response:
        """Answer a challenge."""
        return Response(headers={PROOF: proof_of(self._records.token, request.headers.get(NONCE, ""))})

    async def send(self, request: Request) -> Response:
        """Send a request on."""
        if not self._knows(request):
            return Response(status_code=403)
        exchange = await self._begun(_outgoing(request, await request.body()))
        if exchange is None:
            return PlainTextResponse("it was sent before, or never will be", 409, {FATE: UNSENT})
        await exchange.begun()
        if not exchange.status:
            return PlainTextResponse(exchange.why, 502, {FATE: exchange.fate or BROKEN})
        headers = {"content-type": exchange.media_type, FATE: PASSED_ON}
        headers |= {"retry-after": exchange.retry_after} if exchange.retry_after else {}
        return StreamingResponse(exchange.listen(), exchange.status, headers=headers)

    async def tell(self, request: Request) -> Response:
        """What became of a call."""
        if not self._knows(request):
            return Response(status_code=403)
        call_id = request.path_params["call_id"]
        async with self._one_at_a_time:
            if call_id in self._going:
                return Response(status_code=202)
            state = self._records.state(call_id)
            if not state:
                await asyncio.to_thread(self._records.void, call_id)
        if state == "done":
            return Response(self._records.read(call_id), media_type="application/octet-stream")
        return Response(status_code=409 if state in ("part", "gone") else 404)

    async def forget(self, request: Request) -> Response:
        """Forget a call."""
        if not self._knows(request):
            return Response(status_code=403)
        if request.path_params["call_id"] not in self._going:
            self._records.forget(request.path_params["call_id"])
        return Response(status_code=204)

    async def _begun(self, outgoing: Outgoing) -> Exchange | None:
        """The exchange, on its way; None where its call is known already."""
        call_id = outgoing.call_id
        async with (
            self._one_at_a_time
        ):  # who asks for it meanwhile is told that it did not leave, or sees it go
            handle = await asyncio.to_thread(self._records.begin, call_id)
            if handle is None:
                return None
            self._going.add(call_id)
        exchange = Exchange(outgoing, self._records, self._client, handle)
        task = asyncio.create_task(self._carried_out(exchange))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return exchange

    async def _carried_out(self, exchange: Exchange) -> None:
        try:
            await exchange.carry_out()
        finally:
            self._going.discard(exchange.outgoing.call_id)

    def _knows(self, request: Request) -> bool:
        given = request.headers.get(TOKEN, "").encode("utf-8", "replace")
        return hmac.compare_digest(given, self._records.token.encode())

    async def _clear(self) -> None:
        while True:
            await asyncio.to_thread(self._records.clear)
            await asyncio.sleep(CLEAR_EVERY_SECONDS)


def _outgoing(request: Request, body: bytes) -> Outgoing:
    headers = {name: value for name, value in request.headers.items() if name not in _NOT_SENT_ON}
    key = request.headers.get(KEY)
    return Outgoing(
        call_id=request.headers.get(CALL, ""),
        method=request.method,
        url=request.headers.get(TARGET, ""),
        headers=headers,
        body=body,
        seconds=float(request.headers.get(SECONDS, "120")),
        key=base64.b64decode(key) if key else None,
    )
