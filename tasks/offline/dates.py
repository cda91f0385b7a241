"""Dates as people print them in German, English, French, Dutch and Polish.

find_dates(line)             every date of a line with its span, day and month still open where both readings are possible
month_first(text, ...)       whether 03/04/18 means March 4th in this document, told from evidence
resolve(printed, ...)        the calendar date, or None where no reading of it exists
"""

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache

from tasks.offline.fold import fold

MONTHS = {
    1: "january januar janner jan janvier janv januari stycznia styczen sty januar",
    2: "february februar feber feb fevrier fevr fev februari lutego luty lut",
    3: "march marz mar mrz maerz mars maart mrt marca marzec",
    4: "april apr avril avr kwietnia kwiecien kwi",
    5: "may mai mei maja maj",
    6: "june juni jun juin czerwca czerwiec cze",
    7: "july juli jul juillet juil lipca lipiec lip",
    8: "august aug aout augustus sierpnia sierpien sie",
    9: "september sept sep septembre wrzesnia wrzesien wrz",
    10: "october oktober oct okt octobre pazdziernika pazdziernik paz",
    11: "november nov novembre listopada listopad lis",
    12: "december dezember dec dez decembre grudnia grudzien gru",
}
"""Month to its names and short names in the five languages, folded."""

_MONTH_OF = {name: month for month, names in MONTHS.items() for name in names.split()}
_NAME = "|".join(sorted(_MONTH_OF, key=len, reverse=True))
_YEAR = r"(?:19|20)\d{2}|\d{2}"
_NUMERIC = re.compile(
    r"(?<![\d/.,-])(\d{1,2})\s?([/.\-])\s?(\d{1,2})\s?\2\s?((?:19|20)\d{2}|\d{2}(?=\d{2}:\d{2})|\d{2}(?!\d))(?![/\-]\d|\.\d)"
)
_ISO = re.compile(r"(?<![\d/.-])((?:19|20)\d{2})\s?([/.\-])\s?(\d{1,2})\s?\2\s?(\d{1,2})(?!\d(?!\d?:))")
_COMPACT = re.compile(r"(?<![\d/.,-])((?:19|20)\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?![\d/.,-])")
_DAY_NAME = re.compile(
    rf"(?<![\d/.,])(\d{{1,2}})(?:st|nd|rd|th|er|\.)?[\s.\-/,]*(?:of\s|de\s)?({_NAME})(?![a-z])[\s.\-/,']*({_YEAR})(?!\d(?!\d?:))"
)
_NAME_DAY = re.compile(
    rf"(?<![a-z])({_NAME})(?![a-z])[\s.\-/]*(\d{{1,2}})(?:st|nd|rd|th)?(?!\d)[\s.,\-/']*({_YEAR})(?!\d)"
)


@dataclass(frozen=True)
class PrintedDate:
    """A date as printed. *first* and *second* are day and month in an order that is only known where *order* says so."""

    text: str
    start: int
    end: int
    year: int
    first: int
    second: int
    order: str | None
    """'dm' or 'md', or None where the two numbers could be read either way."""


@lru_cache(maxsize=8192)
def find_dates(line: str) -> tuple[PrintedDate, ...]:
    """Every date of *line* from left to right. Lone months and impossible days are left out."""
    plain = _mended(fold(line))
    found: list[PrintedDate] = []
    for pattern, read in _READERS:
        for match in pattern.finditer(plain):
            taken = any(match.start() < other.end and other.start < match.end() for other in found)
            printed = None if taken else read(line, match)
            if printed is not None and resolve(printed) is not None:
                found.append(printed)
    return tuple(sorted(found, key=lambda printed: printed.start))


def month_first(text: str, *, currency: str | None = None, language: str | None = None) -> bool:
    """Whether the open dates of *text* are month first: told by a date that can be read only one way, else by American signs."""
    slashed = [
        printed
        for line in text.splitlines()
        for printed in find_dates(line)
        if re.search(r"\d[/-]\d", printed.text)
    ]
    votes = sum(
        {"md": 1, "dm": -1}[printed.order]
        for printed in slashed
        if printed.order and _NUMERIC.search(printed.text)
    )
    if votes:
        return votes > 0
    american = re.search(r"\b[A-Z]{2},? \d{5}(?:-\d{4})?\b", text) is not None
    return language in (None, "en") and (american or currency == "USD") and currency in (None, "USD")


def resolve(printed: PrintedDate, *, month_first: bool = False) -> dt.date | None:
    """The calendar date of *printed*, or None where neither reading exists."""
    order = printed.order or ("md" if month_first and "." not in printed.text else "dm")
    month, day = (printed.first, printed.second) if order == "md" else (printed.second, printed.first)
    try:
        return dt.date(printed.year, month, day)
    except ValueError:
        return None


def _mended(plain: str) -> str:
    """O and l read as digits where they touch the digits of a date."""
    return re.sub(r"(?<=[\d/.-])o(?=[\d/.-])|(?<![a-z])o(?=\d[/.-]\d)|(?<=\d[/.-])o(?=\d)", "0", plain)


def _year(text: str) -> int:
    year = int(text)
    return year if year > 99 else year + (2000 if year < 70 else 1900)


def _numeric(line: str, match: re.Match[str]) -> PrintedDate | None:
    first, second = int(match[1]), int(match[3])
    if not (0 < first <= 31 and 0 < second <= 31) or min(first, second) > 12:
        return None
    order = "dm" if first > 12 else "md" if second > 12 else "dm" if match[2] == "." else None
    return _printed(line, match, _year(match[4]), first, second, order)


def _iso(line: str, match: re.Match[str]) -> PrintedDate | None:
    if int(match[3]) > 12:
        return _printed(line, match, int(match[1]), int(match[3]), int(match[4]), "dm")
    return _printed(line, match, int(match[1]), int(match[3]), int(match[4]), "md")


def _compact(line: str, match: re.Match[str]) -> PrintedDate | None:
    return _printed(line, match, int(match[1]), int(match[2]), int(match[3]), "md")


def _day_name(line: str, match: re.Match[str]) -> PrintedDate | None:
    return _printed(line, match, _year(match[3]), int(match[1]), _MONTH_OF[match[2]], "dm")


def _name_day(line: str, match: re.Match[str]) -> PrintedDate | None:
    return _printed(line, match, _year(match[3]), _MONTH_OF[match[1]], int(match[2]), "md")


def _printed(
    line: str, match: re.Match[str], year: int, first: int, second: int, order: str | None
) -> PrintedDate:
    return PrintedDate(
        line[match.start() : match.end()], match.start(), match.end(), year, first, second, order
    )


_READERS = (
    (_ISO, _iso),
    (_NUMERIC, _numeric),
    (_DAY_NAME, _day_name),
    (_NAME_DAY, _name_day),
    (_COMPACT, _compact),
)
