"""Mutated claims give exactly the planted finding; what differs in nothing gives none."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import attrs
import pytest
from claim_files import at_risk, claims_of, compare, edited, money, text_of, texts_of, told, with_id, world_of
from worlds import bill, personal_texts

from peerbill.model.claim_state import Standing
from peerbill.model.finding import Severity

NEAREST = "no encounter matches: the nearest of member M1 is"


def found(tmp_path: Path, *edits: tuple[str, str]) -> list[str]:
    """Return what is found in the claims of two encounters, of 3 units each, with edits of the first."""
    world = world_of()
    return told(compare(tmp_path, world, edited(text_of(world), *edits)))


def test_claims_of_our_own_give_no_finding(tmp_path: Path) -> None:
    world = world_of()
    result = compare(tmp_path, world, text_of(world))

    assert told(result) == []
    assert (result.claims, result.lines, result.matched) == (2, 2, 2)
    assert (result.charged, result.paid, result.unbilled) == (Decimal(120), Decimal(0), Decimal(0))
    assert at_risk(result) == (Decimal(0), Decimal(0))


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        pytest.param(
            [("*60***11:B:1", "*80***11:B:1"), ("HF*60*UN*3", "HF*80*UN*4")],
            "error PB854 C1-1 E1: the line has 4 units; the 47 minutes of E1 make 3",
            id="a unit beyond the minutes",
        ),
        pytest.param(
            [("*60***11:B:1", "*40***11:B:1"), ("HF*60*UN*3", "HF*40*UN*2")],
            "warning PB855 C1-1 E1: the line has 2 units; the 47 minutes of E1 make 3",
            id="a unit below the minutes",
        ),
        pytest.param(
            [("HC:H0038:HF*", "HC:H0038*")],
            "error PB856 C1-1 E1: the line has H0038; E1 comes to H0038:HF",
            id="a modifier that is missing",
        ),
        pytest.param(
            [("HC:H0038:HF*", "HC:H0038:HF:HQ*")],
            "error PB856 C1-1 E1: the line has H0038:HF:HQ; E1 comes to H0038:HF",
            id="a modifier too many",
        ),
        pytest.param(
            [("HC:H0038:HF*", "HC:H2015:HF*")],
            "error PB856 C1-1 E1: the line has H2015:HF; E1 comes to H0038:HF",
            id="another code",
        ),
        pytest.param(
            [("XX*1245319599", "XX*1962505925")],
            "error PB857 C1-1 E1: the rendering provider is S2; for E1 it is S1",
            id="another peer",
        ),
        pytest.param(
            [("XX*1245319599", "XX*1003000126")],
            "error PB857 C1-1 E1: the rendering provider is an NPI or id that no row of staff has; for E1 it is S1",
            id="somebody who is not on the staff",
        ),
        pytest.param(
            [("NM1*82*1*QUILLFEATHER*OTTOLINE****XX*1245319599~", "")],
            "error PB857 C1-1 E1: the rendering provider is the billing provider; for E1 it is S1",
            id="no rendering provider",
        ),
        pytest.param(
            [("LX*1~", "LX*1~"), ("REF*6R*C1-1~", "REF*6R*C1-1~NM1*82*1*UNDERBOUGH*PEREGRIN****XX*1962505925~")],
            "error PB857 C1-1 E1: the rendering provider is S2; for E1 it is S1",
            id="another peer in loop 2420A of the line",
        ),
        pytest.param(
            [("***11:B:1", "***12:B:1")],
            "error PB858 C1-1 E1: the place of service is 12; that of E1 is 11",
            id="another place",
        ),
        pytest.param(
            [("*UN*3***1~", "*UN*3*12**1~")],
            "error PB858 C1-1 E1: the place of service is 12; that of E1 is 11",
            id="another place on the line (SV105)",
        ),
        pytest.param(
            [("*60***11:B:1", "*66***11:B:1"), ("HF*60*UN*3", "HF*66*UN*3")],
            "warning PB860 C1-1 E1: the charge is 66.00; the usual charge of 3 units is 60.00",
            id="another charge",
        ),
    ],
)
def test_a_difference_gives_its_finding_and_no_other(
    edits: list[tuple[str, str]], expected: str, tmp_path: Path
) -> None:
    assert found(tmp_path, *edits) == [expected]


@pytest.mark.parametrize(
    "edits",
    [
        pytest.param([("*UN*3***1~", "*UN*3*11**1~")], id="the same place on the line"),
        pytest.param([("9988776655", "99-88 77 66 55")], id="signs in the subscriber's id"),
        pytest.param([("ZEPHYRINE*LYSANDER", "SOMEBODY*ELSE")], id="another name under the right id"),
        pytest.param(
            [("REF*6R*C1-1~", "REF*6R*C1-1~NM1*82*1*QUILLFEATHER*OTTOLINE****XX*1245319599~")],
            id="the same peer on the line",
        ),
    ],
)
def test_what_is_said_in_another_way_is_no_difference(edits: list[tuple[str, str]], tmp_path: Path) -> None:
    assert found(tmp_path, *edits) == []


def test_money_at_risk_is_the_share_of_the_units_or_the_whole_line(tmp_path: Path) -> None:
    world = world_of()
    edits = (
        ("*60***11:B:1", "*80***11:B:1"),
        ("HF*60*UN*3", "HF*80*UN*4"),
        ("***11:B:1*Y*A*Y*Y~HI", "***11:B:1*Y*A*Y*Y~HI"),
    )
    text = edited(text_of(world), *edits)
    result = compare(tmp_path, world, text.replace("***11:B:1", "***12:B:1").replace("***12:B:1", "***11:B:1", 1))

    assert told(result) == [
        "error PB854 C1-1 E1: the line has 4 units; the 47 minutes of E1 make 3",
        "error PB858 C2-1 E2: the place of service is 12; that of E2 is 11",
    ]
    assert [money(one) for one in result.findings] == [("20.00", None), ("60.00", None)]
    assert [(one.segment, one.line, one.where, one.staff_id, one.member_id) for one in result.findings] == [
        (24, 1, "SV104", "S1", "M1"),
        (31, 1, "CLM05-1", "S1", "M1"),
    ]
    assert at_risk(result) == (Decimal("80.00"), Decimal(0))


def test_two_differences_are_no_match(tmp_path: Path) -> None:
    """The nearest encounter is named, and is on no claim."""
    assert found(tmp_path, ("***11:B:1", "***12:B:1"), ("XX*1245319599", "XX*1962505925")) == [
        f"error PB853 C1-1 E1: {NEAREST} E1, which differs in place and rendering provider",
        "warning PB864  E1: E1 is on no claim: 3 units, 60.00; the last day to file is 2026-05-31",
    ]


def test_a_difference_and_other_units_are_no_match(tmp_path: Path) -> None:
    edits = (("*60***11:B:1", "*80***12:B:1"), ("HF*60*UN*3", "HF*80*UN*4"))

    assert found(tmp_path, *edits)[0] == f"error PB853 C1-1 E1: {NEAREST} E1, which differs in place and units"


def test_another_day_has_no_encounter(tmp_path: Path) -> None:
    assert found(tmp_path, ("D8*20260302", "D8*20260305")) == [
        f"error PB853 C1-1 E1: {NEAREST} E1, which differs in day",
        (
            "info PB864  E1: E1 is on no claim: 3 units, 60.00; the last day to file is 2026-05-31; "
            "the claims are of 2026-03-03 to 2026-03-05"
        ),
    ]
    assert found(tmp_path, ("D8*20260302", "D8*20260310"))[0] == (
        "error PB853 C1-1 : no encounter matches: member M1 has none on 2026-03-10 or near it"
    )


def test_an_unknown_subscriber_has_no_encounter(tmp_path: Path) -> None:
    edits = (("9988776655", "1111111111"), ("ZEPHYRINE", "NOBODY"))

    assert found(tmp_path, *edits)[:2] == [
        "error PB853 C1-1 : no encounter matches: no member has the subscriber's id",
        "error PB853 C2-1 : no encounter matches: no member has the subscriber's id",
    ]


def test_a_wrong_id_of_a_known_person_is_told(tmp_path: Path) -> None:
    text = "the subscriber's id is not that of member M1, to whom"

    assert found(tmp_path, ("9988776655", "9988776600")) == [
        f"error PB859 C1-1 E1: {text} E1 was given",
        f"error PB859 C2-1 E2: {text} E2 was given",
    ]


def test_another_persons_id_has_that_persons_encounters_alone(tmp_path: Path) -> None:
    """A name never turns an id of another member into a match."""
    findings = found(tmp_path, ("9988776655", "5566778899"))

    assert findings[:2] == [
        "error PB853 C1-1 : no encounter matches: member M2 has none on 2026-03-02 or near it",
        "error PB853 C2-1 : no encounter matches: member M2 has none on 2026-03-03 or near it",
    ]


def test_another_payer_is_told(tmp_path: Path) -> None:
    assert found(tmp_path, ("PI*EXAMPLE01", "PI*EXAMPLE09")) == [
        "error PB859 C1-1 E1: the claim is to another payer than plan, by whom member M1 is insured for E1",
        "error PB859 C2-1 E2: the claim is to another payer than plan, by whom member M1 is insured for E2",
    ]


def test_what_the_audit_holds_is_told_with_its_codes(tmp_path: Path) -> None:
    world = world_of()
    text = text_of(world)
    held = world_of({"credentials": {"first": {"expires_on": "2026-03-02"}}})
    result = compare(tmp_path, held, text)

    assert told(result) == ["error PB861 C2-1 E2: the audit holds E2: PB303"]
    assert result.findings[0].citations


def test_the_time_to_file_is_not_judged(tmp_path: Path) -> None:
    world = world_of()

    assert told(compare(tmp_path, world, text_of(world), as_of=dt.date(2027, 3, 1))) == []


def test_encounters_on_no_claim_are_told_unless_the_ledger_has_them(tmp_path: Path) -> None:
    """What is held is counted; what is of other days than the files may be in other files."""
    encounters = {
        "E3": {"like": "E1", "on": "2026-03-04", "end": "2026-03-04T10:09"},
        "E4": {"like": "E1", "on": "2026-03-05"},
        "E5": {"like": "E1", "on": "2026-03-06"},
    }
    world = world_of({"encounters": encounters})
    first, second, third, last = claims_of(world)
    result = compare(tmp_path, world, text_of(world, [first, third]))

    assert told(result) == [
        "warning PB864  E2: E2 is on no claim: 3 units, 60.00; the last day to file is 2026-06-01",
        (
            "info PB864  E5: E5 is on no claim: 3 units, 60.00; the last day to file is 2026-06-04; "
            f"the claims are of {first.lines[0].service_date} to {third.lines[0].service_date}"
        ),
    ]
    assert result.unbilled == Decimal("60.00")
    assert [line for line in result.not_looked if line.startswith("1 encounter on no claim, which the audit holds")]

    known = [row for row in bill(world_of()) if row.encounter_id == "E2"]
    assert told(compare(tmp_path, world, text_of(world, [first, third, last]), history=known)) == []
    assert told(compare(tmp_path, world, text_of(world, [first, second, third, last]))) == []


def test_what_the_ledger_bills_too_is_billed_twice(tmp_path: Path) -> None:
    world = world_of()
    ledger = tuple(attrs.evolve(row, claim_id="PBTEST00000001") for row in bill(world)[:1])
    mine = with_id(claims_of(world)[0], "PBTEST00000001")

    assert told(compare(tmp_path, world, text_of(world), history=ledger)) == [
        "error PB852 C1-1 E1: the ledger bills E1 too: PBTEST00000001"
    ]
    assert told(compare(tmp_path, world, text_of(world, (mine, claims_of(world)[1])), history=ledger)) == []


def test_an_encounter_whose_claim_to_the_next_payer_was_rejected_is_billed_all_the_same(tmp_path: Path) -> None:
    world = world_of()
    first = tuple(attrs.evolve(row, claim_id="PBTEST00000001") for row in bill(world))
    later = [
        attrs.evolve(row, claim_id="PBTEST00000002", standing=Standing.REJECTED, payer_turn=2, reason="rejected")
        for row in first
    ]
    text = text_of(world, claims_of(world)[:1])

    assert told(compare(tmp_path, world, text, history=(*first, *later))) == [
        "error PB852 C1-1 E1: the ledger bills E1 too: PBTEST00000001"
    ]


def test_units_of_several_encounters_of_a_day_are_added(tmp_path: Path) -> None:
    """Two contacts of 40 minutes are 4 units where each counts, and 5 where the day's minutes are added."""
    encounters = {
        "E1": {"end": "2026-03-02T10:40"},
        "E3": {"like": "E1", "start": "2026-03-02T14:00", "end": "2026-03-02T14:40"},
    }
    apart = world_of({"encounters": encounters})
    added = world_of({"encounters": encounters, "policy": '[[peer.unit]]\naggregate = "day"\nsource = "manual"\n'})
    message = "the 80 minutes of E1, E3 make"

    assert told(compare(tmp_path, apart, text_of(apart))) == []
    assert told(compare(tmp_path, added, text_of(added))) == []
    assert told(compare(tmp_path, added, text_of(apart))) == [
        f"warning PB855 C1-1 E1,E3: the line has 4 units; {message} 5"
    ]
    assert told(compare(tmp_path, apart, text_of(added))) == [
        f"error PB854 C1-1 E1,E3: the line has 5 units; {message} 4"
    ]


