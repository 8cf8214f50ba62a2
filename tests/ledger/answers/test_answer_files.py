"""Files that payers send, from their text into the ledger."""

import datetime as dt
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import databases
import payer
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from office import FIRST, NORTH, PROGRAM, SECOND, SOUTH, Office, sent
from payer import (
    Decision,
    Paid,
    SentClaim,
    SentFile,
    SentLine,
    ack277,
    ack999,
    denied,
    icn,
    reduced,
    remit,
    ta1,
)
from shared import SAMPLES, needs_shared

from peerbill.claims.build import build_claims
from peerbill.ledger import bill_run, reading
from peerbill.ledger.answers.eob import COLUMNS
from peerbill.ledger.answers.posting import post_answers, refuse_unreadable
from peerbill.ledger.answers.session import Posted
from peerbill.ledger.store import tables
from peerbill.ledger.verify import verify
from peerbill.model import sent_claim
from peerbill.model.claim import Adjustment, Claim
from peerbill.model.errors import LedgerError, UnusableInputError


def events(claim: sent_claim.SentClaim) -> list[tuple[str, str, str]]:
    return [(entry.event, entry.state, entry.file) for entry in claim.history]


def test_a_claim_goes_from_written_to_paid_and_its_story_says_by_which_file(office: Office) -> None:
    file = sent(office)
    posted = [
        office.post(ta1(file), "a.ta1"),
        office.post(ack999(file), "b.999"),
        office.post(ack277(file), "c.277"),
        office.post(remit(file, [Decision(claim, reduced) for claim in file.claims]), "d.835"),
    ]

    assert posted == [
        Posted(kinds=["TA1"], transactions=1, matched=2),
        Posted(kinds=["999"], transactions=1, matched=2),
        Posted(kinds=["277CA"], transactions=1, matched=2),
        Posted(kinds=["835"], transactions=1, matched=2, remittances=["EFT1 of 2026-04-20: $76.80 for 2 payments"]),
    ]
    claim = office.claims()[FIRST]
    assert events(claim) == [
        ("written", "written", "20260331-TEST-000001-001-north.837"),
        ("interchange-accepted", "written", "a.ta1"),
        ("functional-accepted", "written", "b.999"),
        ("accepted", "accepted", "c.277"),
        ("paid", "paid", "d.835"),
    ]
    assert {entry.who for entry in claim.history} == {"biller"}
    assert [entry.detail for entry in claim.history][1:] == [
        "TA1 A, note 000 (no error)",
        "999 A",
        "A2 (accepted into the adjudication system), 20 (accepted for processing)",
        "$38.40 of $48.00, EFT1 of 2026-04-20: CO 45 (charge above the fee schedule)",
    ]
    assert (claim.state, claim.paid, claim.payer_control_number) == ("paid", Decimal("38.40"), "ICN0000000001")
    (line,) = claim.lines
    assert (line.state, line.paid, line.adjustments, line.encounter_ids) == (
        "paid",
        Decimal("38.40"),
        (Adjustment("CO", "45", Decimal("9.60")),),
        ("E000000",),
    )


def test_posting_everything_again_changes_nothing(office: Office) -> None:
    file = sent(office)
    texts = [
        ta1(file),
        ack999(file),
        ack277(file),
        remit(file, [Decision(claim, denied) for claim in file.claims], plb=[("WO", FIRST, Decimal(5))]),
    ]
    for text in texts:
        office.post(text)
    before = office.rows()

    again = [office.post(text) for text in texts]
    elsewhere = [office.post(text.replace("ISA*00*", "\n ISA*00*")) for text in texts]

    assert office.rows() == before
    assert all(one.settled and one.posted_at and one.matched == 0 for one in again)
    assert [one.kinds for one in again] == [["TA1"], ["999"], ["277CA"], ["835"]]
    assert all(one.settled and one.skipped == 1 and one.matched == 0 for one in elsewhere)


def test_a_rejected_interchange_frees_its_encounters_and_the_next_bill_sends_new_originals(office: Office) -> None:
    file = sent(office)

    posted = office.post(ta1(file, "R", "006"))

    assert not posted.settled
    assert [(one.claim_id, one.state, one.why) for one in posted.rejected] == [
        (FIRST, "rejected-interchange", "TA1 R, note 006 (sender id is not valid)"),
        (SECOND, "rejected-interchange", "TA1 R, note 006 (sender id is not valid)"),
    ]
    again = sent(office)
    assert [(claim.claim_id, claim.frequency) for claim in again.claims] == [
        ("PBTEST00000003", "1"),
        ("PBTEST00000004", "1"),
    ]
    assert list(office.states().values()) == ["rejected-interchange"] * 2 + ["written"] * 2


def test_payers_that_count_alike_are_told_apart_by_sender_and_receiver(office: Office) -> None:
    to_north, to_south = office.send((NORTH[0], SOUTH[0]))
    assert (to_north.isa13, to_south.isa13) == (f"{databases.FIRST}", f"{databases.FIRST}")

    assert office.post(ack999(to_north)).matched == 1
    assert office.post(ack999(to_south)).matched == 1  # the same segments to the letter, from another sender
    posted = office.post(ta1(attrs.evolve(to_south, sender=to_south.sender.lower()), "R"))

    assert office.states() == {FIRST: "written", SECOND: "rejected-interchange"}
    assert posted.matched == 1
    assert [event for event, _, _ in events(office.claims()[FIRST])] == ["written", "functional-accepted"]


def test_parties_that_fit_no_file_are_unmatched_where_several_have_the_number(office: Office) -> None:
    to_north, _ = office.send((NORTH[0], SOUTH[0]))
    crossed = attrs.evolve(to_north, sender=to_north.receiver, receiver=to_north.sender)

    posted = office.post(ta1(crossed, "R"))

    assert set(office.states().values()) == {"written"}
    (unmatched,) = posted.unmatched
    assert unmatched.why == (
        f"TA1 at segment 2: 2 files have the control number {databases.FIRST}, and sender and receiver tell none of "
        "them"
    )


def test_a_clearinghouse_that_answers_in_its_own_name_is_taken_where_one_file_has_the_number(office: Office) -> None:
    file = sent(office)

    posted = office.post(ack999(attrs.evolve(file, receiver="HOUSE")))

    assert (posted.matched, posted.settled) == (2, True)
    assert posted.notices == [
        (
            "999 at segment 3 names another sender or receiver than 20260331-TEST-000001-001-north.837, the only file "
            "with its number: it was taken as the answer to that file"
        )
    ]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"isa13": "000000009"}, "no file that was sent has the control number 9"),
        ({"isa13": "X"}, "the number that it answers is no control number"),
        ({"day": "250331"}, "20260331-TEST-000001-001-north.837 has its control number, but not its day"),
    ],
)
def test_an_acknowledgment_of_another_file_is_unmatched(office: Office, change: dict[str, Any], why: str) -> None:
    file = sent(office)

    posted = office.post(ta1(attrs.evolve(file, **change), "R"))

    assert [one.why for one in posted.unmatched] == [f"TA1 at segment 2: {why}"]
    assert set(office.states().values()) == {"written"}


