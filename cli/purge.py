"""`peerbill purge`: take out of the ledger what tells something of a person, once the years of retention are over."""

import datetime as dt
from pathlib import Path

import click

from peerbill.documents.ledger_reports import purge_report
from peerbill.intake.workspace import workspace_settings
from peerbill.ledger.purge import SINCE, Purge
from peerbill.ledger.store.database import find_place
from peerbill.long_past import forget
from peerbill.model.plural import counted

from . import options, output, run_log
from .console import echo


@click.command(short_help="Take out of the ledger what tells something of persons in claims that are old and finished.")
@options.workspace
@options.day_option("--before", text="The day as YYYY-MM-DD; [retention] years before today by default.")
@click.option("--below-floor", is_flag=True, help="Also where less than 10 years are kept.")
@click.option("--dry-run", is_flag=True, help="Show what would be purged; change nothing.")
@options.json_file
@click.pass_context
def purge(
    ctx: click.Context,
    folder: Path,
    before: dt.date | None,
    *,
    below_floor: bool,
    dry_run: bool,
    json_file: Path | None,
) -> None:
    """Purge the ledger of the workspace in DIR: of claims that are finished and older than a day, no person is left.

    Ids, diagnoses, days (the year stays), payers' words and typed reasons are taken out for good, in each claim
    together with its corrections and its claims to the next payers. Amounts, codes and states stay, so that reports add
    up as before. What is not answered, not settled, open in todo or to be returned stays whatever its age. The audit
    trail says what was purged, and ledger verify finds the ledger whole.

    Encounters of before that day that the ledger does not have are held from then on (PB805): take their rows out of
    the tables too. A payment that comes later for a purged claim stays among the payments without a claim.

    How long you must keep claims is for your counsel and your contracts: 42 CFR 438.3(u) asks 10 years of Medicaid
    managed care plans and their subcontractors, states ask for their own; the 6 years of 45 CFR 164.316(b)(2)(i) are
    about policies and what documents them. Less than 10 years need --below-floor. On PostgreSQL, only the owner of the
    tables may purge. Where the clock is over a year after the last service billed, --before is asked for. Copies of
    the ledger are listed, and not purged. Exit code: 0 all that is old is purged, 1 some of it is not finished and
    stays, 2 nothing was changed.
    """
    settings = workspace_settings(folder)
    done = options.agency(settings, folder).purge(before, below_floor=below_floor, dry_run=dry_run)
    if not dry_run:
        forget(folder)
    run_log.result(claims=done.claims, payments=done.payments, questions=done.questions, kept=done.unfinished)
    copies = _copies(folder, settings.ledger_url)
    to_pipe = json_file == output.STANDARD
    _show(done, copies, dry_run=dry_run, err=to_pipe)
    if json_file is not None:
        purged = "" if dry_run else output.was_done(done.claims, "claim", "purged")
        output.write_json(json_file, purge_report(done, copies, dry_run=dry_run), done=purged)
    if done.unfinished:
        ctx.exit(1)


def _copies(folder: Path, url: str) -> list[Path]:
    from peerbill.ledger.store.copies import ledger_copies  # noqa: PLC0415 - only a purge needs it

    return [copy.path for copy in ledger_copies((folder,), find_place(url, folder).file)]


def _show(done: Purge, copies: list[Path], *, dry_run: bool, err: bool) -> None:
    if done.is_empty:
        echo(f"Nothing of before {done.before} is there to be purged", err=err)
    else:
        echo(
            f"{'Would purge' if dry_run else 'Purged'} what is finished and of before {done.before}: "
            f"{counted(done.claims, 'claim')} with {counted(done.encounters, 'encounter')}, "
            f"{counted(done.payments, 'payment')}, {counted(done.questions, 'question')} about enrolment",
            err=err,
        )
    for reason, number in done.kept:
        whose = "its" if number == 1 else "their"
        how = "Kept for now" if reason == SINCE else "Not finished, and kept"
        echo(f"{how}: {counted(number, 'claim')} with {whose} corrections: {reason}", err=err)
    if done.is_empty:
        return
    output.print_paragraph(
        "Copies are not purged: backups, answers of payers and files that were sent hold the data still. Dispose of "
        "those that you need no more, and take the rows out of the tables",
        err=err,
    )
    for path in copies:
        echo(f"A copy of the ledger: {path}", err=err)
