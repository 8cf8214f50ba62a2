"""Starts and ends on the quarter of an hour."""

from array import array

import attrs

from peerbill.checks.patterns.compare import Habit, Outlier, nearly_all
from peerbill.checks.patterns.row import PatternRow
from peerbill.checks.patterns.thresholds import CONTACTS


@attrs.define
class _Sessions:
    total: int = 0
    numbers: "array[int]" = attrs.field(factory=lambda: array("I"))


@attrs.define
class QuarterHours:
    """How many of a peer's sessions begin and end at :00, :15, :30 or :45."""

    _of: dict[str, _Sessions] = attrs.field(factory=dict)

    def add(self, row: PatternRow, number: int) -> None:
        """Take in a session."""
        peer = self._of.get(row.staff_id)
        if peer is None:
            peer = self._of[row.staff_id] = _Sessions()
        peer.total += 1
        if row.start.minute % 15 == 0 and row.end.minute % 15 == 0:
            peer.numbers.append(number)

    def found(self) -> tuple[tuple[Outlier, ...], Habit | None]:
        """Return whose times are nearly all round, and whether that is the habit of several."""
        counts = {who: (len(peer.numbers), peer.total) for who, peer in self._of.items() if who}
        return nearly_all(counts, CONTACTS, lambda who: self._of[who].numbers)
