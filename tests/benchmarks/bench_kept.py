"""Measure a week in a workspace that keeps ten years, beside the same week in a workspace of its own.

Forty peers see a thousand members a year, who leave after it; notes are those of the grammar that the planted errors
use. All but the last week is billed half a year at a time and paid, so that the ledger has what bill runs write. Each
command is a process of its own, so that imports and its peak memory are counted.

    python tests/benchmarks/bench_kept.py [ENCOUNTERS] [FOLDER]

With FOLDER, the two workspaces are made there once, and measured again by the next run.
"""

import contextlib
import csv
import datetime as dt
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.bench_run import PEERBILL, run
from benchmarks.planting.notes import Story, make_story, write_note
from benchmarks.workspaces import POLICY, SETTINGS, npi

YEARS = 10
LAST_DAY = dt.date(2030, 12, 13)
AS_OF = LAST_DAY + dt.timedelta(days=3)
WEEKS = 52 * YEARS
HALF_YEAR = 26
A_DAY = 5
CASELOAD = 25
MOST_TIMES, MOST_MEGABYTES = 2.0, 300
NAMES = ("Ada", "Bram", "Cleo", "Dov", "Esme", "Finn", "Greta", "Hugo")
LENGTHS = (20, 25, 30, 37, 45, 47, 52, 60, 75)
PLACES = (("11", "office"), ("12", "home"), ("53", "clinic"), ("57", "center"))
ENCOUNTER = (
    "encounter_id,member_id,staff_id,service,start,end,place,channel,diagnoses,support_type,activity,plan_id,goal,"
    "intervention,response,next_step,location,signed_by,signed_at,created_at,voluntary"
)
Row = Sequence[object]


def write(path: Path, header: str, rows: Iterable[Row]) -> None:
    """Write a table."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header.split(","))
        writer.writerows(rows)


def monday(week: int) -> dt.date:
    """Return the first day of a week, of those that are kept."""
    return LAST_DAY - dt.timedelta(days=4 + 7 * (WEEKS - 1 - week))


def member_id(peer: int, place: int, week: int) -> str:
    """Return the member who has a place of a peer's caseload in a week."""
    return f"M{week // 52:02}{peer:02}{place:02}"


def weeks(peers: int) -> Iterator[list[Row]]:
    """Yield the encounters of each week."""
    rng = random.Random(11)  # noqa: S311  # made data, the same each time
    stories: dict[str, Story] = {}
    number = 0
    for week in range(WEEKS):
        if week % 52 == 0:
            stories.clear()
        rows: list[Row] = []
        for peer in range(peers):
            for weekday in range(5):
                day = monday(week) + dt.timedelta(days=weekday)
                start = dt.datetime.combine(day, dt.time(8)) + dt.timedelta(minutes=rng.randrange(40))
                for place in rng.sample(range(CASELOAD), A_DAY):
                    number += 1
                    member = member_id(peer, place, week)
                    story = stories.get(member) or stories.setdefault(member, make_story(rng, rng.choice(NAMES)))
                    end = start + dt.timedelta(minutes=rng.choice(LENGTHS))
                    rows.append(encounter(rng, f"E{number:07}", member, f"S{peer + 1}", start, end, story))
                    start = end + dt.timedelta(minutes=rng.choice((5, 10, 15, 20, 30)))
        yield rows


def encounter(
    rng: random.Random, id_: str, member: str, staff_id: str, start: dt.datetime, end: dt.datetime, story: Story
) -> Row:
    """Return a row of the table."""
    note = write_note(rng, story)
    place, location = rng.choice(PLACES)
    written = (end + dt.timedelta(minutes=rng.randrange(5, 300))).isoformat(timespec="minutes")
    return (
        id_,
        member,
        staff_id,
        "individual",
        start.isoformat(timespec="minutes"),
        end.isoformat(timespec="minutes"),
        place,
        "in-person",
        ("F11.20", "F10.20", "F14.20;F41.1")[int(member[1:]) % 3],
        rng.choice(("informational", "emotional", "instrumental")),
        note.activity,
        f"P{member}",
        "stay housed",
        note.intervention,
        note.response,
        note.next_step,
        location,
        staff_id,
        written,
        written,
        "yes",
    )


