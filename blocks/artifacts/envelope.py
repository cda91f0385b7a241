"""The one reader and writer of stored bytes.

An envelope is a first line `holdfast 1`, a line of canonical JSON (media type, compression, encryption, size and
sha256 of the content), the packed content, and the sha256 (32 bytes) of all before it. A cut, a flipped bit, a
changed header or another object's envelope in its place is `ArtifactCorrupt`, never a miss.

Where it is encrypted, the line tells only how (`{"encryption": {"alg", "key", "nonce"}}`); the line of a plain envelope
and the packed content are what is encrypted, so that a stored object shows nothing but its length.
"""

import json
import zlib
from dataclasses import dataclass
from typing import Any

from blocks.artifacts.cipher import Cipher, SealBroken
from blocks.artifacts.locked import NoKeys
from blocks.base.canonical import canonical_bytes, digest_of
from blocks.base.errors import HoldfastError

_MAGIC = b"holdfast 1\n"
_CHECK_BYTES = 32
_WORTH_PACKING_BYTES = 1024


class ArtifactCorrupt(HoldfastError):
    """The stored artifact {digest} is damaged:"""

    safe = "Nothing was run again and nothing was overwritten; every other result is kept."
    next = "Restore that file from a backup, then run the same command again."
    parks = "repair"


@dataclass(frozen=True)
class Content:
    """What an envelope holds."""

    data: bytes
    media_type: str


def seal(content: Content, digest: str, cipher: Cipher | None = None, *, name: str = "") -> bytes:
    """The envelope of *content*, whose sha256 is *digest*. Text is packed with zlib where it is over 1 KiB.

    It is encrypted where there is a *cipher*, and opens under *name* alone (by default the digest). Raises Locked.
    """
    packed, compression = _pack(content)
    header = {
        "compression": compression,
        "digest": digest,
        "encryption": "none",
        "media_type": content.media_type,
        "size": len(content.data),
    }
    line = canonical_bytes(header)
    if cipher is not None:
        line, packed = cipher.seal(line + b"\n" + packed, name or digest)
    body = b"".join((_MAGIC, line, b"\n", packed))
    return body + bytes.fromhex(digest_of(body))


def unseal(stored: bytes, digest: str, cipher: Cipher | None = None, *, place: str = "") -> Content:
    """The content of the envelope *stored*, shown to be the one named *digest*. *place* names it in errors.

    Raises ArtifactCorrupt, Locked, Erased.
    """
    content, told = _opened(stored, digest, cipher, place or digest)
    if told != digest:
        raise ArtifactCorrupt("it holds other content.", digest=place or digest)
    return content


def unseal_slot(stored: bytes, slot: str, cipher: Cipher | None = None, *, place: str = "") -> Content:
    """The content of the envelope *stored*, which stands under a name of its own, *slot*, and not under its digest."""
    return _opened(stored, slot, cipher, place or slot)[0]


def is_envelope(stored: bytes) -> bool:
    """Does it begin like an envelope? What is written as it is (canonical JSON) never does."""
    return stored.startswith(_MAGIC)


def _opened(stored: bytes, name: str, cipher: Cipher | None, place: str) -> tuple[Content, str]:
    """The content of an envelope, shown to be whole, and its digest."""
    body, check = stored[:-_CHECK_BYTES], stored[-_CHECK_BYTES:]
    if not body.startswith(_MAGIC):
        raise ArtifactCorrupt("it does not begin like an envelope.", digest=place)
    if bytes.fromhex(digest_of(body)) != check:
        raise ArtifactCorrupt("its checksum is wrong.", digest=place)
    try:
        header, packed = _decrypted(body[len(_MAGIC) :], name, cipher, place)
        data = _unpack(packed, header["compression"], header["size"], place)
        told, media_type = (header["digest"], header["size"]), str(header["media_type"])
    except SealBroken as error:
        raise ArtifactCorrupt(f"{error}.", digest=place) from error
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError, zlib.error) as error:
        raise ArtifactCorrupt("its header makes no sense.", digest=place) from error
    if told != (digest_of(data), len(data)):
        raise ArtifactCorrupt("its content is not the one that it tells of.", digest=place)
    return Content(data, media_type), told[0]


def _decrypted(inside: bytes, name: str, cipher: Cipher | None, place: str) -> tuple[dict[str, Any], bytes]:
    """The header of an envelope and its packed content."""
    line, packed = inside.split(b"\n", 1)
    header = json.loads(line)
    if header["encryption"] == "none":
        if cipher is not None and not cipher.accepts_plain:
            raise ArtifactCorrupt("it is not encrypted.", digest=place)
        return header, packed
    if cipher is None:
        raise NoKeys
    line, packed = cipher.open(header["encryption"], line, packed, name).split(b"\n", 1)
    return json.loads(line), packed


def _pack(content: Content) -> tuple[bytes, str]:
    if (
        content.media_type.startswith(("text/", "application/json"))
        and len(content.data) > _WORTH_PACKING_BYTES
    ):
        return zlib.compress(content.data, 3), "zlib"
    return content.data, "none"


def _unpack(packed: bytes, compression: str, size: int, digest: str) -> bytes:
    if compression == "none":
        return packed
    if compression != "zlib":
        raise ArtifactCorrupt(f"its compression {compression!r} is not known.", digest=digest)
    return zlib.decompressobj().decompress(packed, max(size, 0) + 1)
