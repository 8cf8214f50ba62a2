"""What `peerbill void` and `peerbill replace` share: choosing claims, showing what would change, sending."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import attrs
import click

from peerbill.claims.corrections import CorrectedLine, Correction, CorrectionPlan, left_out_text
from peerbill.documents.ledger_reports import correction_key, correction_report, correction_totals, done_report
from peerbill.intake.workspace import today
from peerbill.ledger.corrections import Refused
from peerbill.ledger.states import STATES
from peerbill.model.claim import Claim
from peerbill.model.money import printed
from peerbill.model.plural import counted

from . import audited, options, output, run_log
from .console import echo

F = TypeVar("F", bound=Callable[..., Any])

MOST_SHOWN = 50
"""How many corrections are shown on the screen, each with its lines; JSON has all."""

MOST_DONE = 500
"""How many claims are listed on the screen, a line each; JSON has all."""

REBILLED = {"void": "Void of", "replace": "Replacement of"}
DONE = {"void": "voided", "replace": "replaced"}


@attrs.frozen
class Chosen:
    """The claims that a command is about: named, or by what they are."""

    claims: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    payers: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    part_units: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse what leaves open which claims are meant."""
        by = bool(self.states or self.payers or self.reasons)
        if (by and self.claims) or not (by or self.claims or self.part_units):
            raise click.UsageError("Name each CLAIM, or choose them by --state, --payer and --reason; one of the two.")


state = click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(STATES),
    metavar="STATE",
    help=f"Claims in a state: {', '.join(STATES)}.",
)


def in_capitals(_ctx: click.Context, _param: click.Parameter, claims: tuple[str, ...]) -> tuple[str, ...]:
    """Return claim ids as the ledger has them, in whatever case they were given."""
    return tuple(claim.strip().upper() for claim in claims)


def arguments(command: F) -> F:
    """Add what both commands take."""
    out = click.Path(file_okay=False, path_type=Path)
    for option in (
        options.json_file,
        click.option("--dry-run", is_flag=True, help="Show what would change; write and record nothing."),
        options.as_of,
        click.option("--out", type=out, metavar="DIR", help="Where the files go; needed unless --dry-run."),
        click.option("--reason", "reasons", multiple=True, metavar="CODE", help="Claims with this CARC or RARC."),
        click.option("--payer", "payers", multiple=True, metavar="KEY", help="Claims to this payer."),
        state,
        click.argument("claims", metavar="[CLAIM]...", nargs=-1, callback=in_capitals),
        options.workspace,
    ):
        command = option(command)
    return command


def correct(
    ctx: click.Context,
    action: str,
    folder: Path,
    chosen: Chosen,
    *,
    out: Path | None,
    as_of: dt.date | None,
    dry_run: bool,
    json_file: Path | None,
    unchanged: bool = False,
) -> None:
    """Plan the corrections, send them unless it is a dry run, and show both."""
    if out is None and not dry_run:
        raise click.UsageError("Say where the files go with --out DIR, or look first with --dry-run.")
    records = options.records(folder)
    day = as_of or today(records.settings)
    agency = options.agency(records.settings, folder, out=out)
    looking = dry_run or out is None
    how = attrs.asdict(chosen)
    if action == "void":
        del how["part_units"]
    done = (
        agency.void(records, **how, day=day, dry_run=looking)
        if action == "void"
        else agency.replace(records, **how, day=day, dry_run=looking, unchanged=unchanged)
    )
    planned, batch = done.plan, done.batch
    run_log.result(corrected=len(planned.corrections), refused=len(planned.refused))
    to_pipe = json_file == output.STANDARD
    sent = {(claim.replaces, claim.payer_control_number): claim for claim in batch.claims} if batch is not None else {}
    audited.print_notices(records)
    for message in batch.messages if batch is not None else ():
        output.notice(message)
    for correction in planned.corrections[:MOST_SHOWN]:
        _show(correction, sent.get(correction_key(correction)), day, err=to_pipe)
    if (more := len(planned.corrections) - MOST_SHOWN) > 0:
        echo(f"and {counted(more, 'more claim')}: --json FILE has all", err=to_pipe)
    output.print_refused(planned.refused)
    if batch is not None:
        output.print_batch(batch, records.settings, err=to_pipe)
    echo(_sum(action, planned, dry_run=dry_run), err=to_pipe)
    if json_file is not None:
        report = correction_report(action, planned, day, sent, dry_run=dry_run)
        corrected = len(planned.corrections) if batch is not None else 0
        output.write_json(json_file, report, done=output.was_done(corrected, "claim", DONE[action]))
    if planned.refused:
        ctx.exit(1)


