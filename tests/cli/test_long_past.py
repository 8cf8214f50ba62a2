"""Ten years of billed encounters are not read again, and what a run finds is the same."""

import datetime as dt
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import POLICY, SMALL

import peerbill
from peerbill import long_past
from peerbill.cli import main
from peerbill.intake.workspace import read_workspace, workspace_settings
from peerbill.ledger.look import history
from peerbill.ledger.look.beginnings import LONG_PAST, Remembered, last_number, last_of, remember
from peerbill.ledger.look.history import reading
from peerbill.ledger.store import trail
from peerbill.ledger.store.ledger import open_ledger
from peerbill.ledger.waivers import ENDED, WAIVED
from peerbill.model.beginning import Beginning
from peerbill.model.encounter import Encounter, ReadEncounters, fingerprint
from peerbill.model.records import Records
from peerbill.todo.item import Todo, TodoItem

TODAY = "2027-03-31"
BEFORE = dt.date(2026, 7, 3)
"""The day before which nothing matters on March 2: as far back as supervision of what comes 60 days late is counted."""
DAYS = [dt.date(2026, 1, 6) + dt.timedelta(days=7 * week) for week in range(62)]
OLD = sum(day < BEFORE for day in DAYS)
ANEW = sum(day < dt.date(2026, 8, 1) for day in DAYS)
"""How many rows are long past in what a run of today remembers; that of the workspace remembered on March 2."""


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def bill(folder: Path, as_of: str = TODAY) -> Result:
    return run("bill", folder, "--out", folder.parent / "out", "--as-of", as_of)


def row(number: int, day: dt.date, change: tuple[str, str] = ("", "")) -> str:
    cells = (
        f"E{number},M1,S1,individual,{day}T10:00,{day}T10:45,57,in-person,F11.20,informational,job search,P1,"
        f'find work,"Went through posting {number}.\nLine two.","Made call {number}.",Call {number} next.,center,S1,'
        f"{day}T16:10,yes\n"
    )
    return cells.replace(*change) if change[0] else cells


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a workspace with a row a week for fourteen months: all are billed but the last, and one of a year ago."""
    folder = tmp_path_factory.mktemp("long-past") / "workspace"
    folder.mkdir()
    for name, text in SMALL.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "policies").mkdir()
    (folder / "policies" / "nj.toml").write_text(POLICY, encoding="utf-8")
    table = folder / "encounters.csv"
    header = table.read_text().splitlines()[0]
    change_text(folder / "plans.csv", "2026-12-31", "2027-12-31")
    change_text(folder / "credentials.csv", "2027-12-31", "2028-12-31")
    with (folder / "screenings.csv").open("a") as file:
        file.writelines(f"{who},LEIE,2027-{month:02}-01,clear\n" for month in range(1, 4) for who in ("S1", "S2"))
    texts = [row(number, day) for number, day in enumerate(DAYS)]
    # A peer who is in no row of staff: the encounter is held for good.
    texts[4] = row(4, DAYS[4], (",S1,", ",S-7,"))
    with pytest.MonkeyPatch.context() as context:
        context.setattr(long_past, "LEAST_ROWS", 5)
        context.setattr(long_past, "billed_before", long_past.long_past_before)
        for last in (20, 40, len(texts) - 1):
            table.write_text(header + "\n" + "".join(texts[:last]))
            done = bill(folder, str(DAYS[last - 1]))
            assert done.exit_code == 1, done.output
        done = bill(folder)
        assert done.exit_code == 1, done.output
    with table.open("a") as file:
        file.write(texts[-1])
    return folder


@pytest.fixture
def kept(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of that workspace, beside one of what it sent; bill runs begin where audits do."""
    monkeypatch.setattr(long_past, "LEAST_ROWS", 5)
    monkeypatch.setattr(long_past, "billed_before", long_past.long_past_before)
    shutil.copytree(made.parent / "out", tmp_path / "out")
    return shutil.copytree(made, tmp_path / "workspace")


