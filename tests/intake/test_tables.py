"""Every table, in both formats: the same records, problems and errors."""

import contextlib
import csv
import datetime as dt
import json
import tempfile
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerbill.intake import TABLES, RowProblem, Table, TableRead, read_table
from peerbill.model.encounter import Encounter
from peerbill.model.errors import UnusableInputError
from peerbill.model.people import Coverage, Exclusion, Member, Staff
from peerbill.model.records import Records

ZONE = ZoneInfo("America/Detroit")


def read_csv(folder: Path, table: str, text: str | bytes) -> TableRead:
    path = folder / f"{table}.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_table(path, TABLES[table], ZONE)


def read_json(folder: Path, table: str, *rows: Mapping[str, object] | str) -> TableRead:
    path = folder / f"{table}.jsonl"
    lines = (row if isinstance(row, str) else json.dumps(row) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return read_table(path, TABLES[table], ZONE)


STAFF = "staff_id,last_name,first_name"


def test_the_tables_are_those_that_records_hold() -> None:
    fields = {field.name for field in attrs.fields(Records)}

    others = {"settings", "rejected", "problems", "notices", "unused_rows", "holds", "records_channels"}
    others |= {"places_unread", "not_read", "read_from"}
    assert set(TABLES) == fields - others


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_column_that_a_table_speaks_of_is_one_of_its_columns(table: Table) -> None:
    spoken_of = {table.key, *table.required, *table.filled, *table.named_by, *table.special}

    assert spoken_of <= set(table.columns)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_row_with_its_required_columns_alone_is_read_in_both_formats(table: Table, tmp_path: Path) -> None:
    row = {column: _example(table, column) for column in (*table.required, *table.named_by[:1])}
    from_csv = read_csv(tmp_path, table.name, f"{','.join(row)}\n{','.join(row.values())}\n")
    from_json = read_json(tmp_path, table.name, row)

    assert [from_csv.problems, from_json.problems] == [(), ()]
    assert from_csv.records == from_json.records
    assert [type(record) for record in from_csv.records] == [table.record]


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_column_of_a_table_is_read_into_its_field(table: Table, tmp_path: Path) -> None:
    row = {column: _example(table, column) for column in table.columns}
    read = read_csv(tmp_path, table.name, f"{','.join(row)}\n{','.join(row.values())}\n")
    (record,) = read.records

    assert read.problems == ()
    made = {"start_offset", "end_offset"}
    assert all(getattr(record, field.name) for field in attrs.fields(table.record) if field.name not in made)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_each_required_column_is_missed_by_name(table: Table, tmp_path: Path) -> None:
    every = list(dict.fromkeys([*table.required, *table.named_by[:1]]))
    for missing in every:
        header = [column for column in every if column != missing]
        told = " or ".join(table.named_by) if missing in set(table.named_by) - set(table.required) else missing
        with pytest.raises(
            UnusableInputError, match=rf"^{table.name}.csv line 1: column {told}: expected in the header"
        ):
            read_csv(tmp_path, table.name, ",".join(header) + "\n")


def _example(table: Table, column: str) -> str:
    words = {
        "sex": "F",
        "last_name": "Doe",
        "first_name": "Ann",
        "status": "active",
        "role": "peer",
        "channel": "video",
        "support_type": "emotional",
        "relationship": "child",
    }
    if column in words:
        return words[column]
    if (table.name, column) == ("stays", "kind"):
        return "inpatient"
    if (table.name, column) == ("training", "kind"):
        return "CEU"
    if (table.name, column) == ("screenings", "result"):
        return "Clear"
    if column == "fte":
        return "0.5"
    if column == "adjustments":
        return "co:45:15.00;PR:2:5"
    type_ = {field.name.rstrip("_"): field.type for field in attrs.fields(table.record)}[column]
    examples = {
        int | None: "7",
        bool | None: "yes",
        Decimal | None: "15.00",
        dt.date | None: "2026-03-02",
        dt.datetime | None: "2026-03-02T10:00",
    }
    return examples.get(type_, "57")


def test_records_are_read_as_they_stand(tmp_path: Path) -> None:
    read = read_csv(
        tmp_path,
        "coverage",
        "member_id,payer,subscriber_id,from,to,rank\nM1,horizon,000123,2026-01-01,,1\nM2,horizon,7,,2026-02-28,\n",
    )

    assert read == TableRead(
        (
            Coverage("M1", "horizon", "000123", dt.date(2026, 1, 1), None, 1),
            Coverage("M2", "horizon", "7", None, dt.date(2026, 2, 28), None),
        ),
        present=frozenset({"member_id", "payer", "subscriber_id", "from", "to", "rank"}),
    )


def test_an_encounter_knows_its_line(tmp_path: Path) -> None:
    header = "encounter_id,member_id,staff_id,service,start,end,place,diagnoses,facilitators,voluntary,break_minutes\n"
    read = read_csv(
        tmp_path,
        "encounters",
        header + "\nE1,M1,S1,group,2026-03-02T10:00,2026-03-02T10:47,57,f11.20; F10.10,S2;S3,no,5\n",
    )
    expected = Encounter(
        "E1",
        "M1",
        "S1",
        "group",
        dt.datetime(2026, 3, 2, 10),
        dt.datetime(2026, 3, 2, 10, 47),
        "57",
        diagnoses=("F11.20", "F10.10"),
        facilitators=("S2", "S3"),
        voluntary=False,
        break_minutes=5,
    )

    assert read.records == (expected,)
    assert [getattr(record, "line", None) for record in read.records] == [3]


def test_what_spreadsheets_do_to_a_file_changes_nothing(tmp_path: Path) -> None:
    plain = read_csv(tmp_path, "staff", f"{STAFF},npi\nS1,Rivera,Dana,1245319599\nS2,Okafor,Ife,\n")
    marked = (
        "\ufeff Staff_ID ,last_name , FIRST_NAME,npi,,\r\n\r\nS1 ,Rivera, Dana,1245319599,,\r\nS2,Okafor,Ife,,,\r\n"
    )
    spread = read_csv(tmp_path, "staff", marked + ",,,,,\r\n\r\n \r\n\r\n")

    assert spread == plain
    assert spread.records == (
        Staff("S1", "Rivera", "Dana", npi="1245319599"),
        Staff("S2", "Okafor", "Ife"),
    )


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_will_do_and_a_row_is_told_by_the_line_on_which_it_begins(tmp_path: Path, end: str) -> None:
    lines = [
        "member_id,kind,start,end",
        'M1,"several',
        'lines ""quoted""",bad,',
        "M1,x,1/2/2026,",
        "",
        "M2,x,2026-01-02T10:00,",
    ]
    read = read_csv(tmp_path, "other_services", end.join(lines))

    assert [(problem.line, problem.column) for problem in read.problems] == [(2, "start"), (4, "start")]
    assert [record.member_id for record in read.records] == ["M2"]


def test_every_problem_of_a_row_is_told_at_once(tmp_path: Path) -> None:
    read = read_csv(
        tmp_path,
        "members",
        "member_id,last_name,first_name,birth_date,sex,zip\n"
        "M1,Lane,Alex,4/2/1988,mal,8723\n"
        "M2,Ito,Mika,1995-11-30,F,08723\n",
    )
    told = [(problem.line, problem.column, problem.key) for problem in read.problems]

    assert told == [(2, "birth_date", "M1"), (2, "sex", "M1"), (2, "zip", "M1")]
    assert read.records == (Member("M2", "Ito", "Mika", dt.date(1995, 11, 30), "F", zip="08723"),)
    assert not any(value in str(read.problems) for value in ("Lane", "Alex", "1988", "mal,", "8723"))


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("S1,Rivera", "expected 3 cells as in the header, found 2: too few"),
        ("S1", "expected 3 cells as in the header, found 1: too few"),
        ("S1,Rivera,Dana,more", "expected 3 cells as in the header, found 4: too many"),
    ],
)
def test_a_row_with_too_few_or_too_many_cells_is_told(tmp_path: Path, row: str, why: str) -> None:
    read = read_csv(tmp_path, "staff", f"{STAFF}\n{row}\nS2,Okafor,Ife\n")

    assert [(problem.line, problem.key, problem.why) for problem in read.problems] == [(2, "", why)]
    assert read.records == (Staff("S2", "Okafor", "Ife"),)


