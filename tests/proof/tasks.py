"""A mutant with the tests that may notice it, and the processes that find out, a few at a time."""

import json
import math
import os
import resource
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import attrs
from attrs import frozen
from hypothesis import HealthCheck, Phase, settings

MEMORY = 4 << 30
"""Bytes of addresses that a mutant may take before it counts as noticed."""

PROCESSES = int(os.environ.get("PROOF_PROCESSES", "0")) or os.cpu_count() or 1

KILLED, SURVIVED, UNREACHED, BROKEN = 1, 0, 2, 3
_OUTCOMES = {KILLED: "killed", SURVIVED: "survived", UNREACHED: "unreached"}


@frozen
class Task:
    """One mutant."""

    number: int
    path: str
    text: str
    """The file with the change; empty to run the tests on the product as it is."""

    tests: tuple[str, ...]
    """In the order in which they are run."""

    seconds: float
    """Of processor time that one test may take, before the mutant counts as endless."""


@frozen
class Result:
    """What became of a mutant: killed, survived, endless, unreached (no living function has the code) or broken."""

    number: int
    outcome: str
    killer: str
    """The first test that failed; empty if none did."""


def written(path: Path, tasks: Sequence[Task]) -> None:
    """Write tasks to a file."""
    path.write_text("".join(f"{json.dumps(attrs.asdict(task))}\n" for task in tasks), encoding="utf-8")


def read(path: Path) -> list[Task]:
    """Read tasks from a file."""
    found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [Task(**{**one, "tests": tuple(one["tests"])}) for one in found]


def read_results(path: Path) -> list[Result]:
    """Read results from a file."""
    return [Result(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def run_all(tasks: Sequence[Task], run: Callable[[Task], tuple[int, str]], results: Path) -> None:
    """Run each task in a process forked from this one; `run` returns how it ended, and the test that failed."""
    with results.open("w", encoding="utf-8") as out:
        for result in _ended(tasks, run):
            out.write(f"{json.dumps(attrs.asdict(result))}\n")
            out.flush()


def _ended(tasks: Sequence[Task], run: Callable[[Task], tuple[int, str]]) -> Iterator[Result]:
    running: dict[int, tuple[Task, int, float]] = {}
    waiting = list(reversed(tasks))
    while waiting or running:
        while waiting and len(running) < PROCESSES:
            task = waiting.pop()
            reading, writing = os.pipe()
            pid = os.fork()
            if not pid:
                _in_child(task, run, writing)
            os.close(writing)
            running[pid] = task, reading, time.monotonic()
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid:
            task, reading, _ = running.pop(pid)
            with open(reading, encoding="utf-8") as pipe:  # noqa: PTH123  # a pipe has no path
                killer = pipe.read()
            outcome = "endless" if os.WIFSIGNALED(status) else _OUTCOMES.get(os.WEXITSTATUS(status), "broken")
            yield Result(task.number, outcome, killer)
            continue
        time.sleep(0.005)
        for late, (_, _, began) in running.items():
            if time.monotonic() - began > 600:  # it waits for something; other work may run here too
                os.kill(late, signal.SIGKILL)


def _in_child(task: Task, run: Callable[[Task], tuple[int, str]], writing: int) -> None:
    code = BROKEN
    try:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        silent = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(silent, stream)
        with tempfile.TemporaryDirectory(prefix="proof-") as folder:
            os.environ["PYTEST_DEBUG_TEMPROOT"] = tempfile.tempdir = folder
            code, killer = run(task)
            os.write(writing, killer.encode())
    except BaseException:  # noqa: BLE001  # whatever a mutant raises must not reach the loop of the parent
        code = BROKEN
    finally:
        os._exit(code)


def allow(seconds: float) -> None:
    """Let this process use so many more seconds of the processor before it is stopped."""
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time() + seconds), resource.RLIM_INFINITY))


def repeatable_examples() -> None:
    """Let hypothesis make the same examples each time, and none smaller once a test has failed."""
    settings.register_profile(
        "proof",
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile("proof")
    os.environ["CI"] = "true"  # tests/conftest.py loads no profile of its own then
