"""What counts as an applicant's income: the lowest of what agrees, and a finding where it does not."""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Context, Decimal
from itertools import pairwise

from tasks.offline.mortgage.shelf import CENT, Held, Shelf, is_same, money, value
from tasks.schemas.dossier import Finding
from tasks.schemas.underwriting import IncomeSource, VerifiedIncome
from tasks.schemas.underwriting_settings import UnderwritingRules

NOTHING = Decimal(0)
_WIDE = Context(prec=60)
_FULL_TIME = (Decimal(75), Decimal(85))
"""Regular hours of two weeks of full-time work."""
_PERIODS = (
    (5, 8, 52, "weekly"),
    (12, 14, 26, "every two weeks"),
    (15, 17, 24, "twice a month"),
    (27, 32, 12, "monthly"),
)


def verify(shelf: Shelf, rules: UnderwritingRules) -> VerifiedIncome:
    """The income of one applicant. What is only declared counts for nothing."""
    sources = tuple(sources_of(shelf))
    wages, rule = _wages(sources)
    rent = sum((source.amount for source in sources if source.source == "rent"), NOTHING)
    counted = cents(rent / 12 * rules.rent_counts)
    return VerifiedIncome(
        name=shelf.applicant.name,
        wages_a_year=wages,
        rent_a_month=counted,
        a_month=cents(wages / 12) + counted,
        rule=rule,
        sources=sources,
        findings=tuple(_findings(shelf, sources, rules)),
    )


def cents(amount: Decimal) -> Decimal:
    """*amount* to the cent."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP, context=_WIDE)


def sources_of(shelf: Shelf) -> Iterator[IncomeSource]:
    """Each income that a paper tells, for a year: W-2s, the newest pay stub, tax returns, rents, and what is declared."""
    yield from _from_w2s(shelf)
    for held in shelf.stubs[:1]:
        if (gross := value(held, "gross")) is not None:
            times, how = periods_a_year(held)
            made = cents(gross * times)
            told = f"{money(gross)} {how}, times {times}"
            yield IncomeSource(source="pay stub", amount=made, how=told, paper=held.name)
    for held in shelf.returns:
        if (wages := value(held, "wages")) is not None:
            year = value(held, "tax_year")
            yield IncomeSource(source="tax return", year=year, amount=wages, how="wages", paper=held.name)
    for held in shelf.rentals:
        rent = value(held, "rent_a_month")
        parts = sum(held.facts.rents, NOTHING)
        rent = min(rent, parts) if rent and parts else rent or parts
        if rent:
            told = (
                f"{money(rent)} a month, the lower of total and parts" if parts else f"{money(rent)} a month"
            )
            yield IncomeSource(source="rent", amount=rent * 12, how=told, paper=held.name)
    for held in shelf.applications[:1]:
        if (declared := value(held, "income_a_year")) is not None:
            yield IncomeSource(source="declared", amount=declared, how="declared", paper=held.name)


def _from_w2s(shelf: Shelf) -> Iterator[IncomeSource]:
    """The wages of each year, over all employers; a second copy of one W-2 counts once."""
    years = dict[int, dict[tuple[str, Decimal], str]]()
    for held in shelf.w2s:
        year, wages = value(held, "tax_year"), value(held, "wages")
        if year and wages is not None:
            employer = str(value(held, "employer_id") or value(held, "employer") or "").casefold()
            years.setdefault(year, {}).setdefault((employer, wages), held.name)
    for year, found in sorted(years.items(), reverse=True):
        total = sum((wages for _, wages in found), NOTHING)
        papers = ", ".join(found.values())
        yield IncomeSource(source="W-2", year=year, amount=total, how="box 1", paper=papers)


def periods_a_year(held: Held) -> tuple[int, str]:
    """How often such a period is paid in a year: by the regular hours where they are those of two weeks, else by its days."""
    hours, start, end = (value(held, field) for field in ("hours", "period_start", "period_end"))
    if hours is not None and _FULL_TIME[0] <= hours <= _FULL_TIME[1]:
        return 26, f"for {hours.normalize():f} hours"
    if start is not None and end is not None:
        days = (end - start).days + 1
        for least, most, times, how in _PERIODS:
            if least <= days <= most:
                return times, how
    if hours is not None and 30 <= hours <= 45:
        return 52, f"for {hours.normalize():f} hours"
    return 26, "for a period of unknown length, taken as two weeks"


def _wages(sources: tuple[IncomeSource, ...]) -> tuple[Decimal, str]:
    """The lower of the newest W-2 and the pay stub, by the year; without them the newest tax return."""
    w2 = next((source for source in sources if source.source == "W-2"), None)
    stub = next((source for source in sources if source.source == "pay stub"), None)
    if w2 and stub:
        return min(
            w2.amount, stub.amount
        ), f"the lower of the W-2 for {w2.year} and the newest pay stub for a year"
    if w2:
        return w2.amount, f"the W-2 for {w2.year}; no pay stub says that it goes on"
    if stub:
        return stub.amount, "the newest pay stub for a year; no W-2 bears it out"
    tax = next((source for source in sources if source.source == "tax return"), None)
    if tax:
        return tax.amount, f"the wages in the tax return for {tax.year}"
    return NOTHING, "no paper documents an income"


def _findings(shelf: Shelf, sources: tuple[IncomeSource, ...], rules: UnderwritingRules) -> Iterator[Finding]:
    name = shelf.applicant.name
    documented = [source for source in sources if source.source in ("W-2", "pay stub", "tax return")]
    if not documented:
        yield Finding(rule="no income", weight="stop", about=name, reason="No paper documents an income.")
        return
    first, *others = documented
    for other in others:
        if other.source == "pay stub" and not is_same(first.amount, other.amount, rules.tolerance):
            differ = f"differ by more than {_percent(rules.tolerance)}"
            reason = f"The {_told(first)} and the {_told(other)} {differ}."
            yield _finding("incomes differ", name, reason, first, other)
    for declared in (source for source in sources if source.source == "declared"):
        wages, _ = _wages(sources)
        if not is_same(declared.amount, wages, rules.tolerance):
            reason = f"Declared are {money(declared.amount)} a year; the papers document {money(wages)}."
            yield _finding("declared income", name, reason, declared, first)
    for tax in (source for source in sources if source.source == "tax return"):
        for w2 in (source for source in sources if source.source == "W-2" and source.year == tax.year):
            if not is_same(tax.amount, w2.amount, rules.tolerance / 10):
                reason = f"For {tax.year} the tax return tells wages of {money(tax.amount)}, the W-2 {money(w2.amount)}."
                yield _finding("tax return and W-2", name, reason, tax, w2)
    yield from _falling(name, sources, rules)


def _falling(name: str, sources: tuple[IncomeSource, ...], rules: UnderwritingRules) -> Iterator[Finding]:
    w2s = [source for source in sources if source.source == "W-2"]
    for newer, older in pairwise(w2s):
        if newer.amount < older.amount * (1 - rules.tolerance):
            reason = f"Wages fell from {money(older.amount)} in {older.year} to {money(newer.amount)} in {newer.year}."
            yield _finding("falling income", name, reason, newer, older)


def _finding(rule: str, about: str, reason: str, *sources: IncomeSource) -> Finding:
    papers = tuple(dict.fromkeys(source.paper for source in sources))
    return Finding(rule=rule, weight="ask", about=about, reason=reason, papers=papers)


def _told(source: IncomeSource) -> str:
    year = f" for {source.year}" if source.year else " for a year"
    return f"{source.source}{year} ({money(source.amount)})"


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f} %"
