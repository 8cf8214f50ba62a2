"""How many peers a supervisor has, how many members a peer has, and how long a peer served without supervision.

A workspace may hold a part of what an agency does. What it shows beyond a ratio is certain all the same; that it stays
within one says nothing of the whole.
"""

import datetime as dt
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

import attrs

from peerbill.coding.context import Context, Group, Index
from peerbill.model.people import Staff, Supervision
from peerbill.policy import Rules

GAP = dt.timedelta(days=30)
"""A member belongs to a peer's caseload from a contact to the next one, if that follows within so many days."""


@attrs.frozen
class Contact:
    """A session that a peer gave: day, minutes, the member if they met alone, its start, whether it was billed."""

    day: dt.date
    minutes: int
    member_id: str = ""
    start: dt.datetime | None = None
    billed: bool = False


@attrs.frozen
class Unsupervised:
    """A stretch of days between two supervisions: its contacts in order, and the last day of supervision before it."""

    since: dt.date | None
    contacts: tuple[Contact, ...]

    @property
    def minutes(self) -> int:
        """The minutes of service in it."""
        return sum(contact.minutes for contact in self.contacts)


def peers_of(index: Index, supervisor_id: str, day: dt.date) -> list[Staff]:
    """Return the peers whom a supervisor has on a day, of those employed: by role, or because they serve members."""
    return [
        person
        for person in index.supervised.get(supervisor_id, ())
        if (person.role == "peer" or (not person.role and person.staff_id in index.serving))
        and (person.hired_on is None or person.hired_on <= day)
        and (person.left_on is None or day <= person.left_on)
    ]


def full_time(people: Iterable[Staff]) -> Decimal:
    """Return the full-time equivalents of people, as far as they are recorded."""
    return sum((person.fte for person in people if person.fte is not None), Decimal(0))


def contacts_of(group: Group) -> list[Contact]:
    """Return a peer's sessions in order: those of the workspace, and those that were billed before.

    The rows of one group session are one, as long as the longest of them. The ledger does not hold group ids: its rows
    of one start and service were one session.
    """
    index = group.index
    found: dict[tuple[object, ...], Contact] = {}
    of_groups: dict[tuple[object, ...], tuple[object, ...]] = {}
    for context in group.contexts:
        encounter = context.encounter
        if context.day is None or encounter.staff_id != group.key:
            continue
        key = (context.group_id, encounter.start) if context.group_id else (encounter.encounter_id,)
        if context.group_id:
            of_groups[encounter.service, encounter.start] = key
        member_id = encounter.member_id if _is_alone(context) else ""
        contact = Contact(context.day, context.minutes or 0, member_id, encounter.start, context.billed)
        _keep_longest(found, key, contact)
    programmes = {context.rules.programme: context.rules for context in group.contexts if context.rules is not None}
    for sent in index.history.of_staff.get(group.key, ()):
        if sent.encounter_id in index.encounter_ids:
            continue
        alone = _is_individual(programmes.get(sent.programme), sent.service)
        key = (sent.encounter_id,) if alone else (sent.service, sent.start)
        member_id = sent.member_id if alone else ""
        contact = Contact(sent.start.date(), sent.minutes, member_id, sent.start, billed=True)
        _keep_longest(found, of_groups.get(key, key), contact)
    return sorted(
        found.values(), key=lambda contact: (contact.day, contact.start or dt.datetime.combine(contact.day, dt.time()))
    )


def _keep_longest(found: dict[tuple[object, ...], Contact], key: tuple[object, ...], contact: Contact) -> None:
    known = found.get(key)
    longest = contact if known is None or known.minutes < contact.minutes else known
    found[key] = attrs.evolve(longest, billed=contact.billed or (known is not None and known.billed))


def _is_alone(context: Context) -> bool:
    return not context.group_id and _is_individual(context.rules, context.encounter.service)


def _is_individual(rules: Rules | None, service: str) -> bool:
    answer = rules.service.get(service) if rules is not None else None
    return answer is not None and answer.value.mode == "individual"


def caseload(contacts: Sequence[Contact]) -> Mapping[dt.date, int]:
    """Return how many members a peer has on each day of a contact.

    A member counts from a contact with the peer alone to the next one within 30 days, both days included. Somebody
    whom the peer met once counts on no day.
    """
    days = sorted({contact.day for contact in contacts})
    of_member: dict[str, set[dt.date]] = {}
    for contact in contacts:
        if contact.member_id:
            of_member.setdefault(contact.member_id, set()).add(contact.day)
    counts = Counter(dict.fromkeys(days, 0))
    for seen in of_member.values():
        spans = list(_spans(sorted(seen)))
        counts.update(day for day in days if any(first <= day <= last for first, last in spans))
    return counts


def _spans(seen: Sequence[dt.date]) -> Iterator[tuple[dt.date, dt.date]]:
    """Yield the stretches of days in which contacts follow each other within the gap."""
    first = last = seen[0]
    for day in seen[1:]:
        if day - last > GAP:
            if first < last:
                yield first, last
            first = day
        last = day
    if first < last:
        yield first, last


def unsupervised(contacts: Sequence[Contact], meetings: Iterable[Supervision], least: int) -> list[Unsupervised]:
    """Return the stretches of a peer's service between supervisions of at least `least` minutes together.

    `contacts` are in order of their days; those on the day of a meeting belong to no stretch, since they may have been
    before it or after it. A meeting without minutes is enough only where none are asked for.
    """
    held: Counter[dt.date] = Counter()
    for row in meetings:
        if row.date is not None:
            held[row.date] += row.minutes or 0
    days, left = [], 0
    for day in sorted(held):
        left += held[day]
        if left >= least:
            days.append(day)
            left = 0
    served = [contact.day for contact in contacts]
    begins = [0, *(bisect_right(served, day) for day in days)]
    ends = [*(bisect_left(served, day) for day in days), len(contacts)]
    return [
        Unsupervised(since, tuple(contacts[first:last]))
        for since, first, last in zip([None, *days], begins, ends, strict=True)
    ]
