"""Audit a state's invented encounters in parts, with several numbers of workers, and say what more of them would take.

DuckDB makes the workspace as Parquet: peers with five contacts a day and a caseload of twenty-five, notes of the
grammar that the planted errors use, one encounter of twenty with a defect. Processor time counts all processes.

    python tests/benchmarks/bench_scale.py [ENCOUNTERS] [--folder DIR] [--workers 1,2,4,8] [--one-peer PERCENT]
        [--price DOLLARS]

A million encounters take a minute and a half on a quiet core. With --folder, the workspace is made there once.
--one-peer gives one peer so many of a hundred encounters. --price is what a core costs an hour, as your provider lists
it; without it no dollars are said.
"""

import argparse
import os
import random
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import duckdb
import pyarrow as pa
from benchmarks.planting.notes import make_story, write_note
from benchmarks.workspaces import AS_OF, POLICY, SETTINGS, npi

from peerbill.scale import ScaleAudit, audit_at_scale

CASELOAD = 25
A_DAY = 5
A_YEAR = 1000
STORIES = 5_000
DIRTY = 5
"""Encounters of a hundred with a defect."""
MOST_MEGABYTES = 450


def note_rows() -> list[tuple[int, str, str, str, str]]:
    """Return notes of the grammar."""
    rng = random.Random(7)  # noqa: S311  # made data, the same each time
    notes = (write_note(rng, make_story(rng, "Ada")) for _ in range(STORIES))
    return [(at, note.activity, note.intervention, note.response, note.next_step) for at, note in enumerate(notes)]


