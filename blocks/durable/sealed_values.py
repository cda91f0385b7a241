"""Values in rows, sealed before they are written and opened after they are read; as they are where there are no keys.

A sealed value is an envelope that opens at its own place only (blocks.state.sealed). Must not be called inside a write
transaction: a data key may have to be made.
"""

import base64
import binascii
from typing import Any

from sqlalchemy import Row

from blocks.artifacts.envelope import ArtifactCorrupt, Content, is_envelope, seal, unseal_slot
from blocks.artifacts.locked import Erased
from blocks.base.canonical import digest_of
from blocks.durable.world import World
from blocks.state.sealed import of_approval

_MEDIA_TYPE = "application/json"
_MARK = "sealed:"


def closed(world: World, data: bytes, place: str) -> bytes:
    """*data* as it is written at *place*. Raises Locked, DatabaseUnavailable."""
    if world.cipher is None:
        return data
    return seal(Content(data, _MEDIA_TYPE), digest_of(data), world.cipher, name=place)


def opened(world: World, stored: bytes, place: str) -> bytes:
    """What was written at *place*. Raises ArtifactCorrupt, Locked, Erased, DatabaseUnavailable."""
    if is_envelope(stored):
        inside = unseal_slot(stored, place, world.cipher).data  # raises NoKeys where there is no cipher
        return stored if world.cipher is None else inside
    if world.cipher is not None and not world.cipher.accepts_plain:
        raise ArtifactCorrupt("it is not encrypted.", digest=place)
    return stored


def closed_text(world: World, text: str, place: str) -> str:
    """The same for text."""
    if world.cipher is None:
        return text
    return _MARK + base64.b64encode(closed(world, text.encode(), place)).decode()


def opened_text(world: World, stored: str, place: str) -> str:
    """The same for text. What is not sealed is given as it is: the product's own sentences are not."""
    try:
        sealed = base64.b64decode(stored.removeprefix(_MARK), validate=True)
    except (binascii.Error, ValueError):
        return stored
    if not stored.startswith(_MARK) or not is_envelope(sealed):
        return stored
    return opened(world, sealed, place).decode()


def opened_approval(world: World, row: Row[Any], what: str) -> Any:
    """The `request`, `answer`, `reason` or `note` of an approval; None where there is none.

    Raises ArtifactCorrupt, Locked, Erased.
    """
    stored, place = getattr(row, what), of_approval(row.approval_id, what)
    if isinstance(stored, bytes):
        return opened(world, stored, place)
    return opened_text(world, stored, place) if isinstance(stored, str) else stored


class CheckingOpener:
    """Opens sealed values for the check of the ledger (blocks.state.sealed.Opener)."""

    def __init__(self, world: World) -> None:
        self._world = world

    def opened(self, stored: Any, place: str) -> Any:
        """The value at *place*; None where it was erased, b"" where its seal is broken. Raises Locked."""
        if not isinstance(stored, bytes):
            return stored
        try:
            return opened(self._world, stored, place)
        except Erased:
            return None
        except ArtifactCorrupt:
            return b""
