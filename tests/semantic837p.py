"""Files that peerbill writes, each with one change: 837Ps that must be rejected, warned of, or taken.

A row is a name (where: what), the code that must name it, the file, and the changes. The changes go through every loop
and every kind of element; SE01 is counted again, so that it is no fault of its own.
"""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

import attrs
from strategies import PAYER, SETTINGS

from peerbill.claim import (
    Address,
    Adjustment,
    Attachment,
    Claim,
    OtherPayer,
    Party,
    PriorPayment,
    Provider,
    ServiceLine,
    Subscriber,
)
from peerbill.x12.write837p import write_interchange

Segments = list[str]
Change = Callable[[Segments], None]


# --- the files -------------------------------------------------------------------------------------------------------

DAY = dt.date(2026, 5, 2)
FILE_DAY = dt.date(2026, 5, 31)
PAID_ON = dt.date(2026, 5, 20)
MEMBER = Subscriber(
    "123456789012", "Lane", "Alex", dt.date(1988, 4, 2), "M", Address("5 Oak Ave", "Brick", "NJ", "08723"), rank=1
)
PEER = Provider("Rivera", "Dana", "1245319599", "175T00000X")
LEADER = Provider("Wren", "Ada", "1223344551")
LINES = (
    ServiceLine("A1-1", ("E1",), DAY, "H0038", ("HF",), 3, Decimal(48), (1, 2)),
    ServiceLine("A1-2", ("E2",), dt.date(2026, 5, 4), "H0038", ("HF", "HQ"), 2, Decimal("12.5")),
)
PRIMARY = Claim("A1", PAYER.key, "M1", MEMBER, "57", ("F1120", "F329"), LINES, rendering=PEER)
FULL = attrs.evolve(
    PRIMARY,
    supervising=LEADER,
    facility=Party("Shore Clinic", "1778899009"),
    facility_address=Address("7 Quay St", "Brick", "NJ", "087231111"),
    authorization="AUTH1",
    note="LATE",
    attachment=Attachment("OZ", "BM", "CONTROL1"),
    delay_reason="7",
    patient_paid=Decimal(5),
)
REPLACEMENT = attrs.evolve(PRIMARY, frequency="7", payer_control_number="ICN1")
VOID = attrs.evolve(PRIMARY, frequency="8", payer_control_number="ICN1")
TWO = (
    PRIMARY,
    attrs.evolve(
        PRIMARY,
        claim_id="B1",
        subscriber=attrs.evolve(MEMBER, last_name="Hill", subscriber_id="223456789012"),
        lines=(attrs.evolve(LINES[0], line_id="B1-1"),),
    ),
)


def _answered(line: ServiceLine, payer: str, paid: str, *adjustments: Adjustment) -> ServiceLine:
    told = PriorPayment(payer, Decimal(paid), line.hcpcs, line.modifiers, line.units, PAID_ON, adjustments)
    return attrs.evolve(line, prior_payments=(*line.prior_payments, told))


def _other(name: str, id_: str, filing: str, rank: int, paid: str) -> OtherPayer:
    person = attrs.evolve(MEMBER, subscriber_id=f"{id_}77", rank=rank)
    return OtherPayer(name, id_, person, Decimal(paid), PAID_ON, filing, payer_control_number=f"{id_}ICN")


SECONDARY = attrs.evolve(
    PRIMARY,
    subscriber=attrs.evolve(MEMBER, rank=2),
    lines=(
        _answered(LINES[0], "CM001", "20", Adjustment("CO", "45", Decimal(18)), Adjustment("PR", "2", Decimal(10))),
        _answered(LINES[1], "CM001", "0", Adjustment("PR", "1", Decimal("12.5"))),
    ),
    other_payers=(_other("Commercial One", "CM001", "CI", 1, "20"),),
)
"""Another payer answered line by line."""

TERTIARY = attrs.evolve(
    PRIMARY,
    subscriber=attrs.evolve(MEMBER, rank=3),
    lines=(
        _answered(
            _answered(LINES[0], "CM001", "20", Adjustment("PR", "2", Decimal(28))),
            *("CM002", "8", Adjustment("CO", "23", Decimal(20)), Adjustment("PR", "3", Decimal(20))),
        ),
    ),
    other_payers=(_other("Commercial One", "CM001", "CI", 1, "20"), _other("Commercial Two", "CM002", "CI", 2, "8")),
)
WHOLE = attrs.evolve(
    PRIMARY,
    subscriber=attrs.evolve(MEMBER, rank=2),
    other_payers=(
        attrs.evolve(
            _other("Commercial One", "CM001", "CI", 1, "20"),
            adjustments=(Adjustment("PR", "2", Decimal("40.5")),),
            owed=Decimal("40.5"),
        ),
    ),
)
"""Another payer answered for the claim as a whole."""


def written(*claims: Claim) -> Segments:
    """Return the segments of a file with these claims."""
    return "".join(write_interchange(claims, PAYER, SETTINGS, FILE_DAY, 1)).split("~")[:-1]


FILES: dict[str, Segments] = {
    "primary": written(PRIMARY),
    "full": written(FULL),
    "replacement": written(REPLACEMENT),
    "void": written(VOID),
    "two": written(*TWO),
    "secondary": written(SECONDARY),
    "tertiary": written(TERTIARY),
    "whole": written(WHOLE),
}


# --- changes ---------------------------------------------------------------------------------------------------------


def find(segments: Segments, which: str) -> int:
    """Return the index of the first segment that begins so (`NM1*IL`, `SV1`), or of another (`2:SV1`)."""
    nth, _, start = which.rpartition(":") if which[:2] in {"2:", "3:", "4:"} else ("1", "", which)
    places = [at for at, text in enumerate(segments) if f"{text}*".startswith(f"{start}*")]
    return places[int(nth) - 1]


def put(which: str, element: str, value: str) -> Change:
    """Write an element (`4`) or component (`1-2`) of a segment; empty ones at the end are taken off."""

    def change(segments: Segments) -> None:
        at = find(segments, which)
        fields = segments[at].split("*")
        place, _, part = element.partition("-")
        fields += [""] * (int(place) + 1 - len(fields))
        if part:
            parts = fields[int(place)].split(":")
            parts += [""] * (int(part) - len(parts))
            parts[int(part) - 1] = value
            value_ = ":".join(parts).rstrip(":")
        else:
            value_ = value
        fields[int(place)] = value_
        segments[at] = "*".join(fields).rstrip("*")

    return change


def to(which: str, text: str) -> Change:
    """Write another segment in the place of one."""

    def change(segments: Segments) -> None:
        segments[find(segments, which)] = text

    return change


def drop(*each: str) -> Change:
    """Take segments out."""

    def change(segments: Segments) -> None:
        for which in each:
            del segments[find(segments, which)]

    return change


def after(which: str, *texts: str) -> Change:
    """Write segments behind one."""

    def change(segments: Segments) -> None:
        at = find(segments, which) + 1
        segments[at:at] = texts

    return change


def before(which: str, *texts: str) -> Change:
    """Write segments in front of one."""

    def change(segments: Segments) -> None:
        at = find(segments, which)
        segments[at:at] = texts

    return change


def again(first: str, last: str = "", place: str = "") -> Change:
    """Write a segment, or all from one to another, a second time, behind the last or in front of a place."""

    def change(segments: Segments) -> None:
        begin, end = find(segments, first), find(segments, last or first) + 1
        at = find(segments, place) if place else end
        segments[at:at] = segments[begin:end]

    return change


def swap(one: str, other: str) -> Change:
    """Let two segments change places."""

    def change(segments: Segments) -> None:
        left, right = find(segments, one), find(segments, other)
        segments[left], segments[right] = segments[right], segments[left]

    return change


def text_of(file: str, *changes: Change) -> str:
    """Return a file of `FILES` with changes, SE01 counted again unless a change wrote it."""
    segments = list(FILES[file])
    trailer = segments[find(segments, "SE")]
    for change in changes:
        change(segments)
    for at, text in enumerate(segments):
        if text == trailer:
            begin = max((place for place, other in enumerate(segments[:at]) if other.startswith("ST*")), default=0)
            segments[at] = f"SE*{at - begin + 1}*{text.rpartition('*')[2]}"
    return "".join(f"{text}~" for text in segments)


class Row(NamedTuple):
    """One file: what was changed, the code that must name it ("" where none may), the file and the changes."""

    name: str
    code: str
    file: str
    changes: tuple[Change, ...]


def row(name: str, code: str, file: str, *changes: Change) -> Row:
    """Return a row of a table."""
    return Row(name, code, file, changes)


DEPENDENT = (
    put("HL*2", "4", "1"),
    to("SBR", "SBR*P********MC"),
    drop("N3*5 OAK AVE", "N4*BRICK", "DMG"),
    before(
        "CLM",
        *("HL*3*2*23*0", "PAT*19", "NM1*QC*1*LANE*PIP", "N3*5 OAK AVE", "N4*BRICK*NJ*08723", "DMG*D8*20150101*M"),
    ),
)
"""The patient is the subscriber's child (loop 2000C)."""


# --- what must be rejected -------------------------------------------------------------------------------------------

P, F, S, W = "primary", "full", "secondary", "whole"

