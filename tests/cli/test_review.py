"""`peerbill review`: what it prints, writes and refuses."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from peerbill.cli import main
from peerbill.documents.values import from_json

pytestmark = pytest.mark.usefixtures("on_both")

DAY = ("--as-of", "2026-03-05")
LASTS = ("--until", "2026-06-30")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def workspace(workspace: Path) -> Path:
    """Return the workspace without the release of M1."""
    members = workspace / "members.csv"
    members.write_text(members.read_text().replace("08723,2026-01-05\nM2", "08723,\nM2"), encoding="utf-8")
    return workspace


def waive(workspace: Path, *arguments: object) -> Result:
    return run("review", "waive", workspace, *arguments, *DAY)


def findings(workspace: Path, *day: str) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(run("audit", workspace, *(day or DAY), "--json", "-").stdout)
    return {
        "open": [one["code"] for one in report["findings"] if one["code"] == "PB408"],
        "waived": [(one["finding"]["code"], one["waiver"]["waiver_id"]) for one in report["waived"]],
        "idle": [(one["waiver"]["waiver_id"], one["why"]) for one in report["idle_waivers"]],
    }


def test_a_waived_finding_is_listed_apart(workspace: Path) -> None:
    done = waive(workspace, "pb408", "E1", "--reason", "paper chart, drawer 3", *LASTS)
    audit = run("audit", workspace, *DAY)

    assert (done.exit_code, done.stdout) == (
        0,
        "W1: PB408 members.release_on of E1 is waived until 2026-06-30: no release is on file\n",
    )
    assert "warning PB408" not in audit.stdout
    assert "drawer" in audit.stdout
    assert "Waived: 1 finding\n" in run("audit", workspace, *DAY, "--brief").stdout
    assert findings(workspace) == {"open": [], "waived": [("PB408", "W1")], "idle": []}
    assert run("ledger", "verify", workspace).exit_code == 0


def test_an_expired_waiver_is_listed_and_the_finding_is_back(workspace: Path) -> None:
    waive(workspace, "PB408", "E1", "--reason", "paper chart", *LASTS)

    assert findings(workspace, "--as-of", "2026-07-01") == {
        "open": ["PB408"],
        "waived": [],
        "idle": [("W1", "its last day has passed: the finding counts again")],
    }
    printed = run("audit", workspace, "--as-of", "2026-07-01").stdout
    assert "End a waiver that is not needed any more: peerbill review end-waiver DIR WAIVER" in printed
    assert "Waivers that cover nothing: 1\n" in run("audit", workspace, "--as-of", "2026-07-01", "--brief").stdout


def test_what_is_refused_is_reported_and_exits_with_1(workspace: Path) -> None:
    result = waive(workspace, "PB402", "E2", "E9", "--reason", "no coverage", *LASTS, "--json", "-")

    assert result.exit_code == 1
    assert json.loads(result.stdout)["waived"] == []
    assert [one["encounter_id"] for one in json.loads(result.stdout)["refused"]] == ["E2", "E9"]
    assert "Not done: E2: PB402 coverage" in result.stderr
    assert "is an error, which no waiver lifts" in result.stderr
    assert run("review", "list", workspace).stdout == "There is no waiver and no decision.\n"


def test_end_and_list(workspace: Path) -> None:
    waive(workspace, "PB408", "E1", "--reason", "paper chart", *LASTS, "--json", workspace.parent / "waive.json")
    ended = run("review", "end-waiver", workspace, "w1", "W7", "--reason", "it came", "--json", "-")
    listed = json.loads(run("review", "list", workspace, "--json", "-").stdout)

    assert ended.exit_code == 1
    assert json.loads(ended.stdout)["ended"] == ["W1"]
    assert json.loads(ended.stdout)["refused"] == [{"waiver_id": "W7", "why": "there is no such waiver"}]
    (given,) = json.loads((workspace.parent / "waive.json").read_text())["waived"]
    assert [one["waiver_id"] for one in listed["waivers"]] == ["W1"]
    assert {**listed["waivers"][0], "ended": ""} == given
    assert listed["waivers"][0]["ended"].endswith(": it came")
    assert "ended on" in run("review", "list", workspace).stdout
    assert findings(workspace) == {"open": ["PB408"], "waived": [], "idle": []}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--reason", "seen"), "--until is missing"),
        (("--reason", "seen", "--until", "2027-03-06"), "A waiver ends on 2026-03-05 at the earliest"),
        (("--reason", " ", *LASTS), "--reason takes 1 to 500 characters"),
    ],
)
def test_options_that_cannot_be_meant(workspace: Path, options: tuple[str, ...], message: str) -> None:
    result = waive(workspace, "PB408", "E1", *options)

    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_the_audit_is_a_document_with_its_waivers(workspace: Path) -> None:
    from peerbill import Agency, read_workspace, to_json  # noqa: PLC0415

    waive(workspace, "PB408", "E1", "--reason", "paper chart", *LASTS)
    records = read_workspace(workspace)
    audit = Agency(records.settings, folder=workspace).audit(records)

    assert from_json(to_json(audit), "audit") == audit
    assert len(audit.waived) + len(audit.idle_waivers) == 1


# --- checklists ------------------------------------------------------------------------------------------------------


def checklist(workspace: Path, *arguments: object, name: str = "form.csv") -> Path:
    file = workspace.parent / name
    result = run("review", "checklist", workspace, *arguments, "--out", file, *DAY)
    assert result.exit_code == 0, result.output
    return file


def rate(form: Path, name: str, ratings: dict[str, tuple[str, str]], encounter_id: str = "E1") -> Path:
    """Write a form filled in, by requirement."""
    with form.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row["encounter_id"] == encounter_id:
            row["rating"], row["reason"] = ratings.get(row["requirement"], ("", ""))
    filled = form.with_name(name)
    with filled.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return filled


def test_a_checklist_is_filled_in_recorded_and_listed(workspace: Path) -> None:
    form = checklist(workspace, "E1")
    filled = rate(form, "filled.csv", {"payment": ("not met", "no note of that day"), "unit": ("met", "")})
    first = run("review", "record", workspace, filled, "--reviewer", "R1", "--json", "-")
    again = run("review", "record", workspace, filled, "--reviewer", "R1")
    changed = rate(form, "changed.csv", {"payment": ("met", "")})
    other = run("review", "record", workspace, changed, "--reviewer", "R1")
    listed = json.loads(run("review", "list", workspace, "--json", "-").stdout)
    printed = run("review", "list", workspace).stdout

    assert first.exit_code == again.exit_code == other.exit_code == 0
    assert first.stderr == "Recorded 2 ratings of 1 encounter: 1 met, 1 not met\n"
    assert [(one["requirement"], one["rating"], one["reviewer"], one["file"])
            for one in json.loads(first.stdout)["recorded"]] == [
        ("unit", "met", "R1", "filled.csv"),
        ("payment", "not met", "R1", "filled.csv"),
    ]  # fmt: skip
    assert again.stdout == "Nothing new: the file has no rating, or all of them are recorded.\n"
    assert other.stdout == "Recorded 1 rating of 1 encounter: 1 met\n"
    assert [(one["requirement"], one["rating"]) for one in listed["decisions"]] == [
        ("unit", "met"),
        ("payment", "not met"),
        ("payment", "met"),
    ]
    assert "1 earlier decision in the audit trail: --json lists them." in printed
    assert "not met" not in printed
    assert run("ledger", "verify", workspace).exit_code == 0
    open_rows = checklist(workspace, "E1", "--open", name="open.csv").read_text().splitlines()
    assert len(open_rows) == len(form.read_text().splitlines()) - 2


def test_nothing_is_recorded_where_a_row_is_refused(workspace: Path) -> None:
    form = checklist(workspace, "E1")
    filled = rate(form, "filled.csv", {"payment": ("not met", ""), "unit": ("met", "")})
    result = run("review", "record", workspace, filled, "--reviewer", "R1")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: filled.csv:")
    assert run("review", "list", workspace).stdout == "There is no waiver and no decision.\n"


@pytest.mark.parametrize("ending", ["html", "xlsx"])
def test_the_other_forms_are_written(workspace: Path, ending: str) -> None:
    assert checklist(workspace, "E1", name=f"form.{ending}").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Name encounters, or give --plan; one of the two."),
        (("E1", "--plan", "plan.json"), "Name encounters, or give --plan; one of the two."),
        (("E1", "--spares"), "--spares goes with --plan."),
        (("E9",), "E9: no encounter has this id, neither in the workspace nor in the ledger"),
        (("E1", "--programme", "NJ/mh"), "None of the encounters is one of NJ/mh"),
    ],
)
def test_a_checklist_of_nothing_is_refused(workspace: Path, arguments: tuple[str, ...], message: str) -> None:
    result = run("review", "checklist", workspace, *arguments, "--out", workspace.parent / "x.csv", *DAY)

    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_a_form_is_never_replaced_and_needs_a_known_ending(workspace: Path) -> None:
    form = checklist(workspace, "E1")
    again = run("review", "checklist", workspace, "E1", "--out", form)
    other = run("review", "checklist", workspace, "E1", "--out", form.with_suffix(".pdf"))

    assert "is there: give a new name, so that no ratings are lost" in again.stderr
    assert "expected a name that ends in .html, .xlsx, .csv." in other.stderr
    assert (again.exit_code, other.exit_code) == (2, 2)


@pytest.mark.parametrize("unit", ["line", "claim", "encounter"])
def test_the_checklist_of_a_sample(workspace: Path, unit: str) -> None:
    encounters = workspace / "encounters.csv"
    header, first, _ = encounters.read_text().splitlines()
    more = [first.replace("E1,", f"E1{day},").replace("2026-03-02", f"2026-03-0{day}") for day in (3, 4, 5)]
    encounters.write_text("\n".join([header, first, *more, ""]))
    assert run("bill", workspace, "--out", workspace.parent / "out", *DAY).exit_code == 0
    drawn = workspace.parent / "sample"
    plan = drawn / "plan.json"
    sampled = run("sample", workspace, "--out", drawn, "--unit", unit, "--amount", "charged", "--size", 2,
                  "--spares", 1, "--seed", "A1")  # fmt: skip
    assert sampled.exit_code == 0, sampled.output
    units = json.loads(plan.read_text())["drawn"]
    for spares in (False, True):
        options = ("--plan", plan, *(("--spares",) if spares else ()))
        with checklist(workspace, *options, name=f"{spares}.csv").open(newline="") as file:
            places = list(dict.fromkeys(row["sample"] for row in csv.DictReader(file)))
        expected = [
            f"{'spare ' if one['use'] == 'spare' else ''}{one['order']} ({one['rows'][0]})"
            for one in units
            if spares or one["use"] == "sample"
        ]
        if unit == "claim":
            assert {place.rpartition(" ")[0] for place in places} <= {one.rpartition(" ")[0] for one in expected}
        else:
            assert places == expected


def test_the_page_itself_is_no_file_of_ratings(workspace: Path, tmp_path: Path) -> None:
    page = tmp_path / "form.html"
    run("review", "checklist", workspace, "E1", "--out", page, "--as-of", "2026-03-05")
    result = run("review", "record", workspace, page, "--reviewer", "R1")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        'Error: form.html is a page: open it, press "Save the ratings as a file", and record the file that it saves\n'
    )
