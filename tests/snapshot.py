"""The whole audit of every case, example and defect as one text: `make snapshot` writes it to `fixtures/audits.txt`.

A case is judged by its own code, so that a new warning fails no other case. Here each of them is seen.
"""

import itertools
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from defects import DEFECTS, EXAMPLES, audit_defect, audit_folder, meta
from worlds import FIXTURES, cases, make_world, told

from peerbill.checks.audit import Audit
from peerbill.model.finding import Finding

FILE = FIXTURES.parent / "audits.txt"
READ_AS_ROWS = {"PB001", "PB002"}
"""Codes whose cases are rows of a file: `tests/checks/test_rows.py` reads them."""

REPEATED = re.compile(r"-[0-9]+$")
"""What `repeat` adds to the name of a row: such rows are one line where they came to the same."""

HEAD = """\
# What the audit says of every case, example and planted defect: encounters (status, units, code), then findings.
# `make snapshot` writes this file. Read what it changed before you commit it: git diff fixtures/audits.txt
"""


def recorded_audits(kept: Path, findings: list[Finding] | None = None) -> str:
    """Audit everything, the defects in the folder `kept`, and return the text; `findings` gets what was found."""
    lines = _lines(kept, [] if findings is None else findings)
    return HEAD + "".join(f"\n{line}" if line.startswith("[") else line for line in lines)


def _lines(kept: Path, findings: list[Finding]) -> Iterator[str]:
    for path in sorted(FIXTURES.glob("PB*.toml")):
        if path.stem in READ_AS_ROWS:
            continue
        for name, case in cases(path.stem).items():
            yield f"[{path.stem}: {name}]\n"
            yield from _of(make_world(case).audit(), findings)
    for name, folder in EXAMPLES.items():
        yield f"[example {name}]\n"
        yield from _of(audit_folder(folder, meta(name)["as_of"])[1], findings)
    for id_, (name, defect) in DEFECTS.items():
        yield f"[{name} with {defect['code']}: {defect['title']}]\n"
        yield from _of(audit_defect(id_, kept)[1], findings, all_encounters=False)


def _of(result: Audit, findings: list[Finding], *, all_encounters: bool = True) -> Iterator[str]:
    findings += result.findings
    rows: list[tuple[str, str]] = []
    for row in result.encounters:
        if all_encounters or row.status != "billable":
            units = "" if row.units is None else f" {row.units}"
            code = " " + ":".join((row.hcpcs, *row.modifiers)) if row.hcpcs else ""
            rows.append((row.encounter_id, f"{row.status}{units}{code}"))
    for (name, text), group in itertools.groupby(rows, key=lambda row: (REPEATED.sub("", row[0]), row[1])):
        ids = [id_ for id_, _ in group]
        if REPEATED.search(ids[0]) and len(ids) > 1:
            yield f"{len(ids)} of {name} {text}\n"
        else:
            yield from (f"{id_} {text}\n" for id_ in ids)
    yield from (f"{line}\n" for line in told(result.findings))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        FILE.write_text(recorded_audits(Path(folder)), encoding="utf-8")
