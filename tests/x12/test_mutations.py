"""Seeded defects: each of 32 is put alone into a clean file of five claims and must be reported, at its own claim."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from peerbill.model.finding import Severity
from peerbill.x12.check.claim_files import check_text
from peerbill.x12.check.guide import check_guide, unseen

CLEAN = (Path(__file__).parents[2] / "fixtures" / "x12" / "clean-5-claims.837").read_text(encoding="ascii")

Seed = Callable[[str], str]


def swap(old: str, new: str, count: int = 1) -> Seed:
    """Replace a text that must be there."""

    def seed(text: str) -> str:
        assert old in text
        return text.replace(old, new, count)

    return seed


def counted(*seeds: Seed) -> Seed:
    """Apply seeds that add or take segments, then count SE01 again so that the count is no defect of its own."""

    def seed(text: str) -> str:
        for each in seeds:
            text = each(text)
        return recount(text)

    return seed


def recount(text: str) -> str:
    segments = text.count("~") - 4  # all but ISA, GS, GE, IEA
    return re.sub(r"SE\*\d+\*", f"SE*{segments}*", text)


def claim(text: str, number: int) -> str:
    """Return the segments of one claim from its subscriber's HL on."""
    return text[text.index(f"HL*{number + 1}*1*22") :].split(f"HL*{number + 2}*1*22", 1)[0].split("SE*10", 1)[0]


def many_lines(text: str) -> str:
    """Give the second claim 51 lines, and the charge to go with them."""
    old = claim(text, 2)
    body = old[: old.index("LX*1~")]
    lines = "".join(
        f"LX*{n}~\nSV1*HC:H0038*1*UN*1***1~\nDTP*472*D8*2026{1 + n // 28:02}{1 + n % 28:02}~\nREF*6R*L{n}~\n"
        for n in range(1, 52)
    )
    return text.replace(old, body.replace("*63.84*", "*51*") + lines)


def same_claim_twice(text: str) -> str:
    old = claim(text, 5)
    return text.replace(old, old + old.replace("HL*6*", "HL*7*"))


# What is seeded, the seed, our own code that must name it, and the claim it must be told of ("" for the file).
DEFECTS: list[tuple[str, Seed, str, str]] = [
    ("SE01 wrong", lambda text: re.sub(r"SE\*\d+", "SE*7", text), "X12-104", ""),
    ("GE02 does not match GS06", swap("GE*1*1~", "GE*1*2~"), "X12-103", ""),
    ("HL02 points at a missing parent", swap("HL*3*1*22", "HL*3*9*22"), "X12-206", "PB0002"),
    ("HL01 skips a number", swap("HL*6*1*22", "HL*7*1*22"), "X12-205", "PB0005"),
    ("LX01 starts at 2", swap("LX*1~\nSV1*HC:H0038*63.84", "LX*2~\nSV1*HC:H0038*63.84"), "X12-208", "PB0002"),
    ("DTP03 is 20261316", swap("D8*20260903", "D8*20261316"), "X12-310", "PB0002"),
    ("NM103 is 70 characters", swap("BRAMLEY", "B" * 70), "X12-306", "PB0002"),
    ("SV102 is ABC", swap("H0038*63.84", "H0038*ABC"), "X12-308", "PB0002"),
    ("HI missing", counted(swap("HI*ABK:F1020~\n", "")), "X12-201", "PB0002"),
    ("DTP*472 missing", counted(swap("DTP*472*D8*20260903~\n", "")), "X12-201", "PB0002"),
    (
        "NM1*PR missing",
        counted(
            swap("NM1*PR*2*STATE MEDICAID*****PI*D00111~\nCLM*PB0002", "CLM*PB0002"),
        ),
        "X12-201",
        "PB0002",
    ),
    (
        "claim without a 2400 loop",
        lambda text: recount(text.replace(claim(text, 2), claim(text, 2).split("LX*1~")[0])),
        "X12-201",
        "PB0002",
    ),
    ("place of service 00", swap("*63.84***11:B:1", "*63.84***00:B:1"), "X12-507", "PB0002"),
    ("NM108 is QQ", swap("****MI*M100002", "****QQ*M100002"), "X12-307", "PB0002"),
    ("51 service lines", counted(many_lines), "X12-204", "PB0002"),
    ("same diagnosis twice in HI", swap("HI*ABK:F1020", "HI*ABK:F1020*ABF:F1020"), "X12-503", "PB0002"),
    ("diagnosis pointer 4 with one diagnosis", swap("63.84*UN*4***1", "63.84*UN*4***4"), "X12-405", "PB0002"),
    ("CLM02 is not the sum of SV102", swap("CLM*PB0002*63.84", "CLM*PB0002*64.84"), "X12-601", "PB0002"),
    ("frequency 7 without REF*F8", counted(swap("REF*F8*ICN2026000123~\n", "")), "X12-403", "PB0003"),
    ("SBR02=18 but no DMG", counted(swap("DMG*D8*19900130*M~\n", "")), "X12-401", "PB0002"),
    ("SBR02=18 but no N3/N4", counted(swap("N3*30 ELM ST~\nN4*LANSING*MI*48912~\n", "")), "X12-402", "PB0002"),
    ("service date after BHT04", swap("D8*20260903", "D8*20260911"), "X12-406", "PB0002"),
    ("billing NPI fails the Luhn check", swap("XX*1234567893", "XX*1234567890"), "X12-501", ""),
    ("diagnosis ZZZ99", swap("ABK:F1020", "ABK:ZZZ99"), "X12-502", "PB0002"),
    ("procedure H9999", swap("HC:H0038*63.84", "HC:H9999*63.84"), "X12-504", "PB0002"),
    ("state XX", swap("N3*30 ELM ST~\nN4*LANSING*MI", "N3*30 ELM ST~\nN4*LANSING*XX"), "X12-506", "PB0002"),
    ("taxonomy 999X00000X", swap("PRV*BI*PXC*251S00000X", "PRV*BI*PXC*999X00000X"), "X12-505", ""),
    ("0 units", swap("63.84*UN*4*", "63.84*UN*0*"), "X12-408", "PB0002"),
    ("same claim twice", counted(same_claim_twice), "X12-701", "PB0005"),
    ("raw element separator in a name", swap("BRAMLEY", "BRAM*LEY"), "X12-312", "PB0002"),
    ("'~~' in the middle of the file", swap("N3*30 ELM ST~", "N3*30 ELM ST~~"), "X12-004", ""),
    ("name with a letter outside the X12 sets", swap("BRAMLEY", "BRÁMLEY"), "X12-012", "PB0002"),
]


