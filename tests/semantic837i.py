"""Files that peerbill writes, each with one change: 837Is that must be rejected, warned of, or taken."""

import datetime as dt
from decimal import Decimal

import attrs
from semantic import Segments, after, again, before, drop, put, row, swap, to
from semantic837p import DAY, FILE_DAY, MEMBER, PAID_ON, PEER, answered
from strategies import PAYER, SETTINGS

from peerbill.claim import (
    Address,
    Adjustment,
    Attachment,
    Claim,
    OtherPayer,
    Party,
    Provider,
    ServiceLine,
)
from peerbill.x12.write837i import write_interchange

# --- the files -------------------------------------------------------------------------------------------------------

LATER = dt.date(2026, 5, 4)
LEADER = Provider("Okafor", "Ife", "1679576722", "2084P0800X")
LINES = (
    ServiceLine("A1-1", ("E1",), DAY, "H0038", ("HF",), 3, Decimal(48), revenue_code="0914"),
    ServiceLine("A1-2", ("E2",), LATER, "H0038", ("HF", "HQ"), 2, Decimal("12.5"), revenue_code="0915"),
)
PRIMARY = Claim(
    *("A1", PAYER.key, "M1", MEMBER, "57", ("F1120", "F329"), LINES),
    rendering=PEER,
    form="837I",
    type_of_bill="77",
    attending=LEADER,
    admission_type="3",
    point_of_origin="1",
    patient_status="01",
)
FULL = attrs.evolve(
    PRIMARY,
    facility=Party("Shore Clinic", "1778899009"),
    facility_address=Address("7 Quay St", "Brick", "NJ", "087231111"),
    authorization="AUTH1",
    attachment=Attachment("OZ", "BM", "CONTROL1"),
    delay_reason="7",
    admitted_on=dt.date(2026, 5, 1),
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


def _other(name: str, id_: str, rank: int, paid: str) -> OtherPayer:
    person = attrs.evolve(MEMBER, subscriber_id=f"{id_}77", rank=rank)
    return OtherPayer(name, id_, person, Decimal(paid), PAID_ON, "CI", payer_control_number=f"{id_}ICN")


SECONDARY = attrs.evolve(
    PRIMARY,
    subscriber=attrs.evolve(MEMBER, rank=2),
    lines=(
        answered(LINES[0], "CM001", "20", Adjustment("CO", "45", Decimal(18)), Adjustment("PR", "2", Decimal(10))),
        answered(LINES[1], "CM001", "0", Adjustment("PR", "1", Decimal("12.5"))),
    ),
    other_payers=(_other("Commercial One", "CM001", 1, "20"),),
)
TERTIARY = attrs.evolve(
    PRIMARY,
    subscriber=attrs.evolve(MEMBER, rank=3),
    lines=(
        answered(
            answered(LINES[0], "CM001", "20", Adjustment("PR", "2", Decimal(28))),
            *("CM002", "8", Adjustment("CO", "23", Decimal(20)), Adjustment("PR", "3", Decimal(20))),
        ),
    ),
    other_payers=(_other("Commercial One", "CM001", 1, "20"), _other("Commercial Two", "CM002", 2, "8")),
)


def _written(*claims: Claim) -> Segments:
    return "".join(write_interchange(claims, PAYER, SETTINGS, FILE_DAY, 1)).split("~")[:-1]


def _stay(segments: Segments) -> Segments:
    """Make an inpatient bill of a file, which peerbill itself does not write."""
    for change in (
        put("CLM", "5", "11:A:1"),
        before("DTP*434", "DTP*096*TM*1100"),
        after("DTP*434", "DTP*435*DT*202605021530"),
        put("HI*ABK:F1120", "1", "ABK:F1120:::::::Y"),
        after("HI*ABK:F1120:::::::Y", "HI*ABJ:F1120"),
        put("HI*ABF:F329", "1", "ABF:F329:::::::N"),
    ):
        change(segments)
    return segments


FILES: dict[str, Segments] = {
    "primary": _written(PRIMARY),
    "full": _written(FULL),
    "replacement": _written(REPLACEMENT),
    "void": _written(VOID),
    "two": _written(*TWO),
    "secondary": _written(SECONDARY),
    "secondary void": _written(attrs.evolve(SECONDARY, frequency="8", payer_control_number="ICN1")),
    "tertiary": _written(TERTIARY),
    "stay": _stay(_written(PRIMARY)),
}

# --- the tables ------------------------------------------------------------------------------------------------------

OTHER_POLICYHOLDER = "NM1*IL*1*LANE*ALEX****MI*CM00177"

REJECTED = (
    # CL1
    row("CL101: missing", "X12-301", "primary", put("CL1", "1", "")),
    row("CL101: 0", "X12-460", "primary", put("CL1", "1", "0")),
    row("CL101: 6", "X12-460", "void", put("CL1", "1", "6")),
    row("CL101: a letter", "X12-460", "primary", put("CL1", "1", "E")),
    row("CL101: two digits", "X12-306", "primary", put("CL1", "1", "03")),
    row("CL102: missing", "X12-461", "primary", put("CL1", "2", "")),
    row("CL102: missing in a void", "X12-461", "void", put("CL1", "2", "")),
    row("CL102: 3, which ended", "X12-461", "primary", put("CL1", "2", "3")),
    row("CL102: 7, which ended", "X12-461", "secondary", put("CL1", "2", "7")),
    row("CL102: Z", "X12-461", "primary", put("CL1", "2", "Z")),
    row("CL102: a newborn from home", "X12-461", "primary", put("CL1", "1", "4")),
    row("CL103: missing", "X12-301", "primary", put("CL1", "3", "")),
    row("CL103: 00", "X12-462", "primary", put("CL1", "3", "00")),
    row("CL103: 99", "X12-462", "secondary", put("CL1", "3", "99")),
    row("CL103: 08, which ended", "X12-462", "primary", put("CL1", "3", "08")),
    row("CL103: 72, which ended", "X12-462", "void", put("CL1", "3", "72")),
    row("CL103: one digit", "X12-306", "primary", put("CL1", "3", "1")),
    row("CL103: letters", "X12-462", "primary", put("CL1", "3", "AB")),
    row("CL103: still a patient at the discharge", "X12-463", "primary", put("CL1", "3", "30")),
    row(
        "CL103: still a patient in the last bill",
        "X12-463",
        "primary",
        put("CL1", "3", "30"),
        put("CLM", "5", "77:A:4"),
    ),
    row("CL103: a hospice's status", "X12-463", "primary", put("CL1", "3", "41")),
    row("CL1: missing", "X12-201", "primary", drop("CL1")),
    row("CL1: twice", "X12-204", "primary", again("CL1")),
    row("CL1: an element too many", "X12-312", "primary", to("CL1", "CL1*3*1*01*1")),
    # type of bill and frequency
    row("CLM05-1: 99", "X12-426", "primary", put("CLM", "5-1", "99")),
    row("CLM05-1: 00", "X12-426", "primary", put("CLM", "5-1", "00")),
    row("CLM05-1: 10", "X12-426", "primary", put("CLM", "5-1", "10")),
    row("CLM05-1: 57, a place of service", "X12-426", "secondary", put("CLM", "5-1", "57")),
    row("CLM05-1: 07, with its leading zero", "X12-426", "primary", put("CLM", "5-1", "07")),
    row("CLM05-1: letters", "X12-426", "primary", put("CLM", "5-1", "AB")),
    row("CLM05-1: three digits", "X12-306", "primary", put("CLM", "5-1", "771")),
    row("CLM05-2: B", "X12-307", "primary", put("CLM", "5-2", "B")),
    row("CLM05-3: 0", "X12-307", "primary", put("CLM", "5-3", "0")),
    row("CLM05-3: 6", "X12-307", "primary", put("CLM", "5-3", "6")),
    row("CLM05-3: X", "X12-307", "secondary", put("CLM", "5-3", "X")),
    row("CLM05-3: 7 without REF*F8", "X12-403", "replacement", drop("REF*F8")),
    row("CLM05-3: 8 without REF*F8", "X12-403", "void", drop("REF*F8")),
    row("CLM05-3: 1 with REF*F8", "X12-404", "void", put("CLM", "5-3", "1")),
    row("CLM05: missing", "X12-301", "primary", put("CLM", "5", "")),
    row("CLM02: not the sum", "X12-601", "primary", put("CLM", "2", "60")),
    row("CLM02: 0", "X12-429", "primary", put("CLM", "2", "0"), put("SV2", "3", "0"), put("2:SV2", "3", "0")),
    row("CLM06: a signature", "X12-302", "primary", put("CLM", "6", "Y")),
    row("CLM07: missing", "X12-301", "primary", put("CLM", "7", "")),
    row("CLM09: N", "X12-307", "primary", put("CLM", "9", "N")),
    row("CLM11: an accident", "X12-302", "primary", put("CLM", "11", "OA")),
    row("CLM20: 99", "X12-307", "full", put("CLM", "20", "99")),
    # statement, admission, discharge
    row("DTP*434: missing", "X12-201", "primary", drop("DTP*434")),
    row("DTP*434: a day", "X12-307", "primary", to("DTP*434", "DTP*434*D8*20260502")),
    row("DTP*434: backwards", "X12-407", "primary", put("DTP*434", "3", "20260504-20260502")),
    row("DTP*434: ends after the file", "X12-470", "primary", put("DTP*434", "3", "20260502-20260601")),
    row("DTP*434: no day of the calendar", "X12-310", "primary", put("DTP*434", "3", "20260502-20260532")),
    row("DTP*434: begins before the birth", "X12-470", "primary", put("DTP*434", "3", "19880401-20260504")),
    row("DTP*434: ends before a line", "X12-425", "primary", put("DTP*434", "3", "20260502-20260503")),
    row("DTP*434: begins after a line", "X12-425", "void", put("DTP*434", "3", "20260503-20260504")),
    row("DTP*434: twice", "X12-204", "primary", again("DTP*434")),
    row("DTP*435: after the statement", "X12-467", "full", put("DTP*435", "3", "20260505")),
    row("DTP*435: after the file", "X12-467", "full", put("DTP*435", "3", "20260701")),
    row("DTP*435: before the birth", "X12-467", "full", put("DTP*435", "3", "19880401")),
    row("DTP*435: no day of the calendar", "X12-310", "full", put("DTP*435", "3", "20260431")),
    row("DTP*435: no time of the day", "X12-310", "stay", put("DTP*435", "3", "202605012460")),
    row("DTP*435: missing in a stay", "X12-468", "stay", drop("DTP*435")),
    row("DTP*435: missing in a skilled nursing stay", "X12-468", "stay", drop("DTP*435"), put("CLM", "5-1", "21")),
    row("DTP*096: no time of the day", "X12-311", "stay", put("DTP*096", "3", "2500")),
    # HI
    row("HI*ABK: missing", "X12-201", "primary", drop("HI*ABK:F1120")),
    row("HI*ABK: two codes", "X12-312", "primary", to("HI*ABK:F1120", "HI*ABK:F1120*ABF:F419")),
    row("HI*ABK: again as the other", "X12-503", "primary", to("HI*ABF:F329", "HI*ABF:F1120")),
    row("HI*ABK: no code of the list", "X12-502", "primary", to("HI*ABK:F1120", "HI*ABK:F9999")),
    row("HI*ABK: a heading", "X12-502", "primary", to("HI*ABK:F1120", "HI*ABK:F11")),
    row("HI*ABK: with its dot", "X12-502", "primary", to("HI*ABK:F1120", "HI*ABK:F11.20")),
    row("HI*ABK: a qualifier that is none", "X12-203", "primary", to("HI*ABK:F1120", "HI*ABQ:F1120")),
    row("HI*BK: ICD-9 today", "X12-502", "primary", to("HI*ABK:F1120", "HI*BK:3040"), drop("HI*ABF:F329")),
    row("HI*ABF: twice", "X12-503", "primary", to("HI*ABF:F329", "HI*ABF:F329*ABF:F329")),
    row("HI*ABF: before the principal", "X12-201", "primary", drop("HI*ABK:F1120"), put("CLM", "1", "A2")),
    row("HI*ABJ: missing in a stay", "X12-469", "stay", drop("HI*ABJ:F1120")),
    row("HI*ABJ: no code of the list", "X12-502", "stay", to("HI*ABJ:F1120", "HI*ABJ:ZZZ99")),
    row("HI*ABJ: with its dot", "X12-502", "stay", to("HI*ABJ:F1120", "HI*ABJ:F11.20")),
    row("HI*APR: no code of the list", "X12-502", "primary", after("HI*ABK:F1120", "HI*APR:ZZZ99")),
    row("HI*ABN: no external cause", "X12-476", "stay", after("HI*ABJ:F1120", "HI*ABN:F329")),
    row("HI*ABN: no code of the list", "X12-502", "stay", after("HI*ABJ:F1120", "HI*ABN:X9999")),
    row("HI*ABK: present on admission X", "X12-307", "stay", put("HI*ABK:F1120:::::::Y", "1-9", "X")),
    row("HI*BG: 00", "X12-465", "primary", before("NM1*71", "HI*BG:00")),
    row("HI*BG: three characters", "X12-465", "primary", before("NM1*71", "HI*BG:009")),
    row("HI*BG: one character", "X12-465", "primary", before("NM1*71", "HI*BG:9")),
    row("HI*BG: small letters", "X12-465", "primary", before("NM1*71", "HI*BG:a1")),
    row("HI*BG: ZZ", "X12-465", "primary", before("NM1*71", "HI*BG:ZZ")),
    row("HI*BG: twice in one", "X12-466", "primary", before("NM1*71", "HI*BG:09*BG:09")),
    row("HI*BG: twice in two", "X12-466", "primary", before("NM1*71", "HI*BG:09", "HI*BG:17*BG:09")),
    row("HI*BG: with a date", "X12-312", "primary", before("NM1*71", "HI*BG:09:D8:20260501")),
    row("HI*BH: 00", "X12-465", "primary", before("NM1*71", "HI*BH:00:D8:20260501")),
    row("HI*BH: 70, a span", "X12-465", "primary", before("NM1*71", "HI*BH:70:D8:20260501")),
    row("HI*BH: without its day", "X12-301", "primary", before("NM1*71", "HI*BH:11")),
    row("HI*BH: no day of the calendar", "X12-310", "primary", before("NM1*71", "HI*BH:11:D8:20260231")),
    row("HI*BH: after the file", "X12-475", "primary", before("NM1*71", "HI*BH:11:D8:20260601")),
    row("HI*BH: twice", "X12-466", "primary", before("NM1*71", "HI*BH:11:D8:20260501*BH:11:D8:20260501")),
    row("HI*BI: 11, an occurrence", "X12-465", "primary", before("NM1*71", "HI*BI:11:RD8:20260401-20260402")),
    row("HI*BI: a day", "X12-307", "primary", before("NM1*71", "HI*BI:71:D8:20260401")),
    row("HI*BI: backwards", "X12-407", "primary", before("NM1*71", "HI*BI:71:RD8:20260402-20260401")),
    row("HI*BI: twice", "X12-466", "stay", before("NM1*71", *["HI*BI:71:RD8:20260401-20260402"] * 2)),
    row("HI*BE: 00", "X12-465", "primary", before("NM1*71", "HI*BE:00:::100")),
    row("HI*BE: without its amount", "X12-301", "primary", before("NM1*71", "HI*BE:01")),
    row("HI*BE: an amount that is none", "X12-308", "primary", before("NM1*71", "HI*BE:01:::TEN")),
    row("HI*BE: twice", "X12-466", "primary", before("NM1*71", "HI*BE:01:::100*BE:01:::90")),
    row("HI*BBR: an outpatient code", "X12-481", "stay", after("HI*ABF:F329:::::::N", "HI*BBR:90834:D8:20260502")),
    row("HI*BBR: after the stay", "X12-481", "stay", after("HI*ABF:F329:::::::N", "HI*BBR:HZ2ZZZZ:D8:20260505")),
    row("HI*BBR: without its day", "X12-301", "stay", after("HI*ABF:F329:::::::N", "HI*BBR:HZ2ZZZZ")),
    row("HI*BBR: in a visit", "X12-481", "primary", before("NM1*71", "HI*BBR:HZ2ZZZZ:D8:20260502")),
    row(
        "CL103: still a patient with an hour of discharge",
        "X12-463",
        "stay",
        put("CL1", "3", "30"),
        put("CLM", "5-3", "3"),
    ),
    row("CLM05-3: 9, of home health", "X12-485", "primary", put("CLM", "5-3", "9")),
    # providers
    row("2310C: without 2310B", "X12-482", "stay", before("NM1*82", "NM1*ZZ*1*WREN*ADA****XX*1223344551")),
    row("2310A: missing", "X12-421", "primary", drop("NM1*71", "PRV*AT")),
    row("2310A: missing in a void", "X12-421", "void", drop("NM1*71", "PRV*AT")),
    row("2310A: an organization", "X12-307", "primary", to("NM1*71", "NM1*71*2*OKAFOR*****XX*1679576722")),
    row("2310A: the agency's NPI", "X12-472", "primary", put("NM1*71", "9", "1234567893")),
    row("2310A: the agency's NPI in a secondary claim", "X12-472", "secondary", put("NM1*71", "9", "1234567893")),
    row("2310A: an NPI that does not check", "X12-501", "primary", put("NM1*71", "9", "1679576723")),
    row("2310A: an NPI of nine digits", "X12-501", "primary", put("NM1*71", "9", "167957672")),
    row("2310A: a qualifier without the NPI", "X12-413", "primary", put("NM1*71", "9", "")),
    row("2310A: an NPI without its qualifier", "X12-413", "primary", put("NM1*71", "8", "")),
    row("2310A: no id at all", "X12-414", "primary", to("NM1*71", "NM1*71*1*OKAFOR*IFE")),
    row("2310A: twice", "X12-204", "primary", again("NM1*71", "PRV*AT")),
    row("2310A: no name", "X12-301", "primary", put("NM1*71", "3", "")),
    row("2310A: a taxonomy that is none", "X12-505", "primary", put("PRV*AT", "3", "999X00000X")),
    row("2310A: a rendering provider's taxonomy", "X12-307", "primary", put("PRV*AT", "1", "PE")),
    row("2310A: a qualifier of taxonomies that is none", "X12-307", "primary", put("PRV*AT", "2", "ZZ")),
    row("2310D: the attending provider", "X12-473", "primary", put("NM1*82", "9", "1679576722")),
    row("2310D: the agency", "X12-427", "primary", put("NM1*82", "9", "1234567893")),
    row("2310D: an organization", "X12-307", "primary", to("NM1*82", "NM1*82*2*RIVERA*****XX*1245319599")),
    row("2310D: an NPI that does not check", "X12-501", "primary", put("NM1*82", "9", "1245319598")),
    row("2310D: a taxonomy", "X12-202", "primary", after("NM1*82", "PRV*PE*PXC*175T00000X")),
    row("2310D: a supervising provider", "X12-203", "primary", put("NM1*82", "1", "DQ")),
    row("2310F: the attending provider", "X12-473", "primary", after("NM1*82", "NM1*DN*1*OKAFOR*IFE****XX*1679576722")),
    row("2310E: a ZIP code of five digits", "X12-508", "full", put("2:N4*BRICK", "3", "08723")),
    row("2310E: no street", "X12-201", "full", drop("N3*7 QUAY ST")),
    row("2310E: no state", "X12-506", "full", put("2:N4*BRICK", "2", "")),
    row("2310E: an NPI that does not check", "X12-501", "full", put("NM1*77", "9", "1778899008")),
    row("2310E: a person", "X12-307", "full", put("NM1*77", "2", "1")),
    # lines
    row("SV201: 9999", "X12-464", "primary", put("SV2", "1", "9999")),
    row("SV201: 0001, a total", "X12-464", "primary", put("2:SV2", "1", "0001")),
    row("SV201: 0000", "X12-464", "primary", put("SV2", "1", "0000")),
    row("SV201: 4000", "X12-464", "void", put("SV2", "1", "4000")),
    row("SV201: 914", "X12-424", "primary", put("SV2", "1", "914")),
    row("SV201: 00914", "X12-424", "primary", put("SV2", "1", "00914")),
    row("SV201: O914", "X12-424", "primary", put("SV2", "1", "O914")),
    row("SV201: missing", "X12-301", "primary", put("SV2", "1", "")),
    row("SV202: missing", "X12-423", "primary", put("SV2", "2", "")),
    row("SV202: no procedure", "X12-504", "primary", put("SV2", "2-2", "H9999")),
    row("SV202: a qualifier that is none", "X12-307", "primary", put("SV2", "2-1", "ZZ")),
    row("SV202: a modifier twice", "X12-410", "primary", put("2:SV2", "2-4", "HF")),
    row("SV202: a fifth modifier", "X12-410", "primary", put("SV2", "2", "HC:H0038:HF:HQ:U1:U2:U3")),
    row("SV203: not the sum", "X12-601", "primary", put("SV2", "3", "47")),
    row("SV203: missing", "X12-301", "primary", put("SV2", "3", "")),
    row("SV203: no number", "X12-308", "primary", put("SV2", "3", "4X")),
    row("SV203: trailing zeros", "X12-309", "primary", put("SV2", "3", "48.00")),
    row("SV204: missing", "X12-301", "primary", put("SV2", "4", "")),
    row("SV204: MJ", "X12-307", "primary", put("SV2", "4", "MJ")),
    row("SV205: 0", "X12-408", "primary", put("SV2", "5", "0")),
    row("SV205: missing", "X12-301", "primary", put("SV2", "5", "")),
    row("SV207: more than the charge", "X12-471", "primary", put("SV2", "7", "48.01")),
    row("SV207: no number", "X12-308", "primary", put("SV2", "7", "ALL")),
    row("SV207: below 0", "X12-308", "primary", put("SV2", "7", "-1")),
    row("SV2: pointers", "X12-312", "primary", put("SV2", "8", "1")),
    row("SV2: a professional line", "X12-203", "primary", to("SV2", "SV1*HC:H0038:HF*48*UN*3***1")),
    row("SV2: missing", "X12-201", "primary", drop("SV2")),
    row("LX: counts from 2", "X12-208", "primary", put("LX", "1", "2")),
    row("LX: missing", "X12-201", "primary", drop("LX*2")),
    row("DTP*472: missing", "X12-422", "primary", drop("DTP*472")),
    row("DTP*472: missing in a void", "X12-422", "void", drop("2:DTP*472")),
    row("DTP*472: before the statement", "X12-425", "primary", put("DTP*472", "3", "20260501")),
    row("DTP*472: after the statement", "X12-425", "secondary", put("2:DTP*472", "3", "20260505")),
    row("DTP*472: after the file", "X12-406", "primary", put("2:DTP*472", "3", "20260601")),
    row("DTP*472: no day of the calendar", "X12-310", "primary", put("DTP*472", "3", "20260230")),
    row("DTP*472: a range backwards", "X12-407", "primary", to("DTP*472", "DTP*472*RD8*20260504-20260502")),
    row("DTP*472: a range past the statement", "X12-425", "primary", to("DTP*472", "DTP*472*RD8*20260502-20260505")),
    row("DTP*472: before the birth", "X12-417", "primary", put("DTP*472", "3", "19880401")),
    row("REF*6R: twice", "X12-704", "primary", put("2:REF*6R", "2", "A1-1")),
    row("no line", "X12-201", "primary", *[drop("LX", "SV2", "DTP*472", "REF*6R")] * 2),
    # references and attachments
    row("REF*G1: empty", "X12-301", "full", put("REF*G1", "2", "")),
    row("REF*G1: twice", "X12-204", "full", again("REF*G1")),
    row("PWK: without its number", "X12-430", "full", to("PWK", "PWK*OZ*BM")),
    row("PWK: a way that is none", "X12-307", "full", put("PWK", "2", "ZZ")),
    row("AMT*F3: no number", "X12-308", "primary", after("CL1", "AMT*F3*X")),
    row("AMT*F5: of the professional form", "X12-203", "primary", after("CL1", "AMT*F5*5")),
    # earlier payers
    row("SVD: of nobody", "X12-434", "secondary", put("SVD", "1", "CM999")),
    row("SVD02: does not add up", "X12-602", "secondary", put("SVD", "2", "21")),
    row("SVD04: missing", "X12-301", "secondary", to("SVD", "SVD*CM001*20*HC:H0038:HF**3")),
    row("SVD04: not SV201", "X12-474", "secondary", put("SVD", "4", "0900")),
    row("SVD04: not SV201 in a void", "X12-474", "secondary void", put("2:SVD", "4", "0914")),
    row("SVD04: 9999", "X12-474", "secondary", put("SVD", "4", "9999")),
    row("SVD05: missing", "X12-301", "secondary", put("SVD", "5", "")),
    row("CAS: no group", "X12-307", "secondary", put("CAS*CO", "1", "XX")),
    row("CAS: an amount that does not add up", "X12-602", "secondary", put("CAS*CO", "3", "17")),
    row("2320: AMT*D does not add up", "X12-603", "secondary", put("AMT*D", "2", "21")),
    row("2320: AMT*D missing", "X12-435", "secondary", drop("AMT*D")),
    row("2320: AMT*D and AMT*A8", "X12-437", "secondary", after("AMT*D", "AMT*A8*60.5")),
    row("2320: SBR09 empty", "X12-411", "secondary", to("2:SBR", "SBR*P*18")),
    row("2320: OI missing", "X12-201", "secondary", drop("OI")),
    row(
        "2320: missing",
        "X12-434",
        "secondary",
        drop("2:SBR", "AMT*D", "OI", OTHER_POLICYHOLDER, "2:N3", "2:N4*BRICK", "2:NM1*PR", "REF*F8"),
    ),
    row("2330A: missing", "X12-201", "secondary", drop(OTHER_POLICYHOLDER)),
    row("2330B: missing", "X12-201", "secondary", drop("2:NM1*PR")),
    row("2330B: DTP*573 for the claim and its lines", "X12-436", "secondary", after("2:NM1*PR", "DTP*573*D8*20260520")),
    row("2430: DTP*573 missing", "X12-201", "secondary", drop("DTP*573")),
    row("2430: without a payer in a third claim", "X12-434", "tertiary", put("2:SVD", "1", "CM003")),
    row("a third claim: a payer's line that does not add up", "X12-602", "tertiary", put("2:SVD", "2", "9")),
    row("2320: the rank of the payer asked", "X12-419", "secondary", put("2:SBR", "1", "S")),
    row("2330B: answered after the file", "X12-448", "secondary", put("DTP*573", "3", "20260601")),
    row("2330B: answered before the service", "X12-448", "secondary", put("DTP*573", "3", "20260501")),
    row("CAS: a reason in no list", "X12-450", "secondary", put("CAS*CO", "2", "9999")),
    row("2430: less than nothing is owed", "X12-308", "secondary", put("AMT*EAF", "2", "-10")),
    row("SVD03: no procedure", "X12-504", "secondary", put("SVD", "3", "HC:H9999")),
    row(
        "2310E: the billing provider's address",
        "X12-427",
        "full",
        to("N3*7 QUAY ST", "N3*12 WATER ST"),
        to("2:N4*BRICK", "N4*TOMS RIVER*NJ*087531234"),
    ),
    row("SV203: below 0", "X12-308", "primary", put("SV2", "3", "-48"), put("CLM", "2", "-35.5")),
    row(
        "SV203: nine dollar digits", "X12-306", "primary", put("SV2", "3", "123456789"), put("CLM", "2", "123456801.5")
    ),
    row("SV205: nine digits", "X12-306", "primary", put("SV2", "5", "123456789")),
    row("REF*6R: 31 characters", "X12-306", "primary", put("REF*6R", "2", "A" * 31)),
    row("BHT03: 31 characters", "X12-306", "primary", put("BHT", "3", "A" * 31)),
    # subscriber, billing provider, payer
    row("2000B: SBR02 missing", "X12-412", "primary", put("SBR", "2", "")),
    row("2000B: SBR09 missing", "X12-411", "primary", put("SBR", "9", "")),
    row("2010BA: a name without its id", "X12-301", "primary", to("NM1*IL", "NM1*IL*1*LANE*ALEX")),
    row("2010BA: an id of no kind", "X12-301", "primary", put("NM1*IL", "9", "")),
    row("2000B: a rank that is none", "X12-307", "primary", put("SBR", "1", "X")),
    row("2010BA: no address", "X12-402", "primary", drop("N3*5 OAK AVE", "N4*BRICK")),
    row("2010BA: no birth date", "X12-401", "primary", drop("DMG")),
    row("2010BA: born after the service", "X12-417", "primary", put("DMG", "2", "20260503")),
    row("2010BA: a sex that is none", "X12-307", "primary", put("DMG", "3", "X")),
    row("2010BA: a state that is none", "X12-506", "primary", put("N4*BRICK", "2", "ZZ")),
    row("2010BA: a ZIP code of four digits", "X12-508", "primary", put("N4*BRICK", "3", "0872")),
    row("2010AA: an NPI that does not check", "X12-501", "primary", put("NM1*85", "9", "1234567890")),
    row("2010AA: a ZIP code of five digits", "X12-508", "primary", put("N4*TOMS RIVER", "3", "08753")),
    row("2010AA: a PO box", "X12-418", "primary", put("N3*12 WATER ST", "1", "PO BOX 12")),
    row("2010AA: an SSN", "X12-203", "primary", put("REF*EI", "1", "SY")),
    row("2010AA: a tax id of eight digits", "X12-509", "primary", put("REF*EI", "2", "22123456")),
    row("2010AA: missing tax id", "X12-201", "primary", drop("REF*EI")),
    row("2010BB: missing", "X12-201", "primary", drop("NM1*PR")),
    row("2000A: a taxonomy that is none", "X12-505", "primary", put("PRV*BI", "3", "000X00000X")),
    # the whole
    row("BHT06: nothing that is known", "X12-307", "primary", put("BHT", "6", "XX")),
    row("a claim twice", "X12-701", "primary", again("HL*2", "REF*6R*A1-2", "SE"), put("2:HL*2", "1", "3")),
    row("a claim's id twice", "X12-702", "two", put("CLM*B1", "1", "A1")),
    row("HL04: a child that is none", "X12-207", "primary", put("HL*2", "4", "1")),
    row("the segments out of order", "X12-202", "primary", swap("CL1", "HI*ABK:F1120")),
)

WARNED = (
    row("HI*BE: a letter that is not known", "X12-488", "primary", before("NM1*71", "HI*BE:I1:::100")),
    row("CL103: gone home in an interim bill", "X12-478", "primary", put("CLM", "5-3", "2")),
    row("HI*ABJ: in a visit", "X12-480", "primary", after("HI*ABK:F1120", "HI*ABJ:F1120")),
    row("HI*ABK: present on admission to a visit", "X12-477", "primary", put("HI*ABK:F1120", "1", "ABK:F1120:::::::Y")),
    row(
        "HI*ABK: nothing present on admission to a hospital",
        "X12-483",
        "stay",
        to("HI*ABK:F1120:::::::Y", "HI*ABK:F1120"),
    ),
    row("HI*APR: in a stay", "X12-484", "stay", after("HI*ABJ:F1120", "HI*APR:F1120")),
    row("HI*DR: in a visit", "X12-480", "primary", after("HI*ABK:F1120", "HI*DR:895")),
    row("DTP*435: before a statement of frequency 1", "X12-486", "stay", put("DTP*435", "3", "202605011530")),
    row("SV201: room and board of a clinic", "X12-487", "primary", put("SV2", "1", "0120")),
    row("DTP*096: missing in a stay", "X12-479", "stay", drop("DTP*096")),
    row("SV205: half a unit", "X12-409", "primary", put("SV2", "2-2", "90837"), put("SV2", "5", "2.5")),
)

VALID = (
    *(row(f"as written: {name}", "", name) for name in FILES),
    row("CL101: not known", "", "primary", put("CL1", "1", "9")),
    row("CL101: a trauma center", "", "primary", put("CL1", "1", "5")),
    row("CL101 and CL102: a newborn", "", "primary", put("CL1", "1", "4"), put("CL1", "2", "5")),
    *(row(f"CL102: {code}", "", "primary", put("CL1", "2", code)) for code in "24568 9DEFG".replace(" ", "")),
    row("CL102: missing in a laboratory's bill", "", "primary", put("CL1", "2", ""), put("CLM", "5-1", "14")),
    *(
        row(f"CL103: {code}", "", "primary", put("CL1", "3", code))
        for code in ("02", "07", "20", "21", "50", "70", "81", "95")
    ),
    row("CL103: still a patient in a first bill", "", "primary", put("CL1", "3", "30"), put("CLM", "5-3", "2")),
    row("CL103: still a patient in a next bill", "", "primary", put("CL1", "3", "30"), put("CLM", "5-3", "3")),
    row("CL103: still a patient in a replacement", "", "replacement", put("CL1", "3", "30")),
    row("CL103: still a patient in a void", "", "void", put("CL1", "3", "30")),
    row("CL103: a hospice's status of a hospice", "", "primary", put("CL1", "3", "40"), put("CLM", "5-1", "81")),
    *(row(f"CLM05-1: {code}", "", "primary", put("CLM", "5-1", code)) for code in ("13", "71", "76", "85", "87", "89")),
    row("CLM05-3: the last of several", "", "primary", put("CLM", "5-3", "4")),
    row("CLM05-3: late charges", "", "primary", put("CLM", "5-3", "5")),
    row("DTP*434: longer than the lines", "", "primary", put("DTP*434", "3", "20260501-20260531")),
    row("DTP*435: in a visit", "", "primary", after("DTP*434", "DTP*435*D8*20260501")),
    row("DTP*435: on the statement's last day", "", "full", put("DTP*435", "3", "20260504")),
    row("HI*APR: a reason for the visit", "", "primary", after("HI*ABK:F1120", "HI*APR:F1120")),
    row("HI*ABN: an external cause", "", "stay", after("HI*ABJ:F1120", "HI*ABN:X58XXXA")),
    row("HI*DR: a group", "", "stay", after("HI*ABJ:F1120", "HI*DR:895")),
    row("HI*BG: three conditions", "", "primary", before("NM1*71", "HI*BG:09*BG:A1*BG:C1")),
    row("HI*BH: two occurrences", "", "primary", before("NM1*71", "HI*BH:11:D8:20260501*BH:A3:D8:20260501")),
    row("HI*BH: on two days", "", "primary", before("NM1*71", "HI*BH:24:D8:20260501*BH:24:D8:20260502")),
    row("HI*BI: a span", "", "stay", before("NM1*71", "HI*BI:71:RD8:20260401-20260402")),
    row("HI*BE: two values", "", "primary", before("NM1*71", "HI*BE:01:::100*BE:FC:::10")),
    row("HI*BBR: an inpatient procedure", "", "stay", after("HI*ABF:F329:::::::N", "HI*BBR:HZ2ZZZZ:D8:20260502")),
    row("2310A: no taxonomy", "", "primary", drop("PRV*AT")),
    row("2310A: by the payer's id", "", "primary", to("NM1*71", "NM1*71*1*OKAFOR*IFE"), after("PRV*AT", "REF*G2*77")),
    row("2310D: nobody else renders", "", "primary", drop("NM1*82")),
    row(
        "2310B and 2310C: two operating physicians",
        "",
        "stay",
        before("NM1*82", "NM1*72*1*WREN*ADA****XX*1223344551", "NM1*ZZ*1*OKAFOR*IFE****XX*1679576722"),
    ),
    row("CLM05-3: 9 of home health", "", "primary", put("CLM", "5", "32:A:9")),
    row(
        "DTP*435: before an interim statement", "", "stay", put("DTP*435", "3", "202604011530"), put("CLM", "5-3", "4")
    ),
    row("2310F: a referring provider", "", "primary", after("NM1*82", "NM1*DN*1*WREN*ADA****XX*1223344551")),
    *(row(f"SV201: {code}", "", "primary", put("SV2", "1", code)) for code in ("0900", "0513", "0944", "2101", "3101")),
    row("SV201: a room in a residential facility", "", "primary", put("SV2", "1", "1002"), put("CLM", "5-1", "86")),
    row("SV201: a room in a special facility", "", "primary", put("SV2", "1", "1002"), put("CLM", "5-1", "89")),
    row("SV202: none, of drugs", "", "primary", put("SV2", "1", "0250"), put("SV2", "2", "")),
    row("SV204: days", "", "stay", to("SV2", "SV2*0126**48*DA*2")),
    row("SV207: some of the charge", "", "primary", put("SV2", "7", "10")),
    row("SV207: all of the charge", "", "primary", put("SV2", "7", "48")),
    row("DTP*472: a range", "", "primary", to("DTP*472", "DTP*472*RD8*20260502-20260503")),
    row("DTP*472: none, of a stay", "", "stay", drop("DTP*472")),
    row("DTP*472: none, in a residential facility", "", "primary", drop("DTP*472"), put("CLM", "5-1", "86")),
    row("REF*LU: the state of an accident", "", "primary", after("CL1", "REF*LU*NJ")),
    row("AMT*F3: what the patient owes", "", "primary", after("CL1", "AMT*F3*5")),
    row("BHT06: a report of encounters", "", "primary", put("BHT", "6", "RP")),
    row("NTE*ADD: a note", "", "primary", before("HI*ABK:F1120", "NTE*ADD*BILLED LATE")),
)
