"""An audit of the part that matters finds what an audit of everything does, to the letter."""

import datetime as dt
import functools
import random
from typing import Any

import attrs
import pytest
from defects import EXAMPLES, meta
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import FIXTURES, World, as_billed, cases, make_world

from peerbill.checks.audit import Audit, audit_index, audit_of, can_be_scoped, prepared
from peerbill.checks.patterns.scope import PatternScope
from peerbill.coding.settled import Scoped, scoped, unchanged
from peerbill.intake.workspace import programme_ids, read_agency_policies, read_workspace
from peerbill.model.claim import BilledEncounter, SecondService
from peerbill.model.claim_state import Standing
from peerbill.model.encounter import Encounter, fingerprint
from peerbill.model.history import Reach
from peerbill.policy import load_policies

DAYS_BACK = (0, 1, 6, 8, 31, 40, 100, 200, 364, 800, 1500, 3000)
STATES = ("live", "live", "live", "live", "live", "void", "rejected", "changed", "twice", "gone", "new")


def whole(world: World) -> Audit:
    """Return the audit of all that a workspace and its ledger hold."""
    index = audit_index(world.records, world.policies, world.as_of, world.history, world.eligibility)
    return audit_of(index, world.policies, patterns=world.patterns)[0]


def part_of(world: World) -> Scoped:
    records = prepared(world.records, world.policies)
    assert can_be_scoped(records, world.policies)
    return scoped(records, world.policies, unchanged(records.encounters, world.history))


def kept(world: World, encounter: Encounter, row: BilledEncounter, number: int, back: int, state: str) -> World:
    """Return a world in which an encounter was given before, some days earlier, and billed."""
    by = dt.timedelta(days=back)
    if encounter.start is None or encounter.end is None:
        return world
    old = attrs.evolve(
        encounter, encounter_id=f"K{number}", start=encounter.start - by, end=encounter.end - by, line=1000 + number
    )
    sent = attrs.evolve(
        row,
        encounter_id=old.encounter_id,
        member_id=old.member_id,
        staff_id=old.staff_id,
        start=encounter.start - by,
        end=encounter.end - by,
        fingerprint=fingerprint(old) if state != "changed" else "0" * 64,
        standing={"void": Standing.VOID, "rejected": Standing.REJECTED}.get(state, Standing.LIVE),
        claim_id=f"C{number}",
    )
    rows = [sent]
    if state == "twice":
        rows.append(attrs.evolve(sent, payer_turn=2, claim_id=f"D{number}"))
    there = (*world.records.encounters, old) if state != "gone" else world.records.encounters
    records = attrs.evolve(world.records, encounters=there)
    if state == "new":
        rows = []
    history = tuple(sorted((*world.history, *rows), key=lambda one: (one.encounter_id, one.payer_turn)))
    return attrs.evolve(world, records=records, history=history)


def with_years(world: World, rng: random.Random, rows: int) -> World:
    """Return a world with earlier years: what can be billed in it, given before by the same people and by others."""
    found = world.audit().billable
    if not found:
        return world
    made = world
    for number in range(rows):
        one = rng.choice(found)
        member = rng.choice((one.encounter.member_id, "M-of-old", "M-of-older"))
        staff = rng.choice((one.encounter.staff_id, "S-of-old"))
        others = rng.choice(((), (), (one.encounter.staff_id,), one.encounter.facilitators))
        encounter = attrs.evolve(one.encounter, member_id=member, staff_id=staff, facilitators=others)
        made = kept(made, encounter, as_billed(one), number, rng.choice(DAYS_BACK), rng.choice(STATES))
    return made


@functools.cache
def example(name: str) -> World:
    folder = EXAMPLES[name]
    records = read_workspace(folder)
    policies = load_policies(programme_ids(records.settings), read_agency_policies(folder))
    return World(records, policies, meta(name)["as_of"], patterns=PatternScope())


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_with_earlier_years(name: str) -> None:
    rng = random.Random(name)  # noqa: S311  # made data, the same each time
    world = with_years(example(name), rng, 40)
    billed = rng.sample(world.audit().billable, 5)
    world = attrs.evolve(world, history=(*world.history, *map(as_billed, billed)))

    assert world.audit() == whole(world)


