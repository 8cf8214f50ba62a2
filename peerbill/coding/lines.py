"""Which encounters make one service line, and how a line's minutes become the units of each of them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import attrs

from peerbill.coding.authorizations import allocate
from peerbill.coding.context import Allocated, Context, Group, UnitRule
from peerbill.coding.second_service import second_services
from peerbill.coding.units import possible_units_of_encounters
from peerbill.model.encounter import duration

Line = Sequence[Context]
"""Encounters whose minutes are looked at together, in order of start."""


def leaves_time(context: Context) -> bool:
    """Tell whether breaks and travel leave a whole minute of an encounter whose times are complete."""
    encounter = context.encounter
    away = (encounter.break_minutes or 0) + (encounter.travel_minutes or 0)
    lasted = duration(encounter) if away else None
    if lasted is None:
        return True
    inside = dt.timedelta(minutes=away) < lasted
    return inside and (context.minutes is None or context.minutes > 0)


def counts_alone(unit: UnitRule) -> bool:
    """Tell whether an encounter's units depend on it alone; where that is not known, they may depend on its day."""
    return unit.per == "service" or (unit.per == "minutes" and (unit.continuous or unit.aggregate == "encounter"))


def lines_of(contexts: Iterable[Context]) -> list[Line]:
    """Return the encounters whose minutes are looked at together: those of one line where a day's are added."""
    lines: list[Line] = []
    together: dict[object, list[Context]] = defaultdict(list)
    for context in contexts:
        coding = context.coding
        if context.billed or coding is None or context.minutes is None or not leaves_time(context):
            continue
        key = None if counts_alone(coding.unit) else context.line_key
        if key is None:
            lines.append([context])
        else:
            together[key, context.programme and context.programme.id].append(context)
    for line in together.values():
        # What a held encounter will add to its day is known once it is free; alone on its day, it is known now.
        free = [context for context in line if not context.held] if len(line) > 1 else line
        if free:
            lines.append(free)
    return lines


def share_units(line: Line) -> None:
    """Give each encounter of a line its units."""
    shares = line_units(line)
    if shares is None:
        whole = whole_units(line)
        shares = tuple(whole.get(context.encounter.encounter_id) for context in line)
    for context, units in zip(line, shares, strict=True):
        context.units = units


def share_again(lines: Iterable[Line]) -> list[Line]:
    """Add a day's minutes again where a limit holds some of its encounters; return what is left of these lines."""
    left: list[Line] = []
    for line in lines:
        if len(line) == 1:  # as nearly all are
            continue
        free = [context for context in line if not context.held]
        if 0 < len(free) < len(line):
            share_units(free)
            left.append(free)
    return left


def line_units(line: Line) -> tuple[int | None, ...] | None:
    """Return the units of each encounter of one line, in order of start, or None where they are not known."""
    found = open_line_units(line)
    return next(iter(found)) if len(found) == 1 else None


def open_line_units(line: Line) -> frozenset[tuple[int, ...]]:
    """Return every answer that the unit's rule leaves open for a line."""
    coding = line[0].coding
    if coding is None:
        return frozenset()
    return possible_line_units(line, coding.unit, coding.unit.rounding, coding.unit.aggregate)


def bills_whole_units(context: Context) -> bool:
    """Tell whether the payer is billed the units that every rule gives, where nobody knows how parts are rounded."""
    return context.payer is not None and context.payer.part_units == "whole"


def whole_units(line: Line) -> Mapping[str, int]:
    """Return the units that every rule gives a line at least, by encounter id; nothing for a payer that holds.

    Where nobody knows whether a day's minutes are added, and that changes the line's units, a contact that may make no
    unit by itself is left out: under one of the rules it is not billed. The line's units are then the least that any
    rule gives the others, which is never more than it gives all of them. A line of which the least is 0 has none.
    """
    coding = line[0].coding
    if coding is None or not bills_whole_units(line[0]):
        return {}
    counting, answers = line, open_line_units(line)
    if coding.unit.aggregate is None and len(set(map(sum, answers))) > 1:
        counting = [context for context in line if min(map(sum, open_line_units([context])), default=0) > 0]
        answers = open_line_units(counting) if counting else frozenset()
    least = min(answers, key=lambda units: (sum(units), units), default=())
    if not sum(least):
        return {}
    ids = (context.encounter.encounter_id for context in counting)
    return dict(zip(ids, least, strict=True))


def units_at_most(line: Line) -> int:
    """Return the most units that some rule gives a line."""
    return max(map(sum, open_line_units(line)), default=0)


def possible_line_units(
    line: Line, unit: UnitRule, rounding: str | None, aggregate: str | None
) -> frozenset[tuple[int, ...]]:
    """Return the answers that differ: adding changes nothing where every contact makes units and the sum is one."""
    minutes = [context.minutes or 0 for context in line]
    if len(minutes) == 1 or aggregate is not None:
        return _answers(minutes, unit, rounding, aggregate or "encounter")
    apart = _answers(minutes, unit, rounding, "encounter")
    found = apart | _answers(minutes, unit, rounding, "day")
    if len(apart) == 1 and all(min(units) > 0 for units in apart) and len({sum(units) for units in found}) == 1:
        return apart
    return found


def _answers(minutes: list[int], unit: UnitRule, rounding: str | None, aggregate: str) -> frozenset[tuple[int, ...]]:
    return possible_units_of_encounters(
        minutes,
        per=unit.per,
        unit_minutes=unit.minutes,
        rounding=rounding,
        aggregate=aggregate,
        minimum_minutes=unit.minimum_minutes,
        continuous=unit.continuous,
    )


def mark_second_services(contexts: Iterable[Context]) -> list[Context]:
    """Mark what is a member's second line of a day as the payer wants it; return the encounters marked."""
    of_member: dict[str, list[Context]] = defaultdict(list)
    for context in contexts:
        if context.payer is not None and context.payer.second_service is not None:
            of_member[context.encounter.member_id].append(context)
    marked: list[Context] = []
    for member_id, those in of_member.items():
        marks = second_services(those, those[0].index.history.of_member.get(member_id, ()))
        for context in those:
            modifiers = marks.get(context.encounter.encounter_id)
            if modifiers is None or context.coding is None or modifiers == context.modifiers:
                continue
            context.coding = attrs.evolve(context.coding, modifiers=modifiers)
            marked.append(context)
    return marked


def allocate_authorizations(by_member: Iterable[Group]) -> tuple[list[Group], Mapping[str, Allocated]]:
    """Return the members' groups with what each encounter gets of the authorizations, and that by encounter id."""
    groups: list[Group] = []
    every: dict[str, Allocated] = {}
    for group in by_member:
        index = group.index
        rows = index.authorizations.get(group.key, ())
        found = allocate(group.contexts, rows, index.history.with_any_payer.get(group.key, ())) if rows else {}
        groups.append(attrs.evolve(group, allocated=found) if found else group)
        every.update(found)
    return groups, every
