"""Claims to the text of an 837P."""

import datetime as dt
import io
import logging
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import attrs
import pytest
import pyx12.params
import pyx12.x12n_document
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from shared import SHARED, needs_shared
from strategies import AS_OF, DIAGNOSES, ORGANIZATION, PAYER, SETTINGS, claims, npi, payers

from peerbill.model.claim import (
    Address,
    BillingProvider,
    Claim,
    Contact,
    FunctionalGroup,
    Interchange,
    Party,
    Payer,
    Provider,
    ServiceLine,
    Subscriber,
)
from peerbill.model.errors import X12Error
from peerbill.model.people import Coverage, Member, Staff
from peerbill.model.records import Settings
from peerbill.x12.check.claim_files import check_text
from peerbill.x12.check.guide import check_guide
from peerbill.x12.elements import Segment
from peerbill.x12.envelope import sides
from peerbill.x12.rules837p import (
    claim_problems,
    coverage_problems,
    is_post_office_box,
    member_problems,
    provider_of,
    settings_problems,
    staff_problems,
)
from peerbill.x12.segments import (
    GroupHeader,
    GroupTrailer,
    HierarchicalLevel,
    InterchangeHeader,
    InterchangeTrailer,
    TransactionTrailer,
    encode,
    faults,
    parse,
    split,
)
from peerbill.x12.write.write837p import (
    billing_segments,
    claim_segments,
    header_segments,
    subscriber_segments,
    write_interchange,
)

SUBSCRIBER = Subscriber(
    "123456789012", "Lane", "Alex", dt.date(1988, 4, 2), "M", Address("5 Oak Ave", "Brick", "NJ", "08723")
)
PEER = Provider("Rivera", "Dana", "1245319599", "175T00000X")
LINE = ServiceLine("A1-1", ("E1",), dt.date(2026, 3, 2), "H0038", ("HF",), 3, Decimal("48.00"))
CLAIM = Claim("A1", PAYER.key, "M1", SUBSCRIBER, "57", ("F1120",), (LINE,), rendering=PEER)
CONTRACT = SHARED / "contract-example"


def written(*given_claims: Claim, payer: Payer = PAYER, config: Settings = SETTINGS, isa13: int = 1) -> str:
    return "".join(write_interchange(given_claims, payer, config, AS_OF, isa13))


def body(*given_claims: Claim, payer: Payer = PAYER, config: Settings = SETTINGS) -> list[str]:
    """Return the segments without envelope, header and trailers."""
    text = written(*given_claims, payer=payer, config=config)
    return text[text.index("~HL*1*") + 1 : text.index("~SE*")].split("~")


def judged_by_pyx12(text: str) -> str:
    """Run the independent validator; return what it has against a file, "" for nothing."""
    logger = logging.getLogger("pyx12")
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    logger.addHandler(handler)
    logger.propagate = False
    try:
        right = pyx12.x12n_document.x12n_document(pyx12.params.params(), io.StringIO(text), None, None)
    finally:
        logger.removeHandler(handler)
    return "" if right else log.getvalue() or "not valid"


# --- the whole file --------------------------------------------------------------------------------------------------


def test_one_claim_gives_exactly_this_file() -> None:
    expected = (
        "ISA*00*          *00*          *ZZ*SHORE01        *ZZ*EXAMPLE02      *260331*0042*^*00501*000000042*0*T*:~"
        "GS*HC*SHORE01*EXAMPLE02*20260331*0042*42*X*005010X222A1~"
        "ST*837*0001*005010X222A1~"
        "BHT*0019*00*0000000420001*20260331*0042*CH~"
        "NM1*41*2*SHORE RECOVERY COMMUNITY*****46*SHORE01~"
        "PER*IC*BILLING OFFICE*TE*7325550100*EM*BILLING@EXAMPLE.ORG~"
        "NM1*40*2*EXAMPLE CLEARINGHOUSE*****46*EXAMPLE02~"
        "HL*1**20*1~"
        "PRV*BI*PXC*261QR0405X~"
        "NM1*85*2*SHORE RECOVERY COMMUNITY*****XX*1234567893~"
        "N3*12 WATER ST~"
        "N4*TOMS RIVER*NJ*087531234~"
        "REF*EI*221234567~"
        "HL*2*1*22*0~"
        "SBR*P*18*******MC~"
        "NM1*IL*1*LANE*ALEX****MI*123456789012~"
        "N3*5 OAK AVE~"
        "N4*BRICK*NJ*08723~"
        "DMG*D8*19880402*M~"
        "NM1*PR*2*HORIZON NJ HEALTH*****PI*EXAMPLE01~"
        "CLM*A1*48***57:B:1*Y*A*Y*Y~"
        "HI*ABK:F1120~"
        "NM1*82*1*RIVERA*DANA****XX*1245319599~"
        "PRV*PE*PXC*175T00000X~"
        "LX*1~"
        "SV1*HC:H0038:HF*48*UN*3***1~"
        "DTP*472*D8*20260302~"
        "REF*6R*A1-1~"
        "SE*27*0001~"
        "GE*1*42~"
        "IEA*1*000000042~"
    )

    assert written(CLAIM, isa13=42) == expected


