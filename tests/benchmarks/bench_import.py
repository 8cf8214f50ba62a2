"""Measure an import: 50,000 contacts as another program exports them, into an empty workspace, and the same again.

The bound reads the same rows with the csv module and writes as many with it: no mapping, no dates, no comparison.

    python tests/benchmarks/bench_import.py [ROWS] [ROUNDS]
"""

import csv
import datetime as dt
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.workspaces import SETTINGS

from peerbill.intake.importing.run import load_mapping, plan_import
from peerbill.intake.importing.write import write_tables
from peerbill.intake.workspace import make_workspace, workspace_settings

HEADER = (
    *("Note ID", "Client #", "Date of Service", "Time In", "Time Out", "Staff", "Service Type", "Location", "Mode"),
    *("Dx", "Goal", "Intervention", "Client Response", "Next Step", "Signed", "Signature Date/Time", "Status"),
)
MAPPING = """\
[[source]]
file = "export*.csv"
where = { Status = "Complete" }

[source.encounters]
encounter_id = "Note ID"
member_id = "Client #"
staff_id = { column = "Staff", person = "staff" }
service = { column = "Service Type", values = { "Peer Support - Individual" = "individual" } }
start = { column = "Date of Service", time = "Time In" }
end = { column = "Date of Service", time = "Time Out" }
place = { column = "Location", values = { Home = "12", Community = "99" } }
channel = "Mode"
diagnoses = "Dx"
goal = "Goal"
intervention = "Intervention"
response = "Client Response"
next_step = "Next Step"
signed_by = { column = "Signed", person = "staff" }
signed_at = "Signature Date/Time"

[[source]]
file = "staff*.csv"

[source.staff]
staff_id = "NPI"
last_name = { column = "Staff", split = "last-first" }
first_name = { column = "Staff", split = "last-first" }
"""


def write_export(folder: Path, rows: int) -> list[Path]:
    """Write the export: 400 members, 40 peers, a year of contacts, each with a note of its own."""
    contacts, staff = folder / "export.csv", folder / "staff.csv"
    with contacts.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number in range(rows):
            day = dt.date(2026, 1, 1) + dt.timedelta(days=number % 365)
            us_day = f"{day.month}/{day.day}/{day.year}"
            hour = 8 + number % 9
            half = "AM" if hour < 12 else "PM"
            writer.writerow(
                (
                    f"N{number:06}",
                    1000 + number % 400,
                    us_day,
                    f"{hour % 12 or 12}:{number % 60:02} {half}",
                    f"{hour % 12 or 12}:59 {half}",
                    f"Marsh, Dee{number % 40:02}",
                    "Peer Support - Individual",
                    "Home" if number % 3 else "Community",
                    "Face to face",
                    "F1120",
                    "find work",
                    f"went over the letter of the court and read it aloud, step {number}",
                    "felt calmer at the end and wants to call on Friday",
                    "call on Friday",
                    f"Marsh, Dee{number % 40:02}",
                    f"{us_day} 6:{number % 60:02} PM",
                    "Complete",
                )
            )
    with staff.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("Staff", "NPI"))
        writer.writerows((f"Marsh, Dee{number:02}", 1_000_000_000 + number) for number in range(40))
    return [contacts, staff]


def bound(files: list[Path], out: Path) -> None:
    """Read the rows and write them again."""
    with files[0].open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))
    with out.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


def run(folder: Path, files: list[Path]) -> None:
    """Import the files."""
    plan = plan_import(folder, workspace_settings(folder), load_mapping(folder / "mapping.toml"), files)
    assert not plan.problems, plan.problems
    write_tables(folder, plan.changes.tables)


def timed(work: Callable[[], None]) -> float:
    """Return the seconds that a piece of work takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    """Print the seconds, and the ratio to the bound."""
    rows, rounds = (int(number) for number in (*sys.argv[1:], *("50000", "3")[len(sys.argv) - 1 :])[:2])
    first, again, least = [], [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "agency"
            make_workspace(folder)
            (folder / "peerbill.toml").write_text(SETTINGS, encoding="utf-8")
            (folder / "mapping.toml").write_text(MAPPING, encoding="utf-8")
            files = write_export(Path(name), rows)
            least.append(timed(partial(bound, files, Path(name) / "bound.csv")))
            first.append(timed(partial(run, folder, files)))
            again.append(timed(partial(run, folder, files)))
    new, same, bare = map(statistics.median, (first, again, least))
    print(
        f"import of {rows:,} rows: {new:.2f} s, {new / bare:.1f} times csv in and out ({bare:.2f} s); "
        f"the same again: {same:.2f} s, {same / bare:.1f} times"
    )


if __name__ == "__main__":
    main()
