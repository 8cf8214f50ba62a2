"""What an import would change in the tables of a workspace."""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerbill.intake.importing.changes import Changes, OwnTable, SameContact, compare, read_own
from peerbill.intake.importing.convert import convert_export
from peerbill.intake.importing.files import ExportSheet
from peerbill.intake.importing.mapping import read_mapping
from peerbill.intake.make_book import write_book
from peerbill.intake.sheets import Book, read_book
from peerbill.intake.tables import TABLES
from peerbill.model.errors import UnusableInputError

ZONE = ZoneInfo("America/New_York")
MEMBERS = """\
member_id,last_name,first_name,birth_date,sex,mood,release_on
M2,Reyes,Bo,1975-12-31,Male,calm,2026-09-01
M1,Quill,Ada,1981-04-09,F,"a, b",
"""
COLUMNS = 'member_id = "ID"\nlast_name = "LAST"\nfirst_name = "FIRST"\nbirth_date = "BORN"\nsex = "SEX"\n'


def import_of(folder: Path, table: str, columns: str, header: str, *lines: str) -> Changes:
    """Compare rows `A|B` with the tables of a folder."""
    mapping = read_mapping(f'[[source]]\nfile = "a.csv"\n[source.{table}]\n{columns}\n')
    rows = [(number, line.split("|")) for number, line in enumerate((header, *lines), start=1)]
    converted = convert_export(mapping, [ExportSheet("a.csv", "", "UTF-8", rows)], ZONE)
    assert converted.problems == ()
    return compare(converted, lambda name: read_own(folder, name, Book()), ZONE)


def members(folder: Path, *lines: str, more: str = "", header: str = "") -> Changes:
    return import_of(folder, "members", COLUMNS + more, f"ID|LAST|FIRST|BORN|SEX{header}", *lines)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "members.csv").write_text(MEMBERS, encoding="utf-8")
    return tmp_path


def figures(changes: Changes) -> tuple[int, int, int, dict[str, int], dict[str, int]]:
    (table,) = changes.tables
    return table.added, table.updated, table.unchanged, dict(table.columns), dict(table.erased)


def test_rows_are_added_and_updated_by_id_and_the_rest_stays(folder: Path) -> None:
    changes = members(folder, "M1|Quill|Ida|4/19/1981|F", "M2|Reyes|Bo|12/31/1975|M", "M3|Vance|Theo|7/22/1990|M")

    assert figures(changes) == (1, 1, 1, {"first_name": 1, "birth_date": 1}, {})
    assert changes.problems == ()
    assert "".join(changes.tables[0].text()) == (
        "member_id,last_name,first_name,birth_date,sex,mood,release_on\n"
        "M2,Reyes,Bo,1975-12-31,Male,calm,2026-09-01\n"
        'M1,Quill,Ida,1981-04-19,F,"a, b",\n'
        "M3,Vance,Theo,1990-07-22,M,,\n"
    )


@pytest.mark.parametrize(
    ("id_", "problem"),
    [("00101", ""), ("101", "width = 5"), ("0101", "width = 5"), ("1010", ""), ("M1", ""), ("102", "")],
)
def test_an_id_that_lost_its_zeros_is_nobody_else_s(folder: Path, id_: str, problem: str) -> None:
    (folder / "members.csv").write_text(f"{MEMBERS}00101,Vance,Theo,1990-07-22,M,,\n", encoding="utf-8")
    stays = 'member_id = "ID"\nkind = { value = "inpatient" }\nfrom = "DAY"\n'
    for changes in (
        members(folder, f"{id_}|Vance|Theo|7/22/1990|M", "M2|Reyes|Bo|12/31/1975|M"),
        import_of(folder, "stays", stays, "ID|DAY", f"{id_}|2026-02-01"),
    ):
        assert [found.fix for found in changes.problems] == (
            [f"Write {problem} for this column in the mapping, or correct the ids in members."] if problem else []
        )
        assert {found.why for found in changes.problems} <= {
            "expected an id of members, found it with other leading zeros"
        }


