"""Any number of different invoices, each from a seed."""

import datetime as dt
import random
from dataclasses import replace
from decimal import Decimal
from typing import get_args

from deployments.samples.firms import AMERICAN, BUYERS, CURRENCY, VENDORS, WARES, line
from deployments.samples.invoice import (
    Adjustment,
    DateForm,
    Firm,
    Language,
    Layout,
    Manner,
    SampleInvoice,
    SampleLine,
    SignPlace,
    cents,
)
from deployments.samples.wording import NBSP

NUMBERS = (
    "{year}-{serial:04d}",
    "RE{year}{serial:05d}",
    "{serial:06d}",
    "INV/{year}/{month:02d}/{serial}",
    "{serial}/{month:02d}/{year}",
    "F{serial:05d}",
    "A-{year}.{serial}",
    "{year}{serial:07d}",
)
FIRST_DAY = dt.date(2024, 1, 1)
FREE: tuple[Layout, ...] = ("mixed", "till")
"""The layouts that can show charges, discounts, tax within the prices and payments made before."""

MARKS: dict[Language, tuple[tuple[str, str], ...]] = {
    "de": ((".", ","), ("", ","), (" ", ","), ("'", ".")),
    "en": ((",", "."), ("", ".")),
    "fr": ((NBSP, ","), (" ", ","), ("", ","), (".", ",")),
    "nl": ((".", ","), ("", ",")),
    "pl": ((" ", ","), ("", ","), (NBSP, ",")),
}
DATE_FORMS: dict[Language, tuple[DateForm, ...]] = {
    "de": ("dots", "named", "iso"),
    "en": ("slashes", "named", "iso", "abbreviated", "short"),
    "fr": ("slashes", "named", "dots", "short"),
    "nl": ("slashes", "named", "iso"),
    "pl": ("iso", "dots", "named"),
}


def invent(seed: int, *, language: Language | None = None, layout: Layout | None = None) -> SampleInvoice:
    """
    An invoice made up from *seed*: the same seed, the same invoice, in every process.

    Language and layout are drawn too unless given. Two seeds never share a vendor and a number.
    """
    draw = random.Random(seed)  # noqa: S311 - variety, not secrecy
    speech: Language = language or draw.choice(get_args(Language))
    shape: Layout = layout or draw.choice((*get_args(Layout), "mixed", "mixed", "mixed"))
    date = FIRST_DAY + dt.timedelta(days=draw.randrange(600))
    number = draw.choice(NUMBERS).format(year=date.year, month=date.month, serial=seed + 100)
    invoice = SampleInvoice(
        vendor=draw.choice(VENDORS[speech]),
        buyer=draw.choice(BUYERS),
        number=number,
        date=date,
        currency=draw.choice(CURRENCY[speech]),
        lines=_lines(draw, speech, shape),
        language=speech,
        layout=shape,
        wording=draw.randrange(6),
        days_to_pay=draw.choice((7, 14, 30)),
    )
    invoice = replace(invoice, vendor=replace(invoice.vendor, name=_renamed(invoice.vendor.name, draw)))
    return _wild(invoice, draw) if shape in FREE else invoice


def _lines(draw: random.Random, speech: Language, shape: Layout) -> tuple[SampleLine, ...]:
    wares = draw.sample(range(len(WARES[speech])), k=draw.randint(1, len(WARES[speech])))
    if shape == "mixed" and draw.random() < 0.15:
        wares = (wares * 12)[: draw.randint(10, 14)]
    return tuple(line(speech, ware, str(draw.randint(1, 40)), low=draw.random() < 0.2) for ware in wares)


def _wild(invoice: SampleInvoice, draw: random.Random) -> SampleInvoice:
    """*invoice* as papers in the wild differ: in marks, dates and labels, with charges, discounts and payments."""
    speech = invoice.language
    form = draw.choice((None, *DATE_FORMS[speech]))
    if invoice.currency == "USD":
        invoice = replace(invoice, vendor=_american(invoice.vendor))
        form = draw.choice(("american", "named", "iso"))
    inside = draw.random() < (0.8 if invoice.layout == "till" else 0.1)
    if not inside and draw.random() < 0.08:
        invoice = replace(invoice, lines=tuple(replace(one, rate=Decimal(0)) for one in invoice.lines))
    manner = Manner(
        arrangement=draw.randrange(10**6),
        wild=True,
        date_form=form,
        marks=draw.choice((None, *MARKS[speech])),
        sign=draw.choice((None, *get_args(SignPlace))),
    )
    invoice = replace(invoice, manner=manner, tax_inside=inside, adjustments=_adjustments(invoice, draw))
    part = draw.choice((Decimal("0.2"), Decimal("0.5"))) if draw.random() < 0.12 else Decimal(0)
    return replace(invoice, prepaid=cents(invoice.total * part))


def _adjustments(invoice: SampleInvoice, draw: random.Random) -> tuple[Adjustment, ...]:
    found: list[Adjustment] = []
    if draw.random() < 0.2:
        first = next(one for one in invoice.lines)
        share = Decimal(draw.choice((2, 5, 10))) / 100
        found.append(Adjustment("discount", -max(cents(first.amount * share), Decimal("0.01"))))
    if draw.random() < 0.2:
        found.append(Adjustment("shipping", Decimal(draw.choice(("4.90", "7.50", "12.00", "19.95")))))
    return tuple(found)


def _american(firm: Firm) -> Firm:
    return replace(AMERICAN, name=f"{firm.name.split()[0]} {AMERICAN.name}")


def _renamed(name: str, draw: random.Random) -> str:
    """*name* with its first word replaced, so that many vendors send invoices."""
    syllables = (
        "Al",
        "Bren",
        "Cor",
        "Dal",
        "Es",
        "Far",
        "Gren",
        "Hol",
        "Is",
        "Jor",
        "Kel",
        "Lum",
        "Mar",
        "Nor",
    )
    endings = ("berg", "dale", "field", "haven", "land", "mont", "stad", "ton", "vik", "wald")
    return " ".join((draw.choice(syllables) + draw.choice(endings), *name.split()[1:]))
