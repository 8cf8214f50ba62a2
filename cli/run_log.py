"""`--log FILE`: what a run did, as JSON lines that hold nothing of a person.

An event has the fields that `EVENTS` declares for it, each of a kind that cannot be a text of somebody's: a number, a
day of the options, a digest, a word of ours. A value that is not of its kind is written as `withheld`. `--show-phi`
adds the field `shown`, with paths, ids and messages as they are.
"""

import contextlib
import datetime as dt
import functools
import os
import platform
import re
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from peerbill import __version__
from peerbill.model.printable import whole

from .console import echo

if TYPE_CHECKING:
    from peerbill.claim_audit.values import ClaimFinding
    from peerbill.intake.importing.changes import TableChange
    from peerbill.ledger.send.files import SentFile
    from peerbill.model.finding import Finding
    from peerbill.model.records import Records

Kind = Callable[[object], bool]
"""Tells whether a value may stand in a log."""

WITHHELD = "withheld"
PHASES = (
    "Asking pyx12",
    "Auditing a contact in each programme",
    "Auditing",
    "Checking",
    "Comparing",
    "Converting",
    "Copying and verifying the ledger",
    "Dividing the encounters",
    "Posting",
    "Purging",
    "Reading the claims",
    "Reading the ledger",
    "Reading the tables",
    "Verifying and restoring the ledger",
    "Verifying the ledger",
    "Writing claims",
    "Writing the result",
)
"""How the names of phases begin, the longer before the shorter; what follows may be the name of a file."""

_STATE = "peerbill.cli.run_log"
_FILE = f"{_STATE}.file"
_SHOWS = f"{_STATE}.shows"
_PAGE = 1 << 20


def _matching(pattern: str) -> Kind:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII) is not None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


def _is_option(value: object) -> bool:
    return isinstance(value, dict) and all(
        _is_name(name) and (_is_number(given) or isinstance(given, Chosen)) for name, given in value.items()
    )


def _counting(key: Kind) -> Kind:
    return lambda value: isinstance(value, dict) and all(key(name) and _is_number(n) for name, n in value.items())


_is_name = _matching(r"[a-z_0-9]{1,30}")
_is_code = _matching(r"[A-Z][A-Z0-9-]{1,15}")
_is_version = _matching(r"[0-9][0-9a-z.]{0,30}(\+[0-9a-z.]{1,64})?")
_is_digest = _matching(r"[0-9a-f]{64}")
_is_class = _matching(r"[A-Za-z]{1,60}")
_is_command = _matching(r"[a-z -]{1,40}")
_is_phase = PHASES.__contains__
_is_file = _matching(r"--[a-z]+|FILE|[a-z_]+\.(csv|json|toml|xlsx)|policies/[a-z]{2}\.toml")
_is_sent = _matching(r"[A-Za-z0-9._-]{1,120}\.(837|270)")

EVENTS: Mapping[str, Mapping[str, Kind]] = {
    "begin": {
        "command": _is_command,
        "options": _is_option,
        "shows_phi": _is_number,
        "peerbill": _is_version,
        "python": _is_version,
    },
    "data": {"policy_data": _is_version},
    "phase": {"phase": _is_phase, "seconds": _is_number, "processor_seconds": _is_number, "peak_mb": _is_number},
    "rows": {"tables": _counting(_is_name), "unused": _is_number, "problems": _is_number, "notices": _is_number},
    "result": {"counts": _counting(_is_name)},
    "findings": {"errors": _counting(_is_code), "warnings": _counting(_is_code), "infos": _counting(_is_code)},
    "sent": {
        "file": _is_sent,
        "sha256": _is_digest,
        "claims": _is_number,
        "lines": _is_number,
        "encounters": _is_number,
        "total_cents": _is_number,
    },
    "wrote": {"file": _is_file, "sha256": _is_digest, "bytes": _is_number},
    "error": {"error": _is_class, "code": _is_code},
    "end": {"exit_code": _is_number, "seconds": _is_number, "processor_seconds": _is_number, "peak_mb": _is_number},
}
"""The events and their fields; each has `time` (UTC), `run` (the same for all of a run) and `event` too."""


class Chosen(str):
    """A value of an option that is a word of ours or a day: it may stand in a log."""

    __slots__ = ()


