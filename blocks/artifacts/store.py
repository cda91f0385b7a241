"""Put and get by digest, over any shelf."""

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from blocks.artifacts.cipher import Cipher
from blocks.artifacts.envelope import ArtifactCorrupt, Content, seal, unseal, unseal_slot
from blocks.artifacts.locked import Erased
from blocks.base import faults
from blocks.base.canonical import digest_of
from blocks.base.errors import HoldfastError
from blocks.base.patience import Patience

T = TypeVar("T")


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

    def replace(self, name: str, found: bytes, by: bytes | None) -> None:
        """Where *found* stands under *name*, keep it beside and let *by* stand there; None: nothing. Raises OSError.

        What another wrote there meanwhile stays, or is written over by *by*, which is what all would write.
        """
        ...

    def names(self) -> Iterator[str]:
        """The names under which envelopes stand, of artifacts and of held answers. Raises OSError."""
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
        stored = self._put_and_read(place, envelope)
        try:
            unseal(stored, digest, self._cipher, place=place)
        except (ArtifactCorrupt, Erased):
            self._replace(place, stored, envelope)
            self.get(digest)
        faults.reach("artifact.kept")
        return digest

    def get(self, digest: str) -> bytes:
        """The bytes named *digest*; raises ArtifactMissing, ArtifactCorrupt or StoreUnavailable."""
        place = self._place(digest)
        content = self._opened(digest, lambda stored: unseal(stored, digest, self._cipher, place=place))
        if content is None:
            raise ArtifactMissing(digest=place)
        return content.data

    def hold(self, slot: str, data: bytes, media_type: str) -> bool:
        """Keep *data* under the name *slot* (64 hex digits); False where something else stands there.

        Raises ArtifactCorrupt or StoreUnavailable.
        """
        place = self._place(slot)
        envelope = seal(Content(data, media_type), digest_of(data), self._cipher, name=slot)
        stored = self._put_and_read(place, envelope)
        return unseal_slot(stored, slot, self._cipher, place=place).data == data

    def held(self, slot: str) -> bytes | None:
        """What is kept under the name *slot*, or None. Raises ArtifactCorrupt or StoreUnavailable."""
        place = self._place(slot)
        content = self._opened(slot, lambda stored: unseal_slot(stored, slot, self._cipher, place=place))
        return content.data if content else None

    def set_aside(self, name: str) -> None:
        """Make room under *name* (a digest or a slot), keeping what stood there. Raises StoreUnavailable."""
        for place in self._places(name):
            if (stored := self._read_at(place)) is not None:
                self._replace(place, stored, None)

    def _place(self, name: str) -> str:
        """Where *name* stands on the shelf."""
        return name if self._cipher is None else self._cipher.public_name(name)

    def _places(self, name: str) -> tuple[str, ...]:
        """The same, and where it stood before there were keys."""
        if self._cipher is None or not self._cipher.accepts_plain:
            return (self._place(name),)
        return (self._place(name), name)

    def _opened(self, name: str, open_: Callable[[bytes], Content]) -> Content | None:
        """What stands under *name*. What is damaged is read once more: it may have been bent on the way only."""
        stored = self._read(name)
        try:
            return open_(stored) if stored is not None else None
        except ArtifactCorrupt:
            again = self._read(name)
            if again is None or again == stored:
                raise
            return open_(again)

    def _put_and_read(self, name: str, envelope: bytes) -> bytes:
        """Keep *envelope* where nothing stands, and read what stands there then."""

        def act() -> bytes:
            self._shelf.put_once(name, envelope)
            stored = self._shelf.read(name)
            if stored is None:
                raise OSError(f"what was written as {name} is not there")
            return stored

        return self._waiting(act)

    def _replace(self, name: str, found: bytes, by: bytes | None) -> None:
        self._waiting(lambda: self._shelf.replace(name, found, by))

    def _read(self, name: str) -> bytes | None:
        found = (self._read_at(place) for place in self._places(name))
        return next((stored for stored in found if stored is not None), None)

    def _read_at(self, place: str) -> bytes | None:
        return self._waiting(lambda: self._shelf.read(place))

    def _waiting(self, act: Callable[[], T]) -> T:
        try:
            return self._patience(act, OSError)
        except OSError as error:
            raise StoreUnavailable(f"{error}") from error
