"""Times on days on which the clocks change, and what breaks, travel and the day of the audit leave."""

import datetime as dt
from typing import Any

import attrs
import pytest
from worlds import World, make_world, told

SPRING, AUTUMN = "2026-03-08", "2026-11-01"
SOURCE = 'source = "manual p. 3"\n'
BY_CONTACT, BY_DAY = (f'[[peer.unit]]\nper = "{per}"\n{SOURCE}' for per in ("service", "day"))
ADDED = f'[[peer.unit]]\naggregate = "day"\n{SOURCE}'
BY_ITSELF = f'[[peer.unit]]\nminutes = 240\nrounding = "up"\naggregate = "encounter"\n{SOURCE}'


def contact(start: str, end: str, policy: str = "", **more: Any) -> World:
    times = {"start": start, "end": end, "signed_at": f"{end[:10]}T23:10", "created_at": f"{end[:10]}T23:00"}
    as_of = dt.date.fromisoformat(end[:10]) + dt.timedelta(days=10)
    return make_world({"as_of": as_of, "policy": policy, "encounters": {"E1": {**times, **more}}})


def of_times(world: World, *codes: str) -> list[str]:
    return [one for one in told(world.audit().findings) if one.partition(": ")[2][:5] in {"PB101", "PB102", *codes}]


def skipped(field: str, time: str) -> str:
    return (
        f"error E1 encounters.{field}: PB101 the {field}, {SPRING} {time}, does not exist in America/Detroit: the "
        "clocks skip that hour"
    )


def lasted(minutes: str, code: str = "error E1 encounters.start: PB101") -> str:
    return f"{code} the clocks change during the contact or its hour occurs twice: it lasted {minutes} minutes"


WARNED = "warning E1 encounters.start: PB102"


@pytest.mark.parametrize(
    ("start", "end", "policy", "expected"),
    [
        (f"{SPRING}T01:00", f"{SPRING}T01:59", "", []),
        (f"{SPRING}T03:00", f"{SPRING}T03:47", "", []),
        (f"{SPRING}T02:00", f"{SPRING}T03:47", "", [skipped("start", "02:00")]),
        (f"{SPRING}T01:30", f"{SPRING}T02:59", "", [skipped("end", "02:59")]),
        (f"{SPRING}T02:10", f"{SPRING}T02:40", "", [skipped("end", "02:40"), skipped("start", "02:10")]),
        (f"{SPRING}T01:30", f"{SPRING}T03:15", "", [lasted("45 or 105")]),
        (f"{SPRING}T01:30", f"{SPRING}T03:15", ADDED, [lasted("45 or 105")]),
        (f"{SPRING}T01:30", f"{SPRING}T03:15", BY_CONTACT, [lasted("45 or 105", WARNED)]),
        (f"{SPRING}T01:30", f"{SPRING}T03:15", BY_DAY, [lasted("45 or 105", WARNED)]),
        (f"{SPRING}T01:30", f"{SPRING}T03:15", BY_ITSELF, [lasted("45 or 105", WARNED)]),
        (f"{SPRING}T01:30", f"{SPRING}T06:15", BY_ITSELF, [lasted("225 or 285")]),
        (f"{SPRING}T03:15", f"{SPRING}T01:30", "", [("error E1 encounters.end: PB101 the encounter does not end after "
                                                    "it starts")]),
        ("2026-03-07T23:30", f"{SPRING}T00:15", "", [("warning E1 encounters.end: PB102 the encounter crosses "
                                                     "midnight; it is billed on the day it began")]),
        (f"{AUTUMN}T00:10", f"{AUTUMN}T00:57", "", []),
        (f"{AUTUMN}T01:30", f"{AUTUMN}T01:45", "", [lasted("15 or 75")]),
        (f"{AUTUMN}T00:30", f"{AUTUMN}T02:15", "", [lasted("105 or 165")]),
        (f"{AUTUMN}T02:00", f"{AUTUMN}T02:47", "", []),
    ],
)  # fmt: skip
def test_a_day_on_which_the_clocks_change(start: str, end: str, policy: str, expected: list[str]) -> None:
    world = contact(start, end, policy)

    assert of_times(world) == expected
    held = [one for one in expected if one.startswith("error")]
    assert [row.status for row in world.audit().encounters] == ["held" if held else "billable"]


