"""Measure how time and memory grow: each command on a workspace of N encounters, and on two and four times as many.

Each command runs as a process of its own, imports included. A ratio of 2 to the size before is linear growth, less is
what every run costs beside its input. The rows "one claim" are of a ledger in which one claim has two payments for
every five encounters, and some are taken back. The rows "with findings" are of encounters that each have six.

    python tests/benchmarks/bench_growth.py [ENCOUNTERS] [SIZES] [COMMAND...]

`ENCOUNTERS` is the least size (2,500), `SIZES` how often it is doubled, itself included (3); each `COMMAND` is a part
of the name of a row: the other rows are left out, apart from those that make what it reads.
"""

import csv
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.bench_run import PEERBILL, run
from benchmarks.workspaces import AS_OF, make_workspace
from payer import Decision, SentFile, ack277, denied, in_full, receive, reduced, remit, reversal

SUPERLINEAR = 2.3
"""A ratio above which growth is pointed out: of processor time beside other work, or of memory."""
BLANKED = ("intervention", "response", "goal", "signed_by", "signed_at", "diagnoses", "plan_id", "activity")
"""Cells without which an encounter has findings; staff have no credentials either, members no plan and no payer."""

Measure = tuple[float, float]


def answers(out: Path, base: Path) -> tuple[Path, Path, Path]:
    """Write a 277CA, an 835 that pays and one that denies every claim of the files of a folder."""
    paths = (base / "answer.277", base / "paid.835", base / "denied.835")
    texts: list[list[str]] = [[], [], []]
    for number, path in enumerate(sorted(out.glob("*.837")), start=1):
        sent: SentFile = receive(path.read_text(encoding="ascii"))
        texts[0].append(ack277(sent, control=number))
        for kind, pay in ((1, reduced), (2, denied)):
            decisions = [Decision(claim, pay) for claim in sent.claims]
            texts[kind].append(remit(sent, decisions, f"EFT{kind}-{number}", control=number))
    for path, parts in zip(paths, texts, strict=True):
        path.write_text("".join(parts), encoding="ascii")
    return paths


def answers_to_one(out: Path, base: Path, count: int) -> Path:
    """Write an 835 that pays the first claim, takes it back and decides again, so many payments in all."""
    path = base / "one.835"
    sent: SentFile = receive(min(out.glob("*.837")).read_text(encoding="ascii"))
    claim = sent.claims[0]
    again = (
        Decision(claim, reduced),
        reversal(claim, reduced),
        Decision(claim, denied, "4"),
        Decision(claim, in_full),
        reversal(claim, in_full),
    )
    decisions = [again[number % len(again)] for number in range(count)]
    path.write_text(remit(sent, decisions, "EFT3-1"), encoding="ascii")
    return path


def blank(folder: Path) -> None:
    """Take from every note what documentation has to have."""
    path = folder / "encounters.csv"
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, **dict.fromkeys(BLANKED, ""), "place": "00"} for row in rows)
    for name in ("credentials", "plans", "coverage"):
        table = folder / f"{name}.csv"
        table.write_text(table.read_text(encoding="utf-8").partition("\n")[0] + "\n", encoding="utf-8")


