"""What a workbook comes to when it is unpacked, before it is: a small file may hold a flood, or cells far apart.

The package that reads workbooks makes a grid from the first cell to the last, and ends the process where it does not
fit into memory.
"""

import io
import re
import zipfile

import attrs

from peerbill.model.errors import UnusableInputError
from peerbill.model.limits import Limits

_CHUNK = 1 << 20
_OVER = 200
"""A part is no spreadsheet's where it was packed to less than this part of its size; sheets are packed to a tenth."""

_LARGE = 20_000_000
_SMALL_GRID = 5_000_000
_SPARSE = 10
"""How many places a grid may have for each cell that is in it, beyond a small one."""

_ROWS, _COLUMNS = 1_048_576, 16_384
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
_AT = re.compile(rb"""\sr\s*=\s*["']\s*([A-Za-z]*)([0-9]+)\s*["']""")
_REPEATED = re.compile(rb"""number-(columns|rows)-repeated\s*=\s*["']\s*([0-9]+)""")
_ODS_CELL = re.compile(
    rb"<(?:\w+:)?(table-row|table-cell|covered-table-cell)\b([^>]*?)(/?)>|</(?:\w+:)?(table-row|table)>"
)
_TYPE = b"<!DOCTYPE"


def refuse_floods(name: str, content: bytes, limits: Limits) -> None:
    """Raise UnusableInputError for a packed workbook (.xlsx, .ods) that is larger than `limits` when it is unpacked.

    Raises zipfile.BadZipFile and others of its kind where the file is damaged.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if sum(part.file_size for part in parts) > limits.workbook_bytes:
            raise UnusableInputError(_too_much(name, f"at most {limits.workbook_bytes:,} bytes when it is unpacked"))
        if any(part.file_size > max(_LARGE, _OVER * part.compress_size) for part in parts):
            raise UnusableInputError(
                f"{name}: expected a workbook, found a file that unpacks to more than {_OVER} times its size. "
                "Open it in the spreadsheet program and save it again as .xlsx."
            )
        if "xl/workbook.bin" in archive.namelist():
            raise UnusableInputError(
                f"{name}: expected .xlsx, found a binary workbook (.xlsb). Save it as .xlsx in the spreadsheet program."
            )
        for part in parts:
            with archive.open(part) as file:
                grid = _Grid()
                tail = b""
                while data := file.read(_CHUNK):
                    whole, tail = _whole(tail + data)
                    if _TYPE in whole:
                        raise UnusableInputError(
                            f"{name}: expected a workbook, found definitions that no spreadsheet program writes. "
                            "Open it in the spreadsheet program and save it again as .xlsx."
                        )
                    _add(grid, part.filename, whole)
                _add(grid, part.filename, tail)
            if not grid.fits(limits):
                raise UnusableInputError(
                    _too_much(name, f"at most {limits.table_cells:,} cells in a sheet, and none far from the others")
                )


def _add(grid: "_Grid", part: str, xml: bytes) -> None:
    if part == "content.xml":
        grid.add_open_document(xml)
    elif part.endswith(".xml"):
        grid.add(xml)


def _too_much(name: str, expected: str) -> str:
    return (
        f"{name}: expected {expected}, found more. Delete what does not belong to the table, also cells far below and "
        "beside it, or save each sheet as CSV UTF-8. A higher limit can be set under [limits] in peerbill.toml."
    )


def _whole(data: bytes) -> tuple[bytes, bytes]:
    """Divide bytes before their last tag, which may be cut."""
    at = data.rfind(b"<")
    return (data[:at], data[at:]) if at > 0 and len(data) - at < _CHUNK else (data, b"")


@attrs.define
class _Grid:
    """How far the cells of a sheet reach, and how many there are."""

    cells: int = 0
    rows: int = 0
    last_row: int = 0
    last_column: int = 0
    in_row: int = 0
    places: int = 0
    _at: int = 0
    _row_repeated: int = 1
    _used_rows: int = 0
    _used_columns: int = 0

    def add(self, xml: bytes) -> None:
        """Take a part of a sheet of an .xlsx file."""
        for at, row in enumerate(_ROW.split(xml)):
            self.rows += at > 0
            cells = len(_CELL.findall(row))
            self.in_row = cells if at else self.in_row + cells
            self.cells += cells
            self.last_column = max(self.last_column, self.in_row)
        for letters, digits in set(_AT.findall(xml)):
            self.last_row = max(self.last_row, int(digits[:9]))
            self.last_column = max(self.last_column, _number(letters))
        self.last_row = max(self.last_row, self.rows)

    def add_open_document(self, xml: bytes) -> None:
        """Take a part of the tables of an .ods file, in which a cell and a row may stand for many."""
        for found in _ODS_CELL.finditer(xml):
            tag, attributes, empty, closed = found.groups()
            times = next((int(count[:9]) for _, count in _REPEATED.findall(attributes or b"")), 1)
            if tag == b"table-row":
                self._row_repeated, self._at, self.in_row = times, 0, 0
                self.rows += times if empty else 0
            elif tag is not None:
                self._at += times
                # Blank cells behind the last one with something in it cost nothing; each sheet has them.
                if not empty or b"value" in attributes:
                    self.cells += 1
                    self.in_row = self._at
            elif closed == b"table-row":
                self.rows += self._row_repeated
                if self.in_row:
                    self._used_rows = self.rows
                    self._used_columns = max(self._used_columns, self.in_row)
            else:
                self.places = max(self.places, self._used_rows * self._used_columns)
                self.rows = self._used_rows = self._used_columns = 0

    def fits(self, limits: Limits) -> bool:
        """Return whether a grid of the sheet is as large as its cells let expect."""
        if self.last_row > _ROWS or self.last_column > _COLUMNS:
            return False
        places = max(self.last_row * self.last_column, self.places)
        return places <= min(max(_SMALL_GRID, _SPARSE * self.cells), limits.table_cells)


def _number(letters: bytes) -> int:
    """Return the number of a column by its letters."""
    at = 0
    for letter in letters[:4].upper():
        at = at * 26 + letter - ord("A") + 1
    return at
