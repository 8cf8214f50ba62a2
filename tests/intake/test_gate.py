"""`records_from`, and the guards of `audit` and `Auditor` for what was built past it."""

import copy
import datetime as dt
import pickle
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rows import AS_OF, POLICIES, SETTINGS, audited, base_rows, errors, read, status

from peerbill import records_from
from peerbill.checks.auditor import Auditor
from peerbill.coding.guard import guarded
from peerbill.coding.holds import CODES
from peerbill.intake import TABLES
from peerbill.model.encounter import Encounter, ReadEncounters, fingerprint
from peerbill.model.errors import UnusableInputError
from peerbill.model.people import Exclusion, Member, Relationship, Staff, Stay
from peerbill.model.records import Records
from peerbill.x12.rules837p import settings_problems

DETROIT = ZoneInfo("America/Detroit")
NOTHING: Any = None
TEXT: Any = "2026-01-01"
MOMENT: Any = dt.datetime(2020, 1, 1)
GOOD = ("E1", "billable", 47, 3)


def evolved(**changes: Any) -> Records:
    """Return the base records with the encounter changed past the gate."""
    records = read()
    return attrs.evolve(records, encounters=(attrs.evolve(records.encounters[0], **changes),))


def test_rows_of_text_and_typed_rows_are_the_same_records() -> None:
    typed = base_rows(
        {
            "start": dt.datetime(2026, 3, 2, 10, 0),
            "end": dt.datetime(2026, 3, 2, 10, 47),
            "diagnoses": ["F11.20"],
            "signed_by": ("S1",),
            "break_minutes": None,
            "voluntary": True,
        }
    )
    written = base_rows({"diagnoses": "F11.20", "signed_by": "S1", "break_minutes": "", "voluntary": "yes"})
    typed["coverage"][0]["from"] = dt.datetime(2025, 1, 1)
    typed["coverage"][0]["rank"] = Decimal(1)
    written["coverage"][0] |= {"from": "2025-01-01", "rank": "1"}

    assert records_from(SETTINGS, typed) == records_from(SETTINGS, written)
    assert status(records_from(SETTINGS, typed)) == [GOOD]


def test_a_generator_of_rows_is_taken_whole() -> None:
    rows = base_rows()
    records = records_from(SETTINGS, {name: (row for row in rows[name]) for name in rows})

    assert records == read()
    assert attrs.evolve(records, encounters=(one for one in records.encounters)) == records  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="encounters: expected a tuple of rows, found NoneType"):
        Records(SETTINGS, encounters=None)  # type: ignore[arg-type]


def test_a_time_with_a_zone_is_moved_by_its_instant() -> None:
    evening = dt.datetime(2026, 3, 3, 1, 0, tzinfo=dt.UTC)
    records = read({"start": evening, "end": evening + dt.timedelta(minutes=47), "signed_at": None})

    assert records.encounters[0].start == dt.datetime(2026, 3, 2, 20, 0)
    assert (records.encounters[0].start_offset, records.encounters[0].end_offset) == (None, None)


def test_a_table_or_a_required_column_that_is_missing_is_an_error() -> None:
    with pytest.raises(UnusableInputError, match=r"^encounter: expected the name of a table. Did you mean encounters"):
        records_from(SETTINGS, {"encounter": []})
    with pytest.raises(UnusableInputError, match=r"^members: columns last_name, first_name, birth_date, sex: expected"):
        records_from(SETTINGS, {"members": [{"member_id": "M1"}]})


def test_columns_that_are_not_known_are_noticed() -> None:
    records = read({"chanel": "video"})

    assert records.notices == ("encounters: columns not known, ignored: chanel. Did you mean channel by chanel?",)


def test_a_header_that_holds_data_is_not_repeated() -> None:
    (notice,) = read({"Zebra": "", "1990-01-01": "", "301447820116": ""}).notices

    assert notice == (
        "encounters: 3 columns are not known, ignored. Their names are not shown, since they may be data: "
        "is the first row on the header's line?"
    )


def test_a_text_in_place_of_the_id_of_an_unreadable_row_is_not_shown() -> None:
    (row,) = read({"encounter_id": "Her brother came", "start": "soon"}).rejected

    assert (row.line, row.encounter_id) == (1, "")
    assert "brother" not in str(row.findings)


