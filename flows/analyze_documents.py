"""Analyze documents: from files, buckets and web addresses to one report."""

from blocks.durable import each, flow, show
from tasks.fetch import fetched
from tasks.find import find_entities
from tasks.gather import list_sources
from tasks.read import read_document
from tasks.receive import receive_document
from tasks.report import analyzed, failed, refused, report_on, report_page
from tasks.schemas.analysis import AnalysisReport, DocumentAnalysis
from tasks.schemas.analysis_settings import AnalysisSettings
from tasks.schemas.document import Refusal
from tasks.schemas.source_file import SourceFile
from tasks.summarize import summarize_document


@flow
def analyze_documents(files: list[str], settings: AnalysisSettings = AnalysisSettings()) -> AnalysisReport:
    """Summarize documents, find the dates, money, parties and places that they name, and write one report over all.

    Args:
        files: Files and folders, `s3://BUCKET/KEY` or `s3://BUCKET/FOLDER/`, and web addresses of hosts that the profile allows.
        settings: Limits, and how long summaries are.
    """

    def analyze(source: SourceFile) -> DocumentAnalysis:
        return analyze_document(source, settings)

    return each(list_sources(files), analyze, failed=failed, then=shown_report)


def analyze_document(source: SourceFile, settings: AnalysisSettings) -> DocumentAnalysis:
    """One document: fetch, receive, read, summarize, find what it names."""
    file = fetched(source, settings.limits)
    if isinstance(file, Refusal):
        return refused(source, file)
    document = receive_document(file, settings.limits)
    if isinstance(document, Refusal):
        return refused(source, document)
    text = read_document(document)
    if isinstance(text, Refusal):
        return refused(source, text)
    summary = summarize_document(text, settings.summary_words)
    return analyzed(source, document, text, summary, find_entities(text))


def shown_report(analyses: list[DocumentAnalysis]) -> AnalysisReport:
    """The report on *analyses*, with a page for it on the run."""
    report = report_on(analyses)
    show("report", report_page(report))
    return report
