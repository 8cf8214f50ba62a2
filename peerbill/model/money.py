"""Money: whole cents where sums are made and kept, dollars where people and payers read them."""

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache


@lru_cache(maxsize=4096)
def cents(amount: Decimal) -> int:
    """Return dollars as whole cents, half a cent away from zero.

    >>> cents(Decimal("48")), cents(Decimal("0.014")), cents(Decimal("0.015")), cents(Decimal("-0.015"))
    (4800, 1, 2, -2)
    """
    return int((amount * 100).to_integral_value(ROUND_HALF_UP))


@lru_cache(maxsize=4096)
def dollars(whole_cents: int) -> Decimal:
    """Return whole cents as dollars with two decimals: as text, what our files have.

    >>> str(dollars(4800)), str(dollars(0)), str(dollars(-5))
    ('48.00', '0.00', '-0.05')
    """
    # A sum in PostgreSQL is a Decimal.
    return Decimal(int(whole_cents)).scaleb(-2)


def two_decimals(amount: Decimal) -> str:
    """Return dollars as our CSV and JSON have them.

    >>> two_decimals(Decimal("1234.5")), two_decimals(Decimal(0))
    ('1234.50', '0.00')
    """
    return f"{amount:.2f}"


def printed(amount: Decimal) -> str:
    """Return dollars for a person who reads them on a screen.

    >>> printed(Decimal("1234.5")), printed(Decimal(-5))
    ('$1,234.50', '-$5.00')
    """
    return f"{'-' if amount < 0 else ''}${abs(amount):,.2f}"
