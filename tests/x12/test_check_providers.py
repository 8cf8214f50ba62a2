"""Whose service a line is, and by what the payer knows the billing provider: each on both sides."""

import re
from pathlib import Path

import pytest

from peerbill.x12.check.claim_files import check_text

CLEAN = (Path(__file__).parents[2] / "fixtures" / "x12" / "clean-5-claims.837").read_text(encoding="ascii")
OF_THE_CLAIM = "NM1*82*1*VALE*MARLO****XX*1987654328~\nPRV*PE*PXC*175T00000X~\n"
ANOTHER = "NM1*82*1*OAKES*ROWAN****XX*1435678903~\nPRV*PE*PXC*175T00000X~\n"
TWICE = [("X12-703", "SV101")]
REPEATED = ("X12-427", "NM109")


def found(text: str) -> list[tuple[str, str]]:
    counted = re.sub(r"\nSE\*\d+\*", f"\nSE*{text.count('~') - 4}*", text)
    return [(problem.code, problem.element) for problem in check_text(counted)]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("", "", TWICE),
        ("", ANOTHER, []),
        (ANOTHER, "", []),
        ("", OF_THE_CLAIM, [*TWICE, REPEATED]),
        (OF_THE_CLAIM, "", [REPEATED, *TWICE]),
        (ANOTHER, ANOTHER, TWICE),
        (OF_THE_CLAIM, ANOTHER, [REPEATED]),
    ],
)
def test_one_service_on_two_lines_is_told_unless_two_providers_gave_it(
    first: str, second: str, expected: list[tuple[str, str]]
) -> None:
    """A line's own rendering provider (loop 2420A) counts before that of its claim (2310B)."""
    text = CLEAN.replace("HC:T1012*50", "HC:H0038*50")
    for number, who in ((1, first), (2, second)):
        text = text.replace(f"REF*6R*PB0004-{number}~\n", f"REF*6R*PB0004-{number}~\n{who}")

    assert found(text) == expected


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("", [("X12-414", "NM109")]),
        ("REF*G2*ST77~\n", []),
        ("REF*LU*0042~\n", []),
        ("REF*2U*ST77~\n", [("X12-414", "NM109")]),
        ("REF*2U*ST77~\nREF*G2*ST77~\n", []),
        ("REF*G2*ST77~\nREF*2U*ST77~\n", []),
    ],
)
def test_the_payer_knows_a_billing_provider_by_its_npi_or_by_an_id_of_its_own(
    reference: str, expected: list[tuple[str, str]]
) -> None:
    payer = "NM1*PR*2*STATE MEDICAID*****PI*D00111~\n"
    head, first, *others = CLEAN.replace("*****XX*1234567893", "").split(payer)
    assert len(others) == 4

    text = f"{payer}REF*G2*ST77~\n".join([f"{head}{payer}{reference}{first}", *others])

    assert found(text) == expected
