"""Claims to the text of an 837I, and of an 837 by the form of its claims."""

import datetime as dt
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import AS_OF, PAYER, SETTINGS, claims, payers, providers

from peerbill.model.claim import (
    Address,
    Adjustment,
    Claim,
    OtherPayer,
    Party,
    Payer,
    Policyholder,
    PriorPayment,
    Provider,
    ServiceLine,
    Subscriber,
)
from peerbill.model.errors import X12Error
from peerbill.x12.check.claim_files import check_text
from peerbill.x12.check.guide import check_guide
from peerbill.x12.rules837 import claim_problems
from peerbill.x12.segments import InterchangeHeader, faults, parse, split
from peerbill.x12.write import write837i, write837p
from peerbill.x12.write.write837 import write_interchange

SUBSCRIBER = Subscriber(
    "123456789012", "Lane", "Alex", dt.date(1988, 4, 2), "M", Address("5 Oak Ave", "Brick", "NJ", "08723")
)
PEER = Provider("Rivera", "Dana", "1245319599", "175T00000X")
CLINICIAN = Provider("Okafor", "Ife", "1679576722", "2084P0800X")
LINE = ServiceLine("A1-1", ("E1",), dt.date(2026, 3, 2), "H0038", ("HF",), 3, Decimal("48.00"), revenue_code="0914")
CLAIM = Claim(
    "A1",
    PAYER.key,
    "M1",
    SUBSCRIBER,
    "57",
    ("F1120",),
    (LINE,),
    rendering=PEER,
    form="837I",
    type_of_bill="77",
    attending=CLINICIAN,
    admission_type="3",
    point_of_origin="1",
    patient_status="01",
)


def written(*given_claims: Claim, payer: Payer = PAYER, isa13: int = 1, st_first: int = 1) -> str:
    return "".join(write_interchange(given_claims, payer, SETTINGS, AS_OF, isa13, st_first))


def body(*given_claims: Claim, payer: Payer = PAYER) -> list[str]:
    """Return the segments from the first claim on, without trailers."""
    text = written(*given_claims, payer=payer)
    return text[text.index("~CLM*") + 1 : text.index("~SE*")].split("~")


def is_sound(text: str) -> bool:
    """Tell whether neither our own checks nor pyx12 find an error."""
    return not any(problem.severity == "error" for problem in check_text(text)) and not list(
        check_guide([text], workers=0)
    )


def test_one_claim_gives_exactly_this_file() -> None:
    expected = (
        "ISA*00*          *00*          *ZZ*SHORE01        *ZZ*EXAMPLE02      *260331*0042*^*00501*000000042*0*T*:~"
        "GS*HC*SHORE01*EXAMPLE02*20260331*0042*42*X*005010X223A2~"
        "ST*837*0007*005010X223A2~"
        "BHT*0019*00*0000000420007*20260331*0042*CH~"
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
        "CLM*A1*48***77:A:1**A*Y*Y~"
        "DTP*434*RD8*20260302-20260302~"
        "CL1*3*1*01~"
        "HI*ABK:F1120~"
        "NM1*71*1*OKAFOR*IFE****XX*1679576722~"
        "PRV*AT*PXC*2084P0800X~"
        "NM1*82*1*RIVERA*DANA****XX*1245319599~"
        "LX*1~"
        "SV2*0914*HC:H0038:HF*48*UN*3~"
        "DTP*472*D8*20260302~"
        "REF*6R*A1-1~"
        "SE*30*0007~"
        "GE*1*42~"
        "IEA*1*000000042~"
    )

    assert written(CLAIM, isa13=42, st_first=7) == expected
    assert is_sound(expected)


