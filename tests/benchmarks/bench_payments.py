"""Measure thousands of payments on one claim: the time for 4,000 against that for 1,000, which should be four times it.

The payer pays, takes back what it paid, whole or in part, and decides again, all in one 835; then in a twentieth
as many files. Each shape is posted in this process, the fastest of some rounds counts.

    python tests/benchmarks/bench_payments.py [PAYMENTS] [ROUNDS]
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from answering import ledger_url, newest, post
from benchmarks.bench_run import PEERBILL, run
from benchmarks.workspaces import AS_OF, make_workspace
from payer import Decision, Paid, SentClaim, SentFile, SentLine, denied, in_full, reduced, remit, reversal

from peerbill.ledger.look.claims import read_claims
from peerbill.ledger.look.history import reading
from peerbill.ledger.verify import verify

ALLOWED = 1.5
"""Times what linear growth would take."""


def part(line: SentLine) -> Paid:
    """Take back a dollar."""
    return Paid(Decimal(1), (("CO", "45", line.charge - 1),))


def numbered(claim: SentClaim, count: int) -> list[Decision]:
    """Pay again and again, each time under another number."""
    return [Decision(claim, reduced, number=f"N{number}") for number in range(count)]


SHAPES: dict[str, Callable[[SentClaim, int], Sequence[Decision]]] = {
    "denied": lambda claim, count: [Decision(claim, denied, "4")] * count,
    "paid, each under a number of its own": numbered,
    "paid, taken back, paid": lambda claim, count: (
        [*(Decision(claim, reduced), reversal(claim, reduced), Decision(claim, in_full))] * (count // 3)
    ),
    "paid, then all taken back": lambda claim, count: [
        *numbered(claim, count // 2),
        *[reversal(claim, reduced)] * (count // 2),
    ],
    "paid, then a part of each taken back": lambda claim, count: [
        *numbered(claim, count // 2),
        *[reversal(claim, part)] * (count // 2),
    ],
}


def seconds(folder: Path, kept: Path, files: Sequence[str]) -> float:
    """Post files into the ledger as it was when the claims were sent, read the claims, verify; return the time."""
    shutil.copyfile(kept, folder / "ledger.db")
    began = time.perf_counter()
    for text in files:
        post(folder, text)
    with reading(ledger_url(folder), folder) as connection:
        assert connection is not None
        for _ in read_claims(connection):
            pass
        assert not verify(connection).problems
    return time.perf_counter() - began


def one_by_one(file: SentFile, count: int) -> list[str]:
    """Return as many remittances as there are payments."""
    return [remit(file, [decision], f"EFT{number}") for number, decision in enumerate(numbered(file.claims[0], count))]


def main() -> None:
    """Measure and print; fail where a shape takes more than is allowed."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 4_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    base = Path(tempfile.mkdtemp(prefix="peerbill-bench-"))
    folder, out, kept = base / "agency", base / "claims", base / "kept.db"
    failed = False
    try:
        make_workspace(folder, 20, 10, 5)
        run([*PEERBILL, "bill", str(folder), "--out", str(out), "--as-of", f"{AS_OF}"])
        shutil.copyfile(folder / "ledger.db", kept)
        file = newest(out)
        files: dict[str, Callable[[int], list[str]]] = {
            name: lambda number, shape=shape: [remit(file, shape(file.claims[0], number))]  # type: ignore[misc]  # bound now
            for name, shape in SHAPES.items()
        }
        files["paid, a remittance for each"] = lambda number: one_by_one(file, number // 20)
        print(f"Post, read and verify {count // 4:,} and {count:,} payments of one claim; fastest of {rounds} rounds")
        for name, make in files.items():
            few, many = (
                min(seconds(folder, kept, texts) for _ in range(rounds)) for texts in (make(count // 4), make(count))
            )
            ratio = many / (4 * few)
            failed = failed or ratio > ALLOWED
            print(f"  {name}: {few:.2f} s, {many:.2f} s; {ratio:.2f} of linear, at most {ALLOWED}")
    finally:
        shutil.rmtree(base, ignore_errors=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
