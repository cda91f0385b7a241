"""What every shelf of artifacts keeps to, whatever it is made of."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from blocks.artifacts.envelope import ArtifactCorrupt
from blocks.artifacts.local import LocalShelf
from blocks.artifacts.memory import MemoryShelf
from blocks.artifacts.store import ArtifactMissing, ArtifactStore, Shelf
from blocks.base.canonical import digest_of

SHELVES: dict[str, Callable[[Path], Shelf]] = {"local": LocalShelf, "memory": lambda _: MemoryShelf()}
NAME = digest_of(b"some name")


@pytest.fixture(params=SHELVES)
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    """One shelf of each kind."""
    return SHELVES[request.param](tmp_path / "artifacts")


def test_what_is_put_is_read(shelf: Shelf):
    shelf.put_once(NAME, b"envelope")
    assert shelf.read(NAME) == b"envelope"


def test_what_was_never_put_is_told_from_what_cannot_be_read(shelf: Shelf):
    assert shelf.read(NAME) is None


def test_nothing_is_ever_overwritten(shelf: Shelf):
    shelf.put_once(NAME, b"first")
    shelf.put_once(NAME, b"second")
    assert shelf.read(NAME) == b"first"


def test_twenty_writers_of_one_name_leave_one_whole_envelope(shelf: Shelf):
    envelopes = [bytes([number]) * 70_000 for number in range(20)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda envelope: shelf.put_once(NAME, envelope), envelopes))
    assert shelf.read(NAME) in envelopes


@pytest.mark.parametrize("size", [0, 1, 1023, 1025, 2**20])
@pytest.mark.parametrize("media_type", ["application/json", "image/png"])
def test_a_store_over_it_gives_back_the_bytes(shelf: Shelf, size: int, media_type: str):
    store, data = ArtifactStore(shelf), b"ab1" * (size // 3) + b"x" * (size % 3)
    digest = store.put(data, media_type)
    assert (digest, store.get(digest)) == (digest_of(data), data)


def test_a_store_over_it_keeps_the_same_bytes_once(shelf: Shelf):
    store = ArtifactStore(shelf)
    first = store.put(b"the same", "text/plain")
    kept = shelf.read(first)
    assert (store.put(b"the same", "text/plain"), shelf.read(first)) == (first, kept)


def test_a_store_over_it_says_missing_and_never_less(shelf: Shelf):
    with pytest.raises(ArtifactMissing):
        ArtifactStore(shelf).get(NAME)


def test_a_store_over_it_finds_what_was_put_under_a_wrong_name(shelf: Shelf):
    store = ArtifactStore(shelf)
    kept = shelf.read(store.put(b"some content", "text/plain"))
    assert kept is not None
    shelf.put_once(NAME, kept)
    with pytest.raises(ArtifactCorrupt):
        store.get(NAME)


def test_a_store_over_it_puts_damage_aside_and_does_not_write_over_it(shelf: Shelf):
    store, data = ArtifactStore(shelf), b"bytes that were there before"
    shelf.put_once(digest_of(data), b"damage")
    assert store.get(store.put(data, "text/plain")) == data
    shelf.set_aside(digest_of(data))
    assert shelf.read(digest_of(data)) is None


def test_what_is_set_aside_is_kept(tmp_path: Path):
    shelf = LocalShelf(tmp_path / "artifacts")
    shelf.put_once(NAME, b"damage")
    shelf.set_aside(NAME)
    shelf.set_aside(NAME)
    [aside] = [file for file in (tmp_path / "artifacts").rglob("*") if file.is_file()]
    assert aside.read_bytes() == b"damage"
