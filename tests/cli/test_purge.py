"""`peerbill purge`: what it says, what it refuses, and what bill does afterwards."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import attrs
import databases
import pytest
from payer import Decision, in_full, receive, remit
from stopped import run

from peerbill.agency import Agency
from peerbill.intake.workspace import read_workspace
from peerbill.ledger.look.history import reading
from peerbill.ledger.store import trail
from peerbill.ledger.store.ledger import open_ledger
from peerbill.ledger.store.trail import Event
from peerbill.ledger.verify import verify
from peerbill.model.errors import LedgerError

DAY = "2026-03-05"
MAY_BE_PURGED = (
    "the ledger does not have the encounter, and claims for services before 2026-05-01 were purged: it may have been "
    "billed"
)


@pytest.fixture
def desk(workspace: Path, on_both: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a workspace whose only claim was paid in April."""
    monkeypatch.chdir(workspace.parent)
    at = dt.datetime(2026, 4, 20, 12, tzinfo=dt.UTC)
    with monkeypatch.context() as patch:
        patch.setitem(open_ledger.__kwdefaults__ or {}, "clock", lambda: at)
        run(["bill", workspace, "--out", "out", "--as-of", DAY])
        (path,) = Path("out").glob("*.837")
        file = receive(path.read_text())
        Path("paid.835").write_text(remit(file, [Decision(claim, in_full) for claim in file.claims]))
        assert run(["post", workspace, "paid.835"]).exit_code == 0
    return workspace


def looks(desk: Path) -> Any:
    settings = read_workspace(desk).settings
    with reading(settings.ledger_url, desk) as connection:
        assert connection is not None
        return verify(connection)


def retain(desk: Path, text: str) -> None:
    settings = desk / "peerbill.toml"
    settings.write_text(f"{settings.read_text()}\n[retention]\n{text}\n", encoding="utf-8")


def test_a_day_is_asked_for(desk: Path) -> None:
    result = run(["purge", desk])

    assert result.exit_code == 2
    assert result.stderr.startswith(
        "Error: how long claims are to be kept is not set: add years = N under [retention] in peerbill.toml, or give a "
        "day, --before DAY. 10 years is what 42 CFR 438.3(u) asks of"
    )


def test_less_than_ten_years_need_an_option(desk: Path) -> None:
    refused = run(["purge", desk, "--before", "2026-05-01"])

    assert refused.exit_code == 2
    assert "to purge what is before 2026-05-01 keeps less than 10 years: expected " in refused.stderr
    assert "42 CFR 438.3(u)" in refused.stderr
    assert looks(desk).entries > 0


@pytest.mark.parametrize("text", ["years = 0", "years = 101", 'years = "10"', "years = true"])
def test_years_that_are_none(desk: Path, text: str) -> None:
    retain(desk, text)
    result = run(["purge", desk])

    assert (result.exit_code, "retention" in result.stderr) == (2, True)


