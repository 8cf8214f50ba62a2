"""Where the table is in a sheet: its header, its rows, and what is around them."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

import attrs

from peerbill.intake.header import are_column_names, is_same_name, nearest
from peerbill.intake.importing.files import ExportSheet
from peerbill.model.errors import UnusableInputError
from peerbill.model.plural import counted

_HEADER_WITHIN = 60
_AROUND = re.compile(
    r"\b(?:(?:sub|grand )?totals?|count|sum|pages?|printed|generated|report|end of|records|run)\b", re.IGNORECASE
)
_NUMBERED = re.compile(r" \(([0-9]+)\)$")


@attrs.frozen
class OmittedRow:
    """A row that holds no data: its line, and why it was left out."""

    line: int
    why: str


@attrs.frozen
class Body:
    """The rows of a sheet below its header.

    `columns` maps each column's name to its position; `broken` are rows that do not fit the header, with the reason.
    """

    sheet: ExportSheet
    header_line: int
    columns: Mapping[str, int]
    lines: Sequence[int] = attrs.field(repr=False)
    rows: Sequence[Sequence[str]] = attrs.field(repr=False)
    left_out: Sequence[OmittedRow] = ()
    broken: Sequence[OmittedRow] = ()

    def cells(self, column: str) -> list[str]:
        """Return the cells of a column, without the spaces around them."""
        at = self.columns[column]
        return [row[at].strip() for row in self.rows]


def plain(name: str) -> str:
    """Return a column's name as names are compared: lower case, single spaces."""
    return " ".join(name.lower().split())


