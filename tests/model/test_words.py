"""What a message may show of a cell, and what may be an id."""

import pytest

from peerbill.model.words import can_be_shown, is_like_an_id


@pytest.mark.parametrize("text", ["CPRS", "in-person", "Horizon", "coach 7", "Level 12"])
def test_a_word_or_a_code_is_shown_and_may_be_an_id(text: str) -> None:
    assert (can_be_shown(text), is_like_an_id(text)) == (True, True)


@pytest.mark.parametrize(
    "text",
    [
        "Maria Lopez",
        "MARIA LOPEZ",
        "maria lopez",
        "María López",
        "LOPEZ^MARIA",
        "LOPEZ,MARIA",
        "LOPEZ, MARIA",
        "M. LOPEZ",
    ],
)
def test_a_name_in_any_case_is_neither(text: str) -> None:
    assert (can_be_shown(text), is_like_an_id(text)) == (False, False)


@pytest.mark.parametrize("text", ["1989-06-15", "301447820116", "a@b.org", "E1\u202e", "x" * 31])
def test_a_number_a_day_or_an_address_is_not_shown(text: str) -> None:
    assert not can_be_shown(text)
