"""The books under attack: an invoice is posted once, whoever asks, however often, from however many processes."""
# ruff: noqa: S608  the statements are the attack

import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from blocks.base import faults
from blocks.base.errors import HoldfastError
from blocks.base.sql import DatabaseRefused
from blocks.providers.accounting import Accounting, Booking, BookingLine, Duplicate, Posted
from tests.worlds import children

LINES = (
    BookingLine("Paper, A4", Decimal("3"), Decimal("4.10"), Decimal("12.30"), "Office supplies"),
    BookingLine("Postage", None, None, Decimal("0.04"), None),
)
BOOKING = Booking(
    document_digest="d" * 64,
    file="a.pdf",
    vendor="Lindenhof Papier GmbH",
    invoice_number="RE-2025/0417",
    date="2025-10-14",
    currency="EUR",
    net=Decimal("10.37"),
    tax=Decimal("1.97"),
    total=Decimal("12.34"),
    category="Office supplies",
    lines=LINES,
)
OTHER = replace(BOOKING, document_digest="e" * 64, file="b.pdf")


def url_in(folder: Path) -> str:
    """The books of a folder."""
    return f"sqlite:///{folder / 'accounting.db'}"


@pytest.fixture
def books(tmp_path: Path) -> Generator[Accounting]:
    """Empty books."""
    opened = Accounting(url_in(tmp_path))
    yield opened
    opened.close()


def count(folder: Path, table: str = "invoices") -> int:
    """Rows in the books."""
    engine = create_engine(url_in(folder))
    with engine.connect() as connection:
        found = int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())
    engine.dispose()
    return found


def test_a_booking_stands_in_the_books_with_its_lines(books: Accounting, tmp_path: Path):
    assert books.post(BOOKING) == Posted(1)
    assert (count(tmp_path), count(tmp_path, "invoice_lines")) == (1, 2)


def test_money_comes_back_to_the_last_digit(books: Accounting, tmp_path: Path):
    books.post(replace(BOOKING, total=Decimal("12345678901234567890.10"), net=None))
    engine = create_engine(url_in(tmp_path))
    with engine.connect() as connection:
        row = connection.execute(text("SELECT net, tax, total FROM invoices")).one()
    engine.dispose()
    assert row == (None, "1.97", "12345678901234567890.10")


def test_the_same_booking_again_changes_nothing(books: Accounting, tmp_path: Path):
    assert [books.post(BOOKING) for _ in range(3)] == [Posted(1)] * 3
    assert (count(tmp_path), count(tmp_path, "invoice_lines")) == (1, 2)


def test_the_same_document_under_another_name_is_told(books: Accounting, tmp_path: Path):
    books.post(BOOKING)
    answer = books.post(replace(BOOKING, file="copy of a.pdf"))
    assert isinstance(answer, Duplicate)
    assert (answer.file, count(tmp_path)) == ("a.pdf", 1)


def test_the_same_document_with_another_total_is_told(books: Accounting, tmp_path: Path):
    books.post(BOOKING)
    for changed in (replace(BOOKING, total=Decimal("99")), replace(BOOKING, currency="PLN")):
        assert isinstance(books.post(changed), Duplicate)
    assert count(tmp_path) == 1


@pytest.mark.parametrize(
    ("vendor", "number"),
    [
        (BOOKING.vendor, BOOKING.invoice_number),
        ("LINDENHOF Papier GmbH", "re-2025/0417"),
        ("Lindenhof-Papier GmbH.", "RE 2025 0417"),
    ],
)
def test_a_number_of_a_vendor_is_posted_once_however_it_is_written(
    books: Accounting, tmp_path: Path, vendor: str, number: str
):
    books.post(BOOKING)
    answer = books.post(replace(OTHER, vendor=vendor, invoice_number=number))
    assert isinstance(answer, Duplicate)
    assert "a.pdf" in answer.reason
    assert count(tmp_path) == 1


@pytest.mark.parametrize(
    "other",
    [
        replace(OTHER, invoice_number="RE-2025/0418"),
        replace(OTHER, vendor="Harrow & Pike Ltd"),
        replace(OTHER, invoice_number=None),
        replace(OTHER, vendor="Łódź Papier"),
    ],
    ids=["another number", "another vendor", "no number", "letters of another alphabet"],
)
def test_what_differs_is_posted(books: Accounting, tmp_path: Path, other: Booking):
    books.post(BOOKING)
    assert books.post(other) == Posted(2)
    assert count(tmp_path) == 2


ACCEPTED = [
    replace(OTHER, accepted_duplicate_by="ada"),
    replace(BOOKING, file="copy of a.pdf", accepted_duplicate_by="ada"),
    replace(BOOKING, total=Decimal("99"), accepted_duplicate_by="ada"),
]


@pytest.mark.parametrize("accepted", ACCEPTED, ids=["the number again", "a copy", "another total"])
def test_a_duplicate_that_a_person_accepted_is_posted_once_beside_the_other(
    books: Accounting, tmp_path: Path, accepted: Booking
):
    books.post(BOOKING)
    assert [books.post(accepted) for _ in range(3)] == [Posted(2)] * 3
    assert (count(tmp_path), count(tmp_path, "invoice_lines")) == (2, 4)
    assert accepted_by(tmp_path) == [None, "ada"]