def make_tables(folder: Path, peers: int, years: range) -> None:
    """Write all tables but the encounters, with the members of some of the years."""
    folder.mkdir(mode=0o700, parents=True)
    (folder / "policies").mkdir()
    (folder / "peerbill.toml").write_text(SETTINGS.replace('mode = "test"', 'mode = "production"'), encoding="utf-8")
    (folder / "policies" / "nj.toml").write_text(POLICY, encoding="utf-8")
    begin = f"{monday(0).year - 1}-01-05"
    people = [(f"S{n}", "Rivera", "Dana", npi(n), "peer", "S0", begin) for n in range(1, peers + 1)]
    header = "staff_id,last_name,first_name,npi,role,supervisor_id,hired_on"
    write(folder / "staff.csv", header, [("S0", "Okafor", "Ife", "", "supervisor", "", begin), *people])
    held = [(f"S{n}", "NJ", "CPRS", n, begin, "2031-12-31", "active", 46) for n in range(1, peers + 1)]
    header = "staff_id,state,credential,number,issued_on,expires_on,status,training_hours"
    write(folder / "credentials.csv", header, held)
    members = [
        (member_id(peer, place, 52 * year), monday(52 * year), monday(52 * year) + dt.timedelta(days=363))
        for year in years
        for peer in range(peers)
        for place in range(CASELOAD)
    ]
    header = "member_id,last_name,first_name,birth_date,sex,street,city,state,zip,release_on"
    rows: list[Row] = [
        (id_, "Lane", "Alex", "1988-04-02", "M", "5 Oak Ave", "Brick", "NJ", "08723", first)
        for id_, first, _ in members
    ]
    write(folder / "members.csv", header, rows)
    rows = [(id_, "nj-horizon", f"{id_[1:]:0>12}", first, last, 1) for id_, first, last in members]
    write(folder / "coverage.csv", "member_id,payer,subscriber_id,from,to,rank", rows)
    rows = [
        (id_, f"P{id_}", "recovery", first, last, "member", first, "stay housed", "") for id_, first, last in members
    ]
    header = "member_id,plan_id,kind,effective_on,expires_on,signed_by,signed_on,goals,services"
    write(folder / "plans.csv", header, rows)


def make(base: Path, count: int) -> None:
    """Make the workspace that keeps everything, and the one that keeps its last week alone."""
    peers = max(count // (WEEKS * 5 * A_DAY), 1)
    kept, alone, out = base / "kept", base / "alone", base / "out"
    make_tables(kept, peers, range(YEARS))
    make_tables(alone, peers, range(YEARS - 1, YEARS))
    every: list[Row] = []
    part: list[Row] = []
    for week, rows in enumerate(weeks(peers)):
        if week == WEEKS - 1:
            write(alone / "encounters.csv", ENCOUNTER, rows)
        part += rows
        if (week + 1) % HALF_YEAR == 0:
            write(kept / "encounters.csv", ENCOUNTER, part if week < WEEKS - 1 else part[: -len(rows)])
            day = monday(week) + dt.timedelta(days=6)
            run([*PEERBILL, "bill", str(kept), "--out", str(out), "--as-of", f"{min(day, LAST_DAY)}"])
            every += part
            part = []
    week_alone = len(every) // WEEKS
    write(kept / "encounters.csv", ENCOUNTER, every[:-week_alone])
    # The run before this week's: it remembers what need not be read again.
    week_before = f"{LAST_DAY - dt.timedelta(days=7)}"
    run([*PEERBILL, "bill", str(kept), "--out", str(out), "--as-of", week_before])
    with contextlib.closing(sqlite3.connect(kept / "ledger.db")) as connection, connection:
        connection.execute("UPDATE claims SET state = 'paid', paid_cents = charge_cents")
        billed = connection.execute("SELECT count(*) FROM encounters").fetchone()[0]
    if billed != len(every) - week_alone:
        raise SystemExit(f"{billed:,} of {len(every) - week_alone:,} encounters are in the ledger")
    # So does its work list; the first one ever reads everything.
    run([*PEERBILL, "todo", str(kept), "--as-of", week_before], codes=(0, 1))
    write(kept / "encounters.csv", ENCOUNTER, every)


def measure(base: Path) -> None:
    """Print what each command takes in both workspaces."""
    with (base / "kept" / "encounters.csv").open(encoding="utf-8") as file:
        rows = sum(1 for _ in file) - 1
    with (base / "alone" / "encounters.csv").open(encoding="utf-8") as file:
        week = sum(1 for _ in file) - 1
    print(f"{rows:,} encounters kept of {YEARS} years, {week:,} of the last week not billed; processor seconds")
    print(f"  {'command':8} {'week alone':>18} {'ten years kept':>20} {'times':>7}")
    for command in ("audit", "todo", "bill"):
        taken = []
        for name in ("alone", "kept"):
            folder = base / f"{name}-{command}"
            shutil.copytree(base / name, folder)
            with contextlib.ExitStack() as stack:
                stack.callback(shutil.rmtree, folder, ignore_errors=True)
                out = ["--out", str(folder / "claims")] if command == "bill" else []
                taken.append(run([*PEERBILL, command, str(folder), "--as-of", f"{AS_OF}", *out], codes=(0, 1)))
        (_, alone, small), (_, kept, large) = taken
        beyond = "" if kept <= MOST_TIMES * alone and large <= MOST_MEGABYTES else "  MORE than it may be"
        print(
            f"  {command:8} {alone:8.2f} s {small:5.0f} MB {kept:10.2f} s {large:5.0f} MB {kept / alone:7.1f}{beyond}",
            flush=True,
        )


def main() -> None:
    """Make the workspaces where they are not there yet, and measure."""
    if sys.argv[1:2] == ["--make"]:
        make(Path(sys.argv[2]), int(sys.argv[3]))
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 26_000
    with contextlib.ExitStack() as stack:
        if len(sys.argv) > 2:
            base = Path(sys.argv[2])
        else:
            base = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="peerbill-bench-")))
        if not (base / "kept").exists():
            # In a process of its own: a process has no less for its peak than the one that started it.
            subprocess.run([sys.executable, __file__, "--make", str(base), str(count)], check=True)
        measure(base)


if __name__ == "__main__":
    main()
