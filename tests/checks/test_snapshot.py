"""The whole audit of every case, example and planted defect says what `fixtures/audits.txt` has recorded."""

import difflib

import pytest
from snapshot import FILE, recorded_audits


def test_every_audit_is_as_recorded() -> None:
    recorded = FILE.read_text(encoding="utf-8").splitlines()
    now = recorded_audits().splitlines()
    diff = list(difflib.unified_diff(recorded, now, str(FILE), "the audits now", n=3, lineterm=""))

    if diff:
        pytest.fail("\n".join([*diff, "", "If every change is meant: make snapshot"]), pytrace=False)
