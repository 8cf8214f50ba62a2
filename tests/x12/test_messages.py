"""A message says what is in the file and what is expected: the whole text for each kind of fault in form."""

import re
from pathlib import Path

import pytest

from peerbill.x12.check.claim_files import check_text

CLEAN = (Path(__file__).parents[2] / "fixtures" / "x12" / "clean-5-claims.837").read_text(encoding="ascii")

ISA = CLEAN.split("~", maxsplit=1)[0]


def isa(index: int, value: str) -> tuple[str, str]:
    fields = ISA.split("*")
    fields[index] = value
    return ISA, "*".join(fields)


# What is changed, and each code and message that is told.
CASES: list[tuple[tuple[str, str], list[tuple[str, str]]]] = [
    (isa(1, "99"), [("X12-102", "ISA01 is 99; 00 or 03 expected")]),
    (isa(9, "261332"), [("X12-102", "ISA09 is 261332; a day YYMMDD expected")]),
    (isa(10, "2460"), [("X12-102", "ISA10 is 2460; a time HHMM expected")]),
    (isa(12, "00401"), [("X12-102", "ISA12 is 00401; 00501 expected")]),
    (isa(14, "2"), [("X12-102", "ISA14 is 2; 0 or 1 expected")]),
    (isa(15, "X"), [("X12-102", "ISA15 is X; P or T expected")]),
    (("0910*0930*1*X*", "0910*0930*1*Y*"), [("X12-102", "GS07 is Y; X expected")]),
    (("20260910*0930*1*X*", "20261310*0930*1*X*"), [("X12-102", "GS04 is 20261310; a day CCYYMMDD expected")]),
    (("20260910*0930*1*X*", "20260910*2560*1*X*"), [("X12-102", "GS05 is 2560; a time HHMM expected")]),
    (("IEA*1*000000001", "IEA*1*000000002"), [("X12-103", "IEA02 is 000000002; ISA13 is 000000001")]),
    (("GE*1*1~", "GE*1*2~"), [("X12-103", "GE02 is 2; GS06 is 1")]),
    (("*0001~\nGE", "*0002~\nGE"), [("X12-103", "SE02 is 0002; ST02 is 0001")]),
    (("SE*101*", "SE*7*"), [("X12-104", "SE01 is 7; ST to SE are 101 segments")]),
    (("GE*1*1~", "GE*2*1~"), [("X12-104", "GE01 is 2; GS to GE hold 1 transaction set")]),
    (("IEA*1*", "IEA*3*"), [("X12-104", "IEA01 is 3; ISA to IEA hold 1 group")]),
    (
        ("ST*837*0001*005010X222A1", "ST*837*0001*005010X222"),
        [("X12-107", "ST03 is 005010X222; GS08 is 005010X222A1")],
    ),
    (("HL*4*1*22", "HL*9*1*22"), [("X12-205", "HL01 is 9; 4 expected"), ("X12-205", "HL01 is 5; 10 expected")]),
    (("HL*4*1*22", "HL*4*3*22"), [("X12-206", "HL02 is 3; 1, the HL above, expected")]),
    (("HL*3*1*22*0", "HL*3*1*22*1"), [("X12-207", "HL04 is 1 and no lower HL follows")]),
    (("LX*2~", "LX*4~"), [("X12-208", "LX01 is 4; 2 expected")]),
    (("NM1*IL*1*BRAMLEY", "NM1*IL*1*"), [("X12-301", "NM103 is required and empty")]),
    (
        ("11:B:1*Y*A*Y*Y~\nREF*G1", "11:B:1*Y*A*Y*Y*****1~\nREF*G1"),
        [("X12-302", "CLM14 has 1 character; the guide leaves it empty")],
    ),
    (("N3*30 ELM ST~", "N3*30 ELM ST*~"), [("X12-303", "N3 ends in an empty element")]),
    (("BRAMLEY", "BRAM:LEY"), [("X12-304", "NM103 holds the component separator")]),
    (("BRAMLEY", "BRAMLEY "), [("X12-305", "NM103 begins or ends with a space")]),
    (("BRAMLEY", "B" * 61), [("X12-306", "NM103 has 61 characters; 1 to 60 expected")]),
    (("HC:H0038:U1", "HC:H0038:U"), [("X12-306", "SV101-3 has 1 character; 2 expected")]),
    (("HC:H0038:U1", "HC:H0038:u1"), [("X12-307", "SV101-3 holds other characters than capitals and digits")]),
    (("53:B:7", "53:B:9"), [("X12-307", "CLM05-3 is 9; 1, 7 or 8 expected")]),
    (("****MI*M100002", "****QQ*M100002"), [("X12-307", "NM108 is a text of 2 characters; II or MI expected")]),
    (
        ("H0038*63.84", "H0038*ABCDEFG"),
        [("X12-308", "SV102 is a text of 7 characters; a number expected")],
    ),
    (("PB0003*25*", "PB0003*25.0*"), [("X12-309", "CLM02 is 25.0; 25 expected")]),
    (("PB0003*25*", "PB0003*025*"), [("X12-309", "CLM02 is 025; 25 expected")]),
    (("PB0003*25*", "PB0003*+25*"), [("X12-309", "CLM02 is +25; 25 expected")]),
    (("63.84*UN*4*", "63.84*UN*4.0*"), [("X12-309", "SV104 is 4.0; 4 expected")]),
    (("D8*20260903", "D8*20260931"), [("X12-310", "DTP03 holds no day of the calendar")]),
    (("D8*20260903", "D8*260903"), [("X12-310", "DTP03 has 6 characters; a day CCYYMMDD expected")]),
    (
        ("RD8*20260906-20260907", "RD8*20260906"),
        [("X12-310", "DTP03 has 8 characters; a range CCYYMMDD-CCYYMMDD expected")],
    ),
    (("DMG*D8*20000229", "DMG*D8*19990229"), [("X12-310", "DMG02 holds no day of the calendar")]),
    (("*20260910*0930*CH", "*20260910*2560*CH"), [("X12-311", "BHT05 is 2560; a time HHMM expected")]),
    (("HC:H0038:U1", "HC:H0038:U1:U2:U3:U4::X"), [("X12-312", "SV101-8 is sent; the guide ends at SV101-7")]),
    (
        ("N4*LANSING*MI*48912~\nDMG*D8*19900130", "N4*LANSING**48912*MX*CHH~\nDMG*D8*19900130"),
        [("X12-302", "N405 has 3 characters; the guide leaves it empty")],
    ),
    (
        ("N4*LANSING*MI*48912~\nDMG*D8*19900130", "N4*LANSING*TX*48912*MX***CHH~\nDMG*D8*19900130"),
        [("X12-313", "N402 and N407 are both sent; only one of them may be")],
    ),
    (
        ("N4*LANSING*MI*48912~\nDMG*D8*19900130", "N4*LANSING*ZZ*1X2*QQ~\nDMG*D8*19900130"),
        [
            ("X12-314", "N404 is QQ, no two-letter country code of ISO 3166"),
            ("X12-506", "N402 is ZZ, no state or territory"),
            ("X12-508", "N403 is not a ZIP code of five or nine digits: it has 3 characters"),
        ],
    ),
    (("CLM*PB0002*63.84", "CLM*PB0002*64.84"), [("X12-601", "CLM02 is 64.84; the lines' SV102 make 63.84")]),
]