def test_every_table_is_guarded() -> None:
    assert set(CODES) == set(TABLES) - {"encounters"}


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"start": "3/2/2026 10:00"}, "encounters.start"),
        ({"start": dt.date(2026, 3, 2)}, "encounters.start"),
        ({"break_minutes": -30}, "encounters.break_minutes"),
        ({"channel": "telehealth"}, "encounters.channel"),
        ({"support_type": "moral"}, "encounters.support_type"),
        ({"voluntary": "maybe"}, "encounters.voluntary"),
        ({"staff_id": "#N/A"}, "encounters.staff_id"),
        ({"member_id": "M" * 51}, "encounters.member_id"),
        ({"goal": {"text": "x"}}, "encounters.goal"),
        ({"diagnoses": [["F11.20"]]}, "encounters.diagnoses"),
    ],
)
def test_an_encounter_that_cannot_be_read_is_rejected_by_row(changes: Mapping[str, Any], where: str) -> None:
    records = read(changes)
    (row,) = records.rejected

    assert (row.line, row.encounter_id) == (1, "E1")
    assert [(one.code, one.where) for one in row.findings] == [("PB001", where)]
    assert row.findings[0].message.startswith("encounters row 1 column ")
    assert status(records) == [("E1", "rejected", None, None)]


CELLS: tuple[object, ...] = (
    *(
        "",
        "x",
        "E2",
        "x" * 50,
        "x" * 51,
        "a\nb",
        "a\x00b",
        "Her brother",
        "video",
        "emotional",
        "yes",
        "other",
        "member",
    ),
    *("0", "-1", "3.0", "999999999", "1000000000", "1e9", "nan", "1.5", "٣", "#N/A", "=1", "a;b", ";", "a; ;a\nb"),
    *("2026-03-02", "2026-03-02T10:30", "2026-03-02T10:30-05:00", "2026-03-08T03:10-04:00", "1899-01-01T10:00"),
    *(0, -1, 10**9, True, 2.5, Decimal("1E+3"), dt.date(2026, 3, 2), dt.datetime(2026, 3, 2, 10)),
    *(dt.datetime(2026, 11, 1, 5, 30, tzinfo=dt.UTC), [], ["a", 5], ["a", "b\nc"], [["a"]], {}, object()),
)


def test_what_comes_through_the_readers_has_no_fault_that_the_guard_looks_for() -> None:
    """The guard does not look at it again."""
    columns = TABLES["encounters"].columns
    whole = base_rows()["encounters"][0]
    rows = [
        {**whole, "encounter_id": f"E{at}x{n}", name: cell}
        for at, name in enumerate(columns)
        for n, cell in enumerate(CELLS)
    ]
    records = records_from(SETTINGS, {**base_rows(), "encounters": rows})
    in_code = attrs.evolve(records, encounters=tuple(records.encounters))

    assert type(records.encounters) is ReadEncounters
    assert len(columns) * 3 < len(records.encounters) < len(rows)
    assert guarded(in_code) is in_code


def test_words_are_known_in_any_case_and_spacing() -> None:
    rows = base_rows({"channel": "Face to Face", "service": " Individual ", "support_type": "Emotional"})
    rows["credentials"][0] |= {"status": "ACTIVE", "credential": "c.p.s."}
    rows["coverage"][0]["payer"] = "Plan"
    rows["staff"][0]["role"] = "Peer"
    rows["members"][0] |= {"sex": "female", "state": "Michigan"}
    records = records_from(SETTINGS, rows)

    assert (records.encounters[0].channel, records.encounters[0].service) == ("in-person", "individual")
    assert (records.members[0].state, records.coverage[0].payer) == ("MI", "plan")
    assert status(records) == [GOOD]


def test_audio_is_held_however_it_is_written() -> None:
    for word in ("audio", "Audio", "PHONE", "telephone", "by phone"):
        assert ("PB603", ("E1",), "encounters.channel") in errors(read({"channel": word}))


def test_an_excluded_npi_is_found_however_it_is_written() -> None:
    for npi in ("1245319599", "1245-319-599", "1245 319 599"):
        excluded = [{"npi": npi, "list": "LEIE", "from": "2020-01-01"}]
        assert errors(read(exclusions=excluded)) == [("PB308", ("E1",), "exclusions.from")]
        built = attrs.evolve(read(), exclusions=(Exclusion("LEIE", dt.date(2020, 1, 1), npi=npi),))
        assert errors(built) == [("PB308", ("E1",), "exclusions.from")]