ENVELOPE = (
    row("ISA01: a qualifier nobody knows", "X12-102", P, put("ISA", "1", "05")),
    row("ISA03: a qualifier nobody knows", "X12-102", P, put("ISA", "3", "02")),
    row("ISA05: a qualifier nobody knows", "X12-102", P, put("ISA", "5", "XX")),
    row("ISA06: blank", "X12-102", P, put("ISA", "6", " " * 15)),
    row("ISA06: not padded", "X12-002", P, put("ISA", "6", "SHORE01")),
    row("ISA07: a qualifier nobody knows", "X12-102", P, put("ISA", "7", "99")),
    row("ISA08: blank", "X12-102", P, put("ISA", "8", " " * 15)),
    row("ISA09: no day", "X12-102", P, put("ISA", "9", "260231")),
    row("ISA10: no time", "X12-102", P, put("ISA", "10", "2500")),
    row("ISA11: the U of version 4010", "X12-102", P, put("ISA", "11", "U")),
    row("ISA11: the element separator", "X12-006", P, put("ISA", "11", ":")),
    row("ISA12: version 4010", "X12-102", P, put("ISA", "12", "00401")),
    row("ISA13: letters", "X12-102", P, put("ISA", "13", "00000000A"), put("IEA", "2", "00000000A")),
    row("ISA13: zero", "X12-102", P, put("ISA", "13", "000000000"), put("IEA", "2", "000000000")),
    row("ISA14: a code nobody knows", "X12-102", P, put("ISA", "14", "2")),
    row("ISA15: a code nobody knows", "X12-102", P, put("ISA", "15", "X")),
    row("ISA: a byte order mark before it", "X12-111", P, to("ISA", "\ufeff" + FILES[P][0])),
    row("ISA: a line break before it", "X12-111", P, to("ISA", "\n" + FILES[P][0])),
    row("ISA: missing", "X12-001", P, drop("ISA")),
    row("GS01: eligibility", "X12-113", P, put("GS", "1", "HS")),
    row("GS01: blank", "X12-102", P, put("GS", "1", "")),
    row("GS02: blank", "X12-102", P, put("GS", "2", "")),
    row("GS02: padded", "X12-102", P, put("GS", "2", "SHORE01  ")),
    row("GS03: sixteen characters", "X12-102", P, put("GS", "3", "E" * 16)),
    row("GS04: six digits", "X12-102", P, put("GS", "4", "260531")),
    row("GS04: the day before BHT04", "X12-114", P, put("GS", "4", "20260530")),
    row("GS05: no time", "X12-102", P, put("GS", "5", "9999")),
    row("GS06: zero", "X12-102", P, put("GS", "6", "0"), put("GE", "2", "0")),
    row("GS06: letters", "X12-102", P, put("GS", "6", "A"), put("GE", "2", "A")),
    row("GS06: ten digits", "X12-102", P, put("GS", "6", "1234567890"), put("GE", "2", "1234567890")),
    row("GS07: T", "X12-102", P, put("GS", "7", "T")),
    row("GS08: blank", "X12-102", P, put("GS", "8", ""), put("ST", "3", "")),
    row("GS08: the 837I's", "X12-107", P, put("GS", "8", "005010X223A2")),
    row("GS08, ST03: version 4010", "X12-115", P, put("GS", "8", "004010X098A1"), put("ST", "3", "004010X098A1")),
    row("GS08, ST03: the 835's", "X12-115", P, put("GS", "8", "005010X221A1"), put("ST", "3", "005010X221A1")),
    row("GS: nine elements", "X12-312", P, put("GS", "9", "X")),
    row("GS: missing", "X12-101", P, drop("GS")),
    row(
        "GS06: twice in one interchange", "X12-112", P, again("GS", "GE"), put("IEA", "1", "2"), put("2:CLM", "1", "B1")
    ),
    row("ST01: a remittance", "X12-113", P, put("ST", "1", "835")),
    row("ST01: an acknowledgment", "X12-113", P, put("ST", "1", "999")),
    row("ST02: three characters", "X12-102", P, put("ST", "2", "001"), put("SE", "2", "001")),
    row("ST02: ten characters", "X12-102", P, put("ST", "2", "0" * 9 + "1"), put("SE", "2", "0" * 9 + "1")),
    row("ST02: blank", "X12-102", P, put("ST", "2", "")),
    row("ST02: twice in one group", "X12-105", P, again("ST", "SE"), put("GE", "1", "2"), put("2:CLM", "1", "B1")),
    row("ST03: blank", "X12-107", P, put("ST", "3", "")),
    row("ST03: without the addendum", "X12-107", P, put("ST", "3", "005010X222")),
    row("ST: four elements", "X12-312", P, put("ST", "4", "X")),
    row("ST: missing", "X12-101", P, drop("ST")),
    row("SE01: one too few", "X12-104", P, put("SE", "1", "34")),
    row("SE02: another number", "X12-103", P, put("SE", "2", "0002")),
    row("SE: three elements", "X12-312", P, put("SE", "3", "X")),
    row("SE: missing", "X12-101", P, drop("SE")),
    row("GE01: one too many", "X12-104", P, put("GE", "1", "2")),
    row("GE02: another number", "X12-103", P, put("GE", "2", "2")),
    row("GE: three elements", "X12-312", P, put("GE", "3", "X")),
    row("GE: missing", "X12-101", P, drop("GE")),
    row("IEA01: one too many", "X12-104", P, put("IEA", "1", "2")),
    row("IEA02: another number", "X12-103", P, put("IEA", "2", "000000002")),
    row("IEA: three elements", "X12-312", P, put("IEA", "3", "X")),
    row("IEA: missing", "X12-101", P, drop("IEA")),
    row("ISA13: twice in one file", "X12-106", P, again("ISA", "IEA"), put("2:CLM", "1", "B1")),
)

HEADER = (
    row("BHT01: another structure", "X12-307", P, put("BHT", "1", "0022")),
    row("BHT02: a code nobody knows", "X12-307", P, put("BHT", "2", "15")),
    row("BHT03: blank", "X12-301", P, put("BHT", "3", "")),
    row("BHT03: 31 characters", "X12-306", P, put("BHT", "3", "0" * 31)),
    row("BHT04: no day", "X12-310", P, put("BHT", "4", "20261301")),
    row("BHT04: before the service", "X12-406", P, put("BHT", "4", "20260501")),
    row("BHT04: years after the group's day", "X12-114", P, put("BHT", "4", "20290331")),
    row("BHT05: no time", "X12-311", P, put("BHT", "5", "0960")),
    row("BHT06: subrogation", "X12-307", P, put("BHT", "6", "31")),
    row("BHT: missing", "X12-201", P, drop("BHT")),
    row("1000A: missing", "X12-201", P, drop("NM1*41", "PER")),
    row("1000A: another qualifier of the id", "X12-307", P, put("NM1*41", "8", "XX")),
    row("1000A: no id", "X12-301", P, put("NM1*41", "9", "")),
    row("1000A: no name", "X12-301", P, put("NM1*41", "3", "")),
    row("1000A: a person without a first name", "X12-438", P, put("NM1*41", "2", "1")),
    row("1000A: no contact", "X12-201", P, drop("PER")),
    row("1000A: a contact without a number", "X12-301", P, to("PER", "PER*IC*BILLING OFFICE*TE")),
    row("1000A: a second way without its value", "X12-413", P, to("PER", "PER*IC*BILLING OFFICE*TE*7325550100*EM")),
    row("1000A: a phone number with hyphens", "X12-420", P, put("PER", "4", "732-555-0100")),
    row("1000A: a phone number of nine digits", "X12-420", P, put("PER", "4", "732555010")),
    row("1000A: area code 032", "X12-420", P, put("PER", "4", "0325550100")),
    row("1000A: area code 132", "X12-420", P, put("PER", "4", "1325550100")),
    row("1000A: an email address without @", "X12-420", P, put("PER", "6", "BILLING.EXAMPLE.ORG")),
    row("1000A: a contact of another function", "X12-307", P, put("PER", "1", "BL")),
    row("1000B: missing", "X12-201", P, drop("NM1*40")),
    row("1000B: a person", "X12-307", P, put("NM1*40", "2", "1")),
    row("1000B: no id", "X12-301", P, put("NM1*40", "9", "")),
    row("1000A, 1000B: in the wrong order", "X12-202", P, swap("NM1*41", "NM1*40")),
)

