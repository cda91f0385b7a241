"""Currency signs and names, and the ISO 4217 code each stands for."""

import re

CODES = tuple(
    """AED AUD BGN BRL CAD CHF CNY CZK DEM DKK EUR FRF GBP HKD HUF IDR ILS INR JPY KRW MXN MYR NLG NOK NZD PHP
    PLN RON RUB SEK SGD THB TRY TWD UAH USD VND ZAR""".split()  # noqa: SIM905
)
"""The codes that are read where they stand alone; anything else in three capitals is a word."""

SIGNS = {
    "EUR": ("€", "euros", "euro"),
    "USD": ("$", "US$", "USD$", "US-$", "us dollars", "dollars"),
    "GBP": ("£", "pounds sterling"),
    "PLN": ("zł", "zl", "złotych"),
    "MYR": ("RM", "ringgit"),
    "CHF": ("SFr.", "SFr", "Fr.", "Sfr"),
    "AUD": ("A$", "AU$"),
    "CAD": ("C$", "CA$", "CDN$"),
    "NZD": ("NZ$",),
    "SGD": ("S$",),
    "HKD": ("HK$",),
    "BRL": ("R$",),
    "DEM": ("DM",),
    "INR": ("₹", "Rs."),
    "JPY": ("¥",),
    "CNY": ("RMB", "yuan"),
    "KRW": ("₩",),
    "TRY": ("₺",),
    "RUB": ("₽",),
    "VND": ("₫",),
    "THB": ("฿",),
    "SEK": ("kr",),
    "CZK": ("Kč",),
    "HUF": ("Ft",),
}
"""What else is printed for a code. A bare $ is the US dollar unless the document says otherwise."""

_BY_LOWER = {sign.lower(): code for code, signs in SIGNS.items() for sign in (code, *signs)}
_BY_LOWER |= {code.lower(): code for code in CODES}


def _alternative(sign: str) -> str:
    """Words of one or two letters are read in their own case only: '12 ft' is a length."""
    return rf"(?-i:{re.escape(sign)})" if sign.isalpha() and len(sign) <= 2 else re.escape(sign)


_SPELLINGS = {sign for code, signs in SIGNS.items() for sign in (code, *signs)} | set(CODES) | {"Rm"}
CURRENCY_PATTERN = "|".join(map(_alternative, sorted(_SPELLINGS, key=lambda sign: (-len(sign), sign))))
"""A regular expression (use with IGNORECASE) for one sign, name or code; the longest first."""


def currency_code(sign: str) -> str | None:
    """The ISO 4217 code of *sign* (a sign, a name or a code in any case), or None where it is not known."""
    return _BY_LOWER.get(sign.strip().lower())
