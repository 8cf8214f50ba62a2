"""The key of a service line, by which a payer calls two lines duplicates of each other.

Encounters with the same key are one line of one claim; the ledger holds each key once among its live lines.
"""

import datetime as dt
from typing import NamedTuple

from peerbill.model.claim import BillableEncounter, BilledEncounter, Claim, ServiceLine


class SameService(NamedTuple):
    """What payers compare of two lines of different rendering providers or places; `modifiers` are sorted."""

    payer: str
    member_id: str
    day: dt.date
    hcpcs: str
    modifiers: tuple[str, ...]


class LineKey(NamedTuple):
    """A service line; `payer` is a key of `[payers]`, `modifiers` are sorted. `line_key` makes one."""

    payer: str
    member_id: str
    day: dt.date
    rendering_id: str
    place: str
    hcpcs: str
    modifiers: tuple[str, ...]
    site: str = ""

    @property
    def service(self) -> SameService:
        """The line without its rendering provider and place."""
        return SameService(self.payer, self.member_id, self.day, self.hcpcs, self.modifiers)


def line_key(
    payer: str,
    member_id: str,
    day: dt.date,
    rendering_id: str,
    place: str,
    hcpcs: str,
    modifiers: tuple[str, ...],
    site: str = "",
) -> LineKey:
    """Return the key of a line whose modifiers are in any order.

    >>> line_key("plan", "M1", dt.date(2026, 3, 2), "S1", "11", "H0038", ("U1", "HF")).modifiers
    ('HF', 'U1')
    """
    in_order = modifiers if len(modifiers) < 2 else tuple(sorted(modifiers))
    return LineKey(payer, member_id, day, rendering_id, place, hcpcs, in_order, site)


def line_of_billable(one: BillableEncounter) -> LineKey:
    """Return the line of an encounter that passed the audit. Raises ValueError for an encounter without a start."""
    encounter = one.encounter
    if encounter.start is None:
        raise ValueError(f"encounter {encounter.encounter_id} has no start")
    day = encounter.start.date()
    return line_key(
        one.payer,
        encounter.member_id,
        day,
        one.rendering_id,
        encounter.place,
        one.hcpcs,
        one.modifiers,
        one.site,
    )


def line_of_billed(sent: BilledEncounter) -> LineKey:
    """Return the line on which the ledger holds an encounter."""
    day = sent.start.date()
    return line_key(
        sent.payer, sent.member_id, day, sent.rendering_id, sent.place, sent.hcpcs, sent.modifiers, sent.site
    )


def line_of_claim(claim: Claim, line: ServiceLine) -> LineKey:
    """Return the key of a line of a claim."""
    return line_key(
        claim.payer,
        claim.member_id,
        line.service_date,
        claim.rendering_id,
        claim.place,
        line.hcpcs,
        line.modifiers,
        claim.site,
    )
