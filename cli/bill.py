"""`peerbill bill`: 837 files for what passes the audit."""

import contextlib
import datetime as dt
import io
from collections.abc import Iterator
from pathlib import Path

import click

from peerbill.agency import Agency, Billed, held_codes, rejected_codes
from peerbill.intake.workspace import workspace_settings
from peerbill.ledger.send.manifest import held_entries, manifest_text, rejected_entries
from peerbill.long_past import Left, remember_long_past
from peerbill.model.errors import LedgerError
from peerbill.model.input_files import open_file
from peerbill.model.plural import counted
from peerbill.model.records import Records

from . import audited, options, output
from .console import echo


@click.command(short_help="Write 837 files for what passes the audit and record them in the ledger.")
@options.workspace
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Where the files go."
)
@options.as_of
@click.option(
    "--undo-lost",
    is_flag=True,
    help="Bill again the encounters of an interrupted run whose file is missing, if it was never sent.",
)
@click.option("--unchanged", is_flag=True, help="Send rejected claims again though they say the same as before.")
@click.option(
    "--again",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Only write this 837 file, which nobody answered, once more, byte for byte.",
)
@options.new_ledger
@options.json_file
@options.every
@options.brief
@click.pass_context
@options.bulk
def bill(
    ctx: click.Context,
    folder: Path,
    out: Path,
    as_of: dt.date | None,
    *,
    undo_lost: bool,
    unchanged: bool,
    again: Path | None,
    new_ledger: bool,
    json_file: Path | None,
    every: bool,
    brief: bool,
) -> None:
    """Write 837 files for what passes the audit of the workspace in DIR and record them in its ledger.

    Billed encounters are never billed again; rejected encounters are, once their claim has changed. Exit code: 0
    nothing held, 1 some encounters held or rejected or some row that could not be read, 2 the input cannot be used.

    With --again, nothing is billed: a file that was lost is copied from where it was written first, or made anew of the
    ledger and the tables, and refused where it would not be the same to the byte, or was answered.

    With --json, the manifest of this run goes to FILE too, also where nothing was sent: manifest.json is then that of
    the run before.
    """
    agency = options.agency(workspace_settings(folder), folder, out=out, new=new_ledger)
    if again is not None:
        if undo_lost or unchanged or as_of or json_file:
            raise click.UsageError("--again writes a file as it was sent: leave the other options out.")
        path, claims = agency.write_again(options.records(folder), again.name)
        echo(f"Wrote {path} once more, as it was sent: {counted(claims, 'claim')}")
        return
    left = options.left(agency, folder, as_of)
    records = left.records
    done = agency.bill(records, as_of, unchanged=unchanged, undo_lost=undo_lost)
    result = done.audit
    to_pipe = json_file == output.STANDARD
    audited.log_audit(result)
    audited.print_notices(records, every=every, brief=brief)
    for message in done.batch.messages:
        output.notice(message)
    for claim in done.not_sent:
        output.notice(f"{claim.claim_id} was {claim.told}. {claim.fix}")
    if every:
        audited.print_findings(result.findings, audited.charges_of(result), every=True, sources=False, err=to_pipe)
    audited.print_causes(result, brief=brief, err=to_pipe)
    if result.count("held") and not (every or brief):
        again_as = f"peerbill audit {output.in_command(folder)} --as-of {result.as_of}"
        echo(f"What holds each, and what to do: {again_as}", err=to_pipe)
    output.print_batch(done.batch, records.settings, err=to_pipe)
    echo(f"As of {result.as_of}: {audited.sum_line(result)}", err=to_pipe)
    if json_file is not None:
        sent = output.was_done(len(done.batch.claims), "claim", "billed")
        output.write_report(json_file, _manifest(done, records), done=sent)
    _remember_long_past(agency, folder, left, as_of)
    if records.problems or result.count("held") or result.count("rejected"):
        ctx.exit(1)


def _remember_long_past(agency: Agency, folder: Path, left: Left, as_of: dt.date | None) -> None:
    """Remember what the next runs need not read; where that fails, they read it."""
    with contextlib.suppress(LedgerError):
        remember_long_past(agency, folder, left, as_of)


def _manifest(done: Billed, records: Records) -> Iterator[str]:
    """Yield the manifest of a run: as its folder has it, or, where it sent nothing, what it held and rejected."""
    if done.batch.files and done.batch.manifest is not None:
        with io.TextIOWrapper(open_file(done.batch.manifest), encoding="utf-8", newline="") as text:
            yield from text
        return
    held, rejected = held_codes(done.audit).items(), rejected_codes(records)
    yield from manifest_text((), (), held_entries(held), rejected_entries(rejected))
