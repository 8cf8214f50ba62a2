"""Why an encounter comes to its units and charge: every step, with its figures and sources."""

import datetime as dt
from decimal import Decimal
from typing import Any

import attrs
import pytest
from defects import EXAMPLES, meta
from worlds import World, make_world

from peerbill.checks.audit import audit, explain
from peerbill.checks.auditor import Auditor
from peerbill.coding.explanation import STEPS, Explanation
from peerbill.intake.workspace import programme_ids, read_agency_policies, read_workspace
from peerbill.model.errors import UnusableInputError
from peerbill.policy import load_policies


def explained(world: World, encounter_id: str = "E1") -> Explanation:
    return explain(world.records, world.policies, world.as_of, encounter_id)


def sentences(found: Explanation, *names: str) -> list[str]:
    return [step.sentence for step in found.steps if step.name in names]


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_explanation_gives_what_the_audit_gives(name: str) -> None:
    records = read_workspace(EXAMPLES[name])
    policies = load_policies(programme_ids(records.settings), read_agency_policies(EXAMPLES[name]))
    as_of = dt.date.fromisoformat(str(meta(name)["as_of"]))
    result = audit(records, policies, as_of)

    found = [explain(records, policies, as_of, one.encounter.encounter_id) for one in result.billable[:12]]

    assert [
        (one.encounter_id, one.status, one.payer, one.programme, one.minutes, one.units, one.hcpcs, one.modifiers)
        for one in found
    ] == [
        (
            one.encounter.encounter_id,
            "billable",
            one.payer,
            one.programme,
            one.minutes,
            one.units,
            one.hcpcs,
            one.modifiers,
        )
        for one in result.billable[:12]
    ]
    assert [one.charge for one in found] == [one.unit_charge * one.units for one in result.billable[:12]]
    for one in found:
        names = [step.name for step in one.steps]
        assert set(names) <= set(STEPS)
        assert {"payer", "programme", "code", "minutes", "unit", "units", "charge"} <= set(names)
        # A line that ends in whole units needs no rule for parts, and nobody is cited for what follows by counting.
        assert all(step.citations for step in one.steps if step.name in {"code", "unit", "charge"})


def test_every_step_of_a_plain_contact() -> None:
    found = explained(make_world())

    assert [(step.name, step.sentence, step.status) for step in found.steps] == [
        ("payer", "plan covers the member on 2026-03-02, with rank 1.", ""),
        ("programme", "ZZ/peer is the policy of plan in peerbill.toml, and in force on 2026-03-02.", ""),
        ("code", "The service individual is billed as H0038.", "agency"),
        ("modifier", "Modifier HF belongs to the service individual.", "agency"),
        ("minutes", "10:00 to 10:47 is 47 minutes.", ""),
        ("unit", "A unit is 15 minutes.", "agency"),
        ("units", "47 minutes are 3 whole units and 2 minutes; only whole units count: 3 units.", "agency"),
        ("rendering", "The rendering provider is the peer: staff S1.", "agency"),
        ("charge", "The usual charge for H0038: $20.00 a unit, 3 units: $60.00.", "agency"),
    ]
    units = found.steps[6]
    assert units.values == {"minutes": 47, "units": 3, "whole": 3, "rest": 2, "rounding": "down"}
    assert [citation.where for citation in units.citations] == ["p. 3"]
    assert (found.unit_charge, found.charge) == (Decimal("20.00"), Decimal("60.00"))


def unit(row: str) -> str:
    return f'[[peer.unit]]\n{row}\nsource = "manual p. 9"\n'


