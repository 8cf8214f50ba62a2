"""Which days of a peer the checks of peers are asked about, since nothing proves that they find nothing there.

What is proven is what `peerbill.checks.quiet.Sweep` proves: no two contacts meet, and no day is longer than 12 hours.
It holds of days between two nights without a session, as it holds of a peer who is divided there.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from pathlib import Path
from zoneinfo import ZoneInfo

from peerbill.model.clock import fixed_offset
from peerbill.scale.buckets import NIGHT
from peerbill.scale.columns import Batch
from peerbill.scale.store import LISTED, Store, files, show_encounters

HOURS = 12
"""Of sessions on a day that is possible (PB803)."""


_POSSIBLE_DAY = f"""coalesce(sum(epoch_us("end") - epoch_us(start)) <= {HOURS} * 3_600_000_000, false)"""


def doubted_days(store: Store, name: str, rows: str, is_quiet: str) -> None:
    """Make a table of the days, each with whose it is, of which something is doubted.

    `rows` is a table of encounters: `who`, `day`, `start`, `"end"`, and `whole` where nothing is found of the row by
    itself. Of a day whose rows all are whole and do not meet, `is_quiet` tells whether they go together. A day is
    doubted with all days that no night without a session parts from it; there are such days only where somebody has a
    session that late.
    """
    store.run(
        f"""create or replace table {name} as
        with days as materialized (
            select who, day, min(start) as first, max(greatest(start, "end")) as last, count(*) as n,
                coalesce(bool_and(whole) and ({is_quiet}), false) as quiet
            from {rows} where day is not null group by 1, 2),
        ordered as (
            select who, day, start, lag("end") over (partition by who, day order by start, "end") as before
            from {rows} semi join (select who, day from days where quiet and n > 1) using (who, day)),
        meeting as (select distinct who, day from ordered where before > start),
        known as materialized (
            select days.* exclude (n, quiet), quiet and meeting.day is null as quiet
            from days left join meeting on days.who = meeting.who and days.day = meeting.day),
        nights as (
            select *, coalesce(max(last) over (partition by who order by day
                rows between unbounded preceding and 1 preceding) + {NIGHT} <= first, true) as is_free
            from known semi join (select who from known where last + {NIGHT} > day + interval 1 day) using (who)),
        pieces as (select *, sum(is_free::integer) over (partition by who order by day) as piece from nights),
        judged as (select who, day, bool_and(quiet) over (partition by who, piece) as quiet from pieces)
        select who, day from known where not quiet
        union select who, day from judged where not quiet"""
    )


def steady_days(store: Store, zone: ZoneInfo, days: Iterable[dt.date]) -> None:
    """Make the table `steady` of those days on which the clocks of a zone do not change."""
    store.make("steady", {"day": "date"}, ((day,) for day in days if fixed_offset(zone, day) is not None))


def doubted_of_peers(store: Store, paths: Collection[Path], peers: Iterable[str], zone: ZoneInfo) -> Batch:
    """Return the encounters of a bucket that are on days of these peers about which nothing is proven."""
    show_encounters(store, "p", f"select *, start::date as day from {files(paths)}")
    store.make("own", {"peer": "text"}, ((peer,) for peer in peers))
    steady_days(store, zone, (day for (day,) in store.rows("select distinct day from p")))
    # Sessions of several people, groups among them, prove nothing: that their rows are one session is for the checks.
    store.run(
        f"""create or replace table took as
        select encounter_id, who, day, start, "end", whole from (
            select encounter_id, unnest(case when facilitators = '' then [staff_id]
                    else list_distinct(list_prepend(staff_id, {LISTED.format("facilitators")})) end) as who,
                p.day, start, "end",
                coalesce(start < "end" and "end"::date = p.day and start_offset is null and end_offset is null
                    and facilitators = '' and group_id = '' and steady.day is not null, false) as whole
            from p left join steady using (day))
        where who in (select peer from own)"""
    )
    doubted_days(store, "doubted_days", "took", _POSSIBLE_DAY)
    store.run(
        "create or replace table doubted as select encounter_id from took semi join doubted_days using (who, day)"
    )
    return store.table("select p.* exclude (day) from p_kept p semi join doubted using (encounter_id)")
