"""The lane of ordinary claims of an 835 gives what reading by segments gives: payments, problems, sums and digest."""

import itertools
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shared import SAMPLES

from peerbill.model.payer_answers import ClaimPayment
from peerbill.x12.read import answers
from peerbill.x12.read.answers import Transaction, read_transactions
from peerbill.x12.read.lane835 import Lane
from peerbill.x12.read.read835 import read_remittance

FILES = sorted(SAMPLES.rglob("*.835")) if SAMPLES.exists() else []
BY_SEGMENTS = {**answers._READERS, "835": partial(read_remittance, lane=False)}

HEAD = (
    "ISA*00*          *00*          *ZZ*PAYER          *ZZ*AGENCY         *260901*0800*^*00501*000000007*0*P*:~"
    "GS*HP*PAYER*AGENCY*20260901*0800*5*X*005010X221A1~ST*835*0001~BPR*I*400*C*ACH************20260901~"
    "TRN*1*EFT1*1512345678~DTM*405*20260831~N1*PR*STATE MEDICAID*XV*12345~N1*PE*AGENCY*XX*1234567893~LX*1~"
)
TAIL = "PLB*1234567893*20261231*WO:ICN0:X*-5~SE*99*0001~GE*1*5~IEA*1*000000007~"


def claim(number: int) -> str:
    """Return a claim of two lines: one paid in part, one denied; every third with more around them."""
    more = number % 3 == 0
    return (
        f"CLP*PB{number}*1*160*60*{'10' if more else ''}*MC*ICN{number}*57*1~{'CAS*PR*1*10~' if more else ''}"
        f"NM1*QC*1*LANE*ALEX****MI*M{number}~{'NM1*IL*1*LANE*SAM****MI*S1~' if more else ''}"
        f"NM1*82*1*RIVERA*DANA****XX*1245319599~{'MOA***MA01*MA02~' if more else ''}REF*EA*R{number}~"
        f"DTM*232*20260801~DTM*233*20260802~{'DTM*050*20260803~AMT*AU*60~QTY*CA*1~' if more else ''}"
        f"SVC*HC:H0038:HF*{75 if more else 85}*60*{'0900' if more else ''}*5~DTM*472*20260801~"
        f"CAS*CO*45*{15 if more else 25}~REF*LU*11~REF*6R*PB{number}A~AMT*B6*60~"
        f"SVC*HC:H0038:HF:HQ*75*0**5**6~DTM*472*20260802~CAS*CO*97*75*5~REF*6R*PB{number}B~LQ*HE*N20~LQ*HE*M1~"
    )


CLAIMS = [claim(number) for number in range(1, 7)]
ORDINARY = "".join((HEAD, *CLAIMS, TAIL))
SEGMENTS = ORDINARY.split("~")[:-1]
FEW = "".join((HEAD, *CLAIMS[1:4], TAIL)).split("~")[:-1]
MIDDLE = range(FEW.index("CLP*PB3*1*160*60*10*MC*ICN3*57*1"), FEW.index("CLP*PB4*1*160*60**MC*ICN4*57*1"))

VALUES = ("", " ", "0", "X", "-1.5", "6R", "I", "HE", "B6", "MA01:X", "A B", "20260231", "LONGWORD", "É", " 6R", "QC")


def result(transaction: Transaction) -> tuple[object, ...]:
    read = list(transaction.answers)
    return (
        *(transaction.kind, transaction.envelope, transaction.segment, read),
        *(transaction.problems, transaction.digest, transaction.complete),
    )


def read(text: str, size: int) -> list[tuple[object, ...]]:
    return [result(each) for each in read_transactions(text[at : at + size] for at in range(0, len(text), size))]


def told(text: str, *sizes: int) -> list[tuple[object, ...]]:
    """Return what reading by segments gives of a text; with the lane it must be the same, in pieces of each size."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(answers, "_READERS", BY_SEGMENTS)
        expected = read(text, len(text))
    for size in (len(text), *sizes):
        assert read(text, size) == expected
    return expected


def joined(segments: Sequence[str]) -> str:
    return "".join(f"{text}~" for text in segments)


@pytest.fixture
def by_lane(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note the claims that the lane reads."""
    noted: list[str] = []
    payment = Lane.payment

    def note(self: Lane, *arguments: object) -> ClaimPayment | None:
        made = payment(self, *arguments)  # type: ignore[arg-type]  # as they came
        if made is not None:
            noted.append(made.claim_id)
        return made

    monkeypatch.setattr(Lane, "payment", note)
    return noted


@pytest.mark.parametrize("size", [1, 60, 777, 100_000])
def test_ordinary_claims_take_the_lane(by_lane: list[str], size: int) -> None:
    (only,) = read(ORDINARY, size)

    assert by_lane == [f"PB{number}" for number in range(1, 7)]
    assert only == told(ORDINARY)[0]


