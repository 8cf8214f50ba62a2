"""The whole is its parts: worlds of the checks, divided into buckets of one peer and one member each."""

import datetime as dt
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from in_parts import assert_parts_are_the_whole, assert_same, in_parts, shuffled
from thorough import some
from worlds import FIXTURES, World, cases, make_world

from peerbill.checks import CHECKS
from peerbill.checks.audit import audit
from peerbill.model.encounter import Encounter
from peerbill.model.people import Coverage, Relationship
from peerbill.scale.passes import BY_DAY

LIMIT = """
[[peer.limit.week]]
hours = 2
per = "week"
scope = "peer"
then = "deny"
source = "manual p. 12"
"""
FEW = (
    ("PB702", "two hours and a quarter"),
    ("PB318", "a group session of two members, and a quarter of an hour"),
)


def in_reach() -> list[tuple[str, str]]:
    """Return a case of each check that looks at more than an encounter, and of some others."""
    found = []
    for path in sorted(FIXTURES.glob("PB*.toml")):
        names = [
            name
            for name, case in cases(path.stem).items()
            if "patterns" not in case and "billed" not in case and "severity" not in case
        ]
        if names:
            found.append((path.stem, names[-1]))
    return found


PATTERNS = frozenset(check.code for check in CHECKS if check.scope == "pattern")


def every() -> list[tuple[str, str]]:
    """Return every eighth case that looks neither at patterns nor at what was billed."""
    return [
        (path.stem, name)
        for path in sorted(FIXTURES.glob("PB*.toml"))
        for name, case in cases(path.stem).items()
        if "patterns" not in case and "billed" not in case and PATTERNS.isdisjoint(case.get("severity", ()))
    ][::8]


def assert_case(code: str, name: str, folder: Path) -> None:
    world = make_world(cases(code)[name])
    assert_parts_are_the_whole(world.records, world.policies, world.as_of, folder, enrolment=world.eligibility)


GROUPED = frozenset(check.code for check in CHECKS if check.scope in {"peer", "member"}) | {"PB308", "PB602"}


@pytest.mark.parametrize(
    ("code", "name"),
    [*(pair for pair in in_reach() if pair[0] in GROUPED), *FEW],
)
def test_a_case_is_the_same_in_parts(code: str, name: str, tmp_path: Path) -> None:
    assert_case(code, name, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(("code", "name"), some(every(), 30))
def test_any_case_is_the_same_in_parts(code: str, name: str, tmp_path: Path) -> None:
    assert_case(code, name, tmp_path)


def test_it_is_known_of_each_check_of_peers_how_far_it_looks() -> None:
    of_peers = {check.code for check in CHECKS if check.scope == "peer"}

    assert of_peers == BY_DAY | {"PB307", "PB317", "PB318", "PB702"}


# Worlds of several peers and members, whose encounters meet


START = dt.datetime(2026, 3, 2, 8)


def encounter(base: Encounter, number: int, cells: dict[str, Any]) -> Encounter:
    start = START + dt.timedelta(hours=cells.pop("hour"), days=cells.pop("day"))
    end = start + dt.timedelta(minutes=cells.pop("minutes"))
    return attrs.evolve(base, encounter_id=f"E{number}", start=start, end=end, line=number + 2, **cells)


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "day": st.integers(0, 9),
            "hour": st.integers(0, 30),
            "minutes": st.sampled_from((-5, 5, 45, 60, 90, 700)),
            "member_id": st.sampled_from(("M1", "M2", "M3", "MX", "")),
            "staff_id": st.sampled_from(("S1", "S2", "S3", "SX", "")),
            "service": st.sampled_from(("individual", "group", "family")),
            "group_id": st.sampled_from(("", "", "G1")),
            "facilitators": st.sampled_from(((), (), ("S2",), ("S1", "S3"), ("Ann Lee",), ("Bo Ek", "S1"))),
            "place": st.sampled_from(("11", "12", "57", "21", "99")),
            "support_type": st.sampled_from(("", "emotional")),
            "voluntary": st.sampled_from((True, None)),
        }
    ),
    max_size=12,
)


