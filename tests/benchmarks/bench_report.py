"""Measure `peerbill report` on a year's workspace, billed and answered, beside `peerbill todo` on the same ledger.

python tests/benchmarks/bench_report.py [ENCOUNTERS] [ROUNDS]
"""

import datetime as dt
import shutil
import sys
import tempfile
from functools import partial
from pathlib import Path

import attrs

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.bench_run import PEERBILL, best, run
from benchmarks.workspaces import AS_OF, make_workspace
from payer import Decision, denied, receive, reduced, remit

DENIED = 20
"""One claim of so many is denied."""


def answer(folder: Path, out: Path) -> None:
    """Pay every claim that was sent at the contract's rate, and deny some."""
    for number, path in enumerate(sorted(out.glob("*.837")), start=1):
        sent = attrs.evolve(receive(path.read_text(encoding="ascii")), answered_on=AS_OF + dt.timedelta(days=20))
        decisions = [
            Decision(claim, reduced if place % DENIED else denied) for place, claim in enumerate(sent.claims, start=1)
        ]
        file = folder / f"{number}.835"
        file.write_text(remit(sent, decisions, trace=f"EFT{number}", control=number), encoding="ascii")
        run([*PEERBILL, "post", str(folder), str(file)], codes=(0, 1))


def main() -> None:
    """Print the seconds of both commands, and how they compare."""
    encounters = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    base = Path(tempfile.mkdtemp(prefix="peerbill-report-"))
    folder, day = base / "workspace", f"{AS_OF + dt.timedelta(days=21)}"
    try:
        make_workspace(folder, encounters=encounters)
        settings = folder / "peerbill.toml"
        settings.write_text(settings.read_text().replace('mode = "test"', 'mode = "production"'), encoding="utf-8")
        run([*PEERBILL, "bill", str(folder), "--as-of", f"{AS_OF}", "--out", str(base / "out")], codes=(0, 1))
        answer(folder, base / "out")
        print(f"a workspace of {encounters:,} encounters, billed and answered")
        commands = {
            "todo": ["--json", str(base / "todo.json")],
            "report": ["--out", str(base / "report.html"), "--out", str(base / "report.xlsx")],
        }
        walls = {}
        for name, more in commands.items():
            measure = partial(run, [*PEERBILL, name, str(folder), "--as-of", day, *more], codes=(0, 1))
            wall, cpu, memory = best(measure, rounds)
            walls[name] = wall
            print(f"  {name:8} {wall:6.2f} s (processor {cpu:.2f} s, {memory:,.0f} MB)")
        print(f"  report takes {walls['report'] / walls['todo']:.2f} times what todo takes")
    finally:
        shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    main()
