"""Proofs that checks find nothing, from facts that many encounters share or that are seen at one look.

A check whose `looks_at` is `row`, `plan`, `staff`, `times` or `units` is asked only where no proof says that it is
quiet. What is not proven is asked: a shape that nobody thought of costs time and hides nothing.
"""

import bisect
import datetime as dt
import operator
from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Sequence
from typing import Final
from zoneinfo import ZoneInfo

import attrs

from peerbill.checks.qualifications import against_each
from peerbill.coding.context import Context, Group, Index, Situation
from peerbill.coding.credentials import credentials_in_force
from peerbill.model.clock import fixed_offset
from peerbill.model.encounter import Encounter
from peerbill.model.ids import compact
from peerbill.model.people import Authorization, Coverage, Episode, Exclusion, Stay, age_of

ON = True
"""Whether proofs are used. Tests and benchmarks, which compare both, are the only ones to turn it off."""

_ONE_DAY: Final = dt.timedelta(days=1)
_NO_TIME: Final = dt.timedelta()
_LONGEST_DAY: Final = dt.timedelta(hours=12)


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
        """Tell whether the row is plain: whole, within a day, signed by its author afterwards, in order and in time.

        `peerbill.scale.member_proofs` has the same conditions for columns.
        """
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
    """Divides the days of each person where one of the rows about them begins or ends.

    Within a stretch the same rows hold, and only the time since them goes on: what was due is overdue from some day on.
    What finds nothing about the first and about the last encounter of a stretch finds nothing about those between.
    """

    def __init__(self, changes: Callable[[str], Iterable[dt.date]]) -> None:
        self._changes = changes
        self._bounds: dict[str, list[dt.date]] = {}

    @classmethod
    def of_members(cls, index: Index) -> "Stretches":
        """Divide where plans, assessments, episodes, stays, authorizations, coverage or answers on enrolment do."""
        enrolments: dict[str, list[dt.date]] = {}
        for (member_id, _), asked in index.eligibility.items():
            days = enrolments.setdefault(member_id, [])
            for one in asked:
                days += _bounds(one.asked_from, one.asked_to)
                days += _bounds(one.first_day, one.last_day)
        return cls(lambda member_id: (*_of_member(index, member_id), *enrolments.get(member_id, ())))

    @classmethod
    def of_staff(cls, index: Index) -> "Stretches":
        """Divide where exclusions of a person or supervisor do, the supervisor's certificates, who has the supervisor.

        Which certificates of the peer hold, and the peer's age, is for `standing`.
        """
        return cls(lambda staff_id: _of_staff(index, staff_id))

    def of(self, id_: str, day: dt.date) -> int:
        """Return the number of the stretch in which a day is."""
        return bisect.bisect_right(self.bounds(id_), day)

    def bounds(self, id_: str) -> Sequence[dt.date]:
        """Return the days on which a stretch begins, in order."""
        bounds = self._bounds.get(id_)
        if bounds is None:
            bounds = self._bounds[id_] = sorted({*self._changes(id_)})
        return bounds


def _of_member(index: Index, member_id: str) -> Iterator[dt.date]:
    """Yield each day from which on a row of a member holds, or holds no more."""
    for plan in index.plans.get(member_id, ()):
        yield from _bounds(plan.effective_on, plan.expires_on)
        yield from _bounds(plan.signed_on, None)
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


def _of_staff(index: Index, staff_id: str) -> Iterator[dt.date]:
    """Yield each day from which on a row that decides about a staff member holds, or holds no more."""
    staff = index.staff.get(staff_id)
    supervisor_id = staff.supervisor_id if staff is not None else ""
    for id_ in (staff_id, supervisor_id):
        person = index.staff.get(id_)
        for key in (id_, compact(person.npi) if person is not None else ""):
            yield from _spans(index.exclusions.get(key, ()))
    for credential in index.credentials.get(supervisor_id, ()):
        yield from _bounds(credential.issued_on, credential.expires_on)
    for peer in index.supervised.get(supervisor_id, ()):
        yield from _bounds(peer.hired_on, peer.left_on)