def test_cells_too_many_that_are_blank_do_no_harm(tmp_path: Path) -> None:
    read = read_csv(tmp_path, "staff", f"{STAFF},,\nS1,Rivera,Dana, ,,\nS2,Okafor,Ife\n")

    assert read.problems == ()
    assert read.records == (Staff("S1", "Rivera", "Dana"), Staff("S2", "Okafor", "Ife"))


@pytest.mark.parametrize(
    ("rows", "bad", "kept"),
    [
        ('S1,"Rivera,Dana\nS2,Okafor,Ife\nS3,Lane,Alex', [2], ["S2", "S3"]),
        ('S1,"Rivera,Dana\nS2,"Okafor",Ife\nS3,Lane,Alex', [2], ["S2", "S3"]),
        ('S1,Rivera,Dana\nS2,"Oka"for,Ife\nS3,Lane,Alex', [3], ["S1", "S3"]),
        ('S1,Rivera,Dana\nS2,Okafor,Ife\nS3,Lane,"Alex', [4], ["S1", "S2"]),
        ('"S1,Rivera,Dana\n"S2,Okafor,Ife\nS3,Lane,Alex', [2, 3], ["S3"]),
    ],
)
def test_a_quotation_mark_without_its_pair_costs_its_own_row_only(
    tmp_path: Path, rows: str, bad: list[int], kept: list[str]
) -> None:
    read = read_csv(tmp_path, "staff", f"{STAFF}\n{rows}\n")

    assert [problem.line for problem in read.problems] == bad
    assert [record.staff_id for record in read.records if isinstance(record, Staff)] == kept
    assert "without its pair" in read.problems[0].why


