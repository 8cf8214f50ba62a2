"""Reading X12 text: any delimiters, any line breaks, any chunks."""

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shared import SAMPLES, needs_shared

from peerbill.x12.delimiters import Delimiters
from peerbill.x12.reader import LONGEST_SEGMENT, Segment, decode, read_batches, read_segments

FIXTURES = Path(__file__).parents[2] / "fixtures" / "x12"
CLEAN = (FIXTURES / "clean-5-claims.837").read_text(encoding="ascii")
FLAT = CLEAN.replace("\n", "")


def elements(text: str, size: int = 1 << 16) -> list[tuple[str, ...]]:
    chunks = [text[at : at + size] for at in range(0, len(text), size)]
    return [segment.elements for segment in read_segments(chunks)]


def problems(text: str) -> list[tuple[str, int]]:
    return [(found.code, found.segment) for batch in read_batches([text]) for found in batch.problems]


EXPECTED = [tuple(segment.split("*")) for segment in FLAT.split("~")[:-1]]


def test_segments_are_numbered_from_isa() -> None:
    first, second = list(read_segments([FLAT]))[:2]

    assert (first.number, first.elements[0], first.delimiters) == (1, "ISA", Delimiters("*", ":", "^", "~"))
    assert second == Segment(2, EXPECTED[1], Delimiters("*", ":", "^", "~"))


@pytest.mark.parametrize("after", ["", "\n", "\r\n", "\r", "  ", "\n\t"])
def test_blanks_after_terminators_do_not_matter(after: str) -> None:
    text = FLAT.replace("~", "~" + after)

    assert elements(text) == EXPECTED
    assert problems(text) == []


@pytest.mark.parametrize("before", ["\ufeff", "\n", "  \r\n", "\ufeff\n "])
def test_blanks_and_a_byte_order_mark_before_isa_do_not_matter(before: str) -> None:
    assert elements(before + FLAT) == EXPECTED
    assert problems(before + FLAT) == []


@pytest.mark.parametrize(("terminator", "breaks"), [("\n", ""), ("\r", "\n"), ("'", ""), ("\x1c", "")])
def test_the_terminator_is_the_one_in_isa(terminator: str, breaks: str) -> None:
    text = FLAT.replace("~", terminator + breaks)

    assert elements(text) == EXPECTED
    assert problems(text) == []


@given(width=st.integers(20, 120), end=st.sampled_from(["\n", "\r\n", "\r"]), size=st.integers(1, 200))
@settings(max_examples=50, deadline=None)
def test_lines_cut_at_a_fixed_length_lose_nothing(width: int, end: str, size: int) -> None:
    text = end.join(FLAT[at : at + width] for at in range(0, len(FLAT), width))

    assert elements(text, size) == EXPECTED
    assert [code for code, _ in problems(text)] == ["X12-007"]


def test_the_first_line_that_ends_inside_a_segment_is_told() -> None:
    at = FLAT.index("CLM*") + 6
    text = FLAT[:at] + "\n" + FLAT[at:-9] + "\r\n" + FLAT[-9:]

    assert elements(text) == EXPECTED
    assert problems(text) == [("X12-007", 1 + FLAT[:at].count("~"))]


@pytest.mark.parametrize("before", [" ", "  ", " \t"])
@pytest.mark.parametrize(
    ("terminator", "after"), [("~", ""), ("~", "\n"), ("~", "\r\n"), ("'", ""), ("\n", ""), ("\r", "\n")]
)
def test_blanks_before_terminators_are_left_out_and_told_once(before: str, after: str, terminator: str) -> None:
    text = FLAT.replace("~", before + terminator + after)

    assert elements(text) == EXPECTED
    assert problems(text) == [("X12-008", 1)]


def test_a_blank_that_is_data_stays() -> None:
    text = FLAT.replace("*LANSING*", "* LANSING *")

    assert elements(text) == [tuple(segment.split("*")) for segment in text.split("~")[:-1]]
    assert problems(text) == []


@given(st.integers(1, 200))
@settings(max_examples=25, deadline=None)
def test_chunks_of_any_size_give_the_same_segments(size: int) -> None:
    assert elements(FLAT, size) == EXPECTED
    assert elements(CLEAN + CLEAN, size) == EXPECTED * 2


def test_interchanges_may_differ_in_delimiters() -> None:
    other = FLAT.translate(str.maketrans("*:^~", "|>!'"))
    found = list(read_segments([FLAT + "\n" + other]))

    assert [segment.elements for segment in found] == EXPECTED + [
        tuple(segment.split("|")) for segment in other.split("'")[:-1]
    ]
    assert found[-1].delimiters == Delimiters("|", ">", "!", "'")
    assert found[-1].number == 2 * len(EXPECTED)


