"""What the capture proxy writes: frames, each whole or not there. The first tells status and media type, the others are
the body as it came.

A frame is 4 bytes of length (big-endian) and so many bytes. With a key they are AES-256-GCM (RFC 5116): the number of the
frame is the nonce, which is safe because a key is used for one file only, and a frame cannot stand in another's place.
"""

import json
from collections.abc import Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from blocks.providers.paid_calls import RawAnswer

_LENGTH = 4
_DOMAIN = b"holdfast capture 1"


class FramesDamaged(ValueError):
    """What is read is not what was written."""


def new_key() -> bytes:
    """A key for one file."""
    return AESGCM.generate_key(256)


def head(status: int, media_type: str) -> bytes:
    """The content of the first frame."""
    return json.dumps({"media_type": media_type, "status": status}, sort_keys=True).encode()


def frame(content: bytes, number: int, key: bytes | None) -> bytes:
    """The frame *number* (0, 1, ...)."""
    sealed = AESGCM(key).encrypt(number.to_bytes(12, "big"), content, _DOMAIN) if key else content
    return len(sealed).to_bytes(_LENGTH, "big") + sealed


def answer_in(data: bytes, key: bytes | None) -> RawAnswer:
    """The answer in the frames of a whole file. Raises FramesDamaged."""
    try:
        first, *body = _contents(data, key)
        facts = json.loads(first)
        return RawAnswer(int(facts["status"]), str(facts["media_type"]), b"".join(body)).within_bounds
    except (ValueError, KeyError, TypeError, InvalidTag) as error:
        raise FramesDamaged(f"{type(error).__name__}") from error


def _contents(data: bytes, key: bytes | None) -> Iterator[bytes]:
    at, number = 0, 0
    while at < len(data):
        size = int.from_bytes(data[at : at + _LENGTH], "big")
        sealed = data[at + _LENGTH : at + _LENGTH + size]
        if len(sealed) != size:
            raise FramesDamaged("a frame is cut off")
        yield AESGCM(key).decrypt(number.to_bytes(12, "big"), sealed, _DOMAIN) if key else sealed
        at, number = at + _LENGTH + size, number + 1
