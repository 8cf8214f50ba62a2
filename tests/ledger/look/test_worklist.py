"""What is open in a ledger, on both databases; found by indexes, and overpayments kept with their first day."""

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from filelock import FileLock
from hypothesis import example, given, settings
from hypothesis import strategies as st

from peerbill.ledger.look.history import load_history, load_parts, read_history, reading
from peerbill.ledger.look.worklist import (
    Denial,
    OpenClaim,
    Opened,
    Overpaid,
    PaidEncounter,
    Scope,
    UsedUnits,
    keep_overpayments,
    read_open,
)
from peerbill.ledger.store import tables
from peerbill.ledger.store.ledger import Ledger, open_ledger
from peerbill.model.claim import BilledEncounter
from peerbill.model.enrolment import Enrolment
from peerbill.model.errors import LedgerError
from peerbill.model.history import HistoryScope, Reach

CLOCK = dt.datetime(2026, 4, 21, 12, tzinfo=dt.UTC)
SENT = dt.date(2026, 3, 10)
CHANGED = "2026-03-12T09:00:00+00:00"


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.fixture
def ledger(tmp_path: Path, ledger_url: str) -> Iterator[Ledger]:
    made = open_ledger(ledger_url, tmp_path, tag="TEST", who="biller", clock=lambda: CLOCK)
    put(made, "batches", batch_id=1, state="confirmed", as_of=SENT.isoformat(), folder="out")
    put(
        made, "files", batch_id=1, number=1, state="confirmed", name="1.837", temporary=".1", payer="plan", sender="A",
        receiver="R1", isa13=1, claims=0, lines=0, encounters=0, total_cents=0, sha256="0",
    )  # fmt: skip
    yield made
    made.engine.dispose()


def put(ledger: Ledger, table: str, **row: Any) -> None:
    with ledger.changing() as connection:
        connection.execute(sa.insert(tables.metadata.tables[table]), row)


def put_claim(ledger: Ledger, number: int, state: str, *, standing: str = "live", **more: Any) -> str:
    """Record a claim of one line, with one encounter unless it is a void; return its id."""
    claim_id = f"PB{number}"
    usual = {
        "claim_id": claim_id, "batch_id": 1, "file_number": 1, "payer": "plan", "member_id": f"M{number % 3}",
        "subscriber_id": "", "subscriber_rank": 1, "rendering_id": "", "supervising_id": "", "place": "11",
        "diagnoses": "", "authorization_number": "", "frequency": "1", "charge_cents": 6000, "state": state,
        "changed_at": CHANGED, "programme": "ZZ/peer", "first_day": "2026-03-02", "last_day": "2026-03-02",
    }  # fmt: skip
    mine = {key: value for key, value in more.items() if key in tables.claims.c}
    put(ledger, "claims", **usual | mine)
    put(
        ledger, "lines", claim_id=claim_id, number=1, service_date="2026-03-02", hcpcs="H0038", modifiers="HF", units=3,
        charge_cents=6000, pointers="1", line_key=f"[{number}]",
    )  # fmt: skip
    if more.get("frequency") != "8":
        put_encounter(ledger, f"E{number}", claim_id, standing, **more)
    return claim_id


def put_encounter(ledger: Ledger, id_: str, claim_id: str, standing: str = "live", **more: Any) -> None:
    usual = {
        "encounter_id": id_, "claim_id": claim_id, "line_number": 1, "standing": standing, "fingerprint": "0",
        "payer": "plan", "programme": "ZZ/peer", "member_id": f"M{int(id_[1:]) % 3}", "staff_id": "S1",
        "rendering_id": "", "service": "individual", "start_at": "2026-03-02T10:00:00",
        "end_at": "2026-03-02T10:45:00", "place": "11", "hcpcs": "H0038", "modifiers": "HF", "minutes": 45, "units": 3,
        "unit_minutes": 15, "charge_cents": 6000, "authorization_number": "",
    }  # fmt: skip
    row = usual | {key: value for key, value in more.items() if key in tables.encounters.c}
    put(ledger, "encounters", **row)


