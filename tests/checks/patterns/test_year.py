"""A believable year has no finding; the same year with something planted has that finding of that peer or member."""

import datetime as dt
from collections.abc import Callable, Iterator

import attrs
import pytest
from believable import contact, year
from hypothesis import given, settings
from hypothesis import strategies as st

from peerbill.checks import CHECKS
from peerbill.checks.patterns.row import PatternRow
from peerbill.checks.patterns.seen import Seen
from peerbill.coding.units import to_units
from peerbill.model.finding import Finding

NOTES = {"PB910", "PB911", "PB912"}
OUTLYING = tuple(check for check in CHECKS if check.code.startswith("PB9") and check.code not in NOTES)
AS_OF = dt.date(2026, 3, 31)


def see(rows: list[PatternRow]) -> Seen:
    seen = Seen(AS_OF)
    for row in sorted(rows, key=lambda row: (row.start, row.encounter_id)):
        seen.add(row)
    return seen


def found(rows: list[PatternRow]) -> list[Finding]:
    seen = see(rows)
    return [finding for check in OUTLYING for finding in check(seen)]


def about(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(one.code, one.severity.value, one.staff_id or one.member_id or "") for one in findings]


@pytest.mark.parametrize("peers", [1, 4, 12])
@pytest.mark.parametrize("seed", range(3))
def test_a_believable_year_is_quiet(seed: int, peers: int) -> None:
    assert about(found(year(seed, peers=peers))) == []


@pytest.mark.parametrize("days", [1, 5, 20, 60])
def test_a_short_time_is_quiet(days: int) -> None:
    assert about(found(year(7, days=days))) == []


# --- what is planted with peer S1 ------------------------------------------------------------------------------------


def lasting(row: PatternRow, minutes: int) -> PatternRow:
    units = to_units(minutes, unit_minutes=15, rounding="midpoint")
    return attrs.evolve(row, end=row.start + dt.timedelta(minutes=minutes), minutes=minutes, units=units)


def moved(row: PatternRow, start: dt.datetime) -> PatternRow:
    return attrs.evolve(row, start=start, end=start + (row.end - row.start))


def one_length(row: PatternRow, _number: int) -> Iterator[PatternRow]:
    yield lasting(row, 53) if row.mode != "group" else row


def always_sixteen_units(row: PatternRow, _number: int) -> Iterator[PatternRow]:
    yield attrs.evolve(row, units=16)


def just_above(row: PatternRow, number: int) -> Iterator[PatternRow]:
    yield lasting(row, (8, 23, 38, 53)[number % 4]) if number % 2 and row.mode != "group" else row


def at_night(row: PatternRow, number: int) -> Iterator[PatternRow]:
    yield moved(row, row.start.replace(hour=23, minute=10)) if number % 40 == 0 else row


def on_holidays(row: PatternRow, number: int) -> Iterator[PatternRow]:
    yield row
    if number < 9:
        day = [(1, 1), (1, 20), (2, 17), (5, 26), (6, 19), (7, 4), (9, 1), (10, 13), (12, 25)][number]
        yield moved(attrs.evolve(row, encounter_id=f"H{number}"), dt.datetime(2025, *day, 10, 7))


def forty_hours_more(row: PatternRow, number: int) -> Iterator[PatternRow]:
    """In the week from Monday 2025-09-15: eight hours each day, beside the ordinary contacts."""
    yield row
    if number < 5:
        start = dt.datetime(2025, 9, 15 + number, 12, 1)
        more = contact(number, start, 60, encounter_id=f"J{number}", member_id="M13", minutes=480, units=32)
        yield attrs.evolve(more, daily_units=None)


