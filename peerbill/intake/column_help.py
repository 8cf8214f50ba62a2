"""What each table and column is for, for the people who fill them in: made from the types, and `columns.toml`."""

import datetime as dt
import inspect
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

import attrs

from peerbill.intake import cells
from peerbill.intake.tables import TABLES, Table

REQUIRED = ("staff", "members", "coverage", "encounters")
"""The tables that a workspace cannot do without."""

TEXT, DAY, TIME, YES_NO = "text", "day", "time", "`yes` or `no`"
WHOLE_NUMBER, DOLLARS, HOURS = "whole number", "dollars", "hours, with decimals where needed"
"""Kinds of values that a workbook has formats for; `Column.kind` has others too."""

_KEYS = {"payer": "key of `[payers]`", "site": "key of `[sites]`"}

_KINDS: Mapping[object, str] = {
    str: TEXT,
    tuple[str, ...]: TEXT,
    int | None: WHOLE_NUMBER,
    Decimal | None: DOLLARS,
    bool | None: YES_NO,
    dt.date | None: DAY,
    dt.datetime | None: TIME,
    cells.text: TEXT,
    cells.identifier: "id",
    cells.encounter_id: "id",
    cells.name: TEXT,
    cells.number_of: "number; spaces and hyphens are dropped",
    cells.capitals: "code; spaces and hyphens are dropped",
    cells.code: "code",
    cells.folded: "word of the programme's policy",
    cells.share: "share of full time, 0 to 1",
    cells.hours: HOURS,
    cells.state: "state: two letters, or its name",
    cells.zip_code: "ZIP code of 5 or 9 digits",
    cells.signer: "id, `member` or `guardian`",
    cells.adjustment: "`GROUP:REASON:AMOUNT`",
}


@attrs.frozen
class Column:
    """A column of a table.

    Attributes:
        name: as the header has it.
        required: whether the file must have it.
        kind: the kind of value.
        words: the words that it takes; empty where it takes others than words of a list.
        own_words: whether an agency's policy may add to the words.
        several: whether a cell takes several values, split by `;`.
        about: what it is for.
        example: a value; "" where the example leaves the cell blank.

    """

    name: str
    required: bool
    kind: str
    words: tuple[str, ...]
    own_words: bool
    several: bool
    about: str
    example: str


@attrs.frozen
class TableHelp:
    """A table: whether a workspace must have it, what a row is, what holds for its rows, and its columns."""

    name: str
    required: bool
    about: str
    notes: tuple[str, ...]
    columns: tuple[Column, ...]


@cache
def table_help(name: str) -> TableHelp:
    """Describe a table. KeyError: it is not one of `TABLES`."""
    table = TABLES[name]
    meanings, example = _meanings()[name], _meanings()["example"].get(name, {})
    types = {field.name.rstrip("_"): field.type for field in attrs.fields(table.record)}
    return TableHelp(
        name,
        name in REQUIRED,
        _about(table),
        _notes(table),
        tuple(
            _column(table, column, types[column], meanings[column], str(example.get(column, "")))
            for column in table.columns
        ),
    )


def _column(table: Table, column: str, type_: object, about: str, example: str) -> Column:
    read = table.special.get(column)
    words = read.vocabulary.words if isinstance(read, cells.Words) else ()
    if column in _KEYS:
        kind = _KEYS[column]
    elif isinstance(read, cells.Words):
        kind = "word of the list"
    else:
        kind = _KINDS[type_ if read is None else read]
    return Column(
        name=column,
        required=column in table.required,
        kind=kind,
        words=words,
        own_words=isinstance(read, cells.Words) and read.own,
        several=type_ == tuple[str, ...],
        about=about,
        example=example,
    )


def _about(table: Table) -> str:
    about = " ".join(inspect.cleandoc(table.record.__doc__ or "").split("\n\n")[0].split())
    return about.replace(f"Table `{table.name}`.", "").strip()


def _notes(table: Table) -> tuple[str, ...]:
    notes = []
    if table.unique:
        notes.append(f"Each `{table.key}` is its own: every row that repeats one is refused.")
    if table.named_by:
        notes.append(f"Each row needs {' or '.join(f'`{name}`' for name in table.named_by)}.")
    if table.name != "encounters":
        notes.append(_unreadable(table))
    return tuple(notes)


def _unreadable(table: Table) -> str:
    if table.can_forbid:
        return f"A row that cannot be read holds every encounter that it could concern ({table.code})."
    if table.ends:
        return f"A cell that cannot be read holds the encounters of that person ({table.code})."
    limiting = " or ".join(f"`{column}`" for column in table.columns if table.fails_closed(column))
    if limiting:
        return (
            f"A row that cannot be read is left out; where {limiting} cannot be read, it holds what it could concern "
            f"({table.code})."
        )
    return "A row that cannot be read is left out, which can only hold an encounter."


@cache
def _meanings() -> Mapping[str, Any]:
    return tomllib.loads((resources.files(__package__) / "columns.toml").read_text(encoding="utf-8"))
