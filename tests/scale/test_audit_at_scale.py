"""A workspace on disk, audited by processes and a cluster: the same as `audit`, whole or not at all."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from click.testing import CliRunner
from in_parts import assert_same
from worlds import FIXTURES

import peerbill.scale
from peerbill import UnusableInputError
from peerbill.checks.audit import Audit, audit
from peerbill.cli import main
from peerbill.intake.workspace import examples, make_workspace, programme_ids, read_agency_policies, read_workspace
from peerbill.policy import load_policies
from peerbill.scale import WorkerError, audit_at_scale
from peerbill.scale.packages import load
from peerbill.scale.scratch import Scratch
from peerbill.scale.store import Store, StoreError
from peerbill.scale.workers import Here, Processes, runner

pa = pytest.importorskip("pyarrow")
pytest.importorskip("pyarrow.csv")
pytest.importorskip("pyarrow.parquet")
R = TypeVar("R")
EXAMPLE = next(one for one in examples() if one.name == "mi-recovery-coach")


@pytest.fixture
def agency(tmp_path: Path) -> Path:
    """Return a shipped example, with rows that cannot be read and rows that share an id."""
    folder = tmp_path / "agency"
    make_workspace(folder, EXAMPLE.name)
    path = folder / "encounters.csv"
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    columns = header.split(",")
    person, start = columns.index("member_id"), columns.index("start")

    def changed(row: str, at: int, cell: str) -> str:
        cells = row.split(",")
        return ",".join([*cells[:at], cell, *cells[at + 1 :]])

    first = rows[0].split(",")[0]
    more = [
        changed(rows[1], 0, "X1"),
        changed(rows[1], 0, "X1"),
        changed(changed(rows[2], 0, "X2"), start, "yesterday"),
        changed(changed(rows[2], 0, "X3"), person, "Ann Lee"),
        changed(changed(rows[2], 0, first), start, "yesterday"),
        changed(changed(rows[2], 0, "X4"), person, "M-unknown-1"),
    ]
    path.write_text("\n".join([header, *rows, *more]) + "\n", encoding="utf-8")
    return folder


def whole_of(folder: Path) -> Audit:
    records = read_workspace(folder)
    policies = load_policies(programme_ids(records.settings), read_agency_policies(folder))
    return audit(records, policies, EXAMPLE.as_of)


def as_parquet(folder: Path, *, several: bool = False) -> None:
    """Write the encounters of a workspace as Parquet, the texts of its CSV file as they are."""
    path = folder / "encounters.csv"
    options = pa.csv.ConvertOptions(strings_can_be_null=False)
    header = path.read_text(encoding="utf-8").splitlines()[0].split(",")
    options.column_types = dict.fromkeys(header, pa.string())
    table = pa.csv.read_csv(path, convert_options=options)
    path.unlink()
    if not several:
        pa.parquet.write_table(table, folder / "encounters.parquet", row_group_size=7)
        return
    (folder / "encounters").mkdir()
    for number in range(0, table.num_rows, 10):
        pa.parquet.write_table(table.slice(number, 10), folder / "encounters" / f"part-{number:03}.parquet")


def test_processes_find_what_the_audit_finds(agency: Path, tmp_path: Path) -> None:
    whole = whole_of(agency)

    made = audit_at_scale(agency, tmp_path / "out", EXAMPLE.as_of, workers=2, rows=5)

    assert {one.status for one in whole.encounters} >= {"billable", "held", "rejected"}
    assert_same(made, whole)
    assert sorted(path.name for path in made.folder.iterdir()) == [
        "encounters.parquet",
        "findings.parquet",
        "summary.parquet",
    ]
    assert stat.S_IMODE(made.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in made.folder.iterdir()} == {0o600}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["agency", "out"]


def test_a_parquet_file_and_a_folder_of_such_are_read_as_the_csv_file(agency: Path, tmp_path: Path) -> None:
    whole = whole_of(agency)
    as_parquet(agency)

    made = audit_at_scale(agency, tmp_path / "out", EXAMPLE.as_of, rows=5)

    told = [one for one in made.read_findings() if one.code not in {"PB001", "PB002"}]
    assert told == [one for one in whole.findings if one.code not in {"PB001", "PB002"}]
    assert list(made.read_encounters()) == list(whole.encounters)


def test_a_row_that_cannot_be_read_is_named_by_its_file(agency: Path, tmp_path: Path) -> None:
    whole = [one for one in whole_of(agency).findings if one.code in {"PB001", "PB002"}]
    as_parquet(agency, several=True)

    made = audit_at_scale(agency, tmp_path / "out", EXAMPLE.as_of, rows=5)

    told = [one for one in made.read_findings() if one.code in {"PB001", "PB002"}]
    assert [(one.code, one.encounter_ids, one.where) for one in told] == [
        (one.code, one.encounter_ids, one.where) for one in whole
    ]
    assert all(one.message.startswith("encounters/part-0") for one in told)
    repeated = next(one for one in told if one.code == "PB002" and one.encounter_ids == ("X1",))
    assert "too" in repeated.message
    assert "of encounters/part-" in repeated.message


class Killed(Processes):
    """Processes of which one is killed while it works, as often as it is said."""

    def __init__(self, times: int) -> None:
        super().__init__(2)
        self.left = times

    def _once(self, function: Callable[..., R], job: object, piece: object) -> R:
        if self.left and getattr(piece, "kind", "") == "members":
            self.left -= 1
            return super()._once(die_once, (function, job, Path(job.folder)), piece)  # type: ignore[attr-defined]
        return super()._once(function, job, piece)


def die_once(job: tuple[Callable[..., R], object, Path], piece: object) -> R:
    """Kill this process the first time, and run the function the second time."""
    function, own, folder = job
    mark = folder / "killed"
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return function(own, piece)


def die(_job: object, _piece: object) -> None:
    """Kill this process."""
    os.kill(os.getpid(), signal.SIGKILL)


def memory_pool(_job: object, _piece: object) -> str:
    """Return where Arrow takes its memory from."""
    return str(load("pyarrow").default_memory_pool().backend_name)


def test_a_worker_that_is_killed_changes_nothing(agency: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = whole_of(agency)
    killed = Killed(1)
    monkeypatch.setattr("peerbill.scale.workers.Processes", lambda _: killed)

    made = audit_at_scale(agency, tmp_path / "out", EXAMPLE.as_of, workers=2, rows=20)

    assert killed.left == 0
    assert_same(made, whole)


def test_a_worker_that_dies_twice_is_an_error() -> None:
    with runner(1) as run, pytest.raises(WorkerError, match=r"died 2 times on the same piece: .* Nothing was written"):
        run.all(die, None, [1], lambda _: None)


def test_a_worker_takes_the_memory_for_arrow_from_the_system() -> None:
    before = dict(os.environ)

    with runner(1) as run:
        assert run.all(memory_pool, None, [1], lambda _: None) == ["system"]

    assert dict(os.environ) == before


def test_a_run_that_fails_leaves_nothing_and_the_next_removes_what_a_killed_one_left(
    agency: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = tmp_path / ".out-scratch.0123456789ab.peerbill-part"
    left.mkdir()
    (left / "work").mkdir()
    monkeypatch.setattr("peerbill.scale.audit.write_result", fail)

    with pytest.raises(RuntimeError, match="no room"):
        audit_at_scale(agency, tmp_path / "out", EXAMPLE.as_of)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["agency"]


PARENT = """
from multiprocessing import active_children
from time import sleep
from peerbill.scale.workers import Processes
processes = Processes(2)
assert processes.all(pow, 2, [1, 2, 3], lambda _: None) == [2, 4, 8]
print(len(active_children()), flush=True)
sleep(600)
"""


def test_processes_end_with_the_one_that_began_them() -> None:
    """They have its standard output, which ends when the last of them does."""
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert int(parent.stdout.readline()) in {1, 2}
        parent.kill()

        assert parent.communicate(timeout=60)[0] == b""


@pytest.mark.parametrize("name", ["a[1]", "out*", "o?t", "[!a]"])
def test_what_a_killed_run_left_is_removed_whatever_its_name_and_nothing_else(tmp_path: Path, name: str) -> None:
    own, others = tmp_path / f".{name}.0123456789ab.peerbill-part", tmp_path / ".out1.0123456789ab.peerbill-part"
    own.mkdir()
    others.mkdir()

    with Scratch(tmp_path, name) as scratch:
        assert {path.name for path in tmp_path.iterdir()} == {scratch.folder.name, others.name}


def test_a_result_has_any_name(agency: Path, tmp_path: Path) -> None:
    made = audit_at_scale(agency, tmp_path / "a[1]*?'", EXAMPLE.as_of, rows=20)

    assert_same(made, whole_of(agency))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a[1]*?'", "agency"]


def test_too_little_memory_ends_in_a_line(agency: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peerbill.scale, "audit_at_scale", partial(audit_at_scale, megabytes=1))
    words = ["audit", str(agency), "--workers", "1", "--out", str(tmp_path / "out"), "--as-of", str(EXAMPLE.as_of)]

    result = CliRunner().invoke(main, words)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: DuckDB could not go on (OutOfMemoryException): the scratch folder has too")
    assert result.stderr.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["agency"]


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("copy (select 1 as a) to '{}/none/x.parquet'", "DuckDB could not go on (IOException): the scratch folder has"),
        ("select 'Ann Lee'::int", "DuckDB could not go on (ConversionException). Nothing was written. See whether"),
    ],
)
def test_what_duckdb_refuses_is_told_without_a_value(tmp_path: Path, sql: str, said: str) -> None:
    store = Store(tmp_path, threads=1, megabytes=100)
    for run in (store.run, store.rows, lambda text: list(store.batches(text))):
        with pytest.raises(StoreError) as error:
            run(sql.format(tmp_path))

        assert str(error.value).startswith(said)
        assert "Ann Lee" not in str(error.value)


def fail(*_: object) -> None:
    raise RuntimeError("no room")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"encounter_id\nE1\n"])
def test_a_damaged_parquet_file_is_refused(agency: Path, tmp_path: Path, content: bytes) -> None:
    (agency / "encounters.csv").unlink()
    (agency / "encounters.parquet").write_bytes(content)

    with pytest.raises(UnusableInputError, match=r"^encounters\.parquet: expected a Parquet file, found another or a"):
        audit_at_scale(agency, tmp_path / "out", EXAMPLE.as_of)

    assert not (tmp_path / "out").exists()


def test_a_parquet_file_without_a_required_column_is_refused(agency: Path, tmp_path: Path) -> None:
    (agency / "encounters.csv").unlink()
    pa.parquet.write_table(pa.table({"encounter_id": ["E1"]}), agency / "encounters.parquet")

    with pytest.raises(UnusableInputError, match=r"^encounters\.parquet: columns member_id, staff_id"):
        audit_at_scale(agency, tmp_path / "out", EXAMPLE.as_of)


@pytest.mark.parametrize("names", [("encounters.csv", "encounters.parquet"), ("encounters.parquet", "encounters")])
def test_two_sources_of_encounters_are_refused(agency: Path, tmp_path: Path, names: Sequence[str]) -> None:
    (agency / "encounters.csv").unlink()
    for name in names:
        (agency / name).mkdir() if name == "encounters" else (agency / name).write_bytes(b"")

    with pytest.raises(UnusableInputError, match="expected one file for the table encounters, found 2"):
        audit_at_scale(agency, tmp_path / "out", EXAMPLE.as_of)


def test_a_folder_that_holds_something_is_no_place_for_a_result(agency: Path) -> None:
    with pytest.raises(UnusableInputError, match="expected a new or an empty folder"):
        audit_at_scale(agency, agency, EXAMPLE.as_of)


@pytest.mark.parametrize("out", ["", ".", "..", "none/..", "../empty", "{here}"])
def test_the_working_folder_is_no_place_for_a_result_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str
) -> None:
    here = tmp_path / "empty"
    here.mkdir()
    monkeypatch.chdir(here)
    said = "expected a new or an empty folder" if out == ".." else "this is the folder you work in. Give the name of a"

    with pytest.raises(UnusableInputError, match=said):
        audit_at_scale(tmp_path / "no workspace", Path(out.format(here=here)))

    assert [path.name for path in tmp_path.iterdir()] == ["empty"]


def test_the_command_prints_the_checks_and_what_it_did_not_look_for(agency: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    result = CliRunner().invoke(
        main, ["audit", str(agency), "--workers", "1", "--out", str(out), "--as-of", str(EXAMPLE.as_of)]
    )

    assert result.exit_code == 1, result.output
    assert "PB002" in result.output
    assert "Patterns over many encounters (PB208, PB806, PB901 to PB914) were not looked for" in " ".join(
        result.output.split()
    )
    assert (out / "summary.parquet").exists()
    rows = pa.parquet.read_table(out / "summary.parquet").to_pylist()
    assert {row["name"]: row["encounters"] for row in rows if row["kind"] == "status"}["rejected"] == 6


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--workers", "2"], "needs --out"),
        (["--out", "x"], "--out is for an audit in parts"),
        (["--workers", "2", "--cluster", "tcp://x", "--out", "x"], "leave out one"),
        (["--workers", "2", "--out", "x", "--json", "y"], "--json is not for an audit in parts"),
        (
            ["--workers", "2", "--out", "x", "--tls", FIXTURES / "base.toml", *[FIXTURES / "base.toml"] * 2],
            "--tls is for",
        ),
    ],
)
def test_options_that_do_not_go_together(agency: Path, options: Sequence[object], told: str) -> None:
    result = CliRunner().invoke(main, ["audit", str(agency), *map(str, options)])

    assert result.exit_code == 2
    assert told in result.output


def test_without_its_packages_an_audit_in_parts_names_the_extra(
    agency: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "duckdb", None)

    with pytest.raises(ImportError, match=r"needs the package duckdb: install peerbill\[scale\]"):
        audit_at_scale(agency, tmp_path / "out", EXAMPLE.as_of)


@pytest.mark.slow
def test_a_cluster_finds_what_the_audit_finds(agency: Path, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    whole = whole_of(agency)

    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        made = audit_at_scale(agency, tmp_path / "out", EXAMPLE.as_of, cluster=cluster.scheduler_address, rows=5)

    assert_same(made, whole)


def test_one_process_runs_the_pieces_in_order() -> None:
    done: list[int] = []

    assert Here().all(pow, 2, [1, 2, 3], done.append) == [2, 4, 8]
    assert done == [1, 1, 1]
