"""Which encounters share a service line, and which lines share a claim."""

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from office import SETTINGS as OFFICE_SETTINGS

from peerbill.claims.build import MAXIMUM_DIAGNOSES, MAXIMUM_LINES, build_claims, span_start
from peerbill.model.claim import (
    Address,
    BillableEncounter,
    Claim,
    Party,
    Payer,
    Provider,
    ServiceLine,
    Subscriber,
)
from peerbill.model.encounter import Encounter
from peerbill.model.errors import PeerbillError
from peerbill.model.people import Coverage, Member, Staff
from peerbill.model.records import Records

SHELTER = Address("9 SHELTER RD", "LANSING", "MI", "489331234")
SPANS = ("day", "week", "month", "batch")
PAYERS = {
    span: Payer(
        key=span, policy=("XX/one",), name="P", id="P", receiver=Party("P", "P"), claim_span=span,
        address_when_none=SHELTER if span == "day" else None,
    )
    for span in SPANS
}  # fmt: skip
STAFF = (
    Staff("S1", "ONE", "ANN", npi="1234567893", taxonomy="175T00000X"),
    Staff("S2", "TWO", "BEN", npi="1245319599"),
)
MEMBERS = tuple(
    Member(id_, "DOE", "JO", dt.date(1990, 1, 1), "F", "2 B ST", "LANSING", "MI", "48933-1234") for id_ in ("M1", "M2")
)
RECORDS = Records(
    settings=attrs.evolve(OFFICE_SETTINGS, payers=PAYERS),
    staff=STAFF,
    members=MEMBERS,
)


def ids() -> Iterator[str]:
    return (f"PB{number:010d}" for number in itertools.count(1))


def one(encounter_id: str = "E1", **changes: Any) -> BillableEncounter:
    """Return an encounter that passed the audit; `changes` name fields of it or of its encounter."""
    payer = changes.pop("payer", "day")
    of_encounter = {field.name for field in attrs.fields(Encounter)} - {"payer", "programme", "diagnoses"}
    start = changes.pop("start", dt.datetime(2026, 3, 2, 9, 0))
    member_id = changes.get("member_id", "M1")
    encounter = Encounter(
        encounter_id,
        **{
            "member_id": member_id,
            "staff_id": "S1",
            "service": "individual",
            "start": start,
            "end": start and start + dt.timedelta(minutes=30),
            "place": "11",
            **{name: value for name, value in changes.items() if name in of_encounter},
        },
    )
    return BillableEncounter(
        encounter=encounter,
        payer=payer,
        **{
            "programme": "XX/one",
            "coverage": Coverage(member_id, payer, "ID" + member_id, dt.date(2020, 1, 1), rank=1),
            "minutes": 30,
            "units": 2,
            "unit_minutes": 15,
            "hcpcs": "H0038",
            "modifiers": ("HF",),
            "diagnoses": ("F1120",),
            "unit_charge": Decimal("16.00"),
            "rendering_id": "S1",
            **{name: value for name, value in changes.items() if name not in of_encounter},
        },
    )


def build(*billable: BillableEncounter, records: Records = RECORDS) -> tuple[Claim, ...]:
    return build_claims(billable, records, ids())


def shape(claims: Sequence[Claim]) -> list[list[tuple[str, ...]]]:
    """Return the encounter ids of each line of each claim."""
    return [[line.encounter_ids for line in claim.lines] for claim in claims]


def at(day: int, hour: int = 9) -> dt.datetime:
    return dt.datetime(2026, 3, day, hour, 0)


