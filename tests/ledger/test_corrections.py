"""What corrections move in the ledger, and what the history tells of it."""

from collections.abc import Sequence
from typing import Any

import attrs
import pytest
import sqlalchemy as sa

from peerbill.ledger import states
from peerbill.ledger.corrections import read_families, release
from peerbill.ledger.look.claims import read_claims
from peerbill.ledger.send.runs import bill_batch, bill_run
from peerbill.ledger.store import tables
from peerbill.ledger.store.trail import Event


def put(agency: Any, claim_id: str, state: str, detail: str = "") -> None:
    """Let a claim be in a state, as posting does."""
    with agency.ledger().changing() as connection:
        if state in states.REJECTED:
            states.free(connection, [claim_id])
        states.change(connection, "2026-04-02T10:00:00+00:00", "tester", [Event(claim_id, state, state, "f", detail)])


def send(agency: Any, original: str, frequency: str, encounters: Sequence[Any]) -> str:
    """Send a correction of a claim that bills these encounters; return its id."""
    program = agency.program

    def build(ids: Any) -> Any:
        claims = program.build_claims(encounters, program.RECORDS, ids)
        return [
            attrs.evolve(claim, frequency=frequency, replaces=original, payer_control_number="ICN") for claim in claims
        ]

    with bill_run(agency.ledger()) as run:
        result = bill_batch(
            run,
            agency.out,
            settings=program.SETTINGS,
            as_of=program.AS_OF,
            billable=encounters,
            build=build,
            write_interchange=program.write_interchange,
        )
    [claim] = result.claims
    return str(claim.claim_id)


def together(agency: Any, *numbers: int) -> list[Any]:
    """Return encounters of one member, day and line, an hour apart."""
    first = agency.program.billable(numbers[0])
    made = []
    for hours, number in enumerate(numbers):
        encounter = first.encounter
        later = hours * (encounter.end - encounter.start) * 2
        encounter = attrs.evolve(
            encounter, encounter_id=f"E{number:06d}", start=encounter.start + later, end=encounter.end + later
        )
        made.append(attrs.evolve(first, encounter=encounter))
    return made


def bill(agency: Any, encounters: Sequence[Any]) -> list[str]:
    result = agency.program.bill(agency.ledger(), agency.out, encounters)
    return [str(claim.claim_id) for claim in result.claims]


def standing(agency: Any) -> dict[tuple[str, str], str]:
    encounters = tables.encounters.c
    with agency.ledger().engine.connect() as connection:
        rows = connection.execute(sa.select(encounters.encounter_id, encounters.claim_id, encounters.standing))
        return {(row.encounter_id[-1], row.claim_id[-1]): row.standing for row in rows}


def told(agency: Any) -> list[tuple[str, str, str, str]]:
    return [(row.encounter_id[-1], row.claim_id[-1], row.standing, row.reason) for row in agency.ledger().history()]


def test_what_a_replacement_leaves_out_stays_until_the_payer_paid_it(agency: Any) -> None:
    one, two = together(agency, 1, 2)
    [first] = bill(agency, [one, two])
    put(agency, first, "accepted")
    second = send(agency, first, "7", [one])

    assert standing(agency) == {("1", "1"): "free", ("2", "1"): "live", ("1", "2"): "live"}
    put(agency, second, "accepted")
    assert standing(agency)["2", "1"] == "live"
    put(agency, second, "paid")
    assert standing(agency) == {("1", "1"): "free", ("2", "1"): "free", ("1", "2"): "live"}


def test_a_replacement_of_a_replacement_takes_what_the_first_left_out(agency: Any) -> None:
    one, two = together(agency, 1, 2)
    [first] = bill(agency, [one, two])
    put(agency, first, "accepted")
    second = send(agency, first, "7", [one])
    put(agency, second, "accepted")
    with agency.ledger().engine.connect() as connection:
        [found] = read_families(connection, read_claims(connection, claim_ids=[second]))
    assert (found.claim.before, found.live) == ((first,), ("E000001", "E000002"))

    third = send(agency, second, "7", [one, two])

    assert {key: value for key, value in standing(agency).items() if value != "free"} == {
        ("1", third[-1]): "live",
        ("2", third[-1]): "live",
    }


def test_a_rejected_replacement_gives_everything_back(agency: Any) -> None:
    one, two = together(agency, 1, 2)
    [first] = bill(agency, [one, two])
    put(agency, first, "accepted")
    second = send(agency, first, "7", [one])
    put(agency, second, "rejected-payer")
    with agency.ledger().changing() as connection:
        barred = states.restore(connection, [first])

    assert barred == []
    assert standing(agency) == {("1", "1"): "live", ("2", "1"): "live", ("1", "2"): "free"}
    assert [row[:3] for row in told(agency)] == [("1", "1", "live"), ("2", "1", "live")]


def test_the_history_tells_of_a_rejection_until_the_encounter_stands_again(agency: Any) -> None:
    encounters = together(agency, 1)
    [first] = bill(agency, encounters)
    put(agency, first, "rejected-payer", "A7 (no member of this number)")

    reason = "rejected by the payer (277CA) on 2026-04-02: A7 (no member of this number)"
    assert told(agency) == [("1", "1", "rejected", reason)]
    [second] = bill(agency, encounters)
    assert told(agency) == [("1", "2", "live", "")]
    put(agency, second, "rejected-interchange")
    assert told(agency) == [("1", "2", "rejected", "rejected with its interchange (TA1) on 2026-04-02")]


def test_what_was_released_is_in_no_history(agency: Any) -> None:
    [first] = bill(agency, together(agency, 1))
    put(agency, first, "rejected-functional")
    [second] = bill(agency, together(agency, 1))
    put(agency, second, "denied")
    with bill_run(agency.ledger()) as run:
        assert release(run, [second]) == ([second], [])

    assert told(agency) == []


def test_a_denied_void_is_told(agency: Any) -> None:
    [first] = bill(agency, together(agency, 1))
    put(agency, first, "accepted")
    second = send(agency, first, "8", together(agency, 1))
    for state, denied in (("accepted", False), ("denied", True)):
        put(agency, second, state)
        with agency.ledger().engine.connect() as connection:
            [found] = read_families(connection, read_claims(connection, claim_ids=[first]))
        assert (found.claim.state, found.void_denied) == ("voided", denied)


@pytest.mark.parametrize(("state", "free"), [("written", False), ("accepted", True), ("denied", False)])
def test_what_a_replacement_left_out_is_released_once_the_payer_has_it(agency: Any, state: str, free: bool) -> None:
    one, two = together(agency, 1, 2)
    [first] = bill(agency, [one, two])
    put(agency, first, "accepted")
    second = send(agency, first, "7", [one])
    put(agency, second, state)
    with bill_run(agency.ledger()) as run:
        done, refused = release(run, [first], confirmed=True)

    why = "the payer has not taken in its correction yet: post the 277CA or 835 first"
    assert (done, [one.why for one in refused]) == (([first], []) if free else ([], [why]))
    assert (standing(agency)["2", "1"] == "free") is free
    assert standing(agency)["1", "2"] == "live"
