"""A programme on the institutional form, from the agency's own policy to files that two validators accept."""

import datetime as dt
from collections.abc import Sequence
from functools import partial
from itertools import count
from pathlib import Path

import attrs
import pytest
from worlds import ON_THE_837I

from peerbill.checks.audit import Audit, audit
from peerbill.claims.build import build_claims
from peerbill.coding.questions import missing_values
from peerbill.intake.workspace import make_workspace, programme_ids, read_agency_policies, read_workspace
from peerbill.ledger.send.runs import bill_batch, bill_run
from peerbill.ledger.store.ledger import open_ledger
from peerbill.model.claim import BillableEncounter, Claim
from peerbill.model.errors import PolicyError
from peerbill.model.finding import Severity
from peerbill.model.records import Records
from peerbill.policy import load_policies
from peerbill.x12.check.claim_files import check_text
from peerbill.x12.check.guide import check_guide
from peerbill.x12.write.write837 import write_interchange

POLICY = f"""
state = "NJ"

[source.contract]
title = "A contract made for tests"
kind = "primary"

[[sud.claim]]
{ON_THE_837I}attending = "supervisor"
source = "contract"

[[sud.claim]]
revenue_code = "0914"
source = "contract"
"""


def workspace(folder: Path, policy: str) -> tuple[Records, Audit, dt.date]:
    """Copy an example, add a policy file of the agency's own, and audit."""
    example = make_workspace(folder, "nj-recovery-coach")
    assert example is not None
    (folder / "policies" / "institutional.toml").write_text(policy, encoding="utf-8")
    records = read_workspace(folder)
    policies = load_policies(programme_ids(records.settings), read_agency_policies(folder))
    return records, audit(records, policies, example.as_of), example.as_of


def errors(text: str) -> list[str]:
    own = [str(problem) for problem in check_text(text) if problem.severity is Severity.ERROR]
    return own + [str(problem) for problem in check_guide([text], workers=0)]


def built(result: Audit, records: Records) -> Sequence[Claim]:
    return build_claims(result.billable, records, (f"CLAIM{number:05}" for number in count(1)))


def test_an_agencys_own_policy_bills_on_the_institutional_form(tmp_path: Path) -> None:
    records, result, as_of = workspace(tmp_path / "agency", POLICY)
    supervisors = {person.staff_id: person.supervisor_id for person in records.staff}

    assert result.count("billable") == len(result.encounters) > 0
    claims = built(result, records)
    for claim in claims:
        assert (claim.form, claim.type_of_bill, claim.patient_status) == ("837I", "77", "01")
        assert claim.attending_id == supervisors[claim.rendering_id]
        assert claim.attending is not None
        assert claim.attending.npi
        assert {line.revenue_code for line in claim.lines} == {"0914"}
    for payer in records.settings.payers.values():
        own = [claim for claim in claims if claim.payer == payer.key]
        if own:
            text = "".join(write_interchange(own, payer, records.settings, as_of, 1))
            assert errors(text) == []
            assert text.count("~SV2*0914*HC:") == sum(len(claim.lines) for claim in own)


def test_the_ledger_writes_the_file_and_bills_nothing_twice(tmp_path: Path) -> None:
    folder = tmp_path / "agency"
    records, result, as_of = workspace(folder, POLICY)
    with bill_run(open_ledger(records.settings.ledger_url, folder)) as run:
        bill_batch(
            run,
            tmp_path / "claims",
            settings=records.settings,
            as_of=as_of,
            billable=result.billable,
            build=partial(build_claims, result.billable, records),
            write_interchange=write_interchange,
        )
        history = run.history(records.settings.test_payers)

    files = sorted((tmp_path / "claims").glob("*.837"))
    assert files
    for path in files:
        text = path.read_text(encoding="ascii")
        assert "*005010X223A2~" in text
        assert errors(text) == []
    assert {sent.encounter_id for sent in history} == {one.encounter.encounter_id for one in result.billable}
    policies = load_policies(programme_ids(records.settings), read_agency_policies(folder))
    assert audit(records, policies, as_of, history).count("billable") == 0


def professional(one: BillableEncounter) -> BillableEncounter:
    return attrs.evolve(one, form="837P", type_of_bill="", revenue_code="", attending_id="", patient_status="")


def test_services_of_one_form_never_share_a_claim_with_those_of_the_other(tmp_path: Path) -> None:
    records, result, as_of = workspace(tmp_path / "agency", POLICY)
    payers = {key: attrs.evolve(payer, claim_span="batch") for key, payer in records.settings.payers.items()}
    records = attrs.evolve(records, settings=attrs.evolve(records.settings, payers=payers))
    mixed = [professional(one) if number % 2 else one for number, one in enumerate(result.billable)]
    forms = {one.encounter.encounter_id: one.form for one in mixed}
    ids = (f"CLAIM{number:05}" for number in count(1))

    claims = build_claims(mixed, records, ids)

    assert len(claims) > len(built(result, records))
    for claim in claims:
        assert {forms[id_] for line in claim.lines for id_ in line.encounter_ids} == {claim.form}
        assert (claim.attending is None) == (claim.form == "837P")
    for key, payer in payers.items():
        for form in ("837P", "837I"):
            own = [claim for claim in claims if (claim.payer, claim.form) == (key, form)]
            assert errors("".join(write_interchange(own, payer, records.settings, as_of, 1))) == []


