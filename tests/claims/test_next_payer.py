"""From one payer's answer to the next payer's claim: netting, what goes on, payer order, spend-down."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from next_payers import (
    DAY,
    FIRST_AUTHORIZATION,
    GOES,
    INSTITUTIONAL,
    LEFT,
    NOTHING,
    PAID_ON,
    PARENT,
    REQUIRED,
    SECOND,
    SECOND_AUTHORIZATION,
    THEIRS,
    WORLD,
    D,
    answer,
    answered,
    ids,
    run,
    sent,
    told,
)
from worlds import World, in_ledger, make_world

from peerbill.claims.build import build_claims
from peerbill.claims.next_payer import NotSent, as_sent, is_left, other_payer, shared_members
from peerbill.model.claim import (
    Address,
    Adjustment,
    PriorPayment,
    ServiceLine,
    Subscriber,
)
from peerbill.model.errors import PeerbillError
from peerbill.model.payer_answers import ClaimPayment, LinePayment
from peerbill.model.sent_claim import SentClaim
from peerbill.x12.check.claim_files import check_text
from peerbill.x12.check.guide import check_guide
from peerbill.x12.rules837p import unbalanced
from peerbill.x12.write.write837 import write_interchange as write_any
from peerbill.x12.write.write837p import write_interchange

# --- what goes on ----------------------------------------------------------------------------------------------------


def test_a_partly_paid_claim_goes_to_the_next_payer_as_both_validators_take_it() -> None:
    claims, not_sent = run(answered(answer("32.00", "CO:45:18.00", "PR:2:10.00")))

    assert not_sent == ()
    (claim,) = claims
    (line,) = claim.lines
    (other,) = claim.other_payers
    assert (claim.claim_id, claim.payer, claim.follows, claim.frequency) == ("PB0001", "second", "FIRST1", "1")
    assert (claim.subscriber.rank, claim.subscriber.subscriber_id) == (2, "MC443322")
    assert (claim.programme, claim.rendering_id, claim.diagnoses) == ("ZZ/peer", "S1", ("F1120",))
    assert line == ServiceLine(
        "PB0001-1",
        ("E1",),
        DAY,
        "H0038",
        ("HF",),
        3,
        D("60.00"),
        prior_payments=(
            PriorPayment(
                "EXAMPLE01",
                D("32.00"),
                "H0038",
                ("HF",),
                3,
                PAID_ON,
                (Adjustment("CO", "45", D("18.00")), Adjustment("PR", "2", D("10.00"))),
            ),
        ),
    )
    assert (other.name, other.id, other.paid, other.owed) == ("TEST PLAN", "EXAMPLE01", D("32.00"), None)
    assert (other.subscriber.rank, other.subscriber.subscriber_id) == (1, "9988776655")
    assert (other.paid_on, other.payer_control_number, other.adjustments) == (PAID_ON, "ICN1", ())
    settings_ = WORLD.records.settings
    text = "".join(write_interchange(claims, settings_.payers["second"], settings_, WORLD.as_of, 1))
    assert list(check_text(text)) == []
    assert list(check_guide([text], workers=0)) == []


def back_by_the_claim() -> ClaimPayment:
    """Return the reversal of 32.00 that names no line."""
    cuts = (Adjustment("CO", "45", D("-18.00")), Adjustment("PR", "2", D("-10.00")))
    return answer("32.00", status="22", lines=(), adjustments=cuts)


def test_what_was_taken_back_by_the_claim_is_not_on_the_next_claim() -> None:
    payments = (answer("32.00", "CO:45:18.00", "PR:2:10.00"), back_by_the_claim(), answer("40.00", "PR:2:20.00"))
    (claim,), _ = run(answered(*payments))

    ((paid,), (other,)) = claim.lines[0].prior_payments, claim.other_payers
    assert (other.paid, other.adjustments) == (D("40.00"), ())
    assert (paid.paid, paid.adjustments) == (D("40.00"), (Adjustment("PR", "2", D("20.00")),))


@pytest.mark.parametrize(
    ("payments", "expected"),
    [
        pytest.param([answer("60.00")], NOTHING, id="paid in full"),
        pytest.param([answer("40.00", "CO:45:20.00")], NOTHING, id="the rest is the contract's write-off"),
        pytest.param([answer("40.00", "OA:94:20.00")], NOTHING, id="the rest is the provider's loss"),
        pytest.param([answer("59.99", "PR:3:0.01")], GOES, id="a cent is the patient's"),
        pytest.param([answer("60.00", "PR:3:0.00")], NOTHING, id="nothing is the patient's"),
        pytest.param([answer("0", "PR:1:60.00")], GOES, id="all of it is deductible"),
        pytest.param([answer("0", "CO:96:60.00", status="4")], GOES, id="denied"),
        pytest.param([answer("0", "CO:45:60.00")], NOTHING, id="the schedule pays nothing"),
        pytest.param([], NOTHING, id="no answer"),
        pytest.param(
            [answer("32.00", "PR:2:28.00"), answer("32.00", "PR:2:28.00", status="22")],
            NOTHING,
            id="paid and taken back",
        ),
        pytest.param(
            [answer("32.00", "PR:2:28.00"), answer("32.00", "PR:2:28.00", status="22"), answer("60.00")],
            NOTHING,
            id="paid in part, taken back, paid in full",
        ),
        pytest.param(
            [answer("32.00", "PR:2:28.00", status="19")],
            ([], ["plan passed the claim on itself (CLP02 19)"]),
            id="forwarded by the payer",
        ),
        pytest.param(
            [attrs.evolve(answer("32.00", "PR:2:28.00"), remarks=("N1", "MA18"))],
            ([], ["plan passed the claim on itself (remark MA18)"]),
            id="forwarded, as a remark says",
        ),
        pytest.param(
            [attrs.evolve(answer("32.00", "PR:2:28.00"), remarks=("MA08",))], GOES, id="a remark that says the contrary"
        ),
        pytest.param(
            [attrs.evolve(answer("32.00", "PR:2:28.00"), crossover=True)],
            ([], ["plan passed the claim on itself (NM1*TT)"]),
            id="forwarded to the payer that NM1*TT names",
        ),
        pytest.param(
            [answer("0", "CO:B11:60.00")],
            ([], ["plan passed the claim on itself (reason B11)"]),
            id="forwarded to the right payer",
        ),
        pytest.param([answer("0", "PI:45:60.00")], NOTHING, id="the schedule pays nothing, as the payer says"),
        pytest.param([answer("40.00", "OA:23:20.00")], NOTHING, id="the rest is what a payer before decided"),
        pytest.param(
            [answer("0", "OA:18:60.00", status="4")],
            ([], ["plan denied it as a duplicate (CARC 18)"]),
            id="a duplicate",
        ),
        pytest.param(
            [answer("0", "CO:16:60.00", status="4")],
            ([], ["plan wants it corrected first: it lacks information or has an error (CARC 16)"]),
            id="it lacks information",
        ),
        pytest.param([answer("32.00", "CO:16:8.00", "PR:2:20.00")], GOES, id="a part of what was paid lacks it"),
        pytest.param(
            [attrs.evolve(answer("0", "CO:96:60.00", status="4"), remarks=("MA130",))],
            ([], ["plan wants it corrected first: it lacks information or has an error (remark MA130)"]),
            id="a remark says that it could not be processed",
        ),
        pytest.param(
            [answer("32.00", "CO:45:18.00", "PR:2:10.00"), back_by_the_claim(), answer("40.00", "PR:2:20.00")],
            GOES,
            id="paid by line, taken back by the claim, paid again",
        ),
        pytest.param(
            [answer("32.00", "CO:45:18.00", "PR:2:10.00"), answer("40.00", "PR:2:20.00"), back_by_the_claim()],
            GOES,
            id="the same, the reversal last",
        ),
        pytest.param(
            [answer("32.00", "CO:45:18.00", "PR:2:10.00"), back_by_the_claim()],
            NOTHING,
            id="paid by line and taken back by the claim",
        ),
        pytest.param(
            [answer("0", "CO:96:60.00", status="25")],
            NOTHING,
            id="a price told beforehand",
        ),
        pytest.param(
            [answer("32.00", "PR:2:27.99")],
            ([], ["the answer of plan to line 1 does not balance, or pays part of a unit"]),
            id="the line does not balance",
        ),
        pytest.param(
            [attrs.evolve(answer("32.00", "PR:2:28.00"), paid=D("31.00"))],
            ([], ["the answer of plan does not balance: payments and adjustments are not the claim's charge"]),
            id="the claim does not balance",
        ),
    ],
)
def test_what_goes_on(payments: Sequence[ClaimPayment], expected: tuple[list[tuple[str, str]], list[str]]) -> None:
    assert told(run(answered(*payments))) == expected


def changed_line(**changes: Any) -> ClaimPayment:
    made = answer("32.00", "PR:2:28.00")
    return attrs.evolve(made, lines=(attrs.evolve(made.lines[0], **changes),))


@pytest.mark.parametrize(
    ("payment", "expected"),
    [
        pytest.param(changed_line(line_id=""), GOES, id="found by day, code and modifiers"),
        pytest.param(changed_line(line_id="", service_date=None), GOES, id="found without a day"),
        pytest.param(changed_line(line_id="", modifiers=("HQ",)), None, id="other modifiers"),
        pytest.param(changed_line(line_id="", service_date=dt.date(2026, 3, 3)), None, id="another day"),
        pytest.param(changed_line(line_id="X1"), None, id="an id of no line"),
        pytest.param(
            changed_line(line_id="", hcpcs="H2015", sent_hcpcs="H0038", sent_modifiers=("HF",)), GOES, id="code changed"
        ),
    ],
)
def test_how_a_line_of_the_answer_is_found(payment: ClaimPayment, expected: Any) -> None:
    none = "a line of the remittance is none of the claim's, or of several"
    assert told(run(answered(payment))) == (([], [none]) if expected is None else expected)


def test_the_code_that_the_payer_paid_is_told_not_the_one_that_was_sent() -> None:
    claims, _ = run(answered(changed_line(hcpcs="H2015", modifiers=(), sent_hcpcs="H0038", sent_modifiers=("HF",))))

    assert [(one.hcpcs, one.modifiers) for one in claims[0].lines[0].prior_payments] == [("H2015", ())]


@pytest.mark.parametrize(
    ("units", "expected"), [(None, [1]), (D("3"), [3]), (D("2"), [2]), (D("0"), [3]), (D("1.5"), [])]
)
def test_paid_units(units: Decimal | None, expected: list[int]) -> None:
    claims, _ = run(answered(changed_line(units=units)))

    assert [claim.lines[0].prior_payments[0].units for claim in claims] == expected


@pytest.mark.parametrize("units", [None, D("0"), D("3")])
def test_of_a_line_of_which_nothing_was_paid_the_billed_units_are_told(units: Decimal | None) -> None:
    """A clearinghouse refuses SVD05 0."""
    denied = answer("0", "CO:197:60.00", status="4")
    line = attrs.evolve(denied.lines[0], units=units)
    claims, _ = run(answered(attrs.evolve(denied, lines=(line,))))

    assert [claim.lines[0].prior_payments[0].units for claim in claims] == [3]


def test_code_and_number_are_those_of_the_answer_that_was_not_taken_back() -> None:
    """The patient's share is in the line, so the claim has none (owed)."""
    again = changed_line(hcpcs="H2015", modifiers=(), sent_hcpcs="H0038", sent_modifiers=("HF",))
    payments = (
        answer("32.00", "PR:2:28.00"),
        attrs.evolve(again, payer_control_number="ICN2"),
        answer("32.00", "PR:2:28.00", status="22"),
    )
    claims, _ = run(answered(*payments))

    assert [(one.payer_control_number, one.paid, one.owed) for one in claims[0].other_payers] == [
        ("ICN2", D("32.00"), None)
    ]
    assert [one.hcpcs for one in claims[0].lines[0].prior_payments] == ["H2015"]


