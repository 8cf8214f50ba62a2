"""The benchmark of planted errors reaches its targets, and README and documentation show its last recorded run."""

from benchmarks.planting.kinds import every_kind
from benchmarks.planting.left_out import LEFT_OUT
from benchmarks.planting.measure import measure
from benchmarks.planting.record import PAGE, ROOT, page, read_record, record_of, with_summary
from benchmarks.planting.targets import missed

from peerbill.checks import CHECKS

QUICK = 20


def test_the_targets_are_reached() -> None:
    kinds = every_kind()
    measured = measure(QUICK, QUICK, kinds)
    record = record_of(measured, QUICK)

    assert measured.examples == []
    assert missed(record) == []
    assert {kind["planted"] for kind in record["kinds"]} == {kind["near"] for kind in record["kinds"]} == {QUICK}


def test_a_miss_and_a_wrong_finding_are_told() -> None:
    record = read_record()
    kind = {**record["kinds"][0], "found": record["kinds"][0]["planted"] - 1}
    wrong = {**record, "kinds": [kind], "findings": {"PB001": {"right": 98, "allowed": 50, "wrong": 2}}}

    assert missed(wrong) == [
        "PB001 a cell that cannot be read: 199 of 200 found, not all",
        "98 of 100 findings are right, not 99%",
    ]


def test_every_check_is_planted_or_left_out_for_a_reason() -> None:
    planted = {kind.code for kind in every_kind()}

    assert {check.code for check in CHECKS} - planted - LEFT_OUT.keys() == set()
    assert planted.isdisjoint(LEFT_OUT)


def test_the_record_is_of_the_kinds_that_there_are() -> None:
    record = read_record()

    assert [(kind["code"], kind["name"]) for kind in record["kinds"]] == [
        (kind.code, kind.name) for kind in every_kind()
    ]
    assert missed(record) == []


def test_readme_and_documentation_show_the_recorded_run() -> None:
    record = read_record()
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert with_summary(readme, record) == readme
    assert page(record) == PAGE.read_text(encoding="utf-8")
