"""`peerbill audit --workers`: an audit in parts, for a county or a state."""

import datetime as dt
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from peerbill.documents.audit_report import STATUSES
from peerbill.model.plural import counted

from . import output, run_log
from .console import echo

_KNOWN = frozenset({"as_of", "billed"})
"""Options of `audit` that mean the same for an audit in parts."""


def or_in_parts(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command on a workspace `--workers` and `--cluster`, with which it is audited in parts."""

    @functools.wraps(command)
    def run(
        *,
        folder: Path,
        workers: int | None,
        cluster: str,
        tls: tuple[Path, Path, Path] | None,
        out: Path | None,
        scratch: Path | None,
        **others: Any,
    ) -> None:
        if workers is None and not cluster:
            for name, value in (("--out", out), ("--scratch", scratch), ("--tls", tls)):
                if value is not None:
                    raise click.UsageError(f"{name} is for an audit in parts: give --workers or --cluster too.")
            command(folder=folder, **others)
            return
        if workers is not None and cluster:
            raise click.UsageError("--workers and --cluster: the cluster says how many workers it has; leave out one.")
        if tls is not None and not cluster:
            raise click.UsageError("--tls is for --cluster: give both, or leave out --tls.")
        for name, value in others.items():
            if value and name not in _KNOWN:
                options_of = {param.name: param.opts[0] for param in click.get_current_context().command.params}
                raise click.UsageError(
                    f"{options_of[name]} is not for an audit in parts: leave out that, or --workers and --cluster."
                )
        if out is None:
            raise click.UsageError("An audit in parts needs --out DIR, a new folder for its Parquet files.")
        known = {name: others[name] for name in _KNOWN}
        _audit(folder, out, workers=workers or 1, cluster=cluster, tls=tls, scratch=scratch, **known)

    for decorate in (_SCRATCH, _OUT, _TLS, _CLUSTER, _WORKERS):
        run = decorate(run)
    return run


_FOLDER = click.Path(file_okay=False, path_type=Path)
_WORKERS = click.option(
    "--workers", type=click.IntRange(1, 512), metavar="N", help="Audit in parts, by so many processes; needs --out."
)
_CLUSTER = click.option(
    "--cluster", default="", metavar="ADDRESS", help="Audit in parts, by the workers of this Dask scheduler."
)
_TLS = click.option(
    "--tls",
    type=(_FILE := click.Path(exists=True, dir_okay=False, path_type=Path), _FILE, _FILE),
    metavar="CA CERT KEY",
    help="With --cluster tls://…: files of the authority, the certificate and its key.",
)
_OUT = click.option("--out", type=_FOLDER, metavar="DIR", help="With either: a new folder for its Parquet files.")
_SCRATCH = click.option(
    "--scratch", type=_FOLDER, metavar="DIR", help="With either: where its parts are kept meanwhile; beside --out."
)


def _audit(
    folder: Path,
    out: Path,
    *,
    workers: int,
    cluster: str,
    tls: tuple[Path, Path, Path] | None,
    scratch: Path | None,
    as_of: dt.date | None,
    billed: bool,
) -> None:
    """Audit a workspace in parts, and print what it came to."""
    # Only such an audit needs the packages of the extra scale.
    from peerbill.scale import audit_at_scale  # noqa: PLC0415
    from peerbill.scale.workers import certificates  # noqa: PLC0415

    made = audit_at_scale(
        folder,
        out,
        as_of,
        workers=workers,
        cluster=cluster,
        security=certificates(*tls) if tls is not None else None,
        scratch=scratch,
        billed=billed,
        progress=output.progress,
    )
    for notice in (*made.notices, *made.problems):
        output.notice(notice)
    output.print_table(
        ("check", "severity", "findings", "encounters", "charge held"),
        [
            (one.code, one.severity, f"{one.findings:,}", f"{one.encounters:,}", f"{one.charge:,}")
            for one in made.checks
        ],
    )
    for sentence in made.not_looked_for:
        output.print_paragraph(sentence)
    run_log.result(encounters=sum(made.statuses.values()), **made.statuses)
    billable, billed_before, held, rejected = (made.statuses[name] for name in STATUSES)
    echo(
        f"As of {made.as_of}: {counted(sum(made.statuses.values()), 'encounter')} = {billable:,} billable + "
        f"{billed_before:,} billed before + {held:,} held + {rejected:,} rejected"
    )
    echo(f"Wrote {out}: {counted(made.findings, 'finding')} in findings.parquet, encounters.parquet, summary.parquet")
    if made.has_errors:
        click.get_current_context().exit(1)
