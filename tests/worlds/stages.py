"""Stages that count their bodies. Light ones need no Prefect server; each has a twin that is durable."""

import os
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, select

from blocks.durable import GIVEN, spend, stage
from blocks.providers.accounting import Accounting, Booking, _invoices
from tests.worlds.counting import body_ran, times_run


class Page(BaseModel):
    """A small value and one that does not fit into a row."""

    model_config = ConfigDict(frozen=True)

    number: int
    text: str = ""


@stage(version=1, weight="light")
def small(number: int) -> Page:
    """An answer that is kept in the row."""
    body_ran(f"small-{number}")
    return Page(number=number, text="a few words")


@stage(version=1, weight="light")
def large(number: int) -> Page:
    """An answer that is kept as an artifact."""
    body_ran(f"large-{number}")
    return Page(number=number, text=f"page {number} " * 4000)


@stage(version=1, weight="light")
def joined(left: Page, right: Page) -> Page:
    """An answer over two others, with large inputs."""
    body_ran("joined")
    return Page(number=left.number + right.number, text=left.text + right.text)


@stage(version=1, weight="light")
def by_process(number: int) -> Page:
    """An answer that tells which process gave it."""
    body_ran("by_process")
    return Page(number=number, text=str(os.getpid()))


class Basket(BaseModel):
    """Values that JSON alone does not keep: a tuple, a decimal, a dict that can be changed."""

    things: tuple[str, ...]
    prices: dict[str, float]
    weight: Decimal


@stage(version=1, weight="light")
def basket(number: int) -> Basket:
    """Given as a list and as text, on purpose."""
    body_ran("basket")
    things: Any = ["pear", "fig", "nut"][:number]
    return Basket(things=things, prices={"fig": 1}, weight=Decimal("0.10"))


@stage(version=1, weight="light")
def careless(given: Basket) -> int:
    """Changes what it was given."""
    body_ran("careless")
    given.prices.clear()
    return len(given.prices)


@stage(version=1, weight="light")
def unreliable(good_at: int) -> int:
    """Costs a cent, and fails until it ran *good_at* times."""
    body_ran("unreliable")
    spend(Decimal("0.01"))
    times = times_run("unreliable")
    if times < good_at:
        raise OSError("no answer")
    return times


@stage(version=1, weight="light")
def posted(number: int, *, books: Accounting = GIVEN) -> int:
    """One row in the books; the answer is how many rows there are for it."""
    body_ran("posted")
    booking = Booking(
        document_digest=f"{number:064}",
        file="a.pdf",
        vendor="A Vendor",
        invoice_number=f"{number}",
        date="2025-01-01",
        currency="EUR",
        net=None,
        tax=None,
        total=Decimal(number),
        category=None,
        lines=(),
    )
    books.post(booking)
    query = select(func.count()).where(_invoices.c.invoice_number == booking.invoice_number)
    return books._database.read(lambda connection: int(connection.execute(query).scalar_one()))


def story() -> Page:
    """Three stages, the last over the first two."""
    return joined(small(1), large(2))