def put_event(ledger: Ledger, number: int, claim_id: str, event: str, detail: str = "", at: str = CHANGED) -> None:
    state = event if event.startswith("rejected") else "written"
    put(ledger, "events", number=number, at=at, who="x", claim_id=claim_id, event=event, state=state, file="a.999",
        detail=detail, hash=f"{number}")  # fmt: skip


def put_answer(ledger: Ledger, number: int, kind: str, sender: str = "r1") -> None:
    put(
        ledger,
        "answers",
        answer_id=number,
        sha256=f"{number}",
        name="a",
        at="2026-03-20T12:00:00+00:00",
        who="",
        summary="{}",
    )
    put(ledger, "transactions", transaction_id=number, answer_id=number, kind=kind, digest=f"{number}", sender=sender,
        isa13="", st02="")  # fmt: skip
    if kind == "835":
        put(ledger, "remittances", transaction_id=number, amount_cents=0, handling="", method="",
            paid_on=f"2026-03-{10 + number}", trace="", originator="", payer_name="PLAN", payer_id="P1")  # fmt: skip


def put_payment(
    ledger: Ledger, number: int, answer: int, claim_id: str, cents: int, *adjustments: tuple[int, str, str, int]
) -> None:
    """Record a payment with one line of the claim; `adjustments` are line, group, reason and cents."""
    put(ledger, "payments", payment_id=number, transaction_id=answer, position=1, claim_id=claim_id,
        claim_as_sent=claim_id, status="1", charge_cents=6000, paid_cents=cents, payer_control_number="",
        received_on="")  # fmt: skip
    put(ledger, "line_payments", payment_id=number, number=2, line_number=1, service_date="", hcpcs="", modifiers="",
        units="", charge_cents=6000, paid_cents=cents)  # fmt: skip
    for place, (line, group, reason, amount) in enumerate(adjustments, start=1):
        put(ledger, "adjustments", payment_id=number, line=line, number=place, group_code=group, reason=reason,
            amount_cents=amount, quantity="")  # fmt: skip


def look(ledger: Ledger, **scope: Any) -> Opened:
    with ledger.engine.connect() as connection:
        return read_open(connection, Scope(**{"part": HistoryScope(), **scope}))


def claim(number: int, state: str, **more: Any) -> OpenClaim:
    usual: dict[str, Any] = {
        "claim_id": f"PB{number}", "payer": "plan", "programme": "ZZ/peer", "member_id": f"M{number % 3}",
        "state": state, "since": day("2026-03-12"), "sent_on": SENT, "first_day": day("2026-03-02"), "frequency": "1",
        "charge": Decimal("60.00"), "paid": Decimal(0), "file": "1.837",
    }  # fmt: skip
    return OpenClaim(**usual | more)


def test_an_empty_ledger_has_nothing_open(ledger: Ledger) -> None:
    assert look(ledger, encounter_ids=["E1"], authorized=["M1"], planned=["M1"], seen_from=SENT) == Opened()


def test_claims_are_open_until_they_are_paid_or_given_up(ledger: Ledger) -> None:
    for number, state in enumerate(("written", "accepted", "paid", "voided", "replaced", "written-off"), start=1):
        put_claim(ledger, number, state)
    put_answer(ledger, 1, "999")
    put_answer(ledger, 2, "277CA", "other")
    put_event(ledger, 1, "PB1", "functional-accepted", at="2026-03-11T23:00:00+00:00")
    assert look(ledger).claims == (
        claim(1, "written", acknowledged_on=day("2026-03-11"), answering=frozenset({"999"})),
        claim(2, "accepted", considered=True, answering=frozenset({"999"})),
    )


def test_rejections_tell_why_and_what_is_still_free(ledger: Ledger) -> None:
    put_claim(ledger, 1, "rejected-payer", standing="free")
    put_encounter(ledger, "E11", "PB1", "free", charge_cents=2000)
    put_claim(ledger, 2, "rejected-functional", standing="free")
    put_claim(ledger, 3, "written")
    put_encounter(ledger, "E2", "PB3")
    put_encounter(ledger, "E11", "PB3", "live", turn=2)
    put_event(ledger, 1, "PB1", "rejected-functional", "999")
    put_event(ledger, 2, "PB1", "rejected-payer", "A7")
    put_event(ledger, 3, "PB1", "contradicted", "paid")
    first, second, _ = look(ledger).claims
    free = (("E1", Decimal("60.00")), ("E11", Decimal("20.00")))
    assert first == claim(1, "rejected-payer", said="A7", free=free)
    assert second == claim(2, "rejected-functional")


