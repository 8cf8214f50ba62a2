"""What a killed run left: its whole files are finished, the others undone."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby, takewhile
from operator import itemgetter
from pathlib import Path
from typing import Any

import attrs
import sqlalchemy as sa

from peerbill.ledger import states
from peerbill.ledger.done_before import entries_since
from peerbill.ledger.send.files import SentFile, writing
from peerbill.ledger.send.manifest import Entry, claim_entry, line_entry
from peerbill.ledger.store import disk, rows, tables, trail
from peerbill.ledger.store.database import as_ledger_error
from peerbill.ledger.store.ledger import Ledger
from peerbill.ledger.store.seals import tracking
from peerbill.ledger.store.trail import Event
from peerbill.model.claim import Claim
from peerbill.model.content import Saying
from peerbill.model.errors import LedgerError
from peerbill.model.plural import counted
from peerbill.model.printable import storable
from peerbill.model.records import Settings


def recover(ledger: Ledger, *, undo_lost: bool) -> tuple[list[SentFile], list[str]]:
    """Give every whole file of a pending batch its name; free the encounters of a file that is lost.

    Return the files that are whole now, whose batches are still to be confirmed, and the messages about all. Raises
    LedgerError where a file is gone or changed that somebody may have sent, unless `undo_lost`.
    """
    batches, files = tables.batches, tables.files
    query = (
        sa.select(files, batches.c.folder)
        .join(batches)
        .where(batches.c.state == "pending", files.c.state == "pending", batches.c.folder != "")
        .order_by(files.c.batch_id, files.c.number)
    )
    finished: list[SentFile] = []
    lost: list[SentFile] = []
    messages: list[str] = []
    folders: set[Path] = set()
    with ledger.changing() as connection:
        for row in connection.execute(query).all():
            file = _sent_file(row)
            folders.add(file.path.parent)
            with writing(file.path.parent, f"Batch {file.batch_id}, which was stopped, cannot be finished"):
                whole = _finish(file, undo_lost=undo_lost)
            if whole:
                finished.append(file)
                messages.append(f"finished {file.path} of batch {file.batch_id}, which was stopped")
            else:
                _undo(connection, ledger, file)
                lost.append(file)
                messages.append(
                    f"undid {file.path} of batch {file.batch_id}, which was stopped before the file was whole; "
                    f"{counted(file.encounters, 'encounter')} can be billed again"
                )
        for folder in sorted(folder for folder in folders if folder.is_dir()):
            with writing(folder, "A batch that was stopped cannot be finished"):
                disk.sync_folder(folder)
    # Only now: should the transaction fail, a file that is gone would look as if somebody had taken it away.
    for file in lost:
        with writing(file.path.parent, "It is not a whole file: remove it"):
            file.temporary.unlink(missing_ok=True)
    return finished, messages


def waiting_files(ledger: Ledger) -> list[SentFile]:
    """Return the files that are recorded and were not handed over yet, in the order of their batches."""
    batches, files, outgoing = tables.batches, tables.files, tables.outgoing
    query = (
        sa.select(files, batches.c.folder, outgoing.c.content)
        .join(batches, batches.c.batch_id == files.c.batch_id)
        .join(outgoing, sa.and_(outgoing.c.batch_id == files.c.batch_id, outgoing.c.number == files.c.number))
        .order_by(files.c.batch_id, files.c.number)
    )
    with as_ledger_error(ledger.place), ledger.engine.connect() as connection:
        return [attrs.evolve(_sent_file(row), content=bytes(row.content)) for row in connection.execute(query)]


def _sent_file(row: sa.Row[Any]) -> SentFile:
    folder = Path(row.folder)
    return SentFile(
        path=folder / row.name,
        temporary=folder / row.temporary,
        batch_id=row.batch_id,
        number=row.number,
        payer=row.payer,
        isa13=row.isa13,
        claims=row.claims,
        lines=row.lines,
        encounters=row.encounters,
        total_cents=row.total_cents,
        sha256=row.sha256,
        transaction_type=row.transaction_type,
    )


def _finish(file: SentFile, *, undo_lost: bool) -> bool:
    """Give a file its name; return whether it is whole. Raises LedgerError where it may have been sent and is gone."""
    digest = disk.sha256(file.path)
    if digest == file.sha256:
        file.temporary.unlink(missing_ok=True)
        return True
    whole = disk.sha256(file.temporary) == file.sha256
    if whole and digest is not None and file.path.stat().st_size == 0:
        disk.rename(file.temporary, file.path)
        return True
    if whole and digest is not None:
        raise LedgerError(
            f"{file.path} is in the way of a file of batch {file.batch_id}, which was stopped: move it to another "
            "folder, then run again to finish the batch"
        )
    if digest is not None:
        raise LedgerError(
            f"{file.path} of batch {file.batch_id}, which was stopped, is not what the ledger recorded: "
            "restore it if it was sent. If it was never sent, remove it and run again with --undo-lost"
        )
    if whole:
        disk.give_name(file.temporary, file.path)
        return True
    if not file.temporary.exists() and not undo_lost:
        raise LedgerError(
            f"{file.path} of batch {file.batch_id}, which was stopped, is gone: put it back if it was moved or sent. "
            "If it was never sent, run again with --undo-lost to bill its encounters again"
        )
    return False


def _undo(connection: sa.Connection, ledger: Ledger, file: SentFile) -> None:
    """Free what a file billed. Its row stays, so that its control number is never given again."""
    batches, files, claims = tables.batches, tables.files, tables.claims
    of_file = sa.and_(claims.c.batch_id == file.batch_id, claims.c.file_number == file.number)
    lost = sa.select(claims.c.claim_id).where(of_file)
    undone = connection.execute(sa.select(claims.c.claim_id, claims.c.replaces).where(of_file)).all()
    rows.delete(connection, tables.encounters, tables.encounters.c.claim_id.in_(lost))
    rows.delete(connection, tables.lines, tables.lines.c.claim_id.in_(lost))
    rows.delete(connection, claims, of_file)
    trail.append(
        connection,
        ledger.now(),
        ledger.who,
        [Event(row.claim_id, tables.UNDONE, tables.UNDONE, file.path.name) for row in undone],
    )
    replaced = [row.replaces for row in undone if row.replaces]
    states.reinstate(connection, ledger, replaced, file.path.name, "was not sent")
    asked = tables.eligibility.c
    rows.delete(connection, tables.eligibility, asked.batch_id == file.batch_id, asked.file_number == file.number)
    state = {"state": tables.UNDONE}
    rows.update(connection, files, state, files.c.batch_id == file.batch_id, files.c.number == file.number)
    live = sa.select(files.c.number).where(files.c.batch_id == file.batch_id, files.c.state != tables.UNDONE)
    rows.update(connection, batches, state, batches.c.batch_id == file.batch_id, ~sa.exists(live))


@attrs.frozen
class RecordedClaim:
    """A claim of a batch; `content` is its digest, `bills_as` the site that bills it."""

    claim_id: str
    file_number: int
    content: str
    bills_as: str


@attrs.frozen
class LastBatch:
    """The last batch: whether it is still to be confirmed, its files, and its claims by (what they correct, number)."""

    batch_id: int
    folder: str
    pending: bool
    files: tuple[SentFile, ...]
    claims: Mapping[tuple[str, str], RecordedClaim]


def last_batch(connection: sa.Connection, who: str) -> LastBatch | None:
    """Return the last batch, if the same person made it and nothing was recorded since but that it is confirmed."""
    batches, files, claims, events = tables.batches.c, tables.files, tables.claims.c, tables.events.c
    row = connection.execute(sa.select(tables.batches).order_by(batches.batch_id.desc()).limit(1)).first()
    if row is None or row.state not in {"pending", "confirmed"} or not row.folder:
        return None
    query = sa.select(files, batches.folder).join(tables.batches).where(files.c.batch_id == row.batch_id)
    of_batch = [_sent_file(file) for file in connection.execute(query.order_by(files.c.number))]
    sent = sa.select(events.number, events.who).where(events.event == "sent").order_by(events.number.desc()).limit(1)
    last = connection.execute(sent).first()
    seals = 1 if row.state == "pending" else 2
    if (
        last is None
        or last.who != storable(who)
        or entries_since(connection, last.number, sealed=False)
        or entries_since(connection, last.number) != seals
    ):
        return None
    of_claims = sa.select(
        claims.replaces,
        claims.payer_control_number,
        claims.claim_id,
        claims.file_number,
        claims.content,
        claims.bills_as,
    ).where(claims.batch_id == row.batch_id)
    recorded = {
        (replaces, number): RecordedClaim(*rest) for replaces, number, *rest in connection.execute(of_claims).all()
    }
    sites = {claim.file_number: claim.bills_as for claim in recorded.values()}
    return LastBatch(
        row.batch_id,
        row.folder,
        row.state == "pending",
        tuple(attrs.evolve(file, bills_as=sites.get(file.number, "")) for file in of_batch),
        recorded,
    )


def ids_in(batch: LastBatch, claims: Sequence[Claim], settings: Settings) -> tuple[str, ...] | None:
    """Return the ids that a batch gave to corrections; None where it sent other claims, or one that differs."""
    given = {(claim.replaces, claim.payer_control_number): claim for claim in claims}
    if given.keys() != batch.claims.keys() or len(given) != len(claims):
        return None
    payers = {file.number: settings.payers.get(file.payer) for file in batch.files}
    for key, recorded in batch.claims.items():
        payer = payers[recorded.file_number]
        if payer is None or recorded.bills_as not in {"", *settings.sites}:
            return None
        if Saying.of(payer, settings.billing_as(recorded.bills_as)).digest(given[key]) != recorded.content:
            return None
    return tuple(batch.claims[key].claim_id for key in given)


@contextlib.contextmanager
def before_batch(ledger: Ledger, batch: LastBatch) -> Iterator[sa.Connection]:
    """Yield a connection that sees the ledger as it was before its last batch; what is done on it is taken back."""
    with (
        as_ledger_error(ledger.place),
        ledger.engine.connect() as connection,
        tracking(connection, ledger.account),
    ):
        transaction = connection.begin()
        try:
            for file in batch.files:
                _undo(connection, ledger, file)
            _date_back(connection, [replaces for replaces, _ in batch.claims])
            yield connection
        finally:
            transaction.rollback()


def _date_back(connection: sa.Connection, claim_ids: Iterable[str]) -> None:
    """Give claims that are as they were before they were corrected the time of that state again."""
    claims, events = tables.claims, tables.events.c
    for claim_id in dict.fromkeys(claim_ids):
        state = connection.execute(sa.select(claims.c.state).where(claims.c.claim_id == claim_id)).scalar_one()
        query = sa.select(events.at, events.state).where(
            events.claim_id == claim_id, events.state.not_in(states.CORRECTED), events.event != "reinstated"
        )
        entries = connection.execute(query.order_by(events.number.desc())).all()
        at = [at for _, at in takewhile(partial(_is_of, state), ((row.state, row.at) for row in entries))]
        if at:
            rows.update(connection, claims, {"changed_at": at[-1]}, claims.c.claim_id == claim_id)


def _is_of(state: str, entry: tuple[str, str]) -> bool:
    return entry[0] == state


def recorded_entries(ledger: Ledger, file: SentFile, shown: str) -> Iterator[Entry]:
    """Yield the manifest's entries of the claims of a file, as the ledger holds them; `shown` is its path there."""
    claims, lines, encounters = tables.claims.c, tables.lines.c, tables.encounters.c
    query = (
        sa.select(
            claims.claim_id,
            claims.payer,
            claims.member_id,
            lines.number,
            lines.service_date,
            lines.hcpcs,
            lines.modifiers,
            lines.units,
            lines.charge_cents,
            encounters.start_at,
            encounters.encounter_id,
            claims.frequency,
            claims.replaces,
            claims.follows,
        )
        .join_from(tables.claims, tables.lines, lines.claim_id == claims.claim_id)
        .outerjoin(
            tables.encounters,
            sa.and_(encounters.claim_id == lines.claim_id, encounters.line_number == lines.number),
        )
        .where(claims.batch_id == file.batch_id, claims.file_number == file.number)
        .order_by(claims.claim_id, lines.number)
    )
    with as_ledger_error(ledger.place), ledger.engine.connect() as connection:
        rows = connection.execute(query)
        for (claim_id, payer, member_id, *kind), of_claim in groupby(rows, itemgetter(0, 1, 2, 11, 12, 13)):
            entries = [
                line_entry(
                    f"{claim_id}-{number}",
                    [row[10] for row in sorted(of_line, key=itemgetter(9, 10)) if row[10] is not None],
                    service_date=day,
                    hcpcs=hcpcs,
                    modifiers=modifiers.split(":") if modifiers else [],
                    units=units,
                    charge_cents=charge,
                )
                for (number, day, hcpcs, modifiers, units, charge), of_line in groupby(
                    of_claim, itemgetter(3, 4, 5, 6, 7, 8)
                )
            ]
            frequency, replaces, follows = kind
            yield claim_entry(
                claim_id,
                payer,
                member_id,
                shown,
                entries,
                frequency=frequency,
                replaces=replaces,
                follows=follows,
            )
