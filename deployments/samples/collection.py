"""The sample documents by name, and how each one should end."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from deployments.samples.firms import BEAUME, BUYER, HARROW, LINDENHOF, NORTHGATE, SOSNOWA, VEENSTRA, line
from deployments.samples.invoice import Firm, SampleInvoice, SampleLine
from deployments.samples.layouts import make_invoice
from deployments.samples.receipt import SampleReceipt, make_receipt

LINDENHOF_INVOICE = SampleInvoice(
    vendor=LINDENHOF,
    buyer=BUYER,
    number="RE-2025-0417",
    date=dt.date(2025, 10, 14),
    currency="EUR",
    lines=(line("de", 0, "2"), line("de", 1, "4"), line("de", 2, "3.5"), line("de", 6, "2", low=True)),
    language="de",
    layout="letter",
)
HARROW_INVOICE = SampleInvoice(
    vendor=HARROW,
    buyer=BUYER,
    number="HP-88213",
    date=dt.date(2025, 10, 31),
    currency="GBP",
    lines=(line("en", 0, "3"), line("en", 1, "2"), line("en", 2, "6.5"), line("en", 3, "3")),
    language="en",
    layout="boxes",
    days_to_pay=30,
)
BEAUME_INVOICE = SampleInvoice(
    vendor=BEAUME,
    buyer=BUYER,
    number="FA-2025-1082",
    date=dt.date(2025, 9, 26),
    currency="EUR",
    lines=(line("fr", 0, "1200"), line("fr", 2, "7.5"), line("fr", 3, "2", low=True), line("fr", 4, "1")),
    language="fr",
    layout="recap",
)
VEENSTRA_INVOICE = SampleInvoice(
    vendor=VEENSTRA,
    buyer=BUYER,
    number="20250733",
    date=dt.date(2025, 11, 3),
    currency="EUR",
    lines=(
        line("nl", 0, "12", low=True),
        line("nl", 1, "6", low=True),
        line("nl", 2, "1"),
        line("nl", 4, "1"),
    ),
    language="nl",
    layout="plain",
)
SOSNOWA_INVOICE = SampleInvoice(
    vendor=SOSNOWA,
    buyer=BUYER,
    number="FV/2025/10/118",
    date=dt.date(2025, 10, 20),
    currency="PLN",
    lines=(
        line("pl", 0, "40"),
        line("pl", 1, "25"),
        line("pl", 3, "2"),
        line("pl", 4, "1", low=True),
        line("pl", 5, "1"),
    ),
    language="pl",
    layout="faktura",
)
NORTHGATE_INVOICE = SampleInvoice(
    vendor=NORTHGATE,
    buyer=BUYER,
    number="NF-50931",
    date=dt.date(2025, 10, 8),
    currency="GBP",
    lines=(line("en", 5, "4"), line("en", 2, "2")),
    language="en",
    layout="letter",
    misprint=Decimal("90.00"),
)
LOCKED_INVOICE = SampleInvoice(
    vendor=HARROW,
    buyer=BUYER,
    number="HP-88240",
    date=dt.date(2025, 11, 7),
    currency="GBP",
    lines=(line("en", 4, "1"),),
    language="en",
    layout="plain",
)
KETTLE_RECEIPT = SampleReceipt(
    vendor=Firm(
        name="The Copper Kettle",
        street="3 Fennel Lane",
        town="Dublin 8",
        phone="+353 1 000 0417",
        vat_id="IE0004827X",
    ),
    number="004182",
    date=dt.date(2025, 10, 22),
    clock="13:07",
    currency="EUR",
    lines=tuple(
        SampleLine(name, Decimal(count), Decimal(price), Decimal("13.5"))
        for name, count, price in (
            ("Soup of the day", "2", "7.90"),
            ("Toasted sandwich", "2", "9.50"),
            ("Pot of tea", "1", "3.60"),
            ("Flat white", "3", "4.20"),
        )
    ),
)


@dataclass(frozen=True)
class Sample:
    """One sample document: its file name, how to make it, the truth about it and how it should end."""

    file: str
    make: Callable[[], bytes]
    truth: SampleInvoice | SampleReceipt
    ends: Literal["posted", "waiting", "refused"]
    why: str


SAMPLES = (
    Sample("atelier-beaume.pdf", lambda: make_invoice(BEAUME_INVOICE), BEAUME_INVOICE, "posted", "French"),
    Sample("copper-kettle.jpg", lambda: make_receipt(KETTLE_RECEIPT), KETTLE_RECEIPT, "posted", "a photo"),
    Sample("harrow-pike.pdf", lambda: make_invoice(HARROW_INVOICE), HARROW_INVOICE, "posted", "English"),
    Sample("lindenhof.pdf", lambda: make_invoice(LINDENHOF_INVOICE), LINDENHOF_INVOICE, "posted", "German"),
    Sample(
        "lindenhof-again.pdf",
        lambda: make_invoice(LINDENHOF_INVOICE),
        LINDENHOF_INVOICE,
        "waiting",
        "the same invoice under another name: one of the two waits",
    ),
    Sample(
        "locked.pdf",
        lambda: make_invoice(LOCKED_INVOICE, lock="kettle"),
        LOCKED_INVOICE,
        "refused",
        "opens with a password only",
    ),
    Sample(
        "northgate-wrong-sum.pdf",
        lambda: make_invoice(NORTHGATE_INVOICE),
        NORTHGATE_INVOICE,
        "waiting",
        "its total is 90 pounds too high",
    ),
    Sample("sosnowa.pdf", lambda: make_invoice(SOSNOWA_INVOICE), SOSNOWA_INVOICE, "posted", "Polish"),
    Sample("veenstra.pdf", lambda: make_invoice(VEENSTRA_INVOICE), VEENSTRA_INVOICE, "posted", "Dutch"),
)
"""Nine documents, in the order of their names."""
