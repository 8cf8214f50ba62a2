"""Whatever the system would give away: what peerbill writes can be read and changed by its owner alone."""

import json
import os
from pathlib import Path

import pytest
from canaries import _COLUMNS, _WORDS, texts_of
from click.testing import CliRunner
from every_command import STEPS, every_right, open_to_others, steps

from peerbill.cli import COMMANDS, main
from peerbill.intake.workspace import read_workspace
from peerbill.ledger.store import disk
from peerbill.model.records import Records

GIVEN = {"answers.toml", "leie-2026-11-01.csv", "visits.csv"}


def test_the_steps_have_every_command() -> None:
    assert {line.split()[1] for line in STEPS.strip().splitlines()} == set(COMMANDS)


def test_every_command_writes_for_its_owner_alone_and_logs_nothing_of_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with every_right():
        done = [(command, code, result) for command, code, result in steps(("--log", "run.jsonl"))]
    lines = [json.loads(line) for line in Path("run.jsonl").read_text("utf-8").splitlines()]

    assert [(command, result.output) for command, code, result in done if result.exit_code != code] == []
    assert open_to_others() == GIVEN
    assert [line["exit_code"] for line in lines if line["event"] == "end"] == [code for _, code, _ in done]
    assert sum(line["event"] == "begin" for line in lines) == len(done)
    assert len(found := persons(read_workspace(Path("agency")))) > 100
    assert [text for text in (*found, str(tmp_path)) if text in Path("run.jsonl").read_text("utf-8")] == []


def persons(records: Records) -> set[str]:
    """Return every id, name, number, birth date and note of a person in a workspace."""
    rows = (*records.members, *records.staff, *records.encounters, *records.coverage, *records.plans)
    cells = [getattr(row, name) for row in rows for name in (*_COLUMNS, "birth_date") if hasattr(row, name)]
    return {text for text in texts_of(cells) if len(text) > 2} - {"None", *_WORDS}


def test_a_mask_that_takes_everything_from_others_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with every_right(0o077):
        results = [
            CliRunner().invoke(main, command.split())
            for command in (
                "init a/b --example mi-recovery-coach",
                "bill a/b --out out/c --as-of 2026-10-14",
                "audit a/b --as-of 2026-10-14 --json audit.json",
                "ledger backup a/b kept/backup.db",
            )
        ]

    assert [result.exit_code for result in results] == [0, 0, 0, 0]
    assert open_to_others() == set()


@pytest.mark.parametrize(
    ("above", "folder", "is_open"),
    [(0o755, 0o755, True), (0o755, 0o711, True), (0o755, 0o700, False), (0o755, 0o710, False), (0o700, 0o755, False)],
)
def test_a_folder_is_open_where_others_can_pass_all_above_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, above: int, folder: int, *, is_open: bool
) -> None:
    monkeypatch.setattr(disk, "_is_of_one", lambda group, _: group == os.getgid())
    inner = tmp_path / "above" / "agency"
    inner.mkdir(parents=True)
    inner.chmod(folder)
    inner.parent.chmod(above)
    monkeypatch.setattr(Path, "parents", property(lambda path: [path.parent]))

    assert disk.is_open_to_others(inner) is is_open


def test_rights_of_a_group_of_several_people_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "parents", property(lambda _: []))
    tmp_path.chmod(0o710)

    monkeypatch.setattr(disk, "_is_of_one", lambda *_: True)
    assert not disk.is_open_to_others(tmp_path)
    monkeypatch.setattr(disk, "_is_of_one", lambda *_: False)
    assert disk.is_open_to_others(tmp_path)


def test_a_workspace_that_others_can_look_into_is_told(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def audited() -> str:
        return CliRunner().invoke(main, ["audit", str(workspace), "--as-of", "2026-03-05"]).stderr

    workspace.chmod(0o755)
    monkeypatch.setattr(disk, "_lets_others", lambda status, right: bool(status.st_mode & right or not right & 7))
    assert "can look into it" not in audited()
    monkeypatch.setattr(Path, "parents", property(lambda _: []))
    told = audited()
    workspace.chmod(0o700)

    assert f"Notice: {workspace}: other accounts of this machine can look into it." in told
    assert "can look into it" not in audited()
