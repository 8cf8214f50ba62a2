"""The accumulators of figures that stand out: each sees every contact, or the first row of each session."""

import attrs

from peerbill.checks.patterns.boundaries import Boundaries
from peerbill.checks.patterns.daily_maximum import DailyMaximum
from peerbill.checks.patterns.lengths import Lengths
from peerbill.checks.patterns.odd_times import HolidaysAndNights
from peerbill.checks.patterns.round_times import QuarterHours
from peerbill.checks.patterns.row import PatternRow
from peerbill.checks.patterns.sessions import Sessions
from peerbill.checks.patterns.several_peers import SeveralPeers
from peerbill.checks.patterns.travel import Travel
from peerbill.checks.patterns.volume import Volume
from peerbill.checks.patterns.weeks import Weeks


@attrs.define
class Figures:
    """What the checks of outlying times and amounts read.

    Attributes:
        lengths: for PB901 and PB914.
        daily_maximum: for PB902.
        boundaries: for PB903.
        volume: for PB905 and PB907.
        several_peers: for PB906.
        odd_times: for PB904, by session.
        weeks: for PB908, by session.
        travel: for PB909, by session.
        quarter_hours: for PB913, by session.

    """

    lengths: Lengths = attrs.field(factory=Lengths)
    daily_maximum: DailyMaximum = attrs.field(factory=DailyMaximum)
    boundaries: Boundaries = attrs.field(factory=Boundaries)
    volume: Volume = attrs.field(factory=Volume)
    several_peers: SeveralPeers = attrs.field(factory=SeveralPeers)
    odd_times: HolidaysAndNights = attrs.field(factory=HolidaysAndNights)
    weeks: Weeks = attrs.field(factory=Weeks)
    travel: Travel = attrs.field(factory=Travel)
    quarter_hours: QuarterHours = attrs.field(factory=QuarterHours)
    _sessions: Sessions = attrs.field(factory=Sessions)

    def add(self, row: PatternRow, number: int) -> None:
        """Take in a row."""
        self.lengths.add(row, number)
        self.daily_maximum.add(row, number)
        self.boundaries.add(row, number)
        self.volume.add(row, number)
        self.several_peers.add(row, number)
        if self._sessions.is_new(row):
            self.odd_times.add(row, number)
            self.weeks.add(row, number)
            self.travel.add(row, number)
            self.quarter_hours.add(row, number)
