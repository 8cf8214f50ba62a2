"""`peerbill replace`: replace claims with corrected claims."""

import datetime as dt
from pathlib import Path

import click

from . import corrections, options


@click.command(short_help="Replace claims that the payer has: frequency 7, under the payer's claim number.")
@corrections.arguments
@click.option(
    "--unchanged",
    is_flag=True,
    help="Send even where nothing changes that the ledger keeps: it keeps no names, birth dates or NPIs.",
)
@click.option(
    "--part-units",
    is_flag=True,
    help="Claims that were billed in whole units, and have more by the rule that is known since; no CLAIM is needed.",
)
@click.pass_context
@options.bulk
def replace(
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
    unchanged: bool,
    part_units: bool,
) -> None:
    """Replace each CLAIM of the ledger of the workspace in DIR by what passes the audit now, frequency 7.

    Correct the encounters first. The replacement contains the claim's encounters that pass the audit now, plus new ones
    on the same lines. It lists those left out. The limit for filing a first claim (PB107) does not hold a replacement;
    its own last day is shown. A claim to a later payer is made anew from what the payer before has answered by now.
    Exit code: 0 all done, 1 some could not be replaced (listed with the reason), 2 the input cannot be used.
    """
    chosen = corrections.Chosen(claims, states, payers, reasons, part_units=part_units)
    corrections.correct(
        ctx,
        "replace",
        folder,
        chosen,
        out=out,
        as_of=as_of,
        dry_run=dry_run,
        json_file=json_file,
        unchanged=unchanged,
    )
