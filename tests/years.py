"""Worlds with earlier years: what was given before, billed, voided, changed or taken out of the tables since."""

import datetime as dt
import functools
import random

import attrs
from defects import EXAMPLES, meta
from worlds import World, as_billed

from peerbill.checks.patterns.scope import PatternScope
from peerbill.intake.workspace import programme_ids, read_agency_policies, read_workspace
from peerbill.model.claim import BilledEncounter
from peerbill.model.claim_state import Standing
from peerbill.model.encounter import Encounter, fingerprint
from peerbill.policy import load_policies

DAYS_BACK = (0, 1, 6, 8, 31, 40, 100, 200, 364, 800, 830, 1500, 3000)
STATES = ("live", "live", "live", "live", "live", "void", "rejected", "changed", "twice", "gone", "new")


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