class RunLog:
    """An open log. Made by the option `--log`; the rest of a command reaches it through the functions below."""

    def __init__(self, file: Path) -> None:
        """Open the log at its end; a new file is for its owner alone. Raises OSError where it cannot be written."""
        import structlog  # noqa: PLC0415 - a tenth of a second that only a run with a log pays

        self.file = file
        self.shows = False
        self._out = os.fdopen(os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="utf-8")
        self._log = structlog.wrap_logger(
            structlog.WriteLogger(self._out),
            processors=[
                structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
                structlog.processors.JSONRenderer(),
            ],
            wrapper_class=structlog.BoundLogger,
            run=os.urandom(6).hex(),
        )

    def write(self, event: str, shown: Mapping[str, object] | None = None, **fields: object) -> None:
        """Write an event: declared fields, and `shown` where the user asked for what is otherwise withheld."""
        kinds = EVENTS[event]
        if unknown := fields.keys() - kinds.keys():
            raise KeyError(f"{event} has no field {min(unknown)}")
        values = {name: value if kinds[name](value) else WITHHELD for name, value in fields.items()}
        if self.shows and shown:
            values["shown"] = {name: _plain(value) for name, value in shown.items()}
        try:
            self._log.info(event, **values)
        except OSError as error:
            # What was sent or posted stands: the run goes on, and says that its log does not.
            echo(f"Notice: --log {self.file}: the log ends here: {error.strerror}", err=True)
            self.write = _write_nothing  # type: ignore[method-assign]

    def close(self) -> None:
        """Close the file."""
        with contextlib.suppress(OSError):
            self._out.close()


def _write_nothing(*_: object, **__: object) -> None:
    pass


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, int | float) or value is None else whole(str(value))


# --- the options ---


def with_log(command: click.Command) -> click.Command:
    """Give a command, or each command of a group, the options `--log` and `--show-phi`."""
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            with_log(inner)
        return command
    if command.callback is None or any(param.name == "log_file" for param in command.params):
        return command
    from .named_files import FILE_REPORT  # noqa: PLC0415 - it needs the tables' names, `peerbill --help` does not

    run = command.callback

    @functools.wraps(run)
    def logged(*args: Any, **kwargs: Any) -> Any:
        _begin(click.get_current_context())
        return run(*args, **kwargs)

    command.callback = logged
    command.params += [
        click.Option(
            ["--log", "log_file"],
            type=FILE_REPORT,
            metavar="FILE",
            expose_value=False,
            callback=_named,
            help="Add what this run does to FILE, as JSON lines without personal data.",
        ),
        click.Option(
            ["--show-phi"],
            is_flag=True,
            expose_value=False,
            callback=_show,
            help="Write ids, paths and messages into the log too: protect it as you protect the records.",
        ),
    ]
    return command


def _named(ctx: click.Context, _: click.Parameter, file: Path | None) -> None:  # click's signature
    ctx.meta[_FILE] = file