def test_one_encounter_makes_one_claim_of_one_line() -> None:
    assert build(one(supervising_id="S2", authorization="A1", diagnoses=("F1120", "F329"))) == (
        Claim(
            claim_id="PB0000000001",
            payer="day",
            member_id="M1",
            subscriber=Subscriber(
                "IDM1", "DOE", "JO", dt.date(1990, 1, 1), "F", Address("2 B ST", "LANSING", "MI", "489331234"), 1
            ),
            place="11",
            diagnoses=("F1120", "F329"),
            lines=(
                ServiceLine(
                    "PB0000000001-1", ("E1",), dt.date(2026, 3, 2), "H0038", ("HF",), 2, Decimal("32.00"), (1, 2)
                ),
            ),
            rendering=Provider("ONE", "ANN", "1234567893", "175T00000X"),
            supervising=Provider("TWO", "BEN", "1245319599", ""),
            authorization="A1",
            programme="XX/one",
            rendering_id="S1",
            supervising_id="S2",
        ),
    )


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        ({}, 1),
        ({"programme": "XX/two"}, 1),
        ({"staff_id": "S2"}, 1),
        ({"supervising_id": "S2"}, 1),
        ({"authorization": "A2"}, 1),
        ({"unit_charge": Decimal(20)}, 1),
        ({"service": "group"}, 1),
        ({"start": at(3)}, 2),
        ({"member_id": "M2"}, 2),
        ({"rendering_id": "S2"}, 2),
        ({"rendering_id": ""}, 2),
        ({"place": "57"}, 2),
        ({"hcpcs": "H0025"}, 2),
        ({"modifiers": ("HF", "HQ")}, 2),
        ({"modifiers": ()}, 2),
        ({"payer": "week"}, 2),
    ],
    ids=str,
)
def test_a_line_holds_one_payer_member_day_rendering_provider_place_code_and_modifiers(
    change: dict[str, Any], lines: int
) -> None:
    claims = build(one("E1", start=at(2, 9)), one("E2", **{"start": at(2, 10), **change}))

    assert sum(len(claim.lines) for claim in claims) == lines


def test_modifiers_in_another_order_are_the_same_line() -> None:
    [claim] = build(one("E1", modifiers=("HF", "HQ")), one("E2", start=at(2, 10), modifiers=("HQ", "HF")))

    assert [(line.modifiers, line.units) for line in claim.lines] == [(("HF", "HQ"), 4)]


def test_a_lines_units_and_charge_are_the_sums_of_its_encounters() -> None:
    [claim] = build(
        one("E1", units=3),
        one("E2", start=at(2, 10), units=0),
        one("E3", start=at(2, 11), units=1, unit_charge=Decimal("20.00")),
    )

    assert [(line.encounter_ids, line.units, line.charge) for line in claim.lines] == [
        (("E1", "E2", "E3"), 4, Decimal("68.00"))
    ]
    assert claim.charge == Decimal("68.00")


@pytest.mark.parametrize(("units", "charge"), [(1, "16.13"), (2, "32.25"), (3, "48.38")])
def test_a_lines_charge_is_rounded_once_to_the_cent(units: int, charge: str) -> None:
    [claim] = build(one(units=units, unit_charge=Decimal("16.125")))

    assert str(claim.charge) == charge


def test_a_line_without_units_is_left_out_and_takes_no_claim_id() -> None:
    assert build(one("E1", units=0)) == ()
    claims = build(one("E1", units=0), one("E2", start=at(3)))

    assert [(claim.claim_id, shape([claim])) for claim in claims] == [("PB0000000001", [[("E2",)]])]


def test_no_encounters_make_no_claims() -> None:
    assert build() == ()


@pytest.mark.parametrize(
    ("change", "claims"),
    [
        ({}, 1),
        ({"supervising_id": "S2"}, 2),
        ({"authorization": "A2"}, 2),
        ({"place": "57"}, 2),
        ({"rendering_id": "S2"}, 2),
        ({"coverage": Coverage("M1", "batch", "OTHER", None, rank=1)}, 2),
        ({"coverage": Coverage("M1", "batch", "IDM1", None, rank=2)}, 2),
        ({"release": False}, 2),
        ({"programme": "XX/two"}, 1),
        ({"hcpcs": "H0025"}, 1),
    ],
    ids=str,
)
def test_a_claim_holds_one_subscriber_rendering_and_supervising_provider_place_and_authorization(
    change: dict[str, Any], claims: int
) -> None:
    made = build(one("E1", payer="batch"), one("E2", payer="batch", start=at(3), **change))

    assert len(made) == claims


@pytest.mark.parametrize(
    ("day", "span", "first"),
    [
        ("2026-03-02", "day", "2026-03-02"),
        ("2026-02-28", "week", "2026-02-22"),
        ("2026-03-01", "week", "2026-03-01"),
        ("2026-03-07", "week", "2026-03-01"),
        ("2026-03-08", "week", "2026-03-08"),
        ("2026-03-31", "month", "2026-03-01"),
        ("2026-04-01", "month", "2026-04-01"),
        ("2026-03-31", "batch", "0001-01-01"),
    ],
)
def test_a_span_begins_on_its_day_its_sunday_or_its_first(day: str, span: str, first: str) -> None:
    assert span_start(dt.date.fromisoformat(day), span) == dt.date.fromisoformat(first)


