"""What a report is about: a period and payers."""

import datetime as dt
from collections.abc import Iterable, Mapping

import attrs

Date = dt.date


@attrs.frozen
class Scope:
    """The day to which ages are counted, the days that are wanted (None: without an end), and payers (() is all).

    `names` are the keys of `[payers]` by the id that a remittance has.
    """

    as_of: Date
    from_: Date | None = None
    to: Date | None = None
    payers: tuple[str, ...] = ()
    names: Mapping[str, str] = attrs.field(factory=dict)

    def wants(self, day: Date | str | None, payer: str) -> bool:
        """Return whether a day and a payer are wanted; a day that is not known is, where no period is given."""
        return self.wants_payer(payer) and self.wants_day(day)

    def wants_payer(self, payer: str) -> bool:
        """Return whether a payer is wanted."""
        return not self.payers or payer in self.payers

    def wants_day(self, day: Date | str | None) -> bool:
        """Return whether a day is wanted: as a value, or as the ledger writes it."""
        text = day.isoformat() if isinstance(day, dt.date) else (day or "")[:10]
        if not text:
            return self.from_ is None and self.to is None
        return (self.from_ is None or text >= self.from_.isoformat()) and (
            self.to is None or text <= self.to.isoformat()
        )


def every_month(months: Iterable[str]) -> tuple[str, ...]:
    """Return the months from the first to the last, none left out; "" is no month.

    >>> every_month(["2026-02", "2025-11", ""]), every_month([])
    (('2025-11', '2025-12', '2026-01', '2026-02'), ())
    """
    known = sorted(month for month in months if month)
    if not known:
        return ()
    first, last = (12 * int(month[:4]) + int(month[5:7]) - 1 for month in (known[0], known[-1]))
    return tuple(f"{at // 12:04}-{at % 12 + 1:02}" for at in range(first, last + 1))
