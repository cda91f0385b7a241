"""Any number of different invoices, each from a seed."""

import datetime as dt
import random
from dataclasses import replace
from typing import get_args

from deployments.samples.firms import BUYER, CURRENCY, VENDORS, WARES, line
from deployments.samples.invoice import Language, Layout, SampleInvoice

NUMBERS = ("{year}-{serial:04d}", "RE{year}{serial:05d}", "{serial:06d}", "INV/{year}/{month:02d}/{serial}")
FIRST_DAY = dt.date(2024, 1, 1)


def invent(seed: int, *, language: Language | None = None, layout: Layout | None = None) -> SampleInvoice:
    """
    An invoice made up from *seed*: the same seed, the same invoice, in every process.

    Language and layout are drawn too unless given. Two seeds never share a vendor and a number.
    """
    draw = random.Random(seed)  # noqa: S311 - variety, not secrecy
    speech: Language = language or draw.choice(get_args(Language))
    date = FIRST_DAY + dt.timedelta(days=draw.randrange(600))
    wares = draw.sample(range(len(WARES[speech])), k=draw.randint(1, len(WARES[speech])))
    number = draw.choice(NUMBERS).format(year=date.year, month=date.month, serial=seed + 100)
    invoice = SampleInvoice(
        vendor=draw.choice(VENDORS[speech]),
        buyer=BUYER,
        number=number,
        date=date,
        currency=draw.choice(CURRENCY[speech]),
        lines=tuple(line(speech, ware, str(draw.randint(1, 40)), low=draw.random() < 0.2) for ware in wares),
        language=speech,
        layout=layout or draw.choice(get_args(Layout)),
        wording=draw.randrange(6),
        days_to_pay=draw.choice((7, 14, 30)),
    )
    return replace(invoice, vendor=replace(invoice.vendor, name=_renamed(invoice.vendor.name, draw)))


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