def test_a_full_claim_has_its_loops_in_the_order_of_the_guide() -> None:
    claim = attrs.evolve(
        CLAIM,
        diagnoses=("F1120", "F329"),
        lines=(
            attrs.evolve(LINE, modifiers=("HF", "HQ"), charge=Decimal("7.50"), pointers=(2, 1)),
            attrs.evolve(LINE, line_id="A1-2", hcpcs="H2015", modifiers=(), charge=Decimal(0), units=1),
        ),
        supervising=Provider("Okafor", "Ife", provider_id="st-77"),
        facility=Party("Wellness Center", "1245319599"),
        facility_address=Address("9 Elm St", "Brick", "NJ", "08723-1111", "Floor 2"),
        authorization="au-1",
        frequency="7",
        payer_control_number="icn9",
        note="second visit",
        release=False,
    )

    assert body(claim)[12:] == [
        "NM1*PR*2*HORIZON NJ HEALTH*****PI*EXAMPLE01",
        "CLM*A1*7.5***57:B:7*Y*A*Y*I",
        "REF*G1*AU-1",
        "REF*F8*ICN9",
        "NTE*ADD*SECOND VISIT",
        "HI*ABK:F1120*ABF:F329",
        "NM1*82*1*RIVERA*DANA****XX*1245319599",
        "PRV*PE*PXC*175T00000X",
        "NM1*77*2*WELLNESS CENTER*****XX*1245319599",
        "N3*9 ELM ST*FLOOR 2",
        "N4*BRICK*NJ*087231111",
        "NM1*DQ*1*OKAFOR*IFE",
        "REF*G2*ST-77",
        "LX*1",
        "SV1*HC:H0038:HF:HQ*7.5*UN*3***2:1",
        "DTP*472*D8*20260302",
        "REF*6R*A1-1",
        "LX*2",
        "SV1*HC:H2015*0*UN*1***1",
        "DTP*472*D8*20260302",
        "REF*6R*A1-2",
    ]


def test_the_envelope_follows_the_payers_keys() -> None:
    payer = attrs.evolve(
        PAYER,
        purpose="reporting",
        mode="production",
        interchange=Interchange("30", "SENDER", "27", "RECEIVER", acknowledgment=True),
        group=FunctionalGroup("GROUPSENDER", "GROUPRECEIVER"),
    )
    text = written(CLAIM, payer=payer, isa13=999_999_999)

    assert text.startswith(
        "ISA*00*          *00*          *30*SENDER         *27*RECEIVER       *260331*1039*^*00501*999999999*1*P*:~"
        "GS*HC*GROUPSENDER*GROUPRECEIVER*20260331*1039*999999999*X*005010X222A1~"
    )
    assert "BHT*0019*00*9999999990001*20260331*1039*RP~" in text
    assert sides(payer, SETTINGS) == ("30", "SENDER", "27", "RECEIVER", "GROUPSENDER", "GROUPRECEIVER")
    assert sides(PAYER, SETTINGS) == ("ZZ", "SHORE01", "ZZ", "EXAMPLE02", "SHORE01", "EXAMPLE02")


def test_an_agency_without_npi_is_named_by_the_payers_id() -> None:
    config = attrs.evolve(SETTINGS, organization=attrs.evolve(ORGANIZATION, npi=""))
    segments = body(CLAIM, payer=attrs.evolve(PAYER, provider_id="at-1"), config=config)

    assert segments[2] == "NM1*85*2*SHORE RECOVERY COMMUNITY"
    assert segments[12:14] == ["NM1*PR*2*HORIZON NJ HEALTH*****PI*EXAMPLE01", "REF*G2*AT-1"]
    assert "REF*G2" not in written(CLAIM, payer=attrs.evolve(PAYER, provider_id="at-1"))


def test_the_agencys_taxonomy_is_sent_unless_the_payer_does_not_want_it() -> None:
    assert "PRV*BI*PXC*261QR0405X~" in written(CLAIM, payer=attrs.evolve(PAYER, taxonomy=True))
    assert "PRV*BI" not in written(CLAIM, payer=attrs.evolve(PAYER, taxonomy=False))
    unknown = attrs.evolve(SETTINGS, organization=attrs.evolve(ORGANIZATION, taxonomy=""))
    assert "PRV*BI" not in written(CLAIM, config=unknown)


def test_a_rendering_provider_who_is_the_billing_provider_is_not_named_again() -> None:
    alone = attrs.evolve(CLAIM, rendering=attrs.evolve(PEER, npi=ORGANIZATION.npi))

    assert "NM1*82" not in written(alone)
    assert "NM1*82" not in written(attrs.evolve(CLAIM, rendering=None))


