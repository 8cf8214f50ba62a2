"""What was billed: how much of it can matter to the encounters of a workspace, and how a check finds it.

It is sorted when it is first asked for: a form about one member does not sort what others received.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property

import attrs

from peerbill.model.claim import BilledEncounter
from peerbill.model.claim_state import Standing
from peerbill.model.encounter import Encounter
from peerbill.model.history import HistoryScope
from peerbill.model.line_key import LineKey, line_of_billed
from peerbill.model.records import Records
from peerbill.policy import Policies, Programme
from peerbill.policy.phrases import Deadline, Window

ServiceKey = tuple[object, ...]

_ONE_DAY = dt.timedelta(days=1)

RATIOS = frozenset({"service_hours", "members_per_peer"})
"""Fields of supervision that look at what a peer did before."""

REACH = dt.timedelta(days=60)
"""How far back they look."""

HALF_A_YEAR = dt.timedelta(days=182)
"""How long a row that begins after a service may matter to it all the same."""


def history_scope(records: Records, policies: Policies) -> HistoryScope:
    """Return which of the encounters that were billed can matter to those of some records under some policies.

    That is as far back as the longest window of the programmes reaches, and everything of members who have an
    authorization, since its units are counted from its first day.
    """
    scope = scope_of(records.encounters, records, policies)
    return attrs.evolve(scope, encounter_ids=frozenset([row.encounter_id for row in records.encounters]))


def scope_of(encounters: Collection[Encounter], records: Records, policies: Policies) -> HistoryScope:
    """Return which of the encounters that were billed can matter to some of the records', beside these themselves."""
    days = [row.start.date() for row in encounters if row.start is not None]
    members = frozenset([row.member_id for row in encounters]) - {""}
    facilitators = [id_ for row in encounters if row.facilitators for id_ in row.facilitators]
    return HistoryScope(
        member_ids=members,
        members_from=_matters_from(policies, min(days), of_peers=False) if days else dt.date.max,
        whole_ids=members & {row.member_id for row in records.authorizations},
        staff_ids=frozenset([*(row.staff_id for row in encounters), *facilitators]) - {""},
        staff_from=_matters_from(policies, min(days), of_peers=True) if days else dt.date.max,
        firsts=_counts_from_a_service(policies),
    )


def earliest_that_matters(policies: Policies, first: dt.date) -> dt.date:
    """Return from which day on earlier encounters may matter to those from `first` on, of members or of peers.

    A peer's supervision is due in windows in which the peer served: they count too.
    """
    windows = (
        row.values.get("every") for programme in policies for row in programme.rows() if row.table == "supervision"
    )
    begins = [
        window.bounds(first)[0] - min(_spare(window), window.bounds(first)[0] - dt.date.min)
        for window in windows
        if isinstance(window, Window)
    ]
    return min(*begins, *(_matters_from(policies, first, of_peers=of_peers) for of_peers in (False, True)))


def latest_that_matters(policies: Policies, last: dt.date) -> dt.date:
    """Return up to which day rows of other tables that begin later may matter to services up to `last`.

    That is as long as windows run in which supervision is due, limits are counted or a deadline outside filing ends,
    and half a year at least, for what no phrase of a policy says; the last day there is where one has no such end.
    """
    ends = [last + min(HALF_A_YEAR, dt.date.max - last)]
    ends += (matters_until(policies, last, of_peers=of_peers) for of_peers in (False, True))
    for programme in policies:
        for row in programme.rows():
            every = row.values.get("every") if row.table == "supervision" else None
            if isinstance(every, Window):
                end = every.bounds(last)[1]
                ends.append(end + min(_spare(every), dt.date.max - end))
            if row.table != "filing":
                deadlines = (value for value in row.values.values() if isinstance(value, Deadline))
                ends += (dt.date.max if value.is_counted else value.last_day(last) for value in deadlines)
    return max(ends)


def _matters_from(policies: Policies, first: dt.date, *, of_peers: bool) -> dt.date:
    """Return from which day on earlier encounters may matter to those from `first` on: by overlaps and by limits.

    That is the first day there is where a limit or a plan's time counts all of a member's sessions.
    """
    earliest = first - _ONE_DAY
    for programme in policies:
        for per in _windows(programme, of_peers=of_peers):
            begins = per.bounds(first)[0]
            earliest = min(earliest, begins - min(_spare(per), begins - dt.date.min))
        if of_peers and _looks_at_ratios(programme):
            earliest = min(earliest, first - REACH)
        if not of_peers and _counts_sessions(programme):
            return dt.date.min
    return earliest


