"""The checkpoint that `[ledger] checkpoint` asks for, at the end of each run that changed the ledger."""

from functools import partial
from pathlib import Path
from typing import Final

from peerbill.agency import Agency
from peerbill.ledger.checkpoints import last_entry
from peerbill.model.errors import LedgerError, PeerbillError
from peerbill.model.records import Settings

from . import run_log
from .console import at_the_end, echo

_NOTED: Final = "peerbill.cli.checkpointing"


def note(settings: Settings, folder: Path) -> None:
    """Note where the trail ends before the command does anything, where its settings ask for checkpoints."""
    if settings.ledger_checkpoint:
        at_the_end(_NOTED, partial(_keep, settings, folder, _last(settings, folder)))


def _last(settings: Settings, folder: Path) -> tuple[int, str] | None:
    # A restored ledger may end at the number of the one before, with another hash.
    try:
        return last_entry(settings.ledger_url, folder)
    except LedgerError:
        return None  # the command says why, unless it puts another ledger in the place of this


def _keep(settings: Settings, folder: Path, before: tuple[int, str] | None) -> bool:
    """Write the checkpoint where the command changed the ledger; return whether that is done, and say why it is not."""
    try:
        if _last(settings, folder) == before:
            return True
        file = Agency(settings, folder=folder).checkpoint()
        if file is not None:
            run_log.wrote(file, "checkpoint.json")
    except (PeerbillError, OSError) as error:
        run_log.failed(error)
        where = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.filename else f"{error}"
        echo(f"Error: what this command did to the ledger is done, but no checkpoint was written: {where}", err=True)
        return False
    return True
