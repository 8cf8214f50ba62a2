"""Six years of encounters, whatever changes then: what is read from where the long past ends shows what all shows."""

import datetime as dt
import json
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import POLICY, SMALL
from thorough import EVERYTHING, some

import peerbill
from peerbill import long_past
from peerbill.cli import main
from peerbill.intake.workspace import workspace_settings
from peerbill.ledger.look.beginnings import Remembered

TODAY = dt.date(2027, 3, 31)
FIRST = dt.date(2021, 4, 1)
YEARS_POLICY = (
    POLICY
    + """
[[sud.limit.month]]
units = 40
per = "month"
then = "deny"
source = "contract p. 13"

[[sud.supervision]]
every = "month"
peers_per_supervisor = 3
members_per_peer = 12
source = "contract p. 14"

[[sud.plan.recovery]]
signers = ["member"]
signed_within = "1 month after plan"
source = "contract p. 15"
"""
)
MEMBERS = {"M1": TODAY, "M2": TODAY, "M3": dt.date(2023, 6, 30), "M4": dt.date(2022, 9, 30)}
"""Until when each is served."""
PEERS = {"S1": TODAY, "S3": TODAY, "S4": dt.date(2024, 1, 31)}


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def row(id_: str, day: dt.date, member: str, peer: str, hour: int) -> str:
    return (
        f"{id_},{member},{peer},individual,{day}T{hour:02}:00,{day}T{hour:02}:45,57,in-person,F11.20,informational,"
        f'job search,P-{member},find work,"Went through posting {id_}.","Made call {id_}.",Call of {id_} next.,center,'
        f"{peer},{day}T20:10,yes\n"
    )


def rows_of(rng: random.Random) -> list[tuple[dt.date, str]]:
    """Return rows of weekdays over the years, each with its day, in their order."""
    days = sorted(FIRST + dt.timedelta(days=rng.randrange((TODAY - FIRST).days)) for _ in range(130))
    found = []
    for number, day in enumerate(days):
        member = rng.choice([id_ for id_, until in MEMBERS.items() if day <= until])
        peer = rng.choice([id_ for id_, until in PEERS.items() if day <= until])
        found.append((day, row(f"E{number}", day, member, peer, 9 + number % 9)))
    return found


