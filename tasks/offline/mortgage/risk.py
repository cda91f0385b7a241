"""The risk of a loan by rules: what it would cost a month, the shares of income and price, and what a person is advised."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from tasks.offline.mortgage.income import NOTHING, cents
from tasks.offline.mortgage.shelf import Shelf, money, value
from tasks.schemas.dossier import Finding
from tasks.schemas.underwriting import ApplicantReport, CreditCheck, Debt, LoanTerms
from tasks.schemas.underwriting_settings import UnderwritingRules

Suggestion = Literal["approve", "ask for papers", "decline"]
Grade = Literal["low", "raised", "high"]
_TENTH, _MOST_SHARE = Decimal("0.1"), Decimal(10_000)
_YEARS = re.compile(r"\b(\d{2})[- ]?(?:year|yr)")


def terms_of(shelves: Sequence[Shelf], rules: UnderwritingRules) -> LoanTerms:
    """The loan of the first applicant who names one, and what the home would cost a month."""
    for shelf in shelves:
        declared, bought = shelf.applications[:1], shelf.purchases[:1]
        told = {
            name: next((value(held, name) for held in declared if value(held, name) is not None), None)
            for name in ("loan_amount", "property_address", "product", "occupancy")
        }
        amount = told["loan_amount"] or next((value(held, "loan_amount") for held in bought), None)
        price = next((value(held, "price") for held in bought), None)
        if amount:
            home = told["property_address"] or next((value(held, "property_address") for held in bought), "")
            return _terms(amount, price, home or "", told["product"] or "", told["occupancy"] or "", rules)
    return LoanTerms()


def _terms(
    amount: Decimal, price: Decimal | None, home: str, product: str, occupancy: str, rules: UnderwritingRules
) -> LoanTerms:
    match = _YEARS.search(product.casefold())
    years = int(match[1]) if match else 30
    worth = price or amount / Decimal("0.8")
    rate, share = ((part * 100).normalize() for part in (rules.assumed_rate, rules.tax_and_insurance))
    assumed = f"{rate:f} % a year over {years} years; taxes and insurance {share:f} % of the price a year"
    return LoanTerms(
        amount=amount,
        price=price,
        property_address=home,
        product=product,
        occupancy=occupancy,
        principal_and_interest=annuity(amount, rules.assumed_rate, years),
        tax_and_insurance=cents(worth * rules.tax_and_insurance / 12),
        assumed=assumed,
    )


def annuity(amount: Decimal, rate: Decimal, years: int) -> Decimal:
    """The equal payment a month that repays *amount* at the yearly *rate*.

    >>> annuity(Decimal(100000), Decimal("0.06"), 30), annuity(Decimal(1200), Decimal(0), 10)
    (Decimal('599.55'), Decimal('10.00'))
    """
    monthly, months = rate / 12, years * 12
    if not monthly:
        return cents(amount / months)
    growth = (1 + monthly) ** months
    return cents(amount * monthly * growth / (growth - 1))


def share(part: Decimal, whole: Decimal | None) -> Decimal | None:
    """*part* in percent of *whole* to a tenth; None where there is none to speak of."""
    if not whole or part / whole >= _MOST_SHARE:
        return None
    return (part / whole * 100).quantize(_TENTH)


@dataclass(frozen=True)
class Numbers:
    """What the advice rests on."""

    dti: Decimal | None
    ltv: Decimal | None
    scores: tuple[int, ...]


def advised(
    numbers: Numbers, findings: Iterable[Finding], checks: Iterable[CreditCheck], rules: UnderwritingRules
) -> tuple[Suggestion, Grade, tuple[str, ...]]:
    """What the rules advise, how high the risk is, and why. A person decides."""
    against = tuple(_against(numbers, checks, rules))
    careful = tuple(_careful(numbers, rules))
    stops = [
        f"{finding.about}: {finding.reason}" if finding.about else finding.reason
        for finding in findings
        if finding.weight == "stop"
    ]
    asked = sum(finding.weight == "ask" for finding in findings)
    questions = (f"{asked} open questions.",) if asked > 1 else ("One open question.",) if asked else ()
    told = (*against, *stops, *careful, *questions)
    if against:
        return "decline", "high", told
    if stops or numbers.dti is None:
        return "ask for papers", "high", told or ("The share of debts in the income is not known.",)
    if questions:
        return "ask for papers", "raised", told
    return "approve", "raised" if careful else "low", told or ("Income, debts and papers fit together.",)


def _against(numbers: Numbers, checks: Iterable[CreditCheck], rules: UnderwritingRules) -> Iterable[str]:
    if numbers.dti is not None and numbers.dti > rules.highest_dti * 100:
        yield f"Debts and home take {numbers.dti} % of the income; at most {_percent(rules.highest_dti)} may."
    for score in numbers.scores:
        if score < rules.lowest_score:
            yield f"A credit score of {score} is below {rules.lowest_score}."
    for credit in checks:
        if credit.bankruptcies:
            yield f"The credit file of {credit.name} tells of a bankruptcy."


def _careful(numbers: Numbers, rules: UnderwritingRules) -> Iterable[str]:
    if numbers.dti is not None and rules.careful_dti * 100 < numbers.dti <= rules.highest_dti * 100:
        yield f"Debts and home take {numbers.dti} % of the income, which is above {_percent(rules.careful_dti)}."
    if numbers.ltv is not None and numbers.ltv > rules.careful_ltv * 100:
        yield f"The loan is {numbers.ltv} % of the price, which is above {_percent(rules.careful_ltv)}."
    for score in numbers.scores:
        if rules.lowest_score <= score < rules.careful_score:
            yield f"A credit score of {score} is below {rules.careful_score}."


def _percent(part: Decimal) -> str:
    return f"{(part * 100).normalize():f} %"


def credit_findings(applicant: ApplicantReport) -> Iterable[Finding]:
    """What the credit file tells that the papers do not, and what a missing credit check leaves open."""
    credit, name = applicant.credit, applicant.name
    if credit.status == "not made":
        reason = f"No credit check was made for {name}: {credit.reason}."
        yield Finding(rule="no credit check", weight="ask", about=name, reason=reason)
    elif credit.status == "unknown person":
        reason = f"The credit bureau knows nobody like {name}."
        yield Finding(rule="unknown to the bureau", weight="ask", about=name, reason=reason)
    for account in credit.accounts:
        if account.past_due > 0:
            reason = f"{money(account.past_due)} are past due at {account.creditor}."
            yield Finding(rule="past due", weight="ask", about=name, reason=reason)
        if account.monthly_payment > 0 and not _is_told(account.monthly_payment, applicant.debts.debts):
            reason = (
                f"The credit file tells of {money(account.monthly_payment)} a month to {account.creditor}; no statement of it "
                "is there."
            )
            yield Finding(rule="debt without a paper", weight="ask", about=name, reason=reason)


def _is_told(payment: Decimal, debts: tuple[Debt, ...]) -> bool:
    return any(abs((debt.payment or NOTHING) - payment) <= Decimal("0.50") for debt in debts)
