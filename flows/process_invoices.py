"""Process invoices: from files to rows in the books."""

from blocks.durable import each, flow, show
from tasks.categorize import categorize_invoice
from tasks.check import check_invoice
from tasks.extract import extract_invoice
from tasks.post import failed, post_invoice, refused, waiting
from tasks.present import outcome_page
from tasks.read import read_document
from tasks.receive import list_files, receive_document
from tasks.schemas.document import Refusal
from tasks.schemas.invoice_settings import InvoiceSettings
from tasks.schemas.outcome import DocumentOutcome
from tasks.schemas.source_file import SourceFile


@flow
def process_invoices(
    files: list[str], settings: InvoiceSettings = InvoiceSettings()
) -> list[DocumentOutcome]:
    """Read invoices and receipts, post them to the books exactly once; what is doubtful waits for a person."""

    def process(file: SourceFile) -> DocumentOutcome:
        outcome = process_invoice(file, settings)
        show(file.name, outcome_page(outcome))
        return outcome

    return each(list_files(files), process, failed=failed)


def process_invoice(file: SourceFile, settings: InvoiceSettings) -> DocumentOutcome:
    """One document: receive, read, extract, check, categorize, post."""
    document = receive_document(file, settings.limits)
    if isinstance(document, Refusal):
        return refused(file.name, document)
    text = read_document(document)
    if isinstance(text, Refusal):
        return refused(file.name, text)
    invoice = extract_invoice(text)
    doubts = check_invoice(invoice, settings.rules)
    coded = categorize_invoice(invoice)
    if doubts:
        return waiting(file.name, coded, doubts)
    return post_invoice(file.name, document, coded, is_copy=file.after is not None)
