"""Charges and discounts between the lines and the net sum, where they close the sum: they are booked too."""

from decimal import Decimal
from itertools import combinations

from tasks.offline.claims import Claim
from tasks.schemas.invoice import LineItem

MOST = 6
ZERO = Decimal(0)
SURE = 0.9


def adjusting_lines(claims: tuple[Claim, ...], made: Decimal, end: Decimal) -> tuple[LineItem, ...]:
    """The fewest charges (positive) and discounts (negative) that lead from the sum of the lines *made* to *end*, to the cent.

    Nothing where no choice of them does: then the difference has another reason, and a person should see it.
    """
    known = _distinct(claims)[:MOST]
    for size in range(1, len(known) + 1):
        for chosen in combinations(known, size):
            if made + sum((_signed(claim) for claim in chosen), ZERO) == end:
                return tuple(map(_line, chosen))
    return ()


def _distinct(claims: tuple[Claim, ...]) -> list[Claim]:
    """Charges and discounts above zero, each row once; those nearest to the sums first."""
    wanted = {
        claim.row.index: claim for claim in claims if claim.role in ("charge", "discount") and claim.value
    }
    return sorted(wanted.values(), key=lambda claim: -claim.row.index)


def _signed(claim: Claim) -> Decimal:
    return -abs(claim.value) if claim.role == "discount" else abs(claim.value)


def _line(claim: Claim) -> LineItem:
    return LineItem(
        description=claim.label.strip(" :.") or claim.role,
        amount=_signed(claim),
        evidence=claim.row.evidence,
        confidence=SURE,
    )
