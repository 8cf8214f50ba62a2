"""PB8xx: could it have happened, and was it billed before."""

import datetime as dt
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

import attrs

from peerbill.checks.base import Problem, check, problem
from peerbill.codes import is_plausible_hcpcs, kinds
from peerbill.coding.activities import named, word
from peerbill.coding.context import Context, Group
from peerbill.coding.history import service_key
from peerbill.model.claim import BilledEncounter
from peerbill.model.claim_state import Standing
from peerbill.model.clock import instant
from peerbill.model.encounter import Encounter, duration
from peerbill.model.finding import Severity
from peerbill.model.line_key import SameService, line_of_billed
from peerbill.model.people import OtherService
from peerbill.model.sentence import Figure, say
from peerbill.policy import Authority, Rules
from peerbill.policy.published import shown_service

LOOK_MINUTES = 12 * 60
DAY_MINUTES = 24 * 60


@attrs.define
class Session:
    """A stretch of time in one place, with the encounters that record it; those of the ledger have no context.

    `begins` and `ends` are instants, in UTC, which overlaps are judged by; `start` and `end` are local.
    """

    start: dt.datetime
    end: dt.datetime
    minutes: int
    begins: dt.datetime
    ends: dt.datetime
    contexts: list[Context] = attrs.field(factory=list)

    def lengthen(self, end: dt.datetime, minutes: int, ends: dt.datetime) -> None:
        """Take in another record of the session."""
        self.end = max(self.end, end)
        self.ends = max(self.ends, ends)
        self.minutes = max(self.minutes, minutes)


def sessions_of(group: Group, history: Iterable[BilledEncounter], *, by_group: bool) -> list[Session]:
    """Return sessions in order of start: the rows of one group session, and repeated rows, are one.

    Peers who lead a group together and divide its rows between them were in one place: the group is one session.
    The ledger does not hold group ids: its rows of one peer, start and service were one session, and so is a group
    session of the file with them.
    """
    found: dict[tuple[object, ...], Session] = {}
    group_sessions: dict[tuple[object, ...], Session] = {}
    zone = group.index.zone
    for context in group.contexts:
        encounter = context.encounter
        lasted = duration(encounter)
        if encounter.start is None or encounter.end is None or lasted is None:
            continue
        key: tuple[object, ...] = (
            (context.group_id, encounter.start) if by_group and context.group_id else _contact_key(encounter)
        )
        minutes = context.minutes if context.minutes is not None else int(lasted.total_seconds()) // 60
        begins = instant(zone, encounter.start, encounter.start_offset)
        session = found.get(key)
        if session is None:
            found[key] = Session(encounter.start, encounter.end, minutes, begins, begins + lasted, [context])
        else:
            session.lengthen(encounter.end, minutes, begins + lasted)
            session.contexts.append(context)
        if by_group and context.group_id:
            group_sessions[encounter.staff_id, encounter.start, encounter.service] = found[key]
    for sent in history:
        if sent.encounter_id in group.index.encounter_ids:
            continue
        key = (sent.staff_id, sent.start, sent.service)
        session = group_sessions.get(key) or found.get(service_key(sent))
        begins = instant(zone, sent.start)
        ends = max(instant(zone, sent.end), begins + dt.timedelta(minutes=sent.minutes))
        if session is None:
            made = Session(sent.start, sent.end, sent.minutes, begins, ends)
            session = found.setdefault(key if by_group else service_key(sent), made)
        session.lengthen(sent.end, sent.minutes, ends)
    return sorted(found.values(), key=lambda session: (session.begins, session.ends))


def _contact_key(encounter: Encounter) -> tuple[object, ...]:
    """Return what makes two rows one contact; in an hour that repeats, their offsets tell them apart."""
    if encounter.start_offset is None:
        return service_key(encounter)
    return (*service_key(encounter), encounter.start_offset, encounter.end_offset)


