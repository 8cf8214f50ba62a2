"""What an activity is: one of the list of peer support, one that programmes exclude, or neither.

A cell holds one activity, or several with a comma or semicolon between them. A part that is a word of a list, written
in any case and with spaces or hyphens, is that word. In any other part, an excluded activity is found by its phrases
(`codesets/national/kinds.toml`), as whole words: "transport to court" is transport, "public transportation" is not.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TypeVar

from peerbill.codes import ActivityKind, excluded_activities, is_activity

T = TypeVar("T")

_WORD = re.compile(r"[^\W_]+")
_SEPARATOR = re.compile(r"[;,]")


def word(text: str) -> str:
    """Return a word of a list as policies write it: lower case, hyphens for spaces."""
    return "-".join(text.casefold().replace("_", " ").replace("-", " ").split())


def named(words: Mapping[str, T], kind: str) -> T | None:
    """Return what is said of a kind, a word of a list, under the word itself in any spelling, else under "*".

    >>> named({"*": 1, "Team programme": 2}, "team-programme"), named({"*": 1}, "therapy"), named({}, "therapy")
    (2, 1, None)
    """
    return next((said for name, said in words.items() if word(name) == kind), words.get("*"))


def parts(activity: str) -> tuple[str, ...]:
    """Return the activities of a cell."""
    return tuple(part.strip() for part in _SEPARATOR.split(activity) if part.strip())


@lru_cache(maxsize=4096)
def excluded(activity: str, kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Return which of some excluded activities, words of a policy, a cell names.

    >>> excluded("Transport to court; notes", ("transport", "travel", "note-writing"))
    ('transport', 'note-writing')
    >>> excluded("learning to use public transportation, job search", ("transport",))
    ()
    """
    named = {word(activity), *map(word, parts(activity))}
    free = [part for part in parts(activity) if not is_activity(word(part))]
    return tuple(kind for kind in kinds if word(kind) in named or any(_speaks_of(part, kind) for part in free))


@lru_cache(maxsize=4096)
def unlisted(activity: str, paid: frozenset[str]) -> tuple[str, ...] | None:
    """Return, for a cell with an activity that is in no list, the kinds it is of elsewhere; None for a listed one.

    `paid` are words that a programme pays for, beside the list of peer support.

    >>> unlisted("mentoring; Support group", frozenset()), unlisted("budgeting", frozenset({"budgeting"}))
    (None, None)
    >>> unlisted("mentoring; budgeting", frozenset()), unlisted("no-show", frozenset())
    ((), ('missed-appointment',))
    """
    if is_activity(word(activity)) or word(activity) in paid:
        return None
    rest = [part for part in parts(activity) if not is_activity(word(part)) and word(part) not in paid]
    if not rest:
        return None
    return tuple(kind for kind in excluded_activities() if any(_speaks_of(part, kind) for part in rest))


def _speaks_of(part: str, kind: str) -> bool:
    known = excluded_activities().get(word(kind), ActivityKind(kind, (kind,)))
    text = _tokens(part)
    hidden = set(_places(text, known.exceptions))
    return any(not hidden.issuperset(place) for phrase in known.phrases for place in _found(text, _tokens(phrase)))


def _places(text: tuple[str, ...], phrases: Iterable[str]) -> Iterator[int]:
    for phrase in phrases:
        for place in _found(text, _tokens(phrase)):
            yield from place


def _found(text: tuple[str, ...], phrase: tuple[str, ...]) -> Iterator[range]:
    """Yield where a phrase is in a text, word by word."""
    size = len(phrase)
    for start in range(len(text) - size + 1):
        if text[start : start + size] == phrase:
            yield range(start, start + size)


def _tokens(text: str) -> tuple[str, ...]:
    """Return the words of a text in lower case, without a plural s."""
    return tuple(map(_singular, _WORD.findall(text.casefold())))


def _singular(token: str) -> str:
    return token[:-1] if len(token) > 3 and token.endswith("s") and not token.endswith("ss") else token
