import datetime as dt
import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from peerbill.cli import main
from peerbill.cli.policy import _committed
from peerbill.codes import states_and_district
from peerbill.coding.questions import question_file
from peerbill.policy import packaged_programmes, packaged_states

EVERY = [id_ for state in packaged_states() for id_ in packaged_programmes(state)]


def policy(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["policy", *arguments])


def test_without_an_argument_every_programme_is_listed() -> None:
    result = policy("--json", "-")

    assert result.exit_code == 0
    assert [known["id"] for known in json.loads(result.stdout)["programmes"]] == EVERY


def test_a_state_lists_its_programmes() -> None:
    result = policy("nj", "--json", "-")

    assert [known["id"] for known in json.loads(result.stdout)["programmes"]] == list(packaged_programmes("NJ"))
    assert "NJ/sud" in result.stderr


def test_the_list_fits_80_columns() -> None:
    result = policy()

    assert "NJ/sud" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_each_value_stands_with_its_status_and_source() -> None:
    result = policy("NJ/sud", "--on", "2026-03-02")

    assert result.exit_code == 0
    assert "\nunit\n  minutes: 15 [primary]" in result.stdout
    assert "\n  rounding: not known [primary]" in result.stdout
    assert "      Self-Help/Peer Support Billing Guidelines, effective July 1, 2020" in result.stdout


def test_an_agency_value_takes_the_place_of_the_packaged_one(workspace: Path) -> None:
    result = policy("NJ/sud", "--on", "2026-03-02", "--workspace", str(workspace))

    assert "\n  rounding: down [agency]\n      Example value, not a real rule, p. 12\n" in result.stdout


@pytest.mark.parametrize("programme", EVERY)
def test_every_programme_can_be_shown(programme: str) -> None:
    result = policy(programme, "--on", "2026-06-01", "--json", "-")
    if result.exit_code == 2:
        assert "is not in force on 2026-06-01; known " in result.stderr
        return
    values = json.loads(result.stdout)["values"]

    assert values
    assert all(value["status"] in {"primary", "secondary", "unconfirmed", "agency", "conflict"} for value in values)
    assert all(value["citations"] or value["note"] for value in values)


def test_a_day_before_the_programme_is_told() -> None:
    result = policy("NJ/sud", "--on", "2001-01-01")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: NJ/sud is not in force on 2001-01-01; known from ")


@pytest.mark.parametrize(
    ("programme", "told"),
    [
        ("ZZ", "there are no policies for ZZ"),
        ("NJ/sux", "did you mean 'sud'?"),
        ("NJ/", "a programme is written STATE/PROGRAMME"),
    ],
)
def test_what_is_not_there_is_told(programme: str, told: str) -> None:
    result = policy(programme)

    assert result.exit_code == 2
    assert told in result.stderr


def test_a_date_in_another_form_is_a_wrong_use() -> None:
    assert policy("NJ/sud", "--on", "3/2/2026").exit_code == 2


def test_under_a_value_that_no_text_gives_the_page_says_why_it_is_asked() -> None:
    """A line of a value ends with its status; the lines beneath it are those of its sources."""
    lines = policy("NJ/sud").stdout.splitlines()
    asked = lines[next(at for at, line in enumerate(lines) if "rounding: not known" in line) + 1]
    read = lines[next(at for at, line in enumerate(lines) if "hcpcs: H0038 " in line and "[primary]" in line) + 1]

    assert asked.startswith("      Why asked: ")
    assert read.startswith("      ")
    assert "Why asked" not in read


# Coverage, profiles, checking files


def test_coverage_fits_80_columns_and_names_every_state() -> None:
    result = policy("--coverage")
    contacts, rest = result.stdout.split("The contact: ")
    states = rest.partition(" values nobody has confirmed")[2].partition("P primary")[0]

    assert result.exit_code == 0
    for table in (contacts, states):
        assert 40 < max(map(len, table.splitlines()[1:])) <= 80
    for table in (contacts, states):
        assert {line[1:3] for line in table.splitlines()} >= {*states_and_district()}
    assert "\n30 minutes: billed in " in rest


