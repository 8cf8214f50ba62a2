"""A small agency that bills, as a program of its own, so that tests can stop it at any instant.

Run with `init_globals={"ARGUMENTS": [workspace, out, first, last, stop, url, action]}` or the same on the command line:
bills the encounters `first` to `last`, or does another `action`; `stop` is the number of the step (`faults`) at which
the process dies, or the name of the first such step (`rename`), or 0. What happened goes to
`workspace`/told-`first`.json.
"""

import datetime as dt
import json
import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import attrs
import databases
import sqlalchemy as sa
from faults import Shim, shimmed

from peerbill.claims.build import build_claims
from peerbill.ledger.answers.posting import post_answers
from peerbill.ledger.backup import back_up, restore
from peerbill.ledger.send.runs import BatchResult, bill_batch, bill_run
from peerbill.ledger.store import tables
from peerbill.ledger.store.ledger import Ledger, open_ledger
from peerbill.model.claim import (
    Address,
    BillableEncounter,
    BillingProvider,
    Claim,
    Contact,
    Party,
    Payer,
)
from peerbill.model.encounter import Encounter
from peerbill.model.errors import LedgerError
from peerbill.model.people import Coverage, Member, Staff
from peerbill.model.records import Records, Settings

URL = "sqlite:///ledger.db"
AS_OF = dt.date(2026, 3, 31)

PAYERS = {
    "north": Payer(
        key="north",
        policy=("XX/one",),
        name="NORTH",
        id="N1",
        receiver=Party("NORTH", "R1"),
        charges={"H0038": Decimal("16.00")},
        mode="production",
        max_claims_per_file=3,
    ),
    "south": Payer(
        key="south",
        policy=("XX/one",),
        name="SOUTH",
        id="S1",
        receiver=Party("SOUTH", "R2"),
        charges={"H0038": Decimal("16.00")},
        mode="production",
        claim_span="week",
    ),
}
SETTINGS = Settings(
    organization=BillingProvider(
        "AGENCY", "381234567", Address("1 A ST", "LANSING", "MI", "489331234"), Contact("B"), "UTC"
    ),
    submitter=Party("AGENCY", "AG01"),
    payers=PAYERS,
)
STAFF = tuple(Staff(f"S{number}", "PEER", "PAT", npi="1234567893") for number in range(1, 4))
MEMBERS = tuple(
    Member(f"M{number}", "DOE", "JO", dt.date(1990, 1, 1), "F", "2 B ST", "LANSING", "MI", "48933-1234")
    for number in range(1, 6)
)
RECORDS = Records(settings=SETTINGS, staff=STAFF, members=MEMBERS)


