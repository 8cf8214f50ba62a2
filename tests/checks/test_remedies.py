"""The remedies that name a column or an entry: the fix of a finding, word by word."""

import datetime as dt
from decimal import Decimal

import attrs
import pytest
from worlds import Patch, make_world

from peerbill.model.claim import DatedCharge
from peerbill.model.finding import Severity

DAY = dt.date(2026, 3, 2)

OVERLAP = "Correct the times or the person from that day's records; only one of overlapping services is billed."
CHANNELS = "Enter channel: in-person, video or audio."


def fixes(patch: Patch) -> list[tuple[str, str]]:
    return [(finding.code, finding.fix) for finding in make_world(patch).audit().findings]


def test_overlapping_rows_of_a_group_without_its_id_are_told_of_group_id() -> None:
    group = {"service": "group", "group_size": "2"}
    other = {"like": "E1", "member_id": "M2", "plan_id": "P2"}

    assert fixes({"encounters": {"E1": group, "E2": other}}) == [
        ("PB801", f"{OVERLAP} Rows of one group session need the same group_id.")
    ]


def test_overlapping_rows_that_are_no_group_are_not() -> None:
    other = {"like": "E1", "member_id": "M2", "plan_id": "P2"}

    assert fixes({"encounters": {"E2": other}}) == [("PB801", OVERLAP)]


def test_one_group_row_beside_an_individual_one_is_not() -> None:
    other = {"like": "E1", "member_id": "M2", "plan_id": "P2", "service": "group", "group_size": "2"}

    assert fixes({"encounters": {"E2": other}}) == [("PB801", OVERLAP)]


def test_a_channel_that_is_blank_names_the_known_ones() -> None:
    other = {"like": "E1", "channel": "", "start": "2026-03-03T10:00", "end": "2026-03-03T10:47", "created_at": ""}

    assert ("PB603", CHANNELS) in fixes({"encounters": {"E2": other}})


def test_a_group_without_a_charge_names_the_entry_to_add() -> None:
    patch = {
        "payers": {"plan": {"charges": {"H0038:HQ": False}}},
        "encounters": {"E1": {"service": "group", "group_id": "G1", "group_size": "2"}},
    }

    assert fixes(patch) == [
        (
            "PB605",
            (
                "Give the usual charge per unit of the group in peerbill.toml, even where it is the same: "
                '[payers.plan] charges = { "H0038:HQ" = "…" }'
            ),
        )
    ]


def test_two_payers_of_one_rank_are_told_how_to_end_one() -> None:
    patch = {
        "payers": {"medicare": {"name": "MEDICARE", "id": "MC1"}},
        "coverage": {
            "another": {"member_id": "M1", "payer": "medicare", "subscriber_id": "1EG4TE5MK72", "from": "2026-01-01"}
        },
    }

    assert fixes(patch) == [
        (
            "PB402",
            "Give the row that ended its last day (to), or each row a rank of its own: 1 for the payer billed first.",
        )
    ]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (DatedCharge("H0038:HQ", Decimal("5.00"), DAY), []),
        (DatedCharge("H0038:HQ", Decimal("5.00"), DAY + dt.timedelta(days=1)), [Severity.WARNING]),
        (DatedCharge("H0038:HQ", Decimal("0.00"), DAY), [Severity.ERROR]),
        (DatedCharge("H0038", Decimal("0.00"), DAY, DAY), [Severity.ERROR, Severity.WARNING]),
        (
            DatedCharge("H0038", Decimal("0.00"), DAY - dt.timedelta(days=1), DAY - dt.timedelta(days=1)),
            [Severity.WARNING],
        ),
    ],
    ids=["the group's own", "of the day after", "of nothing", "the individual one of nothing", "of the day before"],
)
def test_the_charge_of_the_day_is_looked_at(row: DatedCharge, expected: list[Severity]) -> None:
    """A group that has no charge of its own in peerbill.toml but in a row with days."""
    world = make_world(
        {
            "payers": {"plan": {"charges": {"H0038:HQ": False}}},
            "encounters": {"E1": {"service": "group", "group_id": "G1", "group_size": "2"}},
        }
    )
    settings = world.records.settings
    payers = {"plan": attrs.evolve(settings.payers["plan"], dated_charges=(row,))}
    records = attrs.evolve(world.records, settings=attrs.evolve(settings, payers=payers))
    found = attrs.evolve(world, records=records).audit().findings

    assert {(finding.code, finding.where) for finding in found} <= {("PB605", "payers.charges")}
    assert sorted(finding.severity for finding in found) == sorted(expected)
