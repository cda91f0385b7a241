"""Documents of our own making through the real reading process."""

import io
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from blocks.providers import ocr_engine, page_reader, sandbox
from blocks.providers.page_reader import (
    DamagedDocument,
    DocumentTooLarge,
    EmptyDocument,
    NotADocument,
    OcrNotInstalled,
    PageReader,
    TooManyPages,
    UnreadableDocument,
    media_type_of,
)
from blocks.providers.pages import Pixels
from blocks.providers.reader_process import READER

ROOT = Path(__file__).parents[2]
PDF = "application/pdf"
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
needs_ocr = pytest.mark.skipif(not ocr_engine.installed(), reason="needs the extra [ocr]")


def a_pdf(*contents: str, box: str = "0 0 595 842", more: str = "") -> bytes:
    """A PDF with one page for each content stream; F1 is Helvetica."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(contents)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} /MediaBox [{box}] /Resources 3 0 R {more} >>",
        "<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>",
    ]
    for n, content in enumerate(contents):
        objects.append(f"<< /Type /Page /Parent 2 0 R /Contents {5 + 2 * n} 0 R >>")
        objects.append(f"<< /Length {len(content)} >> stream\n{content}\nendstream")
    body, offsets = "%PDF-1.4\n", []
    for n, text in enumerate(objects, 1):
        offsets.append(len(body))
        body += f"{n} 0 obj {text} endobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    end = f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF"
    return (body + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{end}").encode("latin-1")


def text(words: str, x: float, y: float, *, how: str = "") -> str:
    return f"BT {how} /F1 10 Tf {x} {y} Td ({words}) Tj ET\n"


INVOICE = a_pdf(
    text("Invoice number", 50, 780)
    + text("A-17", 400, 780)
    + text("Total", 50, 700)
    + text("12.50", 400, 700)
)


def read(data: bytes, media_type: str = PDF, *, page: int = 1) -> str:
    with PageReader().open(data, media_type, max_pages=10) as document:
        return document.read(page).text


def a_picture(kind: str = "PNG", size: tuple[int, int] = (60, 40), **options: object) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, "white").save(stream, kind, **options)
    return stream.getvalue()


def test_a_page_is_read_in_rows_and_columns() -> None:
    first, _, last = read(INVOICE).split("\n")
    assert first.split("  ")[0] == "Invoice number"
    assert last.split() == ["Total", "12.50"]
    assert first.index("A-17") == last.index("12.50")


def test_a_text_layer_is_trusted_fully() -> None:
    with PageReader().open(INVOICE, PDF, max_pages=1) as document:
        page = document.read(1)
    assert (page.number, page.source, page.confidence) == (1, "text layer", 1.0)


@pytest.mark.parametrize("quarter_turns", [1, 2, 3])
def test_a_turned_page_reads_like_an_upright_one(quarter_turns: int) -> None:
    matrix = {1: "0 1 -1 0 600 0", 2: "-1 0 0 -1 595 842", 3: "0 -1 1 0 0 842"}[quarter_turns]
    content = text("Total", 50, 500) + text("12.50", 300, 500)
    turned = a_pdf(f"q {matrix} cm {content} Q", more=f"/Rotate {90 * quarter_turns}")
    assert read(turned).split() == ["Total", "12.50"]
    assert read(a_pdf(f"q {matrix} cm {content} Q")).split() == ["Total", "12.50"]


def test_text_that_nobody_can_see_is_not_read() -> None:
    hidden = text("Total 999.99", 50, 600, how="3 Tr") + "BT /F1 0.1 Tf 50 500 Td (Total 888.88) Tj ET\n"
    outside = text("Total 777.77", 50, 2000)
    seen = text("Total 12.50 euros to be paid", 50, 700, how="0 Tr")
    assert read(a_pdf(hidden + outside + seen)) == "Total 12.50 euros to be paid"


def test_a_blank_page_is_empty_text_and_costs_no_ocr() -> None:
    with PageReader().open(a_pdf(""), PDF, max_pages=1) as document:
        assert document.read(1) == (1, "text layer", "", 1.0)


@pytest.mark.parametrize(
    ("head", "name", "media_type"),
    [
        (INVOICE, "invoice.png", PDF),
        (b"\r\n\r\n" + INVOICE, "invoice", PDF),
        (a_picture("PNG"), "x.pdf", "image/png"),
        (a_picture("JPEG"), "x.txt", "image/jpeg"),
        (a_picture("TIFF"), "x", "image/tiff"),
        (b"Rechnung \xc3\xa4", "note.TXT", "text/plain"),
        (b"Rechnung \xc3", "cut within a character.txt", "text/plain"),
        ("Rechnung ä".encode("utf-16"), "note.txt", "text/plain"),
        (b"Rechnung", "note.pdf", None),
        (b"\x00\x01\x02", "note.txt", None),
        (b"MZ\x90\x00", "setup.exe", None),
        (b"PK\x03\x04", "invoice.docx", None),
        (b"", "empty.txt", None),
    ],
)
def test_the_media_type_is_told_from_the_content(head: bytes, name: str, media_type: str | None) -> None:
    assert media_type_of(head, name=name) == media_type


@pytest.mark.parametrize(
    ("data", "media_type", "refusal"),
    [
        (b"", PDF, EmptyDocument),
        (a_pdf(), PDF, EmptyDocument),
        (a_pdf(*[""] * 11), PDF, TooManyPages),
        (b"%PDF-1.4 and then nothing", PDF, DamagedDocument),
        (a_pdf("", box="0 0 60000 60000"), PDF, DocumentTooLarge),
        (a_picture("PNG")[:60], "image/png", DamagedDocument),
        (a_picture("JPEG", (200, 200))[:300], "image/jpeg", DamagedDocument),
        (b"II*\x00" + b"\xff" * 40, "image/tiff", DamagedDocument),
        (b"\xff\xfeabc", "text/plain", NotADocument),
        (b"x", "application/zip", NotADocument),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(
    data: bytes, media_type: str, refusal: type[UnreadableDocument]
) -> None:
    with pytest.raises(refusal) as caught, PageReader().open(data, media_type, max_pages=10) as document:
        document.render(1, 72)
    assert str(caught.value).endswith(".")


def test_a_document_with_more_bytes_than_allowed_is_refused_before_it_is_opened() -> None:
    with pytest.raises(DocumentTooLarge, match="100"):
        PageReader(document_bytes=100).open(INVOICE, PDF, max_pages=1)


def test_plain_text_keeps_its_lines_and_pages() -> None:
    data = "Faktura\tnr 7  \nSuma: 5,00 zł\n\fstrona 2".encode()
    assert read(data, "text/plain") == "Faktura nr 7\nSuma: 5,00 zł"
    assert read(data, "text/plain", page=2) == "strona 2"


def test_a_tiff_has_a_page_for_each_picture() -> None:
    more = [Image.new("RGB", (30, 30), "white")] * 2
    data = a_picture("TIFF", save_all=True, append_images=more)
    with PageReader().open(data, "image/tiff", max_pages=5) as document:
        assert document.page_count == 3
        assert document.render(3, 72).startswith(b"\x89PNG")


def test_a_picture_is_shown_upright_and_on_white() -> None:
    stream = io.BytesIO()
    see_through = Image.new("RGBA", (1200, 600), (0, 0, 0, 0))
    exif = Image.Exif()
    exif[0x0112] = 6
    see_through.save(stream, "PNG", exif=exif)
    with PageReader().open(stream.getvalue(), "image/png", max_pages=1) as document:
        shown = Image.open(io.BytesIO(document.render(1, 72)))
    assert shown.size == (600, 1200)
    assert shown.getpixel((5, 5)) == (255, 255, 255)


def test_a_rendered_page_has_the_asked_resolution() -> None:
    with PageReader().open(INVOICE, PDF, max_pages=1) as document:
        shown = Image.open(io.BytesIO(document.render(1, 144)))
    assert shown.size == (1190, 1684)
    assert shown.convert("L").getextrema() == (0, 255)


def test_documents_are_read_side_by_side() -> None:
    documents = [a_pdf(text(f"Number {n}", 50, 700)) for n in range(60)]
    with ThreadPoolExecutor(12) as threads:
        assert list(threads.map(read, documents)) == [f"Number {n}" for n in range(60)]


def test_threads_that_share_a_document_take_turns() -> None:
    data = a_pdf(*(text(f"Page {n}", 50, 700) for n in range(1, 10)))
    with PageReader().open(data, PDF, max_pages=9) as document, ThreadPoolExecutor(6) as threads:
        pages = list(threads.map(document.read, range(1, 10)))
    assert [page.text for page in pages] == [f"Page {n}" for n in range(1, 10)]


def test_a_killed_reading_process_is_replaced_even_while_a_document_is_open() -> None:
    with PageReader().open(INVOICE, PDF, max_pages=1) as document:
        before = document.read(1)
        os.kill(reading_process(), signal.SIGKILL)
        assert document.read(1) == before
        first = reading_process()
    os.kill(first, signal.SIGKILL)
    assert "Total" in read(INVOICE)
    assert reading_process() != first


@linux_only
def test_a_killed_process_of_one_document_is_replaced() -> None:
    with PageReader().open(INVOICE, PDF, max_pages=1) as document:
        for child in children_of(reading_process()):
            os.kill(child, signal.SIGKILL)
        assert "Total" in document.read(1).text


def test_a_forked_process_reads_with_a_reading_process_of_its_own() -> None:
    read(INVOICE)
    child = os.fork()
    if child == 0:
        ours = reading_process(default=0)
        good = "Total" in read(INVOICE) and reading_process() != ours
        READER.close()
        os._exit(0 if good else 1)
    _, status = os.waitpid(child, 0)
    assert status == 0
    assert "Total" in read(INVOICE)


@linux_only
def test_nothing_outlives_a_parent_that_is_killed() -> None:
    script = f"""
        import sys, time
        sys.path.insert(0, {str(ROOT)!r})
        from blocks.providers.page_reader import PageReader
        from blocks.providers.reader_process import READER
        document = PageReader().open(sys.stdin.buffer.read(), "application/pdf", max_pages=1)
        print(READER.pid, flush=True)
        time.sleep(60)
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        parent.stdin.write(INVOICE)
        parent.stdin.close()
        reader = int(parent.stdout.readline())
        processes = [reader, *children_of(reader)]
        assert len(processes) == 2
        parent.kill()
    deadline = time.monotonic() + 10
    while any(is_running(process) for process in processes) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(is_running(process) for process in processes)


