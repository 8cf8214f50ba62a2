"""Minutes to units: the four roundings, adding over a day, and what an unknown rounding leaves open.

Everything is whole numbers: minutes are whole before they arrive here (seconds are dropped last), and units are
never cut to a limit. The words are those of the policy table `unit`.
"""

from collections.abc import Sequence
from itertools import product
from typing import Final

ROUNDINGS: Final = ("down", "up", "midpoint", "past-midpoint")
"""down: whole units only. up: every started unit. midpoint: from a half on. past-midpoint: from more than a half."""

PER: Final = ("minutes", "service", "day")
"""minutes: as many units as the minutes make. service: one for each contact. day: one a day however many."""

AGGREGATES: Final = ("encounter", "day")
"""encounter: each contact is rounded by itself. day: the contacts of a day are added, then rounded."""


def to_units(minutes: int, *, unit_minutes: int, rounding: str) -> int:
    """Return how many units a number of minutes makes.

    `unit_minutes` is the length of a unit; `rounding` one of `ROUNDINGS`. Negative minutes make none.
    Raises ValueError for another rounding or a length under 1.

    >>> [to_units(minutes, unit_minutes=15, rounding="midpoint") for minutes in (7, 8, 22, 23)]
    [0, 1, 1, 2]
    >>> [to_units(minutes, unit_minutes=30, rounding="past-midpoint") for minutes in (15, 16, 45, 46)]
    [0, 1, 1, 2]
    """
    if unit_minutes <= 0:
        raise ValueError(f"a unit of {unit_minutes} minutes is not possible: give 1 or more")
    if minutes <= 0:
        return 0
    if rounding == "down":
        return minutes // unit_minutes
    if rounding == "midpoint":
        return (minutes + unit_minutes // 2) // unit_minutes
    if rounding == "up":
        return (minutes + unit_minutes - 1) // unit_minutes
    if rounding == "past-midpoint":
        return (minutes + (unit_minutes - 1) // 2) // unit_minutes
    raise ValueError(f"'{rounding}' is not a rounding: give one of {', '.join(ROUNDINGS)}")


def units_of_encounters(
    minutes: Sequence[int],
    *,
    per: str = "minutes",
    unit_minutes: int | None = None,
    rounding: str | None = None,
    aggregate: str = "encounter",
    minimum_minutes: int = 0,
    continuous: bool = False,
) -> list[int]:
    """Return the units of each of one day's encounters, which stand in order of start.

    `minutes` are billable minutes of the encounters of one member, day, rendering provider, place, code and modifiers.
    A contact under `minimum_minutes`, or of no minutes, makes no unit and is added to nothing. With `aggregate` "day"
    the minutes are added before rounding, and all units stand on the first encounter that counts, 0 on the others;
    `continuous` contact is never added. With `per` "day" the first encounter that counts has the one unit.
    `unit_minutes` and `rounding` matter for `per` "minutes" only, and `rounding` must then be one of `ROUNDINGS`.

    >>> units_of_encounters([8, 8], unit_minutes=15, rounding="midpoint")
    [1, 1]
    >>> units_of_encounters([8, 8], unit_minutes=15, rounding="midpoint", aggregate="day")
    [1, 0]
    """
    if per not in PER:
        raise ValueError(f"'{per}' is no way to count units: give one of {', '.join(PER)}")
    if aggregate not in AGGREGATES:
        raise ValueError(f"'{aggregate}' is no way to add minutes: give one of {', '.join(AGGREGATES)}")
    counted = [contact if contact >= minimum_minutes and contact > 0 else 0 for contact in minutes]
    if per == "service":
        return [1 if contact else 0 for contact in counted]
    if per == "day":
        return _on_first(counted, 1)
    if unit_minutes is None or rounding is None:
        raise ValueError("units by the minute need the length of a unit and a rounding")
    if aggregate == "day" and not continuous:
        return _on_first(counted, to_units(sum(counted), unit_minutes=unit_minutes, rounding=rounding))
    return [to_units(contact, unit_minutes=unit_minutes, rounding=rounding) for contact in counted]


def _on_first(counted: Sequence[int], units: int) -> list[int]:
    """Put all units on the first contact that counts."""
    first = next((place for place, contact in enumerate(counted) if contact), None)
    return [units if place == first else 0 for place in range(len(counted))]


def possible_units(minutes: int, unit_minutes: int) -> frozenset[int]:
    """Return the units that some rounding gives: one number where the rounding changes nothing.

    >>> sorted(possible_units(45, 15)), sorted(possible_units(47, 15))
    ([3], [3, 4])
    """
    return frozenset(to_units(minutes, unit_minutes=unit_minutes, rounding=rounding) for rounding in ROUNDINGS)


def possible_units_of_encounters(
    minutes: Sequence[int],
    *,
    unit_minutes: int | None,
    per: str | None = "minutes",
    rounding: str | None = None,
    aggregate: str | None = None,
    minimum_minutes: int = 0,
    continuous: bool = False,
) -> frozenset[tuple[int, ...]]:
    """Return every answer of `units_of_encounters` that agrees with what is known; None is not known.

    One answer means that the unknown changes nothing, and holds nothing. Without the length of a unit, answers by the
    minute can't be listed: the set is then empty, unless no contact counts.
    """
    answers: set[tuple[int, ...]] = set()
    for way, mode, adding in product(_or_all(per, PER), _or_all(rounding, ROUNDINGS), _or_all(aggregate, AGGREGATES)):
        if way == "minutes" and unit_minutes is None:
            if any(contact >= minimum_minutes and contact > 0 for contact in minutes):
                return frozenset()
            answers.add((0,) * len(minutes))
            continue
        units = units_of_encounters(
            minutes,
            per=way,
            unit_minutes=unit_minutes,
            rounding=mode,
            aggregate=adding,
            minimum_minutes=minimum_minutes,
            continuous=continuous,
        )
        answers.add(tuple(units))
    return frozenset(answers)


def _or_all(known: str | None, every: Sequence[str]) -> Sequence[str]:
    return every if known is None else (known,)
