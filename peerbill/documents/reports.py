"""What commands write with `--json`, and `manifest.json`, as typed values.

Keys may be added; those that are here keep their name and meaning. `schema` is that of `peerbill.documents.kinds`.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import attrs

from peerbill import __version__
from peerbill.checks.audit import Audit
from peerbill.checks.audited import AuditedEncounter
from peerbill.checks.causes import Cause, causes
from peerbill.documents.kinds import SCHEMA
from peerbill.intake.column_help import TableHelp
from peerbill.model.finding import Citation, Finding, Severity, finding_order
from peerbill.model.money import two_decimals
from peerbill.model.waiver import IdleWaiver, WaivedFinding
from peerbill.x12.problems import Problem, ProblemCount

if TYPE_CHECKING:
    from peerbill.todo.item import Todo
    from peerbill.x12.check.claim_files import Report

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


@attrs.frozen
class TablesReport:
    """What `tables --json` writes: the tables of a workspace with their columns; nothing of an agency's own."""

    peerbill: str
    tables: tuple[TableHelp, ...]
    schema: int = SCHEMA


@attrs.frozen
class TodoEntry:
    """One thing to do; `amount` is dollars as text, `deadline` the last day or null."""

    kind: str
    deadline: Date | None
    amount: str
    payer: str
    what: str
    do: str
    claim_ids: tuple[str, ...]
    encounter_ids: tuple[str, ...]
    member_ids: tuple[str, ...]
    staff_ids: tuple[str, ...]
    citations: tuple[Citation, ...]
    item: str
    test: bool


@attrs.frozen
class TodoReport:
    """What `todo --json` writes, the most urgent first. It has ids of claims, encounters, members and staff."""

    peerbill: str
    as_of: Date
    amount: str
    items: tuple[TodoEntry, ...]
    schema: int = SCHEMA


@attrs.frozen
class CheckedFile:
    """One X12 file; `guide` tells whether pyx12 was asked, too.

    `problems` has the first of each code where there are very many; `counts` has the numbers of all.
    """

    path: str
    segments: int
    claims: int
    errors: int
    warnings: int
    guide: bool
    problems: tuple[Problem, ...]
    counts: tuple[ProblemCount, ...]


@attrs.frozen
class CheckReport:
    """What `check --json` writes. It has claim ids, and no other data of a person."""

    peerbill: str
    files: tuple[CheckedFile, ...]
    schema: int = SCHEMA


@attrs.frozen
class ManifestFile:
    """An 837 file of a run; `path` is from the manifest's folder, `total_charge` dollars as text."""

    path: str
    payer: str
    transaction: str
    isa13: str
    claims: int
    lines: int
    total_charge: str
    sha256: str


@attrs.frozen
class ManifestLine:
    """A service line that was sent."""

    line_id: str
    encounter_ids: tuple[str, ...]
    service_date: Date
    hcpcs: str
    modifiers: tuple[str, ...]
    units: int
    charge: str


@attrs.frozen
class ManifestClaim:
    """A claim that was sent; `replaces` and `follows` are left out where there is none."""

    claim_id: str
    payer: str
    member_id: str
    file: str
    frequency: str
    lines: tuple[ManifestLine, ...]
    replaces: str = ""
    follows: str = ""


@attrs.frozen
class ManifestHeld:
    """An encounter that was held, and the checks that hold it."""

    encounter_id: str
    codes: tuple[str, ...]


@attrs.frozen
class ManifestRejected:
    """A row that could not be read, by its line."""

    table: str
    line: int
    codes: tuple[str, ...]


@attrs.frozen
class Manifest:
    """`manifest.json`, which `bill`, `void` and `replace` write beside the files. It has ids of members."""

    files: tuple[ManifestFile, ...]
    claims: tuple[ManifestClaim, ...]
    held: tuple[ManifestHeld, ...]
    rejected: tuple[ManifestRejected, ...]


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


def tables_report(tables: Iterable[TableHelp]) -> TablesReport:
    """Return tables as `tables --json` writes them."""
    return TablesReport(__version__, tuple(tables))


def todo_report(found: "Todo") -> TodoReport:
    """Return a work list as `todo --json` writes it."""
    from peerbill.todo.item import total  # noqa: PLC0415  # only this report needs it

    items = tuple(
        TodoEntry(
            item.kind,
            item.deadline,
            two_decimals(item.amount),
            item.payer,
            item.what,
            item.do,
            item.claim_ids,
            item.encounter_ids,
            item.member_ids,
            item.staff_ids,
            item.citations,
            item.item,
            item.test,
        )
        for item in found.items
    )
    return TodoReport(__version__, found.as_of, two_decimals(total(found.items)), items)


def check_report(files: Iterable[tuple[str, "Report", bool]]) -> CheckReport:
    """Return checked files, each with its path and whether pyx12 was asked, as `check --json` writes them."""
    return CheckReport(
        __version__,
        tuple(
            CheckedFile(
                path,
                report.segments,
                report.claims,
                report.count(Severity.ERROR),
                report.count(Severity.WARNING),
                guide,
                report.problems,
                report.counts,
            )
            for path, report, guide in files
        ),
    )