@pytest.mark.parametrize(
    ("table", "row", "code", "where"),
    [
        ("exclusions", {"npi": "1245319599.0", "list": "LEIE", "from": "2020-01-01"}, "PB308", "exclusions.npi"),
        ("exclusions", {"staff_id": "S1", "list": "LEIE", "from": "9/1/2026"}, "PB308", "exclusions.from"),
        ("exclusions", {"staff_id": "S9", "list": "LEIE", "from": "2020-01-01"}, "PB308", "exclusions.staff_id"),
        ("exclusions", {"npi": "1245319598", "list": "LEIE", "from": "2020-01-01"}, "PB308", "exclusions.npi"),
        ("stays", {"member_id": "M1", "kind": "elsewhere", "from": "2026-01-01"}, "PB407", "stays.kind"),
        ("stays", {"member_id": "M1", "kind": "jail", "from": "2026-01-01", "to": "soon"}, "PB407", "stays.to"),
        ("stays", {"member_id": "M9", "kind": "jail", "from": "2026-01-01"}, "PB407", "stays.member_id"),
        ("stays", {"member_id": "", "kind": "jail", "from": "2026-01-01"}, "PB407", "stays.member_id"),
        ("relationships", {"staff_id": "S1", "member_id": "m-1", "kind": "x"}, "PB409", "relationships.member_id"),
        ("other_services", {"member_id": "M1", "kind": "act", "start": "?"}, "PB807", "other_services.start"),
        ("spend_down", {"member_id": "M1", "date": "2026-03-02", "amount": "$5"}, "PB605", "spend_down.amount"),
        ("spend_down", {"member_id": "M1", "date": "", "amount": "5"}, "PB605", "spend_down.date"),
        ("stays", {"member_id": "M1", "kind": "", "from": "2026-01-01"}, "PB407", "stays.kind"),
        ("other_services", {"member_id": "M1", "kind": "act", "start": "", "end": ""}, "PB807", "other_services.start"),
        ("stays", {"member_id": "M1", "kind": "jail", "from": "2026-03-02", "to": "soon"}, "PB407", "stays.to"),
        ("exclusions", {"staff_id": "S1", "list": "LEIE", "from": "?", "to": "2026-03-02"}, "PB308", "exclusions.from"),
        ("stays", {"member_id": "M1", "kind": "jail", "from": "2026-04-02", "to": "2026-04-01"}, "PB407", "stays.to"),
    ],
)
def test_a_row_that_may_forbid_and_cannot_be_used_holds_what_it_could_concern(
    table: str, row: dict[str, Any], code: str, where: str
) -> None:
    records = read(None, **{table: [row]})

    assert errors(records) == [(code, ("E1",), where)]
    assert len(records.problems) == 1
    assert records.problems[0].endswith("holds what it could concern until then.")


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("exclusions", {"npi": "1679576722", "list": "LEIE", "from": "9/1/2026"}),  # the supervisor, not on the claim
        ("exclusions", {"npi": "1003000126", "list": "LEIE", "from": "2020-01-01"}),  # a valid NPI of somebody else
        ("exclusions", {"staff_id": "S2", "list": "LEIE", "from": "9/1/2026"}),
        ("stays", {"member_id": "M2", "kind": "elsewhere", "from": "2026-01-01"}),
        ("stays", {"member_id": "M9", "kind": "jail", "from": "2025-01-01", "to": "2025-12-31"}),
        ("relationships", {"staff_id": "S1", "member_id": "M2", "kind": ["a", "b"]}),
        ("stays", {"member_id": "M1", "kind": "jail", "from": "2026-03-03", "to": "soon"}),  # of other days
        ("exclusions", {"staff_id": "S1", "list": "LEIE", "from": "?", "to": "2026-03-01"}),
        ("spend_down", {"member_id": "M1", "date": "2026-03-03", "amount": "$5"}),
    ],
)
def test_a_row_holds_nobody_else(table: str, row: dict[str, Any]) -> None:
    assert status(read(None, **{table: [row]})) == [GOOD]


def test_an_unreadable_stay_of_the_next_day_holds_what_crosses_midnight_and_one_of_nobody_what_any_day_has() -> None:
    night = {"start": "2026-03-02T23:00", "end": "2026-03-03T00:10"}
    later = {"kind": "jail", "from": "2026-03-03", "to": "soon"}

    assert errors(read(night, stays=[{"member_id": "M1", **later}])) == [("PB407", ("E1",), "stays.to")]
    assert ("PB407", ("E1",), "stays.to") in errors(read(None, stays=[{"member_id": "", **later}]))


