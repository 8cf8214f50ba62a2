"""A bill run: what a killed run left is finished or undone, then a batch is recorded, written and confirmed.

A batch goes through four steps, so that a process killed at any instant leaves files that are whole or hidden, and
a ledger that knows of every file that can be seen:

1. the files are written under hidden names and synced;
2. one transaction records batch, files (with their SHA-256), claims, lines and encounters, as pending;
3. the files are renamed, and the manifest is replaced;
4. the batch is confirmed.

Killed before the second step's commit, nothing was recorded, and the next run removes the hidden files. Killed
after it, every hidden file is whole, and the next run renames and confirms.
"""

import contextlib
import datetime as dt
import getpass
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Protocol

import attrs
import msgspec
import sqlalchemy as sa

from peerbill.claim import BillableEncounter, BilledEncounter, Claim, Payer, ServiceLine
from peerbill.encounter import fingerprint
from peerbill.errors import LedgerError
from peerbill.ledger import disk, states, tables, trail
from peerbill.ledger.database import Place, exclusive, find_place, migrate, told, writable_engine
from peerbill.ledger.history import load_history
from peerbill.ledger.manifest import (
    Entry,
    cents,
    claim_entry,
    file_entry,
    held_entries,
    line_entry,
    manifest_text,
    rejected_entries,
)
from peerbill.ledger.trail import Event, insert_rows
from peerbill.records import Settings

MANIFEST = "manifest.json"
WAIT = 300.0
"""How long a second run waits for the first, in seconds: several billers may be ahead, each with a long audit."""

_LAST_CONTROL_NUMBER = 999_999_999
_CLAIMS_AT_ONCE = 5_000
_encode = msgspec.json.Encoder().encode

Row = tuple[object, ...]

Build = Callable[[Iterator[str]], Sequence[Claim]]
"""Makes a batch's claims, taking as many claim ids as it needs, in order."""


class WriteInterchange(Protocol):
    """Writes one interchange as chunks of text: `peerbill.x12.write837p.write_interchange`."""

    def __call__(
        self, claims: Sequence[Claim], payer: Payer, settings: Settings, as_of: dt.date, isa13: int
    ) -> Iterable[str]:
        """Yield the text of one interchange with the control number `isa13`."""
        ...


@attrs.frozen
class SentFile:
    """An 837 file that stands whole in its folder. `total_cents` is the charge of its claims in cents."""

    path: Path
    temporary: Path
    batch_id: int
    number: int
    payer: str
    isa13: int
    claims: int
    lines: int
    encounters: int
    total_cents: int
    sha256: str
    transaction_type: str = "837P"

    def entry(self, out: Path) -> Entry:
        """Return the file's entry in the manifest of a folder."""
        return file_entry(
            self.shown(out),
            self.payer,
            isa13=self.isa13,
            claims=self.claims,
            lines=self.lines,
            total_cents=self.total_cents,
            sha256=self.sha256,
            transaction_type=self.transaction_type,
        )

    def shown(self, out: Path) -> str:
        """Return the path as a manifest in `out` gives it: the name, or the whole path of a file elsewhere."""
        return self.path.name if self.path.parent == out else str(self.path)


@attrs.frozen
class BatchResult:
    """What a bill run did.

    `files` are those it made whole: first those that a killed run left, then its own, which hold `claims`.
    `batch_id` is None where nothing was new. `messages` are for the person who runs it.
    """

    batch_id: int | None
    files: tuple[SentFile, ...]
    claims: tuple[Claim, ...]
    manifest: Path
    messages: tuple[str, ...]


def utc_now() -> dt.datetime:
    """Return the time, for the audit trail."""
    return dt.datetime.now(dt.UTC)