HIERARCHY = (
    row("HL01: begins with 2", "X12-205", P, put("HL*1", "1", "2")),
    row("HL01: a gap", "X12-205", P, put("HL*2", "1", "3")),
    row("HL01: twice", "X12-205", "two", put("HL*3", "1", "2")),
    row("HL02: blank", "X12-206", P, put("HL*2", "2", "")),
    row("HL02: itself", "X12-206", P, put("HL*2", "2", "2")),
    row("HL02: the subscriber before", "X12-206", "two", put("HL*3", "2", "2")),
    row("HL02: at the top", "X12-302", P, put("HL*1", "2", "1")),
    row("HL03: a level nobody knows", "X12-203", P, put("HL*2", "3", "21")),
    row("HL03: a patient without a subscriber", "X12-203", P, put("HL*2", "3", "23")),
    row("HL04: 0 above subscribers", "X12-307", P, put("HL*1", "4", "0")),
    row("HL04: 1 without a patient", "X12-207", P, put("HL*2", "4", "1")),
    row("HL04: 0 above a patient", "X12-207", P, *DEPENDENT, put("HL*2", "4", "0")),
    row("HL04: blank", "X12-301", P, put("HL*2", "4", "")),
    row("2000A: no billing provider", "X12-201", P, drop("HL*1", "PRV*BI", "NM1*85", "N3", "N4", "REF*EI")),
    row("2000B: a subscriber without a claim", "X12-209", P, before("SE", "HL*3*1*22*0", *FILES[P][14:20])),
    row("2000B: HL is missing", "X12-201", "two", drop("HL*3")),
    row("2000C: HL02 is the agency's", "X12-206", P, *DEPENDENT, put("HL*3", "2", "1")),
    row("2000C: below a subscriber who is the patient", "X12-412", P, *DEPENDENT, put("SBR", "2", "18")),
    row("2000C: PAT01 is the subscriber himself", "X12-307", P, *DEPENDENT, put("PAT", "1", "18")),
    row("2000C: PAT is missing", "X12-201", P, *DEPENDENT, drop("PAT")),
    row("2010CA: missing", "X12-201", P, *DEPENDENT, drop("NM1*QC", "N3*5 OAK AVE", "N4*BRICK", "DMG")),
    row("2010CA: no address", "X12-201", P, *DEPENDENT, drop("N3*5 OAK AVE", "N4*BRICK")),
    row("2010CA: no birth date", "X12-201", P, *DEPENDENT, drop("DMG")),
    row("2010CA: born after the service", "X12-417", P, *DEPENDENT, put("DMG", "2", "20260503")),
    row("2010CA: an organization", "X12-307", P, *DEPENDENT, put("NM1*QC", "2", "2")),
    row("2010CA: no first name", "X12-438", P, *DEPENDENT, put("NM1*QC", "4", "")),
)

BILLING = (
    row("2000A: another provider's taxonomy", "X12-307", P, put("PRV*BI", "1", "PE")),
    row("2000A: another qualifier of the taxonomy", "X12-307", P, put("PRV*BI", "2", "ZZ")),
    row("2000A: a taxonomy code of nine characters", "X12-505", P, put("PRV*BI", "3", "261QR0405")),
    row("2000A: a taxonomy code of no section", "X12-505", P, put("PRV*BI", "3", "961QR0405X")),
    row("2000A: a currency in lower case", "X12-307", P, before("NM1*85", "CUR*85*usd")),
    row("2000A: a currency of the receiver", "X12-307", P, before("NM1*85", "CUR*PR*USD")),
    row("2010AA: another qualifier of the id", "X12-307", P, put("NM1*85", "8", "24")),
    row("2010AA: no NPI and no other id", "X12-414", P, put("NM1*85", "9", ""), put("NM1*85", "8", "")),
    row("2010AA: an NPI with a wrong check digit", "X12-501", P, put("NM1*85", "9", "1234567890")),
    row("2010AA: an NPI of nine digits", "X12-501", P, put("NM1*85", "9", "123456789")),
    row("2010AA: an NPI that begins with 3", "X12-501", P, put("NM1*85", "9", "3234567893")),
    row("2010AA: an NPI without its qualifier", "X12-413", P, put("NM1*85", "8", "")),
    row("2010AA: no name", "X12-301", P, put("NM1*85", "3", "")),
    row("2010AA: a person without a first name", "X12-438", P, put("NM1*85", "2", "1")),
    row("2010AA: an organization with a first name", "X12-440", P, put("NM1*85", "4", "SHORE")),
    row("2010AA: a kind of entity nobody knows", "X12-307", P, put("NM1*85", "2", "3")),
    row("2010AA: no street", "X12-201", P, drop("N3")),
    row("2010AA: no town", "X12-201", P, drop("N4")),
    row("2010AA: a PO box", "X12-418", P, put("N3", "1", "PO BOX 12")),
    row("2010AA: a lock box in the second line", "X12-418", P, put("N3", "2", "LOCKBOX 12")),
    row("2010AA: a ZIP code of five digits", "X12-508", P, put("N4", "3", "08753")),
    row("2010AA: a ZIP code with a hyphen", "X12-508", P, put("N4", "3", "08753-1234")),
    row("2010AA: no ZIP code", "X12-508", P, put("N4", "3", "")),
    row("2010AA: a ZIP code of zeros", "X12-508", P, put("N4", "3", "000000000")),
    row("2010AA: a state nobody knows", "X12-506", P, put("N4", "2", "XX")),
    row("2010AA: no state", "X12-506", P, put("N4", "2", "")),
    row("2010AA: a town of one letter", "X12-306", P, put("N4", "1", "T")),
    row("2010AA: no tax id", "X12-201", P, drop("REF*EI")),
    row("2010AA: a tax id with a hyphen", "X12-509", P, put("REF*EI", "2", "22-1234567")),
    row("2010AA: a tax id of eight digits", "X12-509", P, put("REF*EI", "2", "22123456")),
    row("2010AA: EIN and SSN", "X12-204", P, after("REF*EI", "REF*SY*123456789")),
    row("2010AA: a qualifier of version 4010", "X12-203", P, after("REF*EI", "REF*1D*77")),
    row("2010AB: no town", "X12-201", P, before("HL*2", "NM1*87*2", "N3*PO BOX 1")),
    row("2010AB: a name", "X12-312", P, before("HL*2", "NM1*87*2*SHORE", "N3*PO BOX 1", "N4*BRICK*NJ*08723")),
    row("2010AB: a state nobody knows", "X12-506", P, before("HL*2", "NM1*87*2", "N3*PO BOX 1", "N4*BRICK*ZQ*08723")),
)

SUBSCRIBER = (
    row("2000B: SBR is missing", "X12-201", P, drop("SBR")),
    row("2000B: SBR01 is no rank", "X12-307", P, put("SBR", "1", "X")),
    row("2000B: SBR01 is blank", "X12-301", P, put("SBR", "1", "")),
    row("2000B: SBR02 is a child's", "X12-307", P, put("SBR", "2", "19")),
    row("2000B: SBR02 is blank without a patient", "X12-412", P, put("SBR", "2", "")),
    row("2000B: SBR05 is no code", "X12-307", P, put("SBR", "5", "99")),
    row("2000B: SBR06 is not used", "X12-302", P, put("SBR", "6", "1")),
    row("2000B: SBR09 is blank", "X12-411", P, put("SBR", "9", "")),
    row("2000B: SBR09 is no kind of payer", "X12-307", P, put("SBR", "9", "09")),
    row("2000B: a death before the service", "X12-442", P, after("SBR", "PAT*****D8*20260501")),
    row("2000B: a death after the file", "X12-442", P, after("SBR", "PAT*****D8*20260601")),
    row("2000B: a day of death without its qualifier", "X12-413", P, after("SBR", "PAT******20260504")),
    row("2010BA: missing", "X12-201", P, drop("NM1*IL", "N3*5 OAK AVE", "N4*BRICK", "DMG")),
    row("2010BA: an organization is the patient", "X12-439", P, put("NM1*IL", "2", "2"), put("NM1*IL", "4", "")),
    row("2010BA: no last name", "X12-301", P, put("NM1*IL", "3", "")),
    row("2010BA: a last name of 61", "X12-306", P, put("NM1*IL", "3", "L" * 61)),
    row("2010BA: no first name", "X12-438", P, put("NM1*IL", "4", "")),
    row("2010BA: a first name of 36", "X12-306", P, put("NM1*IL", "4", "L" * 36)),
    row("2010BA: a prefix", "X12-302", P, put("NM1*IL", "6", "MR")),
    row("2010BA: no member id", "X12-301", P, put("NM1*IL", "9", "")),
    row("2010BA: a member id of one character", "X12-306", P, put("NM1*IL", "9", "1")),
    row("2010BA: no qualifier of the member id", "X12-301", P, put("NM1*IL", "8", "")),
    row("2010BA: an NPI's qualifier", "X12-307", P, put("NM1*IL", "8", "XX")),
    row("2010BA: no street", "X12-402", P, drop("N3*5 OAK AVE")),
    row("2010BA: no town", "X12-402", P, drop("N4*BRICK")),
    row("2010BA: a padded street", "X12-305", P, to("N3*5 OAK AVE", "N3*5 OAK AVE ")),
    row("2010BA: a state in lower case", "X12-307", P, put("N4*BRICK", "2", "nj")),
    row("2010BA: a ZIP code of four digits", "X12-508", P, put("N4*BRICK", "3", "8723")),
    row("2010BA: no birth date", "X12-401", P, drop("DMG")),
    row("2010BA: a birth date that is no day", "X12-310", P, put("DMG", "2", "19880230")),
    row("2010BA: born in 1850", "X12-310", P, put("DMG", "2", "18500402")),
    row("2010BA: born after the file", "X12-417", P, put("DMG", "2", "20990402")),
    row("2010BA: born after the service", "X12-417", P, put("DMG", "2", "20260503")),
    row("2010BA: a sex nobody knows", "X12-307", P, put("DMG", "3", "X")),
    row("2010BA: no sex", "X12-301", P, put("DMG", "3", "")),
    row("2010BA: the qualifier of a range", "X12-307", P, put("DMG", "1", "RD8")),
    row("2010BA: a marital status", "X12-312", P, put("DMG", "4", "M")),
    row("2010BB: missing", "X12-201", P, drop("NM1*PR")),
    row("2010BB: a person", "X12-307", P, put("NM1*PR", "2", "1")),
    row("2010BB: no name", "X12-301", P, put("NM1*PR", "3", "")),
    row("2010BB: no id", "X12-301", P, put("NM1*PR", "9", "")),
    row("2010BB: another qualifier of the id", "X12-307", P, put("NM1*PR", "8", "FI")),
    row("2010BB: twice", "X12-204", P, again("NM1*PR")),
    row("2010BA: a social security number with hyphens", "X12-316", P, after("DMG", "REF*SY*123-45-6789")),
    row("2010BB: a country nobody knows", "X12-314", P, after("NM1*PR", "N3*1 A ST", "N4*OSLO***ZZ")),
    row("2010BB: before the subscriber's name", "X12-203", P, swap("NM1*IL", "NM1*PR")),
    row("2010BB: an id of the payer twice", "X12-204", P, after("NM1*PR", *["REF*2U*1"] * 4)),
)

