"""Where the papers of one applicant contradict each other or themselves. Each rule is a function."""

import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from tasks.offline.mortgage.shelf import (
    Held,
    Shelf,
    day_of,
    is_named_in,
    is_one_address,
    is_same,
    money,
    value,
)
from tasks.schemas.dossier import Finding, Weight, spoken
from tasks.schemas.underwriting_settings import UnderwritingRules

Rule = Callable[[Shelf, UnderwritingRules], Iterator[Finding]]
_EXACT = Decimal("0.001")


def contradictions(shelf: Shelf, rules: UnderwritingRules) -> tuple[Finding, ...]:
    """Everything that does not fit together, in the order of the rules."""
    return tuple(finding for rule in RULES for finding in rule(shelf, rules))


def born_on_one_day(shelf: Shelf, rules: UnderwritingRules) -> Iterator[Finding]:
    """Application and cards name one day of birth."""
    told = _by_value([*shelf.applications, *shelf.identities], "born")
    if len(told) > 1:
        days = " and ".join(
            f"{day.isoformat()} ({', '.join(papers)})" for day, papers in sorted(told.items())
        )
        yield _finding(
            shelf, "day of birth", "stop", f"The papers name several days of birth: {days}.", *told.values()
        )


def one_number(shelf: Shelf, rules: UnderwritingRules) -> Iterator[Finding]:
    """All papers name one social security number, as far as it is printed."""
    held = [Held(paper, paper.read.facts) for paper in shelf.papers if hasattr(paper.read.facts, "ssn_end")]
    told = _by_value(held, "ssn_end")
    if len(told) > 1:
        ends = " and ".join(f"{end} ({', '.join(papers)})" for end, papers in sorted(told.items()))
        reason = f"The social security numbers end differently: {ends}."
        yield _finding(shelf, "social security number", "stop", reason, *told.values())


def lives_at_one_address(shelf: Shelf, rules: UnderwritingRules) -> Iterator[Finding]:
    """The address of the application is that of the cards and tax returns."""
    for declared in shelf.applications[:1]:
        if (home := value(declared, "address")) is None:
            continue
        for held in [*shelf.identities, *shelf.returns[:1]]:
            other = value(held, "address")
            if other and not is_one_address(home, other):
                reason = f"The application names {home} as home, the {spoken(held.paper.kind)} {other}."
                yield _finding(shelf, "address", "ask", reason, [declared.name], [held.name])


def card_is_valid(shelf: Shelf, rules: UnderwritingRules) -> Iterator[Finding]:
    """A card had not run out on the newest day of the papers."""
    newest = max((day_of(paper.read.facts) for paper in shelf.papers), default=dt.date(1900, 1, 1))
    for held in shelf.identities:
        ends = value(held, "expires")
        if ends is not None and ends < newest:
            reason = f"The card ran out on {ends.isoformat()}."
            yield _finding(shelf, "card has run out", "ask", reason, [held.name])


def stub_and_w2_are_of_one_employer(shelf: Shelf, rules: UnderwritingRules) -> Iterator[Finding]:
    """The newest pay stub comes from the employer of the newest W-2."""
    for stub, w2 in zip(shelf.stubs[:1], shelf.w2s[:1], strict=False):
        one, other = value(stub, "employer"), value(w2, "employer")
        if one and other and _plain(one) != _plain(other):
            reason = (
                f"The newest pay stub comes from {one}, the newest W-2 from {other}: was the job changed?"
            )
            yield _finding(shelf, "employer", "ask", reason, [stub.name], [w2.name])


def works_for_others(shelf: Shelf, rules: UnderwritingRules) -> Iterator[Finding]:
    """An employer that is named like the applicant may be a firm of one's own, whose income is counted otherwise."""
    told = _by_value([*shelf.stubs, *shelf.w2s], "employer")
    for employer, papers in sorted(told.items()):
        if is_named_in(shelf.applicant.name, employer):
            reason = f"The employer {employer} is named like the applicant: is this a firm of one's own?"
            yield _finding(shelf, "own firm", "ask", reason, papers)


def year_to_date_grows(shelf: Shelf, rules: UnderwritingRules) -> Iterator[Finding]:
    """From one pay stub to the next of a year the sum of the year grows by a period's pay."""
    stubs = sorted(shelf.stubs, key=lambda held: (day_of(held.facts), held.name))
    for before, after in itertools.pairwise(stubs):
        one, other = value(before, "gross_this_year"), value(after, "gross_this_year")
        days = day_of(before.facts), day_of(after.facts)
        if one is None or other is None or days[0].year != days[1].year or days[0] == days[1]:
            continue
        if other - one < (value(after, "gross") or Decimal(0)) * (1 - rules.tolerance):
            reason = (
                f"From the stub up to {days[0].isoformat()} to the one up to {days[1].isoformat()} the sum of the year went "
                f"from {money(one)} to {money(other)}, which is less than a period's pay."
            )
            yield _finding(shelf, "year to date", "ask", reason, [before.name], [after.name])


