"""The rows of a tax table, told by arithmetic and not by words: rate x base = tax, whatever the columns are called."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import permutations

from tasks.offline.grid import Grid, Row
from tasks.offline.numbers import Number, find_numbers

SLACK = Decimal("0.02")
HIGHEST_RATE = 30
WIDEST_ROW = 10
"""Amounts in the widest row of a tax table."""


@dataclass(frozen=True)
class TaxRow:
    """One rate of a tax table: *tax* is *rate* per cent of *net*; *gross* where the row prints the sum too."""

    rate: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal | None
    row: Row
    start: int = 0
    end: int = 0
    """The columns of the page between which its numbers stand."""


def read_tax_tables(grid: Grid, style: str | None) -> tuple[tuple[TaxRow, ...], ...]:
    """The tax tables of the document: runs of tax rows with at most two other rows between them, no rate and base twice."""
    tables: list[list[TaxRow]] = []
    order = {row.index: place for place, row in enumerate(grid.filled)}
    last = -1
    for found in filter(None, (tax_row(row, style) for row in grid.filled)):
        place = order[found.row.index]
        if not tables or place - last > 3:
            tables.append([])
        last = place
        if (found.rate, found.net) not in {(known.rate, known.net) for known in tables[-1]}:
            tables[-1].append(found)
    return tuple(map(tuple, tables))


def money_of(row: Row, style: str | None) -> tuple[Number, ...]:
    """The amounts of a row."""
    return tuple(number for number in find_numbers(row.text, style) if number.is_money)


def tax_row(row: Row, style: str | None) -> TaxRow | None:
    """The row read as one of a tax table, or None where no rate in it fits two of its amounts."""
    numbers = find_numbers(row.text, style)
    money = [number for number in numbers if number.is_money]
    if not 2 <= len(money) <= WIDEST_ROW:
        return None
    for rate in _rates(numbers):
        for net, tax in permutations(money, 2):
            if net is not rate and tax is not rate and _fits(rate.value, net.value, tax.value):
                return _row(rate, net, tax, money, row)
    return None


def _row(rate: Number, net: Number, tax: Number, money: list[Number], row: Row) -> TaxRow:
    gross = _sum_in(money, net, tax)
    used = [number for number in (rate, net, tax, gross) if number]
    start, end = min(number.start for number in used), max(number.end for number in used)
    return TaxRow(rate.value, net.value, tax.value, gross.value if gross else None, row, start, end)


def tax_pairs(grid: Grid, style: str | None) -> tuple[tuple[Decimal, Decimal], ...]:
    """The rows of exactly two amounts of which the second may be the tax on the first: a tax table without its rates."""
    rows = (tuple(number.value for number in money_of(row, style)) for row in grid.filled)
    return tuple((row[0], row[1]) for row in rows if len(row) == 2 and 0 < row[1] * 3 <= row[0])


def _rates(numbers: Iterable[Number]) -> list[Number]:
    """Numbers that may be a tax rate, those with a percent sign first."""
    known = [number for number in numbers if 0 <= number.value <= HIGHEST_RATE and number.currency is None]
    return sorted(known, key=lambda number: not number.percent)


def _fits(rate: Decimal, net: Decimal, tax: Decimal) -> bool:
    if net == 0 or abs(net) <= abs(tax) or (rate == 0) != (tax == 0):
        return False
    return abs(net * rate / 100 - tax) <= SLACK and (rate == 0 or abs(tax) > SLACK)


def _sum_in(money: list[Number], net: Number, tax: Number) -> Number | None:
    return next(
        (other for other in money if abs(net.value + tax.value - other.value) <= SLACK and tax.value),
        None,
    )
