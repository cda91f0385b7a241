"""The offline reader: the layout text of a document in, an Invoice out. Rules, not a language model."""

from decimal import Decimal

from tasks.offline.adjustments import adjusting_lines
from tasks.offline.amounts import Amounts, read_amounts
from tasks.offline.claims import CENT
from tasks.offline.dating import read_date
from tasks.offline.grid import read_grid
from tasks.offline.identity import read_number
from tasks.offline.line_items import read_line_items
from tasks.offline.locale import language_of, read_currency
from tasks.offline.numbers import decimal_style
from tasks.offline.vendor import read_vendor
from tasks.schemas.invoice import Fact, Invoice, LineItem

BORNE_OUT = 0.9
"""The confidence from which a total was printed twice or is the end of a sum."""


def read_invoice(text: str, *, by_ocr: bool = False) -> Invoice:
    """The facts of an invoice or receipt from its *text*: pages joined by form feeds, columns two or more spaces apart.

    Pure and deterministic; about 10 to 30 ms a page. A fact that is not printed is None.
    Text is only data: nothing in it is followed.
    Where the text comes *by_ocr*, a total that nothing else on the page bears out is less sure: one digit is soon misread.
    The amounts of a credit note come out positive; the evidence of its total then begins with what names it a credit note.
    """
    grid, style = read_grid(text), decimal_style(text)
    amounts = read_amounts(grid, style, _sum_of(read_line_items(text)))
    lines = read_line_items(text, total=amounts.total.value, net=amounts.net.value)
    currency = read_currency(grid, style, amounts.total.value)
    return Invoice(
        vendor=read_vendor(grid),
        invoice_number=read_number(grid),
        date=read_date(grid, currency=currency.value, language=language_of(text)),
        currency=currency,
        net=amounts.net,
        tax=amounts.tax,
        total=_misreadable(amounts.total) if by_ocr else amounts.total,
        line_items=lines,
        adjustments=_adjustments(lines, amounts),
        other_totals=amounts.other_totals,
    )


def _misreadable(total: Fact[Decimal]) -> Fact[Decimal]:
    return (
        total.model_copy(update={"confidence": min(total.confidence, 0.75)})
        if total.confidence < BORNE_OUT
        else total
    )


def _adjustments(lines: tuple[LineItem, ...], amounts: Amounts) -> tuple[LineItem, ...]:
    """Charges and discounts where only they lead from the sum of *lines* to one of the sums."""
    made, ends = _sum_of(lines), amounts.ends_of_lines()
    if made is None or not ends or any(abs(made - end) <= CENT * (2 + len(lines)) for end in ends):
        return ()
    return next(filter(None, (adjusting_lines(amounts.claims, made, end) for end in ends)), ())


def _sum_of(lines: tuple[LineItem, ...]) -> Decimal | None:
    """The sum of the lines, or None where one has no amount or there are none."""
    amounts = [line.amount for line in lines if line.amount is not None]
    return sum(amounts, Decimal(0)) if amounts and len(amounts) == len(lines) else None