def test_a_span_by_another_name_is_refused() -> None:
    with pytest.raises(PeerbillError, match="none of day, week, month and batch"):
        span_start(dt.date(2026, 3, 2), "year")


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ("day", [["E1"], ["E2"], ["E3"], ["E4"]]),
        ("week", [["E1", "E2"], ["E3"], ["E4"]]),
        ("month", [["E1", "E2", "E3"], ["E4"]]),
        ("batch", [["E1", "E2", "E3", "E4"]]),
    ],
)
def test_a_payers_span_gathers_days_into_claims(span: str, expected: list[list[str]]) -> None:
    starts = [at(1), at(7), at(8), dt.datetime(2026, 4, 1, 9)]
    claims = build(*(one(f"E{n}", payer=span, start=start) for n, start in enumerate(starts, start=1)))

    assert [[line[0] for line in lines] for lines in shape(claims)] == expected


@pytest.mark.parametrize(("lines", "claims"), [(50, [50]), (51, [50, 1]), (101, [50, 50, 1])])
def test_a_fifty_first_line_starts_another_claim(lines: int, claims: list[int]) -> None:
    first = dt.datetime(2026, 1, 1, 9)
    made = build(*(one(f"E{n:03d}", payer="batch", start=first + dt.timedelta(days=n)) for n in range(lines)))

    assert [len(claim.lines) for claim in made] == claims
    assert [line.line_id for line in made[-1].lines][-1] == f"{made[-1].claim_id}-{claims[-1]}"


def codes(first: int, last: int) -> tuple[str, ...]:
    return tuple(f"F1{number:02d}" for number in range(first, last + 1))


@pytest.mark.parametrize(("last", "claims"), [(12, [12]), (13, [10, 3])])
def test_a_thirteenth_diagnosis_starts_another_claim(last: int, claims: list[int]) -> None:
    made = build(
        one("E1", payer="batch", diagnoses=codes(1, 10)),
        one("E2", payer="batch", start=at(3), diagnoses=codes(11, last)),
    )

    assert [len(claim.diagnoses) for claim in made] == claims


def test_lines_point_at_their_first_four_diagnoses_and_share_those_of_the_claim() -> None:
    [claim] = build(
        one("E1", payer="batch", diagnoses=codes(1, 6)),
        one("E2", payer="batch", start=at(3), diagnoses=("F107", "F101", "F107")),
    )

    assert claim.diagnoses == codes(1, 7)
    assert [line.pointers for line in claim.lines] == [(1, 2, 3, 4), (7, 1)]


def test_a_lines_diagnoses_are_gathered_from_its_encounters_in_order_of_time() -> None:
    [claim] = build(one("E1", start=at(2, 11), diagnoses=("F329", "F1120")), one("E2", diagnoses=("F1120", "F1020")))

    assert claim.diagnoses == ("F1120", "F1020", "F329")
    assert claim.lines[0].pointers == (1, 2, 3)


def test_one_line_loses_none_of_its_diagnoses_and_the_audit_holds_a_thirteenth() -> None:
    [claim] = build(one("E1", diagnoses=codes(1, 8)), one("E2", start=at(2, 10), diagnoses=codes(9, 16)))

    assert claim.diagnoses == codes(1, 16)


def test_the_release_of_a_line_needs_that_of_all_its_encounters() -> None:
    [claim] = build(one("E1"), one("E2", start=at(2, 10), release=False))

    assert claim.release is False


def test_the_agency_renders_where_nobody_is_named() -> None:
    [claim] = build(one(rendering_id=""))

    assert (claim.rendering, claim.supervising) == (None, None)


@pytest.mark.parametrize(
    ("payer", "street", "address"),
    [
        ("day", "", SHELTER),
        ("day", "2 B ST", Address("2 B ST", "LANSING", "MI", "489331234")),
        ("week", "", Address("", "LANSING", "MI", "489331234")),
    ],
)
def test_a_member_without_a_street_gets_the_payers_address_when_there_is_one(
    payer: str, street: str, address: Address
) -> None:
    records = attrs.evolve(RECORDS, members=(attrs.evolve(MEMBERS[0], street=street),))
    [claim] = build(one(payer=payer), records=records)

    assert claim.subscriber.address == address


def test_a_blank_rank_is_primary() -> None:
    [claim] = build(one(coverage=Coverage("M1", "day", "IDM1", None)))

    assert claim.subscriber.rank == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"start": None}, "encounter E1 has no start"),
        ({"member_id": "M9"}, "member M9 is not in table members"),
        ({"rendering_id": "S9"}, "staff_id S9 is not in table staff"),
        ({"payer": "nobody"}, r"payer nobody is not in \[payers\]"),
    ],
    ids=str,
)
def test_what_no_audit_lets_through_is_refused(change: dict[str, Any], told: str) -> None:
    with pytest.raises(PeerbillError, match=told):
        build(one(**change))


