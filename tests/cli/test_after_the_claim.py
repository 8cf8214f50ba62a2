"""What a claim becomes, told by the commands alone: what `claims`, `post`, `todo` and `ledger` print and write."""

import json
import sqlite3
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest
from answering import in_production
from click.testing import CliRunner, Result
from payer import Decision, Paid, SentClaim, SentFile, SentLine, ack277, ack999, denied, receive, reduced, remit, ta1
from payer import reversal as taken_back

from peerbill.cli import main

SENT, LATER = "2026-10-14", "2026-11-02"
PAID, DENIED, CUT, CORRECTED, REVERSED, REJECTED = (f"PBTEST{number:08}" for number in range(1, 7))
"""Claims of the first batch by what the payer does with them; the rest is paid."""

CLAIM_KEYS = {
    "claim_id": str,
    "payer": str,
    "member_id": str,
    "state": str,
    "frequency": str,
    "charge": str,
    "paid": str,
    "payer_control_number": str,
    "replaces": str | None,
    "lines": list,
    "history": list,
}
LINE_KEYS = {
    "line_id": str,
    "encounter_ids": list,
    "state": str,
    "charge": str,
    "paid": str,
    "adjustments": list,
    "remarks": list,
}


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert "Traceback" not in result.stderr
    return result


@attrs.frozen
class Agency:
    """A workspace, and the payer that answers its files."""

    folder: Path

    @property
    def out(self) -> Path:
        """Return where the 837 files go."""
        return self.folder / "out"

    def bill(self, day: str = SENT, *options: str) -> Result:
        """Bill."""
        return run("bill", self.folder, "--out", self.out, "--as-of", day, *options)

    def newest(self) -> SentFile:
        """Return the last file as the payer receives it."""
        return receive(max(self.out.glob("*.837")).read_text())

    def post(self, name: str, text: str) -> tuple[int, dict[str, Any]]:
        """Post a text; return the exit code and what is told of it."""
        (self.folder / name).write_text(text)
        result = run("post", self.folder, self.folder / name, "--json", "-")
        (told,) = json.loads(result.stdout)["files"]
        assert told["path"] == str(self.folder / name)
        return result.exit_code, told

    def claims(self, *options: str) -> dict[str, dict[str, Any]]:
        """Return claims by id."""
        result = run("claims", self.folder, *options, "--json", "-")
        assert result.exit_code == 0
        return {claim["claim_id"]: claim for claim in json.loads(result.stdout)["claims"]}

    def states(self) -> Counter[str]:
        """Return how many claims are in each state."""
        return Counter(claim["state"] for claim in self.claims().values())

    def todo(self, day: str = LATER) -> tuple[int, dict[str, Any]]:
        """Return the work list."""
        result = run("todo", self.folder, "--as-of", day, "--json", "-")
        return result.exit_code, json.loads(result.stdout)

    def edit(self, table: str, before: str, after: str) -> None:
        """Correct a table."""
        file = self.folder / table
        text = file.read_text()
        assert before in text
        file.write_text(text.replace(before, after))


@pytest.fixture
def agency(tmp_path: Path) -> Agency:
    """Return a copy of the shipped example, not billed yet."""
    folder = tmp_path / "agency"
    assert run("init", folder, "--example", "mi-recovery-coach", "--tag", "TEST").exit_code == 0
    return Agency(in_production(folder))


def a_unit_less(line: SentLine) -> Paid:
    """Pay without one unit, which is over a limit."""
    unit = line.charge / int(line.units)
    return Paid(line.charge - unit, (("CO", "119", unit),), ("N362",))


def first_decision(claim: SentClaim) -> Decision:
    """Return what the payer decides on a claim of the first batch."""
    return Decision(claim, {DENIED: denied, CUT: a_unit_less}.get(claim.claim_id, reduced))


@pytest.fixture
def answered(agency: Agency) -> Agency:
    """Return the agency after 999, 277CA and 835 of its first batch."""
    assert agency.bill().exit_code == 0
    sent = agency.newest()
    agency.post("1.ta1", ta1(sent))
    agency.post("2.999", ack999(sent))
    agency.post("3.277", ack277(sent, lambda claim: "A7:33:IL" if claim.claim_id == REJECTED else "A2:20"))
    agency.post("4.835", remit(sent, [first_decision(one) for one in sent.claims if one.claim_id != REJECTED]))
    return agency


