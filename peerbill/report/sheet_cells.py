"""Cells of a workbook: real numbers, days and times, and texts that are never a formula."""

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from peerbill.model.printable import inert
from peerbill.report.parts import Cell, Kind

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

FORMATS: Final[Mapping[Kind, Mapping[str, str]]] = {
    Kind.TEXT: {"num_format": "@"},
    Kind.MONEY: {"num_format": '"$"#,##0.00;[Red]-"$"#,##0.00'},
    Kind.COUNT: {"num_format": "#,##0"},
    Kind.HOURS: {"num_format": "#,##0.0"},
    Kind.SHARE: {"num_format": "0.0%"},
    Kind.DAY: {"num_format": "yyyy-mm-dd", "align": "left"},
    Kind.TIME: {"num_format": "yyyy-mm-dd hh:mm", "align": "left"},
}
"""How a workbook shows each kind of cell."""

HEAD: Final[Mapping[str, object]] = {"bold": True, "bg_color": "#EEF2F6", "bottom": 1, "text_wrap": True}
"""How it shows the titles of columns."""

LONGEST_TEXT: Final = 32_767
"""Characters of a cell; a workbook has no room for more."""

_FIRST_YEAR: Final = 1900
_CUT: Final = " … (cut)"


def write_cell(sheet: "Worksheet", line: int, at: int, value: Cell, kind: Kind, formats: Mapping[Kind, Any]) -> None:
    """Write a cell. A day or time has the form of one whatever the kind of its column; one before 1900 is a text."""
    how = formats[kind]
    if value is None:
        sheet.write_blank(line, at, None, how)
    elif isinstance(value, str):
        sheet.write_string(line, at, fitting(value), formats[Kind.TEXT])
    elif isinstance(value, dt.date):
        is_time = isinstance(value, dt.datetime)
        if value.year <= _FIRST_YEAR:
            sheet.write_string(line, at, value.isoformat(), formats[Kind.TEXT])
        else:
            moment = value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
            sheet.write_datetime(line, at, moment, formats[Kind.TIME if is_time else Kind.DAY])
    else:
        sheet.write_number(line, at, float(value / 100 if kind is Kind.SHARE else value), how)


def fitting(text: str) -> str:
    """Return a text, made inert, that a cell has room for: the end of a longer one is cut, and says so."""
    text = inert(text)
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - len(_CUT)] + _CUT
