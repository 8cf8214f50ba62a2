"""The lane of ordinary claims says what the state machine says: of every file, change, claim and division of a text."""

import contextlib
import datetime as dt
import itertools
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest
import semantic837p
from hypothesis import given, settings
from hypothesis import strategies as st
from semantic import Row, text_of
from shared import SAMPLES
from strategies import AS_OF, PAYER, SETTINGS, claims

from peerbill.model.claim import Address, Claim, Party, Provider, ServiceLine, Subscriber
from peerbill.x12.check.check837p import Claims
from peerbill.x12.check.check_envelope import Seen
from peerbill.x12.check.claim_files import Report, check_chunks
from peerbill.x12.write.write837p import write_interchange

FIXTURES = Path(__file__).parents[2] / "fixtures"
FILES = sorted((*FIXTURES.rglob("*.837"), *(SAMPLES.rglob("*.837") if SAMPLES.exists() else ())))

DAY = dt.date(2026, 3, 2)
PEER = Provider("Rivera", "Dana", "1245319599", "175T00000X")
OTHER_PEER = Provider("Lane", "Kit", "1881018588")
OFFICE = (Party("Shore House", "1881018588"), Address("9 Bay Ave", "Brick", "NJ", "087231234"))


def person(number: int) -> Subscriber:
    address = Address(f"{number} Oak Ave", "Brick", "NJ", "08723", "Apt 2" if number % 3 == 0 else "")
    middle = "Q" if number % 4 == 0 else ""
    return Subscriber(f"MBR{number}", "O'Neil Jr", "Ann", dt.date(1960, 2, 29), "F", address, middle_name=middle)


def claim(number: int, of: int = 0, **changes: Any) -> Claim:
    """Return an ordinary claim of two lines, of a person of its own or of another."""
    lines = tuple(
        ServiceLine(f"C{number}-{place}", (f"E{number}{place}",), day, "H0038", ("HF",), 2 + place, charge, pointers)
        for place, day, charge, pointers in (
            (1, DAY + dt.timedelta(days=number % 20), Decimal("30.9"), (1,)),
            (2, DAY - dt.timedelta(days=number), Decimal(45 + number), (2, 1)),
        )
    )
    made = Claim(f"C{number}", PAYER.key, "M1", person(of or number), "11", ("F1120", "F329"), lines, PEER)
    return attrs.evolve(made, **changes)


def written(made: Sequence[Claim]) -> str:
    return "".join(write_interchange(made, PAYER, SETTINGS, AS_OF, 7))


ORDINARY = written(
    [
        *(claim(1), claim(2), claim(3, rendering=OTHER_PEER), claim(4, facility=OFFICE[0], facility_address=OFFICE[1])),
        *(claim(5, authorization="A 77"), claim(6, note="LATE"), claim(7, rendering=None)),
        *(claim(8), claim(9, 8, place="12"), claim(10, 8, diagnoses=("F1120", "F329"))),
        *(claim(11, 8, rendering=OTHER_PEER), claim(12), claim(13, rendering=None, supervising=PEER), claim(14)),
        *(claim(15, 14, place="12"), claim(16, place="12"), claim(17), claim(18), claim(19, 18)),
    ]
)
SEGMENTS = ORDINARY.split("~")[:-1]
FEW = written(
    [
        *(claim(number) for number in (1, 2, 3)),
        claim(4, authorization="A 77", note="LATE"),
        *(claim(number) for number in (5, 6)),
    ]
).split("~")[:-1]
MIDDLE = range(FEW.index("HL*5*1*22*0"), FEW.index("HL*6*1*22*0"))
"""The segments of a claim which the lane knows, between others."""

VALUES = (
    "",
    " ",
    "0",
    "X",
    "9",
    "12",
    "20270101",
    "19591231",
    "ABK:F1120",
    "HC:H0038:HF:HF",
    "99.999",
    "B" * 61,
    "É",
    "A:B",
)


def told(text: str, *sizes: int) -> Report:
    """Return what the state machine says of a text; the lane must say the same, in pieces of each size."""
    expected = check_chunks([text], None, lane=False)
    for size in (len(text), *sizes):
        pieces = (text[at : at + size] for at in range(0, len(text), max(size, 1)))
        assert check_chunks(pieces, None) == expected
    return expected


def joined(segments: Sequence[str]) -> str:
    return "".join(f"{text}~" for text in segments)