def standing(context: Context) -> Hashable:
    """Return which accepted certificates of the peer were in force on the day, the peer's age, and what each lacks.

    A certificate lapses some time after its row ends, and one of several ages will do: neither shows in the rows. Nor
    does from which day on another of several certificates is the one that lacks least.
    """
    born = context.staff.birth_date if context.staff is not None else None
    day = context.day
    age = age_of(born, day) if born is not None and day is not None else None
    # The rows are those of the index, which holds them.
    return age, tuple([(id(row), name) for row, name, _ in credentials_in_force(context)]), against_each(context)


class Sweep:
    """One look at all encounters in order of start: who had no two at a time, and no day of more than 12 hours.

    Encounters that cross midnight, are on a day on which the clocks change or have no times prove nothing, and so does
    what the ledger holds of a member or peer.
    """

    def __init__(self, contexts: Iterable[Context], index: Index) -> None:
        self._history = index.history
        self._doubtful: dict[str, set[str]] = {"member": set(), "peer": set()}
        ended = dict[str, dt.datetime]()
        days = dict[str, _Day]()
        for context in contexts:
            encounter, day = context.encounter, context.day
            start, end, member_id = encounter.start, encounter.end, encounter.member_id
            peers = (
                (encounter.staff_id, *index.facilitators(encounter))
                if encounter.facilitators
                else (encounter.staff_id,)
            )
            if (
                start is None
                or end is None
                or day is None
                or not start < end
                or end.date() != day
                or encounter.start_offset is not None
                or encounter.end_offset is not None
                or fixed_offset(index.zone, day) is None
            ):
                self._doubtful["member"].add(member_id)
                self._doubtful["peer"].update(peers)
                continue
            if ended.get(member_id, start) > start:
                self._doubtful["member"].add(member_id)
            ended[member_id] = end
            for peer in peers:
                known = days.get(peer)
                if known is None:
                    known = days[peer] = _Day(day, start, _NO_TIME)
                if not known.has_room(day, start, end):
                    self._doubtful["peer"].add(peer)

    def holds(self, group: Group, scope: str) -> bool:
        """Tell whether the times of a member's, or of a peer's, encounters let no check of times find anything."""
        sent = self._history.of_member if scope == "member" else self._history.of_staff
        return group.key not in self._doubtful[scope] and group.key not in sent


@attrs.define(eq=False)
class _Day:
    """The last day of a peer that was seen: until when, and how long the contacts were together."""

    day: dt.date
    ends: dt.datetime
    length: dt.timedelta

    def has_room(self, day: dt.date, start: dt.datetime, end: dt.datetime) -> bool:
        """Take in the next contact; tell whether it begins after the last one and leaves a day that is possible."""
        is_later = start >= self.ends
        self.length = end - start + (self.length if day == self.day else _NO_TIME)
        self.day, self.ends = day, end
        return is_later and self.length <= _LONGEST_DAY


def is_plain_line(line: Sequence[Context]) -> bool:
    """Tell whether a line lets no check of lines find anything: one contact, with units that its rule alone decides."""
    if len(line) > 1:
        return False
    context = line[0]
    coding = context.coding
    return (
        coding is not None
        and coding.rounding_gap is None
        and bool(context.units)
        and context.encounter.billed_units is None
        and (context.minutes or 0) >= coding.unit.minimum_minutes
    )


def _spans(rows: Iterable[Coverage | Stay | Episode | Authorization | Exclusion]) -> Iterator[dt.date]:
    return (day for row in rows for day in _bounds(row.from_, row.to))


def _bounds(first: dt.date | None, last: dt.date | None) -> Iterator[dt.date]:
    """Yield a row's first day, and the day after its last."""
    if first is not None:
        yield first
    if last is not None and last < dt.date.max:
        yield last + _ONE_DAY
