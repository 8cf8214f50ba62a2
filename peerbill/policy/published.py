"""Every text of the packaged data: words that anybody can read, and that therefore tell nothing of an agency."""

import re
import tomllib
from collections.abc import Collection, Iterator
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import attrs

from peerbill.model import people
from peerbill.model.encounter import Encounter
from peerbill.model.records import Records
from peerbill.model.words import can_be_shown
from peerbill.policy.tables import MERGES, NAMED, SETTINGS, WORDS

_LEFT_OUT = re.compile(r".*[0-9]{4}-[0-9]{2}-[0-9]{2}.*|[0-9]{5,}|[A-Z][a-z]+", re.DOTALL)
"""What a person's datum may look like: a day, a long number, and the name of a county, which people have too."""


@cache
def published_texts() -> frozenset[str]:
    """Return the keys and texts of all packaged files, and the names of tables, columns and a policy's values.

    What a person's datum may look like is not among them.
    """
    return frozenset(text for text in (*_packaged_texts(), *_names()) if not _LEFT_OUT.fullmatch(text))


def is_published(text: str) -> bool:
    """Return whether a text is one of the packaged data, or made of coded words of it, such as `H0038:HF`, `CPS (PA)`.

    >>> is_published("H0038:HF"), is_published("Jane Doe")
    (True, False)
    """
    texts = published_texts()
    return text in texts or all(word in texts for word in re.split(r"[\s:(),]+", text) if word)


def shown_service(service: str, known: Collection[str] = ()) -> str:
    """Return the service of an encounter, "" where it may be a name or a note: words that no policy has.

    `known` are the services of the programme.

    >>> shown_service("group"), shown_service("home-visit", {"home-visit"}), shown_service("jane-doe")
    ('group', 'home-visit', '')
    """
    a_word = can_be_shown(service) and ("-" not in service or is_published(service))
    return service if a_word or service in known else ""


def is_published_source(text: str) -> bool:
    """Return whether a title, an address or a place of a source is a text of the packaged data."""
    return text in _packaged_texts()


@cache
def _packaged_texts() -> frozenset[str]:
    return frozenset(_texts_in(resources.files("peerbill.codesets")))


def _names() -> Iterator[str]:
    """Yield the names of tables and columns, and those of a policy's tables and values."""
    rows = (*SETTINGS.values(), *NAMED.values(), Records, Encounter, *vars(people).values())
    for row in rows:
        if attrs.has(row):
            yield from (field.name.rstrip("_") for field in attrs.fields(row))
    yield from (*MERGES, "charge")  # no table of a policy: `payers.charges`
    for words in WORDS.values():
        yield from words[1]


def _texts_in(folder: Traversable) -> Iterator[str]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _texts_in(entry)
        elif entry.name.endswith(".toml"):
            yield from _texts(tomllib.loads(entry.read_text(encoding="utf-8")))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
