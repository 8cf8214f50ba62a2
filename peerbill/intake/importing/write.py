"""All tables of an import are written, or none: a run that is stopped is finished or undone by the next.

Each new table is written whole beside the old one. A journal that names them all makes them count: before it, the new
files are removed; after it, they take their names. The journal goes last.
"""

import json
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import attrs
import msgspec

from peerbill.intake.importing.changes import TableChange
from peerbill.intake.workspace import IMPORT_JOURNAL
from peerbill.ledger.store import disk
from peerbill.model.errors import UnusableInputError
from peerbill.model.input_files import read_file

_TAG = "import"
_LOCK = ".import.lock"


@attrs.frozen
class _Step:
    """A table of the journal: its file, and the SHA-256 of its old text ("" for none) and of its new text."""

    name: str
    old: str
    new: str


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other imports out of a workspace. Raises UnusableInputError where one is running."""
    import filelock  # noqa: PLC0415 - what reads and converts exports works without it

    try:
        with filelock.FileLock(folder / _LOCK, timeout=0, mode=0o600):
            yield
    except filelock.Timeout:
        raise UnusableInputError(
            f"{folder}: another import into this workspace is running. Wait until it has ended."
        ) from None


def write_tables(folder: Path, changes: Sequence[TableChange]) -> None:
    """Write every table that changes, or none. Raises UnusableInputError where a table changed since it was read."""
    changing = [change for change in changes if change.changes]
    for change in changing:
        if (disk.sha256(change.path) or "") != change.digest:
            raise UnusableInputError(
                f"{change.path.name}: the file was changed while the import ran; nothing was written. "
                "Close it in the spreadsheet program, and import again."
            )
    steps = []
    try:
        for change in changing:
            new = disk.write_synced(_temporary(change.path), change.text())
            if change.digest:  # others in the office may read it as before
                _temporary(change.path).chmod(stat.S_IMODE(change.path.stat().st_mode))
            steps.append(_Step(change.path.name, change.digest, new))
        text = json.dumps({"tables": [attrs.asdict(step) for step in steps]}, indent=1)
        disk.replace_synced(folder / IMPORT_JOURNAL, [text, "\n"], _TAG)
    except BaseException:
        if not (folder / IMPORT_JOURNAL).exists():
            _undo(folder)
        raise
    _finish(folder, steps)


def recover(folder: Path) -> str:
    """Finish or undo an import that was stopped; return what was done, or "" where none was.

    Raises UnusableInputError where a table is neither the old nor the new one.
    """
    journal = folder / IMPORT_JOURNAL
    if not journal.exists():
        return "An import that was stopped was undone: no table had changed." if _undo(folder) else ""
    try:
        steps = _steps(read_file(journal, IMPORT_JOURNAL))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UnusableInputError(
            f"{IMPORT_JOURNAL}: expected the journal of an import that was stopped, found another text. "
            "Remove the file, and import the same files again."
        ) from None
    _finish(folder, steps)
    names = ", ".join(step.name for step in steps)
    return f"An import that was stopped was finished: {names} {'has' if len(steps) == 1 else 'have'} its rows."


def _steps(journal: bytes) -> list[_Step]:
    steps = msgspec.convert(json.loads(journal)["tables"], list[_Step])
    for step in steps:
        if Path(step.name).suffix != ".csv" or Path(step.name).name != step.name or "\0" in step.name:
            raise ValueError("no table of the folder has this name")
    return steps


def _finish(folder: Path, steps: Sequence[_Step]) -> None:
    """Give every new table its name, then remove the journal."""
    for step in steps:
        path = folder / step.name
        there = disk.sha256(path) or ""
        if there == step.new:
            _temporary(path).unlink(missing_ok=True)
        elif there == step.old and disk.sha256(_temporary(path)) == step.new:
            disk.rename(_temporary(path), path)
        else:
            raise UnusableInputError(
                f"{step.name}: an import was stopped, and the table was changed since, so that the import cannot be "
                f"finished. Remove {IMPORT_JOURNAL} from the folder to keep the tables as they are, and import the "
                "same files again."
            )
    disk.sync_folder(folder)
    (folder / IMPORT_JOURNAL).unlink(missing_ok=True)
    disk.sync_folder(folder)


def _undo(folder: Path) -> bool:
    """Remove new tables that do not count; return whether there were any."""
    stale = disk.stale(folder, _TAG)
    for path in stale:
        path.unlink(missing_ok=True)
    return bool(stale)


def _temporary(path: Path) -> Path:
    return path.with_name(disk.temporary_name(path.name, _TAG))
