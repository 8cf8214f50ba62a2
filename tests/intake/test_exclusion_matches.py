"""Staff compared with lists of excluded persons: what is certain, and what is to be looked at."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerbill.intake.exclusion_list import LEIE_FORM, Entry, ExclusionList
from peerbill.intake.exclusion_matches import fold_name, matches
from peerbill.model.people import Staff

DAY = dt.date(2026, 11, 10)
NAMED = ("last name", "first name", "birth date")
NPI, OTHER_NPI = "1245319599", "1962505925"


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
