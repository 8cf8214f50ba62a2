"""PB806: what looks like one group, entered as one-to-ones that follow each other or are at one time.

Of a peer's day, contacts in a row are kept: one-to-ones with different members at one place, each beginning where the
one before ends or with it, and of one length. Once the words of all notes are known, parts of such rows are judged: by
their notes, or by activity, location and length where these are not the peer's habit.
"""

import datetime as dt
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Final
from zlib import crc32

import attrs

from peerbill.checks.base import Problem, check
from peerbill.checks.patterns import thresholds
from peerbill.checks.patterns.row import PatternRow
from peerbill.model.finding import Severity
from peerbill.model.quick import quick
from peerbill.model.sentence import Figure, say

if TYPE_CHECKING:
    from peerbill.checks.patterns.copied_notes import NoteTexts
    from peerbill.checks.patterns.seen import Seen

MOST_KINDS: Final = 512
"""Activities with a location of a peer that are counted."""
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001  # recorded times are local, without offset
_MINUTE = dt.timedelta(minutes=1)
_ONE_TO_ONE = frozenset({"", "individual"})


@quick
@attrs.frozen
class Contact:
    """A one-to-one of a row.

    Attributes:
        number: of the encounter's row.
        kind: activity and location as one number, 0 where no activity is recorded.
        start: when it began, in minutes.
        minutes: from start to end.

    """

    number: int
    kind: int
    start: int
    minutes: int


@attrs.define
class _Peer:
    """A peer: the row at each place of the current day, with its members; and what the contacts of all days are like.

    Of activities with a location, the first `MOST_KINDS` are counted: what comes later is rare.
    """

    day: dt.date
    rows: dict[tuple[str, str], tuple[list[Contact], set[str]]] = attrs.field(factory=dict)
    kinds: Counter[int] = attrs.field(factory=Counter)
    minutes: Counter[int] = attrs.field(factory=Counter)
    contacts: int = 0
    days: int = 1

    def count(self, contact: Contact) -> None:
        """Count a contact among those of its kind, and of its length."""
        self.contacts += 1
        self.minutes[contact.minutes] += 1
        if contact.kind in self.kinds or len(self.kinds) < MOST_KINDS:
            self.kinds[contact.kind] += 1

    def as_long(self, minutes: int) -> int:
        """Return how many contacts are as long, within what makes lengths equal."""
        most = thresholds.GROUP_GAP_MINUTES
        return sum(self.minutes[minutes + more] for more in range(-most, most + 1))


