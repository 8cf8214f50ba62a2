"""`peerbill explain`: what a check requires, or why an encounter has its units and charge."""

import datetime as dt
from pathlib import Path

import click

from peerbill.checks import CHECKS, Check
from peerbill.checks.causes import BILLER, WHO
from peerbill.coding.explanation import Explanation
from peerbill.documents.policy_reports import checks_report, explanation_report
from peerbill.intake.workspace import today
from peerbill.model.errors import UnusableInputError
from peerbill.model.money import printed
from peerbill.model.plural import counted

from . import options, output
from .console import echo

_SCOPES = {
    "encounter": "each encounter alone",
    "member": "all encounters of a member",
    "peer": "all encounters of a peer",
    "line": "the encounters that make one service line",
    "row": "each row as it is read",
    "pattern": "all encounters together, where it is asked for patterns",
    "claim": "claims from elsewhere: audit --claims",
}


@click.command(short_help="Tell what a check wants, or why an encounter comes to its units and charge.")
@click.argument("code", required=False, metavar="[CODE | DIR")
@click.argument("encounter", required=False, metavar="ENCOUNTER]")
@options.as_of
@options.json_file
@options.bulk
def explain(code: str | None, encounter: str | None, as_of: dt.date | None, json_file: Path | None) -> None:
    """Show what a check requires, or why an encounter has its units and charge.

    Of the check CODE: what it wants, why, what passes and fails, and who says so; without CODE, all checks. Of an
    ENCOUNTER of the workspace in DIR: each step to its code, units and charge, with its figures and its source.
    """
    if encounter is not None:
        _explain_encounter(Path(code or ""), encounter, as_of, json_file)
        return
    if code is not None and Path(code).is_dir():
        raise click.UsageError(f"{code} is a folder: name an encounter too, as in: peerbill explain {code} E1")
    if as_of is not None:
        raise click.UsageError("--as-of is for an encounter: peerbill explain DIR ENCOUNTER --as-of DATE")
    checks = CHECKS if code is None else tuple(check for check in CHECKS if check.code == code.upper())
    if not checks:
        raise UnusableInputError(f"{code}: no check has this code. List them with: peerbill explain")
    to_pipe = json_file == output.STANDARD
    if code is None:
        output.print_table(
            ("code", "what holds", "looks at"),
            [(check.code, check.requirement, _SCOPES[check.scope]) for check in checks],
            err=to_pipe,
        )
    else:
        for check in checks:
            _print_page(check, err=to_pipe)
    if json_file is not None:
        output.write_json(json_file, checks_report(checks))


def _print_page(check: Check, *, err: bool) -> None:
    echo(f"{check.code}  {check.requirement}", bold=True, err=err)
    for title, text in (("Why it matters", check.why), ("Passes", check.passes), ("Fails", check.fails)):
        if text:
            output.print_paragraph(f"  {title}: {text}", err=err)
    output.print_paragraph(f"  Looks at: {_SCOPES[check.scope]}", err=err)
    output.print_paragraph(f"  Corrected by: {WHO.get(check.code, BILLER)}", err=err)
    for citation in check.citations:
        output.print_paragraph(f"  Source: {output.cited(citation)} {citation.url}".rstrip(), err=err)
    if not check.citations:
        output.print_paragraph(
            "  Source: the programme's policy; each finding cites the row behind it, and "
            "peerbill policy STATE/PROGRAMME shows them all",
            err=err,
        )


def _explain_encounter(folder: Path, encounter_id: str, as_of: dt.date | None, json_file: Path | None) -> None:
    records = options.records(folder)
    day = as_of or today(records.settings)
    explanation = options.agency(records.settings, folder).explain(records, encounter_id, day)
    _print_explanation(explanation, day, err=json_file == output.STANDARD)
    if json_file is not None:
        output.write_json(json_file, explanation_report(explanation))


def _print_explanation(explanation: Explanation, as_of: dt.date, *, err: bool) -> None:
    code = ":".join((explanation.hcpcs, *explanation.modifiers)) if explanation.hcpcs else "code not known"
    units = counted(explanation.units, "unit") if explanation.units is not None else "units not known"
    charge = printed(explanation.charge) if explanation.charge is not None else "charge not known"
    head = f"{explanation.encounter_id}  {explanation.status} as of {as_of}: {code}, {units}, {charge}"
    echo(head, bold=True, err=err)
    for step in explanation.steps:
        output.print_paragraph(f"  {step.sentence}", err=err)
        for citation in step.citations:
            output.print_paragraph(f"    Source: {output.cited(citation)} {citation.url}".rstrip(), err=err)
    if explanation.status == "held":
        echo("  It is held: peerbill audit tells why, and what to do.", err=err)
