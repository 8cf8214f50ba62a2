"""PB5xx: is the service planned, signed for, assessed and authorized."""

import datetime as dt
from collections.abc import Iterator, Sequence

from peerbill.checks.base import Problem, check, problem
from peerbill.coding.authorizations import NOTHING, matching_authorizations
from peerbill.coding.context import Context, Group, Situation
from peerbill.coding.plans import (
    ANY_PLAN,
    ASSESSMENT_WORDS,
    event_day,
    is_assessment,
    not_needed_yet,
    plain_kind,
    plans_in_force,
)
from peerbill.model.finding import Severity
from peerbill.model.people import Assessment, Plan
from peerbill.model.sentence import say
from peerbill.model.words import is_like_an_id
from peerbill.policy import Answer, Authority, PlanRule
from peerbill.policy.phrases import Deadline


def _said(answer: Answer[PlanRule], *fields: str) -> Authority | None:
    for field in fields:
        if field in answer.said:
            return answer.said[field]
    return answer.row or next(iter(answer.said.values()), None)


@check("PB501", looks_at="plan")
def plan_covers_the_service(context: Context) -> Iterator[Problem]:
    """A plan in force that day covers the service, where the programme requires one by then.

    Why it matters: peer support is covered as part of an individual plan of care; without one there is
    nothing to bill under.

    Passes: a plan from 2026-01-05 to 2026-12-31, and a service on 2026-12-31.

    Fails: the same plan and a service on 2027-01-01. Where the programme allows some sessions or days before the
    plan, the service on the first day or session after them. A plan whose review was due is a warning.
    """
    if context.rules is None or context.day is None or context.member is None:
        return
    unmet: list[Authority] = []
    for name, answer in context.rules.plan.items():
        if is_assessment(name):
            continue
        value = answer.value
        if plans_in_force(context, name):
            continue
        if value.before_service is False and value.complete_within is None:
            continue
        if value.before_service is not True and not_needed_yet(context, value.complete_within):
            continue
        said = _said(answer, "complete_within", "before_service")
        if said is not None:
            unmet.append(said)
    if not unmet or _earlier_plan_allowed(context):
        yield from _overdue_reviews(context)
        return
    said = min(unmet, key=lambda one: one.severity is not Severity.ERROR)
    named = context.encounter.plan_id
    yield problem(context, "plans.effective_on" if not named else "encounters.plan_id",
        say(
            "plan-does-not-cover",
            "plan {plan_id} does not cover the service on {day}",
            plan_id=named if is_like_an_id(named) else f"on line {context.encounter.line}",
            day=context.day,
        )
        if named else say("no-plan", "no plan in force on {day} covers the service", day=context.day),
        "Enter the plan that was in force, or correct its days; a plan made later does not cover an earlier service.",
        severity=said.severity,
        also=said.citations,
    )  # fmt: skip


def _overdue_reviews(context: Context) -> Iterator[Problem]:
    """Yield a look at each plan whose review was due; a review shows as a new plan or a new signed_on."""
    if context.rules is None or context.day is None:
        return
    for name, answer in context.rules.plan.items():
        every = answer.value.review_every
        plans = plans_in_force(context, name) if every is not None and not is_assessment(name) else []
        if not plans or every is None:
            continue
        latest = max(
            date
            for plan in plans
            for date in (plan.effective_on, plan.signed_on)
            if date is not None and date <= context.day  # a review after the service was not held by then
        )
        due = every.after(latest)
        if context.day > due:
            yield problem(
                context,
                "plans.signed_on",
                say(
                    "review-is-due",
                    "the {title} of {day} was due for review on {due}",
                    title=_title(name),
                    day=latest,
                    due=due,
                ),
                "Enter the reviewed plan, or the day on which the review was signed.",
                severity=Severity.WARNING,
                citations=answer.said["review_every"].citations,
            )


def _earlier_plan_allowed(context: Context) -> bool:
    """Tell whether the programme's own plan rule lets the service come first, which the federal floor does not undo."""
    if context.rules is None:
        return False
    own = [answer.value for name, answer in context.rules.plan.items() if name != ANY_PLAN and not is_assessment(name)]
    return any(
        value.before_service is False
        and (value.complete_within is None or not_needed_yet(context, value.complete_within))
        for value in own
    )


