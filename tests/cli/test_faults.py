"""Every command on a disk that is full or fails, and killed: one line, nothing half-written, no hidden file later."""

import contextlib
import csv
import resource
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import faults
import pytest
from click.testing import Result
from every_command import LIST, VISITS
from setup_answers import NJ
from stopped import killed, run

from peerbill.ledger.store.database import VERSION_TABLE

COMMANDS = """
audit desk --as-of 2026-03-05 --json a.json --csv a.csv --html a.html --xlsx a.xlsx
audit desk --as-of 2026-03-05 --deidentify --key key.txt --json d.json
bill desk --out sent --as-of 2026-03-05
claims desk --csv c.csv --json c.json
todo desk --as-of 2026-03-05 --json t.json --csv t.csv
todo desk --as-of 2026-03-05 --by staff --out pages/staff
report desk --as-of 2026-03-05 --out r.html --out r.xlsx
import desk visits.csv --suggest
exclusions desk leie-2026-03-01.csv --as-of 2026-03-05 --partial --json s.json
setup new --answers answers.toml
policy --questions NJ/sud --on 2026-03-05 --out nj.toml
review waive desk PB607 E1 --reason seen --until 2026-12-31 --as-of 2026-03-05
review checklist desk E1 --as-of 2026-03-05 --out f.html
review checklist desk E1 --as-of 2026-03-05 --out f.xlsx
review record desk form.csv --reviewer Ines
review summary desk --as-of 2026-03-05 --json u.json
review list desk --json l.json
review end-waiver desk W6 --reason over
review decisions desk drawn/plan.json --out d.csv
sample desk --out again --amount charged --size 2 --seed 2026-B
extrapolate drawn/plan.json decided.csv --json x.json
import desk visits.csv --mapping map.toml
exclusions desk leie-2026-03-01.csv --mapping nj-list.toml --as-of 2026-03-05
claims desk --csv c.csv --log l.jsonl
withdraw desk PBTEST00000001 --reason never-sent
purge desk --before 2010-01-01 --json p.json
ledger checkpoint desk --out k.json
ledger key --private private.pem --public public.pem
ledger checkpoint desk --out s.json --key secret.pem
ledger backup desk kept/b.db
ledger restore desk b.db --replace
""".strip().splitlines()
_STATES_LIST = """
list = "NJ"
dates = "YYYYMMDD"
[columns]
last_name = "LASTNAME"
first_name = "FIRSTNAME"
from = "EXCLDATE"
"""
_MAPPING = """
[[source]]
file = "visits*"
[source.encounters]
encounter_id = "Encounter ID"
member_id = "Member ID"
staff_id = "Staff ID"
service = "Service"
start = "Start"
end = "End"
place = "Place"
channel = "Channel"
"""
_NAMING = ("link", "rename", "replace", "commit")
_LASTING = (
    ".db",
    ".lock",
    "/.handouts",
    "setup.toml",
    "new/peerbill.toml",
    "key.txt",
    "d.json",
    "c.pem",
    "e.pem",
    "l.jsonl",
)
"""What may stay, or differs: ledger, locks, list of pages, answers, settings not filled in, what a key makes, a log."""

_KILLED = (
    "audit",
    "bill",
    "todo desk --as-of 2026-03-05 --by",
    "exclusions",
    "setup",
    "policy",
    "withdraw",
    "purge",
    "ledger c",
    "ledger b",
    "ledger r",
)

_NEXT_FINISHES = ("import desk visits.csv --mapping", "exclusions")
"""What writes several tables, all or none: from a journal, the next run finishes or undoes them."""


