"""How much the tests notice: the branches that they take, and the changes of the code that they find.

PYTHONPATH=tests python -m proof.proof [--all] [--sample N] [--only PATH ...] [--tests PATH ...] [--keep] [--record]

`scope.toml` says of what. Each room's branches are counted while its tests run, and which tests run which line. Then
mutants of the same modules are drawn by a seed, and for each the tests that run its line are run, the quickest of each
test function first, until one fails. `equivalent.toml` names the mutants that no test can notice, and why.
"""

import argparse
import ast
import itertools
import json
import math
import os
import random
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from attrs import define, field, frozen
from coverage import Coverage
from proof import tasks
from proof.mutants import Mutant, made, mutated, places, source_of

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
WORK = ROOT / "build" / "proof"
PAGE = HERE / "README.md"
SCOPE: dict[str, Any] = tomllib.loads((HERE / "scope.toml").read_text(encoding="utf-8"))
EQUIVALENT: list[dict[str, str]] = tomllib.loads((HERE / "equivalent.toml").read_text(encoding="utf-8"))["mutant"]

Z = 1.96
"""Standard deviations around a share within which 95 of 100 samples of it lie."""


@frozen
class Branches:
    """Statements and branches of modules, and how many of them the tests took."""

    statements: int = 0
    run: int = 0
    branches: int = 0
    taken: int = 0

    def __add__(self, other: "Branches") -> "Branches":
        return Branches(
            self.statements + other.statements,
            self.run + other.run,
            self.branches + other.branches,
            self.taken + other.taken,
        )


@frozen
class Trial:
    """A mutant, and what became of it."""

    room: str
    mutant: Mutant
    outcome: str
    killer: str

    @property
    def noticed(self) -> bool:
        """Return whether a test failed, or never ended."""
        return self.outcome in {"killed", "endless"}


@define
class Room:
    """A part of the product, and its figures."""

    name: str
    paths: list[str]
    branches: Branches
    places: int = 0
    """Places at which an operator fits."""

    trials: list[Trial] = field(factory=list)

    @property
    def noticed(self) -> int:
        """Return how many mutants the tests noticed."""
        return sum(trial.noticed for trial in self.trials)


def main() -> int:
    """Measure, print and record; 1 if a figure is below what `scope.toml` asks for."""
    arguments = _arguments()
    os.chdir(ROOT)
    WORK.mkdir(parents=True, exist_ok=True)
    _equivalents_are_there()
    if not (arguments.keep and (WORK / "lines.db").exists()):
        measure(arguments.tests or SCOPE["tests"])
    covered, lines = read_coverage()
    rooms = [
        Room(name, paths, sum((covered[path] for path in paths), Branches()))
        for name, globs in SCOPE["rooms"].items()
        if (paths := [path for path in _paths(globs) if not arguments.only or path in arguments.only])
    ]
    drawn = dict(draw(rooms, arguments.sample or SCOPE["sample"], everything=arguments.all))
    times: dict[str, float] = json.loads((WORK / "times.json").read_text(encoding="utf-8"))
    for trial in tried(drawn, lines, times):
        next(room for room in rooms if room.name == trial.room).trials.append(trial)
    text = page(rooms)
    print(text)
    if arguments.record:
        PAGE.write_text(text, encoding="utf-8")
    return _below(rooms)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--all", action="store_true", help="every mutant, not a sample")
    parser.add_argument("--sample", type=int, help="how many mutants in all, in place of the number in scope.toml")
    parser.add_argument("--only", nargs="+", help="modules, in place of those in scope.toml")
    parser.add_argument("--tests", nargs="+", help="tests, in place of those in scope.toml")
    parser.add_argument("--keep", action="store_true", help="keep the coverage of the last run")
    parser.add_argument("--record", action="store_true", help=f"write the figures to {PAGE.relative_to(ROOT)}")
    return parser.parse_args()


def _paths(globs: Iterable[str]) -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for pattern in globs for path in ROOT.glob(pattern))


