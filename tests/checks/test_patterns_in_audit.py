"""When an audit looks for patterns, what its findings name, and what it needs for that."""

import datetime as dt
import subprocess
import sys
from typing import Any

import attrs
import pytest
from worlds import FIXTURES, as_billed, cases, make_world, told

from peerbill.checks import CHECKS
from peerbill.model.encounter import fingerprint
from peerbill.model.finding import Severity

NOTE = {"intervention": " ".join(f"z{letter}{other}" for letter in "abcde" for other in "klmn")}
COPIES: dict[str, Any] = {
    "patterns": {},
    "encounters": {"E1": NOTE, "E2": {"like": "E1", "on": "2026-03-05"}, "E3": {"like": "E1", "on": "2026-03-09"}},
}


def named(patch: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return the encounters that findings of PB208 name."""
    return [one.encounter_ids for one in make_world(patch).audit().findings if one.code == "PB208"]


def test_what_was_billed_is_compared_and_not_named() -> None:
    assert named(COPIES) == [("E1",), ("E2",), ("E3",)]
    assert named({**COPIES, "billed": {"E1": {"like": "E1", **NOTE}}}) == [("E2",), ("E3",)]


def test_a_finding_of_several_names_those_that_are_left() -> None:
    (name, *_) = (name for name in cases("PB910") if name.startswith("6 notes"))
    case = cases("PB910")[name]
    rows = make_world(case).records.encounters
    billed = {f"N-{number}": {"like": f"N-{number}"} for number in range(1, 6)}
    assert len(rows) == 6
    world = make_world({**case, "billed": {"N": case["encounters"]["N"] | {"repeat": 5}}})

    assert [one.encounter_ids for one in world.audit().findings if one.code == "PB910"] == [("N-6",)]
    assert {one.encounter_id for one in world.history} == set(billed)


@pytest.mark.parametrize(("days", "compared"), [(182, True), (183, False)])
def test_what_was_billed_shows_what_is_usual_for_half_a_year(days: int, *, compared: bool) -> None:
    world = make_world({"patterns": {}, "encounters": {"E1": NOTE}})
    (billable,) = world.audit().billable
    row, back = billable.encounter, dt.timedelta(days=days)
    assert row.start is not None
    assert row.end is not None
    start, end = row.start - back, row.end - back
    old = attrs.evolve(row, encounter_id="OLD", start=start, end=end, line=9)
    sent = attrs.evolve(
        as_billed(billable), encounter_id="OLD", start=start, end=end, fingerprint=fingerprint(old), claim_id="C1"
    )
    records = attrs.evolve(world.records, encounters=(*world.records.encounters, old))
    result = attrs.evolve(world, records=records, history=(sent,)).audit()

    assert [(one.code, one.encounter_ids) for one in result.findings] == [("PB208", ("E1",))] * compared
    assert [(one.encounter_id, one.status) for one in result.encounters] == [("E1", "billable"), ("OLD", "billed")]


def test_what_was_billed_altogether_has_no_finding() -> None:
    billed = {"billed": {name: {**cells, **NOTE} for name, cells in COPIES["encounters"].items()}}

    assert told(make_world({**COPIES, **billed}).audit().findings) == []


def test_a_code_that_was_raised_holds_without_being_asked_for() -> None:
    patch = {**COPIES, "severity": {"PB208": "error"}}
    del patch["patterns"]
    result = make_world(patch).audit()

    assert [(one.code, one.severity) for one in result.findings] == [("PB208", Severity.ERROR)] * 3
    assert (result.count("held"), result.billable) == (3, ())


def test_patterns_alone_hold_nothing_in_any_world() -> None:
    """Asked in every world of the cases: warnings at most, and the same encounters are billable."""
    of_patterns = {check.code for check in CHECKS if check.scope == "pattern"}
    for path in sorted(FIXTURES.glob("PB[1-9]*.toml"))[::4]:
        for case in cases(path.stem).values():
            asked = make_world({**case, "patterns": {}, "severity": {}}).audit()
            alone = make_world({**{key: case[key] for key in case if key != "patterns"}, "severity": {}}).audit()

            assert asked.encounters == alone.encounters
            assert asked.billable == alone.billable
            assert {one for one in asked.findings if one.code not in of_patterns} == set(alone.findings)
            assert Severity.ERROR not in {one.severity for one in asked.findings if one.code in of_patterns}


@pytest.mark.parametrize("package", ["numpy", "rapidfuzz"])
def test_without_its_packages_the_search_says_what_to_install(package: str) -> None:
    code = (
        f"import sys; sys.modules[{package!r}] = None; sys.path.insert(0, {str(FIXTURES.parents[1] / 'tests')!r})\n"
        "from worlds import make_world\n"
        "assert make_world().audit().findings == ()\n"
        "try: make_world({'patterns': {}}).audit()\nexcept ImportError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert done.stdout == "the search for patterns needs the package numpy: install peerbill[patterns]\n"
