"""pyx12 as a second opinion: its findings on the right segment and claim, whatever it stumbles over."""

import logging
import multiprocessing
import re
from pathlib import Path

import pytest
from shared import SAMPLES, needs_shared

from peerbill.x12.check import guide
from peerbill.x12.check.claim_files import check_text
from peerbill.x12.check.guide import Unit, check_guide, judge, unseen
from peerbill.x12.problems import Problem, problem

FIXTURES = Path(__file__).parents[2] / "fixtures" / "x12"
CLEAN = (FIXTURES / "clean-5-claims.837").read_text(encoding="ascii")
DEPENDENT = (FIXTURES / "dependent-and-earlier-payer.837").read_text(encoding="ascii")


def told(text: str) -> list[tuple[str, int, str, str]]:
    return [(found.code, found.segment, found.element, found.claim) for found in check_guide([text], workers=0)]


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give pyx12 pieces of two claims even of a small file."""
    monkeypatch.setattr(guide, "SMALL_FILE", 10)
    monkeypatch.setattr(guide, "CLAIMS_AT_ONCE", 2)


@pytest.mark.parametrize("text", [CLEAN, DEPENDENT, CLEAN.replace("\n", "").translate(str.maketrans("*:^~", "|>!'"))])
def test_a_good_file_has_no_problem(text: str) -> None:
    assert told(text) == []


def test_a_finding_stands_on_its_segment_and_claim_and_repeats_no_text() -> None:
    found = list(check_guide([CLEAN.replace("BRAMLEY", "BRAM*LEY")], workers=0))

    assert {(each.segment, each.segment_id, each.loop, each.claim) for each in found} == {
        (35, "NM1", "2010BA", "PB0002")
    }
    assert {each.source for each in found} == {"guide"}
    assert not any(re.search("BRAM|LEY|M100002", each.message) for each in found)


def test_what_is_missing_at_the_end_of_a_claim_is_told_of_that_claim() -> None:
    text = re.sub(r"LX\*1~\nSV1\*HC:H0038\*63.84.*?PB0002-1~\n", "", CLEAN, flags=re.DOTALL)

    assert ("X12-901", 45, "", "PB0002") in told(text)


def test_the_envelope_of_a_small_file_is_judged() -> None:
    assert [row[0] for row in told(CLEAN.replace("GE*1*1~", "GE*1*2~"))] == ["X12-901"]


def test_a_crash_is_told_of_its_claim_and_hides_no_other() -> None:
    """Five pointers make pyx12 4.0.0 raise IndexError; the third and the fifth claim are bad, each in its way."""
    text = CLEAN.replace("***1:2:3~", "***1:2:3:1:2~").replace("****MI*M100005", "****QQ*M100005")

    found = told(text)

    assert ("X12-902", 66, "", "PB0003") in found
    assert ("X12-901", 90, "NM108", "PB0005") in found
    assert {claim for *_, claim in found} == {"PB0003", "PB0005"}


def test_an_empty_segment_does_not_stop_the_reading() -> None:
    assert told(CLEAN.replace("N3*20 ELM ST~", "N3*20 ELM ST~~")) == []


def test_a_version_without_a_guide_is_told_once() -> None:
    assert told(CLEAN.replace("X222A1", "X222A2")) == [("X12-903", 2, "GS08", "")]


@pytest.mark.usefixtures("cut")
def test_pieces_of_a_good_file_are_good() -> None:
    again = CLEAN.replace("*000000001", "*000000002").replace("PB00", "PC00")

    assert told(CLEAN) == []
    assert told(DEPENDENT) == []
    assert told(CLEAN + again) == []


@pytest.mark.usefixtures("cut")
def test_pieces_keep_numbers_and_claims() -> None:
    text = CLEAN.replace("****MI*M100001", "****QQ*M100001").replace("****MI*M100005", "****QQ*M100005")
    text = text.replace("NM1*41*2*", "NM1*41*3*")

    assert sorted(told(text)) == [
        ("X12-901", 5, "NM102", ""),
        ("X12-901", 16, "NM108", "PB0001"),
        ("X12-901", 90, "NM108", "PB0005"),
    ]


@pytest.mark.usefixtures("cut")
def test_several_billing_providers_and_sets_are_put_together_right() -> None:
    body = CLEAN[CLEAN.index("HL*1") : CLEAN.index("SE*10")]
    second = re.sub(r"HL\*(\d)\*(1?)\*", lambda hl: f"HL*{int(hl[1]) + 6}*{'7' if hl[2] else ''}*", body)
    one = CLEAN[CLEAN.index("ST*") : CLEAN.index("GE*1")]
    both = one.replace(body, body + second.replace("PB00", "PC00"))
    both = re.sub(r"\nSE\*\d+", f"\nSE*{both.count('~')}", both)
    text = CLEAN.replace(one, both + one.replace("*0001", "*0002").replace("PB00", "PD00")).replace("GE*1*", "GE*2*")

    assert told(text) == []


def test_workers_are_processes_and_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guide, "SMALL_FILE", 10)
    monkeypatch.setattr(guide, "CLAIMS_AT_ONCE", 2)
    text = CLEAN.replace("****MI*M100005", "****QQ*M100005")
    counted: list[int] = []

    assert list(check_guide([text], workers=2, progress=counted.append)) == list(check_guide([text], workers=0))
    assert sum(counted) == 5


def test_a_daemon_may_start_no_process_and_does_the_work_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    text = CLEAN.replace("****MI*M100005", "****QQ*M100005")
    monkeypatch.setattr(multiprocessing.process.current_process(), "_config", {"daemon": True})

    assert told(text)
    assert list(check_guide([text], workers=2)) == list(check_guide([text], workers=0))


def test_the_logger_of_pyx12_is_left_as_the_host_set_it() -> None:
    logger = logging.getLogger("pyx12")
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        told(CLEAN)
        assert logger.level == logging.WARNING
    finally:
        logger.setLevel(before)


def test_units_are_subscribers() -> None:
    units: list[Unit] = list(guide._units([CLEAN]))

    assert [unit.claims for unit in units] == [1] * 5
    assert {unit.billing for unit in units} == {units[0].billing}


@pytest.mark.parametrize("text", ["", "ISA", CLEAN[:200], CLEAN[:700], "hello", CLEAN[: CLEAN.index("SE*10")]])
def test_half_a_file_gives_a_result(text: str) -> None:
    assert all(isinstance(found, Problem) for found in check_guide([text], workers=0))


def test_pyx12_is_never_let_out() -> None:
    assert judge("ISA").last == 0


@needs_shared
def test_samples_from_other_programs_are_judged() -> None:
    for path in sorted(SAMPLES.iterdir()):
        for found in check_guide([path.read_bytes().decode("utf-8", "surrogateescape")], workers=0):
            assert found.code in ("X12-901", "X12-902", "X12-903"), path.name


# ------------------------------------------------------------------------------------------------ beside our own checks


def beside(text: str) -> list[tuple[int, str, str]]:
    own = check_text(text)
    found = list(unseen(own, check_guide([text], workers=0)))
    named = {(problem.segment, problem.element) for problem in own}

    assert not [each for each in found if (each.segment, each.element) in named]
    return [(each.segment, each.element, each.message) for each in found]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("***1:2:3~", "~"),
        ("N3*20 ELM ST~", "N3*20 ELM ST*~"),
        ("GE*1*1~", ""),
        ("GE*1*1~", "GE*2*1~"),
        ("IEA*1*000000001~", "IEA*1*000000002~"),
        ("IEA*1*000000001~", "IEA*2*000000001~"),
        ("HL*4*1*22", "HL*9*1*22"),
        ("HL*4*1*22", "HL*4*3*22"),
        ("LX*1~", "LX*4~"),
        ("BHT*0019*", "BHT*0020*"),
        ("NM1*41*", "NM1*42*"),
        ("HL*2*1*22*0~\n", ""),
        ("SBR*P*18", "SBR*Q*18"),
        ("***1:2:3~", "***1:2:3:1:2~"),
        ("ISA*00*", "ISA*0*"),
    ],
)
def test_what_follows_from_a_fault_is_not_listed_beside_it(old: str, new: str) -> None:
    assert old in CLEAN
    assert beside(CLEAN.replace(old, new, 1)) == []


def test_what_only_pyx12_sees_is_listed() -> None:
    problems = [problem("X12-601", "m", 21, "CLM", element="CLM02", claim="A")]
    own = [*problems, problem("X12-317", "m", 22, "PER", element="PER04", claim="A")]
    guide = [
        problem("X12-901", "m", 21, "CLM", element="CLM05-1", claim="A", source="guide"),
        problem("X12-901", "m", 22, "PER", element="PER04", claim="A", source="guide"),
        problem("X12-901", "m", 30, "NTE", claim="A", source="guide"),
        problem("X12-902", "m", 40, claim="B", source="guide"),
    ]

    assert list(unseen(own, guide)) == guide


def test_each_envelope_code_of_pyx12_is_a_sentence_at_its_element() -> None:
    for old, new, expected in (
        ("SE*101*", "SE*7*", (103, "SE01", "SE01 does not count the segments from ST to SE")),
        ("GE*1*1~", "GE*1*2~", (104, "GE02", "GE02 is not the control number in GS06")),
        ("GE*1*1~", "GE*2*1~", (104, "GE01", "GE01 does not count the transaction sets")),
        ("IEA*1*000000001", "IEA*2*000000001", (105, "IEA01", "IEA01 does not count the functional groups")),
        ("IEA*1*000000001", "IEA*1*000000002", (105, "IEA02", "IEA02 is not the control number in ISA13")),
        ("N3*20 ELM ST~", "N3*20 ELM ST*~", (17, "", "the segment ends in an empty element")),
        ("****MI*M100001", "*****M100001", (16, "", "NM108 and NM109 come together, and one of them is missing")),
        ("63.84*UN*4***1~", "63.84*UN*4~", (46, "SV107", "SV107 is required and missing")),
    ):
        assert old in CLEAN
        found = [
            (each.segment, each.element, each.message) for each in check_guide([CLEAN.replace(old, new)], workers=0)
        ]
        assert expected in found, found


def test_lists_that_pyx12_has_in_an_old_edition_are_left_to_our_own_checks() -> None:
    text = CLEAN.replace("N4*LANSING*MI*48912~\nDMG*D8*19900130", "N4*JUBA***SS~\nDMG*D8*19900130")

    assert text != CLEAN
    assert list(check_guide([text], workers=0)) == []
    assert check_text(text) == ()
