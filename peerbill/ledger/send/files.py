"""The files of a batch, 837 or 270: named and numbered, written hidden, recorded as pending, confirmed.

`peerbill.ledger.send.runs` explains these steps.
"""

import contextlib
import datetime as dt
import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path

import attrs
import sqlalchemy as sa

from peerbill.ledger.send.manifest import Entry, file_entry
from peerbill.ledger.store import counters, disk, rows, tables, trail
from peerbill.ledger.store.database import as_ledger_error
from peerbill.ledger.store.identity import LEDGERS_OWN, Identity, Numbers, read_identity, write_identity
from peerbill.ledger.store.ledger import Ledger
from peerbill.ledger.store.seals import tracking
from peerbill.model.claim import Claim, Payer
from peerbill.model.errors import LedgerError
from peerbill.model.money import cents
from peerbill.model.printable import whole
from peerbill.model.records import Settings

_LAST_CONTROL_NUMBER = 999_999_999
NOTHING_SENT = "Nothing was recorded or sent"

HandOver = Callable[[str, bytes], None]
"""Takes a file that was recorded, by its name, and keeps it before it returns: in a store, a queue, an upload. The same
file may come again, with the same name and content, after a process was killed."""


@attrs.frozen
class SentFile:
    """An 837 file that is whole in its folder, or is `content` that was passed to the caller: `path` is then its name.

    `total_cents` is the charge of its claims in cents. `bills_as` is the site that bills them, "" the organisation.
    """

    path: Path
    temporary: Path
    batch_id: int
    number: int
    payer: str
    isa13: int
    claims: int
    lines: int
    encounters: int
    total_cents: int
    sha256: str
    transaction_type: str = "837P"
    content: bytes | None = attrs.field(default=None, repr=False)
    bills_as: str = ""

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.path.name

    def entry(self, out: Path) -> Entry:
        """Return the file's entry in the manifest of a folder."""
        return file_entry(
            self.shown(out),
            self.payer,
            isa13=self.isa13,
            claims=self.claims,
            lines=self.lines,
            total_cents=self.total_cents,
            sha256=self.sha256,
            transaction_type=self.transaction_type,
        )

    def shown(self, out: Path) -> str:
        """Return the path as a manifest in `out` gives it: the name, or the whole path of a file elsewhere."""
        return self.path.name if self.path.parent == out else str(self.path)


@attrs.frozen
class Job:
    """What every step of a batch needs: whose it is, where its files go (None: to a program), for which day."""

    ledger: Ledger
    out: Path | None
    settings: Settings
    as_of: dt.date
    numbers: Numbers = LEDGERS_OWN


@attrs.frozen
class Draft:
    """A file that is to be written. `form` is 837P, 837I or 270, which has no claims; all claims have a biller."""

    path: Path
    temporary: Path
    batch_id: int
    number: int
    payer: Payer
    form: str
    sender: str
    receiver: str
    isa13: int
    claims: Sequence[Claim]

    @property
    def bills_as(self) -> str:
        """The site that bills the claims, "" for the organisation."""
        return self.claims[0].bills_as if self.claims else ""

    def file(self, sha256: str, content: bytes | None = None) -> SentFile:
        """Return the draft as a file that was written, with its counts and sums."""
        lines = [line for claim in self.claims for line in claim.lines]
        return SentFile(
            path=self.path,
            temporary=self.temporary,
            batch_id=self.batch_id,
            number=self.number,
            payer=self.payer.key,
            isa13=self.isa13,
            claims=len(self.claims),
            lines=len(lines),
            encounters=sum(len(line.encounter_ids) for line in lines),
            total_cents=sum(cents(line.charge) for line in lines),
            sha256=sha256,
            transaction_type=self.form,
            content=content,
            bills_as=self.bills_as,
        )