@pytest.mark.parametrize(("size", "told"), [(csv.field_size_limit(), []), (csv.field_size_limit() + 1, [2])])
def test_a_cell_that_is_too_long_costs_its_own_row_and_is_told_as_that(
    tmp_path: Path, size: int, told: list[int]
) -> None:
    read = read_csv(tmp_path, "staff", f"{STAFF}\nS1,{'x' * size},Dana\nS2,Okafor,Ife\n")
    why = "expected cells of at most 131,072 characters, found a longer one: "
    rest = "a text that is too long, or a quotation mark without its pair"

    assert [(problem.line, problem.why) for problem in read.problems] == [(line, why + rest) for line in told]
    assert len(read.records) == 2 - len(told)


def test_a_file_full_of_stray_quotation_marks_is_read_in_its_lines_time(tmp_path: Path) -> None:
    count = 50_000  # each bad row once made every later line slower to read
    read = read_csv(tmp_path, "staff", f"{STAFF}\n" + 'S1,"Oka"for,Ife\n' * count)

    assert [problem.line for problem in read.problems] == list(range(2, count + 2))


@pytest.mark.parametrize("bad", ["[" * 100_000, '{"staff_id":' * 100_000, '{"":' * 990 + "0" + "}" * 990])
def test_json_nested_beyond_measure_costs_its_own_row_only(tmp_path: Path, bad: str) -> None:
    row = {"staff_id": "S1", "last_name": "Rivera", "first_name": "Dana"}
    read = read_json(tmp_path, "staff", bad, row)

    assert read.records == (Staff("S1", "Rivera", "Dana"),)
    assert [(problem.line, problem.why) for problem in read.problems] == [
        (1, "expected a JSON object, found something else")
    ]


