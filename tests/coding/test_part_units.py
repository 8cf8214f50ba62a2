"""Whole units where nobody knows how parts of a unit are rounded: never more than any rule gives."""

import itertools
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import as_billed, make_world, told

from peerbill.checks.audit import Audit, audit_index, audit_of, explain
from peerbill.coding.part_units import PartUnits, part_units
from peerbill.coding.units import AGGREGATES, ROUNDINGS
from peerbill.model.claim import BilledEncounter
from peerbill.model.claim_state import Standing

WHOLE = {"plan": {"part_units": "whole"}}


def unit(rounding: str | None, aggregate: str | None) -> str:
    """Return the row of a unit's rule; None is not known."""
    values = {"rounding": rounding, "aggregate": aggregate}
    known = "".join(f'{field} = "{value}"\n' for field, value in values.items() if value is not None)
    unknown = [field for field, value in values.items() if value is None]
    return f'[[peer.unit]]\n{known}{f"unknown = {unknown}" if unknown else ""}\nsource = "manual p. 3"\n'


def day(minutes: list[int], rounding: str | None, aggregate: str | None, **more: Any) -> dict[str, Any]:
    """Return the changes that make one day's contacts of a member and a peer, in order, two hours apart."""
    encounters = {
        f"E{number}": {
            "like": "E1",
            "start": f"2026-03-02T{6 + 2 * number:02}:00",
            "end": f"2026-03-02T{6 + 2 * number + length // 60:02}:{length % 60:02}",
            "created_at": "2026-03-02T23:00",
            "signed_at": "2026-03-02T23:10",
        }
        for number, length in enumerate(minutes, start=1)
    }
    return {"policy": unit(rounding, aggregate), "encounters": encounters, **more}


def billed_units(audit: Audit) -> int:
    return sum(one.units for one in audit.billable)


@given(st.lists(st.integers(1, 100), min_size=1, max_size=4), st.sampled_from([None, *ROUNDINGS]),
       st.sampled_from([None, *AGGREGATES]))  # fmt: skip
def test_whole_units_are_the_least_that_a_rule_gives_and_all_where_the_rules_agree(
    minutes: list[int], rounding: str | None, aggregate: str | None
) -> None:
    whole = billed_units(make_world(day(minutes, rounding, aggregate, payers=WHOLE)).audit())
    rules = itertools.product(
        ROUNDINGS if rounding is None else [rounding], AGGREGATES if aggregate is None else [aggregate]
    )
    by_rule = {billed_units(make_world(day(minutes, *rule)).audit()) for rule in rules}

    assert whole <= min(by_rule)
    assert len(by_rule) > 1 or {whole} == by_rule


@pytest.mark.parametrize(
    ("minutes", "rounding", "aggregate", "units"),
    [
        ([14], None, "encounter", {"E1": None}),
        ([15], None, "encounter", {"E1": 1}),
        ([16], None, "encounter", {"E1": 1}),
        ([29], None, None, {"E1": 1}),
        ([30], None, None, {"E1": 2}),
        ([37, 10], None, None, {"E1": 2, "E2": None}),
        ([20, 20], None, None, {"E1": 1, "E2": 1}),
        ([20, 20], "down", None, {"E1": 1, "E2": 1}),
        ([20, 20], None, "day", {"E1": 2, "E2": 0}),
        ([7, 7], None, "day", {"E1": None, "E2": None}),
        ([8, 7], "up", None, {"E1": 1, "E2": 0}),
        ([8, 8, 7], "midpoint", None, {"E1": 1, "E2": 1, "E3": 0}),
    ],
)
def test_the_units_of_each_contact(
    minutes: list[int], rounding: str | None, aggregate: str | None, units: dict[str, int | None]
) -> None:
    audit = make_world(day(minutes, rounding, aggregate, payers=WHOLE)).audit()

    assert {one.encounter_id: one.units for one in audit.encounters} == units
    assert {one.encounter_id for one in audit.encounters if one.status == "held"} == {
        id_ for id_, number in units.items() if number is None
    }


def test_the_warning_names_what_the_rule_may_add_and_whose_choice_it_is() -> None:
    audit = make_world(day([37, 20, 10], None, None, payers=WHOLE)).audit()
    [first, second, third] = [finding for finding in audit.findings if finding.missing != "unit.aggregate"]

    message = (
        "policy: PB605 unit.rounding and unit.aggregate not known: every rule gives 3 or more units for 57 "
        "minutes, and 3 are billed; the rule may add 2 at most, $40.00"
    )
    assert told([first, second, third]) == [
        f"warning E1 {message}",
        f"warning E2 {message}",
        "error E3 policy: PB605 unit.rounding is not known",
    ]
    [citation] = first.citations
    assert (citation.title, citation.status, citation.where) == (
        "peerbill.toml",
        "agency",
        "[payers.plan] part_units",
    )
    assert first.why_asked == ()


