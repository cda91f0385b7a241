"""Find the heading of a table of invoice lines, and which column holds what.

A heading may span several rows ('Preis/' over 'Einheit') and may come again on every page. It is told by its labels:
something that names money, together with a description or a quantity, and no amount among them.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from tasks.offline.grid import Cell, Grid, Row
from tasks.offline.labels import is_title
from tasks.offline.line_labels import HEADING_WORDS, ColumnLabel, Role, column_labels
from tasks.offline.numbers import find_amounts

WEIGHTS: dict[Role, int] = {
    "description": 4, "quantity": 4, "unit_price": 4, "amount": 4, "net_amount": 3, "gross_amount": 2, "article": 2,
    "position": 2, "unit": 1, "discount": 1, "tax_rate": 1, "tax_amount": 0, "date": 0, "tax_base": -5,
}  # fmt: skip
"""How much a column of each role says that a row is the heading of invoice lines."""

ENOUGH = 7
"""The least sum of weights of a heading: a description and a net amount."""

REACH = 4
"""Rows over and under the main row of a heading that may belong to it."""

MONEY_ROLES: tuple[Role, ...] = ("amount", "net_amount", "gross_amount", "unit_price")

_NAMES_PRICE = re.compile(r"(?:costs?|value|charges?|fees?|wert|wartosc|montant|kwota|bedrag)\W*\w{0,3}\W*")
_NAMES_ARTICLE = re.compile(r"art\w*\.?|[il]tems?|products?|produits?|produkte?|material|code")


@dataclass(frozen=True)
class Column:
    """One column of a heading: its label, what it holds (None: not known) and the columns of the page it spans."""

    label: str
    role: Role | None
    start: int
    end: int


@dataclass(frozen=True)
class Header:
    """The heading of a table. *first* and *last* are the indices of its rows."""

    page: int
    first: int
    last: int
    columns: tuple[Column, ...]
    labels: int
    """Known labels in the main row of the heading."""

    @property
    def score(self) -> int:
        """How surely this is the heading of invoice lines. A role that comes again counts once."""
        return sum(weight for role, weight in WEIGHTS.items() if self.of(role))

    def of(self, *roles: Role) -> tuple[Column, ...]:
        """The columns that hold one of *roles*."""
        return tuple(column for column in self.columns if column.role in roles)


def find_headers(grid: Grid) -> tuple[Header, ...]:
    """The heading of the invoice lines each time it is printed, top to bottom; nothing where no row is one."""
    found = [header for row in grid.filled if (header := _header_at(grid, row)) is not None]
    if not found:
        return ()
    best = max(found, key=lambda header: (header.score, header.labels))
    again = [header for header in found if _alike(header, best)]
    return tuple(_without_overlaps(again))


def _header_at(grid: Grid, row: Row) -> Header | None:
    """The heading whose main row is *row*, or None."""
    if not looks_like_heading(row):
        return None
    rows = _band(grid, row)
    header = Header(row.page, rows[0].index, rows[-1].index, _columns(row, rows), _known_labels(row))
    money = header.of(*MONEY_ROLES)
    useful = money and (header.of("description") or len(header.of("quantity", *MONEY_ROLES)) > 1)
    return header if useful and header.score >= ENOUGH else None


def _known_labels(row: Row) -> int:
    return sum(role is not None for cell in row.cells for _, role in split_cell(cell))


def looks_like_heading(row: Row) -> bool:
    """Whether *row* has several labels in several cells, and neither amounts nor long numbers."""
    if not row.cells or re.search(r"\d{3}|summary", row.plain) or find_amounts(row.text):
        return False
    labels = _known_labels(row)
    several = len(row.cells) > 1 or labels > 2
    return labels > 1 and several and labels * 2 >= len(row.cells)


def split_cell(cell: Cell) -> Iterator[tuple[Cell, Role | None]]:
    """The labels of *cell*, each with its span and role; the whole cell with None where none is known."""
    labels = _labels(cell.plain)
    firsts = [label for n, label in enumerate(labels) if n == 0 or label.role != labels[n - 1].role]
    if not firsts:
        yield cell, None
        return
    edges = [0, *(label.start for label in firsts[1:]), len(cell.text)]
    for label, left, right in zip(firsts, edges, edges[1:], strict=False):
        text = cell.text[left:right].rstrip()
        start = cell.start + left
        yield Cell(text, start, start + len(text), cell.plain[left : left + len(text)]), label.role


def _labels(plain: str) -> list[ColumnLabel]:
    """The column labels of *plain*; none where they are only words of a sentence."""
    labels = list(column_labels(plain))
    spelled = sum(len(plain[label.start : label.end].split()) for label in labels)
    words = len(plain.split())
    if words > 3 and spelled * 2 < words:
        return []
    return [
        label for n, label in enumerate(labels) if n == 0 or not _only_explains(plain, label, labels[n - 1])
    ]


def _only_explains(plain: str, label: ColumnLabel, before: ColumnLabel) -> bool:
    """Whether *label* is a 'HT', 'netto' or 'line' that explains the label of money before it."""
    explains = label.role == "position" or re.fullmatch(
        r"h\.?t\.?|t\.?t\.?c\.?|net(?:to)?|brutto|gross", plain[label.start : label.end]
    )
    return bool(explains) and before.role in MONEY_ROLES


def _band(grid: Grid, row: Row) -> list[Row]:
    """The rows of the heading around its main row, top to bottom."""
    rows = [row]
    for step in (-1, 1):
        at = row.index + step
        while abs(at - row.index) <= REACH and 0 <= at < len(grid.rows):
            near = grid.rows[at]
            if near.page != row.page or (near.cells and not _part_of_heading(near, row)):
                break
            if near.cells:
                rows.append(near)
            at += step
    return sorted(rows, key=lambda near: near.index)


def _part_of_heading(row: Row, main: Row) -> bool:
    """Whether *row* is made of words of headings only, within the width of *main*."""
    if any(letter.isdigit() for letter in row.text):
        return False
    if is_title(row.text):
        return False
    inside = row.cells[0].start >= main.cells[0].start - 4
    return inside and all(_heading_cell(cell) for cell in row.cells)


def _heading_cell(cell: Cell) -> bool:
    words = cell.plain.split()
    known = sum(bool(HEADING_WORDS.fullmatch(word.strip(":,"))) for word in words)
    labels = list(column_labels(cell.plain))
    spelled = sum(len(cell.plain[label.start : label.end].split()) for label in labels)
    return len(words) <= 4 and max(known, spelled) * 2 >= len(words) and bool(known or labels)


def _columns(main: Row, rows: Iterable[Row]) -> tuple[Column, ...]:
    """The columns of *main*, with what stands over and under each of them."""
    stacks = [[part] for cell in main.cells for part, _ in split_cell(cell)]
    for row in rows:
        for cell in row.cells if row is not main else ():
            _stack(stacks, cell, above=row.index < main.index)
    columns = sorted((_column(stack) for stack in stacks), key=lambda column: column.start)
    return tuple(_settled(columns))


def _settled(columns: list[Column]) -> Iterator[Column]:
    """*columns* with roles that only the others make clear: one description, and always an amount."""
    described = [column for column in columns if column.role == "description"]
    amounts = [column for column in columns if column.role in ("amount", "net_amount", "gross_amount")]
    prices = [column for column in columns if column.role == "unit_price"]
    stand_in = columns[-1] if columns[-1].role is None else prices[-1] if prices else None
    for column in columns:
        if column in described[:-1] and _NAMES_ARTICLE.fullmatch(column.label):
            yield replace(column, role="article")
        elif not prices and column in amounts[:-1] and _NAMES_PRICE.fullmatch(column.label):
            yield replace(column, role="unit_price")
        elif not amounts and column is stand_in:
            yield replace(column, role="amount")
        else:
            yield column


def _stack(stacks: list[list[Cell]], cell: Cell, *, above: bool) -> None:
    """Put *cell* over or under the column it shares most with; a column of its own where there is none."""
    near = [stack for stack in stacks if any(cell.over(part, slack=1) for part in stack)]
    if not near:
        stacks.append([cell])
        return
    stack = max(near, key=lambda stack: max(_shared(cell, part) for part in stack))
    tops = [part for part in stack if part.over(cell, slack=1)] or stack
    stack.insert(stack.index(tops[0]) if above else len(stack), cell)


def _shared(one: Cell, other: Cell) -> int:
    return min(one.end, other.end) - max(one.start, other.start)


def _column(stack: list[Cell]) -> Column:
    joined = " ".join(part.plain for part in stack).replace("- ", "-")
    solid = joined.replace("-", "")
    labels = list(column_labels(joined)) or list(column_labels(solid))
    role = labels[0].role if labels else None
    return Column(joined, role, min(part.start for part in stack), max(part.end for part in stack))


def _alike(header: Header, best: Header) -> bool:
    """Whether *header* is *best* printed again: the same roles in the same order."""
    return [column.role for column in header.columns] == [column.role for column in best.columns]


def _without_overlaps(headers: Iterable[Header]) -> Iterator[Header]:
    """Of headings that share rows, the one with the most labels in its main row."""
    kept: list[Header] = []
    for header in sorted(headers, key=lambda header: -header.labels):
        if all(header.first > other.last or other.first > header.last for other in kept):
            kept.append(header)
    yield from sorted(kept, key=lambda header: header.first)