def test_a_rejected_set_takes_only_its_own_claims_with_it(in_sets: Office) -> None:
    file = sent(in_sets)

    posted = in_sets.post(ack999(file, ["0002"]))

    assert in_sets.states() == {FIRST: "written", SECOND: "rejected-functional"}
    assert [(one.claim_id, one.state) for one in posted.rejected] == [(SECOND, "rejected-functional")]
    assert "CLM, segment 8 from ST" in posted.rejected[0].why
    assert [claim.claim_id for claim in sent(in_sets).claims] == ["PBTEST00000003"]


def _group(file: SentFile, body: str) -> str:
    """Answer a group with AK2 and AK9 as given."""
    whole = ack999(file)
    start, end = whole.index("AK2*"), whole.index("SE*")
    count = body.count("~") + 3
    return f"{whole[:start]}{body}SE*{count}*0001~{whole[whole.index('GE*') :]}" if end else ""


@pytest.mark.parametrize(
    ("body", "states", "problems"),
    [
        ("AK9*A*2*2*2~", ["written", "written"], 0),
        ("AK9*R*2*2*0~", ["rejected-functional", "rejected-functional"], 0),
        ("AK9*R*2*2*2~", ["written", "written"], 1),
        ("AK9*A*2*2*0~", ["written", "written"], 1),
        ("AK9*A*3*3*3~", ["written", "written"], 1),
        ("AK2*837*0001~IK5*R*5~AK2*837*0002~IK5*E*5~AK9*A*2*2*1~", ["rejected-functional", "written"], 1),
        ("AK2*837*0001~IK5*R*5~AK2*837*0002~IK5*E*5~AK9*A*2*2*2~", ["written", "written"], 1),
        ("AK2*837*0001~IK5*R*5~AK2*837*0002~IK5*A~AK9*P*2*2*1~", ["rejected-functional", "written"], 0),
        ("AK2*837*0001~IK5*R*5~AK2*837*0002~IK5*A~AK9~", ["rejected-functional", "written"], 0),
        ("AK2*837*0001~IK5*A~AK9*R*2*2*0~", ["written", "rejected-functional"], 1),
        ("AK2*837*0001~IK5*A~AK2*837*0002~IK5*A~AK9*R*2*2*0~", ["written", "written"], 1),
        ("AK2*837*0001~IK5*X*5~AK9*P*2*2*1~", ["rejected-functional", "written"], 1),
        ("AK2*837*0001~IK5*A~AK2*837*0002~IK5*A~AK2*837*0007~IK5*R*5~AK9*P*2*2*2~", ["written", "written"], 1),
    ],
)
def test_ik5_counts_before_ak9(in_sets: Office, body: str, states: list[str], problems: int) -> None:
    file = sent(in_sets)

    posted = in_sets.post(_group(file, body))

    assert list(in_sets.states().values()) == states
    assert len(posted.problems) == problems


def test_a_late_rejection_of_what_was_paid_is_told_and_changes_no_state(office: Office) -> None:
    file = sent(office, 1)
    office.post(remit(file, [Decision(file.claims[0])]))

    for text in (ta1(file, "R"), ack999(file, ["0001"]), ack277(file, lambda _: "A3:21")):
        posted = office.post(text)
        assert office.states() == {FIRST: "paid"}
        (problem,) = posted.problems
        assert problem.startswith(f"claim {FIRST} is paid, but now it is rejected (rejected-")
    assert [event for event, _, _ in events(office.claims()[FIRST])][-3:] == ["contradicted"] * 3


def test_an_acceptance_after_a_rejection_of_the_same_stage_is_told(office: Office) -> None:
    file = sent(office, 1)
    office.post(ta1(file, "R"))

    for text, what in ((ta1(file), "interchange"), (ack999(file), "group")):
        (problem,) = office.post(text).problems
        assert problem.startswith(f"claim {FIRST} is rejected-interchange, but now its {what} is accepted (")
    assert office.states() == {FIRST: "rejected-interchange"}


def test_a_claim_that_the_payer_rejects_is_told_in_words_and_billed_anew(office: Office) -> None:
    file = sent(office)

    posted = office.post(ack277(file, lambda claim: "A7:562:85" if claim.claim_id == FIRST else "A2:20"))

    assert office.states() == {FIRST: "rejected-payer", SECOND: "accepted"}
    words = "A7 (information present but invalid), 562 (the party's NPI), 85 (billing provider)"
    assert [(one.claim_id, one.why) for one in posted.rejected] == [(FIRST, words)]
    assert [claim.claim_id for claim in sent(office).claims] == ["PBTEST00000003"]


def test_a_status_that_is_not_known_is_kept(office: Office) -> None:
    posted = office.post(ack277(sent(office, 1), lambda _: "A3:9999:ZX"))

    assert posted.rejected[0].why == (
        "A3 (returned, cannot be processed; will not be adjudicated), 9999 (not known here), ZX (not known here)"
    )


def test_a_rejection_of_the_whole_set_rejects_every_claim_in_it(in_sets: Office) -> None:
    file = sent(in_sets)
    nothing = ack277(file, lambda _: "")
    rejected = nothing.replace(f"TRN*2*{file.references[1]}~STC*A1:19:PR", f"TRN*2*{file.references[1]}~STC*A3:21:PR")

    posted = in_sets.post(rejected)

    assert in_sets.states() == {FIRST: "written", SECOND: "rejected-payer"}
    assert (posted.matched, len(posted.rejected)) == (1, 1)
    assert posted.rejected[0].why.startswith("the whole transaction set: A3 (")


def test_a_claim_below_a_rejected_set_is_rejected_once_whatever_it_says_itself(office: Office) -> None:
    file = sent(office, 1)

    posted = office.post(ack277(file, lambda _: "A1:19").replace("STC*A1:19:PR", "STC*A8:21:PR"))

    assert office.states() == {FIRST: "rejected-payer"}
    (rejected,) = posted.rejected
    assert rejected.why.startswith("all claims of the billing provider: A8 (")
    assert posted.matched == 1


def test_counts_that_differ_from_ours_are_told(office: Office) -> None:
    file = sent(office)
    text = ack277(file)
    stc = text.index("*WQ*0~") + len("*WQ*0~")

    same = office.post(text[:stc] + "QTY*90*2~" + text[stc:])
    fewer = office.post(text[:stc] + "QTY*90*1~" + text[stc:])

    assert not [problem for problem in same.problems if "counts" in problem]
    assert [problem for problem in fewer.problems if "counts" in problem] == [
        (
            "277CA at segment 3: the payer counts 1 claims in 20260331-TEST-000001-001-north.837, set 1; 2 were sent. "
            "Ask the payer for those that are missing"
        )
    ]