def test_the_same_rows_again_change_nothing(folder: Path) -> None:
    changes = members(folder, "M1|Quill|Ada|4/9/1981|F", "M2|Reyes|Bo|12/31/1975|M")

    assert figures(changes) == (0, 0, 2, {}, {})
    assert not changes.changes


def test_a_new_column_comes_last_and_only_if_it_is_filled(folder: Path) -> None:
    more = 'city = "CITY"\nstate = "STATE"\n'
    changes = members(folder, "M1|Quill|Ada|4/19/1981|F|Ames|", more=more, header="|CITY|STATE")

    assert "".join(changes.tables[0].text()).splitlines()[::2] == [
        "member_id,last_name,first_name,birth_date,sex,mood,release_on,city",
        'M1,Quill,Ada,1981-04-19,F,"a, b",,Ames',
    ]


def test_a_blank_cell_of_the_export_is_asked_about(folder: Path) -> None:
    def changes(blank: str) -> Changes:
        more = f'release_on = {{ column = "ROI"{blank} }}\n'
        return members(folder, "M2|Reyes|Bo|12/31/1975|M|", more=more, header="|ROI")

    (problem,) = changes("").problems
    assert (problem.source, problem.column, problem.lines) == ("members.csv", "release_on", (2,))
    assert problem.fix == 'Write blank = "keep" or blank = "erase" for this column in the mapping.'
    assert figures(changes(', blank = "keep"')) == (0, 0, 1, {}, {})
    assert figures(changes(', blank = "erase"')) == (0, 1, 0, {"release_on": 1}, {"release_on": 1})


def test_a_table_that_is_not_there_gets_the_columns_that_must_be_there(tmp_path: Path) -> None:
    changes = import_of(tmp_path, "encounters", 'encounter_id = "ID"\ngoal = "GOAL"', "ID|GOAL", "E1|find work")

    assert "".join(changes.tables[0].text()) == (
        "encounter_id,member_id,staff_id,service,start,end,place,goal\nE1,,,,,,,find work\n"
    )
    assert changes.tables[0].digest == ""


def test_the_line_ends_of_the_file_stay(folder: Path) -> None:
    (folder / "members.csv").write_bytes(MEMBERS.replace("\n", "\r\n").encode("utf-8-sig"))
    text = "".join(members(folder, "M3|Vance|Theo|7/22/1990|M").tables[0].text())

    assert text.count("\r\n") == text.count("\n") == 4


def test_a_key_of_several_columns_tells_rows_apart(tmp_path: Path) -> None:
    (tmp_path / "coverage.csv").write_text("member_id,payer,subscriber_id,from,to\nM1,p,7,2026-01-01,\n")
    columns = 'member_id = "ID"\npayer = { value = "p" }\nsubscriber_id = "SUB"\nfrom = "FROM"\nto = "TO"\n'
    changes = import_of(
        tmp_path, "coverage", columns, "ID|SUB|FROM|TO", "M1|7|1/1/2026|6/30/2026", "M1|8|7/31/2026|12/31/2026"
    )

    assert figures(changes) == (1, 1, 0, {"to": 1}, {})


ENCOUNTERS = """\
encounter_id,member_id,staff_id,service,start,end,place
E1,M1,S1,individual,2026-09-14T09:00,2026-09-14T09:45,12
"""
CONTACT = 'encounter_id = "ID"\nmember_id = "M"\nstaff_id = "S"\nservice = "SVC"\nstart = "START"'


def contacts(folder: Path, *lines: str) -> Changes:
    (folder / "encounters.csv").write_text(ENCOUNTERS)
    return import_of(folder, "encounters", CONTACT, "ID|M|S|SVC|START", *lines)


