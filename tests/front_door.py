"""The core's journey on the public names alone, for `test_front_door.py`: run by an interpreter that has no more.

Prints what it found, a line for each step.
"""

import datetime as dt
import sys
from itertools import count
from pathlib import Path

import peerbill


def main(workspace: str, as_of: str) -> None:
    """Go from a workspace and from rows to an 837, and check and read what was written."""
    folder, day = Path(workspace), dt.date.fromisoformat(as_of)
    records = peerbill.read_workspace(folder)
    settings = records.settings
    own = peerbill.read_agency_policies(folder)
    policies = peerbill.load_policies(peerbill.programme_ids(settings), own)
    audit = peerbill.audit(records, policies, day)
    print("audit", len(audit.encounters), audit.count("billable"))
    one = peerbill.Auditor(records, policies, day).encounter(records.encounters[0])
    print("one", one.status, one.units)
    claims = peerbill.build_claims(audit.billable, records, (f"OURS{number}" for number in count(1)))
    payer = settings.payers[claims[0].payer]
    content = peerbill.write_837(claims, payer, settings, day, isa13=7)
    report = peerbill.check_837(content)
    print("837", report.claims, report.problems)
    print("read", sum(read.whole for read in peerbill.read_837(content)))
    for kind, value in (("audit", audit), ("claims", claims), ("records", records)):
        print("json", kind, peerbill.from_json(peerbill.to_json(value), kind) == value)
    print("answers", [found.set_id for found in peerbill.read_answers(content)])
    facts = peerbill.Facts(service="individual", channel="in-person")
    print("answer", peerbill.answer("NJ/sud", day, facts, 37).hcpcs)
    print("missing", bool(peerbill.missing_values("NJ/sud", day)))
    row = {"encounter_id": 1, "member_id": "M1", "staff_id": "S1", "service": "individual", "place": "57"}
    rows = [{**row, "start": dt.datetime(2026, 3, 2, 10), "end": dt.datetime(2026, 3, 2, 11)}]
    print("rows", len(peerbill.records_from(settings, {"encounters": rows}).encounters))
    try:
        print(peerbill.BatchResult)
    except ImportError as error:
        print("without", error)


if __name__ == "__main__":
    main(*sys.argv[1:])
