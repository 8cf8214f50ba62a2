"""Our own checks of an 837I: each rule on both sides, seeded defects, and the files of others."""

import re
from pathlib import Path

import pytest
from shared import SAMPLES, needs_shared

from peerbill.model.finding import Severity
from peerbill.x12.check.claim_files import check_chunks, check_text
from peerbill.x12.check.guide import check_guide

FIXTURES = Path(__file__).parents[2] / "fixtures" / "x12"
CLEAN = (FIXTURES / "institutional-4-claims.837").read_text(encoding="ascii")
PROFESSIONAL = (FIXTURES / "clean-5-claims.837").read_text(encoding="ascii")

ATTENDING = "NM1*71*1*STONE*LEE****XX*1679576722~\nPRV*AT*PXC*2084P0800X~\n"
FIRST_CL1 = "CL1*3*1*01~\nREF*G1"
RENDERING = "NM1*82*1*OAKES*ROWAN****XX*1435678903~\n"


def changed(*swaps: tuple[str, str], text: str = CLEAN) -> str:
    """Replace the first of each text, which must be there, and count SE01 again."""
    for old, new in swaps:
        assert old in text, old
        text = text.replace(old, new, 1)
    return re.sub(r"\nSE\*\d+\*", f"\nSE*{text.count('~') - 4}*", text)


def found(*swaps: tuple[str, str]) -> list[tuple[str, str, str]]:
    return [(problem.code, problem.element, problem.claim) for problem in check_text(changed(*swaps))]


def test_a_good_file_has_no_problem() -> None:
    assert check_text(CLEAN) == ()
    assert list(check_guide([CLEAN], workers=0)) == []


def test_other_delimiters_and_no_line_breaks_are_as_good() -> None:
    assert check_text(CLEAN.replace("\n", "").translate(str.maketrans("*:^~", "|>!'"))) == ()


def test_both_forms_in_one_file_are_checked_each_by_its_guide() -> None:
    for text in (CLEAN + PROFESSIONAL, PROFESSIONAL + CLEAN):
        report = check_chunks([text])
        assert (report.problems, report.claims) == ((), 9)


def test_a_claim_id_is_unique_across_both_forms() -> None:
    text = PROFESSIONAL + CLEAN.replace("CLM*IN0001*", "CLM*PB0001*")

    assert [(problem.code, problem.claim) for problem in check_text(text)] == [("X12-702", "PB0001")]


