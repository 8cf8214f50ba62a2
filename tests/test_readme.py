"""What the README shows works as it stands there."""

import re
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from peerbill.cli import main
from peerbill.workspace import examples

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def commands() -> list[list[str]]:
    lines = [line.partition(" #")[0].strip() for block in blocks("sh") for line in block.splitlines()]
    return [shlex.split(line) for line in lines if line.startswith("peerbill ")]


def test_the_commands_of_the_tours_run_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    day = next(example.as_of for example in examples() if example.name == "nj-recovery-coach")
    for command in commands():
        arguments = [
            name for word in command[1:] for name in (sorted(map(str, Path().glob(word))) if "*" in word else [word])
        ]
        if command[1] in {"audit", "bill"} and "--as-of" not in arguments:
            arguments += ["--as-of", f"{day}"]
        result = CliRunner().invoke(main, arguments)

        assert (arguments, result.exit_code) == (arguments, 0), result.output


def test_the_python_of_the_integrator_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (block,) = blocks("python")
    names: dict[str, object] = {}
    exec(compile(block, "README.md", "exec"), names)  # noqa: S102  # the README is ours

    assert str(names["text"]).startswith("ISA*00*")
    assert capsys.readouterr().out.startswith("billable ")


def test_the_table_of_commands_is_the_program_s() -> None:
    shown = set(re.findall(r"^\| `peerbill ([\w-]+)", README, flags=re.MULTILINE))

    assert shown == set(main.list_commands(click.Context(main)))