def test_what_is_accepted_after_all_stands_again_where_nothing_took_its_place(office: Office) -> None:
    file = sent(office, 1)
    office.post(ack277(file, lambda _: "A3:21"))

    posted = office.post(ack277(file, control=2))

    assert (office.states(), posted.problems) == ({FIRST: "accepted"}, [])
    assert office.send(NORTH[:1]) == []


def test_what_is_accepted_after_all_but_was_billed_again_is_told(office: Office) -> None:
    file = sent(office, 1)
    office.post(ack999(file, ["0001"]))
    sent(office, 1)

    posted = office.post(ack277(file))

    assert office.states() == {FIRST: "rejected-functional", SECOND: "written"}
    (problem,) = posted.problems
    assert problem.startswith(f"claim {FIRST} is rejected-functional, but now it is accepted (A2 (")


def test_an_answer_to_an_unknown_claim_is_unmatched_and_a_payer_number_finds_it(office: Office) -> None:
    file = sent(office, 1)
    office.post(ack277(file))
    other = attrs.evolve(file, claims=tuple(attrs.evolve(claim, claim_id="OTHER1") for claim in file.claims))

    by_number = office.post(ack277(other, number=lambda _: "ICN0000000001"))
    unknown = office.post(ack277(other, number=lambda _: "ICN9", control=2))

    assert (by_number.matched, by_number.unmatched) == (1, [])
    assert [(one.claim_id, one.why) for one in unknown.unmatched] == [
        ("OTHER1", "no claim of this ledger has this number or this payer control number")
    ]


def test_ids_in_small_letters_are_ours(office: Office) -> None:
    file = sent(office, 1)
    small = attrs.evolve(file, claims=tuple(attrs.evolve(one, claim_id=one.claim_id.lower()) for one in file.claims))

    accepted = office.post(ack277(small, number=lambda _: "ICN1"))
    paid = office.post(
        remit(small, [Decision(small.claims[0], number="ICN1")]).replace("PBTEST00000001-1", "pb0000000001-1")
    )

    assert (accepted.settled, paid.settled) == (True, True)
    assert office.claims()[FIRST].lines[0].paid == 48


def _with_line_status(text: str, status: str, *, alone: bool = False) -> str:
    """Add a status of the line to the only claim of a 277CA; `alone` takes the claim's own away."""
    start = text.index("TRN*2*PB")
    before, after = text[:start], text[start:]
    line = f"SVC*HC:H0038*48~STC*{status}**U~REF*FJ*{FIRST}-1~"
    first = after.index("STC*")
    claim = after[:first] + after[after.index("~", first) + 1 :] if alone else after
    end = claim.index("SE*")
    return before + claim[:end] + line + claim[end:]


def test_a_line_that_is_rejected_is_told_where_the_claim_is_accepted(office: Office) -> None:
    file = sent(office, 1)

    posted = office.post(_with_line_status(ack277(file), "A7:507"))

    (problem,) = [one for one in posted.problems if "line of it is rejected" in one]
    assert problem.startswith(f"claim {FIRST} is accepted, but a line of it is rejected (A2 (")
    assert f"; line {FIRST}-1: A7 (" in problem
    assert office.states() == {FIRST: "accepted"}


def test_a_line_rejects_the_claim_where_the_claim_has_no_status(office: Office) -> None:
    file = sent(office, 1)

    posted = office.post(_with_line_status(ack277(file), "A7:507", alone=True))

    (rejected,) = posted.rejected
    assert (rejected.claim_id, rejected.state) == (FIRST, "rejected-payer")
    assert rejected.why.startswith(f"line {FIRST}-1: A7 (")


def test_an_unknown_claim_is_told_with_the_payers_number(office: Office) -> None:
    file = sent(office, 1)

    posted = office.post(ack277(file).replace(f"TRN*2*{FIRST}", "TRN*2*"))

    (unmatched,) = posted.unmatched
    assert unmatched.claim_id == ""
    assert unmatched.fix.endswith(" The payer's number is ICN0000000001.")


# ------------------------------------------------------------------------------------------------------------- 835


def _part(line: SentLine) -> Paid:
    return Paid(line.charge / 2, (("CO", "119", line.charge / 2),))


def _share(line: SentLine) -> Paid:
    return Paid(Decimal(0), (("PR", "1", line.charge),))


@pytest.mark.parametrize(
    ("pay", "state", "paid"),
    [
        (payer.in_full, "paid", "48.00"),
        (reduced, "paid", "38.40"),
        (_part, "partly-paid", "24.00"),
        (denied, "denied", "0.00"),
        (_share, "paid", "0.00"),
    ],
)
def test_what_a_payment_makes_of_a_claim(
    office: Office, pay: Callable[[SentLine], Paid], state: str, paid: str
) -> None:
    file = sent(office, 1)

    posted = office.post(remit(file, [Decision(file.claims[0], pay)]))

    claim = office.claims()[FIRST]
    assert (claim.state, f"{claim.paid:.2f}", claim.lines[0].state) == (state, paid, state)
    assert posted.settled


def test_a_denial_is_told_in_words_with_its_remarks(office: Office) -> None:
    file = sent(office, 1)
    office.post(remit(file, [Decision(file.claims[0], denied)]))

    claim = office.claims()[FIRST]
    assert claim.history[-1].detail == (
        "$0.00 of $48.00, EFT1 of 2026-04-20: CO 16 (claim lacks information or has an error: see the remark code); "
        + claim.history[-1].detail.rpartition("; ")[2]
    )
    assert claim.history[-1].detail.rpartition("; ")[2].startswith("N290 (")
    assert claim.lines[0].remarks == ("N290",)


def _week(office: Office) -> SentFile:
    """Bill a week to south: one claim of two lines and more."""
    (file,) = office.send([n for n in SOUTH if n % 5 == 1])
    assert len(file.claims[0].lines) > 1
    return file


@pytest.mark.parametrize("line_ids", [True, False])
def test_lines_are_found_by_id_or_by_day_code_modifiers_and_charge(office: Office, *, line_ids: bool) -> None:
    file = _week(office)
    claim = file.claims[0]
    last = claim.lines[-1]

    def pay(line: SentLine) -> Paid:
        return denied(line) if line == last else payer.in_full(line)

    posted = office.post(remit(file, [Decision(claim, pay, line_ids=line_ids)]))

    found = office.claims()[claim.claim_id]
    assert posted.settled
    assert found.state == "partly-paid"
    assert [line.state for line in found.lines] == ["paid"] * (len(found.lines) - 1) + ["denied"]


