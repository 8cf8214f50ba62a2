"""Encounters read without a beginning that is known are those that are read of all, without what is settled."""

import csv
import datetime as dt
import io
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerbill.intake import TABLES, TableRead, read_table
from peerbill.intake.beginnings import FirstBytes, Kind, find_beginning
from peerbill.model.beginning import MOST_APART, Apart, Beginning

DAY = dt.date(2026, 3, 2)
HEADER = "encounter_id,member_id,staff_id,service,start,end,place,intervention"
TIMES = "M1,S1,individual,2026-03-02T10:00,,11"
KINDS: tuple[Kind, ...] = ("settled", "settled", "settled", "near", "left")


def read(path: Path, beginning: Beginning | None = None) -> TableRead:
    return read_table(path, TABLES["encounters"], ZoneInfo("America/Detroit"), beginning=beginning)


def starts_of(table: TableRead) -> list[int]:
    return sorted({*table.lines, *(problem.line for problem in table.problems)})


def row(id_: str, start: str, note: str, end: str) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator=end).writerow([id_, "M1", "S1", "individual", start, "", "11", note])
    return out.getvalue()


ROWS = st.tuples(
    st.sampled_from(KINDS),
    st.sampled_from(("2026-03-02T10:00", "", "no time")),
    st.sampled_from(("", "plain", 'with "marks", and commas', "two\nlines", "two\r\nlines", "é", "=1+1")),
    st.sampled_from(("", "\n", ",,\n", 'E9,"no pair\n', "one,two\n", "a,b,c,d\n")),
)


@settings(deadline=None)
@given(
    rows=st.lists(ROWS, max_size=12),
    end=st.sampled_from(("\n", "\r\n")),
    mark=st.sampled_from(("", "\ufeff")),
    more=st.lists(st.sampled_from(("plain", "two\nlines")), max_size=3),
)
def test_what_is_read_is_the_rest(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[Kind, str, str, str]],
    end: Literal["\n", "\r\n"],
    mark: str,
    more: list[str],
) -> None:
    path = tmp_path_factory.mktemp("table") / "encounters.csv"
    texts = [
        row(f"E{n}", start, note, end) + after.replace("\n", end) for n, (_, start, note, after) in enumerate(rows)
    ]
    path.write_bytes(f"{mark}{HEADER}{end}{''.join(texts)}".encode())
    whole = read(path)
    unread = {problem.line for problem in whole.problems}
    kinds: dict[int, Kind] = {
        line: "left" if line in unread else rows[at % len(rows)][0] for at, line in enumerate(starts_of(whole))
    }
    beginning = find_beginning(path, kinds, DAY)
    with path.open("ab") as file:
        file.writelines(row(f"F{n}", "2026-03-02T10:00", note, end).encode() for n, note in enumerate(more))
    whole = read(path)
    if beginning is None:
        assert "settled" not in kinds.values()
        return
    settled = {line for line, kind in kinds.items() if kind == "settled" and line <= beginning.lines}
    rest = read(path, beginning)

    assert FirstBytes(path).are(beginning)
    assert beginning.rows == len(settled)
    assert [one.line for one in beginning.apart if one.left] == [
        line for line in kinds if line <= beginning.lines and kinds[line] == "left"
    ]
    assert [(one, one.line) for one in rest.records] == [
        (one, one.line) for one in whole.records if one.line not in settled
    ]
    assert rest.problems == whole.problems
    assert (rest.present, rest.unknown) == (whole.present, whole.unknown)


def table(path: Path, rows: int) -> None:
    path.write_text(HEADER + "\n" + "".join(f"E{number},{TIMES},\n" for number in range(rows)))


def test_what_follows_is_added(tmp_path: Path) -> None:
    path = tmp_path / "encounters.csv"
    table(path, 6)
    first = find_beginning(path, {2: "settled", 3: "left", 4: "settled", 5: "near", 6: "left", 7: "left"}, DAY)
    assert first is not None
    assert (first.lines, first.rows, first.apart) == (4, 2, (Apart(111, 42, 3, left=True),))
    table(path, 8)
    kinds: dict[int, Kind] = {3: "settled", 5: "near", 6: "settled", 7: "settled", 8: "left", 9: "left"}
    known = find_beginning(path, kinds, DAY, first)
    whole = find_beginning(path, {**kinds, 2: "settled", 4: "settled"}, DAY)

    assert known == whole
    assert known is not None
    assert (known.lines, known.rows, [one.line for one in known.apart]) == (7, 5, [5])
    assert find_beginning(path, {3: "settled", 5: "left", 6: "near"}, DAY, first) is None


def test_a_file_that_says_something_else_has_another_beginning(tmp_path: Path) -> None:
    path = tmp_path / "encounters.csv"
    table(path, 3)
    beginning = find_beginning(path, {2: "settled", 3: "settled", 4: "left"}, DAY)
    assert beginning is not None
    text = path.read_bytes()
    assert FirstBytes(path).are(beginning)
    for changed in (
        text.replace(b"E1", b"E7"),
        text[: beginning.size - 1],
        text.replace(b"start,end", b"end,start"),
        b"",
    ):
        path.write_bytes(changed)
        assert not FirstBytes(path).are(beginning)
    path.unlink()
    assert not FirstBytes(path).are(beginning)


def test_longer_and_shorter_beginnings_are_found_in_any_order(tmp_path: Path) -> None:
    path = tmp_path / "encounters.csv"
    table(path, 5)
    shorter = find_beginning(path, {2: "settled", 3: "settled", 4: "left"}, DAY)
    longer = find_beginning(path, {2: "settled", 3: "settled", 4: "settled", 5: "left"}, DAY)
    assert shorter is not None
    assert longer is not None
    other = attrs.evolve(longer, sha256=shorter.sha256)
    first = FirstBytes(path)

    order = (longer, shorter, longer, other, longer, shorter, other)
    assert [first.are(one) for one in order] == [True, True, True, False, True, True, False]


@pytest.mark.parametrize(("apart", "lines"), [(MOST_APART, MOST_APART + 3), (MOST_APART + 1, 2)])
def test_with_too_many_apart_it_ends_before_them(tmp_path: Path, apart: int, lines: int) -> None:
    path = tmp_path / "encounters.csv"
    table(path, apart + 3)
    kinds: dict[int, Kind] = {2: "settled", **dict.fromkeys(range(3, apart + 3), "near"), apart + 3: "settled"}
    found = find_beginning(path, {**kinds, apart + 4: "left"}, DAY)

    assert found is not None
    assert (found.lines, found.rows + len(found.apart)) == (lines, lines - 1)


@pytest.mark.parametrize("text", [f"E1,{TIMES},\rE2,{TIMES},\n", f"E1,{TIMES},"])
def test_lines_that_end_otherwise_have_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "encounters.csv"
    path.write_text(f"{HEADER}\n{text}", newline="")
    assert find_beginning(path, dict.fromkeys(starts_of(read(path)), "settled"), DAY) is None
