"""`peerbill sample`: draw a sample of what was billed, and draw it again."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path

import attrs
import click

from peerbill import __version__
from peerbill.codes import extrapolation_rules
from peerbill.documents.text import report_text
from peerbill.intake.workspace import workspace_settings
from peerbill.ledger.store import disk
from peerbill.model.errors import UnusableInputError
from peerbill.model.money import printed
from peerbill.model.plural import counted
from peerbill.review.decisions import decisions_form
from peerbill.review.draw import new_seed
from peerbill.review.extrapolate import probe_of
from peerbill.review.frame import AMOUNTS, CLUSTER_KEYS, KEYS, UNITS, frame_of
from peerbill.review.plan import ALLOCATIONS, DESIGNS, MISSING_RECORDS, Request, SamplePlan, make_plan

from . import options, output
from .console import echo
from .reviewing import DECISIONS, FRAME, PLAN, saved_plan, saved_review


def _share(ctx: click.Context, param: click.Parameter, value: str | None) -> Decimal | None:
    """Read a share as 0.25 or 25%."""
    if value is None:
        return None
    try:
        share = Decimal(value.removesuffix("%")) / (100 if value.endswith("%") else 1)
    except InvalidOperation:
        share = Decimal(0)
    if not 0 < share < 1:
        raise click.BadParameter(f"{value}: expected a share between 0 and 1, such as 0.25 or 25%.", ctx, param)
    return share


def _bounds(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[Decimal, ...]:
    """Read dollars in rising order, separated by commas."""
    if value is None:
        return ()
    try:
        found = tuple(Decimal(part).quantize(Decimal("0.01")) for part in value.split(","))
    except InvalidOperation:
        found = ()
    if not found or found[0] <= 0 or list(found) != sorted(set(found)):
        raise click.BadParameter(f"{value}: expected dollars in rising order, such as 50,200.", ctx, param)
    return found


@click.command(short_help="Draw a sample of what was billed, for a review, with a plan that draws it again.")
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), metavar="FOLDER", help="Where the files go; a new folder.")
@click.option("--again", type=click.Path(path_type=Path), metavar="PLAN", help="Draw the sample of a plan.json again.")
@click.option("--unit", type=click.Choice(UNITS), default="line", show_default=True, help="What is drawn.")
@click.option("--amount", type=click.Choice(AMOUNTS), default="paid", show_default=True, help="Which amount counts.")
@click.option("--payer", "payers", multiple=True, metavar="KEY", help="A payer of peerbill.toml; all by default.")
@options.day_option("--from", "first", text="The first day of service as YYYY-MM-DD.")
@options.day_option("--to", "last", text="The last day of service, likewise.")
@click.option("--design", type=click.Choice(DESIGNS), default="simple", show_default=True, help="How it is drawn.")
@click.option("--by", type=click.Choice(KEYS), help="What makes the strata, or the clusters (member, staff).")
@click.option("--bounds", callback=_bounds, metavar="DOLLARS", help="With --by amount: where strata begin, as 50,200.")
@click.option(
    "--allocation",
    type=click.Choice(ALLOCATIONS),
    default="proportional",
    show_default=True,
    help="How the size is divided among strata: by their units, or also by their spread.",
)
@click.option("--size", type=click.IntRange(2), help="How many units.")
@click.option("--rate", callback=_share, metavar="SHARE", help="Plan the size from an error rate that is expected.")
@click.option(
    "--probe",
    nargs=2,
    type=click.Path(path_type=Path),
    metavar="PLAN DECISIONS",
    help="Plan the size from a reviewed probe.",
)
@click.option(
    "--precision",
    callback=_share,
    default="0.25",
    show_default=True,
    metavar="SHARE",
    help="How wide the interval may be on each side, as a share of the estimate.",
)
@click.option(
    "--confidence",
    callback=_share,
    default="0.90",
    show_default=True,
    metavar="SHARE",
    help="Of the two-sided interval.",
)
@click.option("--spares", type=click.IntRange(0), default=0, show_default=True, help="Spares of each stratum.")
@click.option(
    "--missing-record",
    type=click.Choice(MISSING_RECORDS),
    default="full",
    show_default=True,
    help="What a missing record comes to: overpaid in full, or allowed.",
)
@click.option("--rule", metavar="STATE", default="", help="Keep a state's rule on samples, such as NC or CA.")
@click.option("--seed", metavar="TEXT", help="By default the operating system's generator makes one.")
@click.pass_context
def sample(
    ctx: click.Context,
    folder: Path | None,
    out: Path | None,
    again: Path | None,
    unit: str,
    amount: str,
    payers: Sequence[str],
    first: dt.date | None,
    last: dt.date | None,
    design: str,
    by: str | None,
    bounds: tuple[Decimal, ...],
    allocation: str,
    size: int | None,
    rate: Decimal | None,
    probe: tuple[Path, Path] | None,
    precision: Decimal,
    confidence: Decimal,
    spares: int,
    missing_record: str,
    rule: str,
    seed: str | None,
) -> None:
    """Draw a sample of the claims, lines or encounters in the ledger of DIR; nothing in it is changed.

    FOLDER gets frame.csv (every row that could be drawn), plan.json (the frame's query, row count and SHA-256, seed,
    method, size and why, and every unit in its order, spares behind the sample) and decisions.csv, which the reviewer
    fills in for `extrapolate`. The files have ids, days, codes and amounts, no names. --again makes plan.json from its
    request and frame.csv again, and compares it byte for byte.

    Exit code: 0; 2 for input that cannot be used, or for a plan or frame that was changed.
    """
    if again is not None:
        given = [
            param.opts[-1]
            for param in ctx.command.params
            if param.name not in ("again", None)
            and ctx.get_parameter_source(str(param.name)) is not click.core.ParameterSource.DEFAULT
        ]
        if given:
            raise click.UsageError(f"--again takes nothing else, and there is {', '.join(given)}.")
        plan = saved_plan(again).plan
        echo(f"{again}: the same, byte for byte, from its request and {again.with_name(FRAME)}")
        _print(plan)
        return
    if folder is None or out is None:
        raise click.UsageError("Give DIR and --out FOLDER, or --again PLAN.")
    request = Request(
        unit=unit,
        amount=amount,
        payers=tuple(sorted(set(payers))),
        first=first,
        last=last,
        design=design,
        by=by or "",
        bounds=bounds,
        allocation=allocation,
        size=size,
        rate=rate,
        precision=precision,
        confidence=confidence,
        probe=None,
        spares=spares,
        missing_record=missing_record,
        rule=rule.upper(),
        seed=new_seed() if seed is None else seed,
    )
    _refuse(request, probe)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UnusableInputError(f"{out} is there: expected a new or empty folder, so that no sample is replaced")
    settings = workspace_settings(folder)
    for payer in payers:
        if payer not in settings.payers:
            raise UnusableInputError(f"{payer} is no payer: [payers] has {', '.join(settings.payers)}")
    claims = options.agency(settings, folder).claims(payers=request.payers, history=False)
    frame = frame_of(claims, unit=unit, amount=amount, payers=request.payers, first=first, last=last)
    if probe is not None:
        saved = saved_plan(probe[0])
        review, sha256 = saved_review(saved, probe[1], spares=False)
        found = probe_of(saved.plan, saved.drawn_rows, review, request, frame, (saved.sha256, sha256))
        request = attrs.evolve(request, probe=found)
    plan = make_plan(request, frame, __version__)
    form = decisions_form(plan, {row.row_id: row for row in frame.rows})
    disk.make_folder(out)
    output.write_bytes(out / FRAME, frame.content)
    output.write_file(out / DECISIONS, form)
    # The plan is last: where it is, the others are whole.
    output.write_file(out / PLAN, report_text(plan))
    _print(plan, f"Wrote {out / FRAME}, {out / PLAN} and {out / DECISIONS}, to be filled in by the reviewer")


def _refuse(request: Request, probe: tuple[Path, Path] | None) -> None:
    """Refuse options that do not go together."""
    sizes = [name for name, value in (("--size", request.size), ("--rate", request.rate), ("--probe", probe)) if value]
    if len(sizes) > 1:
        raise click.UsageError(f"{' and '.join(sizes)} give the size twice: expected one of them.")
    if not sizes and request.design != "probe":
        raise click.UsageError("The size is not known: give --size, --rate or --probe PLAN DECISIONS.")
    if request.design == "probe" and sizes not in ([], ["--size"]):
        raise click.UsageError(f"--design probe takes --size, and there is {sizes[0]}.")
    if request.design in ("stratified", "cluster") and not request.by:
        raise click.UsageError(f"--design {request.design} needs --by.")
    if request.design in ("simple", "probe") and request.by:
        raise click.UsageError(
            f"--by makes strata or clusters: expected --design stratified or cluster, not {request.design}."
        )
    if request.design == "cluster" and request.by not in CLUSTER_KEYS:
        raise click.UsageError(f"--by {request.by} makes no clusters: expected {' or '.join(CLUSTER_KEYS)}.")
    if (request.by == "amount") != bool(request.bounds):
        raise click.UsageError("--by amount and --bounds go together.")
    if request.allocation == "neyman" and request.design != "stratified":
        raise click.UsageError("--allocation neyman needs --design stratified.")
    if request.first and request.last and request.last < request.first:
        raise click.UsageError(f"--to {request.last} is before --from {request.first}.")
    if request.rule and request.rule not in extrapolation_rules():
        raise click.UsageError(
            f"--rule {request.rule}: no rule of that state was read. There are: {', '.join(extrapolation_rules())}."
        )
    if not request.seed.strip() or "\n" in request.seed:
        raise click.UsageError("--seed takes a text of one line.")


def _print(plan: SamplePlan, wrote: str = "") -> None:
    echo(f"Frame: {counted(plan.frame_rows, 'row')}, {printed(plan.frame_amount)}, SHA-256 {plan.frame_sha256}")
    echo(f"Size: {plan.size_reason}")
    for stratum in plan.strata:
        echo(
            f"  {stratum.name}: {stratum.size:,} of {stratum.units:,} units and {stratum.spares:,} spares, "
            f"from {printed(stratum.amount)}"
        )
    echo(f"Seed: {plan.request.seed}")
    if wrote:
        echo(wrote)
    for warning in plan.warnings:
        output.print_paragraph(f"Warning: {warning}", err=True)
