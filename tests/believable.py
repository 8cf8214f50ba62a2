"""A year of contacts as an agency has them, for tests of patterns: nobody stands out in it."""

import datetime as dt
import random
from collections.abc import Iterable
from typing import Any, Protocol, TypeVar

import attrs

from peerbill.checks.patterns.compare import Habit, Outlier
from peerbill.checks.patterns.row import PatternRow
from peerbill.coding.units import to_units
from peerbill.policy.phrases import is_federal_holiday

OFFICE = "48933"
FIRST = dt.date(2025, 1, 1)


def year(seed: int = 1, *, peers: int = 6, days: int = 365) -> list[PatternRow]:
    """Return the rows of a year in order of start, then id.

    Each peer has twelve members, three to six contacts on a working day in the office and at homes, with the time to
    get there, a group a week, two weeks of vacation, few holidays at work and hardly an evening. The last peer begins
    in the middle of the year. Appointments begin on the quarter of an hour more often than not, and last as long as
    they last. Limits of 16 units a day are rarely reached.
    """
    chance = random.Random(seed)  # noqa: S311  # contacts, no secrets
    rows: list[PatternRow] = []
    for peer in range(1, peers + 1):
        vacation = chance.randrange(20, 40)
        begins = 180 if peer == peers and peers > 1 else 0
        for day in range(begins, days):
            on = FIRST + dt.timedelta(days=day)
            away = on.weekday() > 4 or vacation <= day // 7 < vacation + 2
            if away or (is_federal_holiday(on) and chance.random() > 0.1):
                continue
            rows += _day(chance, peer, on)
    rows.sort(key=lambda row: (row.start, row.encounter_id))
    return rows


def _day(chance: random.Random, peer: int, on: dt.date) -> list[PatternRow]:
    rows: list[PatternRow] = []
    clock = dt.datetime.combine(on, dt.time(8, 30)) + dt.timedelta(minutes=chance.randrange(0, 60))
    if on.weekday() == 2:
        clock = dt.datetime.combine(on, dt.time(10))
        end = clock + dt.timedelta(minutes=60)
        rows += (
            _row(peer, peer * 12 + member, clock, end, mode="group", group_id=f"G{peer}-{on}")
            for member in chance.sample(range(12), 5)
        )
        clock = end + dt.timedelta(minutes=20)
    for member in chance.sample(range(12), chance.randrange(3, 7)):
        colleague = chance.random() < 0.05
        at_home = chance.random() < 0.4
        start = clock + dt.timedelta(minutes=chance.randrange(12, 50))
        if chance.random() < 0.6:
            start += dt.timedelta(minutes=-start.minute % 15)
        planned = chance.choice((20, 30, 45, 60))
        clock = start + dt.timedelta(minutes=max(9, round(chance.gauss(planned, 6))))
        member_number = (peer % 6 + 1) * 12 + member if colleague else peer * 12 + member
        rows.append(_row(peer, member_number, start, clock, at_home=at_home))
    return rows


def _row(
    peer: int,
    member: int,
    start: dt.datetime,
    end: dt.datetime,
    *,
    at_home: bool = False,
    mode: str = "individual",
    group_id: str = "",
) -> PatternRow:
    minutes = int((end - start).total_seconds()) // 60
    return PatternRow(
        encounter_id=f"E{peer}-{member}-{start:%m%d%H%M}",
        staff_id=f"S{peer}",
        member_id=f"M{member}",
        start=start,
        end=end,
        minutes=minutes,
        units=to_units(minutes, unit_minutes=15, rounding="midpoint"),
        unit_minutes=15,
        rounding="midpoint",
        by_day=False,
        daily_units=16,
        mode=mode,
        hcpcs="H0038",
        place="12" if at_home else "11",
        channel="in-person",
        zip=f"489{member % 30:02}" if at_home else OFFICE,
        group_id=group_id,
    )


def contact(
    number: int = 1, start: dt.datetime = dt.datetime(2026, 3, 2, 10), lasts: int = 47, **changes: Any
) -> PatternRow:
    """Return a contact of peer S1 with member M1 in the office; its units are rounded from the midpoint on."""
    made: dict[str, Any] = {
        "encounter_id": f"E{number}",
        "staff_id": "S1",
        "member_id": "M1",
        "start": start,
        "end": start + dt.timedelta(minutes=lasts),
        "minutes": lasts,
        "units": to_units(lasts, unit_minutes=15, rounding="midpoint"),
        "unit_minutes": 15,
        "rounding": "midpoint",
        "by_day": False,
        "mode": "individual",
        "hcpcs": "H0038",
        "place": "11",
        "channel": "in-person",
    }
    return PatternRow(**{**made, **changes})


def on_days(lengths: Iterable[int], staff_id: str = "S1", **changes: Any) -> list[PatternRow]:
    """Return a contact on each day from 2026-03-02 on, with these minutes."""
    return [
        contact(
            day,
            dt.datetime(2026, 3, 2, 10) + dt.timedelta(days=day),
            minutes,
            **{"encounter_id": f"{staff_id}-{day:03}", "staff_id": staff_id, **changes},
        )
        for day, minutes in enumerate(lengths)
    ]


Rows = TypeVar("Rows", bound="Accumulator")


class Accumulator(Protocol):
    """What sees rows one after another."""

    def add(self, row: PatternRow, number: int) -> None:
        """Take in a row."""


def shown(accumulator: Rows, *rows: Iterable[PatternRow]) -> Rows:
    """Return an accumulator that has seen rows, in order of start, then id."""
    every = sorted((row for part in rows for row in part), key=lambda row: (row.start, row.encounter_id))
    for number, row in enumerate(every):
        accumulator.add(row, number)
    return accumulator


Figures = TypeVar("Figures", Outlier, Habit)


def figures(found: Figures) -> Figures:
    """Return what was found without the numbers of its contacts."""
    return attrs.evolve(found, numbers=())
