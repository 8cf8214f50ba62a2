"""The last day on which a payer takes a claim: of the service, after another payer's answer, and after a refusal."""

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import lru_cache

from peerbill.policy import Filing, Rules
from peerbill.policy.phrases import Deadline

_SERVICE_EVENTS = frozenset({"service", "first service", "last service"})


def filing_deadline(day: dt.date, filing: Filing) -> dt.date | None:
    """Return the last day on which the payer may receive a claim for a service of a day, or None if not known.

    Of several deadlines the later counts; `never_after` caps it. Clocks that start with an event other than the
    service are left out: this workspace does not hold that event.
    """
    return _latest(filing.within, filing, dict.fromkeys(_SERVICE_EVENTS, day))


def other_payer_deadline(day: dt.date, answered: dt.date, filing: Filing) -> dt.date | None:
    """Return the last day for a claim of a service of a day that another payer, ranked before, answered on a later day.

    Where the programme says nothing of it, that is the last day of any claim.
    """
    within = filing.other_payer_within or filing.within
    return _latest(within, filing, dict.fromkeys(_SERVICE_EVENTS, day) | {"other payer": answered})


def resubmission_deadline(
    day: dt.date, noticed: dt.date, filing: Filing, answered: dt.date | None = None
) -> dt.date | None:
    """Return the last day to send a claim again that the payer rejected, denied or cut on a day.

    Where the programme says nothing of it, that is the last day of the claim itself; `answered` is the day on which
    another payer, ranked before, answered.
    """
    if not filing.resubmit_within:
        return filing_deadline(day, filing) if answered is None else other_payer_deadline(day, answered, filing)
    days = dict.fromkeys(_SERVICE_EVENTS, day) | {"notice": noticed}
    if answered is not None:
        days["other payer"] = answered
    return _latest(filing.resubmit_within, filing, days)


@lru_cache(maxsize=16384)
def last_day_to_file(rules: Rules, day: dt.date) -> dt.date | None:
    """Return the last day on which the payer may receive the first claim for a service of a day."""
    return filing_deadline(day, rules.filing.value)


def _latest(deadlines: Iterable[Deadline], filing: Filing, days: Mapping[str, dt.date]) -> dt.date | None:
    """Return the latest of deadlines whose event has a day, but not after the cap."""
    known = [deadline.last_day(days[deadline.event]) for deadline in deadlines if deadline.event in days]
    cap = filing.never_after
    if cap is None or cap.event not in days:
        return max(known, default=None)
    return min(max(known, default=dt.date.max), cap.last_day(days[cap.event]))