def test_a_full_claim_has_its_loops_in_the_order_of_the_guide() -> None:
    primary = OtherPayer(
        "Prior Payer",
        "PRIOR1",
        attrs.evolve(SUBSCRIBER, subscriber_id="CARD77"),
        Decimal(30),
        dt.date(2026, 3, 20),
        "CI",
        payer_control_number="P9",
    )
    adjustments = (Adjustment("CO", "45", Decimal(15)), Adjustment("PR", "3", Decimal(3)))
    answer = PriorPayment("PRIOR1", Decimal(30), "H0038", ("HF",), 3, dt.date(2026, 3, 20), adjustments)
    claim = attrs.evolve(
        CLAIM,
        subscriber=attrs.evolve(SUBSCRIBER, rank=2),
        diagnoses=("F1120", "F329", "F411"),
        lines=(
            attrs.evolve(LINE, service_date=dt.date(2026, 3, 9), prior_payments=(answer,)),
            attrs.evolve(
                LINE,
                line_id="A1-2",
                modifiers=(),
                charge=Decimal(0),
                units=1,
                revenue_code="0915",
                prior_payments=(attrs.evolve(answer, paid=Decimal(0), modifiers=(), units=1, adjustments=()),),
            ),
        ),
        supervising=CLINICIAN,
        facility=Party("Wellness Center", "1245319599"),
        facility_address=Address("9 Elm St", "Brick", "NJ", "08723-1111", "Floor 2"),
        authorization="au-1",
        frequency="7",
        payer_control_number="icn9",
        note="second visit",
        release=False,
        admitted_on=dt.date(2026, 3, 1),
        other_payers=(primary,),
    )

    assert body(claim) == [
        "CLM*A1*48***77:A:7**A*Y*I",
        "DTP*434*RD8*20260302-20260309",
        "DTP*435*D8*20260301",
        "CL1*3*1*01",
        "REF*G1*AU-1",
        "REF*F8*ICN9",
        "NTE*ADD*SECOND VISIT",
        "HI*ABK:F1120",
        "HI*ABF:F329*ABF:F411",
        "NM1*71*1*OKAFOR*IFE****XX*1679576722",
        "PRV*AT*PXC*2084P0800X",
        "NM1*82*1*RIVERA*DANA****XX*1245319599",
        "NM1*77*2*WELLNESS CENTER*****XX*1245319599",
        "N3*9 ELM ST*FLOOR 2",
        "N4*BRICK*NJ*087231111",
        "SBR*P*18*******CI",
        "AMT*D*30",
        "OI***Y***I",
        "NM1*IL*1*LANE*ALEX****MI*CARD77",
        "N3*5 OAK AVE",
        "N4*BRICK*NJ*08723",
        "NM1*PR*2*PRIOR PAYER*****PI*PRIOR1",
        "REF*F8*P9",
        "LX*1",
        "SV2*0914*HC:H0038:HF*48*UN*3",
        "DTP*472*D8*20260309",
        "REF*6R*A1-1",
        "SVD*PRIOR1*30*HC:H0038:HF*0914*3",
        "CAS*CO*45*15",
        "CAS*PR*3*3",
        "DTP*573*D8*20260320",
        "AMT*EAF*3",
        "LX*2",
        "SV2*0915*HC:H0038*0*UN*1",
        "DTP*472*D8*20260302",
        "REF*6R*A1-2",
        "SVD*PRIOR1*0*HC:H0038*0915*1",
        "DTP*573*D8*20260320",
    ]
    assert is_sound(written(claim))


def test_another_policyholder_is_named_on_the_institutional_form_too() -> None:
    answer = PriorPayment("PRIOR1", Decimal(48), "H0038", ("HF",), 3, dt.date(2026, 3, 20))
    primary = OtherPayer(
        "Prior Payer",
        "PRIOR1",
        attrs.evolve(SUBSCRIBER, subscriber_id="CARD77"),
        Decimal(48),
        dt.date(2026, 3, 20),
        "CI",
        policyholder=Policyholder("01", "Quillon", "Ada"),
    )
    claim = attrs.evolve(
        CLAIM,
        subscriber=attrs.evolve(SUBSCRIBER, rank=2),
        lines=(attrs.evolve(LINE, prior_payments=(answer,)),),
        other_payers=(primary,),
    )

    segments = body(claim)
    at = segments.index("SBR*P*01*******CI")
    assert segments[at : at + 5] == [
        "SBR*P*01*******CI",
        "AMT*D*48",
        "OI***Y***Y",
        "NM1*IL*1*QUILLON*ADA****MI*CARD77",
        "NM1*PR*2*PRIOR PAYER*****PI*PRIOR1",
    ]
    assert is_sound(written(claim))


def test_a_person_is_named_once() -> None:
    """Who renders is told only where it is another than who attends and than the agency itself."""
    assert "NM1*82" not in written(attrs.evolve(CLAIM, rendering=CLINICIAN))
    assert "NM1*82" not in written(attrs.evolve(CLAIM, rendering=None))
    assert "NM1*82" not in written(attrs.evolve(CLAIM, rendering=attrs.evolve(PEER, npi="1234567893")))
    both = written(attrs.evolve(CLAIM, attending=PEER))
    assert "~NM1*71*1*RIVERA*DANA****XX*1245319599~PRV*AT*PXC*175T00000X~LX*1~" in both
    assert is_sound(both)


def test_an_attending_provider_without_npi_is_named_by_the_payers_id() -> None:
    segments = body(attrs.evolve(CLAIM, attending=Provider("Okafor", "Ife", taxonomy="2084P0800X", provider_id="st-7")))

    assert segments[4:7] == ["NM1*71*1*OKAFOR*IFE", "PRV*AT*PXC*2084P0800X", "REF*G2*ST-7"]


