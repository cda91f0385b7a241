"""The one reader and writer of stored bytes.

An envelope is a first line `holdfast 1`, a line of canonical JSON (media type, compression, encryption, size and
sha256 of the content), the packed content, and the sha256 (32 bytes) of all before it. A cut, a flipped bit, a
changed header or another object's envelope in its place is `ArtifactCorrupt`, never a miss.
"""

import json
import zlib
from dataclasses import dataclass

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


def seal(content: Content, digest: str) -> bytes:
    """The envelope of *content*, whose sha256 is *digest*. Text is packed with zlib where it is over 1 KiB."""
    packed, compression = _pack(content)
    header = {
        "compression": compression,
        "digest": digest,
        "encryption": "none",
        "media_type": content.media_type,
        "size": len(content.data),
    }
    body = b"".join((_MAGIC, canonical_bytes(header), b"\n", packed))
    return body + bytes.fromhex(digest_of(body))


def unseal(stored: bytes, digest: str) -> Content:
    """The content of the envelope *stored*, shown to be the one named *digest*."""
    content, told = _opened(stored, digest)
    if told != digest:
        raise ArtifactCorrupt("it holds other content.", digest=digest)
    return content


def unseal_slot(stored: bytes, slot: str) -> Content:
    """The content of the envelope *stored*, which stands under a name of its own, *slot*, and not under its digest."""
    return _opened(stored, slot)[0]


def _opened(stored: bytes, digest: str) -> tuple[Content, str]:
    """The content of an envelope, shown to be whole, and its digest. *digest* names it in errors."""
    body, check = stored[:-_CHECK_BYTES], stored[-_CHECK_BYTES:]
    if not body.startswith(_MAGIC):
        raise ArtifactCorrupt("it does not begin like an envelope.", digest=digest)
    if bytes.fromhex(digest_of(body)) != check:
        raise ArtifactCorrupt("its checksum is wrong.", digest=digest)
    try:
        line, packed = body[len(_MAGIC) :].split(b"\n", 1)
        header = json.loads(line)
        data = _unpack(packed, header["compression"], header["size"], digest)
        told, media_type = (header["digest"], header["size"]), str(header["media_type"])
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError, zlib.error) as error:
        raise ArtifactCorrupt("its header makes no sense.", digest=digest) from error
    if told != (digest_of(data), len(data)):
        raise ArtifactCorrupt("its content is not the one that it tells of.", digest=digest)
    return Content(data, media_type), told[0]


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