# What is changed, and every code, element and claim that must be told: nothing else may be.
CASES: dict[str, tuple[list[tuple[str, str]], list[tuple[str, str, str]]]] = {
    # what pyx12 lets pass
    "nobody attends": ([(ATTENDING, "")], [("X12-421", "NM101", "IN0001")]),
    "a line without its day": ([("DTP*472*D8*20260902~\n", "")], [("X12-422", "DTP01", "IN0001")]),
    "a day of a residential stay without its date": (
        [("*77:A:7*", "*86:A:7*"), ("DTP*472*D8*20260903~\n", "")],
        [],
    ),
    "an outpatient line without procedure": (
        [("SV2*0915*HC:H0038:HF:HQ*25", "SV2*0915**25")],
        [("X12-423", "SV202", "IN0002")],
    ),
    "a line without procedure of another revenue code": ([("SV2*0915*HC:H0038:HF:HQ*25", "SV2*0250**25")], []),
    "a revenue code of three digits": ([("SV2*0915*", "SV2*915*")], [("X12-424", "SV201", "IN0002")]),
    "a revenue code with a letter": ([("SV2*0915*", "SV2*O915*")], [("X12-424", "SV201", "IN0002")]),
    "a replacement without the payer's number": (
        [("REF*F8*ICN2026000123~\n", "")],
        [("X12-403", "CLM05-3", "IN0002")],
    ),
    "a void without the payer's number": (
        [("*77:A:7*", "*77:A:8*"), ("REF*F8*ICN2026000123~\n", "")],
        [("X12-403", "CLM05-3", "IN0002")],
    ),
    "an original with the payer's number": ([("*77:A:7*", "*77:A:1*")], [("X12-404", "CLM05-3", "IN0002")]),
    "an interim bill": ([("*77:A:1*", "*77:A:2*"), (FIRST_CL1, "CL1*3*1*30~\nREF*G1")], []),
    "an interim bill of somebody who went home": ([("*77:A:1*", "*77:A:2*")], [("X12-478", "CL103", "IN0001")]),
    "the last bill of somebody who stays": (
        [("*77:A:1*", "*77:A:4*"), (FIRST_CL1, "CL1*3*1*30~\nREF*G1")],
        [("X12-463", "CL103", "IN0001")],
    ),
    "a whole bill of somebody who stays": (
        [(FIRST_CL1, "CL1*3*1*30~\nREF*G1")],
        [("X12-463", "CL103", "IN0001")],
    ),
    "a replacement for somebody who stays": ([("CL1*3*1*01~\nREF*F8", "CL1*3*1*30~\nREF*F8")], []),
    "a bill that asks for nothing": ([("*77:A:1*", "*77:A:0*")], [("X12-307", "CLM05-3", "IN0001")]),
    # admission, origin, status
    "no admission type": ([(FIRST_CL1, "CL1**1*01~\nREF*G1")], [("X12-301", "CL101", "IN0001")]),
    "an admission type that is none": ([(FIRST_CL1, "CL1*0*1*01~\nREF*G1")], [("X12-460", "CL101", "IN0001")]),
    "an admission type of two digits": ([(FIRST_CL1, "CL1*33*1*01~\nREF*G1")], [("X12-306", "CL101", "IN0001")]),
    "an admission type that is not known": ([(FIRST_CL1, "CL1*9*1*01~\nREF*G1")], []),
    "no origin": ([(FIRST_CL1, "CL1*3**01~\nREF*G1")], [("X12-461", "CL102", "IN0001")]),
    "no origin of a laboratory's bill": ([("*77:A:1*", "*14:A:1*"), (FIRST_CL1, "CL1*3**01~\nREF*G1")], []),
    "an origin that ended": ([(FIRST_CL1, "CL1*3*7*01~\nREF*G1")], [("X12-461", "CL102", "IN0001")]),
    "an origin by letter": ([(FIRST_CL1, "CL1*3*G*01~\nREF*G1")], []),
    "a newborn from home": ([(FIRST_CL1, "CL1*4*1*01~\nREF*G1")], [("X12-461", "CL102", "IN0001")]),
    "a newborn from elsewhere": ([(FIRST_CL1, "CL1*4*6*01~\nREF*G1")], []),
    "a status that is none": ([(FIRST_CL1, "CL1*3*1*00~\nREF*G1")], [("X12-462", "CL103", "IN0001")]),
    "a status that ended": ([(FIRST_CL1, "CL1*3*1*72~\nREF*G1")], [("X12-462", "CL103", "IN0001")]),
    "the last status of the list": ([(FIRST_CL1, "CL1*3*1*95~\nREF*G1")], []),
    "a hospice's status": ([(FIRST_CL1, "CL1*3*1*40~\nREF*G1")], [("X12-463", "CL103", "IN0001")]),
    "a hospice's status of a hospice": ([("*77:A:1*", "*81:A:1*"), (FIRST_CL1, "CL1*3*1*40~\nREF*G1")], []),
    "a type of bill that is not in use": ([("*77:A:1*", "*99:A:1*")], [("X12-426", "CLM05-1", "IN0001")]),
    "the opioid treatment program's type of bill": ([("*77:A:1*", "*87:A:1*")], []),
    "a frequency that is none": ([("*77:A:1*", "*77:A:X*")], [("X12-307", "CLM05-3", "IN0001")]),
    "a claim that is not the sum of its lines": (
        [("CLM*IN0001*50*", "CLM*IN0001*51*")],
        [("X12-601", "CLM02", "IN0001")],
    ),
    # statement and days
    "a line after the statement": (
        [("RD8*20260901-20260902", "RD8*20260901-20260901")],
        [("X12-425", "DTP03", "IN0001")],
    ),
    "a line before the statement": (
        [("RD8*20260901-20260902", "RD8*20260902-20260902")],
        [("X12-425", "DTP03", "IN0001")],
    ),
    "a longer statement": ([("RD8*20260901-20260902", "RD8*20260831-20260903")], []),
    "a statement backwards": (
        [("RD8*20260903-20260903", "RD8*20260903-20260901")],
        [("X12-407", "DTP03", "IN0002"), ("X12-425", "DTP03", "IN0002")],
    ),
    "a statement of one day as a day": ([("RD8*20260903-20260903", "D8*20260903")], [("X12-307", "DTP02", "IN0002")]),
    "no statement": ([("DTP*434*RD8*20260903-20260903~\n", "")], [("X12-201", "", "IN0002")]),
    "a line after the file": (
        [("RD8*20260903-20260903", "RD8*20260903-20260911"), ("472*D8*20260903", "472*D8*20260911")],
        [("X12-406", "DTP03", "IN0002"), ("X12-470", "DTP03", "IN0002")],
    ),
    "a stay without its admission": ([("DTP*435*DT*202608011530~\n", "")], [("X12-468", "CLM05-1", "IN0004")]),
    "a stay without its hour of discharge": ([("DTP*096*TM*1100~\n", "")], [("X12-479", "CLM05-1", "IN0004")]),
    "a stay without its admitting diagnosis": ([("HI*ABJ:F1120~\n", "")], [("X12-469", "CLM05-1", "IN0004")]),
    "an admission after the statement": ([("DT*202608011530", "DT*202608040000")], [("X12-467", "DTP03", "IN0004")]),
    "an admission on the statement's last day": ([("DT*202608011530", "DT*202608032359")], []),
    "an admission before the birth": ([("DT*202608011530", "DT*199909081530")], [("X12-467", "DTP03", "IN0004")]),
    "a statement after the file": (
        [("RD8*20260901-20260902", "RD8*20260901-20260911")],
        [("X12-470", "DTP03", "IN0001")],
    ),
    "a statement to the day of the file": ([("RD8*20260901-20260902", "RD8*20260901-20260910")], []),
    "a statement before the birth": (
        [("RD8*20260801-20260803", "RD8*19990908-20260803")],
        [("X12-470", "DTP03", "IN0004")],
    ),
    # codes in HI
    "a condition": ([("HI*BE:01:::100~\n", "HI*BE:01:::100~\nHI*BG:09~\n")], []),
    "a condition that is none": (
        [("HI*BE:01:::100~\n", "HI*BE:01:::100~\nHI*BG:00~\n")],
        [("X12-465", "HI01-2", "IN0004")],
    ),
    "a condition twice": (
        [("HI*BE:01:::100~\n", "HI*BE:01:::100~\nHI*BG:09*BG:09~\n")],
        [("X12-466", "HI02-2", "IN0004")],
    ),
    "a value twice": ([("HI*BE:01:::100~", "HI*BE:01:::100*BE:01:::90~")], [("X12-466", "HI02-2", "IN0004")]),
    "a value that is none": ([("HI*BE:01:::100~", "HI*BE:00:::100~")], [("X12-465", "HI01-2", "IN0004")]),
    "a value below 0": ([("HI*BE:01:::100~", "HI*BE:01:::-100~")], [("X12-308", "HI01-5", "IN0004")]),
    "an occurrence that is a span": ([("HI*BH:A1:", "HI*BH:71:")], [("X12-465", "HI01-2", "IN0004")]),
    "an occurrence after the file": ([("D8:20260701~", "D8:20260911~")], [("X12-475", "HI01-4", "IN0004")]),
    "an occurrence on the day of the file": ([("D8:20260701~", "D8:20260910~")], []),
    "an occurrence again on another day": ([("D8:20260701~", "D8:20260701*BH:A1:D8:20260702~")], []),
    "an occurrence twice": ([("D8:20260701~", "D8:20260701*BH:A1:D8:20260701~")], [("X12-466", "HI02-2", "IN0004")]),
    "a span that is an occurrence": ([("HI*BI:71:", "HI*BI:11:")], [("X12-465", "HI01-2", "IN0004")]),
    "a span backwards": ([("RD8:20260701-20260703", "RD8:20260703-20260701")], [("X12-407", "HI01-4", "IN0004")]),
    "an admitting diagnosis that does not exist": (
        [("HI*ABJ:F1120~", "HI*ABJ:ZZZ99~")],
        [("X12-502", "HI01-2", "IN0004")],
    ),
    "an external cause": ([("HI*ABJ:F1120~\n", "HI*ABJ:F1120~\nHI*ABN:X58XXXA:::::::Y~\n")], []),
    "an external cause that is none": (
        [("HI*ABJ:F1120~\n", "HI*ABJ:F1120~\nHI*ABN:F329:::::::Y~\n")],
        [("X12-476", "HI01-2", "IN0004")],
    ),
    "an inpatient procedure": ([("HI*BI:71:", "HI*BBR:HZ2ZZZZ:D8:20260802~\nHI*BI:71:")], []),
    "an inpatient procedure after the stay": (
        [("HI*BI:71:", "HI*BBR:HZ2ZZZZ:D8:20260804~\nHI*BI:71:")],
        [("X12-481", "HI01-4", "IN0004")],
    ),
    "an inpatient procedure by its outpatient code": (
        [("HI*BI:71:", "HI*BBR:H0038:D8:20260802~\nHI*BI:71:")],
        [("X12-481", "HI01-2", "IN0004")],
    ),
    "present on admission to a clinic": (
        [("HI*ABK:F1020~", "HI*ABK:F1020:::::::Y~")],
        [("X12-477", "HI01-9", "IN0002")],
    ),
    "an admitting diagnosis of a visit": (
        [("HI*ABK:F1020~\n", "HI*ABK:F1020~\nHI*ABJ:F1020~\n")],
        [("X12-480", "HI01-1", "IN0002")],
    ),
    # who attends
    "the agency attends": (
        [("STONE*LEE****XX*1679576722~\nPRV", "STONE*LEE****XX*1234567893~\nPRV")],
        [("X12-472", "NM109", "IN0001")],
    ),
    "an organization attends": (
        [("NM1*71*1*STONE*LEE****XX*1679576722~\nPRV", "NM1*71*2*STONE*****XX*1679576722~\nPRV")],
        [("X12-307", "NM102", "IN0001")],
    ),
    "the attending provider renders": (
        [(RENDERING, "NM1*82*1*STONE*LEE****XX*1679576722~\n")],
        [("X12-473", "NM109", "IN0001")],
    ),
    # lines
    "a revenue code that is not in use": ([("SV2*0915*", "SV2*9999*")], [("X12-464", "SV201", "IN0002")]),
    "the total line of a paper claim": ([("SV2*0915*", "SV2*0001*")], [("X12-464", "SV201", "IN0002")]),
    "behavioral health accommodations": ([("*77:A:7*", "*86:A:7*"), ("SV2*0915*", "SV2*1002*")], []),
    "room and board of a clinic": ([("SV2*0915*", "SV2*0120*")], [("X12-487", "SV201", "IN0002")]),
    "more noncovered than charged": ([("25*UN*5~", "25*UN*5**25.01~")], [("X12-471", "SV207", "IN0002")]),
    "all noncovered": ([("25*UN*5~", "25*UN*5**25~")], []),
    "another revenue code of the earlier payer": (
        [("HC:H0038*0900*4", "HC:H0038*0914*4")],
        [("X12-474", "SVD04", "IN0003")],
    ),
    "an admission by day": ([("DT*202608011530", "D8*20260801")], []),
    "an admission at no time of day": ([("DT*202608011530", "DT*202608012560")], [("X12-310", "DTP03", "IN0004")]),
    # elements of this form
    "a place of service": ([("*77:A:7*", "*77:B:7*")], [("X12-307", "CLM05-2", "IN0002")]),
    "a type of bill with its leading zero": ([("*77:A:7*", "*07:A:7*")], [("X12-426", "CLM05-1", "IN0002")]),
    "a type of bill of one digit": ([("*77:A:7*", "*7:A:7*")], [("X12-306", "CLM05-1", "IN0002")]),
    "a signature": ([("*77:A:7**A", "*77:A:7*Y*A")], [("X12-302", "CLM06", "IN0002")]),
    "no patient status": ([("CL1*3*1*01~\nREF*F8", "REF*F8")], [("X12-201", "", "IN0002")]),
    "a patient status of one digit": (
        [("CL1*3*1*01~\nREF*F8", "CL1*3*1*1~\nREF*F8")],
        [("X12-306", "CL103", "IN0002")],
    ),
    "an SSN as tax id": ([("REF*EI*381234567", "REF*SY*381234567")], [("X12-203", "", ""), ("X12-201", "", "")]),
    "a ZIP code of five digits": ([("MI*489331234~\nREF", "MI*48933~\nREF")], [("X12-508", "N403", "")]),
    "a facility's ZIP code of five digits": (
        [("N3*9 RIVER RD~\nN4*LANSING*MI*489331234", "N3*9 RIVER RD~\nN4*LANSING*MI*48933")],
        [("X12-508", "N403", "IN0003")],
    ),
    "two diagnoses in the principal's HI": (
        [("HI*ABK:F1120~\nHI*ABF:F329*ABF:F411", "HI*ABK:F1120*ABF:F329*ABF:F411")],
        [("X12-312", "HI02", "IN0001"), ("X12-312", "HI03", "IN0001")],
    ),
    "two principal diagnoses": ([("HI*ABF:F329*ABF:F411", "HI*ABK:F329")], [("X12-204", "", "IN0001")]),
    "the principal diagnosis again": ([("ABF:F411", "ABF:F1120")], [("X12-503", "HI02-2", "IN0001")]),
    "another diagnosis twice": ([("ABF:F411", "ABF:F329")], [("X12-503", "HI02-2", "IN0001")]),
    "a diagnosis that does not exist": ([("ABF:F411", "ABF:ZZZ99")], [("X12-502", "HI02-2", "IN0001")]),
    "an attending provider with an NPI of the wrong digit": (
        [("XX*1679576722~\nPRV", "XX*1679576723~\nPRV")],
        [("X12-501", "NM109", "IN0001")],
    ),
    "an attending provider without any id": ([("REF*G2*ST77~\n", "")], [("X12-414", "NM109", "IN0003")]),
    "a rendering provider without any id": (
        [(RENDERING, "NM1*82*1*OAKES*ROWAN~\n")],
        [("X12-414", "NM109", "IN0001")],
    ),
    "a taxonomy of the rendering provider": (
        [(RENDERING, f"{RENDERING}PRV*PE*PXC*175T00000X~\n")],
        [("X12-202", "", "IN0001")],
    ),
    "a supervising provider": (
        [(RENDERING, "NM1*DQ*1*OAKES*ROWAN****XX*1435678903~\n")],
        [("X12-203", "", "IN0001")],
    ),
    "pointers": ([("30*UN*3~", "30*UN*3***1~")], [("X12-312", "SV208", "IN0001")]),
    "units that are none": ([("25*UN*5", "25*UN*0")], [("X12-408", "SV205", "IN0002")]),
    "half a unit": ([("25*UN*5", "25*UN*4.5")], [("X12-409", "SV205", "IN0002")]),
    "trailing zeros": ([("HQ*25*", "HQ*25.00*")], [("X12-309", "SV203", "IN0002")]),
    "a modifier twice": ([("H0038:HF:HQ", "H0038:HF:HF")], [("X12-410", "SV202-3", "IN0002")]),
    "a procedure that is none": ([("H0038:HF:HQ", "H9999:HF:HQ")], [("X12-504", "SV202-2", "IN0002")]),
    "a professional line": (
        [("SV2*0915*HC:H0038:HF:HQ*25*UN*5~", "SV1*HC:H0038:HF:HQ*25*UN*5***1~")],
        [("X12-201", "", "IN0002"), ("X12-203", "", "IN0002")],
    ),
    "a line without its head": ([("LX*2~\n", "")], [("X12-201", "", "IN0001")]),
    "a line counted wrong": ([("LX*2~\n", "LX*3~\n")], [("X12-208", "LX01", "IN0001")]),
    "a line's id twice": ([("REF*6R*IN0001-2", "REF*6R*IN0001-1")], [("X12-704", "REF02", "IN0001")]),
    "a service twice": (
        [("20260901-20260902", "20260901-20260901"), ("472*D8*20260902", "472*D8*20260901")],
        [("X12-703", "SV202", "IN0001")],
    ),
    "a procedure of another revenue code the same day": (
        [
            ("20260901-20260902", "20260901-20260901"),
            ("LX*2~\nSV2*0914", "LX*2~\nSV2*0915"),
            ("472*D8*20260902", "472*D8*20260901"),
        ],
        [],
    ),
    # an earlier payer
    "no revenue code of what the earlier payer paid": (
        [("HC:H0038*0900*4", "HC:H0038**4")],
        [("X12-301", "SVD04", "IN0003")],
    ),
    "an earlier payer's line that does not add up": (
        [("CAS*CO*45*15", "CAS*CO*45*14")],
        [("X12-602", "SVD02", "IN0003")],
    ),
    "an earlier payer's payment that does not add up": ([("AMT*D*25", "AMT*D*26")], [("X12-603", "AMT02", "IN0003")]),
    "two payers of one rank": ([("SBR*S*18", "SBR*P*18")], [("X12-419", "SBR01", "IN0003")]),
}


