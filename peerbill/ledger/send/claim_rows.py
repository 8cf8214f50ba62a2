"""The rows of claims that are sent: claims, lines, encounters, and the audit trail's word of each."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, count, repeat

import attrs
import msgspec
import sqlalchemy as sa

from peerbill.ledger import states
from peerbill.ledger.modes import end_tests
from peerbill.ledger.send.files import Job, SentFile
from peerbill.ledger.store import contents, tables, trail
from peerbill.ledger.store.horizon import read_horizon
from peerbill.ledger.store.portions import portions
from peerbill.ledger.store.rows import insert_rows, update
from peerbill.ledger.store.trail import Event
from peerbill.model.claim import Attachment, BillableEncounter, Claim, ServiceLine
from peerbill.model.claim_state import ClaimState, Frequency, Standing
from peerbill.model.content import Saying
from peerbill.model.encounter import fingerprint
from peerbill.model.errors import LedgerError
from peerbill.model.line_key import line_of_claim
from peerbill.model.money import cents, dollars, printed
from peerbill.model.plural import counted, named

_CLAIMS_AT_ONCE = 5_000
_LOOKED_UP = 5_000
"""Up to how many encounters are looked up by their ids."""
_MOST_NAMED = 10
_encode = msgspec.json.Encoder().encode
# As plain texts: the driver takes half a microsecond more for each word of an enumeration.
_WRITTEN, _LIVE = str(ClaimState.WRITTEN), str(Standing.LIVE)

Row = tuple[object, ...]


def insert_claims(
    connection: sa.Connection,
    job: Job,
    sent: Iterable[tuple[SentFile, Sequence[Claim]]],
    billable: Sequence[BillableEncounter],
) -> None:
    """Insert what files bill, in the transaction that the connection is in; replacements and voids take their place.

    `billable` holds each encounter of a claim to its first payer. Raises LedgerError for an encounter without start or
    end.
    """
    by_id = {coded.encounter.encounter_id: coded for coded in billable}
    at, who = job.ledger.now(), job.ledger.who
    horizon = read_horizon(connection)
    sent = list(sent)
    voided = _voided(connection, [claim for _, claims in sent for claim in claims])
    end_tests(connection, job.settings.payers.keys() - job.settings.test_payers, at, who)
    for file, claims in sent:
        name = file.path.name
        payer = job.settings.payers[file.payer]
        says, most = Saying.of(payer, job.settings.billing_as(file.bills_as)), payer.max_claims_per_transaction
        rows = contents.SentRows()
        for first in range(0, len(claims), _CLAIMS_AT_ONCE):
            part = claims[first : first + _CLAIMS_AT_ONCE]
            _supersede(connection, at, who, part, file)
            claim_rows: list[Row] = []
            line_rows: list[Row] = []
            encounter_rows: list[Row] = []
            events: list[Event] = []
            for number, claim in enumerate(part, start=first):
                days = [line.service_date.isoformat() for line in claim.lines]
                charges = [cents(line.charge) for line in claim.lines]
                set_number = number // max(most, 1) + 1
                claim_rows.append(_claim_row(claim, file, set_number, at, days, sum(charges), says.digest(claim)))
                line_rows += map(_line_row, repeat(claim), count(1), claim.lines, days, charges)
                encounter_rows += _encounter_rows(connection, claim, by_id)
                events.append(_written(claim, name, sum(charges)))
            _refuse_purged(connection, horizon, encounter_rows)
            _free_voided(connection, encounter_rows, voided)
            insert_rows(connection, tables.claims, claim_rows)
            insert_rows(connection, tables.lines, line_rows)
            insert_rows(connection, tables.encounters, encounter_rows)
            trail.append(connection, at, who, events)
            rows.claims.extend(claim_rows)
            rows.lines.extend(line_rows)
            rows.encounters.extend(encounter_rows)
        digest = contents.of_rows(connection, file.batch_id, file.number, rows)
        mode = "" if payer.mode == "production" else "test, "
        trail.append(
            connection, at, who, [Event("", "sent", "", name, f"SHA-256 {file.sha256}, {mode}contents {digest}")]
        )


def _written(claim: Claim, name: str, charge_cents: int) -> Event:
    purpose = ""
    if claim.frequency != Frequency.ORIGINAL:
        purpose = f", {'replaces' if claim.frequency == Frequency.REPLACEMENT else 'voids'} {claim.replaces}"
    if claim.follows:
        purpose += f", follows {claim.follows}"
    detail = f"{_size(claim.form, len(claim.lines), charge_cents)}{purpose}"
    return Event(claim.claim_id, ClaimState.WRITTEN, ClaimState.WRITTEN, name, detail)


@lru_cache(maxsize=4096)
def _size(form: str, lines: int, charge_cents: int) -> str:
    return f"{form}, {counted(lines, 'line')}, {printed(dollars(charge_cents))}"


def _supersede(connection: sa.Connection, at: str, who: str, claims: Sequence[Claim], file: SentFile) -> None:
    """Let replacements and voids take the place of what they correct."""
    for claim in claims:
        if claim.frequency == Frequency.REPLACEMENT:
            encounter_ids = [id_ for line in claim.lines for id_ in line.encounter_ids]
            states.take_over(
                connection,
                claim.replaces,
                encounter_ids,
                [_line_text(claim, line) for line in claim.lines],
            )
    states.change(
        connection,
        at,
        who,
        [
            Event(claim.replaces, state, state, file.path.name, f"by {claim.claim_id}")
            for claim in claims
            if (state := _CORRECTED_BY.get(Frequency(claim.frequency)))
        ],
    )


_CORRECTED_BY = {Frequency.REPLACEMENT: ClaimState.REPLACED, Frequency.VOID: ClaimState.VOIDED}


def _refuse_purged(connection: sa.Connection, horizon: dt.date | None, encounter_rows: Sequence[Row]) -> None:
    """Raise LedgerError for an encounter that may have been billed on a claim that was purged: the audit holds it."""
    if horizon is None:
        return
    columns = [column.name for column in tables.encounters.columns]
    at = columns.index("start_at")
    old = {str(row[0]) for row in encounter_rows if str(row[at]) < horizon.isoformat()}
    encounters = tables.encounters.c
    for portion in portions(old):
        known = sa.select(encounters.encounter_id).where(encounters.encounter_id.in_(portion))
        if unknown := sorted(set(portion) - set(connection.execute(known).scalars())):
            raise LedgerError(
                f"{counted(len(unknown), 'encounter')} of before {horizon} may have been billed on claims that were "
                f"purged ({named(unknown, _MOST_NAMED)}): nothing was sent. Audit with what the ledger holds now"
            )


def _voided(connection: sa.Connection, claims: Sequence[Claim]) -> frozenset[str]:
    """Return encounters that stand on a voided claim: those of some claims, or of many claims all that do."""
    ids = {id_ for claim in claims for line in claim.lines for id_ in line.encounter_ids}
    encounters = tables.encounters.c
    query = sa.select(encounters.encounter_id).where(encounters.standing == Standing.VOID)
    # No index has these: one pass through the table takes less than to look many up, and more than to look up a week.
    queries = (
        [query.where(encounters.encounter_id.in_(portion)) for portion in portions(ids)]
        if len(ids) <= _LOOKED_UP
        else [query]
    )
    return frozenset(chain.from_iterable(connection.execute(one).scalars() for one in queries))


def _free_voided(connection: sa.Connection, rows: Sequence[Row], voided: Collection[str]) -> None:
    """Take encounters that are billed again after a void off the voided claim."""
    encounters = tables.encounters
    for encounter_id in sorted({str(row[0]) for row in rows if row[0] in voided}):
        is_it = (encounters.c.encounter_id == encounter_id, encounters.c.standing == Standing.VOID)
        update(connection, encounters, {"standing": Standing.FREE}, *is_it)


def _claim_row(
    claim: Claim, file: SentFile, set_number: int, at: str, days: Sequence[str], charge_cents: int, content: str
) -> Row:
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
        str(claim.frequency),
        charge_cents,
        set_number,
        _WRITTEN,
        at,
        0,
        claim.payer_control_number if claim.frequency != Frequency.ORIGINAL else "",
        claim.replaces,
        claim.follows,
        claim.programme,
        int(claim.release),
        claim.admitted_on.isoformat() if claim.admitted_on else "",
        claim.type_of_bill,
        claim.attending_id,
        claim.patient_status,
        None if claim.patient_paid is None else cents(claim.patient_paid),
        min(days),
        max(days),
        content,
        _facility_text(claim),
        claim.delay_reason,
        _listed(claim.attachment),
        claim.admission_type,
        claim.point_of_origin,
        claim.site,
        claim.bills_as,
    )


def _facility_text(claim: Claim) -> str:
    """Return where the service was given, as a JSON list: name, NPI, then the address; "" for the agency's own."""
    if claim.facility is None or claim.facility_address is None:
        return ""
    return _encode((*attrs.astuple(claim.facility), *attrs.astuple(claim.facility_address))).decode()