def _clusters(sessions: list[Session]) -> Iterator[list[Session]]:
    """Yield each run of sessions in which every one overlaps another: one sorted sweep."""
    cluster: list[Session] = []
    end: dt.datetime | None = None
    for session in sessions:
        if end is not None and session.begins < end:
            cluster.append(session)
            end = max(end, session.ends)
            continue
        if len(cluster) > 1:
            yield cluster
        cluster, end = [session], session.ends
    if len(cluster) > 1:
        yield cluster


def _named(sessions: Iterable[Session]) -> list[Context]:
    """Return the contexts that a finding may name: what is billed and unchanged has none."""
    contexts = [context for session in sessions for context in session.contexts if not context.billed]
    return sorted(contexts, key=lambda context: context.encounter.encounter_id)


_GROUP_FIX = " Rows of one group session need the same group_id."
_SERVICE_FIX = " Rows of a group session need a service for groups: these are of a one-to-one service."


def _lacks_group_id(context: Context) -> bool:
    """Tell whether an encounter is of a group and does not say of which session."""
    mode = context.coding.mode if context.coding is not None else context.encounter.service
    return mode == "group" and not context.encounter.group_id


def _is_of_another_service(context: Context) -> bool:
    """Tell whether an encounter says of which group session it is, and its service is one-to-one."""
    return context.encounter.group_id != context.group_id


def _overlap(group: Group, sessions: list[Session], who: str) -> Iterator[Problem]:
    for cluster in _clusters(sessions):
        contexts = _named(cluster)
        if not contexts:
            continue
        first, last = cluster[0].start, max(session.end for session in cluster)
        sent = sum(not session.contexts or all(context.billed for context in session.contexts) for session in cluster)
        of: dict[str, Figure] = {"count": len(cluster), "who": who, "id": group.key, "first": first, "last": last}
        yield Problem(
            severity=Severity.ERROR,
            encounter_ids=tuple(context.encounter.encounter_id for context in contexts),
            where="encounters.start",
            message=say("overlap", "{count} encounters of {who} {id} overlap between {first} and {last}", **of)
            if not sent
            else say(
                "overlap-with-billed",
                "{count} encounters of {who} {id} overlap between {first} and {last}, {billed} of them billed before",
                **of,
                billed=sent,
            ),
            fix="Correct the times or the person from that day's records; only one of overlapping services is billed."
            + (_GROUP_FIX if who == "peer" and sum(map(_lacks_group_id, contexts)) > 1 else "")
            + (_SERVICE_FIX if who == "peer" and any(map(_is_of_another_service, contexts)) else ""),
            staff_id=group.key if who == "peer" else None,
            member_id=group.key if who == "member" else None,
        )


@check("PB801", scope="peer", looks_at="times")
def peer_was_in_one_place(group: Group) -> Iterator[Problem]:
    """The peer was in one place at a time, as the rendering person and as a co-facilitator.

    Why it matters: two services at one time cannot both have happened; the whole record comes into doubt.

    Passes: 10:00 to 11:00 and 11:00 to 12:00; the rows of one group session.

    Fails: 10:00 to 11:00 and 10:59 to 12:00; two rows of a one-to-one service at one time, also with one group_id. All
    encounters concerned are named and held.
    """
    history = group.index.history.of_staff.get(group.key, ())
    sessions = sessions_of(group, history, by_group=True)
    yield from _overlap(group, sessions, "peer")


@check("PB802", scope="member", looks_at="times")
def member_was_in_one_place(group: Group) -> Iterator[Problem]:
    """The member was in one place at a time.

    Why it matters: as for the peer; payers compare all services of a member.

    Passes: 10:00 to 11:00 with one peer and 11:00 to 12:00 with another.

    Fails: 10:00 to 11:00 with one peer and 10:30 to 11:30 with another. All encounters concerned are named and held.
    """
    history = group.index.history.of_member.get(group.key, ())
    sessions = sessions_of(group, history, by_group=False)
    yield from _overlap(group, sessions, "member")


