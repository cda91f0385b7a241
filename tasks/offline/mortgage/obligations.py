"""What an applicant owes by statements, and how much of it counts a month."""

from collections.abc import Iterator
from decimal import Decimal

from tasks.offline.mortgage.income import NOTHING, cents
from tasks.offline.mortgage.shelf import Held, Shelf, is_same, money, value
from tasks.schemas.dossier import Finding, spoken
from tasks.schemas.underwriting import Debt, VerifiedDebts
from tasks.schemas.underwriting_settings import UnderwritingRules

CARD_SHARE = Decimal("0.05")
"""Of the balance, a month, where the statement of a card tells no payment."""
SMALL = Decimal(200)
"""Dollars a month by which declared and documented debts may differ, beside the tolerance."""
_PAYMENTS = (
    "mortgage",
    "loan payment",
    "auto loan",
    "car payment",
    "student loan",
    "child support",
    "alimony",
    "lease payment",
)
_COVERED_BY = {"mortgage": "mortgage_statement", "auto loan": "auto_loan_statement", "car payment": "auto_loan_statement",
               "student loan": "student_loan_statement"}  # fmt: skip


def verify(shelf: Shelf, rules: UnderwritingRules) -> VerifiedDebts:
    """The debts of one applicant, each once: of several statements of one account the newest by name."""
    debts = tuple(_debt(held, rules) for held in _each_once(shelf))
    consumer = [debt for debt in debts if debt.kind != "mortgage_statement"]
    mortgages = [debt for debt in debts if debt.kind == "mortgage_statement"]
    declared = next((value(held, "debts_a_month") for held in shelf.applications), None)
    made = VerifiedDebts(
        name=shelf.applicant.name,
        debts=debts,
        consumer_a_month=sum((debt.payment or NOTHING for debt in consumer), NOTHING),
        mortgages_a_month=sum((debt.payment or NOTHING for debt in mortgages), NOTHING),
        counted_a_month=sum((debt.counted for debt in debts), NOTHING),
        declared_a_month=declared,
    )
    return made.model_copy(update={"findings": tuple(_findings(shelf, made, rules))})


def _each_once(shelf: Shelf) -> list[Held]:
    accounts = dict[tuple[str, str, str], Held]()
    for held in shelf.debts:
        lender = str(value(held, "lender") or held.name).casefold()
        accounts[held.paper.kind, lender, str(value(held, "account_end") or "")] = held
    return list(accounts.values())


def _debt(held: Held, rules: UnderwritingRules) -> Debt:
    balance, payment = value(held, "balance"), value(held, "payment")
    counted, how = payment or NOTHING, "as the statement says"
    if held.paper.kind == "student_loan_statement" and balance and (not payment or held.facts.is_deferred):
        counted = max(counted, cents(balance * rules.deferred_loan_counts))
        how = (
            f"{(rules.deferred_loan_counts * 100).normalize():f} % of the balance, since nothing is paid now"
        )
    elif payment is None and balance and held.paper.kind == "credit_card_statement":
        counted, how = cents(balance * CARD_SHARE), "5 % of the balance, since no payment is told"
    elif payment is None:
        how = "no payment is told"
    return Debt(
        kind=held.paper.kind,
        lender=value(held, "lender") or "",
        balance=balance,
        payment=payment,
        counted=counted,
        how=how,
        paper=held.name,
    )


def _findings(shelf: Shelf, made: VerifiedDebts, rules: UnderwritingRules) -> Iterator[Finding]:
    name = shelf.applicant.name
    papers = tuple(debt.paper for debt in made.debts)
    total, declared = made.consumer_a_month + made.mortgages_a_month, made.declared_a_month
    if declared is not None and not is_same(total, declared, rules.tolerance) and abs(total - declared) > 0:
        heavy = abs(total - declared) > SMALL
        reason = f"Declared are debts of {money(declared)} a month; the statements tell {money(total)}."
        yield Finding(
            rule="declared debts", weight="ask" if heavy else "note", about=name, reason=reason, papers=papers
        )
    for debt in made.debts:
        if debt.payment is None and debt.kind != "credit_card_statement":
            reason = f"The {spoken(debt.kind)} of {debt.lender or 'an unnamed lender'} tells no payment."
            yield Finding(
                rule="payment unknown", weight="ask", about=name, reason=reason, papers=(debt.paper,)
            )
        elif debt.counted != (debt.payment or NOTHING):
            reason = f"Of the {spoken(debt.kind)} {money(debt.counted)} a month count: {debt.how}."
            yield Finding(
                rule="payment assumed", weight="ask", about=name, reason=reason, papers=(debt.paper,)
            )
    yield from _balances(shelf)
    yield from _paid_from_account(shelf)


def _balances(shelf: Shelf) -> Iterator[Finding]:
    for held in _each_once(shelf):
        balance, original = value(held, "balance"), value(held, "original")
        if (
            balance is not None
            and original
            and balance > original
            and held.paper.kind != "credit_card_statement"
        ):
            reason = f"The balance of {money(balance)} is more than the {money(original)} that were lent."
            about = shelf.applicant.name
            yield Finding(
                rule="balance above loan", weight="ask", about=about, reason=reason, papers=(held.name,)
            )


def _paid_from_account(shelf: Shelf) -> Iterator[Finding]:
    """Payments that leave an account regularly for a debt of which no statement is there, or of which none has that payment."""
    kinds = shelf.kinds()
    payments = {value(held, "payment") for held in shelf.debts}
    seen = dict[tuple[str, Decimal], list[str]]()
    for held in shelf.statements:
        for entry in held.facts.entries:
            word = next((word for word in _PAYMENTS if word in entry.description.casefold()), None)
            if word and entry.amount < 0:
                seen.setdefault((word, -entry.amount), []).append(held.name)
    for (word, amount), papers in sorted(seen.items()):
        covered = _COVERED_BY.get(word) in kinds
        if amount in payments:
            continue
        told = "no statement tells of that payment" if covered else "no statement of that debt is there"
        reason = (
            f"{money(amount)} leave the account for a {word.removesuffix(' payment')} payment, and {told}."
        )
        named = tuple(dict.fromkeys(papers))
        yield Finding(
            rule="payment from account", weight="ask", about=shelf.applicant.name, reason=reason, papers=named
        )
