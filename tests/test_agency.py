"""`Agency`: what the commands do, on records and on files, bytes or a folder, with both databases."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from peerbill import Agency, Rating, Records, RequirementCount, make_workspace, read_workspace
from peerbill.cli import main
from peerbill.intake.workspace import examples
from peerbill.ledger.store import tables
from peerbill.ledger.store.database import find_place, reading_engine
from peerbill.model.errors import LedgerError, UnusableInputError

EXAMPLE = "mi-recovery-coach"
DAY = next(example.as_of for example in examples() if example.name == EXAMPLE)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return new_workspace(tmp_path / "workspace")


def new_workspace(folder: Path) -> Path:
    assert make_workspace(folder, EXAMPLE, "TEST") is not None
    return folder


@pytest.fixture
def records(workspace: Path) -> Records:
    return read_workspace(workspace)


@attrs.define
class Store:
    """A program that takes files, and may refuse some of them."""

    files: dict[str, bytes] = attrs.field(factory=dict)
    calls: list[str] = attrs.field(factory=list)
    refuses: Callable[[str], bool] = lambda _: False

    def take(self, name: str, content: bytes) -> None:
        """Keep a file, or refuse it."""
        self.calls.append(name)
        if self.refuses(name):
            raise ConnectionError("a member's name must not get into a message")
        self.files[name] = content


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments])


def outgoing(agency: Agency) -> int:
    with reading_engine(find_place(agency.url, agency.folder)).connect() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(tables.outgoing)).scalar_one())


def of_server(records: Records, url: str, folder: Path, **more: Any) -> Agency:
    """Return an agency without a folder on a server, and with one for SQLite, whose file needs a place."""
    settings = attrs.evolve(records.settings, ledger_url=url)
    return Agency(settings, folder=folder if url.startswith("sqlite") else None, **more)


def test_a_program_gets_the_bytes_that_the_command_writes(tmp_path: Path, workspace: Path) -> None:
    other = new_workspace(tmp_path / "other")
    told = run("bill", other, "--out", tmp_path / "out", "--as-of", DAY.isoformat())
    store = Store()
    records = read_workspace(workspace)
    done = Agency(records.settings, folder=workspace, files=store.take).bill(records, DAY)

    assert told.exit_code == 0, told.output
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").glob("*.837")} == store.files
    assert [(file.name, file.content) for file in done.batch.files] == list(store.files.items())
    assert done.batch.manifest is None
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert [claim["claim_id"] for claim in manifest["claims"]] == [claim.claim_id for claim in done.batch.claims]
    assert [one["encounter_id"] for one in manifest["held"]] == [
        entry.encounter_id for entry in done.audit.encounters if entry.status == "held"
    ]


def test_nothing_is_billed_twice_on_either_database(records: Records, workspace: Path, ledger_url: str) -> None:
    (workspace / "ledger.db").unlink()
    store = Store()
    records = attrs.evolve(records, settings=attrs.evolve(records.settings, ledger_url=ledger_url))
    agency = of_server(records, ledger_url, workspace, files=store.take)
    first, again = agency.bill(records, DAY), agency.bill(records, DAY)

    assert len(first.batch.claims) > 0
    assert (again.batch.claims, again.batch.files) == ((), ())
    assert len(store.calls) == len(first.batch.files)
    assert outgoing(agency) == 0
    assert {claim.claim_id for claim in agency.claims()} == {claim.claim_id for claim in first.batch.claims}
    assert agency.audit(records, DAY).count("billed") == again.audit.count("billed") > 0


def test_a_file_that_was_not_taken_is_handed_over_first_by_the_next_run(
    records: Records, workspace: Path, ledger_url: str
) -> None:
    (workspace / "ledger.db").unlink()
    records = attrs.evolve(records, settings=attrs.evolve(records.settings, ledger_url=ledger_url))
    store = Store(refuses=lambda _: True)
    heard: list[str] = []
    agency = of_server(records, ledger_url, workspace, files=store.take, tell=heard.append)
    with pytest.raises(LedgerError, match=r"was not taken \(ConnectionError\)") as refused:
        agency.bill(records, DAY)
    assert "member" not in str(refused.value)
    recorded = {claim.claim_id for claim in agency.claims()}
    assert recorded
    assert outgoing(agency) == 1
    (name,) = store.calls

    without = of_server(records, ledger_url, workspace)
    with pytest.raises(LedgerError, match="the program that takes the files has not taken it"):
        without.post((workspace / "answers" / "1-999.edi").read_bytes())

    store.refuses = lambda _: False
    done = agency.bill(records, DAY)
    assert store.calls == [name, name]
    assert [file.name for file in done.batch.files] == [name]
    assert done.batch.claims == ()
    assert heard == [f"handed over {name} of batch 1, which was stopped"]
    assert outgoing(agency) == 0
    assert {claim.claim_id for claim in agency.claims()} == recorded


def test_a_run_that_is_stopped_while_it_hands_over_loses_nothing(records: Records, workspace: Path) -> None:
    def stopped(name: str, content: bytes) -> None:
        del name, content
        raise KeyboardInterrupt

    store = Store()
    agency = Agency(records.settings, folder=workspace, files=store.take)
    with pytest.raises(KeyboardInterrupt):
        attrs.evolve(agency, files=stopped).bill(records, DAY)
    recorded = {claim.claim_id for claim in agency.claims()}
    agency.bill(records, DAY)

    (content,) = store.files.values()
    assert content.count(b"CLM*") == len(recorded) > 0
    assert {claim.claim_id for claim in agency.claims()} == recorded


def test_questions_on_enrolment_are_handed_over_and_not_asked_twice(records: Records, workspace: Path) -> None:
    store = Store(refuses=lambda _: True)
    agency = Agency(records.settings, folder=workspace, files=store.take)
    with pytest.raises(LedgerError, match="was not taken"):
        agency.eligibility(records, DAY)
    store.refuses = lambda _: False
    asked = agency.eligibility(records, DAY)

    assert asked.questions == ()
    assert [file.name for file in asked.files] == list(store.files) == store.calls[:1]
    assert all(content.startswith(b"ISA*") and b"~ST*270*" in content for content in store.files.values())
    assert {one.state for one in agency.enrolments()} == {"asked"}
    members = {one.member_id for one in agency.enrolments()}
    assert agency.enrolments(sorted(members)[:1]) == tuple(
        one for one in agency.enrolments() if one.member_id == min(members)
    )


def test_a_form_is_told_what_was_billed_for_its_member_alone(records: Records, workspace: Path) -> None:
    agency = Agency(records.settings, folder=workspace, files=Store().take)
    billed = agency.bill(records, DAY)
    encounter = billed.audit.billable[0].encounter
    one = attrs.evolve(
        records, members=tuple(member for member in records.members if member.member_id == encounter.member_id)
    )
    other = next(member for member in records.members if member.member_id != encounter.member_id)

    assert {entry.member_id for entry in agency.history(members=[encounter.member_id])} == {encounter.member_id}
    assert len(agency.history()) == len(billed.audit.billable)
    assert "PB805" in {
        found.code
        for found in agency.auditor(one, DAY).encounter(attrs.evolve(encounter, encounter_id="ANOTHER")).findings
    }
    without = agency.auditor(attrs.evolve(records, members=(other,)), DAY)
    assert "PB805" not in {found.code for found in without.encounter(encounter).findings}


def test_nothing_is_handed_over_before_it_is_recorded(records: Records, workspace: Path) -> None:
    """What the program sees is in the ledger already: a process killed while it takes a file loses nothing."""
    seen: list[int] = []
    agency = Agency(records.settings, folder=workspace)

    def take(_name: str, content: bytes) -> None:
        seen.append(content.count(b"CLM*") - len(agency.claims()))

    attrs.evolve(agency, files=take).bill(records, DAY)
    assert seen == [0]


def test_a_file_that_a_program_lost_is_given_again_byte_for_byte(records: Records, workspace: Path) -> None:
    store = Store()
    agency = Agency(records.settings, folder=workspace, files=store.take)
    done = agency.bill(records, DAY)
    (name,) = store.files
    content = store.files.pop(name)

    assert agency.write_again(records, name) == (None, len(done.batch.claims))
    assert store.files == {name: content}
    changed = attrs.evolve(records, members=tuple(attrs.evolve(one, last_name="CHANGED") for one in records.members))
    with pytest.raises(LedgerError, match="cannot be written again byte for byte"):
        agency.write_again(changed, name)
    assert len(store.calls) == 2


def test_answers_are_posted_from_bytes_as_from_files(tmp_path: Path, workspace: Path) -> None:
    other = new_workspace(tmp_path / "other")
    for folder in (workspace, other):
        records = read_workspace(folder)
        Agency(records.settings, folder=folder, files=folder / "out").bill(records, DAY)
    answers = sorted((workspace / "answers").glob("*.edi"))
    told = run("post", other, *sorted((other / "answers").glob("*.edi")), "--json", tmp_path / "posted.json")
    agency = Agency(read_workspace(workspace).settings, folder=workspace)
    heard: list[str] = []
    done = agency.post(*((path.name, path.read_bytes()) for path in answers), posted=lambda name, _: heard.append(name))

    entries = json.loads((tmp_path / "posted.json").read_text())["files"]
    assert [(one.transactions, one.matched) for one in done.files] == [
        (entry["transactions"], entry["matched"]) for entry in entries
    ]
    assert heard == [path.name for path in answers]
    assert done.settled == (told.exit_code == 0)
    states = {claim.claim_id: claim.state for claim in agency.claims()}
    assert states == {claim.claim_id: claim.state for claim in attrs.evolve(agency, folder=other).claims()}
    assert len(set(states.values())) > 1
    again = agency.post(answers[-1].read_bytes(), answers[0])
    assert [one.posted_at != "" for one in again.files] == [True, True]


def test_bytes_that_are_no_answer_post_nothing(records: Records, workspace: Path) -> None:
    agency = Agency(records.settings, folder=workspace)

    with pytest.raises(UnusableInputError, match=r"(?s)answer-[0-9a-f]{12}: no transaction set .*Nothing was posted"):
        agency.post(b"no X12", workspace / "answers" / "1-999.edi")


def test_corrections_and_the_list_of_what_is_to_be_done(workspace: Path) -> None:
    records = read_workspace(workspace)
    store = Store()
    agency = Agency(records.settings, folder=workspace, files=store.take)
    agency.bill(records, DAY)
    agency.post(*sorted((workspace / "answers").glob("*.edi")))
    paid = [claim.claim_id for claim in agency.claims(states=["paid"])]
    assert paid

    looked = agency.void(records, paid[:1], day=DAY, dry_run=True)
    assert looked.batch is None
    assert len(looked.plan.corrections) + len(looked.plan.refused) == 1
    with pytest.raises(UnusableInputError, match="name each claim, or choose them by what they are"):
        agency.void(records, paid, states=["paid"])
    with pytest.raises(UnusableInputError, match="expected a list of claim ids, found text"):
        agency.replace(records, paid[0])
    every = agency.todo(records, DAY).items
    payer = next(iter(records.settings.payers))
    assert every
    assert agency.todo(records, DAY, payers=[payer]).items == tuple(item for item in every if item.payer == payer)
    shown = json.loads(run("todo", workspace, "--as-of", DAY.isoformat(), "--json", "-").stdout)
    assert len(shown["items"]) == len(every)
    done, refused = agency.write_off(["PBNONE"], "paper")
    assert (done, [one.claim_id for one in refused]) == ((), ["PBNONE"])


def test_records_of_another_agency_are_refused(records: Records, workspace: Path) -> None:
    other = attrs.evolve(
        records.settings, organization=attrs.evolve(records.settings.organization, name="ANOTHER HOUSE")
    )

    with pytest.raises(UnusableInputError, match="the records have other settings than the agency"):
        Agency(other, folder=workspace).audit(records, DAY)


def test_files_need_a_place(records: Records, workspace: Path) -> None:
    agency = Agency(records.settings, folder=workspace)

    with pytest.raises(UnusableInputError, match="the agency has no place for files"):
        agency.bill(records, DAY)
    assert agency.claims() == ()


def test_several_agencies_share_a_database_with_a_schema_each(
    records: Records, postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file is written, not even a lock, and one agency bills while the other holds its own ledger."""
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    engine = sa.create_engine(postgresql_url, poolclass=sa.NullPool)
    claims: dict[str, set[str]] = {}
    with engine.begin() as connection:
        for name in ("house_one", "house_two"):
            connection.execute(sa.text(f"DROP SCHEMA IF EXISTS {name} CASCADE"))
            connection.execute(sa.text(f"CREATE SCHEMA {name}"))
    separator = "&" if "?" in postgresql_url else "?"

    def agency(name: str, take: Callable[[str, bytes], None]) -> tuple[Agency, Records]:
        url = f"{postgresql_url}{separator}options=-csearch_path%3D{name}"
        settings = attrs.evolve(records.settings, ledger_url=url, ledger_tag="")
        own = attrs.evolve(records, settings=settings)
        return Agency(settings, files=take), own

    second, of_second = agency("house_two", Store().take)

    def while_the_first_hands_over(_name: str, _content: bytes) -> None:
        claims["two"] = {claim.claim_id for claim in second.bill(of_second, DAY).batch.claims}

    first, of_first = agency("house_one", while_the_first_hands_over)
    try:
        claims["one"] = {claim.claim_id for claim in first.bill(of_first, DAY).batch.claims}

        assert len(claims["one"]) == len(claims["two"]) > 0
        assert claims["one"].isdisjoint(claims["two"])
        assert sorted(tmp_path.rglob("*")) == before
    finally:
        with engine.begin() as connection:
            for name in ("house_one", "house_two"):
                connection.execute(sa.text(f"DROP SCHEMA {name} CASCADE"))


