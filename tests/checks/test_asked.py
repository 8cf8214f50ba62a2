"""Which checks an encounter is asked: what is left out finds nothing when it is asked, in any world of the cases."""

import datetime as dt
import functools
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import pytest
from defects import EXAMPLES, meta
from worlds import FIXTURES, World, cases, make_world, told

from peerbill.checks import CHECKS, Check
from peerbill.checks.asked import EncounterChecks
from peerbill.checks.audit import audit_index
from peerbill.checks.base import problem
from peerbill.checks.check_set import check_set
from peerbill.checks.quiet import RowProof
from peerbill.coding.context import Context
from peerbill.coding.prepare import Kept, Preparer
from peerbill.intake.workspace import programme_ids, read_agency_policies, read_workspace
from peerbill.model.encounter import Encounter
from peerbill.model.finding import Finding
from peerbill.policy import load_policies

OF_ENCOUNTER = tuple(check for check in CHECKS if check.scope == "encounter")
SHARED: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "situation": (
        frozenset({"situation", "programme", "payer", "rules", "coding", "age", "diagnosis_groups", "site"}),
        frozenset({"service", "channel", "place", "facility", "support_type", "diagnoses"}),
    ),
    "staff": (
        frozenset({"staff", "day", "payer", "rules", "coding", "rendering_id", "supervising_id", "attending_id"}),
        frozenset({"staff_id", "facilitators"}),
    ),
    "member": (frozenset({"member", "coverage", "covered", "payer"}), frozenset({"member_id"})),
    "activity": (frozenset({"rules"}), frozenset({"activity"})),
    "day": (frozenset({"rules", "day"}), frozenset()),
    "plan": (
        frozenset(
            {"member", "coverage", "covered", "payer", "programme", "rules", "coding", "hcpcs", "modifiers", "day"}
        )
        | {"has_release"},
        frozenset({"member_id", "plan_id", "goal", "payer", "service", "start"}),
    ),
}
"""What a check may read to find nothing, by what it looks at: of the context, and of the encounter."""


def prepared(world: World) -> list[Context]:
    """Return what a world's encounters come to, those that were not billed before."""
    index = audit_index(
        world.records,
        world.policies,
        world.as_of,
        world.history,
        world.eligibility,
        purged_before=world.purged_before,
    )
    preparer = Preparer(index, world.policies)
    contexts = map(preparer.context, index.records.encounters)
    return [context for context in contexts if not context.billed]


@functools.cache
def every_world() -> tuple[tuple[Context, ...], ...]:
    """Return the contexts of every case and of every example."""
    patches = [case for path in sorted(FIXTURES.glob("PB[1-9]*.toml")) for case in cases(path.stem).values()]
    found = [tuple(prepared(make_world(patch))) for patch in patches]
    for name, folder in EXAMPLES.items():
        records = read_workspace(folder)
        policies = load_policies(programme_ids(records.settings), read_agency_policies(folder))
        found.append(tuple(prepared(World(records, policies, meta(name)["as_of"]))))
    return tuple(found)


def every_context() -> Iterator[Context]:
    return (context for contexts in every_world() for context in contexts)


def in_order(findings: list[Finding]) -> list[str]:
    return sorted(told(findings))


def test_what_is_asked_finds_what_all_checks_find() -> None:
    """Asked in turn and twice, so that what was kept of one encounter serves the others."""
    for contexts in every_world():
        if not contexts:
            continue
        checks = EncounterChecks(check_set(contexts[0].index.records.settings))
        for context in (*contexts, *contexts):
            alone = [finding for check in OF_ENCOUNTER for finding in check(context)]

            assert in_order(checks.findings(context)) == in_order(alone)


@pytest.mark.parametrize("check", [one for one in OF_ENCOUNTER if one.needs], ids=lambda one: one.code)
def test_a_check_that_is_not_needed_finds_nothing(check: Check) -> None:
    needed = dict[bool, int]()
    for context in every_context():
        if context.situation is None or check.needs is None:
            continue
        is_needed = bool(check.needs(context.situation))
        needed[is_needed] = needed.get(is_needed, 0) + 1
        if not is_needed:
            assert told(list(check(context))) == []

    assert needed.keys() == {True, False}


def remember(name: str) -> None:
    """Remember that a field was read; what `problem` reads, to name the encounter, decides nothing."""
    if sys._getframe(2).f_code is not problem.__code__:  # the way to ask who reads
        READ.add(name)