def billable(number: int) -> BillableEncounter:
    """Return the encounter of a number, always the same."""
    member = f"M{number % 5 + 1}"
    payer = ("north", "south")[number % 5 % 2]
    start = dt.datetime(2026, 3, 1 + number // 7 % 28, 8 + number % 7, 0)
    return BillableEncounter(
        encounter=Encounter(
            f"E{number:06d}",
            member,
            f"S{number % 3 + 1}",
            "individual",
            start,
            start + dt.timedelta(minutes=45),
            "11",
            diagnoses=("F1120",),
        ),
        payer=payer,
        programme="XX/one",
        coverage=Coverage(member, payer, f"ID{member}", dt.date(2020, 1, 1), rank=1),
        minutes=45,
        units=3,
        unit_minutes=15,
        hcpcs="H0038",
        modifiers=("HF",),
        diagnoses=("F1120",),
        unit_charge=Decimal("16.00"),
        rendering_id=f"S{number % 3 + 1}",
    )


def write_interchange(
    claims: Sequence[Claim], payer: Payer, settings: Settings, as_of: dt.date, isa13: int
) -> Iterator[str]:
    """Yield an interchange's stand-in: an envelope, and one segment for each encounter of each line."""
    yield f"ISA*{payer.id}*{isa13:09d}~"
    for claim in claims:
        yield f"CLM*{claim.claim_id}~"
        for line in claim.lines:
            for id_ in line.encounter_ids:
                yield f"REF*6R*{line.line_id}*{id_}~"
    yield f"IEA*{isa13:09d}~"


def bill(
    ledger: Ledger, out: Path, encounters: Sequence[BillableEncounter], wait: float = 10.0, *, undo_lost: bool = False
) -> BatchResult:
    """Bill those of the encounters that the ledger does not hold, as the command does."""
    with bill_run(ledger, wait, undo_lost=undo_lost) as run:
        known = {billed.encounter_id for billed in run.history() if billed.standing != "rejected"}
        new = [one for one in encounters if one.encounter.encounter_id not in known]
        return bill_batch(
            run,
            out,
            settings=SETTINGS,
            as_of=AS_OF,
            billable=new,
            build=lambda ids: build_claims(new, RECORDS, ids),
            write_interchange=write_interchange,
        )


def correct(ledger: Ledger, out: Path) -> BatchResult:
    """Void the first claim and replace the second and third, where the payer has them and they still stand."""
    claims, encounters = tables.claims.c, tables.encounters.c
    with bill_run(ledger, 60.0) as run:
        with ledger.engine.connect() as connection:
            standing = connection.execute(
                sa.select(claims.claim_id, encounters.encounter_id)
                .join_from(tables.claims, tables.encounters, encounters.claim_id == claims.claim_id)
                .where(claims.claim_id <= "PBTEST00000003", claims.state == "accepted")
            ).all()
        billed: dict[str, list[BillableEncounter]] = {}
        for claim_id, encounter_id in sorted(map(tuple, standing)):
            billed.setdefault(claim_id, []).append(billable(int(encounter_id[1:])))

        def build(ids: Iterator[str]) -> list[Claim]:
            return [
                attrs.evolve(
                    build_claims(some, RECORDS, ids)[0],
                    frequency="8" if claim_id == "PBTEST00000001" else "7",
                    replaces=claim_id,
                    payer_control_number=f"ICN{claim_id[2:]}",
                )
                for claim_id, some in billed.items()
            ]

        return bill_batch(
            run,
            out,
            settings=SETTINGS,
            as_of=AS_OF,
            billable=[one for some in billed.values() for one in some],
            build=build,
            write_interchange=write_interchange,
        )


def post(ledger: Ledger, file: Path) -> int:
    """Post a file of answers; return how many of its claims were matched."""
    with bill_run(ledger, 60.0) as run:
        return post_answers(run, file).matched


def act(
    action: str, url: str, workspace: Path, out: Path, encounters: Sequence[BillableEncounter]
) -> dict[str, object]:
    """Do what the program was started for, and return what is to be told of it."""
    if action == "restore":
        restore(url, workspace, workspace / "backup.db", replace=True, who="biller", clock=clock)
        return {}
    ledger = open_ledger(url, workspace, tag=databases.TAG, who="biller", clock=clock)
    if action == "post":
        return {"matched": post(ledger, workspace / "answer.835")}
    if action == "backup":
        return {"claims": back_up(ledger, out / "backup.db").claims}
    result = correct(ledger, out) if action == "correct" else bill(ledger, out, encounters, 120.0)
    return {
        "messages": result.messages,
        "files": [file.path.name for file in result.files],
        "claims": len(result.claims),
    }


def clock() -> dt.datetime:
    """Return the one time that this program knows, so that what it does can be compared."""
    return dt.datetime(2026, 4, 1, tzinfo=dt.UTC)


def main(workspace: str, out: str, first: str, last: str, stop: str, url: str = URL, action: str = "bill") -> None:
    """Bill once, or do another thing."""
    encounters = [billable(number) for number in range(int(first), int(last))]
    told: dict[str, object]
    with shimmed(Shim(int(stop) if stop.isdecimal() else stop)) as shim:
        try:
            told = act(action, url, Path(workspace), Path(out), encounters)
        except LedgerError as error:
            told = {"error": str(error)}
        told["steps"] = len(shim.seen)
    Path(workspace, f"told-{first}.json").write_text(json.dumps(told))


if __name__ == "__main__":
    main(*(globals().get("ARGUMENTS") or sys.argv[1:]))
