"""Whoever waits for another run is told so at once."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from filelock import FileLock

from peerbill.cli import main, output
from peerbill.ledger.store import database

FIRST = "PBTEST00000001"


@pytest.mark.parametrize(
    "command",
    [
        ("post", "{dir}", "{file}"),
        ("eligibility", "{dir}", "--out", "{out}"),
        ("void", "{dir}", FIRST, "--out", "{out}"),
        ("rebill", "{dir}", FIRST),
    ],
    ids=lambda command: command[0],
)
def test_a_command_that_waits_for_another_run_says_so(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    out, answer = tmp_path / "out", tmp_path / "answer.edi"
    billed = CliRunner().invoke(main, ["bill", str(workspace), "--out", str(out), "--as-of", "2026-03-05"])
    assert "1 billable" in billed.stdout
    answer.write_bytes(max(out.glob("*.837")).read_bytes())
    lock = FileLock(workspace / "ledger.db.lock")
    heard: list[str] = []

    def hear(text: str) -> None:
        heard.append(text)
        lock.release()

    monkeypatch.setattr(output, "notice", hear)
    monkeypatch.setattr(database, "_QUIET", 0.01)
    lock.acquire()
    result = CliRunner().invoke(main, [word.format(dir=workspace, file=answer, out=out) for word in command])

    assert result.exit_code in {0, 1}, result.output
    assert heard[0].startswith("another run is using this ledger: waiting for it to end")
