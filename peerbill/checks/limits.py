"""PB7xx: do units and hours stay within the programme's limits.

A limit counts all that was delivered in its window: encounters held for a reason of their own are left out, those
that the ledger holds are counted first. The encounter that passes the limit and the later ones in its window are
named; units are never cut.
"""

import bisect
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache

import attrs

from peerbill.checks.base import Problem, check
from peerbill.codes import procedure_citation, procedures
from peerbill.coding.authorizations import matching_authorizations
from peerbill.coding.context import Context, Group, Index, in_force
from peerbill.coding.gaps import in_policy
from peerbill.coding.plans import plans_in_force
from peerbill.model.claim import BilledEncounter
from peerbill.model.encounter import Encounter
from peerbill.model.finding import Severity
from peerbill.model.finding_places import limit_place
from peerbill.model.line_key import LineKey, SameService, line_of_billed
from peerbill.model.sentence import Figure, say
from peerbill.policy import Answer, Authority, Calendar, Limit, Rules
from peerbill.policy.phrases import CALENDAR_KINDS, Window

QUANTITIES = ("units", "minutes", "hours", "encounters", "days", "dollars")


@attrs.frozen
class _Entry:
    """What one delivered encounter adds to limits."""

    day: dt.date
    staff_id: str
    session: tuple[object, ...]
    programme: str
    service: str
    units: int
    minutes: int
    dollars: Decimal


def _entry(context: Context) -> _Entry | None:
    if context.day is None or context.rules is None or context.coding is None or context.units is None:
        return None
    encounter = context.encounter
    length = context.coding.unit.length
    units = context.units
    return _Entry(
        day=context.day,
        staff_id=encounter.staff_id,
        session=(encounter.start, encounter.staff_id),
        programme=context.rules.programme,
        service=encounter.service,
        units=units,
        minutes=units * length if length else context.minutes or 0,
        dollars=(context.coding.unit_charge or Decimal(0)) * units,
    )


def _sent_entry(sent: BilledEncounter) -> _Entry:
    return _Entry(
        day=sent.start.date(),
        staff_id=sent.staff_id,
        session=(sent.start, sent.staff_id),
        programme=sent.programme,
        service=sent.service,
        units=sent.units,
        minutes=sent.units * sent.unit_minutes if sent.unit_minutes else sent.minutes,
        dollars=sent.charge,
    )


def _quantity(limit: Limit) -> tuple[str, int]:
    """Return what a limit counts and how much of it is allowed; hours are counted in minutes, dollars in cents."""
    if limit.hours is not None:
        return "minutes", limit.hours * 60
    if limit.dollars is not None:
        return "dollars", int(Decimal(limit.dollars) * 100)
    for name in ("units", "minutes", "encounters", "days"):
        value = getattr(limit, name)
        if value is not None:
            return name, value
    return "", 0


def _counts(limit: Limit, programme: str, entry: _Entry) -> bool:
    if not limit.of:
        return entry.programme == programme
    state = programme.partition("/")[0]
    for name in limit.of:
        owner, _, service = name.rpartition("/")
        if entry.service == service and entry.programme == (f"{state}/{owner}" if owner else programme):
            return True
    return False


def _is_pooled(limit: Limit) -> bool:
    """Tell whether a limit counts services of other programmes too."""
    return any("/" in name for name in limit.of)


def _amount(kind: str, entry: _Entry, seen_days: set[dt.date]) -> int:
    if kind == "units":
        return entry.units
    if kind == "minutes":
        return entry.minutes
    if kind == "dollars":
        return int(entry.dollars * 100)
    if kind == "days":
        new = entry.day not in seen_days
        seen_days.add(entry.day)
        return int(new)
    return 1


def _bounds(window: Window, day: dt.date, calendar: Calendar) -> tuple[dt.date, dt.date]:
    return window.bounds(day, calendar.week or "sunday", calendar.fiscal_year or "01-01")


def _record(window: Window, context: Context) -> tuple[object, ...]:
    """Return which plan, authorization or episode a window belongs to, and the encounter for `encounter`."""
    if window.kind in CALENDAR_KINDS and window.inside is None:
        return ()
    parts: list[object] = []
    for kind in window.kinds:
        if kind == "encounter":
            parts.append(context.encounter.encounter_id)
        elif kind == "plan":
            parts.append(min((plan.plan_id for plan in plans_in_force(context)), default=""))
        elif kind == "authorization":
            parts.append(next((row.number for row in matching_authorizations(context)), ""))
        elif kind == "episode":
            parts.append(_episode(context.index, context.encounter.member_id, context.day))
    return tuple(parts)


