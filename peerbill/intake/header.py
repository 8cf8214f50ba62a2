"""What CSV and JSON Lines share: opening a file, and holding its columns against the table's."""

import codecs
import csv
import difflib
import io
import os
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from peerbill.intake.tables import TABLES, Table
from peerbill.model.beginning import Beginning
from peerbill.model.errors import UnusableInputError
from peerbill.model.input_files import open_file, unreadable
from peerbill.model.limits import DEFAULT, Limits
from peerbill.model.words import bare

_CELLS_OF_A_LINE = 100
"""How many cells of the greatest length a line may have."""

REQUIRED_MARK = "*"
"""What a header may have behind the name of a required column."""


@contextmanager
def opened(path: Path, limits: Limits = DEFAULT, beginning: Beginning | None = None) -> Iterator[Iterator[str]]:
    """Open a text file in UTF-8, with or without BOM, to read its lines; those after a beginning, where it is given.

    Raises UnusableInputError where it is neither there nor UTF-8, or larger than `limits`.
    """
    try:
        with io.TextIOWrapper(open_file(path), encoding="utf-8-sig", newline="") as file:
            if os.fstat(file.fileno()).st_size > limits.table_bytes:
                raise UnusableInputError(
                    f"{path.name}: expected at most {limits.table_bytes:,} bytes, found more. Is it the right file? "
                    "A higher table_bytes can be set under [limits] in peerbill.toml."
                )
            # Python's decoder takes a file that ends within the mark for an empty one.
            begin = file.buffer.peek(3)[:3]
            if len(begin) in {1, 2} and codecs.BOM_UTF8.startswith(begin):
                raise UnusableInputError(_not_utf_8(path))
            if beginning is not None:
                file.buffer.seek(beginning.size)
            before = beginning.lines if beginning is not None else 0
            yield _lines(file, path.name, limits.cell_characters * _CELLS_OF_A_LINE, before)
    except UnicodeDecodeError as error:
        raise UnusableInputError(_not_utf_8(path)) from error
    except OSError as error:
        raise UnusableInputError(unreadable(path.name, error)) from error


def _lines(file: io.TextIOWrapper, name: str, longest: int, number: int) -> Iterator[str]:
    """Yield the lines of a file behind the first ones; raise UnusableInputError for one that would not end."""
    while line := file.readline(longest):
        number += 1
        if len(line) == longest and not line.endswith(("\n", "\r")):
            raise UnusableInputError(
                f"{name} line {number}: expected a line of at most {longest:,} characters, found a longer one. "
                "Is it the right file?"
            )
        yield line


def match_columns(where: str, header: Iterable[str], table: Table) -> tuple[dict[str, int], list[str]]:
    """Return the position of each known column, and the unknown names.

    Spaces around a name and its case do not matter, nor does the `*` behind the name of a required column. Raises
    UnusableInputError for a name that occurs twice.
    """
    known = {column.lower(): column for column in table.columns}
    columns: dict[str, int] = {}
    unknown: dict[str, None] = {}
    for at, cell in enumerate(header):
        name = cell.strip().removesuffix(REQUIRED_MARK).rstrip()
        column = known.get(name.lower())
        if column is None and name and name not in unknown:
            unknown[name] = None
        elif column is not None and column not in columns:
            columns[column] = at
        elif name:
            raise UnusableInputError(
                f"{where}: column {column or at + 1}: expected each column once, found its name twice. "
                "Rename or remove one of the two."
            )
    return columns, list(unknown)


def check_columns(
    where: str, present: Collection[str], unknown: Collection[str], table: Table, *, badly_separated: bool = False
) -> None:
    """Raise UnusableInputError where a required column is missing."""
    missing = [column for column in table.required if column not in present]
    named = {*present, *table.required}
    if table.named_by and named.isdisjoint(table.named_by):
        missing.append(" or ".join(table.named_by))
    if not missing:
        return
    if badly_separated:
        fix = "Separate columns by commas: save the sheet as CSV UTF-8 (comma delimited)."
    elif close := list(_misspelled(missing, present, unknown, table)):
        fix = "Rename " + ", ".join(f"{name} to {column}" for name, column in close) + "."
    else:
        fix = f"Add the column to the header; the table {table.name} needs {', '.join(table.required)}."
    word = "column" if len(missing) == 1 else "columns"
    raise UnusableInputError(f"{where}: {word} {', '.join(missing)}: expected in the header, found none. {fix}")


