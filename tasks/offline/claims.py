"""What a page says of its amounts: each labelled amount as a claim, wherever the layout puts it.

The amount stands right of its label on the same row, under its label as in a box or a table head, or alone on the next row.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product

from tasks.offline.amount_labels import AmountLabel, Role, role_of
from tasks.offline.dates import find_dates
from tasks.offline.grid import Cell, Grid, Row
from tasks.offline.labels import find_labels
from tasks.offline.numbers import Number, find_numbers
from tasks.offline.tax_rows import TaxRow, money_of, tax_row

CENT = Decimal("0.01")
WIDEST_GROUP = 8
"""Amounts behind one label that may be net, tax and gross; no table of sums has more columns."""
_ITEM_HEAD = re.compile(
    r"descr|qty|quantit|unit price|\bitem|artikel|bezeichnung|menge|einzel|designation|omschrijving|hoeveelheid|aantal"
    r"|\bnazwa|ilosc|\bcena|libelle|prix unit|\bpos\b|position|product|beschreibung|\brate\b"
    r"|stuck|anzahl|\bprijs|\bprice|\bdesc\b"
)
_LOOSE = re.compile(r"(?:^|[\s:])(?:RM ?)?(\d{1,4}) ?[ :;°·•*_-] ?(\d{2})(?= ?[A-Z]{0,3}$|$|\s\s)")
_MODIFIER = re.compile(
    r"(?:sub|net|nett|grand|zwischen|sous|gross|tax|total|invoice|amount|balance|montant|brutto|netto)[\s.:-]*"
)
_WANTED = ("gross", "due", "total", "net", "tax", "amount", "paid", "change", "rounding")
_DAMP = {"right": 1.0, "below": 0.85, "next": 0.85, "bare": 0.7, "loose": 0.5}


@dataclass(frozen=True)
class Claim:
    """One amount and what its label makes of it. *strength* (0 to 1) is how surely the label says so."""

    role: Role
    strength: float
    value: Decimal
    row: Row
    number: Number
    label: str


def read_claims(grid: Grid, style: str | None) -> tuple[Claim, ...]:
    """All claims of the document, from top to bottom."""
    return tuple(claim for row in grid.filled for claim in _claims_of(grid, row, style))


def is_item_head(row: Row) -> bool:
    """Whether the row is the head of a table of positions: at least two of its usual words."""
    return len({match.group() for match in _ITEM_HEAD.finditer(row.plain)}) >= 2


def _claims_of(grid: Grid, row: Row, style: str | None) -> Iterator[Claim]:
    taxed = tax_row(row, style)
    numbers = money_of(row, style)
    for since, part in _beside_table(numbers, taxed) if taxed else ((0, numbers),):
        for label, text, group in _groups(row, part, since):
            yield from _group_claims(row, label, text, group)
    if taxed is not None:
        return
    yield from _unfinished(grid, row, numbers, style)


def _beside_table(numbers: tuple[Number, ...], taxed: TaxRow) -> tuple[tuple[int, tuple[Number, ...]], ...]:
    """The amounts left and right of a row of a tax table, each with the column where its labels begin."""
    left = tuple(number for number in numbers if number.end <= taxed.start)
    return (0, left), (taxed.end, tuple(number for number in numbers if number.start >= taxed.end))


def _groups(
    row: Row, numbers: tuple[Number, ...], end: int = 0
) -> Iterator[tuple[AmountLabel, str, list[Number]]]:
    """Each label of the row from column *end* on with the amounts right of it, up to the next label."""
    pending: tuple[AmountLabel, str] | None = None
    group: list[Number] = []
    for number in numbers:
        found = _label_before(row, end, number.start)
        if found is not None:
            if pending and group:
                yield (*pending, group)
            pending, group = found, []
        if pending is not None:
            group.append(number)
        end = number.end
    if pending and group:
        yield (*pending, group)


def _label_before(row: Row, start: int, end: int) -> tuple[AmountLabel, str] | None:
    """The label nearest to column *end*, not before *start*; a lone modifier left of it ('Sub', 'Grand') belongs to it."""
    cells = [cell for cell in row.cells if cell.end > start and cell.start < end]
    texts = [row.text[max(cell.start, start) : min(cell.end, end)].strip(" :.=*-") for cell in cells]
    for place in range(len(texts) - 1, -1, -1):
        if place and _MODIFIER.fullmatch(cells[place - 1].plain):
            joined = f"{texts[place - 1]} {texts[place]}"
            if (label := role_of(joined)) is not None:
                return label, joined
        if (label := _role_in(texts[place])) is not None:
            return label, texts[place]
    return None


def _role_in(text: str) -> AmountLabel | None:
    """The role of a label; prose says less: a label has few words."""
    label = role_of(text)
    words = len(re.findall(r"[^\W\d]{2,}", text))
    if label is None or words <= 6:
        return label
    return replace(label, strength=label.strength * (0.6 if words <= 10 else 0.4))


def _group_claims(row: Row, label: AmountLabel, text: str, group: list[Number]) -> Iterator[Claim]:
    values = [number.value for number in group]
    if label.role not in ("gross", "due", "total", "net", "tax", "amount") or len(set(values)) == 1:
        yield Claim(label.role, label.strength, values[-1], row, group[-1], text)
        return
    parts = triple(values) if len(values) <= WIDEST_GROUP else None
    if parts is not None:
        for role, place in zip(("net", "tax", "gross"), parts, strict=True):
            yield Claim(role, max(label.strength, 0.85), values[place], row, group[place], text)
    elif label.role in ("total", "amount") and _like_tax(values):
        yield Claim("net", 0.6, values[0], row, group[0], text)
        yield Claim("tax", 0.6, values[1], row, group[1], text)
    elif label.role == "tax":
        least = min(range(len(values)), key=lambda place: abs(values[place]))
        yield Claim("tax", 0.7, values[least], row, group[least], text)
    else:
        yield Claim(label.role, label.strength * 0.6, values[-1], row, group[-1], text)


def triple(values: list[Decimal]) -> tuple[int, int, int] | None:
    """Places of net, tax and gross in *values*: two add up to the third, and the tax is at most a third of the net."""
    places = range(len(values))
    for gross, net, tax in product(reversed(places), places, places):
        sums = len({gross, net, tax}) == 3 and abs(values[net] + values[tax] - values[gross]) <= CENT
        if sums and 0 < abs(values[tax]) * 3 <= abs(values[net]):
            return net, tax, gross
    return None


def _like_tax(values: list[Decimal]) -> bool:
    return len(values) == 2 and 0 <= abs(values[1]) * 3 <= abs(values[0])


def _unfinished(grid: Grid, row: Row, numbers: tuple[Number, ...], style: str | None) -> Iterator[Claim]:
    """Claims of labels with no amount right of them: it is under the label, alone on the next row, or without decimals."""
    if is_item_head(row):
        return
    last = numbers[-1].end if numbers else 0
    for place, cell in enumerate(row.cells):
        label = _role_in(cell.text.strip(" :.=*")) if cell.start >= last else None
        if label is None or label.role not in _WANTED or _has_date_beside(grid, row, place):
            continue
        found = _bare(row, place, style) or _below(grid, row, cell, style) or _alone(grid, row, place, style)
        if found is not None:
            where, holder, number = found
            yield Claim(label.role, label.strength * _DAMP[where], number.value, holder, number, cell.text)


def _has_date_beside(grid: Grid, row: Row, place: int) -> bool:
    """Whether the value of the label is a date, in the next cell or right under it: 'Payment due  26/04/2024'."""
    right = row.cells[place + 1].text if place + 1 < len(row.cells) else ""
    under = (cell.text for later in grid.below(row, 1) for cell in later.cells if cell.over(row.cells[place]))
    return bool(find_dates(right)) or any(map(find_dates, under))


def _bare(row: Row, place: int, style: str | None) -> tuple[str, Row, Number] | None:
    """A number without a decimal sign at the end of the label's cell or in the next cell, the only one there."""
    label = row.cells[place]
    ends = row.cells[place + 1].end if place + 1 < len(row.cells) else label.end
    loose = _LOOSE.search(row.text, label.start, ends)
    if loose is not None and loose.end() == ends and loose.start() > label.start:
        return ("loose", row, _pointed(loose.group(1) + loose.group(2), loose))
    plain = [
        number
        for number in find_numbers(row.text, style)
        if label.start < number.start and number.end <= ends and not number.percent and not number.is_money
    ]
    closes = len(plain) == 1 and not row.text[plain[0].end : ends].strip(" .:*)")
    if not closes or re.search(r"[(@%]\s*$", row.text[: plain[0].start]):
        return None
    return _whole(row, plain[0], style)


