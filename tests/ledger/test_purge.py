"""Claims that are finished and old: what tells something of a person is taken out of all of them, and nothing else."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import databases
import pytest
import sqlalchemy as sa
from claim_stories import STORIES, Storyteller, sections
from office import FIRST, NORTH, PROGRAM, SECOND, Office, sent
from payer import Decision, ack277, denied, in_full, reduced, remit, reversal

from peerbill.ledger.answers.open_items import open_items, settle_items
from peerbill.ledger.answers.unmatched import match, unmatched_payments
from peerbill.ledger.corrections import PURGED, release, write_off
from peerbill.ledger.look.beginnings import Remembered, read_beginnings, remember
from peerbill.ledger.look.history import reading
from peerbill.ledger.purge import (
    BLANK,
    NOT_ANSWERED,
    NOT_SETTLED,
    OPEN_ITEM,
    OVERPAYMENT,
    SINCE,
    TOKEN,
    YEAR,
    Purge,
    purge,
    purge_day,
)
from peerbill.ledger.reviews import read_decisions, record_decisions
from peerbill.ledger.send.runs import bill_run
from peerbill.ledger.store import rows, tables, trail
from peerbill.ledger.store.horizon import move_horizon, read_horizon
from peerbill.ledger.store.keeps import kept_tables
from peerbill.ledger.verify import verify
from peerbill.ledger.waivers import end_waivers, read_waivers, record_waivers
from peerbill.model.beginning import Beginning
from peerbill.model.errors import LedgerError, UnusableInputError
from peerbill.model.finding import Severity
from peerbill.model.review import Rating, ReviewDecision
from peerbill.model.waiver import Waiver

Date = dt.date
LATE = Date(2026, 5, 1)
"""After all that happens here: services in March, answers on April 20 and 21."""
STAYS = {
    "events": {"who", "account", "detail"},
    "answers": {"who", "summary"},
    "unmatched_answers": {"claim_id", "fix"},
    "refusals": {"who"},
    "settlements": {"who", "reason"},
    "payer_words": {"words"},
    "outgoing": {"content"},
    "eligibility": set(),
    "overpayments": {"encounter_id"},
    "claims": {"patient_paid_cents"},
    "encounters": {"minutes"},
    "payments": {"patient_cents"},
}
"""Columns of persons that no list of columns changes: rows that go, what keeps a claim, who did it, amounts, and what
goes once nobody has to look at it any more."""


def purged(office: Office, before: Date = LATE, **more: Any) -> Purge:
    """Purge the ledger of an office."""
    with bill_run(office.ledger()) as run:
        return purge(run, before, **more)


def look(office: Office, function: Any, *arguments: Any) -> Any:
    """Return what a function finds in the ledger."""
    with reading(office.url, office.folder) as connection:
        assert connection is not None
        return function(connection, *arguments)


def problems(office: Office) -> tuple[Any, ...]:
    """Return what `verify` finds."""
    return tuple(look(office, verify).problems)


def paid(office: Office, count: int = 2) -> Any:
    """Send claims to north, and pay them in full; return the file."""
    file = sent(office, count)
    office.post(remit(file, [Decision(claim, in_full) for claim in file.claims]))
    return file


@pytest.fixture
def office(tmp_path: Path, ledger_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """Yield an office, and look afterwards whether its ledger is whole."""
    databases.keep_connections(monkeypatch)
    made = Office(tmp_path, ledger_url)
    made.ledger()
    yield made
    assert problems(made) == ()


def test_every_column_of_persons_is_decided_on() -> None:
    found = {
        kept.name: set(kept.person) - {name for changed in (BLANK, YEAR, TOKEN) for name in changed.get(kept.name, ())}
        for kept in kept_tables()
        if kept.person
    }

    assert {name: columns for name, columns in found.items() if columns} == {
        **{name: columns for name, columns in STAYS.items() if columns},
        "eligibility": set(dict.fromkeys(_person("eligibility"))),
    }


def _person(name: str) -> tuple[str, ...]:
    return next(kept.person for kept in kept_tables() if kept.name == name)


def test_paid_claims_are_purged_and_the_ledger_is_whole(office: Office) -> None:
    paid(office)
    before = office.claims()
    done = purged(office)
    after = office.claims()

    assert done == Purge(LATE, families=2, claims=2, encounters=2, payments=2)
    assert problems(office) == ()
    assert [claim.purged for claim in after.values()] == [True, True]
    for claim_id, claim in before.items():
        now = after[claim_id]
        assert (now.state, now.charge, now.paid, now.file, now.replaces, now.follows) == (
            claim.state, claim.charge, claim.paid, claim.file, claim.replaces, claim.follows,
        )  # fmt: skip
        assert (now.member_id, now.subscriber_id, now.diagnoses, now.rendering_id, now.authorization) == (
            "", "", (), "", "",
        )  # fmt: skip
        assert (now.first_day, now.last_day) == (Date(2026, 1, 1), Date(2026, 1, 1))
        assert [(line.units, line.charge, line.paid, line.live) for line in now.lines] == [
            (line.units, line.charge, line.paid, line.live) for line in claim.lines
        ]
        assert [entry.event for entry in now.history] == [entry.event for entry in claim.history]
        assert {trail.purge_of(entry.detail) > 0 for entry in now.history} == {True}
    assert look(office, read_horizon) == LATE


def test_a_second_purge_does_nothing_more(office: Office) -> None:
    paid(office)
    purged(office)
    before = look(office, trail.checkpoint, "")

    assert purged(office) == Purge(LATE)
    assert look(office, trail.checkpoint, "") == before
    assert purged(office, Date(2026, 6, 1)) == Purge(Date(2026, 6, 1))
    assert look(office, read_horizon) == LATE


def test_a_later_purge_comes_after_the_first(office: Office) -> None:
    first, second = office.send(NORTH[:1]), office.send(NORTH[1:2])
    for control, (file,) in enumerate((first, second), start=1):
        office.post(
            remit(
                file, [Decision(file.claims[0], (in_full, denied)[control - 1])], control=control, trace=f"T{control}"
            )
        )
    assert purged(office) == Purge(LATE, 1, 1, 1, 1, kept=((NOT_SETTLED, 1),))
    with bill_run(office.ledger()) as run:
        write_off(run, [SECOND], "Lee cannot pay")

    assert purged(office, Date(2026, 6, 1)) == Purge(Date(2026, 6, 1), 1, 1, 1, 1)
    assert problems(office) == ()
    assert look(office, read_horizon) == Date(2026, 6, 1)


def test_a_checkpoint_of_before_does_not_cover_what_was_purged(office: Office) -> None:
    """The trail still has its entry; a checkpoint of after the purge covers what is left."""
    paid(office)
    saved = look(office, trail.checkpoint, "DAY")
    purged(office)
    (problem,) = look(office, verify, saved).problems
    last = look(office, trail.checkpoint, "DAY")

    assert look(office, trail.holds, saved)
    assert (problem.kind, problem.number) == ("checkpoint", last.number - 1)
    assert problem.message == (
        f"a purge after the checkpoint of DAY took out what that covers (its last entry is {last.number - 1}): nobody "
        "can tell from the ledger what was there. Ask who purged it. If the purge was meant, verify with a checkpoint "
        f"of entry {last.number - 1} or later (peerbill ledger checkpoint); if not, restore a backup of before"
    )
    assert look(office, verify, attrs.evolve(last, number=last.number - 2)).problems != ()
    assert look(office, verify, last).problems == ()


@pytest.mark.parametrize(
    ("before", "claims"), [("2026-04-21", 0), ("2026-04-22", 2)], ids=["day of the last entry", "day after it"]
)
def test_the_last_entry_must_be_before_the_day(office: Office, before: str, claims: int) -> None:
    paid(office)
    done = purged(office, Date.fromisoformat(before))

    assert (done.claims, done.kept) == (claims, () if claims else ((SINCE, 2),))
    assert done.unfinished == 0


def test_the_day_of_payment_must_be_before_the_day(office: Office) -> None:
    file = sent(office, 1)
    later = attrs.evolve(file, answered_on=Date(2026, 4, 30))
    office.post(remit(later, [Decision(file.claims[0], in_full)]))

    assert purged(office, Date(2026, 4, 30)).kept == ((SINCE, 1),)
    assert purged(office, Date(2026, 5, 1)).claims == 1


def test_the_last_day_of_service_must_be_before_the_day(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Services of a later day go on, and are not told."""
    monkeypatch.setattr("office.CLOCK", dt.datetime(2026, 1, 5, tzinfo=dt.UTC))
    file = attrs.evolve(sent(office, 1), answered_on=Date(2026, 1, 5))
    office.post(remit(file, [Decision(file.claims[0], in_full)]))
    day = office.claims()[FIRST].last_day

    assert purged(office, day) == Purge(day)
    assert purged(office, day + dt.timedelta(days=1)).claims == 1