@check("PB803", scope="peer", looks_at="times")
def peer_day_is_possible(group: Group) -> Iterator[Problem]:
    """The peer's day is possible: over 12 hours of sessions ask for a look, over 24 hours are an error.

    Why it matters: impossible days are what an auditor's first query finds.

    Passes: 12 hours of sessions on one day. Overlaps count twice, the rows of one group session once.

    Fails: 12 hours and a minute; or more than 24 hours.
    """
    days: dict[dt.date, list[Session]] = defaultdict(list)
    for session in sessions_of(group, group.index.history.of_staff.get(group.key, ()), by_group=True):
        days[session.start.date()].append(session)
    for day, sessions in sorted(days.items()):
        minutes = sum(max(session.minutes, 0) for session in sessions)
        contexts = _named(sessions)
        if minutes <= LOOK_MINUTES or not contexts:
            continue
        yield Problem(
            severity=Severity.ERROR if minutes > DAY_MINUTES else Severity.WARNING,
            encounter_ids=tuple(context.encounter.encounter_id for context in contexts),
            where="encounters.start",
            message=say(
                "long-day",
                "the sessions of peer {staff_id} on {day} add up to {hours} h {minutes:02} min",
                staff_id=group.key,
                day=day,
                hours=minutes // 60,
                minutes=minutes % 60,
            ),
            fix="Check the times and the staff_id of that day's encounters.",
            staff_id=group.key,
        )


@check("PB804", scope="member", looks_at="times")
def not_a_duplicate(group: Group) -> Iterator[Problem]:
    """The encounter is not a duplicate of another in the file: same member, staff member, start and end.

    Why it matters: a service entered twice is billed twice.

    Passes: two contacts on one day at different times.

    Fails: the same contact under two ids. Every one of them is named and held.
    """
    same: dict[tuple[object, ...], list[Context]] = defaultdict(list)
    for context in group.contexts:
        if not context.billed and context.encounter.start is not None:
            same[_contact_key(context.encounter)].append(context)
    for contexts in same.values():
        if len(contexts) > 1:
            ids = sorted(context.encounter.encounter_id for context in contexts)
            yield Problem(
                severity=Severity.ERROR,
                encounter_ids=tuple(ids),
                where="encounters.encounter_id",
                message=say(
                    "entered-twice",
                    "one contact is entered {count} times: {encounter_ids}",
                    count=len(ids),
                    encounter_ids=tuple(ids),
                ),
                fix="Keep the row that the peer's record supports and remove the others.",
                staff_id=contexts[0].encounter.staff_id or None,
                member_id=group.key or None,
            )


@check("PB805", needs=lambda situation: situation.index.history.rows or situation.index.purged_before is not None)
def not_billed_before(context: Context) -> Iterator[Problem]:
    """The encounter was not billed before, under this or another id, and its line was not sent yet.

    Why it matters: a second claim for a billed line is denied as a duplicate; a change needs a replacement claim.

    Passes: an encounter that the ledger holds and that has not changed: it counts as billed, without a finding; one
    that was changed after its claim was voided.

    Fails: an encounter changed since it was billed; another id for a billed service; one whose line (member, day,
    rendering provider, place, code, modifiers) went out without it; or, where claims before a day were purged (peerbill
    purge), one of before that day that the ledger does not have: it may have been billed on one of them.
    """
    if context.billed:
        return
    index = context.index
    encounter = context.encounter
    key = context.line_key
    sent = index.history.billed.get(encounter.encounter_id)
    if sent is not None and sent.standing == Standing.LIVE:
        message = say(
            "changed-since-billed",
            "the encounter was changed since it was billed (claim {claim_id})",
            claim_id=sent.claim_id,
        )
        fix = "Undo the change, or correct the claim: peerbill replace."
    elif (other := index.history.with_service(encounter)) is not None:
        message = say(
            "billed-under-another-id",
            "the service was billed before as {encounter_id} (claim {claim_id})",
            encounter_id=other,
            claim_id=index.history.billed[other].claim_id,
        )
        fix = "Remove this row; a service has one id for good."
    elif key is not None and (other := index.history.with_line(key)) is not None:
        message = say(
            "line-was-sent",
            "the line of this day was sent before, with {encounter_id} (claim {claim_id})",
            encounter_id=other,
            claim_id=index.history.billed[other].claim_id,
        )
        fix = "Add this encounter to the claim: peerbill replace; a second line would be denied as a duplicate."
    elif index.purged_before is not None and context.may_be_purged:
        message = say(
            "may-be-purged",
            "the ledger does not have the encounter, and claims for services before {purged_before} were purged: it "
            "may have been billed",
            purged_before=index.purged_before,
        )
        fix = (
            "Take the row out of the table encounters, and keep it elsewhere as long as your rules say. Where the "
            "payer says that it was never billed, and it can still be filed, ask the payer how: not with peerbill."
        )
    else:
        return
    yield problem(context, "encounters.encounter_id", message, fix)


