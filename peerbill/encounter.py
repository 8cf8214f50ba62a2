"""A documented contact between a peer and a member."""

import datetime as dt
import hashlib
import operator

import attrs
import msgspec

DateTime = dt.datetime


@attrs.frozen
class Encounter:
    """One row of the table `encounters`: who, when, where, what, and its note. Times are local, without offset.

    A blank text is "", a blank time, number or yes/no is None. `line` is the row's line in its file.
    """

    encounter_id: str
    member_id: str = ""
    staff_id: str = ""
    service: str = ""
    start: DateTime | None = None
    end: DateTime | None = None
    place: str = ""
    channel: str = ""
    diagnoses: tuple[str, ...] = attrs.field(default=(), repr=False)
    payer: str = ""
    programme: str = ""
    group_id: str = ""
    group_size: int | None = None
    facilitators: tuple[str, ...] = ()
    support_type: str = ""
    activity: str = ""
    plan_id: str = ""
    goal: str = attrs.field(default="", repr=False)
    intervention: str = attrs.field(default="", repr=False)
    response: str = attrs.field(default="", repr=False)
    next_step: str = attrs.field(default="", repr=False)
    location: str = attrs.field(default="", repr=False)
    signed_by: tuple[str, ...] = ()
    signed_at: DateTime | None = None
    cosigned_by: tuple[str, ...] = ()
    cosigned_at: DateTime | None = None
    break_minutes: int | None = None
    travel_minutes: int | None = None
    billed_units: int | None = None
    voluntary: bool | None = None
    created_at: DateTime | None = None
    edited_at: DateTime | None = None
    line: int = attrs.field(default=0, eq=False)


_FIELDS = tuple(field.name for field in attrs.fields(Encounter) if field.name != "line")
_encode = msgspec.json.Encoder().encode
_values = operator.attrgetter(*_FIELDS)


def fingerprint(encounter: Encounter) -> str:
    """Return the SHA-256, in hex, of all that an encounter says: another one means that the row was changed.

    Blank fields are left out, so that a column which a later version adds changes nothing.
    """
    said = [(name, value) for name, value in zip(_FIELDS, _values(encounter), strict=True) if value or value is False]
    return hashlib.sha256(_encode(said)).hexdigest()
