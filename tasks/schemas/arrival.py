"""Documents on their way in."""

import re
from typing import Literal, Self
from urllib.parse import parse_qs, quote

from pydantic import Field

from tasks.schemas.frozen import Frozen

_REFERENCE = re.compile(r"artifact:(?P<digest>[0-9a-f]{64})(\?(?P<query>.*))?")


class IntakeSettings(Frozen):
    """How documents are taken."""

    deployment: str = Field(
        default="process_invoices/holdfast", description="FLOW/NAME: what is started for documents"
    )
    batch: int = Field(default=25, ge=1, le=500, description="documents for each run that is started")
    at_most: int = Field(default=200, ge=1, le=5000, description="documents that are taken in one look")
    at_rest_seconds: float = Field(
        default=5.0, ge=0, description="a file that changed more lately may be half written, and is left"
    )


class Arrival(Frozen):
    """Something that lies in a place where documents arrive."""

    url: str = Field(description="a path of this machine, or s3://BUCKET/KEY")
    name: str = Field(description="for people: what stands below the place")
    version: str = Field(description="changes when what lies there changes")
    size_bytes: int = Field(ge=0)


class KeptDocument(Frozen):
    """A document whose bytes are in the artifact store. Its text form can be given to a flow as a file."""

    digest: str = Field(description="sha256 of the bytes, 64 hex digits")
    name: str = Field(description="for people")

    @property
    def reference(self) -> str:
        """`artifact:DIGEST?name=NAME`."""
        return f"artifact:{self.digest}?name={quote(self.name)}"

    @classmethod
    def parse(cls, reference: str) -> Self | None:
        """The document that *reference* names; without a name it is called by its digest. None: it names none."""
        found = _REFERENCE.fullmatch(reference)
        if found is None:
            return None
        names = parse_qs(found["query"] or "").get("name")
        return cls(digest=found["digest"], name=names[0] if names else found["digest"][:12])


class FetchedPage(Frozen):
    """What a web address gave. Its bytes are the artifact named by *digest*."""

    kind: Literal["page"] = "page"
    digest: str = Field(description="sha256 of the bytes, 64 hex digits")
    size_bytes: int = Field(ge=0)


class Taken(Frozen):
    """Which run took a document."""

    by: str


class Started(Frozen):
    """A run that was started for documents."""

    run_id: str
    documents: tuple[KeptDocument, ...]
