"""Rows of prior_payments and spend_down in the first claim to Medicaid."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from next_payers import (
    DAY,
    NOTHING,
    PAID_ON,
    PARENT,
    WORLD,
    D,
    answer,
    answered,
    ids,
    run,
    told,
)
from worlds import World, as_billed, make_world

from peerbill.claims.build import build_claims
from peerbill.model.claim import (
    Adjustment,
    Policyholder,
    PriorPayment,
)
from peerbill.model.claim_state import Standing
from peerbill.model.errors import PeerbillError
from peerbill.model.people import SpendDown
from peerbill.x12.check.claim_files import check_text
from peerbill.x12.check.guide import check_guide
from peerbill.x12.write.write837p import write_interchange

# --- rows of prior_payments and spend_down in the first claim to Medicaid --------------------------------------------


def world_of_day(starts: Sequence[int], spend_down: Sequence[str], **changes: Any) -> World:
    """Return a world in which M1 is served for 45 minutes (60.00) at some hours; each hour has its own place."""
    encounters: dict[str, Any] = {}
    for number, hour in enumerate(starts):
        encounters[f"V{number}"] = {
            "like": "E1",
            "start": f"2026-03-02T{hour:02d}:00",
            "end": f"2026-03-02T{hour:02d}:45",
            "place": ("11", "12", "53", "57")[number],
            "signed_at": "2026-03-02T23:30",
            "created_at": "2026-03-02T23:00",
        }
    encounters["E1"] = False
    rows = {
        f"r{number}": {"member_id": "M1", "date": "2026-03-02", "amount": one} for number, one in enumerate(spend_down)
    }
    return make_world({"encounters": encounters, "spend_down": rows, **changes})


def paid_by_patient(world: World, taken: Sequence[str] = ()) -> dict[str, Decimal | None]:
    billable = world.audit().billable
    history = [as_billed(one) for one in billable if one.encounter.encounter_id in taken]
    left = [one for one in billable if one.encounter.encounter_id not in taken]
    claims = build_claims(left, world.records, ids(), history)
    return {claim.lines[0].encounter_ids[0]: claim.patient_paid for claim in claims}


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ((), {"V0": None, "V1": None}),
        (("0",), {"V0": None, "V1": None}),
        (("12.50",), {"V0": D("12.50"), "V1": None}),
        (("60.00",), {"V0": D("60.00"), "V1": None}),
        (("60.01",), {"V0": D("60.00"), "V1": D("0.01")}),
        (("50", "30"), {"V0": D("60.00"), "V1": D("20.00")}),
        (("200",), {"V0": D("60.00"), "V1": D("60.00")}),
    ],
)
def test_a_day_s_spend_down_is_told_once_from_the_first_claim_on(
    amounts: Sequence[str], expected: dict[str, Decimal | None]
) -> None:
    assert paid_by_patient(world_of_day((9, 14), amounts)) == expected


def test_what_earlier_runs_told_is_not_told_again() -> None:
    world = world_of_day((9, 14), ("70.00",))

    assert paid_by_patient(world, taken=("V0",)) == {"V1": D("10.00")}
    assert paid_by_patient(world, taken=("V1",)) == {"V0": D("10.00")}


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({}, D("10.00")),
        ({"standing": Standing.FREE}, D("60.00")),
        ({"payer_turn": 2}, D("60.00")),
        ({"encounter_id": "V1"}, D("60.00")),
        ({"start": dt.datetime(2026, 3, 1, 9)}, D("60.00")),
    ],
)
def test_only_what_stands_with_the_first_payer_of_the_day_has_used_its_part(changes: Any, left: Decimal) -> None:
    world = world_of_day((9, 14), ("70.00",))
    first, second = world.audit().billable

    (claim,) = build_claims((second,), world.records, ids(), (attrs.evolve(as_billed(first), **changes),))

    assert claim.patient_paid == left


@pytest.mark.parametrize("row", [SpendDown("M1", None, D("5")), SpendDown("M1", DAY, None)])
def test_a_row_without_day_or_amount_tells_nothing(row: SpendDown) -> None:
    world = world_of_day((9,), ())
    rows = (row, SpendDown("M1", DAY, D("7")))
    (claim,) = build_claims(world.audit().billable, attrs.evolve(world.records, spend_down=rows), ids())

    assert claim.patient_paid == D("7")


def test_a_row_of_another_day_or_member_changes_nothing() -> None:
    world = world_of_day((9,), ())
    rows = (SpendDown("M1", dt.date(2026, 3, 3), D("5")), SpendDown("M2", DAY, D("5")))
    records = attrs.evolve(world.records, spend_down=rows)

    assert paid_by_patient(attrs.evolve(world, records=records)) == {"V0": None}


@pytest.mark.parametrize("row", [SpendDown("M1", None, D("5")), SpendDown("M1", DAY, None)])
def test_a_row_without_day_or_amount_holds_the_member(row: SpendDown) -> None:
    world = world_of_day((9,), ())
    result = attrs.evolve(world, records=attrs.evolve(world.records, spend_down=(row,))).audit()

    assert [one.code for one in result.findings if one.severity.value == "error"] == ["PB605"]
    assert result.billable == ()


BILLABLE = world_of_day((8, 11, 14, 17), ()).audit().billable
RECORDS = world_of_day((8, 11, 14, 17), ()).records


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 30_000), max_size=3), st.sets(st.integers(0, 3)), st.permutations(range(4)))
def test_the_sum_over_claims_never_exceeds_the_rows(amounts: list[int], before: set[int], order: list[int]) -> None:
    """Over two runs, too: what one told the next does not tell again, and no claim tells more than its charge."""
    rows = tuple(SpendDown("M1", DAY, Decimal(one).scaleb(-2)) for one in amounts)
    records = attrs.evolve(RECORDS, spend_down=rows)
    first = [BILLABLE[place] for place in order if place in before]
    second = [BILLABLE[place] for place in order if place not in before]
    names = ids()
    claims = build_claims(first, records, names)
    claims += build_claims(second, records, names, [as_billed(one) for one in first])

    asked = sum((one.amount for one in rows if one.amount is not None), Decimal(0))
    charge = sum((claim.charge for claim in claims), Decimal(0))
    assert sum((claim.patient_paid or 0 for claim in claims), Decimal(0)) == min(asked, charge)
    assert all(0 < claim.patient_paid <= claim.charge for claim in claims if claim.patient_paid is not None)


PRIMARY = {"member_id": "M1", "payer": "medicare", "subscriber_id": "1EG4", "from": "2020-01-01", "rank": "1"}


def primary_by_hand(world: Mapping[str, Any], *rows: Mapping[str, str], span: str = "day") -> World:
    return make_world(
        {
            "payers": {
                "plan": {"claim_span": span},
                "medicare": {"name": "MEDICARE", "id": "MC001", "claim_filing": "MB"},
            },
            "coverage": {
                "primary": PRIMARY,
                "first": {"rank": "2"},
            },
            "prior_payments": {
                f"r{number}": {"payer": "medicare", "paid_on": "2026-03-18", **row} for number, row in enumerate(rows)
            },
            **world,
        }
    )


LATER = {
    "like": "E1",
    "start": "2026-03-03T13:00",
    "end": "2026-03-03T13:30",
    "signed_at": "2026-03-03T17:00",
    "created_at": "2026-03-03T16:00",
    "intervention": "Wrote a letter together.",
    "response": "Signed it.",
    "next_step": "Send it on Friday.",
}


def test_rows_of_a_payer_billed_elsewhere_go_into_the_claim_and_both_validators_take_it() -> None:
    """Two encounters of one day are one line: what was paid and adjusted is added up by group and reason."""
    second = LATER | {"start": "2026-03-02T13:00", "end": "2026-03-02T13:30"}
    world = primary_by_hand(
        {"encounters": {"E2": second}, "spend_down": {"a": {"member_id": "M1", "date": "2026-03-02", "amount": "90"}}},
        {"encounter_id": "E1", "paid": "30", "adjustments": "CO:45:20;PR:2:10", "payer_control_number": "ICN7"},
        {
            "encounter_id": "E2",
            "paid": "20",
            "adjustments": "PR:2:20",
            "paid_on": "2026-03-20",
            "payer_control_number": "ICN7",
        },
    )
    result = world.audit()
    assert result.findings == ()
    (claim,) = build_claims(result.billable, world.records, ids())

    assert [(one.charge, one.prior_payments) for one in claim.lines] == [
        (
            D("100.00"),
            (
                PriorPayment(
                    "MC001",
                    D("50"),
                    "H0038",
                    ("HF",),
                    5,
                    PAID_ON,
                    (Adjustment("CO", "45", D("20")), Adjustment("PR", "2", D("30"))),
                ),
            ),
        )
    ]
    assert [
        (one.id, one.paid, one.paid_on, one.payer_control_number, one.claim_filing) for one in claim.other_payers
    ] == [("MC001", D("50"), PAID_ON, "ICN7", "MB")]
    # Of the 90 that the member paid the claim tells what Medicare left of its charge.
    assert claim.patient_paid == D("50.00")
    settings_ = world.records.settings
    text = "".join(write_interchange((claim,), settings_.payers["plan"], settings_, world.as_of, 1))
    assert list(check_text(text)) == []
    assert list(check_guide([text], workers=0)) == []


@pytest.mark.parametrize(("numbers", "expected"), [(("ICN7", "ICN7"), ["ICN7"]), (("ICN7", "ICN8"), ["ICN7", "ICN8"])])
def test_lines_that_the_first_payer_saw_as_two_claims_are_two_claims(
    numbers: tuple[str, str], expected: list[str]
) -> None:
    world = primary_by_hand(
        {"encounters": {"E2": LATER}},
        {"encounter_id": "E1", "paid": "60", "payer_control_number": numbers[0]},
        {"encounter_id": "E2", "paid": "40", "payer_control_number": numbers[1]},
        span="week",
    )
    claims = build_claims(world.audit().billable, world.records, ids())

    assert [claim.other_payers[0].payer_control_number for claim in claims] == expected
    assert sum(one.paid for claim in claims for one in claim.other_payers) == D("100")


def test_a_line_of_which_the_payer_before_said_nothing_is_a_claim_of_its_own() -> None:
    rows = [{"encounter_id": id_, "paid": paid} for id_, paid in (("E1", "60"), ("E2", "40"))]
    world = primary_by_hand({"encounters": {"E2": LATER}}, *rows, span="week")
    records = attrs.evolve(world.records, prior_payments=world.records.prior_payments[:1])
    claims = build_claims(world.audit().billable, records, ids())

    assert [
        ([line.encounter_ids for line in claim.lines], [other.paid for other in claim.other_payers]) for claim in claims
    ] == [([("E1",)], [D("60")]), ([("E2",)], [])]


def test_the_policyholder_of_the_payer_before_is_named_by_what_is_on_file() -> None:
    world = primary_by_hand(
        {"coverage": {"primary": PRIMARY | PARENT, "first": {"rank": "2"}}}, {"encounter_id": "E1", "paid": "60"}
    )
    result = world.audit()
    assert result.findings == ()
    (claim,) = build_claims(result.billable, world.records, ids())

    (other,) = claim.other_payers
    assert other.policyholder == Policyholder("19", "Quillon", "Ada")
    settings_ = world.records.settings
    text = "".join(write_interchange((claim,), settings_.payers["plan"], settings_, world.as_of, 1))
    assert "~SBR*P*19*******MB~" in text
    assert "~NM1*IL*1*QUILLON*ADA****MI*1EG4~NM1*PR*" in text
    assert list(check_text(text)) == []
    assert list(check_guide([text], workers=0)) == []


@pytest.mark.parametrize(
    ("second", "expected"),
    [({}, ["19"]), ({"policyholder_first_name": "Bo"}, ["19", "19"]), ({"relationship": "other"}, ["19", "G8"])],
)
def test_lines_of_two_policyholders_are_two_claims(second: Mapping[str, str], expected: list[str]) -> None:
    world = primary_by_hand(
        {
            "encounters": {"E2": LATER},
            "coverage": {
                "primary": PRIMARY | PARENT | {"to": "2026-03-02"},
                "then": PRIMARY | PARENT | {"from": "2026-03-03", **second},
                "first": {"rank": "2"},
            },
        },
        {"encounter_id": "E1", "paid": "60"},
        {"encounter_id": "E2", "paid": "40"},
        span="week",
    )
    claims = build_claims(world.audit().billable, world.records, ids())

    holders = [one.policyholder for claim in claims for one in claim.other_payers]
    assert [holder.relationship for holder in holders if holder is not None] == expected


def test_a_claim_to_the_payer_of_another_policyholder_is_not_made() -> None:
    (billable,) = WORLD.audit().billable
    theirs = attrs.evolve(billable, coverage=attrs.evolve(billable.coverage, relationship="spouse"))

    with pytest.raises(PeerbillError, match="encounter E1: the member's policy with plan is another person's"):
        build_claims((theirs,), WORLD.records, ids())


def test_without_rows_a_claim_says_nothing_of_others() -> None:
    (claim,) = build_claims(WORLD.audit().billable, WORLD.records, ids())

    assert (claim.other_payers, claim.patient_paid, claim.lines[0].prior_payments) == ((), None, ())


def test_without_coverage_by_the_payer_that_answered_nobody_knows_who_is_next() -> None:
    rows = tuple(row for row in WORLD.records.coverage if row.payer != "plan")
    world = attrs.evolve(WORLD, records=attrs.evolve(WORLD.records, coverage=rows))
    answers_ = answer("32.00", "PR:2:28.00")

    assert told(run(answered(answers_), world=world)) == (
        [],
        ["coverage has no row for plan on 2026-03-02, so that it is not known who is next"],
    )
    assert told(run(answered(answer("60.00")), world=world)) == NOTHING
