"""The rows that patterns see of a world's encounters."""

import datetime as dt
from typing import Any

import attrs
import pytest
from worlds import make_world

from peerbill.checks.audit import audit_index, full_audit
from peerbill.checks.patterns.from_contexts import pattern_rows
from peerbill.checks.patterns.row import PatternRow

AT = dt.datetime(2026, 3, 2, 10)
E1 = PatternRow(
    encounter_id="E1",
    staff_id="S1",
    member_id="M1",
    start=AT,
    end=AT.replace(minute=47),
    minutes=47,
    units=3,
    unit_minutes=15,
    rounding="down",
    by_day=False,
    mode="individual",
    hcpcs="H0038",
    place="11",
    channel="in-person",
    zip="48933",
    location="the blue room",
    activity="career planning",
    note="Went through three postings.\nMade a call to one of them.\nA second call by Thursday.",
    names=frozenset({"ottoline", "quillfeather", "lysander", "zephyrine"}),
    created_at=AT.replace(hour=16),
    signed_at=AT.replace(hour=16, minute=10),
)


def rows(patch: dict[str, Any]) -> list[PatternRow]:
    world = make_world(patch)
    index = audit_index(world.records, world.policies, world.as_of, world.history)
    return list(pattern_rows(full_audit(index, world.policies).contexts.values()))


def test_an_encounter_as_patterns_see_it() -> None:
    assert rows({}) == [E1]


@pytest.mark.parametrize(
    ("patch", "changes"),
    [
        ({"encounters": {"E1": {"place": "12"}}}, {"place": "12", "zip": "48911"}),
        ({"encounters": {"E1": {"travel_minutes": "2"}}}, {"minutes": 45, "travel_minutes": 2}),
        ({"policy": '[[peer.limit.day]]\nunits = 8\nper = "day"\nsource = "manual p. 9"\n'}, {"daily_units": 8}),
        ({"policy": '[[peer.limit.week]]\nunits = 8\nper = "week"\nsource = "manual p. 9"\n'}, {}),
        (
            {"policy": '[[peer.limit.day]]\nunits = 8\nper = "day"\nscope = "peer"\nsource = "manual p. 9"\n'},
            {},
        ),
        (
            {"policy": '[[peer.limit.day]]\nunits = 8\nper = "day"\nof = ["individual"]\nsource = "manual p. 9"\n'},
            {"daily_units": 8},
        ),
        (
            {"policy": '[[peer.limit.day]]\nunits = 8\nper = "day"\nof = ["group"]\nsource = "manual p. 9"\n'},
            {},
        ),
    ],
)
def test_what_a_world_changes(patch: dict[str, Any], changes: dict[str, Any]) -> None:
    assert rows(patch) == [attrs.evolve(E1, **changes)]


def test_the_names_of_a_member_that_nobody_knows_are_not_known() -> None:
    (row,) = rows({"encounters": {"E1": {"member_id": "X"}}})

    assert (row.member_id, row.names) == ("X", frozenset({"ottoline", "quillfeather"}))


@pytest.mark.parametrize("changes", [{"start": ""}, {"end": ""}, {"end": "2026-03-02T10:00"}])
def test_a_row_without_its_times_is_left_out(changes: dict[str, str]) -> None:
    assert rows({"encounters": {"E1": changes}}) == []


def test_what_was_voided_is_left_out_and_what_was_billed_is_there() -> None:
    billed: dict[str, Any] = {"billed": {"E1": {"like": "E1"}}}

    assert rows(billed) == [E1]
    assert rows({**billed, "standing": {"E1": {"standing": "void"}}}) == []
