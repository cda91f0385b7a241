"""An object store that misbehaves: what it does has a name, two who mend one damage lose nothing, and secrets stay secret."""

import sys
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from blocks import profile
from blocks.artifacts.bucket import BucketShelf
from blocks.artifacts.store import ArtifactStore, StoreUnavailable
from blocks.artifacts.trial_of_store import Finding, try_store
from blocks.base import clock
from blocks.base.bucket import Bucket
from blocks.base.bucket_access import BucketAccess, NoBucketDriver
from blocks.base.bucket_failures import BucketRefused, BucketUnavailable
from blocks.base.canonical import digest_of
from blocks.durable import world
from blocks.durable.scope import Scope, working_for
from deployments.console import bucket_checks, checks
from deployments.stack.object_store import ObjectStore
from tests.worlds.counting import bodies, count_in
from tests.worlds.laptop import RUN, open_world
from tests.worlds.ledgers import close_run, open_run
from tests.worlds.object_store import access_of, access_to, free_port, kill
from tests.worlds.oracle import wrongs
from tests.worlds.stages import joined, large, small
from tests.worlds.store_proxy import KINDS, KINDS_OF_BODIES, Fault, StoreProxy, between

__all__ = ["open_world"]

DATA = b"what all of them have " * 1000
SECRET = "a-secret-that-nobody-may-read"  # noqa: S105


@pytest.fixture
def proxy(object_store: ObjectStore) -> Generator[StoreProxy]:
    """A proxy in front of the server."""
    with between(object_store) as one:
        yield one


