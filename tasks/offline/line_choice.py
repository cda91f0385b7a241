"""Of the rows that may be invoice lines, the ones that are: those whose amounts add up to a printed sum."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from tasks.offline.amount_labels import role_of
from tasks.offline.line_free import adds_up, amount_of
from tasks.offline.line_table import RawLine

Lines = tuple[RawLine, ...]


def choose_lines(lines: Lines, given: Sequence[Decimal], printed: Sequence[Decimal]) -> Lines:
    """The reading of *lines* that makes one of the sums *given*, else one of those *printed*.

    Where none does, the lines up to a row that is itself the sum of those over it, else the most careful reading.
    """
    lines = _without_sums_carried(tuple(line for line in lines if not _adjusts_sum(line)))
    near = tuple(line for line in lines if not line.after_break)
    until_sum = tuple(line for line in near if line.section == 0)
    grouped = tuple(line for line in near if line.section == 0 or _is_counted(line))
    tries = (
        ((until_sum, _counted(until_sum), grouped, near, _counted(near)), given),
        ((grouped, until_sum, _counted(until_sum), near), printed),
        ((lines, _counted(lines)), given),
    )
    found = (reading for readings, sums in tries for reading in readings if adds_up(reading, sums))
    return next(found, _until_running_sum(until_sum))


def _adjusts_sum(line: RawLine) -> bool:
    """Whether it is a charge, a discount or the like under a sum of the lines: of the whole document, and no line."""
    label = role_of(line.name) if line.section and not _is_counted(line) else None
    return label is not None and label.role in ("charge", "discount", "rounding", "tax", "paid", "change")


def _without_sums_carried(lines: Lines) -> Lines:
    """*lines* without rows at the turn of a page that are the sum of the lines before."""
    kept, whole = list[RawLine](), Decimal(0)
    for index, line in enumerate(lines):
        turns = any(near.row.page != line.row.page for near in lines[max(index - 2, 0) : index + 2])
        if len(kept) > 1 and turns and not _is_counted(line) and amount_of(line) == whole:
            continue
        kept.append(line)
        whole += amount_of(line)
    return tuple(kept)


def mend_amount(lines: Lines, sums: Sequence[Decimal]) -> Lines:
    """*lines* with one misread amount put right, where quantity times price makes it and a sum proves it."""
    wrong = [index for index, line in enumerate(lines) if line.reading.agrees is False]
    if len(wrong) != 1 or adds_up(lines, sums):
        return lines
    mended = (*lines[: wrong[0]], _recalculated(lines[wrong[0]]), *lines[wrong[0] + 1 :])
    return mended if adds_up(mended, sums) else lines


def _recalculated(line: RawLine) -> RawLine:
    reading = line.reading
    if reading.quantity is None or reading.unit_price is None:
        return line
    value = (reading.quantity.value * reading.unit_price.value).quantize(Decimal("0.01"))
    return replace(line, reading=replace(reading, amount=replace(reading.amount, value=value), agrees=None))


def _is_counted(line: RawLine) -> bool:
    return line.reading.quantity is not None or line.reading.unit_price is not None


def _counted(lines: Iterable[RawLine]) -> Lines:
    """The lines with a quantity or a price."""
    return tuple(line for line in lines if _is_counted(line))


def _until_running_sum(lines: Lines) -> Lines:
    """*lines* up to the first unpriced one that is the sum of all those over it; all of them where none is."""
    return tuple(_before_running_sum(lines))


def _before_running_sum(lines: Lines) -> Iterator[RawLine]:
    whole = Decimal(0)
    for index, line in enumerate(lines):
        if index > 1 and line.reading.unit_price is None and amount_of(line) == whole:
            return
        whole += amount_of(line)
        yield line
