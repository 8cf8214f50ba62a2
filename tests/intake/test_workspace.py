import csv
import datetime as dt
import json
import os
import re
import shutil
import tomllib
from importlib.resources import files
from pathlib import Path

import attrs
import pytest
from click.testing import CliRunner

from peerbill.cli import main
from peerbill.codes import check_citations
from peerbill.intake import TABLES
from peerbill.intake.workspace import (
    Example,
    examples,
    make_workspace,
    programme_ids,
    read_agency_policies,
    read_workspace,
    today,
)
from peerbill.model.errors import UnusableInputError
from peerbill.model.finding import Finding, Severity
from peerbill.model.people import Relationship
from peerbill.model.records import Rejected

ENCOUNTERS = "encounter_id,member_id,staff_id,service,start,end,place\n"
ROW = "M1,S1,individual,2026-03-02T10:00,2026-03-02T10:45,57\n"


def fails(folder: Path) -> list[str]:
    with pytest.raises(UnusableInputError) as error:
        read_workspace(folder)
    return str(error.value).splitlines()


def test_a_workspace_is_read_whole(small_workspace: Path) -> None:
    (small_workspace / "relationships.jsonl").write_text('{"staff_id": "S1", "member_id": "M1", "kind": "family"}\n')
    records = read_workspace(small_workspace)

    assert [encounter.encounter_id for encounter in records.encounters] == ["E1"]
    assert [member.member_id for member in records.members] == ["M1"]
    assert [staff.staff_id for staff in records.staff] == ["S1", "S2"]
    assert records.plans[0].goals == ("stay housed", "find work")
    assert records.relationships == (Relationship("S1", "M1", "family"),)
    assert records.stays == ()
    assert (records.rejected, records.problems, records.notices) == ((), (), ())
    assert programme_ids(records.settings) == ("NJ/sud",)


def with_slashes(text: str) -> str:
    """Write every day and time as a spreadsheet in the United States shows it."""

    def shown(iso: re.Match[str]) -> str:
        year, month, day, hour, minute = iso.groups()
        clock = f" {int(hour) % 12 or 12}:{minute} {'AM' if int(hour) < 12 else 'PM'}" if hour else ""
        return f"{int(month)}/{int(day)}/{year}{clock}"

    return re.sub(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T([0-9]{2}):([0-9]{2}))?", shown, text)


def test_days_with_slashes_are_read_where_the_setting_has_their_order(small_workspace: Path) -> None:
    before = read_workspace(small_workspace)
    for path in small_workspace.glob("*.csv"):
        path.write_text(with_slashes(path.read_text()))
    settings = small_workspace / "peerbill.toml"
    settings.write_text(settings.read_text() + '\n[workspace]\ndates = "month-first"\n')
    after = read_workspace(small_workspace)

    assert after == attrs.evolve(before, settings=attrs.evolve(before.settings, dates="month-first"))
    encounters = small_workspace / "encounters.csv"
    header, *rows = csv.reader(encounters.read_text().splitlines())
    encounters.unlink()
    (small_workspace / "encounters.jsonl").write_text(
        "".join(json.dumps(dict(zip(header, row, strict=True))) + "\n" for row in rows)
    )
    assert [attrs.evolve(row, line=0) for row in read_workspace(small_workspace).encounters] == [
        attrs.evolve(row, line=0) for row in before.encounters
    ]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("encounters.csv", ENCOUNTERS + f"E1,{ROW}", False),
        ("encounters.csv", ENCOUNTERS.replace("\n", ",channel\n") + f"E1,{ROW}".replace("\n", ",\n"), True),
        ("encounters.csv", ENCOUNTERS.replace("\n", ",Channel\n") + f"E1,{ROW}".replace("\n", ",video\n"), True),
        ("encounters.csv", ENCOUNTERS.replace("\n", ",channel\n"), True),
        ("encounters.jsonl", '{"encounter_id": "E1", %s}\n', False),
        ("encounters.jsonl", '{"encounter_id": "E1", %s}\n{"encounter_id": "E2", "channel": "", %s}\n', True),
    ],
    ids=["no column", "a blank cell", "a filled cell", "no row", "no key", "a key in one row"],
)
def test_a_table_of_encounters_tells_whether_it_has_channels(
    small_workspace: Path, name: str, text: str, expected: bool
) -> None:
    cells = ", ".join(
        f'"{column}": "{cell}"'
        for column, cell in zip(ENCOUNTERS.strip().split(",")[1:], ROW.strip().split(","), strict=True)
    )
    (small_workspace / "encounters.csv").unlink()
    (small_workspace / name).write_text(text.replace("%s", cells), encoding="utf-8")

    assert read_workspace(small_workspace).records_channels is expected