CLAIM = (
    row("CLM01: blank", "X12-301", P, put("CLM", "1", "")),
    row("CLM01: 21 characters", "X12-416", P, put("CLM", "1", "A" * 21)),
    row("CLM01: 39 characters", "X12-306", P, put("CLM", "1", "A" * 39)),
    row("CLM02: one cent more than its lines", "X12-601", P, put("CLM", "2", "60.51")),
    row("CLM02: blank", "X12-301", P, put("CLM", "2", "")),
    row("CLM02: words", "X12-308", P, put("CLM", "2", "SIXTY")),
    row("CLM02: negative", "X12-308", P, put("CLM", "2", "-60.5")),
    row("CLM02: a trailing zero", "X12-309", P, put("CLM", "2", "60.50")),
    row("CLM02: a leading zero", "X12-309", P, put("CLM", "2", "060.5")),
    row("CLM02: a dollar sign", "X12-308", P, put("CLM", "2", "$60.5")),
    row("CLM02: eleven digits", "X12-306", P, put("CLM", "2", "100000012.5"), put("SV1", "2", "100000000")),
    row("CLM02: no money on a chargeable claim", "X12-429", P, *[put(a, "2", "0") for a in ("CLM", "SV1", "2:SV1")]),
    row("CLM03: not used", "X12-302", P, put("CLM", "3", "MC")),
    row("CLM05-1: a place that is not assigned", "X12-507", P, put("CLM", "5-1", "00")),
    row("CLM05-1: one digit", "X12-306", P, put("CLM", "5-1", "5")),
    row("CLM05-1: blank", "X12-301", P, put("CLM", "5-1", "")),
    row("CLM05-1: a hospital stay without its admission", "X12-415", P, put("CLM", "5-1", "21")),
    row("CLM05-2: a type of bill", "X12-307", P, put("CLM", "5-2", "A")),
    row("CLM05-3: blank", "X12-301", P, put("CLM", "5-3", "")),
    row("CLM05-3: interim", "X12-307", P, put("CLM", "5-3", "2")),
    row("CLM05-3: 9", "X12-307", P, put("CLM", "5-3", "9")),
    row("CLM05-3: a replacement without the payer's number", "X12-403", P, put("CLM", "5-3", "7")),
    row("CLM05-3: a void without the payer's number", "X12-403", P, put("CLM", "5-3", "8")),
    row("CLM05-3: an original with the payer's number", "X12-404", "replacement", put("CLM", "5-3", "1")),
    row("CLM06: X", "X12-307", P, put("CLM", "6", "X")),
    row("CLM06: blank", "X12-301", P, put("CLM", "6", "")),
    row("CLM07: of version 4010", "X12-307", P, put("CLM", "7", "P")),
    row("CLM08: A", "X12-307", P, put("CLM", "8", "A")),
    row("CLM09: N", "X12-307", P, put("CLM", "9", "N")),
    row("CLM09: blank", "X12-301", P, put("CLM", "9", "")),
    row("CLM10: B", "X12-307", P, put("CLM", "10", "B")),
    row("CLM11: a cause nobody knows", "X12-307", P, put("CLM", "11", "XX")),
    row("CLM11: an accident without its day", "X12-431", P, put("CLM", "11", "OA")),
    row(
        "CLM11: a car accident without its state",
        "X12-445",
        P,
        put("CLM", "11", "AA"),
        after("CLM", "DTP*439*D8*20260501"),
    ),
    row("CLM12: a programme nobody knows", "X12-307", P, put("CLM", "12", "01")),
    row("CLM20: a reason nobody knows", "X12-307", P, put("CLM", "20", "12")),
    row(
        "2300: an accident after the service", "X12-441", P, put("CLM", "11", "OA"), after("CLM", "DTP*439*D8*20260505")
    ),
    row("2300: an onset after the file", "X12-441", P, after("CLM", "DTP*431*D8*20260601")),
    row(
        "2300: an admission after the service",
        "X12-441",
        P,
        put("CLM", "5-1", "21"),
        after("CLM", "DTP*435*D8*20260503"),
    ),
    row("2300: an admission after the last service", "X12-441", P, after("CLM", "DTP*435*D8*20260505")),
    row(
        "2300: a service after the discharge",
        "X12-441",
        P,
        put("CLM", "5-1", "21"),
        after("CLM", "DTP*435*D8*20260501", "DTP*096*D8*20260503"),
    ),
    row(
        "2300: a discharge before the admission",
        "X12-441",
        P,
        after("CLM", "DTP*435*D8*20260501", "DTP*096*D8*20260430"),
    ),
    row("2300: a range as admission", "X12-307", P, after("CLM", "DTP*435*RD8*20260501-20260502")),
    row("2300: an admission that is no day", "X12-310", P, after("CLM", "DTP*435*D8*20260230")),
    row("2300: two admissions", "X12-204", P, after("CLM", *["DTP*435*D8*20260501"] * 2)),
    row("2300: disability that ends before it begins", "X12-407", P, after("CLM", "DTP*314*RD8*20260502-20260501")),
    row("2300: a qualifier of no day", "X12-203", P, after("CLM", "DTP*999*D8*20260501")),
    row("PWK01: no report", "X12-307", F, put("PWK", "1", "ZZ")),
    row("PWK02: no way of sending", "X12-307", F, put("PWK", "2", "XX")),
    row("PWK02: by mail without its number", "X12-430", F, to("PWK", "PWK*OZ*BM")),
    row("PWK02: by fax without its number", "X12-430", F, to("PWK", "PWK*OZ*FX")),
    row("PWK05: a number without its qualifier", "X12-413", F, to("PWK", "PWK*OZ*AA****77")),
    row("PWK: eleven", "X12-204", F, after("PWK", *["PWK*OZ*AA"] * 10)),
    row("PWK: after the references", "X12-202", F, swap("PWK", "REF*G1")),
    row("AMT*F5: more than the charge", "X12-604", F, put("AMT*F5", "2", "60.51")),
    row("AMT*F5: negative", "X12-308", F, put("AMT*F5", "2", "-5")),
    row("AMT*F5: blank", "X12-301", F, put("AMT*F5", "2", "")),
    row("CN1: no kind of contract", "X12-307", P, after("CLM", "CN1*99")),
    row("REF*G1: twice", "X12-204", F, again("REF*G1")),
    row("REF*G1: blank", "X12-301", F, put("REF*G1", "2", "")),
    row("REF*G1: 51 characters", "X12-306", F, put("REF*G1", "2", "A" * 51)),
    row("REF*G1: the referral's number", "X12-433", F, after("REF*G1", "REF*9F*AUTH1")),
    row("REF*F8: twice", "X12-204", "void", again("REF*F8")),
    row("REF*F8: blank", "X12-301", "void", put("REF*F8", "2", "")),
    row("REF*D9: 21 characters", "X12-306", P, after("CLM", "REF*D9*" + "1" * 21)),
    row("REF: of a line", "X12-203", P, after("CLM", "REF*6R*1")),
    row("NTE01: no kind of note", "X12-203", F, put("NTE", "1", "XXX")),
    row("NTE02: blank", "X12-301", F, put("NTE", "2", "")),
    row("NTE02: 81 characters", "X12-306", F, put("NTE", "2", "N" * 81)),
    row("NTE: twice", "X12-204", F, again("NTE")),
    row("CRC: a condition nobody knows", "X12-307", P, after("CLM", "CRC*ZZ*Y*XX")),
)

