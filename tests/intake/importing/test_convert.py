"""The rows of an export to rows of our tables."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from exports import CENTER, CLINIC, COUNTY, center, clinic, county, csv_text

from peerbill.intake.importing.convert import ConvertedExport, ExportProblem, convert_export, key_of
from peerbill.intake.importing.files import ExportSheet
from peerbill.intake.importing.mapping import read_mapping
from peerbill.intake.importing.run import read_files
from peerbill.intake.tables import TABLES
from peerbill.model.errors import UnusableInputError

ZONE = ZoneInfo("America/New_York")
VISITS = {"V1": ("501", "09:00", "09:47"), "V2": ("502", "13:30", "14:30"), "V3": ("503", "11:15", "11:45")}


def converted(folder: Path, write: Callable[[Path], Any], text: str, *payers: str) -> ConvertedExport:
    mapping = read_mapping(text)
    return convert_export(mapping, read_files(write(folder), mapping), ZONE, payers=payers)


def rows(result: ConvertedExport, table: str) -> dict[str, dict[str, str]]:
    """Return the rows of a table by the first part of their key, with the cells that are filled."""
    return {
        key[0]: {name: cell for name, cell in row.cells.items() if cell}
        for key, row in result.tables[table].rows.items()
    }


def test_a_csv_with_us_dates_and_a_workbook_of_people(tmp_path: Path) -> None:
    result = converted(tmp_path, clinic, CLINIC, "nj-horizon")

    assert result.problems == ()
    assert list(result.tables) == ["staff", "credentials", "members", "coverage", "plans", "encounters"]
    assert rows(result, "encounters")["V2"] == {
        "encounter_id": "V2",
        "member_id": "502",
        "staff_id": "1003000134",
        "service": "individual",
        "start": "2026-09-14T13:30",
        "end": "2026-09-14T14:30",
        "place": "12",
        "channel": "in-person",
        "diagnoses": "F10.20",
        "goal": "find work",
        "intervention": 'went over the letter, and read it aloud ("V2")',
        "response": "felt calmer",
        "next_step": "call on Friday",
        "signed_by": "1003000134",
        "signed_at": "2026-09-14T15:30",
    }
    assert list(rows(result, "encounters")) == ["V1", "V2", "V3", "V4"]
    assert rows(result, "members")["502"] == {
        "member_id": "502",
        "last_name": "Reyes",
        "first_name": "José",
        "middle_name": "M",
        "suffix": "Jr.",
        "birth_date": "1975-12-31",
        "sex": "M",
        "street": "4 Pine St",
        "city": "Toms River",
        "state": "NJ",
        "zip": "08753",
        "release_on": "2026-08-01",
    }
    assert rows(result, "coverage")["503"] == {
        "member_id": "503",
        "payer": "nj-horizon",
        "subscriber_id": "301008811725",
        "from": "2026-01-01",
    }
    assert rows(result, "plans")["501"]["goals"] == "find work;stay housed"
    assert rows(result, "staff")["1003000126"] == {
        "staff_id": "1003000126",
        "npi": "1003000126",
        "last_name": "Marsh",
        "first_name": "Dee",
        "supervisor_id": "1003000142",
        "role": "peer",
        "hired_on": "2023-05-01",
    }


def test_what_is_left_out_and_not_mapped_is_listed(tmp_path: Path) -> None:
    visits, clients, staff = converted(tmp_path, clinic, CLINIC.replace(', "Medicaid ID"', "")).sheets

    assert (visits.reading, visits.header_line, visits.rows) == ("UTF-8 with BOM, separated by comma", 1, 4)
    assert [(row.line, row.why) for row in visits.left_out] == [
        (8, "only 1 of 20 cells is filled, as in a heading or a total")
    ]
    assert visits.filtered == {"Status: Draft": 1}
    assert visits.unmapped == ("Medicaid ID",)
    assert (clients.source, clients.rows, staff.rows) == ("clients_and_staff.xlsx (Clients)", 3, 3)


def test_a_workbook_with_titles_and_texts_with_labels_and_a_csv_in_cp1252(tmp_path: Path) -> None:
    result = converted(tmp_path, center, CENTER)

    assert result.problems == ()
    assert rows(result, "encounters")["V2"] == {
        "encounter_id": "V2",
        "member_id": "301552907341",
        "staff_id": "1003000134",
        "service": "individual",
        "start": "2026-09-14T13:30",
        "end": "2026-09-14T14:30",
        "place": "10",
        "channel": "video",
        "diagnoses": "F10.20",
        "goal": "find work",
        "intervention": "read the letter.",
        "response": "felt calmer (V2).",
        "next_step": "call on Friday.",
        "signed_by": "1003000134",
        "signed_at": "2026-09-14T16:30",
    }
    assert rows(result, "members")["301552907341"] == {
        "member_id": "301552907341",
        "last_name": "Reyes",
        "first_name": "José",
        "suffix": "Jr.",
        "sex": "M",
        "birth_date": "1975-12-31",
        "street": "4 Pine St",
        "city": "Lafayette",
        "state": "IN",
        "zip": "47901",
    }
    assert rows(result, "staff") == {
        "1003000126": {
            "staff_id": "1003000126",
            "npi": "1003000126",
            "last_name": "Marsh",
            "first_name": "Dee",
            "role": "peer",
            "supervisor_id": "1003000142",
        },
        "1003000134": {
            "staff_id": "1003000134",
            "npi": "1003000134",
            "last_name": "Olds",
            "first_name": "Kai",
            "role": "peer",
            "supervisor_id": "1003000142",
        },
        "1003000142": {
            "staff_id": "1003000142",
            "npi": "1003000142",
            "last_name": "Vance",
            "first_name": "Renée",
            "role": "supervisor",
        },
    }
    assert [sheet.reading for sheet in result.sheets][-1] == (
        "cp1252 (Western European of Windows), separated by semicolon"
    )


def test_a_report_in_utf_16_with_pages_and_a_list_with_bars(tmp_path: Path) -> None:
    result = converted(tmp_path, county, COUNTY)

    assert result.problems == ()
    assert rows(result, "encounters")["V4"] == {
        "encounter_id": "V4",
        "member_id": "501",
        "staff_id": "1003000134",
        "service": "individual",
        "start": "2026-09-16T15:05",
        "end": "2026-09-16T15:50",
        "place": "12",
        "channel": "in-person",
        "diagnoses": "F11.20",
        "support_type": "emotional",
        "goal": "find work",
        "intervention": "read it",
        "response": "felt calmer",
        "next_step": "call on Friday",
        "signed_by": "1003000134",
        "signed_at": "2026-09-16T15:50",
    }
    assert rows(result, "members")["502"]["suffix"] == "Jr."
    assert rows(result, "members")["502"]["birth_date"] == "1975-12-31"
    report = result.sheets[0]
    assert [(row.line, row.why) for row in report.left_out] == [
        (1, "above the row of column names"),
        (2, "above the row of column names"),
        (8, "the column names again"),
        (11, "only 2 of 18 cells are filled, as in a heading or a total"),
    ]


def sheet(*lines: str, name: str = "a.csv") -> ExportSheet:
    return ExportSheet(name, "", "UTF-8", [(number, line.split("|")) for number, line in enumerate(lines, start=1)])


def of_encounters(columns: str, *lines: str, **options: Any) -> ConvertedExport:
    """Convert rows `ID|A|B` to encounters, with the columns of a mapping."""
    mapping = read_mapping(f'[[source]]\nfile = "a.csv"\n[source.encounters]\nencounter_id = "ID"\n{columns}\n')
    return convert_export(mapping, [sheet("ID|A|B", *lines)], ZONE, **options)


@pytest.mark.parametrize(
    ("columns", "cells", "column", "found"),
    [
        ('start = "A"', "9/14/2026 11:30 PM|", "start", "2026-09-14T23:30"),
        ('start = "A"', "2026-09-14T11:30:00-05:00|", "start", "2026-09-14T12:30"),
        ('start = "A"', "2026-11-01T01:30-05:00|", "start", "2026-11-01T01:30-05:00"),
        ('end = { column = "A", plus = "B", unit = "h:mm" }', "9/14/2026 11:30 PM|1:15", "end", "2026-09-15T00:45"),
        ('end = { column = "A", plus = "B", unit = "minutes" }', "9/14/2026 11:30 PM|", "end", ""),
        ('diagnoses = "A"', "F1120, F41.1|", "diagnoses", "F11.20;F41.1"),
        ('diagnoses = "A"', "F11.20 - Opioid dependence, uncomplicated|", "diagnoses", "F11.20"),
        ('diagnoses = "A"', "F9999|", "diagnoses", "F9999"),
        ('place = { column = "A", width = 2 }', "2|", "place", "02"),
        ('place = { column = "A", values = { "At School" = "03" } }', "at  school|", "place", "03"),
        ('place = { column = "A", values = { "At School" = "03" }, default = "99" }', "|x", "place", "99"),
        ('service = { column = "A", filled = "group", default = "individual" }', "G7|", "service", "group"),
        ('service = { column = "A", filled = "group", default = "individual" }', "|x", "service", "individual"),
        ('service = { column = ["A", "B"], join = "-" }', "x|y", "service", "x-y"),
        ('plan_id = { column = "A", prefix = "P" }', "17.0|", "plan_id", "P17"),
        ('facilitators = { column = "A", separator = "/" }', "S1 / S2|", "facilitators", "S1;S2"),
        ('billed_units = "A"', "4.0|", "billed_units", "4"),
        ('voluntary = "A"', "Y|", "voluntary", "yes"),
        ('channel = "A"', "Face to Face|", "channel", "in-person"),
    ],
)
def test_a_cell_becomes_ours(columns: str, cells: str, column: str, found: str) -> None:
    result = of_encounters(columns, f"E1|{cells}")

    assert result.problems == ()
    assert result.tables["encounters"].rows["E1",].cells[column] == found


def test_the_last_day_of_the_calendar_is_taken_as_a_last_day_alone() -> None:
    mapping = read_mapping(
        '[[source]]\nfile = "a.csv"\n[source.staff]\nstaff_id = "ID"\nhired_on = "A"\nleft_on = "B"\n'
    )
    result = convert_export(mapping, [sheet("ID|A|B", "S1|1/31/2020|12/31/9999", "S2|12/31/9999|")], ZONE)

    assert result.tables["staff"].rows["S1",].cells["left_on"] == "9999-12-31"
    assert len(result.problems) == 1
    assert "a year before 1900 or after 2100" in str(result.problems[0])


def test_a_time_before_the_earlier_one_is_on_the_next_day() -> None:
    mapping = read_mapping(
        '[[source]]\nfile = "a.csv"\n[source.encounters]\nencounter_id = "ID"\n'
        'end = { column = "DAY", time = "OUT", after = "IN" }\n'
    )
    night = sheet("ID|DAY|IN|OUT", "E1|9/14/2026|11:30 PM|12:15 AM", "E2|9/14/2026|9:00 PM|9:30 PM")
    result = convert_export(mapping, [night], ZONE)

    assert [row.cells["end"] for row in result.tables["encounters"].rows.values()] == [
        "2026-09-15T00:15",
        "2026-09-14T21:30",
    ]


def test_the_times_of_a_workbook_count_24_hours() -> None:
    result = of_encounters('start = "A"\nend = "B"', "E1|2026-09-14T10:00|2026-09-14 11:00")
    apart = of_encounters('start = { column = "A", time = "B" }', "E1|2026-09-14|11:00")

    assert rows(result, "encounters")["E1"]["start"] == "2026-09-14T10:00"
    assert rows(result, "encounters")["E1"]["end"] == "2026-09-14T11:00"
    assert [problem.column for problem in apart.problems] == ["start"]


def test_a_problem_is_told_once_for_a_column_with_its_lines_and_the_word() -> None:
    result = of_encounters('channel = "A"', *(f"E{number}|Telehealth|" for number in range(5)), "E9|video|")

    assert result.problems == (
        ExportProblem(
            "a.csv",
            "encounters",
            "channel",
            ("A",),
            "expected in-person, video or audio, found a word that leaves open which: telehealth is by video or by "
            "audio: `Telehealth`",
            "Say in the mapping how the column is read (values, form, split, width), or correct the cells. "
            "Write in-person, video or audio.",
            (2, 3, 4),
            5,
        ),
    )


def test_what_may_be_a_persons_datum_is_not_shown_where_a_word_belongs() -> None:
    (problem,) = of_encounters('channel = "A"', "E1|Doe, Ann|", "E2|1989-06-15|").problems

    assert (problem.column, problem.lines, problem.why) == (
        "channel",
        (2, 3),
        "expected in-person, video or audio, found another word",
    )


@pytest.mark.parametrize(
    ("columns", "cells", "why"),
    [
        ('start = "A"', "03/04/2026 09:00|", "its days can be read month-first and day-first"),
        (
            'place = { column = "A", values = { Home = "12" } }',
            "Park|",
            "expected a word that values of the mapping names",
        ),
        (
            'goal = { column = "A", label = "Goal" }',
            "find work|",
            "expected a text with labels such as Goal:, found none",
        ),
        (
            'staff_id = { column = "A", person = "staff" }',
            "Quill, Ada|",
            "expected the name, NPI or id of somebody in staff",
        ),
        ('payer = "A"', "Shore|", "expected a key of [payers] (nj-horizon), found another name"),
        ('member_id = "A"', "3.01E+11|", "expected an identifier, found a number in scientific notation"),
        ('diagnoses = "A"', "pending|", "expected diagnoses such as F11.20; F41.1, found another text"),
    ],
)
def test_what_leaves_two_readings_is_asked(columns: str, cells: str, why: str) -> None:
    result = of_encounters(columns, f"E1|{cells}", payers=["nj-horizon"])

    assert [problem.why.startswith(why) for problem in result.problems] == [True], result.problems
    assert "Quill" not in repr(result.problems)


def test_rows_without_an_id_and_rows_of_another_width_are_problems() -> None:
    result = of_encounters('goal = "A"', "|x|y", "E1|x", "E2|x|y|z")

    assert [(problem.column, problem.why, problem.lines) for problem in result.problems] == [
        ("", "expected 3 cells as in the header, found 2", (3,)),
        ("", "expected 3 cells as in the header, found 4", (4,)),
        ("encounter_id", "expected encounter_id, found nothing", (2,)),
    ]


def test_rows_with_the_same_key_are_joined_unless_they_differ() -> None:
    same = of_encounters('goal = "A"\nresponse = "B"', "E1|x|", "E1||y", "E1|x|y")
    other = of_encounters('goal = "A"\nresponse = "B"', "E1|x|", "E1|z|y")

    assert (same.problems, rows(same, "encounters")) == (
        (),
        {"E1": {"encounter_id": "E1", "goal": "x", "response": "y"}},
    )
    assert [(problem.column, problem.lines) for problem in other.problems] == [("goal", (3,))]


def test_a_row_that_has_nothing_for_a_table_gives_it_none() -> None:
    mapping = read_mapping(
        '[[source]]\nfile = "a.csv"\n[[source.staff]]\nstaff_id = "ID"\nlast_name = "A"\n'
        '[[source.staff]]\nstaff_id = "B"\nrole = { value = "supervisor" }\n'
    )
    result = convert_export(mapping, [sheet("ID|A|B|C", "S1|Reed|S2|x", "S2|Quill||x", "|Vance||x")], ZONE)

    assert list(rows(result, "staff")) == ["S1", "S2", ""]
    assert rows(result, "staff")["S2"] == {"staff_id": "S2", "last_name": "Quill", "role": "supervisor"}
    assert [(problem.column, problem.lines) for problem in result.problems] == [("staff_id", (4,))]


def test_people_of_the_workspace_are_known_by_name() -> None:
    existing = {"staff": [{"staff_id": "S1", "last_name": "Quill", "first_name": "Ada"}]}
    result = of_encounters(
        'staff_id = { column = "A", person = "staff" }\n'
        'facilitators = { column = "B", person = "staff", separator = "/" }',
        "E1|Quill, Ada|ADA QUILL / S1",
        existing=existing,
    )

    assert rows(result, "encounters")["E1"] == {"encounter_id": "E1", "staff_id": "S1", "facilitators": "S1;S1"}


def test_units_without_times_stay_units_and_are_told() -> None:
    result = of_encounters('billed_units = "A"', "E1|3|")

    assert rows(result, "encounters")["E1"] == {"encounter_id": "E1", "billed_units": "3"}
    (notice,) = result.notices
    assert notice.startswith("encounters: the mapping fills no start and end: units without times stay units")


def test_a_sheet_that_no_source_names_is_listed_and_no_sheet_at_all_is_refused() -> None:
    mapping = read_mapping('[[source]]\nfile = "a*.csv"\n[source.encounters]\nencounter_id = "ID"\n')
    result = convert_export(mapping, [sheet("ID|A", "E1|x"), sheet("X|Y", "1|2", name="b.csv")], ZONE)

    assert [(read.source, read.header_line, read.unmapped) for read in result.sheets] == [
        ("a.csv", 1, ("A",)),
        ("b.csv", 0, ()),
    ]
    with pytest.raises(UnusableInputError, match=r"^mapping.toml: expected a file named a\*.csv, found b.csv"):
        convert_export(mapping, [sheet("X|Y", name="b.csv")], ZONE)
    with pytest.raises(
        UnusableInputError, match=r"^mapping.toml line 1: a.csv: no row of its first 2 has a column of the mapping"
    ):
        convert_export(mapping, [sheet("X|Y", "1|2")], ZONE)


def test_texts_of_any_kind_come_through_unchanged() -> None:
    text = 'a "quote", a; b'
    assert csv_text([[text]]) == '"a ""quote"", a; b"\r\n'
    assert rows(of_encounters('intervention = "A"', f"E1|{text}|"), "encounters")["E1"]["intervention"] == text


def test_every_table_has_a_key_of_its_columns() -> None:
    for table in TABLES.values():
        assert set(key_of(table)) <= set(table.columns)
        assert len(set(key_of(table))) == len(key_of(table))
        assert set(table.filled) <= {*key_of(table), "hours", "amount"}


def test_the_rows_are_those_that_records_are_made_of() -> None:
    result = of_encounters('goal = "A"', "E1|x|", "E2|y|")

    assert result.tables["encounters"].records == (
        {"encounter_id": "E1", "goal": "x"},
        {"encounter_id": "E2", "goal": "y"},
    )


def test_a_site_is_one_of_the_settings() -> None:
    result = of_encounters('site = "A"', "E1|North|", "E2|elm|", sites=["elm", "oak"])

    assert [(problem.column, problem.why, problem.lines) for problem in result.problems] == [
        ("site", "expected a key of [sites] (elm, oak), found another name: `North`", (2,))
    ]