@attrs.frozen
class Ledger:
    """An open ledger. Made by `open_ledger`. `who` and `clock` go into the audit trail."""

    place: Place
    engine: sa.Engine = attrs.field(repr=False)
    who: str = ""
    clock: Callable[[], dt.datetime] = attrs.field(default=utc_now, repr=False)

    def now(self) -> str:
        """Return the time as the audit trail writes it: UTC, to the second."""
        return self.clock().astimezone(dt.UTC).isoformat(timespec="seconds")

    def history(self) -> tuple[BilledEncounter, ...]:
        """Return every encounter that stands in the ledger, and those whose last claim was rejected, by id."""
        with told(self.place), self.engine.connect() as connection:
            return load_history(connection)


@attrs.define(eq=False)
class BillRun:
    """A ledger held by one bill run. `messages` say what became of a run that was killed."""

    ledger: Ledger
    messages: list[str] = attrs.field(factory=list)
    finished: list[SentFile] = attrs.field(factory=list)

    def history(self) -> tuple[BilledEncounter, ...]:
        """Return what `Ledger.history` does; no other run adds to it while this one lasts."""
        return self.ledger.history()


def user() -> str:
    """Return who runs this, for the audit trail: PEERBILL_USER, else the name of the account."""
    named = os.environ.get("PEERBILL_USER", "")
    if named:
        return named
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def open_ledger(
    url: str,
    folder: Path,
    *,
    create: bool = True,
    who: str | None = None,
    clock: Callable[[], dt.datetime] = utc_now,
) -> Ledger:
    """Open the ledger of a workspace, made and migrated where that is needed.

    `url` is `[ledger] url`, `folder` the workspace, from which a relative SQLite path starts; `who` (the account's
    name where it is None) and `clock` go into the audit trail. Raises LedgerError for what is no ledger, for one of a
    newer peerbill, and for an absent one where `create` is false.
    """
    place = find_place(url, folder)
    if not create and place.file is not None and not place.file.exists():
        raise LedgerError(f"there is no ledger at {place}: bill makes one")
    with told(place):
        engine = writable_engine(place)
        with engine.begin() as connection:
            migrate(connection)
    return Ledger(place, engine, user() if who is None else who, clock)


@contextlib.contextmanager
def bill_run(
    ledger: Ledger, wait: float = WAIT, *, undo_lost: bool = False, tell: Callable[[str], None] = lambda _: None
) -> Iterator[BillRun]:
    """Hold the ledger for a whole bill run, from reading its history to the last file.

    First finishes or undoes what a killed run left, and says so in `messages`. `tell` hears at once that another run
    holds the ledger, and for how long this one waits. Raises LedgerError when another run
    holds the ledger for longer than `wait` seconds, and where a file of a killed run is gone: whether somebody sent
    it is not known, so it is undone only with `undo_lost`.
    """
    with exclusive(ledger.place, ledger.engine, wait, tell):
        run = BillRun(ledger)
        with told(ledger.place):
            _recover(run, undo_lost=undo_lost)
        yield run


