"""The facts of an invoice, each with the text it was read from."""

import datetime as dt
from decimal import Decimal
from typing import Generic, TypeVar

from pydantic import Field

from tasks.schemas.frozen import Frozen

T = TypeVar("T")


class Fact(Frozen, Generic[T]):
    """One value, where it was read, and how sure the reader is. A value that is not there is None, never guessed."""

    value: T | None = None
    evidence: str | None = Field(default=None, description="the text of the line it was read from")
    confidence: float = Field(default=0.0, ge=0, le=1)


class LineItem(Frozen):
    """One position of an invoice. Money in the invoice's currency."""

    description: str
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    amount: Decimal | None = None
    evidence: str | None = None
    confidence: float = Field(default=0.0, ge=0, le=1)


class Invoice(Frozen):
    """An invoice or a receipt as read. Money is Decimal in the invoice's currency."""

    vendor: Fact[str] = Fact[str]()
    invoice_number: Fact[str] = Fact[str]()
    date: Fact[dt.date] = Fact[dt.date]()
    currency: Fact[str] = Field(default=Fact[str](), description="ISO 4217 code")
    net: Fact[Decimal] = Fact[Decimal]()
    tax: Fact[Decimal] = Fact[Decimal]()
    total: Fact[Decimal] = Field(default=Fact[Decimal](), description="what is to be paid, tax included")
    line_items: tuple[LineItem, ...] = ()
    adjustments: tuple[LineItem, ...] = Field(
        default=(),
        description="charges and discounts of the whole document, signed: no line holds them, the sum does",
    )
    other_totals: tuple[Fact[Decimal], ...] = Field(
        default=(), description="amounts that are also labelled as the total and differ from it"
    )
