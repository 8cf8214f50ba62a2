"""`peerbill settle`: close open items that were dealt with."""

from pathlib import Path

import click

from peerbill.documents.ledger_reports import settle_report
from peerbill.intake.workspace import workspace_settings
from peerbill.ledger.answers.open_items import LONGEST_REASON

from . import options, output, run_log
from .console import echo


@click.command(short_help="Settle items of todo that a person has dealt with, with the reason.")
@options.workspace
@click.argument("items", metavar="ITEM...", nargs=-1, required=True)
@options.reason(LONGEST_REASON)
@options.json_file
@click.pass_context
def settle(ctx: click.Context, folder: Path, items: tuple[str, ...], reason: str, json_file: Path | None) -> None:
    """Settle each ITEM that `peerbill todo` lists for the workspace in DIR, such as U12 or P7-1, and say why.

    The ledger keeps the item; it is no longer in todo, and `peerbill todo --settled` lists it. One whose amount changes
    later opens again. The reason is kept in the audit trail for good and may be shown to auditors: write no person's
    data into it. Exit code: 0 all settled, 1 some could not be (with the reason), 2 the input cannot be used.

    JSON: `{"peerbill": version, "settled": [ITEM], "refused": [{"item", "why"}], "schema"}`.
    """
    done, refused = options.agency(workspace_settings(folder), folder).settle(items, reason)
    run_log.result(done=len(done), refused=len(refused))
    aside = json_file == output.STANDARD
    for item in done:
        echo(f"{item}: settled", err=aside)
    for item, why in refused:
        output.print_paragraph(f"Not done: {item}: {why}. See peerbill todo", err=aside)
    if json_file:
        output.write_json(json_file, settle_report(done, refused), done=output.was_done(len(done), "item", "settled"))
    ctx.exit(1 if refused else 0)
