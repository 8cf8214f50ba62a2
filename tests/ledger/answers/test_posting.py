"""Answers as values into the ledger, on both databases: what the text of files cannot easily say."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import attrs
import databases
import sqlalchemy as sa

from peerbill.ledger.answers import session
from peerbill.ledger.answers.posting import post_file
from peerbill.ledger.answers.session import Posted
from peerbill.ledger.look.claims import read_claims
from peerbill.ledger.send.runs import bill_run
from peerbill.ledger.store import rows, tables
from peerbill.ledger.store.rows import insert_rows
from peerbill.model.claim import Adjustment
from peerbill.model.finding import Severity
from peerbill.model.payer_answers import (
    Answer,
    Benefit,
    ClaimAnswer,
    ClaimPayment,
    ClaimStatus,
    EligibilityAnswer,
    Envelope,
    GroupAnswer,
    InterchangeAnswer,
    LinePayment,
    ProviderAdjustment,
    Refusal,
    RemittanceEnd,
    RemittanceHead,
    SetAnswer,
)
from peerbill.model.sent_claim import SentClaim
from peerbill.x12.problems import Problem
from peerbill.x12.read.answers import Transaction

FIRST, SECOND = "PBTEST00000001", "PBTEST00000002"
BLANK = ("", "", "", "", "", 0)
NUMBER = str(databases.FIRST)
NORTH, SOUTH = Envelope("R1", "AG01", "000000007"), Envelope("R2", "AG01", "000000007")


def problem(
    severity: Severity = Severity.ERROR,
    segment: int = 9,
    message: str = "SE01 does not count the segments",
    fix: str = "Ask the sender.",
) -> Problem:
    """Return a problem, as a reader tells it."""
    return Problem("X12-105", severity, segment, "SE", "", "", "", message, fix)


def a_set(
    kind: str,
    said: Sequence[Answer],
    envelope: Envelope = NORTH,
    problems: Sequence[Problem] = (),
    *,
    complete: bool = True,
    segment: int = 3,
) -> Transaction:
    """Return a transaction set, as a reader gives it."""
    digest = hashlib.sha256(repr((kind, said)).encode()).hexdigest()
    return Transaction(kind, "", envelope, segment, iter(said), list(problems), digest, complete)


def post(agency: Any, *sets: Transaction, name: str = "answer") -> Posted:
    sha256 = hashlib.sha256("".join(one.digest for one in sets).encode()).hexdigest()
    with bill_run(agency.ledger()) as run:
        return post_file(run, name, sha256, sets)


def claims(agency: Any, **conditions: Any) -> dict[str, SentClaim]:
    with agency.ledger().engine.connect() as connection:
        return {claim.claim_id: claim for claim in read_claims(connection, **conditions)}


def status(agency: Any, claim_id: str, category: str, status: str = "", **more: Any) -> ClaimAnswer:
    """Return what a payer says of a claim of ours that it knows."""
    known = claims(agency)[claim_id]
    facts = {"subscriber_id": known.subscriber_id, "first_day": known.first_day, "charge": known.charge}
    return ClaimAnswer(claim_id, (ClaimStatus(category, status),), **{**facts, **more})


def states(agency: Any) -> list[str]:
    return [claim.state for claim in claims(agency).values()]


def remittance(*payments: ClaimPayment, trace: str = "T1", plb: Sequence[ProviderAdjustment] = ()) -> Transaction:
    total = sum((one.paid for one in payments), Decimal(0))
    head = RemittanceHead(total - sum(one.amount for one in plb), trace=trace, paid_on=dt.date(2026, 4, 20))
    return a_set("835", [head, *payments, RemittanceEnd(tuple(plb), len(payments), total)])


def paid(claim_id: str, amount: str = "48.00", position: int = 1, **changes: Any) -> ClaimPayment:
    cut = Decimal(48) - Decimal(amount)
    cuts = (Adjustment("CO", "45", cut, Decimal("1.5")),) if cut else ()
    line = LinePayment("H0038", ("HF",), Decimal(48), Decimal(amount), line_id=f"{claim_id}-1", adjustments=cuts)
    values: dict[str, Any] = {
        "patient": Decimal(2),
        "interest": Decimal("0.12"),
        "payer_control_number": "ICN1",
        "received_on": dt.date(2026, 4, 2),
        "lines": (attrs.evolve(line, units=Decimal(3), allowed=Decimal(40), remarks=("N362",)),),
        "remarks": ("MA01",),
    }
    return ClaimPayment(claim_id, "1", Decimal(48), Decimal(amount), position, **{**values, **changes})


def test_acknowledgments_statuses_and_payments(agency: Any) -> None:
    agency.bill(0, 2)

    posted = [
        post(agency, a_set("TA1", [InterchangeAnswer(NUMBER, "E", "023")]), a_set("TA1", [], SOUTH)),
        post(agency, a_set("999", [GroupAnswer("HC", NUMBER, "A", (SetAnswer("0001", "E", ("CLM: wrong",)),))])),
        post(agency, a_set("277CA", [status(agency, FIRST, "A2", "20", payer_control_number="ICN1")])),
        post(agency, remittance(paid(FIRST, "38.40"))),
    ]

    assert [(one.matched, one.settled) for one in posted] == [(1, True)] * 4
    first, second = claims(agency).values()
    assert (first.state, first.paid, first.payer_control_number) == ("paid", Decimal("38.40"), "ICN1")
    assert [entry.event for entry in first.history] == [
        "written",
        "interchange-accepted",
        "functional-accepted",
        "accepted",
        "paid",
    ]
    assert first.history[2].detail == "999 E: CLM: wrong"
    (payment,) = first.payments
    assert (payment.patient, payment.interest, payment.trace) == (Decimal(2), Decimal("0.12"), "T1")
    assert (payment.paid_on, payment.file, payment.remarks) == (dt.date(2026, 4, 20), "answer", ("MA01",))
    assert first.lines[0].adjustments == (Adjustment("CO", "45", Decimal("9.60"), Decimal("1.5")),)
    assert (first.lines[0].remarks, first.remarks) == (("N362",), ("MA01",))
    assert (second.state, int(second.paid), [entry.event for entry in second.history]) == ("written", 0, ["written"])


def test_every_row_of_a_remittance_is_kept(agency: Any) -> None:
    agency.bill(0, 1)
    plb = ProviderAdjustment("1234567893", dt.date(2026, 12, 31), "FB", "LATER", Decimal("-4.5"))

    post(agency, remittance(paid(FIRST), paid("OTHER", position=2), plb=[plb]))

    with agency.ledger().engine.connect() as connection:

        def rows(name: str) -> list[tuple[object, ...]]:
            return [tuple(row) for row in connection.execute(sa.select(tables.metadata.tables[name]))]

        assert rows("remittances") == [(1, 10050, "", "", "2026-04-20", "T1", "", "", "", "", 0, 0, "")]
        assert rows("payments") == [
            (1, 1, 1, FIRST, FIRST, "1", 4800, 4800, 200, 12, "ICN1", "2026-04-02", "north", *BLANK),
            (2, 1, 2, "", "OTHER", "1", 4800, 4800, 200, 12, "ICN1", "2026-04-02", "", *BLANK),
        ]
        assert rows("line_payments") == [
            (1, 1, 1, "", "H0038", "HF", "3", 4800, 4800, 4000, f"{FIRST}-1", "", ""),
            (2, 1, 0, "", "H0038", "HF", "3", 4800, 4800, 4000, "OTHER-1", "", ""),
        ]
        assert rows("provider_adjustments") == [(1, 1, "1234567893", "2026-12-31", "FB", "LATER", -450)]
        assert rows("transactions")[0][2:] == (
            "835",
            remittance(paid(FIRST), paid("OTHER", position=2), plb=[plb]).digest,
            "R1",
            "000000007",
            "",
        )


def test_a_group_of_an_old_ledger_whose_sets_are_not_known_takes_only_what_holds_for_all(agency: Any) -> None:
    agency.bill(0, 1)
    with agency.ledger().changing() as connection:
        rows.update(connection, tables.claims, {"set_number": 0})
    good, bad = SetAnswer("0001", "A"), SetAnswer("0002", "R")

    mixed = post(agency, a_set("999", [GroupAnswer("HC", NUMBER, "P", (good, bad))]))
    assert (states(agency), len(mixed.problems)) == (["written"], 1)

    post(agency, a_set("999", [GroupAnswer("HC", NUMBER, "R", (bad,))]))
    assert states(agency) == ["rejected-functional"]


def test_a_later_stage_speaks_over_an_earlier_one_in_either_order(agency: Any) -> None:
    agency.bill(0, 1)
    interchange = a_set("TA1", [InterchangeAnswer(NUMBER, "R")])
    group = a_set("999", [GroupAnswer("HC", NUMBER, "R")])

    post(agency, group)
    post(agency, interchange)
    assert states(agency) == ["rejected-functional"]

    post(agency, a_set("277CA", [status(agency, FIRST, "A3")]))
    assert states(agency) == ["rejected-payer"]
    assert [entry.event for entry in claims(agency)[FIRST].history] == [
        "written",
        "rejected-functional",
        "rejected-interchange",
        "rejected-payer",
    ]


def test_a_status_that_says_neither_is_told(agency: Any) -> None:
    agency.bill(0, 1)

    posted = post(agency, a_set("277CA", [status(agency, FIRST, "P1")]))

    assert states(agency) == ["written"]
    assert posted.problems == [
        f"claim {FIRST}: its status neither accepts nor rejects it (P1 (pending: being processed)): ask the payer"
    ]


def test_a_set_that_is_left_out_shows_its_warnings_and_one_that_is_twice_in_a_file_counts_once(agency: Any) -> None:
    agency.bill(0, 2)
    group = GroupAnswer("HC", NUMBER, "A")

    odd = problem(Severity.WARNING, 0, "odd", "Nothing.")
    cut = post(agency, a_set("999", [group], complete=False, problems=[odd]))
    twice = post(agency, a_set("999", [group]), a_set("999", [group], segment=9))
    again = post(agency, a_set("999", [group]), a_set("TA1", []))

    assert (cut.problems, cut.notices) == (
        ["999 at segment 3 was not posted: it is cut off before SE"],
        ["odd. Nothing."],
    )
    assert (twice.matched, twice.notices) == (1, ["999 at segment 9 is in the file twice: it counts once"])
    assert again.notices == ["999 at segment 3 was posted before: it changed nothing now"]


def test_money_without_a_number_is_reported(agency: Any) -> None:
    agency.bill(0, 1)
    posted = post(agency, remittance(paid(FIRST), trace=""))

    assert posted.notices == [
        (
            "the remittance of $48.00 of 2026-04-20 has no number (TRN02): if the payer sends it again in another "
            "form, peerbill cannot recognize it. Compare the amount with your bank statement"
        )
    ]
    assert posted.remittances == ["no number of 2026-04-20: $48.00 for 1 payment"]


def test_money_without_a_number_is_another_payment_on_another_day(agency: Any) -> None:
    agency.bill(0, 2)

    def unnumbered(claim_id: str, day: int) -> Posted:
        head, *rest = remittance(paid(claim_id), trace="").answers
        assert isinstance(head, RemittanceHead)
        return post(agency, a_set("835", [attrs.evolve(head, paid_on=dt.date(2026, 4, day)), *rest]))

    first, same, next_day = unnumbered(FIRST, 20), unnumbered(SECOND, 20), unnumbered(SECOND, 21)

    assert (first.matched, same.matched, next_day.matched) == (1, 0, 1)
    assert same.problems == [
        (
            "835 at segment 3 was not posted: another remittance without a number (TRN02), of the same day and amount, "
            "was posted. Compare the two; ask the payer which one holds"
        )
    ]
    assert next_day.problems == []


def test_a_set_that_is_cut_off_is_left_out_and_an_error_beside_a_whole_one_is_told(agency: Any) -> None:
    agency.bill(0, 2)
    group = GroupAnswer("HC", NUMBER, "A")

    cut = post(agency, a_set("999", [group], complete=False))
    wrong = post(agency, a_set("999", [group], problems=[problem(), problem(Severity.WARNING, 0, "odd", "Nothing.")]))

    assert cut.problems == ["999 at segment 3 was not posted: it is cut off before SE"]
    assert (wrong.matched, wrong.problems, wrong.notices) == (
        1,
        ["segment 9: SE01 does not count the segments. Ask the sender."],
        ["odd. Nothing."],
    )


def test_a_remittance_without_a_beginning_or_an_end_is_left_out(agency: Any) -> None:
    agency.bill(0, 1)
    head = RemittanceHead(Decimal(48), trace="T1", paid_on=dt.date(2026, 4, 20))

    without_head = post(agency, a_set("835", [paid(FIRST)]))
    nothing = post(agency, a_set("835", []))
    without_end = post(agency, a_set("835", [head, paid(FIRST)]))

    assert [one.problems for one in (without_head, nothing, without_end)] == [
        ["835 at segment 3 was not posted: it has no BPR"],
        ["835 at segment 3 was not posted: it has no BPR"],
        ["835 at segment 3 was not posted: it is cut off"],
    ]
    assert states(agency) == ["written"]
    assert post(agency, remittance(paid(FIRST))).matched == 1


def test_many_payments_are_posted_in_portions(agency: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("peerbill.ledger.answers.remittances.AT_ONCE", 3)
    agency.bill(0, 14)
    numbers = [claim_id for claim_id, claim in claims(agency).items() if len(claim.lines) == 1]
    assert len(numbers) > 7
    payments = [paid(claim_id, position=n) for n, claim_id in enumerate(numbers, start=1)]
    taken = attrs.evolve(
        paid(numbers[0], position=99), status="22", charge=Decimal(-48), paid=Decimal(-48), lines=(), interest=None
    )

    posted = post(agency, remittance(*payments, taken))

    found = claims(agency, claim_ids=numbers)
    assert (posted.matched, posted.settled) == (len(numbers) + 1, True)
    assert [claim.state for claim in found.values()] == ["reversed"] + ["paid"] * (len(numbers) - 1)
    assert session.AT_ONCE == 2_000


def test_answers_about_enrolment_go_to_their_questions(agency: Any) -> None:
    agency.bill(0, 1)
    with agency.ledger().changing() as connection:
        insert_rows(
            connection,
            tables.eligibility,
            [
                (trace, "M1", "north", "2026-03-01", "2026-03-31", "", "", "asked", "", "", "2026-03-31", "", 1, 1, "")
                for trace in ("EQ1", "EQ2")
            ],
        )
    answers = [
        EligibilityAnswer("EQ1", "ID", benefits=(Benefit("1", ("30",)),)),
        EligibilityAnswer("EQ2", "ID", refusals=(Refusal("2100C", "75"),)),
        EligibilityAnswer("EQ9", "ID"),
    ]

    posted = post(agency, a_set("271", answers))

    with agency.ledger().engine.connect() as connection:
        rows = connection.execute(sa.select(tables.eligibility.c.trace, tables.eligibility.c.state)).all()
    assert sorted(map(tuple, rows)) == [("EQ1", "active"), ("EQ2", "refused")]
    assert posted.matched == 2
    assert posted.problems == [
        (
            "question EQ2 about member M1: refused (75 (the payer knows no such member)). Correct the member's id, "
            "name, birth date or coverage, then ask again: peerbill eligibility."
        )
    ]
    assert [one.why for one in posted.unmatched] == [
        (
            "271 at segment 3: no question of ours has the trace number EQ9, and not exactly one that is open asks "
            "about the member's id and days"
        )
    ]


def test_what_was_posted_stands_in_the_trail_with_the_file_and_who_did_it(agency: Any) -> None:
    agency.bill(0, 1)

    post(agency, a_set("999", [GroupAnswer("HC", NUMBER, "A")]), name="ack.999")

    with agency.ledger().engine.connect() as connection:
        last = connection.execute(sa.select(tables.events).order_by(tables.events.c.number.desc()).limit(2)).all()[1]
    assert (last.event, last.claim_id, last.file) == ("posted", "", "ack.999")
    assert last.detail.startswith("999: 1 matched, 0 unmatched, SHA-256 ")
