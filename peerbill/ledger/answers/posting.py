"""Answers of payers into the ledger, a file at a time.

A file holds transaction sets (TA1, 999, 277CA, 835, 271), or is a CSV that a person filled in. It is posted in one
database transaction, each of its transaction sets whole or not at all. A set is posted some thousand claims at a time,
so that memory does not grow with the file.
"""

import datetime as dt
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

import attrs
import msgspec
import sqlalchemy as sa

from peerbill import codes
from peerbill.ledger import states
from peerbill.ledger.answers.acknowledgments import post_group, post_interchange
from peerbill.ledger.answers.eob import COLUMNS, EnteredRow, is_eob, read_eob
from peerbill.ledger.answers.manual_entries import entered_sets, is_of_payment, post_entered_answers
from peerbill.ledger.answers.remittances import insert_transaction, post_remittance
from peerbill.ledger.answers.session import (
    ASK_FILE,
    AT_ONCE,
    ENTERED,
    Posted,
    PostingSession,
    RejectedClaim,
    Unmatched,
    place,
)
from peerbill.ledger.answers.statuses import post_statuses
from peerbill.ledger.answers.unmatched import try_again
from peerbill.ledger.done_before import entries_since
from peerbill.ledger.send.eligibility import record_eligibility
from peerbill.ledger.send.runs import BillRun
from peerbill.ledger.store import contents, counters, tables
from peerbill.ledger.store.database import as_ledger_error
from peerbill.ledger.store.ledger import Ledger
from peerbill.ledger.store.rows import insert_rows, update
from peerbill.ledger.store.trail import Event
from peerbill.model.claim import Payer
from peerbill.model.claim_state import claim_state
from peerbill.model.enrolment import CAUSES, remedy
from peerbill.model.errors import UnusableInputError
from peerbill.model.finding import Severity
from peerbill.model.money import cents, printed
from peerbill.model.payer_answers import EligibilityAnswer, RemittanceHead
from peerbill.model.printable import storable, whole
from peerbill.x12.read.answers import Transaction, read_transactions
from peerbill.x12.reader import decode, opened

_BEGINNING = 4096  # bytes, in which a header ends
_AT_ONCE = 1 << 18  # bytes, of which a digest is taken together
_UNTOLD = "\N{REPLACEMENT CHARACTER}"
_encode = msgspec.json.Encoder().encode


def refuse_unreadable(named: Sequence[tuple[str, Path | bytes]]) -> None:
    """Look into every file, a name with its path or content: nothing is posted if any cannot be read.

    Raises UnusableInputError with a line for each file that cannot be opened or holds no transaction set, and for each
    mistake in a CSV.
    """
    wrong: list[str] = []
    for name, source in named:
        try:
            with opened(source) as file:
                if _is_entered(file):
                    wrong += [f"{name} {problem}" for problem in _rows(file)[1]]
                    continue
                first = next(iter(read_transactions(_text(file, None))))
        except OSError as error:
            wrong.append(f"{name}: {error.strerror or error}. Give the path of a file that a payer sent")
        else:
            if not first.segment:
                wrong.append(
                    f"{name}: no transaction set in it. Give a whole X12 file, from ISA to IEA, or a CSV with the "
                    f"columns {','.join(COLUMNS)}"
                    if name.lower().endswith(".csv")
                    else f"{name}: no transaction set in it. Give a whole X12 file, from ISA to IEA"
                )
    if wrong:
        raise UnusableInputError("\n".join([*wrong, "Nothing was posted"]))


def _sha256(file: BinaryIO) -> str:
    """Return the digest of a file in hex, and go back to its beginning."""
    digest = hashlib.sha256()
    while chunk := file.read(_AT_ONCE):
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def _is_entered(file: BinaryIO) -> bool:
    """Return whether a file is a CSV of answers, by its first row; the file is at its beginning again."""
    beginning = file.read(_BEGINNING).decode("utf-8", "replace")
    file.seek(0)
    return is_eob(beginning)


def _rows(file: BinaryIO) -> tuple[list[EnteredRow], list[str]]:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        return read_eob(text)
    except UnicodeDecodeError:
        return [], ["is not in UTF-8. Save it as CSV UTF-8"]
    finally:
        text.detach()


