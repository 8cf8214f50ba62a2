"""`peerbill audit --claims`: claims that another system wrote, against the encounters of a workspace."""

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from peerbill.claim_audit.alone import Roster
from peerbill.claim_audit.audit import audit_alone
from peerbill.claim_audit.values import ClaimAudit, ClaimFinding, MoneyAtRisk
from peerbill.documents.claim_audit_report import claim_audit_report
from peerbill.intake import FORMATS, TABLES, read_table
from peerbill.intake.workspace import this_day
from peerbill.model.csv_lines import csv_lines
from peerbill.model.errors import UnusableInputError
from peerbill.model.finding import Severity
from peerbill.model.money import printed, two_decimals
from peerbill.model.plural import counted
from peerbill.policy import load_policies

from . import audited, options, output, run_log
from .console import echo

_COLUMNS = (
    "code",
    "severity",
    "file",
    "segment",
    "claim_id",
    "line",
    "where",
    "encounter_ids",
    "staff_id",
    "member_id",
    "charged",
    "paid",
    "message",
    "fix",
    "citations",
)


def run_claim_audit(
    folder: Path | None,
    files: Sequence[Path],
    programme: str | None,
    tables: tuple[Path | None, Path | None],
    *,
    as_of: dt.date | None,
    json_file: Path | None,
    csv_file: Path | None,
    every: bool,
    sources: bool,
    brief: bool,
) -> None:
    """Audit claims and show the result: against a workspace, or by a programme and the `tables` staff, credentials."""
    problems: tuple[str, ...] = ()
    if folder is None:
        staff, credentials = tables
        roster = None if staff is None else _roster(staff, credentials)
        result = _alone(files, programme, roster, as_of)
    else:
        result, problems = _compared(folder, files, as_of, every=every, brief=brief)
    run_log.findings(result.findings)
    to_pipe = output.STANDARD in (json_file, csv_file)
    _print(result, every=every, sources=sources, brief=brief, err=to_pipe)
    if json_file is not None:
        output.write_json(json_file, claim_audit_report(result, problems))
    if csv_file is not None:
        output.write_file(csv_file, _csv(result.findings))
    if problems or any(found.severity is Severity.ERROR for found in result.findings):
        click.get_current_context().exit(1)


def _compared(
    folder: Path, files: Sequence[Path], as_of: dt.date | None, *, every: bool, brief: bool
) -> tuple[ClaimAudit, tuple[str, ...]]:
    """Return the audit of files against a workspace, and the problems of its tables, whose notices are printed."""
    records = options.records(folder)
    result = options.agency(records.settings, folder).audit_claims(records, files, as_of)
    audited.print_notices(records, every=every, brief=brief)
    return result, records.problems


def _alone(files: Sequence[Path], programme: str | None, roster: Roster | None, as_of: dt.date | None) -> ClaimAudit:
    rules = None if programme is None else load_policies((programme,)).programme(programme)
    with output.progress(0, "Reading the claims") as step:
        return audit_alone(files, as_of or this_day(), rules, roster, step)


def _roster(staff: Path, credentials: Path | None) -> Roster:
    """Read the two tables of a roster; a row that cannot be read is an error: its person would be missing."""
    rows = _rows(staff, "staff")
    return Roster.of(rows, None if credentials is None else _rows(credentials, "credentials"))


def _rows(path: Path, table: str) -> tuple[Any, ...]:
    if path.suffix not in FORMATS:
        raise click.UsageError(f"{path}: expected a table as {' or '.join(FORMATS)}.")
    read = read_table(path, TABLES[table], ZoneInfo("UTC"))
    if read.problems:
        lines = (
            f"{path.name} line {problem.line}: {problem.column}: {problem.why}. {problem.fix}"
            for problem in read.problems
        )
        raise UnusableInputError("\n".join(lines))
    return read.records


