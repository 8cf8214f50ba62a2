"""With proofs and without, an audit in parts is the audit of the whole, in worlds with many kinds of defects."""

import datetime as dt
import random
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from in_parts import assert_same, in_parts
from thorough import EVERYTHING
from worlds import ON_THE_837I, World, make_world

from peerbill.checks import CHECKS, quiet
from peerbill.checks.audit import audit
from peerbill.checks.overlaps import LOOK_MINUTES
from peerbill.model.encounter import Encounter
from peerbill.model.people import (
    Assessment,
    Authorization,
    Coverage,
    EarlierPayment,
    Episode,
    Exclusion,
    OtherService,
    Place,
    Relationship,
    Stay,
)
from peerbill.model.records import Hold, Records
from peerbill.scale import passes, store
from peerbill.scale.member_proofs import OF_MEMBERS, MemberProofs, Proof

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST = dt.date(2026, 2, 16)
DAYS = 28
"""With the day in March on which the clocks change."""
ONE = dt.timedelta(days=1)
DAY = 24 * 60
"""Minutes."""
HOLD = Hold("PB308", "exclusions.to", "cannot be read", "Correct it.")
SOURCE = 'source = "manual p. 12"\n'
LIMIT = '[[peer.limit.most]]\nunits = {units}\nper = "{per}"\nscope = "{scope}"\nthen = "deny"\n' + SOURCE
POLICIES = {
    "plain": "",
    "day": LIMIT.format(units=3, per="day", scope="member"),
    "week": LIMIT.format(units=30, per="week", scope="member"),
    "rolling": LIMIT.format(units=90, per="30 rolling days", scope="member and peer"),
    "hours": LIMIT.format(units=4, per="day", scope="member").replace("units", "hours"),
    "peer": LIMIT.format(units=11, per="day", scope="peer"),
    "excludes": '[[peer.exclusion]]\nsame_day = ["*"]\nsame_time = ["H0038"]\nactivity = ["transport"]\n' + SOURCE,
    "sums": '[[peer.unit]]\naggregate = "day"\nfrom = 2026-02-27\n' + SOURCE,
    "age": '[[peer.population]]\nage = "18-37"\n' + SOURCE,
    "young": '[[peer.unit]]\nminutes = 30\nwhen = { age = "0-37" }\n' + SOURCE,
    "signed": '[[peer.signature.author]]\nwithin = "2 business days after service"\n' + SOURCE,
    "documented": '[[peer.documentation]]\nrequire = ["goal", "response", "voluntary"]\n' + SOURCE,
    "grace": "[[peer.credential.CPS]]\ngrace_days = 5\n" + SOURCE,
    "reviewed": '[[peer.plan.recovery]]\nreview_every = "60 days"\n' + SOURCE,
}
ODD: tuple[dict[str, Any], ...] = (
    {"end": None},
    {"start": None},
    {"minutes": -10},
    {"minutes": 7},
    {"minutes": 120},
    {"minutes": LOOK_MINUTES + 1},
    {"later": 40},
    {"later": 14 * 60},
    {"staff_id": "S2"},
    {"staff_id": "SX"},
    {"member_id": "M2"},
    {"member_id": "MX"},
    {"member_id": ""},
    {"service": "group"},
    {"service": "group", "group_id": "G", "group_size": 2},
    {"service": "family"},
    {"place": "99"},
    {"place": "21"},
    {"place": "57"},
    {"place": "57", "facility": "P9"},
    {"channel": "audio"},
    {"channel": ""},
    {"diagnoses": ()},
    {"diagnoses": ("F32.9",)},
    {"diagnoses": tuple(f"F1{kind}.20" for kind in range(10))},
    {"payer": "other"},
    {"payer": "plan"},
    {"programme": "peer"},
    {"programme": "other"},
    {"facilitators": ("S2",)},
    {"facilitators": ("SX",)},
    {"support_type": ""},
    {"activity": "transport"},
    {"plan_id": ""},
    {"plan_id": "PX"},
    {"goal": "swim"},
    {"response": ""},
    {"signed_by": ()},
    {"signed_by": ("S2",)},
    {"signed_by": ("S2", "S1", "S3")},
    {"signed": -1},
    {"signed": 24 * 60 * 5},
    {"signed": 24 * 60 * 90},
    {"signed_at": None},
    {"voluntary": None},
    {"voluntary": False},
    {"billed_units": 3},
    {"billed_units": 9},
    {"break_minutes": 15},
    {"travel_minutes": 600},
    {"created_at": dt.datetime(2026, 1, 1)},
    {"edited_at": dt.datetime(2026, 12, 1)},
    {"cosigned_at": dt.datetime(2026, 12, 1)},
    {"start_offset": -300, "end_offset": -300},
    {"delay_reason": "7"},
    {"attachment_control": "A 1"},
    {"site": "nowhere"},
)
"""What is unusual in a row."""