@pytest.mark.parametrize(
    ("table", "column"),
    [("coverage", "to"), ("credentials", "expires_on"), ("plans", "expires_on"), ("staff", "left_on")],
)
@pytest.mark.parametrize("day", ["9999-12-31", dt.date.max])
def test_the_last_day_of_the_calendar_is_no_last_day(table: str, column: str, day: object) -> None:
    def rows_with(cell: object) -> Records:
        rows = base_rows()
        rows[table] = [{**row, column: cell} for row in rows[table]]
        return records_from(SETTINGS, rows)

    assert rows_with(day) == rows_with("")
    assert status(rows_with(day)) == [GOOD]


@pytest.mark.parametrize(
    ("table", "column", "code"),
    [
        ("credentials", "expires_on", "PB303"),
        ("credentials", "status", "PB303"),
        ("coverage", "to", "PB402"),
        ("coverage", "subscriber_id", "PB402"),
    ],
)
def test_a_second_row_does_not_stand_in_for_one_whose_end_cannot_be_read(table: str, column: str, code: str) -> None:
    rows = base_rows()
    rows[table].append({**rows[table][0], column: "#REF!"})

    assert (code, ("E1",), f"{table}.{column}") in errors(records_from(SETTINGS, rows))


def test_many_rows_that_name_nobody_are_one_finding() -> None:
    stays = [{"member_id": f"X{n}", "kind": "jail", "from": "2026-03-01", "to": f"2026-03-0{n}"} for n in (1, 2, 3)]
    records = read(None, stays=stays)
    (finding,) = [one for one in audited(records).findings if one.code == "PB407"]

    assert len(records.problems) == 3
    assert finding.message == "stays: the member_id is not in members (X1), and 2 more rows like it"


def test_a_list_of_exclusions_may_hold_people_without_an_npi() -> None:
    records = read(None, exclusions=[{"npi": "0000000000", "list": "LEIE", "from": "2020-01-01"}] * 2)

    assert status(records) == [GOOD]
    assert records.notices[0].startswith("exclusions: column npi: 2 rows have only zeros, the list's sign for no NPI")


def test_a_programme_and_a_signer_are_known_in_any_case() -> None:
    records = read({"programme": "zz/Peer"}, plans=[{**base_rows()["plans"][0], "signed_by": "V1; Member"}])

    assert records.plans[0].signed_by == ("V1", "member")
    assert status(records) == [GOOD]


def test_a_member_or_staff_id_given_twice_is_refused_for_all_its_rows() -> None:
    for table, id_, code in (("members", "M1", "PB401"), ("staff", "S1", "PB301")):
        rows = base_rows()
        (row,) = [one for one in rows[table] if id_ in one.values()]
        rows[table].append({**row, "first_name": "Other"})
        records = records_from(SETTINGS, rows)

        assert id_ not in [
            getattr(one, f"{table[:-1] if table == 'members' else table}_id") for one in getattr(records, table)
        ]
        assert code in [one for one, _, _ in errors(records)]
        assert len(records.problems) == 2


def test_an_encounter_id_given_twice_is_rejected_for_all_its_rows() -> None:
    rows = base_rows()
    rows["encounters"].append({**rows["encounters"][0], "start": "2026-03-03T10:00", "end": "2026-03-03T11:00"})

    assert status(records_from(SETTINGS, rows)) == [("E1", "rejected", None, None)] * 2


# Built past the gate


