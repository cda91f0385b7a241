"""What every shelf of artifacts keeps to, whatever it is made of."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from blocks.artifacts.bucket import BucketShelf
from blocks.artifacts.envelope import ArtifactCorrupt
from blocks.artifacts.local import LocalShelf
from blocks.artifacts.memory import MemoryShelf
from blocks.artifacts.store import ArtifactMissing, ArtifactStore, Shelf
from blocks.base.bucket import Bucket
from blocks.base.canonical import digest_of
from deployments.stack.object_store import ObjectStore
from tests.worlds.object_store import access_of

NAME = digest_of(b"some name")
Reopen = Callable[[], Shelf]


@pytest.fixture(params=["local", "memory", "bucket"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Reopen:
    """Opens one and the same place, a new one of each kind, as often as it is called."""
    if request.param == "memory":
        shelf = MemoryShelf()
        return lambda: shelf
    if request.param == "local":
        return lambda: LocalShelf(tmp_path / "artifacts")
    store, url = request.getfixturevalue("object_store"), request.getfixturevalue("bucket_url")
    return lambda: BucketShelf(Bucket(f"{url}/some/prefix", access_of(store)))


@pytest.fixture
def shelf(opened: Reopen) -> Shelf:
    """One shelf of each kind."""
    return opened()


def test_what_is_put_is_read(shelf: Shelf):
    shelf.put_once(NAME, b"envelope")
    assert shelf.read(NAME) == b"envelope"


def test_what_was_never_put_is_told_from_what_cannot_be_read(shelf: Shelf):
    assert shelf.read(NAME) is None


def test_nothing_is_ever_overwritten(shelf: Shelf):
    shelf.put_once(NAME, b"first")
    shelf.put_once(NAME, b"second")
    assert shelf.read(NAME) == b"first"


def test_what_is_put_is_there_for_whoever_comes_next(opened: Reopen):
    opened().put_once(NAME, b"envelope")
    assert opened().read(NAME) == b"envelope"


def test_twenty_writers_of_one_name_leave_one_whole_envelope(opened: Reopen):
    envelopes = [bytes([number]) * 70_000 for number in range(20)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda envelope: opened().put_once(NAME, envelope), envelopes))
    kept = opened().read(NAME)
    assert kept in envelopes
    opened().put_once(NAME, b"later")
    assert opened().read(NAME) == kept


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
    store.set_aside(digest_of(data))
    store.set_aside(digest_of(data))
    assert shelf.read(digest_of(data)) is None


def test_what_is_replaced_is_replaced_once(shelf: Shelf):
    shelf.put_once(NAME, b"damage")
    shelf.replace(NAME, b"damage", b"good")
    shelf.replace(NAME, b"damage", b"better")
    assert shelf.read(NAME) == b"good"
    shelf.replace(NAME, b"damage", None)
    assert shelf.read(NAME) == b"good"
    shelf.replace(NAME, b"good", None)
    shelf.replace(NAME, b"good", None)
    assert shelf.read(NAME) is None


def test_where_nothing_stands_nothing_is_replaced(shelf: Shelf):
    shelf.replace(NAME, b"damage", b"good")
    assert shelf.read(NAME) is None


@pytest.mark.parametrize("round_", range(5))
def test_eight_that_find_one_damage_leave_the_good_one(opened: Reopen, round_: int):
    """Each has it when its own `put` returns, and has it still when all have returned."""
    data, gate = b"what all of them have", Barrier(8)
    opened().put_once(digest_of(data), b"damage")

    def put(number: int) -> bytes:
        store = ArtifactStore(opened())
        gate.wait(30)
        return store.get(store.put(data, "text/plain"))

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(put, range(8))) == {data}
    assert ArtifactStore(opened()).get(digest_of(data)) == data


def test_what_is_set_aside_is_kept_in_a_folder(tmp_path: Path):
    shelf = LocalShelf(tmp_path / "artifacts")
    shelf.put_once(NAME, b"damage")
    shelf.replace(NAME, b"damage", b"good")
    aside = [file for file in (tmp_path / "artifacts").rglob("*.damaged-*") if file.is_file()]
    assert [file.read_bytes() for file in aside] == [b"damage"]


def test_what_is_set_aside_is_kept_in_a_bucket(object_store: ObjectStore, bucket_url: str):
    bucket = Bucket(bucket_url, access_of(object_store))
    shelf = BucketShelf(bucket)
    shelf.put_once(NAME, b"damage")
    shelf.replace(NAME, b"damage", b"good")
    _, aside = bucket.keys()
    assert bucket.read(aside) == b"damage"
