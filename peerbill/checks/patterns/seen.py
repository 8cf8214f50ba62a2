"""All patterns at once: each row passes through every accumulator, in order of start, then id."""

import datetime as dt
from typing import Protocol

import attrs

from peerbill.checks.patterns.copied_notes import NoteTexts
from peerbill.checks.patterns.figures import Figures
from peerbill.checks.patterns.groups import ContactRows
from peerbill.checks.patterns.row import PatternRow
from peerbill.checks.patterns.written_notes import WrittenNotes


class Accumulator(Protocol):
    """What a pattern keeps of the rows that it was shown: counts and small values, never the rows."""

    def add(self, row: PatternRow, number: int) -> None:
        """Take in a row. `number` counts rows from 0, and is its place in `Seen.ids`."""


@attrs.define
class Seen:
    """The accumulators of all patterns, one attribute each, and the ids of the encounters that they were shown.

    Attributes:
        as_of: the day of the audit.
        notice: the day of an audit notice, None where there was none.
        ids: the encounters by the numbers that accumulators keep of them.
        texts: the words of notes, for PB208.
        contacts: one-to-ones in a row, for PB806.
        notes: when notes were written, for PB910 to PB912.
        figures: times and amounts, for PB901 to PB909, PB913 and PB914.

    """

    as_of: dt.date
    notice: dt.date | None = None
    ids: list[str] = attrs.field(factory=list, init=False)
    texts: NoteTexts = attrs.field(factory=NoteTexts, init=False)
    contacts: ContactRows = attrs.field(factory=ContactRows, init=False)
    notes: WrittenNotes = attrs.field(init=False)
    figures: Figures = attrs.field(factory=Figures, init=False)
    _all: tuple[Accumulator, ...] = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self.notes = WrittenNotes(self.notice)
        self._all = (self.texts, self.contacts, self.notes, self.figures)

    @property
    def rows(self) -> int:
        """How many rows were shown."""
        return len(self.ids)

    def add(self, row: PatternRow) -> None:
        """Show a row to every pattern; rows come in order of start, then id."""
        number = len(self.ids)
        self.ids.append(row.encounter_id)
        for accumulator in self._all:
            accumulator.add(row, number)
