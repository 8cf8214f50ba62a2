"""Small workspaces for tests: the base world of `fixtures/checks/base.toml`, and what a case changes in it."""

import copy
import datetime as dt
import functools
import json
import pickle
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from peerbill.checks.audit import Audit, audit
from peerbill.checks.patterns.scope import PatternScope
from peerbill.claims.next_payer import as_sent
from peerbill.intake import TABLES
from peerbill.intake.cells import Reader, Unreadable
from peerbill.intake.settings import read_settings
from peerbill.model.claim import BillableEncounter, BilledEncounter, Claim, form_of
from peerbill.model.claim_state import ClaimState
from peerbill.model.enrolment import Enrolment
from peerbill.model.finding import Finding
from peerbill.model.payer_answers import ClaimPayment
from peerbill.model.records import Records, Settings
from peerbill.model.sent_claim import PostedPayment, SentClaim, SentLine
from peerbill.policy import Policies, load_policies

FIXTURES = Path(__file__).parents[1] / "fixtures" / "checks"
ID_COLUMNS = {
    "staff": "staff_id",
    "members": "member_id",
    "plans": "plan_id",
    "authorizations": "number",
    "places": "place_id",
    "encounters": "encounter_id",
}
"""Tables whose rows a fixture names by their id; elsewhere a row's name is for the fixture only."""

Patch = Mapping[str, Any]


ON_THE_837I = """\
form = "837I"
type_of_bill = "77"
admission_type = "3"
point_of_origin = "1"
patient_status = "01"
"""
"""What a row of `claim` says for the institutional form, beside the revenue code and who attends."""


@attrs.frozen
class World:
    """What `audit` is given."""

    records: Records
    policies: Policies
    as_of: dt.date
    history: tuple[BilledEncounter, ...] = ()
    eligibility: tuple[Enrolment, ...] = ()
    patterns: PatternScope | None = None
    purged_before: dt.date | None = None

    def audit(self) -> Audit:
        """Run every check."""
        return audit(
            self.records,
            self.policies,
            self.as_of,
            self.history,
            eligibility=self.eligibility,
            patterns=self.patterns,
            purged_before=self.purged_before,
        )


@functools.cache
def _base() -> bytes:
    # Thousands of worlds begin with it, and each may be changed: a copy is made in less than a tenth of the time.
    return pickle.dumps(tomllib.loads((FIXTURES / "base.toml").read_text(encoding="utf-8")))


def base() -> dict[str, Any]:
    """Return the base world as its file gives it."""
    found: dict[str, Any] = pickle.loads(_base())  # noqa: S301  # made above
    return found


@functools.cache
def cases(code: str) -> dict[str, dict[str, Any]]:
    """Return the cases of a check's fixture by their names."""
    return tomllib.loads((FIXTURES / f"{code}.toml").read_text(encoding="utf-8"))


def make_world(patch: Patch | None = None) -> World:
    """Return the base world with a case's changes.

    A table of a patch maps row names to cells: they change the row of that name, or make one. In a row, `like` copies
    another row first, `on` moves the times of an encounter to another day, and `false` takes the row out. `repeat`
    makes so many rows of an encounter instead, named NAME-1, NAME-2, …, each `every` minutes after the one before (a
    day, where it does not say); a cell that is a list has the cell of each row, over and over.

    Beside the tables, `on` moves E1 and the day of the audit; `organization`, `payers`, `sites` and `severity` change
    `peerbill.toml`, `policy` is the text of a second policy file, `eligibility` maps traces to what payers answered,
    `billed` maps ids to the encounters that were billed before, `standing` to what became of them, and `since` holds
    changes that were made after that. `patterns` asks for patterns, and may have the day of a `notice`.
    `purged_before` is the day before which claims were purged from the ledger.
    """
    patch = patch or {}
    world = base()
    if "on" in patch:
        row = world["encounters"]["E1"]
        moved = patch["on"] - _day_of(row)
        world["as_of"] += moved
        world["encounters"]["E1"] = _moved(row, moved)
    first = dict(world["encounters"])
    for table in TABLES:
        _change(world.setdefault(table, {}), patch.get(table, {}))
    settings = _settings(world["peerbill"], patch)
    policies = _policies(world["policy"], patch.get("policy", ""), settings.payers)
    as_of = patch.get("as_of", world["as_of"])
    history: tuple[BilledEncounter, ...] = ()
    if patch.get("billed"):
        sent = {**copy.deepcopy(world)}
        sent["encounters"] = {}
        _change(sent["encounters"], patch["billed"], first)
        standing = patch.get("standing", {})
        history = tuple(
            attrs.evolve(one, **standing.get(one.encounter_id, {}))
            for one in bill(World(_records(settings, sent), policies, as_of))
        )
    for table, changes in patch.get("since", {}).items():
        _change(world[table], changes)
    asked = tuple(_enrolment(trace, said) for trace, said in patch.get("eligibility", {}).items())
    patterns = PatternScope(**patch["patterns"]) if "patterns" in patch else None
    purged = patch.get("purged_before")
    return World(_records(settings, world), policies, as_of, history, asked, patterns, purged)


