"""How much is billed by week and month: jumps, and the share of a single peer."""

import datetime as dt
from array import array
from bisect import insort
from fractions import Fraction
from typing import Final

import attrs

from peerbill.checks.patterns.chance import deviation, middle
from peerbill.checks.patterns.row import PatternRow, length
from peerbill.checks.patterns.thresholds import (
    DEVIATIONS,
    FAIR_SHARES,
    JUMP_MINUTES_OF_MONTH,
    JUMP_MINUTES_OF_WEEK,
    JUMP_TIMES,
    LEAST_DEVIATION,
    MONTHS_BEFORE,
    SHARE_TIMES,
    SHARE_WEEKS,
    SHARING_PEERS,
    WEEKS_BEFORE,
)

AGENCY = ""
"""The key of all peers together."""


@attrs.frozen
class Jump:
    """A week or month in which much more was billed than before.

    Attributes:
        staff_id: the peer, `AGENCY` for all.
        period: `week` or `month`.
        first: its first day.
        minutes: billable minutes of the contacts; of a group, for each member.
        usual: the median of the earlier weeks or months that had any.
        most: the most of an earlier one.
        earlier: how many earlier ones there were.
        numbers: its contacts.

    """

    staff_id: str
    period: str
    first: dt.date
    minutes: int
    usual: int
    most: int
    earlier: int
    numbers: tuple[int, ...]


@attrs.frozen
class LargeShare:
    """A peer with an extreme share of the units.

    Attributes:
        staff_id: the peer.
        units: of the peer, in all.
        total: of all peers.
        weekly: units of the peer in a week of work.
        usual: the median of the peers' units in a week of work.
        peers: how many peers were compared.
        numbers: the peer's contacts.

    """

    staff_id: str
    units: int
    total: int
    weekly: int
    usual: int
    peers: int
    numbers: tuple[int, ...]

    @property
    def share(self) -> Fraction:
        """The part of all units."""
        return Fraction(self.units, self.total)


@attrs.define
class _Amounts:
    """The minutes of a peer's weeks, or months: those of the one being shown, those before, and the jumps.

    Attributes:
        period: `week` or `month`.
        first: the first day of the one being shown, as an ordinal; 0 before any.
        minutes: its minutes.
        numbers: its contacts.
        earlier: the minutes of those before, in order of size.
        jumps: those that were much more than the ones before.
        in_a_row: whether the last one was.

    """

    who: str
    period: str
    first: int = 0
    minutes: int = 0
    numbers: list[int] = attrs.field(factory=list)
    earlier: list[int] = attrs.field(factory=list)
    jumps: list[Jump] = attrs.field(factory=list)
    in_a_row: bool = False

    def begin(self, first: int) -> None:
        self.close()
        self.first, self.minutes, self.numbers = first, 0, []

    def add(self, minutes: int, number: int) -> None:
        self.minutes += minutes
        self.numbers.append(number)

    def close(self) -> None:
        """Compare the one being shown with those before."""
        if not self.first:
            return
        before, least = _LEAST[self.period]
        usual = middle(self.earlier)
        more = self.minutes - usual
        jumped = (
            len(self.earlier) >= before
            and more >= least
            and self.minutes >= JUMP_TIMES * usual
            and more > DEVIATIONS * deviation(self.earlier)
        )
        if jumped and not self.in_a_row:
            self.jumps.append(
                Jump(
                    self.who,
                    self.period,
                    dt.date.fromordinal(self.first),
                    self.minutes,
                    usual,
                    self.earlier[-1],
                    len(self.earlier),
                    tuple(self.numbers),
                )
            )
        self.in_a_row = jumped
        insort(self.earlier, self.minutes)

    def closed(self) -> list[Jump]:
        """Return the jumps, with the one being shown."""
        end = attrs.evolve(self, earlier=self.earlier.copy(), jumps=self.jumps.copy())
        end.close()
        return end.jumps

    @property
    def count(self) -> int:
        """How many there are, with the one being shown."""
        return len(self.earlier) + bool(self.first)


_LEAST: Final = {"week": (WEEKS_BEFORE, JUMP_MINUTES_OF_WEEK), "month": (MONTHS_BEFORE, JUMP_MINUTES_OF_MONTH)}
"""How many earlier ones are needed, and the least increase in minutes."""


@attrs.define
class _Account:
    """What a peer, or all of them, billed: units where they are known; and the peer's contacts."""

    weeks: _Amounts
    months: _Amounts
    units: int = 0
    numbers: "array[int]" = attrs.field(factory=lambda: array("I"))


@attrs.define
class Volume:
    """Billable minutes by week and month, and units, of each peer and of all: as many numbers as peers have weeks."""

    _of: dict[str, _Account] = attrs.field(factory=dict)
    _on: int = 0
    _week: int = 0
    _month: int = 0

    def add(self, row: PatternRow, number: int) -> None:
        """Take in a contact."""
        day = row.start.toordinal()
        if day != self._on:
            self._on = day
            self._week = day - (day - 1) % 7  # Monday
            self._month = day - row.start.day + 1
        minutes = length(row)
        units = row.units or 0
        self._count(AGENCY, minutes, units, number)
        if row.staff_id:
            self._count(row.staff_id, minutes, units, number)

    def _count(self, who: str, minutes: int, units: int, number: int) -> None:
        account = self._of.get(who)
        if account is None:
            account = self._of[who] = _Account(_Amounts(who, "week"), _Amounts(who, "month"))
        weeks, months = account.weeks, account.months
        if weeks.first != self._week:
            weeks.begin(self._week)
        if months.first != self._month:
            months.begin(self._month)
        weeks.add(minutes, number)
        months.add(minutes, number)
        account.units += units
        if who != AGENCY:
            account.numbers.append(number)

    def jumps(self) -> tuple[Jump, ...]:
        """Return the weeks and months in which much more was billed than before; no month for a week that it has.

        Of weeks or months in a row, the first is returned.
        """
        found: list[Jump] = []
        for _, account in sorted(self._of.items()):
            weeks, months = account.weeks.closed(), account.months.closed()
            found += weeks
            found += (
                month
                for month in months
                if not any(-7 < (week.first - month.first).days < _days_of(month.first) for week in weeks)
            )
        return tuple(found)

    def shares(self) -> tuple[LargeShare, ...]:
        """Return who has an extreme share of the units: a multiple of the median, far beyond the spread of the peers.

        Compared are units in a week of work, so that months of employment make no difference.
        """
        peers = {
            who: account
            for who, account in sorted(self._of.items())
            if who != AGENCY and account.units and account.weeks.count >= SHARE_WEEKS
        }
        if len(peers) < SHARING_PEERS:
            return ()
        total = self._of[AGENCY].units
        weekly = {who: account.units // account.weeks.count for who, account in peers.items()}
        usual = middle(list(weekly.values()))
        spread = max(deviation(list(weekly.values())), float(LEAST_DEVIATION * usual))
        return tuple(
            LargeShare(who, account.units, total, weekly[who], usual, len(peers), tuple(account.numbers))
            for who, account in peers.items()
            if weekly[who] >= SHARE_TIMES * usual
            and weekly[who] - usual > DEVIATIONS * spread
            and Fraction(account.units, total) >= Fraction(FAIR_SHARES, len(peers))
        )


def _days_of(month: dt.date) -> int:
    after = (month + dt.timedelta(days=31)).replace(day=1)
    return (after - month).days