@attrs.define
class PostCommand:
    """A command that posts files, so that the same once more shows what one that was stopped could not.

    Attributes:
        files: how many there are, up to the last that was not posted before; all where each was.
        file: the place of the one that is posted, from 1.
        number: the answer id of its first file, 0 before there is one.

    """

    files: int
    file: int = 0
    number: int = 0

    @classmethod
    def of(cls, run: BillRun, sources: Sequence[Path | bytes]) -> "PostCommand":
        """Return the command that posts files, a path or bytes each."""
        with as_ledger_error(run.ledger.place), run.ledger.engine.connect() as connection:
            for count in range(len(sources), 0, -1):
                with opened(sources[count - 1]) as file:
                    known = sa.select(sa.exists().where(tables.answers.c.sha256 == _sha256(file)))
                if not connection.execute(known).scalar():
                    return cls(count)
        return cls(len(sources))

    @property
    def mark(self) -> list[int]:
        """What the summary of a file has of it."""
        return [self.number, self.file, self.files]


def post_answers(
    run: BillRun,
    source: Path | bytes,
    progress: Callable[[int], None] | None = None,
    *,
    name: str = "",
    npis: frozenset[str] = frozenset(),
    submitter: str = "",
    payers: Mapping[str, Payer] = MappingProxyType({}),
    accept_unbalanced: bool = False,
    command: PostCommand | None = None,
) -> Posted:
    """Post a file of answers, a path or its bytes; `progress` is called with the bytes read so far.

    `name` is what the ledger calls it; "" is the name of the path. `npis` are the organisation's and its sites': a
    remittance to another NPI matches nothing (none: no check). `submitter` is our id in NM1*41: with `npis` it shows
    whether a 277CA is ours. `payers` are those of the settings, by key: a CSV names claims, not payers, and an 835 may
    be a second payer's. With `accept_unbalanced`, an 835 that does not balance is posted, with the difference recorded.
    `command` is the one that posts it among other files.

    Nothing is posted twice: the content of a file, and each transaction set in it, is recognised when it comes again. A
    CSV is posted whole or not at all. Raises LedgerError where the ledger cannot be written and OSError where the file
    cannot be read: nothing is changed then.
    """
    name = whole(name or (source.name if isinstance(source, Path) else "answer"))
    shown = source if isinstance(source, Path) else name
    with opened(source) as file:
        sha256 = _sha256(file)
        if _is_entered(file):
            rows, wrong = _rows(file)
            if wrong:
                raise UnusableInputError("\n".join(f"{shown} {problem}" for problem in wrong))
            return post_rows(run, name, sha256, rows, payers, command)
        sets = read_transactions(_text(file, progress))
        return post_file(
            run,
            name,
            sha256,
            sets,
            npis=npis,
            submitter=submitter,
            payers=payers,
            accept_unbalanced=accept_unbalanced,
            command=command,
        )


def _text(file: BinaryIO, progress: Callable[[int], None] | None) -> Iterator[str]:
    for chunk in decode(file):
        if chunk.isascii() and "\0" not in chunk:
            yield chunk
        else:
            # Databases refuse these characters; no id or code of ours has them.
            text = chunk.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
            yield text.replace("\0", _UNTOLD)
        if progress is not None:
            progress(file.tell())