def _has_signed(context: Context, plan: Plan, signer: str) -> bool:
    signed = plan.signed_by
    if signer == "member":
        return "member" in signed or "guardian" in signed
    if signer in signed:
        return True
    staff = [context.index.staff[staff_id] for staff_id in signed if staff_id in context.index.staff]
    if signer == "peer":
        return any(person.role == "peer" for person in staff)
    if signer == "supervisor":
        return any(person.role in {"supervisor", "clinician"} for person in staff)
    if any(
        row.credential.casefold() == signer.casefold()
        for person in staff
        for row in context.index.credentials.get(person.staff_id, ())
    ):
        return True
    return any(person.role in {"clinician", "supervisor"} for person in staff) and signer != "guardian"


def _signatures_matter(situation: Situation) -> bool:
    return any(
        not is_assessment(name) and (answer.value.signers or answer.value.signed_within)
        for name, answer in situation.rules.plan.items()
    )


@check("PB502", needs=_signatures_matter, looks_at="plan")
def plan_is_signed(context: Context) -> Iterator[Problem]:
    """The plan carries the signatures that the programme requires, in time.

    Why it matters: a plan that the member or the responsible clinician did not sign is not a plan to the payer.

    Passes: signed_by names the member and the peer where both must sign, within the time allowed.

    Fails: the member's signature is missing, or the plan was signed after the time allowed.
    """
    if context.rules is None or context.day is None:
        return
    for name, answer in context.rules.plan.items():
        if is_assessment(name):
            continue
        plans = plans_in_force(context, name)
        if not plans:
            continue
        # One of the plans has to be in order by itself: the signatures of one and the time of another are not enough.
        yield from min((_faults_of_signatures(context, name, answer, plan) for plan in plans), key=_weight)


def _weight(found: Sequence[Problem]) -> tuple[bool, int]:
    """Return what makes one plan worse than another: an error, then how many signatures are missing or late."""
    count = 0
    for fault in found:
        signers = fault.message.values.get("signers")
        count += len(signers) if isinstance(signers, tuple) else 1
    return any(fault.severity is Severity.ERROR for fault in found), count


def _faults_of_signatures(context: Context, name: str, answer: Answer[PlanRule], plan: Plan) -> list[Problem]:
    value = answer.value
    found: list[Problem] = []
    missing = tuple(signer for signer in value.signers if not _has_signed(context, plan, signer))
    if missing:
        message = say(
            "signature-missing",
            "the {title} lacks the signature of: {signers}",
            title=_title(name),
            signers=missing,
        )
        fix = "Have the plan signed; ask the payer whether services before the signature may be billed."
        found.append(problem(context, "plans.signed_by", message, fix, said=_said(answer, "signers")))
    elif value.signers and plan.signed_on is not None and plan.signed_on > context.index.as_of:
        as_of = context.index.as_of
        message = say(
            "plan-signed-later",
            "the {title} was signed on {day}, after the as-of day {as_of}",
            title=_title(name),
            day=plan.signed_on,
            as_of=as_of,
        )
        fix = "Correct signed_on, or bill once the plan is signed."
        found.append(problem(context, "plans.signed_on", message, fix, said=_said(answer, "signers")))
    within = value.signed_within
    if within is not None and "signed_within" in answer.said and _signed_late(plan, within, context):
        message = say("plan-signed-late", "the {title} was not signed in time", title=_title(name))
        fix = "Enter signed_on; if the plan was signed late, ask the payer from which day it counts."
        found.append(problem(context, "plans.signed_on", message, fix, said=answer.said["signed_within"]))
    return found


def _title(name: str) -> str:
    return "plan of care" if name == ANY_PLAN else f"{name} plan"


def _signed_late(plan: Plan, deadline: Deadline, context: Context) -> bool:
    start = plan.effective_on if deadline.event in {"plan", "signature"} else event_day(context, deadline.event)
    if start is None or deadline.is_counted:
        return False
    last = deadline.last_day(start)
    if plan.signed_on is None:
        return context.day is not None and context.day > last
    return plan.signed_on > last


