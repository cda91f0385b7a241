"""Check a signature as in the Standard Webhooks: HMAC-SHA256 over "id.timestamp.body", in base64."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping

from blocks.base import clock

TOLERANCE_SECONDS = 5 * 60
_LONGEST_ID = 200


class BadSignature(Exception):
    """The request is not signed, or not by anybody known, or too old; the message says which."""


def signed(secret: str, webhook_id: str, timestamp: int, body: bytes) -> str:
    """The signature, as it stands in the header `webhook-signature`."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = b".".join((webhook_id.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def signer(secrets: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> tuple[str, str]:
    """Whose secret signed it, and the webhook's id. Raises BadSignature. Every secret is tried, in constant time."""
    webhook_id = headers.get("webhook-id", "")
    stamp = headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "").split()[:10]
    if not webhook_id or len(webhook_id) > _LONGEST_ID or not given:
        raise BadSignature("webhook-id, webhook-timestamp and webhook-signature are needed.")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise BadSignature("webhook-timestamp is no time in seconds.")
    if abs(clock.now_us() // 1_000_000 - int(stamp)) > TOLERANCE_SECONDS:
        raise BadSignature("webhook-timestamp is more than 5 minutes away from now.")
    found = ""
    for name, secret in secrets.items():
        try:
            wanted = signed(secret, webhook_id, int(stamp), body)
        except (binascii.Error, UnicodeEncodeError):
            continue
        fits = [hmac.compare_digest(wanted.encode(), one.encode()) for one in given]
        found = name if any(fits) else found
    if not found:
        raise BadSignature("The signature is of no approver here.")
    return found, webhook_id