def matters_until(policies: Policies, last: dt.date, *, of_peers: bool) -> dt.date:
    """Return up to which day later encounters may matter to those up to `last`, as earlier ones do.

    Those billed later have their part of a limit, and a rolling window of theirs may hold the day.
    """
    latest = last + min(_ONE_DAY, dt.date.max - last)
    for programme in policies:
        for per in _windows(programme, of_peers=of_peers):
            first, ends = per.bounds(last)
            if per.is_rolling:
                ends = last + min(last - first, dt.date.max - last)
            latest = max(latest, ends + min(_spare(per), dt.date.max - ends))
        if of_peers and _looks_at_ratios(programme):
            latest = max(latest, last + min(REACH, dt.date.max - last))
        if not of_peers and _counts_sessions(programme):
            return dt.date.max
    return latest


def _windows(programme: Programme, *, of_peers: bool) -> Iterator[Window]:
    """Yield the windows of a programme's limits; of those on peers alone with `of_peers`."""
    limits = [row for row in programme.rows() if row.table == "limit"]
    on_peers = {row.name for row in limits if row.values.get("scope", "member") != "member"}
    for row in limits:
        per = row.values.get("per")
        if isinstance(per, Window) and (not of_peers or row.name in on_peers):
            yield per


def _spare(per: Window) -> dt.timedelta:
    """Return by how much calendars of a programme may begin elsewhere: a week on another day, a year in a month."""
    return dt.timedelta(days=366 if "fiscal year" in per.kinds else 7 if "week" in per.kinds else 0)


def _looks_at_ratios(programme: Programme) -> bool:
    return any(row.table == "supervision" and not RATIOS.isdisjoint(row.values) for row in programme.rows())


def _counts_sessions(programme: Programme) -> bool:
    """Tell whether a plan's time counts all of a member's sessions."""
    rows = (row.values.get("complete_within") for row in programme.rows() if row.table == "plan")
    return any(isinstance(counted_from, Deadline) and counted_from.is_counted for counted_from in rows)


def _counts_from_a_service(policies: Policies) -> bool:
    """Tell whether some plan or assessment has a time, which may begin with the member's first service."""
    return any(
        row.table == "plan" and any(isinstance(value, Deadline) for value in row.values.values())
        for programme in policies
        for row in programme.rows()
    )


def service_key(encounter: Encounter | BilledEncounter) -> ServiceKey:
    """Return what makes two rows the same service: member, staff member and times."""
    return (encounter.member_id, encounter.staff_id, encounter.start, encounter.end)


class History:
    """Encounters that were billed or rejected, each once for every payer.

    All but `with_any_payer` know an encounter by its first payer. What is found by a member or a staff member is live.
    """

    def __init__(self, rows: Iterable[BilledEncounter] = ()) -> None:
        self.rows = tuple(rows)
        self._lines: dict[str, dict[LineKey, str]] = {}
        self._services: dict[str, dict[ServiceKey, str]] = {}

    @cached_property
    def billed(self) -> Mapping[str, BilledEncounter]:
        """What is live or void, by encounter id."""
        return {row.encounter_id: row for row in self.rows if row.payer_turn == 1 and row.standing != Standing.REJECTED}

    @cached_property
    def rejected(self) -> Mapping[str, BilledEncounter]:
        """What no payer took in, by encounter id."""
        return {row.encounter_id: row for row in self.rows if row.payer_turn == 1 and row.standing == Standing.REJECTED}

    @cached_property
    def of_member(self) -> Mapping[str, list[BilledEncounter]]:
        """What each member received."""
        return _by((row for row in self.rows if row.payer_turn == 1), lambda row: row.member_id)

    @cached_property
    def of_staff(self) -> Mapping[str, list[BilledEncounter]]:
        """What each staff member gave."""
        return _by((row for row in self.rows if row.payer_turn == 1), lambda row: row.staff_id)

    @cached_property
    def with_any_payer(self) -> Mapping[str, list[BilledEncounter]]:
        """What each member received, with a row for each payer that was billed."""
        return _by(self.rows, lambda row: row.member_id)

    def starts(self, member_id: str) -> set[dt.datetime]:
        """Return when a member's services began."""
        return {row.start for row in self.of_member.get(member_id, ())}

    def with_line(self, key: LineKey) -> str | None:
        """Return the id of an encounter on a line that was sent, or None."""
        member_id = key.member_id
        if member_id not in self._lines:
            rows = self.of_member.get(member_id, ())
            self._lines[member_id] = {line_of_billed(row): row.encounter_id for row in rows}
        return self._lines[member_id].get(key)

    def with_service(self, encounter: Encounter) -> str | None:
        """Return the id under which the same service was billed, or None."""
        member_id = encounter.member_id
        if member_id not in self._services:
            rows = self.of_member.get(member_id, ())
            self._services[member_id] = {service_key(row): row.encounter_id for row in rows}
        return self._services[member_id].get(service_key(encounter))


def _by(rows: Iterable[BilledEncounter], key: Callable[[BilledEncounter], str]) -> Mapping[str, list[BilledEncounter]]:
    found: dict[str, list[BilledEncounter]] = defaultdict(list)
    for row in rows:
        if row.standing == Standing.LIVE:
            found[key(row)].append(row)
    return dict(found)