def second(end: str) -> dict[str, str]:
    """Return a second contact of the member and peer on the day of E1, from 13:00."""
    times = {"start": "2026-03-02T13:00", "end": f"2026-03-02T{end}", "signed_at": "2026-03-02T15:00"}
    return {"like": "E1", "created_at": "2026-03-02T14:00", **times}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"encounters": {"E1": {"break_minutes": "10"}}},
            [
                "10:00 to 10:47 is 47 minutes; 10 of break are taken off: 37 billable minutes.",
                "A unit is 15 minutes.",
                "37 minutes are 2 whole units and 7 minutes; only whole units count: 2 units.",
            ],
        ),
        (
            {"encounters": {"E1": {"travel_minutes": "10"}}, "policy": unit('counts = ["travel"]')},
            [
                "10:00 to 10:47 is 47 minutes; 10 of travel count: 47 billable minutes.",
                "A unit is 15 minutes.",
                "47 minutes are 3 whole units and 2 minutes; only whole units count: 3 units.",
            ],
        ),
        (
            {"policy": unit('rounding = "midpoint"'), "encounters": {"E1": {"end": "2026-03-02T10:53"}}},
            [
                "10:00 to 10:53 is 53 minutes.",
                "A unit is 15 minutes.",
                "53 minutes are 3 whole units and 8 minutes; half a unit or more counts as one: 4 units.",
            ],
        ),
        (
            {"policy": unit('unknown = ["rounding"]'), "encounters": {"E1": {"end": "2026-03-02T10:45"}}},
            ["10:00 to 10:45 is 45 minutes.", "A unit is 15 minutes.", "45 minutes are exactly 3 units."],
        ),
        (
            {"policy": unit("minimum_minutes = 8"), "encounters": {"E1": {"end": "2026-03-02T10:07"}}},
            [
                "10:00 to 10:07 is 7 minutes.",
                "A unit is 15 minutes.",
                "A contact of fewer than 8 minutes makes no unit.",
                "7 minutes make no unit.",
            ],
        ),
        (
            {"policy": unit('per = "service"')},
            ["10:00 to 10:47 is 47 minutes.", "A contact is one unit, however long."],
        ),
        (
            {"policy": unit('aggregate = "day"'), "encounters": {"E2": second("13:20")}},
            [
                "10:00 to 10:47 is 47 minutes.",
                "A unit is 15 minutes.",
                "The minutes of the encounters of this line are added: 47 + 20 = 67 (E1, E2).",
                "67 minutes are 4 whole units and 7 minutes; only whole units count: 4 units.",
                "The line's 4 units are counted with its first encounter, E1.",
            ],
        ),
        (
            {"policy": unit('aggregate = "day"\nminimum_minutes = 8'), "encounters": {"E2": second("13:07")}},
            [
                "10:00 to 10:47 is 47 minutes.",
                "A unit is 15 minutes.",
                "A contact of fewer than 8 minutes makes no unit.",
                "The minutes of the encounters of this line are added: 47 + 0 = 47 (E1, E2).",
                "47 minutes are 3 whole units and 2 minutes; only whole units count: 3 units.",
                "The line's 3 units are counted with its first encounter, E1.",
            ],
        ),
        (
            {
                "policy": unit('unknown = ["aggregate"]'),
                "encounters": {"E1": {"end": "2026-03-02T10:45"}, "E2": second("13:30")},
            },
            [
                "10:00 to 10:45 is 45 minutes.",
                "A unit is 15 minutes.",
                "No source says whether the minutes of a day are added before they are rounded; here both ways agree.",
                "45 minutes are exactly 3 units.",
            ],
        ),
        (
            {"policy": unit('per = "day"'), "encounters": {"E2": second("13:20")}},
            [
                "10:00 to 10:47 is 47 minutes.",
                "A day is one unit, however many contacts it has.",
                "The line's 1 unit is counted with its first encounter, E1.",
            ],
        ),
    ],
)
def test_minutes_and_units_in_words(changes: Any, expected: list[str]) -> None:
    assert sentences(explained(make_world(changes)), "minutes", "unit", "day", "units") == expected


def test_what_is_not_known_has_no_step() -> None:
    found = explained(make_world({"policy": unit('unknown = ["rounding"]')}))

    assert (found.status, found.units, found.charge) == ("held", None, None)
    assert [step.name for step in found.steps] == [
        "payer",
        "programme",
        "code",
        "modifier",
        "minutes",
        "unit",
        "rendering",
    ]


def test_a_value_of_the_agency_and_an_authorization_are_steps() -> None:
    found = explained(
        make_world(
            {
                "payers": {"plan": {"rendering": "supervisor"}},
                "policy": '[[peer.authorization]]\nrequired = true\nsource = "manual p. 9"\n',
                "authorizations": {
                    "A1": {"member_id": "M1", "payer": "plan", "hcpcs": "H0038", "units": "40", "from": "2026-01-01",
                           "to": "2026-06-30"}
                },
            }
        )
    )  # fmt: skip

    assert [(step.sentence, step.status) for step in found.steps if step.name in {"rendering", "authorization"}] == [
        ("The rendering provider is the supervisor: staff V1.", "agency"),
        ("The claim names authorization A1, which has units left.", ""),
    ]


def test_the_rate_of_the_programme_is_charged_where_the_agency_has_no_charge_of_its_own() -> None:
    found = every_step(
        {
            "payers": {"plan": {"charges": {"H0038": False}}},
            "policy": '[[peer.rate]]\namount = "15.00"\nper = "unit"\nsource = "manual p. 9"\n',
        }
    )

    assert [step for step in found if step[0] == "charge"] == [
        ("charge", "The programme's rate: $15.00 a unit, 3 units: $45.00.", "agency", ["p. 9"])
    ]


def test_an_encounter_that_is_not_there_cannot_be_explained() -> None:
    with pytest.raises(UnusableInputError, match=r"^no encounter E99 can be explained: it is not among the encounters"):
        explained(make_world(), "E99")