@linux_only
def test_a_hundred_documents_leave_no_descriptor_and_no_process_behind() -> None:
    read(INVOICE)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(50):
        read(INVOICE)
        for broken in (b"%PDF-", a_pdf(*[""] * 11)):
            with pytest.raises(UnreadableDocument):
                read(broken)
    assert len(list(Path("/proc/self/fd").iterdir())) <= before
    deadline = time.monotonic() + 10
    while children_of(reading_process()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert children_of(reading_process()) == []


def test_the_document_process_can_neither_write_files_nor_take_more_memory(tmp_path: Path) -> None:
    def in_a_sandbox() -> int:
        sandbox.limit_memory(2**29)
        refused = 0
        try:
            (tmp_path / "written").write_bytes(b"x")
        except OSError:
            refused += 1
        try:
            bytearray(2**30)
        except MemoryError:
            refused += 1
        return refused

    child = os.fork()
    if child == 0:
        os._exit(in_a_sandbox())
    _, status = os.waitpid(child, 0)
    assert os.WEXITSTATUS(status) == (2 if sys.platform == "linux" else 1)


@linux_only
def test_the_reading_process_has_no_network_where_the_kernel_allows_that() -> None:
    def without_network() -> bool:
        sandbox.leave_the_network()
        names = [name for _, name in socket.if_nameindex()]
        return names == ["lo"] and Path("/proc/self/ns/net").readlink() != here

    here = Path("/proc/self/ns/net").readlink()
    child = os.fork()
    if child == 0:
        os._exit(0 if without_network() else 1)
    _, status = os.waitpid(child, 0)
    if os.WEXITSTATUS(status) == 1:
        pytest.skip("this kernel gives no network namespaces to this user")
    assert os.WEXITSTATUS(status) == 0


def test_the_identity_names_everything_that_shapes_the_text() -> None:
    assert PageReader().identity == PageReader().identity
    assert PageReader(dpi=100).identity != PageReader(dpi=200).identity
    assert "pypdfium2" in PageReader().identity
    assert "layout" in PageReader().identity
    assert "ink" in PageReader().identity
    assert "ocr" in PageReader().identity


def test_every_refusal_has_a_docstring_and_a_name_of_its_own() -> None:
    kinds = UnreadableDocument.__subclasses__()
    assert all(kind.__doc__ for kind in kinds)
    assert {kind.__name__ for kind in kinds} <= set(vars(page_reader))


@pytest.mark.parametrize("page", [0, 2, -1])
def test_a_page_that_is_not_there_is_misuse_and_no_refusal(page: int) -> None:
    with PageReader().open(INVOICE, PDF, max_pages=1) as document, pytest.raises(ValueError, match="no page"):
        document.read(page)


def test_a_stamp_on_a_scan_is_not_taken_for_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr_engine, "installed", lambda: False)
    picture = "q 595 0 0 842 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \xff EI Q "
    stamp = text("Scanned by a free app, version 12", 50, 20)
    with pytest.raises(OcrNotInstalled):
        read(a_pdf(picture + stamp))
    assert read(a_pdf(picture + stamp + text("Total 12.50 EUR " * 6, 50, 700))).count("Total") == 6


