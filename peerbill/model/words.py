"""Known words of coded columns: a single spelling for each, in whatever case, spacing or common synonym it is written.

The lists are data of the package, in `codesets/national/words.toml`.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Final

import attrs

_DATA: Final = "peerbill.codesets.national"
_SPACES: Final = str.maketrans(dict.fromkeys("_-\u2010\u2011\u2012\u2013\u2014", " "))


class UnknownWordError(ValueError):
    """A text is none of a list's words; the message says which words are expected and never repeats the text."""


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Return a word as lists write it: lower case, with a hyphen for each stretch of spaces, hyphens and underscores.

    >>> fold(" In  Person"), fold("IN_PERSON"), fold("in-person")
    ('in-person', 'in-person', 'in-person')
    """
    return "-".join(unicodedata.normalize("NFKC", text).casefold().translate(_SPACES).split())


@lru_cache(maxsize=65536)
def bare(text: str) -> str:
    """Return the letters and digits of a code or abbreviation, in lower case.

    >>> bare("C.P.R.S."), bare("cps - Family")
    ('cprs', 'cpsfamily')
    """
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


@attrs.frozen
class Vocabulary:
    """The words of a coded column.

    `spelled` maps folded spellings to the words, `unclear` spellings that say too little to why.

    >>> vocabulary("channel").read("Telephone")
    'audio'
    """

    words: tuple[str, ...]
    spelled: Mapping[str, str]
    unclear: Mapping[str, str]

    @property
    def listed(self) -> str:
        """The words for a sentence: `in-person, video or audio`."""
        return listed(self.words)

    def read(self, text: str) -> str:
        """Return the known word that a text means; a blank text stays blank. Raises UnknownWordError."""
        folded = fold(text)
        word = self.spelled.get(folded)
        if word is not None or not folded:
            return word or ""
        why = self.unclear.get(folded)
        if why is not None:
            raise UnknownWordError(f"expected {self.listed}, found a word that leaves open which: {why}")
        raise UnknownWordError(f"expected {self.listed}, found another word")


def listed(words: Iterable[str]) -> str:
    """Return words for a sentence: `a, b or c`.

    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b or c')
    """
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


_NEVER_SHOWN = re.compile(r"[0-9]{3}|[,;@\"^]")
_LONGEST_SHOWN = 30
_MOST_BLANKS = 2


def can_be_shown(text: str) -> bool:
    """Return whether a message may show what a coded column holds: a short word, no number, day, name or address.

    A row may have slipped by a column, so that a person's datum is where the word belongs. Words that have a space
    between them and no digit may be a name, in whatever case.

    >>> can_be_shown("Horizon"), can_be_shown("Doe, Ann"), can_be_shown("ANN DOE"), can_be_shown("1989-06-15")
    (True, False, False, False)
    """
    if not text or len(text) > _LONGEST_SHOWN or not text.isprintable():
        return False
    return not _NEVER_SHOWN.search(text) and is_like_an_id(text)


def shown_or(text: str, other: str) -> str:
    """Return a text that a message may show, or what the message says instead."""
    return text if can_be_shown(text) else other


def is_like_an_id(text: str) -> bool:
    """Return whether a text in the place of an id may be one: a sentence, a name and words without a digit are none.

    >>> is_like_an_id("S1"), is_like_an_id("coach 7"), is_like_an_id("Doe, Ann"), is_like_an_id("Ann Doe")
    (True, True, False, False)
    """
    if ", " in text or text.count(" ") > _MOST_BLANKS:
        return False
    return any(map(str.isdigit, text)) or not any(sign in text for sign in " ,^")


def has_control_characters(text: str) -> bool:
    r"""Tell whether a text has control characters, which may move the cursor of a terminal or hide what is there.

    >>> has_control_characters("came back on Monday"), has_control_characters("\x1b[31mred")
    (False, True)
    """
    return any(unicodedata.category(sign) == "Cc" for sign in text)


@cache
def vocabulary(name: str) -> Vocabulary:
    """Return a list by its name in `words.toml`, such as channel or stay; raises KeyError for another name."""
    table = _lists()[name]
    words = tuple(table["words"])
    return _vocabulary(words, table.get("also", {}), table.get("unclear", {}))


@cache
def no_ids() -> frozenset[str]:
    """Return the placeholders that cells have for an id, lower case: `#n/a`, `pending`, `see file` and their like."""
    return frozenset(_lists()["no-id"]["words"])


def vocabulary_of(words: Iterable[str]) -> Vocabulary:
    """Return a list of words that a workspace gives, such as the keys of `[payers]`, without synonyms."""
    return _vocabulary(tuple(words), {}, {})


def _vocabulary(words: tuple[str, ...], also: Mapping[str, Iterable[str]], unclear: Mapping[str, str]) -> Vocabulary:
    spelled = {fold(word): word for word in words}
    spelled |= {fold(other): word for word, others in also.items() for other in others}
    return Vocabulary(words, spelled, {fold(word): why for word, why in unclear.items()})


@cache
def _lists() -> Mapping[str, Any]:
    return tomllib.loads((resources.files(_DATA) / "words.toml").read_text(encoding="utf-8"))
