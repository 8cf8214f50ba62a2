"""Make a workspace of any size for measuring: invented people, clean documentation, no randomness."""

import csv
import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path

FIRST_DAY = dt.date(2026, 3, 2)
AS_OF = dt.date(2026, 12, 14)
SLOTS = ("08:30", "10:00", "11:30", "13:30", "15:30")
MINUTES = (30, 45, 47, 60)
GOALS = ("stay housed", "find work", "rebuild family ties")
TAG = "BNCH"
"""The tag of its ledger."""
SETTINGS = """\
[organization]
name = "Shore Recovery Community"
npi = "1234567893"
tax_id = "221234567"
taxonomy = "261QR0405X"
timezone = "America/New_York"
address = { street = "12 Water St", city = "Toms River", state = "NJ", zip = "087531234" }
contact = { name = "Billing Office", phone = "7325550100" }

[submitter]
name = "Shore Recovery Community"
id = "SHORE01"

[payers.nj-horizon]
policy = "NJ/sud"
name = "HORIZON NJ HEALTH"
id = "EXAMPLE01"
receiver = { name = "EXAMPLE CLEARINGHOUSE", id = "EXAMPLE02" }
claim_filing = "MC"
mode = "test"
rendering = "peer"
charges = { "H0038:HF" = "16.00" }

[ledger]
tag = "BNCH"
"""
POLICY = """\
state = "NJ"

[source.example]
title = "Example value, not a real rule"
kind = "primary"

[[sud.unit]]
rounding = "down"
aggregate = "encounter"
source = "example"

[[sud.credential.CPRS]]
name = "Certified Peer Recovery Specialist"
source = "example"
"""


def npi(number: int) -> str:
    """Return an invented NPI with a right check digit."""
    base = f"1{number:08d}"
    total = 24
    for place, digit in enumerate(base):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value // 10 + value % 10
    return f"{base}{-total % 10}"


def _write(path: Path, header: str, rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header.split(","))
        writer.writerows(rows)


def make_workspace(folder: Path, encounters: int = 100_000, members: int = 2_000, peers: int = 100) -> None:
    """Write a workspace without an error on `AS_OF`: each peer serves members of their own, five contacts a day."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "policies").mkdir(exist_ok=True)
    (folder / "peerbill.toml").write_text(SETTINGS, encoding="utf-8")
    (folder / "policies" / "nj.toml").write_text(POLICY, encoding="utf-8")
    supervisor = "S0"
    staff = [
        (f"S{number}", "Rivera", "Dana", npi(number), "peer", supervisor, "2025-01-06")
        for number in range(1, peers + 1)
    ]
    _write(
        folder / "staff.csv",
        "staff_id,last_name,first_name,npi,role,supervisor_id,hired_on",
        [(supervisor, "Okafor", "Ife", "", "supervisor", "", "2024-03-01"), *staff],
    )
    _write(
        folder / "credentials.csv",
        "staff_id,state,credential,number,issued_on,expires_on,status,training_hours",
        [
            (f"S{number}", "NJ", "CPRS", number, "2025-01-01", "2027-12-31", "active", 46)
            for number in range(1, peers + 1)
        ],
    )
    ids = range(1, members + 1)
    _write(
        folder / "members.csv",
        "member_id,last_name,first_name,birth_date,sex,street,city,state,zip,release_on",
        [
            (f"M{n}", "Lane", "Alex", "1988-04-02", "M", f"{n} Oak Ave", "Brick", "NJ", "08723", "2026-01-02")
            for n in ids
        ],
    )
    _write(
        folder / "coverage.csv",
        "member_id,payer,subscriber_id,from,to,rank",
        [(f"M{n}", "nj-horizon", f"{n:012d}", "2026-01-01", "", 1) for n in ids],
    )
    _write(
        folder / "plans.csv",
        "member_id,plan_id,kind,effective_on,expires_on,signed_by,signed_on,goals,services",
        [
            (f"M{n}", f"P{n}", "recovery", "2026-01-02", "2026-12-31", "member", "2026-01-02", ";".join(GOALS), "")
            for n in ids
        ],
    )
    _write(
        folder / "encounters.csv",
        "encounter_id,member_id,staff_id,service,start,end,place,channel,diagnoses,support_type,activity,plan_id,goal,"
        "intervention,response,next_step,location,signed_by,signed_at,voluntary",
        _encounters(encounters, members, peers),
    )


def _encounters(count: int, members: int, peers: int) -> Iterable[Sequence[object]]:
    each = members // peers
    for number in range(count):
        peer, contact = number % peers, number // peers
        day_number, slot = divmod(contact, len(SLOTS))
        week, weekday = divmod(day_number, 5)
        day = FIRST_DAY + dt.timedelta(days=7 * week + weekday)
        member = peer * each + (contact % each) + 1
        start = dt.datetime.fromisoformat(f"{day}T{SLOTS[slot]}")
        end = start + dt.timedelta(minutes=MINUTES[number % len(MINUTES)])
        yield (
            f"E{number:07d}",
            f"M{member}",
            f"S{peer + 1}",
            "individual",
            start.isoformat(timespec="minutes"),
            end.isoformat(timespec="minutes"),
            ("11", "12", "53", "57")[peer % 4],
            "in-person",
            ("F11.20", "F10.20", "F14.20;F41.1")[member % 3],
            ("informational", "emotional", "instrumental")[number % 3],
            ("job search", "listening", "system navigation")[number % 3],
            f"P{member}",
            GOALS[number % 3],
            f"Went through posting {number} together and practised the first call.",
            "Made one call and was relieved afterwards.",
            "Second call by Thursday.",
            "center",
            f"S{peer + 1}",
            (end + dt.timedelta(hours=2)).isoformat(timespec="minutes"),
            "yes",
        )
