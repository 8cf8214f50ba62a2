"""One-to-ones in a row that look like one group."""

import datetime as dt
from fractions import Fraction

import attrs
import pytest
from believable import contact, shown

from peerbill.checks.patterns.copied_notes import NoteTexts
from peerbill.checks.patterns.groups import (
    MOST_KINDS,
    Contact,
    ContactRows,
    LikelyGroup,
    group_is_billed_as_a_group,
    likely_groups,
)
from peerbill.checks.patterns.row import PatternRow
from peerbill.checks.patterns.seen import Seen

MORNING = dt.datetime(2026, 3, 2, 9)
LETTERS = "bcdfghklmn"
WORDS = [f"z{a}{b}" for a in LETTERS for b in LETTERS]


def in_a_row(
    members: int, start: dt.datetime = MORNING, *, place: str = "11", activity: str = "", kind: str = "E"
) -> list[PatternRow]:
    """Return contacts of an hour with a member each, back to back, without notes."""
    return [
        contact(
            start=start + dt.timedelta(hours=member),
            lasts=60,
            encounter_id=f"{kind}{member}",
            member_id=f"M{member}",
            place=place,
            activity=activity,
        )
        for member in range(members)
    ]


def alone(count: int, activity: str = "") -> list[PatternRow]:
    """Return a contact of an hour on each of the days before, with an activity each unless all have one."""
    return [
        contact(
            start=MORNING - dt.timedelta(days=1 + number),
            lasts=60,
            encounter_id=f"{activity or 'A'}{number:03}",
            activity=activity or f"activity {number}",
        )
        for number in range(count)
    ]


def groups(*rows: list[PatternRow]) -> list[LikelyGroup]:
    return list(likely_groups(shown(ContactRows(), *rows), NoteTexts()))


def seen_of(*rows: list[PatternRow]) -> Seen:
    """Return what has seen rows, in order of start, then id."""
    seen = Seen(dt.date(2026, 12, 31))
    for row in sorted((row for part in rows for row in part), key=lambda row: (row.start, row.encounter_id)):
        seen.add(row)
    return seen


def problems(*rows: list[PatternRow]) -> list[tuple[tuple[str, ...], str]]:
    """Return the contacts that each problem names, and what it says, in order."""
    seen = seen_of(*rows)
    return [(found.encounter_ids, str(found.message)) for found in group_is_billed_as_a_group(seen)]


@pytest.mark.parametrize(("start", "day"), [(0, 0), (24 * 60 - 1, 0), (24 * 60, 1), (2 * 24 * 60 - 1, 1)])
def test_the_day_of_a_group(start: int, day: int) -> None:
    assert LikelyGroup("S1", (Contact(0, 1, start, 60),), None).day == day


@pytest.mark.parametrize(("before", "usual"), [(MOST_KINDS - 1, 2), (MOST_KINDS, 0)])
def test_of_the_activities_of_a_peer_the_first_are_counted(before: int, usual: int) -> None:
    """Two contacts have the group's activity, which nobody counts where as many others came first."""
    later = [
        contact(start=MORNING + dt.timedelta(days=day), lasts=60, encounter_id=f"L{day}", activity="outing")
        for day in (1, 2)
    ]
    row = in_a_row(3, activity="outing")
    kind = groups(row)[0].contacts[0].kind
    minute = (MORNING - dt.datetime(1970, 1, 1)) // dt.timedelta(minutes=1)
    contacts = tuple(Contact(before + number, kind, minute + 60 * number, 60) for number in range(3))

    assert groups(alone(before), row, later) == [LikelyGroup("S1", contacts, None, usual, before + 2)]


def test_groups_of_one_day_and_of_two() -> None:
    """Named in order of their first contacts, whichever of them goes on first."""
    at_home = in_a_row(3, MORNING + dt.timedelta(minutes=1), place="12", activity="housing", kind="H")
    outing = in_a_row(3, MORNING, activity="outing", kind="O")
    evening = MORNING.replace(hour=21)
    told = (
        "3 one-to-ones of S1 with as many members, at one place from {} to {}, come to 180 minutes, equally long and"
        " with one activity and location: this looks like a group; of the peer's 3 other contacts, 0 have this activity"
        " and location and 3 this length; so do {days} of {days} days of S1 look, and {days} of {days} of all peers"
    )

    assert problems(outing, in_a_row(3, evening, activity="housing", kind="H")) == [
        (("O0", "O1", "O2"), told.format("2026-03-02 09:00", "2026-03-02 12:00", days=1)),
        (("H0", "H1", "H2"), told.format("2026-03-02 21:00", "2026-03-03 00:00", days=1)),
    ]
    assert problems(outing, in_a_row(3, MORNING + dt.timedelta(days=1), activity="housing", kind="H")) == [
        (("O0", "O1", "O2"), told.format("2026-03-02 09:00", "2026-03-02 12:00", days=2)),
        (("H0", "H1", "H2"), told.format("2026-03-03 09:00", "2026-03-03 12:00", days=2)),
    ]
    first = [
        attrs.evolve(row, start=row.start + dt.timedelta(minutes=2 if number else 0))
        for number, row in enumerate(outing)
    ]
    assert [named for named, _ in problems(first, at_home)] == [("O0", "O1", "O2"), ("H0", "H1", "H2")]


@pytest.mark.parametrize(("changed", "alike"), [(11, Fraction(78, 100)), (12, None)])
def test_two_in_a_row_are_a_group_where_their_notes_are_near_copies(changed: int, alike: Fraction | None) -> None:
    """Of 50 words, 39 are the same."""
    notes = [WORDS[:50], [*WORDS[: 50 - changed], *WORDS[50 : 50 + changed]]]
    rows = [attrs.evolve(row, note=" ".join(words)) for row, words in zip(in_a_row(2), notes, strict=True)]
    seen = seen_of(rows)

    assert [(len(part.contacts), part.alike) for part in likely_groups(seen.contacts, seen.texts)] == (
        [] if alike is None else [(2, alike)]
    )
