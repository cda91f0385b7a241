"""Underwrite: the risk of a loan, from what was verified and what does not fit. By rules; a person decides."""

from blocks.durable import stage
from tasks.offline.mortgage.income import NOTHING
from tasks.offline.mortgage.risk import Numbers, advised, credit_findings, share, terms_of
from tasks.offline.mortgage.shelf import Shelf, newest_day
from tasks.schemas.dossier import Applicant, Applicants, Finding, OwnedPaper, ReadUpload
from tasks.schemas.underwriting import (
    ApplicantReport,
    BrokenFile,
    CreditCheck,
    PaperLine,
    RiskReport,
    VerifiedDebts,
    VerifiedIncome,
)
from tasks.schemas.underwriting_settings import UnderwritingRules

_RANK = {"stop": 0, "ask": 1, "note": 2}
_WANTED = "Missing: "


def applicant_report(
    applicant: Applicant, income: VerifiedIncome, debts: VerifiedDebts, credit: CreditCheck
) -> ApplicantReport:
    """One applicant as the report shows it."""
    return ApplicantReport(
        role=applicant.role, name=applicant.name, income=income, debts=debts, credit=credit
    )


@stage(version=1)
def weigh_risk(
    applicants: Applicants,
    reports: tuple[ApplicantReport, ...],
    papers: tuple[OwnedPaper, ...],
    uploads: tuple[ReadUpload, ...],
    findings: tuple[Finding, ...],
    rules: UnderwritingRules,
) -> RiskReport:
    """Everything an underwriter is shown; the same dossier makes the same report, whatever was read first. By rules."""
    shelves = [Shelf.of(applicant, papers) for applicant in applicants.people]
    terms, as_of = terms_of(shelves, rules), newest_day(shelves)
    income = sum((report.income.a_month for report in reports), NOTHING)
    debts = sum((report.debts.counted_a_month for report in reports), NOTHING)
    found = _in_order((*_own_findings(reports), *findings), [report.name for report in reports])
    scores = tuple(report.credit.score for report in reports if report.credit.score is not None)
    numbers = Numbers(
        share(debts + terms.a_month, income), share(terms.amount or NOTHING, terms.price), scores
    )
    suggestion, risk, reasons = advised(numbers, found, [report.credit for report in reports], rules)
    return RiskReport(
        read_by=", ".join(sorted({entry.paper.read.read_by for entry in papers})) or "nobody",
        as_of=as_of.isoformat() if as_of else "",
        suggestion=suggestion,
        risk=risk,
        reasons=reasons,
        loan=terms,
        income_a_month=income,
        debts_a_month=debts,
        dti=numbers.dti,
        ltv=numbers.ltv,
        applicants=reports,
        findings=found,
        wanted_papers=tuple(_wanted(found)),
        papers=tuple(_line(entry) for entry in papers),
        broken=tuple(
            BrokenFile(file=one.file, reason=one.reason or "") for one in uploads if one.status != "read"
        ),
    )


def _own_findings(reports: tuple[ApplicantReport, ...]) -> list[Finding]:
    told = list[Finding]()
    for report in reports:
        told += [*report.income.findings, *report.debts.findings, *credit_findings(report)]
    return told


def _in_order(findings: tuple[Finding, ...], names: list[str]) -> tuple[Finding, ...]:
    """The heaviest first; of one weight those about the borrower, the co-borrower, and the rest.

    What several papers say alike is one finding.
    """
    alike = dict[tuple[str, str, str], Finding]()
    for finding in findings:
        told = (finding.rule, finding.about, finding.reason)
        papers = (*alike[told].papers, *finding.papers) if told in alike else finding.papers
        alike[told] = finding.model_copy(update={"papers": tuple(dict.fromkeys(papers))})
    places = {name: place for place, name in enumerate(names)}
    ranked = ((_RANK[one.weight], places.get(one.about, len(names)), one) for one in alike.values())
    return tuple(one for *_, one in sorted(ranked, key=lambda ranked: ranked[:2]))


def _wanted(findings: tuple[Finding, ...]) -> list[str]:
    """What is missing, as a list for the applicants."""
    return [
        f"{finding.about}: {finding.reason.removeprefix(_WANTED).rstrip('.')}"
        for finding in findings
        if finding.rule == "missing"
    ]


def _line(entry: OwnedPaper) -> PaperLine:
    paper = entry.paper
    return PaperLine(
        paper=paper.name,
        kind=paper.kind,
        confidence=paper.classified.confidence,
        owner=entry.owner,
        person=paper.person,
    )
