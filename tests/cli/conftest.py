"""A workspace that bills: the policy that the published text leaves open is filled in."""

from pathlib import Path

import databases
import pytest
from conftest import POLICY


@pytest.fixture
def workspace(small_workspace: Path) -> Path:
    """Return a workspace of one encounter that can be billed, E1, and one without coverage, E2."""
    (small_workspace / "policies").mkdir()
    (small_workspace / "policies" / "nj.toml").write_text(POLICY, encoding="utf-8")
    members = small_workspace / "members.csv"
    members.write_text(members.read_text() + "M2,Ito,Mika,1995-11-30,F,9 Elm St,Brick,NJ,08723,2026-01-05\n")
    plans = small_workspace / "plans.csv"
    plans.write_text(plans.read_text() + "M2,P2,recovery,2026-01-05,2026-12-31,S1;member,2026-01-05,find work\n")
    encounters = small_workspace / "encounters.csv"
    header, row = encounters.read_text().splitlines()
    other = row.replace("E1,M1", "E2,M2").replace("P1", "P2").replace("T10:", "T13:")
    encounters.write_text(f"{header}\n{row}\n{other}\n")
    return small_workspace


@pytest.fixture
def on_both(small_workspace: Path, ledger_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the workspace's ledger be in one database, then in the other."""
    databases.keep_connections(monkeypatch)
    if ledger_url != databases.SQLITE:
        settings = small_workspace / "peerbill.toml"
        text = settings.read_text().replace("[ledger]\n", f'[ledger]\nurl = "{ledger_url}"\n')
        settings.write_text(text, encoding="utf-8")


@pytest.fixture
def no_ledger(on_both: None, ledger_url: str) -> None:
    """Let there be no ledger at all, where an empty one would be found."""
    if ledger_url != databases.SQLITE:
        databases.clear(ledger_url, tables_too=True)
