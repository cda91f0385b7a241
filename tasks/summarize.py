"""Summarize: text becomes a few sentences that say what it says."""

from functools import partial

from blocks.durable import GIVEN, stage
from blocks.providers.language_model import LanguageModel
from tasks.extract import PAGE_BREAK
from tasks.offline.summary import by_centrality
from tasks.prompts import Prompt, prompt
from tasks.schemas.analysis import Summary, SummarySentence, SummaryText
from tasks.schemas.document import DocumentText

SUMMARIZE_DOCUMENT = prompt("summarize_document")
OFFLINE_READER = "offline reader (rules, no language model)"


@stage(version=1)
def summarize_document(
    text: DocumentText,
    words: int,
    *,
    model: LanguageModel = GIVEN,
    instructions: Prompt = SUMMARIZE_DOCUMENT,
) -> Summary:
    """What *text* says, in about as many *words*; a sentence that stands in it is named with its page.

    Costs one request to the profile's language model; nothing with the offline reader, which takes sentences of the text.
    """
    reply = model.facts(
        PAGE_BREAK.join(page.text for page in text.pages),
        instructions=f"{instructions.text}\nUse about {words} words.",
        kind=SummaryText,
        by_rules=partial(by_centrality, words=words),
    )
    pages = [(page.number, " ".join(page.text.split())) for page in text.pages]
    return Summary(
        sentences=tuple(_placed(sentence, pages) for sentence in reply.facts.sentences),
        written_by=made_by(model),
    )


def made_by(model: LanguageModel) -> str:
    """Who answers for *model*."""
    return OFFLINE_READER if model.is_offline else model.name


def _placed(sentence: str, pages: list[tuple[int, str]]) -> SummarySentence:
    plain = " ".join(sentence.split())
    return SummarySentence(text=plain, page=next((number for number, text in pages if plain in text), None))