def test_a_contact_under_another_id_is_found(tmp_path: Path) -> None:
    changes = contacts(
        tmp_path, "X7|M1|S1|Individual|9/14/2026 9:00 AM", "X8|M1|S1|Individual|9/14/2026 9:15 AM", "X9|M1|S1||"
    )

    assert changes.same_contacts == (SameContact("X7", "E1"),)
    assert changes.new_contacts["M1", "S1", "2026-09-14T09:15", "individual"] == "X8"


def test_the_same_id_is_no_other_contact(tmp_path: Path) -> None:
    changes = contacts(tmp_path, "E1|M1|S1|Individual|9/14/2026 9:00 AM", "E1|M1|S1|Individual|9/14/2026 9:00 AM")

    assert changes.same_contacts == ()
    assert changes.changed_encounters == ()


def test_an_id_that_is_there_twice_is_a_problem(folder: Path) -> None:
    (folder / "members.csv").write_text(f"{MEMBERS}M1,Quill,Ada,1981-04-09,F,,\n", encoding="utf-8")

    assert [(p.why, p.lines) for p in members(folder, "M1|Quill|Ada|4/19/1981|F").problems] == [
        ("expected each member_id once, found it again", (4,))
    ]
    assert members(folder, "M2|Reyes|Bo|12/31/1975|M").problems == ()


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("members.jsonl", "{}\n", "members.jsonl: expected the table members as CSV, found another format"),
        ("members.csv", 'member_id,sex\nM1,"F\n', "members.csv line 2: expected cells in proper quotation marks"),
        ("members.csv", "member_id,sex\nM1,F,x\n", "members.csv line 2: expected 2 cells as in the header, found 3"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused(tmp_path: Path, name: str, text: str, why: str) -> None:
    (tmp_path / name).write_text(text)

    with pytest.raises(UnusableInputError) as refused:
        read_own(tmp_path, "members", Book())
    assert str(refused.value).startswith(why)


def test_a_table_in_the_workbook_is_not_imported_into(tmp_path: Path) -> None:
    write_book(tmp_path / "workspace.xlsx", {"members": [["member_id", "sex"]]})

    with pytest.raises(UnusableInputError, match=r"^workspace.xlsx sheet members: expected the table members as CSV"):
        read_own(tmp_path, "members", read_book(tmp_path))
    assert read_own(tmp_path, "staff", read_book(tmp_path)).rows == ()


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0|", exclude_categories=("Cs", "Cc")), max_size=12)


@given(rows=st.dictionaries(st.from_regex(r"[A-Z][0-9]{1,4}", fullmatch=True), TEXTS, max_size=8), mood=TEXTS)
def test_what_was_imported_is_unchanged_at_the_next_import(rows: dict[str, str], mood: str) -> None:
    own: Any = OwnTable(
        TABLES["encounters"],
        Path("encounters.csv"),
        ("encounter_id", "mood", "goal"),
        {"encounter_id": 0, "goal": 2},
        (2,),
        (("Z", mood, ""),),
    )
    mapping = read_mapping('[[source]]\nfile = "a.csv"\n[source.encounters]\nencounter_id = "ID"\ngoal = "GOAL"\n')
    lines = [["ID", "GOAL", "X"], *([id_, goal, "x"] for id_, goal in rows.items())]
    converted = convert_export(mapping, [ExportSheet("a.csv", "", "", list(enumerate(lines, start=1)))], ZONE)
    (first,) = compare(converted, lambda _: own, ZONE).tables
    again = OwnTable(own.table, own.path, first.header, own.columns, range(len(first.rows)), first.rows)
    (second,) = compare(converted, lambda _: again, ZONE).tables

    assert (first.added, list(first.rows[0])) == (len(rows), ["Z", mood, ""])
    assert (second.added, second.updated, second.unchanged) == (0, 0, len(rows))
    assert [row[2] for row in first.rows[1:]] == [goal.strip() for goal in rows.values()]
