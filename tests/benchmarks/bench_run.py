"""Measure the main job: a folder of CSV in, every check, 837P out, against a bound that does the least possible.

The bound reads the same rows with the csv module and writes the same bytes with f-strings: no checks, no policy, no
ledger. Its files are compared with ours. Both run as whole processes, so imports count on both sides.

    python tests/benchmarks/bench_run.py [ENCOUNTERS] [ROUNDS]
"""

import csv
import hashlib
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.workspaces import AS_OF, TAG, make_workspace

PEERBILL = [sys.executable, "-c", "import sys; from peerbill.cli import main; sys.exit(main())"]
PER_FILE = 5000


def bound(folder: Path, out: Path, first_control: int) -> None:
    """Read the rows and write the claims, with nothing in between."""
    tables: dict[str, list[list[str]]] = {}
    for name in ("staff", "credentials", "members", "coverage", "plans", "encounters"):
        with (folder / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            tables[name] = list(csv.reader(file))[1:]
    npi = {row[0]: row[3] for row in tables["staff"]}
    person = {row[0]: (row[1].upper(), row[2].upper()) for row in tables["staff"]}
    subscriber = {row[0]: row[2] for row in tables["coverage"]}
    members = {row[0]: row for row in tables["members"]}
    rows = sorted(tables["encounters"], key=lambda row: (row[1], row[4], row[0]))
    out.mkdir(exist_ok=True)
    for number, first in enumerate(range(0, len(rows), PER_FILE), start=1):
        text = _bound_file(
            rows[first : first + PER_FILE], first, number, first_control, npi, person, subscriber, members
        )
        (out / f"{AS_OF:%Y%m%d}-{TAG}-000001-{number:03}-nj-horizon.837").write_bytes(text.encode("ascii"))


def _bound_file(
    rows: list[list[str]],
    first: int,
    number: int,
    first_control: int,
    npi: dict[str, str],
    person: dict[str, tuple[str, str]],
    subscriber: dict[str, str],
    members: dict[str, list[str]],
) -> str:
    control = first_control + number - 1
    day, clock = f"{AS_OF:%Y%m%d}", f"{control // 60 % 24:02}{control % 60:02}"
    head = (
        "ISA*00*          *00*          *ZZ*SHORE01        *ZZ*EXAMPLE02      "
        f"*{day[2:]}*{clock}*^*00501*{control}*0*T*:~"
        f"GS*HC*SHORE01*EXAMPLE02*{day}*{clock}*{control}*X*005010X222A1~"
    )
    opening = (
        f"ST*837*0001*005010X222A1~BHT*0019*00*{control}0001*{day}*{clock}*CH~"
        "NM1*41*2*SHORE RECOVERY COMMUNITY*****46*SHORE01~PER*IC*BILLING OFFICE*TE*7325550100~"
        "NM1*40*2*EXAMPLE CLEARINGHOUSE*****46*EXAMPLE02~HL*1**20*1~PRV*BI*PXC*261QR0405X~"
        "NM1*85*2*SHORE RECOVERY COMMUNITY*****XX*1234567893~N3*12 WATER ST~"
        "N4*TOMS RIVER*NJ*087531234~REF*EI*221234567~"
    )
    parts = [opening]
    member_id, level, count = "", 1, 0
    for offset, row in enumerate(rows, start=1):
        if row[1] != member_id or count == 100:
            member_id, count = row[1], 0
            level += 1
            last, name, birth, sex, street, city, state, code = members[member_id][1:9]
            parts.append(
                f"HL*{level}*1*22*0~SBR*P*18*******MC~"
                f"NM1*IL*1*{last.upper()}*{name.upper()}****MI*{subscriber[member_id]}~"
                f"N3*{street.upper()}~N4*{city.upper()}*{state}*{code}~DMG*D8*{birth.replace('-', '')}*{sex}~"
                "NM1*PR*2*HORIZON NJ HEALTH*****PI*EXAMPLE01~"
            )
        count += 1
        claim_id = f"PB{TAG}{first + offset:08}"
        start, end = row[4], row[5]
        minutes = 60 * int(end[11:13]) + int(end[14:16]) - 60 * int(start[11:13]) - int(start[14:16])
        units = minutes // 15
        diagnoses = row[8].replace(".", "").split(";")
        codes = "*".join(f"AB{'F' if place else 'K'}:{code}" for place, code in enumerate(diagnoses))
        pointers = ":".join(str(place) for place in range(1, len(diagnoses) + 1))
        family, given = person[row[2]]
        parts.append(
            f"CLM*{claim_id}*{units * 16}***{row[6]}:B:1*Y*A*Y*Y~HI*{codes}~"
            f"NM1*82*1*{family}*{given}****XX*{npi[row[2]]}~LX*1~"
            f"SV1*HC:H0038:HF*{units * 16}*UN*{units}***{pointers}~DTP*472*D8*{start[:10].replace('-', '')}~"
            f"REF*6R*{claim_id}-1~"
        )
    body = "".join(parts)
    return f"{head}{body}SE*{body.count('~') + 1}*0001~GE*1*{control}~IEA*1*{control}~"


def run(command: Sequence[str], *, codes: Sequence[int] = (0,), quiet: bool = False) -> tuple[float, float, float]:
    """Run a whole process; return its wall and processor seconds and its peak memory in MB.

    What it prints is left out, and with `quiet` its notices and problems too.
    """
    started = time.perf_counter()
    child = os.posix_spawn(
        command[0],
        list(command),
        # What is installed was compiled once; without this, each process would compile all of it again.
        {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        file_actions=[(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0) for stream in (1, 2)[: 1 + quiet]],
    )
    _, status, usage = os.wait4(child, 0)
    if os.waitstatus_to_exitcode(status) not in codes:
        raise SystemExit(f"{' '.join(command[:4])} … ended with {os.waitstatus_to_exitcode(status)}")
    return time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def best(measure: Callable[[], tuple[float, float, float]], rounds: int) -> tuple[float, float, float]:
    """Return the medians of several rounds."""
    measured = [measure() for _ in range(rounds)]
    wall, cpu, memory = (statistics.median(values) for values in zip(*measured, strict=True))
    return wall, cpu, memory


def digest(folder: Path) -> str:
    """Return one SHA-256 over all 837 files of a folder, in order."""
    whole = hashlib.sha256()
    for path in sorted(folder.glob("*.837")):
        whole.update(path.read_bytes())
    return whole.hexdigest()


def one_encounter(folder: Path) -> float:
    """Return the microseconds that one encounter takes by a library call."""
    from peerbill.checks.auditor import Auditor  # noqa: PLC0415  # the bound's process must not pay for it
    from peerbill.intake.workspace import programme_ids, read_agency_policies, read_workspace  # noqa: PLC0415
    from peerbill.policy import load_policies  # noqa: PLC0415

    records = read_workspace(folder)
    policies = load_policies(programme_ids(records.settings), read_agency_policies(folder))
    auditor = Auditor(records, policies, AS_OF)
    encounters = records.encounters[:2000]
    auditor.encounter(encounters[0])
    started = time.perf_counter()
    for encounter in encounters:
        auditor.encounter(encounter)
    return (time.perf_counter() - started) / len(encounters) * 1e6


def main() -> None:
    """Measure, compare and print."""
    if sys.argv[1:2] == ["--bound"]:
        bound(Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    base = Path(tempfile.mkdtemp(prefix="peerbill-bench-"))
    folder, ours, theirs = base / "agency", base / "ours", base / "bound"
    people = max(count // 50, 500)  # five contacts a day of five members each: one line a contact
    make_workspace(folder, count, people, 100)
    from peerbill.ledger.store.identity import identity_of  # noqa: PLC0415  # the bound's process must not pay for it

    first_control = identity_of(TAG).first_control_number

    def forget() -> None:
        for name in ("ledger.db", "ledger.db.lock"):
            (folder / name).unlink(missing_ok=True)

    def bill() -> tuple[float, float, float]:
        shutil.rmtree(ours, ignore_errors=True)
        forget()
        return run([*PEERBILL, "bill", str(folder), "--out", str(ours), "--as-of", f"{AS_OF}"])

    def audit() -> tuple[float, float, float]:
        forget()
        return run([*PEERBILL, "audit", str(folder), "--as-of", f"{AS_OF}", "--json", str(base / "audit.json")])

    def least() -> tuple[float, float, float]:
        shutil.rmtree(theirs, ignore_errors=True)
        return run([sys.executable, __file__, "--bound", str(folder), str(theirs), str(first_control)])

    def usage() -> tuple[float, float, float]:
        return run([*PEERBILL, "--help"])

    try:
        audited, billed, bounded, helped = (best(measure, rounds) for measure in (audit, bill, least, usage))
        same = digest(ours) == digest(theirs)
        print(f"{count:,} encounters, {people:,} members, 100 peers; medians of {rounds} rounds")
        for title, (wall, _, memory) in (
            ("audit (read, every check, JSON out)", audited),
            ("bill (read, every check, 837P, ledger)", billed),
            ("bound (read, f-strings out)", bounded),
        ):
            print(f"  {title:40} {wall:6.2f} s {count / wall:9,.0f} encounters/s {memory:6.0f} MB")
        wall, cpu = billed[0] / bounded[0], billed[1] / bounded[1]
        print(f"  whole run / bound: {wall:.1f} (processor time {cpu:.1f}); at most 25, aim 10")
        print(f"  peak memory: {billed[2]:.0f} MB; at most 600")
        print(f"  the bound wrote the same bytes: {'yes' if same else 'NO'}")
        print(f"  peerbill --help: {helped[0] * 1000:.0f} ms; at most 300")
        print(f"  one encounter by a library call: {one_encounter(folder):.0f} microseconds; at most 200")
    finally:
        shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    main()