def test_a_rejected_correction_tells_whether_what_it_corrects_stands(ledger: Ledger) -> None:
    put_claim(ledger, 1, "paid")
    put_claim(ledger, 2, "voided", standing="void")
    put_claim(ledger, 3, "rejected-payer", frequency="8", replaces="PB1")
    put_claim(ledger, 4, "rejected-payer", frequency="8", replaces="PB2")
    assert [(one.claim_id, one.standing) for one in look(ledger).claims] == [("PB3", True), ("PB4", False)]


@pytest.mark.parametrize("told_of", ["PB1", "PB2"])
def test_a_void_is_open_until_it_was_carried_out(ledger: Ledger, told_of: str) -> None:
    put_claim(ledger, 1, "voided", standing="void")
    put_claim(ledger, 2, "accepted", frequency="8", replaces="PB1")
    assert [one.claim_id for one in look(ledger).claims] == ["PB2"]
    put_event(ledger, 1, told_of, "void-confirmed")
    assert look(ledger).claims == ()


def test_denials_are_what_all_answers_leave(ledger: Ledger) -> None:
    put_claim(ledger, 1, "denied")
    put_answer(ledger, 1, "835")
    put_answer(ledger, 2, "835")
    put_payment(ledger, 1, 1, "PB1", 0, (2, "CO", "16", 5000), (2, "CO", "45", 1000))
    put_payment(ledger, 2, 2, "PB1", 0, (2, "CO", "16", -5000), (2, "CO", "197", 5000), (0, "PR", "1", 300))
    put(ledger, "remarks", payment_id=1, line=2, number=1, code="N290")
    put(ledger, "remarks", payment_id=2, line=2, number=1, code="N362")
    put(ledger, "remarks", payment_id=2, line=0, number=1, code="MA130")
    (one,) = look(ledger).claims
    assert one.since == day("2026-03-12")  # the day of the last remittance
    assert one.denials == (
        Denial(0, "PR", "1", Decimal("3.00"), ("MA130",), unpaid=True),
        Denial(1, "CO", "197", Decimal("50.00"), ("MA130", "N362"), unpaid=True),
        Denial(1, "CO", "45", Decimal("10.00"), ("N290",), unpaid=True),
    )


def test_the_remarks_of_an_answer_that_was_taken_back_say_nothing_of_the_next(ledger: Ledger) -> None:
    put_claim(ledger, 1, "denied")
    put_answer(ledger, 1, "835")
    for payment_id, cents, remark in ((1, 5000, "N290"), (2, -5000, "N290"), (3, 5000, "N54"), (4, 300, "N20")):
        put_payment(ledger, payment_id, 1, "PB1", 0, (2, "CO", "16", cents))
        put(ledger, "remarks", payment_id=payment_id, line=2, number=1, code=remark)
    (one,) = look(ledger).claims
    assert one.denials == (Denial(1, "CO", "16", Decimal("53.00"), ("N20", "N54"), unpaid=True),)


def test_paid_encounters_have_what_their_line_was_paid(ledger: Ledger) -> None:
    put_claim(ledger, 1, "paid", paid_cents=4800)
    put_claim(ledger, 2, "partly-paid", paid_cents=4800)
    put_claim(ledger, 3, "denied")
    put_claim(ledger, 4, "paid", paid_cents=4800)
    put_answer(ledger, 1, "835")
    put_payment(ledger, 1, 1, "PB2", 4000)
    assert look(ledger, encounter_ids=["E1", "E2", "E3", "E9"]).paid == (
        PaidEncounter("E1", "PB1", 1, "plan", "paid", Decimal("48.00")),
        PaidEncounter("E2", "PB2", 1, "plan", "partly-paid", Decimal("40.00")),
    )


