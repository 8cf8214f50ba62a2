"""Segments are declared once and both written and read by the same declaration."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import records

from peerbill.model.errors import X12Error
from peerbill.x12 import segments as x12
from peerbill.x12.delimiters import STANDARD, Delimiters
from peerbill.x12.element_values import decimal_text
from peerbill.x12.elements import FaultKind, Segment
from peerbill.x12.segments import SEGMENTS, encode, faults, parse, split

ISA = "ISA*00*          *00*          *ZZ*SHORE01        *ZZ*EXAMPLE02      *260331*0001*^*00501*000000001*0*T*:~"
EXAMPLES = {
    ISA: x12.InterchangeHeader("SHORE01", "EXAMPLE02", dt.date(2026, 3, 31), "0001", 1),
    "GS*HC*SHORE01*EXAMPLE02*20260331*0001*1*X*005010X222A1~": x12.GroupHeader(
        "SHORE01", "EXAMPLE02", dt.date(2026, 3, 31), "0001", 1
    ),
    "HL*1**20*1~": x12.HierarchicalLevel(1, "20", "1"),
    "HL*2*1*22*0~": x12.HierarchicalLevel(2, "22", "0", 1),
    "SBR*P*18*******MC~": x12.SubscriberInformation("P", "18", claim_filing="MC"),
    "NM1*82*1*RIVERA*DANA****XX*1245319599~": x12.Name(
        "82", "1", "RIVERA", "DANA", qualifier="XX", identifier="1245319599"
    ),
    "CLM*A1*48***57:B:1*Y*A*Y*Y~": x12.ClaimInformation("A1", Decimal("48.00"), x12.ServiceLocation("57")),
    "HI*ABK:F1120*ABF:F329~": x12.HealthCareCodes(
        (x12.HealthCareCode("ABK", "F1120"), x12.HealthCareCode("ABF", "F329"))
    ),
    "SV1*HC:H0038:HF*47.5*UN*3***1:2~": x12.ProfessionalService(
        x12.Procedure("H0038", ("HF",)), Decimal("47.50"), Decimal(3), x12.DiagnosisPointers((1, 2))
    ),
    "CAS*CO*45*15**97*1.5*1~": x12.ClaimAdjustment(
        "CO", (x12.Adjustment("45", Decimal(15)), x12.Adjustment("97", Decimal("1.50"), Decimal(1)))
    ),
    "IEA*1*000000001~": x12.InterchangeTrailer(1, 1),
}


@pytest.mark.parametrize(("text", "segment"), EXAMPLES.items(), ids=[text[:3].strip("*") for text in EXAMPLES])
def test_examples_are_written_and_read(text: str, segment: Segment) -> None:
    assert encode(segment) == text
    assert parse(split(text)) == segment


@pytest.mark.parametrize("tag", SEGMENTS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_what_is_written_is_read_back(tag: str, data: st.DataObject) -> None:
    """For every segment, parse(split(encode(x))) is x, and faults finds nothing in it."""
    segment = data.draw(records(SEGMENTS[tag]))
    text = encode(segment)

    assert faults(split(text)) == ()
    assert parse(split(text)) == segment


@settings(max_examples=25, deadline=None)
@given(segment=st.sampled_from(sorted(SEGMENTS)).flatmap(lambda tag: records(SEGMENTS[tag])))
def test_other_delimiters_are_written_and_read(segment: Segment) -> None:
    delimiters = Delimiters("\x1d", "\x1f", "\x1e", "\n")
    text = segment.encode(delimiters)

    assert parse(text.removesuffix("\n").split("\x1d"), delimiters) == segment


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(sorted(SEGMENTS)), st.lists(st.text(max_size=6) | st.sampled_from(["20", "1", "A:B", "20260301"]))
)
def test_any_elements_are_judged_or_built(tag: str, elements: list[str]) -> None:
    """Foreign elements give faults or a segment, never another exception, and both agree."""
    found = faults([tag, *elements])
    if found:
        with pytest.raises(X12Error) as raised:
            parse([tag, *elements])
        assert str(raised.value) == str(found[0])
    else:
        assert isinstance(parse([tag, *elements]), SEGMENTS[tag])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CLM*A1*48***57:B:9*Y*A*Y*Y", [("CLM05-3", FaultKind.CODE)]),
        ("CLM*A1*48***57::1*Y*A*Y*Y", [("CLM05-2", FaultKind.MISSING)]),
        ("CLM*A1*48***57:B:1:*Y*A*Y*Y", [("CLM05-4", FaultKind.TRAILING), ("CLM05-4", FaultKind.TOO_MANY)]),
        ("CLM*A1*48*X**57:B:1*Y*A*Y*Y", [("CLM03", FaultKind.NOT_USED)]),
        ("CLM**4x***57:B:1*Y*A*Y*Y", [("CLM01", FaultKind.MISSING), ("CLM02", FaultKind.FORMAT)]),
        ("NM1*82*1*" + "X" * 61, [("NM103", FaultKind.TOO_LONG)]),
        ("NM1*82*1*A:B", [("NM103", FaultKind.CHARACTER)]),
        ("NM1*82*1* A", [("NM103", FaultKind.CHARACTER)]),
        ("NM1*82*1*É", [("NM103", FaultKind.CHARACTER)]),
        ("NM1*82*1*A*", [("NM104", FaultKind.TRAILING)]),
        ("N4*BRICK*NJ*08", [("N403", FaultKind.TOO_SHORT)]),
        ("GS*HC*AA*BB*20260231*2460*1*X*005010X222A1", [("GS04", FaultKind.FORMAT), ("GS05", FaultKind.FORMAT)]),
        ("HI*ABK:F1120**ABF:F329", [("HI02", FaultKind.MISSING)]),
        ("SV1*HC:H0038::HF*1*UN*1***1", [("SV101-3", FaultKind.MISSING)]),
        ("SV1*HC:H0038*1*UN*1***1:13", [("SV107-2", FaultKind.CODE)]),
        ("CAS*CO*45*15**97", [("CAS06", FaultKind.MISSING)]),
        ("LX*1*2", [("LX02", FaultKind.TOO_MANY)]),
        ("ZZZ*1", [("segment", FaultKind.UNKNOWN)]),
        ("DMG*D8*19880402*M", []),
    ],
)
def test_faults_are_named_by_place_and_kind(text: str, expected: list[tuple[str, FaultKind]]) -> None:
    assert [(fault.where, fault.kind) for fault in faults(split(text))] == expected


def test_a_segment_is_checked_when_it_is_built_and_hides_the_value() -> None:
    with pytest.raises(X12Error) as raised:
        x12.Name("IL", "1", "SECRET" * 11)

    assert str(raised.value) == "NM103: 66 characters; at most 60 are allowed"


@pytest.mark.parametrize("character", STANDARD.characters)
def test_a_delimiter_inside_a_value_is_refused_by_element(character: str) -> None:
    with pytest.raises(X12Error) as raised:
        encode(x12.Name("IL", "1", f"SECRET{character}NAME"))

    assert str(raised.value) == "NM103: it contains a character that divides the file"


def test_a_class_reads_only_its_own_segment() -> None:
    assert x12.LineNumber.parse(["LX", "3"]) == x12.LineNumber(3)
    with pytest.raises(X12Error, match="LX: another segment stands here"):
        x12.LineNumber.parse(["HL", "3"])
    with pytest.raises(X12Error, match="no such segment"):
        parse(["ZZZ"])


@pytest.mark.parametrize(
    ("number", "written"),
    [("47.00", "47"), ("47.50", "47.5"), ("0.00", "0"), ("-0", "0"), ("1E+2", "100"), ("0.05", "0.05"), ("100", "100")],
)
def test_numbers_are_canonical(number: str, written: str) -> None:
    assert decimal_text(Decimal(number)) == written


def test_a_number_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="not finite"):
        decimal_text(Decimal("NaN"))


def test_delimiters_come_from_the_isa() -> None:
    assert Delimiters.from_isa(ISA) == STANDARD
    other = ISA.replace("*", "|").replace(":~", ">\n").replace("^", "!")
    assert Delimiters.from_isa(other) == Delimiters("|", ">", "!", "\n")
    assert Delimiters.from_isa(ISA.replace("^", "U")).repetition == ""


@pytest.mark.parametrize("delimiters", ["*:^~", "|>!'", "+&@\n", "\x1d\x1f\x1c\x1e", "(;)?"])
def test_delimiters_that_can_be_nothing_else(delimiters: str) -> None:
    assert Delimiters(*delimiters).are_unmistakable


@pytest.mark.parametrize("delimiters", ["-:^~", "*-^~", "*:-~", "*:^-", ".:^~", "*.^~", "E:^~", "*:^9", "* ^~", "*:*~"])
def test_delimiters_that_may_be_part_of_a_value_or_another(delimiters: str) -> None:
    assert not Delimiters(*delimiters).are_unmistakable


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("GS*HC", "does not begin with ISA"),
        (ISA[:105], "105 characters found"),
        (ISA.replace("*0*T", "00*T"), "16 elements of fixed width"),
        (ISA.replace(":~", "~~"), "four different characters"),
        (ISA.replace("~", "A"), "four different characters"),
    ],
)
def test_an_isa_that_cannot_be_trusted_is_refused(text: str, reason: str) -> None:
    with pytest.raises(X12Error, match=reason):
        Delimiters.from_isa(text)
