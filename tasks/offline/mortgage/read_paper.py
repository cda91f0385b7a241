"""The door: the text of a paper and what it is in, its facts out. Rules, not a language model."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tasks.offline.fold import fold
from tasks.offline.grid import Grid, read_grid
from tasks.offline.mortgage import accounts, beside, days, debts, declared, people, wages
from tasks.schemas.frozen import Frozen
from tasks.schemas.invoice import Fact
from tasks.schemas.paper import PaperKind
from tasks.schemas.paper_facts import FORMS, Identity, OtherPaper, PurchaseAgreement, RentalIncome, TaxReturn

MOST_PAGES = 20
"""Pages of a paper that are looked at; what a paper is about stands on its first ones."""
NO_PERSON = ("invoice", "receipt", "other")
"""Kinds in which a name that is found is not the person a paper is about."""
_ISSUER = r"(?i)^(?!.*(?:foreign|postal|telephone|omb no|rents|\d\d))[a-z][a-z0-9&.,' -]{2,40}$"
_CITY = re.compile(r"\b[A-Z]{2},? *\d{5}")


def read_paper(kind: PaperKind, text: str) -> Frozen:
    """The facts of a paper of *kind*, as the form that `FORMS` names for it. Pure; about 10 ms a page."""
    form = FORMS.get(kind, OtherPaper)
    if form.__name__ == "LoanApplication":
        return declared.read_application(text)
    grid = read_grid("\f".join(text.split("\f", MOST_PAGES)[:MOST_PAGES]))
    if form is OtherPaper:
        return _other(kind, grid)
    return _READERS[form.__name__](grid)


def _tax_return(grid: Grid) -> TaxReturn:
    return TaxReturn(
        person=people.person(grid, "name", "your first name", "taxpayer(?: name)?"),
        ssn_end=wages.ssn_end(grid),
        address=_address(grid),
        tax_year=days.year(grid),
        filing_status=beside.text(grid, "filing status", like="[A-Za-z]{4}", reach=1),
        wages=beside.money(grid, "wages, salaries", "total amount from form", "wages", boxed=True),
        total_income=beside.money(grid, "total income", ".{0,90}this is your total income", boxed=True),
        adjusted_gross_income=beside.money(
            grid, "adjusted gross income", ".{0,90}this is your adjusted gross income", boxed=True
        ),
        taxable_income=beside.money(grid, "taxable income", ".{0,90}this is your taxable income", boxed=True),
    )


def _identity(grid: Grid) -> Identity:
    return Identity(
        person=_card_person(grid),
        ssn_end=wages.ssn_end(grid),
        born=days.day(grid, r"(?:\d[a-z]? )?dob", "date of birth", "birth date", "born"),
        expires=days.day(
            grid,
            r"(?:\d[a-z]? )?exp(?:ires|iration)?(?: date)?\b",
            "date of expiration",
            "date or exp",
            "expiration",
        ),
        address=_address(grid),
    )


def _card_person(grid: Grid) -> Fact[str]:
    """As on other papers; on a card without labels the one line that looks like a name, also one that lost its space."""
    found = people.person(grid)
    if found.value is not None:
        return found
    for row in grid.filled:
        for cell in row.cells:
            if (name := people.name_in(cell.text)) is not None:
                return Fact[str](value=name, evidence=row.evidence, confidence=0.6)
    for row in grid.filled:
        alone = len(row.cells) == 1 and re.fullmatch(r"[A-Z]{5,30}", row.cells[0].text)
        if alone and not people.is_word_of_a_form(row.plain):
            return Fact[str](value=row.cells[0].text, evidence=row.evidence, confidence=0.4)
    return Fact[str]()


def _address(grid: Grid) -> Fact[str]:
    """A street and the city under it or behind it."""
    for found in beside.texts(grid, r"(?:\d )?(?:home |street |mailing |current )?address(?! of)", reach=1):
        if re.match(r"\d+ +\w", found.text):
            lines = [found.text]
            lines += [
                cell.text
                for row in grid.below(found.row, 1)
                for cell in row.cells
                if _CITY.search(cell.text.upper())
            ][:1]
            whole = ", ".join(lines) if not _CITY.search(found.text.upper()) else found.text
            return Fact[str](value=whole, evidence=found.row.evidence, confidence=0.85)
    for row in grid.filled:
        for cell in row.cells:
            street = re.match(r"(?:8 )?(\d{1,6} [A-Z][\w .]{3,40})$", cell.text)
            cities = [
                under.text
                for later in grid.below(row, 1)
                for under in later.cells
                if _CITY.search(under.text.upper())
            ]
            if street and cities:
                return Fact[str](value=f"{street[1]}, {cities[0]}", evidence=row.evidence, confidence=0.6)
    return Fact[str]()


def _purchase(grid: Grid) -> PurchaseAgreement:
    return PurchaseAgreement(
        person=people.person(grid, r"buyer(?:\(s\)|s)?(?:'s)?(?: name)?", "purchaser(?:s)?"),
        property_address=beside.text(
            grid, "property address", "address", "property", like=r"\d+ +\w", reach=2
        ),
        price=beside.money(grid, "(?:total )?(?:purchase|sales?|contract) price", "price", boxed=True),
        down_payment=beside.money(grid, "down ?payment", boxed=True),
        loan_amount=beside.money(
            grid, "(?:new )?(?:first )?loan amount", "amount financed", "mortgage amount", boxed=True
        ),
        signed=days.day(grid, "contract date", "date of (?:contract|agreement)", "effective date", "dated?"),
    )


def _rental(grid: Grid) -> RentalIncome:
    rents = tuple(
        amount
        for row in grid.filled
        if re.match(r"\W*(?:gross )?monthly rent(?:al)?\b(?! income)", row.plain)
        for amount in _first_amount(row.text)
    )
    return RentalIncome(
        person=people.person(grid, "property owner(?: name)?", "owner(?: name)?", "landlord", "name"),
        rent_a_month=beside.money(
            grid, "total monthly rent", "(?:gross )?monthly rental income", "total rent", boxed=True
        ),
        rents=rents,
    )


def _first_amount(line: str) -> tuple[Decimal, ...]:
    found = [number for number in beside.find_numbers(line, ".") if beside.is_amount(line, number)]
    return tuple(number.value for number in found[:1])


def _other(kind: PaperKind, grid: Grid) -> OtherPaper:
    form_1099 = kind.startswith("1099")
    issuer = beside.text(grid, r"payer'?s name[^\n]*", like=_ISSUER, reach=5) if form_1099 else Fact[str]()
    held = next(
        (
            found
            for row in grid.filled
            if re.search(r"\bdate\b", fold(row.text))
            for found in days.days_in(row.text)
        ),
        None,
    )
    return OtherPaper(
        person=Fact[str]() if kind in NO_PERSON else _other_person(grid, form_1099=form_1099),
        ssn_end=wages.ssn_end(grid),
        issuer=issuer,
        tax_year=days.year(grid) if form_1099 else Fact(),
        day=Fact(value=held, evidence="date", confidence=0.6) if held else Fact(),
    )


def _other_person(grid: Grid, *, form_1099: bool) -> Fact[str]:
    """Of a 1099 the recipient, who may be a firm."""
    if form_1099:
        for found in beside.texts(grid, r"recipient'?s name", reach=5):
            if re.match(r"[A-Z][A-Za-z&.'-]+(?: [A-Z][A-Za-z&.'-]*)+$", found.text) and "name" not in fold(
                found.text
            ):
                return Fact[str](value=people.cased(found.text), evidence=found.row.evidence, confidence=0.85)
    return people.person(grid)


_READERS: dict[str, Callable[[Grid], Any]] = {
    "W2": wages.read_w2,
    "PayStub": wages.read_pay_stub,
    "BankStatement": accounts.read_bank_statement,
    "TaxReturn": _tax_return,
    "Identity": _identity,
    "DebtStatement": debts.read_debt_statement,
    "PurchaseAgreement": _purchase,
    "RentalIncome": _rental,
}