FINISHED = {
    "rejected", "in full", "reduced", "share", "written off", "void confirmed", "replaced and paid", "next payer paid",
    "next payer paid first replaced", "rejected and billed again",
}  # fmt: skip
LEFT = {
    "nothing": NOT_ANSWERED, "cut": NOT_SETTLED, "denied": NOT_SETTLED, "member denied": NOT_SETTLED,
    "too much": OPEN_ITEM, "taken back": NOT_SETTLED, "paid anew": NOT_SETTLED, "denied twice": NOT_SETTLED,
    "voided": NOT_ANSWERED, "replaced": NOT_ANSWERED, "next payer": NOT_ANSWERED, "next payer denied": NOT_SETTLED,
    "next payer pays by its own schedule": NOT_SETTLED, "next payer paid first taken back": NOT_SETTLED,
    "next payer paid first voided": NOT_ANSWERED, "unmatched": NOT_ANSWERED,
}  # fmt: skip


def test_all_stories_at_once(office: Office) -> None:
    """What is finished is purged, what is not is told; every sum of a report is by year what it was."""
    teller = Storyteller(office)
    ids: dict[str, set[str]] = {}
    for number, story in zip(NORTH, STORIES, strict=False):
        (file,) = office.send([number])
        before = {claim.claim_id for claim in file.claims}
        known = set(office.claims()) - before
        teller.tell(file, file.claims[0], story, [number])
        ids[story] = set(office.claims()) - known
    then, claims = sections(office), office.claims()
    done = purged(office)
    now, after = sections(office), office.claims()

    assert set(STORIES) == FINISHED | LEFT.keys()
    assert {story for story, some in ids.items() if all(after[id_].purged for id_ in some)} == FINISHED
    assert {story for story, some in ids.items() if not any(after[id_].purged for id_ in some)} == LEFT.keys()
    assert dict(done.kept) == Counter(LEFT.values())
    assert done.families == len(FINISHED)
    assert problems(office) == ()
    assert now.sums == then.sums
    assert _without_days(now.figures.claims) == _without_days(then.figures.claims)
    assert now.deposits == then.deposits
    assert _without_numbers(now.figures.settled) == _without_numbers(then.figures.settled)
    for name in ("paid", "denied", "remittances", "refused", "paid_off", "tests"):
        assert getattr(now.figures, name) == getattr(then.figures, name), name
    assert _summed(now.figures.staff) == _summed(then.figures.staff)
    assert [(claim.state, claim.charge, claim.paid) for claim in after.values()] == [
        (claim.state, claim.charge, claim.paid) for claim in claims.values()
    ]