def _equivalents_are_there() -> None:
    gone = [
        f"{each['path']}: {each['before']}"
        for each in EQUIVALENT
        if each["before"] not in {line.strip() for line in source_of(each["path"]).splitlines()}
    ]
    if gone:
        sys.exit("equivalent.toml names lines that are gone:\n" + "\n".join(gone))


def measure(tests: Sequence[str]) -> None:
    """Run the tests, and keep which of them run which line, and how long each takes."""
    settings = WORK / "settings.ini"
    included = "\n    ".join(pattern for globs in SCOPE["rooms"].values() for pattern in globs)
    settings.write_text(
        f"[run]\nbranch = True\nrelative_files = True\ndata_file = {WORK / 'lines.db'}\ninclude =\n    {included}\n",
        encoding="utf-8",
    )
    options = ["-q", "-n", str(tasks.PROCESSES), "-m", "not slow", "-p", "proof.timing"]
    coverage = ["--cov", f"--cov-config={settings}", "--cov-context=test", "--cov-report="]
    _python("pytest", *options, *coverage, *tests, PROOF_TIMES=str(WORK / "times.json"))


def _python(*arguments: str, **environment: str) -> None:
    subprocess.run(
        [sys.executable, "-m", *arguments],
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests"), **environment},
    )


def read_coverage() -> tuple[dict[str, Branches], dict[str, dict[int, set[str]]]]:
    """Return the branches of each file, and for each line the tests that ran it; "" is an import."""
    coverage = Coverage(data_file=str(WORK / "lines.db"), config_file=str(WORK / "settings.ini"))
    coverage.load()
    report = WORK / "coverage.json"
    coverage.json_report(outfile=str(report))
    found = {}
    for path, file in json.loads(report.read_text(encoding="utf-8"))["files"].items():
        sums = file["summary"]
        found[path] = Branches(
            sums["num_statements"], sums["covered_lines"], sums["num_branches"], sums["covered_branches"]
        )
    data = coverage.get_data()
    lines = {
        str(Path(path).resolve().relative_to(ROOT)): {
            line: {context.rpartition("|")[0] for context in contexts}
            for line, contexts in data.contexts_by_lineno(path).items()
        }
        for path in data.measured_files()
    }
    return found, lines


def draw(rooms: Sequence[Room], sample: int, *, everything: bool) -> Iterator[tuple[str, list[Mutant]]]:
    """Yield each room's mutants: all, or a share of the sample by the number of places, drawn by the seed."""
    known = {(each["path"], each["before"], each["after"]) for each in EQUIVALENT}
    found = {room.name: [(path, place) for path in room.paths for place in places(path)] for room in rooms}
    total = sum(len(all_places) for all_places in found.values())
    for room in rooms:
        room.places = len(found[room.name])
        wanted = room.places if everything else max(SCOPE["least"], math.ceil(sample * room.places / total))
        shuffled = random.Random(f"{SCOPE['seed']} {room.name}").sample(found[room.name], room.places)  # noqa: S311  # a sample
        mutants = (
            mutant
            for path, place in shuffled
            if (mutant := made(path, place)) and (mutant.path, mutant.before, mutant.after) not in known
        )
        yield room.name, list(itertools.islice(mutants, wanted))


def tried(
    drawn: dict[str, list[Mutant]], lines: dict[str, dict[int, set[str]]], times: dict[str, float]
) -> Iterator[Trial]:
    """Run the tests of every mutant, and yield what became of it."""
    mutants = [(room, mutant) for room, many in drawn.items() for mutant in many]
    inside: list[tasks.Task] = []
    fresh: list[tasks.Task] = []
    for number, (_, mutant) in enumerate(mutants):
        covering, at_import = covering_tests(mutant, lines)
        chosen = in_order(covering, times, SCOPE["seconds"])
        seconds = 2 + 5 * max((times[name] for name in chosen), default=0)
        (fresh if at_import else inside).append(tasks.Task(number, mutant.path, mutated(mutant), chosen, seconds))
    print(f"{len(inside)} mutants of functions, {len(fresh)} that need an import", flush=True)
    results = {result.number: result for result in _run("forked", inside)}
    fresh += [task for task in inside if results[task.number].outcome == "unreached"]
    results |= {result.number: result for result in _run("imported", fresh)}
    false = failing_anyway({result.killer for result in results.values()} & times.keys())
    for number, (room, mutant) in enumerate(mutants):
        result = results[number]
        yield Trial(room, mutant, "survived" if result.killer in false else result.outcome, result.killer)


