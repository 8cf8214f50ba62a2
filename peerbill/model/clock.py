"""Local times on days on which the clocks change: which are missing, which occur twice, and how far apart two are."""

import datetime as dt
from collections.abc import Iterator
from functools import lru_cache
from zoneinfo import ZoneInfo

_DAY = dt.timedelta(days=1)


@lru_cache(maxsize=65536)
def fixed_offset(zone: ZoneInfo, day: dt.date) -> int | None:
    """Return a local day's minutes from UTC, or None where the clocks change on it."""
    midnight = dt.datetime.combine(day, dt.time(), zone)
    first, last = _minutes(midnight), _minutes(midnight + _DAY)
    return first if first == last else None


def offsets_of(zone: ZoneInfo, time: dt.datetime) -> tuple[int, ...]:
    """Return the minutes from UTC that a local time may have: none for a skipped time, two for a repeated time.

    >>> detroit = ZoneInfo("America/Detroit")
    >>> offsets_of(detroit, dt.datetime(2026, 3, 8, 2, 10)), offsets_of(detroit, dt.datetime(2026, 11, 1, 1, 30))
    ((), (-240, -300))
    """
    fixed = fixed_offset(zone, time.date())
    return (fixed,) if fixed is not None else tuple(dict.fromkeys(_found(zone, time)))


def instant(zone: ZoneInfo, time: dt.datetime, offset: int | None = None) -> dt.datetime:
    """Return a local time in UTC, without a zone: of a repeated time, the first unless `offset` (minutes) decides."""
    if offset is None:
        offset = fixed_offset(zone, time.date())
    return time - dt.timedelta(minutes=_minutes(time.replace(tzinfo=zone)) if offset is None else offset)


def _found(zone: ZoneInfo, time: dt.datetime) -> Iterator[int]:
    for fold in (0, 1):
        moment = time.replace(tzinfo=zone, fold=fold)
        if moment.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None, fold=0) == time:
            yield _minutes(moment)


def _minutes(moment: dt.datetime) -> int:
    offset = moment.utcoffset()
    return int(offset.total_seconds()) // 60 if offset is not None else 0
