"""The books keep their word on PostgreSQL too: posted once, a duplicate only when it is accepted, older books rewritten."""

from collections.abc import Generator
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import create_engine, text

from blocks.providers.accounting import Accounting, Duplicate, Posted
from tests.unit.test_accounting import ACCEPTED, BOOKING, OLDER, OTHER

_TABLES = ("invoice_lines", "invoices", "books")


@pytest.fixture
def address(postgres: str) -> Generator[str]:
    """A database without books."""
    yield postgres
    _say(postgres, *(f"DROP TABLE IF EXISTS {table}" for table in _TABLES))


def _say(address: str, *statements: str) -> None:
    engine = create_engine(address)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def test_a_booking_is_posted_once_and_a_duplicate_when_it_is_accepted(address: str) -> None:
    books = Accounting(address)
    assert [books.post(BOOKING) for _ in range(2)] == [Posted(1)] * 2
    assert isinstance(books.post(OTHER), Duplicate)
    assert [books.post(ACCEPTED[0]) for _ in range(2)] == [Posted(2)] * 2
    assert isinstance(books.post(replace(OTHER, document_digest="f" * 64)), Duplicate)
    books.close()


def test_older_books_keep_their_bookings_and_count_on(address: str) -> None:
    _say(
        address,
        *(line.replace("invoices (invoice_id INTEGER", "invoices (invoice_id SERIAL") for line in OLDER),
    )
    books = Accounting(address)
    assert books.identity == "books of old"
    assert books.post(BOOKING) == Posted(7)
    assert books.post(replace(BOOKING, total=Decimal(1), accepted_duplicate_by="ada")) == Posted(8)
    books.close()
    again = Accounting(address)
    assert again.post(BOOKING) == Posted(7)
    again.close()
