"""The books keep their word on PostgreSQL too: posted once, a duplicate only when it is accepted, older books rewritten."""

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from blocks.providers.accounting import Accounting, Duplicate, Posted
from tests.unit.test_accounting import ACCEPTED, BOOKING, OLDER, OTHER

AT_ONCE = 8
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


def test_books_that_many_open_at_one_moment_have_one_name(address: str) -> None:
    with side_by_side() as all_at_once:
        opened = [Accounting(address) for _ in range(AT_ONCE)]
        assert len(set(all_at_once(*(lambda one=one: one.identity for one in opened)))) == 1
    for one in opened:
        one.close()


def test_of_many_who_post_at_one_moment_one_does_and_the_others_are_told(address: str) -> None:
    opened = [Accounting(address) for _ in range(AT_ONCE)]
    papers = [
        replace(BOOKING, document_digest=f"{number:064}", file=f"{number}.pdf") for number in range(AT_ONCE)
    ]
    with side_by_side() as all_at_once:
        same = all_at_once(*(lambda one=one: one.post(BOOKING) for one in opened))
        other = all_at_once(
            *(lambda one=one, paper=paper: one.post(paper) for one, paper in zip(opened, papers, strict=True))
        )
    assert {*same} == {Posted(1)}
    assert all(isinstance(answer, Duplicate) for answer in other)
    for one in opened:
        one.close()


@contextmanager
def side_by_side() -> Generator[Callable[..., list[Any]]]:
    """Calls functions in threads that begin at one moment; what they return."""
    barrier = Barrier(AT_ONCE)

    def called(act: Callable[[], Any]) -> Any:
        barrier.wait(30)
        return act()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield lambda *acts: list(pool.map(called, acts))


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
