"""`peerbill tables`: the tables of a workspace, their columns, and the words that a column takes."""

import csv
import io
from pathlib import Path

import click

from peerbill.documents.tables_report import tables_report
from peerbill.intake import nearest
from peerbill.intake.column_help import Column, TableHelp, table_help
from peerbill.intake.sheets import BOOK
from peerbill.intake.tables import TABLES
from peerbill.model.errors import UnusableInputError

from . import options, output
from .console import echo


@click.command(short_help="Show the tables of a workspace: columns, allowed words, an example row.")
@click.argument("name", required=False, metavar="[NAME]")
@options.json_file
def tables(name: str | None, json_file: Path | None) -> None:
    """Show which tables a workspace has; of the table NAME, its columns, allowed words and an example row.

    Exit code: 0, or 2 where no table has the name.
    """
    if name is not None and name not in TABLES:
        near = nearest(name, TABLES)
        fix = f"Did you mean {near[0]}?" if near else "List them with: peerbill tables"
        raise UnusableInputError(f"{name}: expected the name of a table. {fix}")
    shown = tuple(map(table_help, TABLES)) if name is None else (table_help(name),)
    to_pipe = json_file == output.STANDARD
    if name is None:
        _print_tables(shown, err=to_pipe)
    else:
        _print_table(shown[0], err=to_pipe)
    if json_file is not None:
        output.write_json(json_file, tables_report(shown))


def _print_tables(tables: tuple[TableHelp, ...], *, err: bool) -> None:
    output.print_table(
        ("table", "needed", "a row is", "columns that must be there"),
        [
            (
                table.name,
                "yes" if table.required else "",
                _plain(table.about),
                ", ".join(column.name for column in table.columns if column.required),
            )
            for table in tables
        ],
        err=err,
    )
    echo(f"Each as NAME.csv, NAME.jsonl or a sheet of {BOOK}. The columns of one: peerbill tables NAME", err=err)


def _print_table(table: TableHelp, *, err: bool) -> None:
    for note in (table.about, *table.notes):
        output.print_paragraph(_plain(note), err=err)
    output.print_table(
        ("column", "needed", "value", "what it is for"),
        [
            (column.name, "yes" if column.required else "", _kind(column), _plain(column.about))
            for column in table.columns
        ],
        err=err,
    )
    filled = [column for column in table.columns if column.example]
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(column.name for column in filled)
    rows.writerow(column.example for column in filled)
    echo(f"Example:\n{out.getvalue()}", nl=False, err=err)


def _kind(column: Column) -> str:
    own = " or a word of your policy" if column.own_words else ""
    kind = ", ".join(column.words) + own if column.words else _plain(column.kind)
    return kind + (", several with ;" if column.several else "")


def _plain(text: str) -> str:
    return text.replace("`", "")
