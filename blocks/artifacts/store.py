"""Put and get by digest, over any shelf."""

from typing import Protocol

from blocks.artifacts.envelope import ArtifactCorrupt, Content, seal, unseal
from blocks.base import faults
from blocks.base.canonical import digest_of
from blocks.base.errors import HoldfastError


class ArtifactMissing(HoldfastError):
    """The artifact {digest} is recorded but not in the store."""

    safe = "Nothing was run again; every other result is kept."
    next = "Restore that file from a backup, then run the same command again."


class StoreUnavailable(HoldfastError):
    """The artifact store cannot be read or written:"""

    safe = "Nothing was lost: a stage whose output is not kept counts as not done."
    next = "See `holdfast doctor`; when the store is back, run the same command again."


class Shelf(Protocol):
    """A place for envelopes. Names are 64 hex digits; nothing is ever overwritten."""

    def put_once(self, name: str, envelope: bytes) -> None:
        """Keep *envelope* durably under *name*; where something stands there already, leave it."""
        ...

    def read(self, name: str) -> bytes | None:
        """The bytes under *name*, or None where nothing stands. Raises OSError where it cannot be told."""
        ...


class ArtifactStore:
    """Artifacts by digest. `put` returns only when the bytes were read back and are right."""

    identity = ""  # where bytes are kept is no part of a stage key

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def put(self, data: bytes, media_type: str) -> str:
        """Keep *data* and return its digest. Costs one write and one read; keeping twice is harmless."""
        digest = digest_of(data)
        try:
            self._shelf.put_once(digest, seal(Content(data, media_type), digest))
        except OSError as error:
            raise StoreUnavailable(f"{error}") from error
        if self.get(digest) != data:
            raise ArtifactCorrupt("what was read back differs from what was written.", digest=digest)
        faults.reach("artifact.kept")
        return digest

    def get(self, digest: str) -> bytes:
        """The bytes named *digest*; raises ArtifactMissing, ArtifactCorrupt or StoreUnavailable."""
        try:
            stored = self._shelf.read(digest)
        except OSError as error:
            raise StoreUnavailable(f"{error}") from error
        if stored is None:
            raise ArtifactMissing(digest=digest)
        return unseal(stored, digest).data
