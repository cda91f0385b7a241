"""How the life of one document in `process_invoices` ends."""

import datetime as dt
from decimal import Decimal
from typing import Literal

from tasks.schemas.frozen import Frozen

Status = Literal["posted", "waiting", "refused", "failed"]


class PostedLine(Frozen):
    """One line as it stands in the books."""

    description: str
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    amount: Decimal | None = None
    category: str | None = None


class DocumentOutcome(Frozen):
    """Posted, waiting for a person, refused (as a document, or by a person), or failed by accident (run again to go on).

    *approval_id* names the request that it waits for.
    """

    file: str
    status: Status
    reason: str | None = None
    vendor: str | None = None
    invoice_number: str | None = None
    date: dt.date | None = None
    currency: str | None = None
    net: Decimal | None = None
    tax: Decimal | None = None
    total: Decimal | None = None
    category: str | None = None
    line_items: tuple[PostedLine, ...] = ()
    doubts: tuple[str, ...] = ()
    approval_id: str | None = None
