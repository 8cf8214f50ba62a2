"""Encounters and the rows of their people, divided into buckets on disk: by peer, and by member.

A bucket holds whole peers (or whole members) with all their encounters, about as many in each. A peer with more than
a bucket holds is divided by time, at nights without a session: for checks that look at a session or a day.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import attrs

from peerbill.scale.columns import NARROW
from peerbill.scale.store import LISTED, Store, files, quoted

ROWS = 50_000
"""Encounters of a bucket, more or less. Most of them are looked at by columns."""
IN_MEMORY = 25_000
"""Encounters of a bucket that are looked at one by one, more or less."""
STARTS = "starts.parquet"
"""When the services of encounters without a member began."""
LARGEST = 2 * ROWS
"""Encounters of a peer who is not yet divided by time."""
NIGHT_HOURS = 3
"""Between two pieces of a peer at least: instants and local times differ by less."""
NIGHT = f"interval {NIGHT_HOURS} hours"
_OF_PEERS = ("members", "coverage", "eligibility")
_DAY = "case when member_id = '' then start::date end"
OF_PEOPLE = "e.member_id = people.member_id and (e.member_id <> '' or e.start::date is not distinct from people.day)"
_OF_LIMITS = (*_OF_PEERS, "plans", "authorizations", "episodes")


@attrs.frozen
class Bucket:
    """A bucket: its number, the peers whom it is for, and whether it holds some days of one peer alone."""

    number: int
    kind: str
    peers: frozenset[str] = frozenset()
    divided: bool = False

    @property
    def title(self) -> str:
        """How messages call it."""
        return f"bucket {self.number} of {self.kind}"


def peer_buckets(store: Store, rows: int, largest: int, *, limits: bool) -> list[Bucket]:
    """Divide the encounters by the peers whose time they take, and write them; return the buckets.

    With `limits`, the rows that limits on peers look at are written too.
    """
    store.run(
        f"""create or replace view took as
        select encounter_id, staff_id as peer, start::date as day, facilitators <> '' as is_shared
        from e where staff_id <> '' and start is not null
        union
        select encounter_id, unnest({LISTED.format("facilitators")}), start::date, true from e
        where facilitators <> '' and start is not null"""
    )
    store.run(
        f"""create or replace table peers as
        select peer, n, (sum(n) over (order by hash(peer), peer) - n)::bigint // {rows} as bucket
        from (select peer, count(*) as n from took where peer <> '' group by 1)"""
    )
    whole: dict[int, set[str]] = {}
    for peer, bucket in store.rows("select peer, bucket from peers where n <= ?", [largest]):
        whole.setdefault(bucket, set()).add(peer)
    first = max(whole, default=-1) + 1
    cut: list[Bucket] = []
    days: list[tuple[str, object, int]] = []
    for (peer,) in store.rows("select peer from peers where n > ? order by peer", [largest]):
        for piece in _nights(store, peer, rows):
            cut.append(Bucket(first + len(cut), "peers", frozenset({peer}), divided=True))
            days += [(peer, day, cut[-1].number) for day in piece]
    store.make("days", {"peer": "text", "day": "date", "bucket": "bigint"}, days)
    # By far the most are of one peer and found by that: millions, joined by their ids, would not fit into the memory.
    store.run(
        f"""create or replace table placed as
        select took.encounter_id, peers.bucket from took join peers using (peer)
        where peers.n <= {largest} and took.is_shared
        union
        select took.encounter_id, days.bucket from took join days using (peer, day)"""
    )
    store.run(
        f"""create or replace view divided as
        select peers.bucket, e.* from e join peers on e.staff_id = peers.peer
        where e.facilitators = '' and e.start is not null and peers.n <= {largest}
        union all
        select placed.bucket, e.* from e join placed using (encounter_id)"""
    )
    columns = ", ".join(f'"{name}"' for name in store.columns("e_kept") if name in NARROW)
    made = [*(Bucket(number, "peers", frozenset(whole[number])) for number in sorted(whole)), *cut]
    store.divide(f"select bucket, {columns} from divided", "peers", count_of(made))
    listed = ", ".join(f"'{table}'" for table in (_OF_LIMITS if limits else _OF_PEERS))
    store.divide(
        "select m.bucket, r.* from (select distinct bucket, member_id from divided)"
        f""" m join member_rows r on m.member_id = r.key where r."table" in ({listed})""",
        "peer_tables",
        count_of(made),
    )
    return made


def _nights(store: Store, peer: str, rows: int) -> Iterator[list[object]]:
    """Yield the days of a peer's encounters in pieces; a night without a session is before each."""
    found = store.rows(
        f"""with d as (
            select took.day, count(*) as n, min(e.start) as first, max(greatest(e.start, e."end")) as last
            from e join took using (encounter_id) where took.peer = ? group by 1)
        select day, n, coalesce(
            max(last) over (order by day rows between unbounded preceding and 1 preceding) + {NIGHT} <= first, false)
        from d order by day""",
        [peer],
    )
    days: list[object] = []
    count = 0
    for day, n, is_free in found:
        if days and is_free and count + n > rows:
            yield days
            days, count = [], 0
        days.append(day)
        count += n
    yield days


def member_buckets(store: Store, rows: int, held: Sequence[Path]) -> list[Bucket]:
    """Divide the encounters by member, and write them with what their peers' checks hold; return the buckets.

    `held` are files with the ids that the checks of peers hold.
    """
    store.run(
        # Encounters of nobody are many where data is bad; they have nothing in common but lines, which are of a day.
        # Members whom the same person serves are together, so that less of the staff is looked up.
        f"""create or replace table people as
        select member_id, day,
            (sum(n) over (order by hash(staff_id), hash(member_id, day), member_id, day) - n)::bigint // {rows}
            as bucket
        from (select member_id, {_DAY} as day, min(staff_id) as staff_id, count(*) as n from e group by 1, 2)"""
    )
    store.run(
        """create or replace table sessions as
        select group_id, start, staff_id, count(*) as group_rows from e where group_id <> '' group by all"""
    )
    made = [Bucket(number, "members") for (number,) in store.rows("select distinct bucket from people order by 1")]
    source = f"select distinct encounter_id from {files(held)}" if held else "select '' as encounter_id where false"
    store.run(f"create or replace table held as {source}")
    columns = ", ".join(f'e."{name}"' for name in store.columns("e_kept"))
    store.divide(
        f"""select people.bucket, {columns}, coalesce(sessions.group_rows, 0) as group_rows,
            held.encounter_id is not null as held_by_peers
        from e join people on {OF_PEOPLE}
        left join sessions on e.group_id <> '' and e.group_id = sessions.group_id and e.staff_id = sessions.staff_id
            and e.start is not distinct from sessions.start
        left join held on e.encounter_id = held.encounter_id""",
        "members",
        count_of(made),
    )
    store.divide(
        "select people.bucket, r.* from people join member_rows r on people.member_id = r.key",
        "member_tables",
        count_of(made),
    )
    store.run(
        "copy (select distinct start from e where member_id = '' and start is not null)"
        f" to '{quoted(store.folder / STARTS)}' (format parquet)"
    )
    store.divide(
        f"select people.bucket, r.* from e join people on {OF_PEOPLE} join encounter_rows r on e.encounter_id = r.key",
        "encounter_tables",
        count_of(made),
    )
    return made


def count_of(buckets: Iterable[Bucket]) -> int:
    """Return how many buckets there are up to the last number."""
    return 1 + max((bucket.number for bucket in buckets), default=-1)
