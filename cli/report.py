"""`peerbill report`: charges, payments, aging, deposits and the rest, as a page, a workbook and JSON."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

import click

from peerbill.documents.office_report import office_report
from peerbill.model.errors import UnusableInputError
from peerbill.model.money import printed
from peerbill.model.plural import counted
from peerbill.model.records import Settings
from peerbill.report.values import AgencyReport

from . import audited, options, output
from .console import echo
from .named_files import REPORT


def _page(report: AgencyReport) -> bytes:
    from peerbill.report.html import report_page  # noqa: PLC0415  # only a page needs it

    return report_page(report).encode()


def _workbook(report: AgencyReport) -> bytes:
    from peerbill.report.workbook import report_workbook  # noqa: PLC0415  # only a workbook needs it

    return report_workbook(report)


WRITERS: Mapping[str, Callable[[AgencyReport], bytes]] = MappingProxyType({".html": _page, ".xlsx": _workbook})
"""What makes a file, by its suffix."""


def _files(ctx: click.Context, param: click.Parameter, values: Sequence[Path]) -> Sequence[Path]:
    for file in values:
        if file.suffix.lower() not in WRITERS:
            found = f"ends in {file.suffix}" if file.suffix else "has no suffix"
            raise click.BadParameter(f"{file} {found}: expected {' or '.join(WRITERS)}.", ctx, param)
    return values


@click.command(short_help="Show what was charged, paid, refused and is open: a page, a workbook, JSON.")
@options.workspace
@options.as_of
@options.day_option("--from", "first", text="The first day of service, and of payment, as YYYY-MM-DD.")
@options.day_option("--to", "last", text="The last day, likewise.")
@click.option("--payer", "payers", multiple=True, metavar="KEY", help="A payer of peerbill.toml; all by default.")
@click.option(
    "--out",
    "files",
    multiple=True,
    callback=_files,
    type=REPORT,
    metavar="FILE",
    help="Write a page (.html) or a workbook (.xlsx).",
)
@options.every
@options.json_file
@click.pass_context
@options.bulk
def report(
    ctx: click.Context,
    folder: Path,
    as_of: dt.date | None,
    first: dt.date | None,
    last: dt.date | None,
    payers: Sequence[str],
    files: Sequence[Path],
    every: bool,
    json_file: Path | None,
) -> None:
    """Report on the workspace in DIR and its ledger; nothing in them is changed.

    Charges, payments, adjustments and balance by month and payer, aging, deposits, productivity by peer, denials,
    first-pass rate, days from service to payment, and what is not billed and why. --from and --to are days of service,
    and of payments their own days; --out and --payer may be given several times. A file that exists is replaced.

    Exit code: 0; 1 where rows of the workspace cannot be read and are missing in the report; 2 for input that cannot
    be used.
    """
    if not files and json_file is None:
        raise click.UsageError("Nothing to write: add --out report.html, --out report.xlsx or --json FILE.")
    if first is not None and last is not None and last < first:
        raise click.UsageError(f"--to {last} is before --from {first}.")
    records = options.records(folder)
    agency = options.agency(records.settings, folder)
    found = agency.report(records, as_of, from_=first, to=last, payers=payers)
    audited.print_notices(records, every=every)
    _refuse_unknown(payers, records.settings, found)
    # All are made before any is written: one that cannot be made leaves the others as they were.
    contents = [(file, WRITERS[file.suffix.lower()](found)) for file in files]
    for file, content in contents:
        output.write_bytes(file, content)
    if json_file is not None:
        output.write_json(json_file, office_report(found))
    to_pipe = json_file == output.STANDARD
    _print(found, files, err=to_pipe)
    if records.problems:
        ctx.exit(1)


def _refuse_unknown(payers: Sequence[str], settings: Settings, found: AgencyReport) -> None:
    """Refuse a payer that neither the settings nor the ledger has."""
    known = {*settings.payers, *(row.payer for row in found.balances)}
    for payer in payers:
        if payer not in known:
            raise UnusableInputError(f"{payer} is no payer: [payers] has {', '.join(settings.payers)}")


def _print(found: AgencyReport, files: Sequence[Path], *, err: bool) -> None:
    total = found.total
    for file in files:
        echo(f"Wrote {file}", err=err)
    if not found.ledger:
        echo("There is no ledger yet: bill makes one", err=err)
    echo(
        f"As of {found.as_of}: {counted(total.claims, 'claim')}, {printed(total.charges)} charged, "
        f"{printed(total.payments)} paid, {printed(total.adjustments)} adjusted, "
        f"{printed(total.written_off)} written off, {printed(total.balance)} open",
        err=err,
    )
    if found.tests:
        echo(f"In no figure: {counted(found.tests, 'claim')} sent as tests", err=err)
    count = sum(row.encounters for row in found.unbilled)
    amount = sum((row.amount for row in found.unbilled), Decimal(0))
    echo(f"Not billed: {counted(count, 'encounter')}, {printed(amount)}", err=err)