def _run(how: str, work: Sequence[tasks.Task]) -> list[tasks.Result]:
    if not work:
        return []
    todo, done = WORK / f"{how}.tasks", WORK / f"{how}.results"
    tasks.written(todo, work)
    if how == "imported":
        _python("proof.imported", str(todo), str(done))
    else:
        files = sorted({name.partition("::")[0] for task in work for name in task.tests})
        without = [option for name in ("cacheprovider", "xdist") for option in ("-p", f"no:{name}")]
        _python(
            *("pytest", "-q", "-p", "proof.forked", "--capture=sys", *without, *files),
            PROOF_TASKS=str(todo),
            PROOF_RESULTS=str(done),
            CI="true",
        )
    return tasks.read_results(done)


def failing_anyway(killers: Iterable[str]) -> set[str]:
    """Return the tests that fail in a process of their own with the product as it is: they prove nothing."""
    work = [tasks.Task(number, "", "", (name,), 120) for number, name in enumerate(sorted(killers))]
    found = {work[result.number].tests[0] for result in _run("forked", work) if result.outcome != "survived"}
    for name in sorted(found):
        print(f"fails without a mutant, so that it counts for none: {name}")
    return found


def covering_tests(mutant: Mutant, every: dict[str, dict[int, set[str]]]) -> tuple[set[str], bool]:
    """Return the tests that may notice a mutant, and whether the code runs while modules are imported."""
    lines = every.get(mutant.path, {})
    found = set[str]().union(*(lines.get(line, ()) for line in mutant.lines))
    at_import = mutant.at_import or "" in found
    if at_import or len(found) < 5:
        # A constant, or a result that was kept from an earlier test: also the tests of whatever has its name.
        for first, last, names in _definitions(source_of(mutant.path)):
            if first <= mutant.line <= last:
                found = found.union(*(lines.get(line, ()) for line in range(first, last + 1)))
                named = re.compile(rf"\b(?:{'|'.join(map(re.escape, names))})\b")
                for path in every if at_import else (mutant.path,):
                    texts = enumerate(source_of(path).splitlines(), 1)
                    found = found.union(
                        *(every.get(path, {}).get(line, ()) for line, text in texts if named.search(text))
                    )
        if len(found - {""}) < 5:
            found = found.union(*lines.values())
    return found - {""}, at_import


def _definitions(source: str) -> Iterator[tuple[int, int, list[str]]]:
    """Yield first line, last line and names of what a module defines."""
    for node in ast.parse(source).body:
        names = [each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)]
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names = [node.name]
        if names:
            decorators = getattr(node, "decorator_list", [])
            yield min([node.lineno, *(each.lineno for each in decorators)]), node.end_lineno or node.lineno, names


def in_order(names: Iterable[str], times: dict[str, float], seconds: float) -> tuple[str, ...]:
    """Return tests that take so many seconds, or the quickest if none does.

    The quick ones come first, and of many cases of one function each comes later than it would by itself, so that
    other functions have their turn.
    """
    counts: Counter[str] = Counter()
    cost = {}
    for name in sorted(set(names) & times.keys(), key=lambda each: (times[each], each)):
        function = name.partition("[")[0]
        counts[function] += 1
        cost[name] = times[name] * counts[function]
    chosen: list[str] = []
    for name in sorted(cost, key=lambda each: (cost[each], each)):
        if times[name] <= seconds or not chosen:
            seconds -= times[name]
            chosen.append(name)
    return tuple(chosen)


