"""Which encounters of a workspace an audit looks at: of those that were billed, only the ones near to what is left."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable

import attrs

from peerbill.coding.history import history_scope
from peerbill.model.claim import BilledEncounter
from peerbill.model.claim_state import Standing
from peerbill.model.encounter import Encounter, fingerprint
from peerbill.model.history import HistoryScope
from peerbill.model.records import Records
from peerbill.policy import Policies

_MIDNIGHT = dt.time()


@attrs.frozen(eq=False)
class Scoped:
    """The part of a workspace that an audit looks at.

    Attributes:
        records: the workspace with the encounters that are left to bill, and the billed ones that can matter to them.
        settled: the other encounters: billed, as they were, and without a finding in any audit.
        history: what is to be known of the ledger for `records`.

    """

    records: Records
    settled: tuple[Encounter, ...]
    history: HistoryScope


def unchanged(encounters: Iterable[Encounter], history: Iterable[BilledEncounter]) -> frozenset[str]:
    """Return the ids of encounters that stand on one claim to the first payer, and were not changed since."""
    sent = [row for row in history if row.payer_turn == 1 and row.standing != Standing.REJECTED]
    if not sent:
        return frozenset()
    times = Counter(row.encounter_id for row in sent)
    live = {
        row.encounter_id: row.fingerprint
        for row in sent
        if row.standing == Standing.LIVE and times[row.encounter_id] == 1
    }
    return frozenset(
        encounter.encounter_id
        for encounter in encounters
        if encounter.encounter_id in live and live[encounter.encounter_id] == fingerprint(encounter)
    )


def scoped(records: Records, policies: Policies, unchanged: Collection[str], besides: Collection[str] = ()) -> Scoped:
    """Return what an audit looks at, as far back as the windows of the programmes reach.

    `unchanged` are the ids of encounters that stand on a claim as they are; `besides` ids that are looked at anyway.
    """
    billed = [row for row in records.encounters if row.encounter_id in unchanged and row.encounter_id not in besides]
    if not billed:
        return Scoped(records, (), history_scope(records, policies))
    ids = frozenset(row.encounter_id for row in billed)
    left = tuple(row for row in records.encounters if row.encounter_id not in ids)
    scope = history_scope(attrs.evolve(records, encounters=left), policies)
    far = _far(billed, scope)
    near = tuple(row for row in records.encounters if row.encounter_id not in far)
    return Scoped(
        attrs.evolve(records, encounters=near),
        tuple(row for row in billed if row.encounter_id in far),
        attrs.evolve(scope, encounter_ids=frozenset(row.encounter_id for row in near)),
    )


def _far(billed: Iterable[Encounter], scope: HistoryScope) -> frozenset[str]:
    """Return which of the billed encounters are no part of a scope, facilitators and first services included."""
    late = dt.datetime.combine(scope.members_from, _MIDNIGHT)
    late_of_staff = dt.datetime.combine(scope.staff_from, _MIDNIGHT)
    members, staff, whole = scope.member_ids, frozenset(scope.staff_ids), scope.whole_ids
    first: dict[str, tuple[dt.datetime, str]] = {}
    far: set[str] = set()
    for row in billed:
        if row.start is None:
            continue
        mine = row.member_id in members
        if mine:
            begun = (row.start, row.encounter_id)
            first[row.member_id] = min(first.get(row.member_id, begun), begun)
        gave = row.start >= late_of_staff and (row.staff_id in staff or not staff.isdisjoint(row.facilitators))
        if not (gave or row.member_id in whole or (mine and row.start >= late)):
            far.add(row.encounter_id)
    return frozenset(far) - ({id_ for _, id_ in first.values()} if scope.firsts else set())
