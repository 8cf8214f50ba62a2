"""PB3xx: may this peer give this service, on this day, and who stands behind them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import attrs

from peerbill.checks.base import Problem, check, problem
from peerbill.coding.context import Context, Group, Index, in_force
from peerbill.coding.credentials import (
    NO_CREDENTIAL,
    accepted_credentials,
    credentials_in_force,
    expiry,
    is_ended,
    qualifies,
)
from peerbill.coding.gaps import in_policy
from peerbill.coding.supervision import held_in, is_enough, window_of
from peerbill.model.finding import Severity
from peerbill.model.ids import compact
from peerbill.model.people import Credential, Staff
from peerbill.model.sentence import Figure, say
from peerbill.model.words import is_like_an_id, shown_or
from peerbill.policy import Answer, Authority, CredentialRule, Rules, Status, Tier
from peerbill.x12.rules837p import staff_problems, suffix_in_last_name


@check("PB301", looks_at="staff")
def staff_is_on_the_roster(context: Context) -> Iterator[Problem]:
    """The staff member is on the roster and employed on the day of service.

    Why it matters: a service by somebody whom the agency did not employ that day is not the agency's to bill.

    Passes: hired on 2026-01-05, and a service that day.

    Fails: a staff_id that staff does not hold; or a service before hired_on or after left_on. Of facilitators it is a
    warning.
    """
    encounter = context.encounter
    if context.staff is None:
        what = (
            say("not-in-staff", "{staff_id} is not in staff", staff_id=encounter.staff_id)
            if encounter.staff_id
            else say("no-staff-member", "the encounter names no staff member")
        )
        fix = "Correct staff_id, or add the person to staff."
        if encounter.staff_id and any(
            hold.staff_id == encounter.staff_id and hold.where.startswith("staff")
            for hold in context.index.records.holds
        ):
            what = say(
                "row-of-staff-not-read", "the row of {staff_id} in staff cannot be read", staff_id=encounter.staff_id
            )
            fix = "Correct that row of staff."
        yield problem(context, "encounters.staff_id", what, fix)
    elif context.day is not None:
        staff = context.staff
        if staff.hired_on is not None and context.day < staff.hired_on:
            yield problem(
                context,
                "staff.hired_on",
                say(
                    "hired-later",
                    "{staff_id} was hired on {hired_on}, after the service",
                    staff_id=staff.staff_id,
                    hired_on=staff.hired_on,
                ),
                "Correct hired_on, or the encounter's date or staff_id.",
            )
        if staff.left_on is not None and context.day > staff.left_on:
            yield problem(
                context,
                "staff.left_on",
                say(
                    "left-before",
                    "{staff_id} left on {left_on}, before the service",
                    staff_id=staff.staff_id,
                    left_on=staff.left_on,
                ),
                "Correct left_on, or the encounter's date or staff_id.",
            )
    unknown = [staff_id for staff_id in context.index.facilitators(encounter) if staff_id not in context.index.staff]
    if unknown:
        yield problem(
            context,
            "encounters.facilitators",
            say("facilitators-not-in-staff", "not in staff: {staff_ids}", staff_ids=tuple(unknown)),
            "Correct facilitators, or add them to staff.",
            severity=Severity.WARNING,
        )
    day, staff_of = context.day, context.index.staff
    known = [staff_of[staff_id] for staff_id in encounter.facilitators if staff_id in staff_of]
    away = [person.staff_id for person in known if day is not None and not person.is_employed(day)]
    if away:
        yield problem(
            context,
            "encounters.facilitators",
            say("facilitators-not-employed", "not employed on the day: {staff_ids}", staff_ids=tuple(away)),
            "Correct facilitators, or the days in hired_on and left_on.",
            severity=Severity.WARNING,
        )


def _said(answer: Answer[CredentialRule]) -> Authority | None:
    return answer.row or next(iter(answer.said.values()), None)


def _is_unread(said: Authority) -> bool:
    return said.status is Status.UNCONFIRMED


@check("PB302", looks_at="staff")
def credential_is_accepted(context: Context) -> Iterator[Problem]:
    """The staff member holds, on some day, a credential that the programme accepts, from a state it accepts.

    Why it matters: peer support is covered only when a peer certified as the state defines it gives it.

    Passes: the credential that the programme names, issued by its state.

    Fails: no such credential; or one from a state that the programme does not accept. A credential that only an
    unconfirmed value accepts, or one of the state where nobody confirmed which are accepted, is a warning.
    """
    if context.rules is None or context.staff is None:
        return
    rules = context.rules.credential
    found = accepted_credentials(context)
    if not found and NO_CREDENTIAL not in rules:
        said = next((one for answer in rules.values() if (one := _said(answer)) is not None), None)
        held = context.index.credentials.get(context.staff.staff_id, ())
        if not rules and held:
            yield problem(
                context,
                "credentials.credential",
                say(
                    "accepted-credentials-not-known",
                    "which credentials {programme} accepts is not known",
                    programme=context.rules.programme,
                ),
                "Look it up and write it " + in_policy(context.rules.programme, "credential.ABBREVIATION"),
                severity=Severity.WARNING,
                missing="credential",
            )
            return
        message = say(
            "no-accepted-credential",
            "{staff_id} holds no credential that is accepted for this service",
            staff_id=context.staff.staff_id,
        )
        if rules:
            message = say(
                "none-of-the-accepted-credentials",
                "{staff_id} holds no credential that is accepted for this service; {programme} accepts {credentials}; "
                "on file: {on_file}",
                staff_id=context.staff.staff_id,
                programme=context.rules.programme,
                credentials=tuple(sorted(rules)),
                on_file=tuple(dict.fromkeys(map(_named, held))) or ("none",),
            )
        state = context.rules.programme.partition("/")[0]
        unread = any(row.state == state for row in held) and all(
            (one := _said(answer)) is None or _is_unread(one) for answer in rules.values()
        )
        yield problem(
            context,
            "credentials.credential",
            message,
            "Enter the credential in credentials, with its state of issue; without one the service is not covered.",
            severity=Severity.WARNING if unread else Severity.ERROR,
            also=said.citations if said is not None else (),
        )
        return
    saids = [said for _, _, answer in found if (said := _said(answer)) is not None]
    if saids and all(_is_unread(said) for said in saids):
        name = found[0][1]
        yield problem(
            context,
            "credentials.credential",
            say(
                "acceptance-not-confirmed",
                "that {credential} is accepted is not confirmed by any document",
                credential=name,
            ),
            "Confirm it: ask the payer, or look it up in its manual, and write it "
            + in_policy(context.rules.programme, f"credential.{name}"),
            severity=Severity.WARNING,
            citations=saids[0].citations,
            missing=f"credential.{name}",
        )


def _named(row: Credential) -> str:
    """Return a credential with its state, as they are on file."""
    state = row.state if len(row.state) <= _LONGEST_STATE else "another text"
    return f"{shown_or(row.credential, 'another text')} ({state})"


_LONGEST_STATE = 2
"""Letters of a state's code: a longer text may be a name, as all are in capitals here."""


