"""`peerbill bill`: 837 files for what passes the audit."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click

from peerbill.checks.audit import Audit
from peerbill.checks.audit import audit as run_audit
from peerbill.claims.corrections import claims_as_sent
from peerbill.claims.next_payer import NotSent, claims_to_send, shared_members
from peerbill.claims.resending import leave_rejected, weigh_rejected
from peerbill.coding.history import history_scope
from peerbill.intake.workspace import programme_ids, read_agency_policies, read_workspace, today
from peerbill.ledger import bill_batch, bill_run
from peerbill.ledger.corrections import read_families
from peerbill.ledger.look.answered_claims import read_answered
from peerbill.ledger.look.claims import read_claims
from peerbill.ledger.send.eligibility import read_eligibility
from peerbill.ledger.send.lost_files import find_unanswered, write_again
from peerbill.ledger.store.database import as_ledger_error
from peerbill.model.claim import Claim
from peerbill.model.errors import UnusableInputError
from peerbill.model.finding import Severity
from peerbill.model.plural import counted
from peerbill.model.records import Records
from peerbill.policy import load_policies
from peerbill.x12.write.write837 import write_interchange

from . import options, output


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
) -> None:
    """Write 837 files for what passes the audit of the workspace in DIR and record them in its ledger.

    What is in the ledger is never billed again; what was rejected is, once its claim says something else. Exit code: 0
    nothing held, 1 some encounters held or rejected or some row that could not be read, 2 the input cannot be used.

    With --again, nothing is billed: a file that was lost is copied from where it was written first, or made anew of the
    ledger and the tables, and refused where it would not be the same to the byte, or was answered.
    """
    records = read_workspace(folder)
    settings = records.settings
    if again is not None:
        if undo_lost or unchanged or as_of:
            raise click.UsageError("--again writes a file as it was sent: leave the other options out.")
        _write_again(records, folder, out, again.name)
        return
    policies = load_policies(programme_ids(settings), read_agency_policies(folder))
    day = as_of or today(settings)
    with bill_run(
        options.ledger(settings, folder, out=out, new=new_ledger), undo_lost=undo_lost, tell=output.notice
    ) as run:
        known = _tell(run.messages)
        with output.progress(len(records.encounters), "Auditing") as progress:
            enrolment = read_eligibility(settings.ledger_url, folder)
            history = run.history(settings.test_payers, history_scope(records, policies))
            result = run_audit(records, policies, day, history, progress, enrolment)
        if not unchanged:
            result = weigh_rejected(result, records, history)
        rejected = {} if unchanged else run.ledger.rejected_later(settings.test_payers)
        answered = read_answered(run.ledger, shared_members(records), settings.test_payers)
        not_sent: list[NotSent] = []

        def build(claim_ids: Iterator[str]) -> Sequence[Claim]:
            claims, left = claims_to_send(
                result.billable, answered, records, policies, day, history, claim_ids, enrolment
            )
            kept, same = leave_rejected(claims, rejected, settings)
            not_sent.extend((*left, *same))
            return kept

        batch = bill_batch(
            run,
            out,
            settings=settings,
            as_of=day,
            billable=result.billable,
            build=build,
            held=_held(result).items(),
            rejected=[(row.line, [finding.code for finding in row.findings]) for row in records.rejected],
        )
    output.print_told(records)
    _tell(batch.messages[known:])
    for left in not_sent:
        output.notice(f"{left.claim_id} was {left.told}. {left.fix}")
    output.print_findings(result.findings)  # warnings too: once billed, an encounter has no finding any more
    output.print_batch(batch, settings)
    click.echo(f"As of {result.as_of}: {output.sum_line(result)}")
    if records.problems or result.count("held") or result.count("rejected"):
        ctx.exit(1)


def _write_again(records: Records, folder: Path, out: Path, name: str) -> None:
    """Write a file once more, and tell where it is."""
    settings = records.settings
    with bill_run(options.ledger(settings, folder, create=False), tell=output.notice) as run:
        _tell(run.messages)
        with as_ledger_error(run.ledger.place), run.ledger.engine.connect() as connection:
            file = find_unanswered(connection, name)
            if file.payer not in settings.payers:
                raise UnusableInputError(f"payer {file.payer} is no longer one of [payers] in peerbill.toml")
            claims = read_claims(connection, claim_ids=file.claim_ids, history=False)
            families = list(read_families(connection, claims))
        payer, day = settings.payers[file.payer], dt.date.fromisoformat(file.as_of)

        def text() -> Iterable[str]:
            return write_interchange(claims_as_sent(families, records), payer, settings, day, file.isa13)

        path = write_again(run, file, out, text)
    click.echo(f"Wrote {path} once more, as it was sent: {counted(len(file.claim_ids), 'claim')}")


def _tell(messages: Sequence[str]) -> int:
    """Tell what became of a run that was stopped, at once: what follows may fail. Return how many were told."""
    for message in messages:
        click.echo(f"Notice: {message}", err=True)
    return len(messages)


def _held(result: Audit) -> dict[str, list[str]]:
    """Return the codes of the errors that hold each encounter."""
    held: dict[str, list[str]] = {entry.encounter_id: [] for entry in result.encounters if entry.status == "held"}
    for finding in result.findings:
        if finding.severity is Severity.ERROR:
            for id_ in finding.encounter_ids:
                if id_ in held and finding.code not in held[id_]:
                    held[id_].append(finding.code)
    return held
