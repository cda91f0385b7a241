"""Process invoices: from files to rows in the books."""

from blocks.base.asking import Decision
from blocks.durable import ask, each, flow, show
from tasks.categorize import categorize_invoice
from tasks.check import check_invoice
from tasks.extract import extract_invoice
from tasks.post import failed, post_duplicate, post_invoice, refused, rejected
from tasks.present import outcome_page
from tasks.read import read_document
from tasks.receive import list_files, receive_document
from tasks.review import (
    above_limit,
    answered,
    duplicate_doubts,
    paper_name,
    proposed_answer,
    renumbered,
    review_of,
    stake_of,
    title_of,
    unsettled,
)
from tasks.schemas.categorized import CategorizedInvoice
from tasks.schemas.document import Document, Refusal
from tasks.schemas.doubt import Doubt
from tasks.schemas.invoice_settings import InvoiceSettings
from tasks.schemas.outcome import DocumentOutcome
from tasks.schemas.review import DuplicateAnswer, InvoiceAnswer
from tasks.schemas.source_file import SourceFile


@flow
def process_invoices(
    files: list[str], settings: InvoiceSettings = InvoiceSettings()
) -> list[DocumentOutcome]:
    """Read invoices and receipts, let a person settle what is doubtful, and post them to the books exactly once."""

    def process(file: SourceFile) -> DocumentOutcome:
        return shown(process_invoice(file, settings))

    def not_processed(file: SourceFile, error: Exception) -> DocumentOutcome:
        return shown(failed(file, error))

    return each(list_files(files), process, failed=not_processed)


def process_invoice(file: SourceFile, settings: InvoiceSettings) -> DocumentOutcome:
    """One document: receive, read, extract, check, categorize, let a person settle doubts, post."""
    document = receive_document(file, settings.limits)
    if isinstance(document, Refusal):
        return refused(file.name, document)
    text = read_document(document)
    if isinstance(text, Refusal):
        return refused(file.name, text)
    invoice = extract_invoice(text)
    doubts = check_invoice(invoice, settings.rules) + above_limit(invoice, settings.ask_above)
    coded = categorize_invoice(invoice)
    while doubts:
        decision = ask_about(file, document, coded, doubts, settings)
        if decision.answer is None:
            return rejected(file.name, coded, decision)
        coded = answered(coded, decision.answer, by=decision.decided_by)
        doubts = unsettled(check_invoice(coded.invoice, settings.rules), shown=doubts)
    return post(file, document, coded, settings)


def ask_about(
    file: SourceFile,
    document: Document,
    coded: CategorizedInvoice,
    doubts: tuple[Doubt, ...],
    settings: InvoiceSettings,
) -> Decision[InvoiceAnswer]:
    """Let a person confirm or correct what was read."""
    return ask(
        "invoice",
        review_of(paper_name(file), document, coded, doubts),
        answer=InvoiceAnswer,
        proposed=proposed_answer(coded),
        title=title_of(coded.invoice),
        value=stake_of(coded.invoice),
        of=settings.approvers,
    )


def post(
    file: SourceFile, document: Document, coded: CategorizedInvoice, settings: InvoiceSettings
) -> DocumentOutcome:
    """Post *coded*; where the books hold it already, let a person say whether it is posted beside that."""
    is_copy = file.after is not None
    outcome = post_invoice(file.name, document, coded, is_copy=is_copy)
    if outcome.status == "posted":
        return outcome
    decision = ask(
        "duplicate",
        review_of(file.name, document, coded, duplicate_doubts(outcome)),
        answer=DuplicateAnswer,
        proposed={
            "invoice_number": coded.invoice.invoice_number.value
        },  # to post again takes a word of its own
        title=f"Posted already? {title_of(coded.invoice)}",
        value=stake_of(coded.invoice),
        of=settings.approvers,
    )
    if decision.answer is None:
        return rejected(file.name, coded, decision)
    coded = renumbered(coded, decision.answer, by=decision.decided_by)
    return post_duplicate(file.name, document, coded, accepted_by=decision.decided_by, is_copy=is_copy)


def shown(outcome: DocumentOutcome) -> DocumentOutcome:
    """*outcome*, with a page for it on the run."""
    show(outcome.file, outcome_page(outcome))
    return outcome