_COLUMN_NAME = re.compile(r"[A-Za-z][A-Za-z _./#()-]{0,39}[0-9]?")
_FEW = 3


def are_column_names(unknown: Collection[str], present: Collection[str], columns: Collection[str]) -> bool:
    """Return whether all unknown cells of a header may be names of columns, which messages show.

    They are data where the first row is glued to the header or where there is no header: then one of them does not
    look like a name, or begins with a column's name, or they are more than the columns that are `present`. `columns`
    are the names that are known.
    """
    return len(unknown) <= max(len(present), _FEW) and all(is_like_a_column(name, columns) for name in unknown)


def is_like_a_column(name: str, columns: Iterable[str]) -> bool:
    """Return whether a cell of a header looks like the name of a column, and none that is known is glued to it."""
    return bool(_COLUMN_NAME.fullmatch(name)) and not any(_is_glued(name, column) for column in columns)


def _is_glued(name: str, column: str) -> bool:
    rest = name[len(column) :] if name.lower().startswith(column.lower()) else ""
    return rest[:1].isupper() or (rest[:1].isdigit() and len(rest) > 1)


def _misspelled(
    missing: Iterable[str], present: Collection[str], unknown: Collection[str], table: Table
) -> Iterator[tuple[str, str]]:
    """Yield the unknown column that may be meant by a missing one, with the missing one."""
    shown = are_column_names(unknown, present, table.columns)
    for column in missing:
        near = nearest(column, unknown)
        if near and (shown or is_same_name(near[0], column)):
            yield near[0], column


def is_same_name(cell: str, column: str) -> bool:
    """Return whether a cell is a column's name but for case, spaces and signs."""
    return bare(cell.replace("_", "")) == bare(column.replace("_", ""))


def nearest(word: str, among: Iterable[str]) -> list[str]:
    """Return the word that somebody may have meant, in a list of at most one."""
    by_lower = {other.lower(): other for other in among}
    return [by_lower[near] for near in difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.75)]


def _not_utf_8(path: Path) -> str:
    """Say where a file stops being UTF-8."""
    fix = 'Save it as "CSV UTF-8".' if path.suffix == ".csv" else "Save it in UTF-8."
    with open_file(path) as file:
        header: list[str] = []
        for number, line in enumerate(file, start=1):
            if number == 1 and line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                return f"{path.name}: expected UTF-8, found UTF-16. {fix}"
            text = line.decode("utf-8-sig" if number == 1 else "utf-8", errors="replace")
            cells = _first_cells(text) if path.suffix == ".csv" else []
            header = header or cells
            if _is_utf_8(line):
                continue
            damaged = (at for at, cell in enumerate(cells) if "\N{REPLACEMENT CHARACTER}" in cell)
            column = _column_of(path, header, next(damaged, len(header))) if number > 1 else ""
            at = f"line {number}: column {column}" if column else f"line {number}"
            return f"{path.name} {at}: expected UTF-8, found a character in another encoding. {fix}"
    return f"{path.name}: expected UTF-8, found another encoding. {fix}"


def _column_of(path: Path, header: Sequence[str], at: int) -> str:
    """Return the name of a column of ours, or its place: the first row may be a person; "" beyond the header."""
    table = TABLES.get(path.stem)
    name = header[at].strip() if at < len(header) else ""
    return name if table is not None and name in table.columns else str(at + 1) if name else ""


def _first_cells(text: str) -> list[str]:
    try:
        return next(csv.reader(text.splitlines()), [])
    except csv.Error:
        return []


def _is_utf_8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
