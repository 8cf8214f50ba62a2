"""The one way to the terminal: whatever a text holds, it is only read there.

Files and names of others reach the screen, as in `check` and `post`: an escape sequence in them must not run.
"""

import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TextIO

import click

from peerbill.model.printable import inert

_LOST: Final = "peerbill.cli.console.lost"
_END: Final = "peerbill.cli.console.end"


def echo(text: object = "", *, err: bool = False, nl: bool = True, **style: Any) -> None:
    """Print a text; `style` is what `click.style` takes, such as `bold=True`."""
    shown = inert(str(text))
    put(click.style(shown, **style) if style else shown, err=err, nl=nl)


def put(text: str | bytes, *, err: bool = False, nl: bool = True) -> None:
    """Print a text that is inert already.

    Where it cannot be written, as on a full disk or into a closed pipe, the command goes on with its work without a
    word, and the end of the run tells: nothing that it does may depend on who reads along.
    """
    try:
        click.echo(text, err=err, nl=nl)
    except OSError as error:
        if not keep_lost("the command did its work, and could not print all of it", error):
            raise
        _drop(sys.stderr if err else sys.stdout)


def keep_lost(what: str, error: OSError) -> bool:
    """Keep for the end of the run what could not be printed or written; tell whether a command runs that can."""
    context = click.get_current_context(silent=True)
    if context is not None:
        context.meta.setdefault(_LOST, {}).setdefault(what, error)
    return context is not None


def lost(context: click.Context) -> Mapping[str, OSError]:
    """Return what could not be printed or written in a run, with the reason."""
    found: Mapping[str, OSError] = context.meta.get(_LOST, {})
    return dict(found)


def at_the_end(name: str, do: Callable[[], bool]) -> None:
    """Let the end of a run do something once the command has told what it did; it returns whether that succeeded.

    What was to be done under the same name before stays as it is.
    """
    context = click.get_current_context(silent=True)
    if context is not None:
        context.meta.setdefault(_END, {}).setdefault(name, do)


def end_run(context: click.Context) -> bool:
    """Do what was left for the end of a run; return whether all of it succeeded."""
    left: Mapping[str, Callable[[], bool]] = context.meta.get(_END, {})
    return all([do() for do in left.values()])  # noqa: C419 - each of them is to be done


def _drop(stream: TextIO) -> None:
    """Let a stream that cannot be written lead nowhere, so that no later text, nor the end of the program, fails."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def prompt(text: str, **options: Any) -> Any:
    """Ask for a value, as `click.prompt` does."""
    if isinstance(default := options.get("default"), str):
        options["default"] = inert(default)
    return click.prompt(inert(text), **options)


def confirm(text: str, **options: Any) -> bool:
    """Ask a question of yes and no, as `click.confirm` does."""
    return click.confirm(inert(text), **options)


MOST_LINES = 100
"""So many problems of a kind are printed; a file with more has them all for the same few reasons."""


def first_of(texts: Sequence[str], more: str) -> Iterator[str]:
    """Yield the first `MOST_LINES` texts, and a line with the number of the others and `more`: how to see them."""
    yield from texts[:MOST_LINES]
    if len(texts) > MOST_LINES:
        yield f"and {len(texts) - MOST_LINES:,} more: {more}"


def pass_on(report: str) -> None:
    """Write a report to standard output in UTF-8, whatever the encoding of the terminal: a program reads it."""
    put(report.encode(), nl=False)


@contextlib.contextmanager
def in_utf_8() -> Iterator[TextIO]:
    """Yield standard output as a text stream in UTF-8 that leaves line ends as they are."""
    sys.stdout.flush()
    out = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="")
    try:
        yield out
        out.flush()
    except OSError:
        _drop(sys.stdout)
        raise
    finally:
        out.detach()


def never_refuse_a_character() -> None:
    r"""Print what a terminal's encoding has no sign for as an escape such as \u2026, where Python would raise."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
