"""What claims show without a workspace: duplicates, impossible days, limits, codes, NPIs, the roster."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest
from claim_files import claims_of, edited, money, text_of, told, with_id, world_of
from payer import Decision, receive, reduced, remit
from worlds import World

from peerbill.claim_audit.alone import Roster
from peerbill.claim_audit.audit import audit_alone
from peerbill.claim_audit.values import ClaimAudit, MoneyAtRisk
from peerbill.model.claim import Claim, ServiceLine
from peerbill.model.errors import UnusableInputError
from peerbill.policy import load_policies

HOUR = 4
"""Units of 15 minutes."""


def look(folder: Path, *texts: str, world: World | None = None, roster: Roster | None = None) -> ClaimAudit:
    """Audit texts without a workspace; a world gives the programme."""
    paths = []
    for number, text in enumerate(texts, start=1):
        path = folder / f"f{number}.837"
        path.write_text(text, encoding="ascii")
        paths.append(path)
    programme = world.policies.programme("ZZ/peer") if world is not None else None
    return audit_alone(paths, dt.date(2026, 3, 31), programme, roster)


def of_units(*days: tuple[int, str], member: str = "", claim_id: str = "D") -> tuple[Claim, ...]:
    """Return claims of so many units on a day of March; each is like that of E1."""
    first = claims_of(world_of())[0]
    made = []
    for number, (units, modifiers) in enumerate(days, start=1):
        line: ServiceLine = attrs.evolve(
            first.lines[0],
            units=units,
            charge=Decimal(20 * units),
            modifiers=tuple(modifiers.split()),
            service_date=dt.date(2026, 3, 2),
        )
        subscriber = attrs.evolve(first.subscriber, subscriber_id=f"{member or 'A'}{number:05}")
        made.append(with_id(first, f"{claim_id}{number}", lines=(line,), subscriber=subscriber))
    return tuple(made)


def test_clean_claims_show_nothing(tmp_path: Path) -> None:
    world = world_of()
    result = look(tmp_path, text_of(world), world=world)

    assert told(result) == []
    assert (result.claims, result.lines, result.charged, result.matched) == (2, 2, Decimal(120), 0)
    assert [id_ for id_, _ in result.policies] == ["ZZ/peer"]


# --- billed twice ----------------------------------------------------------------------------------------------------


def test_the_same_line_in_two_files_is_billed_twice(tmp_path: Path) -> None:
    world = world_of()
    claims = claims_of(world)
    result = look(tmp_path, text_of(world), text_of(world, [with_id(claims[0], "C9")], 2))

    assert told(result) == [
        f"error PB852 C9-1 : the same service is on line 1 of claim C1 in {tmp_path / 'f1.837'} (segment 24)"
    ]
    assert [money(found) for found in result.findings] == [("60.00", None)]


def test_a_test_file_beside_its_production_file_is_refused(tmp_path: Path) -> None:
    world = world_of()
    real, test = text_of(world), edited(text_of(world, isa13=2), ("*0*P*:~", "*0*T*:~"))

    with pytest.raises(UnusableInputError) as refused:
        look(tmp_path, real, test)

    assert str(refused.value) == (
        f"{tmp_path / 'f2.837'}: marked as a test (ISA15), and {tmp_path / 'f1.837'} is not: a service in both would "
        "count twice. Leave out the files of tests, or audit them by themselves."
    )
    assert told(look(tmp_path, test)) == []


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(("20260302", "20260304"), id="another day"),
        pytest.param(("HC:H0038:HF*", "HC:H0038:HF:76*"), id="another modifier"),
        pytest.param(("***11:B:1", "***12:B:1"), id="another place"),
        pytest.param(("XX*1245319599", "XX*1962505925"), id="another rendering provider"),
        pytest.param(("9988776655", "9988776600"), id="another member"),
        pytest.param(("PI*EXAMPLE01", "PI*EXAMPLE02"), id="another payer"),
    ],
)
def test_what_differs_is_not_billed_twice(edit: tuple[str, str], tmp_path: Path) -> None:
    world = world_of()
    second = edited(text_of(world, [with_id(claims_of(world)[0], "C9")], 2), edit)

    assert [line for line in told(look(tmp_path, text_of(world), second)) if "PB852" in line] == []


# --- impossible days -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        ([12 * HOUR], []),
        (
            [12 * HOUR + 1],
            ["warning PB865 D1-1 : the units of NPI 1245319599 on 2026-03-02 add up to 12 h 15 min (lines: 1)"],
        ),
        (
            [12 * HOUR, 12 * HOUR],
            ["warning PB865 D1-1 : the units of NPI 1245319599 on 2026-03-02 add up to 24 h 00 min (lines: 2)"],
        ),
        (
            [12 * HOUR, 12 * HOUR, 1],
            ["error PB865 D1-1 : the units of NPI 1245319599 on 2026-03-02 add up to 24 h 15 min (lines: 3)"],
        ),
    ],
)
def test_an_impossible_day(units: Sequence[int], expected: list[str], tmp_path: Path) -> None:
    claims = of_units(*((number, "HF") for number in units))
    result = look(tmp_path, text_of(world_of(), claims))

    assert told(result) == expected
    assert all("HCPCS Level II" in found.citations[0].title for found in result.findings)


def test_the_money_of_an_impossible_day_is_what_is_beyond_24_hours(tmp_path: Path) -> None:
    """203 hours in a day: 179 of them cannot have been."""
    claims = of_units(*((29 * HOUR, "HF") for _ in range(7)))
    result = look(tmp_path, text_of(world_of(), claims))

    assert told(result) == [
        "error PB865 D1-1 : the units of NPI 1245319599 on 2026-03-02 add up to 203 h 00 min (lines: 7)"
    ]
    assert [money(found) for found in result.findings] == [("14320.00", None)]


def test_what_a_day_and_its_lines_have_in_doubt_is_counted_once(tmp_path: Path) -> None:
    """Three lines of 29 hours each, two of them billed twice: in all less than what the three charge and were paid."""
    text = text_of(world_of(), of_units(*((29 * HOUR, "HF") for _ in range(3))))
    text = text.replace("A00002", "A00001").replace("A00003", "A00001")
    sent = receive(text)
    result = look(tmp_path, text, remit(sent, [Decision(claim, reduced) for claim in sent.claims]))

    assert [(found.code, found.claim_id, *money(found)) for found in result.findings] == [
        ("PB865", "D1", "5040.00", "4032.00"),
        ("PB852", "D2", "2320.00", "1856.00"),
        ("PB852", "D3", "2320.00", "1856.00"),
    ]
    assert result.totals == (
        MoneyAtRisk("PB852", 2, 2, Decimal("4640.00"), Decimal("3712.00")),
        MoneyAtRisk("PB865", 1, 1, Decimal("5040.00"), Decimal("4032.00")),
    )
    # Of D1 the share of its day, 63 of 87 hours.
    assert result.at_risk == MoneyAtRisk("", 3, 3, Decimal("6320.00"), Decimal("5056.00"))
    assert (result.charged, result.paid) == (Decimal("6960.00"), Decimal("5568.00"))


def test_a_group_is_one_session_whoever_was_there(tmp_path: Path) -> None:
    claims = of_units(*((2 * HOUR, "HF HQ") for _ in range(13)))
    world = world_of()

    assert told(look(tmp_path, text_of(world, claims))) == []
    assert told(look(tmp_path, text_of(world, claims), world=world)) == []


def test_a_code_whose_time_nobody_read_is_not_counted(tmp_path: Path) -> None:
    claims = of_units((13 * HOUR, "HF"))
    text = text_of(world_of(), claims).replace("H0038", "H0025")
    result = look(tmp_path, text)

    assert told(result) == []
    assert "The time of 1 line: nothing read says how long a unit of the code is." in result.not_looked


def test_a_unit_is_as_long_as_the_programme_says(tmp_path: Path) -> None:
    half_hours = world_of({"policy": '[[peer.unit]]\nminutes = 30\nsource = "manual"\n'})
    text = text_of(world_of(), of_units((25, "HF")))

    assert told(look(tmp_path, text)) == []
    (line,) = told(look(tmp_path, text, world=half_hours))
    assert line.startswith("warning PB865 D1-1 : the units of NPI 1245319599 on 2026-03-02 add up to 12 h 30 min")


def test_a_day_without_a_rendering_provider_is_nobodys(tmp_path: Path) -> None:
    text = text_of(world_of(), of_units((30 * HOUR, "HF"))).replace(
        "NM1*82*1*QUILLFEATHER*OTTOLINE****XX*1245319599~", ""
    )
    result = look(tmp_path, text)

    assert told(result) == []
    assert "Whose day it was of 1 line: they name no rendering provider." in result.not_looked


def test_lines_without_a_single_day_are_no_duplicates(tmp_path: Path) -> None:
    """Two lines that span days may be two services, and nobody can tell which limits they count towards."""
    text = text_of(world_of(), of_units((4, "HF"), (4, "HF"))).replace(
        "DTP*472*D8*20260302", "DTP*472*RD8*20260302-20260306"
    )
    text = text.replace("A00002", "A00001")
    result = look(tmp_path, text)

    assert [line for line in told(result) if "PB852" in line] == []
    assert (
        "Duplicates, days and limits of 2 lines: no single day, no procedure code, or no whole units."
        in result.not_looked
    )


# --- limits ----------------------------------------------------------------------------------------------------------


def limited(rule: str) -> World:
    return world_of({"policy": f'[[peer.limit.day]]\n{rule}\nsource = "manual"\n'})


WEEK, MONTH = "2026-03-01 to 2026-03-07", "2026-03-01 to 2026-03-31"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ('units = 6\nper = "week"\nthen = "deny"', None),
        ('units = 3\nper = "day"\nthen = "deny"', None),
        ('units = 5\nper = "week"\nthen = "deny"', ("error", f"6 units of the member from {WEEK}", "5 per week")),
        ('units = 5\nper = "week"', ("warning", f"6 units of the member from {WEEK}", "5 per week")),
        ('days = 1\nper = "week"\nthen = "deny"', ("error", f"2 days of the member from {WEEK}", "1 per week")),
        (
            'hours = 1\nper = "month"\nscope = "peer"\nthen = "deny"',
            ("error", f"1.5 hours of the rendering provider from {MONTH}", "1 per month"),
        ),
        (
            'dollars = "100.00"\nper = "week"\nthen = "deny"',
            ("error", f"120 dollars of the member from {WEEK}", "100.00 per week"),
        ),
    ],
)
def test_a_limit(rule: str, expected: tuple[str, str, str] | None, tmp_path: Path) -> None:
    result = look(tmp_path, text_of(world_of()), world=limited(rule))
    lines = []
    if expected is not None:
        severity, counted, limit = expected
        lines = [f"{severity} PB866 C2-1 : {counted} (lines: 2); the limit (day) is {limit}"]

    assert told(result) == lines


def test_the_money_beyond_a_limit_is_its_units(tmp_path: Path) -> None:
    world = world_of()
    result = look(tmp_path, text_of(world), world=limited('units = 5\nper = "week"\nthen = "deny"'))

    assert [money(found) for found in result.findings] == [("20.00", None)]


def test_the_money_beyond_a_limit_of_days_is_that_of_all_lines_of_the_day(tmp_path: Path) -> None:
    first, second = claims_of(world_of())
    text = text_of(world_of(), [first, second, with_id(second, "C3")])
    result = look(tmp_path, text, world=limited('days = 1\nper = "week"\nthen = "deny"'))

    assert [(found.code, found.claim_id, *money(found)) for found in result.findings] == [
        ("PB866", "C2", "120.00", None),
        ("PB852", "C3", "60.00", None),
    ]
    assert result.at_risk == MoneyAtRisk("", 2, 2, Decimal("120.00"), Decimal("0.00"))


def test_what_is_beyond_two_limits_is_counted_once(tmp_path: Path) -> None:
    """Beyond a unit in the month are 2 and 3 of the two lines, beyond a unit in the day 2 of each."""
    limit = '[[peer.limit.{0}]]\nunits = 1\nper = "{0}"\nsource = "manual"\n'
    world = world_of({"policy": limit.format("day") + limit.format("month")})
    text = text_of(world_of())
    sent = receive(text)
    result = look(tmp_path, text, remit(sent, [Decision(claim, reduced) for claim in sent.claims]), world=world)

    assert sorted((found.code, found.claim_id, *money(found)) for found in result.findings) == [
        ("PB866", "C1", "100.00", "80.00"),
        ("PB866", "C1", "40.00", "32.00"),
        ("PB866", "C2", "40.00", "32.00"),
    ]
    assert result.totals == (MoneyAtRisk("PB866", 3, 2, Decimal("100.00"), Decimal("80.00")),)
    assert result.at_risk == MoneyAtRisk("", 3, 2, Decimal("100.00"), Decimal("80.00"))
    assert (result.charged, result.paid) == (Decimal("120.00"), Decimal("96.00"))


def test_a_window_that_claims_do_not_show_is_named(tmp_path: Path) -> None:
    world = world_of()
    result = look(tmp_path, text_of(world), world=limited('units = 1\nper = "30 rolling days"\nthen = "deny"'))

    assert told(result) == []
    assert "The limits day: their windows are not on a claim." in result.not_looked


# --- codes, NPIs, the roster -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edit", "with_programme", "expected"),
    [
        (("H0038", "H9999"), False, "error PB867 C1-1 : H9999 is no HCPCS or CPT code"),
        (("H0038:HF", "H0038:H-"), False, "error PB867 C1-1 : H- can be no modifiers"),
        (("H0038:HF", "H0038"), True, "error PB867 C1-1 : the line has H0038; ZZ/peer pays H0038:HF or H0038:HF:HQ"),
        (("H0038", "H2015"), True, "warning PB867 C1-1 : ZZ/peer lists no service with H2015 on 2026-03-02"),
        (("H0038", "H2015"), False, None),
        (("H0038:HF", "H0038:HF:U1"), True, None),
    ],
)
def test_a_code(edit: tuple[str, str], with_programme: bool, expected: str | None, tmp_path: Path) -> None:
    world = world_of()
    result = look(tmp_path, edited(text_of(world), edit), world=world if with_programme else None)

    assert told(result) == ([] if expected is None else [expected])


def test_days_outside_of_the_programme_are_named(tmp_path: Path) -> None:
    programme = load_policies(("NJ/sud",)).programme("NJ/sud")
    path = tmp_path / "f1.837"
    path.write_text(edited(text_of(world_of()), ("D8*20260302", "D8*20190302")), encoding="ascii")
    result = audit_alone([path], dt.date(2026, 3, 31), programme)

    assert "1 line of days on which the programme is not in force." in result.not_looked
    assert "The time of 1 line: nothing read says how long a unit of the code is." in result.not_looked


def test_npis_and_the_rendering_provider_that_is_wanted(tmp_path: Path) -> None:
    world = world_of()
    text = text_of(world)
    missing = text.replace("NM1*82*1*QUILLFEATHER*OTTOLINE****XX*1245319599~", "")

    assert told(look(tmp_path, edited(text, ("XX*1245319599", "XX*1245319590")))) == [
        "error PB869 C1-1 : the NPI of the rendering provider has a wrong check digit"
    ]
    assert told(look(tmp_path, edited(text, ("XX*1234567893", "XX*1234567890")))) == [
        "error PB869 C1-1 : the NPI of the billing provider has a wrong check digit",
        "error PB869 C2-1 : the NPI of the billing provider has a wrong check digit",
    ]
    assert told(look(tmp_path, missing)) == []
    assert told(look(tmp_path, missing, world=world)) == [
        "error PB869 C1-1 : no rendering provider is named; the programme wants the peer",
        "error PB869 C2-1 : no rendering provider is named; the programme wants the peer",
    ]


def roster(changes: dict[str, Any] | None = None, *, credentials: bool = True) -> Roster:
    records = world_of(changes).records
    return Roster.of(records.staff, records.credentials if credentials else None)


def test_who_is_on_the_roster(tmp_path: Path) -> None:
    world = world_of()
    text = text_of(world)

    assert told(look(tmp_path, text, roster=roster())) == []
    assert told(look(tmp_path, text, roster=roster({"staff": {"S1": {"npi": "1003000126"}}}))) == [
        "error PB868 C1-1 : the rendering provider is in no row of staff",
        "error PB868 C2-1 : the rendering provider is in no row of staff",
    ]
    assert told(look(tmp_path, text, roster=roster({"staff": {"S1": {"left_on": "2026-03-02"}}}))) == [
        "error PB868 C2-1 : S1 was not employed on 2026-03-03"
    ]
    assert told(look(tmp_path, text, roster=roster({"staff": {"S1": {"hired_on": "2026-03-03"}}}))) == [
        "error PB868 C1-1 : S1 was not employed on 2026-03-02"
    ]


def test_which_credentials_were_in_force(tmp_path: Path) -> None:
    world = world_of()
    text = text_of(world)
    expired = {"credentials": {"first": {"expires_on": "2026-03-02"}}}
    other = {"credentials": {"first": {"credential": "XYZ"}}}
    held = "S1 held no credential in force on"

    assert told(look(tmp_path, text, roster=roster(expired))) == [
        f"error PB868 C2-1 : {held} 2026-03-03, of 1 in credentials"
    ]
    assert told(look(tmp_path, text, roster=roster(expired, credentials=False))) == []
    assert told(look(tmp_path, text, roster=roster(other))) == []
    assert told(look(tmp_path, text, world=world, roster=roster(other))) == [
        f"error PB868 C1-1 : {held} 2026-03-02, of 1 in credentials; ZZ/peer accepts CPS",
        f"error PB868 C2-1 : {held} 2026-03-03, of 1 in credentials; ZZ/peer accepts CPS",
    ]
    assert told(look(tmp_path, text, world=world, roster=roster())) == []