def bill_batch(
    run: BillRun,
    out: Path,
    *,
    settings: Settings,
    as_of: dt.date,
    billable: Sequence[BillableEncounter],
    build: Build,
    write_interchange: WriteInterchange,
    held: Iterable[tuple[str, Iterable[str]]] = (),
    rejected: Iterable[tuple[int, Iterable[str]]] = (),
) -> BatchResult:
    """Bill what passed the audit: one 837 file per payer in `out`, or several, and the manifest of this run.

    `build` gets claim ids and returns the claims; `write_interchange` their text. `held` are (encounter id, codes),
    `rejected` (line of the table encounters, codes). The manifest also lists the files and claims of a killed run
    that this one finished. An encounter of `billable` that is on no line (a line without units) is not recorded.

    Raises LedgerError, with nothing recorded or visible, for a file that is in the way, a folder that cannot be
    written, or an encounter billed before; and what `build` or `write_interchange` raise. Raises LedgerError after
    the batch was recorded where a rename fails: the next run then finishes it.
    """
    out = out.resolve()
    tag = run.ledger.place.tag
    with _writing(out, "Nothing was recorded or sent"):
        disk.make_folder(out)
        left = disk.stale(out, tag)
        for path in left:
            path.unlink()
    if left:
        run.messages.append(f"removed {_count(len(left), 'temporary file')} of a run that was stopped")
    sent = _record(_Job(run.ledger, out, settings, as_of), billable, build, write_interchange)
    everything = (*run.finished, *(file for file, _ in sent))
    recorded = "The batch is recorded: make that possible, then run again to finish it"
    with _writing(out, recorded if everything else "Nothing was new, and nothing was sent"):
        for file, _ in sent:
            disk.rename(file.temporary, file.path)
        disk.sync_folder(out)
        disk.replace_synced(
            out / MANIFEST,
            manifest_text(
                [file.entry(out) for file in everything],
                _claim_entries(run, out, sent),
                held_entries(held),
                rejected_entries(rejected),
            ),
            tag,
        )
    _confirm(run.ledger, {file.batch_id for file in everything})
    run.finished.clear()
    return BatchResult(
        batch_id=sent[0][0].batch_id if sent else None,
        files=everything,
        claims=tuple(claim for _, claims in sent for claim in claims),
        manifest=out / MANIFEST,
        messages=tuple(run.messages),
    )


@attrs.frozen
class _Job:
    """What every step of a batch needs."""

    ledger: Ledger
    out: Path
    settings: Settings
    as_of: dt.date


def _record(
    job: _Job, billable: Sequence[BillableEncounter], build: Build, write_interchange: WriteInterchange
) -> list[tuple[SentFile, Sequence[Claim]]]:
    """Write the hidden files and record them as pending, in one transaction; return them with their claims."""
    hidden: list[Path] = []
    with told(job.ledger.place), job.ledger.engine.connect() as connection:
        transaction = connection.begin()
        try:
            batch_id = _last(connection, "batch") + 1
            ids = _ClaimIds(_last(connection, "claim"))
            drafts = _drafts(connection, job, batch_id, build(ids))
            _refuse_taken(draft.path for draft in drafts)
            sent: list[tuple[SentFile, Sequence[Claim]]] = []
            for draft in drafts:
                hidden.append(draft.temporary)
                text = write_interchange(draft.claims, draft.payer, job.settings, job.as_of, draft.isa13)
                with _writing(job.out, "Nothing was recorded or sent"):
                    sent.append((draft.file(disk.write_synced(draft.temporary, text)), draft.claims))
            if sent:
                with _writing(job.out, "Nothing was recorded or sent"):
                    disk.sync_folder(job.out)
                _insert_batch(connection, job, drafts, [file for file, _ in sent])
                _insert_claims(connection, job, sent, billable)
                _set_last(connection, "batch", batch_id)
                _set_last(connection, "claim", ids.last)
        except BaseException:
            transaction.rollback()
            for path in hidden:
                path.unlink(missing_ok=True)
            raise
        # Should the commit fail, whether it took place is not known: the next run looks, and clears up.
        transaction.commit()
    return sent


def _refuse_taken(paths: Iterable[Path]) -> None:
    for path in paths:
        if path.exists():
            raise LedgerError(f"{path} is in the way: move it, then run again. Nothing was recorded or sent")


class _ClaimIds:
    """Claim ids after the last that was given: PB and ten digits."""

    def __init__(self, last: int) -> None:
        self.last = last

    def __iter__(self) -> "_ClaimIds":
        return self

    def __next__(self) -> str:
        self.last += 1
        return f"PB{self.last:010d}"


