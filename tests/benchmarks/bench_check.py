"""How fast `peerbill check` reads: `python tests/benchmarks/bench_check.py [CLAIMS] [--large CLAIMS]`.

On the same claims, each in a process of its own, best of several runs: our own checks (`--quick`); the same without
the lane of ordinary claims; reading and splitting at both delimiters, which is the least a reader can do; our checks
and pyx12 together; pyx12 alone; x12sdk's models, where it is installed; `read_837`. Then the peak memory of our checks
and of `read_837` on a large file. Times are the processors', of a process and its children. Ratios are what counts.
"""

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from peerbill.x12.check.claim_files import check_chunks
from peerbill.x12.check.guide import check_guide
from peerbill.x12.read.read837 import read_837
from peerbill.x12.reader import decode

SLOW = 1000
"""Claims that the slow contenders are given; their rate hardly depends on the number."""


def own(path: Path, *, lane: bool = True) -> int:
    """Run our own checks."""
    with path.open("rb") as file:
        report = check_chunks(decode(file), lane=lane)
    if report.problems:
        raise SystemExit(f"the file should be clean: {report.problems[:3]}")
    return report.claims


def state_machine(path: Path) -> int:
    """Run our own checks without the lane of ordinary claims."""
    return own(path, lane=False)


def split(path: Path) -> int:
    """Read and split, keeping nothing."""
    text = path.read_text(encoding="ascii")
    return sum(segment.split("*")[0] == "CLM" for segment in text.split("~"))


def as_claims(path: Path) -> int:
    """Read every claim as a value of ours."""
    with path.open("rb") as file:
        reader = read_837(decode(file))
        count = sum(read.whole for read in reader)
    if reader.problems:
        raise SystemExit(f"the file should be clean: {reader.problems[:3]}")
    return count


def both(path: Path) -> int:
    """Run our own checks, then pyx12 in processes, as `peerbill check` does."""
    count = own(path)
    with path.open("rb") as file:
        if list(check_guide(decode(file))):
            raise SystemExit("pyx12 should find nothing")
    return count


def pyx12(path: Path) -> int:
    """Run pyx12's validator with its 999, in this process."""
    params, document = import_module("pyx12.params"), import_module("pyx12.x12n_document")
    if not document.x12n_document(params.params(), str(path), io.StringIO(), None):
        raise SystemExit("pyx12 should find nothing")
    return split(path)


def x12sdk(path: Path) -> int:
    """Read x12sdk's models."""
    with import_module("x12sdk.io").X12ModelReader(str(path)) as reader:
        return sum(sum(1 for _ in model.claims()) for model in reader.models())


CONTENDERS: dict[str, Callable[[Path], int]] = {
    "peerbill, own checks": own,
    "without the lane": state_machine,
    "peerbill, read_837": as_claims,
    "read and split": split,
    "peerbill, with pyx12": both,
    "pyx12 alone": pyx12,
    "x12sdk models": x12sdk,
}


def measure(name: str, path: Path) -> None:
    """Run one contender in this process and print its figures as JSON (called as a child process)."""
    began = sum(os.times()[:4])
    claims = CONTENDERS[name](path)
    seconds = sum(os.times()[:4]) - began
    status = Path("/proc/self/status")
    peak = 0
    if status.exists():
        # The peak of ru_maxrss would include the parent's before exec.
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        peak = int(line.split()[1]) // 1024
    print(json.dumps({"claims": claims, "seconds": seconds, "peak": peak}))


def run(name: str, path: Path) -> dict[str, float]:
    """Run one contender in a child process."""
    done = subprocess.run(
        [sys.executable, __file__, "--child", name, str(path)], check=True, capture_output=True, text=True
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def write(path: Path, count: int) -> None:
    """Write claims with our own writer."""
    sys.path.insert(0, str(Path(__file__).parent))
    bench = import_module("bench_writer")
    claims = bench.make_claims(count)
    with path.open("w", encoding="ascii", newline="") as file:
        file.writelines(bench.write_interchange(claims, bench.PAYER, bench.SETTINGS, bench.AS_OF, 1))


def repeat(source: Path, path: Path, times: int) -> None:
    """Write a file's interchange several times, each with claims, members and control numbers of its own."""
    text = source.read_text(encoding="ascii")
    with path.open("w", encoding="ascii", newline="") as file:
        for number in range(1, times + 1):
            own = text.replace("*CLM", f"*C{number:03}").replace("*MBR", f"*M{number:03}")
            file.write(own.replace("*000000001", f"*{number:09}"))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("claims", type=int, nargs="?", default=20_000)
    parser.add_argument("--large", type=int, default=500_000, help="claims of the file whose peak memory is taken")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--child", nargs=2, metavar=("NAME", "FILE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        measure(arguments.child[0], Path(arguments.child[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        many, few, large_file = (Path(folder) / name for name in ("many.837", "few.837", "large.837"))
        write(many, arguments.claims)
        write(few, SLOW)
        repeat(many, large_file, max(1, arguments.large // arguments.claims))
        names = [name for name in CONTENDERS if name != "x12sdk models" or find_spec("x12sdk")]
        rates = dict.fromkeys(names, 0.0)
        for _ in range(arguments.runs):
            for name in names:
                found = run(name, few if "pyx12" in name or "x12sdk" in name else many)
                rates[name] = max(rates[name], found["claims"] / found["seconds"])
        large = run("peerbill, own checks", large_file)
        large_claims = run("peerbill, read_837", large_file)
    print(
        f"Reading back and checking 837P, {arguments.claims:,} claims ({SLOW:,} for the slow); best of {arguments.runs}"
    )
    for name, rate in rates.items():
        print(f"{name:22} {rate:>10,.0f} claims/s")
    ours = rates["peerbill, own checks"]
    print(f"time without the lane / peerbill's own checks: {ours / rates['without the lane']:.1f}")
    print(f"time of peerbill's own checks / read and split: {rates['read and split'] / ours:.1f}")
    print(f"time of read_837 / peerbill's own checks: {ours / rates['peerbill, read_837']:.1f}")
    print(f"time of pyx12 / peerbill's own checks: {ours / rates['pyx12 alone']:.0f}")
    if "x12sdk models" in rates:
        print(f"time of x12sdk / peerbill's own checks: {ours / rates['x12sdk models']:.0f}")
    else:
        print("x12sdk is not installed; to compare with it: pip install -e '.[bench]'", file=sys.stderr)
    rate = large["claims"] / large["seconds"]
    print(f"{large['claims']:,} claims: {rate:,.0f} claims/s (60,000 wanted), peak {large['peak']} MiB (150 at most)")
    rate = large_claims["claims"] / large_claims["seconds"]
    print(f"read_837 of {large_claims['claims']:,} claims: {rate:,.0f} claims/s, peak {large_claims['peak']} MiB")


if __name__ == "__main__":
    main()
