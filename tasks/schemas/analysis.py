"""What is found out about documents: a summary, what is named in them, and one report over all."""

from typing import Literal

from pydantic import Field

from tasks.schemas.frozen import Frozen

EntityKind = Literal["date", "money", "party", "place"]
AnalysisStatus = Literal["analyzed", "refused", "failed"]


class SummaryText(Frozen):
    """A summary, sentence by sentence."""

    sentences: tuple[str, ...] = Field(description="whole sentences in the order in which they are read")


class SummarySentence(Frozen):
    """One sentence of a summary. One that stands in the document word for word says on which page."""

    text: str
    page: int | None = Field(default=None, ge=1, description="None: these are words of whoever wrote it")


class Summary(Frozen):
    """What a document says, in few sentences."""

    sentences: tuple[SummarySentence, ...]
    written_by: str = Field(description="the language model's name, or the offline reader")

    @property
    def text(self) -> str:
        """All of it in one line."""
        return " ".join(sentence.text for sentence in self.sentences)


class NamedEntity(Frozen):
    """A date, a sum of money, a party (organization or person) or a place, as a document names it."""

    kind: EntityKind
    text: str = Field(description="as it stands in the document, letter for letter")
    value: str = Field(
        description="a date in ISO form (2024-05-31, 2024-05), money as `USD 1200.50`, a name in its usual spelling"
    )


class NamedEntities(Frozen):
    """All that a document names."""

    entities: tuple[NamedEntity, ...] = ()


class Entity(Frozen):
    """Something that a document names, with the first place where it does and the words around it."""

    kind: EntityKind
    value: str
    text: str = Field(description="as it stands there")
    page: int = Field(ge=1)
    start: int = Field(ge=0, description="characters of that page's text before it")
    evidence: str = Field(description="the words around it")
    count: int = Field(ge=1, description="how often the document names it")


class Entities(Frozen):
    """What a document names, by kind, the most often named first."""

    entities: tuple[Entity, ...]
    found_by: str = Field(description="the language model's name, or the offline reader")


class DocumentAnalysis(Frozen):
    """How the life of one document in `analyze_documents` ends.

    Analyzed, refused (as a document, or not to be fetched), or failed by accident (run again to go on).
    """

    file: str
    status: AnalysisStatus
    reason: str | None = None
    digest: str = Field(default="", description="sha256 of the bytes; empty where there are none")
    pages: int = 0
    words: int = 0
    summary: Summary | None = None
    entities: Entities | None = None


class SharedEntity(Frozen):
    """Something that several documents name."""

    kind: EntityKind
    value: str
    files: tuple[str, ...]


class AnalysisReport(Frozen):
    """All documents in the order in which they were given, and what they have in common."""

    documents: tuple[DocumentAnalysis, ...]
    shared: tuple[SharedEntity, ...] = ()
