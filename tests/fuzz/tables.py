"""What agencies keep: tables in CSV, JSON Lines and workbooks, whole workspaces, and what is billed from them."""

import datetime as dt
import io
import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from conftest import SMALL
from fuzz.contract import ROOT, result
from fuzz.mutation import damaged_archive
from fuzz.target import Target

from peerbill.checks.audit import audit
from peerbill.checks.patterns.scope import PatternScope
from peerbill.claims.build import build_claims
from peerbill.intake import read_table
from peerbill.intake.importing.files import read_export
from peerbill.intake.make_book import write_book
from peerbill.intake.sheets import BOOK
from peerbill.intake.tables import TABLES
from peerbill.intake.workbook import read_workbook
from peerbill.intake.workspace import programme_ids, read_agency_policies, read_workspace
from peerbill.model.errors import PolicyError, UnusableInputError
from peerbill.policy import load_policies
from peerbill.x12.check.claim_files import check_text
from peerbill.x12.rules837 import claim_problems
from peerbill.x12.write.write837 import write_837

ZONE = ZoneInfo("America/New_York")
DAY = dt.date(2026, 3, 20)
_BLANK = ROOT / "fixtures" / "examples" / "_blank"
_PART = re.compile(r"^=== ([a-z_./]+)\r?\n", re.MULTILINE)
_COLUMNS = {name: frozenset(table.columns) for name, table in TABLES.items()}


def read_any_table(data: bytes, folder: Path) -> None:
    """Read a table, which the names in its first line tell, from either kind of file: no row is lost in silence."""
    words = set(re.findall(r"[a-z_0-9]+", data[:2000].decode("utf-8", "replace").partition("\n")[0]))
    table = TABLES[max(_COLUMNS, key=lambda name: len(words & _COLUMNS[name]))]
    for ending in (".csv", ".jsonl"):
        path = folder / f"{table.name}{ending}"
        path.write_bytes(data)
        read = result(partial(read_table, path, table, ZONE, ["horizon"]), UnusableInputError, path.name)
        if read is not None and ending == ".jsonl":
            filled = sum(1 for line in io.StringIO(data.decode("utf-8-sig"), newline="") if line.strip())
            assert len({*read.lines, *(problem.line for problem in read.problems)}) == filled


def _parts(data: bytes) -> Mapping[str, str]:
    """Return the files of a workspace, each of which begins with a line `=== NAME`."""
    _, *found = _PART.split(data.decode("utf-8", "surrogateescape"))
    return dict(zip(found[::2], found[1::2], strict=True))


def bill_workspace(data: bytes, folder: Path) -> None:
    """Audit a workspace and bill what passed: what is written is a file that our own checks accept."""
    (folder / "policies").mkdir()
    for name, text in _parts(data).items():
        stem, _, ending = name.partition(".")
        if stem in {"peerbill", "policies/nj", *TABLES} and "/" not in ending:
            (folder / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    records = result(lambda: read_workspace(folder), UnusableInputError)
    if records is None:
        return
    own = result(lambda: read_agency_policies(folder), UnusableInputError)
    policies = own and result(lambda: load_policies(programme_ids(records.settings), own), PolicyError)
    if not policies:
        return
    found = audit(records, policies, DAY, patterns=PatternScope())
    held = {row.encounter_id for row in found.encounters if row.status == "held"}
    assert {billable.encounter.encounter_id for billable in found.billable}.isdisjoint(held)
    ids = (f"PBTEST{number:08d}" for number in range(1, 1000))
    claims = build_claims(found.billable, records, ids)
    assert {id_ for claim in claims for line in claim.lines for id_ in line.encounter_ids} <= {
        billable.encounter.encounter_id for billable in found.billable
    }
    for claim in claims:
        payer = records.settings.payers[claim.payer]
        if not claim_problems(claim, payer, records.settings, DAY):
            text = write_837([claim], payer, records.settings, DAY, isa13=1).decode("ascii")
            assert [problem for problem in check_text(text) if problem.severity == "error"] == []


def read_any_workbook(data: bytes, folder: Path) -> None:
    """Read a workbook, also as the tables of a workspace and as an export."""
    path = folder / BOOK
    path.write_bytes(data)
    book = result(lambda: read_workbook(path), UnusableInputError, BOOK)
    sheets = result(lambda: read_export(path), UnusableInputError, BOOK)
    assert (book is None) == (sheets is None)
    for name, text in SMALL.items():
        if name in {"peerbill.toml", "staff.csv"}:
            (folder / name).write_text(text, encoding="utf-8")
    result(lambda: read_workspace(folder), UnusableInputError)


def _table_seeds() -> Iterator[bytes]:
    yield from (text.encode() for name, text in SMALL.items() if name.endswith(".csv"))
    yield from (path.read_bytes() for path in sorted(_BLANK.glob("*.csv")))
    for example in ("mi-recovery-coach", "co-occurring-program"):
        for path in sorted((_BLANK.parent / example).glob("*.csv")):
            yield b"".join(path.read_bytes().splitlines(keepends=True)[:4])
    yield b'{"staff_id": "S1", "last_name": "Rivera", "first_name": "Dana", "role": "peer"}\n' * 2
    yield b'{"encounter_id": "E1", "member_id": "M1", "service": "individual", "diagnoses": ["F11.20"]}'


def small_files() -> Mapping[str, str]:
    """Return a workspace that bills: its files by name."""
    return {
        **SMALL,
        "policies/nj.toml": 'state = "NJ"\n[source.contract]\ntitle = "Example value"\nkind = "primary"\n'
        '[[sud.unit]]\nrounding = "down"\naggregate = "encounter"\nsource = "contract p. 12"\n',
    }


def _workspace_seeds() -> Iterator[bytes]:
    yield "".join(f"=== {name}\n{text}" for name, text in small_files().items()).encode()


def _workbook_seeds() -> Iterator[bytes]:
    tables = {
        name.removesuffix(".csv"): [line.split(",") for line in text.splitlines()]
        for name, text in SMALL.items()
        if name in {"members.csv", "coverage.csv", "screenings.csv", "places.csv"}
    }
    with TemporaryDirectory() as folder:
        path = Path(folder) / BOOK
        write_book(path, tables)
        yield path.read_bytes()


TABLE = Target("tables", read_any_table, _table_seeds)
WORKSPACE = Target("workspace", bill_workspace, _workspace_seeds)
WORKBOOK = Target("workbooks", read_any_workbook, _workbook_seeds, damaged_archive)