def test_the_number_is_that_of_the_answer_that_paid() -> None:
    denied = [answer("0", "CO:96:60.00", status=status, payer_control_number="ICN3") for status in ("4", "22")]
    claims, _ = run(answered(answer("32.00", "PR:2:28.00"), *denied))

    assert [one.payer_control_number for one in claims[0].other_payers] == ["ICN1"]


def of_two_lines(first: LinePayment | None, second: LinePayment | None, modifiers: tuple[str, ...] = ()) -> Any:
    """Return what an answer to a claim of two lines, alike but for modifiers, says to the next payer."""
    claim = sent()
    line = claim.lines[0]
    lines = (line, attrs.evolve(line, line_id="FIRST1-2", modifiers=modifiers or line.modifiers))
    of_lines = tuple(one for one in (first, second) if one is not None)
    paid = sum((one.paid for one in of_lines), Decimal(0))
    payment = answer(f"{paid}", lines=of_lines, charge=D("120.00"))
    answered_claim = attrs.evolve(sent(payment), lines=lines)
    built = build_claims(WORLD.audit().billable, WORLD.records, ids())[0]
    return other_payer(answered_claim, WORLD.records.settings.payers["plan"], built.subscriber)


LINE = answer("32.00", "PR:2:28.00").lines[0]
OF_NO_LINE = "a line of the remittance is none of the claim's, or of several"


