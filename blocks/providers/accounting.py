"""The books: rows of posted invoices in an accounting database of its own.

A booking is posted once: the same source again gives the posting that is there, the same document under another
name or the same vendor and number is told as a duplicate, and all of it in the one transaction that writes. A
duplicate that a person accepted is posted beside the other, once, with that person's name.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from pathlib import PurePath
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, insert, select

from blocks.base import clock, faults
from blocks.base.money import written
from blocks.base.sql import Database
from blocks.providers.accounting_tables import be_alone, prepare
from blocks.providers.accounting_tables import books as _books
from blocks.providers.accounting_tables import invoices as _invoices
from blocks.providers.accounting_tables import lines as _lines


@dataclass(frozen=True)
class BookingLine:
    """One line to post. Money in the booking's currency."""

    description: str
    quantity: Decimal | None
    unit_price: Decimal | None
    amount: Decimal | None
    category: str | None


@dataclass(frozen=True)
class Booking:
    """What is to stand in the books. Money in *currency* (ISO 4217)."""

    document_digest: str
    file: str
    vendor: str
    invoice_number: str | None
    date: str
    currency: str
    net: Decimal | None
    tax: Decimal | None
    total: Decimal
    category: str | None
    lines: tuple[BookingLine, ...]
    is_copy: bool = False
    """Another file of the same run has the same bytes, and its turn came first."""
    accepted_duplicate_by: str | None = None
    """Who let it be posted although another booking stands in its place."""


@dataclass(frozen=True)
class Posted:
    """The booking stands in the books, from now or from an earlier call."""

    invoice_id: int


@dataclass(frozen=True)
class Duplicate:
    """Another booking stands where this one would: *file* is the document it came from."""

    file: str
    reason: str


class Accounting:
    """The accounting database behind one SQLAlchemy URL; on a server, its tables stand in *schema* if one is named."""

    def __init__(self, url: str, *, patience_seconds: float = 0.0, schema: str = "") -> None:
        self._database = Database(url, patience_seconds=patience_seconds, schema=schema)
        self._database.make_schema()
        self._database.write(prepare)  # one process at a time

    @cached_property
    def identity(self) -> str:
        """The name these books gave themselves when they were created."""

        def named(connection: Connection) -> str:
            be_alone(connection)
            found = connection.execute(select(_books.c.identity)).scalar()
            if found is None:
                found = f"books {uuid4()}"
                connection.execute(insert(_books).values(identity=found[:36]))
            return found[:36]

        return self._database.write(named)

    def post(self, booking: Booking) -> Posted | Duplicate:
        """Write *booking* with its lines in one transaction, once. Repeating the call changes nothing.

        A duplicate is not written, unless a person accepted it.
        """

        def once(connection: Connection) -> Posted | Duplicate:
            be_alone(connection)  # what is in the way is looked for before it is written
            there = self._in_the_way(connection, booking)
            accepted_by = booking.accepted_duplicate_by if isinstance(there, Duplicate) else None
            if accepted_by:
                there = None
            if there is not None:
                return there
            posted = Posted(_write(connection, replace(booking, accepted_duplicate_by=accepted_by)))
            faults.reach("accounting.written")
            return posted

        answer = self._database.write(once)
        faults.reach("accounting.committed")
        return answer

    def close(self) -> None:
        """Give all connections back."""
        self._database.close()

    @staticmethod
    def _in_the_way(connection: Connection, booking: Booking) -> Posted | Duplicate | None:
        same_document = _found(connection, _invoices.c.document_digest == booking.document_digest)
        if same_document:
            return _compare(same_document, booking)
        if booking.invoice_number is None:
            return None
        number = _invoices.c.number_key == _key(booking.invoice_number)
        same_number = _found(connection, number & (_invoices.c.vendor_key == _key(booking.vendor)))
        if not same_number:
            return None
        first = same_number[0]
        what = f"{booking.vendor} number {booking.invoice_number} is posted already, from {first.file}"
        return Duplicate(first.file, f"{what}, with the total {first.total} {first.currency}.")


def _compare(rows: Sequence[Row[Any]], booking: Booking) -> Posted | Duplicate:
    """*rows* are of one document, oldest first: one of them is the booking, or it is a duplicate."""
    namesakes = [row for row in rows if _has_its_name(row, booking)]
    for row in namesakes:
        if (Decimal(row.total), row.currency) == (booking.total, booking.currency):
            return Posted(row.invoice_id)
    if not namesakes:
        return Duplicate(rows[0].file, f"The same document is posted already, as {rows[0].file}.")
    first = namesakes[0]
    reason = f"The document is posted already, with the total {first.total} {first.currency}."
    return Duplicate(first.file, reason)


def _has_its_name(row: Row[Any], booking: Booking) -> bool:
    """A document that comes from another folder keeps its name; a copy in one run has only its own."""
    if row.file == booking.file:
        return True
    return not booking.is_copy and PurePath(row.file).name == PurePath(booking.file).name


def _write(connection: Connection, booking: Booking) -> int:
    row: dict[str, Any] = {
        "source": f"{booking.document_digest} {booking.file}",
        "document_digest": booking.document_digest,
        "file": booking.file,
        "vendor": booking.vendor,
        "vendor_key": _key(booking.vendor),
        "invoice_number": booking.invoice_number,
        "number_key": _key(booking.invoice_number) if booking.invoice_number else None,
        "date": booking.date,
        "currency": booking.currency,
        **{name: _money(getattr(booking, name), booking.currency) for name in ("net", "tax", "total")},
        "category": booking.category,
        "posted_at": clock.now_us(),
        "accepted_duplicate_by": booking.accepted_duplicate_by,
    }
    [invoice_id] = connection.execute(insert(_invoices).values(**row)).inserted_primary_key or (0,)
    for position, line in enumerate(booking.lines, start=1):
        connection.execute(insert(_lines).values(**_line(line, booking.currency, invoice_id, position)))
    return int(invoice_id)


def _line(line: BookingLine, currency: str, invoice_id: int, position: int) -> dict[str, Any]:
    return {
        "invoice_id": invoice_id,
        "position": position,
        "description": line.description,
        "quantity": None if line.quantity is None else f"{line.quantity:f}",
        "unit_price": _money(line.unit_price, currency),
        "amount": _money(line.amount, currency),
        "category": line.category,
    }


def _found(connection: Connection, condition: Any) -> Sequence[Row[Any]]:
    """The bookings that fit, oldest first."""
    return connection.execute(select(_invoices).where(condition).order_by(_invoices.c.invoice_id)).all()


def _key(text: str) -> str:
    folded = text.casefold()
    return re.sub(r"[\W_]+", "", folded) or folded


def _money(amount: Decimal | None, currency: str) -> str | None:
    return None if amount is None else written(amount, currency)
