"""What became of an encounter."""

from decimal import Decimal

import attrs

from peerbill.coding.context import Context
from peerbill.coding.explanation import charge_of
from peerbill.model.quick import quick


@quick
@attrs.frozen
class AuditedEncounter:
    """What became of one encounter.

    `status`: billable, billed, held or rejected; minutes, units and charge (dollars) None: unknown.
    """

    encounter_id: str
    minutes: int | None
    units: int | None
    hcpcs: str
    modifiers: tuple[str, ...]
    status: str
    charge: Decimal | None = None


def status_of(context: Context) -> str:
    """Return billable, billed or held."""
    return "billed" if context.billed else "held" if context.held else "billable"


def audited_encounter(context: Context) -> AuditedEncounter:
    """Return what became of an encounter that was worked out and checked."""
    coding = context.coding
    return AuditedEncounter(  # by position, as in `_billable`
        context.encounter.encounter_id,
        context.minutes,
        context.units,
        coding.hcpcs if coding is not None else "",
        coding.modifiers if coding is not None else (),
        status_of(context),
        charge_of(context),
    )