def posted_before(
    connection: sa.Connection, sha256: str, command: PostCommand | None = None, who: str = ""
) -> Posted | None:
    """Return what to say of a file with this content that was posted whole, or None.

    Of a command that was stopped, nobody may have seen anything: `command`, which is the same once more by `who`, says
    of the file what that one would have said. Where all its files were posted, it may have been seen: the notice that
    the file was posted before comes with it, and only that notice once anything else was recorded.
    """
    answers = tables.answers.c
    query = sa.select(answers.answer_id, answers.at, answers.name, answers.summary).where(answers.sha256 == sha256)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    summary = msgspec.json.decode(row.summary)
    kinds = summary["kind"].split("+")
    number, place_, files = summary.get("command", (0, 0, 0))
    notice = f"the same file was posted as {row.name} at {row.at}: nothing changed"
    if command is None or "posted" not in summary or (place_, files) != (command.file, command.files):
        return Posted(kinds=kinds, posted_at=row.at, notices=[notice])
    last = _last_of(connection, number, files)
    if last is None:
        command.number = number
        return _as_posted(connection, row.answer_id, kinds, summary["posted"])
    if not _is_newest(connection, last, who):
        return Posted(kinds=kinds, posted_at=row.at, notices=[notice])
    posted = _as_posted(connection, row.answer_id, kinds, summary["posted"])
    return attrs.evolve(posted, posted_at=row.at, notices=[*posted.notices, notice])


_POSTED = "posted"


def _last_of(connection: sa.Connection, number: int, files: int) -> int | None:
    """Return the answer id of the last file of a command, None where it was not posted."""
    last = _encode({"command": [number, files, files]}).decode()[1:-1]
    answers = tables.answers.c
    query = sa.select(answers.answer_id).where(answers.summary.contains(last, autoescape=True))
    found = connection.execute(query).scalar()
    return None if found is None else int(found)


def _is_newest(connection: sa.Connection, answer_id: int, who: str) -> bool:
    """Return whether an answer is the last thing that was recorded, by the same person."""
    events = tables.events.c
    query = sa.select(events.number, events.who, events.detail).where(events.event == _POSTED)
    row = connection.execute(query.order_by(events.number.desc()).limit(1)).first()
    return (
        row is not None
        and row.who == storable(who)
        and row.detail.endswith(f" as answer {answer_id}")
        and entries_since(connection, row.number, sealed=False) == 0
        and entries_since(connection, row.number) == 1
    )


def _as_posted(connection: sa.Connection, answer_id: int, kinds: list[str], values: Mapping[str, Any]) -> Posted:
    words, transactions = tables.payer_words.c, tables.transactions.c
    query = (
        sa.select(words.claim_id, words.words)
        .join_from(tables.payer_words, tables.transactions, transactions.transaction_id == words.transaction_id)
        .where(transactions.answer_id == answer_id)
    )
    said = {row.claim_id: row.words for row in connection.execute(query)}
    return Posted(
        kinds=kinds,
        **{
            **values,
            "unmatched": [Unmatched(*parts) for parts in values["unmatched"]],
            "rejected": [
                RejectedClaim(claim_id, claim_state(state), why, said.get(claim_id, ""))
                for claim_id, state, why in values["rejected"]
            ],
        },
    )


def _kept(posted: Posted) -> dict[str, object]:
    """Return the result of a file for the next run; a payer's own words are in the ledger already."""
    values = {field.name: getattr(posted, field.name) for field in attrs.fields(Posted) if field.name != "kinds"}
    unmatched = [attrs.astuple(answer) for answer in posted.unmatched]
    rejected = [(claim.claim_id, str(claim.state), claim.why) for claim in posted.rejected]
    return {**values, "unmatched": unmatched, "rejected": rejected}


def post_file(
    run: BillRun,
    name: str,
    sha256: str,
    transactions: Iterable[Transaction],
    *,
    npis: frozenset[str] = frozenset(),
    payers: Mapping[str, Payer] = MappingProxyType({}),
    accept_unbalanced: bool = False,
    submitter: str = "",
    command: PostCommand | None = None,
) -> Posted:
    """Post a file of answers: all that can be posted, in one database transaction.

    Payments that matched nothing, of this file and of all before, are tried again. With `accept_unbalanced`, an 835
    that does not balance is posted, with the difference recorded; an 835 that is cut off or has an amount that cannot
    be read is not.

    `name` goes into the audit trail, `sha256` recognises the file when it comes again. A remittance to another payee
    than one of `npis` matches nothing (none: no check); by `payers`, those of the settings, the answer of a second
    payer is distinguished from that of the first; `submitter` is our id in NM1*41, which with `npis` shows whose a
    277CA is. A transaction set that does not balance, or is cut off, is reported and not posted; the file may then be
    posted again, and the sets that were posted are skipped. Raises LedgerError where the ledger cannot be written, and
    what reading raises: nothing is changed then.
    """
    ledger = run.ledger
    with ledger.changing() as connection:
        before = posted_before(connection, sha256, command, ledger.who)
        if before is None:
            file = _File(
                connection,
                ledger,
                name,
                npis,
                payers,
                accept_unbalanced=accept_unbalanced,
                submitter=submitter,
                command=command,
            )
            for transaction in transactions:
                file.post(transaction)
            file.end(sha256)
            before = file.posted
        before.add(try_again(connection, ledger, npis=npis, payers=payers))
        return before


