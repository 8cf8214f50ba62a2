"""Copied notes, and groups that are billed as one-to-ones, planted in a year of an agency."""

import datetime as dt
import re
from collections.abc import Callable

import attrs
from benchmarks.planting.agency import Agency, add_note
from benchmarks.planting.case import end_of, start_of
from benchmarks.planting.cell import Row
from benchmarks.planting.notes import another_sentence, topics, words_of, write_note

COLUMNS = ("intervention", "response", "next_step")
_SENTENCE = re.compile(r'(?<=[.!?"]) +')


@attrs.frozen
class Planted:
    """What was planted: encounters that must be named by a check, and others that may be."""

    required: tuple[Row, ...]
    allowed: tuple[Row, ...] = ()


Plant = Callable[[Agency, list[Row]], Planted]
"""Plants one of a kind. The rows are contacts with one member that no other plant used; it takes what it uses."""


@attrs.frozen
class PatternKind:
    """A kind of pattern: the check that must find it, what it is, and what it is not (`near`) in words."""

    code: str
    name: str
    plant: Plant
    near: bool = False


PATTERN_KINDS: list[PatternKind] = []
"""Every kind, in the order of this module."""


def pattern(code: str, name: str, *, near: bool = False) -> Callable[[Plant], Plant]:
    """Declare a kind of pattern; `near` is one that must not be found."""

    def declare(plant: Plant) -> Plant:
        PATTERN_KINDS.append(PatternKind(code, name, plant, near))
        return plant

    return declare


def _take(rows: list[Row], source: Row | None, wanted: Callable[[Row, Row], bool]) -> Row:
    """Take the first contact out of the free ones that fits."""
    for index, row in enumerate(rows):
        if source is None or wanted(source, row):
            return rows.pop(index)
    raise ValueError("the agency has no contact left for another plant")


def _same_member(source: Row, row: Row) -> bool:
    return bool(source["member_id"] == row["member_id"])


def _same_peer(source: Row, row: Row) -> bool:
    return bool(source["staff_id"] == row["staff_id"] and source["member_id"] != row["member_id"])


def _other_peer(source: Row, row: Row) -> bool:
    return bool(source["staff_id"] != row["staff_id"])


def _copy(agency: Agency, rows: list[Row], wanted: Callable[[Row, Row], bool]) -> tuple[Row, Row]:
    """Copy a note to another contact, with the name of its member; return the copy and its source."""
    source = _take(rows, None, wanted)
    copy = _take(rows, source, wanted)
    old, new = agency.name_of(source), agency.name_of(copy)
    for column in COLUMNS:
        copy[column] = re.sub(rf"\b{old}\b", new, source[column])
    return copy, source


@pattern("PB208", "verbatim, of the same member on another day")
def verbatim(agency: Agency, rows: list[Row]) -> Planted:
    """Copy every word."""
    copy, source = _copy(agency, rows, _same_member)
    return Planted((copy,), (source,))


@pattern("PB208", "verbatim but for the name, of another member of the peer")
def other_member(agency: Agency, rows: list[Row]) -> Planted:
    """Copy every word but the name."""
    copy, source = _copy(agency, rows, _same_peer)
    return Planted((copy,), (source,))


@pattern("PB208", "verbatim but for the name, of another peer")
def other_peer(agency: Agency, rows: list[Row]) -> Planted:
    """Copy every word but the name."""
    copy, source = _copy(agency, rows, _other_peer)
    return Planted((copy,), (source,))


@pattern("PB208", "names, days and figures changed")
def figures_changed(agency: Agency, rows: list[Row]) -> Planted:
    """Draw each weekday, month, time, amount and number anew."""
    copy, source = _copy(agency, rows, _same_peer)
    for kind in ("weekday", "month", "clock", "money", "rent", "ordinal", "number", "count", "minutes"):
        for column in COLUMNS:
            copy[column] = _drawn_anew(agency, copy[column], words_of(kind))
    return Planted((copy,), (source,))


def _drawn_anew(agency: Agency, text: str, words: list[str]) -> str:
    """Return a text with each of some words replaced by any of them."""
    longest_first = sorted(words, key=len, reverse=True)
    found = re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in longest_first))
    return found.sub(lambda _: agency.rng.choice(words), text)


def _sentences(row: Row) -> list[tuple[str, str]]:
    """Return the sentences of a note, each with its column."""
    return [(column, sentence) for column in COLUMNS for sentence in _SENTENCE.split(row[column])]


def _join(row: Row, sentences: list[tuple[str, str]]) -> None:
    for column in COLUMNS:
        row[column] = " ".join(sentence for place, sentence in sentences if place == column)


@pattern("PB208", "one sentence replaced")
def sentence_replaced(agency: Agency, rows: list[Row]) -> Planted:
    """Put another sentence in the place of one."""
    copy, source = _copy(agency, rows, _same_member)
    _replace_sentence(agency, copy)
    return Planted((copy,), (source,))


def _replace_sentence(agency: Agency, row: Row) -> None:
    sentences = _sentences(row)
    place = agency.rng.randrange(len(sentences))
    story = agency.cell_of(row).stories[row["member_id"]]
    sentences[place] = (sentences[place][0], another_sentence(agency.rng, story, agency.rng.choice(topics())))
    _join(row, sentences)


