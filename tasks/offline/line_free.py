"""Invoice lines without a heading: rows of a text and an amount that add up to a printed sum."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from tasks.offline.grid import Grid, Row
from tasks.offline.line_labels import PAID
from tasks.offline.line_names import clean, is_wordy
from tasks.offline.line_roles import Reading, read_numbers
from tasks.offline.line_table import RawLine, ends_table, is_carried
from tasks.offline.numbers import Number
from tasks.offline.table_rows import Piece, pieces_of

CENT = Decimal("0.011")
_COUNT = re.compile(r"(\d{1,2}) ?[xX]? ?(?=[^\W\d_]{3})")
"""A count before the name of a line; believed only where every line has one."""

MOST = 80
"""Rows over a sum that are looked at."""

SIDE = 5
"""Columns right of a sum where its lines may still end: a tax code. Anything further is another part of the page."""


@dataclass(frozen=True)
class _FreeRow:
    """A row with its pieces; *ends*: it is one of the totals."""

    row: Row
    pieces: tuple[Piece, ...]
    reading: Reading | None
    ends: bool


@dataclass(frozen=True)
class _FreeLine:
    """A line and the index of its row."""

    index: int
    raw: RawLine


def read_free_lines(grid: Grid, sums: Sequence[Decimal], style: str | None) -> tuple[RawLine, ...]:
    """The rows right over a sum that add up to it, or nothing. *sums* are the totals read elsewhere."""
    rows = [_free_row(row, style) for row in grid.filled]
    found = [
        _adding_up(rows, index, goal, sums)
        for index, row in enumerate(rows)
        if row.ends
        for goal in row.pieces
        if goal.number and goal.number.is_money
    ]
    return max(found, key=lambda lines: (adds_up(lines, sums), len(lines)), default=())


def _free_row(row: Row, style: str | None) -> _FreeRow:
    pieces = pieces_of(row, None, style)
    reading = read_numbers(pieces, None)
    return _FreeRow(row, pieces, reading, ends_table(pieces, reading))


def _adding_up(
    rows: Sequence[_FreeRow], end: int, goal: Piece, sums: Sequence[Decimal]
) -> tuple[RawLine, ...]:
    """The rows over row *end* that add up to *goal*, its amount, or to one of *sums*; nothing where none do."""
    paid = any(PAID.match(piece.plain) for piece in rows[end].pieces)
    goals = [*sums] if paid or goal.number is None else [*sums, goal.number.value]
    taken: list[_FreeLine] = []
    for index in range(end - 1, max(end - MOST, -1), -1):
        row = rows[index]
        if row.ends and taken:
            return ()
        line = None if row.ends or is_carried(row.pieces) else _line(row, index, goal.end + SIDE)
        if line is not None:
            taken.insert(0, line)
            if adds_up([found.raw for found in taken], goals):
                return tuple(_named(taken, rows, end))
    return ()


def adds_up(lines: Sequence[RawLine], sums: Sequence[Decimal]) -> bool:
    """Whether the amounts of *lines* make one of *sums*, a cent of rounding for every few lines allowed."""
    whole = abs(sum(map(amount_of, lines), Decimal(0)))
    slack = CENT * max(1, len(lines) // 4)
    return bool(whole) and any(abs(whole - abs(value)) <= slack for value in sums)


def amount_of(line: RawLine) -> Decimal:
    """The amount of *line* as printed."""
    return line.reading.amount.value


def _line(row: _FreeRow, index: int, edge: int) -> _FreeLine | None:
    """*row* as a line, what stands right of column *edge* left out; None where it has no amount."""
    pieces = [piece for piece in row.pieces if piece.end <= edge]
    reading = row.reading if len(pieces) == len(row.pieces) else read_numbers(pieces, None)
    if reading is None:
        return None
    amount = next(piece for piece in pieces if piece.number is reading.amount)
    texts = [piece for piece in pieces if piece.number is None and piece.start < amount.start]
    name = clean(" ".join(piece.text for piece in texts)) if any(map(is_wordy, texts)) else ""
    return _FreeLine(index, RawLine(name, reading, row.row))


def _named(lines: Sequence[_FreeLine], rows: Sequence[_FreeRow], end: int) -> Iterator[RawLine]:
    """The lines with their names: their own, else that of the row over them, or under them where one is under the last."""
    step = 1 if end - lines[-1].index > 1 and lines[-1].raw.name == "" else -1
    counted = all(_COUNT.match(line.raw.name) for line in lines)
    for line in lines:
        name = line.raw.name or _name_beside(rows, line.index + step) or line.raw.row.evidence
        yield _with_count(line.raw, name) if counted else replace(line.raw, name=name)


def _name_beside(rows: Sequence[_FreeRow], index: int) -> str:
    """The text of the row at *index*, or nothing where it is a line or a sum itself."""
    if not 0 <= index < len(rows) or rows[index].ends or rows[index].reading is not None:
        return ""
    return clean(" ".join(piece.text for piece in rows[index].pieces if piece.number is None))


def _with_count(line: RawLine, name: str) -> RawLine:
    """*line* with the count before its *name* as the quantity, unless it has one."""
    match = _COUNT.match(name)
    if match is None or line.reading.quantity is not None:
        return replace(line, name=name)
    count = Number(Decimal(match[1]), match[1], match.start(1), match.end(1), 0)
    return replace(line, name=name[match.end() :], reading=replace(line.reading, quantity=count))