def test_each_answer_moves_the_claims_on(agency: Agency) -> None:
    assert agency.bill().exit_code == 0
    assert agency.states() == {"written": 26}
    sent = agency.newest()

    code, told = agency.post("1.ta1", ta1(sent))
    assert (code, told["kind"], told["problems"]) == (0, "TA1", [])
    assert agency.states() == {"written": 26}

    code, told = agency.post("2.999", ack999(sent))
    assert (code, told["kind"], told["transactions"], told["matched"], told["unmatched"]) == (0, "999", 1, 26, [])
    assert agency.states() == {"written": 26}

    code, told = agency.post("3.277", ack277(sent, lambda claim: "A7:33:IL" if claim.claim_id == REJECTED else "A2:20"))
    assert (code, told["kind"], told["matched"]) == (1, "277CA", 26)
    assert agency.states() == {"accepted": 25, "rejected-payer": 1}

    decisions = [first_decision(claim) for claim in sent.claims if claim.claim_id != REJECTED]
    code, told = agency.post("4.835", remit(sent, decisions))
    assert (code, told["kind"], told["transactions"], told["matched"]) == (0, "835", 1, 25)
    assert agency.states() == {"paid": 23, "denied": 1, "partly-paid": 1, "rejected-payer": 1}


def test_claims_have_the_shape_and_the_money_of_the_contract(answered: Agency) -> None:
    claims = answered.claims()

    for claim in claims.values():
        assert all(isinstance(claim[key], kind) for key, kind in CLAIM_KEYS.items())
        for line in claim["lines"]:
            assert all(isinstance(line[key], kind) for key, kind in LINE_KEYS.items())
        assert [sorted({"at", "event", "file", "detail"} - entry.keys()) for entry in claim["history"]] == (
            [[]] * len(claim["history"])
        )
        cuts = [cut for line in claim["lines"] for cut in line["adjustments"]]
        if claim["state"] in {"paid", "partly-paid", "denied"}:
            left = Decimal(claim["charge"]) - sum((Decimal(cut["amount"]) for cut in cuts), Decimal(0))
            assert left == Decimal(claim["paid"])
    assert claims[PAID]["lines"] == [
        claims[PAID]["lines"][0]
        | {
            "line_id": f"{PAID}-1",
            "encounter_ids": ["E01"],
            "state": "paid",
            "charge": "75.00",
            "paid": "60.00",
            "adjustments": [{"group": "CO", "reason": "45", "amount": "15.00"}],
            "remarks": [],
        }
    ]
    assert claims[DENIED]["lines"][0]["remarks"] == ["N290"]
    assert (claims[DENIED]["state"], claims[DENIED]["paid"]) == ("denied", "0.00")
    assert (claims[CUT]["state"], claims[CUT]["paid"]) == ("partly-paid", "50.00")
    assert claims[PAID]["payer_control_number"] == "ICN0000000001"
    assert [entry["file"] for entry in claims[PAID]["history"]][1:] == ["1.ta1", "2.999", "3.277", "4.835"]
    assert answered.claims("--state", "denied").keys() == {DENIED}
    assert run("claims", answered.folder, DENIED).stdout.startswith(f"{DENIED}: denied")