def _without_numbers(settled: Any) -> dict[str, Any]:
    return {id_: attrs.evolve(one, adjudications=(), number="") for id_, one in settled.items()}


def _without_days(claims: Any) -> list[Any]:
    return [claim._replace(first_day=claim.first_day[:4]) for claim in claims]


def _summed(staff: Any) -> tuple[int, ...]:
    return tuple(sum(getattr(row, name) for row in staff) for name in ("encounters", "minutes", "units", "charge"))


def test_nothing_of_persons_is_left_in_the_file(tmp_path: Path) -> None:
    office = Office(tmp_path)
    file = sent(office, 2)
    words = "Lee Doe phoned"
    office.post(remit(file, [Decision(claim, reduced) for claim in file.claims], trace="T1"))
    with bill_run(office.ledger()) as run:
        record_waivers(run, [_waiver(("E000000",), Date(2026, 4, 22))])
        record_decisions(run, [_decision("E000002")], "form.csv")
        with run.ledger.changing() as connection:
            rows.insert_rows(connection, tables.payer_words, [(FIRST, 1, 1, words)])
    ids = {id_ for claim in office.claims().values() for id_ in (claim.subscriber_id, claim.payer_control_number)}
    ids |= {line_id for claim in office.claims().values() for line in claim.lines for line_id in line.encounter_ids}
    ids |= {words, "F1120", "Ann Poe asked", "Ines Roe", "2026-03-01T08:00"} - {""}
    ledger = tmp_path / "ledger.db"
    there = {text for text in ids if text.encode() in ledger.read_bytes()}
    done = purged(office)

    assert len(ids) >= 8
    assert there == ids
    assert done.claims == 2
    assert {text for text in ids if text.encode() in ledger.read_bytes()} == set()
    assert problems(office) == ()
    assert look(office, read_waivers) == ()


