"""What was billed and cannot matter is left out, and nothing that can."""

import datetime as dt
from typing import Any

import attrs
import pytest
from defects import EXAMPLES, meta
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import as_billed, make_world

from peerbill.checks.audit import audit
from peerbill.checks.auditor import Auditor
from peerbill.coding.history import history_scope, latest_that_matters
from peerbill.intake.workspace import programme_ids, read_agency_policies, read_workspace
from peerbill.model.claim import BilledEncounter
from peerbill.model.history import HistoryScope
from peerbill.policy import load_policies

FOUR_YEARS = dt.timedelta(days=4 * 364)


def moved(row: BilledEncounter, number: int, back: dt.timedelta, **changes: Any) -> BilledEncounter:
    """Return what was billed some time earlier under another id."""
    return attrs.evolve(
        row,
        encounter_id=f"{row.encounter_id}-{number}",
        claim_id=f"{row.claim_id}-{number}",
        start=row.start - back,
        end=row.end - back,
        **changes,
    )


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_audit_finds_the_same_in_what_matters_as_in_everything(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    records = read_workspace(EXAMPLES[name])
    policies = load_policies(programme_ids(records.settings), read_agency_policies(EXAMPLES[name]))
    as_of = dt.date.fromisoformat(str(meta(name)["as_of"]))
    sent = [as_billed(one) for one in audit(records, policies, as_of).billable]
    week = dt.timedelta(days=7)
    history = [
        *sent[::3],
        *(moved(row, number, number * week) for row in sent for number in (1, 2, 9)),
        *(moved(row, 77, FOUR_YEARS) for row in sent),
        *(moved(row, 78, week, member_id="SOMEBODY") for row in sent),
        *(moved(row, 79, FOUR_YEARS, staff_id="SOMEBODY", standing="rejected") for row in sent),
    ]

    part = audit(records, policies, as_of, history)
    monkeypatch.setattr(HistoryScope, "of", lambda _, rows: tuple(rows))
    whole = audit(records, policies, as_of, history)

    assert part == whole
    assert part.count("billed") == len(sent[::3])


def test_what_lies_before_every_window_is_left_out() -> None:
    world = make_world()
    [sent] = map(as_billed, world.audit().billable)
    scope = history_scope(world.records, world.policies)
    day = dt.timedelta(days=1)
    same, before, old = sent, moved(sent, 1, day), moved(sent, 2, 2 * day)

    assert scope.of([same, before, old]) == (same, before)


@pytest.mark.parametrize("rule", ["service_hours = 20", "members_per_peer = 12"])
def test_sixty_days_of_a_peer_are_kept_where_a_ratio_looks_back(rule: str) -> None:
    world = make_world({"policy": f'[[peer.supervision]]\n{rule}\nsource = "manual p. 8"\n'})
    [sent] = map(as_billed, world.audit().billable)
    kept, old = (moved(sent, days, days * dt.timedelta(days=1), member_id="M2") for days in (60, 61))

    assert history_scope(world.records, world.policies).of([sent, kept, old]) == (sent, kept)
    assert history_scope(world.records, make_world().policies).of([sent, kept, old]) == (sent,)


def test_the_first_service_of_a_member_is_kept_where_a_plan_counts_from_it() -> None:
    world = make_world(
        {"policy": '[[peer.plan.x]]\ncomplete_within = "30 days after first service"\nsource = "manual p. 9"\n'}
    )
    [sent] = map(as_billed, world.audit().billable)
    years = [moved(sent, number, number * FOUR_YEARS) for number in (1, 2)]

    assert history_scope(world.records, world.policies).of([sent, *years]) == (sent, years[1])


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["live", "void", "rejected"]))))
def test_a_form_finds_the_same_however_much_was_billed(others: list[tuple[int, str]]) -> None:
    world = make_world()
    [sent] = map(as_billed, world.audit().billable)
    encounter = attrs.evolve(world.records.encounters[0], encounter_id="E2")
    history = [
        moved(sent, number, days * dt.timedelta(days=1), standing=standing, member_id=f"M{days % 3}")
        for number, (days, standing) in enumerate(others)
    ]
    of_member = [row for row in history if row.member_id == encounter.member_id]

    whole = Auditor(world.records, world.policies, world.as_of, history).encounter(encounter)
    part = Auditor(world.records, world.policies, world.as_of, of_member).encounter(encounter)

    assert whole == part


@pytest.mark.parametrize(
    ("rule", "day"),
    [
        ("", "2026-08-31"),
        ('[[peer.supervision]]\nevery = "month"', "2026-08-31"),
        ('[[peer.supervision]]\nevery = "calendar year"', "2026-12-31"),
        ('[[peer.supervision]]\nevery = "fiscal year"', "2028-01-01"),
        ('[[peer.supervision]]\nevery = "plan"', "9999-12-31"),
        ('[[peer.limit.x]]\nunits = 9\nper = "calendar year"\nthen = "deny"', "2026-12-31"),
        ('[[peer.limit.x]]\nunits = 9\nper = "12 rolling months"\nthen = "deny"', "2027-03-01"),
        ('[[peer.limit.x]]\nunits = 9\nper = "lifetime"\nthen = "deny"', "9999-12-31"),
        ('[[peer.plan.x]]\ncomplete_within = "182 days after first service"', "2026-08-31"),
        ('[[peer.plan.x]]\ncomplete_within = "183 days after first service"', "2026-09-01"),
        ('[[peer.plan.x]]\nsigned_within = "1 year after plan"', "2027-03-02"),
        ('[[peer.plan.x]]\ncomplete_within = "3 sessions after first service"', "9999-12-31"),
        ('[[peer.credential.CPS]]\nin_process_within = "16 months after hire"', "2027-07-02"),
        ('[[peer.filing]]\nwithin = "24 months after service"', "2026-08-31"),
    ],
)
def test_a_row_that_begins_later_matters_as_long_as_the_longest_window_or_deadline(rule: str, day: str) -> None:
    world = make_world({"policy": f'{rule}\nsource = "manual p. 8"\n'} if rule else {})

    assert str(latest_that_matters(world.policies, dt.date(2026, 3, 2))) == day
