"""Five ways to arrange an invoice on a page, and the door to these and to the layouts of their own modules."""

from collections.abc import Callable

from deployments.samples.invoice import Layout, SampleInvoice
from deployments.samples.mixed import draw_mixed
from deployments.samples.parts import address, columns, footer, heads, recap, sums, table
from deployments.samples.sheet import FAINT, Face, Sheet
from deployments.samples.till import draw_till
from deployments.samples.wording import Wording

MOST_LINES = 14
"""More positions than this would run into the sums at the foot of the page."""


def draw_letter(sheet: Sheet, invoice: SampleInvoice, words: Wording) -> None:
    """A business letter: address window on the left, facts on the right with each value beside its label."""
    firm, left, right = invoice.vendor, 22.0, 190.0
    sheet.text(left, 24, firm.name, size=19, bold=True, color="#1f4e46")
    sheet.text(left, 30, firm.trade, size=9, color=FAINT)
    sheet.text(left, 50, f"{firm.name} · {firm.street} · {firm.town}", size=6.5, color=FAINT)
    address(sheet, left, 57, invoice.buyer)
    facts = (
        (words["number"], invoice.number),
        (words["date"], words.day(invoice.date)),
        (words["customer"], "K-20417"),
        (words["due"], words.day(invoice.due)),
    )
    for row, (label, value) in enumerate(facts):
        sheet.text(128, 57 + row * 5.4, label, color=FAINT)
        sheet.text(right, 57 + row * 5.4, value, align="right")
    sheet.text(left, 100, f"{words['invoice']} {invoice.number}", size=14, bold=True)
    shown = columns(words, left=left, right=right, rates=len(invoice.taxes) > 1)
    heads(sheet, 112, shown)
    sheet.rule(left, 114.5, right, width=0.9, color="#1f4e46")
    y = table(sheet, 120.5, shown, invoice.lines) + 2
    for label, value in sums(invoice, words):
        sheet.text(148, y, label, align="right", color=FAINT)
        sheet.text(right - 2, y, value, align="right")
        y += 6
    sheet.rule(110, y - 3.6, right, width=0.9, color="#1f4e46")
    sheet.text(148, y + 2, words["total"], size=11, bold=True, align="right")
    sheet.text(right - 2, y + 2, words.money(invoice.total), size=11, bold=True, align="right")
    sheet.text(left, y + 18, words["please"])
    sheet.text(left, y + 24, words["thanks"])
    footer(sheet, invoice, words, left=left, right=right)


def draw_boxes(sheet: Sheet, invoice: SampleInvoice, words: Wording) -> None:
    """A coloured band, and boxes with the label above its value."""
    firm, left, right, tint = invoice.vendor, 18.0, 192.0, "#24365e"
    sheet.box(0, 0, sheet.width, 34, fill=tint)
    sheet.text(left, 17, firm.name, size=18, bold=True, color="#ffffff")
    sheet.text(left, 24, f"{firm.street}, {firm.town}", size=8.5, color="#c7d2e8")
    sheet.text(right, 18, words["invoice"].upper(), size=16, align="right", color="#ffffff")
    facts = (
        (words["number"], invoice.number),
        (words["date"], words.day(invoice.date)),
        (words["due"], words.day(invoice.due)),
        (words["total"], words.money(invoice.total)),
    )
    for place, (label, value) in enumerate(facts):
        x = left + place * 44
        sheet.box(x, 44, 42, 17, fill="#eef2f9")
        sheet.text(x + 3, 50, label, size=7.5, color=FAINT)
        sheet.text(x + 3, 56.5, value, size=10, bold=True)
    sheet.text(left, 74, words["buyer"], size=7.5, color=FAINT)
    address(sheet, left, 80, invoice.buyer)
    shown = columns(words, left=left, right=right, rates=len(invoice.taxes) > 1)
    sheet.box(left, 106, right - left, 8, fill=tint)
    heads(sheet, 111.3, shown, color="#ffffff")
    y = table(sheet, 120.5, shown, invoice.lines) + 3
    for label, value in sums(invoice, words):
        sheet.text(120, y, label, color=FAINT)
        sheet.text(right - 3, y, value, align="right")
        y += 6
    sheet.box(116, y - 2.5, right - 116, 10, fill="#eef2f9")
    sheet.text(120, y + 4, words["total"], size=10.5, bold=True)
    sheet.text(right - 3, y + 4, words.money(invoice.total), size=10.5, bold=True, align="right")
    sheet.text(left, y + 22, words["please"])
    footer(sheet, invoice, words, left=left, right=right)


