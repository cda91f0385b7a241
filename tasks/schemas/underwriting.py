"""What is verified about applicants, the risk that follows, and what an underwriter decides. Money in US dollars."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from tasks.schemas.dossier import Finding
from tasks.schemas.frozen import Frozen
from tasks.schemas.paper import Owner, PaperKind


class IncomeSource(Frozen):
    """An income for a year as one paper documents it, or as it is declared."""

    source: Literal["W-2", "pay stub", "tax return", "rent", "declared"]
    year: int | None = None
    amount: Decimal = Field(description="for a year, before tax")
    how: str
    paper: str


class VerifiedIncome(Frozen):
    """What counts as one applicant's income, and what it rests on."""

    name: str
    wages_a_year: Decimal
    rent_a_month: Decimal = Field(default=Decimal(0), description="what counts of it")
    a_month: Decimal = Field(description="of all that counts")
    rule: str
    sources: tuple[IncomeSource, ...]
    findings: tuple[Finding, ...] = ()


class Debt(Frozen):
    """One debt of an applicant."""

    kind: PaperKind
    lender: str
    balance: Decimal | None
    payment: Decimal | None = Field(description="a month, as the statement says")
    counted: Decimal = Field(description="a month, as it counts")
    how: str = ""
    paper: str


class VerifiedDebts(Frozen):
    """What one applicant owes by statements."""

    name: str
    debts: tuple[Debt, ...]
    consumer_a_month: Decimal = Field(description="payments on cards, cars and loans, as statements say")
    mortgages_a_month: Decimal = Field(description="payments on mortgages there are")
    counted_a_month: Decimal = Field(description="all payments, as they count")
    declared_a_month: Decimal | None = None
    findings: tuple[Finding, ...] = ()


class CreditAccount(Frozen):
    """One account on a person's credit file."""

    creditor: str
    kind: str = ""
    balance: Decimal = Decimal(0)
    monthly_payment: Decimal = Decimal(0)
    past_due: Decimal = Decimal(0)


class CreditCheck(Frozen):
    """What a credit bureau says of one applicant, or why it was not asked."""

    name: str
    status: Literal["checked", "unknown person", "not made"]
    reason: str = ""
    reference: str = ""
    score: int | None = None
    bankruptcies: int = 0
    accounts: tuple[CreditAccount, ...] = ()


class LoanTerms(Frozen):
    """The loan that is asked for, and what it would cost a month by the assumptions of the settings."""

    amount: Decimal | None = None
    price: Decimal | None = None
    property_address: str = ""
    product: str = ""
    occupancy: str = ""
    principal_and_interest: Decimal = Decimal(0)
    tax_and_insurance: Decimal = Decimal(0)
    assumed: str = ""

    @property
    def a_month(self) -> Decimal:
        """What the home would cost a month."""
        return self.principal_and_interest + self.tax_and_insurance


class PaperLine(Frozen):
    """One paper as the report lists it."""

    paper: str
    kind: PaperKind
    confidence: float
    owner: Owner
    person: str = ""


class BrokenFile(Frozen):
    """An upload that is no paper, and why."""

    file: str
    reason: str


class ApplicantReport(Frozen):
    """One applicant: income, debts, credit."""

    role: str
    name: str
    income: VerifiedIncome
    debts: VerifiedDebts
    credit: CreditCheck


class RiskReport(Frozen):
    """Everything an underwriter is shown. The same dossier makes the same report, byte for byte."""

    read_by: str = Field(description="who read the papers: a language model's name, or the offline reader")
    as_of: str = Field(
        description="the newest day that the applicants' papers tell; ages are counted from it"
    )
    suggestion: Literal["approve", "ask for papers", "decline"] = Field(
        description="by rules; a person decides"
    )
    risk: Literal["low", "raised", "high"]
    reasons: tuple[str, ...] = Field(description="what the suggestion rests on")
    loan: LoanTerms
    income_a_month: Decimal
    debts_a_month: Decimal = Field(description="of all applicants, without the new home")
    dti: Decimal | None = Field(
        description="debts and the new home, in percent of the income; None without income"
    )
    ltv: Decimal | None = Field(description="the loan in percent of the price")
    applicants: tuple[ApplicantReport, ...]
    findings: tuple[Finding, ...]
    wanted_papers: tuple[str, ...]
    papers: tuple[PaperLine, ...]
    broken: tuple[BrokenFile, ...]

    @property
    def open_questions(self) -> tuple[Finding, ...]:
        """What is to be settled."""
        return tuple(finding for finding in self.findings if finding.weight != "note")


Verdict = Literal["approve", "decline", "ask for papers"]
_Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]


class UnderwriterAnswer(Frozen):
    """What an underwriter may answer. The verdict is a word of its own: nothing is approved by confirming a form."""

    verdict: Verdict
    reason: _Text = Field(default="", description="needed to decline")
    papers: tuple[_Text, ...] = Field(default=(), description="what is still wanted, for `ask for papers`")

    @model_validator(mode="after")
    def _reasoned(self) -> "UnderwriterAnswer":
        if self.verdict == "decline" and not self.reason:
            raise ValueError("say why it is declined")
        if self.verdict == "ask for papers" and not (self.papers or self.reason):
            raise ValueError("say which papers are wanted")
        return self


class UnderwritingOutcome(Frozen):
    """How a dossier ends."""

    status: Literal["approved", "declined", "papers wanted"]
    decided_by: str
    reason: str = ""
    wanted_papers: tuple[str, ...] = ()
    report: RiskReport
