"""What a payer answers, posted into the ledger of a workspace: for tests of what comes after."""

import hashlib
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import databases
import sqlalchemy as sa
from payer import Decision, Paid, SentFile, SentLine, ack277, in_full, receive, remit, reversal

from peerbill.ledger.answers.posting import post_file
from peerbill.ledger.answers.session import Posted
from peerbill.ledger.look.history import reading
from peerbill.ledger.send.runs import bill_run
from peerbill.ledger.store import tables
from peerbill.ledger.store.ledger import open_ledger
from peerbill.x12.read.answers import read_transactions


def ledger_url(folder: Path) -> str:
    """Return `[ledger] url` of a workspace."""
    settings = tomllib.loads((folder / "peerbill.toml").read_text(encoding="utf-8"))
    return str(settings.get("ledger", {}).get("url", databases.SQLITE))


def held(folder: Path) -> dict[str, list[Any]]:
    """Return every row of every table of a workspace's ledger, in order."""
    with reading(ledger_url(folder), folder) as connection:
        assert connection is not None
        return {name: sorted(connection.execute(sa.select(table))) for name, table in tables.metadata.tables.items()}


def in_mode(folder: Path, mode: str) -> Path:
    """Let a workspace send to all of its payers in a mode, test or production."""
    settings = folder / "peerbill.toml"
    settings.write_text(re.sub('mode = "[a-z]*"', f'mode = "{mode}"', settings.read_text("utf-8")), "utf-8")
    return folder


def in_production(folder: Path) -> Path:
    """Let a workspace send in earnest; an example's payers are sent tests."""
    return in_mode(folder, "production")


def post(folder: Path, text: str, name: str = "answer.txt") -> Posted:
    """Post a text, as `peerbill post` does a file."""
    with bill_run(open_ledger(ledger_url(folder), folder)) as run:
        return post_file(run, name, hashlib.sha256(text.encode()).hexdigest(), read_transactions([text]))


def newest(out: Path) -> SentFile:
    """Return the last 837 file of a folder as the payer receives it."""
    return receive(max(out.glob("*.837")).read_text())


def take_in(folder: Path, out: Path, verdict: str = "A2:20") -> Posted:
    """Let the payer answer the last file with a 277CA."""
    return post(folder, ack277(newest(out), lambda _: verdict), f"{verdict}.277")


def pay(folder: Path, out: Path, decide: Callable[[SentLine], Paid] = in_full, trace: str = "EFT1") -> Posted:
    """Let the payer pay the last file."""
    file = newest(out)
    return post(folder, remit(file, [Decision(claim, decide) for claim in file.claims], trace), f"{trace}.835")


def take_back(
    folder: Path, file: SentFile, decide: Callable[[SentLine], Paid] = in_full, trace: str = "BACK"
) -> Posted:
    """Let the payer take back what it paid for a file."""
    return post(folder, remit(file, [reversal(claim, decide) for claim in file.claims], trace), f"{trace}.835")
