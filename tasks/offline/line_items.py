"""The lines of an invoice: what was sold, how much of it, at what price. Rules only, no model.

Lines are read under the heading of their table, or, where no heading is found, as the rows that add up to a printed sum.
Where a table can be read in more than one way, the reading whose amounts add up to a printed sum is taken.
"""

from collections.abc import Sequence
from decimal import Decimal

from tasks.offline.grid import Grid, Row, read_grid
from tasks.offline.line_choice import choose_lines, mend_amount
from tasks.offline.line_free import adds_up, amount_of, read_free_lines
from tasks.offline.line_table import RawLine, names_sum, read_tables
from tasks.offline.numbers import decimal_style, find_amounts
from tasks.offline.table_header import find_headers
from tasks.schemas.invoice import LineItem

LONGEST = 400
"""Characters of the longest row that is looked at; a page is laid out in 130."""


def read_line_items(
    text: str, *, total: Decimal | None = None, net: Decimal | None = None
) -> tuple[LineItem, ...]:
    """The lines of the document *text* (layout text, pages joined by form feeds), in the order they are printed.

    *total* and *net* are the sums read elsewhere, if any; they only choose between readings and raise confidence.
    A quantity or price that is not printed is None. Nothing is returned where nothing is sure to be a line.
    Costs about 5 ms a page.
    """
    grid = _readable(read_grid(text))
    style = decimal_style(text)
    sums = _sums(grid, style)
    given = [value for value in (net, total) if value]
    lines = choose_lines(read_tables(grid, find_headers(grid), style), given, sums)
    if not lines:
        lines = read_free_lines(grid, given, style)
    lines = mend_amount(lines, [*given, *sums])
    sure = adds_up(lines, [*given, *sums])
    return tuple(_item(line, sure, _sign(lines, total)) for line in lines)


def _readable(grid: Grid) -> Grid:
    """*grid* with rows emptied that are too long to come from a page, so that no text costs more than its size."""
    return Grid(tuple(row if len(row.text) <= LONGEST else Row(row.page, row.index, "") for row in grid.rows))


def _sums(grid: Grid, style: str | None) -> tuple[Decimal, ...]:
    """Every sum that is printed beside a label of a sum."""
    return tuple(
        number.value
        for row in grid.filled
        if any(names_sum(cell.plain) for cell in row.cells)
        for number in find_amounts(row.text, style)
        if number.value
    )


def _sign(lines: Sequence[RawLine], total: Decimal | None) -> int:
    """-1 where the page prints every amount of a credit note negative but *total* was read as positive."""
    amounts = [amount_of(line) for line in lines]
    return -1 if amounts and total and total > 0 and sum(amounts) < 0 and max(amounts) <= 0 else 1


def _item(line: RawLine, sure: bool, sign: int) -> LineItem:
    reading = line.reading
    return LineItem(
        description=line.name,
        quantity=reading.quantity.value if reading.quantity else None,
        unit_price=reading.unit_price.value if reading.unit_price else None,
        amount=sign * amount_of(line),
        evidence=line.row.evidence,
        confidence=_confidence(reading.agrees, reading.labelled, sure),
    )


def _confidence(agrees: bool | None, labelled: bool, sure: bool) -> float:
    """From the arithmetic: of the line itself, and of all lines together."""
    alone = {True: 0.85, None: 0.6, False: 0.35}[agrees]
    return round(min(0.98, alone + (0.1 if sure else 0.0) + (0.03 if labelled else 0.0)), 2)