def _print(result: ClaimAudit, *, every: bool, sources: bool, brief: bool, err: bool) -> None:
    for file in result.files:
        read = f"{counted(file.claims, 'claim')}, {counted(file.lines, 'line')}, {counted(file.payments, 'payment')}"
        echo(f"{file.file}: {read}", bold=True, err=err)
        for problem in () if brief else file.problems:
            output.print_paragraph(f"  Problem: {problem}", err=err)
    echo(err=err)
    if not brief:
        _print_findings(result.findings, every=every, sources=sources, err=err)
    _print_totals(result, err=err)
    if not brief:
        echo("Not looked at:", err=err)
        for sentence in result.not_looked:
            output.print_paragraph(f"  {sentence}", err=err)
    counts = ", ".join(
        counted(sum(found.severity is severity for found in result.findings), severity.value)
        for severity in (Severity.ERROR, Severity.WARNING)
    )
    gone = f" ({result.replaced:,} replaced, {result.voided:,} void)" if result.replaced or result.voided else ""
    echo(
        f"As of {result.as_of}: {counted(result.claims, 'claim')}{gone}, {counted(result.lines, 'line')}, "
        f"{printed(result.charged)} charged, {printed(result.paid)} paid: {counts}",
        err=err,
    )


def _print_findings(findings: Iterable[ClaimFinding], *, every: bool, sources: bool, err: bool) -> None:
    """Print findings by check and remedy, each with its place in the files."""
    ordered = sorted(findings, key=lambda found: (list(Severity).index(found.severity), found.code, found.fix))
    for (severity, code, fix), group in groupby(ordered, key=lambda found: (found.severity, found.code, found.fix)):
        alike = list(group)
        echo(severity.value, err=err, nl=False, fg=output.COLORS[severity])
        echo(" ", err=err, nl=False)
        echo(code, err=err, nl=False, bold=True)
        echo(f": {counted(len(alike), 'finding')}", err=err)
        shown = alike if every else alike[: output.MOST_NAMED]
        for found in shown:
            output.print_paragraph(f"  {_place(found)}{found.message}", err=err)
        if len(shown) < len(alike):
            echo(f"  and {len(alike) - len(shown):,} more: --all prints all", err=err)
        output.print_fix(fix, err=err)
        cited = dict.fromkeys(citation for found in alike for citation in found.citations) if sources else ()
        for citation in cited:
            output.print_paragraph(f"    Source: {output.cited(citation)}", err=err)
        echo(err=err)


def _place(found: ClaimFinding) -> str:
    if not found.file:
        return ""
    claim = f", claim {found.claim_id}" if found.claim_id else ""
    line = f", line {found.line}" if found.line else ""
    segment = f" segment {found.segment}" if found.segment else ""
    return f"{Path(found.file).name}{segment}{claim}{line}: "


def _print_totals(result: ClaimAudit, *, err: bool) -> None:
    if result.totals:
        rows = [
            (total.code, f"{total.findings:,}", f"{total.lines:,}", printed(total.charged), printed(total.paid))
            for total in result.totals
        ]
        output.print_table(("check", "findings", "lines", "charged in doubt", "paid in doubt"), rows, err=err)
        every: MoneyAtRisk = result.at_risk
        echo(
            f"In doubt in all: {printed(every.charged)} charged, {printed(every.paid)} paid; "
            "a line with several findings counts once",
            err=err,
        )
    if result.unbilled:
        echo(f"Never billed: {printed(result.unbilled)}", err=err)


def _csv(findings: Iterable[ClaimFinding]) -> str:
    rows = (
        (
            found.code,
            found.severity,
            found.file,
            found.segment,
            found.claim_id,
            found.line or "",
            found.where,
            ";".join(found.encounter_ids),
            found.staff_id,
            found.member_id,
            two_decimals(found.charged),
            "" if found.paid is None else two_decimals(found.paid),
            found.message,
            found.fix,
            output.in_a_cell(found.citations, ()),
        )
        for found in findings
    )
    return "".join(csv_lines((_COLUMNS, *rows)))
