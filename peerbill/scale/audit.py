"""An audit of any size: divided into buckets on disk, audited bucket by bucket, and put together again."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import sqlalchemy as sa

from peerbill.checks.check_set import check_set
from peerbill.intake.workspace import programme_ids, read_agency_policies, today
from peerbill.ledger.look.history import reading
from peerbill.ledger.send.eligibility import load_eligibility
from peerbill.ledger.store import disk, tables
from peerbill.ledger.waivers import read_waivers
from peerbill.model.enrolment import Enrolment
from peerbill.model.errors import UnusableInputError
from peerbill.model.ids import compact
from peerbill.model.progress import Progress, no_progress
from peerbill.model.records import Records, Settings
from peerbill.policy import Policies, load_policies
from peerbill.scale.buckets import (
    IN_MEMORY,
    LARGEST,
    OF_PEOPLE,
    ROWS,
    Bucket,
    count_of,
    member_buckets,
    peer_buckets,
)
from peerbill.scale.columns import write_rows
from peerbill.scale.packages import require_packages
from peerbill.scale.passes import (
    MEMBER_TABLES,
    BucketResult,
    Job,
    audit_members,
    audit_peers,
    is_packaged,
    limit_peers,
)
from peerbill.scale.peer_rules import are_daily, asked_of_peers, limits_peers
from peerbill.scale.reading import Workspace, find, read
from peerbill.scale.result import ScaleAudit, write_result
from peerbill.scale.scratch import Scratch
from peerbill.scale.store import Store, files, quoted
from peerbill.scale.workers import Runner, runner

MEGABYTES = 1024
"""Memory of DuckDB in the process that divides; what is beyond goes to the scratch folder."""

Step = Callable[[int], None]


def audit_at_scale(
    folder: Path,
    out: Path,
    as_of: dt.date | None = None,
    *,
    workers: int = 1,
    cluster: str = "",
    security: Any = None,
    scratch: Path | None = None,
    billed: bool = False,
    rows: int = ROWS,
    megabytes: int = MEGABYTES,
    progress: Progress = no_progress,
) -> ScaleAudit:
    """Audit a workspace of any size in parts, and write findings, encounters and a summary as Parquet files.

    The findings are those of `audit` on the whole workspace, in the same order, but for what `not_looked_for` of the
    result names. Nothing in the workspace is changed.

    Args:
        folder: the workspace; its tables may also be Parquet files, and its encounters a folder `encounters` of such.
        out: a new or empty folder for the result, which is there whole or not at all.
        as_of: the day of the audit; today by default.
        workers: how many processes of this machine audit.
        cluster: the address of a Dask scheduler, whose workers audit instead; they see the folders under their names.
        security: a `distributed.Security` with the certificates for it.
        scratch: a folder for what is worked out on the way; that of `out` by default. It has the workspace's data.
        billed: audit as if nothing had been billed before.
        rows: about how many encounters a worker holds at a time.
        megabytes: the memory that dividing takes in this process.
        progress: begins each long piece of work, and hears how far it has come.

    Raises:
        UnusableInputError: a table cannot be used; `out` holds something, or is the working folder; or the ledger has
            what was billed, and `billed` is not given, or waivers.
        PolicyError: the policies of the payers' programmes cannot be loaded.
        WorkerError: a worker died twice on one piece of the work.
        StoreError: the scratch folder has too little room, or this process too little memory.
        ImportError: the packages of the extra `scale` are not installed.

    >>> from peerbill.scale import audit_at_scale
    >>> audit_at_scale(Path("state"), Path("audit-2026"), workers=8)  # doctest: +SKIP

    """
    require_packages(cluster=bool(cluster))
    made_at = _folder_of(out)
    place = made_at.parent
    found = find(folder)
    check_set(found.settings)  # an agency's own check that cannot be loaded ends the run before it begins
    policies = load_policies(programme_ids(found.settings), read_agency_policies(folder))
    day = as_of or today(found.settings)
    enrolment = _enrolment(found.settings, folder, billed=billed)
    with (
        Scratch(place, made_at.name) as made,
        Scratch(scratch or place, f"{made_at.name}-scratch") as left,
        runner(workers, cluster, security) as run,
    ):
        store = Store(left.part("work"), threads=run.workers if not cluster else 1, megabytes=megabytes)
        try:
            with progress(0, "Reading the tables") as step:
                workspace = read(found, policies, store, run, _told(step))
            target = made.part("result")
            result = audit_in_parts(workspace, policies, day, enrolment, store, run, target, rows, 2 * rows, progress)
        finally:
            store.close()
        if made_at.is_dir():
            made_at.rmdir()
        target.rename(made_at)
        disk.sync_folder(place)
    return attrs.evolve(result, folder=out)


def _folder_of(out: Path) -> Path:
    """Return the whole path of the result's folder.

    Raises UnusableInputError where it holds something, is the working folder, which cannot be replaced, or would be in
    none.
    """
    if out.resolve() == Path.cwd():
        raise UnusableInputError(f"{out}: this is the folder you work in. Give the name of a new folder.")
    if out.is_symlink() or (out.exists() and (not out.is_dir() or any(out.iterdir()))):
        raise UnusableInputError(f"{out}: expected a new or an empty folder. Give another name.")
    whole = out.absolute()
    if not whole.parent.is_dir():
        raise UnusableInputError(f"{whole.parent}: no such folder. Make it, or give another name.")
    return whole


def _enrolment(settings: Settings, folder: Path, *, billed: bool) -> tuple[Enrolment, ...]:
    """Return what payers answered on enrolment.

    Raises UnusableInputError for a ledger that this audit would pass by.
    """
    with reading(settings.ledger_url, folder) as connection:
        if connection is None:
            return ()
        if not billed and connection.execute(sa.select(tables.encounters.c.encounter_id).limit(1)).first() is not None:
            raise UnusableInputError(
                "the ledger has encounters that were billed, and an audit in parts looks at all as if none had been: "
                "give --billed if that is meant, or leave out --workers and --cluster"
            )
        if any(not waiver.ended for waiver in read_waivers(connection)):
            raise UnusableInputError(
                "the ledger has waivers, which an audit in parts cannot apply: leave out --workers and --cluster"
            )
        return load_eligibility(connection)


def _told(step: Step | None) -> Step:
    """Return what hears of pieces that are done, and tells how many there are by now."""
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        if step is not None:
            step(done)

    return tell


def audit_in_parts(
    workspace: Workspace,
    policies: Policies,
    as_of: dt.date,
    enrolment: Sequence[Enrolment],
    store: Store,
    run: Runner,
    target: Path,
    rows: int = ROWS,
    largest: int = LARGEST,
    progress: Progress = no_progress,
) -> ScaleAudit:
    """Audit a workspace whose encounters are the view `e` of a store, and write the result into an empty folder."""
    records = workspace.records
    _write_tables(records, enrolment, store)
    job = Job(
        store.folder,
        _shared(records),
        policies,
        as_of,
        workspace.limits,
        workspace.serving,
        workspace.strange,
    )
    limits = limits_peers(policies)
    with progress(0, "Dividing the encounters by peer"):
        # Where whole peers are looked at, all their encounters are held in memory.
        some = min(rows, IN_MEMORY) if limits or any(asked_of_peers(policies)) else rows
        peers = peer_buckets(store, some, min(largest, 2 * some) if some < rows else largest, limits=limits)
    with progress(len(peers), "Auditing peers") as step:
        of_peers = run.all(audit_peers, job, peers, _told(step))
    with progress(0, "Dividing the encounters by member"):
        members = member_buckets(store, rows, [one.held for one in of_peers if one.held is not None])
    with progress(len(members), "Auditing members") as step:
        of_members = run.all(audit_members, job, members, _told(step))
    if limits:
        whole = [bucket for bucket in peers if not bucket.divided or are_daily(policies)]
        of_limits, of_members = _limited(job, whole, members, of_members, store, run, progress)
        of_peers += of_limits
    with progress(0, "Writing the result"):
        left_out = tuple(not_looked_for(records.settings, policies, peers))
        return write_result(records, as_of, of_peers, of_members, left_out, store, target)


def _limited(
    job: Job,
    peers: Sequence[Bucket],
    members: Sequence[Bucket],
    of_members: list[BucketResult],
    store: Store,
    run: Runner,
    progress: Progress,
) -> tuple[list[BucketResult], list[BucketResult]]:
    """Look at limits on peers, and audit once more the members of whom these hold something; return both results."""
    counted = [one.left for one in of_members if one.left is not None]
    if not counted:
        return [], of_members
    store.divide(
        f"select placed.bucket, l.* exclude (bucket) from (select *, 0 as bucket from {files(counted)}) l"
        " join (select encounter_id, bucket from divided) placed using (encounter_id)",
        "left",
        count_of(peers),
    )
    with progress(len(peers), "Auditing limits on peers") as step:
        of_limits = run.all(limit_peers, job, peers, _told(step))
    held = [one.held for one in of_limits if one.has_held and one.held is not None]
    if not held:
        return of_limits, of_members
    store.divide(
        f"select distinct people.bucket, h.encounter_id from {files(held)} h join e using (encounter_id)"
        f" join people on {OF_PEOPLE}",
        "limited",
        count_of(members),
    )
    concerned = {path.name for path in (store.folder / "limited").iterdir()}
    again = [bucket for bucket in members if f"bucket={bucket.number}" in concerned]
    with progress(len(again), "Auditing members beyond limits") as step:
        anew = {one.number: one for one in run.all(audit_members, job, again, _told(step))}
    return of_limits, [anew.get(one.number, one) for one in of_members]


def _shared(records: Records) -> Records:
    """Return what every bucket needs of the records: settings, small tables, and what is known of the whole."""
    return Records(
        records.settings,
        licenses=records.licenses,
        enrollments=tuple(row for row in records.enrollments if not row.staff_id),
        places=records.places,
        places_unread=records.places_unread,
        records_channels=records.records_channels,
        holds=records.holds,
    )


def _write_tables(records: Records, enrolment: Sequence[Enrolment], store: Store) -> None:
    """Write the rows of all other tables by whom they concern."""
    every = {name: getattr(records, name, enrolment) for name in MEMBER_TABLES}
    of_members = store.folder / "member_rows.parquet"
    write_rows(
        of_members, ((row.member_id, name, at, row) for name, rows in every.items() for at, row in enumerate(rows))
    )
    of_encounters = store.folder / "encounter_rows.parquet"
    write_rows(
        of_encounters,
        ((row.encounter_id, "prior_payments", at, row) for at, row in enumerate(records.prior_payments)),
    )
    for path in (of_members, of_encounters):
        store.run(f"create or replace view {path.stem} as select * from '{quoted(path)}'")
    write_rows(store.folder / "staff.parquet", _staff_rows(records))
    write_rows(
        store.folder / "supervised.parquet",
        ((row.supervisor_id, "staff", at, row) for at, row in enumerate(records.staff) if row.supervisor_id),
    )


def _staff_rows(records: Records) -> Iterator[tuple[str, str, int, object]]:
    for name in ("staff", "credentials", "training", "supervision"):
        for at, row in enumerate(getattr(records, name)):
            yield row.staff_id, name, at, row
    for at, enrollment in enumerate(records.enrollments):
        if enrollment.staff_id:
            yield enrollment.staff_id, "enrollments", at, enrollment
    for at, entry in enumerate(records.exclusions):
        if entry.staff_id:
            yield entry.staff_id, "exclusions", at, entry
        if npi := compact(entry.npi):
            yield f"npi {npi}", "exclusions", at, entry


# What cannot be looked for in parts


def not_looked_for(settings: Settings, policies: Policies, peers: Iterable[Bucket]) -> Iterator[str]:
    """Yield sentences on what an audit in parts does not look for."""
    checks = check_set(settings)
    yield (
        "Patterns over many encounters (PB208, PB806, PB901 to PB914) were not looked for: "
        "audit an agency or a county by itself, without --workers and --cluster, to look for them."
    )
    raised = sorted(check.code for check in checks.checks if check.scope == "pattern" and check.code in checks.severity)
    if raised:
        yield (
            f"peerbill.toml raises the severity of {', '.join(raised)}, which are among them: what these would hold is "
            "not held here."
        )
    own = sorted(check.code for check in checks.checks if not is_packaged(check))
    if own:
        yield f"The agency's own checks ({', '.join(own)}) were not run: they may look at anything."
    divided = {peer for bucket in peers if bucket.divided for peer in bucket.peers}
    codes = sorted(asked_of_peers(policies)) if divided else []
    if codes:
        count = f"{len(divided)} staff members have" if len(divided) > 1 else "1 staff member has"
        yield (
            f"Where {count} more encounters than a worker holds, these were not looked for: {', '.join(codes)}. "
            "Check whether one staff_id stands for several people."
        )
