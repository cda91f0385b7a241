"""What is kept is on the disk before anybody is told of it: the order of the calls that a power cut would tell apart."""

import os
from pathlib import Path
from typing import Any

import pytest

from blocks.artifacts.local import LocalShelf
from blocks.artifacts.store import ArtifactStore

DATA = b"some bytes that are worth keeping"


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is done to the files under the test's folder: `write`, `sync file`, `link`, `sync folder`, `read`."""
    made: list[str] = []
    real_sync, real_link, real_read = os.fsync, os.link, Path.read_bytes

    def sync(descriptor: int) -> None:
        is_folder = Path(f"/proc/self/fd/{descriptor}").resolve().is_dir()
        if not is_folder:
            made.append(f"{os.fstat(descriptor).st_size} bytes")
        made.append("sync folder" if is_folder else "sync file")
        real_sync(descriptor)

    def link(source: Any, target: Any, **more: Any) -> None:
        made.append("link")
        real_link(source, target, **more)

    def read(path: Path) -> bytes:
        made.append("read")
        return real_read(path)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "link", link)
    monkeypatch.setattr(Path, "read_bytes", read)
    return made


def test_a_file_is_whole_on_the_disk_before_it_has_its_name_and_named_before_it_counts(
    calls: list[str], tmp_path: Path
):
    store = ArtifactStore(LocalShelf(tmp_path / "artifacts"))
    digest = store.put(DATA, "text/plain")
    size = (tmp_path / "artifacts" / digest[:2] / digest).stat().st_size
    assert calls[-5:] == [f"{size} bytes", "sync file", "link", "sync folder", "read"]


def test_an_artifact_that_is_kept_is_not_written_again(calls: list[str], tmp_path: Path):
    store = ArtifactStore(LocalShelf(tmp_path / "artifacts"))
    digest = store.put(DATA, "text/plain")
    file = tmp_path / "artifacts" / digest[:2] / digest
    before = file.stat()
    calls.clear()
    store.put(DATA, "text/plain")
    assert calls == ["sync folder", "read"]
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_no_draft_is_left_behind(tmp_path: Path):
    store = ArtifactStore(LocalShelf(tmp_path / "artifacts"))
    digests = {store.put(b"%d" % number, "text/plain") for number in range(5)}
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == digests
