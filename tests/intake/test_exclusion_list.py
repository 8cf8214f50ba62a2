"""Lists of excluded persons, as the OIG and states publish them."""

import datetime as dt
from pathlib import Path

import pytest
from exports import write_workbook

from peerbill.intake.exclusion_list import LEIE_FORM, date_in_name, read_form, read_list
from peerbill.model.errors import UnusableInputError

DAY = dt.date(2026, 11, 10)
NPI = "1245319599"
HEADER = (
    "LASTNAME,FIRSTNAME,MIDNAME,BUSNAME,GENERAL,SPECIALTY,UPIN,NPI,DOB,ADDRESS,CITY,STATE,ZIP,EXCLTYPE,EXCLDATE,"
    "REINDATE,WAIVERDATE,WVRSTATE"
)


def test_the_file_of_the_oig_is_read_as_it_is_published(tmp_path: Path) -> None:
    file = tmp_path / "UPDATED.csv"
    end = '"00000000","00000000",""'
    rows = (
        f'"","","","#1 BILLING INC","OTHER","","","0000000000","","1 A ST","X","NJ","07000","1128a1","20200220",{end}',
        f'"REED","BO","","","IND","","","0000000000","19800504","1 A ST, 2","X","NJ","0","1128a1","20260820",{end}',
        f'"QUILL","ADA","","","IND","","","{NPI}","","","","","","1128a1","20991231","00000000","00000000","NJ"',
    )
    file.write_text("\r\n".join((HEADER, *rows)) + "\r\n")

    list_ = read_list(file, LEIE_FORM, DAY)

    assert (list_.rows, list_.newest) == (3, dt.date(2026, 8, 20))
    assert [(one.row, one.npi, one.last_name, one.waiver) for one in list_.entries] == [
        (3, "", "REED", ""),
        (4, NPI, "QUILL", "NJ"),
    ]
    assert "REED" not in repr(list_)
    assert "REED" not in repr(list_.entries)


def test_a_workbook_with_several_sheets_is_refused(tmp_path: Path) -> None:
    path = write_workbook(
        tmp_path / "nj.xlsx", {"2025": [("Provider Name",), ("Reed, Bo",)], "2026": [("X",)], "Z": []}
    )

    with pytest.raises(
        UnusableInputError, match=r"^nj.xlsx: expected a workbook with one sheet, found 2: 2025, 2026\."
    ):
        read_list(path, read_form(STATE_LIST, "nj.toml"), DAY)


@pytest.mark.parametrize("npi", ["1245319599", "1245 319 599", "1245-319-599", "1245319599.0"])
def test_an_npi_is_read_however_it_is_written(tmp_path: Path, npi: str) -> None:
    file = tmp_path / "state.csv"
    file.write_text(f"Provider Name,NPI Number,Effective Date,DOB\nReed,{npi},,\n")

    assert [entry.npi for entry in read_list(file, read_form(STATE_LIST, "nj.toml"), DAY).entries] == [NPI]


STATE_LIST = """
list = "NJ"
dates = "MM/DD/YYYY"
[columns]
npi = "NPI Number"
name = "Provider Name"
birth_date = "DOB"
from = "Effective Date"
"""


def test_a_list_of_a_state_is_read_through_its_mapping(tmp_path: Path) -> None:
    file = tmp_path / "state.csv"
    file.write_text(
        'Provider Name;NPI Number;Effective Date;DOB\n"Reed, Bo Al";;1/20/2024;5/4/1980\nAcme LLC;;1/1/2020;\n',
        encoding="cp1252",
    )

    list_ = read_list(file, read_form(STATE_LIST, "nj.toml"), DAY)
    entry, _ = list_.entries

    assert (entry.row, entry.last_name, entry.first_name, entry.middle_name) == (2, "Reed", "Bo", "Al")
    assert (list_.day(entry.from_), list_.day(entry.birth_date)) == (dt.date(2024, 1, 20), dt.date(1980, 5, 4))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("list = 1", "nj.toml: list: expected the name of the list"),
        (STATE_LIST.replace("MM/DD/YYYY", "M-D-Y"), "nj.toml: dates: expected one of YYYYMMDD, YYYY-MM-DD"),
        (STATE_LIST.replace("npi =", "npy ="), "nj.toml: [columns] npy: not known"),
        (STATE_LIST + 'to = "X"\nlist = "Y"', "nj.toml: [columns] list: not known"),
        ('list = "NJ"\ndates = "YYYYMMDD"\n[columns]\nfrom = "X"', "expected npi, name or last_name, found none"),
        ("list =", "nj.toml line 1"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_refused(text: str, message: str) -> None:
    with pytest.raises(UnusableInputError) as error:
        read_form(text, "nj.toml")

    assert message in str(error.value)


def test_a_missing_column_is_named_with_what_the_file_has(tmp_path: Path) -> None:
    file = tmp_path / "UPDATED.csv"
    file.write_text(HEADER.replace("EXCLDATE", "EXCL_DATE") + "\n" + "," * 17 + "\n")

    with pytest.raises(UnusableInputError, match=r"UPDATED.csv: expected the column EXCLDATE of LEIE, found none"):
        read_list(file, LEIE_FORM, DAY)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("leie-2026-11-09.csv", dt.date(2026, 11, 9)),
        ("UPDATED_20261109.csv", dt.date(2026, 11, 9)),
        ("UPDATED.csv", None),
        ("20261399.csv", None),
        ("2611excl.csv", None),
    ],
)
def test_the_day_of_a_list_in_its_name(name: str, day: dt.date | None) -> None:
    assert date_in_name(name) == day
