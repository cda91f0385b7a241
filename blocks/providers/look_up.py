"""Ask a provider what became of a request, where it keeps answers: OpenAI's stored chat completions, found by metadata.

https://platform.openai.com/docs/api-reference/chat/list: a completion that was asked for with `store` is listed by its
`metadata`, and is what the request was answered with. A provider that does not keep it has nothing to tell.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from blocks.providers.paid_calls import Fate, NotSent, RawAnswer, Unanswered

MARK = "holdfast_call"
_ROUTE = "/chat/completions"


def marked(url: str, body: bytes, call_id: str) -> bytes:
    """The *body* of a request that can be looked up afterwards; another route than Chat Completions is left as it is."""
    if not urlsplit(url).path.endswith(_ROUTE):
        return body
    asked: dict[str, Any] = json.loads(body)
    metadata: dict[str, str] = asked.get("metadata") or {}
    return json.dumps({**asked, "store": True, "metadata": {**metadata, MARK: call_id}}).encode()


def looked_up(url: str, headers: Mapping[str, str], call_id: str, seconds: float) -> RawAnswer | Fate:
    """The stored answer to the request *call_id* that went to *url*; LOST where the provider does not tell.

    Costs one request, which is not paid. Raises Unanswered where the provider cannot be asked now.
    """
    from blocks.providers.model_line import posted  # it loads an HTTP client

    parts = urlsplit(url)
    if not parts.path.endswith(_ROUTE):
        return Fate.LOST
    listed = urlunsplit(parts._replace(query=f"metadata[{MARK}]={call_id}"))
    asked = {name: value for name, value in headers.items() if name.lower() != "content-type"}
    try:
        answer = posted(lambda client: client.stream("GET", listed, headers=asked), seconds)
        if answer.is_passing:
            raise Unanswered(f"the provider was asked what became of it, and answers {answer.status}")
        found: list[dict[str, Any]] = json.loads(answer.body)["data"]
    except NotSent as error:
        raise Unanswered(f"the provider cannot be asked what became of it: {error}") from error
    except (ValueError, KeyError, TypeError):
        return Fate.LOST
    own = [one for one in found if _mark_of(one) == call_id]
    if answer.is_refusal or len(own) != 1:
        return Fate.LOST
    return RawAnswer(200, "application/json", json.dumps(own[0]).encode())


def _mark_of(stored: dict[str, Any]) -> str:
    metadata: dict[str, str] = stored.get("metadata") or {}
    return metadata.get(MARK, "")