def test_a_member_without_a_street_is_at_the_payers_address_for_that() -> None:
    homeless = attrs.evolve(CLAIM, subscriber=attrs.evolve(SUBSCRIBER, address=Address("", "Brick", "NJ", "08723")))
    payer = attrs.evolve(PAYER, address_when_none=Address("1 County Sq", "Toms River", "NJ", "08753"))

    assert body(homeless, payer=payer)[9:11] == ["N3*1 COUNTY SQ", "N4*TOMS RIVER*NJ*08753"]
    assert body(CLAIM, payer=payer)[9:11] == ["N3*5 OAK AVE", "N4*BRICK*NJ*08723"]
    assert claim_problems(homeless, PAYER, SETTINGS) == ("subscriber.street: it is blank. Fill it in",)


# --- counters and divisions ------------------------------------------------------------------------------------------


def numbered(count: int, subscriber: Subscriber = SUBSCRIBER, first: int = 1) -> list[Claim]:
    return [
        attrs.evolve(
            CLAIM, claim_id=f"C{number}", subscriber=subscriber, lines=(attrs.evolve(LINE, line_id=f"L{number}"),)
        )
        for number in range(first, first + count)
    ]


def test_a_subscriber_level_holds_a_hundred_claims() -> None:
    other = attrs.evolve(SUBSCRIBER, last_name="Ito")
    levels = [segment for segment in body(*numbered(101), *numbered(1, other, 102)) if segment[:3] in ("HL*", "CLM")]

    assert levels[:2] == ["HL*1**20*1", "HL*2*1*22*0"]
    assert levels[101:105] == [
        "CLM*C100*48***57:B:1*Y*A*Y*Y",
        "HL*3*1*22*0",
        "CLM*C101*48***57:B:1*Y*A*Y*Y",
        "HL*4*1*22*0",
    ]
    assert len([level for level in levels if level.startswith("HL")]) == 4


def test_transaction_sets_hold_the_payers_maximum_and_count_on_their_own() -> None:
    payer = attrs.evolve(PAYER, max_claims_per_transaction=2)
    text = "".join(write_interchange(iter(numbered(5)), payer, SETTINGS, AS_OF, 7, st_first=12))
    sets = [part.split("~") for part in text.split("~ST*837*")[1:]]

    assert [part[0] for part in sets] == [f"00{number}*005010X222A1" for number in (12, 13, 14)]
    assert [part[1].split("*")[3] for part in sets] == ["0000000070012", "0000000070013", "0000000070014"]
    assert [sum(segment.startswith("CLM*") for segment in part) for part in sets] == [2, 2, 1]
    assert [part[index] for part in sets for index, segment in enumerate(part) if segment.startswith("HL*")] == [
        "HL*1**20*1",
        "HL*2*1*22*0",
    ] * 3
    assert text.endswith("GE*3*7~IEA*1*000000007~")
    for part in sets:
        trailer = next(index for index, segment in enumerate(part) if segment.startswith("SE*"))
        assert part[trailer] == f"SE*{trailer + 1}*{part[0][:4]}"


# --- the direct way is the typed way ---------------------------------------------------------------------------------


def typed(given_claims: list[Claim], payer: Payer, config: Settings, isa13: int) -> Iterator[Segment]:
    """Build the same interchange from nothing but typed segments and counters of its own."""
    between = sides(payer, config)
    time = f"{isa13 % 1440 // 60:02d}{isa13 % 60:02d}"
    yield InterchangeHeader(
        between.sender,
        between.receiver,
        AS_OF,
        time,
        isa13,
        "01"[payer.interchange.acknowledgment],
        {"test": "T", "production": "P"}[payer.mode],
    )
    yield GroupHeader(between.group_sender, between.group_receiver, AS_OF, time, isa13)
    most = payer.max_claims_per_transaction
    parts = [given_claims[start : start + most] for start in range(0, len(given_claims), most)]
    for number, part in enumerate(parts, 1):
        inside = [*header_segments(payer, config, AS_OF, isa13, f"{number:04d}"), *billing_segments(payer, config)]
        level, subscriber = 1, None
        for claim in part:
            if claim.subscriber != subscriber:
                level, subscriber = level + 1, claim.subscriber
                inside += [HierarchicalLevel(level, "22", "0", 1), *subscriber_segments(subscriber, payer, config)]
            inside += claim_segments(claim, config)
        yield from inside
        yield TransactionTrailer(len(inside) + 1, f"{number:04d}")
    yield GroupTrailer(len(parts), isa13)
    yield InterchangeTrailer(1, isa13)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(claims(), min_size=1, max_size=4, unique_by=lambda claim: claim.claim_id), payers, st.integers(1, 9999))
