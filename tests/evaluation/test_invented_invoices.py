"""The offline reader on invoices made up from seeds, in the layouts and wordings of the samples: what is posted is right."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache

import pytest

from blocks.providers.page_reader import PageReader
from deployments.samples.invent import invent
from deployments.samples.invoice import SampleInvoice
from deployments.samples.layouts import make_invoice
from tasks.check import find_doubts
from tasks.extract import PAGE_BREAK
from tasks.offline.read_invoice import read_invoice
from tasks.schemas.check_rules import CheckRules
from tasks.schemas.invoice import Invoice
from tests.evaluation.scoring import is_right, matched_items

SEEDS = range(150)
TODAY = date(2026, 1, 2)


@dataclass(frozen=True)
class Read:
    """One invented invoice, and what was read of it."""

    seed: int
    truth: SampleInvoice
    invoice: Invoice
    doubts: tuple[str, ...]

    def right(self, field: str) -> bool:
        """Whether *field* was read as it is; a net or a tax that the paper does not print may be missing."""
        value, truth = getattr(self.invoice, field).value, self.printed[field]
        unprinted = (field == "net" and self.truth.tax_inside) or (
            field in ("net", "tax") and not self.truth.tax
        )
        return unprinted if value is None else is_right(field, value, truth)

    @property
    def printed(self) -> Mapping[str, object]:
        """The facts of the paper."""
        truth = self.truth
        facts = {field: getattr(truth, field) for field in ("date", "currency", "net", "tax", "total")}
        return facts | {"vendor": truth.vendor.name, "invoice_number": truth.number}


def read(truth: SampleInvoice, seed: int) -> Read:
    """What the reader and the check say of *truth* on paper."""
    with PageReader().open(make_invoice(truth), "application/pdf", max_pages=9) as document:
        pages = [document.read(number).text for number in range(1, document.page_count + 1)]
    invoice = read_invoice(PAGE_BREAK.join(pages))
    doubts = find_doubts(invoice, CheckRules(), today=TODAY)
    return Read(seed, truth, invoice, tuple(doubt.reason for doubt in doubts))


@cache
def papers() -> tuple[Read, ...]:
    """Every seed, read once."""
    return tuple(read(invent(seed), seed) for seed in SEEDS)


def misprinted() -> Iterator[Read]:
    """Invoices whose total is off by one digit; no receipts, since what was handed over bears their totals out."""
    for seed in range(1000, 1040):
        truth = invent(seed)
        if truth.layout != "till":
            yield read(replace(truth, misprint=Decimal("9.00"), prepaid=Decimal(0)), seed)


def test_no_invented_invoice_is_posted_with_a_wrong_total() -> None:
    assert [one.seed for one in papers() if not one.doubts and not one.right("total")] == []


def test_nearly_every_invented_invoice_is_posted_unasked() -> None:
    waiting = {one.seed: one.doubts for one in papers() if one.doubts}
    assert len(waiting) <= 0.05 * len(SEEDS), waiting


@pytest.mark.parametrize("field", ["vendor", "invoice_number", "date", "currency", "net", "tax", "total"])
def test_a_field_of_an_invented_invoice_is_nearly_always_right(field: str) -> None:
    wrong = [one.seed for one in papers() if not one.right(field)]
    assert len(wrong) <= 0.03 * len(SEEDS), wrong


def test_the_lines_of_invented_invoices_are_found_and_no_others() -> None:
    hits = found = wanted = 0
    for one in papers():
        lines = [line.model_dump(mode="json") for line in one.invoice.line_items]
        truth = [{"description": line.description, "amount": str(line.amount)} for line in one.truth.lines]
        hits += matched_items(lines, truth)
        found, wanted = found + len(lines), wanted + len(truth)
    assert 2 * hits / (found + wanted) >= 0.97


def test_an_invoice_whose_total_is_off_by_a_digit_waits() -> None:
    assert [one.seed for one in misprinted() if not one.doubts] == []
