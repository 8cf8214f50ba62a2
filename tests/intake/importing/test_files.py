"""Text in any usual encoding and with any usual delimiter, and workbooks, to sheets of texts."""

import datetime as dt
import io
from pathlib import Path

import pytest
from exports import csv_text, write_workbook
from hypothesis import given
from hypothesis import strategies as st

from peerbill.intake.csv_file import rows_of
from peerbill.intake.importing.files import DELIMITERS, decode, find_delimiter, read_export
from peerbill.model.errors import UnusableInputError

TEXT = "Name,City\r\nJosé,Ames\r\n"


@pytest.mark.parametrize(
    ("content", "reading"),
    [
        (TEXT.encode(), "UTF-8"),
        (TEXT.encode("utf-8-sig"), "UTF-8 with BOM"),
        (TEXT.encode("utf-16"), "UTF-16"),
        (TEXT.encode("utf-16-le"), "UTF-16"),
        (TEXT.encode("utf-16-be"), "UTF-16"),
        (TEXT.encode("cp1252"), "cp1252 (Western European of Windows)"),
    ],
)
def test_an_encoding_is_found_and_named(content: bytes, reading: str) -> None:
    assert decode("a.csv", content) == (TEXT, reading)


@pytest.mark.parametrize("encoding", ["mac_roman", "cp437"])
def test_an_encoding_that_leaves_two_readings_is_asked_for(encoding: str) -> None:
    content = "Name\nJosé\nRenée Müller\n".encode(encoding)

    with pytest.raises(UnusableInputError, match=r'line [23]: .* Write encoding = "cp1252", "mac_roman" or "cp437"'):
        decode("a.csv", content)
    assert decode("a.csv", content, encoding) == ("Name\nJosé\nRenée Müller\n", encoding)


def test_a_wrong_or_unknown_encoding_is_refused() -> None:
    with pytest.raises(UnusableInputError, match=r"^a\.csv line 2: expected text in utf-8, found another encoding"):
        decode("a.csv", TEXT.encode("cp1252"), "utf-8")
    with pytest.raises(UnusableInputError, match="encoding utf8x is not known"):
        decode("a.csv", b"a", "utf8x")


@given(
    delimiter=st.sampled_from(sorted(DELIMITERS)),
    rows=st.lists(st.lists(st.text("ab ,;|\t\"'\n", max_size=6), min_size=3, max_size=3), min_size=3, max_size=8),
)
def test_rows_come_back_from_any_delimiter_that_is_given(delimiter: str, rows: list[list[str]]) -> None:
    header = ["Name", "Day", "Note"]
    text = csv_text([header, *rows], delimiter)
    found = [row for _, row in rows_of(io.StringIO(text, newline=""), delimiter)]

    assert found[0] == header
    assert found[1:] == [row for row in rows if "".join(row).strip()]


@pytest.mark.parametrize("delimiter", sorted(DELIMITERS))
def test_a_delimiter_is_found_although_texts_have_others(delimiter: str) -> None:
    text = csv_text([["Name", "Note"], ["Quillon, Ada", "a; b | c"], ["Reyes, Jo", "d; e, f"]], delimiter)

    assert find_delimiter("a.csv", text) == delimiter


def test_a_delimiter_is_asked_for_where_two_fit() -> None:
    with pytest.raises(UnusableInputError, match="comma or semicolon fit equally well"):
        find_delimiter("a.csv", "a,b;c\nd,e;f\n")
    assert find_delimiter("a.csv", "Name\nAda\n") == ","


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'Name,Note\r\nAda,"two\r\nlines"\r\n\r\nBo,x\r\nCy,"open\r\n')
    (sheet,) = read_export(path)

    assert list(sheet.rows) == [(1, ["Name", "Note"]), (2, ["Ada", "two\r\nlines"]), (5, ["Bo", "x"])]
    assert [line for line, _ in sheet.faults] == [6]
    assert sheet.reading == "UTF-8, separated by comma"


def test_a_workbook_gives_every_sheet_as_texts(tmp_path: Path) -> None:
    path = write_workbook(
        tmp_path / "a.xlsx",
        {"One": [("Id", "Day", "At"), (1003000126, dt.date(2026, 9, 14), dt.datetime(2026, 9, 14, 9, 5))], "Two": []},
    )
    one, two = read_export(path)

    assert (one.name, list(one.rows)[1]) == ("a.xlsx (One)", (2, ("1003000126", "2026-09-14", "2026-09-14T09:05")))
    assert (two.name, list(two.rows)) == ("a.xlsx (Two)", [])


@pytest.mark.parametrize("name", ["book.xlsx", "visits.csv"])
def test_a_name_and_bytes_are_read_as_the_file_is(tmp_path: Path, name: str) -> None:
    path = write_workbook(tmp_path / "book.xlsx", {"One": [("Day",), (dt.date(2026, 9, 14),)], "Two": [("A",), ("B",)]})
    (tmp_path / "visits.csv").write_bytes(TEXT.encode("utf-16"))
    content = (tmp_path / name).read_bytes()
    expected = read_export(tmp_path / name)
    path.unlink()

    assert read_export((name, content)) == expected
    with pytest.raises(UnusableInputError, match=r"^empty\.csv: expected rows, found an empty file"):
        read_export(("empty.csv", b" \n"))
    with pytest.raises(UnusableInputError, match=rf"^{name.replace('csv', 'xlsx')}: expected a workbook"):
        read_export((name.replace("csv", "xlsx"), b"PK\x03\x04 and no more"))


def test_an_empty_or_absent_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b" \n")

    with pytest.raises(UnusableInputError, match=r"^a\.csv: expected rows, found an empty file"):
        read_export(tmp_path / "a.csv")
    with pytest.raises(UnusableInputError, match="cannot be read"):
        read_export(tmp_path / "b.csv")
