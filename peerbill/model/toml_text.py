"""TOML to values and the fault of a text that is none; texts and keys as TOML has them."""

import re
import tomllib
from decimal import Decimal, InvalidOperation
from typing import Any

from peerbill.model.errors import UnusableInputError

_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]#]+?)\s*\]")
_KEY = re.compile(r"\s*([A-Za-z0-9_.\"'-]+?)\s*=")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ENDLESS = re.compile(r"[0-9][0-9_]{4299}|[eE][+-]?[0-9_]{18}")
"""A number of more digits, or with a higher exponent, than Python makes a number of."""
HALF_CHARACTER = "expected text, found half a character (a lone surrogate). Write whole characters"
_COLLIDES = ("Cannot overwrite", "Cannot declare", "Cannot mutate", "Cannot redefine")


def load_toml(text: str, name: str) -> dict[str, Any]:
    """Return the values of a text, floats as Decimal; `name` is how messages call it.

    Raises UnusableInputError, with the line, where it is not TOML.
    """
    if line := half_character(text):
        raise UnusableInputError(f"{name} line {line}: {HALF_CHARACTER}.")
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except (ValueError, InvalidOperation) as error:
        line, what = why_not_toml(text, error)
        raise UnusableInputError(f"{name} line {line}: {what}.") from None
    except RecursionError:
        raise UnusableInputError(f"{name}: nested too deeply to be read. Write tables as [NAME].") from None


def toml_string(text: str) -> str:
    r"""Return a text as TOML has it.

    >>> print(toml_string('5" of\n rain'))
    "5\" of\u000a rain"
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(sign if sign >= " " and sign != "\x7f" else f"\\u{ord(sign):04x}" for sign in escaped) + '"'


def toml_key(key: str) -> str:
    """Return a part of a key as TOML has it, in quotation marks where it needs them."""
    return key if _BARE.fullmatch(key) else toml_string(key)


def half_character(text: str) -> int:
    """Return the line (from 1) of the first half of a character in a text that is no file's, 0 where there is none."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return text.count("\n", 0, error.start) + 1
    return 0


def why_not_toml(text: str, error: Exception) -> tuple[int, str]:
    """Return the line (from 1) and a sentence without its full stop, from the error that `tomllib` raised."""
    if not isinstance(error, tomllib.TOMLDecodeError):
        endless = _ENDLESS.search(text)
        line = text.count("\n", 0, endless.start()) + 1 if endless else 1
        return line, "this number has too many digits. Correct the line"
    message = str(error)
    at = _PLACE.search(message)
    last_line = text.rstrip().count("\n") + 1
    line = int(at[1]) if at and at[1] else last_line if at else 1
    if message.startswith(_COLLIDES) and (collision := _collision(text.splitlines()[:line])):
        return line, collision
    what = _PLACE.sub("", message)
    return line, f"this is not TOML: {what[:1].lower()}{what[1:]}. Correct the line"


def _collision(lines: list[str]) -> str:
    """Return what the last of these lines collides with, or "" where no earlier line is found."""
    if not lines:
        return ""
    headers = [
        (number, header[1], header[2].split("."))
        for number, line in enumerate(lines, start=1)
        if (header := _HEADER.match(line))
    ]
    if not _HEADER.match(lines[-1]):
        return _repeated_key(lines, headers[-1][0] if headers else 0)
    _, brackets, path = headers.pop()
    for number, others, other in headers:
        there = _written(others, other)
        if other == path and others != brackets:
            return (
                f"{_written(brackets, path)} is {there} in line {number}: write both with the same brackets, "
                "[[ ]] for rows and [ ] for a table that is there once"
            )
        if other == path and brackets == "[":
            return f"{there} is in line {number} already: move these keys there, or delete one of the two"
        if other[: len(path)] == path:
            here = _written(brackets, path)
            return f"{here} has no name, and line {number} has one, {there}: write {_written(others, [*path, 'NAME'])}"
    return ""


def _written(brackets: str, path: list[str]) -> str:
    return f"{brackets}{'.'.join(path)}{']' * len(brackets)}"


def _repeated_key(lines: list[str], header: int) -> str:
    last = _KEY.match(lines[-1])
    for number, line in enumerate(lines[header:-1], start=header + 1):
        if last and (key := _KEY.match(line)) and key[1] == last[1]:
            return f"{key[1]} is in line {number} already: keep one of the two"
    return ""