def _waiver(encounter_ids: tuple[str, ...], until: Date) -> Waiver:
    return Waiver(
        "", "PB408", encounter_ids, ("f",) * len(encounter_ids), "members.release_on", "x", Severity.WARNING,
        "no release", until, "Ann Poe asked",
    )  # fmt: skip


def _decision(encounter_id: str) -> ReviewDecision:
    return ReviewDecision(
        encounter_id=encounter_id, requirement="note", question="Is there a note?", must=True, rating=Rating.MET,
        reason="Ann Poe asked", reviewer="Ines Roe", programme="XX/one", policy="p", fingerprint="f",
    )  # fmt: skip


# --- what goes together, and what keeps it ----------------------------------------------------------------------------


def test_a_waiver_keeps_its_encounters_together(office: Office) -> None:
    """One of the two claims is open: the waiver that covers both would tell of the other."""
    file = sent(office, 2)
    office.post(remit(file, [Decision(file.claims[0], in_full)]))
    with bill_run(office.ledger()) as run:
        record_waivers(run, [_waiver(("E000000", "E000002"), Date(2026, 4, 22))])

    done = purged(office)

    assert (done.kept, done.unfinished) == (((NOT_ANSWERED, 1),), 1)


@pytest.mark.parametrize(("until", "claims"), [("2026-04-30", 1), ("2026-05-01", 0)])
def test_a_waiver_in_force_on_the_day_keeps_its_claim(office: Office, until: str, claims: int) -> None:
    paid(office, 1)
    with bill_run(office.ledger()) as run:
        (waiver,) = record_waivers(run, [_waiver(("E000000",), Date.fromisoformat(until))])
        end_waivers(run, [waiver.waiver_id], "Ann Poe is well")
    done = purged(office)

    assert (done.claims, done.kept) == (claims, () if claims else ((SINCE, 1),))
    assert len(look(office, read_waivers)) == 1 - claims


def test_decisions_of_reviewers_go_with_their_claim(office: Office) -> None:
    file = sent(office, 2)
    office.post(remit(file, [Decision(file.claims[0], in_full)]))
    with bill_run(office.ledger()) as run:
        record_decisions(run, [_decision("E000000"), _decision("E000002")], "form.csv")
    purged(office)

    assert [one.encounter_id for one in look(office, read_decisions)] == ["E000002"]


def test_what_is_to_be_returned_stays(office: Office) -> None:
    paid(office)
    with office.ledger().changing() as connection:
        rows.insert_rows(connection, tables.overpayments, [("E000000", FIRST, "2026-04-21", "PB303")])

    assert purged(office, returning={SECOND}).kept == ((OVERPAYMENT, 2),)
    assert purged(office).kept == ((OVERPAYMENT, 1),)


def test_an_item_that_was_settled_goes_and_stays_settled(office: Office) -> None:
    (file,) = office.send(NORTH[:1])
    Storyteller(office).tell(file, file.claims[0], "too much", NORTH[:1])
    assert purged(office).kept == ((OPEN_ITEM, 1),)
    with bill_run(office.ledger()) as run:
        settle_items(run, [f"O-{FIRST}"], "Lee Doe was paid back")
    assert purged(office).claims == 1

    assert look(office, open_items) == ()
    with reading(office.url, office.folder) as connection:
        assert connection is not None
        (item,) = open_items(connection, settled=True)
    assert (item.item, item.settled) == (f"O-{FIRST}", "2026-04-21 by biller: purged")


