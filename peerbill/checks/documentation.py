"""PB2xx: does the note show what the programme asks for, signed and in time."""

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import lru_cache

from peerbill.checks.base import Problem, check, problem
from peerbill.coding.activities import excluded, unlisted, word
from peerbill.coding.context import Context, Situation
from peerbill.coding.credentials import qualifies
from peerbill.coding.gaps import in_policy
from peerbill.coding.plans import plans_in_force
from peerbill.model.finding import Severity
from peerbill.model.sentence import Sentence, say
from peerbill.policy import Authority, Rules

_FIX_OF_ELEMENT: Mapping[str, str] = {
    "entry-time": "Record when the note was entered (created_at).",
    "plan": "Name the plan that the contact serves (plan_id).",
    "units": "Record the units in the note (billed_units).",
}


@check("PB201", needs=lambda situation: situation.coding.required, looks_at="row")
def note_has_required_elements(context: Context) -> Iterator[Problem]:
    """Every note element that the programme requires is present; each missing one is a finding.

    Why it matters: a claim whose note lacks a required element is taken back in an audit, however good the work was.

    Passes: a note with goal, intervention and response where the programme requires these three.

    Fails: the same note without its response. Elements with checks of their own (times, author, member, service,
    place, diagnosis, group size, voluntary participation) are not told twice.
    """
    coding = context.coding
    if coding is None:
        return
    encounter = context.encounter
    for required in coding.required:
        if getattr(encounter, required.field) in ("", (), None):
            yield problem(
                context,
                f"encounters.{required.field}",
                say("element-missing", "the note does not show: {element}", element=required.element.replace("-", " ")),
                _FIX_OF_ELEMENT.get(
                    required.element,
                    "Have the peer complete the note from their own record, and mark what is added as a late entry.",
                ),
                said=required.said,
            )


def _signature(context: Context, role: str) -> Authority | None:
    if context.rules is None:
        return None
    answer = context.rules.signature.get(role)
    if answer is None:
        return None
    return answer.binding or next(iter(answer.said.values()), None)


@check("PB202", looks_at="row")
def note_is_signed_by_its_author(context: Context) -> Iterator[Problem]:
    """The note is signed, with the time, by the person who rendered the service.

    Why it matters: an unsigned note shows neither who gave the service nor that it was given.

    Passes: signed_by is the encounter's staff_id, and signed_at is after the encounter.

    Fails: no signature, somebody else's, or one without its time; a signature from before the encounter ended
    is a warning.
    """
    encounter = context.encounter
    said = _signature(context, "author")
    severity = said.severity if said is not None else Severity.WARNING
    also = said.citations if said is not None else ()
    if not encounter.signed_by:
        yield problem(
            context,
            "encounters.signed_by",
            say("not-signed", "the note is not signed"),
            "Have the person who rendered the service sign it.",
            severity=severity,
            also=also,
        )
    elif encounter.staff_id and encounter.staff_id not in encounter.signed_by:  # a blank one is PB301's to tell
        yield problem(
            context,
            "encounters.signed_by",
            say("signed-by-another", "the note is not signed by the person who rendered the service"),
            "Have that person sign it, or correct staff_id.",
            severity=severity,
            also=also,
        )
    elif encounter.signed_at is None:
        yield problem(
            context,
            "encounters.signed_at",
            say("signature-without-time", "the time of the signature is not recorded"),
            "Enter when the note was signed.",
            severity=severity,
            also=also,
        )
    elif encounter.end is not None and encounter.signed_at < encounter.end and not _is_later(context):
        yield problem(
            context,
            "encounters.signed_at",
            say("signed-early", "the note was signed before the encounter ended"),
            "Check both times; have a note that was signed early signed again.",
            severity=Severity.WARNING,
            also=also,
        )


def _author_has_time(situation: Situation) -> bool:
    answer = situation.rules.signature.get("author")
    return answer is not None and "within" in answer.said


