"""A page whose blocks are placed by the seed of its manner: letterheads, facts, tables and sums as they come in the wild."""

import random
from collections.abc import Sequence
from decimal import Decimal

from deployments.samples.invoice import SampleInvoice, SampleLine
from deployments.samples.parts import Column, address, columns, footer, heads, recap
from deployments.samples.sheet import FAINT, Sheet
from deployments.samples.wording import Wording

LEFT, RIGHT = 20.0, 190.0
PAGE_LINES = 9
"""Positions on the first page of a paper that carries its sum forward."""

Rows = list[tuple[str, str]]


def draw_mixed(sheet: Sheet, invoice: SampleInvoice, words: Wording) -> None:
    """Letterhead, title and facts, positions, sums, and small print: each block in one of several shapes."""
    draw = random.Random(invoice.manner.arrangement)  # noqa: S311 - variety, not secrecy
    draw.choice((_head_left, _head_right, _head_columns, _head_centred))(sheet, invoice, words)
    draw.choice((_facts_beside, _facts_in_a_row, _facts_left, _facts_in_title))(sheet, invoice, words, draw)
    y = _positions(sheet, 121, invoice, words, draw)
    y = draw.choice((_sums_right, _sums_left))(sheet, y, invoice, words, draw)
    _small_print(sheet, y + 9, invoice, words, draw)
    footer(sheet, invoice, words, left=LEFT, right=RIGHT)


def _head_left(sheet: Sheet, invoice: SampleInvoice, words: Wording) -> None:
    y = address(sheet, LEFT, 20, invoice.vendor, size=11)
    sheet.text(LEFT, y, f"{words['vat_id']} {invoice.vendor.vat_id}", size=8, color=FAINT)


def _head_right(sheet: Sheet, invoice: SampleInvoice, words: Wording) -> None:
    firm = invoice.vendor
    for row, text in enumerate((firm.name, firm.street, firm.town, f"{words['vat_id']}: {firm.vat_id}")):
        sheet.text(RIGHT, 18 + row * 5, text, size=9 if row else 14, bold=not row, align="right")


def _head_columns(sheet: Sheet, invoice: SampleInvoice, words: Wording) -> None:
    firm = invoice.vendor
    sheet.text(LEFT, 18, firm.name, size=15, bold=True)
    for row, text in enumerate((firm.trade or firm.town, firm.street, firm.town)):
        sheet.text(LEFT, 24 + row * 4.6, text, size=8.5)
    for row, text in enumerate((firm.phone, firm.mail, f"{words['vat_id']} {firm.vat_id}")):
        sheet.text(140, 24 + row * 4.6, text, size=8.5)


def _head_centred(sheet: Sheet, invoice: SampleInvoice, words: Wording) -> None:
    firm = invoice.vendor
    sheet.text(105, 18, firm.name.upper(), size=16, bold=True, align="center")
    sheet.text(105, 24, f"{firm.street} | {firm.town} | {firm.phone}", size=8, align="center")
    sheet.rule(LEFT, 28, RIGHT, width=1)


def _facts(invoice: SampleInvoice, words: Wording, draw: random.Random, *, most: int = 3) -> Rows:
    """The number and the date among others that could be taken for them, in a drawn order."""
    near = invoice.due.replace(year=invoice.date.year)
    others = [
        (words["order"], f"{draw.randrange(10**5, 10**6)}"),
        (words["customer"], f"{draw.choice(('K', 'C-', ''))}{draw.randrange(1000, 99999)}"),
        (words["delivery"], f"LS{draw.randrange(10**4, 10**5)}"),
        (words["delivered"], words.day(near)),
        (words["due"], words.day(invoice.due)),
    ]
    known = [(words["number"], invoice.number), (words["date"], words.day(invoice.date))]
    shown = known + draw.sample(others, k=draw.randint(1, most))
    if draw.random() < 0.4:
        draw.shuffle(shown)
    return shown


def _buyer(
    sheet: Sheet, x: float, y: float, invoice: SampleInvoice, words: Wording, *, labelled: bool
) -> None:
    if labelled:
        sheet.text(x, y, f"{words['buyer']}:", size=8, color=FAINT)
    address(sheet, x, y + 5, invoice.buyer)


