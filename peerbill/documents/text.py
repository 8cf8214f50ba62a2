"""What commands write, as text: keys in the order of the fields."""

from typing import Any

import attrs
import msgspec

from peerbill.documents.types import is_written
from peerbill.model.finding import Finding
from peerbill.model.printable import inert_json, whole


def report_text(report: object) -> str:
    """Return a report, or plain values and records, as the text of a JSON file.

    A lone surrogate, as of a file name that is no UTF-8, becomes U+FFFD; controls and direction marks are escapes.
    """
    plain = as_plain(report)
    try:
        encoded = msgspec.json.encode(plain)
    except UnicodeEncodeError:
        encoded = msgspec.json.encode(_whole(plain))
    return inert_json(msgspec.json.format(encoded, indent=2).decode()) + "\n"


def _whole(value: object) -> object:
    """Return plain values without lone surrogates."""
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, dict):
        return {_whole(key): _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return value


def as_plain(value: Any) -> object:
    """Return records as dictionaries in the order of their fields; a finding has `missing` where a value is missing."""
    if attrs.has(type(value)):
        plain = {
            field.name.rstrip("_"): as_plain(getattr(value, field.name))
            for field in attrs.fields(type(value))
            if is_written(field)
        }
        if isinstance(value, Finding) and not value.missing:
            del plain["missing"]
        return plain
    if isinstance(value, dict):
        return {key: as_plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [as_plain(item) for item in value]
    return value
