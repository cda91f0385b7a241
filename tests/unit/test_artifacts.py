"""Stored bytes under attack: damage is found, never taken for absence; a failing device is an error with a name."""

import errno
import json
import os
import resource
import signal
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from blocks.artifacts.envelope import ArtifactCorrupt, Content, seal, unseal
from blocks.artifacts.local import LocalShelf
from blocks.artifacts.store import ArtifactMissing, ArtifactStore, StoreUnavailable
from blocks.base.canonical import digest_of
from tests.worlds import children

DATA = b'{"text":"' + b"a page of text, " * 80 + b'"}'
DIGEST = digest_of(DATA)


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    """A store over a folder."""
    return ArtifactStore(LocalShelf(tmp_path / "artifacts"))


def file_of(folder: Path, digest: str) -> Path:
    """Where a local shelf keeps *digest*."""
    return folder / "artifacts" / digest[:2] / digest


@pytest.mark.parametrize("media_type", ["application/json", "image/png"], ids=["packed", "as it is"])
def test_a_cut_at_any_byte_is_damage_and_never_absence(media_type: str):
    whole = seal(Content(DATA, media_type), DIGEST)
    for length in range(len(whole)):
        with pytest.raises(ArtifactCorrupt):
            unseal(whole[:length], DIGEST)


@pytest.mark.parametrize("media_type", ["application/json", "image/png"], ids=["packed", "as it is"])
def test_any_flipped_bit_is_damage(media_type: str):
    whole = seal(Content(DATA[:200], media_type), digest_of(DATA[:200]))
    for place in range(len(whole) * 8):
        bent = bytearray(whole)
        bent[place // 8] ^= 1 << place % 8
        with pytest.raises(ArtifactCorrupt):
            unseal(bytes(bent), digest_of(DATA[:200]))


@pytest.mark.parametrize("more", [b"\n", b"\0" * 32, DATA])
def test_added_bytes_are_damage(more: bytes):
    whole = seal(Content(DATA, "text/plain"), DIGEST)
    for bent in (whole + more, more + whole, whole[:-32] + more + whole[-32:]):
        with pytest.raises(ArtifactCorrupt):
            unseal(bent, DIGEST)


def test_another_artifacts_envelope_is_damage():
    with pytest.raises(ArtifactCorrupt, match="other content"):
        unseal(seal(Content(b"other", "text/plain"), digest_of(b"other")), DIGEST)


def forged(header: bytes, packed: bytes = b"") -> bytes:
    """An envelope with a checksum that is right."""
    body = b"holdfast 1\n" + header + packed
    return body + bytes.fromhex(digest_of(body))


def fields(**changed: object) -> bytes:
    """The header line of an envelope of DATA, with *changed* fields."""
    right = {
        "compression": "none",
        "digest": DIGEST,
        "encryption": "none",
        "media_type": "text/plain",
        "size": len(DATA),
    }
    return json.dumps({**right, **changed}).encode() + b"\n"


@pytest.mark.parametrize(
    "stored",
    [
        forged(b""),
        forged(b"no line end"),
        forged(b"no json\n", DATA),
        forged(b"[]\n", DATA),
        forged(b"{}\n", DATA),
        forged(b"\xff\xfe\n", DATA),
        forged(b"[" * 100_000 + b"\n", DATA),
        forged(fields(compression="lzma"), DATA),
        forged(fields(compression=["zlib"]), DATA),
        forged(fields(compression="zlib"), b"no zlib"),
        forged(fields(compression="zlib", size="1"), zlib.compress(DATA)),
        forged(fields(compression="zlib", size=-1), zlib.compress(DATA)),
        forged(fields(compression="zlib", size=3), zlib.compress(DATA)),
        forged(fields(compression="zlib", size=2**40), zlib.compress(b"0" * 2**22)),
        forged(fields(digest="0" * 64), DATA),
        forged(fields(), DATA + b"!"),
        b"",
        b"holdfast 1\n",
        b"holdfast 2\n" + seal(Content(DATA, "text/plain"), DIGEST)[11:],
    ],
    ids=lambda stored: repr(stored[11:50]),
)
def test_a_forged_envelope_is_damage_and_nothing_else(stored: bytes):
    with pytest.raises(ArtifactCorrupt):
        unseal(stored, DIGEST)


def test_what_unpacks_to_more_than_it_says_is_not_unpacked():
    stored = forged(fields(compression="zlib", size=100), zlib.compress(b"\0" * 2**28))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ArtifactCorrupt):
        unseal(stored, DIGEST)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


