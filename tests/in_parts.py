"""An audit in parts of records in memory, in this process, to be compared with the audit of the whole."""

import datetime as dt
import random
from collections.abc import Sequence
from pathlib import Path

import attrs

from peerbill.checks.audit import Audit, audit, prepared
from peerbill.checks.rows import limits_of
from peerbill.coding.context import build_index
from peerbill.model.enrolment import Enrolment
from peerbill.model.records import Records
from peerbill.policy import Policies
from peerbill.scale.audit import audit_in_parts
from peerbill.scale.columns import write_encounters
from peerbill.scale.reading import Workspace, show
from peerbill.scale.result import ScaleAudit
from peerbill.scale.store import Store
from peerbill.scale.workers import Here, Runner


def workspace_of(records: Records, policies: Policies, store: Store) -> Workspace:
    """Return records as `peerbill.scale.reading` reads them from a folder."""
    records = prepared(records, policies)
    (store.folder / "read").mkdir()
    file = store.folder / "read" / "0.parquet"
    write_encounters(file, records.encounters)
    show(store, [file])
    index = build_index(records, dt.date.max)
    return Workspace(
        attrs.evolve(records, encounters=(), records_channels=index.records_channels),
        limits_of(records),
        index.serving & {row.staff_id for row in records.staff if not row.role},
        index.strange,
    )


def in_parts(
    records: Records,
    policies: Policies,
    as_of: dt.date,
    folder: Path,
    *,
    rows: int = 1,
    largest: int = 1000,
    enrolment: Sequence[Enrolment] = (),
    run: Runner | None = None,
) -> ScaleAudit:
    """Audit records in buckets of so many encounters."""
    work, target = folder / "work", folder / "result"
    work.mkdir(parents=True)
    target.mkdir()
    store = Store(work, threads=1, megabytes=256)
    try:
        workspace = workspace_of(records, policies, store)
        return audit_in_parts(workspace, policies, as_of, enrolment, store, run or Here(), target, rows, largest)
    finally:
        store.close()


def shuffled(records: Records, seed: int) -> Records:
    """Return the same records with encounters in another order."""
    rows = list(records.encounters)
    random.Random(seed).shuffle(rows)  # noqa: S311  # an order of test data
    return attrs.evolve(records, encounters=tuple(rows))


def assert_same(made: ScaleAudit, whole: Audit) -> None:
    """Assert that an audit in parts found what the audit of the whole did, in the same order."""
    assert list(made.read_findings()) == list(whole.findings)
    assert [finding.pattern for finding in made.read_findings()] == [finding.pattern for finding in whole.findings]
    assert list(made.read_encounters()) == list(whole.encounters)
    assert made.policies == whole.policies
    assert made.support_types == whole.support_types


def assert_parts_are_the_whole(
    records: Records,
    policies: Policies,
    as_of: dt.date,
    folder: Path,
    *,
    rows: int = 1,
    largest: int = 1000,
    enrolment: Sequence[Enrolment] = (),
    run: Runner | None = None,
) -> None:
    """Assert that records give the same in parts and as a whole."""
    made = in_parts(records, policies, as_of, folder, rows=rows, largest=largest, enrolment=enrolment, run=run)
    assert_same(made, audit(records, policies, as_of, eligibility=enrolment))