def test_each_line_of_a_claim_is_found_by_its_id_or_as_the_only_one_that_fits() -> None:
    second = attrs.evolve(LINE, line_id="FIRST1-2")
    other, prior = of_two_lines(LINE, second)

    assert (other.paid, sorted(prior)) == (D("64.00"), ["FIRST1-1", "FIRST1-2"])
    assert of_two_lines(LINE, attrs.evolve(LINE, line_id="")) == OF_NO_LINE
    swapped = attrs.evolve(LINE, line_id="", modifiers=("HQ", "HF"))
    assert sorted(of_two_lines(LINE, swapped, ("HF", "HQ"))[1]) == ["FIRST1-1", "FIRST1-2"]


def test_a_line_that_the_answer_leaves_out_or_pays_less_than_nothing_stops_the_claim() -> None:
    back = attrs.evolve(LINE, line_id="FIRST1-2", paid=D("-1.00"), adjustments=(Adjustment("PR", "2", D("61.00")),))

    assert of_two_lines(LINE, None) == "the remittance does not tell of line 2"
    assert of_two_lines(LINE, back) == "plan has taken back more than it paid"


@pytest.mark.parametrize(("charge", "units"), [("59.00", "3"), ("60.00", "-1")])
def test_a_line_of_another_charge_or_of_fewer_units_than_none_stops_the_claim(charge: str, units: str) -> None:
    second = attrs.evolve(LINE, line_id="FIRST1-2", charge=D(charge), units=D(units))

    assert of_two_lines(LINE, second) == "the answer of plan to line 2 does not balance, or pays part of a unit"


