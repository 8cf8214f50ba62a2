"""Claims read from an 837: what was written comes back, what a Claim cannot say is kept, nothing is raised."""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shared import SAMPLES, needs_shared
from strategies import AS_OF, PAYER, SETTINGS, claims, payers, providers, settled_claims

from peerbill.model.claim import Address, Claim, Payer, Provider, ServiceLine, Subscriber
from peerbill.model.finding import Severity
from peerbill.x12.problems import KINDS
from peerbill.x12.read.read837 import ReadClaim, UnreadSegment, read_837
from peerbill.x12.write.as_sent import as_sent
from peerbill.x12.write.write837 import write_interchange

CLAIM = Claim(
    "A1",
    PAYER.key,
    "M1",
    Subscriber("123456789012", "Lane", "Alex", dt.date(1988, 4, 2), "M", Address("5 Oak Ave", "Brick", "NJ", "08723")),
    "57",
    ("F1120", "F411"),
    (
        ServiceLine("A1-1", ("E1",), dt.date(2026, 3, 2), "H0038", ("HF",), 3, Decimal("48.00"), (1, 2)),
        ServiceLine("A1-2", ("E2",), dt.date(2026, 3, 3), "H0038", ("HF",), 2, Decimal("32.00")),
    ),
    rendering=Provider("Rivera", "Dana", "1245319599", "175T00000X"),
    authorization="AUTH 7",
)


def written(given_claims: Iterable[Claim], payer: Payer = PAYER, isa13: int = 7) -> str:
    return "".join(write_interchange(given_claims, payer, SETTINGS, AS_OF, isa13))


def changed(old: str, new: str) -> str:
    text = written([CLAIM])
    assert text.count(old) == 1
    return text.replace(old, new)


def only(text: str) -> ReadClaim:
    (read,) = read_837(text)
    return read


def unread(read: ReadClaim) -> list[tuple[str, str]]:
    return [(one.loop, "*".join(one.elements)) for one in read.unread]


def whys(read: ReadClaim) -> list[tuple[str, str, str]]:
    return [
        (one.element, one.loop, one.message.removeprefix("the claim cannot be read as a Claim: "))
        for one in read.problems
        if one.code == "X12-809"
    ]


# --- what was written comes back -------------------------------------------------------------------------------------


@st.composite
def either_form(draw: st.DrawFn) -> list[Claim]:
    """Draw claims of one form, to a first or a next payer, each with its own id."""
    drawn = draw(st.lists(claims() | settled_claims(), min_size=1, max_size=4, unique_by=lambda claim: claim.claim_id))
    if draw(st.booleans()):
        return drawn
    return [
        attrs.evolve(
            claim,
            form="837I",
            type_of_bill=draw(st.sampled_from(("13", "77"))),
            attending=claim.rendering if claim.rendering and draw(st.booleans()) else draw(providers),
            admission_type="3",
            point_of_origin="1",
            patient_status="01",
            patient_paid=None,
            lines=tuple(attrs.evolve(line, revenue_code="0914") for line in claim.lines),
        )
        for claim in drawn
    ]


@given(either_form(), payers)
@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=40)
def test_what_was_written_comes_back(drawn: list[Claim], payer: Payer) -> None:
    """Whole claims, the same bytes when they are written again, and nothing left over."""
    payer = attrs.evolve(
        payer, purpose="reporting" if payer.purpose == "reporting" else "chargeable", address_when_none=None
    )
    text = written(drawn, payer)
    reader = read_837(text)
    found = list(reader)
    assert [read.claim for read in found] == [as_sent(claim, payer, SETTINGS) for claim in drawn]
    assert reader.problems == []
    assert all(read.whole and read.problems == () for read in found)
    assert [as_sent(read.claim, read.payer, read.settings) for read in found if read.claim] == [
        read.claim for read in found
    ]
    again = [
        attrs.evolve(read.claim, place=claim.place) for read, claim in zip(found, drawn, strict=True) if read.claim
    ]
    first = found[0]
    assert first.made_on == AS_OF
    limited = attrs.evolve(first.payer, max_claims_per_transaction=payer.max_claims_per_transaction)
    control = int(first.envelope.isa13)
    assert "".join(write_interchange(again, limited, first.settings, first.made_on, control)) == text