def test_any_sound_claims_are_written_as_their_typed_segments_say(
    given_claims: list[Claim], payer: Payer, isa13: int
) -> None:
    """Byte for byte; what is written is read back; and the validator has nothing against it."""
    assume(not settings_problems(SETTINGS, payer))
    given_claims += [attrs.evolve(given_claims[-1], claim_id="SAMEMEMBER")]
    text = written(*given_claims, payer=payer, isa13=isa13)
    expected = list(typed(given_claims, payer, SETTINGS, isa13))

    assert text == "".join(map(encode, expected))
    assert [parse(split(segment)) for segment in text.split("~")[:-1]] == expected
    assert text.isascii()
    assert text.isprintable()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(claims(), min_size=1, max_size=4, unique_by=lambda claim: claim.claim_id), payers)
def test_the_validator_has_nothing_against_any_file(given_claims: list[Claim], payer: Payer) -> None:
    assume(not settings_problems(SETTINGS, payer))

    assert judged_by_pyx12(written(*given_claims, payer=payer)) == ""


def test_the_validator_has_nothing_against_the_largest_loops() -> None:
    """Fifty lines, twelve diagnoses, a hundred and one claims of a member, several sets, replacement and void."""
    lines = tuple(
        attrs.evolve(LINE, line_id=f"W-{day}", service_date=dt.date(2026, 1, 1) + dt.timedelta(days=day))
        for day in range(50)
    )
    wide = attrs.evolve(CLAIM, claim_id="W", diagnoses=DIAGNOSES[:12], lines=lines)
    other = attrs.evolve(SUBSCRIBER, last_name="Ito")
    replacement = attrs.evolve(
        CLAIM, claim_id="R", subscriber=other, frequency="7", payer_control_number="ICN1", supervising=PEER, note="a"
    )
    void = attrs.evolve(
        CLAIM,
        claim_id="V",
        subscriber=other,
        frequency="8",
        payer_control_number="ICN2",
        authorization="AUTH1",
        facility=Party("Center", ""),
        facility_address=ORGANIZATION.address,
    )
    payer = attrs.evolve(PAYER, max_claims_per_transaction=60)
    text = written(*numbered(101), wide, replacement, void, payer=payer)

    assert text.count("~ST*") == 2
    assert text.count("LX*50~") == 1
    assert judged_by_pyx12(text) == ""
    whole = written(*numbered(101), wide, replacement, void)
    assert whole.count("~HL*") == 4
    assert judged_by_pyx12(whole) == ""


def test_the_validator_would_object() -> None:
    """The judge is awake: a wrong count is told."""
    assert judged_by_pyx12(written(CLAIM).replace("SE*27*", "SE*28*")) != ""


@needs_shared
def test_the_contract_example_gives_what_it_expects() -> None:
    settings_table = tomllib.loads((CONTRACT / "peerbill.toml").read_text(encoding="utf-8"))
    organization, payer = settings_table["organization"], settings_table["payers"]["nj-horizon"]
    config = Settings(
        BillingProvider(
            organization["name"],
            organization["tax_id"],
            Address(**organization["address"]),
            Contact(**organization["contact"]),
            organization["timezone"],
            organization["npi"],
            organization["taxonomy"],
        ),
        Party(**settings_table["submitter"]),
        {},
    )
    nj = Payer("nj-horizon", (payer["policy"],), payer["name"], payer["id"], Party(**payer["receiver"]))
    claim = attrs.evolve(CLAIM, payer="nj-horizon")
    text = "".join(write_interchange([claim], nj, config, dt.date(2026, 3, 5), 1))

    expected = (CONTRACT / "EXPECTED.md").read_text(encoding="utf-8")
    for segment in ("HI*ABK:F1120~", "SV1*HC:H0038:HF*48*UN*3***1~", "DTP*472*D8*20260302~", "*48***57:B:1*Y*A*Y*Y~"):
        assert segment in expected
        assert segment in text


# --- what is refused -------------------------------------------------------------------------------------------------


def changed_line(**changes: Any) -> dict[str, Any]:
    return {"lines": (attrs.evolve(LINE, **changes),)}


def changed_member(**changes: Any) -> dict[str, Any]:
    return {"subscriber": attrs.evolve(SUBSCRIBER, **changes)}


def changed_address(**changes: Any) -> dict[str, Any]:
    return changed_member(address=attrs.evolve(SUBSCRIBER.address, **changes))


def changed_facility(**changes: Any) -> dict[str, Any]:
    address = attrs.evolve(ORGANIZATION.address, **changes)
    return {"facility": Party("Center", ""), "facility_address": address}


