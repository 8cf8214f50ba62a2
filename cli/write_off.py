"""`peerbill write-off`: write off what is owed on a claim."""

from pathlib import Path

import click

from peerbill.intake.workspace import workspace_settings
from peerbill.ledger.corrections import LONGEST_REASON

from . import corrections, options


@click.command(short_help="Give up what is owed on claims; their encounters are not billed again.")
@options.workspace
@click.argument("claims", metavar="CLAIM...", nargs=-1, required=True, callback=corrections.in_capitals)
@options.reason(LONGEST_REASON)
@options.json_file
@click.pass_context
def write_off(ctx: click.Context, folder: Path, claims: tuple[str, ...], reason: str, json_file: Path | None) -> None:
    """Write off each CLAIM of the ledger of the workspace in DIR, and say why.

    Its encounters stay billed: peerbill rebill frees them. The reason is kept in the audit trail for good and may be
    shown to auditors: write no person's data into it. Exit code: 0 all done, 1 some could not be (with the reason), 2
    the input cannot be used.
    """
    done, refused = options.agency(workspace_settings(folder), folder).write_off(claims, reason)
    corrections.tell(ctx, done, refused, "written off", json_file)
