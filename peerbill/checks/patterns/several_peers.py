"""Members who are seen by many peers in a day, a week or a month."""

import datetime as dt
from collections import Counter
from typing import Any, Final

import attrs

from peerbill.checks.patterns.chance import middle_of
from peerbill.checks.patterns.row import PatternRow
from peerbill.checks.patterns.thresholds import (
    MEMBER_PERIODS,
    PEERS_OF_A_DAY,
    PEERS_OF_A_MONTH,
    PEERS_OF_A_WEEK,
    PEERS_TIMES,
)

LEAST: Final = {"day": PEERS_OF_A_DAY, "week": PEERS_OF_A_WEEK, "month": PEERS_OF_A_MONTH}
"""How many peers in each period are many."""


@attrs.frozen
class ManyPeers:
    """A member with many peers; of several days, weeks or months, the first with the most.

    Attributes:
        member_id: the member.
        period: `day`, `week` or `month`.
        first: its first day.
        peers: how many peers.
        times: how many days, weeks or months of the member had many.
        usual: the median over the days, weeks or months of all members.
        numbers: the member's first contact with each peer.

    """

    member_id: str
    period: str
    first: dt.date
    peers: int
    times: int
    usual: int
    numbers: tuple[int, ...]


@attrs.frozen
class _Most:
    peers: int
    first: int
    numbers: tuple[int, ...]


@attrs.define
class _Period:
    """One kind of period: the peers of each member in the one being shown, and counts of those before.

    `now` has each peer and the number of the first contact, in a flat tuple. `many` holds for each member and number of
    peers how often, and the first time.
    """

    name: str
    first: int = 0
    now: dict[str, tuple[Any, ...]] = attrs.field(factory=dict)
    counts: Counter[int] = attrs.field(factory=Counter)
    many: dict[str, dict[int, tuple[int, _Most]]] = attrs.field(factory=dict)

    def close(self) -> None:
        least = LEAST[self.name]
        for member_id, peers in self.now.items():
            count = len(peers) // 2
            self.counts[count] += 1
            if count >= least:
                kept = self.many.setdefault(member_id, {})
                times, most = kept.get(count, (0, None))
                kept[count] = (times + 1, most or _Most(count, self.first, peers[1::2]))
        self.now = {}

    def copy(self) -> "_Period":
        many = {member_id: kept.copy() for member_id, kept in self.many.items()}
        return _Period(self.name, self.first, self.now, self.counts.copy(), many)


@attrs.define
class SeveralPeers:
    """How many peers see each member in a day, a week (from Monday) and a month.

    Kept are the peers of the day, week and month being shown, and counts.
    """

    _on: int = 0
    _day: _Period = attrs.field(factory=lambda: _Period("day"))
    _week: _Period = attrs.field(factory=lambda: _Period("week"))
    _month: _Period = attrs.field(factory=lambda: _Period("month"))

    def add(self, row: PatternRow, number: int) -> None:
        """Take in a contact."""
        member_id, staff_id = row.member_id, row.staff_id
        if not member_id or not staff_id:
            return
        day = row.start.toordinal()
        if day != self._on:
            self._on = day
            for period, first in (
                (self._day, day),
                (self._week, day - (day - 1) % 7),
                (self._month, day - row.start.day + 1),
            ):
                if period.first != first:
                    period.close()
                    period.first = first
        for now in (self._day.now, self._week.now, self._month.now):
            peers = now.get(member_id)
            if peers is None:
                now[member_id] = (staff_id, number)
            elif staff_id not in peers:
                now[member_id] = (*peers, staff_id, number)
            elif now is self._day.now:
                return  # week and month have the peer as well

    def found(self) -> tuple[ManyPeers, ...]:
        """Return the members with many peers, each once: by days, or else by weeks, or else by months."""
        found: dict[str, ManyPeers] = {}
        for shown in (self._day, self._week, self._month):
            period = shown.copy()
            period.close()
            if period.counts.total() < MEMBER_PERIODS:
                continue
            usual = middle_of(period.counts)
            least = max(LEAST[period.name], PEERS_TIMES * usual)
            for member_id, kept in period.many.items():
                many = {count: seen for count, seen in kept.items() if count >= least}
                if many and member_id not in found:
                    most = many[max(many)][1]
                    found[member_id] = ManyPeers(
                        member_id,
                        period.name,
                        dt.date.fromordinal(most.first),
                        most.peers,
                        sum(times for times, _ in many.values()),
                        usual,
                        most.numbers,
                    )
        return tuple(many for _, many in sorted(found.items()))
