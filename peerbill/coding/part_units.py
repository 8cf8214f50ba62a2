"""What a payer is billed less than a rule may give, since nobody knows yet how parts of a unit are rounded.

Where `[payers.KEY] part_units` is "whole", the units that every rule gives at least are billed. Once the rule is known,
claims that were sent can be replaced by what it gives.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

import attrs

from peerbill.coding.context import Context
from peerbill.coding.lines import Line, bills_whole_units, counts_alone, open_line_units, units_at_most
from peerbill.model.claim import BilledEncounter
from peerbill.model.claim_state import Standing
from peerbill.model.finding import Citation
from peerbill.model.line_key import LineKey, line_of_billed
from peerbill.policy import Status


def agency_choice(payer: str) -> Citation:
    """Return the citation of an agency's choice to bill whole units."""
    return Citation(title="peerbill.toml", status=Status.AGENCY.value, where=f"[payers.{payer}] part_units")


@attrs.frozen
class PartUnits:
    """The units of a line beyond what is billed.

    Attributes:
        payer: the key of `[payers]`.
        programme: STATE/PROGRAMME.
        encounter_ids: the encounters of the line, in order of start.
        claim_id: the claim that bills them, "" where they were not billed yet.
        units: beyond what is billed; at most, where the rule is not known.
        charge: of these units, in dollars.
        is_known: whether the rule is known, so that the claim can be replaced.

    """

    payer: str
    programme: str
    encounter_ids: tuple[str, ...]
    claim_id: str
    units: int
    charge: Decimal
    is_known: bool


def part_units(contexts: Iterable[Context], history: Iterable[BilledEncounter]) -> list[PartUnits]:
    """Return what a rule adds, or may add, to encounters that can be billed or were billed unchanged.

    `contexts` are those of an audit, `history` is what the ledger has.
    """
    sent: dict[LineKey, list[BilledEncounter]] = defaultdict(list)
    rows: dict[str, BilledEncounter] = {}
    for row in history:
        if (row.standing, row.payer_turn) == (Standing.LIVE, 1):
            sent[line_of_billed(row)].append(row)
            rows[row.encounter_id] = row
    lines: dict[object, list[Context]] = defaultdict(list)
    for context in contexts:
        id_ = context.encounter.encounter_id
        billed = rows.get(id_) if context.billed else None
        if context.coding is None or context.minutes is None or (billed is None and (context.billed or context.held)):
            continue
        key = context.line_key if billed is None else line_of_billed(billed)
        lines[id_ if counts_alone(context.coding.unit) else (billed is None, key)].append(context)
    found = []
    for line in lines.values():
        ids = [context.encounter.encounter_id for context in line]
        of_line = [rows[id_] for id_ in ids] if line[0].billed else []
        # Of a line of which something was changed or deleted, nobody can say what it would make whole.
        alone = len(line) == 1 and line[0].coding is not None and counts_alone(line[0].coding.unit)
        if not of_line or alone or len(sent[line_of_billed(of_line[0])]) == len(of_line):
            found.append(_more(line, of_line))
    return [more for more in found if more is not None]


def _more(line: Line, billed: Sequence[BilledEncounter]) -> PartUnits | None:
    """Return what the rule adds, or may add, to a line; `billed` is what the ledger has of it."""
    first = line[0]
    if first.coding is None or first.payer is None or first.programme is None or first.coding.unit_charge is None:
        return None
    unit = first.coding.unit
    is_known = unit.per != "minutes" or (unit.rounding is not None and unit.aggregate is not None)
    if not billed and (is_known or not bills_whole_units(first)):
        return None
    units = sum(row.units for row in billed) if billed else sum(context.units or 0 for context in line)
    most = first.units or 0 if is_known and len(line) == 1 else units_at_most(line)
    more = most - units
    if more <= 0:
        return None
    return PartUnits(
        payer=first.payer.key,
        programme=first.programme.id,
        encounter_ids=tuple(context.encounter.encounter_id for context in line),
        claim_id=billed[0].claim_id if billed else "",
        units=more,
        charge=more * first.coding.unit_charge,
        is_known=len(open_line_units(line)) == 1,
    )