# --- showing ---------------------------------------------------------------------------------------------------------


def _show(correction: Correction, claim: Claim | None, day: dt.date, *, err: bool) -> None:
    original = correction.original
    title = f"{REBILLED[correction.action]} {original.claim_id} ({original.state}, {original.payer}"
    title += f", its number {original.payer_control_number})"
    echo(title + (f" as {claim.claim_id}" if claim is not None else ""), bold=True, err=err)
    rows = (
        (f"{(before or after).service_date}", _cell(before), _cell(after), _ids(before, after))  # type: ignore[union-attr]  # one of them is there
        for before, after in _pairs(correction.before, correction.after)
    )
    output.print_table(("Day", "Sent before", "Stands after", "Encounters"), rows, err=err)
    for field, before, after in correction.changes:
        output.print_paragraph(f"  {field}: {before or 'none'} -> {after or 'none'}", err=err)
    for left in correction.left_out:
        output.print_paragraph(f"  left out: {left_out_text(left)}", err=err)
    if correction.added:
        output.print_paragraph(f"  added: {', '.join(correction.added)}", err=err)
    if correction.last_day is not None:
        passed = " (passed: ask the payer for an exception)" if correction.last_day < day else ""
        output.print_paragraph(f"  last day: {correction.last_day}{passed}", err=err)
    if correction.followers:
        stand = "stands" if len(correction.followers) == 1 else "stand"
        then = "Void it too" if correction.action == "void" else "Once this one is answered, replace or void it too"
        output.print_paragraph(
            f"  {', '.join(correction.followers)} to the next payer rests on its answer and {stand}. {then}", err=err
        )


def _pairs(
    before: Sequence[CorrectedLine], after: Sequence[CorrectedLine]
) -> Iterator[tuple[CorrectedLine | None, CorrectedLine | None]]:
    """Yield the lines side by side: those of a day with a common encounter or code, then lines without a match."""
    left = list(after)
    for line in before:
        fits = [
            key
            for key in left
            if key.service_date == line.service_date
            and (key.hcpcs == line.hcpcs or set(key.encounter_ids) & set(line.encounter_ids))
        ]
        best = max(fits, key=lambda one: len(set(one.encounter_ids) & set(line.encounter_ids)), default=None)
        if best is not None:
            left.remove(best)
        yield line, best
    for key in left:
        yield None, key


def _cell(line: CorrectedLine | None) -> str:
    if line is None:
        return "nothing"
    code = ":".join((line.hcpcs, *line.modifiers))
    return f"{code} {counted(line.units, 'unit')} {printed(line.charge)} {' '.join(line.diagnoses)}"


def _ids(before: CorrectedLine | None, after: CorrectedLine | None) -> str:
    return ", ".join(sorted({id_ for line in (before, after) if line is not None for id_ in line.encounter_ids}))


def _sum(action: str, plan: CorrectionPlan, *, dry_run: bool) -> str:
    if not plan.corrections and not plan.refused:
        return "No claim is meant: nothing to do."
    before, after = correction_totals(plan)
    would = "would be " if dry_run else ""
    return (
        f"{counted(len(plan.corrections), 'claim')} {would}{DONE[action]}: {printed(before)} before, "
        f"{printed(after)} after; {len(plan.refused):,} not"
    )


# --- the two that send nothing ---------------------------------------------------------------------------------------


def tell(
    ctx: click.Context, done: Sequence[str], refused: Sequence[Refused], what: str, json_file: Path | None
) -> None:
    """Print which claims were done and which were not."""
    run_log.result(done=len(done), refused=len(refused))
    to_pipe = json_file == output.STANDARD
    for claim_id in done[:MOST_DONE]:
        echo(f"{claim_id}: {what}", err=to_pipe)
    if (more := len(done) - MOST_DONE) > 0:
        echo(f"and {counted(more, 'more claim')}: {what}. --json FILE has all", err=to_pipe)
    output.print_refused(refused)
    if json_file is not None:
        recorded = output.was_done(len(done), "claim", "recorded as done")
        output.write_json(json_file, done_report(done, refused), done=recorded)
    if refused:
        ctx.exit(1)
