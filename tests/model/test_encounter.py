"""The fingerprint of an encounter, against a plain definition of it."""

import datetime as dt
import hashlib
from typing import Any

import attrs
import msgspec
import pytest

from peerbill.model.encounter import Encounter, fingerprint


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"voluntary": True},
        {"voluntary": False},
        {"voluntary": False, "start": dt.datetime(2026, 3, 2, 9), "diagnoses": ("F11.20",), "break_minutes": 0},
        {"group_size": 0, "billed_units": 3, "signed_at": dt.datetime(2026, 3, 2, 9, 30, 15), "line": 7},
    ],
)
def test_a_fingerprint_is_of_what_is_filled_in_and_a_no_is(values: dict[str, Any]) -> None:
    encounter = Encounter("E1", **values)
    filled = [
        (field.name, value)
        for field in attrs.fields(Encounter)
        if field.name != "line" and ((value := getattr(encounter, field.name)) or value is False)
    ]

    assert fingerprint(encounter) == hashlib.sha256(msgspec.json.encode(filled)).hexdigest()
