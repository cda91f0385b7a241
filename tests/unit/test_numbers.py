"""Amounts and quantities in the formats of Europe, America and Malaysian receipts."""

from decimal import Decimal

import pytest

from tasks.offline.numbers import decimal_style, find_amounts, find_numbers, parse_amount, parse_quantity

AMOUNTS = {
    "1.234,56": "1234.56",
    "1,234.56": "1234.56",
    "1'234.56": "1234.56",
    "1 234,56": "1234.56",
    "1\u202f234,56": "1234.56",
    "1,23,456.78": "123456.78",
    "1.234.56": "1234.56",
    "12,-": "12",
    "12.50-": "-12.50",
    "(12.50)": "-12.50",
    "-12.50": "-12.50",
    "−12,50 €": "-12.50",
    "-$5.00": "-5.00",
    "$-5.00": "-5.00",
    "RM-0.02": "-0.02",
    "RM12.50": "12.50",
    "12,50€": "12.50",
    "€ 1.000": "1000",
    "CHF 1'234.50": "1234.50",
    "1.234,50 zł": "1234.50",
    "$1,234. 00": "1234.00",
    "12 .50": "12.50",
    "1O.5O": "10.50",
    ".50": "0.50",
}


@pytest.mark.parametrize(("printed", "value"), AMOUNTS.items())
def test_an_amount_is_read_in_every_format(printed: str, value: str) -> None:
    assert parse_amount(printed) == Decimal(value)


@pytest.mark.parametrize(
    "text", ["12.05.2018", "10:30", "INV-2018-01", "1/2", "DE123456789", "IP 1.2.3.4", "a.50"]
)
def test_pieces_of_dates_times_and_codes_are_no_numbers(text: str) -> None:
    assert find_numbers(text) == ()


def test_a_percent_is_no_amount() -> None:
    assert [number.percent for number in find_numbers("19,00 % 119,00")] == [True, False]
    assert [str(number.value) for number in find_amounts("19,00 % 119,00")] == ["119.00"]


def test_two_currencies_in_a_row_belong_to_their_own_amounts() -> None:
    found = find_amounts("100,00 EUR  92,00 GBP")
    assert [(str(number.value), number.currency) for number in found] == [("100.00", "EUR"), ("92.00", "GBP")]


def test_a_span_points_at_the_printed_text() -> None:
    line = "Gesamt    EUR 1.234,50"
    (number,) = find_amounts(line)
    assert line[number.start : number.end] == "EUR 1.234,50"


def test_three_digits_after_a_point_are_thousands_unless_the_page_says_otherwise() -> None:
    assert parse_amount("1.234") == Decimal(1234)
    assert parse_amount("1.234", ".") == Decimal("1.234")
    assert parse_amount("0.750") == Decimal("0.750")


def test_the_decimal_sign_of_a_page_is_the_one_it_uses_more() -> None:
    assert decimal_style("1,50  2,00  3.75") == ","
    assert decimal_style("1.50  2.00") == "."
    assert decimal_style("no amounts") is None


def test_a_length_is_no_money() -> None:
    assert find_amounts("12 ft cable, 3 kr") == () or all(
        number.currency != "HUF" for number in find_amounts("12 ft cable")
    )


@pytest.mark.parametrize(
    ("cell", "value"), [("2", "2"), ("1,5 h", "1.5"), ("3 x", "3"), ("10 Stk", "10"), ("x 4", "4")]
)
def test_a_quantity_is_a_plain_number(cell: str, value: str) -> None:
    assert parse_quantity(cell) == Decimal(value)


@pytest.mark.parametrize("cell", ["RM 12.50", "2 x 3", "Art 5", "19 %", ""])
def test_money_and_more_than_one_number_are_no_quantity(cell: str) -> None:
    assert parse_quantity(cell) is None