def test_two_lines_of_a_day_take_an_encounter_each(tmp_path: Path) -> None:
    world = world_of({"encounters": {"E3": {"like": "E1", "start": "2026-03-02T14:00", "end": "2026-03-02T14:35"}}})
    text = edited(
        text_of(world),
        ("HF*100*UN*5", "HF*40*UN*2"),
        ("REF*6R*C1-1~", "REF*6R*C1-1~LX*2~SV1*HC:H0038:HF*60*UN*3***1~DTP*472*D8*20260302~REF*6R*C1-2~"),
    )
    result = compare(tmp_path, world, text)

    assert told(result) == []
    assert result.matched == 3


def test_a_unit_whose_rounding_nobody_knows_is_a_range(tmp_path: Path) -> None:
    world = world_of()
    open_ = world_of({"policy": '[[peer.unit]]\nunknown = ["rounding"]\nsource = "manual"\n'})
    edits = ("*60***11:B:1", "*100***11:B:1"), ("HF*60*UN*3", "HF*100*UN*5")

    assert [line for line in told(compare(tmp_path, open_, text_of(world))) if "PB85" in line] == []
    assert [line for line in told(compare(tmp_path, open_, edited(text_of(world), *edits))) if "PB85" in line] == [
        "error PB854 C1-1 E1: the line has 5 units; the 47 minutes of E1 make 3 to 4"
    ]


