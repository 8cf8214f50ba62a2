"""JSON that peerbill wrote and reads again, and the files that it keeps: checkpoints, journals, plans, frames."""

import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

from click.testing import CliRunner
from fuzz.contract import BrokenPromiseError, lend, result
from fuzz.tables import DAY, small_files
from fuzz.target import Target
from review_rows import request, row

from peerbill.checks.audit import audit, explain
from peerbill.claims.build import build_claims
from peerbill.cli import main
from peerbill.cli.reviewing import DECISIONS, FRAME, PLAN, saved_plan
from peerbill.documents.kinds import KINDS
from peerbill.documents.text import report_text
from peerbill.documents.values import from_json, to_json
from peerbill.intake.importing.write import recover
from peerbill.intake.workspace import IMPORT_JOURNAL, make_workspace, read_workspace
from peerbill.ledger.store.lost_ledger import lost_ledger
from peerbill.model.errors import DocumentError, UnusableInputError
from peerbill.model.records import LEDGER_URL
from peerbill.policy import load_policies
from peerbill.review.decisions import decisions_form, read_decisions
from peerbill.review.frame import Frame, checked_frame, read_frame
from peerbill.review.plan import SamplePlan, make_plan

_KIND = re.compile(rb'"kind"\s*:\s*"([a-z_]+)"')


def read_any_document(data: bytes, _: Path) -> None:
    """Read a document as the kind that it names; what is read comes back from what it is written as."""
    named = _KIND.search(data)
    kind = named[1].decode() if named else "claim"
    if kind not in KINDS and kind.removesuffix("s") not in KINDS:
        kind = "claim"
    value = result(lambda: from_json(data, kind), DocumentError)
    if value is not None and value != ():
        text = result(lambda: to_json(value), DocumentError)
        assert text is None or from_json(text, kind) == value


def read_any_kept_file(data: bytes, folder: Path) -> None:
    """Read each file that peerbill keeps for itself: of a sample, of an import, of a batch, of the trail."""
    shutil.copytree(_workspace(), folder, dirs_exist_ok=True)
    frame, plan = _sample()
    read = result(lambda: read_frame(data, "all", FRAME), UnusableInputError)
    assert read is None or read_frame(read.content, "all", FRAME) == read
    drawn = {each.row_id: each for each in frame.rows}
    result(lambda: read_decisions(data, DECISIONS, drawn, "full"), UnusableInputError, DECISIONS)
    (folder / FRAME).write_bytes(frame.content)
    (folder / PLAN).write_bytes(data)
    saved = result(lambda: saved_plan(folder / PLAN), UnusableInputError)
    assert saved is None or saved.plan == plan
    (folder / "manifest.json").write_bytes(data)
    lost_ledger(LEDGER_URL, folder, folder, ["SHORE01"])
    (folder / IMPORT_JOURNAL).write_bytes(data)
    result(lambda: recover(folder), UnusableInputError)
    (folder / "checkpoint.json").write_bytes(data)
    command = ["ledger", "verify", str(folder), "--checkpoint", str(folder / "checkpoint.json")]
    done = CliRunner().invoke(main, command)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise BrokenPromiseError(f"{command} ended in {done.exception!r}") from done.exception


@cache
def _workspace() -> Path:
    """Return a workspace with a ledger, of which each input gets a copy."""
    folder = lend(Path(mkdtemp(prefix="peerbill-fuzz-")) / "workspace")
    make_workspace(folder, "nj-recovery-coach", "TEST")
    return folder


@cache
def _sample() -> tuple[Frame, SamplePlan]:
    frame = checked_frame("all", [row(number, 1000 + number * 10) for number in range(12)])
    return frame, make_plan(request(size=6, spares=2), frame, "1")


def _document_seeds() -> Iterator[bytes]:
    with TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "policies").mkdir()
        for name, text in small_files().items():
            (folder / name).write_text(text, encoding="utf-8")
        records = read_workspace(folder)
        policies = load_policies(["NJ/sud"], {"policies/nj.toml": small_files()["policies/nj.toml"]})
    found = audit(records, policies, DAY)
    claims = build_claims(found.billable, records, iter(["PBTEST00000001"]))
    explained = explain(records, policies, DAY, "E1")
    values = (records, found, *claims, list(claims), explained, records.encounters[0], *found.findings[:1])
    yield from map(to_json, values)


def _kept_seeds() -> Iterator[bytes]:
    _workspace()
    frame, plan = _sample()
    yield frame.content
    yield decisions_form(plan, {each.row_id: each for each in frame.rows}).encode()
    yield report_text(plan).encode()
    yield b'{"tables": [{"name": "staff.csv", "old": "0a", "new": "0b"}]}'
    yield b'{"files": [{"path": "PBTEST-1.837"}], "claims": []}'
    yield b'{"number": 7, "hash": "00ff", "at": "2026-10-02T10:00:00+00:00", "schema": 1}'


DOCUMENTS = Target("documents", read_any_document, _document_seeds)
KEPT = Target("kept-files", read_any_kept_file, _kept_seeds)
