"""Days worked by hand for each state, `fixtures/states/xx.toml`, come out as the hand says.

A case is a change of the base world of `fixtures/checks/base.toml` (its tables, by row name), and besides:
`programme` (STATE/PROGRAMME), `why` (the arithmetic, with who says each figure), `credential` (of both peers, issued by
the state), `agency` (rows of an agency's own policy file; its source is "example"), `charges` (none by default, so that
the state's rate counts) and `expect` (what becomes of every encounter, one line each).
"""

import functools
import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest
from worlds import World, make_world

from peerbill.checks.audit import Audit
from peerbill.model.finding import Severity
from peerbill.policy import load_policies, packaged_states

FOLDER = Path(__file__).parents[2] / "fixtures" / "states"
EXAMPLE = '[source.example]\ntitle = "Example value, not a real rule"\nkind = "primary"\n'
NUMBERS = dict(
    enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    )
)
OWN = {"programme", "why", "credential", "agency", "charges", "expect"}


@functools.cache
def cases(state: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{state}.toml").read_text(encoding="utf-8"))


ALL = [(path.stem, name) for path in sorted(FOLDER.glob("*.toml")) for name in cases(path.stem)]


def make_state_world(case: dict[str, Any]) -> World:
    """Return the base world moved into a state, with a case's changes."""
    programme = case["programme"]
    state = programme.partition("/")[0]
    patch = {key: value for key, value in case.items() if key not in OWN}
    certificate = {"state": state, "credential": case.get("credential", "CPS")}
    given = patch.setdefault("credentials", {})
    for name in ("first", "second"):
        if given.get(name) is not False:
            given[name] = certificate | given.get(name, {})
    world = make_world(patch)
    policies = load_policies(
        [programme], {"policies/case.toml": f'state = "{state}"\n{EXAMPLE}{case.get("agency", "")}'}
    )
    settings = world.records.settings
    charges = {code: Decimal(amount) for code, amount in case.get("charges", {}).items()}
    payer = attrs.evolve(settings.payers["plan"], policy=(programme,), charges=charges)
    settings = attrs.evolve(settings, payers={"plan": payer})
    return attrs.evolve(world, records=attrs.evolve(world.records, settings=settings), policies=policies)


def outcome(result: Audit) -> list[str]:
    """Return what became of every encounter, one line each."""
    charges = {one.encounter.encounter_id: one.unit_charge * one.units for one in result.billable}
    lines = []
    for row in result.encounters:
        errors = {
            one.code
            for one in result.findings
            if one.severity is Severity.ERROR and row.encounter_id in one.encounter_ids
        }
        if row.status == "billable":
            code = ":".join((row.hcpcs, *row.modifiers))
            lines.append(
                f"{row.encounter_id} billable: {row.minutes} minutes, {row.units} units of {code}, "
                f"{charges[row.encounter_id]:.2f}"
            )
        else:
            lines.append(f"{row.encounter_id} {row.status}: {', '.join(sorted(errors))}")
    return lines


@pytest.mark.parametrize(("state", "name"), ALL, ids=[f"{state}: {name}" for state, name in ALL])
def test_day_worked_by_hand(state: str, name: str) -> None:
    case = cases(state)[name]
    result = make_state_world(case).audit()

    assert outcome(result) == case["expect"], [f"{one.code} {one.message}" for one in result.findings]


@pytest.mark.parametrize(("state", "name"), ALL, ids=[f"{state}: {name}" for state, name in ALL])
def test_worked_day_says_why(state: str, name: str) -> None:
    """The arithmetic comes to the units of each encounter that is billed, as a figure or as a word."""
    case = cases(state)[name]
    units = {int(found[1]) for line in case["expect"] if (found := re.search(r", (\d+) units of ", line))}
    said = set(re.findall(r"[\w.]+\b", case["why"].casefold()))

    assert case["programme"].startswith(f"{state.upper()}/")
    assert [number for number in units if said.isdisjoint({str(number), NUMBERS.get(number, "")})] == []
    assert case["why"].split()


def test_every_packaged_state_has_a_worked_day() -> None:
    assert {path.stem.upper() for path in FOLDER.glob("*.toml")} == set(packaged_states())
