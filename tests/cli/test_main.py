import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from peerbill import __version__
from peerbill.cli import COMMANDS, main
from peerbill.model.errors import PolicyError, UnusableInputError
from peerbill.policy.data_version import policy_data_version


def test_help_names_every_command_and_what_it_does() -> None:
    result = CliRunner().invoke(main, ["--help"], terminal_width=200)

    assert result.exit_code == 0
    for command, text in COMMANDS.items():
        assert f"  {command}" in result.output
        assert text in result.output


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_says_in_its_help_what_the_list_says(name: str) -> None:
    context = click.Context(main)
    command = main.get_command(context, name)

    assert command is not None
    assert command.get_short_help_str(limit=200) == COMMANDS[name]
    shown = CliRunner().invoke(main, [name, "--help"], terminal_width=80)
    assert shown.exit_code == 0
    assert max(map(len, shown.stdout.splitlines())) <= 80


def test_version() -> None:
    assert CliRunner().invoke(main, ["--version"]).output == (
        f"peerbill, version {__version__}\npolicy data {policy_data_version()}\n"
    )


def test_an_unknown_command_is_a_wrong_use() -> None:
    result = CliRunner().invoke(main, ["bil"])

    assert result.exit_code == 2
    assert "No such command 'bil'" in result.stderr


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (UnusableInputError("staff.csv: no."), "Error: staff.csv: no.\n"),
        (PolicyError(("a", "b")), "Error: a\nError: b\n"),
        (PermissionError(13, "Permission denied", "out"), "Error: out: Permission denied\n"),
        (OSError(28, "No space left on device"), "Error: No space left on device\n"),
    ],
)
def test_what_is_raised_is_told_in_a_line_and_exits_with_2(
    monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    @click.command()
    def failing() -> None:
        raise error

    monkeypatch.setattr(type(main), "get_command", lambda *_: failing)
    result = CliRunner().invoke(main, ["init"])

    assert (result.exit_code, result.stdout, result.stderr) == (2, "", told)


def test_help_imports_none_of_what_only_commands_need() -> None:
    program = (
        "import sys, peerbill.cli\n"
        "peerbill.cli.main(['--help'], standalone_mode=False)\n"
        "heavy = {'rich', 'sqlalchemy', 'msgspec', 'attrs', 'pyx12', 'peerbill.checks.audit', 'peerbill.cli.bill'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_the_collector_walks_neither_what_a_command_imports_nor_what_is_there_at_the_end() -> None:
    program = (
        "import atexit, gc, click\n"
        "atexit.register(lambda: print(gc.get_freeze_count() > 0))\n"
        "import peerbill.cli\n"
        "walks = []\n"
        "gc.callbacks.append(lambda phase, _: walks.append(phase))\n"
        "peerbill.cli.main.get_command(click.Context(peerbill.cli.main), 'init')\n"
        "print(len(walks), gc.isenabled(), gc.get_freeze_count() > 0)\n"
        "gc.unfreeze()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr) == ("0 True True\nTrue\n", "")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["bill"], "Error: Missing argument 'DIR'. See: peerbill bill --help\n"),
        (["bil"], "Error: No such command 'bil'. See: peerbill --help\n"),
        (
            ["audit", "x", "--as-of", "11/9/2026"],
            (
                "Error: Invalid value for '--as-of': expected a day such as 2026-03-02, found 11/9/2026. "
                "See: peerbill audit --help\n"
            ),
        ),
        (
            ["audit", "x", "--as-oj"],
            "Error: No such option '--as-oj'. Did you mean '--as-of'? See: peerbill audit --help\n",
        ),
    ],
)
def test_a_wrong_use_is_one_line(arguments: list[str], told: str) -> None:
    result = CliRunner().invoke(main, arguments, prog_name="peerbill")

    assert (result.exit_code, result.stdout, result.stderr) == (2, "", told)