@attrs.frozen
class _Draft:
    """A file that is to be written."""

    path: Path
    temporary: Path
    batch_id: int
    number: int
    payer: Payer
    form: str
    sender: str
    receiver: str
    isa13: int
    claims: Sequence[Claim]

    def file(self, sha256: str) -> SentFile:
        lines = [line for claim in self.claims for line in claim.lines]
        return SentFile(
            path=self.path,
            temporary=self.temporary,
            batch_id=self.batch_id,
            number=self.number,
            payer=self.payer.key,
            isa13=self.isa13,
            claims=len(self.claims),
            lines=len(lines),
            encounters=sum(len(line.encounter_ids) for line in lines),
            total_cents=sum(cents(line.charge) for line in lines),
            sha256=sha256,
            transaction_type=self.form,
        )


def _drafts(connection: sa.Connection, job: _Job, batch_id: int, claims: Iterable[Claim]) -> list[_Draft]:
    by_payer: dict[tuple[str, str], list[Claim]] = {}
    for claim in claims:
        by_payer.setdefault((claim.payer, claim.form), []).append(claim)
    control_numbers: dict[tuple[str, str], int] = {}
    drafts: list[_Draft] = []
    for key, form in sorted(by_payer):
        payer = job.settings.payers[key]
        most = max(payer.max_claims_per_file, 1)
        sender, receiver = parties(payer, job.settings)
        for first in range(0, len(by_payer[key, form]), most):
            number = len(drafts) + 1
            name = f"{job.as_of:%Y%m%d}-{batch_id:06d}-{number:03d}-{re.sub(r'[^A-Za-z0-9_-]', '_', key)}.837"
            isa13 = _next_control_number(connection, control_numbers, sender, receiver)
            part = by_payer[key, form][first : first + most]
            hidden = job.out / disk.temporary_name(name, job.ledger.place.tag)
            drafts.append(_Draft(job.out / name, hidden, batch_id, number, payer, form, sender, receiver, isa13, part))
    return drafts


def parties(payer: Payer, settings: Settings) -> tuple[str, str]:
    """Return sender and receiver of a payer's files, ISA06 and ISA08: each pair has control numbers of its own."""
    # ISA06 and ISA08 are written in capitals: two spellings of an id are one party.
    sender = (payer.interchange.sender_id or settings.submitter.id).upper()
    return sender, (payer.interchange.receiver_id or payer.receiver.id).upper()


def _next_control_number(
    connection: sa.Connection, known: dict[tuple[str, str], int], sender: str, receiver: str
) -> int:
    files = tables.files.c
    last = known.get((sender, receiver))
    if last is None:
        query = sa.select(sa.func.max(files.isa13)).where(files.sender == sender, files.receiver == receiver)
        last = connection.execute(query).scalar() or 0
    if last >= _LAST_CONTROL_NUMBER:
        raise LedgerError(
            f"the nine digits of ISA13 are used up for sender {sender} and receiver {receiver}: "
            "agree on another sender id with the receiver; nothing was sent"
        )
    known[sender, receiver] = last + 1
    return last + 1


def _last(connection: sa.Connection, name: str) -> int:
    counters = tables.counters.c
    return int(connection.execute(sa.select(counters.value).where(counters.name == name)).scalar_one())


def _set_last(connection: sa.Connection, name: str, value: int) -> None:
    counters = tables.counters
    connection.execute(sa.update(counters).where(counters.c.name == name).values(value=value))


def _insert_batch(connection: sa.Connection, job: _Job, drafts: Sequence[_Draft], files: Sequence[SentFile]) -> None:
    connection.execute(
        sa.insert(tables.batches),
        {
            "batch_id": drafts[0].batch_id,
            "state": "pending",
            "as_of": job.as_of.isoformat(),
            "folder": str(job.out),
        },
    )
    connection.execute(
        sa.insert(tables.files),
        [
            {
                "batch_id": file.batch_id,
                "number": file.number,
                "state": "pending",
                "name": file.path.name,
                "temporary": file.temporary.name,
                "payer": file.payer,
                "sender": draft.sender,
                "receiver": draft.receiver,
                "isa13": file.isa13,
                "claims": file.claims,
                "lines": file.lines,
                "encounters": file.encounters,
                "total_cents": file.total_cents,
                "sha256": file.sha256,
                "transaction_type": file.transaction_type,
                "group_sender": draft.payer.group.sender or job.settings.submitter.id,
                "group_receiver": draft.payer.group.receiver or draft.payer.receiver.id,
            }
            for draft, file in zip(drafts, files, strict=True)
        ],
    )


