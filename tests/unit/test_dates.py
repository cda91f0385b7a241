"""Dates in five languages, and which number is the month."""

from datetime import date

import pytest

from tasks.offline.dates import find_dates, month_first, resolve

CLEAR = {
    "12.05.2018": date(2018, 5, 12),
    "2018-03-25": date(2018, 3, 25),
    "25/12/2018": date(2018, 12, 25),
    "12/25/2018": date(2018, 12, 25),
    "28. Dezember 2021": date(2021, 12, 28),
    "5. März 2014": date(2014, 3, 5),
    "Dec 28, 2021": date(2021, 12, 28),
    "August 3 , 2014": date(2014, 8, 3),
    "December 28th, 2021": date(2021, 12, 28),
    "1er août 2018": date(2018, 8, 1),
    "20 april 2022": date(2022, 4, 20),
    "3 maart 2020": date(2020, 3, 3),
    "1 maja 2020": date(2020, 5, 1),
    "12 października 2019": date(2019, 10, 12),
    "22JAN2017": date(2017, 1, 22),
    "14/Jun/2017": date(2017, 6, 14),
    "1997-01-07": date(1997, 1, 7),
    "O3.O4.2018": date(2018, 4, 3),
    "25/03/201814:22": date(2018, 3, 25),
    "24-05-99": date(1999, 5, 24),
}


@pytest.mark.parametrize(("printed", "value"), CLEAR.items())
def test_a_clear_date_is_read(printed: str, value: date) -> None:
    assert [resolve(found) for found in find_dates(printed)] == [value]


@pytest.mark.parametrize(
    "text", ["32/13/2018", "31.02.2018", "IP 1.2.3.4", "12-34-56", "Mai 2018", "FA-2017-0009", "10,50"]
)
def test_what_is_no_date_is_not_read(text: str) -> None:
    assert find_dates(text) == ()


def test_an_open_date_waits_for_evidence() -> None:
    (found,) = find_dates("03/04/2018")
    assert found.order is None
    assert resolve(found, month_first=True) == date(2018, 3, 4)
    assert resolve(found, month_first=False) == date(2018, 4, 3)


def test_points_are_always_day_first() -> None:
    (found,) = find_dates("03.04.2018")
    assert resolve(found, month_first=True) == date(2018, 4, 3)


def test_an_impossible_month_elsewhere_on_the_page_decides() -> None:
    assert month_first("Date 03/04/2018\nDue 03/28/2018")
    assert not month_first("Date 03/04/2018\nDue 28/04/2018", currency="USD")


def test_dollars_and_american_addresses_mean_month_first() -> None:
    assert month_first("Date 03/04/2018", currency="USD", language="en")
    assert month_first("Seattle, WA 98109\nDate 03/04/2018", language="en")


@pytest.mark.parametrize("currency", ["EUR", "GBP", "MYR", "PLN"])
def test_other_currencies_mean_day_first(currency: str) -> None:
    assert not month_first("Date 03/04/2018", currency=currency, language="en")


def test_a_span_points_at_the_printed_date() -> None:
    line = "Datum:   05.03.2014   Seite 1"
    (found,) = find_dates(line)
    assert line[found.start : found.end] == "05.03.2014"
