"""Rows that may forbid something and name nobody who is known: whom they hold, and whom they do not."""

import datetime as dt
from typing import Any

import attrs
import pytest
from worlds import make_world

from peerbill.coding.holds import known_ids, orphan, rows_of_nobody, whom
from peerbill.model.people import EarlierPayment, Exclusion, OtherService, Relationship, SpendDown, Stay
from peerbill.model.records import Hold

RECORDS = make_world().records
KNOWN = known_ids(RECORDS)
OF_S1 = "1245319599"
OF_NOBODY = "1003000126"
MARCH, APRIL = dt.date(2026, 3, 1), dt.date(2026, 4, 1)


def excluded(npi: str = "", staff_id: str = "") -> Exclusion:
    return Exclusion("LEIE", None, npi, staff_id)


def test_ids_are_known_from_every_row_that_names_them() -> None:
    holds = (
        Hold(code="PB401", where="members.birth_date", message="", fix="", member_id="M8", staff_id="no staff"),
        Hold(code="PB301", where="staff.npi", message="", fix="", member_id="no member", staff_id="S8"),
        Hold(code="PB409", where="relationships.kind", message="", fix="", member_id="M9", staff_id="S9"),
    )
    encounter = attrs.evolve(RECORDS.encounters[0], member_id="M7", staff_id="S7")

    found = known_ids(attrs.evolve(RECORDS, holds=holds, encounters=(encounter,)))

    assert found == {
        "member_id": {"M1", "M2", "M7", "M8"},
        "staff_id": {"S1", "S2", "V1", "S7", "S8"},
        "npi": {"1245319599", "1962505925", "1679576722"},
    }


@pytest.mark.parametrize(
    ("table", "row", "expected"),
    [
        ("relationships", Relationship(member_id="M1", staff_id="S1", kind="kin"), None),
        (
            "relationships",
            Relationship(member_id="M1", staff_id="S9", kind="kin"),
            ("PB409", "relationships.staff_id", "the staff_id is not in staff (S9)", "M1", "", None, None),
        ),
        (
            "relationships",
            Relationship(member_id="M9", staff_id="S1", kind="kin"),
            ("PB409", "relationships.member_id", "the member_id is not in members (M9)", "", "S1", None, None),
        ),
        (
            "relationships",
            Relationship(member_id="M9", staff_id="S9", kind="kin"),
            (
                "PB409",
                "relationships.staff_id",
                "the staff_id is not in staff and the member_id is not in members (S9)",
                "",
                "",
                None,
                None,
            ),
        ),
        ("stays", Stay(member_id="M1", kind="incarceration", from_=MARCH), None),
        (
            "stays",
            Stay(member_id="M9", kind="incarceration", from_=MARCH, to=APRIL),
            ("PB407", "stays.member_id", "the member_id is not in members (M9)", "", "", MARCH, APRIL),
        ),
        (
            "stays",
            Stay(member_id="", kind="incarceration", from_=MARCH),
            ("PB407", "stays.member_id", "the member_id is not in members", "", "", MARCH, None),
        ),
        (
            "other_services",
            OtherService(member_id="M9", kind="x", start=dt.datetime(2026, 3, 1, 9), end=dt.datetime(2026, 4, 1, 9)),
            ("PB807", "other_services.member_id", "the member_id is not in members (M9)", "", "", MARCH, APRIL),
        ),
        (
            "other_services",
            OtherService(member_id="M9", kind="x", start=None, end=None),
            ("PB807", "other_services.member_id", "the member_id is not in members (M9)", "", "", None, None),
        ),
        (
            "spend_down",
            SpendDown(member_id="M9", date=MARCH, amount=None),
            ("PB605", "spend_down.member_id", "the member_id is not in members (M9)", "", "", MARCH, MARCH),
        ),
        ("prior_payments", EarlierPayment(encounter_id="E9", payer="plan", paid_on=MARCH, paid=None), None),
        ("exclusions", excluded(staff_id="S1"), None),
        ("exclusions", excluded(npi=OF_S1), None),
        ("exclusions", excluded(npi=OF_NOBODY), None),
        ("exclusions", excluded(npi="0000000000"), None),
        (
            "exclusions",
            excluded(npi="1003000127"),
            (
                "PB308",
                "exclusions.npi",
                "the NPI is not valid, so that whom it means is not known (1003000127)",
                "",
                "",
                None,
                None,
            ),
        ),
        (
            "exclusions",
            excluded(),
            ("PB308", "exclusions.npi", "the NPI is not valid, so that whom it means is not known", "", "", None, None),
        ),
        ("exclusions", excluded(staff_id="S9", npi=OF_S1), None),
        (
            "exclusions",
            excluded(staff_id="S9", npi=OF_NOBODY),
            ("PB308", "exclusions.staff_id", "the staff_id is not in staff (S9)", "", "", None, None),
        ),
    ],
)
def test_a_row_that_names_nobody_holds_what_it_could_concern(
    table: str, row: Any, expected: tuple[object, ...] | None
) -> None:
    found = orphan(table, row, KNOWN)

    assert (
        found and (found.code, found.where, found.message, found.member_id, found.staff_id, found.first, found.last)
    ) == expected


@pytest.mark.parametrize("id_", ["M" * 51, "M\t9", "Her brother came by"])
def test_what_cannot_be_an_id_is_not_repeated(id_: str) -> None:
    found = orphan("stays", Stay(member_id=id_, kind="incarceration", from_=MARCH), KNOWN)

    assert found is not None
    assert (found.message, dict(found.values)) == ("the member_id is not in members", {})


def stay(first: dt.date | None, last: dt.date | None, member_id: str = "M9") -> Stay:
    return Stay(member_id=member_id, kind="incarceration", from_=first, to=last)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ((), []),
        ((stay(MARCH, APRIL, "M1"),), []),
        ((stay(MARCH, APRIL),), [("stays: the member_id is not in members (M9)", MARCH, APRIL)]),
        (
            (stay(APRIL, APRIL), stay(MARCH, MARCH)),
            [("stays: the member_id is not in members (M9), and 1 more row like it", MARCH, APRIL)],
        ),
        (
            (stay(MARCH, APRIL), stay(None, MARCH), stay(MARCH, None)),
            [("stays: the member_id is not in members (M9), and 2 more rows like it", None, None)],
        ),
    ],
)
def test_rows_like_one_another_are_one_hold_of_all_their_days(
    rows: tuple[Stay, ...], expected: list[tuple[str, dt.date | None, dt.date | None]]
) -> None:
    found = rows_of_nobody(attrs.evolve(RECORDS, stays=rows))

    assert [(one.message, one.first, one.last) for one in found] == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({}, ("", "", "")),
        ({"member_id": "M1", "staff_id": "S1", "npi": OF_S1}, ("M1", "S1", OF_S1)),
        ({"member_id": "M9"}, ("", "", "")),
        ({"staff_id": "S9"}, ("", "", "")),
        ({"npi": OF_NOBODY}, None),
        ({"npi": "1003000127"}, ("", "", "")),
        ({"npi": OF_NOBODY, "member_id": "M1"}, ("M1", "", "")),
        ({"npi": OF_NOBODY, "staff_id": "S9"}, ("", "", "")),
    ],
)
def test_whom_a_hold_is_limited_to(names: dict[str, Any], expected: tuple[str, str, str] | None) -> None:
    assert whom(Hold(code="PB308", where="exclusions.npi", message="", fix="", **names), KNOWN) == expected