def _facts_beside(sheet: Sheet, invoice: SampleInvoice, words: Wording, draw: random.Random) -> None:
    _buyer(sheet, LEFT, 52, invoice, words, labelled=draw.random() < 0.6)
    sheet.text(LEFT, 98, words["invoice"], size=16, bold=True)
    colon = draw.choice(("", ":", " :"))
    for row, (label, value) in enumerate(_facts(invoice, words, draw)):
        sheet.text(112, 57 + row * 5.2, label + colon)
        sheet.text(158, 57 + row * 5.2, value)


def _facts_in_a_row(sheet: Sheet, invoice: SampleInvoice, words: Wording, draw: random.Random) -> None:
    sheet.text(LEFT, 50, words["invoice"], size=18, bold=True)
    _buyer(sheet, LEFT if draw.random() < 0.5 else 118, 58, invoice, words, labelled=True)
    facts = _facts(invoice, words, draw, most=2)
    for place, (label, value) in enumerate(facts):
        x = LEFT + place * 44
        sheet.text(x, 98, label, size=7.5, bold=True)
        sheet.text(x, 103.5, value, size=9)
    sheet.rule(LEFT, 106, RIGHT)


def _facts_left(sheet: Sheet, invoice: SampleInvoice, words: Wording, draw: random.Random) -> None:
    _buyer(sheet, 120, 48, invoice, words, labelled=draw.random() < 0.7)
    sheet.text(LEFT, 52, words["invoice"], size=16, bold=True)
    for row, (label, value) in enumerate(_facts(invoice, words, draw)):
        sheet.text(LEFT, 61 + row * 5.4, f"{label}: {value}", size=9.5)


def _facts_in_title(sheet: Sheet, invoice: SampleInvoice, words: Wording, draw: random.Random) -> None:
    _buyer(sheet, LEFT, 50, invoice, words, labelled=draw.random() < 0.5)
    title = words["number"] if draw.random() < 0.5 else words["invoice"]
    sheet.text(LEFT, 96, f"{title} {invoice.number}", size=14, bold=True)
    sheet.text(RIGHT, 88, f"{words['date']}: {words.day(invoice.date)}", align="right")
    sheet.text(LEFT, 103, f"{words['order']} {draw.randrange(10**5, 10**6)}", size=8.5)


def _columns(invoice: SampleInvoice, words: Wording, draw: random.Random) -> list[Column]:
    """The columns of the positions: the usual ones, the quantity first, with article codes, or texts and amounts only."""
    usual = columns(words, left=LEFT, right=RIGHT, rates=draw.random() < 0.5)
    kind = draw.choice(("usual", "quantity first", "codes", "bare", "signs"))
    place, item, count, *_, amount = usual
    if kind == "quantity first":
        first = Column(count.head, LEFT + 13, "right", lambda _, line: words.count(line.quantity))
        return [first, Column(item.head, LEFT + 19, "left", item.cell), *usual[3:]]
    if kind == "codes":
        code = Column(
            words["code"], LEFT, "left", lambda number, line: f"{40 + number}{len(line.description):03d}"
        )
        return [code, Column(item.head, LEFT + 24, "left", item.cell), *usual[2:]]
    if kind == "bare":
        return [Column(item.head, LEFT, "left", item.cell), amount]
    if kind == "signs":
        paid = Column(amount.head, amount.x, "right", lambda _, line: words.money(line.amount))
        return [place, item, *usual[2:-1], paid]
    return usual


def _positions(sheet: Sheet, y: float, invoice: SampleInvoice, words: Wording, draw: random.Random) -> float:
    """The table of the positions; a long one goes on on a second page with its sum so far on both. Returns the next baseline."""
    shown = _columns(invoice, words, draw)
    heads(sheet, y - 7, shown, size=7.5)
    lines = list(enumerate(invoice.lines, start=1))
    if len(lines) <= PAGE_LINES:
        return _rows(sheet, y, shown, lines) + 3
    y = _rows(sheet, y, shown, lines[:PAGE_LINES])
    so_far = words.number(sum((line.amount for _, line in lines[:PAGE_LINES]), Decimal(0)))
    sheet.text(LEFT + 24, y + 2, words["carried"])
    sheet.text(RIGHT - 2, y + 2, so_far, align="right")
    sheet.text(RIGHT, 262, "1 / 2", align="right", size=8)
    sheet.turn()
    sheet.text(LEFT, 20, f"{words['invoice']} {invoice.number}", size=8)
    heads(sheet, 30, shown, size=7.5)
    sheet.text(LEFT + 24, 37, words["carried"])
    sheet.text(RIGHT - 2, 37, so_far, align="right")
    return _rows(sheet, 44, shown, lines[PAGE_LINES:]) + 3


