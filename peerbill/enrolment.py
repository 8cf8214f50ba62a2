"""Members' enrolment as payers tell it: what was asked (270), and what an answer (271) comes to for a day.

An answer speaks of the days that were asked about and of no other: enrolment is closed in retrospect.
"""

import datetime as dt
from collections.abc import Iterable

import attrs

from peerbill.answer import Benefit, EligibilityAnswer
from peerbill.claim import Subscriber

Date = dt.date
Days = tuple[dt.date, dt.date]

_ACTIVE = frozenset({"1", "2", "3", "4", "5"})
_INACTIVE = frozenset({"6", "7", "8"})
_WHOLE_PLAN = "30"
_NAMING = frozenset({"MC", "R"})
"""EB01 of benefits that name another plan in loop 2120C: a managed care coordinator, another or additional payer."""

_ONE_DAY = dt.timedelta(days=1)


@attrs.frozen
class Question:
    """One subscriber of a 270: whether the member was enrolled from `first_day` to `last_day`, both included.

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
    """What became of one question. `state` is asked, active, inactive, refused or unclear.

    `asked_from` and `asked_to` are the days of the question. `first_day` and `last_day` are those for which the payer
    says the state; None: it gave none on that side. `said_on` is the day on which the answer was read, `plan` another
    plan that it names, `reasons` why it was refused (AAA03).
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

    def speaks_of(self, day: dt.date) -> bool:
        """Tell whether a day was asked about."""
        return self.asked_from <= day <= self.asked_to

    def includes(self, day: dt.date) -> bool:
        """Tell whether the payer says the state for a day that was asked about."""
        return (self.first_day is None or self.first_day <= day) and (self.last_day is None or day <= self.last_day)


def latest(enrolments: Iterable[Enrolment], day: dt.date, *, answered: bool = False) -> Enrolment | None:
    """Return the last of a member's and payer's questions that speaks of a day; with `answered`, the last answer.

    `enrolments` are in the order in which they were asked.
    """
    found = None
    for one in enrolments:
        if one.speaks_of(day) and not (answered and one.state == "asked"):
            found = one
    return found


def judge(asked: Enrolment, answer: EligibilityAnswer, said_on: dt.date) -> Enrolment:
    """Return what an answer makes of the question that it answers.

    Active: some benefit is (EB01 1 to 5); inactive: none is, and some is not (6 to 8); refused: neither, and an AAA
    says why; unclear: nothing of these, or several stretches of days among those asked about.
    """
    active = answer.active
    state = "refused" if active is None and answer.refusals else "unclear"
    days: tuple[dt.date | None, dt.date | None] = (None, None)
    if active is not None:
        stretches = _stretches(answer, _ACTIVE if active else _INACTIVE)
        asked_about = [one for one in stretches if one[0] <= asked.asked_to and asked.asked_from <= one[1]]
        if len(asked_about) < 2:
            state = "active" if active else "inactive"
            days = _open(asked_about[0] if asked_about else stretches[-1])
    return attrs.evolve(
        asked,
        state=state,
        first_day=days[0],
        last_day=days[1],
        said_on=said_on,
        plan=_other_plans(answer),
        reasons=tuple(dict.fromkeys(one.reason for one in answer.refusals)) if state == "refused" else (),
    )


def _stretches(answer: EligibilityAnswer, codes: frozenset[str]) -> list[Days]:
    """Return the days of the benefits with one of these codes, those without a gap between them joined.

    What is said of the whole plan counts before what is said of a kind of service.
    """
    benefits = [one for one in answer.benefits if one.code in codes]
    whole = [one for one in benefits if not one.service_types or _WHOLE_PLAN in one.service_types]
    joined: list[Days] = []
    for first, last in sorted(_days(one, answer) for one in whole or benefits):
        if joined and (joined[-1][1] == dt.date.max or first <= joined[-1][1] + _ONE_DAY):
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


def _days(benefit: Benefit, answer: EligibilityAnswer) -> Days:
    own = benefit if benefit.first_day is not None or benefit.last_day is not None else answer
    return (own.first_day or dt.date.min, own.last_day or dt.date.max)


def _open(days: Days) -> tuple[dt.date | None, dt.date | None]:
    first, last = days
    return (None if first == dt.date.min else first, None if last == dt.date.max else last)


def _other_plans(answer: EligibilityAnswer) -> str:
    """Return the names of the plans that the answer names beside the payer's own, in its order."""
    names = (
        one.payer_name or one.plan or one.reference
        for one in answer.benefits
        if one.code in _NAMING and not (one.payer_id and one.payer_id == answer.payer_id)
    )
    return "; ".join(dict.fromkeys(name for name in names if name))
