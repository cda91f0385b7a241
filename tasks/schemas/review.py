"""What a person is shown of an invoice, and what may be answered."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

from tasks.schemas.categorized import CategorizedInvoice, CategorizedLine, Category
from tasks.schemas.chart_of_accounts import default_chart
from tasks.schemas.document import Document
from tasks.schemas.doubt import Doubt
from tasks.schemas.frozen import Frozen
from tasks.schemas.invoice import Fact, Invoice, LineItem

_ACCOUNTS = tuple(account.name for account in default_chart().accounts)
_NUMBER = {"type": "string", "pattern": r"^-?[0-9]{1,18}([.][0-9]{1,12})?$", "examples": ["1190.50"]}


def _in_the_chart(name: str) -> str:
    if name not in _ACCOUNTS:
        raise ValueError(f"the chart of accounts has no account {name!r}")
    return name


def _none_if_blank(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


AccountName = Annotated[
    str, AfterValidator(_in_the_chart), WithJsonSchema({"type": "string", "enum": list(_ACCOUNTS)})
]
"""The name of an account of the chart."""

Number = Annotated[Decimal, Field(max_digits=30), WithJsonSchema(_NUMBER)]
"""A decimal number. As JSON it is text (`"12.50"`), so that no digit is lost on the way."""

_Text = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"\S", max_length=500)]
_Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
_Reference = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] | None,
    BeforeValidator(_none_if_blank),
]


class InvoiceFacts(Frozen):
    """The facts of an invoice, each with the text it was read from and how sure that is."""

    vendor: Fact[str]
    invoice_number: Fact[str]
    date: Fact[dt.date]
    currency: Fact[str]
    net: Fact[Decimal]
    tax: Fact[Decimal]
    total: Fact[Decimal]


class InvoiceReview(Frozen):
    """What a person sees who decides about an invoice: the paper, what was read from it, and what is doubtful."""

    document: Document
    file: str = Field(description="the name under which the document came")
    doubts: tuple[Doubt, ...]
    facts: InvoiceFacts
    line_items: tuple[CategorizedLine, ...] = ()
    adjustments: tuple[LineItem, ...] = Field(
        default=(), description="charges and discounts of the whole document"
    )
    category: Category = Field(description="the account of the whole document")

    @property
    def invoice(self) -> CategorizedInvoice:
        """The facts, lines and accounts that are shown, as one invoice."""
        facts = {name: getattr(self.facts, name) for name in InvoiceFacts.model_fields}
        lines = tuple(entry.line for entry in self.line_items)
        invoice = Invoice(**facts, line_items=lines, adjustments=self.adjustments)
        return CategorizedInvoice(invoice=invoice, lines=self.line_items, main=self.category)


class AnsweredLine(Frozen):
    """One line as it is to stand in the books."""

    description: str = Field(max_length=5000)
    quantity: Number | None = None
    unit_price: Number | None = None
    amount: Number | None = Field(default=None, description="in the invoice's currency")
    category: AccountName


class AnsweredAdjustment(Frozen):
    """A charge or a discount of the whole document."""

    description: str = Field(max_length=5000)
    amount: Number | None = Field(default=None, description="a discount is below zero")


class InvoiceAnswer(Frozen):
    """The invoice as a person wants it posted."""

    vendor: _Text
    invoice_number: _Reference = None
    date: dt.date = Field(description="day of the invoice")
    currency: _Currency = Field(description="three letters of ISO 4217", examples=["EUR"])
    net: Number | None = Field(default=None, description="without tax")
    tax: Number | None = None
    total: Number = Field(description="what is to be paid, tax included")
    category: AccountName = Field(description="the account of the whole document")
    line_items: tuple[AnsweredLine, ...] = ()
    adjustments: tuple[AnsweredAdjustment, ...] = Field(
        default=(), description="charges and discounts of the whole document"
    )


class DuplicateAnswer(Frozen):
    """To approve is to post the invoice although the books hold one like it; to reject is to leave the books as they are."""

    post_again: Literal[True] = Field(description="post it beside the one that is there")
    invoice_number: _Reference = Field(default=None, description="corrected, where it was misread")
