"""Statements of what is owed: cards, cars, students' loans, other loans, mortgages."""

import re
from decimal import Decimal

from tasks.offline.grid import Grid
from tasks.offline.mortgage import beside, people
from tasks.offline.mortgage.accounts import account_end
from tasks.schemas.invoice import Fact
from tasks.schemas.paper_facts import DebtStatement

_BALANCE = (
    "total outstanding balance",
    "current principal balance",
    "(?:outstanding|unpaid|remaining) principal",
    "principal balance",
    "current balance",
    "new balance",
    "outstanding balance",
    "loan balance",
    "statement balance",
    "payoff amount",
    "total balance",
    "balance",
)
_PAYMENT = (
    "total monthly (?:mortgage )?payments?",
    "(?:total )?minimum (?:monthly )?payment",
    "(?:regular |your )?monthly payment",
    "(?:regular |current |scheduled )?payment amount",
    "installment amount",
    "monthly installment",
    "total (?:payment|amount) due",
    "current payment",
    "(?:current )?amount due",
    "payment due",
)
_LIMIT = ("(?:total )?credit limit", "(?:total )?credit line", "credit access line")
_ORIGINAL = (
    "original (?:loan |principal )?(?:amount|balance|principal)",
    "original loan",
    "amount financed",
    "loan amount",
)
_DEFERRED = re.compile(r"in deferment|deferred|in forbearance|in[- ]school|grace period")
_NOT_DEFERRED = re.compile(r"(?:deferment|forbearance)[^:\n]*:\s*none")
_NO_LENDER = re.compile(r"(?i)statement|sample|test|page|account|summary|loan number|:")


def read_debt_statement(grid: Grid) -> DebtStatement:
    """The facts of a statement of a debt; of several loans on one page the totals."""
    text = "\n".join(row.plain for row in grid.filled)
    payment = beside.money(grid, *_PAYMENT, boxed=True)
    return DebtStatement(
        person=people.person(
            grid,
            r"borrower(?:'s)?(?: name)?",
            "account holder",
            "card ?(?:holder|member)",
            "customer(?: name)?",
        ),
        lender=_lender(grid),
        account_end=account_end(grid),
        balance=_owed(beside.money(grid, *_BALANCE, boxed=True)),
        payment=_owed(payment),
        limit=beside.money(grid, *_LIMIT, boxed=True),
        original=beside.money(grid, *_ORIGINAL, boxed=True),
        is_deferred=bool(_DEFERRED.search(_NOT_DEFERRED.sub("", text))),
    )


def _owed(amount: Fact[Decimal]) -> Fact[Decimal]:
    return amount if amount.value is None else amount.model_copy(update={"value": abs(amount.value)})


def _lender(grid: Grid) -> Fact[str]:
    """Beside its label, else the first cell of the page that is neither a title nor a notice."""
    named = beside.text(grid, "lender", "servicer", "creditor", "issued by", like="[A-Za-z]{3}")
    if named.value:
        return named
    for row in grid.filled[:10]:
        cell = row.cells[0]
        words = cell.text.split()
        if 1 <= len(words) <= 5 and not _NO_LENDER.search(cell.text) and re.search("[A-Za-z]{3}", cell.text):
            return Fact[str](value=cell.text, evidence=row.evidence, confidence=0.7)
    return Fact[str]()
