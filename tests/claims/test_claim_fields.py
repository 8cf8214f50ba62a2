"""What a claim can say beside its lines: where the service was given, why it is late, who it names and how."""

from collections.abc import Sequence
from itertools import count
from typing import Any

import attrs
import pytest
from worlds import ON_THE_837I, World, as_billed, make_world, told

from peerbill import records_from
from peerbill.claims.build import build_claims
from peerbill.claims.parties import attachment_of
from peerbill.model.claim import Attachment, Claim
from peerbill.x12.check.claim_files import check_text
from peerbill.x12.check.guide import check_guide
from peerbill.x12.write.write837 import write_interchange

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


@pytest.mark.parametrize("told", [("OZ", "", ""), ("", "AA", ""), ("", "", "C-77"), ("OZ", "FX", "C-77")])
def test_any_field_of_an_attachment_makes_it_one(told: tuple[str, str, str]) -> None:
    assert attachment_of(*told) == Attachment(*told)
    assert attachment_of("", "", "") is None


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
    form = f"""
[[peer.claim]]
{ON_THE_837I}attending = "peer"
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


# --- a second service of a day ----------------------------------------------------------------------------------------

REPEATED = {"plan": {"second_service": {"same_peer": "76", "other_peer": "77"}}}
AT_ONE = {"start": "2026-03-02T13:00", "end": "2026-03-02T13:47"}
AT_THREE = {"start": "2026-03-02T15:00", "end": "2026-03-02T15:47"}
OTHER = {"staff_id": "S2", "signed_by": "S2"}


def marked(*encounters: dict[str, str], payers: dict[str, Any] = REPEATED, **patch: Any) -> list[tuple[Any, ...]]:
    """Return the modifiers of the lines of E1 and of these, in order of their first encounter."""
    rows = {f"E{number}": {"like": "E1", **cells} for number, cells in enumerate(encounters, start=2)}
    _, claims = claims_of(encounters=rows, payers=payers, **patch)
    lines = [(line.encounter_ids, ":".join(line.modifiers)) for claim in claims for line in claim.lines]
    return sorted(lines)


def test_without_a_word_of_the_payer_nothing_is_marked() -> None:
    assert marked({**OTHER, **AT_ONE}, payers={}) == [(("E1",), "HF"), (("E2",), "HF")]


@pytest.mark.parametrize(
    ("encounters", "expected"),
    [
        pytest.param([{**OTHER, **AT_ONE}], [(("E1",), "HF"), (("E2",), "HF:77")], id="another peer"),
        pytest.param(
            [{**OTHER, "start": "2026-03-02T08:00", "end": "2026-03-02T08:47"}],
            [(("E1",), "HF:77"), (("E2",), "HF")],
            id="another peer, earlier that day",
        ),
        pytest.param([AT_ONE], [(("E1", "E2"), "HF")], id="the same peer and place: one line"),
        pytest.param([{**AT_ONE, "place": "12"}], [(("E1",), "HF"), (("E2",), "HF:76")], id="the same peer elsewhere"),
        pytest.param(
            [{**OTHER, **AT_ONE}, {**OTHER, **AT_THREE}],
            [(("E1",), "HF"), (("E2", "E3"), "HF:77")],
            id="the other peer twice: one line",
        ),
        pytest.param(
            [{**OTHER, "start": "2026-03-03T10:00", "end": "2026-03-03T10:47", "signed_at": "2026-03-03T16:00",
              "created_at": "2026-03-03T16:00"}],
            [(("E1",), "HF"), (("E2",), "HF")],
            id="another day",
        ),
        pytest.param(
            [{**OTHER, "member_id": "M2", "plan_id": "P2"}], [(("E1",), "HF"), (("E2",), "HF")], id="another member"
        ),
    ],
)  # fmt: skip
def test_the_later_line_of_a_day_is_marked(encounters: list[dict[str, str]], expected: list[tuple[Any, ...]]) -> None:
    assert marked(*encounters) == expected


def test_one_modifier_may_stand_for_both() -> None:
    rule = {"plan": {"second_service": "59"}}

    assert marked({**OTHER, **AT_ONE}, payers=rule) == [(("E1",), "HF"), (("E2",), "HF:59")]
    assert marked({**AT_ONE, "place": "12"}, payers=rule) == [(("E1",), "HF"), (("E2",), "HF:59")]


def test_a_marked_second_peer_is_no_duplicate_that_is_warned_of() -> None:
    world = make_world({"payers": REPEATED, "encounters": {"E2": {"like": "E1", **OTHER, **AT_ONE}}})

    assert told(world.audit().findings) == []


def test_what_was_sent_first_stays_and_what_comes_later_is_marked() -> None:
    """Whatever the time of day: the first claim cannot be changed by the second."""
    early = {"start": "2026-03-02T08:00", "end": "2026-03-02T08:47"}

    assert marked({**OTHER, **early}, billed={"E1": {}}) == [(("E2",), "HF:77")]


def test_a_line_that_was_sent_with_a_mark_is_known_again() -> None:
    world = make_world({"payers": REPEATED, "encounters": {"E2": {"like": "E1", **OTHER, **AT_ONE}}})
    first, second = (as_billed(one, f"C{number}") for number, one in enumerate(world.audit().billable, start=1))
    assert (first.modifiers, second.modifiers) == (("HF",), ("HF", "77"))

    again = attrs.evolve(world, history=(first, second)).audit()
    assert [(row.status, row.modifiers) for row in again.encounters] == [("billed", ("HF",)), ("billed", ("HF", "77"))]
    rejected = attrs.evolve(world, history=(second,)).audit()
    assert [(row.status, row.modifiers) for row in rejected.encounters] == [
        ("billable", ("HF",)),
        ("billed", ("HF", "77")),
    ]
    joining = make_world(
        {
            "payers": REPEATED,
            "encounters": {"E2": {"like": "E1", **OTHER, **AT_ONE}, "E3": {"like": "E1", **OTHER, **AT_THREE}},
        }
    )
    late = attrs.evolve(joining, history=(first, second)).audit()
    assert told(late.findings) == [
        "error E3 encounters.encounter_id: PB805 the line of this day was sent before, with E2 (claim C2)"
    ]


# --- rows of places that cannot be used -------------------------------------------------------------------------------

GOOD = {"place_id": "ER", "name": "County Hospital", "street": "9 Row", "city": "Lansing", "state": "MI"}


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param([{**GOOD, "place_id": "WEST", "zip": "489"}], id="a ZIP code of three digits"),
        pytest.param([{**GOOD, "place_id": "WEST"}, {**GOOD, "place_id": "WEST"}], id="an id given twice"),
        pytest.param([{**GOOD, "place_id": ""}], id="no id"),
    ],
)
def test_where_a_row_of_places_cannot_be_read_none_is_taken_by_its_code(bad: list[dict[str, str]]) -> None:
    """The row that cannot be read may have the code too."""
    world = make_world(
        {"encounters": {"E1": {"place": "23"}, "E2": {"like": "E1", **OTHER, **AT_ONE, "facility": "ER"}}}
    )
    good = {**GOOD, "zip": "489111234", "place": "23"}
    read = records_from(world.records.settings, {"places": [good, *bad]})
    assert len(read.problems) == len(bad)
    records = attrs.evolve(world.records, places=read.places, places_unread=read.places_unread)
    result = attrs.evolve(world, records=records).audit()

    assert [(one.encounter.encounter_id, one.facility is not None) for one in result.billable] == [
        ("E1", False),
        ("E2", True),
    ]
    assert [text for text in told(result.findings) if "PB602" in text] == [
        "warning E1 places.place: PB602 rows of places could not be read, so that nobody knows which one has place 23"
    ]