@check("PB807", scope="member")
def no_excluding_service(group: Group) -> Iterator[Problem]:
    """No service that excludes this one was given at the same time or on the same day.

    Why it matters: payers pay one of two services that include each other.

    Passes: another service on another day; one whose kind is the code of a service, or a word of a policy, that the
    programme does not name.

    Fails: a service of the table other_services, or another encounter, that the programme names as excluding; a kind
    that is written nearly as one of these. A kind that is no known word is a warning, and so is a service without an
    end before a contact of that day, where the programme excludes what is given at the same time.
    """
    index = group.index
    if not any(map(_excludes, group.rules)):
        return
    others = _by_kind(index.other_services.get(group.key, ()))
    barred: dict[int, list[_Barred]] = {}
    unclear: dict[_Unclear, list[str]] = defaultdict(list)
    neighbours = _neighbours(group)
    if not others and not neighbours:
        return
    for context in group.contexts:
        if context.rules is None or context.billed:
            continue
        exclusion = context.rules.exclusion
        same_time, same_day, enrolled = exclusion.of("same_time"), exclusion.of("same_day"), exclusion.of("enrolled")
        if not (same_time or same_day or enrolled):
            continue
        found: list[Problem] = []
        if id(context.rules) not in barred:
            barred[id(context.rules)] = [*_barred(context.rules, others, group.rules)]
        for kind in barred[id(context.rules)]:
            for rule in kind.broken(context):
                if kind.excluding:
                    unclear[_Unclear(kind.name, kind.excluding, rule)].append(context.encounter.encounter_id)
                elif kind.meant:
                    found.append(_nearly(context, kind, rule))
                else:
                    found.append(_excluded(context, kind.name, rule, "other_services.kind"))
            perhaps = kind.perhaps_broken(context)
            if perhaps is not None:
                unclear[_Unclear(kind.name, (), perhaps)].append(context.encounter.encounter_id)
        for day in _days_around(context) if same_time or same_day else ():
            for programme, hcpcs, start, end in neighbours.get(day, ()):
                if (programme, hcpcs) == (context.rules.programme, context.hcpcs):
                    continue
                code = hcpcs.casefold()
                said = named(same_time, code) if _overlaps(context, start, end) else None
                of_day = named(same_day, code) if start.date() == context.day else None
                if of_day is not None and not _hides(said, of_day):
                    said = of_day
                if said is not None:
                    found.append(_excluded(context, hcpcs, said, "encounters.service"))
        yield from dict.fromkeys(found)
    for what, encounter_ids in unclear.items():
        yield what.problem(group.key, tuple(dict.fromkeys(encounter_ids)))


def _excludes(rules: Rules) -> bool:
    return any(map(rules.exclusion.of, _VERBS))


_Neighbour = tuple[str, str, dt.datetime, dt.datetime]


def _neighbours(group: Group) -> Mapping[dt.date, list[_Neighbour]]:
    """Return the member's coded services by the day they began: programme, code, start, end; the ledger's too.

    Nothing where all are one code of one programme, which excludes itself by other rules.
    """
    sent_before = group.index.history.of_member.get(group.key, ())
    codings = {(context.rules, context.coding) for context in group.contexts if context.rules is not None}
    codes = {(rules.programme, coding.hcpcs if coding is not None else "") for rules, coding in codings}
    if len(codes) < 2 and not sent_before:
        return {}
    rows: list[_Neighbour] = [
        (context.rules.programme, context.hcpcs, context.encounter.start, context.encounter.end)
        for context in group.contexts
        if context.rules is not None and context.hcpcs and context.encounter.start and context.encounter.end
    ]
    rows += [
        (sent.programme, sent.hcpcs, sent.start, sent.end)
        for sent in sent_before
        if sent.encounter_id not in group.index.encounter_ids
    ]
    if len({row[:2] for row in rows}) < 2:
        return {}
    days: dict[dt.date, list[_Neighbour]] = defaultdict(list)
    for row in rows:
        days[row[2].date()].append(row)
    return days


