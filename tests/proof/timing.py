"""A pytest plugin that writes how much processor time each test takes, in seconds by its name, to `PROOF_TIMES`."""

import json
import os
import time
from collections.abc import Generator
from pathlib import Path

import pytest

_TIMES: dict[str, float] = {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    start = time.process_time()
    try:
        return (yield)
    finally:
        item.user_properties.append(("processor", time.process_time() - start))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    start = time.process_time()
    try:
        return (yield)
    finally:
        item.user_properties.append(("processor", time.process_time() - start))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" and report.passed:
        _TIMES[report.nodeid] = round(
            sum(float(str(value)) for name, value in report.user_properties if name == "processor"), 4
        )


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):
        Path(os.environ["PROOF_TIMES"]).write_text(json.dumps(_TIMES), encoding="utf-8")
