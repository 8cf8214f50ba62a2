"""What all buckets came to: findings, encounters and a summary, in order, as Parquet files that are there at once."""

import datetime as dt
import hashlib
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import attrs

from peerbill import __version__
from peerbill.checks.audited import AuditedEncounter
from peerbill.documents.audit_report import STATUSES
from peerbill.model.finding import Finding
from peerbill.model.records import Records
from peerbill.policy.data_version import policy_data_version
from peerbill.scale.columns import (
    audited_of,
    audited_types,
    finding_of,
    finding_types,
    write_audited,
    write_findings,
    write_table,
)
from peerbill.scale.packages import load
from peerbill.scale.passes import BucketResult, Merged
from peerbill.scale.store import Store, files, quoted

FINDINGS: Final = "findings.parquet"
ENCOUNTERS: Final = "encounters.parquet"
SUMMARY: Final = "summary.parquet"


@attrs.frozen
class CheckCount:
    """What a check found: its findings of one severity, the encounters that they name, and the charge that it holds.

    The charge, in dollars, is of the encounters named that are held for whatever reason; 0 for a warning.
    """

    code: str
    severity: str
    findings: int
    encounters: int
    charge: Decimal


@attrs.frozen
class ScaleAudit:
    """What an audit in parts came to; its findings and encounters are in the Parquet files of `folder`.

    Attributes:
        folder: the folder with findings.parquet, encounters.parquet and summary.parquet.
        as_of: the day of the audit.
        statuses: how many encounters are billable, billed, held and rejected.
        checks: what each check found, by code.
        findings: how many there are.
        policies: (programme id, SHA-256).
        policy_data: the version of the packaged policy data.
        support_types: how many of the billable encounters gave each kind of support.
        not_looked_for: sentences on what this audit did not look for.
        notices, problems: as of records.
        peak: the most memory that a worker took, in bytes.

    """

    folder: Path
    as_of: dt.date
    statuses: Mapping[str, int]
    checks: tuple[CheckCount, ...]
    findings: int
    policies: tuple[tuple[str, str], ...]
    policy_data: str
    support_types: tuple[tuple[str, int], ...]
    not_looked_for: tuple[str, ...]
    notices: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    peak: int = 0

    def read_findings(self) -> Iterator[Finding]:
        """Yield the findings in the order of every report."""
        return map(finding_of, _cells(self.folder / FINDINGS))

    def read_encounters(self) -> Iterator[AuditedEncounter]:
        """Yield what became of each encounter, in the order of ids."""
        return map(audited_of, _cells(self.folder / ENCOUNTERS))

    @property
    def has_errors(self) -> bool:
        """Whether some finding is an error, or a row of a table could not be read."""
        return bool(self.problems) or any(check.severity == "error" for check in self.checks)


def _cells(path: Path) -> Iterator[Mapping[str, Any]]:
    for batch in load("pyarrow.parquet").ParquetFile(path).iter_batches(10_000):
        yield from batch.to_pylist()


def merged(found: Iterable[Merged]) -> list[tuple[int, Finding]]:
    """Return the findings that name encounters of several buckets, each once, with their steps and in their order."""
    together: dict[tuple[int, tuple[Any, ...]], list[Merged]] = defaultdict(list)
    for one in found:
        together[one.step, one.key].append(one)
    findings = []
    for (step, _), parts in sorted(together.items(), key=itemgetter(0)):
        last = max(parts, key=lambda one: one.last).finding
        ids = sorted({id_ for one in parts for id_ in one.finding.encounter_ids})
        findings.append((step, attrs.evolve(last, encounter_ids=tuple(ids))))
    return findings


def write_result(
    records: Records,
    as_of: dt.date,
    peers: Sequence[BucketResult],
    members: Sequence[BucketResult],
    not_looked_for: tuple[str, ...],
    store: Store,
    folder: Path,
) -> ScaleAudit:
    """Write what all buckets came to into a folder, and return what it is in short; the folder is synced."""
    together = store.folder / "merged.parquet"
    rows = [one for result in members for one in result.merged]
    refused = [(-1, finding) for row in records.rejected for finding in row.findings]
    write_findings(together, [*refused, *merged(rows)])
    rejected = store.folder / "rejected.parquet"
    write_audited(
        rejected, [AuditedEncounter(row.encounter_id, None, None, "", (), "rejected") for row in records.rejected]
    )
    paths = [together, *(result.findings for result in (*peers, *members))]
    _copy(
        store,
        finding_types(),
        paths,
        'encounter_ids, code, "where", message, step, number',
        folder / FINDINGS,
    )
    audited = [rejected, *(result.audited for result in members if result.audited is not None)]
    _copy(store, audited_types(), audited, "encounter_id, status, number", folder / ENCOUNTERS)
    made = _in_short(records, as_of, members, not_looked_for, store, folder)
    made = attrs.evolve(made, peak=max((one.kilobytes for one in (*peers, *members)), default=0) * 1024)
    _write_summary(made, folder / SUMMARY)
    _sync(folder)
    return made


