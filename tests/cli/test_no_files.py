"""A pipe, a device or a dead link in the place of any file that a command reads: told at once, and never waited for."""

import os
from pathlib import Path

from click.testing import CliRunner

from peerbill.cli import main
from peerbill.ledger.store.lost_ledger import lost_ledger
from peerbill.model.records import LEDGER_URL

READ = [
    "check FILE",
    "check --quick FILE",
    "post DIR FILE",
    "audit --claims FILE --as-of 2026-11-20",
    "audit DIR --claims FILE --as-of 2026-11-20",
    "exclusions DIR FILE",
    "exclusions DIR DIR/staff.csv --list-date 2026-11-01 --mapping FILE",
    "import DIR FILE --suggest",
    "import DIR FILE.xlsx --suggest",
    "import DIR DIR/staff.csv --mapping FILE",
    "review record DIR FILE --reviewer A",
    "review checklist DIR --plan FILE --out DIR/out.csv",
    "extrapolate FILE DIR/staff.csv",
    "ledger verify DIR --checkpoint FILE",
    "setup DIR --answers FILE",
    "policy --check FILE",
    "sample --again FILE",
]


def test_a_pipe_ends_each_command_that_would_read_it(small_workspace: Path) -> None:
    made = {"FILE.xlsx": small_workspace / "thing.xlsx", "FILE": small_workspace / "thing.toml"}
    for path in made.values():
        os.mkfifo(path)

    for command in READ:
        words = command.replace("DIR", str(small_workspace))
        for name, path in made.items():
            words = words.replace(name, str(path))
        done = CliRunner().invoke(main, words.split())

        assert (command, done.exit_code, type(done.exception)) == (command, 2, SystemExit)
        assert "expected a file, found a device, a pipe or a socket" in done.stderr, command


def test_pipes_beside_the_tables_are_never_read(small_workspace: Path) -> None:
    """The search for a ledger that was lost looks into what lies in the folders."""
    out = small_workspace / "out"
    out.mkdir()
    for path in (small_workspace / "pipe", small_workspace / "ledger.db.old", out / "b.837", out / "c.270"):
        os.mkfifo(path)

    assert lost_ledger(LEDGER_URL, small_workspace, out, {"ACME01"}) == ()