@given(either_form(), st.data())
@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=15)
def test_chunks_and_delimiters_change_nothing(drawn: list[Claim], data: st.DataObject) -> None:
    """A file in any split, with line breaks and other delimiters, gives the same claims."""
    text = written(drawn)
    other = text.translate(str.maketrans("*:~", "|>!")).replace("!", "!\r\n")
    cuts = sorted(data.draw(st.lists(st.integers(0, len(other)), max_size=5)))
    chunks = [other[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(other)], strict=True)]
    assert [read.claim for read in read_837(chunks)] == [read.claim for read in read_837(text)]
    assert list(read_837(text.encode())) == list(read_837(text))


def test_the_envelope_and_the_places_are_given() -> None:
    """Who sends to whom, under which numbers, and where each loop begins."""
    payer = attrs.evolve(PAYER, mode="production")
    first, second = read_837(written([CLAIM, attrs.evolve(CLAIM, claim_id="A2")], payer))
    envelope = first.envelope
    assert (envelope.sender, envelope.receiver, envelope.isa13, envelope.gs06, envelope.st02, envelope.usage) == (
        "SHORE01",
        "EXAMPLE02",
        "000000007",
        "7",
        "0001",
        "P",
    )
    assert (first.reference, first.made_on, first.made_at, first.segment) == ("0000000070001", AS_OF, "0007", 21)
    assert first.loops == (("2300", 21), ("2310B", 24), ("2400", 26), ("2400", 30))
    assert (second.segment, second.payer is first.payer, second.settings is first.settings) == (34, True, True)
    assert first.payer == attrs.evolve(
        payer,
        key="EXAMPLE01",
        policy=(),
        name="HORIZON NJ HEALTH",
        receiver=attrs.evolve(PAYER.receiver, name="EXAMPLE CLEARINGHOUSE"),
        interchange=attrs.evolve(PAYER.interchange, sender_id="SHORE01", receiver_id="EXAMPLE02"),
        group=attrs.evolve(PAYER.group, sender="SHORE01", receiver="EXAMPLE02"),
    )


# --- what a Claim cannot say is kept ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ("HI*ABK", "K3*TEXT~HI*ABK", [("2300", "K3*TEXT")]),
        ("HI*ABK", "REF*D9*77~HI*ABK", [("2300", "REF*D9*77")]),
        ("HI*ABK", "REF*G1*SECOND~HI*ABK", [("2300", "REF*G1*SECOND")]),
        ("*57:B:1*Y*A*Y*Y", "*57:B:1*N*A*Y*Y", [("2300", "CLM*A1*80***57:B:1*N*A*Y*Y")]),
        ("SBR*P*18**", "SBR*P*18*GROUP*", [("2000B", "SBR*P*18*GROUP******MC")]),
        ("*UN*3***1:2", "*UN*3*11**1:2", [("2400", "SV1*HC:H0038:HF*48*UN*3*11**1:2")]),
        ("DTP*472*D8*20260303", "DTP*472*D8*20260303~DTP*471*D8*20260303", [("2400", "DTP*471*D8*20260303")]),
        ("LX*2", "LX*3", [("2400", "LX*3")]),
        ("REF*EI*221234567", "REF*EI*221234567~REF*0B*77", [("2010AA", "REF*0B*77")]),
        ("NM1*40", "ZZZ*1~NM1*40", [("1000A", "ZZZ*1")]),
    ],
)
def test_what_no_field_holds_is_listed(old: str, new: str, kept: list[tuple[str, str]]) -> None:
    """The claim is read all the same, and it is not whole."""
    read = only(changed(old, new))
    assert (read.claim, unread(read), read.whole) == (as_sent(CLAIM, PAYER, SETTINGS), kept, False)