def test_a_payment_without_a_claim_keeps_the_claims_of_its_member(office: Office) -> None:
    """Once it is settled, it is purged with them."""
    file = paid(office, 1)
    (claim,) = file.claims
    other = attrs.evolve(claim, claim_id="SOMEBODY", lines=tuple(
        attrs.evolve(line, line_id="X", day="20250101") for line in claim.lines
    ))  # fmt: skip
    office.post(remit(file, [Decision(other, in_full, number="NOTOURS")], control=2, trace="EFT2"))
    assert purged(office).kept == ((OPEN_ITEM, 1),)
    with bill_run(office.ledger()) as run:
        settle_items(run, ["U2"], "Lee Doe moved")

    assert purged(office) == Purge(LATE, 1, 1, 1, 2)
    assert purged(office) == Purge(LATE)
    with office.ledger().engine.connect() as connection:
        payments = connection.execute(sa.select(tables.payments).order_by(tables.payments.c.payment_id)).all()
        details = " ".join(connection.execute(sa.select(tables.events.c.detail)).scalars())
        kept = [
            str(value)
            for table in tables.metadata.sorted_tables
            for row in connection.execute(sa.select(table))
            for value in row
        ]
    assert [(row.claim_as_sent, row.subscriber_id, row.first_day) for row in payments] == [
        (FIRST, "", ""),
        ("", "", ""),
    ]
    assert "Lee Doe" not in details
    assert [value for value in kept if "NOTOURS" in value or "SOMEBODY" in value] == []


def test_what_was_said_of_items_without_a_claim_goes(office: Office) -> None:
    """An amount beside the claims and a rejection of somebody else's claim, settled with a reason."""
    file = sent(office, 1)
    (claim,) = file.claims
    office.post(remit(file, [Decision(claim, in_full)], plb=[("WO", "PLB77", Decimal(5))]))
    other = attrs.evolve(claim, claim_id="SOMEBODY")
    office.post(ack277(attrs.evolve(file, claims=(other,)), lambda _: "A3:21", control=2))
    ids = [item.item for item in look(office, open_items)]
    with bill_run(office.ledger()) as run:
        settle_items(run, ids, "Lee Doe paid it back")
    query = sa.select(tables.settlements.c.item, tables.settlements.c.reason).order_by(tables.settlements.c.item)
    reasons = {}
    for day in (Date(2026, 4, 21), LATE):
        purged(office, day)
        with office.ledger().engine.connect() as connection:
            reasons[day] = [tuple(row) for row in connection.execute(query)]
            details = " ".join(connection.execute(sa.select(tables.events.c.detail)).scalars())

    assert sorted(item[0] for item in ids) == ["A", "B"]
    assert reasons == {
        Date(2026, 4, 21): [(item, "Lee Doe paid it back") for item in sorted(ids)],
        LATE: [(item, trail.PURGED) for item in sorted(ids)],
    }
    assert "Lee Doe" not in details
    assert look(office, open_items) == ()


def test_an_answer_that_fitted_nothing_keeps_its_claim_id_while_it_waits(office: Office) -> None:
    file = paid(office, 2)
    others = tuple(attrs.evolve(claim, claim_id=id_) for claim, id_ in zip(file.claims, ("LEE", "DOE"), strict=True))
    strange = attrs.evolve(file, claims=others)
    office.post(ack277(strange, lambda claim: "A3:21" if claim.claim_id == "LEE" else "A2:20", control=2))
    office.post(ack277(strange, control=3))
    query = sa.select(tables.unmatched_answers.c.answer_id, tables.unmatched_answers.c.claim_id)
    (item,) = look(office, open_items)
    purged(office, Date(2026, 4, 21))
    with office.ledger().engine.connect() as connection:
        before = sorted(map(tuple, connection.execute(query)))
    purged(office)
    with office.ledger().engine.connect() as connection:
        after = sorted(map(tuple, connection.execute(query)))
        summaries = "".join(connection.execute(sa.select(tables.answers.c.summary)).scalars())

    assert (item.kind, item.reference) == ("rejection", "LEE")
    assert before == [(2, "DOE"), (2, "LEE"), (3, "DOE"), (3, "LEE")]
    assert after == [(2, "DOE"), (2, "LEE"), (3, ""), (3, "")]
    assert [id_ for id_ in ("LEE", "DOE") if f'"claim_id":"{id_}"' in summaries] == ["LEE", "DOE"]
    assert look(office, open_items) == (item,)


