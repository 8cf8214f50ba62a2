"""A ledger that was there and is not there now: nothing is billed again as if it were new."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from peerbill.cli import main


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def bill(workspace: Path, out: Path, *options: str) -> Result:
    return run("bill", workspace, "--out", out, "--as-of", "2026-03-05", *options)


@pytest.fixture
def billed(workspace: Path, tmp_path: Path) -> Path:
    assert "1 billable" in bill(workspace, tmp_path / "out").stdout
    return workspace


def _emptied(workspace: Path) -> None:
    (workspace / "ledger.db").write_bytes(b"")


def _renamed(workspace: Path) -> None:
    (workspace / "ledger.db").rename(workspace / "ledger-old.db")


def _gone_with_its_lock(workspace: Path) -> None:
    for path in workspace.glob("ledger.db*"):
        path.unlink()


def _mistyped(workspace: Path) -> None:
    settings = workspace / "peerbill.toml"
    settings.write_text(settings.read_text().replace("[ledger]\n", '[ledger]\nurl = "sqlite:///legder.db"\n'))


LOSSES = {
    _emptied: "ledger.db has 0 bytes",
    _renamed: "ledger-old.db is a ledger that has sent files",
    _gone_with_its_lock: "was sent by SHORE01",
    _mistyped: "ledger.db is a ledger that has sent files",
}


@pytest.mark.parametrize("lose", LOSSES, ids=lambda lose: lose.__name__)
def test_a_lost_ledger_is_refused_until_somebody_says_that_it_is_new(
    billed: Path, tmp_path: Path, lose: object
) -> None:
    assert callable(lose)
    lose(billed)
    before = sorted(path.name for path in (tmp_path / "out").iterdir())

    refused = bill(billed, tmp_path / "out")

    assert (refused.exit_code, refused.stdout) == (2, "")
    assert LOSSES[lose] in refused.stderr
    assert "--new-ledger" in refused.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == before
    # The encounter is billed anew only because somebody said so; the tag of the workspace names the same file.
    assert "1 billable + 0 billed before" in bill(billed, tmp_path / "new", "--new-ledger").stdout
    assert "0 billable + 1 billed before" in bill(billed, tmp_path / "new").stdout


def test_files_of_another_sender_are_no_sign(billed: Path, tmp_path: Path) -> None:
    _gone_with_its_lock(billed)
    settings = billed / "peerbill.toml"
    settings.write_text(settings.read_text().replace('id = "SHORE01"', 'id = "SHORE02"'))

    next_day = run("bill", billed, "--out", tmp_path / "out", "--as-of", "2026-03-06")
    assert "1 billable + 0 billed before" in next_day.stdout


def test_a_manifest_whose_files_were_moved_is_a_sign(billed: Path, tmp_path: Path) -> None:
    _gone_with_its_lock(billed)
    for path in (tmp_path / "out").glob("*.837"):
        path.unlink()

    refused = bill(billed, tmp_path / "out")

    assert (refused.exit_code, "manifest.json lists files that were sent" in refused.stderr) == (2, True)


def test_audit_and_todo_warn(billed: Path) -> None:
    _emptied(billed)

    for command in ("audit", "todo"):
        assert "there was one: ledger.db has 0 bytes" in run(command, billed, "--as-of", "2026-03-05").stderr


def test_post_says_that_the_ledger_was_lost(billed: Path, tmp_path: Path) -> None:
    _renamed(billed)
    answer = next((tmp_path / "out").glob("*.837"))

    refused = run("post", billed, answer)

    assert refused.exit_code == 2


def test_a_workspace_without_a_ledger_bills_at_once(workspace: Path, tmp_path: Path) -> None:
    assert "1 billable" in bill(workspace, tmp_path / "out").stdout
    copy = tmp_path / "copy"
    shutil.copytree(workspace, copy, ignore=shutil.ignore_patterns("ledger*"))

    assert "1 billable" in bill(copy, tmp_path / "others").stdout


def test_a_restore_where_no_ledger_is_tells_that_nobody_knows_what_was_sent(billed: Path, tmp_path: Path) -> None:
    run("ledger", "backup", billed, tmp_path / "b.db")
    (billed / "ledger.db").unlink()

    restored = run("ledger", "restore", billed, tmp_path / "b.db")

    assert restored.exit_code == 1
    assert "UNKNOWN: there was no ledger to be read" in restored.stderr
    assert "10,000 later" in restored.stderr
    assert run("ledger", "verify", billed).exit_code == 0