def _days_around(context: Context) -> tuple[dt.date, ...]:
    """Return the days on which a service began that may meet this one, midnight crossed or not."""
    if context.day is None:
        return ()
    one = dt.timedelta(days=1)
    return (context.day - one, context.day, context.day + one)


@attrs.define
class _Services:
    """A member's other services of one kind, so that which of them meet a contact is found without a look at each.

    `starts` and `ends`, and the days on which they began and ended, are sorted, each by itself: of what has begun, what
    has ended is taken away. A service whose end is before its start was given at a time and on no day.
    """

    starts: list[dt.datetime]
    ends: list[dt.datetime]
    first_days: list[dt.date]
    last_days: list[dt.date]
    last_start: dict[dt.date, dt.datetime] = attrs.field(factory=dict)
    first_end: dict[dt.date, dt.datetime] = attrs.field(factory=dict)
    first_open: dict[dt.date, dt.datetime] = attrs.field(factory=dict)
    open_since: dt.datetime | None = None

    @classmethod
    def of(cls, spans: Iterable[tuple[dt.datetime, dt.datetime | None]]) -> "_Services":
        """Return services by their starts and recorded ends."""
        spans = sorted(spans, key=lambda span: span[0])
        on_days = [(start, end) for start, end in spans if end is None or start.date() <= end.date()]
        made = cls(
            starts=[start for start, _ in spans],
            ends=sorted(_ended(start, end) for start, end in spans),
            first_days=[start.date() for start, _ in on_days],
            last_days=sorted((end or start).date() for start, end in on_days),
            first_open={start.date(): start for start, end in reversed(spans) if end is None},
            open_since=next((start for start, end in spans if end is None), None),
        )
        for start, end in on_days:
            made.last_start[start.date()] = start
            last, ended = (end or start).date(), _ended(start, end)
            made.first_end[last] = min(made.first_end.get(last, ended), ended)
        return made

    def at_the_time(self, begins: dt.datetime, ends: dt.datetime) -> bool:
        """Return whether one of them was given at a time."""
        return bisect_left(self.starts, ends) > bisect_right(self.ends, begins)

    def on_the_day(self, day: dt.date) -> bool:
        """Return whether one of them was given on a day."""
        return bisect_right(self.first_days, day) > bisect_left(self.last_days, day)

    def at_another_time(self, begins: dt.datetime, ends: dt.datetime) -> bool:
        """Return whether one of them was given on the day on which a time begins, and not at that time."""
        day = begins.date()
        before, after = self.first_end.get(day), self.last_start.get(day)
        return (before is not None and before <= begins) or (after is not None and after >= ends)

    def may_go_on(self, begins: dt.datetime) -> bool:
        """Return whether one of them began earlier that day and has no end."""
        since = self.first_open.get(begins.date())
        return since is not None and since < begins

    def open_before(self, day: dt.date, begins: dt.datetime | None = None) -> bool:
        """Return whether one of them began on an earlier day, not at a time that begins then, and has no end."""
        since = self.open_since
        return since is not None and since.date() < day and (begins is None or _ended(since, None) <= begins)


