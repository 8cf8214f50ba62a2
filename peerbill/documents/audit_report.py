"""What `audit --json` writes, as typed values."""

import datetime as dt
from collections.abc import Iterable, Mapping

import attrs

from peerbill import __version__
from peerbill.checks.audit import Audit
from peerbill.checks.audited import AuditedEncounter
from peerbill.checks.causes import Cause, causes
from peerbill.documents.kinds import SCHEMA
from peerbill.model.finding import Finding, finding_order
from peerbill.model.waiver import IdleWaiver, WaivedFinding

Date = dt.date
STATUSES = ("billable", "billed", "held", "rejected")


@attrs.frozen
class InputCounts:
    """How many encounters there are, and where each went."""

    encounters: int
    billable: int
    billed: int
    held: int
    rejected: int


@attrs.frozen
class UsedPolicy:
    """A programme that judged, and the sha256 of its values."""

    id: str
    sha256: str


@attrs.frozen
class AuditReport:
    """What `audit --json` writes: ids of encounters, members and staff, and no other data of a person.

    `policy_data` is the version of the packaged policy data, `problems` are the rows of other tables that are not used,
    `causes` the findings counted by cause, errors first, the most money first. `waived` are findings that a waiver
    covers: they are not among `findings` and `causes`; `idle_waivers` are waivers that cover nothing, each with why.
    `deidentified` is the mark of the key whose pseudonyms it has, "" with the ids of the workspace.
    """

    peerbill: str
    as_of: Date
    input: InputCounts
    policies: tuple[UsedPolicy, ...]
    policy_data: str
    encounters: tuple[AuditedEncounter, ...]
    findings: tuple[Finding, ...]
    support_types: Mapping[str, int]
    problems: tuple[str, ...] = ()
    causes: tuple[Cause, ...] = ()
    waived: tuple[WaivedFinding, ...] = ()
    idle_waivers: tuple[IdleWaiver, ...] = ()
    deidentified: str = ""
    schema: int = SCHEMA


def audit_report(audit: Audit, problems: Iterable[str] = (), deidentified: str = "") -> AuditReport:
    """Return an audit as `audit --json` writes it, with the problems of its records.

    `deidentified` is the mark of the key whose pseudonyms it has.
    """
    return AuditReport(
        __version__,
        audit.as_of,
        InputCounts(len(audit.encounters) + audit.not_read, *map(audit.count, STATUSES)),
        tuple(UsedPolicy(id_, sha256) for id_, sha256 in audit.policies),
        audit.policy_data,
        audit.encounters,
        tuple(sorted(audit.findings, key=finding_order)),
        dict(audit.support_types),
        tuple(problems),
        causes(audit),
        audit.waived,
        audit.idle_waivers,
        deidentified,
    )
