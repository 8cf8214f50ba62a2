"""From which day a plan may still be completed: the events that the workspace knows."""

from typing import Any

import pytest
from worlds import make_world, told

LATE = "error E1 plans.effective_on: PB501 no plan in force on 2026-03-02 covers the service"


def findings(within: str, **tables: Any) -> list[str]:
    """Return what is found of E1 on 2026-03-02 without a plan, where one may come some days after an event."""
    policy = f'[[peer.plan.care]]\ncomplete_within = "{within}"\nsource = "manual p. 15"\n'
    encounters = {"E1": {"plan_id": "", "goal": ""}, **tables.pop("encounters", {})}
    world = make_world({"policy": policy, "plans": {"P1": False}, "encounters": encounters, **tables})
    return [one for one in told(world.audit().findings) if "E1" in one]


BEFORE = {"E0": {"like": "E1", "plan_id": "", "goal": "", "on": "2026-02-20", "created_at": ""}}


@pytest.mark.parametrize(
    ("episodes", "late"),
    [
        ({"a": {"member_id": "M1", "from": "2026-02-25"}}, False),
        ({"a": {"member_id": "M1", "from": "2026-02-24"}}, True),
        ({"a": {"member_id": "M1", "from": "2026-01-01"}, "b": {"member_id": "M1", "from": "2026-02-25"}}, False),
        ({"a": {"member_id": "M2", "from": "2026-02-25"}}, True),
        ({"a": {"member_id": "M1", "from": "2026-02-25", "to": "2026-03-01"}}, True),
        ({}, True),
    ],
)
def test_enrollment_is_the_first_day_of_the_last_episode_else_the_first_service(
    episodes: dict[str, Any], late: bool
) -> None:
    """Five days after it; the first service was ten days before."""
    assert findings("5 days after enrollment", encounters=BEFORE, episodes=episodes) == ([LATE] if late else [])


def test_without_an_episode_the_first_service_is_the_enrollment() -> None:
    assert findings("5 days after enrollment") == []
    assert findings("10 days after enrollment", encounters=BEFORE) == []
    assert findings("9 days after enrollment", encounters=BEFORE) == [LATE]


@pytest.mark.parametrize("event", ["assessment", "recommendation"])
@pytest.mark.parametrize(
    ("row", "late"),
    [
        ({"date": "2026-02-25"}, False),
        ({"date": "2026-02-24"}, True),
        ({"date": "2026-03-03"}, True),
        ({"date": "2026-02-25", "kind": "order"}, True),
        ({"date": "2026-02-25", "member_id": "M2"}, True),
    ],
)
def test_a_plan_may_come_some_days_after_the_last_assessment(event: str, row: dict[str, str], late: bool) -> None:
    """One of a later day, of another kind or of another member is none; without one, nothing may come later."""
    own = {"member_id": "M1", "kind": f"clinical {event}", "by": "S2"}

    assert findings(f"5 days after {event}", assessments={"a": own | row}) == ([LATE] if late else [])


def test_an_event_that_the_workspace_does_not_hold_starts_no_clock() -> None:
    assert findings("5 days after assessment") == [LATE]
    assert findings("5 days after hire") == [LATE]
