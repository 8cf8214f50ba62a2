"""The templates of findings: each name belongs to one text, and the text shows its values."""

import re
from collections import defaultdict

import pytest
from sentences import Said, sayings

KEBAB = re.compile(r"[a-z]+[a-z0-9]*(-[a-z0-9]+)*")


def test_there_are_sayings() -> None:
    assert len(sayings()) > 200


@pytest.mark.parametrize("said", sayings(), ids=lambda said: said.place)
def test_a_sentence_has_a_name_and_shows_its_values(said: Said) -> None:
    assert said.text != "?", "a text is written where it is said"
    assert said.function in {"after", "say_unread"} or KEBAB.fullmatch(said.template), said.template
    assert said.given <= said.named, "a value that the sentence does not show"
    assert said.more or said.named <= said.given, "a field without its value"


def test_a_template_has_one_text() -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for said in sayings():
        if said.function in {"say", "say_unread"}:
            found[said.template].add(said.text)

    assert {name: texts for name, texts in found.items() if len(texts) > 1} == {}