@pytest.fixture
def bucket(object_store: ObjectStore, bucket_url: str) -> Bucket:
    """A bucket with nothing in it."""
    return Bucket(bucket_url, access_of(object_store))


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits that take no time."""
    monkeypatch.setattr(clock, "sleep", lambda seconds: None)


OPERATIONS = {
    "PUT artifact": lambda bucket: bucket.create("new", b"data"),
    "GET artifact": lambda bucket: bucket.read("old"),
    "GET list": lambda bucket: list(bucket.keys()),
}


@pytest.mark.parametrize("kind", [*KINDS, *KINDS_OF_BODIES])
@pytest.mark.parametrize("call", OPERATIONS)
def test_whatever_a_store_answers_the_failure_is_one_of_ours(
    proxy: StoreProxy, bucket: Bucket, waits: None, call: str, kind: str
):
    bucket.create("old", DATA)
    behind = Bucket(bucket.url, access_to(proxy.endpoint_url, proxy.key, 1.0))
    proxy.aim(Fault(0, call, kind, for_ever=True))
    with suppress(BucketUnavailable):
        OPERATIONS[call](behind)
    assert (proxy.wrong, proxy.seen[0]) == ("", call)


def test_a_page_of_another_program_is_neither_an_object_nor_an_empty_list(proxy: StoreProxy, bucket: Bucket):
    """A wrong address, or a gateway on the way: its 404 does not say that an artifact is gone."""
    elsewhere = Bucket(bucket.url, access_to(f"{proxy.endpoint_url}/some/path", proxy.key, 5.0))
    proxy.aim(Fault(0, "GET artifact", "page", for_ever=True))
    with pytest.raises(BucketUnavailable):
        elsewhere.read("key")
    proxy.aim(Fault(0, "GET list", "page", for_ever=True))
    with pytest.raises(BucketUnavailable):
        list(elsewhere.keys())


class Interrupted(Bucket):
    """A bucket into which another process writes just before the last call of a replacement."""

    def __init__(self, bucket: Bucket, access: BucketAccess, before: str, by: bytes) -> None:
        super().__init__(bucket.url, access)
        self._other, self._before, self._by = bucket, before, by

    def ask(self, operation: str, key: str | None = None, **asked: Any) -> Any:
        if operation == self._before and "IfMatch" in asked:
            self._other.ask("put_object", key, Body=self._by)
        return super().ask(operation, key, **asked)


@pytest.mark.parametrize(("before", "by"), [("delete_object", None), ("put_object", b"mine")])
def test_what_another_wrote_meanwhile_is_neither_deleted_nor_written_over(
    object_store: ObjectStore, bucket: Bucket, before: str, by: bytes | None
):
    bucket.create("key", b"damage")
    Interrupted(bucket, access_of(object_store), before, b"good").replace("key", b"damage", by, aside="aside")
    assert bucket.read("key") == b"good"
    assert bucket.read("aside") == b"damage"


def test_a_store_that_ignores_conditions_loses_no_artifact_that_eight_mend(proxy: StoreProxy, bucket: Bucket):
    proxy.deaf_to = ("if-match",)
    shelf, gate = BucketShelf(Bucket(bucket.url, access_to(proxy.endpoint_url, proxy.key))), Barrier(8)
    shelf.put_once(digest_of(DATA), b"damage")

    def put(number: int) -> bytes:
        store = ArtifactStore(shelf)
        gate.wait(30)
        return store.get(store.put(DATA, "image/png"))

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(put, range(8))) == {DATA}
    assert ArtifactStore(BucketShelf(bucket)).get(digest_of(DATA)) == DATA


def test_a_store_that_keeps_its_promises_is_found_good_and_left_clean(bucket: Bucket):
    bucket.create("mine", DATA)
    found = list(try_store(bucket))
    assert [finding for finding in found if finding.fault] == []
    assert len(found) == 9
    assert list(bucket.keys()) == ["mine"]


def test_a_store_that_writes_over_objects_is_refused(proxy: StoreProxy, bucket: Bucket):
    proxy.deaf_to = ("if-none-match",)
    found = list(try_store(Bucket(bucket.url, access_to(proxy.endpoint_url, proxy.key))))
    assert [finding.promise.split(" (")[0] for finding in found if finding.fault and finding.is_needed] == [
        "an object is written once",
        "of 16 who write at one moment one is the first",
    ]


def test_a_store_that_knows_no_conditions_on_replacing_is_warned_of(proxy: StoreProxy, bucket: Bucket):
    proxy.deaf_to = ("if-match",)
    found = list(try_store(Bucket(bucket.url, access_to(proxy.endpoint_url, proxy.key))))
    [wrong] = [finding for finding in found if finding.fault]
    assert (wrong.is_needed, wrong.fault) == (False, "If-Match is ignored by PUT")


def test_a_store_that_is_away_is_a_finding_of_each_promise():
    away = Bucket("s3://nobody", access_to(f"http://127.0.0.1:{free_port()}", "tests", 2.0))
    assert all(isinstance(finding, Finding) and finding.fault for finding in try_store(away))


def test_the_doctor_says_what_is_wrong_with_a_bucket(
    object_store: ObjectStore, proxy: StoreProxy, bucket: Bucket
):
    assert bucket_checks.look_at("artifacts", bucket)[0] == "ok"
    assert "who has its keys can delete heads" in bucket_checks.look_at("heads", bucket)[1]
    gone = Bucket("s3://there-is-none", access_of(object_store))
    assert bucket_checks.look_at("artifacts", gone)[::2] == (
        "problem",
        "Create the bucket, or correct its name.",
    )
    away = Bucket(bucket.url, access_to(f"http://127.0.0.1:{free_port()}", "tests", 2.0))
    level, _, advice = bucket_checks.look_at("artifacts", away)
    assert (level, "HOLDFAST_S3_ENDPOINT_URL" in advice) == ("problem", True)
    proxy.aim(Fault(0, "GET list", "403", for_ever=True))
    level, _, advice = bucket_checks.look_at(
        "heads", Bucket(bucket.url, access_to(proxy.endpoint_url, proxy.key))
    )
    assert (level, "s3:ListBucket" in advice) == ("problem", True)


def test_the_doctor_tries_the_buckets_of_the_profile_on_request(
    object_store: ObjectStore, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
):
    assert [check.name for check in checks.storage_checks()] == ["storage"]
    monkeypatch.setenv("HOLDFAST_ARTIFACTS_URL", f"{bucket.url}/artifacts")
    monkeypatch.setenv("HOLDFAST_S3_ENDPOINT_URL", object_store.endpoint_url)
    monkeypatch.setenv("HOLDFAST_S3_ACCESS_KEY_ID", object_store.secret)
    monkeypatch.setenv("HOLDFAST_S3_SECRET_ACCESS_KEY", SECRET)
    assert {(check.name, check.level) for check in checks.storage_checks()} == {("artifacts", "ok")}
    assert list(bucket.keys()) == []


def test_the_doctor_says_where_an_end_is_not_signed_in_a_bucket(
    object_store: ObjectStore, bucket: Bucket, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path))
    monkeypatch.setenv("HOLDFAST_HEADS_URL", f"{bucket.url}/heads")
    monkeypatch.setenv("HOLDFAST_S3_ENDPOINT_URL", object_store.endpoint_url)
    monkeypatch.setenv("HOLDFAST_S3_ACCESS_KEY_ID", object_store.secret)
    monkeypatch.setenv("HOLDFAST_S3_SECRET_ACCESS_KEY", SECRET)
    made = profile.open_world(profile.load("laptop"))
    for run_id in ("one", "two"):
        open_run(made, run_id)
        close_run(made, run_id)
    made.leave()
    assert (checks._ledger().level, checks._heads().level) == ("ok", "ok")
    for key in list(bucket.keys("heads/one/")):
        bucket.ask("delete_object", key)
    told = checks._ledger()
    assert (told.level, told.found[:4]) == ("warning", "1 of")


def test_a_secret_key_is_in_no_error_and_no_repr(bucket: Bucket):
    access = BucketAccess(f"http://127.0.0.1:{free_port()}", "us-east-1", "tests", SECRET, SECRET, 1.0)
    assert SECRET not in f"{access!r} {access} {Bucket(bucket.url, access)!r}"
    with pytest.raises(StoreUnavailable) as told:
        ArtifactStore(BucketShelf(Bucket(bucket.url, access))).put(DATA, "text/plain")
    error: BaseException | None = told.value
    while error is not None:
        assert SECRET not in f"{error!r} {error}"
        error = error.__cause__ or error.__context__


def test_an_address_with_a_password_in_it_is_refused_and_not_repeated():
    with pytest.raises(ValueError, match="no password") as told:
        BucketAccess(f"https://user:{SECRET}@store.example")
    assert SECRET not in f"{told.value}"


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "boto3.session", None)
    with pytest.raises(NoBucketDriver) as told:
        Bucket("s3://some-bucket", BucketAccess()).read("key")
    assert "holdfast[s3]" in told.value.next


def test_a_bucket_that_is_not_there_is_not_an_object_that_is_not_there(object_store: ObjectStore):
    with pytest.raises(BucketRefused) as told:
        Bucket("s3://there-is-none", access_of(object_store)).read("key")
    assert told.value.code == "NoSuchBucket"


@pytest.mark.parametrize("killed_after", ["small", "large"])
def test_a_store_that_is_killed_in_the_middle_parks_the_run_and_nothing_is_paid_twice(
    object_store: ObjectStore, bucket: Bucket, open_world: Any, tmp_path: Path, killed_after: str
):
    count_in(tmp_path / "bodies")
    bucket.create("kept", b"")  # this server forgets a bucket with nothing in it
    made, shelf = open_world(), BucketShelf(bucket)
    made.artifacts = ArtifactStore(shelf)
    try:
        with working_for(Scope(RUN, "a document")):
            left = small(1)
            right = large(2) if killed_after == "large" else None
            kill(object_store)
            with pytest.raises(StoreUnavailable):
                joined(left, right or large(2))
            object_store.start()
            assert joined(small(1), large(2)).number == 3
    finally:
        world.leave()
        kill(object_store)
        object_store.start()
    assert max(bodies(tmp_path / "bodies").values()) == 1
    assert wrongs(tmp_path, shelf) == []