def post_rows(
    run: BillRun,
    name: str,
    sha256: str,
    rows: Sequence[EnteredRow],
    payers: Mapping[str, Payer],
    command: PostCommand | None = None,
) -> Posted:
    """Post answers that a person entered by hand: all of a file, or, where its rows do not add up, nothing.

    They are posted like an 835 and a 277CA. `payers` are those of the settings, by key. Rows that were posted before
    are reported and left out. Raises LedgerError where the ledger cannot be written: nothing is changed then.
    """
    ledger = run.ledger
    with ledger.changing() as connection:
        before = posted_before(connection, sha256, command, ledger.who)
        if before is not None:
            return before
        entered = entered_sets(connection, rows, payers)
        posted = Posted(kinds=[ENTERED], skipped=entered.skipped)
        posted.problems, posted.notices = list(entered.problems), list(entered.notices)
        whole = connection.begin_nested()
        file = _File(connection, ledger, name, frozenset(), payers, posted, command=command)
        for part in () if entered.problems else entered.sets:
            file.post(part)
        if not (entered.problems or file.left):
            file.end(sha256)
            whole.commit()
            posted.add(try_again(connection, ledger, payers=payers))
            return posted
        whole.rollback()
        return Posted(kinds=[ENTERED], problems=[*posted.problems, "nothing of the file was posted: correct it first"])


_POSTED_BEFORE = "was posted before: it changed nothing now"


