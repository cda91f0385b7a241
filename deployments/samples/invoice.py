"""What a sample invoice says, and the sums that follow from it."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

Language = Literal["de", "en", "fr", "nl", "pl"]
Layout = Literal["letter", "boxes", "recap", "plain", "faktura"]

CENT = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    """*amount* to two decimals, halves away from zero."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, kw_only=True)
class Firm:
    """A fictional vendor or buyer. No such firm, address, account or tax number exists."""

    name: str
    street: str
    town: str
    country: str = ""
    vat_id: str = ""
    iban: str = ""
    mail: str = ""
    phone: str = ""
    trade: str = ""


@dataclass(frozen=True)
class SampleLine:
    """One position: *quantity* of *unit* at *unit_price*, taxed at *rate* per cent."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    rate: Decimal
    unit: str = ""

    @property
    def amount(self) -> Decimal:
        """What the position costs before tax."""
        return cents(self.quantity * self.unit_price)


@dataclass(frozen=True, kw_only=True)
class SampleInvoice:
    """
    One invoice: what is printed on it is the truth about it.

    *misprint* is added to the printed total, so that the sums no longer agree; *wording* picks among the
    labels and the date formats of the language.
    """

    vendor: Firm
    buyer: Firm
    number: str
    date: dt.date
    currency: str
    lines: tuple[SampleLine, ...]
    language: Language = "en"
    layout: Layout = "letter"
    wording: int = 0
    days_to_pay: int = 14
    misprint: Decimal = field(default=Decimal(0))

    @property
    def due(self) -> dt.date:
        """The last day to pay."""
        return self.date + dt.timedelta(days=self.days_to_pay)

    @property
    def net(self) -> Decimal:
        """The sum of the lines, before tax."""
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def bases(self) -> dict[Decimal, Decimal]:
        """What is taxed at each rate, lowest rate first."""
        rates = sorted({line.rate for line in self.lines})
        return {
            rate: sum((line.amount for line in self.lines if line.rate == rate), Decimal(0)) for rate in rates
        }

    @property
    def taxes(self) -> dict[Decimal, Decimal]:
        """The tax due at each rate, lowest rate first."""
        return {rate: cents(base * rate / 100) for rate, base in self.bases.items()}

    @property
    def tax(self) -> Decimal:
        """All taxes together."""
        return sum(self.taxes.values(), Decimal(0))

    @property
    def total(self) -> Decimal:
        """The total as printed, the misprint included."""
        return self.net + self.tax + self.misprint