def test_a_range_of_one_day_is_that_day() -> None:
    """RD8 with the same day twice says nothing else; with two days it is no service date."""
    assert only(changed("D8*20260303", "RD8*20260303-20260303")).claim == as_sent(CLAIM, PAYER, SETTINGS)
    read = only(changed("D8*20260303", "RD8*20260303-20260304"))
    assert (read.claim, whys(read)) == (None, [("DTP03", "2400", "DTP03 is missing or cannot be read")])


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("*UN*3***", "*MJ*3***", ("SV104", "2400", "SV104 is missing or cannot be read")),
        ("*UN*3***", "*UN*3.5***", ("SV104", "2400", "SV104 is missing or cannot be read")),
        ("HC:H0038:HF*48", "ER:H0038:HF*48", ("SV101", "2400", "the procedure is no HCPCS code (HC)")),
        ("DMG*D8*19880402", "DMG*D8*19881302", ("DMG02", "2010BA", "DMG02 is missing or cannot be read")),
        (
            "HI*ABK:F1120*ABF:F411",
            "HI*BK:F1120*BF:F411",
            ("", "2300", "its diagnoses are not a principal one and others of ICD-10-CM without a gap"),
        ),
        (
            "CLM*A1*80*",
            "CLM*A1*81*",
            ("CLM02", "2300", "CLM02 is not the sum of its lines, and a Claim has no charge of its own"),
        ),
        ("*57:B:1*", "*57:A:1*", ("CLM05", "2300", "CLM05 is missing or cannot be read")),
    ],
)
def test_what_cannot_be_a_claim_is_none(old: str, new: str, why: tuple[str, str, str]) -> None:
    """The reason is a problem with its place, and every segment of the claim is kept."""
    read = only(changed(old, new))
    assert (read.claim_id, read.claim, whys(read)) == ("A1", None, [why])
    assert [one.elements[0] for one in read.unread if one.number >= read.segment] == [
        *("CLM", "REF", "HI", "NM1", "PRV", "LX", "SV1", "DTP", "REF", "LX", "SV1", "DTP", "REF")
    ]


def test_a_patient_who_is_not_the_subscriber_is_no_claim() -> None:
    """A Claim has one person: loop 2000C is kept, and said."""
    patient = "HL*3*2*23*0~PAT*19~NM1*QC*1*LANE*KIM~N3*5 OAK AVE~N4*BRICK*NJ*08723~DMG*D8*20150402*F~CLM*A1"
    read = only(changed("CLM*A1", patient).replace("HL*2*1*22*0", "HL*2*1*22*1"))
    why = "the patient is another person than the subscriber (loop 2000C), and a Claim has one person"
    assert (read.claim, whys(read)) == (None, [("HL03", "2000C", why)])
    assert ("2010CA", "NM1*QC*1*LANE*KIM") in unread(read)


def test_problems_of_the_file_are_beside_the_claims() -> None:
    """A cut file, a set of another kind and text that is no X12 are told and end nothing."""
    reader = read_837(written([CLAIM]).partition("~SE*")[0])
    assert [read.claim for read in reader] == [as_sent(CLAIM, PAYER, SETTINGS)]
    assert "X12-807" in {found.code for found in reader.problems}
    reader = read_837(written([CLAIM]).replace("005010X222A1", "005010X221A1").replace("ST*837", "ST*835"))
    assert (list(reader), [found.code for found in reader.problems if found.code == "X12-109"]) == ([], ["X12-109"])
    for text in ("", "no X12", b"\xff\xfe"):
        reader = read_837(text)
        assert list(reader) == []
        assert "X12-001" in {found.code for found in reader.problems}


def test_a_subscriber_without_a_claim_is_told() -> None:
    """Both of a subscriber before another one, and of one at the end."""
    extra = "~HL*3*1*22*0~SBR*P*18*******MC~NM1*IL*1*LOW*ANN****MI*77~SE*"
    reader = read_837(changed("~SE*", extra))
    assert [read.claim for read in reader] == [as_sent(CLAIM, PAYER, SETTINGS)]
    assert [found.segment for found in reader.problems if found.code == "X12-209"] == [34]


def test_bytes_that_are_no_text_are_told() -> None:
    """They are read as �, and that is a problem of the file."""
    reader = read_837(written([CLAIM]).encode().replace(b"LANE", b"L\xc4NE"))
    (read,) = reader
    assert read.claim is not None
    assert read.claim.subscriber.last_name == "L�NE"
    assert [found.code for found in reader.problems] == ["X12-012"]


def said(text: str) -> list[object]:
    """Return all that reading a text gives, but for the numbers of segments."""
    reader = read_837(text)
    found: list[object] = [
        (
            attrs.evolve(read, segment=0, loops=(), unread=(), problems=()),
            [one.elements for one in read.unread],
            [(one.code, one.element, one.message) for one in read.problems],
        )
        for read in reader
    ]
    return [found, [(one.code, one.message) for one in reader.problems]]


_VALUES = ("", "X", "QQ", "1", "2", "0", "Y", "I", "HC:H2015", "20260101", "ABF:F329", "UN", "1:2:3:4")


