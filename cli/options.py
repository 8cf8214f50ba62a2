"""Arguments, options and habits that several commands share."""

import datetime as dt
import functools
import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

from peerbill.ledger import Ledger, open_ledger
from peerbill.records import Settings

F = TypeVar("F", bound=Callable[..., Any])
P = ParamSpec("P")
R = TypeVar("R")


def _day(ctx: click.Context, param: click.Parameter, value: dt.datetime | None) -> dt.date | None:
    del ctx, param
    return value.date() if value else None


def day_option(*names: str, text: str) -> Callable[[F], F]:
    """Return an option that takes a day as YYYY-MM-DD."""
    return click.option(*names, type=click.DateTime(["%Y-%m-%d"]), callback=_day, metavar="DATE", help=text)


_FILE = click.Path(dir_okay=False, path_type=Path, allow_dash=True)

workspace = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
as_of = day_option("--as-of", text="The day of the audit as YYYY-MM-DD; today by default.")
json_file = click.option("--json", "json_file", type=_FILE, metavar="FILE", help="Write JSON; - for standard output.")
csv_file = click.option("--csv", "csv_file", type=_FILE, metavar="FILE", help="Write CSV; - for standard output.")


def bulk(command: Callable[P, R]) -> Callable[P, R]:
    """Run a command without the collector of cyclic garbage.

    A run keeps hundreds of thousands of records, none of them in cycles; walking them again and again costs a
    quarter of the time and frees nothing.
    """

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        gc.disable()
        try:
            return command(*args, **kwargs)
        finally:
            gc.enable()

    return run


def ledger(settings: Settings, folder: Path, *, create: bool = True) -> Ledger:
    """Open the ledger of a workspace, as its settings say."""
    return open_ledger(settings.ledger_url, folder, create=create, tag=settings.ledger_tag)
