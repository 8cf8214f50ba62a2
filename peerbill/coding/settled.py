"""Which encounters of a workspace an audit looks at: of those that were billed, only the ones near to what is left."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import attrs

from peerbill.coding.history import history_scope, matters_until, scope_of
from peerbill.model.claim import BilledEncounter
from peerbill.model.claim_state import Standing
from peerbill.model.encounter import Encounter, fingerprint
from peerbill.model.history import HistoryScope, Reach
from peerbill.model.records import Records
from peerbill.policy import Policies


@attrs.frozen(eq=False)
class Scoped:
    """The part of a workspace that an audit looks at.

    Attributes:
        records: the workspace with the encounters that are left to bill, and the billed ones that can matter to them.
        settled: the other encounters: billed, as they were, and without a finding in any audit.
        history: what is to be known of the ledger for `records`, in several parts.

    """

    records: Records
    settled: tuple[Encounter, ...]
    history: tuple[HistoryScope, ...]


def unchanged(encounters: Collection[Encounter], history: Iterable[BilledEncounter]) -> frozenset[str]:
    """Return the ids of encounters that stand on one claim to the first payer, and were not changed since."""
    ids = {encounter.encounter_id for encounter in encounters}
    sent = [
        row for row in history if row.encounter_id in ids and row.payer_turn == 1 and row.standing != Standing.REJECTED
    ]
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


def scoped(
    records: Records, policies: Policies, unchanged: Collection[str] | None, besides: Collection[str] = ()
) -> Scoped:
    """Return what an audit looks at, as far back as the windows of the programmes reach.

    `unchanged` are the ids of encounters that stand on a claim as they are; `besides` ids that are looked at anyway.
    Without `unchanged`, everything is looked at.
    """
    if unchanged is None:
        return Scoped(records, (), (history_scope(records, policies),))
    billed = [row for row in records.encounters if row.encounter_id in unchanged and row.encounter_id not in besides]
    ids = frozenset(row.encounter_id for row in billed)
    left = (row for row in records.encounters if row.encounter_id not in ids) if ids else records.encounters
    parts = tuple(_parts(records, policies, left))
    far = _far(billed, parts)
    scopes = tuple(part.scope for part in parts)
    near = tuple(row for row in records.encounters if row.encounter_id not in far) if far else records.encounters
    own = HistoryScope(
        members_from=dt.date.max,
        encounter_ids=frozenset(row.encounter_id for row in near),
        staff_from=dt.date.max,
        firsts=False,
    )
    return Scoped(
        attrs.evolve(records, encounters=near),
        tuple(row for row in billed if row.encounter_id in far),
        (own, *scopes),
    )


@attrs.frozen
class _Part:
    """What matters to some encounters: a scope of the history, and until when members and staff of it matter."""

    scope: HistoryScope
    members_until: dt.datetime
    staff_until: dt.datetime


def _parts(records: Records, policies: Policies, left: Iterable[Encounter]) -> Iterator[_Part]:
    """Yield what matters to the encounters of each month that are left to bill: an old one reaches about its own."""
    months: dict[object, list[Encounter]] = defaultdict(list)
    for row in left:
        months[row.start and (row.start.year, row.start.month)].append(row)
    for rows in months.values():
        last = max((row.start.date() for row in rows if row.start is not None), default=dt.date.min)
        yield _Part(
            scope_of(rows, records, policies),
            *(_end(matters_until(policies, last, of_peers=of_peers)) for of_peers in (False, True)),
        )


def _end(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.max)


def _far(billed: Iterable[Encounter], parts: Sequence[_Part]) -> frozenset[str]:
    """Return which of the billed encounters are in none of the parts, facilitators and first services included."""
    reach = Reach.of([part.scope for part in parts])
    members = _spans((part.scope.member_ids, part.scope.members_from, part.members_until) for part in parts)
    staff = _spans((part.scope.staff_ids, part.scope.staff_from, part.staff_until) for part in parts)
    first: dict[str, tuple[dt.datetime, str]] = {}
    far: set[str] = set()
    for row in billed:
        if row.start is None:
            continue
        if row.member_id in reach.firsts:
            begun = (row.start, row.encounter_id)
            first[row.member_id] = min(first.get(row.member_id, begun), begun)
        if row.member_id in reach.whole or _is_within(row.start, members.get(row.member_id, ())):
            continue
        if not any(_is_within(row.start, staff.get(id_, ())) for id_ in (row.staff_id, *row.facilitators)):
            far.add(row.encounter_id)
    return frozenset(far) - {id_ for _, id_ in first.values()}


def _spans(
    parts: Iterable[tuple[Collection[str], dt.date, dt.datetime]],
) -> Mapping[str, Sequence[tuple[dt.datetime, dt.datetime]]]:
    """Return between which times each id is in one of the parts."""
    found: dict[str, list[tuple[dt.datetime, dt.datetime]]] = defaultdict(list)
    for ids, begins, until in parts:
        span = (dt.datetime.combine(begins, dt.time()), until)
        for id_ in ids:
            found[id_].append(span)
    return found


def _is_within(time: dt.datetime, spans: Iterable[tuple[dt.datetime, dt.datetime]]) -> bool:
    return any(begins <= time <= ends for begins, ends in spans)
