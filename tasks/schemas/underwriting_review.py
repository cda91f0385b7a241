"""What an underwriter is shown of a dossier, as words and amounts that a person reads."""

from typing import Literal

from pydantic import Field

from tasks.schemas.dossier import Weight
from tasks.schemas.frozen import Frozen


class Question(Frozen):
    """Something to settle, or an open question."""

    rule: str
    weight: Weight
    reason: str


class LoanRow(Frozen):
    """The loan, and its shares of price and income."""

    amount: str
    home: str
    price: str
    income_a_month: str
    debts_a_month: str
    home_a_month: str
    debts_and_home_in_income: str
    loan_in_price: str


class ApplicantRow(Frozen):
    """One applicant in a line."""

    who: str
    name: str
    income_a_month: str
    wages_by: str
    debts_a_month: str
    declared_debts: str
    credit: str


class IncomeRow(Frozen):
    """One income as a paper tells it."""

    name: str
    source: str
    a_year: str
    how: str
    paper: str


class DebtRow(Frozen):
    """One debt as its statement tells it, and what counts of it."""

    name: str
    what: str
    lender: str
    balance: str
    counts_a_month: str
    how: str
    paper: str


class PaperRow(Frozen):
    """One paper, or a file that is none."""

    paper: str
    what: str
    whose: str
    names: str


class UnderwritingReview(Frozen):
    """Everything that the decision rests on."""

    advised: Literal["approve", "ask for papers", "decline"] = Field(description="by rules; a person decides")
    risk: Literal["low", "raised", "high"]
    reasons: tuple[str, ...]
    doubts: tuple[Question, ...]
    duplicates: tuple[str, ...]
    foreign: tuple[str, ...] = Field(description="papers of people who do not apply, or of nobody, and why")
    to_know: tuple[str, ...] = Field(description="what else is worth a look")
    loan: LoanRow
    applicants: tuple[ApplicantRow, ...]
    incomes: tuple[IncomeRow, ...]
    debts: tuple[DebtRow, ...]
    papers: tuple[PaperRow, ...]
    read_by: str
    as_of: str = Field(description="the newest day that the applicants' papers tell")
