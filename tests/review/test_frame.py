"""Frames: which claims may be drawn, and with which amount."""

import datetime as dt
from decimal import Decimal
from typing import Any

import attrs
import pytest

from peerbill.model.claim import ClaimForm
from peerbill.model.claim_state import ClaimState, Frequency
from peerbill.model.errors import UnusableInputError
from peerbill.model.sent_claim import SentClaim, SentLine
from peerbill.review.frame import Row, frame_of

DAY = dt.date(2026, 3, 2)


def line(number: int, **changes: Any) -> SentLine:
    made = SentLine(
        line_id=f"L{number}",
        encounter_ids=(f"E{number}",),
        service_date=DAY + dt.timedelta(days=number),
        hcpcs="H0038",
        modifiers=("HF",),
        units=3,
        charge=Decimal("48.00"),
        number=number,
        live=True,
        state=ClaimState.PAID,
        paid=Decimal("40.00"),
    )
    return attrs.evolve(made, **changes)


def claim(**changes: Any) -> SentClaim:
    made = SentClaim(
        claim_id="C1",
        payer="horizon",
        member_id="M1",
        state=ClaimState.PAID,
        changed_at="2026-03-20T12:00:00+00:00",
        frequency=Frequency.ORIGINAL,
        charge=Decimal("96.00"),
        paid=Decimal("80.00"),
        payer_control_number="ICN1",
        replaces="",
        replaced_by="",
        follows="",
        form=ClaimForm(),
        file="f.837",
        sent_on=DAY,
        first_day=DAY + dt.timedelta(days=1),
        last_day=DAY + dt.timedelta(days=2),
        programme="NJ/sud",
        subscriber_id="1",
        subscriber_rank=1,
        place="11",
        diagnoses=("F1120",),
        authorization="",
        rendering_id="S1",
        supervising_id="",
        staff_ids=("S2", "S1"),
        release=True,
        admitted_on=None,
        patient_paid=None,
        lines=(line(1), line(2)),
    )
    return attrs.evolve(made, **changes)


def ids(*claims: SentClaim, unit: str = "line", amount: str = "paid", **query: Any) -> list[tuple[str, int]]:
    return [(row.row_id, row.amount) for row in frame_of(claims, unit=unit, amount=amount, **query).rows]


def test_a_row_has_ids_day_code_and_amount() -> None:
    assert frame_of([claim()], unit="line", amount="paid").rows[0] == Row(
        "C1-1", "C1", "horizon", "M1", "S1;S2", dt.date(2026, 3, 3), "H0038:HF", 4000
    )


@pytest.mark.parametrize(
    ("unit", "amount", "rows"),
    [
        ("line", "paid", [("C1-1", 4000), ("C1-2", 4000)]),
        ("line", "charged", [("C1-1", 4800), ("C1-2", 4800)]),
        ("claim", "paid", [("C1", 8000)]),
        ("claim", "charged", [("C1", 9600)]),
        ("encounter", "paid", [("E1", 4000), ("E2", 4000)]),
    ],
)
def test_units_and_amounts(unit: str, amount: str, rows: list[tuple[str, int]]) -> None:
    assert ids(claim(), unit=unit, amount=amount) == rows


@pytest.mark.parametrize(
    ("changes", "drawn"),
    [
        ({}, 2),
        ({"mode": "test"}, 0),
        ({"frequency": Frequency.VOID}, 0),
        ({"frequency": Frequency.REPLACEMENT}, 2),
        ({"lines": (line(1, live=False), line(2))}, 1),
        ({"lines": (line(1, paid=Decimal(0)), line(2, paid=Decimal("0.01")))}, 1),
        *(({"state": state}, 0) for state in ("voided", "replaced", "withdrawn", "rejected-payer")),
        *(({"state": state}, 0) for state in ("rejected-interchange", "rejected-functional")),
        *(({"state": state}, 2) for state in ("accepted", "partly-paid", "denied", "written-off", "written")),
    ],
)
def test_what_bills_nothing_today_is_in_no_frame(changes: dict[str, Any], drawn: int) -> None:
    assert len(ids(claim(**changes))) == drawn


@pytest.mark.parametrize(
    ("query", "drawn"),
    [
        ({"first": dt.date(2026, 3, 4)}, ["C1-2"]),
        ({"first": dt.date(2026, 3, 5)}, []),
        ({"last": dt.date(2026, 3, 3)}, ["C1-1"]),
        ({"payers": ("horizon",)}, ["C1-1", "C1-2"]),
        ({"payers": ("other",)}, []),
    ],
)
def test_days_of_service_and_payers(query: dict[str, Any], drawn: list[str]) -> None:
    assert [row_id for row_id, _ in ids(claim(), **query)] == drawn


def test_the_query_is_in_words() -> None:
    assert frame_of([], unit="line", amount="paid", payers=("b", "a"), first=DAY).query == (
        "unit line; amount paid, above 0; claims sent in production, not rejected, withdrawn, voided or replaced, "
        "and no voids; payers a, b; days of service 2026-03-02 to the last"
    )


def test_an_amount_of_several_encounters_is_not_divided() -> None:
    with pytest.raises(UnusableInputError, match="Line 1 of claim C1 bills 2 encounters with one amount"):
        ids(claim(lines=(line(1, encounter_ids=("E1", "E2")),)), unit="encounter")


def test_an_encounter_of_two_payers_is_drawn_from_the_claims_of_one() -> None:
    both = (claim(), claim(claim_id="C2", payer="second", follows="C1"))
    with pytest.raises(UnusableInputError, match=r"have the id E1: .*draw from the claims of one \(--payer\)"):
        ids(*both, unit="encounter")
    assert ids(*both, unit="encounter", payers=("second",)) == [("E1", 4000), ("E2", 4000)]