def rounded(row: PatternRow, _number: int) -> Iterator[PatternRow]:
    start = row.start.replace(minute=row.start.minute // 15 * 15)
    end = row.end + dt.timedelta(minutes=-row.end.minute % 15)
    yield attrs.evolve(row, start=start, end=end)


def everywhere_at_once(row: PatternRow, number: int) -> Iterator[PatternRow]:
    yield row
    if number % 5 == 0 and row.mode != "group":
        yield attrs.evolve(
            moved(row, row.end + dt.timedelta(minutes=2)),
            encounter_id=f"T{number}",
            end=row.end + dt.timedelta(minutes=9),
            zip="48000",
            place="12",
        )


def sevens(row: PatternRow, number: int) -> Iterator[PatternRow]:
    yield lasting(row, (17, 27, 37, 47, 57)[number % 5]) if number % 2 and row.mode != "group" else row


Plant = Callable[[PatternRow, int], Iterator[PatternRow]]


def planted(plant: Plant, *, seed: int = 5) -> list[PatternRow]:
    rows = year(seed)
    first = [row for row in rows if row.staff_id == "S1"]
    others = [row for row in rows if row.staff_id != "S1"]
    return others + [made for number, row in enumerate(first) for made in plant(row, number)]


@pytest.mark.parametrize(
    ("plant", "codes"),
    [
        (one_length, {"PB901"}),
        (always_sixteen_units, {"PB902", "PB907"}),
        (just_above, {"PB903"}),
        (at_night, {"PB904"}),
        (on_holidays, {"PB904"}),
        (forty_hours_more, {"PB905"}),
        (rounded, {"PB913"}),
        (everywhere_at_once, {"PB909"}),
        (sevens, {"PB914"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_planted_is_found_of_that_peer(plant: Plant, codes: set[str]) -> None:
    findings = [one for one in about(found(planted(plant))) if one[0] in codes]

    assert {code for code, _, _ in findings} == codes
    assert {(severity, who) for code, severity, who in findings if code not in {"PB905", "PB914"}} <= {
        ("warning", "S1")
    }
    assert {who for _, _, who in findings} == {"S1"}


def test_a_week_of_more_than_sixty_hours_is_found() -> None:
    more = [
        contact(day, dt.datetime(2025, 9, 15 + day, 19), 60, encounter_id=f"W{day}", staff_id="S2", minutes=600)
        for day in range(6)
    ]

    assert ("PB908", "warning", "S2") in about(found(year(5) + more))


def test_a_member_with_four_peers_on_a_day_is_found() -> None:
    more = [
        contact(peer, dt.datetime(2025, 9, 16, 8 + peer), 20, encounter_id=f"P{peer}", staff_id=f"S{peer}")
        for peer in range(1, 5)
    ]

    assert about(found(year(5) + more)) == [("PB906", "warning", "M1")]


def test_an_agency_that_rounds_all_times_has_one_info() -> None:
    rows = [made for row in year(5) for made in rounded(row, 0)]

    assert ("PB913", "info", "") in about(found(rows))
    assert not any(code == "PB913" and who for code, _, who in about(found(rows)))


# --- properties ------------------------------------------------------------------------------------------------------

minutes = st.sampled_from([8, 15, 23, 30, 38, 45, 53, 60, 61, 240])
rows_of_days = st.lists(
    st.builds(
        lambda day, hour, lasts, peer, member, group: (day, hour, lasts, peer, member, group),
        st.integers(0, 120),
        st.integers(0, 23),
        minutes,
        st.integers(1, 5),
        st.integers(1, 6),
        st.booleans(),
    ),
    max_size=150,
)


def as_rows(values: list[tuple[int, int, int, int, int, bool]]) -> list[PatternRow]:
    return [
        contact(
            number,
            dt.datetime(2026, 1, 1, hour) + dt.timedelta(days=day),
            lasts,
            encounter_id=f"E{number:04}",
            staff_id=f"S{peer}",
            member_id=f"M{member}",
            mode="group" if group else "individual",
            group_id="G" if group else "",
            daily_units=4,
            place="12" if member % 2 else "11",
        )
        for number, (day, hour, lasts, peer, member, group) in enumerate(values)
    ]


@settings(max_examples=40, deadline=None)
@given(rows_of_days, st.randoms(use_true_random=False))
def test_the_order_in_which_rows_are_given_changes_nothing(
    values: list[tuple[int, int, int, int, int, bool]], chance: object
) -> None:
    """An audit shows rows in order of start, then id, in whatever order a file has them."""
    rows = as_rows(values)
    mixed = rows.copy()
    chance.shuffle(mixed)  # type: ignore[attr-defined]  # a random.Random

    assert found(mixed) == found(rows)


@settings(max_examples=40, deadline=None)
@given(rows_of_days, st.integers(1, 40))
def test_to_look_while_rows_are_shown_changes_nothing(
    values: list[tuple[int, int, int, int, int, bool]], every: int
) -> None:
    rows = sorted(as_rows(values), key=lambda row: (row.start, row.encounter_id))
    seen = Seen(AS_OF)
    for number, row in enumerate(rows):
        seen.add(row)
        if number % every == 0:
            for check in OUTLYING:
                list(check(seen))

    assert [finding for check in OUTLYING for finding in check(seen)] == found(rows)


@settings(max_examples=60, deadline=None)
@given(st.lists(minutes, max_size=19))
def test_nineteen_contacts_are_too_few_for_any_finding(lengths: list[int]) -> None:
    """But for hours that no week has, which need no comparison."""
    rows = [
        contact(day, dt.datetime(2026, 1, 1, 23) + dt.timedelta(days=3 * day), lasts, daily_units=4)
        for day, lasts in enumerate(lengths)
    ]

    assert found(rows) == []