def test_a_folder_that_is_no_workspace_is_told(tmp_path: Path) -> None:
    absent = tmp_path / "absent"

    assert fails(absent) == [f"{absent}: no such folder. Make one with: peerbill init {absent}"]
    assert fails(tmp_path) == [
        (
            f"{tmp_path / 'peerbill.toml'}: expected this file, found none. "
            "Is the folder a workspace? Make one with: peerbill init DIR"
        )
    ]


@pytest.mark.parametrize("table", ["staff", "members", "coverage", "encounters"])
def test_each_required_table_is_missed(small_workspace: Path, table: str) -> None:
    (small_workspace / f"{table}.csv").unlink()
    (problem,) = fails(small_workspace)

    assert problem.startswith(
        f"{table}.csv: expected this file, found none. Add it (or {table}.jsonl) with the columns "
    )


@pytest.mark.parametrize("table", sorted(set(TABLES) - {"staff", "members", "coverage", "encounters"}))
def test_other_tables_may_be_absent(small_workspace: Path, table: str) -> None:
    (small_workspace / f"{table}.csv").unlink(missing_ok=True)

    assert getattr(read_workspace(small_workspace), table) == ()


def test_a_table_in_two_files_is_an_error(small_workspace: Path) -> None:
    (small_workspace / "staff.jsonl").write_text("")

    assert fails(small_workspace) == [
        "staff.csv and staff.jsonl: expected one file for the table staff, found 2. Remove one."
    ]


def test_peerbill_toml_in_another_encoding_is_told(small_workspace: Path) -> None:
    (small_workspace / "peerbill.toml").write_bytes(b'a = 1\nb = "\xe9"\n')

    assert fails(small_workspace) == ["peerbill.toml line 2: expected UTF-8. Save the file in UTF-8."]


def test_an_encounter_that_cannot_be_read_is_rejected_with_all_its_problems(small_workspace: Path) -> None:
    (small_workspace / "encounters.csv").write_text(
        ENCOUNTERS + f"E1,{ROW}" + "E2,M1,S1,individual,3/2/2026 10:00,2026-03-02T10:45,2\n" + "E3,M1,S1\n" + f",{ROW}"
    )
    records = read_workspace(small_workspace)

    assert [encounter.encounter_id for encounter in records.encounters] == ["E1"]
    assert records.problems == ()
    assert records.rejected == (
        Rejected(
            3,
            "E2",
            (
                Finding(
                    "PB001",
                    Severity.ERROR,
                    ("E2",),
                    "encounters.start",
                    "encounters.csv line 3 column start: expected a time such as 2026-03-02T14:05, "
                    "found one written with slashes",
                    "Write the time as YYYY-MM-DDTHH:MM: format the column as yyyy-mm-dd hh:mm in the spreadsheet. Or, "
                    "where every such day of your tables has the month first, add dates = "
                    '"month-first" under [workspace] in peerbill.toml.',
                    check_citations("PB001"),
                    template="cell-not-read",
                    values={
                        "file": "encounters.csv",
                        "kind": "line",
                        "line": 3,
                        "column": "start",
                        "expected": "a time such as 2026-03-02T14:05",
                        "found": "one written with slashes",
                    },
                ),
            ),
        ),
        Rejected(
            4,
            "",
            (
                Finding(
                    "PB001",
                    Severity.ERROR,
                    (),
                    "encounters",
                    "encounters.csv line 4: expected 7 cells as in the header, found 3: too few",
                    "Put texts that hold a comma in quotation marks, and give every column its cell, "
                    "if only a blank one.",
                    check_citations("PB001"),
                    template="row-not-read",
                    values={
                        "file": "encounters.csv",
                        "kind": "line",
                        "line": 4,
                        "expected": "7 cells as in the header",
                        "found": "3: too few",
                    },
                ),
            ),
        ),
        Rejected(
            5,
            "",
            (
                Finding(
                    "PB001",
                    Severity.ERROR,
                    (),
                    "encounters.encounter_id",
                    "encounters.csv line 5 column encounter_id: expected an encounter_id, found nothing",
                    "Fill it in.",
                    check_citations("PB001"),
                    template="cell-not-read",
                    values={
                        "file": "encounters.csv",
                        "kind": "line",
                        "line": 5,
                        "column": "encounter_id",
                        "expected": "an encounter_id",
                        "found": "nothing",
                    },
                ),
            ),
        ),
    )


