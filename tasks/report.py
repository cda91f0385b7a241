"""Report: analyses become one report, and a page for people. Pure: the same whatever was finished first."""

from collections.abc import Sequence

from blocks.base.errors import HoldfastError
from tasks.present import cell, table
from tasks.schemas.analysis import (
    AnalysisReport,
    DocumentAnalysis,
    Entities,
    Entity,
    EntityKind,
    SharedEntity,
    Summary,
)
from tasks.schemas.document import Document, DocumentText, Refusal
from tasks.schemas.source_file import SourceFile

_TITLES: dict[EntityKind, str] = {"party": "parties", "place": "places", "date": "dates", "money": "money"}
_MOST = 12  # of a kind on the page; the rest is counted


def analyzed(
    source: SourceFile, document: Document, text: DocumentText, summary: Summary, entities: Entities
) -> DocumentAnalysis:
    """A document that was read to its end."""
    return DocumentAnalysis(
        file=source.name,
        status="analyzed",
        digest=document.digest,
        pages=len(text.pages),
        words=sum(len(page.text.split()) for page in text.pages),
        summary=summary,
        entities=entities,
    )


def refused(source: SourceFile, refusal: Refusal) -> DocumentAnalysis:
    """A source that is no document, or cannot be had."""
    return DocumentAnalysis(file=source.name, status="refused", reason=refusal.reason, digest=source.digest)


def failed(source: SourceFile, error: Exception) -> DocumentAnalysis:
    """A source that met an accident."""
    reason = str(error) if isinstance(error, HoldfastError) else f"{type(error).__name__}: {error}"
    return DocumentAnalysis(file=source.name, status="failed", reason=reason, digest=source.digest)


def report_on(analyses: Sequence[DocumentAnalysis]) -> AnalysisReport:
    """One report over *analyses*, in their order."""
    files: dict[tuple[EntityKind, str], dict[str, None]] = {}
    for one in analyses:
        for entity in _entities(one):
            files.setdefault((entity.kind, entity.value), {})[one.file] = None
    shared = [
        SharedEntity(kind=kind, value=value, files=tuple(names))
        for (kind, value), names in files.items()
        if len(names) > 1
    ]
    order = list(_TITLES)
    shared.sort(key=lambda one: (order.index(one.kind), -len(one.files), one.value))
    return AnalysisReport(documents=tuple(analyses), shared=tuple(shared))


def report_page(report: AnalysisReport) -> str:
    """Markdown with each document, and what several have in common. Text of documents is shown as text."""
    rows = [(one.file, one.status, one.pages, one.words, one.reason) for one in report.documents]
    page = ["# Report", "", *table(("document", "status", "pages", "words", "reason"), rows)]
    for one in report.documents:
        if one.summary is not None:
            page += ["", f"## {cell(one.file)}", "", *_told(one.summary), ""]
            page += table(("", ""), _named(_entities(one)))
            page += ["", f"Read by: {cell(one.summary.written_by)}"]
    if report.shared:
        shared = [(_TITLES[one.kind], one.value, ", ".join(one.files)) for one in report.shared]
        page += ["", "## In several documents", "", *table(("", "named", "in"), shared)]
    return "\n".join(page)


def _told(summary: Summary) -> list[str]:
    return [
        f"- {cell(one.text)}" + (f" (page {one.page})" if one.page else "") for one in summary.sentences
    ] or ["- Nothing that could be summarized."]


def _named(entities: Sequence[Entity]) -> list[tuple[str, str]]:
    return [(title, listed(entities, kind)) for kind, title in _TITLES.items()]


def listed(entities: Sequence[Entity], kind: EntityKind) -> str:
    """The values of one kind in a line, the most often named first, each with its page."""
    found = [one for one in entities if one.kind == kind]
    told = [f"{one.value} (p. {one.page})" for one in found[:_MOST]]
    return "; ".join([*told, f"{len(found) - _MOST} more"] if len(found) > _MOST else told)


def _entities(one: DocumentAnalysis) -> tuple[Entity, ...]:
    return one.entities.entities if one.entities else ()