def _enrolment(trace: str, said: Patch) -> Enrolment:
    """Return an answer on M1's enrolment with the plan, on the day of E1 unless it says otherwise."""
    days = {"asked_from": "2026-03-02", "asked_to": "2026-03-02", "said_on": "2026-03-05"}
    days |= {
        name: said[name] for name in ("asked_from", "asked_to", "first_day", "last_day", "said_on") if name in said
    }
    dated: dict[str, Any] = {name: dt.date.fromisoformat(day) for name, day in days.items()}
    return Enrolment(
        trace=trace,
        member_id=said.get("member_id", "M1"),
        payer=said.get("payer", "plan"),
        state=said["state"],
        plan=said.get("plan", ""),
        reasons=tuple(said.get("reasons", ())),
        actions=tuple(said.get("actions", ())),
        **dated,
    )


def _change(rows: dict[str, Any], changes: Patch, known: Patch | None = None) -> None:
    known = rows if known is None else known
    for name, cells in changes.items():
        if cells is False:
            del rows[name]
            continue
        if "repeat" in cells:
            _repeat(rows, name, cells, known)
            continue
        like = known.get(cells.get("like", name), {})
        if "on" in cells:
            like = _moved(like, dt.date.fromisoformat(cells["on"]) - _day_of(like))
        rows[name] = row = {**like, **{column: cell for column, cell in cells.items() if column not in {"like", "on"}}}
        # A note of another day than the row's that it is copied from has no time of its own until the case gives one.
        if "created_at" not in cells and row.get("created_at", "") < row.get("start", ""):
            row.pop("created_at", None)


def _repeat(rows: dict[str, Any], name: str, cells: Patch, known: Patch) -> None:
    """Make the rows of `repeat`."""
    one = {column: cell for column, cell in cells.items() if column not in {"repeat", "every"}}
    for number in range(cells["repeat"]):
        own = {column: cell[number % len(cell)] if isinstance(cell, list) else cell for column, cell in one.items()}
        made: dict[str, Any] = {}
        _change(made, {name: own}, known)
        by = dt.timedelta(minutes=number * cells.get("every", 24 * 60))
        given = {column: own[column] for column in own if isinstance(one[column], list)}
        rows[f"{name}-{number + 1}"] = {**_moved(made[name], by), **given}


def _day_of(row: Patch) -> dt.date:
    return dt.datetime.fromisoformat(row["start"]).date()


def _moved(row: Patch, by: dt.timedelta) -> dict[str, Any]:
    times = {
        column: (dt.datetime.fromisoformat(row[column]) + by).isoformat(timespec="minutes")
        for column in ("start", "end", "signed_at", "created_at")
        if column in row
    }
    return {**row, **times}


def _settings(peerbill: Mapping[str, Any], patch: Patch) -> Settings:
    told = copy.deepcopy(dict(peerbill))
    for top in ("organization", "payers", "sites", "severity"):
        _merge(told.setdefault(top, {}), patch.get(top, {}))
    return _read_settings(_toml(told))


@functools.lru_cache(maxsize=512)
def _read_settings(text: str) -> Settings:
    settings, notices = read_settings(text)
    assert notices == ()
    return settings


def _merge(into: dict[str, Any], changes: Patch) -> None:
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        elif value is False:
            del into[key]
        else:
            into[key] = value


def _toml(table: Mapping[str, Any]) -> str:
    def value(one: Any) -> str:
        if isinstance(one, dict):
            return "{ " + ", ".join(f"{json.dumps(key)} = {value(inner)}" for key, inner in one.items()) + " }"
        return json.dumps(one)

    return "".join(f"{json.dumps(key)} = {value(one)}\n" for key, one in table.items())


def _policies(text: str, more: str, payers: Mapping[str, Any]) -> Policies:
    ids = dict.fromkeys(id_ for payer in payers.values() for id_ in payer.policy)
    source, _, _ = text.partition("[base]\n")
    files = {"policies/base.toml": text}
    if more:
        files["policies/case.toml"] = f"{source}{more}"
    return _loaded(tuple(ids), tuple(files.items()))


@functools.lru_cache(maxsize=512)
def _loaded(ids: tuple[str, ...], files: tuple[tuple[str, str], ...]) -> Policies:
    return load_policies(ids, dict(files))


def _records(settings: Settings, world: Mapping[str, Any]) -> Records:
    zone = ZoneInfo(settings.organization.timezone)
    tables: dict[str, Any] = {name: tuple(_rows(name, world.get(name, {}), zone)) for name in TABLES}
    return attrs.evolve(Records(settings), **tables)