def test_a_repeated_encounter_id_rejects_every_row_that_has_it(small_workspace: Path) -> None:
    (small_workspace / "encounters.csv").write_text(
        ENCOUNTERS + f"E1,{ROW}E2,{ROW}E1,{ROW}E3,{ROW}" + "E2,M1,S1,individual,yesterday,2026-03-02T10:45,57\n"
    )
    records = read_workspace(small_workspace)
    found = [(row.line, row.encounter_id, [finding.code for finding in row.findings]) for row in records.rejected]

    assert [encounter.encounter_id for encounter in records.encounters] == ["E3"]
    assert found == [
        (2, "E1", ["PB002"]),
        (3, "E2", ["PB002"]),
        (4, "E1", ["PB002"]),
        (6, "E2", ["PB001", "PB002"]),
    ]
    assert records.rejected[0].findings[0].message == (
        "encounters.csv line 2 column encounter_id: expected an id of its own, found it on line 4 too"
    )


def test_blank_values_keep_their_row(small_workspace: Path) -> None:
    (small_workspace / "encounters.csv").write_text(ENCOUNTERS + "E1,,,,,,\n")
    (small_workspace / "members.csv").write_text("member_id,last_name,first_name,birth_date,sex\nM1,,,,\n")
    records = read_workspace(small_workspace)

    assert (records.encounters[0].start, records.encounters[0].place) == (None, "")
    assert records.members[0].birth_date is None
    assert (records.rejected, records.problems) == ((), ())


def test_a_row_of_another_table_that_cannot_be_read_is_told_and_left_out(small_workspace: Path) -> None:
    (small_workspace / "members.csv").write_text(
        "member_id,last_name,first_name,birth_date,sex,zip\nM1,Lane,Alex,1988-04-02,M,8723\nM2,Ito,Mika\n"
    )
    records = read_workspace(small_workspace)

    assert records.members == ()
    assert records.problems == (
        (
            "members.csv line 2: column zip: expected a ZIP code of 5 or 9 digits, found 4 (leading zero lost?). "
            "Write all its digits, with the column formatted as text in the spreadsheet. "
            "The row is not used; it holds what it could concern until then."
        ),
        (
            "members.csv line 3: expected 6 cells as in the header, found 3: too few. Put texts that hold a comma in "
            "quotation marks, and give every column its cell, if only a blank one. The row is left out."
        ),
    )


def test_unknown_columns_and_misspelt_files_are_noticed(small_workspace: Path) -> None:
    (small_workspace / "coverage.csv").write_text("member_id,payer,subscriber_id,from,until,ranks\n")
    for name in ("exclusion.csv", "Plans.csv", "plans.xlsx", "stays.pdf", "report.csv", "audit.json", "ledger.db"):
        (small_workspace / name).write_text("")
    (small_workspace / "policies").mkdir()
    (small_workspace / "policies" / "nj.toml.bak").write_text("")

    assert read_workspace(small_workspace).notices == (
        "Plans.csv: no table of a workspace, not read. If it is meant as one, name it plans.csv.",
        "exclusion.csv: no table of a workspace, not read. If it is meant as one, name it exclusions.csv.",
        "plans.xlsx: no table of a workspace, not read. If it is meant as one, name it plans.csv.",
        "stays.pdf: no table of a workspace, not read. If it is meant as one, name it stays.csv.",
        "policies/nj.toml.bak: not read. If it is meant as a policy file, let its name end in .toml.",
        "coverage.csv: columns not known, ignored: until, ranks. Did you mean rank by ranks?",
    )


