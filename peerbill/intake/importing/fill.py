"""The cells of a column of ours from the cells of theirs, as the mapping says."""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from peerbill.codes import diagnosis, is_diagnosis_shape
from peerbill.intake.cells import Unreadable, Words
from peerbill.intake.importing import values
from peerbill.intake.importing.mapping import ColumnMapping
from peerbill.intake.importing.names import labelled_part, split_address, split_name
from peerbill.intake.importing.shape import Body, plain
from peerbill.intake.importing.values import Unclear
from peerbill.intake.tables import LIMITING, Table

Cell = str | Unreadable

_PAST = frozenset({"birth_date", "recovery_since", "died_on", "hired_on", "issued_on"})
"""Days that may be of the last century."""
_DIAGNOSES = re.compile(r"[;,|\s]+")
_DESCRIBED = re.compile(r"([A-Za-z][0-9][0-9A-Ba-b](?:\.?[0-9A-Za-z]{1,4})?)(?=\s|$|:|-)")
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?", re.ASCII)
"""A moment with a single reading, as workbooks and databases have it; the table reads it as it is."""


def is_closed(table: Table, name: str) -> bool:
    """Return whether a column takes the words of a list alone: the list reads those that a mapping does not name."""
    read = table.special.get(name)
    return isinstance(read, Words) and not read.own


def texts_of(body: Body, names: Sequence[str], join: str) -> Sequence[str]:
    """Return the cells of several columns of theirs, those that are filled joined."""
    places = {plain(name): name for name in body.columns}
    several = [body.cells(places[plain(name)]) for name in names]
    if len(several) == 1:
        return several[0]
    return [join.join(filter(None, cells)) for cells in zip(*several, strict=True)]


def fill(
    body: Body, table: Table, name: str, columns: Mapping[str, ColumnMapping], mapping: str
) -> Sequence[Cell] | Unclear:
    """Return the cell of each row for a column of ours; names stay as they are, to be looked up.

    `columns` are all columns that the mapping fills from these rows. Unclear: the column leaves two readings.
    """
    column = columns[name]
    if not column.columns:
        return [column.prefix + column.value] * len(body.rows)
    texts = texts_of(body, column.columns, column.join)
    if name in table.times:
        return _moments(body, texts, column)
    if name in table.dates:
        return _days(texts, name, column)
    labels = [other.label for other in columns.values() if other.label and other.columns == column.columns]
    make = cache(_maker(table, name, column, labels, mapping))
    return [make(text) for text in texts]


def _days(texts: Sequence[str], name: str, column: ColumnMapping) -> Sequence[Cell] | Unclear:
    mapped = _mapped(column)
    days = [values.parts(text)[0] if text else column.default for text in map(mapped, texts)]
    read = values.day_reader(set(days), column.form, past=name in _PAST, last=name in LIMITING)
    if isinstance(read, Unclear):
        return read

    @cache
    def make(text: str) -> Cell:
        day = read(text)
        return day if isinstance(day, Unreadable) else day.isoformat()

    return [make(day) if day else "" for day in days]


def _moments(body: Body, texts: Sequence[str], column: ColumnMapping) -> Sequence[Cell] | Unclear:
    starts = _joined(texts, texts_of(body, (column.time,), "")) if column.time else texts
    earlier = _joined(texts, texts_of(body, (column.after,), "")) if column.after else []
    # A day that is joined to a time says nothing of the clock of that time.
    clear = {text for text in (*starts, *earlier) if not column.time and _ISO.fullmatch(text)}
    unclear = {text for text in (*starts, *earlier) if text} - clear
    reader = values.moment_reader(unclear, column.form, column.clock)
    if isinstance(reader, Unclear):
        return reader

    @cache
    def read(text: str) -> dt.datetime | Unreadable:
        return _iso_moment(text) if text in clear else reader.read(text)

    @cache
    def write(text: str, after: str, length: str) -> Cell:
        if not text:
            return column.default
        moment = read(text)
        if isinstance(moment, Unreadable):
            return moment
        if column.plus:
            added = values.duration(length, column.unit) if length else None
            if not isinstance(added, dt.timedelta):
                return added or ""
            moment += added
        before = read(after) if after else None
        if isinstance(before, dt.datetime) and moment.replace(tzinfo=None) < before.replace(tzinfo=None):
            moment += dt.timedelta(days=1)
        return written(moment)

    none = [""] * len(starts)
    return list(map(write, starts, earlier or none, texts_of(body, (column.plus,), "") if column.plus else none))