def test_what_is_posted_twice_or_does_not_balance_changes_nothing(answered: Agency) -> None:
    before = answered.claims()
    again = run("post", answered.folder, *sorted(answered.folder.glob("?.*[795]")), "--json", "-")
    text = (answered.folder / "4.835").read_text()
    wrong = text.replace("EFT1", "EFT2").replace("SVC*HC:H0038:HF*75*60", "SVC*HC:H0038:HF*75*59", 1)
    assert wrong != text.replace("EFT1", "EFT2")
    code, told = answered.post("5.835", wrong)
    cut_off, _ = answered.post("6.835", text.replace("EFT1", "EFT3")[: len(text) // 2])

    assert again.exit_code == 0
    assert {file["matched"] for file in json.loads(again.stdout)["files"]} == {0}
    assert code == 1
    assert "does not balance" in str(told["problems"])
    assert cut_off in {1, 2}
    assert answered.claims() == before


def test_a_payment_is_taken_back_and_corrected(answered: Agency) -> None:
    sent = receive(min(answered.out.glob("*.837")).read_text())
    claims = {claim.claim_id: claim for claim in sent.claims}
    decisions = [
        taken_back(claims[REVERSED], reduced),
        taken_back(claims[CORRECTED], reduced),
        Decision(claims[CORRECTED], a_unit_less),
    ]
    code, told = answered.post("5.835", remit(sent, decisions, trace="EFT2", plb=[("WO", "X", Decimal(-500))]))
    after = answered.claims()

    assert (code, told["matched"], told["unmatched"]) == (0, 3, [])
    assert (after[REVERSED]["state"], after[REVERSED]["paid"]) == ("reversed", "0.00")
    assert (after[CORRECTED]["state"], after[CORRECTED]["paid"]) == ("partly-paid", "50.00")
    assert [entry["event"] for entry in after[REVERSED]["history"]][-2:] == ["paid", "reversed"]


def test_a_payment_that_is_no_claim_of_ours_is_told(answered: Agency) -> None:
    sent = receive(min(answered.out.glob("*.837")).read_text())
    stranger = attrs.evolve(
        sent.claims[0],
        claim_id="ELSEWHERE1",
        subscriber_id="999",
        lines=(attrs.evolve(sent.claims[0].lines[0], line_id="ELSEWHERE1-1"),),
    )
    before = answered.claims()
    code, told = answered.post("5.835", remit(sent, [Decision(stranger, number="ICN9")], trace="EFT2"))

    assert (code, told["matched"]) == (1, 0)
    assert [one["claim_id"] for one in told["unmatched"]] == ["ELSEWHERE1"]
    assert told["unmatched"][0]["why"]
    assert answered.claims() == before


def test_the_work_list_names_what_is_open_and_why(answered: Agency) -> None:
    code, told = answered.todo()
    by_claim = {id_: item for item in told["items"] for id_ in item["claim_ids"]}

    assert code == 1
    assert by_claim.keys() == {DENIED, CUT, REJECTED}
    for item in by_claim.values():
        assert item["do"]
        assert item["deadline"] > LATER
        assert Decimal(item["amount"]) > 0
    deadlines = [item["deadline"] or "9" for item in told["items"]]
    assert deadlines == sorted(deadlines)


def test_a_replacement_goes_out_under_the_payers_number_and_is_paid(answered: Agency) -> None:
    answered.edit("encounters.csv", "2026-09-14T09:47", "2026-09-14T09:31")
    before, ledger = answered.claims(), (answered.folder / "ledger.db").read_bytes()
    looked = run("replace", answered.folder, PAID, "--dry-run", "--as-of", LATER, "--json", "-")
    assert looked.exit_code == 0
    assert (answered.claims(), (answered.folder / "ledger.db").read_bytes()) == (before, ledger)

    assert run("replace", answered.folder, PAID, "--out", answered.out, "--as-of", LATER).exit_code == 0
    sent = answered.newest()
    (new,) = sent.claims
    after = answered.claims()
    assert (new.frequency, new.original, new.charge) == ("7", "ICN0000000001", Decimal(50))
    assert after[PAID]["state"] == "replaced"
    assert (after[new.claim_id]["frequency"], after[new.claim_id]["replaces"]) == ("7", PAID)
    assert after[new.claim_id]["lines"][0]["encounter_ids"] == ["E01"]
    assert run("check", *answered.out.glob("*.837"), "--quick").exit_code == 0
    # At once and once more it is listed again, for a run that was killed before anybody saw what it did.
    assert run("replace", answered.folder, PAID, "--out", answered.out, "--as-of", LATER).exit_code == 0
    assert answered.claims() == after

    old = receive(min(answered.out.glob("*.837")).read_text()).claims[0]
    text = remit(
        sent, [taken_back(old, reduced), Decision(new, reduced, number="ICN77")], "EFT2", [("72", "X", -Decimal(90))]
    )
    code, told = answered.post("5.835", text)
    after = answered.claims()
    assert (code, told["matched"]) == (0, 2)
    assert (after[new.claim_id]["state"], after[new.claim_id]["paid"]) == ("paid", "40.00")
    assert (after[PAID]["state"], after[PAID]["paid"]) == ("replaced", "0.00")
    assert run("replace", answered.folder, PAID, "--out", answered.out, "--as-of", LATER).exit_code == 1
    assert answered.claims() == after


def test_a_void_takes_the_whole_claim_back(answered: Agency) -> None:
    done = run("void", answered.folder, PAID, "PB9999999999", "--out", answered.out, "--as-of", LATER, "--json", "-")
    (new,) = answered.newest().claims
    after = answered.claims()

    assert done.exit_code == 1
    assert [one["claim_id"] for one in json.loads(done.stdout)["refused"]] == ["PB9999999999"]
    assert (new.frequency, new.original, new.charge) == ("8", "ICN0000000001", Decimal(75))
    assert after[PAID]["state"] == "voided"
    assert (after[new.claim_id]["frequency"], after[new.claim_id]["replaces"]) == ("8", PAID)
    before = len(after)
    assert answered.bill(LATER, "--unchanged").exit_code == 0  # what was rejected, and nothing that was voided
    assert len(answered.claims()) == before + 1
    assert answered.newest().claims[0].frequency == "1"


def test_what_the_interchange_or_the_group_rejects_is_billed_anew(agency: Agency) -> None:
    agency.bill()
    assert agency.post("1.ta1", ta1(agency.newest(), "R", "006"))[0] == 1
    assert agency.states() == {"rejected-interchange": 26}
    agency.bill(SENT, "--unchanged")
    sent = agency.newest()
    assert agency.post("2.999", ack999(sent, {claim.set_number for claim in sent.claims}))[0] == 1
    assert agency.states() == {"rejected-interchange": 26, "rejected-functional": 26}
    agency.bill(SENT, "--unchanged")
    assert agency.states() == {"rejected-interchange": 26, "rejected-functional": 26, "written": 26}
    assert {claim.frequency for claim in agency.newest().claims} == {"1"}


def test_a_denied_claim_is_rebilled_or_written_off(answered: Agency) -> None:
    assert run("rebill", answered.folder, DENIED).exit_code == 0
    assert run("write-off", answered.folder, CUT, "--reason", "limit reached").exit_code == 0
    assert run("rebill", answered.folder, PAID).exit_code == 1
    answered.bill(LATER, "--unchanged")
    after = answered.claims()

    assert after[CUT]["state"] == "written-off"
    assert {tuple(claim["lines"][0]["encounter_ids"]) for claim in after.values() if claim["state"] == "written"} == {
        tuple(after[id_]["lines"][0]["encounter_ids"]) for id_ in (DENIED, REJECTED)
    }


def test_the_trail_is_whole_until_somebody_edits_it(answered: Agency, tmp_path: Path) -> None:
    whole = run("ledger", "verify", answered.folder)
    saved = tmp_path / "trail.json"
    assert run("ledger", "checkpoint", answered.folder, "--out", saved).exit_code == 0
    assert run("ledger", "backup", answered.folder, tmp_path / "copy.db").exit_code == 0
    with sqlite3.connect(answered.folder / "ledger.db") as connection:
        connection.execute("update events set detail = 'paid in full' where number = 30")
    connection.close()
    broken = run("ledger", "verify", answered.folder)
    restored = run("ledger", "restore", answered.folder, tmp_path / "copy.db", "--replace")

    assert whole.exit_code == 0
    assert (broken.exit_code, broken.stdout.count("entry 30")) == (1, 1)
    assert restored.exit_code == 0
    assert run("ledger", "verify", answered.folder, "--checkpoint", saved).exit_code == 0


def test_what_cannot_be_used_is_told_and_ends_with_2(agency: Agency, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("no answer of a payer\n")
    missing = tmp_path / "nowhere"

    assert agency.claims() == {}
    assert agency.todo(SENT)[0] == 1  # there is something to bill
    for arguments in (
        ("post", agency.folder, note),
        ("claims", agency.folder, PAID),
        ("ledger", "verify", missing),
        ("void", missing, PAID, "--out", agency.out),
        ("claims", missing),
        ("todo", missing),
        ("replace", missing, PAID, "--out", agency.out),
    ):
        result = run(*arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert {line[:7] for line in result.stderr.splitlines()} == {"Error: "}
    agency.bill()
    assert run("post", agency.folder, note).exit_code == 2
    assert run("claims", agency.folder, "PBTEST00000099").exit_code == 2
    assert run("claims", agency.folder, "--state", "lost").exit_code == 2


def test_no_command_names_a_person(answered: Agency) -> None:
    people = {
        cell
        for table in ("members.csv", "staff.csv")
        for row in (answered.folder / table).read_text().splitlines()[1:]
        for cell in row.split(",")[1:3]
    }
    said = "".join(
        run(*arguments).output
        for arguments in (
            ("claims", answered.folder),
            ("claims", answered.folder, DENIED),
            ("claims", answered.folder, "--json", "-"),
            ("todo", answered.folder, "--as-of", LATER),
            ("ledger", "verify", answered.folder),
            ("void", answered.folder, PAID, "--dry-run"),
        )
    )

    assert len(people) > 8
    assert not {name for name in people if name in said}
