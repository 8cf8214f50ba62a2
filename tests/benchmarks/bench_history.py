"""Measure what the years that were billed before cost: an audit of a month against an empty ledger and a full one.

The ledger is a SQLite file, filled with what a bill run would have written for the same members and peers, on days
from six years ago to two months ago. Measured are the time to read what matters of it and to audit a month's
encounters, and to build an `Auditor` and audit one encounter with it; each as a ratio to the same with an empty ledger.

    python tests/benchmarks/bench_history.py [BILLED] [ENCOUNTERS]
"""

import datetime as dt
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.workspaces import AS_OF, make_workspace

from peerbill.checks.audit import audit
from peerbill.checks.auditor import Auditor
from peerbill.coding.history import history_scope
from peerbill.intake.workspace import programme_ids, read_agency_policies, read_workspace
from peerbill.ledger.look.history import read_history
from peerbill.ledger.store import tables
from peerbill.ledger.store.ledger import open_ledger
from peerbill.policy import load_policies

MEMBERS, PEERS = 300, 12
ROUNDS = 5
PORTION = 20_000
MOST_TIMES = 2.0
MOST_OF_A_ROW = 2.0
"""Microseconds for a row of a history that is given as values: each is looked at, whatever an audit needs of it."""
MOST_START = 0.050


def fill(engine: sa.Engine, count: int) -> None:
    """Put encounters into a ledger as confirmed production batches of a week each would have."""
    first = AS_OF - dt.timedelta(days=6 * 365)
    per_day = -(-count // (5 * 365))
    with engine.begin() as connection:
        for start in range(0, count, PORTION):
            numbers = range(start, min(start + PORTION, count))
            days = [first + dt.timedelta(days=number // per_day) for number in numbers]
            batch = start // PORTION + 1
            connection.execute(
                tables.batches.insert(),
                {"batch_id": batch, "state": "confirmed", "as_of": days[-1].isoformat(), "folder": ""},
            )
            connection.execute(tables.files.insert(), _file(batch, len(numbers)))
            connection.execute(
                tables.claims.insert(),
                [_claim(number, batch) for number in numbers],
            )
            connection.execute(
                tables.lines.insert(),
                [_line(number, day) for number, day in zip(numbers, days, strict=True)],
            )
            connection.execute(
                tables.encounters.insert(),
                [_encounter(number, day) for number, day in zip(numbers, days, strict=True)],
            )


def _file(batch: int, claims: int) -> dict[str, object]:
    return {
        "batch_id": batch, "number": 1, "state": "sealed", "name": f"{batch}.837", "temporary": "", "sender": "S",
        "payer": "nj-horizon", "receiver": "R", "isa13": batch, "claims": claims, "lines": claims,
        "encounters": claims, "total_cents": 0, "sha256": "",
    }  # fmt: skip


def _claim(number: int, batch: int) -> dict[str, object]:
    return {
        "claim_id": f"PBOLD{number:010}", "batch_id": batch, "file_number": 1, "payer": "nj-horizon",
        "member_id": f"M{number % MEMBERS + 1}", "subscriber_id": "", "subscriber_rank": 1, "rendering_id": "",
        "supervising_id": "", "place": "57", "diagnoses": "", "authorization_number": "", "frequency": "1",
        "charge_cents": 3200, "state": "paid",
    }  # fmt: skip


def _line(number: int, day: dt.date) -> dict[str, object]:
    return {
        "claim_id": f"PBOLD{number:010}", "number": 1, "service_date": day.isoformat(), "hcpcs": "H0038",
        "modifiers": "HF", "units": 2, "charge_cents": 3200, "pointers": "1", "line_key": f"old {number}",
    }  # fmt: skip


def _encounter(number: int, day: dt.date) -> dict[str, object]:
    peer = f"S{number % PEERS + 1}"
    start = dt.datetime.combine(day, dt.time(8)) + dt.timedelta(minutes=30 * (number % 16))
    return {
        "encounter_id": f"OLD{number}", "fingerprint": f"{number:064x}", "payer": "nj-horizon", "programme": "NJ/sud",
        "member_id": f"M{number % MEMBERS + 1}", "staff_id": peer, "rendering_id": peer, "service": "individual",
        "start_at": start.isoformat(), "end_at": (start + dt.timedelta(minutes=30)).isoformat(), "place": "57",
        "hcpcs": "H0038", "modifiers": "HF", "minutes": 30, "units": 2, "unit_minutes": 15, "charge_cents": 3200,
        "claim_id": f"PBOLD{number:010}", "authorization_number": "", "standing": "live", "turn": 1, "line_number": 1,
    }  # fmt: skip


def median(measure: Callable[[], object]) -> float:
    """Return the median seconds of several rounds."""
    taken = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        measure()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def main(billed: int = 200_000, encounters: int = 1_000) -> None:
    """Print what full and empty ledgers cost, and fail beyond the bounds."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "agency"
        make_workspace(folder, encounters=encounters, members=MEMBERS, peers=PEERS)
        records = read_workspace(folder)
        policies = load_policies(programme_ids(records.settings), read_agency_policies(folder))
        scope = history_scope(records, policies)
        url = "sqlite:///full.db"
        fill(open_ledger(url, folder).engine, billed)
        every = read_history(url, folder)
        encounter = records.encounters[0]

        def run(ledger: str) -> None:
            audit(records, policies, AS_OF, read_history(ledger, folder, scope=scope))

        def form(ledger: str) -> None:
            history = read_history(
                ledger, folder, members=[encounter.member_id], staff=[encounter.staff_id], since=scope.members_from
            )
            Auditor(records, policies, AS_OF, history).encounter(encounter)

        empty, full = median(lambda: run("sqlite:///none.db")), median(lambda: run(url))
        print(f"{len(every):,} billed before, {len(records.encounters):,} encounters")
        print(f"read and audit: {empty * 1000:.0f} ms empty, {full * 1000:.0f} ms full, {full / empty:.2f} times")
        given = median(lambda: audit(records, policies, AS_OF, every))
        of_a_row = (given - empty) / len(every) * 1e6
        print(f"audit, all of it given as values: {given * 1000:.0f} ms, {of_a_row:.1f} microseconds more for a row")
        none = median(lambda: Auditor(records, policies, AS_OF))
        start = median(lambda: Auditor(records, policies, AS_OF, every))
        first = median(lambda: Auditor(records, policies, AS_OF, every).encounter(encounter))
        print(f"Auditor: {none * 1000:.1f} ms without, {start * 1000:.1f} ms with all of it given as values")
        print(f"  and its first encounter: {first * 1000:.1f} ms")
        print(f"one encounter, history of its member and peer read: {median(lambda: form(url)) * 1000:.1f} ms")
        if full > MOST_TIMES * empty or of_a_row > MOST_OF_A_ROW or start > MOST_START:
            raise SystemExit(
                f"expected at most {MOST_TIMES} times, {MOST_OF_A_ROW} microseconds for a row given as a value, and "
                f"{MOST_START * 1000:.0f} ms to start"
            )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
