"""The date of the document: the one its label says, never the due date, the delivery or the order."""

import re
from dataclasses import dataclass
from datetime import date

from tasks.offline.dates import PrintedDate, find_dates, month_first, resolve
from tasks.offline.grid import Grid, Row
from tasks.offline.labels import Label, find_labels
from tasks.schemas.invoice import Fact

_TIME = re.compile(r"^\W{0,3}(?:\d{1,2}[:.]\d{2}|time)|\d{1,2}:\d{2}", re.IGNORECASE)
_NOT_ISSUED = 0.0


@dataclass(frozen=True)
class DatedRow:
    """A date, where it is printed, and how much speaks for it being the date of the document."""

    value: date
    printed: PrintedDate
    row: Row
    weight: float


def read_date(grid: Grid, *, currency: str | None, language: str | None) -> Fact[date]:
    """The date of issue. 03/04/18 is read by the evidence of the whole document (see `dates.month_first`)."""
    text = "\n".join(row.text for row in grid.filled)
    american = month_first(text, currency=currency, language=language)
    found = [
        dated for row in grid.filled for dated in _dates_of(grid, row, american) if dated.weight > _NOT_ISSUED
    ]
    if not found:
        return Fact[date]()
    best = max(found, key=lambda dated: (dated.weight, -dated.row.index, -dated.printed.start))
    rivals = {dated.value for dated in found if dated.weight >= best.weight - 0.05} - {best.value}
    sure = best.weight - (0.15 if rivals else 0) - (0.2 if _is_open(best, currency) else 0)
    return Fact[date](value=best.value, evidence=best.row.evidence, confidence=round(max(sure, 0.1), 2))


def _is_open(dated: DatedRow, currency: str | None) -> bool:
    """Whether day and month could be the other way round and nothing on the page decides it."""
    printed = dated.printed
    return printed.order is None and printed.first != printed.second and currency is None


def _dates_of(grid: Grid, row: Row, american: bool) -> list[DatedRow]:
    labels = find_labels(row.text, "date", "other_date", "number")
    found: list[DatedRow] = []
    for printed in find_dates(row.text):
        value = resolve(printed, month_first=american)
        if value is not None:
            found.append(DatedRow(value, printed, row, _weight(grid, row, printed, labels)))
    return found


def _weight(grid: Grid, row: Row, printed: PrintedDate, labels: tuple[Label, ...]) -> float:
    """How surely *printed* is the date of issue, told from its label, else from where it stands."""
    before = [
        label for label in labels if label.end <= printed.start and not _date_between(row, label, printed)
    ]
    named = [label for label in before if label.name != "number"]
    if named:
        return _named(row, printed, before)
    above = _label_above(grid, row, printed)
    if above is not None:
        return (
            0.93
            if above.name == "date" and above.strength == 1
            else 0.75
            if above.name == "date"
            else _NOT_ISSUED
        )
    if printed.end - printed.start == 8 and printed.text.isdigit():
        return _NOT_ISSUED
    if _heads_letter(row, printed):
        return 0.85
    timed = _TIME.search(row.text[printed.end : printed.end + 14]) is not None
    top = row.index < 0.4 * len(grid.rows)
    numbered = any(label.strength >= 0.9 for label in before)
    return 0.85 if numbered else 0.8 if timed else 0.65 if top else 0.55


def _heads_letter(row: Row, printed: PrintedDate) -> bool:
    """Whether the cell is 'Zürich, 30. Juni 2020': a place and the date of the letter."""
    cell = next((cell for cell in row.cells if cell.start <= printed.start < cell.end), None)
    if cell is None or printed.end < cell.end - 1:
        return False
    return (
        re.fullmatch(r"[^\W\d][\w .'/-]{2,30},? (?:den |le |dnia |, )?", row.text[cell.start : printed.start])
        is not None
    )


def _date_between(row: Row, label: Label, printed: PrintedDate) -> bool:
    """Whether another date or a wide gap of other words stands between the two."""
    return any(other.start >= label.end and other.end <= printed.start for other in find_dates(row.text))


def _named(row: Row, printed: PrintedDate, before: list[Label]) -> float:
    named = [label for label in before if label.name != "number"]
    last = named[-1]
    if last.name == "other_date":
        return _NOT_ISSUED
    if last.strength == 1:
        return 0.95
    cell = next((cell for cell in row.cells if cell.start <= last.start < cell.end), None)
    shadowed = any(label.name == "other_date" and cell and cell.start <= label.start for label in named)
    if shadowed:
        return _NOT_ISSUED
    numbered = any(
        label.name == "number" and label.strength >= 0.9 and cell and cell.start <= label.start
        for label in before
    )
    return 0.94 if numbered else 0.88


def _label_above(grid: Grid, row: Row, printed: PrintedDate) -> Label | None:
    """The date label in the column above, at most four rows up; a table head names its column."""
    seen = 0
    for upper in reversed(grid.rows[: row.index]):
        if upper.page != row.page or seen == 4:
            return None
        if not upper.cells:
            continue
        seen += 1
        over = [label for label in find_labels(upper.text, "date", "other_date") if _is_over(label, printed)]
        if over and not find_dates(upper.text):
            return min(over, key=lambda label: abs(label.start - printed.start))
    return None


def _is_over(label: Label, printed: PrintedDate) -> bool:
    return label.start < printed.end + 3 and printed.start < label.end + 3
