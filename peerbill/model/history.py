"""Which part of what was billed is asked for: an agency of ten years need not read all of it to bill a week."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping

import attrs

from peerbill.model.claim import BilledEncounter
from peerbill.model.claim_state import Standing


@attrs.frozen
class HistoryScope:
    """The part of the history that concerns some encounters, members and staff.

    It holds the encounters with `encounter_ids`; what members received from `members_from` on, with `firsts` also the
    first service of each; what staff gave from `staff_from` on, to whomever; and all that the members in `whole_ids`
    ever received. Days are days of service.
    """

    member_ids: Collection[str] = frozenset()
    members_from: dt.date = dt.date.min
    whole_ids: Collection[str] = frozenset()
    encounter_ids: Collection[str] = frozenset()
    staff_ids: Collection[str] = frozenset()
    staff_from: dt.date = dt.date.min
    firsts: bool = True

    def of(self, history: Collection[BilledEncounter]) -> tuple[BilledEncounter, ...]:
        """Return the part of a history that is already in memory, in its order."""
        return Reach.of([self]).within(history)


@attrs.frozen
class Reach:
    """Several scopes at once.

    Attributes:
        members: from when on what each member received is in one of them.
        staff: from when on what each staff member gave is in one of them.
        whole: the members of whom all is.
        ids: the encounters that are, whosever they are.
        firsts: the members whose first service is.

    """

    members: Mapping[str, dt.datetime]
    staff: Mapping[str, dt.datetime]
    whole: frozenset[str]
    ids: frozenset[str]
    firsts: frozenset[str]

    @classmethod
    def of(cls, scopes: Collection[HistoryScope]) -> "Reach":
        """Return how far scopes reach together."""
        return cls(
            _earliest((scope.members_from, scope.member_ids) for scope in scopes),
            _earliest((scope.staff_from, scope.staff_ids) for scope in scopes),
            frozenset[str]().union(*(scope.whole_ids for scope in scopes)),
            frozenset[str]().union(*(scope.encounter_ids for scope in scopes)),
            frozenset[str]().union(*(scope.member_ids for scope in scopes if scope.firsts)),
        )

    def within(self, history: Collection[BilledEncounter]) -> tuple[BilledEncounter, ...]:
        """Return what of a history is in one of the scopes, in its order."""
        members, staff, whole, ids = self.members, self.staff, self.whole, self.ids
        if self.firsts:
            ids |= _firsts(history, self.firsts)
        return tuple(
            row
            for row in history
            if (row.member_id in members and (row.start >= members[row.member_id] or row.payer_turn > 1))
            or row.encounter_id in ids
            or (row.staff_id in staff and row.start >= staff[row.staff_id])
            or row.member_id in whole
        )


def _earliest(days: Iterable[tuple[dt.date, Collection[str]]]) -> Mapping[str, dt.datetime]:
    """Return the first of the days that each id has, as the time at which it begins."""
    found: dict[str, dt.datetime] = {}
    for day, ids in sorted(days, key=lambda pair: pair[0], reverse=True):
        found |= dict.fromkeys(ids, dt.datetime.combine(day, dt.time()))
    return found


def _firsts(history: Collection[BilledEncounter], members: Collection[str]) -> frozenset[str]:
    """Return the id of each member's first live encounter."""
    first: dict[str, BilledEncounter] = {}
    for row in history:
        day = first.get(row.member_id)
        if (day is None or row.start < day.start) and row.standing == Standing.LIVE and row.member_id in members:
            first[row.member_id] = row
    return frozenset(row.encounter_id for row in first.values())
