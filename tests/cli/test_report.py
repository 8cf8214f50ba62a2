"""`peerbill report`: the files that it writes, and what it refuses."""

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import attrs
import pytest
from click.testing import CliRunner, Result
from payer import Decision, denied, receive, reduced, remit

import peerbill
from peerbill.cli import main, output
from peerbill.report import workbook

DAY = "2026-06-30"


def report(folder: Path, *arguments: object) -> Result:
    return CliRunner().invoke(main, ["report", str(folder), "--as-of", DAY, *map(str, arguments)])


def figures(folder: Path, *arguments: object) -> dict[str, Any]:
    result = report(folder, "--json", "-", *arguments)
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.fixture
def billed(workspace: Path) -> Path:
    """Return a workspace of which E1 is billed, and paid at four fifths."""
    out = workspace.parent / "out"
    CliRunner().invoke(main, ["bill", str(workspace), "--out", str(out), "--as-of", "2026-03-31"])
    (file,) = out.glob("*.837")
    sent = receive(file.read_text())
    answer = workspace.parent / "a.835"
    answer.write_text(remit(sent, [Decision(claim, reduced) for claim in sent.claims]))
    assert CliRunner().invoke(main, ["post", str(workspace), str(answer)]).exit_code == 0
    return workspace


def test_claims_that_were_sent_as_tests_are_counted_apart(workspace: Path, tmp_path: Path) -> None:
    settings = workspace / "peerbill.toml"
    settings.write_text(settings.read_text().replace('mode = "production"', 'mode = "test"'))
    CliRunner().invoke(main, ["bill", str(workspace), "--out", str(tmp_path / "out"), "--as-of", "2026-03-31"])

    assert "In no figure: 1 claim sent as tests\n" in report(workspace, "--out", tmp_path / "r.html").stdout


def test_a_page_a_workbook_and_json_have_the_same_figures(billed: Path, tmp_path: Path) -> None:
    page, book, data = tmp_path / "r.html", tmp_path / "r.XLSX", tmp_path / "r.json"
    result = report(billed, "--out", page, "--out", book, "--json", data)

    assert result.exit_code == 0
    assert result.stdout == (
        f"Wrote {page}\nWrote {book}\n"
        f"As of {DAY}: 1 claim, $48.00 charged, $38.40 paid, $9.60 adjusted, $0.00 written off, $0.00 open\n"
        "Not billed: 1 encounter, $48.00\n"
    )
    assert page.read_text(encoding="utf-8").count("$38.40") > 5
    assert book.read_bytes().startswith(b"PK")
    found = json.loads(data.read_text(encoding="utf-8"))
    assert [row["amounts"]["payments"] for row in found["balances"]] == ["38.40"] * 4
    assert {(row["cause"], row["code"], row["encounters"]) for row in found["unbilled"]} == {("held", "PB402", 1)}
    assert {path.stat().st_mode & 0o777 for path in (page, book, data)} == {0o600}


def test_no_person_is_in_it(billed: Path, tmp_path: Path) -> None:
    report(billed, "--out", tmp_path / "r.html", "--json", tmp_path / "r.json")
    text = (tmp_path / "r.html").read_text(encoding="utf-8") + (tmp_path / "r.json").read_text(encoding="utf-8")
    words = set(re.findall(r"\w+", re.sub(r' d="[^"]*"', "", text)))

    assert words.isdisjoint({"Lane", "Alex", "Ito", "Mika", "123456789012", "1988", "M1", "M2", "Rivera", "postings"})
    assert "S1" in words


@pytest.mark.parametrize("name", ["report.pdf", "report", "report.html.txt", "-"])
def test_another_suffix_is_refused_before_anything_is_done(billed: Path, tmp_path: Path, name: str) -> None:
    result = report(billed, "--out", tmp_path / name if name != "-" else name, "--out", tmp_path / "good.html")

    assert result.exit_code == 2
    assert "expected .html or .xlsx" in result.stderr
    assert not (tmp_path / "good.html").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "Nothing to write: add --out report.html, --out report.xlsx or --json FILE."),
        (("--json", "-", "--from", "2026-05-01", "--to", "2026-04-30"), "--to 2026-04-30 is before --from 2026-05-01."),
        (("--json", "-", "--payer", "horizn"), "horizn is no payer: [payers] has horizon"),
    ],
)
def test_what_cannot_be_meant_is_refused(billed: Path, arguments: tuple[str, ...], sentence: str) -> None:
    result = report(billed, *arguments)

    assert (result.exit_code, sentence in result.stderr) == (2, True), result.stderr


def test_a_folder_that_is_not_there_is_named(billed: Path, tmp_path: Path) -> None:
    result = report(billed, "--out", tmp_path / "absent" / "r.html")

    assert (result.exit_code, str(tmp_path / "absent" / "r.html") in result.stderr) == (2, True)


