"""The billable minutes of an encounter, and the units that it makes by itself."""

import datetime as dt
from collections.abc import Iterator

from peerbill.coding.context import Context, UnitRule
from peerbill.coding.units import possible_units, to_units
from peerbill.model.clock import fixed_offset, instant, offsets_of
from peerbill.model.encounter import Encounter, duration


def minutes_between(encounter: Encounter, unit: UnitRule | None) -> int | None:
    """Return the billable minutes: end - start (by instants) - break - travel, seconds dropped last.

    None without both times, or where the end is not after the start. Breaks and travel stay in where the
    programme counts them. The result may be 0 or less where breaks and travel take the whole time (PB105).
    """
    lasted = duration(encounter)
    if lasted is None:
        return None
    if not encounter.break_minutes and not encounter.travel_minutes:  # as it nearly always is
        return lasted // _MINUTE
    return minutes_if(encounter, lasted, unit)


_MINUTE = dt.timedelta(minutes=1)


def minutes_if(encounter: Encounter, lasted: dt.timedelta, unit: UnitRule | None) -> int:
    """Return the billable minutes of an encounter that lasted so long, breaks included."""
    away = 0
    if encounter.break_minutes and not (unit is not None and unit.breaks_count):
        away += encounter.break_minutes
    if encounter.travel_minutes and not (unit is not None and unit.travel_counts):
        away += encounter.travel_minutes
    return lasted // _MINUTE - away


def own_units(minutes: int | None, unit: UnitRule) -> int | None:
    """Return the units of one encounter by itself, or None where they are not known."""
    if minutes is None or minutes < 0:
        return None
    if minutes < unit.minimum_minutes or minutes == 0:
        return 0
    if unit.per in {"service", "day"}:
        return 1
    if unit.minutes is None:
        return None
    if unit.rounding is not None:
        return to_units(minutes, unit_minutes=unit.minutes, rounding=unit.rounding)
    found = possible_units(minutes, unit_minutes=unit.minutes)
    return next(iter(found)) if len(found) == 1 else None


def possible_lengths(context: Context) -> tuple[dt.timedelta, ...]:
    """Return how long a contact may have lasted where the clocks change and offsets are not recorded, else nothing.

    It may be the difference on the clock, or that of the instants, of which there are two where an hour repeats.
    """
    if clock_is_steady(context):
        return ()
    zone = context.index.zone
    sides = list(recorded_times(context))
    if len(sides) < 2 or all(
        offset is not None or fixed_offset(zone, time.date()) is not None for _, time, offset in sides
    ):
        return ()
    starts, ends = (
        [instant(zone, time, known) for known in ((offset,) if offset is not None else offsets_of(zone, time))]
        for _, time, offset in sides
    )
    found = {end - start for start in starts for end in ends} | {sides[1][1] - sides[0][1]}
    return tuple(sorted(length for length in found if length > dt.timedelta()))


def clock_is_steady(context: Context) -> bool:
    """Tell whether a contact begins and ends on days on which the clocks do not change, as nearly all do."""
    zone, first, end = context.index.zone, context.day, context.encounter.end
    if first is not None and fixed_offset(zone, first) is None:
        return False
    last = end.date() if end is not None else first
    return last is None or last == first or fixed_offset(zone, last) is not None


def recorded_times(context: Context) -> Iterator[tuple[str, dt.datetime, int | None]]:
    """Yield field, local time and recorded offset of the start and the end."""
    encounter = context.encounter
    if encounter.start is not None:
        yield "start", encounter.start, encounter.start_offset
    if encounter.end is not None:
        yield "end", encounter.end, encounter.end_offset
