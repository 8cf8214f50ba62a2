"""`peerbill check`."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from peerbill import __version__
from peerbill.cli import main

CLEAN = Path(__file__).parents[2] / "fixtures" / "x12" / "clean-5-claims.837"
TEXT = CLEAN.read_text(encoding="ascii")


def check(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["check", *map(str, arguments)])


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file_exits_0() -> None:
    result = check(CLEAN)

    assert result.exit_code == 0
    assert result.stdout == f"{CLEAN}: 105 segments, 5 claims: 0 errors, 0 warnings\n"
    assert result.stderr == ""


def test_an_error_exits_1_and_is_listed_by_segment_loop_and_claim(tmp_path: Path) -> None:
    result = check("--quick", written(tmp_path, "bad.837", TEXT.replace("63.84*UN*4", "63.84*UN*0")))

    assert result.exit_code == 1
    assert "1 error, 0 warnings" in result.stdout
    assert "46 SV1" in result.stdout
    assert "2400" in result.stdout
    assert "PB0002" in result.stdout
    assert "X12-408 Fix: Leave the line out or send its units." in result.stdout


def test_a_warning_is_listed_and_exits_0(tmp_path: Path) -> None:
    result = check("--quick", written(tmp_path, "look.837", TEXT.replace("TE*5175550100", "TE*5171550100")))

    assert result.exit_code == 0
    assert "0 errors, 1 warning" in result.stdout
    assert "X12-420" in result.stdout


@pytest.mark.parametrize("text", ["", "hello", "ST*837*0001~SE*2*0001~", "PK\x03\x04"])
def test_what_does_not_begin_with_isa_exits_2_with_one_line(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, "other.txt", text)
    result = check(path)

    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == f"Error: {path}: the file does not begin with ISA. Give a whole X12 interchange.\n"


def test_a_missing_file_exits_2_and_the_others_are_checked(tmp_path: Path) -> None:
    result = check("--quick", tmp_path / "none.837", CLEAN)

    assert result.exit_code == 2
    assert "105 segments, 5 claims" in result.stdout
    assert result.stderr.startswith(f"Error: {tmp_path / 'none.837'}: No such file")


def test_json_holds_every_problem(tmp_path: Path) -> None:
    path = written(tmp_path, "bad.837", TEXT.replace("CLM*PB0002*63.84", "CLM*PB0002*64"))
    result = check("--quick", "--json", "-", path)

    assert json.loads(result.stdout) == {
        "peerbill": __version__,
        "files": [
            {
                "path": str(path),
                "segments": 105,
                "claims": 5,
                "errors": 1,
                "warnings": 0,
                "guide": False,
                "problems": [
                    {
                        "code": "X12-601",
                        "severity": "error",
                        "segment": 40,
                        "segment_id": "CLM",
                        "element": "CLM02",
                        "loop": "2300",
                        "claim": "PB0002",
                        "message": "CLM02 is 64; the lines' SV102 make 63.84",
                        "fix": "Write the sum of the lines' charges in CLM02.",
                        "source": "own",
                    }
                ],
                "counts": [{"code": "X12-601", "severity": "error", "source": "own", "total": 1, "listed": 1}],
            }
        ],
        "schema": 1,
    }
    assert "1 error" in result.stderr


def test_pyx12_is_asked_in_processes_unless_quick_is_said(tmp_path: Path) -> None:
    path = written(tmp_path, "other.837", TEXT.replace("X222A1", "X222A2"))
    out = tmp_path / "out.json"

    assert check(path, "--json", out).exit_code == 0
    (file,) = json.loads(out.read_text())["files"]
    assert file["guide"] is True
    assert {(each["source"], each["code"]) for each in file["problems"]} == {("own", "X12-108"), ("guide", "X12-903")}
    assert {
        each["source"] for each in json.loads(check("--quick", "--json", "-", path).stdout)["files"][0]["problems"]
    } == {"own"}


def test_what_pyx12_finds_as_well_is_listed_and_counted_once(tmp_path: Path) -> None:
    path = written(tmp_path, "bad.837", TEXT.replace("****MI*M100002", "****QQ*M100002"))
    out = tmp_path / "out.json"
    result = check(path, "--json", out)

    (file,) = json.loads(out.read_text())["files"]
    assert [(each["source"], each["element"], each["claim"]) for each in file["problems"]] == [
        ("own", "NM108", "PB0002")
    ]
    assert (file["errors"], file["warnings"]) == (1, 0)
    assert "1 error, 0 warnings" in result.stdout


def test_a_flood_of_one_code_is_counted_and_pyx12_waits(tmp_path: Path) -> None:
    path = written(tmp_path, "flood.837", TEXT.replace("~\nSE*", "~\nZZZ*1" * 3 + "~\nSE*", 1))
    result = check("--most", 2, path, "--json", tmp_path / "checked.json")
    (file,) = json.loads((tmp_path / "checked.json").read_text())["files"]

    assert result.exit_code == 1
    assert "108 segments, 5 claims: 4 errors, 0 warnings" in result.stdout
    assert "  and 1 more error of X12-203\n" in result.stdout
    assert "  pyx12 was not asked: correct these errors first, or list all with --most\n" in result.stdout
    assert (file["errors"], file["guide"], len(file["problems"])) == (4, False, 3)
    assert file["counts"] == [
        {"code": "X12-104", "severity": "error", "source": "own", "total": 1, "listed": 1},
        {"code": "X12-203", "severity": "error", "source": "own", "total": 3, "listed": 2},
    ]
