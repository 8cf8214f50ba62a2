"""In which window a programme wants supervision, and whether the meetings of a window are enough."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from peerbill.model.people import Supervision
from peerbill.policy import Rules


class Held(NamedTuple):
    """The meetings of a window, and their minutes together."""

    meetings: int
    minutes: int


def window_of(rules: Rules, day: dt.date) -> tuple[dt.date, dt.date] | None:
    """Return the first and last day of the window that a day is in, None where no text wants supervision so often."""
    every = rules.supervision.value.every
    if every is None or "every" not in rules.supervision.said:
        return None
    calendar = rules.calendar.value
    return every.bounds(day, calendar.week or "sunday", calendar.fiscal_year or "01-01")


def held_in(meetings: Iterable[Supervision], window: tuple[dt.date, dt.date]) -> Held:
    """Return what was held in a window, both days included."""
    first, last = window
    inside = [row.minutes or 0 for row in meetings if row.date is not None and first <= row.date <= last]
    return Held(len(inside), sum(inside))


def is_enough(rules: Rules, held: Held) -> bool:
    """Tell whether the meetings of a window are as many and as long as the programme wants."""
    wanted = rules.supervision.value
    return held.meetings >= (wanted.times or 1) and held.minutes >= (wanted.minutes or 0)
