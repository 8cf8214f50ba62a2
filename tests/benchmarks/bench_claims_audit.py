"""How fast claims of another system are audited: `python tests/benchmarks/bench_claims_audit.py [CLAIMS]`.

A workspace of as many encounters is made, its claims are written as an 837P and paid in an 835; each way of looking at
them runs in a process of its own: against the workspace, alone, and alone with a programme and a roster. Half as many
claims, alone, show whether time and memory grow in a line with them. Beside it, `read_837` over the same file.
"""

import argparse
import datetime as dt
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path

from peerbill.checks.audit import audit
from peerbill.claim_audit.alone import Roster
from peerbill.claim_audit.audit import audit_alone, audit_claims
from peerbill.claim_audit.values import ClaimAudit
from peerbill.claims.build import build_claims
from peerbill.intake.workspace import programme_ids, read_agency_policies, read_workspace
from peerbill.model.claim import Claim
from peerbill.policy import load_policies
from peerbill.x12.read.read837 import read_837
from peerbill.x12.write.write837 import write_interchange

AS_OF = dt.date(2026, 12, 14)
BATCH = 5000
"""Claims of an 835's transaction set."""


def write(folder: Path, count: int) -> None:
    """Write a workspace, its claims, half of them, and an 835 that pays all."""
    sys.path.insert(0, str(Path(__file__).parent))
    import_module("workspaces").make_workspace(folder / "agency", count, max(count // 50, 1), max(count // 1000, 1))
    records = read_workspace(folder / "agency")
    policies = load_policies(programme_ids(records.settings), read_agency_policies(folder / "agency"))
    billable = audit(records, policies, AS_OF).billable
    claims = build_claims(billable, records, (f"C{number:08}" for number in range(1, count + 1)))
    payer = next(iter(records.settings.payers.values()))
    for name, some in (("all.837", claims), ("half.837", claims[: len(claims) // 2])):
        with (folder / name).open("w", encoding="ascii", newline="") as file:
            file.writelines(write_interchange(some, payer, records.settings, AS_OF, 1))
    with (folder / "all.835").open("w", encoding="ascii", newline="") as file:
        file.writelines(remittances(claims))


def remittances(claims: tuple[Claim, ...]) -> Iterator[str]:
    """Yield an 835 that pays claims in full."""
    isa = f"ISA*00*{' ' * 10}*00*{' ' * 10}*ZZ*{'PAYER':15}*ZZ*{'AGENCY':15}*261214*1200*^*00501*000000001*0*P*:~"
    yield f"{isa}GS*HP*PAYER*AGENCY*20261214*1200*1*X*005010X221A1~"
    sets = [claims[at : at + BATCH] for at in range(0, len(claims), BATCH)]
    for number, some in enumerate(sets, start=1):
        total = sum(claim.charge for claim in some)
        bank = "C*ACH*CCP*01*111*DA*1*1*01*111*DA*2*20261214"
        head = f"ST*835*{number:04}~BPR*I*{total}*{bank}~TRN*1*{number}*1~N1*PR*PAYER~N1*PE*AGENCY*XX*1234567893~LX*1~"
        body = [head, *map(paid, some)]
        yield "".join(body)
        yield f"SE*{sum(part.count('~') for part in body) + 1}*{number:04}~"
    yield f"GE*{len(sets)}*1~IEA*1*000000001~"


def paid(claim: Claim) -> str:
    """Return the segments that pay a claim."""
    lines = "".join(
        f"SVC*HC:{':'.join((line.hcpcs, *line.modifiers))}*{line.charge}*{line.charge}**{line.units}~"
        f"DTM*472*{line.service_date:%Y%m%d}~REF*6R*{line.line_id}~"
        for line in claim.lines
    )
    return f"CLP*{claim.claim_id}*1*{claim.charge}*{claim.charge}**MC*N{claim.claim_id}*11*1~NM1*QC*1*DOE*JO~{lines}"


def against(folder: Path) -> ClaimAudit:
    """Compare all files with the workspace."""
    records = read_workspace(folder / "agency")
    policies = load_policies(programme_ids(records.settings), read_agency_policies(folder / "agency"))
    return audit_claims([folder / "all.837", folder / "all.835"], records, policies, AS_OF)


def alone(folder: Path) -> ClaimAudit:
    """Look at the claims alone."""
    return audit_alone([folder / "all.837", folder / "all.835"], AS_OF)


def half(folder: Path) -> ClaimAudit:
    """Look at half of the claims alone."""
    return audit_alone([folder / "half.837"], AS_OF)


def with_rules(folder: Path) -> ClaimAudit:
    """Look at the claims with a programme and a roster."""
    records = read_workspace(folder / "agency")
    programme = load_policies(("NJ/sud",)).programme("NJ/sud")
    return audit_alone([folder / "all.837"], AS_OF, programme, Roster.of(records.staff, records.credentials))


CONTENDERS: dict[str, Callable[[Path], ClaimAudit]] = {
    "against the workspace": against,
    "alone": alone,
    "alone, half of them": half,
    "with rules and roster": with_rules,
}


def measure(name: str, folder: Path) -> None:
    """Run a contender in this process and print its figures as JSON."""
    began = time.process_time()
    if name == "read_837":
        lines = sum(len(read.claim.lines) for read in read_837(folder / "all.837") if read.claim is not None)
        found: Iterable[object] = ()
    else:
        result = CONTENDERS[name](folder)
        lines, found = result.lines, result.findings
    seconds = time.process_time() - began
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = next(int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmHWM"))
    print(json.dumps({"lines": lines, "seconds": seconds, "peak": peak, "findings": len(list(found))}))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("claims", type=int, nargs="?", default=100_000)
    parser.add_argument("--child", nargs=2, metavar=("NAME", "FOLDER"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        measure(arguments.child[0], Path(arguments.child[1]))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, arguments.claims)
        print(f"Claims of another system, {arguments.claims:,} encounters, their claims and their payments")
        for contender in ("read_837", *CONTENDERS):
            done = subprocess.run(
                [sys.executable, __file__, "--child", contender, name], check=True, capture_output=True, text=True
            )
            found = json.loads(done.stdout)
            print(
                f"{contender:22} {found['lines']:>9,} lines {found['seconds']:>7.1f} s of CPU "
                f"{found['lines'] / found['seconds']:>8,.0f} lines/s {found['peak']:>6,} MiB "
                f"{found['findings']:>6,} findings"
            )


if __name__ == "__main__":
    main()