def find_body(sheet: ExportSheet, needed: Collection[str] = (), header_line: int = 0) -> Body:
    """Return the rows below the header: the first row that has every needed column, or looks like a row of names.

    Raises UnusableInputError where no row has all of them.
    """
    at = _header_at(sheet, needed, header_line)
    line, header = sheet.rows[at]
    columns = _named(header)
    width = len(header)
    left_out = [OmittedRow(above, "above the row of column names") for above, _ in sheet.rows[:at]]
    broken = [OmittedRow(fault, why) for fault, why in sheet.faults]
    names = [cell.strip() for cell in header]
    lines: list[int] = []
    rows: list[Sequence[str]] = []
    few = max(1, len(columns) // 6)
    for number, cells in sheet.rows[at + 1 :]:
        row = cells
        if row[0] == header[0] and [cell.strip() for cell in row[:width]] == names:
            left_out.append(OmittedRow(number, "the column names again"))
            continue
        if len(row) != width:
            filled = [cell for cell in row if cell.strip()]
            if len(row) < width and not any(names[len(row) :]):
                row = [*row, *[""] * (width - len(row))]
            elif len(row) > width and not any(cell.strip() for cell in row[width:]):
                row = row[:width]
            elif _is_around(filled, few):
                left_out.append(OmittedRow(number, _few(len(filled), len(columns))))
                continue
            else:
                broken.append(OmittedRow(number, f"expected {width} cells as in the header, found {len(row)}"))
                continue
        lines.append(number)
        rows.append(row)
    kept_lines, kept, sparse = _without_sparse(lines, rows, few, len(columns))
    left_out += sparse
    left_out.sort(key=lambda row: row.line)
    return Body(sheet, line, columns, kept_lines, kept, tuple(left_out), tuple(broken))


def _without_sparse(
    lines: Sequence[int], rows: Sequence[Sequence[str]], few: int, width: int
) -> tuple[list[int], list[Sequence[str]], list[OmittedRow]]:
    """Take out the rows that are a total, a date of printing or a heading, by their few cells and their words."""
    if width < 3:
        return list(lines), list(rows), []
    kept_lines: list[int] = []
    kept: list[Sequence[str]] = []
    left_out: list[OmittedRow] = []
    for line, row in zip(lines, rows, strict=True):
        # Counted roughly first: nearly all rows are full.
        filled = [cell for cell in row if cell.strip()] if len(row) - row.count("") <= few + 2 else ()
        if filled and _is_around(filled, few):
            left_out.append(OmittedRow(line, _few(len(filled), width)))
        else:
            kept_lines.append(line)
            kept.append(row)
    return kept_lines, kept, left_out


def _is_around(filled: Sequence[str], few: int) -> bool:
    """Return whether the filled cells of a row make it a heading or a total: one alone, or few with a word of such."""
    return len(filled) == 1 or (len(filled) <= few and any(map(_AROUND.search, filled)))


def _few(filled: int, width: int) -> str:
    return f"only {filled} of {width} cells {'is' if filled == 1 else 'are'} filled, as in a heading or a total"


def _header_at(sheet: ExportSheet, needed: Collection[str], header_line: int) -> int:
    """Return the position of the header among the rows."""
    if header_line:
        at = next((at for at, (line, _) in enumerate(sheet.rows) if line == header_line), None)
        if at is None:
            raise UnusableInputError(f"{sheet.name}: expected the column names in line {header_line}, found no text.")
        rows = [at]
    else:
        rows = list(range(min(_HEADER_WITHIN, len(sheet.rows))))
    if not rows:
        raise UnusableInputError(f"{sheet.name}: expected rows, found none. Export it again.")
    if not needed:
        return rows[0] if header_line else _likely_header(sheet, rows)
    wanted = {plain(name) for name in needed}
    missing = {at: wanted - {plain(name) for name in _named(sheet.rows[at][1])} for at in rows}
    at = min(rows, key=lambda row: (len(missing[row]), row))
    if not missing[at]:
        return at
    line, header = sheet.rows[at]
    absent = [name for name in needed if plain(name) in missing[at]]
    if len(missing[at]) == len(wanted):
        # Without a name that is known it may be a row of data: no cell of it is shown.
        raise UnusableInputError(
            f"{sheet.name}: no row of its first {len(rows)} has a column of the mapping: expected "
            f"{', '.join(dict.fromkeys(absent))}. Export it with the column names, or correct the names in the mapping."
        )
    raise UnusableInputError(_without(sheet, line, header, absent, needed))


def _without(
    sheet: ExportSheet, line: int, header: Sequence[str], absent: Iterable[str], needed: Collection[str]
) -> str:
    """Say which columns a header lacks; its other cells are shown where they are no data that is glued to it."""
    names = [cell.strip() for cell in header if cell.strip()]
    wanted = {plain(name) for name in needed}
    present = [name for name in names if plain(name) in wanted]
    unknown = [name for name in names if plain(name) not in wanted]
    shown = are_column_names(unknown, present, needed)
    hints = [
        f"{name} (did you mean {near[0]}?)"
        if (near := nearest(name, unknown)) and (shown or is_same_name(near[0], name))
        else name
        for name in dict.fromkeys(absent)
    ]
    word = "column" if len(hints) == 1 else "columns"
    has = ", ".join(names if shown else present)
    if not shown:
        has += f"; the names of its other {counted(len(unknown), 'column')} are not shown, since they may be data"
    return (
        f"{sheet.name} line {line}: {word} {', '.join(hints)}: expected in the header, found none. "
        f"The header has {has}. Correct the names in the mapping, or export these columns."
    )


def _likely_header(sheet: ExportSheet, rows: Sequence[int]) -> int:
    """Return the first row that is as wide as the rows mostly are, without numbers and without a text twice."""
    widths = [sum(1 for cell in sheet.rows[at][1] if cell.strip()) for at in rows]
    most = max(widths)
    for at, filled in zip(rows, widths, strict=True):
        texts = [cell.strip() for cell in sheet.rows[at][1] if cell.strip()]
        if filled >= max(2, most * 0.6) and len(set(texts)) == filled and not any(map(_is_value, texts)):
            return at
    return rows[widths.index(most)]


def _is_value(text: str) -> bool:
    """Return whether a text is a number, a date or a time, and so no column's name."""
    return text[0].isdigit() and not any(sign.isalpha() for sign in text)


def _named(header: Sequence[str]) -> dict[str, int]:
    """Return the position of each column; a name that occurs again gets its number, as in `Date (2)`."""
    columns: dict[str, int] = {}
    seen: dict[str, int] = {}
    for at, cell in enumerate(header):
        name = " ".join(cell.split())
        if not name:
            continue
        number = seen[plain(name)] = seen.get(plain(name), 0) + 1
        columns[name if number == 1 else f"{name} ({number})"] = at
    return columns