@check("PB303", looks_at="staff")
def credential_is_in_force(context: Context) -> Iterator[Problem]:
    """One accepted credential was in force on the day of service.

    Why it matters: a service by a peer whose certificate had lapsed that day is taken back, even if it was
    renewed later.

    Passes: a credential that expires on 2026-06-30, and a service that day.

    Fails: the same credential and a service on 2026-07-01; or one that is suspended or revoked, in this or in another
    row of it, not issued yet, or whose companion certificate is missing.
    """
    if context.day is None or context.rules is None:
        return
    found = accepted_credentials(context)
    if not found or credentials_in_force(context):
        return
    if NO_CREDENTIAL in context.rules.credential:
        return
    severity, missing = Severity.ERROR, ""
    fix = "Enter the renewal if there is one; a renewal that left a gap does not cover the services in it."
    row, name, answer = max(
        found,
        key=lambda one: (one[0].issued_on or dt.date.min, is_ended(one[0]), one[0].expires_on or dt.date.max),
    )
    of: dict[str, Figure] = {"credential": name, "staff_id": row.staff_id}
    if is_ended(row):
        where = "credentials.status"
        message = say("credential-not-active", "{credential} of {staff_id} is {status}", **of, status=row.status)
        fix = "Do not bill while it is; correct status if the entry is wrong."
    elif row.status == "in-process":
        where = "credentials.status"
        message = say(
            "credential-in-process",
            "{credential} of {staff_id} is in process, which is not enough on {day}",
            **of,
            day=context.day,
        )
        if "in_process" in answer.unknown:
            missing = f"credential.{name}.in_process"
            message = say(
                "in-process-not-known",
                "{credential} of {staff_id} is in process, and whether that is enough is not known",
                **of,
            )
        fix = "Enter issued_on and status once it is issued; ask the payer about the services before that."
    elif row.issued_on is None:
        where = "credentials.issued_on"
        message = say("issue-not-recorded", "when {credential} of {staff_id} was issued is not recorded", **of)
        fix = "Enter issued_on from the certificate."
    elif context.day < row.issued_on:
        where = "credentials.issued_on"
        message = say(
            "issued-later",
            "{credential} of {staff_id} was issued on {issued_on}, after the service",
            **of,
            issued_on=row.issued_on,
        )
        fix = "Correct issued_on, or enter the certificate that was in force before; otherwise do not bill."
        ended = [
            last
            for other, _, accepted in found
            if (last := expiry(other, accepted.value.valid_months)) is not None and last < context.day
        ]
        if ended:
            message = say(
                "between-two-credentials",
                "one credential of {staff_id} expired on {last}, and {credential} was issued on {issued_on}: the "
                "service is between them",
                **of,
                last=max(ended),
                issued_on=row.issued_on,
            )
    elif (last := expiry(row, answer.value.valid_months)) is not None and context.day > last:
        where = "credentials.expires_on"
        message = say(
            "credential-expired", "{credential} of {staff_id} expired on {last}, before the service", **of, last=last
        )
        if grace := answer.value.grace_days:
            message = say(
                "credential-expired-with-grace",
                "{credential} of {staff_id} expired on {last}, before the service ({days:#day} of grace included)",
                **of,
                last=last,
                days=grace,
            )
    else:
        also = " and ".join(answer.value.also)
        where = "credentials.credential"
        message = say(
            "companion-missing",
            "{credential} of {staff_id} needs {also: and } in force beside it",
            **of,
            also=tuple(answer.value.also),
        )
        fix = f"Enter {also} in credentials, with its days; otherwise do not bill."
        severity = answer.said["also"].severity if "also" in answer.said else severity
    said = _said(answer)
    yield problem(
        context,
        where,
        message,
        fix,
        severity=severity,
        also=said.citations if said is not None else (),
        missing=missing,
    )