@pytest.mark.parametrize("accepted", ACCEPTED, ids=["the number again", "a copy", "another total"])
def test_an_accepted_duplicate_that_comes_again_is_the_posting_that_is_there(
    books: Accounting, tmp_path: Path, accepted: Booking
):
    books.post(BOOKING)
    books.post(accepted)
    assert books.post(replace(accepted, accepted_duplicate_by=None)) == Posted(2)
    assert books.post(BOOKING) == Posted(1)
    assert count(tmp_path) == 2


def test_a_third_one_is_a_duplicate_again(books: Accounting, tmp_path: Path):
    books.post(BOOKING)
    books.post(ACCEPTED[0])
    assert isinstance(books.post(replace(OTHER, document_digest="f" * 64, file="c.pdf")), Duplicate)
    assert isinstance(books.post(replace(OTHER, file="c.pdf")), Duplicate)
    assert count(tmp_path) == 2


def test_what_is_no_duplicate_any_more_is_posted_as_any_other(books: Accounting, tmp_path: Path):
    assert [books.post(ACCEPTED[0]) for _ in range(2)] == [Posted(1)] * 2
    assert accepted_by(tmp_path) == [None]


def test_eight_threads_post_one_accepted_duplicate_once(books: Accounting, tmp_path: Path):
    books.post(BOOKING)
    barrier = threading.Barrier(8)

    def post(accepted: Booking) -> Any:
        barrier.wait()
        return books.post(accepted)

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(post, ACCEPTED[:2] * 4))
    assert answers == {Posted(2), Posted(3)}
    assert count(tmp_path) == 3


def accepted_by(folder: Path) -> list[str | None]:
    """Who accepted each booking as a duplicate, oldest first."""
    engine = create_engine(url_in(folder))
    with engine.connect() as connection:
        found = connection.execute(text("SELECT accepted_duplicate_by FROM invoices ORDER BY invoice_id"))
        names = list(found.scalars())
    engine.dispose()
    return names


OLDER = (
    "CREATE TABLE books (identity VARCHAR(36) PRIMARY KEY NOT NULL)",
    "CREATE TABLE invoices (invoice_id INTEGER NOT NULL, source VARCHAR(600) NOT NULL, document_digest VARCHAR(64) NOT NULL, "
    "file VARCHAR(500) NOT NULL, vendor TEXT NOT NULL, vendor_key TEXT NOT NULL, invoice_number VARCHAR(200), "
    "number_key VARCHAR(200), date VARCHAR(10) NOT NULL, currency VARCHAR(3) NOT NULL, net VARCHAR(40), tax VARCHAR(40), "
    "total VARCHAR(40) NOT NULL, category VARCHAR(100), posted_at BIGINT NOT NULL, PRIMARY KEY (invoice_id), "
    "UNIQUE (vendor_key, number_key), UNIQUE (source), UNIQUE (document_digest))",
    "CREATE TABLE invoice_lines (invoice_id INTEGER NOT NULL, position INTEGER NOT NULL, description TEXT NOT NULL, "
    "quantity VARCHAR(40), unit_price VARCHAR(40), amount VARCHAR(40), category VARCHAR(100), "
    "PRIMARY KEY (invoice_id, position), FOREIGN KEY(invoice_id) REFERENCES invoices (invoice_id))",
    "INSERT INTO books VALUES ('books of old')",
    f"INSERT INTO invoices VALUES (7, '{'d' * 64} a.pdf', '{'d' * 64}', 'a.pdf', 'Lindenhof Papier GmbH', "
    "'lindenhofpapiergmbh', 'RE-2025/0417', 're20250417', '2025-10-14', 'EUR', '10.37', '1.97', '12.34', "
    "'Office supplies', 1)",
    "INSERT INTO invoice_lines VALUES (7, 1, 'Paper, A4', '3', '4.10', '12.30', 'Office supplies')",
    "INSERT INTO invoice_lines VALUES (7, 2, 'Postage', NULL, NULL, '0.04', NULL)",
)
"""Books as they were before duplicates could be accepted."""


def write_older_books(folder: Path) -> None:
    """Leave older books in *folder*, with one booking of two lines."""
    engine = create_engine(url_in(folder))
    with engine.begin() as connection:
        for statement in OLDER:
            connection.execute(text(statement))
    engine.dispose()


def test_older_books_keep_their_bookings_and_take_accepted_duplicates(tmp_path: Path):
    write_older_books(tmp_path)
    books = Accounting(url_in(tmp_path))
    assert books.identity == "books of old"
    assert books.post(BOOKING) == Posted(7)
    assert isinstance(books.post(OTHER), Duplicate)
    assert books.post(ACCEPTED[0]) == Posted(8)
    books.close()
    again = Accounting(url_in(tmp_path))
    assert again.post(BOOKING) == Posted(7)
    again.close()
    assert (count(tmp_path), count(tmp_path, "invoice_lines")) == (2, 4)
    assert accepted_by(tmp_path) == [None, "ada"]