def test_an_isa_without_iea_before_it_begins_a_new_interchange() -> None:
    cut = FLAT[: FLAT.index("SE*10")]

    assert elements(cut + FLAT) == EXPECTED[: cut.count("~")] + EXPECTED


def test_text_between_interchanges_is_told_and_passed_over() -> None:
    text = FLAT + "some words VISA*x about it\n" + FLAT

    assert elements(text) == EXPECTED * 2
    assert problems(text) == [("X12-005", len(EXPECTED))]


@pytest.mark.parametrize("text", ["", "   \n", "\ufeff"])
def test_nothing_is_read_from_nothing(text: str) -> None:
    assert elements(text) == []


@pytest.mark.parametrize("text", ["hello", "ISLAND", "\x00\xff", "PK\x03\x04", "<xml/>"])
def test_what_does_not_begin_with_isa_is_told(text: str) -> None:
    assert ("X12-001", 0) in problems(text)


def test_a_bare_transaction_set_is_read_all_the_same() -> None:
    bare = FLAT[FLAT.index("ST*") : FLAT.index("GE*")]

    assert elements(bare) == EXPECTED[2:-2]
    assert problems(bare) == [("X12-001", 0)]


def test_two_terminators_are_told_and_the_empty_segment_is_not_counted() -> None:
    text = FLAT.replace("~BHT", "~~BHT")

    assert elements(text) == EXPECTED
    assert problems(text) == [("X12-004", 3)]


def test_a_file_that_is_cut_off_is_told() -> None:
    text = FLAT[:-5]

    assert problems(text) == [("X12-003", len(EXPECTED))]


def test_text_without_end_is_not_read_for_ever() -> None:
    text = FLAT[:106] + "A" * 3 * LONGEST_SEGMENT

    assert [code for code, _ in problems(text)][:1] == ["X12-003"]


def test_an_isa_of_wrong_width_is_read_by_its_separators() -> None:
    text = FLAT.replace("*ZZ*HARBOR01       *", "*ZZ*HARBOR01*")

    assert len(elements(text)) == len(EXPECTED)
    assert problems(text) == [("X12-002", 1)]


def test_bytes_that_are_no_text_become_characters_that_no_check_accepts() -> None:
    text = "".join(decode(io.BytesIO(b"\xef\xbb\xbfISA\xff\xe9"), size=2))

    assert text == "\ufeffISA\udcff\udce9"


def test_a_letter_cut_by_a_chunk_is_whole() -> None:
    assert "".join(decode(io.BytesIO("aé€b".encode()), size=1)) == "aé€b"


@given(st.text(alphabet="ISAGTE*~:^ \n0123456789\ufeff", max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_without_an_exception(text: str) -> None:
    header = FLAT[:106]

    for whole in (text, "ISA" + text, header + text, header + text + header):
        assert all(segment.elements[0] is not None for segment in read_segments([whole]))


@needs_shared
def test_samples_from_other_programs_are_read_to_their_end() -> None:
    for path in sorted(SAMPLES.iterdir()):
        if path.suffix == ".md":
            continue
        with path.open("rb") as file:
            ids = [segment.elements[0] for segment in read_segments(decode(file))]

        assert ids[0] in ("ISA", "ST"), path.name
        assert ids[-1] in ("IEA", "SE"), path.name
        assert all(2 <= len(id_) <= 3 and id_.isalnum() for id_ in ids), path.name


@pytest.mark.parametrize("size", [*range(1, 12), 1 << 16])
def test_isa_within_a_word_begins_no_interchange_wherever_a_chunk_ends(size: int) -> None:
    assert elements(f"LOUISA*VISA*{FLAT}", size) == EXPECTED


def test_delimiters_are_guessed_from_the_same_text_wherever_a_chunk_ends() -> None:
    text = "ISA*00*" + "x" * 500 + "*1\nGS*HC~\n"

    assert len({tuple(elements(text, size)) for size in (100, 450, 520, 1 << 16)}) == 1


@pytest.mark.parametrize("size", [1, 100, 1 << 16])
def test_blank_lines_around_a_word_like_iea_end_no_interchange(size: int) -> None:
    blank = "\n" * 300
    text = FLAT.replace("~", "\n").replace("\nSE*", f"{blank}REF*IEA*1{blank}REF*ISA*2\nSE*")
    at = EXPECTED.index(("SE", *EXPECTED[-3][1:]))

    assert elements(text, size) == [*EXPECTED[:at], ("REF", "IEA", "1"), ("REF", "ISA", "2"), *EXPECTED[at:]]
