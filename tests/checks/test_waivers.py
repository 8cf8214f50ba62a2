"""Waivers: what they take off the list or release, and when they cover nothing."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest
from worlds import World, bill, make_world

from peerbill.checks import CHECKS
from peerbill.checks import patterns as patterns_room
from peerbill.checks.audit import Audit, audit
from peerbill.checks.auditor import Auditor
from peerbill.checks.patterns.scope import PatternScope
from peerbill.claims.resending import weigh_rejected
from peerbill.coding.history import history_scope
from peerbill.model.claim_state import Standing
from peerbill.model.errors import UnusableInputError
from peerbill.model.finding import Finding, Severity
from peerbill.model.waiver import (
    BACKGROUND,
    CHANGED,
    EXPIRED,
    GONE,
    NO_FINDING,
    OTHERWISE,
    RAISED,
    IdleWaiver,
    Waiver,
    content_of,
)
from peerbill.review.waiving import checked_until, waivers_of

NO_RELEASE = {"members": {"M1": {"release_on": ""}}}
LONG_DAY = {
    "encounters": {
        "E1": {"start": "2026-03-02T06:00", "end": "2026-03-02T12:00", "signed_at": "2026-03-03T09:00"},
        "E2": {
            "like": "E1",
            "member_id": "M2",
            "plan_id": "P2",
            "start": "2026-03-02T12:00",
            "end": "2026-03-02T18:30",
            "signed_at": "2026-03-03T09:00",
        },
    }
}
UNTIL = dt.date(2026, 9, 1)


def world_of(patch: Mapping[str, Any], **severity: Severity) -> World:
    world = make_world(patch)
    settings = attrs.evolve(world.records.settings, severity=severity)
    return attrs.evolve(world, records=attrs.evolve(world.records, settings=settings))


def run(world: World, *waivers: Waiver, as_of: dt.date | None = None) -> Audit:
    day = as_of or world.as_of
    return audit(world.records, world.policies, day, world.history, eligibility=world.eligibility, waivers=waivers)


def waiver(world: World, code: str, *ids: str, until: dt.date = UNTIL, **more: Any) -> Waiver:
    """Return the only waiver of what an audit finds in encounters."""
    found, refused = waivers_of(world.audit(), world.records, code, ids, where="", until=until, reason="seen")
    assert refused == []
    (one,) = found
    return attrs.evolve(one, waiver_id="W1", **more)


def refusals(world: World, code: str, *ids: str, where: str = "") -> list[tuple[str, str]]:
    found, refused = waivers_of(world.audit(), world.records, code, ids, where=where, until=UNTIL, reason="seen")
    assert found == []
    return refused


def status(result: Audit) -> dict[str, str]:
    return {one.encounter_id: one.status for one in result.encounters}


def idle(result: Audit) -> list[tuple[str, str]]:
    return [(one.waiver.waiver_id, one.why) for one in result.idle_waivers]


def codes(findings: tuple[Finding, ...]) -> list[str]:
    return [one.code for one in findings]


def test_a_waived_warning_is_listed_apart_and_nothing_else_changes() -> None:
    world = world_of(NO_RELEASE)
    before = run(world)
    one = waiver(world, "PB408", "E1")
    after = run(world, one)

    assert [(found.finding, found.waiver) for found in after.waived] == [(before.findings[0], one)]
    assert codes(before.findings) == ["PB408"]
    assert attrs.evolve(after, waived=(), findings=before.findings) == before
    assert after.findings == ()


def test_what_only_the_agency_made_an_error_is_released() -> None:
    world = world_of(NO_RELEASE, PB408=Severity.ERROR)
    held = run(world)
    released = run(world, waiver(world, "PB408", "E1"))

    assert [(one.severity, one.raised) for one in held.findings] == [(Severity.ERROR, True)]
    assert (status(held), status(released)) == ({"E1": "held"}, {"E1": "billable"})
    assert [one.encounter.encounter_id for one in released.billable] == ["E1"]
    assert released.findings == ()


def test_a_waived_warning_does_not_cover_the_error_that_the_agency_makes_of_it_later() -> None:
    given = waiver(world_of(NO_RELEASE), "PB408", "E1")
    result = run(world_of(NO_RELEASE, PB408=Severity.ERROR), given)

    assert status(result) == {"E1": "held"}
    assert idle(result) == [("W1", RAISED)]
    assert result.waived == ()


def test_a_waived_error_of_the_agency_covers_the_warning_that_it_is_later() -> None:
    given = waiver(world_of(NO_RELEASE, PB408=Severity.ERROR), "PB408", "E1")

    assert codes(tuple(one.finding for one in run(world_of(NO_RELEASE), given).waived)) == ["PB408"]


def test_an_error_of_a_source_is_never_waived() -> None:
    world = world_of({"credentials": {"first": {"expires_on": "2026-02-28"}}})
    (found,) = (one for one in world.audit().findings if one.code == "PB303")
    forged = attrs.evolve(
        waiver(world_of(NO_RELEASE), "PB408", "E1"),
        code="PB303",
        where=found.where,
        severity=Severity.ERROR,
        content=content_of(found),
    )
    result = run(world, forged)

    assert status(result) == {"E1": "held"}
    assert idle(result) == [("W1", RAISED)]
    ((id_, why),) = refusals(world, "PB303", "E1")
    assert id_ == "E1"
    assert why.startswith(f"PB303 {found.where} is an error, which no waiver lifts")
    assert found.fix in why
    assert why.endswith("enter its value with its source in policies/*.toml")


@pytest.mark.parametrize(("day", "covers"), [(UNTIL, True), (UNTIL + dt.timedelta(days=1), False)])
def test_a_waiver_holds_to_its_last_day(day: dt.date, covers: bool) -> None:
    world = world_of(NO_RELEASE)
    result = run(world, waiver(world, "PB408", "E1"), as_of=day)

    assert ("PB408" in codes(result.findings)) is not covers
    assert idle(result) == ([] if covers else [("W1", EXPIRED)])


def test_a_later_waiver_takes_the_place_of_one_that_expired() -> None:
    world = world_of(NO_RELEASE)
    old = waiver(world, "PB408", "E1", until=dt.date(2026, 3, 1))
    new = waiver(world, "PB408", "E1")
    result = run(world, old, attrs.evolve(new, waiver_id="W2"))

    assert [one.waiver.waiver_id for one in result.waived] == ["W2"]
    assert idle(result) == []


def test_a_waiver_that_was_ended_is_no_waiver() -> None:
    world = world_of(NO_RELEASE)
    result = run(world, waiver(world, "PB408", "E1", ended="2026-03-05 by R1: the release came"))

    assert (codes(result.findings), result.waived, idle(result)) == (["PB408"], (), [])


def test_a_changed_encounter_is_not_covered() -> None:
    given = waiver(world_of(NO_RELEASE), "PB408", "E1")
    changed = world_of({**NO_RELEASE, "encounters": {"E1": {"response": "Came back later."}}})
    result = run(changed, given)

    assert codes(result.findings) == ["PB408"]
    assert idle(result) == [("W1", CHANGED)]


def test_an_encounter_whose_row_cannot_be_read_counts_as_changed() -> None:
    world = world_of(NO_RELEASE)
    given = waiver(world, "PB408", "E1")
    aware = attrs.evolve(world.records.encounters[0], start=dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC))
    broken = attrs.evolve(world, records=attrs.evolve(world.records, encounters=(aware,)))

    assert idle(run(broken, given)) == [("W1", CHANGED)]


def test_an_encounter_that_is_gone_is_reported() -> None:
    given = waiver(world_of(NO_RELEASE), "PB408", "E1")

    assert idle(run(world_of({"encounters": {"E1": False}}), given)) == [("W1", GONE)]


def test_a_finding_that_is_gone_is_reported() -> None:
    given = waiver(world_of(NO_RELEASE), "PB408", "E1")

    assert run(world_of({}), given).idle_waivers == (IdleWaiver(given, NO_FINDING),)


def test_other_words_or_figures_are_another_finding() -> None:
    late = {"members": {"M1": {"release_on": "2026-03-03"}}}
    later = {"members": {"M1": {"release_on": "2026-03-04"}}}
    given = waiver(world_of(late), "PB408", "E1")

    assert [idle(run(world_of(patch), given)) for patch in (late, later, NO_RELEASE)] == [
        [],
        [("W1", OTHERWISE)],
        [("W1", OTHERWISE)],
    ]


NOTE = (
    "Walked with him to the pharmacy and wrote down together which of the neighbours could be asked for a ride on days"
    " on which the bus does not run"
)
OTHER = (
    "Listened to how the first meeting went, practised what to say to the landlord, and filled in the form for a share"
    " of the heating costs"
)


def copied(**more: str) -> World:
    """Return a world in which the note of E2 is that of E1, and more contacts with notes of their own."""
    notes = {"E1": NOTE, "E2": NOTE, **more}
    return world_of(
        {
            "encounters": {
                id_: ({} if id_ == "E1" else {"like": "E1", "on": f"2026-03-0{at + 2}"})
                | {"intervention": note, "response": "", "next_step": ""}
                for at, (id_, note) in enumerate(notes.items())
            }
        }
    )


def patterns(world: World, *waivers: Waiver) -> Audit:
    return audit(world.records, world.policies, UNTIL, waivers=waivers, patterns=PatternScope(notice=None))


def of_copies(result: Audit) -> tuple[list[str], list[str], list[tuple[str, str]]]:
    """Return in which encounters copies are open, in which they are waived, and idle waivers."""
    return (
        [id_ for found in result.findings if found.code == "PB208" for id_ in found.encounter_ids],
        [id_ for one in result.waived for id_ in one.finding.encounter_ids],
        idle(result),
    )


def test_a_pattern_stays_waived_while_only_the_number_of_all_contacts_changes() -> None:
    world = copied()
    given, _ = waivers_of(
        patterns(world), world.records, "PB208", ["E1", "E2"], where="", until=UNTIL, reason="the same walk each week"
    )
    waivers = [attrs.evolve(one, waiver_id=f"W{at}") for at, one in enumerate(given)]

    assert of_copies(patterns(world)) == (["E1", "E2"], [], [])
    assert of_copies(patterns(world, *waivers)) == ([], ["E1", "E2"], [])
    assert of_copies(patterns(copied(E3=OTHER), *waivers)) == ([], ["E1", "E2"], [])
    assert of_copies(patterns(copied(E3=NOTE), *waivers)) == (
        ["E1", "E2", "E3"],
        [],
        [("W0", OTHERWISE), ("W1", OTHERWISE)],
    )


def test_figures_of_the_background_are_in_the_sentences_of_their_checks() -> None:
    folder = Path(patterns_room.__file__).parent
    text = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))

    assert set(BACKGROUND) <= {check.code for check in CHECKS if check.scope == "pattern"}
    assert {name for names in BACKGROUND.values() for name in names if f"{{{name}}}" not in text} == set()


def test_what_was_billed_is_done_with() -> None:
    world = world_of(NO_RELEASE)
    given = waiver(world, "PB408", "E1")
    result = run(attrs.evolve(world, history=bill(world)), given)

    assert (status(result), result.waived, idle(result)) == ({"E1": "billed"}, (), [])


def test_a_finding_about_several_encounters_is_waived_for_all_of_them_or_not() -> None:
    world = world_of(LONG_DAY, PB803=Severity.ERROR)
    ((id_, why),) = refusals(world, "PB803", "E1")

    assert (id_, why) == (
        "E1",
        "PB803 encounters.start is about E1, E2 together: name E2 too, so that all of it is waived",
    )
    assert status(run(world)) == {"E1": "held", "E2": "held"}
    assert status(run(world, waiver(world, "PB803", "E1", "E2"))) == {"E1": "billable", "E2": "billable"}


def test_a_line_that_is_looked_at_twice_is_waived_once() -> None:
    world = world_of({"encounters": {"E1": {"billed_units": ""}}, **NO_RELEASE})
    one = waiver(world, "PB408", "E1")

    assert len(run(world, one).waived) == 1


def test_why_nothing_is_waived() -> None:
    world = world_of(NO_RELEASE)
    given = waiver(world, "PB408", "E1")
    _, again = waivers_of(run(world, given), world.records, "PB408", ("E1",), where="", until=UNTIL, reason="seen")
    billed = attrs.evolve(world, history=bill(world))

    assert refusals(world, "PB408", "E9") == [("E9", "no encounter has this id")]
    assert refusals(world, "PB204", "E1") == [("E1", "the audit of 2026-03-31 does not find PB204 in it")]
    assert refusals(world, "PB408", "E1", where="members.sex") == [
        ("E1", "the audit finds PB408 in members.release_on, not in members.sex")
    ]
    assert refusals(billed, "PB408", "E1") == [
        ("E1", "it is billed and unchanged: the audit does not look for PB408 any more")
    ]
    end = "end it first with peerbill review end-waiver DIR W1"
    assert again == [("E1", f"PB408 is waived until 2026-09-01 by W1: to change that, {end}")]


@pytest.mark.parametrize("severity", [{}, {"PB408": Severity.ERROR}])
def test_one_encounter_by_itself_is_judged_alike(severity: dict[str, Severity]) -> None:
    world = world_of(NO_RELEASE, **severity)
    given = waiver(world, "PB408", "E1")
    auditor = Auditor(world.records, world.policies, world.as_of, waivers=(given,))
    alone = auditor.encounter(world.records.encounters[0])
    changed = auditor.encounter(attrs.evolve(world.records.encounters[0], response="Came back later."))
    together = run(world, given)

    assert (alone.status, alone.findings, alone.waived) == ("billable", together.findings, together.waived)
    assert (codes(changed.findings), changed.waived) == (["PB408"], ())


def test_no_waiver_covers_a_claim_that_would_be_rejected_again() -> None:
    world = world_of({})
    rejected = tuple(
        attrs.evolve(one, standing=Standing.REJECTED, reason="rejected by the payer (277CA) on 2026-03-04")
        for one in bill(world)
    )
    unknown = attrs.evolve(world, history=rejected)
    given = waiver(unknown, "PB808", "E1")
    result = run(unknown, given)
    history = history_scope(world.records, world.policies).of(rejected)
    digest = _digest(world)
    same = tuple(attrs.evolve(one, content=digest) for one in history)
    weighed = weigh_rejected(result, world.records, same)

    assert (status(result), codes(tuple(one.finding for one in result.waived))) == ({"E1": "billable"}, ["PB808"])
    assert (status(weighed), codes(weighed.findings), weighed.waived) == ({"E1": "held"}, ["PB808"], ())
    assert idle(weighed) == [("W1", RAISED)]


def _digest(world: World) -> str:
    from peerbill.claims.build import build_claims  # noqa: PLC0415
    from peerbill.claims.resending import _Digests  # noqa: PLC0415

    (claim,) = build_claims(world.audit().billable, world.records, iter(["C2"]), ())
    return _Digests(world.records.settings).of(claim)


DAY = dt.date(2026, 3, 5)


@pytest.mark.parametrize(
    ("until", "fine"),
    [
        (DAY - dt.timedelta(days=1), False),
        (DAY, True),
        (dt.date(2027, 3, 5), True),
        (dt.date(2027, 3, 6), False),
    ],
)
def test_a_waiver_is_for_a_year_at_most(until: dt.date, fine: bool) -> None:
    if fine:
        assert checked_until(until, DAY) == until
    else:
        with pytest.raises(UnusableInputError, match=r"^A waiver ends on 2026-03-05 at the earliest and on 2027-03-05"):
            checked_until(until, DAY)