def test_a_line_is_less_what_was_taken_back_of_the_claim_alone(ledger: Ledger) -> None:
    put_claim(ledger, 1, "partly-paid", paid_cents=3000)
    for answer in (1, 2, 3):
        put_answer(ledger, answer, "835")
    put_payment(ledger, 1, 1, "PB1", 4800)
    put(ledger, "payments", payment_id=2, transaction_id=2, position=1, claim_id="PB1", claim_as_sent="PB1",
        status="22", charge_cents=-6000, paid_cents=-4800, payer_control_number="", received_on="")  # fmt: skip
    put_payment(ledger, 3, 3, "PB1", 3000)

    assert [one.paid for one in look(ledger, encounter_ids=["E1"]).paid] == [Decimal("30.00")]


def test_units_count_where_they_stand(ledger: Ledger) -> None:
    put_claim(ledger, 1, "paid", authorization_number="A1")
    put_claim(ledger, 4, "paid", authorization_number="A1")
    put_claim(ledger, 7, "rejected-payer", standing="free", authorization_number="A1")
    put_claim(ledger, 10, "paid")
    used = UsedUnits("M1", "A1", "plan", "H0038", ("HF",), day("2026-03-02"), 6)
    assert look(ledger, authorized=["M1", "M2"]).used == (used,)


@pytest.mark.parametrize(("first", "seen"), [("2026-03-02", {"M1"}), ("2026-03-03", set())])
def test_who_was_served_since_a_day(ledger: Ledger, first: str, seen: set[str]) -> None:
    put_claim(ledger, 1, "paid")
    assert look(ledger, planned=["M1", "M2"], seen_from=day(first)).seen == seen


def test_balances_are_sums_over_all_remittances(ledger: Ledger) -> None:
    for number, (code, cents) in enumerate(
        (("FB", -2000), ("FB", 500), ("WO", -700), ("WO", 700), ("72", 900)), start=1
    ):
        put_answer(ledger, number, "835")
        put(ledger, "provider_adjustments", transaction_id=number, number=1, provider_id="", fiscal_date="", code=code,
            reference="", amount_cents=cents)  # fmt: skip
    assert [(one.item, one.kind, one.payer_id, one.code, one.amount) for one in look(ledger).items] == [
        ("B1-FB", "balance", "P1", "FB", Decimal("-15.00")),
        ("P5-1", "adjustment", "P1", "72", Decimal("9.00")),
    ]


def test_enrolment_is_that_of_the_members_asked_for(ledger: Ledger) -> None:
    for number, member in enumerate(("M1", "M2"), start=1):
        put(ledger, "eligibility", trace=f"EQ{number}", member_id=member, payer="plan", asked_from="2026-03-01",
            asked_to="2026-03-31", first_day="", last_day="", state="inactive", plan="", reasons="",
            asked_on="2026-03-01", answered_on="2026-03-02", batch_id=1, file_number=1)  # fmt: skip
    assert look(ledger, part=HistoryScope(member_ids=["M2"])).enrolments == (
        Enrolment("EQ2", "M2", "plan", day("2026-03-01"), day("2026-03-31"), "inactive", said_on=day("2026-03-02")),
    )


# Overpayments


def found(number: int, on: str = "2026-03-20") -> Overpaid:
    return Overpaid(f"E{number}", f"PB{number}", day(on), ("PB303", "PB401"), 1, "plan", "paid", Decimal("48.00"))


def trail(ledger: Ledger) -> list[tuple[Any, ...]]:
    events = tables.events.c
    query = sa.select(events.claim_id, events.event, events.state, events.detail).where(events.event != "sealed")
    with ledger.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query.order_by(events.number))]


