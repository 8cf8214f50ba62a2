"""Notes as peers write them: a grammar of topics, each with its own actions, details, responses and next steps.

It knows nothing of how notes are compared: two notes on one topic differ as two visits do, by what was done and said.
"""

import functools
import random
import string
import tomllib
from pathlib import Path
from typing import Any

import attrs


@attrs.frozen
class Note:
    """The columns of an encounter that make its note."""

    goal: str
    activity: str
    intervention: str
    response: str
    next_step: str


@attrs.frozen
class Story:
    """What stays the same in a member's notes: the first name, and the topics that the plan is about."""

    first_name: str
    topics: tuple[str, ...]

    def goals(self) -> list[str]:
        """Return the goals of the plan."""
        return [goal for topic in self.topics for goal in _grammar()["goals"][topic]]


@functools.cache
def _grammar() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("notes.toml").read_text(encoding="utf-8"))


def topics() -> tuple[str, ...]:
    """Return the topics of the grammar."""
    return tuple(_grammar()["topic"])


def make_story(rng: random.Random, first_name: str) -> Story:
    """Return a member's story, with three topics or four."""
    return Story(first_name, tuple(rng.sample(topics(), rng.choice((3, 3, 4)))))


def write_note(rng: random.Random, story: Story, heading: str = "", topic: str = "") -> Note:
    """Return a note on a topic of the member's, or on the one given. `heading` comes before it, as in a form."""
    words = _grammar()
    topic = topic or rng.choice(story.topics)
    parts = words["topic"][topic]
    details = rng.sample(parts["details"], rng.choice((1, 1, 2, 2, 3)))
    draws = {"name": story.first_name}
    intervention = [
        rng.choice(words["openings"]),
        rng.choice(parts["actions"]),
        *details,
        rng.choice(words["techniques"]),
    ]
    response = [rng.choice(parts["responses"]), rng.choice(words["moods"])]
    rng.shuffle(response)
    next_step = [rng.choice(parts["next"]), rng.choice(words["closings"])]
    return Note(
        goal=rng.choice(words["goals"][topic]),
        activity=rng.choice(parts["activities"]),
        intervention=heading + _filled(rng, intervention, draws),
        response=_filled(rng, response, draws),
        next_step=_filled(rng, next_step, draws),
    )


def _filled(rng: random.Random, sentences: list[str], known: dict[str, str]) -> str:
    """Return sentences with their slots filled, each slot of a sentence drawn anew."""
    return " ".join(_fill(rng, sentence, known) for sentence in sentences if sentence)


def _fill(rng: random.Random, sentence: str, known: dict[str, str]) -> str:
    lists = _grammar()["words"]
    filled = [
        literal + ((known[slot] if slot in known else rng.choice(lists[slot])) if slot else "")
        for literal, slot, _, _ in string.Formatter().parse(sentence)
    ]
    text = "".join(filled)
    return text[:1].upper() + text[1:]


def another_sentence(rng: random.Random, story: Story, topic: str) -> str:
    """Return one more sentence on a topic, for a note of which a sentence is replaced."""
    return _fill(rng, rng.choice(_grammar()["topic"][topic]["details"]), {"name": story.first_name})


def words_of(kind: str) -> list[str]:
    """Return the words of a list of the grammar."""
    return list(_grammar()["words"][kind])
