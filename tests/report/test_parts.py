"""The sections that look at days, decisions and the workspace, on figures worked out by hand."""

import datetime as dt
import doctest
import importlib
import shutil
from decimal import Decimal
from pathlib import Path

import attrs
import pytest
from defects import DEFECTS, EXAMPLES, apply, meta
from hypothesis import given
from hypothesis import strategies as st
from worlds import make_world

from peerbill.checks.audit import audit_index, audit_of
from peerbill.intake.workspace import programme_ids, read_agency_policies, read_workspace
from peerbill.ledger.look.figures import (
    ClaimFigures,
    DeniedDay,
    Figures,
    FirstAnswer,
    RefusedRemittance,
    RemittanceFigures,
    SentEncounters,
    StaffFigures,
)
from peerbill.ledger.look.worklist import Opened
from peerbill.model.encounter import Encounter
from peerbill.policy import load_policies
from peerbill.report.decisions import denial_rows, first_pass_rows, rejection_rows
from peerbill.report.delays import delays, percentile
from peerbill.report.deposits import deposits
from peerbill.report.make import make_report
from peerbill.report.scope import Scope
from peerbill.report.values import DelayRow, DenialRow, FirstPassRow, RejectionRow, StaffRow
from peerbill.todo.item import total
from peerbill.todo.work_list import work_list

AS_OF = dt.date(2026, 6, 30)
ALL = Scope(AS_OF)


@pytest.mark.parametrize("name", ["balances", "delays", "formats", "plots", "scope", "workspace"])
def test_doctests(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"peerbill.report.{name}"))

    assert (result.failed, result.attempted > 0) == (0, True)


def claim(claim_id: str, **changes: object) -> ClaimFigures:
    """Return a claim of 48.00 that was sent on 2026-04-01 and not answered."""
    given_ = {
        "claim_id": claim_id,
        "payer": "north",
        "state": "written",
        "frequency": "1",
        "first_day": "2026-03-02",
        "sent_on": "2026-04-01",
        "charge": 4800,
        "paid": 0,
        "replaces": "",
        "follows": "",
        "standing": True,
        "again": False,
        "payments": 0,
        "first_paid_on": "",
        **changes,
    }
    return ClaimFigures(**given_)  # type: ignore[arg-type]  # its fields, by name


# Days


def test_each_step_has_its_days() -> None:
    encounters = {
        "E1": Encounter("E1", start=dt.datetime(2026, 3, 2, 10), signed_at=dt.datetime(2026, 3, 4, 9)),
        "E2": Encounter("E2", start=dt.datetime(2026, 3, 3, 10), created_at=dt.datetime(2026, 3, 3, 12)),
        "E3": Encounter("E3", start=dt.datetime(2026, 4, 1, 10)),
    }
    figures = Figures(
        claims=(claim("C1", first_paid_on="2026-04-21"), claim("C2", payer="south", first_day="2026-04-01")),
        sent=(
            SentEncounters("north", "2026-03-02", "2026-04-01", encounter_id="E1"),
            SentEncounters("north", "2026-03-03", "2026-04-01", encounter_id="E2"),
            SentEncounters("south", "2026-04-01", "2026-04-08", encounter_id="E3"),
            SentEncounters("south", "2026-04-02", "2026-04-08", encounter_id="GONE"),
        ),
    )

    assert [row for row in delays(figures, encounters, ALL) if row.of == "month"] == [
        DelayRow("month", "2026-03", "service to note", 2, 0, 2),
        DelayRow("month", "2026-03", "note to bill", 2, 28, 29),
        DelayRow("month", "2026-03", "service to bill", 2, 29, 30),
        DelayRow("month", "2026-03", "bill to payment", 1, 20, 20),
        DelayRow("month", "2026-04", "service to bill", 2, 6, 7),
    ]
    assert [row.cases for row in delays(figures, encounters, ALL) if row.of == "all"] == [2, 2, 4, 1]
    south = delays(figures, encounters, attrs.evolve(ALL, payers=("south",)))
    assert {(row.of, row.key) for row in south} == {("month", "2026-04"), ("payer", "south"), ("all", "")}


@given(st.dictionaries(st.integers(-3, 90), st.integers(1, 9), min_size=1), st.sampled_from([50, 90]))
def test_a_percentile_is_the_least_number_of_days_that_is_enough(counts: dict[int, int], share: int) -> None:
    every = sorted(days for days, count in counts.items() for _ in range(count))
    found = percentile(counts, share)

    assert 100 * sum(days <= found for days in every) >= share * len(every)
    assert 100 * sum(days < found for days in every) < share * len(every)