@check("PB305", needs=lambda situation: situation.rules.tier)
def tier_may_deliver(context: Context) -> Iterator[Problem]:
    """The peer's tier may deliver this kind of support, and alone where no facilitator is named.

    Why it matters: a beginner under a coach's eye is allowed what a beginner alone is not.

    Passes: an associate gives affiliational support beside a coach named in facilitators.

    Fails: an associate gives informational support, or renders alone; or nobody who may oversee one is named.
    """
    encounter = context.encounter
    if context.rules is None or context.staff is None or not context.rules.tier:
        return
    staff = context.staff
    answer = _tier(context)
    if answer is None:
        known = tuple(sorted(context.rules.tier))
        message = (
            say(
                "tier-not-known",
                "tier {tier} is not one of the programme's ({tiers}), and what a peer may do depends on it",
                tier=staff.tier,
                tiers=known,
            )
            if staff.tier
            else say(
                "tier-not-recorded",
                "the tier is not recorded ({tiers}), and what a peer may do depends on it",
                tiers=known,
            )
        )
        yield problem(
            context,
            "staff.tier",
            message,
            "Enter the tier in staff.",
            severity=Severity.WARNING,
        )
        return
    value = answer.value
    if value.supports and encounter.support_type and encounter.support_type not in value.supports:
        yield problem(
            context,
            "encounters.support_type",
            say(
                "support-not-of-the-tier",
                "a peer of tier {tier} gives {supports} support, not {support_type}",
                tier=staff.tier,
                supports=tuple(value.supports),
                support_type=encounter.support_type,
            ),
            "Check support_type; otherwise ask the supervisor before billing.",
            said=answer.said.get("supports"),
        )
    others = [staff_id for staff_id in encounter.facilitators if staff_id != encounter.staff_id]
    if value.alone is False and not others:
        yield problem(
            context,
            "encounters.facilitators",
            say(
                "tier-not-alone",
                "a peer of tier {tier} does not serve alone, and no facilitator is named",
                tier=staff.tier,
            ),
            "Name who led or oversaw the contact in facilitators; otherwise ask the supervisor before billing.",
            said=answer.said.get("alone"),
        )
    if value.overseen_by and not _is_overseen(context.index, (*others, staff.supervisor_id), value.overseen_by):
        yield problem(
            context,
            "staff.supervisor_id",
            say(
                "nobody-oversees-the-tier",
                "a peer of tier {tier} is overseen by {overseers: or }, and none is named",
                tier=staff.tier,
                overseers=tuple(value.overseen_by),
            ),
            "Name the one who oversees the peer in facilitators or as supervisor_id, with tier or role in staff.",
            said=answer.said.get("overseen_by"),
        )