def _listed(attachment: Attachment | None) -> str:
    return "" if attachment is None else _encode(attrs.astuple(attachment)).decode()


def _line_text(claim: Claim, line: ServiceLine) -> str:
    """Return a line's key as the ledger keeps it: a JSON list, the day as YYYY-MM-DD; a blank site is left out."""
    key = line_of_claim(claim, line)
    return _encode(key if key.site else key[:-1]).decode()


def _line_row(claim: Claim, number: int, line: ServiceLine, day: str, charge_cents: int) -> Row:
    return (
        claim.claim_id,
        number,
        day,
        line.hcpcs,
        ":".join(line.modifiers),
        line.units,
        charge_cents,
        ":".join(map(str, line.pointers)),
        _line_text(claim, line),
        1 if claim.frequency != Frequency.VOID else 0,
        line.revenue_code,
    )


def _encounter_rows(connection: sa.Connection, claim: Claim, by_id: Mapping[str, BillableEncounter]) -> Iterable[Row]:
    """Return what a claim bills; a void bills nothing."""
    if claim.frequency == Frequency.VOID:
        return ()
    if claim.follows:
        return _following_rows(connection, claim)
    return [
        _encounter_row(by_id[id_], claim.claim_id, number)
        for number, line in enumerate(claim.lines, start=1)
        for id_ in line.encounter_ids
    ]


