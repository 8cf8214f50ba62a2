"""Which payers come before the one that is billed, and what they answered: for PB405 and for the claims themselves."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from peerbill.coding.context import in_force
from peerbill.model.claim import Adjustment, Payer, PriorPayment
from peerbill.model.people import Coverage, EarlierPayment, rank_of


def payers_before(rows: Iterable[Coverage], coverage: Coverage, day: dt.date) -> tuple[Coverage, ...]:
    """Return the coverage by other payers, ranked before and in force on a day: by rank, each payer once."""
    found: dict[str, Coverage] = {}
    for row in _ranked_before(rows, coverage, day):
        if row.from_ is not None:
            found.setdefault(row.payer, row)
    return tuple(found.values())


def payers_without_a_first_day(rows: Iterable[Coverage], coverage: Coverage, day: dt.date) -> tuple[str, ...]:
    """Return the other payers ranked before whose coverage has no first day and may have been in force on a day."""
    before = list(_ranked_before(rows, coverage, day))
    known = {row.payer for row in before if row.from_ is not None}
    return tuple(dict.fromkeys(row.payer for row in before if row.payer not in known))


def _ranked_before(rows: Iterable[Coverage], coverage: Coverage, day: dt.date) -> Iterator[Coverage]:
    """Yield the coverage by other payers, ranked before and not known to be out of force on a day: by rank."""
    own = rank_of(coverage)
    for row in sorted(rows, key=rank_of):
        if rank_of(row) < own and row.payer != coverage.payer and in_force(row, day):
            yield row


def same_rank(rows: Iterable[Coverage], coverage: Coverage, day: dt.date, named: str) -> tuple[Coverage, ...]:
    """Return the rows in force on a day that leave open which of them is a member's coverage of one rank, if any.

    They are of several payers, or of one payer under several subscriber ids. `named` is the payer that the encounter
    names: it decides between payers.
    """
    own = rank_of(coverage)
    found = [
        row
        for row in rows
        if rank_of(row) == own
        and (row is coverage or (row.from_ is not None and in_force(row, day)))
        and named in ("", row.payer)
    ]
    return tuple(found) if len({(row.payer, compact_id(row.subscriber_id)) for row in found}) > 1 else ()


def compact_id(number: str) -> str:
    """Return an id without what people put between its characters, in capitals.

    >>> compact_id("301-44 7820a")
    '301447820A'
    """
    return "".join(filter(str.isalnum, number)).upper()


def add_up(adjustments: Iterable[Adjustment]) -> tuple[Adjustment, ...]:
    """Return adjustments by group and reason, each once, in that order; what comes to zero is left out."""
    sums: dict[tuple[str, str], Decimal] = {}
    for one in adjustments:
        key = (one.group, one.reason)
        sums[key] = sums.get(key, Decimal(0)) + one.amount
    return tuple(Adjustment(group, reason, amount) for (group, reason), amount in sorted(sums.items()) if amount)


def prior_payments(
    rows: Sequence[EarlierPayment], payers: Sequence[Payer], hcpcs: str, modifiers: tuple[str, ...], units: int
) -> tuple[PriorPayment, ...]:
    """Return what each of `payers` did with a line, added up from the rows of the line's encounters.

    A row without its day or amount counts for nothing: PB405 holds its encounter. The day is the latest one.
    """
    found = []
    for payer in payers:
        paid = Decimal(0)
        days: list[dt.date] = []
        triplets: list[Adjustment] = []
        for row in rows:
            if row.payer == payer.key and row.paid is not None and row.paid_on is not None:
                paid += row.paid
                days.append(row.paid_on)
                triplets += map(_adjustment, row.adjustments)
        if days:
            found.append(PriorPayment(payer.id, paid, hcpcs, modifiers, units, max(days), add_up(triplets)))
    return tuple(found)


def _adjustment(triplet: str) -> Adjustment:
    group, reason, amount = triplet.split(":")
    return Adjustment(group, reason, Decimal(amount))
