"""Invoice lines under a heading: from the heading to the totals, over page breaks."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from tasks.offline.amount_labels import role_of
from tasks.offline.grid import Grid, Row
from tasks.offline.line_labels import CARRIED, TOTALS
from tasks.offline.line_names import TextZone, is_wordy, name_of, text_zone, texts_in, tightened
from tasks.offline.line_roles import Reading, read_numbers, role_under
from tasks.offline.table_header import Header, looks_like_heading
from tasks.offline.table_rows import Piece, pieces_of, whole_cells

_SURE = {"due": 0.9, "gross": 0.9, "total": 0.8}
"""How surely a label that no list knows must name a total."""

_TAX_CODE = re.compile(r"^\W*(?:\d{1,3}\s+|[a-z]{2} (?=gst|vat|tax))")
"""A count of pieces or a tax code that stands before the label of a sum on receipts."""


_PAGE_COUNT = re.compile(r"\W*(?:page|seite|pagina|strona|p|blatt)?\W*\d+ ?(?:/|of|von|de|van|z|sur) ?\d+\W*")


@dataclass(frozen=True)
class TableRow:
    """A row under a heading: its pieces, the texts of its description, and the numbers if it is an invoice line."""

    row: Row
    pieces: tuple[Piece, ...]
    texts: tuple[Piece, ...]
    reading: Reading | None
    section: int = 0
    """How many sums stand between the heading and this row."""
    after_break: bool = False
    """Whether the heading of another table stands between."""


@dataclass(frozen=True)
class RawLine:
    """An invoice line before its sum is checked."""

    name: str
    reading: Reading
    row: Row
    section: int = 0
    after_break: bool = False


@dataclass
class _Table:
    """The rows of one table while it is read."""

    header: Header
    zone: TextZone
    rows: list[TableRow] = field(default_factory=list)


def read_tables(grid: Grid, headers: Sequence[Header], style: str | None) -> tuple[RawLine, ...]:
    """The lines under all *headers*, top to bottom. A heading printed again goes on with the same table."""
    lines: list[RawLine] = []
    for number, header in enumerate(headers):
        until = headers[number + 1].first if number + 1 < len(headers) else len(grid.rows)
        lines += _lines(_read(grid, header, until, style))
    return tuple(lines)


def _read(grid: Grid, header: Header, until: int, style: str | None) -> _Table:
    table = _Table(header, text_zone(header))
    sections, broken = 0, False
    for row in grid.rows[header.last + 1 : until]:
        pieces = pieces_of(row, header, style)
        reading = read_numbers(pieces, header)
        broken = broken or (reading is None and looks_like_heading(row))
        if is_carried(pieces) or _PAGE_COUNT.fullmatch(row.plain):
            continue
        if _is_rate(pieces) or (
            (ends_table(pieces, reading) or _only_tax(row, pieces)) and not _numbered(pieces, header)
        ):
            sections += 1
        elif pieces:
            texts = texts_in(
                _worded(pieces, reading, header) if reading else whole_cells(row), table.zone, header
            )
            table.rows.append(TableRow(row, pieces, texts, reading, sections, broken))
    return table


def _worded(pieces: Sequence[Piece], reading: Reading, header: Header) -> tuple[Piece, ...]:
    """*pieces* with the numbers that belong to the description ('4-' of '4-Fahrten-Karte') turned into texts."""
    used = (reading.amount, reading.quantity, reading.unit_price)
    return tuple(
        replace(piece, number=None)
        if piece.number
        and not (piece.number in used or piece.number.currency)
        and role_under(piece, header) == "description"
        else piece
        for piece in pieces
    )


def ends_table(pieces: Sequence[Piece], reading: Reading | None) -> bool:
    """Whether the row is one of the totals: a label of a sum, an amount, and no quantity times price."""
    has_number = any(piece.number is not None for piece in pieces)
    named = any(piece.number is None and names_sum(piece.plain) for piece in pieces)
    verified = reading is not None and reading.agrees is True and reading.quantity is not None
    return has_number and named and not verified


def names_sum(plain: str) -> bool:
    """Whether the folded text *plain* begins with the label of a sum."""
    if any(TOTALS.match(spelling) for spelling in (plain.lstrip(" *-=("), _TAX_CODE.sub("", plain))):
        return True
    label = role_of(plain.rstrip(" :.")) if len(plain.split()) <= 5 else None
    return label is not None and label.strength >= _SURE.get(label.role, 1.0)


def _is_rate(pieces: Sequence[Piece]) -> bool:
    """Whether the row begins with a rate: one of a tax table, whatever stands beside it."""
    return bool(pieces) and pieces[0].number is not None and pieces[0].number.percent


def _only_tax(row: Row, pieces: Sequence[Piece]) -> bool:
    """Whether the row has no text but a tax beside its amount: '19% VAT   38.00'."""
    return all(piece.number for piece in pieces) and any(names_sum(cell.plain) for cell in row.cells)


def _numbered(pieces: Sequence[Piece], header: Header) -> bool:
    """Whether the row has a number of its own in the column of positions."""
    first = pieces[0]
    return first.number is not None and role_under(first, header) == "position"


def is_carried(pieces: Sequence[Piece]) -> bool:
    """Whether the row carries a sum from one page to the next."""
    return any(CARRIED.match(piece.plain) for piece in pieces if piece.number is None)


def _lines(table: _Table) -> Iterator[RawLine]:
    """The invoice lines of *table*, named."""
    starts = [index for index, row in enumerate(table.rows) if row.reading is not None]
    numbers = [piece for index in starts for piece in table.rows[index].pieces if piece.number is not None]
    inside = [row.texts for row in table.rows if not row.after_break and row.section == 0]
    zone = tightened(table.zone, inside, numbers)
    above = _named_above(table.rows, starts)
    for position, index in enumerate(starts):
        row = table.rows[index]
        until = _end_of(table.rows, index, starts[position + 1 :])
        if above:
            since = starts[position - 1] + 1 if position else 0
            over = [text for near in table.rows[since:index] for text in near.texts]
            own = over + [text for text in row.texts if is_wordy(text)] if over else row.texts
            name = name_of(own, (), zone)
        else:
            name = name_of(row.texts, [near.texts for near in table.rows[index + 1 : until]], zone)
        if row.reading is not None:
            yield RawLine(name or _any_text(row), row.reading, row.row, row.section, row.after_break)


def _end_of(rows: Sequence[TableRow], index: int, later: Sequence[int]) -> int:
    """Where the rows under the line at *index* end: at the next line, or where the next sum or table begins."""
    start = rows[index]
    same = (
        near
        for near in range(index + 1, later[0] if later else len(rows))
        if (rows[near].section, rows[near].after_break, rows[near].row.page)
        != (start.section, start.after_break, start.row.page)
    )
    return next(same, later[0] if later else len(rows))


def _named_above(rows: Sequence[TableRow], starts: Sequence[int]) -> bool:
    """Whether the names stand over the numbers: the first line has a row over it and most lines have no text."""
    if not starts or starts[0] == 0:
        return False
    bare = sum(not any(map(is_wordy, rows[index].texts)) for index in starts)
    return bare * 2 > len(starts)


def _any_text(row: TableRow) -> str:
    texts = [piece.text for piece in row.pieces if piece.number is None]
    return " ".join(texts) or row.row.evidence
