"""Lengths just above the minutes at which another unit begins."""

import datetime as dt
from fractions import Fraction
from typing import Any

import pytest
from believable import contact, figures, on_days, shown

from peerbill.checks.patterns.boundaries import Boundaries, NearBoundaries, NearBoundary
from peerbill.checks.patterns.compare import Habit, Outlier

EVEN = [37, 38, 39, 41, 42, 43, 44, 46, 47, 48, 49, 51, 52, 53, 54, 36] * 3
NOTHING = ((), ())


def found(*lengths: list[int], **changes: Any) -> tuple[tuple[NearBoundary, ...], tuple[NearBoundaries, ...]]:
    rows = (on_days(each, **{"staff_id": f"S{peer}", **changes}) for peer, each in enumerate(lengths, start=1))
    return shown(Boundaries(), *rows).found()


def test_lengths_of_8_and_23_minutes_with_midpoint_rounding() -> None:
    """24 of 30 near a boundary are above it, 24 of 90 contacts; 12 of 90 would be if minutes were even."""
    lengths = [8, 23, 38, 53] * 6 + [7, 22, 37, 52, 51, 6] + [45] * 60

    assert found(lengths) == (
        (NearBoundary(Outlier("S1", 24, 30, None, 0, tuple(range(24))), 90, Fraction(2, 15), 15, 8),),
        (),
    )


@pytest.mark.parametrize(
    "lengths",
    [
        [8, 23, 38, 53] * 6 + [7, 22, 37, 52, 51, 6, 6] + [45] * 59,
        [8, 23, 38, 53] * 6 + [7, 22, 37, 52, 51, 6] + [45] * 61,
        [8, 23, 38, 53] * 6 + [7, 22, 37, 52, 51, 6] + [45] * 9,
        [8] * 19 + [45] * 21,
        [8] * 20 + [7] * 5 + [45] * 15,
    ],
    ids=[
        "under 80 % above",
        "under twice of what is expected",
        "under 40 contacts",
        "under 20 near a boundary",
        "by chance",
    ],
)
def test_just_less_is_not_reported(lengths: list[int]) -> None:
    assert found(lengths) == NOTHING


def test_round_lengths_are_not_near_a_boundary() -> None:
    """10 and 25 minutes are appointments, though 8 and 23 make the unit."""
    assert found([10, 25, 40, 55] * 20) == NOTHING


@pytest.mark.parametrize(
    ("rounding", "above", "first"), [("down", 16, 15), ("up", 16, 1), ("past-midpoint", 23, 8), ("midpoint", 23, 8)]
)
def test_each_rounding_has_its_boundary(rounding: str, above: int, first: int) -> None:
    found_, habits = found([above] * 40, rounding=rounding)

    assert [(item.first, item.outlier.count, item.outlier.total) for item in found_] == [(first, 40, 40)]
    assert habits == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"rounding": ""},
        {"by_day": None},
        {"unit_minutes": None},
        {"unit_minutes": 5},
        {"unit_minutes": 12},
        {"mode": "group"},
        {"staff_id": ""},
        {"minutes": None},
    ],
    ids=str,
)
def test_what_is_not_known_and_groups_are_left_out(changes: dict[str, Any]) -> None:
    assert found([8] * 60, **changes) == NOTHING


def test_the_minutes_of_a_day_count_where_the_programme_adds_them() -> None:
    """20 and 18 minutes are 38 together; 20 and 18 alone are near no boundary."""
    rows = []
    for day in range(40):
        start = dt.datetime(2026, 3, 2, 9) + dt.timedelta(days=day)
        rows += [
            contact(day, start, 20, encounter_id=f"A{day}", by_day=True),
            contact(day, start.replace(hour=15), 18, encounter_id=f"B{day}", by_day=True),
        ]

    assert [figures(item.outlier) for item in shown(Boundaries(), rows).found()[0]] == [Outlier("S1", 40, 40, None, 0)]


def test_beside_others_and_where_all_do_the_same() -> None:
    assert [figures(item.outlier) for item in found([23] * 40, EVEN, EVEN, EVEN)[0]] == [
        Outlier("S1", 40, 40, Fraction(1, 2), 3)
    ]
    assert found(*[[23] * 40] * 4) == (
        (),
        (NearBoundaries(Habit(("S1", "S2", "S3", "S4"), 4, 160, 160, tuple(range(80, 160))), 15, 8),),
    )