def test_a_file_of_many_chunks_keeps_order_lines_and_rows(tmp_path: Path) -> None:
    rows = [f"S{number},Rivera,Dana" for number in range(10_000)]
    rows[5_000] = "S5000,Rivera"
    read = read_csv(tmp_path, "staff", "\n".join([STAFF, *rows, ""]))
    ids = [record.staff_id for record in read.records if isinstance(record, Staff)]

    assert ids == [f"S{number}" for number in range(10_000) if number != 5_000]
    assert [problem.line for problem in read.problems] == [5_002]


def test_a_repeated_id_is_refused_for_all_its_rows(tmp_path: Path) -> None:
    read = read_csv(tmp_path, "staff", f"{STAFF}\nS1,Rivera,Dana\nS2,Okafor,Ife\nS1,Lane,Alex\n")
    fix = "Give each row its own, or remove the row."

    assert read.records == (Staff("S2", "Okafor", "Ife"),)
    assert read.problems == (
        RowProblem(2, "staff_id", "S1", "expected a staff_id of its own, found the one of line 4", fix),
        RowProblem(4, "staff_id", "S1", "expected a staff_id of its own, found the one of line 2", fix),
    )


def test_an_id_whose_first_row_cannot_be_read_is_repeated_too(tmp_path: Path) -> None:
    read = read_csv(tmp_path, "staff", f"{STAFF},hired_on\nS1,Rivera,Dana,1/2/2026\nS1,Rivera,Dana,2026-01-02\n")

    assert [(problem.line, problem.column) for problem in read.problems] == [
        (2, "hired_on"),
        (2, "staff_id"),
        (3, "staff_id"),
    ]
    assert read.records == ()


def test_a_row_that_belongs_to_nobody_is_told_and_another_blank_value_is_kept(tmp_path: Path) -> None:
    read = read_csv(tmp_path, "coverage", "member_id,payer,subscriber_id,from\n,horizon,1,2026-01-01\nM1,,,\n")

    assert [(problem.line, problem.column, problem.why) for problem in read.problems] == [
        (2, "member_id", "expected a member_id, found nothing")
    ]
    assert read.records == (Coverage("M1", "", "", None),)


def test_an_exclusion_names_somebody_by_npi_or_staff_id(tmp_path: Path) -> None:
    read = read_csv(
        tmp_path, "exclusions", "npi,staff_id,list,from\n1245319599,,LEIE,2026-01-01\n,S1,LEIE,\n,,LEIE,2026-01-01\n"
    )

    assert read.records == (
        Exclusion("LEIE", dt.date(2026, 1, 1), npi="1245319599"),
        Exclusion("LEIE", None, staff_id="S1"),
    )
    assert [problem.why for problem in read.problems] == ["expected npi or staff_id, found neither"]


def test_unknown_columns_are_named(tmp_path: Path) -> None:
    read = read_csv(tmp_path, "staff", f"{STAFF},shoe size,nickname\nS1,Rivera,Dana,44,D\n")

    assert read.unknown == ("shoe size", "nickname")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: expected the row of column names, found none."),
        ("\n\n", "line 1: expected the row of column names, found none."),
        (f"{STAFF},staff_id\n", "line 1: column staff_id: expected each column once, found its name twice."),
        (f"{STAFF},Staff_ID \n", "line 1: column staff_id: expected each column once, found its name twice."),
        (f"{STAFF},x,x\n", "line 1: column 5: expected each column once, found its name twice."),
        ("staff_id;last_name;first_name\nS1;Rivera;Dana\n", "Separate columns by commas"),
        ("staff id,last_name,first_name\n", "Rename staff id to staff_id."),
        ("S1,Rivera,Dana\n", "columns staff_id, last_name, first_name: expected in the header, found none."),
    ],
)
def test_a_header_that_cannot_be_used_is_told(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UnusableInputError) as error:
        read_csv(tmp_path, "staff", text)

    assert str(error.value).startswith("staff.csv line 1: ")
    assert message in str(error.value)
    assert "Rivera" not in str(error.value)


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (f"{STAFF}\nS1,Rivera,Dana\nS2,Mu\u00f1oz,Ife\n".encode("latin-1"), "staff.csv line 3: column last_name: "),
        (f"{STAFF}\u00e9\n".encode("latin-1"), "staff.csv line 1: "),
        (f"{STAFF}\nS1,Rivera,Dana\n".encode("utf-16"), "staff.csv: expected UTF-8, found UTF-16"),
    ],
)
def test_a_file_in_another_encoding_is_told_by_line_and_column(tmp_path: Path, data: bytes, where: str) -> None:
    with pytest.raises(UnusableInputError) as error:
        read_csv(tmp_path, "staff", data)

    assert str(error.value).startswith(where)
    assert str(error.value).endswith('Save it as "CSV UTF-8".')