@attrs.define(eq=False)
class Batch:
    """A batch in the making, in one transaction; made by `recording`. `drafts` are its files in their order."""

    connection: sa.Connection
    job: Job
    identity: Identity
    batch_id: int
    drafts: list[Draft] = attrs.field(factory=list)
    _hidden: list[Path] = attrs.field(factory=list)
    _control_numbers: dict[tuple[str, str], int] = attrs.field(factory=dict)

    def draft(self, payer: Payer, form: str, claims: Sequence[Claim] = ()) -> Draft:
        """Name and number the next file: an 837 of `claims`, or a 270. Raises LedgerError without a free number."""
        number = len(self.drafts) + 1
        parts = (
            f"{self.job.as_of:%Y%m%d}",
            *([self.identity.tag] if self.identity.tag else []),
            f"{self.batch_id:06d}",
            f"{number:03d}",
            re.sub(r"[^A-Za-z0-9_-]", "_", payer.key),
        )
        name = f"{'-'.join(parts)}.{form[:3]}"
        sender, receiver = parties(payer, self.job.settings)
        draft = Draft(
            path=(self.job.out or Path()) / name,
            temporary=(self.job.out / disk.temporary_name(name, self.job.ledger.place.tag) if self.job.out else Path()),
            batch_id=self.batch_id,
            number=number,
            payer=payer,
            form=form,
            sender=sender,
            receiver=receiver,
            isa13=self._control_number(sender, receiver),
            claims=claims,
        )
        self.drafts.append(draft)
        return draft

    def _control_number(self, sender: str, receiver: str) -> int:
        if self.job.numbers.isa13 is not None:
            return self._given(self.job.numbers.isa13(sender, receiver), sender, receiver)
        files = tables.files.c
        last = self._control_numbers.get((sender, receiver))
        if last is None:
            query = sa.select(sa.func.max(files.isa13)).where(files.sender == sender, files.receiver == receiver)
            last = max(self.connection.execute(query).scalar() or 0, self.identity.first_control_number - 1)
        if last >= _LAST_CONTROL_NUMBER:
            raise LedgerError(
                f"the nine digits of ISA13 are used up for sender {sender} and receiver {receiver}: "
                "agree on another sender id with the receiver; nothing was sent"
            )
        self._control_numbers[sender, receiver] = last + 1
        return last + 1

    def _given(self, number: int, sender: str, receiver: str) -> int:
        """Return a control number of the caller's own. Raises LedgerError if it is invalid, or was given before."""
        if isinstance(number, bool) or not 1 <= number <= _LAST_CONTROL_NUMBER:
            raise LedgerError(f"a control number that was given is not 1 to {_LAST_CONTROL_NUMBER}. {NOTHING_SENT}")
        files = tables.files.c
        query = sa.select(sa.func.count()).where(
            files.sender == sender, files.receiver == receiver, files.isa13 == number
        )
        drafted = any(
            (draft.sender, draft.receiver, draft.isa13) == (sender, receiver, number) for draft in self.drafts
        )
        if drafted or self.connection.execute(query).scalar():
            raise LedgerError(
                f"the control number {number} that was given was used before by {sender} to {receiver}. {NOTHING_SENT}"
            )
        return number

    def refuse_taken(self) -> None:
        """Raise LedgerError where a file already has the name of a draft."""
        for draft in self.drafts if self.job.out is not None else ():
            if draft.path.exists():
                raise LedgerError(f"{draft.path} is in the way: move it, then run again. {NOTHING_SENT}")

    def write(self, draft: Draft, text: Iterable[str]) -> SentFile:
        """Write a draft under its hidden name, synced. Raises LedgerError where the folder cannot be written.

        Without a folder, its content goes into the ledger.
        """
        if self.job.out is None:
            content = "".join(text).encode()
            return draft.file(hashlib.sha256(content).hexdigest(), content)
        self._hidden.append(draft.temporary)
        with writing(self.job.out, NOTHING_SENT):
            return draft.file(disk.write_synced(draft.temporary, text))

    def record(self, files: Sequence[SentFile]) -> None:
        """Record the batch and its files, one for each draft, as pending."""
        if self.job.out is not None:
            with writing(self.job.out, NOTHING_SENT):
                disk.sync_folder(self.job.out)
        self._insert(files)
        if not read_identity(self.connection).settled:
            write_identity(self.connection, self.identity)
        counters.set_last(self.connection, "batch", self.batch_id)

    def remove_hidden(self) -> None:
        """Remove the files that were written: nothing of the batch is recorded."""
        for path in self._hidden:
            path.unlink(missing_ok=True)

    def _insert(self, files: Sequence[SentFile]) -> None:
        batch = (self.batch_id, "pending", self.job.as_of.isoformat(), str(self.job.out or ""))
        rows.insert_rows(self.connection, tables.batches, [batch])
        rows.insert(
            self.connection,
            tables.files,
            [
                {
                    "batch_id": file.batch_id,
                    "number": file.number,
                    "state": "pending",
                    "name": file.path.name,
                    "temporary": file.temporary.name,
                    "payer": file.payer,
                    "sender": draft.sender,
                    "receiver": draft.receiver,
                    "isa13": file.isa13,
                    "claims": file.claims,
                    "lines": file.lines,
                    "encounters": file.encounters,
                    "total_cents": file.total_cents,
                    "sha256": file.sha256,
                    "transaction_type": file.transaction_type,
                    "group_sender": draft.payer.group.sender or self.job.settings.submitter.id,
                    "group_receiver": draft.payer.group.receiver or draft.payer.receiver.id,
                    "mode": draft.payer.mode,
                }
                for draft, file in zip(self.drafts, files, strict=True)
            ],
        )
        contents = [(file.batch_id, file.number, file.content) for file in files if file.content is not None]
        rows.insert_rows(self.connection, tables.outgoing, contents)


