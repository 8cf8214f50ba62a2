"""A workbook of a spreadsheet program to sheets, rows and texts."""

import datetime as dt
import io
import sys
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from peerbill.intake.workbook import Sheet, SheetRow, cell_text, read_workbook
from peerbill.model.errors import UnusableInputError

DAY = dt.date(2026, 9, 14)
TIME = dt.datetime(2026, 9, 14, 14, 30)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "export.xlsx"


def test_cells_keep_their_type_and_get_a_text(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Visits")
        us = {
            name: book.add_format({"num_format": form})
            for name, form in {
                "day": "m/d/yyyy",
                "time": "m/d/yyyy h:mm AM/PM",
                "clock": "h:mm",
                "hours": "[h]:mm",
            }.items()
        }
        sheet.write_string("A1", " 00123 ")
        sheet.write_number("B1", 45.0)
        sheet.write_number("C1", 1.1 + 2.2)
        sheet.write_boolean("D1", 1)
        sheet.write_datetime("E1", dt.datetime(2026, 9, 14), us["day"])
        sheet.write_datetime("F1", TIME, us["time"])
        sheet.write_datetime("G1", dt.time(9, 5), us["clock"])
        sheet.write_datetime("H1", dt.timedelta(hours=30, minutes=5), us["hours"])
        sheet.write_number("J1", 301447820116.0)
        sheet.write_number("K1", 46279.60423, us["time"])
        sheet.write_formula("L1", "=1+1", None, 2)
    (row,) = read_workbook(path).sheets[0].rows
    assert row.values == (
        *("00123", 45, 3.3, True, DAY, TIME, dt.time(9, 5), dt.timedelta(hours=30, minutes=5), "", 301447820116),
        *(dt.datetime(2026, 9, 14, 14, 30, 5), 2),
    )
    assert row.texts == (
        *("00123", "45", "3.3", "yes", "2026-09-14", "2026-09-14T14:30", "09:05", "30:05", "", "301447820116"),
        *("2026-09-14T14:30:05", "2"),
    )


def test_rows_have_the_number_that_the_spreadsheet_shows_and_blank_rows_are_left_out(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Visits")
        sheet.merge_range("A2:C2", "Visits of September")
        sheet.write_row("B4", ["Client", "Start"])
        sheet.write_string("A6", " ")
        sheet.write_row("B7", ["C1", "x"])
    assert read_workbook(path).sheets == (
        Sheet(
            "Visits",
            (
                SheetRow(2, ("Visits of September", "", "")),
                SheetRow(4, ("", "Client", "Start")),
                SheetRow(7, ("", "C1", "x")),
            ),
        ),
    )


def test_hidden_and_empty_sheets_are_sheets_and_charts_are_not(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Shown").write_string("A1", "x")
        book.add_worksheet("Hidden").hide()
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=Shown!$A$1:$A$2"})
        book.add_chartsheet("Chart").set_chart(chart)
    assert read_workbook(path).sheets == (Sheet("Shown", (SheetRow(1, ("x",)),)), Sheet("Hidden", (), hidden=True))


def test_the_error_of_a_formula_is_a_text_and_no_blank_cell(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Other").write_formula("AB1", "=1/0", None, "#DIV/0!")
        book.add_worksheet("Members").write_row("A1", ["x", 1])
        book.worksheets()[1].write_formula("B3", "=NA()", None, "#N/A")
    workbook = read_workbook(path)
    assert workbook.shows_errors
    assert workbook.sheets[0].rows[0].texts[-1] == "#DIV/0!"
    assert [row.texts for row in workbook.sheets[1].rows] == [("x", "1"), ("", "#N/A")]


@given(st.integers(0, 10**15 - 1))
def test_a_whole_number_of_at_most_15_digits_keeps_them_all(number: int) -> None:
    assert cell_text(float(number)) == cell_text(number) == str(number)


def test_a_longer_number_is_no_id() -> None:
    assert cell_text(1e15) == "1.00000000000000E+15"


ODS = (
    '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
    '<office:body><office:spreadsheet><table:table table:name="Visits"><table:table-row>'
    '<table:table-cell office:value-type="date" office:date-value="2026-09-14T14:30:00"/>'
    '<table:table-cell office:value-type="float" office:value="7"/>'
    "</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
)


def test_a_workbook_in_another_format_is_known_by_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "visits.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
        archive.writestr("content.xml", ODS)
    workbook = read_workbook(path)
    assert workbook.sheets == (Sheet("Visits", (SheetRow(1, (TIME, 7)),)),)
    assert not workbook.shows_errors


def damaged() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook><sheets></workbook>")
    return file.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "expected a workbook, found an empty file."),
        (b"\xef\xbb\xbf <html><table>", "expected a workbook, found a web page under the name of a workbook"),
        (b"client,start\n1,2\n", "expected a workbook, found another kind of file."),
        (b"PK\x03\x04xxxx", "expected a workbook, found a damaged file."),
        (damaged(), "expected a workbook, found a damaged file."),
        (OLE, "expected a workbook, found a damaged file."),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "the workbook is protected by a password."),
    ],
)
def test_a_file_that_is_no_workbook_is_refused(path: Path, content: bytes, message: str) -> None:
    path.write_bytes(content)
    with pytest.raises(UnusableInputError) as error:
        read_workbook(path)
    assert str(error.value).startswith(f"export.xlsx: {message}")


def test_without_the_package_it_says_what_to_install(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(ImportError, match=r"^reading export.xlsx needs the package python_calamine: install"):
        read_workbook(path)


def test_a_file_that_is_not_there_is_refused(path: Path) -> None:
    with pytest.raises(UnusableInputError, match=r"^export.xlsx: cannot be read: No such file or directory"):
        read_workbook(path)
