"""What commands write, as text: keys in the order of the fields."""

from typing import Any

import attrs
import msgspec

from peerbill.documents.types import is_written
from peerbill.model.finding import Finding


def report_text(report: object) -> str:
    """Return a report, or plain values and records, as the text of a JSON file."""
    return msgspec.json.format(msgspec.json.encode(as_plain(report)), indent=2).decode() + "\n"


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
