"""What comes in, and what reading makes of it."""

from typing import Literal

from pydantic import Field

from tasks.schemas.frozen import Frozen

MediaType = Literal["application/pdf", "image/png", "image/jpeg", "image/tiff", "text/plain"]


class Document(Frozen):
    """One received document. Its bytes are the artifact named by *digest*."""

    kind: Literal["document"] = "document"
    digest: str = Field(description="sha256 of the bytes, 64 hex digits")
    media_type: MediaType = Field(description="told from the content, not from the name")
    size_bytes: int = Field(ge=0)
    pages: int = Field(ge=1)


class PageText(Frozen):
    """One page as text: rows from top to bottom, columns kept apart by runs of spaces."""

    kind: Literal["page"] = "page"
    number: int = Field(ge=1)
    source: Literal["text layer", "ocr"]
    text: str
    confidence: float = Field(ge=0, le=1, description="1 for a text layer, the mean of the words for OCR")


class DocumentText(Frozen):
    """The text of all pages of one document, in order."""

    kind: Literal["text"] = "text"
    digest: str
    pages: tuple[PageText, ...]


class Refusal(Frozen):
    """Why a document cannot be processed: an outcome, recorded like any other."""

    kind: Literal["refusal"] = "refusal"
    name: str = Field(description="for example EncryptedDocument, NotADocument, TooManyPages")
    reason: str = Field(description="one sentence for a person")
