"""The instructions that language models get, one file each. Their text is part of the stage key.

categorize_invoice.md  choose an account for each line
classify_paper.md      say what a paper of a loan dossier is
draft_email.md         write an e-mail from a brief
extract_invoice.md     find the facts of an invoice or a receipt
extract_paper.md       find the facts of a paper of a loan dossier
find_entities.md       list the dates, money, parties and places that a document names
summarize_document.md  say in a few sentences what a document says
"""

from importlib import resources

from tasks.schemas.frozen import Frozen


class Prompt(Frozen):
    """Instructions by name. A changed word is another prompt, and so another answer."""

    name: str
    text: str


def prompt(name: str) -> Prompt:
    """The prompt in `tasks/prompts/NAME.md`."""
    return Prompt(
        name=name, text=resources.files(__name__).joinpath(f"{name}.md").read_text(encoding="utf-8")
    )