# Decisions


def test_denials_are_what_was_refused_by_month_and_reason() -> None:
    figures = Figures(
        denied=(
            DeniedDay("2026-04-20", "north", "CO", "16", unpaid=True, claims=2, amount=9600),
            DeniedDay("2026-04-27", "north", "CO", "16", unpaid=True, claims=1, amount=4800),
            DeniedDay("2026-04-20", "north", "CO", "45", unpaid=False, claims=9, amount=1000),
            DeniedDay("2026-05-04", "north", "PR", "96", unpaid=True, claims=1, amount=4800),
            DeniedDay("2026-05-04", "north", "PR", "96", unpaid=False, claims=1, amount=100),
            DeniedDay("2026-05-04", "south", "CO", "9999", unpaid=True, claims=1, amount=100),
        )
    )

    assert [attrs.astuple(row)[:4] + attrs.astuple(row)[5:] for row in denial_rows(figures, ALL)] == [
        ("2026-04", "north", "CO", "16", 3, Decimal("144.00")),
        ("2026-05", "north", "PR", "96", 1, Decimal("48.00")),
        ("2026-05", "south", "CO", "9999", 1, Decimal("1.00")),
    ]
    assert denial_rows(figures, ALL)[-1].meaning == "a reason not known here"
    assert denial_rows(figures, Scope(AS_OF, from_=dt.date(2026, 4, 21), to=dt.date(2026, 4, 30))) == (
        DenialRow(
            "2026-04", "north", "CO", "16", denial_rows(figures, ALL)[0].meaning, claims=1, amount=Decimal("48.00")
        ),
    )


def test_the_first_pass_is_what_was_paid_at_the_first_answer() -> None:
    states = {"C1": "paid", "C2": "denied", "C3": "partly-paid", "C4": "rejected-payer", "C6": "paid", "C7": "paid"}
    figures = Figures(
        claims=(
            *(claim(id_) for id_ in ("C1", "C2", "C3", "C4", "C5")),
            claim("C6", again=True),
            claim("C7", frequency="7"),
            claim("C8", state="withdrawn"),
            claim("D1", payer="south", sent_on="2026-05-01"),
        ),
        answers=tuple(FirstAnswer(id_, "2026-04-20T08:00", state, "A7") for id_, state in states.items()),
    )

    assert first_pass_rows(figures, ALL) == (
        FirstPassRow("2026-04", "north", sent=5, rejected=1, denied=2, paid=1, waiting=1, rate=Decimal("25.0")),
        FirstPassRow("2026-05", "south", sent=1, rejected=0, denied=0, paid=0, waiting=1, rate=None),
    )
    assert rejection_rows(figures, ALL) == (RejectionRow("2026-04", "north", "rejected-payer", "A7", 1),)


# Remittances

REMITTANCE = RemittanceFigures(
    number=1,
    paid_on="2026-04-20",
    trace="EFT1",
    method="ACH",
    handling="I",
    payer_id="N1",
    payer_name="NORTH",
    misdirected=False,
    amount=9100,
    difference=0,
    payments=2,
    claims=9600,
    tests=0,
    test_payments=0,
    apart=0,
    unmatched=0,
    unmatched_payments=0,
    beside=500,
    codes=(("WO", 500),),
    payers=("north",),
)


@pytest.mark.parametrize(
    ("changes", "bank"),
    [
        ({}, ["91.00"]),
        ({"method": "NON"}, ["0.00"]),
        ({"handling": "H"}, ["0.00"]),
        ({"misdirected": True}, ["0.00"]),
        ({"method": "entered by hand"}, ["91.00"]),
        # Of tests alone: it is no deposit.
        ({"payments": 0, "claims": 0, "beside": 0, "tests": 9100, "test_payments": 2, "codes": ()}, []),
        ({"tests": 4800, "test_payments": 1, "claims": 4800, "payments": 1}, ["91.00"]),
    ],
)
def test_what_the_bank_should_show(changes: dict[str, object], bank: list[str]) -> None:
    found = deposits(Figures(remittances=(REMITTANCE._replace(**changes),)), ALL)  # type: ignore[arg-type]

    assert [f"{row.bank}" for row in found] == bank
    for row in found:
        assert row.amount == row.claims + row.tests + row.apart + row.unmatched - row.plb + row.difference


