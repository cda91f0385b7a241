"""Put and get by digest, over any shelf."""

from typing import Protocol

from blocks.artifacts.cipher import Cipher
from blocks.artifacts.envelope import ArtifactCorrupt, Content, seal, unseal, unseal_slot
from blocks.artifacts.locked import Erased
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


class ArtifactStore:
    """Artifacts by digest. `put` returns only when the bytes were read back and are right.

    A store that is away is waited for, *patience_seconds* long. With a *cipher* all is encrypted, and no object has a
    name that could be guessed; each of these calls then raises Locked and Erased, too.
    """

    identity = ""  # where bytes are kept is no part of a stage key

    def __init__(self, shelf: Shelf, *, patience_seconds: float = 0.0, cipher: Cipher | None = None) -> None:
        self._shelf = shelf
        self._patience = Patience(patience_seconds)
        self._cipher = cipher

    def put(self, data: bytes, media_type: str) -> str:
        """Keep *data* and return its digest. Costs one write and one read; keeping twice is harmless.

        A damaged envelope in its place is set aside, and so is one that was erased. Raises StoreUnavailable, or
        ArtifactCorrupt where what was written is read back as something else.
        """
        digest = digest_of(data)
        place, envelope = self._place(digest), seal(Content(data, media_type), digest, self._cipher)
        self._put_once(place, envelope)
        try:
            self.get(digest)
        except (ArtifactCorrupt, Erased):
            self.set_aside(digest)
            self._put_once(place, envelope)
            self.get(digest)
        faults.reach("artifact.kept")
        return digest

    def get(self, digest: str) -> bytes:
        """The bytes named *digest*; raises ArtifactMissing, ArtifactCorrupt or StoreUnavailable."""
        place = self._place(digest)
        stored = self._read(digest)
        if stored is None:
            raise ArtifactMissing(digest=place)
        return unseal(stored, digest, self._cipher, place=place).data

    def hold(self, slot: str, data: bytes, media_type: str) -> bool:
        """Keep *data* under the name *slot* (64 hex digits); False where something else stands there.

        Raises ArtifactCorrupt or StoreUnavailable.
        """
        envelope = seal(Content(data, media_type), digest_of(data), self._cipher, name=slot)
        self._put_once(self._place(slot), envelope)
        return self.held(slot) == data

    def held(self, slot: str) -> bytes | None:
        """What is kept under the name *slot*, or None. Raises ArtifactCorrupt or StoreUnavailable."""
        stored = self._read(slot)
        return (
            None if stored is None else unseal_slot(stored, slot, self._cipher, place=self._place(slot)).data
        )

    def set_aside(self, name: str) -> None:
        """Make room under *name* (a digest or a slot), keeping what stood there. Raises StoreUnavailable."""
        try:
            for place in self._places(name):
                self._shelf.set_aside(place)
        except OSError as error:
            raise StoreUnavailable(f"{error}") from error

    def _place(self, name: str) -> str:
        """Where *name* stands on the shelf."""
        return name if self._cipher is None else self._cipher.public_name(name)

    def _places(self, name: str) -> tuple[str, ...]:
        """The same, and where it stood before there were keys."""
        if self._cipher is None or not self._cipher.accepts_plain:
            return (self._place(name),)
        return (self._place(name), name)

    def _put_once(self, name: str, envelope: bytes) -> None:
        try:
            self._patience(lambda: self._shelf.put_once(name, envelope), OSError)
        except OSError as error:
            raise StoreUnavailable(f"{error}") from error

    def _read(self, name: str) -> bytes | None:
        found = (self._read_at(place) for place in self._places(name))
        return next((stored for stored in found if stored is not None), None)

    def _read_at(self, place: str) -> bytes | None:
        try:
            return self._patience(lambda: self._shelf.read(place), OSError)
        except OSError as error:
            raise StoreUnavailable(f"{error}") from error