def draw_recap(sheet: Sheet, invoice: SampleInvoice, words: Wording) -> None:
    """The facts in one sentence under the title, the tax in a table of its own beside the sums."""
    firm, left, right = invoice.vendor, 20.0, 190.0
    address(sheet, left, 22, firm, size=9.5, step=4.6)
    sheet.text(left, 41, f"{words['vat_id']} : {firm.vat_id}", size=8, color=FAINT)
    sheet.text(118, 46, words["buyer"], size=8, color=FAINT)
    address(sheet, 118, 51.5, invoice.buyer, size=9.5)
    sheet.text(left, 84, f"{words['invoice'].upper()}", size=17, bold=True, color="#7a2e1d")
    sheet.text(left, 92, f"{words['number']} : {invoice.number}", size=10)
    sheet.text(90, 92, f"{words['date']} : {words.day(invoice.date)}", size=10)
    shown = columns(words, left=left, right=right, rates=True)
    sheet.rule(left, 101, right, width=0.9, color="#7a2e1d")
    heads(sheet, 106, shown)
    sheet.rule(left, 108.5, right, width=0.4, color="#7a2e1d")
    y = table(sheet, 115, shown, invoice.lines) + 8
    below = recap(sheet, left, y, invoice, words)
    rows = [(words["net"], words.money(invoice.net)), (words["tax"], words.money(invoice.tax))]
    for label, value in rows:
        sheet.text(108, y, label)
        sheet.text(right - 2, y, value, align="right")
        y += 6
    sheet.rule(106, y - 3.5, right, width=0.9, color="#7a2e1d")
    sheet.text(108, y + 2.5, words["total"], size=11, bold=True)
    sheet.text(right - 2, y + 2.5, words.money(invoice.total), size=11, bold=True, align="right")
    y = max(y, below) + 18
    sheet.text(left, y, f"{words['due']} : {words.day(invoice.due)}")
    sheet.text(left, y + 6, words["please"])
    footer(sheet, invoice, words, left=left, right=right)


def draw_plain(sheet: Sheet, invoice: SampleInvoice, words: Wording) -> None:
    """A quiet page: the vendor on the right, facts with colons on the left, one bold line with the total."""
    firm, left, right = invoice.vendor, 24.0, 186.0
    sheet.text(right, 26, firm.name, size=16, bold=True, align="right")
    contact = (firm.street, firm.town, firm.phone, firm.mail)
    for row, line in enumerate(filter(None, contact)):
        sheet.text(right, 32 + row * 4.6, line, align="right", color=FAINT)
    address(sheet, left, 58, invoice.buyer)
    sheet.text(left, 92, words["invoice"], size=20, bold=True)
    facts = (
        (words["number"], invoice.number),
        (words["date"], words.day(invoice.date)),
        (words["due"], words.day(invoice.due)),
    )
    for row, (label, value) in enumerate(facts):
        sheet.text(left, 101 + row * 5.6, f"{label}:")
        sheet.text(left + 36, 101 + row * 5.6, value)
    shown = columns(words, left=left, right=right, rates=len(invoice.taxes) > 1)
    heads(sheet, 126, shown)
    y = table(sheet, 134, shown, invoice.lines, step=7.6) + 1
    for label, value in sums(invoice, words):
        sheet.text(left + 9, y, label)
        sheet.text(right - 2, y, value, align="right")
        y += 6
    sheet.rule(left, y - 3, right, width=1.2)
    sheet.text(left + 9, y + 3, words["total"], size=12, bold=True)
    sheet.text(right - 2, y + 3, words.money(invoice.total), size=12, bold=True, align="right")
    sheet.rule(left, y + 6.5, right, width=1.2)
    sheet.text(left, y + 18, words["please"], color=FAINT)
    footer(sheet, invoice, words, left=left, right=right)


