"""A day worked by hand, as `fixtures/states/xx.toml` writes it, and what the audit makes of it.

A case is a change of the base world of `fixtures/checks/base.toml` (its tables, by row name), and besides:
`programme` (STATE/PROGRAMME), `why` (the arithmetic, with who says each figure), `credential` (of both peers, issued by
the state), `agency` (rows of an agency's own policy file; its source is "example"), `charges` (none by default, so that
the state's rate counts) and `expect` (what becomes of every encounter, one line each).
"""

from decimal import Decimal
from typing import Any

import attrs
from worlds import World, make_world

from peerbill.checks.audit import Audit
from peerbill.model.finding import Severity
from peerbill.policy import load_policies

EXAMPLE = '[source.example]\ntitle = "Example value, not a real rule"\nkind = "primary"\n'
OWN = {"programme", "why", "credential", "agency", "charges", "expect"}


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
