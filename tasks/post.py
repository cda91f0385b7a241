"""Post: invoices without doubts become rows in the books, exactly once."""

from typing import TypeVar

from blocks.base.errors import HoldfastError
from blocks.durable import GIVEN, stage
from blocks.providers.accounting import Accounting, Booking, BookingLine, Duplicate
from tasks.schemas.categorized import CategorizedInvoice, Category
from tasks.schemas.document import Document, Refusal
from tasks.schemas.doubt import Doubt
from tasks.schemas.invoice import Fact, LineItem
from tasks.schemas.outcome import DocumentOutcome, PostedLine, Status
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
    vendor's number a second time) is not posted: it waits for a person, with the reason. Raises IncompleteInvoice.
    Effects: one row with its lines, in one transaction of the accounting database.
    """
    answer = books.post(_booking(file, document, invoice, is_copy=is_copy))
    if isinstance(answer, Duplicate):
        return waiting(file, invoice, (Doubt(rule="duplicate", field="document", reason=answer.reason),))
    return _outcome(file, "posted", invoice)


def waiting(file: str, invoice: CategorizedInvoice, doubts: tuple[Doubt, ...]) -> DocumentOutcome:
    """The outcome of a document that a person has to look at; nothing was posted."""
    return _outcome(file, "waiting", invoice, tuple(doubt.reason for doubt in doubts))


def refused(file: str, refusal: Refusal) -> DocumentOutcome:
    """The outcome of a file that cannot be processed."""
    return DocumentOutcome(file=file, status="refused", reason=f"{refusal.name}: {refusal.reason}")


def failed(file: SourceFile, error: Exception) -> DocumentOutcome:
    """The outcome of a document that an accident stopped; the next run goes on with it."""
    return DocumentOutcome(file=file.name, status="failed", reason=f"{type(error).__name__}: {error}")


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
    file: str, status: Status, coded: CategorizedInvoice, doubts: tuple[str, ...] = ()
) -> DocumentOutcome:
    invoice = coded.invoice
    return DocumentOutcome(
        file=file,
        status=status,
        reason=" ".join(doubts) or None,
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