class _Watched(Encounter):
    """An encounter that remembers which of its fields are read."""

    def __getattribute__(self, name: str) -> Any:
        remember(f"encounter.{name}")
        return super().__getattribute__(name)


class _WatchedContext(Context):
    """A context that does."""

    def __getattribute__(self, name: str) -> Any:
        remember(name)
        return super().__getattribute__(name)


READ: set[str] = set()


def watched(context: Context) -> Context:
    fields = {field.name: getattr(context, field.name) for field in attrs.fields(Context) if field.init}
    encounter = {field.name: getattr(context.encounter, field.name) for field in attrs.fields(Encounter)}
    return _WatchedContext(**{**fields, "encounter": _Watched(**encounter)})


@pytest.mark.parametrize("check", [one for one in OF_ENCOUNTER if one.looks_at in SHARED], ids=lambda one: one.code)
def test_a_check_finds_nothing_by_what_it_looks_at_alone(check: Check) -> None:
    """Else what was found silent about one encounter would hide something of another."""
    of_context, of_encounter = SHARED[check.looks_at]
    allowed = of_context | {"encounter", "index"} | {f"encounter.{name}" for name in of_encounter}
    silent = 0
    for context in every_context():
        # Where another payer answered, days alone do not decide, and the check is asked of each encounter.
        if context.situation is None or (check.looks_at == "day" and context.index.prior_payments):
            continue
        seen = watched(context)
        READ.clear()
        if list(check.function(seen)):
            continue
        silent += 1

        assert {name for name in READ if not name.startswith("encounter.__")} <= allowed

    assert silent


def test_a_check_of_the_row_finds_nothing_about_a_plain_one_and_reads_what_the_proof_reads() -> None:
    """Beside the rules, which are the situation's. Most rows about which none finds anything are plain."""
    of_situation = {"rules", "coding", "index", "encounter", "encounter.__class__"}
    checks = [check for check in OF_ENCOUNTER if check.looks_at == "row"]
    plain = silent = 0
    for context in every_context():
        if context.situation is None:
            continue
        proof = RowProof.of(context.situation)
        found = [check.code for check in checks if list(check.function(context))]
        silent += not found
        if not proof.holds(context):
            continue
        plain += 1

        assert found == []
        seen = watched(context)
        READ.clear()
        proof.holds(seen)
        of_proof = set(READ)
        READ.clear()
        for check in checks:
            list(check.function(seen))
        assert of_proof | of_situation >= READ
    assert plain > 0.8 * silent > 800


def test_every_check_says_what_it_looks_at_in_a_known_word() -> None:
    of_encounter = {check.looks_at for check in CHECKS if check.scope == "encounter"}

    assert of_encounter == {"encounter", "row", *SHARED}
    assert {(check.scope, check.looks_at) for check in CHECKS if check.scope != "encounter"} - {
        (check.scope, "encounter") for check in CHECKS
    } == {("line", "row"), ("member", "times"), ("peer", "times"), ("member", "units"), ("peer", "units")}


def test_what_one_encounter_was_silent_about_is_asked_of_the_next_day() -> None:
    """A certificate to 2 March: the contact of that day passes, that of the next does not."""
    world = make_world(
        {
            "credentials": {"first": {"expires_on": "2026-03-02"}},
            "encounters": {"E2": {"like": "E1", "on": "2026-03-03"}},
        }
    )

    assert [line.partition(" ")[2] for line in told(world.audit().findings)] == [
        "E2 credentials.expires_on: PB303 CPS of S1 expired on 2026-03-02, before the service"
    ]


def test_encounters_of_one_situation_share_it() -> None:
    """Another day, member or note is the same situation; another place, diagnosis or stretch of the policy is not."""
    world = make_world(
        {
            "encounters": {
                "E2": {"like": "E1", "on": "2026-03-03", "goal": "stay housed"},
                "E3": {"like": "E1", "on": "2026-03-04", "place": "12"},
                "E4": {"like": "E1", "on": "2026-03-05", "diagnoses": "F10.20"},
            }
        }
    )
    first, second, place, diagnosis = (context.situation for context in prepared(world))

    assert first is not None
    assert first is second
    assert len({id(one) for one in (first, place, diagnosis)}) == 3


def test_what_is_kept_begins_anew_once_it_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("peerbill.coding.prepare.MOST_KEPT", 2)
    kept = Kept[str, dt.date]()
    for name in ("a", "b", "c"):
        kept.keep(name, dt.date(2026, 3, 2))

    assert list(kept) == ["c"]
