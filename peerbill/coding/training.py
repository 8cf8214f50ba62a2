"""What a person's trainings come to on a day: initial hours, topics, continuing education in a certificate's term."""

import datetime as dt
from collections.abc import Container, Iterable
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from peerbill import codes
from peerbill.coding.credentials import expiry
from peerbill.model.people import Credential, Training
from peerbill.model.words import fold, vocabulary

ONE_DAY = dt.timedelta(days=1)

Span = tuple[dt.date, dt.date]
"""The first and the last day, both included."""


def initial_hours(trainings: Iterable[Training], day: dt.date) -> Decimal | None:
    """Return the hours of initial training completed by a day; None where no initial training is listed at all."""
    rows = [row for row in trainings if row.kind == "initial"]
    done = (row.hours or Decimal(0) for row in rows if row.date is not None and row.date <= day)
    return sum(done, Decimal(0)) if rows else None


def continuing_hours(trainings: Iterable[Training], span: Span) -> Decimal | None:
    """Return the hours of continuing education completed in a span; None where none is listed in it."""
    first, last = span
    rows = [row for row in trainings if row.kind == "continuing" and row.date is not None and first <= row.date <= last]
    return sum((row.hours or Decimal(0) for row in rows), Decimal(0)) if rows else None


def completed_curricula(trainings: Iterable[Training], day: dt.date) -> frozenset[str]:
    """Return the curricula completed by a day."""
    done = (row.curriculum for row in trainings if row.date is not None and row.date <= day)
    return frozenset(words("curriculum", filter(None, done)))


def covered_topics(trainings: Iterable[Training], day: dt.date) -> frozenset[str]:
    """Return the topics covered by a day: those of each row, and those that its curriculum is known to cover."""
    rows = [row for row in trainings if row.date is not None and row.date <= day]
    known = codes.curricula()
    listed = (known[word].topics for word in words("curriculum", (row.curriculum for row in rows)) if word in known)
    return frozenset(words("training-topic", (topic for row in rows for topic in row.topics))).union(*listed)


def words(name: str, texts: Iterable[str]) -> tuple[str, ...]:
    """Return a policy's words as the table has them: those of a list, in any spelling, and the agency's own, folded."""
    spelled = vocabulary(name).spelled
    return tuple(spelled.get(fold(text)) or fold(text) for text in texts)


def earlier_terms(
    row: Credential, others: Iterable[Credential], day: dt.date, valid_months: int | None, names: Container[str]
) -> int:
    """Return how often a certificate had been renewed by a day.

    Each earlier certificate of the same state and of one of `names` is a term of its own. A row that runs on past the
    months for which the certificate is issued holds several terms.
    """
    if row.issued_on is None:
        return 0
    earlier = _before(row, others, names)
    ends = [*[begun for begun, _ in earlier], row.issued_on][1:]
    terms = sum(
        max(1, _terms_between(begun, min(until, end), valid_months))
        for (begun, until), end in zip(earlier, ends, strict=True)
    )
    return terms if day < row.issued_on else terms + _terms_between(row.issued_on, day, valid_months)


def _before(row: Credential, others: Iterable[Credential], names: Container[str]) -> list[tuple[dt.date, dt.date]]:
    """Return when each certificate before this one was issued, and the day after its last, in order.

    Several rows of one day are one certificate. One in process is none yet.
    """
    found: dict[dt.date, dt.date] = {}
    for other in others:
        begun = other.issued_on
        if (
            begun is not None
            and row.issued_on is not None
            and begun < row.issued_on
            and other.status != "in-process"
            and other.state == row.state
            and other.credential.casefold() in names
        ):
            last = other.expires_on
            until = begun if last is None else last + ONE_DAY if last < dt.date.max else last
            found[begun] = max(until, found.get(begun, begun))
    return sorted(found.items())


def _terms_between(first: dt.date, until: dt.date, valid_months: int | None) -> int:
    """Return how many whole terms are between two days."""
    if valid_months is None:
        return 0
    delta = relativedelta(until, first)
    return (delta.years * 12 + delta.months) // valid_months


def term_before(
    row: Credential, others: Iterable[Credential], valid_months: int | None, names: Container[str]
) -> Span | None:
    """Return the term that the last renewal of a certificate ended; None where the workspace shows no renewal.

    A renewal shows as an earlier certificate of the same state and of one of `names`, or as a row that runs for two
    terms or more.
    """
    if row.issued_on is None:
        return None
    start, last = row.issued_on, expiry(row, valid_months)
    if valid_months is not None and last is not None:
        of_last = last + ONE_DAY - relativedelta(months=valid_months)
        before = of_last - relativedelta(months=valid_months)
        if row.issued_on <= before:
            return before, of_last - ONE_DAY
    earlier = _before(row, others, names)
    if not earlier:
        return None
    begun, _ = earlier[-1]
    if valid_months is not None and begun <= start - relativedelta(months=2 * valid_months):
        begun = start - relativedelta(months=valid_months)  # that row held several terms: the last of them
    return begun, start - ONE_DAY


def current_term(row: Credential, valid_months: int | None) -> Span | None:
    """Return the term that a certificate is in when it next lapses; None where it does not lapse."""
    last = expiry(row, valid_months)
    if row.issued_on is None or last is None:
        return None
    start = row.issued_on if valid_months is None else last + ONE_DAY - relativedelta(months=valid_months)
    return max(start, row.issued_on), last


def plain(hours: Decimal | int) -> int | Decimal:
    """Return hours without needless zeros: 12 for 12.00."""
    whole = int(hours)
    return whole if hours == whole or isinstance(hours, int) else hours.normalize()
