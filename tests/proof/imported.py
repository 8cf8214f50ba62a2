"""Runs the tests of mutants that only an import can make: constants, tables, classes, what runs while modules load.

python -m proof.imported TASKS RESULTS. What other people wrote is imported once; every mutant imports the product and
its tests anew, in a process of its own.
"""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, ModuleType

import pytest
from proof import tasks
from proof.mutants import compiled

_OTHERS = ("alembic.command", "click", "filelock", "holidays", "msgspec", "rich", "sqlalchemy", "tomlkit")


class _Loader(importlib.machinery.SourceFileLoader):
    """Loads a file with other code."""

    def __init__(self, name: str, path: str, code: CodeType) -> None:
        super().__init__(name, path)
        self._code = code

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002  # it loads one module
        return self._code


class _Finder(importlib.abc.MetaPathFinder):
    """Finds one module with another text."""

    def __init__(self, path: str, text: str) -> None:
        parts = Path(path).with_suffix("").parts
        self._is_package = parts[-1] == "__init__"
        self._name = ".".join(parts[:-1] if self._is_package else parts)
        self._path = Path(path).resolve()
        self._code = compiled(path, text)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        del path, target
        if fullname != self._name:
            return None
        return importlib.util.spec_from_file_location(
            fullname,
            self._path,
            loader=_Loader(fullname, str(self._path), self._code),
            submodule_search_locations=[str(self._path.parent)] if self._is_package else None,
        )


class _Chosen:
    """A plugin that leaves the chosen tests, in their order, and keeps the name of the first that failed."""

    def __init__(self, task: tasks.Task) -> None:
        self._task = task
        self.failed = ""

    def pytest_configure(self) -> None:
        tasks.repeatable_examples()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        known = {item.nodeid: item for item in items}
        items[:] = [known[name] for name in self._task.tests if name in known]

    def pytest_runtest_logstart(self) -> None:
        tasks.allow(self._task.seconds)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid


def run(task: tasks.Task) -> tuple[int, str]:
    """Run the tests of a mutant; tests that cannot even be collected have noticed it, too."""
    tasks.allow(60)  # for the imports
    if task.text:
        sys.meta_path.insert(0, _Finder(task.path, task.text))
    chosen = _Chosen(task)
    files = dict.fromkeys(name.partition("::")[0] for name in task.tests)
    without = [option for name in ("cacheprovider", "xdist") for option in ("-p", f"no:{name}")]
    # Hypothesis is here before pytest could rewrite its assertions: it has none that we read.
    without += ["-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning"]
    ended = pytest.main(["-x", "-q", "--capture=sys", *without, *files], plugins=[chosen])
    if ended in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
        return tasks.SURVIVED, ""
    return tasks.KILLED, chosen.failed or "the import"


def main(work: str, results: str) -> None:
    """Run every task."""
    for name in _OTHERS:
        importlib.import_module(name)
    tasks.run_all(tasks.read(Path(work)), run, Path(results))


if __name__ == "__main__":
    main(*sys.argv[1:])
