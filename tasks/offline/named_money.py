"""The sums of money that a running text names: figures with a currency beside them."""

import re
from collections.abc import Iterator
from decimal import Decimal

from tasks.offline.currencies import CURRENCY_PATTERN, currency_code
from tasks.offline.numbers import SPACES, decimal_style, to_decimal
from tasks.schemas.analysis import NamedEntity

_GAP = rf"[{SPACES}]?"
_FIGURE = (
    rf"\d{{1,3}}(?:,[{SPACES}]\d{{3}})+(?:\.[{SPACES}]?\d{{2}})?(?!\d)"  # 3, 000, 000.00: blanks that a printer or a reader left
    rf"|\d{{1,3}}(?:[{SPACES}'’]\d{{3}})+(?:[.,]\d{{1,2}})?(?!\d)"
    r"|\d+(?:[.,]\d+)*"
)
_TIMES = {
    "thousand": 3, "tausend": 3, "tsd": 3, "mille": 3, "duizend": 3,
    "million": 6, "millions": 6, "millionen": 6, "mio": 6, "mln": 6, "mn": 6, "miljoen": 6, "milion": 6, "milionow": 6, "m": 6,
    "billion": 9, "billions": 9, "bn": 9, "milliarde": 9, "milliarden": 9, "mrd": 9, "milliard": 9, "milliards": 9, "miljard": 9,
}  # fmt: skip
"""The powers of ten, folded. A billion is the American one."""

_SCALE = rf"(?:{_GAP}(?P<scale>{'|'.join(sorted(_TIMES, key=len, reverse=True))})\b\.?)?"
_BEFORE = re.compile(
    rf"(?<![\w])(?P<sign>{CURRENCY_PATTERN}){_GAP}(?P<figure>{_FIGURE}){_SCALE}", re.IGNORECASE
)
_AFTER = re.compile(
    rf"(?<![\w.,/-])(?P<figure>{_FIGURE}){_SCALE}{_GAP}(?P<sign>{CURRENCY_PATTERN})(?!\w)", re.IGNORECASE
)


def money_in(text: str) -> Iterator[NamedEntity]:
    """Every sum of *text*, as code and plain number."""
    style = decimal_style(text)
    for line in text.splitlines():
        taken: list[tuple[int, int]] = []
        for pattern in (_BEFORE, _AFTER):
            for match in pattern.finditer(line):
                value = _value(match, style)
                if value and not any(match.start() < end and start < match.end() for start, end in taken):
                    taken.append(match.span())
                    yield NamedEntity(kind="money", text=match[0].strip(" ,."), value=value)


def _value(match: re.Match[str], style: str | None) -> str | None:
    read = to_decimal(re.sub(rf"([.,])[{SPACES}]", r"\1", match["figure"]), style)
    code = currency_code(match["sign"])
    if read is None or code is None:
        return None
    scale = _TIMES[match["scale"].lower()] if match["scale"] else 0
    value = (read[0] * Decimal(10) ** scale).normalize()
    places = -int(value.as_tuple().exponent)
    return f"{code} {value:.{max(2, places)}f}" if places > 0 else f"{code} {value:f}"