def test_a_report_that_cannot_be_made_leaves_the_files_as_they_were(
    billed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, book = tmp_path / "r.html", tmp_path / "r.xlsx"
    page.write_text("the last one")

    def broken(_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(workbook, "report_workbook", broken)
    result = report(billed, "--out", page, "--out", book)

    assert (result.exit_code, page.read_text(), sorted(path.name for path in tmp_path.glob("*r.*"))) == (
        2,
        "the last one",
        ["r.html"],
    )


def test_a_stopped_write_leaves_the_file_as_it_was(
    billed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "r.html"
    page.write_text("the last one")
    real = output.os.fdopen

    def stopped(*arguments: Any, **more: Any) -> Any:
        real(*arguments, **more).close()
        raise KeyboardInterrupt

    monkeypatch.setattr(output.os, "fdopen", stopped)
    result = report(billed, "--out", page)

    assert result.exit_code == 1
    assert page.read_text() == "the last one"
    assert sorted(path.name for path in tmp_path.glob("*r.html*")) == ["r.html"]


def test_a_file_is_replaced_and_a_rerun_gives_the_same(billed: Path, tmp_path: Path) -> None:
    page = tmp_path / "r.html"
    page.write_text("old")
    report(billed, "--out", page)
    first = page.read_bytes()
    report(billed, "--out", page)

    assert page.read_bytes() == first != b"old"


def test_without_a_ledger_there_is_a_report(workspace: Path, tmp_path: Path) -> None:
    result = report(workspace, "--out", tmp_path / "r.html")

    assert result.exit_code == 0
    assert "There is no ledger yet: bill makes one" in result.stdout
    assert "There is no ledger yet: nothing was billed" in (tmp_path / "r.html").read_text(encoding="utf-8")
    assert not (workspace / "ledger.db").exists()
    found = figures(workspace)
    assert {(row["cause"], row["encounters"]) for row in found["unbilled"]} == {("ready", 1), ("held", 1)}
    assert (found["encounters"], found["billed"], found["ledger"]) == (2, 0, False)


def test_a_payer_that_is_no_longer_in_the_settings_is_in_the_report(billed: Path) -> None:
    settings = billed / "peerbill.toml"
    settings.write_text(settings.read_text().replace("[payers.horizon]", "[payers.other]"))

    assert [row["payer"] for row in figures(billed)["balances"] if row["month"]] == ["horizon", ""]
    assert figures(billed, "--payer", "other")["balances"][0]["amounts"]["charges"] == "0.00"
    assert figures(billed, "--payer", "horizon")["balances"][0]["amounts"]["charges"] == "48.00"


def test_a_period_chooses_services_and_payments_by_their_own_days(on_both: None, billed: Path) -> None:
    march = figures(billed, "--from", "2026-03-01", "--to", "2026-03-31")
    april = figures(billed, "--from", "2026-04-01", "--to", "2026-04-30")

    assert (march["from"], march["to"]) == ("2026-03-01", "2026-03-31")
    assert [row["amounts"]["charges"] for row in march["balances"]] == ["48.00"] * 4
    assert march["payments"] == march["deposits"] == []
    assert (march["encounters"], march["staff"][0]["charges"]) == (2, "48.00")
    assert [row["amounts"]["charges"] for row in april["balances"]] == ["0.00"]
    assert [row["net"] for row in april["payments"]] == [row["bank"] for row in april["deposits"]] == ["38.40"]
    assert (april["encounters"], april["staff"]) == (0, [])


def test_tests_are_in_no_figure(workspace: Path) -> None:
    settings = workspace / "peerbill.toml"
    settings.write_text(settings.read_text().replace('mode = "production"', 'mode = "test"'))
    out = workspace.parent / "out"
    CliRunner().invoke(main, ["bill", str(workspace), "--out", str(out), "--as-of", "2026-03-31"])
    sent = receive(next(out.glob("*.837")).read_text())
    answer = workspace.parent / "a.835"
    answer.write_text(remit(sent, [Decision(claim, denied) for claim in sent.claims]))
    CliRunner().invoke(main, ["post", str(workspace), str(answer)])
    found = figures(workspace)

    assert (found["tests"], found["balances"][0]["amounts"]["claims"]) == (1, 0)
    assert [found[name] for name in ("payments", "deposits", "denials", "first_pass", "rejections", "months")] == [
        []
    ] * 6


def test_rows_that_cannot_be_read_make_the_exit_code_1(billed: Path, tmp_path: Path) -> None:
    plans = billed / "plans.csv"
    plans.write_text(plans.read_text().replace("2026-01-05,2026-12-31", "2026-01-05,31/31/2026", 1))
    result = report(billed, "--out", tmp_path / "r.html")

    assert (result.exit_code, (tmp_path / "r.html").exists()) == (1, True)
    assert "Problem: plans.csv" in result.stderr


def test_the_same_from_a_program(billed: Path) -> None:
    records = peerbill.read_workspace(billed)
    found = peerbill.Agency(records.settings, folder=billed).report(records, dt.date(2026, 6, 30))

    assert isinstance(found, peerbill.AgencyReport)
    assert attrs.asdict(found.total)["payments"] == found.payments[0].net
    assert peerbill.report_page(found).startswith("<!doctype html>")
    assert peerbill.report_workbook(found)[:2] == b"PK"
