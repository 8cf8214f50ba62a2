"""`peerbill sample` and `peerbill extrapolate`, from the ledger of an example to a result that comes back."""

import csv
import io
import json
import shutil
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result
from payer import Decision, denied, in_full, receive, remit

from peerbill.cli import main
from peerbill.documents.schemas import shipped

FILES = ["decisions.csv", "frame.csv", "plan.json"]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments)])


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace with 25 lines, sent in production; no payer has answered."""
    folder = tmp_path_factory.mktemp("sample") / "agency"
    assert run("init", folder, "--example", "nj-recovery-coach", "--tag", "K7Q2").exit_code == 0
    settings = folder / "peerbill.toml"
    settings.write_text(settings.read_text().replace('mode = "test"', 'mode = "production"'))
    assert run("bill", folder, "--out", folder.parent / "claims", "--as-of", "2026-11-06").exit_code == 0
    return folder


@pytest.fixture
def drawn(agency: Path, tmp_path: Path) -> Path:
    out = tmp_path / "sample"
    result = run("sample", agency, "--out", out, "--amount", "charged", "--size", 8, "--spares", 2, "--seed", "A1")
    assert result.exit_code == 0, result.output
    return out


def fill_in(drawn: Path, words: dict[int, tuple[str, str]]) -> Path:
    """Write the decisions: `words` by place, the rest of the sample is allowed."""
    lines = list(csv.reader(io.StringIO((drawn / "decisions.csv").read_text())))
    for at, line in enumerate(lines[1:]):
        word, amount = words.get(at, ("allowed", "") if line[6] == "sample" else ("", ""))
        line[1:5] = [word, amount, *(("R1", "2026-12-01") if word else ("", ""))]
    file = drawn.parent / "filled.csv"
    with file.open("w", newline="") as out:
        csv.writer(out).writerows(lines)
    return file


def test_a_sample_is_three_files_and_comes_back_byte_for_byte(agency: Path, drawn: Path, tmp_path: Path) -> None:
    assert sorted(file.name for file in drawn.iterdir()) == FILES
    assert {file.stat().st_mode & 0o777 for file in drawn.iterdir()} == {0o600}
    again = run("sample", "--again", drawn / "plan.json")
    assert (again.exit_code, "the same, byte for byte" in again.output) == (0, True)

    other = tmp_path / "other"
    run("sample", agency, "--out", other, "--amount", "charged", "--size", 8, "--spares", 2, "--seed", "A1")
    assert [(drawn / name).read_bytes() for name in FILES] == [(other / name).read_bytes() for name in FILES]


def test_no_person_is_in_the_files(agency: Path, drawn: Path) -> None:
    text = "".join((drawn / name).read_text() for name in FILES)
    names = {
        cell
        for table, columns in (("members", ("last_name", "birth_date")), ("staff", ("last_name",)))
        for line in csv.DictReader(io.StringIO((agency / f"{table}.csv").read_text()))
        for column in columns
        if (cell := line[column])
    }

    assert names
    assert [name for name in names if name in text] == []


@pytest.mark.parametrize(
    ("name", "old", "new", "sentence"),
    [
        ("frame.csv", "48.00", "480.00", "frame.csv was changed: its SHA-256 is"),
        ("plan.json", '"seed": "A1"', '"seed": "A2"', "plan.json was changed: its request and its frame give another"),
        ("plan.json", '"order": 2', '"order": 3', "plan.json was changed"),
        ("plan.json", '"schema": 1', '"schema": 1, "more": 2', "plan.json was changed"),
        ("plan.json", '"generator_version": 1', '"generator_version": 2', "this version of peerbill has"),
        ("plan.json", '"unit": "line"', '"unit": 3', "is no plan of a sample"),
    ],
)
def test_a_changed_file_is_refused_by_both_commands(drawn: Path, name: str, old: str, new: str, sentence: str) -> None:
    filled = fill_in(drawn, {})
    file = drawn / name
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))

    for command in (("sample", "--again", drawn / "plan.json"), ("extrapolate", drawn / "plan.json", filled)):
        result = run(*command)
        assert (result.exit_code, sentence in result.stderr) == (2, True), result.stderr


def test_a_result_comes_back_byte_for_byte(drawn: Path, tmp_path: Path) -> None:
    filled = fill_in(drawn, {0: ("overpaid", "16.00"), 2: ("missing-record", "")})
    report = tmp_path / "r.json"
    result = run("extrapolate", drawn / "plan.json", filled, "--json", report)
    found = json.loads(report.read_text())["result"]

    assert result.exit_code == 0
    # 32.00 and 64.00 of 8 lines, for 25.
    assert (found["point"], found["strata"][0]["net"], found["interval"]["degrees"]) == ("300.00", "96.00", 7)
    assert "Overpaid in all (difference estimator): $300.00, standard error" in result.stdout
    assert run("extrapolate", drawn / "plan.json", filled, "--again", report).exit_code == 0
    other = run("extrapolate", drawn / "plan.json", filled, "--again", report, "--limits", "normal")
    assert (other.exit_code, "r.json differs" in other.stderr) == (2, True)


def test_both_documents_fit_the_schemas_that_ship(drawn: Path) -> None:
    result = run("extrapolate", drawn / "plan.json", fill_in(drawn, {0: ("overpaid", "0")}), "--json", "-")

    jsonschema.validate(json.loads((drawn / "plan.json").read_text()), json.loads(shipped("sample-plan")))
    jsonschema.validate(json.loads(result.stdout), json.loads(shipped("extrapolate-report")))


def test_only_what_was_paid_is_drawn_from(agency: Path, tmp_path: Path) -> None:
    folder = tmp_path / "agency"
    shutil.copytree(agency, folder)
    (file,) = (agency.parent / "claims").glob("*.837")
    sent = receive(file.read_text())
    decisions = [Decision(claim, in_full if at < 10 else denied) for at, claim in enumerate(sent.claims)]
    (tmp_path / "a.835").write_text(remit(sent, decisions))
    assert run("post", folder, tmp_path / "a.835").exit_code in (0, 1)
    out = tmp_path / "sample"
    result = run("sample", folder, "--out", out, "--size", 5)

    assert result.exit_code == 0, result.output
    plan = json.loads((out / "plan.json").read_text())
    paid = {claim.claim_id for claim in sent.claims[:10]}
    rows = list(csv.DictReader(io.StringIO((out / "frame.csv").read_text())))
    assert {row["claim_id"] for row in rows} == paid
    assert Decimal(plan["frame_amount"]) == sum(claim.charge for claim in sent.claims[:10])


def test_json_on_standard_output_is_alone(drawn: Path) -> None:
    result = run("extrapolate", drawn / "plan.json", fill_in(drawn, {0: ("overpaid", "0")}), "--json", "-")

    assert json.loads(result.stdout)["result"]["decisions"]["overpaid"] == 1


def test_an_incomplete_review_is_refused_and_spares_help(drawn: Path) -> None:
    open_one = {1: ("", "")}
    result = run("extrapolate", drawn / "plan.json", fill_in(drawn, open_one))
    assert (result.exit_code, "Sample 2 of stratum all has no decision on" in result.stderr) == (2, True)

    filled = fill_in(drawn, {**open_one, 8: ("allowed", "")})
    result = run("extrapolate", drawn / "plan.json", filled, "--spares")
    assert (result.exit_code, "spares took 1 places" in result.stdout) == (0, True), result.output


def test_a_probe_plans_the_next_sample(agency: Path, tmp_path: Path) -> None:
    probe, out = tmp_path / "probe", tmp_path / "sample"
    shared = ("--amount", "charged", "--seed", "A1")
    assert run("sample", agency, "--out", probe, *shared, "--design", "probe", "--size", 10).exit_code == 0
    filled = fill_in(probe, dict.fromkeys(range(5), ("missing-record", "")))
    result = run("sample", agency, "--out", out, *shared, "--probe", probe / "plan.json", filled)

    assert (result.exit_code, "by a probe of 10 units" in result.stdout) == (0, True), result.output
    assert run("sample", "--again", out / "plan.json").exit_code == 0
    assert "Nothing is extrapolated from a probe" in run("extrapolate", probe / "plan.json", filled).stderr


@pytest.mark.parametrize(
    "design",
    [
        ("--design", "stratified", "--by", "month", "--allocation", "neyman"),
        ("--design", "stratified", "--by", "amount", "--bounds", "50,80"),
        ("--design", "cluster", "--by", "member"),
        ("--unit", "claim"),
        ("--unit", "encounter"),
    ],
)
def test_each_design_is_drawn_reviewed_and_estimated(agency: Path, tmp_path: Path, design: tuple[str, ...]) -> None:
    out = tmp_path / "sample"
    assert run("sample", agency, "--out", out, "--amount", "charged", "--size", 6, *design).exit_code == 0
    result = run("extrapolate", out / "plan.json", fill_in(out, {0: ("overpaid", "0")}), "--estimator", "ratio")

    assert (result.exit_code, "Overpaid in all (ratio estimator): $" in result.stdout) == (0, True), result.output
    assert run("sample", "--again", out / "plan.json").exit_code == 0


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ((), "The size is not known: give --size, --rate or --probe PLAN DECISIONS."),
        (("--size", 5, "--rate", "5%"), "--size and --rate give the size twice: expected one of them."),
        (("--rate", "5"), "5: expected a share between 0 and 1, such as 0.25 or 25%."),
        (("--size", 5, "--design", "stratified"), "--design stratified needs --by."),
        (("--size", 5, "--by", "month"), "expected --design stratified or cluster, not simple."),
        (
            ("--size", 5, "--design", "cluster", "--by", "month"),
            "--by month makes no clusters: expected member or staff.",
        ),
        (("--size", 5, "--design", "stratified", "--by", "amount"), "--by amount and --bounds go together."),
        (("--size", 5, "--bounds", "80,50"), "80,50: expected dollars in rising order, such as 50,200."),
        (("--size", 5, "--allocation", "neyman"), "--allocation neyman needs --design stratified."),
        (("--rate", "5%", "--design", "probe"), "--design probe takes --size, and there is --rate."),
        (("--size", 5, "--rule", "ZZ"), "--rule ZZ: no rule of that state was read. There are: NC, CA."),
        (("--size", 5, "--rule", "nc"), "the sample has 5 rows, and NC asks for 100 at least"),
        (("--size", 5, "--payer", "horizn"), "horizn is no payer: [payers] has"),
        (("--size", 5, "--seed", " "), "--seed takes a text of one line."),
        (("--size", 5, "--amount", "paid"), "The frame has no row: unit line; amount paid, above 0"),
        (("--size", 5, "--from", "2026-10-01", "--to", "2026-09-30"), "--to 2026-09-30 is before --from 2026-10-01."),
        (("--again", "plan.json"), "--again takes nothing else, and there is"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_writes_nothing(
    agency: Path, tmp_path: Path, options: tuple[object, ...], sentence: str
) -> None:
    amount = () if "--amount" in options else ("--amount", "charged")
    result = run("sample", agency, "--out", tmp_path / "sample", *amount, *options)

    assert (result.exit_code, sentence in result.stderr) == (2, True), result.stderr
    assert not (tmp_path / "sample").exists()


def test_a_sample_is_never_replaced(agency: Path, drawn: Path) -> None:
    before = (drawn / "plan.json").read_bytes()
    result = run("sample", agency, "--out", drawn, "--amount", "charged", "--size", 8)

    assert (result.exit_code, "is there: expected a new or empty folder" in result.stderr) == (2, True)
    assert (drawn / "plan.json").read_bytes() == before
