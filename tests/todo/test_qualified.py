"""What keeps the agency and its peers qualified and will soon lapse."""

from typing import Any

import pytest
from work_lists import day, items

LICENSE = {"kind": "state-license", "issued_on": "2025-04-30", "expires_on": "2026-04-30"}
ENROLLMENT = {"payer": "plan", "from": "2021-05-01", "to": "2026-04-30"}
CE = """
[[peer.credential.CPS]]
valid_months = 24
ce_hours = 20
source = "manual p. 14"
"""


def what(kind: str, patch: dict[str, Any]) -> list[str]:
    return [item.what for item in items(kind, patch)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["license state-license lapses on 2026-04-30, within 30 days"]),
        ({"expires_on": "2026-06-29"}, ["license state-license lapses on 2026-06-29, within 90 days"]),
        ({"expires_on": "2026-06-30"}, []),
        ({"expires_on": "2026-03-31"}, ["license state-license lapses on 2026-03-31, within 30 days"]),
        ({"expires_on": "2026-03-30"}, []),
        ({"expires_on": ""}, []),
        ({"status": "suspended"}, []),
        ({"site": "north"}, ["license state-license of site north lapses on 2026-04-30, within 30 days"]),
    ],
)
def test_a_license_is_listed_from_90_days_before_it_lapses(changes: dict[str, str], expected: list[str]) -> None:
    assert what("license", {"licenses": {"first": {**LICENSE, **changes}}}) == expected


@pytest.mark.parametrize(
    ("other", "listed"),
    [
        ({"issued_on": "2026-05-01"}, False),
        ({"issued_on": "2026-05-02"}, True),
        ({"issued_on": "2026-05-01", "kind": "fire-permit"}, True),
        ({"issued_on": "2026-05-01", "site": "north"}, True),
    ],
)
def test_a_license_that_another_follows_is_not_listed(other: dict[str, str], listed: bool) -> None:
    follows = {"kind": "state-license", "expires_on": "2027-04-30", **other}

    assert bool(what("license", {"licenses": {"first": LICENSE, "second": follows}})) is listed


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["enrollment of the organization with plan ends on 2026-04-30, within 30 days"]),
        ({"to": "2026-06-30"}, []),
        ({"to": ""}, []),
        ({"to": "2026-03-30"}, []),
        ({"status": "pending"}, []),
        ({"site": "north"}, ["enrollment of site north with plan ends on 2026-04-30, within 30 days"]),
        ({"staff_id": "S1"}, ["enrollment of S1 with plan ends on 2026-04-30, within 30 days"]),
        ({"staff_id": "S9"}, []),
    ],
)
def test_an_enrollment_is_listed_from_90_days_before_it_ends(changes: dict[str, str], expected: list[str]) -> None:
    assert what("provider-enrollment", {"enrollments": {"first": {**ENROLLMENT, **changes}}}) == expected


def test_an_enrollment_that_another_follows_or_of_somebody_who_left_is_not_listed() -> None:
    follows = {"payer": "plan", "from": "2026-05-01"}
    left = {"staff": {"S1": {"left_on": "2026-03-30"}}, "enrollments": {"first": {**ENROLLMENT, "staff_id": "S1"}}}

    assert what("provider-enrollment", {"enrollments": {"first": ENROLLMENT, "second": follows}}) == []
    assert what("provider-enrollment", left) == []
    assert (
        len(what("provider-enrollment", {"enrollments": {"first": ENROLLMENT, "second": {**follows, "payer": "x"}}}))
        == 1
    )


def continuing(hours: str = "", on: str = "2025-01-01", **certificate: str) -> dict[str, Any]:
    row = {"staff_id": "S1", "kind": "continuing", "hours": hours, "date": on}
    return {
        "policy": CE,
        "credentials": {
            "first": {"issued_on": "2024-05-01", "expires_on": "2026-04-30", **certificate},
            "second": False,
        },
        "training": {"t": row} if hours else {},
    }


