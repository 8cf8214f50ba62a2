"""What names a person is in no message, report or page, however a table is broken: only claims have it."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import SMALL
from review_rows import row as review_row
from rows import audited, base_rows, read

from peerbill.cli import main
from peerbill.intake.column_help import table_help
from peerbill.intake.tables import TABLES
from peerbill.ledger.answers.eob import read_eob
from peerbill.model.errors import UnusableInputError
from peerbill.review.decisions import COLUMNS as DECISION_COLUMNS
from peerbill.review.decisions import read_decisions

NAME = "Qzxdoe"
GIVEN = "Qzxann"
BORN = "1957-03-17"
NOTE = "Her brother Qzxivan was arrested again"
MARKS = ("qzx", BORN, "19570317", "arrested")
DAY = "2026-09-30"

Cells = list[list[str]]


def _cells(table: str) -> Cells:
    """Return a table of a workspace in which a person has canaries: the header, and its rows."""
    text = SMALL[f"{table}.csv"]
    for word, canary in (
        ("Lane", NAME), ("Alex", GIVEN), ("Rivera", NAME), ("Dana", GIVEN), ("1988-04-02", BORN),
        ("5 Oak Ave", "77 Qzx Street"), ("123456789012", "QZX123456789"), ("Went through three postings.", NOTE),
        ("Made one call.", f"{GIVEN}, she said"),
    ):  # fmt: skip
        text = text.replace(word, canary)
    return list(csv.reader(io.StringIO(text)))


def _csv(rows: Sequence[Sequence[str]], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _bare(rows: Sequence[Sequence[str]], broken: str) -> str:
    """Return CSV whose cells are not quoted, with a line break in each that has a canary."""
    return "".join(
        ",".join(cell.replace(",", " ").replace(" ", broken, 1) if "qzx" in cell.lower() else cell for cell in row)
        + "\n"
        for row in rows
    )


def _in_the_header(rows: Cells) -> str:
    """Return CSV in which the last cell of the header begins with a quotation mark that a later row ends."""
    header, first, *others = (",".join(row) for row in ([cell.replace(",", " ") for cell in row] for row in rows))
    before, _, last = header.rpartition(",")
    return "\n".join((f'{before},"{last}', f'{first}"', *others, ""))


BREAKAGES: Mapping[str, Callable[[Cells], bytes]] = {
    "whole": lambda rows: _csv(rows).encode(),
    "glued": lambda rows: _csv(rows).replace("\n", "", 1).encode(),
    "glued to a comma": lambda rows: _csv(rows).replace("\n", ",", 1).encode(),
    "no header": lambda rows: _csv(rows[1:]).encode(),
    "bare line breaks": lambda rows: _bare(rows, "\n").encode(),
    "carriage returns": lambda rows: _bare(rows, "\r").encode(),
    "an open quotation mark": lambda rows: _csv(rows).replace("Qzx", '"Qzx').encode(),
    "an open quotation mark in the header": lambda rows: _csv(rows).replace(",", ',"', 1).encode(),
    "rows in a cell of the header": lambda rows: _in_the_header(rows).encode(),
    "shifted left": lambda rows: _csv([rows[0], *([*row[1:], ""] for row in rows[1:])]).encode(),
    "shifted right": lambda rows: _csv([rows[0], *(["", *row[:-1]] for row in rows[1:])]).encode(),
    "too long": lambda rows: _csv([rows[0], *([*row, NAME, NOTE] for row in rows[1:])]).encode(),
    "too short": lambda rows: _csv([rows[0], *(row[1:] for row in rows[1:])]).encode(),
    "semicolons": lambda rows: _csv(rows, ";").encode(),
    "tabs": lambda rows: _csv(rows, "\t").encode(),
    "UTF-16": lambda rows: _csv(rows).encode("utf-16"),
    "UTF-16 without BOM": lambda rows: _csv(rows).encode("utf-16-le"),
    "Windows": lambda rows: _csv(rows).replace("Qzx", "Qzx\u00e9").encode("cp1252"),
    "Windows without a header": lambda rows: _csv(rows[1:]).replace("Qzx", "Qzx\u00e9").encode("cp1252"),
    "NUL": lambda rows: _csv(rows).replace("Qzx", "Q\0zx").replace("Q\0zx", "Qzx\0").encode(),
    "twice": lambda rows: _csv([rows[0], *(row for row in rows[1:] for _ in range(2))]).encode(),
}


def _json(rows: Cells) -> list[str]:
    return [json.dumps(dict(zip(rows[0], row, strict=True))) for row in rows[1:]]


def _cut(rows: Cells) -> bytes:
    return "".join(line[: line.rindex("zx") + 2] + "\n" for line in _json(rows) if "zx" in line).encode()


JSON_BREAKAGES: Mapping[str, Callable[[Cells], bytes]] = {
    "cut off": _cut,
    "names for keys": lambda rows: "".join(
        line.replace("{", f'{{"{NAME}, {GIVEN}": 1, "{NOTE}": "x", ', 1) + "\n" for line in _json(rows)
    ).encode(),
    "a list": lambda rows: json.dumps([dict(zip(rows[0], row, strict=True)) for row in rows[1:]]).encode(),
    "objects": lambda rows: "".join(
        json.dumps({column: {NAME: cell} for column, cell in zip(rows[0], row, strict=True)}) + "\n" for row in rows[1:]
    ).encode(),
}
OFTEN = {"bare line breaks", "shifted left"}
TABLES_OF_PERSONS = ("staff", "members", "coverage", "encounters")


AUDIT = f"audit DIR --all --as-of {DAY} --json OUT/a.json --csv OUT/a.csv --html OUT/a.html"
OTHERS = (f"todo DIR --as-of {DAY} --json OUT/t.json --csv OUT/t.csv", f"bill DIR --as-of {DAY} --out OUT")
"""Commands that say more of the tables than an audit does."""


def run(folder: Path, *commands: str) -> Iterator[tuple[str, str]]:
    """Run commands that read the tables; yield what each says and writes, without the claims."""
    out = folder / "out"
    for words in commands:
        out.mkdir(exist_ok=True)
        done = CliRunner().invoke(main, words.replace("DIR", str(folder)).replace("OUT", str(out)).split())
        yield words, said(done)
        for path in sorted(out.iterdir()):
            yield words, path.name
            if path.suffix != ".837":
                yield f"{words}: {path.name}", path.read_text()


def said(done: Result) -> str:
    """Return what a command says; an error that it does not expect is none that it may end with."""
    assert done.exception is None or isinstance(done.exception, SystemExit), repr(done.exception)
    return done.output


def shown(folder: Path, *commands: str) -> list[tuple[str, str]]:
    """Return each line that has a canary."""
    return [
        (where, line[max(line.lower().index(mark) - 150, 0) :][:300])
        for where, text in run(folder, *commands or (AUDIT,))
        for line in text.splitlines()
        for mark in MARKS
        if mark in line.lower()
    ]


@pytest.mark.parametrize("table", TABLES_OF_PERSONS)
@pytest.mark.parametrize("breakage", BREAKAGES)
def test_a_broken_table_shows_nobody(small_workspace: Path, table: str, breakage: str) -> None:
    for name in TABLES_OF_PERSONS:
        (small_workspace / f"{name}.csv").write_text(_csv(_cells(name)))
    (small_workspace / f"{table}.csv").write_bytes(BREAKAGES[breakage](_cells(table)))

    assert shown(small_workspace, *((AUDIT, *OTHERS) if breakage in OFTEN else ())) == []


@pytest.mark.parametrize("text", ["staff_id,last_name,first_name,role", "staff_id,last_name,first_name", "role"])
def test_a_row_of_words_alone_is_not_told_as_names_of_columns(small_workspace: Path, text: str) -> None:
    (small_workspace / "staff.csv").write_text(f"{text}S1,{NAME},{GIVEN},peer\nS2,{GIVEN},{NAME},supervisor\n")

    assert shown(small_workspace) == []


@pytest.mark.parametrize("table", TABLES_OF_PERSONS)
@pytest.mark.parametrize("breakage", JSON_BREAKAGES)
def test_broken_json_lines_show_nobody(small_workspace: Path, table: str, breakage: str) -> None:
    (small_workspace / f"{table}.csv").unlink()
    (small_workspace / f"{table}.jsonl").write_bytes(JSON_BREAKAGES[breakage](_cells(table)))

    assert shown(small_workspace) == []


@pytest.mark.parametrize("text", [NOTE, f"{NAME}, {GIVEN}", f"{GIVEN} {NAME}"])
def test_a_text_in_the_place_of_any_cell_is_not_shown(small_workspace: Path, text: str) -> None:
    """A row for each column of each table, with the text there; ids are what members and staff give as such."""
    for name in TABLES:
        file = f"{name}.csv"
        columns = [column for column in table_help(name).columns if column.example]
        rows = [[column.name for column in columns], [column.example for column in columns]]
        if file in SMALL:
            rows = list(csv.reader(io.StringIO(SMALL[file])))
        header, filled = rows[:2]
        for at in range(TABLES[name].unique and name != "places", len(header)):
            row = [*filled[:at], text, *filled[at + 1 :]]
            if name == "encounters" and at:
                row[0] = f"E{at + 10}"
                for time in {header.index("start"), header.index("end")} - {at}:
                    row[time] = row[time].replace("2026-03-02", f"2026-04-{at + 1:02}")
            elif TABLES[name].unique and at:
                row[0] = f"{filled[0]}-{at}"
            rows.append(row)
        (small_workspace / file).write_text(_csv(rows))

    assert shown(small_workspace, AUDIT, *OTHERS) == []


NAMED = [f"{NAME}, {GIVEN}", f"{GIVEN} {NAME}"]
PEOPLE: Mapping[str, tuple[str, set[str]]] = {
    "encounter_id": ("rejected", {"PB001"}),
    "member_id": ("rejected", {"PB001"}),
    "staff_id": ("rejected", {"PB001"}),
    "signed_by": ("held", {"PB202"}),
    "cosigned_by": ("billable", set()),
    "facilitators": ("billable", {"PB301"}),
}
"""What becomes of an encounter with a name in the place of an id, and what is found in that column."""


def _encounters(**cells: str) -> str:
    header, row = csv.reader(io.StringIO(SMALL["encounters.csv"]))
    return _csv(
        [
            [*header, *(cells.keys() - set(header))],
            [
                {**dict(zip(header, row, strict=True)), **cells}[name]
                for name in (*header, *(cells.keys() - set(header)))
            ],
        ]
    )


@pytest.mark.parametrize("column", PEOPLE)
def test_a_name_in_the_place_of_an_id_is_held_by_its_check(small_workspace: Path, column: str) -> None:
    for name in NAMED:
        (small_workspace / "encounters.csv").write_text(_encounters(**{column: name}))

        assert shown(small_workspace) == []
        audit = json.loads((small_workspace / "out" / "a.json").read_text())
        (encounter,) = audit["encounters"]
        found = {found["code"] for found in audit["findings"] if found["where"] == f"encounters.{column}"}
        assert (encounter["status"], found) == PEOPLE[column]


def test_a_facilitator_who_is_a_name_is_told_by_the_first_line(small_workspace: Path) -> None:
    """Also where they led two sessions at once."""
    header, row = csv.reader(io.StringIO(SMALL["encounters.csv"]))
    rows = [[*header, "facilitators"], [*row, f"S9;{NAMED[1]}"], ["E2", *row[1:2], "S2", *row[3:], NAMED[1]]]
    (small_workspace / "encounters.csv").write_text(_csv(rows))

    assert shown(small_workspace, AUDIT, *OTHERS) == []
    audit = json.loads((small_workspace / "out" / "a.json").read_text())
    where = "number 2 of the facilitators on line 2"
    told = {(found["code"], found["staff_id"]): found["message"] for found in audit["findings"]}
    assert told["PB301", "S1"] == f"not in staff: S9, {where}"
    assert told["PB301", "S2"] == f"not in staff: {where}"
    assert where in told["PB801", where]


class _Shown:
    """An object of a driver that shows a person."""

    def __str__(self) -> str:
        return NAMED[1]

    __repr__ = __str__


WRONG: Mapping[str, object] = {
    "a name": NAMED[1],
    "bytes": NAMED[1].encode(),
    "an object": _Shown(),
    "a mapping": {NAMED[1]: NAMED[1]},
    "a list": [NAMED[0], NAMED[1]],
    "a list of objects": [_Shown()],
    "an error": ValueError(NAMED[1]),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_rows_in_code_show_nobody(wrong: str) -> None:
    """Each cell of each table in turn: in problems, rejected rows and, where it is read, in findings."""
    tables = base_rows()
    shows = []
    for table, (first, *others) in tables.items():
        for column in first:
            records = read(None, **{**tables, table: [{**first, column: WRONG[wrong]}, *others]})
            said = [*records.problems, *records.notices, *(str(row.findings) for row in records.rejected)]
            if wrong == "a name":
                said += map(str, audited(records).findings)
            shows += [(table, column, text) for text in said if "qzx" in text.lower()]

    assert shows == []


LEIE_HEADER = (
    "LASTNAME,FIRSTNAME,MIDNAME,BUSNAME,GENERAL,SPECIALTY,UPIN,NPI,DOB,ADDRESS,CITY,STATE,ZIP,EXCLTYPE,EXCLDATE,"
    "REINDATE,WAIVERDATE,WVRSTATE"
)
LEIE = LEIE_HEADER.split(",")
EXCLUDED = [NAME, GIVEN, "", "", "IND", "", "", "0000000000", "19570317", *[""] * 4, "1128a1", "20240120", "0", "0", ""]
LISTS: Mapping[str, str] = {
    "whole": _csv([LEIE, EXCLUDED]),
    "no header": _csv([EXCLUDED, EXCLUDED]),
    "names for a header": _csv([NAMED * 9, EXCLUDED]),
    "glued": _csv([LEIE, EXCLUDED]).replace("\n", "", 1),
    "shifted": _csv([LEIE, ["", *EXCLUDED[:-1]]]),
    "cut off": _csv([LEIE, EXCLUDED[:3]]),
    "an open quotation mark": _csv([LEIE, EXCLUDED]).replace("Qzx", '"Qzx', 1),
    "rows in a cell of the header": _in_the_header([LEIE[:-1], EXCLUDED, EXCLUDED]),
    "rows in a cell, and a misspelt column": _in_the_header([["LASTNAM", *LEIE[1:-1]], EXCLUDED, EXCLUDED]),
    "a misspelt column": _csv([["LASTNAM", *LEIE[1:]], EXCLUDED]),
    "names beside the column names": _csv([["NAME", NAME, GIVEN, *LEIE[1:]], EXCLUDED]),
    "a name for a day": _csv([LEIE, [NAMED[1] if cell == "20240120" else cell for cell in EXCLUDED]]),
}


@pytest.mark.parametrize("broken", LISTS)
def test_a_list_of_excluded_persons_shows_nobody(small_workspace: Path, broken: str) -> None:
    file = small_workspace / "leie-2026-03-01.csv"
    file.write_text(LISTS[broken])

    assert shown(small_workspace, f"exclusions DIR {file} --as-of 2026-03-05 --dry-run --log OUT/log") == []


EXPORT = (
    ["Note", "Client", "Name", "DOB", "Medicaid ID", "Staff", "Date", "Start", "End", "Type", "Signed"],
    ["V1", "M1", f"{NAME}, {GIVEN}", BORN, "QZX123456789", f"{GIVEN} {NAME}", "2026-09-14", "9:00 AM", "9:47 AM",
     NAMED[1], f"{NAME.upper()} {GIVEN.upper()}"],
)  # fmt: skip
MAPPING = """
[[source]]
file = "visits*"
where = { Type = "Complete" }
[source.encounters]
encounter_id = "Note"
member_id = "Client"
staff_id = { column = "Staff", person = "staff" }
start = { column = "Date", time = "Start" }
end = { column = "Date", time = "End" }
place = { column = "Signed", values = { Home = "12" } }
"""
EXPORTS: Mapping[str, str] = {
    "whole": _csv(EXPORT),
    "glued": _csv([*EXPORT, EXPORT[1]]).replace("\n", "", 1),
    "no header": _csv([EXPORT[1]]),
    "a column is missing": _csv([row[1:] for row in EXPORT]),
    "rows in a cell of the header": _in_the_header([EXPORT[0], EXPORT[1], EXPORT[1]]),
    "an open quotation mark in the header": _csv([*EXPORT, EXPORT[1]]).replace(",", ',"', 1),
}


@pytest.mark.parametrize("broken", EXPORTS)
def test_an_export_shows_nobody(small_workspace: Path, broken: str) -> None:
    """Neither as it is imported nor, without samples, in the questions on its words."""
    file = small_workspace / "visits.csv"
    file.write_text(EXPORTS[broken])
    (small_workspace / "mapping.toml").write_text(MAPPING)
    (small_workspace / "open.toml").write_text(MAPPING.replace('Home = "12"', f'"{NAMED[1]}" = ""'))

    assert (
        shown(
            small_workspace,
            f"import DIR {file} --dry-run",
            f"import DIR {file} --dry-run --mapping DIR/open.toml",
            f"import DIR {file} --suggest --no-samples --mapping DIR/other.toml",
        )
        == []
    )


@pytest.mark.parametrize("column", DECISION_COLUMNS)
def test_decisions_of_a_review_show_nobody(column: str) -> None:
    right = {"row_id": "R0001", "decision": "allowed", "reviewer": "R1", "reviewed_on": "2026-05-04"}
    for text in (*NAMED, NAME):
        cells = {**right, column: text}
        content = _csv([DECISION_COLUMNS, [cells.get(name, "") for name in DECISION_COLUMNS]]).encode()
        said = ""
        try:
            read_decisions(content, "d.csv", {"R0001": review_row(1)}, "full")
        except UnusableInputError as error:
            said = str(error)

        assert (bool(said), "qzx" in said.lower()) == (column not in {"reviewer", "reason"}, False)


@pytest.mark.parametrize("header", [("claim_id", *NAMED), ("claim_id", "paid", NAME, NAME), (NAME, "claim_id", GIVEN)])
def test_answers_on_paper_show_nobody(header: Sequence[str]) -> None:
    _, problems = read_eob(_csv([header, ["PB1", *NAMED]]).splitlines(keepends=True))

    assert problems
    assert [problem for problem in problems if "qzx" in problem.lower()] == []


def test_a_checklist_shows_nobody(small_workspace: Path) -> None:
    """A name in a cell that is read back; the reason is the reviewer's own text, which the audit trail keeps."""
    form, filled = small_workspace / "form.csv", small_workspace / "filled.csv"
    made = f"review checklist DIR E1 --out {form} --as-of 2026-03-05"
    recorded = f"review record DIR {filled} --reviewer R1 --json - --log OUT/log"
    assert shown(small_workspace, made) == []
    header, first, *others = csv.reader(io.StringIO(form.read_text()))
    for column in ("encounter_id", "sample", "audit_finds", "rating", "fingerprint", "row"):
        at = header.index(column)
        row = ["met" if name == "rating" else cell for name, cell in zip(header, first, strict=True)]
        filled.write_text(_csv([header, [*row[:at], NAMED[1], *row[at + 1 :]], *others]))

        assert shown(small_workspace, recorded) == [], column
