"""What every request passes, and what every answer carries.

A request must name this machine as its host; a form must come from a page of this server, a webhook from no page of
another; nothing larger than 1 MiB is read, and nothing that takes over 20 s to come; and nobody may send too often.
Every answer says that nothing but our own files may run, and is not kept.
"""

import asyncio
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deployments.approval_page.brakes import Brake, Rate

MOST_BYTES = 2**20
HOOKS = "/hooks/"
BODY_SECONDS = 20.0
_LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)
_TOO_SLOW = "This took too long to come. Nothing was decided."
_TOO_LARGE = f"More than {MOST_BYTES:,} bytes are not read. Nothing was decided."
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_CARRIED = {
    "content-security-policy": _CSP,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # `no-referrer` would let browsers send forms with the origin `null`
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class TooLarge(HTTPException):
    """More bytes came than are read, without a word about it before."""

    def __init__(self) -> None:
        super().__init__(413, _TOO_LARGE, {"connection": "close"})


class TooSlow(HTTPException):
    """The body did not come in time."""

    def __init__(self) -> None:
        super().__init__(408, _TOO_SLOW, {"connection": "close"})


class FrontDoor:
    """The outermost layer of the page. Forms and webhooks are counted apart: neither can block the other."""

    def __init__(self, app: ASGIApp, posts: Rate) -> None:
        self._app = app
        self._brakes = {"form": Brake(posts), "hook": Brake(posts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = self._refusal(scope) or self._app
        await answer(scope, _bounded(receive), _carrying(send))

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if not _LOOPBACK.fullmatch(headers.get("host", "")):
            return _refused(scope, 421, "This server answers on this machine's loopback names only.")
        if "\0" in scope["path"] or b"%00" in scope["query_string"]:
            return _refused(scope, 404, "There is no such page.")
        if scope["method"] in {"GET", "HEAD"}:
            return None
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > MOST_BYTES:
            return _refused(scope, 413, _TOO_LARGE)
        is_hook = scope["path"].startswith(HOOKS)
        if not _is_from_here(scope, headers, is_hook=is_hook):
            return _refused(
                scope, 403, "This form was not sent from a page of this server. Nothing was decided."
            )
        wait = self._brakes["hook" if is_hook else "form"].take(_address(scope))
        if wait:
            return _refused(scope, 429, "Too many requests. Nothing was decided.", wait)
        return None


def _refused(scope: Scope, status: int, sentence: str, wait: float = 0.0) -> Response:
    """A plain answer; the connection is not used again, since the rest of the request is not read."""
    headers = {"connection": "close", **({"retry-after": str(int(wait) + 1)} if wait else {})}
    if scope["path"].startswith(HOOKS):
        return JSONResponse({"error": {"name": "Refused", "what": sentence}}, status, headers=headers)
    return PlainTextResponse(f"{sentence}\n", status, headers=headers)


def _is_from_here(scope: Scope, headers: Headers, *, is_hook: bool) -> bool:
    """Did a page of this server send it? A browser says so by one of two headers, the newer ones by both.

    What is no browser says neither, as those who send webhooks.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is None and origin is None:
        return is_hook
    here = f"{scope['scheme']}://{headers.get('host', '')}"
    return site in {None, "same-origin"} and origin in {None, here}


def _address(scope: Scope) -> str:
    return str((scope.get("client") or ("?",))[0])


def _bounded(receive: Receive) -> Receive:
    """Let a body that does not tell its length end in TooLarge, and one that does not come in TooSlow."""
    seen, has_more = 0, True
    until = asyncio.get_running_loop().time() + BODY_SECONDS

    async def bounded() -> Message:
        nonlocal seen, has_more
        try:
            async with asyncio.timeout_at(until if has_more else None):
                message = await receive()
        except TimeoutError:
            raise TooSlow from None
        seen += len(message.get("body", b""))
        has_more = bool(message.get("more_body"))
        if seen > MOST_BYTES:
            raise TooLarge
        return message

    return bounded


def _carrying(send: Send) -> Send:
    async def carrying(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _CARRIED.items():
                headers[name] = value
            headers.setdefault("cache-control", "no-store")
        await send(message)

    return carrying
