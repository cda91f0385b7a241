"""The papers of one applicant, by what they are: each fact with the name of the paper that states it."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from tasks.schemas.dossier import Applicant, OwnedPaper, ReadPaper
from tasks.schemas.paper_facts import (
    W2,
    BankStatement,
    DebtStatement,
    Identity,
    LoanApplication,
    PayStub,
    PurchaseAgreement,
    RentalIncome,
    TaxReturn,
)

F = TypeVar("F")
CENT = Decimal("0.01")
_EPOCH = dt.date(1900, 1, 1)


@dataclass(frozen=True)
class Held:
    """A paper with its facts in their own type."""

    paper: ReadPaper
    facts: Any

    @property
    def name(self) -> str:
        """The paper's name for people."""
        return self.paper.name


@dataclass(frozen=True)
class Shelf:
    """The papers of one applicant, in an order of their own: not that in which they were uploaded."""

    applicant: Applicant
    papers: tuple[ReadPaper, ...]

    @classmethod
    def of(cls, applicant: Applicant, owned: Sequence[OwnedPaper]) -> "Shelf":
        """What *owned* holds of the *applicant*."""
        own = (entry.paper for entry in owned if entry.owner == applicant.role)
        return cls(applicant, tuple(sorted(own, key=lambda paper: (paper.kind, paper.name, paper.pages))))

    def held(self, form: type) -> list[Held]:
        """Those of one form."""
        return [Held(paper, paper.read.facts) for paper in self.papers if isinstance(paper.read.facts, form)]

    def kinds(self) -> set[str]:
        """What there is."""
        return {paper.kind for paper in self.papers}

    @property
    def w2s(self) -> list[Held]:
        """W-2s, the newest first."""
        return sorted(self.held(W2), key=lambda held: (-(held.facts.tax_year.value or 0), held.name))

    @property
    def stubs(self) -> list[Held]:
        """Pay stubs, the newest first."""
        return sorted(self.held(PayStub), key=lambda held: (_EPOCH - day_of(held.facts), held.name))

    @property
    def returns(self) -> list[Held]:
        """Tax returns, the newest first."""
        return sorted(self.held(TaxReturn), key=lambda held: (-(held.facts.tax_year.value or 0), held.name))

    @property
    def statements(self) -> list[Held]:
        """Bank statements, the oldest first."""
        return sorted(self.held(BankStatement), key=lambda held: (day_of(held.facts), held.name))

    @property
    def applications(self) -> list[Held]:
        """Applications."""
        return self.held(LoanApplication)

    @property
    def identities(self) -> list[Held]:
        """Cards that say who somebody is."""
        return self.held(Identity)

    @property
    def debts(self) -> list[Held]:
        """Statements of debts."""
        return self.held(DebtStatement)

    @property
    def purchases(self) -> list[Held]:
        """Purchase agreements."""
        return self.held(PurchaseAgreement)

    @property
    def rentals(self) -> list[Held]:
        """Statements of rents."""
        return self.held(RentalIncome)


def day_of(facts: Any) -> dt.date:
    """The newest day that *facts* speak for; 1900 where they name none."""
    return max(days_of(facts), default=_EPOCH)


def days_of(facts: Any) -> Iterator[dt.date]:
    """The days on which a paper was made or up to which it tells; no day of birth, none on which something ends."""
    for field in ("period_end", "pay_date", "signed", "day"):
        fact = getattr(facts, field, None)
        if fact is not None and fact.value is not None:
            yield fact.value


def newest_day(shelves: Sequence[Shelf]) -> dt.date | None:
    """The newest day that the papers of applicants tell."""
    return max(
        (day for shelf in shelves for paper in shelf.papers for day in days_of(paper.read.facts)),
        default=None,
    )


def value(held: Held, field: str) -> Any:
    """The value of one fact, or None."""
    return getattr(held.facts, field).value


def is_same(one: Decimal, other: Decimal, tolerance: Decimal) -> bool:
    """Do two amounts differ by no more than that share of the larger one, or by a cent?"""
    return abs(one - other) <= max(max(abs(one), abs(other)) * tolerance, CENT)


def is_one_address(one: str, other: str) -> bool:
    """Do two addresses begin with the same house number and street?"""
    return _street(one) == _street(other)


def _street(address: str) -> str:
    words = "".join(
        letter if letter.isalnum() else " " for letter in address.split(",", maxsplit=1)[0].casefold()
    ).split()
    short = {
        "street": "st",
        "avenue": "ave",
        "boulevard": "blvd",
        "drive": "dr",
        "court": "ct",
        "lane": "ln",
        "road": "rd",
        "place": "pl",
    }
    return " ".join(short.get(word, word) for word in words)


def money(amount: Decimal) -> str:
    """An amount for a person.

    >>> money(Decimal("1234.5"))
    '$1,234.50'
    """
    return f"-${-amount:,.2f}" if amount < 0 else f"${amount:,.2f}"


def is_named_in(person: str, text: str) -> bool:
    """Does the family name of *person* stand in *text*?"""
    family = person.rsplit(maxsplit=1)[-1].casefold() if person.split() else ""
    return len(family) > 2 and family in text.casefold().replace(",", " ").split()
