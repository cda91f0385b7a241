"""Post: invoices without doubts, or with settled ones, become rows in the books, exactly once."""

from dataclasses import replace
from typing import Any, TypeVar

from blocks.base.asking import Decision
from blocks.base.errors import HoldfastError
from blocks.durable import GIVEN, stage
from blocks.providers.accounting import Accounting, Booking, BookingLine, Duplicate
from tasks.schemas.categorized import CategorizedInvoice, Category
from tasks.schemas.document import Document, Refusal
from tasks.schemas.invoice import Fact, LineItem
from tasks.schemas.outcome import DocumentOutcome, PostedLine, Status
from tasks.schemas.review import InvoiceReview
from tasks.schemas.source_file import SourceFile

T = TypeVar("T")


class IncompleteInvoice(HoldfastError):
    """An invoice without {field} cannot be posted."""

    safe = "Nothing was posted."
    next = "Let the check find the missing field, or a person fill it in."


@stage(version=1)
def post_invoice(
    file: str,
    document: Document,
    invoice: CategorizedInvoice,
    *,
    is_copy: bool = False,
    books: Accounting = GIVEN,
) -> DocumentOutcome:
    """Write one invoice with its lines into the books.

    Posting the same document again changes nothing, from whichever folder. A duplicate (the same document under another
    name, or *is_copy*: an earlier file of the run has the same bytes; or the
    vendor's number a second time) is not posted: its outcome is `waiting`, with the reason. Raises IncompleteInvoice.
    Effects: one row with its lines, in one transaction of the accounting database.
    """
    answer = books.post(_booking(file, document, invoice, is_copy=is_copy))
    if isinstance(answer, Duplicate):
        return _outcome(file, "waiting", invoice, reason=answer.reason, doubts=(answer.reason,))
    return _outcome(file, "posted", invoice)


@stage(version=1)
def post_duplicate(
    file: str,
    document: Document,
    invoice: CategorizedInvoice,
    *,
    accepted_by: str,
    is_copy: bool = False,
    books: Accounting = GIVEN,
) -> DocumentOutcome:
    """Write an invoice beside one that is in its place, because the person *accepted_by* said so; once.

    With a corrected number it may be no duplicate any more; then the row is like any other, without that name.
    Raises IncompleteInvoice. Effects: one row with its lines, in one transaction of the accounting database.
    """
    booking = _booking(file, document, invoice, is_copy=is_copy)
    books.post(replace(booking, accepted_duplicate_by=accepted_by))
    return _outcome(file, "posted", invoice)


def rejected(file: str, invoice: CategorizedInvoice, decision: Decision[Any]) -> DocumentOutcome:
    """The outcome of an invoice that a person does not want in the books; nothing was posted."""
    reason = f"rejected by {decision.decided_by}: {decision.reason or 'no reason was given'}"
    return _outcome(file, "refused", invoice, reason=reason)


def refused(file: str, refusal: Refusal) -> DocumentOutcome:
    """The outcome of a file that cannot be processed."""
    return DocumentOutcome(file=file, status="refused", reason=f"{refusal.name}: {refusal.reason}")


def failed(file: SourceFile, error: Exception) -> DocumentOutcome:
    """The outcome of a document that waits for a person, or that an accident stopped; the next run goes on with it."""
    if isinstance(error, HoldfastError) and error.parks == "approval":
        return _waiting(file.name, error)
    return DocumentOutcome(file=file.name, status="failed", reason=f"{type(error).__name__}: {error}")


def _waiting(file: str, error: HoldfastError) -> DocumentOutcome:
    shown, approval_id = getattr(error, "shown", None), getattr(error, "approval_id", None)
    if not isinstance(shown, InvoiceReview):
        return DocumentOutcome(file=file, status="waiting", reason=f"{error}", approval_id=approval_id)
    doubts = tuple(doubt.reason for doubt in shown.doubts)
    told = _outcome(file, "waiting", shown.invoice, reason=" ".join(doubts), doubts=doubts)
    return told.model_copy(update={"approval_id": approval_id})


def _booking(file: str, document: Document, coded: CategorizedInvoice, *, is_copy: bool) -> Booking:
    invoice = coded.invoice
    return Booking(
        document_digest=document.digest,
        file=file,
        vendor=_needed("a vendor", invoice.vendor),
        invoice_number=invoice.invoice_number.value,
        date=_needed("a date", invoice.date).isoformat(),
        currency=_needed("a currency", invoice.currency),
        net=invoice.net.value,
        tax=invoice.tax.value,
        total=_needed("a total", invoice.total),
        category=coded.main.name,
        is_copy=is_copy,
        lines=tuple(BookingLine(**dict(line)) for line in (*_lines(coded), *_adjustments(coded))),
    )


def _outcome(
    file: str,
    status: Status,
    coded: CategorizedInvoice,
    *,
    reason: str | None = None,
    doubts: tuple[str, ...] = (),
) -> DocumentOutcome:
    invoice = coded.invoice
    return DocumentOutcome(
        file=file,
        status=status,
        reason=reason,
        vendor=invoice.vendor.value,
        invoice_number=invoice.invoice_number.value,
        date=invoice.date.value,
        currency=invoice.currency.value,
        net=invoice.net.value,
        tax=invoice.tax.value,
        total=invoice.total.value,
        category=coded.main.name,
        line_items=_lines(coded),
        doubts=doubts,
    )


def _lines(coded: CategorizedInvoice) -> tuple[PostedLine, ...]:
    return tuple(_line(entry.line, entry.category) for entry in coded.lines)


def _adjustments(coded: CategorizedInvoice) -> tuple[PostedLine, ...]:
    """Charges and discounts of the whole document: they go where the largest part of it goes."""
    return tuple(_line(line, coded.main) for line in coded.invoice.adjustments)


def _line(line: LineItem, category: Category) -> PostedLine:
    return PostedLine(
        description=line.description,
        quantity=line.quantity,
        unit_price=line.unit_price,
        amount=line.amount,
        category=category.name,
    )


def _needed(what: str, fact: Fact[T]) -> T:
    if fact.value is None:
        raise IncompleteInvoice(field=what)
    return fact.value
