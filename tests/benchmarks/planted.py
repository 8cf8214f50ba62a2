"""Measure how well the checks find what inspectors find, in data into which the errors were planted.

    python tests/benchmarks/planted.py [--quick] [--each N] [--code PB203 …] [--record]

It makes clean agencies of eight programmes, plants defects and near misses of every kind, audits them, and prints how
many were found and how many findings were wrong. `--quick` plants 20 of each and not 200; `--record` keeps the result
for README and documentation. Exit code 1: a target was missed.
"""

import argparse
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.planting.kinds import every_kind
from benchmarks.planting.measure import measure
from benchmarks.planting.record import findings, full, left_out, record_of, summary, write_record
from benchmarks.planting.targets import missed


def main() -> int:
    """Run the benchmark, print its tables, and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="20 defects of each kind")
    parser.add_argument("--each", type=int, default=200, help="defects of each kind (200)")
    parser.add_argument("--code", nargs="*", default=[], help="only defects of these checks")
    parser.add_argument("--record", action="store_true", help="keep the result for README and documentation")
    options = parser.parse_args()
    each = 20 if options.quick else options.each
    kinds = [kind for kind in every_kind() if not options.code or kind.code in options.code]
    began = time.perf_counter()
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("cases", total=None)
        measured = measure(each, each, kinds, lambda done, total: progress.update(task, completed=done, total=total))
    record = record_of(measured, each)
    print(full(record), findings(record), left_out(), summary(record), sep="\n\n")
    print(f"\n{record['encounters']:,} encounters in {time.perf_counter() - began:.0f} s, seed {record['seed']}")
    for example in measured.examples[:40]:
        print(example)
    misses = missed(record)
    for miss in misses:
        print(f"target missed: {miss}")
    if options.record:
        write_record(record)
    return 1 if misses else 0


if __name__ == "__main__":
    sys.exit(main())
