"""Flows and stages that ask people, for tests."""

import datetime as dt
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from blocks.base.asking import Approvers, Decision
from blocks.durable import ask, each, flow, stage
from tests.worlds.counting import body_ran


class Frozen(BaseModel):
    """A value."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Bill(Frozen):
    """What is shown."""

    name: str
    amount: Decimal
    note: str = ""


class Payment(Frozen):
    """What may be answered."""

    amount: Decimal
    on: dt.date
    note: str = ""

    @field_validator("amount")
    @classmethod
    def _above_zero(cls, amount: Decimal) -> Decimal:
        if amount <= 0:
            raise ValueError("it must be above zero")
        return amount


class Settings(Frozen):
    """What is asked, of whom."""

    names: tuple[str, ...] = Field(default=("bill",))
    amount: Decimal = Decimal("12.50")
    of: Approvers = Approvers()


@stage(version=1, weight="light")
def read_bill(name: str, amount: Decimal) -> Bill:
    """A bill as it came in."""
    body_ran(f"read-{name}")
    return Bill(name=name, amount=amount)


@stage(version=1, weight="light")
def pay(bill: Bill, decision: Decision[Payment]) -> str:
    """What was paid."""
    body_ran(f"pay-{bill.name}")
    if decision.answer is None:
        return f"{bill.name} rejected by {decision.decided_by}: {decision.reason}"
    return f"{bill.name} {decision.answer.amount} paid for {decision.decided_by}"


ALONE = Settings()


class Item(Frozen):
    """One bill among several."""

    name: str


def settle(name: str, settings: Settings) -> str:
    """Read, ask, pay."""
    bill = read_bill(name, settings.amount)
    decision = ask(
        "payment",
        bill,
        answer=Payment,
        proposed={"amount": str(bill.amount), "on": "2026-01-31"},
        title=f"Pay {bill.name}",
        value=f"EUR {bill.amount}",
        of=settings.of,
    )
    return pay(bill, decision)


@flow
def pay_bill(settings: Settings = ALONE) -> str:
    """Read a bill, ask, pay it."""
    return settle(settings.names[0], settings)


@flow
def pay_bills(settings: Settings = ALONE) -> list[str]:
    """Several bills side by side."""

    def failed(item: Item, error: Exception) -> str:
        return f"{item.name}: {error}"

    return each(
        [Item(name=name) for name in settings.names], lambda item: settle(item.name, settings), failed=failed
    )