def test_coverage_as_json() -> None:
    report = json.loads(policy("--coverage", "--json", "-").stdout)
    nj = next(row for row in report["states"] if row["state"] == "NJ")
    (sud,) = nj["programmes"]

    assert len(report["states"]) == report["totals"]["states"] == 51
    assert (nj["billable"], nj["code"], nj["unit"], nj["rounding"]) == (
        "yes",
        {"text": "H0038", "status": "primary"},
        {"text": "15 minutes", "status": "primary"},
        {"text": "not said", "status": "unknown"},
    )
    assert [(one["minutes"], one["rendering_set"], one["result"], one["why"]) for one in sud["verdicts"]] == [
        (30, True, "warned", ["certificate"]),
        (30, False, "warned", ["certificate", "rendering"]),
        (37, True, "held", ["part units"]),
        (37, False, "held", ["part units"]),
    ]
    counted = nj["primary"] + nj["secondary"] + nj["unconfirmed"] + nj["unknown"]
    assert nj["confirmed"] == round((nj["primary"] + nj["secondary"]) / counted, 3)


def test_profiles_are_listed_and_shown_with_their_statuses() -> None:
    listed = json.loads(policy("--payers", "--json", "-").stdout)["profiles"]
    shown = policy("--payers", "MI/champs")

    assert "MI/champs" in {known["id"] for known in listed}
    assert shown.exit_code == 0
    assert "\n  receiver.id: D00111 [secondary]; confirm it before production; " in shown.stdout
    assert "[primary, read for 837I]" in policy("--payers", "DC/dhcf").stdout
    assert policy("--payers", "MI/chams").stderr == "Error: 'MI/chams' is no payer profile; did you mean 'MI/champs'?\n"