def row_of(
    base: Encounter, number: int, day: dt.date, hour: dt.timedelta, member: int, peer: int, cells: dict[str, Any]
) -> Encounter:
    """Return a contact of a peer with a member, with these cells; `later`, `minutes` and `signed` say its times."""
    cells = dict(cells)
    start = dt.datetime.combine(day, dt.time()) + hour + dt.timedelta(minutes=cells.pop("later", 0))
    end = start + dt.timedelta(minutes=cells.pop("minutes", 47))
    own: dict[str, Any] = {"member_id": f"M{member}", "staff_id": f"S{peer}", "plan_id": f"P{member}"}
    own |= {"signed_by": (f"S{peer}",), "created_at": None, "start": start, "end": end}
    own["signed_at"] = end + dt.timedelta(minutes=cells.pop("signed", 30))
    return attrs.evolve(base, encounter_id=f"E{number:03}", line=number + 2, **(own | cells))


def encounters(rng: random.Random, base: Encounter) -> tuple[Encounter, ...]:
    """Return contacts of three peers with nine members, no two at a time but for what is odd."""
    made: list[Encounter] = []
    for day in range(DAYS):
        for peer in range(3):
            for slot in range(rng.randrange(3)):
                cells: dict[str, Any] = {"place": rng.choice(("11", "12", "11", "12", "11", "53"))}
                cells |= {"minutes": rng.choice((30, 47, 60))}
                cells |= rng.choice(ODD) if rng.random() < 0.08 else {}
                hour = dt.timedelta(hours=9 + 3 * slot, minutes=20 * peer)
                member = 1 + (3 * peer + slot + day) % 9
                made.append(row_of(base, len(made), FIRST + day * ONE, hour, member, peer + 1, cells))
    return tuple(made)


