"""`peerbill void`: tell payers that claims were wrong."""

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

    Its encounters count as billed until the payer takes the claim back in an 835. After that, those that were changed
    are billed again by the next bill, and the others where peerbill rebill names the claim. A claim to a later payer
    tells again what it told of the payers before; one that rests on the answer to CLAIM is named, and voided apart.
    Exit code: 0 all done, 1 some could not be (told with why), 2 the input cannot be used.
    """
    chosen = corrections.Chosen(claims, states, payers, reasons)
    corrections.correct(ctx, "void", folder, chosen, out=out, as_of=as_of, dry_run=dry_run, json_file=json_file)
