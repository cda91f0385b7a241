"""Underwrite a mortgage: from a dossier of uploads to a decision."""

from blocks.durable import ask, each, flow, show
from tasks.assign import assign_paper, name_applicants
from tasks.classify import classify_paper
from tasks.collect import failed_upload, papers_of, read_upload, refused_upload
from tasks.depict import report_chart, report_page
from tasks.enquire import check_credit
from tasks.extract import extract_paper
from tasks.read import read_document
from tasks.receive import list_files, receive_document
from tasks.reconcile import reconcile_dossier
from tasks.schemas.document import Refusal
from tasks.schemas.dossier import ReadUpload
from tasks.schemas.source_file import SourceFile
from tasks.schemas.underwriting import RiskReport, UnderwriterAnswer, UnderwritingOutcome
from tasks.schemas.underwriting_settings import UnderwritingSettings
from tasks.split import split_upload
from tasks.submit import outcome_of, proposed_answer, review_of, stake_of, title_of
from tasks.underwrite import applicant_report, weigh_risk
from tasks.verify import verify_debts, verify_income


@flow
def underwrite_mortgage(
    files: list[str], settings: UnderwritingSettings = UnderwritingSettings()
) -> UnderwritingOutcome:
    """Read a loan dossier, verify income, debts and credit, and let an underwriter decide about the risk."""

    def read(file: SourceFile) -> ReadUpload:
        return read_papers(file, settings)

    uploads = tuple(each(list_files(files), read, failed=failed_upload, progress="Papers that were read"))
    report = weigh_dossier(uploads, settings)
    show("Mortgage dossier", report_page(report), picture=report_chart(report))
    decision = ask(
        "underwriting",
        review_of(report),
        answer=UnderwriterAnswer,
        proposed=proposed_answer(report),
        title=title_of(report),
        value=stake_of(report),
        of=settings.approvers,
    )
    return outcome_of(report, decision)


def read_papers(file: SourceFile, settings: UnderwritingSettings) -> ReadUpload:
    """One upload: receive, read, split into papers, say of each what it is, and read its facts."""
    document = receive_document(file, settings.limits)
    if isinstance(document, Refusal):
        return refused_upload(file, document)
    text = read_document(document)
    if isinstance(text, Refusal):
        return refused_upload(file, text)
    papers = split_upload(text)
    if isinstance(papers, Refusal):
        return refused_upload(file, papers)
    classified = [classify_paper(paper) for paper in papers]
    facts = [extract_paper(paper, what.kind) for paper, what in zip(papers, classified, strict=True)]
    return read_upload(file, papers, classified, facts)


def weigh_dossier(uploads: tuple[ReadUpload, ...], settings: UnderwritingSettings) -> RiskReport:
    """The dossier as a whole: who applies, whose each paper is, what does not fit, what is verified, and the risk."""
    papers = papers_of(uploads)
    applicants = name_applicants(papers, borrower=settings.borrower, co_borrower=settings.co_borrower)
    owned = tuple(assign_paper(paper, applicants) for paper in papers)
    findings = reconcile_dossier(applicants, owned, uploads, settings.rules)
    reports = tuple(
        applicant_report(
            applicant,
            verify_income(applicant, owned, settings.rules),
            verify_debts(applicant, owned, settings.rules),
            check_credit(applicant, owned),
        )
        for applicant in applicants.people
    )
    return weigh_risk(applicants, reports, owned, uploads, findings, settings.rules)
