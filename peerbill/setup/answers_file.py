"""Answers as a TOML file, by the same names as the questions: `peerbill setup DIR --answers FILE`."""

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal

import attrs

from peerbill.model.errors import UnusableInputError
from peerbill.model.toml_text import load_toml, toml_key, toml_string
from peerbill.policy.lines import key_lines, line_of
from peerbill.setup.policy_values import SOURCE

_ANSWER = "answer"


@attrs.frozen
class AnswersFile:
    """The answers of a file, as text by key, with the line of each."""

    answers: Mapping[str, str]
    lines: Mapping[str, int]


def read_answers(name: str, text: str) -> AnswersFile:
    """Read a file of answers. Raises UnusableInputError for one that is no TOML or has something else than answers."""
    document = load_toml(text, name)
    places = key_lines(text)
    found: dict[str, str] = {}
    lines: dict[str, int] = {}
    problems: list[str] = []
    for path, value in _values(document, ()):
        parts = path[:-1] if path[-1] == _ANSWER else path
        key = ".".join(parts)
        lines[key] = line_of(places, path)
        written = _written(value)
        if written is None:
            problems.append(f"{name} line {lines[key]}: {key}: expected a text, a number, a day or a list of texts.")
        else:
            found[key] = written
    if problems:
        raise UnusableInputError("\n".join(problems))
    return AnswersFile(found, lines)


def _values(table: Mapping[str, object], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _values(value, (*path, key))
        else:
            yield (*path, key), value


def _written(value: object) -> str | None:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime) or not isinstance(value, str | int | Decimal | dt.date | list):
        return None
    if isinstance(value, list):
        return ", ".join(value) or "none" if all(isinstance(each, str) for each in value) else None
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def answers_text(answers: Mapping[str, str]) -> str:
    """Return answers as a file that `read_answers` reads, to be kept until the rest is answered."""
    tables: dict[tuple[str, ...], list[str]] = {}
    for key, answer in answers.items():
        path = _path(key)
        if any(f"{key}.{name}" in answers for name in SOURCE):
            path = (*path, _ANSWER)
        depth = 1 if path[0] in {"organization", "submitter"} else 2
        row = f"{_dotted(path[depth:])} = {toml_string(answer)}"
        tables.setdefault(path[:depth], []).append(row)
    return "\n\n".join("\n".join((f"[{_dotted(table)}]", *rows)) for table, rows in tables.items()) + "\n"


def _path(key: str) -> tuple[str, ...]:
    top, _, rest = key.partition(".")
    if top in {"organization", "submitter"}:
        return (top, rest)
    second, _, field = rest.partition(".")
    if field.startswith("charges."):
        return (top, second, "charges", field.removeprefix("charges."))
    return (top, second, *field.split("."))


def _dotted(parts: tuple[str, ...]) -> str:
    return ".".join(map(toml_key, parts))
