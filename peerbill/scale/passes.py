"""What a worker does with a bucket: pure functions of the files of a bucket and of what all buckets share.

1. `audit_peers`: the checks of peers, on the days and sessions of whole peers; what they hold goes to
2. `audit_members`: everything else, on whole members; where programmes limit peers, what is left of it goes to
3. `limit_peers`, and what that holds to `audit_members` once more, for the buckets that it concerns.

That is the order in which `peerbill.checks.passes.PASSES` hold encounters, so that the findings are the same.
"""

import contextlib
import datetime as dt
import gc
import resource
import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import attrs

from peerbill.checks import quiet
from peerbill.checks.base import Check
from peerbill.checks.check_set import check_set
from peerbill.checks.part_audit import PartAudit, part_audit
from peerbill.checks.passes import LIMIT_CODES, Elsewhere, Left, groups_of, peers_of
from peerbill.checks.rows import LimitedHold, RowHolds
from peerbill.codes import is_own_check
from peerbill.coding.context import Context, Index, build_index
from peerbill.coding.prepare import Preparer
from peerbill.model.encounter import Encounter
from peerbill.model.enrolment import Enrolment
from peerbill.model.finding import Finding, finding_order, held_ids
from peerbill.model.ids import compact
from peerbill.model.people import (
    Assessment,
    Authorization,
    Coverage,
    Credential,
    EarlierPayment,
    Episode,
    Exclusion,
    Member,
    OtherService,
    Plan,
    ProviderEnrollment,
    Relationship,
    SpendDown,
    Staff,
    Stay,
    Supervision,
    Training,
)
from peerbill.model.records import Records
from peerbill.policy import Policies
from peerbill.scale.buckets import STARTS, Bucket
from peerbill.scale.columns import (
    Batch,
    encounters_of,
    read_table,
    rows_of,
    texts_of,
    write_audited,
    write_findings,
    write_table,
)
from peerbill.scale.member_proofs import COLUMNS, MemberProofs, Proof, can_be_proven
from peerbill.scale.numbered import Columns
from peerbill.scale.packages import load
from peerbill.scale.peer_proofs import doubted_of_peers
from peerbill.scale.peer_rules import asked_of_peers, limits_peers
from peerbill.scale.store import bucket_files

if TYPE_CHECKING:
    from peerbill.checks.audited import AuditedEncounter

MEMBER_TABLES: Final[Mapping[str, type]] = {
    "members": Member,
    "coverage": Coverage,
    "plans": Plan,
    "authorizations": Authorization,
    "assessments": Assessment,
    "episodes": Episode,
    "stays": Stay,
    "other_services": OtherService,
    "relationships": Relationship,
    "spend_down": SpendDown,
    "eligibility": Enrolment,
}
"""Tables that are divided by the member of each row."""
STAFF_TABLES: Final[Mapping[str, type]] = {
    "staff": Staff,
    "credentials": Credential,
    "training": Training,
    "supervision": Supervision,
    "enrollments": ProviderEnrollment,
    "exclusions": Exclusion,
}
"""Tables whose rows a worker looks up by staff member."""
ENCOUNTER_TABLES: Final[Mapping[str, type]] = {"prior_payments": EarlierPayment}
BY_DAY: Final = frozenset({"PB801", "PB803"})
"""Checks of peers that look at a session or a day: all that is asked of a peer who is divided by time."""
_ROWS_STEP: Final = 1
_PLACES_STEP: Final = 2
_PEER_STEP: Final = 3
_LIMIT_STEP: Final = 6
"""Which of `PASSES` finds what, from 1."""
_PLACES: Final = frozenset({"encounters.facility", "places.place"})
PORTION: Final = 25_000
"""Encounters that are audited row by row together, more or less."""
_NO_TIME: Final = dt.datetime(1, 1, 1)  # noqa: DTZ001  # recorded times are local, without offset
_FIRST: Final = (_NO_TIME, "")