def test_a_laboratorys_bill_needs_no_origin() -> None:
    text = written(attrs.evolve(CLAIM, type_of_bill="14", point_of_origin=""))

    assert "~CL1*3**01~" in text
    assert is_sound(text)


def test_a_void_may_repeat_that_the_patient_stays() -> None:
    text = written(attrs.evolve(CLAIM, frequency="8", payer_control_number="ICN9", patient_status="30"))

    assert "~CL1*3*1*30~" in text
    assert is_sound(text)


@pytest.mark.parametrize("frequency", ["7", "8"])
def test_a_correction_names_the_payers_claim(frequency: str) -> None:
    text = written(attrs.evolve(CLAIM, frequency=frequency, payer_control_number="ICN9"))

    assert f"CLM*A1*48***77:A:{frequency}**A*Y*Y~" in text
    assert "~REF*F8*ICN9~" in text
    assert is_sound(text)


def test_transactions_hold_the_payers_number_of_claims_and_subscribers_share_an_hl() -> None:
    several = [attrs.evolve(CLAIM, claim_id=f"A{number}") for number in range(5)]
    other = attrs.evolve(CLAIM, claim_id="B1", subscriber=attrs.evolve(SUBSCRIBER, subscriber_id="987654321"))
    text = written(*several, other, payer=attrs.evolve(PAYER, max_claims_per_transaction=4))

    assert [text.count(start) for start in ("~ST*", "~HL*", "~CLM*")] == [2, 5, 6]
    assert "~ST*837*0002*" in text
    assert "~GE*2*1~" in text


def test_a_subscriber_has_at_most_100_claims_at_one_hl() -> None:
    def levels(number: int) -> int:
        return written(*(attrs.evolve(CLAIM, claim_id=f"A{each}") for each in range(number))).count("*1*22*0~")

    assert (levels(100), levels(101)) == (1, 2)


# What is wrong with a claim, and what the writer says of it.
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no type of bill": ({"type_of_bill": ""}, "type_of_bill: it is not the first two digits"),
    "a whole type of bill": ({"type_of_bill": "771"}, "type_of_bill: it is not the first two digits"),
    "no patient status": ({"patient_status": ""}, "patient_status: it is blank"),
    "a patient status that is none": ({"patient_status": "00"}, "patient_status: it is no code of its list"),
    "a patient who stays": ({"patient_status": "30"}, "patient_status: 30 (still a patient) contradicts frequency 1"),
    "no priority": (
        {"admission_type": ""},
        "admission_type: it is blank. Give the code that the payer wants, such as 3",
    ),
    "a priority that is none": ({"admission_type": "0"}, "admission_type: it is no code of its list"),
    "no origin": (
        {"point_of_origin": ""},
        "point_of_origin: it is blank. Give the code that the payer wants, such as 1",
    ),
    "an origin that ended": ({"point_of_origin": "7"}, "point_of_origin: it is no code of its list"),
    "a newborn from home": ({"admission_type": "4"}, "point_of_origin: it is none of a newborn"),
    "an admission after the last service": (
        {"admitted_on": LINE.service_date + dt.timedelta(days=1)},
        "admitted_on: it is after the last day of service",
    ),
    "an inpatient bill": ({"type_of_bill": "11"}, "type_of_bill: it is the bill of an inpatient stay"),
    "a type of bill that is not in use": ({"type_of_bill": "99"}, "type_of_bill: it is not the first two digits"),
    "the agency attends": (
        {"attending": attrs.evolve(CLINICIAN, npi="1234567893")},
        "attending.npi: it is the agency's own, and a person attends",
    ),
    "a revenue code that is not in use": (
        {"lines": (attrs.evolve(LINE, revenue_code="9999"),)},
        "line 1, revenue_code: it is not four digits of a code in use",
    ),
    "nobody attends": ({"attending": None}, "attending: nobody is named"),
    "who attends has no id": ({"attending": Provider("Okafor", "Ife")}, "attending.npi: it is blank"),
    "who attends has a wrong NPI": (
        {"attending": attrs.evolve(CLINICIAN, npi="1679576723")},
        "attending.npi: it is no valid NPI",
    ),
    "no revenue code": ({"lines": (attrs.evolve(LINE, revenue_code=""),)}, "line 1, revenue_code: it is not four"),
    "a revenue code of three digits": (
        {"lines": (attrs.evolve(LINE, revenue_code="914"),)},
        "line 1, revenue_code: it is not four digits",
    ),
    "the patient paid": ({"patient_paid": Decimal(5)}, "patient_paid: an institutional claim has no element"),
    "a void without the payer's number": ({"frequency": "8"}, "payer_control_number: a replacement or void needs"),
    "no line": ({"lines": ()}, "lines: there are 0"),
    "a service after the file": (
        {"lines": (attrs.evolve(LINE, service_date=AS_OF + dt.timedelta(days=1)),)},
        "line 1: the day of service is after the day of the file",
    ),
}


