"""The work list: each kind on both sides of its boundary, over the small world of the checks."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import World, bill, make_world

from peerbill.ledger.answers.open_items import OpenItem
from peerbill.ledger.look.worklist import Denial, OpenClaim, Opened, Overpaid, PaidEncounter, UsedUnits
from peerbill.model.enrolment import Enrolment
from peerbill.model.finding import Citation
from peerbill.policy.phrases import Deadline
from peerbill.todo.answered import is_worth_asking
from peerbill.todo.item import OVERPAYMENT, TIMELY_PAYMENT, Todo, TodoItem, total
from peerbill.todo.work_list import scope, work_list

DAY = dt.date(2026, 3, 31)
RESUBMIT = '[[peer.filing]]\nresubmit_within = "60 days after notice"\nsource = "manual p. 8"\n'


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def todo(patch: dict[str, Any] | None = None, on: dt.date = DAY, opened: Opened | None = None) -> Todo:
    world = make_world(patch)
    return work_list(world.records, world.policies, on, opened or Opened())


def items(kind: str, patch: dict[str, Any] | None = None, on: dt.date = DAY, **opened: Any) -> tuple[TodoItem, ...]:
    """Return the items of a kind without their citations."""
    found = todo(patch, on, Opened(**opened)).items
    return tuple(attrs.evolve(item, citations=()) for item in found if item.kind == kind)


def claim(**more: Any) -> OpenClaim:
    usual: dict[str, Any] = {
        "claim_id": "PB1",
        "payer": "plan",
        "programme": "ZZ/peer",
        "member_id": "M1",
        "state": "written",
        "since": day("2026-03-10"),
        "sent_on": day("2026-03-10"),
        "first_day": day("2026-03-02"),
        "frequency": "1",
        "charge": Decimal("60.00"),
        "paid": Decimal(0),
        "file": "1.837",
    }
    return OpenClaim(**{**usual, **more})


# Held, and running out


def test_nothing_is_to_be_done_in_a_clean_world_but_to_bill() -> None:
    assert todo() == Todo(
        DAY,
        (
            TodoItem(
                kind="ready",
                what="1 encounter can be billed now, the oldest of 2026-03-02",
                do="Run bill.",
                deadline=day("2026-05-31"),
                payer="plan",
                parts=(("E1", Decimal("60.00")),),
                encounter_ids=("E1",),
            ),
        ),
    )


def test_what_has_an_item_of_its_own_is_not_told_as_ready_to_bill() -> None:
    near = todo(None, day("2026-05-01")).items
    rejected = todo(None, DAY, Opened(claims=(claim(state="rejected-payer", free=(("E1", Decimal(60)),)),))).items

    assert [item.kind for item in near] == ["filing"]
    assert "ready" not in [item.kind for item in rejected]


@pytest.mark.parametrize(("on", "listed"), [("2026-04-30", False), ("2026-05-01", True), ("2026-05-31", True)])
def test_what_can_be_billed_is_listed_from_30_days_before_its_limit(on: str, listed: bool) -> None:
    expected = TodoItem(
        kind="filing",
        what="1 encounter can be billed, and the last day to file is 2026-05-31",
        do="Bill them first.",
        deadline=day("2026-05-31"),
        payer="plan",
        parts=(("E1", Decimal("60.00")),),
        encounter_ids=("E1",),
    )
    assert items("filing", on=day(on)) == ((expected,) if listed else ())


def test_what_was_rejected_is_not_listed_as_running_out_too() -> None:
    rejected = claim(state="rejected-payer", free=(("E1", Decimal("60.00")),))
    found = todo(None, day("2026-05-20"), Opened(claims=(rejected,)))
    assert [item.kind for item in found.items] == ["rejection"]


def test_held_encounters_are_gathered_by_what_holds_them() -> None:
    expired = {
        "credentials": {"first": {"expires_on": "2026-02-28"}},
        "encounters": {"E2": {"like": "E1", "start": "2026-03-01T12:00", "end": "2026-03-01T12:47",
                              "created_at": "2026-03-01T16:00", "signed_at": "2026-03-01T16:10"}},
    }  # fmt: skip
    assert items("held", expired) == (
        TodoItem(
            kind="held",
            what="2 encounters held by PB303 (credentials.expires_on): CPS of S1 expired on 2026-02-28, "
            "before the service",
            do="Enter the renewal if there is one; a renewal that left a gap does not cover the services in it.",
            deadline=day("2026-05-30"),
            payer="plan",
            parts=(("E1", Decimal("60.00")), ("E2", Decimal("60.00"))),
            encounter_ids=("E1", "E2"),
        ),
    )


def test_an_encounter_held_twice_counts_once_in_the_total() -> None:
    twice = {"credentials": {"first": {"expires_on": "2026-02-28"}}, "encounters": {"E1": {"signed_by": ""}}}
    found = items("held", twice)
    assert [item.amount for item in found] == [Decimal("60.00")] * len(found)
    assert len(found) > 1
    assert total(found) == Decimal("60.00")


# What payers answered


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
    assert item.do == "Mend what it names, then send the correction again: the claim before it stands as it was."
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


# What payers did not answer


@pytest.mark.parametrize(("days", "on", "listed"), [(30, "2026-04-09", False), (30, "2026-04-10", True),
                                                    (45, "2026-04-24", False), (45, "2026-04-25", True)])  # fmt: skip
def test_a_claim_is_asked_about_after_the_days_of_its_payer(days: int, on: str, listed: bool) -> None:
    patch = {"payers": {"plan": {"answer_days": days}}} if days != 30 else None
    found = [one for one in todo(patch, day(on), Opened(claims=(claim(),))).items if one.kind == "unanswered"]
    expected = TodoItem(
        kind="unanswered",
        what=f"1 claim not decided more than {days} days after sending, and nothing was answered at all",
        do="Ask the payer for the status, and for the remittance if they were paid; what it does not have on file, "
        "peerbill withdraw frees to be billed again.",
        deadline=day("2026-05-31"),
        payer="plan",
        parts=(("PB1", Decimal("60.00")),),
        claim_ids=("PB1",),
        citations=(TIMELY_PAYMENT,) if days == 30 else (),
    )
    assert found == ([expected] if listed else [])


SENT_FRIDAY = {"sent_on": day("2026-03-06"), "since": day("2026-03-06")}


@pytest.mark.parametrize(
    ("more", "on", "what"),
    [
        ({"answering": frozenset({"999"})}, "2026-03-10", None),
        ({"answering": frozenset({"999"})}, "2026-03-11",
         "1 claim of 1.837 without a 999 or TA1 2 business days after sending"),
        ({"answering": frozenset({"835"})}, "2026-03-11", None),
        ({"answering": frozenset({"999"}), "considered": True}, "2026-03-11", None),
        ({"answering": frozenset({"277CA"}), "acknowledged_on": day("2026-03-09")}, "2026-03-11", None),
        ({"answering": frozenset({"277CA"}), "acknowledged_on": day("2026-03-09")}, "2026-03-12",
         "1 claim without a 277CA 2 business days after the 999"),
        ({"answering": frozenset({"999"}), "acknowledged_on": day("2026-03-09")}, "2026-03-12", None),
        ({"answering": frozenset({"999", "277CA"}), "state": "accepted", "considered": True}, "2026-03-12", None),
    ],
)  # fmt: skip
def test_an_acknowledgment_is_missed_where_the_receiver_sends_them(
    more: dict[str, Any], on: str, what: str | None
) -> None:
    found = items("unanswered", on=day(on), claims=(claim(**SENT_FRIDAY, **more),))
    assert [item.what for item in found] == ([] if what is None else [what])


def test_two_business_days_never_take_more_than_a_week() -> None:
    days = (day("2024-01-01") + dt.timedelta(days=number) for number in range(366 * 5))
    assert max((Deadline(2, "business day", "notice").last_day(one) - one).days for one in days) <= 7


def test_corrections_are_asked_about_by_what_they_are() -> None:
    voids, again = claim(frequency="8", state="accepted"), claim(claim_id="PB2", frequency="7")
    found = items("unanswered", on=day("2026-04-10"), claims=(voids, again))
    assert [(item.what.split(" not ")[0], item.deadline) for item in found] == [
        ("1 replacement", None),
        ("1 void", None),
    ]


def test_balances_say_who_has_to_take_what() -> None:
    open_items = (
        OpenItem("B1-FB", "balance", DAY, Decimal("-20.00"), payer_id="EXAMPLE01", payer_name="TEST PLAN", code="FB"),
        OpenItem("B2-WO", "balance", DAY, Decimal("5.00"), payer_id="X", payer_name="OTHER", code="WO"),
    )
    assert items("balance", items=open_items) == (
        TodoItem(
            kind="balance",
            what="plan has $20.00 to take back from coming payments (PLB FB balance carried to a later remittance)",
            do="Expect it in the next remittances, or ask the payer how it is to be returned. "
            "Where it was settled otherwise, settle it with `peerbill settle DIR B1-FB --reason …`.",
            payer="plan",
            parts=(("B1-FB", Decimal("20.00")),),
            item="B1-FB",
        ),
        TodoItem(
            kind="balance",
            what="OTHER took back $5.00 more than it had announced (PLB WO overpayment taken back)",
            do="Find the takebacks behind it in the remittances; ask the payer about the rest, then "
            "settle it with `peerbill settle DIR B2-WO --reason …`.",
            payer="OTHER",
            parts=(("B2-WO", Decimal("5.00")),),
            item="B2-WO",
        ),
    )


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


# What is about to lapse

NUMBER = {"member_id": "M1", "payer": "plan", "number": "A1", "hcpcs": "H0038", "from": "2026-01-01"}


def authorization(**more: str) -> dict[str, Any]:
    return {"authorizations": {"A1": {**NUMBER, **more}}}


def used(units: int, on: str = "2026-03-02", **more: Any) -> UsedUnits:
    return attrs.evolve(UsedUnits("M1", "A1", "plan", "H0038", ("HF",), day(on), units), **more)


@pytest.mark.parametrize(
    ("row", "units", "said"),
    [
        ({"units": "40"}, 31, None),
        ({"units": "40"}, 32, "32 of 40 units used"),
        ({"units": "40", "to": "2026-06-30"}, 31, None),
        ({"units": "40", "to": "2026-06-29"}, 31, "31 of 40 units used, ends on 2026-06-29, within 90 days"),
        ({"units": "40", "to": "2026-05-30"}, 0, "0 of 40 units used, ends on 2026-05-30, within 60 days"),
        ({"units": "40", "to": "2026-04-30"}, 40, "40 of 40 units used, ends on 2026-04-30, within 30 days"),
        ({"to": "2026-04-30"}, 0, "ends on 2026-04-30, within 30 days"),
        ({"units": "40", "to": "2026-03-31"}, 0, "0 of 40 units used, ends on 2026-03-31, within 30 days"),
        ({"units": "40", "to": "2026-03-30"}, 0, None),
    ],
)
def test_authorizations_are_told_when_nearly_used_or_ending(row: dict[str, str], units: int, said: str | None) -> None:
    found = items("authorization", {**authorization(**row), "encounters": {"E1": False}}, used=(used(units),))
    expected = TodoItem(
        kind="authorization",
        what=f"authorization A1 of M1 for H0038: {said}",
        do="Ask the payer for more units or for the next authorization, and enter it in authorizations.",
        deadline=day(row["to"]) if "to" in row else None,
        payer="plan",
        member_ids=("M1",),
    )
    assert found == (() if said is None else (expected,))


def test_only_units_of_the_row_count() -> None:
    elsewhere = (used(40, on="2025-12-31"), used(40, number="A2"), used(40, payer="x"), used(40, hcpcs="H0025"),
                 used(40, modifiers=("HQ",)), used(40, member_id="M2"))  # fmt: skip
    assert items("authorization", authorization(units="40", modifiers="HF"), used=elsewhere) == ()


def test_an_authorization_that_another_follows_is_not_told() -> None:
    patch = authorization(units="40", to="2026-04-30")
    follows = {**NUMBER, "from": "2026-05-01", "to": "2026-12-31", "units": "40"}
    assert len(items("authorization", patch)) == 1
    patch["authorizations"]["A2"] = follows
    assert items("authorization", patch) == ()
    patch["authorizations"]["A2"] = {**follows, "from": "2026-05-02"}
    assert len(items("authorization", patch)) == 1


@pytest.mark.parametrize(
    ("on", "within"),
    [("2026-10-01", None), ("2026-10-02", "90"), ("2026-11-01", "60"), ("2026-11-30", "60"), ("2026-12-01", "30"),
     ("2026-12-31", "30"), ("2027-01-01", None)],
)  # fmt: skip
def test_credentials_are_told_90_60_and_30_days_before_they_lapse(on: str, within: str | None) -> None:
    expected = tuple(
        TodoItem(
            kind="credential",
            what=f"CPS of {staff} lapses on 2026-12-31, within {within} days",
            do="Have it renewed before that day, and enter the renewal in credentials; services after it are held.",
            deadline=day("2026-12-31"),
            staff_ids=(staff,),
        )
        for staff in ("S1", "S2")
    )
    assert items("credential", on=day(on)) == (() if within is None else expected)


@pytest.mark.parametrize(
    "patch",
    [
        {"staff": {"S1": {"left_on": "2026-11-30"}}},
        {"credentials": {"first": {"state": "YY"}}},
        {"credentials": {"first": {"credential": "OTHER"}}},
        {"credentials": {"first": {"status": "revoked"}}},
        {"credentials": {"next": {"like": "first", "issued_on": "2027-01-01", "expires_on": "2028-12-31"}}},
    ],
)
def test_credentials_that_matter_to_nobody_are_not_told(patch: dict[str, Any]) -> None:
    assert [item.staff_ids for item in items("credential", patch, day("2026-12-01"))] == [("S2",)]


def test_a_renewal_that_leaves_a_gap_does_not_count() -> None:
    late = {"credentials": {"next": {"like": "first", "issued_on": "2027-01-02", "expires_on": "2028-12-31"}}}
    assert len(items("credential", late, day("2026-12-01"))) == 2


@pytest.mark.parametrize(("on", "listed"), [("2026-05-31", True), ("2026-06-01", False)])
def test_plans_are_told_of_members_served_in_the_last_90_days(on: str, listed: bool) -> None:
    patch = {"plans": {"P1": {"expires_on": "2026-06-30"}, "P2": {"expires_on": "2026-06-30"}}}
    expected = TodoItem(
        kind="plan",
        what="1 plan lapses on 2026-06-30, within 30 days",
        do="Review the plan with the member, have it signed, and enter the new one in plans.",
        deadline=day("2026-06-30"),
        member_ids=("M1",),
    )
    assert items("plan", patch, day(on)) == ((expected,) if listed else ())
    (item,) = items("plan", patch, day("2026-06-01"), seen=frozenset({"M2"}))
    assert item.member_ids == ("M2",)


def test_a_plan_that_another_follows_is_not_told() -> None:
    patch = {"plans": {"P1": {"expires_on": "2026-04-30"},
                       "P3": {"like": "P1", "effective_on": "2026-05-01", "expires_on": "2026-12-31"}}}  # fmt: skip
    assert items("plan", patch) == ()


WEEKLY = '[[peer.supervision]]\nevery = "week"\nsource = "manual p. 9"\n'
ROLLING = '[[peer.supervision]]\nevery = "30 rolling days"\nsource = "manual p. 9"\n'
MEETING = {"staff_id": "S1", "supervisor_id": "V1", "minutes": "60"}


@pytest.mark.parametrize(
    ("policy", "meeting", "on", "due"),
    [
        (WEEKLY, None, "2026-03-02", "1 meeting per week|2026-03-07"),
        (WEEKLY, None, "2026-03-07", "1 meeting per week|2026-03-07"),
        (WEEKLY, None, "2026-03-08", None),  # over: the audit judges it
        (WEEKLY, "2026-03-01", "2026-03-02", None),
        (WEEKLY, "2026-02-28", "2026-03-02", "1 meeting per week|2026-03-07"),
        (ROLLING, "2026-02-20", "2026-03-10", "1 meeting per 30 rolling days|2026-03-21"),
        (ROLLING, "2026-02-20", "2026-03-22", "1 meeting per 30 rolling days|2026-03-22"),
        (ROLLING, None, "2026-04-01", None),  # not served for 30 days
    ],
)
def test_supervision_is_told_while_its_window_is_open(
    policy: str, meeting: str | None, on: str, due: str | None
) -> None:
    patch = {"policy": policy, "supervision": {"one": {**MEETING, "date": meeting}} if meeting else {}}
    found = items("supervision", patch, day(on))
    told = [f"{item.what.partition('(')[2].partition(')')[0]}|{item.deadline}" for item in found]
    assert told == ([] if due is None else [due])
    assert all(item.staff_ids == ("S1",) for item in found)


# What was paid and is held now


def paid(world: World, **more: Any) -> Opened:
    """Return a ledger in which the encounters of a world were billed and paid."""
    history = bill(world)
    rows = tuple(
        PaidEncounter(one.encounter_id, "C1", line, "plan", "paid", Decimal("60.00"))
        for line, one in enumerate(history, start=1)
    )
    return Opened(history=history, paid=rows, **more)


EXPIRED = {"credentials": {"first": {"expires_on": "2026-02-28"}}}
MESSAGE = "CPS of S1 expired on 2026-02-28, before the service"


def test_a_paid_encounter_that_an_audit_holds_is_an_overpayment() -> None:
    found = todo(EXPIRED, DAY, paid(make_world()))
    one = Overpaid("E1", "C1", DAY, ("PB303",), 1, "plan", "paid", Decimal("60.00"))
    manual = Citation("Manual made for tests", "https://example.org/manual", "2026-01-01", "agency", "p. 5")
    (item,) = found.items
    assert found == Todo(DAY, (item,), identified=(one,))
    assert item.citations[0] == manual
    assert item.citations[-1] == OVERPAYMENT
    assert attrs.evolve(item, citations=()) == TodoItem(
        kind="overpayment",
        what=f"1 paid encounter held by PB303 (credentials.expires_on): {MESSAGE}",
        do="Enter the renewal if there is one; a renewal that left a gap does not cover the services in it. If the "
        "payment was not due, void or replace the claim, and report and return it by 2026-05-30: it was identified on "
        "2026-03-31.",
        deadline=day("2026-05-30"),
        payer="plan",
        parts=(("C1-1", Decimal("60.00")),),
        claim_ids=("C1",),
        encounter_ids=("E1",),
    )


def test_an_overpayment_keeps_its_first_day_and_is_cleared_once_nothing_holds_it() -> None:
    known = Overpaid("E1", "C1", day("2026-02-10"), ("PB303",), 1, "plan", "paid", Decimal("60.00"))
    opened = paid(make_world(), overpaid=(known,))
    later = todo(EXPIRED, DAY, opened)
    assert (later.identified, later.cleared) == ((), ())
    assert [item.deadline for item in later.items] == [day("2026-04-11")]
    assert todo(None, DAY, opened) == Todo(DAY, (), cleared=(known,))


def test_an_overpayment_out_of_sight_stays_and_one_being_corrected_waits() -> None:
    known = Overpaid("E1", "C1", day("2026-02-10"), ("PB303",), 1, "plan", "paid", Decimal("60.00"))
    opened = attrs.evolve(paid(make_world(), overpaid=(known,)), paid=())
    (item,) = todo({"encounters": {"E1": False}}, DAY, opened).items
    assert item.what == "1 paid encounter held by an earlier audit (PB303) and not in the workspace now"
    voided = attrs.evolve(opened, overpaid=(attrs.evolve(known, state="voided"),))
    assert todo({"encounters": {"E1": False}}, DAY, voided) == Todo(DAY, ())


def test_what_two_payers_paid_is_an_overpayment_of_both() -> None:
    opened = paid(make_world())
    second = attrs.evolve(opened.paid[0], claim_id="C2", payer="other", paid=Decimal("10.00"))
    found = todo(EXPIRED, DAY, attrs.evolve(opened, paid=(*opened.paid, second)))
    assert [(one.claim_id, one.payer) for one in found.identified] == [("C1", "plan"), ("C2", "other")]
    assert [item.amount for item in found.items] == [Decimal("60.00"), Decimal("10.00")]


def test_a_change_since_the_payment_is_told_as_one() -> None:
    found = todo({"encounters": {"E1": {"end": "2026-03-02T10:30"}}}, DAY, paid(make_world()))
    (item,) = found.items
    assert item.what == "1 paid encounter held by PB805 (encounters.encounter_id): changed since it was billed"
    assert [one.codes for one in found.identified] == [("PB805",)]


@pytest.mark.parametrize("on", ["2026-03-01", "2026-06-01"])
def test_neither_the_day_nor_the_limit_of_filing_makes_an_overpayment(on: str) -> None:
    assert [item for item in todo(None, day(on), paid(make_world())).items if item.kind == "overpayment"] == []


def test_an_unbilled_duplicate_does_not_blame_what_was_paid() -> None:
    found = todo({"encounters": {"E2": {"like": "E1"}}}, DAY, paid(make_world()))
    assert {item.kind for item in found.items} == {"held"}
    assert [item.encounter_ids for item in found.items] == [("E2",)] * len(found.items)


def test_limits_do_not_make_overpayments() -> None:
    limit = '[[peer.limit.day]]\nunits = 1\nper = "day"\nsource = "manual p. 9"\n'
    assert todo({"policy": limit}, DAY, paid(make_world())) == Todo(DAY, ())


# Order, totals, and what is asked of the ledger


@given(st.permutations(["PB1", "PB2", "PB3", "PB4"]))
def test_the_order_of_claims_does_not_matter(order: list[str]) -> None:
    states = {"PB1": "denied", "PB2": "written", "PB3": "reversed", "PB4": "accepted"}
    claims = [claim(claim_id=id_, state=states[id_], charge=Decimal(int(id_[2]))) for id_ in order]
    found = [one for one in todo(None, day("2026-04-20"), Opened(claims=tuple(claims))).items if one.kind != "ready"]
    assert [item.claim_ids for item in found] == [("PB4",), ("PB3",), ("PB2",), ("PB1",)]
    assert total(found) == Decimal(10)


def test_items_come_by_deadline_then_money() -> None:
    found = todo(EXPIRED, day("2026-05-30"), Opened(claims=(claim(), claim(claim_id="PB2", frequency="7")))).items
    keys = [(item.deadline or dt.date.max, -item.amount) for item in found]
    assert keys == sorted(keys)
    assert len(keys) > 2


@pytest.mark.parametrize(
    ("policy", "members", "staff"),
    [
        ("", "2026-03-01", "2026-03-01"),
        ('[[peer.limit.week]]\nunits = 9\nper = "week"\nsource = "manual p. 9"\n', "2026-02-22", "2026-03-01"),
        ('[[peer.limit.x]]\nhours = 9\nper = "week"\nscope = "peer"\nsource = "manual p. 9"\n', "2026-02-22",
         "2026-02-22"),
        ('[[peer.limit.x]]\nunits = 9\nper = "calendar year"\nsource = "manual p. 9"\n', "2026-01-01", "2026-03-01"),
        ('[[peer.limit.x]]\nunits = 9\nper = "6 rolling months"\nsource = "manual p. 9"\n', "2025-09-03", "2026-03-01"),
        ('[[peer.limit.x]]\nunits = 9\nper = "lifetime"\nsource = "manual p. 9"\n', "0001-01-01", "2026-03-01"),
        ('[[peer.plan.x]]\ncomplete_within = "3 sessions after first service"\nsource = "manual p. 9"\n', "0001-01-01",
         "2026-03-01"),
    ],
)  # fmt: skip
def test_history_is_asked_for_as_far_back_as_a_rule_looks(policy: str, members: str, staff: str) -> None:
    world = make_world({"policy": policy})
    part = scope(world.records, world.policies, DAY).part
    assert (part.members_from, part.staff_from) == (day(members), day(staff))
    assert part.firsts is ("complete_within" in policy)
    assert (set(part.member_ids), set(part.staff_ids), set(part.encounter_ids)) == ({"M1"}, {"S1"}, {"E1"})