def test_a_line_that_is_none_of_ours_is_told_and_its_money_kept(office: Office) -> None:
    file = _week(office)
    claim = file.claims[0]
    *others, last = claim.lines
    strange = attrs.evolve(claim, lines=(*others, attrs.evolve(last, procedure="HC:99999")))

    posted = office.post(remit(file, [Decision(strange, line_ids=False)]))

    assert posted.problems == [
        (
            f"claim {claim.claim_id}: line {len(claim.lines)} of its payment is none of the lines that were sent. Ask "
            "the payer what it paid"
        )
    ]
    assert office.claims()[claim.claim_id].paid == claim.charge


def test_a_payment_of_which_no_line_has_our_procedure_is_not_ours(office: Office) -> None:
    file = sent(office, 1)
    strange = remit(file, [Decision(file.claims[0])]).replace("HC:H0038:HF", "HC:90837")

    posted = office.post(strange)

    assert [(one.claim_id, one.why) for one in posted.unmatched] == [
        (FIRST, "a claim of this ledger has this number, but no line has the same procedure")
    ]
    assert office.claims()[FIRST].paid == 0


def _with(file: SentFile, **changes: Any) -> SentClaim:
    return attrs.evolve(file.claims[0], **changes)


def test_a_changed_claim_number_is_found_by_the_payers_number_the_line_or_member_and_days(office: Office) -> None:
    file = sent(office, 3)
    first, second, third = file.claims
    office.post(ack277(file, number=lambda claim: "" if claim == third else icn(claim.claim_id)))
    strangers = [attrs.evolve(claim, claim_id=f"X{n}") for n, claim in enumerate((first, second, third))]
    by_number = attrs.evolve(strangers[0], subscriber_id="")
    decisions = [
        Decision(by_number, reduced, number=icn(first.claim_id), line_ids=False),
        Decision(strangers[1], reduced, number="NEW2"),
        Decision(strangers[2], reduced, number="NEW3", line_ids=False),
    ]

    posted = office.post(remit(file, decisions))

    assert (posted.matched, posted.unmatched) == (3, [])
    assert set(office.states().values()) == {"paid"}


def test_a_claim_number_alone_is_not_enough_where_the_charge_differs(office: Office) -> None:
    file = sent(office, 1)
    line = attrs.evolve(file.claims[0].lines[0], charge=Decimal(30), day="20250101")
    other = _with(file, charge=Decimal(30), lines=(line,), subscriber_id="SOMEBODY")

    posted = office.post(remit(file, [Decision(other, line_ids=False, number="N9")]))

    assert [(one.claim_id, one.why) for one in posted.unmatched] == [
        (
            FIRST,
            ("a claim of this ledger has this number ($48.00, not $30.00), but member id and days of service differ"),
        )
    ]
    assert office.states() == {FIRST: "written"}
    with reading(office.url, office.folder) as connection:
        assert connection is not None
        row = connection.execute(sa.select(tables.payments)).one()
    assert (row.claim_id, row.claim_as_sent, row.paid_cents) == ("", FIRST, 3000)


@pytest.mark.parametrize(
    ("change", "matched"),
    [
        ({}, 1),
        ({"charge": Decimal(30)}, 1),
        ({"line_id": ""}, 1),
        ({"charge": Decimal(30), "line_id": ""}, 0),
        ({"day": "20250101"}, 0),
        ({"procedure": "HC:H0001"}, 0),
    ],
)
def test_another_charge_needs_lines_with_our_day_and_code_and_their_charge_or_id(
    office: Office, change: dict[str, Any], matched: int
) -> None:
    file = sent(office, 1)
    line = attrs.evolve(file.claims[0].lines[0], **change)
    more = attrs.evolve(file.claims[0].lines[0])
    other = _with(file, charge=line.charge + more.charge, lines=(more, line), subscriber_id="SOMEBODY")

    posted = office.post(remit(file, [Decision(other, number="N9")]))

    assert (posted.matched, len(posted.unmatched)) == (matched, 1 - matched)


@pytest.mark.parametrize(
    ("payee", "npi", "matched"),
    [
        ("1234567893", "1234567893", 1),
        ("1345771202", "1234567893", 0),
        ("1345771202", "", 1),
        ("381234567", "1234567893", 1),
    ],
)
def test_nothing_of_a_remittance_to_another_npi_is_posted_to_a_claim(
    office: Office, payee: str, npi: str, matched: int
) -> None:
    file = sent(office, 1)
    path = office.file(remit(file, [Decision(file.claims[0])], payee=payee))

    with bill_run(office.ledger()) as run:
        posted = post_answers(run, path, npis=frozenset({npi} - {""}))

    assert (posted.settled, posted.matched, len(posted.unmatched)) == (bool(matched), matched, 1 - matched)
    assert office.states() == {FIRST: "paid" if matched else "written"}
    assert posted.problems == (1 - matched) * [
        (
            "remittance EFT1 pays another organisation: NPI 1345771202, not 1234567893. Nothing of it was posted to a "
            "claim: pass it on, or correct npi in peerbill.toml"
        )
    ]


def test_a_claim_number_with_another_charge_is_enough_where_a_line_agrees(office: Office) -> None:
    file = _week(office)
    claim = file.claims[0]
    half = attrs.evolve(claim, charge=claim.lines[0].charge, lines=claim.lines[:1])

    posted = office.post(remit(file, [Decision(half)]))

    found = office.claims()[claim.claim_id]
    assert posted.settled
    assert found.state == "partly-paid"
    # No answer named the other lines yet.
    assert [line.state for line in found.lines][:2] == ["paid", "accepted"]


def _divided(claim: SentClaim) -> list[SentClaim]:
    return [attrs.evolve(claim, charge=line.charge, lines=(line,)) for line in claim.lines]


def test_a_claim_that_the_payer_divided_is_paid_in_parts_and_taken_back_whole(office: Office) -> None:
    file = _week(office)
    claim = file.claims[0]
    *first, last = _divided(claim)

    office.post(remit(file, [Decision(last, line_ids=False), *map(Decision, first)], "EFT1"))
    paid = office.claims()[claim.claim_id]
    posted = office.post(remit(file, [payer.reversal(claim)], "EFT2", plb=[("FB", "X", -claim.charge)]))
    back = office.claims()[claim.claim_id]

    assert (paid.state, paid.paid, {line.state for line in paid.lines}) == ("paid", claim.charge, {"paid"})
    assert posted.settled
    assert (back.state, int(back.paid), {line.state for line in back.lines}) == ("reversed", 0, {"reversed"})


def test_one_answer_for_two_lines_takes_both_with_the_claim(office: Office) -> None:
    file = _week(office)
    claim = file.claims[0]
    first, *rest = claim.lines
    bundled = attrs.evolve(first, charge=claim.charge, procedure="HC:T1012")
    text = remit(file, [Decision(attrs.evolve(claim, lines=(bundled,)))])
    text = text.replace(f"**{first.units}~", f"**1*{first.procedure}*{first.units}~")

    posted = office.post(text)

    found = office.claims()[claim.claim_id]
    assert posted.settled
    assert found.state == "paid"
    assert [(line.state, line.paid) for line in found.lines] == [("paid", claim.charge), *[("paid", 0) for _ in rest]]


