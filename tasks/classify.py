"""Classify: what a paper of a loan dossier is."""

from blocks.durable import GIVEN, stage
from blocks.providers.language_model import LanguageModel
from tasks.offline.mortgage.classify import classify
from tasks.prompts import Prompt, prompt
from tasks.schemas.paper import OFFLINE_READER, ClassifiedPaper, KindChoice, Paper

CLASSIFY_PAPER = prompt("classify_paper")


@stage(version=1)
def classify_paper(
    paper: Paper, *, model: LanguageModel = GIVEN, instructions: Prompt = CLASSIFY_PAPER
) -> ClassifiedPaper:
    """What *paper* is, and how sure that is.

    Costs one request to the profile's language model; nothing with the offline reader, which goes by titles and words of forms.
    """
    reply = model.facts(paper.text, instructions=instructions.text, kind=KindChoice, by_rules=classify)
    return ClassifiedPaper(**dict(reply.facts), read_by=reader(model))


def reader(model: LanguageModel) -> str:
    """Who reads: the model's name, or that rules do."""
    return OFFLINE_READER if model.is_offline else model.name
