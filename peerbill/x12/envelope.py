"""What every file that we write has around its transaction sets: who sends, who receives, when, and its numbers."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from peerbill.model.claim import Payer
from peerbill.model.errors import X12Error
from peerbill.model.records import Settings
from peerbill.x12.charset import fold
from peerbill.x12.elements import Segment
from peerbill.x12.rules837p import settings_problems
from peerbill.x12.segments import GroupHeader, GroupTrailer, InterchangeHeader, InterchangeTrailer, encode

_MAXIMUM_CONTROL = 999_999_999


class Sides(NamedTuple):
    """Sender and receiver of an interchange (ISA05 to ISA08) and of its group (GS02, GS03), as written."""

    sender_qualifier: str
    sender: str
    receiver_qualifier: str
    receiver: str
    group_sender: str
    group_receiver: str


def sides(payer: Payer, settings: Settings) -> Sides:
    """Return who sends and who receives: the payer's own keys, else the submitter's and the receiver's id.

    Control numbers must not repeat for a sender and receiver.
    """
    envelope, group = payer.interchange, payer.group
    return Sides(
        envelope.sender_qualifier,
        fold(envelope.sender_id or settings.submitter.id, "interchange.sender_id", 15),
        envelope.receiver_qualifier,
        fold(envelope.receiver_id or payer.receiver.id, "interchange.receiver_id", 15),
        fold(group.sender or settings.submitter.id, "group.sender", 15),
        fold(group.receiver or payer.receiver.id, "group.receiver", 15),
    )


def refuse_unsound(payer: Payer, settings: Settings, isa13: int) -> None:
    """Raise X12Error for settings that cannot be written, with every reason, and for a control number too long."""
    problems = settings_problems(settings, payer)
    if problems:
        raise X12Error("; ".join(map(str, problems)))
    refuse_number(isa13)


def refuse_number(isa13: int) -> None:
    """Raise X12Error for a number that is no interchange control number: ISA13 has nine digits."""
    if not 1 <= isa13 <= _MAXIMUM_CONTROL:
        raise X12Error("ISA13: an interchange control number is 1 to 999999999")


def opening_segments(
    payer: Payer, settings: Settings, as_of: dt.date, isa13: int, version: str
) -> tuple[Segment, Segment]:
    """Return ISA and GS of a file of claims; `version` is GS08."""
    between = sides(payer, settings)
    group = GroupHeader(between.group_sender, between.group_receiver, as_of, time_of_day(isa13), isa13, version=version)
    return interchange_header(payer, settings, as_of, isa13), group


def interchange_header(payer: Payer, settings: Settings, as_of: dt.date, isa13: int) -> InterchangeHeader:
    """Return ISA: a test or a production file, as the payer's `mode` says."""
    between = sides(payer, settings)
    return InterchangeHeader(
        between.sender,
        between.receiver,
        as_of,
        time_of_day(isa13),
        isa13,
        "1" if payer.interchange.acknowledgment else "0",
        "P" if payer.mode == "production" else "T",
        between.sender_qualifier,
        between.receiver_qualifier,
    )


def closing_segments(transactions: int, isa13: int) -> tuple[Segment, Segment]:
    """Return GE, with the number of transaction sets, and IEA."""
    return GroupTrailer(transactions, isa13), InterchangeTrailer(1, isa13)


def encoded(segments: Iterable[Segment]) -> str:
    """Return the text of segments."""
    return "".join(map(encode, segments))


def day_text(day: dt.date) -> str:
    """Return a day as X12 writes it: CCYYMMDD."""
    return day.isoformat().replace("-", "")


def time_of_day(isa13: int) -> str:
    """Return HHMM made from the control number, so that the same input gives the same bytes."""
    hours, minutes = divmod(isa13 % 1440, 60)
    return f"{hours:02d}{minutes:02d}"
