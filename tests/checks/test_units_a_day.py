"""The limits on units a day that an encounter counts towards, and the windows that no case of a limit's fixture has."""

from typing import Any

import pytest
from worlds import make_world, told

from peerbill.checks.audit import audit_index, audit_of
from peerbill.checks.limits import units_a_day
from peerbill.coding.context import Context

SOURCE = 'source = "manual p. 8"\n'


def limit(**values: Any) -> str:
    """Return the row of the limit `most`."""
    given = "".join(f"{name} = {value!r}\n".replace("'", '"') for name, value in values.items())
    return f"[[peer.limit.most]]\n{given}{SOURCE}"


def context_of(changes: dict[str, Any]) -> Context:
    world = make_world(changes)
    index = audit_index(world.records, world.policies, world.as_of, ())
    return audit_of(index, world.policies)[1]["E1"]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("", ()),
        (limit(units=8, per="day", scope="member"), (("most", "member", 8),)),
        (limit(units=8, per="day", scope="member and peer"), (("most", "member and peer", 8),)),
        (limit(units=8, per="day", scope="peer"), (("most", "peer", 8),)),
        (limit(units=8, per="week", scope="member"), ()),
        (limit(units=8, per="day", of=["group"], scope="member"), ()),
        (limit(units=8, per="day", of=["individual"], scope="member"), (("most", "member", 8),)),
        (limit(minutes=89, per="day", scope="member"), (("most", "member", 5),)),
        (limit(minutes=90, per="day", scope="member"), (("most", "member", 6),)),
        (limit(hours=2, per="day", scope="peer"), (("most", "peer", 8),)),
        (limit(dollars="100", per="day", scope="member"), ()),
        (limit(encounters=2, per="day", scope="member"), ()),
        (
            limit(hours=2, per="day", scope="peer") + f'[[peer.unit]]\nper = "service"\n{SOURCE}',
            (),
        ),
    ],
)
def test_limits_on_units_a_day(policy: str, expected: tuple[tuple[str, str, int], ...]) -> None:
    assert units_a_day(context_of({"policy": policy})) == expected


@pytest.mark.parametrize("gone", ["rules", "coding", "units", "day"])
def test_what_is_not_known_counts_towards_no_limit(gone: str) -> None:
    context = context_of({"policy": limit(units=8, per="day", scope="member")})
    assert units_a_day(context)
    setattr(context, gone, None)

    assert units_a_day(context) == ()


YEAR = f'[[peer.calendar]]\nweek = "sunday"\nfiscal_year = "07-01"\n{SOURCE}'
EPISODES = {"first": {"member_id": "M1", "from": "2026-01-01", "to": "2026-03-01"},
            "second": {"member_id": "M1", "from": "2026-03-02"}}  # fmt: skip
BEFORE = {"E0": {"like": "E1", "on": "2026-03-01"}}
SAME_EPISODE = {"first": {"member_id": "M1", "from": "2026-01-01"}}


def of_window(window: str, units: int, **changes: Any) -> list[str]:
    """Return what PB701 says of E1, a contact of 3 units, after another of 3 units on the day before."""
    world = make_world({"policy": YEAR + limit(units=units, per=window, scope="member"), **changes})
    return [one for one in told(world.audit().findings) if "PB701" in one]


def beyond(found: int, units: int, window: str) -> list[str]:
    return [
        (
            f"warning E1 policy.limit: PB701 {found} units by 2026-03-02; the limit (most) is {units} per {window} "
            "(only what this workspace holds is counted)"
        )
    ]


AUTHORIZATIONS = {
    name: {"member_id": "M1", "payer": "plan", "hcpcs": "H0038", "units": "40", "from": first, "to": last}
    for name, first, last in (("A0", "2026-01-01", "2026-03-01"), ("A1", "2026-03-02", "2026-06-30"))
}


@pytest.mark.parametrize(
    ("window", "changes", "before_counts"),
    [
        ("episode in fiscal year", {"episodes": SAME_EPISODE}, True),
        ("episode in fiscal year", {"episodes": EPISODES}, False),
        ("episode", {}, True),
        ("encounter", {}, False),
        ("authorization", {"authorizations": {"A0": {**AUTHORIZATIONS["A0"], "to": "2026-06-30"}}}, True),
        ("authorization", {"authorizations": AUTHORIZATIONS}, False),
        ("lifetime", {}, True),
    ],
)
def test_what_was_billed_before_counts_in_its_own_window(
    window: str, changes: dict[str, Any], *, before_counts: bool
) -> None:
    found = 6 if before_counts else 3

    assert of_window(window, found, billed=BEFORE, **changes) == []
    assert of_window(window, found - 1, billed=BEFORE, **changes) == beyond(found, found - 1, window)
    assert of_window(window, found, encounters=BEFORE, **changes) == []
    named = [one.replace("E0,", "") for one in of_window(window, 5, encounters=BEFORE, **changes)]
    assert named == (beyond(6, 5, window) if before_counts else [])
