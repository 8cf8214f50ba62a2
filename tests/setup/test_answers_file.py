"""A file of answers, and the file in which answers are kept until the rest is given."""

import pytest
from setup_answers import IN, MI, NJ, setup_of

from peerbill.model.errors import UnusableInputError
from peerbill.setup.answers_file import answers_text, read_answers


@pytest.mark.parametrize("text", [NJ, IN, MI])
def test_answers_are_kept_as_they_were_given(text: str) -> None:
    given = setup_of(text).given

    assert read_answers("setup.toml", answers_text(given)).answers == given


def test_an_answer_has_its_line_and_its_own_source() -> None:
    file = read_answers("a.toml", '[policy."NJ/sud"]\non = 2026-09-30\nunit.minutes = { answer = 15, page = "p. 3" }\n')

    assert file.answers == {
        "policy.NJ/sud.on": "2026-09-30",
        "policy.NJ/sud.unit.minutes": "15",
        "policy.NJ/sud.unit.minutes.page": "p. 3",
    }
    assert file.lines["policy.NJ/sud.unit.minutes"] == 3


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[organization\n", "a.toml line 1: "),
        ("[organization]\nname = 2026-09-30T10:00:00\n", "a.toml line 2: organization.name: expected a text, a number"),
        ("[organization]\nname = [1]\n", "a.toml line 2: organization.name: expected a text, a number"),
    ],
)
def test_what_is_no_answer_is_told_with_its_line(text: str, why: str) -> None:
    with pytest.raises(UnusableInputError, match=why):
        read_answers("a.toml", text)
