"""An agency's own checks, and warnings that hold an encounter because the agency says so."""

import itertools
import sys
import types
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import attrs
import pytest
from worlds import make_world

from peerbill import (
    Auditor,
    Check,
    Citation,
    Context,
    Finding,
    Group,
    Severity,
    UnusableInputError,
    audit,
    check,
    problem,
)
from peerbill.checks import check_set as module
from peerbill.checks.base import Problem
from peerbill.checks.overlaps import not_rejected_before
from peerbill.claims import resending
from peerbill.intake.settings import WEIGHED, read_settings

MANUAL = Citation(title="The agency's own manual", status="agency", where="p. 3")


@check("X101", sources=(MANUAL,))
def contact_is_short(context: Context) -> Iterator[object]:
    """Find contacts of more than 45 minutes."""
    if context.minutes is not None and context.minutes > 45:
        message, fix = f"the contact lasts {context.minutes} minutes", "Ask the supervisor."
        yield problem(context, "encounters.end", message, fix, severity=Severity.WARNING)


@check("X102", scope="member", sources=(MANUAL,))
def one_contact_a_member(group: Group) -> Iterator[Problem]:
    """Find members with a second contact in the file."""
    if len(group.contexts) > 1:
        yield problem(group.contexts[1], "encounters.member_id", "a second contact", "Look at it.")


@check("X103")
def fails(context: Context) -> Iterator[Problem]:
    """Give nothing, ever."""
    if context.encounter.goal:
        raise KeyError(context.encounter.goal)
    yield from ()


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Give a function that makes `my_agency.checks` with some checks, as an installed module."""

    def install(*checks: object, name: str = "my_agency_checks") -> str:
        made = types.ModuleType(name)
        made.CHECKS = checks  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, name, made)
        module._check_set.cache_clear()
        return name

    yield install
    module._check_set.cache_clear()


def findings(settings: Mapping[str, Any], **patch: Any) -> tuple[Finding, ...]:
    world = make_world(patch)
    records = attrs.evolve(world.records, settings=attrs.evolve(world.records.settings, **settings))
    result = audit(records, world.policies, world.as_of)
    alone = Auditor(records, world.policies, world.as_of).encounter(records.encounters[0])
    of_encounter = [one for one in result.findings if one.code != "X102" and one.encounter_ids == ("E1",)]
    assert list(alone.findings) == of_encounter
    return result.findings


def test_an_own_check_is_run_with_the_others(own: Any) -> None:
    name = own(contact_is_short, one_contact_a_member)
    second = {"like": "E1", "start": "2026-03-03T10:00", "end": "2026-03-03T10:45", "signed_at": "2026-03-03T12:00"}

    found = findings({"checks": (name,)}, encounters={"E2": second | {"created_at": "2026-03-03T11:00"}})

    assert [(one.code, one.severity, one.encounter_ids, one.message, one.citations) for one in found] == [
        ("X101", "warning", ("E1",), "the contact lasts 47 minutes", (MANUAL,)),
        ("X102", "error", ("E2",), "a second contact", (MANUAL,)),
    ]


@pytest.mark.parametrize(
    ("scope", "looks_at"),
    [
        *(("encounter", word) for word in ("situation", "staff", "day", "member", "activity", "row", "plan")),
        ("line", "row"),
        *itertools.product(("member", "peer"), ("times", "units")),
    ],
)
def test_an_own_check_is_asked_of_everything_whatever_it_says(own: Any, scope: str, looks_at: str) -> None:
    """Three plain contacts of a day: what looks at less than an encounter is asked of the first, or of none."""
    asked: set[tuple[str, ...]] = set()

    def run(subject: Any) -> Iterator[Problem]:
        contexts = (subject,) if scope == "encounter" else subject if scope == "line" else subject.contexts
        asked.add(tuple(context.encounter.encounter_id for context in contexts))
        yield from ()

    name = own(Check("X104", scope, run, looks_at=looks_at))
    hours = {"E2": ("12:00", "12:47"), "E3": ("14:00", "14:47")}
    world = make_world(
        {
            "encounters": {
                id_: {"like": "E1", "start": f"2026-03-02T{start}", "end": f"2026-03-02T{end}"}
                for id_, (start, end) in hours.items()
            }
        }
    )
    settings = attrs.evolve(world.records.settings, checks=(name,))
    audit(attrs.evolve(world.records, settings=settings), world.policies, world.as_of)

    together = scope in ("member", "peer")
    assert asked == ({("E1", "E2", "E3")} if together else {("E1",), ("E2",), ("E3",)})


def test_an_entry_point_brings_its_checks(own: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    point = metadata.EntryPoint("ours", own(contact_is_short), "peerbill.checks")
    monkeypatch.setattr(metadata, "entry_points", lambda *, group: [point] if group == "peerbill.checks" else [])

    assert [one.code for one in findings({})] == ["X101"]


@pytest.mark.parametrize(
    ("severity", "held"), [({}, False), ({"X101": Severity.ERROR}, True), ({"X101": Severity.WARNING}, False)]
)
def test_a_warning_holds_where_the_agency_says_so(own: Any, severity: Mapping[str, Severity], held: bool) -> None:
    [found] = findings({"checks": (own(contact_is_short),), "severity": severity})

    assert (found.severity is Severity.ERROR) is held


def test_an_error_is_never_lowered() -> None:
    assert [(one.code, one.severity) for one in findings(
        {"severity": {"PB202": Severity.WARNING}}, encounters={"E1": {"signed_by": ""}})
    ] == [("PB202", "error")]  # fmt: skip


@pytest.mark.parametrize(
    ("checks", "message"),
    [
        ((), "expected CHECKS, a tuple of checks made with @check, in that module"),
        (("no check",), "expected CHECKS, a tuple of checks made with @check, in that module"),
        ((contact_is_short, contact_is_short), "two checks have the code X101"),
        ((Check("PB101", "encounter", contact_is_short.function),), "expected a code such as X101, found PB101"),
        (
            (Check("X104", "row", contact_is_short.function),),
            "X104 looks at row: expected encounter, line",
        ),
    ],
)
def test_a_module_without_usable_checks_is_refused(own: Any, checks: tuple[object, ...], message: str) -> None:
    name = own(*checks)
    with pytest.raises(UnusableInputError, match=f"^peerbill.toml: checks names {name}: {message}"):
        findings({"checks": (name,)})


@pytest.mark.parametrize("name", ["not_there", "not_there.checks", "json.checks"])
def test_a_module_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(UnusableInputError) as caught:
        findings({"checks": (name,)})

    assert str(caught.value) == (
        f"peerbill.toml: checks names {name}, and no such module can be imported. "
        "Install it where peerbill is installed, or take it out."
    )


def test_a_module_that_lacks_what_it_imports_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "their_checks.py").write_text("import not_installed\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    with pytest.raises(UnusableInputError, match=r"\(it imports not_installed, which is not installed\)"):
        findings({"checks": ("their_checks",)})


def test_a_severity_of_no_check_is_refused() -> None:
    with pytest.raises(UnusableInputError, match="severity names X999, which no check has"):
        findings({"severity": {"X999": Severity.ERROR}})


def test_a_check_that_fails_ends_the_audit_without_a_word_of_the_record(own: Any) -> None:
    with pytest.raises(UnusableInputError) as caught:
        findings({"checks": (own(fails),)}, encounters={"E1": {"goal": "secret"}})

    assert str(caught.value) == (
        "the check X103 of my_agency_checks fails with KeyError: correct it, or take it out of checks"
    )
    assert caught.value.__cause__ is None


TOML = """\
checks = ["my_agency.checks"]
severity = { PB408 = "error", X101 = "warning" }
"""


def settings_text(top: str) -> str:
    rest = """