def test_names_beyond_ascii_are_read(tmp_path: Path) -> None:
    read = read_csv(tmp_path, "staff", f"{STAFF}\nS1,Mu\u00f1oz,Zo\u00eb\n")

    assert read.records == (Staff("S1", "Mu\u00f1oz", "Zo\u00eb"),)


def test_json_values_are_read_as_the_cells_that_they_would_be(tmp_path: Path) -> None:
    row = {
        "encounter_id": 17,
        "member_id": "M1",
        "staff_id": "S1",
        "service": "group",
        "start": "2026-03-02T10:00",
        "end": None,
        "place": "02",
        "diagnoses": ["F11.20", "F10.10"],
        "facilitators": "S2; S3",
        "group_size": 4,
        "break_minutes": 5.0,
        "voluntary": True,
        "goal": "one; two",
    }
    read = read_json(tmp_path, "encounters", row, "", {**row, "encounter_id": "E2", "voluntary": False})
    expected = Encounter(
        "17",
        "M1",
        "S1",
        "group",
        dt.datetime(2026, 3, 2, 10),
        None,
        "02",
        diagnoses=("F11.20", "F10.10"),
        facilitators=("S2", "S3"),
        group_size=4,
        break_minutes=5,
        voluntary=True,
        goal="one; two",
    )

    assert read.records == (expected, attrs.evolve(expected, encounter_id="E2", voluntary=False))
    assert [getattr(record, "line", None) for record in read.records] == [1, 3]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "expected a JSON object, found something else"),
        ("S1,Rivera,Dana", "expected a JSON object, found something else"),
        ("[1]", "expected a JSON object, found another JSON value"),
        ('{"staff_id": "S1", "last_name": "A", "first_name": "B", "last_name": "C"}', "found one twice"),
        ('{"staff_id": "S1", "last_name" : "A", "first_name": "B", "last_name": "C"}', "found one twice"),
        ('{"staff_id": "S1", "last_name": "A", "Last_Name": "C"}', "found one twice"),
        ('{"staff_id": "S1", "last_name": "\\ud800"}', "expected a JSON object, found something else"),
    ],
)
def test_a_line_that_is_no_json_object_is_told(tmp_path: Path, line: str, why: str) -> None:
    good = {"staff_id": "S2", "last_name": "Okafor", "first_name": "Ife"}
    read = read_json(tmp_path, "staff", good, line, {**good, "staff_id": "S3"})

    assert [(problem.line, problem.column) for problem in read.problems] == [(2, "")]
    assert read.problems[0].why.endswith(why)
    assert [record.staff_id for record in read.records if isinstance(record, Staff)] == ["S2", "S3"]


def test_colons_and_quotes_in_a_text_are_no_second_key(tmp_path: Path) -> None:
    read = read_json(tmp_path, "staff", '{"staff_id": "S1", "last_name": "a\\":\\": b", "first_name": "x"}')

    assert read.records == (Staff("S1", 'a":": b', "x"),)


