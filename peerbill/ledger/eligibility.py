"""Questions about enrolment: written as 270 files in the four steps of a bill run, and what payers answered."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import attrs
import sqlalchemy as sa

from peerbill.answer import EligibilityAnswer
from peerbill.claim import Payer
from peerbill.enrolment import Enrolment, Question, judge
from peerbill.errors import LedgerError
from peerbill.ledger import counters, disk, tables, trail
from peerbill.ledger.files import Batch, Draft, Job, SentFile, clear, confirm, counted, recording, writing
from peerbill.ledger.history import reading
from peerbill.ledger.runs import BillRun
from peerbill.ledger.trail import Event
from peerbill.records import Settings

TRANSACTION = "270"

Write = Callable[[Sequence[Question], Payer, Settings, dt.date, int], Iterable[str]]
"""Writes one interchange as chunks of text: `peerbill.x12.write270.write_interchange`."""

_ASKED = tables.eligibility

# How many members one statement names.
_AT_ONCE = 500


def read_eligibility(url: str, folder: Path) -> tuple[Enrolment, ...]:
    """Return what was asked and answered about enrolment, in the order of asking, and change nothing.

    `url` is `[ledger] url`, `folder` the workspace. Raises LedgerError for what is no ledger.
    """
    with reading(url, folder) as connection:
        return () if connection is None else load_eligibility(connection)


def load_eligibility(connection: sa.Connection, member_ids: Collection[str] | None = None) -> tuple[Enrolment, ...]:
    """Return what was asked and answered about enrolment, of all members or of some, in the order of asking."""
    query = sa.select(_ASKED).order_by(_ASKED.c.trace)
    if member_ids is None:
        return tuple(map(_enrolment, connection.execute(query)))
    every = sorted(set(member_ids))
    found = [
        _enrolment(row)
        for first in range(0, len(every), _AT_ONCE)
        for row in connection.execute(query.where(_ASKED.c.member_id.in_(every[first : first + _AT_ONCE])))
    ]
    return tuple(sorted(found, key=attrgetter("trace")))


def _enrolment(row: sa.Row[tuple[object, ...]]) -> Enrolment:
    return Enrolment(
        trace=row.trace,
        member_id=row.member_id,
        payer=row.payer,
        asked_from=dt.date.fromisoformat(row.asked_from),
        asked_to=dt.date.fromisoformat(row.asked_to),
        state=row.state,
        first_day=_day(row.first_day),
        last_day=_day(row.last_day),
        said_on=_day(row.answered_on),
        plan=row.plan,
        reasons=tuple(row.reasons.split()),
    )


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def eligibility_batch(
    run: BillRun, out: Path, *, settings: Settings, as_of: dt.date, questions: Sequence[Question], write: Write
) -> tuple[SentFile, ...]:
    """Ask: one 270 file per payer in `out`. Return the files, first those that a stopped run left.

    Every question gets its trace here. Raises LedgerError, with nothing recorded or visible, for a file that is in the
    way, a folder that cannot be written, or a bill run that was stopped, and what `write` raises; after the batch was
    recorded where a rename fails: the next run then finishes it.
    """
    if any(file.transaction_type != TRANSACTION for file in run.finished):
        raise LedgerError("a bill run was stopped: run peerbill bill to finish it, then ask. Nothing was asked")
    out = out.resolve()
    clear(out, run.ledger.place.tag)
    sent = _record(Job(run.ledger, out, settings, as_of), questions, write) if questions else []
    everything = (*run.finished, *sent)
    with writing(out, "The questions are recorded: make that possible, then run again to finish them"):
        for file in sent:
            disk.rename(file.temporary, file.path)
        disk.sync_folder(out)
    confirm(run.ledger, {file.batch_id for file in everything})
    run.finished.clear()
    return everything


def _record(job: Job, questions: Sequence[Question], write: Write) -> list[SentFile]:
    """Write the hidden files and record them as pending, with their questions, in one transaction."""
    with recording(job) as batch:
        asked = counters.last(batch.connection, "eligibility")
        drafts = _drafts(batch, asked, questions)
        batch.refuse_taken()
        sent = []
        for draft, of_payer in drafts:
            text = write(of_payer, draft.payer, job.settings, job.as_of, draft.isa13)
            sent.append(batch.write(draft, text))
        batch.record(sent)
        rows = [_asked_row(one, draft, job.as_of) for draft, of_payer in drafts for one in of_payer]
        trail.insert_rows(batch.connection, _ASKED, rows)
        trail.append(batch.connection, job.ledger.now(), job.ledger.who, [_event(*one) for one in drafts])
        counters.set_last(batch.connection, "eligibility", asked + len(rows))
    return sent


def _drafts(batch: Batch, asked: int, questions: Iterable[Question]) -> list[tuple[Draft, list[Question]]]:
    """Return a file for each payer with its questions, each with its trace: the numbers after `asked`."""
    drafts = []
    for key, of_payer in groupby(sorted(questions, key=attrgetter("payer")), attrgetter("payer")):
        traced = [attrs.evolve(one, trace=batch.identity.trace(at)) for at, one in enumerate(of_payer, start=asked + 1)]
        asked += len(traced)
        drafts.append((batch.draft(batch.job.settings.payers[key], TRANSACTION), traced))
    return drafts


def _event(draft: Draft, questions: Sequence[Question]) -> Event:
    number = counted(len(questions), "question")
    return Event("", "asked", "", draft.path.name, f"{TRANSACTION} to {draft.payer.key}, {number}")


def _asked_row(one: Question, draft: Draft, as_of: dt.date) -> tuple[object, ...]:
    return (
        one.trace,
        one.member_id,
        one.payer,
        one.first_day.isoformat(),
        one.last_day.isoformat(),
        "",
        "",
        "asked",
        "",
        "",
        as_of.isoformat(),
        "",
        draft.batch_id,
        draft.number,
    )


def record_eligibility(
    connection: sa.Connection,
    answers: Iterable[EligibilityAnswer],
    said_on: dt.date,
    *,
    at: str = "",
    who: str = "",
    file: str = "",
) -> tuple[tuple[Enrolment, ...], tuple[str, ...]]:
    """Write down what a 271 answers, in the transaction that the connection is in; a later answer takes the place.

    `said_on` is the day of posting; `at`, `who` and `file` go into the audit trail. Return what became of the
    questions, and the traces that no question of ours has.
    """
    found: list[Enrolment] = []
    unmatched: list[str] = []
    for answer in answers:
        row = connection.execute(sa.select(_ASKED).where(_ASKED.c.trace == answer.trace)).one_or_none()
        if row is None:
            unmatched.append(answer.trace)
            continue
        said = judge(_enrolment(row), answer, said_on)
        found.append(said)
        connection.execute(
            sa.update(_ASKED)
            .where(_ASKED.c.trace == said.trace)
            .values(
                state=said.state,
                first_day=said.first_day.isoformat() if said.first_day else "",
                last_day=said.last_day.isoformat() if said.last_day else "",
                plan=said.plan,
                reasons=" ".join(said.reasons),
                answered_on=said_on.isoformat(),
            )
        )
    trail.append(
        connection, at, who, [Event("", "eligibility", "", file, f"{one.trace}: {one.state}") for one in found]
    )
    return tuple(found), tuple(unmatched)
