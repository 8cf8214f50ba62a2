"""What the README shows works as it stands there."""

import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from doc_pages import blocks, commands, invoke

from peerbill.cli import main
from peerbill.intake.workspace import examples, make_workspace, read_workspace

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_commands_of_the_tours_run_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    day = next(example.as_of for example in examples() if example.name == "nj-recovery-coach")
    for command in commands(README):
        arguments = command[1:]
        if command[1] in {"audit", "bill"} and "--as-of" not in arguments:
            arguments += ["--as-of", f"{day}"]
        if command[1] == "init":
            arguments += ["--tag", "K7Q2"]  # that of the claim which the tour looks at
        result = invoke(arguments)

        assert (arguments, result.exit_code) == (arguments, 0), result.output


def test_the_python_of_the_integrator_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    claims, agency, form, rows, asked, read, documents, answers, own = blocks(README, "python")
    names: dict[str, Any] = {}

    def run(block: str) -> str:
        exec(compile(block, "README.md", "exec"), names)  # noqa: S102  # the README is ours
        return capsys.readouterr().out

    run(claims)
    number = len(names["claims"])
    assert names["content"].startswith(b"ISA*00*")
    assert names["report"].problems == ()
    written, again = run(agency).splitlines()
    assert written.endswith(".837', b'ISA')]")
    assert again == f"1 {number}"
    assert run(form) == "held 5 ['PB805']\n"

    assert run(rows) == "() () () ()\n"
    assert [str(one.start) for one in names["ours"].encounters] == ["2026-09-14 10:00:00"]

    assert run(asked).splitlines()[0] == "H0038 ('HF',) (2, 3) primary"

    shown = run(read).splitlines()
    assert len(shown) == number
    assert all(line.startswith("True 000000001 ") and line.endswith(" ()") for line in shown)

    run(own)
    assert [check.code for check in names["CHECKS"]] == ["X101"]

    run(documents)
    assert names["document"].startswith(b'{"schema":1,"kind":"claims","value":[')

    example = make_workspace(Path("answered"), "mi-recovery-coach", "TEST")
    assert example is not None
    CliRunner().invoke(main, ["bill", "answered", "--out", "claims", "--as-of", f"{example.as_of}"])
    Path("downloads").mkdir()
    shutil.copyfile("answered/answers/3-835.edi", "downloads/0420.835")
    names |= {"folder": Path("answered"), "records": read_workspace(Path("answered")), "day": example.as_of}
    names["settings"] = names["records"].settings
    run(answers)

    assert Counter(names["kinds"]) == {"RemittanceHead": 1, "ClaimPayment": 25, "RemittanceEnd": 1}
    assert names["posted"].matched == 25
    assert [refused.claim_id for refused in names["looked"].plan.refused] == ["PBTEST00000009"]
    assert names["todo"].items


def test_the_table_of_commands_is_the_program_s() -> None:
    shown = set(re.findall(r"^\| `peerbill ([\w-]+)", README, flags=re.MULTILINE))

    assert shown == set(main.list_commands(click.Context(main)))
