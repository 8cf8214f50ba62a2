"""Audits in parts need the packages of the extra scale."""

import pytest


@pytest.fixture(autouse=True)
def _packages() -> None:
    for name in ("duckdb", "pyarrow", "distributed"):
        pytest.importorskip(name)
