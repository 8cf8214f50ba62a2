"""Which plans of a member are in force for a service, and until when a plan may still be completed."""

import bisect
import datetime as dt

from peerbill.coding.context import Context, in_force
from peerbill.model.people import Plan
from peerbill.policy.phrases import Deadline

ANY_PLAN = "care"
"""The rule's name under which any kind of plan will do: the federal plan of care."""

ASSESSMENT_WORDS = ("assessment", "recommendation", "order", "referral", "evaluation")
"""A rule whose name ends in one of these is looked up in the table `assessments`, every other one in `plans`."""


def is_assessment(name: str) -> bool:
    """Tell whether a plan rule asks for an assessment, recommendation or order instead of a plan."""
    return name.endswith(ASSESSMENT_WORDS)


def plans_in_force(context: Context, kind: str = ANY_PLAN) -> list[Plan]:
    """Return the member's plans in force on the day that cover the service: the named one, or any of the kind."""
    encounter = context.encounter
    day = context.day
    if day is None:
        return []
    return [
        plan
        for plan in context.index.plans.get(encounter.member_id, ())
        if (not encounter.plan_id or plan.plan_id == encounter.plan_id or _other_kind(plan, kind))
        and (kind == ANY_PLAN or not plan.kind or plain_kind(plan.kind) == plain_kind(kind))
        and plan.effective_on is not None
        and plan.effective_on <= day
        and (plan.expires_on is None or day <= plan.expires_on)
        and (not plan.services or encounter.service in plan.services)
    ]


def _other_kind(plan: Plan, kind: str) -> bool:
    """Tell whether a plan besides the one that the note names may serve a rule of its own kind."""
    return kind != ANY_PLAN and plain_kind(plan.kind) == plain_kind(kind)


def plain_kind(text: str) -> str:
    """Return a kind as policies write it: lower case, hyphens for spaces."""
    return "-".join(text.casefold().split())


def _session(context: Context) -> int:
    """Return which of the member's sessions this is, from 1, counting the file and the ledger."""
    starts = context.index.member_starts(context.encounter.member_id)
    return bisect.bisect_left(starts, context.encounter.start) + 1 if context.encounter.start else 1


def event_day(context: Context, event: str) -> dt.date | None:
    """Return the day on which a deadline's clock starts, or None where the workspace does not hold it."""
    member_id = context.encounter.member_id
    if event in {"first service", "contact", "service"}:
        starts = context.index.member_starts(member_id)
        return starts[0].date() if starts else None
    if event == "enrollment":
        days = [
            row.from_
            for row in context.index.episodes.get(member_id, ())
            if row.from_ is not None and context.day is not None and in_force(row, context.day)
        ]
        return max(days) if days else event_day(context, "first service")
    if event in {"assessment", "recommendation"}:
        days = [
            row.date
            for row in context.index.assessments.get(member_id, ())
            if row.date is not None
            and plain_kind(row.kind).endswith(event)
            and context.day is not None
            and row.date <= context.day
        ]
        return max(days) if days else None
    return None


def not_needed_yet(context: Context, deadline: Deadline | None) -> bool:
    """Tell whether a plan may still be completed after the service of this day."""
    if deadline is None:
        return False
    if deadline.is_counted:
        return _session(context) < deadline.count
    start = event_day(context, deadline.event)
    return start is not None and context.day is not None and context.day <= deadline.last_day(start)
