"""What a pattern sees of an encounter: plain values, so that a million of them pass through in one stream."""

import datetime as dt

import attrs

from peerbill.model.quick import quick


@quick
@attrs.frozen
class PatternRow:
    """One encounter, as patterns see it. Times are local, without offset; what is not known is "" or None.

    Attributes:
        encounter_id: the encounter.
        staff_id: the peer who gave the service.
        member_id: whom it was given to.
        start: when it began.
        end: when it ended; after `start`.
        minutes: billable minutes.
        units: billed or billable units.
        unit_minutes: minutes of a unit, None where a unit is not a stretch of minutes.
        rounding: how a part of a unit is rounded, a word of `ROUNDINGS`.
        by_day: whether the minutes of a day are added before they are rounded, None where that is not known.
        daily_units: the most units of a day that the programme pays for the service.
        mode: one-to-one (`individual`) or `group`.
        hcpcs: the procedure code.
        place: place of service.
        channel: `in-person`, `video` or `audio`.
        zip: the first five digits of where it was: of the facility, of the member's home, or of the agency's site.
        site: the facility, or the site of the agency.
        location: where it was, in words of the note.
        activity: what was done, in words of the note.
        travel_minutes: travel that was recorded between start and end.
        group_id: the group session.
        group_size: how many took part.
        note: intervention, response and next step, each on a line; not the goal, which the plan gives.
        names: words of the note that are names of the member or of the peer.
        created_at: when the note was written first.
        edited_at: when it was last changed.
        signed_at: when it was signed.

    """

    encounter_id: str
    staff_id: str
    member_id: str
    start: dt.datetime
    end: dt.datetime
    minutes: int | None = None
    units: int | None = None
    unit_minutes: int | None = None
    rounding: str = ""
    by_day: bool | None = None
    daily_units: int | None = None
    mode: str = ""
    hcpcs: str = ""
    place: str = ""
    channel: str = ""
    zip: str = attrs.field(default="", repr=False)
    site: str = ""
    location: str = ""
    activity: str = ""
    travel_minutes: int = 0
    group_id: str = ""
    group_size: int | None = None
    note: str = attrs.field(default="", repr=False)
    names: frozenset[str] = attrs.field(default=frozenset(), repr=False)
    created_at: dt.datetime | None = None
    edited_at: dt.datetime | None = None
    signed_at: dt.datetime | None = None


def length(row: PatternRow) -> int:
    """Return the billable minutes of a contact; where they are not known, those from start to end."""
    return int((row.end - row.start).total_seconds()) // 60 if row.minutes is None else row.minutes
