"""What stands beside a label of an American form: in its cell, right of it, or under it as in a box."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from tasks.offline.grid import Cell, Grid, Row
from tasks.offline.numbers import Number, find_numbers
from tasks.schemas.invoice import Fact

_NUMBERING = r"^\W{0,3}(?:line )?(?:\d{1,2}[a-z]?|[a-f])?[.):]*\s{0,2}"
_BOX = re.compile(r"^\W{0,2}\d{1,2}[a-z]? +[A-Za-z]")
_WORD = re.compile(r"[A-Za-z]{3,}")
_EDGES = " :=.…_|#*-–"
LEAST_WITHOUT_CENTS = 100
"""A smaller whole number beside a label is the number of a box or a line, but where a dollar sign says otherwise."""
NO_AMOUNT = Decimal(10) ** 12
"""Dollars from which on a number is none of a household: the number of an account, say."""
SURE, LIKELY = 0.95, 0.8


@dataclass(frozen=True)
class Beside:
    """A piece of text beside a label, and the row it stands in."""

    text: str
    row: Row
    place: str


def texts(grid: Grid, label: str, *, reach: int = 3) -> Iterator[Beside]:
    """Each text beside each cell that begins with *label* (a regular expression over folded text), nearest first."""
    pattern = re.compile(_NUMBERING + rf"(?:{label})")
    for row in grid.filled:
        for place, cell in enumerate(row.cells):
            if match := pattern.search(cell.plain):
                yield from _of_cell(grid, row, place, cell, match.end(), reach)


def _of_cell(grid: Grid, row: Row, place: int, cell: Cell, end: int, reach: int) -> Iterator[Beside]:
    tail = cell.text[end:]
    if tail.strip(_EDGES) and not tail[0].isalnum():
        yield Beside(tail.strip(_EDGES), row, "tail")
    if place + 1 < len(row.cells) and not _BOX.match(row.cells[place + 1].text):
        yield Beside(row.cells[place + 1].text.strip(_EDGES), row, "right")
    for later in grid.below(row, reach):
        for under in later.cells:
            if under.over(cell, slack=2):
                yield Beside(under.text.strip(_EDGES), later, "below")


def money(grid: Grid, *labels: str, boxed: bool = False) -> Fact[Decimal]:
    """The amount beside the first of *labels* that has one; *boxed*: it may also stand under its label."""
    for label in labels:
        pattern = re.compile(_NUMBERING + rf"(?:{label})")
        for row in grid.filled:
            for place, cell in enumerate(row.cells):
                if match := pattern.search(cell.plain):
                    found = _right(row, place, cell.start + match.end()) or _under(
                        grid, row, cell, boxed=boxed
                    )
                    if found is not None:
                        return found
    return Fact[Decimal]()


def _right(row: Row, place: int, since: int) -> Fact[Decimal] | None:
    """The first amount of the row behind its label, before the next words."""
    ends = row.cells[place].end
    for other in row.cells[place + 1 :]:
        if _WORD.search(other.text) or (_BOX.match(other.text) and not _amount(other.text)):
            break
        ends = other.end
    numbers = [
        n
        for n in find_numbers(row.text, ".")
        if n.start >= since and n.end <= ends and is_amount(row.text, n)
    ]
    if not numbers:
        return None
    printed = [number for number in numbers if _is_marked(row.text, number)]
    return _fact((printed or numbers)[0].value, row, SURE if printed else LIKELY)


def _under(grid: Grid, row: Row, cell: Cell, *, boxed: bool) -> Fact[Decimal] | None:
    """The amount under the label, in a row that holds amounts alone unless the label is *boxed*; or alone in the next row."""
    for later in grid.below(row, 3 if boxed else 1):
        values = [(_amount(under.text), under) for under in later.cells]
        alone = len(values) == 1 and values[0][0] is not None
        if alone and not boxed and values[0][0] is not None:
            return _fact(values[0][0], later, LIKELY)
        if not boxed and any(value is None for value, _ in values):
            continue
        for value, under in values:
            if value is not None and under.over(cell, slack=1):
                return _fact(value, later, SURE if boxed else LIKELY)
    return None


def is_amount(line: str, number: Number) -> bool:
    """Is it printed like money, or too large for the number of a box?"""
    if number.percent or line[number.end : number.end + 1] == "%" or abs(number.value) >= NO_AMOUNT:
        return False
    return _is_marked(line, number) or abs(number.value) >= LEAST_WITHOUT_CENTS


def _is_marked(line: str, number: Number) -> bool:
    """Has it cents, thousands apart, or a currency before it?"""
    signed = number.currency is not None or "$" in line[max(0, number.start - 2) : number.end]
    return number.is_money or signed or "," in number.text


def _amount(text: str) -> Decimal | None:
    """The amount that *text* is, and nothing beside it."""
    if _WORD.search(text):
        return None
    numbers = [n for n in find_numbers(text, ".") if is_amount(text, n)]
    return numbers[0].value if len(numbers) == 1 and len(text.strip()) <= len(numbers[0].text) + 6 else None


def _fact(value: Decimal, row: Row, confidence: float) -> Fact[Decimal]:
    return Fact[Decimal](value=value, evidence=row.evidence, confidence=confidence)


def text(grid: Grid, *labels: str, like: str = r"\S", reach: int = 3) -> Fact[str]:
    """The first text beside one of *labels* in which *like* is found."""
    for label in labels:
        for found in texts(grid, label, reach=reach):
            if re.search(like, found.text):
                return Fact[str](value=found.text, evidence=found.row.evidence, confidence=SURE)
    return Fact[str]()
