"""Other ledgers that lie about, with the same data: replaced ones, backups, leavings of killed runs."""

import contextlib
import os
import sqlite3
import urllib.parse
from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs

from peerbill.ledger.store.database import VERSION_TABLE

_HEADER = b"SQLite format 3\x00"


@attrs.frozen
class LedgerCopy:
    """A file that is a ledger, and not the one in use.

    `last` and `last_at` are number and time of the last entry of its trail: 0 and "" without entries, None and "" for a
    database that cannot be read.
    """

    path: Path
    size: int
    last: int | None
    last_at: str


def ledger_copies(folders: Iterable[Path], current: Path | None) -> tuple[LedgerCopy, ...]:
    """Return every ledger in some folders, and in folders below them, by path; `current` is the file of the one in use.

    Links are not followed, and nothing is written beside a file. Raises OSError for a folder that cannot be read.
    """
    own = current.resolve() if current is not None else None
    found = {path.resolve() for folder in folders for path in _files(folder)}
    copies = (_copy(path) for path in sorted(found - {own}) if _is_sqlite(path))
    return tuple(copy for copy in copies if copy is not None)


def _files(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise error

    for above, _, names in os.walk(folder, onerror=refuse):
        yield from (path for name in names if (path := Path(above, name)).is_file() and not path.is_symlink())


def _is_sqlite(path: Path) -> bool:
    with contextlib.suppress(OSError), path.open("rb") as file:
        return file.read(len(_HEADER)) == _HEADER
    return False


def _copy(path: Path) -> LedgerCopy | None:
    """Return what a SQLite file is, None for one that is no ledger."""
    # Nothing changes it while it is read here, so that SQLite needs no lock and no journal beside it.
    address = f"file:{urllib.parse.quote(str(path))}?mode=ro&immutable=1"
    size = path.stat().st_size
    try:
        with contextlib.closing(sqlite3.connect(address, uri=True)) as connection:
            named = "SELECT count(*) FROM sqlite_master WHERE name = ?"
            if not connection.execute(named, [VERSION_TABLE]).fetchone()[0]:
                return None
            last = connection.execute("SELECT number, at FROM events ORDER BY number DESC LIMIT 1").fetchone()
    except sqlite3.Error:
        return LedgerCopy(path, size, None, "")
    match last:
        case None:
            return LedgerCopy(path, size, 0, "")
        case (int(number), str(at)):
            return LedgerCopy(path, size, number, at)
    return LedgerCopy(path, size, None, "")
