"""What a TA1, a 999 and a 277CA make of claims, from their text into the ledger."""

from decimal import Decimal
from typing import Any

import attrs
import databases
import pytest
from office import FIRST, NORTH, SECOND, SOUTH, Office, sent
from payer import (
    Decision,
    SentFile,
    ack277,
    ack999,
    denied,
    reduced,
    remit,
    ta1,
)

from peerbill.ledger.answers.session import Posted
from peerbill.model import sent_claim
from peerbill.model.claim import Adjustment


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


@pytest.mark.parametrize("after", ["A1:19", "A2:20"])
def test_that_a_rejected_claim_arrived_does_not_let_it_stand_again(office: Office, after: str) -> None:
    file = sent(office)
    office.post(ack277(file, lambda _: "A7:562:85"))

    posted = office.post(ack277(file, lambda _: after, control=2))

    taken_in = after == "A2:20"
    assert list(office.states().values()) == ["accepted" if taken_in else "rejected-payer"] * 2
    assert [event for event, _, _ in events(office.claims()[FIRST])] == ["written", "rejected-payer", "accepted"]
    assert posted.settled
    assert [notice.partition(" (")[0] for notice in posted.notices] == [
        f"claim {id_} was rejected-payer, and is accepted now" for id_ in (FIRST, SECOND) if taken_in
    ]
