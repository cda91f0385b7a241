"""The body of an answer, unpacked while it comes, and never more of it than is allowed."""

import zlib
from collections.abc import Iterable, Iterator

_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


class TooLarge(Exception):
    """There is more of it than is allowed."""


class Garbled(Exception):
    """It cannot be unpacked: the message says why."""


def body_of(pieces: Iterable[bytes], encoding: str, *, most: int) -> bytes:
    """What *pieces* hold, unpacked, where *encoding* says that they are packed.

    At most *most* bytes are taken from the line, and *most* kept. Raises TooLarge or Garbled.
    """
    packed = _counted(pieces, most)
    if encoding in ("", "identity"):
        return b"".join(packed)
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise Garbled(f"it is packed as {encoding[:40]!r}, which was not asked for")
    return b"".join(_counted(_unpacked(packed, most), most))


def _counted(pieces: Iterable[bytes], most: int) -> Iterator[bytes]:
    taken = 0
    for piece in pieces:
        taken += len(piece)
        if taken > most:
            raise TooLarge
        yield piece


def _unpacked(pieces: Iterable[bytes], most: int) -> Iterator[bytes]:
    """Each step gives at most *most* bytes and one more, however much was packed into a piece."""
    unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        for piece in pieces:
            left = piece
            while left and not unpacker.eof:
                yield unpacker.decompress(left, most + 1)
                left = unpacker.unconsumed_tail
    except zlib.error as error:
        raise Garbled("it is packed and cannot be unpacked") from error
    if not unpacker.eof:
        raise Garbled("it ends in the middle")
