"""Claims as they are listed, filtered and told."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from peerbill.ledger.look.claims import claim_conditions, count_claims, list_claims, near_claims, read_claims
from peerbill.ledger.send.runs import bill_run
from peerbill.ledger.states import change
from peerbill.ledger.store import tables
from peerbill.ledger.store.trail import Event
from peerbill.model.sent_claim import SentClaim


def found(agency: Any, **conditions: Any) -> list[SentClaim]:
    with agency.ledger().engine.connect() as connection:
        return list(read_claims(connection, **conditions))


def mark(agency: Any, *events: Event, at: str = "2026-04-02T08:00:00+00:00") -> None:
    with bill_run(agency.ledger()) as run, run.ledger.changing() as connection:
        change(connection, at, "clerk", events)


def test_a_claim_as_it_was_sent(agency: Any) -> None:
    result = agency.bill(0, 20)
    sent = {claim.claim_id: claim for claim in result.claims}

    recorded = found(agency)

    assert [claim.claim_id for claim in recorded] == sorted(sent)
    for claim in recorded:
        of = sent[claim.claim_id]
        days = [line.service_date for line in of.lines]
        assert (claim.payer, claim.member_id, claim.state, claim.frequency) == (of.payer, of.member_id, "written", "1")
        assert (claim.charge, int(claim.paid), len(claim.payments)) == (of.charge, 0, 0)
        assert (claim.first_day, claim.last_day, claim.sent_on) == (min(days), max(days), agency.program.AS_OF)
        assert (claim.replaces, claim.replaced_by, claim.follows, claim.payer_control_number) == ("", "", "", "")
        assert [line.encounter_ids for line in claim.lines] == [line.encounter_ids for line in of.lines]
        assert [(line.line_id, line.service_date, line.hcpcs, line.modifiers, line.units) for line in claim.lines] == [
            (line.line_id, line.service_date, line.hcpcs, line.modifiers, line.units) for line in of.lines
        ]
        assert {line.state for line in claim.lines} == {"written"}
        assert [line.pointers for line in claim.lines] == [line.pointers for line in of.lines]
        assert (claim.diagnoses, claim.subscriber_id) == (of.diagnoses, of.subscriber.subscriber_id)
        assert [entry.event for entry in claim.history] == ["written"]
    assert [claim.history for claim in found(agency, history=False)] == [()] * len(recorded)


def test_each_condition_chooses(agency: Any) -> None:
    agency.bill(0, 20)
    every = found(agency)
    first, second, *_ = (claim.claim_id for claim in every)
    mark(agency, Event(first, "rejected-payer", "rejected-payer", "f", "A7 (invalid), 21 (missing)"))
    mark(agency, Event(second, "accepted", "accepted", "f", "A2 (accepted)"))

    assert [claim.claim_id for claim in found(agency, states=["accepted", "rejected-payer"])] == [first, second]
    assert {claim.payer for claim in found(agency, payers=["south"])} == {"south"}
    assert {claim.member_id for claim in found(agency, member_ids=["M1", "M2"])} == {"M1", "M2"}
    assert all("S1" in claim.staff_ids or claim.rendering_id == "S1" for claim in found(agency, staff_ids=["S1"]))
    assert [claim.claim_id for claim in found(agency, reasons=["A7"])] == [first]
    assert [claim.claim_id for claim in found(agency, reasons=["A2", "A7"])] == [first, second]
    assert found(agency, reasons=["%"]) == []
    assert [claim.claim_id for claim in found(agency, claim_ids=[second, first])] == [first, second]
    day = agency.program.AS_OF
    assert len(found(agency, sent_from=day, sent_to=day)) == len(every)
    assert found(agency, sent_from=day + dt.timedelta(days=1)) == []
    assert found(agency, sent_to=day - dt.timedelta(days=1)) == []
    assert found(agency, states=["accepted"], claim_ids=[first]) == []


@pytest.mark.parametrize(
    ("before", "chosen"),
    [("2026-04-02", []), ("2026-04-03", ["PBTEST00000001"])],
)
def test_a_claim_is_as_old_as_its_last_change(agency: Any, before: str, chosen: list[str]) -> None:
    agency.bill(0, 2)
    mark(agency, Event("PBTEST00000001", "accepted", "accepted"))
    mark(agency, Event("PBTEST00000002", "accepted", "accepted"), at="2026-05-01T00:00:00+00:00")

    with agency.ledger().engine.connect() as connection:
        listed = list(list_claims(connection, claim_conditions(changed_before=before)))

    assert [claim.claim_id for claim in listed] == chosen


def test_a_list_and_its_sums(agency: Any) -> None:
    agency.bill(0, 3)
    mark(agency, Event("PBTEST00000001", "denied", "denied"))

    with agency.ledger().engine.connect() as connection:
        listed = list(list_claims(connection, []))
        sums = count_claims(connection, [])

    assert [(one.claim_id, one.charge_cents, one.paid_cents, one.state) for one in listed] == [
        (f"PBTEST0000000{n}", 4800, 0, "denied" if n == 1 else "written") for n in (1, 2, 3)
    ]
    assert sums == [("written", 2, 9600, 0), ("denied", 1, 4800, 0)]


def test_more_claims_than_one_statement_takes(agency: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("peerbill.ledger.store.portions.IN_ONE_STATEMENT", 3)
    agency.bill(0, 20)

    every = found(agency)

    assert [claim.claim_id for claim in every] == sorted(claim.claim_id for claim in every)
    assert found(agency, claim_ids=[claim.claim_id for claim in every]) == every


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("PBTEST00000002", "PBTEST00000002"),
        ("pb0000000002", "PBTEST00000002"),
        ("2", "PBTEST00000002"),
        ("PB00000002", "PBTEST00000002"),
        ("PBTEST00000020", "PBTEST00000003"),
        ("XY", ""),
    ],
)
def test_the_claim_that_was_meant(agency: Any, text: str, near: str) -> None:
    agency.bill(0, 3)

    with agency.ledger().engine.connect() as connection:
        assert near_claims(connection, text) == ([near] if near else [])


def test_an_undone_or_rejected_correction_takes_nobodys_place(agency: Any) -> None:
    agency.bill(0, 2)
    with agency.ledger().changing() as connection:
        connection.execute(
            sa.update(tables.claims)
            .where(tables.claims.c.claim_id == "PBTEST00000002")
            .values(replaces="PBTEST00000001", frequency="7")
        )
    assert found(agency, claim_ids=["PBTEST00000001"])[0].replaced_by == "PBTEST00000002"

    mark(agency, Event("PBTEST00000002", "rejected-payer", "rejected-payer"))
    assert found(agency, claim_ids=["PBTEST00000001"])[0].replaced_by == ""
    assert found(agency, claim_ids=["PBTEST00000002"])[0].replaces == "PBTEST00000001"
    assert found(agency, claim_ids=["PBTEST00000002"])[0].charge == Decimal(48)