def test_a_line_of_which_only_what_was_taken_back_is_told_stops_the_claim() -> None:
    """The answers that stand have no lines; a reversal of a part has the line."""
    nothing = answer("0", lines=(), adjustments=())
    back = answer("0", status="22", adjustments=(), charge=D("-30.00"))
    claim = sent(nothing, attrs.evolve(back, lines=(attrs.evolve(back.lines[0], charge=D("-60.00")),)), nothing)
    subscriber = build_claims(WORLD.audit().billable, WORLD.records, ids())[0].subscriber

    assert other_payer(claim, WORLD.records.settings.payers["plan"], subscriber) == (
        "the answer of plan to line 1 does not balance, or pays part of a unit"
    )


def test_members_of_one_payer_have_no_next_one() -> None:
    assert shared_members(WORLD.records) == {"M1"}
    assert shared_members(make_world().records) == frozenset()


def test_an_answer_without_lines_goes_on_at_the_claim() -> None:
    triplets = (Adjustment("CO", "45", D("18.00")), Adjustment("PR", "2", D("10.00")))
    claims, not_sent = run(answered(answer("32.00", lines=(), adjustments=triplets)))

    assert not_sent == ()
    assert claims[0].lines[0].prior_payments == ()
    assert [(one.paid, one.owed, one.adjustments) for one in claims[0].other_payers] == [
        (D("32.00"), D("10.00"), triplets)
    ]


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        pytest.param(
            {"coverage": {"more": {"rank": "1"}}, "encounters": {"E1": {"payer": "plan"}}},
            NOTHING,
            id="the other payer has the same rank, and the encounter names the one to bill",
        ),
        pytest.param({"coverage": {"more": {"from": "2026-03-03"}}}, NOTHING, id="covered from the day after"),
        pytest.param({"coverage": {"more": {"to": "2026-03-02"}}}, GOES, id="covered to that day"),
        pytest.param({"payers": {"second": {"policy": []}}}, NOTHING, id="the next payer has no policy"),
        pytest.param(
            {"payers": {"second": {"policy": ["ZZ/other"]}}},
            ([], ["line 1: the policy of second gives H2015, not H0038:HF"]),
            id="another code",
        ),
        pytest.param(
            {"payers": {"second": {"policy": ["ZZ/half"]}}},
            ([], ["line 1: the policy of second gives 1 unit, not 3"]),
            id="other units",
        ),
        pytest.param(
            {"coverage": {"more": {"subscriber_id": "1"}}},
            ([], ["PB401 holds encounter E1: coverage.subscriber_id: it has fewer than 2 characters"]),
            id="its checks hold the encounter",
        ),
        pytest.param(
            {"coverage": {"more": PARENT}},
            ([], [f"PB401 holds encounter E1: coverage.relationship: {THEIRS}"]),
            id="another person holds the next payer's policy",
        ),
    ],
)
def test_the_next_payer(patch: Mapping[str, Any], expected: Any) -> None:
    """Coverage says who is next, and that payer's policy whether the same claim can go there."""
    more = {"member_id": "M1", "payer": "second", "subscriber_id": "MC443322", "from": "2026-01-01", "rank": "2"}
    policy = (
        '[other]\nname = "Other"\nlike = "base"\nsource = "manual p. 1"\n'
        '[[other.service.individual]]\nhcpcs = "H2015"\nmodifiers = []\nsource = "manual p. 2"\n'
        '[half]\nname = "Half hours"\nlike = "base"\nsource = "manual p. 1"\n'
        '[[half.unit]]\nminutes = 30\nsource = "manual p. 3"\n'
    )
    world = make_world(
        {
            "policy": policy,
            "payers": {
                "second": {**SECOND, "charges": {"H0038": "20.00", "H2015": "9.00"}}
                | dict(patch.get("payers", {}).get("second", {}))
            },
            "coverage": {"more": more | dict(patch.get("coverage", {}).get("more", {}))},
            "encounters": patch.get("encounters", {}),
        }
    )

    assert told(run(answered(answer("32.00", "PR:2:28.00"), world=world), world=world)) == expected


