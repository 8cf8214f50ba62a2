"""Why encounters are held, counted: each cause with its encounters, the charge that it holds, and who corrects it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

import attrs

from peerbill.checks.audit import Audit
from peerbill.checks.claim_lines import CLAIM_CHECKS
from peerbill.model.finding import Finding, Severity, finding_order

PEER: Final = "peer"
SUPERVISOR: Final = "supervisor"
BILLER: Final = "biller"
PAYER: Final = "payer"

WHO: Final[Mapping[str, str]] = {
    **dict.fromkeys(("PB101", "PB102", "PB104", "PB105", "PB106"), PEER),
    **dict.fromkeys(("PB201", "PB202", "PB203", "PB205", "PB206", "PB207", "PB209", "PB210"), PEER),
    **dict.fromkeys(("PB408", "PB603", "PB604", "PB801", "PB802", "PB803"), PEER),
    **dict.fromkeys(("PB204", "PB302", "PB303", "PB304", "PB305", "PB306", "PB307", "PB308"), SUPERVISOR),
    **dict.fromkeys(("PB310", "PB311", "PB312", "PB313", "PB314", "PB315", "PB316", "PB317", "PB318"), SUPERVISOR),
    **dict.fromkeys(("PB409", "PB501", "PB502", "PB503", "PB701", "PB702", "PB809"), SUPERVISOR),
    **dict.fromkeys(("PB208", "PB806", *(f"PB9{number:02}" for number in range(1, 15))), SUPERVISOR),
    **dict.fromkeys(("PB001", "PB002", "PB103", "PB107", "PB301", "PB309", "PB319", "PB321", "PB322"), BILLER),
    **dict.fromkeys(("PB401", "PB402", "PB403", "PB404", "PB405", "PB406", "PB407"), BILLER),
    **dict.fromkeys(("PB601", "PB602", "PB605", "PB606", "PB804", "PB805", "PB807", "PB808"), BILLER),
    **dict.fromkeys((check.code for check in CLAIM_CHECKS), BILLER),
    **dict.fromkeys(("PB511", "PB512"), PAYER),
}
"""Who can correct what a check finds: the peer in the notes, the supervisor in the files of staff and plans, the biller
in tables and settings, or the payer, who has to be asked. A check of an agency's own is the biller's."""

_NOTES: Final = ("encounters.activity", "encounters.facilitators", "encounters.support_type")
"""Places that the peer corrects, whatever check points there."""


@attrs.frozen
class Cause:
    """What holds encounters, or is a warning on them.

    Attributes:
        severity: of its findings.
        code: the check.
        where: the place of its findings, as `Finding.where`.
        who: who can correct it: peer, supervisor, biller or payer.
        encounter_ids: the encounters, each once; rows without an id are not among them.
        rows: how many encounters and rows it concerns.
        held: the charge of the encounters that are held, in dollars; 0 for a warning.
        unknown: how many of the held encounters and rejected rows have a charge that is not known.

    """

    severity: Severity
    code: str
    where: str
    who: str
    encounter_ids: tuple[str, ...]
    rows: int
    held: Decimal
    unknown: int


def who_corrects(finding: Finding) -> str:
    """Return who can correct what a finding is about: peer, supervisor, biller or payer."""
    if finding.template.startswith(("cell-not-read", "row-not-read")):
        return BILLER  # a cell of a file, whatever it concerns
    if finding.missing and finding.where != "payers.charges":
        return PAYER
    return PEER if finding.where in _NOTES else WHO.get(finding.code, BILLER)


def causes(audit: Audit) -> tuple[Cause, ...]:
    """Return the causes of an audit's findings: errors before warnings, in each the most money first."""
    status = {coded.encounter_id: coded for coded in audit.encounters}
    groups: dict[tuple[Severity, str, str, str], list[Finding]] = defaultdict(list)
    for finding in sorted(audit.findings, key=finding_order):
        groups[finding.severity, finding.code, finding.where, who_corrects(finding)].append(finding)
    found = []
    for (severity, code, where, who), findings in groups.items():
        ids = tuple(dict.fromkeys(id_ for finding in findings for id_ in finding.encounter_ids))
        nameless = sum(not finding.encounter_ids for finding in findings)
        stopped = [status[id_] for id_ in ids if id_ in status and status[id_].status in {"held", "rejected"}]
        charges = [coded.charge for coded in stopped] if severity is Severity.ERROR else []
        held = [charge for charge in charges if charge is not None]
        unknown = len(charges) - len(held) + (nameless if severity is Severity.ERROR else 0)
        found.append(Cause(severity, code, where, who, ids, len(ids) + nameless, sum(held, Decimal("0.00")), unknown))
    order = list(Severity)
    return tuple(sorted(found, key=lambda cause: (order.index(cause.severity), -cause.held, -cause.rows, cause.code)))


def held_charge(audit: Audit) -> tuple[Decimal, int]:
    """Return the charge of all held encounters, and how many held or rejected encounters have an unknown charge."""
    stopped = [coded.charge for coded in audit.encounters if coded.status in {"held", "rejected"}]
    known: Iterable[Decimal] = (charge for charge in stopped if charge is not None)
    return sum(known, Decimal("0.00")), sum(charge is None for charge in stopped)
