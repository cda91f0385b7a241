"""A loan dossier: what was uploaded, who applies, whose each paper is, and what a person should know of it."""

import datetime as dt
from typing import Literal

from pydantic import Field

from tasks.schemas.frozen import Frozen
from tasks.schemas.paper import ClassifiedPaper, Owner, PaperKind
from tasks.schemas.paper_facts import PaperFacts

UploadStatus = Literal["read", "refused", "failed"]
Weight = Literal["stop", "ask", "note"]


class ReadPaper(Frozen):
    """One paper with its facts. *name* is for people: the upload, and its pages where it holds several papers."""

    name: str
    digest: str = Field(description="sha256 of the upload's bytes")
    pages: tuple[int, ...] = Field(description="the pages of the upload that it takes, from 1")
    by_ocr: bool = False
    classified: ClassifiedPaper
    read: PaperFacts

    @property
    def kind(self) -> PaperKind:
        """What it is."""
        return self.classified.kind

    @property
    def person(self) -> str:
        """The person it is about, "" where it names none."""
        return self.read.facts.person.value or ""


class ReadUpload(Frozen):
    """What became of one upload: its papers, or why there are none."""

    file: str
    status: UploadStatus
    reason: str | None = None
    digest: str = ""
    papers: tuple[ReadPaper, ...] = ()
    same_as: str | None = Field(default=None, description="an earlier upload with the same bytes")

    @property
    def gist(self) -> str:
        """One line for a person."""
        told = [", ".join(filter(None, (spoken(paper.kind), paper.person))) for paper in self.papers[:3]]
        more = f" and {len(self.papers) - 3} more" if len(self.papers) > 3 else ""
        return self.reason or "; ".join(told) + more


class Applicant(Frozen):
    """One person who applies, as the papers tell."""

    role: Literal["borrower", "co-borrower"]
    name: str
    born: dt.date | None = None
    ssn_end: str = ""
    address: str = ""


class Applicants(Frozen):
    """Who applies, the borrower first, and how that is known."""

    people: tuple[Applicant, ...] = ()
    why: str = ""


class OwnedPaper(Frozen):
    """A paper and whose it is."""

    paper: ReadPaper
    owner: Owner
    why: str = Field(description="what speaks for this owner")


class Finding(Frozen):
    """One thing that a person should know: where it is said, and how heavy it weighs."""

    rule: str
    weight: Weight = Field(
        description="`stop`: no loan before it is settled; `ask`: an open question; `note`: to know"
    )
    about: str = Field(default="", description="the applicant it concerns, or nobody")
    reason: str
    papers: tuple[str, ...] = Field(default=(), description="names of the papers that say so")


def spoken(kind: str) -> str:
    """A kind as people say it.

    >>> spoken("bank_statement"), spoken("w2"), spoken("1099_misc"), spoken("tax_return_1040")
    ('bank statement', 'W-2', '1099-MISC', 'tax return 1040')
    """
    if kind.startswith("1099"):
        return kind.upper().replace("_", "-")
    return {"w2": "W-2", "state_id": "state ID", "drivers_license": "driver's license"}.get(
        kind, kind.replace("_", " ")
    )
