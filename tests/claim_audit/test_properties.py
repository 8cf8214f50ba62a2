"""Whatever was billed and comes back gives no finding; whatever is in a file is counted, and cited where it is."""

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

import attrs
import pytest
from claim_files import DAY, at_risk, compare, texts_of, told, world_of
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import AS_OF, PAYER, SETTINGS, claims
from worlds import World

from peerbill.checks.audit import audit
from peerbill.claim_audit.audit import audit_alone, audit_claims
from peerbill.claims.build import build_claims
from peerbill.intake.workspace import examples, make_workspace, programme_ids, read_agency_policies, read_workspace
from peerbill.model.claim import Claim
from peerbill.policy import load_policies
from peerbill.x12.write.write837 import write_interchange

CONTACT = st.fixed_dictionaries(
    {
        "day": st.integers(0, 4),
        "start": st.integers(8 * 60, 18 * 60),
        "minutes": st.integers(5, 130),
        "staff_id": st.sampled_from(("S1", "S2")),
        "member_id": st.sampled_from(("M1", "M2")),
        "place": st.sampled_from(("11", "12", "57")),
        "service": st.sampled_from(("individual", "individual", "group")),
    }
)
UNITS = st.sampled_from(("encounter", "day"))
ROUNDINGS = st.sampled_from(("down", "up", "midpoint", "past-midpoint"))
RENDERINGS = st.sampled_from(("peer", "supervisor", "agency"))
SPANS = st.sampled_from(("day", "week", "batch"))


def world(contacts: list[dict[str, Any]], aggregate: str, rounding: str, rendering: str, span: str) -> World:
    """Return a world with these contacts; what they come to is the audit's business."""
    encounters: dict[str, Any] = {"E1": False}
    for number, contact in enumerate(contacts, start=1):
        day = dt.datetime(2026, 3, 2) + dt.timedelta(days=contact["day"], minutes=contact["start"])
        end = day + dt.timedelta(minutes=contact["minutes"])
        encounters[f"X{number}"] = {
            "like": "E2",
            "start": day.isoformat(timespec="minutes"),
            "end": end.isoformat(timespec="minutes"),
            "signed_at": end.isoformat(timespec="minutes"),
            "created_at": end.isoformat(timespec="minutes"),
            "signed_by": contact["staff_id"],
            "plan_id": "P1" if contact["member_id"] == "M1" else "P2",
            **{name: contact[name] for name in ("staff_id", "member_id", "place", "service")},
        }
    policy = f'[[peer.unit]]\naggregate = "{aggregate}"\nrounding = "{rounding}"\nsource = "manual"\n'
    made = world_of(
        {
            "encounters": encounters,
            "policy": policy,
            "payers": {"plan": {"rendering": rendering, "claim_span": span}},
        }
    )
    kept = tuple(row for row in made.records.encounters if row.encounter_id.startswith("X"))
    return attrs.evolve(made, records=attrs.evolve(made.records, encounters=kept))


@given(st.lists(CONTACT, min_size=1, max_size=12), UNITS, ROUNDINGS, RENDERINGS, SPANS)
@settings(max_examples=25)
def test_what_was_billed_comes_back_without_a_finding(
    contacts: list[dict[str, Any]], aggregate: str, rounding: str, rendering: str, span: str
) -> None:
    """Every billable encounter is matched, in each order of the files, and none is left over."""
    made = world(contacts, aggregate, rounding, rendering, span)
    billable = made.audit().billable
    assume(any(one.units for one in billable))
    with tempfile.TemporaryDirectory() as folder:
        texts = texts_of(made)
        result = compare(Path(folder), made, *texts)
        backwards = compare(Path(folder), made, *reversed(texts))

    assert [line for line in told(result) if "PB865" not in line] == []
    assert result.matched == result.lines == backwards.matched
    assert at_risk(result) == at_risk(backwards)
    assert sum(one.unit_charge * one.units for one in billable) == result.charged