@attrs.define(eq=False)
class _File:
    """A file that is being posted."""

    connection: sa.Connection
    ledger: Ledger
    name: str
    npis: frozenset[str]
    payers: Mapping[str, Payer]
    posted: Posted = attrs.field(factory=Posted)
    answer_id: int = 0
    taken: int = 0
    left: int = 0
    accept_unbalanced: bool = False
    submitter: str = attrs.field(default="", kw_only=True)
    command: PostCommand | None = attrs.field(default=None, kw_only=True)
    unmatched: list[tuple[str, Unmatched]] = attrs.field(factory=list)

    def post(self, transaction: Transaction) -> None:
        """Post a transaction set, or report why not."""
        if not transaction.kind:
            self._refuse(transaction)
            return
        self.posted.transactions += 1
        if transaction.kind not in self.posted.kinds:
            self.posted.kinds.append(transaction.kind)
        savepoint = self.connection.begin_nested()
        if not self.answer_id:
            self._open()
        transaction_id = counters.last(self.connection, "transaction") + 1
        session = PostingSession(
            self.connection,
            self.ledger,
            self.name,
            self.answer_id,
            transaction_id,
            npis=self.npis,
            payers=self.payers,
            accept_unbalanced=self.accept_unbalanced,
            submitter=self.submitter,
        )
        barred = _HANDLERS[transaction.kind](session, transaction)
        for _ in transaction.answers:
            pass
        key = _key(transaction)
        source = self._source_of(key)
        if source is not None:
            barred = ""
            again = "is in the file twice: it counts once" if source == self.answer_id else _POSTED_BEFORE
            session.posted = Posted(skipped=1, notices=[f"{place(transaction)} {again}"])
        elif not transaction.complete and transaction.kind != "TA1":
            barred = barred or "it is cut off before SE"
        else:
            session.posted.problems += _sentences(transaction, Severity.ERROR)
            session.posted.notices += _sentences(transaction, Severity.WARNING)
        if barred or session.posted.skipped:
            savepoint.rollback()
            if barred:
                self.left += 1
                if session.remittance is not None and transaction.kind != ENTERED:
                    self._keep_refusal(session.remittance, key, barred)
                refused = [f"{place(transaction)} was not posted: {barred}"]
                warnings = _sentences(transaction, Severity.WARNING)
                session.posted = Posted(problems=refused + _sentences(transaction, Severity.ERROR), notices=warnings)
        else:
            session.flush()
            self._record(transaction, key, transaction_id)
            if session.remittance is not None:
                self._close_refusals(session.remittance)
            savepoint.commit()
            if transaction.kind not in ("835", ENTERED):  # unmatched payments are listed with the payments
                left = [*session.posted.unmatched, *session.open_questions]
                self.unmatched += [(transaction.kind, item) for item in left]
            self.taken += 1
        self.posted.add(session.posted)
        if not self.taken:
            self.answer_id = 0

    def _keep_refusal(self, head: RemittanceHead, digest: str, why: str) -> None:
        """Record a remittance that is not posted: its money may be in the bank."""
        refusals = tables.refusals
        if self.connection.execute(sa.select(sa.exists().where(refusals.c.digest == digest))).scalar():
            return
        at, who = self.ledger.now(), self.ledger.who
        last = self.connection.execute(sa.select(sa.func.max(refusals.c.refusal_id))).scalar() or 0
        paid_on = head.paid_on.isoformat() if head.paid_on else ""
        row = (last + 1, digest, at, who, self.name, cents(head.amount), paid_on, head.trace, head.originator)
        insert_rows(self.connection, refusals, [(*row, head.payer_name, head.payer_id, why, "")])
        day = f" of {paid_on}" if paid_on else ""
        detail = f"remittance {head.number}{day}, {printed(head.amount)}: {why}"
        states.change(self.connection, at, who, [Event("", "refused", "", self.name, detail)])

    def _close_refusals(self, head: RemittanceHead) -> None:
        """Close what was refused of a remittance that is posted now."""
        refusals = tables.refusals
        update(
            self.connection,
            refusals,
            {"closed": self.name},
            refusals.c.trace == head.trace,
            refusals.c.originator == head.originator,
            refusals.c.trace != "",
            refusals.c.closed == "",
        )

    def _refuse(self, transaction: Transaction) -> None:
        for _ in transaction.answers:
            pass
        if transaction.segment:
            # A 277 is also the answer to a question about a claim's status.
            sent = (
                "a claim file, not an answer to one"
                if transaction.set_id == "837"
                else "no TA1, 999, 277CA, 835 or 271"
            )
            self.posted.problems.append(f"segment {transaction.segment}: this is {sent}. It was left out")
        self.posted.problems += _sentences(transaction, Severity.ERROR)

    def _open(self) -> None:
        """Make the row of the file; it gets its sum at the end."""
        self.answer_id = counters.last(self.connection, "answer") + 1
        counters.set_last(self.connection, "answer", self.answer_id)
        at, who = self.ledger.now(), self.ledger.who
        # Until it is known that all of the file was posted, its content is not remembered: it may come again.
        row = (self.answer_id, f"in part {self.answer_id}", self.name, at, who, "{}")
        insert_rows(self.connection, tables.answers, [row])

    def _source_of(self, key: str) -> int | None:
        """Return the file (its answer id) by which a transaction set was posted, this one included; None for none."""
        rows = tables.transactions.c
        answer_id = self.connection.execute(sa.select(rows.answer_id).where(rows.digest == key)).scalar()
        return None if answer_id is None else int(answer_id)

    def _record(self, transaction: Transaction, key: str, transaction_id: int) -> None:
        rows = tables.transactions
        if transaction.kind == "835" or is_of_payment(transaction):
            update(self.connection, rows, {"digest": key}, rows.c.transaction_id == transaction_id)
        else:
            insert_transaction(self.connection, transaction, transaction_id, self.answer_id, key)
        counters.set_last(self.connection, "transaction", transaction_id)

    def end(self, sha256: str) -> None:
        """Say in the trail, and in the file's row, what was posted."""
        if not self.taken:
            return
        posted = self.posted
        kind = "+".join(posted.kinds)
        summary: dict[str, object] = {
            "path": self.name,
            "kind": kind,
            "transactions": posted.transactions,
            "matched": posted.matched,
            "unmatched": [{"claim_id": reason.claim_id, "why": reason.why} for reason in posted.unmatched],
            "problems": posted.problems,
        }
        if self.command is not None:
            self.command.number = self.command.number or self.answer_id
            summary["command"] = self.command.mark
            summary["posted"] = _kept(posted)
        answers = tables.answers
        values = {"summary": _encode(summary).decode()}
        if not self.left:
            values["sha256"] = sha256
        update(self.connection, answers, values, answers.c.answer_id == self.answer_id)
        rows = [
            (self.answer_id, number, of_kind, item.claim_id, int(item.rejects), item.why, item.fix)
            for number, (of_kind, item) in enumerate(self.unmatched, start=1)
        ]
        insert_rows(self.connection, tables.unmatched_answers, rows)
        detail = (
            f"{kind}: {posted.matched:,} matched, {len(posted.unmatched):,} unmatched, SHA-256 {sha256}, "
            f"contents {contents.of_answer(self.connection, self.answer_id)} as answer {self.answer_id}"
        )
        states.change(self.connection, self.ledger.now(), self.ledger.who, [Event("", _POSTED, "", self.name, detail)])


