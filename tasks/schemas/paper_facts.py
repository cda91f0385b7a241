"""The facts of a paper, by what it is. Money is Decimal in US dollars; a fact that is not printed has no value."""

import datetime as dt
from decimal import Decimal
from typing import Literal

from pydantic import Field

from tasks.schemas.frozen import Frozen
from tasks.schemas.invoice import Fact
from tasks.schemas.paper import PaperKind

_TEXT, _MONEY, _DAY, _YEAR = Fact[str](), Fact[Decimal](), Fact[dt.date](), Fact[int]()
LAST_FOUR = "the last four digits; the rest is not kept"


class W2(Frozen):
    """A wage and tax statement."""

    form: Literal["w2"] = "w2"
    person: Fact[str] = Field(default=_TEXT, description="the employee")
    ssn_end: Fact[str] = Field(default=_TEXT, description=LAST_FOUR)
    employer: Fact[str] = _TEXT
    employer_id: Fact[str] = Field(default=_TEXT, description="EIN")
    tax_year: Fact[int] = _YEAR
    wages: Fact[Decimal] = Field(default=_MONEY, description="box 1")
    federal_tax: Fact[Decimal] = Field(default=_MONEY, description="box 2")
    social_security_wages: Fact[Decimal] = Field(default=_MONEY, description="box 3")
    medicare_wages: Fact[Decimal] = Field(default=_MONEY, description="box 5")


class PayStub(Frozen):
    """What one pay period paid."""

    form: Literal["pay_stub"] = "pay_stub"
    person: Fact[str] = Field(default=_TEXT, description="the employee")
    ssn_end: Fact[str] = Field(default=_TEXT, description=LAST_FOUR)
    employer: Fact[str] = _TEXT
    period_start: Fact[dt.date] = _DAY
    period_end: Fact[dt.date] = _DAY
    pay_date: Fact[dt.date] = _DAY
    hours: Fact[Decimal] = Field(default=_MONEY, description="regular hours of the period")
    gross: Fact[Decimal] = _MONEY
    net: Fact[Decimal] = _MONEY
    gross_this_year: Fact[Decimal] = Field(default=_MONEY, description="year to date")


class Entry(Frozen):
    """One row of an account: what came in is positive, what went out negative."""

    day: str = Field(description="as printed")
    description: str
    amount: Decimal


class BankStatement(Frozen):
    """A statement of a bank account, or of several of one holder."""

    form: Literal["bank_statement"] = "bank_statement"
    person: Fact[str] = Field(default=_TEXT, description="the holder")
    bank: Fact[str] = _TEXT
    account_end: Fact[str] = Field(default=_TEXT, description=LAST_FOUR)
    period_start: Fact[dt.date] = _DAY
    period_end: Fact[dt.date] = _DAY
    beginning: Fact[Decimal] = _MONEY
    deposits: Fact[Decimal] = _MONEY
    withdrawals: Fact[Decimal] = Field(default=_MONEY, description="positive")
    ending: Fact[Decimal] = _MONEY
    entries: tuple[Entry, ...] = ()


class TaxReturn(Frozen):
    """A form 1040."""

    form: Literal["tax_return"] = "tax_return"
    person: Fact[str] = _TEXT
    ssn_end: Fact[str] = Field(default=_TEXT, description=LAST_FOUR)
    address: Fact[str] = _TEXT
    tax_year: Fact[int] = _YEAR
    filing_status: Fact[str] = _TEXT
    wages: Fact[Decimal] = _MONEY
    total_income: Fact[Decimal] = _MONEY
    adjusted_gross_income: Fact[Decimal] = _MONEY
    taxable_income: Fact[Decimal] = _MONEY