def change_text(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def agency_of(folder: Path) -> peerbill.Agency:
    return peerbill.Agency(workspace_settings(folder), folder=folder)


def records_of(folder: Path, day: str = TODAY, *, patterns: bool = False) -> Records:
    day_ = dt.date.fromisoformat(day)
    return long_past.read_left(agency_of(folder), folder, peerbill.__version__, day_, patterns=patterns).records


def add_event(folder: Path, event: str, detail: str) -> int:
    """Add an entry without a claim to the trail; return its number."""
    ledger = open_ledger("sqlite:///ledger.db", folder)
    with ledger.changing() as connection:
        number = last_number(connection) + 1
        trail.append(connection, ledger.now(), ledger.who, [trail.Event("", event, "", "", detail)])
    return number


def remembered_times(folder: Path) -> int:
    with reading("sqlite:///ledger.db", folder) as connection:
        assert connection is not None
        return sum(1 for _ in last_of(connection, LONG_PAST))


def without_what_follows(folder: Path, rows: int = OLD) -> None:
    """Cut the table off where what is remembered ends."""
    table = folder / "encounters.csv"
    table.write_text(table.read_text().partition(f"E{rows},")[0])


def withdraw_claim_of(folder: Path, encounter_id: str) -> None:
    claims = json.loads(run("claims", folder, "--json", "-").output)["claims"]
    [claim] = [
        claim["claim_id"] for claim in claims if any(encounter_id in line["encounter_ids"] for line in claim["lines"])
    ]
    done = run("withdraw", folder, claim, "--reason", "never arrived", "--confirmed")
    assert done.exit_code == 0, done.output


def nothing_remembered(*_: object) -> Iterator[Remembered]:
    yield from ()


def told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Return what audit says with what was long past left out, and of everything."""
    short = run("audit", folder, "--as-of", TODAY)
    with monkeypatch.context() as context:
        context.setattr(long_past, "read_beginnings", nothing_remembered)
        return short.output, run("audit", folder, "--as-of", TODAY).output


def test_what_was_billed_long_ago_is_not_read(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, left = read_workspace(kept), records_of(kept)

    assert left.not_read == OLD - 1  # without the one that is held
    assert [
        one for one in whole.encounters if one.start and (one.start.date() >= BEFORE or one.encounter_id == "E4")
    ] == [*left.encounters]
    assert [one.line for one in left.encounters] == [
        one.line for one in whole.encounters if one.encounter_id in {other.encounter_id for other in left.encounters}
    ]
    short, full = told(kept, monkeypatch)
    assert short == full
    assert "62 encounters = 1 billable + 60 billed before + 1 held + 0 rejected" in short


STRETCH = range(OLD, sum(day < dt.date(2026, 12, 1) for day in DAYS))
"""The rows that an audit reads and a bill run does not."""


@pytest.fixture
def stands(kept: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return that workspace, with a beginning for bill runs that goes further than one for audits."""
    monkeypatch.setattr(long_past, "billed_before", lambda *_: dt.date(2026, 12, 1))
    assert bill(kept).exit_code == 1
    return kept


def known_to_stand(folder: Path) -> set[str]:
    encounters = records_of(folder, patterns=True).encounters
    assert isinstance(encounters, ReadEncounters)
    return set() if encounters.standing is None else {*encounters.standing.ids}


def test_what_a_longer_beginning_has_stands_as_it_is(stands: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert known_to_stand(stands) == {f"E{number}" for number in STRETCH}
    asked: list[str] = []

    def noted(encounter: Encounter) -> str:
        asked.append(encounter.encounter_id)
        return fingerprint(encounter)

    with monkeypatch.context() as context:
        context.setattr(history, "fingerprint", noted)
        run("audit", stands, "--as-of", TODAY)
    assert set(asked) == {f"E{number}" for number in range(STRETCH.stop, len(DAYS))}
    short, full = told(stands, monkeypatch)
    assert short == full


def test_a_row_that_was_changed_does_not_stand(stands: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    number = STRETCH[-1]
    change_text(stands / "encounters.csv", f"Made call {number}.", "Made call B.")

    assert known_to_stand(stands) == set()
    short, full = told(stands, monkeypatch)
    assert short == full
    assert f"E{number}" in short


def test_a_claim_that_was_withdrawn_does_not_stand(stands: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    withdraw_claim_of(stands, f"E{STRETCH[0]}")

    assert known_to_stand(stands) == set()
    short, full = told(stands, monkeypatch)
    assert short == full
    assert "= 1 billable +" in short


def test_what_stood_when_it_was_read_is_asked_again_once_the_ledger_changes(stands: Path) -> None:
    agency = agency_of(stands)
    records = records_of(stands, patterns=True)
    day = dt.date.fromisoformat(TODAY)
    assert agency.audit(records, day).count("billable") == 0
    withdraw_claim_of(stands, f"E{STRETCH[0]}")

    assert agency.audit(records, day).count("billable") == 1


def test_a_run_bills_the_same(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = shutil.copytree(kept, kept.parent / "other" / kept.name)
    short = bill(kept)
    monkeypatch.setattr(long_past, "read_beginnings", nothing_remembered)
    full = bill(other)

    assert short.output == full.output.replace(str(other.parent), str(kept.parent))
    assert (short.exit_code, full.exit_code) == (1, 1)


def test_a_json_has_all(kept: Path, tmp_path: Path) -> None:
    run("audit", kept, "--as-of", TODAY, "--json", tmp_path / "audit.json")
    assert len(json.loads((tmp_path / "audit.json").read_text())["encounters"]) == len(DAYS)


def after_a_change_of_an_old_row(folder: Path) -> None:
    change_text(folder / "encounters.csv", "Made call 2.", "Made call B.")


def after_a_change_of_the_settings(folder: Path) -> None:
    change_text(folder / "peerbill.toml", "HORIZON NJ HEALTH", "HORIZON NJ")


def after_an_old_claim_was_withdrawn(folder: Path) -> None:
    withdraw_claim_of(folder, "E2")


def after_a_row_of_an_old_encounter_came_again(folder: Path) -> None:
    with (folder / "encounters.csv").open("a") as file:
        file.write(row(2, DAYS[2]))


def after_an_entry_of_a_year_ago(folder: Path) -> None:
    with (folder / "encounters.csv").open("a") as file:
        file.write(row(900, dt.date(2026, 3, 5)))


def after_a_row_of_a_member_whom_old_encounters_alone_know(folder: Path) -> None:
    (folder / "stays.csv").write_text("member_id,kind,from,to\nM9,inpatient,2026-01-05,2026-01-06\n")


def after_a_row_that_cannot_be_read_of_such_a_member(folder: Path) -> None:
    (folder / "stays.csv").write_text("member_id,kind,from,to\nM9,inpatient,no day,2026-01-06\n")


def after_a_change_of_a_policy(folder: Path) -> None:
    change_text(folder / "policies" / "nj.toml", "contract p. 12", "contract p. 13")


WAIVER = {
    "code": "PB408",
    "encounter_ids": ["E2"],
    "fingerprints": ["f"],
    "where": "members.release_on",
    "content": "x",
    "severity": "warning",
    "message": "no release is on file",
    "until": "2027-12-31",
    "reason": "asked the payer",
}


def after_a_waiver(folder: Path) -> None:
    add_event(folder, WAIVED, json.dumps(WAIVER))


CHANGES = [
    after_a_change_of_an_old_row,
    after_a_change_of_the_settings,
    after_an_old_claim_was_withdrawn,
    after_a_row_of_an_old_encounter_came_again,
    after_an_entry_of_a_year_ago,
    after_a_row_of_a_member_whom_old_encounters_alone_know,
    after_a_row_that_cannot_be_read_of_such_a_member,
    after_a_change_of_a_policy,
    after_a_waiver,
]


@pytest.mark.parametrize("change", CHANGES)
def test_all_is_read(kept: Path, change: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch) -> None:
    change(kept)
    short, full = told(kept, monkeypatch)

    assert records_of(kept).not_read == 0
    assert short == full


def after_a_row_that_cannot_be_read_of_a_member_who_is_known(folder: Path) -> None:
    (folder / "stays.csv").write_text("member_id,kind,from,to\nM1,inpatient,no day,2026-01-06\n")


def after_the_end_of_a_waiver(folder: Path) -> None:
    number = add_event(folder, WAIVED, json.dumps(WAIVER))
    add_event(folder, ENDED, json.dumps({"waiver_id": f"W{number}", "reason": "not needed"}))


def after_another_workspace_remembered_its_own(folder: Path) -> None:
    ledger = open_ledger("sqlite:///ledger.db", folder)
    remember(ledger, Remembered(Beginning(9, 1, 9, "0" * 64, BEFORE), "1" * 64, peerbill.__version__, "2" * 64, 1))


@pytest.mark.parametrize(
    "change",
    [
        after_a_row_that_cannot_be_read_of_a_member_who_is_known,
        after_the_end_of_a_waiver,
        after_another_workspace_remembered_its_own,
    ],
)
def test_the_rest_is_enough(kept: Path, change: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch) -> None:
    change(kept)
    short, full = told(kept, monkeypatch)

    assert records_of(kept).not_read == OLD - 1
    assert short == full


@pytest.mark.parametrize(("day", "not_read"), [("2027-03-02", OLD - 1), ("2027-03-01", 0), ("2028-03-31", OLD - 1)])
def test_an_earlier_day_reads_all(kept: Path, day: str, not_read: int) -> None:
    assert records_of(kept, day, patterns=False).not_read == not_read


PEERS = '\n[[sud.supervision]]\npeers_per_supervisor = 1\nsource = "contract p. 13"\n'


@pytest.mark.parametrize(
    ("rule", "role", "not_read"), [(PEERS, "", 0), (PEERS, "peer", ANEW - 1), ("\n", "", ANEW - 1)]
)
def test_who_may_be_a_peer_by_old_encounters_alone(kept: Path, rule: str, role: str, not_read: int) -> None:
    """A supervisor's peers are those by role, and those without one who serve members (PB316)."""
    policy = kept / "policies" / "nj.toml"
    policy.write_text(policy.read_text() + rule)
    bill(kept)
    without_what_follows(kept, ANEW)
    change_text(kept / "staff.csv", ",peer,", f",{role},")

    assert records_of(kept, patterns=False).not_read == not_read


@pytest.mark.parametrize(("severity", "patterns"), [("", True), ('\n[severity]\nPB901 = "error"\n', False)])
@pytest.mark.parametrize(
    ("held", "day", "not_read"),
    [("2026-03-29", "2027-01-30", ANEW - 1), ("2026-03-30", "2027-01-30", 0), ("2026-03-29", "2027-01-29", 0)],
)
def test_patterns_read_all_where_what_is_left_is_old(
    kept: Path, severity: str, held: str, day: str, not_read: int, *, patterns: bool
) -> None:
    """What is usual is that of half a year before each encounter that is left, and is no older than a year."""
    settings = kept / "peerbill.toml"
    settings.write_text(settings.read_text() + severity)
    unknown = ",S1,", ",S-7,"
    change_text(kept / "encounters.csv", row(4, DAYS[4], unknown), row(4, dt.date.fromisoformat(held), unknown))
    bill(kept)
    with (kept / "encounters.csv").open("a") as file:
        file.write(row(951, dt.date.fromisoformat(day)))
    assert records_of(kept, patterns=patterns).not_read == not_read


SECOND = """
[payers.second]
policy = "NJ/sud"
name = "STATE MEDICAID"
id = "STMCD"
receiver = { name = "STATE MEDICAID", id = "STMCD02" }
charges = { "H0038:HF" = "16.00" }
mode = "production"
"""


def test_all_is_read_where_something_is_left_of_an_old_claim_for_the_next_payer(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, coverage, answers = kept / "peerbill.toml", kept / "coverage.csv", kept.parent / "answers.csv"
    settings.write_text(settings.read_text() + SECOND)
    coverage.write_text(coverage.read_text() + "M1,second,MC443322,2026-01-01,,2\n")
    bill(kept)
    assert records_of(kept, patterns=False).not_read == ANEW - 1
    claim = json.loads(run("claims", kept, "--json", "-").output)["claims"][0]["claim_id"]
    answers.write_text(f"claim_id,paid_on,paid,adjustments,trace\n{claim},2027-03-30,38.00,PR:2:10.00,EFT1\n")
    done = run("post", kept, answers)
    assert done.exit_code == 0, done.output

    assert records_of(kept, patterns=False).not_read == 0
    short, full = told(kept, monkeypatch)
    assert short == full


def test_all_is_read_where_a_later_encounter_among_the_old_ones_is_free_again(kept: Path) -> None:
    change_text(kept / "encounters.csv", "E3,", row(901, dt.date(2026, 12, 2)) + "E3,")
    bill(kept)
    assert records_of(kept, patterns=False).not_read == ANEW - 1
    withdraw_claim_of(kept, "E901")
    assert records_of(kept, patterns=False).not_read == 0
    (kept / "stays.csv").write_text("member_id,kind,from,to\nM1,inpatient,2026-12-02,2026-12-02\n")
    bill(kept)
    assert records_of(kept, patterns=False).not_read == ANEW - 1


def test_another_version_reads_all(kept: Path) -> None:
    agency = agency_of(kept)
    assert long_past.read_left(agency, kept, "another", dt.date.fromisoformat(TODAY)).records.not_read == 0


def test_a_file_that_was_changed_during_the_run_is_not_remembered(kept: Path) -> None:
    agency = agency_of(kept)
    day = dt.date.fromisoformat(TODAY) + dt.timedelta(days=200)
    left = long_past.read_left(agency, kept, peerbill.__version__, day)
    with (kept / "encounters.csv").open("a") as file:
        file.write("\n")
    assert not long_past.remember_long_past(agency, kept, left, day)
    left = long_past.read_left(agency, kept, peerbill.__version__, day)
    assert long_past.remember_long_past(agency, kept, left, day)


def test_settings_that_were_changed_during_the_run_are_not_remembered(kept: Path) -> None:
    agency = agency_of(kept)
    day = dt.date.fromisoformat(TODAY) + dt.timedelta(days=200)
    left = long_past.read_left(agency, kept, peerbill.__version__, day)
    settings = (kept / "peerbill.toml").read_text()
    change_text(kept / "peerbill.toml", "HORIZON NJ HEALTH", "HORIZON NJ")
    assert not long_past.remember_long_past(agency, kept, left, day)
    assert not long_past.remember_long_past(agency_of(kept), kept, left, day)
    (kept / "peerbill.toml").write_text(settings)
    assert long_past.remember_long_past(agency, kept, left, day)


@pytest.mark.parametrize("name", ["encounters.csv", "peerbill.toml"])
def test_a_change_while_it_is_read_reads_all(kept: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(folder: Path, beginning: Beginning | None = None) -> Records:
        found = read_workspace(folder, beginning)
        if beginning is not None:
            with (folder / name).open("a") as file:
                file.write("\n")
        return found

    monkeypatch.setattr(long_past, "read_workspace", read)
    assert records_of(kept).not_read == 0


def test_what_happens_after_the_tables_were_read_is_news(kept: Path) -> None:
    agency = agency_of(kept)
    day = dt.date.fromisoformat(TODAY) + dt.timedelta(days=200)
    left = long_past.read_left(agency, kept, peerbill.__version__, day)
    after_an_old_claim_was_withdrawn(kept)
    assert long_past.remember_long_past(agency, kept, left, day)
    assert records_of(kept, str(day)).not_read == 0


def test_what_another_run_remembered_meanwhile_stays(kept: Path) -> None:
    agency, day = agency_of(kept), dt.date.fromisoformat(TODAY) + dt.timedelta(days=200)
    left = long_past.read_left(agency, kept, peerbill.__version__, day)
    other = long_past.read_left(agency, kept, peerbill.__version__, day)
    assert left.records.not_read == other.records.not_read == OLD - 1
    assert long_past.remember_long_past(agency, kept, other, day)
    assert not long_past.remember_long_past(agency, kept, left, day)


@pytest.mark.parametrize(("least", "not_read"), [(ANEW - OLD, ANEW - 1), (ANEW - OLD + 1, OLD - 1)])
def test_what_was_remembered_for_a_day_to_come_does_not_count(
    kept: Path, monkeypatch: pytest.MonkeyPatch, least: int, not_read: int
) -> None:
    """Until then, what was remembered before counts."""
    assert bill(kept, "2028-03-31").exit_code == 1
    assert records_of(kept, patterns=False).not_read == OLD - 1
    monkeypatch.setattr(long_past, "LEAST_ROWS", least)
    assert bill(kept).exit_code == 1
    assert records_of(kept, patterns=False).not_read == not_read


def test_little_more_is_not_remembered(kept: Path) -> None:
    """Though all was read, and a row was added to what is long past."""
    times = remembered_times(kept)
    after_an_entry_of_a_year_ago(kept)
    bill(kept)
    assert remembered_times(kept) == times


def after_an_old_claim_that_can_be_billed_was_withdrawn(folder: Path) -> None:
    withdraw_claim_of(folder, f"E{OLD - 1}")


@pytest.mark.parametrize(
    ("change", "not_read"),
    [
        (after_an_old_claim_was_withdrawn, ANEW - 2),  # E2 cannot be billed any more
        (after_an_old_claim_that_can_be_billed_was_withdrawn, ANEW - 1),
        (after_a_waiver, ANEW - 2),
    ],
)
def test_what_does_not_hold_any_more_is_remembered_anew(
    kept: Path, change: Callable[[Path], None], not_read: int
) -> None:
    times = remembered_times(kept)
    change(kept)
    bill(kept)
    assert remembered_times(kept) == times + 1
    assert records_of(kept, patterns=False).not_read == not_read


def test_what_is_remembered_grows(kept: Path) -> None:
    assert bill(kept, "2027-05-31").exit_code == 1
    agency = agency_of(kept)
    day = dt.date(2027, 5, 31)
    left = long_past.read_left(agency, kept, peerbill.__version__, day).records
    assert left.not_read == sum(one < long_past.long_past_before(agency, day) for one in DAYS) - 1


def test_the_ledger_stays_whole(kept: Path) -> None:
    done = run("ledger", "verify", kept)
    assert done.exit_code == 0, done.output


# Bill runs, which begin later


BILLED_BEFORE = long_past.billed_before
LATE_FROM = dt.date(2027, 1, 29)
"""The day before which nothing matters to a bill run of today, with what comes in 60 days late."""
RECENT = sum(day < LATE_FROM for day in DAYS)


@pytest.fixture
def further(kept: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the workspace after a bill run that remembered where audits begin, and where bill runs do."""
    monkeypatch.setattr(long_past, "billed_before", BILLED_BEFORE)
    monkeypatch.setattr(long_past, "LEAST_ROWS", ANEW - OLD)
    assert bill(kept).exit_code == 1
    return kept


def after_nothing(folder: Path) -> None:
    assert folder.is_dir()


def after_a_row_that_is_late(folder: Path) -> None:
    with (folder / "encounters.csv").open("a") as file:
        file.write(row(951, LATE_FROM + dt.timedelta(days=1)))


def after_a_row_that_is_later(folder: Path) -> None:
    with (folder / "encounters.csv").open("a") as file:
        file.write(row(951, LATE_FROM))


def after_a_change_of_a_row_since_audits_begin(folder: Path) -> None:
    change_text(folder / "encounters.csv", f"Made call {RECENT - 1}.", "Made call B.")


def after_a_claim_since_audits_begin_was_withdrawn(folder: Path) -> None:
    withdraw_claim_of(folder, f"E{RECENT - 1}")


@pytest.mark.parametrize(
    ("change", "not_read"),
    [
        (after_nothing, RECENT - 1),
        (after_a_row_that_is_late, RECENT - 1),
        (after_a_row_that_is_later, ANEW - 1),
        (after_a_change_of_a_row_since_audits_begin, ANEW - 1),
        (after_a_claim_since_audits_begin_was_withdrawn, ANEW - 1),
        (after_a_change_of_an_old_row, 0),
    ],
)
def test_a_bill_run_begins_later_than_an_audit(further: Path, change: Callable[[Path], None], not_read: int) -> None:
    change(further)
    assert records_of(further, patterns=False).not_read == not_read


def test_a_run_that_begins_later_bills_the_same(further: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    after_a_row_that_is_late(further)
    other = shutil.copytree(further, further.parent / "other" / further.name)
    short = bill(further)
    monkeypatch.setattr(long_past, "read_beginnings", nothing_remembered)

    assert short.output == bill(other).output.replace(str(other.parent), str(further.parent))


@pytest.mark.parametrize(("day", "not_read"), [("2027-04-27", RECENT - 1), ("2027-04-28", ANEW - 1)])
def test_after_four_weeks_a_bill_run_begins_where_audits_do(further: Path, day: str, not_read: int) -> None:
    """It then remembers anew where they begin."""
    assert records_of(further, day, patterns=False).not_read == not_read


def test_where_a_bill_run_begins_is_nothing_to_audits_and_work_lists(further: Path) -> None:
    run("todo", further, "--as-of", TODAY)
    assert left_to_do(further).not_read == ANEW - 1
    assert records_of(further, patterns=True).not_read == ANEW - 1


# The work list


def todo(folder: Path) -> Result:
    return run("todo", folder, "--as-of", TODAY, "--all", "--sources")


def left_to_do(folder: Path, day: str = TODAY) -> Records:
    agency = agency_of(folder)
    return long_past.read_left_to_do(agency, folder, peerbill.__version__, dt.date.fromisoformat(day)).records


@pytest.fixture
def paid(kept: Path) -> Path:
    """Return the workspace with all its claims paid, whose work list has nothing about what is long past."""
    rows = [
        f"{claim['claim_id']},2027-03-30,{claim['charge']},EFT1"
        for claim in json.loads(run("claims", kept, "--json", "-").output)["claims"]
    ]
    answers = kept.parent / "answers.csv"
    answers.write_text("claim_id,paid_on,paid,trace\n" + "\n".join(rows) + "\n")
    done = run("post", kept, answers)
    assert done.exit_code == 0, done.output
    return kept


def test_the_work_list_of_the_rest_is_the_same(paid: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert left_to_do(paid).not_read == 0
    full = todo(paid)
    assert left_to_do(paid).not_read == OLD - 1
    assert ((paid / long_past.FACTS).stat().st_mode & 0o777) == 0o600
    short = todo(paid)

    assert (short.output, short.exit_code) == (full.output, full.exit_code)
    assert "Held encounters" in short.output


def test_a_list_of_some_remembers_nothing(paid: Path) -> None:
    run("todo", paid, "--as-of", TODAY, "--payer", "horizon")
    assert left_to_do(paid).not_read == 0


def after_a_change_of_a_member_of_then(folder: Path) -> None:
    change_text(folder / "coverage.csv", "2026-01-01,,1", "2026-05-01,,1")


def after_a_change_of_a_peer(folder: Path) -> None:
    change_text(folder / "credentials.csv", "2028-12-31", "2026-03-01")


def after_a_row_on_staff_of_then(folder: Path) -> None:
    (folder / "exclusions.csv").write_text("list,from,npi,staff_id,to\nLEIE,2026-02-01,,S1,\n")


def after_a_match_with_a_list(folder: Path) -> None:
    with (folder / "screenings.csv").open("a") as file:
        file.write("S1,LEIE,2027-03-01,excluded\n")


def after_an_exclusion_by_the_npi_of_a_peer(folder: Path) -> None:
    (folder / "exclusions.csv").write_text("list,from,npi,staff_id,to\nLEIE,2026-02-01,1245319599,,\n")


def after_a_row_that_names_nobody(folder: Path) -> None:
    with (folder / "places.csv").open("a") as file:
        file.write("HALL,Town Hall,1 Main St,Brick,NJ,08723,99\n")


def after_a_new_peer(folder: Path) -> None:
    with (folder / "staff.csv").open("a") as file:
        file.write("S9,Vale,Kim,,peer,S2,\n")


def after_an_answer_on_eligibility(folder: Path) -> None:
    add_event(folder, "eligibility", "T1: inactive")


def after_an_entry_of_any_other_kind(folder: Path) -> None:
    add_event(folder, "reviewed", "{}")


def after_a_row_that_cannot_be_read(folder: Path) -> None:
    (folder / "exclusions.csv").write_text("list,from,npi,staff_id,to\nLEIE,no day,,S1,\n")


def after_the_file_was_edited(folder: Path) -> None:
    change_text(folder / long_past.FACTS, "member_id", "memberxid")


def after_the_file_is_gone(folder: Path) -> None:
    (folder / long_past.FACTS).unlink()


def after_an_answer_to_an_old_claim(folder: Path) -> None:
    claim = json.loads(run("claims", folder, "--json", "-").output)["claims"][0]["claim_id"]
    answers = folder.parent / "reversal.csv"
    answers.write_text(f"claim_id,paid_on,paid,trace,status\n{claim},2027-03-31,-48.00,EFT2,reversed\n")
    run("post", folder, answers)


@pytest.mark.parametrize(
    "change",
    [
        after_a_change_of_an_old_row,
        after_a_change_of_the_settings,
        after_a_change_of_a_member_of_then,
        after_a_change_of_a_peer,
        after_a_new_peer,
        after_an_exclusion_by_the_npi_of_a_peer,
        after_a_row_that_names_nobody,
        after_an_answer_on_eligibility,
        after_an_entry_of_any_other_kind,
        after_the_end_of_a_waiver,
        after_a_row_on_staff_of_then,
        after_a_match_with_a_list,
        after_a_change_of_a_policy,
        after_a_row_that_cannot_be_read,
        after_the_file_was_edited,
        after_the_file_is_gone,
        after_an_answer_to_an_old_claim,
    ],
)
def test_the_work_list_looks_at_all(paid: Path, change: Callable[[Path], None]) -> None:
    todo(paid)
    assert left_to_do(paid).not_read == OLD - 1
    change(paid)
    assert left_to_do(paid).not_read == 0


def after_a_new_member(folder: Path) -> None:
    with (folder / "members.csv").open("a") as file:
        file.write("M7,Ito,Mika,1995-11-30,F,9 Elm St,Brick,NJ,08723,2026-01-05\n")


def after_a_later_plan(folder: Path) -> None:
    with (folder / "plans.csv").open("a") as file:
        file.write("M1,P9,recovery,2027-02-05,2028-02-04,S1;member,2027-02-05,find work\n")


def after_another_entry_of_a_list_of_others(folder: Path) -> None:
    (folder / "exclusions.csv").write_text("list,from,npi,staff_id,to\nLEIE,2020-02-01,1000000004,,\n")


@pytest.mark.parametrize("change", [after_a_new_member, after_a_later_plan, after_another_entry_of_a_list_of_others])
def test_the_work_list_need_not_look_at_all(
    paid: Path, change: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    todo(paid)
    change(paid)
    assert left_to_do(paid).not_read == OLD - 1
    short = todo(paid).output
    monkeypatch.setattr(long_past, "read_beginnings", nothing_remembered)
    assert todo(paid).output == short


def test_what_is_said_while_the_tables_are_read_is_news(paid: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(folder: Path, beginning: Beginning | None = None) -> Records:
        found = read_workspace(folder, beginning)
        if beginning is not None:
            after_an_answer_on_eligibility(folder)
        return found

    todo(paid)
    monkeypatch.setattr(long_past, "read_workspace", read)
    assert left_to_do(paid).not_read == 0


def test_an_overpayment_that_is_none_any_more_is_looked_at_until_it_is_cleared(paid: Path) -> None:
    todo(paid)
    coverage = (paid / "coverage.csv").read_text()
    after_a_change_of_a_member_of_then(paid)
    todo(paid)
    (paid / "coverage.csv").write_text(coverage)
    assert left_to_do(paid).not_read == 0
    todo(paid)  # which clears it: that is an entry about its claim
    assert left_to_do(paid).not_read == 0
    todo(paid)
    assert left_to_do(paid).not_read == OLD - 1


def after_a_payment_of_a_claim_of_now(folder: Path) -> None:
    add_event(folder, "posted", "1 payment")


def test_an_entry_without_news_of_then(paid: Path) -> None:
    todo(paid)
    after_a_payment_of_a_claim_of_now(paid)
    assert left_to_do(paid).not_read == OLD - 1


@pytest.mark.parametrize(
    ("kind", "encounter_ids", "as_of", "not_read"),
    [
        ("plan", (), "2027-03-02", OLD - 1),
        ("plan", (), "2027-03-01", 0),
        ("twice", ("E0",), TODAY, 0),
        ("twice", ("E4", f"E{OLD}"), TODAY, OLD - 1),
        ("unsupported", (f"E{OLD}", f"E{OLD - 1}"), TODAY, 0),
        ("enrolment", (), TODAY, 0),
        ("deleted", (), TODAY, 0),
    ],
)
def test_what_is_due_about_then_is_not_forgotten(
    paid: Path, kind: str, encounter_ids: tuple[str, ...], as_of: str, not_read: int
) -> None:
    agency = agency_of(paid)
    left = long_past.read_left_to_do(agency, paid, peerbill.__version__, dt.date.fromisoformat(TODAY))
    item = TodoItem(kind, "something is due", "Do it.", encounter_ids=encounter_ids)
    long_past.remember_nothing_is_due(agency, paid, left, Todo(dt.date.fromisoformat(as_of), (item,)))

    assert left_to_do(paid).not_read == not_read


def test_nothing_is_said_twice(paid: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    todo(paid)
    with monkeypatch.context() as context:
        context.setattr(long_past, "_nothing_can_be_due", lambda *_: False)
        numbers = [trail_ends(paid)]
        todo(paid)
        numbers.append(trail_ends(paid))
    assert numbers[0] == numbers[1]


def trail_ends(folder: Path) -> int:
    with reading("sqlite:///ledger.db", folder) as connection:
        assert connection is not None
        return last_number(connection)


def later_runs(folder: Path, day: str) -> list[int]:
    """Bill on a later day, look what is to be done, and return how many rows each list left out, and the next one."""
    todo(folder)
    assert bill(folder, day).exit_code == 1
    left_out = [left_to_do(folder, day).not_read]
    done = run("todo", folder, "--as-of", day)
    assert done.exit_code == 1, done.output
    return [*left_out, left_to_do(folder, day).not_read]


LATER = "2027-06-30"
MORE = sum(day < dt.date(2026, 10, 31) for day in DAYS)


def test_a_list_of_the_rest_says_the_same_of_more(paid: Path) -> None:
    """What a run remembers does not have the next list look at all once more."""
    assert later_runs(paid, LATER) == [OLD - 1, MORE - 1]


def test_nothing_is_said_while_a_row_of_then_follows(paid: Path) -> None:
    """Once billed and taken out of the table again, it would be missed by lists of everything alone."""
    with (paid / "encounters.csv").open("a") as file:
        file.write(row(900, dt.date(2026, 5, 6)))
    bill(paid)
    todo(paid)
    without_what_follows(paid, len(DAYS) - 1)
    assert left_to_do(paid).not_read == 0


def test_where_a_later_row_was_changed_what_was_remembered_before_counts(paid: Path) -> None:
    later_runs(paid, LATER)
    change_text(paid / "encounters.csv", f"Made call {OLD + 2}.", "Made call B.")
    day = dt.date.fromisoformat(LATER)
    left = long_past.read_left(agency_of(paid), paid, peerbill.__version__, day)

    assert left.records.not_read == OLD - 1
    assert left_to_do(paid, LATER).not_read == 0  # of which nothing was said since


def test_an_overpayment_of_then_stays_on_the_list(paid: Path) -> None:
    todo(paid)
    after_a_change_of_a_member_of_then(paid)
    first = todo(paid)
    assert "held by PB405" in first.output or "overpayment" in first.output.lower()
    assert left_to_do(paid).not_read == 0
    assert todo(paid).output == first.output
