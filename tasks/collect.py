"""Collect: what was read of the uploads of a dossier, side by side. Pure: no stages."""

from collections.abc import Iterable

from tasks.schemas.document import Refusal
from tasks.schemas.dossier import ReadPaper, ReadUpload
from tasks.schemas.paper import ClassifiedPaper, Paper
from tasks.schemas.paper_facts import PaperFacts
from tasks.schemas.source_file import SourceFile


def refused_upload(file: SourceFile, refusal: Refusal) -> ReadUpload:
    """What became of an upload that is no paper."""
    return ReadUpload(
        file=file.name, status="refused", reason=f"{refusal.name}: {refusal.reason}", digest=file.digest
    )


def failed_upload(file: SourceFile, error: Exception) -> ReadUpload:
    """What became of an upload that an accident stopped; the next run goes on with it."""
    return ReadUpload(
        file=file.name, status="failed", reason=f"{type(error).__name__}: {error}", digest=file.digest
    )


def read_upload(
    file: SourceFile, papers: tuple[Paper, ...], classified: list[ClassifiedPaper], facts: list[PaperFacts]
) -> ReadUpload:
    """What became of an upload whose papers were read."""
    read = tuple(
        ReadPaper(
            name=_name(file, paper, alone=len(papers) == 1),
            digest=paper.digest,
            pages=tuple(page.number for page in paper.pages),
            by_ocr=paper.by_ocr,
            classified=what,
            read=told,
        )
        for paper, what, told in zip(papers, classified, facts, strict=True)
    )
    return ReadUpload(file=file.name, status="read", digest=file.digest, papers=read, same_as=file.after)


def papers_of(uploads: Iterable[ReadUpload]) -> tuple[ReadPaper, ...]:
    """Every paper once, in the order of the uploads: of uploads with the same bytes those of the first."""
    return tuple(paper for upload in uploads if upload.same_as is None for paper in upload.papers)


def _name(file: SourceFile, paper: Paper, *, alone: bool) -> str:
    if alone:
        return file.name
    first, last = paper.pages[0].number, paper.pages[-1].number
    return f"{file.name}, page {first}" if first == last else f"{file.name}, pages {first} to {last}"