@pytest.mark.parametrize(
    ("changes", "where", "what"),
    [
        ({"place": None}, "encounters.place", "found None"),
        ({"member_id": 7}, "encounters.member_id", "a value of the type int"),
        ({"diagnoses": ["F11.20"]}, "encounters.diagnoses", "a value of the type list"),
        ({"diagnoses": ("F11.20", None)}, "encounters.diagnoses", "found None in it"),
        ({"signed_by": "S11"}, "encounters.signed_by", "a value of the type str"),
        ({"start": dt.date(2026, 3, 2)}, "encounters.start", "a value of the type date"),
        ({"start": dt.datetime(2026, 3, 2, 10, tzinfo=DETROIT)}, "encounters.start", "one with a time zone"),
        ({"signed_at": dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC)}, "encounters.signed_at", "one with a time zone"),
        ({"break_minutes": -30}, "encounters.break_minutes", "a negative"),
        ({"travel_minutes": 1.5}, "encounters.travel_minutes", "a value of the type float"),
        ({"voluntary": "no"}, "encounters.voluntary", "a value of the type str"),
        ({"channel": "Video"}, "encounters.channel", "another word"),
        ({"encounter_id": "E1\n"}, "encounters.encounter_id", "another text"),
    ],
)
def test_an_encounter_built_past_the_gate_is_one_rejected_row(
    changes: Mapping[str, Any], where: str, what: str
) -> None:
    records = evolved(**changes)
    result = audited(records)
    (finding,) = [one for one in result.findings if one.code == "PB001"]

    assert [one.status for one in result.encounters] == ["rejected"]
    assert finding.where == where
    assert what in finding.message
    alone = Auditor(read(), POLICIES, AS_OF).encounter(records.encounters[0])
    assert (alone.status, alone.findings) == ("rejected", (finding,))


def test_the_other_rows_are_audited() -> None:
    records = read()
    other = attrs.evolve(records.encounters[0], encounter_id="E2", place=NOTHING)
    mixed = attrs.evolve(records, encounters=(other, *records.encounters, 7))  # type: ignore[arg-type]

    assert status(mixed) == [("", "rejected", None, None), GOOD, ("E2", "rejected", None, None)]


def test_repeated_ids_built_past_the_gate_are_refused_for_all() -> None:
    records = read()
    (encounter,) = records.encounters
    later = attrs.evolve(encounter, start=dt.datetime(2026, 3, 3, 10), end=dt.datetime(2026, 3, 3, 11))
    twice = attrs.evolve(records, encounters=(encounter, later))
    members = attrs.evolve(records, members=(*records.members, attrs.evolve(records.members[0], died_on=AS_OF)))
    staff = attrs.evolve(records, staff=(*records.staff, records.staff[0]))

    assert errors(twice) == [("PB002", ("E1",), "encounters.encounter_id")] * 2
    assert ("PB401", ("E1",), "members.member_id") in errors(members)
    assert ("PB301", ("E1",), "staff.staff_id") in errors(staff)


@pytest.mark.parametrize(
    ("table", "make", "code", "where"),
    [
        ("stays", lambda _: Stay("M1", "jail", None), "PB407", "stays.kind"),
        ("stays", lambda _: Stay("M1", "inpatient", TEXT), "PB407", "stays.from"),
        ("stays", lambda _: Stay("M1", "", None), "PB407", "stays.kind"),
        ("stays", lambda _: Stay("M9", "inpatient", None), "PB407", "stays.member_id"),
        ("exclusions", lambda _: Exclusion("LEIE", MOMENT, staff_id="S1"), "PB308", "exclusions.from"),
        ("relationships", lambda _: Relationship("S1", NOTHING, "family"), "PB409", "relationships.member_id"),
        ("coverage", lambda r: attrs.evolve(r.coverage[0], subscriber_id=NOTHING), "PB402", "coverage.subscriber_id"),
        ("members", lambda r: attrs.evolve(r.members[0], died_on=TEXT), "PB401", "members.died_on"),
        ("staff", lambda r: attrs.evolve(r.staff[0], left_on=TEXT), "PB301", "staff.left_on"),
    ],
)
def test_other_rows_built_past_the_gate_hold_what_they_could_concern(
    table: str, make: Callable[[Records], Any], code: str, where: str
) -> None:
    records = read()
    more: dict[str, Any] = {table: (*getattr(records, table), make(records))}

    assert (code, ("E1",), where) in errors(attrs.evolve(records, **more))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"rendering": "Peer"}, "payers.plan.rendering: expected peer, supervisor or agency, found another word."),
        ({"claim_span": "weekly"}, "payers.plan.claim_span: expected day, week, month or batch, found another word."),
        ({"mode": "prod"}, "payers.plan.mode: expected test or production, found another word."),
        ({"purpose": "CH"}, "payers.plan.purpose: expected chargeable or reporting, found another word."),
        ({"charges": {"H0038": 20.0}}, "payers.plan.charges.H0038: expected a Decimal of dollars and cents"),
        ({"charges": {"H0038": Decimal("1E+999")}}, "payers.plan.charges.H0038: expected a Decimal"),
        ({"policy": "ZZ/peer"}, "payers.plan.policy: expected a tuple of programme ids"),
    ],
)
def test_settings_built_in_code_are_checked(changes: Mapping[str, Any], told: str) -> None:
    payer = attrs.evolve(SETTINGS.payers["plan"], **changes)
    settings = attrs.evolve(SETTINGS, payers={"plan": payer})

    for call in (
        lambda: records_from(settings, base_rows()),
        lambda: audited(attrs.evolve(read(), settings=settings)),
        lambda: Auditor(attrs.evolve(read(), settings=settings), POLICIES, AS_OF),
    ):
        with pytest.raises(UnusableInputError) as error:
            call()
        assert str(error.value).startswith(told)


