import importlib.util
import json
import multiprocessing
import runpy
from pathlib import Path
from typing import Any

import attrs
import pytest

PROGRAM = Path(__file__).with_name("program.py")

# Each child comes from a server that has the slow imports behind it, and no thread of the tests' own.
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(
    ["peerbill.billing", "peerbill.ledger", "alembic.command", "sqlalchemy.dialects.sqlite"]
)


@attrs.frozen
class Agency:
    """A workspace, its output folder, and the program that bills it."""

    workspace: Path
    out: Path
    program: Any

    def start(self, first: int, last: int, stop: int | str = 0) -> multiprocessing.process.BaseProcess:
        """Start a bill run in a process of its own."""
        arguments = [str(self.workspace), str(self.out), str(first), str(last), str(stop)]
        process = _processes.Process(
            target=runpy.run_path,
            args=(str(PROGRAM),),
            kwargs={"init_globals": {"ARGUMENTS": arguments}, "run_name": "__main__"},
        )
        process.start()
        return process

    def run(self, first: int, last: int, stop: int | str = 0) -> int:
        """Run a bill run in a process of its own and return its exit code."""
        process = self.start(first, last, stop)
        process.join(60)
        code = process.exitcode
        assert code is not None
        return code

    def told(self, first: int = 0) -> dict[str, Any]:
        """Return what the last whole run that began at an encounter told."""
        told: dict[str, Any] = json.loads((self.workspace / f"told-{first}.json").read_text())
        return told

    def ledger(self) -> Any:
        """Open the ledger."""
        return self.program.open_ledger(self.program.URL, self.workspace)

    def bill(self, first: int, last: int, *, undo_lost: bool = False) -> Any:
        """Bill in this process."""
        billable = [self.program.billable(n) for n in range(first, last)]
        return self.program.bill(self.ledger(), self.out, billable, undo_lost=undo_lost)

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
def agency(tmp_path: Path, program: Any) -> Agency:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    return Agency(workspace, tmp_path / "out", program)