AGENCY = """state = "NJ"
[source.contract]
title = "Contract"
[[sud.unit]]
from = 2026-02-01
rounding = "down"
source = "contract p. 12"
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "nj.toml"
    path.write_text(AGENCY, encoding="utf-8")
    return path


def test_what_an_agency_file_changes_is_shown(own: Path) -> None:
    on_the_day = policy("--check", str(own), "--on", "2026-02-01")
    before = policy("--check", str(own), "--on", "2026-01-31")

    assert (on_the_day.exit_code, before.exit_code) == (0, 0)
    assert on_the_day.stdout == (
        "NJ/sud on 2026-02-01: 1 value changed\n"
        "  unit.rounding: not known [primary] -> down [agency]\n"
        "NJ/sud: 3 values still open\n"
        "  unit.aggregate: encounters are held\n"
        "  claim.rendering: billed with a warning unless [payers.KEY] has rendering\n"
        "  credential.CPRS: billed with a warning\n"
        "1 file without a mistake.\n"
    )
    assert before.stdout.splitlines()[:3] == [
        "NJ/sud on 2026-01-31: nothing changed",
        "NJ/sud: 4 values still open",
        "  unit.rounding: encounters are held",
    ]


def test_what_changes_as_json(own: Path) -> None:
    report = json.loads(policy("--check", str(own), "--on", "2026-03-02", "--json", "-").stdout)
    (programme,) = report["programmes"]
    (change,) = programme["changes"]

    assert (report["problems"], programme["id"], programme["in_force"]) == ([], "NJ/sud", True)
    assert (change["table"], change["field"], change["before"]["value"], change["after"]["value"]) == (
        "unit",
        "rounding",
        "not known",
        "down",
    )


def test_a_mistake_is_told_with_file_line_and_expectation(own: Path) -> None:
    own.write_text(AGENCY.replace('"down"', '"dwn"').replace("sud.unit", "sux.unit"), encoding="utf-8")
    result = policy("--check", str(own), "--json", "-")

    assert result.exit_code == 1
    assert json.loads(result.stdout)["problems"] == result.stderr.splitlines()
    assert any(
        line.startswith(f"{own}:6: sux.unit, row 1, rounding: 'dwn' is not one of down, up")
        for line in result.stderr.splitlines()
    )
    assert any(
        line.startswith(f"{own}:4: sux: NJ has no programme 'sux'; did you mean 'sud'?")
        for line in result.stderr.splitlines()
    )


def test_a_state_file_is_checked_in_place_of_the_packaged_one(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "codesets" / "states" / "nj.toml").read_text(encoding="utf-8")
    path = tmp_path / "states" / "nj.toml"
    path.parent.mkdir()
    path.write_text(text.replace("minutes = 15", "minutes = 30"), encoding="utf-8")
    result = policy("--check", str(path), "--on", "2026-03-02")

    assert result.exit_code == 0
    assert "  unit.minutes: 15 [primary] -> 30 [primary]\n" in result.stdout


@pytest.mark.parametrize("state", packaged_states())
def test_every_packaged_file_passes(state: str) -> None:
    path = Path(__file__).parents[2] / "codesets" / "states" / f"{state.lower()}.toml"
    result = policy("--check", str(path))

    assert result.exit_code == 0


NJ = Path(__file__).parents[2] / "codesets" / "states" / "nj.toml"


def test_the_file_of_a_checkout_is_compared_with_what_was_committed(monkeypatch: pytest.MonkeyPatch) -> None:
    committed = NJ.read_text(encoding="utf-8").replace("minutes = 15", "minutes = 30")
    monkeypatch.setattr("peerbill.cli.policy._committed", lambda path: committed if path == NJ.resolve() else None)
    result = policy("--check", str(NJ), "--on", "2026-03-02")

    assert result.exit_code == 0
    assert "  unit.minutes: 30 [primary] -> 15 [primary]\n" in result.stdout


def test_without_git_a_file_of_a_checkout_is_compared_with_itself_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    result = policy("--check", str(NJ), "--on", "2026-03-02")

    assert result.exit_code == 0
    assert "Give the earlier file: --against FILE" in " ".join(result.stdout.split())
    assert "NJ/sud on 2026-03-02: nothing changed\n" in result.stdout


@pytest.mark.parametrize("folder", ["states", "policies"])
def test_a_file_is_compared_with_one_that_is_given(tmp_path: Path, folder: str) -> None:
    text = NJ.read_text(encoding="utf-8") if folder == "states" else AGENCY
    old, new = ("minutes = 15", "minutes = 30") if folder == "states" else ('"down"', '"up"')
    path, earlier = tmp_path / folder / "nj.toml", tmp_path / "before.toml"
    path.parent.mkdir()
    path.write_text(text.replace(old, new), encoding="utf-8")
    earlier.write_text(text, encoding="utf-8")
    result = policy("--check", str(path), "--against", str(earlier), "--on", "2026-03-02")
    expected = (
        "  unit.minutes: 15 [primary] -> 30 [primary]\n"
        if folder == "states"
        else "NJ/sud on 2026-03-02: 1 value changed\n  unit.rounding: down [agency] -> up [agency]\n"
    )

    assert result.exit_code == 0
    assert expected in result.stdout


def test_what_git_has_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "nj.toml"
    path.write_text("committed\n", encoding="utf-8")

    def run(*words: str) -> None:
        name = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", "-C", str(tmp_path), *name, *words], check=True, capture_output=True)

    run("init")
    assert _committed(path) is None
    run("add", "nj.toml")
    run("commit", "--no-verify", "-m", "first")
    path.write_text("edited\n", encoding="utf-8")

    assert _committed(path) == "committed\n"
    assert _committed(tmp_path / "other.toml") is None


def test_a_mistake_in_a_file_of_the_packaged_files_name_is_told_once_at_its_own_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The packaged file of New Jersey has the same name, and the same table on another line."""
    found = []
    monkeypatch.chdir(tmp_path)
    for name in ("nj.toml", "own.toml"):
        Path(name).write_text(AGENCY.replace('"down"', '"dwn"'), encoding="utf-8")
        result = policy("--check", name, "--json", "-")
        found.append([line.removeprefix(name) for line in result.stderr.splitlines()])

    assert found[0] == found[1]
    assert [line.partition(": 'dwn'")[0] for line in found[0]] == [":6: sud.unit, row 1, rounding"]


def test_a_file_that_cannot_be_read_is_exit_2(tmp_path: Path) -> None:
    latin = tmp_path / "nj.toml"
    latin.write_bytes(b'state = "NJ"\nname = "\xe9"\n')
    missing = policy("--check", str(tmp_path / "none.toml"))

    assert (missing.exit_code, missing.stdout) == (2, "")
    assert "none.toml: cannot be read: No such file or directory" in missing.stderr
    assert policy("--check", str(latin)).stderr == f"Error: {latin} line 2: expected UTF-8. Save the file in UTF-8.\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("NJ/sud", "MI/sud-recovery-coaching"),
        ("--check",),
        ("--coverage", "NJ"),
        ("--markdown",),
        ("--payers", "--workspace", "."),
    ],
)
def test_options_that_do_not_go_together_are_a_wrong_use(arguments: tuple[str, ...]) -> None:
    assert policy(*arguments).exit_code == 2


