"""How the truth about papers of loan dossiers is compared with what was read."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tasks.offline.mortgage.people import same_person
from tests.evaluation.scoring import near, same_name

KIND_OF = {
    "loan_application_json": "loan_application",
    "urla_1003": "loan_application",
    "packet": "packet",
    "homeowners_insurance_application": "homeowners_insurance",
    **{
        kind: kind
        for kind in (
            "bank_statement", "pay_stub", "w2", "borrower_authorization", "drivers_license", "auto_loan_statement",
            "credit_card_statement", "purchase_agreement", "tax_return_1040", "1099_misc", "1099_div", "student_loan_statement",
            "mortgage_statement", "rental_income_statement", "passport", "social_security_card", "benefit_application",
            "payroll_check", "account_statement", "invoice", "receipt",
        )
    },
}  # fmt: skip
"""A kind as the truth calls it, to ours."""

OWNER_OF = {
    "primary": "borrower",
    "co-borrower": "co-borrower",
    "other person (misfiled)": "other person",
    "none (not a loan document)": "nobody",
}

_DEBT = {"borrower": "person", "holder": "person", "balance": "balance", "monthly_payment": "payment",
         "minimum_payment": "payment", "credit_limit": "limit"}  # fmt: skip
_FORM_1099 = {"RecipientName": "person"}
_NAME = {"name": "person"}
FIELDS: dict[str, dict[str, str]] = {
    "w2": {
        "employee": "person",
        "employer": "employer",
        "ein": "employer_id",
        "tax_year": "tax_year",
        "wages_box1": "wages",
        "federal_tax_box2": "federal_tax",
    },
    "pay_stub": {
        "employee": "person",
        "employer": "employer",
        "pay_period": "period_end",
        "period_ending": "period_end",
        "pay_date": "pay_date",
        "gross_pay": "gross",
        "net_pay": "net",
        "ytd_gross": "gross_this_year",
        "ssn": "ssn_end",
    },
    "bank_statement": {
        "holder": "person",
        "period": "period_end",
        "beginning_balance": "beginning",
        "previous_balance": "beginning",
        "total_deposits": "deposits",
        "deposits": "deposits",
        "total_withdrawals": "withdrawals",
        "ending_balance": "ending",
        "accounts": "ending",
    },
    "tax_return_1040": {
        "name": "person",
        "tax_year": "tax_year",
        "wages": "wages",
        "total_income": "total_income",
        "agi": "adjusted_gross_income",
        "taxable_income": "taxable_income",
    },
    "drivers_license": {"last_name": "person", "dob": "born"},
    "auto_loan_statement": _DEBT,
    "credit_card_statement": _DEBT,
    "student_loan_statement": _DEBT,
    "mortgage_statement": _DEBT,
    "purchase_agreement": {
        "buyer": "person",
        "property": "property_address",
        "purchase_price": "price",
        "loan_amount": "loan_amount",
    },
    "borrower_authorization": _NAME,
    "passport": _NAME,
    "social_security_card": _NAME,
    "benefit_application": _NAME,
    "urla_1003": {"borrower": "person"},
    "1099_misc": _FORM_1099,
}
"""Per form, a field as the truth calls it, to ours."""

_MONEY = {
    "wages",
    "federal_tax",
    "gross",
    "net",
    "gross_this_year",
    "beginning",
    "deposits",
    "withdrawals",
    "ending",
    "total_income",
    "adjusted_gross_income",
    "taxable_income",
    "balance",
    "payment",
    "limit",
    "price",
    "loan_amount",
}


def truths(truth: Mapping[str, Any], doc_type: str) -> Iterator[tuple[int, str]]:
    """Page (from 1) and kind of each paper in a file."""
    if doc_type == "packet":
        yield from ((page["page"], KIND_OF[page["doc_type"]]) for page in truth["pages"])
    else:
        yield 1, KIND_OF[doc_type]


def kinds_of(upload: Mapping[str, Any]) -> dict[int, str]:
    """The first page of each paper that was found, and its kind."""
    return {paper["pages"][0]: paper["kind"] for paper in upload["papers"]}


def is_right(field: str, value: Any, truth: Mapping[str, Any], theirs: str) -> bool:
    """Is *value* what the truth calls *theirs*?"""
    wanted = truth[theirs]
    if theirs == "accounts":
        wanted = next(iter(wanted.values()))
    if theirs == "last_name":
        wanted = f"{truth['first_name']} {truth['last_name']}"
    if field in _MONEY:
        return near(value, wanted)
    if field == "person":
        return same_person(str(value), str(wanted)) or same_name(str(value), str(wanted))
    if field == "employer":
        return same_name(str(value), str(wanted))
    if field == "ssn_end":
        return str(wanted).endswith(str(value))
    if field == "period_end":
        return _is_end(str(value), str(wanted))
    if field == "born":
        return str(value) == _iso(str(wanted))
    if field in ("tax_year", "employer_id"):
        return str(value) == str(wanted)
    return _words(str(value)) == _words(str(wanted))


def _is_end(value: str, wanted: str) -> bool:
    """The truth names a month, a day, or two days."""
    days = re.findall(r"\d{4}-\d\d-\d\d", wanted)
    return value == days[-1] if days else value.startswith(wanted)


def _iso(american: str) -> str:
    month, day, year = american.split("/")
    return f"{year}-{month}-{day}"


def _words(text: str) -> list[str]:
    return re.sub(r"[^a-z0-9]+", " ", text.casefold()).split()
