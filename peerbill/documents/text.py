"""What commands write, as text: keys in the order of the fields."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any

import attrs
import msgspec

from peerbill.documents.types import is_written
from peerbill.model.finding import Finding
from peerbill.model.printable import inert_json, whole

_encode = msgspec.json.Encoder().encode


def report_text(report: object) -> str:
    """Return a report, or plain values and records, as the text of a JSON file.

    A lone surrogate, as of a file name that is no UTF-8, becomes U+FFFD; controls and direction marks are escapes.
    """
    return "".join(report_parts(report))


def report_parts(report: object) -> Iterator[str]:
    """Yield the text of a report in parts, an entry of each of its lists at a time: an audit may have a million."""
    if not attrs.has(type(report)):
        yield f"{_indented(report, 0)}\n"
        return
    before = "{\n  "
    for key, value in _fields(report):
        yield f'{before}"{key}": '
        before = ",\n  "
        if not (isinstance(value, tuple | list) and value):
            yield _indented(value, 2)
            continue
        between = "[\n    "
        for item in value:
            yield between + _indented(item, 4)
            between = ",\n    "
        yield "\n  ]"
    yield "\n}\n"


def _indented(value: object, depth: int) -> str:
    """Return a value as JSON whose lines after the first are so far to the right; no text has a bare line break."""
    text = inert_json(msgspec.json.format(_encoded(value), indent=2).decode())
    return text.replace("\n", "\n" + " " * depth)


def line_text(value: object) -> str:
    """Return a value as JSON on a line, with the same signs as in `report_text`."""
    return inert_json(_encoded(value).decode())


def _encoded(value: object) -> bytes:
    plain = as_plain(value)
    try:
        return _encode(plain)
    except UnicodeEncodeError:
        return _encode(_whole(plain))


def _whole(value: object) -> object:
    """Return plain values without lone surrogates."""
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, dict):
        return {_whole(key): _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return value


_PLAIN = frozenset({str, int, bool, float, type(None), dt.date, dt.datetime, Decimal})


def as_plain(value: Any) -> object:
    """Return records as dictionaries in the order of their fields."""
    kind: Any = type(value)
    if kind in _PLAIN:
        return value
    if kind is tuple or kind is list:
        return [item if type(item) in _PLAIN else as_plain(item) for item in value]
    if _names(kind) is not None:
        return {key: item if type(item) in _PLAIN else as_plain(item) for key, item in _fields(value)}
    if isinstance(value, dict):
        return {key: as_plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [as_plain(item) for item in value]
    return value


def _fields(record: object) -> Iterator[tuple[str, Any]]:
    """Yield each key and value of a record; a finding has `missing` where a value is missing."""
    left_out = isinstance(record, Finding) and not record.missing
    cls: Any = type(record)
    for key, name in _names(cls) or ():
        if not (left_out and key == "missing"):
            yield key, getattr(record, name)


@cache
def _names(cls: type[Any]) -> tuple[tuple[str, str], ...] | None:
    """Return the key and the name of each field that documents have; None for what is no record."""
    if not attrs.has(cls):
        return None
    return tuple((field.name.rstrip("_"), field.name) for field in attrs.fields(cls) if is_written(field))
