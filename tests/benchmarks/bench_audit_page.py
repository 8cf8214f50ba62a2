"""Measure the page of an audit: how long it takes to make, how large it is, and how soon Chromium shows it.

python tests/benchmarks/bench_audit_page.py [ENCOUNTERS] [ROUNDS] [FILE]
"""

import csv
import gc
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.workspaces import AS_OF, make_workspace
from browsers import open_page, opened_browser

from peerbill.agency import Agency
from peerbill.audit_report.html import audit_page
from peerbill.intake.workspace import read_workspace

SPOILED: tuple[dict[str, str], ...] = (
    {},
    {"signed_by": "", "signed_at": ""},
    {"activity": "transport to court"},
    {"goal": "learn to swim"},
    {"diagnoses": ""},
    {"start": "08:30", "end": "10:10"},
    {"channel": "audio"},
)
"""What is wrong with an encounter, in turn; a time keeps its day."""


def spoil(folder: Path) -> None:
    """Plant defects in the encounters of a workspace, of several kinds and unevenly among the peers."""
    path = folder / "encounters.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for number, row in enumerate(rows):
        peer = int(row["staff_id"][1:])
        for name, value in SPOILED[(number * 7 + number // 11 + peer * peer) % len(SPOILED)].items():
            row[name] = f"{row[name][:10]}T{value}" if name in {"start", "end"} else value
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    """Print seconds and sizes."""
    encounters = int(sys.argv[1]) if len(sys.argv) > 1 else 24_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    base = Path(tempfile.mkdtemp(prefix="peerbill-audit-page-"))
    page = Path(sys.argv[3]) if len(sys.argv) > 3 else base / "audit.html"
    try:
        make_workspace(base / "workspace", encounters=encounters)
        spoil(base / "workspace")
        records = read_workspace(base / "workspace")
        agency = Agency(records.settings, folder=base / "workspace")
        gc.disable()  # as the command does
        began = time.perf_counter()
        agency.audit(records, AS_OF)
        audited = time.perf_counter()
        _, evidence = agency.audit_evidence(records, AS_OF)
        seen = time.perf_counter()
        page.write_text(audit_page(evidence, "benchmark"), encoding="utf-8")
        written = time.perf_counter()
        print(f"{encounters:,} encounters of {len(evidence.peers):,} peers, {len(evidence.findings):,} findings")
        print(f"  audit alone        {audited - began:6.2f} s")
        print(f"  audit and evidence {seen - audited:6.2f} s")
        print(f"  page               {written - seen:6.2f} s, {page.stat().st_size / 1e6:.1f} MB")
        with opened_browser() as browser:
            for _ in range(rounds):
                open_page(browser, page)
                row, load, paint = browser.execute_script(
                    "return [performance.getEntriesByName('listed')[0].startTime,"
                    " performance.getEntriesByType('navigation')[0].loadEventEnd,"
                    " performance.getEntriesByName('first-contentful-paint')[0]?.startTime]"
                )
                shown = f"{paint / 1000:.2f} s" if paint else "not measured"
                print(f"  Chromium: first paint {shown}, first row {row / 1000:.2f} s, load event {load / 1000:.2f} s")
    finally:
        shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    main()