def _two_on_a_day(office: Office) -> SentFile:
    """Bill two lines of one day and code, told apart by their modifiers."""

    def build(ids: Any) -> Sequence[Claim]:
        billable = [PROGRAM.billable(n) for n in SOUTH if n % 5 == 1]
        claim, *_ = build_claims(billable, attrs.evolve(PROGRAM.RECORDS, settings=office.settings), ids)
        first, second = claim.lines[:2]
        group = attrs.evolve(second, service_date=first.service_date, modifiers=(*first.modifiers, "HQ"))
        return [attrs.evolve(claim, lines=(first, group))]

    (file,) = office.send([n for n in SOUTH if n % 5 == 1], build)
    return file


def test_the_parts_of_a_divided_line_are_found_by_its_modifiers(office: Office) -> None:
    file = _two_on_a_day(office)
    claim = file.claims[0]
    single, group = claim.lines
    half = attrs.evolve(group, charge=group.charge / 2)
    third = attrs.evolve(claim, lines=(half, half, single))
    refused = iter([False, True, False])

    posted = office.post(
        remit(
            file, [Decision(third, lambda line: denied(line) if next(refused) else Paid(line.charge), line_ids=False)]
        )
    )

    assert posted.settled
    found = office.claims()[claim.claim_id]
    assert [(line.state, line.paid) for line in found.lines] == [
        ("paid", single.charge),
        ("partly-paid", half.charge),
    ]


def _without_lines(file: SentFile, status: str, paid: str, cas: str, trace: str) -> str:
    """Decide on the first claim of a file as a whole: no SVC."""
    claim = file.claims[0]
    body = f"CLP*{claim.claim_id}*{status}*{claim.charge}*{paid}**MC*ICN0000000001*11*1~"
    body += f"{cas}NM1*QC*1*DOE*JO****MI*{claim.subscriber_id}~DTM*232*{claim.lines[0].day}~"
    whole = remit(file, [Decision(claim, denied if paid == "0" else payer.in_full)], trace)
    start, end = whole.index("CLP*"), whole.index("SE*")
    head = whole[whole.index("ST*") : start] + body
    return f"{whole[:start]}{body}SE*{head.count('~') + 1}*0001~{whole[whole.index('GE*') :]}" if end else ""


def test_a_claim_that_is_denied_as_a_whole_and_paid_after_all(office: Office) -> None:
    file = sent(office, 1)

    first = office.post(_without_lines(file, "4", "0", "CAS*CO*29*48~", "EFT1"))
    was = office.claims()[FIRST]
    later = office.post(remit(file, [Decision(file.claims[0])], "EFT2"))
    now = office.claims()[FIRST]

    assert (first.settled, later.settled) == (True, True)
    assert (was.state, was.lines[0].state, was.adjustments) == (
        "denied",
        "denied",
        (Adjustment("CO", "29", Decimal(48)),),
    )
    assert (now.state, now.paid, now.lines[0].state) == ("paid", Decimal(48), "paid")
    assert now.adjustments == ()


def test_a_duplicate_that_is_denied_leaves_the_payment(office: Office) -> None:
    file = sent(office, 1)
    office.post(remit(file, [Decision(file.claims[0], reduced)], "EFT1"))

    by_line = remit(
        file, [Decision(file.claims[0], lambda line: Paid(Decimal(0), (("CO", "18", line.charge),)))], "EFT2"
    )
    for text in (by_line, _without_lines(file, "1", "0", "CAS*CO*18*48~", "EFT3")):
        assert office.post(text).settled
        found = office.claims()[FIRST]
        assert (found.state, f"{found.paid}", found.lines[0].state) == ("paid", "38.40", "paid")
        assert found.adjustments == ()
        assert found.lines[0].adjustments == (Adjustment("CO", "45", Decimal("9.6")),)
    assert [one.status for one in found.payments] == ["1", "1", "1"]


def test_a_charge_below_zero_is_a_reversal_whatever_its_status_says(office: Office) -> None:
    file = sent(office, 1)
    claim = file.claims[0]
    office.post(remit(file, [Decision(claim)], "EFT1"))

    office.post(remit(file, [Decision(claim, sign=-1)], "EFT2", plb=[("FB", "X", Decimal(-48))]))

    found = office.claims()[FIRST]
    assert (found.state, int(found.paid), found.lines[0].state) == ("reversed", 0, "reversed")


def test_more_taken_back_than_was_paid_is_told(office: Office) -> None:
    file = sent(office, 1)

    posted = office.post(remit(file, [payer.reversal(file.claims[0])], plb=[("FB", "X", Decimal(-48))]))

    assert posted.problems == [
        (
            f"claim {FIRST}: $48.00 more was taken back than was paid for it. Post the remittances that are missing, "
            "or ask the payer what it took back"
        )
    ]


def test_a_second_payment_of_the_same_is_told_until_one_is_taken_back(office: Office) -> None:
    file = sent(office, 1)
    claim = file.claims[0]
    office.post(remit(file, [Decision(claim, reduced)], "EFT1"))

    again = office.post(remit(file, [Decision(claim, reduced)], "EFT2"))
    back = office.post(remit(file, [payer.reversal(claim, reduced)], "EFT3", plb=[("FB", "X", Decimal("-38.4"))]))

    assert again.problems == [
        (
            f"claim {FIRST}: its payments make $76.80, more than the $48.00 that were billed. Post the remittance that "
            "takes one of them back; if there is none, tell the payer of the overpayment"
        )
    ]
    assert back.settled
    found = office.claims()[FIRST]
    assert (found.state, f"{found.paid}", found.lines[0].state) == ("paid", "38.40", "paid")


def test_more_than_is_charged_in_one_payment_is_no_second_payment(office: Office) -> None:
    file = sent(office, 1)
    more = Paid(Decimal(50), (("CO", "45", Decimal(-2)),))

    assert office.post(remit(file, [Decision(file.claims[0], lambda _: more)])).settled
    assert office.claims()[FIRST].state == "paid"


def test_a_payment_of_the_claim_as_a_whole_is_that_of_its_only_line(office: Office) -> None:
    file = sent(office, 1)

    assert office.post(_without_lines(file, "1", "48", "", "EFT1")).settled

    found = office.claims()[FIRST]
    assert (found.state, found.paid) == ("paid", Decimal(48))
    assert [(line.state, line.paid) for line in found.lines] == [("paid", Decimal(48))]


