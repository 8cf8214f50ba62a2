"""Proofs that checks find nothing, from facts that many encounters share or that are seen at one look.

A check whose `looks_at` is `row` or `plan` is asked of an encounter only where no proof here says that it is quiet.
What is not proven is asked: a shape that nobody thought of costs time and hides nothing.
"""

import bisect
import datetime as dt
import operator
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from typing import Final
from zoneinfo import ZoneInfo

import attrs

from peerbill.coding.context import Context, Index, Situation
from peerbill.model.clock import fixed_offset
from peerbill.model.encounter import Encounter
from peerbill.model.people import Authorization, Coverage, Episode, Stay

ON = True
"""Whether proofs are used. Tests and benchmarks, which compare both, are the only ones to turn it off."""

_ONE_DAY: Final = dt.timedelta(days=1)


def _no_fields(_: Encounter) -> tuple[object, ...]:
    return ()


@attrs.frozen(eq=False)
class RowProof:
    """Tells of an encounter of one situation, by its row alone, that the checks of rows find nothing.

    Attributes:
        required: gives the fields that the note must show.
        voluntary: whether participation must be recorded as voluntary.
        last: the end of the as-of day.
        zone: in which the clocks may change.
        ties: peers and members who are tied.
        rejected: the encounters whose claim was rejected.

    """

    required: Callable[[Encounter], Sequence[object]]
    voluntary: bool
    last: dt.datetime
    zone: ZoneInfo
    ties: Container[tuple[str, str]]
    rejected: Container[str]

    @classmethod
    def of(cls, situation: Situation) -> "RowProof":
        """Return the proof for a situation."""
        names = [required.field for required in situation.coding.required]
        index = situation.index
        return cls(
            # Of one field alone, `attrgetter` gives the value and no tuple.
            required=operator.attrgetter(*names, names[0]) if names else _no_fields,
            voluntary="voluntary" in situation.rules.documentation.of("require"),
            last=dt.datetime.combine(index.as_of, dt.time.max),
            zone=index.zone,
            ties=index.relationships,
            rejected=index.history.rejected,
        )

    def holds(self, context: Context) -> bool:
        """Tell whether the row is plain: whole, within a day, signed by its author afterwards, in order and in time."""
        encounter, day = context.encounter, context.day
        start, end, signed = encounter.start, encounter.end, encounter.signed_at
        written, edited, cosigned = encounter.created_at, encounter.edited_at, encounter.cosigned_at
        return (
            start is not None
            and end is not None
            and signed is not None
            and day is not None
            and start < end <= signed <= self.last
            and end.date() == day
            and fixed_offset(self.zone, day) is not None
            and encounter.start_offset is None
            and encounter.end_offset is None
            and encounter.staff_id in encounter.signed_by
            and not encounter.break_minutes
            and not encounter.travel_minutes
            and (written is None or start <= written <= signed)
            and (edited is None or edited <= signed)
            and (cosigned is None or cosigned <= self.last)
            and (encounter.voluntary or (encounter.voluntary is None and not self.voluntary)) is True
            and all(self.required(encounter))
            and (encounter.staff_id, encounter.member_id) not in self.ties
            and encounter.encounter_id not in self.rejected
        )


class Stretches:
    """Divides the days of each member where one of the member's rows begins or ends.

    Within a stretch the same plans, assessments, episodes, stays, authorizations, coverage and answers on enrolment
    hold, and only the time since them goes on: what was due is overdue from some day on. What finds nothing about the
    first and about the last encounter of a stretch finds nothing about those between.
    """

    def __init__(self, index: Index) -> None:
        self._index = index
        self._enrolments: dict[str, list[dt.date]] = {}
        for (member_id, _), asked in index.eligibility.items():
            days = self._enrolments.setdefault(member_id, [])
            for one in asked:
                days += _bounds(one.asked_from, one.asked_to)
                days += _bounds(one.first_day, one.last_day)
        self._bounds: dict[str, list[dt.date]] = {}

    def of(self, member_id: str, day: dt.date) -> int:
        """Return the number of the stretch in which a day is."""
        bounds = self._bounds.get(member_id)
        if bounds is None:
            bounds = self._bounds[member_id] = sorted({*self._changes(member_id)})
        return bisect.bisect_right(bounds, day)

    def _changes(self, member_id: str) -> Iterator[dt.date]:
        """Yield each day from which on a row of the member holds, or holds no more."""
        index = self._index
        for plan in index.plans.get(member_id, ()):
            yield from _bounds(plan.effective_on, plan.expires_on)
        for assessment in index.assessments.get(member_id, ()):
            yield from _bounds(assessment.date, None)
        yield from _spans(index.coverage.get(member_id, ()))
        yield from _spans(index.stays.get(member_id, ()))
        yield from _spans(index.episodes.get(member_id, ()))
        yield from _spans(index.authorizations.get(member_id, ()))
        member = index.members.get(member_id)
        if member is not None:
            yield from _bounds(member.birth_date, member.died_on)
            yield from _bounds(member.release_on, None)
        yield from self._enrolments.get(member_id, ())


def _spans(rows: Iterable[Coverage | Stay | Episode | Authorization]) -> Iterator[dt.date]:
    return (day for row in rows for day in _bounds(row.from_, row.to))


def _bounds(first: dt.date | None, last: dt.date | None) -> Iterator[dt.date]:
    """Yield a row's first day, and the day after its last."""
    if first is not None:
        yield first
    if last is not None and last < dt.date.max:
        yield last + _ONE_DAY