def test_the_record_may_bill_what_a_rule_gives_and_no_more() -> None:
    def recorded(units: int) -> list[str]:
        changes = day([37], None, "encounter", payers=WHOLE)
        changes["encounters"]["E1"]["billed_units"] = str(units)
        return [one for one in told(make_world(changes).audit().findings) if "PB103" in one]

    assert recorded(2) == recorded(3) == []
    [fewer] = recorded(1)
    [more] = recorded(4)
    assert fewer.endswith("PB103 1 units are recorded, and 37 minutes make 2 to 3")
    assert more.endswith("PB103 4 units are recorded, and 37 minutes make 2 to 3")


def test_explain_shows_the_step() -> None:
    world = make_world(day([37], None, None, payers=WHOLE))
    [step] = [step for step in explain(world.records, world.policies, world.as_of, "E1").steps if step.name == "units"]

    assert step.sentence == (
        "37 minutes are 2 whole units and 7 minutes; no source says what a part counts: 2 units are billed, which "
        "every rule gives (part_units is whole)."
    )
    assert (step.status, step.citations[0].where) == ("agency", "[payers.plan] part_units")


def left(changes: dict[str, Any], history: tuple[BilledEncounter, ...] = ()) -> list[PartUnits]:
    world = make_world(changes)
    index = audit_index(world.records, world.policies, world.as_of, history)
    return part_units(audit_of(index, world.policies)[1].values(), history)


def sent(changes: dict[str, Any]) -> tuple[BilledEncounter, ...]:
    return tuple(as_billed(one) for one in make_world(changes).audit().billable)


@pytest.mark.parametrize("aggregate", [None, *AGGREGATES])
def test_what_the_rule_may_add_is_open_before_and_after_billing(aggregate: str | None) -> None:
    changes = day([37, 20], None, aggregate, payers=WHOLE)
    before = left(changes)
    after = left(changes, sent(changes))

    assert {(line.claim_id, line.is_known) for line in before} == {("", False)}
    assert {(line.claim_id, line.is_known) for line in after} == {("C1", False)}
    assert sum(line.units for line in before) == sum(line.units for line in after)
    assert [attrs.evolve(line, claim_id="") for line in after] == before


@pytest.mark.parametrize(
    ("rounding", "more"), [("down", []), ("midpoint", []), ("past-midpoint", []), ("up", [("E1", 1)])]
)
def test_once_the_rule_is_known_what_it_adds_to_sent_claims_is_known(
    rounding: str, more: list[tuple[str, int]]
) -> None:
    history = sent(day([37], None, "encounter", payers=WHOLE))
    found = left(day([37], rounding, "encounter", payers=WHOLE), history)

    assert [(*line.encounter_ids, line.units) for line in found] == more
    assert all(line.is_known and line.charge == Decimal("20.00") for line in found)


def test_nothing_is_said_of_a_line_of_which_a_contact_was_deleted() -> None:
    history = sent(day([37, 20], None, "day", payers=WHOLE))
    changes = day([37, 20], "up", "day", payers=WHOLE)
    assert [line.units for line in left(changes, history)] == [1]

    changes["encounters"]["E1"] = False
    assert left(changes, history) == []


OPEN = day([37], None, "encounter", payers=WHOLE)


def test_only_what_stands_with_the_first_payer_is_billed() -> None:
    first = sent(OPEN)
    rejected = tuple(attrs.evolve(one, standing=Standing.REJECTED) for one in first)
    later = tuple(attrs.evolve(one, claim_id="C2", payer_turn=2) for one in first)

    assert [(line.claim_id, line.units) for line in left(OPEN, first)] == [("C1", 1)]
    assert [(line.claim_id, line.units) for line in left(OPEN, rejected)] == [("", 1)]
    assert [(line.claim_id, line.units) for line in left(OPEN, (*first, *later))] == [("C1", 1)]


@pytest.mark.parametrize(
    ("of_e1", "payers", "more"),
    [
        ({}, {}, [1]),
        ({"place": ""}, {}, []),
        ({"end": "2026-03-02T08:45"}, {}, []),
        ({"end": ""}, {}, []),
        ({}, {"part_units": "hold"}, []),
        ({}, {"charges": {"H0038": False}}, []),
    ],
)
def test_nothing_is_open_of_what_cannot_be_billed(
    of_e1: dict[str, str], payers: dict[str, Any], more: list[int]
) -> None:
    changes = day([37], None, "encounter", payers={"plan": {**WHOLE["plan"], **payers}})
    changes["encounters"]["E1"] |= of_e1

    assert [line.units for line in left(changes)] == more


def test_nothing_is_known_of_what_was_billed_once_its_charge_is_gone() -> None:
    history = sent(OPEN)
    known = day([37], "up", "encounter", payers=WHOLE)
    without = {**known, "payers": {"plan": {**WHOLE["plan"], "charges": {"H0038": False}}}}

    assert [line.units for line in left(known, history)] == [1]
    assert left(without, history) == []
