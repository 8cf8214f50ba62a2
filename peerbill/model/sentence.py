"""A sentence of a finding, written once: the name of its template, its words, and the figures in them."""

import datetime as dt
import string
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeAlias

import attrs

from peerbill.model.frozen import FrozenMap
from peerbill.model.plural import counted
from peerbill.model.quick import quick

Figure: TypeAlias = int | Decimal | dt.date | dt.datetime | str | tuple[int, ...] | tuple[str, ...]
"""What a sentence names: a count, minutes or units; dollars or hours; a day or time; an id, code or word; several."""


@quick
@attrs.frozen
class Sentence:
    """A sentence in English, the name of its template, and what is filled into it by name.

    No value is a person's data: the text never shows any, and there are no values beside those of the text. `pattern`
    is the sentence with its values still as fields, such as `{minutes} minutes make no unit`; "" where nobody knows it.
    """

    text: str
    template: str = ""
    values: Mapping[str, Figure] = FrozenMap()
    pattern: str = attrs.field(default="", eq=False, repr=False)

    def __str__(self) -> str:
        return self.text

    def after(self, start: str, /, **values: Figure) -> "Sentence":
        """Return the sentence with words before it, which may name more values.

        >>> say("blank", "it is blank").after("{column} of {staff_id}: ", column="npi", staff_id="P1").text
        'npi of P1: it is blank'
        """
        text = written(start, values) + self.text
        pattern = start + self.pattern if self.pattern else ""
        return Sentence(text, self.template, FrozenMap({**values, **self.values}), pattern)

    def before(self, more: str, end: str, /, **values: Figure) -> "Sentence":
        """Return the sentence with words after it, which may name more values; `more` ends the template's name.

        >>> say("not-signed", "the note is not signed").before("and-more", ", nor are {count} others", count=2).template
        'not-signed-and-more'
        """
        template = f"{self.template}-{more}"
        text = self.text + written(end, values)
        pattern = self.pattern + end if self.pattern else ""
        return Sentence(text, template, FrozenMap({**self.values, **values}), pattern)


class _Formatter(string.Formatter):
    """Writes times as the reports do, numbers with their noun, and several values with what is said between them."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, tuple):
            return (format_spec or ", ").join(map(str, value))
        if isinstance(value, dt.datetime) and not format_spec:
            return value.strftime("%Y-%m-%d %H:%M")
        if format_spec.startswith("#") and isinstance(value, int):
            return counted(value, format_spec[1:])
        return format(value, format_spec)


_formatter = _Formatter()


@lru_cache(maxsize=4096)
def _parts(pattern: str) -> tuple[tuple[str, str | None, str], ...]:
    """Return the words of a pattern, each with the name after it and its form; nothing where a field is not a name."""
    parts = tuple((words, name, spec or "", changed) for words, name, spec, changed in _formatter.parse(pattern))
    if any(
        changed or "{" in spec or (name is not None and not name.isidentifier()) for _, name, spec, changed in parts
    ):
        return ()
    return tuple((words, name, spec) for words, name, spec, _ in parts)


def written(pattern: str, values: Mapping[str, Any]) -> str:
    """Return a pattern with its values filled in; `{words: or }` joins several by " or ".

    >>> written("{minutes} minutes on {day}", {"minutes": 14, "day": dt.date(2026, 3, 2)})
    '14 minutes on 2026-03-02'
    """
    if "{" not in pattern and "}" not in pattern:
        return pattern
    parts, write = _parts(pattern), _formatter.format_field
    if not parts:
        return _formatter.vformat(pattern, (), values)
    return "".join([words if name is None else words + write(values[name], spec) for words, name, spec in parts])


def say(template: str, text: str, /, **values: Figure) -> Sentence:
    """Return a sentence of a template: `text` with its values filled in; `{words: or }` joins several by " or ".

    `{size:#member}` is a number with its noun: 1 member, 2 members.

    The name of a template is public: it never changes, and belongs to one text.

    >>> say("too-short", "{minutes} minutes make no unit", minutes=14)
    Sentence(text='14 minutes make no unit', template='too-short', values={'minutes': 14})
    """
    return Sentence(written(text, values), template, FrozenMap(values), text)


def with_note(sentence: Sentence, note: str) -> Sentence:
    """Return a sentence with the note of a policy's row after it, in brackets; its template ends in `-with-note`.

    >>> with_note(say("not-known", "{value} is not known", value="unit.minutes"), "the manual gives no length").text
    'unit.minutes is not known (the manual gives no length)'
    """
    return sentence.before("with-note", " ({note})", note=note) if note else sentence


def say_unread(template: str, place: str, why: str, /, **values: Figure) -> Sentence:
    """Return what is wrong with a cell or a row; `why` has the form "expected …, found …".

    >>> say_unread("cell", "{column}: ", "expected a day, found something else", column="start").text
    'start: expected a day, found something else'
    """
    expected, _, found = why.removeprefix("expected ").partition(", found ")
    return say(template, f"{place}expected {{expected}}, found {{found}}", **values, expected=expected, found=found)