DIAGNOSES = (
    row("HI: missing", "X12-201", P, drop("HI")),
    row("HI: twice", "X12-204", P, again("HI")),
    row("HI: a second principal diagnosis", "X12-307", P, put("HI", "2-1", "ABK")),
    row("HI: no principal diagnosis", "X12-203", P, put("HI", "1-1", "ABF")),
    row("HI: the principal diagnosis comes second", "X12-203", P, to("HI", "HI*ABF:F329*ABK:F1120")),
    row("HI: ICD-9 qualifiers", "X12-502", P, to("HI", "HI*BK:30400*BF:311")),
    row("HI: ICD-9 beside ICD-10", "X12-502", P, put("HI", "2-1", "BF")),
    row(
        "HI: ICD-10 before October 2015",
        "X12-502",
        P,
        put("DTP*472", "3", "20150930"),
        put("2:DTP*472", "3", "20150930"),
    ),
    row("HI: a dot", "X12-502", P, put("HI", "1-2", "F11.20")),
    row("HI: lower case", "X12-502", P, put("HI", "1-2", "f1120")),
    row("HI: no such code", "X12-502", P, put("HI", "1-2", "F1127")),
    row("HI: a heading", "X12-502", P, put("HI", "1-2", "F112")),
    row("HI: blank", "X12-301", P, put("HI", "1-2", "")),
    row("HI: a code twice", "X12-503", P, put("HI", "2-2", "F1120")),
    row("HI: a third component", "X12-312", P, put("HI", "1-3", "D8")),
    row(
        "HI: thirteen",
        "X12-312",
        P,
        *[put("HI", str(n), f"ABF:F{n}29") for n in range(31, 32)],
        put("HI", "13", "ABF:F411"),
    ),
    row("HI: an external cause first", "X12-510", P, put("HI", "1-2", "Y92009")),
    row("HI: a sequela first", "X12-510", P, put("HI", "1-2", "S060X0S")),
    row("HI: a reason for a visit", "X12-203", P, after("HI", "HI*APR:F1120")),
)

PROVIDERS = (
    row("2310B: no last name", "X12-301", P, put("NM1*82", "3", "")),
    row("2310B: no first name", "X12-438", P, put("NM1*82", "4", "")),
    row("2310B: an organization with a first name", "X12-440", P, put("NM1*82", "2", "2")),
    row("2310B: an NPI with swapped digits", "X12-501", P, put("NM1*82", "9", "1245319959")),
    row("2310B: an NPI of eleven digits", "X12-501", P, put("NM1*82", "9", "12453195990")),
    row("2310B: letters for an NPI", "X12-501", P, put("NM1*82", "9", "ABCDEFGHIJ")),
    row("2310B: no NPI and no other id", "X12-414", P, to("NM1*82", "NM1*82*1*RIVERA*DANA")),
    row("2310B: a qualifier without the NPI", "X12-413", P, put("NM1*82", "9", "")),
    row("2310B: another qualifier of the id", "X12-307", P, put("NM1*82", "8", "34")),
    row("2310B: the agency", "X12-427", P, put("NM1*82", "9", "1234567893")),
    row("2310B: twice", "X12-204", P, again("NM1*82", "PRV*PE")),
    row("2310B: another provider's taxonomy", "X12-307", P, put("PRV*PE", "1", "BI")),
    row("2310B: a taxonomy code in lower case", "X12-505", P, put("PRV*PE", "3", "175t00000x")),
    row("2310B: an EIN as other id", "X12-203", P, after("PRV*PE", "REF*EI*221234567")),
    row("2310C: a person", "X12-307", F, put("NM1*77", "2", "1")),
    row("2310C: no name", "X12-301", F, put("NM1*77", "3", "")),
    row("2310C: no street", "X12-201", F, drop("N3*7 QUAY ST")),
    row("2310C: a ZIP code of five digits", "X12-508", F, put("N4*BRICK*NJ*087231111", "3", "08723")),
    row(
        "2310C: the agency's address",
        "X12-427",
        F,
        *[to("N3*7 QUAY ST", "N3*12 WATER ST"), to("N4*BRICK*NJ*087231111", "N4*TOMS RIVER*NJ*087531234")],
    ),
    row("2310C: the agency's NPI", "X12-427", F, put("NM1*77", "9", "1234567893")),
    row("2310C: an NPI with a wrong check digit", "X12-501", F, put("NM1*77", "9", "1778899001")),
    row("2310D: an organization", "X12-307", F, put("NM1*DQ", "2", "2")),
    row("2310D: no NPI and no other id", "X12-414", F, to("NM1*DQ", "NM1*DQ*1*WREN*ADA")),
    row("2310D: the rendering provider", "X12-432", F, to("NM1*DQ", "NM1*DQ*1*RIVERA*DANA****XX*1245319599")),
    row("2310D: the agency", "X12-427", F, put("NM1*DQ", "9", "1234567893")),
    row("2310D: no first name", "X12-438", F, put("NM1*DQ", "4", "")),
    row("2310A: an organization", "X12-307", P, before("NM1*82", "NM1*DN*2*WREN CLINIC*****XX*1223344551")),
    row(
        "2310A: a primary care provider who refers alone",
        "X12-454",
        P,
        before("NM1*82", "NM1*P3*1*WREN*ADA****XX*1223344551"),
    ),
    row("2310A: three", "X12-204", P, before("NM1*82", *["NM1*DN*1*WREN*ADA****XX*1223344551"] * 3)),
    row("2310: an attending provider", "X12-203", P, before("NM1*82", "NM1*71*1*WREN*ADA****XX*1223344551")),
)

