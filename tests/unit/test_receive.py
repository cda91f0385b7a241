"""Files become documents: every file ends as a document or as a refusal with a name; nothing is passed over."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from blocks.artifacts.memory import MemoryShelf
from blocks.artifacts.store import ArtifactStore
from blocks.base.canonical import digest_of
from blocks.providers.page_reader import PageReader
from tasks.receive import FileChanged, NoSuchPath, NothingToProcess, list_files, receive_document
from tasks.schemas.document import Document, Refusal
from tasks.schemas.invoice_settings import IntakeLimits
from tasks.schemas.source_file import SourceFile

LIMITS = IntakeLimits()


@pytest.fixture
def store() -> ArtifactStore:
    """A store in memory."""
    return ArtifactStore(MemoryShelf())


def received(file: SourceFile, store: ArtifactStore, limits: IntakeLimits = LIMITS) -> Document | Refusal:
    """What the plain function makes of *file*."""
    return receive_document.fn(file, limits, store=store, reader=PageReader())


def only(path: Path) -> SourceFile:
    """The one file at *path*."""
    (file,) = list_files([str(path)])
    return file


def image(path: Path, kind: str) -> Path:
    """A small picture."""
    Image.new("L", (40, 20), 200).save(path, kind)
    return path


@pytest.mark.parametrize(
    ("kind", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("TIFF", "image/tiff")]
)
def test_the_media_type_is_told_from_the_content_and_not_from_the_name(
    tmp_path: Path, store: ArtifactStore, kind: str, media_type: str
):
    document = received(only(image(tmp_path / "invoice.pdf", kind)), store)
    assert isinstance(document, Document)
    assert (document.media_type, document.pages) == (media_type, 1)


def test_the_bytes_are_kept_under_their_digest(tmp_path: Path, store: ArtifactStore):
    path = image(tmp_path / "scan.png", "PNG")
    document = received(only(path), store)
    assert isinstance(document, Document)
    assert store.get(document.digest) == path.read_bytes()
    assert document.size_bytes == path.stat().st_size


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"", "EmptyDocument"),
        (b"just some words", "NotADocument"),
        (b"\x00" * 5000, "NotADocument"),
        (b"PK\x03\x04 an archive", "NotADocument"),
        (b"%PDF-1.7\nand nothing more", "DamagedDocument"),
        (b"\x89PNG\r\n\x1a\nand nothing more", "DamagedDocument"),
    ],
    ids=repr,
)
def test_what_is_no_document_is_refused_by_name(
    tmp_path: Path, store: ArtifactStore, data: bytes, refusal: str
):
    (tmp_path / "invoice.pdf").write_bytes(data)
    answer = received(only(tmp_path / "invoice.pdf"), store)
    assert isinstance(answer, Refusal)
    assert answer.name == refusal


def test_a_file_over_the_limit_is_refused_without_being_read(tmp_path: Path, store: ArtifactStore):
    file = only(image(tmp_path / "scan.png", "PNG")).model_copy(update={"path": tmp_path / "nowhere"})
    answer = received(file, store, IntakeLimits(max_bytes=10))
    assert isinstance(answer, Refusal)
    assert answer.name == "DocumentTooLarge"


def test_a_document_with_too_many_pages_is_refused(tmp_path: Path, store: ArtifactStore):
    pages = [Image.new("L", (40, 20), 200) for _ in range(3)]
    pages[0].save(tmp_path / "scan.tiff", save_all=True, append_images=pages[1:])
    answer = received(only(tmp_path / "scan.tiff"), store, IntakeLimits(max_pages=2))
    assert isinstance(answer, Refusal)
    assert answer.name == "TooManyPages"


@pytest.mark.parametrize("change", [lambda path: path.unlink(), lambda path: path.write_bytes(b"other")])
def test_a_file_that_changes_after_it_was_listed_is_not_received(
    tmp_path: Path, store: ArtifactStore, change: Callable[[Path], None]
):
    path = image(tmp_path / "scan.png", "PNG")
    file = only(path)
    change(path)
    with pytest.raises(FileChanged, match=r"scan\.png"):
        received(file, store)


def test_a_folder_is_searched_to_the_bottom_and_in_order(tmp_path: Path):
    for name in ("b.pdf", "a/z.pdf", "a/ä ö.pdf", ".hidden.pdf", ".cache/x.pdf", "請求書.pdf"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    assert [file.name for file in list_files([str(tmp_path)])] == [
        "a/z.pdf",
        "a/ä ö.pdf",
        "b.pdf",
        "請求書.pdf",
    ]


def test_a_folder_with_the_name_of_a_document_is_refused_and_searched(tmp_path: Path, store: ArtifactStore):
    (tmp_path / "odd.pdf").mkdir()
    (tmp_path / "odd.pdf" / "inside.txt").write_text("words")
    found = {file.name: file for file in list_files([str(tmp_path)])}
    assert list(found) == ["odd.pdf", "odd.pdf/inside.txt"]
    answer = received(found["odd.pdf"], store)
    assert isinstance(answer, Refusal)
    assert answer.name == "NotAFile"


def test_a_link_to_nothing_and_a_pipe_are_refused_and_the_rest_goes_on(tmp_path: Path):
    (tmp_path / "gone.pdf").symlink_to(tmp_path / "nothing")
    os.mkfifo(tmp_path / "pipe.pdf")
    (tmp_path / "whole.txt").write_text("words")
    problems = {file.name: file.problem and file.problem.name for file in list_files([str(tmp_path)])}
    assert problems == {"gone.pdf": "NotAFile", "pipe.pdf": "NotAFile", "whole.txt": None}


def test_a_name_that_is_no_text_does_not_stop_the_others(tmp_path: Path, store: ArtifactStore):
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_bytes(b"words")
    (tmp_path / "whole.txt").write_bytes(b"other words")
    files = list_files([str(tmp_path)])
    assert len(files) == 2
    assert all(file.name.encode() for file in files)
    assert all(isinstance(received(file, store), Document) for file in files)


def test_a_file_that_is_named_twice_is_listed_once(tmp_path: Path):
    (tmp_path / "a.txt").write_text("words")
    paths = [str(tmp_path / "a.txt"), str(tmp_path), str(tmp_path / "." / "a.txt")]
    assert len(list_files(paths)) == 1


def test_a_file_with_the_bytes_of_an_earlier_one_comes_after_it(tmp_path: Path):
    for name, content in (("a.txt", "same"), ("b.txt", "other"), ("c.txt", "same")):
        (tmp_path / name).write_text(content)
    assert [(file.name, file.after) for file in list_files([str(tmp_path)])] == [
        ("a.txt", None),
        ("b.txt", None),
        ("c.txt", "a.txt"),
    ]


def test_two_files_with_one_name_are_both_listed(tmp_path: Path):
    for folder in ("north", "south"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "invoice.txt").write_text(folder)
    files = list_files([str(tmp_path / "north" / "invoice.txt"), str(tmp_path / "south" / "invoice.txt")])
    assert [file.digest for file in files] == [digest_of(b"north"), digest_of(b"south")]


def test_where_a_file_lies_is_not_part_of_what_it_is(tmp_path: Path):
    for folder in ("north", "south"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "invoice.txt").write_text("same")
    files = [only(tmp_path / folder) for folder in ("north", "south")]
    assert files[0].model_dump() == files[1].model_dump()


def test_an_empty_folder_and_a_wrong_path_are_told(tmp_path: Path):
    with pytest.raises(NothingToProcess, match=str(tmp_path)):
        list_files([str(tmp_path)])
    with pytest.raises(NothingToProcess, match="an empty list"):
        list_files([])
    with pytest.raises(NoSuchPath, match="missing"):
        list_files([str(tmp_path / "missing")])


def test_a_thousand_files_are_listed_with_what_is_wrong_with_three(tmp_path: Path):
    for number in range(1000):
        (tmp_path / f"{number:04}.txt").write_text(f"words {number}")
    for number in (3, 500, 999):
        (tmp_path / f"{number:04}.txt").unlink()
        (tmp_path / f"{number:04}.txt").symlink_to("nowhere")
    files = list_files([str(tmp_path)])
    assert (len(files), sum(file.problem is not None for file in files)) == (1000, 3)


def test_files_of_two_folders_with_one_name_have_names_of_their_own(tmp_path: Path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.pdf").write_bytes(folder.encode())
    listed = list_files([str(tmp_path / "one"), str(tmp_path / "two")])
    assert [file.name for file in listed] == ["one/a.pdf", "two/a.pdf"]


def test_a_link_to_a_folder_and_a_pipe_are_listed_with_the_reason(tmp_path: Path):
    (tmp_path / "real").mkdir()
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "linked").symlink_to(tmp_path / "real")
    os.mkfifo(tmp_path / "pipe.pdf")
    listed = list_files([str(tmp_path / "papers"), str(tmp_path / "pipe.pdf")])
    assert [(file.name, file.problem.name) for file in listed if file.problem] == [
        ("linked", "NotAFile"),
        ("pipe.pdf", "NotAFile"),
    ]


def test_a_huge_file_is_refused_unread(tmp_path: Path):
    with (tmp_path / "huge.pdf").open("wb") as file:
        file.truncate(40 * 2**30)
    [huge] = list_files([str(tmp_path / "huge.pdf")])
    assert huge.problem is not None
    assert huge.problem.name == "DocumentTooLarge"