NEXT_DAYS = {"E2": {"like": "E1", "start": "2026-03-04T13:00", "end": "2026-03-04T13:45"}}


def of_two_days(**patch: Any) -> tuple[World, SentClaim]:
    """Return a claim of 2 and 4 March, of each of which the first payer left a part to the member."""
    row = {"member_id": "M1", "payer": "second", "subscriber_id": "MC443322", "from": "2026-01-01", "rank": "2"}
    world = make_world(
        {
            "payers": {"plan": {"claim_span": "week"}, "second": SECOND},
            "encounters": NEXT_DAYS,
            **patch,
            "coverage": {"more": row | patch.get("coverage", {})},
        }
    )
    (claim,) = build_claims(world.audit().billable, world.records, iter(("FIRST1",)))
    lines = tuple(
        attrs.evolve(LINE, line_id=line.line_id, service_date=line.service_date, charge=line.charge)
        for line in claim.lines
    )
    whole = ClaimPayment("FIRST1", "1", claim.charge, D("64.00"), 1, payer_control_number="ICN1", lines=lines)
    return world, in_ledger(claim, whole, answered_on=PAID_ON)


@pytest.mark.parametrize(
    ("first_day", "expected"),
    [
        ("2026-03-02", GOES),
        ("2026-03-03", ([], ["the next payer is not the same on all days of the claim"])),
        ("2026-03-05", NOTHING),
    ],
)
def test_the_next_payer_is_the_same_on_all_days_of_a_claim(first_day: str, expected: Any) -> None:
    world, claim = of_two_days(coverage={"from": first_day})

    assert told(run(claim, world=world)) == expected


