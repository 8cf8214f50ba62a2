"""Copies of a ledger are found, whatever they are called, and looked at without a trace."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from peerbill.cli import main
from peerbill.ledger.store.copies import LedgerCopy, ledger_copies


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a workspace that billed, was backed up, and restored over a ledger that is kept."""
    run("init", tmp_path / "agency", "--example", "mi-recovery-coach", "--tag", "K7Q2")
    run("ledger", "backup", tmp_path / "agency", tmp_path / "kept" / "before.db")
    run("bill", tmp_path / "agency", "--out", tmp_path / "out", "--as-of", "2026-10-14")
    run("ledger", "restore", tmp_path / "agency", tmp_path / "kept" / "before.db", "--replace")
    return tmp_path


def test_replaced_ledgers_and_backups_are_listed_and_the_one_in_use_is_not(folder: Path) -> None:
    replaced, backup = folder / "agency" / "ledger.db.replaced-1", folder / "kept" / "before.db"
    damaged = folder / "kept" / "damaged"
    damaged.write_bytes(backup.read_bytes()[:100])
    with sqlite3.connect(folder / "kept" / "other.sqlite") as other:
        other.execute("CREATE TABLE things (name TEXT)")
    other.close()
    with sqlite3.connect(shutil.copyfile(replaced, folder / "kept" / "wrong.db")) as wrong:
        wrong.execute("UPDATE events SET at = x'00' WHERE number = (SELECT max(number) FROM events)")
    wrong.close()
    (folder / "kept" / "link.db").symlink_to(backup)
    (folder / "kept" / "notes.txt").write_text("SQLite format 3")
    before = sorted(folder.rglob("*"))

    result = run("ledger", "copies", folder / "agency", folder / "kept")
    found = {copy.path: copy for copy in ledger_copies([folder], folder / "agency" / "ledger.db")}

    assert [line.partition(":")[0] for line in result.stdout.splitlines()] == [
        *map(str, (replaced, backup, damaged, folder / "kept" / "wrong.db")),
        "4 other ledgers found",
    ]
    assert found[damaged] == LedgerCopy(damaged, 100, None, "")
    assert found[folder / "kept" / "wrong.db"].last is None
    assert (found[backup].last, found[backup].last_at) == (0, "")
    assert found[replaced].last == 29
    assert f"{replaced}: the trail up to entry 29 of {found[replaced].last_at[:10]}, " in result.stdout
    assert sorted(folder.rglob("*")) == before


def test_without_copies_nothing_is_listed(tmp_path: Path) -> None:
    run("init", tmp_path / "agency", "--example", "mi-recovery-coach")

    assert run("ledger", "copies", tmp_path / "agency").stdout == "0 other ledgers found\n"
    assert run("ledger", "copies", tmp_path / "agency", tmp_path / "absent").exit_code == 2
