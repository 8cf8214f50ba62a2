"""What commands write with `--json` fits the schema that ships and says its number at the end."""

import csv
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import jsonschema
import pytest
from answering import in_production
from click.testing import CliRunner
from conftest import POLICY
from payer import Decision, ack277, receive, remit

import peerbill
from peerbill.cli import COMMANDS, main
from peerbill.documents.kinds import KINDS, REPORTS, SCHEMA, report_class
from peerbill.documents.schemas import shipped
from peerbill.documents.values import from_json, to_json
from peerbill.intake.tables import TABLES
from peerbill.intake.workspace import examples, make_workspace, read_workspace, workspace_settings
from peerbill.ledger.signing import make_pair
from peerbill.policy.payers import profile_ids

WITHOUT_NUMBER = {"manifest"}
"""`manifest.json` is compared byte for byte with that of an earlier run, and stays as it is."""


def validator(name: str) -> Any:
    return jsonschema.Draft202012Validator(json.loads(shipped(name)))


def fields_of(schema: Any) -> Any:
    """Return the properties of a report's schema in their order."""
    return schema["$defs"][schema["$ref"].rpartition("/")[2]]["properties"]


def closed(schema: Any) -> Any:
    """Return a schema whose objects have the keys that it names, all of them, and no more."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: closed(value) for key, value in schema.items()}
    return made | {"additionalProperties": False} if "properties" in made else made


def write(name: str, *arguments: object, codes: tuple[int, ...] = (0, 1)) -> Any:
    """Run a command with `--json -`; return what it wrote, which fits the schema of a report, every key known."""
    where = () if name == "ledger-checkpoint-report" else ("--json", "-")
    result = CliRunner().invoke(main, [*map(str, arguments), *where])
    assert result.exit_code in codes, result.stderr
    document = json.loads(result.stdout)
    schema = json.loads(shipped(name))
    assert list(validator(name).iter_errors(document)) == []
    assert list(jsonschema.Draft202012Validator(closed(schema)).iter_errors(document)) == []
    assert list(document)[-1] == "schema"
    assert document["schema"] == SCHEMA
    assert list(document) == list(fields_of(schema))
    return document


@attrs.frozen
class Agency:
    """A workspace made from an example, and the claims of its first batch."""

    folder: Path
    day: str

    @property
    def out(self) -> Path:
        """Return where the 837 files go."""
        return self.folder / "out"

    def run(self, *arguments: object) -> None:
        """Run a command on the workspace."""
        result = CliRunner().invoke(main, [str(one) for one in arguments])
        assert result.exit_code in {0, 1}, result.stderr

    def bill(self) -> list[str]:
        """Bill; return the ids of the claims."""
        self.run("bill", self.folder, "--out", self.out, "--as-of", self.day)
        manifest = json.loads((self.out / "manifest.json").read_text(encoding="utf-8"))
        assert list(validator("manifest").iter_errors(manifest)) == []
        return [claim["claim_id"] for claim in manifest["claims"]]


def agency(tmp_path: Path, example: str) -> Agency:
    folder = tmp_path / "agency"
    made = make_workspace(folder, example, "TEST")
    assert made is not None
    return Agency(in_production(folder), f"{made.as_of}")


@pytest.fixture
def paid(tmp_path: Path) -> tuple[Agency, list[str]]:
    """Return an agency whose claims are accepted and paid, but for the last two, which nobody answered."""
    made = agency(tmp_path, "mi-recovery-coach")
    ids = made.bill()
    (path,) = made.out.glob("*.837")
    sent = receive(path.read_text(encoding="utf-8"))
    answered = attrs.evolve(sent, claims=sent.claims[:-2])
    for name, text in (
        ("277.x12", ack277(answered)),
        ("835.x12", remit(answered, [Decision(one) for one in answered.claims])),
    ):
        (made.folder / name).write_text(text, encoding="utf-8")
        write("post-report", "post", made.folder, made.folder / name)
    return made, ids


def test_every_report_has_a_schema_and_a_number() -> None:
    """The number is the last field; commands without `--json` have no report."""
    numbered = {name for name in REPORTS if attrs.fields(report_class(name))[-1].name == "schema"}
    assert set(REPORTS) - numbered == WITHOUT_NUMBER
    assert not set(REPORTS) & set(KINDS)
    for name in numbered:
        assert fields_of(json.loads(shipped(name)))["schema"] == {"const": SCHEMA}


def json_commands() -> Iterator[str]:
    """Yield the commands that take `--json`."""
    context = main.make_context("peerbill", [], resilient_parsing=True)
    for name in COMMANDS:
        command = main.get_command(context, name)
        assert command is not None
        parts = getattr(command, "commands", {})
        for title, one in parts.items() or ((None, command),):
            if any(option.name == "json_file" for option in one.params):
                yield name if title is None else f"{name}-{title}"


def test_every_command_with_json_has_a_report() -> None:
    """A command that gains `--json` needs a report of its name; `bill` writes its manifest."""
    assert [name for name in json_commands() if f"{name}-report" not in REPORTS] == ["bill"]


@pytest.mark.parametrize("example", [one.name for one in examples()])
def test_claims_and_explanations_of_every_example(example: str, tmp_path: Path) -> None:
    made = agency(tmp_path, example)
    assert write("claims-report", "claims", made.folder) == {"claims": [], "schema": SCHEMA}
    ids = made.bill()
    claims = write("claims-report", "claims", made.folder)["claims"]
    assert [one["claim_id"] for one in claims] == ids
    encounter = claims[0]["lines"][0]["encounter_ids"][0]
    found = write("explain-encounter-report", "explain", made.folder, encounter, "--as-of", made.day)
    assert found["encounter_id"] == encounter
    assert write("ledger-verify-report", "ledger", "verify", made.folder)["claims"] == len(ids)
    gone = write("withdraw-report", "withdraw", made.folder, ids[0], "--reason", "not uploaded")
    assert gone["done"] == [ids[0]]
    refused = write("void-report", "void", made.folder, ids[0], "--dry-run", "--as-of", made.day)["refused"]
    assert [one["claim_id"] for one in refused] == [ids[0]]


def test_answers_and_corrections(paid: tuple[Agency, list[str]]) -> None:
    """Payments, a void, replacements with what they leave out, and what each command refuses."""
    made, ids = paid
    claims = write("claims-report", "claims", made.folder)["claims"]
    assert [one["state"] for one in claims] == ["paid"] * (len(ids) - 2) + ["written"] * 2
    assert all(one["payments"] and one["history"] for one in claims[:-2])

    void = write("void-report", "void", made.folder, ids[0], "--out", made.out, "--as-of", made.day)
    assert void["corrections"][0]["new_claim_id"] not in {None, *ids}
    table = made.folder / "encounters.csv"
    billed = {one["lines"][0]["encounter_ids"][0] for one in claims[1:3]}
    rows = table.read_text(encoding="utf-8").splitlines(keepends=True)
    table.write_text("".join(row for row in rows if row.split(",")[0] not in billed), encoding="utf-8")
    written = write("replace-report", "replace", made.folder, *ids[1:4], "--dry-run", "--as-of", made.day)
    assert written["dry_run"]
    assert written["refused"]

    assert write("rebill-report", "rebill", made.folder, ids[4])["refused"]
    assert write("write-off-report", "write-off", made.folder, ids[4], "--reason", "small")["refused"]
    assert write("withdraw-report", "withdraw", made.folder, ids[4], ids[-1], "--reason", "lost")["done"] == [ids[-1]]
    assert write("settle-report", "settle", made.folder, "U1", "--reason", "known")["refused"][0]["item"] == "U1"

    saved = made.folder / "trail.json"
    saved.write_text(json.dumps(write("ledger-checkpoint-report", "ledger", "checkpoint", made.folder)))
    verified = write("ledger-verify-report", "ledger", "verify", made.folder, "--checkpoint", saved)
    assert verified["whole"]
    assert "schema" not in verified["checkpoint"]


def test_a_signed_checkpoint(paid: tuple[Agency, list[str]]) -> None:
    made, _ = paid
    make_pair(made.folder / "private.pem", made.folder / "public.pem")
    result = CliRunner().invoke(
        main, ["ledger", "checkpoint", str(made.folder), "--key", str(made.folder / "private.pem")]
    )
    document, schema = json.loads(result.stdout), json.loads(shipped("ledger-signed-checkpoint-report"))

    assert list(jsonschema.Draft202012Validator(closed(schema)).iter_errors(document)) == []
    assert list(document) == list(fields_of(schema))


def test_the_report_of_an_office(paid: tuple[Agency, list[str]]) -> None:
    made, ids = paid
    document = write("report-report", "report", made.folder, "--as-of", "2026-12-14", codes=(0,))
    total = next(row["amounts"] for row in document["balances"] if not row["month"] and not row["payer"])

    assert (total["claims"], document["from"], document["ledger"]) == (len(ids), None, True)
    assert total["charges"] == f"{sum(Decimal(row['charges']) for row in document['staff'])}"
    assert total["payments"] == document["payments"][0]["net"] == document["deposits"][0]["claims"]
    assert [row["balance"] for row in document["aging"] if not row["payer"]] == [total["balance"]] * 2
    assert (document["encounters"], document["billed"], document["unbilled"]) == (len(ids), len(ids), [])


def test_a_payment_without_a_claim_and_its_settlement(paid: tuple[Agency, list[str]]) -> None:
    made, _ = paid
    (path,) = made.out.glob("*.837")
    sent = receive(path.read_text(encoding="utf-8"))
    stray = Decision(attrs.evolve(sent.claims[0], claim_id="ELSEWHERE01"), number="9999", line_ids=False)
    (made.folder / "stray.x12").write_text(remit(sent, [stray], "EFT2", control=2), encoding="utf-8")
    posted = write("post-report", "post", made.folder, made.folder / "stray.x12")
    waiting = posted["unmatched_payments"]
    assert [one["claim_id"] for one in waiting] == ["ELSEWHERE01"]
    assert posted["files"][0]["unmatched"]
    item = waiting[0]["item"]
    assert write("settle-report", "settle", made.folder, item, "--reason", "another system's")["settled"] == [item]


def test_what_review_writes(paid: tuple[Agency, list[str]]) -> None:
    made, _ = paid
    waive = ("PB408", "E9", "--reason", "seen", "--until", made.day, "--as-of", made.day)
    given = write("review-waive-report", "review", "waive", made.folder, *waive)
    ended = write("review-end-waiver-report", "review", "end-waiver", made.folder, "W1", "--reason", "over")

    assert given["refused"] == [{"encounter_id": "E9", "why": "no encounter has this id"}]
    assert ended["refused"] == [{"waiver_id": "W1", "why": "there is no such waiver"}]
    assert write("review-list-report", "review", "list", made.folder)["waivers"] == []

    form = made.folder / "form.csv"
    (claim, *_) = write("claims-report", "claims", made.folder)["claims"]
    id_ = claim["lines"][0]["encounter_ids"][0]
    asked = CliRunner().invoke(main, ["review", "checklist", str(made.folder), id_, "--out", str(form)])
    assert asked.exit_code == 0, asked.stderr
    with form.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with form.open("w", newline="", encoding="utf-8") as file:
        csv.DictWriter(file, rows[0]).writeheader()
        csv.DictWriter(file, rows[0]).writerow({**rows[-1], "rating": "met"})
    recorded = write("review-record-report", "review", "record", made.folder, form, "--reviewer", "R1")["recorded"]
    assert [(one["requirement"], one["rating"]) for one in recorded] == [("payment", "met")]
    assert write("review-list-report", "review", "list", made.folder)["decisions"] == recorded

    with form.open("a", newline="", encoding="utf-8") as file:
        csv.DictWriter(file, rows[0]).writerow({**rows[0], "rating": "not met", "reason": "seen"})
    write("review-record-report", "review", "record", made.folder, form, "--reviewer", "R1")
    summary = write("review-summary-report", "review", "summary", made.folder, codes=(0,))
    assert (summary["encounters"], summary["outcomes"]["supported"]) == (1, 1)


def test_what_tables_writes() -> None:
    assert len(write("tables-report", "tables")["tables"]) == len(TABLES)
    (staff,) = write("tables-report", "tables", "staff")["tables"]
    assert (staff["name"], staff["required"], staff["columns"][0]["name"]) == ("staff", True, "staff_id")


def test_what_explain_and_policy_write(tmp_path: Path) -> None:
    assert len(write("explain-report", "explain")["checks"]) > 50
    assert [one["code"] for one in write("explain-report", "explain", "PB303")["checks"]] == ["PB303"]
    day = ("--on", "2026-07-01")
    assert write("policy-report", "policy", "NJ/sud", *day)["values"]
    assert write("policy-list-report", "policy", "NJ")["programmes"]
    assert len(write("policy-coverage-report", "policy", "--coverage")["states"]) == 51
    assert len(write("policy-payers-report", "policy", "--payers")["profiles"]) == len(profile_ids())
    profile = profile_ids()[0]
    assert write("policy-profile-report", "policy", "--payers", profile)["profile"]["id"] == profile
    assert write("policy-questions-report", "policy", "--questions", "NJ/sud", *day)["missing"]
    own = tmp_path / "nj.toml"
    own.write_text(POLICY, encoding="utf-8")
    checked = write("policy-check-report", "policy", "--check", own, *day)
    assert any(one["changes"] for one in checked["programmes"])
    own.write_text(POLICY.replace("down", "dwn"), encoding="utf-8")
    assert write("policy-check-report", "policy", "--check", own)["problems"]


def test_an_import(tmp_path: Path) -> None:
    made = agency(tmp_path, "nj-recovery-coach")
    text = '[[source]]\nfile = "e.csv"\n[source.encounters]\nencounter_id = "ID"\nplace = "POS"\nend = "OUT"\n'
    (made.folder / "mapping.toml").write_text(text, encoding="utf-8")
    export = tmp_path / "e.csv"
    export.write_text("ID,POS,OUT,X\nE01,99,9/14/2026 3:00 PM,x\nE99,,9/14/2026,x\n", encoding="utf-8")
    report = write("import-report", "import", made.folder, export)
    assert (report["problems"][0]["column"], report["written"]) == ("end", False)
    export.write_text("ID,POS,OUT,X\nE01,99,9/14/2026 3:00 PM,x\n", encoding="utf-8")
    report = write("import-report", "import", made.folder, export)
    assert (report["tables"][0]["columns"], report["written"]) == ({"place": 1, "end": 1}, True)


def test_claims_of_another_system(tmp_path: Path) -> None:
    """The claims of an example whose roster then changes: findings, totals and what was not looked at."""
    made = agency(tmp_path, "nj-recovery-coach")
    made.bill()
    (path,) = made.out.glob("*.837")
    report = write("audit-claims-report", "audit", made.folder, "--claims", path, "--as-of", made.day, codes=(0,))
    assert (report["claims"], report["matched"], report["findings"]) == (25, 25, [])
    staff = made.folder / "staff.csv"
    staff.write_text(staff.read_text(encoding="utf-8").replace("1416738940", "1003000126"), encoding="utf-8")
    report = write("audit-claims-report", "audit", made.folder, "--claims", path, "--as-of", made.day, codes=(1,))
    assert {found["code"] for found in report["findings"]} == {"PB857"}
    assert report["at_risk"]["charged"] == report["totals"][0]["charged"] == "608.00"
    alone = write("audit-claims-report", "audit", "--claims", path, "--as-of", made.day, codes=(0,))
    assert (alone["policies"], alone["lines"]) == ([], 25)


def test_a_comparison_with_a_list_of_excluded_persons(tmp_path: Path) -> None:
    made = agency(tmp_path, "nj-recovery-coach")
    form = tmp_path / "nj.toml"
    form.write_text('list = "NJ"\ndates = "YYYY-MM-DD"\n[columns]\nnpi = "NPI"\nlast_name = "L"\nfirst_name = "F"\n')
    npi = next(row.npi for row in read_workspace(made.folder).staff if row.npi)
    file = tmp_path / "nj-2026-10-01.csv"
    file.write_text(f"NPI,L,F\n{npi},SOMEBODY,ELSE\n")
    report = write("exclusions-report", "exclusions", made.folder, file, "--mapping", form, "--as-of", "2026-10-14")
    assert [(entry["row"], entry["agrees"]) for entry in report["excluded"]] == [(2, ["NPI"])]


def test_claims_and_posted_files_of_a_ledger_come_back(paid: tuple[Agency, list[str]]) -> None:
    made, ids = paid
    front = peerbill.Agency(workspace_settings(made.folder), folder=made.folder)
    claims = front.claims()
    assert [one.claim_id for one in claims] == ids
    assert from_json(to_json(claims), "sent_claims") == claims
    posted = front.post(made.folder / "835.x12").files
    assert from_json(to_json(posted[0]), "posted") == posted[0]