def world_of(rows: list[dict[str, Any]], *, limit: bool) -> World:
    world = make_world({"policy": LIMIT} if limit else {})
    records = world.records
    member, person, coverage = (
        records.members[0],
        next(p for p in records.staff if p.staff_id == "S1"),
        records.coverage[0],
    )
    plan = records.plans[0]
    more = ("M2", "M3")
    base = records.encounters[0]
    return attrs.evolve(
        world,
        as_of=world.as_of + dt.timedelta(days=30),
        records=attrs.evolve(
            records,
            members=(*records.members, *(attrs.evolve(member, member_id=id_) for id_ in more)),
            coverage=(*records.coverage, *(attrs.evolve(coverage, member_id=id_) for id_ in more)),
            plans=(*records.plans, *(attrs.evolve(plan, member_id=id_) for id_ in more)),
            staff=(*records.staff, *(attrs.evolve(person, staff_id=id_, role="") for id_ in ("S2", "S3"))),
            relationships=(Relationship("S9", "M2", "family"), Relationship("SX", "M1", "family")),
            encounters=tuple(encounter(base, number, dict(row)) for number, row in enumerate(rows)),
        ),
    )


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, limit=st.booleans(), size=st.sampled_from((1, 3, 100)), seed=st.integers(0, 99))
def test_any_world_is_the_same_in_parts_and_in_any_order(
    rows: list[dict[str, Any]], limit: bool, size: int, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    world = world_of(rows, limit=limit)

    records = shuffled(world.records, seed)

    made = in_parts(records, world.policies, world.as_of, tmp_path_factory.mktemp("any"), rows=size)

    # A facilitator who is words is called by the line on which the words stand first, so that the order shows there.
    assert_same(made, audit(records, world.policies, world.as_of))


def test_members_without_coverage_and_coverage_without_members_are_the_same_in_parts(tmp_path: Path) -> None:
    world = world_of([{"day": 0, "hour": 1, "minutes": 60, "member_id": "M2"}] * 2, limit=False)
    orphans = attrs.evolve(world.records, coverage=(Coverage("M7", "plan", "1", None),))

    assert_parts_are_the_whole(orphans, world.policies, world.as_of, tmp_path)


def test_a_peer_with_most_encounters_is_divided_at_nights(tmp_path: Path) -> None:
    rows = [
        {"day": day, "hour": hour, "minutes": 90, "member_id": f"M{1 + hour % 3}", "staff_id": "S1"}
        for day in range(6)
        for hour in (1, 2, 5)
    ]
    world = world_of([*rows, {"day": 3, "hour": 3, "minutes": 700, "member_id": "M1", "staff_id": "S2"}], limit=False)
    whole = audit(world.records, world.policies, world.as_of)

    made = in_parts(world.records, world.policies, world.as_of, tmp_path, rows=4, largest=6)

    assert [one.code for one in whole.findings if one.code in BY_DAY]
    assert list(made.read_findings()) == [one for one in whole.findings if one.code not in {"PB307", "PB702"}]
    assert len(list((tmp_path / "work" / "peers").iterdir())) > 5
    assert made.not_looked_for[1:] == ()


def test_what_is_not_looked_for_of_a_divided_peer_is_said(tmp_path: Path) -> None:
    rows = [{"day": day, "hour": 1, "minutes": 90, "member_id": "M1", "staff_id": "S1"} for day in range(4)]
    world = world_of(rows, limit=True)

    made = in_parts(world.records, world.policies, world.as_of, tmp_path, rows=1, largest=2)

    assert made.not_looked_for[1] == (
        "Where 1 staff member has more encounters than a worker holds, these were not looked for: PB702. "
        "Check whether one staff_id stands for several people."
    )
    assert "PB702" not in {one.code for one in made.read_findings()}


def test_encounters_of_nobody_are_divided_by_day(tmp_path: Path) -> None:
    rows = [
        {"day": day, "hour": hour, "minutes": 20, "member_id": "", "staff_id": "S1"}
        for day in range(4)
        for hour in (1, 2)
    ]
    world = world_of([*rows, {"day": 1, "hour": 5, "minutes": 60, "member_id": "M1", "staff_id": "S1"}], limit=False)

    assert_parts_are_the_whole(world.records, world.policies, world.as_of, tmp_path)

    assert len(list((tmp_path / "work" / "members").iterdir())) == 5
