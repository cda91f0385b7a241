"""A till receipt with a text layer, as shops send by mail: prices with tax in them, cash and change."""

import random
from decimal import Decimal

from deployments.samples.invoice import SampleInvoice
from deployments.samples.mixed import rows_after, sum_rows
from deployments.samples.sheet import Sheet
from deployments.samples.wording import Wording

LEFT, RIGHT = 60.0, 150.0


def draw_till(sheet: Sheet, invoice: SampleInvoice, words: Wording) -> None:
    """A narrow column: the shop centred, number and date, the positions, the sums, what was handed over."""
    draw = random.Random(invoice.manner.arrangement)  # noqa: S311 - variety, not secrecy
    firm, y = invoice.vendor, 20.0
    for text in (firm.name, firm.street, firm.town, f"{words['vat_id']} {firm.vat_id}", f"Tel {firm.phone}"):
        sheet.text(105, y, text, align="center", bold=y == 20)
        y += 5
    y += 4
    sheet.text(LEFT, y, f"{words['number']}: {invoice.number}")
    stamp = f" {draw.randrange(8, 20):02d}:{draw.randrange(60):02d}" if draw.random() < 0.6 else ""
    sheet.text(LEFT, y + 5, f"{words['date']}: {words.day(invoice.date)}{stamp}")
    y = _positions(sheet, y + 14, invoice, words, priced_under=draw.random() < 0.4) + 3
    rows = [
        *sum_rows(invoice, words, draw),
        (words.total, words.money(invoice.total)),
        *rows_after(invoice, words),
    ]
    if draw.random() < 0.5 and not invoice.prepaid:
        given = (invoice.total // 50 + 1) * Decimal(50)
        rows += [(words["cash"], words.money(given)), (words["change"], words.money(given - invoice.total))]
    for label, value in rows:
        sheet.text(LEFT, y, label)
        sheet.text(RIGHT, y, value, align="right")
        y += 5.2
    sheet.text(105, y + 6, words["thanks"], align="center")


def _positions(
    sheet: Sheet, y: float, invoice: SampleInvoice, words: Wording, *, priced_under: bool
) -> float:
    """Each position on one row with its count, or on two with count and price under its name. Returns the next baseline."""
    for line in invoice.lines:
        count = words.count(line.quantity)
        if priced_under:
            sheet.text(LEFT, y, line.description, size=8.5)
            y += 4.8
        shown = (
            f"{count} x {words.number(line.unit_price)}" if priced_under else f"{count} x {line.description}"
        )
        sheet.text(LEFT + 3 if priced_under else LEFT, y, shown, size=8.5)
        sheet.text(RIGHT, y, words.number(line.amount), align="right", size=8.5)
        y += 5.6
    return y
