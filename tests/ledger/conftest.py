import functools
import importlib.util
import json
import multiprocessing
import runpy
import tempfile
from pathlib import Path
from typing import Any

import attrs
import databases
import pytest
import sqlalchemy as sa

from peerbill.ledger.store import rows, tables
from peerbill.ledger.store.ledger import open_ledger

PROGRAM = Path(__file__).with_name("program.py")

# Each child comes from a server that has the slow imports behind it, and no thread of the tests' own.
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(
    [
        "peerbill.claims.build",
        "peerbill.ledger.look.claims",
        "peerbill.ledger.answers.posting",
        "peerbill.ledger.send.runs",
        "faults",
        "alembic.command",
        "sqlalchemy.dialects.sqlite",
        "sqlalchemy.dialects.postgresql",
        "psycopg",
    ]
)


@functools.cache
def _empty_ledger() -> bytes:
    """Return the file of a ledger in which there is nothing; to make one takes longer than to bill."""
    with tempfile.TemporaryDirectory() as folder:
        open_ledger(databases.SQLITE, Path(folder), tag=databases.TAG)
        return Path(folder, "ledger.db").read_bytes()


@attrs.frozen
class Agency:
    """A workspace, its output folder, the program that bills it, and `[ledger] url`."""

    workspace: Path
    out: Path
    program: Any
    url: str = databases.SQLITE
    tag: str = databases.TAG

    @property
    def on_server(self) -> bool:
        """Return whether the ledger is in PostgreSQL."""
        return not self.url.startswith("sqlite")

    def anew(self, folder: Path) -> "Agency":
        """Return the same agency in another folder with an empty ledger. In PostgreSQL, this one's is gone then."""
        (folder / "workspace").mkdir(parents=True)
        if self.on_server:
            databases.clear(self.url)
        else:
            (folder / "workspace" / "ledger.db").write_bytes(_empty_ledger())
        return attrs.evolve(self, workspace=folder / "workspace", out=folder / "out")

    def start(
        self, first: int, last: int, stop: int | str = 0, action: str = "bill"
    ) -> multiprocessing.process.BaseProcess:
        """Start a bill run, or another action of the program, in a process of its own."""
        arguments = [str(self.workspace), str(self.out), str(first), str(last), str(stop), self.url, action]
        process = _processes.Process(
            target=runpy.run_path,
            args=(str(PROGRAM),),
            kwargs={"init_globals": {"ARGUMENTS": arguments}, "run_name": "__main__"},
        )
        process.start()
        return process

    def run(self, first: int, last: int, stop: int | str = 0, action: str = "bill") -> int:
        """Run a bill run, or another action, in a process of its own and return its exit code."""
        process = self.start(first, last, stop, action)
        process.join(60)
        code = process.exitcode
        assert code is not None
        return code

    def told(self, first: int = 0) -> dict[str, Any]:
        """Return what the last whole run that began at an encounter told."""
        told: dict[str, Any] = json.loads((self.workspace / f"told-{first}.json").read_text())
        return told

    def before_tags(self) -> "Agency":
        """Return the same agency with a ledger whose ids and numbers are those from before there were tags."""
        old = attrs.evolve(self, tag="")
        with old.ledger().changing() as connection:
            before = {"tag": "", "first_control_number": 1, "settled": 1}
            rows.update(connection, tables.identity, before)
        return old

    def ledger(self) -> Any:
        """Open the ledger."""
        return self.program.open_ledger(self.url, self.workspace, tag=self.tag)

    def bill(self, first: int, last: int, *, undo_lost: bool = False) -> Any:
        """Bill in this process."""
        billable = [self.program.billable(n) for n in range(first, last)]
        return self.program.bill(self.ledger(), self.out, billable, undo_lost=undo_lost)

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return every row of every table of the ledger, in order."""
        with self.ledger().engine.connect() as connection:
            return {
                table.name: sorted(tuple(row) for row in connection.execute(sa.select(table)))
                for table in tables.metadata.sorted_tables
            }

    def sent(self) -> list[str]:
        """Return the encounter ids of all files in the output folder, in order of id."""
        return sorted(
            segment.rpartition("*")[2]
            for path in self.out.glob("*.837")
            for segment in path.read_text().split("~")
            if segment.startswith("REF*6R*")
        )

    def control_numbers(self) -> list[str]:
        """Return payer and ISA13 of all files in the output folder, in order."""
        return sorted(path.read_text().partition("~")[0] for path in self.out.glob("*.837"))

    def manifest(self) -> dict[str, Any]:
        """Return the manifest."""
        manifest: dict[str, Any] = json.loads((self.out / "manifest.json").read_text())
        return manifest


@pytest.fixture(scope="session")
def program() -> Any:
    spec = importlib.util.spec_from_file_location("ledger_program", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def agency(tmp_path: Path, program: Any, ledger_url: str, monkeypatch: pytest.MonkeyPatch) -> Agency:
    """Return an agency; the test runs on both databases."""
    databases.keep_connections(monkeypatch)
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    return Agency(workspace, tmp_path / "out", program, ledger_url)


@pytest.fixture
def sqlite_agency(tmp_path: Path, program: Any) -> Agency:
    """Return an agency for what concerns the file of a SQLite ledger."""
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    return Agency(workspace, tmp_path / "out", program)
