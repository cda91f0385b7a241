"""The process of the S3 store: ministack behind a door that only the access key id in S3_DOOR_KEY opens.

ministack lets everybody in and has a page that empties the store: a web page that is open in a browser of this
machine could call it. Signatures are not checked, so the access key id itself is the secret.
"""

import os
from collections.abc import Awaitable, Callable
from hmac import compare_digest
from typing import Any
from urllib.parse import parse_qs

import ministack.app as ministack

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]

_REFUSAL = (
    b"<Error><Code>InvalidAccessKeyId</Code><Message>The access key id is not known here.</Message></Error>"
)
_OWN_PAGES = ("/_ministack/", "/_localstack/")


def behind_a_door(store: Application, key: str) -> Application:
    """*store* for requests that name *key* as their access key id, in the header or in a presigned address."""

    async def door(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan" or (scope["type"] == "http" and _may_enter(scope, key)):
            await store(scope, receive, send)
        elif scope["type"] == "http":
            headers = [(b"content-type", b"application/xml"), (b"content-length", b"%d" % len(_REFUSAL))]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": _REFUSAL})

    return door


def _may_enter(scope: dict[str, Any], key: str) -> bool:
    if scope["path"].startswith(_OWN_PAGES):
        return False
    headers = dict(scope["headers"])
    query = parse_qs(scope["query_string"].decode(errors="replace"))
    named = [headers.get(b"authorization", b"").decode(errors="replace").partition("Credential=")[2]]
    named += query.get("X-Amz-Credential", []) + query.get("AWSAccessKeyId", [])
    return any(compare_digest(one.partition("/")[0].encode(), key.encode()) for one in named)


if __name__ == "__main__":
    ministack.app = behind_a_door(ministack.app, os.environ.pop("S3_DOOR_KEY"))
    ministack.main()
