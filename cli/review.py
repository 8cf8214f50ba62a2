"""`peerbill review`: waive findings, with reason and last day, in the audit trail."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import click

from peerbill.documents.review_reports import end_waiver_report, review_list_report, waive_report
from peerbill.intake.workspace import today, workspace_settings
from peerbill.ledger.answers.open_items import LONGEST_REASON

from . import options, output
from .waived import encounters, print_waivers


@click.group(short_help="Waive findings that somebody has looked at, in the audit trail.", no_args_is_help=False)
def review() -> None:
    """Waive findings, each with a reason and a last day, in the audit trail of the ledger."""


@review.command(short_help="Waive what the audit finds in encounters, until a day.")
@options.workspace
@click.argument("code", metavar="CODE")
@click.argument("encounter_ids", metavar="ENCOUNTER...", nargs=-1, required=True)
@options.reason(LONGEST_REASON)
@options.day_option("--until", text="The last day on which it holds, a year ahead at most.")
@click.option("--where", default="", metavar="PLACE", help="The place of the finding, such as encounters.goal.")
@options.as_of
@options.json_file
@click.pass_context
@options.bulk
def waive(
    ctx: click.Context,
    folder: Path,
    code: str,
    encounter_ids: tuple[str, ...],
    reason: str,
    until: dt.date | None,
    where: str,
    as_of: dt.date | None,
    json_file: Path | None,
) -> None:
    """Waive the findings CODE, such as PB803, of each ENCOUNTER in the workspace in DIR.

    The audit lists them apart, with the reason, and they are no open warning. An error holds an encounter because a
    source says not to bill it: it cannot be waived. What only `severity` in peerbill.toml made an error can be: the
    encounter is then billed. A waiver ends on its last day, and covers nothing once an encounter or the finding's
    figures change. A finding about several encounters is waived where all of them are named. The reason is kept in the
    audit trail for good and may be shown to auditors: write no person's data into it.

    Exit code: 0 all waived, 1 some could not be (with the reason), 2 the input cannot be used.
    """
    if until is None:
        raise click.UsageError("--until is missing: give the last day of the waiver, such as 2027-03-31.")
    records = options.records(folder)
    agency = options.agency(records.settings, folder)
    waivers, refused = agency.waive(
        records, code.strip().upper(), encounter_ids, reason=reason, until=until, where=where.strip(), day=as_of
    )
    aside = json_file == output.STANDARD
    for waiver in waivers:
        what = f"{waiver.code} {waiver.where} of {encounters(waiver)} is waived until {waiver.until}"
        output.print_paragraph(f"{waiver.waiver_id}: {what}: {waiver.message}", err=aside)
    _print_refused(refused, aside=aside)
    if json_file:
        output.write_json(json_file, waive_report(waivers, refused))
    ctx.exit(1 if refused else 0)


@review.command("end-waiver", short_help="End waivers before their last day.")
@options.workspace
@click.argument("waiver_ids", metavar="WAIVER...", nargs=-1, required=True)
@options.reason(LONGEST_REASON)
@options.json_file
@click.pass_context
def end_waiver(
    ctx: click.Context, folder: Path, waiver_ids: tuple[str, ...], reason: str, json_file: Path | None
) -> None:
    """End each WAIVER, such as W17, of the workspace in DIR: what it covers counts again.

    The audit trail keeps the waiver, its end and the reason. Exit code: 0 all ended, 1 some could not be (with the
    reason), 2 the input cannot be used.
    """
    done, refused = options.agency(workspace_settings(folder), folder).end_waivers(waiver_ids, reason)
    aside = json_file == output.STANDARD
    for waiver_id in done:
        click.echo(f"{waiver_id}: ended", err=aside)
    _print_refused(refused, aside=aside)
    if json_file:
        output.write_json(json_file, end_waiver_report(done, refused))
    ctx.exit(1 if refused else 0)


@review.command("list", short_help="List the waivers.")
@options.workspace
@options.json_file
def list_(folder: Path, json_file: Path | None) -> None:
    """List the waivers of the workspace in DIR, also those that have expired or were ended. Exit code: 0, 2."""
    settings = workspace_settings(folder)
    waivers = options.agency(settings, folder).waivers()
    aside = json_file == output.STANDARD
    if waivers:
        print_waivers(waivers, today(settings), err=aside)
    else:
        click.echo("There is no waiver.", err=aside)
    if json_file:
        output.write_json(json_file, review_list_report(waivers))


def _print_refused(refused: Sequence[tuple[str, str]], *, aside: bool) -> None:
    for id_, why in refused:
        output.print_paragraph(f"Not done: {id_}: {why}", err=aside)
