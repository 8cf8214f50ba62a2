"""Months of an agency: six peers with their members, contacts that last as long as they last, groups, its own form."""

import datetime as dt
import random
from typing import Any

import attrs
from benchmarks.planting.cell import PLACES, Cell, Row, make_cell
from benchmarks.planting.days import AS_OF, is_workday
from benchmarks.planting.programme import Programme

PEERS = 6
MEMBERS = 9
PLANNED = (20, 30, 30, 45, 45, 60, 60, 75)
"""Minutes for which contacts are planned; they last a few minutes more or less."""
HEADINGS = (
    "",
    "Person-centered recovery note. What we did today: ",
    "Peer support progress note, services provided in line with the recovery plan. Intervention used by the peer: ",
    "This contact was voluntary and took place in a safe and private setting. Description of the service: ",
)
"""What the agency's form prints before each note."""


@attrs.define
class Agency:
    """An agency: a caseload for each peer."""

    programme: Programme
    rng: random.Random
    heading: str
    cells: list[Cell]
    contacts: int = 0
    """Contacts that were added; their ids count on, whatever is taken out."""

    @property
    def encounters(self) -> list[Row]:
        """All contacts."""
        return [row for cell in self.cells for row in cell.encounters]

    def cell_of(self, row: Row) -> Cell:
        """Return the caseload of a contact."""
        return next(cell for cell in self.cells if row["encounter_id"].startswith(cell.tag))

    def name_of(self, row: Row) -> str:
        """Return the first name of the member of a contact."""
        return self.cell_of(row).stories[row["member_id"]].first_name


def make_agency(programme: Programme, rng: random.Random, number: int, weeks: int) -> Agency:
    """Return an agency with so many weeks of work before the day of the audit."""
    first = AS_OF - dt.timedelta(weeks=weeks)
    days = [first + dt.timedelta(days=count) for count in range(7 * weeks)]
    agency = Agency(programme, rng, HEADINGS[number % len(HEADINGS)], [])
    for peer in range(PEERS):
        tag = f"{programme.key}A{number}{peer}"
        cell = make_cell(programme, rng, tag, 70_000 + number * 10 + peer, [first, AS_OF], MEMBERS, contacts=False)
        vacation = rng.randrange(weeks)
        worked = [day for day in days if is_workday(day) and (day - first).days // 7 != vacation]
        for day in worked:
            _day(agency, cell, day)
        agency.cells.append(cell)
    return agency


def _day(agency: Agency, cell: Cell, day: dt.date) -> None:
    """Add the contacts of a day: three to five, one after the other with time between them, and a group on one day."""
    rng = agency.rng
    ids = [row["member_id"] for row in cell.tables["members"]]
    clock = dt.datetime.combine(day, dt.time(8, 30)) + dt.timedelta(minutes=rng.randrange(60))
    count = rng.choice((3, 3, 4, 4, 5))
    if day.weekday() == 2 and agency.programme.get("groups", True):
        session: dict[str, Any] = {
            "service": "group",
            "group_id": f"{cell.tag}G{day}",
            "group_size": "5",
            "place": rng.choice(PLACES),
        }
        minutes = max(40, round(rng.gauss(60, 6)))
        for member_id in rng.sample(ids, 5):
            add_note(agency, cell, clock, member_id, minutes, **session)
        clock += dt.timedelta(minutes=minutes)
        count = 2
    for member_id in rng.sample(ids, count):
        clock += dt.timedelta(minutes=rng.randrange(8, 50))
        minutes = max(16, round(rng.gauss(rng.choice(PLANNED), 5)))
        add_note(agency, cell, clock, member_id, minutes)
        clock += dt.timedelta(minutes=minutes)


def add_note(agency: Agency, cell: Cell, start: dt.datetime, member_id: str, minutes: int, **changes: Any) -> Row:
    """Add a contact with its note on the agency's form."""
    row = cell.add_contact(start.date(), member_id, start.time(), minutes, **changes)
    agency.contacts += 1
    row["encounter_id"] = f"{cell.tag}E{agency.contacts:06}"
    row["intervention"] = agency.heading + row["intervention"]
    return row
