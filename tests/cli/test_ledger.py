import json
import os
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from peerbill.cli import main


def ledger(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["ledger", *map(str, arguments)])


@pytest.fixture
def billed(workspace: Path, tmp_path: Path) -> Path:
    """Return a workspace whose one clean encounter was billed."""
    CliRunner().invoke(main, ["bill", str(workspace), "--out", str(tmp_path / "out"), "--as-of", "2026-03-05"])
    return workspace


def _change(folder: Path, statement: str) -> None:
    with sqlite3.connect(folder / "ledger.db") as connection:
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize("is_own", [False, True])
def test_a_ledger_of_another_account_is_told(billed: Path, monkeypatch: pytest.MonkeyPatch, *, is_own: bool) -> None:
    account = os.geteuid()
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, how: Path(path).name != "ledger.db" and access(path, how))
    monkeypatch.setattr(os, "geteuid", lambda: account if is_own else account + 1)
    looked = CliRunner().invoke(main, ["claims", str(billed)])
    changed = CliRunner().invoke(main, ["write-off", str(billed), "PBTEST00000001", "--reason", "seen"])

    if is_own:
        assert "another account" not in looked.output + changed.output
    else:
        assert (looked.exit_code, changed.exit_code) == (2, 2)
        assert "is another account's, and this account may not read it. A ledger in SQLite is for one" in looked.stderr
        assert "may not change it" in changed.stderr


def test_a_whole_ledger_is_told(billed: Path) -> None:
    result = ledger("verify", billed)

    assert (result.exit_code, result.stdout) == (0, "Ledger TEST: 1 claim, entries in the trail: 4; whole\n")


def test_a_broken_trail_is_told_a_problem_a_line(billed: Path) -> None:
    _change(billed, "UPDATE events SET who = 'somebody'")

    result = ledger("verify", billed)

    assert result.exit_code == 1
    assert result.stdout == (
        "trail: the trail is broken at entry 1: it, or what stands before it, was changed, put in, moved or removed\n"
        "trail: the trail is broken at entry 2: it, or what stands before it, was changed, put in, moved or removed\n"
        "trail: the trail is broken at entry 3: it, or what stands before it, was changed, put in, moved or removed\n"
        "trail: the trail is broken at entry 4: it, or what stands before it, was changed, put in, moved or removed\n"
        "Ledger TEST: 1 claim, entries in the trail: 4; broken: 4 problems\n"
    )


def test_json_says_the_same(billed: Path) -> None:
    _change(billed, "UPDATE claims SET state = 'paid'")

    result = ledger("verify", billed, "--json", "-")
    told = json.loads(result.stdout)

    assert result.exit_code == 1
    assert (told["whole"], told["entries"], told["claims"], told["checkpoint"]) == (False, 4, 1, None)
    assert told["problems"] == [
        {
            "kind": "claim",
            "message": "claim PBTEST00000001 is paid, and its last entry says written",
            "number": None,
        },
        {
            "kind": "seal",
            "message": "table claims is not as peerbill left it: a row was changed, or put in for another",
            "number": None,
        },
    ]


def test_a_checkpoint_finds_what_was_cut_off(billed: Path, tmp_path: Path) -> None:
    saved = tmp_path / "trail.json"
    assert ledger("checkpoint", billed, "--out", saved).exit_code == 0
    assert json.loads(ledger("checkpoint", billed).stdout)["number"] == 4
    assert sorted(json.loads(saved.read_text())) == ["at", "hash", "number", "schema"]
    assert ledger("verify", billed, "--checkpoint", saved).exit_code == 0
    for table in ("events", "encounters", "lines", "claims", "files", "batches", "seals"):
        _change(billed, f"DELETE FROM {table}")  # noqa: S608 - names of this file
    _change(billed, "UPDATE counters SET value = 0")
    assert ledger("verify", billed).exit_code == 0

    result = ledger("verify", billed, "--checkpoint", saved)

    assert result.exit_code == 1
    assert "checkpoint: the end of the trail was cut off: its last entry is 0" in result.stdout


@pytest.mark.parametrize("text", ["", "[]", '{"number": "1"}', '{"number": 1, "hash": "a"}'])
def test_what_is_no_checkpoint_is_refused(billed: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "trail.json").write_text(text)

    result = ledger("verify", billed, "--checkpoint", tmp_path / "trail.json")

    assert result.exit_code == 2
    assert "is no checkpoint: expected JSON with number, hash and at" in result.stderr


@pytest.mark.parametrize("command", [["verify"], ["checkpoint"], ["backup", "b.db"], ["restore", "b.db"]])
def test_without_a_ledger_or_a_workspace_nothing_is_made(workspace: Path, tmp_path: Path, command: list[str]) -> None:
    before = sorted(workspace.iterdir())
    name, *others = command

    result = ledger(name, workspace, *(tmp_path / other for other in others))
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: there is no ")
    assert [path for path in sorted(workspace.iterdir()) if path.suffix != ".lock"] == before

    assert ledger(name, tmp_path / "none", *(tmp_path / other for other in others)).exit_code == 2


def test_a_backup_and_the_way_back(billed: Path, tmp_path: Path) -> None:
    backup = tmp_path / "b.db"
    made = ledger("backup", billed, backup)
    assert (made.exit_code, made.stdout) == (0, f"Wrote {backup}: 1 claim, the trail up to entry 4\n")

    refused = ledger("restore", billed, backup)
    assert (refused.exit_code, "is not empty" in refused.stderr) == (2, True)

    done = ledger("restore", billed, backup, "--replace")
    assert done.exit_code == 0
    assert done.stdout == (
        f"Restored 1 claim from {backup}, with the trail up to entry 4\n"
        f"The ledger that was replaced is {billed / 'ledger.db.replaced-1'}\n"
    )
    assert ledger("verify", billed).exit_code == 0


def test_what_is_forgotten_is_told_loudly(billed: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "peerbill.toml").write_text((billed / "peerbill.toml").read_text())
    saved = tmp_path / "trail.json"
    ledger("checkpoint", billed, "--out", saved)
    ledger("backup", billed, tmp_path / "later.db")
    (billed / "ledger.db").rename(tmp_path / "aside.db")
    encounters = billed / "encounters.csv"
    full = encounters.read_text()
    encounters.write_text(full.splitlines()[0] + "\n")
    CliRunner().invoke(
        main, ["bill", str(billed), "--out", str(tmp_path / "none"), "--as-of", "2026-03-05", "--new-ledger"]
    )
    ledger("backup", billed, tmp_path / "early.db")
    (tmp_path / "aside.db").rename(billed / "ledger.db")

    result = ledger("restore", billed, tmp_path / "early.db", "--replace", "--checkpoint", saved)

    assert result.exit_code == 1
    assert "FORGOTTEN: 1 file sent after the backup: 20260305-TEST-000001-001-horizon.837. The next" in result.stderr
    assert "FORGOTTEN: the trail had reached entry 4 at the checkpoint, the backup ends at 0" in result.stderr
    assert "Before you bill: restore a later backup" in result.stderr
