"""Reviewers' decisions in the audit trail, in both databases."""

from typing import Any

import attrs
import pytest

from peerbill.ledger.reviews import billed_ids, read_decisions, record_decisions
from peerbill.ledger.send.runs import bill_run
from peerbill.ledger.store import trail
from peerbill.ledger.store.trail import Event
from peerbill.ledger.verify import verify
from peerbill.model.errors import LedgerError
from peerbill.model.review import Rating, ReviewDecision

NEW = ReviewDecision(
    encounter_id="E1",
    requirement="signature.author",
    question="Did the author sign?",
    must=True,
    rating=Rating.NOT_MET,
    reason='the "late" signature, São Tomé',
    reviewer="R1",
    programme="ZZ/peer",
    policy="a" * 64,
    fingerprint="b" * 64,
)


def record(agency: Any, *decisions: ReviewDecision) -> tuple[ReviewDecision, ...]:
    with bill_run(agency.ledger()) as run:
        return record_decisions(run, decisions, "form.csv")


def read(agency: Any) -> tuple[ReviewDecision, ...]:
    with agency.ledger().engine.connect() as connection:
        assert verify(connection).problems == ()
        return read_decisions(connection)


def test_a_decision_comes_back_with_when_and_from_which_form(agency: Any) -> None:
    other = attrs.evolve(NEW, encounter_id="E2", rating=Rating.MET, reason="", fingerprint="")
    recorded = record(agency, NEW, other)

    assert read(agency) == recorded
    assert [one.says for one in recorded] == [NEW, other]
    assert [(one.number, one.file, one.who) for one in recorded] == [
        (1, "form.csv", agency.ledger().who),
        (2, "form.csv", agency.ledger().who),
    ]


def test_the_same_again_changes_nothing_and_another_rating_is_a_new_entry(agency: Any) -> None:
    first = record(agency, NEW)
    again = record(agency, NEW)
    changed = record(agency, attrs.evolve(NEW, rating=Rating.MET))
    back = record(agency, NEW)
    second_reviewer = record(agency, attrs.evolve(NEW, reviewer="R2"))

    assert again == ()
    assert [one.rating for one in changed + back + second_reviewer] == ["met", "not met", "not met"]
    assert read(agency) == first + changed + back + second_reviewer


def test_an_entry_that_cannot_be_read_stops(agency: Any) -> None:
    ledger = agency.ledger()
    with ledger.changing() as connection:
        trail.append(connection, ledger.now(), ledger.who, [Event("", "reviewed", "", "", '{"encounter_id":"E1"}')])

    with pytest.raises(LedgerError, match=r"^entry 1 of the audit trail is a reviewer's decision and cannot be read"):
        read(agency)


def test_which_encounters_are_on_a_claim(agency: Any) -> None:
    agency.bill(0, 2)
    with agency.ledger().engine.connect() as connection:
        ids = [agency.program.billable(n).encounter.encounter_id for n in range(3)]
        assert billed_ids(connection, ids) == set(ids[:2])
        assert billed_ids(connection, []) == set()