@pytest.mark.parametrize(
    "odd",
    [
        "CAS*CO*97*74*5",
        "CAS*XX*97*75*5",
        "CAS*CO*ZZZ*75*5",
        "CAS*CO*97*75*5**1",
        "NM1*74*1~CAS*CO*97*75*5",
        "CAS*CO*97*75*5~CAS*ZZ",
        "CAS*CO*97*75*5~CAS*",
        "CAS*CO*97*75*5~CAS*SMITH JOHN",
    ],
)
def test_a_claim_in_which_anything_is_reported_does_not(by_lane: list[str], odd: str) -> None:
    claims = (CLAIMS[0], CLAIMS[0].replace("CAS*CO*97*75*5", odd).replace("PB1", "ODD"), CLAIMS[1])
    text = "".join((HEAD, *claims, TAIL))
    told(text)
    by_lane.clear()
    read(text, 5000)

    assert by_lane == ["PB1", "PB2"]


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("SVC*HC:H0038:HF:HQ*75", "SVC*SVC*HC:H0038:HF:HQ*75"),
        ("SVC*HC:H0038:HF*85", "SVC*SVC*HC:H0038:HF*85"),
        ("REF*6R*PB2B~", "REF*6R*PB2B~REF*LU*11~"),
        ("REF*6R*PB2B~", "REF*6R*REF~"),
        ("REF*6R*PB2B~", "REF*LU*6R~REF*6R*PB2B*6R~"),
        ("REF*6R*PB2B~", ""),
    ],
)
def test_a_line_is_known_by_its_whole_text(text: str, changed: str) -> None:
    """The claims around it have the same lines but for this change: they are remembered when it comes."""
    assert text in CLAIMS[1]
    told("".join((HEAD, CLAIMS[0], CLAIMS[1].replace(text, changed), *CLAIMS[:2], TAIL)))


def test_several_sets_and_interchanges() -> None:
    second = ORDINARY.replace("000000007", "000000008").replace("PB", "PC")
    more = ORDINARY.replace("SE*99*0001~", f"SE*99*0001~{ORDINARY[ORDINARY.index('ST*') : ORDINARY.index('GE*')]}")

    told(ORDINARY + second + more.replace("000000007", "000000009"), 1, 100, 999, 3000)


@pytest.mark.parametrize("delimiters", ["*:^~", "|>!'", "+&@\n", "\x1d\x1f\x1c\x1e", "-.[]", "(;)?"])
@pytest.mark.parametrize("breaks", ["", "\n", "\r\n", " \n"])
def test_delimiters_and_line_breaks_do_not_matter(delimiters: str, breaks: str) -> None:
    text = ORDINARY.replace("~", f"~{breaks}").translate(str.maketrans("*:^~", delimiters))

    told(text + ORDINARY.replace("000000007", "000000008"), 61, 2000)


def test_a_sign_that_divides_elements_is_in_no_amount() -> None:
    """An empty amount paid, before a patient's 60, is none of 60 below zero."""
    unpaid = (
        "CLP*PB9*1*75**60**MC*ICN9*57*1~NM1*QC*1*LANE*ALEX****MI*M9~"
        "SVC*HC:H0038*75**60**5~DTM*472*20260801~CAS*CO*45*135~REF*6R*PB9A~"
    )
    ((*_, payments, problems, _, _),) = told((HEAD + unpaid + TAIL).replace("-5", "5").replace("*", "-"))

    assert (payments[1].paid, payments[1].patient) == (0, 60)  # type: ignore[index]
    assert [problem.element for problem in problems] == ["CLP04", "SVC03", "SE01"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_files(path: Path) -> None:
    told(path.read_text(encoding="utf-8", errors="surrogateescape"), 1000)


def changes() -> Iterator[list[str]]:
    """Give every change of a segment in the middle: gone, twice, swapped, cut, and each element as each of VALUES.

    What ends with such an element also follows the whole segment: a claim that lacks nothing still adds up.
    """
    for at in MIDDLE:
        head, text, tail = FEW[:at], FEW[at], FEW[at + 1 :]
        yield [*head, *tail]
        yield [*head, text, text, *tail]
        yield [*head, tail[0], text, *tail[1:]]
        yield [*head]
        fields = text.split("*")
        for place in range(1, len(fields)):
            yield [*head, "*".join(fields[:place]), *tail]
        for place, value in itertools.product(range(len(fields) + 1), VALUES):
            yield [*head, "*".join((*fields[:place], value, *fields[place + 1 :])), *tail]
            yield [*head, text, "*".join((*fields[:place], value)), *tail]


def test_every_change_of_a_segment() -> None:
    found = set()
    for segments in changes():
        found |= {problem.code for *_, problems, _, _ in told(joined(segments)) for problem in problems}  # type: ignore[attr-defined]

    assert found >= {"X12-802", "X12-803", "X12-804", "X12-805", "X12-807", "X12-808"}


@settings(max_examples=100)
@given(st.data())
def test_claims_and_changes_of_them(data: st.DataObject) -> None:
    segments = joined(SEGMENTS).split("~")[:-1]
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(segments) - 1))
        fields = segments[at].split("*")
        place = data.draw(st.integers(0, len(fields) - 1))
        fields[place] = data.draw(st.sampled_from(VALUES) | st.text(" -~", max_size=3))
        segments[at] = "*".join(fields)
        if data.draw(st.booleans()):
            segments.insert(data.draw(st.integers(0, len(segments) - 1)), data.draw(st.sampled_from(SEGMENTS)))

    told(joined(segments), data.draw(st.integers(1, 400)))
