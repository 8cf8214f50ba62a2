"""Measure posting: 835 text in, payments, lines, adjustments, states and audit trail in the ledger.

Compared with reading the same text alone, and where there is a server, billing and posting into PostgreSQL with the
same into SQLite. All run as processes of their own, so that the peak memory is theirs.

    python tests/benchmarks/bench_post.py [PAYMENTS] [ROUNDS]
    .ci/postgresql --required python tests/benchmarks/bench_post.py 10000 3
"""

import contextlib
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import databases
from benchmarks.bench_run import PEERBILL, run
from benchmarks.workspaces import AS_OF, make_workspace
from payer import Decision, receive, reduced, remit

READ = "import sys; sys.path.insert(0, {tests!r}); from benchmarks.bench_post import read; read({path!r})"
Measured = tuple[float, float, float]


def read(path: str) -> None:
    """Read a file of answers, and do nothing with them."""
    from peerbill.x12.read.answers import read_transactions  # noqa: PLC0415 - each process pays for its own imports
    from peerbill.x12.reader import decode  # noqa: PLC0415 - as above

    with Path(path).open("rb") as file:
        for transaction in read_transactions(decode(file)):
            for _ in transaction.answers:
                pass


def bill(folder: Path, out: Path) -> Measured:
    """Bill a workspace."""
    return run([*PEERBILL, "bill", str(folder), "--out", str(out), "--as-of", f"{AS_OF}"])


def post(folder: Path, answer: Path) -> Measured:
    """Post a file of answers into the ledger of a workspace."""
    return run([*PEERBILL, "post", str(folder), str(answer)])


def pay(out: Path, answer: Path) -> int:
    """Write what a payer answers to the files of a folder; return how many claims it pays."""
    claims = 0
    with answer.open("w", encoding="ascii") as file:
        for number, path in enumerate(sorted(out.glob("*.837")), start=1):
            sent = receive(path.read_text(encoding="ascii"))
            claims += len(sent.claims)
            paid = [Decision(claim, reduced) for claim in sent.claims]
            file.write(remit(sent, paid, f"EFT{number}", control=number))
    return claims


@contextlib.contextmanager
def on_server(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield the same workspace with its ledger in PostgreSQL, and the address of that."""
    there = folder.with_name("on-server")
    with databases.new_database("bench") as url:
        there.mkdir()
        for path in folder.iterdir():
            if not path.name.startswith("ledger."):
                (shutil.copytree if path.is_dir() else shutil.copyfile)(path, there / path.name)
        settings = there / "peerbill.toml"
        text = settings.read_text(encoding="utf-8").replace("[ledger]\n", f'[ledger]\nurl = "{url}"\n')
        settings.write_text(text, encoding="utf-8")
        yield there, url


def compare(folder: Path, base: Path, answer: Path, rounds: int) -> None:
    """Bill and post into both databases in turn, and print how much more PostgreSQL takes."""
    sqlite: list[tuple[Measured, Measured]] = []
    server: list[tuple[Measured, Measured]] = []
    with on_server(folder) as (there, url):
        for _ in range(rounds):
            for into, measured in ((folder, sqlite), (there, server)):
                out = base / "anew"
                shutil.rmtree(out, ignore_errors=True)
                for name in ("ledger.db", "ledger.db.lock", "ledger.lock"):
                    (into / name).unlink(missing_ok=True)
                databases.clear(url, tables_too=True)
                measured.append((bill(into, out), post(into, answer)))
    for number, name in enumerate(("bill", "post")):
        (wall, cpu), (wall_there, cpu_there) = (
            [statistics.median(one[number][which] for one in measured) for which in (0, 1)]
            for measured in (sqlite, server)
        )
        print(
            f"  {name} into PostgreSQL / SQLite: {wall_there / wall:.2f} ({wall_there:.2f} s, {wall:.2f} s); "
            f"processor time without the server's {cpu_there / cpu:.2f}"
        )


def main() -> None:
    """Measure, compare and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    base = Path(tempfile.mkdtemp(prefix="peerbill-bench-"))
    folder, out, answer = base / "agency", base / "claims", base / "answer.835"
    try:
        make_workspace(folder, count, max(count // 50, 500), 100)
        bill(folder, out)
        claims = pay(out, answer)
        whole = folder / "ledger.db"
        kept = base / "ledger.db"
        shutil.copyfile(whole, kept)

        def anew() -> Measured:
            shutil.copyfile(kept, whole)
            return post(folder, answer)

        def alone() -> Measured:
            code = READ.format(tests=str(Path(__file__).parents[1]), path=str(answer))
            return run([sys.executable, "-c", code])

        posted = [anew() for _ in range(rounds)]
        reading = [alone() for _ in range(rounds)]
        again = post(folder, answer)[0]
        listed = run([*PEERBILL, "claims", str(folder), "--state", "denied"])[0]
        seconds, memory = statistics.median(one[0] for one in posted), max(one[2] for one in posted)
        least = statistics.median(one[0] for one in reading)
        cpu = statistics.median(one[1] for one in posted) / statistics.median(one[1] for one in reading)
        size = answer.stat().st_size / 1e6
        print(f"{claims:,} payments in an 835 of {size:.1f} MB; medians of {rounds} rounds")
        print(f"  post: {seconds:.2f} s, {claims / seconds:,.0f} payments/s; at most 60 s for 50,000, aim 10 s")
        print(f"  reading alone: {least:.2f} s, {reading[0][2]:.0f} MB")
        print(f"  post / reading: {seconds / least:.1f} (processor time {cpu:.1f})")
        print(f"  peak memory of post: {memory:.0f} MB")
        print(f"  the same file again: {again:.2f} s; claims --state denied: {listed:.2f} s")
        if databases.SERVER:
            compare(folder, base, answer, rounds)
        else:
            print(f"  nothing measured on a server: {databases.WITHOUT}")
    finally:
        shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    main()
