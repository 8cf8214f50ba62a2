import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerbill.intake import cells
from peerbill.intake.cells import NESTED, Reader, Unreadable
from peerbill.model.words import vocabulary

ZONE = ZoneInfo("America/Detroit")
read_date = cells.date()
read_time = cells.time(ZONE)
SLASHES = (
    ' in the spreadsheet. Or, where every such day of your tables has the month first, add dates = "month-first" under '
    "[workspace] in peerbill.toml."
)


@given(st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31)))
def test_every_day_of_two_centuries_is_read_as_it_is_written(day: dt.date) -> None:
    assert read_date(day.isoformat()) == day


@given(st.text())
def test_any_text_is_a_date_or_told_without_being_repeated(text: str) -> None:
    value = read_date(text)

    assert value is None or isinstance(value, dt.date | Unreadable)
    if isinstance(value, Unreadable) and len(text) > 10:
        assert text not in value.why + value.fix


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("46083", "a bare number, as a spreadsheet keeps its dates"),
        ("46083.5", "a bare number, as a spreadsheet keeps its dates"),
        ("March 2", "something else"),
        ("20260302", "a bare number, as a spreadsheet keeps its dates"),
        ("2026-W10-1", "something else"),
        ("2026-02-29", "a day that is not in the calendar"),
        ("1899-12-31", "a year before 1900 or after 2100"),
        ("2101-01-01", "a year before 1900 or after 2100"),
        ("2026-03-02T10:00", "a day with something else after it"),
    ],
)
def test_what_is_no_date_is_told_by_its_kind(cell: str, found: str) -> None:
    assert read_date(cell) == Unreadable(
        f"expected a date such as 2026-03-02, found {found}", "Write the date as YYYY-MM-DD."
    )


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("", None),
        ("2026-03-02T10:00", dt.datetime(2026, 3, 2, 10, 0)),
        ("2026-03-02T10:00:59", dt.datetime(2026, 3, 2, 10, 0, 59)),
        ("2026-03-02T10:00:59.500", dt.datetime(2026, 3, 2, 10, 0, 59)),
        ("2026-03-02T00:00", dt.datetime(2026, 3, 2)),
        ("2026-03-02T23:59", dt.datetime(2026, 3, 2, 23, 59)),
        ("2026-03-02T15:00Z", dt.datetime(2026, 3, 2, 10, 0)),
        ("2026-07-02T15:00Z", dt.datetime(2026, 7, 2, 11, 0)),
        ("2026-03-02T01:30-08:00", dt.datetime(2026, 3, 2, 4, 30)),
        ("2026-03-02T01:30+0100", dt.datetime(2026, 3, 1, 19, 30)),
        ("2026-03-02 10:00", dt.datetime(2026, 3, 2, 10, 0)),
        ("2026-03-02 9:05", dt.datetime(2026, 3, 2, 9, 5)),
        ("2026-03-02 2:30 PM", dt.datetime(2026, 3, 2, 14, 30)),
        ("2026-03-02 12:00am", dt.datetime(2026, 3, 2)),
        ("2026-03-02 12:05:09 PM", dt.datetime(2026, 3, 2, 12, 5, 9)),
    ],
)
def test_times_are_local_and_those_with_an_offset_are_moved(cell: str, expected: dt.datetime | None) -> None:
    assert read_time(cell) == expected


def test_a_time_on_a_day_of_a_clock_change_keeps_its_offset() -> None:
    first, second, later = (read_time(cell) for cell in ("2026-11-01T05:30Z", "2026-11-01T06:30Z", "2026-11-02T06:30Z"))

    assert [str(first), str(second), str(later)] == [
        "2026-11-01 01:30:00-04:00",
        "2026-11-01 01:30:00-05:00",
        "2026-11-02 01:30:00",
    ]


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("2026-03-02", "a date without a time"),
        ("2026-03-02  10:00", "a day with something else after it"),
        ("2026-03-02T24:00", "a day with something else after it"),
        ("2026-03-02T10:60", "a day with something else after it"),
        ("2026-03-02 13:00 PM", "a day with something else after it"),
        ("2026-03-02 0:30 AM", "a day with something else after it"),
        ("2026-03-02 9:5", "a day with something else after it"),
        ("2026-03-02T2:30 PM", "a day with something else after it"),
        ("2026-02-30T10:00", "a day that is not in the calendar"),
        ("1026-03-02T10:00", "a year before 1900 or after 2100"),
        ("ten o'clock", "something else"),
        ("#N/A", "something else"),
    ],
)
def test_what_is_no_time_is_told_by_its_kind(cell: str, found: str) -> None:
    assert read_time(cell) == Unreadable(
        f"expected a time such as 2026-03-02T14:05, found {found}", "Write the time as YYYY-MM-DDTHH:MM."
    )


@pytest.mark.parametrize("cell", ["9/14/2026", "13/1/2026", "9/14/26", "2026/09/14"])
def test_a_day_with_slashes_asks_for_the_setting(cell: str) -> None:
    assert read_date(cell) == Unreadable(
        "expected a date such as 2026-03-02, found one written with slashes",
        f"Write the date as YYYY-MM-DD: format the column as yyyy-mm-dd{SLASHES}",
    )
    assert read_time(f"{cell} 14:30") == Unreadable(
        "expected a time such as 2026-03-02T14:05, found one written with slashes",
        f"Write the time as YYYY-MM-DDTHH:MM: format the column as yyyy-mm-dd hh:mm{SLASHES}",
    )


