"""What a person is asked about an invoice, and the invoice that the answer makes."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from blocks.base.asking import Decision
from blocks.base.canonical import canonical_bytes, refuse_type
from blocks.base.errors import HoldfastError
from tasks.check import find_doubts
from tasks.offline.categories import categorize_lines
from tasks.post import failed, rejected
from tasks.review import (
    above_limit,
    answered,
    paper_name,
    proposed_answer,
    renumbered,
    review_of,
    title_of,
    unsettled,
)
from tasks.schemas.categorized import CategorizedInvoice
from tasks.schemas.chart_of_accounts import default_chart
from tasks.schemas.check_rules import CheckRules
from tasks.schemas.document import Document
from tasks.schemas.doubt import Doubt
from tasks.schemas.invoice import Fact, Invoice, LineItem
from tasks.schemas.review import DuplicateAnswer, InvoiceAnswer, InvoiceReview
from tasks.schemas.source_file import SourceFile

TODAY = dt.date(2025, 6, 1)
DOCUMENT = Document(digest="d" * 64, media_type="application/pdf", size_bytes=1, pages=1)
INVOICE = Invoice(
    vendor=Fact[str](value="Acme Ltd", evidence="Acme Ltd", confidence=0.9),
    invoice_number=Fact[str](value="7", evidence="No. 7", confidence=0.9),
    date=Fact[dt.date](value=dt.date(2025, 3, 1), evidence="1 March 2025", confidence=0.9),
    currency=Fact[str](value="GBP", evidence="GBP", confidence=0.9),
    net=Fact[Decimal](value=Decimal("100"), evidence="Net 100.00", confidence=0.9),
    tax=Fact[Decimal](value=Decimal("20"), evidence="VAT 20.00", confidence=0.9),
    total=Fact[Decimal](value=Decimal("120"), evidence="Total 120.00", confidence=0.4),
    line_items=(
        LineItem(description="Copy paper", quantity=Decimal(5), amount=Decimal("70"), confidence=0.9),
        LineItem(description="Parcel", amount=Decimal("35"), confidence=0.9),
    ),
    adjustments=(LineItem(description="Discount", amount=Decimal("-5"), confidence=0.9),),
    other_totals=(Fact[Decimal](value=Decimal("112"), evidence="To pay 112.00", confidence=0.5),),
)
CODED = categorize_lines(INVOICE, default_chart())


def doubts_of(coded: CategorizedInvoice) -> tuple[Doubt, ...]:
    """What the check finds."""
    return find_doubts(coded.invoice, CheckRules(), today=TODAY)


def answer(**changes: Any) -> InvoiceAnswer:
    """What was read, but for *changes*."""
    return InvoiceAnswer.model_validate({**proposed_answer(CODED), **changes})


def admits(values: dict[str, Any]) -> bool:
    """Whether the JSON schema that every way of answering checks admits the values."""
    return Draft202012Validator(InvoiceAnswer.model_json_schema()).is_valid(values)


def test_what_is_shown_has_a_canonical_form_and_holds_the_paper_the_doubts_and_the_evidence() -> None:
    refuse_type(InvoiceReview)
    review = review_of("a.pdf", DOCUMENT, CODED, doubts_of(CODED))
    assert review.document == DOCUMENT
    assert {doubt.field for doubt in review.doubts} == {"total"}
    assert review.facts.total.evidence == "Total 120.00"
    assert canonical_bytes(review) == canonical_bytes(review_of("a.pdf", DOCUMENT, CODED, doubts_of(CODED)))


def test_what_was_read_is_proposed_with_its_money_as_text_and_fits_the_schema() -> None:
    proposed = proposed_answer(CODED)
    assert (proposed["total"], proposed["date"], proposed["invoice_number"]) == ("120.00", "2025-03-01", "7")
    assert proposed["line_items"][0]["quantity"] == "5"
    assert admits(proposed)


def test_what_was_not_read_is_proposed_as_nothing_and_must_be_filled_in() -> None:
    coded = categorize_lines(
        INVOICE.model_copy(update={"vendor": Fact[str](), "date": Fact[dt.date]()}), default_chart()
    )
    proposed = proposed_answer(coded)
    assert (proposed["vendor"], proposed["date"]) == (None, None)
    assert not admits(proposed)
    with pytest.raises(ValidationError):
        InvoiceAnswer.model_validate(proposed)


@pytest.mark.parametrize(
    "wrong",
    [
        {"total": "12,50"},
        {"total": 12.5},
        {"total": "NaN"},
        {"total": ""},
        {"vendor": "  "},
        {"currency": "euro"},
        {"category": "No such account"},
        {"line_items": [{"description": "Chair", "category": "4711"}]},
        {"line_items": [{"description": "Chair", "category": "Office supplies", "price": "1"}]},
        {"iban": "DE00"},
    ],
    ids=str,
)
def test_an_answer_of_another_form_is_refused(wrong: dict[str, Any]) -> None:
    assert not admits({**proposed_answer(CODED), **wrong})


@pytest.mark.parametrize("needed", ["vendor", "date", "currency", "total", "category"])
def test_what_the_books_need_is_required(needed: str) -> None:
    values = proposed_answer(CODED)
    del values[needed]
    assert not admits(values)


def test_an_answer_without_a_change_confirms_everything_and_leaves_no_doubt() -> None:
    coded = answered(CODED, answer(), by="ada")
    invoice = coded.invoice
    assert {getattr(invoice, name).evidence for name in ("vendor", "date", "net", "total")} == {
        "confirmed by ada"
    }
    assert invoice.total.confidence == 1
    assert [entry.category.code for entry in coded.lines] == [entry.category.code for entry in CODED.lines]
    assert [(line.description, line.amount) for line in invoice.adjustments] == [("Discount", Decimal("-5"))]
    assert doubts_of(coded) == ()


def test_only_what_differs_is_corrected() -> None:
    lines = proposed_answer(CODED)["line_items"]
    lines[1] |= {"category": "Insurance"}
    coded = answered(CODED, answer(vendor="Acme plc", line_items=lines), by="ada")
    assert (coded.invoice.vendor.value, coded.invoice.vendor.evidence) == ("Acme plc", "corrected by ada")
    assert coded.invoice.total.evidence == "confirmed by ada"
    assert [entry.category.reason for entry in coded.lines] == ["confirmed by ada", "corrected by ada"]
    assert [entry.line.evidence for entry in coded.lines] == ["confirmed by ada"] * 2


def test_a_line_that_was_removed_leaves_the_others_as_read() -> None:
    lines = proposed_answer(CODED)["line_items"][1:]
    coded = answered(CODED, answer(line_items=lines), by="ada")
    assert [(entry.line.description, entry.line.evidence) for entry in coded.lines] == [
        ("Parcel", "confirmed by ada")
    ]


def test_a_blank_number_is_no_number() -> None:
    assert answered(CODED, answer(invoice_number=" "), by="ada").invoice.invoice_number == Fact[str]()


def test_what_a_person_unassigned_is_not_assigned() -> None:
    main = answered(CODED, answer(category="Unassigned"), by="ada").main
    assert (main.assigned, main.confidence, main.reason) == (False, 0.0, "corrected by ada")


def test_a_contradiction_that_the_answer_brings_in_is_asked_and_a_confirmed_one_is_settled() -> None:
    first = doubts_of(CODED)
    typed_wrong = answered(CODED, answer(total="210.00"), by="ada")
    second = unsettled(doubts_of(typed_wrong), shown=first)
    assert {(doubt.rule, doubt.field) for doubt in second} == {("net and tax", "total")}
    again = InvoiceAnswer.model_validate(proposed_answer(typed_wrong))
    assert unsettled(doubts_of(answered(typed_wrong, again, by="ada")), shown=second) == ()


def test_another_wrong_value_in_the_place_of_a_confirmed_one_is_asked_again() -> None:
    shown = doubts_of(answered(CODED, answer(total="210.00"), by="ada"))
    found = doubts_of(answered(CODED, answer(total="211.00"), by="ada"))
    assert unsettled(found, shown=shown) == found


def test_a_doubt_that_stays_is_shown_again_beside_a_new_one() -> None:
    late = answered(CODED, answer(date="2031-01-01"), by="ada")
    shown = doubts_of(late)
    values = {**proposed_answer(late), "net": "90.00"}
    found = doubts_of(answered(late, InvoiceAnswer.model_validate(values), by="ada"))
    assert {doubt.rule for doubt in unsettled(found, shown=shown)} >= {"date", "net and tax"}


@pytest.mark.parametrize(
    ("limits", "asked"),
    [
        ({}, False),
        ({"GBP": "120"}, False),
        ({"GBP": "119.99"}, True),
        ({"EUR": "1000"}, True),
        ({"EUR": "1", "GBP": "200"}, False),
    ],
    ids=str,
)
def test_a_total_above_the_limit_of_its_currency_is_asked_about(limits: dict[str, str], asked: bool) -> None:
    doubts = above_limit(INVOICE, {currency: Decimal(limit) for currency, limit in limits.items()})
    assert bool(doubts) is asked
    assert all("GBP 120.00" in doubt.reason for doubt in doubts)


def test_without_a_total_the_limit_says_nothing_the_check_does() -> None:
    invoice = INVOICE.model_copy(update={"total": Fact[Decimal]()})
    assert above_limit(invoice, {"GBP": Decimal(1)}) == ()


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({}, "Acme Ltd 7, GBP 120.00"),
        ({"invoice_number": Fact[str]()}, "Acme Ltd, GBP 120.00"),
        ({"vendor": Fact[str](), "total": Fact[Decimal]()}, "Unknown vendor 7, no total"),
        ({"vendor": Fact[str](value="Acme\nLtd")}, "Acme Ltd 7, GBP 120.00"),
    ],
)
def test_the_title_is_one_line(changes: dict[str, Any], title: str) -> None:
    assert title_of(INVOICE.model_copy(update=changes)) == title


def test_a_copy_and_a_paper_that_moved_are_the_paper_that_was_asked_about(tmp_path: Any) -> None:
    first = SourceFile(name="north/a.pdf", path=tmp_path)
    copy = SourceFile(name="south/b.pdf", path=tmp_path, after="north/a.pdf")
    assert {paper_name(first), paper_name(copy), paper_name(SourceFile(name="a.pdf", path=tmp_path))} == {
        "a.pdf"
    }


class Awaited(HoldfastError):
    """{title}: waits."""

    parks = "approval"

    def __init__(self, shown: object) -> None:
        super().__init__(title="Acme Ltd 7")
        self.shown, self.approval_id = shown, "a" * 64


def test_a_document_that_waits_is_told_with_what_was_read_and_what_is_doubtful(tmp_path: Any) -> None:
    doubts = doubts_of(CODED)
    told = failed(SourceFile(name="a.pdf", path=tmp_path), Awaited(review_of("x", DOCUMENT, CODED, doubts)))
    assert (told.file, told.status, told.vendor, told.total) == ("a.pdf", "waiting", "Acme Ltd", Decimal(120))
    assert told.doubts == tuple(doubt.reason for doubt in doubts)
    assert told.reason == " ".join(told.doubts)
    assert (told.approval_id, len(told.line_items)) == ("a" * 64, 2)


def test_a_document_that_waits_for_something_else_is_told_by_its_error(tmp_path: Any) -> None:
    told = failed(SourceFile(name="a.pdf", path=tmp_path), Awaited(None))
    assert (told.status, told.reason) == ("waiting", "Acme Ltd 7: waits.")


def test_a_rejected_invoice_is_refused_with_the_reason_and_the_name() -> None:
    decision = Decision[InvoiceAnswer](approved=False, reason="not ours", decided_by="ada")
    told = rejected("a.pdf", CODED, decision)
    assert (told.status, told.reason, told.vendor) == ("refused", "rejected by ada: not ours", "Acme Ltd")


def test_a_number_that_was_misread_is_corrected_where_the_books_hold_it_already() -> None:
    right = DuplicateAnswer(post_again=True, invoice_number="7-B")
    number = renumbered(CODED, right, by="ada").invoice.invoice_number
    assert (number.value, number.evidence) == ("7-B", "corrected by ada")
    assert renumbered(CODED, DuplicateAnswer(post_again=True, invoice_number="7"), by="ada") == CODED


def test_posting_again_must_be_said() -> None:
    schema = Draft202012Validator(DuplicateAnswer.model_json_schema())
    assert [schema.is_valid(given) for given in ({"post_again": True}, {"post_again": False}, {})] == [
        True,
        False,
        False,
    ]
