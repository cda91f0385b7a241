"""The books: rows of posted invoices in an accounting database of its own.

A booking is posted once: the same source again gives the posting that is there, the same document under another
name or the same vendor and number is told as a duplicate, and all of it in the one transaction that writes.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import PurePath
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    Text,
    UniqueConstraint,
    insert,
    select,
)

from blocks.base import clock, faults
from blocks.base.money import written
from blocks.base.sql import Database

_metadata = MetaData()

_books = Table("books", _metadata, Column("identity", String(36), primary_key=True))

_invoices = Table(
    "invoices",
    _metadata,
    Column("invoice_id", Integer, primary_key=True),
    Column("source", String(600), nullable=False, unique=True, comment="document digest and file name"),
    Column("document_digest", String(64), nullable=False, unique=True),
    Column("file", String(500), nullable=False),
    Column("vendor", Text, nullable=False),
    Column("vendor_key", Text, nullable=False, comment="letters and digits of the vendor, lower case"),
    Column("invoice_number", String(200), comment="None on a receipt without one"),
    Column("number_key", String(200), comment="letters and digits of the number, lower case"),
    Column("date", String(10), nullable=False, comment="ISO 8601"),
    Column("currency", String(3), nullable=False, comment="ISO 4217"),
    Column("net", String(40), comment="decimal, in the currency"),
    Column("tax", String(40), comment="decimal, in the currency"),
    Column("total", String(40), nullable=False, comment="decimal, in the currency"),
    Column("category", String(100)),
    Column("posted_at", BigInteger, nullable=False, comment="microseconds since 1970 UTC"),
    UniqueConstraint("vendor_key", "number_key"),
)

_lines = Table(
    "invoice_lines",
    _metadata,
    Column("invoice_id", Integer, ForeignKey("invoices.invoice_id"), primary_key=True),
    Column("position", Integer, primary_key=True, comment="1, 2, ..."),
    Column("description", Text, nullable=False),
    Column("quantity", String(40), comment="decimal"),
    Column("unit_price", String(40), comment="decimal, in the currency"),
    Column("amount", String(40), comment="decimal, in the currency"),
    Column("category", String(100)),
)


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
    """The accounting database behind one SQLAlchemy URL."""

    def __init__(self, url: str, *, patience_seconds: float = 0.0) -> None:
        self._database = Database(url, patience_seconds=patience_seconds)
        self._database.write(_metadata.create_all)  # one process at a time

    @cached_property
    def identity(self) -> str:
        """The name these books gave themselves when they were created."""

        def named(connection: Connection) -> str:
            found = connection.execute(select(_books.c.identity)).scalar()
            if found is None:
                found = f"books {uuid4()}"
                connection.execute(insert(_books).values(identity=found[:36]))
            return found[:36]

        return self._database.write(named)

    def post(self, booking: Booking) -> Posted | Duplicate:
        """Write *booking* with its lines in one transaction, once. Repeating the call changes nothing."""

        def once(connection: Connection) -> Posted | Duplicate:
            there = self._in_the_way(connection, booking)
            if there is not None:
                return there
            posted = Posted(_write(connection, booking))
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
        same_document = _one(connection, _invoices.c.document_digest == booking.document_digest)
        if same_document is not None:
            return _compare(same_document, booking)
        if booking.invoice_number is None:
            return None
        number = _invoices.c.number_key == _key(booking.invoice_number)
        same_number = _one(connection, number & (_invoices.c.vendor_key == _key(booking.vendor)))
        if same_number is None:
            return None
        reason = (
            f"{booking.vendor} number {booking.invoice_number} is posted already, from {same_number.file}."
        )
        return Duplicate(same_number.file, reason)


def _compare(row: Row[Any], booking: Booking) -> Posted | Duplicate:
    if row.file != booking.file and (
        booking.is_copy or PurePath(row.file).name != PurePath(booking.file).name
    ):
        return Duplicate(row.file, f"The same document is posted already, as {row.file}.")
    if (Decimal(row.total), row.currency) != (booking.total, booking.currency):
        return Duplicate(
            row.file, f"The document is posted already, with the total {row.total} {row.currency}"
        )
    return Posted(row.invoice_id)


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


def _one(connection: Connection, condition: Any) -> Row[Any] | None:
    return connection.execute(select(_invoices).where(condition)).first()


def _key(text: str) -> str:
    folded = text.casefold()
    return re.sub(r"[\W_]+", "", folded) or folded


def _money(amount: Decimal | None, currency: str) -> str | None:
    return None if amount is None else written(amount, currency)
