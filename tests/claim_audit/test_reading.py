"""Files as they come: other delimiters, several sets, broken structure, and files of other programs."""

from pathlib import Path

import pytest
from claim_files import claims_of, compare, edited, text_of, told, world_of
from shared import SAMPLES, needs_shared

from peerbill.claim_audit.audit import audit_alone
from peerbill.claim_audit.reading import read_files
from peerbill.claim_audit.values import ClaimAudit
from peerbill.model.errors import UnusableInputError


def sums(result: ClaimAudit) -> tuple[int, int, int]:
    return result.claims, result.lines, sum(file.unread for file in result.files)


# --- whatever the file looks like ------------------------------------------------------------------------------------


def test_delimiters_and_line_breaks_are_those_of_the_file(tmp_path: Path) -> None:
    world = world_of()
    text = text_of(world)
    other = text.translate(dict(zip(map(ord, "*:~^"), "|>'!", strict=True)))
    lines = text.replace("~", "~\r\n  ")

    for form in (other, lines, f"\ufeff{text}"):
        path = tmp_path / "theirs.837"
        path.write_text(form, encoding="utf-8")
        assert told(compare(tmp_path, world, form if form.isascii() else text)) == []
        assert [(file.claims, file.lines) for file in read_files([path], lambda _: True).files] == [(2, 2)]


def test_an_edit_is_found_at_its_segment_whatever_the_delimiters(tmp_path: Path) -> None:
    world = world_of()
    text = edited(text_of(world), ("HC:H0038:HF*", "HC:H0038*")).replace("*", "|").replace(":", ">")
    (found,) = compare(tmp_path, world, text).findings

    assert (found.code, found.segment, found.line) == ("PB856", 24, 1)


def test_several_sets_and_interchanges_are_read_and_counted(tmp_path: Path) -> None:
    """The set of another claim, in the same interchange and in another one behind it."""
    world = world_of()
    first, second = claims_of(world)
    one, other = text_of(world, [first]), text_of(world, [second], 2)
    body = other[other.index("ST*") : other.index("GE*")].replace("0001*005010X222A1", "0002*005010X222A1")
    joined = one.replace("GE*1*", f"{body.replace('*0001~GE', '*0002~GE').replace('SE*26*0001', 'SE*26*0002')}GE*2*")

    assert sums(compare(tmp_path, world, joined)) == (2, 2, 0)
    assert sums(compare(tmp_path, world, one + other)) == (2, 2, 0)
    assert told(compare(tmp_path, world, one + other)) == []


def test_an_835_may_be_in_the_file_of_the_claims(tmp_path: Path) -> None:
    from payer import Decision, receive, remit  # noqa: PLC0415

    world = world_of()
    text = text_of(world)
    sent = receive(text)
    result = compare(tmp_path, world, text + remit(sent, [Decision(claim) for claim in sent.claims]))

    assert told(result) == []
    assert [(file.claims, file.payments) for file in result.files] == [(2, 2)]
    assert f"{result.paid}" == "120.00"


def test_what_is_no_x12_is_refused(tmp_path: Path) -> None:
    for name, content in (("empty.837", b""), ("text.837", b"Dear colleague\n"), ("image.837", bytes(range(256)))):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(UnusableInputError, match="expected X12 that begins with ISA"):
            audit_alone([path], world_of().as_of)
    with pytest.raises(UnusableInputError, match="cannot be read"):
        audit_alone([tmp_path / "missing.837"], world_of().as_of)


# --- what cannot be read is told by segment --------------------------------------------------------------------------


def test_a_total_that_is_no_sum_is_told_and_the_lines_are_compared(tmp_path: Path) -> None:
    world = world_of()
    result = compare(tmp_path, world, edited(text_of(world), ("HF*60*UN*3", "HF*80*UN*4")))

    claim, line = told(result)
    assert claim.startswith("error PB851 C1 : the claim cannot be read as a Claim: CLM02 is not the sum of its lines")
    assert claim.endswith("(segment 21): lines that are compared, as far as they can be read: 1 of 1")
    assert line == "error PB854 C1-1 E1: the line has 4 units; the 47 minutes of E1 make 3"
    assert (sums(result), result.matched, f"{result.charged}") == ((2, 2, 0), 2, "140.00")


@pytest.mark.parametrize(
    ("edits", "others"),
    [
        pytest.param([("*60*UN*3*", "*60*MJ*47*")], [], id="minutes in place of units"),
        pytest.param([("*60*UN*3*", "*60*UN*2.5*")], [], id="a part of a unit"),
        pytest.param([("D8*20260302", "RD8*20260302-20260302")], None, id="a span of one day is a day"),
        pytest.param(
            [("D8*20260302", "RD8*20260302-20260306")],
            ["error PB853 C1-1 : no encounter matches: the line names no single day of service", "info PB864  E1:"],
            id="a span of days",
        ),
        pytest.param(
            [("HC:H0038:HF*60", "ER:H0038:HF*60")],
            ["error PB856 C1-1 E1: the line has ; E1 comes to H0038:HF"],
            id="no HCPCS code",
        ),
        pytest.param([("ABK:F1120", "BK:30400")], [], id="ICD-9"),
    ],
)
def test_a_claim_that_is_none_is_read_as_far_as_it_goes(
    edits: list[tuple[str, str]], others: list[str] | None, tmp_path: Path
) -> None:
    world = world_of()
    result = compare(tmp_path, world, edited(text_of(world), *edits))
    lines = told(result)

    if others is None:
        assert lines == []
        return
    assert lines[0].startswith("error PB851 C1 : the claim cannot be read as a Claim: ")
    assert len(lines) == 1 + len(others)
    assert [line[: len(other)] for line, other in zip(lines[1:], others, strict=True)] == others


