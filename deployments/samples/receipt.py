"""A till receipt, photographed."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from PIL import Image, ImageDraw, ImageFont

from deployments.samples.invoice import Firm, SampleLine, cents
from deployments.samples.photograph import photograph
from deployments.samples.sheet import geist

WIDTH, MARGIN, STEP, SIZE = 760, 48, 40, 27


@dataclass(frozen=True, kw_only=True)
class SampleReceipt:
    """One till receipt: prices with tax in them, as shops print them."""

    vendor: Firm
    number: str
    date: dt.date
    clock: str
    currency: str
    lines: tuple[SampleLine, ...]

    @property
    def total(self) -> Decimal:
        """What was paid."""
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def tax(self) -> Decimal:
        """The tax that is in the total, all lines at the first line's rate."""
        rate = self.lines[0].rate
        return cents(self.total * rate / (100 + rate))

    @property
    def net(self) -> Decimal:
        """The total without the tax in it."""
        return self.total - self.tax


def make_receipt(receipt: SampleReceipt, *, seed: int = 1) -> bytes:
    """*receipt* as a JPEG photo: no text layer, so it is read by OCR. Costs about 0.3 s."""
    rows = _rows(receipt)
    paper = Image.new("RGB", (WIDTH, STEP * (len(rows) + 3)), (250, 249, 245))
    pen = ImageDraw.Draw(paper)
    for place, (left, right, weight) in enumerate(rows):
        font = _font(weight)
        y = STEP * (place + 1.5)
        if right:
            pen.text((MARGIN, y), left, font=font, fill=(38, 36, 40))
            pen.text((WIDTH - MARGIN, y), right, font=font, fill=(38, 36, 40), anchor="ra")
        else:
            pen.text((WIDTH / 2, y), left, font=font, fill=(38, 36, 40), anchor="ma")
    return photograph(paper, seed=seed)


def _font(weight: int) -> ImageFont.FreeTypeFont:
    """The mono face of a till printer, at *weight* 100 to 900."""
    font = ImageFont.truetype(geist("GeistMono-VariableFont_wght.ttf"), SIZE + (6 if weight > 500 else 0))
    font.set_variation_by_axes([weight])
    return font


def _rows(receipt: SampleReceipt) -> list[tuple[str, str, int]]:
    """The receipt's rows: left text, right text (none: centred) and weight."""
    shop, rate = receipt.vendor, receipt.lines[0].rate
    dashes = ("-" * 41, "", 400)
    return [
        (shop.name.upper(), "", 700),
        (shop.street, "", 400),
        (shop.town, "", 400),
        (f"Tel {shop.phone}", "", 400),
        (f"VAT no. {shop.vat_id}", "", 400),
        ("", "", 400),
        ("Receipt no.", receipt.number, 400),
        ("Date", f"{receipt.date:%d/%m/%Y} {receipt.clock}", 400),
        dashes,
        *((f"{line.quantity} x {line.description}", f"{line.amount}", 400) for line in receipt.lines),
        dashes,
        (f"TOTAL {receipt.currency}", f"{receipt.total}", 700),
        ("", "", 400),
        (f"Net at {rate}%", f"{receipt.net}", 400),
        (f"VAT {rate}%", f"{receipt.tax}", 400),
        ("Card payment", f"{receipt.total}", 400),
        ("", "", 400),
        ("Thank you, see you soon", "", 400),
    ]