def _following_rows(connection: sa.Connection, claim: Claim) -> Iterator[Row]:
    """Yield the encounters of a claim to the next payer: those of the claim before it, as they were billed then.

    The authorization is that of the payer that the claim goes to.
    """
    encounters = tables.encounters
    number_of = {id_: number for number, line in enumerate(claim.lines, start=1) for id_ in line.encounter_ids}
    query = sa.select(encounters).where(encounters.c.claim_id == claim.follows)
    for row in connection.execute(query).mappings().all():
        if row["encounter_id"] in number_of:
            changed = {
                "claim_id": claim.claim_id,
                "line_number": number_of[row["encounter_id"]],
                "standing": Standing.LIVE,
                "turn": row["turn"] + 1,
                "payer": claim.payer,
                "programme": claim.programme,
                "rendering_id": claim.rendering_id,
                "authorization_number": claim.authorization,
            }
            yield tuple({**row, **changed}.values())


def _encounter_row(coded: BillableEncounter, claim_id: str, line_number: int) -> Row:
    encounter = coded.encounter
    if encounter.start is None or encounter.end is None:
        raise LedgerError(f"encounter {encounter.encounter_id} has no start or no end; nothing was sent")
    return (
        encounter.encounter_id,
        claim_id,
        line_number,
        _LIVE,
        1,
        fingerprint(encounter),
        coded.payer,
        coded.programme,
        encounter.member_id,
        encounter.staff_id,
        coded.rendering_id,
        encounter.service,
        encounter.start.isoformat(),
        encounter.end.isoformat(),
        encounter.place,
        coded.hcpcs,
        ":".join(coded.modifiers),
        coded.minutes,
        coded.units,
        coded.unit_minutes,
        cents(coded.unit_charge * coded.units),
        coded.authorization,
        coded.site,
    )
