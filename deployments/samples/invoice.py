"""What a sample invoice says, and the sums that follow from it."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

Language = Literal["de", "en", "fr", "nl", "pl"]
Layout = Literal["letter", "boxes", "recap", "plain", "faktura", "mixed", "till"]
DateForm = Literal["iso", "slashes", "short", "american", "named", "abbreviated", "dots"]
SignPlace = Literal["before", "after", "code before", "code after", "none"]

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
class Manner:
    """
    How a paper departs from the plain form of its language; by default in nothing.

    *arrangement* is the seed by which the layout "mixed" places its blocks; *wild* draws from the wider choice of
    labels; *marks* are the thousands mark and the decimal sign.
    """

    arrangement: int = 0
    wild: bool = False
    date_form: DateForm | None = None
    marks: tuple[str, str] | None = None
    sign: SignPlace | None = None


@dataclass(frozen=True)
class Adjustment:
    """A charge (positive) or a discount (negative) of the whole invoice, taxed at the rate of its first line."""

    kind: Literal["discount", "shipping"]
    amount: Decimal


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
    manner: Manner = Manner()
    adjustments: tuple[Adjustment, ...] = ()
    prepaid: Decimal = Decimal(0)
    tax_inside: bool = False
    """The prices hold the tax, as in shops."""

    @property
    def due(self) -> dt.date:
        """The last day to pay."""
        return self.date + dt.timedelta(days=self.days_to_pay)

    @property
    def line_sum(self) -> Decimal:
        """The sum of the lines as printed."""
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def printed_sum(self) -> Decimal:
        """The lines with charges and discounts, as printed: with tax where the prices hold it."""
        return self.line_sum + sum((extra.amount for extra in self.adjustments), Decimal(0))

    @property
    def net(self) -> Decimal:
        """The sum of the lines, charges and discounts, before tax."""
        return self.printed_sum - self.tax if self.tax_inside else self.printed_sum

    @property
    def bases(self) -> dict[Decimal, Decimal]:
        """What is taxed at each rate, without the tax, lowest rate first."""
        return {
            rate: part - self.taxes[rate] if self.tax_inside else part for rate, part in self._parts.items()
        }

    @property
    def taxes(self) -> dict[Decimal, Decimal]:
        """The tax due at each rate, lowest rate first."""
        whole = 100 if self.tax_inside else 0
        return {
            rate: cents(part * rate / ((whole + rate) if whole else 100))
            for rate, part in self._parts.items()
        }

    @property
    def _parts(self) -> dict[Decimal, Decimal]:
        """What the lines and adjustments of each rate come to, lowest rate first."""
        parts = dict.fromkeys(sorted({line.rate for line in self.lines}), Decimal(0))
        for line in self.lines:
            parts[line.rate] += line.amount
        parts[self.lines[0].rate] += self.printed_sum - self.line_sum
        return parts

    @property
    def tax(self) -> Decimal:
        """All taxes together."""
        return sum(self.taxes.values(), Decimal(0))

    @property
    def total(self) -> Decimal:
        """The total as printed, the misprint included."""
        return self.net + self.tax + self.misprint