def _whole(row: Row, number: Number, style: str | None) -> tuple[str, Row, Number] | None:
    """A whole number as an amount; where all others have decimals, OCR has lost the sign of this one."""
    if style is None or number.decimals:
        return ("bare", row, number)
    if not re.fullmatch(r"\d{3,6}", number.text):
        return None
    return ("loose", row, replace(number, value=number.value / 100, decimals=2))


def _pointed(digits: str, match: re.Match[str]) -> Number:
    return Number(Decimal(digits) / 100, match.group().strip(), match.start(1), match.end(), 2)


def _below(grid: Grid, row: Row, cell: Cell, style: str | None) -> tuple[str, Row, Number] | None:
    """The one amount in the column under the label, at most four rows down."""
    hits: list[tuple[Row, Number]] = []
    for later in grid.below(row, 4):
        hits += [(later, number) for number in money_of(later, style) if _under(row, cell, later, number)]
        if any(
            role_of(other.text) and other.over(cell)
            for other in later.cells
            if not _holds_amount(other, style)
        ):
            break
    if not hits or len({number.value for _, number in hits}) > 1:
        return None
    return ("below", *hits[0])


def _under(head: Row, cell: Cell, row: Row, number: Number) -> bool:
    """Whether *cell* is the cell of *head* nearest above *number*, and *number* belongs to no label of its own row."""
    heads = [other for other in head.cells if other is cell or not _never_money(other)]
    nearest = min(heads, key=lambda other: _gap(other, number))
    return nearest is cell and _gap(cell, number) <= 8 and _label_before(row, 0, number.start) is None


def _never_money(cell: Cell) -> bool:
    """Whether the cell heads a column of something else: a count, a code, a date, a number."""
    label = role_of(cell.text)
    return (label is not None and label.role == "other") or bool(
        find_labels(cell.text, "number", "date", "other_date")
    )


def _gap(cell: Cell, number: Number) -> int:
    return max(cell.start - number.end, number.start - cell.end, 0)


def _holds_amount(cell: Cell, style: str | None) -> bool:
    return any(number.is_money for number in find_numbers(cell.text, style))


def _alone(grid: Grid, row: Row, place: int, style: str | None) -> tuple[str, Row, Number] | None:
    """The amount of the next row, where that row holds nothing else and the label is the last of its own row."""
    if place != len(row.cells) - 1:
        return None
    for later in grid.below(row, 1):
        numbers = money_of(later, style)
        if len(numbers) == 1 and not re.search(r"[A-Za-z]{3,}", later.text.replace(numbers[0].text, "")):
            return ("next", later, numbers[0])
    return None
