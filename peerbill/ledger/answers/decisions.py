"""Payers' answers to a claim, as they were posted: in cents, with the reasons.

Pure values; what several of them leave together is in `settle.py`, what reversals take of them in `reversals.py`.
"""

from collections.abc import Container, Iterable
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from peerbill import codes
from peerbill.model.payer_answers import takes_back

DENIED = "4"
DUPLICATE = "18"
"""The reason of an answer that repeats no decision: the payer has decided on another copy of the claim."""


class Meaning(StrEnum):
    """What an amount above zero says: the payer refuses, refuses where nothing is paid, or says who pays instead."""

    DENIES = "denies"
    DENIES_UNPAID = "denies-unpaid"
    EXPLAINS = "explains"
    NOTHING = ""


@lru_cache(maxsize=4096)
def meaning(group: str, reason: str) -> Meaning:
    """Return what an amount above zero says under a group and reason.

    What is left to the member (PR) for another reason than a share of the cost counts as a denial where nothing at all
    was paid. A share, or what a payer before decided, explains why nothing is paid though nothing was refused.
    """
    effect = codes.adjustment_effect(group, reason)
    if not effect:
        return Meaning.DENIES_UNPAID if group == "PR" else Meaning.DENIES
    return Meaning.EXPLAINS if effect in {codes.SHARE, codes.PRIOR_PAYER} else Meaning.NOTHING


class PostedAdjustment(NamedTuple):
    """A triplet of CAS, in cents; `quantity` as sent, or ""."""

    group: str
    reason: str
    cents: int
    quantity: str = ""

    @property
    def meaning(self) -> Meaning:
        """What it says; an amount of zero or less says nothing."""
        return meaning(self.group, self.reason) if self.cents > 0 else Meaning.NOTHING


def refused(meanings: Container[Meaning], charge: int, paid: int, *, explained: bool) -> bool:
    """Return whether the payer refused a charge, or a part of it, in adjustments that say so much.

    A charge of which nothing is paid is refused, unless the member's share or another payer's decision explains it,
    there or (`explained`) around it: a contract that leaves nothing of the charge deserves a look.
    """
    unpaid = paid <= 0
    if Meaning.DENIES in meanings or (unpaid and Meaning.DENIES_UNPAID in meanings):
        return True
    return unpaid and charge > 0 and not (explained or Meaning.EXPLAINS in meanings)


def explain(adjustments: Iterable[PostedAdjustment]) -> bool:
    """Return whether adjustments say why nothing is paid: the member or another payer pays it."""
    return any(adjustment.meaning is Meaning.EXPLAINS for adjustment in adjustments)


class PostedLine(NamedTuple):
    """An SVC: `number` is the line of ours, 0 where no line of ours was found."""

    number: int
    charge: int
    paid: int
    adjustments: tuple[PostedAdjustment, ...] = ()
    remarks: tuple[str, ...] = ()


class PostedClaim(NamedTuple):
    """A CLP, as it was posted. `paid_on` is ISO text; `transaction` and `position` are its place.

    `number` is the payer's number of this adjudication (CLP07), or "".
    """

    paid_on: str
    transaction: int
    position: int
    status: str
    charge: int
    paid: int
    adjustments: tuple[PostedAdjustment, ...] = ()
    remarks: tuple[str, ...] = ()
    lines: tuple[PostedLine, ...] = ()
    number: str = ""

    @property
    def reverses(self) -> bool:
        """Whether an earlier payment is taken back."""
        return takes_back(self.status, self.charge, self.paid)

    @property
    def decides(self) -> bool:
        """Whether it is a decision on the claim: an unknown status is a decision only if it has an amount."""
        return is_decision(self.status, self.charge, self.paid)

    @property
    def repeats(self) -> bool:
        """Whether it says of a copy of the claim that it is a duplicate."""
        adjustments = (*self.adjustments, *(adjustment for line in self.lines for adjustment in line.adjustments))
        return not self.paid and any(adjustment.reason == DUPLICATE for adjustment in adjustments)


def is_decision(status: str, charge: Decimal | int, paid: Decimal | int) -> bool:
    """Return whether a CLP decides on a claim: by its status; by its money where the status is not known.

    A predetermined price (25) decides nothing, whatever amount it names; a claim passed on as another payer's (23) does
    where money came with it.
    """
    known = codes.remittance_status(status)
    if takes_back(status, charge, paid):
        return True
    if known is None:
        return bool(paid)
    return known.decides or (known.forwarded and bool(paid))


def net(adjustments: Iterable[PostedAdjustment]) -> tuple[PostedAdjustment, ...]:
    """Add up adjustments of equal group and reason; sums of zero are left out."""
    all_adjustments = list(adjustments)
    if len(all_adjustments) < 2:
        return tuple(all_adjustments)
    sums: dict[tuple[str, str], PostedAdjustment] = {}
    for adjustment in all_adjustments:
        earlier = sums.get((adjustment.group, adjustment.reason))
        sums[adjustment.group, adjustment.reason] = (
            adjustment if earlier is None else adjustment._replace(cents=earlier.cents + adjustment.cents)
        )
    return tuple(adjustment for adjustment in sums.values() if adjustment.cents)
