"""A believable year has no finding; the same year with something planted has that finding alone."""

import pytest
from believable import shown, year

from peerbill.checks.patterns.boundaries import Boundaries
from peerbill.checks.patterns.daily_maximum import DailyMaximum
from peerbill.checks.patterns.lengths import Lengths
from peerbill.checks.patterns.odd_times import HolidaysAndNights
from peerbill.checks.patterns.round_times import QuarterHours
from peerbill.checks.patterns.several_peers import SeveralPeers
from peerbill.checks.patterns.travel import Travel
from peerbill.checks.patterns.volume import Volume
from peerbill.checks.patterns.weeks import Weeks


@pytest.mark.parametrize("peers", [1, 4, 12])
@pytest.mark.parametrize("seed", range(3))
def test_a_believable_year_is_quiet(seed: int, peers: int) -> None:
    rows = year(seed, peers=peers)
    lengths, limits, boundaries = shown(Lengths(), rows), shown(DailyMaximum(), rows), shown(Boundaries(), rows)
    odd, volume, rounded = shown(HolidaysAndNights(), rows), shown(Volume(), rows), shown(QuarterHours(), rows)

    assert (lengths.same(), lengths.digits()) == (((), None), ())
    assert (limits.peers(), limits.members()) == (((), None), ((), None))
    assert boundaries.found() == ((), ())
    assert (odd.holidays(), odd.nights()) == ((), ())
    assert (volume.jumps(), volume.shares()) == ((), ())
    assert rounded.found() == ((), None)
    assert shown(Weeks(), rows).found() == ()
    assert shown(SeveralPeers(), rows).found() == ()
    assert shown(Travel(), rows).found() == ((), None)