def test_a_place_that_cannot_be_used_holds_nobody_by_itself() -> None:
    place = {"place_id": "P1", "name": "Center", "zip": "489331234", "npi": "1245-319-599", "state": "Michigan"}
    records = read(None, places=[place, {**place, "name": "Other"}])
    (row,) = read(None, places=[place]).places

    assert (row.npi, row.state) == ("1245319599", "MI")
    assert (records.places, len(records.problems), status(records)) == ((), 2, [GOOD])
    assert status(attrs.evolve(read(), places=(row, row, attrs.evolve(row, name=NOTHING)))) == [GOOD]


@pytest.mark.parametrize("changes", [{"rendering": "Peer"}, {"claim_span": "weekly"}])
def test_no_file_is_written_for_settings_with_an_unknown_word(changes: Mapping[str, Any]) -> None:
    (field,) = changes
    payer = attrs.evolve(SETTINGS.payers["plan"], **changes)

    assert [one.field for one in settings_problems(SETTINGS, payer)] == [f"payers.plan.{field}"]


def test_messages_carry_no_value() -> None:
    rows = base_rows({"channel": "Zebra 4711", "start": "Zebra", "goal": {"Zebra": 1}})
    rows["members"].append({**rows["members"][0], "member_id": "M3", "birth_date": "Zebra", "sex": "Zebra"})
    records = records_from(SETTINGS, rows)
    built = evolved(place=("Zebra",))
    found = [*audited(records).findings, *audited(built).findings]
    texts = [*records.problems, *(f"{one.message} {one.fix} {dict(one.values)}" for one in found)]

    assert texts
    assert not any("Zebra" in text for text in texts)


def test_a_word_that_is_no_persons_datum_is_shown() -> None:
    (rejected,) = read({"channel": "Fax"}).rejected

    assert rejected.findings[0].message == (
        'encounters row 1 column channel: expected in-person, video or audio, found "Fax"'
    )


# Clock changes


def night(start: str | dt.datetime, end: str | dt.datetime) -> Records:
    return read({"start": start, "end": end, "signed_at": "2026-03-12T09:00", "created_at": "", "edited_at": ""})


@pytest.mark.parametrize(
    ("start", "end", "minutes", "units"),
    [
        ("2026-03-08T01:30-05:00", "2026-03-08T03:15-04:00", 45, 3),
        ("2026-03-08T06:30Z", "2026-03-08T07:15Z", 45, 3),
        ("2025-11-02T00:45-04:00", "2025-11-02T01:30-05:00", 105, 7),
        ("2025-11-02T01:40-04:00", "2025-11-02T01:10-05:00", 30, 2),
        ("2025-11-02T01:00-04:00", "2025-11-02T02:00-05:00", 120, 8),
        ("2026-03-07T23:30-05:00", "2026-03-08T03:30-04:00", 180, 12),
        ("2026-03-08T10:00", "2026-03-08T10:47", 47, 3),
        ("2026-03-08T10:00-04:00", "2026-03-08T10:47", 47, 3),
    ],
)
def test_minutes_come_from_the_instants(start: str, end: str, minutes: int, units: int) -> None:
    records = night(start, end)
    (row,) = audit_of(records)

    assert row == (minutes, units)
    assert "PB101" not in [code for code, _, _ in errors(records)]
    assert pickle.loads(pickle.dumps(records)) == records  # noqa: S301  # our own bytes
    assert attrs.evolve(records.encounters[0], goal="x").start_offset == records.encounters[0].start_offset


def audit_of(records: Records) -> list[tuple[int | None, int | None]]:
    return [(one.minutes, one.units) for one in audited(records).encounters]


def test_aware_times_are_instants_too() -> None:
    start = dt.datetime(2025, 11, 2, 1, 40, tzinfo=DETROIT)
    records = night(start, dt.datetime(2025, 11, 2, 1, 10, fold=1, tzinfo=DETROIT))

    assert audit_of(records) == [(30, 2)]
    assert (records.encounters[0].start_offset, records.encounters[0].end_offset) == (-240, -300)


