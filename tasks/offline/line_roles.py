"""Which number of a row is the quantity, which the unit price, which the amount.

Every choice of three is weighed: how well each number fits the label of its column, and whether quantity times price is
the amount. The labels lead; the arithmetic decides between columns with the same label, and where there are no labels.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from tasks.offline.line_labels import Role
from tasks.offline.numbers import Number
from tasks.offline.table_header import Column, Header
from tasks.offline.table_rows import Piece

AMOUNTS: tuple[Role, ...] = ("amount", "net_amount", "gross_amount")
MOST = 15
"""A row with more numbers than this is no invoice line: every three of them would have to be weighed."""

NEAR = 10
"""Columns of the page between a number and the label it may still stand under."""

AMOUNT_FITS: dict[Role | None, float] = {"amount": 4.0, "net_amount": 4.0, "gross_amount": 3.7}
PRICE_FITS: dict[Role | None, float] = {"unit_price": 2.0, None: 0.0}
COUNT_FITS: dict[Role | None, float] = {"quantity": 2.0, "unit": 0.5, None: 0.0}
"""How well a number fits the label it stands under; what is not listed speaks against it."""

EXACT, ADJUSTED, CONTRADICTED = 4.0, 3.5, -1.5
"""What quantity times price adds: the amount itself, the amount after a discount or tax of the row, another amount."""


@dataclass(frozen=True)
class Reading:
    """The numbers of one row as read. *agrees*: quantity times price is the amount; None where one is missing."""

    amount: Number
    quantity: Number | None
    unit_price: Number | None
    agrees: bool | None
    labelled: bool
    weight: float


@dataclass(frozen=True)
class _Figure:
    """A number of the row, and the role of the column it stands under. *after_text*: a text stands left of it."""

    number: Number
    start: int
    role: Role | None
    after_text: bool


def read_numbers(pieces: Sequence[Piece], header: Header | None) -> Reading | None:
    """The best reading of the numbers among *pieces*, or None where none of them can be an amount."""
    first_text = min((piece.start for piece in pieces if piece.number is None), default=10_000)
    figures = [
        _Figure(piece.number, piece.start, role_under(piece, header), piece.start > first_text)
        for piece in pieces
        if piece.number is not None
    ]
    if len(figures) > MOST:
        return None
    return max(_readings(figures, header), key=lambda reading: reading.weight, default=None)


def role_under(piece: Piece, header: Header | None) -> Role | None:
    """The role of the column that *piece* stands under, the nearest where several are near."""
    if header is None:
        return None
    column = min(header.columns, key=lambda column: (piece.gap(column), _misaligned(piece, column)))
    return column.role if piece.gap(column) <= NEAR else None


def _misaligned(piece: Piece, column: Column) -> float:
    """How far *piece* is from standing at an edge or the middle of *column*."""
    left, right = abs(piece.start - column.start), abs(piece.end - column.end)
    return min(left, right, abs(piece.start + piece.end - column.start - column.end) / 2)


def _readings(figures: Sequence[_Figure], header: Header | None) -> Iterator[Reading]:
    amounts = [figure for figure in figures if _may_be_amount(figure, header)]
    prices = [None, *(figure for figure in figures if _may_be_price(figure))]
    counts = [None, *(figure for figure in figures if _may_be_count(figure))]
    extras = [figure.number.value for figure in figures if figure.role in ("discount", "tax_rate")]
    for amount, price, count in product(amounts, prices, counts):
        if amount is price or amount is count or (price is not None and price is count):
            continue
        sure = _arithmetic(amount, price, count, extras)
        weight = _fit(amount, price, count, header) + sure + (0.2 if amount is amounts[-1] else 0.0)
        yield Reading(
            amount.number,
            count.number if count else None,
            price.number if price else None,
            sure > 0 if price and count else None,
            amount.role in AMOUNTS,
            weight,
        )


def _may_be_amount(figure: _Figure, header: Header | None) -> bool:
    if figure.number.percent:
        return False
    return figure.role in AMOUNTS if header else figure.number.is_money


def _may_be_price(figure: _Figure) -> bool:
    if figure.number.percent or figure.role in ("quantity", "position", "article", "description"):
        return False
    return figure.role == "unit_price" or figure.number.is_money or figure.number.decimals > 2


def _may_be_count(figure: _Figure) -> bool:
    number = figure.number
    if (
        number.percent
        or number.currency
        or figure.role in ("article", "position", "tax_rate", "discount", *AMOUNTS)
    ):
        return False
    return figure.role in ("quantity", "unit") or number.value < 100_000


def _fit(amount: _Figure, price: _Figure | None, count: _Figure | None, header: Header | None) -> float:
    """How well the three fit their columns and each other."""
    fit = AMOUNT_FITS.get(amount.role, 1.0)
    if price is not None:
        fit += PRICE_FITS.get(price.role, -1.0) + (0.2 if price.start < amount.start else -0.5)
    if count is not None:
        fit += COUNT_FITS.get(count.role, -2.0)
        fit -= 0.0 if count.role == "quantity" else _uncountlike(count, price)
        fit += 0.0 if header else _unlabelled_count(count, amount)
    return fit


def _uncountlike(count: _Figure, price: _Figure | None) -> float:
    """How much a number that no label calls a quantity looks like money."""
    more_exact = price is not None and count.number.decimals > price.number.decimals
    return 0.5 * (count.number.decimals == 2) + 0.5 * more_exact


def _unlabelled_count(count: _Figure, amount: _Figure) -> float:
    """Without a heading, a small whole number between the text and the amount counts something."""
    lone = count.number.decimals == 0 and count.number.value < 1000 and count.after_text
    return 0.3 if lone and count.start < amount.start else -0.5


def _arithmetic(
    amount: _Figure, price: _Figure | None, count: _Figure | None, extras: Sequence[Decimal]
) -> float:
    """What quantity times price says, give or take a discount or the tax of the same row."""
    if price is None or count is None:
        return 0.0
    whole, each, times = abs(amount.number.value), abs(price.number.value), abs(count.number.value)
    step = Decimal(1).scaleb(-price.number.decimals)
    slack = min(Decimal("0.011") + times * step / 2, max(whole / 20, Decimal("0.02")))
    if abs(times * each - whole) <= slack:
        return EXACT
    adjusted = (goal for extra in extras for goal in _adjusted(times * each, extra))
    return ADJUSTED if any(abs(goal - whole) <= slack for goal in adjusted) else CONTRADICTED


def _adjusted(product_: Decimal, extra: Decimal) -> tuple[Decimal, ...]:
    """*product_* less *extra* percent, plus *extra* percent, and less *extra* itself."""
    return product_ * (1 - extra / 100), product_ * (1 + extra / 100), product_ - abs(extra)
