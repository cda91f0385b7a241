"""What stands beside a label: right of it, else under it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tasks.offline.grid import Grid, Row
from tasks.offline.labels import Label, find_labels


@dataclass(frozen=True)
class Beside:
    """A piece of text beside a label. *place* says where: 'tail' is the rest of the label's own cell."""

    label: Label
    text: str
    place: Literal["tail", "right", "below", "wrapped"]
    row: Row
    holder: Row


def beside(grid: Grid, *names: str, reach: int = 3) -> Iterator[Beside]:
    """Each text beside each label of the fields *names*, nearest first; *reach* is how many rows down to look."""
    for row in grid.filled:
        labels = find_labels(row.text)
        for place, label in enumerate(labels):
            if label.name in names:
                ends = labels[place + 1].start if place + 1 < len(labels) else len(row.text)
                yield from _right(row, label, ends)
                yield from _below(grid, row, label, reach)


def _right(row: Row, label: Label, ends: int) -> Iterator[Beside]:
    """The rest of the label's cell, where there is one, and the next cell; nothing from column *ends* on."""
    for cell in row.cells:
        if cell.start < label.end < cell.end:
            tail = row.text[label.end : min(cell.end, ends)].strip(" :;=.*#-|>")
            if tail:
                yield Beside(label, tail, "tail", row, row)
        elif cell.start >= label.end:
            if cell.start < ends:
                yield Beside(
                    label, row.text[cell.start : min(cell.end, ends)].strip(" :;=*"), "right", row, row
                )
            return


def _below(grid: Grid, row: Row, label: Label, reach: int) -> Iterator[Beside]:
    """The cells under the label; where the label closes its row, the start of the next row too, as in running text."""
    if not row.text[label.end :].strip(" :.*#-"):
        yield from (Beside(label, later.text.strip(), "wrapped", row, later) for later in grid.below(row, 1))
    for later in grid.below(row, reach):
        for cell in later.cells:
            if cell.start < label.end + 2 and label.start < cell.end:
                yield Beside(label, cell.text, "below", row, later)
