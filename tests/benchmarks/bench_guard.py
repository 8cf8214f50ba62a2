"""What the guards of `audit` cost for each encounter; at most 10 µs are allowed.

python tests/benchmarks/bench_guard.py [ENCOUNTERS]
"""

import datetime as dt
import sys
import time

from peerbill.coding.guard import encounter_fault
from peerbill.model.encounter import Encounter

LIMIT = 10.0


def main() -> int:
    """Print microseconds for each encounter, and say whether that is within the limit."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    start = dt.datetime(2026, 3, 2, 10, 0)
    rows = [
        Encounter(
            encounter_id=f"E{number}",
            member_id=f"M{number % 500}",
            staff_id=f"S{number % 40}",
            service="individual",
            start=start + dt.timedelta(minutes=number),
            end=start + dt.timedelta(minutes=number + 45),
            place="57",
            channel="in-person",
            diagnoses=("F11.20", "F33.1"),
            goal="keep the job",
            intervention="talked through the timetable",
            signed_by=(f"S{number % 40}",),
            signed_at=start + dt.timedelta(minutes=number + 60),
            break_minutes=number % 3 or None,
            voluntary=True,
        )
        for number in range(count)
    ]
    best = min(_pass(rows) for _ in range(5)) / count * 1e6
    print(f"guard: {best:.2f} µs an encounter, {LIMIT:.0f} µs are allowed")
    return int(best > LIMIT)


def _pass(rows: list[Encounter]) -> float:
    begun = time.process_time()
    faults = [fault for row in rows if (fault := encounter_fault(row)) is not None]
    spent = time.process_time() - begun
    assert not faults
    return spent


if __name__ == "__main__":
    sys.exit(main())
