"""Copy envelopes, as they are, from one shelf to another."""

from collections.abc import Callable
from typing import TypeVar

from blocks.artifacts.envelope import ArtifactCorrupt, unseal, unseal_slot
from blocks.artifacts.store import ArtifactMissing, Shelf, StoreUnavailable
from blocks.base.patience import Patience

T = TypeVar("T")


def checked(shelf: Shelf, name: str, *, is_digest: bool, patience: Patience) -> bytes:
    """The envelope under *name*, shown to be whole and, where the name *is_digest*, to hold what it names.

    Raises ArtifactMissing, ArtifactCorrupt or StoreUnavailable.
    """
    stored = _patiently(patience, lambda: shelf.read(name))
    if stored is None:
        raise ArtifactMissing(digest=name)
    (unseal if is_digest else unseal_slot)(stored, name)
    return stored


def copy(name: str, source: Shelf, target: Shelf, *, is_digest: bool, patience: Patience) -> int:
    """Let the envelope under *name* stand on *target*, and read it back; its size in bytes.

    Raises as `checked`; ArtifactCorrupt also where something else stands on *target*.
    """
    envelope = checked(source, name, is_digest=is_digest, patience=patience)
    _patiently(patience, lambda: target.put_once(name, envelope))
    there = _patiently(patience, lambda: target.read(name))
    # An artifact may be packed in another way there, what is held may not.
    if there != envelope and (not is_digest or unseal(there or b"", name) != unseal(envelope, name)):
        raise ArtifactCorrupt("something else stands in its place in the target.", digest=name)
    return len(envelope)


def _patiently(patience: Patience, act: Callable[[], T]) -> T:
    try:
        return patience(act, OSError)
    except OSError as error:
        raise StoreUnavailable(f"{error}") from error
