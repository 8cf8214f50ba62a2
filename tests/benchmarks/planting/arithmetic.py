"""Units and amounts as a biller works them out by hand, apart from the code that is measured."""

from decimal import Decimal

from benchmarks.planting.case import end_of, start_of
from benchmarks.planting.cell import Row
from benchmarks.planting.programme import Programme


def minutes_of(row: Row) -> int:
    """Return how many minutes a contact lasted."""
    return int((end_of(row) - start_of(row)).total_seconds()) // 60


def units_of(programme: Programme, minutes: int) -> int:
    """Return the units of so many minutes: a rest counts as one more unit from `least` minutes on."""
    whole, rest = divmod(minutes, programme["unit"]["minutes"])
    return int(whole + (rest >= programme["unit"]["least"]))


def charge_of(programme: Programme, row: Row) -> Decimal:
    """Return the charge of a contact."""
    codes = list(programme["charges"].values())
    amount = Decimal(codes[1] if row["service"] == "group" else codes[0])
    return amount * units_of(programme, minutes_of(row))
