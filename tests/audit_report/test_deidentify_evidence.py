"""The evidence of an audit with pseudonyms: each field is decided on, the figures stay, and no canary is in it."""

import datetime as dt
import inspect
import itertools
from collections import Counter
from typing import Any

import attrs
import pytest
from canaries import MARK, canaried, days_in, own_words, texts_of
from evidence import evidence_of
from snapshot import READ_AS_ROWS
from worlds import FIXTURES, World, cases, make_world

from peerbill.audit_report import values
from peerbill.audit_report.deidentify import OWN_CHECK, Deidentifier
from peerbill.audit_report.deidentify_evidence import PASSED_BY, TREATMENTS, deidentified
from peerbill.audit_report.make import make_evidence
from peerbill.audit_report.values import AuditEvidence, CheckRow, Tally
from peerbill.checks.audit import audit_index, full_audit
from peerbill.coding.explanation import Step
from peerbill.documents.text import as_plain
from peerbill.model.pseudonyms import Pseudonyms

NAMES = Pseudonyms(bytes(32))
"""A key that moves days back by 168 weeks."""

OVERLAP = {
    "encounters": {
        "E1": {"end": "2026-03-02T11:00"},
        "E2": {
            "like": "E1",
            "member_id": "M2",
            "plan_id": "P2",
            "start": "2026-03-02T10:30",
            "end": "2026-03-02T11:30",
            "group_id": "G1",
        },
    }
}


def the(kind: str, id_: str) -> str:
    return NAMES.of(kind, id_)


def shown(evidence: AuditEvidence, world: World) -> AuditEvidence:
    return deidentified(evidence, Deidentifier.of(world.records, NAMES))


def test_every_field_of_the_evidence_is_decided_on() -> None:
    classes = {one for _, one in inspect.getmembers(values, attrs.has)} - PASSED_BY
    classes = {one for one in classes if one.__module__ == values.__name__}

    assert TREATMENTS.keys() == classes
    assert {one.__name__: tuple(sorted(how)) for one, how in TREATMENTS.items()} == {
        one.__name__: tuple(sorted(field.name for field in attrs.fields(one))) for one in classes
    }
    assert Step in PASSED_BY


def test_a_field_that_nobody_decided_on_stops_the_program() -> None:
    @attrs.frozen
    class Another:
        jane: str = "Jane"

    evidence = evidence_of()
    by = Deidentifier.of(make_world().records, NAMES)
    with pytest.raises(KeyError):
        deidentified(attrs.evolve(evidence, tables=(Another(),)), by)  # type: ignore[arg-type]


def test_the_evidence_of_a_small_world() -> None:
    evidence, world = evidence_of(OVERLAP), make_world(OVERLAP)
    found = shown(evidence, world)
    first, second = the("encounter", "E1"), the("encounter", "E2")
    day = dt.date(2022, 12, 12)

    assert (found.organization, found.deidentified) == ("", NAMES.mark)
    assert (found.first_day, found.last_day) == (day, day)
    assert found.as_of == evidence.as_of - dt.timedelta(weeks=168)
    assert [row.first_day for row in found.weeks] == [dt.date(2022, 12, 11)]
    assert [row.id for row in found.peers] == [the("staff", "S1")]
    assert [row.id for row in found.members] == sorted([the("member", "M1"), the("member", "M2")])
    assert list(found.encounters) == sorted([first, second])
    row, before = found.encounters[second], evidence.encounters["E2"]
    assert attrs.evolve(row, steps=(), findings=()) == attrs.evolve(
        before,
        encounter_id=second,
        line=0,
        member_id=the("member", "M2"),
        staff_id=the("staff", "S1"),
        start=dt.datetime(2022, 12, 12, 10, 30),
        end=dt.datetime(2022, 12, 12, 11, 30),
        group_id=the("group", "G1"),
        programme=f"ZZ/{the('programme', 'ZZ/peer')}",
        steps=(),
        findings=(),
    )
    assert [step.name for step in row.steps] == [step.name for step in before.steps]
    assert row.steps[0].sentence == "plan covers the member on 2022-12-12, with rank 1."
    assert [(one.staff_id, one.day, one.minutes, one.overlap) for one in found.days] == [
        (the("staff", "S1"), day, 120, 30)
    ]


def test_findings_are_in_the_order_of_pseudonyms_and_encounters_name_them() -> None:
    for patch in (OVERLAP, {**OVERLAP, "staff": {"S1": {"npi": ""}}}):
        found = shown(evidence_of(patch), make_world(patch))
        assert [row.number for row in found.findings] == list(range(1, len(found.findings) + 1))
        by_number = {row.number: set(row.finding.encounter_ids) for row in found.findings}
        for id_, row in found.encounters.items():
            assert set(row.findings) == {number for number, ids in by_number.items() if id_ in ids}


def test_the_requirement_of_an_agencys_own_check_is_left_out() -> None:
    own = CheckRow("X101", "Jane wears a badge.", Tally())
    found = shown(attrs.evolve(evidence_of(), checks=(own,)), make_world())

    assert found.checks == (attrs.evolve(own, requirement=OWN_CHECK),)


def test_no_case_tells_an_id_a_name_or_a_day_and_all_figures_stay() -> None:
    for path in sorted(FIXTURES.glob("PB*.toml")):
        if path.stem in READ_AS_ROWS:
            continue
        for name, case in cases(path.stem).items():
            world = make_world(case)
            records = canaried(world.records)
            history, eligibility = canaried(world.history), canaried(world.eligibility)
            index = audit_index(records, world.policies, world.as_of, history, eligibility)
            full = full_audit(index, world.policies)
            evidence = make_evidence(index.records, full.audit, full, index, ledger=True)
            found = deidentified(evidence, Deidentifier.of(records, NAMES))
            plain = _without_sources(as_plain(found))
            text = "\n".join(texts_of(plain))
            assert MARK not in text, (path.stem, name)
            assert [day for day in days_in(records) if str(day) in text] == [], (path.stem, name)
            assert [word for word in own_words(records) if "/" in word and word in text] == [], (path.stem, name)
            assert _figures(found) == _figures(evidence), (path.stem, name)


def _without_sources(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_sources(item) for key, item in value.items() if key != "citations"}
    return [_without_sources(item) for item in value] if isinstance(value, list) else value


def _figures(evidence: AuditEvidence) -> object:
    """Return what no pseudonym and no moved day may change."""
    days = [row.first_day for row in evidence.weeks if row.first_day is not None]
    return (
        Counter((row.encounters, row.minutes, row.units, row.charge, row.tally) for row in evidence.peers),
        Counter((row.encounters, row.minutes, row.units, row.charge, row.tally) for row in evidence.members),
        [(row.encounters, row.tally) for row in evidence.weeks],
        [later - earlier for earlier, later in itertools.pairwise(days)],
        Counter(
            (row.finding.code, row.finding.severity, row.minutes, row.units, row.charge) for row in evidence.findings
        ),
        Counter(
            (row.status, row.minutes, row.units, row.charge, len(row.steps)) for row in evidence.encounters.values()
        ),
        Counter((row.day.weekday(), row.minutes, row.overlap, len(row.sessions)) for row in evidence.days),
        Counter((row.code, row.findings) for row in evidence.heat),
        Counter((row.unit_minutes, row.counts, row.boundaries) for row in evidence.minutes),
        (evidence.total, evidence.statuses, evidence.tables),
    )