@attrs.frozen
class _Barred:
    """A kind of other services that a programme names as excluding, and by whose rule.

    A kind that is no known word is taken for the one that is `meant`, where it is written nearly so; else it may be any
    of those that the programme names, `excluding`.
    """

    name: str
    services: _Services
    at_the_time: Authority | None
    on_the_day: Authority | None
    while_enrolled: Authority | None
    meant: str = ""
    excluding: tuple[str, ...] = ()

    def broken(self, context: Context) -> Iterator[Authority]:
        """Yield each rule that one of the services breaks; of one service, the first of them, and the first error."""
        services, day, time = self.services, context.day, _time_of(context)
        if self.at_the_time and time and services.at_the_time(*time):
            yield self.at_the_time
        if day is None:
            return
        if self.on_the_day and self._was_on(day, time if _hides(self.at_the_time, self.on_the_day) else None):
            yield self.on_the_day
        if self.while_enrolled:
            apart = time if _hides(self.at_the_time, self.while_enrolled) else None
            is_left = not _hides(self.on_the_day, self.while_enrolled) and self._was_on(day, apart)
            if is_left or services.open_before(day, apart[0] if apart else None):
                yield self.while_enrolled

    def _was_on(self, day: dt.date, apart: tuple[dt.datetime, dt.datetime] | None) -> bool:
        """Tell whether one of the services was given on a day, apart from a time of that day."""
        return self.services.at_another_time(*apart) if apart else self.services.on_the_day(day)

    def perhaps_broken(self, context: Context) -> Authority | None:
        """Return the rule on the same time where a service that began earlier that day may have gone on."""
        time = _time_of(context)
        if self.at_the_time is None or self.on_the_day or self.while_enrolled or self.excluding or time is None:
            return None
        meets = self.services.may_go_on(time[0]) and not self.services.at_the_time(*time)
        return self.at_the_time if meets else None


def _hides(first: Authority | None, later: Authority) -> bool:
    """Tell whether a rule need not be told beside another that the same service breaks: an error is no warning."""
    return first is not None and (first.severity is Severity.ERROR or later.severity is not Severity.ERROR)


_VERBS = ("same_time", "same_day", "enrolled")
_NEAR = 0.8
"""How alike two words are of which one is a slip for the other, as difflib measures it."""


def _barred(rules: Rules, others: Mapping[str, _Services], of_member: Iterable[Rules]) -> Iterator[_Barred]:
    """Yield the kinds of a member's other services that exclude a contact under these rules, or may do so."""
    same_time, same_day, enrolled = (rules.exclusion.of(verb) for verb in _VERBS)
    by_verb = (same_time, same_day, enrolled)
    excluding = tuple(dict.fromkeys(word(name) for said in by_verb for name in said if name != "*"))
    for kind, services in others.items():
        if any(found := (named(same_time, kind), named(same_day, kind), named(enrolled, kind))):
            yield _Barred(kind, services, *found)
        elif excluding and not _is_known(kind, of_member):
            near = get_close_matches(kind, excluding, n=1, cutoff=_NEAR)
            meant = near[0] if near else ""
            said = (_first(same_time, meant), _first(same_day, meant), _first(enrolled, meant))
            yield _Barred(kind, services, *said, meant, () if meant else excluding)


def _first(words: Mapping[str, Authority], meant: str) -> Authority | None:
    """Return who says a word, or the first of the words where none is meant."""
    return next((said for name, said in words.items() if name != "*" and meant in ("", word(name))), None)


def _is_known(kind: str, of_member: Iterable[Rules]) -> bool:
    """Tell whether a kind is a code, a word of our list, or one that a programme of the member has or lifts."""
    if kind in kinds("other-service") or is_plausible_hcpcs(kind.upper()):
        return True
    said = (rules.exclusion for rules in of_member)
    return any(
        kind in {word(name.partition(":")[2] if verb == "lift" else name) for name in exclusion.of(verb)}
        for exclusion in said
        for verb in (*_VERBS, "lift")
    )