def test_a_form_explains_what_it_is_about_to_save() -> None:
    world = make_world()
    auditor = Auditor(world.records, world.policies, world.as_of)
    encounter = world.records.encounters[0]

    assert auditor.explain(encounter) == explained(world)
    answer = auditor.encounter(encounter)
    assert (answer.payer, answer.programme, answer.charge) == ("plan", "ZZ/peer", Decimal("60.00"))
    assert answer.policy == dict(audit(world.records, world.policies, world.as_of).policies)["ZZ/peer"]
    assert {name: who.citations[0].where for name, who in answer.authorities.items()} == {
        "hcpcs": "p. 2",
        "modifiers": "p. 2",
        "unit.minutes": "p. 3",
        "unit.rounding": "p. 3",
        "unit.aggregate": "p. 3",
        "claim.rendering": "p. 6",
    }


def test_an_encounter_that_its_fields_cannot_hold_is_not_explained() -> None:
    world = make_world()
    aware = attrs.evolve(world.records.encounters[0], start=dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC))

    with pytest.raises(UnusableInputError, match=r"^the encounter cannot be explained: "):
        Auditor(world.records, world.policies, world.as_of).explain(aware)


def every_step(changes: Any) -> list[tuple[str, str, str, list[str]]]:
    return [
        (step.name, step.sentence, step.status, [citation.where for citation in step.citations])
        for step in explained(make_world(changes)).steps
    ]


PLAIN = {name: (name, *rest) for name, *rest in every_step({})}


@pytest.mark.parametrize(
    ("changes", "without", "instead"),
    [
        ({"coverage": {"first": False}}, {"payer"}, {}),
        ({"coverage": {"first": {"from": "2026-03-02"}}}, set(), {}),
        ({"coverage": {"first": {"from": "2026-03-03"}}}, {"payer"}, {}),
        ({"encounters": {"E1": {"start": ""}}}, set(PLAIN), {}),
        ({"encounters": {"E1": {"end": ""}}}, {"minutes", "units", "charge"}, {}),
        ({"encounters": {"E1": {"service": "nothing"}}}, {"code", "modifier", "charge"}, {}),
        ({"policy": unit('unknown = ["minutes"]')}, {"unit", "units", "charge"}, {}),
        ({"policy": '[[peer.claim]]\nunknown = ["rendering"]\nsource = "manual p. 9"\n'}, {"rendering"}, {}),
        (
            {"policy": '[[peer.claim]]\nrendering = "agency"\nsource = "manual p. 9"\n'},
            set(),
            {"rendering": ("The rendering provider is the agency: the agency itself.", "agency", ["p. 9"])},
        ),
        (
            {
                "policy": '[[peer.service.bare]]\nmode = "individual"\nhcpcs = "H0038"\nmodifiers = []\n'
                'source = "manual p. 9"\n',
                "encounters": {"E1": {"service": "bare"}},
            },
            set(),
            {
                "code": ("The service bare is billed as H0038.", "agency", ["p. 9"]),
                "modifier": ("H0038 has no modifier for bare.", "agency", ["p. 9"]),
            },
        ),
    ],
)
def test_a_step_is_left_out_where_nothing_is_known_of_it(
    changes: Any, without: set[str], instead: dict[str, tuple[str, str, list[str]]]
) -> None:
    expected = [(name, *instead[name]) if name in instead else step for name, step in PLAIN.items()]

    assert every_step(changes) == [step for step in expected if step[0] not in without]


@pytest.mark.parametrize(
    ("minutes", "told"),
    [
        (
            (30, 40),
            ("No source says whether the minutes of a day are added before they are rounded; here both ways agree.",
             "", []),
        ),
        (
            (40, 40),
            (("No source says whether the minutes of a day are added before they are rounded; the least that any rule "
             "gives is billed (part_units is whole)."), "agency", ["[payers.plan] part_units"]),
        ),
    ],
)  # fmt: skip
def test_the_least_of_a_day_is_billed_where_the_ways_to_count_disagree(
    minutes: tuple[int, int], told: tuple[str, str, list[str]]
) -> None:
    first, other = minutes
    found = every_step(
        {
            "policy": unit('unknown = ["aggregate"]'),
            "payers": {"plan": {"part_units": "whole"}},
            "encounters": {"E1": {"end": f"2026-03-02T10:{first}"}, "E2": second(f"13:{other}")},
        }
    )

    assert [step for step in found if step[0] == "day"] == [("day", *told)]
    assert [step[1] for step in found if step[0] == "charge"] == [
        "The usual charge for H0038: $20.00 a unit, 2 units: $40.00."
    ]