@pytest.mark.parametrize(
    ("start", "end", "where", "what"),
    [
        ("2026-03-08T02:10", "2026-03-08T03:10", "encounters.start", "does not exist in America/Detroit"),
        ("2026-03-08T01:10", "2026-03-08T02:40", "encounters.end", "does not exist in America/Detroit"),
        ("2026-03-08T01:30", "2026-03-08T03:15", "encounters.start", "it lasted 45 or 105 minutes"),
        ("2025-11-02T00:30", "2025-11-02T02:30", "encounters.start", "it lasted 120 or 180 minutes"),
        ("2025-11-02T01:10", "2025-11-02T01:40", "encounters.start", "it lasted 30 or 90 minutes"),
    ],
)
def test_a_local_time_over_a_clock_change_is_held(start: str, end: str, where: str, what: str) -> None:
    found = [one for one in audited(night(start, end)).findings if one.code == "PB101"]

    assert [(one.severity.value, one.where) for one in found] == [("error", where)]
    assert what in found[0].message


def test_an_offset_that_the_zone_does_not_have_is_held() -> None:
    (encounter,) = night("2026-03-08T01:30-05:00", "2026-03-08T03:15-04:00").encounters
    records = attrs.evolve(read(), encounters=(attrs.evolve(encounter, end=dt.datetime(2026, 3, 8, 1, 45)),))

    assert ("PB101", ("E1",), "encounters.end") in errors(records)


def test_contacts_of_the_repeated_hour_do_not_overlap() -> None:
    rows = base_rows(
        {"start": "2025-11-02T01:10-04:00", "end": "2025-11-02T01:55-04:00", "signed_at": "2025-11-03T09:00"}
    )
    rows["encounters"][0]["created_at"] = ""
    second = {"encounter_id": "E2", "start": "2025-11-02T01:10-05:00", "end": "2025-11-02T01:55-05:00"}
    third = {"encounter_id": "E3", "start": "2025-11-02T01:30-05:00", "end": "2025-11-02T02:15-05:00"}
    rows["encounters"].append({**rows["encounters"][0], **second})
    apart = records_from(SETTINGS, rows)
    rows["encounters"].append({**rows["encounters"][0], **third})
    together = records_from(SETTINGS, rows)

    assert not {"PB801", "PB802", "PB804"} & {code for code, _, _ in errors(apart)}
    assert {("PB801", ("E2", "E3")), ("PB802", ("E2", "E3"))} <= {(code, ids) for code, ids, _ in errors(together)}


def test_offsets_change_nothing_on_other_days() -> None:
    with_offsets = read({"start": "2026-03-02T15:00Z", "end": "2026-03-02T15:47Z"})

    assert with_offsets == read()
    assert fingerprint(with_offsets.encounters[0]) == fingerprint(read().encounters[0])
    assert fingerprint(Encounter("E1")) == fingerprint(Encounter("E1", start_offset=None))
    assert isinstance(read().staff[0], Staff)
    assert isinstance(read().members[0], Member)


# Whatever is given

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.text(max_size=60),
    st.binary(max_size=3),
    st.dates(),
    st.datetimes(),
    st.datetimes(timezones=st.just(dt.UTC)),
    st.lists(st.integers(), max_size=2),
    st.tuples(st.one_of(st.none(), st.text(max_size=3), st.integers())),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=1),
)
FIELDS = [(table, field.name) for table, one in TABLES.items() for field in attrs.fields(one.record)]
MORE: dict[str, list[dict[str, Any]]] = {
    "exclusions": [{"staff_id": "S2", "npi": "1962505925", "list": "LEIE", "from": "2020-01-01"}],
    "stays": [{"member_id": "M2", "kind": "inpatient", "from": "2026-01-01", "to": "2026-01-05"}],
    "relationships": [{"staff_id": "S2", "member_id": "M2", "kind": "family"}],
    "other_services": [{"member_id": "M2", "kind": "therapy", "start": "2026-01-01T10:00", "end": "2026-01-01T11:00"}],
    "spend_down": [{"member_id": "M2", "date": "2026-01-01", "amount": "5.00"}],
    "prior_payments": [{"encounter_id": "E0", "payer": "plan", "paid_on": "2026-01-01", "paid": "0"}],
    "authorizations": [{"member_id": "M2", "payer": "plan", "number": "A1", "hcpcs": "H0038", "from": "2026-01-01"}],
    "assessments": [{"member_id": "M2", "kind": "assessment", "date": "2026-01-01"}],
    "episodes": [{"member_id": "M2", "from": "2026-01-01"}],
    "training": [{"staff_id": "S1", "kind": "initial", "hours": "40", "date": "2025-01-01", "topics": "ethics"}],
    "licenses": [{"kind": "state-license", "issued_on": "2025-01-01"}],
    "enrollments": [{"payer": "plan", "from": "2025-01-01"}],
    "supervision": [{"staff_id": "S1", "supervisor_id": "V1", "date": "2026-01-01"}],
    "screenings": [{"staff_id": "S1", "list": "LEIE", "list_date": "2026-01-01", "result": "look"}],
    "places": [{"place_id": "P1", "name": "Center"}],
}
FILLED = [place for place in FIELDS if place[1] not in {"line", "start_offset", "end_offset"}]


