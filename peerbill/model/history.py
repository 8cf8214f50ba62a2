"""Which part of what was billed is asked for: an agency of ten years need not read all of it to bill a week."""

import datetime as dt
from collections.abc import Collection

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
        ids, members, staff, whole = self.encounter_ids, self.member_ids, self.staff_ids, self.whole_ids
        midnight = dt.time()
        late = dt.datetime.combine(self.members_from, midnight)
        late_of_staff = dt.datetime.combine(self.staff_from, midnight)
        firsts = _firsts(history, members) if self.firsts else frozenset()
        return tuple(
            row
            for row in history
            if (row.start >= late and row.member_id in members)
            or row.encounter_id in ids
            or (row.start >= late_of_staff and row.staff_id in staff)
            or row.member_id in whole
            or row.encounter_id in firsts
            or (row.payer_turn > 1 and row.member_id in members)
        )


def _firsts(history: Collection[BilledEncounter], members: Collection[str]) -> frozenset[str]:
    """Return the id of each member's first live encounter."""
    first: dict[str, BilledEncounter] = {}
    for row in history:
        day = first.get(row.member_id)
        if (day is None or row.start < day.start) and row.standing == Standing.LIVE and row.member_id in members:
            first[row.member_id] = row
    return frozenset(row.encounter_id for row in first.values())