DIAGNOSES = st.lists(st.sampled_from(codes(1, 20)), min_size=1, max_size=8, unique=True).map(tuple)


@st.composite
def encounters(draw: st.DrawFn) -> list[BillableEncounter]:
    """Draw encounters of few members, days, peers, places and codes, so that they often share a line or a claim."""
    made = []
    for number in range(draw(st.integers(0, 40))):
        payer = draw(st.sampled_from(SPANS))
        made.append(
            one(
                f"E{number}",
                payer=payer,
                member_id=draw(st.sampled_from(["M1", "M2"])),
                start=dt.datetime(2026, 2, 25) + dt.timedelta(hours=draw(st.integers(0, 24 * 10))),
                place=draw(st.sampled_from(["11", "57"])),
                rendering_id=draw(st.sampled_from(["", "S1", "S2"])),
                supervising_id=draw(st.sampled_from(["", "S2"])),
                authorization=draw(st.sampled_from(["", "A1"])),
                modifiers=draw(st.sampled_from([(), ("HF",), ("HF", "HQ")])),
                diagnoses=draw(DIAGNOSES),
                units=draw(st.integers(0, 8)),
                unit_charge=draw(st.sampled_from([Decimal("16.00"), Decimal("20.55")])),
                release=draw(st.booleans()),
            )
        )
    return uncrowded(made)


def uncrowded(billable: list[BillableEncounter]) -> list[BillableEncounter]:
    """Leave out what the audit holds: a line of more than twelve diagnoses."""
    of_line: dict[tuple[object, ...], set[str]] = {}
    kept = []
    for one in billable:
        together = of_line.setdefault(key(one), set()) | set(one.diagnoses)
        if len(together) <= MAXIMUM_DIAGNOSES:
            of_line[key(one)] = together
            kept.append(one)
    return kept


def key(billable: BillableEncounter) -> tuple[object, ...]:
    encounter = billable.encounter
    assert encounter.start is not None
    return (
        billable.payer,
        encounter.member_id,
        encounter.start.date(),
        billable.rendering_id,
        encounter.place,
        billable.hcpcs,
        billable.modifiers,
    )


@given(encounters(), st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None)
def test_claims_hold_every_encounter_once_and_add_up(billable: list[BillableEncounter], random: Any) -> None:
    claims = build_claims(billable, RECORDS, ids())

    by_id = {one.encounter.encounter_id: one for one in billable}
    units = Counter[tuple[object, ...]]()
    for encounter in billable:
        units[key(encounter)] += encounter.units
    expected = sorted(id_ for id_, encounter in by_id.items() if units[key(encounter)] > 0)
    assert sorted(id_ for claim in claims for line in claim.lines for id_ in line.encounter_ids) == expected

    seen = set()
    for claim in claims:
        assert 1 <= len(claim.lines) <= MAXIMUM_LINES
        assert 1 <= len(claim.diagnoses) <= MAXIMUM_DIAGNOSES
        assert len(set(claim.diagnoses)) == len(claim.diagnoses)
        assert claim.charge == sum(line.charge for line in claim.lines)
        spans = set()
        for line in claim.lines:
            parts = [by_id[id_] for id_ in line.encounter_ids]
            [line_key] = {key(part) for part in parts}
            assert line_key not in seen
            seen.add(line_key)
            assert line_key[:2] == (claim.payer, claim.member_id)
            assert line.units == sum(part.units for part in parts)
            assert line.charge == sum(part.unit_charge * part.units for part in parts)
            assert 1 <= len(line.pointers) <= 4
            assert len(set(line.pointers)) == len(line.pointers)
            assert claim.diagnoses[line.pointers[0] - 1] == parts[0].diagnoses[0]
            pointed = [claim.diagnoses[pointer - 1] for pointer in line.pointers]
            assert pointed == list(dict.fromkeys(code for part in parts for code in part.diagnoses))[:4]
            spans.add(span_start(line.service_date, PAYERS[claim.payer].claim_span))
        assert len(spans) == 1
    assert [claim.claim_id for claim in claims] == list(itertools.islice(ids(), len(claims)))
    assert [(claim.payer, claim.member_id) for claim in claims] == sorted(
        (claim.payer, claim.member_id) for claim in claims
    )

    random.shuffle(billable)
    assert build_claims(billable, RECORDS, ids()) == claims