def test_claims_of_another_system_are_compared_from_bytes_as_from_files(tmp_path: Path, workspace: Path) -> None:
    store = Store()
    records = read_workspace(workspace)
    agency = Agency(records.settings, folder=workspace, files=store.take)
    agency.bill(records, DAY)
    ((name, content),) = store.files.items()
    path = tmp_path / name
    path.write_bytes(content)

    found = agency.audit_claims(records, [(str(path), content)], DAY)

    assert (found.claims, found.matched) == (26, 26)
    assert found == agency.audit_claims(records, [path], DAY)
    with pytest.raises(UnusableInputError, match=f"copy: the same, byte for byte, as {name}: "):
        agency.audit_claims(records, [(name, content), ("copy", content)], DAY)
    with pytest.raises(UnusableInputError, match=r"^note\.txt: expected X12 that begins with ISA"):
        agency.audit_claims(records, [("note.txt", b"no X12")], DAY)


def test_a_text_in_place_of_a_list_of_ids_is_refused(records: Records, workspace: Path) -> None:
    agency = Agency(records.settings, folder=workspace)

    with pytest.raises(UnusableInputError, match=r"^encounters: expected a list of ids, found text"):
        agency.waive(records, "PB803", "E01", reason="looked at", until=DAY, day=DAY)
    with pytest.raises(UnusableInputError, match=r"^encounters: expected a list of ids, found text"):
        agency.checklist(records, "E01", day=DAY)
    with pytest.raises(UnusableInputError, match=r"^waivers: expected a list of ids, found text"):
        agency.end_waivers("W1", "a mistake")


