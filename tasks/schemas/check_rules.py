"""The settings of the check: what is close enough, sure enough, early enough."""

import datetime as dt
from decimal import Decimal

from pydantic import Field

from tasks.schemas.frozen import Frozen

CURRENCIES = tuple(
    """AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY
    COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD
    IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK
    MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS
    SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW
    ZWG ATS BEF DEM ESP FIM FRF IEP ITL LUF NLG PTE""".split()  # noqa: SIM905
)
"""ISO 4217, and after ZWG the currencies the euro replaced, for old papers."""


class CheckRules(Frozen):
    """When a person has to look. Money in the invoice's currency, confidences from 0 to 1."""

    tolerance: Decimal = Field(
        default=Decimal("0.02"), ge=0, description="how far sums may be off: rounding of single amounts"
    )
    cash_rounding: tuple[tuple[str, Decimal], ...] = Field(
        default=(
            ("MYR", Decimal("0.05")),
            ("CHF", Decimal("0.05")),
            ("AUD", Decimal("0.05")),
            ("CZK", Decimal(1)),
        ),
        description="currency and its smallest coin: totals paid in cash are rounded to it",
    )
    earliest: dt.date = Field(
        default=dt.date(1970, 1, 1), description="a date before it is a mistake; old papers do come in"
    )
    days_ahead: int = Field(default=1, ge=0, description="how far a date may lie ahead: time zones")
    currencies: tuple[str, ...] = Field(default=CURRENCIES, description="the codes that are known")
    sure_money: float = Field(
        default=0.82,
        ge=0,
        le=1,
        description="under it, a total, net or tax is a doubt: one reading that no sum or second print bears out",
    )
    sure_fact: float = Field(default=0.57, ge=0, le=1, description="under it, any other fact is a doubt")
    number_needed_above: Decimal = Field(
        default=Decimal(250),
        ge=0,
        description="total from which an invoice must have a number: receipts and invoices of small value need none by law",
    )
    highest_tax: Decimal = Field(
        default=Decimal("0.30"), ge=0, description="tax above this part of the net is a misreading"
    )
