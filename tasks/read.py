"""Read: documents become text, page by page."""

from functools import partial

from blocks.artifacts.store import ArtifactStore
from blocks.durable import GIVEN, in_parts, stage
from blocks.providers.page_reader import OpenDocument, PageReader, UnreadableDocument
from tasks.schemas.document import Document, DocumentText, PageText, Refusal


@stage(version=1)
def read_document(
    document: Document, *, store: ArtifactStore = GIVEN, reader: PageReader = GIVEN
) -> DocumentText | Refusal:
    """The text of every page, in order; a Refusal where a page cannot be read within the limits.

    Pages are kept on the way, so that a long scan goes on near the page where it stopped.
    Costs some 40 ms for a page with a text layer, seconds of CPU for one that needs OCR.
    """
    try:
        with reader.open(store.get(document.digest), document.media_type, max_pages=document.pages) as opened:
            pages = in_parts("pages", range(1, opened.page_count + 1), partial(read_page, opened), PageText)
    except UnreadableDocument as refusal:
        return Refusal(name=type(refusal).__name__, reason=str(refusal))
    return DocumentText(digest=document.digest, pages=tuple(pages))


def read_page(opened: OpenDocument, number: int) -> PageText:
    """Page *number* (from 1) of an opened document. Raises UnreadableDocument."""
    page = opened.read(number)
    return PageText(number=number, source=page.source, text=page.text, confidence=round(page.confidence, 4))
