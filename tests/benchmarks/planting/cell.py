"""A caseload of the agency: a peer, three members with their papers, and the contacts of some days, all of it clean."""

import datetime as dt
import random
from collections import defaultdict
from typing import Any

import attrs
from benchmarks.planting.days import AS_OF, ONE_DAY, months_later, text, workdays
from benchmarks.planting.notes import Story, make_story, write_note
from benchmarks.planting.programme import Programme
from benchmarks.workspaces import npi

Row = dict[str, Any]

FIRST_NAMES = (
    "Avery",
    "Blair",
    "Casey",
    "Dale",
    "Ellis",
    "Frankie",
    "Gray",
    "Hollis",
    "Jamie",
    "Kerry",
    "Lane",
    "Morgan",
)
LAST_NAMES = (
    "Abbott",
    "Brennan",
    "Castillo",
    "Dawson",
    "Espinoza",
    "Fletcher",
    "Granger",
    "Holloway",
    "Ibarra",
    "Jennings",
)
MINUTES = (30, 30, 38, 45, 45, 47, 52, 53, 60, 60, 67, 75)
PLACES = ("11", "12", "53")
CONTACTS = 7


@attrs.define(eq=False)
class Cell:
    """Rows of one caseload by table; ids begin with the cell's tag, so that no two cells share any."""

    programme: Programme
    rng: random.Random
    tag: str
    number: int
    tables: dict[str, list[Row]] = attrs.field(factory=lambda: defaultdict(list))
    stories: dict[str, Story] = attrs.field(factory=dict)

    @property
    def encounters(self) -> list[Row]:
        """The rows of encounters."""
        return self.tables["encounters"]

    @property
    def peer(self) -> Row:
        """The peer."""
        return self.tables["staff"][0]

    @property
    def supervisor(self) -> Row:
        """The peer's supervisor."""
        return self.tables["staff"][1]

    @property
    def certificate(self) -> Row:
        """The peer's certificate."""
        return self.tables["credentials"][0]

    def rows_of(self, table: str, member_id: str) -> list[Row]:
        """Return a member's rows of a table."""
        return [row for row in self.tables[table] if row["member_id"] == member_id]

    def individual(self) -> list[Row]:
        """Return the contacts with one member."""
        return [row for row in self.encounters if not row["group_id"]]

    def add_contact(self, day: dt.date, member_id: str, start: dt.time, minutes: int, **changes: Any) -> Row:
        """Add a contact with its note, written and signed soon after it."""
        begin = dt.datetime.combine(day, start)
        end = begin + dt.timedelta(minutes=minutes)
        created = end + dt.timedelta(minutes=self.rng.randrange(3, 40))
        note = write_note(self.rng, self.stories[member_id])
        row: Row = {
            "encounter_id": f"{self.tag}E{len(self.encounters) + 1:02}",
            "member_id": member_id,
            "staff_id": self.peer["staff_id"],
            "service": "individual",
            "start": text(begin),
            "end": text(end),
            "place": self.rng.choice(PLACES),
            "channel": "in-person",
            "diagnoses": self.rng.choice(self.programme["diagnoses"]),
            "group_id": "",
            "group_size": "",
            "support_type": self.rng.choice(self.programme.get("supports", ["emotional", "informational"])),
            "activity": note.activity,
            "plan_id": self.rows_of("plans", member_id)[0]["plan_id"],
            "goal": note.goal,
            "intervention": note.intervention,
            "response": note.response,
            "next_step": note.next_step,
            "location": "center",
            "signed_by": self.peer["staff_id"],
            "created_at": text(created),
            "signed_at": text(created + dt.timedelta(minutes=self.rng.randrange(1, 30))),
            "voluntary": "yes",
        }
        if self.programme.has("cosign"):
            row["cosigned_by"] = self.supervisor["staff_id"]
            later = created + dt.timedelta(hours=self.rng.randrange(15, 40))
            row["cosigned_at"] = text(later if later.date() <= AS_OF else created + dt.timedelta(minutes=40))
        row.update(changes)
        self.encounters.append(row)
        return row


def make_cell(
    programme: Programme,
    rng: random.Random,
    tag: str,
    number: int,
    days: list[dt.date] | None = None,
    members: int = 3,
    *,
    contacts: bool = True,
) -> Cell:
    """Return a clean caseload: a contact on each of `days`, or on seven of the workdays of some weeks of the year."""
    cell = Cell(programme, rng, tag, number)
    chosen = days or usual_days(programme, rng)
    _people(cell, members, min(chosen), max(chosen))
    if contacts:
        _contacts(cell, chosen, grouped=days is None)
    supervise(cell, min(chosen), max(chosen))
    return cell