def _is_overseen(index: Index, staff_ids: Iterable[str], wanted: Sequence[str]) -> bool:
    people = (index.staff[staff_id] for staff_id in staff_ids if staff_id in index.staff)
    return any(person.tier in wanted or person.role in wanted for person in people)


def _tier(context: Context) -> Answer[Tier] | None:
    if context.rules is None or context.staff is None:
        return None
    return context.rules.tier.get(context.staff.tier)


@check("PB306", looks_at="staff")
def supervisor_is_assigned(context: Context) -> Iterator[Problem]:
    """A qualified supervisor is assigned to the peer and employed on the day of service.

    Why it matters: supervision by a competent professional is a condition of covering peers at all.

    Passes: supervisor_id names somebody on the roster with the role supervisor or clinician.

    Fails: supervisor_id is blank, the peer's own, not on the roster, or that of somebody who had left. A supervisor
    whose qualification the workspace does not show is a warning.
    """
    if context.rules is None or context.staff is None or context.day is None:
        return
    answer = context.rules.supervision
    said = answer.binding
    if said is None:
        return
    staff = context.staff
    supervisor = context.index.staff.get(staff.supervisor_id)
    message = None
    where = "staff.supervisor_id"
    if not staff.supervisor_id:
        message = say("no-supervisor", "no supervisor is assigned to {staff_id}", staff_id=staff.staff_id)
    elif staff.supervisor_id == staff.staff_id:
        message = say("own-supervisor", "{staff_id} is entered as their own supervisor", staff_id=staff.staff_id)
    elif supervisor is None:
        message = (
            say(
                "supervisor-not-in-staff",
                "the supervisor {supervisor_id} is not in staff",
                supervisor_id=staff.supervisor_id,
            )
            if is_like_an_id(staff.supervisor_id)
            else say(
                "supervisor-is-no-id",
                "the supervisor_id of {staff_id} is words, and no staff_id of staff",
                staff_id=staff.staff_id,
            )
        )
    elif supervisor.left_on is not None and supervisor.left_on < context.day:
        where = "staff.left_on"
        message = say(
            "supervisor-left",
            "the supervisor {supervisor_id} left on {left_on}",
            supervisor_id=supervisor.staff_id,
            left_on=supervisor.left_on,
        )
    elif supervisor.hired_on is not None and context.day < supervisor.hired_on:
        where = "staff.hired_on"
        message = say(
            "supervisor-hired-later",
            "the supervisor {supervisor_id} was hired on {hired_on}",
            supervisor_id=supervisor.staff_id,
            hired_on=supervisor.hired_on,
        )
    if message is not None:
        yield problem(
            context,
            where,
            message,
            "Enter who supervised the peer on that day.",
            said=said,
        )
    elif supervisor is not None and not qualifies(
        context.index, context.rules, supervisor, answer.value.by, context.day
    ):
        message = (
            say(
                "supervisor-may-not-qualify",
                "the workspace does not show that {supervisor_id} qualifies as supervisor ({wanted})",
                supervisor_id=supervisor.staff_id,
                wanted=tuple(answer.value.by),
            )
            if answer.value.by
            else say(
                "no-role-of-a-supervisor",
                "the workspace does not show that {supervisor_id} qualifies as supervisor (supervisor or clinician)",
                supervisor_id=supervisor.staff_id,
            )
        )
        yield problem(
            context,
            "staff.role",
            message,
            "Enter the supervisor's role in staff and their certificate in credentials.",
            severity=Severity.WARNING,
            citations=said.citations,
        )


