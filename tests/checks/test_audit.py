"""The audit as a whole: nothing disappears, order is of no matter, and sweeps agree with brute force."""

import datetime as dt
import itertools
import random
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import World, as_billed, bill, make_world, told

from peerbill.checks.audit import Audit
from peerbill.checks.auditor import Auditor
from peerbill.coding.units import to_units
from peerbill.model.claim import BilledEncounter, DatedCharge
from peerbill.model.encounter import Encounter
from peerbill.model.records import Records, Rejected

MONDAY = dt.datetime(2026, 3, 2)
TABLES = tuple(
    field.name
    for field in attrs.fields(Records)
    if field.name
    not in {"settings", "problems", "notices", "records_channels", "places_unread", "not_read", "read_from"}
)
BASE = make_world()
E1 = BASE.records.encounters[0]
LATE = dt.datetime(2026, 3, 31, 12)


def contact(id_: str, start: dt.datetime, minutes: int, **changes: Any) -> Encounter:
    """Return the base world's encounter at another time, without the parts that name its own plan."""
    end = start + dt.timedelta(minutes=minutes)
    cells: dict[str, Any] = {"signed_at": LATE, "plan_id": "", **changes}
    return attrs.evolve(E1, encounter_id=id_, start=start, end=end, **cells)


def with_encounters(world: World, encounters: Sequence[Encounter], history: Sequence[BilledEncounter] = ()) -> World:
    return attrs.evolve(
        world, records=attrs.evolve(world.records, encounters=tuple(encounters)), history=tuple(history)
    )


def named(result: Audit, code: str) -> set[str]:
    return {id_ for one in result.findings if one.code == code for id_ in one.encounter_ids}


times = st.tuples(st.integers(0, 2), st.integers(0, 40), st.integers(1, 24)).map(
    lambda drawn: (MONDAY + dt.timedelta(days=drawn[0], hours=8, minutes=15 * drawn[1]), 15 * drawn[2])
)


@st.composite
def busy_weeks(draw: st.DrawFn) -> list[Encounter]:
    """Draw contacts of two peers with two members, some of them in groups, co-led, doubled or faulty."""
    found = []
    for number, (start, minutes) in enumerate(draw(st.lists(times, min_size=1, max_size=7))):
        peer = draw(st.sampled_from(("S1", "S2")))
        group = draw(st.sampled_from(("", "", "G1")))
        found.append(
            contact(
                f"E{number:02}",
                start,
                minutes,
                member_id=draw(st.sampled_from(("M1", "M2"))),
                staff_id=peer,
                signed_by=(draw(st.sampled_from((peer, peer, "V1"))),),
                facilitators=draw(st.sampled_from(((), ("S2",)))),
                service="group" if group else "individual",
                group_id=group,
                group_size=4 if group else None,
            )
        )
    return found