def _copy(store: Store, types: Mapping[str, Any], paths: Sequence[Path], order: str, target: Path) -> None:
    columns = ", ".join(f'"{name}"' for name in types)
    store.run(
        f"copy (select {columns} from {files(paths)} order by {order}) to '{quoted(target)}'"
        " (format parquet, compression zstd)"
    )


def _in_short(
    records: Records,
    as_of: dt.date,
    members: Sequence[BucketResult],
    not_looked_for: tuple[str, ...],
    store: Store,
    folder: Path,
) -> ScaleAudit:
    found, audited = files([folder / FINDINGS]), files([folder / ENCOUNTERS])
    statuses = dict.fromkeys(STATUSES, 0)
    statuses |= dict(store.rows(f"select status, count(*) from {audited} group by 1"))
    checks = store.rows(
        f"""with f as (select code, severity, unnest(encounter_ids) as encounter_id from {found}),
            d as (select distinct code, severity, encounter_id from f),
            n as (select d.code, d.severity, count(*) as encounters,
                sum(case when a.status = 'held' and d.severity = 'error' then a.charge end) as charge
                from d join {audited} a using (encounter_id) group by 1, 2),
            c as (select code, severity, count(*) as findings from {found} group by 1, 2)
        select c.code, c.severity, c.findings, coalesce(n.encounters, 0), coalesce(n.charge, 0)::decimal(18, 2)
        from c left join n on c.code = n.code and c.severity = n.severity order by 1, 2"""
    )
    supports: Counter[str] = Counter()
    for result in members:
        supports.update(dict(result.supports))
    return ScaleAudit(
        folder=folder,
        as_of=as_of,
        statuses=statuses,
        checks=tuple(CheckCount(*row) for row in checks),
        findings=sum(row[2] for row in checks),
        policies=tuple(sorted({pair for result in members for pair in result.programmes})),
        policy_data=policy_data_version(),
        support_types=tuple(sorted(supports.items())),
        not_looked_for=not_looked_for,
        notices=records.notices,
        problems=records.problems,
    )


def _write_summary(made: ScaleAudit, path: Path) -> None:
    """Write the summary: a row for each figure, by its kind and name."""
    arrow = load("pyarrow")
    types = {
        "kind": arrow.string(),
        "name": arrow.string(),
        "severity": arrow.string(),
        "findings": arrow.int64(),
        "encounters": arrow.int64(),
        "charge": arrow.decimal128(18, 2),
        "text": arrow.string(),
    }
    rows: list[tuple[object, ...]] = [
        ("peerbill", __version__, None, None, None, None, None),
        ("as of", made.as_of.isoformat(), None, None, None, None, None),
        ("policy data", made.policy_data, None, None, None, None, None),
        *(("policy", id_, None, None, None, None, sha256) for id_, sha256 in made.policies),
        *(("status", name, None, None, count, None, None) for name, count in made.statuses.items()),
        *(("check", one.code, one.severity, one.findings, one.encounters, one.charge, None) for one in made.checks),
        *(("support", name, None, None, count, None, None) for name, count in made.support_types),
        *(("not looked for", "", None, None, None, None, text) for text in made.not_looked_for),
        *(("problem", "", None, None, None, None, text) for text in made.problems),
    ]
    columns = dict(zip(types, zip(*rows, strict=True), strict=True))
    write_table(path, columns, types)


def digest(findings: Iterable[Finding]) -> str:
    """Return the SHA-256, in hex, of findings in their order: equal for equal findings."""
    made = hashlib.sha256()
    for finding in findings:
        made.update(repr(finding).encode())
    return made.hexdigest()


def _sync(folder: Path) -> None:
    for path in folder.iterdir():
        path.chmod(0o600)
    for path in (*folder.iterdir(), folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
