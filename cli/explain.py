"""`peerbill explain`: what a check wants."""

from pathlib import Path

import click

from peerbill.checks import CHECKS, Check
from peerbill.model.errors import UnusableInputError

from . import options, output

_SCOPES = {
    "encounter": "each encounter alone",
    "member": "all encounters of a member",
    "peer": "all encounters of a peer",
    "line": "the encounters that make one service line",
    "row": "each row as it is read",
}


@click.command(short_help="Tell what a check wants, and why.")
@click.argument("code", required=False)
@options.json_file
def explain(code: str | None, json_file: Path | None) -> None:
    """Tell what the check CODE wants, why, what passes and fails, and who says so; without CODE, list all checks."""
    checks = CHECKS if code is None else tuple(check for check in CHECKS if check.code == code.upper())
    if not checks:
        raise UnusableInputError(f"{code}: no check has this code. List them with: peerbill explain")
    to_pipe = json_file == output.STANDARD
    if code is None:
        output.print_table(
            ("code", "what holds", "looks at"),
            [(check.code, check.requirement, _SCOPES[check.scope]) for check in checks],
            err=to_pipe,
        )
    else:
        for check in checks:
            _print_page(check, err=to_pipe)
    if json_file is not None:
        output.write_json(json_file, {"checks": [_page(check) for check in checks]})


def _page(check: Check) -> dict[str, object]:
    return {
        "code": check.code,
        "scope": check.scope,
        "requirement": check.requirement,
        "why": check.why,
        "passes": check.passes,
        "fails": check.fails,
        "citations": check.citations,
    }


def _print_page(check: Check, *, err: bool) -> None:
    click.secho(f"{check.code}  {check.requirement}", bold=True, err=err)
    for title, text in (("Why it matters", check.why), ("Passes", check.passes), ("Fails", check.fails)):
        if text:
            output.print_paragraph(f"  {title}: {text}", err=err)
    output.print_paragraph(f"  Looks at: {_SCOPES[check.scope]}", err=err)
    for citation in check.citations:
        output.print_paragraph(f"  Source: {output.cited(citation)} {citation.url}".rstrip(), err=err)
    if not check.citations:
        output.print_paragraph(
            "  Source: the programme's policy; each finding cites the row behind it, and "
            "peerbill policy STATE/PROGRAMME shows them all",
            err=err,
        )
