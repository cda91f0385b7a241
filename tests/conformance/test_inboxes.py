"""A folder and a bucket are looked into alike, and what lies there is listed with where every machine finds it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from blocks.artifacts.memory import MemoryShelf
from blocks.artifacts.store import ArtifactStore
from blocks.base.bucket import Bucket
from blocks.durable import world
from blocks.durable.world import World
from blocks.providers.inbox import Inbox, InboxUnavailable
from deployments.stack.object_store import ObjectStore
from tasks.receive import list_files
from tasks.schemas.arrival import KeptDocument
from tests.worlds.object_store import access_of, new_bucket

Put = Callable[[str, bytes], None]


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Inbox, Put]:
    """A place, who looks into it, and what lays something there."""
    if request.param == "folder":

        def lay(name: str, data: bytes) -> None:
            path = tmp_path / "post" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

        return (
            f"{tmp_path / 'post'}",
            Inbox(lambda url: Bucket(url, request.getfixturevalue("no bucket"))),
            lay,
        )
    objects: ObjectStore = request.getfixturevalue("object_store")
    url = new_bucket(objects)

    def put(name: str, data: bytes) -> None:
        access_of(objects).client.put_object(Bucket=url.removeprefix("s3://"), Key=f"post/{name}", Body=data)

    return f"{url}/post/", Inbox(lambda named: Bucket(named, access_of(objects))), put


def test_what_lies_there_is_found_by_name_and_read(place: tuple[str, Inbox, Put]):
    where, inbox, lay = place
    lay("b.pdf", b"second")
    lay("a/c d.pdf", b"first")
    found = inbox.look(where)
    assert [(one.name, one.size_bytes, inbox.read(one)) for one in found] == [
        ("a/c d.pdf", 5, b"first"),
        ("b.pdf", 6, b"second"),
    ]


def test_one_document_can_be_named(place: tuple[str, Inbox, Put]):
    where, inbox, lay = place
    lay("a.pdf", b"first")
    lay("a.pdf.txt", b"another")
    assert [one.name for one in inbox.look(f"{where.rstrip('/')}/a.pdf")] == ["a.pdf"]


def test_other_bytes_are_another_version(place: tuple[str, Inbox, Put]):
    where, inbox, lay = place
    lay("a.pdf", b"first")
    before = inbox.look(where)
    assert inbox.look(where) == before
    lay("a.pdf", b"other")
    assert inbox.look(where) != before


def test_what_is_not_there_is_no_document(place: tuple[str, Inbox, Put]):
    where, inbox, lay = place
    lay("a.pdf", b"first")
    assert inbox.look(f"{where.rstrip('/')}/nothing") == []


def test_a_bucket_that_is_not_there_is_told(object_store: ObjectStore):
    with pytest.raises(InboxUnavailable):
        Inbox(lambda url: Bucket(url, access_of(object_store))).look("s3://no-such-bucket-of-ours/post/")


def test_a_document_of_the_store_is_a_file_to_process_and_so_is_one_of_a_bucket(
    object_store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    store = ArtifactStore(MemoryShelf())
    inbox = Inbox(lambda url: Bucket(url, access_of(object_store)))
    made = {ArtifactStore: store, Inbox: inbox}
    here = World("test", "default", None, store, {}, 4, lambda: None, _made=made)  # type: ignore[arg-type]
    monkeypatch.setattr(world, "_world", here)
    url = new_bucket(object_store)
    access_of(object_store).client.put_object(
        Bucket=url.removeprefix("s3://"), Key="x/a.txt", Body=b"a letter"
    )
    kept = KeptDocument(digest=store.put(b"a letter", "text/plain"), name="übrig & more?.txt")
    (tmp_path / "a.txt").write_bytes(b"a letter")
    files = list_files([kept.reference, f"{url}/x/a.txt", str(tmp_path / "a.txt")])
    assert [file.digest for file in files] == [kept.digest] * 3
    assert [file.path is None for file in files] == [True, True, False]
    assert (files[0].name, files[0].size_bytes) == ("übrig & more?.txt", 8)
    assert [file.after for file in files[1:]] == [files[0].name] * 2


@pytest.mark.parametrize("text", ["artifact:12", "artifact:" + "g" * 64, "a.pdf", "artifact:" + "0" * 65])
def test_what_is_no_reference_is_a_path(text: str):
    assert KeptDocument.parse(text) is None
