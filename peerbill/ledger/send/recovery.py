"""What a killed run left: its whole files are finished, the others undone."""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import attrs
import sqlalchemy as sa

from peerbill.ledger import states
from peerbill.ledger.send.files import SentFile, writing
from peerbill.ledger.send.manifest import Entry, claim_entry, line_entry
from peerbill.ledger.store import disk, rows, tables, trail
from peerbill.ledger.store.database import as_ledger_error
from peerbill.ledger.store.ledger import Ledger
from peerbill.ledger.store.trail import Event
from peerbill.model.errors import LedgerError
from peerbill.model.plural import counted


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