def test_old_questions_about_enrolment_are_removed(office: Office) -> None:
    sent(office, 1)
    asked = ("T1", "M1", "north", "2026-03-01", "2026-03-31", "", "", "asked", "", "", "2026-03-01", "", 1, 1, "IDM1")
    late = ("T2", *asked[1:4], "2026-05-01", *asked[5:])
    with office.ledger().changing() as connection:
        rows.insert_rows(connection, tables.eligibility, [asked, late])
    done = purged(office)

    assert (done.questions, done.claims) == (1, 0)
    assert look(office, read_horizon) is None
    with office.ledger().engine.connect() as connection:
        assert list(connection.execute(sa.select(tables.eligibility.c.trace)).scalars()) == ["T2"]


# --- afterwards -------------------------------------------------------------------------------------------------------


def test_a_reversal_of_a_purged_payment_waits_without_a_claim(office: Office) -> None:
    file = paid(office, 1)
    purged(office)
    claim = attrs.evolve(file.claims[0], lines=tuple(
        attrs.evolve(line, day="20260101") for line in file.claims[0].lines
    ))  # fmt: skip
    office.post(remit(file, [reversal(claim, in_full)], control=2, trace="BACK",
                      plb=[("WO", "1", -sum(line.charge for line in claim.lines))]))  # fmt: skip
    (waiting,) = look(office, unmatched_payments)

    assert (waiting.item, waiting.claim_as_sent, waiting.paid_cents) == ("U2", FIRST, -4800)
    assert office.claims()[FIRST].state == "paid"
    with bill_run(office.ledger()) as run, pytest.raises(UnusableInputError, match="settle U2 with a reason"):
        match(run, "U2", FIRST)


def test_a_purged_encounter_is_not_recorded_again(office: Office) -> None:
    """The audit holds it; whatever a program does, the ledger takes it no more. A new one of after the day it takes."""
    paid(office, 1)
    purged(office, LATE)
    with pytest.raises(LedgerError, match="1 encounter of before 2026-05-01 may have been billed"):
        office.send(NORTH[:1])

    assert office.states() == {FIRST: "paid"}


def beginnings(connection: sa.Connection) -> int:
    return sum(1 for _ in read_beginnings(connection, "1"))


def test_what_was_remembered_of_the_table_ends_with_a_purge(office: Office) -> None:
    """The rows of what was purged are read again, so that the audit holds them."""
    paid(office, 1)
    remember(office.ledger(), Remembered(Beginning(10, 1, 1, "0" * 64, Date(2026, 4, 1), ()), "1", "0", "2", 0))

    assert purged(office, Date(2020, 1, 1)).is_empty
    assert look(office, beginnings) == 1
    assert purged(office).claims == 1
    assert look(office, beginnings) == 0


def test_an_encounter_of_the_day_itself_is_recorded(office: Office) -> None:
    day = PROGRAM.billable(NORTH[0]).encounter.start.date()
    with office.ledger().changing() as connection:
        move_horizon(connection, day)
        move_horizon(connection, day - dt.timedelta(days=1))
    assert len(office.send(NORTH[:1])) == 1
    with office.ledger().changing() as connection:
        move_horizon(connection, day + dt.timedelta(days=1))

    with pytest.raises(LedgerError, match="may have been billed"):
        office.send(NORTH[1:2])


def test_nothing_is_done_to_a_purged_claim(office: Office) -> None:
    paid(office, 1)
    purged(office)
    with bill_run(office.ledger()) as run:
        off, refused = write_off(run, [FIRST, "PBTEST00000077"], "seen")
        freed, left = release(run, [FIRST])

    assert (off, freed) == ([], [])
    assert [(one.claim_id, one.why == PURGED) for one in (*refused, *left)] == [
        (FIRST, True), ("PBTEST00000077", False), (FIRST, True),
    ]  # fmt: skip


# --- the trail --------------------------------------------------------------------------------------------------------


def _tampered(office: Office, *statements: sa.Executable) -> list[str]:
    with office.ledger().engine.connect() as connection, connection.begin() as transaction:
        for statement in statements:
            connection.execute(statement)
        found = [f"{problem.kind}: {problem.message}" for problem in verify(connection).problems]
        transaction.rollback()
    return found