def usual_days(programme: Programme, rng: random.Random) -> list[dt.date]:
    """Return days of contact within the year before the audit, in the time in which they can still be filed."""
    latest = AS_OF - dt.timedelta(days=60)
    earliest = AS_OF - dt.timedelta(days=programme.get("days_back", 330))
    first = earliest + dt.timedelta(days=rng.randrange(max(1, (latest - earliest).days)))
    return sorted(rng.sample(workdays(first, 12), CONTACTS))


def _people(cell: Cell, members: int, first: dt.date, last: dt.date) -> None:
    programme, rng, tag = cell.programme, cell.rng, cell.tag
    peer, supervisor = f"{tag}P", f"{tag}V"
    hired = first - dt.timedelta(days=rng.randrange(60, 500))
    cell.tables["staff"] += [
        {
            "staff_id": peer,
            "last_name": rng.choice(LAST_NAMES),
            "first_name": rng.choice(FIRST_NAMES),
            "npi": npi(cell.number * 2 + 1),
            "role": "peer",
            "supervisor_id": supervisor,
            "tier": programme.get("tier", ""),
            "recovery_since": text(months_later(first, -programme.get("recovery_months", 0) - rng.randrange(6, 90))),
            "birth_date": text(months_later(first, -12 * programme.get("peer_age", [24])[0] - rng.randrange(1, 60))),
            "hired_on": text(hired),
            "taxonomy": programme.get("taxonomy", ""),
            "fte": "1",
        },
        {
            "staff_id": supervisor,
            "last_name": rng.choice(LAST_NAMES),
            "first_name": rng.choice(FIRST_NAMES),
            "npi": npi(cell.number * 2 + 2),
            "role": programme.get("supervisor_role", "supervisor"),
            "hired_on": text(hired - dt.timedelta(days=rng.randrange(200, 900))),
        },
    ]
    if programme.has("supervisor_credential"):
        cell.tables["credentials"].append(_certificate(cell, supervisor, programme["supervisor_credential"], first))
    cell.tables["credentials"].insert(0, _certificate(cell, peer, programme["credential"], first))
    if programme.has("training"):
        given = programme["training"]
        date = text(first - dt.timedelta(days=rng.randrange(300, 700)))
        cell.tables["training"].append({"staff_id": peer, "date": date, **{k: str(v) for k, v in given.items()}})
    if programme.has("enrollment"):
        start = text(hired - dt.timedelta(days=30))
        cell.tables["enrollments"].append({"payer": "plan", "staff_id": peer, "from": start})
    for index in range(members):
        _member(cell, f"{tag}M{index + 1}", cell.number * 40 + index, first, last)


def _certificate(cell: Cell, staff_id: str, credential: str, first: dt.date) -> Row:
    programme, rng = cell.programme, cell.rng
    months = programme.get("valid_months", 24)
    issued = first - dt.timedelta(days=rng.randrange(20, 100))
    row: Row = {
        "staff_id": staff_id,
        "state": programme.state,
        "credential": credential,
        "number": f"C{cell.number}",
        "issued_on": text(issued),
        "expires_on": text(months_later(issued, months) - ONE_DAY),
        "status": "active",
    }
    for column in ("training_hours", "experience_hours"):
        if programme.has(column):
            row[column] = str(programme[column] + rng.randrange(0, 30))
    if programme.has("endorsements"):
        row["endorsements"] = rng.choice(programme["endorsements"]["fit"])
    if programme.get("exam"):
        row["exam_on"] = text(issued - dt.timedelta(days=rng.randrange(10, 90)))
    return row