def draw_faktura(sheet: Sheet, invoice: SampleInvoice, words: Wording) -> None:
    """Seller and buyer side by side in boxes, the number in the title, the total last and large."""
    firm, left, right = invoice.vendor, 18.0, 192.0
    sheet.text(right, 24, f"{words['date']}: {words.day(invoice.date)}", align="right")
    sheet.text(right, 29.5, f"{words['due']}: {words.day(invoice.due)}", align="right")
    sheet.text(left, 27, f"{words['number']} {invoice.number}", size=15, bold=True)
    halves = ((words["seller"], firm, left), (words["buyer"], invoice.buyer, 107.0))
    for label, party, x in halves:
        sheet.box(x, 38, 85, 36, edge="#9ca3af")
        sheet.box(x, 38, 85, 7, fill="#e5e7eb", edge="#9ca3af")
        sheet.text(x + 3, 42.8, label, size=8.5, bold=True)
        y = address(sheet, x + 3, 51.5, party, size=9.5)
        sheet.text(x + 3, y, f"{words['vat_id']}: {party.vat_id}", size=8.5)
    shown = columns(words, left=left, right=right, rates=True)
    sheet.box(left, 84, right - left, 9, fill="#e5e7eb", edge="#9ca3af")
    heads(sheet, 89.6, shown, color="#1c1f24", size=7.5)
    y = table(sheet, 100, shown, invoice.lines) + 8
    below = recap(sheet, 120, y, invoice, words)
    sheet.text(left, y, f"{words['net']}: {words.money(invoice.net)}")
    sheet.text(left, y + 6, f"{words['tax']}: {words.money(invoice.tax)}")
    y = max(below, y + 12) + 6
    sheet.text(left, y, f"{words['total']}:", size=14, bold=True)
    sheet.text(right, y, words.money(invoice.total), size=14, bold=True, align="right")
    sheet.rule(left, y + 3, right, width=0.9)
    sheet.text(left, y + 12, f"IBAN: {firm.iban}")
    sheet.text(left, y + 18, words["please"], color=FAINT)
    sheet.text(left, 284, f"{firm.phone} · {firm.mail}", size=7.5, color=FAINT)


DRAW: dict[Layout, tuple[Face, Callable[[Sheet, SampleInvoice, Wording], None]]] = {
    "letter": ("Helvetica", draw_letter),
    "boxes": ("Geist", draw_boxes),
    "recap": ("Vera", draw_recap),
    "plain": ("Times", draw_plain),
    "faktura": ("Geist", draw_faktura),
    "mixed": ("Helvetica", draw_mixed),
    "till": ("Vera", draw_till),
}


def make_invoice(invoice: SampleInvoice, *, lock: str | None = None) -> bytes:
    """
    *invoice* as a PDF with a text layer: the same bytes for the same invoice.

    Args:
        invoice: At most 14 positions.
        lock: A password without which the PDF does not open.

    Raises:
        ValueError: More positions than the page holds.

    Costs: about 10 ms.
    """
    if len(invoice.lines) > MOST_LINES:
        raise ValueError(f"a sample invoice holds at most {MOST_LINES} lines, got {len(invoice.lines)}")
    face, draw = DRAW[invoice.layout]
    words = Wording.of(invoice)
    sheet = Sheet(
        face="Geist" if invoice.language == "pl" else face,
        title=f"{words['invoice']} {invoice.number}",
        author=invoice.vendor.name,
        lock=lock,
    )
    draw(sheet, invoice, words)
    return sheet.finish()
