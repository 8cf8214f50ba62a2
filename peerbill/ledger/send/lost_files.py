"""A file that was sent, and that nobody answered, once more: byte for byte, or not at all.

The ledger keeps no names, so that it keeps no file either, only its SHA-256: a copy, or a file made again, must have
it.
"""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

import attrs
import sqlalchemy as sa

from peerbill.ledger.send.files import clear, writing
from peerbill.ledger.send.runs import BillRun
from peerbill.ledger.store import disk, tables, trail
from peerbill.ledger.store.trail import Event
from peerbill.model.claim_state import ClaimState
from peerbill.model.errors import LedgerError

_NOTHING_WRITTEN = "Nothing was written"


@attrs.frozen
class RecordedFile:
    """A file that was sent: where it was written (None: a program took it), for which day and payer, as what number."""

    name: str
    folder: Path | None
    as_of: str
    payer: str
    isa13: int
    sha256: str
    claim_ids: tuple[str, ...]


def find_unanswered(connection: sa.Connection, name: str) -> RecordedFile:
    """Return a file by its name. Raises LedgerError where none has it, or where somebody answered or withdrew it."""
    files, batches, claims, events = tables.files.c, tables.batches.c, tables.claims.c, tables.events.c
    query = sa.select(tables.files, batches.folder, batches.as_of).join(tables.batches)
    row = connection.execute(query.where(files.name == name, files.state == "confirmed")).one_or_none()
    if row is None:
        raise LedgerError(f"the ledger has no file {name}: peerbill claims --csv names the file of each claim")
    if row.transaction_type == "270":
        raise LedgerError(f"{name} holds questions, not claims: peerbill eligibility --again asks once more")
    of_file = sa.select(claims.claim_id, claims.state).where(
        claims.batch_id == row.batch_id, claims.file_number == row.number
    )
    rows = sorted(map(tuple, connection.execute(of_file)))
    ids = [claim_id for claim_id, _ in rows]
    written = {ClaimState.WRITTEN, tables.UNDONE}
    heard = sa.select(events.claim_id, events.event).where(
        events.claim_id.in_(of_file.with_only_columns(claims.claim_id)), events.event.not_in(written)
    )
    entry = connection.execute(heard.order_by(events.number)).first()
    if entry is not None:
        raise LedgerError(
            f"{name} is not written again: its claim {entry.claim_id} was {entry.event} since. Only a file of which "
            "nothing was answered, corrected or withdrawn is sent as it was"
        )
    return RecordedFile(
        row.name,
        Path(row.folder) if row.folder else None,
        row.as_of,
        row.payer,
        row.isa13,
        row.sha256,
        tuple(map(str, ids)),
    )


def hand_over_again(run: BillRun, file: RecordedFile, text: Callable[[], Iterable[str]]) -> None:
    """Give a file once more, made anew of `text`, to the program that takes files; raises what `write_again` does."""
    if run.hand_over is None:
        raise LedgerError(f"there is neither a folder nor a program that takes {file.name}")
    content = "".join(text()).encode()
    _refuse_changed(file, hashlib.sha256(content).hexdigest())
    _record(run, file)
    run.hand_over(file.name, content)


def _refuse_changed(file: RecordedFile, digest: str) -> None:
    if digest != file.sha256:
        raise LedgerError(
            f"{file.name} cannot be written again byte for byte: the tables or peerbill.toml say something else "
            f"than when it was sent (SHA-256 {file.sha256[:12]}…, now {digest[:12]}…). Undo what was changed, or "
            f"take its claims back with peerbill withdraw --file {file.name} and bill anew. {_NOTHING_WRITTEN}"
        )


def _record(run: BillRun, file: RecordedFile) -> None:
    with run.ledger.changing() as connection:
        entry = Event("", "written-again", "", file.name, f"SHA-256 {file.sha256}")
        trail.append(connection, run.ledger.now(), run.ledger.who, [entry])


def write_again(run: BillRun, file: RecordedFile, out: Path, text: Callable[[], Iterable[str]]) -> Path:
    """Write a file once more into a folder, from where it was written first or from `text`; return its path.

    The audit trail keeps that it was. Raises LedgerError, with nothing written, where another file has its name there,
    and where neither the first file nor `text` is what was sent; and what `text` raises.
    """
    out = out.resolve()
    tag = run.ledger.place.tag
    clear(out, tag)
    path = out / file.name
    here = disk.sha256(path)
    if here == file.sha256:
        return path
    if here is not None:
        raise LedgerError(
            f"{path} is in the way, and is not what was sent: move it, then run again. {_NOTHING_WRITTEN}"
        )
    temporary = out / disk.temporary_name(file.name, tag)
    try:
        with writing(out, _NOTHING_WRITTEN):
            first = file.folder / file.name if file.folder is not None else None
            kept = first is not None and disk.sha256(first) == file.sha256
            digest = disk.write_synced(temporary, [first.read_text("utf-8")] if first and kept else text())
        _refuse_changed(file, digest)
        _record(run, file)
        with writing(out, _NOTHING_WRITTEN):
            disk.give_name(temporary, path)
            disk.sync_folder(out)
    finally:
        temporary.unlink(missing_ok=True)
    return path