def open_older_books(folder: Path, gate: Any) -> None:
    """Open books that others open, too."""
    gate.wait(20)
    Accounting(url_in(folder)).close()


def test_older_books_that_many_open_at_once_are_rewritten_once(tmp_path: Path):
    write_older_books(tmp_path)
    gate = children.forks.Barrier(4)
    opening = [children.start(open_older_books, tmp_path, gate) for _ in range(4)]
    assert [children.end_of(child) for child in opening] == [0] * 4
    assert (count(tmp_path), count(tmp_path, "invoice_lines")) == (1, 2)


def test_books_that_cannot_be_rewritten_are_left_as_they_were(tmp_path: Path):
    write_older_books(tmp_path)
    engine = create_engine(url_in(tmp_path))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE old_invoice_lines (in_the_way TEXT)"))
    with pytest.raises(HoldfastError):
        Accounting(url_in(tmp_path))
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE old_invoice_lines"))
    engine.dispose()
    assert (count(tmp_path), count(tmp_path, "invoice_lines")) == (1, 2)
    Accounting(url_in(tmp_path)).close()
    assert count(tmp_path, "invoice_lines") == 2


def test_two_receipts_without_a_number_are_two(books: Accounting):
    first, second = replace(BOOKING, invoice_number=None), replace(OTHER, invoice_number=None)
    assert [books.post(first), books.post(second), books.post(first)] == [Posted(1), Posted(2), Posted(1)]


def test_numbers_of_marks_only_are_not_all_the_same_number(books: Accounting):
    first, second = replace(BOOKING, invoice_number="---"), replace(OTHER, invoice_number="№ *")
    assert isinstance(books.post(first), Posted)
    assert isinstance(books.post(second), Posted)


def test_a_booking_that_fails_half_way_leaves_nothing(books: Accounting, tmp_path: Path):
    def fail(point: str) -> None:
        if point == "accounting.written":
            raise ZeroDivisionError

    with faults.planned(fail), pytest.raises(ZeroDivisionError):
        books.post(BOOKING)
    assert (count(tmp_path), count(tmp_path, "invoice_lines")) == (0, 0)
    assert books.post(BOOKING) == Posted(1)


def test_eight_threads_post_one_booking_once(books: Accounting, tmp_path: Path):
    barrier = threading.Barrier(8)

    def post(number: int) -> Any:
        barrier.wait()
        return books.post(BOOKING if number % 2 else OTHER)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(8)))
    assert (count(tmp_path), count(tmp_path, "invoice_lines")) == (1, 2)
    assert sum(isinstance(answer, Posted) for answer in answers) == 4


def post_everything(folder: Path, gate: Any, name: str) -> None:
    """Post twenty bookings that others post, too, under other names, into books that may not be there yet."""
    gate.wait(20)
    books = Accounting(url_in(folder))
    for number in range(20):
        digest = f"{number:064}"
        books.post(replace(BOOKING, document_digest=digest, file=name, invoice_number=f"{number}"))


def test_four_processes_post_each_booking_once(tmp_path: Path):
    gate = children.forks.Barrier(4)
    posting = [children.start(post_everything, tmp_path, gate, f"{n}.pdf") for n in range(4)]
    assert [children.end_of(child) for child in posting] == [0] * 4
    assert (count(tmp_path), count(tmp_path, "invoice_lines")) == (20, 40)


def post_and_die(folder: Path, point: str) -> None:
    """Be killed while posting."""
    with faults.planned(children.killed_at(point)):
        Accounting(url_in(folder)).post(BOOKING)


@pytest.mark.parametrize(("point", "posted"), [("accounting.written", 0), ("accounting.committed", 1)])
def test_a_killed_process_leaves_a_whole_booking_or_none(tmp_path: Path, point: str, posted: int):
    assert children.run(post_and_die, tmp_path, point) == -9
    assert (count(tmp_path), count(tmp_path, "invoice_lines")) == (posted, 2 * posted)
    assert Accounting(url_in(tmp_path)).post(BOOKING) == Posted(1)
    assert count(tmp_path) == 1


def name_books(folder: Path, gate: Any, answer: Path) -> None:
    """Ask new books for their name."""
    gate.wait(20)
    answer.write_text(Accounting(url_in(folder)).identity)


def test_books_have_one_name_whoever_opens_them_first(tmp_path: Path):
    gate = children.forks.Barrier(3)
    answers = [tmp_path / f"{n}.txt" for n in range(3)]
    asking = [children.start(name_books, tmp_path, gate, answer) for answer in answers]
    assert [children.end_of(child) for child in asking] == [0] * 3
    assert {answer.read_text() for answer in answers} == {Accounting(url_in(tmp_path)).identity}


def test_books_that_cannot_be_opened_are_told_by_name(tmp_path: Path):
    (tmp_path / "accounting.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(DatabaseRefused):
        Accounting(url_in(tmp_path))
