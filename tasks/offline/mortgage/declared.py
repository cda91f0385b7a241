"""What an applicant declares: the form 1003, or its data as JSON."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from tasks.offline.grid import Grid, read_grid
from tasks.offline.mortgage import beside, days, people
from tasks.offline.mortgage.classify import json_keys, squeezed
from tasks.offline.mortgage.wages import ssn_end
from tasks.schemas.invoice import Fact
from tasks.schemas.paper_facts import LoanApplication

_MONTHLY = ("base", "overtime", "bonus", "commission", "entitlements", "other")
_PERSON = ("applicant", "applicantname", "borrower", "borrowername", "primaryborrower", "fullname", "name")
_CO = ("coborrower", "coborrowername", "coapplicant", "coapplicantname", "jointapplicant")
_SEVERAL = ("borrowers", "applicants")
_STREET = ("streetaddress", "currentaddress", "address", "street", "addressline1")
_PROPERTY = ("propertystreet", "propertyaddress", "subjectproperty", "subjectpropertyaddress")


def read_application(text: str) -> LoanApplication:
    """The facts of an application. A month's income is told as twelve of them."""
    return _from_json(text) if json_keys(text) else _from_form(read_grid(text))


def _from_json(text: str) -> LoanApplication:
    told = dict[str, Any]()
    for key, value in _leaves(json.loads(text.replace("\f", "\n"))):
        told.setdefault(key, value)

    def first(*names: str) -> str | None:
        return next((str(told[name]).strip() for name in names if told.get(name) not in (None, "")), None)

    given, family = first("firstname", "givenname"), first("lastname", "familyname", "surname")
    person = first(*_PERSON) or (f"{given} {family}" if given and family else None)
    yearly, monthly = (
        _decimal(first("annualincome", "yearlyincome", "grossannualincome")),
        _decimal(first("monthlyincome", "grossmonthlyincome")),
    )
    born = days.days_in(first("dob", "dateofbirth", "birthdate", "born") or "")
    ssn = re.sub(r"\D", "", first("ssn", "socialsecuritynumber", "ssnlast4") or "")
    return LoanApplication(
        person=_fact(person),
        co_applicant=_fact(first(*_CO)),
        ssn_end=_fact(ssn[-4:] if len(ssn) >= 4 else None),
        born=_fact(born[0] if born else None),
        address=_fact(
            _address(first(*_STREET), first("city"), first("state"), first("zipcode", "zip", "postalcode"))
        ),
        employer=_fact(first("employer", "employername", "company")),
        employment=_fact(first("employmenttype", "employmentstatus", "employment")),
        income_a_year=_fact(yearly if yearly is not None else monthly and monthly * 12),
        debts_a_month=_fact(
            _decimal(first("monthlydebt", "monthlydebts", "monthlyliabilities", "totalmonthlydebt"))
        ),
        loan_amount=_fact(
            _decimal(first("loanamount", "requestedamount", "amountrequested", "requestedloanamount"))
        ),
        property_address=_fact(
            _address(first(*_PROPERTY), first("propertycity"), first("propertystate"), first("propertyzip"))
        ),
        purpose=_fact(first("loanpurpose", "purpose")),
        occupancy=_fact(first("occupancytype", "occupancy", "propertyuse")),
        product=_fact(first("producttype", "loantype", "product", "loanproduct")),
    )


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Names and plain values, the outer ones first; a person in an object of its own is that object's name.

    Of a list of borrowers the first is the borrower, the second the co-borrower.
    """
    if isinstance(value, dict):
        inner = {squeezed(str(key)): item for key, item in value.items()}
        names = [str(inner[key]) for key in ("firstname", "lastname") if inner.get(key)]
        whole = inner.get("name") or inner.get("fullname") or " ".join(names)
        if name in (*_PERSON, *_CO) and isinstance(whole, str) and whole:
            yield name, whole
        if name in _CO:
            return
        yield from ((key, item) for key, item in inner.items() if not isinstance(item, dict | list))
        for key, item in inner.items():
            if isinstance(item, dict | list):
                yield from _leaves(item, key)
    elif isinstance(value, list):
        several = name in _SEVERAL
        for place, item in enumerate(value):
            yield from _leaves(item, ("borrower", "coborrower")[min(place, 1)] if several else name)


def _fact(value: Any) -> Any:
    return Fact() if value is None else Fact(value=value, evidence="the application's data", confidence=0.99)


def _decimal(text: str | None) -> Decimal | None:
    try:
        amount = Decimal(re.sub(r"[$,\s]", "", text or ""))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < beside.NO_AMOUNT else None


def _address(street: str | None, city: str | None, state: str | None, code: str | None) -> str | None:
    if not street:
        return None
    place = " ".join(part for part in (state, code) if part)
    return ", ".join(part for part in (street, city, place) if part)


def _from_form(grid: Grid) -> LoanApplication:
    born = next(
        (days.days_in(row.text) for row in _after(grid, "date of birth") if days.days_in(row.text)), ()
    )
    income = _monthly_income(grid)
    return LoanApplication(
        person=people.person(
            grid, r"name \(first, middle, last", r"borrower(?:'s)? name", "applicant(?: name)?"
        ),
        co_applicant=people.person_beside(
            grid, r"co-?borrower(?:'s)?(?: name)?", "co-?applicant(?: name)?", "list name"
        ),
        ssn_end=ssn_end(grid),
        born=Fact(value=born[0], evidence="Date of Birth", confidence=0.8) if born else Fact(),
        address=_form_address(grid),
        employer=beside.text(
            grid, "employer or business name", "employer(?: name)?", like="[A-Za-z]{3}", reach=1
        ),
        employment=Fact(),
        income_a_year=income.model_copy(update={"value": income.value and income.value * 12}),
        debts_a_month=beside.money(grid, "total monthly (?:debts?|liabilities|payments)", boxed=True),
        loan_amount=beside.money(grid, "loan amount", boxed=True),
        property_address=beside.text(grid, "(?:subject )?property address", like=r"\d+ +[A-Za-z]"),
        purpose=beside.text(grid, "loan purpose", like="[A-Za-z]{3}", reach=1),
        occupancy=beside.text(grid, "occupancy", like="[A-Za-z]{3}", reach=1),
        product=Fact(),
    )


def _after(grid: Grid, label: str) -> Iterator[Any]:
    for row in grid.filled:
        if label in row.plain:
            yield row
            yield from grid.below(row, 3)


def _monthly_income(grid: Grid) -> Fact[Decimal]:
    """The sum of the first amount a month of each sort, as the form 1003 lists them."""
    first = dict[str, tuple[Decimal, str]]()
    for row in grid.filled:
        if match := re.search(
            r"\b(base|overtime|bonus|commission|entitlements|other) {1,12}\$? {0,9}(\d[\d,]{0,11}(?:\.\d\d)?) ?/ ?month",
            row.plain,
        ):
            first.setdefault(match[1], (Decimal(match[2].replace(",", "")), row.evidence))
    found = [first[name] for name in _MONTHLY if name in first]
    if not found:
        return beside.money(grid, "gross monthly income", "monthly income", boxed=True)
    return Fact[Decimal](
        value=sum((value for value, _ in found), Decimal(0)), evidence=found[0][1], confidence=0.8
    )


def _form_address(grid: Grid) -> Fact[str]:
    street = beside.text(grid, "street(?! address where)", "current address", like=r"^\d+ +[A-Za-z]", reach=1)
    if street.value is None:
        return street
    value = re.split(r"\s{2,}| unit\b", street.value, flags=re.IGNORECASE)[0].strip()
    return street.model_copy(update={"value": value, "confidence": 0.8})
