"""What commands print of an audit: what it found, by encounter or by cause, and where every row went."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import groupby

from peerbill.checks.audit import Audit
from peerbill.checks.causes import Cause, causes, held_charge
from peerbill.documents.audit_report import STATUSES
from peerbill.model.finding import Finding, Severity, finding_order
from peerbill.model.money import printed
from peerbill.model.plural import counted, named
from peerbill.model.records import Records

from . import run_log
from .console import echo
from .gathering import gathered, row_problems
from .output import COLORS, MOST_NAMED, labelled, print_fix, print_paragraph, print_table


def sum_line(audit: Audit) -> str:
    """Return where every row went."""
    billable, billed, held, rejected = map(audit.count, STATUSES)
    rows = counted(len(audit.encounters) + audit.not_read, "encounter")
    return f"{rows} = {billable:,} billable + {billed:,} billed before + {held:,} held + {rejected:,} rejected"


def log_audit(audit: Audit) -> None:
    """Log what an audit found, and where every row went."""
    run_log.findings(audit.findings)
    run_log.result(
        encounters=len(audit.encounters) + audit.not_read, **{status: audit.count(status) for status in STATUSES}
    )


def support_line(audit: Audit) -> str:
    """Return how many billable encounters gave each kind of support, or "" where none is recorded."""
    given = ", ".join(f"{number:,} {kind}" for kind, number in audit.support_types)
    return f"Kinds of support among the billable: {given}" if given else ""


def print_findings(
    findings: Iterable[Finding],
    charges: Mapping[str, Decimal] | None = None,
    *,
    every: bool = False,
    sources: bool = True,
    err: bool = False,
) -> None:
    """Print findings by encounter: where and what, the fix, the sources; whatever several share is printed once.

    Encounters with errors come first, in the order of what their `charges` come to. `every` prints each finding of each
    row by itself.
    """
    ordered = sorted(findings if every else gathered(findings), key=finding_order)
    groups = [(ids, list(group)) for ids, group in groupby(ordered, key=lambda finding: finding.encounter_ids)]

    def urgency(group: tuple[tuple[str, ...], list[Finding]]) -> tuple[bool, Decimal]:
        ids, found = group
        has_error = any(finding.severity is Severity.ERROR for finding in found)
        return not has_error, -sum(((charges or {}).get(id_, Decimal()) for id_ in ids), Decimal())

    for ids, group in sorted(groups, key=urgency):
        echo(_named(ids, None if every else MOST_NAMED), bold=True, err=err)
        for (fix, citations), alike in groupby(group, key=lambda finding: (finding.fix, finding.citations)):
            for finding in alike:
                text = f"  {finding.severity} {finding.code} {finding.where}: {finding.message}"
                print_paragraph(text, err=err, colored=(finding.severity.value, COLORS[finding.severity]))
            print_fix(fix, err=err)
            for source in labelled(citations, finding.why_asked) if sources else ():
                print_paragraph(f"    {source}", err=err)
        echo(err=err)


def _named(ids: Sequence[str], most: int | None) -> str:
    return named(ids, most or len(ids)) if ids else "rows without an encounter id"


MOST_CAUSES = 6
"""How many causes `--brief` prints."""


def print_causes(audit: Audit, *, brief: bool = False, err: bool = False) -> None:
    """Print each cause of findings: how many encounters, the charge that it holds, and who can correct it."""
    found = causes(audit)
    if brief:
        for cause in found[:MOST_CAUSES]:
            charge = f", charge held: {_held(cause)}" if cause.severity is Severity.ERROR else ""
            what = f"{cause.severity} {cause.code} {cause.where}"
            echo(f"{what}: {counted(cause.rows, 'encounter')}{charge}, corrected by: {cause.who}", err=err)
        if len(found) > MOST_CAUSES:
            echo(f"and {counted(len(found) - MOST_CAUSES, 'more cause')}", err=err)
    elif found:
        rows = [
            (f"{cause.severity} {cause.code} {cause.where}", f"{cause.rows:,}", _held(cause), cause.who)
            for cause in found
        ]
        print_table(("cause", "encounters", "held", "corrected by"), rows, err=err)
    if held := [cause for cause in found if cause.severity is Severity.ERROR]:
        amount, unknown = held_charge(audit)
        more = f"{counted(unknown, 'encounter')} of unknown charge" if unknown else ""
        known = printed(amount) if amount or not unknown else ""
        several = "; an encounter with several causes counts once" if len(held) > 1 else ""
        echo(f"Held in all: {' and '.join(filter(None, (known, more)))}{several}", err=err)


def _held(cause: Cause) -> str:
    if cause.severity is not Severity.ERROR:
        return ""
    unknown = f"{cause.unknown:,} unknown" if cause.unknown else ""
    amount = printed(cause.held) if cause.held or not unknown else ""
    return " + ".join(part for part in (amount, unknown) if part)


def charges_of(audit: Audit) -> Mapping[str, Decimal]:
    """Return the charge of each encounter whose charge is known."""
    return {coded.encounter_id: coded.charge for coded in audit.encounters if coded.charge is not None}


def print_notices(records: Records, *, every: bool = False, brief: bool = False) -> None:
    """Print the notices on the workspace's rows and columns, a line each, on standard error.

    A problem that many rows have is printed once, unless `every` row is asked for; with `brief`, all are counted.
    """
    if brief:
        for noun, found in (("problem", records.problems), ("notice", records.notices)):
            if found:
                number = counted(len(found), noun)
                echo(f"{noun.title()}: {number} in the tables: audit without --brief prints all", err=True)
        return
    for problem in records.problems if every else row_problems(records.unused_rows):
        echo(f"Problem: {problem}", err=True)
    for notice in records.notices:
        echo(f"Notice: {notice}", err=True)