def test_the_rows_that_are_spoiled_are_those_of_every_table_and_harm_nobody() -> None:
    assert {*base_rows(), *MORE} == set(TABLES)
    assert status(read(None, **MORE)) == [GOOD]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(FILLED), JUNK)
def test_no_value_built_past_the_gate_raises_or_loses_a_row(place: tuple[str, str], value: Any) -> None:
    table, field = place
    records = read(None, **MORE)
    first, *rest = getattr(records, table)
    changes: Any = {table: (attrs.evolve(first, **{field: value}), *rest)}
    result = audited(attrs.evolve(records, **changes))

    assert len(result.encounters) == 1


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(FILLED), JUNK)
def test_no_value_given_to_the_gate_raises_or_loses_a_row(place: tuple[str, str], value: Any) -> None:
    table, field = place
    rows = {**base_rows(), **copy.deepcopy(MORE)}
    rows[table][0][field.rstrip("_")] = value
    result = audited(records_from(SETTINGS, rows))

    assert len(result.encounters) == 1


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([dt.datetime(2026, 3, 8, 4), dt.datetime(2025, 11, 2, 4), dt.datetime(2026, 3, 2, 4)]),
    st.integers(0, 360),
    st.integers(1, 300),
)
def test_minutes_are_those_that_passed_whatever_the_clock_did(base: dt.datetime, begins: int, length: int) -> None:
    start = base.replace(tzinfo=dt.UTC) + dt.timedelta(minutes=begins)
    records = night(start, start + dt.timedelta(minutes=length))

    assert audit_of(records) == [(length, length // 15)]


def test_texts_with_slashes_are_read_in_the_order_of_the_settings() -> None:
    rows = base_rows({"start": "3/2/2026 2:00 PM", "end": "3/2/2026 14:47"})
    expected = records_from(SETTINGS, base_rows({"start": "2026-03-02T14:00", "end": "2026-03-02T14:47"}))
    settings = attrs.evolve(SETTINGS, dates="month-first")

    assert records_from(settings, rows) == attrs.evolve(expected, settings=settings)
    assert [found.where for row in records_from(SETTINGS, rows).rejected for found in row.findings] == [
        "encounters.start",
        "encounters.end",
    ]


def test_settings_with_another_order_of_days_are_refused() -> None:
    with pytest.raises(UnusableInputError, match=r"^settings: dates: expected month-first or day-first"):
        records_from(attrs.evolve(SETTINGS, dates="US"), base_rows())


def test_an_enrollment_with_a_payer_that_is_not_configured_is_told() -> None:
    records = read(
        None, enrollments=[{"payer": "PLAN", "from": "2025-01-01"}, {"payer": "other", "from": "2025-01-01"}]
    )

    assert [row.payer for row in records.enrollments] == ["plan", "other"]
    (notice,) = records.notices
    assert notice == (
        "enrollments: column payer: row 2: not a key of [payers] in peerbill.toml (plan), so that no claim is compared "
        "with this enrollment."
    )


def test_a_license_of_a_site_that_is_not_configured_is_told() -> None:
    records = read(None, licenses=[{"kind": "x", "issued_on": "2025-01-01", "site": "north"}])

    (notice,) = records.notices
    assert notice == (
        "licenses: column site: row 1: not a key of [sites] in peerbill.toml (there is none), so that the row counts "
        "for no encounter."
    )
