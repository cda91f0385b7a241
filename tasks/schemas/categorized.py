"""An invoice with a place in the books for each line."""

from pydantic import Field

from tasks.schemas.frozen import Frozen
from tasks.schemas.invoice import Invoice, LineItem


class Category(Frozen):
    """One account of the chart, why it was chosen, and how sure that is: 0 for the unassigned account."""

    code: str
    name: str
    reason: str = Field(description="one sentence for a person")
    confidence: float = Field(ge=0, le=1)
    assigned: bool = Field(description="False where no rule placed it")


class CategorizedLine(Frozen):
    """A line of the invoice and the account it goes to."""

    line: LineItem
    category: Category


class CategorizedInvoice(Frozen):
    """The invoice as read, its lines in the same order with their accounts, and the account of the whole."""

    invoice: Invoice
    lines: tuple[CategorizedLine, ...] = ()
    main: Category = Field(description="the account that holds the largest part of the amount")
