"""A file that was lost is written once more as it was sent, or not at all."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from answering import held, newest, post, take_in
from click.testing import CliRunner, Result
from payer import ack999, ta1

from peerbill.cli import main

pytestmark = pytest.mark.usefixtures("on_both")


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def out(workspace: Path, tmp_path: Path) -> Path:
    """Bill, and return where the file is."""
    run("bill", workspace, "--out", tmp_path / "out", "--as-of", "2026-03-05")
    return tmp_path / "out"


def again(workspace: Path, out: Path, name: str) -> Result:
    return run("bill", workspace, "--out", out, "--again", name)


def claim(workspace: Path) -> str:
    return str(json.loads(run("claims", workspace, "--json", "-").stdout)["claims"][-1]["claim_id"])


@pytest.mark.parametrize("kept", [True, False])
def test_a_lost_file_is_written_byte_for_byte(workspace: Path, out: Path, tmp_path: Path, *, kept: bool) -> None:
    (file,) = out.glob("*.837")
    sent = file.read_bytes()
    manifest = (out / "manifest.json").read_bytes()
    if not kept:
        file.unlink()
    other = tmp_path / "other"

    result = again(workspace, other, file.name)

    assert result.exit_code == 0
    assert result.stdout == f"Wrote {other / file.name} once more, as it was sent: 1 claim\n"
    assert [path.name for path in other.iterdir()] == [file.name]
    assert (other / file.name).read_bytes() == sent
    assert (out / "manifest.json").read_bytes() == manifest
    assert run("ledger", "verify", workspace).exit_code == 0
    assert "1 billed before" in run("bill", workspace, "--out", out, "--as-of", "2026-03-05").stdout


def test_corrections_are_written_again_too(workspace: Path, out: Path) -> None:
    take_in(workspace, out)
    for command in ("replace", "void"):
        unchanged = ("--unchanged",) if command == "replace" else ()
        run(command, workspace, claim(workspace), "--out", out, "--as-of", "2026-03-05", *unchanged)
        file = max(out.glob("*.837"))
        sent = file.read_bytes()
        file.unlink()

        assert again(workspace, out, file.name).exit_code == 0
        assert file.read_bytes() == sent
        take_in(workspace, out)


def test_a_file_that_is_there_is_left_and_another_is_not_replaced(workspace: Path, out: Path) -> None:
    (file,) = out.glob("*.837")
    before = held(workspace)
    assert again(workspace, out, file.name).exit_code == 0
    assert held(workspace) == before

    file.write_text("ISA")

    result = again(workspace, out, file.name)
    assert result.exit_code == 2
    assert "is in the way, and is not what was sent" in result.stderr
    assert file.read_text() == "ISA"


@pytest.mark.parametrize(
    ("table", "before", "after"),
    [("members.csv", "Lane,Alex", "Lane,Alexa"), ("peerbill.toml", 'mode = "production"', 'mode = "test"')],
)
def test_what_would_not_be_the_same_is_refused_and_leaves_nothing(
    workspace: Path, out: Path, table: str, before: str, after: str
) -> None:
    (file,) = out.glob("*.837")
    file.unlink()
    text = (workspace / table).read_text()
    (workspace / table).write_text(text.replace(before, after))
    known = held(workspace)

    result = again(workspace, out, file.name)

    assert result.exit_code == 2
    assert "cannot be written again byte for byte" in result.stderr
    assert "Alexa" not in result.output
    assert [path.name for path in out.iterdir()] == ["manifest.json"]
    assert held(workspace) == known


@pytest.mark.parametrize(
    "answer",
    [
        lambda workspace, out: post(workspace, ta1(newest(out))),
        lambda workspace, out: post(workspace, ack999(newest(out))),
        take_in,
        lambda workspace, _: run("withdraw", workspace, claim(workspace), "--reason", "lost"),
    ],
)
def test_what_was_answered_or_withdrawn_is_not_written_again(
    workspace: Path, out: Path, tmp_path: Path, answer: Callable[[Path, Path], Any]
) -> None:
    (file,) = out.glob("*.837")
    answer(workspace, out)

    result = again(workspace, tmp_path / "other", file.name)

    assert result.exit_code == 2
    assert f"{file.name} is not written again: its claim {claim(workspace)} was " in result.stderr
    assert not list((tmp_path / "other").glob("*"))


def test_only_a_file_that_was_sent_is_written_again(workspace: Path, out: Path) -> None:
    result = again(workspace, out, "other.837")

    assert (result.exit_code, result.stderr) == (
        2,
        "Error: the ledger has no file other.837: peerbill claims --csv names the file of each claim\n",
    )
    assert run("bill", workspace, "--out", out, "--again", "x.837", "--unchanged").exit_code == 2