def _sent_record(window: Window, sent: BilledEncounter, index: Index) -> tuple[object, ...]:
    """Return the same as `_record` for what the ledger holds, by the plans and episodes of the workspace."""
    day = sent.start.date()
    parts: list[object] = []
    for kind in window.kinds:
        if kind == "encounter":
            parts.append(sent.encounter_id)
        elif kind == "plan":
            row = Encounter(sent.encounter_id, sent.member_id, sent.staff_id, sent.service, sent.start, sent.end)
            plans = plans_in_force(Context(encounter=row, index=index, day=day))
            parts.append(min((plan.plan_id for plan in plans), default=""))
        elif kind == "authorization":
            parts.append(sent.authorization)
        elif kind == "episode":
            parts.append(_episode(index, sent.member_id, day))
    return tuple(parts)


def _episode(index: Index, member_id: str, day: dt.date | None) -> dt.date | None:
    if day is None:
        return None
    days = [row.from_ for row in index.episodes.get(member_id, ()) if row.from_ is not None and in_force(row, day)]
    return max(days) if days else None


@attrs.define
class _Run:
    """Encounters beyond a limit, one after the other, and how much had been counted when the first passed it.

    Where the limit reads otherwise from some day on, what is beyond it from then on is a run of its own.
    """

    name: str
    answer: Answer[Limit]
    total: int
    contexts: list[Context]


@attrs.define
class _Tally:
    """What a limit has counted so far: a running sum, and the amount of each day where the window rolls."""

    by_session: bool
    rolling: bool
    total: int = 0
    by_day: dict[dt.date, int] = attrs.field(factory=lambda: defaultdict(int))
    days: set[dt.date] = attrs.field(factory=set)
    sessions: dict[tuple[object, ...], int] = attrs.field(factory=dict)
    beyond: list[_Run] = attrs.field(factory=list)
    is_beyond: bool = False
    looked_at: int = 0
    """How many of the group's entries were looked at for those of other programmes."""

    def add(self, kind: str, entry: _Entry) -> None:
        """Count an entry; of the rows of one session of a peer, what the longest adds."""
        amount = _amount(kind, entry, self.days)
        if self.by_session and kind != "days":
            before = self.sessions.get(entry.session, 0)
            self.sessions[entry.session] = max(amount, before)
            amount = max(amount - before, 0)
        self.total += amount
        if self.rolling:
            self.by_day[entry.day] += amount

    def within(self, window: Window, day: dt.date, calendar: Calendar) -> int:
        """Return what the window of a day holds, up to the encounter that was counted last.

        Of rolling windows, the fullest of those that hold the day and end on it or on a later day that the ledger has:
        what is billed late counts in the windows of what was billed before it.
        """
        if not self.rolling:
            return self.total
        spans = (_bounds(window, end, calendar) for end in self.by_day if end >= day)
        return max(
            sum(amount for counted, amount in self.by_day.items() if first <= counted <= last)
            for first, last in spans
            if first <= day
        )


@attrs.frozen
class _Past:
    """What the ledger holds of a member or peer, by day."""

    rows: list[tuple[BilledEncounter, _Entry]]
    days: list[dt.date]

    @classmethod
    def of(cls, history: Sequence[BilledEncounter]) -> "_Past":
        rows = [(sent, _sent_entry(sent)) for sent in sorted(history, key=lambda sent: (sent.start, sent.encounter_id))]
        return cls(rows, [entry.day for _, entry in rows])

    def between(self, bounds: tuple[dt.date, dt.date] | None) -> list[tuple[BilledEncounter, _Entry]]:
        """Return the rows of these days, both included; all of them for None."""
        if bounds is None:
            return self.rows
        return self.rows[bisect.bisect_left(self.days, bounds[0]) : bisect.bisect_right(self.days, bounds[1])]


@lru_cache(maxsize=1024)
def _counted(rules: Rules, scopes: frozenset[str]) -> tuple[tuple[str, Answer[Limit], Limit, Window, str, int], ...]:
    """Return the limits of these scopes: name, answer, limit, window, what is counted and how much is allowed."""
    return tuple(
        (name, answer, answer.value, answer.value.per, *_quantity(answer.value))
        for name, answer in rules.limit.items()
        if answer.value.scope in scopes and answer.value.per is not None and _quantity(answer.value)[0]
    )


