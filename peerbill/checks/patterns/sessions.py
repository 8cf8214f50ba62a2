"""Sessions: the rows of one group are one stretch of a peer's time."""

import datetime as dt

import attrs

from peerbill.checks.patterns.row import PatternRow


@attrs.define
class Sessions:
    """Tells the first row of each session from the others; rows come in order of start.

    Kept are the groups of each peer that began last, at one time.
    """

    _last: dict[str, tuple[dt.datetime, set[str]]] = attrs.field(factory=dict)

    def is_new(self, row: PatternRow) -> bool:
        """Tell whether no earlier row was of the same session: rows of a group that share group id, start and peer.

        Without an id, the rows of groups that a peer began at one time are one session.
        """
        if not row.group_id and row.mode != "group":
            return True
        last = self._last.get(row.staff_id)
        if last is None or last[0] != row.start:
            self._last[row.staff_id] = (row.start, {row.group_id})
            return True
        if row.group_id in last[1]:
            return False
        last[1].add(row.group_id)
        return True