LINE_CHANGES = (
    row("2400: none", "X12-201", P, drop("2:LX", "2:SV1", "2:DTP*472", "2:REF*6R", "LX", "SV1", "DTP*472", "REF*6R")),
    row("LX01: begins with 2", "X12-208", P, put("LX", "1", "2")),
    row("LX01: a gap", "X12-208", P, put("LX*2", "1", "3")),
    row("LX01: twice", "X12-208", P, put("LX*2", "1", "1")),
    row("LX: missing", "X12-201", P, drop("LX*2")),
    row("SV1: missing", "X12-201", P, drop("SV1")),
    row("SV101-1: another qualifier", "X12-307", P, put("SV1", "1-1", "HP")),
    row("SV101-1: blank", "X12-301", P, put("SV1", "1-1", "")),
    row("SV101-2: four characters", "X12-504", P, put("SV1", "1-2", "H003")),
    row("SV101-2: a code nobody assigned", "X12-504", P, put("SV1", "1-2", "H9999")),
    row("SV101-2: lower case", "X12-504", P, put("SV1", "1-2", "h0038")),
    row("SV101-2: a local code", "X12-504", P, put("SV1", "1-2", "W0038")),
    row("SV101-2: blank", "X12-301", P, put("SV1", "1-2", "")),
    row("SV101-2: a letter for a zero", "X12-504", P, put("SV1", "1-2", "HO038")),
    row("SV101-3: one character", "X12-306", P, put("SV1", "1-3", "H")),
    row("SV101-3: three characters", "X12-306", P, put("SV1", "1-3", "HFX")),
    row("SV101-3: lower case", "X12-307", P, put("SV1", "1-3", "hf")),
    row("SV101-3: a mark", "X12-307", P, put("SV1", "1-3", "H-")),
    row("SV101-4: a modifier twice", "X12-410", P, put("SV1", "1-4", "HF")),
    row("SV101-7: a fifth modifier", "X12-410", P, to("SV1", "SV1*HC:H0038:HF:U1:U2:U3:U4*48*UN*3***1:2")),
    row("SV101-4: a modifier behind a blank one", "X12-455", P, to("SV1", "SV1*HC:H0038::HF*48*UN*3***1:2")),
    row("SV102: blank", "X12-301", P, put("SV1", "2", "")),
    row("SV102: negative", "X12-308", P, put("SV1", "2", "-48")),
    row("SV102: three decimals", "X12-309", P, put("SV1", "2", "48.005")),
    row("SV102: one cent less", "X12-601", P, put("SV1", "2", "47.99")),
    row("SV103: minutes of peer support", "X12-443", P, put("SV1", "3", "MJ")),
    row("SV103: days", "X12-307", P, put("SV1", "3", "DA")),
    row("SV103: blank", "X12-301", P, put("SV1", "3", "")),
    row("SV104: zero", "X12-408", P, put("SV1", "4", "0")),
    row("SV104: negative", "X12-308", P, put("SV1", "4", "-3")),
    row("SV104: blank", "X12-301", P, put("SV1", "4", "")),
    row("SV104: half a unit of peer support", "X12-409", P, put("SV1", "4", "2.5")),
    row("SV104: nine digits", "X12-306", P, put("SV1", "4", "123456789")),
    row("SV104: four decimals", "X12-306", P, put("SV1", "1-2", "90837"), put("SV1", "4", "1.0001")),
    row("SV105: a place that is not assigned", "X12-507", P, put("SV1", "5", "00")),
    row("SV105: one digit", "X12-306", P, put("SV1", "5", "5")),
    row("SV105: a hospital stay without its admission", "X12-415", P, put("SV1", "5", "21")),
    row("SV107: blank", "X12-301", P, put("SV1", "7", "")),
    row("SV107: to no diagnosis", "X12-405", P, put("SV1", "7", "3")),
    row("SV107: to a diagnosis twice", "X12-405", P, put("SV1", "7", "1:1")),
    row("SV107: zero", "X12-307", P, put("SV1", "7", "0")),
    row("SV107: thirteen", "X12-307", P, put("SV1", "7", "13")),
    row("SV107: a letter", "X12-307", P, put("SV1", "7", "A")),
    row("SV107: five", "X12-312", P, put("SV1", "7", "1:2:1:2:1")),
    row("SV109: N", "X12-307", P, put("SV1", "9", "N")),
    row("SV111: N", "X12-307", P, put("SV1", "11", "N")),
    row("SV115: 1", "X12-307", P, put("SV1", "15", "1")),
    row("SV1: more elements than there are", "X12-312", P, put("SV1", "22", "X")),
    row("DTP*472: missing", "X12-201", P, drop("DTP*472")),
    row("DTP*472: twice", "X12-204", P, again("DTP*472")),
    row("DTP*472: no day", "X12-310", P, put("DTP*472", "3", "20260431")),
    row("DTP*472: six digits", "X12-310", P, put("DTP*472", "3", "260302")),
    row("DTP*472: hyphens", "X12-310", P, put("DTP*472", "3", "2026-05-02")),
    row("DTP*472: the day after the file", "X12-406", P, put("DTP*472", "3", "20260601")),
    row("DTP*472: before the birth", "X12-417", P, put("DTP*472", "3", "19880401")),
    row("DTP*472: a range with a day's qualifier", "X12-310", P, put("DTP*472", "3", "20260502-20260503")),
    row("DTP*472: a day with a range's qualifier", "X12-310", P, put("DTP*472", "2", "RD8")),
    row("DTP*472: a range backwards", "X12-407", P, to("DTP*472", "DTP*472*RD8*20260502-20260501")),
    row("DTP*472: a range that ends after the file", "X12-406", P, to("DTP*472", "DTP*472*RD8*20260502-20260601")),
    row("DTP*472: before SV1", "X12-201", P, swap("SV1", "DTP*472")),
    row("2400: last seen after the file", "X12-441", P, after("DTP*472", "DTP*304*D8*20260601")),
    row("REF*6R: blank", "X12-301", P, put("REF*6R", "2", "")),
    row("REF*6R: 31 characters", "X12-306", P, put("REF*6R", "2", "A" * 31)),
    row("REF*6R: on two lines", "X12-704", P, put("2:REF*6R", "2", "A1-1")),
    row("REF*6R: twice on one line", "X12-204", P, again("REF*6R")),
    row("REF: of a claim", "X12-307", P, after("REF*6R", "REF*F8*1")),
    row("2400: six authorizations", "X12-204", P, before("REF*6R", *[f"REF*G1*{n}" for n in range(6)])),
    row("2400: a note of 81 characters", "X12-306", P, after("REF*6R", "NTE*ADD*" + "N" * 81)),
    row("2400: fifty-one lines", "X12-204", P, *[again("2:LX", "2:REF*6R")] * 49),
    row("2410: an NDC of ten digits", "X12-453", P, after("REF*6R", "LIN**N4*1234567890", "CTP****1*UN")),
    row("2410: an NDC with hyphens", "X12-453", P, after("REF*6R", "LIN**N4*12345-6789-01", "CTP****1*UN")),
    row("2410: no quantity", "X12-201", P, after("REF*6R", "LIN**N4*12345678901")),
    row("2420A: an NPI with a wrong check digit", "X12-501", P, after("REF*6R", "NM1*82*1*WREN*ADA****XX*1223344550")),
    row(
        "2420A: the rendering provider of the claim",
        "X12-427",
        P,
        after("REF*6R", "NM1*82*1*RIVERA*DANA****XX*1245319599"),
    ),
    row("2420A: no NPI and no other id", "X12-414", P, after("REF*6R", "NM1*82*1*WREN*ADA")),
    row(
        "2420D: the supervising provider of the claim",
        "X12-427",
        F,
        after("REF*6R", "NM1*DQ*1*WREN*ADA****XX*1223344551"),
    ),
    row("2420E: an ordering organization", "X12-307", P, after("REF*6R", "NM1*DK*2*WREN CLINIC*****XX*1223344551")),
)

OTHER_PAYERS = (
    row(
        "2320: no payer, but its lines",
        "X12-434",
        S,
        drop("2:SBR", "AMT*D", "OI", "2:NM1*IL", "2:N3*5 OAK AVE", "2:N4*BRICK", "2:NM1*PR", "REF*F8"),
    ),
    row("2320: SBR01 is the payer's own", "X12-419", S, put("2:SBR", "1", "S")),
    row("2320: two payers have one rank", "X12-419", "tertiary", put("3:SBR", "1", "P")),
    row("2320: it answered, and ranks after the payer", "X12-447", S, put("SBR", "1", "P"), put("2:SBR", "1", "S")),
    row("2320: SBR01 is no rank", "X12-307", S, put("2:SBR", "1", "Q")),
    row("2320: SBR02 is blank", "X12-301", S, put("2:SBR", "2", "")),
    row("2320: SBR02 is no relationship", "X12-307", S, put("2:SBR", "2", "99")),
    row("2320: SBR09 is blank", "X12-411", S, put("2:SBR", "9", "")),
    row("2320: SBR09 is no kind of payer", "X12-307", S, put("2:SBR", "9", "XX")),
    row("2320: AMT*D is missing", "X12-435", S, drop("AMT*D")),
    row("2320: AMT*D is missing beside adjustments of the claim", "X12-435", W, drop("AMT*D")),
    row("2320: AMT*D is one cent more", "X12-603", S, put("AMT*D", "2", "20.01")),
    row("2320: AMT*D of the claim is one cent more", "X12-603", W, put("AMT*D", "2", "20.01")),
    row("2320: AMT*D is negative", "X12-607", W, put("AMT*D", "2", "-20"), put("CAS", "3", "80.5")),
    row("2320: AMT*D twice", "X12-204", S, again("AMT*D")),
    row("2320: AMT*A8 beside AMT*D", "X12-437", S, after("AMT*D", "AMT*A8*60.5")),
    row("2320: AMT*A8 beside adjustments", "X12-437", W, to("AMT*D", "AMT*A8*60.5")),
    row(
        "2320: AMT*A8 is not the charge",
        "X12-605",
        S,
        to("AMT*D", "AMT*A8*60"),
        *[drop("SVD", "CAS", "DTP*573", "AMT*EAF")] * 2,
        drop("CAS"),
    ),
    row("2320: AMT*A8 beside lines that it answered", "X12-437", S, to("AMT*D", "AMT*A8*60.5")),
    row("2320: AMT*EAF beside those of the lines", "X12-606", S, after("AMT*D", "AMT*EAF*22.5")),
    row("2320: AMT*EAF is negative", "X12-607", W, put("AMT*EAF", "2", "-1")),
    row("2320: AMT*EAF is more than the charge", "X12-606", W, put("AMT*EAF", "2", "60.51")),
    row("2320: an adjustment of the claim that the lines have", "X12-603", S, before("AMT*D", "CAS*CO*45*18")),
    row("2320: OI is missing", "X12-201", S, drop("OI")),
    row("2320: OI03 is blank", "X12-301", S, put("OI", "3", "")),
    row("2320: OI06 is N", "X12-307", S, put("OI", "6", "N")),
    row("2320: after the lines", "X12-201", S, before("SE", "SBR*T*18*******CI")),
    row("2320: eleven", "X12-204", S, *[again("2:SBR", "REF*F8", "LX")] * 10),
    row("2330A: missing", "X12-201", S, drop("2:NM1*IL", "2:N3*5 OAK AVE", "2:N4*BRICK")),
    row("2330A: no id", "X12-301", S, put("2:NM1*IL", "9", "")),
    row("2330A: no first name", "X12-438", S, put("2:NM1*IL", "4", "")),
    row("2330A: a state nobody knows", "X12-506", S, put("2:N4*BRICK", "2", "ZZ")),
    row("2330B: missing", "X12-201", S, drop("2:NM1*PR", "REF*F8")),
    row("2330B: no id", "X12-301", S, put("2:NM1*PR", "9", "")),
    row("2330B: another id than the lines'", "X12-434", S, put("2:NM1*PR", "9", "CM009")),
    row("2330B: its day twice, here and in a line", "X12-436", S, after("2:NM1*PR", "DTP*573*D8*20260520")),
    row("2330B: no day of an answer to the claim", "X12-448", W, drop("DTP*573")),
    row("2330B: it answered before the service", "X12-448", W, put("DTP*573", "3", "20260501")),
    row("2330B: it answered after the file", "X12-448", W, put("DTP*573", "3", "20260601")),
    row("2330B: a range for the day", "X12-307", W, to("DTP*573", "DTP*573*RD8*20260520-20260521")),
    row("2330B: two numbers of the claim", "X12-204", S, again("REF*F8")),
    row("CAS01: no group", "X12-307", S, put("CAS", "1", "XX")),
    row("CAS01: blank", "X12-301", S, put("CAS", "1", "")),
    row("CAS02: four digits", "X12-450", S, put("CAS", "2", "9999")),
    row("CAS02: a remark code", "X12-450", S, put("CAS", "2", "N130")),
    row("CAS02: a leading zero", "X12-450", S, put("CAS", "2", "045")),
    row("CAS02: three digits beyond the list", "X12-450", S, put("CAS", "2", "999")),
    row("CAS02: a letter beyond the list", "X12-450", S, put("CAS", "2", "Z1")),
    row("CAS02: blank", "X12-301", S, put("CAS", "2", "")),
    row("CAS03: blank", "X12-301", S, put("CAS", "3", "")),
    row("CAS03: one cent less", "X12-602", S, put("CAS", "3", "17.99")),
    row("CAS03: a trailing zero", "X12-309", S, put("CAS", "3", "18.0")),
    row("CAS05: a reason without its amount", "X12-413", S, put("CAS", "5", "253")),
    row("CAS06: an amount without its reason", "X12-413", S, put("CAS", "3", "17"), put("CAS", "6", "1")),
    row("CAS07: a quantity without its reason", "X12-413", S, put("CAS", "7", "1")),
    row("CAS: more than six reasons", "X12-312", S, put("CAS", "20", "45")),
    row("CAS: before SVD", "X12-203", S, swap("SVD", "CAS")),
    row("CAS: of a line without SVD", "X12-203", S, drop("SVD")),
    row("CAS: six segments", "X12-204", S, *[again("CAS")] * 5),
    row("SVD01: blank", "X12-301", S, put("SVD", "1", "")),
    row("SVD01: names nobody", "X12-434", S, put("SVD", "1", "CM009")),
    row("SVD01: the payer itself", "X12-434", S, put("SVD", "1", "EXAMPLE01")),
    row("SVD02: blank", "X12-301", S, put("SVD", "2", "")),
    row("SVD02: one cent more", "X12-602", S, put("SVD", "2", "20.01")),
    row("SVD02: negative", "X12-607", S, put("SVD", "2", "-20"), put("CAS", "3", "58"), put("AMT*D", "2", "-20")),
    row("SVD03: missing", "X12-301", S, put("SVD", "3", "")),
    row("SVD03: no procedure", "X12-504", S, put("SVD", "3-2", "H9999")),
    row("SVD03: a modifier of three characters", "X12-306", S, put("SVD", "3-3", "HFX")),
    row("SVD03: a modifier twice", "X12-410", S, put("SVD", "3-4", "HF")),
    row("SVD04: a revenue code", "X12-302", S, put("SVD", "4", "0900")),
    row("SVD05: blank", "X12-301", S, put("SVD", "5", "")),
    row("SVD05: negative", "X12-308", S, put("SVD", "5", "-1")),
    row("SVD06: a line that there is not", "X12-452", S, put("SVD", "6", "3")),
    row("2430: no day", "X12-201", S, drop("DTP*573")),
    row("2430: no day is a day", "X12-310", S, put("DTP*573", "3", "20260230")),
    row("2430: it answered before the service", "X12-448", S, put("DTP*573", "3", "20260501")),
    row("2430: it answered after the file", "X12-448", S, put("DTP*573", "3", "20260601")),
    row("2430: no answer to the second line", "X12-609", S, drop("2:SVD", "3:CAS", "2:DTP*573", "2:AMT*EAF")),
    row("2430: twice for one payer", "X12-602", S, again("SVD", "AMT*EAF")),
    row("2430: AMT*EAF is more than the charge", "X12-606", S, put("AMT*EAF", "2", "48.01")),
    row("2430: AMT*EAF is negative", "X12-607", S, put("AMT*EAF", "2", "-1")),
    row("2430: the second payer's line adds up to less", "X12-602", "tertiary", put("2:SVD", "2", "7")),
)

