"""The causes of an audit's findings: encounters, charge, and who corrects them."""

import datetime as dt
from decimal import Decimal

import pytest

from peerbill.checks import CHECKS
from peerbill.checks.audit import Audit
from peerbill.checks.audited import AuditedEncounter
from peerbill.checks.causes import WHO, Cause, causes, held_charge, who_corrects
from peerbill.model.finding import Finding, Severity


def encounter(id_: str, status: str, charge: str | None) -> AuditedEncounter:
    return AuditedEncounter(id_, None, None, "", (), status, Decimal(charge) if charge is not None else None)


def finding(
    code: str, *ids: str, where: str = "staff.npi", severity: Severity = Severity.ERROR, template: str = ""
) -> Finding:
    return Finding(code, severity, ids, where, "m", "f", template=template)


def audit(encounters: list[AuditedEncounter], findings: list[Finding]) -> Audit:
    return Audit(dt.date(2026, 3, 5), tuple(encounters), tuple(findings), (), ())


ENCOUNTERS = [
    encounter("E1", "held", "48.00"),
    encounter("E2", "held", "16.00"),
    encounter("E3", "held", None),
    encounter("E4", "billed", "99.00"),
    encounter("E5", "billable", "32.00"),
    encounter("E6", "rejected", None),
]


def test_each_cause_is_counted_with_the_charge_that_it_holds() -> None:
    found = causes(
        audit(
            ENCOUNTERS,
            [
                finding("PB408", "E1", "E5", where="members.release_on", severity=Severity.WARNING),
                finding("PB309", "E2"),
                finding("PB303", "E1", "E2", where="credentials.expires_on"),
                finding("PB303", "E1", "E3", where="credentials.expires_on"),
                finding("PB805", "E4", where="encounters.encounter_id"),
                finding("PB001", "E6", where="encounters.start"),
                finding("PB001", where="encounters.start"),
            ],
        )
    )
    nothing = Decimal("0.00")
    assert found == (
        Cause(
            Severity.ERROR, "PB303", "credentials.expires_on", "supervisor", ("E1", "E2", "E3"), 3, Decimal("64.00"), 1
        ),
        Cause(Severity.ERROR, "PB309", "staff.npi", "biller", ("E2",), 1, Decimal("16.00"), 0),
        Cause(Severity.ERROR, "PB001", "encounters.start", "biller", ("E6",), 2, nothing, 2),
        Cause(Severity.ERROR, "PB805", "encounters.encounter_id", "biller", ("E4",), 1, nothing, 0),
        Cause(Severity.WARNING, "PB408", "members.release_on", "peer", ("E1", "E5"), 2, nothing, 0),
    )


def test_an_encounter_with_two_causes_counts_once_in_all() -> None:
    assert held_charge(audit(ENCOUNTERS, [])) == (Decimal("64.00"), 2)
    assert held_charge(audit([], [])) == (Decimal("0.00"), 0)


def test_every_check_has_somebody_who_corrects_what_it_finds() -> None:
    assert set(WHO) == {check.code for check in CHECKS}
    assert set(WHO.values()) == {"peer", "supervisor", "biller", "payer"}


@pytest.mark.parametrize(
    ("found", "who"),
    [
        (finding("PB201"), "peer"),
        (finding("PB303"), "supervisor"),
        (finding("PB303", template="cell-not-read-row-is-open"), "biller"),
        (finding("PB305", where="encounters.facilitators"), "peer"),
        (finding("PB305", where="staff.tier"), "supervisor"),
        (Finding("PB605", Severity.ERROR, (), "payers.charges", "m", "f", missing="charge"), "biller"),
        (Finding("PB605", Severity.ERROR, (), "policy", "m", "f", missing="unit.rounding"), "payer"),
        (finding("X100"), "biller"),
    ],
)
def test_who_corrects_a_finding(found: Finding, who: str) -> None:
    assert who_corrects(found) == who
