"""Proofs that checks find nothing: an audit with them is an audit without them, to the letter."""

import datetime as dt
import itertools
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import attrs
import pytest
from damage import damaged
from defects import DEFECTS, EXAMPLES, audit_defect, meta
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from thorough import some
from worlds import FIXTURES, World, as_billed, cases, make_world

from peerbill.checks import CHECKS, quiet
from peerbill.checks.asked import EncounterChecks
from peerbill.checks.audit import Audit, audit_index
from peerbill.checks.base import Problem
from peerbill.checks.check_set import check_set
from peerbill.checks.limits import stays_within_limits
from peerbill.coding.context import Context, Group
from peerbill.coding.prepare import Preparer
from peerbill.intake.settings import WEIGHED
from peerbill.intake.workspace import programme_ids, read_agency_policies, read_workspace
from peerbill.model.claim_state import Standing
from peerbill.policy import load_policies

FILES = sorted(path.stem for path in FIXTURES.glob("PB*.toml"))
OF_PLAN = tuple(check for check in CHECKS if check.scope == "encounter" and check.looks_at == "plan")
OF_STAFF = tuple(check for check in CHECKS if check.scope == "encounter" and check.looks_at == "staff")
CODES_OF_PLAN = {check.code for check in OF_PLAN}
CODES_OF_STAFF = {check.code for check in OF_STAFF}
OF_ROW = tuple(check for check in CHECKS if check.scope == "encounter" and check.looks_at == "row")


@contextmanager
def no_proofs() -> Iterator[None]:
    """Ask every check of everything."""
    quiet.ON = False
    try:
        yield
    finally:
        quiet.ON = True


def asked_of_everything(world: World) -> Audit:
    with no_proofs():
        return world.audit()


def example(name: str) -> World:
    folder = EXAMPLES[name]
    records = read_workspace(folder)
    policies = load_policies(programme_ids(records.settings), read_agency_policies(folder))
    return World(records, policies, meta(name)["as_of"])


def half_billed(world: World, rng: random.Random) -> World:
    """Return a world in which some encounters were billed, and some of these voided or rejected."""
    standings = (Standing.LIVE, Standing.LIVE, Standing.VOID, Standing.REJECTED)
    sent = [one for one in world.audit().billable if rng.random() < 0.4]
    history = tuple(attrs.evolve(as_billed(one), standing=rng.choice(standings)) for one in sent)
    return attrs.evolve(world, history=(*world.history, *history))


@pytest.mark.parametrize("file", FILES)
def test_every_case(file: str) -> None:
    for name, case in cases(file).items():
        world = make_world(case)

        assert world.audit() == asked_of_everything(world), name


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_clean_and_damaged(name: str) -> None:
    world = example(name)
    rng = random.Random(name)  # noqa: S311  # made data, the same each time
    found = 0
    for cells in (0, 3, 10, 40, 150):
        dirty = attrs.evolve(world, records=damaged(world.records, rng, cells))
        for one in (dirty, half_billed(dirty, rng)):
            audit = one.audit()
            found += len(audit.findings)

            assert audit == asked_of_everything(one), cells
    assert found > 40


