"""Submit: what an underwriter is shown of a dossier, and what the answer makes of it. Pure: no stages."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from blocks.base.asking import Decision
from tasks.offline.mortgage.gaps import DUPLICATE, FOREIGN
from tasks.offline.mortgage.shelf import money
from tasks.schemas.dossier import Finding, spoken
from tasks.schemas.underwriting import (
    ApplicantReport,
    RiskReport,
    UnderwriterAnswer,
    UnderwritingOutcome,
)
from tasks.schemas.underwriting_review import (
    ApplicantRow,
    DebtRow,
    IncomeRow,
    LoanRow,
    PaperRow,
    Question,
    UnderwritingReview,
)

_STATUS = {"approve": "approved", "decline": "declined", "ask for papers": "papers wanted"}


def review_of(report: RiskReport) -> UnderwritingReview:
    """What an underwriter is shown: all of *report*, as a person reads it."""
    return UnderwritingReview(
        advised=report.suggestion,
        risk=report.risk,
        reasons=report.reasons,
        doubts=tuple(_question(finding) for finding in report.open_questions),
        duplicates=_notes(report, lambda rule: rule == DUPLICATE),
        foreign=_notes(report, lambda rule: rule == FOREIGN),
        to_know=_notes(report, lambda rule: rule not in (DUPLICATE, FOREIGN)),
        loan=_loan(report),
        applicants=tuple(_applicant(one) for one in report.applicants),
        incomes=tuple(row for one in report.applicants for row in _incomes(one)),
        debts=tuple(row for one in report.applicants for row in _debts(one)),
        papers=(*_papers(report), *_broken(report)),
        read_by=report.read_by,
        as_of=report.as_of,
    )


def _notes(report: RiskReport, is_wanted: Callable[[str], bool]) -> tuple[str, ...]:
    """What is only to be known, of some rules."""
    found = (finding for finding in report.findings if finding.weight == "note" and is_wanted(finding.rule))
    return tuple(_told(finding) for finding in found)


def _question(finding: Finding) -> Question:
    return Question(rule=finding.rule, weight=finding.weight, reason=_told(finding))


def _told(finding: Finding) -> str:
    """A finding as one sentence: whom it is about, what it is, and where it is said."""
    about = "" if not finding.about or finding.about in finding.reason else f"{finding.about}: "
    papers = [paper for paper in finding.papers if paper not in finding.reason]
    if not papers:
        return f"{about}{finding.reason}"
    end = finding.reason[-1] if finding.reason.endswith(("?", ".")) else ""
    return f"{about}{finding.reason.removesuffix(end)} ({', '.join(papers)}){end}"


def _loan(report: RiskReport) -> LoanRow:
    loan = report.loan
    return LoanRow(
        amount=_money(loan.amount),
        home=loan.property_address,
        price=_money(loan.price),
        income_a_month=money(report.income_a_month),
        debts_a_month=money(report.debts_a_month),
        home_a_month=f"{money(loan.a_month)}, assumed: {loan.assumed}" if loan.assumed else "",
        debts_and_home_in_income=_percent(report.dti),
        loan_in_price=_percent(report.ltv),
    )


def _applicant(one: ApplicantReport) -> ApplicantRow:
    credit = one.credit
    score = (
        f"score {credit.score}, reference {credit.reference}" if credit.status == "checked" else credit.reason
    )
    return ApplicantRow(
        who=one.role,
        name=one.name,
        income_a_month=money(one.income.a_month),
        wages_by=one.income.rule,
        debts_a_month=money(one.debts.counted_a_month),
        declared_debts=_money(one.debts.declared_a_month),
        credit=f"{credit.status}: {score}",
    )


def _incomes(one: ApplicantReport) -> list[IncomeRow]:
    return [
        IncomeRow(
            name=one.name,
            source=f"{source.source} {source.year or ''}".strip(),
            a_year=money(source.amount),
            how=source.how,
            paper=source.paper,
        )
        for source in one.income.sources
    ]


def _debts(one: ApplicantReport) -> list[DebtRow]:
    return [
        DebtRow(
            name=one.name,
            what=spoken(debt.kind),
            lender=debt.lender,
            balance=_money(debt.balance),
            counts_a_month=money(debt.counted),
            how=debt.how,
            paper=debt.paper,
        )
        for debt in one.debts.debts
    ]


def _papers(report: RiskReport) -> list[PaperRow]:
    return [
        PaperRow(paper=one.paper, what=spoken(one.kind), whose=one.owner, names=one.person)
        for one in report.papers
    ]


def _broken(report: RiskReport) -> list[PaperRow]:
    return [
        PaperRow(paper=one.file, what=f"cannot be read: {one.reason}", whose="", names="")
        for one in report.broken
    ]


def _money(amount: Decimal | None) -> str:
    return "" if amount is None else money(amount)


def _percent(share: Decimal | None) -> str:
    return "" if share is None else f"{share} %"


def proposed_answer(report: RiskReport) -> dict[str, Any]:
    """What the form starts with: the missing papers. The verdict is left to the person."""
    return {"reason": "", "papers": list(report.wanted_papers)}


def title_of(report: RiskReport) -> str:
    """What is asked, in one line."""
    names = " and ".join(applicant.name for applicant in report.applicants) or "Nobody"
    share = "no income" if report.dti is None else f"debts and home {report.dti} % of the income"
    return f"{names}: {share}, risk {report.risk}, advised: {report.suggestion}"[:500]


def stake_of(report: RiskReport) -> str:
    """The loan."""
    return "" if report.loan.amount is None else f"USD {report.loan.amount:,.2f}"


def outcome_of(report: RiskReport, decision: Decision[UnderwriterAnswer]) -> UnderwritingOutcome:
    """How the dossier ends. A request that was rejected is a loan that is declined."""
    answer, by = decision.answer, decision.decided_by
    if answer is None:
        reason = decision.reason or "no reason was given"
        return UnderwritingOutcome(status="declined", decided_by=by, reason=reason, report=report)
    status: Any = _STATUS[answer.verdict]
    wanted = answer.papers if status == "papers wanted" else ()
    reason = answer.reason or decision.reason
    return UnderwritingOutcome(
        status=status, decided_by=by, reason=reason, wanted_papers=wanted, report=report
    )