@attrs.define
class ContactRows:
    """The one-to-ones in a row of each peer's days: different members, one place, one after the other, equally long.

    The rows of days that are over are kept one after the other, as numbers.
    """

    peers: dict[str, _Peer] = attrs.field(factory=dict)
    numbers: "array[int]" = attrs.field(factory=lambda: array("I"))
    kinds: "array[int]" = attrs.field(factory=lambda: array("Q"))
    starts: "array[int]" = attrs.field(factory=lambda: array("I"))
    minutes: "array[int]" = attrs.field(factory=lambda: array("H"))
    sizes: "array[int]" = attrs.field(factory=lambda: array("H"))
    staff: list[str] = attrs.field(factory=list)

    def add(self, row: PatternRow, number: int) -> None:
        """Take in a contact: at the end of the row of its place, or as the first of another."""
        if not row.staff_id or row.group_id or row.mode not in _ONE_TO_ONE:
            return
        day = row.start.date()
        peer = self.peers.get(row.staff_id)
        if peer is None:
            peer = self.peers[row.staff_id] = _Peer(day)
        elif peer.day != day:
            for contacts, _ in peer.rows.values():
                self._keep(row.staff_id, contacts)
            peer.rows = {}
            peer.day = day
            peer.days += 1
        contact = Contact(number, _kind(row), (row.start - _EPOCH) // _MINUTE, (row.end - row.start) // _MINUTE)
        peer.count(contact)
        place = (row.place, row.site)
        contacts, members = peer.rows.setdefault(place, ([], set()))
        if contacts and (row.member_id in members or not _follows(contacts, contact)):
            self._keep(row.staff_id, contacts)
            contacts, members = peer.rows[place] = ([], set())
        contacts.append(contact)
        members.add(row.member_id)

    def _keep(self, staff_id: str, contacts: Sequence[Contact]) -> None:
        if len(contacts) < 2:  # one is no row
            return
        self.staff.append(staff_id)
        self.sizes.append(len(contacts))
        for contact in contacts:
            self.numbers.append(contact.number)
            self.kinds.append(contact.kind)
            self.starts.append(contact.start)
            self.minutes.append(contact.minutes)

    def rows(self) -> Iterator[tuple[str, list[Contact]]]:
        """Yield the peer and the contacts of each row, those of each peer's last day at the end."""
        contacts = map(Contact, self.numbers, self.kinds, self.starts, self.minutes)
        for staff_id, size in zip(self.staff, self.sizes, strict=True):
            yield staff_id, list(islice(contacts, size))
        for staff_id, peer in self.peers.items():
            for row, _ in peer.rows.values():
                if len(row) > 1:
                    yield staff_id, row


def _kind(row: PatternRow) -> int:
    """Return what activity and location make of a contact, 0 where no activity is recorded."""
    if not row.activity:
        return 0
    key = f"{row.activity.casefold()}\n{row.location.casefold()}\n{row.place}\n{row.site}"
    return crc32(key.encode()) + 1


def _follows(contacts: Sequence[Contact], contact: Contact) -> bool:
    """Tell whether a contact goes on with a row: it begins where the last ends, or with it, and is as long."""
    first, last, most = contacts[0], contacts[-1], thresholds.GROUP_GAP_MINUTES
    adjoins = 0 <= contact.start - last.start - last.minutes <= most or contact.start - last.start <= most
    return adjoins and abs(contact.minutes - first.minutes) <= most


@attrs.frozen
class LikelyGroup:
    """A part of a row that looks like one group.

    Attributes:
        staff_id: the peer.
        contacts: the contacts of the part.
        alike: the least part of the words that two notes of it share, one after the other; None where it is not by its
            notes that it looks like a group.
        usual: how many other contacts of the peer have the activity and location.
        as_long: how many other contacts of the peer are as long.

    """

    staff_id: str
    contacts: tuple[Contact, ...]
    alike: Fraction | None
    usual: int = 0
    as_long: int = 0

    @property
    def day(self) -> int:
        """The day, as a number."""
        return self.contacts[0].start // (24 * 60)

    @property
    def is_enough(self) -> bool:
        """Whether they are enough for a group: several in a row, or two at one time."""
        apart = self.contacts[-1].start - self.contacts[0].start
        return len(self.contacts) >= thresholds.GROUP_MEMBERS or apart <= thresholds.GROUP_GAP_MINUTES


def likely_groups(seen: ContactRows, texts: "NoteTexts") -> Iterator[LikelyGroup]:
    """Yield the parts of rows that look like one group, by their notes or else by what they have in common."""
    for staff_id, row in seen.rows():
        alike = texts.alike([contact.number for contact in row])
        taken: set[int] = set()
        for begin, end in _parts([shared is not None and shared >= thresholds.GROUP_NOTES for shared in alike]):
            least = min(shared for shared in alike[begin : end - 1] if shared is not None)
            part = LikelyGroup(staff_id, tuple(row[begin:end]), least)
            if part.is_enough or least >= thresholds.SIMILAR:
                taken.update(range(begin, end))
                yield part
        for begin, end in _parts([one.kind == other.kind != 0 for one, other in pairwise(row)]):
            if taken.isdisjoint(range(begin, end)):
                yield from _by_habit(seen.peers[staff_id], staff_id, row[begin:end])


def _by_habit(peer: _Peer, staff_id: str, contacts: Sequence[Contact]) -> Iterator[LikelyGroup]:
    """Yield contacts of one activity and location, unless the peer has many such contacts."""
    count = len(contacts)
    usual = max(peer.kinds[contacts[0].kind] - count, 0)
    as_long = max(peer.as_long(contacts[0].minutes) - count, 0)
    part = LikelyGroup(staff_id, tuple(contacts), None, usual, as_long)
    chance = Fraction(usual * as_long, peer.contacts**2) ** (count - 1)
    if part.is_enough and chance <= thresholds.GROUP_CHANCE:
        yield part


def _parts(joined: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Yield where the longest parts begin and end in which each is joined to the next.

    >>> list(_parts([True, True, False, True]))
    [(0, 3), (3, 5)]
    """
    begin = 0
    for place, is_joined in enumerate((*joined, False)):
        if not is_joined:
            if place > begin:
                yield begin, place + 1
            begin = place + 1


@check("PB806", scope="pattern")
def group_is_billed_as_a_group(seen: "Seen") -> Iterator[Problem]:
    """A group was not billed as one-to-ones, back to back or at one time.

    Why it matters: a group pays less for each member than a one-to-one, and a peer who was with all of them at once
    gave one hour and not several. The press in Minnesota reported a group outing from 4 to 6 that was entered as
    one-to-ones from 12 to 2, 2 to 4 and 4 to 6.

    Passes: two appointments in a row at one site; three in a row with a note of their own each, where many of the
    peer's contacts are of this activity, location and length; gaps of 6 minutes; lengths that differ by 6.

    Fails: one-to-ones with 3 members or more at one place, on one day, with gaps of 5 minutes at most and equal lengths
    (5 minutes more or less), if their notes share half of their words, one after the other; or if activity, location
    and length are the same and the peer hardly has such contacts else. 2 members are enough where the contacts begin
    together, or where the notes are near copies (PB208). It is a warning.
    """
    found = sorted(likely_groups(seen.contacts, seen.texts), key=lambda part: part.contacts[0].number)
    days = Counter(staff_id for staff_id, _ in {(part.staff_id, part.day) for part in found})
    total = sum(peer.days for peer in seen.contacts.peers.values())
    for part in found:
        peer = seen.contacts.peers[part.staff_id]
        values: dict[str, Figure] = {
            "count": len(part.contacts),
            "staff_id": part.staff_id,
            "first": _EPOCH + part.contacts[0].start * _MINUTE,
            "last": _EPOCH + max(contact.start + contact.minutes for contact in part.contacts) * _MINUTE,
            "minutes": sum(contact.minutes for contact in part.contacts),
            "days": days[part.staff_id],
            "total": peer.days,
            "all": days.total(),
            "agency": total,
        }
        yield Problem(
            severity=Severity.WARNING,
            encounter_ids=tuple(sorted(seen.ids[contact.number] for contact in part.contacts)),
            where="encounters.service",
            message=say(
                "group-by-notes",
                "{count} one-to-ones of {staff_id} with as many members, at one place from {first} to {last}, come to"
                " {minutes} minutes, and their notes share {alike}% of their words or more: this looks like a group;"
                " so do {days} of {total} days of {staff_id}, and {all} of {agency} of all peers",
                alike=int(part.alike * 100),
                **values,
            )
            if part.alike is not None
            else say(
                "group-by-times",
                "{count} one-to-ones of {staff_id} with as many members, at one place from {first} to {last}, come to"
                " {minutes} minutes, equally long and with one activity and location: this looks like a group; of the"
                " peer's {others} other contacts, {usual} have this activity and location and {as_long} this length;"
                " so do {days} of {total} days of {staff_id} look, and {all} of {agency} of all peers",
                others=peer.contacts - len(part.contacts),
                usual=part.usual,
                as_long=part.as_long,
                **values,
            ),
            fix="Ask the peer who was there at once; enter a group as such, with its group_id, and bill it as a group.",
            staff_id=part.staff_id,
        )