@pytest.mark.slow
@pytest.mark.parametrize("first", range(8))
def test_every_planted_defect(first: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    proven, whole = tmp_path_factory.mktemp("proven"), tmp_path_factory.mktemp("whole")
    for id_ in some(list(DEFECTS)[first::8], 10):
        with no_proofs():
            expected = audit_defect(id_, whole)

        assert audit_defect(id_, proven) == expected, id_


def prepared(world: World) -> list[Context]:
    index = audit_index(world.records, world.policies, world.as_of, world.history, world.eligibility)
    preparer = Preparer(index, world.policies)
    return [context for context in map(preparer.context, index.records.encounters) if not context.billed]


DAYS = st.integers(0, 60)
FIRST = dt.date(2026, 1, 20)
PLANS = """\
[[peer.plan.{name}]]
{rule}
source = "manual p. 15"
"""
RULES = (
    'complete_within = "10 days after first service"',
    'complete_within = "20 days after enrollment"',
    'complete_within = "3 sessions after first service"',
    'complete_within = "5 business days after assessment"\nbefore_service = false',
    "before_service = true",
    "before_service = false",
    'review_every = "14 days"',
    'signers = ["member", "supervisor"]',
    'signed_within = "10 days after plan"',
    'signed_within = "10 days after first service"',
)
ASSESSMENTS = (
    "before_service = true",
    'complete_within = "10 days after first service"',
    'start_within = "7 days after assessment"',
    'review_every = "1 month"',
)


LIMITS = (
    'units = 12\nper = "week"',
    'units = 6\nper = "day"',
    'hours = 2\nper = "day"\nscope = "peer"',
    'hours = 3\nper = "week"\nscope = "peer"',
    'encounters = 2\nper = "week"',
    'minutes = 90\nper = "month"\nscope = "member and peer"',
    'days = 2\nper = "week"',
    'units = 9\nper = "3 rolling days"',
    'units = 9\nper = "fiscal year"',
    'encounters = 1\nper = "plan"',
    'units = 5\nper = "episode in month"',
)
LIMIT = """\
[[peer.limit.l{number}]]
{limit}
source = "manual p. 9"
"""
CREDENTIALS = (
    "grace_days = 10",
    'endorsement = ["adult"]\ngrace_days = 10',
    'in_process = true\nin_process_within = "30 days after hire"',
    "valid_months = 1",
    'also = ["FIRST-AID"]',
    "training_hours = 40",
    "recovery_months = 120",
    'peer_age = "18-29"',
    "min_age = 30",
    "renewals = 1\nvalid_months = 1",
    "exam = true",
)
CREDENTIAL = """\
[[peer.credential.CPS]]
{rule}
source = "manual p. 5"
"""
SUPERVISIONS = ('by = ["LMSW"]', "peers_per_supervisor = 2", 'by = ["supervisor"]')
SUPERVISION = """\
[[peer.supervision]]
{rule}
source = "manual p. 8"
"""
RAISED = sorted({check.code for check in CHECKS if check.scope not in ("pattern", "claim", "row")} - {WEIGHED})
CLOCKS_CHANGE = 47
"""The number of 2026-03-08, on which times may have an offset."""

CELLS: tuple[tuple[str, str | int], ...] = (
    ("facilitators", "S2"),
    ("facilitators", "S1;S2"),
    ("facilitators", "NOBODY"),
    ("break_minutes", "5"),
    ("break_minutes", "200"),
    ("travel_minutes", "60"),
    ("billed_units", "0"),
    ("billed_units", "2"),
    ("billed_units", "4"),
    ("signed_by", ""),
    ("signed_by", "S1;S2"),
    *itertools.product(("signed_at", "created_at", "edited_at", "cosigned_at"), (-90, 0, 1, 90 * 24 * 60)),
    ("signed_at", ""),
    ("voluntary", ""),
    ("voluntary", "no"),
    ("diagnoses", ""),
    ("diagnoses", "F11.20;F32.9"),
    ("group_id", "G1"),
    ("activity", "transport"),
    ("channel", "audio"),
    ("place", "99"),
    ("end", ""),
    ("payer", "other"),
)
"""What is unusual in a row; a number is a time so many minutes after the end."""


def day(number: int | None) -> str:
    return "" if number is None else (FIRST + dt.timedelta(days=number)).isoformat()


def spans(most: int, **more: st.SearchStrategy[str]) -> st.SearchStrategy[list[dict[str, str]]]:
    """Return rows of a member with `from` and `to`, either of which may be blank."""
    return dated(most, "from", "to", member_id=st.just("M1"), **more)


def dated(most: int, first: str, last: str, **more: st.SearchStrategy[str]) -> st.SearchStrategy[list[dict[str, str]]]:
    """Return rows with two days, either of which may be blank."""
    row = st.builds(
        lambda begins, ends, cells: {first: day(begins), last: day(ends), **cells},
        st.none() | DAYS,
        st.none() | DAYS,
        st.fixed_dictionaries(dict(more)),
    )
    return st.lists(row, max_size=most)


WORLDS = st.fixed_dictionaries(
    {
        "rules": st.lists(st.tuples(st.sampled_from(("care", "recovery")), st.sampled_from(RULES)), max_size=3),
        "assessed": st.lists(st.sampled_from(ASSESSMENTS), max_size=1),
        "plans": st.lists(st.tuples(DAYS, st.none() | DAYS, st.none() | DAYS, st.booleans()), max_size=3),
        "assessments": st.lists(DAYS, max_size=2),
        "stays": spans(1, kind=st.sampled_from(("incarceration", "inpatient"))),
        "episodes": spans(2),
        "coverage": spans(
            2,
            payer=st.sampled_from(("plan", "other")),
            rank=st.sampled_from(("1", "2")),
            subscriber_id=st.sampled_from(("9988776655", "9988776656")),
        ),
        "member": st.tuples(st.none() | DAYS, st.none() | DAYS),
        "authorizations": spans(2, payer=st.just("plan"), hcpcs=st.just("H0038"), number=st.sampled_from(("A1", "A2"))),
        "required": st.booleans(),
        "credential": st.none() | st.sampled_from(CREDENTIALS),
        "supervision": st.none() | st.sampled_from(SUPERVISIONS),
        "rendering": st.sampled_from(("peer", "peer", "supervisor")),
        "credentials": dated(
            3,
            "issued_on",
            "expires_on",
            staff_id=st.sampled_from(("S1", "S1", "S2")),
            state=st.just("ZZ"),
            credential=st.sampled_from(("CPS", "CPS", "FIRST-AID")),
            status=st.sampled_from(("active", "active", "in-process")),
            endorsements=st.sampled_from(("", "adult")),
            exam_on=DAYS.map(day),
            training_hours=st.sampled_from(("", "39", "40")),
        ),
        "certificates": dated(
            2, "issued_on", "expires_on", staff_id=st.just("V1"), state=st.just("ZZ"), credential=st.just("LMSW")
        ),
        "exclusions": dated(
            1,
            "from",
            "to",
            list=st.just("OIG"),
            staff_id=st.sampled_from(("S1", "V1", "")),
            npi=st.sampled_from(("", "1245319599", "1679576722")),
        ).map(lambda rows: [row for row in rows if row["from"] and (row["staff_id"] or row["npi"])]),
        "others": dated(1, "hired_on", "left_on"),
        "born": st.sampled_from(("", "1996-02-20", "2008-02-20", "1996-02-29")),
        "recovery": st.sampled_from(("2015-06-07", "2016-02-20")),
        "trained": dated(
            1,
            "date",
            "expires_on",
            staff_id=st.just("S1"),
            kind=st.just("initial"),
            hours=st.sampled_from(("39", "40")),
        ).map(lambda rows: [{k: v for k, v in row.items() if k != "expires_on"} for row in rows if row["date"]]),
        "limits": st.lists(st.sampled_from(LIMITS), max_size=3, unique=True),
        "severity": st.dictionaries(st.sampled_from(RAISED), st.just("error"), max_size=2),
        "eligibility": st.lists(
            st.tuples(DAYS, DAYS, st.none() | DAYS, st.sampled_from(("active", "inactive", "unclear"))), max_size=2
        ),
        "encounters": st.lists(
            st.tuples(
                DAYS | st.just(CLOCKS_CHANGE),
                st.integers(8, 16),
                st.sampled_from((30, 47, 60, 120, 13, 720, 721)),
                st.sampled_from(("M1", "M1", "M1", "M2")),
                st.sampled_from(("S1", "S1", "S2")),
                st.sampled_from(("P0", "P1", "")),
                st.sampled_from(("find work", "swim")),
                st.sampled_from(("individual", "individual", "group")),
                st.sampled_from(("", "", "", "-05:00")),
                st.lists(st.sampled_from(CELLS), max_size=1).map(dict),
            ),
            min_size=1,
            max_size=12,
        ),
    }
)


def world_of(drawn: dict[str, Any]) -> World:
    """Return the base world with the rows that were drawn."""
    rules = dict(drawn["rules"])
    policy = "".join(PLANS.format(name=name, rule=rule) for name, rule in rules.items())
    policy += "".join(PLANS.format(name="assessment", rule=rule) for rule in drawn["assessed"])
    policy += "".join(LIMIT.format(number=number, limit=limit) for number, limit in enumerate(drawn["limits"]))
    if drawn["required"]:
        policy += '[[peer.authorization]]\nrequired = true\nsource = "manual p. 9"\n'
    if drawn["credential"]:
        policy += CREDENTIAL.format(rule=drawn["credential"])
    if drawn["supervision"]:
        policy += SUPERVISION.format(rule=drawn["supervision"])
    release, died = drawn["member"]
    encounters = {}
    for number, (on, hour, minutes, member, staff, plan, goal, service, offset, cells) in enumerate(
        drawn["encounters"], start=1
    ):
        start = dt.datetime.combine(FIRST + dt.timedelta(days=on), dt.time(hour))
        end = start + dt.timedelta(minutes=minutes)
        encounters[f"E{number}"] = {
            "like": "E1",
            "start": start.isoformat(timespec="minutes") + offset,
            "end": end.isoformat(timespec="minutes") + offset,
            "signed_at": end.isoformat(timespec="minutes") + offset,
            "created_at": "",
            "member_id": member,
            "staff_id": staff,
            "signed_by": staff,
            "plan_id": plan,
            "goal": goal,
            "service": service,
            **{
                column: (end + dt.timedelta(minutes=cell)).isoformat(timespec="minutes") + offset
                if isinstance(cell, int)
                else cell
                for column, cell in cells.items()
            },
        }
    return make_world(
        {
            "policy": policy,
            "severity": drawn["severity"],
            "payers": {"plan": {"rendering": drawn["rendering"]}},
            "staff": {
                "S1": {"birth_date": drawn["born"], "recovery_since": drawn["recovery"]},
                **{f"S{number}": {"like": "S2", **row} for number, row in enumerate(drawn["others"], start=3)},
            },
            "credentials": {
                **({"first": False} if drawn["credentials"] else {}),
                **{f"C{n}": row for n, row in enumerate((*drawn["credentials"], *drawn["certificates"]))},
            },
            "training": {f"T{number}": row for number, row in enumerate(drawn["trained"])},
            "exclusions": {f"X{number}": row for number, row in enumerate(drawn["exclusions"])},
            "as_of": dt.date(2026, 3, 31),
            "members": {"M1": {"release_on": day(release), "died_on": day(died)}},
            "plans": {
                "P1": False,
                **{
                    f"P{number}": {
                        "like": "P2",
                        "member_id": "M1",
                        "effective_on": day(first),
                        "expires_on": day(last),
                        "signed_on": day(signed),
                        "signed_by": "member;V1" if both else "member",
                    }
                    for number, (first, last, signed, both) in enumerate(drawn["plans"])
                },
            },
            "assessments": {
                f"A{number}": {"member_id": "M1", "kind": "assessment", "date": day(on)}
                for number, on in enumerate(drawn["assessments"])
            },
            **{
                table: {f"{table}-{number}": row for number, row in enumerate(drawn[table])}
                for table in ("stays", "episodes")
            },
            "authorizations": {row["number"]: row for row in drawn["authorizations"]},
            "coverage": {
                **({"first": False} if drawn["coverage"] else {}),
                **{f"C{number}": row for number, row in enumerate(drawn["coverage"])},
            },
            "eligibility": {
                f"T{number}": {
                    "state": state,
                    "asked_from": day(min(first, last)),
                    "asked_to": day(max(first, last)),
                    **({} if since is None else {"first_day": day(since)}),
                }
                for number, (first, last, since, state) in enumerate(drawn["eligibility"])
            },
            "encounters": encounters,
        }
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(WORLDS)
def test_any_world(drawn: dict[str, Any]) -> None:
    world = world_of(drawn)

    assert world.audit() == asked_of_everything(world)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(WORLDS, st.integers(0, 2))
def test_what_finds_nothing_at_both_ends_of_a_stretch_finds_nothing_between(drawn: dict[str, Any], at: int) -> None:
    """Of one contact on every day of two months, each check of plans and of peers is asked about every day."""
    one = drawn["encounters"][at % len(drawn["encounters"])]
    drawn = {**drawn, "encounters": [(number, *one[1:]) for number in range(61)]}
    every = prepared(world_of(drawn))
    contexts = [one for one in every if one.situation is not None]
    index = every[0].index
    of_members, of_staff = quiet.Stretches.of_members(index), quiet.Stretches.of_staff(index)

    def plan(context: Context) -> tuple[object, ...]:
        stretch = of_members.of(context.encounter.member_id, context.day or FIRST)
        return (context.coding, context.coverage, context.covered, stretch)

    def peer(context: Context) -> tuple[object, ...]:
        stretch = of_staff.of(context.encounter.staff_id, context.day or FIRST)
        return (context.coding, stretch, quiet.standing(context))

    for checks, key in ((OF_PLAN, plan), (OF_STAFF, peer)):
        stretches: dict[tuple[object, ...], list[Context]] = {}
        for context in sorted(contexts, key=lambda one: str(one.encounter.start)):
            stretches.setdefault(key(context), []).append(context)
        for check, those in itertools.product(checks, stretches.values()):
            silent = [not list(check.function(context)) for context in those]

            assert is_convex(silent), check.code


def between(first: int, last: int | None, **cells: str) -> dict[str, str]:
    """Return a row of M1 with its days."""
    return {"member_id": "M1", "from": day(first), "to": day(last), **cells}


INSURED = {"payer": "plan", "subscriber_id": "9988776655", "rank": "1"}
AUTHORIZED = {"payer": "plan", "hcpcs": "H0038"}
BY_ENROLMENT = PLANS.format(name="care", rule='complete_within = "10 days after enrollment"')
SPLIT: dict[str, dict[str, Any]] = {
    "plans": {
        "plans": {
            "P1": {"effective_on": day(0), "expires_on": day(20)},
            "P3": {"like": "P1", "effective_on": day(40), "expires_on": day(60)},
        }
    },
    "signatures of plans": {
        "policy": PLANS.format(name="care", rule='review_every = "25 days"'),
        "plans": {"P1": {"effective_on": day(0), "signed_on": day(40)}},
    },
    "assessments": {
        "policy": PLANS.format(name="assessment", rule='review_every = "14 days"'),
        "assessments": {
            name: {"member_id": "M1", "kind": "assessment", "date": day(on)} for name, on in (("A1", 0), ("A2", 50))
        },
    },
    "episodes": {
        "policy": BY_ENROLMENT,
        "plans": {"P1": False},
        "episodes": {"one": between(0, 30), "two": between(55, None)},
    },
    "stays": {"stays": {"one": between(20, 40, kind="inpatient")}},
    "coverage": {"coverage": {"first": between(0, 20, **INSURED), "C2": between(40, None, **INSURED)}},
    "authorizations": {
        "policy": '[[peer.authorization]]\nrequired = true\nsource = "manual p. 9"\n',
        "authorizations": {"A1": between(0, 20, **AUTHORIZED), "A2": between(40, None, **AUTHORIZED)},
    },
    "eligibility": {"eligibility": {"T1": {"state": "inactive", "asked_from": day(20), "asked_to": day(40)}}},
    "days of an answer": {
        "eligibility": {
            "T1": {"state": "active", "asked_from": day(0), "asked_to": day(60), "last_day": day(20)},
            "T2": {"state": "active", "asked_from": day(40), "asked_to": day(60)},
        }
    },
}
"""Rows of a member that let a check find something in the middle of two months, and nothing before and after."""


@pytest.mark.parametrize("name", SPLIT)
def test_each_kind_of_row_divides_the_days(name: str) -> None:
    noted = {"like": "E1", "repeat": 61, "on": FIRST.isoformat(), "plan_id": "", "goal": ""}
    world = make_world({**SPLIT[name], "encounters": {"D": noted, "E1": False}})
    audit = world.audit()
    named = {id_ for found in audit.findings for id_ in found.encounter_ids if found.code in CODES_OF_PLAN}

    assert named
    assert named.isdisjoint({"D-1", "D-61"})
    assert audit == asked_of_everything(world)


EXCLUDED = {"list": "OIG", "from": day(20), "to": day(40)}
CERTIFIED = {"state": "ZZ", "status": "active"}
THIRDS = (20, 20, 21)


def in_the_middle(usual: str, other: str) -> list[str]:
    """Return the cell of each of 61 days: another one in the middle."""
    return [cell for cell, days in zip((usual, other, usual), THIRDS, strict=True) for _ in range(days)]


SPLIT_OF_STAFF: dict[str, dict[str, Any]] = {
    "exclusion by id": {"exclusions": {"one": {"staff_id": "S1", **EXCLUDED}}},
    "exclusion by NPI": {"exclusions": {"one": {"npi": "1245319599", **EXCLUDED}}},
    "exclusion of a facilitator": {
        "exclusions": {"one": {"staff_id": "S2", **EXCLUDED}},
        "encounters": {"D": {"facilitators": "S2"}},
    },
    "exclusion of the supervisor by id": {
        "payers": {"plan": {"rendering": "supervisor"}},
        "exclusions": {"one": {"staff_id": "V1", **EXCLUDED}},
    },
    "exclusion of the supervisor by NPI": {
        "payers": {"plan": {"rendering": "supervisor"}},
        "exclusions": {"one": {"npi": "1679576722", **EXCLUDED}},
    },
    "certificates of the supervisor": {
        "policy": SUPERVISION.format(rule='by = ["LMSW"]'),
        "credentials": {
            name: {"staff_id": "V1", "credential": "LMSW", "issued_on": first, "expires_on": last, **CERTIFIED}
            for name, first, last in (("one", day(0), day(20)), ("two", day(40), day(60)))
        },
    },
    "other peers of the supervisor": {
        "policy": SUPERVISION.format(rule="peers_per_supervisor = 2"),
        "staff": {"S3": {"like": "S2", "hired_on": day(20), "left_on": day(40)}},
    },
    "certificates that lapse after their grace": {
        "policy": CREDENTIAL.format(rule='endorsement = ["adult"]\ngrace_days = 10'),
        "credentials": {
            "first": {"endorsements": "adult", "expires_on": day(10)},
            "plain": {"like": "first", "endorsements": "", "expires_on": day(25)},
            "third": {"like": "first", "endorsements": "adult", "issued_on": day(50), "expires_on": day(61)},
        },
    },
    "certificates for other ages": {
        "policy": CREDENTIAL.format(rule='peer_age = "18-29"')
        + '[[peer.credential.CPSA]]\npeer_age = "31-60"\nsource = "manual p. 5"\n',
        "staff": {"S1": {"birth_date": "1996-06-01"}},
        "credentials": {
            "first": {"expires_on": "2028-12-31"},
            "older": {"like": "first", "credential": "CPSA"},
        },
        "as_of": dt.date(2027, 12, 31),
        "encounters": {"D": {"every": 10 * 24 * 60}},
    },
    "certificates of which another lacks less": {
        "policy": CREDENTIAL.format(rule="exam = true\nrenewals = 0")
        + '[[peer.credential.CPSA]]\nexam = true\nvalid_months = 6\nrenewals = 0\nsource = "manual p. 5"\n',
        "credentials": {
            "first": {"exam_on": day(40)},
            "other": {"like": "first", "credential": "CPSA", "issued_on": day(20 - 184), "exam_on": "2024-01-01"},
        },
    },
    "facilitators": {"encounters": {"D": {"facilitators": in_the_middle("", "NOBODY")}}},
    "services": {
        "policy": '[[peer.credential.CPS]]\nwhen = { service = "group" }\nendorsement = ["adult"]\nsource = "manual"\n',
        "encounters": {"D": {"service": in_the_middle("individual", "group")}},
    },
    "peers without a certificate": {
        "policy": '[[peer.credential.none]]\nsource = "manual p. 5"\n',
        "credentials": {"first": False, "second": False},
        "staff": {"S2": {"npi": "1962505926"}},
        "encounters": {"D": {"staff_id": in_the_middle("S1", "S2")}},
    },
}
"""Rows that let a check of peers find something in the middle, and nothing before and after."""


@pytest.mark.parametrize("name", SPLIT_OF_STAFF)
def test_what_decides_about_a_peer_divides_the_days(name: str) -> None:
    patch = SPLIT_OF_STAFF[name]
    noted = {"like": "E1", "repeat": 61, "on": FIRST.isoformat(), "plan_id": "", "goal": ""}
    noted |= patch.get("encounters", {}).get("D", {})
    world = make_world({**patch, "encounters": {"D": noted, "E1": False}})
    audit = world.audit()
    named = {id_ for found in audit.findings for id_ in found.encounter_ids if found.code in CODES_OF_STAFF}

    assert named
    assert named.isdisjoint({"D-1", "D-61"})
    assert audit == asked_of_everything(world)


def test_the_first_of_a_stretch_may_be_a_later_row() -> None:
    """Ten years in recovery from 30 January on: the contact of 20 January is too early."""
    world = make_world(
        {
            "policy": CREDENTIAL.format(rule="recovery_months = 120"),
            "staff": {"S1": {"recovery_since": "2016-01-30"}},
            "encounters": {"E2": {"like": "E1", "on": FIRST.isoformat(), "plan_id": ""}},
        }
    )
    audit = world.audit()

    assert [found.encounter_ids for found in audit.findings if found.code == "PB310"] == [("E2",)]
    assert audit == asked_of_everything(world)


def is_convex(silent: Sequence[bool]) -> bool:
    """Tell whether no day with a finding is between two without."""
    days = [number for number, is_silent in enumerate(silent) if is_silent]
    return not days or all(silent[days[0] : days[-1] + 1])


def test_of_a_stretch_only_the_ends_are_asked() -> None:
    """Five contacts under one plan: the checks of plans are asked twice, those of the row not at all."""
    world = make_world({"encounters": {"E2": {"like": "E1", "repeat": 4, "on": "2026-03-03"}}})
    contexts = prepared(world)
    asked: list[tuple[str, str]] = []

    def told(check: Any) -> Any:
        def run(context: Context) -> Any:
            asked.append((check.code, context.encounter.encounter_id))
            return check.function(context)

        return attrs.evolve(check, function=run)

    checks = check_set(world.records.settings)
    list(EncounterChecks(attrs.evolve(checks, checks=tuple(map(told, checks.checks)))).each(contexts))

    assert sorted({id_ for code, id_ in asked if code == "PB501"}) == ["E1", "E2-4"]
    assert [code for code, _ in asked if code in {check.code for check in OF_ROW}] == []


@pytest.mark.parametrize("bounds", [("10:00",), ("10:00", "16:00")], ids=["one contact", "two contacts"])
@pytest.mark.parametrize(("end", "proven"), [("22:00", True), ("22:01", False)], ids=["12 hours", "12 hours 1 minute"])
def test_a_day_of_contacts_that_follow_each_other_is_proven_to_12_hours(
    bounds: tuple[str, ...], end: str, *, proven: bool
) -> None:
    encounters = {
        f"E{number}": {
            "like": "E1",
            "start": f"2026-03-02T{first}",
            "end": f"2026-03-02T{last}",
            "signed_at": "2026-03-02T22:30",
        }
        for number, (first, last) in enumerate(itertools.pairwise((*bounds, end)), start=1)
    }
    contexts = prepared(make_world({"encounters": encounters}))
    sweep = quiet.Sweep(contexts, contexts[0].index)

    assert sweep.holds(Group("M1", tuple(contexts), contexts[0].index), "member")
    assert sweep.holds(Group("S1", tuple(contexts), contexts[0].index), "peer") is proven


@pytest.mark.parametrize(
    ("per", "units", "proven"),
    [
        ("day", 3, True),
        ("day", 2, False),
        ("week", 6, True),
        ("week", 5, False),
        ("calendar year", 6, True),
        ("calendar year", 5, False),
        ("2 rolling days", 6, True),
        ("2 rolling days", 5, False),
    ],
)
def test_units_are_proven_to_be_within_a_limit(per: str, units: int, *, proven: bool) -> None:
    """Two contacts of 3 units, on two days."""
    policy = f'[[peer.limit.one]]\nunits = {units}\nper = "{per}"\nsource = "manual p. 9"\n'
    contexts = prepared(make_world({"policy": policy, "encounters": {"E2": {"like": "E1", "on": "2026-03-03"}}}))

    assert stays_within_limits(Group("M1", tuple(contexts), contexts[0].index), "member") is proven


def test_a_check_without_a_word_is_asked_of_every_encounter() -> None:
    """An agency's own check looks at what it likes."""
    world = make_world({"encounters": {"E2": {"like": "E1", "on": "2026-03-03"}}})
    contexts = prepared(world)
    asked: list[str] = []

    def run(context: Context) -> Iterator[Problem]:
        asked.append(context.encounter.encounter_id)
        yield from ()

    own = attrs.evolve(CHECKS[2], code="X101", function=run, looks_at="encounter")
    checks = check_set(world.records.settings)
    list(EncounterChecks(attrs.evolve(checks, checks=(*checks.checks, own))).each(contexts))

    assert asked == ["E1", "E2"]