@contextlib.contextmanager
def recording(job: Job, about: Iterable[str]) -> Iterator[Batch]:
    """Record a batch in one transaction; if anything fails, nothing of it remains, nor any of its hidden files.

    `about` are the encounters, or members, that it is about: the first batch settles the ledger's tag with them.
    """
    ledger = job.ledger
    with (
        as_ledger_error(ledger.place),
        ledger.engine.connect() as connection,
        tracking(connection, ledger.account),
    ):
        transaction = connection.begin()
        identity = read_identity(connection).settled_by(about)
        batch = Batch(connection, job, identity, counters.last(connection, "batch") + 1)
        try:
            yield batch
            trail.seal(connection, ledger.now(), ledger.who)
        except BaseException:
            transaction.rollback()
            batch.remove_hidden()
            raise
        # Should the commit fail, whether it took place is not known: the next run looks, and clears up.
        transaction.commit()


def clear(out: Path, tag: str) -> int:
    """Make a folder where it is absent, and remove the hidden files that a stopped run left; return how many.

    `tag` is part of the names of this ledger's files. Raises LedgerError for a folder that cannot be written.
    """
    if whole(str(out)) != str(out):
        raise LedgerError(
            f"{out} cannot be recorded in the ledger: its name is not in UTF-8. Name another folder. {NOTHING_SENT}"
        )
    with writing(out, NOTHING_SENT):
        disk.make_folder(out)
        left = disk.stale(out, tag)
        for path in left:
            path.unlink()
    return len(left)


def has_left(out: Path, tag: str) -> bool:
    """Return whether a stopped run left hidden files in a folder; `tag` is part of the names of its ledger's files."""
    return bool(disk.stale(out, tag))


def hand_over(ledger: Ledger, file: SentFile, take: HandOver) -> None:
    """Give a recorded file to a program, and forget its content once that has returned: it is confirmed then.

    Raises LedgerError where the program refuses it: it stays recorded, and the next run gives it first.
    """
    if file.content is None or hashlib.sha256(file.content).hexdigest() != file.sha256:
        raise LedgerError(f"{file.name} of batch {file.batch_id} is not what the ledger recorded: restore a backup")
    try:
        take(file.name, file.content)
    except Exception as error:
        raise LedgerError(
            f"{file.name} was not taken ({type(error).__name__}). It is recorded: make that possible, then run again, "
            "and it is handed over first"
        ) from error
    files, batches, outgoing = tables.files, tables.batches, tables.outgoing.c
    of_file = sa.and_(files.c.batch_id == file.batch_id, files.c.number == file.number)
    left = sa.exists().where(files.c.batch_id == file.batch_id, files.c.state == "pending")
    with ledger.changing() as connection:
        rows.update(connection, files, {"state": "confirmed"}, of_file)
        is_it = (outgoing.batch_id == file.batch_id, outgoing.number == file.number)
        rows.delete(connection, tables.outgoing, *is_it)
        rows.update(connection, batches, {"state": "confirmed"}, batches.c.batch_id == file.batch_id, ~left)


def parties(payer: Payer, settings: Settings) -> tuple[str, str]:
    """Return sender and receiver of a payer's files, ISA06 and ISA08: each pair has control numbers of its own."""
    # ISA06 and ISA08 are written in capitals: two spellings of an id are the same party.
    sender = (payer.interchange.sender_id or settings.submitter.id).upper()
    return sender, (payer.interchange.receiver_id or payer.receiver.id).upper()


def confirm(ledger: Ledger, batch_ids: Collection[int]) -> None:
    """Record that the files of batches, whole and named, are done: they may be sent."""
    if not batch_ids:
        return
    batches, files = tables.batches, tables.files
    with ledger.changing() as connection:
        confirmed = {"state": "confirmed"}
        rows.update(connection, batches, confirmed, batches.c.batch_id.in_(batch_ids))
        rows.update(connection, files, confirmed, files.c.batch_id.in_(batch_ids), files.c.state == "pending")


@contextlib.contextmanager
def writing(folder: Path, so: str) -> Iterator[None]:
    """Turn errors of the disk into LedgerError; `so` is the sentence on what that means."""
    try:
        yield
    except OSError as error:
        raise LedgerError(
            f"{error.filename2 or error.filename or folder} cannot be written: {error.strerror}. {so}"
        ) from error
