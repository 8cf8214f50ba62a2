"""The evidence of an audit, as plain values: what its page and its workbook show. It has ids, and no names of people.

Days and times are local. An amount is in dollars. An encounter counts once in each sum, however many findings name it.
"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

import attrs

from peerbill.coding.explanation import Step
from peerbill.model.finding import Citation, Finding
from peerbill.model.frozen import freeze
from peerbill.model.waiver import IdleWaiver, WaivedFinding

Date = dt.date
DateTime = dt.datetime


@attrs.frozen
class AuditedPolicy:
    """A programme that judged: its name, the SHA-256 of its values, and how many encounters it judged."""

    id: str
    name: str
    sha256: str
    encounters: int


@attrs.frozen
class TableRows:
    """How many rows of a table of the workspace were used."""

    table: str
    rows: int


@attrs.frozen
class StatusRow:
    """Encounters of one status: how many, their charge, and how many of them have a charge that is not known."""

    status: str
    encounters: int
    charge: Decimal
    unknown: int


@attrs.frozen
class Unseen:
    """Something that the audit could not look at.

    Attributes:
        what: what it is, as a sentence.
        codes: the checks that find less because of it; () where it concerns all.
        encounters: how many encounters it concerns; None where that is not a matter of encounters.
        remedy: what would let the audit see it, "" where nothing would.

    """

    what: str
    codes: tuple[str, ...]
    encounters: int | None
    remedy: str


@attrs.frozen
class Tally:
    """What the findings of a check, a peer, a member or a week come to.

    A finding that concerns several peers, members or weeks counts with each, and so do those of its encounters that are
    theirs.

    Attributes:
        findings: how many.
        errors, warnings, infos: how many of each severity.
        encounters: how many encounters they name.
        charge: the charge of these encounters, as far as it is known.
        held: how many of these encounters an error among these findings holds.
        held_charge: the charge of those, as far as it is known.
        unknown: how many of the encounters have a charge that is not known.

    """

    findings: int = 0
    errors: int = 0
    warnings: int = 0
    infos: int = 0
    encounters: int = 0
    charge: Decimal = Decimal("0.00")
    held: int = 0
    held_charge: Decimal = Decimal("0.00")
    unknown: int = 0


@attrs.frozen
class CheckRow:
    """A check that was run, what it asks for, and what it found."""

    code: str
    requirement: str
    tally: Tally


@attrs.frozen
class PersonRow:
    """A peer or a member: all encounters in the workspace that name them, and what was found about these.

    `minutes` counts the rows of a group session once for a peer; `charge` is of all encounters, as far as it is known.
    """

    id: str
    encounters: int
    minutes: int
    units: int
    charge: Decimal
    tally: Tally


@attrs.frozen
class WeekRow:
    """A week, Sunday to Saturday, by its first day; None is no known day. `encounters` are all of the week."""

    first_day: Date | None
    encounters: int
    tally: Tally


@attrs.frozen
class EncounterEvidence:
    """An encounter that some finding names, and what it came to; blank and None: not recorded or not known.

    Attributes:
        line: the row's line in its file, 0 where it has none.
        status: billable, billed, held or rejected.
        staff_id: who rendered the service; `facilitators` are named beside them.
        place: the CMS place-of-service code.
        minutes, units: as billed; of a rejected row None.
        unit_charge, charge: dollars a unit, and of the units.
        payer, programme: the key of `[payers]`, and STATE/PROGRAMME; `policy` is the SHA-256 of its values.
        steps: how code, units and charge came about, in order.
        findings: the numbers of the findings that name it.

    """

    encounter_id: str
    line: int
    status: str
    member_id: str
    staff_id: str
    facilitators: tuple[str, ...]
    service: str
    start: DateTime | None
    end: DateTime | None
    place: str
    channel: str
    site: str
    group_id: str
    group_size: int | None
    minutes: int | None
    units: int | None
    hcpcs: str
    modifiers: tuple[str, ...]
    unit_charge: Decimal | None
    charge: Decimal | None
    payer: str
    programme: str
    policy: str
    steps: tuple[Step, ...]
    findings: tuple[int, ...]

    @property
    def day(self) -> Date | None:
        """The day of service."""
        return self.start.date() if self.start is not None else None


@attrs.frozen
class FindingEvidence:
    """A finding with the facts of the encounters that it names, together.

    Attributes:
        number: its place in the audit's order, from 1: the same for the same tables, day, ledger and policies.
        finding: code, severity, message, remedy (`fix`), citations with their status.
        staff_ids, member_ids: whom it concerns; those of the finding, else those of its encounters.
        statuses: of its encounters, each once.
        first_day, last_day: of its encounters; None where none is known.
        weeks: of its encounters, each by its Sunday.
        minutes, units, charge: of its encounters together; None where none is known.

    """

    number: int
    finding: Finding
    staff_ids: tuple[str, ...]
    member_ids: tuple[str, ...]
    statuses: tuple[str, ...]
    first_day: Date | None
    last_day: Date | None
    weeks: tuple[Date, ...]
    minutes: int | None
    units: int | None
    charge: Decimal | None


@attrs.frozen
class DaySession:
    """A stretch of a peer's day: one contact, or one group session with the encounters of all who attended.

    `lane` is the row of a timeline in which it overlaps nothing, from 0; `overlaps` tells whether another session of
    the day goes on at the same time; `severity` is the highest of its findings, "" without any. A session that only
    the ledger has names no encounter.
    """

    encounter_ids: tuple[str, ...]
    start: DateTime
    end: DateTime
    minutes: int
    service: str
    severity: str
    lane: int
    overlaps: bool


@attrs.frozen
class PeerDay:
    """A day of a peer: its sessions in order of start.

    `minutes` adds the sessions up, overlaps counted twice; `overlap` is how many minutes of the day were in more than
    one session; `findings` counts the findings that name an encounter of the day.
    """

    staff_id: str
    day: Date
    minutes: int
    overlap: int
    findings: int
    sessions: tuple[DaySession, ...]


@attrs.frozen
class MinutesCurve:
    """How many encounters of a programme lasted how long, and from which minute on there is a unit more.

    Attributes:
        programme: STATE/PROGRAMME.
        unit_minutes: the length of a unit.
        rounding: down, up, midpoint or past-midpoint; "" where it is not known.
        counts: (billable minutes, encounters), in order of minutes.
        boundaries: (minutes, units): from so many minutes on, a contact by itself makes so many units.

    """

    programme: str
    unit_minutes: int
    rounding: str
    counts: tuple[tuple[int, int], ...]
    boundaries: tuple[tuple[int, int], ...]


@attrs.frozen
class DailyUnits:
    """How many days of members, or of peers, came to how many units, beside a limit of the programme.

    Attributes:
        programme: STATE/PROGRAMME.
        limit: the limit's name; "" where the programme gives none by the day.
        scope: `member`, `peer`, or `member and peer`: whose units of a day are added.
        allowed: units a day; None without a limit.
        counts: (units, days), in order of units.

    """

    programme: str
    limit: str
    scope: str
    allowed: int | None
    counts: tuple[tuple[int, int], ...]


@attrs.frozen
class HeatCell:
    """How many findings of a check concern a peer; cells without any are left out."""

    staff_id: str
    code: str
    findings: int


@attrs.frozen
class AuditEvidence:
    """An audit as evidence: what was looked at, what was not, what was found, with the facts of each finding.

    Ids of encounters, members and staff are personal data; names, birth dates and notes are not in it.

    Attributes:
        organization: the agency.
        as_of: the day of the audit.
        policy_data: the version of the packaged policy data.
        first_day, last_day: of the services; None where no day is known.
        ledger: whether the audit looked at a ledger of what was billed before.
        notice: the day on which the audit was announced; None where none was given.
        policies: the programmes that judged.
        tables: the tables of the workspace with their rows, those without any too.
        problems: how many rows or cells of other tables could not be used.
        statuses: the encounters by status, in a fixed order.
        unseen: what the audit could not look at.
        total: what all findings come to.
        checks: the checks that were run, by code; those that found nothing too.
        peers, members: everybody whom an encounter names, by id; "" is an encounter without one.
        weeks: each week in which there is an encounter, in order, and None where a day is not known.
        findings: in the order of the audit; their numbers are their places, from 1.
        encounters: those that a finding names, by id.
        days: of each peer, the days that ask most for a look, in this order: overlaps, findings, minutes.
        daily_units: units a day beside each limit.
        minutes: minutes of encounters beside the boundaries of units.
        heat: findings by peer and check.
        waived: what was found and a waiver covers: it is in no other figure. A waiver's reason is a person's own text.
        idle_waivers: waivers that cover nothing any more.
        deidentified: the mark of the key whose pseudonyms it has; "" with the ids of the workspace.

    """

    organization: str
    as_of: Date
    policy_data: str
    first_day: Date | None
    last_day: Date | None
    ledger: bool
    notice: Date | None
    policies: tuple[AuditedPolicy, ...]
    tables: tuple[TableRows, ...]
    problems: int
    statuses: tuple[StatusRow, ...]
    unseen: tuple[Unseen, ...]
    total: Tally
    checks: tuple[CheckRow, ...]
    peers: tuple[PersonRow, ...]
    members: tuple[PersonRow, ...]
    weeks: tuple[WeekRow, ...]
    findings: tuple[FindingEvidence, ...]
    encounters: Mapping[str, EncounterEvidence]
    days: tuple[PeerDay, ...]
    daily_units: tuple[DailyUnits, ...]
    minutes: tuple[MinutesCurve, ...]
    heat: tuple[HeatCell, ...]
    waived: tuple[WaivedFinding, ...] = ()
    idle_waivers: tuple[IdleWaiver, ...] = ()
    deidentified: str = ""

    def __attrs_post_init__(self) -> None:
        freeze(self, "encounters")

    @property
    def sources(self) -> tuple[Citation, ...]:
        """Every source that a finding or a step cites, each once, by title."""
        cited = {source for row in self.findings for source in row.finding.citations}
        cited.update(source for row in self.encounters.values() for step in row.steps for source in step.citations)
        return tuple(sorted(cited, key=lambda source: (source.title, source.where, source.date, source.status)))
