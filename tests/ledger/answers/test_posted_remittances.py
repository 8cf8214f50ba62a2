"""What an 835 makes of claims, from its text into the ledger."""

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import attrs
import payer
import pytest
import sqlalchemy as sa
from office import FIRST, NORTH, PROGRAM, SECOND, SOUTH, Office, sent
from payer import (
    Decision,
    Paid,
    SentClaim,
    SentFile,
    SentLine,
    ack277,
    denied,
    icn,
    reduced,
    remit,
)

from peerbill.claims.build import build_claims
from peerbill.ledger.answers.posting import post_answers
from peerbill.ledger.look.history import reading
from peerbill.ledger.send.runs import bill_run
from peerbill.ledger.store import tables
from peerbill.model import sent_claim
from peerbill.model.claim import Adjustment, Claim


def events(claim: sent_claim.SentClaim) -> list[tuple[str, str, str]]:
    return [(entry.event, entry.state, entry.file) for entry in claim.history]


# ------------------------------------------------------------------------------------------------------------- 835


def _share(line: SentLine) -> Paid:
    return Paid(Decimal(0), (("PR", "1", line.charge),))


@pytest.mark.parametrize(
    ("pay", "state", "paid"),
    [
        (payer.in_full, "paid", "48.00"),
        (reduced, "paid", "38.40"),
        (payer.in_half, "partly-paid", "24.00"),
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


def _rejected_replacement(office: Office) -> payer.SentFile:
    """Send a claim that is paid, and a replacement that the payer rejects."""
    file = sent(office, 1)
    office.post(remit(file, [Decision(file.claims[0], reduced)], "EFT1"))
    replacement = office.correct(FIRST, "7")
    office.post(ack277(replacement, lambda _: "A6:21"))
    return replacement


def _billed(office: Office) -> list[tuple[str, str]]:
    with bill_run(office.ledger()) as run:
        return [(one.claim_id, one.standing) for one in run.history()]


def test_a_rejected_replacement_that_is_paid_takes_the_place_of_the_claim_after_all(office: Office) -> None:
    replacement = _rejected_replacement(office)
    assert (office.states(), _billed(office)) == ({FIRST: "paid", SECOND: "rejected-payer"}, [(FIRST, "live")])

    posted = office.post(remit(replacement, [Decision(replacement.claims[0])], "EFT2"))

    assert posted.settled
    assert office.states() == {FIRST: "replaced", SECOND: "paid"}
    assert _billed(office) == [(SECOND, "live")]
    assert office.claims()[FIRST].replaced_by == SECOND


def test_a_rejected_replacement_that_is_paid_frees_nothing_that_another_correction_holds(office: Office) -> None:
    replacement = _rejected_replacement(office)
    office.correct(FIRST, "8")

    posted = office.post(remit(replacement, [Decision(replacement.claims[0])], "EFT2"))

    assert office.states() == {FIRST: "voided", SECOND: "paid", "PBTEST00000003": "written"}
    assert _billed(office) == [(FIRST, "live")]
    assert posted.problems == [
        (
            f"claim {SECOND} was rejected-payer, and is paid now, though what stood on it was sent again: void one of "
            "the two"
        )
    ]