def _show(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:  # click's signature
    ctx.meta[_SHOWS] = wanted


def _opened(ctx: click.Context) -> RunLog | None:
    """Open the log once all options are known to be right, and before anything is done."""
    file: Path | None = ctx.meta.get(_FILE)
    if file is None:
        if ctx.meta.get(_SHOWS):
            raise click.UsageError("--show-phi is for --log FILE: what it shows is written there.", ctx)
        return None
    if file.exists() and not file.is_file():
        raise click.UsageError(f"--log {file}: expected a file. Give another name.", ctx)
    try:
        log = ctx.meta[_STATE] = RunLog(file)
    except OSError as error:
        raise click.UsageError(f"--log {file}: cannot be written: {error.strerror}. Nothing was done.", ctx) from None
    return log


def _begin(ctx: click.Context) -> None:
    log = _opened(ctx)
    if log is None:
        return
    if ctx.meta.get(_SHOWS):
        log.shows = True
        echo(
            f"Notice: --show-phi: {log.file} gets ids, paths and messages as they are. Protect it as you protect the "
            "records, and give it to nobody who may not see them.",
            err=True,
        )
    names = [str(param.name) for param in ctx.command.params if param.name in ctx.params]
    given = {
        name: ctx.params[name]
        for name in names
        if ctx.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT
    }
    log.write(
        "begin",
        command=" ".join(ctx.command_path.split()[1:]),
        options={
            str(param.name): _given(param, given[param.name]) for param in ctx.command.params if param.name in given
        },
        shows_phi=log.shows,
        peerbill=__version__,
        python=platform.python_version(),
        shown={"options": given},
    )
    from peerbill.policy.data_version import policy_data_version  # noqa: PLC0415 - for a log alone

    log.write("data", policy_data=policy_data_version())


def _given(param: click.Parameter, value: object) -> object:
    """Return what a log has of an option: a number, a flag, a day, a word of ours; of anything else, how many."""
    if _is_number(value):
        return value
    if isinstance(value, dt.date):
        return Chosen(value.isoformat())
    if isinstance(param.type, click.Choice) and not isinstance(value, tuple):
        return Chosen(value)
    return len(value) if isinstance(value, tuple | list) else 1


# --- what commands tell ---


def _of(ctx: click.Context | None) -> RunLog | None:
    return ctx.meta.get(_STATE) if ctx is not None else None


def current() -> RunLog | None:
    """Return the log of the command that runs, None without `--log`."""
    return _of(click.get_current_context(silent=True))


@contextlib.contextmanager
def phase(doing: str) -> Iterator[None]:
    """Time a phase, which is told to people as `doing`."""
    log = current()
    if log is None:
        yield
        return
    began, used = time.monotonic(), time.process_time()
    try:
        yield
    finally:
        name = next((name for name in PHASES if doing.startswith(name)), WITHHELD)
        log.write("phase", phase=name, **_since(began, used), shown={"phase": doing})


def _since(began: float, used: float) -> dict[str, Any]:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return {
        "seconds": round(time.monotonic() - began, 3),
        "processor_seconds": round(time.process_time() - used, 3),
        "peak_mb": round(peak / 1e6),
    }


def rows(records: "Records") -> None:
    """Log how many rows each table of a workspace has."""
    if (log := current()) is None:
        return
    from peerbill.intake import TABLES  # noqa: PLC0415 - for a log alone

    log.write(
        "rows",
        tables={name: len(getattr(records, name)) for name in TABLES},
        unused=len(records.unused_rows),
        problems=len(records.problems),
        notices=len(records.notices),
        shown={"problems": records.problems, "notices": records.notices},
    )


def result(**counts: int) -> None:
    """Log how many of something there are."""
    if (log := current()) is not None:
        log.write("result", counts=counts)


def findings(found: Iterable["Finding | ClaimFinding"]) -> None:
    """Log how often each code was found, by severity."""
    if (log := current()) is None:
        return
    found = list(found)
    encounters: dict[str, list[str]] = {}
    for each in found:
        encounters.setdefault(each.code, []).extend(each.encounter_ids)
    counts = {
        f"{severity}s": dict(sorted(Counter(each.code for each in found if each.severity == severity).items()))
        for severity in ("error", "warning", "info")
    }
    log.write("findings", **counts, shown={"encounters": encounters})


def sent(files: Iterable["SentFile"]) -> None:
    """Log the files for payers that a run wrote."""
    if (log := current()) is None:
        return
    for file in files:
        log.write(
            "sent",
            file=file.name,
            sha256=file.sha256,
            claims=file.claims,
            lines=file.lines,
            encounters=file.encounters,
            total_cents=file.total_cents,
            shown={"path": file.path},
        )


def wrote(file: Path, name: str = "") -> None:
    """Log a file that was written: under the option that names it, else under the name that peerbill gives it."""
    if (log := current()) is None:
        return
    import hashlib  # noqa: PLC0415 - for a log alone

    from .named_files import option_of  # noqa: PLC0415 - as in with_log

    digest, size = hashlib.sha256(), 0
    with file.open("rb") as content:
        while part := content.read(_PAGE):
            digest.update(part)
            size += len(part)
    known = name or option_of(file) or file.name
    log.write("wrote", file=known, sha256=digest.hexdigest(), bytes=size, shown={"path": file})


def tables(changes: Iterable["TableChange"]) -> None:
    """Log what a run changed in the tables of a workspace."""
    if (log := current()) is None:
        return
    for change in (change for change in changes if change.changes):
        wrote(change.path, change.path.name)
        log.write("result", counts={"added": change.added, "updated": change.updated, "unchanged": change.unchanged})


def failed(error: BaseException) -> None:
    """Log the class of an error; its text only where the user asked for it."""
    if (log := current()) is not None:
        log.write("error", error=type(error).__name__, code=_code(error), shown={"message": error})


def _code(error: BaseException) -> str:
    import errno  # noqa: PLC0415 - for an error alone

    number = error.errno if isinstance(error, OSError) else None
    return errno.errorcode.get(number or 0, "NONE")


@contextlib.contextmanager
def ended(ctx: click.Context) -> Iterator[None]:
    """Log how a run ends, whatever ends it."""
    began, used = time.monotonic(), time.process_time()
    code = 1
    try:
        yield
        code = 0
    except click.exceptions.Exit as end:
        code = end.exit_code
        raise
    except BaseException as error:
        if (log := _of(ctx)) is not None:
            log.write("error", error=type(error).__name__, code=_code(error))
        raise
    finally:
        if (log := _of(ctx)) is not None:
            log.write("end", exit_code=code, **_since(began, used))
            log.close()