@given(st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 12, 31)), st.booleans(), st.booleans())
def test_days_with_slashes_are_read_in_the_order_that_is_set(moment: dt.datetime, seconds: bool, twelve: bool) -> None:
    moment = moment.replace(microsecond=0, second=moment.second * seconds)
    hour = (moment.hour % 12 or 12) if twelve else moment.hour
    clock = f"{hour}:{moment:%M}" + f":{moment:%S}" * seconds + f" {'AM' if moment.hour < 12 else 'PM'}" * twelve
    for order, day in (
        ("month-first", f"{moment.month}/{moment.day}/{moment.year}"),
        ("day-first", f"{moment.day:02}/{moment.month:02}/{moment.year}"),
    ):
        assert cells.date(order)(day) == moment.date()
        assert cells.time(ZONE, order)(f"{day} {clock}") == moment
        assert cells.date(order)(moment.date().isoformat()) == moment.date()
        assert cells.time(ZONE, order)(moment.isoformat()) == moment


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("13/1/2026", "a day that is not in the calendar"),
        ("2/29/2026", "a day that is not in the calendar"),
        ("9/14/26", "one written with slashes"),
        ("9/14/1826", "a year before 1900 or after 2100"),
        ("9/14/2026 10:00", "a day with something else after it"),
    ],
)
def test_no_other_day_with_slashes_is_read(cell: str, found: str) -> None:
    assert cells.date("month-first")(cell) == Unreadable(
        f"expected a date such as 2026-03-02, found {found}",
        "Write the date as YYYY-MM-DD, or with slashes and four digits of the year, month first ([workspace] dates).",
    )


@pytest.mark.parametrize("cell", ["2026-09-14 00:00", "2026-09-14T00:00:00", "9/14/2026 0:00", "9/14/2026 12:00:00 AM"])
def test_a_day_at_midnight_is_the_day(cell: str) -> None:
    assert cells.date("month-first")(cell) == dt.date(2026, 9, 14)


@pytest.mark.parametrize("cell", ["9999-12-31", "9999-12-31T00:00:00", "12/31/9999", "12/31/9999 12:00:00 AM", ""])
def test_the_last_day_of_the_calendar_is_no_last_day(cell: str) -> None:
    assert cells.last_day("month-first")(cell) is None


@pytest.mark.parametrize("cell", ["2027-12-31", "9999-12-30", "12/30/9999", "9999-12-31T00:01", "soon"])
def test_another_last_day_is_read_as_any_day(cell: str) -> None:
    assert cells.last_day("month-first")(cell) == cells.date("month-first")(cell) is not None


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("", None), ("0", 0), ("15", 15), ("3.0", 3), ("007", 7), ("999999999", 999999999)],
)
def test_whole_numbers(cell: str, expected: int | None) -> None:
    assert cells.number(cell) == expected


@pytest.mark.parametrize("cell", ["-1", "1.5", ".0", "1,000", "ten", "1e3", "\u0661", "1000000000"])
def test_what_is_no_whole_number(cell: str) -> None:
    assert isinstance(cells.number(cell), Unreadable)


@pytest.mark.parametrize("cell", ["yes", "YES", "true", "1", "y"])
def test_yes(cell: str) -> None:
    assert cells.yes_no(cell) is True


@pytest.mark.parametrize("cell", ["no", "No", "false", "0", "n"])
def test_no(cell: str) -> None:
    assert cells.yes_no(cell) is False


def test_neither_yes_nor_no() -> None:
    assert cells.yes_no("") is None
    assert isinstance(cells.yes_no("perhaps"), Unreadable)


@pytest.mark.parametrize("digits", [3, 4, 7, 8])
def test_a_zip_code_that_lost_zeros_is_told(digits: int) -> None:
    lost = cells.zip_code("8" * digits)

    assert isinstance(lost, Unreadable)
    assert lost.why == f"expected a ZIP code of 5 or 9 digits, found {digits} (leading zero lost?)"


def test_whole_zip_codes_lose_their_hyphen_and_others_are_for_a_check_to_judge() -> None:
    cases = ("08723", "087231234", "08723-1234", "", "K1A 0B1", "1-2-3-4-5")

    assert [cells.zip_code(cell) for cell in cases] == ["08723", "087231234", "087231234", "", "K1A 0B1", "12345"]


@pytest.mark.parametrize("cell", ["1.23457E+11", "1E+05", "1.2e+9"])
def test_a_number_that_a_spreadsheet_rounded_is_no_identifier(cell: str) -> None:
    assert isinstance(cells.identifier(cell), Unreadable)


@pytest.mark.parametrize("cell", ["", "E1", "1E5", "123456789012", "A+1", "1.5"])
def test_other_identifiers_stand_as_they_are(cell: str) -> None:
    assert cells.identifier(cell) == cell


