"""What files and names of others hold is only read on a screen, and is in JSON whatever it is."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from payer import Decision, ack999, receive, reduced, remit

from peerbill.cli import main
from peerbill.cli.console import echo

CLEAN = Path(__file__).parents[2] / "fixtures" / "x12" / "clean-5-claims.837"
HOSTILE = "\x1b]0;pwn\x07\x1b[2J\u202e"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


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


@pytest.mark.parametrize("encoding", ["ascii:strict", "latin-1:strict", "utf-8:strict"])
def test_no_encoding_of_a_terminal_ends_a_command(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "latin.837"
    path.write_bytes(CLEAN.read_bytes().replace(b"CLM*PB0001*", b"CLM*\xe9*"))
    command: list[str | Path] = [
        sys.executable,
        "-c",
        "from peerbill.cli import main; main()",
        "check",
        "--quick",
        path,
        "--json",
        "-",
    ]
    done = subprocess.run(
        command, check=False, capture_output=True, env={**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": encoding}
    )

    assert done.returncode == 1
    assert {problem["claim"] for problem in json.loads(done.stdout)["files"][0]["problems"]} == {"�"}
    assert b"Traceback" not in done.stderr


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


def peerbill(*arguments: object, stdout: int) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", "from peerbill.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, check=False, stdout=stdout, stderr=subprocess.PIPE)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
def test_what_was_done_stands_where_it_cannot_be_printed(workspace: Path, tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = peerbill("bill", workspace, "--out", tmp_path / "out", "--as-of", "2026-03-05", stdout=full.fileno())

    assert done.returncode == 1
    assert b"Error: the command did its work, and could not print all of it: No space left on device\n" in done.stderr
    assert [path.suffix for path in sorted((tmp_path / "out").iterdir())] == [".837", ".json"]
    assert run("ledger", "verify", workspace).exit_code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="a closed pipe is another error there")
def test_a_reader_who_leaves_does_not_stop_a_command_in_the_middle(workspace: Path, tmp_path: Path) -> None:
    run("bill", workspace, "--out", tmp_path / "out", "--as-of", "2026-03-05")
    (path,) = (tmp_path / "out").glob("*.837")
    sent = receive(path.read_text())
    accepted, paid = tmp_path / "a.999", tmp_path / "b.835"
    accepted.write_text(ack999(sent))
    paid.write_text(remit(sent, [Decision(claim, reduced) for claim in sent.claims]))
    reader, writer = os.pipe()
    os.close(reader)
    done = peerbill("post", workspace, accepted, paid, stdout=writer)
    os.close(writer)
    (claim,) = json.loads(run("claims", workspace, "--json", "-").stdout)["claims"]

    assert (done.returncode, done.stderr) == (1, b"")
    assert claim["state"] == "paid"
