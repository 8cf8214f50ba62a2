"""What `sample` and `extrapolate` share: a saved plan, made again from its frame before anything rests on it."""

import hashlib
from pathlib import Path

import attrs
import msgspec

from peerbill.documents.text import report_text
from peerbill.model.errors import UnusableInputError
from peerbill.model.input_files import read_file
from peerbill.model.limits import DEFAULT
from peerbill.review.decisions import Review, read_decisions, whole_review
from peerbill.review.draw import GENERATOR, GENERATOR_VERSION
from peerbill.review.frame import Frame, Row, read_frame
from peerbill.review.plan import SamplePlan, make_plan

PLAN, FRAME, DECISIONS = "plan.json", "frame.csv", "decisions.csv"


@attrs.frozen
class SavedPlan:
    """A plan that its frame gave again, byte for byte, and its hash."""

    plan: SamplePlan
    frame: Frame
    sha256: str

    @property
    def drawn_rows(self) -> dict[str, Row]:
        """The rows of all units that were drawn, by id."""
        drawn = {row for unit in self.plan.drawn for row in unit.rows}
        return {row.row_id: row for row in self.frame.rows if row.row_id in drawn}


def saved_plan(file: Path) -> SavedPlan:
    """Read a plan and the frame beside it, and make the plan again. Raises UnusableInputError where they differ."""
    content = read_file(file)
    try:
        plan = msgspec.json.decode(content, type=SamplePlan)
    except (ValueError, RecursionError) as error:
        raise UnusableInputError(f"{file} is no plan of a sample: expected plan.json as sample wrote it") from error
    if (plan.generator, plan.generator_version) != (GENERATOR, GENERATOR_VERSION):
        raise UnusableInputError(
            f"{file}: units were drawn by {plan.generator}, version {plan.generator_version}: "
            f"this version of peerbill has {GENERATOR}, version {GENERATOR_VERSION}"
        )
    beside = file.with_name(FRAME)
    frame_content = read_file(beside, most=DEFAULT.table_bytes)
    found = hashlib.sha256(frame_content).hexdigest()
    if found != plan.frame_sha256:
        raise UnusableInputError(
            f"{beside} was changed: its SHA-256 is {found}, and the plan has {plan.frame_sha256}: "
            "put back the file that sample wrote"
        )
    frame = read_frame(frame_content, plan.frame_query, str(beside))
    if report_text(make_plan(plan.request, frame, plan.peerbill)).encode() != content:
        raise UnusableInputError(f"{file} was changed: its request and its frame give another plan")
    return SavedPlan(plan, frame, hashlib.sha256(content).hexdigest())


def saved_review(saved: SavedPlan, file: Path, *, spares: bool) -> tuple[Review, str]:
    """Read the decisions on a plan; return the whole review, and the hash of the file."""
    content = read_file(file)
    decisions = read_decisions(content, str(file), saved.drawn_rows, saved.plan.request.missing_record)
    return whole_review(saved.plan, decisions, spares=spares), hashlib.sha256(content).hexdigest()
