"""Commands in processes of their own that die at a step of their work, and the same once more."""

import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import faults
from click.testing import CliRunner, Result
from thorough import some

from peerbill.cli import main

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["peerbill.cli", "peerbill.agency", "faults"])


def run(words: Sequence[object]) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(main, [str(word) for word in words])


def _dies(words: Sequence[str], step: int, folder: str) -> None:
    os.chdir(folder)
    with faults.shimmed(faults.Shim(step)):
        CliRunner().invoke(main, list(words))


def killed(words: Sequence[str], step: int) -> bool:
    """Run a command in a process of its own that dies at a step; return whether it came to it."""
    process = _processes.Process(target=_dies, args=(list(words), step, str(Path.cwd())))
    process.start()
    process.join(60)
    return process.exitcode == faults.STOPPED  # what was there before may make a step less


def stopped(
    folder: Path, base: Path, command: Callable[[Path], Sequence[object]], chosen: Callable[[str], bool]
) -> Iterator[tuple[str, Path, Result]]:
    """Yield the command as it ends in a copy of a folder, first undisturbed, then once more after it was killed.

    `chosen` tells at which steps it is killed, some of them or all (`thorough`), each in a copy of its own; the name of
    the step comes with it.
    """
    whole = shutil.copytree(folder, base / "whole")
    with faults.shimmed(faults.Shim()) as shim:
        result = run(command(whole))
    yield "", whole, result
    for number, name in some([step for step in enumerate(shim.seen, start=1) if chosen(step[1])], 5):
        copy = shutil.copytree(folder, base / f"{number}")
        if killed([str(word) for word in command(copy)], number):
            yield f"{number} {name}", copy, run(command(copy))