DUPLICATES = (
    row("a claim twice", "X12-701", P, again("CLM", "2:REF*6R")),
    row("a claim id twice", "X12-702", "two", put("2:CLM", "1", "A1")),
)

CHARACTERS = (
    row("a letter outside the X12 sets", "X12-012", P, put("NM1*IL", "3", "LÁNE")),
    row("a tab", "X12-012", P, put("NM1*IL", "3", "LA\tNE")),
    row("a component separator in a name", "X12-304", P, put("NM1*IL", "3", "LA:NE")),
    row("a repetition separator in a name", "X12-304", P, put("NM1*IL", "3", "LA^NE")),
    row("an element separator in a name", "X12-301", P, put("NM1*IL", "3", "LA*NE")),
    row("an empty element at the end", "X12-303", P, to("N3*5 OAK AVE", "N3*5 OAK AVE*")),
    row("an empty segment", "X12-004", P, after("N3*5 OAK AVE", "")),
    row("a line break in a segment", "X12-007", P, to("N3*5 OAK AVE", "N3*5 OAK\n AVE")),
    row("a segment in lower case", "X12-203", P, to("N3*5 OAK AVE", "n3*5 OAK AVE")),
    row("a segment nobody knows", "X12-203", P, after("N3*5 OAK AVE", "ZZZ*1")),
)

REJECTED = (
    *ENVELOPE,
    *HEADER,
    *HIERARCHY,
    *BILLING,
    *SUBSCRIBER,
    *CLAIM,
    *DIAGNOSES,
    *PROVIDERS,
    *LINE_CHANGES,
    *OTHER_PAYERS,
    *DUPLICATES,
    *CHARACTERS,
)
"""Files that a payer or clearinghouse must reject."""


# --- what is only warned of ------------------------------------------------------------------------------------------

WARNED = (
    row("GS08, ST03: without the addendum", "X12-108", P, put("GS", "8", "005010X222"), put("ST", "3", "005010X222")),
    row("1000A: an exchange of 155", "X12-420", P, put("PER", "4", "7321550100")),
    row("2000B: Medicare after another payer without SBR05", "X12-428", S, put("SBR", "9", "MB")),
    row("2320: Medicare after another payer without SBR05", "X12-428", "tertiary", put("3:SBR", "9", "MB")),
    row("2000B: SBR05 for Medicaid", "X12-446", P, put("SBR", "5", "12")),
    row("SV104: half a unit of another service", "X12-409", P, put("SV1", "1-2", "90837"), put("SV1", "4", "2.5")),
    row("a service on two lines", "X12-703", P, put("2:SV1", "1", "HC:H0038:HF"), put("2:DTP*472", "3", "20260502")),
    row("CAS02: a reason that may be newer than the list", "X12-450", S, put("CAS", "2", "399")),
    row(
        "a diagnosis that a later release has divided",
        "X12-502",
        P,
        put("HI", "1-2", "F112"),
        put("DTP*472", "3", "20260302"),
    ),
)
"""Files that many payers take: `check` warns of them, and ends with exit code 0."""


# --- what must be taken ----------------------------------------------------------------------------------------------

MORE = ("ABF:F411", "ABF:F4310", "ABF:F209", "ABF:F319", "ABF:F1920", "ABF:F1520", "ABF:F331", "ABF:Z5900", "ABF:F32A")
SECOND_PAYER = (
    *("SBR*T*19***12****MB", "OI***N***I", "NM1*IL*2*LANE TRUST*****MI*X9", "NM1*PR*2*THIRD*****PI*CM003", "REF*2U*4"),
)