def test_days_of_two_authorizations_of_the_next_payer_make_no_single_claim() -> None:
    both = {**SECOND_AUTHORIZATION, "units": "6"}
    first, then = {**SECOND_AUTHORIZATION, "to": "2026-03-03"}, {**SECOND_AUTHORIZATION, "from": "2026-03-04"}
    own = {"AUTH1": FIRST_AUTHORIZATION}
    world, claim = of_two_days(policy=REQUIRED, authorizations={**own, "AUTH2": both})
    divided, divided_claim = of_two_days(policy=REQUIRED, authorizations={**own, "AUTH2": first, "AUTH3": then})

    assert told(run(claim, world=world)) == GOES
    assert told(run(divided_claim, world=divided)) == (
        [],
        ["for second its lines need more than one authorization"],
    )


def test_what_is_the_providers_loss_alone_goes_to_nobody() -> None:
    """A part that is denied under another group than PR, where something was paid, is nothing for the next payer."""
    assert told(run(answered(answer("32.00", "CO:197:28.00")))) == NOTHING
    assert told(run(answered(answer("0", "CO:197:60.00")))) == GOES


def test_a_claim_whose_encounter_is_gone_waits_for_its_row() -> None:
    records = attrs.evolve(WORLD.records, encounters=())

    _, not_sent = run(answered(LEFT), world=attrs.evolve(WORLD, records=records))

    assert not_sent == (
        NotSent("FIRST1", "second", "encounter E1 is no longer in encounters", "Put its row back; bill then sends it."),
    )


def test_an_encounter_that_its_fields_cannot_hold_does_not_go_on() -> None:
    (encounter,) = WORLD.records.encounters
    assert encounter.start is not None
    aware = attrs.evolve(encounter, start=encounter.start.replace(tzinfo=dt.UTC))
    world = attrs.evolve(WORLD, records=attrs.evolve(WORLD.records, encounters=(aware,)))

    assert told(run(answered(LEFT), world=world)) == (
        [],
        [
            (
                "PB001 holds encounter E1: encounters.start: encounter E1 field start: expected a local time without "
                "offset, found one with a time zone"
            )
        ],
    )


def test_a_claim_that_cannot_be_written_does_not_go_on() -> None:
    claims, not_sent = run(answered(attrs.evolve(LEFT, payer_control_number="ICN~1")))

    assert (claims, not_sent) == (
        (),
        (
            NotSent(
                "FIRST1",
                "second",
                "it cannot be written: other payer 1, prior_payments.payer_control_number: character 4 divides X12 "
                "files and cannot stand in text. Write it without * : ^ ~",
                "Correct that; bill then sends it.",
            ),
        ),
    )


@pytest.mark.parametrize("field", ["start", "end"])
def test_an_encounter_without_its_times_was_never_billed(field: str) -> None:
    (one,) = WORLD.audit().billable
    none: dict[str, Any] = {field: None}
    without = attrs.evolve(one, encounter=attrs.evolve(one.encounter, **none))

    assert as_sent(one).start == one.encounter.start
    with pytest.raises(PeerbillError, match=r"^encounter E1 has no start or no end; only audited ones are billed$"):
        as_sent(without)


def test_a_claim_that_the_next_payer_has_already_does_not_go_again() -> None:
    assert told(run(answered(answer("32.00", "PR:2:28.00"), followed=True))) == NOTHING


@pytest.mark.parametrize("first_too", [False, True])
def test_a_claim_goes_on_on_the_institutional_form_as_both_validators_take_it(first_too: bool) -> None:
    """Whether the first payer had it on that form or on the professional one."""
    world = make_world(
        {
            "policy": INSTITUTIONAL,
            "payers": {
                "second": {**SECOND, "policy": ["ZZ/home"]},
                **({"plan": {"policy": ["ZZ/home"]}} if first_too else {}),
            },
            "coverage": {
                "more": {
                    "member_id": "M1",
                    "payer": "second",
                    "subscriber_id": "MC443322",
                    "from": "2026-01-01",
                    "rank": "2",
                }
            },
        }
    )
    claims, not_sent = run(answered(answer("32.00", "CO:45:18.00", "PR:2:10.00"), world=world), world=world)

    assert not_sent == ()
    (claim,) = claims
    assert (claim.form, claim.type_of_bill, claim.attending_id, claim.patient_status) == ("837I", "77", "S1", "01")
    assert [line.revenue_code for line in claim.lines] == ["0914"]
    settings_ = world.records.settings
    text = "".join(write_any(claims, settings_.payers["second"], settings_, world.as_of, 1))
    assert "~SVD*EXAMPLE01*32*HC:H0038:HF*0914*3~" in text
    assert "~AMT*D*32~" in text
    assert list(check_text(text)) == []
    assert list(check_guide([text], workers=0)) == []


