"""Rows of other tables that could not be used and may forbid something: what they could concern is held."""

from collections import defaultdict
from collections.abc import Sequence

from peerbill.codes import check_citations
from peerbill.coding.context import Context
from peerbill.coding.holds import known_ids, whom
from peerbill.model.finding import Finding, Severity
from peerbill.model.ids import compact
from peerbill.model.records import Hold, Records

LimitedHold = tuple[Hold, str, frozenset[str]]
"""A hold with the member and the staff members whom it is limited to; "" and nobody are no limit."""


def limits_of(records: Records) -> tuple[LimitedHold, ...]:
    """Return the holds of records that concern somebody, sorted out once for a run; encounters tell who is known."""
    if not records.holds:
        return ()
    known = known_ids(records)
    npis: dict[str, set[str]] = defaultdict(set)
    for person in records.staff:
        npis[compact(person.npi)].add(person.staff_id)
    found: list[LimitedHold] = []
    for hold in records.holds:
        limits = whom(hold, known)
        if limits is not None:
            member_id, staff_id, npi = limits
            people = ({staff_id} | (npis[npi] if npi else set())) - {""}
            found.append((hold, member_id, frozenset(people)))
    return tuple(found)


class RowHolds:
    """What the holds of the records concern."""

    def __init__(self, limits: Sequence[LimitedHold]) -> None:
        self._limits = limits

    def findings(self, contexts: Sequence[Context]) -> list[Finding]:
        """Return an error for each hold that concerns some of the encounters that were not billed before."""
        return [finding for _, finding in self.numbered(contexts)]

    def numbered(self, contexts: Sequence[Context]) -> list[tuple[int, Finding]]:
        """Return the same errors, each with the number of its hold."""
        if not self._limits:
            return []
        left = [(context, _people(context)) for context in contexts if not context.billed]
        by_member: dict[str, list[tuple[Context, frozenset[str]]]] = defaultdict(list)
        by_person: dict[str, list[tuple[Context, frozenset[str]]]] = defaultdict(list)
        for pair in left:
            by_member[pair[0].encounter.member_id].append(pair)
            for staff_id in pair[1]:
                by_person[staff_id].append(pair)
        found = []
        for number, (hold, member_id, people) in enumerate(self._limits):
            among = left
            if member_id:
                among = by_member[member_id]
            elif people:
                among = [pair for staff_id in people for pair in by_person[staff_id]]
            ids = {
                context.encounter.encounter_id
                for context, named in among
                if _concerns(hold, context) and (not people or not people.isdisjoint(named))
            }
            if ids:
                found.append((number, _finding(hold, tuple(sorted(ids)), member_id, min(people, default=""))))
        return found


def _people(context: Context) -> frozenset[str]:
    """Return the staff members whom an encounter or its claim names."""
    encounter = context.encounter
    claimed = (context.rendering_id, context.supervising_id, context.attending_id)
    return frozenset((encounter.staff_id, *encounter.facilitators, *claimed)) - {""}


def _concerns(hold: Hold, context: Context) -> bool:
    day, end = context.day, context.encounter.end
    last = day if end is None else end.date()
    return (
        (not hold.encounter_id or hold.encounter_id == context.encounter.encounter_id)
        and (hold.first is None or last is None or hold.first <= last)
        and (hold.last is None or day is None or day <= hold.last)
        and _is_asked_for(hold, context)
    )


def _is_asked_for(hold: Hold, context: Context) -> bool:
    """Tell whether the encounter's programme asks for what the row is of, where it is a license or an enrollment."""
    if context.rules is None:
        return True
    asked: dict[str, object] = {"licenses": context.rules.license, "enrollments": context.rules.enrollment}
    return bool(asked.get(hold.where.partition(".")[0], True))


def _finding(hold: Hold, ids: tuple[str, ...], member_id: str, staff_id: str) -> Finding:
    return Finding(
        code=hold.code,
        severity=Severity.ERROR,
        encounter_ids=ids,
        where=hold.where,
        message=hold.message,
        fix=hold.fix,
        citations=check_citations(hold.code) or check_citations("PB001"),
        staff_id=staff_id or None,
        member_id=member_id or None,
        template=hold.template,
        values=hold.values,
        pattern=hold.pattern,
    )