def units_a_day(context: Context) -> tuple[tuple[str, str, int], ...]:
    """Return the limits on units a day that an encounter counts towards: name, scope, units allowed.

    A limit in minutes or hours is given in whole units, where a unit is a stretch of minutes.
    """
    if context.rules is None or context.coding is None:
        return ()
    entry, length, found = _entry(context), context.coding.unit.length, []
    for name, _, limit, per, kind, allowed in _counted(context.rules, frozenset({"member", "member and peer", "peer"})):
        if str(per) != "day" or entry is None or not _counts(limit, context.rules.programme, entry):
            continue
        if kind == "units":
            found.append((name, limit.scope, allowed))
        elif kind == "minutes" and length:
            found.append((name, limit.scope, allowed // length))
    return tuple(found)


def _past_limits(group: Group, scopes: frozenset[str], *, by_session: bool) -> Iterator[Problem]:
    """Yield a problem for each limit of these scopes that the group's encounters pass, naming those beyond it."""
    tallies: dict[tuple[object, ...], _Tally] = {}
    undated: dict[tuple[str, str], _Run] = {}
    history = group.index.history.of_staff if by_session else group.index.history.of_member
    past = _Past.of(history.get(group.key, ()))
    in_file = {one.encounter.encounter_id: one.rules for one in group.contexts if one.billed}
    pooled = any(_is_pooled(limit) for rules in group.rules for _, _, limit, *_ in _counted(rules, scopes))
    entries: list[tuple[Context, _Entry]] = []
    for context in group.contexts:
        rules = context.rules
        if context.billed or context.held or rules is None or not (rules.limit or pooled):
            continue
        if by_session and context.encounter.staff_id != group.key:
            continue
        counted = _counted(rules, scopes)
        entry = _entry(context) if counted or pooled else None
        if entry is None:
            continue
        if pooled:
            entries.append((context, entry))
        for name, answer, limit, per, kind, allowed in counted:
            if not _counts(limit, rules.programme, entry):
                continue
            if "fiscal year" in per.kinds and "fiscal_year" not in rules.calendar.said:
                undated.setdefault((rules.programme, name), _Run(name, answer, 0, [])).contexts.append(context)
                continue
            rolling = per.is_rolling
            bounds = _bounds(per, entry.day, rules.calendar.value)
            peer = entry.staff_id if limit.scope == "member and peer" else ""
            record = _record(per, context)
            key = (rules.programme, name, peer, None if rolling else bounds, *record)
            tally = tallies.get(key)
            if tally is None:
                tally = tallies[key] = _Tally(by_session, rolling)
                for sent, one in past.between(None if rolling else bounds):
                    told = in_file.get(sent.encounter_id)
                    if (
                        _counts(limit, rules.programme, one)
                        and (told is None or name in told.limit or one.programme != rules.programme)
                        and peer in {"", one.staff_id}
                        and (not record or record == _sent_record(per, sent, group.index))
                    ):
                        tally.add(kind, one)
            for other, one in entries[tally.looked_at :] if _is_pooled(limit) else ():
                if (
                    one.programme != rules.programme
                    and _counts(limit, rules.programme, one)
                    and (rolling or bounds[0] <= one.day <= bounds[1])
                    and peer in {"", one.staff_id}
                    and (not record or record == _record(per, other))
                ):
                    tally.add(kind, one)
            tally.looked_at = len(entries)
            tally.add(kind, entry)
            total = tally.within(per, entry.day, rules.calendar.value)
            beyond = total > allowed and not _excused(limit, context)
            if beyond and tally.is_beyond and tally.beyond[-1].answer == answer:
                tally.beyond[-1].contexts.append(context)
            elif beyond:
                tally.beyond.append(_Run(name, answer, total, [context]))
            tally.is_beyond = beyond
    for tally in tallies.values():
        for run in tally.beyond:
            yield _beyond(run)
    for (programme, _), run in undated.items():
        yield _undated(programme, run)


def stays_within_limits(group: Group, scope: str) -> bool:
    """Tell whether all that a group has is within each limit, also where what is held counts and the window moves.

    What the ledger holds proves nothing, nor do limits on days or dollars, nor codes of one unit a day.
    """
    if scope == "member" and any(rules.unit.value.per == "day" for rules in group.rules):
        return False
    history = group.index.history.of_staff if scope == "peer" else group.index.history.of_member
    limits = [(one.calendar.said, *counted[3:]) for one in group.rules for counted in _counted(one, _SCOPES[scope])]
    if not limits:
        return True
    if group.key in history:
        return False
    return all(
        kind in {"units", "minutes", "encounters"}
        and ("fiscal year" not in per.kinds or "fiscal_year" in said)
        and _at_most(group, kind, per) <= allowed
        for said, per, kind, allowed in limits
    )


_SCOPES: Mapping[str, frozenset[str]] = {
    "member": frozenset({"member", "member and peer"}),
    "peer": frozenset({"peer"}),
}
_DAYS: Mapping[str, int] = {"day": 1, "week": 7, "month": 31}
"""How many days a window has at most."""


def _at_most(group: Group, kind: str, per: Window) -> int:
    """Return how much of a kind a window can hold at most: that of the fullest day on each of its days, or of all."""
    days: dict[dt.date | None, int] = defaultdict(int)
    for context, amount in zip(group.contexts, _amounts(group, kind), strict=True):
        days[context.day] += amount
    total = sum(days.values())
    if per.inside is not None or per.kind not in _DAYS:
        return total
    return min(total, max(days.values()) * _DAYS[per.kind])


def _amounts(group: Group, kind: str) -> list[int]:
    """Return how much of a kind each encounter has at most."""
    if kind == "units":
        return [context.units or 0 for context in group.contexts]
    if kind == "minutes":
        return [max(_minutes_of_units(context), context.minutes or 0) for context in group.contexts]
    return [1] * len(group.contexts)


def _minutes_of_units(context: Context) -> int:
    length = context.coding.unit.length if context.coding is not None else None
    return (context.units or 0) * (length or 0)


def units_within(rules: Rules) -> Mapping[int | None, int] | None:
    """Return how many units of a member so many days may have at most, None for all days.

    None where a limit counts something else or services of other programmes, or where its year is not known.
    """
    found: dict[int | None, int] = {}
    for _, _, limit, per, kind, allowed in _counted(rules, _SCOPES["member"]):
        of_no_year = "fiscal year" in per.kinds and "fiscal_year" not in rules.calendar.said
        if kind != "units" or _is_pooled(limit) or of_no_year:
            return None
        days = _DAYS.get(per.kind) if per.inside is None else None
        found[days] = min(found.get(days, allowed), allowed)
    return found


def _excused(limit: Limit, context: Context) -> bool:
    return limit.then == "authorization" and bool(matching_authorizations(context))


_FIX = {
    "deny": "Do not bill what is beyond the limit.",
    "authorization": "Ask the payer for an authorization and enter it in authorizations.",
    "attachment": "Have the documentation ready: the payer asks for it with these claims.",
    "review": "Have the documentation ready: the payer may review these claims.",
    None: "The text does not say what follows; ask the payer, and write the answer under policies/.",
}


def _beyond(run: _Run) -> Problem:
    name, answer, total, contexts = run.name, run.answer, run.total, run.contexts
    limit = answer.value
    kind, allowed = _quantity(limit)
    said = next((answer.said[field] for field in QUANTITIES if field in answer.said), answer.row)
    severity = _severity(limit, said)
    unit = kind
    found: Figure = total
    most: Figure = allowed
    if limit.hours is not None:
        unit, found, most = "hours", _hours(total), limit.hours
    elif kind == "dollars":
        found, most = Decimal(total) / 100, Decimal(limit.dollars or 0)
    return Problem(
        severity=severity,
        encounter_ids=tuple(one.encounter.encounter_id for one in contexts),
        where=limit_place(name),
        message=say(
            "beyond-limit",
            "{found} {unit} by {day}; the limit ({name}) is {limit} per {window}"
            " (only what this workspace holds is counted)",
            found=found,
            unit=unit,
            day=contexts[0].day or dt.date.max,
            name=name,
            limit=most,
            window=str(limit.per),
        ),
        fix=_FIX.get(limit.then, _FIX[None]),
        citations=said.citations if said is not None else (),
        staff_id=_shared(one.encounter.staff_id for one in contexts),
        member_id=_shared(one.encounter.member_id for one in contexts),
    )


def _hours(minutes: int) -> Figure:
    hours = Decimal(f"{minutes / 60:g}")
    return int(hours) if hours == hours.to_integral_value() else hours


def _shared(ids: Iterable[str]) -> str | None:
    """Return the id that all encounters of a finding share, or None."""
    found = set(ids)
    return (found.pop() or None) if len(found) == 1 else None


def _undated(programme: str, run: _Run) -> Problem:
    return Problem(
        severity=Severity.WARNING,
        encounter_ids=tuple(one.encounter.encounter_id for one in run.contexts),
        where="policy.calendar.fiscal_year",
        message=say(
            "fiscal-year-not-known",
            "the limit ({name}) is per {window}, and when that year begins is not known",
            name=run.name,
            window=str(run.answer.value.per),
        ),
        fix="Write the day on which it begins " + in_policy(programme, "calendar", 'fiscal_year = "07-01"'),
        citations=run.answer.row.citations if run.answer.row is not None else (),
        member_id=_shared(one.encounter.member_id for one in run.contexts),
        staff_id=_shared(one.encounter.staff_id for one in run.contexts),
    )


def _severity(limit: Limit, said: Authority | None) -> Severity:
    if limit.then in {"deny", "authorization"} and said is not None:
        return said.severity
    return Severity.WARNING


def _beyond_one_a_day(group: Group) -> Iterator[Problem]:
    """Yield each line of a day beyond the first, of a code whose unit is the day: by another peer, or elsewhere."""
    lines: dict[SameService, dict[LineKey, list[Context]]] = defaultdict(lambda: defaultdict(list))
    for context in group.contexts:
        if context.billed or context.held or not _is_one_a_day(context):
            continue
        key = context.line_key
        if key is not None:
            lines[key.service][key].append(context)
    if not lines:
        return
    sent = {line_of_billed(sent).service for sent in group.index.history.of_member.get(group.key, ())}
    for service, of_day in lines.items():
        units = [those for those in of_day.values() if any(context.units for context in those)]
        for those in units if service in sent else units[1:]:
            yield _second_of_a_day(those)


def _is_one_a_day(context: Context) -> bool:
    """Tell whether a contact is billed by the day, and no limit of the programme gives the day more units."""
    if context.coding is None or context.coding.unit.per != "day":
        return False
    return not any(scope != "peer" and units > 1 for _, scope, units in units_a_day(context))


def _second_of_a_day(contexts: Sequence[Context]) -> Problem:
    first = contexts[0]
    said = first.rules.unit.said.get("per") if first.rules is not None else None
    severity, citations = (said.severity, said.citations) if said is not None else (Severity.WARNING, ())
    by_definition = procedures().get(first.hcpcs)
    if severity is not Severity.ERROR and by_definition is not None and by_definition.per == "day":
        severity, citations = Severity.ERROR, (*citations, procedure_citation(first.hcpcs))
    return Problem(
        severity=severity,
        encounter_ids=tuple(context.encounter.encounter_id for context in contexts),
        where="policy.unit.per",
        message=say(
            "second-of-a-day",
            "{hcpcs} is one unit a day, and the member has it on {day} already: from another peer, or elsewhere",
            hcpcs=first.hcpcs,
            day=first.day or dt.date.max,
        ),
        fix="Bill one of the two. If the payer pays more than one a day, write how many under policies/, as a limit.",
        citations=citations,
        member_id=first.encounter.member_id or None,
    )


@check("PB701", scope="member", looks_at="units")
def within_member_limits(group: Group) -> Iterator[Problem]:
    """Units stay within each limit of the programme, per member, in its window.

    Why it matters: units beyond a limit are denied, or need an authorization first.

    Passes: 16 units on one day where 16 are the limit.

    Fails: the encounter with the 17th unit, and the later ones of that day. Where the text does not say what
    follows, and where it asks for an attachment or review, it is a warning. A second unit of a day by a code whose
    unit is the day, by another peer or at another place.
    """
    yield from _past_limits(group, _SCOPES["member"], by_session=False)
    yield from _beyond_one_a_day(group)


@check("PB702", scope="peer", looks_at="units")
def within_peer_limits(group: Group) -> Iterator[Problem]:
    """Hours and units stay within each limit on the peer.

    Why it matters: a peer with more billed hours than the programme allows puts all of them in doubt.

    Passes: 30 hours in a week where 30 are the limit; a group session counts once.

    Fails: the session that passes the limit, and the later ones of that week.
    """
    yield from _past_limits(group, _SCOPES["peer"], by_session=True)