def test_whom_the_payer_wants_as_rendering_provider_decides(tmp_path: Path) -> None:
    """Where nobody knows, the peer, the supervisor and the agency may be named, and no other."""
    world = world_of()
    agency = world_of({"payers": {"plan": {"rendering": "agency"}}})
    nobody = world_of({"policy": '[[peer.claim]]\nunknown = ["rendering"]\nsource = "manual"\n'})
    peer, supervisor, other = text_of(world), "XX*1679576722", "XX*1962505925"

    assert told(compare(tmp_path, agency, peer)) == [
        "error PB857 C1-1 E1: the rendering provider is S1; for E1 it is the agency",
        "error PB857 C2-1 E2: the rendering provider is S1; for E2 it is the agency",
    ]
    assert told(compare(tmp_path, agency, text_of(agency))) == []
    for text in (peer, peer.replace("XX*1245319599", supervisor), text_of(agency)):
        assert [line for line in told(compare(tmp_path, nobody, text)) if "PB857" in line] == []
    assert [
        line[:27] for line in told(compare(tmp_path, nobody, edited(peer, ("XX*1245319599", other)))) if "PB857" in line
    ] == ["error PB857 C1-1 E1: the re"]


def test_claims_of_another_agency_are_told_once(tmp_path: Path) -> None:
    world = world_of()
    text = text_of(world).replace("XX*1234567893", "XX*1003000126")

    (line,) = told(compare(tmp_path, world, text))
    assert line.startswith(
        "warning PB857  : the billing provider of claim C1 is neither the organization of peerbill.toml"
    )
    assert line.endswith(" (claims of this provider in the file: 2)")


