"""The words of a claim that was sent: its state, the standing of its encounters, and its frequency (CLM05-3)."""

from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

from peerbill.model.errors import PeerbillError

_Word = TypeVar("_Word", bound=StrEnum)


class ClaimState(StrEnum):
    """The state of a claim, in the order in which states may come; later states say more than earlier ones."""

    WRITTEN = "written"
    REJECTED_INTERCHANGE = "rejected-interchange"
    REJECTED_FUNCTIONAL = "rejected-functional"
    ACCEPTED = "accepted"
    REJECTED_PAYER = "rejected-payer"
    PAID = "paid"
    PARTLY_PAID = "partly-paid"
    DENIED = "denied"
    REVERSED = "reversed"
    VOIDED = "voided"
    REPLACED = "replaced"
    WRITTEN_OFF = "written-off"
    WITHDRAWN = "withdrawn"


class Standing(StrEnum):
    """Whether an encounter counts as billed.

    LIVE: it is on a claim that was sent. VOID: the payer confirmed the void of its claim; changed, it may be billed
    again. FREE: its claim no longer bills it, and the next bill may. REJECTED: how the history shows a FREE one whose
    claim the payer never took in; the ledger itself does not store it.
    """

    LIVE = "live"
    VOID = "void"
    FREE = "free"
    REJECTED = "rejected"


class Frequency(StrEnum):
    """CLM05-3, what a claim is to the payer: an original, the replacement of a claim, or its void."""

    ORIGINAL = "1"
    REPLACEMENT = "7"
    VOID = "8"


def claim_state(text: str) -> ClaimState:
    """Return a claim state by its word. Raises PeerbillError for a word that is none."""
    state: ClaimState = _known(ClaimState, text)
    return state


def frequency(text: str) -> Frequency:
    """Return a frequency by its code. Raises PeerbillError for a code that is none of 1, 7 and 8."""
    code: Frequency = _known(Frequency, text)
    return code


@lru_cache(maxsize=256)
def _known(words: type[_Word], text: str) -> _Word:
    try:
        return words(text)
    except ValueError:
        raise PeerbillError(
            f"{text!r} is none of {', '.join(words)}: another version of peerbill wrote it, or it was changed by hand; "
            "see peerbill ledger verify"
        ) from None