def changed_peer(**changes: Any) -> dict[str, Any]:
    return {"rendering": attrs.evolve(PEER, **changes)}


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("payer", {"payer": "other"}),
    ("claim_id", {"claim_id": ""}),
    ("claim_id", {"claim_id": "A" * 21}),
    ("claim_id", {"claim_id": "a1"}),
    ("claim_id", {"claim_id": "A~1"}),
    ("place", {"place": "00"}),
    ("place", {"place": "1"}),
    ("place", {"place": "11:B"}),
    ("diagnoses", {"diagnoses": ()}),
    ("diagnoses", {"diagnoses": DIAGNOSES}),
    ("diagnoses", {"diagnoses": ("F1120", "F1120")}),
    ("diagnoses", {"diagnoses": ("F11.20",)}),
    ("diagnoses", {"diagnoses": ("f1120",)}),
    ("diagnoses", {"diagnoses": ("ZZZ99",)}),
    ("frequency", {"frequency": "9"}),
    ("payer_control_number", {"frequency": "7"}),
    ("payer_control_number", {"frequency": "8"}),
    ("payer_control_number", {"payer_control_number": "ICN1"}),
    ("payer_control_number", {"frequency": "7", "payer_control_number": "A*B"}),
    ("payer_control_number", {"frequency": "7", "payer_control_number": " "}),
    ("authorization", {"authorization": "A" * 51}),
    ("authorization", {"authorization": "A~REF*F8*B"}),
    ("authorization", {"authorization": "  "}),
    ("note", {"note": "a" * 81}),
    ("note", {"note": "ж"}),
    ("lines", {"lines": ()}),
    ("lines", {"lines": (LINE,) * 51}),
    ("line 2", {"lines": (LINE, attrs.evolve(LINE, line_id="A1-2"))}),
    (
        "line 2",
        {
            "lines": (
                attrs.evolve(LINE, modifiers=("HF", "HQ")),
                attrs.evolve(LINE, line_id="A1-2", modifiers=("HQ", "HF")),
            )
        },
    ),
    ("line 2, line_id", {"lines": (LINE, attrs.evolve(LINE, hcpcs="H2015"))}),
    ("line 1, line_id", changed_line(line_id="A*1")),
    ("line 1, line_id", changed_line(line_id="A" * 31)),
    ("line 1, line_id", changed_line(line_id="")),
    ("line 1, line_id", changed_line(line_id="A1\n")),
    ("line 1, hcpcs", changed_line(hcpcs="H38")),
    ("line 1, hcpcs", changed_line(hcpcs="H0038:HF")),
    ("line 1, modifiers", changed_line(modifiers=("H",))),
    ("line 1, modifiers", changed_line(modifiers=("hf",))),
    ("line 1, modifiers", changed_line(modifiers=("HF", "HF"))),
    ("line 1, modifiers", changed_line(modifiers=("HF", "HQ", "HE", "U1", "95"))),
    ("line 1, charge", changed_line(charge=Decimal("-0.01"))),
    ("line 1, charge", changed_line(charge=Decimal("1.005"))),
    ("line 1, charge", changed_line(charge=Decimal("NaN"))),
    ("line 1, charge", changed_line(charge=Decimal("12345678.91"))),
    (
        "charge",
        {
            "lines": (
                attrs.evolve(LINE, charge=Decimal("9999999.99")),
                attrs.evolve(LINE, line_id="A1-2", hcpcs="H2015", charge=Decimal("9999999.99")),
            )
        },
    ),
    ("line 1, units", changed_line(units=0)),
    ("line 1, units", changed_line(units=-3)),
    ("line 1, pointers", changed_line(pointers=())),
    ("line 1, pointers", changed_line(pointers=(2,))),
    ("line 1, pointers", changed_line(pointers=(0,))),
    ("line 1, pointers", changed_line(pointers=(1, 1))),
    ("line 1", changed_line(service_date=AS_OF + dt.timedelta(days=1))),
    ("subscriber.last_name", changed_member(last_name=" ")),
    ("subscriber.last_name", changed_member(last_name="李")),
    ("subscriber.last_name", changed_member(last_name="A" * 61)),
    ("subscriber.first_name", changed_member(first_name="A~B")),
    ("subscriber.first_name", changed_member(first_name="A\nB")),
    ("subscriber.subscriber_id", changed_member(subscriber_id="1")),
    ("subscriber.subscriber_id", changed_member(subscriber_id="1" * 81)),
    ("subscriber.sex", changed_member(sex="X")),
    ("subscriber.sex", changed_member(sex="")),
    ("subscriber.sex", changed_member(sex="FM")),
    ("subscriber.rank", changed_member(rank=0)),
    ("subscriber.street", changed_address(street="")),
    ("subscriber.street", changed_address(street="A" * 56)),
    ("subscriber.street2", changed_address(street2="A*B")),
    ("subscriber.city", changed_address(city="B")),
    ("subscriber.state", changed_address(state="XX")),
    ("subscriber.zip", changed_address(zip="8723")),
    ("subscriber.zip", changed_address(zip="00012")),
    ("facility_address", {"facility": Party("Center", "")}),
    ("facility.id", {"facility": Party("Center", "1"), "facility_address": ORGANIZATION.address}),
    ("facility_address.zip", changed_facility(zip="08723")),
    ("facility_address.street", changed_facility(street="PO Box 12")),
    ("rendering.npi", changed_peer(npi="1245319590")),
    ("rendering.npi", changed_peer(npi="")),
    ("rendering.last_name", changed_peer(last_name="A:B")),
    ("rendering.taxonomy", changed_peer(taxonomy="175T")),
    ("supervising.npi", {"supervising": attrs.evolve(PEER, npi="3245319599")}),
    ("charge", {"lines": (attrs.evolve(LINE, charge=Decimal(0)),)}),
]