def _insert_claims(
    connection: sa.Connection,
    job: _Job,
    sent: Iterable[tuple[SentFile, Sequence[Claim]]],
    billable: Sequence[BillableEncounter],
) -> None:
    by_id = {one.encounter.encounter_id: one for one in billable}
    at, who = job.ledger.now(), job.ledger.who
    for file, claims in sent:
        most = job.settings.payers[file.payer].max_claims_per_transaction
        for first in range(0, len(claims), _CLAIMS_AT_ONCE):
            part = claims[first : first + _CLAIMS_AT_ONCE]
            _supersede(connection, at, who, part, file)
            claim_rows: list[Row] = []
            line_rows: list[Row] = []
            encounter_rows: list[Row] = []
            events: list[Event] = []
            for number, claim in enumerate(part, start=first):
                claim_rows.append(_claim_row(claim, file, number // max(most, 1) + 1, at))
                line_rows += [_line_row(claim, at_, line) for at_, line in enumerate(claim.lines, start=1)]
                encounter_rows += _encounter_rows(connection, claim, by_id)
                events.append(_written(claim, file))
            _free_voided(connection, encounter_rows)
            insert_rows(connection, tables.claims, claim_rows)
            insert_rows(connection, tables.lines, line_rows)
            insert_rows(connection, tables.encounters, encounter_rows)
            trail.append(connection, at, who, events)


def _written(claim: Claim, file: SentFile) -> Event:
    purpose = {"7": f", replaces {claim.replaces}", "8": f", voids {claim.replaces}"}.get(claim.frequency, "")
    purpose += f", follows {claim.follows}" if claim.follows else ""
    detail = f"{claim.form}, {_count(len(claim.lines), 'line')}, ${claim.charge:.2f}{purpose}"
    return Event(claim.claim_id, "written", "written", file.path.name, detail)


def _supersede(connection: sa.Connection, at: str, who: str, claims: Sequence[Claim], file: SentFile) -> None:
    """Let replacements and voids take the place of what they correct."""
    for claim in claims:
        if claim.frequency == "7":
            encounter_ids = [id_ for line in claim.lines for id_ in line.encounter_ids]
            states.take_over(
                connection, claim.replaces, encounter_ids, [_line_key(claim, line) for line in claim.lines]
            )
    states.change(
        connection,
        at,
        who,
        [
            Event(claim.replaces, state, state, file.path.name, f"by {claim.claim_id}")
            for claim in claims
            if (state := {"7": "replaced", "8": "voided"}.get(claim.frequency))
        ],
    )


def _free_voided(connection: sa.Connection, rows: Sequence[Row]) -> None:
    """Take encounters that are billed again after a void off the voided claim."""
    encounters = tables.encounters
    voided = connection.execute(sa.select(encounters.c.encounter_id).where(encounters.c.standing == "void")).scalars()
    again = {str(row[0]) for row in rows} & set(voided)
    for encounter_id in sorted(again):
        connection.execute(
            sa.update(encounters)
            .where(encounters.c.encounter_id == encounter_id, encounters.c.standing == "void")
            .values(standing="free")
        )


def _claim_row(claim: Claim, file: SentFile, set_number: int, at: str) -> Row:
    days = [line.service_date for line in claim.lines]
    return (
        claim.claim_id,
        file.batch_id,
        file.number,
        claim.payer,
        claim.member_id,
        claim.subscriber.subscriber_id,
        claim.subscriber.rank,
        claim.rendering_id,
        claim.supervising_id,
        claim.place,
        ":".join(claim.diagnoses),
        claim.authorization,
        claim.frequency,
        sum(cents(line.charge) for line in claim.lines),
        set_number,
        "written",
        at,
        0,
        claim.payer_control_number if claim.frequency != "1" else "",
        claim.replaces,
        claim.follows,
        claim.programme,
        int(claim.release),
        claim.admitted_on.isoformat() if claim.admitted_on else "",
        claim.type_of_bill,
        claim.attending_id,
        claim.patient_status,
        None if claim.patient_paid is None else cents(claim.patient_paid),
        min(days).isoformat(),
        max(days).isoformat(),
    )


def _line_key(claim: Claim, line: ServiceLine) -> str:
    day, modifiers = line.service_date.isoformat(), sorted(line.modifiers)
    key = (claim.payer, claim.member_id, day, claim.rendering_id, claim.place, line.hcpcs, modifiers)
    return _encode(key).decode()


def _line_row(claim: Claim, number: int, line: ServiceLine) -> Row:
    return (
        claim.claim_id,
        number,
        line.service_date.isoformat(),
        line.hcpcs,
        ":".join(line.modifiers),
        line.units,
        cents(line.charge),
        ":".join(map(str, line.pointers)),
        _line_key(claim, line),
        int(claim.frequency != "8"),
        line.revenue_code,
    )


def _encounter_rows(connection: sa.Connection, claim: Claim, by_id: Mapping[str, BillableEncounter]) -> Iterator[Row]:
    if claim.frequency == "8":
        return
    if claim.follows:
        yield from _following_rows(connection, claim)
        return
    for number, line in enumerate(claim.lines, start=1):
        for id_ in line.encounter_ids:
            yield _encounter_row(by_id[id_], claim.claim_id, number)


def _following_rows(connection: sa.Connection, claim: Claim) -> Iterator[Row]:
    """Yield the encounters of a claim to the next payer: those of the claim before it, as they were billed then."""
    encounters = tables.encounters
    number_of = {id_: number for number, line in enumerate(claim.lines, start=1) for id_ in line.encounter_ids}
    query = sa.select(encounters).where(encounters.c.claim_id == claim.follows)
    for row in connection.execute(query).mappings().all():
        if row["encounter_id"] in number_of:
            changed = {
                "claim_id": claim.claim_id,
                "line_number": number_of[row["encounter_id"]],
                "standing": "live",
                "turn": row["turn"] + 1,
                "payer": claim.payer,
                "programme": claim.programme,
            }
            yield tuple({**row, **changed}.values())


def _encounter_row(one: BillableEncounter, claim_id: str, line_number: int) -> Row:
    encounter = one.encounter
    if encounter.start is None or encounter.end is None:
        raise LedgerError(f"encounter {encounter.encounter_id} has no start or no end; nothing was sent")
    return (
        encounter.encounter_id,
        claim_id,
        line_number,
        "live",
        1,
        fingerprint(encounter),
        one.payer,
        one.programme,
        encounter.member_id,
        encounter.staff_id,
        one.rendering_id,
        encounter.service,
        encounter.start.isoformat(),
        encounter.end.isoformat(),
        encounter.place,
        one.hcpcs,
        ":".join(one.modifiers),
        one.minutes,
        one.units,
        one.unit_minutes,
        cents(one.unit_charge * one.units),
        one.authorization,
    )


def _confirm(ledger: Ledger, batch_ids: Collection[int]) -> None:
    if not batch_ids:
        return
    batches, files = tables.batches, tables.files
    with told(ledger.place), ledger.engine.begin() as connection:
        connection.execute(sa.update(batches).where(batches.c.batch_id.in_(batch_ids)).values(state="confirmed"))
        connection.execute(
            sa.update(files)
            .where(files.c.batch_id.in_(batch_ids), files.c.state == "pending")
            .values(state="confirmed")
        )


def _claim_entries(run: BillRun, out: Path, sent: Iterable[tuple[SentFile, Sequence[Claim]]]) -> Iterator[Entry]:
    for file in run.finished:
        yield from _recorded_entries(run.ledger, file, file.shown(out))
    for file, claims in sent:
        shown = file.shown(out)
        for claim in claims:
            yield claim_entry(
                claim.claim_id,
                claim.payer,
                claim.member_id,
                shown,
                [
                    line_entry(
                        line.line_id,
                        line.encounter_ids,
                        service_date=line.service_date.isoformat(),
                        hcpcs=line.hcpcs,
                        modifiers=line.modifiers,
                        units=line.units,
                        charge_cents=cents(line.charge),
                    )
                    for line in claim.lines
                ],
            )


def _recorded_entries(ledger: Ledger, file: SentFile, shown: str) -> Iterator[Entry]:
    claims, lines, encounters = tables.claims.c, tables.lines.c, tables.encounters.c
    query = (
        sa.select(
            claims.claim_id,
            claims.payer,
            claims.member_id,
            lines.number,
            lines.service_date,
            lines.hcpcs,
            lines.modifiers,
            lines.units,
            lines.charge_cents,
            encounters.start_at,
            encounters.encounter_id,
        )
        .join_from(tables.claims, tables.lines, lines.claim_id == claims.claim_id)
        .outerjoin(
            tables.encounters,
            sa.and_(encounters.claim_id == lines.claim_id, encounters.line_number == lines.number),
        )
        .where(claims.batch_id == file.batch_id, claims.file_number == file.number)
        .order_by(claims.claim_id, lines.number)
    )
    with told(ledger.place), ledger.engine.connect() as connection:
        rows = connection.execute(query)
        for (claim_id, payer, member_id), of_claim in groupby(rows, itemgetter(0, 1, 2)):
            entries = [
                line_entry(
                    f"{claim_id}-{number}",
                    [id_ for *_, id_ in sorted(of_line, key=itemgetter(9, 10)) if id_ is not None],
                    service_date=day,
                    hcpcs=hcpcs,
                    modifiers=modifiers.split(":") if modifiers else [],
                    units=units,
                    charge_cents=charge,
                )
                for (number, day, hcpcs, modifiers, units, charge), of_line in groupby(
                    of_claim, itemgetter(3, 4, 5, 6, 7, 8)
                )
            ]
            yield claim_entry(claim_id, payer, member_id, shown, entries)


def _recover(run: BillRun, *, undo_lost: bool) -> None:
    """Give every whole file of a pending batch its name; free the encounters of a file that is lost."""
    batches, files = tables.batches, tables.files
    query = (
        sa.select(files, batches.c.folder)
        .join(batches)
        .where(batches.c.state == "pending", files.c.state == "pending")
        .order_by(files.c.batch_id, files.c.number)
    )
    finished: list[SentFile] = []
    lost: list[SentFile] = []
    folders: set[Path] = set()
    with run.ledger.engine.begin() as connection:
        for row in connection.execute(query).all():
            file = _sent_file(row)
            folders.add(file.path.parent)
            with _writing(file.path.parent, f"Batch {file.batch_id}, which was stopped, cannot be finished"):
                whole = _finish(file, undo_lost=undo_lost)
            if whole:
                finished.append(file)
                run.messages.append(f"finished {file.path} of batch {file.batch_id}, which was stopped")
            else:
                _undo(connection, run.ledger, file)
                lost.append(file)
                run.messages.append(
                    f"undid {file.path} of batch {file.batch_id}, which was stopped before the file was whole; "
                    f"{_count(file.encounters, 'encounter')} can be billed again"
                )
        for folder in sorted(folder for folder in folders if folder.is_dir()):
            with _writing(folder, "A batch that was stopped cannot be finished"):
                disk.sync_folder(folder)
    # Only now: should the transaction fail, a file that is gone would look as if somebody had taken it away.
    for file in lost:
        with _writing(file.path.parent, "It is not a whole file: remove it"):
            file.temporary.unlink(missing_ok=True)
    run.finished.extend(finished)


def _sent_file(row: sa.Row[Any]) -> SentFile:
    folder = Path(row.folder)
    return SentFile(
        path=folder / row.name,
        temporary=folder / row.temporary,
        batch_id=row.batch_id,
        number=row.number,
        payer=row.payer,
        isa13=row.isa13,
        claims=row.claims,
        lines=row.lines,
        encounters=row.encounters,
        total_cents=row.total_cents,
        sha256=row.sha256,
        transaction_type=row.transaction_type,
    )


def _finish(file: SentFile, *, undo_lost: bool) -> bool:
    """Give a file its name; return whether it is whole. Raises LedgerError where it may have been sent and is gone."""
    found = disk.sha256(file.path)
    if found == file.sha256:
        return True
    if found is not None:
        raise LedgerError(
            f"{file.path} of batch {file.batch_id}, which was stopped, is not what the ledger recorded: "
            "restore it if it was sent. If it was never sent, remove it and run again with --undo-lost"
        )
    if disk.sha256(file.temporary) == file.sha256:
        disk.rename(file.temporary, file.path)
        return True
    if not file.temporary.exists() and not undo_lost:
        raise LedgerError(
            f"{file.path} of batch {file.batch_id}, which was stopped, is gone: put it back if it was moved or sent. "
            "If it was never sent, run again with --undo-lost to bill its encounters again"
        )
    return False


def _undo(connection: sa.Connection, ledger: Ledger, file: SentFile) -> None:
    """Free what a file billed. Its row stays, so that its control number is never given again."""
    batches, files, claims = tables.batches, tables.files, tables.claims
    of_file = sa.and_(claims.c.batch_id == file.batch_id, claims.c.file_number == file.number)
    lost = sa.select(claims.c.claim_id).where(of_file)
    undone = connection.execute(sa.select(claims.c.claim_id, claims.c.replaces).where(of_file)).all()
    connection.execute(sa.delete(tables.encounters).where(tables.encounters.c.claim_id.in_(lost)))
    connection.execute(sa.delete(tables.lines).where(tables.lines.c.claim_id.in_(lost)))
    connection.execute(sa.delete(claims).where(of_file))
    trail.append(
        connection,
        ledger.now(),
        ledger.who,
        [Event(row.claim_id, states.UNDONE, states.UNDONE, file.path.name) for row in undone],
    )
    reinstate(connection, ledger, [row.replaces for row in undone if row.replaces], file.path.name, "was not sent")
    asked = tables.eligibility.c
    connection.execute(
        sa.delete(tables.eligibility).where(asked.batch_id == file.batch_id, asked.file_number == file.number)
    )
    connection.execute(
        sa.update(files).where(files.c.batch_id == file.batch_id, files.c.number == file.number).values(state="undone")
    )
    live = sa.select(files.c.number).where(files.c.batch_id == file.batch_id, files.c.state != "undone")
    connection.execute(
        sa.update(batches).where(batches.c.batch_id == file.batch_id, ~sa.exists(live)).values(state="undone")
    )


def reinstate(
    connection: sa.Connection, ledger: Ledger, claim_ids: Sequence[str], source: str, because: str
) -> list[str]:
    """Let claims be what they were before a correction that came to nothing; return those that cannot stand again.

    `source` is the file that says so, `because` ends the sentence "the correction …".
    """
    barred = states.restore(connection, claim_ids)
    events = [
        Event(
            claim_id,
            "reinstated",
            states.state_before(connection, claim_id, states.CORRECTED),
            source,
            f"the correction {because}"
            + ("; its encounters were billed again in the meantime" if claim_id in barred else ""),
        )
        for claim_id in claim_ids
    ]
    states.change(connection, ledger.now(), ledger.who, events)
    return barred


@contextlib.contextmanager
def _writing(folder: Path, so: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LedgerError(f"{error.filename or folder} cannot be written: {error.strerror}. {so}") from error


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
