"""Numbers as people print them, read as Decimal.

Covers 1.234,56 · 1,234.56 · 1'234.56 · 1 234,56 · 12,- · (12.50) · 12.50- · -12.50 · RM12.50 · 12,50€ · 19 %,
the spaces that OCR puts around a decimal sign, and the letters it reads for digits (1O.5O). Never float.

    find_numbers(line, style)    every number of a line with its span, decimals, currency and percent sign
    find_amounts(line, style)    only those that look like money
    parse_amount(cell, style)    the one amount a cell holds, or None
    parse_quantity(cell, style)  the one plain count or measure a cell holds, or None
    decimal_style(text)          ',' or '.' where the text shows which one it uses, else None
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from tasks.offline.currencies import CURRENCY_PATTERN, currency_code

SPACES = " \u00a0\u202f\u2009"

_NUMBER = re.compile(
    rf"""
    \d{{1,3}}(?:[{SPACES}]\d{{3}})+,\d{{2}}(?![\d])          # 1 234,56
  | \d{{1,3}}(?:[\u00a0\u202f\u2009]\d{{3}})+(?:\.\d{{2}})?(?![\d])  # the same with a hard space
  | \d{{1,3}}(?:\.\d{{3}})+\.\d{{2}}(?![\d.,])               # 1.234.56, a slip of the printer
  | (?:\d{{1,3}}(?:,\d{{2,3}})*,\d{{3}}|\d+)(?:[.,][{SPACES}]|[{SPACES}][.,])\d{{2}}
    (?=$|\s\s|\s?[A-Z]{{1,2}}\b\s*$)                          # 12. 50 at the end of a cell
  | \d{{1,3}}(?:\.\d{{3}})+(?:,\d{{1,4}})?(?![\d])           # 1.234,56
  | \d{{1,3}}(?:,\d{{2,3}})*,\d{{3}}(?:\.\d{{1,4}})?(?![\d]) # 1,234.56 and 1,23,456.78
  | \d{{1,3}}(?:['’`´]\d{{3}})+(?:[.,]\d{{1,4}})?(?![\d])    # 1'234.56
  | \d+[.,]\d+(?![\d])                                       # 12,50
  | \d+(?:,-|\.-|,--|,–|,—)                                  # 12,-
  | \d+
  | (?<![\d])[.,]\d{{2}}(?!\d)                               # .50
    """,
    re.VERBOSE,
)
WIDEST_SIGN = 16
"""Characters before a number in which its currency is looked for."""

_DIGIT = re.compile(r"\d")
_BEFORE = re.compile(rf"(?:{CURRENCY_PATTERN})[{SPACES}]?(?:[-–—−][{SPACES}]?)?$", re.IGNORECASE)
_AFTER = re.compile(rf"[{SPACES}]?(?:{CURRENCY_PATTERN})(?!\w)", re.IGNORECASE)
_OCR_DIGIT = str.maketrans("OoIl|", "00111")
_OCR_TOKEN = re.compile(
    r"(?<![A-Za-z])[\dOoIl|]*\d[\dOoIl|]*[.,][\dOoIl|]{2}(?![A-Za-z\d])|(?<![A-Za-z\d])[OoIl|][.,]\d{2}(?![A-Za-z\d])"
)


@dataclass(frozen=True)
class Number:
    """One number of a line; *start* and *end* are columns of that line and take in sign and currency."""

    value: Decimal
    text: str
    start: int
    end: int
    decimals: int
    currency: str | None = None
    percent: bool = False

    @property
    def is_money(self) -> bool:
        """Whether it is printed like money: a currency beside it, or two decimals, and no percent sign."""
        return not self.percent and (self.currency is not None or self.decimals == 2)


@lru_cache(maxsize=8192)
def find_numbers(line: str, style: str | None = None) -> tuple[Number, ...]:
    """The numbers of *line* from left to right, without pieces of dates, times and codes."""
    if not _DIGIT.search(line):
        return ()
    mended, found = mend_digits(line), list[Number]()
    for match in _NUMBER.finditer(mended):
        number = _number_at(mended, line, match, style, since=found[-1].end if found else 0)
        if number is not None:
            found.append(number)
    return tuple(found)


def find_amounts(line: str, style: str | None = None) -> tuple[Number, ...]:
    """The numbers of *line* that are printed like money."""
    return tuple(number for number in find_numbers(line, style) if number.is_money)


def parse_amount(cell: str, style: str | None = None) -> Decimal | None:
    """The one number of *cell* read as money, decimals or not; None where there is none or more than one."""
    numbers = [number for number in find_numbers(cell, style) if not number.percent]
    return numbers[0].value if len(numbers) == 1 else None


def parse_quantity(cell: str, style: str | None = None) -> Decimal | None:
    """The plain number at the start of *cell* ('2', '1,5 h', '3 x'), or None."""
    numbers = [
        number for number in find_numbers(cell, style) if not number.percent and number.currency is None
    ]
    if len(numbers) != 1 or cell[: numbers[0].start].strip(" xX*@"):
        return None
    return numbers[0].value


def decimal_style(text: str) -> str | None:
    """The decimal sign of *text*: ',' or '.', or None where it shows neither or both equally."""
    commas = len(re.findall(r"\d,\d{2}(?![\d.,])", text))
    points = len(re.findall(r"\d\.\d{2}(?![\d.,]|\s?%)", text))
    if commas == points:
        return None
    return "," if commas > points else "."


def mend_digits(line: str) -> str:
    """*line* with O read as 0, and I and l as 1, in tokens that are amounts otherwise; same length."""
    return _OCR_TOKEN.sub(lambda match: match.group().translate(_OCR_DIGIT), line)


def to_decimal(text: str, style: str | None = None) -> tuple[Decimal, int] | None:
    """The value of a bare number and its count of printed decimals, or None where it is no number."""
    digits = re.sub(rf"[{SPACES}'’`´]", "", text)
    if re.search(r"[.,][-–—]+$", digits):
        return Decimal(re.sub(r"\D", "", digits)), 2
    sign = _decimal_sign(digits, style)
    whole, _, fraction = digits.rpartition(sign) if sign else (digits, "", "")
    whole = re.sub(r"[.,]", "", whole)
    if not (whole + fraction).isdigit():
        return None
    return Decimal(f"{whole or '0'}.{fraction or '0'}") if fraction else Decimal(whole), len(fraction)


def _decimal_sign(digits: str, style: str | None) -> str | None:
    """Which sign is the decimal one. Three digits after a lone sign are thousands unless *style* is it."""
    signs = re.findall(r"[.,]", digits)
    if not signs:
        return None
    last = signs[-1]
    tail = len(digits) - digits.rindex(last) - 1
    if len(set(signs)) == 2 or (len(signs) > 1 and tail == 2):
        return last
    if len(signs) > 1:
        return None
    if tail == 3 and 1 <= digits.index(last) <= 3 and not digits.startswith("0"):
        return last if style == last else None
    return last


def _number_at(
    mended: str, line: str, match: re.Match[str], style: str | None, *, since: int
) -> Number | None:
    start, end = match.span()
    read = to_decimal(match.group(), style)
    if read is None:
        return None
    percent = bool(re.match(rf"[{SPACES}]?%", mended[end:]))
    sign = None if percent else _currency_before(mended, start, since) or _AFTER.match(mended, end)
    left, right = (min(start, sign.start()), max(end, sign.end())) if sign else (start, end)
    if not _stands_alone(mended, left, right, decimals=read[1], marked=sign is not None):
        return None
    value, left, right = _signed(mended, read[0], left, right)
    code = currency_code(re.sub(r"[-–—−]", "", sign.group())) if sign else None
    return Number(value, line[left:right].strip(), left, right, read[1], code, percent)


def _currency_before(line: str, start: int, since: int) -> re.Match[str] | None:
    """The currency sign right before column *start*, not before *since*; a minus may stand between."""
    found = _BEFORE.search(line, max(since, start - WIDEST_SIGN), start)
    if found and found.start() and line[found.start() - 1].isalpha() and found.group()[0].isalpha():
        return None
    return found


def _stands_alone(line: str, start: int, end: int, *, decimals: int, marked: bool) -> bool:
    """Whether the number is a word of its own and no piece of a date, a time, a code or a longer number."""
    before, after = line[:start], line[end:]
    if re.search(r"\d[.,/:'-]$|[.,/:#_]$|[A-Za-z0-9][-/.]$", before) and not re.search(
        r"[A-Za-z]{2}[.:]$", before
    ):
        return False
    if (
        re.search(r"\w$", before)
        and not marked
        and not re.search(r"(?:^|[\s\d])[xX]$", before)
        and not (decimals == 2 and re.search(r"[A-Za-z]{4}$", before))
    ):
        return False
    if re.match(r"[.,/:'-]\d|[/_]", after):
        return False
    if decimals == 2 or re.match(r"[xX]\b", after):
        return True
    return not re.match(r"[A-Za-z]" if marked else r"[A-Za-z]{4,}|-[A-Za-z]", after)


def _signed(line: str, value: Decimal, start: int, end: int) -> tuple[Decimal, int, int]:
    """The value under the minus beside it or between brackets, and the span that takes the sign in."""
    minus = re.search(r"(?:^|(?<=[\s(:]))[-–—−] ?$", line[:start])
    currency_minus = re.match(r"[^\d]*[-–—−]", line[start:end]) if start < end else None
    if minus:
        return -value, minus.start(), end
    if currency_minus and not line[start].isdigit():
        return -value, start, end
    trailing = re.match(r"[-–—−](?![\w-])", line[end:])
    if trailing:
        return -value, start, end + 1
    if line[:start].endswith("(") and line[end:].startswith(")"):
        return -value, start - 1, end + 1
    return value, start, end