def dirty(rng: random.Random, records: Records, policy: str) -> Records:
    """Return records with some rows that decide about some members or peers, from some day on."""
    day = FIRST + rng.randrange(DAYS) * ONE
    one = f"M{rng.randrange(1, 10)}"
    peer = f"S{rng.randrange(1, 4)}"
    id_ = f"E{rng.randrange(30):03}"

    def of(table: str, key: str, **cells: Any) -> dict[str, Any]:
        field = "staff_id" if table in ("staff", "credentials") else "member_id"
        rows = getattr(records, table)
        return {table: tuple(attrs.evolve(row, **cells) if getattr(row, field) == key else row for row in rows)}

    def more(table: str, *rows: object) -> dict[str, Any]:
        return {table: (*getattr(records, table), *rows)}

    ways: tuple[Callable[[], dict[str, Any]], ...] = (
        lambda: of("staff", peer, hired_on=day),
        lambda: of("staff", peer, left_on=day),
        lambda: of("staff", peer, npi="123"),
        lambda: of("staff", peer, birth_date=dt.date(2010, 1, 1)),
        lambda: of("credentials", peer, expires_on=day),
        lambda: of("credentials", peer, status="suspended"),
        lambda: of("members", one, died_on=day),
        lambda: of("members", one, birth_date=day.replace(year=1988)),
        lambda: of("members", one, birth_date=dt.date(1988, 2, 29)),
        lambda: of("members", one, birth_date=None),
        lambda: of("members", one, release_on=day),
        lambda: of("coverage", one, to=day),
        lambda: of("coverage", one, rank=2),
        lambda: of("coverage", one, subscriber_id=""),
        lambda: of("plans", one, expires_on=day),
        lambda: of("plans", one, goals=("swim",)),
        lambda: more("coverage", Coverage(one, "plan", "1", day, rank=1)),
        lambda: more("coverage", Coverage(one, "other", "1", day, rank=1)),
        lambda: more("authorizations", Authorization(one, "plan", "A1", "H0038", units=6, from_=day)),
        lambda: more("stays", Stay(one, "incarceration", day, day + 7 * ONE)),
        lambda: more("episodes", Episode(one, day, None)),
        lambda: more("assessments", Assessment(one, "assessment", day)),
        lambda: more("other_services", OtherService(one, "H0038", dt.datetime.combine(day, dt.time(9)))),
        lambda: more("relationships", Relationship(peer, one, "family")),
        lambda: more("exclusions", Exclusion("OIG", day, staff_id=peer)),
        lambda: more("places", Place("P9", "Center", "1 Bay Rd", "", "Lansing", "MI", "489331234", place=("57",))),
        lambda: more("holds", attrs.evolve(HOLD, member_id=one, first=day)),
        lambda: more("holds", attrs.evolve(HOLD, staff_id=peer, last=day)),
    )
    of_all: tuple[Callable[[], dict[str, Any]], ...] = (
        lambda: more("prior_payments", EarlierPayment(id_, "other", day, None)),
        lambda: more("holds", attrs.evolve(HOLD, first=day, last=day)),
    )
    chosen = rng.sample(ways, 3) + (rng.sample(of_all, 1) if rng.random() < 0.05 else [])
    if "same_time" in policy:
        first = min(row.start for row in records.encounters if row.member_id == one and row.start is not None)
        other = OtherService(one, "H0038", first, first + dt.timedelta(hours=2))
        chosen.append(lambda: more("other_services", other))
    for way in chosen:
        day = FIRST + rng.randrange(DAYS) * ONE
        one, peer = f"M{rng.randrange(1, 10)}", f"S{rng.randrange(1, 4)}"
        records = attrs.evolve(records, **way())
    return records


def nine_members(policy: str) -> World:
    """Return a world of three peers and nine members, with the one encounter of `make_world`."""
    world = make_world({"policy": policy} if policy else {})
    records = world.records
    staff = {row.staff_id: row for row in records.staff}
    member, cover, plan = records.members[0], records.coverage[0], records.plans[0]
    card = records.credentials[0]
    nine = range(1, 10)
    records = attrs.evolve(
        records,
        staff=(staff["V1"], *(attrs.evolve(staff["S1"], staff_id=f"S{number}") for number in (1, 2, 3))),
        credentials=tuple(attrs.evolve(card, staff_id=f"S{number}") for number in (1, 2, 3)),
        members=tuple(attrs.evolve(member, member_id=f"M{number}") for number in nine),
        coverage=tuple(attrs.evolve(cover, member_id=f"M{number}") for number in nine),
        plans=tuple(attrs.evolve(plan, member_id=f"M{number}", plan_id=f"P{number}") for number in nine),
    )
    return attrs.evolve(world, as_of=dt.date(2026, 3, 14), records=records)


def world_of(seed: int, policy: str) -> World:
    rng = random.Random(seed)  # noqa: S311  # made data, the same each time
    world = nine_members(policy)
    records = attrs.evolve(world.records, encounters=encounters(rng, world.records.encounters[0]))
    return attrs.evolve(world, records=dirty(rng, records, policy))


