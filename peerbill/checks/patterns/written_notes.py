"""PB910 to PB912: when notes were written, compared with their services, with billing and with an audit notice."""

import datetime as dt
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import median_low
from typing import TYPE_CHECKING

import attrs

from peerbill.checks.base import Problem, check
from peerbill.checks.patterns.row import PatternRow
from peerbill.model.finding import Severity
from peerbill.model.sentence import say

if TYPE_CHECKING:
    from peerbill.checks.patterns.seen import Seen

BULK_NOTES = 6
"""From how many notes on, written within `BULK_MINUTES`, they were written in bulk."""
BULK_DAYS = 3
"""On services of at least so many different days: the notes of one group session are written together by right."""
BULK_MINUTES = 10
LATE_DAYS = 7
"""From how many days after the service on a note that is written just before billing is late."""
LATE_NOTES = 5
"""From how many late notes of a peer on they are reported."""
BILLING_DAYS = 1
"""How many days before billing still are just before it."""

_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001  # recorded times are local, without offset
_SECOND = dt.timedelta(seconds=1)
_DAY_SECONDS = 24 * 60 * 60
_EPOCH_DAY = _EPOCH.toordinal()


@attrs.frozen
class _Late:
    """A note that was written or last edited after the notice."""

    number: int
    staff_id: str
    member_id: str
    act: str
    service_day: dt.date
    day: dt.date