def test_the_payers_number_is_that_of_the_last_decision_in_whatever_order_it_comes(office: Office) -> None:
    file = sent(office, 1)
    claim = file.claims[0]
    later = attrs.evolve(file, answered_on=payer.DAY + dt.timedelta(days=7))
    back = [payer.reversal(claim, number="OLD"), Decision(claim, reduced, number="NEW")]

    office.post(remit(later, back, "EFT2", plb=[("FB", "X", Decimal(-20))]))
    posted = office.post(remit(file, [Decision(claim, number="OLD")], "EFT1"))

    found = office.claims()[FIRST]
    assert posted.settled
    assert (found.state, found.paid, found.payer_control_number) == ("paid", Decimal("38.4"), "NEW")


def test_a_payers_number_is_not_enough_where_another_payer_counts_alike(office: Office) -> None:
    file = sent(office, 1)
    office.post(ack277(file))
    line = attrs.evolve(file.claims[0].lines[0], day="20250101")
    other = _with(file, claim_id="THEIRS", subscriber_id="SOMEBODY", lines=(line,))

    posted = office.post(remit(file, [Decision(other, number="ICN0000000001", line_ids=False)]))

    assert [one.claim_id for one in posted.unmatched] == ["THEIRS"]
    assert office.states() == {FIRST: "accepted"}


def test_a_remittance_without_money_is_known_again_under_another_set_number(office: Office) -> None:
    file = sent(office, 1)
    claim = file.claims[0]
    office.post(remit(file, [Decision(claim)], "EFT1"))
    text = remit(file, [payer.reversal(claim)], "EFT2", plb=[("FB", "X", Decimal(-48))])
    office.post(text)

    posted = office.post(text.replace("ST*835*0001~", "ST*835*0007~").replace("*0001~GE", "*0007~GE"))

    assert (posted.skipped, posted.settled) == (1, True)
    assert int(office.claims()[FIRST].paid) == 0


def test_several_claims_that_could_be_meant_are_named(office: Office) -> None:
    file = sent(office, 1)
    office.post(ack277(file, lambda _: "A3:21"))
    sent(office, 1)
    stranger = _with(file, claim_id="X1")
    office.post(ack277(attrs.evolve(file, claims=(_with(file, claim_id=SECOND),)), control=3))

    posted = office.post(remit(file, [Decision(stranger, number=icn(SECOND), line_ids=False)]))

    # The rejected one stands no more: the other is meant.
    assert (posted.matched, office.states()) == (1, {FIRST: "rejected-payer", SECOND: "paid"})


def test_an_unbalanced_remittance_is_told_and_not_posted_in_part(office: Office) -> None:
    file = sent(office)
    good = remit(file, [Decision(claim, reduced) for claim in file.claims])
    before = office.rows()

    posted = office.post(good.replace("CAS*CO*45*9.6~", "CAS*CO*45*9.5~", 1))

    assert office.rows() == {**before, "refusals": 1, "events": before["events"] + 2}
    assert posted.matched == 0
    assert posted.problems[0].startswith("835 at segment 3 was not posted: it does not balance. segment ")
    assert office.post(good).matched == 2


def test_a_file_posted_in_part_may_be_posted_again_when_it_was_corrected(office: Office) -> None:
    file = sent(office)
    first, second = (remit(file, [Decision(claim)], f"EFT{n}") for n, claim in enumerate(file.claims))
    broken = second.replace("CLP*PBTEST00000002*1*48*48", "CLP*PBTEST00000002*1*48*47")

    part = office.post(first + broken)
    same = office.post(first + broken)
    whole = office.post(first + second)
    again = office.post(first + second)

    assert [(one.matched, one.skipped, len(one.problems) > 0) for one in (part, same, whole, again)] == [
        (1, 0, True),
        (0, 1, True),
        (1, 1, False),
        (0, 0, False),
    ]
    assert set(office.states().values()) == {"paid"}
    assert again.posted_at


@pytest.mark.parametrize("cut", [0.55, 0.8, 0.95])
def test_a_remittance_that_is_cut_off_is_not_posted(office: Office, cut: float) -> None:
    file = sent(office)
    text = remit(file, [Decision(claim) for claim in file.claims])
    before = office.rows()

    posted = office.post(text[: int(text.index("SE*") * cut)])

    assert office.rows() == {**before, "refusals": 1, "events": before["events"] + 2}
    assert posted.problems
    assert office.post(text).matched == 2


def test_another_remittance_with_the_same_number_and_amount_is_told(office: Office) -> None:
    file = sent(office)
    first, second = file.claims
    office.post(remit(file, [Decision(first)]))

    posted = office.post(remit(file, [Decision(second)]))

    assert posted.problems == [
        (
            "835 at segment 3 was not posted: another remittance with the number EFT1 and the same amount was posted. "
            "Compare the two; ask the payer which one holds"
        )
    ]
    assert office.states() == {FIRST: "paid", SECOND: "written"}


def test_remittances_without_a_payment_may_share_a_number(office: Office) -> None:
    file = sent(office)

    posted = [office.post(remit(file, [Decision(claim, denied)], "NONPAY")) for claim in file.claims]

    assert all(one.settled for one in posted)
    assert set(office.states().values()) == {"denied"}


def test_a_reversal_alone_reverses_and_a_corrected_payment_after_it_counts(office: Office) -> None:
    file = sent(office, 1)
    claim = file.claims[0]
    office.post(remit(file, [Decision(claim)], "EFT1"))

    office.post(remit(file, [payer.reversal(claim)], "EFT2", plb=[("FB", "EFT3", Decimal(-48))]))
    reversed_ = office.claims()[FIRST]
    office.post(remit(file, [payer.reversal(claim), Decision(claim, reduced)], "EFT3"))

    assert (reversed_.state, int(reversed_.paid), reversed_.lines[0].state, reversed_.lines[0].adjustments) == (
        "reversed",
        0,
        "reversed",
        (),
    )
    # The second reversal takes back what no payment of ours was: the money says so.
    found = office.claims()[FIRST]
    assert (found.state, found.paid) == ("reversed", Decimal("-9.60"))


def test_a_correction_in_one_remittance_nets(office: Office) -> None:
    file = sent(office, 1)
    claim = file.claims[0]
    office.post(remit(file, [Decision(claim, denied)], "EFT1"))
    office.post(remit(file, [payer.reversal(claim, denied), Decision(claim, reduced)], "EFT2"))

    found = office.claims()[FIRST]
    assert (found.state, found.paid, found.lines[0].adjustments, found.lines[0].remarks) == (
        "paid",
        Decimal("38.40"),
        (Adjustment("CO", "45", Decimal("9.60")),),
        (),
    )
    assert [event for event, _, _ in events(found)] == ["written", "denied", "reversed", "paid"]
    assert [payment.paid for payment in found.payments] == [0, 0, Decimal("38.40")]