def test_what_is_blanked_beside_a_purge_is_found(office: Office) -> None:
    file = sent(office, 2)
    office.post(remit(file, [Decision(file.claims[0], in_full)]))
    purged(office)
    events, claims = tables.events, tables.claims
    of_first, of_second = (
        events.c.number == sa.select(sa.func.max(events.c.number)).where(events.c.claim_id == id_).scalar_subquery()
        for id_ in (FIRST, SECOND)
    )
    with office.ledger().engine.connect() as connection:
        (entry,) = connection.execute(sa.select(events.c.number).where(events.c.event == "purged")).scalars()

    changes: dict[str, sa.Executable] = {
        "a claim": sa.update(claims).where(claims.c.claim_id == SECOND).values(member_id=""),
        "an entry": sa.update(events).where(of_second).values(detail=f"purged by entry {entry}"),
        "an entry, by no purge": sa.update(events).where(of_second).values(detail="purged by entry 99"),
        "an entry, by an earlier one": sa.update(events).where(of_second).values(detail="purged by entry 1"),
        "a purged entry": sa.update(events).where(of_first).values(who="x"),
        "the hash of a purged entry": sa.update(events).where(of_first).values(hash="0" * 64),
        "the entry of the purge": sa.update(events).where(events.c.number == entry).values(detail="x"),
    }
    for name, change in changes.items():
        assert _tampered(office, change) != [], name
    said, *_ = _tampered(office, changes["an entry"])
    assert said == (
        f"trail: 3 of the entries of the trail are without their detail as if entry {entry} had purged it, and that is "
        "not what it says"
    )


def test_a_purge_that_fails_changes_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    paid(office)

    def everything() -> Any:
        with office.ledger().engine.connect() as connection:
            return [sorted(map(tuple, connection.execute(sa.select(one)))) for one in tables.metadata.sorted_tables]

    before = everything()

    def fail(*_: Any) -> None:
        raise OSError("no more")

    with monkeypatch.context() as patch:
        patch.setattr("peerbill.ledger.purge._answers_left", fail)
        with pytest.raises(OSError, match="no more"):
            purged(office)

    assert everything() == before
    assert purged(office).claims == 2


def test_a_purge_that_was_stopped_before_it_wrote_the_file_anew_is_finished_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(tmp_path)
    paid(office)

    def fail(*_: Any) -> None:
        raise OSError("killed")

    with monkeypatch.context() as patch:
        patch.setattr("peerbill.ledger.purge.compact", fail)
        with pytest.raises(OSError, match="killed"):
            purged(office)

    assert purged(office) == Purge(LATE)
    assert b"IDM1" not in (tmp_path / "ledger.db").read_bytes()
    assert problems(office) == ()


# --- the day ----------------------------------------------------------------------------------------------------------

TODAY = Date(2028, 2, 29)


@pytest.mark.parametrize(
    ("years", "before", "below_floor", "expected"),
    [
        (10, None, False, Date(2018, 2, 28)),
        (12, None, False, Date(2016, 2, 29)),
        (None, Date(2018, 2, 28), False, Date(2018, 2, 28)),
        (7, Date(2018, 2, 28), False, Date(2018, 2, 28)),
        (None, Date(2018, 3, 1), True, Date(2018, 3, 1)),
        (9, None, True, Date(2019, 2, 28)),
        (None, TODAY, True, TODAY),
    ],
)
def test_the_day(years: int | None, before: Date | None, expected: Date, *, below_floor: bool) -> None:
    assert purge_day(TODAY, years, before, below_floor=below_floor) == expected


@pytest.mark.parametrize(
    ("years", "before", "below_floor", "said"),
    [
        (None, None, False, r"add years = N under \[retention\].*42 CFR 438\.3\(u\)"),
        (None, None, True, r"add years = N under \[retention\]"),
        (9, None, False, "keeps less than 10 years: expected 2018-02-28 or an earlier day.*438.*--below-floor"),
        (None, Date(2018, 3, 1), False, "2018-03-01 keeps less than 10 years"),
        (None, Date(2028, 3, 1), True, "2028-03-01 is not over yet: expected 2028-02-29"),
    ],
)
def test_a_day_that_is_refused(years: int | None, before: Date | None, said: str, *, below_floor: bool) -> None:
    with pytest.raises(UnusableInputError, match=said):
        purge_day(TODAY, years, before, below_floor=below_floor)
