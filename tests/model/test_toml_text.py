"""Texts and keys as TOML has them, and a text that is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerbill.model.errors import UnusableInputError
from peerbill.model.toml_text import load_toml, toml_key, toml_string

TEXTS = st.text(st.characters(codec="utf-8"))


@given(key=TEXTS, text=TEXTS)
def test_every_key_and_text_is_read_as_it_was_written(key: str, text: str) -> None:
    assert load_toml(f"{toml_key(key)} = {toml_string(text)}\n", "a.toml") == {key: text}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = 1\nb =", "a.toml line 2: this is not TOML: invalid value. Correct the line."),
        ("a = 1\nb = " + "9" * 5_000, "a.toml line 2: this number has too many digits. Correct the line."),
        ("a = 1\nb = 1e-99999999999999999999", "a.toml line 2: this number has too many digits. Correct the line."),
        (
            "a = 1\nb = '\udce9'",
            "a.toml line 2: expected text, found half a character (a lone surrogate). Write whole characters.",
        ),
        ("a = " + "[" * 10_000, "a.toml: nested too deeply to be read. Write tables as [NAME]."),
    ],
)
def test_a_text_that_is_not_toml_is_refused(text: str, message: str) -> None:
    with pytest.raises(UnusableInputError) as refused:
        load_toml(text, "a.toml")
    assert str(refused.value) == message
