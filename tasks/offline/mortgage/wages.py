"""Papers of an employer: the W-2 and the pay stub."""

import re
from decimal import Decimal

from tasks.offline.grid import Grid
from tasks.offline.mortgage import beside, days, people
from tasks.offline.mortgage.masking import masked
from tasks.offline.numbers import find_numbers
from tasks.schemas.invoice import Fact
from tasks.schemas.paper_facts import W2, PayStub

_EIN = re.compile(r"\b(\d{2})[- ]?(\d{7})\b")
_SSN = re.compile(r"(?<![\d-])(?:\d{3}|[xX*]{3})[- –]{0,3}(?:\d{2}|[xX*]{2})[- –]{0,3}(\d{4})(?![\d-])")
_SSN_LABEL = re.compile(r"\bssn\b|social security (?:n|#)|taxpayer id")
_COMPANY_LABELS = (
    r"employer(?:'s)? name,? (?:and )?address(?:,? and zip code)?",
    r"employer(?:'s)? name",
    r"employer(?! ?(?:'s )?(?:id|state|address))",
    "company(?: name)?",
)
_FORM_WORDS = re.compile(
    r"(?i)\baddress|zip code|employee|wages|tax|period|pay date|statement|federal|earnings|:"
)


def read_w2(grid: Grid) -> W2:
    """The facts of a W-2."""

    def box(*labels: str) -> Fact[Decimal]:
        return beside.money(grid, *labels, boxed=True)

    return W2(
        person=people.person(grid, r"employee(?:'s)? name", r"employee(?:'s)? first name"),
        ssn_end=ssn_end(grid),
        employer=company(grid),
        employer_id=_ein(grid),
        tax_year=days.year(grid),
        wages=box("wages, tips", "wages tips"),
        federal_tax=box("federal income tax"),
        social_security_wages=box("social security wages"),
        medicare_wages=box("medicare wages"),
    )


def read_pay_stub(grid: Grid) -> PayStub:
    """The facts of a pay stub. The amount of the period stands before the one of the year."""
    start, end = days.period(grid, "pay period", "period", "pay dates?", "for the period")
    gross, this_year = _gross(grid)
    return PayStub(
        person=people.person(grid, r"employee(?:'s)? name", "employee"),
        ssn_end=ssn_end(grid),
        employer=company(grid),
        period_start=start
        if start.value
        else days.day(grid, "period (?:beginning|start|begin)", "pay begin date", "from"),
        period_end=end
        if end.value
        else days.day(grid, "period (?:ending|end)", "pay end date", "week ending", "through"),
        pay_date=days.day(grid, "pay da(?:te|y)", "check date", "payment date", "advice date"),
        hours=_hours(grid),
        gross=gross,
        net=beside.money(
            grid, "net pay", "take home pay", "net check", "net amount", "total net pay", boxed=True
        ),
        gross_this_year=this_year,
    )


def _gross(grid: Grid) -> tuple[Fact[Decimal], Fact[Decimal]]:
    """Gross pay of the period, and of the year where it stands in the same row or in the row of the regular pay."""
    gross = beside.money(
        grid,
        "gross pay",
        "total gross",
        "gross earnings",
        "total earnings",
        "current gross",
        "gross wages",
        boxed=True,
    )
    named = beside.money(
        grid,
        r"ytd gross",
        r"gross (?:pay )?ytd",
        "year[- ]to[- ]date gross",
        "gross year to date",
        boxed=True,
    )
    if named.value is not None or gross.value is None:
        return gross, named
    rows = [
        row for row in grid.filled if re.search(r"\bgross\b|\bregular\b|\bsalary\b|total earnings", row.plain)
    ]
    for row in rows:
        numbers = [n for n in find_numbers(row.text, ".") if n.is_money]
        places = [place for place, number in enumerate(numbers) if number.value == gross.value]
        if places and len(numbers) > places[0] + 1:
            later = numbers[places[0] + 1]
            if later.value >= gross.value:
                return gross, Fact[Decimal](value=later.value, evidence=row.evidence, confidence=0.85)
    return gross, Fact[Decimal]()


def _hours(grid: Grid) -> Fact[Decimal]:
    """The hours of regular pay: the number under the head of that column, at most those of a month."""
    for head in grid.filled:
        columns = [
            cell for cell in head.cells if cell.plain.strip() in ("hours", "hrs", "units", "hours/units")
        ]
        if not columns:
            continue
        for row in grid.below(head, 6):
            if not re.match(r"\s*(?:regular|salary|hourly|base)", row.plain):
                continue
            for number in find_numbers(row.text, "."):
                over = number.start < columns[0].end + 2 and columns[0].start - 2 < number.end
                if over and 0 < number.value <= 200 and "$" not in number.text:
                    return Fact[Decimal](value=number.value, evidence=row.evidence, confidence=0.85)
    return Fact[Decimal]()


def company(grid: Grid) -> Fact[str]:
    """The employer beside its label, else the first line of the page that stands over an address and names a company."""
    for label in _COMPANY_LABELS:
        for found in beside.texts(grid, label, reach=2):
            value = found.text.split("  ")[0].strip(" ,")
            if (
                re.search(r"[A-Za-z]{2}", value)
                and not re.match(r"\d", value)
                and not _FORM_WORDS.search(value)
            ):
                return Fact[str](value=value, evidence=found.row.evidence, confidence=beside.SURE)
    for row in grid.filled[:12]:
        for cell in row.cells:
            below = [under.text for later in grid.below(row, 1) for under in later.cells if under.over(cell)]
            is_address = any(re.match(r"\d{1,6} +[A-Za-z]", text) for text in below)
            if (
                is_address
                and not people.name_in(cell.text)
                and not _FORM_WORDS.search(cell.text)
                and re.search(r"[A-Za-z]{2}", cell.text)
            ):
                return Fact[str](value=cell.text, evidence=row.evidence, confidence=0.7)
    return Fact[str]()


def ssn_end(grid: Grid) -> Fact[str]:
    """The last four digits of the social security number in a row, or under a label, that speaks of it."""
    for row in grid.filled:
        if _SSN_LABEL.search(row.plain):
            for holder in (row, *grid.below(row, 2)):
                if match := _SSN.search(holder.text):
                    return Fact[str](value=match[1], evidence=masked(holder.evidence), confidence=0.9)
    return Fact[str]()


def _ein(grid: Grid) -> Fact[str]:
    for row in grid.filled:
        if re.search(r"\bein\b|employer (?:id|identification)", row.plain):
            for holder in (row, *grid.below(row, 2)):
                for match in _EIN.finditer(holder.text):
                    return Fact[str](value=f"{match[1]}-{match[2]}", evidence=holder.evidence, confidence=0.9)
    return Fact[str]()
