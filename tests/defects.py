"""The shipped examples, and the defects of `fixtures/defects`: an edit of a clean copy, and what its audit finds."""

import csv
import datetime as dt
import os
import pickle
import shutil
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import attrs
from worlds import as_billed

from peerbill.checks.audit import Audit, audit
from peerbill.checks.patterns.scope import PatternScope
from peerbill.intake.workspace import programme_ids, read_agency_policies, read_workspace
from peerbill.model.claim import BilledEncounter
from peerbill.model.claim_state import Standing
from peerbill.model.records import Records
from peerbill.policy import load_policies

FIXTURES = Path(__file__).parents[1] / "fixtures"
EXAMPLES = {path.parent.name: path.parent for path in sorted(FIXTURES.glob("examples/*/example.toml"))}
DEFECT_FILES = sorted(FIXTURES.glob("defects/*.toml"))
DEFECTS = {
    f"{path.stem}-{defect['code']}-{number}": (path.stem, defect)
    for path in DEFECT_FILES
    for number, defect in enumerate(tomllib.loads(path.read_text(encoding="utf-8"))["defect"], start=1)
}
"""Every defect by its name in reports: the example, and the table of its file."""


def meta(name: str) -> dict[str, Any]:
    """Return what `example.toml` says of an example."""
    return tomllib.loads((EXAMPLES[name] / "example.toml").read_text(encoding="utf-8"))


def audit_folder(
    folder: Path, as_of: dt.date, history: Iterable[BilledEncounter] = (), notice: dt.date | None = None
) -> tuple[Records, Audit]:
    """Return what is read from a workspace, and its audit, which looks for patterns too."""
    records = read_workspace(folder)
    policies = load_policies(programme_ids(records.settings), read_agency_policies(folder))
    return records, audit(records, policies, as_of, tuple(history), patterns=PatternScope(notice))


def audit_defect(id_: str, kept: Path) -> tuple[Records, Audit]:
    """Return what is read from an example with a defect, and its audit, on the example's day or the defect's.

    `kept` is a folder for copies and results: whoever asks there again, also another process, gets what was found.
    """
    file = kept / f"{id_}.pickle"
    if file.exists():
        found: tuple[Records, Audit] = pickle.loads(file.read_bytes())  # noqa: S301  # written below
        return found
    name, defect = DEFECTS[id_]
    as_of = defect.get("as_of", meta(name)["as_of"])
    history = billed(name, as_of, defect.get("billed", ())) + [
        attrs.evolve(sent, standing=Standing.REJECTED, reason="rejected by the payer")
        for sent in billed(name, as_of, defect.get("rejected", ()))
    ]
    with _spoiled(name, defect, kept / str(os.getpid())) as folder:
        found = audit_folder(folder, as_of, history, defect.get("notice"))
    part = file.with_suffix(f".{os.getpid()}")
    part.write_bytes(pickle.dumps(found))
    part.replace(file)
    return found


@contextmanager
def _spoiled(name: str, defect: Mapping[str, Any], copies: Path) -> Iterator[Path]:
    """Yield the copy of an example in `copies` with a defect's edits, which are taken back afterwards."""
    folder = copies / name
    if not folder.exists():
        shutil.copytree(EXAMPLES[name], folder)
    try:
        for edit in defect["edits"]:
            apply(folder, edit)
        yield folder
    finally:
        for edit in defect["edits"]:
            file = edit.get("file", f"{edit.get('table')}.csv")
            clean = EXAMPLES[name] / file
            if clean.exists():
                shutil.copyfile(clean, folder / file)
            else:
                (folder / file).unlink(missing_ok=True)


def billed(name: str, as_of: dt.date, ids: Iterable[str]) -> list[BilledEncounter]:
    """Return what a ledger would hold had these encounters of the clean example been sent."""
    wanted = set(ids)
    if not wanted:
        return []
    sent = [as_billed(one, "CLEAN1") for one in _clean(name, as_of).billable if one.encounter.encounter_id in wanted]

    assert {one.encounter_id for one in sent} == wanted
    return sent


@cache
def _clean(name: str, as_of: dt.date) -> Audit:
    return audit_folder(EXAMPLES[name], as_of)[1]


def apply(folder: Path, edit: Mapping[str, Any]) -> None:
    """Make one edit of a defect; one that would change nothing is a slip in the defect file."""
    if "file" in edit:
        path = folder / edit["file"]
        text = path.read_text(encoding="utf-8")
        if "append" in edit:
            path.write_text(f"{text}\n{edit['append']}", encoding="utf-8")
            return
        old, new = edit["replace"]
        assert text.count(old) == 1, f"{edit['file']} holds {old!r} {text.count(old)} times"
        path.write_text(text.replace(old, new), encoding="utf-8")
        return
    path = folder / f"{edit['table']}.csv"
    columns, rows = _read(path)
    if "add" in edit:
        row = dict(edit["add"])
        if "like" in edit:
            (pattern,) = [one for one in rows if _matches(one, edit["like"])]
            row = {**pattern, **row}
            _write_in_order(row, edit["add"])
        columns += [column for column in row if column not in columns]
        rows.append(row)
    else:
        matching = [row for row in rows if _matches(row, edit["where"])]
        assert matching, f"{path.name}: no row matches {edit['where']}"
        for row in matching:
            if edit.get("remove"):
                rows.remove(row)
                continue
            assert any(row.get(column) != value for column, value in edit["set"].items()), f"{edit} changes nothing"
            columns += [column for column in edit["set"] if column not in columns]
            row.update(edit["set"])
            _write_in_order(row, edit["set"])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


def _write_in_order(row: dict[str, str], changed: Mapping[str, str]) -> None:
    """Have the note of a row whose times an edit changed written as it is signed, unless the edit says when."""
    if row.get("created_at") and "created_at" not in changed and not changed.keys().isdisjoint({"start", "signed_at"}):
        row["created_at"] = row["signed_at"]


def _read(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    if not path.exists():
        return [], []
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        return list(reader.fieldnames or ()), list(reader)


def _matches(row: Mapping[str, str], where: Mapping[str, str]) -> bool:
    return all(row[column] == value for column, value in where.items())
