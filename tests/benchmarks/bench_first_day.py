"""Measure the first day in an office: from an export of an EHR to the first clean test file, and what is printed on it.

Replays a clerk who knows the payer's manual: `first_day.toml` has the answers to what `setup` and `import --suggest`
ask. Every command is a whole process. Minutes and units are compared with those that the export's makers wrote down.
The exports are those of ../shared; without that folder nothing is measured.

    python tests/benchmarks/bench_first_day.py
"""

import csv
import json
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.bench_run import PEERBILL
from shared import SHARED

EXPORTS = SHARED / "cases" / "office" / "exports"
AS_OF = "2026-10-02"
MOST_COMMANDS = 8


def first_day(name: str, clerk: Mapping[str, Any], base: Path) -> tuple[int, int, float, str]:
    """Return commands, lines of output, seconds of the machine, and what came of it."""
    folder, out = base / name, base / f"{name}-claims"
    given = base / f"{name}.toml"
    given.write_text(clerk["answers"], encoding="utf-8")
    exports = [str(EXPORTS / name / file) for file in clerk["files"]]
    commands, lines, started = 0, 0, time.perf_counter()

    def run(*words: object) -> str:
        nonlocal commands, lines
        done = subprocess.run([*PEERBILL, *map(str, words)], check=False, capture_output=True, text=True)
        commands += 1
        lines += len((done.stdout + done.stderr).splitlines())
        return done.stdout

    run("setup", folder, "--answers", given)
    run("import", folder, *exports, "--suggest")
    mapping = folder / "mapping.toml"
    text = mapping.read_text(encoding="utf-8")
    for question, answer in clerk["mapping"]:
        if question not in text:
            raise SystemExit(f"{name}: mapping.toml does not ask {question}")
        text = text.replace(question, answer)
    mapping.write_text(text, encoding="utf-8")
    run("import", folder, *exports)
    with (folder / "places.csv").open("a", encoding="utf-8") as file:
        file.writelines(f"{row}\n" for row in clerk["places"])
    audited = base / f"{name}.json"
    run("audit", folder, "--as-of", AS_OF, "--json", audited)
    run("bill", folder, "--as-of", AS_OF, "--out", out)
    checked = run("check", *sorted(out.glob("*.837")))
    seconds = time.perf_counter() - started
    report = json.loads(audited.read_text(encoding="utf-8"))
    billed = {row["encounter_id"]: row for row in report["encounters"] if row["status"] == "billable"}
    with (EXPORTS / name / "truth.csv").open(encoding="utf-8") as file:
        truth = list(csv.DictReader(file))
    right = sum(
        (str(billed[row["note_id"]]["minutes"]), str(billed[row["note_id"]]["units"])) == (row["minutes"], row["units"])
        for row in truth
        if row["note_id"] in billed
    )
    verdict = checked.splitlines()[0].rpartition(": ")[2] if checked else "no file"
    return commands, lines, seconds, f"{right} of {len(truth)} contacts billable with the right units; file: {verdict}"


def main() -> None:
    """Measure and print."""
    if not EXPORTS.is_dir():
        print("not measured: the exports are in ../shared, which is not here")
        return
    clerks = tomllib.loads(Path(__file__).with_name("first_day.toml").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory(prefix="peerbill-bench-") as base:
        for name, clerk in clerks.items():
            commands, lines, seconds, result = first_day(name, clerk, Path(base))
            print(
                f"{name:11} {commands} commands (at most {MOST_COMMANDS}), {lines} lines, "
                f"{seconds:.1f} s of the machine: {result}"
            )


if __name__ == "__main__":
    main()
