"""Numbers and states as people read them."""

import datetime as dt
import re
from decimal import Decimal

from blocks.base import clock

STATUS_WORDS = {
    "posted": "posted",
    "analyzed": "analyzed",
    "waiting": "needs a person",
    "refused": "refused",
    "failed": "failed",
}
_STYLES = {
    "posted": "good",
    "read": "good",
    "declined": "bad",
    "papers wanted": "ask",
    "analyzed": "good",
    "completed": "good",
    "done": "good",
    "running": "good",
    "stalled": "ask",
    "parked": "ask",
    "waiting": "ask",
    "approved": "good",
    "rejected": "bad",
    "expired": "bad",
    "void": "quiet",
    "starting": "ask",
    "claimed": "ask",
    "refused": "bad",
    "failed": "bad",
    "silent": "bad",
    "crashed": "bad",
}


# What moves the cursor, sets colours, or turns the text round.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    r"""Text from a document as a terminal may show it: what would steer the terminal is a replacement sign.

    >>> visible("a\x1b[31mb")
    'a�[31mb'
    """
    return _UNSEEN.sub("\ufffd", text.replace("\r\n", "\n"))


def style_of(state: str) -> str:
    """The style name of a state or status; a state without one is printed plain."""
    return _STYLES.get(state.lower(), "none")


def money(amount: Decimal | None, currency: str | None = None) -> str:
    """An amount with thousands apart and its currency.

    >>> money(Decimal("1190.5"), "EUR"), money(None)
    ('1,190.50 EUR', '')
    """
    if amount is None:
        return ""
    places = max(2, -int(amount.normalize().as_tuple().exponent)) if amount.is_finite() else 2
    return " ".join(part for part in (f"{amount:,.{places}f}", currency) if part)


def cost(dollars: Decimal) -> str:
    """US dollars: cents, or as many places as a small sum needs.

    >>> cost(Decimal(0)), cost(Decimal("0.0004217")), cost(Decimal("1.2"))
    ('0.00', '0.0004', '1.20')
    """
    return f"{dollars:.2f}" if not dollars or dollars >= Decimal("0.01") else f"{dollars:.4f}"


def duration(seconds: float) -> str:
    """Seconds for a person.

    >>> duration(0.0123), duration(4.21), duration(75)
    ('0.01 s', '4.2 s', '1:15 min')
    """
    if seconds < 1:
        return f"{seconds:.2f} s"
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)}:{int(seconds % 60):02} min"


def span(seconds: float) -> str:
    """A long time for a person: the largest unit alone.

    >>> span(12.3), span(150), span(7300), span(3 * 86400)
    ('12 s', '2 min', '2 h', '3 days')
    """
    for least, unit, word in ((172_800, 86_400, "days"), (5_400, 3_600, "h"), (90, 60, "min")):
        if seconds >= least:
            return f"{int(seconds // unit)} {word}"
    return f"{int(max(seconds, 0))} s"


def age(at: dt.datetime) -> str:
    """How long ago it was."""
    return f"{span((_now() - at).total_seconds())} ago"


def time_left(until: dt.datetime | None) -> str:
    """How long there is to decide: "" without a deadline."""
    if until is None:
        return ""
    left = (until - _now()).total_seconds()
    return f"in {span(left)}" if left > 0 else "over"


def _now() -> dt.datetime:
    return clock.as_datetime(clock.now_us())


def size(amount: int | None) -> str:
    """Bytes for a person.

    >>> size(512), size(20480), size(3_500_000), size(None)
    ('512 B', '20 kB', '3.5 MB', '')
    """
    if amount is None:
        return ""
    if amount < 1000:
        return f"{amount} B"
    return f"{amount / 1000:.0f} kB" if amount < 1_000_000 else f"{amount / 1e6:.1f} MB"


def moment(at: dt.datetime | str | None) -> str:
    """A time to the second, UTC."""
    if at is None:
        return ""
    parsed = dt.datetime.fromisoformat(at) if isinstance(at, str) else at
    return parsed.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S")


def count(number: int, one: str, many: str | None = None) -> str:
    """A number and its noun.

    >>> count(1, "stage"), count(2, "stage"), count(0, "reply", "replies")
    ('1 stage', '2 stages', '0 replies')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"