@check("PB307", scope="peer")
def supervision_took_place(group: Group) -> Iterator[Problem]:
    """Supervision took place as often as the programme requires, in every window in which the peer served.

    Why it matters: inspectors ask for the supervision log beside the notes.

    Passes: weekly supervision is required, and the table supervision has a meeting in each week with encounters.

    Fails: a week with encounters and without a meeting. A window that is not over by the as-of day is not judged.
    """
    if all(rules.supervision.value.every is None for rules in group.rules):
        return
    # In one window, programmes may ask for more or less, and a programme too from some day on.
    windows: dict[tuple[dt.date, dt.date, int, int, Authority], list[tuple[Context, Rules]]] = defaultdict(list)
    for context in group.contexts:
        if context.rules is None or context.day is None or context.billed or context.encounter.staff_id != group.key:
            continue
        if context.staff is None:
            continue  # PB301 tells it
        window = window_of(context.rules, context.day)
        if window is not None and window[1] <= context.index.as_of:
            supervision = context.rules.supervision
            asked = supervision.value.times or 1, supervision.value.minutes or 0, supervision.said["every"]
            windows[*window, *asked].append((context, context.rules))
    staff_id = group.key
    meetings = group.index.supervision.get(staff_id, ())
    for (first, last, *_), inside in sorted(windows.items(), key=lambda item: item[0][:4]):
        rules = inside[0][1]
        held = held_in(meetings, (first, last))
        if is_enough(rules, held):
            continue
        said, wanted = rules.supervision.said["every"], rules.supervision.value
        span: dict[str, Figure] = {"staff_id": staff_id, "first": first, "last": last}
        message = say(
            "too-few-meetings",
            "{staff_id} had {meetings} of {wanted} supervision meetings from {first} to {last}",
            **span,
            meetings=held.meetings,
            wanted=wanted.times or 1,
        )
        if held.meetings >= (wanted.times or 1):
            message = say(
                "too-few-minutes",
                "{staff_id} had {minutes} of {wanted} minutes of supervision from {first} to {last}",
                **span,
                minutes=held.minutes,
                wanted=wanted.minutes or 0,
            )
        yield Problem(
            severity=said.severity,
            encounter_ids=tuple(context.encounter.encounter_id for context, _ in inside),
            where="supervision.date",
            message=message,
            fix="Enter the meetings that took place in supervision; plan the next ones.",
            citations=said.citations,
            staff_id=staff_id,
        )


@check("PB308", looks_at="staff")
def nobody_is_excluded(context: Context) -> Iterator[Problem]:
    """The staff member, facilitators, supervisor and whoever the claim names are on no exclusion list.

    Why it matters: no federal money pays for what an excluded person gives, orders or directs; billing it is penalized.

    Passes: an entry that ended on the day before the service.

    Fails: an entry in force on the day of service, by NPI or staff_id, on a list that the workspace holds; of the
    peer's supervisor, where supervision is asked for, also if no claim names them.
    """
    day = context.day
    if day is None or not context.index.exclusions:
        return
    encounter = context.encounter
    claimed = {context.rendering_id, context.supervising_id, context.attending_id}
    leading = [staff_id for staff_id in encounter.facilitators if staff_id in context.index.staff]
    supervision = context.rules.supervision.binding if context.rules is not None else None
    directs = context.staff.supervisor_id if context.staff is not None and supervision is not None else ""
    people = {encounter.staff_id, *leading, *claimed} - {""}
    for staff_id in sorted({*people, directs} - {""}):
        staff = context.index.staff.get(staff_id)
        keys = {staff_id, compact(staff.npi) if staff is not None else ""} - {""}
        entries = {entry for key in keys for entry in context.index.exclusions.get(key, ()) if in_force(entry, day)}
        for entry in sorted(entries, key=lambda one: (one.list, one.from_ or dt.date.min)):
            message = say("excluded", "{staff_id} is on the exclusion list {list}", staff_id=staff_id, list=entry.list)
            if entry.from_ is not None:
                message = say(
                    "excluded-since",
                    "{staff_id} is on the exclusion list {list} since {since}",
                    staff_id=staff_id,
                    list=entry.list,
                    since=entry.from_,
                )
            fix = "Do not bill; take the person off services and ask your compliance officer."
            if staff_id in people or supervision is None:
                yield problem(context, "exclusions.from", message, fix)
                continue
            yield problem(
                context,
                "exclusions.from",
                attrs.evolve(message.after("the supervisor "), template=f"{message.template}-of-supervisor"),
                f"{fix} If somebody else supervised the peer that day, correct supervisor_id.",
                severity=supervision.severity,
                also=supervision.citations,
            )