def _member(cell: Cell, member_id: str, number: int, first: dt.date, last: dt.date) -> None:
    programme, rng = cell.programme, cell.rng
    name = rng.choice(FIRST_NAMES)
    story = cell.stories[member_id] = make_story(rng, name)
    begun = first - dt.timedelta(days=rng.randrange(10, 25))
    youngest = programme.get("age", 18)
    cell.tables["members"].append(
        {
            "member_id": member_id,
            "last_name": rng.choice(LAST_NAMES),
            "first_name": name,
            "birth_date": text(months_later(first, -12 * rng.randrange(max(youngest, 18) + 1, 60))),
            "sex": rng.choice("FM"),
            "street": f"{rng.randrange(1, 900)} Oak Avenue",
            "city": programme["city"],
            "state": programme.state,
            "zip": programme["zip"][:5],
            "release_on": text(begun),
        }
    )
    cell.tables["coverage"].append(
        {
            "member_id": member_id,
            "payer": "plan",
            "subscriber_id": f"{number:09d}",
            "from": text(begun - dt.timedelta(days=rng.randrange(30, 400))),
            "rank": "1",
        }
    )
    for kind in programme.get("plans", ["recovery"]):
        cell.tables["plans"].append(
            {
                "member_id": member_id,
                "plan_id": f"{member_id}-{kind}",
                "kind": kind,
                "effective_on": text(begun),
                "expires_on": text(last + dt.timedelta(days=rng.randrange(10, 90))),
                "signed_by": ";".join(
                    {"peer": f"{cell.tag}P", "supervisor": f"{cell.tag}V"}.get(who, who)
                    for who in programme.get("signers", ["member", "peer"])
                ),
                "signed_on": text(begun),
                "goals": ";".join(story.goals()),
            }
        )
    for kind in programme.get("assessments", []):
        row = {"member_id": member_id, "kind": kind, "date": text(begun - ONE_DAY), "by": f"{cell.tag}V"}
        cell.tables["assessments"].append(row)
    if programme.has("authorization"):
        cell.tables["authorizations"] += [
            {
                "member_id": member_id,
                "payer": "plan",
                "number": f"A{number:08d}{index}",
                "hcpcs": code.partition(":")[0],
                "modifiers": code.partition(":")[2].replace(":", ";"),
                "units": "400",
                "from": text(begun),
                "to": text(last + dt.timedelta(days=rng.randrange(5, 60))),
            }
            for index, code in enumerate(programme["charges"])
        ]


def _contacts(cell: Cell, days: list[dt.date], *, grouped: bool) -> None:
    programme, rng = cell.programme, cell.rng
    member_ids = [row["member_id"] for row in cell.tables["members"]]
    group_day = rng.choice(days) if grouped and programme.get("groups", True) else None
    for index, day in enumerate(days):
        start = dt.time(rng.randrange(8, 16), rng.choice((0, 0, 5, 10, 15, 15, 20, 30, 30, 40, 45, 52)))
        if day == group_day:
            add_group(cell, day, start, rng.choice((45, 60, 75, 90)), member_ids)
        else:
            cell.add_contact(day, member_ids[index % len(member_ids)], start, usual_minutes(programme, rng))


def usual_minutes(programme: Programme, rng: random.Random) -> int:
    """Return the length of a contact, in whole units where nobody knows how part units are rounded."""
    minutes = rng.choice(MINUTES)
    return minutes if programme.has("rounding") else minutes // 15 * 15


def add_group(cell: Cell, day: dt.date, start: dt.time, minutes: int, member_ids: list[str]) -> list[Row]:
    """Add a group session: a row and a note of each member's own."""
    group_id = f"{cell.tag}G{len(cell.encounters)}"
    place = cell.rng.choice(PLACES)
    session = {"service": "group", "group_id": group_id, "group_size": str(len(member_ids)), "place": place}
    return [cell.add_contact(day, member_id, start, minutes, **session) for member_id in member_ids]


def supervise(cell: Cell, first: dt.date, last: dt.date) -> None:
    """Add a meeting of peer and supervisor in each week and month of a span, where the programme asks for any."""
    if not cell.programme.has("meeting") and not cell.programme.has("service_hours"):
        return
    sunday = first - dt.timedelta(days=(first.weekday() + 1) % 7)
    while sunday <= last:
        add_meeting(cell, sunday + dt.timedelta(days=cell.rng.randrange(1, 6)))
        sunday += dt.timedelta(days=7)
    month = first.replace(day=1)
    while cell.programme.get("meeting") == "month" and month <= last:
        add_meeting(cell, month + dt.timedelta(days=cell.rng.randrange(28)))
        month = months_later(month, 1)


def add_meeting(cell: Cell, day: dt.date) -> Row:
    """Add a meeting of an hour."""
    row = {
        "staff_id": cell.peer["staff_id"],
        "supervisor_id": cell.supervisor["staff_id"],
        "date": text(day),
        "minutes": "60",
    }
    cell.tables["supervision"].append(row)
    return row
