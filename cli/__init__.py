"""The command line: `peerbill COMMAND`. A command's module is imported when the command runs."""

import atexit
import contextlib
import errno
import gc
import importlib
import keyword
import sys
from collections.abc import Iterator
from typing import Any

try:
    import click
except ModuleNotFoundError as error:
    raise ImportError("the command peerbill needs the package click: install peerbill[cli]", name="click") from error

from peerbill import __version__
from peerbill.model.errors import PeerbillError

from . import run_log
from .console import echo, end_run, first_of, lost, never_refuse_a_character

# A process gives all back when it ends: the last walk of the collector took up to a tenth of a command.
atexit.register(gc.freeze)

COMMANDS = {
    "init": "Make a new workspace, or a copy of a shipped example.",
    "setup": "Ask what peerbill must know of an agency, and write peerbill.toml and its policy values.",
    "tables": "Show the tables of a workspace: columns, allowed words, an example row.",
    "import": "Bring the export of another program into the tables of a workspace.",
    "exclusions": "Compare the staff with a list of excluded persons.",
    "audit": "Run every check on a workspace; nothing in it is changed.",
    "bill": "Write 837 files for what passes the audit and record them in the ledger.",
    "eligibility": "Ask payers (270) about the enrolment of members who are about to be billed.",
    "post": "Read what payers answered (TA1, 999, 277CA, 835, 271, or CSV) into the ledger.",
    "claims": "List claims and what became of them, or tell the whole story of one.",
    "todo": "Tell what needs a person today, by deadline and money.",
    "report": "Show what was charged, paid, refused and is open: a page, a workbook, JSON.",
    "sample": "Draw a sample of what was billed, for a review, with a plan that draws it again.",
    "extrapolate": "Estimate from a reviewed sample what was overpaid in all, with its limits.",
    "review": "Waive findings; make checklists, record what reviewers decide, sum it up.",
    "settle": "Settle items of todo that a person has dealt with, with the reason.",
    "void": "Void claims that the payer has: frequency 8, under the payer's claim number.",
    "replace": "Replace claims that the payer has: frequency 7, under the payer's claim number.",
    "rebill": "Free the encounters of claims that the payer wants as new ones.",
    "write-off": "Give up what is owed on claims; their encounters are not billed again.",
    "withdraw": "Take back claims that were never sent or that the payer does not have, to bill them again.",
    "purge": "Take out of the ledger what tells something of persons in claims that are old and finished.",
    "check": "Validate X12 files: our own checks, then the implementation guide (pyx12).",
    "explain": "Tell what a check wants, or why an encounter comes to its units and charge.",
    "policy": "Show what a state's programme says on a day, and who says so.",
    "ledger": "Verify the audit trail of the ledger; back it up, and restore it.",
}
"""The commands in the order of a biller's work, each with its sentence; the function and its module have the command's
name, with _ for -; a word of Python has a _ at its end."""


class LazyGroup(click.Group):
    """The commands of `COMMANDS`. An error of peerbill becomes a line on standard error and exit code 2."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands' names."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        name += "_" if keyword.iskeyword(name) else ""
        with _uncollected(f"{__name__}.{name}"):
            command = getattr(importlib.import_module(f".{name}", __name__), name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{cmd_name} is no command")
        return run_log.with_log(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def main(self, *args: Any, **options: Any) -> Any:
        """Run the program."""
        never_refuse_a_character()
        return super().main(*args, **options)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command."""
        with run_log.ended(ctx):
            return self._whatever_is_printed(ctx)

    def _whatever_is_printed(self, ctx: click.Context) -> object:
        """Run a command; what it did stands where it cannot be told, and its exit code is 1 then, at least.

        So it is where the checkpoint at the end of the run cannot be written.
        """
        try:
            done = self._run(ctx)
        except click.exceptions.Exit as end:
            if not _falls_short(ctx) or end.exit_code:
                raise
        else:
            if not _falls_short(ctx):
                return done
        return ctx.exit(1)

    def _run(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            run_log.failed(error)
            command = error.ctx.command_path if error.ctx is not None else "peerbill"
            echo(f"Error: {error.format_message()} See: {command} --help", err=True)
        except PeerbillError as error:
            run_log.failed(error)
            for line in first_of(str(error).splitlines(), "correct these first"):
                echo(f"Error: {line}", err=True)
        except BrokenPipeError:
            raise
        except OSError as error:
            run_log.failed(error)
            where = f"{error.filename}: " if error.filename else ""
            echo(f"Error: {where}{error.strerror or error}", err=True)
        return ctx.exit(2)


@contextlib.contextmanager
def _uncollected(module: str) -> Iterator[None]:
    """Keep the collector of cyclic garbage from what is made while a module is imported, then and later.

    What is imported stays until the end: to walk it again and again takes a tenth of the time of a command.
    """
    if module in sys.modules or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _falls_short(ctx: click.Context) -> bool:
    """Do what is left for the end of a run; tell whether that failed, or something could not be told."""
    ended = end_run(ctx)
    return _is_lost(ctx) or not ended


def _is_lost(ctx: click.Context) -> bool:
    """Tell whether something could not be told, and say so, but to a reader who has left, as `head` does."""
    found = lost(ctx)
    for what, error in found.items():
        if error.errno != errno.EPIPE:
            echo(f"Error: {what}: {error.strerror}", err=True)
    return bool(found)


def _print_versions(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:  # click's signature
    """Print the version of the program and that of the policy data, where they are asked for."""
    if not wanted:
        return
    from peerbill.policy.data_version import policy_data_version  # noqa: PLC0415  # for this option alone

    echo(f"peerbill, version {__version__}\npolicy data {policy_data_version()}")
    ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_versions, help="Show the versions."
)
def main() -> None:
    """Turn documented Medicaid peer support into clean claims.

    Begin with: peerbill init DIR --example mi-recovery-coach
    """
