"""Measure the workbook of an audit, and the same with pseudonyms: how long they take, their size, the most memory.

python tests/benchmarks/bench_audit_workbook.py [ENCOUNTERS]
"""

import gc
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.bench_audit_page import spoil
from benchmarks.workspaces import AS_OF, make_workspace

from peerbill.agency import Agency
from peerbill.audit_report.deidentify import Deidentifier
from peerbill.audit_report.deidentify_evidence import deidentified
from peerbill.audit_report.workbook import audit_workbook
from peerbill.intake.workspace import read_workspace
from peerbill.model.pseudonyms import Pseudonyms


def memory() -> float:
    """Return the most memory that was in use so far, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print seconds, sizes and memory."""
    encounters = int(sys.argv[1]) if len(sys.argv) > 1 else 45_000
    base = Path(tempfile.mkdtemp(prefix="peerbill-audit-workbook-"))
    try:
        make_workspace(base, encounters=encounters)
        spoil(base)
        records = read_workspace(base)
        gc.disable()  # as the command does
        _, evidence = Agency(records.settings, folder=base).audit_evidence(records, AS_OF)
    finally:
        shutil.rmtree(base)
    print(f"{encounters:,} encounters, {len(evidence.findings):,} findings; {memory():,.0f} MB so far")
    began = time.perf_counter()
    content = audit_workbook(evidence, "benchmark")
    print(f"  workbook        {time.perf_counter() - began:6.2f} s, {len(content) / 1e6:.1f} MB; {memory():,.0f} MB")
    began = time.perf_counter()
    hidden = deidentified(evidence, Deidentifier.of(records, Pseudonyms(bytes(32))))
    print(f"  with pseudonyms {time.perf_counter() - began:6.2f} s; {memory():,.0f} MB")
    began = time.perf_counter()
    content = audit_workbook(hidden, "benchmark")
    print(f"  its workbook    {time.perf_counter() - began:6.2f} s, {len(content) / 1e6:.1f} MB; {memory():,.0f} MB")


if __name__ == "__main__":
    main()