@pytest.fixture
def proven(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list to which each proof adds how many encounters were proven and how many were doubted."""
    found: list[int] = []
    of = MemberProofs.of

    def noted(self: MemberProofs, *args: Any) -> Proof:
        proof = of(self, *args)
        found.extend((proof.audited.num_rows, proof.doubted.num_rows))
        return proof

    monkeypatch.setattr(MemberProofs, "of", noted)
    return found


SEEDS = range(100 if EVERYTHING else 1)


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_proven_is_what_is_found(
    name: str, seed: int, proven: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = world_of(1000 * seed + list(POLICIES).index(name), POLICIES[name])
    whole = audit(world.records, world.policies, world.as_of)
    monkeypatch.setattr(passes, "PORTION", 20)
    monkeypatch.setattr(store, "AT_ONCE", 2)

    made = in_parts(world.records, world.policies, world.as_of, tmp_path / "on", rows=40)

    assert_same(made, whole)
    if name == "plain":
        monkeypatch.setattr(quiet, "ON", False)
        without = in_parts(world.records, world.policies, world.as_of, tmp_path / "off", rows=40)
        assert_same(without, whole)
        assert without.statuses == made.statuses
        assert without.checks == made.checks


@pytest.mark.parametrize("name", ["plain", "documented"])
def test_whatever_is_unusual_in_a_row_is_found_where_nothing_else_is(
    name: str, proven: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each row is the only one of its member and of its peer on a day; with no proof at all, the same is found."""
    world = nine_members(POLICIES[name])
    hour = dt.timedelta(hours=9)
    rows = tuple(
        row_of(world.records.encounters[0], at, FIRST + at // 3 * ONE, hour, 1 + at % 9, 1 + at % 3, cells)
        for at, cells in enumerate(ODD)
    )
    records = attrs.evolve(world.records, encounters=rows)

    made = in_parts(records, world.policies, world.as_of, tmp_path, rows=200)
    whole = audit(records, world.policies, world.as_of)
    monkeypatch.setattr(quiet, "ON", False)

    assert_same(made, whole)
    assert audit(records, world.policies, world.as_of) == whole
    assert 0 < proven[0] < len(rows) / 3


@pytest.mark.parametrize("whose", [{"staff_id": "S1"}, {"staff_id": "V1"}, {"member_id": "M1"}, {"first": FIRST}])
def test_whoever_a_row_that_could_not_be_used_may_concern_is_doubted(
    whose: dict[str, Any], proven: list[int], tmp_path: Path
) -> None:
    world = nine_members("")
    hour = dt.timedelta(hours=9)
    base = world.records.encounters[0]
    rows = tuple(row_of(base, at, FIRST + at * ONE, hour, 1 + at, 1 + at % 2, {}) for at in range(6))
    records = attrs.evolve(world.records, encounters=rows, holds=(attrs.evolve(HOLD, **whose),))

    made = in_parts(records, world.policies, world.as_of, tmp_path, rows=200)

    assert_same(made, audit(records, world.policies, world.as_of))


def test_contacts_whose_minutes_are_added_are_doubted(proven: list[int], tmp_path: Path) -> None:
    """Each by itself has as many units; together they have one more."""
    world = nine_members('[[peer.unit]]\naggregate = "day"\n' + SOURCE)
    base = world.records.encounters[0]
    hours = (dt.timedelta(hours=9), dt.timedelta(hours=13))
    rows = tuple(row_of(base, at, FIRST, hour, 1, 1, {"minutes": 37}) for at, hour in enumerate(hours))
    records = attrs.evolve(world.records, encounters=rows)

    made = in_parts(records, world.policies, world.as_of, tmp_path, rows=200)

    assert_same(made, audit(records, world.policies, world.as_of))
    assert proven == [0, 2]


def test_whatever_is_clean_is_proven(proven: list[int], tmp_path: Path) -> None:
    world = make_world({})
    day = ONE
    rows = tuple(
        attrs.evolve(row, encounter_id=f"E{number}", start=row.start + number * day, end=row.end + number * day)
        for number, row in enumerate([world.records.encounters[0]] * 20)
        if row.start is not None and row.end is not None
    )
    rows = tuple(attrs.evolve(row, signed_at=row.end, created_at=None) for row in rows)

    in_parts(attrs.evolve(world.records, encounters=rows), world.policies, world.as_of, tmp_path, rows=40)

    assert proven == [19, 1]  # on one of the days the clocks change


def test_it_is_known_of_each_check_of_members_when_it_finds_nothing() -> None:
    assert {check.code for check in CHECKS if check.scope == "member"} == OF_MEMBERS


OFFICE = {"street": "5 North St", "city": "Lansing", "state": "MI", "zip": "489061000"}
HOSPITAL = {"zip": "489331234", "place": "21"}
TOGETHER: dict[str, dict[str, Any]] = {
    "PB405": {
        "coverage": {
            "first": {"rank": "2"},
            "other": {"member_id": "M1", "payer": "other", "subscriber_id": "1", "from": "2026-01-01", "rank": "1"},
        },
    },
    "PB409": {"relationships": {"one": {"staff_id": "S1", "member_id": "M1", "kind": "employs"}}},
    "PB512": {
        "authorizations": {
            "A1": {"member_id": "M1", "payer": "plan", "hcpcs": "H0038", "units": "4"} | {"from": "2026-01-01"}
        },
        "encounters": {"E2": {"like": "E1", "on": "2026-03-04"}},
    },
    "PB605": {
        "encounters": {
            "E1": {"diagnoses": "F10.10;F10.20;F11.10;F11.20;F12.10;F12.20;F13.10"},
            "E2": {"like": "E1", "start": "2026-03-02T12:00", "end": "2026-03-02T12:47"}
            | {"diagnoses": "F14.10;F14.20;F15.10;F15.20;F16.10;F16.20;F18.10"},
        },
    },
    "PB701": {
        "policy": LIMIT.format(units=6, per="week", scope="member"),
        "encounters": {
            "E2": {"like": "E1", "on": "2026-03-03"},
            "E3": {"like": "E1", "on": "2026-03-04"},
        },
    },
    "PB701 of a day": {
        "policy": LIMIT.format(units=5, per="day", scope="member"),
        "encounters": {"E2": {"like": "E1", "start": "2026-03-02T12:00", "end": "2026-03-02T12:47"}},
    },
    "PB701 of a month": {
        "policy": LIMIT.format(units=8, per="month", scope="member"),
        "encounters": {"E": {"like": "E1", "on": "2026-03-10", "repeat": 2, "every": 8 * DAY}},
    },
    "PB701 of all years": {
        "policy": LIMIT.format(units=8, per="lifetime", scope="member"),
        "encounters": {"E": {"like": "E1", "on": "2026-02-17", "repeat": 2, "every": 20 * DAY}},
    },
    "PB701 of each day of a week": {
        "policy": LIMIT.format(units=20, per="week", scope="member"),
        "encounters": {"E": {"like": "E1", "on": "2026-02-15", "repeat": 7}, "E1": False},
    },
    "PB701 of each day of a month": {
        "policy": LIMIT.format(units=92, per="month", scope="member"),
        "as_of": dt.date(2026, 2, 5),
        "encounters": {"E": {"like": "E1", "on": "2026-01-01", "repeat": 31}, "E1": False},
        "plans": {"P1": {"effective_on": "2026-01-01"}},
        "members": {"M1": {"release_on": "2026-01-01"}},
    },
    "PB701 with a group": {
        "policy": LIMIT.format(units=5, per="week", scope="member"),
        "encounters": {
            "E2": {"like": "E1", "on": "2026-03-03", "service": "group", "group_id": "G", "group_size": "2"},
            "E3": {"like": "E2", "member_id": "M2", "plan_id": "P2"},
        },
    },
    "PB809": {
        "encounters": {
            "E2": {"like": "E1", "start": "2026-03-02T12:00", "end": "2026-03-02T12:47"}
            | {"staff_id": "S2", "signed_by": "S2"},
        },
    },
    "PB809 of two sites": {
        "sites": {
            "north": {"name": "North Office", "address": OFFICE},
            "south": {"name": "South Office", "npi": "1679576722", "address": OFFICE},
        },
        "encounters": {
            "E1": {"site": "north"},
            "E2": {"like": "E1", "start": "2026-03-02T13:00", "end": "2026-03-02T13:47", "site": "south"},
        },
    },
    "a second service with a modifier of its own": {
        "payers": {"plan": {"second_service": {"same_peer": "76"}}},
        "encounters": {"E2": {"like": "E1", "start": "2026-03-02T13:00", "end": "2026-03-02T13:47", "place": "12"}},
    },
    "PB306 from a day on": {
        "staff": {"V1": {"left_on": "2026-03-03"}},
        "encounters": {"E2": {"like": "E1", "on": "2026-03-04"}},
    },
    "PB605 of what a member paid": {
        "policy": f'[[peer.claim]]\nrevenue_code = "0914"\nattending = "supervisor"\n{ON_THE_837I}{SOURCE}',
        "encounters": {"E2": {"like": "E1", "on": "2026-03-04"}},
        "spend_down": {"one": {"member_id": "M1", "date": "2026-03-02", "amount": "5.00"}},
    },
    "PB605 of what another member paid": {
        "policy": f'[[peer.claim]]\nrevenue_code = "0914"\nattending = "supervisor"\n{ON_THE_837I}{SOURCE}',
        "encounters": {"E2": {"like": "E1", "member_id": "M2", "plan_id": "P2", "on": "2026-03-04"}},
        "spend_down": {"one": {"member_id": "M2", "date": "2026-03-04", "amount": "5.00"}},
    },
    "PB605 of the first diagnosis": {"encounters": {"E1": {"diagnoses": "W19.XXXA;F11.20"}}},
    "PB602 and PB407": {
        "encounters": {"E1": {"place": "21"}, "E": {"like": "E1", "on": "2026-03-05", "repeat": 2, "every": 5 * DAY}},
        "places": {"P9": {"name": "Hospital", "street": "1 Bay Rd", "city": "Lansing", "state": "MI"} | HOSPITAL},
        "stays": {
            "one": {"member_id": "M1", "kind": "inpatient", "from": "2026-03-01", "to": "2026-03-03"},
            "two": {"member_id": "M1", "kind": "inpatient", "from": "2026-03-09", "to": "2026-03-12"},
        },
    },
    "PB807": {
        "policy": """
            [[peer.service.crisis]]
            hcpcs = "H2011"
            modifiers = []
            source = "manual p. 2"

            [[peer.exclusion]]
            when = { service = "individual" }
            same_day = ["H2011"]
            source = "manual p. 10"
        """,
        "payers": {"plan": {"charges": {"H0038": "20.00", "H2011": "30.00"}}},
        "encounters": {
            "E2": {"like": "E1", "service": "crisis", "start": "2026-03-02T14:00", "end": "2026-03-02T15:00"}
        },
    },
}
"""What is found only of contacts together, or of what a member has besides."""


@pytest.mark.parametrize("name", TOGETHER)
def test_contacts_of_which_something_is_found_together_are_doubted(
    name: str, proven: list[int], tmp_path: Path
) -> None:
    world = make_world(TOGETHER[name])

    whole = audit(world.records, world.policies, world.as_of)
    assert_same(in_parts(world.records, world.policies, world.as_of, tmp_path, rows=40), whole)

    assert {finding.code for finding in whole.findings} == set(re.findall(r"PB\d+", name))
    assert not proven or proven == [0, len(world.records.encounters)]


MODIFIER = '[[peer.service.individual]]\nmodifiers = ["HM"]\nwhen = { credential = "CPS-2" }\n' + SOURCE
MORE = {"staff_id": "S1", "state": "ZZ", "credential": "CPS-2", "status": "active"}
FROM_A_DAY_ON: dict[str, dict[str, Any]] = {
    "too old from a birthday on": {
        "policy": POLICIES["age"],
        "members": {"M1": {"birth_date": "1988-03-04"}},
    },
    "old enough from a birthday on": {
        "policy": '[[peer.population]]\nage = "38-99"\n' + SOURCE,
        "members": {"M1": {"birth_date": "1988-03-04"}},
    },
    "another modifier with a further certificate": {
        "policy": MODIFIER,
        "credentials": {"more": MORE | {"issued_on": "2026-03-04"}},
    },
    "another modifier without a further certificate": {
        "policy": MODIFIER,
        "credentials": {"more": MORE | {"issued_on": "2025-01-01", "expires_on": "2026-03-03"}},
    },
}
"""What decides otherwise about the second of two contacts than about the first."""


@pytest.mark.parametrize("name", FROM_A_DAY_ON)
def test_contacts_before_and_after_a_day_are_no_shape_of_each_other(name: str, tmp_path: Path) -> None:
    world = make_world(FROM_A_DAY_ON[name] | {"encounters": {"E2": {"like": "E1", "on": "2026-03-04"}}})

    whole = audit(world.records, world.policies, world.as_of)
    assert_same(in_parts(world.records, world.policies, world.as_of, tmp_path, rows=40), whole)

    first, second = (attrs.evolve(row, encounter_id="") for row in whole.encounters)
    assert first != second
