"""US dollars as integers of a billionth, so that a price per token is exact and sums never drift."""

from decimal import ROUND_UP, Decimal

NANO = Decimal(1_000_000_000)


def nano_usd(dollars: Decimal) -> int:
    """*dollars* in billionths, rounded up: a cost is never shown smaller than it was."""
    return int((dollars * NANO).to_integral_value(rounding=ROUND_UP))


def usd(nano: int) -> Decimal:
    """The dollars of *nano* billionths."""
    return Decimal(nano) / NANO