def test_remittances_that_were_refused_are_listed_and_may_be_in_the_bank() -> None:
    figures = Figures(
        remittances=(REMITTANCE,),
        refused=(RefusedRemittance(3, "2026-04-21T08:00", "2026-04-10", "EFT0", "N1", "NORTH", 5000),),
    )
    scope = attrs.evolve(ALL, names={"N1": "north"})
    first, second = deposits(figures, scope)

    assert (first.item, first.payer, first.posted, f"{first.bank}") == ("R3", "north", False, "50.00")
    assert (second.trace, second.payer, second.plb_codes) == ("EFT1", "north", (("WO", Decimal("5.00")),))
    assert deposits(figures, attrs.evolve(scope, payers=("south",))) == ()


# The workspace


def test_the_workspace_by_peer_and_what_is_not_billed() -> None:
    world = make_world(
        {
            "encounters": {
                "E2": {"like": "E1", "start": "2026-03-02T13:00", "end": "2026-03-02T13:05"},
                "E3": {"like": "E1", "on": "2026-03-03", "staff_id": "S404"},
            }
        }
    )
    index = audit_index(world.records, world.policies, world.as_of)
    audit, contexts = audit_of(index, world.policies)
    figures = Figures(staff=(StaffFigures("S9", "medicaid", "2026-03-01", 1, 45, 3, 4800),))
    report = make_report(world.records, audit, contexts, figures, Scope(world.as_of))

    by_id = {row.staff_id: row for row in report.staff}
    assert report.encounters == 3
    assert sum(row.encounters for row in report.unbilled) == 3
    assert {(row.cause, row.code) for row in report.unbilled} == {("ready", ""), ("held", "PB104"), ("held", "PB202")}
    assert by_id["S1"].contacts == 2
    assert (by_id["S1"].held, by_id["S1"].held_share) == (1, Decimal("50.0"))
    assert by_id["S9"] == StaffRow("S9", 0, 0, 0, 0, 0, (), 0, Decimal("0.0"), Decimal("48.00"))


EVERY = 30
"""One planted defect of so many is looked at: all of them take half a minute."""


@pytest.mark.parametrize(
    "name", sorted(name for name, (_, one) in DEFECTS.items() if not {"billed", "rejected"} & {*one})[::EVERY]
)
def test_what_is_not_billed_comes_to_what_todo_says(name: str, tmp_path: Path) -> None:
    example, defect = DEFECTS[name]
    folder = tmp_path / "workspace"
    shutil.copytree(EXAMPLES[example], folder)
    for edit in defect["edits"]:
        apply(folder, edit)
    day = defect.get("as_of", meta(example)["as_of"])
    records = read_workspace(folder)
    policies = load_policies(programme_ids(records.settings), read_agency_policies(folder))
    audit, contexts = audit_of(audit_index(records, policies, day), policies)
    rows = make_report(records, audit, contexts, None, Scope(day)).unbilled
    items = work_list(records, policies, day, Opened()).items

    assert sum(row.encounters for row in rows) == len(audit.encounters)
    assert sum(row.amount for row in rows) == total(one for one in items if one.kind in {"held", "ready", "filing"})


def test_a_group_is_a_session_and_its_members_are_contacts() -> None:
    group = {"service": "group", "group_id": "G1", "group_size": "2"}
    world = make_world(
        {
            "members": {"M2": {"like": "M1"}},
            "encounters": {"E1": group, "E2": {"like": "E1", "member_id": "M2"}},
        }
    )
    index = audit_index(world.records, world.policies, world.as_of)
    audit, contexts = audit_of(index, world.policies)
    (row,) = make_report(world.records, audit, contexts, None, Scope(world.as_of)).staff

    assert (row.contacts, row.sessions, row.groups, row.minutes) == (2, 1, 1, 47)


def test_months_without_a_claim_are_there() -> None:
    world = make_world({})
    index = audit_index(world.records, world.policies, world.as_of)
    audit, contexts = audit_of(index, world.policies)
    figures = Figures(claims=(claim("C1", first_day="2025-11-03"), claim("C2", first_day="2026-02-27")))
    report = make_report(world.records, audit, contexts, figures, Scope(world.as_of))

    assert report.months == ("2025-11", "2025-12", "2026-01", "2026-02")
    assert [row.month for row in report.balances if row.month and not row.payer] == ["2025-11", "2026-02"]
