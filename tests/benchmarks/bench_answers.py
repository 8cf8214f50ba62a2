"""How fast answers are read: `python tests/benchmarks/bench_answers.py [CLAIMS] [--large MEGABYTES]`.

An 835 and a 999 are made up and read, each contender in a process of its own, best of several runs: peerbill, with and
without the lane of ordinary claims;
`split` at both delimiters on the same text, which is the least a reader can do; for the 835 the public Python readers
that are installed (x12sdk comes with the bench extra; edi-835-parser, openx12 and oxedi where somebody installed them).
Then the peak memory of an 835 whose claims all stand in one ST, made while it is read. Times are the
processor's; ratios are what counts.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path

from peerbill.model.payer_answers import ClaimPayment, GroupAnswer, RemittanceEnd
from peerbill.x12.read import answers
from peerbill.x12.read.answers import read_transactions
from peerbill.x12.read.read835 import read_remittance
from peerbill.x12.reader import decode

SLOW = 2_000
"""Claims that x12sdk, edi-835-parser and openx12 are given; their rate hardly depends on the number."""

ISA = "ISA*00*          *00*          *ZZ*PAYER          *ZZ*AGENCY         *260901*0800*^*00501*000000001*0*P*:~"
HEAD = (
    f"{ISA}GS*HP*PAYER*AGENCY*20260901*0800*1*X*005010X221A1~ST*835*0001~BPR*I*{{paid}}*C*ACH*CCP*01*111000025*DA*1*"
    "1512345678**01*111000025*DA*2*20260901~TRN*1*EFT0001*1512345678~DTM*405*20260831~N1*PR*STATE MEDICAID*XV*12345~"
    "N3*1 MAIN ST~N4*LANSING*MI*48933~PER*BL*HELP DESK*TE*8005550100~N1*PE*AGENCY*XX*1234567893~LX*1~"
)
CLAIMS = 1_000
"""Claims of one piece of text."""


def claim(number: int) -> str:
    """Make a claim of two lines: one paid in part, one denied."""
    return (
        f"CLP*PB{number:010}*1*150*60**MC*2026{number:012}*57*1~NM1*QC*1*LANE*ALEX****MI*{number:010}~"
        "NM1*82*1*RIVERA*DANA****XX*1245319599~REF*EA*M0001~DTM*232*20260801~DTM*233*20260802~"
        f"SVC*HC:H0038:HF*75*60**5~DTM*472*20260801~CAS*CO*45*15~REF*6R*{number:010}A~AMT*B6*60~"
        f"SVC*HC:H0038:HF:HQ*75*0**5~DTM*472*20260802~CAS*CO*97*75~REF*6R*{number:010}B~LQ*HE*N20~"
    )


def remittance(pieces: int, claims: int = CLAIMS) -> Iterator[str]:
    """Make an 835 with everything in one ST, a piece of text at a time."""
    yield HEAD.format(paid=60 * pieces * claims)
    segments = 10
    for piece in range(pieces):
        text = "".join(map(claim, range(piece * claims, (piece + 1) * claims)))
        segments += text.count("~")
        yield text
    yield f"SE*{segments + 1}*0001~GE*1*1~IEA*1*000000001~"


def acknowledgment(sets: int) -> Iterator[str]:
    """Make a 999 where every other transaction set is rejected for two errors."""
    yield f"{ISA}GS*FA*PAYER*AGENCY*20260901*0800*1*X*005010X231A1~ST*999*0001*005010X231A1~AK1*HC*1*005010X222A1~"
    segments = 2
    for number in range(sets):
        text = f"AK2*837*{number:09}*005010X222A1~"
        if number % 2:
            text += f"IK3*CLM*22*2300*8~CTX*CLM01:PB{number:010}~IK4*2*782*1~IK3*NM1*8*2010*8~IK4*9*67*I12*X~IK5*R*5~"
        else:
            text += "IK5*A~"
        segments += text.count("~")
        yield text
    yield f"AK9*P*{sets}*{sets}*{sets // 2}~SE*{segments + 2}*0001~GE*1*1~IEA*1*000000001~"


def own(path: Path) -> int:
    """Read what the file says, with balance and digest."""
    with path.open("rb") as file:
        return read(decode(file))


def by_segments(path: Path) -> int:
    """Read without the lane of ordinary claims."""
    answers._READERS["835"] = partial(read_remittance, lane=False)
    return own(path)


def read(chunks: Iterator[str]) -> int:
    """Count the claims or sets that were read."""
    counted = 0
    for transaction in read_transactions(chunks):
        for answer in transaction.answers:
            if isinstance(answer, ClaimPayment):
                counted += 1
            elif isinstance(answer, GroupAnswer):
                counted += len(answer.sets)
            elif isinstance(answer, RemittanceEnd) and answer.unbalanced:
                raise SystemExit(f"the remittance should balance: {answer.unbalanced[0]}")
        if transaction.problems or not transaction.complete:
            raise SystemExit(f"the file should be clean: {transaction.problems[:3]}")
    return counted


def split(path: Path) -> int:
    """Read and split, keeping nothing."""
    text = path.read_text(encoding="ascii")
    return sum(segment.split("*")[0] in ("CLP", "AK2") for segment in text.split("~"))


def x12sdk(path: Path) -> int:
    """Read x12sdk's models."""
    with import_module("x12sdk.io").X12ModelReader(str(path)) as reader:
        return sum(sum(1 for _ in model.claims()) for model in reader.models())


