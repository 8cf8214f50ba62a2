"""Which authorization covers which encounter, and whose units are used up: for PB511, PB512 and the claims."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from peerbill.coding.context import Allocated, Context, in_force
from peerbill.model.claim import BilledEncounter
from peerbill.model.line_key import LineKey
from peerbill.model.people import Authorization

NOTHING = Allocated()


def matching_authorizations(context: Context) -> list[Authorization]:
    """Return the authorizations for the payer, code, day and modifiers, the earliest end first."""
    if context.payer is None or context.day is None or not context.hcpcs:
        return []
    found = [
        row
        for row in context.index.authorizations.get(context.encounter.member_id, ())
        if row.payer == context.payer.key
        and row.hcpcs == context.hcpcs
        and row.from_ is not None
        and in_force(row, context.day)
        and (not row.modifiers or set(row.modifiers) == set(context.modifiers))
    ]
    return sorted(found, key=lambda row: (row.to or dt.date.max, row.number))


def allocate(
    contexts: Iterable[Context], rows: Sequence[Authorization], sent: Iterable[BilledEncounter]
) -> Mapping[str, Allocated]:
    """Return by encounter id what each of a member's encounters gets of the authorizations `rows`.

    Units that the ledger holds (`sent`, of every payer) count first, then those of `contexts`, in order of start, then
    id; encounters that are billed, held or without units get nothing and use nothing. A line carries one number: its
    encounters share the first authorization with room for all of them.
    """
    if not rows:
        return {}
    used: dict[Authorization, int] = {}
    for one in sent:
        for row in rows:
            if _is_used_by(row, one):
                used[row] = used.get(row, 0) + one.units
    asking = [one for one in contexts if not (one.billed or one.held or one.units is None)]
    of_line = defaultdict[LineKey | None, int](int)
    for context in asking:
        of_line[context.line_key] += context.units or 0
    of_lines: dict[LineKey | None, Authorization] = {}
    found: dict[str, Allocated] = {}
    for context in asking:
        fitting = matching_authorizations(context)
        units = context.units
        if not fitting or units is None:
            continue
        key = context.line_key
        chosen = of_lines.get(key)
        if chosen is None:
            room = (row for row in fitting if _has_room(row, used, of_line[key]))
            chosen = next(room, next((row for row in fitting if _has_room(row, used, units)), None))
        if chosen is not None and _has_room(chosen, used, units):
            of_lines[key] = chosen
            used[chosen] = used.get(chosen, 0) + units
            found[context.encounter.encounter_id] = Allocated(chosen)
        else:
            last = chosen or fitting[-1]
            used[last] = (last.units or 0) + 1
            found[context.encounter.encounter_id] = Allocated(used_up=last)
    return found


def _is_used_by(row: Authorization, sent: BilledEncounter) -> bool:
    """Tell whether units that the ledger holds were billed under a row: one number may stand in several."""
    return (
        sent.authorization == row.number
        and sent.payer == row.payer
        and sent.hcpcs == row.hcpcs
        and (not row.modifiers or set(row.modifiers) == set(sent.modifiers))
        and in_force(row, sent.start.date())
    )


def _has_room(row: Authorization, used: Mapping[Authorization, int], units: int) -> bool:
    return row.units is None or used.get(row, 0) + units <= row.units