@pytest.mark.parametrize(("swap", "expected"), CASES, ids=[f"{row[1][0][0]} {row[0][1][:20]}" for row in CASES])
def test_a_message_says_what_is_there_and_what_is_expected(
    swap: tuple[str, str], expected: list[tuple[str, str]]
) -> None:
    old, new = swap
    assert old in CLEAN
    codes = {code for code, _ in expected}
    found = [(problem.code, problem.message) for problem in check_text(CLEAN.replace(old, new, 1))]

    assert [pair for pair in found if pair[0] in codes] == expected


def test_a_trailing_zero_is_an_error_in_an_amount_and_a_warning_in_a_quantity() -> None:
    severities = {}
    for old, new in (
        ("PB0003*25*", "PB0003*25.0*"),
        ("PB0003*25*", "PB0003*025*"),
        ("63.84*UN*4*", "63.84*UN*4.0*"),
        ("63.84*UN*4*", "63.84*UN*04*"),
        ("63.84*UN*4*", "63.84*UN*+4*"),
    ):
        problems = [each for each in check_text(CLEAN.replace(old, new, 1)) if each.code == "X12-309"]
        severities[new] = [str(each.severity) for each in problems]

    assert severities == {
        "PB0003*25.0*": ["error"],
        "PB0003*025*": ["error"],
        "63.84*UN*4.0*": ["warning"],
        "63.84*UN*04*": ["warning"],
        "63.84*UN*+4*": ["error"],
    }


def test_no_message_states_a_rule_alone() -> None:
    """With 00401 in the file, "ISA12 is 00501" said the contrary of what was there."""
    for (old, new), _ in CASES:
        for problem in check_text(CLEAN.replace(old, new, 1)):
            assert not re.search(r"\bshould be\b|\bmay come\b|\bmust\b|\bmay have\b", problem.message)
