"""`peerbill eligibility`: ask payers about the enrolment of members who are about to be billed."""

import datetime as dt
from pathlib import Path

import click

from peerbill.model.plural import counted

from . import audited, options, run_log
from .console import echo


@click.command(short_help="Ask payers (270) about the enrolment of members who are about to be billed.")
@options.workspace
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Where the files go."
)
@options.as_of
@click.option("--again", is_flag=True, help="Ask once more about days that were asked about and not answered: active.")
@click.option(
    "--undo-lost",
    is_flag=True,
    help="Ask again what an interrupted run asked, if its file is missing and was never sent.",
)
@options.new_ledger
@options.every
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
    every: bool,
) -> None:
    """Write 270 files that ask payers about the members and days about to be billed in the workspace in DIR.

    Post the answers (271) with: peerbill post. The next audit and bill then take them into account (PB402). A day that
    was asked about is not asked about again, unless the payer refused the question. Exit code: 0 all asked or nothing
    to ask, 1 some members cannot be asked about, 2 the input cannot be used.
    """
    records = options.records(folder)
    settings = records.settings
    done = options.agency(settings, folder, out=out, new=new_ledger).eligibility(
        records, as_of, again=again, undo_lost=undo_lost
    )
    audited.print_notices(records, every=every)
    run_log.sent(done.files)
    for file in done.files:
        payer = settings.payers.get(file.payer)
        echo(f"Wrote {file.path} to {file.payer}" + (f", {payer.mode}" if payer else ""))
    members = len({question.member_id for question in done.questions})
    if done.questions:
        echo(f"As of {done.day}: asked {counted(len(done.questions), 'question')} about {counted(members, 'member')}")
    else:
        echo(f"As of {done.day}: nothing to ask; no 270 file was written.")
    for member in done.not_asked:
        for problem in member.problems:
            echo(f"Not asked: member {member.member_id}, {member.payer}: {problem}", err=True)
    if done.not_asked or records.problems:
        ctx.exit(1)
