"""The arguments of `peerbill audit --claims`: a workspace, or claims that another system wrote."""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from . import output
from .named_files import INPUT, InputFile

_KNOWN = frozenset({"as_of", "json_file", "csv_file", "every", "sources", "brief"})
"""Options of `audit` that mean the same with `--claims`."""


def or_claims(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command on a workspace the argument DIR, and with `--claims` the audit of claim files in its place."""

    @functools.wraps(command)
    def run(
        *,
        paths: tuple[Path, ...],
        claims: tuple[Path, ...],
        programme: str | None,
        staff: Path | None,
        credentials: Path | None,
        **others: Any,
    ) -> None:
        beside = {"--programme": programme, "--staff": staff, "--credentials": credentials}
        given = [name for name, value in beside.items() if value is not None]
        if not claims:
            if given:
                raise click.UsageError(f"{given[0]} is for --claims without a workspace.")
            command(folder=_only_folder(paths), **others)
            return
        for name, value in others.items():
            if value and name not in _KNOWN:
                options_of = {param.name: param.opts[0] for param in click.get_current_context().command.params}
                raise click.UsageError(f"{options_of[name]} is not for claim files: leave out that, or --claims.")
        if others["json_file"] == others["csv_file"] == output.STANDARD:
            raise click.UsageError("--json and --csv cannot both go to standard output; give one of them a FILE.")
        folder, files = _divided(paths, claims)
        if folder is not None and given:
            raise click.UsageError(f"{given[0]} is for claims without a workspace: {folder} has its own.")
        if credentials is not None and staff is None:
            raise click.UsageError("--credentials needs --staff: the NPI of each person is there.")
        from .claim_audit import run_claim_audit  # noqa: PLC0415  # a fifth of what an audit would import

        run_claim_audit(folder, files, programme, (staff, credentials), **{name: others[name] for name in _KNOWN})

    for decorate in (_CREDENTIALS, _STAFF, _PROGRAMME, _CLAIMS, _PATHS):
        run = decorate(run)
    return run


_PATHS = click.argument("paths", metavar="DIR [FILE]...", nargs=-1, type=InputFile(path_type=Path))
_CLAIMS = click.option(
    "--claims",
    multiple=True,
    metavar="FILE...",
    type=InputFile(path_type=Path),
    help="Audit claims of another system: 837P, 837I, and 835s that pay them.",
)


_PROGRAMME = click.option(
    "--programme", metavar="STATE/PROGRAMME", help="With --claims alone: the programme whose codes and limits hold."
)
_STAFF = click.option("--staff", metavar="FILE", type=INPUT, help="With --claims alone: staff.csv.")
_CREDENTIALS = click.option(
    "--credentials",
    metavar="FILE",
    type=INPUT,
    help="With --claims alone: credentials.csv.",
)


def _only_folder(paths: Sequence[Path]) -> Path:
    if not paths:
        raise click.UsageError("Missing argument 'DIR'.")
    if len(paths) > 1:
        extra = " ".join(map(str, paths[1:]))
        raise click.UsageError(f"Got unexpected extra argument ({extra}). Files of claims come after --claims.")
    return paths[0]


def _divided(paths: Sequence[Path], claims: Sequence[Path]) -> tuple[Path | None, tuple[Path, ...]]:
    """Return the workspace, if there is one, and the files: a folder is the workspace, everything else a file."""
    for path in claims:
        if path.is_dir():
            raise click.UsageError(f"--claims {path}: expected a file, found a folder. Name the files in it.")
    folders = [path for path in paths if path.is_dir()]
    if len(folders) > 1:
        raise click.UsageError(f"{folders[1]}: a second folder. Name one workspace, and files of claims.")
    # The files in the order in which they are usually typed: the first is the value of the option.
    files = (*claims, *(path for path in paths if path not in folders))
    for path in files:
        if not path.exists():
            raise click.UsageError(f"{path}: no such file or folder.")
    repeated = [path for at, path in enumerate(files) if path in files[:at]]
    if repeated:
        raise click.UsageError(f"{repeated[0]}: named twice. Name each file once.")
    return folders[0] if folders else None, files
