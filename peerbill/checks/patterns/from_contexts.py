"""Encounters of an audit as the rows that patterns see."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from peerbill.checks.patterns.row import PatternRow
from peerbill.coding.context import Coding, Context
from peerbill.coding.places import HOME, place_of, site_of
from peerbill.model.ids import compact
from peerbill.model.people import Member, Staff
from peerbill.policy import Rules

_OFFICE = "11"
"""Place of service of the agency's own address."""
_WORD = re.compile(r"[^\W\d_]{2,}")


def pattern_rows(contexts: Iterable[Context]) -> Iterator[PatternRow]:
    """Yield the rows of encounters, in the order of the contexts.

    Left out are encounters without a start or an end after it, which PB101 holds, and those whose claim was voided.
    """
    names: dict[tuple[str, str], frozenset[str]] = {}  # for this run alone: no name outlives it
    for context in contexts:
        encounter = context.encounter
        if encounter.start is None or encounter.end is None or encounter.end <= encounter.start or context.is_void:
            continue
        coding = context.coding
        # By their ids: to look a person up, all that the row says of them would be hashed.
        both = (encounter.member_id, encounter.staff_id)
        if both not in names:
            names[both] = _names(context.member) | _names(context.staff)
        yield PatternRow(
            encounter_id=encounter.encounter_id,
            staff_id=encounter.staff_id,
            member_id=encounter.member_id,
            start=encounter.start,
            end=encounter.end,
            minutes=context.minutes,
            units=context.units,
            unit_minutes=coding.unit.length if coding is not None else None,
            rounding=(coding.unit.rounding or "") if coding is not None else "",
            by_day=_by_day(coding),
            daily_units=_daily_units(context.rules, encounter.service) if context.rules is not None else None,
            mode=coding.mode if coding is not None else encounter.service,
            hcpcs=context.hcpcs,
            place=encounter.place,
            channel=encounter.channel,
            zip=_zip(context),
            site=encounter.facility or context.site,
            location=encounter.location,
            activity=encounter.activity,
            travel_minutes=encounter.travel_minutes or 0,
            group_id=encounter.group_id,
            group_size=encounter.group_size,
            note=f"{encounter.intervention}\n{encounter.response}\n{encounter.next_step}",
            names=names[both],
            created_at=encounter.created_at,
            edited_at=encounter.edited_at,
            signed_at=encounter.signed_at,
        )


def _by_day(coding: Coding | None) -> bool | None:
    if coding is None or coding.unit.aggregate is None:
        return None
    return coding.unit.aggregate == "day"


def _zip(context: Context) -> str:
    """Return the first five digits of where a service was, "" where the row does not show the address."""
    if context.encounter.place == HOME:
        found = context.member.zip if context.member is not None else ""
    elif (site := site_of(context)) is not None:
        found = site.address.zip
    elif (place := place_of(context)) is not None:
        found = place.zip
    else:
        settings = context.index.records.settings
        is_own = context.encounter.place == _OFFICE and not settings.sites
        found = settings.organization.address.zip if is_own else ""
    return compact(found)[:5]


def _names(person: Member | Staff | None) -> frozenset[str]:
    if person is None:
        return frozenset()
    return frozenset(_WORD.findall(f"{person.first_name} {person.last_name}".casefold()))


@lru_cache(maxsize=1024)
def _daily_units(rules: Rules, service: str) -> int | None:
    """Return the most units of a day that a member may have of a service; None where no limit gives them."""
    return min(
        (
            limit.units
            for limit in (answer.value for answer in rules.limit.values())
            if limit.units is not None
            and limit.per is not None
            and limit.per.kinds == ("day",)
            and limit.scope in {"member", "member and peer"}
            and (not limit.of or service in {name.rpartition("/")[2] for name in limit.of})
        ),
        default=None,
    )
