"""Put and get by digest, over any shelf."""

from collections.abc import Iterator
from typing import Protocol

from blocks.artifacts.envelope import ArtifactCorrupt, Content, seal, unseal, unseal_slot
from blocks.base import faults
from blocks.base.canonical import digest_of
from blocks.base.errors import HoldfastError
from blocks.base.patience import Patience


class ArtifactMissing(HoldfastError):
    """The artifact {digest} is recorded but not in the store."""

    safe = "Nothing was run again; every other result is kept."
    next = "Restore that file from a backup, then run the same command again."
    parks = "repair"


class StoreUnavailable(HoldfastError):
    """The artifact store cannot be read or written:"""

    safe = "Nothing was lost: a stage whose output is not kept counts as not done."
    next = (
        "See `holdfast doctor`. When the store is back, the run goes on by itself where `holdfast up` keeps watch; "
        "`holdfast runs resume RUN` does it by hand."
    )
    parks = "outage"


class Shelf(Protocol):
    """A place for envelopes. Names are 64 hex digits; nothing is ever overwritten."""

    def put_once(self, name: str, envelope: bytes) -> None:
        """Keep *envelope* durably under *name*; where something stands there already, leave it."""
        ...

    def read(self, name: str) -> bytes | None:
        """The bytes under *name*, or None where nothing stands. Raises OSError where it cannot be told."""
        ...

    def set_aside(self, name: str) -> None:
        """Let nothing stand under *name* any more; what stood there is kept beside it. Raises OSError."""
        ...

    def names(self) -> Iterator[str]:
        """The names under which envelopes stand, of artifacts and of held answers. Raises OSError."""
        ...


class ArtifactStore:
    """Artifacts by digest. `put` returns only when the bytes were read back and are right.

    A store that is away is waited for, *patience_seconds* long.
    """

    identity = ""  # where bytes are kept is no part of a stage key

    def __init__(self, shelf: Shelf, *, patience_seconds: float = 0.0) -> None:
        self._shelf = shelf
        self._patience = Patience(patience_seconds)

    def put(self, data: bytes, media_type: str) -> str:
        """Keep *data* and return its digest. Costs one write and one read; keeping twice is harmless.

        A damaged envelope in its place is set aside. Raises StoreUnavailable, or ArtifactCorrupt where what was
        written is read back as something else.
        """
        digest = digest_of(data)
        envelope = seal(Content(data, media_type), digest)
        self._put_once(digest, envelope)
        try:
            self.get(digest)
        except ArtifactCorrupt:
            self.set_aside(digest)
            self._put_once(digest, envelope)
            self.get(digest)
        faults.reach("artifact.kept")
        return digest

    def get(self, digest: str) -> bytes:
        """The bytes named *digest*; raises ArtifactMissing, ArtifactCorrupt or StoreUnavailable."""
        stored = self._read(digest)
        if stored is None:
            raise ArtifactMissing(digest=digest)
        return unseal(stored, digest).data

    def hold(self, slot: str, data: bytes, media_type: str) -> bool:
        """Keep *data* under the name *slot* (64 hex digits); False where something else stands there.

        Raises ArtifactCorrupt or StoreUnavailable.
        """
        self._put_once(slot, seal(Content(data, media_type), digest_of(data)))
        return self.held(slot) == data

    def held(self, slot: str) -> bytes | None:
        """What is kept under the name *slot*, or None. Raises ArtifactCorrupt or StoreUnavailable."""
        stored = self._read(slot)
        return None if stored is None else unseal_slot(stored, slot).data

    def set_aside(self, name: str) -> None:
        """Make room under *name* (a digest or a slot), keeping what stood there. Raises StoreUnavailable."""
        try:
            self._shelf.set_aside(name)
        except OSError as error:
            raise StoreUnavailable(f"{error}") from error

    def _put_once(self, name: str, envelope: bytes) -> None:
        try:
            self._patience(lambda: self._shelf.put_once(name, envelope), OSError)
        except OSError as error:
            raise StoreUnavailable(f"{error}") from error

    def _read(self, name: str) -> bytes | None:
        try:
            return self._patience(lambda: self._shelf.read(name), OSError)
        except OSError as error:
            raise StoreUnavailable(f"{error}") from error
