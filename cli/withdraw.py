"""`peerbill withdraw`: take back claims that no payer has."""

from pathlib import Path

import click

from peerbill.documents.ledger_reports import withdraw_report
from peerbill.intake.workspace import workspace_settings
from peerbill.ledger.corrections import LONGEST_REASON
from peerbill.ledger.send.withdrawals import Withdrawals
from peerbill.model.plural import counted

from . import corrections, options, output
from .console import echo


@click.command(short_help="Take back claims that were never sent or that the payer does not have, to bill them again.")
@options.workspace
@click.argument("claims", metavar="[CLAIM]...", nargs=-1, callback=corrections.in_capitals)
@click.option("--file", "files", multiple=True, metavar="FILE", help="All claims of this 837 file, by its name.")
@corrections.state
@click.option("--payer", "payers", multiple=True, metavar="KEY", help="Claims to this payer.")
@options.reason(LONGEST_REASON)
@click.option(
    "--confirmed", is_flag=True, help="The payer said that it has no such claim, though it acknowledged or accepted it."
)
@click.option("--dry-run", is_flag=True, help="Show what would be withdrawn; record nothing.")
@options.json_file
@click.pass_context
def withdraw(
    ctx: click.Context,
    folder: Path,
    claims: tuple[str, ...],
    files: tuple[str, ...],
    states: tuple[str, ...],
    payers: tuple[str, ...],
    reason: str,
    *,
    confirmed: bool,
    dry_run: bool,
    json_file: Path | None,
) -> None:
    """Take back each CLAIM of the ledger of the workspace in DIR, or all claims of a FILE.

    For claims that were never uploaded, were lost, or are not on file with the payer. They are kept as withdrawn, with
    the reason and the person. The next bill sends their encounters again, and a claim that was replaced or voided by a
    withdrawn claim is in force again. A claim that the payer acknowledged (TA1, 999, 277CA) needs --confirmed; a claim
    that it decided is refused: void, replace or rebill it. An answer that comes later is reported. Exit code: 0 all
    done, 1 some could not be (with the reason), 2 the input cannot be used.
    """
    if bool(claims) == bool(files or states or payers):
        raise click.UsageError("Name each CLAIM, or choose them by --file, --state and --payer; one of the two.")
    names = [Path(file).name for file in files]
    done = options.agency(workspace_settings(folder), folder).withdraw(
        claims, reason=reason, files=names, states=states, payers=payers, confirmed=confirmed, dry_run=dry_run
    )
    _show(ctx, done, json_file, dry_run=dry_run)


def _show(ctx: click.Context, done: Withdrawals, json_file: Path | None, *, dry_run: bool) -> None:
    to_pipe = json_file == output.STANDARD
    would = "would be" if dry_run else "was"
    for claim in done.claims[: corrections.MOST_DONE]:
        encounters = sum(len(line.encounter_ids) for line in claim.lines)
        then = (
            f"{claim.replaces} stands again"
            if claim.replaces
            else f"{counted(encounters, 'encounter')} can be billed again"
        )
        echo(f"{claim.claim_id}: {would} withdrawn; {then}", err=to_pipe)
    if (more := len(done.claims) - corrections.MOST_DONE) > 0:
        echo(f"and {counted(more, 'more claim')} {would} withdrawn: --json FILE has all", err=to_pipe)
    for claim_id in done.barred:
        echo(
            f"Problem: {claim_id} stands again, but what it bills was billed again since: void one of the two",
            err=True,
        )
    refused = done.refused
    output.print_refused(refused)
    if not (done.claims or refused):
        echo("No claim is meant: nothing to do.", err=to_pipe)
    if json_file is not None:
        withdrawn = "" if dry_run else output.was_done(len(done.claims), "claim", "withdrawn")
        output.write_json(json_file, withdraw_report(done, dry_run=dry_run), done=withdrawn)
    if refused or done.barred:
        ctx.exit(1)
