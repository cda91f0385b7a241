"""Review: what a person is asked about an invoice, and the invoice that the answer makes. Pure: no stages."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import PurePath
from typing import Any, TypeVar

from blocks.base.canonical import plain
from blocks.base.money import written
from tasks.categorize import CHART
from tasks.schemas.categorized import CategorizedInvoice, CategorizedLine, Category
from tasks.schemas.document import Document
from tasks.schemas.doubt import Doubt
from tasks.schemas.invoice import Fact, Invoice, LineItem
from tasks.schemas.outcome import DocumentOutcome
from tasks.schemas.review import (
    AnsweredAdjustment,
    AnsweredLine,
    DuplicateAnswer,
    InvoiceAnswer,
    InvoiceFacts,
    InvoiceReview,
)
from tasks.schemas.source_file import SourceFile

T = TypeVar("T")
_FACTS = tuple(InvoiceFacts.model_fields)


def above_limit(invoice: Invoice, limits: Mapping[str, Decimal]) -> tuple[Doubt, ...]:
    """The doubt about a total above the limit of its currency, or in a currency without one. No limits: none."""
    total, currency = invoice.total.value, invoice.currency.value
    if not limits or total is None or currency is None:  # what is missing is a doubt of the check
        return ()
    limit = limits.get(currency)
    if limit is not None and abs(total) <= limit:
        return ()
    line = f"no limit is set for {currency}" if limit is None else f"the limit is {_money(limit, currency)}"
    reason = f"A person decides about a total of {_money(total, currency)}: {line}."
    return (Doubt(rule="limit", field="total", reason=reason),)


def unsettled(found: tuple[Doubt, ...], *, shown: tuple[Doubt, ...]) -> tuple[Doubt, ...]:
    """*found* where a person must look again: one of them was not shown. A doubt names its values, so the same is known."""
    return () if set(found) <= set(shown) else found


def duplicate_doubts(told: DocumentOutcome) -> tuple[Doubt, ...]:
    """Why the invoice of the outcome *told* was not posted, as doubts about the document."""
    return tuple(Doubt(rule="duplicate", field="document", reason=reason) for reason in told.doubts)


def paper_name(file: SourceFile) -> str:
    """The name of the document that *file* holds: of several files with the same bytes that of the first, without folders.

    So neither a copy nor a paper that moved is asked about a second time.
    """
    return PurePath(file.after or file.name).name


def review_of(
    file: str, document: Document, coded: CategorizedInvoice, doubts: tuple[Doubt, ...]
) -> InvoiceReview:
    """What a person is shown who decides about *coded*."""
    return InvoiceReview(
        document=document,
        file=file,
        doubts=doubts,
        facts=InvoiceFacts(**{name: getattr(coded.invoice, name) for name in _FACTS}),
        line_items=coded.lines,
        adjustments=coded.invoice.adjustments,
        category=coded.main,
    )


def proposed_answer(coded: CategorizedInvoice) -> dict[str, Any]:
    """The answer that the form starts with: what was read, None where nothing was. As JSON values."""
    invoice = coded.invoice
    currency = invoice.currency.value or ""
    return {
        **{name: _as_text(getattr(invoice, name).value, currency) for name in _FACTS},
        "category": coded.main.name,
        "line_items": [
            {**_line_text(entry.line, currency), "category": entry.category.name} for entry in coded.lines
        ],
        "adjustments": [
            {"description": line.description, "amount": _as_text(line.amount, currency)}
            for line in invoice.adjustments
        ],
    }


def title_of(invoice: Invoice) -> str:
    """One line for a list: vendor and number, currency and total."""
    who = " ".join((invoice.vendor.value or "Unknown vendor").split())
    number = f" {' '.join(invoice.invoice_number.value.split())}" if invoice.invoice_number.value else ""
    return f"{who}{number}, {stake_of(invoice) or 'no total'}"


def stake_of(invoice: Invoice) -> str:
    """The total with its currency before it; empty where there is none."""
    total, currency = invoice.total.value, invoice.currency.value or ""
    return "" if total is None else _money(total, currency)


def answered(coded: CategorizedInvoice, answer: InvoiceAnswer, *, by: str) -> CategorizedInvoice:
    """The invoice that the *answer* of the person *by* makes of *coded*.

    What the person left as it was is confirmed, what differs is corrected: the evidence says which, and by whom.
    Other amounts that were labelled as the total are settled with it.
    """
    facts: dict[str, Any] = {
        name: _fact(getattr(coded.invoice, name), getattr(answer, name), by) for name in _FACTS
    }
    lines = tuple(_line(coded, line, by) for line in answer.line_items)
    invoice = Invoice(
        **facts,
        line_items=tuple(entry.line for entry in lines),
        adjustments=tuple(_adjustment(coded.invoice, line, by) for line in answer.adjustments),
    )
    main = _category(answer.category, answer.category == coded.main.name, by)
    return CategorizedInvoice(invoice=invoice, lines=lines, main=main)


def renumbered(coded: CategorizedInvoice, answer: DuplicateAnswer, *, by: str) -> CategorizedInvoice:
    """*coded* with the number that the person *by* gave it; as it is, where that is the number it has."""
    read = coded.invoice.invoice_number
    if answer.invoice_number == read.value:
        return coded
    number = _fact(read, answer.invoice_number, by)
    return coded.model_copy(update={"invoice": coded.invoice.model_copy(update={"invoice_number": number})})


def _fact(read: Fact[T], value: T | None, by: str) -> Fact[T]:
    if value is None:
        return type(read)()
    return type(read)(value=value, evidence=_evidence(value == read.value, by), confidence=1.0)


def _line(coded: CategorizedInvoice, line: AnsweredLine, by: str) -> CategorizedLine:
    """The line as answered; one that was read like that is confirmed, wherever it stood, and so is its account."""
    is_read = any(_is_same(entry.line, line, _LINE) for entry in coded.lines)
    made = LineItem(**_parts(line, _LINE), evidence=_evidence(is_read, by), confidence=1.0)
    chosen = {(entry.line.description, entry.category.name) for entry in coded.lines}
    is_chosen = (line.description, line.category) in chosen
    return CategorizedLine(line=made, category=_category(line.category, is_chosen, by))


def _adjustment(invoice: Invoice, line: AnsweredAdjustment, by: str) -> LineItem:
    is_read = any(_is_same(entry, line, _ADJUSTMENT) for entry in invoice.adjustments)
    return LineItem(**_parts(line, _ADJUSTMENT), evidence=_evidence(is_read, by), confidence=1.0)


def _category(name: str, is_chosen: bool, by: str) -> Category:
    account = next(account for account in CHART.accounts if account.name == name)
    return Category(
        code=account.code,
        name=account.name,
        reason=_evidence(is_chosen, by),
        confidence=0.0 if account.unassigned else 1.0,
        assigned=not account.unassigned,
    )


def _evidence(is_as_read: bool, by: str) -> str:
    return f"{'confirmed' if is_as_read else 'corrected'} by {by}"


def _is_same(read: LineItem, line: AnsweredLine | AnsweredAdjustment, names: tuple[str, ...]) -> bool:
    return all(getattr(read, name) == getattr(line, name) for name in names)


def _parts(line: AnsweredLine | AnsweredAdjustment, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(line, name) for name in names}


def _line_text(line: LineItem, currency: str) -> dict[str, Any]:
    money = {name: _as_text(getattr(line, name), currency) for name in ("unit_price", "amount")}
    return {"description": line.description, "quantity": plain(line.quantity), **money}


def _as_text(value: object, currency: str) -> Any:
    return written(value, currency) if isinstance(value, Decimal) else plain(value)


def _money(amount: Decimal, currency: str) -> str:
    return f"{currency} {written(amount, currency)}".strip()


_LINE = ("description", "quantity", "unit_price", "amount")
_ADJUSTMENT = ("description", "amount")
