"""The Merkle tree against the vectors of RFC 6962 and 9162, and against the definition itself for all sizes up to 512."""

import hashlib
import math

import pytest

from blocks.state.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    extends,
    includes,
    inclusion_proof,
    leaf_hash,
    root_of,
)

MOST = 512
LEAVES = [f"leaf {number}".encode() for number in range(MOST)]

# The inputs and roots that the reference implementation of Certificate Transparency is tested with.
VECTORS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def defined_root(leaves: list[bytes]) -> bytes:
    """The tree hash as the RFC defines it."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hashlib.sha256(b"\x01" + defined_root(leaves[:half]) + defined_root(leaves[half:])).digest()


@pytest.fixture(scope="module")
def roots() -> list[bytes]:
    """The root over the first n leaves, for each n."""
    return [defined_root(LEAVES[:size]) for size in range(MOST + 1)]


def test_the_roots_of_the_published_vectors_are_right():
    assert [root_of(VECTORS[: size + 1]).hex() for size in range(len(VECTORS))] == list(ROOTS)
    assert root_of([]) == EMPTY_ROOT == hashlib.sha256().digest()


def test_a_growing_tree_has_the_defined_root_at_every_size(roots: list[bytes]):
    tree = Frontier()
    for size, root in enumerate(roots):
        assert (tree.size, tree.root()) == (size, root)
        if size < MOST:
            tree.add(LEAVES[size])


def test_a_tree_of_65535_leaves_keeps_sixteen_hashes():
    tree = Frontier(b"leaf" for _ in range(2**16 - 1))
    assert len(tree._peaks) == 16
    tree.add(b"leaf")
    assert len(tree._peaks) == 1


@pytest.mark.parametrize("sizes", [range(start, start + 64) for start in range(1, MOST + 1, 64)], ids=str)
def test_every_leaf_of_every_tree_has_a_proof_of_its_place(sizes: range, roots: list[bytes]):
    for size in sizes:
        longest = math.ceil(math.log2(size)) if size > 1 else 0
        for index in {0, 1, size // 3, size // 2, size - 2, size - 1} & set(range(size)):
            proof = inclusion_proof(LEAVES[:size], index)
            assert len(proof) <= longest
            assert includes(LEAVES[index], index, size, proof, roots[size])
            assert not includes(b"another", index, size, proof, roots[size])
            assert not includes(LEAVES[index], index, size, [*proof, EMPTY_ROOT], roots[size])
            if size > 1:
                assert not includes(LEAVES[index], (index + 1) % size, size, proof, roots[size])
                assert not includes(LEAVES[index], index, size, proof[:-1], roots[size])


def test_all_leaves_of_all_small_trees_have_a_proof(roots: list[bytes]):
    for size in range(1, 66):
        for index in range(size):
            proof = inclusion_proof(LEAVES[:size], index)
            assert includes(LEAVES[index], index, size, proof, roots[size])


@pytest.mark.parametrize("sizes", [range(start, start + 64) for start in range(1, MOST + 1, 64)], ids=str)
def test_every_tree_is_shown_to_begin_with_an_earlier_one(sizes: range, roots: list[bytes]):
    for size in sizes:
        for old in {1, 2, size // 3, size // 2, size - 1, size} & set(range(1, size + 1)):
            proof = consistency_proof(LEAVES[:size], old)
            assert extends(old, roots[old], size, roots[size], proof)
            assert not extends(old, EMPTY_ROOT, size, roots[size], proof)
            assert not extends(old, roots[old], size, EMPTY_ROOT, proof)
            assert not extends(old, roots[old], size, roots[size], [*proof, EMPTY_ROOT])
            if proof:
                assert not extends(old, roots[old], size, roots[size], proof[:-1])


def test_all_pairs_of_small_trees_are_consistent(roots: list[bytes]):
    for size in range(1, 66):
        for old in range(1, size + 1):
            assert extends(old, roots[old], size, roots[size], consistency_proof(LEAVES[:size], old))


def test_a_history_that_was_rewritten_has_no_consistency_proof(roots: list[bytes]):
    for size in range(2, 40):
        forged = [b"forged", *LEAVES[1:size]]
        for old in range(1, size):
            proof = consistency_proof(forged, old)
            assert not extends(old, roots[old], size, root_of(forged), proof)


def test_a_node_can_not_pass_for_a_leaf():
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert root_of([left + right]) != root_of([b"a", b"b"])


@pytest.mark.parametrize(("size", "index"), [(0, 0), (3, 3), (3, -1)])
def test_a_leaf_outside_of_the_tree_has_no_proof(size: int, index: int):
    with pytest.raises(IndexError):
        inclusion_proof(LEAVES[:size], index)
    assert not includes(b"x", index, size, [], EMPTY_ROOT)


@pytest.mark.parametrize(("size", "old"), [(3, 0), (3, 4)])
def test_a_tree_can_not_begin_with_a_larger_or_an_empty_one(size: int, old: int):
    with pytest.raises(IndexError):
        consistency_proof(LEAVES[:size], old)
    assert not extends(old, EMPTY_ROOT, size, EMPTY_ROOT, [])