def _key(transaction: Transaction) -> str:
    """Return the key by which a transaction set is recognised when it comes again.

    A remittance is the same in whatever envelope it comes. Acknowledgments of two payers may be the same to the letter,
    since each counts our files from 1: theirs take sender and receiver in.
    """
    if transaction.kind == "835":
        return transaction.digest
    envelope = transaction.envelope
    parts = (transaction.kind, envelope.sender.upper(), envelope.receiver.upper(), transaction.digest)
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def _sentences(transaction: Transaction, severity: Severity) -> list[str]:
    return [
        f"segment {problem.segment}: {problem.message}. {problem.fix}"
        if problem.segment
        else f"{problem.message}. {problem.fix}"
        for problem in transaction.problems
        if problem.severity is severity
    ]


# --------------------------------------------------------------------------------------------------------------- 271


def _post_eligibility(session: PostingSession, transaction: Transaction) -> str:
    at = session.ledger.now()
    answers = (answer for answer in transaction.answers if isinstance(answer, EligibilityAnswer))
    while portion := list(islice(answers, AT_ONCE)):
        found, lost = record_eligibility(
            session.connection,
            portion,
            dt.date.fromisoformat(at[:10]),
            at=at,
            who=session.ledger.who,
            file=session.name,
            parties=(transaction.envelope.receiver, transaction.envelope.sender),
        )
        session.posted.matched += len(found)
        for question in found:
            if question.state in {"refused", "unclear"} or question.reasons:
                reasons = ", ".join(CAUSES.get(code) or _refusal(code) for code in question.reasons)
                session.posted.problems.append(
                    f"question {question.trace} about member {question.member_id}: {question.state}"
                    + (f" ({reasons}). " if reasons else ". ")
                    + (
                        remedy(question)
                        if question.state == "refused"
                        else "Look the days up in the payer's portal, or call it"
                    )
                )
        session.posted.unmatched += [
            Unmatched(
                "",
                f"{place(transaction)}: no question of ours has the trace number {trace or '(none)'}, and not exactly "
                "one that is open asks about the member's id and days",
                ASK_FILE,
            )
            for trace in lost
        ]
    return ""


def _refusal(code: str) -> str:
    reason = codes.refusal_reason(code)
    return f"{code} ({reason.meaning if reason else 'not known here'})"


def _post_entered(session: PostingSession, transaction: Transaction) -> str:
    if is_of_payment(transaction):
        return post_remittance(session, transaction)
    post_entered_answers(session, transaction.answers)
    return ""


_HANDLERS: dict[str, Callable[[PostingSession, Transaction], str]] = {
    "TA1": post_interchange,
    "999": post_group,
    "277CA": post_statuses,
    "835": post_remittance,
    "271": _post_eligibility,
    ENTERED: _post_entered,
}
