"""Who is meant by a name."""

import pytest

from peerbill.intake.cells import Unreadable
from peerbill.intake.importing.people import people_of

STAFF = [
    {"staff_id": "S1", "last_name": "Reed", "first_name": "Bo", "npi": "1003000126"},
    {"staff_id": "S2", "last_name": "Muñoz Vega", "first_name": "Ana"},
    {"staff_id": "S3", "last_name": "Quill", "first_name": "Ada", "suffix": "Jr."},
    {"staff_id": "S4", "last_name": "Quill", "first_name": "Ada", "suffix": "Sr."},
    {"staff_id": "", "last_name": "Nobody", "first_name": "No"},
]


@pytest.mark.parametrize(
    ("text", "form", "id_"),
    [
        ("Reed, Bo", "", "S1"),
        ("REED,BO", "", "S1"),
        ("Bo Reed", "", "S1"),
        ("Bo T. Reed", "", "S1"),
        ("Reed^Bo", "", "S1"),
        ("Reed, Bo, CPRS", "", "S1"),
        ("Bo Reed, CPRS", "", "S1"),
        ("Bo Reed CPRS", "", "S1"),
        ("S1", "", "S1"),
        ("1003000126", "", "S1"),
        ("1003000126.0", "", "S1"),
        ("Ana Munoz Vega", "", "S2"),
        ("Munoz Vega, Ana", "last-first", "S2"),
        ("Quill, Ada Jr", "", "S3"),
        ("Ada Quill Sr.", "", "S4"),
    ],
)
def test_a_name_is_found_however_it_is_written(text: str, form: str, id_: str) -> None:
    assert people_of("staff", STAFF).id_of(text, form) == id_


@pytest.mark.parametrize(
    ("text", "found"), [("Quill, Ada", "several rows have"), ("Quill, Ida", "none of these"), ("Reed", "none of these")]
)
def test_a_name_of_nobody_or_of_several_is_refused_without_the_name(text: str, found: str) -> None:
    answer = people_of("staff", STAFF).id_of(text)

    assert isinstance(answer, Unreadable)
    assert found in answer.why
    assert text not in answer.why


def test_an_npi_of_several_rows_is_nobodys() -> None:
    twice = [{"staff_id": "S8", "last_name": "Marsh", "first_name": "Dee", "npi": "1003000126"}]

    assert isinstance(people_of("staff", STAFF, twice).id_of("1003000126"), Unreadable)
    assert people_of("staff", STAFF, STAFF).id_of("1003000126") == "S1"


def test_a_later_row_takes_the_place_of_an_earlier_one() -> None:
    renamed = [{"staff_id": "S9", "last_name": "Reed", "first_name": "Bo"}]

    assert isinstance(people_of("staff", STAFF, renamed).id_of("Bo Reed"), Unreadable)
    assert people_of("staff", STAFF, STAFF).id_of("Bo Reed") == "S1"
