"""What `post` advises is what the receiver of a file can do."""

import re
from importlib import resources

import pytest

from peerbill.x12.problems import KINDS, RECEIVED

READERS = (
    "check/check_envelope",
    "read/answer_source",
    "read/answers",
    "read/read271",
    "read/read835",
    "read/read_acknowledgments",
    "reader",
)
"""The modules that report problems of a file that somebody else wrote."""

_EDITS = re.compile(
    r"(?:^|[.;:] )(?:Add|Choose|Correct|Count|Fill|Leave|Move|Number|Put|Repeat|Save|Send|Shorten|Start|Take|Trim|Use|"
    r"Write)\b",
    re.IGNORECASE,
)


def _codes() -> set[str]:
    texts = (resources.files("peerbill.x12").joinpath(f"{name}.py").read_text(encoding="utf-8") for name in READERS)
    return set(re.findall(r'"(X12-\d{3})"', "".join(texts)))


def test_the_codes_of_the_readers_are_found() -> None:
    assert {"X12-001", "X12-008", "X12-102", "X12-312", "X12-801", "X12-808"} <= _codes()


@pytest.mark.parametrize("code", sorted(_codes()))
def test_no_advice_to_a_receiver_is_to_edit_the_file(code: str) -> None:
    fix = RECEIVED.get(code, KINDS[code].fix)

    assert not _EDITS.search(fix), fix
    assert "as it was meant" not in fix
    assert "look at it" not in fix


def test_what_edits_is_recognised() -> None:
    assert _EDITS.search(KINDS["X12-102"].fix)
    assert _EDITS.search(KINDS["X12-103"].fix)
