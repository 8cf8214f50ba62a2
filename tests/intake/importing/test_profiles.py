"""What the columns of a sheet hold, and which of ours each is."""

import pytest

from peerbill.intake.importing.files import ExportSheet
from peerbill.intake.importing.profiles import (
    CONTACT,
    MEMBER,
    STAFF,
    Profile,
    is_clock,
    is_day,
    is_moment,
    is_npi,
    kind_of,
    labels,
    normal,
    profiles,
    roles,
)
from peerbill.intake.importing.shape import find_body


def column(name: str, *cells: str) -> Profile:
    return Profile(name, cells, len(cells), max(1, len(cells)))


def test_the_columns_of_a_sheet_have_their_distinct_cells() -> None:
    rows = [(1, ("Id", "Day", "")), (2, ("1", "x", "")), (3, ("2", "x", "")), (4, ("3", "", ""))]
    found = profiles(find_body(ExportSheet("a.csv", "", "", rows)))

    assert found == (Profile("Id", ("1", "2", "3"), 3, 3), Profile("Day", ("x",), 2, 3))


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Client #", "client number"),
        ("IntvTxt", "intv txt"),
        ("Signature Date/Time", "signature date time"),
        ("DATE_OF_SERVICE", "date of service"),
        ("Dx 1", "dx 1"),
    ],
)
def test_names_are_compared_without_case_and_marks(name: str, found: str) -> None:
    assert normal(name) == found


def test_the_kinds_of_a_cell() -> None:
    assert (is_day("9/14/2026"), is_day("14-Sep-2026"), is_day("9/14/2026 9:00"), is_day("46279")) == (
        True,
        True,
        False,
        True,  # a spreadsheet's number
    )
    assert (is_moment("9/14/2026 9:00 AM"), is_moment("9/14/2026"), is_moment("9:00")) == (True, False, False)
    assert (is_clock("9:00 AM"), is_clock("0915"), is_clock("noon")) == (True, True, False)
    assert (is_npi("1234567893"), is_npi("1234567893.0"), is_npi("1234567890"), is_npi("12")) == (
        True,
        True,
        False,
        False,
    )


CONTACTS = (
    column("Ref", "N1", "N2"),
    column("Consumer", "Ada Quillon", "Bo Reed"),
    column("RID", "301447820116", "301552907341"),
    column("DOS", "9/14/2026", "9/15/2026"),
    column("Provider", "Dee Marsh"),
    column("NPI", "1003000126"),
    column("Grp"),
)


def test_a_column_is_known_by_its_name_and_its_cells() -> None:
    found = {role: known.name for role, known in roles(CONTACT, CONTACTS).items()}

    assert found == {
        "id": "Ref",
        "member_name": "Consumer",
        "subscriber_id": "RID",
        "day": "DOS",
        "staff_name": "Provider",
        "staff_npi": "NPI",
        "service": "Grp",
    }


def test_a_column_with_other_cells_is_another() -> None:
    assert roles(CONTACT, [column("Provider", "1003000126")]) == {}
    assert roles(STAFF, [column("NPI", "Dee Marsh")]) == {}
    assert set(roles(CONTACT, [column("Date"), column("Service Date", "9/14/2026")])) == {"day"}
    assert roles(CONTACT, [column("Date"), column("Service Date", "9/14/2026")])["day"].name == "Service Date"


def test_a_misspelt_name_is_known() -> None:
    assert set(roles(CONTACT, [column("Date of Servce", "9/14/2026")])) == {"day"}


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        (CONTACTS, CONTACT),
        ((column("Client #", "1"), column("Last", "Reed"), column("DOB", "9/14/1979")), MEMBER),
        ((column("Staff", "Reed, Bo"), column("Credential", "CPRS")), STAFF),
        ((column("Item", "Chair"), column("Price", "9.00")), ""),
        ((column("Staff"), column("Credential")), ""),
    ],
)
def test_the_rows_of_a_sheet_are_contacts_members_or_staff(columns: tuple[Profile, ...], kind: str) -> None:
    assert kind_of(columns)[0] == kind


def test_the_labels_of_a_text_are_those_that_most_cells_have() -> None:
    text = "Intervention: read it. Client Response: calmer at 9:00. Next: call"

    assert labels(column("Note", text, f"{text} again", f"{text} Goal: work")) == (
        "Intervention",
        "Client Response",
        "Next",
    )
    assert labels(column("Note", "no label", "none")) == ()


@pytest.mark.parametrize("name", ["Date of Svc", "Svc Dt", "Service Dt"])
def test_a_name_is_known_by_its_abbreviations(name: str) -> None:
    assert roles(CONTACT, [column(name, "9/14/2026")])["day"].name == name
