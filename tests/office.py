"""An agency that bills two payers and posts what they answer: `Office`, and what its tests share."""

import datetime as dt
import importlib.util
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import attrs
import databases
import sqlalchemy as sa
from payer import (
    SentFile,
    receive,
)

from peerbill.claims.build import build_claims
from peerbill.ledger.answers.posting import post_answers
from peerbill.ledger.answers.session import Posted
from peerbill.ledger.look.claims import read_claims
from peerbill.ledger.look.history import reading
from peerbill.ledger.send.runs import bill_batch, bill_run
from peerbill.ledger.store import tables
from peerbill.ledger.store.ledger import Ledger, open_ledger
from peerbill.model.claim import Claim, Contact
from peerbill.model.records import Settings
from peerbill.model.sent_claim import SentClaim
from peerbill.x12.write.write837 import write_interchange

CLOCK = dt.datetime(2026, 4, 21, 12, tzinfo=dt.UTC)


def _program() -> Any:
    path = Path(__file__).parent / "ledger" / "program.py"
    spec = importlib.util.spec_from_file_location("posting_program", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PROGRAM = _program()


SETTINGS: Settings = attrs.evolve(
    PROGRAM.SETTINGS,
    organization=attrs.evolve(
        PROGRAM.SETTINGS.organization,
        npi="1234567893",
        taxonomy="251S00000X",
        contact=Contact("BILLING", "5175550100"),
    ),
    payers={key: attrs.evolve(one, max_claims_per_file=100) for key, one in PROGRAM.PAYERS.items()},
)


@attrs.define
class Office:
    """An agency that bills two payers, north and south, and posts what they send."""

    folder: Path
    url: str = databases.SQLITE
    count: int = 0
    built: dict[str, Claim] = attrs.field(factory=dict)
    settings: Settings = SETTINGS

    def send(self, numbers: Sequence[int], build: Callable[[Any], Sequence[Claim]] | None = None) -> list[SentFile]:
        """Bill encounters, or send what `build` makes; return what the payers receive."""
        with bill_run(self.ledger()) as run:
            known = {one.encounter_id for one in run.history() if one.standing == "live"}
            billable = [one for n in numbers if (one := PROGRAM.billable(n)).encounter.encounter_id not in known]
            records = attrs.evolve(PROGRAM.RECORDS, settings=self.settings)
            batch = bill_batch(
                run,
                self.folder / "out",
                settings=self.settings,
                as_of=PROGRAM.AS_OF,
                billable=billable,
                build=build or (lambda ids: build_claims(billable, records, ids)),
                write_interchange=write_interchange,
            )
            self.built.update({claim.claim_id: claim for claim in batch.claims})
        return [receive(file.path.read_text()) for file in batch.files]

    def correct(self, claim_id: str, frequency: str) -> SentFile:
        """Send a void (8) or a replacement (7) of a claim."""
        known = self.claims()[claim_id]
        claim = attrs.evolve(
            self.built[claim_id],
            frequency=frequency,
            replaces=claim_id,
            payer_control_number=known.payer_control_number,
        )

        def build(ids: Any) -> Sequence[Claim]:
            id_ = next(ids)
            lines = [attrs.evolve(line, line_id=f"{id_}-{n}") for n, line in enumerate(claim.lines, start=1)]
            return [attrs.evolve(claim, claim_id=id_, lines=tuple(lines))]

        numbers = [int(line.encounter_ids[0][1:]) for line in claim.lines] if frequency == "7" else []
        with bill_run(self.ledger()) as run:
            batch = bill_batch(
                run,
                self.folder / "out",
                settings=self.settings,
                as_of=PROGRAM.AS_OF,
                billable=[PROGRAM.billable(n) for n in numbers],
                build=build,
                write_interchange=write_interchange,
            )
        (file,) = batch.files
        return receive(file.path.read_text())

    def ledger(self) -> Ledger:
        """Open the ledger."""
        return open_ledger(self.url, self.folder, tag=databases.TAG, who="biller", clock=lambda: CLOCK)

    def file(self, text: str | bytes, name: str = "") -> Path:
        """Write a file of answers."""
        self.count += 1
        path = self.folder / (name or f"answer-{self.count}.x12")
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def post(self, text: str | bytes, name: str = "") -> Posted:
        """Post a file of answers."""
        path = self.file(text, name)
        with bill_run(self.ledger()) as run:
            return post_answers(run, path)

    def claims(self, **conditions: Any) -> dict[str, SentClaim]:
        """Return the claims of the ledger by id."""
        with reading(self.url, self.folder) as connection:
            assert connection is not None
            return {claim.claim_id: claim for claim in read_claims(connection, **conditions)}

    def states(self) -> dict[str, str]:
        """Return the state of each claim."""
        return {id_: claim.state for id_, claim in self.claims().items()}

    def rows(self) -> dict[str, int]:
        """Return how many rows each table has."""
        with reading(self.url, self.folder) as connection:
            assert connection is not None
            return {
                name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
                for name, table in tables.metadata.tables.items()
            }


NORTH = tuple(n for n in range(100) if n % 5 % 2 == 0)
SOUTH = tuple(n for n in range(100) if n % 5 % 2 == 1)


def sent(office: Office, count: int = 2) -> SentFile:
    """Bill some encounters to north, each a claim: PBTEST00000001 and so on."""
    (file,) = office.send(NORTH[:count])
    return file


FIRST, SECOND = "PBTEST00000001", "PBTEST00000002"
