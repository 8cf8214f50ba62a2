"""`peerbill init`: a new workspace."""

from pathlib import Path

import click

from peerbill.intake.sheets import BOOK
from peerbill.intake.workspace import examples, make_workspace
from peerbill.model.ids import validate_tag

from . import output
from .console import echo


def _list_examples(ctx: click.Context, param: click.Parameter, wanted: bool) -> None:
    del param
    if wanted:
        for example in examples():
            echo(f"{example.name}: {example.title}")
        ctx.exit()


def _tag(ctx: click.Context, param: click.Parameter, text: str) -> str:
    del ctx, param
    try:
        return validate_tag(text) if text else ""
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command(short_help="Make a new workspace, or a copy of a shipped example.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--example", metavar="NAME", help="Copy this shipped example.")
@click.option("--excel", is_flag=True, help="Make the tables as the sheets of one workbook, workspace.xlsx.")
@click.option("--tag", metavar="TAG", default="", callback=_tag, help="The tag of its ledger, drawn by default.")
@click.option(
    "--list", is_flag=True, is_eager=True, expose_value=False, callback=_list_examples, help="List the examples."
)
def init(folder: Path, example: str | None, tag: str, *, excel: bool) -> None:
    """Make a workspace in DIR, which must be new or empty: commented, without rows, or a copy of an example.

    It gets an empty ledger, whose tag is part of every claim id: four capitals and digits that no other ledger has.
    """
    workspace = make_workspace(folder, example, tag, workbook=excel)
    if workspace is None:
        echo(f"Made a workspace in {folder}.")
        tables = f"the sheets of {folder / BOOK}" if excel else "the tables beside it"
        echo(
            f"Next: peerbill setup {output.in_command(folder)} asks for what {folder / 'peerbill.toml'} needs, "
            "or fill it in yourself."
        )
        echo(f"Then fill in {tables}, and run: peerbill audit {output.in_command(folder)}")
        return
    echo(f"Made a copy of {workspace.name} in {folder}: {workspace.title}.")
    echo(workspace.about)
    echo(f"It was written for the day {workspace.as_of}.")
    echo(f"Next: peerbill audit {output.in_command(folder)} --as-of {workspace.as_of}")
