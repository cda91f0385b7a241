"""Extract: text becomes the facts of an invoice, or of a paper of a loan dossier."""

from functools import partial

from blocks.durable import GIVEN, stage
from blocks.providers.language_model import LanguageModel
from tasks.classify import reader
from tasks.offline.mortgage.masking import without_numbers
from tasks.offline.mortgage.read_paper import read_paper
from tasks.offline.read_invoice import read_invoice
from tasks.offline.second_reading import borne_out
from tasks.prompts import Prompt, prompt
from tasks.schemas.document import DocumentText
from tasks.schemas.invoice import Invoice
from tasks.schemas.paper import Paper, PaperKind
from tasks.schemas.paper_facts import FORMS, OtherPaper, PaperFacts

PAGE_BREAK = "\f"
EXTRACT_INVOICE = prompt("extract_invoice")
EXTRACT_PAPER = prompt("extract_paper")


@stage(version=3)
def extract_invoice(
    text: DocumentText, *, model: LanguageModel = GIVEN, instructions: Prompt = EXTRACT_INVOICE
) -> Invoice:
    """The facts that *text* states, each with its evidence and a confidence; what is not there is None.

    Costs one request to the profile's language model; nothing with the offline reader, which is rules. What a model says of
    payee and money counts as sure where the rules read the same (tasks.offline.second_reading).
    """
    by_rules = partial(read_invoice, by_ocr=any(page.source == "ocr" for page in text.pages))
    document = PAGE_BREAK.join(page.text for page in text.pages)
    reply = model.facts(document, instructions=instructions.text, kind=Invoice, by_rules=by_rules)
    return reply.facts if model.is_offline else borne_out(reply.facts, by_rules(document), document)


@stage(version=1)
def extract_paper(
    paper: Paper, kind: PaperKind, *, model: LanguageModel = GIVEN, instructions: Prompt = EXTRACT_PAPER
) -> PaperFacts:
    """The facts that a *paper* of that *kind* states; what is not there has no value.

    Of a social security number the end is kept.

    Costs one request to the profile's language model; nothing with the offline reader, which is rules.
    """
    form = FORMS.get(kind, OtherPaper)
    reply = model.facts(
        paper.text, instructions=instructions.text, kind=form, by_rules=partial(read_paper, kind)
    )
    return PaperFacts.model_validate({"facts": without_numbers(reply.facts), "read_by": reader(model)})