[organization]
name = "Shore"
npi = "1234567893"
tax_id = "221234567"
timezone = "America/New_York"
address = { street = "12 Water St", city = "Toms River", state = "NJ", zip = "087531234" }
contact = { name = "Billing Office", phone = "7325550100" }
[submitter]
name = "Shore"
id = "SHORE01"
[payers.later]
"""
    return top + rest


def test_both_are_read_from_peerbill_toml() -> None:
    settings, _ = read_settings(settings_text(TOML))

    assert settings.checks == ("my_agency.checks",)
    assert settings.severity == {"PB408": Severity.ERROR, "X101": Severity.WARNING}


@pytest.mark.parametrize(
    ("top", "message"),
    [
        ('checks = ["my agency"]', "expected the name of a Python module, such as my_agency.checks"),
        (
            'severity = { PB48 = "error" }',
            "expected the code of a check, such as PB408, found something else. Did you",
        ),
        ('severity = { PB408 = "info" }', "expected error or warning: a severity can be raised and never lowered"),
        ("severity = { PB408 = 1 }", "expected error or warning: a severity can be raised and never lowered"),
        ('severity = { PB808 = "error" }', "expected another code: bill itself decides when PB808 holds an encounter"),
    ],
)
def test_a_wrong_word_is_refused_with_its_line(top: str, message: str) -> None:
    with pytest.raises(UnusableInputError) as caught:
        read_settings(settings_text(top + "\n"))

    assert message in str(caught.value)
    assert str(caught.value).startswith("peerbill.toml line 1: ")


def test_the_code_that_bill_weighs_is_that_of_rejected_claims() -> None:
    assert not_rejected_before.code == WEIGHED == resending.CODE
