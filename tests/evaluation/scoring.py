"""When a value that was read counts as right, and how line items are matched."""

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from difflib import SequenceMatcher
from typing import Any

from tasks.offline.fold import fold
from tasks.offline.names import name_key

FIELDS = ("vendor", "invoice_number", "date", "currency", "net", "tax", "total")
TRUTH_KEYS = {"net": "net_total", "tax": "tax_total"}
CENT = Decimal("0.01")


def is_right(field: str, value: Any, truth: Any) -> bool:
    """Vendors by their names without case, punctuation and legal form (85 % alike, or one in the other); numbers by letters and
    digits; dates and currencies as they are; amounts within one cent."""
    if field == "vendor":
        return same_name(str(value), str(truth))
    if field == "invoice_number":
        return _bare(value) == _bare(truth)
    if field in ("net", "tax", "total"):
        return near(value, truth)
    return str(value)[:10] == str(truth)


def same_name(value: str, truth: str) -> bool:
    one, other = name_key(value), name_key(truth)
    if not one or not other:
        return fold(value).strip() == fold(truth).strip()
    contained = min(len(one), len(other)) >= 3 and (one in other or other in one)
    return contained or SequenceMatcher(None, one, other).ratio() >= 0.85


def near(value: Any, truth: Any) -> bool:
    """Whether two amounts differ by at most a cent."""
    one, other = amount(value), amount(truth)
    return one is not None and other is not None and abs(one - other) <= CENT


def amount(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def matched_items(found: Iterable[dict[str, Any]], truth: Iterable[dict[str, Any]]) -> int:
    """How many line items of the truth were found: the same amount and a like description, each used once."""
    left, hits = list(found), 0
    for item in truth:
        match = next((other for other in left if _same_item(other, item)), None)
        if match is not None:
            left.remove(match)
            hits += 1
    return hits


def _same_item(found: dict[str, Any], truth: dict[str, Any]) -> bool:
    if truth.get("amount") is not None and not near(found.get("amount"), truth["amount"]):
        return False
    one, other = _words(found.get("description")), _words(truth.get("description"))
    if not one or not other:
        return True
    shared = len(one & other) / min(len(one), len(other))
    return (
        shared >= 0.5 or SequenceMatcher(None, " ".join(sorted(one)), " ".join(sorted(other))).ratio() >= 0.6
    )


def _words(text: Any) -> set[str]:
    return set(re.findall(r"[a-z0-9]{2,}", fold(str(text or ""))))


def _bare(value: Any) -> str:
    return re.sub(r"[^a-z0-9]", "", fold(str(value or "")))
