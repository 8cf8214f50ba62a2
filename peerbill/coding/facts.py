"""A digest of what the tables say of each member and each staff member, as far as it can matter up to a day."""

import datetime as dt
import hashlib
import operator
from collections import defaultdict
from collections.abc import Iterator, Mapping

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
_BEGINS: Mapping[str, str] = {
    "supervision": "date",
    "screenings": "list_date",
    "coverage": "from_",
    "plans": "effective_on",
    "authorizations": "from_",
    "assessments": "date",
}
"""Tables whose rows say nothing of a service before they begin, and the field that says when.

No other table is one of them. A later training counts: with the first row of initial training, hours of certificates no
longer do, and the term for which continuing education is due may end long after a service.
"""
_WHOM = ("member_id", "staff_id")
_MODULUS = 1 << 64
_encode = msgspec.json.Encoder(enc_hook=lambda value: dict(value) if isinstance(value, Mapping) else str(value)).encode


def facts(records: Records, until: dt.date) -> Mapping[Key, int]:
    """Return a digest of the rows that name a person, of every table but `encounters`.

    `until` is the last day on which a row may begin and matter to the services that are asked about
    (`latest_that_matters`). A row that begins later has no part in it, where its table is one whose rows begin; one
    without its beginning has, and so has the result of a comparison with a list of excluded persons, unless it is
    clear. The order of rows is nothing.
    """
    found: dict[Key, int] = defaultdict(int)
    for table in _TABLES:
        rows = getattr(records, table)
        if not rows:
            continue
        begins = _BEGINS.get(table)
        values_of = operator.attrgetter(*(field.name for field in attrs.fields(type(rows[0]))))
        for row in rows:
            if begins is not None and _begins_after(row, begins, until):
                continue
            digest = hashlib.blake2b(_encode((table, values_of(row))), digest_size=8).digest()
            for key in _keys(row):
                found[key] = (found[key] + int.from_bytes(digest, "big")) % _MODULUS
    return dict(found)


def _begins_after(row: object, field: str, until: dt.date) -> bool:
    if isinstance(row, Screening) and row.result != "clear":
        return False
    begins: dt.date | None = getattr(row, field)
    return begins is not None and begins > until


def _keys(row: object) -> Iterator[Key]:
    named = False
    for column in _WHOM:
        if id_ := getattr(row, column, ""):
            yield column, id_
            named = True
    npi = "" if named else compact(getattr(row, "npi", ""))
    if not named:
        yield ("npi", npi) if npi else ("", "")