# --- more than two payers --------------------------------------------------------------------------------------------

THIRD = {**SECOND, "name": "COUNTY FUND", "id": "CTYFD", "receiver": {"name": "COUNTY FUND", "id": "CTYFD"}}
BOTH = {"more": {"member_id": "M1", "payer": "second", "subscriber_id": "MC443322", "from": "2026-01-01", "rank": "2"}}
LAST = {"member_id": "M1", "payer": "third", "subscriber_id": "CF77", "from": "2020-01-01", "rank": "3"}
THREE = make_world(
    {
        "payers": {"second": SECOND, "third": THIRD, "medicare": {"name": "MEDICARE", "id": "MC001"}},
        "coverage": {**BOTH, "last": {**LAST, "from": "2026-01-01"}},
    }
)


def test_the_third_payer_hears_what_both_before_it_did() -> None:
    first = answered(answer("32.00", "PR:2:28.00"), world=THREE)
    (second,), _ = run(first, world=THREE)
    line = LinePayment("H0038", ("HF",), D("60.00"), D("20.00"), D("3"), DAY, second.lines[0].line_id)
    line = attrs.evolve(line, adjustments=(Adjustment("OA", "23", D("32.00")), Adjustment("PR", "1", D("8.00"))))
    paid = ClaimPayment(second.claim_id, "2", D("60.00"), D("20.00"), 1, lines=(line,))
    again = in_ledger(second, paid, answered_on=PAID_ON)
    claims, not_sent = run(attrs.evolve(first, followed=True), again, world=THREE)

    assert not_sent == ()
    (third,) = claims
    assert (third.payer, third.follows, third.subscriber.rank) == ("third", second.claim_id, 3)
    assert [(one.id, one.subscriber.rank, one.paid) for one in third.other_payers] == [
        ("EXAMPLE01", 1, D("32.00")),
        ("STMCD", 2, D("20.00")),
    ]
    assert [(one.payer_id, one.paid) for one in third.lines[0].prior_payments] == [
        ("EXAMPLE01", D("32.00")),
        ("STMCD", D("20.00")),
    ]


def test_the_rank_says_who_is_next_whoever_covered_first() -> None:
    world = make_world({"payers": {"second": SECOND, "third": THIRD}, "coverage": {**BOTH, "last": LAST}})
    claims, not_sent = run(answered(answer("32.00", "PR:2:28.00"), world=world), world=world)
    assert ([claim.payer for claim in claims], not_sent) == (["second"], ())


def test_the_third_payer_hears_what_the_replacement_of_the_first_claim_got() -> None:
    first = answered(answer("32.00", "PR:2:28.00"), world=THREE)
    (second,), _ = run(first, world=THREE)
    paid = answer("20.00", "OA:23:32.00", "PR:1:8.00", status="2", claim_id=second.claim_id)
    paid = attrs.evolve(paid, lines=(attrs.evolve(paid.lines[0], line_id=second.lines[0].line_id),))
    second_answered = in_ledger(second, paid, answered_on=PAID_ON)
    replacement = attrs.evolve(first, claim_id="AGAIN1", before=(first.claim_id,), followed=True)
    (third,), not_sent = run(replacement, second_answered, world=THREE)
    assert not_sent == ()
    assert [(other.id, other.paid) for other in third.other_payers] == [
        ("EXAMPLE01", D("32.00")),
        ("STMCD", D("20.00")),
    ]