def test_years_of_the_settings_are_taken(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    retain(desk, "years = 12")
    monkeypatch.setattr("peerbill.agency.today", lambda _: dt.date(2027, 3, 2))
    result = run(["purge", desk, "--json", "p.json"])
    report = json.loads(Path("p.json").read_text())

    assert result.exit_code == 0, result.output
    assert (report["claims"], report["before"]) == (0, "2015-03-02")
    assert result.stdout == "Nothing of before 2015-03-02 is there to be purged\n"


def test_a_clock_far_ahead_makes_no_claim_old(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    retain(desk, "years = 12")
    # What a run by the same clock writes into the trail is no witness.
    with monkeypatch.context() as patch:
        at = dt.datetime(2099, 12, 31, 12, tzinfo=dt.UTC)
        patch.setitem(open_ledger.__kwdefaults__ or {}, "clock", lambda: at)
        ledger = open_ledger(read_workspace(desk).settings.ledger_url, desk, create=False)
        with ledger.changing() as connection:
            trail.append(connection, ledger.now(), ledger.who, [Event("", "nothing-due", "", "", "{}")])
    before = looks(desk)
    for day in ("2027-03-03", "2099-12-31"):
        monkeypatch.setattr("peerbill.agency.today", lambda _, day=day: dt.date.fromisoformat(day))
        for words in ((), ("--dry-run",)):
            result = run(["purge", desk, *words])

            assert (result.exit_code, result.stdout) == (2, "")
            assert result.stderr == (
                f"Error: the clock says {day}, and the last service that was billed is of 2026-03-02, over a year "
                "before. Correct the clock of this computer; if it is right, say which claims are old: --before DAY. "
                "Nothing was purged\n"
            )
    assert looks(desk) == before
    given = run(["purge", desk, "--before", "2026-05-01"])

    assert given.exit_code == 0, given.output
    assert given.stdout.startswith("Purged what is finished and of before 2026-05-01: 1 claim with 1 encounter")


def test_a_purge_and_what_comes_after_it(desk: Path, ledger_url: str) -> None:
    run(["ledger", "backup", desk, desk / "kept.db"])
    words = ["purge", desk, "--before", "2026-05-01", "--below-floor"]
    remembered = desk / ".long-past.json"
    remembered.write_text("[]", encoding="utf-8")
    before = looks(desk)
    dry = run([*words, "--dry-run", "--json", "dry.json"])
    unchanged = looks(desk)
    assert remembered.exists()
    done = run([*words, "--json", "done.json"])
    again = run(words)

    copy = f"A copy of the ledger: {(desk / 'kept.db').resolve()}"
    counts = "purge what is finished and of before 2026-05-01: 1 claim with 1 encounter, 1 payment, 0 questions"
    assert (dry.exit_code, done.exit_code, again.exit_code) == (0, 0, 0), (dry.output, done.output, again.output)
    assert unchanged == before
    assert not remembered.exists()
    assert f"Would {counts}" in dry.stdout
    assert f"Purged{counts.removeprefix('purge')}" in done.stdout
    assert copy in dry.stdout
    assert copy in done.stdout
    assert again.stdout == "Nothing of before 2026-05-01 is there to be purged\n"
    expected = {
        "peerbill": json.loads(Path("done.json").read_text())["peerbill"], "before": "2026-05-01", "dry_run": False,
        "claims": 1, "encounters": 1, "payments": 1, "questions": 0, "kept": [],
        "copies": [str((desk / "kept.db").resolve())], "schema": 1,
    }  # fmt: skip
    assert json.loads(Path("done.json").read_text()) == expected
    assert json.loads(Path("dry.json").read_text()) == {**expected, "dry_run": True}
    assert looks(desk).problems == ()
    assert run(["ledger", "verify", desk]).exit_code == 0
    if ledger_url == databases.SQLITE:
        file = (desk / "ledger.db").read_bytes()
        assert [text for text in (b"123456789012", b"F1120", b"2026-03-02T10:00") if text in file] == []

    # The row is still in the tables: it is held, and not billed a second time.
    audit = run(["audit", desk, "--as-of", "2026-05-02", "--json", "a.json"])
    found = [
        (finding["encounter_ids"], finding["message"])
        for finding in json.loads(Path("a.json").read_text())["findings"]
        if finding["code"] == "PB805"
    ]
    assert audit.exit_code == 1
    assert found[0] == (
        ["E1"],
        MAY_BE_PURGED,
    )
    billed = run(["bill", desk, "--out", "again", "--as-of", "2026-05-02"])
    assert billed.exit_code == 1, billed.output
    assert list(Path("again").glob("*.837")) == []
    assert "PB805" in run(["todo", desk, "--as-of", "2026-05-02"]).output
    assert "1 claim" in run(["claims", desk]).output
    assert run(["claims", desk, "PBTEST00000001"]).exit_code == 0
    assert run(["report", desk, "--as-of", "2026-05-02", "--json", "r.json"]).exit_code in {0, 1}
    void = run(["void", desk, "PBTEST00000001", "--out", "voided", "--as-of", "2026-05-02"])
    assert (void.exit_code, "it was purged" in void.output) == (1, True)


def test_what_is_not_finished_is_told(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = dt.datetime(2026, 3, 5, 12, tzinfo=dt.UTC)
    with monkeypatch.context() as patch:
        patch.setitem(open_ledger.__kwdefaults__ or {}, "clock", lambda: at)
        run(["bill", workspace, "--out", workspace / "out", "--as-of", DAY])
    result = run(["purge", workspace, "--before", "2026-05-01", "--below-floor"])

    assert result.exit_code == 1
    assert result.stdout == (
        "Nothing of before 2026-05-01 is there to be purged\n"
        "Not finished, and kept: 1 claim with its corrections: the payer has not answered\n"
    )


def test_what_was_answered_on_the_day_is_kept_for_now(desk: Path) -> None:
    result = run(["purge", desk, "--before", "2026-04-20", "--below-floor"])

    assert result.exit_code == 0
    assert result.stdout == (
        "Nothing of before 2026-04-20 is there to be purged\n"
        "Kept for now: 1 claim with its corrections: answered, changed, waived or reviewed on the day or later\n"
    )


def test_there_is_nothing_to_purge_without_a_ledger(workspace: Path) -> None:
    result = run(["purge", workspace, "--before", "2010-01-01"])

    assert result.exit_code == 2
    assert "there is no ledger" in result.stderr


def test_a_checkpoint_of_before_does_not_cover_a_purge_and_that_of_its_run_does(desk: Path) -> None:
    assert run(["ledger", "checkpoint", desk, "--out", "before.json"]).exit_code == 0
    settings = desk / "peerbill.toml"
    text = settings.read_text(encoding="utf-8")
    text = text if "[ledger]\n" in text else f"{text}\n[ledger]\n"
    settings.write_text(text.replace("[ledger]\n", '[ledger]\ncheckpoint = "kept/"\n'), encoding="utf-8")
    assert run(["purge", desk, "--before", "2026-05-01", "--below-floor"]).exit_code == 0
    before, newest = run(["ledger", "verify", desk, "--checkpoint", "before.json"]), run(["ledger", "verify", desk])
    _go_on(desk)
    assert Agency(read_workspace(desk).settings, folder=desk).checkpoint() is not None

    assert before.exit_code == 1
    assert before.stdout.startswith("checkpoint: a purge after the checkpoint of ")
    assert "If the purge was meant, verify with a checkpoint of entry " in before.stdout
    assert "; broken: 1 problem\n" in before.stdout
    assert (newest.exit_code, "; whole\n" in newest.stdout) == (0, True)


def _go_on(desk: Path) -> None:
    ledger = open_ledger(read_workspace(desk).settings.ledger_url, desk)
    with ledger.changing() as connection:
        trail.append(connection, ledger.now(), ledger.who, [Event("", "seen", "", "", "x")])


def test_no_checkpoint_is_written_over_a_purge_that_has_none(desk: Path) -> None:
    """A forged purge would be signed by the next run; an honest one has its own checkpoint, unless that failed."""
    settings = attrs.evolve(read_workspace(desk).settings, ledger_checkpoint="trail.json")
    agency = Agency(settings, folder=desk)
    assert agency.checkpoint() == desk / "trail.json"
    assert run(["purge", desk, "--before", "2026-05-01", "--below-floor"]).exit_code == 0
    before = (desk / "trail.json").read_bytes()
    _go_on(desk)

    with pytest.raises(LedgerError) as error:
        agency.checkpoint()

    assert "came after the checkpoint" in str(error.value)
    assert str(error.value).endswith(
        "and its run wrote none: whoever can write to the ledger may have put it in. Ask who purged. If the purge was "
        f"meant, keep {desk / 'trail.json'}, and move it elsewhere"
    )
    assert (desk / "trail.json").read_bytes() == before
    (desk / "trail.json").rename(desk / "aside.json")
    assert agency.checkpoint() == desk / "trail.json"
    _go_on(desk)
    assert agency.checkpoint() == desk / "trail.json"