@check("PB309", looks_at="staff")
def rendering_npi_is_valid(context: Context) -> Iterator[Problem]:
    """The rendering provider's NPI is present where the claim names one, and its check digit is right.

    So is the attending provider's, a person whom every institutional claim names; the agency's own NPI is refused.
    Where the payer takes peers without one (peers_without_npi), the id that it gave the person will do
    (staff.provider_ids).

    Why it matters: payers reject a claim whose NPI they do not know before anybody looks at it.

    Passes: an NPI of ten digits whose last is the check digit.

    Fails: no NPI for a peer who is the rendering provider, or one with two digits changed over.
    """
    coding = context.coding
    if coding is None:
        return
    named: dict[str, Staff] = {}
    for role, said, staff_id in (
        ("rendering", coding.rendering, context.rendering_id),
        ("attending", coding.form.attending, context.attending_id),
    ):
        person = context.index.staff.get(staff_id)
        if person is not None:
            named[staff_id] = person
        elif said == "supervisor" and context.staff is not None:
            yield problem(
                context,
                "staff.supervisor_id",
                say(
                    "no-supervisor-on-the-roster",
                    "the supervisor is the {role} provider, and none is on the roster",
                    role=role,
                ),
                "Enter the supervisor in staff, with an NPI.",
            )
    attending = context.index.staff.get(context.attending_id) if coding.form.attending else None
    own = {compact(npi) for npi in context.index.records.settings.npis}
    if attending is not None and attending.npi and compact(attending.npi) in own:
        yield problem(
            context,
            "staff.npi",
            say(
                "npi-of-the-agency",
                "npi of {staff_id} is the agency's own, and the attending provider is a person",
                staff_id=attending.staff_id,
            ),
            "Enter the person's own NPI.",
        )
    supervising = context.index.staff.get(context.supervising_id)
    if (
        supervising is None
        and context.supervising_id
        and context.rules is not None
        and not context.rules.supervision.rows
    ):
        yield problem(
            context,
            "staff.supervisor_id",
            say(
                "supervising-not-in-staff",
                "the claim names {supervisor_id} as supervising provider, who is not in staff",
                supervisor_id=context.supervising_id,
            )
            if is_like_an_id(context.supervising_id)
            else say(
                "supervising-is-no-id",
                "the claim names as supervising provider the supervisor_id of {staff_id}, which is words, and no "
                "staff_id of staff",
                staff_id=context.encounter.staff_id,
            ),
            "Add the supervisor to staff, with an NPI.",
        )
    if supervising is not None:
        named[context.supervising_id] = supervising
    for one in named.values():
        for where, message, fix in staff_problems(one, context.payer):
            column = where.partition(".")[2]
            told = message.after("{column} of {staff_id}: ", column=column, staff_id=one.staff_id)
            yield problem(context, where, told, fix)
        if suffix_in_last_name(one):
            yield problem(
                context,
                "staff.suffix",
                say(
                    "suffix-in-last-name-of-staff",
                    "last_name of {staff_id} ends in a suffix, and suffix is blank",
                    staff_id=one.staff_id,
                ),
                "Move JR, SR, II, III or IV from last_name to suffix; payers match the two apart.",
                severity=Severity.WARNING,
            )
