"""A file as it was found, before it is a document."""

from pathlib import Path

from pydantic import Field

from tasks.schemas.document import Refusal
from tasks.schemas.frozen import Frozen


class SourceFile(Frozen):
    """One file to process. Two files with the same bytes have the same digest, whatever their names."""

    name: str = Field(description="for people: the path below the folder that was given")
    digest: str = Field(default="", description="sha256 of the bytes; empty where they could not be read")
    size_bytes: int = Field(default=0, ge=0)
    problem: Refusal | None = Field(default=None, description="why the bytes could not be read")
    path: Path | None = Field(
        default=None,
        exclude=True,
        description="where it lies on this machine; None: its bytes are in the artifact store. No part of any key",
    )
    after: str | None = Field(
        default=None,
        exclude=True,
        description="an earlier file of the run with the same bytes: its turn comes first",
    )
    url: str | None = Field(
        default=None,
        exclude=True,
        description="where it is fetched when its turn comes; None: there is nothing to fetch",
    )
