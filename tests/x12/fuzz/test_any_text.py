"""Any text and any damage give a result, never an exception."""

import io
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from peerbill.x12.check.claim_files import check_chunks, check_text
from peerbill.x12.check.guide import _pieces
from peerbill.x12.problems import KINDS
from peerbill.x12.reader import decode
from peerbill.x12.structure import KNOWN_IDS

CLEAN = (Path(__file__).parents[3] / "fixtures" / "x12" / "clean-5-claims.837").read_text(encoding="ascii")
HEADER = CLEAN[: CLEAN.index("HL*1")]


@given(
    st.integers(0, len(CLEAN)),
    st.integers(0, 40),
    st.text(alphabet="*:~^ \nHLNM1SVCE0229Aé\x00", max_size=12),
    st.integers(1, 3000),
)
@settings(max_examples=200, deadline=None)
def test_any_damage_gives_a_result_and_chunks_do_not_matter(at: int, length: int, piece: str, size: int) -> None:
    text = CLEAN[:at] + piece + CLEAN[at + length :]
    chunks = [text[start : start + size] for start in range(0, len(text), size)]

    assert check_chunks(chunks) == check_chunks([text])


@given(st.text(max_size=300), st.booleans())
@settings(max_examples=150, deadline=None)
def test_any_text_gives_a_result(text: str, after_header: bool) -> None:
    header = CLEAN[: CLEAN.index("HL*1")] if after_header else ""

    assert all(problem.code in KINDS for problem in check_text(header + text))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(KNOWN_IDS)),
            st.lists(
                st.sampled_from(
                    ["", "1", "18", "20", "22", "23", "85", "IL", "PR", "82", "472", "D8", "HC:H0038", "é", "-1"]
                )
            ),
        ),
        max_size=30,
    )
)
@settings(max_examples=150, deadline=None)
def test_any_row_of_segments_gives_a_result(rows: list[tuple[str, list[str]]]) -> None:
    body = "".join("*".join([id_, *elements]) + "~" for id_, elements in rows)

    for text in (HEADER + body, HEADER + body + CLEAN, body):
        assert all(problem.code in KINDS for problem in check_text(text))
        assert all(piece.text for piece in _pieces([text]))


@given(st.binary(max_size=300))
@settings(max_examples=100, deadline=None)
def test_any_bytes_give_a_result(data: bytes) -> None:
    text = "".join(decode(io.BytesIO(data)))

    assert all(problem.code in KINDS for problem in check_text(HEADER + text))