def steps(base: Path, size: int) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield each row's name and command, once what it reads is there."""
    folder, out, ledger = base / "agency", base / "out", base / "agency" / "ledger.db"
    make_workspace(folder, size, max(size // 50, 500), 100)
    day = ("--as-of", f"{AS_OF}")

    def command(name: str, *more: object) -> list[str]:
        return [*PEERBILL, *name.split(), str(folder), *map(str, more)]

    yield "audit", command("audit", *day, "--json", base / "audit.json")
    yield "bill", command("bill", *day, "--out", out)
    yield "bill again", command("bill", *day, "--out", base / "again")
    yield "check --quick", [*PEERBILL, "check", "--quick", *map(str, sorted(out.glob("*.837")))]
    accepted, paid, refused = answers(out, base)
    ids = [claim.claim_id for path in sorted(out.glob("*.837")) for claim in receive(path.read_text("ascii")).claims]
    kept = base / "kept.db"
    shutil.copyfile(ledger, kept)
    yield "withdraw", command("withdraw", *ids, "--reason", "measured")
    shutil.copyfile(kept, ledger)
    yield "post 835 that denies", command("post", refused)
    yield "write-off", command("write-off", *ids, "--reason", "measured")
    yield "rebill", command("rebill", *ids)
    shutil.copyfile(kept, ledger)
    yield "post 277CA", command("post", accepted)
    yield "post 835", command("post", paid)
    yield "todo", command("todo", *day)
    yield "claims --json", command("claims", "--json", base / "claims.json")
    yield "claims --csv", command("claims", "--csv", base / "claims.csv")
    yield "report", command("report", *day, "--out", base / "report.html")
    yield "ledger verify", command("ledger verify")
    yield "ledger backup", command("ledger backup", base / "backup.db")
    shutil.copyfile(ledger, kept)
    yield "one claim, post 835", command("post", answers_to_one(out, base, size * 2 // 5))
    yield "one claim, claims --json", command("claims", "--json", base / "claims.json")
    yield "one claim, todo", command("todo", *day)
    yield "one claim, report", command("report", *day, "--out", base / "report.html")
    for name in ("void --dry-run", "void", "replace --dry-run", "replace"):
        shutil.copyfile(kept, ledger)
        verb, _, dry = name.partition(" ")
        more: tuple[object, ...] = (dry,) if dry else ("--out", base / f"{verb}s")
        more = (*more, "--unchanged") if verb == "replace" else more
        yield name, command(verb, "--state", "paid", *day, "--json", base / "corrected.json", *more)
    for path in folder.glob("ledger.db*"):
        path.unlink()
    blank(folder)
    for option in ("", "--json", "--csv", "--html"):
        more = (option, base / "found") if option else ()
        yield f"audit {option or 'alone'}, with findings", command("audit", *day, *more)
    yield "bill, with findings", command("bill", *day, "--out", base / "held", "--new-ledger")


def measured(size: int, wanted: Callable[[str], bool]) -> dict[str, Measure]:
    """Return the processor seconds and the peak MB of each row."""
    base = Path(tempfile.mkdtemp(prefix="peerbill-growth-"))
    try:
        taken: dict[str, Measure] = {}
        for name, command in steps(base, size):
            if wanted(name):
                _, cpu, memory = run(command, codes=(0, 1), quiet=True)
                taken[name] = (cpu, memory)
        return taken
    finally:
        shutil.rmtree(base, ignore_errors=True)


def main() -> None:
    """Print the table."""
    first = int(sys.argv[1]) if len(sys.argv) > 1 else 2_500
    doublings = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    sizes = [first << number for number in range(doublings)]
    chosen = sys.argv[3:]
    needed = {"bill", "post 277CA", "post 835"} if chosen else set()
    columns = [
        measured(size, lambda name: not chosen or name in needed or any(c in name for c in chosen)) for size in sizes
    ]
    print(f"{'processor seconds / peak MB':28}" + "".join(f"{size:>24,}" for size in sizes))
    for name in columns[0]:
        cells = [f"{columns[0][name][0]:10.2f} {columns[0][name][1]:7.0f}      "]
        mark = ""
        for before, after in pairwise(columns):
            times = after[name][0] / before[name][0]
            more = after[name][1] / before[name][1]
            cells.append(f"{after[name][0]:8.2f} x{times:.1f} {after[name][1]:6.0f} x{more:.1f}")
            mark = " MORE than linear" if max(times, more) > SUPERLINEAR else mark
        print(f"{name:28}" + "".join(f"{cell:>24}" for cell in cells) + mark)


if __name__ == "__main__":
    main()
