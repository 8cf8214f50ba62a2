"""All patterns at once: each row passes through every accumulator, in order of start, then id."""

import datetime as dt

import attrs

from peerbill.checks.patterns.row import PatternRow


@attrs.define
class Seen:
    """The accumulators of all patterns. `as_of` is the day of the audit, `notice` that of an audit notice."""

    as_of: dt.date
    notice: dt.date | None = None
    rows: int = 0

    def add(self, row: PatternRow) -> None:  # noqa: ARG002  # patterns come with the next change
        """Show a row to every pattern; rows come in order of start, then id."""
        self.rows += 1