def _rows(sheet: Sheet, y: float, shown: Sequence[Column], lines: Sequence[tuple[int, SampleLine]]) -> float:
    for place, line in lines:
        for column in shown:
            sheet.text(column.x, y, column.cell(place, line), align=column.align, size=8.5)
        y += 6.4
    return y


def sum_rows(invoice: SampleInvoice, words: Wording, draw: random.Random) -> Rows:
    """The rows over the total: the sum of the lines, charges and discounts, net, and the tax at each rate."""
    money, rows = words.money, Rows()
    if invoice.adjustments:
        rows.append((words["sum"], money(invoice.line_sum)))
    rows += [(words[extra.kind], money(extra.amount)) for extra in invoice.adjustments]
    if invoice.tax_inside:
        return rows
    rows.append((words["net"], money(invoice.net)))
    tax = words["tax"]
    known = [(rate, tax_) for rate, tax_ in invoice.taxes.items() if tax_ or draw.random() < 0.7]
    for rate, amount in known:
        base = f" ({words.number(invoice.bases[rate])})" if len(known) > 1 and draw.random() < 0.3 else ""
        rows.append((f"{tax} {words.percent(rate)}{base}", money(amount)))
    return rows


def rows_after(invoice: SampleInvoice, words: Wording) -> Rows:
    """The rows under the total: the tax that is inside it, what was paid before and what is left to pay."""
    rows = Rows()
    if invoice.tax_inside:
        rows += [
            (f"{words['inside']} {words.percent(rate)}", words.money(tax))
            for rate, tax in invoice.taxes.items()
        ]
    if invoice.prepaid:
        rows.append((words["prepaid"], words.money(-invoice.prepaid)))
        rows.append((words["left"], words.money(invoice.total - invoice.prepaid)))
    return rows


def _sums_right(sheet: Sheet, y: float, invoice: SampleInvoice, words: Wording, draw: random.Random) -> float:
    """The sums at the right edge, now and then with a tax table left of them."""
    below = recap(sheet, LEFT, y, invoice, words) if draw.random() < 0.2 and not invoice.tax_inside else y
    return max(below, _sums(sheet, y, (118.0, RIGHT - 2), invoice, words, draw))


def _sums_left(sheet: Sheet, y: float, invoice: SampleInvoice, words: Wording, draw: random.Random) -> float:
    """The sums at the left edge."""
    return _sums(sheet, y, (LEFT, LEFT + 92), invoice, words, draw)


def _sums(
    sheet: Sheet,
    y: float,
    edges: tuple[float, float],
    invoice: SampleInvoice,
    words: Wording,
    draw: random.Random,
) -> float:
    colon = draw.choice(("", ":"))
    before, after = sum_rows(invoice, words, draw), rows_after(invoice, words)
    rows = [*before, (words.total, words.money(invoice.total)), *after]
    for place, (label, value) in enumerate(rows):
        bold = place == len(before)
        sheet.text(edges[0], y, label + colon, bold=bold)
        sheet.text(edges[1], y, value, align="right", bold=bold)
        y += 5.6
    return y


def _small_print(sheet: Sheet, y: float, invoice: SampleInvoice, words: Wording, draw: random.Random) -> None:
    """Sentences under the sums, some with amounts in them that are no sums of the invoice."""
    texts = [words["please"], words["thanks"]]
    if draw.random() < 0.3:
        texts.insert(
            0,
            words["early"].format(
                money=words.money((invoice.total * Decimal("0.98")).quantize(Decimal("0.01")))
            ),
        )
    if not invoice.tax:
        texts.insert(0, words["reverse"])
    for place, text in enumerate(texts):
        sheet.text(LEFT, y + place * 5, text, size=8)
