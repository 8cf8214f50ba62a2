"""Ids that a spreadsheet takes for formulas: marked in the CSV that people open, as they are in what is read back."""

import csv
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from peerbill.cli import main

SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")
IDS = {"E1": "-E1", "M1": "+M1", "S1": "@S1"}
ON = ("--as-of", "2026-03-05")


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [*map(str, arguments)])
    assert result.exit_code in (0, 1), result.output
    return result


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as content:
        return list(csv.DictReader(content))


@pytest.fixture
def sent(workspace: Path) -> Path:
    """Return the folder of a claim file; the ids of one of its two encounters begin with such signs."""
    coverage = workspace / "coverage.csv"
    coverage.write_text(coverage.read_text() + "M2,horizon,210987654321,2026-01-01,,1\n")
    for file in workspace.glob("*.csv"):
        text = file.read_text(encoding="utf-8")
        file.write_text(re.sub(r"\b(E1|M1|S1)\b", lambda found: IDS[found[0]], text), encoding="utf-8")
    settings = workspace / "peerbill.toml"
    settings.write_text(settings.read_text().replace('mode = "test"', 'mode = "production"'), encoding="utf-8")
    out = workspace.parent / "sent"
    assert "2 claims" in run("bill", workspace, "--out", out, *ON).output
    return out


def test_what_people_open_has_no_formula(workspace: Path, sent: Path) -> None:
    files = {name: workspace.parent / f"{name}.csv" for name in ("audit", "against", "claims", "todo")}
    (claim_file,) = sent.glob("*.837")
    run("audit", workspace, "--billed", "--notice", "2026-03-01", *ON, "--csv", files["audit"])
    (workspace / "coverage.csv").write_text("member_id,payer,subscriber_id,from,to,rank\n")
    run("audit", workspace, "--claims", claim_file, *ON, "--csv", files["against"])
    run("claims", workspace, "--csv", files["claims"])
    encounters = workspace / "encounters.csv"
    later = encounters.read_text().splitlines()[1].replace("-E1", "-E9").replace("2026-03-02", "2026-03-03")
    encounters.write_text(f"{encounters.read_text()}{later}\n")
    run("todo", workspace, *ON, "--csv", files["todo"])
    read = {name: rows(file) for name, file in files.items()}
    cells = [(name, cell) for name, lines in read.items() for line in lines for cell in line.values()]

    assert [one for one in cells if one[1].startswith(SIGNS)] == []
    assert {("audit", "'-E1"), ("audit", "'@S1"), ("against", "'-E1"), ("claims", "'+M1"), ("todo", "'-E9")} <= {*cells}


def test_what_is_read_back_has_the_ids_as_they_are(workspace: Path, sent: Path) -> None:
    form, sample = workspace.parent / "form.csv", workspace.parent / "sample"
    run("review", "checklist", workspace, "--out", form, *ON, "--", "-E1")
    lines = rows(form)
    assert {line["encounter_id"] for line in lines} == {"-E1"}
    for line in lines:
        line["rating"] = "met"
    with form.open("w", encoding="utf-8", newline="") as content:
        out = csv.DictWriter(content, lines[0])
        out.writeheader()
        out.writerows(lines)
    recorded = run("review", "record", workspace, form, "--reviewer", "R1")
    assert recorded.output == f"Recorded {len(lines)} ratings of 1 encounter: {len(lines)} met\n"
    run("sample", workspace, "--out", sample, "--amount", "charged", "--size", 2, "--spares", 0, "--seed", "A1")
    frame = rows(sample / "frame.csv")
    assert {"+M1", "@S1"} <= {cell for line in frame for cell in line.values()}
    assert "the same, byte for byte" in run("sample", "--again", sample / "plan.json").output