def test_cases_with_earlier_years() -> None:
    settled = 0
    for path in sorted(FIXTURES.glob("PB*.toml")):
        for name, case in list(cases(path.stem).items())[::12]:
            world = with_years(make_world(case), random.Random(name), 12)  # noqa: S311  # as above

            assert world.audit() == whole(world), (path.stem, name)
            if can_be_scoped(world.records, world.policies):
                settled += len(part_of(world).settled)
    assert settled > 100


ROWS = st.tuples(
    st.sampled_from(DAYS_BACK), st.sampled_from(STATES), st.sampled_from(("M1", "M2")), st.sampled_from(("S1", "S9"))
)


@settings(max_examples=30, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=8))
def test_any_earlier_days(rows: list[tuple[int, str, str, str]]) -> None:
    world = make_world()
    one = world.audit().billable[0]
    for number, (back, state, member, staff) in enumerate(rows):
        encounter = attrs.evolve(one.encounter, member_id=member, staff_id=staff)
        world = kept(world, encounter, as_billed(one), number, back, state)

    assert world.audit() == whole(world)


def test_what_is_near_stays() -> None:
    """Of the members and peers that something is left to bill of, and of those who gave it together."""
    world = make_world()
    one = world.audit().billable[0]
    before: tuple[tuple[int, dict[str, Any]], ...] = (
        (1, {}),
        (900, {}),
        (800, {}),
        (1, {"member_id": "M2"}),
        (900, {"member_id": "M2"}),
        (1, {"member_id": "M2", "staff_id": "S9"}),
        (1, {"member_id": "M2", "staff_id": "S9", "facilitators": ("S1",)}),
    )
    for number, (back, changes) in enumerate(before):
        world = kept(world, attrs.evolve(one.encounter, **changes), as_billed(one), number, back, "live")
    part = part_of(world)

    assert [row.encounter_id for row in part.records.encounters] == ["E1", "K0", "K3", "K6"]
    assert [row.encounter_id for row in part.settled] == ["K1", "K2", "K4", "K5"]
    assert part.history[0].encounter_ids == {"E1", "K0", "K3", "K6"}


def test_what_is_left_of_old_days_reaches_back_for_its_own_people_alone() -> None:
    world = make_world()
    one = world.audit().billable[0]
    before: tuple[tuple[int, str, str, str], ...] = (
        (800, "M2", "S9", "new"),
        (799, "M2", "S8", "live"),
        (799, "M3", "S9", "live"),
        (799, "M3", "S8", "live"),
        (799, "M1", "S1", "live"),
        (900, "M1", "S1", "live"),
    )
    for number, (back, member, staff, state) in enumerate(before):
        encounter = attrs.evolve(one.encounter, member_id=member, staff_id=staff)
        world = kept(world, encounter, as_billed(one), number, back, state)
    part = part_of(world)

    assert [row.encounter_id for row in part.settled] == ["K3", "K4", "K5"]
    assert {row.encounter_id for row in Reach.of(part.history).within(world.history)} == {"K1", "K2"}


def test_what_may_look_farther_is_audited_whole() -> None:
    """An agency's own checks, second services as they were sent, and hours since a meeting, however long ago."""
    hours = '[[peer.supervision]]\nservice_hours = 20\nsource = "manual p. 8"\n'
    plain, counted = make_world(), make_world({"policy": hours})
    payers = {
        key: attrs.evolve(payer, second_service=SecondService(same_peer="76"))
        for key, payer in plain.records.settings.payers.items()
    }
    marked = attrs.evolve(plain.records, settings=attrs.evolve(plain.records.settings, payers=payers))

    assert can_be_scoped(plain.records, plain.policies)
    assert not can_be_scoped(marked, plain.policies)
    assert not can_be_scoped(counted.records, counted.policies)