@pattern("PB208", "two sentences moved")
def sentences_moved(agency: Agency, rows: list[Row]) -> Planted:
    """Let two sentences of the note change their places."""
    copy, source = _copy(agency, rows, _same_peer)
    sentences = _sentences(copy)
    one, other = agency.rng.sample(range(len(sentences)), 2)
    texts = [sentence for _, sentence in sentences]
    texts[one], texts[other] = texts[other], texts[one]
    _join(copy, [(column, sentence) for (column, _), sentence in zip(sentences, texts, strict=True)])
    return Planted((copy,), (source,))


@pattern("PB208", "one word of twelve changed, and two pairs of neighbors swapped")
def words_swapped(agency: Agency, rows: list[Row]) -> Planted:
    """Change words here and there, as somebody does who hides a copy."""
    copy, source = _copy(agency, rows, _other_peer)
    words = copy["intervention"].split(" ")
    others = agency.rng.choice(rows)["intervention"].split(" ")
    for place in agency.rng.sample(range(len(words)), max(1, len(words) // 12)):
        words[place] = agency.rng.choice(others)
    for place in agency.rng.sample(range(len(words) - 1), 2):
        words[place], words[place + 1] = words[place + 1], words[place]
    copy["intervention"] = " ".join(words)
    return Planted((copy,), (source,))


@pattern("PB208", "half of the sentences of an earlier note of the member", near=True)
def half_shared(agency: Agency, rows: list[Row]) -> Planted:
    """Keep the other half as it was."""
    source = _take(rows, None, _same_member)
    other = _take(rows, source, _same_member)
    theirs, own = _sentences(source), _sentences(other)
    kept = own[: len(own) // 2]
    shared = [one for one in theirs if one not in kept][-(len(theirs) // 2) :]
    _join(other, [*kept, *shared])
    return Planted((other, source))


def _session(agency: Agency, rows: list[Row], size: int) -> tuple[Row, dt.datetime, list[str]]:
    """Return a contact, an hour of the afternoon of its day after all other contacts, and members for a session."""
    row = _take(rows, None, _same_member)
    cell = agency.cell_of(row)
    day = start_of(row).date()
    last = max(end_of(one) for one in cell.encounters if start_of(one).date() == day)
    start = last + dt.timedelta(minutes=agency.rng.randrange(10, 40))
    members = [one["member_id"] for one in cell.tables["members"]]
    return row, start, agency.rng.sample(members, size)


def _group_notes(agency: Agency, added: list[Row]) -> None:
    """Give the contacts of one group the note of the group, most of them with a sentence of the member's own."""
    first = added[0]
    for row in added[1:]:
        for column in ("goal", "activity", "place", "support_type", "intervention", "next_step"):
            row[column] = first[column]
        row["response"] = row["response"] if agency.rng.random() < 0.5 else first["response"]
        if agency.rng.random() < 0.5:
            _replace_sentence(agency, row)
    for row in added:
        for column in ("intervention", "next_step", "response"):
            row[column] = re.sub(rf"\b{agency.name_of(first)}\b", agency.name_of(row), row[column])


@pattern("PB806", "a group billed as one-to-ones at one time")
def simultaneous(agency: Agency, rows: list[Row]) -> Planted:
    """Bill each member of a group alone, with the time of the group."""
    row, start, members = _session(agency, rows, agency.rng.choice((3, 4, 5)))
    minutes = agency.rng.choice((45, 60, 75))
    cell = agency.cell_of(row)
    added = [add_note(agency, cell, start, member_id, minutes) for member_id in members]
    _group_notes(agency, added)
    return Planted(tuple(added))


@pattern("PB806", "a group billed as one-to-ones back to back")
def back_to_back(agency: Agency, rows: list[Row]) -> Planted:
    """Bill each member of a group alone, one right after the other."""
    row, start, members = _session(agency, rows, agency.rng.choice((3, 4, 5)))
    minutes = agency.rng.choice((15, 30, 30, 45))
    cell = agency.cell_of(row)
    added: list[Row] = []
    for member_id in members:
        added.append(add_note(agency, cell, start, member_id, minutes))
        start += dt.timedelta(minutes=minutes + agency.rng.choice((0, 0, 0, 1)))
    _group_notes(agency, added)
    return Planted(tuple(added))


@pattern("PB806", "one-to-ones back to back, each with a note of its own", near=True)
def busy_afternoon(agency: Agency, rows: list[Row]) -> Planted:
    """Serve members one right after the other at one place, on one topic."""
    row, start, members = _session(agency, rows, agency.rng.choice((3, 4, 5)))
    cell, topic = agency.cell_of(row), agency.rng.choice(topics())
    added: list[Row] = []
    for member_id in members:
        minutes = agency.rng.randrange(20, 50)
        one = add_note(agency, cell, start, member_id, minutes, place=row["place"])
        note = write_note(agency.rng, cell.stories[member_id], agency.heading, topic)
        one |= {"activity": note.activity, "intervention": note.intervention}
        one |= {"response": note.response, "next_step": note.next_step}
        added.append(one)
        start += dt.timedelta(minutes=minutes + agency.rng.choice((0, 0, 1)))
    return Planted(tuple(added))