def interval(noticed: int, tried_in_all: int) -> tuple[float, float]:
    """Return the shares, in percent, between which the score of all mutants lies with 95% (Wilson)."""
    if not tried_in_all:
        return 0.0, 100.0
    share, many = noticed / tried_in_all, tried_in_all
    middle = share + Z * Z / (2 * many)
    width = Z * math.sqrt(share * (1 - share) / many + Z * Z / (4 * many * many))
    return 100 * (middle - width) / (1 + Z * Z / many), 100 * (middle + width) / (1 + Z * Z / many)


def score(rooms: Sequence[Room]) -> float:
    """Return the score of all rooms, in percent, each room by the number of its places."""
    places_in_all = sum(room.places for room in rooms if room.trials)
    return 100 * sum(room.places * room.noticed / len(room.trials) for room in rooms if room.trials) / places_in_all


def page(rooms: Sequence[Room]) -> str:
    """Return the figures and the survivors as a page."""
    every = sum((room.branches for room in rooms), Branches())
    noticed, tried_in_all = sum(room.noticed for room in rooms), sum(len(room.trials) for room in rooms)
    rows = [_row(room.name, room.branches, room.places, room.noticed, len(room.trials)) for room in rooms]
    rows.append(_row("in all", every, sum(room.places for room in rooms), noticed, tried_in_all))
    survivors = [
        f"- `{trial.mutant.path}:{trial.mutant.line}` `{trial.mutant.before}` -> `{trial.mutant.after}`"
        + ("" if trial.outcome == "survived" else f" ({trial.outcome})")
        for room in rooms
        for trial in sorted(room.trials, key=lambda each: (each.mutant.path, each.mutant.line, each.mutant.column))
        if not trial.noticed
    ]
    tests = ", ".join(f"`{name}`" for name in SCOPE["tests"])
    return _PAGE.format(
        day=datetime.now(UTC).date(),
        tests=tests,
        seed=SCOPE["seed"],
        rows="\n".join(rows),
        score=score(rooms),
        least_score=SCOPE["score"],
        branches=_percent(every.taken, every.branches),
        least_branches=SCOPE["branches"],
        survivors="\n".join(survivors),
    )


_PAGE = """\
# What the tests notice

`make proof` wrote this page on {day}. The tests of {tests} count, and no others.
A mutant is the product with one change that cosmic-ray makes; it is noticed if a test fails, or never ends. They are
drawn at random (seed {seed}): the last column says between which shares the score of all of them lies with 95%.
`equivalent.toml` has those that no test can notice, each with its reason; they are not counted.

| | statements run | branches taken | places for a mutant | mutants | noticed | score | 95% |
| --- | --- | --- | --- | --- | --- | --- | --- |
{rows}

Score of all rooms, each by its places: {score:.1f}% (at least {least_score}%).
Branches of all rooms: {branches:.1f}% (at least {least_branches}% in each).

## Survivors

{survivors}
"""


def _row(name: str, branches: Branches, all_places: int, noticed: int, many: int) -> str:
    low, high = interval(noticed, many)
    cells = [
        name,
        f"{_percent(branches.run, branches.statements):.1f}%",
        f"{_percent(branches.taken, branches.branches):.1f}% of {branches.branches:,}",
        f"{all_places:,}",
        f"{many:,}",
        f"{noticed:,}",
        f"{_percent(noticed, many):.1f}%",
        f"{low:.1f}% to {high:.1f}%",
    ]
    return f"| {' | '.join(cells)} |"


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 100.0


def _below(rooms: Sequence[Room]) -> int:
    """Say what is below the figures asked for, and return the exit code."""
    faults = [
        f"{room.name}: {_percent(room.branches.taken, room.branches.branches):.1f}% of branches, "
        f"at least {SCOPE['branches']}% are asked for"
        for room in rooms
        if _percent(room.branches.taken, room.branches.branches) < SCOPE["branches"]
    ]
    if score(rooms) < SCOPE["score"]:
        faults.append(f"score {score(rooms):.1f}%, at least {SCOPE['score']}% is asked for")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
