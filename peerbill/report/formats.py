"""How a report shows its figures to people."""

import datetime as dt
from decimal import Decimal

from peerbill.report.parts import Cell, Kind

NONE = "\u2013"
"""A figure that there is not."""


def cell_text(value: Cell, kind: Kind) -> str:
    """Return a cell as a person reads it.

    >>> cell_text(Decimal("-1234.5"), Kind.MONEY), cell_text(1234, Kind.COUNT), cell_text(Decimal("92.0"), Kind.SHARE)
    ('-$1,234.50', '1,234', '92.0%')
    """
    if value is None:
        return NONE
    if isinstance(value, str):
        return value
    if isinstance(value, dt.date):
        return value.isoformat()
    sign = "-" if value < 0 else ""
    match kind:
        case Kind.MONEY:
            return f"{sign}${abs(value):,.2f}"
        case Kind.SHARE:
            return f"{value:f}%"
        case _:
            return f"{sign}{abs(value):,f}" if isinstance(value, Decimal) else f"{sign}{abs(value):,}"
