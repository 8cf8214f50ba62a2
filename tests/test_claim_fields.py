"""What a claim can say beside its lines: where the service was given, why it is late, who it names and how."""

from collections.abc import Sequence
from itertools import count
from typing import Any

import pytest
from worlds import World, make_world

from peerbill.billing import build_claims
from peerbill.claim import Claim
from peerbill.x12.check import check_text
from peerbill.x12.guide import check_guide
from peerbill.x12.write837 import write_interchange

PLACE = {
    "name": "County Hospital",
    "street": "9 Hospital Row",
    "city": "Lansing",
    "state": "MI",
    "zip": "48911-1234",
    "npi": "1679576722",
    "place": "23",
}
LATER = {
    "like": "E1",
    "start": "2026-03-02T12:00",
    "end": "2026-03-02T12:47",
    "signed_at": "2026-03-02T16:10",
}


def claims_of(**patch: Any) -> tuple[World, tuple[Claim, ...]]:
    world = make_world(patch)
    return world, build_claims(world.audit().billable, world.records, (f"C{number}" for number in count(1)))


def segments_of(world: World, claims: Sequence[Claim], *tags: str) -> list[str]:
    config = world.records.settings
    text = "".join(write_interchange(claims, config.payers["plan"], config, world.as_of, 1))
    assert list(check_text(text)) == []
    assert list(check_guide([text], workers=0)) == []
    return [segment for segment in text.split("~") if segment.startswith(tags)]


def test_a_claim_says_where_the_service_was_given() -> None:
    world, claims = claims_of(encounters={"E1": {"place": "23"}}, places={"ER": PLACE})

    assert segments_of(world, claims, "NM1*77", "N3*9", "N4*LANSING*MI*489111234") == [
        "NM1*77*2*COUNTY HOSPITAL*****XX*1679576722",
        "N3*9 HOSPITAL ROW",
        "N4*LANSING*MI*489111234",
    ]


@pytest.mark.parametrize(
    ("place", "row", "name"),
    [
        pytest.param("23", {**PLACE, "npi": ""}, "NM1*77*2*COUNTY HOSPITAL", id="a place without an NPI"),
        pytest.param("23", {**PLACE, "npi": "1234567893"}, "NM1*77*2*COUNTY HOSPITAL", id="a part of the agency"),
        pytest.param(
            "57", {**PLACE, "place": "57", "street": "1 Test Street", "zip": "489331234"}, "", id="its address"
        ),
        pytest.param("57", {"name": "We", "npi": "1234567893", "place": "57"}, "", id="the agency, without an address"),
        pytest.param("12", {**PLACE, "place": "12"}, "", id="the patient's home"),
        pytest.param("22", PLACE, "", id="a row of another code"),
    ],
)
def test_only_a_place_away_from_the_agency_is_named(place: str, row: dict[str, str], name: str) -> None:
    world, claims = claims_of(encounters={"E1": {"place": place}}, places={"P": row})

    assert segments_of(world, claims, "NM1*77") == ([name] if name else [])


def test_lines_of_two_facilities_are_two_claims() -> None:
    west = {**PLACE, "name": "West Hospital", "street": "8 West Row", "npi": ""}
    day = {"start": "2026-03-03T10:00", "end": "2026-03-03T10:47", "signed_at": "2026-03-03T16:10"}
    world, claims = claims_of(
        encounters={
            "E1": {"place": "23", "facility": "ER"},
            "E2": {"like": "E1", "place": "23", "facility": "WEST", **day, "created_at": "2026-03-03T16:00"},
        },
        places={"ER": PLACE, "WEST": west},
        payers={"plan": {"claim_span": "month"}},
    )

    assert [claim.facility.name for claim in claims if claim.facility is not None] == [
        "County Hospital",
        "West Hospital",
    ]
    assert len(segments_of(world, claims, "NM1*77")) == 2


def test_a_late_claim_says_why_and_what_proves_it() -> None:
    late = {"delay_reason": "8", "attachment_type": "OZ", "attachment_transmission": "FX", "attachment_control": "C-77"}
    world, claims = claims_of(encounters={"E1": late})

    assert segments_of(world, claims, "CLM", "PWK", "DTP*472") == [
        "CLM*C1*60***11:B:1*Y*A*Y*Y***********8",
        "PWK*OZ*FX***AC*C-77",
        "DTP*472*D8*20260302",
    ]


def test_an_attachment_on_request_has_no_control_number() -> None:
    world, claims = claims_of(encounters={"E1": {"attachment_type": "OZ", "attachment_transmission": "AA"}})

    assert segments_of(world, claims, "PWK") == ["PWK*OZ*AA"]


def test_the_encounters_of_a_claim_share_one_delay_reason() -> None:
    day = {"start": "2026-03-03T10:00", "end": "2026-03-03T10:47", "signed_at": "2026-03-03T16:10"}
    _, claims = claims_of(
        encounters={"E1": {"delay_reason": "8"}, "E2": {"like": "E1", **day, "created_at": "2026-03-03T16:00",
                                                       "delay_reason": ""}},
        payers={"plan": {"claim_span": "month"}},
    )  # fmt: skip

    assert [(claim.delay_reason, len(claim.lines)) for claim in claims] == [("8", 1), ("", 1)]


def test_a_line_takes_the_delay_reason_of_the_encounter_that_has_one() -> None:
    _, claims = claims_of(encounters={"E2": {**LATER, "delay_reason": "3"}})

    assert [(claim.delay_reason, [line.encounter_ids for line in claim.lines]) for claim in claims] == [
        ("3", [("E1", "E2")])
    ]


@pytest.mark.parametrize("facility", [True, False])
def test_an_institutional_claim_says_the_same(facility: bool) -> None:
    form = """
[[peer.claim]]
form = "837I"
type_of_bill = "77"
attending = "peer"
patient_status = "30"
revenue_code = "0914"
source = "manual p. 9"
"""
    late = {"delay_reason": "8", "attachment_type": "OZ", "attachment_transmission": "FX", "attachment_control": "C-77"}
    world, claims = claims_of(
        policy=form, encounters={"E1": {"place": "23", **late}}, places={"ER": PLACE} if facility else {}
    )

    assert segments_of(world, claims, "CLM", "PWK", "NM1*77") == [
        "CLM*C1*60***77:A:1**A*Y*Y***********8",
        "PWK*OZ*FX***AC*C-77",
        *(["NM1*77*2*COUNTY HOSPITAL*****XX*1679576722"] if facility else []),
    ]