def edi_835_parser(path: Path) -> int:
    """Read with edi-835-parser."""
    return sum(len(found.claims) for found in import_module("edi_835_parser").parse(str(path)).transaction_sets)


def openx12(path: Path) -> int:
    """Read with openx12."""
    return len(import_module("openx12.x835").parse(path.read_text(encoding="ascii")).claims)


def oxedi(path: Path) -> int:
    """Read with oxedi, which is written in Rust."""
    return int(import_module("oxedi").parse_file(str(path)).count_claims())


def flat(megabytes: str) -> int:
    """Read an 835 that is made while it is read."""
    size = sum(map(len, remittance(1)))
    return read(remittance(int(megabytes) * 1_000_000 // size + 1))


CONTENDERS: dict[str, Callable[[Path], int]] = {
    "peerbill": own,
    "without the lane": by_segments,
    "split": split,
    "x12sdk": x12sdk,
    "edi-835-parser": edi_835_parser,
    "openx12": openx12,
    "oxedi": oxedi,
}
MODULES = {name: name.replace("-", "_") for name in CONTENDERS if name not in ("peerbill", "without the lane", "split")}


def measure(name: str, argument: str) -> None:
    """Run one contender in this process and print its figures as JSON (called as a child process)."""
    began = time.process_time()
    claims = flat(argument) if name == "flat" else CONTENDERS[name](Path(argument))
    seconds = time.process_time() - began
    status = Path("/proc/self/status")
    peak = 0
    if status.exists():
        # The peak of ru_maxrss would include the parent's before exec.
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        peak = int(line.split()[1]) // 1024
    print(json.dumps({"claims": claims, "seconds": seconds, "peak": peak}))


def run(name: str, argument: str) -> dict[str, float] | None:
    """Run one contender in a child process; None where it fails, which is told."""
    child = [sys.executable, __file__, "--child", name, argument]
    done = subprocess.run(child, check=False, capture_output=True, text=True)
    if done.returncode:
        print(f"{name} fails: {done.stderr.strip().splitlines()[-1][:120]}")
        return None
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def compare(title: str, files: dict[str, Path], runs: int) -> None:
    """Print the rate of each contender on its file, and its time to that of split."""
    rates: dict[str, float] = {}
    for attempt in range(runs):
        for name, path in files.items():
            found = run(name, str(path)) if name in rates or attempt == 0 else None
            if found:
                rates[name] = max(rates.get(name, 0.0), path.stat().st_size / 1e6 / found["seconds"])
    print(title)
    for name, rate in rates.items():
        version = metadata.version(name) if name in MODULES else ""
        print(f"{name + ' ' + version:24} {rate:>8.2f} MB/s   time / split {rates['split'] / rate:>8.1f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("claims", type=int, nargs="?", default=20_000)
    parser.add_argument("--large", type=int, default=500, help="megabytes of the 835 whose peak memory is taken")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--child", nargs=2, metavar=("NAME", "ARGUMENT"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        measure(*arguments.child)
        return
    with tempfile.TemporaryDirectory() as folder:
        many, few, sets = (Path(folder) / name for name in ("many.835", "few.835", "sets.999"))
        many.write_text("".join(remittance(max(1, arguments.claims // CLAIMS))), encoding="ascii")
        few.write_text("".join(remittance(SLOW // CLAIMS)), encoding="ascii")
        sets.write_text("".join(acknowledgment(arguments.claims)), encoding="ascii")
        peers = {name: few for name, module in MODULES.items() if find_spec(module)} | (
            {"oxedi": many} if find_spec("oxedi") else {}
        )
        size = many.stat().st_size / 1e6
        title = f"Reading an 835 of {size:.1f} MB ({SLOW:,} claims for the other readers); best of {arguments.runs}"
        compare(title, {"peerbill": many, "without the lane": many, "split": many} | peers, arguments.runs)
        title = f"Reading a 999 of {sets.stat().st_size / 1e6:.1f} MB; best of {arguments.runs}"
        compare(title, {"peerbill": sets, "split": sets}, arguments.runs)
    missing = [name for name, module in MODULES.items() if not find_spec(module)]
    if missing:
        print(f"not installed, so not compared: {', '.join(missing)}", file=sys.stderr)
    large = run("flat", str(arguments.large))
    if large:
        rate = arguments.large / large["seconds"]
        print(
            f"an 835 of {arguments.large} MB in one ST, {large['claims']:,} claims: {rate:.1f} MB/s with making it, "
            f"peak {large['peak']} MiB"
        )


if __name__ == "__main__":
    main()