@attrs.frozen
class _Unclear:
    """Another service of which it is not known whether it excludes contacts: of no known kind, or without an end."""

    kind: str
    excluding: tuple[str, ...]
    said: Authority

    def problem(self, member_id: str, encounter_ids: tuple[str, ...]) -> Problem:
        """Return the warning on the contacts that it may exclude."""
        if self.excluding:
            where = "other_services.kind"
            message = say(
                "service-of-no-known-kind",
                "the member had a service of a kind that is no known word ({service}); what excludes this one: "
                "{services}",
                service=shown_service(self.kind) or "not shown",
                services=self.excluding,
            )
            fix = _CORRECT_KIND
        else:
            where = "other_services.end"
            message = say(
                "service-without-end",
                "the member had a service ({service}) that began earlier that day and has no end; at the same time it "
                "excludes this one",
                service=shown_service(self.kind) or "not shown",
            )
            fix = "Enter the end of the service in other_services."
        return Problem(
            severity=Severity.WARNING,
            encounter_ids=encounter_ids,
            where=where,
            message=message,
            fix=fix,
            citations=self.said.citations,
            own=False,
            member_id=member_id or None,
        )


_CORRECT_KIND = (
    "Correct kind in other_services, or write the code of the service there (90834). A kind of your own belongs in "
    'policies/, in exclusion: under same_time, same_day or enrolled; if it excludes nothing, lift = ["same_day:KIND"].'
)


def _nearly(context: Context, kind: _Barred, said: Authority) -> Problem:
    return problem(
        context,
        "other_services.kind",
        say(
            "kind-nearly-excluding",
            "the member had a service of a kind that is no known word ({service}); did you mean {meant}, which "
            "excludes this one?",
            service=shown_service(kind.name) or "not shown",
            meant=kind.meant,
        ),
        _CORRECT_KIND,
        said=said,
    )


def _by_kind(others: Iterable[OtherService]) -> Mapping[str, _Services]:
    spans: dict[str, list[tuple[dt.datetime, dt.datetime | None]]] = defaultdict(list)
    for other in others:
        start = _began(other)
        if start is not None:
            spans[word(other.kind)].append((start, other.end))
    return {kind: _Services.of(those) for kind, those in spans.items()}


def _began(other: OtherService) -> dt.datetime | None:
    """Return when a service began; without a recorded start, the beginning of the day on which it ended."""
    if other.start is not None or other.end is None:
        return other.start
    return dt.datetime.combine(other.end.date(), dt.time())


def _ended(start: dt.datetime, end: dt.datetime | None) -> dt.datetime:
    """Return when a service ended; it took a minute at least."""
    return max(end or start, start + dt.timedelta(minutes=1))


def _time_of(context: Context) -> tuple[dt.datetime, dt.datetime] | None:
    begins, ends = context.encounter.start, context.encounter.end
    if begins is None or ends is None:
        return None
    return begins, max(ends, begins + (duration(context.encounter) or dt.timedelta()))


def _overlaps(context: Context, start: dt.datetime, end: dt.datetime) -> bool:
    time = _time_of(context)
    return time is not None and time[0] < _ended(start, end) and start < time[1]


def _excluded(context: Context, kind: str, said: Authority, where: str) -> Problem:
    return problem(
        context,
        where,
        say("excluding-service", "the member had a service ({service}) that excludes this one", service=kind),
        "Bill only one of the two; check the times where the rule is about the same time.",
        said=said,
    )


@check("PB808", needs=lambda situation: situation.index.history.rejected, looks_at="row")
def not_rejected_before(context: Context) -> Iterator[Problem]:
    """No payer has rejected the encounter's claim, or the claim says something else by now.

    Why it matters: sent again as it was, a claim is rejected again, and the days to file run on.

    Passes: an encounter that no claim was made of, or whose claim was taken in; one whose claim was rejected and would
    say something else now, because the encounter, another table or the settings were changed.

    Fails: its last claim was rejected at the interchange (TA1), the group (999) or the payer (277CA), and the next one
    would say the same: it is held, until something is changed or peerbill bill --unchanged asks for it. A warning
    where it is not known what the claim said.
    """
    sent = context.index.history.rejected.get(context.encounter.encounter_id)
    if sent is not None and not context.billed:
        yield problem(
            context,
            "encounters.encounter_id",
            say(
                "rejected-goes-again",
                "its claim {claim_id} was {reason}; it goes out again as a new claim",
                claim_id=sent.claim_id,
                reason=sent.reason,
            ),
            "Change what it was rejected for before the next bill; sent as it was, it is rejected again.",
            severity=Severity.WARNING,
        )


