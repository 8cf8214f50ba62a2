"""Measure the search for patterns over a year of contacts: processor seconds and memory at 250,000 and at 1,000,000.

The year is made as it is shown, a day at a time: peers with a caseload each, contacts of usual lengths with times of
writing, and notes of the grammar that the planted errors use. Each size runs in a process of its own. Making the notes
takes longer than looking at them, and is not counted.

    python tests/benchmarks/bench_patterns.py [ENCOUNTERS…]
"""

import datetime as dt
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.planting.notes import Story, make_story, write_note

from peerbill.checks import CHECKS
from peerbill.checks.patterns.row import PatternRow
from peerbill.checks.patterns.scope import load_packages
from peerbill.checks.patterns.seen import Seen

SIZES = (250_000, 1_000_000)
FIRST_DAY = dt.date(2025, 1, 1)
DAYS = 250
A_DAY = 7
"""Contacts of a peer on a working day."""
CASELOAD = 25
NAMES = ("Ada", "Bram", "Cleo", "Dov", "Esme", "Finn", "Greta", "Hugo")
LENGTHS = (20, 25, 30, 37, 45, 47, 52, 60, 75, 90)
PLACES = (("11", "office"), ("12", "home"), ("99", "library"), ("99", "park"), ("57", "clinic"))


def year(count: int, rng: random.Random) -> Iterator[list[PatternRow]]:
    """Yield the contacts of each working day, in order of start, then id."""
    peers = max(count // (DAYS * A_DAY), 1)
    stories = [[make_story(rng, rng.choice(NAMES)) for _ in range(CASELOAD)] for _ in range(peers)]
    left, number, day = count, 0, FIRST_DAY
    while left > 0:
        rows = []
        for peer in range(peers):
            start = dt.datetime.combine(day, dt.time(8)) + dt.timedelta(minutes=rng.randrange(60))
            for _ in range(min(A_DAY, left)):
                number += 1
                left -= 1
                member = rng.randrange(CASELOAD)
                row = contact(rng, f"E{number:07}", peer, member, stories[peer][member], start)
                rows.append(row)
                start = row.end + dt.timedelta(minutes=rng.choice((0, 5, 10, 15, 20, 30)))
        yield sorted(rows, key=lambda row: (row.start, row.encounter_id))
        day += dt.timedelta(days=3 if day.weekday() == 4 else 1)


def contact(rng: random.Random, id_: str, peer: int, member: int, story: Story, start: dt.datetime) -> PatternRow:
    """Return one contact."""
    note = write_note(rng, story)
    minutes = rng.choice(LENGTHS)
    end = start + dt.timedelta(minutes=minutes)
    place, location = rng.choice(PLACES)
    written = end + dt.timedelta(minutes=rng.randrange(5, 600))
    return PatternRow(
        encounter_id=id_,
        staff_id=f"S{peer:04}",
        member_id=f"M{peer:04}{member:02}",
        start=start,
        end=end,
        minutes=minutes,
        units=minutes // 15,
        unit_minutes=15,
        rounding="down",
        by_day=False,
        daily_units=16,
        mode="individual",
        hcpcs="H0038",
        place=place,
        channel="in-person",
        location=location,
        activity=note.activity,
        note=f"{note.intervention}\n{note.response}\n{note.next_step}",
        names=frozenset({story.first_name.casefold()}),
        created_at=written,
        signed_at=written,
    )


def measure(count: int) -> None:
    """Print what a year of so many contacts takes."""
    load_packages()
    begun = _megabytes()
    seen = Seen(dt.date(2026, 1, 31), dt.date(2026, 1, 15))
    shown = 0.0
    for rows in year(count, random.Random(7)):  # noqa: S311  # made data, the same each time
        began = time.process_time()
        for row in rows:
            seen.add(row)
        shown += time.process_time() - began
    print(f"{count:,} contacts: shown in {shown:.1f} s, {_megabytes()} MB", flush=True)
    total = shown
    for check in (check for check in CHECKS if check.scope == "pattern"):
        began = time.process_time()
        found = sum(1 for _ in check(seen))
        took = time.process_time() - began
        total += took
        print(f"  {check.code}: {found} findings, {took:.1f} s, {_megabytes()} MB", flush=True)
    peak = _megabytes()
    print(f"{count:,} contacts: {total:.1f} s, {count / total:,.0f} a second, {peak} MB ({begun} MB before them)")


def _megabytes() -> int:
    """Return the most memory that this process had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main(sizes: tuple[int, ...]) -> None:
    """Measure each size in a process of its own, so that each has its own peak."""
    for count in sizes:
        subprocess.run([sys.executable, __file__, "--one", str(count)], check=True)


if __name__ == "__main__":
    if "--one" in sys.argv:
        measure(int(sys.argv[-1]))
    else:
        main(tuple(map(int, sys.argv[1:])) or SIZES)