@check("PB503", needs=lambda situation: any(map(is_assessment, situation.rules.plan)), looks_at="plan")
def assessment_is_current(context: Context) -> Iterator[Problem]:
    """The assessment, recommendation or order that the programme requires is there and not stale.

    Why it matters: it is the proof of medical necessity; services before it or long after it are taken back.

    Passes: a recommendation of 2026-01-05, services begun within 30 days.

    Fails: none on file, one later than the service, one whose time to begin has run out, or one past its review.
    """
    if context.rules is None or context.day is None or context.member is None:
        return
    for name, answer in context.rules.plan.items():
        if not is_assessment(name):
            continue
        said = _said(answer)
        if said is None:
            continue
        value = answer.value
        rows = [
            row
            for row in context.index.assessments.get(context.encounter.member_id, ())
            if _is_kind(row, name) and row.date is not None and row.date <= context.day
        ]
        title = name.replace("-", " ")
        if not rows:
            if value.before_service is False or not_needed_yet(context, value.complete_within):
                continue
            yield problem(
                context,
                "assessments.date",
                say("no-assessment", "there is no {title} on or before {day}", title=title, day=context.day),
                f"Enter the {title} in assessments, or obtain it before billing.",
                said=said,
            )
            continue
        latest = max(row.date for row in rows if row.date is not None)
        if value.start_within is not None and "start_within" in answer.said:
            starts = [time.date() for time in context.index.member_starts(context.encounter.member_id)]
            first = next((day for day in starts if day >= latest), context.day)
            last = value.start_within.last_day(latest)
            earlier = any(day < latest for day in starts)
            if first > last and not earlier:
                yield problem(
                    context,
                    "assessments.date",
                    say(
                        "assessment-lapsed",
                        "services began on {first}; the {title} of {day} lapsed on {last}",
                        first=first,
                        title=title,
                        day=latest,
                        last=last,
                    ),
                    f"Obtain a new {title}.",
                    said=answer.said["start_within"],
                )
                continue
        if value.review_every is not None and "review_every" in answer.said:
            due = value.review_every.after(latest)
            if context.day > due:
                yield problem(
                    context,
                    "assessments.date",
                    say(
                        "review-is-due",
                        "the {title} of {day} was due for review on {due}",
                        title=title,
                        day=latest,
                        due=due,
                    ),
                    f"Enter the newer {title}, or obtain one.",
                    said=answer.said["review_every"],
                )


def _is_kind(row: Assessment, name: str) -> bool:
    kind = plain_kind(row.kind)
    return kind == name or (kind in ASSESSMENT_WORDS and name.endswith(kind))


@check("PB511", needs=lambda situation: situation.rules.authorization.value.required, looks_at="plan")
def authorization_is_there(context: Context) -> Iterator[Problem]:
    """An authorization covers the day and the code where one is required.

    Why it matters: without the number the line is denied, and most payers do not authorize afterwards.

    Passes: an authorization for H0038 from 2026-01-01 to 2026-06-30, and a service on 2026-06-30.

    Fails: the same authorization and a service on 2026-07-01.
    """
    if context.rules is None or not context.hcpcs:
        return
    answer = context.rules.authorization
    if not answer.value.required or "required" not in answer.said or matching_authorizations(context):
        return
    yield problem(
        context,
        "authorizations.from",
        say(
            "no-authorization",
            "no authorization covers {hcpcs} on {day}",
            hcpcs=":".join((context.hcpcs, *context.modifiers)),
            day=context.day or dt.date.max,
        ),
        "Enter the authorization, or ask the payer for one before billing.",
        said=answer.said["required"],
    )


@check("PB512", scope="member")
def authorized_units_remain(group: Group) -> Iterator[Problem]:
    """The authorization's units are not used up.

    Why it matters: the payer counts units against the number and denies what goes beyond.

    Passes: 40 units authorized, and the encounter that uses the 40th.

    Fails: the encounter that would use the 41st, and the later ones. Units that the ledger holds count first; the
    next authorization that fits is used where there is one. Where the programme does not require an
    authorization, it is a warning.
    """
    if not group.allocated:
        return
    for context in group.contexts:
        last = group.allocated.get(context.encounter.encounter_id, NOTHING).used_up
        if last is None:
            continue
        rules = context.rules
        said = rules.authorization.said.get("required") if rules is not None else None
        required = rules is not None and bool(rules.authorization.value.required)
        yield problem(
            context,
            "authorizations.units",
            say(
                "authorization-used-up",
                "authorization {number} has {units:#unit}; this encounter exceeds them",
                number=last.number,
                units=last.units or 0,
            ),
            "Ask the payer for more units, and enter them before billing.",
            severity=said.severity if said is not None and required else Severity.WARNING,
            citations=said.citations if said is not None else (),
        )