@pytest.mark.parametrize(("swaps", "expected"), CASES.values(), ids=CASES)
def test_each_rule_is_told_on_its_claim_only(
    swaps: list[tuple[str, str]], expected: list[tuple[str, str, str]]
) -> None:
    assert sorted(found(*swaps)) == sorted(expected)


def test_a_claim_has_at_most_999_lines() -> None:
    body = "".join(
        f"LX*{number}~\nSV2*0900*HC:H0038*1*UN*1~\nDTP*472*D8*2026{1 + number // 28 % 8:02}{1 + number % 28:02}~\n"
        for number in range(1, 1001)
    )
    start, end = CLEAN.index("LX*1~\nSV2*0915"), CLEAN.index("HL*4*1*22*0~")
    text = CLEAN[:start] + body + CLEAN[end:]
    told = {problem.code for problem in check_text(changed(("IN0002*25*", "IN0002*1000*"), text=text))}

    assert "X12-204" in told
    shorter = text.replace(body[body.index("LX*1000~") :], "")
    assert "X12-204" not in {problem.code for problem in check_text(changed(text=shorter))}


def test_a_version_of_another_addendum_is_read_and_told() -> None:
    text = CLEAN.replace("005010X223A2", "005010X223A3")

    assert [(problem.code, problem.severity) for problem in check_text(text)] == [("X12-108", Severity.WARNING)]


@needs_shared
@pytest.mark.parametrize("name", ["hccinfhir-837i-1.txt", "lfh-837i-institutional.837i"])
def test_files_of_others_are_read(name: str) -> None:
    """Both have faults that we name; neither stops the reader."""
    report = check_chunks([(SAMPLES / name).read_text(encoding="utf-8")])

    assert report.claims == 1
    assert {problem.code for problem in report.problems} >= {"X12-302", "X12-508"}


@needs_shared
def test_the_skeleton_lacks_what_other_validators_want_in_cl1() -> None:
    path = SAMPLES.parent / "skeleton-837i.edi"
    text = path.read_text(encoding="ascii")

    told = [(problem.code, problem.element) for problem in check_text(text)]
    assert told == [("X12-301", "CL101"), ("X12-461", "CL102"), ("X12-463", "CL103")]
    assert check_text(text.replace("CL1***30~", "CL1*3*1*01~")) == ()