@pytest.fixture
def desk(workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a workspace of one claim, and with what the commands read."""
    base = tmp_path / "base"
    base.mkdir()
    workspace.rename(base / "desk")
    monkeypatch.chdir(base)
    Path("answers.toml").write_text(NJ, encoding="utf-8")
    Path("leie-2026-03-01.csv").write_text(LIST, encoding="utf-8")
    Path("visits.csv").write_text(VISITS, encoding="utf-8")
    Path("nj-list.toml").write_text(_STATES_LIST, encoding="utf-8")
    Path("map.toml").write_text(_MAPPING, encoding="utf-8")
    header, row, *rows = Path("desk/encounters.csv").read_text(encoding="utf-8").splitlines()
    second = row.replace("E1,", "E3,").replace("2026-03-02", "2026-03-03")
    Path("desk/encounters.csv").write_text("\n".join((header, row, second, *rows, "")), encoding="utf-8")
    for words in (
        "bill desk --out out --as-of 2026-03-05",
        "review waive desk PB302 E1 --reason seen --until 2026-12-31 --as-of 2026-03-05 --billed",
        "ledger backup desk b.db",
        "ledger key --private secret.pem --public known.pem",
        "review checklist desk E1 --as-of 2026-03-05 --out form.csv",
        "sample desk --out drawn --amount charged --size 2 --seed 2026-A",
    ):
        assert run(words.split()).exit_code in {0, 1}, words
    decisions = list(csv.reader(Path("drawn/decisions.csv").read_text(encoding="utf-8").splitlines()))
    with Path("decided.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [decisions[0], *([row[0], "allowed", "", "R1", "2026-05-04", *row[5:]] for row in decisions[1:])]
        )
    return base


@contextlib.contextmanager
def _full() -> Iterator[None]:
    """Let no file take a single byte more: SQLite, archives and threads meet that as well."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def _contents() -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in Path().rglob("*") if path.is_file()}


def _assert_plain(command: str, result: Result) -> None:
    assert result.exception is None or isinstance(result.exception, SystemExit), (command, result.exc_info)
    assert result.exit_code == 2, (command, result.output)
    told = [line for line in result.stderr.splitlines() if not line.startswith(("Notice: ", "Kept "))]
    assert len(told) == 1, (command, result.stderr)
    assert told[0].startswith("Error: "), (command, result.stderr)


def _hidden() -> list[str]:
    return [str(path) for path in Path().rglob("*") if path.name.startswith(".") and not str(path).endswith(_LASTING)]


def test_every_command_meets_a_bad_disk(desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def anew(name: str) -> None:
        monkeypatch.chdir(shutil.copytree(desk, tmp_path / name))

    before = _contents()
    for number, command in enumerate(COMMANDS):
        words = command.split()
        anew(f"{number}whole")
        with faults.shimmed(faults.Shim()) as shim:
            expected = run(words)
        assert expected.exit_code in {0, 1}, expected.output
        after = _contents()
        last = [step for step, name in enumerate(shim.seen, start=1) if name in _NAMING][-1:]

        for kind, fault in (("full", _full()), *(("io", faults.shimmed(faults.Shim(step, "io"))) for step in last)):
            anew(f"{number}{kind}")
            with fault:
                result = run(words)
            if kind == "io" or result.exit_code != expected.exit_code:
                _assert_plain(f"{kind} {command}", result)
            if result.exit_code == 2 and command.startswith(_NEXT_FINISHES):
                run(words)
            assert _hidden() == [], (kind, command)
            for name, content in _contents().items():
                whole = content in {before.get(name), after.get(name)}
                assert whole or name.endswith(_LASTING), (kind, command, name)

        if command.startswith(_KILLED):
            anew(f"{number}killed")
            assert killed(words, last[0]), command
            again = run(words)
            assert (again.exit_code, _hidden()) == (expected.exit_code, []), (command, again.output)


@pytest.mark.parametrize("kind", ["newer", "lost"])
def test_a_ledger_that_cannot_be_used(desk: Path, kind: str) -> None:
    if kind == "newer":
        with contextlib.closing(sqlite3.connect(desk / "desk" / "ledger.db")) as connection, connection:
            connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")  # noqa: S608 - a name of ours
    else:
        settings = desk / "desk" / "peerbill.toml"
        text = settings.read_text(encoding="utf-8")
        server = 'url = "postgresql+psycopg://biller:hush@127.0.0.1:1/ledger?connect_timeout=2"\n'
        settings.write_text(text.replace("[ledger]\n", f"[ledger]\n{server}"), encoding="utf-8")
    before = _contents()
    for command in COMMANDS:
        if command.startswith(
            ("import", "exclusions", "setup", "policy", "extrapolate", "ledger restore", "ledger key")
        ):
            continue  # they read no ledger, or put another in its place
        result = run(command.split())
        _assert_plain(command, result)
        assert "hush" not in result.output
        assert _hidden() == [], command
    assert _contents().keys() - {"key.txt", "l.jsonl"} == before.keys()
