"""A documented contact between a peer and a member."""

import datetime as dt
import hashlib
import operator
from itertools import compress

import attrs
import msgspec

from peerbill.model.quick import quick

DateTime = dt.datetime


@quick
@attrs.frozen
class Encounter:
    """One row of the table `encounters`: who, when, where, what, and its note. Times are local, without offset.

    A blank text is "", a blank time, number or yes/no is None. `start_offset` and `end_offset` are minutes from UTC:
    both are given where start or end is on a day on which the clocks change and the row had offsets, since local times
    alone do not show how long such a contact was; elsewhere None. `facility` is a `place_id` of the table `places`,
    `delay_reason` why the claim is late (CLM20), `attachment_*` what goes to the payer beside it (PWK). `site` is a key
    of `[sites]`; blank, it is that of the staff member. `line` is the row's line in its file.
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
    facility: str = ""
    delay_reason: str = ""
    attachment_type: str = ""
    attachment_transmission: str = ""
    attachment_control: str = attrs.field(default="", repr=False)
    site: str = ""
    start_offset: int | None = None
    end_offset: int | None = None
    line: int = attrs.field(default=0, eq=False)


@attrs.frozen
class Standing:
    """What was known of encounters when they were read: `ids` are those that stand on a claim as they are.

    `ledger` is the hash of the last entry of the ledger's trail then: with another, nothing of it holds.
    """

    ids: frozenset[str]
    ledger: str


class ReadEncounters(tuple[Encounter, ...]):  # noqa: SLOT001  # a tuple takes no slots, and this has a field
    """Encounters that came through the readers: each field holds what it can, and no two have one id.

    Any other tuple of encounters, also a part of these, was put together in code, and is looked at before it is used.
    `standing` is what is known of these very encounters, None where nothing is.
    """

    standing: Standing | None = None

    def with_standing(self, standing: Standing) -> "ReadEncounters":
        """Return the same encounters with what is known of them."""
        marked = ReadEncounters(self)
        marked.standing = standing
        return marked


def duration(encounter: Encounter) -> dt.timedelta | None:
    """Return the time from start to end, by instants where offsets are given; None without both, or if not positive."""
    if encounter.start is None or encounter.end is None:
        return None
    found = encounter.end - encounter.start
    if encounter.start_offset is not None and encounter.end_offset is not None:
        found -= dt.timedelta(minutes=encounter.end_offset - encounter.start_offset)
    return found if found > _NO_TIME else None


_NO_TIME = dt.timedelta()
_FIELDS = tuple(field.name for field in attrs.fields(Encounter) if field.name != "line")
_encode = msgspec.json.Encoder().encode
_values = operator.attrgetter(*_FIELDS)


def fingerprint(encounter: Encounter) -> str:
    """Return the SHA-256, in hex, of an encounter's values: another digest means that the row was changed.

    Blank fields are left out, so that a column which a later version adds changes nothing.
    """
    values = _values(encounter)
    # A "no" is an answer, and no blank: `voluntary` is the only field that may have it.
    answers = values if encounter.voluntary is not False else [value or value is False for value in values]
    return hashlib.sha256(_encode(list(compress(zip(_FIELDS, values, strict=True), answers)))).hexdigest()