@pytest.mark.parametrize("value", [["a", "b"], {"x": 1}, [["a"]]])
def test_a_json_value_that_is_not_one_value_is_told(tmp_path: Path, value: object) -> None:
    read = read_json(tmp_path, "staff", {"staff_id": "S1", "last_name": value, "first_name": "B"})

    assert [(problem.line, problem.column, problem.key) for problem in read.problems] == [(1, "last_name", "S1")]


def test_a_json_column_is_missing_when_no_row_has_it(tmp_path: Path) -> None:
    assert read_json(tmp_path, "staff").records == ()
    assert read_json(
        tmp_path, "staff", {"staff_id": "S1", "last_name": "A"}, {"first_name": "B", "staff_id": "S2"}
    ).records

    with pytest.raises(
        UnusableInputError, match=r"^staff.jsonl: column first_name: expected.* Rename frst_name to first_name"
    ):
        read_json(tmp_path, "staff", {"staff_id": "S1", "last_name": "A", "frst_name": "B"})


def test_json_keys_are_matched_as_headers_are_and_unknown_ones_named(tmp_path: Path) -> None:
    read = read_json(tmp_path, "staff", {" Staff_ID": "S1", "last_name": "A", "first_name": "B", "b": 1, "a": 2})

    assert read.records == (Staff("S1", "A", "B"),)
    assert read.unknown == ("a", "b")


def test_a_json_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    path = tmp_path / "staff.jsonl"
    path.write_bytes(b'{"staff_id": "S1"}\n{"staff_id": "\xe9"}\n')

    with pytest.raises(UnusableInputError, match=r"^staff.jsonl line 2: expected UTF-8, found"):
        read_table(path, TABLES["staff"], ZONE)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_told(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("staff.csv", "staff.jsonl"):
            path = Path(folder) / name
            path.write_bytes(f"{STAFF}\n".encode() + data if name.endswith("csv") else data)
            with contextlib.suppress(UnusableInputError):
                assert all(isinstance(record, Staff) for record in read_table(path, TABLES["staff"], ZONE).records)


_cells = st.lists(st.text(st.characters(codec="utf-8", exclude_characters='\r\n"'), max_size=6), min_size=3, max_size=3)


@settings(max_examples=60, deadline=None)
@given(st.lists(_cells, max_size=8))
def test_every_row_that_is_not_blank_is_a_record_or_a_problem(rows: Sequence[Sequence[str]]) -> None:
    quoted = [",".join(f'"{cell}"' for cell in row) for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        read = read_csv(Path(folder), "staff", "\n".join([STAFF, *quoted, ""]))

    filled = [row for row in rows if "".join(row).strip()]
    assert len(filled) == len(read.records) + len({problem.line for problem in read.problems})


@pytest.mark.parametrize(
    ("table", "header", "good", "bad", "column"),
    [
        (
            "stays",
            "member_id,kind,from,to",
            "M1,inpatient,2026-03-02,2026-03-02",
            "M1,inpatient,2026-03-02,2026-03-01",
            "to",
        ),
        (
            "credentials",
            "staff_id,state,credential,issued_on,expires_on",
            "S1,NJ,CPRS,2026-03-02,2026-03-02",
            "S1,NJ,CPRS,2026-03-02,2026-03-01",
            "expires_on",
        ),
        (
            "plans",
            "member_id,plan_id,effective_on,expires_on",
            "M1,P1,,2026-03-02",
            "M1,P1,2026-03-02,2026-03-01",
            "expires_on",
        ),
        (
            "other_services",
            "member_id,kind,start,end",
            "M1,therapy,2026-03-02T10:00,2026-03-02T10:00",
            "M1,therapy,2026-03-02T10:00,2026-03-02T09:59",
            "end",
        ),
    ],
)
def test_a_span_that_ends_before_it_begins_cannot_be_read(
    table: str, header: str, good: str, bad: str, column: str, tmp_path: Path
) -> None:
    read = read_csv(tmp_path, table, f"{header}\n{good}\n{bad}\n")

    assert len(read.records) == 1
    assert [(problem.line, problem.column) for problem in read.problems] == [(3, column)]