@given(either_form(), st.data())
@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=40)
def test_no_element_is_dropped_silently(drawn: list[Claim], data: st.DataObject) -> None:
    """Another value in any element, or one more element or segment, shows: in a claim, beside it, or as a problem."""
    segments = written(drawn).split("~")[:-1]
    inner = range(segments.index(next(one for one in segments if one.startswith("ST*"))), len(segments) - 3)
    at = data.draw(st.sampled_from(inner))
    elements = segments[at].split("*")
    place = data.draw(st.integers(1, len(elements)))
    value = data.draw(st.sampled_from(_VALUES))
    before = elements[place] if place < len(elements) else ""
    # Levels are counted anew by whoever writes; an amount may have zeros; a blank composite's separators say nothing.
    if elements[0] == "HL" and place < 3:
        return
    if value.strip("0.") == before.strip("0.") or value == before:
        return
    elements[place:] = [value, *elements[place + 1 :]]
    changed_segments = [*segments[:at], "*".join(elements), *segments[at + 1 :]]
    assert said("~".join(changed_segments) + "~") != said("~".join(segments) + "~")


@given(either_form(), st.data())
@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=25)
def test_no_segment_is_dropped_silently(drawn: list[Claim], data: st.DataObject) -> None:
    """A segment of some claim, anywhere in a claim, shows."""
    segments = written(drawn).split("~")[:-1]
    first = next(at for at, one in enumerate(segments) if one.startswith("ST*"))
    inner = range(first + 1, len(segments) - 3)
    at, which = data.draw(st.sampled_from(inner)), data.draw(st.sampled_from(inner))
    if segments[which].startswith("HL*"):
        return
    more = [*segments[:at], segments[which], *segments[at:]]
    assert said("~".join(more) + "~") != said("~".join(segments) + "~")


@given(either_form(), st.data())
@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=25)
def test_nothing_is_raised(drawn: list[Claim], data: st.DataObject) -> None:
    """Segments mixed up, cut and overwritten give claims and problems of known kinds."""
    segments = written(drawn).split("~")
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(segments) - 1))
        match data.draw(st.sampled_from("dcrx")):
            case "d":
                segments = segments[:at] + segments[at + 1 :] or ["ISA"]
            case "c":
                segments.insert(at, segments[data.draw(st.integers(0, len(segments) - 1))])
            case "r":
                segments[at] = data.draw(st.text("*:^AZ09 \x00é\udc80", max_size=12))
            case _:
                segments[at] = segments[at][: data.draw(st.integers(0, 20))]
    reader = read_837("~".join(segments))
    for read in reader:
        assert isinstance(read.segment, int)
        assert all(one.code in KINDS for one in read.problems)
        assert all(isinstance(one, UnreadSegment) for one in read.unread)
        assert read.claim is not None or any(one.severity is Severity.ERROR for one in read.problems)
    assert all(one.code in KINDS for one in reader.problems)


# --- other people's files --------------------------------------------------------------------------------------------


@needs_shared
@pytest.mark.parametrize(
    ("name", "ids", "as_claims"),
    [
        ("hccinfhir-837p-five-sets.txt", 5, 5),
        ("cosyte-837p-comprehensive.edi", 1, 1),
        ("oopf-837p-texas-medicaid-bom-indented.txt", 5, 0),
        ("lfh-837p-dependent-4lines.837", 1, 0),
        ("imsweb-837p-multiple-isa.txt", 4, 0),
        ("lfh-837i-institutional.837i", 1, 0),
        ("lfh-835-secondary-payment.835", 0, 0),
    ],
)
def test_the_samples_are_read(name: str, ids: int, as_claims: int) -> None:
    """Each claim of the file is given; those of ICD-9, a dependent's, or without a HCPCS code are no Claim."""
    reader = read_837((SAMPLES / name).read_bytes())
    found = list(reader)
    assert (len(found), sum(read.claim is not None for read in found)) == (ids, as_claims)
    assert all(whys(read) for read in found if read.claim is None)


@needs_shared
def test_nothing_of_the_samples_is_lost() -> None:
    """Of a claim that was not read whole, every segment stands beside it."""
    for path in sorted(SAMPLES.glob("*837*")):
        for read in read_837(path.read_bytes()):
            if read.claim is None:
                numbers: Sequence[int] = [one.number for one in read.unread if one.number >= read.segment]
                assert numbers == list(range(read.segment, read.segment + len(numbers)))
                assert len(numbers) > 3