def _iso_moment(text: str) -> dt.datetime | Unreadable:
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return Unreadable("expected a time, found one that is not in the calendar", "Correct the cell in the export.")


def written(moment: dt.datetime) -> str:
    """Return a moment as tables have it, with seconds where they are not 0."""
    return moment.isoformat(timespec="seconds" if moment.second else "minutes")


def _joined(days: Sequence[str], times: Sequence[str]) -> list[str]:
    """Join each day to its time; a spreadsheet keeps a time as one of its day 0, and a day as its midnight."""
    return [
        f"{values.parts(day)[0]} {values.parts(time)[1] or time}" if day and time else ""
        for day, time in zip(days, times, strict=True)
    ]


def _maker(
    table: Table, name: str, column: ColumnMapping, labels: Sequence[str], mapping: str
) -> Callable[[str], Cell]:
    """Return what makes the text of ours from that of theirs."""
    mapped = _mapped(column)
    words = {plain(word) for word in (*column.values, *column.values.values())}
    strict = bool(column.values) and not is_closed(table, name) and not (column.split or column.person or column.label)
    unmapped = Unreadable(
        "expected a word that values of the mapping names, found another",
        f"Add the word to values of {table.name}.{name} in {mapping} line {column.line}.",
    )
    coded = name in table.special or bool(column.width)

    def make(text: str) -> Cell:
        if not text:
            return column.default
        if column.filled:
            return column.filled
        if strict and plain(text) not in words:
            return unmapped
        cell = _part(mapped(text), name, column, labels)
        if isinstance(cell, Unreadable) or column.person:
            return cell
        if name == "diagnoses":
            cell = _diagnoses(cell)
        elif coded or column.separator:
            cell = _several(cell, column, numbers=coded)
        return cell if isinstance(cell, Unreadable) or not cell else column.prefix + cell

    return make


def _part(text: str, name: str, column: ColumnMapping, labels: Sequence[str]) -> Cell:
    """Return the part of a text that the column is to have."""
    if column.label:
        part = labelled_part(text, column.label, labels)
        if not part and not any(labelled_part(text, label, labels) for label in labels):
            return Unreadable(
                f"expected a text with labels such as {column.label}:, found none",
                "Correct label in the mapping, or the cell in the export.",
            )
        return part
    if column.split and not column.person:
        divided = split_address(text) if column.split == "address" else split_name(text, column.split)
        if isinstance(divided, Unreadable):
            return divided
        return next((part for ending, part in divided.items() if name.endswith(ending)), "")
    return text


def _several(text: str, column: ColumnMapping, *, numbers: bool) -> Cell:
    """Return the values of a cell, split by `;`; numbers without a spreadsheet's decimals, with their zeros."""
    parts = [part.strip() for part in text.split(column.separator)] if column.separator else [text]
    cells = [values.digits(part, column.width) if numbers else part for part in parts if part]
    bad = next((cell for cell in cells if isinstance(cell, Unreadable)), None)
    return bad if bad is not None else ";".join(cell for cell in cells if isinstance(cell, str))


def _mapped(column: ColumnMapping) -> Callable[[str], str]:
    """Return what puts our word in place of theirs."""
    if not column.values:
        return str
    ours = {plain(theirs): word for theirs, word in column.values.items()}
    return lambda text: ours.get(plain(text), text)


def _diagnoses(text: str) -> Cell:
    """Return the codes of a cell, each with its dot if the list of codes has it; a text behind a code is left out."""
    pieces = [piece for piece in _DIAGNOSES.split(text) if piece]
    if not all(map(is_diagnosis_shape, pieces)):
        described = _DESCRIBED.match(text)  # F11.20 - Opioid dependence, uncomplicated
        if described is None or any(map(_is_code, pieces[1:])):
            return Unreadable(
                "expected diagnoses such as F11.20; F41.1, found another text",
                "Export the codes in a column of their own.",
            )
        pieces = [described[1]]
    return ";".join(found.dotted if (found := diagnosis(piece)) else piece.upper() for piece in pieces)


def _is_code(text: str) -> bool:
    return is_diagnosis_shape(text) and any(map(str.isdigit, text))
