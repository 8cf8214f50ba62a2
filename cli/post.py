"""`peerbill post`: what payers answered, into the ledger."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from peerbill.intake.workspace import workspace_settings
from peerbill.ledger.answers.session import Posted, RejectedClaim
from peerbill.model.money import dollars, printed
from peerbill.model.plural import counted

from . import options, output, run_log
from .console import echo, first_of
from .named_files import INPUT

MOST_NAMED = 50
"""So many claims of a reason are named on the screen; JSON names all."""

MOST_SHOWN = 20
"""How many payments without a claim are shown; JSON has all."""

ALL = "--json FILE has all"


@click.command(short_help="Read what payers answered (TA1, 999, 277CA, 835, 271, or CSV) into the ledger.")
@options.workspace
@click.argument("files", metavar="[FILE]...", nargs=-1, type=INPUT)
@click.option(
    "--match",
    "matches",
    nargs=2,
    multiple=True,
    metavar="PAYMENT CLAIM",
    help="Give a payment that matched no claim (U12 in todo) to a claim.",
)
@click.option(
    "--accept-unbalanced",
    is_flag=True,
    help="Post an 835 that does not balance; the difference is in todo until it is settled.",
)
@options.json_file
@click.pass_context
@options.bulk
def post(
    ctx: click.Context,
    folder: Path,
    files: Sequence[Path],
    matches: Sequence[tuple[str, str]],
    accept_unbalanced: bool,
    json_file: Path | None,
) -> None:
    """Read what payers answered into the ledger of the workspace in DIR: TA1, 999, 277CA, 835 and 271, or a CSV.

    The CSV is for what comes on paper or by portal. Its columns: claim_id, line_id (blank: the whole claim), paid_on
    (YYYY-MM-DD), paid, adjustments (GROUP:REASON:AMOUNT, several split by ;), trace (of the check or transfer),
    payer_control_number, status (paid, denied, reversed, accepted, rejected). Charge less adjustments must be what was
    paid. A row with claim_id and payer_control_number alone records the number. A column reason may say why a claim is
    rejected: the audit trail keeps it, so write no person's data into it. All of a CSV is posted, or nothing.

    A payment that matches no claim is kept, is in todo, and is tried again by each post; --match gives it to a claim by
    your decision, which the audit trail keeps.

    The content shows the kind. Every file is looked into before any is posted. A file is posted as a whole or not at
    all; an 835 that does not balance or is cut off is reported and not posted, and may be posted again. Posting a file
    twice changes nothing. Exit code: 0 all matched and balanced, 1 something rejected, unmatched or unbalanced, 2 a
    file cannot be read, and then nothing is posted.

    JSON: `{"peerbill": version, "files": [{"path", "kind", "transactions", "matched", "denied", "unmatched":
    [{"claim_id", "why", "fix", "rejects"}], "problems", "rejected": [{"claim_id", "state", "why", "words"}], "notices",
    "remittances", "provider_adjustments", "skipped", "posted_at"}], "unmatched_payments": [{"item", "claim_id", "paid",
    "trace", "paid_on", "file"}], "schema"}`. `rejects`: the answer would have rejected something, `words` are
    the sender's own (STC12). A file of several kinds has them joined by `+`; `posted_at` is when the same file was
    posted before, or "".
    """
    if not (files or matches):
        raise click.UsageError("Missing argument 'FILE...'.")
    settings = workspace_settings(folder)
    aside = json_file == output.STANDARD
    done = options.agency(settings, folder).post(
        *files,
        matches=matches,
        accept_unbalanced=accept_unbalanced,
        posted=lambda name, posted: _print(Path(name), posted, err=aside),
    )
    for posted in done.matched:
        _print_rest(posted, err=aside)
    waiting = done.waiting
    run_log.result(
        files=len(done.files),
        transactions=sum(posted.transactions for posted in done.files),
        matched=sum(posted.matched for posted in done.files),
        denied=sum(posted.denied for posted in done.files),
        unmatched=sum(len(posted.unmatched) for posted in done.files),
        rejected=sum(len(posted.rejected) for posted in done.files),
        without_claim=len(waiting),
    )
    for payment in waiting[:MOST_SHOWN]:
        sent = f", sent as claim {payment.claim_as_sent}" if payment.claim_as_sent else ""
        output.print_paragraph(
            f"Without a claim: {payment.item}: {printed(dollars(payment.paid_cents))} of "
            f"{payment.trace or 'no number'}{sent}, in {payment.file}. See peerbill todo",
            err=aside,
        )
    if len(waiting) > MOST_SHOWN:
        echo(f"and {len(waiting) - MOST_SHOWN:,} more without a claim. See peerbill todo", err=aside)
    if json_file:
        from peerbill.documents.ledger_reports import post_report  # noqa: PLC0415 - only JSON needs it

        named = zip(map(str, files), done.files, strict=True)
        report = post_report(named, waiting)
        output.write_json(json_file, report, done="the answers were posted, as the lines of the command show")
    ctx.exit(0 if done.settled else 1)


def _print(path: Path, posted: Posted, *, err: bool) -> None:
    kind = "+".join(posted.kinds) or "no answer"
    sums = (
        counted(posted.transactions, "transaction"),
        f"{posted.matched:,} matched",
        f"{len(posted.unmatched):,} unmatched",
        *([f"{posted.denied:,} denied"] if posted.denied else []),
    )
    echo(f"{path}: {kind}: {', '.join(sums)}", bold=True, err=err)
    _print_rest(posted, err=err)


def _print_rest(posted: Posted, *, err: bool) -> None:
    for notice in first_of(posted.notices, ALL):
        output.print_paragraph(f"  Notice: {notice}", err=err)
    for problem in first_of(posted.problems, ALL):
        output.print_paragraph(f"  Problem: {problem}", err=err)
    unmatched = [
        f"{f'{reason.claim_id}: ' if reason.claim_id else ''}{reason.why}. {reason.fix}" for reason in posted.unmatched
    ]
    for text in first_of(unmatched, ALL):
        output.print_paragraph(f"  Unmatched: {text}", err=err)
    for text in _rejections(posted.rejected):
        output.print_paragraph(text, err=err)
    if posted.rejected:
        again = "The next bill sends the encounters again once their claim would say something else"
        output.print_paragraph(
            f"  Fix what the payer names. {again}; bill --unchanged sends them as they are.", err=err
        )
    for sentence in (*posted.remittances, *posted.transfers):
        output.print_paragraph(f"  {sentence}", err=err)


def _rejections(rejected: Sequence[RejectedClaim]) -> Iterator[str]:
    """Yield what was rejected, each reason once, with the claims that it concerns."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for rejection in rejected:
        groups.setdefault((rejection.state, rejection.why, rejection.words), []).append(rejection.claim_id)
    for (state, why, words), claim_ids in groups.items():
        who = f"{claim_ids[0]} is" if len(claim_ids) == 1 else f"{len(claim_ids):,} claims are"
        yield f"  Rejected: {who} {state}: {why}" + (f'. The payer says: "{words}"' if words else "")
        if len(claim_ids) > 1:
            more = f" and {len(claim_ids) - MOST_NAMED:,} more (peerbill claims DIR --state {state})"
            yield f"    {', '.join(claim_ids[:MOST_NAMED])}{more if len(claim_ids) > MOST_NAMED else ''}"
