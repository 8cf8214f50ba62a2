"""All tables are written or none, wherever the import is stopped."""

import os
import warnings
from pathlib import Path

import pytest
from faults import Shim, shimmed

from peerbill.intake.importing.changes import TableChange
from peerbill.intake.importing.write import alone, recover, write_tables
from peerbill.intake.workspace import IMPORT_JOURNAL, read_workspace
from peerbill.ledger.store import disk
from peerbill.model.errors import UnusableInputError

OLD = {"members.csv": "member_id\nM1\n", "coverage.csv": "member_id\nM1\n"}
NEW = {"members.csv": "member_id\nM1\nM2\n", "coverage.csv": "member_id\nM1\nM2\n", "plans.csv": "member_id\nM2\n"}


def change(folder: Path, name: str) -> TableChange:
    path = folder / name
    rows = [[line] for line in NEW[name].splitlines()[1:]]
    return TableChange(path.stem, 1, 0, 1, {}, {}, (), ("member_id",), rows, path, "\n", disk.sha256(path) or "")


def changes(folder: Path) -> list[TableChange]:
    return [change(folder, name) for name in NEW]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in OLD.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def tables(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.glob("*.csv"))}


def test_every_table_is_written(folder: Path) -> None:
    (folder / "members.csv").chmod(0o664)
    write_tables(folder, changes(folder))

    assert (folder / "members.csv").stat().st_mode & 0o777 == 0o664

    assert tables(folder) == dict(sorted(NEW.items()))
    assert sorted(path.name for path in folder.iterdir()) == sorted(NEW)
    assert (folder / "plans.csv").stat().st_mode & 0o777 == 0o600


def test_a_table_that_was_changed_meanwhile_is_not_written_over(folder: Path) -> None:
    what = changes(folder)
    (folder / "coverage.csv").write_text("member_id\nM9\n")

    with pytest.raises(UnusableInputError, match=r"^coverage.csv: the file was changed while the import ran"):
        write_tables(folder, what)
    assert tables(folder) == {"coverage.csv": "member_id\nM9\n", "members.csv": OLD["members.csv"]}
    assert recover(folder) == ""


def test_a_full_disk_leaves_the_tables_as_they_were(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    what = changes(folder)
    write = disk.write_synced
    names: list[str] = []

    def full(path: Path, text: object) -> str:
        names.append(path.name)
        if len(names) == 2:
            raise OSError(28, "No space left on device")
        return write(path, text)  # type: ignore[arg-type]

    monkeypatch.setattr(disk, "write_synced", full)
    with pytest.raises(OSError, match="No space left"):
        write_tables(folder, what)

    assert tables(folder) == dict(sorted(OLD.items()))
    assert sorted(path.name for path in folder.iterdir()) == sorted(OLD)


def ends_when_killed_at(step: int, folder: Path) -> bool:
    """Write tables in another process that is killed at a step of its work; return whether it ended before."""
    what = changes(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        child = os.fork()
    if child == 0:
        with shimmed(Shim(at=step, kind="kill")):
            write_tables(folder, what)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_an_import_that_was_stopped_is_undone_or_finished_by_the_next(tmp_path: Path) -> None:
    """Killed at every step of its work: afterwards, all tables are old, or all are new."""
    states = {tuple(sorted(OLD.items())): "old", tuple(sorted(NEW.items())): "new"}
    seen: list[str] = []
    ended = False
    while not ended:
        folder = tmp_path / f"{len(seen)}"
        folder.mkdir()
        for name, text in OLD.items():
            (folder / name).write_text(text)
        ended = ends_when_killed_at(len(seen) + 1, folder)
        message = recover(folder)
        state = states.get(tuple(tables(folder).items()), "mixed")
        seen.append(f"{state}: {message}")
        assert sorted(path.name for path in folder.iterdir()) == sorted(NEW if state == "new" else OLD)
        assert recover(folder) == ""

    assert list(dict.fromkeys(seen)) == [
        "old: ",
        "old: An import that was stopped was undone: no table had changed.",
        "new: An import that was stopped was finished: members.csv, coverage.csv, plans.csv have its rows.",
        "new: ",
    ]


def stopped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write tables, and stop before the second of them gets its name."""
    rename = disk.rename

    def refuse(temporary: Path, path: Path) -> None:
        if path.name == "coverage.csv":
            raise KeyboardInterrupt
        rename(temporary, path)

    what = changes(folder)
    with monkeypatch.context() as patch:
        patch.setattr(disk, "rename", refuse)
        with pytest.raises(KeyboardInterrupt):
            write_tables(folder, what)


def test_nobody_reads_tables_of_which_some_are_new(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped(folder, monkeypatch)

    with pytest.raises(UnusableInputError, match="an import into this workspace was stopped, or is running"):
        read_workspace(folder)
    assert recover(folder).startswith("An import that was stopped was finished")
    assert tables(folder) == dict(sorted(NEW.items()))


def test_a_table_that_was_changed_after_the_stop_is_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped(folder, monkeypatch)
    (folder / "coverage.csv").write_text("member_id\nM9\n")

    with pytest.raises(UnusableInputError, match=r"^coverage.csv: an import was stopped, and the table was changed"):
        recover(folder)
    assert (folder / "coverage.csv").read_text() == "member_id\nM9\n"


def test_a_journal_that_is_none_is_refused(folder: Path) -> None:
    (folder / IMPORT_JOURNAL).write_text("{}")

    with pytest.raises(UnusableInputError, match="expected the journal of an import that was stopped"):
        recover(folder)


def test_two_imports_at_once_are_refused(folder: Path) -> None:
    with alone(folder), pytest.raises(UnusableInputError, match="another import into this work"), alone(folder):
        pass
    with alone(folder):
        pass
