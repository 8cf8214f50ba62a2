"""`peerbill audit`: every check on a workspace."""

import datetime as dt
from pathlib import Path

import click

from peerbill import __version__
from peerbill.documents.audit_report import audit_report
from peerbill.intake.workspace import workspace_settings
from peerbill.model.finding import Severity

from . import audited, options, output, scale
from .console import echo
from .named_files import FILE_REPORT
from .or_claims import or_claims
from .waived import print_waived


@click.command(short_help="Run every check on a workspace; nothing in it is changed.")
@or_claims
@scale.or_in_parts
@options.as_of
@options.day_option("--notice", text="The day of an audit notice as YYYY-MM-DD: report notes written after it.")
@click.option("--billed", is_flag=True, help="Audit as if nothing had been billed, to look at what was.")
@options.json_file
@options.csv_file
@click.option(
    "--html",
    "html_file",
    type=FILE_REPORT,
    metavar="FILE",
    help="Write a page for a browser: every finding with its evidence, tables, plots, a page for each peer.",
)
@click.option(
    "--xlsx",
    "xlsx_file",
    type=FILE_REPORT,
    metavar="FILE",
    help="Write the same as a workbook: findings and encounters to sort and filter, figures by check, peer, week.",
)
@options.deidentify
@options.key_file
@options.every
@options.sources
@options.brief
@click.pass_context
@options.bulk
def audit(
    ctx: click.Context,
    folder: Path,
    as_of: dt.date | None,
    notice: dt.date | None,
    json_file: Path | None,
    csv_file: Path | None,
    html_file: Path | None,
    xlsx_file: Path | None,
    key_file: Path | None,
    *,
    billed: bool,
    deidentify: bool,
    every: bool,
    sources: bool,
    brief: bool,
) -> None:
    """Run every check on the workspace in DIR; nothing in it is changed.

    With --claims, compare claims that another system wrote (837P, 837I), and the 835s that pay them, with its
    encounters: a folder is the workspace, everything else a file. Without DIR, look at what the claims alone show.

    It ends with a table of causes: how many encounters each concerns, the charge that it holds, and who can correct it.
    What was waived (peerbill review) is listed apart, and so is each waiver that covers nothing any more.
    With --workers or --cluster, a workspace of any size is audited in parts; its tables may also be Parquet files, and
    the result goes to Parquet files in --out.
    With --deidentify, all that it prints and writes has pseudonyms and moved days; it still is protected information.
    Exit code: 0 no error, 1 some error or a row that could not be read, 2 the input cannot be used.
    """
    if json_file == csv_file == output.STANDARD:
        raise click.UsageError("--json and --csv cannot both go to standard output; give one of them a FILE.")
    outputs = (json_file, csv_file, html_file, xlsx_file)
    pseudonyms = options.pseudonyms(key_file, deidentify=deidentify, outputs=outputs)
    agency = options.agency(workspace_settings(folder), folder)
    if billed or pseudonyms is not None or (json_file, html_file, xlsx_file) != (None, None, None):
        records = options.records(folder)  # what was billed long ago is listed too
    else:
        records = options.left(agency, folder, as_of, patterns=True).records
    evidence = None
    if html_file is None and xlsx_file is None:
        result = agency.audit(records, as_of, notice=notice, billed=billed)
    else:
        result, evidence = agency.audit_evidence(records, as_of, notice=notice, billed=billed)
    audited.log_audit(result)
    problems, mark = records.problems, ""
    if pseudonyms is not None:
        from peerbill.audit_report.deidentify import Deidentifier  # noqa: PLC0415  # only these reports need it
        from peerbill.audit_report.deidentify_evidence import deidentified  # noqa: PLC0415  # as above

        by = Deidentifier.of(records, pseudonyms)
        result, problems, mark = by.audit(result), tuple(by.problems(records)), pseudonyms.mark
        evidence = deidentified(evidence, by) if evidence is not None else None
    to_pipe = output.STANDARD in (json_file, csv_file)
    if pseudonyms is None:
        audited.print_notices(records, every=every, brief=brief)
    else:
        output.print_deidentified(problems, mark)
    if not brief:
        audited.print_findings(result.findings, audited.charges_of(result), every=every, sources=sources, err=to_pipe)
    audited.print_causes(result, brief=brief, err=to_pipe)
    print_waived(result, brief=brief, err=to_pipe)
    if not brief and (supports := audited.support_line(result)):
        echo(supports, err=to_pipe)
    echo(f"As of {result.as_of}: {audited.sum_line(result)}", err=to_pipe)
    if json_file is not None:
        output.write_json(json_file, audit_report(result, problems, mark))
    if csv_file is not None:
        output.write_parts(csv_file, output.findings_csv(result.findings))
    if html_file is not None and evidence is not None:
        from peerbill.audit_report.html import audit_page  # noqa: PLC0415  # only a page needs it

        output.write_bytes(html_file, audit_page(evidence, __version__).encode())
        echo(f"Wrote {html_file}", err=to_pipe)
    if xlsx_file is not None and evidence is not None:
        from peerbill.audit_report.workbook import audit_workbook  # noqa: PLC0415  # only a workbook needs it

        output.write_bytes(xlsx_file, audit_workbook(evidence, __version__))
        echo(f"Wrote {xlsx_file}", err=to_pipe)
    if records.problems or any(finding.severity is Severity.ERROR for finding in result.findings):
        ctx.exit(1)
