"""PB316 to PB318: ratios of peers to supervisors and of members to peers, and hours of service between supervisions."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal

from peerbill.checks.base import Problem, check, problem, shortfall
from peerbill.coding.context import Context, Group
from peerbill.coding.ratios import Unsupervised, caseload, contacts_of, full_time, peers_of, unsupervised
from peerbill.coding.training import plain
from peerbill.model.sentence import Figure, Sentence, say
from peerbill.policy import Authority


@check("PB316", looks_at="staff")
def supervisor_has_few_peers(context: Context) -> Iterator[Problem]:
    """The supervisor has no more peers on the day of service than the programme allows for one.

    Peers are those of the roster who name the supervisor, by role or because they serve members. Where the text counts
    full-time equivalents, the column fte does.

    Why it matters: a supervisor with too many peers supervises none of them as the state expects.

    Passes: 8 peers where 8 are allowed; a ninth who was hired on the day after the service.

    Fails: 9 peers. Where full-time equivalents are meant and not recorded, it is a warning.
    """
    if context.rules is None or context.staff is None or context.day is None:
        return
    answer = context.rules.supervision
    limit, supervisor_id = answer.value.peers_per_supervisor, context.staff.supervisor_id
    if limit is None or not supervisor_id:
        return
    peers = peers_of(context.index, supervisor_id, context.day)
    said = answer.said["peers_per_supervisor"]
    of: dict[str, Figure] = {"supervisor_id": supervisor_id, "limit": limit}
    fix = "Assign some of the peers to another supervisor in staff, or correct hired_on and left_on."
    if not answer.value.fte:
        if len(peers) > limit:
            message = say(
                "too-many-peers",
                "{supervisor_id} supervises {peers} peers on the day of service; allowed for one supervisor: {limit}",
                **of,
                peers=len(peers),
            )
            yield problem(context, "staff.supervisor_id", message, fix, said=said)
        return
    supervisor = context.index.staff.get(supervisor_id)
    own = supervisor.fte if supervisor is not None and supervisor.fte is not None else Decimal(1)
    if full_time(peers) > limit * own:
        message = say(
            "too-many-full-time-peers",
            "{supervisor_id} ({own} of full time) supervises peers of {peers} full-time posts on the day of service; "
            "allowed for one full-time supervisor: {limit}",
            **of,
            own=plain(own),
            peers=plain(full_time(peers)),
        )
        yield problem(context, "staff.fte", message, fix, said=said)
    elif len(peers) > limit * own and any(peer.fte is None for peer in peers):
        message = say(
            "full-time-not-recorded",
            "{supervisor_id} supervises {peers} peers on the day of service, and how many full-time posts they fill is "
            "not recorded; allowed for one full-time supervisor: {limit}",
            **of,
            peers=len(peers),
        )
        fix = "Enter the share of full time of each peer in staff, under fte."
        yield shortfall(context, "staff.fte", message, fix, said, recorded=False)


@check("PB317", scope="peer")
def caseload_is_small_enough(group: Group) -> Iterator[Problem]:
    """A peer has no more members at a time than the programme allows for one peer.

    A member counts from a contact with the peer alone to the next one within 30 days. Groups do not count, nor does a
    member whom the peer met once. The workspace may show a part of the caseload: passing the limit is certain, staying
    below it is not.

    Why it matters: the ratio is a condition of the service, and rosters show it at a glance.

    Passes: 12 members seen every week, where 12 are allowed.

    Fails: a thirteenth, on the days between the first and the last contact with each of them.
    """
    if all(rules.supervision.value.members_per_peer is None for rules in group.rules):
        return
    asked: dict[tuple[str, int], list[tuple[Context, dt.date, Authority]]] = defaultdict(list)
    for context in group.contexts:
        rules = context.rules
        limit = rules.supervision.value.members_per_peer if rules is not None else None
        if rules is not None and limit is not None and context.day is not None and _is_own(group, context):
            asked[rules.programme, limit].append((context, context.day, rules.supervision.said["members_per_peer"]))
    counts = caseload(contacts_of(group)) if asked else {}
    for (programme, limit), contexts in sorted(asked.items(), key=lambda item: item[0]):
        inside = [(context, day, said) for context, day, said in contexts if counts[day] > limit]
        if not inside:
            continue
        days = [day for _, day, _ in inside]
        message = say(
            "too-many-members",
            "{staff_id} had {members} members at a time between {first} and {last}; {programme} allows {limit} for one "
            "peer",
            staff_id=group.key,
            members=max(counts[day] for day in days),
            first=min(days),
            last=max(days),
            programme=programme,
            limit=limit,
        )
        fix = "Ask the supervisor to share the members among more peers; ask the payer about the days beyond the ratio."
        found = [context for context, _, _ in inside]
        yield _of_peer(group, found, "encounters.staff_id", message, fix, inside[0][2])


@check("PB318", scope="peer")
def supervision_keeps_up_with_service(group: Group) -> Iterator[Problem]:
    """A peer gives no more hours of service between two supervisions than the programme allows.

    The hours are those of the workspace and of its ledger, on the days between two meetings; a group session counts
    once. Hours elsewhere would only add to them.

    Why it matters: a text that counts hours wants a peer who works more to be supervised more often.

    Passes: 20 hours of service from one meeting to the next, where 20 are allowed.

    Fails: a contact with which there are more; a meeting that is shorter than the text asks for ends nothing.
    """
    if all(rules.supervision.value.service_hours is None for rules in group.rules):
        return
    asked: dict[tuple[int, int], list[tuple[Context, Authority]]] = defaultdict(list)
    for context in group.contexts:
        supervision = context.rules.supervision if context.rules is not None else None
        if supervision is not None and supervision.value.service_hours is not None and _is_own(group, context):
            wanted = supervision.value.service_hours, supervision.value.minutes or 0
            asked[wanted].append((context, supervision.said["service_hours"]))
    contacts = contacts_of(group) if asked else []
    for (limit, least), contexts in sorted(asked.items(), key=lambda item: item[0]):
        for stretch in unsupervised(contacts, group.index.supervision.get(group.key, ()), least):
            late = _beyond(stretch, limit * 60)
            inside = [(context, said) for context, said in contexts if (context.day, context.encounter.start) in late]
            if not inside:
                continue
            message = say(
                "too-many-hours-without-supervision",
                "{staff_id} gave {hours} hours of service from {first} to {last} without enough supervision; allowed: "
                "{limit}",
                staff_id=group.key,
                hours=plain((Decimal(stretch.minutes) / 60).quantize(Decimal("0.01"))),
                first=stretch.contacts[0].day,
                last=stretch.contacts[-1].day,
                limit=limit,
            )
            fix = "Enter the meetings that took place in supervision, with their minutes; plan the next one."
            yield _of_peer(group, [context for context, _ in inside], "supervision.date", message, fix, inside[0][1])


def _beyond(stretch: Unsupervised, minutes: int) -> set[tuple[dt.date, dt.datetime | None]]:
    """Return day and start of the sessions of a stretch from the one with which the minutes are passed.

    Those that were billed count first: a note that came late takes no more hours than they leave.
    """
    total, late = 0, set()
    for contact in sorted(stretch.contacts, key=lambda contact: not contact.billed):
        total += contact.minutes
        if total > minutes:
            late.add((contact.day, contact.start))
    return late


def _is_own(group: Group, context: Context) -> bool:
    return not context.billed and context.encounter.staff_id == group.key and context.staff is not None


def _of_peer(
    group: Group, contexts: Iterable[Context], where: str, message: Sentence, fix: str, said: Authority
) -> Problem:
    return Problem(
        severity=said.severity,
        encounter_ids=tuple(context.encounter.encounter_id for context in contexts),
        where=where,
        message=message,
        fix=fix,
        citations=said.citations,
        staff_id=group.key,
    )