@pytest.mark.parametrize("name", ["nj.toml.txt", "nj.TOML"])
def test_a_file_with_nearly_the_name_of_a_policy_is_refused(small_workspace: Path, name: str) -> None:
    (small_workspace / "policies").mkdir()
    (small_workspace / "policies" / name).write_text("")
    with pytest.raises(UnusableInputError) as error:
        read_agency_policies(small_workspace)

    assert str(error.value) == (
        f"policies/{name}: it looks like a policy file, which may forbid to bill, and is not read. "
        "Let its name end in .toml, or move it out of the folder."
    )


@pytest.mark.parametrize(
    "name", ["exclusions.csv.txt", "Exclusions.csv", "stays.bak", "stays.ods", "relationships", "spend_down-old.csv"]
)
def test_a_file_like_a_table_that_may_forbid_is_an_error_unless_the_table_is_there(
    small_workspace: Path, name: str
) -> None:
    (small_workspace / name).write_text("")
    table = next(table for table in TABLES if name.lower().startswith(table))

    (problem,) = fails(small_workspace)
    assert problem == (
        f"{name}: it looks like the table {table}, which may forbid to bill, and is not read. "
        f"Name it {table}.csv, or move it out of the folder."
    )

    (small_workspace / f"{table}.csv").write_text(",".join((*TABLES[table].required, *TABLES[table].named_by)) + "\n")
    assert read_workspace(small_workspace).notices == (
        f"{name}: no table of a workspace, not read. If it is meant as one, name it {table}.csv.",
    )


def test_a_required_table_under_another_name_is_named(small_workspace: Path) -> None:
    (small_workspace / "staff.csv").rename(small_workspace / "staff.csv.bak")

    assert fails(small_workspace)[0].endswith("staff_id, last_name, first_name. Is staff.csv.bak meant?")


@pytest.mark.parametrize("name", ["exclusions.csv", "staff.csv", "peerbill.toml"])
def test_a_name_that_leads_to_no_file_is_never_taken_as_absent(small_workspace: Path, name: str) -> None:
    path = small_workspace / name
    path.unlink(missing_ok=True)
    path.symlink_to(small_workspace / "gone")
    gone = fails(small_workspace)
    path.unlink()
    os.mkfifo(path)
    pipe = fails(small_workspace)
    path.unlink()
    path.symlink_to("/dev/zero")
    device = fails(small_workspace)
    path.unlink()
    path.mkdir()
    folder = fails(small_workspace)

    assert gone == [
        f"{name}: cannot be read: expected a file, found a link to a file that is not there. Check the file."
    ]
    assert pipe == device
    assert device[0].startswith(f"{name}: cannot be read: expected a file, found a device, a pipe or a socket.")
    assert folder[0].startswith(f"{name}: cannot be read: expected a file, found a folder.")


def test_policies_that_cannot_be_read_are_an_error(small_workspace: Path) -> None:
    policies = small_workspace / "policies"
    policies.symlink_to(small_workspace / "gone")
    with pytest.raises(UnusableInputError, match=r"^policies: expected a folder that can be read: No such file"):
        read_agency_policies(small_workspace)
    policies.unlink()
    policies.write_text("")
    with pytest.raises(UnusableInputError, match=r"^policies: expected a folder that can be read: Not a directory"):
        read_agency_policies(small_workspace)
    policies.unlink()
    policies.mkdir()
    (policies / "nj.toml").symlink_to(small_workspace / "gone")
    with pytest.raises(UnusableInputError, match=r"^nj.toml: cannot be read: expected a file, found a link"):
        read_agency_policies(small_workspace)


def test_the_agency_policies_are_given_by_name(small_workspace: Path) -> None:
    assert read_agency_policies(small_workspace) == {}

    (small_workspace / "policies").mkdir()
    for name in ("nj.toml", "mi.toml", ".nj.toml", "notes.txt"):
        (small_workspace / "policies" / name).write_text(f"# {name}", encoding="utf-8")

    assert read_agency_policies(small_workspace) == {"policies/mi.toml": "# mi.toml", "policies/nj.toml": "# nj.toml"}


def test_today_is_a_day_in_the_organizations_time_zone(small_workspace: Path) -> None:
    text = (small_workspace / "peerbill.toml").read_text()
    days = []
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        (small_workspace / "peerbill.toml").write_text(text.replace("America/New_York", zone))
        days.append(today(read_workspace(small_workspace).settings))

    # These two zones are 25 hours apart, so they never have the same day.
    assert dt.timedelta(days=1) <= days[0] - days[1] <= dt.timedelta(days=2)