@functools.cache
def _readers(name: str, zone: ZoneInfo) -> Mapping[str, Reader]:
    return TABLES[name].readers(zone)


def _rows(name: str, rows: Patch, zone: ZoneInfo) -> Iterable[Any]:
    table = TABLES[name]
    readers = _readers(name, zone)
    for key, cells in rows.items():
        given = {**({ID_COLUMNS[name]: key} if name in ID_COLUMNS else {}), **cells}
        assert given.keys() <= set(table.columns), (name, key, given.keys() - set(table.columns))
        values = [
            readers[column][given[column]] if column in given else table.absent[column] for column in table.columns
        ]
        assert not any(isinstance(value, Unreadable) for value in values), (name, key, values)
        yield table.record(*values)


def bill(world: World, claim_id: str = "C1") -> tuple[BilledEncounter, ...]:
    """Return what the ledger holds after a world's encounters, which must all be billable, were billed."""
    result = world.audit()
    assert result.count("billable") == len(world.records.encounters), result.findings
    return tuple(as_billed(one, claim_id) for one in result.billable)


def as_billed(one: BillableEncounter, claim_id: str = "C1") -> BilledEncounter:
    return attrs.evolve(as_sent(one), claim_id=claim_id)


def told(findings: Sequence[Finding]) -> list[str]:
    """Return findings as fixtures write them: `error E1,E2 encounters.end: PB101 message`."""
    return [f"{one.severity} {','.join(one.encounter_ids)} {one.where}: {one.code} {one.message}" for one in findings]


def judged(own: str, code: str, severity: str) -> bool:
    """Return whether a case of the code `own` is judged by a finding: its own all count, of the others the errors."""
    return code == own or severity == "error"


def personal_texts(records: Records) -> set[str]:
    """Return every text of a world that must not be told: names, birth dates, card numbers, diagnoses, notes."""
    texts: set[str] = set()
    for person in records.staff:
        texts |= {person.last_name, person.first_name, str(person.recovery_since)}
    for member in records.members:
        texts |= {member.last_name, member.first_name, str(member.birth_date), member.street, member.zip}
    texts |= {row.subscriber_id for row in records.coverage}
    texts |= {goal for plan in records.plans for goal in plan.goals}
    for encounter in records.encounters:
        texts |= {encounter.goal, encounter.intervention, encounter.response, encounter.next_step, encounter.location}
        texts |= set(encounter.diagnoses)
    return {text for text in texts if len(text) > 2 and text != "None"}


SENT_ON = dt.date(2026, 3, 12)


def in_ledger(claim: Claim, *answers: ClaimPayment, answered_on: dt.date | None = None, **changes: Any) -> SentClaim:
    """Return a claim as the ledger keeps it, paid in full or as `answers` say."""
    days = [line.service_date for line in claim.lines]
    kept = SentClaim(
        claim_id=claim.claim_id,
        payer=claim.payer,
        member_id=claim.member_id,
        state=ClaimState.PAID,
        changed_at="2026-03-20T12:00:00+00:00",
        frequency=claim.frequency,
        charge=claim.charge,
        paid=claim.charge,
        payer_control_number="ICN1",
        replaces=claim.replaces,
        replaced_by="",
        follows=claim.follows,
        form=form_of(claim),
        file="f.837",
        sent_on=SENT_ON,
        first_day=min(days),
        last_day=max(days),
        programme=claim.programme,
        subscriber_id=claim.subscriber.subscriber_id,
        subscriber_rank=claim.subscriber.rank,
        place=claim.place,
        diagnoses=claim.diagnoses,
        authorization=claim.authorization,
        rendering_id=claim.rendering_id,
        supervising_id=claim.supervising_id,
        staff_ids=(claim.rendering_id,),
        release=claim.release,
        admitted_on=claim.admitted_on,
        patient_paid=claim.patient_paid,
        lines=lines_in_ledger(claim),
        payments=tuple(
            PostedPayment(**attrs.asdict(one, recurse=False), payment_id=number, paid_on=answered_on)
            for number, one in enumerate(answers, start=1)
        ),
        facility=claim.facility,
        facility_address=claim.facility_address,
        delay_reason=claim.delay_reason,
        attachment=claim.attachment,
    )
    return attrs.evolve(kept, **changes)


def lines_in_ledger(claim: Claim) -> tuple[SentLine, ...]:
    """Return the lines of a claim as the ledger keeps them, paid in full."""
    return tuple(
        SentLine(
            **{**attrs.asdict(line, recurse=False), "prior_payments": ()},
            number=number,
            live=True,
            state=ClaimState.PAID,
            paid=line.charge,
        )
        for number, line in enumerate(claim.lines, start=1)
    )
