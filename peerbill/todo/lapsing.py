"""Things that will soon lapse or be used up: authorizations, credentials, supervision, plans."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from peerbill.coding.credentials import accepting, expiry
from peerbill.coding.supervision import held_in, is_enough, window_of
from peerbill.model.people import Authorization, Credential, Plan, Staff, Supervision
from peerbill.model.plural import counted
from peerbill.model.records import Records
from peerbill.policy import CredentialRule, Rules
from peerbill.todo.item import TodoItem
from peerbill.todo.sources import Sources

if TYPE_CHECKING:
    from peerbill.model.finding import Citation

Date = dt.date

SOON = (30, 60, 90)
"""Days before something lapses at which it is listed anew."""

_NEARLY_USED = Decimal("0.8")

ONE_DAY = dt.timedelta(days=1)


def authorizations(sources: Sources) -> Iterator[TodoItem]:
    """Yield the authorizations that are nearly used up or end soon, and have no successor."""
    rows = [row for row in sources.records.authorizations if covers(row, sources.as_of)]
    used = _units(sources, rows)
    for row in rows:
        others = [
            other
            for other in sources.records.authorizations
            if other is not row
            and (other.member_id, other.payer, other.hcpcs) == (row.member_id, row.payer, row.hcpcs)
            and set(other.modifiers) == set(row.modifiers)
        ]
        nearly = row.units is not None and used[row] >= row.units * _NEARLY_USED
        more = any(
            covers(other, sources.as_of) and (other.units is None or used.get(other, 0) < other.units * _NEARLY_USED)
            for other in others
        )
        left = row.units is None or used[row] < row.units
        ends = row.to is not None and (row.to - sources.as_of).days <= SOON[-1] and left
        followed = row.to is not None and any(covers(other, row.to + ONE_DAY) for other in others)
        if not ((nearly and not more) or (ends and not followed)):
            continue
        sentences = [f"{used[row]:,} of {row.units:,} units used"] if row.units is not None else []
        sentences += [f"ends {when(row.to, sources.as_of)}"] if row.to is not None else []
        yield TodoItem(
            kind="authorization",
            what=f"authorization {row.number} of {row.member_id} for {row.hcpcs}: {', '.join(sentences)}",
            do="Ask the payer for more units or for the next authorization, and enter it in authorizations.",
            deadline=row.to,
            payer=row.payer,
            member_ids=(row.member_id,),
        )


def covers(row: Authorization, day: Date) -> bool:
    """Return whether an authorization that says from when it holds does so on a day."""
    return row.from_ is not None and row.from_ <= day and (row.to is None or day <= row.to)


def _units(sources: Sources, rows: Iterable[Authorization]) -> dict[Authorization, int]:
    """Return the units billed under each authorization, as PB512 counts them."""
    by_number = defaultdict(list)
    for line in sources.opened.used:
        by_number[line.member_id, line.number, line.payer, line.hcpcs].append(line)
    return {
        row: sum(
            one.units
            for one in by_number[row.member_id, row.number, row.payer, row.hcpcs]
            if covers(row, one.day) and (not row.modifiers or set(row.modifiers) == set(one.modifiers))
        )
        for row in rows
    }


def credentials(sources: Sources) -> Iterator[TodoItem]:
    """Yield the credentials that lapse soon, of people who are employed, and that nothing renews."""
    by_staff: dict[str, list[Credential]] = defaultdict(list)
    for row in sources.records.credentials:
        by_staff[row.staff_id].append(row)
    for staff_id, rows in by_staff.items():
        person = sources.staff.get(staff_id)
        if person is None or not is_employed(person, sources.as_of):
            continue
        for row in rows:
            rule = accepting_rule(sources, person, row)
            last = expiry(row, rule.valid_months) if rule is not None else None
            if last is None or row.status not in {"", "active"} or not lapses_soon(last, sources.as_of):
                continue
            if any(renews(other, row, last) for other in rows if other is not row):
                continue
            yield TodoItem(
                kind="credential",
                what=f"{row.credential} of {staff_id} lapses {when(last, sources.as_of)}",
                do="Have it renewed before that day, and enter the renewal in credentials; services after it are held.",
                deadline=last,
                staff_ids=(staff_id,),
            )


def renews(other: Credential, row: Credential, last: Date) -> bool:
    """Return whether a credential takes the place of another that ends on a day."""
    return (
        (other.credential.casefold(), other.state) == (row.credential.casefold(), row.state)
        and other.status in {"", "active"}
        and other.issued_on is not None
        and other.issued_on <= last + ONE_DAY
        and (other.expires_on is None or other.expires_on > last)
    )


def accepting_rule(sources: Sources, person: Staff, row: Credential) -> CredentialRule | None:
    """Return the rule under which some programme of the workspace accepts a credential."""
    for rules in rules_of(sources, person.tier):
        for _, answer in accepting(rules, row):
            return answer.value
    return None


def rules_of(sources: Sources, tier: str) -> list[Rules]:
    """Return what the programmes of every payer say today, for each of their services."""
    rules_by_day: dict[int, Rules] = {}
    for key, payer in sources.records.settings.payers.items():
        for id_ in payer.policy:
            general = sources.rules(id_, sources.as_of, sources.facts(key, tier))
            for service in ("", *general.service) if general is not None else ():
                rules = sources.rules(id_, sources.as_of, sources.facts(key, tier, service))
                if rules is not None:
                    rules_by_day[id(rules)] = rules
    return list(rules_by_day.values())


def supervision(sources: Sources) -> Iterator[TodoItem]:
    """Yield the supervision that is still due in the window of today, where the peer served in it."""
    served: dict[str, list[Date]] = defaultdict(list)
    for encounter in sources.records.encounters:
        if encounter.start is not None:
            served[encounter.staff_id].append(encounter.start.date())
    meetings: dict[str, list[Supervision]] = defaultdict(list)
    for row in sources.records.supervision:
        meetings[row.staff_id].append(row)
    due: dict[tuple[Date, str], tuple[list[str], tuple[Citation, ...]]] = {}
    for staff_id, days in sorted(served.items()):
        person = sources.staff.get(staff_id)
        if person is None or not is_employed(person, sources.as_of):
            continue
        lapses: dict[tuple[Date, str], tuple[Citation, ...]] = {}
        for rules in rules_of(sources, person.tier):
            answer = rules.supervision
            if "every" not in answer.said:
                continue
            last = _supervised_until(rules, sources.as_of, days, meetings[staff_id])
            if last is not None:
                lapses[last, _often(rules)] = answer.said["every"].citations
        for key, citations in lapses.items():
            due.setdefault(key, ([], citations))[0].append(staff_id)
    for (last, often), (staff_ids, citations) in due.items():
        yield TodoItem(
            kind="supervision",
            what=f"supervision ({often}) of {counted(len(staff_ids), 'staff member')} due {when(last, sources.as_of)}",
            do="Hold the meeting, or enter in supervision the one that was held.",
            deadline=last,
            staff_ids=tuple(staff_ids),
            citations=citations,
        )


def _often(rules: Rules) -> str:
    value = rules.supervision.value
    meetings = counted(value.times or 1, "meeting")
    return f"{meetings} per {value.every}" + (f", {counted(value.minutes, 'minute')}" if value.minutes else "")


def _supervised_until(
    rules: Rules, as_of: Date, served: Iterable[Date], meetings: Sequence[Supervision]
) -> Date | None:
    """Return the last day for missing supervision, or None where none is missing now or soon."""
    window, every = window_of(rules, as_of), rules.supervision.value.every
    if window is None or every is None:
        return None

    def is_met(day: Date) -> bool:
        there = window_of(rules, day)
        return there is None or is_enough(rules, held_in(meetings, there))

    first, last = window
    if not any(first <= day <= as_of for day in served):
        return None
    if not every.is_rolling:
        return None if is_met(as_of) or not lapses_soon(last, as_of) else last
    if not is_met(as_of):
        return as_of
    ahead = (as_of + dt.timedelta(days=days) for days in range(1, SOON[-1] + 2))
    return next((day - ONE_DAY for day in ahead if not is_met(day)), None)


def plans(sources: Sources) -> Iterator[TodoItem]:
    """Yield by day the plans that lapse soon, of members who are seen."""
    recent = sources.as_of - dt.timedelta(days=SOON[-1])
    seen = sources.opened.seen | {
        encounter.member_id
        for encounter in sources.records.encounters
        if encounter.start is not None and recent <= encounter.start.date() <= sources.as_of
    }
    left = {member.member_id for member in sources.records.members if member.died_on is not None}
    groups: dict[Date, set[str]] = defaultdict(set)
    for plan in lapsing_plans(sources.records, sources.as_of):
        if plan.expires_on is not None and plan.member_id in seen - left:
            groups[plan.expires_on].add(plan.member_id)
    for last, members in groups.items():
        yield TodoItem(
            kind="plan",
            what=f"{counted(len(members), 'plan')} {'lapses' if len(members) == 1 else 'lapse'} "
            f"{when(last, sources.as_of)}",
            do="Review the plan with the member, have it signed, and enter the new one in plans.",
            deadline=last,
            member_ids=tuple(sorted(members)),
        )


def lapsing_plans(records: Records, as_of: Date) -> Iterator[Plan]:
    """Yield the plans in force that lapse soon and that no other plan of the member and kind follows."""
    by_member: dict[tuple[str, str], list[Plan]] = defaultdict(list)
    for plan in records.plans:
        by_member[plan.member_id, plan.kind.casefold()].append(plan)
    for plans in by_member.values():
        for plan in plans:
            last = plan.expires_on
            if plan.effective_on is None or plan.effective_on > as_of or last is None or not lapses_soon(last, as_of):
                continue
            if not any(
                other.effective_on is not None
                and other.effective_on <= last + ONE_DAY
                and (other.expires_on is None or other.expires_on > last)
                for other in plans
            ):
                yield plan


def is_employed(person: Staff, day: Date) -> bool:
    """Return whether a person is employed on a day."""
    return (person.hired_on is None or person.hired_on <= day) and (person.left_on is None or day <= person.left_on)


def lapses_soon(last: Date, as_of: Date) -> bool:
    """Return whether a last day is near and not over."""
    return 0 <= (last - as_of).days <= SOON[-1]


def when(last: Date, as_of: Date) -> str:
    """Return a last day for a sentence: `on 2026-04-30, within 30 days`."""
    days = (last - as_of).days
    within = next((f", within {limit} days" for limit in SOON if 0 <= days <= limit), "")
    return f"on {last}{within}"
