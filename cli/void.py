"""`peerbill void`: take claims back."""

import datetime as dt
from pathlib import Path

import click

from . import corrections, options


@click.command(short_help="Void claims that the payer has: frequency 8, under the payer's claim number.")
@corrections.arguments
@click.pass_context
@options.bulk
def void(
    ctx: click.Context,
    folder: Path,
    claims: tuple[str, ...],
    states: tuple[str, ...],
    payers: tuple[str, ...],
    reasons: tuple[str, ...],
    out: Path | None,
    as_of: dt.date | None,
    *,
    dry_run: bool,
    json_file: Path | None,
) -> None:
    """Void each CLAIM of the ledger of the workspace in DIR: every line as it was sent, frequency 8.

    The encounters stay billed until an 835 confirms the void. Then bill sends those you changed; use rebill for the
    rest. The void of a claim to a later payer repeats what the claim says of the payers before. A claim that depends on
    the answer to CLAIM is named; void it separately. Exit code: 0 all done, 1 some could not be voided (listed with the
    reason), 2 the input cannot be used.
    """
    chosen = corrections.Chosen(claims, states, payers, reasons)
    corrections.correct(ctx, "void", folder, chosen, out=out, as_of=as_of, dry_run=dry_run, json_file=json_file)
