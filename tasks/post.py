"""Post: invoices without doubts become rows in the books, exactly once."""

from blocks.durable import GIVEN, stage
from blocks.providers.accounting import Accounting, Booking, BookingLine, Duplicate
from tasks.schemas.categorized import CategorizedInvoice
from tasks.schemas.document import Document, Refusal
from tasks.schemas.doubt import Doubt
from tasks.schemas.invoice import Invoice
from tasks.schemas.outcome import DocumentOutcome, PostedLine
from tasks.schemas.source_file import SourceFile


@stage(version=1)
def post_invoice(
    file: str, document: Document, invoice: CategorizedInvoice, *, books: Accounting = GIVEN
) -> DocumentOutcome:
    """Write one invoice with its lines into the books.

    Posting the same document again changes nothing. A duplicate (the same document under another name, or the
    vendor's number a second time) is not posted: it waits for a person, with the reason.
    Effects: one row with its lines, in one transaction of the accounting database.
    """
    answer = books.post(_booking(file, document, invoice))
    if isinstance(answer, Duplicate):
        doubt = Doubt(rule="duplicate", field="document", reason=answer.reason)
        return waiting(file, invoice, (doubt,))
    return DocumentOutcome(status="posted", **_facts(file, invoice))


def waiting(file: str, invoice: CategorizedInvoice, doubts: tuple[Doubt, ...]) -> DocumentOutcome:
    """The outcome of a document that a person has to look at; nothing was posted."""
    reasons = tuple(doubt.reason for doubt in doubts)
    return DocumentOutcome(
        status="waiting", reason="; ".join(reasons), doubts=reasons, **_facts(file, invoice)
    )


def refused(file: str, refusal: Refusal) -> DocumentOutcome:
    """The outcome of a file that cannot be processed."""
    return DocumentOutcome(file=file, status="refused", reason=f"{refusal.name}: {refusal.reason}")


def failed(file: SourceFile, error: Exception) -> DocumentOutcome:
    """The outcome of a document that an accident stopped; the next run goes on with it."""
    return DocumentOutcome(file=file.name, status="failed", reason=f"{type(error).__name__}: {error}")


def _booking(file: str, document: Document, coded: CategorizedInvoice) -> Booking:
    invoice = coded.invoice
    assert invoice.vendor.value is not None  # noqa: S101  a missing one is a doubt, and doubts are not posted
    assert invoice.date.value is not None  # noqa: S101
    assert invoice.currency.value is not None  # noqa: S101
    assert invoice.total.value is not None  # noqa: S101
    return Booking(
        document_digest=document.digest,
        file=file,
        vendor=invoice.vendor.value,
        invoice_number=invoice.invoice_number.value,
        date=invoice.date.value.isoformat(),
        currency=invoice.currency.value,
        net=invoice.net.value,
        tax=invoice.tax.value,
        total=invoice.total.value,
        category=coded.main.name,
        lines=tuple(
            BookingLine(
                description=entry.line.description,
                quantity=entry.line.quantity,
                unit_price=entry.line.unit_price,
                amount=entry.line.amount,
                category=entry.category.name,
            )
            for entry in coded.lines
        ),
    )


def _facts(file: str, coded: CategorizedInvoice) -> dict[str, object]:
    invoice: Invoice = coded.invoice
    lines = tuple(
        PostedLine(
            description=entry.line.description,
            quantity=entry.line.quantity,
            unit_price=entry.line.unit_price,
            amount=entry.line.amount,
            category=entry.category.name,
        )
        for entry in coded.lines
    )
    names = ("vendor", "invoice_number", "date", "currency", "net", "tax", "total")
    values = {name: getattr(invoice, name).value for name in names}
    return {"file": file, "category": coded.main.name, "line_items": lines, **values}
