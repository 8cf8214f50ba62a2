"""Measure the work list on a ledger of a million lines, with a workspace of a week: whole processes, imports included.

The ledger is filled by bulk insertion into its tables: eight years of three-line claims, ten cohorts of 2,000 members,
each claim with its trail and its payment; some thousand of the newest claims are open. The last cohort is the one that
the workspace serves. Once the week is unbilled, once billed and paid, so that it is audited a second time.

    python tests/benchmarks/bench_todo.py [LINES] [ROUNDS]
"""

import datetime as dt
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.bench_run import PEERBILL, best, run
from benchmarks.workspaces import FIRST_DAY, TAG, make_workspace

from peerbill.ledger.store import tables
from peerbill.ledger.store.ledger import open_ledger

AS_OF = FIRST_DAY + dt.timedelta(days=7)
ALLOWED = 2.0
WEEK = 2_500
MEMBERS = 2_000
PEERS = 100
LINES_OF_CLAIM = 3
COHORTS = 10
DAYS = 8 * 365
CHARGE, PAID = 4800, 3600
OPEN = {0: "denied", 1: "partly-paid", 2: "rejected-payer", 3: "written"}
"""States of the newest claims, by their number modulo 8; the others of them are accepted."""


def fill(folder: Path, lines: int) -> None:
    """Fill the ledger of a workspace with claims of earlier years."""
    open_ledger("sqlite:///ledger.db", folder, who="bench", tag=TAG)
    claims = lines // LINES_OF_CLAIM
    connection = sqlite3.connect(folder / "ledger.db")
    connection.executescript("PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF; PRAGMA cache_size = -200000")
    for table, rows in _rows(folder, claims):
        marks = ", ".join("?" * len(tables.metadata.tables[table].columns))
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608  # a name of our own
    for name, value in (("batch", DAYS // 7 + 1), ("claim", claims), ("event", 3 * claims)):
        connection.execute("UPDATE counters SET value = ? WHERE name = ?", (value, name))
    connection.commit()
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()


def _rows(folder: Path, claims: int) -> Iterator[tuple[str, Iterator[Sequence[object]]]]:
    newest = claims - 6_000
    first = FIRST_DAY - dt.timedelta(days=DAYS)
    starts = [(first + dt.timedelta(days=day)).isoformat() for day in range(DAYS)]
    batches = DAYS // 7 + 1

    def day(claim: int) -> int:
        return claim * DAYS // claims

    def state(claim: int) -> str:
        return "paid" if claim < newest else OPEN.get(claim % 8, "accepted")

    def member(claim: int) -> str:
        cohort = claim * COHORTS // claims
        return f"M{claim % MEMBERS + 1}" if cohort == COHORTS - 1 else f"X{cohort}-{claim % MEMBERS}"

    ids = [f"PB{TAG}{number:08d}" for number in range(1, claims + 1)]
    every = range(claims)
    each = [(claim, line) for claim in every for line in range(LINES_OF_CLAIM)]
    cut = frozenset(claim for claim in range(newest, claims) if state(claim) in {"denied", "partly-paid"})
    yield "batches", ((n + 1, "confirmed", starts[min(7 * n + 6, DAYS - 1)], str(folder)) for n in range(batches))
    yield (
        "files",
        (
            (
                n + 1,
                1,
                "confirmed",
                f"{n}.837",
                f".{n}.tmp",
                "nj-horizon",
                "SHORE01",
                "EXAMPLE02",
                n + 1,
                0,
                0,
                0,
                0,
                f"{n:064d}",
                "837P",
                "SHORE01",
                "EXAMPLE02",
                "production",
            )
            for n in range(batches)
        ),
    )
    yield (
        "claims",
        (
            (
                ids[n],
                day(n) // 7 + 1,
                1,
                "nj-horizon",
                member(n),
                "000000000000",
                1,
                f"S{n % PEERS + 1}",
                "",
                "57",
                "F1120",
                "",
                "1",
                LINES_OF_CLAIM * CHARGE,
                1,
                state(n),
                f"{starts[day(n)]}T08:00:00+00:00",
                LINES_OF_CLAIM * PAID if state(n) == "paid" else 0,
                f"ICN{n}",
                "",
                "",
                "NJ/sud",
                1,
                "",
                "",
                "",
                "",
                None,
                starts[day(n)],
                starts[day(n)],
                "",
                "",
                "",
                "",
                "",
                "",
                "",
                "",
            )
            for n in every
        ),
    )
    yield (
        "lines",
        (
            (ids[n], k + 1, starts[day(n)], "H0038", "HF", 3, CHARGE, "1", f'["nj-horizon",{n},{k}]', 1, "")
            for n, k in each
        ),
    )
    yield (
        "encounters",
        (
            (
                f"L{LINES_OF_CLAIM * n + k:08d}",
                ids[n],
                k + 1,
                "free" if state(n) == "rejected-payer" else "live",
                1,
                f"{n:064x}",
                "nj-horizon",
                "NJ/sud",
                member(n),
                f"S{n % PEERS + 1}",
                f"S{n % PEERS + 1}",
                "individual",
                f"{starts[day(n)]}T{8 + 2 * k:02}:00:00",
                f"{starts[day(n)]}T{8 + 2 * k:02}:45:00",
                "57",
                "H0038",
                "HF",
                45,
                3,
                15,
                CHARGE,
                "",
                "",
            )
            for n, k in each
        ),
    )
    yield (
        "events",
        (
            (
                3 * n + step,
                f"{starts[day(n)]}T08:00:00+00:00",
                "bench",
                ids[n],
                event,
                event,
                f"{n % 400}.txt",
                "A7 information present but invalid; 562 an identifier" if event.startswith("rejected") else "",
                "",
            )
            for n in every
            for step, event in enumerate(("written", "functional-accepted", state(n)), start=1)
        ),
    )
    yield (
        "answers",
        ((n, f"{n:064d}", f"{n}.txt", f"{AS_OF}", "bench", "{}") for n in range(1, 401)),
    )
    yield (
        "transactions",
        ((n, n, ("999", "277CA", "835")[n % 3], f"{n:064d}", "EXAMPLE02", f"{n:09}", "0001") for n in range(1, 401)),
    )
    yield (
        "remittances",
        ((n, 0, "I", "ACH", starts[-1], f"T{n}", "1", "HORIZON", "EXAMPLE01", "", 0, 0, "") for n in range(2, 401, 3)),
    )
    decided = [n for n in every if state(n) in {"paid", "denied", "partly-paid"}]
    yield (
        "payments",
        (
            (
                n,
                2 + 3 * (n % 100),
                n,
                ids[n],
                ids[n],
                "1",
                LINES_OF_CLAIM * CHARGE,
                LINES_OF_CLAIM * PAID,
                None,
                None,
                f"ICN{n}",
                "",
                "nj-horizon",
                "",
                "",
                "",
                "",
                "",
                0,
            )
            for n in decided
        ),
    )
    yield (
        "line_payments",
        (
            (n, k + 1, k + 1, starts[day(n)], "H0038", "HF", "3", CHARGE, 0 if n in cut else PAID, None, "", "", "")
            for n in decided
            for k in range(LINES_OF_CLAIM)
        ),
    )
    yield (
        "adjustments",
        (
            (n, k + 1, 1, "CO", ("16", "197")[n % 2] if n in cut else "45", CHARGE if n in cut else CHARGE - PAID, "")
            for n in decided
            for k in range(LINES_OF_CLAIM)
        ),
    )
    yield "remarks", ((n, k + 1, 1, "N362") for n in sorted(cut) for k in range(LINES_OF_CLAIM))


def main() -> None:
    """Print how long the command takes, and where that is more than is allowed."""
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    base = Path(tempfile.mkdtemp(prefix="peerbill-todo-"))
    folder = base / "workspace"

    def measure() -> tuple[float, float, float]:
        return run(
            [*PEERBILL, "todo", str(folder), "--as-of", f"{AS_OF}", "--json", str(base / "todo.json")], codes=(1,)
        )

    try:
        make_workspace(folder, encounters=WEEK, members=MEMBERS, peers=PEERS)
        began = time.perf_counter()
        fill(folder, lines)
        size = (folder / "ledger.db").stat().st_size / 1e6
        print(f"a ledger of {lines:,} lines ({size:,.0f} MB, filled in {time.perf_counter() - began:.0f} s)")
        measured = [("the week unbilled", best(measure, rounds))]
        run([*PEERBILL, "bill", str(folder), "--as-of", f"{AS_OF}", "--out", str(base / "out")])
        with sqlite3.connect(folder / "ledger.db") as connection:
            connection.execute(
                "UPDATE claims SET state = 'paid', paid_cents = charge_cents WHERE batch_id = ?", (DAYS // 7 + 2,)
            )
        connection.close()
        measured.append(("the week billed and paid", best(measure, rounds)))
        for title, (wall, cpu, _) in measured:
            late = "" if wall <= ALLOWED else f"; MORE than {ALLOWED:.0f} s"
            print(f"  todo, {title:26} {wall:5.2f} s (processor {cpu:.2f} s){late}")
    finally:
        shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    main()