VALID = (
    *(row(f"{name}, as it is written", "", name) for name in FILES),
    row("production, and an answer by TA1 asked for", "", P, put("ISA", "14", "1"), put("ISA", "15", "P")),
    row("another qualifier of the sender", "", P, put("ISA", "5", "30"), put("ISA", "6", "381234567      ")),
    row("a group of other names than the interchange's", "", P, put("GS", "2", "SUB01"), put("GS", "3", "REC01")),
    row("a control number with zeros in front", "", P, put("GS", "6", "000012"), put("GE", "2", "000012")),
    row("a set's number of letters and digits", "", P, put("ST", "2", "AB0000001"), put("SE", "2", "AB0000001")),
    row("times with seconds", "", P, put("GS", "5", "12345699"), put("BHT", "5", "123456")),
    row("made the day before it was sent", "", P, put("BHT", "4", "20260530")),
    row("sent again", "", P, put("BHT", "2", "18")),
    row(
        "an encounter report without charges",
        "",
        P,
        put("BHT", "6", "RP"),
        *[put(a, "2", "0") for a in ("CLM", "SV1", "2:SV1")],
    ),
    row("an extension of the telephone", "", P, to("PER", "PER*IC*BILLING OFFICE*TE*7325550100*EX*12")),
    row("a fax number only", "", P, to("PER", "PER*IC**FX*7325550100")),
    row("a submitter who is a person", "", P, to("NM1*41", "NM1*41*1*WREN*ADA****46*SHORE01")),
    row(
        "a billing provider who is a person",
        "",
        P,
        to("NM1*85", "NM1*85*1*WREN*ADA*M**JR*XX*1234567893"),
        to("REF*EI", "REF*SY*221234567"),
    ),
    row(
        "an agency without an NPI",
        "",
        P,
        to("NM1*85", "NM1*85*2*SHORE RECOVERY COMMUNITY"),
        after("NM1*PR", "REF*G2*77"),
    ),
    row(
        "an address for payments that is a PO box",
        "",
        P,
        before("HL*2", "NM1*87*2", "N3*PO BOX 1", "N4*BRICK*NJ*08723"),
    ),
    row(
        "a plan to which the payment goes",
        "",
        P,
        before("HL*2", "NM1*PE*2*PLAN*****PI*99", "N3*1 A ST", "N4*BRICK*NJ*08723", "REF*EI*221234567"),
    ),
    row("a contact of the agency", "", P, before("HL*2", "PER*IC*ANN*TE*7325550100")),
    row("Canadian dollars", "", P, before("NM1*85", "CUR*85*CAD")),
    row("no taxonomy", "", P, drop("PRV*BI")),
    row("a group number and name", "", P, put("SBR", "3", "GRP1")),
    row("a payer of unknown rank", "", P, put("SBR", "1", "U")),
    row("a commercial payer", "", P, put("SBR", "9", "CI")),
    row("a member who died that day", "", P, after("SBR", "PAT*****D8*20260504")),
    row("middle name and suffix", "", P, to("NM1*IL", "NM1*IL*1*LANE*ALEX*B**III*MI*123456789012")),
    row("a sex that is not known", "", P, put("DMG", "3", "U")),
    row("born on the day of service", "", P, put("DMG", "2", "20260502")),
    row("a ZIP code of nine digits", "", P, put("N4*BRICK", "3", "087231234")),
    row("Puerto Rico", "", P, to("N4*BRICK", "N4*SAN JUAN*PR*00901")),
    row("abroad", "", P, to("N4*BRICK", "N4*TORONTO*ON*M5H2N2*CA")),
    row("a second line of the street", "", P, put("N3*5 OAK AVE", "2", "APT 2")),
    row(
        "the payer's address and other ids",
        "",
        P,
        after("NM1*PR", "N3*PO BOX 9", "N4*NEWARK*NJ*07101", "REF*2U*12", "REF*FY*13"),
    ),
    row("a child of the subscriber", "", P, *DEPENDENT),
    row("a claim id of 20", "", P, put("CLM", "1", "A" * 20)),
    row("no assignment, signature and release otherwise", "", P, to("CLM", "CLM*A1*60.5***57:B:1*N*C*W*I*P")),
    row("a special programme", "", P, put("CLM", "12", "02")),
    row("a delay", "", P, put("CLM", "20", "15")),
    row("a car accident", "", P, put("CLM", "11", "AA:::NJ"), after("CLM", "DTP*439*D8*20260501")),
    row("an accident at work", "", P, put("CLM", "11", "EM")),
    row("an accident on the day of service", "", P, put("CLM", "11", "OA"), after("CLM", "DTP*439*D8*20260502")),
    row("a hospital stay", "", P, put("CLM", "5-1", "21"), after("CLM", "DTP*435*D8*20260502", "DTP*096*D8*20260504")),
    row("a hospital stay that lasts", "", P, put("CLM", "5-1", "51"), after("CLM", "DTP*435*D8*20260401")),
    row("the illness began before", "", P, after("CLM", "DTP*431*D8*20260101")),
    row("disability that lasts", "", P, after("CLM", "DTP*314*RD8*20260501-20261231")),
    row("an attachment on request", "", F, to("PWK", "PWK*OZ*AA")),
    row("ten attachments", "", F, after("PWK", *["PWK*OZ*AA"] * 9)),
    row("the member paid all", "", F, put("AMT*F5", "2", "60.5")),
    row("a contract", "", P, after("CLM", "CN1*09*40")),
    row(
        "many references in any order",
        "",
        P,
        after("CLM", "REF*EA*1", "REF*D9*" + "1" * 20, "REF*9F*2", "REF*G1*3", "REF*4N*5", "REF*P4*6"),
    ),
    row("fixed-format information and a note", "", P, before("HI", "K3*X", "NTE*DGN*X")),
    row("a screening of a child", "", P, before("HI", "CRC*ZZ*Y*NU")),
    row("twelve diagnoses", "", P, to("HI", "HI*ABK:F1120*ABF:F329*" + "*".join((*MORE, "ABF:F603")))),
    row("a sequela second", "", P, put("HI", "2-2", "S060X0S")),
    row("a condition", "", P, after("HI", "HI*BG:17")),
    row(
        "who referred, twice",
        "",
        P,
        before("NM1*82", "NM1*DN*1*WREN*ADA****XX*1223344551", "NM1*P3*1*OAKES*ROWAN****XX*1435678903"),
    ),
    row("an organization renders", "", P, to("NM1*82", "NM1*82*2*SHORE CLINIC*****XX*1778899009")),
    row("a peer without an NPI", "", P, to("NM1*82", "NM1*82*1*RIVERA*DANA"), after("PRV*PE", "REF*G2*77")),
    row("no rendering provider", "", P, drop("NM1*82", "PRV*PE")),
    row(
        "a place without an NPI",
        "",
        F,
        to("NM1*77", "NM1*77*2*SHORE CLINIC"),
        before("NM1*DQ", "PER*IC*ANN*TE*7325550100"),
    ),
    row("a service of CPT without modifiers", "", P, put("SV1", "1", "HC:90837")),
    row("four modifiers and a description", "", P, put("SV1", "1", "HC:H0038:HF:U1:U2:U3:GROUP SESSION")),
    row("anesthesia in minutes", "", P, put("SV1", "1", "HC:00100"), put("SV1", "3", "MJ")),
    row("three decimals of another service's units", "", P, put("SV1", "1", "HC:J1230"), put("SV1", "4", "1")),
    row("another place of a line", "", P, put("SV1", "5", "12")),
    row("the claim's place on a line", "", P, put("SV1", "5", "57")),
    row(
        "emergency, screening, family planning, no copay", "", P, to("SV1", "SV1*HC:H0038:HF*48*UN*3***1:2**Y**Y*Y***0")
    ),
    row("a line without charge", "", P, put("SV1", "2", "0"), put("CLM", "2", "12.5")),
    row("an amount of ten digits", "", P, put("SV1", "2", "99999900"), put("CLM", "2", "99999912.5")),
    row("a range of days", "", P, to("DTP*472", "DTP*472*RD8*20260502-20260503")),
    row("service on the day of the file", "", P, put("DTP*472", "3", "20260531")),
    row("five authorizations of a line", "", P, before("REF*6R", *[f"REF*G1*{n}" for n in range(5)])),
    row("a note and an amount of a line", "", P, after("REF*6R", "AMT*T*1.5", "K3*X", "NTE*ADD*X")),
    row("no line id", "", P, drop("REF*6R")),
    row("a drug", "", P, after("REF*6R", "LIN**N4*12345678901", "CTP****1*UN")),
    row(
        "another renders a line", "", P, after("REF*6R", "NM1*82*1*WREN*ADA****XX*1223344551", "PRV*PE*PXC*175T00000X")
    ),
    row(
        "a line's order, supervision and place",
        "",
        P,
        after(
            "REF*6R",
            "NM1*77*2*X CLINIC*****XX*1778899009",
            "N3*7 QUAY ST",
            "N4*BRICK*NJ*087231111",
            "NM1*DQ*1*WREN*ADA****XX*1223344551",
            "NM1*DK*1*WREN*ADA****XX*1223344551",
        ),
    ),
    row("a payer that was not asked", "", W, to("AMT*D", "AMT*A8*60.5"), drop("CAS", "AMT*EAF", "DTP*573")),
    row(
        "a payer that is asked later",
        "",
        P,
        before("LX*1", "SBR*S*18*******CI", "OI***Y***Y", "NM1*IL*1*LANE*ALEX****MI*X9", "NM1*PR*2*LATER*****PI*CM009"),
    ),
    row("a third payer that has not answered", "", S, before("LX*1", *SECOND_PAYER)),
    row("a spouse's policy", "", S, put("2:SBR", "2", "01"), put("2:NM1*IL", "3", "HILL")),
    row("what another payer's remittance says of the whole", "", S, after("OI", "MOA***MA01")),
    row("other payers' ids of the providers", "", S, before("LX*1", "NM1*82*1", "REF*G2*77", "NM1*85*2", "REF*G2*78")),
    row(
        "another payer paid more than was billed",
        "",
        W,
        put("CAS", "3", "-1"),
        put("AMT*D", "2", "61.5"),
        drop("AMT*EAF"),
    ),
    row(
        "another payer paid nothing",
        "",
        W,
        put("CAS", "3", "60.5"),
        put("AMT*D", "2", "0"),
        put("AMT*EAF", "2", "60.5"),
    ),
    row(
        "a payment in two parts of a line",
        "",
        S,
        put("SVD", "2", "15"),
        after("AMT*EAF", "SVD*CM001*5*HC:H0038:HF**0", "DTP*573*D8*20260521"),
    ),
    row("a line that was paid with another", "", S, put("SVD", "6", "2")),
    row("paid under another code", "", S, put("SVD", "3", "HC:H0038")),
    row("an adjustment of claim and lines", "", S, before("AMT*D", "CAS*OA*23*1"), put("AMT*D", "2", "19")),
    row("reasons with quantities", "", S, to("CAS", "CAS*CO*45*10*1*253*8")),
)
"""Files that break no rule: `check` says nothing of them."""


def with_delimiters(text: str, delimiters: str) -> str:
    """Return a text with other delimiters: element, component, repetition and terminator."""
    return text.translate(str.maketrans("*:^~", delimiters))
