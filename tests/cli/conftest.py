"""A workspace that bills: the policy that the published text leaves open is filled in."""

from pathlib import Path

import pytest

POLICY = """\
state = "NJ"

[source.contract]
title = "Example value, not a real rule"
kind = "primary"

[[sud.unit]]
rounding = "down"
aggregate = "encounter"
source = "contract p. 12"
"""


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