@pytest.fixture
def by_lane(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the claims that the lane reads."""
    counted: list[int] = []
    count = Claims.count_ordinary

    def note(self: Claims, levels: int, number: int) -> None:
        counted.append(number)
        count(self, levels, number)

    monkeypatch.setattr(Claims, "count_ordinary", note)
    return counted


def test_ordinary_claims_take_the_lane_as_soon_as_what_they_share_is_known(by_lane: list[int]) -> None:
    report = told(ORDINARY)

    assert (report.problems, report.claims) == ((), 19)
    # 2, 5, 6, 8, 12, 14, 17, 18 and 19: each other has what no subscriber before had, or follows such a claim.
    assert sum(number for number in by_lane if number > 0) == 9


def test_the_lane_is_taken_across_pieces_sets_and_interchanges(by_lane: list[int]) -> None:
    second = re.sub(r"C(\d+)\*", r"D\1*", ORDINARY).replace("MBR", "MBS").replace("000000007", "000000008")
    report = told(ORDINARY + second, 1, 50, 333, 1000)

    assert (report.problems, report.claims) == ((), 38)
    assert sum(number for number in by_lane if number > 0) == 5 * 18


@pytest.mark.parametrize("delimiters", ["*:^~", "|>!'", "+&@\n", "\x1d\x1f\x1c\x1e", "-.[]", "(*)?"])
@pytest.mark.parametrize("breaks", ["", "\n", "\r\n", " \n"])
def test_delimiters_and_line_breaks_do_not_matter(delimiters: str, breaks: str) -> None:
    text = ORDINARY.replace("A 77", "A77").replace("O'NEIL", "ONEIL").replace("C1-1", "C11")
    text = re.sub(r"(REF\*6R\*C\d+)-", r"\1L", text)
    moved = text.replace("~", f"~{breaks}").translate(str.maketrans("*:^~", delimiters))

    told(moved, 61)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_files(path: Path) -> None:
    told(path.read_text(encoding="utf-8", errors="surrogateescape"), 1000)


@pytest.mark.parametrize(
    "row", semantic837p.REJECTED + semantic837p.WARNED + semantic837p.VALID, ids=lambda row: row.name
)
def test_semantic_changes(row: Row) -> None:
    """Each change in its own file, with ordinary claims behind it, and, where it can be made, among these claims."""
    told(text_of(semantic837p.FILES, row.file, *row.changes) + ORDINARY, 500)
    first, last = (SEGMENTS.index(f"HL*{number}*1*22*0") for number in (13, 14))
    block = SEGMENTS[first:last]
    with contextlib.suppress(IndexError):
        for change in row.changes:
            change(block)
        told(joined([*SEGMENTS[:first], *block, *SEGMENTS[last:]]))


def changes() -> Iterator[list[str]]:
    """Give every change of a segment in the middle: gone, twice, swapped, cut, and each element as each of VALUES."""
    for at in MIDDLE:
        head, text, tail = FEW[:at], FEW[at], FEW[at + 1 :]
        yield [*head, *tail]
        yield [*head, text, text, *tail]
        yield [*head, tail[0], text, *tail[1:]]
        fields = text.split("*")
        for place in range(1, len(fields)):
            yield [*head, "*".join(fields[:place]), *tail]
        for place, value in itertools.product(range(len(fields) + 1), VALUES):
            yield [*head, "*".join((*fields[:place], value, *fields[place + 1 :])), *tail]


def test_every_change_of_a_segment() -> None:
    found = set()
    for segments in changes():
        found |= {problem.code for problem in told(joined(segments)).problems}

    assert len(found) > 40


def test_a_claim_may_end_anywhere() -> None:
    """A file without its end was told at another segment the second time: the tables of steps were warm."""
    texts = [joined(FEW[:at]) for at in MIDDLE]

    assert [told(text, 200) for text in texts] == [check_chunks([text], None) for text in texts]


@settings(max_examples=60)
@given(st.lists(claims(), min_size=1, max_size=6, unique_by=lambda made: made.claim_id), st.data())
def test_claims_and_changes_of_them(made: list[Claim], data: st.DataObject) -> None:
    segments = written([attrs.evolve(each, claim_id=f"X{at}") for at, each in enumerate(made * 3)]).split("~")[:-1]
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(segments) - 1))
        fields = segments[at].split("*")
        place = data.draw(st.integers(0, len(fields) - 1))
        fields[place] = data.draw(st.sampled_from(VALUES) | st.text(" -~", max_size=3))
        segments[at] = "*".join(fields)

    told(joined(segments), data.draw(st.integers(1, 400)))


def test_seen_takes_all_or_none() -> None:
    seen = Seen()

    assert seen.add_all([("A", "1"), ("B", "1")])
    assert not seen.add_all([("C", "1"), ("B", "1")])
    assert not seen.add_all([("D", "1"), ("D", "1")])
    assert seen.add_all([("E", "1"), ("F", "1")])
    seen.take_back()
    assert [seen.add(name, "1") for name in "ABCDEF"] == [False, False, True, True, True, True]
    assert all(seen.add_all([(f"{number}", "2"), (f"{number}", "3")]) for number in range(5000))
    assert not any(seen.add(f"{number}", "3") for number in range(5000))
