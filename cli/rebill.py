"""`peerbill rebill`: let the encounters of a claim be billed again, on new claims."""

from pathlib import Path

import click

from peerbill.intake.workspace import workspace_settings

from . import corrections, options


@click.command(short_help="Free the encounters of claims that the payer wants as new ones.")
@options.workspace
@click.argument("claims", metavar="CLAIM...", nargs=-1, required=True, callback=corrections.in_capitals)
@click.option(
    "--confirmed",
    is_flag=True,
    help="The payer said that it carried out the void or replacement of the claim, and no 835 tells it.",
)
@options.json_file
@click.pass_context
def rebill(
    ctx: click.Context, folder: Path, claims: tuple[str, ...], *, confirmed: bool, json_file: Path | None
) -> None:
    """Free the encounters of each CLAIM that the payer denied or took back, so that the next bill sends them anew.

    Also for a claim that was written off after that, and for one whose void the payer confirmed. A rejected claim (TA1,
    999, 277CA) needs no rebill. Exit code: 0 all done, 1 some could not be (with the reason), 2 the input cannot be
    used.
    """
    done, refused = options.agency(workspace_settings(folder), folder).rebill(claims, confirmed=confirmed)
    corrections.tell(ctx, done, refused, "its encounters can be billed again", json_file)
