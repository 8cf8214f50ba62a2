"""`mapping.toml`: what it may say, and what is said of a mistake."""

import pytest
from exports import CENTER, CLINIC, COUNTY

from peerbill.intake.importing.mapping import ColumnMapping, ExportMapping, SourceMapping, TableMapping, read_mapping
from peerbill.model.errors import UnusableInputError

TEXT = """\
[[source]]
file = "notes*.csv"
where = { Status = ["Complete", "Signed"] }
ignore = ["Units"]

[source.encounters]
encounter_id = "Ref"
start = { column = "Day", time = "In", form = "month-first", clock = "24-hour" }
service = { value = "individual" }
place = { column = "Where", values = { Home = "12", "School " = "03" }, default = "99" }
plan_id = { column = ["Id", "Day"], join = "-", prefix = "P" }

[[source.staff]]
staff_id = "NPI"

[[source.staff]]
staff_id = "Supervisor"
"""


def test_a_mapping_is_read_whole() -> None:
    columns = {
        "encounter_id": ColumnMapping(columns=("Ref",)),
        "start": ColumnMapping(columns=("Day",), time="In", form="month-first", clock="24-hour"),
        "service": ColumnMapping(value="individual"),
        "place": ColumnMapping(columns=("Where",), values={"Home": "12", "School ": "03"}, default="99"),
        "plan_id": ColumnMapping(columns=("Id", "Day"), join="-", prefix="P"),
    }
    source = SourceMapping(
        line=1,
        file="notes*.csv",
        where={"Status": ("Complete", "Signed")},
        ignore=("Units",),
        tables=(
            TableMapping("encounters", columns),
            TableMapping("staff", {"staff_id": ColumnMapping(columns=("NPI",))}),
            TableMapping("staff", {"staff_id": ColumnMapping(columns=("Supervisor",))}),
        ),
    )

    assert read_mapping(TEXT) == ExportMapping("mapping.toml", (source,))
    assert source.needed == ("Ref", "Day", "In", "Where", "Id", "NPI", "Supervisor", "Status")


@pytest.mark.parametrize("text", [CLINIC, CENTER, COUNTY])
def test_the_mappings_of_the_exports_are_read(text: str) -> None:
    assert read_mapping(text).sources


@pytest.mark.parametrize(
    ("file", "sheet", "fits"),
    [
        ("notes_*.xlsx", "", (True, True, True)),
        ("notes_*.xlsx", "staf?", (True, False, True)),
        ("notes.xlsx", "", (False, False, False)),
    ],
)
def test_files_and_sheets_are_found_by_patterns_in_any_case(file: str, sheet: str, fits: tuple[bool, ...]) -> None:
    source = SourceMapping(line=1, file=file, sheet=sheet)

    name = "Notes_01.xlsx"
    assert (source.has_file(name), source.has_sheet(name, "Clients"), source.has_sheet(name, "Staff")) == fits


HEAD = '[[source]]\nfile = "a.csv"\n[source.encounters]\n'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('strat = "Day"', "line 4: strat: not a key of encounters that is known. Did you mean start?"),
        ('start = ""', "line 4: start: an open question: expected their column, found a blank. Fill it in."),
        ("start = 3", 'line 4: start: expected the name of their column, or { value = "NJ" }, found something else.'),
        ('start = { colunm = "Day" }', "line 4: start.colunm: not a key that is known. Did you mean column?"),
        (
            'start = { column = "Day", form = "day-frist" }',
            "line 4: start.form: expected month-first, day-first or excel, found another word. Did you mean day-first?",
        ),
        (
            'start = { column = "Day", clock = "" }',
            "line 4: start.clock: an open question: expected 24-hour or 12-hour, found a blank. Fill it in.",
        ),
        ('start = { form = "excel" }', "line 4: start: expected either column or value, found neither."),
        ('place = { column = "A", value = "B" }', "line 4: place: expected either column or value, found both."),
        (
            'place = { column = "A", values = { Home = "" } }',
            "line 4: place.values: an open question: expected our word for theirs, found a blank. Fill it in.",
        ),
        (
            'place = { column = "A", form = "excel" }',
            "line 4: place.form: expected in a column of days or times; place is none.",
        ),
        (
            'place = { column = "A", split = "last-first" }',
            "line 4: place.split: expected in a column with a part of it: last_name, first_name, middle_name, suffix.",
        ),
        (
            'place = { column = "A", separator = "," }',
            "line 4: place.separator: expected in a column of several values; place has one.",
        ),
        ('end = { column = "A", plus = "B" }', "line 4: end: expected plus and unit together, found one of them."),
        ('place = { column = "A", width = "5" }', "line 4: width: expected a whole number, found something else."),
        ("[source.member]", "line 4: member: not a key that is known. Did you mean members?"),
    ],
)
def test_a_mistake_is_told_with_line_key_and_remedy(text: str, problem: str) -> None:
    with pytest.raises(UnusableInputError) as refused:
        read_mapping(f"{HEAD}{text}\n", "m.toml")

    assert str(refused.value) == f"m.toml {problem}"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "m.toml line 1: expected at least one table [[source]], found none."),
        ("[[sources]]\n", "m.toml line 1: sources: not a key that is known. Did you mean source?"),
        ("[[source]]\n", "m.toml line 1: file: expected the name of a file, such as notes*.csv, found none."),
        ("[[source]\n", "m.toml line 1: this is not TOML"),
    ],
)
def test_a_file_without_sources_is_refused(text: str, problem: str) -> None:
    with pytest.raises(UnusableInputError) as refused:
        read_mapping(text, "m.toml")

    assert str(refused.value).startswith(problem)


def test_every_mistake_is_told_at_once() -> None:
    second = '[[source]]\nfile = "b.csv"\n[[source.staff]]\nnpi = ""\n[[source.staff]]\nnip = "A"\n'
    with pytest.raises(UnusableInputError) as refused:
        read_mapping(f'{HEAD}strat = "Day"\n{second}', "m.toml")

    assert [line.partition(": ")[0] for line in str(refused.value).splitlines()] == [
        "m.toml line 4",
        "m.toml line 8",
        "m.toml line 10",
    ]
