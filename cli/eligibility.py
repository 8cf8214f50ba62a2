"""`peerbill eligibility`: ask payers about the enrolment of members who are about to be billed."""

import datetime as dt
from pathlib import Path

import click

from peerbill.checks.audit import audit as run_audit
from peerbill.claims.eligibility import questions
from peerbill.coding.history import history_scope
from peerbill.intake.workspace import programme_ids, read_agency_policies, read_workspace, today
from peerbill.ledger import bill_run
from peerbill.ledger.send.eligibility import eligibility_batch, read_eligibility
from peerbill.model.plural import counted
from peerbill.policy import load_policies
from peerbill.x12.write.write270 import write_interchange

from . import options, output


@click.command(short_help="Ask payers (270) about the enrolment of members who are about to be billed.")
@options.workspace
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Where the files go."
)
@options.as_of
@click.option("--again", is_flag=True, help="Ask once more about days that were asked about and not answered: active.")
@click.option(
    "--undo-lost", is_flag=True, help="Ask again what stood in a file of a stopped run that is gone and was never sent."
)
@options.new_ledger
@click.pass_context
@options.bulk
def eligibility(
    ctx: click.Context,
    folder: Path,
    out: Path,
    as_of: dt.date | None,
    *,
    again: bool,
    undo_lost: bool,
    new_ledger: bool,
) -> None:
    """Write 270 files that ask payers about the members and days about to be billed in the workspace in DIR.

    Post the answers (271) with: peerbill post. The next audit and bill then take them into account (PB402). A day that
    was asked about is not asked about again, unless the payer refused the question. Exit code: 0 all asked or nothing
    to ask, 1 some members cannot be asked about, 2 the input cannot be used.
    """
    records = read_workspace(folder)
    settings = records.settings
    policies = load_policies(programme_ids(settings), read_agency_policies(folder))
    day = as_of or today(settings)
    with bill_run(
        options.ledger(settings, folder, out=out, new=new_ledger), undo_lost=undo_lost, tell=output.notice
    ) as run:
        known = read_eligibility(settings.ledger_url, folder)
        with output.progress(len(records.encounters), "Auditing") as progress:
            result = run_audit(
                records,
                policies,
                day,
                run.history(records.settings.test_payers, history_scope(records, policies)),
                progress,
                known,
            )
        asked, not_asked = questions(records, result.billable, result.findings, day, known, again=again)
        files = eligibility_batch(run, out, settings=settings, as_of=day, questions=asked, write=write_interchange)
    output.print_told(records)
    for message in run.messages:
        click.echo(f"Notice: {message}", err=True)
    for file in files:
        payer = settings.payers.get(file.payer)
        click.echo(f"Wrote {file.path} to {file.payer}" + (f", {payer.mode}" if payer else ""))
    members = len({question.member_id for question in asked})
    if asked:
        click.echo(f"As of {day}: asked {counted(len(asked), 'question')} about {counted(members, 'member')}")
    else:
        click.echo(f"As of {day}: nothing to ask; no 270 file was written.")
    for one in not_asked:
        for problem in one.problems:
            click.echo(f"Not asked: member {one.member_id}, {one.payer}: {problem}", err=True)
    if not_asked or records.problems:
        ctx.exit(1)
