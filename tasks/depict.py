"""Depict: a risk report as a page and a chart for people. Text of papers is shown as text."""

from collections.abc import Iterator
from decimal import Decimal
from html import escape

from tasks.offline.mortgage.shelf import money
from tasks.present import cell, table
from tasks.schemas.dossier import Finding, spoken
from tasks.schemas.underwriting import ApplicantReport, RiskReport

_HEADS = {"stop": "To settle before any loan", "ask": "Open questions", "note": "To know"}
_BAR = 320


def report_page(report: RiskReport) -> str:
    """Markdown with the whole report."""
    names = " and ".join(applicant.name for applicant in report.applicants) or "nobody applies"
    return "\n".join(
        [
            f"# Mortgage dossier: {cell(names)}",
            "",
            f"**Advised by rules: {report.suggestion}.** Risk: {report.risk}. A person decides.",
            "",
            *(f"- {cell(reason)}" for reason in report.reasons),
            "",
            *_numbers(report),
            *(line for applicant in report.applicants for line in _applicant(applicant)),
            *_findings(report),
            *_papers(report),
            f"Read by: {cell(report.read_by)}. Ages are counted from {report.as_of or 'no day'}.",
        ]
    )


def _numbers(report: RiskReport) -> list[str]:
    loan = report.loan
    rows = [
        ("Loan", _money(loan.amount)),
        ("Home", loan.property_address),
        ("Price", _money(loan.price)),
        ("Loan in percent of the price", _percent(report.ltv)),
        ("Income a month", money(report.income_a_month)),
        ("Debts a month", money(report.debts_a_month)),
        ("Home a month", f"{money(loan.a_month)} (assumed: {loan.assumed or 'nothing'})"),
        ("Debts and home in percent of the income", _percent(report.dti)),
    ]
    return ["## The loan", "", *table(("", ""), rows), ""]


def _applicant(applicant: ApplicantReport) -> Iterator[str]:
    income, debts, credit = applicant.income, applicant.debts, applicant.credit
    yield from (f"## {applicant.role.capitalize()}: {cell(applicant.name)}", "")
    yield f"Income: {money(income.a_month)} a month; wages by {cell(income.rule)}."
    if income.rent_a_month:
        yield f"{money(income.rent_a_month)} of it are rent, as it counts."
    sources = [(one.source, one.year or "", money(one.amount), one.how, one.paper) for one in income.sources]
    yield from ("", *table(("income", "year", "a year", "how", "paper"), sources), "")
    yield f"Debts: {money(debts.counted_a_month)} a month; declared {_money(debts.declared_a_month) or 'nothing'}."
    owed = [
        (spoken(debt.kind), debt.lender, _money(debt.balance), _money(debt.payment), money(debt.counted), debt.paper)
        for debt in debts.debts
    ]  # fmt: skip
    yield from ("", *table(("debt", "lender", "balance", "a month", "counts", "paper"), owed), "")
    told = {"checked": f"score {credit.score or 'none'}, reference {credit.reference}"}
    yield from (f"Credit: {credit.status}; {cell(told.get(credit.status, credit.reason))}.", "")


def _findings(report: RiskReport) -> Iterator[str]:
    for weight, head in _HEADS.items():
        found = [finding for finding in report.findings if finding.weight == weight]
        if found:
            yield from (f"## {head}", "", *(_finding(finding) for finding in found), "")


def _finding(finding: Finding) -> str:
    papers = f" ({cell(', '.join(finding.papers))})" if finding.papers else ""
    about = f"{cell(finding.about)}: " if finding.about else ""
    return f"- **{cell(finding.rule)}** {about}{cell(finding.reason)}{papers}"


def _papers(report: RiskReport) -> Iterator[str]:
    rows = [
        (one.paper, spoken(one.kind), one.person, one.owner, f"{one.confidence:.2f}") for one in report.papers
    ]
    yield from ("## Papers", "", *table(("paper", "what", "names", "whose", "sure"), rows), "")
    if report.broken:
        broken = [(one.file, one.reason) for one in report.broken]
        yield from ("## Files that cannot be read", "", *table(("file", "why"), broken), "")


def report_chart(report: RiskReport) -> str:
    """An SVG picture of a month: income, debts, the new home, and what is left."""
    income, debts, home = report.income_a_month, report.debts_a_month, report.loan.a_month
    rows = (
        ("Income", income, "#2f855a"),
        ("Debts", debts, "#c05621"),
        ("New home", home, "#2b6cb0"),
        ("Left", max(income - debts - home, Decimal(0)), "#718096"),
    )
    most = max([amount for _, amount, _ in rows] + [Decimal(1)])
    bars = "".join(_bar(place, *row, most) for place, row in enumerate(rows))
    title = escape(
        f"A month in dollars; debts and home {_percent(report.dti) or 'of an unknown part'} of the income"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="560" height="170" font-family="sans-serif" font-size="13">'
        f'<rect width="560" height="170" fill="#ffffff"/><text x="16" y="24" font-weight="bold">{title}</text>{bars}</svg>'
    )


def _bar(place: int, name: str, amount: Decimal, color: str, most: Decimal) -> str:
    y, width = 44 + place * 30, int(amount / most * _BAR)
    return (
        f'<text x="16" y="{y + 14}">{name}</text><rect x="100" y="{y}" width="{width}" height="20" fill="{color}"/>'
        f'<text x="{108 + width}" y="{y + 14}">{escape(money(amount))}</text>'
    )


def _money(amount: Decimal | None) -> str:
    return "" if amount is None else money(amount)


def _percent(share: Decimal | None) -> str:
    return "" if share is None else f"{share} %"