def test_without_ocr_a_scanned_page_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr_engine, "installed", lambda: False)
    with pytest.raises(OcrNotInstalled, match=r"pip install 'holdfast\[ocr\]'"):
        read(a_picture("JPEG"), "image/jpeg")


@needs_ocr
@pytest.mark.parametrize("size", [(1, 1), (2, 900), (5000, 3)])
def test_a_picture_too_thin_for_letters_is_an_empty_page(size: tuple[int, int]) -> None:
    with PageReader().open(a_picture("PNG", size), "image/png", max_pages=1) as document:
        assert document.read(1) == (1, "ocr", "", 0.0)


@needs_ocr
def test_a_scanned_page_is_read_by_ocr_in_rows() -> None:
    picture = Image.new("RGB", (900, 500), "white")
    pen = ImageDraw.Draw(picture)
    for row, (label, amount) in enumerate([("Subtotal", "100.00"), ("Tax", "19.00"), ("Total", "119.00")]):
        pen.text((60, 80 + 110 * row), label, fill="black", font_size=44)
        pen.text((600, 80 + 110 * row), amount, fill="black", font_size=44)
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=80)
    with PageReader().open(stream.getvalue(), "image/jpeg", max_pages=1) as document:
        page = document.read(1)
        os.kill(ocr_process(), signal.SIGKILL)
        again = document.read(1)
    assert page.source == "ocr"
    assert page.confidence > 0.8
    rows = [line.split() for line in page.text.split("\n") if line]
    assert rows == [["Subtotal", "100.00"], ["Tax", "19.00"], ["Total", "119.00"]]
    assert again == page, "a killed OCR process is replaced"


@needs_ocr
def test_an_ocr_process_that_hangs_is_ended_and_replaced() -> None:
    blank = Pixels(600, 600, b"\xff" * 3 * 600 * 600)
    engine = ocr_engine.OcrEngine()
    with pytest.raises(ocr_engine.OcrStopped):
        engine.read(blank, seconds=0.01)
    assert engine.pid is None
    assert engine.read(blank, seconds=120) == ("", 0.0)
    engine.close()


def reading_process(default: int = -1) -> int:
    return READER.pid or default


def ocr_process() -> int:
    assert ocr_engine.ENGINE.pid is not None
    return ocr_engine.ENGINE.pid


def children_of(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
