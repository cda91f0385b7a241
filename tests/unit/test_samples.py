"""The sample documents are true to what they claim, and the same every time."""

import hashlib
import itertools
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pypdfium2
import pytest
from PIL import Image

from deployments.samples import __main__ as samples
from deployments.samples import demo
from deployments.samples.collection import KETTLE_RECEIPT, LINDENHOF_INVOICE, NORTHGATE_INVOICE, SAMPLES
from deployments.samples.firms import iban
from deployments.samples.invent import invent
from deployments.samples.invoice import Language, Layout
from deployments.samples.layouts import make_invoice
from deployments.samples.wording import NBSP, Wording

KINDS = list(itertools.product(get_args(Language), get_args(Layout)))


def words_on(pdf: bytes) -> str:
    """The text layer of all pages."""
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_range() for page in document).replace(NBSP, " ")


def boxes_on(pdf: bytes) -> list[list[tuple[float, float, float, float]]]:
    """Where each piece of text stands on each page: left, bottom, right, top in points."""
    pages = pypdfium2.PdfDocument(pdf)
    return [[found.get_bounds() for found in page.get_objects(filter=[1])] for page in pages]


@pytest.mark.parametrize(("language", "layout"), KINDS)
def test_an_invoice_prints_its_number_and_its_sums(language: Language, layout: Layout):
    for seed in range(6):
        invoice = invent(seed, language=language, layout=layout)
        text = words_on(make_invoice(invoice))
        words = Wording.of(invoice)
        assert invoice.number in text
        assert invoice.vendor.name in text
        assert words.day(invoice.date) in text
        assert words.money(invoice.total).replace(NBSP, " ") in text
        for line in invoice.lines:
            assert line.description in text
            assert words.number(line.amount).replace(NBSP, " ") in text


@pytest.mark.parametrize(("language", "layout"), KINDS)
def test_no_two_texts_of_an_invoice_touch_or_leave_the_page(language: Language, layout: Layout):
    for seed in range(12):
        for boxes in boxes_on(make_invoice(invent(seed, language=language, layout=layout))):
            assert all(
                left > 20 and bottom > 15 and right < 575 and top < 827 for left, bottom, right, top in boxes
            )
            for one, other in itertools.combinations(boxes, 2):
                apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
                assert apart, (seed, one, other)


def test_an_invented_invoice_is_the_same_in_every_process():
    code = (
        "import hashlib; from deployments.samples.invent import invent;"
        "from deployments.samples.layouts import make_invoice;"
        "print(hashlib.sha256(b''.join(make_invoice(invent(n)) for n in range(8))).hexdigest())"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env
        ).stdout.strip()
        for env in ({"PYTHONHASHSEED": "1", "PYTHONPATH": "."}, {"PYTHONHASHSEED": "2", "PYTHONPATH": "."})
    }
    here = hashlib.sha256(b"".join(make_invoice(invent(n)) for n in range(8))).hexdigest()
    assert told == {here}


def test_invented_invoices_differ_in_vendor_or_number():
    seen = {(invoice.vendor.name, invoice.number) for invoice in map(invent, range(400))}
    assert len(seen) == 400


def test_the_sums_of_an_invented_invoice_agree():
    for invoice in map(invent, range(200)):
        assert invoice.net + invoice.tax == invoice.total
        adjusted = sum(line.amount for line in invoice.lines) + sum(e.amount for e in invoice.adjustments)
        assert adjusted == (invoice.total if invoice.tax_inside else invoice.net)
        assert invoice.total == round(invoice.total, 2)


def test_a_misprint_is_on_the_page_and_breaks_the_sum():
    assert NORTHGATE_INVOICE.net + NORTHGATE_INVOICE.tax + Decimal("90.00") == NORTHGATE_INVOICE.total
    assert "£1,819.20" in words_on(make_invoice(NORTHGATE_INVOICE))


def test_a_receipt_adds_up_with_the_tax_in_its_prices():
    assert KETTLE_RECEIPT.total == Decimal("51.00")
    assert KETTLE_RECEIPT.net + KETTLE_RECEIPT.tax == KETTLE_RECEIPT.total


def test_a_locked_invoice_opens_with_its_password_only():
    locked = make_invoice(LINDENHOF_INVOICE, lock="kettle")
    with pytest.raises(pypdfium2.PdfiumError):
        pypdfium2.PdfDocument(locked)
    assert len(pypdfium2.PdfDocument(locked, password="kettle")) == 1  # noqa: S106


def test_more_lines_than_a_page_holds_are_refused():
    full = invent(1)
    many = type(full)(**{**vars(full), "lines": full.lines[:1] * 15})
    with pytest.raises(ValueError, match="at most 14 lines, got 15"):
        make_invoice(many)


def test_an_iban_has_right_check_digits():
    plain = iban("DE", "370400440532013000").replace(" ", "")
    assert plain == "DE89370400440532013000"


def test_the_samples_are_written_twice_alike_and_under_their_names(tmp_path: Path):
    assert samples.main([str(tmp_path / "new folder")]) == 0
    first = {path.name: path.read_bytes() for path in (tmp_path / "new folder").iterdir()}
    assert samples.main([str(tmp_path / "new folder")]) == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "new folder").iterdir()} == first
    assert sorted(first) == sorted(sample.file for sample in SAMPLES)
    assert first["lindenhof.pdf"] == first["lindenhof-again.pdf"]
    assert Image.open(tmp_path / "new folder" / "copper-kettle.jpg").size == (912, 1112)


def test_samples_without_a_folder_are_a_misuse(capsys: pytest.CaptureFixture[str]):
    assert samples.main([]) == 2
    assert capsys.readouterr().err.startswith("usage:")


def test_samples_that_cannot_be_written_are_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "taken").write_text("a file")
    assert samples.main([str(tmp_path / "taken")]) == 1
    assert "cannot be written" in capsys.readouterr().err


def told(**statuses: str) -> str:
    """The JSON of a run over the samples, all posted but for those named by the start of their file."""
    documents = [{"file": f"folder/{s.file}", "status": statuses.get(s.file[:6], "posted")} for s in SAMPLES]
    return json.dumps({"documents": documents, "stages": {"ran": 0, "reused": 40}})


def test_a_demo_whose_documents_wait_or_are_refused_is_a_good_demo():
    assert demo.accident(told(locked="refused", northg="waiting")) is None


def test_a_demo_with_a_failed_document_or_without_a_report_is_an_accident():
    assert demo.accident(told(sosnow="failed")) == "folder/sosnowa.pdf failed."
    assert demo.accident("") == "the second run gave no documents."
    assert demo.accident('{"error": {}}') == "the second run gave no documents."
    assert demo.accident('{"documents": []}') is not None