@attrs.frozen(eq=False)
class Job:
    """What all buckets share.

    Attributes:
        folder: the scratch folder of the run.
        records: settings, small tables, and what is known of the whole workspace; no encounters.
        policies: the programmes.
        as_of: the day of the audit.
        limits: what rows that could not be used hold.
        serving: staff members without a role who served somebody.
        strange: what is said instead of facilitators who are words.
        token: a name of the run.

    """

    folder: Path
    records: Records
    policies: Policies
    as_of: dt.date
    limits: tuple[LimitedHold, ...]
    serving: frozenset[str]
    strange: Mapping[str, str]
    token: str = attrs.field(factory=partial(secrets.token_hex, 8))

    @property
    def known_policies(self) -> Policies:
        """The programmes; a worker keeps the first that it was given in a run, with what it worked out of them."""
        if self.token not in _POLICIES:
            _POLICIES.clear()
            _POLICIES[self.token] = self.policies
        return _POLICIES[self.token]


_POLICIES: dict[str, Policies] = {}


@attrs.frozen
class Merged:
    """A finding that names encounters of several buckets, as one of them has it.

    Those of one step and key are one. `last` is the place in time of the encounter whose programme is cited.
    """

    step: int
    key: tuple[Any, ...]
    last: tuple[dt.datetime, str]
    finding: Finding


@attrs.frozen
class BucketResult:
    """What became of a bucket: the files that its worker wrote, and what is added up over all buckets."""

    number: int
    findings: Path
    held: Path | None = None
    audited: Path | None = None
    left: Path | None = None
    merged: tuple[Merged, ...] = ()
    programmes: tuple[tuple[str, str], ...] = ()
    supports: tuple[tuple[str, int], ...] = ()
    kilobytes: int = 0
    has_held: bool = False


# The passes


def audit_peers(job: Job, bucket: Bucket) -> BucketResult:
    """Run the checks that look at a peer, but for limits, and write what they find and hold."""
    with _Calm():
        checks = check_set(job.records.settings)
        codes = BY_DAY if bucket.divided or not set(asked_of_peers(job.policies)) else None
        index, contexts = _peers(job, bucket, codes)
        found = _of_peers(job, bucket, index, contexts, lambda code: code not in LIMIT_CODES, codes)
        return _peer_result(job, bucket, checks.raised(found), "peer-checks", _PEER_STEP)


def limit_peers(job: Job, bucket: Bucket) -> BucketResult:
    """Run the checks of limits on peers, on what the audit of members left, and write what they find and hold."""
    with _Calm():
        index, contexts = _peers(job, bucket)
        left = _left(bucket_files(job.folder / "left", bucket.number))
        for context in contexts:
            row = left[context.encounter.encounter_id]
            context.held, context.units = row.held, row.units
        found = check_set(job.records.settings).raised(_of_peers(job, bucket, index, contexts, _is_limit, None))
        return _peer_result(job, bucket, found, "peer-limits", _LIMIT_STEP)


def audit_members(job: Job, bucket: Bucket) -> BucketResult:
    """Run everything else on the members of a bucket, with what is held elsewhere; write what became of them."""
    with _Calm():
        paths = bucket_files(job.folder / "members", bucket.number)
        columns = Columns(paths, COLUMNS)
        index = _index_of_members(job, bucket, columns)
        proof = None
        checks = check_set(job.records.settings)
        checks = attrs.evolve(checks, checks=tuple(filter(is_packaged, checks.checks)))
        if quiet.ON and not limits_peers(job.policies) and can_be_proven(index, checks, job.limits):
            proof = MemberProofs(columns, index, job.known_policies, checks).of(job.limits)
        table = read_table(paths) if proof is None else proof.doubted
        del columns
        flags = zip(table["encounter_id"].to_pylist(), table["held_by_peers"].to_pylist(), strict=True)
        held = frozenset(id_ for id_, is_held in flags if is_held)
        later = frozenset(_ids(bucket_files(job.folder / "limited", bucket.number)))
        result = _MemberResult(job, bucket)
        for portion in _portions(table):
            own = _with_encounters(job, index, portion)
            concerning = _concerning(job, own)
            elsewhere = Elsewhere(tuple(limit for _, limit in concerning), held, later)
            result.take(part_audit(own, job.known_policies, elsewhere), concerning)
        return result.written(proof)


# Their parts


class _Calm:
    """No collector of cycles while a bucket is worked on: what it makes has hardly any, and is given up as a whole."""

    def __enter__(self) -> None:
        gc.collect(0)  # what the bucket before has left: at its end, all of it would be looked at
        gc.disable()

    def __exit__(self, *_: object) -> None:
        gc.enable()


