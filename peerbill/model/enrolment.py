"""Members' enrolment according to payers: questions (270), and the state that an answer (271) gives for a day.

An answer speaks of the days that were asked about and of no other: enrolment is closed in retrospect.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

import attrs

from peerbill.model.claim import Subscriber

# An audit looks at what was answered and reads no answer: their classes take longer to make than it.
if TYPE_CHECKING:
    from peerbill.model.payer_answers import Benefit, EligibilityAnswer

Date = dt.date
Days = tuple[dt.date, dt.date]

_ACTIVE = frozenset({"1", "2", "3", "4", "5"})
_INACTIVE = frozenset({"6", "7", "8"})
_NOT_COVERED = "I"
_SPEND_DOWN = "Y"
_REMAINING = "29"
_OUTSIDE = "N"

# EB03, X12 element 1365. 30 is what the 270 asks about; 1 is medical care, for payers that list what a plan has.
_WHOLE_PLAN = "30"
_MEDICAL = "1"
_BEHAVIORAL = frozenset({"MH", "AI", "A4", "A6", "A8", "AJ", "AK", "CF", "CH", "CJ"})

OTHER_BENEFIT = "other-benefit"
NOT_COVERED = "not-covered"
SPEND_DOWN = "spend-down"
CAUSES = {
    OTHER_BENEFIT: "enrolment is active for other kinds of service only",
    NOT_COVERED: "behavioral health services are not covered (EB*I)",
    SPEND_DOWN: "the member's spend-down is not met, or may not be (EB*Y)",
}
"""Why an answer that names an active benefit is no enrolment, or an unclear enrolment: words for people."""

_MEMBER_DATA = frozenset({"58", "64", "65", "66", "67", "68", "71", "72", "73", "74", "75", "76", "77", "78"})
"""AAA03 that find fault with who is asked about."""
_NAMING = frozenset({"MC", "R"})
"""EB01 of benefits that name another plan in loop 2120C: a managed care coordinator, another or additional payer."""

_ONE_DAY = dt.timedelta(days=1)


@attrs.frozen
class Question:
    """A subscriber of a 270: whether the member was enrolled from `first_day` to `last_day`, both included.

    `payer` is a key of `[payers]`; `trace` (TRN02 of loop 2000C) is given by the ledger and comes back in the answer.
    """

    member_id: str
    payer: str
    subscriber: Subscriber
    first_day: Date
    last_day: Date
    trace: str = ""


@attrs.frozen
class Enrolment:
    """A question with its answer. `state` is asked, active, inactive, refused or unclear.

    `asked_from` and `asked_to` are the days of the question. `first_day` and `last_day` are those for which the payer
    says the state; None: it gave none on that side. `said_on` is the day on which the answer was read, `plan` another
    plan that it names. `reasons` are why it was refused (AAA03), with `actions`, what the payer wants for each (AAA04,
    or ""), or what makes it inactive or unclear though a benefit is active: keys of `CAUSES`.
    """

    trace: str
    member_id: str
    payer: str
    asked_from: Date
    asked_to: Date
    state: str = "asked"
    first_day: Date | None = None
    last_day: Date | None = None
    said_on: Date | None = None
    plan: str = ""
    reasons: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()

    def speaks_of(self, day: dt.date) -> bool:
        """Return whether a day was asked about."""
        return self.asked_from <= day <= self.asked_to

    def includes(self, day: dt.date) -> bool:
        """Return whether the payer gives the state for a day that was asked about."""
        return (self.first_day is None or self.first_day <= day) and (self.last_day is None or day <= self.last_day)


def latest(enrolments: Iterable[Enrolment], day: dt.date, *, answered: bool = False) -> Enrolment | None:
    """Return the last of a member's and payer's questions that speaks of a day; with `answered`, the last answer.

    `enrolments` are in the order in which they were asked.
    """
    last = None
    for enrolment in enrolments:
        if enrolment.speaks_of(day) and not (answered and enrolment.state == "asked"):
            last = enrolment
    return last


def judge(asked: Enrolment, answer: "EligibilityAnswer", said_on: dt.date) -> Enrolment:
    """Return what an answer makes of the question that it answers.

    Active: the benefit that was asked about is (EB01 1 to 5 for the plan as a whole, 30, or where the plan is not
    named, for medical care or behavioral health). Inactive: it is not (6 to 8, or I), only other kinds of service are,
    behavioral health is not covered, or some of the member's spend-down remains (Y). Refused: neither, and an AAA says
    why. Unclear: nothing of these, several stretches of days among those asked about, behavioral health covered in
    part, or a spend-down without its remaining amount.
    """
    benefits = [benefit for benefit in answer.benefits if _is_asked_about(benefit, answer, asked)]
    plan = [benefit for benefit in benefits if not benefit.service_types or _WHOLE_PLAN in benefit.service_types]
    care = [benefit for benefit in benefits if benefit not in plan and _BEHAVIORAL & set(benefit.service_types)]
    medical = [benefit for benefit in benefits if benefit not in plan and _MEDICAL in benefit.service_types]
    of_plan = _having(plan, _ACTIVE)
    off_plan = _having(plan, _INACTIVE)
    active = of_plan or ([] if off_plan or _having(plan, {_NOT_COVERED}) else _having([*care, *medical], _ACTIVE))
    state, stretches, cause = "unclear", list[Days](), ""
    if active:
        state, cause = _doubts(plan, care)
        stretches = _stretches(active, answer)
    elif off_plan:
        state, stretches = "inactive", _stretches(off_plan, answer)
    elif excluded := _having(plan, {_NOT_COVERED}) or _having(care, _INACTIVE | {_NOT_COVERED}):
        state, stretches, cause = "inactive", _stretches(excluded, answer), NOT_COVERED
    elif _having(benefits, _ACTIVE):
        state, stretches, cause = "inactive", [(dt.date.min, dt.date.max)], OTHER_BENEFIT
    elif answer.refusals:
        state = "refused"
    days: tuple[dt.date | None, dt.date | None] = (None, None)
    if state in ("active", "inactive") and not (active and cause):
        asked_about = [
            stretch for stretch in stretches if stretch[0] <= asked.asked_to and asked.asked_from <= stretch[1]
        ]
        if len(asked_about) < 2:
            days = _open(asked_about[0] if asked_about else stretches[-1])
        else:
            state = "unclear"
    actions = {refusal.reason: refusal.action for refusal in reversed(answer.refusals)}
    reasons = tuple(dict.fromkeys(refusal.reason for refusal in answer.refusals))
    is_refused = state == "refused"
    return attrs.evolve(
        asked,
        state=state,
        first_day=days[0],
        last_day=days[1],
        said_on=said_on,
        plan=_other_plans(answer),
        reasons=reasons if is_refused else ((cause,) if cause else ()),
        actions=tuple(actions[reason] for reason in reasons) if is_refused else (),
    )


def _is_asked_about(benefit: "Benefit", answer: "EligibilityAnswer", asked: Enrolment) -> bool:
    """Leave out benefits outside of the network, and exclusions and spend-downs of other days."""
    if benefit.network == _OUTSIDE and benefit.code not in _ACTIVE:
        return False
    if benefit.code not in (_NOT_COVERED, _SPEND_DOWN):
        return True
    first, last = _days(benefit, answer)
    return first <= asked.asked_to and asked.asked_from <= last


def _having(benefits: "Iterable[Benefit]", codes: Collection[str]) -> "list[Benefit]":
    return [benefit for benefit in benefits if benefit.code in codes]


def _doubts(plan: "Sequence[Benefit]", care: "Sequence[Benefit]") -> tuple[str, str]:
    """Return what an active benefit comes to in the light of exclusions and spend-downs, and the cause."""
    spend_down = [benefit for benefit in (*plan, *care) if benefit.code == _SPEND_DOWN]
    remaining = [benefit for benefit in spend_down if benefit.period == _REMAINING and benefit.amount is not None]
    if any(benefit.amount for benefit in remaining):
        return "inactive", SPEND_DOWN
    if _having(care, _INACTIVE | {_NOT_COVERED}):
        return ("unclear" if _having(care, _ACTIVE) else "inactive"), NOT_COVERED
    if _having(plan, {_NOT_COVERED}):
        return "unclear", NOT_COVERED
    if spend_down and not remaining and any(benefit.amount != 0 for benefit in spend_down):
        return "unclear", SPEND_DOWN
    return "active", ""


def remedy(one: Enrolment) -> str:
    """Return what to do about a question that a payer refused, after what it wants (AAA04)."""
    ask = "ask again: peerbill eligibility"
    wants = set(one.actions)
    faults = not one.reasons or not _MEMBER_DATA.isdisjoint(one.reasons)
    if wants & {"Y", "S"}:
        return "Do not ask again yet: the payer answers later. Post that answer, or call the payer where none comes."
    if "N" in wants:
        return "The payer takes no second question: call it, or look the member up in its portal."
    if "C" in wants or (wants <= {""} and faults):
        return f"Correct the member's id, name, birth date or coverage, then {ask}."
    if "W" in wants:
        return f"Wait 30 days, then {ask}."
    if "X" in wants:
        return f"Wait 10 days, then {ask}."
    if wants & {"R", "P"} or not faults:
        again = f"{ask[0].upper()}{ask[1:]}."
        return f"{again} If it is refused again, check the member's id, name and birth date." if faults else again
    return f"Look at what the payer names, then {ask}."


def _stretches(benefits: "Iterable[Benefit]", answer: "EligibilityAnswer") -> list[Days]:
    """Return the days of some benefits, those without a gap between them joined.

    A benefit of the whole plan counts before a benefit of a kind of service.
    """
    joined: list[Days] = []
    for first, last in sorted(_days(benefit, answer) for benefit in benefits):
        if joined and (joined[-1][1] == dt.date.max or first <= joined[-1][1] + _ONE_DAY):
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


def _days(benefit: "Benefit", answer: "EligibilityAnswer") -> Days:
    own = benefit if benefit.first_day is not None or benefit.last_day is not None else answer
    return (own.first_day or dt.date.min, own.last_day or dt.date.max)


def _open(days: Days) -> tuple[dt.date | None, dt.date | None]:
    first, last = days
    return (None if first == dt.date.min else first, None if last == dt.date.max else last)


def _other_plans(answer: "EligibilityAnswer") -> str:
    """Return the names of the plans that the answer names beside the payer's own, in its order."""
    names = (
        benefit.payer_name or benefit.plan or benefit.reference
        for benefit in answer.benefits
        if benefit.code in _NAMING and not (benefit.payer_id and benefit.payer_id == answer.payer_id)
    )
    return "; ".join(dict.fromkeys(name for name in names if name))
