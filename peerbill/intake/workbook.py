"""A workbook of a spreadsheet program (.xlsx, .xls, .ods) to sheets of rows, each cell a typed value and a text.

It knows nothing of tables: a title above the header, an empty or a hidden sheet are rows and sheets as others are.
"""

import datetime as dt
import io
import re
import xml.etree.ElementTree as ET
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import attrs

from peerbill.intake.workbook_size import refuse_floods
from peerbill.model.errors import UnusableInputError
from peerbill.model.extras import name_the_extra
from peerbill.model.input_files import read_file
from peerbill.model.limits import DEFAULT, Limits

Value = str | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta
"""The value of a cell: "" for a blank cell, a whole number as int, a formula's error as its text (`#N/A`)."""

ENDINGS = (".xlsx", ".xlsm", ".xls", ".ods")
"""The endings of the names of workbooks that can be read."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ZIP = b"PK"
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    ET.ParseError,
    LookupError,
    EOFError,
    NotImplementedError,  # zipfile raises it for a way of packing that it does not know
    RuntimeError,  # a part with a password
    ValueError,
    OverflowError,
)
"""What the packages that unpack a workbook raise where it is damaged."""

_EXACT = 10**15  # a spreadsheet keeps 15 digits of a number; the digits after them are zeros
_WORKBOOK_PART = "xl/workbook.xml"
_RELATIONSHIPS_PART = "xl/_rels/workbook.xml.rels"
_ERROR_MARK = re.compile(rb"""\st=["']e["']""")
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]+)")
_RELATIONSHIP = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@attrs.frozen
class SheetRow:
    """A row that is not blank: its number as the spreadsheet shows it, and its cells from column A on."""

    line: int
    values: tuple[Value, ...] = attrs.field(repr=False)  # they may name a person

    @property
    def texts(self) -> tuple[str, ...]:
        """The text of each cell (see `cell_text`)."""
        return tuple(map(cell_text, self.values))


@attrs.frozen
class Sheet:
    """A sheet with its rows that are not blank. Of merged cells, the first has the value and the others are blank."""

    name: str
    rows: tuple[SheetRow, ...] = attrs.field(repr=False)
    hidden: bool = False


@attrs.frozen
class Workbook:
    """The sheets of a workbook in their order, without charts.

    Where `shows_errors` is false, its format does not show a formula's error (`#N/A`): such a cell looks blank.
    """

    sheets: tuple[Sheet, ...]
    shows_errors: bool = True


def read_workbook(path: Path, content: bytes | None = None, limits: Limits = DEFAULT) -> Workbook:
    """Read every sheet of a workbook; what it holds decides how it is read, not the ending of its name.

    Where `content` is given, it is what the file holds, and no file is read. Nothing but the file is opened: what it
    links to is not followed.

    Raises UnusableInputError for a file that is no workbook, is damaged, is larger than `limits` or is protected by a
    password, and ImportError where the package that reads workbooks is not installed.
    """
    try:
        # The core works without the package that reads workbooks.
        from python_calamine import (  # noqa: PLC0415
            CalamineError,
            PasswordError,
            SheetTypeEnum,
            SheetVisibleEnum,
            load_workbook,
        )
    except ModuleNotFoundError as error:
        raise name_the_extra(error, f"reading {path.name}") from error
    content = read_file(path, path.name, limits.table_bytes) if content is None else content
    _refuse_other_files(path.name, content)
    try:
        if content.startswith(_ZIP):
            refuse_floods(path.name, content, limits)
        workbook = load_workbook(io.BytesIO(content))
        errors = _formula_errors(content) if _is_xlsx(content) else None
        sheets = tuple(
            Sheet(
                about.name,
                tuple(_rows(workbook.get_sheet_by_name(about.name).iter_rows(), (errors or {}).get(about.name, {}))),
                hidden=about.visible != SheetVisibleEnum.Visible,
            )
            for about in workbook.sheets_metadata
            if about.typ == SheetTypeEnum.WorkSheet
        )
    except PasswordError:
        raise UnusableInputError(_protected(path.name)) from None
    except (CalamineError, *_DAMAGED):
        raise UnusableInputError(_damaged(path.name)) from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # of the package, which has no name for it
            raise
        raise UnusableInputError(_damaged(path.name)) from None
    return Workbook(sheets, shows_errors=errors is not None)


