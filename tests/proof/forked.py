"""A pytest plugin that, in place of a run of all tests, runs the chosen tests of each mutant in a process of its own.

Everything is imported and collected once. A process that is forked from that puts the mutant's code into the functions
that live there, runs the tests until the first that fails, and ends. `PROOF_TASKS` names the file of tasks,
`PROOF_RESULTS` the one that gets their results.
"""

import gc
import os
from pathlib import Path
from types import FunctionType

import pytest
from proof import tasks
from proof.mutants import all_pairs, compiled, source_of

Living = dict[tuple[str, str], list[FunctionType]]


def pytest_configure() -> None:
    tasks.repeatable_examples()


def pytest_runtestloop(session: pytest.Session) -> bool:
    items = {item.nodeid: item for item in session.items}
    living = live_functions()

    def run(task: tasks.Task) -> tuple[int, str]:
        if task.text and not put_in(task, living):
            return tasks.UNREACHED, ""
        chosen = [items[name] for name in task.tests if name in items]
        for item, following in zip(chosen, (*chosen[1:], None), strict=True):
            tasks.allow(task.seconds)
            item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.testsfailed:
                return tasks.KILLED, item.nodeid
        return tasks.SURVIVED, ""

    gc.collect()
    gc.freeze()
    tasks.run_all(tasks.read(Path(os.environ["PROOF_TASKS"])), run, Path(os.environ["PROOF_RESULTS"]))
    return True


def live_functions() -> Living:
    """Return the functions that exist, by file and qualified name."""
    found: Living = {}
    for thing in gc.get_objects():
        if type(thing) is FunctionType:
            found.setdefault((thing.__code__.co_filename, thing.__code__.co_qualname), []).append(thing)
    return found


def put_in(task: tasks.Task, living: Living) -> bool:
    """Give the living functions of a file their code in the changed text; False if none has other code then."""
    changed = False
    for old, new in all_pairs(compiled(task.path, source_of(task.path)), compiled(task.path, task.text)):
        if old == new:
            continue
        for function in living.get((old.co_filename, old.co_qualname), ()):
            if function.__code__ == old:
                function.__code__ = new
                changed = True
    return changed
