"""What the layouts share: addresses, tables, sums and the foot of the page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from deployments.samples.invoice import Firm, SampleInvoice, SampleLine
from deployments.samples.sheet import FAINT, Align, Sheet
from deployments.samples.wording import Wording


@dataclass(frozen=True)
class Column:
    """One column of a table: its head, where it stands in millimetres, and what it shows of a line."""

    head: str
    x: float
    align: Align
    cell: Callable[[int, SampleLine], str]


def address(sheet: Sheet, x: float, y: float, firm: Firm, *, size: float = 10, step: float = 4.8) -> float:
    """Write *firm*'s name and address from *y* down. Returns the next free baseline."""
    sheet.text(x, y, firm.name, size=size, bold=True)
    for line in filter(None, (firm.street, firm.town, firm.country)):
        y += step
        sheet.text(x, y, line, size=size)
    return y + step


def columns(words: Wording, *, left: float, right: float, rates: bool) -> list[Column]:
    """The columns of an invoice table between *left* and *right*, with each line's tax rate or without."""
    found = [
        Column("#", left + 2, "left", lambda place, _: str(place)),
        Column(words["item"], left + 9, "left", lambda _, line: line.description),
        Column(
            words["quantity"],
            right - 74,
            "right",
            lambda _, line: f"{words.count(line.quantity)} {line.unit}".strip(),
        ),
        Column(words["price"], right - 44, "right", lambda _, line: words.number(line.unit_price)),
        Column(words["amount"], right - 2, "right", lambda _, line: words.number(line.amount)),
    ]
    if rates:
        found.insert(4, Column(words["rate"], right - 28, "right", lambda _, line: words.percent(line.rate)))
    return found


def table(
    sheet: Sheet, y: float, shown: Sequence[Column], lines: Sequence[SampleLine], *, step: float = 7
) -> float:
    """Write the rows of *lines* under *y*, a faint rule under each. Returns the next free baseline."""
    left, right = min(c.x for c in shown) - 2, max(c.x for c in shown) + 2
    for place, line in enumerate(lines, start=1):
        for column in shown:
            sheet.text(column.x, y, column.cell(place, line), align=column.align)
        sheet.rule(left, y + 2.4, right, width=0.3, color="#d1d5db")
        y += step
    return y


def heads(sheet: Sheet, y: float, shown: Sequence[Column], *, color: str = FAINT, size: float = 8) -> None:
    """Write the heads of a table on the baseline *y*."""
    for column in shown:
        sheet.text(column.x, y, column.head, size=size, bold=True, align=column.align, color=color)


def sums(invoice: SampleInvoice, words: Wording) -> list[tuple[str, str]]:
    """Net, then the tax at each rate, as label and value; the total is left to the layout."""
    rows = [(words["net"], words.money(invoice.net))]
    for rate, tax in invoice.taxes.items():
        rows.append((f"{words['tax']} {words.percent(rate)}", words.money(tax)))
    return rows


def recap(sheet: Sheet, x: float, y: float, invoice: SampleInvoice, words: Wording) -> float:
    """A small table of rate, base and tax, as France and Poland print it. Returns the next free baseline."""
    edges = (x + 16, x + 44, x + 70)
    for edge, head in zip(edges, (words["rate"], words["base"], words["tax"]), strict=True):
        sheet.text(edge, y, head, size=7.5, bold=True, align="right", color=FAINT)
    sheet.rule(x, y + 1.8, x + 70, width=0.4)
    for rate, base in invoice.bases.items():
        y += 6
        cells = (words.percent(rate), words.number(base), words.number(invoice.taxes[rate]))
        for edge, cell in zip(edges, cells, strict=True):
            sheet.text(edge, y, cell, size=8.5, align="right")
    return y + 6


def footer(sheet: Sheet, invoice: SampleInvoice, words: Wording, *, left: float, right: float) -> None:
    """The foot of a letterhead in three columns: who, how to reach them, where to pay."""
    firm, y, step = invoice.vendor, 278.0, 3.8
    sheet.rule(left, y - 5, right, width=0.4, color=FAINT)
    blocks = (
        (firm.name, firm.street, firm.town),
        (firm.phone, firm.mail, f"{words['vat_id']} {firm.vat_id}"),
        ("IBAN", firm.iban),
    )
    for place, block in enumerate(blocks):
        for row, line in enumerate(filter(None, block)):
            x = left + place * (right - left) * 0.36
            sheet.text(x, y + row * step, line, size=7, color=FAINT)
