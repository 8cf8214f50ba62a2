"""What the answers of payers are worth: `python tests/benchmarks/bench_questions.py`.

For every state, the ordinary contact of 30 and of 37 minutes as `policy --coverage` has it (`rendering` set): without
an answer, after plausible answers to what holds it, and both with `part_units = "whole"` in the payer's table. A number
is how many answers were given; "held" is not billed with any.
"""

import sys
import time
from collections import Counter

from peerbill.checks.audit import audit
from peerbill.codes import states_and_district
from peerbill.policy import load_policies, packaged_programmes
from peerbill.policy.load import packaged_file
from peerbill.survey.answering import answers_needed
from peerbill.survey.ordinary import Ordinary, complete_records, encounter_id, ordinary_contacts
from peerbill.survey.states import MINUTES, coverage


def measure(contact: Ordinary, as_of: object, part_units: str) -> list[str]:
    """Return, for each length, whether the contact is billed as it is, and after how many answers."""
    policies = load_policies([contact.programme.id])
    rendering = contact.rules.claim.value.rendering or "peer"
    first = audit(complete_records(contact, MINUTES, (rendering,), part_units), policies, as_of)  # type: ignore[arg-type]
    billed = {one.encounter.encounter_id for one in first.billable}
    after = answers_needed(contact, first, MINUTES, rendering, as_of, part_units)  # type: ignore[arg-type]
    cells = []
    for each in after:
        cells.append("billed" if encounter_id(each.minutes, rendering) in billed else "held")
        cells.append("held" if each.questions is None else f"{each.questions}")
    return cells


def main() -> None:
    """Print the table and its sums."""
    began = time.perf_counter()
    shown = {row.state: row.ordinary for row in coverage()}
    took = time.perf_counter() - began
    columns = [
        f"{length} {what}" for what in ("", "whole ") for length in MINUTES for what in (what, f"{what}answers ")
    ]
    rows: dict[str, list[str]] = {}
    for state in states_and_district():
        ordinary, file = shown[state], packaged_file(state)
        if ordinary is None or file is None or file.as_of is None:
            continue
        day = file.as_of.fromordinal(file.as_of.toordinal() - file.as_of.weekday())
        id_ = next(id_ for id_ in packaged_programmes(state) if id_.partition("/")[2] == ordinary.programme)
        contacts = ordinary_contacts(load_policies([id_]).programme(id_), day)
        contact = next((each for each in contacts if each.group == ordinary.diagnosis), contacts[0])
        rows[state] = [*measure(contact, file.as_of, "hold"), *measure(contact, file.as_of, "whole")]
    print(f"{'state':8}" + "".join(f"{column:>18}" for column in columns))
    for state, cells in rows.items():
        print(f"{state:8}" + "".join(f"{cell:>18}" for cell in cells))
    print()
    for at, column in enumerate(columns):
        counts = Counter(cells[at] for cells in rows.values())
        print(f"{column:20} " + ", ".join(f"{what}: {counts[what]}" for what in sorted(counts)))
    print(f"\ncoverage of all states, with the answers: {took:.2f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
