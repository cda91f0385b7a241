"""What a dossier lacks, holds twice, or holds of somebody else."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from tasks.offline.mortgage.shelf import Shelf, day_of, days_of, newest_day, value
from tasks.schemas.dossier import Applicants, Finding, OwnedPaper, ReadUpload, spoken
from tasks.schemas.underwriting_settings import UnderwritingRules

DUPLICATE, FOREIGN = "duplicate", "foreign paper"
SURE_KIND = 0.5
"""Below it what a paper is is an open question."""
_IDENTITY = {"drivers_license", "state_id", "passport"}
_PERMITS = {"borrower_authorization"}
_SAME_FACTS = (
    "tax_year",
    "period_start",
    "period_end",
    "pay_date",
    "wages",
    "gross",
    "account_end",
    "ending",
    "balance",
    "price",
)


def missing(shelf: Shelf, rules: UnderwritingRules, as_of: dt.date | None) -> Iterator[Finding]:
    """The papers that an applicant has to bring and did not."""
    kinds = shelf.kinds()
    if "loan_application" not in kinds:
        yield _missing(shelf, "a loan application", "stop")
    if not kinds & _IDENTITY:
        yield _missing(shelf, "a driver's license, passport or other card with a photograph")
    if not kinds & _PERMITS:
        yield _missing(shelf, "a signed authorization to obtain credit and employment data")
    yield from _missing_wages(shelf, rules, as_of)
    months = {(day.year, day.month) for held in shelf.statements if (day := day_of(held.facts)).year > 1900}
    if len(months) < rules.bank_months:
        yield _missing(shelf, f"bank statements of {rules.bank_months} months ({len(months)} there)")
    buys = any("purchase" in str(value(held, "purpose") or "").casefold() for held in shelf.applications)
    if buys and "purchase_agreement" not in kinds:
        yield _missing(shelf, "the purchase agreement")


def _missing_wages(shelf: Shelf, rules: UnderwritingRules, as_of: dt.date | None) -> Iterator[Finding]:
    years = {value(held, "tax_year") for held in shelf.w2s} - {None}
    returns = {value(held, "tax_year") for held in shelf.returns} - {None}
    due = _years_due(as_of)
    for year in due:
        if year not in years and year not in returns:
            yield _missing(shelf, f"the W-2 for {year}")
    if not shelf.stubs:
        yield _missing(shelf, f"pay stubs of the last {rules.stub_days} days")
        return
    covered = sum(_days(held.facts) for held in shelf.stubs)
    if 0 < covered < rules.stub_days - 2:
        yield _missing(shelf, f"pay stubs that cover {rules.stub_days} days ({covered} there)")
    newest = day_of(shelf.stubs[0].facts)
    if as_of is not None and newest.year > 1900 and (as_of - newest).days > rules.oldest_stub_days:
        reason = f"The newest pay stub is {(as_of - newest).days} days older than the newest paper."
        yield Finding(
            rule="old pay stub",
            weight="ask",
            about=shelf.applicant.name,
            reason=reason,
            papers=(shelf.stubs[0].name,),
        )


def _years_due(as_of: dt.date | None) -> tuple[int, ...]:
    """The two years whose W-2s everybody has by then: those of last year are out at the end of January."""
    if as_of is None:
        return ()
    last = as_of.year - 1 if as_of.month > 1 else as_of.year - 2
    return last, last - 1


def _days(facts: Any) -> int:
    start, end = facts.period_start.value, facts.period_end.value
    return (end - start).days + 1 if start and end else 0


def _missing(shelf: Shelf, what: str, weight: Any = "ask") -> Finding:
    return Finding(rule="missing", weight=weight, about=shelf.applicant.name, reason=f"Missing: {what}.")


def duplicates(owned: Sequence[OwnedPaper], uploads: Sequence[ReadUpload]) -> Iterator[Finding]:
    """Uploads with the same bytes, and papers that say the same under other bytes."""
    for upload in uploads:
        if upload.same_as is not None:
            reason = f"{upload.file} has the same bytes as {upload.same_as}; it counts once."
            yield Finding(rule=DUPLICATE, weight="note", reason=reason, papers=(upload.same_as, upload.file))
    seen = dict[tuple[Any, ...], str]()
    for entry in sorted(owned, key=lambda entry: entry.paper.name):
        told = _said(entry)
        if told is None:
            continue
        if told in seen:
            reason = f"{entry.paper.name} says the same as {seen[told]}: a second copy of the {spoken(entry.paper.kind)}."
            papers = (seen[told], entry.paper.name)
            yield Finding(
                rule=DUPLICATE, weight="note", about=entry.paper.person, reason=reason, papers=papers
            )
        seen.setdefault(told, entry.paper.name)


def _said(entry: OwnedPaper) -> tuple[Any, ...] | None:
    """What makes two papers one: kind, person, period and sums; None where too little is read to say so."""
    facts = entry.paper.read.facts
    told = tuple(getattr(facts, name).value for name in _SAME_FACTS if hasattr(facts, name))
    is_dated = any(value is not None for value in told[:1]) or next(days_of(facts), None) is not None
    if not entry.paper.person or not is_dated or sum(value is not None for value in told) < 2:
        return None
    return (entry.paper.kind, entry.paper.person.casefold(), *told)


def foreign(owned: Sequence[OwnedPaper]) -> Iterator[Finding]:
    """Papers of people who do not apply, and papers of nobody."""
    for entry in owned:
        if entry.owner in ("other person", "nobody"):
            reason = f"{entry.paper.name} ({spoken(entry.paper.kind)}) does not belong here: {entry.why}."
            papers = (entry.paper.name,)
            yield Finding(rule=FOREIGN, weight="note", reason=reason, papers=papers)


def unclear(owned: Sequence[OwnedPaper]) -> Iterator[Finding]:
    """Papers of which it is not sure what they are."""
    for entry in owned:
        if entry.paper.kind == "other" or entry.paper.classified.confidence < SURE_KIND:
            reason = f"It is not sure what {entry.paper.name} is ({spoken(entry.paper.kind)}?)."
            yield Finding(rule="unclear paper", weight="ask", reason=reason, papers=(entry.paper.name,))


def broken(uploads: Sequence[ReadUpload]) -> Iterator[Finding]:
    """Uploads that are no paper that anybody could read."""
    for upload in uploads:
        if upload.status != "read":
            reason = f"{upload.file} cannot be read: {upload.reason}"
            yield Finding(rule="broken file", weight="ask", reason=reason, papers=(upload.file,))


def several_loans(shelves: Sequence[Shelf]) -> Iterator[Finding]:
    """Applications of borrower and co-borrower are for one loan."""
    told = [(shelf, held) for shelf in shelves for held in shelf.applications]
    homes = {str(value(held, "property_address") or "").casefold() for _, held in told} - {""}
    amounts = {value(held, "loan_amount") for _, held in told} - {None}
    if len(homes) > 1 or len(amounts) > 1:
        wanted = "; ".join(
            f"{shelf.applicant.name}: ${value(held, 'loan_amount') or 0:,.2f} for {value(held, 'property_address') or 'no home'}"
            for shelf, held in told
        )
        reason = f"The applications are for different loans ({wanted}): is this one dossier?"
        yield Finding(
            rule="several loans", weight="stop", reason=reason, papers=tuple(held.name for _, held in told)
        )


def nobody_applies(applicants: Applicants) -> Iterator[Finding]:
    """Somebody has to apply."""
    if not applicants.people:
        yield Finding(rule="nobody applies", weight="stop", reason="No paper says who applies.")


def gaps(
    applicants: Applicants,
    owned: Sequence[OwnedPaper],
    uploads: Sequence[ReadUpload],
    rules: UnderwritingRules,
) -> tuple[Finding, ...]:
    """Everything of this module, in this order."""
    shelves = [Shelf.of(applicant, owned) for applicant in applicants.people]
    as_of = newest_day(shelves)
    return (
        *nobody_applies(applicants),
        *several_loans(shelves),
        *(finding for shelf in shelves for finding in missing(shelf, rules, as_of)),
        *broken(uploads),
        *unclear(owned),
        *duplicates(owned, uploads),
        *foreign(owned),
    )
