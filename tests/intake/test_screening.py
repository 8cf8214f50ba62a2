"""Staff compared with lists of excluded persons: what is certain, what is to be looked at, and what is written."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerbill.intake.exclusion_list import LEIE_FORM, Entry, ExclusionList, date_in_name, read_form, read_list
from peerbill.intake.screening import fold_name, matches
from peerbill.model.errors import UnusableInputError
from peerbill.model.people import Staff

DAY = dt.date(2026, 11, 10)
NAMED = ("last name", "first name", "birth date")
NPI, OTHER_NPI = "1245319599", "1962505925"
HEADER = (
    "LASTNAME,FIRSTNAME,MIDNAME,BUSNAME,GENERAL,SPECIALTY,UPIN,NPI,DOB,ADDRESS,CITY,STATE,ZIP,EXCLTYPE,EXCLDATE,"
    "REINDATE,WAIVERDATE,WVRSTATE"
)


def entry(last: str, first: str, born: str = "", npi: str = "", middle: str = "", **more: str) -> Entry:
    days = {"from_": "20240120", "to": "", **more}
    return Entry(2, npi, last, first, middle, born, days["from_"], days["to"], "")


def person(last: str, first: str, born: str = "1980-05-04", npi: str = NPI, middle: str = "") -> Staff:
    return Staff("S1", last, first, npi, birth_date=dt.date.fromisoformat(born) if born else None, middle_name=middle)


def compared(staff: Staff, one: Entry) -> tuple[bool, tuple[str, ...]] | None:
    """Return whether the entry is certain and what agrees, None for no match."""
    found = matches([staff], ExclusionList(LEIE_FORM, "UPDATED.csv", [one], 1, DAY))
    return (found[0].certain, found[0].agrees) if found else None


@pytest.mark.parametrize(
    ("staff", "one", "expected"),
    [
        (person("Reed", "Bo"), entry("OTHER", "NAME", npi=NPI), (True, ("NPI",))),
        (person("Reed", "Bo"), entry("REED", "BO", "19800504"), (True, NAMED)),
        (person("Muñoz", "José"), entry("MUNOZ", "JOSE", "19800504"), (True, NAMED)),
        (person("O'Brien", "Al"), entry("OBRIEN", "AL", "19800504"), (True, NAMED)),
        (person("Reed", "Bo"), entry("REED JR", "BO", "19800504"), (True, NAMED)),
        (person("Reed", "Mary Ann"), entry("REED", "MARY", "19800504", middle="ANN"), (True, NAMED)),
        # A birth date that nobody knows, on either side.
        (person("Reed", "Bo"), entry("REED", "BO"), (False, ("last name", "first name"))),
        (person("Reed", "Bo", ""), entry("REED", "BO", "19800504"), (False, ("last name", "first name"))),
        # Double names, as after a marriage.
        (
            person("Reed-Quill", "Bo"),
            entry("QUILL", "BO", "19800504"),
            (False, ("a part of the last name", "first name", "birth date")),
        ),
        (person("Quill", "Bo", ""), entry("REED QUILL", "BO"), (False, ("a part of the last name", "first name"))),
        # Almost the same spelling.
        (
            person("Petersen", "Katherine"),
            entry("PETERSON", "KATHARINE", "19800504"),
            (False, ("last name almost", "first name almost", "birth date")),
        ),
        (person("Petersen", "Katherine"), entry("PETERSON", "KATHARINE", "19830504"), None),
        # The middle name is the name that is used.
        (
            person("Reed", "Ann"),
            entry("REED", "MARY", "19800504", middle="ANN"),
            (False, ("last name", "first name almost", "birth date")),
        ),
        # A slip of the pen in the birth date, and another birth date.
        (person("Reed", "Bo"), entry("REED", "BO", "19800405"), (False, ("last name", "first name"))),
        (person("Reed", "Bo"), entry("REED", "BO", "19800514"), (False, ("last name", "first name"))),
        (person("Reed", "Bo"), entry("REED", "BO", "19710923"), None),
        # Two valid NPIs are two persons, unless the birth date says otherwise.
        (person("Reed", "Bo", ""), entry("REED", "BO", npi=OTHER_NPI), None),
        (person("Reed", "Bo", "", npi=""), entry("REED", "BO", npi=OTHER_NPI), (False, ("last name", "first name"))),
        (person("Reed", "Bo"), entry("REED", "BO", "19800504", npi=OTHER_NPI), (True, NAMED)),
        # Another name.
        (person("Reed", "Bo", ""), entry("REED", "CARLA"), None),
        (person("Reed", "Bo"), entry("REED", "CARLA", "19800504"), None),
        (person("Quill", "Bo"), entry("REED", "BO", "19800504"), None),
        (person("Quill", "Bo", ""), entry("", ""), None),
    ],
)
def test_a_person_and_an_entry(staff: Staff, one: Entry, expected: tuple[bool, tuple[str, ...]] | None) -> None:
    assert compared(staff, one) == expected


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyzéüñ'- ", min_size=1).filter(lambda text: fold_name(text) != ()))
def test_everybody_is_found_under_their_own_name_in_capitals(last: str) -> None:
    assert compared(person(last, "Bo"), entry(last.upper(), "BO", "19800504")) == (
        True,
        NAMED,
    )


@pytest.mark.parametrize(
    ("ours", "theirs", "first", "last"),
    [
        ("20240120", "00000000", dt.date(2024, 1, 20), None),
        ("20240120", "20260301", dt.date(2024, 1, 20), dt.date(2026, 2, 28)),
        ("00000000", "", None, None),
        ("January", "", None, None),
    ],
)
def test_an_exclusion_holds_from_its_day_to_the_day_before_reinstatement(
    ours: str, theirs: str, first: dt.date | None, last: dt.date | None
) -> None:
    list_ = ExclusionList(LEIE_FORM, "UPDATED.csv", [entry("X", "Y", npi=NPI, from_=ours, to=theirs)], 1, DAY)
    (match,) = matches([person("Reed", "Bo")], list_)

    assert (match.from_, match.to) == (first, last)


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
    (match,) = matches([person("Reed", "Bo")], list_)

    assert (match.certain, match.from_, match.entry.middle_name) == (True, dt.date(2024, 1, 20), "Al")


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
