"""Arguments, options and habits that several commands share."""

import datetime as dt
import functools
import gc
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click

from peerbill import __version__
from peerbill.ledger.store import disk
from peerbill.model.pseudonyms import Pseudonyms
from peerbill.model.words import has_control_characters

from . import keys, output, run_log
from .named_files import REPORT

# Commands without a workspace need none of these, and they take longer to import than such commands to run.
if TYPE_CHECKING:
    from peerbill.agency import Agency
    from peerbill.long_past import Left
    from peerbill.model.records import Records, Settings

F = TypeVar("F", bound=Callable[..., Any])
P = ParamSpec("P")
R = TypeVar("R")


def _day(ctx: click.Context, param: click.Parameter, value: str | None) -> dt.date | None:
    if value is None:
        return None
    try:
        return dt.datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 - only the day is read
    except ValueError:
        raise click.BadParameter(f"expected a day such as 2026-03-02, found {value}.", ctx, param) from None


def day_option(*names: str, text: str) -> Callable[[F], F]:
    """Return an option that takes a day as YYYY-MM-DD."""
    return click.option(*names, callback=_day, metavar="DATE", help=text)


workspace = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
as_of = day_option("--as-of", text="The day of the audit as YYYY-MM-DD; today by default.")
site = click.option("--site", "sites", multiple=True, metavar="KEY", help="Of a site of peerbill.toml.")
json_file = click.option("--json", "json_file", type=REPORT, metavar="FILE", help="Write JSON; - for standard output.")
csv_file = click.option("--csv", "csv_file", type=REPORT, metavar="FILE", help="Write CSV; - for standard output.")
deidentify = click.option(
    "--deidentify", is_flag=True, help="Pseudonyms for people, encounters and places, and moved days; needs --key."
)
key_file = click.option(
    "--key",
    "key_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The secret key of --deidentify; made where there is none. The same key gives the same pseudonyms.",
)


def pseudonyms(file: Path | None, *, deidentify: bool, outputs: Iterable[Path | None]) -> Pseudonyms | None:
    """Return the pseudonyms of a key's file, which is made where there is none; None without `deidentify`."""
    if not deidentify:
        if file is not None:
            raise click.UsageError("--key is for --deidentify: give both, or leave out --key.")
        return None
    if file is None:
        raise click.UsageError("--deidentify needs --key FILE: the same key gives the same pseudonyms in every report.")
    if file in outputs:
        raise click.UsageError(f"--key {file} is written as a report too: give the two other names.")
    return keys.pseudonyms_of(file)


def known_sites(sites: Sequence[str], settings: "Settings") -> Sequence[str]:
    """Return the keys of sites that were given. Raises UsageError for one that `[sites]` does not have."""
    for key in sites:
        if key not in settings.sites:
            listed = ", ".join(settings.sites) or "none"
            raise click.UsageError(f"--site {key}: peerbill.toml has no such site. There are: {listed}.")
    return sites


def refuse_unknown_payers(payers: Sequence[str], settings: "Settings", found: Iterable[str]) -> None:
    """Raise UsageError for a payer that `[payers]` does not have, unless something of it, as in a ledger, was found."""
    known = {*settings.payers, *found}
    for key in payers:
        if key not in known:
            raise click.UsageError(
                f"--payer {key}: peerbill.toml has no such payer. There are: {', '.join(settings.payers)}."
            )


def reason(longest: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return the option for the reason of a change, for the audit trail: 1 to `longest` characters, on one line."""

    def one_line(_: click.Context, __: click.Parameter, value: str) -> str:
        value = " ".join(value.split())
        if not 1 <= len(value) <= longest:
            raise click.UsageError(f"--reason takes 1 to {longest} characters.")
        if has_control_characters(value):
            raise click.UsageError("--reason has control characters: type it anew.")
        return value

    return click.option(
        "--reason",
        required=True,
        metavar="TEXT",
        callback=one_line,
        help=f"Why, for the audit trail, at most {longest} characters; no person's name, birth date or number.",
    )


_YOUNG = 100_000
"""How many records a run of `bulk` makes before the collector looks at those that are new."""


def bulk(command: Callable[P, R]) -> Callable[P, R]:
    """Run a command with a collector of cyclic garbage that looks at new records alone, and seldom.

    A run keeps hundreds of thousands of records, none of them in cycles: walking them again and again costs a quarter
    of the time and frees nothing. What is in cycles, such as statements of the database and tables on the screen, is
    new when it is given up.
    """

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        before = gc.get_threshold()
        gc.set_threshold(_YOUNG, before[1], _YOUNG)
        try:
            return command(*args, **kwargs)
        finally:
            gc.set_threshold(*before)

    return run


every = click.option(
    "--all", "every", is_flag=True, help="Print each row and each encounter, also where many share a problem."
)
sources = click.option("--sources", is_flag=True, help="Print the sources of each finding.")
brief = click.option("--brief", is_flag=True, help="Ten lines at most: the causes that hold most, and the sum.")
new_ledger = click.option(
    "--new-ledger", is_flag=True, help="Make a ledger although something is there of an earlier one, which is given up."
)


def records(folder: Path) -> "Records":
    """Read the tables of a workspace; its progress is shown, and it is told where others can read them."""
    from peerbill.intake.workspace import read_workspace  # noqa: PLC0415 - as above

    _tell_if_open(folder)
    with output.progress(0, "Reading the tables"):
        found = read_workspace(folder)
    run_log.rows(found)
    return found


def left(agency: "Agency", folder: Path, day: dt.date | None, *, patterns: bool = False) -> "Left":
    """Read the tables of a workspace as `records` does, without what was billed long ago (`peerbill.long_past`)."""
    from peerbill.long_past import read_left  # noqa: PLC0415 - as above

    _tell_if_open(folder)
    with output.progress(0, "Reading the tables"):
        found = read_left(agency, folder, __version__, day, patterns=patterns)
    run_log.rows(found.records)
    return found


def left_to_do(agency: "Agency", folder: Path, day: dt.date | None) -> "Left":
    """Read the tables of a workspace as `left` does, for its work list."""
    from peerbill.long_past import read_left_to_do  # noqa: PLC0415 - as above

    _tell_if_open(folder)
    with output.progress(0, "Reading the tables"):
        found = read_left_to_do(agency, folder, __version__, day)
    run_log.rows(found.records)
    return found


def _tell_if_open(folder: Path) -> None:
    if folder.is_dir() and disk.is_open_to_others(folder):
        output.notice(
            f"{folder}: other accounts of this machine can look into it. Unless they are meant to: "
            f"chmod -R go= {output.in_command(folder)}"
        )


def agency(settings: "Settings", folder: Path, *, out: Path | None = None, new: bool = False) -> "Agency":
    """Return the agency of a workspace; its notices and its progress are shown at once.

    `out` is where its files go; `new` makes a ledger although there was one. Where the command changes the ledger, its
    end writes the checkpoint that the settings ask for.
    """
    from peerbill.agency import Agency  # noqa: PLC0415 - as above

    from . import checkpointing  # noqa: PLC0415 - as above

    checkpointing.note(settings, folder)
    return Agency(settings, folder=folder, files=out, new_ledger=new, tell=output.notice, progress=output.progress)