def test_a_report_of_encounters_may_be_free_of_charge() -> None:
    free = attrs.evolve(CLAIM, lines=(attrs.evolve(LINE, charge=Decimal(0)),))

    assert claim_problems(free, attrs.evolve(PAYER, purpose="reporting"), SETTINGS, AS_OF) == ()


@pytest.mark.parametrize(
    "supervising",
    [PEER, attrs.evolve(PEER, last_name="Reyes"), Provider("Shore", "Agency", ORGANIZATION.npi)],
    ids=["the rendering provider", "its NPI under another name", "the billing provider"],
)
def test_loop_2310d_names_another_person(supervising: Provider) -> None:
    """Clearinghouses refuse a supervising provider who is the rendering or the billing provider."""
    told = attrs.evolve(CLAIM, supervising=supervising)

    assert written(told) == written(CLAIM)
    assert "NM1*DQ*" in written(attrs.evolve(CLAIM, supervising=Provider("Okafor", "Ife", npi(23456788))))


@pytest.mark.parametrize(("field", "changes"), REFUSED, ids=[f"{n}-{case[0]}" for n, case in enumerate(REFUSED)])
def test_each_rule_is_told_by_field_and_nothing_is_written(field: str, changes: dict[str, Any]) -> None:
    claim = attrs.evolve(CLAIM, **changes)
    problems = claim_problems(claim, PAYER, SETTINGS, AS_OF)

    assert field in {problem.partition(":")[0] for problem in problems}
    with pytest.raises(X12Error) as raised:
        written(claim)
    assert str(raised.value) == f"claim {claim.claim_id}: {'; '.join(problems)}"
    # The rest of the file does not hide it: the caches are warm with the sound claim.
    with pytest.raises(X12Error, match=r"^claim "):
        written(attrs.evolve(CLAIM, claim_id="FIRST"), claim)


def changed(**changes: Any) -> dict[str, Any]:
    return changes


CHANGED = {
    "": changed,
    "subscriber": changed_member,
    "address": changed_address,
    "provider": changed_peer,
    "line": changed_line,
}
NASTY = st.text("aA9 .-*:~^\n\téж李\u2019ß", max_size=62) | st.sampled_from(("", "12", "PO BOX 1", "1245319599"))
TEXTS = ("claim_id", "place", "authorization", "frequency", "payer_control_number", "note")
PERSON = ("subscriber_id", "last_name", "first_name", "sex")
ADDRESS = ("street", "street2", "city", "state", "zip")
PROVIDER = ("last_name", "first_name", "npi", "taxonomy", "provider_id")
SERVICE = ("line_id", "hcpcs")


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(
        (
            *TEXTS,
            *(f"subscriber.{name}" for name in PERSON),
            *(f"address.{name}" for name in ADDRESS),
            *(f"provider.{name}" for name in PROVIDER),
            *(f"line.{name}" for name in SERVICE),
        )
    ),
    NASTY,
)
def test_a_claim_is_written_just_when_it_has_no_problem(field: str, text: str) -> None:
    """Whatever one field holds, the direct way and the rules agree, and the file stays whole."""
    place, _, name = field.rpartition(".")
    changes = CHANGED[place](**{name: text})
    claim = attrs.evolve(CLAIM, **changes)
    if claim_problems(claim, PAYER, SETTINGS, AS_OF):
        with pytest.raises(X12Error):
            written(claim)
    else:
        result = written(claim)
        assert result == "".join(map(encode, typed([claim], PAYER, SETTINGS, 1)))
        assert faults_of(result) == ()


def faults_of(text: str) -> tuple[str, ...]:
    return tuple(str(fault) for segment in text.split("~")[:-1] for fault in faults(split(segment)))


def test_the_sound_claim_has_no_problem() -> None:
    assert claim_problems(CLAIM, PAYER, SETTINGS, AS_OF) == ()
    on_the_day = attrs.evolve(CLAIM, **changed_line(service_date=AS_OF))
    assert claim_problems(on_the_day, PAYER, SETTINGS, AS_OF) == ()


def test_messages_never_hold_a_persons_data() -> None:
    claim = attrs.evolve(
        CLAIM, **changed_member(last_name="Secretname~", subscriber_id="SECRETID*"), note="SECRETNOTE~"
    )
    message = "; ".join(claim_problems(claim, PAYER, SETTINGS))

    assert "SECRET" not in message.upper()


def test_a_claim_id_stands_once_in_a_file() -> None:
    with pytest.raises(X12Error, match=r"^claim A1: another claim of the file has the same id$"):
        written(CLAIM, CLAIM)