def test_a_known_word_is_read_in_any_case_and_spacing() -> None:
    read = cells.Words(vocabulary("channel"))

    assert [read(cell) for cell in ("AUDIO", " In  Person", "in_person", "Phone", "Face to Face", "")] == [
        "audio",
        "in-person",
        "in-person",
        "audio",
        "in-person",
        "",
    ]
    assert read("vidio") == Unreadable(
        "expected in-person, video or audio, found another word", "Write in-person, video or audio."
    )
    shown = cells.Words(vocabulary("channel"), shown=True)
    assert shown("vidio") == Unreadable(
        'expected in-person, video or audio, found "vidio"', "Write in-person, video or audio."
    )
    assert shown("Doe, Ann") == read("Doe, Ann") == read("vidio")
    assert read("Telehealth") == Unreadable(
        "expected in-person, video or audio, found a word that leaves open which: telehealth is by video or by audio",
        "Write in-person, video or audio.",
    )


@pytest.mark.parametrize(
    "cell",
    [
        *("301447820116.0", "#N/A", "#REF!", "'301447820116", "pending", "See File", "n/a", "unknown", "TBD"),
        *("x" * 51, "Her brother\nwas", "a\x1b[2J"),
    ],
)
def test_what_is_in_place_of_an_id_is_refused_without_repeating_it(cell: str) -> None:
    read = cells.identifier(cell)

    assert isinstance(read, Unreadable)
    assert cell not in f"{read.why} {read.fix}"


def test_an_official_number_has_no_separators() -> None:
    assert [cells.number_of(cell) for cell in ("1304-516-721", "1304 516 721", "", "A12")] == [
        "1304516721",
        "1304516721",
        "",
        "A12",
    ]


def test_a_state_is_read_by_letters_or_name() -> None:
    assert [cells.state(cell) for cell in ("mi", "Michigan", "new  jersey", "", "xx")] == ["MI", "MI", "NJ", "", "XX"]


def test_several_values_come_from_a_text_or_a_list() -> None:
    read = cells.many(cells.text)

    assert [read(raw) for raw in ("", "a", " a ; b;;", ("a; b", " c ", ""))] == [
        (),
        ("a",),
        ("a", "b"),
        ("a; b", "c"),
    ]
    assert isinstance(read(NESTED), Unreadable)


def test_one_bad_value_of_several_is_told() -> None:
    assert isinstance(cells.many(cells.number)("1;x;3"), Unreadable)


def test_a_list_is_not_one_value() -> None:
    read = cells.one(cells.text)

    assert read(" a ") == "a"
    assert [isinstance(read(raw), Unreadable) for raw in (("a",), NESTED)] == [True, True]


def test_a_reader_shares_equal_values_and_never_forgets_to_tell() -> None:
    reader = Reader(cells.one(read_date))
    first, second = reader["2026-03-02"], reader["2026-03-02"]
    failures = []
    for cell in ("2026-03-03", "bad", "bad"):
        reader.failed = False
        assert reader[cell] is not None
        failures.append(reader.failed)

    assert first is second
    assert failures == [False, True, True]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("", None),
        ("0", Decimal(0)),
        ("15", Decimal(15)),
        ("15.5", Decimal("15.5")),
        ("999999999.99", Decimal("999999999.99")),
    ],
)
def test_dollars(cell: str, expected: Decimal | None) -> None:
    assert cells.amount(cell) == expected


@pytest.mark.parametrize("cell", ["-1", "1.005", "$15", "1,000.00", "1e3", "15.", "NaN", "1000000000"])
def test_what_is_no_amount(cell: str) -> None:
    assert isinstance(cells.amount(cell), Unreadable)


@pytest.mark.parametrize(
    ("cell", "hours", "share"),
    [
        ("", None, None),
        ("0", Decimal(0), Decimal(0)),
        ("1", Decimal(1), Decimal(1)),
        ("0.5", Decimal("0.5"), Decimal("0.5")),
        ("1.01", Decimal("1.01"), "expected a share of full time such as 1 or 0.5, found something else"),
        ("40", Decimal(40), "expected a share of full time such as 1 or 0.5, found something else"),
        (
            "6h",
            "expected hours such as 6 or 1.5, found something else",
            "expected a share of full time such as 1 or 0.5, found something else",
        ),
    ],
)
def test_hours_and_shares_of_full_time(cell: str, hours: Decimal | str | None, share: Decimal | str | None) -> None:
    read = [cells.hours(cell), cells.share(cell)]

    assert [one.why if isinstance(one, Unreadable) else one for one in read] == [hours, share]


@pytest.mark.parametrize("cell", ["CO:45:15.00", "PR:2:5", "OA:A1:-3.10", "PI:P12:0.01"])
def test_adjustments(cell: str) -> None:
    assert cells.adjustment(cell.lower()) == cell


@pytest.mark.parametrize(
    "cell", ["CO45:15", "XX:45:15", "CO:45", "CO::15", "CO:000045:15", "CO:45:1.005", "CO:45:15:1"]
)
def test_what_is_no_adjustment(cell: str) -> None:
    assert isinstance(cells.adjustment(cell), Unreadable)
