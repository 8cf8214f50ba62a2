"""A digest of what the tables say of each member and each staff member, up to a day."""

import datetime as dt
import hashlib
import operator
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import msgspec

from peerbill.model.ids import compact
from peerbill.model.people import Screening
from peerbill.model.records import Records

Key = tuple[str, str]
"""A column and an id in it: member_id, staff_id or npi; both "" for a row that names nobody."""

_TABLES = tuple(
    field.name
    for field in attrs.fields(Records)
    if field.default == ()
    and field.name not in {"encounters", "rejected", "problems", "notices", "holds", "unused_rows"}
)
_WHOM = ("member_id", "staff_id")
_MODULUS = 1 << 64
_encode = msgspec.json.Encoder(enc_hook=lambda value: dict(value) if isinstance(value, Mapping) else str(value)).encode


def facts(records: Records, before: dt.date) -> Mapping[Key, int]:
    """Return a digest of the rows that name a person, of every table but `encounters`.

    A row all of whose days are `before` or later says nothing of services from before that day, and has no part in it;
    the result of a comparison with a list of excluded persons has, unless it is clear. The order of rows is nothing.
    """
    found: dict[Key, int] = defaultdict(int)
    for table in _TABLES:
        rows = getattr(records, table)
        if not rows:
            continue
        values_of = operator.attrgetter(*(field.name for field in attrs.fields(type(rows[0]))))
        for row in rows:
            values = values_of(row)
            if _begins_later(row, values, before):
                continue
            digest = hashlib.blake2b(_encode((table, values)), digest_size=8).digest()
            for key in _keys(row):
                found[key] = (found[key] + int.from_bytes(digest, "big")) % _MODULUS
    return dict(found)


def _begins_later(row: object, values: tuple[Any, ...], before: dt.date) -> bool:
    if isinstance(row, Screening) and row.result != "clear":
        return False
    days = [value.date() if isinstance(value, dt.datetime) else value for value in values if isinstance(value, dt.date)]
    return bool(days) and min(days) >= before


def _keys(row: object) -> Iterator[Key]:
    named = False
    for column in _WHOM:
        if id_ := getattr(row, column, ""):
            yield column, id_
            named = True
    npi = "" if named else compact(getattr(row, "npi", ""))
    if not named:
        yield ("npi", npi) if npi else ("", "")