@pytest.mark.parametrize("isa13", [0, 1_000_000_000, -1])
def test_a_control_number_has_nine_digits(isa13: int) -> None:
    with pytest.raises(X12Error, match=r"^ISA13: "):
        written(CLAIM, isa13=isa13)


def test_no_claim_gives_no_file() -> None:
    with pytest.raises(X12Error, match="without a claim"):
        written()


# --- settings and people ---------------------------------------------------------------------------------------------


def in_organization(**changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"organization": attrs.evolve(ORGANIZATION, **changes)}, {}


def in_address(**changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return in_organization(address=attrs.evolve(ORGANIZATION.address, **changes))


def in_payer(**changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return {}, changes


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("organization.name", in_organization(name="")),
        ("organization.name", in_organization(name="x" * 61)),
        ("organization.npi", in_organization(npi="1234567890")),
        ("payers.horizon.provider_id", in_organization(npi="")),
        ("organization.tax_id", in_organization(tax_id="12345678")),
        ("organization.taxonomy", in_organization(taxonomy="261Q")),
        ("organization.contact.phone", in_organization(contact=Contact("Office"))),
        ("organization.contact.phone", in_organization(contact=Contact("Office", "555-0100"))),
        ("organization.contact.name", in_organization(contact=Contact("", "7325550100"))),
        ("organization.address.zip", in_address(zip="08753")),
        ("organization.address.street", in_address(street="P.O. Box 7")),
        ("organization.address.street", in_address(street2="Lock Box 7")),
        ("organization.address.state", in_address(state="New Jersey")),
        ("submitter.id", ({"submitter": Party("Shore", "S")}, {})),
        ("payers.horizon.interchange.sender_id", ({"submitter": Party("Shore", "S" * 16)}, {})),
        ("payers.horizon.name", in_payer(name="A*B")),
        ("payers.horizon.id", in_payer(id="")),
        ("payers.horizon.receiver.name", in_payer(receiver=Party("", "EXAMPLE02"))),
        ("payers.horizon.claim_filing", in_payer(claim_filing="XX")),
        ("payers.horizon.purpose", in_payer(purpose="CH")),
        ("payers.horizon.mode", in_payer(mode="T")),
        ("payers.horizon.max_claims_per_file", in_payer(max_claims_per_file=0)),
        ("payers.horizon.interchange.receiver_qualifier", in_payer(interchange=Interchange(receiver_qualifier="Z"))),
        ("payers.horizon.group.sender", in_payer(group=FunctionalGroup(sender="S"))),
        ("payers.horizon.address_when_none.zip", in_payer(address_when_none=Address("1 A St", "Brick", "NJ", ""))),
    ],
)
def test_settings_that_cannot_be_written_are_told(field: str, changes: tuple[dict[str, Any], dict[str, Any]]) -> None:
    config = attrs.evolve(SETTINGS, **changes[0])
    payer = attrs.evolve(PAYER, **changes[1])

    assert field in {problem.field for problem in settings_problems(config, payer)}
    with pytest.raises(X12Error, match=field):
        written(CLAIM, payer=payer, config=config)


def test_settings_that_can_be_written_have_no_problem() -> None:
    assert settings_problems(SETTINGS, PAYER) == ()
    atypical = attrs.evolve(SETTINGS, organization=attrs.evolve(ORGANIZATION, npi="", taxonomy=""))
    assert settings_problems(atypical, attrs.evolve(PAYER, provider_id="AT1")) == ()


def test_a_taxonomy_that_the_payer_asks_for_must_be_known() -> None:
    config = attrs.evolve(SETTINGS, organization=attrs.evolve(ORGANIZATION, taxonomy=""))

    problems = settings_problems(config, attrs.evolve(PAYER, taxonomy=True))

    assert [problem.field for problem in problems] == ["organization.taxonomy"]


MEMBER = Member("M1", "Lane", "Alex", dt.date(1988, 4, 2), "M", "5 Oak Ave", "Brick", "NJ", "08723")


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, []),
        ({"last_name": "Muñoz\u2013Lane", "zip": "08723-1234", "state": "nj"}, []),
        ({"last_name": "李"}, ["members.last_name"]),
        ({"first_name": ""}, ["members.first_name"]),
        ({"birth_date": None}, ["members.birth_date"]),
        ({"sex": "X"}, ["members.sex"]),
        ({"street": ""}, ["members.street"]),
        ({"street": "PO Box 5"}, []),
        ({"city": "", "state": "", "zip": "872"}, ["members.city", "members.state", "members.zip"]),
    ],
)
def test_members_that_cannot_be_written_are_told(changes: dict[str, Any], fields: list[str]) -> None:
    assert [problem.field for problem in member_problems(attrs.evolve(MEMBER, **changes), PAYER)] == fields