def test_what_is_added_and_taken_off_beside_the_claims_is_listed_and_kept(office: Office) -> None:
    file = sent(office)
    plb = [("WO", FIRST, Decimal(5)), ("L6", "INTEREST", Decimal(-2)), ("FB", "ICN0000000002", Decimal("-0.5"))]
    posted = office.post(remit(file, [Decision(claim) for claim in file.claims], plb=plb))

    assert posted.settled
    assert posted.transfers == [
        "PLB WO (overpayment taken back): $5.00 taken off payment EFT1, reference PBTEST00000001",
        "PLB L6 (interest that the payer owes): $2.00 added to payment EFT1, reference INTEREST",
        "PLB FB (balance carried to a later remittance): $0.50 added to payment EFT1, reference ICN0000000002",
    ]
    claims = office.claims()
    assert events(claims[FIRST])[-1][:2] == ("provider-adjustment", "paid")
    assert events(claims[SECOND])[-1][:2] == ("provider-adjustment", "paid")


def test_a_reversal_that_answers_our_void_confirms_it(office: Office) -> None:
    file = sent(office, 1)
    claim = file.claims[0]
    office.post(ack277(file))
    office.post(remit(file, [Decision(claim)], "EFT1"))
    void = office.correct(FIRST, "8")
    office.post(ack277(void, number=lambda _: "ICNV"))
    assert office.states() == {FIRST: "voided", SECOND: "accepted"}

    posted = office.post(remit(file, [payer.reversal(claim)], "EFT2", plb=[("FB", "X", Decimal(-48))]))

    found = office.claims()
    assert posted.settled
    assert (found[FIRST].state, int(found[FIRST].paid), events(found[FIRST])[-1][0]) == ("voided", 0, "void-confirmed")
    with bill_run(office.ledger()) as run:
        (billed,) = run.history()
    assert billed.standing == "void"


def test_a_reversal_under_the_number_of_the_void_takes_back_the_original(office: Office) -> None:
    file = sent(office, 1)
    office.post(remit(file, [Decision(file.claims[0])], "EFT1"))
    void = office.correct(FIRST, "8")

    posted = office.post(remit(void, [payer.reversal(void.claims[0])], "EFT2", plb=[("FB", "X", Decimal(-48))]))

    found = office.claims()
    assert posted.settled
    assert [(id_, claim.state, int(claim.paid)) for id_, claim in found.items()] == [
        (FIRST, "voided", 0),
        (SECOND, "accepted", 0),
    ]
    assert events(found[SECOND])[-1][0] == "void-confirmed"


def test_a_rejected_void_or_replacement_lets_the_original_stand_again(office: Office) -> None:
    for frequency, id_ in (("8", "PBTEST00000002"), ("7", "PBTEST00000003")):
        if frequency == "8":
            file = sent(office, 1)
            office.post(remit(file, [Decision(file.claims[0])], "EFT1"))
        correction = office.correct(FIRST, frequency)
        assert office.states()[FIRST] == {"8": "voided", "7": "replaced"}[frequency]

        posted = office.post(ack277(correction, lambda _: "A6:21"))

        assert (office.states()[FIRST], office.states()[id_]) == ("paid", "rejected-payer")
        assert posted.problems == []
        with bill_run(office.ledger()) as run:
            assert [(one.claim_id, one.standing) for one in run.history()] == [(FIRST, "live")]


def test_a_replaced_claim_stays_replaced_when_its_payment_is_taken_back(office: Office) -> None:
    file = sent(office, 1)
    claim = file.claims[0]
    office.post(remit(file, [Decision(claim, denied)], "EFT1"))
    replacement = office.correct(FIRST, "7")
    office.post(ack277(replacement, number=lambda _: "ICN2"))

    posted = office.post(
        remit(file, [payer.reversal(claim, denied), Decision(replacement.claims[0], number="ICN2")], "EFT2")
    )

    assert posted.settled
    assert office.states() == {FIRST: "replaced", SECOND: "paid"}
    assert events(office.claims()[FIRST])[-1][:2] == ("reversed", "replaced")
    assert office.claims()[FIRST].replaced_by == SECOND


def test_a_payment_of_a_claim_that_was_rejected_lets_it_stand_again_or_is_told(office: Office) -> None:
    file = sent(office, 2)
    first, second = file.claims
    office.post(ack277(file, lambda _: "A3:21"))
    office.send(NORTH[:1])

    posted = office.post(remit(file, [Decision(first), Decision(second)]))

    assert office.states() == {FIRST: "paid", SECOND: "paid", "PBTEST00000003": "written"}
    assert posted.problems == [
        (
            f"claim {FIRST} was rejected-payer, and is paid now, though what stood on it was sent again: void one of "
            "the two"
        )
    ]


# ------------------------------------------------------------------------------------------------- files as they come


def test_a_file_of_several_kinds_is_posted_as_one(office: Office) -> None:
    file = sent(office)
    text = "\ufeff" + "\r\n".join((ta1(file), ack999(file), ack277(file), "ISA")).removesuffix("ISA")

    posted = office.post(text)

    assert (posted.kinds, posted.transactions, posted.matched) == (["TA1", "999", "277CA"], 3, 6)


def test_files_that_are_no_x12_are_refused_before_any_is_posted(office: Office) -> None:
    good = office.file(ack999(sent(office)))
    bad, empty = office.file("claim,paid\n1,2\n", "paid.csv"), office.file("", "empty")

    with pytest.raises(UnusableInputError) as refused:
        refuse_unreadable([(str(path), path) for path in (good, bad, empty, office.folder / "none")])

    assert str(refused.value).splitlines() == [
        f"{bad}: no transaction set in it. Give a whole X12 file, from ISA to IEA, or a CSV with the columns "
        + ",".join(COLUMNS),
        f"{empty}: no transaction set in it. Give a whole X12 file, from ISA to IEA",
        f"{office.folder / 'none'}: No such file or directory. Give the path of a file that a payer sent",
        "Nothing was posted",
    ]
    refuse_unreadable([(str(good), good)])


def test_a_claim_file_is_told_to_be_no_answer(office: Office) -> None:
    sent(office)
    (path,) = (office.folder / "out").glob("*.837")
    before = office.rows()

    posted = office.post(path.read_bytes())

    assert (posted.kinds, posted.transactions) == ([], 0)
    assert posted.problems[0] == "segment 3: this is a claim file, not an answer to one. It was left out"
    assert office.rows() == before


def test_bytes_that_are_no_text_are_kept_out_of_the_ledger(office: Office) -> None:
    file = sent(office, 1)
    text = remit(file, [Decision(file.claims[0])]).replace("EFT1", "EFT\x00")

    assert office.post(text.encode().replace(b"DOE", b"D\xff\xfeE")).matched == 1


