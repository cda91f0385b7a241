"""A credit bureau over HTTP: one paid enquiry about one person, which leaves a mark on that person's file.

    POST {url}/enquiries                  Authorization: Bearer KEY, Idempotency-Key: KEY OF THE ENQUIRY
    {"name", "date_of_birth", "ssn_last4", "address", "purpose"}
    200 {"reference", "score", "accounts": [{"creditor", "kind", "balance", "monthly_payment", "past_due"}], "bankruptcies"}
    404  it knows nobody like that

The same enquiry carries the same key in every attempt, so that a bureau that keeps to it bills and marks it once.
"""

import ipaddress
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast
from urllib.parse import urlsplit

import httpx

from blocks.base.errors import HoldfastError

_MOST_BYTES = 2**20
_MOST_ACCOUNTS = 200
_MOST_TOLD = 200
_TIMEOUT_SECONDS = 30.0
_BUSY = (408, 425, 429)
_UNKNOWN, _NOT_LET_IN = 404, (401, 403)


class CreditBureauUnavailable(HoldfastError):
    """The credit bureau {bureau} does not answer now:"""

    safe = "The enquiry keeps its key: whatever the bureau got of it, it is billed and marked once."
    next = "It is asked again when the run wakes, by itself; `holdfast runs resume RUN` tries at once."
    parks = "outage"


class CreditBureauRefused(HoldfastError):
    """The credit bureau {bureau} refused the enquiry:"""

    safe = "Nothing is asked again by itself."
    next = "Look at what the bureau says; `holdfast runs resume RUN` asks once more, under the same key."
    parks = "repair"


class CreditKeyRefused(CreditBureauRefused):
    """The credit bureau {bureau} does not accept our key:"""

    safe = "Nothing was asked."
    next = "Correct HOLDFAST_CREDIT_BUREAU_KEY, then `holdfast runs resume RUN`."


class NoCreditBureau(HoldfastError):
    """No credit bureau is configured."""

    safe = "Nothing was asked."
    next = "Set HOLDFAST_CREDIT_BUREAU_URL and HOLDFAST_CREDIT_BUREAU_KEY."


class CreditBureau:
    """The bureau at one address; with an empty one there is none. One call of `ask` is one attempt."""

    def __init__(self, url: str = "", key: str = "", *, timeout_seconds: float = _TIMEOUT_SECONDS) -> None:
        """Raises ValueError where *url* is no address that may be used (see `checked_url`)."""
        self.url, self._key, self._timeout = checked_url(url), key, timeout_seconds

    @property
    def identity(self) -> str:
        """The address: what one bureau said is no answer of another, nor of none."""
        return self.url or "no credit bureau"

    @property
    def is_there(self) -> bool:
        """Is one configured?"""
        return bool(self.url)

    def ask(self, enquiry: Mapping[str, str], *, key: str) -> dict[str, Any] | None:
        """What the bureau knows, in checked form; None where it knows nobody like that.

        Effects: an enquiry is billed and marked, once for each *key*. Raises NoCreditBureau, CreditBureauUnavailable,
        CreditBureauRefused or CreditKeyRefused.
        """
        if not self.is_there:
            raise NoCreditBureau
        status, body = self._post(dict(enquiry), key)
        if status == _UNKNOWN:
            return None
        if status in _BUSY or status >= 500:
            raise CreditBureauUnavailable(f"status {status}.", bureau=self.url)
        if status in _NOT_LET_IN:
            raise CreditKeyRefused(f"status {status}.", bureau=self.url)
        if status != 200:
            raise CreditBureauRefused(f"status {status}: {_one_line(body)}", bureau=self.url)
        return self._checked(body)

    def _post(self, enquiry: dict[str, str], key: str) -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {self._key}", "Idempotency-Key": key}
        try:
            with (
                httpx.Client(timeout=self._timeout, follow_redirects=False, trust_env=False) as client,
                client.stream("POST", f"{self.url}/enquiries", json=enquiry, headers=headers) as answer,
            ):
                body = b""
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > _MOST_BYTES:
                        raise CreditBureauRefused(
                            f"its answer has over {_MOST_BYTES:,} bytes.", bureau=self.url
                        )
                return answer.status_code, body
        except httpx.HTTPError as error:
            raise CreditBureauUnavailable(f"{type(error).__name__}: {error}", bureau=self.url) from error

    def _checked(self, body: bytes) -> dict[str, Any]:
        """The answer with our own fields alone. A stranger's text: what does not fit is refused."""
        try:
            told = json.loads(body)
            return {
                "reference": str(told["reference"])[:100],
                "score": None if told.get("score") is None else int(told["score"]),
                "bankruptcies": int(told.get("bankruptcies", 0)),
                "accounts": [_account(entry) for entry in told.get("accounts", [])[:_MOST_ACCOUNTS]],
            }
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
            why = f"its answer is not of the agreed form ({type(error).__name__})."
            raise CreditBureauRefused(why, bureau=self.url) from error


def checked_url(url: str) -> str:
    """*url* without a slash at its end. Raises ValueError: https, or http to this machine, and no password in it."""
    if not url:
        return ""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("an address such as https://bureau.example/v1 is needed")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError(
            "no user, password or query may stand in it: the key has a setting of its own, credit_bureau_key"
        )
    if parts.scheme == "http" and not _is_here(parts.hostname):
        raise ValueError("over plain http only this machine is asked: a person's data goes with it")
    return url.rstrip("/")


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _account(entry: Any) -> dict[str, Any]:
    told = cast(dict[str, Any], entry)
    return {
        "creditor": _line(told["creditor"]),
        "kind": _line(told.get("kind", "")),
        "balance": _money(told.get("balance", 0)),
        "monthly_payment": _money(told.get("monthly_payment", 0)),
        "past_due": _money(told.get("past_due", 0)),
    }


def _money(value: object) -> Decimal:
    amount = Decimal(str(value))
    if not amount.is_finite() or abs(amount) > 10**12:
        raise ValueError("no amount")
    return amount


def _line(value: object) -> str:
    return "".join(letter for letter in " ".join(str(value).split()) if letter.isprintable())[:_MOST_TOLD]


def _one_line(body: bytes) -> str:
    return _line(body[:1000].decode("utf-8", "replace"))
