"""The dates that a running text names."""

import re
from collections.abc import Iterator

from tasks.offline.dates import MONTHS, find_dates, month_first, resolve
from tasks.offline.fold import fold
from tasks.schemas.analysis import NamedEntity

_MONTH_OF = {name: month for month, names in MONTHS.items() for name in names.split()}
_NAME = "|".join(sorted(_MONTH_OF, key=len, reverse=True))
_DAY_OF = re.compile(
    rf"(?<![\w.])(\d{{1,2}})(?:st|nd|rd|th)? day of ({_NAME}),? (?:in the year )?((?:1[6-9]|20)\d\d)(?!\d)"
)
_MONTH_ALONE = re.compile(rf"(?<![\w.])(?<!\d )(?<!\d\. )({_NAME})(?: of)?,? ((?:1[6-9]|20)\d\d)(?!\d)")
_TORN = re.compile(r"[\d/.-]*\s[\d/.\s-]*(?<!\d)\d\d")
"""Figures with blanks between them and two digits at the end: on a form a date, in running text the number of a paragraph."""


def dates_in(text: str) -> Iterator[NamedEntity]:
    """Every date of *text* in ISO form; a month with its year where no day is given."""
    is_month_first = month_first(text)
    for line in text.splitlines():
        taken: list[tuple[int, int]] = []
        plain = fold(line)
        for match in _DAY_OF.finditer(plain):
            taken.append(match.span())
            if 1 <= int(match[1]) <= 31:
                value = f"{match[3]}-{_MONTH_OF[match[2]]:02}-{int(match[1]):02}"
                yield _date(line[match.start() : match.end()], value)
        for printed in find_dates(line):
            day = resolve(printed, month_first=is_month_first)
            if (
                day is not None
                and not _TORN.fullmatch(printed.text)
                and not _over(taken, printed.start, printed.end)
            ):
                taken.append((printed.start, printed.end))
                yield _date(line[printed.start : printed.end], day.isoformat())
        for match in _MONTH_ALONE.finditer(plain):
            if not _over(taken, *match.span()) and line[match.start()].isupper():
                yield _date(line[match.start() : match.end()], f"{match[2]}-{_MONTH_OF[match[1]]:02}")


def _date(text: str, value: str) -> NamedEntity:
    return NamedEntity(kind="date", text=text.strip(" ,.'"), value=value)


def _over(taken: list[tuple[int, int]], start: int, end: int) -> bool:
    return any(start < other_end and other_start < end for other_start, other_end in taken)
