"""What files and names of others hold is only read on a screen, and is in JSON whatever it is."""

import io
import json
import os
import stat
import sys
from pathlib import Path
from typing import BinaryIO

import pytest
from click.testing import CliRunner, Result
from payer import Decision, ack999, receive, reduced, remit

from peerbill.cli import main
from peerbill.cli.console import echo
from peerbill.ledger.done_before import NOTHING_NEW

CLEAN = Path(__file__).parents[2] / "fixtures" / "x12" / "clean-5-claims.837"
FULL = Path("/dev/full")
HOSTILE = "\x1b]0;pwn\x07\x1b[2J\u202e"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def run_on(stdout: BinaryIO, *arguments: object, encoding: str = "utf-8") -> tuple[object, str]:
    """Run a command that prints into a stream; return its exit code and what it printed on standard error."""
    errors = io.BytesIO()
    out = io.TextIOWrapper(stdout, encoding=encoding, errors="strict")
    err = io.TextIOWrapper(errors, encoding=encoding, errors="strict")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
    out.detach()  # it writes what is left, as the end of a program does
    err.detach()
    return end.value.code, errors.getvalue().decode(errors="replace")


def test_only_our_own_style_reaches_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("click.utils.should_strip_ansi", lambda *_: False)
    echo(f"CLM {HOSTILE}\x1b[31m", bold=True)

    assert capsys.readouterr().out == "\x1b[1mCLM �]0;pwn��[2J��[31m\x1b[0m\n"


def test_a_checked_file_cannot_write_to_the_screen(tmp_path: Path) -> None:
    path = tmp_path / f"{HOSTILE}.837"
    path.write_bytes(CLEAN.read_bytes().replace(b"CLM*PB0001*", b"CLM*" + HOSTILE.encode() + b"\xe9*"))
    result = run("check", "--quick", path, "--json", tmp_path / "checked.json")
    text = (tmp_path / "checked.json").read_text()
    claims = {problem["claim"] for problem in json.loads(text)["files"][0]["problems"]}

    assert result.exit_code == 1
    assert "�]0;pwn��[2J�" in result.stdout
    assert not {"\x1b", "\x07", "\u202e"} & set(result.output + text)
    assert f"{HOSTILE}�" in claims


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_no_encoding_of_a_terminal_ends_a_command(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "latin.837"
    path.write_bytes(CLEAN.read_bytes().replace(b"CLM*PB0001*", b"CLM*\xe9*"))
    out = io.BytesIO()
    code, told = run_on(out, "check", "--quick", path, "--json", "-", encoding=encoding)

    assert code == 1
    assert {problem["claim"] for problem in json.loads(out.getvalue())["files"][0]["problems"]} == {"�"}
    assert told


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no file names that are no text")
def test_names_that_are_no_text_end_no_command(workspace: Path, tmp_path: Path) -> None:
    folder, out = tmp_path / "agency\udce9", tmp_path / "out"
    workspace.rename(folder)
    refused = run("bill", folder, "--out", tmp_path / "out\udce9", "--as-of", "2026-03-05")
    billed = run("bill", folder, "--out", out, "--as-of", "2026-03-05")
    (path,) = out.glob("*.837")
    sent = receive(path.read_text())
    answer = tmp_path / "answer\udce9.835"
    answer.write_text(remit(sent, [Decision(claim, reduced) for claim in sent.claims]))
    posted = run("post", folder, answer, "--json", tmp_path / "posted.json")
    history = json.loads(run("claims", folder, "--json", "-").stdout)["claims"][0]["history"]

    assert (billed.exit_code, posted.exit_code) == (1, 0)
    assert refused.exit_code == 2
    assert refused.stderr == (
        f"Error: {tmp_path}/out� cannot be recorded in the ledger: its name is not in UTF-8. Name another folder. "
        "Nothing was recorded or sent\n"
    )
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    assert json.loads((tmp_path / "posted.json").read_text())["files"][0]["path"] == f"{tmp_path}/answer�.835"
    assert history[-1]["file"] == "answer�.835"
    assert run("ledger", "backup", folder, tmp_path / "copy\udce9.db").exit_code == 0
    assert run("ledger", "verify", folder).exit_code == 0


@pytest.mark.skipif(not FULL.exists(), reason="the system has no device that is always full")
def test_what_was_done_stands_where_it_cannot_be_told(workspace: Path, tmp_path: Path) -> None:
    bill = "bill", workspace, "--as-of", "2026-03-05", "--out"
    with FULL.open("wb") as full:
        billed = run_on(full, *bill, tmp_path / "out")
    assert billed[0] == 1
    assert "Error: the command did its work, and could not print all of it: No space left on device\n" in billed[1]
    assert [path.suffix for path in sorted((tmp_path / "out").iterdir())] == [".837", ".json"]
    assert run("ledger", "verify", workspace).exit_code == 0

    full_disk = "could not be written: No space left on device\n"
    (claim,) = claims(workspace)
    withdrawn = run("withdraw", workspace, claim["claim_id"], "--reason", "lost", "--json", FULL)
    again = run("withdraw", workspace, claim["claim_id"], "--reason", "lost", "--json", FULL)
    said = f"Error: 1 claim was withdrawn; the report {FULL} {full_disk}"
    assert (withdrawn.exit_code, withdrawn.stderr) == (1, said)
    notice = f"Notice: {claim['claim_id']}: {NOTHING_NEW}\n"
    assert (again.exit_code, again.stderr) == (1, notice + said)
    assert [claim["state"] for claim in claims(workspace)] == ["withdrawn"]

    run(*bill, tmp_path / "second")
    (path,) = (tmp_path / "second").glob("*.837")
    sent = receive(path.read_text())
    accepted, paid = tmp_path / "a.999", tmp_path / "b.835"
    accepted.write_text(ack999(sent))
    paid.write_text(remit(sent, [Decision(claim, reduced) for claim in sent.claims]))
    with FULL.open("wb") as full:
        posted = run_on(full, "post", workspace, accepted, "--json", "-")
    assert posted[0] == 1
    assert posted[1].endswith(
        f"Error: the answers were posted, as the lines of the command show; the report on standard output {full_disk}"
    )

    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as gone:  # a reader who leaves, as `head` does
        assert run_on(gone, "post", workspace, accepted, paid) == (1, "")
    assert [claim["state"] for claim in claims(workspace)] == ["withdrawn", "paid"]

    wanted = "void", workspace, sent.claims[0].claim_id, "--out", tmp_path / "third", "--as-of", "2026-04-05"
    looked = run(*wanted, "--dry-run", "--json", FULL)
    voided = run(*wanted, "--json", FULL)
    assert (looked.exit_code, voided.exit_code) == (2, 1)
    assert voided.stderr.endswith(f"Error: 1 claim was voided; the report {FULL} {full_disk}")
    assert len(claims(workspace)) == 3


def test_a_report_into_no_folder_is_refused_before_anything_is_done(workspace: Path, tmp_path: Path) -> None:
    refused = run("post", workspace, tmp_path / "none.835", "--json", tmp_path / "none" / "posted.json")

    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr == (
        f"Error: --json {tmp_path}/none/posted.json: cannot be written: No such file or directory. Nothing was done. "
        "See: main post --help\n"
    )


def claims(workspace: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(run("claims", workspace, "--json", "-").stdout)["claims"]
    return found
