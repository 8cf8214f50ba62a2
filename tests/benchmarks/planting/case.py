"""A planted case: a caseload with one defect, or with its near miss, and what an audit must say of it."""

import copy
import datetime as dt
import random
from collections.abc import Callable, Iterable
from typing import Any

import attrs
from benchmarks.planting.cell import Cell, Row, make_cell
from benchmarks.planting.days import AS_OF, ONE_DAY, text
from benchmarks.planting.programme import Programme

Plant = Callable[["Case"], None]

SITES, PATTERNS = "sites", "patterns"
NOTICE = AS_OF - dt.timedelta(days=30)
"""The day on which an audit was announced."""


@attrs.frozen
class Kind:
    """A kind of defect.

    Attributes:
        code: the check that must find it.
        name: what is wrong.
        plant: makes the defect in a caseload, or its near miss.
        needs: the rules of a programme without which it cannot be planted.
        without: rules that leave no room for it.
        setting: the agency that it needs: "" an ordinary one, `SITES` one with sites, `PATTERNS` an ordinary one that
            is audited for patterns too, after a notice of `NOTICE`.

    """

    code: str
    name: str
    plant: Plant
    needs: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    setting: str = ""

    @property
    def near_miss(self) -> str:
        """What lies just on the other side of the boundary, in words."""
        return " ".join((self.plant.__doc__ or "").split()).removeprefix("The near miss ").removesuffix(".")

    def fits(self, programme: Programme) -> bool:
        """Tell whether the kind can be planted in a programme."""
        return programme.has(*self.needs) and not any(map(programme.has, self.without))


KINDS: list[Kind] = []
"""Every kind, in the order in which its module declares it."""


def kind(
    code: str, name: str, *, needs: tuple[str, ...] = (), without: tuple[str, ...] = (), setting: str = ""
) -> Callable[[Plant], Plant]:
    """Declare a kind of defect."""

    def declare(plant: Plant) -> Plant:
        KINDS.append(Kind(code, name, plant, needs, without, setting))
        return plant

    return declare


@attrs.frozen
class Label:
    """A finding that must come, or may: its code, the encounters that it names, and its severity ("": any)."""

    code: str
    encounter_ids: frozenset[str]
    severity: str = ""


@attrs.define
class Case:
    """One planted case. `over` is whether it is the defect; the near miss lies on the other side of the boundary.

    `billed` are the tables as they were when the encounters of `standing` were billed; `standing` is what became of
    each of them since.
    """

    kind: Kind
    programme: Programme
    rng: random.Random
    tag: str
    number: int
    over: bool
    cell: Cell = attrs.field(init=False)
    expected: list[Label] = attrs.field(factory=list)
    allowed: list[Label] = attrs.field(factory=list)
    billed: dict[str, list[Row]] = attrs.field(factory=dict)
    standing: dict[str, dict[str, Any]] = attrs.field(factory=dict)

    def start(self, days: list[dt.date] | None = None, members: int = 3, *, contacts: bool = True) -> Cell:
        """Make the clean caseload; see `make_cell`."""
        self.cell = make_cell(self.programme, self.rng, self.tag, self.number, days, members, contacts=contacts)
        if self.kind.setting == SITES:
            self.cell.peer["site"] = self.site
        return self.cell

    @property
    def site(self) -> str:
        """The key of the caseload's own site, where the agency has sites."""
        return f"site{self.number}"

    def one(self) -> Row:
        """Make the clean caseload and return one of its contacts with a single member."""
        return self.rng.choice(self.start().individual())

    def member_rows(self) -> tuple[str, list[Row]]:
        """Make the clean caseload; return a member of it and their contacts, in order of time, at least two."""
        cell = self.start()
        member_id = self.rng.choice([row["member_id"] for row in cell.tables["members"]])
        return member_id, sorted(cell.rows_of("encounters", member_id), key=start_of)

    def find(self, code: str, rows: Iterable[Row], severity: str = "") -> None:
        """Note that a defect must be found in some encounters."""
        if self.over:
            self.expected.append(Label(code, ids(rows), severity))

    def found(self, rows: Row | Iterable[Row], severity: str = "") -> None:
        """Note that the kind's own check must find the defect in some encounters, or in one."""
        self.find(self.kind.code, [rows] if isinstance(rows, dict) else rows, severity)

    def allow(self, code: str, rows: Row | Iterable[Row], severity: str = "") -> None:
        """Note a finding that follows from the case, and is neither asked for nor wrong."""
        self.allowed.append(Label(code, ids([rows] if isinstance(rows, dict) else rows), severity))

    def bill(self, rows: Iterable[Row], **standing: Any) -> None:
        """Note that encounters are billed as they are now; `standing` is what became of their claim."""
        self.billed = copy.deepcopy(dict(self.cell.tables))
        self.standing = {row["encounter_id"]: standing for row in rows}


def ids(rows: Iterable[Row]) -> frozenset[str]:
    """Return the ids of encounters."""
    return frozenset(row["encounter_id"] for row in rows)


def start_of(row: Row) -> dt.datetime:
    """Return when a contact began."""
    return dt.datetime.fromisoformat(row["start"])


def end_of(row: Row) -> dt.datetime:
    """Return when a contact ended."""
    return dt.datetime.fromisoformat(row["end"])


def day_of(row: Row) -> dt.date:
    """Return the day of a contact."""
    return start_of(row).date()


def days_of(rows: Iterable[Row]) -> list[dt.date]:
    """Return the days on which contacts took place, in order."""
    return sorted({day_of(row) for row in rows})


def until(rows: Iterable[Row], day: dt.date) -> list[Row]:
    """Return the contacts up to a day."""
    return [row for row in rows if day_of(row) <= day]


def since(rows: Iterable[Row], day: dt.date) -> list[Row]:
    """Return the contacts from a day on."""
    return [row for row in rows if day_of(row) >= day]


def lasting(row: Row, minutes: int) -> None:
    """Give a contact another length; the note is written and signed as long after its end as before."""
    gap = start_of(row) + dt.timedelta(minutes=minutes) - end_of(row)
    for column in ("end", "created_at", "signed_at"):
        row[column] = text(dt.datetime.fromisoformat(row[column]) + gap)


def begins_late(case: Case, rows: list[Row]) -> tuple[dt.date, list[Row]]:
    """Return a first day of something that all of some contacts need, and the contacts that come before it.

    In a near miss it is the day of the first contact.
    """
    days = days_of(rows)
    day = case.rng.choice(days[:-1]) + ONE_DAY if case.over else days[0]
    return day, until(rows, day - ONE_DAY)


def ends_early(case: Case, rows: list[Row]) -> tuple[dt.date, list[Row]]:
    """Return a last day of something that all of some contacts need, and the contacts that come after it.

    In a near miss it is the day of the last contact.
    """
    days = days_of(rows)
    day = case.rng.choice(days[1:]) - ONE_DAY if case.over else days[-1]
    return day, since(rows, day + ONE_DAY)
