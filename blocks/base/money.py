"""Money is Decimal or an integer of the smallest part, never a float.

What we pay is counted in billionths of a US dollar, so that a price per token is exact and sums never drift.
"""

from decimal import ROUND_UP, Decimal

NANO = Decimal(1_000_000_000)


def nano_usd(dollars: Decimal) -> int:
    """*dollars* in billionths, rounded up: a cost is never shown smaller than it was."""
    return int((dollars * NANO).to_integral_value(rounding=ROUND_UP))


def usd(nano: int) -> Decimal:
    """The dollars of *nano* billionths."""
    return Decimal(nano) / NANO


# ISO 4217: currencies whose smallest part is not a hundredth.
_WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
_DIGITS = {**dict.fromkeys(_WHOLE.split(), 0), **dict.fromkeys(_THOUSANDTHS.split(), 3)}


def written(amount: Decimal, currency: str) -> str:
    """*amount* with the decimals that *currency* (ISO 4217) has, and more where it has more: never rounded."""
    exponent = amount.as_tuple().exponent
    own = -exponent if isinstance(exponent, int) else 0
    return f"{amount:.{max(own, _DIGITS.get(currency, 2))}f}"
