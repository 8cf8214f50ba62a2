"""How fast policies load: `python tests/benchmarks/bench_policy.py [--runs N]`.

In a process of its own, best of several: importing the engine; reading every state's file and making its programmes;
resolving each programme on one day, for nothing known and for each of its services. 150 ms are allowed for reading
and resolving all. Then what one programme costs, and which files are read for it. Last, how many of the packaged
values are how sure.
"""

import argparse
import json
import subprocess
import sys
import time
from importlib import import_module

ALLOWED = 150.0


def measure(wanted: str) -> None:
    """Load one programme, or all for "", in this process and print the figures as JSON (called as a child process)."""
    began = time.perf_counter()
    policy = import_module("peerbill.policy")
    load = import_module("peerbill.policy.load")
    imported = time.perf_counter()
    ids = [wanted] if wanted else [id_ for state in load.packaged_states() for id_ in load.packaged_programmes(state)]
    policies = load.load_policies(ids)
    loaded = time.perf_counter()
    situations = 0
    for known in policies:
        day = known.stretches()[-1][0]
        services = {row.name for row in known.rows() if row.table == "service"}
        for service in ("", *sorted(services)):
            known.rules(day, policy.Facts(service=service))
            situations += 1
    resolved = time.perf_counter()
    figures = {
        "import": 1000 * (imported - began),
        "load": 1000 * (loaded - imported),
        "resolve": 1000 * (resolved - loaded),
        "programmes": len(ids),
        "situations": situations,
        "files": load._packaged_state.cache_info().currsize,
        "modules": [name for name in ("pyx12", "sqlalchemy", "lxml", "rich", "click") if name in sys.modules],
    }
    print(json.dumps(figures))


def best(wanted: str, runs: int) -> dict[str, float]:
    """Return the figures of the fastest of several child processes."""
    found = []
    for _ in range(runs):
        done = subprocess.run([sys.executable, __file__, "--child", wanted], check=True, capture_output=True, text=True)
        found.append(json.loads(done.stdout))
    figures: dict[str, float] = min(found, key=lambda row: row["load"] + row["resolve"])
    return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--child", metavar="PROGRAMME", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child is not None:
        measure(arguments.child)
        return
    every = best("", arguments.runs)
    one = best("NJ/sud", arguments.runs)
    print(f"Policies, cold, best of {arguments.runs}")
    for name, figures in (("all states", every), ("one programme", one)):
        print(
            f"{name:14} {figures['files']:>3} files {figures['programmes']:>3} programmes "
            f"{figures['situations']:>4} situations: import {figures['import']:.0f} ms, "
            f"load {figures['load']:.1f} ms, resolve {figures['resolve']:.1f} ms; other libraries: {figures['modules']}"
        )
    print(f"load and resolve all: {every['load'] + every['resolve']:.0f} ms ({ALLOWED:.0f} at most)")
    began = time.perf_counter()
    module = import_module("peerbill.survey.states")
    rows = module.coverage()
    spent = time.perf_counter() - began
    sums = module.totals(rows)
    counts = ", ".join(f"{sums[status]:,} {status}" for status in module.STATUSES)
    print(f"values: {counts}; coverage of {len(rows)} states by the audit: {spent:.1f} s")
    for minutes in module.MINUTES:
        for given in (True, False):
            found = ", ".join(
                f"{count} {what}" for what, count in module.tally(rows, minutes, rendering_set=given).items()
            )
            print(f"{minutes} minutes, rendering {'set' if given else 'not set'}: {found}")


if __name__ == "__main__":
    main()
