"""What a payer rejected goes again once its claim says something else, and is held while it would say the same."""

from collections.abc import Sequence
from itertools import count
from typing import Any

import attrs
import pytest
from worlds import World, bill, make_world

from peerbill.checks.audit import Audit
from peerbill.claims.build import build_claims
from peerbill.claims.next_payer import NotSent
from peerbill.claims.resending import FIX, leave_rejected, weigh_rejected
from peerbill.ledger.look.history import Rejection
from peerbill.model.claim import BilledEncounter, Claim
from peerbill.model.claim_state import Standing
from peerbill.model.content import Saying

REASON = "rejected by the payer (277CA) on 2026-03-04"
BOTH: dict[str, Any] = {
    "encounters": {
        "E2": {"like": "E1", "member_id": "M2", "plan_id": "P2", "start": "2026-03-02T11:00", "end": "2026-03-02T11:30"}
    }
}
GOES = f"its claim C1 was {REASON}; it goes out again as a new claim"
SAME = f"its claim C1 was {REASON}; it would say the same again"


def claims_of(world: World) -> list[Claim]:
    return list(build_claims(world.audit().billable, world.records, map(str, count(1))))


def digest(world: World, claim: Claim) -> str:
    settings = world.records.settings
    return Saying.of(settings.payers[claim.payer], settings).digest(claim)


def rejected(world: World, *, content: bool = True, standing: Standing = Standing.REJECTED) -> list[BilledEncounter]:
    """Return what the ledger holds once every claim of a world was rejected."""
    said = {id_: digest(world, one) for one in claims_of(world) for line in one.lines for id_ in line.encounter_ids}
    return [
        attrs.evolve(one, standing=standing, reason=REASON, content=said[one.encounter_id] if content else "")
        for one in bill(world)
    ]


def weighed(world: World, history: Sequence[BilledEncounter]) -> tuple[Audit, Audit]:
    before = attrs.evolve(world, history=tuple(history)).audit()
    return before, weigh_rejected(before, world.records, history)


def told(audit: Audit) -> list[tuple[str, str, str]]:
    return [(str(one.severity), one.encounter_ids[0], one.message) for one in audit.findings if one.code == "PB808"]


def statuses(audit: Audit) -> dict[str, str]:
    return {one.encounter_id: one.status for one in audit.encounters}


@pytest.mark.parametrize(
    ("changes", "findings", "held"),
    [
        ({}, [("error", "E1", SAME), ("error", "E2", SAME)], {"E1", "E2"}),
        ({"members": {"M2": {"birth_date": "1991-09-24"}}}, [("error", "E1", SAME)], {"E1"}),
        ({"members": {"M1": {"zip": "48913"}}}, [("error", "E2", SAME)], {"E2"}),
        ({"organization": {"npi": "1245319599"}}, [], set()),
    ],
)
def test_only_what_would_say_the_same_is_held(
    changes: dict[str, Any], findings: list[tuple[str, str, str]], held: set[str]
) -> None:
    history = rejected(make_world(BOTH))
    before, after = weighed(make_world({**BOTH, **changes}), history)

    assert told(before) == [("warning", "E1", GOES), ("warning", "E2", GOES)]
    assert told(after) == findings
    assert [one.fix for one in after.findings if one.code == "PB808"] == [FIX] * len(held)
    assert statuses(after) == {id_: "held" if id_ in held else "billable" for id_ in ("E1", "E2")}
    assert {one.encounter.encounter_id for one in after.billable} == {"E1", "E2"} - held
    assert sum(number for _, number in after.support_types) == 2 - len(held)


@pytest.mark.parametrize(("content", "standing"), [(False, Standing.REJECTED), (True, Standing.LIVE)])
def test_what_was_not_rejected_or_is_not_known_is_left_as_it_is(*, content: bool, standing: Standing) -> None:
    world = make_world(BOTH)
    before, after = weighed(world, rejected(world, content=content, standing=standing))

    assert after is before


def test_findings_of_other_encounters_and_codes_stay() -> None:
    changes: dict[str, Any] = {**BOTH, "members": {"M2": {"birth_date": "1991-09-24"}}, "as_of": make_world().as_of}
    history = rejected(make_world(BOTH))
    [_, second] = history
    unknown = [history[0], attrs.evolve(second, content="")]
    before, after = weighed(make_world(changes), unknown)

    assert told(after) == [("error", "E1", SAME), ("warning", "E2", GOES)]
    assert [one for one in after.findings if one.code != "PB808"] == [
        one for one in before.findings if one.code != "PB808"
    ]


@pytest.mark.parametrize(
    ("follows", "of", "content", "stays"),
    [
        ("C0", "C0", "same", True),
        ("C0", "C0", "another", False),
        ("C0", "C0", "", False),
        ("C0", "C5", "same", False),
        ("", "", "same", False),
    ],
)
def test_a_claim_to_a_later_payer_is_left_where_it_would_say_the_same(
    follows: str, of: str, content: str, *, stays: bool
) -> None:
    world = make_world(BOTH)
    first, second = (attrs.evolve(one, follows=follows) for one in claims_of(world))
    said = digest(world, first) if content == "same" else content
    rejections = {of: Rejection("C9", REASON, said, of)}

    kept, left = leave_rejected([first, second], rejections, world.records.settings)

    why = f"its claim C9 was {REASON}, and would say the same again"
    assert kept == ([second] if stays else [first, second])
    assert left == ([NotSent("C0", "plan", why, FIX)] if stays else [])
