"""Hostile and broken documents: each ends as read or as a refusal with a name; the parent is never hurt."""

import io
import json
import random
import resource
import time
import zlib
from pathlib import Path

import pytest
from PIL import Image

from blocks.providers import ocr_engine
from blocks.providers.page_reader import (
    DamagedDocument,
    EncryptedDocument,
    NotADocument,
    OcrNotInstalled,
    PageReader,
    TooManyPages,
    TooMuchMemory,
    TooSlow,
    UnreadableDocument,
    media_type_of,
)

READER = PageReader()
MOST_PAGES = 200
PARENT_GROWTH = 200 * 2**10  # KiB: a few drawn pages pass through, a bomb would not


def end_of(data: bytes, name: str, *, reader: PageReader = READER) -> str:
    """ "read", or the name of the refusal. Every page is read; the first is drawn as well."""
    try:
        media_type = media_type_of(data, name=name)
        if media_type is None:
            raise NotADocument(f"{name} is nothing that is read here.")
        with reader.open(data, media_type, max_pages=MOST_PAGES) as document:
            document.render(1, 72)
            for number in range(1, document.page_count + 1):
                document.read(number).text.encode()
    except OcrNotInstalled:
        return "read"
    except UnreadableDocument as refusal:
        return type(refusal).__name__ if str(refusal).endswith(".") else "a reason that is no sentence"
    return "read"


def pdf_around(
    stream: bytes, *, filters: str = "", box: str = "0 0 595 842", count: int = 1, more: bytes = b""
) -> bytes:
    """A PDF without a cross-reference table, which every reader rebuilds; its page shows *stream*."""
    head = (
        "%PDF-1.4\n1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj\n"
        f"2 0 obj << /Type /Pages /Kids [3 0 R] /Count {count} >> endobj\n"
        f"3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [{box}] /Contents 4 0 R /Resources << /Font << /F1 "
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> /XObject << /Im 5 0 R >> >> >> endobj\n"
        f"4 0 obj << /Length {len(stream)} {filters} >> stream\n"
    )
    return head.encode() + stream + b"\nendstream endobj\n" + more + b"trailer << /Root 1 0 R >>\n%%EOF"


def twice_deflated(unit: bytes, times: int) -> bytes:
    """*unit* repeated *times*, deflated twice: some hundred bytes for some hundred MiB."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(unit) for _ in range(times)) + packer.flush()
    return zlib.compress(packed, 9)


PLAIN = pdf_around(b"BT /F1 12 Tf 50 700 Td (Total 12.50 EUR, payable now) Tj ET")
TWICE = "/Filter [/FlateDecode /FlateDecode]"


@pytest.fixture(autouse=True)
def unhurt_parent():
    """After each document the parent still reads, and has not grown by what the document unpacks to."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert end_of(PLAIN, "plain.pdf") == "read"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < PARENT_GROWTH


def test_a_content_stream_that_unpacks_to_more_than_the_limit_is_refused() -> None:
    bomb = pdf_around(twice_deflated(b" " * 2**20, 700), filters=TWICE)
    assert len(bomb) < 100_000
    assert end_of(bomb, "bomb.pdf") == TooMuchMemory.__name__


def test_a_page_that_takes_too_long_is_refused_in_time() -> None:
    endless = pdf_around(twice_deflated(b"0 0 m 9 9 l S " * 80_000, 40), filters=TWICE)
    begun = time.monotonic()
    assert end_of(endless, "endless.pdf", reader=PageReader(page_seconds=0.5)) == TooSlow.__name__
    assert time.monotonic() - begun < 10


def test_a_picture_of_a_billion_pixels_is_refused() -> None:
    header = b"IHDR" + (40_000).to_bytes(4) * 2 + b"\x08\x02\x00\x00\x00"
    chunk = b"\x00\x00\x00\x0d" + header + zlib.crc32(header).to_bytes(4)
    rows = twice_deflated(b"\x00" * 1000, 10)
    body = len(rows).to_bytes(4) + b"IDAT" + rows + zlib.crc32(b"IDAT" + rows).to_bytes(4)
    png = b"\x89PNG\r\n\x1a\n" + chunk + body + b"\x00\x00\x00\x00IEND\xaeB`\x82"
    assert end_of(png, "huge.png") == TooMuchMemory.__name__