def test_an_overpayment_keeps_its_first_day_until_it_is_cleared(ledger: Ledger) -> None:
    put_claim(ledger, 1, "paid", paid_cents=4800)
    put_claim(ledger, 2, "partly-paid", paid_cents=4800)
    keep_overpayments(ledger, [found(1)], [])
    keep_overpayments(ledger, [found(1, "2026-04-20"), found(2, "2026-04-20")], [found(3)])
    known = look(ledger).overpaid
    assert [(one.encounter_id, one.identified_on, one.state) for one in known] == [
        ("E1", day("2026-03-20"), "paid"),
        ("E2", day("2026-04-20"), "partly-paid"),
    ]
    assert known[0] == found(1)

    keep_overpayments(ledger, [], known[:1])
    keep_overpayments(ledger, [], known[:1])
    assert look(ledger).overpaid == known[1:]
    codes = "PB303, PB401; identified on"
    assert trail(ledger) == [
        ("PB1", "overpayment-identified", "paid", f"E1: {codes} 2026-03-20"),
        ("PB2", "overpayment-identified", "partly-paid", f"E2: {codes} 2026-04-20"),
        ("PB1", "overpayment-cleared", "paid", f"E1: {codes} 2026-03-20"),
    ]


def test_a_ledger_that_another_run_holds_is_not_waited_for_long(ledger: Ledger) -> None:
    put_claim(ledger, 1, "paid")
    with FileLock(str(ledger.place.lock)), pytest.raises(LedgerError, match="another run is using this ledger"):
        keep_overpayments(ledger, [found(1)], [], wait=0.1)
    assert look(ledger).overpaid == ()


# What is read of a large ledger

SMALL = frozenset(
    {
        "batches", "files", "transactions", "remittances", "overpayments", "provider_adjustments", "refusals",
        "settlements", "unmatched_answers",
    }
)  # fmt: skip
"""Tables with a row for a file or a remittance, not for a claim or a line."""

PARTIAL = ("overpaid_claims", "corrected_payments")
"""Indexes that hold only what is open: they are walked whole."""


def test_no_table_of_lines_is_read_whole(tmp_path: Path) -> None:
    ledger = open_ledger("sqlite:///ledger.db", tmp_path, who="x")
    plans: list[str] = []

    @sa.event.listens_for(ledger.engine, "before_cursor_execute")
    def _explain(_: Any, cursor: Any, statement: str, parameters: Any, *__: Any) -> None:
        if statement.startswith("SELECT"):
            told = cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            plans.extend(row[3] for row in told)

    put(ledger, "batches", batch_id=1, state="confirmed", as_of=SENT.isoformat(), folder="out")
    put(ledger, "files", batch_id=1, number=1, state="confirmed", name="1.837", temporary=".1", payer="plan",
        sender="A", receiver="R1", isa13=1, claims=0, lines=0, encounters=0, total_cents=0, sha256="0")  # fmt: skip
    for number, state in enumerate(("written", "rejected-payer", "denied", "paid"), start=1):
        put_claim(ledger, number, state, standing="free" if state == "rejected-payer" else "live")
    put_claim(ledger, 5, "accepted", frequency="8", replaces="PB4")
    put_claim(ledger, 6, "rejected-payer", frequency="8", replaces="PB4")
    plans.clear()
    part = HistoryScope(
        member_ids=["M1", "M2"], encounter_ids=["E1"], staff_ids=["S1"], staff_from=SENT, whole_ids=["M0"]
    )
    look(ledger, part=part, encounter_ids=["E4"], authorized=["M1"], planned=["M1"], shared=["M1"],
         seen_from=SENT)  # fmt: skip
    ledger.engine.dispose()

    scanned = {plan.split()[1] for plan in plans if plan.startswith("SCAN") and not plan.endswith(PARTIAL)}
    assert len(plans) > 20
    # A subquery without a name is how an IN of nothing is written.
    tables_scanned = {name for name in scanned - SMALL if not name.startswith("(subquery-")}
    assert tables_scanned <= {"anon_1", "CONSTANT"}


DAYS = [f"2026-03-{number:02}" for number in range(1, 20)]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ledger")
    ledger = open_ledger("sqlite:///ledger.db", folder, who="x")
    for number, on in enumerate(DAYS, start=1):
        put(ledger, "batches", batch_id=number, state="confirmed", as_of=on, folder="out")
        put(ledger, "files", batch_id=number, number=1, state="confirmed", name="1", temporary="", payer="plan",
            sender="A", receiver="R1", isa13=number, claims=0, lines=0, encounters=0, total_cents=0,
            sha256="0")  # fmt: skip
        put_claim(ledger, number, "paid", batch_id=number, member_id=f"M{number % 4}", staff_id=f"S{number % 3}",
                  start_at=f"{on}T10:00:00", end_at=f"{on}T10:45:00")  # fmt: skip
    # Some stood on another claim before, as others wrote them then.
    for number in range(5, 10):
        put_encounter(ledger, f"E{number}", f"PB{number + 9}", "void", member_id=f"M{number % 3}", staff_id="S1",
                      start_at=f"2026-04-0{number}T10:00:00", end_at=f"2026-04-0{number}T10:45:00")  # fmt: skip
    ledger.engine.dispose()
    return folder