def test_open_values_become_a_file_to_fill_in(tmp_path: Path) -> None:
    file = tmp_path / "nj.toml"

    result = policy("NJ/sud", "--questions", "--on", "2026-07-01", "--out", str(file))

    assert result.exit_code == 0
    assert result.stdout == f"Wrote {file}: 4 open values, of which 2 hold encounters.\n"
    lines = file.read_text().splitlines()
    rounding, aggregate, rendering = (
        lines.index(line) + 1 for line in ('rounding = ""', 'aggregate = ""', 'rendering = "peer"')
    )
    unfilled = policy("--check", str(file), "--on", "2026-07-01")
    assert unfilled.exit_code == 0
    assert unfilled.stdout.splitlines() == [
        "NJ/sud on 2026-07-01: nothing changed",
        "NJ/sud: 4 values still open",
        f"  unit.rounding: encounters are held, {file}:{rounding} is blank",
        f"  unit.aggregate: encounters are held, {file}:{aggregate} is blank",
        f"  claim.rendering: billed with a warning unless [payers.KEY] has rendering, {file}:{rendering} is blank",
        f"  credential.CPRS: billed with a warning, {file}:{len(lines)} is blank",
        "1 file without a mistake.",
    ]
    file.write_text(
        file.read_text()
        .replace('rounding = ""', 'rounding = "midpoint"')
        .replace('aggregate = ""', 'aggregate = "day"')
        .replace('source = ""', 'source = "the manual, p. 31"'),
        encoding="utf-8",
    )
    checked = policy("--check", str(file), "--on", "2026-07-01", "--json", str(tmp_path / "check.json"))
    assert "  unit.rounding: not known [primary] -> midpoint [agency]" in checked.stdout
    assert "NJ/sud: nothing open\n" in checked.stdout
    assert json.loads((tmp_path / "check.json").read_text())["programmes"][0]["open"] == []


def test_the_row_of_a_finding_can_be_pasted(workspace: Path) -> None:
    encounters = workspace / "encounters.csv"
    encounters.write_text(encounters.read_text().replace("T10:45", "T10:52"))
    own = workspace / "policies" / "nj.toml"
    own.unlink()

    def audit() -> str:
        return CliRunner().invoke(main, ["audit", str(workspace), "--as-of", "2026-03-05"]).stdout

    shown = audit().splitlines()
    at = shown.index("      [[sud.unit]]")
    row = "\n".join(line.strip() for line in shown[at : at + 3])
    assert row == '[[sud.unit]]\nrounding = ""\nsource = ""'
    assert row in question_file("NJ/sud", dt.date(2026, 3, 5))
    assert "in policies/nj.toml with its source: one of down, up, midpoint, past-midpoint" in shown[at - 1]

    own.write_text(row, encoding="utf-8")
    assert audit().splitlines() == shown
    own.write_text(row.replace('""', '"down"', 1).replace('""', '"provider line, 2026-02-27"'), encoding="utf-8")
    assert "unit.rounding" not in audit()


def test_a_file_of_questions_replaces_none(tmp_path: Path) -> None:
    file = tmp_path / "nj.toml"
    file.write_text("mine", encoding="utf-8")

    result = policy("NJ/sud", "--questions", "--out", str(file))

    assert result.exit_code == 2
    assert "is there already, and is not replaced" in result.stderr
    assert file.read_text(encoding="utf-8") == "mine"


def test_open_values_as_json() -> None:
    result = policy("NJ/sud", "--questions", "--on", "2026-07-01", "--json", "-")

    assert [missing["value"] for missing in json.loads(result.stdout)["missing"]] == [
        "unit.rounding",
        "unit.aggregate",
        "claim.rendering",
        "credential.CPRS",
    ]


@pytest.mark.parametrize("arguments", [("--questions",), ("NJ", "--questions"), ("NJ/sud", "--out", "x.toml")])
def test_questions_need_a_programme(arguments: tuple[str, ...]) -> None:
    assert policy(*arguments).exit_code == 2
