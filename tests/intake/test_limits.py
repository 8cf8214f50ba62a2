"""How large a table may be, for each way in which it comes."""

import csv
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from peerbill.intake import TABLES, TableRead, read_table
from peerbill.intake.mappings import MappingRows
from peerbill.intake.rows import read_rows
from peerbill.intake.settings import read_settings
from peerbill.model.errors import UnusableInputError
from peerbill.model.limits import DEFAULT, Limits

ZONE = ZoneInfo("America/New_York")
ROWS = [{"staff_id": f"S{number}", "last_name": "Doe", "first_name": "Ann"} for number in range(3)]


def read_csv(folder: Path, limits: Limits) -> TableRead:
    path = folder / "staff.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(ROWS[0]))
        writer.writeheader()
        writer.writerows(ROWS)
    return read_table(path, TABLES["staff"], ZONE, limits=limits)


def read_json(folder: Path, limits: Limits) -> TableRead:
    path = folder / "staff.jsonl"
    path.write_text("".join(f"{row}\n".replace("'", '"') for row in ROWS))
    return read_table(path, TABLES["staff"], ZONE, limits=limits)


def read_mappings(folder: Path, limits: Limits) -> TableRead:
    return read_rows(MappingRows(TABLES["staff"], ROWS), TABLES["staff"], ZONE, limits=limits)


@pytest.mark.parametrize("read", [read_csv, read_json, read_mappings])
def test_cells_are_counted(tmp_path: Path, read: Callable[[Path, Limits], TableRead]) -> None:
    assert len(read(tmp_path, Limits(table_cells=9)).records) == 3
    with pytest.raises(UnusableInputError, match=r"^staff: expected at most 8 cells, found more"):
        read(tmp_path, Limits(table_cells=8))


@pytest.mark.parametrize("read", [read_csv, read_json, read_mappings])
def test_a_long_cell_is_a_problem_of_its_row(tmp_path: Path, read: Callable[[Path, Limits], TableRead]) -> None:
    assert read(tmp_path, Limits(cell_characters=3)).problems == ()
    problems = read(tmp_path, Limits(cell_characters=2)).problems
    assert {(one.column, one.why) for one in problems} == {
        (name, "expected at most 2 characters in a cell, found more") for name in ("last_name", "first_name")
    }


@pytest.mark.parametrize("read", [read_csv, read_json])
def test_a_file_is_measured(tmp_path: Path, read: Callable[[Path, Limits], TableRead]) -> None:
    read(tmp_path, DEFAULT)
    size = next(tmp_path.iterdir()).stat().st_size

    assert read(tmp_path, Limits(table_bytes=size)).problems == ()
    with pytest.raises(UnusableInputError, match=rf"expected at most {size - 1:,} bytes, found more"):
        read(tmp_path, Limits(table_bytes=size - 1))


def test_a_line_without_end_is_told(tmp_path: Path) -> None:
    for name in ("staff.csv", "staff.jsonl"):
        path = tmp_path / name
        path.write_text("a" * 1001)
        with pytest.raises(UnusableInputError, match=r"line 1: expected a line of at most 1,000 characters"):
            read_table(path, TABLES["staff"], ZONE, limits=Limits(cell_characters=10))


def test_limits_are_settings(small_workspace: Path) -> None:
    text = (small_workspace / "peerbill.toml").read_text()

    assert read_settings(text)[0].limits == DEFAULT
    changed = read_settings(f"{text}\n[limits]\ntable_cells = 5\n")[0].limits
    assert changed == Limits(table_cells=5)
    with pytest.raises(UnusableInputError, match=r"limits.*expected a whole number from 1 to"):
        read_settings(f"{text}\n[limits]\nworkbook_bytes = 0\n")