def make(folder: Path, count: int, one_peer: int = 0) -> None:
    """Write the workspace; `one_peer` of a hundred encounters are of one peer."""
    (folder / "policies").mkdir(parents=True)
    (folder / "peerbill.toml").write_text(SETTINGS, encoding="utf-8")
    (folder / "policies" / "nj.toml").write_text(POLICY, encoding="utf-8")
    peers = max(count // A_YEAR, 2)
    con = duckdb.connect(config={"threads": 2, "memory_limit": "2GB", "temp_directory": str(folder / "spilled")})
    columns = zip(*note_rows(), strict=True)
    names = ("nth", "activity", "intervention", "response", "next_step")
    con.register("notes", pa.table(dict(zip(names, map(list, columns), strict=True))))
    con.register("peers", pa.table({"n": range(1, peers + 1), "npi": [npi(n) for n in range(1, peers + 1)]}))

    def table(name: str, sql: str) -> None:
        con.execute(f"copy ({sql}) to '{folder}/{name}.parquet' (format parquet, compression zstd)")

    members = f"from (select 'M' || i as id, (hash(i) >> 2)::bigint as h from range({peers * CASELOAD}) t(i))"
    table(
        "staff",
        """select 'S' || n as staff_id, 'Rivera' as last_name, 'Dana' as first_name, npi, 'peer' as role,
            'L' || n // 9 as supervisor_id,
            case when hash(n) % 50 = 0 then '2026-04-01' else '2025-01-06' end as hired_on
        from peers
        union all select distinct 'L' || n // 9, 'Okafor', 'Ife', '', 'supervisor', '', '2024-03-01' from peers""",
    )
    table(
        "credentials",
        """select 'S' || n as staff_id, 'NJ' as state, 'CPRS' as credential, n as number, '2025-01-01' as issued_on,
            case when hash(n + 1) % 50 = 0 then '2026-06-30' else '2027-12-31' end as expires_on,
            'active' as status, 46 as training_hours
        from peers""",
    )
    table(
        "members",
        f"""select id as member_id, 'Lane' as last_name, 'Alex' as first_name, '1988-04-02' as birth_date,
            case when h % 200 = 0 then '' else 'M' end as sex, '5 Oak Ave' as street, 'Brick' as city, 'NJ' as state,
            '08723' as zip, '2026-01-02' as release_on
        {members}""",
    )
    table(
        "coverage",
        f"""select id as member_id, 'nj-horizon' as payer, lpad(id[2:], 12, '0') as subscriber_id,
            '2026-01-01' as "from", case when h % 100 = 1 then '2026-05-31' else '' end as "to", 1 as rank
        {members}""",
    )
    table(
        "plans",
        f"""select id as member_id, 'P' || id as plan_id, 'recovery' as kind, '2026-01-02' as effective_on,
            case when h % 100 = 2 then '2026-06-15' else '2026-12-31' end as expires_on, 'member' as signed_by,
            '2026-01-02' as signed_on, 'stay housed;find work' as goals, '' as services
        {members}""",
    )
    table(
        "places",
        """select 'P' || code as place_id, 'Shore Health Center' as name, '9 Bay Rd' as street, 'Brick' as city,
            'NJ' as state, '087230001' as zip, code as place
        from unnest(['53', '57']) t(code)""",
    )
    table("encounters", encounters(count, peers, one_peer))
    con.close()
    shutil.rmtree(folder / "spilled", ignore_errors=True)


def encounters(count: int, peers: int, one_peer: int) -> str:
    """Return the query of the encounters: `bad` is the kind of their defect, or more than all of these."""
    return f"""
    with a as (
        select i, case when (hash(i * 31 + 5) >> 2)::bigint % 100 < {one_peer} then 0 else i % {peers} end as peer,
            i // {peers} // {A_DAY} as n, i // {peers} % {A_DAY} as slot,
            (hash(i * 7919 + 13) >> 2)::bigint % 10000 as h,
            (hash(i * 104729 + 7) >> 2)::bigint as k
        from range({count}) t(i)),
    b as (
        select *, date '2026-01-05' + (7 * (n // 5) + n % 5)::integer as day,
            480 + slot * 100 + (k % 20)::integer as minute,
            [20, 25, 30, 37, 45, 47, 52, 60, 75][1 + k % 9] as length,
            peer * {CASELOAD} + ((hash(peer * 400 + n) >> 2)::bigint + slot * 7) % {CASELOAD} as member,
            case when h < {DIRTY * 100} then k % 20 else 99 end as bad from a),
    c as (
        select b.*,
            day::timestamp + to_minutes((minute - case when bad in (0, 1) then 45 else 0 end)::integer) as start,
            day::timestamp + to_minutes((minute + length + case when bad = 2 then 600 else 0 end)::integer) as ends,
            notes.* exclude (nth) from b join notes on k % {STORIES} = notes.nth)
    select 'E' || lpad(i::varchar, 10, '0') as encounter_id, 'M' || member as member_id,
        case when bad = 3 then 'S9999999' else 'S' || (peer + 1) end as staff_id,
        case when bad = 4 then 'group' else 'individual' end as service, start,
        case when bad = 5 then null when bad = 6 then start - interval 5 minutes else ends end as "end",
        case when bad = 7 then '99' else ['11', '12', '53', '57'][1 + k % 4] end as place,
        case when bad = 8 then 'audio' else 'in-person' end as channel,
        case when bad = 9 then 'F32.9' else ['F11.20', 'F10.20', 'F14.20;F41.1'][1 + member % 3] end as diagnoses,
        ['informational', 'emotional', 'instrumental'][1 + k % 3] as support_type, activity,
        case when bad = 10 then 'PX' else 'PM' || member end as plan_id,
        case when bad = 11 then 'swim' else ['stay housed', 'find work'][1 + k % 2] end as goal, intervention,
        case when bad in (12, 13) then '' else response end as response, next_step, 'center' as location,
        case when bad in (14, 15) then '' else 'S' || (peer + 1) end as signed_by,
        case when bad = 16 then start - interval 1 day else ends + to_minutes((5 + k % 200)::integer) end as signed_at,
        case when bad = 17 then 'no' else 'yes' end as voluntary,
        case when bad = 18 then 9 else null end as billed_units
    from c"""


def processor() -> float:
    """Return the processor seconds of this process and of those that ended."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def measure(folder: Path, out: Path, workers: int) -> tuple[ScaleAudit, float, float]:
    """Audit with so many workers; return the result, the seconds by the clock and those of processors."""
    begun, used = time.perf_counter(), processor()
    made = audit_at_scale(folder, out, AS_OF, workers=workers)
    return made, time.perf_counter() - begun, processor() - used


def digest(folder: Path) -> str:
    """Return a digest of the findings and the encounters of a result, in their order."""
    found = []
    for name in ("findings", "encounters"):
        source = f"read_parquet('{folder}/{name}.parquet', file_row_number = true)"
        found += duckdb.sql(f"select count(*), bit_xor(hash(t)) from {source} t").fetchall()[0]
    return " ".join(map(str, found))


def main() -> None:
    """Make the workspace, audit it, and print what it took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("count", nargs="?", type=int, default=200_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--workers", default="1,2")
    parser.add_argument("--one-peer", type=int, default=0)
    parser.add_argument("--price", type=float)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-scale-") as scratch:
        folder = given.folder or Path(scratch) / "state"
        if not (folder / "encounters.parquet").exists():
            make(folder, given.count, given.one_peer)
        base = folder.parent
        best = float("inf")
        digests = set()
        for workers in map(int, given.workers.split(",")):
            out = base / f"audit-{os.getpid()}-{workers}"
            made, clock, used = measure(folder, out, workers)
            digests.add(digest(out))
            total = sum(made.statuses.values())
            best = min(best, used / total)
            own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
            beyond = "" if made.peak <= MOST_MEGABYTES * 1e6 else f"  MORE than {MOST_MEGABYTES} MB"
            print(
                f"{workers} workers: {total:,} encounters, {made.findings:,} findings; {clock:,.1f} s by the clock, "
                f"{used:,.1f} s of processors = {total / used:,.0f} encounters/s/core; "
                f"a worker {made.peak / 1e6:,.0f} MB{beyond}, this process {own:,.0f} MB",
                flush=True,
            )
            shutil.rmtree(out)
        print(f"the same findings and encounters: {'yes' if len(digests) == 1 else 'NO'} ({min(digests)})")
        for more, cores in ((100_000_000, 16), (1_000_000_000, 64)):
            hours = best * more / 3600
            cost = f", {hours * given.price:,.2f} dollars" if given.price is not None else ""
            print(
                f"{more:,} encounters: {hours:,.1f} core-hours{cost}, "
                f"{hours / cores:,.1f} hours on {cores} cores if all of it were divided among them"
            )


if __name__ == "__main__":
    main()
