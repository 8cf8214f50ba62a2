"""Habits of one peer that show only over months, planted in agencies whose other peers have none of them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from typing import Protocol

import attrs
from benchmarks.planting.agency import Agency, add_note
from benchmarks.planting.arithmetic import minutes_of
from benchmarks.planting.case import day_of, end_of, lasting, start_of
from benchmarks.planting.cell import Cell, Row
from benchmarks.planting.days import HOLIDAYS, ONE_DAY, text


class Plant(Protocol):
    """Gives a peer the habit, or nearly."""

    def __call__(self, agency: Agency, cell: Cell, *, over: bool) -> None:
        """Change the contacts of a peer; `over` is whether the peer has the habit."""


@attrs.frozen
class Habit:
    """A habit: the check that must find it, what it is, how it nearly is, and the checks that may find it as well."""

    code: str
    name: str
    plant: Plant
    also: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    weeks: int = 26

    @property
    def near_miss(self) -> str:
        """What a peer has who nearly has the habit, in words."""
        return " ".join((self.plant.__doc__ or "").split()).removeprefix("The near miss ").removesuffix(".")


HABITS: list[Habit] = []
"""Every habit, in the order of this module."""


def habit(
    code: str, name: str, *, also: tuple[str, ...] = (), needs: tuple[str, ...] = (), weeks: int = 26
) -> Callable[[Plant], Plant]:
    """Declare a habit."""

    def declare(plant: Plant) -> Plant:
        HABITS.append(Habit(code, name, plant, also, needs, weeks))
        return plant

    return declare


def _alone(cell: Cell) -> list[Row]:
    return [row for row in cell.encounters if not row["group_id"]]


def _days(cell: Cell) -> dict[dt.date, list[Row]]:
    """Return the contacts with one member by day, in order of start."""
    days: dict[dt.date, list[Row]] = defaultdict(list)
    for row in sorted(_alone(cell), key=start_of):
        days[day_of(row)].append(row)
    return days


def _move(row: Row, start: dt.datetime, minutes: int) -> None:
    """Move a contact, with its note."""
    gap = start - start_of(row)
    for column in ("start", "end", "created_at", "signed_at", "cosigned_at"):
        if column in row:
            row[column] = text(dt.datetime.fromisoformat(row[column]) + gap)
    lasting(row, minutes)


def _in_a_row(rows: list[Row], minutes: Callable[[int], int], gap: Callable[[], int]) -> None:
    """Let the contacts of a day follow each other; `minutes` gets how long each lasted."""
    clock = start_of(rows[0])
    for row in rows:
        _move(row, clock, minutes(minutes_of(row)))
        clock = end_of(row) + dt.timedelta(minutes=gap())


@habit("PB901", "nearly all contacts of one length", also=("PB913", "PB903", "PB907"))
def one_length(agency: Agency, cell: Cell, *, over: bool) -> None:
    """The near miss has one length in four contacts of five."""
    rng, length = agency.rng, agency.rng.choice((30, 45, 60))
    for rows in _days(cell).values():
        _in_a_row(
            rows,
            lambda _: length if rng.random() < (0.97 if over else 0.8) else length + rng.choice((-7, -4, 3, 6, 9)),
            lambda: rng.randrange(8, 30),
        )


@habit("PB902", "nearly all days at the daily limit", also=("PB901", "PB907", "PB905", "PB913"), needs=("day_units",))
def always_the_limit(agency: Agency, cell: Cell, *, over: bool) -> None:
    """The near miss is at the limit on three days of five."""
    rng, most = agency.rng, 15 * agency.programme["day_units"]
    cell.tables["encounters"] = _alone(cell)
    for rows in _days(cell).values():
        for row in rows[2:]:
            cell.encounters.remove(row)
        _in_a_row(
            rows[:2],
            lambda _: most - (0 if rng.random() < (0.97 if over else 0.6) else rng.randrange(20, 120)),
            lambda: rng.randrange(8, 30),
        )


@habit("PB903", "minutes just above those at which another unit begins", also=("PB914", "PB901"), needs=("rounding",))
def above_the_boundary(agency: Agency, cell: Cell, *, over: bool) -> None:
    """The near miss has as many lengths just below."""
    rng, least = agency.rng, agency.programme["unit"]["least"] % 15
    for rows in _days(cell).values():
        _in_a_row(
            rows,
            lambda _: 15 * rng.randrange(2, 5) + least + (rng.choice((0, 1)) if over else rng.choice((-2, -1, 0, 1))),
            lambda: rng.randrange(8, 30),
        )


@habit("PB904", "contacts at night")
def at_night(agency: Agency, cell: Cell, *, over: bool) -> None:
    """The near miss has three nights."""
    days = list(_days(cell).values())
    for rows in agency.rng.sample(days, len(days) // 5 if over else 3):
        _move(rows[-1], dt.datetime.combine(day_of(rows[-1]), dt.time(22, agency.rng.randrange(30))), 40)


@habit("PB904", "work on holidays", weeks=52)
def on_holidays(agency: Agency, cell: Cell, *, over: bool) -> None:
    """The near miss worked on two holidays."""
    days = _days(cell)
    holidays = [day for day in sorted(HOLIDAYS) if min(days) < day < max(days)]
    for day in holidays if over else holidays[:2]:
        member = agency.rng.choice(cell.tables["members"])["member_id"]
        for hour in (9, 11, 14):
            start = dt.datetime.combine(day, dt.time(hour, agency.rng.randrange(40)))
            add_note(agency, cell, start, member, agency.rng.randrange(25, 70))


@habit("PB905", "a week of far more hours", also=("PB908", "PB907"))
def a_jump(agency: Agency, cell: Cell, *, over: bool) -> None:
    """The near miss has a week with eight hours more."""
    days = _days(cell)
    monday = sorted(days)[len(days) * 3 // 4]
    monday -= dt.timedelta(days=monday.weekday())
    members = [row["member_id"] for row in cell.tables["members"]]
    for count in range(5):
        day = monday + dt.timedelta(days=count)
        start = dt.datetime.combine(day, dt.time(18, 30))
        for slot in range(2 if over else 1):
            later = start + slot * dt.timedelta(hours=3, minutes=5)
            add_note(agency, cell, later, agency.rng.choice(members), 180 if over else 96)


@habit("PB906", "a member with five peers in a day", also=("PB907",))
def many_peers(agency: Agency, cell: Cell, *, over: bool) -> None:
    """The near miss saw three peers on a day."""
    rng = agency.rng
    day = rng.choice(sorted(_days(cell)))
    member = rng.choice(cell.tables["members"])["member_id"]
    others = [one for one in agency.cells if one is not cell]
    for number, other in enumerate(rng.sample(others, 4 if over else 2)):
        start = dt.datetime.combine(day, dt.time(19 + number, rng.randrange(20)))
        add_note(agency, cell, start, member, 30, staff_id=other.peer["staff_id"], signed_by=other.peer["staff_id"])
    add_note(agency, cell, dt.datetime.combine(day, dt.time(7)), member, 30)


def _longer(factor: float) -> Callable[[int], int]:
    return lambda own: max(15, int(own * factor))


_OF_A_SHARE = ("PB901", "PB905", "PB908", "PB903", "PB909")


@habit("PB907", "a share of the units that is four times the others'", also=_OF_A_SHARE)
def a_share(agency: Agency, cell: Cell, *, over: bool) -> None:
    """The near miss gives half as many units again as the others, who work one day of three."""
    for other in agency.cells if over else ():
        if other is not cell:
            other.tables["encounters"] = [row for row in other.encounters if day_of(row).toordinal() % 3 == 0]
    factor = 1.7 if over else 1.5
    for rows in _days(cell).values():
        _move(rows[0], dt.datetime.combine(day_of(rows[0]), dt.time(7, 30)), minutes_of(rows[0]))
        # No day has more than 15 hours.
        share = min(factor, 15 * 60 / sum(map(minutes_of, rows)))
        _in_a_row(rows, _longer(share), lambda: 0 if over else 6)


@habit("PB908", "more than 60 hours in seven days, by minutes", also=("PB905", "PB907"))
def a_long_week(agency: Agency, cell: Cell, *, over: bool) -> None:
    """The near miss has 60 hours."""
    days = sorted(_days(cell))
    monday = days[agency.rng.randrange(10, len(days) - 10)]
    monday -= dt.timedelta(days=monday.weekday())
    around = [row for row in cell.encounters if abs(day_of(row) - monday) <= dt.timedelta(days=12)]
    for row in around:
        cell.encounters.remove(row)
    members = [row["member_id"] for row in cell.tables["members"]]
    for count in range(5):
        start = dt.datetime.combine(monday + count * ONE_DAY, dt.time(8))
        for slot in range(6):
            extra = agency.rng.randrange(1, 9) if over and count == 4 and slot == 5 else 0
            add_note(agency, cell, start + slot * dt.timedelta(hours=2), members[slot], 120 + extra, place="11")


@habit("PB909", "from place to place in no time", also=("PB907",))
def no_travel(agency: Agency, cell: Cell, *, over: bool) -> None:
    """The near miss has five minutes or more between the contacts."""
    rng = agency.rng
    for rows in _days(cell).values():
        for number, row in enumerate(rows):
            row["place"] = ("11", "53")[number % 2]
        _in_a_row(rows, lambda own: own, lambda: rng.randrange(4) if over else rng.randrange(5, 20))


@habit("PB913", "nearly all times on the quarter of an hour", also=("PB901",))
def round_times(agency: Agency, cell: Cell, *, over: bool) -> None:
    """The near miss has three of four so."""
    rng = agency.rng
    for row in cell.encounters:
        if row["group_id"]:
            _move(row, start_of(row).replace(minute=15), 60)
    for day in _days(cell).values():
        clock = dt.datetime.combine(day_of(day[0]), dt.time(8 if not _group_day(cell, day[0]) else 11, 0))
        for row in day:
            length = 15 * rng.randrange(1, 6)
            exact = rng.random() < (0.97 if over else 0.7)
            _move(row, clock, length if exact else length + rng.choice((-4, 3, 7)))
            clock += dt.timedelta(minutes=length + rng.choice((15, 30)))


def _group_day(cell: Cell, row: Row) -> bool:
    return any(one["group_id"] and day_of(one) == day_of(row) for one in cell.encounters)


@habit("PB914", "a favorite last digit", also=("PB901", "PB903"))
def favorite_digit(agency: Agency, cell: Cell, *, over: bool) -> None:
    """The near miss has every digit as often."""
    rng, digit = agency.rng, agency.rng.choice((2, 3, 7, 8))
    for rows in _days(cell).values():
        _in_a_row(
            rows,
            lambda _: 10 * rng.randrange(2, 7) + (digit if over and rng.random() < 0.55 else rng.randrange(10)),
            lambda: rng.randrange(8, 30),
        )