TABLES = {
    "staff.csv": "staff_id,last_name,first_name,npi,role,supervisor_id,hired_on,left_on\n"
    "S1,Rivera,Dana,1245319599,peer,S2,2020-01-06,\nS2,Okafor,Ife,,supervisor,,2019-03-01,\n"
    "S3,Vale,Kim,1003000126,peer,S2,2020-01-06,\nS4,Poe,Ann,1003000134,peer,S2,2020-01-06,2024-01-31\n",
    "credentials.csv": SMALL["credentials.csv"].splitlines()[0]
    + "\n"
    + "".join(f"{who},NJ,CPRS,1234{who[1]},2020-01-01,2028-12-31,active\n" for who in PEERS),
    "members.csv": SMALL["members.csv"].splitlines()[0]
    + "\n"
    + "".join(f"{who},Lane,Alex,1988-04-0{who[1]},M,5 Oak Ave,Brick,NJ,08723,2020-01-05\n" for who in MEMBERS),
    "coverage.csv": SMALL["coverage.csv"].splitlines()[0]
    + "\n"
    + "".join(f"{who},horizon,12345678901{who[1]},2020-01-01,,1\n" for who in MEMBERS),
    "plans.csv": SMALL["plans.csv"].splitlines()[0]
    + "\n"
    + "".join(f"{who},P-{who},recovery,2020-01-05,2028-12-31,S1;member,2020-01-05,find work\n" for who in MEMBERS),
    "supervision.csv": "staff_id,supervisor_id,date,minutes\n"
    + "".join(
        f"{who},S2,{year}-{month:02}-15,60\n" for who in PEERS for year in range(2021, 2028) for month in range(1, 13)
    ),
    "stays.csv": "member_id,kind,from,to\n",
    "exclusions.csv": "list,from,npi,staff_id,to\nLEIE,2020-02-01,1000000004,,\n",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the workspace: each half-year was billed at its end and paid; a week is left."""
    folder = tmp_path_factory.mktemp("years") / "workspace"
    folder.mkdir()
    for name, text in {**SMALL, **TABLES}.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "policies").mkdir()
    (folder / "policies" / "nj.toml").write_text(YEARS_POLICY, encoding="utf-8")
    rows = rows_of(random.Random(7))  # noqa: S311  # made data, the same each time
    header = SMALL["encounters.csv"].splitlines()[0] + "\n"
    with pytest.MonkeyPatch.context() as context:
        context.setattr(long_past, "LEAST_ROWS", 5)
        for until in (*(FIRST + dt.timedelta(days=182 * number) for number in range(1, 12)), TODAY):
            table = header + "".join(text for day, text in rows if day <= until)
            (folder / "encounters.csv").write_text(table, encoding="utf-8")
            done = run("bill", folder, "--out", folder.parent / "out", "--as-of", until)
            assert done.exit_code < 2, done.output
        claims = json.loads(run("claims", folder, "--json", "-").output)["claims"]
        answers = "".join(f"{claim['claim_id']},2027-03-30,{claim['charge']},EFT1\n" for claim in claims)
        (folder.parent / "answers.csv").write_text("claim_id,paid_on,paid,trace\n" + answers)
        done = run("post", folder, folder.parent / "answers.csv")
        assert done.exit_code == 0, done.output
        run("todo", folder, "--as-of", TODAY)
    week = TODAY - dt.timedelta(days=2)
    (folder / "encounters.csv").write_text(f"{table}{row('L1', week, 'M1', 'S1', 9)}{row('L2', week, 'M2', 'S3', 9)}")
    return folder


def add(name: str, line: str) -> Callable[[Path, random.Random], None]:
    def change(folder: Path, _: random.Random) -> None:
        with (folder / name).open("a") as file:
            file.write(line)

    return change


def replace(name: str, before: str, after: str) -> Callable[[Path, random.Random], None]:
    def change(folder: Path, _: random.Random) -> None:
        text = (folder / name).read_text()
        assert before in text
        (folder / name).write_text(text.replace(before, after, 1))

    return change


def given(days: int, member: str = "M1", peer: str = "S1") -> Callable[[Path, random.Random], None]:
    """Add an encounter of some days ago."""

    def change(folder: Path, rng: random.Random) -> None:
        line = row(f"N{rng.randrange(10**6)}", TODAY - dt.timedelta(days=days), member, peer, 18)
        add("encounters.csv", line)(folder, rng)

    return change


def take_a_row_out(folder: Path, rng: random.Random) -> None:
    lines = (folder / "encounters.csv").read_text().splitlines(keepends=True)
    del lines[rng.randrange(1, len(lines))]
    (folder / "encounters.csv").write_text("".join(lines))


def withdraw_or_reverse(folder: Path, rng: random.Random) -> None:
    """Let a payer take back what it paid for some claim, of whatever year."""
    claim = rng.choice(json.loads(run("claims", folder, "--json", "-").output)["claims"])
    answers = folder.parent / "reversal.csv"
    answers.write_text(
        "claim_id,paid_on,paid,trace,status\n"
        f"{claim['claim_id']},2027-03-31,-{claim['charge']},EFT{rng.randrange(10**6)},reversed\n"
    )
    run("post", folder, answers)


CHANGES: dict[str, Callable[[Path, random.Random], None]] = {
    "a row of this week": given(2),
    "a row of this week of somebody not seen for years": given(3, "M4", "S3"),
    "a row of two months ago": given(58),
    "a row of four months ago": given(120),
    "a row of a year ago": given(400),
    "a row less": take_a_row_out,
    "an old row in other words": replace("encounters.csv", "Made call E3.", "Made call B."),
    "a meeting of this month": add("supervision.csv", "S1,S2,2027-03-20,60\n"),
    "a meeting of 2022 less": replace("supervision.csv", "S1,S2,2022-02-15,60\n", ""),
    "a screening": add("screenings.csv", "S1,LEIE,2027-03-01,clear\nS3,LEIE,2027-03-01,clear\n"),
    "a match": add("screenings.csv", "S1,LEIE,2027-03-01,excluded\n"),
    "a stay of now": add("stays.csv", "M1,inpatient,2027-03-05,2027-03-09\n"),
    "a stay of then": add("stays.csv", "M4,inpatient,2022-01-05,2022-06-09\n"),
    "a stay of nobody": add("stays.csv", "M9,inpatient,2022-01-05,2022-06-09\n"),
    "an exclusion of somebody else": add("exclusions.csv", "LEIE,2024-02-01,1000000012,,\n"),
    "an exclusion of then": add("exclusions.csv", "LEIE,2022-02-01,,S4,2022-05-01\n"),
    "an exclusion of an NPI of then": add("exclusions.csv", "LEIE,2022-02-01,1003000134,,\n"),
    "a coverage that ended": replace("coverage.csv", "2020-01-01,,1\nM4", "2020-01-01,2022-12-31,1\nM4"),
    "a coverage that begins later": replace("coverage.csv", "2020-01-01,,1\nM2", "2021-12-01,,1\nM2"),
    "a second coverage": add("coverage.csv", "M2,horizon,999999999999,2026-12-01,,2\n"),
    "a plan that was signed late": replace("plans.csv", "member,2020-01-05", "member,2020-03-05"),
    "a plan of this year": add("plans.csv", "M1,P9,recovery,2027-02-05,2028-02-04,S1;member,2027-02-05,find work\n"),
    "a plan without its day": add("plans.csv", "M1,P9,recovery,,2028-02-04,S1;member,2027-02-05,find work\n"),
    "a credential that lapsed": replace("credentials.csv", "2028-12-31,active", "2023-01-31,active"),
    "a new peer": add("staff.csv", "S9,Ito,Mika,,peer,S2,2027-03-01,\n"),
    "a new peer without a first day": add("staff.csv", "S9,Ito,Mika,,peer,S2,,\n"),
    "no role": replace("staff.csv", "1003000126,peer", "1003000126,"),
    "no role of somebody who left": replace("staff.csv", "1003000134,peer", "1003000134,"),
    "a member's death": replace("members.csv", "2020-01-05", "2022-12-31"),
    "a training": add("training.csv", "staff_id,kind,hours,date\nS1,initial,10,2027-03-01\n"),
    "another policy": replace("policies/nj.toml", 'every = "month"', 'every = "week"'),
    "another limit": replace("policies/nj.toml", "units = 40", "units = 3"),
    "a payment taken back": withdraw_or_reverse,
    "other settings": replace("peerbill.toml", "HORIZON NJ HEALTH", "HORIZON NJ"),
}


def nothing_remembered(*_: object) -> Iterator[Remembered]:
    yield from ()


def told(folder: Path, commands: Sequence[str]) -> list[tuple[str, int]]:
    """Return what commands say, with their exit codes."""
    more = {"audit": ("--all",), "todo": ("--all", "--sources"), "bill": ("--all", "--out", folder.parent / "out")}
    done = [run(command, folder, "--as-of", TODAY, *more[command]) for command in commands]
    return [(result.output.replace(str(folder.parent), ""), result.exit_code) for result in done]


def short_commands(folder: Path) -> list[str]:
    """Return which commands leave out what was billed long ago; for the others there is nothing to compare."""
    agency = peerbill.Agency(workspace_settings(folder), folder=folder)
    audit = long_past.read_left(agency, folder, peerbill.__version__, TODAY, patterns=True).records.not_read
    todo = long_past.read_left_to_do(agency, folder, peerbill.__version__, TODAY).records.not_read
    bill = long_past.read_left(agency, folder, peerbill.__version__, TODAY).records.not_read
    return ["audit"] * (audit > 0) + ["todo"] * (todo > 0) + ["bill"] * (bill > 0)


@pytest.mark.slow
def test_whatever_changes_the_rest_shows_what_all_shows(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_past, "LEAST_ROWS", 5)
    times: Counter[str] = Counter()
    for number, (name, change) in enumerate(some(list(CHANGES.items()), 12)):
        rest = shutil.copytree(made.parent, tmp_path / str(number) / "rest") / made.name
        change(rest, random.Random(name))  # noqa: S311  # as above
        commands = short_commands(rest)
        times.update(commands)
        if not commands:
            continue
        whole = shutil.copytree(rest.parent, rest.parent.parent / "whole") / made.name
        with monkeypatch.context() as context:
            context.setattr(long_past, "read_beginnings", nothing_remembered)
            full = told(whole, commands)
        assert told(rest, commands) == full, name
        shutil.rmtree(rest.parent.parent)
    assert times["audit"] > (20 if EVERYTHING else 6)
    assert times["todo"] > (5 if EVERYTHING else 1)
