"""A clock that is wrong: after a flat battery, or a mistyped year. Nothing is billed twice, and nothing is lost."""

import csv
import datetime as dt
import importlib
import json
import tomllib
import types
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from every_command import STEPS, steps

from peerbill.cli import main

BILLED = dt.datetime(2026, 10, 14, 16, tzinfo=dt.UTC)
READERS = ("peerbill.ledger.store.ledger", "peerbill.intake.workspace", "peerbill.cli.policy")
"""The modules that read the clock, each by its own name for `datetime`."""


class Clock:
    """What the modules of `READERS` take for the time."""

    def __init__(self) -> None:
        self.time = BILLED


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()

    def now(tz: dt.tzinfo | None = None) -> dt.datetime:
        return clock.time.astimezone(tz) if tz else clock.time.astimezone().replace(tzinfo=None)

    for name in READERS:
        module = importlib.import_module(name)
        monkeypatch.setattr(
            module, "dt", types.SimpleNamespace(**{**vars(dt), "datetime": types.SimpleNamespace(now=now)})
        )
    return clock


@pytest.mark.parametrize(
    "wrong",
    [
        dt.datetime(1970, 1, 1, tzinfo=dt.UTC),
        dt.datetime(2099, 12, 31, 23, 59, 59, tzinfo=dt.UTC),
        BILLED - dt.timedelta(days=1),
    ],
    ids=["1970", "2099", "yesterday"],
)
def test_every_command_by_a_clock_that_jumps(
    clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: dt.datetime
) -> None:
    monkeypatch.chdir(tmp_path)
    done = steps(dated=False)
    states = Counter[str]()
    for step in STEPS.strip().splitlines():
        clock.time = BILLED if step.startswith("0 bill") else wrong
        words, _, result = next(done)
        assert_plain(words, result)
        clock.time = wrong
        if words.startswith("bill agency --out out/claims"):
            billed = claims()
            for time in (wrong, BILLED):
                clock.time = time
                assert_plain("bill", run("bill agency --out out/again"))
            assert list(Path("out/again").glob("*.837")) == []
            assert claims() == billed
        elif words.startswith("post agency agency/answers/production"):
            states = Counter(state for _, state in claims())

    assert states == {
        "withdrawn": 1, "accepted": 24, "rejected-payer": 2, "paid": 23, "denied": 1, "partly-paid": 1,
    }  # fmt: skip
    verified = run("ledger verify agency")
    assert (verified.exit_code, verified.output.endswith("; whole\n")) == (0, True)
    assert_whole_files()


def run(words: str) -> Result:
    return CliRunner().invoke(main, words.split())


def assert_plain(words: str, result: Result) -> None:
    assert result.exception is None or isinstance(result.exception, SystemExit), (words, result.exc_info)
    assert result.exit_code in {0, 1, 2}, (words, result.output)
    assert result.exit_code != 2 or result.stderr.startswith("Error: "), (words, result.stderr)


def claims() -> list[tuple[str, str]]:
    """Return number and state of each claim in the ledger."""
    return [(each["claim_id"], each["state"]) for each in json.loads(run("claims agency --json -").stdout)["claims"]]


def assert_whole_files() -> None:
    """Assert that each file below the current folder ends as its kind does, and that no temporary file is left."""
    paths = [path for path in Path().rglob("*") if path.is_file()]
    for path in paths:
        text = path.read_text(encoding="utf-8", errors="replace")
        match path.suffix:
            case ".xlsx":
                with zipfile.ZipFile(path) as archive:
                    assert archive.testzip() is None, path
            case ".json":
                json.loads(text)
            case ".toml":
                tomllib.loads(text)
            case ".html":
                assert text.rstrip().endswith("</html>"), path
            case ".837" | ".270":
                assert (text[:3], text.rsplit("~", 2)[1][:3]) == ("ISA", "IEA"), path
            case ".csv":
                rows = list(csv.reader(text.splitlines(keepends=True)))
                assert {len(row) for row in rows} == {len(rows[0])}, path
    assert {path.suffix for path in paths} >= {".xlsx", ".json", ".toml", ".html", ".837", ".csv"}
    assert [path for path in paths if path.name.endswith((".part", ".new", ".tmp", "-journal"))] == []
