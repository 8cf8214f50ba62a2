"""Types of options and arguments that are files: what is read is never written over by a report of the same run."""

import errno
import os
from pathlib import Path
from typing import Any

import click

from peerbill.intake import FORMATS, TABLES
from peerbill.intake.importing import MAPPING
from peerbill.intake.sheets import BOOK
from peerbill.intake.tables import SETTINGS

_SEEN = "peerbill.cli.named_files"
_ENDINGS = ("", "-journal", "-shm", "-wal", ".lock")


class InputFile(click.Path):
    """A file that a command reads."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path. Raises UsageError where a report of the same run goes there."""
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        _note(path, param, ctx, written=False)
        return path


class ReportFile(click.Path):
    """A file that a command writes, in the place of one that is there."""

    def __init__(self, *, or_standard: bool) -> None:
        """Take `-`, for standard output, where `or_standard`."""
        super().__init__(dir_okay=False, path_type=Path, allow_dash=or_standard)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path. Raises UsageError for a file of a workspace, and for what the same run reads or writes."""
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        if path == Path("-"):
            if not self.allow_dash:
                raise click.UsageError(f"{_name(param)} -: expected the name of a file, not standard output.", ctx)
            return path
        if is_of_a_workspace(path):
            raise click.UsageError(
                f"{_name(param)} {path}: peerbill reads this file as a part of the workspace, and a report would take "
                "its place. Give the report another name.",
                ctx,
            )
        if not path.parent.is_dir():
            raise click.UsageError(
                f"{_name(param)} {path}: cannot be written: {os.strerror(errno.ENOENT)}. Nothing was done.", ctx
            )
        _note(path, param, ctx, written=True)
        return path


def is_of_a_workspace(path: Path) -> bool:
    """Tell whether a path is that of a table, of settings, of policy values or of the ledger of a workspace."""
    real = path.resolve()
    folder, name = real.parent, real.name
    if folder.name == "policies" and real.suffix == ".toml":
        return (folder.parent / SETTINGS).exists()
    tables = {f"{table}{ending}" for table in TABLES for ending in FORMATS}
    ledgers = {f"ledger.db{ending}" for ending in _ENDINGS}
    return (folder / SETTINGS).exists() and name in {SETTINGS, MAPPING, BOOK, *tables, *ledgers}


def _note(path: Path, param: click.Parameter | None, ctx: click.Context | None, *, written: bool) -> None:
    """Keep which file a parameter names. Raises UsageError where another one reads or writes the same."""
    if ctx is None:
        return
    seen: dict[str, list[tuple[str, bool]]] = ctx.meta.setdefault(_SEEN, {})
    others = seen.setdefault(os.path.realpath(path), [])
    for other, is_written in others:
        if written and is_written:
            raise click.UsageError(
                f"{path}: named by {other} and by {_name(param)}. Give each report its own name.", ctx
            )
        if written or is_written:
            raise click.UsageError(f"{path}: read, and written as a report. Give the report another name.", ctx)
    others.append((_name(param), written))


def option_of(file: Path) -> str:
    """Return the option of the running command that names a file, FILE for an argument, "" where none does."""
    ctx = click.get_current_context(silent=True)
    seen: dict[str, list[tuple[str, bool]]] = ctx.meta.get(_SEEN, {}) if ctx is not None else {}
    return next((name for name, is_written in seen.get(os.path.realpath(file), ()) if is_written), "")


def _name(param: click.Parameter | None) -> str:
    return param.opts[0] if isinstance(param, click.Option) else "FILE"


INPUT = InputFile(dir_okay=False, path_type=Path)
REPORT = ReportFile(or_standard=True)
FILE_REPORT = ReportFile(or_standard=False)