def test_nothing_changes_where_the_audit_trail_cannot_be_written(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = sent(office)
    before, states = office.rows(), office.states()

    def full(*_: object) -> None:
        raise sa.exc.OperationalError("", {}, OSError("disk full"))

    monkeypatch.setattr("peerbill.ledger.store.trail.copy_rows", full)
    for text in (ta1(file, "R"), ack277(file), remit(file, [Decision(claim) for claim in file.claims])):
        with pytest.raises(LedgerError, match="cannot be used"):
            office.post(text)

    assert (office.rows(), office.states()) == (before, states)


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory, empty_ledger: Path) -> Office:
    folder = tmp_path_factory.mktemp("sampled")
    shutil.copy(empty_ledger, folder)
    office = Office(folder)
    sent(office)
    return office


KILLED = """
import os, sys
from pathlib import Path
import sqlalchemy as sa
from peerbill.ledger import bill_run, open_ledger
from peerbill.ledger.verify import verify
from peerbill.ledger.answers.posting import post_answers

folder, answer = map(Path, sys.argv[1:3])
with bill_run(open_ledger(sys.argv[3], folder)) as run:
    sa.event.listen(sa.Engine, "commit", lambda connection: os._exit(137))
    post_answers(run, answer)
"""


def test_a_process_that_is_killed_while_it_posts_leaves_nothing_behind(office: Office) -> None:
    file = sent(office)
    answer = office.file(remit(file, [Decision(claim) for claim in file.claims]))
    before, states = office.rows(), office.states()

    killed = subprocess.run([sys.executable, "-c", KILLED, office.folder, answer, office.url], check=False)

    assert killed.returncode == 137
    assert (office.rows(), office.states()) == (before, states)
    assert office.post(answer.read_bytes()).matched == 2


@needs_shared
@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.*")), ids=lambda path: path.name)
def test_the_samples_of_others_are_read_without_harm(sampled: Office, path: Path) -> None:
    before = sampled.states()

    first = sampled.post(path.read_bytes(), path.name)
    second = sampled.post(path.read_bytes(), path.name)

    assert first.matched == second.matched == 0
    assert sampled.states() == before
    if "835" in path.name and not first.problems:
        assert first.unmatched


@examples(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_the_order_and_number_of_files_do_not_matter(
    tmp_path_factory: pytest.TempPathFactory, empty_ledger: Path, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("office")
    shutil.copy(empty_ledger, folder)
    office = Office(folder)
    file = sent(office, 6)
    one, two, three, four, five, six = file.claims
    texts = [
        ack999(file),
        # Each claim is either answered or paid, or answered before it is paid.
        ack277(
            attrs.evolve(file, claims=(one, two, three)), lambda claim: "A3:21" if claim is one else "A2:20", control=2
        ),
        remit(file, [Decision(two, reduced), Decision(three, denied), Decision(four)], "EFT1"),
        remit(file, [Decision(five), payer.reversal(five), Decision(five, denied), Decision(six, _part)], "EFT2"),
    ]
    order = data.draw(st.lists(st.sampled_from(range(4)), max_size=4))
    order += data.draw(st.permutations(range(4)))

    for number in order:
        office.post(texts[number])

    ids = [claim.claim_id for claim in file.claims]
    expected = ["rejected-payer", "paid", "denied", "paid", "denied", "partly-paid"]
    assert office.states() == dict(zip(ids, expected, strict=True))
    paid = [claim.paid for claim in office.claims().values()]
    assert paid == [0, Decimal("38.40"), 0, 48, 0, 24]


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE adjustments SET reason = '1'", "payments of answer-1.x12 are not what was posted"),
        ("UPDATE remittances SET paid_on = '2026-01-01'", "payments of answer-1.x12 are not what was posted"),
        ("DELETE FROM adjustments", "payments of answer-1.x12 are not what was posted"),
        ("UPDATE answers SET sha256 = 'x'", "the answers of answer-1.x12 are not in the ledger as they were posted"),
    ],
)
def test_what_somebody_edits_in_a_remittance_is_found(office: Office, statement: str, told: str) -> None:
    file = sent(office)
    office.post(remit(file, [Decision(claim, reduced) for claim in file.claims]))

    with office.ledger().engine.connect() as connection:
        transaction = connection.begin()
        connection.exec_driver_sql(statement)
        first, *others = verify(connection).problems
        transaction.rollback()

    assert first.message.startswith(told)
    assert "seal" in {problem.kind for problem in others}


def _part_owed(line: SentLine) -> Paid:
    return Paid(line.charge / 2, (("PR", "2", line.charge / 4), ("CO", "45", line.charge / 4)))


def _as_rows(decisions: Sequence[Decision], *, by_line: bool) -> str:
    """Return decisions as a person enters them from paper, for the whole claim or line by line."""
    rows = ["claim_id,line_id,paid_on,paid,adjustments,trace,payer_control_number,status"]
    for one in decisions:
        status = "reversed" if one.sign < 0 else "denied" if one.pay is denied else "paid"
        of_lines = [(line.line_id, one.pay(line)) for line in one.claim.lines]
        for line_id, paid in of_lines if by_line else [("", paid) for _, paid in of_lines]:
            cuts = ";".join(f"{group}:{reason}:{amount * one.sign}" for group, reason, amount in paid.adjustments)
            number = payer.icn(one.claim.claim_id)
            rows.append(
                f"{one.claim.claim_id},{line_id},2026-04-20,{paid.amount * one.sign},{cuts},EFT1,{number},{status}"
            )
    return "\n".join(rows)


@examples(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    payments=st.lists(st.sampled_from([payer.in_full, reduced, denied, _part_owed]), min_size=4, max_size=4),
    taken_back=st.sets(st.integers(0, 3)),
    by_line=st.booleans(),
)
def test_what_is_entered_by_hand_is_what_an_835_of_the_same_decisions_makes(
    tmp_path_factory: pytest.TempPathFactory,
    empty_ledger: Path,
    payments: list[Callable[[SentLine], Paid]],
    taken_back: set[int],
    by_line: bool,
) -> None:
    results = []
    for entered in (False, True):
        folder = tmp_path_factory.mktemp("office")
        shutil.copy(empty_ledger, folder)
        office = Office(folder)
        file = sent(office, 4)
        decisions = [
            Decision(claim, pay, "4" if pay is denied else "1")
            for claim, pay in zip(file.claims, payments, strict=True)
        ]
        decisions += [payer.reversal(file.claims[number], payments[number]) for number in sorted(taken_back)]
        posted = office.post(_as_rows(decisions, by_line=by_line) if entered else remit(file, decisions))
        assert posted.settled, posted
        results.append(
            {
                id_: (
                    claim.state,
                    claim.paid,
                    claim.payer_control_number,
                    sorted(claim.adjustments + tuple(cut for line in claim.lines for cut in line.adjustments), key=str),
                )
                for id_, claim in office.claims().items()
            }
        )
        with reading(office.url, folder) as connection:
            assert connection is not None
            assert verify(connection).problems == ()

    assert results[0] == results[1]
