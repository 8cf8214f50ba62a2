"""What a reviewer decides about an encounter: a rating of one requirement, or of the payment as a whole."""

import enum
from collections.abc import Mapping
from typing import Final

import attrs

from peerbill.model.words import can_be_shown

PAYMENT: Final = "payment"
"""The requirement that stands for the whole: does the record support what was billed and paid."""


class Rating(enum.StrEnum):
    """The ratings of North Carolina's audit tool: 1, 0, 6, 7, 8 and 9 in its order there."""

    MET = "met"
    NOT_MET = "not met"
    NO_NOTE = "no note"
    NO_PROVIDER = "provider name missing"
    REPAID = "repaid before notice"
    NOT_APPLICABLE = "not applicable"


UNSUPPORTED: Final = frozenset({Rating.NOT_MET, Rating.NO_NOTE, Rating.NO_PROVIDER})
"""Ratings by which a requirement does not support the payment."""

_SPELLINGS: Final[Mapping[str, Rating]] = {
    **{rating.value: rating for rating in Rating},
    "1": Rating.MET,
    "0": Rating.NOT_MET,
    "6": Rating.NO_NOTE,
    "7": Rating.NO_PROVIDER,
    "8": Rating.REPAID,
    "9": Rating.NOT_APPLICABLE,
    "no service note": Rating.NO_NOTE,
    "n/a": Rating.NOT_APPLICABLE,
}


def read_rating(text: str) -> Rating:
    """Return a rating by its word, in any case and with hyphens for spaces, or by the number of the tool.

    Raises ValueError for any other word.

    >>> read_rating("Not-Met"), read_rating("8").value
    (<Rating.NOT_MET: 'not met'>, 'repaid before notice')
    """
    rating = _SPELLINGS.get(" ".join(text.casefold().replace("-", " ").replace("_", " ").split()))
    if rating is None:
        shown = f" {text}" if can_be_shown(text) else ""
        raise ValueError(f"rating{shown} is not known: expected {', '.join(Rating)}")
    return rating


@attrs.frozen
class ReviewDecision:
    """A rating that a reviewer gave; the entry of the audit trail is the only record.

    Attributes:
        encounter_id: the encounter.
        requirement: the key of the requirement, such as `documentation.goal`; `payment` for the whole.
        question: what was asked.
        must: whether a text that was read says that it must be so; false where it is advice or nobody has read it.
        rating: the reviewer's.
        reason: in the reviewer's words, "" where none was needed.
        reviewer: who decided.
        programme: STATE/PROGRAMME whose requirement it is.
        policy: the SHA-256 of the programme's values then.
        fingerprint: the SHA-256 of the encounter then; "" where its row was not in the workspace.
        number: of its entry in the audit trail, 0 before it has one.
        at: when it was recorded, in UTC.
        who: the account that recorded it.
        file: the form from which it came.

    """

    encounter_id: str
    requirement: str
    question: str
    must: bool
    rating: Rating
    reason: str
    reviewer: str
    programme: str
    policy: str
    fingerprint: str
    number: int = 0
    at: str = ""
    who: str = ""
    file: str = ""

    @property
    def subject(self) -> tuple[str, str]:
        """What it is about: a later decision on the same takes its place, and the earlier stays in the trail."""
        return self.encounter_id, self.requirement

    @property
    def says(self) -> "ReviewDecision":
        """The decision without its entry."""
        return attrs.evolve(self, number=0, at="", who="", file="")
