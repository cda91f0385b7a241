"""The Merkle tree of RFC 9162 over the hashes of a run's events: roots, inclusion proofs, consistency proofs.

Standard library only. Hashes are sha256 as 32 bytes; a leaf is hashed after 0x00, two nodes after 0x01, so that
no node can pass for a leaf.
"""

import hashlib
from collections.abc import Iterable, Sequence

EMPTY_ROOT = hashlib.sha256().digest()


def leaf_hash(data: bytes) -> bytes:
    """The hash of one leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: `add` leaves, ask for the `root`. Keeps log2(size) hashes."""

    __slots__ = ("_peaks", "size")

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self.size = 0
        self._peaks: list[bytes] = []  # roots of the full subtrees, the largest first
        for data in leaves:
            self.add(data)

    def add(self, data: bytes) -> None:
        """Append one leaf. About two hashes on average."""
        node, size = leaf_hash(data), self.size
        while size & 1:
            node = node_hash(self._peaks.pop(), node)
            size >>= 1
        self._peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self._peaks:
            return EMPTY_ROOT
        node = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            node = node_hash(peak, node)
        return node


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over *leaves*."""
    return Frontier(leaves).root()


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """What shows that leaf *index* (from 0) stands in the tree over *leaves*: at most ceil(log2(n)) hashes."""
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    if len(leaves) == 1:
        return []
    half = _left_size(len(leaves))
    left, right = leaves[:half], leaves[half:]
    if index < half:
        return [*inclusion_proof(left, index), root_of(right)]
    return [*inclusion_proof(right, index - half), root_of(left)]


def includes(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Does *proof* show that *leaf* stands at *index* of the tree of *size* leaves with *root*? (RFC 9162, 2.1.3.2)"""
    if not 0 <= index < size:
        return False
    place, last, node = index, size - 1, leaf_hash(leaf)
    for step in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            node = node_hash(step, node)
            place, last = _up_to_right_child(place, last)
        else:
            node = node_hash(node, step)
        place, last = place >> 1, last >> 1
    return last == 0 and node == root


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> list[bytes]:
    """What shows that the tree over the first *old_size* leaves grew into the tree over *leaves*."""
    if not 0 < old_size <= len(leaves):
        raise IndexError(old_size)
    return _subproof(leaves, old_size, whole=True)


def extends(old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Does *proof* show that the tree with *root* begins with the one with *old_root*? (RFC 9162, 2.1.4.2)"""
    if not 0 < old_size <= size:
        return False
    if old_size == size:
        return not proof and old_root == root
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    if not path:
        return False
    place, last = old_size - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(step, old), node_hash(step, new)
            place, last = _up_to_right_child(place, last)
        else:
            new = node_hash(new, step)
        place, last = place >> 1, last >> 1
    return last == 0 and old == old_root and new == root


def _up_to_right_child(place: int, last: int) -> tuple[int, int]:
    """Skip the levels on which the last node has no sibling."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def _subproof(leaves: Sequence[bytes], old_size: int, *, whole: bool) -> list[bytes]:
    if old_size == len(leaves):
        return [] if whole else [root_of(leaves)]
    half = _left_size(len(leaves))
    left, right = leaves[:half], leaves[half:]
    if old_size <= half:
        return [*_subproof(left, old_size, whole=whole), root_of(right)]
    return [*_subproof(right, old_size - half, whole=False), root_of(left)]


def _left_size(size: int) -> int:
    """The largest power of two below *size*."""
    return 1 << (size - 1).bit_length() - 1