def test_the_clean_file_has_no_problem() -> None:
    assert check_text(CLEAN) == ()
    assert list(check_guide([CLEAN], workers=0)) == []


def test_there_are_32_defects() -> None:
    assert len(DEFECTS) == 32


@pytest.mark.parametrize(("seed", "code", "claim_id"), [row[1:] for row in DEFECTS], ids=[row[0] for row in DEFECTS])
def test_our_own_checks_report_each_defect_on_its_claim_only(seed: Seed, code: str, claim_id: str) -> None:
    found = check_text(seed(CLEAN))

    assert (code, claim_id) in {(problem.code, problem.claim) for problem in found}
    assert {problem.claim for problem in found} <= {claim_id, ""}


@pytest.mark.parametrize("seed", [row[1] for row in DEFECTS], ids=[row[0] for row in DEFECTS])
def test_no_defect_is_listed_by_pyx12_as_well(seed: Seed) -> None:
    text = seed(CLEAN)

    assert list(unseen(check_text(text), check_guide([text], workers=0))) == []


def test_one_bad_claim_never_hides_the_next() -> None:
    """Claims 1, 2, 3 and 5 each have a defect of their own; each is told, and nothing of claim 4."""
    text = CLEAN
    for seed in (
        swap("CLM*PB0001*47.88", "CLM*PB0001*47"),
        counted(swap("HI*ABK:F1020~\n", "")),
        swap("25*UN*1***1:2:3", "25*UN*1***1:2:3:4:5"),
        swap("12.5*UN*1", "12.5*UN*0"),
    ):
        text = seed(text)

    own = {(found.code, found.claim) for found in check_text(text) if found.severity is Severity.ERROR}
    guide = {found.claim for found in check_guide([text], workers=0) if found.claim}

    assert own == {
        ("X12-601", "PB0001"),
        ("X12-201", "PB0002"),
        ("X12-405", "PB0002"),
        ("X12-312", "PB0003"),
        ("X12-405", "PB0003"),
        ("X12-408", "PB0005"),
    }
    assert guide == {"PB0002", "PB0003"}