def test_a_picture_inside_a_pdf_of_a_billion_pixels_does_no_harm() -> None:
    rows = twice_deflated(b"\x00" * 2**20, 100)
    image = (
        b"5 0 obj << /Type /XObject /Subtype /Image /Width 30000 /Height 30000 /BitsPerComponent 8 "
        b"/ColorSpace /DeviceRGB /Length %d /Filter [/FlateDecode /FlateDecode] >> stream\n" % len(rows)
    )
    data = pdf_around(b"q 595 0 0 842 0 0 cm /Im Do Q", more=image + rows + b"\nendstream endobj\n")
    assert end_of(data, "picture.pdf") in {"read", TooMuchMemory.__name__, DamagedDocument.__name__}


def test_a_page_count_that_lies_is_refused() -> None:
    assert end_of(pdf_around(b"", count=1_000_000), "many.pdf") == TooManyPages.__name__


def test_a_page_tree_that_holds_itself_ends() -> None:
    loop = PLAIN.replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]")
    assert end_of(loop, "loop.pdf") in {"read", "DamagedDocument", "EmptyDocument"}


def test_a_locked_document_is_refused_by_its_own_name() -> None:
    lock = b"9 0 obj << /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P -4 >> endobj\n" % (
        b"ab" * 32,
        b"cd" * 32,
    )
    trailer = b"trailer << /Root 1 0 R /Encrypt 9 0 R /ID [<00> <00>] >>"
    locked = PLAIN.replace(b"trailer << /Root 1 0 R >>", lock + trailer)
    assert end_of(locked, "locked.pdf") == EncryptedDocument.__name__


def test_scripts_and_launch_actions_in_a_document_are_not_run(tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    action = f"/OpenAction << /S /Launch /F (/bin/sh) /Win << /F (touch {touched}) >> >>"
    active = PLAIN.replace(b"/Type /Catalog", b"/Type /Catalog " + action.encode())
    assert end_of(active, "active.pdf") == "read"
    assert not touched.exists()


def test_a_document_cut_anywhere_ends() -> None:
    ends = {end_of(PLAIN[:size], "cut.pdf") for size in range(0, len(PLAIN), 40)}
    assert ends <= {"read", "DamagedDocument", "EmptyDocument", "NotADocument"}


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_pictures_with_changed_bytes_end(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr_engine, "installed", lambda: False)  # what is drawn is not the matter here
    stream = io.BytesIO()
    Image.effect_noise((64, 64), 60).save(stream, kind)
    assert mutants_end(stream.getvalue(), f"picture.{kind}", 40) <= {
        "read", "DamagedDocument", "NotADocument", "TooMuchMemory", "EmptyDocument", "TooManyPages",
    }  # fmt: skip


def test_pdfs_with_changed_bytes_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr_engine, "installed", lambda: False)
    names = {kind.__name__ for kind in UnreadableDocument.__subclasses__()} | {"read"}
    assert mutants_end(PLAIN, "mutant.pdf", 120) <= names


def mutants_end(data: bytes, name: str, count: int) -> set[str]:
    """The ends of *count* copies with up to six changed bytes each; the same copies in every run."""
    dice = random.Random(20261121)
    ends: set[str] = set()
    for _ in range(count):
        mutant = bytearray(data)
        for _ in range(dice.randint(1, 6)):
            mutant[dice.randrange(len(mutant))] = dice.randrange(256)
        ends.add(end_of(bytes(mutant), name))
    return ends


ALLOWED = {
    "readable": {"read"},
    "prompt-injection": {"read"},
    "unreadable": {"DamagedDocument", "NotADocument", "EmptyDocument"},
    "encrypted": {"read", "EncryptedDocument", "NotADocument"},
    "active-content": {"read"},
    "partly-unreadable": {"read", "DamagedDocument", "NotADocument", "EmptyDocument"},
    "resource": {
        "read",
        "DamagedDocument",
        "EmptyDocument",
        "TooManyPages",
        "TooMuchMemory",
        "DocumentTooLarge",
    },
}


@pytest.mark.parametrize("failure_class", ALLOWED)
def test_collected_documents_of_each_kind_end_as_they_should(failure_class: str, corpus: Path) -> None:
    manifest = json.loads((corpus / "malformed" / "manifest.json").read_text())
    entries = [entry for entry in manifest["entries"] if entry["failure_class"] == failure_class]
    assert entries
    wrong: dict[str, str] = {}
    for entry in entries:
        begun = time.monotonic()
        end = end_of((corpus / "malformed" / entry["file"]).read_bytes(), entry["file"])
        if end not in ALLOWED[failure_class] or time.monotonic() - begun > 60:
            wrong[entry["id"]] = f"{end} after {time.monotonic() - begun:.0f} s"
    assert wrong == {}