def test_a_new_workspace_has_every_table_with_its_columns_and_says_what_to_fill_in(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "new"

    assert make_workspace(folder) is None
    assert {path.name for path in folder.iterdir()} == {
        "peerbill.toml",
        "ledger.db",
        *(f"{table}.csv" for table in TABLES),
    }
    for table in TABLES.values():
        path = folder / f"{table.name}.csv"
        assert path.read_text() == ",".join(table.columns) + "\n"
        assert path.stat().st_mode & 0o777 == 0o600
    assert all("expected" in problem for problem in fails(folder))


def test_a_new_workspace_that_was_filled_in_is_read(tmp_path: Path, small_workspace: Path) -> None:
    make_workspace(tmp_path / "new")
    text = (tmp_path / "new" / "peerbill.toml").read_text()
    filled = {
        'tax_id = ""': 'tax_id = "221234567"',
        'npi = ""': 'npi = "1234567893"',
        'policy = ""': 'policy = "NJ/sud"',
        'zip = ""': 'zip = "087531234"',
        'state = ""': 'state = "NJ"',
        'phone = ""': 'phone = "7325550100"',
        'name = ""': 'name = "A"',
        'street = ""': 'street = "A"',
        'city = ""': 'city = "Brick"',
        'id = ""': 'id = "ID1"',
    }
    for blank, value in filled.items():
        text = text.replace(blank, value)
    (tmp_path / "new" / "peerbill.toml").write_text(text)
    records = read_workspace(tmp_path / "new")

    assert (records.encounters, records.problems, records.notices) == ((), (), ())


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_is_there_is_never_overwritten(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "here"
    if kind == "folder":
        target.mkdir()
        (target / "notes.txt").write_text("mine")
    else:
        target.write_text("mine")

    with pytest.raises(UnusableInputError, match="expected a new or an empty folder"):
        make_workspace(target)


def test_an_unknown_example_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnusableInputError, match=r"^no example is named nix\."):
        make_workspace(tmp_path / "new", "nix")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_every_example_is_copied_and_read_without_a_word(tmp_path: Path, example: Example) -> None:
    assert make_workspace(tmp_path / "copy", example.name) == example
    records = read_workspace(tmp_path / "copy")

    assert (records.rejected, records.problems, records.notices) == ((), (), ())
    assert len(records.encounters) >= 20
    assert not (tmp_path / "copy" / "example.toml").exists()


def test_every_example_says_what_it_is() -> None:
    shipped = files("peerbill.examples")
    folders = {folder.name for folder in shipped.iterdir() if folder.is_dir() and not folder.name.startswith("_")}

    assert {example.name for example in examples()} == folders
    for folder in folders:
        said = tomllib.loads((shipped / folder / "example.toml").read_text(encoding="utf-8"))
        assert set(said) == {"title", "about", "as_of"}


def test_a_folder_copied_before_anything_was_sent_gives_other_ids_for_other_services(tmp_path: Path) -> None:
    north, south, same = (tmp_path / name for name in ("north", "south", "same"))
    make_workspace(north, "nj-recovery-coach")
    shutil.copytree(north, south)
    shutil.copytree(north, same)
    rows = (south / "encounters.csv").read_text().splitlines(keepends=True)
    (south / "encounters.csv").write_text("".join([rows[0], *rows[10:]]))
    (same / "encounters.csv").write_text("".join([rows[0], *reversed(rows[1:])]))

    def sent(folder: Path) -> tuple[set[str], list[bytes]]:
        CliRunner().invoke(main, ["bill", str(folder), "--out", str(folder / "out"), "--as-of", "2026-11-06"])
        files = sorted((folder / "out").glob("*.837"))
        claims = json.loads((folder / "out" / "manifest.json").read_text())["claims"]
        return {claim["claim_id"] for claim in claims}, [file.read_bytes() for file in files]

    (ids, files), (others, _), (again, same_files) = map(sent, (north, south, same))
    assert len(ids) == 25
    assert ids.isdisjoint(others)
    assert (again, same_files) == (ids, files)
