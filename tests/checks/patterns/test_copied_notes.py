"""Notes that are near copies of others, over many notes."""

import datetime as dt
import random
from collections.abc import Iterable
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from peerbill.checks.patterns.copied_notes import Copies
from peerbill.checks.patterns.note_words import NoteWords
from peerbill.checks.patterns.row import PatternRow
from peerbill.checks.patterns.seen import Seen

START = dt.datetime(2026, 1, 5, 9)
LETTERS = "bcdfghklmn"
WORDS = [f"z{a}{b}{c}" for a in LETTERS for b in LETTERS for c in LETTERS]


def copies(notes: Iterable[str], peers: int = 4) -> Copies:
    """Return what is found in notes of some peers in turn, a member each, one after the other."""
    seen = Seen(dt.date(2026, 12, 31))
    for number, note in enumerate(notes):
        start = START + dt.timedelta(hours=number)
        who = f"S{number % peers}"
        seen.add(PatternRow(f"E{number}", who, f"M{number}", start, start + dt.timedelta(minutes=30), note=note))
    return seen.texts.copies()


def made_notes(count: int, length: int = 40) -> list[list[str]]:
    rng = random.Random(11)  # noqa: S311  # made notes, the same each time
    return [rng.choices(WORDS, k=length) for _ in range(count)]


def test_edited_copies_are_found_among_many_notes_and_nothing_else_is() -> None:
    """Every tenth of 1,000 notes is copied with one word in ten changed."""
    rng = random.Random(12)  # noqa: S311  # made notes, the same each time
    notes = made_notes(1000)
    copied = []
    for note in notes[::10]:
        words = list(note)
        for place in rng.sample(range(len(words)), 4):
            words[place] = rng.choice(WORDS)
        copied.append(words)
    found = copies(" ".join(note) for note in (*notes, *copied)).found
    pairs = {(1000 + number, number * 10) for number in range(100)}

    assert {(copy.number, copy.other) for copy in found} == pairs | {(other, number) for number, other in pairs}
    assert {copy.family for copy in found} == {2}


def test_one_text_of_thousands_is_compared_once() -> None:
    note = " ".join(made_notes(1)[0])
    result = copies([note] * 3000)

    assert len(result.found) == result.compared.total() == result.copied.total() == 3000
    assert {(copy.similarity, copy.family) for copy in result.found} == {(Fraction(1), 3000)}
    assert [(copy.number, copy.other) for copy in result.found[:3]] == [(0, 1), (1, 0), (2, 0)]


def test_notes_that_came_later_are_compared_too() -> None:
    note = " ".join(made_notes(1)[0])
    seen = Seen(dt.date(2026, 12, 31))
    for number in range(2):
        start = START + dt.timedelta(hours=number)
        row = PatternRow(f"E{number}", "S1", "M1", start, start + dt.timedelta(minutes=30), note=note)
        seen.add(row)
        assert len(seen.texts.copies().found) == 2 * number


def test_nothing_to_compare() -> None:
    assert copies([]) == copies(["", "too short"]).__class__((), copies([]).compared, copies([]).copied, 0)
    assert copies(["too short"]).short == 1


def test_words_that_do_not_count_are_set_aside() -> None:
    words = NoteWords()
    names = frozenset({"dana"})

    assert words.of("Dana met me on Monday, 3 March at 10:15; she left.", names) == words.of(
        "met me on at left", frozenset()
    )
    assert words.of("Room B12", frozenset()) == words.of("room", frozenset())
    assert len(words.of("Élan über façade", frozenset())) == 3


@given(st.text(st.characters(max_codepoint=127)), st.sampled_from(["dana", "a", "z9"]))
def test_a_sign_of_another_script_changes_no_word_of_a_plain_note(note: str, name: str) -> None:
    words = NoteWords()

    assert words.of(note, frozenset({name})) == words.of(f"{note} …", frozenset({name}))
