"""Arguments and options that several commands share."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


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