@check("PB809", scope="member")
def one_peer_a_day(group: Group) -> Iterator[Problem]:
    """One rendering provider a day, at one site, gives the member a service of one code and modifiers.

    Why it matters: claims that differ in the rendering provider or the site alone are often denied as duplicates.

    Passes: two contacts of one day with one peer, which are one line; an individual contact and a group; two peers
    where the payer's second_service marks the second.

    Fails: two contacts of one day with two peers, same code and modifiers: a warning on each of them. Two contacts of
    one day with one peer at two sites that one provider bills, with one place of service code.
    """
    days = {context.day for context in group.contexts}
    if len(days) == len(group.contexts) and group.key not in group.index.history.of_member:
        return
    lines: dict[SameService, dict[str, list[Context]]] = defaultdict(lambda: defaultdict(list))
    for context in group.contexts:
        line_key = context.line_key
        if line_key is not None and not context.held:
            lines[line_key.service][context.rendering_id].append(context)
    if not lines:
        return
    yield from _several_sites(group, lines)
    before: dict[SameService, set[str]] = defaultdict(set)
    for sent in group.index.history.of_member.get(group.key, ()):
        before[line_of_billed(sent).service].add(sent.rendering_id)
    for line, peers in lines.items():
        others = before[line] | peers.keys()
        contexts = [context for found in peers.values() for context in found if not context.billed]
        if len(others) < 2 or not contexts:
            continue
        yield Problem(
            severity=Severity.WARNING,
            encounter_ids=tuple(sorted(context.encounter.encounter_id for context in contexts)),
            where="encounters.staff_id",
            message=say(
                "several-peers",
                "{count} rendering providers bill {hcpcs} for this member on {day}; "
                "the payer may deny the second claim as a duplicate",
                count=len(others),
                hcpcs=line.hcpcs,
                day=line.day,
            ),
            fix="Check staff_id. If both services took place, ask the payer which modifier marks the second service of "
            f'a day, and enter it in peerbill.toml: [payers.{line.payer}] second_service = {{ other_peer = "…" }}',
            member_id=group.key or None,
        )


def _several_sites(group: Group, lines: Mapping[SameService, Mapping[str, list[Context]]]) -> Iterator[Problem]:
    """Yield the lines of a day that differ in their site alone, where one provider bills both."""
    if not group.index.records.settings.sites:
        return
    settings = group.index.records.settings
    before: dict[tuple[SameService, str, str], set[str]] = defaultdict(set)
    for key in map(line_of_billed, group.index.history.of_member.get(group.key, ())):
        before[key.service, key.rendering_id, key.place].add(key.site)
    for line, peers in lines.items():
        for contexts in peers.values():
            alike: dict[tuple[str, str], list[Context]] = defaultdict(list)
            for context in contexts:
                alike[context.encounter.place, context.bills_as].append(context)
            for (place, bills_as), those in alike.items():
                sites = {context.site for context in those}
                payer, rendering = those[0].payer, those[0].rendering_id
                sites |= {
                    site
                    for site in before.get((line, rendering, place), ())
                    if payer is not None and settings.billing_site(site, payer) == bills_as
                }
                new = [context.encounter.encounter_id for context in those if not context.billed]
                if len(sites) < 2 or not new:
                    continue
                yield Problem(
                    severity=Severity.WARNING,
                    encounter_ids=tuple(sorted(new)),
                    where="encounters.site",
                    message=say(
                        "several-sites",
                        "{hcpcs} of {day} is billed from {count} sites with one place of service code; "
                        "the payer may deny the second claim as a duplicate",
                        hcpcs=line.hcpcs,
                        day=line.day,
                        count=len(sites),
                    ),
                    fix="Check site. If both services took place, ask the payer which modifier marks the second "
                    f"service of a day, and enter it in peerbill.toml: [payers.{line.payer}] second_service = "
                    '{ same_peer = "…" }',
                    member_id=group.key or None,
                )