@check("PB203", needs=_author_has_time)
def note_is_signed_in_time(context: Context) -> Iterator[Problem]:
    """The note was signed within the programme's time.

    Why it matters: payers treat a late note as no note.

    Passes: two business days are allowed, the service was on a Friday, the note was signed on Tuesday.

    Fails: the same note signed on Wednesday.
    """
    encounter = context.encounter
    if context.rules is None or encounter.signed_at is None or encounter.end is None:
        return
    answer = context.rules.signature.get("author")
    if answer is None or answer.value.within is None or "within" not in answer.said:
        return
    last = answer.value.within.last_moment(encounter.end)
    if encounter.signed_at > last:
        yield problem(
            context,
            "encounters.signed_at",
            say(
                "signed-late",
                "the note was signed on {signed}; the time ended on {last}",
                signed=encounter.signed_at,
                last=last,
            ),
            "Bill it only if the payer accepts late notes; otherwise write the service off.",
            said=answer.said["within"],
        )


@check("PB204", needs=lambda situation: "supervisor" in situation.rules.signature)
def note_is_cosigned(context: Context) -> Iterator[Problem]:
    """The note is cosigned, by somebody else and in time, where the programme requires that.

    Why it matters: a cosignature shows the supervision that the programme pays for.

    Passes: the supervisor cosigned within the programme's time.

    Fails: no cosignature, the author's own, one by nobody on the roster, or one that came too late. A cosigner whose
    qualification the workspace does not show is a warning, and so is a cosignature from before the encounter ended.
    """
    if context.rules is None:
        return
    answer = context.rules.signature.get("supervisor")
    said = _signature(context, "supervisor")
    if answer is None or said is None:
        return
    encounter = context.encounter
    others = [staff_id for staff_id in encounter.cosigned_by if staff_id != encounter.staff_id]
    if not others:
        message = (
            say("cosigned-by-its-author", "the note is cosigned by its author only")
            if encounter.cosigned_by
            else say("not-cosigned", "the note is not cosigned")
        )
        yield problem(
            context, "encounters.cosigned_by", message, "Have the supervisor review and cosign it.", said=said
        )
        return
    if not any(staff_id in context.index.staff for staff_id in others):
        yield problem(
            context,
            "encounters.cosigned_by",
            say("cosigner-not-in-staff", "nobody on the roster cosigned the note"),
            "Add the cosigner to staff, or have the supervisor cosign.",
            said=said,
        )
        return
    wanted = answer.value.by
    if (
        wanted
        and context.day is not None
        and not any(
            qualifies(context.index, context.rules, context.index.staff[staff_id], wanted, context.day)
            for staff_id in others
            if staff_id in context.index.staff
        )
    ):
        yield problem(
            context,
            "encounters.cosigned_by",
            say(
                "cosigner-may-not-qualify",
                "the workspace does not show that the cosigner qualifies ({wanted})",
                wanted=tuple(wanted),
            ),
            "Enter the cosigner's role in staff and their certificate in credentials.",
            severity=Severity.WARNING,
            citations=said.citations,
        )
    if encounter.cosigned_at is None:
        if answer.value.within is not None:
            yield problem(
                context,
                "encounters.cosigned_at",
                say("cosignature-without-time", "the time of the cosignature is not recorded"),
                "Enter when the note was cosigned.",
                said=said,
            )
        return
    if encounter.end is not None and encounter.cosigned_at < encounter.end and not _is_later(context):
        yield problem(
            context,
            "encounters.cosigned_at",
            say("cosigned-early", "the note was cosigned before the encounter ended"),
            "Check both times; have a note that was cosigned early cosigned again.",
            severity=Severity.WARNING,
            citations=said.citations,
        )
    if answer.value.within is None or encounter.end is None:
        return
    event = encounter.signed_at if answer.value.within.event == "signature" else None
    last = answer.value.within.last_moment(event or encounter.end)
    if encounter.cosigned_at > last:
        yield problem(
            context,
            "encounters.cosigned_at",
            say(
                "cosigned-late",
                "the note was cosigned on {cosigned}; the time ended on {last}",
                cosigned=encounter.cosigned_at,
                last=last,
            ),
            "Bill it only if the payer accepts late cosignatures.",
            said=answer.said.get("within", said),
        )


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


