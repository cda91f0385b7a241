"""Split: an upload that holds several papers becomes several papers."""

from blocks.durable import stage
from tasks.offline.mortgage.split import split
from tasks.schemas.document import DocumentText, Refusal
from tasks.schemas.paper import Paper

LEAST_LETTERS = 20
"""Letters and digits; with fewer nothing can be told of a paper."""


@stage(version=1, weight="light")
def split_upload(text: DocumentText) -> tuple[Paper, ...] | Refusal:
    """The papers that *text* holds, in order; a Refusal where it holds next to nothing. By rules; costs some ms a page."""
    letters = sum(letter.isalnum() for page in text.pages for letter in page.text)
    if letters < LEAST_LETTERS:
        reason = f"It holds {letters} letters and digits: nothing that says what it is."
        return Refusal(name="NothingToRead", reason=reason)
    papers = split([page.text for page in text.pages])
    return tuple(
        Paper(digest=text.digest, pages=tuple(text.pages[place] for place in places)) for places in papers
    )
