"""A ledger that is absent, with signs that it was there: it was lost, and is not taken for a new ledger.

An absent ledger knows of nothing that was sent, and a bill run would send all of it again.
"""

import contextlib
import json
import os
import sqlite3
import urllib.parse
from collections.abc import Collection, Iterator
from pathlib import Path

from peerbill.ledger.store.database import VERSION_TABLE, Place, as_ledger_error, find_place, reading_engine, version
from peerbill.model.errors import LedgerError
from peerbill.model.input_files import open_file

_SENDER = slice(35, 50)
"""ISA06 in a file: the segment has fixed widths."""
_SENT = (".837", ".270")
_SQLITE = b"SQLite format 3\0"


def absent_message(place: Place, signs: Collection[str] = ()) -> str:
    """Return the message on an absent ledger."""
    if not signs:
        return f"there is no ledger at {place}: bill makes one"
    return (
        f"there is no ledger at {place}, and there was one: {'; '.join(signs)}. What it sent would be billed again. "
        "Restore a backup (peerbill ledger restore), or correct [ledger] url; if this is a new ledger, say so: "
        "peerbill bill with --new-ledger"
    )


def is_absent(place: Place) -> bool:
    """Return whether there is no ledger: no file, a file of 0 bytes, or a database without tables."""
    if place.file is None:
        with as_ledger_error(place), reading_engine(place).connect() as connection:
            return version(connection) is None
    if not place.file.exists() or place.file.stat().st_size == 0:
        return True
    try:
        with as_ledger_error(place), reading_engine(place).connect() as connection:
            return version(connection) is None
    except LedgerError:
        # Opening it to write reports the fault, or rolls back what a killed run left.
        return False


def lost_ledger(
    url: str, folder: Path | None, out: Path | None = None, senders: Collection[str] = ()
) -> tuple[str, ...]:
    """Return the signs that an absent ledger was there before; none where there is a ledger, or never was one.

    `url` is `[ledger] url`, `folder` the workspace; `out` where files are to go, and `senders` the ids (ISA06) in whose
    name they go.
    """
    place = find_place(url, folder)
    if not is_absent(place):
        return ()
    beside = list(_beside(place, folder))
    return tuple(beside + (list(_sent(out, {sender.upper() for sender in senders})) if out is not None else []))


def refuse_lost(url: str, folder: Path | None, out: Path | None = None, senders: Collection[str] = ()) -> None:
    """Raise LedgerError for a ledger that was there before and is not there now; `lost_ledger` says how it is known."""
    if signs := lost_ledger(url, folder, out, senders):
        raise LedgerError(absent_message(find_place(url, folder), signs))


def _beside(place: Place, folder: Path | None) -> Iterator[str]:
    if place.file is not None and place.file.exists():
        yield f"{place.file.name} has 0 bytes"
    if place.lock is not None and place.lock.exists():
        yield f"{place.lock.name} is there, which a run makes beside its ledger"
    kept = place.file or (folder or Path()).resolve() / "ledger.db"
    for path in sorted(kept.parent.glob(f"{kept.name}.replaced-*")):
        yield f"{path.name} is a ledger that a restore replaced"
    if folder is not None and folder.is_dir():
        for path in sorted(folder.iterdir()):
            if path.resolve() != place.file and ".replaced-" not in path.name and _has_sent(path):
                yield f"{path.name} is a ledger that has sent files"


def _has_sent(path: Path) -> bool:
    """Return whether a file is a SQLite ledger with a batch in it."""
    try:
        with open_file(path) as file:
            if file.read(len(_SQLITE)) != _SQLITE:
                return False
        address = f"file:{urllib.parse.quote(os.fsencode(path.resolve()))}?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True)) as connection:
            known = "SELECT count(*) FROM sqlite_master WHERE name = ?"
            if not connection.execute(known, (VERSION_TABLE,)).fetchone()[0]:
                return False
            return bool(connection.execute("SELECT count(*) FROM batches").fetchone()[0])
    except (OSError, sqlite3.Error):
        # What cannot be read is no ledger that anybody could use.
        return False


def _sent(out: Path, senders: Collection[str]) -> Iterator[str]:
    """Yield the signs of files that were sent by these senders, and are in a folder."""
    if not out.is_dir():
        return
    ours = [path.name for path in sorted(out.iterdir()) if path.suffix in _SENT and _sender(path) in senders]
    if ours:
        more = f" and {len(ours) - 1} more" if len(ours) > 1 else ""
        yield f"{out / ours[0]}{more} was sent by {'/'.join(sorted(senders))}"
    elif _manifest_of_sent(out):
        yield f"{out / 'manifest.json'} lists files that were sent"


def _sender(path: Path) -> str:
    try:
        with open_file(path) as file:
            head = file.read(106)
    except OSError:
        return ""
    return head[_SENDER].decode("ascii", "replace").strip().upper() if head.startswith(b"ISA") else ""


def _manifest_of_sent(out: Path) -> bool:
    """Return whether a manifest lists files that are not there any more, so that nobody can say whose they are."""
    try:
        with open_file(out / "manifest.json") as file:
            files = json.load(file)["files"]
        return any(not (out / file["path"]).exists() for file in files)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False