@pytest.mark.parametrize(
    "field",
    [
        "type_of_bill",
        "attending",
        "admission_type",
        "point_of_origin",
        "patient_status",
        "revenue_code",
    ],
)
def test_a_value_that_nobody_gave_holds_every_encounter_and_names_the_row(tmp_path: Path, field: str) -> None:
    lines = [line for line in POLICY.splitlines() if not line.startswith(f"{field} =")]
    _, result, _ = workspace(tmp_path / "agency", "\n".join(lines))

    assert result.count("billable") == 0
    fixes = {finding.fix for finding in result.findings if finding.code == "PB605"}
    assert len(fixes) == 1
    assert f'[[sud.claim]]\n{field} = ""\nsource = ""\n' in fixes.pop()


def test_what_is_missing_of_the_admission_is_told_with_its_codes(tmp_path: Path) -> None:
    lines = [line for line in POLICY.splitlines() if not line.startswith(("admission_type", "point_of_origin"))]
    folder = tmp_path / "agency"
    _, result, _ = workspace(folder, "\n".join(lines))

    fixes = {finding.message.partition(" ")[0]: finding.fix for finding in result.findings if finding.code == "PB605"}
    assert (
        ": one of 1 (emergency), 2 (urgent), 3 (elective, planned), 5 (trauma center), 9 (not known)\n"
        '[[sud.claim]]\nadmission_type = ""\nsource = ""\n'
        "Every open value as a file to fill in: peerbill policy --questions NJ/sud --workspace DIR"
    ) in fixes["claim.admission_type"]
    sources = {
        title for finding in result.findings if finding.code == "PB605" for title in [finding.citations[0].title]
    }
    assert {title[:34] for title in sources} == {"Variables of institutional claims:"}
    assert ": one of 1 (from home or another place" in fixes["claim.point_of_origin"]
    programme = load_policies(["NJ/sud"], read_agency_policies(folder)).programme("NJ/sud")
    asked = {missing.value: missing for missing in missing_values(programme, dt.date(2026, 7, 1))}
    assert asked["claim.admission_type"].allowed == ("1", "2", "3", "5", "9")
    assert asked["claim.point_of_origin"].allowed == ("1", "2", "4", "5", "6", "8", "9", "D", "E", "F", "G")
    assert asked["claim.point_of_origin"].holds
    assert "usual for outpatient peer support" in asked["claim.point_of_origin"].question


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('patient_status = "30"', "patient_status: '30' (still a patient) contradicts frequency 1"),
        ('patient_status = "00"', "patient_status: '00' is no patient status code, two digits such as '01'"),
        ('admission_type = "0"', "admission_type: '0' is not one of 1, 2, 3, 5, 9"),
        ('admission_type = "4"', "admission_type: '4' is for newborns; write one of 1, 2, 3, 5, 9"),
        ('point_of_origin = "7"', "point_of_origin: '7' is not one of 1, 2, 4, 5, 6, 8, 9, D, E, F, G"),
        ('type_of_bill = "11"', "type_of_bill: '11' (hospital, inpatient) is the bill of an inpatient stay"),
        ('type_of_bill = "99"', "type_of_bill: '99' is no type of bill without its frequency, such as '13' of 131"),
        ('revenue_code = "9999"', "revenue_code: '9999' is no revenue code in use; write the payer's, such as '0900'"),
        ('revenue_code = "914"', "revenue_code: '914' is not a revenue code, four digits such as '0900'"),
    ],
)
def test_a_code_that_no_claim_can_carry_is_refused_at_its_line(tmp_path: Path, line: str, reason: str) -> None:
    field = line.partition(" ")[0]
    lines = [line if given.startswith(f"{field} =") else given for given in POLICY.splitlines()]
    number = lines.index(line) + 1

    with pytest.raises(PolicyError) as raised:
        workspace(tmp_path / "agency", "\n".join(lines))
    assert f"institutional.toml:{number}: sud.claim, row" in str(raised.value)
    assert reason in str(raised.value)


def test_a_day_that_the_member_paid_in_part_is_not_billed_on_the_institutional_form(tmp_path: Path) -> None:
    folder = tmp_path / "agency"
    records, before, as_of = workspace(folder, POLICY)
    one = before.billable[0].encounter
    assert one.start is not None
    day = one.start.date()
    (folder / "spend_down.csv").write_text(f"member_id,date,amount\n{one.member_id},{day},5.00\n", encoding="utf-8")
    records = read_workspace(folder)
    policies = load_policies(programme_ids(records.settings), read_agency_policies(folder))
    result = audit(records, policies, as_of)
    of_day = {
        each.encounter.encounter_id
        for each in before.billable
        if each.encounter.member_id == one.member_id
        and each.encounter.start is not None
        and each.encounter.start.date() == day
    }

    held = {encounter.encounter_id for encounter in result.encounters if encounter.status == "held"}
    assert held == of_day
    assert {finding.where for finding in result.findings if finding.code == "PB605"} == {"spend_down.amount"}
