"""What is said of whom, as digests: rows that begin too late to matter have no part in it, and the order is nothing."""

import datetime as dt
from decimal import Decimal
from typing import Any

import attrs
import pytest
from worlds import make_world

from peerbill.coding.facts import Key, facts
from peerbill.model.people import (
    Assessment,
    Authorization,
    Coverage,
    Credential,
    EarlierPayment,
    Episode,
    Exclusion,
    License,
    OtherService,
    Plan,
    ProviderEnrollment,
    Screening,
    SpendDown,
    Staff,
    Stay,
    Supervision,
    Training,
)

RECORDS = make_world().records
UNTIL = dt.date(2026, 3, 1)
LATER = dt.date(2026, 3, 2)


def test_every_person_and_nobody_else() -> None:
    found = facts(RECORDS, UNTIL)
    people = {("member_id", row.member_id) for row in RECORDS.members} | {
        ("staff_id", row.staff_id) for row in RECORDS.staff
    }
    assert set(found) - {("", "")} == people
    assert facts(attrs.evolve(RECORDS, members=RECORDS.members[::-1], staff=RECORDS.staff[::-1]), UNTIL) == found


M1, S1, NOBODY = ("member_id", "M1"), ("staff_id", "S1"), ("", "")


@pytest.mark.parametrize(
    ("table", "row", "key"),
    [
        ("supervision", Supervision("S1", "S3", UNTIL), S1),
        ("supervision", Supervision("S1", "S3", LATER), None),
        ("supervision", Supervision("S1", "S3", None), S1),
        ("screenings", Screening("S1", "LEIE", UNTIL, "clear", LATER), S1),
        ("screenings", Screening("S1", "LEIE", LATER, "clear", UNTIL), None),
        ("screenings", Screening("S1", "LEIE", None, "clear", LATER), S1),
        ("screenings", Screening("S1", "LEIE", LATER, "excluded"), S1),
        ("screenings", Screening("S1", "LEIE", LATER, "look"), S1),
        ("screenings", Screening("S1", "LEIE", LATER, "cleared"), S1),
        ("coverage", Coverage("M1", "plan", "X1", UNTIL, LATER), M1),
        ("coverage", Coverage("M1", "plan", "X1", LATER), None),
        ("coverage", Coverage("M1", "plan", "X1", None, LATER), M1),
        ("plans", Plan("M1", "P9", "recovery", UNTIL, signed_on=LATER), M1),
        ("plans", Plan("M1", "P9", "recovery", LATER, signed_on=UNTIL), None),
        ("plans", Plan("M1", "P9", "recovery", None, dt.date(2027, 2, 28), signed_on=LATER), M1),
        ("authorizations", Authorization("M1", "plan", "A9", "H0038", from_=UNTIL), M1),
        ("authorizations", Authorization("M1", "plan", "A9", "H0038", from_=LATER), None),
        ("authorizations", Authorization("M1", "plan", "A9", "H0038", to=LATER), M1),
        ("assessments", Assessment("M1", "recommendation", UNTIL), M1),
        ("assessments", Assessment("M1", "recommendation", LATER), None),
        ("assessments", Assessment("M1", "recommendation", None), M1),
    ],
)
def test_a_row_counts_for_whom_it_names_unless_it_begins_too_late(table: str, row: object, key: Key | None) -> None:
    assert changed_by(table, row) == ({key} if key is not None else set())


@pytest.mark.parametrize(
    ("table", "row", "key"),
    [
        ("staff", Staff("S7", "Doe", "Ann", hired_on=LATER), ("staff_id", "S7")),
        ("credentials", Credential("S1", "NJ", "CPRS", issued_on=LATER), S1),
        ("training", Training("S1", "initial", Decimal(40), LATER), S1),
        ("training", Training("S1", "continuing", Decimal(10), LATER), S1),
        ("licenses", License("sud", LATER), NOBODY),
        ("enrollments", ProviderEnrollment("plan", LATER), NOBODY),
        ("exclusions", Exclusion("LEIE", LATER, npi="1234567893"), ("npi", "1234567893")),
        ("episodes", Episode("M1", LATER), M1),
        ("stays", Stay("M1", "inpatient", LATER), M1),
        ("other_services", OtherService("M1", "act", dt.datetime(2026, 3, 2, 10)), M1),
        ("prior_payments", EarlierPayment("E1", "plan", LATER, Decimal(5)), NOBODY),
        ("spend_down", SpendDown("M1", LATER, Decimal(5)), M1),
    ],
)
def test_rows_of_any_other_table_count_whenever_they_begin(table: str, row: object, key: Key) -> None:
    assert changed_by(table, row) == {key}


def changed_by(table: str, row: object) -> set[Key]:
    """Return of whom something else is said with one more row."""
    changes: dict[str, Any] = {table: (*getattr(RECORDS, table), row)}
    before, after = facts(RECORDS, UNTIL), facts(attrs.evolve(RECORDS, **changes), UNTIL)
    assert before.keys() <= after.keys()
    return {key for key in after if before.get(key) != after[key]}
