"""Measure posting: 835 text in, payments, lines, adjustments, states and audit trail in the ledger.

Compared with reading the same text alone. Both run as processes of their own, so that the peak memory is theirs.

    python tests/benchmarks/bench_post.py [PAYMENTS] [ROUNDS]
"""

import shutil
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.bench_run import PEERBILL, run
from benchmarks.workspaces import AS_OF, make_workspace
from payer import Decision, receive, reduced, remit

READ = "import sys; sys.path.insert(0, {tests!r}); from benchmarks.bench_post import read; read({path!r})"


def read(path: str) -> None:
    """Read a file of answers, and do nothing with them."""
    from peerbill.x12.read.answers import read_transactions  # noqa: PLC0415 - each process pays for its own imports
    from peerbill.x12.reader import decode  # noqa: PLC0415 - as above

    with Path(path).open("rb") as file:
        for transaction in read_transactions(decode(file)):
            for _ in transaction.answers:
                pass


def main() -> None:
    """Measure, compare and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    base = Path(tempfile.mkdtemp(prefix="peerbill-bench-"))
    folder, out, answer = base / "agency", base / "claims", base / "answer.835"
    try:
        make_workspace(folder, count, max(count // 50, 500), 100)
        run([*PEERBILL, "bill", str(folder), "--out", str(out), "--as-of", f"{AS_OF}"])
        claims = 0
        with answer.open("w", encoding="ascii") as file:
            for number, path in enumerate(sorted(out.glob("*.837")), start=1):
                sent = receive(path.read_text(encoding="ascii"))
                claims += len(sent.claims)
                paid = [Decision(claim, reduced) for claim in sent.claims]
                file.write(remit(sent, paid, f"EFT{number}", control=number))
        whole = folder / "ledger.db"
        kept = base / "ledger.db"
        shutil.copyfile(whole, kept)

        def post() -> tuple[float, float, float]:
            shutil.copyfile(kept, whole)
            return run([*PEERBILL, "post", str(folder), str(answer)])

        def alone() -> tuple[float, float, float]:
            code = READ.format(tests=str(Path(__file__).parents[1]), path=str(answer))
            return run([sys.executable, "-c", code])

        posted = [post() for _ in range(rounds)]
        reading = [alone() for _ in range(rounds)]
        again = run([*PEERBILL, "post", str(folder), str(answer)])[0]
        listed = run([*PEERBILL, "claims", str(folder), "--state", "denied"])[0]
        seconds, memory = statistics.median(one[0] for one in posted), max(one[2] for one in posted)
        least = statistics.median(one[0] for one in reading)
        size = answer.stat().st_size / 1e6
        print(f"{claims:,} payments in an 835 of {size:.1f} MB; medians of {rounds} rounds")
        print(f"  post: {seconds:.2f} s, {claims / seconds:,.0f} payments/s; at most 60 s for 50,000, aim 10 s")
        print(f"  reading alone: {least:.2f} s, {reading[0][2]:.0f} MB; post / reading: {seconds / least:.1f}")
        print(f"  peak memory of post: {memory:.0f} MB")
        print(f"  the same file again: {again:.2f} s; claims --state denied: {listed:.2f} s")
    finally:
        shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    main()