@lru_cache(maxsize=4096)
def _plain_goals(goals: tuple[tuple[str, ...], ...]) -> frozenset[str]:
    return frozenset(_plain(goal) for of_plan in goals for goal in of_plan)


@check("PB205", looks_at="plan")
def goal_is_in_the_plan(context: Context) -> Iterator[Problem]:
    """The note's goal is a goal of the member's plan.

    Why it matters: peer support is paid as part of a plan of care; a contact outside its goals is not covered.

    Passes: the goal "find work", and a plan with the goals "stay housed" and "find work".

    Fails: the goal "learn to swim" under that plan. Case and spaces do not matter.
    """
    encounter = context.encounter
    if not encounter.goal or context.rules is None or context.day is None:
        return
    plans = plans_in_force(context)
    listed = _plain_goals(tuple(plan.goals for plan in plans))
    if not listed or _plain(encounter.goal) in listed:
        return
    if all(_plain(part) in listed for part in encounter.goal.split(";") if part.strip()):
        return
    said = next(
        (answer.row for name in sorted(context.rules.plan) if (answer := context.rules.plan[name]).row is not None),
        None,
    )
    yield problem(
        context,
        "encounters.goal",
        say("goal-not-in-plan", "the note's goal is not a goal of the member's plan"),
        "Name the plan's goal that the contact served, or have the plan amended first.",
        severity=said.severity if said is not None else Severity.WARNING,
        also=said.citations if said is not None else (),
    )


@check("PB206", looks_at="activity")
def activity_is_paid(context: Context) -> Iterator[Problem]:
    """The activity is one that the programme pays for, by a word of a list.

    Why it matters: some activities (transport, writing notes, a missed appointment) are not peer support, whatever the
    note says.

    Passes: activity "career planning", a word of the list of peer support (README, Activities).

    Fails: "transport to court" where the programme does not pay for transport. An activity that is in no list is a
    warning where the programme excludes some, and for information elsewhere.
    """
    activity = context.encounter.activity
    if not activity or context.rules is None:
        return
    barred = context.rules.exclusion.of("activity")
    found = excluded(activity, tuple(barred))
    for activity_word in found:
        yield problem(
            context,
            "encounters.activity",
            say(
                "activity-not-paid",
                "the programme does not pay for this activity: {activity}",
                activity=activity_word,
            ),
            "Do not bill this contact; bill the paid part only if it was recorded as a contact of its own.",
            said=barred[activity_word],
        )
    question = None if found else _unlisted(context.rules, activity)
    if question is not None:
        message, fix = question
        severity = Severity.WARNING if barred else Severity.INFO
        yield problem(context, "encounters.activity", message, fix, severity=severity)


@lru_cache(maxsize=4096)
def _unlisted(rules: Rules, activity: str) -> tuple[Sentence, str] | None:
    """Return what to ask about an activity that is in no list, and the remedy; None for a listed one."""
    lifts = rules.exclusion.of("lift")
    paid = frozenset(word(lifted.removeprefix("activity:")) for lifted in lifts if lifted.startswith("activity:"))
    elsewhere = unlisted(activity, paid)
    if elsewhere is None:
        return None
    message = (
        say(
            "activity-paid-nowhere-else",
            "the activity is of a kind that other programmes do not pay for: {activities}",
            activities=tuple(elsewhere),
        )
        if elsewhere
        else say("activity-in-no-list", "the activity is in no list")
    )
    return message, (
        "Check that the programme pays for it. Then write the word that the list has for it (README, Activities), or "
        "enter it " + in_policy(rules.programme, "exclusion", 'lift = ["activity:WORD"]')
    )


def _is_later(context: Context) -> bool:
    """Tell whether the encounter itself is later than the as-of day, which PB106 tells."""
    return context.day is not None and context.day > context.index.as_of


