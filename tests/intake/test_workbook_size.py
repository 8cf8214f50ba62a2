"""Workbooks that are small and hold a flood: told before they are unpacked."""

import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from peerbill.intake.workbook import read_workbook
from peerbill.intake.workbook_size import refuse_floods
from peerbill.model.errors import UnusableInputError
from peerbill.model.limits import DEFAULT, Limits

NAME = Path("a.xlsx")
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
TEXT = 't="inlineStr"><is><t>a</t></is></c>'


def packed(**parts: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/"), text)
    return content.getvalue()


def xlsx(rows: str, start: str = "", more: dict[str, str] | None = None) -> bytes:
    parts = {
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">'
        f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'{start}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>',
    }
    return packed(**parts, **(more or {}))


def ods(rows: str) -> bytes:
    return packed(**{"content.xml": f"<d><table:table>{rows}</table:table></d>"})


def cell(place: str, row: int) -> str:
    return f'<row r="{row}"><c r="{place}{row}" {TEXT}</row>'


def times(what: str, count: int) -> str:
    return f'table:number-{what}-repeated="{count}"'


VALUE = 'office:value-type="float" office:value="1"'

FLOODS = {
    "cells in two corners": xlsx(cell("A", 1) + cell("XFD", 1_048_576)),
    "a cell beyond the last row": xlsx(cell("A", 99_999_999)),
    "a cell beyond the last column": xlsx(cell("ZZZZ", 1)),
    "rows and cells without places": xlsx(f"<row>{f'<c {TEXT}' * 3000}</row>" + "<row/>" * 2000),
    "a part that unpacks to a flood": xlsx("", more={"xl/sharedStrings.xml": " " * 21_000_000}),
    "entities": xlsx(cell("A", 1), '<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b SYSTEM "file:///etc/passwd">]>'),
    "binary": xlsx(cell("A", 1), more={"xl/workbook.bin": "a"}),
    "a row that is repeated": ods(
        f"<table:table-row {times('rows', 1_000_000)}><table:table-cell {times('columns', 16_000)} {VALUE}/>"
        "</table:table-row>"
    ),
    "a cell far to the right": ods(
        f"<table:table-row {times('rows', 1_000_000)}><table:table-cell {times('columns', 16_000)}/>"
        f"<table:table-cell {VALUE}/></table:table-row>"
    ),
}


@pytest.mark.parametrize("content", FLOODS.values(), ids=FLOODS)
def test_a_flood_is_refused(content: bytes) -> None:
    with pytest.raises(UnusableInputError, match=r"^flood.xlsx: expected "):
        refuse_floods("flood.xlsx", content, DEFAULT)


def test_ordinary_sheets_are_no_flood() -> None:
    """Blank cells that fill a sheet to its end are in each file of a spreadsheet program."""
    tail = (
        f"<table:table-row {times('rows', 1_000_000)}><table:table-cell {times('columns', 16_384)}/></table:table-row>"
    )
    row = (
        f"<table:table-row><table:table-cell {VALUE}/><table:table-cell {times('columns', 16_383)}/></table:table-row>"
    )
    refuse_floods("a.ods", ods(f"{row * 3}{tail}"), DEFAULT)
    refuse_floods("a.xlsx", xlsx("".join(cell("AZ", number) for number in range(1, 90))), DEFAULT)


def ordinary() -> io.BytesIO:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        book.add_worksheet("a").write_column(0, 0, ["text"] * 500)
    return content


def test_a_workbook_is_measured_when_it_is_unpacked() -> None:
    content = ordinary()
    size = sum(part.file_size for part in zipfile.ZipFile(content).infolist())

    refuse_floods("a.xlsx", content.getvalue(), Limits(workbook_bytes=size, table_cells=500))
    for less in (Limits(workbook_bytes=size - 1), Limits(table_cells=499)):
        with pytest.raises(UnusableInputError, match=r"\[limits\] in peerbill\.toml"):
            refuse_floods("a.xlsx", content.getvalue(), less)


def test_what_a_workbook_links_to_is_not_opened() -> None:
    """Neither the cells of another file nor names that lead out of the folder."""
    content = ordinary()
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr("xl/externalLinks/externalLink1.xml", f'<externalLink xmlns="{MAIN}"/>')
        archive.writestr("../../out.txt", "a")

    (sheet,) = read_workbook(NAME, content.getvalue()).sheets

    assert [row.values for row in sheet.rows] == [("text",)] * 500


@pytest.mark.parametrize("at", range(0, 780, 39))
def test_a_damaged_workbook_is_told(at: int) -> None:
    content = bytearray(ordinary().getvalue())
    content[at * 8] ^= 0x55
    try:
        read_workbook(NAME, bytes(content))
    except UnusableInputError as error:
        assert str(error).startswith("a.xlsx: expected a workbook, found")  # noqa: PT017  # a byte may not matter
