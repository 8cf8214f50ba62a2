"""`--log FILE`: what each run did, in lines of JSON that hold nothing of a person."""

import errno
import hashlib
import json
import os
import platform
import re
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from peerbill import __version__
from peerbill.cli import COMMANDS, main, run_log
from peerbill.intake import TABLES
from peerbill.intake.workspace import read_workspace
from peerbill.policy.data_version import policy_data_version

ROOT = Path(__file__).parents[2]


def events(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()]


def run(*words: object) -> Any:
    return CliRunner().invoke(main, [str(word) for word in words])


def without_times(event: dict[str, Any]) -> dict[str, Any]:
    varying = {"time", "run", "seconds", "processor_seconds", "peak_mb"}
    return {key: value for key, value in event.items() if key not in varying}


def coded(report: Path) -> list[dict[str, Any]]:
    """Return the findings of an audit's JSON."""
    found: list[dict[str, Any]] = json.loads(report.read_text())["findings"]
    return found


def test_an_audit_is_a_few_lines_of_json(workspace: Path, tmp_path: Path) -> None:
    log = tmp_path / "run.jsonl"
    report = tmp_path / "Jane Roe.json"
    result = run("audit", workspace, "--as-of", "2026-03-05", "--json", report, "--log", log)
    found = events(log)
    begin, data, read, rows, audited, _, counts, wrote, end = map(without_times, found)

    assert result.exit_code == 1
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert len({event["run"] for event in found}) == 1
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", event["time"]) for event in found)
    assert {"seconds", "processor_seconds", "peak_mb"} <= set(found[-1]) & set(found[2])
    assert begin == {
        "event": "begin",
        "command": "audit",
        "options": {"as_of": "2026-03-05", "paths": 1, "json_file": 1},
        "shows_phi": False,
        "peerbill": __version__,
        "python": platform.python_version(),
    }
    assert data == {"event": "data", "policy_data": policy_data_version()}
    assert [read["phase"], audited["phase"]] == ["Reading the tables", "Auditing"]
    assert rows["tables"] == {name: len(getattr(read_workspace(workspace), name)) for name in TABLES}
    assert found[5]["errors"] == Counter(row["code"] for row in coded(report) if row["severity"] == "error")
    assert counts["counts"] == {"encounters": 2, "billable": 1, "billed": 0, "held": 1, "rejected": 0}
    assert wrote == {
        "event": "wrote",
        "file": "--json",
        "sha256": hashlib.sha256(report.read_bytes()).hexdigest(),
        "bytes": report.stat().st_size,
    }
    assert end == {"event": "end", "exit_code": 1}


def test_runs_are_added_and_a_sent_file_is_there_with_its_digest(workspace: Path, tmp_path: Path) -> None:
    log = tmp_path / "run.jsonl"
    for _ in range(2):
        run("bill", workspace, "--out", tmp_path / "out", "--as-of", "2026-03-05", "--log", log)
    (file,) = (tmp_path / "out").glob("*.837")
    found = events(log)

    assert [without_times(event) for event in found if event["event"] == "sent"] == [
        {
            "event": "sent",
            "file": file.name,
            "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
            "claims": 1,
            "lines": 1,
            "encounters": 1,
            "total_cents": 4800,
        }
    ]
    assert [event["event"] for event in found].count("begin") == 2
    assert len({event["run"] for event in found}) == 2


def test_what_is_withheld_is_shown_where_somebody_asks_for_it_and_that_is_told(workspace: Path, tmp_path: Path) -> None:
    hidden, shown = tmp_path / "hidden.jsonl", tmp_path / "shown.jsonl"
    words = ("audit", workspace, "--as-of", "2026-03-05", "--json", tmp_path / "a.json")
    quiet = run(*words, "--log", hidden)
    told = run(*words, "--log", shown, "--show-phi")
    by_event = {event["event"]: event for event in events(shown)}

    assert not any("shown" in event for event in events(hidden))
    assert "E2" not in hidden.read_text()
    assert quiet.stderr.count("--show-phi") == 0
    assert f"Notice: --show-phi: {shown} gets ids, paths and messages as they are." in told.stderr
    assert by_event["begin"]["shows_phi"] is True
    assert by_event["begin"]["shown"]["options"]["json_file"] == str(tmp_path / "a.json")
    assert by_event["wrote"]["shown"] == {"path": str(tmp_path / "a.json")}
    assert ["E2"] in by_event["findings"]["shown"]["encounters"].values()


def test_an_error_is_its_class_and_its_text_only_where_somebody_asks_for_it(tmp_path: Path) -> None:
    log = tmp_path / "run.jsonl"
    folder = tmp_path / "Roe"
    run("audit", folder, "--log", log)
    run("audit", folder, "--log", log, "--show-phi")
    errors = [event for event in events(log) if event["event"] == "error"]

    assert [(event["error"], event["code"]) for event in errors] == [("UnusableInputError", "NONE")] * 2
    assert "Roe" in errors[1].pop("shown")["message"]
    assert "Roe" not in json.dumps(errors)
    assert [event["exit_code"] for event in events(log) if event["event"] == "end"] == [2, 2]


