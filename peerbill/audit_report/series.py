"""The series of the plots: minutes beside the boundaries of units, units a day beside the limit, findings by peer."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from peerbill.audit_report.values import DailyUnits, FindingEvidence, HeatCell, MinutesCurve
from peerbill.checks.limits import units_a_day
from peerbill.coding.context import Context, UnitRule
from peerbill.coding.minutes import own_units

_DAY_MINUTES = 24 * 60


def minutes_curves(contexts: Iterable[Context]) -> tuple[MinutesCurve, ...]:
    """Return how long the encounters of each programme were, where a unit is a stretch of minutes."""
    found: dict[tuple[str, UnitRule], Counter[int]] = defaultdict(Counter)
    for context in contexts:
        if context.coding is None or context.programme is None or context.minutes is None or context.is_void:
            continue
        if context.coding.unit.length is not None:
            found[context.programme.id, context.coding.unit][context.minutes] += 1
    curves = [
        MinutesCurve(
            programme=programme,
            unit_minutes=unit.length or 0,
            rounding=unit.rounding or "",
            counts=tuple(sorted(counts.items())),
            boundaries=tuple(_boundaries(unit, min(max(counts), _DAY_MINUTES))),
        )
        for (programme, unit), counts in found.items()
    ]
    return tuple(sorted(curves, key=lambda curve: (curve.programme, curve.unit_minutes, curve.rounding, curve.counts)))


def _boundaries(unit: UnitRule, longest: int) -> Iterator[tuple[int, int]]:
    """Yield from which minute on a contact by itself makes one more unit."""
    reached = 0
    for minutes in range(1, longest + 1):
        units = own_units(minutes, unit)
        if units is not None and units > reached:
            reached = units
            yield minutes, units


def daily_units(contexts: Iterable[Context]) -> tuple[DailyUnits, ...]:
    """Return the units of days beside each limit by the day; beside none where a programme has no such limit."""
    sums: dict[tuple[str, str, str, int], Counter[tuple[object, ...]]] = defaultdict(Counter)
    for context in contexts:
        if context.units is None or context.rules is None or context.is_void:
            continue
        who = {"member": context.encounter.member_id, "peer": context.encounter.staff_id}
        limits = units_a_day(context) or (("", "member", -1),)
        for name, scope, allowed in limits:
            day = (context.day, *(who[part] for part in scope.split(" and ")))
            sums[context.rules.programme, name, scope, allowed][day] += context.units
    return tuple(
        DailyUnits(programme, name, scope, allowed if name else None, tuple(sorted(Counter(days.values()).items())))
        for (programme, name, scope, allowed), days in sorted(sums.items())
    )


def heat_cells(findings: Iterable[FindingEvidence]) -> tuple[HeatCell, ...]:
    """Return how many findings of each check concern each peer."""
    counts = Counter((id_, row.finding.code) for row in findings for id_ in row.staff_ids)
    return tuple(HeatCell(id_, code, count) for (id_, code), count in sorted(counts.items()))
