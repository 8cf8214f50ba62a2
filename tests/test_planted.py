"""The benchmark of planted errors reaches its targets, and README and documentation show its last recorded run."""

import datetime as dt

import pytest
from benchmarks.planting.chance import chance
from benchmarks.planting.copies import PATTERN_KINDS
from benchmarks.planting.days import last_moment, months_later
from benchmarks.planting.kinds import every_kind
from benchmarks.planting.kinds_claims import CLAIM_KINDS
from benchmarks.planting.kinds_habits import HABITS
from benchmarks.planting.left_out import LEFT_OUT
from benchmarks.planting.measure import measure
from benchmarks.planting.measure_claims import measure_claims
from benchmarks.planting.measure_habits import measure_habits
from benchmarks.planting.measure_patterns import measure_patterns
from benchmarks.planting.notes import make_story, write_note
from benchmarks.planting.record import PAGE, ROOT, Record, page, read_record, record_of, with_summary
from benchmarks.planting.targets import missed

from peerbill.checks import CHECKS

QUICK = 20


def names(kinds: list[Record]) -> list[tuple[str, str]]:
    return [(kind["code"], kind["name"]) for kind in kinds]


def test_the_targets_are_reached() -> None:
    measured = measure(QUICK)
    claims = measure_claims(QUICK)
    record = record_of(measured, claims, measure_patterns(QUICK, 2, 14), measure_habits(1), QUICK)

    assert [*measured.examples, *claims.examples] == []
    assert missed(record) == []
    assert {kind["planted"] for kind in record["kinds"]} == {kind["near"] for kind in record["kinds"]} == {QUICK}


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2026-11-30", 1, "2026-12-30"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2024-02-29", -12, "2023-02-28"),
    ],
)
def test_months_end_on_the_last_day_of_a_shorter_one(day: str, months: int, later: str) -> None:
    assert months_later(dt.date.fromisoformat(day), months) == dt.date.fromisoformat(later)


@pytest.mark.parametrize(
    ("allowed", "last"),
    [
        ("24 hours", "2026-07-03T10:45"),
        ("3 days", "2026-07-05T23:59"),
        ("2 business days", "2026-07-07T23:59"),
    ],
)
def test_a_deadline_is_counted_from_a_thursday_before_a_holiday(allowed: str, last: str) -> None:
    start, end = (dt.datetime.fromisoformat(f"2026-07-02T10:{minute}") for minute in ("00", "45"))

    assert last_moment(allowed, start, end) == dt.datetime.fromisoformat(last)


def test_a_note_is_the_same_in_each_run_and_another_in_each_draw() -> None:
    story = make_story(chance(1), "Avery")
    notes = {write_note(chance(seed), story).intervention for seed in range(300)}

    assert write_note(chance(7), story) == write_note(chance(7), story)
    assert len(notes) > 290


def test_a_miss_and_a_wrong_finding_are_told() -> None:
    record = read_record()
    kind = {**record["kinds"][0], "found": record["kinds"][0]["planted"] - 1}
    wrong = {**record, "kinds": [kind], "findings": {"PB001": {"right": 98, "allowed": 50, "wrong": 2}}}
    copy = {"code": "PB208", "name": "a copy", "near": False, "planted": 100, "found": 94}
    wrong["patterns"] = {"kinds": [copy], "alarms": {"PB208": 2}, "clean": 100}
    wrong["claims"] = {"kinds": [], "right": 0, "wrong": 0}
    habit = {"code": "PB901", "planted": 20, "found": 19, "near": 20, "alarms": 0}
    wrong["habits"] = {"kinds": [habit], "alarms": 1, "peers": 100}

    assert missed(wrong) == [
        "PB001 a cell that cannot be read: 199 of 200 found, not all",
        "98 of 100 findings are right, not 99%",
        "PB208: 94 of 100 found, not 95%",
        "PB208: 2 of 100 clean ones are named, more than 1%",
    ]


def test_every_check_is_planted_or_left_out_for_a_reason() -> None:
    planted = {kind.code for kind in every_kind()}
    planted |= {kind.code for kind in PATTERN_KINDS} | {habit.code for habit in HABITS}
    planted |= {kind.code for kind in CLAIM_KINDS}

    assert {check.code for check in CHECKS} - planted - LEFT_OUT.keys() == set()
    assert planted.isdisjoint(LEFT_OUT)


def test_the_record_is_of_the_kinds_that_there_are() -> None:
    record = read_record()

    assert names(record["kinds"]) == [(kind.code, kind.name) for kind in every_kind()]
    assert names(record["claims"]["kinds"]) == [(kind.code, kind.name) for kind in CLAIM_KINDS]
    assert names(record["patterns"]["kinds"]) == [(kind.code, kind.name) for kind in PATTERN_KINDS]
    assert names(record["habits"]["kinds"]) == [(habit.code, habit.name) for habit in HABITS]
    assert missed(record) == []


def test_readme_and_documentation_show_the_recorded_run() -> None:
    record = read_record()
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert with_summary(readme, record) == readme
    assert page(record) == PAGE.read_text(encoding="utf-8")
