"""The layout text as rows and cells: a cell is what stands between runs of two or more spaces, with its columns."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from tasks.offline.fold import fold

WIDEST = 400
"""Columns of the widest row; no page is wider, and a longer line is cut into rows, so that no line costs more than a page."""

_CELL = re.compile(r"\S+(?: \S+)*")


@dataclass(frozen=True)
class Cell:
    """One piece of a row. *start* and *end* are columns of the page, *plain* is the folded text of the same length."""

    text: str
    start: int
    end: int
    plain: str

    def over(self, other: "Cell", slack: int = 0) -> bool:
        """Whether the two share a column, give or take *slack* columns."""
        return self.start < other.end + slack and other.start < self.end + slack


@dataclass(frozen=True)
class Row:
    """One line of a page, with its cells from left to right. *index* counts the rows of the whole document."""

    page: int
    index: int
    text: str
    cells: tuple[Cell, ...] = field(default=())

    @cached_property
    def plain(self) -> str:
        """The folded text of the row."""
        return fold(self.text)

    @property
    def evidence(self) -> str:
        """The text of the row with its gaps closed up, at most 200 characters."""
        return re.sub(r"\s{2,}", "  ", self.text.strip())[:200]


@dataclass(frozen=True)
class Grid:
    """All rows of a document, empty ones included."""

    rows: tuple[Row, ...]

    def below(self, row: Row, reach: int) -> Iterator[Row]:
        """The next *reach* rows with text under *row* on the same page."""
        given = 0
        for later in self.rows[row.index + 1 :]:
            if later.page != row.page or given == reach:
                return
            if later.cells:
                given += 1
                yield later

    @cached_property
    def filled(self) -> tuple[Row, ...]:
        """The rows that hold text."""
        return tuple(row for row in self.rows if row.cells)


@lru_cache(maxsize=4)
def read_grid(text: str) -> Grid:
    """The grid of *text*: pages joined by form feeds, columns kept apart by two or more spaces."""
    rows: list[Row] = []
    for page, body in enumerate(text.split("\f")):
        for line in body.splitlines():
            clean = line.expandtabs(8).rstrip()
            for start in range(0, max(len(clean), 1), WIDEST):
                piece = clean[start : start + WIDEST]
                rows.append(Row(page, len(rows), piece, cells_of(piece)))
    return Grid(tuple(rows))


def cells_of(line: str) -> tuple[Cell, ...]:
    """The cells of one line."""
    plain = fold(line)
    return tuple(
        Cell(match.group(), match.start(), match.end(), plain[match.start() : match.end()])
        for match in _CELL.finditer(line)
    )
