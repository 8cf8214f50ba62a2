"""What is said of whom, as digests: rows that begin later have no part in it, and the order is nothing."""

import datetime as dt
from typing import Any

import attrs
import pytest
from worlds import make_world

from peerbill.coding.facts import facts
from peerbill.model.people import Exclusion, Plan, Screening, Supervision

RECORDS = make_world().records
BEFORE = dt.date(2026, 3, 1)


def test_every_person_and_nobody_else() -> None:
    found = facts(RECORDS, BEFORE)
    people = {("member_id", row.member_id) for row in RECORDS.members} | {
        ("staff_id", row.staff_id) for row in RECORDS.staff
    }
    assert set(found) - {("", "")} == people
    assert facts(attrs.evolve(RECORDS, members=RECORDS.members[::-1], staff=RECORDS.staff[::-1]), BEFORE) == found


@pytest.mark.parametrize(
    ("table", "row", "key"),
    [
        ("supervision", Supervision("S1", "S3", dt.date(2026, 2, 28), None), ("staff_id", "S1")),
        ("supervision", Supervision("S1", "S3", dt.date(2026, 3, 1), None), None),
        ("screenings", Screening("S1", "LEIE", dt.date(2026, 3, 1), "clear"), None),
        ("screenings", Screening("S1", "LEIE", dt.date(2026, 3, 1), "excluded"), ("staff_id", "S1")),
        ("exclusions", Exclusion("LEIE", dt.date(2026, 2, 28), npi="1234567893"), ("npi", "1234567893")),
        ("exclusions", Exclusion("LEIE", None, npi="1234567893"), ("npi", "1234567893")),
        ("plans", Plan("M1", "P9", "recovery", dt.date(2026, 3, 1), dt.date(2027, 2, 28)), None),
    ],
)
def test_a_row_counts_for_whom_it_names_where_it_begins_before(
    table: str, row: object, key: tuple[str, str] | None
) -> None:
    changes: dict[str, Any] = {table: (*getattr(RECORDS, table), row)}
    more = attrs.evolve(RECORDS, **changes)
    before, after = facts(RECORDS, BEFORE), facts(more, BEFORE)

    assert {one for one in after if before.get(one) != after[one]} == ({key} if key is not None else set())
