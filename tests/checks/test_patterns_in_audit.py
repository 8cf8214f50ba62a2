"""When an audit looks for patterns, what its findings name, and what it needs for that."""

import datetime as dt
import subprocess
import sys
from typing import Any

import attrs
import pytest
from worlds import FIXTURES, World, as_billed, cases, make_world, told

from peerbill.checks import CHECKS
from peerbill.model.encounter import Encounter, fingerprint
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


OTHER_NOTE = " ".join(f"q{letter}{other}" for letter in "fghij" for other in "pqrst")


def moved(world: World, days: int, **changes: Any) -> Encounter:
    """Return the encounter of a world, so many days later and with changes."""
    row, by = world.records.encounters[0], dt.timedelta(days=days)
    times = {name: time + by for name in ("start", "end", "signed_at") if (time := getattr(row, name)) is not None}
    return attrs.evolve(row, **times, **changes)


def copied(days: int, *left: int, as_of: str = "2026-12-31") -> list[tuple[str, str]]:
    """Return what PB208 names of encounters that are left, and which of them are.

    E1 is a copy of one that was billed that many `days` later; the others that are `left`, days from it, are of another
    member and peer, with another text.
    """
    world = make_world({"patterns": {}, "as_of": dt.date.fromisoformat(as_of), "encounters": {"E1": NOTE}})
    (billable,) = make_world({"encounters": {"E1": NOTE}}).audit().billable
    old = moved(world, days, encounter_id="BILLED", line=8)
    assert old.start is not None
    assert old.end is not None
    others = (
        moved(world, by, encounter_id=f"L{by}", line=9, staff_id="S2", member_id="M2", intervention=OTHER_NOTE)
        for by in left
    )
    sent = attrs.evolve(
        as_billed(billable), encounter_id="BILLED", start=old.start, end=old.end, fingerprint=fingerprint(old)
    )
    records = attrs.evolve(world.records, encounters=(*world.records.encounters, old, *others))
    audit = attrs.evolve(world, records=records, history=(sent,)).audit()
    assert [row.encounter_id for row in audit.encounters if row.status == "billed"] == ["BILLED"]
    return [(found.code, id_) for found in audit.findings if found.code == "PB208" for id_ in found.encounter_ids]


@pytest.mark.parametrize(("days", "compared"), [(-183, False), (-182, True), (182, True), (183, False)])
def test_what_was_billed_shows_what_is_usual_for_half_a_year(days: int, *, compared: bool) -> None:
    assert copied(days) == [("PB208", "E1")] * compared


@pytest.mark.parametrize(("days", "compared"), [(-549, False), (-548, True), (-184, True), (-183, False), (-182, True)])
def test_what_is_usual_is_that_of_any_that_is_left(days: int, *, compared: bool) -> None:
    """E1 is the later of two, 366 days apart: between their half years, one day is of neither."""
    assert copied(days, -366, as_of="2026-03-02") == [("PB208", "E1")] * compared


@pytest.mark.parametrize(("as_of", "compared"), [("2027-03-03", True), ("2027-03-04", False)])
def test_what_is_left_for_over_a_year_is_compared_with_nothing_billed(as_of: str, *, compared: bool) -> None:
    """E1 is of 2026-03-02."""
    assert copied(-1, as_of=as_of) == [("PB208", "E1")] * compared


@pytest.mark.parametrize("left", [199, 200, 250])
def test_what_else_is_left_lets_no_finding_vanish(left: int) -> None:
    assert copied(-1, left) == copied(-1) == [("PB208", "E1")]


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
