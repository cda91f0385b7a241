"""Money is written with its currency's decimals and never rounded."""

from decimal import Decimal

import pytest

from blocks.base.money import nano_usd, usd, written


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("360", "EUR", "360.00"),
        ("10.5", "EUR", "10.50"),
        ("1.659", "EUR", "1.659"),
        ("360", "JPY", "360"),
        ("12.5", "KWD", "12.500"),
        ("-3", "USD", "-3.00"),
        ("1E+3", "USD", "1000.00"),
    ],
)
def test_money_is_written_with_its_currencys_decimals(amount, currency, text):
    assert written(Decimal(amount), currency) == text


def test_a_price_per_token_is_exact_and_a_cost_is_never_rounded_down():
    assert usd(nano_usd(Decimal("0.00000015"))) == Decimal("0.00000015")
    assert nano_usd(Decimal("0.0000000001")) == 1
