"""Rows and settings that were built in code: what their fields cannot hold is taken out, and said."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import attrs
import pytest
from worlds import make_world

from peerbill.coding.guard import encounter_fault, guard_settings, guarded
from peerbill.coding.holds import LONGEST_ID
from peerbill.model.encounter import Encounter, ReadEncounters
from peerbill.model.errors import UnusableInputError
from peerbill.model.people import Member, Place, Relationship, SpendDown, Stay
from peerbill.model.records import Records

RECORDS = make_world().records
[ENCOUNTER] = RECORDS.encounters
ANYTHING: Any = 5
GATE = "Build records with peerbill.records_from, which reads rows as files are read."


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, None),
        ({"encounter_id": "E" * 50}, None),
        (
            {"encounter_id": "E" * 51},
            (
                (),
                "encounters.encounter_id",
                (
                    "an encounter field encounter_id: expected an id of at most 50 printable characters, "
                    "found a longer or another text"
                ),
                "Give the id alone.",
            ),
        ),
        (
            {"encounter_id": "E\n1", "line": 7},
            (
                (),
                "encounters.encounter_id",
                (
                    "encounter of line 7 field encounter_id: expected an id of at most 50 printable "
                    "characters, found a longer or another text"
                ),
                "Give the id alone.",
            ),
        ),
        (
            {"start": "10:00"},
            (
                ("E1",),
                "encounters.start",
                "encounter E1 field start: expected a datetime or None, found a value of the type str",
                GATE,
            ),
        ),
        (
            {"service": None},
            (
                ("E1",),
                "encounters.service",
                "encounter E1 field service: expected a text (blank: an empty one), found None",
                GATE,
            ),
        ),
        (
            {"start": dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC)},
            (
                ("E1",),
                "encounters.start",
                "encounter E1 field start: expected a local time without offset, found one with a time zone",
                GATE,
            ),
        ),
        ({"break_minutes": 0}, None),
        (
            {"break_minutes": -1},
            (
                ("E1",),
                "encounters.break_minutes",
                "encounter E1 field break_minutes: expected zero or more, found a negative or too large number",
                "Correct it.",
            ),
        ),
        ({"break_minutes": 10**9 - 1}, None),
        (
            {"break_minutes": 10**9},
            (
                ("E1",),
                "encounters.break_minutes",
                "encounter E1 field break_minutes: expected zero or more, found a negative or too large number",
                "Correct it.",
            ),
        ),
        (
            {"diagnoses": ("F11.20", 5)},
            (
                ("E1",),
                "encounters.diagnoses",
                "encounter E1 field diagnoses: expected a tuple of texts, found a value of the type int in it",
                GATE,
            ),
        ),
        ({"channel": ""}, None),
        ({"start_offset": -1439, "end_offset": 1439}, None),
        (
            {"end_offset": -1440},
            (
                ("E1",),
                "encounters.end_offset",
                "encounter E1 field end_offset: expected minutes from UTC, found more than a day",
                "Give minutes, not seconds.",
            ),
        ),
    ],
)
def test_an_encounter_says_what_its_field_cannot_hold(changes: dict[str, Any], told: tuple[object, ...] | None) -> None:
    found = encounter_fault(attrs.evolve(ENCOUNTER, **changes))

    assert (found and (found.encounter_ids, found.where, found.message, found.fix)) == told
    assert found is None or (found.code, found.severity, bool(found.citations)) == ("PB001", "error", True)


def test_a_word_that_is_not_known_is_named_by_those_that_are() -> None:
    found = encounter_fault(attrs.evolve(ENCOUNTER, channel="telepathy"))

    assert found is not None
    assert found.where == "encounters.channel"
    assert "in-person" in found.message
    assert "telepathy" not in f"{found.message} {found.fix}"


def test_another_object_in_place_of_an_encounter_is_named_by_its_place_alone() -> None:
    found = encounter_fault(object())

    assert found is not None
    assert (found.encounter_ids, found.where, found.message) == (
        (),
        "encounters",
        "an encounter: expected Encounter, found another object",
    )


def test_records_without_fault_are_returned_as_they_are() -> None:
    assert guarded(RECORDS) is RECORDS


def test_encounters_that_came_through_the_readers_are_not_looked_at_and_a_part_of_them_is() -> None:
    faulty = attrs.evolve(ENCOUNTER, encounter_id="E2", break_minutes=-1)
    read = attrs.evolve(RECORDS, encounters=ReadEncounters((ENCOUNTER, faulty)))
    part = attrs.evolve(read, encounters=read.encounters[1:])

    assert guarded(read) is read
    assert guarded(part).encounters == ()
    assert [row.encounter_id for row in guarded(part).rejected] == ["E2"]


ODD: tuple[Any, ...] = (
    None,
    "",
    "x",
    "x" * LONGEST_ID,
    "x" * (LONGEST_ID + 1),
    "a\nb",
    "video",
    "emotional",
    (),
    ("a",),
    ("a", 5),
    ["a"],
    0,
    -1,
    10**9 - 1,
    10**9,
    True,
    2.5,
    Decimal(1),
    dt.date(2026, 3, 2),
    dt.datetime(2026, 3, 2, 10),
    dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC),
)


@pytest.mark.parametrize("field", [field.name for field in attrs.fields(Encounter)])
def test_what_is_whole_by_columns_is_whole_by_rows(field: str) -> None:
    for odd in ODD:
        row = attrs.evolve(ENCOUNTER, encounter_id="E2")
        row = attrs.evolve(row, **{field: odd})
        found = guarded(attrs.evolve(RECORDS, encounters=(ENCOUNTER, row)))

        assert len(found.rejected) == (encounter_fault(row) is not None or row.encounter_id in {"", "E1"}), odd


def test_a_fault_is_found_where_it_is_among_many() -> None:
    rows = [attrs.evolve(ENCOUNTER, encounter_id=f"E{number}", line=number + 1) for number in range(1100)]
    faulty = (0, 1023, 1024, 1099)
    for at in faulty:
        rows[at] = attrs.evolve(rows[at], break_minutes=-1)
    found = guarded(attrs.evolve(RECORDS, encounters=tuple(rows)))

    assert [one.line for one in found.rejected] == [at + 1 for at in faulty]
    assert found.encounters == tuple(row for at, row in enumerate(rows) if at not in faulty)


def test_a_row_of_another_class_is_found_among_encounters() -> None:
    found = guarded(attrs.evolve(RECORDS, encounters=(ENCOUNTER, object())))  # type: ignore[arg-type]  # that is the fault

    assert found.encounters == (ENCOUNTER,)
    assert len(found.rejected) == 1


def test_encounters_that_cannot_be_used_or_repeat_an_id_are_rejected_once_each() -> None:
    second = attrs.evolve(ENCOUNTER, encounter_id="E2", line=2)
    rows = (
        attrs.evolve(ENCOUNTER, line=1),
        second,
        attrs.evolve(ENCOUNTER, line=3),
        attrs.evolve(ENCOUNTER, encounter_id="E4", start=ANYTHING, line=0),
    )
    found = guarded(attrs.evolve(RECORDS, encounters=rows))

    assert found.encounters == (second,)
    assert [(one.line, one.encounter_id, [finding.code for finding in one.findings]) for one in found.rejected] == [
        (4, "E4", ["PB001"]),
        (1, "E1", ["PB002"]),
        (3, "E1", ["PB002"]),
    ]
    assert found.rejected[1].findings[0].message == "encounter E1: expected an id of its own, found it on 2 rows"


def test_an_encounter_without_an_id_is_rejected_and_asked_about_in_a_form() -> None:
    rows = (
        attrs.evolve(ENCOUNTER, encounter_id="", line=0),
        ENCOUNTER,
        attrs.evolve(ENCOUNTER, encounter_id="", line=9),
    )
    found = guarded(attrs.evolve(RECORDS, encounters=rows))

    assert found.encounters == (ENCOUNTER,)
    assert [(one.line, one.encounter_id, [finding.message for finding in one.findings]) for one in found.rejected] == [
        (line, "", [f"encounter of line {line}: expected an encounter_id, found nothing"]) for line in (1, 9)
    ]
    assert encounter_fault(rows[0]) is None


def test_an_id_of_a_row_that_cannot_be_used_is_taken() -> None:
    faulty = attrs.evolve(ENCOUNTER, start=ANYTHING, line=2)
    found = guarded(attrs.evolve(RECORDS, encounters=(ENCOUNTER, faulty)))

    assert found.encounters == ()
    assert [(one.encounter_id, one.findings[0].code) for one in found.rejected] == [("E1", "PB001"), ("E1", "PB002")]


def more(table: str, *rows: object) -> Records:
    changes: dict[str, Any] = {table: (*getattr(RECORDS, table), *rows)}
    return attrs.evolve(RECORDS, **changes)


MEMBER = Member(member_id="M1", last_name="A", first_name="B", birth_date=dt.date(1990, 1, 1), sex="F")


@pytest.mark.parametrize(
    ("table", "rows", "told"),
    [
        (
            "members",
            (MEMBER,),
            [
                ("PB401", "members.member_id", ("members row 1 field member_id: expected a member_id of its own, found "
                 "it on 2 rows"), "M1"),
                ("PB401", "members.member_id", ("members row 3 field member_id: expected a member_id of its own, found "
                 "it on 2 rows"), "M1"),
            ],
        ),
        (
            "relationships",
            (Relationship(member_id="M1", staff_id="S1", kind=""),),
            [("PB409", "relationships.kind", "relationships row 1 field kind: expected kind, found nothing", "M1")],
        ),
        (
            "stays",
            (Stay(member_id="M1", kind="incarceration", from_=ANYTHING),),
            [("PB407", "stays.from", "stays row 1 field from: expected a date or None, found a value of the type int",
              "M1")],
        ),
        (
            "spend_down",
            (SpendDown("M1", dt.date(2026, 3, 2), Decimal(5)), SpendDown("M2", dt.date(2026, 3, 2), None)),
            [("PB605", "spend_down.amount", "spend_down row 2 field amount: expected amount, found nothing", "M2")],
        ),
        ("stays", (object(),), [("PB407", "stays", "stays row 1: expected Stay, found another object", "")]),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_used_holds_what_it_could_concern(
    table: str, rows: tuple[object, ...], told: list[tuple[str, str, str, str]]
) -> None:
    found = guarded(more(table, *rows))

    assert [(one.code, one.where, one.message, one.member_id) for one in found.holds] == told
    assert len(getattr(found, table)) == len(getattr(RECORDS, table)) + len(rows) - len(told)


def test_a_place_that_cannot_be_used_is_a_problem_of_the_workspace() -> None:
    found = guarded(more("places", Place(place_id="P1", name=ANYTHING)))

    assert (found.places, found.places_unread, found.holds) == ((), True, ())
    assert found.problems == (
        f"places row 1 field name: expected a text (blank: an empty one), found a value of the type int. {GATE}",
    )


CENTS = "payers.plan.charges.H0038: expected a Decimal of dollars and cents, zero or more. Correct it."


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        (Decimal("20.00"), ""),
        (Decimal("20.01"), ""),
        (Decimal("20.010"), ""),
        (Decimal("20.011"), CENTS),
        (Decimal(0), ""),
        (Decimal("-0.01"), CENTS),
        (Decimal("999999999.99"), ""),
        (Decimal(10**9), CENTS),
        (Decimal("NaN"), CENTS),
        (Decimal("Infinity"), CENTS),
        (20.0, CENTS),
    ],
)
def test_a_charge_is_a_decimal_of_dollars_and_cents(amount: Any, told: str) -> None:
    assert refused(lambda payer: attrs.evolve(payer, charges={"H0038": amount})) == told


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, ""),
        ({"rendering": "nobody"}, "payers.plan.rendering: expected "),
        ({"mode": "play"}, "payers.plan.mode: expected test or production, found another word. Write one of these."),
        (
            {"part_units": "half"},
            "payers.plan.part_units: expected hold or whole, found another word. Write one of these.",
        ),
        (
            {"key": "other"},
            "payers.plan.key: expected plan, found another. Give the payer the key under which it stands.",
        ),
        ({"policy": "ZZ/peer"}, "payers.plan.policy: expected a tuple of programme ids, found something else. Give "),
    ],
)
def test_words_of_a_payer_are_known(changes: dict[str, Any], told: str) -> None:
    found = refused(lambda payer: attrs.evolve(payer, **changes))

    assert found.startswith(told)
    assert bool(found) == bool(told)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", 5, None])
def test_a_time_zone_that_is_not_known_is_refused(zone: Any) -> None:
    settings = attrs.evolve(RECORDS.settings, organization=attrs.evolve(RECORDS.settings.organization, timezone=zone))

    with pytest.raises(UnusableInputError) as refusal:
        guard_settings(settings)
    assert str(refusal.value) == (
        "organization.timezone: expected the name of a time zone, such as America/Detroit. Correct it."
    )


def refused(change: Callable[[Any], Any]) -> str:
    """Return why settings with a changed payer are refused, or nothing."""
    settings = attrs.evolve(RECORDS.settings, payers={"plan": change(RECORDS.settings.payers["plan"])})
    try:
        guard_settings(settings)
    except UnusableInputError as error:
        return str(error)
    return ""