@attrs.define
class _Notes:
    """The notes of one peer, in order of the services: when they were written in seconds, days by their ordinals."""

    numbers: "array[int]" = attrs.field(factory=lambda: array("I"))
    written: "array[int]" = attrs.field(factory=lambda: array("q"))
    service_days: "array[int]" = attrs.field(factory=lambda: array("i"))

    @property
    def delays(self) -> list[int]:
        """How many days after the service each note was written."""
        return [at // _DAY_SECONDS + _EPOCH_DAY - day for at, day in zip(self.written, self.service_days, strict=True)]


@attrs.define
class WrittenNotes:
    """When the notes of each peer were written. `before_notice` counts notes on services from before the notice."""

    notice: dt.date | None
    by_peer: dict[str, _Notes] = attrs.field(factory=dict)
    after_notice: list[_Late] = attrs.field(factory=list)
    before_notice: int = 0

    def add(self, row: PatternRow, number: int) -> None:
        """Take in a row, where it tells when its note was written."""
        if self.notice is not None and row.start.date() < self.notice:
            self._compare_with_notice(row, number, self.notice)
        if row.created_at is None:
            return
        notes = self.by_peer.get(row.staff_id)
        if notes is None:
            notes = self.by_peer[row.staff_id] = _Notes()
        notes.numbers.append(number)
        notes.written.append((row.created_at - _EPOCH) // _SECOND)
        notes.service_days.append(row.start.toordinal())

    def _compare_with_notice(self, row: PatternRow, number: int, notice: dt.date) -> None:
        known = [(time, act) for time, act in ((row.created_at, "written"), (row.edited_at, "edited")) if time]
        self.before_notice += bool(known)
        late = [(time.date(), act) for time, act in known if time.date() > notice]
        if late:
            day, act = late[0]
            self.after_notice.append(_Late(number, row.staff_id, row.member_id, act, row.start.date(), day))


def _bulk_runs(notes: _Notes) -> list[list[int]]:
    """Return the runs of notes that were written in bulk, as places in `notes`, in order of writing.

    A time of midnight is a day without its time, and is left out.
    """
    order = sorted((at, place) for place, at in enumerate(notes.written) if at % _DAY_SECONDS)
    bounds: list[tuple[int, int]] = []
    days: Counter[int] = Counter()
    first = 0
    for last, (at, place) in enumerate(order):
        days[notes.service_days[place]] += 1
        while at - order[first][0] > BULK_MINUTES * 60:
            day = notes.service_days[order[first][1]]
            days[day] -= 1
            if not days[day]:
                del days[day]
            first += 1
        if last - first + 1 < BULK_NOTES or len(days) < BULK_DAYS:
            continue
        if bounds and first <= bounds[-1][1]:
            bounds[-1] = (bounds[-1][0], last)
        else:
            bounds.append((first, last))
    return [[place for _, place in order[begin : end + 1]] for begin, end in bounds]


@check("PB910", scope="pattern")
def notes_are_written_one_by_one(seen: "Seen") -> Iterator[Problem]:
    """Notes on services of different days are not written in bulk.

    Why it matters: a note that is written with many others, within minutes, is hardly written from the service.

    Passes: 5 notes of a peer on a week's services, written within 10 minutes; the notes of one group session. A time
    of midnight is read as a day without its time, and is not compared.

    Fails: 6 notes of a peer, on services of 3 days or more, written within 10 minutes. It is a warning: records that
    were moved from another system may have the time of the move.
    """
    runs = {staff_id: _bulk_runs(notes) for staff_id, notes in seen.notes.by_peer.items()}
    bulk = sum(len(run) for found in runs.values() for run in found)
    total = sum(len(notes.numbers) for notes in seen.notes.by_peer.values())
    for staff_id, found in runs.items():
        notes = seen.notes.by_peer[staff_id]
        for run in found:
            first, last = (_EPOCH + notes.written[place] * _SECOND for place in (run[0], run[-1]))
            days = [notes.service_days[place] for place in run]
            yield Problem(
                severity=Severity.WARNING,
                encounter_ids=_ids(seen, [notes.numbers[place] for place in run]),
                where="encounters.created_at",
                message=say(
                    "written-in-bulk",
                    "{count} notes of {staff_id}, on services of {days} days from {first_day} to {last_day}, were"
                    " written between {first} and {last}; of the agency's {total} notes, {bulk} were written like this",
                    count=len(run),
                    staff_id=staff_id,
                    days=len(set(days)),
                    first_day=dt.date.fromordinal(min(days)),
                    last_day=dt.date.fromordinal(max(days)),
                    first=first,
                    last=last,
                    total=total,
                    bulk=bulk,
                ),
                fix="Ask the peer from what these notes were written; keep that record with them.",
                staff_id=staff_id or None,
            )


@check("PB911", scope="pattern")
def notes_are_not_written_for_billing(seen: "Seen") -> Iterator[Problem]:
    """Late notes are not written just before billing.

    Why it matters: a note that is there because the claim needs it is the first that an auditor doubts.

    Passes: 4 late notes of a peer, written on the day of billing; any number, written two days before it.

    Fails: 5 notes of a peer, each 7 days or more after its service, written on the day of billing or the day before.
    The day of billing is the as-of day of the audit. It is a warning.
    """
    billing_day = seen.as_of.toordinal()
    for staff_id, notes in seen.notes.by_peer.items():
        delays = notes.delays
        places = [
            place
            for place, delay in enumerate(delays)
            if delay >= LATE_DAYS and billing_day - BILLING_DAYS <= notes.service_days[place] + delay <= billing_day
        ]
        if len(places) >= LATE_NOTES:
            yield Problem(
                severity=Severity.WARNING,
                encounter_ids=_ids(seen, [notes.numbers[place] for place in places]),
                where="encounters.created_at",
                message=say(
                    "written-for-billing",
                    "{count} notes of {staff_id} were written just before billing on {billing_day},"
                    " {shortest} to {longest} days after the services;"
                    " half of the peer's {total} notes were written within {usual} days",
                    count=len(places),
                    staff_id=staff_id,
                    billing_day=seen.as_of,
                    shortest=min(delays[place] for place in places),
                    longest=max(delays[place] for place in places),
                    total=len(delays),
                    usual=max(median_low(delays), 0),
                ),
                fix="Ask the peer from what these notes were written; keep that record with them.",
                staff_id=staff_id or None,
            )


@check("PB912", scope="pattern")
def notes_are_not_written_after_the_notice(seen: "Seen") -> Iterator[Problem]:
    """Notes on services from before an audit notice are not written or edited after it.

    Why it matters: an auditor leaves out what was written once the audit was announced, and asks why it was.

    Passes: a note written and last edited on the day of the notice; a service on that day, its note a day later.

    Fails: a service on the day before the notice, its note written or edited on the day after. The day of the notice is
    `--notice` of `peerbill audit`. It is a warning.
    """
    if seen.notice is None:
        return
    for late in seen.notes.after_notice:
        yield Problem(
            severity=Severity.WARNING,
            encounter_ids=(seen.ids[late.number],),
            where="encounters.created_at" if late.act == "written" else "encounters.edited_at",
            message=say(
                "after-the-notice",
                "the note on the service of {service_day} was {act} on {day}, after the notice of {notice};"
                " so were {count} of {total} notes on services from before it",
                service_day=late.service_day,
                act=late.act,
                day=late.day,
                notice=seen.notice,
                count=len(seen.notes.after_notice),
                total=seen.notes.before_notice,
            ),
            fix="Leave the note as it is, and tell the auditor when and why it was written or changed.",
            staff_id=late.staff_id or None,
            member_id=late.member_id or None,
        )


def _ids(seen: "Seen", numbers: Sequence[int]) -> tuple[str, ...]:
    return tuple(sorted(seen.ids[number] for number in numbers))