def _is_limit(code: str) -> bool:
    return code in LIMIT_CODES


def _peers(job: Job, bucket: Bucket, codes: frozenset[str] | None = None) -> tuple[Index, list[Context]]:
    """Return the encounters of a bucket of peers; where only some checks are asked, those that nothing is proven of."""
    paths = bucket_files(job.folder / "peers", bucket.number)
    own = {job.strange.get(peer, peer) for peer in bucket.peers}
    if quiet.ON and codes is not None and codes <= BY_DAY and own == bucket.peers:
        zone = ZoneInfo(job.records.settings.organization.timezone)
        table = doubted_of_peers(paths, own, zone)
    else:
        table = read_table(paths)
    encounters = encounters_of(table)
    members = {row.member_id for row in encounters}
    tables = _rows(job, "peer_tables", bucket, MEMBER_TABLES, members)
    named = {id_ for row in encounters for id_ in (row.staff_id, *row.facilitators)}
    index = _index(job, encounters, tables, named, {})
    preparer = Preparer(index, job.known_policies)
    contexts = [preparer.context(row) for row in index.records.encounters]
    contexts.sort(key=lambda context: (context.encounter.start or _NO_TIME, context.encounter.encounter_id))
    return index, contexts


def _index_of_members(job: Job, bucket: Bucket, columns: Columns) -> Index:
    """Return what a bucket of members is looked up in, without its encounters."""
    tables = _rows(job, "member_tables", bucket, MEMBER_TABLES)
    tables |= _rows(job, "encounter_tables", bucket, ENCOUNTER_TABLES)
    named = {id_ for plan in tables["plans"] for id_ in plan.signed_by}
    named.update(columns.texts("staff_id").values)
    for name in ("facilitators", "signed_by", "cosigned_by"):
        named.update(id_ for texts in columns.texts(name).values if texts for id_ in texts_of(texts))
    index = _index(job, (), tables, named, {})
    return attrs.evolve(index, own_starts=_Starts(job, columns))


def _portions(table: Batch) -> Iterator[Batch]:
    """Yield the rows of a table in portions that a worker holds at a time, each with whole members."""
    if table.num_rows <= PORTION:
        yield table
        return
    compute = load("pyarrow.compute")
    table = table.take(compute.sort_indices(table["member_id"].cast("string")))
    ends = compute.run_end_encode(table["member_id"].cast("string").combine_chunks()).run_ends.to_pylist()
    begin = last = 0
    for end in ends:
        if end - begin > PORTION and last > begin:
            yield table.slice(begin, last - begin)
            begin = last
        last = end
    yield table.slice(begin)


def _with_encounters(job: Job, index: Index, table: Batch) -> Index:
    """Return the index with the encounters of a table."""
    encounters = tuple(encounters_of(table))
    groups = table["group_rows"].to_pylist()
    return attrs.evolve(
        index.with_encounters(attrs.evolve(index.records, encounters=encounters)),
        serving=job.serving,
        strange=job.strange,
        group_rows={
            (row.group_id, row.start, row.staff_id): count
            for row, count in zip(encounters, groups, strict=True)
            if row.group_id
        },
        own_starts=index.own_starts,
    )