def test_an_837i_is_compared_without_its_place(tmp_path: Path) -> None:
    form = 'form = "837I"\ntype_of_bill = "77"\nadmission_type = "3"\npoint_of_origin = "1"\npatient_status = "01"\n'
    rule = f'[[peer.claim]]\n{form}revenue_code = "0900"\nattending = "peer"\nrendering = "peer"\nsource = "manual"\n'
    world = world_of({"policy": rule})
    (text,) = texts_of(world)
    other = edited(text, ("HF*60*UN*3", "HQ*60*UN*3"))
    result = compare(tmp_path, world, other)

    line_level = text.replace(
        "DTP*472*D8*20260302~", "DTP*472*D8*20260302~NM1*82*1*UNDERBOUGH*PEREGRIN****XX*1962505925~"
    )
    assert told(compare(tmp_path, world, line_level)) == [
        "error PB857 C1-1 E1: the rendering provider is S2; for E1 it is S1"
    ]
    assert told(compare(tmp_path, world, text)) == []
    assert told(result) == ["error PB856 C1-1 E1: the line has H0038:HQ; E1 comes to H0038:HF"]
    assert result.findings[0].where == "SV202"
    assert "The place of service of an 837I: the form has none." in result.not_looked


def test_no_finding_has_a_persons_data(tmp_path: Path) -> None:
    world = world_of({"credentials": {"first": {"expires_on": "2026-03-02"}}})
    text = text_of(world_of())
    texts = [
        edited(text, *edits)
        for edits in (
            [("9988776655", "9988776600")],
            [("PI*EXAMPLE01", "PI*EXAMPLE09")],
            [("***11:B:1", "***12:B:1"), ("XX*1245319599", "XX*1962505925")],
        )
    ]
    result = compare(tmp_path, world, *texts)
    printed = " ".join(f"{found.message} {found.fix} {found.values}" for found in result.findings)

    assert len(result.findings) > 5
    assert [text for text in personal_texts(world.records) | {"9988776600"} if text.upper() in printed.upper()] == []