def test_a_truncated_file_is_damage_and_a_removed_one_is_missing(store: ArtifactStore, tmp_path: Path):
    digest = store.put(DATA, "application/json")
    file_of(tmp_path, digest).write_bytes(b"")
    with pytest.raises(ArtifactCorrupt):
        store.get(digest)
    file_of(tmp_path, digest).unlink()
    with pytest.raises(ArtifactMissing):
        store.get(digest)


def test_a_file_that_cannot_be_read_is_neither_damaged_nor_missing(store: ArtifactStore, tmp_path: Path):
    digest = store.put(DATA, "application/json")
    file_of(tmp_path, digest).unlink()
    file_of(tmp_path, digest).mkdir()
    with pytest.raises(StoreUnavailable):
        store.get(digest)


@pytest.mark.parametrize(
    "name",
    ["", "..", "../" * 20 + "etc/passwd", "A" * 64, "0" * 63, "/" + "0" * 63, "0" * 63 + "\n", "٣" * 64],
)
def test_only_a_digest_names_an_artifact(tmp_path: Path, name: str):
    shelf = LocalShelf(tmp_path / "artifacts")
    for touch in (lambda: shelf.read(name), lambda: shelf.put_once(name, b"envelope")):
        with pytest.raises(ValueError, match="64 hex digits"):
            touch()
    assert list(tmp_path.rglob("*")) == []


def failing(number: int) -> Callable[..., None]:
    """A system call that fails."""

    def call(*arguments: object) -> None:
        raise OSError(number, os.strerror(number))

    return call


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT], ids=errno.errorcode.get)
def test_a_failing_fsync_is_an_error_and_leaves_no_artifact(
    store: ArtifactStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
):
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", failing(number))
        with pytest.raises(StoreUnavailable, match=os.strerror(number)):
            store.put(DATA, "application/json")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert store.get(store.put(DATA, "application/json")) == DATA


def test_a_failing_fsync_of_the_folder_is_an_error(store: ArtifactStore, monkeypatch: pytest.MonkeyPatch):
    store.put(b"the folders are there", "text/plain")
    real, calls = os.fsync, []

    def second_fails(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) > 1:
            raise OSError(errno.EIO, "an input/output error")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", second_fails)
    with pytest.raises(StoreUnavailable):
        store.put(DATA, "application/json")


def test_every_new_file_and_every_new_folder_is_synced(
    store: ArtifactStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    synced: set[int] = set()
    real = os.fsync

    def noted(descriptor: int) -> None:
        synced.add(os.fstat(descriptor).st_ino)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    file = file_of(tmp_path, store.put(DATA, "application/json"))
    parents = {file.parent: "holds the file", file.parent.parent: "holds the folder", tmp_path: "holds all"}
    assert file.stat().st_ino in synced
    assert [why for folder, why in parents.items() if folder.stat().st_ino not in synced] == []


def test_an_artifact_that_another_process_just_linked_is_synced_too(
    store: ArtifactStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = file_of(tmp_path, store.put(DATA, "application/json")).parent
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))
    store.put(DATA, "application/json")
    assert synced == [folder.stat().st_ino]


def put_with_little_room(folder: Path, most_bytes: int) -> None:
    """Put an artifact where no file may grow over *most_bytes*; end with 3 where that is refused by name."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    try:
        ArtifactStore(LocalShelf(folder / "artifacts")).put(os.urandom(9000), "image/png")
    except StoreUnavailable:
        os._exit(3)


@pytest.mark.parametrize("room", [0, 1, 4096, 9000])
def test_a_full_disk_is_an_error_and_leaves_no_half_artifact(tmp_path: Path, room: int):
    assert children.run(put_with_little_room, tmp_path, room) == 3
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_what_is_read_back_is_compared_with_what_was_written(tmp_path: Path):
    class Forgetful(LocalShelf):
        """A device that says yes and keeps less."""

        def put_once(self, name: str, envelope: bytes) -> None:
            super().put_once(name, envelope[:-1])

        def replace(self, name: str, found: bytes, by: bytes | None) -> None:
            super().replace(name, found, by and by[:-1])

    with pytest.raises(ArtifactCorrupt):
        ArtifactStore(Forgetful(tmp_path)).put(DATA, "text/plain")
