"""Underwrite: the risk of a loan as a person is shown it, and what the person's answer makes of a dossier."""

from decimal import Decimal
from typing import Any

from blocks.base.asking import Decision
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
    UnderwriterAnswer,
    UnderwritingOutcome,
    VerifiedDebts,
    VerifiedIncome,
)
from tasks.schemas.underwriting_settings import UnderwritingRules

_RANK = {"stop": 0, "ask": 1, "note": 2}
_STATUS = {"approve": "approved", "decline": "declined", "ask for papers": "papers wanted"}
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
    found = _in_order((*_own_findings(reports), *findings))
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


def _in_order(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The heaviest first; those of one weight as they were found. What several papers say alike is one finding."""
    alike = dict[tuple[str, str, str], Finding]()
    for finding in findings:
        told = (finding.rule, finding.about, finding.reason)
        papers = (*alike[told].papers, *finding.papers) if told in alike else finding.papers
        alike[told] = finding.model_copy(update={"papers": tuple(dict.fromkeys(papers))})
    return tuple(sorted(alike.values(), key=lambda finding: _RANK[finding.weight]))


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


def proposed_answer(report: RiskReport) -> dict[str, Any]:
    """What the form starts with: the missing papers. The verdict is left to the person."""
    return {"reason": "", "papers": list(report.wanted_papers)}


def title_of(report: RiskReport) -> str:
    """What is asked, in one line."""
    names = " and ".join(applicant.name for applicant in report.applicants) or "Nobody"
    share_told = "no income" if report.dti is None else f"DTI {report.dti} %"
    return f"{names}: {share_told}, risk {report.risk}, advised: {report.suggestion}"[:500]


def stake_of(report: RiskReport) -> str:
    """The loan."""
    return "" if report.loan.amount is None else f"USD {report.loan.amount:,.2f}"


def outcome_of(report: RiskReport, decision: Decision[UnderwriterAnswer]) -> UnderwritingOutcome:
    """How the dossier ends. A request that was rejected is a loan that is declined."""
    answer = decision.answer
    if answer is None:
        reason = decision.reason or "no reason was given"
        return UnderwritingOutcome(
            status="declined", decided_by=decision.decided_by, reason=reason, report=report
        )
    status: Any = _STATUS[answer.verdict]
    wanted = answer.papers if status == "papers wanted" else ()
    reason = answer.reason or decision.reason
    return UnderwritingOutcome(
        status=status, decided_by=decision.decided_by, reason=reason, wanted_papers=wanted, report=report
    )


def total(report: RiskReport) -> Decimal:
    """Debts and the new home a month."""
    return report.debts_a_month + report.loan.a_month