class LoanApplication(Frozen):
    """What an applicant declares and wants: a form 1003, or its data."""

    form: Literal["loan_application"] = "loan_application"
    person: Fact[str] = Field(default=_TEXT, description="the applicant")
    co_applicant: Fact[str] = _TEXT
    ssn_end: Fact[str] = Field(default=_TEXT, description=LAST_FOUR)
    born: Fact[dt.date] = _DAY
    address: Fact[str] = _TEXT
    employer: Fact[str] = _TEXT
    employment: Fact[str] = Field(default=_TEXT, description="how the applicant is employed, as printed")
    income_a_year: Fact[Decimal] = Field(default=_MONEY, description="declared, before tax")
    debts_a_month: Fact[Decimal] = Field(default=_MONEY, description="declared payments")
    loan_amount: Fact[Decimal] = _MONEY
    property_address: Fact[str] = _TEXT
    purpose: Fact[str] = _TEXT
    occupancy: Fact[str] = _TEXT
    product: Fact[str] = _TEXT


class Identity(Frozen):
    """A driver's license, passport or another card that says who somebody is."""

    form: Literal["identity"] = "identity"
    person: Fact[str] = _TEXT
    ssn_end: Fact[str] = Field(default=_TEXT, description=LAST_FOUR)
    born: Fact[dt.date] = _DAY
    expires: Fact[dt.date] = _DAY
    address: Fact[str] = _TEXT


class DebtStatement(Frozen):
    """A statement of a loan or a credit card."""

    form: Literal["debt_statement"] = "debt_statement"
    person: Fact[str] = _TEXT
    lender: Fact[str] = _TEXT
    account_end: Fact[str] = Field(default=_TEXT, description=LAST_FOUR)
    balance: Fact[Decimal] = _MONEY
    payment: Fact[Decimal] = Field(default=_MONEY, description="what is to be paid each month")
    limit: Fact[Decimal] = Field(default=_MONEY, description="of a card")
    original: Fact[Decimal] = Field(default=_MONEY, description="what was lent in the beginning")
    is_deferred: bool = Field(default=False, description="nothing is to be paid now, later something is")


class PurchaseAgreement(Frozen):
    """A contract to buy a home."""

    form: Literal["purchase_agreement"] = "purchase_agreement"
    person: Fact[str] = Field(default=_TEXT, description="the buyer")
    property_address: Fact[str] = _TEXT
    price: Fact[Decimal] = _MONEY
    down_payment: Fact[Decimal] = _MONEY
    loan_amount: Fact[Decimal] = _MONEY
    signed: Fact[dt.date] = _DAY


class RentalIncome(Frozen):
    """What rents bring in."""

    form: Literal["rental_income"] = "rental_income"
    person: Fact[str] = Field(default=_TEXT, description="the owner")
    rent_a_month: Fact[Decimal] = Field(default=_MONEY, description="of all properties, as the total says")
    rents: tuple[Decimal, ...] = Field(default=(), description="of each property")


class OtherPaper(Frozen):
    """A paper of which only person, issuer, day and year are read."""

    form: Literal["other"] = "other"
    person: Fact[str] = _TEXT
    ssn_end: Fact[str] = Field(default=_TEXT, description=LAST_FOUR)
    issuer: Fact[str] = _TEXT
    tax_year: Fact[int] = _YEAR
    day: Fact[dt.date] = _DAY


Facts = (
    W2
    | PayStub
    | BankStatement
    | TaxReturn
    | LoanApplication
    | Identity
    | DebtStatement
    | PurchaseAgreement
    | RentalIncome
    | OtherPaper
)

FORMS: dict[PaperKind, type[Frozen]] = {
    "w2": W2,
    "pay_stub": PayStub,
    "bank_statement": BankStatement,
    "account_statement": BankStatement,
    "tax_return_1040": TaxReturn,
    "loan_application": LoanApplication,
    "drivers_license": Identity,
    "state_id": Identity,
    "passport": Identity,
    "social_security_card": Identity,
    "auto_loan_statement": DebtStatement,
    "student_loan_statement": DebtStatement,
    "personal_loan_statement": DebtStatement,
    "credit_card_statement": DebtStatement,
    "mortgage_statement": DebtStatement,
    "purchase_agreement": PurchaseAgreement,
    "rental_income_statement": RentalIncome,
}
"""What is read of each kind; of all others `OtherPaper`."""


class PaperFacts(Frozen):
    """The facts of one paper, and who read them."""

    facts: Facts
    read_by: str
