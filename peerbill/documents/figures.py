"""Figures, which are of several types, in JSON: what a step of an explanation names, and a value that is doubted.

A whole number, true, false and null are themselves, as is a text. An amount, a day and a time are text in their own
form, as everywhere in a document: "48.00", "2026-03-02", "2026-03-02T10:00:00". A text that has one of these forms is
`{"text": "48.00"}`, an amount without a point `{"decimal": "48"}`, so that each comes back as what it was.
"""

import datetime as dt
import re
from decimal import Decimal
from typing import Any

from peerbill.documents.types import DAY, DECIMAL, TIME

_FORMS = {kind: re.compile(form) for kind, form in {"amount": r"-?[0-9]+\.[0-9]+", "day": DAY, "time": TIME}.items()}
_DECIMAL = re.compile(DECIMAL)

_PLAIN: dict[str, Any] = {"type": ["integer", "boolean", "string", "null"]}
_TAGGED: dict[str, Any] = {
    "type": "object",
    "properties": {"text": {"type": "string"}, "decimal": {"type": "string", "pattern": f"^{DECIMAL}$"}},
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": False,
}
SCHEMA_OF_FIGURE: dict[str, Any] = {
    "description": "A whole number, a word, an id, an amount, a day, a time, or several of these.",
    "anyOf": [_PLAIN, _TAGGED, {"type": "array", "items": {"$ref": "#/$defs/Figure"}}],
}


def write_figure(value: Any) -> Any:
    """Return a figure as JSON has it. TypeError: it is none."""
    if isinstance(value, tuple | list):
        return [write_figure(one) for one in value]
    if isinstance(value, str):
        text = str(value)
        return text if read_text(text) is text else {"text": text}
    if isinstance(value, Decimal):
        return str(value) if _FORMS["amount"].fullmatch(str(value)) else {"decimal": str(value)}
    if isinstance(value, dt.date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int):
        return value
    raise TypeError(f"{type(value).__name__} has no place in a document")


def read_figure(value: Any) -> Any:
    """Return a figure that JSON has. ValueError: it is none."""
    match value:
        case None | bool() | int():
            return value
        case str():
            return read_text(value)
        case list():
            return tuple(read_figure(one) for one in value)
        case {"text": str(text), **rest} if not rest:
            return text
        case {"decimal": str(text), **rest} if not rest and _DECIMAL.fullmatch(text):
            return Decimal(text)
    raise ValueError("no figure")


def read_text(text: str) -> Decimal | dt.date | str:
    """Return the amount, day or time that a text is the form of, else the text."""
    if _FORMS["amount"].fullmatch(text):
        return Decimal(text)
    try:
        if _FORMS["day"].fullmatch(text):
            return dt.date.fromisoformat(text)
        return dt.datetime.fromisoformat(text) if _FORMS["time"].fullmatch(text) else text
    except ValueError:
        return text
