"""Encounters of a Parquet file, read by columns, are those that the reader of rows reads."""

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from worlds import make_world

from peerbill.scale import reading
from peerbill.scale.columns import encounters_of, read_table
from peerbill.scale.reading import Part, PartRead, read_part

TIME = dt.datetime(2026, 3, 2, 9)
TEXTS: dict[str, tuple[object, ...]] = {
    "encounter_id": (
        "E1",
        "E-2",
        " E3 ",
        "e 4",
        "1.0",
        "1E+10",
        "'E5",
        "n/a",
        "pending",
        "",
        None,
        "E" * 51,
        "\u00c96",
    ),
    "member_id": ("M1", "M2 ", "Doe, Ann", "12.0", "", None),
    "staff_id": ("S1", "Ann Lee", "#N/A", ""),
    "service": ("individual", " Group ", None),
    "place": ("11", "1\u00a0", "99", ""),
    "channel": ("in-person", "phone", "zoom", "Video", None),
    "diagnoses": ("F11.20", "f10.20; F14.20 ;", ";", "", None),
    "facilitators": ("", "S2;Ann Lee", "S2;'S3"),
    "support_type": ("emotional", "Emotional support", "none", ""),
    "activity": ("talk", "\u00a0talk", "talk\x1c", "talk\u0085", " ", "\u00fcber", "x" * 40, None),
    "intervention": ("met", "met\n", "\ufeffmet", "m\x00t", None),
    "plan_id": ("P1", "P 2", "plan", "1.0", "n/a", "P" * 51, "", None),
    "payer": ("plan", "PLAN", "other", None),
    "site": ("", "here"),
    "signed_by": ("S1", "MEMBER", ""),
    "created_at": ("2026-03-02T09:00", "2026-03-02 9:00 AM", "2026-03-08T03:30-04:00", "yesterday", "", None),
}
TYPED: dict[str, tuple[object, ...]] = {
    "start": (TIME, TIME.replace(microsecond=999_999), dt.datetime(1899, 12, 31), dt.datetime(2101, 1, 1), None),
    "end": (TIME, dt.datetime(1950, 1, 1, 0, 0, 0, 1), None),
    "group_size": (3, -1, 10**10, None),
    "break_minutes": (0, 15, None),
    "voluntary": (True, False, None),
}
LISTS: dict[str, tuple[object, ...]] = {"cosigned_by": (["S1", "guardian"], [], None, ["Ann, Lee's"])}
EVERY = {**TEXTS, **TYPED, **LISTS}


PLAIN = {name: next(cell for cell in cells if cell) for name, cells in EVERY.items()}
ODD = [(name, cell) for name, cells in EVERY.items() for cell in cells]
"""Cells that differ from those of a plain row."""


def read_of(part: PartRead) -> tuple[object, ...]:
    kept = [row for path in part.files for row in encounters_of(read_table([path]))]
    found = sorted(kept, key=lambda row: row.line), sorted(part.doubted, key=lambda row: row.line)
    problems = sorted(part.problems, key=lambda problem: (problem.line, problem.column))
    return (*found, problems, part.unknown, part.present)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    odd=st.lists(st.lists(st.sampled_from(ODD), max_size=2), max_size=60),
    absent=st.sets(st.sampled_from([name for name in EVERY if name not in ("start", "end")])),
)
@example(odd=[[pair] for pair in ODD], absent=set())
def test_columns_are_read_as_rows_are(
    odd: list[list[tuple[str, object]]], absent: set[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("columns")
    rows = [PLAIN | dict(cells) for cells in odd]
    absent -= {"encounter_id", "member_id", "staff_id", "service", "place"}
    columns: dict[str, Any] = {
        name: pa.array([row[name] for row in rows], type=pa.string() if name in TEXTS else None)
        for name in EVERY
        if name not in absent
    }
    parquet.write_table(pa.table({**columns, "other": pa.array(range(len(rows)))}), folder / "encounters.parquet")
    part = Part(0, folder / "encounters.parquet", (0,), 7)
    read_both_ways(part, folder)


@pytest.mark.parametrize("kind", [pa.int64(), pa.null(), pa.string()])
@pytest.mark.parametrize("name", ["encounter_id", "member_id", "plan_id"])
def test_ids_that_all_are_blank_are_read_as_rows_are(name: str, kind: pa.DataType, tmp_path: Path) -> None:
    columns = {column: pa.array([cell, cell]) for column, cell in PLAIN.items()}
    columns[name] = pa.array([None, None], kind)
    parquet.write_table(pa.table(columns), tmp_path / "encounters.parquet")

    read_both_ways(Part(0, tmp_path / "encounters.parquet", (0,), 0), tmp_path)


def read_both_ways(part: Part, folder: Path) -> None:
    found = []
    known = make_world({}).records.settings
    for by_columns in (True, False):
        (folder / str(by_columns)).mkdir()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reading, "BY_COLUMNS", by_columns)
            found.append(read_of(read_part((known, folder / str(by_columns)), part)))

    assert found[0] == found[1]