def cell_text(value: Value) -> str:
    """Return the text by which every program knows a value.

    A day is `YYYY-MM-DD`, a day with a time `YYYY-MM-DDTHH:MM` (with seconds, where they are not 0), a time `HH:MM`, a
    duration `HH:MM` (also over 24 hours), a whole number has no point, and a boolean is `yes` or `no`. A number of more
    than 15 digits is in scientific notation: a spreadsheet has lost its last digits, so that no id is read from it.

    >>> cell_text(301447820116.0), cell_text(dt.datetime(2026, 9, 14, 14, 30)), cell_text(True)
    ('301447820116', '2026-09-14T14:30', 'yes')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, dt.datetime):
        return f"{value.date().isoformat()}T{_clock(value.time())}"
    if isinstance(value, dt.time):
        return _clock(value)
    if isinstance(value, dt.timedelta):
        return _duration(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | int):
        return f"{value:.14E}" if abs(value) >= _EXACT else f"{value:.15g}"
    return value.isoformat()


def _clock(time: dt.time) -> str:
    return time.isoformat("seconds" if time.second else "minutes")


def _duration(value: dt.timedelta) -> str:
    minutes, seconds = divmod(round(abs(value).total_seconds()), 60)
    text = f"{minutes // 60:02}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")
    return f"-{text}" if value < dt.timedelta() else text


def _refuse_other_files(name: str, content: bytes) -> None:
    if content.startswith(_OLE) and _ENCRYPTED in content:
        raise UnusableInputError(_protected(name))
    if content.startswith((_ZIP, _OLE)):
        return
    start = content[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not content:
        found = "an empty file"
    elif start.startswith((b"<", b"\xff\xfe<")):
        found = "a web page under the name of a workbook, as some programs export it"
    else:
        found = "another kind of file"
    raise UnusableInputError(
        f"{name}: expected a workbook, found {found}. Open it in the spreadsheet program and save it as .xlsx, or as "
        '"CSV UTF-8".'
    )


def _damaged(name: str) -> str:
    return (
        f"{name}: expected a workbook, found a damaged file. "
        "Open it in the spreadsheet program and save it again as .xlsx."
    )


def _protected(name: str) -> str:
    return f"{name}: the workbook is protected by a password. Save a copy without one, and read the copy."


def _rows(rows: Iterable[Sequence[object]], errors: Mapping[int, Mapping[int, str]]) -> Iterator[SheetRow]:
    by_line = {line: [_value(cell) for cell in cells] for line, cells in enumerate(rows, start=1)}
    for line, by_column in errors.items():  # also below and beside the cells that are not blank
        values = by_line.setdefault(line, [])
        values += [""] * (1 + max(by_column) - len(values))
        for column, error in by_column.items():
            values[column] = error
    for line, values in sorted(by_line.items()):
        if any(value != "" for value in values):
            yield SheetRow(line, tuple(values))


def _value(cell: object) -> Value:
    """Return a cell's value: whole numbers as such, times to the second, texts without blanks around them."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() else cell
    if isinstance(cell, dt.datetime):
        return _to_the_second(cell)
    if isinstance(cell, dt.time):
        return _to_the_second(dt.datetime.combine(dt.date(2000, 1, 1), cell)).time()
    if isinstance(cell, bool | int | dt.date | dt.timedelta):
        return cell
    return str(cell)


def _to_the_second(time: dt.datetime) -> dt.datetime:
    return (time + dt.timedelta(microseconds=500_000)).replace(microsecond=0)


def _is_xlsx(content: bytes) -> bool:
    if not content.startswith(_ZIP):
        return False
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return _WORKBOOK_PART in archive.namelist()


def _formula_errors(content: bytes) -> Mapping[str, Mapping[int, Mapping[int, str]]]:
    """Return the errors of formulas by sheet, row and column: the package that reads workbooks makes them blank.

    A blank `died_on` or `status` would let through what the error hides.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        related = _elements(archive.read(_RELATIONSHIPS_PART), "Relationship")
        targets = {relationship.get("Id"): relationship.get("Target", "") for relationship in related}
        return {
            sheet.get("name", ""): _errors_of_sheet(archive.read(_part(targets[sheet.get(_RELATIONSHIP)])))
            for sheet in _elements(archive.read(_WORKBOOK_PART), "sheet")
        }


def _part(target: str) -> str:
    return target[1:] if target.startswith("/") else f"xl/{target}"


def _errors_of_sheet(part: bytes) -> Mapping[int, Mapping[int, str]]:
    errors: dict[int, dict[int, str]] = {}
    if _ERROR_MARK.search(part) is None:
        return errors
    for cell in _elements(part, "c"):
        if cell.get("t") == "e":
            place = _PLACE.fullmatch(cell.get("r", ""))
            if place is None:
                raise LookupError
            errors.setdefault(int(place[2]), {})[_column(place[1])] = cell.findtext("{*}v") or ""
    return errors


def _elements(part: bytes, tag: str) -> Iterator[ET.Element]:
    # expat itself limits what entities may expand to.
    for _, element in ET.iterparse(io.BytesIO(part)):  # noqa: S314
        if element.tag.rpartition("}")[2] == tag:
            yield element


def _column(letters: str) -> int:
    """Return the position of a column by its letters, from 0."""
    at = 0
    for letter in letters:
        at = at * 26 + ord(letter) - ord("A") + 1
    return at - 1
