"""What the checks of outlying figures share: the problem of a peer, a member or several, and shares in percent."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

import attrs

from peerbill.checks.base import Problem
from peerbill.checks.patterns.compare import Habit, Outlier
from peerbill.model.finding import Severity
from peerbill.model.sentence import Sentence

if TYPE_CHECKING:
    from peerbill.checks.patterns.seen import Seen


def outlying(
    seen: "Seen",
    numbers: Iterable[int],
    where: str,
    message: Sentence,
    fix: str,
    *,
    severity: Severity = Severity.WARNING,
    staff_id: str | None = None,
    member_id: str | None = None,
) -> Problem:
    """Return a problem of the contacts with these numbers."""
    return Problem(
        encounter_ids=tuple(sorted(seen.ids[number] for number in numbers)),
        where=where,
        message=message,
        fix=fix,
        severity=severity,
        staff_id=staff_id,
        member_id=member_id,
    )


def peer_outlier(
    seen: "Seen", outlier: Outlier, where: str, sentence: Sentence, fix: str, severity: Severity = Severity.WARNING
) -> Problem:
    """Return the problem of a peer who stands out, with what is usual; an info where too few others show it."""
    severity = Severity.INFO if outlier.usual is None else severity
    sentence = _beside(sentence, outlier)
    return outlying(seen, outlier.numbers, where, sentence, fix, severity=severity, staff_id=outlier.who)


def member_outlier(seen: "Seen", outlier: Outlier, where: str, sentence: Sentence, fix: str) -> Problem:
    """Return the problem of a member who stands out; see `peer_outlier`."""
    problem = peer_outlier(seen, outlier, where, sentence, fix)
    return attrs.evolve(problem, staff_id=None, member_id=outlier.who)


def everywhere(seen: "Seen", habit: Habit, where: str, sentence: Sentence, fix: str) -> Problem:
    """Return the problem of what several have in common: an info of the agency as a whole."""
    return outlying(seen, habit.numbers, where, sentence, fix, severity=Severity.INFO)


def _beside(sentence: Sentence, outlier: Outlier) -> Sentence:
    """Return a sentence with what is usual among the others, or that too few show it."""
    if outlier.usual is None:
        return sentence.before("alone", "; there are too few others to show what is usual")
    return sentence.before(
        "beside-others",
        "; of {others} others, {usual} % is usual",
        others=outlier.others,
        usual=percent(outlier.usual),
    )


class _Counted(Protocol):
    @property
    def count(self) -> int: ...
    @property
    def total(self) -> int: ...


def counts_of(counted: _Counted) -> Mapping[str, int]:
    """Return how many of how many, and the same in whole percent, as the values of a sentence."""
    share = percent(Fraction(counted.count, counted.total))
    return {"count": counted.count, "total": counted.total, "percent": share}


def percent(share: Fraction) -> int:
    """Return a share in whole percent, rounded half up.

    >>> percent(Fraction(1, 200)), percent(Fraction(9, 10))
    (1, 90)
    """
    return int(share * 100 + Fraction(1, 2))


def hours(minutes: int) -> Decimal:
    """Return minutes as hours with a digit.

    >>> hours(3601), hours(90)
    (Decimal('60.0'), Decimal('1.5'))
    """
    return (Decimal(minutes) / 60).quantize(Decimal("0.1"), ROUND_HALF_UP)
