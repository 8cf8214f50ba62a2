"""Questions about enrolment: written as 270 files in the four steps of a bill run, and what payers answered."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import groupby, zip_longest
from operator import attrgetter
from pathlib import Path

import attrs
import sqlalchemy as sa

from peerbill.ledger.look.history import reading
from peerbill.ledger.send.files import Batch, Draft, Job, SentFile, clear, confirm, recording, writing
from peerbill.ledger.send.runs import BillRun, give_all
from peerbill.ledger.store import counters, disk, tables, trail
from peerbill.ledger.store.portions import portions
from peerbill.ledger.store.rows import insert_rows, update
from peerbill.ledger.store.trail import Event
from peerbill.model.claim import Payer
from peerbill.model.enrolment import Enrolment, Question, judge
from peerbill.model.errors import LedgerError
from peerbill.model.ids import compact
from peerbill.model.payer_answers import EligibilityAnswer
from peerbill.model.plural import counted
from peerbill.model.records import Settings

TRANSACTION = "270"

Write = Callable[[Sequence[Question], Payer, Settings, dt.date, int], Iterable[str]]
"""Yields the text of an interchange of questions to a payer, with an as-of day and a control number."""

_ASKED = tables.eligibility


def read_eligibility(url: str, folder: Path | None) -> tuple[Enrolment, ...]:
    """Return what was asked and answered about enrolment, in the order of asking, and change nothing.

    `url` is `[ledger] url`, `folder` the workspace. Raises LedgerError for a database that is no ledger.
    """
    with reading(url, folder) as connection:
        return () if connection is None else load_eligibility(connection)


def load_eligibility(connection: sa.Connection, member_ids: Collection[str] | None = None) -> tuple[Enrolment, ...]:
    """Return what was asked and answered about enrolment, of all members or of some, in the order of asking."""
    query = sa.select(_ASKED).order_by(_ASKED.c.trace)
    if member_ids is None:
        return tuple(map(_enrolment, connection.execute(query)))
    enrolments = [
        _enrolment(row)
        for portion in portions(member_ids)
        for row in connection.execute(query.where(_ASKED.c.member_id.in_(portion)))
    ]
    return tuple(sorted(enrolments, key=attrgetter("trace")))


def _enrolment(row: sa.Row[tuple[object, ...]]) -> Enrolment:
    return Enrolment(
        trace=row.trace,
        member_id=row.member_id,
        payer=row.payer,
        asked_from=dt.date.fromisoformat(row.asked_from),
        asked_to=dt.date.fromisoformat(row.asked_to),
        state=row.state,
        first_day=tables.day_of(row.first_day),
        last_day=tables.day_of(row.last_day),
        said_on=tables.day_of(row.answered_on),
        plan=row.plan,
        reasons=tuple(text.partition(":")[0] for text in row.reasons.split()),
        actions=tuple(text.partition(":")[2] for text in row.reasons.split()) if row.state == "refused" else (),
    )


def eligibility_batch(
    run: BillRun, out: Path | None, *, settings: Settings, as_of: dt.date, questions: Sequence[Question], write: Write
) -> tuple[SentFile, ...]:
    """Write a 270 file per payer into `out`. Return the files, first those that a stopped run left.

    Every question gets its trace here. Raises LedgerError, with nothing recorded or visible, for a file that is in the
    way, a folder that cannot be written, or a bill run that was stopped, and what `write` raises; after the batch was
    recorded where a rename fails: the next run then finishes it.
    """
    if any(file.transaction_type != TRANSACTION and file.content is None for file in run.finished):
        raise LedgerError("a bill run was stopped: run peerbill bill to finish it, then ask. Nothing was asked")
    if out is not None:
        out = out.resolve()
        clear(out, run.ledger.place.tag)
    sent = _record(Job(run.ledger, out, settings, as_of), questions, write) if questions else []
    everything = (*run.finished, *sent)
    if out is None:
        give_all(run, sent)
    else:
        _name(out, sent)
    confirm(run.ledger, {file.batch_id for file in everything})
    run.finished.clear()
    return everything


def _name(out: Path, sent: Sequence[SentFile]) -> None:
    """Give the hidden files their names."""
    with writing(out, "The questions are recorded: make that possible, then run again to finish them"):
        for file in sent:
            disk.give_name(file.temporary, file.path)
        disk.sync_folder(out)


def _record(job: Job, questions: Sequence[Question], write: Write) -> list[SentFile]:
    """Write the hidden files and record them as pending, with their questions, in one transaction."""
    with recording(job, (question.member_id for question in questions)) as batch:
        asked = counters.last(batch.connection, "eligibility")
        drafts = _drafts(batch, asked, questions)
        batch.refuse_taken()
        sent = []
        for draft, of_payer in drafts:
            text = write(of_payer, draft.payer, job.settings, job.as_of, draft.isa13)
            sent.append(batch.write(draft, text))
        batch.record(sent)
        asked_rows = [_asked_row(question, draft, job.as_of) for draft, of_payer in drafts for question in of_payer]
        insert_rows(batch.connection, _ASKED, asked_rows)
        trail.append(batch.connection, job.ledger.now(), job.ledger.who, [_event(*one) for one in drafts])
        counters.set_last(batch.connection, "eligibility", asked + len(asked_rows))
    return sent


def _drafts(batch: Batch, asked: int, questions: Iterable[Question]) -> list[tuple[Draft, list[Question]]]:
    """Return a file for each payer with its questions, each with its trace: the numbers after `asked`."""
    drafts = []
    for key, of_payer in groupby(sorted(questions, key=attrgetter("payer")), attrgetter("payer")):
        traced = [
            attrs.evolve(question, trace=batch.identity.trace(at))
            for at, question in enumerate(of_payer, start=asked + 1)
        ]
        asked += len(traced)
        drafts.append((batch.draft(batch.job.settings.payers[key], TRANSACTION), traced))
    return drafts


def _event(draft: Draft, questions: Sequence[Question]) -> Event:
    number = counted(len(questions), "question")
    return Event("", "asked", "", draft.path.name, f"{TRANSACTION} to {draft.payer.key}, {number}")


def _asked_row(question: Question, draft: Draft, as_of: dt.date) -> tuple[object, ...]:
    return (
        question.trace,
        question.member_id,
        question.payer,
        question.first_day.isoformat(),
        question.last_day.isoformat(),
        "",
        "",
        "asked",
        "",
        "",
        as_of.isoformat(),
        "",
        draft.batch_id,
        draft.number,
        question.subscriber.subscriber_id,
    )


_QUESTION = sa.select(_ASKED, tables.files.c.sender, tables.files.c.receiver).join(
    tables.files,
    sa.and_(tables.files.c.batch_id == _ASKED.c.batch_id, tables.files.c.number == _ASKED.c.file_number),
)


def _without_trace(
    connection: sa.Connection, answer: EligibilityAnswer, parties: tuple[str, str]
) -> sa.Row[tuple[object, ...]] | None:
    """Return the only open question that an answer without our trace number can be about."""
    if not answer.subscriber_id:
        return None
    sender, receiver = (party.upper() for party in parties)
    query = _QUESTION.where(_ASKED.c.state == "asked", tables.files.c.state != tables.UNDONE)
    fitting = [
        row
        for row in connection.execute(query)
        if compact(row.subscriber_id).upper() == compact(answer.subscriber_id).upper()
        and (row.sender.upper(), row.receiver.upper()) == (sender, receiver)
        and _speaks_of(answer, row)
    ]
    return fitting[0] if len(fitting) == 1 else None


def _speaks_of(answer: EligibilityAnswer, row: sa.Row[tuple[object, ...]]) -> bool:
    """Return whether the days that an answer names, if any, touch those of a question."""
    first = answer.first_day.isoformat() if answer.first_day else ""
    last = answer.last_day.isoformat() if answer.last_day else "9999"
    return bool(first <= row.asked_to and row.asked_from <= last)


def _is_of_others(row: sa.Row[tuple[object, ...]], answer: EligibilityAnswer, parties: tuple[str, str]) -> bool:
    """Return whether an answer has our trace number, but is about somebody else and between other parties."""
    if not (row.subscriber_id and answer.subscriber_id and all(parties)):
        return False
    if compact(row.subscriber_id).upper() == compact(answer.subscriber_id).upper():
        return False
    return (row.sender.upper(), row.receiver.upper()) != (parties[0].upper(), parties[1].upper())


def _with_action(reason: str, action: str) -> str:
    return f"{reason}:{action}" if action else reason


def record_eligibility(
    connection: sa.Connection,
    answers: Iterable[EligibilityAnswer],
    said_on: dt.date,
    *,
    at: str = "",
    who: str = "",
    file: str = "",
    parties: tuple[str, str] = ("", ""),
) -> tuple[tuple[Enrolment, ...], tuple[str, ...]]:
    """Write down what a 271 answers, in the transaction that the connection is in; a later answer takes the place.

    `said_on` is the day of posting; `at`, `who` and `file` go into the audit trail; `parties` are ISA08 and ISA06 of
    the answer. An answer without our trace number is taken for the only open question about that subscriber id and its
    days. An answer with it, but about another subscriber id, is not taken from other parties than those of the
    question. Return what became of the questions, and the traces of the answers that answer none.
    """
    enrolments: list[Enrolment] = []
    unmatched: list[str] = []
    for answer in answers:
        row = connection.execute(_QUESTION.where(_ASKED.c.trace == answer.trace)).one_or_none()
        row = _without_trace(connection, answer, parties) if row is None else row
        if row is None or _is_of_others(row, answer, parties):
            unmatched.append(answer.trace)
            continue
        enrolment = judge(_enrolment(row), answer, said_on)
        enrolments.append(enrolment)
        values = {
            "state": enrolment.state,
            "first_day": enrolment.first_day.isoformat() if enrolment.first_day else "",
            "last_day": enrolment.last_day.isoformat() if enrolment.last_day else "",
            "plan": enrolment.plan,
            "reasons": " ".join(
                _with_action(*pair) for pair in zip_longest(enrolment.reasons, enrolment.actions, fillvalue="")
            ),
            "answered_on": said_on.isoformat(),
        }
        update(connection, _ASKED, values, _ASKED.c.trace == enrolment.trace)
    trail.append(
        connection,
        at,
        who,
        [Event("", "eligibility", "", file, f"{answer.trace}: {answer.state}") for answer in enrolments],
    )
    return tuple(enrolments), tuple(unmatched)