@given(busy_weeks(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_rows_changes_nothing(encounters: list[Encounter], chance: random.Random) -> None:
    world = make_world(
        {
            "policy": LIMITS,
            "credentials": {"more": {"staff_id": "S1", "state": "ZZ", "credential": "CPS", "issued_on": "2023-01-01"}},
            "authorizations": {
                "A1": {"member_id": "M1", "payer": "plan", "hcpcs": "H0038", "units": "9", "from": "2026-01-01"},
                "A2": {"member_id": "M1", "payer": "plan", "hcpcs": "H0038", "units": "9", "from": "2026-01-01"},
            },
        }
    )
    world = with_encounters(world, encounters)
    shuffled = {table: list(getattr(world.records, table)) for table in TABLES}
    for rows in shuffled.values():
        chance.shuffle(rows)
    rows_of: dict[str, Any] = {table: tuple(rows) for table, rows in shuffled.items()}
    other = attrs.evolve(world, records=attrs.evolve(world.records, **rows_of))

    assert other.audit() == world.audit()


@given(busy_weeks(), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_nothing_disappears(encounters: list[Encounter], rejected: int) -> None:
    """Rows in are billable, billed before, held or rejected; what an error names is held, and nothing else."""
    world = with_encounters(BASE, encounters)
    records = attrs.evolve(
        world.records, rejected=tuple(Rejected(number + 2, f"R{number}", ()) for number in range(rejected))
    )
    result = attrs.evolve(world, records=records).audit()
    counts = Counter(row.status for row in result.encounters)

    assert sum(counts.values()) == len(encounters) + rejected
    assert counts["rejected"] == rejected
    assert {row.encounter_id for row in result.encounters if row.status == "held"} == {
        id_ for one in result.findings if one.severity == "error" for id_ in one.encounter_ids
    }
    assert [one.encounter.encounter_id for one in result.billable] == [
        row.encounter_id for row in result.encounters if row.status == "billable"
    ]


@given(busy_weeks())
@settings(max_examples=40, deadline=None)
def test_what_was_billed_is_billed_for_good(encounters: list[Encounter]) -> None:
    """Audited again over its own ledger, what went out is billed, and no finding names it."""
    first = with_encounters(BASE, encounters)
    sent = [as_billed(one) for one in first.audit().billable]
    again = attrs.evolve(first, history=tuple(sent)).audit()

    assert {row.encounter_id for row in again.encounters if row.status == "billed"} == {
        one.encounter_id for one in sent
    }
    assert not {id_ for one in again.findings for id_ in one.encounter_ids} & {one.encounter_id for one in sent}
    assert not again.billable


def sessions(encounters: Sequence[Encounter], peer: str) -> list[tuple[dt.datetime, dt.datetime, set[str]]]:
    """Return a peer's sessions: the rows of one group, whoever rendered them, and repeated rows of one contact."""
    found: dict[object, tuple[dt.datetime, dt.datetime, set[str]]] = {}
    for one in encounters:
        if peer not in (one.staff_id, *one.facilitators):
            continue
        assert one.start is not None
        assert one.end is not None
        own = (one.member_id, one.staff_id, one.start, one.end)
        key = (one.group_id, one.start) if one.group_id else own
        _, end, ids = found.get(key, (one.start, one.end, set()))
        found[key] = (one.start, max(end, one.end), ids | {one.encounter_id})
    return list(found.values())


@given(busy_weeks())
@settings(max_examples=150, deadline=None)
def test_a_peers_overlaps_are_those_of_all_pairs(encounters: list[Encounter]) -> None:
    expected = set()
    for peer in ("S1", "S2"):
        for one, other in itertools.combinations(sessions(encounters, peer), 2):
            if one[0] < other[1] and other[0] < one[1]:
                expected |= one[2] | other[2]

    assert named(with_encounters(BASE, encounters).audit(), "PB801") == expected


@given(busy_weeks())
@settings(max_examples=150, deadline=None)
def test_a_members_overlaps_are_those_of_all_pairs(encounters: list[Encounter]) -> None:
    expected = set()
    for one, other in itertools.combinations(encounters, 2):
        same = (one.staff_id, one.start, one.end) == (other.staff_id, other.start, other.end)
        assert one.start is not None
        assert one.end is not None
        assert other.start is not None
        assert other.end is not None
        if one.member_id == other.member_id and not same and one.start < other.end and other.start < one.end:
            expected |= {one.encounter_id, other.encounter_id}
            # Another row of a doubled contact stands in the same place.
            expected |= {
                row.encounter_id
                for row in encounters
                for known in (one, other)
                if (row.member_id, row.staff_id, row.start, row.end)
                == (known.member_id, known.staff_id, known.start, known.end)
            }

    assert named(with_encounters(BASE, encounters).audit(), "PB802") == expected


LIMITS = """
[[peer.limit.day]]
units = 8
per = "day"
then = "deny"
source = "manual p. 11"

[[peer.limit.week]]
units = 20
per = "week"
then = "deny"
source = "manual p. 11"

[[peer.limit.rolling]]
units = 24
per = "10 rolling days"
then = "deny"
source = "manual p. 11"

[[peer.limit.peer]]
hours = 6
per = "week"
scope = "peer"
then = "deny"
source = "manual p. 12"
"""
LIMITED = make_world({"policy": LIMITS})


@st.composite
def months(draw: st.DrawFn) -> tuple[list[Encounter], list[Encounter]]:
    """Draw contacts that overlap nowhere: those in the file, and those billed before, each day a place of its own."""
    slots = draw(st.lists(st.tuples(st.integers(0, 24), st.integers(0, 3)), max_size=14, unique=True))
    file: list[Encounter] = []
    billed: list[Encounter] = []
    for number, (day, quarter) in enumerate(slots):
        start = dt.datetime(2026, 3, 1, 8) + dt.timedelta(days=day, hours=3 * quarter)
        sent = draw(st.integers(0, 3)) == 0
        one = contact(
            f"E{number:02}",
            start,
            draw(st.integers(15, 150)),
            member_id=draw(st.sampled_from(("M1", "M2"))),
            place=("11", "12", "53", "57")[quarter],
            signed_by=("S1",) if sent else (draw(st.sampled_from(("S1", "S1", "S1", "V1"))),),
        )
        (billed if sent else file).append(one)
    return file, billed


def window(name: str, day: dt.date) -> tuple[dt.date, dt.date]:
    if name == "day":
        return day, day
    if name == "rolling":
        return day - dt.timedelta(days=9), day
    sunday = day - dt.timedelta(days=(day.weekday() + 1) % 7)
    return sunday, sunday + dt.timedelta(days=6)


def brute_force(file: list[Encounter], billed: list[Encounter], name: str, allowed: int, who: str) -> set[str]:
    """Return who passes a limit: contract, part 1, Limits. Each encounter's own windows are added up anew.

    Rolling windows also end on later days that are billed: what comes late counts there.
    """
    counted = sorted(
        (one for one in file if one.signed_by == ("S1",)), key=lambda one: (one.start or LATE, one.encounter_id)
    )

    def units(one: Encounter) -> int:
        assert one.start is not None
        assert one.end is not None
        return to_units(int((one.end - one.start).total_seconds()) // 60, unit_minutes=15, rounding="down")

    def day(one: Encounter) -> dt.date:
        assert one.start is not None
        return one.start.date()

    beyond = set()
    for place, one in enumerate(counted):
        others = [other for other in (*billed, *counted[: place + 1]) if getattr(other, who) == getattr(one, who)]
        for first, last in (window(name, day(other)) for other in others if day(other) >= day(one)):
            total = sum(units(other) for other in others if first <= day(other) <= last)
            if first <= day(one) <= last and total > allowed:
                beyond.add(one.encounter_id)
    return beyond


@given(months())
@settings(max_examples=150, deadline=None)
def test_limits_are_those_of_brute_force(drawn: tuple[list[Encounter], list[Encounter]]) -> None:
    file, billed = drawn
    history = bill(with_encounters(BASE, billed)) if billed else ()
    result = with_encounters(LIMITED, file, history).audit()
    found: dict[str, set[str]] = {"day": set(), "week": set(), "rolling": set(), "peer": set()}
    for one in result.findings:
        if one.code in {"PB701", "PB702"}:
            found[str(one.values["name"])] |= set(one.encounter_ids)

    assert found == {
        "day": brute_force(file, billed, "day", 8, "member_id"),
        "week": brute_force(file, billed, "week", 20, "member_id"),
        "rolling": brute_force(file, billed, "rolling", 24, "member_id"),
        "peer": brute_force(file, billed, "week", 24, "staff_id"),
    }


DAILY = make_world({"policy": '[[peer.unit]]\naggregate = "day"\nrounding = "midpoint"\nsource = "manual p. 3"\n'})


@given(st.lists(st.tuples(st.integers(1, 40), st.booleans()), min_size=1, max_size=6))
@settings(max_examples=100, deadline=None)
def test_a_days_units_stand_on_its_earliest_billable_encounter(drawn: list[tuple[int, bool]]) -> None:
    """Only billable encounters are added; their sum is rounded once, and the line's units are nobody else's."""
    encounters = [
        contact(f"E{number}", MONDAY.replace(hour=8 + number), minutes, signed_by=("S1",) if good else ("V1",))
        for number, (minutes, good) in enumerate(drawn)
    ]
    good = [one.encounter_id for one, (_, is_good) in zip(encounters, drawn, strict=True) if is_good]
    total = to_units(sum(minutes for minutes, is_good in drawn if is_good), unit_minutes=15, rounding="midpoint")
    result = with_encounters(DAILY, encounters).audit()
    units = {one.encounter.encounter_id: one.units for one in result.billable}

    assert units == ({id_: total if id_ == good[0] else 0 for id_ in good} if total else {})
    assert named(result, "PB104") >= (set(good) if not total else set())


def test_a_finding_about_one_of_several_rows_names_the_same_one() -> None:
    """Two credentials lack the endorsement: whatever their order in the file, one of them is told."""
    patch = {
        "policy": """
[[peer.credential.CPS]]
endorsement = ["adult"]
source = "manual p. 5"

[[peer.credential.ABC]]
endorsement = ["adult"]
source = "manual p. 5"
""",
        "credentials": {"more": {"staff_id": "S1", "state": "ZZ", "credential": "ABC", "issued_on": "2023-01-01"}},
    }
    world = make_world(patch)
    turned = attrs.evolve(world, records=attrs.evolve(world.records, credentials=world.records.credentials[::-1]))

    assert named(world.audit(), "PB304") == {"E1"}
    assert turned.audit() == world.audit()


def test_a_line_is_the_same_line_whatever_the_order_of_its_modifiers() -> None:
    """The ledger holds a line whose modifiers stood in another order when it went out (PB805)."""
    policy = '[[peer.modifier.U1]]\nuse = "required"\nsource = "manual p. 2"\n'
    later = {"like": "E1", "start": "2026-03-02T12:00", "end": "2026-03-02T12:30"}
    world = make_world({"policy": policy, "billed": {"E1": {}}, "encounters": {"E2": later}})
    (sent,) = world.history
    turned = attrs.evolve(world, history=(attrs.evolve(sent, modifiers=sent.modifiers[::-1]),))

    assert sent.modifiers == ("HF", "U1")
    assert named(turned.audit(), "PB805") == {"E2"}


def test_a_warning_about_a_line_is_told_once() -> None:
    """A limit holds one encounter of a line, whose units are then shared again."""
    policy = """
[[peer.unit]]
aggregate = "day"
status = "unconfirmed"
source = "manual p. 3"

[[peer.limit.contacts]]
encounters = 2
per = "day"
then = "deny"
source = "manual p. 9"
"""
    day = [contact(f"E{number}", MONDAY + dt.timedelta(hours=9 + number), 25) for number in range(3)]
    result = with_encounters(make_world({"policy": policy}), day).audit()

    assert named(result, "PB701") == {"E2"}
    assert named(result, "PB605") == {"E0", "E1", "E2"}
    assert len(set(result.findings)) == len(result.findings)


@pytest.mark.parametrize(
    ("cells", "fix"),
    [
        ({"expires_on": "2026-03-01"}, "Enter the renewal if there is one"),
        ({"status": "revoked"}, "Do not bill while it is"),
        ({"status": "in-process"}, "Enter issued_on and status once it is issued"),
        ({"issued_on": ""}, "Enter issued_on from the certificate"),
        ({"issued_on": "2026-03-03"}, "Correct issued_on"),
    ],
)
def test_the_remedy_fits_what_is_wrong_with_a_credential(cells: dict[str, str], fix: str) -> None:
    (finding,) = make_world({"credentials": {"first": cells}}).audit().findings

    assert finding.code == "PB303"
    assert finding.fix.startswith(fix)


def test_rows_of_coverage_that_begin_on_one_day_are_looked_at_each() -> None:
    second = {"member_id": "M1", "payer": "plan", "subscriber_id": "", "from": "2026-01-01", "rank": "2"}
    world = make_world({"coverage": {"first": {"to": "2026-03-02"}, "more": second}})
    result = with_encounters(world, [contact("E1", MONDAY, 45), contact("E2", MONDAY + dt.timedelta(days=1), 45)])

    assert named(result.audit(), "PB401") == {"E2"}


MANY = tuple(f"F11{number}" for number in ("10", "120", "121", "122", "129", "13", "14", "150", "151", "159", "181"))


@pytest.mark.parametrize(
    ("encounter", "history", "status", "codes"),
    [
        pytest.param(E1, (), "billable", set(), id="clean"),
        pytest.param(attrs.evolve(E1, place="00"), (), "held", {"PB602"}, id="an error"),
        pytest.param(
            attrs.evolve(E1, diagnoses=(*MANY, "F1120", "F1121")), (), "held", {"PB605"}, id="thirteen diagnoses"
        ),
        pytest.param(E1, bill(BASE), "billed", set(), id="in the ledger and unchanged"),
        pytest.param(attrs.evolve(E1, next_step="Rest."), bill(BASE), "held", {"PB805"}, id="changed since"),
    ],
)
def test_one_encounter_by_itself_is_judged_as_in_a_file(
    encounter: Encounter, history: tuple[BilledEncounter, ...], status: str, codes: set[str]
) -> None:
    one = Auditor(BASE.records, BASE.policies, BASE.as_of, history).encounter(encounter)
    whole = with_encounters(BASE, [encounter], history).audit()

    assert (one.status, {finding.code for finding in one.findings}) == (status, codes)
    assert [attrs.astuple(row) for row in whole.encounters] == [(*attrs.astuple(one)[:6], one.charge)]
    assert whole.findings == one.findings


@pytest.mark.parametrize("aggregate", ['aggregate = "day"', 'unknown = ["aggregate"]'])
def test_what_a_days_sum_decides_is_left_open_for_one_encounter(aggregate: str) -> None:
    """30 and 30 minutes make 4 units of the day, which the two records share as 3 and 1."""
    world = make_world({"policy": f'[[peer.unit]]\n{aggregate}\nsource = "manual p. 3"\n'})
    day = [
        contact("E1", MONDAY.replace(hour=9), 30, billed_units=3),
        contact("E2", MONDAY.replace(hour=13), 30, billed_units=1),
    ]
    world = with_encounters(world, day)
    auditor = Auditor(world.records, world.policies, world.as_of)

    assert world.audit().findings == ()
    assert [(one.status, one.units, one.findings) for one in map(auditor.encounter, day)] == [
        ("billable", None, ())
    ] * 2


def test_alone_on_its_day_an_encounter_is_judged_where_it_is_not_known_whether_days_are_added() -> None:
    world = make_world({"policy": '[[peer.unit]]\nunknown = ["aggregate"]\nsource = "manual p. 3"\n'})
    encounter = contact("E1", MONDAY.replace(hour=9), 30, billed_units=3)
    world = with_encounters(world, [encounter])
    one = Auditor(world.records, world.policies, world.as_of).encounter(encounter)

    assert (one.status, one.units, [finding.code for finding in one.findings]) == ("held", 2, ["PB103"])
    assert world.audit().findings == one.findings


def test_an_empty_workspace_gives_nothing() -> None:
    result = with_encounters(BASE, ()).audit()

    assert (result.encounters, result.findings, result.policies, result.billable) == ((), (), (), ())


def test_progress_is_told_to_the_end() -> None:
    from peerbill.checks.audit import audit  # noqa: PLC0415

    seen: list[int] = []
    audit(BASE.records, BASE.policies, BASE.as_of, progress=seen.append)

    assert seen == [1]


def test_what_billing_is_given() -> None:
    """A clean encounter comes with all that its line needs."""
    (one,) = (
        make_world(
            {"authorizations": {"A1": {"member_id": "M1", "payer": "plan", "hcpcs": "H0038", "from": "2026-01-01"}}}
        )
        .audit()
        .billable
    )

    assert (one.payer, one.programme, one.hcpcs, one.modifiers, one.units, one.unit_minutes) == (
        "plan",
        "ZZ/peer",
        "H0038",
        ("HF",),
        3,
        15,
    )
    assert (str(one.unit_charge), one.diagnoses, one.rendering_id, one.supervising_id, one.authorization) == (
        "20.00",
        ("F1120",),
        "S1",
        "",
        "A1",
    )
    assert one.coverage.payer == "plan"
    assert one.release


TAKEN_IN_TURN = """
[[peer.authorization]]
required = true
source = "manual p. 17"
"""


def test_the_authorization_that_ends_first_is_used_first() -> None:
    rows = {
        name: {"member_id": "M1", "payer": "plan", "hcpcs": "H0038", "units": "3", "from": "2026-01-01", "to": to}
        for name, to in (("LATER", "2026-12-31"), ("SOONER", "2026-06-30"))
    }
    rows["FOREVER"] = {**rows["LATER"], "to": ""}
    world = make_world({"policy": TAKEN_IN_TURN, "authorizations": rows})
    encounters = [contact(f"E{number}", MONDAY + dt.timedelta(days=number, hours=9), 45) for number in range(3)]
    result = with_encounters(world, encounters).audit()

    assert [one.authorization for one in result.billable] == ["SOONER", "LATER", "FOREVER"]


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        pytest.param({}, ("plan", "ZZ/peer"), id="one payer"),
        pytest.param({"coverage": {"more": {"rank": "2"}}}, ("plan", "ZZ/peer"), id="the lower rank"),
        pytest.param(
            {"coverage": {"first": {"rank": "2"}, "more": {"rank": "1"}}}, ("second", "ZZ/other"), id="turned"
        ),
        pytest.param(
            {"coverage": {"more": {}}, "encounters": {"E1": {"payer": "second"}}},
            ("second", "ZZ/other"),
            id="named",
        ),
        pytest.param(
            {"coverage": {"first": {"to": "2026-03-01"}, "more": {"rank": "2"}}},
            ("second", "ZZ/other"),
            id="in force that day",
        ),
        pytest.param(
            {"payers": {"plan": {"policy": ["ZZ/peer", "ZZ/other"]}}, "encounters": {"E1": {"programme": "other"}}},
            ("plan", "ZZ/other"),
            id="programme named",
        ),
        pytest.param(
            {"payers": {"plan": {"policy": ["ZZ/other", "ZZ/peer"]}}, "encounters": {"E1": {"service": "crisis"}}},
            ("plan", "ZZ/other"),
            id="the first whose service fits",
        ),
        pytest.param(
            {"payers": {"plan": {"policy": ["ZZ/peer", "ZZ/other"]}}, "encounters": {"E1": {"service": "crisis"}}},
            ("plan", "ZZ/other"),
            id="the second, whose service fits",
        ),
    ],
)
def test_payer_and_programme(patch: dict[str, dict[str, dict[str, object]]], expected: tuple[str, str]) -> None:
    """Contract, part 1, Payer and programme."""
    more = {"member_id": "M1", "payer": "second", "subscriber_id": "443322", "from": "2026-01-01"}
    second = {
        "policy": ["ZZ/other"],
        "name": "SECOND",
        "id": "SECOND1",
        "receiver": {"name": "SECOND", "id": "SECOND1"},
        "charges": {"H0038": "9.00", "H2011": "9.00"},
    }
    coverage = dict(patch.get("coverage", {}))
    if "more" in coverage:
        coverage["more"] = {**more, **coverage["more"]}
    plan = {"charges": {"H2011": "7.00"}, **patch.get("payers", {}).get("plan", {})}
    world = make_world(
        {
            "policy": '[other]\nname = "Other"\nlike = "base"\nsource = "manual p. 1"\n'
            '[[other.service.crisis]]\nhcpcs = "H2011"\nmodifiers = []\nsource = "manual p. 2"\n',
            "encounters": patch.get("encounters", {}),
            "coverage": coverage,
            "payers": {"plan": plan, "second": second},
        }
    )
    result = world.audit()

    assert told(result.findings) == []
    assert [(one.payer, one.programme) for one in result.billable] == [expected]


# --- charges that change on a day -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "charge"),
    [
        (dt.date(2026, 3, 2), "18.00"),
        (dt.date(2026, 3, 1), "16.00"),
        (dt.date(2026, 1, 31), "20.00"),
    ],
)
def test_a_service_is_charged_as_on_its_day(day: dt.date, charge: str) -> None:
    """20.00 always, 16.00 from February on, 18.00 from 2026-03-02 on, whenever it is billed."""
    world = make_world()
    rows = (
        DatedCharge("H0038", Decimal("16.00"), dt.date(2026, 2, 1), dt.date(2026, 3, 1)),
        DatedCharge("H0038", Decimal("18.00"), dt.date(2026, 3, 2)),
    )
    [encounter] = world.records.encounters
    assert encounter.start is not None
    assert encounter.end is not None
    moved = day - encounter.start.date()
    encounter = attrs.evolve(encounter, start=encounter.start + moved, end=encounter.end + moved)
    payers = {"plan": attrs.evolve(world.records.settings.payers["plan"], dated_charges=rows)}
    settings = attrs.evolve(world.records.settings, payers=payers)
    records = attrs.evolve(world.records, settings=settings, encounters=(encounter,))
    [one] = attrs.evolve(world, records=records).audit().billable

    assert one.unit_charge == Decimal(charge)


def test_a_day_without_a_charge_is_held() -> None:
    world = make_world()
    rows = (DatedCharge("H0038", Decimal("18.00"), dt.date(2026, 3, 3)),)
    payers = {"plan": attrs.evolve(world.records.settings.payers["plan"], charges={}, dated_charges=rows)}
    settings = attrs.evolve(world.records.settings, payers=payers)
    found = attrs.evolve(world, records=attrs.evolve(world.records, settings=settings)).audit().findings

    assert told(found) == ["error E1 payers.charges: PB605 there is no charge for H0038:HF on this day"]