class _Starts(Mapping[str, set[dt.datetime]]):
    """When the services of each member of a bucket began, and those without a member; worked out once somebody asks."""

    def __init__(self, job: Job, columns: Columns) -> None:
        self._without_member = job.folder / STARTS
        self._members, self._starts = columns.texts("member_id"), columns.times("start")

    @cached_property
    def _known(self) -> Mapping[str, set[dt.datetime]]:
        found = defaultdict[str, set[dt.datetime]](set)
        for number, start in zip(self._members.numbers.tolist(), self._starts.tolist(), strict=True):
            if start is not None:
                found[self._members.values[number]].add(start)
        without = read_table([self._without_member])["start"].to_numpy().astype("datetime64[us]")
        return found | {"": set(without.tolist())}

    def __getitem__(self, member_id: str) -> set[dt.datetime]:
        return self._known[member_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def _of_peers(
    job: Job,
    bucket: Bucket,
    index: Index,
    contexts: Iterable[Context],
    wanted: Callable[[str], bool],
    codes: frozenset[str] | None,
) -> Iterator[Finding]:
    own = {job.strange.get(peer, peer) for peer in bucket.peers}
    checks = [
        check
        for check in check_set(job.records.settings).checks
        if check.scope == "peer"
        and wanted(check.code)
        and (codes is None or check.code in codes)
        and is_packaged(check)
    ]
    for group in groups_of(contexts, index, peers_of):
        if group.key in own:
            for check in checks:
                yield from check(group)


def is_packaged(check: Check) -> bool:
    """Tell whether a check is one of peerbill: an agency's own ones are not looked for in parts."""
    return not is_own_check(check.code)


def _index(
    job: Job,
    encounters: Sequence[Encounter],
    tables: Mapping[str, tuple[Any, ...]],
    named: Collection[str],
    sessions: Mapping[tuple[str, dt.datetime | None, str], int],
) -> Index:
    """Return what a bucket's encounters are looked up in, with what only the whole workspace shows."""
    every: dict[str, Any] = {**tables, **_of_staff(job, named)}
    asked = every.pop("eligibility")
    enrollments = (*job.records.enrollments, *every.pop("enrollments"))
    records = attrs.evolve(job.records, encounters=tuple(encounters), enrollments=enrollments, **every)
    return attrs.evolve(
        build_index(records, job.as_of, eligibility=asked),
        serving=job.serving,
        strange=job.strange,
        group_rows=sessions,
    )


def _rows(
    job: Job, name: str, bucket: Bucket, classes: Mapping[str, type], keys: Collection[str] | None = None
) -> dict[str, tuple[Any, ...]]:
    """Return the rows of tables of a bucket; with `keys`, those of these people or encounters."""
    paths = bucket_files(job.folder / name, bucket.number)
    if not paths:
        return dict.fromkeys(classes, ())
    table = read_table(paths)
    return rows_of(table if keys is None else table.filter(_has_key(keys)), classes)


def _of_staff(job: Job, named: Collection[str]) -> dict[str, tuple[Any, ...]]:
    """Return the rows of the staff members who are named, of their supervisors, and the peers of those.

    The peers of a supervisor are counted; nothing else of them is looked at.
    """
    path = job.folder / "staff.parquet"
    people = {row.staff_id: row for row in _looked_up(path, named, "staff")}
    above = {row.supervisor_id for row in people.values()} - {""}
    people |= {row.staff_id: row for row in _looked_up(path, above, "staff")}
    further = {people[id_].supervisor_id for id_ in above & people.keys()} - {""}
    people |= {row.staff_id: row for row in _looked_up(path, further, "staff")}
    keys = {*named, *above, *further}
    keys |= {f"npi {compact(row.npi)}" for row in people.values()}
    found = rows_of(_with_keys(path, keys), STAFF_TABLES)
    beside = rows_of(_with_keys(job.folder / "supervised.parquet", above), {"staff": Staff})["staff"]
    found["staff"] = (*found["staff"], *(row for row in beside if row.staff_id not in people))
    return found


def _looked_up(path: Path, keys: Collection[str], table: str) -> tuple[Any, ...]:
    found = rows_of(_with_keys(path, keys, table), {table: STAFF_TABLES[table]})
    return found[table]


def _with_keys(path: Path, keys: Collection[str], table: str = "") -> Any:
    """Return the rows of a file that have one of some keys."""
    compute, parquet = load("pyarrow.compute"), load("pyarrow.parquet")
    wanted = _has_key(keys)
    if table:
        wanted &= compute.field("table") == table
    return parquet.read_table(path, filters=wanted, partitioning=None)


def _has_key(keys: Collection[str]) -> Any:
    return load("pyarrow.compute").field("key").isin(load("pyarrow").array(sorted(keys), load("pyarrow").string()))


def _concerning(job: Job, index: Index) -> tuple[tuple[int, LimitedHold], ...]:
    """Return the holds that can concern the encounters of an index, with their numbers."""
    members = {row.member_id for row in index.records.encounters}
    return tuple((number, limit) for number, limit in enumerate(job.limits) if not limit[1] or limit[1] in members)


def _ids(paths: Sequence[Path]) -> set[str]:
    return set(read_table(paths, ["encounter_id"])["encounter_id"].to_pylist()) if paths else set()


def _left(paths: Sequence[Path]) -> dict[str, Left]:
    table = read_table(paths)
    columns = (table[name].to_pylist() for name in ("encounter_id", "held", "units"))
    return {row[0]: Left(*row) for row in zip(*columns, strict=True)}


def _peer_result(job: Job, bucket: Bucket, found: Iterable[Finding], name: str, step: int) -> BucketResult:
    findings = sorted(found, key=finding_order)
    path = job.folder / f"{name}-{bucket.number}.parquet"
    write_findings(path, [(step, finding) for finding in findings])
    held = held_ids(findings)
    ids = job.folder / f"{name}-held-{bucket.number}.parquet"
    write_table(ids, {"encounter_id": sorted(held)}, {"encounter_id": load("pyarrow").string()})
    return BucketResult(bucket.number, path, ids, kilobytes=_peak(), has_held=bool(held))


class _MemberResult:
    """What the audits of the members of a bucket found, put together."""

    def __init__(self, job: Job, bucket: Bucket) -> None:
        self._job, self._bucket = job, bucket
        self._findings: list[tuple[int, Finding]] = []
        self._merged: list[Merged] = []
        self._encounters: list[AuditedEncounter] = []
        self._left: list[Left] = []
        self._programmes: set[tuple[str, str]] = set()
        self._supports = Counter[str]()

    def take(self, audit: PartAudit, concerning: Sequence[tuple[int, LimitedHold]]) -> None:
        """Take in the audit of some of the members."""
        holds = RowHolds([limit for _, limit in concerning]).numbered(audit.contexts)
        times = {context.encounter.encounter_id: context for context in audit.contexts}
        for step, found in enumerate(audit.findings):
            for at, finding in enumerate(found):
                if step == _ROWS_STEP:
                    self._merged.append(Merged(step, (concerning[holds[at][0]][0],), _FIRST, finding))
                elif step == _PLACES_STEP and finding.where in _PLACES:
                    key = (finding.where, finding.message, finding.severity.value)
                    self._merged.append(Merged(step, key, _last_cited(finding, times), finding))
                else:
                    self._findings.append((step, finding))
        self._encounters += audit.encounters
        self._left += audit.left
        self._programmes |= set(audit.programmes)
        kinds = (context.encounter.support_type for context in audit.contexts if not context.held)
        self._supports.update(filter(None, kinds))

    def written(self, proof: Proof | None) -> BucketResult:
        """Write what was found, and what is proven of the others."""
        arrow = load("pyarrow")
        number, folder = self._bucket.number, self._job.folder
        self._findings.sort(key=lambda pair: finding_order(pair[1]))
        paths = [folder / f"{name}-{number}.parquet" for name in ("member-checks", "audited", "counted")]
        write_findings(paths[0], self._findings)
        write_audited(paths[1], self._encounters, proof.audited if proof is not None else None)
        write_table(
            paths[2],
            {name: [getattr(row, name) for row in self._left] for name in ("encounter_id", "held", "units")},
            {"encounter_id": arrow.string(), "held": arrow.bool_(), "units": arrow.int64()},
        )
        if proof is not None:
            self._supports.update(dict(proof.supports))
            self._programmes |= proof.programmes
        return BucketResult(
            number,
            paths[0],
            audited=paths[1],
            left=paths[2],
            merged=tuple(self._merged),
            programmes=tuple(sorted(self._programmes)),
            supports=tuple(sorted(self._supports.items())),
            kilobytes=_peak(),
        )


def _last_cited(finding: Finding, contexts: Mapping[str, Context]) -> tuple[dt.datetime, str]:
    """Return when the last of a finding's encounters began whose programme says where a claim names the place."""
    times = []
    for id_ in finding.encounter_ids:
        rules = contexts[id_].rules
        if rules is not None and rules.claim.value.facility and "facility" in rules.claim.said:
            times.append((contexts[id_].encounter.start or _NO_TIME, id_))
    return max(times, default=_FIRST)


def _peak() -> int:
    """Return the most memory that this process had, in kilobytes."""
    # What getrusage tells of a new process begins with the memory of the process that made it.
    with contextlib.suppress(OSError), Path("/proc/self/status").open(encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
