"""One row of a table cut into pieces: texts and numbers, each with its columns of the page."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tasks.offline.fold import fold
from tasks.offline.grid import Cell, Row
from tasks.offline.numbers import Number, find_numbers
from tasks.offline.table_header import Column, Header

UNITS = re.compile(
    r"(?:st|stk|stck|stuck|stueck|pcs?|pce|ea|each|units?|unit\(s\)|unite\(?s?\)?|unid|h|hrs?|hours?|std|stunden?|tage?|days?|jours?|mois|months?|"
    r"monate?|heures?|uur|uren|dag|dagen|maand\w*|godz|szt|sztuk\w*|usl|piece\(?s?\)?|mc|kpl|op|kg|g|gr|mg|t|to|l|ltr|lit(?:er|re)s?(?:\(s\))?|liter\(s\)|ml|cl|m|m2|m3|qm|cbm|cm|mm|km|lfm|ft|"
    r"meter|metre|mb|kwh|mwh|psch|pausch\w*|forfait|paar|pair|box|boxes|set|sets|pack|pkg|pkt|pak|stuks?|doos|rol|rolle|karton|ve|vpe|x|\*|@|a|"
    r"eur|euro|usd|gbp|chf|pln|zl|rm|myr|%|\(?[a-z]{1,2}\)?|vat|mwst|ust|tva|btw|tax|zrl|sr|zr|=|/|-|\||:|,|\.)\.?",
)
"""Words that may stand in a cell beside its number."""

_TAIL = re.compile(r"[\s*]*(?:[A-Z]{1,3}|[*#%])?[\s*.]*")
"""What may follow the last amount of a cell: a tax code."""

_TIMES = re.compile(r" ?[.)xX*](?=\s)")
_LEAD = re.compile(r"(?:\d{1,4} ?[xX*] ?(?=\S)|\d{1,4}[.)]? +(?=[^\W\d]))")
"""A count or a position before the text of a cell."""


@dataclass(frozen=True)
class Piece:
    """A text or a number of a row; *start* and *end* are columns of the page."""

    text: str
    start: int
    end: int
    number: Number | None = None

    @property
    def plain(self) -> str:
        """The folded text."""
        return fold(self.text)

    def gap(self, column: Column) -> int:
        """Columns between this piece and *column*; 0 where they overlap."""
        return max(column.start - self.end, self.start - column.end, 0)


def pieces_of(row: Row, header: Header | None, style: str | None) -> tuple[Piece, ...]:
    """The pieces of *row* from left to right. *header* tells where a number before a text is a count of its own."""
    return tuple(piece for cell in row.cells for piece in _cut(cell, header, style))


def whole_cells(row: Row) -> tuple[Piece, ...]:
    """The cells of *row* as texts, uncut."""
    return tuple(Piece(cell.text, cell.start, cell.end) for cell in row.cells)


def _cut(cell: Cell, header: Header | None, style: str | None) -> Iterator[Piece]:
    numbers = find_numbers(cell.text, style)
    if numbers and _only_numbers(cell, numbers, header):
        yield from (_numbered(cell, number) for number in numbers)
        return
    first = _leading(cell, numbers, header)
    times = _TIMES.match(cell.text, first.end) if first else None
    left = times.end() if times else first.end if first else 0
    last = _trailing(cell, numbers, left)
    right = last[0].start if last else len(cell.text)
    if first:
        yield _numbered(cell, first)
    text = cell.text[left:right].strip(" .xX*@") if last else cell.text[left:right].strip()
    if text:
        start = cell.start + cell.text.index(text, left)
        yield Piece(text, start, start + len(text))
    yield from (_numbered(cell, number) for number in last)


def _numbered(cell: Cell, number: Number) -> Piece:
    return Piece(number.text, cell.start + number.start, cell.start + number.end, number)


def _only_numbers(cell: Cell, numbers: tuple[Number, ...], header: Header | None) -> bool:
    """Whether the cell holds numbers and their units only, the number first."""
    rest, at = "", 0
    for number in numbers:
        rest += cell.plain[at : number.start] + " "
        at = number.end
    if re.search(r"[a-z]", cell.plain[: numbers[0].start]):
        return False
    words = (rest + cell.plain[at:]).split()
    unknown = [word for word in words if not UNITS.fullmatch(word)]
    return not unknown or (len(numbers) == 1 and numbers[0].start == 0 and _counts(cell, words, header))


def _counts(cell: Cell, words: Sequence[str], header: Header | None) -> bool:
    """Whether *words* after a number are a unit no list knows: one short word, clear of the descriptions."""
    if len(words) != 1 or len(words[0]) > 8 or not words[0].rstrip(".").isalpha():
        return False
    counted = header.of("quantity", "unit") if header else ()
    return any(cell.start < column.end and column.start < cell.end for column in counted)


def _leading(cell: Cell, numbers: tuple[Number, ...], header: Header | None) -> Number | None:
    """The count or position at the start of a text cell, where it is one."""
    match = _LEAD.match(cell.text)
    if not match or not numbers or numbers[0].start or numbers[0].is_money:
        return None
    if re.match(r"\d+ ?[xX*]", match.group()):
        return numbers[0]
    number = _numbered(cell, numbers[0])
    columns = header.of("position", "quantity") if header else ()
    return numbers[0] if any(number.gap(column) <= 1 for column in columns) else None


def _trailing(cell: Cell, numbers: tuple[Number, ...], left: int) -> tuple[Number, ...]:
    """The amount at the end of a text cell, and the numbers right before it."""
    kept: list[Number] = []
    edge = len(cell.text)
    for number in reversed([number for number in numbers if number.start >= left]):
        between = cell.text[number.end : edge]
        if not (
            (kept and not between.strip(" xX*@="))
            or (not kept and number.is_money and _TAIL.fullmatch(between))
        ):
            break
        kept.insert(0, number)
        edge = number.start
    return tuple(kept)