def test_what_a_program_is_given_to_look_at_cannot_be_changed(records: Records, workspace: Path) -> None:
    agency = Agency(records.settings, folder=workspace)
    _, evidence = agency.audit_evidence(records, DAY)
    summary = agency.review_summary(DAY)
    shared: list[Any] = [evidence.encounters, summary.outcomes, RequirementCount("", "", "", {Rating.MET: 1}).ratings]

    for mapping in shared:
        with pytest.raises(TypeError, match="cannot be changed"):
            mapping["X"] = 1
    assert hash(evidence) == hash(agency.audit_evidence(records, DAY)[1])
    assert hash(summary) == hash(agency.review_summary(DAY))


def test_an_audit_and_its_evidence_are_of_the_notice_of_what_was_billed_and_of_waivers(
    records: Records, workspace: Path, ledger_url: str
) -> None:
    """E01 was edited on the day after the notice, E02 on its day."""
    (workspace / "ledger.db").unlink()
    edited = {"E01": dt.datetime(2026, 9, 16, 8), "E02": dt.datetime(2026, 9, 15, 23, 59)}
    records = attrs.evolve(
        records,
        settings=attrs.evolve(records.settings, ledger_url=ledger_url),
        encounters=tuple(
            attrs.evolve(row, edited_at=edited.get(row.encounter_id, row.edited_at)) for row in records.encounters
        ),
    )
    with_values = Agency(records.settings, folder=workspace).policies  # a server has no folder with the agency's own
    agency = of_server(records, ledger_url, workspace, files=Store().take, policies=with_values)
    notice = dt.date(2026, 9, 15)
    agency.bill(records, DAY)

    def found(day: dt.date | None, *, billed: bool) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]], bool]:
        """Return what is found under PB912, what of it is waived, and whether something was billed before."""
        result = agency.audit(records, DAY, notice=day, billed=billed)
        both, evidence = agency.audit_evidence(records, DAY, notice=day, billed=billed)
        assert both == result
        assert evidence.notice == day
        late = [finding.encounter_ids for finding in result.findings if finding.code == "PB912"]
        return late, [one.finding.encounter_ids for one in result.waived], result.count("billed") > 0

    assert found(notice, billed=False) == ([], [], True)
    assert found(None, billed=True) == ([], [], False)
    assert found(notice, billed=True) == ([("E01",)], [], False)
    reason: dict[str, Any] = {"reason": "a typing error", "until": dt.date(2026, 12, 31)}
    agency.waive(records, "PB912", ["E01"], day=DAY, notice=notice, billed=True, **reason)
    assert found(notice, billed=True) == ([], [("E01",)], False)