def test_the_agencys_own_severity_raises_a_finding(tmp_path: Path) -> None:
    world = world_of()
    settings = attrs.evolve(world.records.settings, severity={"PB855": Severity.ERROR, "PB854": Severity.WARNING})
    stricter = attrs.evolve(world, records=attrs.evolve(world.records, settings=settings))
    below = edited(text_of(world), ("*60***11:B:1", "*40***11:B:1"), ("HF*60*UN*3", "HF*40*UN*2"))

    assert [found.severity for found in compare(tmp_path, stricter, below).findings] == [Severity.ERROR]


def test_what_the_audit_holds_is_left_where_the_others_are_enough(tmp_path: Path) -> None:
    """A contact of five minutes makes no unit: the line bills the other one, whose units it has."""
    world = world_of({"encounters": {"E3": {"like": "E1", "start": "2026-03-02T14:00", "end": "2026-03-02T14:05"}}})
    text = text_of(world)
    beyond = edited(text, ("*60***11:B:1", "*80***11:B:1"), ("HF*60*UN*3", "HF*80*UN*4"))

    assert told(compare(tmp_path, world, text)) == []
    assert told(compare(tmp_path, world, beyond)) == [
        "error PB854 C1-1 E1: the line has 4 units; the 47 minutes of E1 make 3"
    ]


def test_a_day_of_claims_that_cannot_be_is_told_beside_the_lines(tmp_path: Path) -> None:
    """By the units of the files, whether they have encounters or not; the peer is named by the staff id."""
    world = world_of()
    first, second = claims_of(world)
    line = first.lines[0]
    long = attrs.evolve(first, lines=(attrs.evolve(line, units=97, charge=Decimal(1940)),))
    result = compare(tmp_path, world, text_of(world, [long, second]))

    assert told(result) == [
        "error PB854 C1-1 E1: the line has 97 units; the 47 minutes of E1 make 3",
        "error PB865 C1-1 : the units of S1 on 2026-03-02 add up to 24 h 15 min (lines: 1)",
    ]
    assert [money(found) for found in result.findings] == [("1880.00", None), ("20.00", None)]
    assert at_risk(result) == (Decimal("1880.00"), Decimal(0))


def test_a_thousand_lines_of_one_day_take_no_longer_than_their_number(tmp_path: Path) -> None:
    """Each line beyond the encounter is billed twice, and every line is told once."""
    world = world_of()
    first, second = claims_of(world)
    many = [with_id(first, f"D{number}") for number in range(1, 1001)]
    result = compare(tmp_path, world, text_of(world, [*many, second]))

    assert [found.code for found in result.findings if found.code != "PB865"] == ["PB852"] * 999
    assert (result.lines, result.matched) == (1001, 2)
