"""Measure an ordinary Friday in a workspace of a year: all of it billed and paid but the last week.

Each command is a process of its own, so that imports and its peak memory are counted. The payer reduces every payment.
Compared is the same audit of a workspace that holds the last week alone, so that what the year costs can be seen.

    python tests/benchmarks/bench_year.py [ENCOUNTERS]
"""

import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.bench_run import PEERBILL, run
from benchmarks.workspaces import AS_OF, make_workspace
from payer import Decision, receive, reduced, remit

PEERS, MEMBERS = 50, 500
WEEK = PEERS * 25


def year(base: Path, count: int) -> Path:
    """Make the workspace, bill and pay all but its last week."""
    folder, out = base / "agency", base / "year"
    make_workspace(folder, count, MEMBERS, PEERS)
    settings = folder / "peerbill.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace('mode = "test"', 'mode = "production"'))
    table = folder / "encounters.csv"
    rows = table.read_text(encoding="utf-8").splitlines(keepends=True)
    table.write_text("".join(rows[:-WEEK]), encoding="utf-8")
    run([*PEERBILL, "bill", str(folder), "--out", str(out), "--as-of", f"{AS_OF}"])
    answer = base / "paid.835"
    with answer.open("w", encoding="ascii") as file:
        for number, path in enumerate(sorted(out.glob("*.837")), start=1):
            sent = receive(path.read_text(encoding="ascii"))
            file.write(remit(sent, [Decision(claim, reduced) for claim in sent.claims], f"EFT{number}", control=number))
    run([*PEERBILL, "post", str(folder), str(answer)])
    table.write_text("".join(rows), encoding="utf-8")
    shutil.copytree(folder, base / "week", ignore=shutil.ignore_patterns("ledger.db*"))
    (base / "week" / "encounters.csv").write_text("".join([rows[0], *rows[-WEEK:]]), encoding="utf-8")
    return folder


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    base = Path(tempfile.mkdtemp(prefix="peerbill-bench-"))
    try:
        folder = str(year(base, count))
        day = ["--as-of", f"{AS_OF}"]
        print(f"{count:,} encounters of {MEMBERS} members and {PEERS} peers, {WEEK:,} of them of this week")
        alone, *_ = run([*PEERBILL, "audit", str(base / "week"), *day])
        weekly = {
            "audit": ["audit", folder, *day],
            "bill": ["bill", folder, "--out", str(base / "friday"), *day],
            "todo": ["todo", folder, *day],
            "report": ["report", folder, "--out", str(base / "report.html"), *day],
        }
        others = {"claims": ["claims", folder], "ledger verify": ["ledger", "verify", folder]}
        total = 0.0
        for name, arguments in {**weekly, **others}.items():
            wall, _, memory = run([*PEERBILL, *arguments], codes=(0, 1))  # 1: something is to be done
            total += wall if name in weekly else 0
            print(f"  {name:14} {wall:6.2f} s {memory:6.0f} MB")
            if name == "audit":
                print(f"    over the week's rows alone: {wall / alone:.1f}")
        print(f"  audit, bill, todo and report: {total:.1f} s, {total / alone:.0f} audits of the week alone")
    finally:
        shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    main()
