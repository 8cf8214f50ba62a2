"""Measure how well the checks find what inspectors find, in data into which the errors were planted.

    python tests/benchmarks/planted.py [--quick] [--each N] [--code PB203 …] [--record]

It makes clean agencies of eight programmes, plants defects and near misses of every kind, audits them, and prints how
many were found and how many findings were wrong; then copied notes, groups billed as one-to-ones and habits of single
peers in months of agencies. `--quick` plants 20 defects of each kind and not 200; `--record` keeps the result for
README and documentation. Exit code 1: a target was missed.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.planting.chance import SEED
from benchmarks.planting.measure import measure
from benchmarks.planting.measure_claims import measure_claims
from benchmarks.planting.measure_habits import measure_habits
from benchmarks.planting.measure_patterns import measure_patterns
from benchmarks.planting.record import (
    findings,
    full,
    left_out,
    pattern_summary,
    patterns,
    record_of,
    summary,
    write_record,
)
from benchmarks.planting.targets import missed

EXAMPLES = 40


def main() -> int:
    """Run the benchmark, print its tables, and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="20 defects of each kind, in shorter months")
    parser.add_argument("--each", type=int, default=200, help="defects of each kind (200)")
    parser.add_argument("--code", nargs="*", default=[], help="only defects of these checks, and no patterns")
    parser.add_argument("--record", action="store_true", help="keep the result for README and documentation")
    options = parser.parse_args()
    each = 20 if options.quick else options.each
    began = time.perf_counter()
    with Progress(console=Console(stderr=True), transient=True) as progress:
        measured = measure(each, options.code, _bar(progress, "caseloads"))
        if options.code:
            _examples(measured.examples)
            return 1 if measured.examples else 0
        several, weeks = (2, 14) if options.quick else (8, 46)
        claims = measure_claims(each, _bar(progress, "claims"))
        found = measure_patterns(each, several, weeks, _bar(progress, "notes and groups"))
        habits = measure_habits(-(-each // 20), progress=_bar(progress, "habits"))
    record = record_of(measured, claims, found, habits, each)
    print(full(record), patterns(record), findings(record), left_out(), summary(record), sep="\n\n", end="\n\n")
    print(pattern_summary(record))
    total = measured.encounters + found.encounters + habits.encounters
    print(f"\n{total:,} encounters in {time.perf_counter() - began:.0f} s, seed {SEED}")
    _examples([*measured.examples, *claims.examples, *found.examples, *habits.examples])
    misses = missed(record)
    for miss in misses:
        print(f"target missed: {miss}")
    if options.record:
        write_record(record)
    return 1 if misses else 0


def _bar(progress: Progress, name: str) -> Callable[[int, int], None]:
    task = progress.add_task(name, total=None)
    return lambda done, total: progress.update(task, completed=done, total=total)


def _examples(examples: list[str]) -> None:
    """Print what was missed or found wrongly."""
    print("", *examples[:EXAMPLES], sep="\n")
    if len(examples) > EXAMPLES:
        print(f"… and {len(examples) - EXAMPLES} more")


if __name__ == "__main__":
    sys.exit(main())