some = st.sampled_from([*DAYS, "2026-04-07"]).map(day)


@settings(max_examples=40)
@given(
    members=st.sets(st.sampled_from(["M0", "M1", "M2", "M3"])),
    members_from=some,
    whole=st.sets(st.sampled_from(["M0", "M1"])),
    ids=st.sets(st.sampled_from([f"E{number}" for number in range(1, 25)])),
    staff=st.sets(st.sampled_from(["S0", "S1", "S2"])),
    staff_from=some,
    firsts=st.booleans(),
)
@example(  # of two claims of M2, that with E8 is found by its id, that with E5 is not, and another with E5 is none
    members={"M2"},
    members_from=day("2026-04-01"),
    whole=set(),
    ids={"E8"},
    staff=set(),
    staff_from=day("2026-04-07"),
    firsts=False,
)
def test_a_part_is_what_of_the_whole_concerns_it(
    filled: Path,
    members: set[str],
    members_from: dt.date,
    whole: set[str],
    ids: set[str],
    staff: set[str],
    staff_from: dt.date,
    firsts: bool,
) -> None:
    with reading("sqlite:///ledger.db", filled) as connection:
        assert connection is not None
        every = load_history(connection)
        scope = HistoryScope(members, members_from, whole, ids, staff, staff_from, firsts)
        part = load_history(connection, scope)
        scopes = (scope, HistoryScope(member_ids=whole, members_from=staff_from, firsts=firsts))
        parts = load_parts(connection, scopes)
    first = {member: min((one for one in every if one.member_id == member), key=lambda one: one.start)
             for member in members}  # fmt: skip
    expected = tuple(
        one
        for one in every
        if (one.member_id in members and (one.start.date() >= members_from or (firsts and one == first[one.member_id])))
        or one.member_id in whole
        or one.encounter_id in ids
        or (one.staff_id in staff and one.start.date() >= staff_from)
    )
    assert part == expected
    assert scope.of(every) == expected
    assert parts == Reach.of(scopes).within(every)


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({}, lambda _, __: True),
        ({"members": ["M1"]}, lambda one, _: one.member_id == "M1"),
        ({"staff": ["S1"]}, lambda one, _: one.staff_id == "S1"),
        ({"members": ["M1"], "since": day(DAYS[12])},
         lambda one, first: one.member_id == "M1" and (one.start.date() >= day(DAYS[12]) or one == first)),
        ({"members": ["M1"], "staff": ["S2"], "since": day(DAYS[12])},
         lambda one, first: one == first
         or (one.start.date() >= day(DAYS[12]) and (one.member_id == "M1" or one.staff_id == "S2"))),
    ],
)  # fmt: skip
def test_history_is_read_by_members_staff_and_days(
    filled: Path, asked: Any, wanted: Callable[[BilledEncounter, BilledEncounter], bool]
) -> None:
    every = read_history("sqlite:///ledger.db", filled)
    first = min((one for one in every if one.member_id == "M1"), key=lambda one: one.start)

    part = read_history("sqlite:///ledger.db", filled, **asked)

    assert part == tuple(one for one in every if wanted(one, first))
    assert every


@pytest.mark.parametrize(
    "asked",
    [
        {"since": day("2026-03-02")},
        {"members": ["M1"], "scope": HistoryScope()},
        {"scope": HistoryScope(), "since": day("2026-03-02")},
    ],
)
def test_a_window_of_nobody_or_of_two_kinds_is_refused(filled: Path, asked: Any) -> None:
    with pytest.raises(ValueError, match=r"^expected members or staff, with since or without it, or a scope alone$"):
        read_history("sqlite:///ledger.db", filled, **asked)