@pytest.mark.parametrize(("changes", "reason"), WRONG.values(), ids=WRONG)
def test_what_breaks_a_rule_is_refused_with_the_reason(changes: dict[str, Any], reason: str) -> None:
    claim = attrs.evolve(CLAIM, **changes)

    assert any(problem.startswith(reason) for problem in claim_problems(claim, PAYER, SETTINGS, AS_OF))
    with pytest.raises(X12Error) as raised:
        written(claim)
    assert str(raised.value).startswith("claim A1: ")
    assert reason in str(raised.value)


def test_settings_and_control_numbers_are_judged_first() -> None:
    with pytest.raises(X12Error, match="ISA13"):
        written(CLAIM, isa13=1_000_000_000)
    with pytest.raises(X12Error, match=r"payers\.horizon\.name"):
        written(CLAIM, payer=attrs.evolve(PAYER, name=""))
    with pytest.raises(X12Error, match="claim A1: another claim of the file has the same id"):
        written(CLAIM, CLAIM)


# --- by form ---------------------------------------------------------------------------------------------------------

PROFESSIONAL = attrs.evolve(CLAIM, claim_id="P1", form="837P", attending=None)


def test_the_form_of_the_first_claim_is_the_form_of_the_file() -> None:
    assert written(CLAIM) == "".join(write837i.write_interchange([CLAIM], PAYER, SETTINGS, AS_OF, 1))
    assert written(PROFESSIONAL) == "".join(write837p.write_interchange([PROFESSIONAL], PAYER, SETTINGS, AS_OF, 1))
    assert claim_problems(PROFESSIONAL, PAYER, SETTINGS, AS_OF) == ()


def test_a_mix_of_forms_is_refused() -> None:
    with pytest.raises(X12Error, match="claim P1: it is an 837P, and the file is an 837I"):
        written(CLAIM, PROFESSIONAL)
    with pytest.raises(X12Error, match="claim A1: it is an 837I, and the file is an 837P"):
        written(PROFESSIONAL, CLAIM)
    with pytest.raises(X12Error, match="without a claim"):
        written()
    with pytest.raises(X12Error, match="claim A1: its form is none of 837P, 837I"):
        written(attrs.evolve(CLAIM, form="837D"))
    with pytest.raises(X12Error, match="the claim is not institutional"):
        "".join(write837i.write_interchange([PROFESSIONAL], PAYER, SETTINGS, AS_OF, 1))


# --- properties ------------------------------------------------------------------------------------------------------


@st.composite
def institutional(draw: st.DrawFn) -> Claim:
    """Draw a claim to PAYER on the institutional form that breaks no rule."""
    claim = draw(claims())
    last = max(line.service_date for line in claim.lines)
    codes = st.sampled_from(("0900", "0914", "0915", "0521"))
    return attrs.evolve(
        claim,
        form="837I",
        type_of_bill=draw(st.sampled_from(("13", "77", "86"))),
        admission_type=draw(st.sampled_from(("1", "3", "9"))),
        point_of_origin=draw(st.sampled_from(("1", "8", "D"))),
        patient_status=draw(st.sampled_from(("01", "07", "21"))),
        admitted_on=min(claim.admitted_on, last) if claim.admitted_on is not None else None,
        attending=draw(providers),
        lines=tuple(attrs.evolve(line, revenue_code=draw(codes)) for line in claim.lines),
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(claim=institutional(), payer=payers)
def test_what_is_written_is_sound_and_reads_back(claim: Claim, payer: Payer) -> None:
    """Our own checks find no error, every segment reads as it was written, and the totals are the claim's."""
    text = written(claim, payer=payer)
    segments = [split(segment) for segment in text.rstrip("~").split("~")]

    assert [problem for problem in check_text(text) if problem.severity == "error"] == []
    for elements in segments:
        assert faults(elements) == ()
        assert "*".join(elements) + "~" == parse(elements).encode()
    assert isinstance(parse(segments[0]), InterchangeHeader)
    charges = [Decimal(elements[3]) for elements in segments if elements[0] == "SV2"]
    assert sum(charges) == claim.charge
    assert [elements[1] for elements in segments if elements[0] == "SV2"] == [line.revenue_code for line in claim.lines]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(claim=institutional(), payer=payers)
def test_pyx12_finds_nothing(claim: Claim, payer: Payer) -> None:
    assert list(check_guide([written(claim, payer=payer)], workers=0)) == []
