"""Days, periods and years as American papers print them: month first."""

import calendar
import datetime as dt
import re

from tasks.offline.dates import find_dates, resolve
from tasks.offline.grid import Grid
from tasks.offline.mortgage.beside import SURE, texts
from tasks.schemas.invoice import Fact

_SPACED = re.compile(r"\b(\d{1,2}) ?/ ?(\d{1,2}) ?/ ?((?:19|20)\d{2})\b")
_MONTH = re.compile(r"\b((?:19|20)\d{2})-(0[1-9]|1[0-2])\b(?!-)")
_YEAR = re.compile(r"(?<![\d.,$-])((?:19|20)\d{2})(?![\d.,-]\d|\d)")
_YEAR_TITLE = re.compile(
    r"(?:statement|return|form w-?2|form 1040\w*|tax year|calendar year|for the year|form 1099-?\w+|information)\W{0,12}"
    r"((?:19|20)\d{2})\b"
)


def days_in(text: str) -> tuple[dt.date, ...]:
    """Every day that *text* names, from left to right."""
    joined = _SPACED.sub(lambda match: f"{match[1]}/{match[2]}/{match[3]}", re.sub(r"\s+", " ", text))
    found = (resolve(printed, month_first=True) for printed in find_dates(joined.replace("_", " ")))
    return tuple(day for day in found if day is not None)


def day(grid: Grid, *labels: str) -> Fact[dt.date]:
    """The first day beside one of *labels*."""
    for label in labels:
        for found in texts(grid, label, reach=2):
            if days := days_in(found.text):
                return Fact[dt.date](value=days[0], evidence=found.row.evidence, confidence=SURE)
    return Fact[dt.date]()


def period(grid: Grid, *labels: str) -> tuple[Fact[dt.date], Fact[dt.date]]:
    """First and last day of the period beside one of *labels*; a month alone is that month."""
    for label in labels:
        for found in texts(grid, label, reach=1):
            days = days_in(found.text) or _month_in(found.text)
            if len(days) > 1:
                ends = (days[0], days[1])
                first, last = (
                    Fact[dt.date](value=d, evidence=found.row.evidence, confidence=SURE) for d in ends
                )
                return first, last
    return Fact[dt.date](), Fact[dt.date]()


def _month_in(text: str) -> tuple[dt.date, ...]:
    match = _MONTH.search(text)
    if match is None:
        return ()
    year, month = int(match[1]), int(match[2])
    return dt.date(year, month, 1), dt.date(year, month, calendar.monthrange(year, month)[1])


def year(grid: Grid) -> Fact[int]:
    """The year that a form is for: beside its title, else the one printed alone in a cell, else the first of the page."""
    for row in grid.filled:
        if match := _YEAR_TITLE.search(row.plain):
            return Fact[int](value=int(match[1]), evidence=row.evidence, confidence=SURE)
    for row in grid.filled:
        if any(re.fullmatch(r"(?:19|20)\d{2}", cell.text) for cell in row.cells):
            found = next(cell.text for cell in row.cells if re.fullmatch(r"(?:19|20)\d{2}", cell.text))
            return Fact[int](value=int(found), evidence=row.evidence, confidence=0.8)
    for row in grid.filled:
        if match := _YEAR.search(row.text):
            return Fact[int](value=int(match[1]), evidence=row.evidence, confidence=0.5)
    return Fact[int]()
