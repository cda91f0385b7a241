"""The capture proxy as a worker sees it: a process of this machine that keeps a provider's answer before it hands it on.

A worker that is killed costs no second request: the proxy goes on reading, and the next worker asks it. What the proxy
does is in deployments.capture_proxy.
"""

import base64
import hmac
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from blocks.base.errors import HoldfastError
from blocks.providers.capture_frames import FramesDamaged, answer_in
from blocks.providers.paid_calls import Fate, NotSent, RawAnswer, Unanswered

if TYPE_CHECKING:
    import httpx2

CALL, TARGET, TOKEN, FATE = "holdfast-call", "holdfast-target", "holdfast-token", "holdfast-fate"
SECONDS, KEY = "holdfast-seconds", "holdfast-key"
UNSENT, BROKEN, PASSED_ON = "unsent", "broken", "passed on"
NONCE, PROOF = "holdfast-nonce", "holdfast-proof"
_GOING, _NOT_HERE, _GONE = 202, 404, 409
_MORE_SECONDS = 15.0


class CaptureAway(HoldfastError):
    """The capture proxy of this machine does not answer:"""

    safe = "Nothing is sent and nothing is paid meanwhile."
    next = "`holdfast up` starts it, and so does `holdfast run`; HOLDFAST_CAPTURE=off works without it."
    parks = "outage"


@dataclass(frozen=True)
class Parcel:
    """A request as it leaves. A silence of *seconds* is no answer."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    seconds: float


@dataclass(frozen=True)
class Capture:
    """The proxy: which store of captures it has, its port on loopback, and the token that it asks for."""

    identity: str
    port: int
    token: str = field(repr=False)

    def send(self, call_id: str, parcel: Parcel, key: bytes | None) -> RawAnswer:
        """Send a request through it; what it keeps is sealed with *key*. Raises CaptureAway, NotSent or Unanswered."""
        import httpx2  # most commands ask no model

        told = {CALL: call_id, TARGET: parcel.url, TOKEN: self.token, SECONDS: str(parcel.seconds)}
        sealed = {KEY: base64.b64encode(key).decode()} if key else {}
        headers = {**parcel.headers, **told, **sealed}
        try:
            with self._client(parcel.seconds + _MORE_SECONDS) as client:
                self._proved(client)
                answer = client.request(
                    parcel.method, f"{self._address}/send", headers=headers, content=parcel.body
                )
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise CaptureAway(f"{error}") from error
        except httpx2.TransportError as error:
            raise Unanswered(f"the capture proxy: {type(error).__name__}: {error}") from error
        fate = answer.headers.get(FATE)
        if fate == UNSENT:
            raise NotSent(answer.text)
        if fate == BROKEN:
            raise Unanswered(answer.text)
        if fate != PASSED_ON:
            raise CaptureAway(f"it answers {answer.status_code}.")  # before it sent anything
        told = answer.headers
        media_type, retry_after = told.get("content-type", ""), told.get("retry-after", "")
        return RawAnswer(answer.status_code, media_type, answer.content, retry_after).within_bounds

    def recall(self, call_id: str, key: bytes | None) -> RawAnswer | Fate:
        """What became of a call that was sent through it. Raises CaptureAway."""
        answer = self._asked("GET", call_id)
        fates = {_NOT_HERE: Fate.UNSENT, _GOING: Fate.GOING, _GONE: Fate.LOST}
        if answer.status_code in fates:
            return fates[answer.status_code]
        if not answer.is_success:
            raise CaptureAway(f"it answers {answer.status_code}.")
        try:
            return answer_in(answer.content, key)
        except FramesDamaged:
            return Fate.LOST

    def forget(self, call_id: str) -> None:
        """Let it forget a call; what it does not hear is forgotten in a week."""
        with suppress(CaptureAway):
            self._asked("DELETE", call_id)

    def _asked(self, method: str, call_id: str) -> "httpx2.Response":
        import httpx2

        try:
            with self._client(_MORE_SECONDS) as client:
                self._proved(client)
                return client.request(
                    method, f"{self._address}/captures/{call_id}", headers={TOKEN: self.token}
                )
        except httpx2.TransportError as error:
            raise CaptureAway(f"{error}") from error

    def _proved(self, client: "httpx2.Client") -> None:
        """Is it the one that was started here, and not a stranger on its port? It gets the token only then."""
        nonce = token_hex(16)
        answer = client.head(f"{self._address}/", headers={NONCE: nonce})
        if not hmac.compare_digest(answer.headers.get(PROOF, ""), proof_of(self.token, nonce)):
            raise CaptureAway("another program answers on its port.")

    @property
    def _address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @staticmethod
    def _client(seconds: float) -> "httpx2.Client":
        import httpx2

        # Plain HTTP on loopback; what is not verified need not be loaded, which takes 30 ms.
        return httpx2.Client(timeout=httpx2.Timeout(seconds, connect=2.0), trust_env=False, verify=False)


def proof_of(token: str, nonce: str) -> str:
    """What only who knows the token can answer to *nonce*: HMAC-SHA256 (RFC 2104), as hex digits."""
    return hmac.new(token.encode(), nonce.encode(), "sha256").hexdigest()


def needed(folder: Path) -> Capture:
    """The proxy of the home *folder*. Raises CaptureAway where none was started."""
    found = look(folder)
    if found is None:
        raise CaptureAway("none was started here.")
    return found


def look(folder: Path) -> Capture | None:
    """The proxy that was started last for the home *folder*, alive or not."""
    try:
        told = json.loads((folder / "capture-proxy.json").read_text())
        secret = json.loads((folder / "captures" / "proxy.json").read_text())
        return Capture(str(secret["identity"]), int(told["port"]), str(secret["token"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def packed(answer: RawAnswer) -> bytes:
    """An answer as it is kept: a line of JSON, and the body as it came."""
    facts = {"media_type": answer.media_type, "status": answer.status}
    return json.dumps(facts, sort_keys=True).encode() + b"\n" + answer.body


def unpacked(data: bytes) -> RawAnswer:
    """The answer in what `packed` made. Raises ValueError."""
    line, _, body = data.partition(b"\n")
    try:
        facts: dict[str, Any] = json.loads(line)
        return RawAnswer(int(facts["status"]), str(facts["media_type"]), body)
    except (KeyError, TypeError) as error:
        raise ValueError("it holds no answer") from error
