"""Contacts in two places with too little time between them."""

import datetime as dt
from fractions import Fraction
from typing import Any

import pytest
from believable import contact, figures, shown

from peerbill.checks.patterns.compare import Habit, Outlier
from peerbill.checks.patterns.row import PatternRow
from peerbill.checks.patterns.travel import ShortMoves, Travel

NOTHING = ((), None)
OFFICE: dict[str, Any] = {"zip": "48933", "place": "11"}
HOME: dict[str, Any] = {"zip": "48911", "place": "12"}


def pairs(
    *gaps: int, staff_id: str = "S1", first: dict[str, Any] = OFFICE, second: dict[str, Any] = HOME
) -> list[PatternRow]:
    """Return for each gap, in minutes, a day with a contact in the office and another at a home."""
    rows = []
    for day, gap in enumerate(gaps):
        start = dt.datetime(2026, 3, 2, 9) + dt.timedelta(days=day)
        rows += [
            contact(day, start, 45, encounter_id=f"{staff_id}-{day:03}-1", staff_id=staff_id, **first),
            contact(
                day,
                start + dt.timedelta(minutes=45 + gap),
                45,
                encounter_id=f"{staff_id}-{day:03}-2",
                staff_id=staff_id,
                **second,
            ),
        ]
    return rows


def outlier(*gaps: int, first: dict[str, Any] = OFFICE, second: dict[str, Any] = HOME) -> list[tuple[int, int, int]]:
    found, habit = shown(Travel(), pairs(*gaps, first=first, second=second)).found()
    assert habit is None
    return [(short.outlier.count, short.outlier.total, short.by_address) for short in found]


def test_five_of_twenty_moves_take_under_five_minutes() -> None:
    assert shown(Travel(), pairs(*[4] * 5, *[5] * 15)).found() == (
        (ShortMoves(Outlier("S1", 5, 20, None, 0, tuple(range(10))), 5),),
        None,
    )
    assert shown(Travel(), pairs(*[4] * 4, *[5] * 16)).found() == NOTHING
    assert shown(Travel(), pairs(*[4] * 5, *[5] * 14)).found() == NOTHING


@pytest.mark.parametrize(
    ("second", "by_address"),
    [
        ({"zip": "48933", "place": "12"}, 0),
        ({"zip": "", "place": "12"}, 0),
        ({"zip": "48911", "place": "11"}, 20),
        ({"zip": "48933", "place": "11", "site": "annex"}, 20),
    ],
    ids=["another place of service", "no ZIP code", "another ZIP code", "another site"],
)
def test_what_shows_that_a_place_is_another(second: dict[str, Any], by_address: int) -> None:
    first: dict[str, Any] = {"zip": "48933", "place": "11", "site": "main"}

    assert outlier(*[0] * 20, first=first, second=second) == [(20, 20, by_address)]


@pytest.mark.parametrize(
    "second",
    [
        OFFICE,
        {"zip": "", "place": "11"},
        {"zip": "48933", "place": ""},
        {"zip": "48933", "place": "11", "location": "room 2"},
        {"zip": "48911", "place": "10"},
        {"zip": "48911", "place": "02"},
        {"zip": "48911", "place": "12", "channel": "video"},
        {"zip": "48911", "place": "12", "channel": "audio"},
    ],
    ids=str,
)
def test_what_shows_no_other_place(second: dict[str, Any]) -> None:
    """Words of a note differ anyway, and nobody travels to a call."""
    assert outlier(*[0] * 20, second=second) == []


def test_travel_that_was_recorded_is_time() -> None:
    """Travel lies within start to end."""
    assert outlier(*[0] * 20, second={**HOME, "travel_minutes": 5}) == []
    assert outlier(*[0] * 20, second={**HOME, "travel_minutes": 4}) == [(20, 20, 20)]
    assert outlier(*[0] * 20, first={**OFFICE, "travel_minutes": 5}) == []


def test_contacts_that_overlap_are_left_to_other_checks() -> None:
    """Whichever of two contacts at one time comes first."""
    assert outlier(*[-1] * 20) == []
    moves = pairs(*[0] * 20)
    beside = [
        contact(day, row.start, 10, encounter_id=f"{kind}-{day:03}", **OFFICE)
        for kind in "AZ"
        for day, row in enumerate(moves[1::2])
    ]

    assert shown(Travel(), moves, beside[:20]).found() == NOTHING
    assert shown(Travel(), moves, beside[20:]).found() == NOTHING


def test_a_move_overnight_is_none() -> None:
    rows = [
        contact(day, dt.datetime(2026, 3, 2) + dt.timedelta(days=day), 24 * 60 - 1, encounter_id=f"E{day:03}", **place)
        for day, place in enumerate([OFFICE, HOME] * 20)
    ]

    assert shown(Travel(), rows).found() == NOTHING


def test_beside_others_and_where_all_do_it() -> None:
    others = [pairs(*[30] * 20, staff_id=f"S{other}") for other in (2, 3, 4)]
    found, habit = shown(Travel(), pairs(*[0] * 20), *others).found()

    assert ([figures(short.outlier) for short in found], habit) == ([Outlier("S1", 20, 20, Fraction(0), 3)], None)
    assert shown(Travel(), *(pairs(*[0] * 5, *[30] * 15, staff_id=f"S{peer}") for peer in range(1, 5))).found() == (
        (),
        Habit(("S1", "S2", "S3", "S4"), 4, 20, 80, tuple(range(40))),
    )
    found, habit = shown(Travel(), *(pairs(*[0] * 5, *[30] * 15, staff_id=f"S{peer}") for peer in range(1, 4))).found()
    assert [figures(short.outlier) for short in found] == [Outlier(f"S{peer}", 5, 20, None, 2) for peer in (1, 2, 3)]
    assert habit is None
    assert (
        shown(Travel(), *(pairs(*[0] * 4, *[30] * 16, staff_id=f"S{peer}") for peer in range(1, 5))).found() == NOTHING
    )
    assert (
        shown(Travel(), *(pairs(*[0] * 6, *[30] * 19, staff_id=f"S{peer}") for peer in range(1, 5))).found() == NOTHING
    )