def with_offsets(world: World, start: int | None, end: int | None) -> World:
    [encounter] = world.records.encounters
    changed = attrs.evolve(encounter, start_offset=start, end_offset=end)
    return attrs.evolve(world, records=attrs.evolve(world.records, encounters=(changed,)))


def another(field: str, time: str) -> str:
    return f"error E1 encounters.{field}: PB101 the {field}, {time}, has another offset in America/Detroit"


@pytest.mark.parametrize(
    ("start", "end", "offsets", "minutes", "expected"),
    [
        (f"{SPRING}T01:30", f"{SPRING}T03:15", (-300, -240), 45, []),
        (f"{SPRING}T01:30", f"{SPRING}T03:15", (-240, -240), 105, [another("start", f"{SPRING} 01:30")]),
        (f"{SPRING}T01:30", f"{SPRING}T03:15", (-300, -300), 105, [another("end", f"{SPRING} 03:15")]),
        (f"{AUTUMN}T01:30", f"{AUTUMN}T01:10", (-240, -300), 40, []),
        (f"{AUTUMN}T01:30", f"{AUTUMN}T01:45", (-240, -240), 15, []),
        (f"{AUTUMN}T01:30", f"{AUTUMN}T01:45", (-240, -300), 75, []),
        (f"{AUTUMN}T01:30", f"{AUTUMN}T01:45", (-240, -360), 135, [another("end", f"{AUTUMN} 01:45")]),
    ],
)
def test_offsets_decide_how_long_a_contact_lasted(
    start: str, end: str, offsets: tuple[int, int], minutes: int, expected: list[str]
) -> None:
    world = with_offsets(contact(start, end), *offsets)

    assert [one for one in of_times(world) if "PB101" in one] == expected
    assert [row.minutes for row in world.audit().encounters] == [minutes]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"break_minutes": "46"}, []),
        ({"break_minutes": "47"}, [("error E1 encounters.break_minutes: PB105 breaks and travel (47 minutes) leave no "
                                   "time for the service")]),
        ({"break_minutes": "20", "travel_minutes": "26"}, []),
        ({"break_minutes": "20", "travel_minutes": "27"}, [("error E1 encounters.travel_minutes: PB105 breaks and "
                                                           "travel (47 minutes) leave no time for the service")]),
    ],
)  # fmt: skip
def test_breaks_and_travel_leave_a_minute(cells: dict[str, str], expected: list[str]) -> None:
    world = make_world({"encounters": {"E1": cells}})

    assert [one for one in told(world.audit().findings) if "PB105" in one] == expected


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (dt.date(2026, 3, 2), []),
        (dt.date(2026, 3, 1), [("error E1 encounters.start: PB106 the encounter is on 2026-03-02, after the as-of day "
                               "2026-03-01")]),
        (dt.date(2026, 4, 30), []),
        (dt.date(2026, 5, 1), ["warning E1 encounters.start: PB107 the last day to file is 2026-05-31, in 30 days"]),
        (dt.date(2026, 5, 29), ["warning E1 encounters.start: PB107 the last day to file is 2026-05-31, in 2 days"]),
        (dt.date(2026, 5, 30), ["warning E1 encounters.start: PB107 the last day to file is 2026-05-31, in 1 day"]),
        (dt.date(2026, 5, 31), ["warning E1 encounters.start: PB107 the last day to file is 2026-05-31, today"]),
        (dt.date(2026, 6, 1), ["error E1 encounters.start: PB107 the last day to file was 2026-05-31"]),
    ],
)  # fmt: skip
def test_the_as_of_day_is_between_the_service_and_the_last_day_to_file(as_of: dt.date, expected: list[str]) -> None:
    found = told(make_world({"as_of": as_of}).audit().findings)

    assert [one for one in found if "PB106" in one or "PB107" in one] == expected