def test_a_crash_is_in_the_log_without_its_text(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise ZeroDivisionError("Roe, Jane")

    monkeypatch.setattr(run_log, "rows", crash)
    log = tmp_path / "run.jsonl"

    assert isinstance(run("audit", workspace, "--log", log).exception, ZeroDivisionError)
    assert [without_times(event) for event in events(log)[-2:]] == [
        {"event": "error", "error": "ZeroDivisionError", "code": "NONE"},
        {"event": "end", "exit_code": 1},
    ]
    assert "Roe" not in log.read_text()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "is a directory"),
        ("absent/run.jsonl", "cannot be written: No such file or directory. Nothing was done."),
        ("pipe", "expected a file"),
        ("workspace/encounters.csv", "peerbill reads this file as a part of the workspace"),
        ("a.json", "Give each report its own name."),
        ("-", "expected the name of a file, not standard output"),
    ],
)
def test_a_log_that_cannot_be_written_is_an_error_before_anything_is_done(
    workspace: Path, tmp_path: Path, name: str, said: str
) -> None:
    os.mkfifo(tmp_path / "pipe")
    file = name if name == "-" else tmp_path / name
    result = run("audit", workspace, "--json", tmp_path / "a.json", "--log", file)

    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert not (tmp_path / "a.json").exists()


def test_phi_is_shown_in_a_log_alone(workspace: Path) -> None:
    result = run("audit", workspace, "--show-phi")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "--show-phi is for --log FILE" in result.stderr


def test_a_log_that_ends_in_the_middle_does_not_end_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    class Full:
        def info(self, *_: object, **__: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    log = run_log.RunLog(tmp_path / "run.jsonl")
    log._log = Full()
    log.write("result", counts={"files": 1})
    log.write("result", counts={"files": 1})
    log.close()

    assert capsys.readouterr().err == f"Notice: --log {log.file}: the log ends here: No space left on device\n"


@pytest.mark.parametrize(
    ("event", "field", "fits", "other"),
    [
        ("begin", "command", "ledger verify", "audit Roe"),
        ("begin", "options", {"brief": True, "as_of": run_log.Chosen("2026-03-05")}, {"staff": "Roe"}),
        ("phase", "phase", "Posting", "Posting roe.835"),
        ("rows", "tables", {"members": 3}, {"members": "Roe"}),
        ("findings", "errors", {"PB101": 2}, {"Roe": 2}),
        ("sent", "file", "mi-medicaid-2026.837", "Jane Roe.837"),
        ("wrote", "file", "encounters.csv", "Roe.csv"),
        ("wrote", "sha256", "0" * 64, "Roe"),
        ("error", "error", "LedgerError", "Roe, Jane"),
        ("error", "code", "ENOSPC", "no file Roe"),
        ("end", "exit_code", 0, "Roe"),
    ],
)
def test_a_value_that_is_not_of_its_kind_is_withheld(
    tmp_path: Path, event: str, field: str, fits: object, other: object
) -> None:
    log = run_log.RunLog(tmp_path / "run.jsonl")
    log.write(event, **{field: fits})
    log.write(event, **{field: other})
    log.close()

    assert [found[field] for found in events(log.file)] == [fits, "withheld"]


def test_an_event_has_no_field_that_is_not_declared(tmp_path: Path) -> None:
    log = run_log.RunLog(tmp_path / "run.jsonl")

    with pytest.raises(KeyError, match="result has no field name"):
        log.write("result", name="Roe")
    log.close()


def test_every_command_has_the_two_options() -> None:
    def commands(group: click.Group, names: Iterable[str]) -> Iterator[click.Command]:
        for name in names:
            command = group.get_command(click.Context(group), name)
            assert command is not None
            if isinstance(command, click.Group):
                yield from commands(command, command.commands)
            else:
                yield command

    found = list(commands(main, COMMANDS))
    names = [[param.name for param in command.params].count("log_file") for command in found]

    assert len(found) > len(COMMANDS)
    assert names == [1] * len(found)


def test_every_phase_that_is_shown_is_declared() -> None:
    sources = [*ROOT.glob("peerbill/**/*.py"), *ROOT.glob("cli/*.py")]
    told = {text for path in sources for text in re.findall(r'progress\([^"\n]+, f?"([^"{]+)', path.read_text("utf-8"))}

    assert {name for name in run_log.PHASES if any(text.startswith(name) for text in told)} == set(run_log.PHASES)
    assert [text for text in told if not text.strip().startswith(run_log.PHASES)] == []