def statement_adds_up(shelf: Shelf, rules: UnderwritingRules) -> Iterator[Finding]:
    """Beginning, deposits and withdrawals make the end, and the rows make the sums."""
    for held in shelf.statements:
        begin, plus, minus, end = (
            value(held, name) for name in ("beginning", "deposits", "withdrawals", "ending")
        )
        if None not in (begin, plus, minus, end) and not is_same(begin + plus - minus, end, _EXACT / 10):
            reason = f"{money(begin)} and {money(plus)} less {money(minus)} make {money(begin + plus - minus)}, not {money(end)}."
            yield _finding(shelf, "statement does not add up", "ask", reason, [held.name])
        entries = held.facts.entries
        for total, sign, what in ((plus, 1, "deposits"), (minus, -1, "withdrawals")):
            rows = [entry.amount * sign for entry in entries if entry.amount * sign > 0]
            if total is not None and rows and not is_same(sum(rows, Decimal(0)), total, _EXACT):
                reason = (
                    f"The rows show {what} of {money(sum(rows, Decimal(0)))}, the summary {money(total)}."
                )
                yield _finding(shelf, f"rows and {what}", "ask", reason, [held.name])


def statements_follow(shelf: Shelf, rules: UnderwritingRules) -> Iterator[Finding]:
    """A month begins with what the month before ended with."""
    accounts = dict[str, list[Held]]()
    for held in shelf.statements:
        accounts.setdefault(str(value(held, "account_end")), []).append(held)
    for _, statements in sorted(accounts.items()):
        for before, after in itertools.pairwise(statements):
            end, begin = value(before, "ending"), value(after, "beginning")
            first, last = value(before, "period_end"), value(after, "period_start")
            if None in (end, begin, first, last) or not dt.timedelta(0) <= last - first <= dt.timedelta(3):
                continue
            if not is_same(end, begin, Decimal(0)):
                reason = f"One month ends with {money(end)}, the next begins with {money(begin)}."
                yield _finding(shelf, "statements do not follow", "ask", reason, [before.name], [after.name])


def rents_make_the_total(shelf: Shelf, rules: UnderwritingRules) -> Iterator[Finding]:
    """The rents of the properties make the total."""
    for held in shelf.rentals:
        total, parts = value(held, "rent_a_month"), held.facts.rents
        if total is not None and parts and not is_same(sum(parts, Decimal(0)), total, _EXACT):
            reason = f"The rents make {money(sum(parts, Decimal(0)))} a month, the total says {money(total)}."
            yield _finding(shelf, "rents", "ask", reason, [held.name])


def contract_is_the_loan(shelf: Shelf, rules: UnderwritingRules) -> Iterator[Finding]:
    """Application and contract speak of one home and one loan, and the parts of the price make the price."""
    for held in shelf.purchases:
        price, down, loan = (value(held, name) for name in ("price", "down_payment", "loan_amount"))
        if None not in (price, down, loan) and not is_same(down + loan, price, _EXACT):
            reason = f"Down payment and loan make {money(down + loan)}, the price is {money(price)}."
            yield _finding(shelf, "price", "ask", reason, [held.name])
        for declared in shelf.applications[:1]:
            wanted, home = value(declared, "loan_amount"), value(declared, "property_address")
            if wanted is not None and loan is not None and not is_same(wanted, loan, Decimal(0)):
                reason = f"The application asks for {money(wanted)}, the contract counts on {money(loan)}."
                yield _finding(shelf, "loan amount", "ask", reason, [declared.name], [held.name])
            bought = value(held, "property_address")
            if home and bought and not is_one_address(home, bought):
                reason = f"The application is for {home}, the contract for {bought}."
                yield _finding(shelf, "property", "ask", reason, [declared.name], [held.name])


def large_deposits(shelf: Shelf, rules: UnderwritingRules) -> Iterator[Finding]:
    """A deposit that is no pay and a large part of a month's pay has a source that somebody can name."""
    pay = max((value(held, "gross") or Decimal(0) for held in shelf.stubs), default=Decimal(0))
    if not pay:
        return
    for held in shelf.statements:
        for entry in held.facts.entries:
            is_pay = any(
                word in entry.description.casefold()
                for word in ("direct dep", "payroll", "salary", "transfer from")
            )
            if entry.amount > 2 * pay * rules.large_deposit and not is_pay:
                reason = f"{money(entry.amount)} came in ({entry.description}): from where?"
                yield _finding(shelf, "large deposit", "ask", reason, [held.name])


def _by_value(held: list[Held], field: str) -> dict[Any, list[str]]:
    """The names of papers by what they say of *field*; unsure readings are left out."""
    told = dict[Any, list[str]]()
    for one in held:
        fact = getattr(one.facts, field)
        if fact.value is not None and fact.confidence >= 0.5:
            told.setdefault(fact.value, []).append(one.name)
    return told


def _plain(name: str) -> str:
    words = "".join(letter if letter.isalnum() else " " for letter in name.casefold()).split()
    return "".join(
        word for word in words if word not in ("llc", "inc", "corp", "co", "ltd", "company", "the")
    )


def _finding(shelf: Shelf, rule: str, weight: Weight, reason: str, *papers: list[str]) -> Finding:
    named = tuple(dict.fromkeys(name for some in papers for name in some))
    return Finding(rule=rule, weight=weight, about=shelf.applicant.name, reason=reason, papers=named)


RULES: tuple[Rule, ...] = (
    born_on_one_day,
    one_number,
    lives_at_one_address,
    card_is_valid,
    stub_and_w2_are_of_one_employer,
    works_for_others,
    year_to_date_grows,
    statement_adds_up,
    statements_follow,
    rents_make_the_total,
    contract_is_the_loan,
    large_deposits,
)
"""The rules in the order their findings are told."""
