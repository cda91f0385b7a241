"""What every place for signed heads keeps to, a folder or a bucket: it only grows, and damage in it is told."""

import shutil
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from blocks.base.bucket import Bucket
from blocks.durable.world import World
from blocks.state import ledger
from blocks.state.head_bucket import HeadBucket
from blocks.state.head_shelf import HeadFolder, HeadShelf
from blocks.state.heads import Head
from blocks.state.signing import SigningKey
from deployments.stack.object_store import ObjectStore
from tests.worlds.laptop import RUN, open_laptop, open_world
from tests.worlds.ledgers import check, sign
from tests.worlds.object_store import access_of

__all__ = ["open_world"]

KEY = SigningKey(Ed25519PrivateKey.generate())
ODD_RUNS = ("run/with/slashes", "..", ".", "ä run", "a%2Fb", "a+b c", "x.jsonl", "x.pub", "-", "run")


def head(size: int, run_id: str = RUN) -> Head:
    """A signed head of that many events."""
    return KEY.sign(run_id, size, "a" * 64, f"{size:064x}", size, "00000000")


@dataclass
class Place:
    """A place for heads, and how to bend the newest one of a run behind its back."""

    reopen: Callable[[], HeadShelf]
    bend: Callable[[str], None]


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A new place of each kind."""
    if request.param == "folder":
        return Place(
            lambda: HeadFolder(tmp_path / "heads"), lambda run_id: bend_line(tmp_path / "heads", run_id)
        )
    store: ObjectStore = request.getfixturevalue("object_store")
    bucket = Bucket(f"{request.getfixturevalue('bucket_url')}/heads", access_of(store))
    return Place(lambda: HeadBucket(bucket), lambda run_id: bend_object(bucket, run_id))


def bend_line(folder: Path, run_id: str) -> None:
    """Let another root stand in the last line of a file, as somebody would who may write it."""
    file = folder / f"{run_id}.jsonl"
    *others, last = file.read_bytes().splitlines()
    file.write_bytes(b"\n".join([*others, last.replace(b'"root"', b'"toor"'), b""]))


def bend_object(bucket: Bucket, run_id: str) -> None:
    """The same with the last object."""
    *_, key = bucket.keys(f"{run_id}/")
    found = bucket.read(key)
    assert found
    bucket.ask("put_object", key, Body=found.replace(b'"root"', b'"toor"'))


@pytest.fixture
def shelf(place: Place) -> HeadShelf:
    """One shelf of each kind."""
    return place.reopen()


def test_a_place_where_nothing_was_kept_has_no_heads(shelf: HeadShelf):
    assert (shelf.read(RUN).heads, shelf.last(RUN), shelf.run_ids()) == ((), None, [])


def test_what_is_appended_is_read_in_order_by_whoever_comes_next(place: Place):
    heads = [head(size) for size in (1, 9, 10, 99, 100, 1000)]
    for one in heads:
        place.reopen().append(one)
    kept = place.reopen().read(RUN)
    assert (kept.heads, kept.torn, kept.damaged) == (tuple(heads), 0, 0)
    assert place.reopen().last(RUN) == heads[-1]


def test_a_head_that_is_appended_again_is_the_same_head(shelf: HeadShelf):
    for one in (head(10), head(20), head(20), head(20)):
        shelf.append(one)
    assert set(shelf.read(RUN).heads) == {head(10), head(20)}
    assert shelf.last(RUN) == head(20)


def test_two_heads_of_one_size_are_both_kept(shelf: HeadShelf):
    other = KEY.sign(RUN, 10, "b" * 64, "c" * 64, 11, "00000000")
    shelf.append(head(10))
    shelf.append(other)
    assert set(shelf.read(RUN).heads) == {head(10), other}


def test_heads_that_are_appended_at_one_moment_are_all_kept(place: Place):
    heads = [head(size) for size in range(1, 41)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: place.reopen().append(one), heads))
    assert sorted(place.reopen().read(RUN).heads, key=lambda one: one.size) == heads


def test_runs_are_told_apart_and_keep_their_names(shelf: HeadShelf):
    for number, run_id in enumerate(ODD_RUNS, 1):
        shelf.append(head(number, run_id))
    assert shelf.run_ids() == sorted(ODD_RUNS)
    for number, run_id in enumerate(ODD_RUNS, 1):
        assert (shelf.read(run_id).heads, shelf.last(run_id)) == (
            (head(number, run_id),),
            head(number, run_id),
        )


def test_a_key_is_published_once_and_is_no_run(shelf: HeadShelf):
    for _ in range(2):
        shelf.publish(KEY.key_id, b"a key")
    shelf.append(head(1))
    assert shelf.run_ids() == [RUN]


def test_a_head_that_was_bent_is_told_and_the_one_before_it_counts(place: Place):
    shelf = place.reopen()
    shelf.append(head(10))
    shelf.append(head(20))
    place.bend(RUN)
    kept = shelf.read(RUN)
    assert (kept.heads, kept.damaged) == ((head(10),), 1)
    assert shelf.last(RUN) == head(10)


@pytest.fixture
def signed(open_world: Callable[..., World], place: Place, tmp_path: Path) -> Generator[World]:
    """A world with one open run, whose ledger is signed every ten events, heads in *place*."""
    made = open_world()
    sign(made, tmp_path, shelf=place.reopen())
    yield made
    made.heads.close()


def append(made: World, count: int) -> None:
    """Append events to the run, as the commit path does."""
    for number in range(count):
        with made.state.writing() as connection:
            seq = ledger.append(connection, RUN, "stage.failed", {"number": number})
        made.heads.grown(RUN, seq)


def test_a_ledger_as_it_was_recorded_is_right(signed: World):
    append(signed, 34)
    report = check(signed)
    assert (report.ok, report.events, report.heads) == (True, 35, 3)


def test_a_tail_that_was_cut_is_found(signed: World):
    append(signed, 24)
    with signed.state.writing() as connection:
        connection.execute(text("DROP TRIGGER events_delete"))
        connection.execute(text("DELETE FROM events WHERE seq > 17"))
        last = connection.execute(text("SELECT hash FROM events WHERE seq = 17")).scalar_one()
        connection.execute(text("UPDATE runs SET events = 17, head = :head"), {"head": last})
    report = check(signed)
    assert not report.ok
    assert report.findings[0].first_bad == 18


def test_an_old_backup_that_was_restored_is_found(signed: World, place: Place, tmp_path: Path):
    append(signed, 12)
    signed.state.close()
    (tmp_path / "old").mkdir()
    shutil.copy(tmp_path / "state.db", tmp_path / "old")
    append(signed, 12)
    old = open_laptop(tmp_path / "old")
    sign(old, tmp_path, shelf=place.reopen())
    assert check(signed).ok
    report = check(old)
    old.close()
    assert (report.ok, report.findings[0].run_id) == (False, RUN)
