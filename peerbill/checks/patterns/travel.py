"""Contacts in two places with too little time between them to get from one to the other."""

import datetime as dt
from fractions import Fraction
from functools import lru_cache
from statistics import median
from typing import Final

import attrs

from peerbill.checks.patterns.compare import Habit, Outlier, habit, more_often
from peerbill.checks.patterns.row import PatternRow
from peerbill.checks.patterns.thresholds import HABIT, MOVES, OTHERS, SHORT_MOVES, TRAVEL_MINUTES
from peerbill.codes import is_telehealth_place

_NO_MOVE, _BY_CODE, _BY_ADDRESS = range(3)
_Place = tuple[str, str, str]
"""ZIP code, site, place of service."""
_TRAVEL: Final = dt.timedelta(minutes=TRAVEL_MINUTES)


@attrs.frozen
class ShortMoves:
    """A peer who is often at another place without time to get there.

    Attributes:
        outlier: of the moves between places on one day, those without time.
        by_address: those of them that another ZIP code or another site shows; the others differ in the place of
            service code alone.

    """

    outlier: Outlier
    by_address: int


@attrs.define
class _Contact:
    """A contact in person, and what overlaps it: then it is not known where the peer was, and `place` is None."""

    start: dt.datetime
    end: dt.datetime
    place: _Place | None
    travel: int
    number: int


@attrs.define
class _Peer:
    last: _Contact
    before: _Contact | None = None
    moves: int = 0
    short: int = 0
    by_address: int = 0
    numbers: list[int] = attrs.field(factory=list)

    def judge(self) -> None:
        """Count the move from the contact before to the last one."""
        before, last = self.before, self.last
        if before is None or before.place is None or last.place is None or before.end.date() != last.start.date():
            return
        move = _move(before.place, last.place)
        if move == _NO_MOVE:
            return
        self.moves += 1
        if last.start - before.end + dt.timedelta(minutes=before.travel + last.travel) < _TRAVEL:
            self.short += 1
            self.by_address += move == _BY_ADDRESS
            self.numbers += (before.number, last.number)


_is_telehealth = lru_cache(maxsize=256)(is_telehealth_place)


def _move(one: _Place, other: _Place) -> int:
    """Tell what shows that two places differ; ZIP codes or sites do where both are known, and differ."""
    if one == other:
        return _NO_MOVE
    if (one[0] and other[0] and one[0] != other[0]) or (one[1] and other[1] and one[1] != other[1]):
        return _BY_ADDRESS
    return _BY_CODE if one[2] and other[2] and one[2] != other[2] else _NO_MOVE


@attrs.define
class Travel:
    """How often a peer was at another place a few minutes after the last contact, on one day and in person.

    No distance is known: places differ by ZIP code, by site or facility, or by place of service code. Words of a note
    are not compared. Travel recorded within either contact counts as time. A contact by video or telephone, and
    contacts that overlap (PB801), leave open where the peer was. Kept are the last two contacts of each peer.
    """

    _of: dict[str, _Peer] = attrs.field(factory=dict)

    def add(self, row: PatternRow, number: int) -> None:
        """Take in a session."""
        if not row.staff_id:
            return
        peer = self._of.get(row.staff_id)
        if peer is not None and row.start < peer.last.end:
            peer.last.end = max(peer.last.end, row.end)
            peer.last.place = None
            return
        in_person = row.channel in {"", "in-person"} and not _is_telehealth(row.place)
        place = (row.zip, row.site, row.place) if in_person else None
        contact = _Contact(row.start, row.end, place, row.travel_minutes, number)
        if peer is None:
            self._of[row.staff_id] = _Peer(contact)
            return
        peer.judge()
        peer.before = peer.last
        peer.last = contact

    def found(self) -> tuple[tuple[ShortMoves, ...], Habit | None]:
        """Return who moves without time more often than the others, and whether that is the habit of several."""
        peers: dict[str, _Peer] = {}
        for who, peer in self._of.items():
            peers[who] = ended = attrs.evolve(peer, numbers=peer.numbers.copy())
            ended.judge()
        counts = {who: (peer.short, peer.moves) for who, peer in peers.items()}

        def numbers(who: str) -> tuple[int, ...]:
            return tuple(dict.fromkeys(peers[who].numbers))

        found = tuple(
            ShortMoves(outlier, peers[outlier.who].by_address)
            for outlier in more_often(counts, MOVES, SHORT_MOVES, numbers)
        )
        compared = {who: Fraction(*counted) for who, counted in sorted(counts.items()) if counted[1] >= MOVES}
        if len(compared) <= OTHERS or median(compared.values()) < HABIT:
            return found, None
        often = [who for who, share in compared.items() if share >= HABIT]
        return found, habit(counts, often, len(compared), numbers)
