"""An audit of the part that matters finds what an audit of everything does, to the letter."""

import random
from typing import Any

import attrs
import pytest
from defects import EXAMPLES
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import FIXTURES, World, as_billed, cases, make_world
from years import DAYS_BACK, STATES, example, kept, with_years

from peerbill.checks.audit import Audit, audit_index, audit_of, can_be_scoped, prepared, without_settled
from peerbill.checks.passes import usual_spans
from peerbill.coding.context import Context, Index
from peerbill.coding.history import earliest_that_matters
from peerbill.coding.settled import Scoped, scoped, unchanged
from peerbill.model.claim import SecondService
from peerbill.model.history import Reach


def whole(world: World) -> Audit:
    """Return the audit of all that a workspace and its ledger hold."""
    return audit_of(index_of(world), world.policies, patterns=world.patterns)[0]


def index_of(world: World) -> Index:
    return audit_index(
        world.records,
        world.policies,
        world.as_of,
        world.history,
        world.eligibility,
        purged_before=world.purged_before,
    )


def shown(context: Context) -> tuple[object, ...]:
    """Return what a work list takes of an encounter of an audit."""
    id_, line = context.encounter.encounter_id, context.line_key
    return (id_, line, context.billed, context.held, context.minutes, context.units)


def assert_kept_apart_is_the_same(world: World) -> None:
    """Hold an audit of all encounters against one that keeps what is settled apart, with what each came to."""
    index = index_of(world)
    found, contexts = audit_of(index, world.policies)
    again, apart = audit_of(without_settled(index, world.policies), world.policies)

    assert again == found
    assert list(map(shown, apart.values())) == list(map(shown, contexts.values()))


def part_of(world: World) -> Scoped:
    records = prepared(world.records, world.policies)
    assert can_be_scoped(records, world.policies)
    return scoped(records, world.policies, unchanged(records.encounters, world.history))


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_with_earlier_years(name: str) -> None:
    rng = random.Random(name)  # noqa: S311  # made data, the same each time
    world = with_years(example(name), rng, 40)
    billed = rng.sample(world.audit().billable, 5)
    world = attrs.evolve(world, history=(*world.history, *map(as_billed, billed)))

    assert world.audit() == whole(world)
    assert_kept_apart_is_the_same(world)


def test_cases_with_earlier_years() -> None:
    settled = 0
    for path in sorted(FIXTURES.glob("PB*.toml")):
        for name, case in list(cases(path.stem).items())[::12]:
            world = with_years(make_world(case), random.Random(name), 12)  # noqa: S311  # as above

            assert world.audit() == whole(world), (path.stem, name)
            if can_be_scoped(world.records, world.policies):
                settled += len(part_of(world).settled)
    assert settled > 100


STATUSES = ("billable", "billed", "held", "rejected")
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
    assert_kept_apart_is_the_same(world)


def without_long_past(world: World) -> World:
    """Return a world whose tables lack what is settled and before all that what is left to bill looks at."""
    records = prepared(world.records, world.policies)
    billed = unchanged(records.encounters, world.history)
    days = [row.start.date() for row in records.encounters if row.encounter_id not in billed and row.start is not None]
    if not days or not can_be_scoped(records, world.policies):
        return world
    usual = [begins for begins, _ in usual_spans(days, world.as_of)]
    before = min((*usual, earliest_that_matters(world.policies, min(days))))
    settled = scoped(records, world.policies, billed).settled
    gone = {row.encounter_id for row in settled if row.start is not None and row.start.date() < before}
    rows = tuple(row for row in world.records.encounters if row.encounter_id not in gone)
    return attrs.evolve(world, records=attrs.evolve(world.records, encounters=rows, not_read=len(gone)))


def test_what_is_long_past_may_be_left_out() -> None:
    left_out = 0
    worlds = [with_years(example(name), random.Random(name), 40) for name in EXAMPLES]  # noqa: S311  # as above
    worlds += [
        with_years(make_world(case), random.Random(name), 12)  # noqa: S311  # as above
        for path in sorted(FIXTURES.glob("PB*.toml"))
        for name, case in list(cases(path.stem).items())[::9]
    ]
    for world in worlds:
        short = without_long_past(world)
        full, found = world.audit(), short.audit()
        ids = {row.encounter_id for row in short.records.encounters}
        left_out += short.records.not_read

        assert found.findings == full.findings
        assert found.billable == full.billable
        assert list(found.encounters) == [
            row for row in full.encounters if row.encounter_id in ids or row.status == "rejected"
        ]
        assert {word: found.count(word) for word in STATUSES} == {word: full.count(word) for word in STATUSES}
    assert left_out > 100


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
