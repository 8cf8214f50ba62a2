"""What payers answered: rejections, denials, money taken back, enrolment."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import attrs
import pytest
from work_lists import claim, day, items

from peerbill.ledger.look.worklist import Denial
from peerbill.model.enrolment import Enrolment
from peerbill.todo.answered import is_worth_asking
from peerbill.todo.item import TodoItem

RESUBMIT = '[[peer.filing]]\nresubmit_within = "60 days after notice"\nsource = "manual p. 8"\n'


def test_rejections_are_gathered_by_reason_and_end_with_the_resubmission_window() -> None:
    first = claim(state="rejected-payer", said="A7 invalid", free=(("E1", Decimal("60.00")),))
    second = attrs.evolve(first, claim_id="PB2", since=day("2026-03-12"), free=(("E2", Decimal("20.00")),))
    billed_again = attrs.evolve(first, claim_id="PB3", free=())
    assert items("rejection", {"policy": RESUBMIT}, claims=(first, second, billed_again)) == (
        TodoItem(
            kind="rejection",
            what="2 claims rejected by the payer (277CA): A7 invalid",
            do="Change what it names, then run bill: a claim that says something else is a new one.",
            deadline=day("2026-05-09"),  # 60 days after 2026-03-10
            payer="plan",
            parts=(("E1", Decimal("60.00")), ("E2", Decimal("20.00"))),
            claim_ids=("PB1", "PB2"),
            encounter_ids=("E1", "E2"),
        ),
    )


@pytest.mark.parametrize(("policy", "last"), [("", "2026-05-31"), (RESUBMIT, "2026-05-09")])
def test_the_last_day_passes(policy: str, last: str) -> None:
    rejected = claim(state="rejected-interchange", free=(("E9", Decimal("60.00")),))
    in_time, late = (
        items("rejection", {"policy": policy}, on, claims=(rejected,))[0]
        for on in (day(last), day(last) + dt.timedelta(days=1))
    )
    assert (in_time.deadline, late.deadline) == (day(last), day(last))
    assert "The last day was" not in in_time.do
    assert late.do == f"{in_time.do} The last day was {last}: ask the payer for an exception, or write the charge off."


def test_a_cap_ends_the_resubmission_window() -> None:
    capped = RESUBMIT.replace("\nsource", '\nnever_after = "65 days after service"\nsource')
    rejected = claim(state="rejected-functional", free=(("E9", Decimal("60.00")),))
    (item,) = items("rejection", {"policy": capped}, claims=(rejected,))
    assert item.deadline == day("2026-05-06")  # 65 days after 2026-03-02


def test_a_rejected_correction_is_listed_while_what_it_corrects_stands() -> None:
    rejected = claim(state="rejected-payer", frequency="8", standing=True)
    (item,) = items("rejection", claims=(rejected,))
    assert item.what == "1 correction rejected by the payer (277CA)"
    assert item.do == "Correct what it names, then send the correction again: the claim before it is as it was."
    assert item.parts == (("PB1", Decimal("60.00")),)
    assert items("rejection", claims=(attrs.evolve(rejected, standing=False),)) == ()


ABSENT = (
    "Usual remedy: Find the authorization; add its number to authorizations and replace the claim. Ask for one after "
    "the fact where the payer grants that. If it cannot be recovered, write it off."
)


def test_denials_are_gathered_by_payer_reason_and_remarks() -> None:
    missing = Denial(1, "CO", "197", Decimal("50.00"))
    contract = Denial(1, "CO", "45", Decimal("10.00"))
    first = claim(state="denied", denials=(missing, contract))
    second = claim(claim_id="PB2", state="partly-paid", paid=Decimal(10), denials=(attrs.evolve(missing, line=2),))
    other = claim(claim_id="PB3", state="denied", denials=(attrs.evolve(missing, remarks=("N362", "X999")),))
    settled = claim(claim_id="PB4", state="partly-paid", paid=Decimal(50), denials=(contract,))
    found = items("denial", claims=(first, second, other, settled))
    assert found == (
        TodoItem(
            kind="denial",
            what="2 claims denied or cut: CO 197 authorization or notification absent",
            do=ABSENT,
            deadline=day("2026-05-31"),
            payer="plan",
            parts=(("PB1-1 CO 197", Decimal("50.00")), ("PB2-2 CO 197", Decimal("50.00"))),
            claim_ids=("PB1", "PB2"),
        ),
        TodoItem(
            kind="denial",
            what="1 claim denied or cut: CO 197 authorization or notification absent; N362 more units than the allowed "
            "maximum; X999 (a remark that is not known here)",
            do=ABSENT,
            deadline=day("2026-05-31"),
            payer="plan",
            parts=(("PB3-1 CO 197", Decimal("50.00")),),
            claim_ids=("PB3",),
        ),
    )


NEW = "But the payer takes no replacement"
FREE = "free the claim (rebill) and bill again instead."
OFF = "If it cannot be recovered, write it off."


@pytest.mark.parametrize(
    ("state", "remarks", "then"),
    [
        ("denied", ("N211",), f"There is no right of appeal (N211). {OFF}"),
        ("denied", ("N142", "N54"), f"{NEW} (N142): {FREE} {OFF}"),
        ("denied", ("MA130", "N290"), f"{NEW} (MA130): {FREE} There is no right of appeal (MA130). {OFF}"),
        ("denied", ("N142", "N211"), f"{NEW} (N142): {FREE} There is no right of appeal (N211). {OFF}"),
        ("denied", ("N185",), "But the payer takes no claim for it again (N185): appeal, or write it off."),
        ("denied", ("N185", "N211"), "But the payer takes no claim for it again (N185): write it off."),
        # Money is paid on it: it cannot be freed.
        ("partly-paid", ("N142",), OFF),
        ("denied", ("N210", "N9999"), OFF),
    ],
)
def test_a_remark_may_rule_out_a_replacement_or_an_appeal(state: str, remarks: tuple[str, ...], then: str) -> None:
    paid = Decimal(10 if state == "partly-paid" else 0)
    denied = claim(state=state, paid=paid, denials=(Denial(1, "CO", "197", Decimal("50.00"), remarks),))
    (item,) = items("denial", claims=(denied,))

    assert item.do.endswith(f". {then}")


@pytest.mark.parametrize(
    ("group", "reason", "amount", "worth"),
    [
        ("CO", "16", "10.00", True),
        ("CO", "9999", "10.00", True),  # not known: somebody looks it up
        ("CO", "16", "0.00", False),
        ("CO", "16", "-10.00", False),
        ("CO", "45", "10.00", False),
        ("OA", "23", "10.00", False),
        ("CO", "253", "10.00", False),
        ("PR", "1", "10.00", False),
        ("PR", "16", "10.00", False),
    ],
)
def test_nothing_is_asked_where_nothing_can_be_got(group: str, reason: str, amount: str, worth: bool) -> None:
    assert is_worth_asking(Denial(1, group, reason, Decimal(amount))) is worth


def test_a_denial_without_a_reason_and_a_payment_taken_back_are_listed() -> None:
    silent, back = claim(state="denied"), claim(claim_id="PB2", state="reversed")
    assert [(item.what, item.claim_ids, item.amount) for item in items("denial", claims=(silent, back))] == [
        ("1 claim denied or cut: the answer gives no reason", ("PB1",), Decimal("60.00")),
        ("1 claim paid once and taken back", ("PB2",), Decimal("60.00")),
    ]


def test_only_the_last_answer_on_enrolment_counts() -> None:
    def asked(trace: str, member: str, state: str, reasons: Sequence[str] = ()) -> Enrolment:
        first, last = day("2026-02-01"), day("2026-02-28")
        return Enrolment(trace, member, "plan", first, last, state=state, reasons=tuple(reasons))

    enrolments = (asked("1", "M1", "inactive"), asked("2", "M1", "active"), asked("3", "M2", "inactive"),
                  asked("4", "M2", "asked"), asked("5", "M9", "inactive"))  # fmt: skip
    (item,) = items("enrolment", enrolments=enrolments)
    assert (item.what, item.member_ids) == ("1 member not enrolled, according to the payer", ("M2",))
    (item,) = items("enrolment", enrolments=(asked("1", "M1", "refused", ("75",)),))
    assert item.what == "1 member about whom the payer did not answer: 75 the payer knows no such member"