@check("PB207", looks_at="row")
def note_precedes_the_claim(context: Context) -> Iterator[Problem]:
    """The note was written, signed and last edited before the claim goes out.

    Why it matters: a claim states that the record behind it exists.

    Passes: created_at, signed_at and edited_at on or before the as-of day.

    Fails: any of them on a later day.
    """
    encounter = context.encounter
    if _is_later(context):
        return
    for field, act in (
        ("created_at", "written"),
        ("edited_at", "last edited"),
        ("signed_at", "signed"),
        ("cosigned_at", "cosigned"),
    ):
        time: dt.datetime | None = getattr(encounter, field)
        if time is not None and time.date() > context.index.as_of:
            yield problem(
                context,
                f"encounters.{field}",
                say(
                    "note-of-a-later-day",
                    "the note was {act} on {day}, after the as-of day {as_of}",
                    act=act,
                    day=time.date(),
                    as_of=context.index.as_of,
                ),
                "Correct the time, or bill once the note is complete.",
            )


@check("PB209", looks_at="row")
def participation_is_voluntary(context: Context) -> Iterator[Problem]:
    """Participation is recorded as voluntary where the programme requires that.

    Why it matters: peer support that a member did not choose is not peer support.

    Passes: voluntary is yes.

    Fails: voluntary is blank where the programme requires it, or no anywhere.
    """
    encounter = context.encounter
    if encounter.voluntary or context.rules is None:
        return
    said = context.rules.documentation.of("require").get("voluntary")
    if said is not None:
        yield problem(
            context,
            "encounters.voluntary",
            say("voluntary-not-recorded", "voluntary participation is not recorded")
            if encounter.voluntary is None
            else say("not-voluntary", "participation is recorded as not voluntary"),
            "Record voluntary = yes if the member took part by choice; otherwise do not bill this contact.",
            said=said,
        )
    elif encounter.voluntary is False:
        yield problem(
            context,
            "encounters.voluntary",
            say("not-voluntary", "participation is recorded as not voluntary"),
            "Ask the supervisor before billing this contact.",
            severity=Severity.WARNING,
        )


@check("PB210", looks_at="row")
def note_is_written_in_order(context: Context) -> Iterator[Problem]:
    """The note was written once the service had begun, signed once it was written, and not edited after it was signed.

    Why it matters: a note from before the service shows what was planned, and a signature covers what was there to
    sign; auditors compare these times first.

    Passes: a service from 10:00, the note written at 10:50, edited at 11:20 and signed at 11:20.

    Fails: the note written at 9:59; signed at 10:45; or edited at 11:21. Each is a warning. A signature from before the
    end of the service is PB202's, a time after the as-of day PB207's.
    """
    encounter = context.encounter
    start, written, edited, signed = encounter.start, encounter.created_at, encounter.edited_at, encounter.signed_at
    as_of = context.index.as_of
    if written is not None and start is not None and _is_before(written, start) and not _is_later(context):
        yield _out_of_order(
            context,
            "created_at",
            say("written-early", "the note was written on {written}, before the service began", written=written),
            "Correct created_at or start; a note that was prepared early is to be written again from the service.",
        )
    if signed is None:
        return
    if written is not None and _is_before(signed, written) and written.date() <= as_of:
        yield _out_of_order(
            context,
            "signed_at",
            say(
                "signed-before-written",
                "the note was signed on {signed}, before it was written on {written}",
                signed=signed,
                written=written,
            ),
            "Correct the time that is wrong; otherwise have the note signed again.",
        )
    if edited is not None and _is_before(signed, edited) and edited.date() <= as_of:
        yield _out_of_order(
            context,
            "edited_at",
            say(
                "edited-after-signed",
                "the note was edited on {edited}, after it was signed on {signed}",
                edited=edited,
                signed=signed,
            ),
            "Have the author sign the note as it is now, or keep the change as a dated addendum.",
        )


def _is_before(one: dt.datetime, other: dt.datetime) -> bool:
    """Tell whether a time is of an earlier minute than another: systems record one act in several seconds."""
    return one < other and one.replace(second=0, microsecond=0) < other.replace(second=0, microsecond=0)


def _out_of_order(context: Context, field: str, message: Sentence, fix: str) -> Problem:
    return problem(
        context,
        f"encounters.{field}",
        message,
        fix,
        severity=Severity.WARNING,
    )
