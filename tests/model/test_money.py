import doctest
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerbill.model import money
from peerbill.model.money import cents, dollars, printed, two_decimals

whole_cents = st.integers(-(10**12), 10**12)


def test_doctests() -> None:
    result = doctest.testmod(money)

    assert (result.failed, result.attempted) == (0, 4)


@given(whole_cents)
def test_cents_come_back_from_dollars(amount: int) -> None:
    assert cents(dollars(amount)) == amount
    assert str(dollars(amount)) == two_decimals(dollars(amount))
    assert printed(dollars(amount)).replace(",", "").replace("$", "") == two_decimals(dollars(amount))


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4))
def test_cents_are_the_nearest(amount: Decimal) -> None:
    off = abs(amount) - abs(dollars(cents(amount)))

    assert Decimal("-0.005") <= off < Decimal("0.005")


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("0.0049", 0),
        ("0.005", 1),
        ("-0.0049", 0),
        ("-0.005", -1),
        ("16.8749", 1687),
        ("16.875", 1688),
        ("1E+2", 10000),
    ],
)
def test_half_a_cent_goes_up(amount: str, expected: int) -> None:
    assert cents(Decimal(amount)) == expected


def test_the_sum_of_a_database_may_be_a_decimal() -> None:
    assert str(dollars(Decimal(4800))) == "48.00"


@pytest.mark.parametrize(
    ("amount", "expected"),
    [("999.99", "$999.99"), ("1000", "$1,000.00"), ("0", "$0.00"), ("-1000", "-$1,000.00")],
)
def test_thousands_are_set_off_on_the_screen_alone(amount: str, expected: str) -> None:
    assert printed(Decimal(amount)) == expected
    assert two_decimals(Decimal(amount)) == f"{Decimal(amount):.2f}"
