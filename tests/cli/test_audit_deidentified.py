import csv
import io
import json
import re
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from peerbill.audit_report.deidentify import LEFT_OUT
from peerbill.cli import main
from peerbill.model.pseudonyms import NOTICE, Pseudonyms, key_of


def audit(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["audit", str(folder), "--as-of", "2026-03-05", *options])


@pytest.fixture
def key(tmp_path: Path) -> Path:
    file = tmp_path / "audit.key"
    file.write_text("ab" * 32 + "\n")
    file.chmod(0o600)
    return file


def test_all_that_it_prints_and_writes_has_pseudonyms(workspace: Path, key: Path) -> None:
    folder = workspace.parent
    names = Pseudonyms(key_of(key.read_text()))
    result = audit(
        workspace,
        *("--deidentify", "--key", str(key), "--json", str(folder / "a.json"), "--csv", str(folder / "a.csv"), "--all"),
    )
    report = json.loads((folder / "a.json").read_text())
    rows = list(csv.DictReader(io.StringIO((folder / "a.csv").read_text())))

    assert result.exit_code == 1
    assert result.stderr == f"Notice: pseudonyms of key {names.mark}. {NOTICE}\n"
    assert report["deidentified"] == names.mark
    assert report["input"] == {"encounters": 2, "billable": 1, "billed": 0, "held": 1, "rejected": 0}
    held = [row["encounter_id"] for row in report["encounters"] if row["status"] == "held"]
    assert held == [names.of("encounter", "E2")]
    assert {row["member_id"] for row in rows} == {names.of("member", "M1"), names.of("member", "M2")}
    assert result.stdout.splitlines()[0] == held[0]
    assert result.stdout.splitlines()[-1].startswith("As of ")
    everything = result.output + (folder / "a.json").read_text() + (folder / "a.csv").read_text()
    assert re.findall(r"\b(?:[EMS][12]|2026-03-\d\d|Qualls|Okafor)\b", everything) == []


def test_the_same_key_writes_the_same_and_another_key_another_report(workspace: Path, key: Path) -> None:
    first, again, other = (
        audit(workspace, "--deidentify", "--key", str(file), "--json", "-").stdout
        for file in (key, key, key.with_name("another.key"))
    )

    assert first == again
    assert first != other


def test_a_key_is_made_for_its_owner_alone_and_used_again(workspace: Path) -> None:
    file = workspace.parent / "new.key"
    made = audit(workspace, "--deidentify", "--key", str(file), "--json", "-")
    text = file.read_text()
    again = audit(workspace, "--deidentify", "--key", str(file), "--json", "-")

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(key_of(text)) == 32
    assert f"Notice: made a new key in {file}. Keep it secret" in made.stderr
    assert "made a new key" not in again.stderr
    assert (made.stdout, file.read_text()) == (again.stdout, text)
    assert text.strip() not in made.output + again.output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--deidentify",), "--deidentify needs --key FILE"),
        (("--key", "{key}"), "--key is for --deidentify"),
        (("--deidentify", "--key", "{key}", "--json", "{key}"), "is written as a report too"),
        (("--deidentify", "--key", "{key}", "--claims", "a.837"), "--deidentify is not for claim files"),
    ],
)
def test_options_that_do_not_go_together(workspace: Path, key: Path, options: tuple[str, ...], message: str) -> None:
    result = audit(workspace, *(option.format(key=key) for option in options))

    assert result.exit_code == 2
    assert message in result.stderr
    assert key.read_text() == "ab" * 32 + "\n"


def test_a_key_that_others_may_read_is_refused(workspace: Path, key: Path) -> None:
    for mode in (0o640, 0o604, 0o620):
        key.chmod(mode)
        result = audit(workspace, "--deidentify", "--key", str(key))
        assert result.exit_code == 2
        assert f"--key {key}: others than its owner may use it. Run: chmod 600 {key}" in result.stderr


def test_a_file_that_is_no_key_is_refused_and_kept(workspace: Path, key: Path) -> None:
    key.write_text("correct horse battery staple")
    result = audit(workspace, "--deidentify", "--key", str(key))

    assert result.exit_code == 2
    assert "expected 64 hexadecimal digits" in result.stderr
    assert "horse" not in result.output
    assert key.read_text() == "correct horse battery staple"


def test_rows_that_are_not_used_are_counted_and_not_named(workspace: Path, key: Path) -> None:
    coverage = workspace / "coverage.csv"
    coverage.write_text(coverage.read_text() + "M2,horizon,210987654321,tomorrow,,1\n")
    result = audit(workspace, "--deidentify", "--key", str(key), "--json", "-")

    assert json.loads(result.stdout)["problems"] == ["coverage.from: 1 not used as they are"]
    assert "Problem: coverage.from: 1 not used as they are" in result.stderr
    assert f"coverage.csv line {LEFT_OUT} column from: expected" in result.stderr