@pytest.mark.parametrize("known", [True, False])
def test_a_payer_in_between_that_was_billed_elsewhere_must_have_answered(known: bool) -> None:
    row = {"encounter_id": "E1", "payer": "medicare", "paid_on": "2026-03-18", "paid": "10", "adjustments": "PR:1:50"}
    three_payers: dict[str, Any] = {
        "payers": {"second": SECOND, "medicare": {"name": "MEDICARE", "id": "MC001"}},
        "coverage": {
            "more": {
                "member_id": "M1",
                "payer": "second",
                "subscriber_id": "MC443322",
                "from": "2026-01-01",
                "rank": "3",
            },
            "other": {
                "member_id": "M1",
                "payer": "medicare",
                "subscriber_id": "1EG4",
                "from": "2020-01-01",
                "rank": "2",
            },
        },
    }
    world = make_world(three_payers)
    first = answered(answer("0", "PR:1:60.00"), world=world)
    if known:
        world = make_world(three_payers | {"prior_payments": {"E1": row}})
        claims, _ = run(first, world=world)
        assert [[one.id for one in claim.other_payers] for claim in claims] == [["EXAMPLE01", "MC001"]]
        assert [one.paid for one in claims[0].lines[0].prior_payments] == [D("0"), D("10")]
    else:
        assert told(run(first, world=world)) == (
            [],
            ["what medicare, which is ranked before, did with line 1 is not known"],
        )


# --- netting ---------------------------------------------------------------------------------------------------------

_splits = st.lists(st.integers(0, 6000), min_size=1, max_size=4).map(sorted)
_keys = st.lists(
    st.tuples(st.sampled_from(("CO", "OA", "PR")), st.sampled_from(("1", "2", "45", "96"))),
    unique=True,
    min_size=4,
    max_size=4,
)


@st.composite
def answers(draw: st.DrawFn) -> ClaimPayment:
    """Draw an answer to the claim of E1 that balances."""
    cuts = [0, *draw(_splits), 6000]
    parts = [after - before for before, after in pairwise(cuts)]
    keys = draw(_keys)
    return answer(
        str(Decimal(parts[0]).scaleb(-2)),
        *(
            f"{group}:{reason}:{Decimal(part).scaleb(-2)}"
            for (group, reason), part in zip(keys, parts[1:], strict=False)
        ),
    )


def reversed_(payment: ClaimPayment) -> ClaimPayment:
    def back(adjustments: tuple[Adjustment, ...]) -> tuple[Adjustment, ...]:
        return tuple(attrs.evolve(one, amount=-one.amount) for one in adjustments)

    lines = tuple(
        attrs.evolve(line, charge=-line.charge, paid=-line.paid, adjustments=back(line.adjustments))
        for line in payment.lines
    )
    return attrs.evolve(payment, status="22", charge=-payment.charge, paid=-payment.paid, lines=lines)


PERSON = Subscriber("9988776655", "L", "Z", dt.date(1988, 4, 2), "M", Address())


@settings(max_examples=60, deadline=None)
@given(st.lists(answers(), max_size=3), answers())
def test_answers_that_were_taken_back_leave_no_trace(gone: list[ClaimPayment], last: ClaimPayment) -> None:
    """However often a payer paid and took back, what it said last is what goes on; and it balances."""
    payer = WORLD.records.settings.payers["plan"]
    history = [one for payment in gone for one in (payment, reversed_(payment))]
    alone = other_payer(answered(last), payer, PERSON)
    found = other_payer(answered(*history, last), payer, PERSON)

    assert found == alone
    assert not isinstance(found, str)
    other, prior = found
    for line in sent().lines:
        told_ = prior[line.line_id]
        assert not unbalanced(line.charge, told_.paid, told_.adjustments)
        assert all(one.amount for one in told_.adjustments)
    assert other.paid == sum(one.paid for one in prior.values())
    assert isinstance(other_payer(answered(*history), payer, PERSON), str)


@pytest.mark.parametrize(
    ("paid", "adjustments", "expected"),
    [
        ("10", (Adjustment("PR", "2", D("5")),), True),
        ("10", (Adjustment("PR", "2", D("-5")),), False),
        ("10", (Adjustment("CO", "97", D("5")),), False),
        ("0", (Adjustment("CO", "97", D("5")),), True),
        ("0", (Adjustment("CO", "253", D("5")),), False),
        ("0", (Adjustment("PI", "45", D("5")),), False),
        ("0", (Adjustment("OA", "23", D("5")),), False),
        ("0", (Adjustment("PR", "45", D("5")),), True),
        ("0", (Adjustment("CO", "3", D("5")),), False),
        ("0", (), False),
    ],
)
def test_what_is_left(paid: str, adjustments: tuple[Adjustment, ...], expected: bool) -> None:
    assert is_left(D(paid), adjustments) is expected