@given(st.lists(CONTACT, min_size=1, max_size=8), st.integers(0, 7), st.integers(1, 5))
@settings(max_examples=20)
def test_units_beyond_the_minutes_are_the_only_finding(contacts: list[dict[str, Any]], at: int, more: int) -> None:
    """One line has more units, and is charged for them: PB854 on it, with their money, and nothing else."""
    made = world(contacts, "day", "down", "peer", "day")
    result = made.audit()
    found = build_claims(result.billable, made.records, iter([f"C{number}" for number in range(1, 99)]))
    assume(found)
    at %= len(found)
    line = found[at].lines[0]
    # What the audit holds may be what the line bills beyond the others.
    held = {row.encounter_id for row in result.encounters if row.status == "held"}
    days = {row.start.date() for row in made.records.encounters if row.encounter_id in held and row.start is not None}
    assume(line.service_date not in days)
    rate = line.charge / line.units
    wrong = attrs.evolve(line, units=line.units + more, charge=rate * (line.units + more))
    changed = [*found[:at], attrs.evolve(found[at], lines=(wrong, *found[at].lines[1:])), *found[at + 1 :]]
    with tempfile.TemporaryDirectory() as folder:
        audited = compare(Path(folder), made, "".join(write(made, changed)))

    assert [
        (finding.code, finding.claim_id, finding.line, finding.charged)
        for finding in audited.findings
        if finding.code != "PB865"
    ] == [("PB854", found[at].claim_id, 1, rate * more)]


def write(made: World, some: list[Claim]) -> list[str]:
    payer = made.records.settings.payers["plan"]
    return list(write_interchange(some, payer, made.records.settings, DAY, 1))


@given(st.lists(claims(), min_size=1, max_size=6, unique_by=lambda claim: claim.claim_id))
@settings(max_examples=25)
def test_every_claim_and_line_is_counted_and_each_finding_is_in_the_file(some: list[Claim]) -> None:
    """Claims of any shape, alone and against a workspace that knows nobody in them."""
    made = world_of()
    text = "".join(write_interchange(some, PAYER, SETTINGS, AS_OF, 1))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "f1.837"
        path.write_text(text, encoding="ascii")
        alone = audit_alone([path], AS_OF, made.policies.programme("ZZ/peer"))
        against = audit_claims([path], made.records, made.policies, made.as_of)
    segments = text.split("~")
    lines = sum(len(claim.lines) for claim in some)

    assert (alone.claims, alone.lines) == (against.claims, against.lines) == (len(some), lines)
    assert against.matched == 0
    ids = {claim.claim_id for claim in some}
    for found in (*alone.findings, *against.findings):
        if found.line:
            assert found.claim_id in ids
            assert segments[found.segment - 1].startswith("LX*")
    undocumented = [found for found in against.findings if found.code in {"PB852", "PB853"}]
    live = [claim for claim in some if claim.frequency in "17"]
    assert len(undocumented) <= lines
    assert against.charged <= sum(claim.charge for claim in live)
    for audited in (alone, against):
        assert audited.at_risk.charged <= sum(claim.charge for claim in some)


@pytest.mark.parametrize("name", [one.name for one in examples()])
def test_an_example_that_peerbill_billed_comes_back_without_a_finding(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "agency"
    example = make_workspace(folder, name, "TEST")
    assert example is not None
    records = read_workspace(folder)
    policies = load_policies(programme_ids(records.settings), read_agency_policies(folder))
    billed = build_claims(
        audit(records, policies, example.as_of).billable, records, iter(f"C{number}" for number in range(1, 999))
    )
    files: dict[tuple[str, str, str], list[Claim]] = {}
    for claim in billed:
        files.setdefault((claim.payer, claim.form, claim.bills_as), []).append(claim)
    paths = []
    for number, ((payer, _, _), own) in enumerate(files.items(), start=1):
        path = tmp_path / f"{number}.837"
        text = write_interchange(own, records.settings.payers[payer], records.settings, example.as_of, number)
        path.write_text("".join(text), encoding="ascii")
        paths.append(path)
    result = audit_claims(paths, records, policies, example.as_of)

    assert told(result) == []
    assert result.matched == result.lines == sum(len(claim.lines) for claim in billed)