def test_hours_of_continuing_education_that_are_missing_are_listed_before_the_renewal() -> None:
    (item,) = items("training", continuing("12.5"))

    assert item.what == (
        "12.5 of 20 hours of continuing education of S1 are listed since 2024-05-01; "
        "CPS lapses on 2026-04-30, within 30 days"
    )
    assert (item.deadline, item.staff_ids) == (day("2026-04-30"), ("S1",))


@pytest.mark.parametrize(
    ("patch", "listed"),
    [
        (continuing(), True),
        (continuing("19.99"), True),
        (continuing("20"), False),
        (continuing("20", "2024-04-30"), True),
        (continuing("20", "2024-05-01"), False),
        (continuing(expires_on="2026-06-30"), False),
        (continuing(expires_on="2026-06-29"), True),
        (continuing(status="suspended"), False),
        ({**continuing(), "policy": ""}, False),
        ({**continuing(), "staff": {"S1": {"left_on": "2026-03-30"}}}, False),
    ],
)
def test_continuing_education_is_due_while_hours_are_missing_and_the_renewal_is_near(
    patch: dict[str, Any], listed: bool
) -> None:
    assert bool(what("training", patch)) is listed


def test_continuing_education_of_a_certificate_that_was_renewed_is_not_due() -> None:
    patch = continuing()
    patch["credentials"]["renewed"] = {"like": "first", "issued_on": "2026-05-01", "expires_on": "2028-04-30"}

    assert what("training", patch) == []


@pytest.mark.parametrize(
    ("event", "hired_on", "begun", "expires_on", "until"),
    [
        ("issue", "2024-01-08", "2025-10-31", "", "2026-04-30"),
        ("issue", "2024-01-08", "2025-09-30", "", ""),
        ("issue", "2024-01-08", "2026-01-15", "", ""),
        ("hire", "2025-10-31", "2026-01-15", "", "2026-04-30"),
        ("hire", "2026-01-15", "2025-10-31", "", ""),
        ("issue", "2024-01-08", "2025-10-31", "2026-04-15", "2026-04-15"),
    ],
)
def test_a_certificate_in_process_is_due_before_its_time_is_over(
    event: str, hired_on: str, begun: str, expires_on: str, until: str
) -> None:
    policy = (
        f'[[peer.credential.CPS]]\nin_process = true\nin_process_within = "6 months after {event}"\nsource = "manual"\n'
    )
    patch = {
        "policy": policy,
        "staff": {"S1": {"hired_on": hired_on}},
        "credentials": {
            "first": {"issued_on": begun, "expires_on": expires_on, "status": "in-process"},
            "second": False,
        },
    }
    expected = [f"CPS of S1 is in process, which is enough until {until}"] if until else []

    assert [item for item in what("training", patch) if "in process" in item] == expected


@pytest.mark.parametrize(
    ("end", "meetings", "expected"),
    [
        ("2026-03-02T10:47", [], []),
        ("2026-03-02T10:48", [], ["0.8 of 1 hours of service of S1 without supervision"]),
        ("2026-03-02T11:01", [], ["1.02 of 1 hours of service of S1 without supervision"]),
        ("2026-03-02T10:48", ["2026-03-01"], ["0.8 of 1 hours of service of S1 since the supervision of 2026-03-01"]),
        ("2026-03-02T10:48", ["2026-03-02"], []),
    ],
)
def test_supervision_is_due_when_four_fifths_of_the_hours_are_given(
    end: str, meetings: list[str], expected: list[str]
) -> None:
    rows = {on: {"staff_id": "S1", "supervisor_id": "V1", "date": on, "minutes": "60"} for on in meetings}
    policy = '[[peer.supervision]]\nservice_hours = 1\nminutes = 60\nsource = "manual p. 8"\n'

    assert what("supervision", {"policy": policy, "encounters": {"E1": {"end": end}}, "supervision": rows}) == expected