def test_another_patient_than_the_subscriber_is_compared_with_nothing(tmp_path: Path) -> None:
    world = world_of()
    dependent = "HL*3*2*23*0~PAT*19~NM1*QC*1*ZEPHYRINE*ARIA~N3*1 A~N4*LANSING*MI*48911~DMG*D8*20100402*F~CLM*C1"
    text = edited(text_of(world), ("HL*2*1*22*0", "HL*2*1*22*1"), ("CLM*C1", dependent))
    result = compare(tmp_path, world, text)

    assert [line[:20] for line in told(result)] == [
        "error PB851 C1 : the",
        "error PB851 C2 : the",
        "warning PB864  E1: E",
        "warning PB864  E2: E",
    ]
    assert [f"{found.charged}" for found in result.findings[:2]] == ["60", "60"]
    assert "2 claims that cannot be read (PB851)." in result.not_looked


def test_a_file_that_is_cut_off_is_told(tmp_path: Path) -> None:
    world = world_of()
    text = text_of(world)
    result = compare(tmp_path, world, text[: text.index("CLM*C2")])

    assert any(line.startswith("error PB851  : claims may be missing at segment") for line in told(result))
    assert (result.claims, result.matched) == (1, 1)


def test_problems_of_structure_are_listed_by_segment_and_counted(tmp_path: Path) -> None:
    world = world_of()
    text = edited(text_of(world), ("N3*77 WILLOW COURT~", "N3*77 WILLOW COURT~ZZZ*1~"), ("SE*33", "SE*30"))
    (file,) = compare(tmp_path, world, text).files

    assert file.problems
    assert all(problem.startswith("segment ") for problem in file.problems)
    assert "WILLOW" not in " ".join(file.problems)


def test_other_transaction_sets_are_told(tmp_path: Path) -> None:
    """A 999 is to know; claims of another version are an error: they are compared with nothing."""
    world = world_of()
    text = text_of(world)
    old = text.replace("005010X222A1", "004010X098A1")
    answer = (
        f"{text[:106]}GS*FA*A*B*20260320*0001*1*X*005010X231A1~ST*999*0001*005010X231A1~AK1*HC*1~AK9*A*1*1*1~"
        "SE*4*0001~GE*1*1~IEA*1*000000001~"
    )

    assert told(compare(tmp_path, world, old))[0] == (
        "error PB851  : the transaction set at segment 3 is left out: expected an 837P or 837I of 5010, or an 835, "
        "found 837 (004010X098A1)"
    )
    (line,) = told(compare(tmp_path, world, text, answer))
    assert line == (
        "info PB851  : the transaction set at segment 3 is left out: expected an 837P or 837I of 5010, or an 835, "
        "found 999 (005010X231A1)"
    )


# --- files of other programs -----------------------------------------------------------------------------------------


@needs_shared
@pytest.mark.parametrize(
    ("name", "claims", "lines"),
    [
        ("lfh-837p-example7.837", 1, 2),
        ("lfh-837p-dependent-4lines.837", 1, 0),
        ("lfh-837p-cob-c-payer-to-payer.837", 1, 0),
        ("hccinfhir-837p-five-sets.txt", 5, None),
        ("oopf-837p-texas-medicaid-bom-indented.txt", 5, 10),
        ("oopf-837p-encounter-rp.txt", 1, 4),
        ("imsweb-837p-different-separators.txt", 2, None),
        ("imsweb-837p-multiple-isa.txt", 4, None),
        ("lfh-837i-institutional.837i", 1, 2),
        ("hccinfhir-837i-1.txt", 1, 4),
    ],
)
def test_claims_of_other_programs_are_read_and_counted(name: str, claims: int, lines: int | None) -> None:
    """No claim is lost: each is read, or told by PB851, whatever its envelope holds."""
    result = audit_alone([SAMPLES / name], world_of().as_of)

    assert result.claims == claims
    assert lines is None or result.lines == lines
    assert sum(file.unread for file in result.files) == sum(
        "none of its lines is compared" in found.message for found in result.findings
    )


@needs_shared
@pytest.mark.parametrize(
    ("name", "payments"),
    [
        ("edi835-emedny-ny-medicaid.835", 3),
        ("lfh-835-secondary-payment.835", 2),
        ("oopf-835-multiple-interchanges.txt", 56),
        ("era835-bare-st-se-example2.835", 1),
    ],
)
def test_payments_of_other_programs_are_read_and_counted(name: str, payments: int) -> None:
    result = audit_alone([SAMPLES / name], world_of().as_of)

    assert [file.payments for file in result.files] == [payments]
    assert {found.code for found in result.findings} <= {"PB851", "PB863"}


@needs_shared
def test_every_sample_is_read_or_refused(tmp_path: Path) -> None:
    """No file of another program ends in an error of ours, against a workspace or alone."""
    world = world_of()
    for path in sorted(SAMPLES.iterdir()):
        if path.suffix == ".md":
            continue
        result = audit_alone([path], world.as_of, world.policies.programme("ZZ/peer"))
        assert result.files[0].file == str(path)
        content = path.read_text(encoding="utf-8", errors="replace").encode("ascii", "replace").decode("ascii")
        assert compare(tmp_path, world, content).claims == result.claims