def test_an_address_for_members_without_one_mends_only_that() -> None:
    payer = attrs.evolve(PAYER, address_when_none=ORGANIZATION.address)

    assert member_problems(attrs.evolve(MEMBER, street="", city="", state="", zip=""), payer) == ()
    assert [p.field for p in member_problems(attrs.evolve(MEMBER, zip=""), payer)] == ["members.zip"]


def test_coverage_and_staff_that_cannot_be_written_are_told() -> None:
    coverage = Coverage("M1", "horizon", "123456789012", dt.date(2026, 1, 1), rank=1)
    staff = Staff("S1", "Rivera", "Dana", npi(12345678))

    assert coverage_problems(coverage) == ()
    assert [p.field for p in coverage_problems(attrs.evolve(coverage, subscriber_id="", rank=0))] == [
        "coverage.subscriber_id",
        "coverage.rank",
    ]
    assert staff_problems(staff) == ()
    assert [p.field for p in staff_problems(attrs.evolve(staff, npi="", last_name="~"))] == [
        "staff.last_name",
        "staff.npi",
    ]


@pytest.mark.parametrize(
    ("street", "is_box"),
    [
        ("PO Box 12", True),
        ("P.O. Box 12", True),
        ("p o box 12", True),
        ("POB 12", True),
        ("Post Office Box 12", True),
        ("12 Main St\nLockbox 7", True),
        ("12 Main St PMB 7", True),
        ("P.O.  Drawer 5", True),
        ("12 Tempo Box Ln", False),
        ("Box 12", True),
        ("RR 2 Box 12", False),
        ("12 Boxwood Ln", False),
        ("12 Poblano St", False),
        ("12 Post Office Rd", False),
        ("12 Main St", False),
    ],
)
def test_boxes_are_told_from_streets(street: str, is_box: bool) -> None:
    assert is_post_office_box(street) == is_box


# --- names, and where payments go ------------------------------------------------------------------------------------


def test_middle_name_and_suffix_stand_in_elements_of_their_own() -> None:
    member = attrs.evolve(SUBSCRIBER, middle_name="Muriel", suffix="III")
    peer = attrs.evolve(PEER, middle_name="J.", suffix="JR")
    claim = attrs.evolve(CLAIM, subscriber=member, rendering=peer, supervising=attrs.evolve(peer, npi="1679576722"))

    assert [segment for segment in body(claim) if segment.startswith(("NM1*IL", "NM1*82", "NM1*DQ"))] == [
        "NM1*IL*1*LANE*ALEX*MURIEL**III*MI*123456789012",
        "NM1*82*1*RIVERA*DANA*J.**JR*XX*1245319599",
        "NM1*DQ*1*RIVERA*DANA*J.**JR*XX*1679576722",
    ]
    assert list(check_text(written(claim))) == []
    assert list(check_guide([written(claim)], workers=0)) == []


def test_a_peer_without_an_npi_is_named_by_the_payers_own_id() -> None:
    peer = Provider("Rivera", "Dana", provider_id="P0042")
    claim = attrs.evolve(CLAIM, rendering=peer)

    segments = body(claim)
    name = segments.index("NM1*82*1*RIVERA*DANA")
    assert segments[name + 1] == "REF*G2*P0042"
    assert list(check_text(written(claim))) == []
    assert list(check_guide([written(claim)], workers=0)) == []


@pytest.mark.parametrize(
    ("staff_ids", "npi_", "takes", "expected"),
    [
        (("P1",), "", True, "P1"),
        (("P1", "horizon:H1"), "", True, "H1"),
        (("other:O1",), "", True, ""),
        (("P1",), "", False, ""),
        (("P1",), "1245319599", True, ""),
    ],
)
def test_the_id_of_a_peer_is_that_of_the_payer(
    staff_ids: tuple[str, ...], npi_: str, takes: bool, expected: str
) -> None:
    staff = Staff("S1", "Rivera", "Dana", npi_, provider_ids=staff_ids)

    assert provider_of(staff, attrs.evolve(PAYER, peers_without_npi=takes)).provider_id == expected


def test_payments_may_go_to_another_address() -> None:
    box = Address("PO Box 12", "Brick", "NJ", "08723")
    config = attrs.evolve(SETTINGS, organization=attrs.evolve(ORGANIZATION, pay_to=box))

    segments = body(CLAIM, config=config)
    tax_id = segments.index("REF*EI*221234567")
    assert segments[tax_id + 1 : tax_id + 4] == ["NM1*87*2", "N3*PO BOX 12", "N4*BRICK*NJ*08723"]
    assert list(check_text(written(CLAIM, config=config))) == []
    assert list(check_guide([written(CLAIM, config=config)], workers=0)) == []
    wrong = attrs.evolve(config, organization=attrs.evolve(ORGANIZATION, pay_to=attrs.evolve(box, zip="872", city="")))
    assert [problem.field for problem in settings_problems(wrong, PAYER)] == [
        "organization.pay_to.city",
        "organization.pay_to.zip",
    ]
