"""From one payer's answer to the next payer's claim: netting, what goes on, payer order, spend-down."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import count, pairwise
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import ON_THE_837I, World, as_billed, in_ledger, make_world

from peerbill.claims.build import build_claims
from peerbill.claims.corrections import CorrectionPlan, claims_as_sent, plan_replacements, plan_voids
from peerbill.claims.next_payer import NotSent, as_sent, is_left, other_payer, secondary_claims, shared_members
from peerbill.claims.parties import numbered
from peerbill.ledger.corrections import ClaimFamily
from peerbill.ledger.look.answered_claims import Rested
from peerbill.model.claim import (
    Address,
    Adjustment,
    BilledEncounter,
    Claim,
    Policyholder,
    PriorPayment,
    ServiceLine,
    Subscriber,
)
from peerbill.model.claim_state import Standing
from peerbill.model.errors import PeerbillError
from peerbill.model.payer_answers import ClaimPayment, LinePayment
from peerbill.model.people import SpendDown
from peerbill.model.sent_claim import SentClaim
from peerbill.x12.check.claim_files import check_text
from peerbill.x12.check.guide import check_guide
from peerbill.x12.rules837p import unbalanced
from peerbill.x12.write.write837 import write_interchange as write_any
from peerbill.x12.write.write837p import write_interchange

DAY = dt.date(2026, 3, 2)
PAID_ON = dt.date(2026, 3, 20)
SECOND = {
    "policy": ["ZZ/peer"],
    "name": "STATE MEDICAID",
    "id": "STMCD",
    "receiver": {"name": "STATE MEDICAID", "id": "STMCD"},
    "charges": {"H0038": "20.00", "H0038:HQ": "5.00"},
}
WORLD = make_world(
    {
        "payers": {"second": SECOND},
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

PARENT = {"relationship": "son", "policyholder_last_name": "Quillon", "policyholder_first_name": "Ada"}
THEIRS = (
    "the member is insured by second through another policyholder (child), and bill writes claims only to payers with "
    "which the member holds the policy"
)


def D(text: str) -> Decimal:  # noqa: N802 - short in tables of amounts
    return Decimal(text)


def ids() -> Iterator[str]:
    return (f"PB{number:04d}" for number in count(1))


def sent(*payments: ClaimPayment, world: World = WORLD) -> SentClaim:
    """Return the claim of E1 to the first payer, and what it answered: three units, 60.00."""
    (claim,) = build_claims(world.audit().billable, world.records, iter(("FIRST1",)))
    return in_ledger(claim, *payments, answered_on=PAID_ON)


def answer(paid: str, *adjustments: str, status: str = "1", **changes: Any) -> ClaimPayment:
    """Return an 835's answer to the claim of E1; a reversal (22) takes it back."""
    sign = -1 if status == "22" else 1
    triplets = tuple(
        Adjustment(group, reason, Decimal(amount) * sign)
        for group, reason, amount in (one.split(":") for one in adjustments)
    )
    line = LinePayment("H0038", ("HF",), D("60.00") * sign, D(paid) * sign, D("3"), DAY, "FIRST1-1", triplets)
    made = ClaimPayment(
        "FIRST1", status, D("60.00") * sign, D(paid) * sign, 1, payer_control_number="ICN1", lines=(line,)
    )
    return attrs.evolve(made, **changes)


def answered(*payments: ClaimPayment, world: World = WORLD, **changes: Any) -> SentClaim:
    return attrs.evolve(sent(*payments, world=world), **changes)


def run(*claims: SentClaim, world: World = WORLD) -> tuple[tuple[Claim, ...], tuple[NotSent, ...]]:
    return secondary_claims(claims, world.records, world.policies, world.as_of, ids())


def told(found: tuple[tuple[Claim, ...], tuple[NotSent, ...]]) -> tuple[list[tuple[str, str]], list[str]]:
    claims, not_sent = found
    return [(claim.payer, claim.follows) for claim in claims], [one.why for one in not_sent]


GOES: tuple[list[tuple[str, str]], list[str]] = ([("second", "FIRST1")], [])
NOTHING: tuple[list[tuple[str, str]], list[str]] = ([], [])


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
    """The answers that stand have no lines; the reversal of the first has the line."""
    nothing = answer("0", lines=(), adjustments=())
    back = answer("0", status="22", adjustments=())
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
            ([], ["line 1: the policy of second gives 1 units, not 3"]),
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


INSTITUTIONAL = f"""
[home]
name = "On the institutional form"
like = "base"
source = "manual p. 1"

[[home.claim]]
{ON_THE_837I}attending = "peer"
revenue_code = "0914"
source = "manual p. 9"
"""


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


# --- rows of prior_payments and spend_down in the first claim to Medicaid --------------------------------------------


def world_of_day(starts: Sequence[int], spend_down: Sequence[str], **changes: Any) -> World:
    """Return a world in which M1 is served for 45 minutes (60.00) at some hours; each hour has its own place."""
    encounters: dict[str, Any] = {}
    for number, hour in enumerate(starts):
        encounters[f"V{number}"] = {
            "like": "E1",
            "start": f"2026-03-02T{hour:02d}:00",
            "end": f"2026-03-02T{hour:02d}:45",
            "place": ("11", "12", "53", "57")[number],
            "signed_at": "2026-03-02T23:30",
            "created_at": "2026-03-02T23:00",
        }
    encounters["E1"] = False
    rows = {
        f"r{number}": {"member_id": "M1", "date": "2026-03-02", "amount": one} for number, one in enumerate(spend_down)
    }
    return make_world({"encounters": encounters, "spend_down": rows, **changes})


def paid_by_patient(world: World, taken: Sequence[str] = ()) -> dict[str, Decimal | None]:
    billable = world.audit().billable
    history = [as_billed(one) for one in billable if one.encounter.encounter_id in taken]
    left = [one for one in billable if one.encounter.encounter_id not in taken]
    claims = build_claims(left, world.records, ids(), history)
    return {claim.lines[0].encounter_ids[0]: claim.patient_paid for claim in claims}


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ((), {"V0": None, "V1": None}),
        (("0",), {"V0": None, "V1": None}),
        (("12.50",), {"V0": D("12.50"), "V1": None}),
        (("60.00",), {"V0": D("60.00"), "V1": None}),
        (("60.01",), {"V0": D("60.00"), "V1": D("0.01")}),
        (("50", "30"), {"V0": D("60.00"), "V1": D("20.00")}),
        (("200",), {"V0": D("60.00"), "V1": D("60.00")}),
    ],
)
def test_a_day_s_spend_down_is_told_once_from_the_first_claim_on(
    amounts: Sequence[str], expected: dict[str, Decimal | None]
) -> None:
    assert paid_by_patient(world_of_day((9, 14), amounts)) == expected


def test_what_earlier_runs_told_is_not_told_again() -> None:
    world = world_of_day((9, 14), ("70.00",))

    assert paid_by_patient(world, taken=("V0",)) == {"V1": D("10.00")}
    assert paid_by_patient(world, taken=("V1",)) == {"V0": D("10.00")}


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({}, D("10.00")),
        ({"standing": Standing.FREE}, D("60.00")),
        ({"payer_turn": 2}, D("60.00")),
        ({"encounter_id": "V1"}, D("60.00")),
        ({"start": dt.datetime(2026, 3, 1, 9)}, D("60.00")),
    ],
)
def test_only_what_stands_with_the_first_payer_of_the_day_has_used_its_part(changes: Any, left: Decimal) -> None:
    world = world_of_day((9, 14), ("70.00",))
    first, second = world.audit().billable

    (claim,) = build_claims((second,), world.records, ids(), (attrs.evolve(as_billed(first), **changes),))

    assert claim.patient_paid == left


@pytest.mark.parametrize("row", [SpendDown("M1", None, D("5")), SpendDown("M1", DAY, None)])
def test_a_row_without_day_or_amount_tells_nothing(row: SpendDown) -> None:
    world = world_of_day((9,), ())
    rows = (row, SpendDown("M1", DAY, D("7")))
    (claim,) = build_claims(world.audit().billable, attrs.evolve(world.records, spend_down=rows), ids())

    assert claim.patient_paid == D("7")


def test_a_row_of_another_day_or_member_changes_nothing() -> None:
    world = world_of_day((9,), ())
    rows = (SpendDown("M1", dt.date(2026, 3, 3), D("5")), SpendDown("M2", DAY, D("5")))
    records = attrs.evolve(world.records, spend_down=rows)

    assert paid_by_patient(attrs.evolve(world, records=records)) == {"V0": None}


@pytest.mark.parametrize("row", [SpendDown("M1", None, D("5")), SpendDown("M1", DAY, None)])
def test_a_row_without_day_or_amount_holds_the_member(row: SpendDown) -> None:
    world = world_of_day((9,), ())
    result = attrs.evolve(world, records=attrs.evolve(world.records, spend_down=(row,))).audit()

    assert [one.code for one in result.findings if one.severity.value == "error"] == ["PB605"]
    assert result.billable == ()


BILLABLE = world_of_day((8, 11, 14, 17), ()).audit().billable
RECORDS = world_of_day((8, 11, 14, 17), ()).records


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 30_000), max_size=3), st.sets(st.integers(0, 3)), st.permutations(range(4)))
def test_the_sum_over_claims_never_exceeds_the_rows(amounts: list[int], before: set[int], order: list[int]) -> None:
    """Over two runs, too: what one told the next does not tell again, and no claim tells more than its charge."""
    rows = tuple(SpendDown("M1", DAY, Decimal(one).scaleb(-2)) for one in amounts)
    records = attrs.evolve(RECORDS, spend_down=rows)
    first = [BILLABLE[place] for place in order if place in before]
    second = [BILLABLE[place] for place in order if place not in before]
    names = ids()
    claims = build_claims(first, records, names)
    claims += build_claims(second, records, names, [as_billed(one) for one in first])

    asked = sum((one.amount for one in rows if one.amount is not None), Decimal(0))
    charge = sum((claim.charge for claim in claims), Decimal(0))
    assert sum((claim.patient_paid or 0 for claim in claims), Decimal(0)) == min(asked, charge)
    assert all(0 < claim.patient_paid <= claim.charge for claim in claims if claim.patient_paid is not None)


PRIMARY = {"member_id": "M1", "payer": "medicare", "subscriber_id": "1EG4", "from": "2020-01-01", "rank": "1"}


def primary_by_hand(world: Mapping[str, Any], *rows: Mapping[str, str], span: str = "day") -> World:
    return make_world(
        {
            "payers": {
                "plan": {"claim_span": span},
                "medicare": {"name": "MEDICARE", "id": "MC001", "claim_filing": "MB"},
            },
            "coverage": {
                "primary": PRIMARY,
                "first": {"rank": "2"},
            },
            "prior_payments": {
                f"r{number}": {"payer": "medicare", "paid_on": "2026-03-18", **row} for number, row in enumerate(rows)
            },
            **world,
        }
    )


LATER = {
    "like": "E1",
    "start": "2026-03-03T13:00",
    "end": "2026-03-03T13:30",
    "signed_at": "2026-03-03T17:00",
    "created_at": "2026-03-03T16:00",
    "intervention": "Wrote a letter together.",
    "response": "Signed it.",
    "next_step": "Send it on Friday.",
}


def test_rows_of_a_payer_billed_elsewhere_go_into_the_claim_and_both_validators_take_it() -> None:
    """Two encounters of one day are one line: what was paid and adjusted is added up by group and reason."""
    second = LATER | {"start": "2026-03-02T13:00", "end": "2026-03-02T13:30"}
    world = primary_by_hand(
        {"encounters": {"E2": second}, "spend_down": {"a": {"member_id": "M1", "date": "2026-03-02", "amount": "90"}}},
        {"encounter_id": "E1", "paid": "30", "adjustments": "CO:45:20;PR:2:10", "payer_control_number": "ICN7"},
        {
            "encounter_id": "E2",
            "paid": "20",
            "adjustments": "PR:2:20",
            "paid_on": "2026-03-20",
            "payer_control_number": "ICN7",
        },
    )
    result = world.audit()
    assert result.findings == ()
    (claim,) = build_claims(result.billable, world.records, ids())

    assert [(one.charge, one.prior_payments) for one in claim.lines] == [
        (
            D("100.00"),
            (
                PriorPayment(
                    "MC001",
                    D("50"),
                    "H0038",
                    ("HF",),
                    5,
                    PAID_ON,
                    (Adjustment("CO", "45", D("20")), Adjustment("PR", "2", D("30"))),
                ),
            ),
        )
    ]
    assert [
        (one.id, one.paid, one.paid_on, one.payer_control_number, one.claim_filing) for one in claim.other_payers
    ] == [("MC001", D("50"), PAID_ON, "ICN7", "MB")]
    # Of the 90 that the member paid the claim tells what Medicare left of its charge.
    assert claim.patient_paid == D("50.00")
    settings_ = world.records.settings
    text = "".join(write_interchange((claim,), settings_.payers["plan"], settings_, world.as_of, 1))
    assert list(check_text(text)) == []
    assert list(check_guide([text], workers=0)) == []


@pytest.mark.parametrize(("numbers", "expected"), [(("ICN7", "ICN7"), ["ICN7"]), (("ICN7", "ICN8"), ["ICN7", "ICN8"])])
def test_lines_that_the_first_payer_saw_as_two_claims_are_two_claims(
    numbers: tuple[str, str], expected: list[str]
) -> None:
    world = primary_by_hand(
        {"encounters": {"E2": LATER}},
        {"encounter_id": "E1", "paid": "60", "payer_control_number": numbers[0]},
        {"encounter_id": "E2", "paid": "40", "payer_control_number": numbers[1]},
        span="week",
    )
    claims = build_claims(world.audit().billable, world.records, ids())

    assert [claim.other_payers[0].payer_control_number for claim in claims] == expected
    assert sum(one.paid for claim in claims for one in claim.other_payers) == D("100")


def test_a_line_of_which_the_payer_before_said_nothing_is_a_claim_of_its_own() -> None:
    rows = [{"encounter_id": id_, "paid": paid} for id_, paid in (("E1", "60"), ("E2", "40"))]
    world = primary_by_hand({"encounters": {"E2": LATER}}, *rows, span="week")
    records = attrs.evolve(world.records, prior_payments=world.records.prior_payments[:1])
    claims = build_claims(world.audit().billable, records, ids())

    assert [
        ([line.encounter_ids for line in claim.lines], [other.paid for other in claim.other_payers]) for claim in claims
    ] == [([("E1",)], [D("60")]), ([("E2",)], [])]


def test_the_policyholder_of_the_payer_before_is_named_by_what_is_on_file() -> None:
    world = primary_by_hand(
        {"coverage": {"primary": PRIMARY | PARENT, "first": {"rank": "2"}}}, {"encounter_id": "E1", "paid": "60"}
    )
    result = world.audit()
    assert result.findings == ()
    (claim,) = build_claims(result.billable, world.records, ids())

    (other,) = claim.other_payers
    assert other.policyholder == Policyholder("19", "Quillon", "Ada")
    settings_ = world.records.settings
    text = "".join(write_interchange((claim,), settings_.payers["plan"], settings_, world.as_of, 1))
    assert "~SBR*P*19*******MB~" in text
    assert "~NM1*IL*1*QUILLON*ADA****MI*1EG4~NM1*PR*" in text
    assert list(check_text(text)) == []
    assert list(check_guide([text], workers=0)) == []


@pytest.mark.parametrize(
    ("second", "expected"),
    [({}, ["19"]), ({"policyholder_first_name": "Bo"}, ["19", "19"]), ({"relationship": "other"}, ["19", "G8"])],
)
def test_lines_of_two_policyholders_are_two_claims(second: Mapping[str, str], expected: list[str]) -> None:
    world = primary_by_hand(
        {
            "encounters": {"E2": LATER},
            "coverage": {
                "primary": PRIMARY | PARENT | {"to": "2026-03-02"},
                "then": PRIMARY | PARENT | {"from": "2026-03-03", **second},
                "first": {"rank": "2"},
            },
        },
        {"encounter_id": "E1", "paid": "60"},
        {"encounter_id": "E2", "paid": "40"},
        span="week",
    )
    claims = build_claims(world.audit().billable, world.records, ids())

    holders = [one.policyholder for claim in claims for one in claim.other_payers]
    assert [holder.relationship for holder in holders if holder is not None] == expected


def test_a_claim_to_the_payer_of_another_policyholder_is_not_made() -> None:
    (billable,) = WORLD.audit().billable
    theirs = attrs.evolve(billable, coverage=attrs.evolve(billable.coverage, relationship="spouse"))

    with pytest.raises(PeerbillError, match="encounter E1: the member's policy with plan is another person's"):
        build_claims((theirs,), WORLD.records, ids())


def test_without_rows_a_claim_says_nothing_of_others() -> None:
    (claim,) = build_claims(WORLD.audit().billable, WORLD.records, ids())

    assert (claim.other_payers, claim.patient_paid, claim.lines[0].prior_payments) == ((), None, ())


def test_without_coverage_by_the_payer_that_answered_nobody_knows_who_is_next() -> None:
    rows = tuple(row for row in WORLD.records.coverage if row.payer != "plan")
    world = attrs.evolve(WORLD, records=attrs.evolve(WORLD.records, coverage=rows))
    answers_ = answer("32.00", "PR:2:28.00")

    assert told(run(answered(answers_), world=world)) == (
        [],
        ["coverage has no row for plan on 2026-03-02, so that it is not known who is next"],
    )
    assert told(run(answered(answer("60.00")), world=world)) == NOTHING


# --- the next payer's checks -----------------------------------------------------------------------------------------

REQUIRED = '[[peer.authorization]]\nrequired = true\nsource = "manual p. 17"\n'
FIRST_AUTHORIZATION = {"member_id": "M1", "payer": "plan", "hcpcs": "H0038", "from": "2026-01-01"}
SECOND_AUTHORIZATION = {**FIRST_AUTHORIZATION, "payer": "second", "units": "3"}
NONE = "no authorization covers H0038:HF on 2026-03-02"
EXCEEDED = "authorization AUTH2 has 5 units; this encounter exceeds them"
LEFT = answer("32.00", "PR:2:28.00")


def both_covered(**patch: Any) -> World:
    row = {"member_id": "M1", "payer": "second", "subscriber_id": "MC443322", "from": "2026-01-01", "rank": "2"}
    return make_world({"payers": {"second": SECOND}, "coverage": {"more": row}, **patch})


def standing(world: World, **changes: Any) -> BilledEncounter:
    """Return the world's encounter as the ledger holds it, changed."""
    (one,) = world.audit().billable
    return attrs.evolve(as_billed(one), **changes)


def goes_on(world: World, *history: BilledEncounter) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the authorizations of the claims to the next payer, and why others are not sent, with what to do."""
    claims, not_sent = secondary_claims(
        (answered(LEFT, world=world),), world.records, world.policies, world.as_of, ids(), history
    )
    return [claim.authorization for claim in claims], [(one.told, one.fix) for one in not_sent]


def test_a_claim_to_the_next_payer_carries_the_authorization_of_that_payer() -> None:
    world = both_covered(policy=REQUIRED, authorizations={"AUTH1": FIRST_AUTHORIZATION, "AUTH2": SECOND_AUTHORIZATION})
    (one,) = world.audit().billable

    assert one.authorization == "AUTH1"
    # The encounter itself is in the ledger: it does not use up what it goes on with.
    assert goes_on(world, as_billed(one)) == (["AUTH2"], [])


def test_without_an_authorization_of_the_next_payer_it_is_told_and_not_sent() -> None:
    world = both_covered(policy=REQUIRED, authorizations={"AUTH1": FIRST_AUTHORIZATION})

    assert goes_on(world) == (
        [],
        [
            (
                f"not sent to second: PB511 holds encounter E1: authorizations.from: {NONE}",
                "Enter the authorization, or ask the payer for one before billing.",
            )
        ],
    )


@pytest.mark.parametrize(("used", "goes"), [(2, True), (3, False)])
def test_units_that_stand_with_the_next_payer_are_used_up(used: int, goes: bool) -> None:
    """An encounter that went on before counts with its second payer, whatever its first one authorized."""
    units = {**SECOND_AUTHORIZATION, "units": "5"}
    world = both_covered(policy=REQUIRED, authorizations={"AUTH1": FIRST_AUTHORIZATION, "AUTH2": units})
    before = {"encounter_id": "E0", "start": dt.datetime(2026, 2, 2, 10), "end": dt.datetime(2026, 2, 2, 10, 45)}
    first = standing(world, **before, units=used)
    then = attrs.evolve(first, payer="second", authorization="AUTH2", payer_turn=2)
    authorizations, told_ = goes_on(world, first, then)

    assert authorizations == (["AUTH2"] if goes else [])
    assert [why for why, _ in told_] == (
        [] if goes else [f"not sent to second: PB512 holds encounter E1: authorizations.units: {EXCEEDED}"]
    )
    # The first payer's authorization is used once, not twice.
    assert [one.authorization for one in attrs.evolve(world, history=(first, then)).audit().billable] == ["AUTH1"]


def test_the_units_of_claims_that_go_on_together_count_once_each() -> None:
    world = both_covered(
        policy=REQUIRED,
        authorizations={"AUTH1": FIRST_AUTHORIZATION, "AUTH2": SECOND_AUTHORIZATION},
        encounters={"E2": {"like": "E1", "start": "2026-03-03T10:00", "end": "2026-03-03T10:47",
                           "signed_at": "2026-03-03T16:10", "created_at": "2026-03-03T16:00"}},
    )  # fmt: skip
    sent_ = build_claims(world.audit().billable, world.records, iter(("FIRST1", "FIRST2")))
    answered_ = [
        in_ledger(
            claim,
            attrs.evolve(
                LEFT,
                claim_id=claim.claim_id,
                lines=tuple(
                    attrs.evolve(line, line_id=claim.lines[0].line_id, service_date=claim.lines[0].service_date)
                    for line in LEFT.lines
                ),
            ),
            answered_on=PAID_ON,
        )
        for claim in sent_
    ]
    claims, not_sent = run(*answered_, world=world)

    assert [(claim.follows, claim.authorization) for claim in claims] == [("FIRST1", "AUTH2")]
    assert [(one.claim_id, one.why.partition(" ")[0]) for one in not_sent] == [("FIRST2", "PB512")]


def test_the_next_payers_limits_and_the_checks_across_encounters_hold_too() -> None:
    limit = '[[peer.limit.day]]\nunits = 4\nper = "day"\nthen = "deny"\nsource = "manual p. 9"\n'
    world = both_covered(policy=limit)
    beside = standing(
        world,
        encounter_id="E0",
        start=dt.datetime(2026, 3, 2, 13),
        end=dt.datetime(2026, 3, 2, 13, 30),
        units=2,
        minutes=30,
    )

    (why, fix), *more = goes_on(world, beside)[1]
    assert more == []
    assert why.startswith("not sent to second: PB701 holds encounter E1: policy.limit.day: 5 units by 2026-03-02")
    assert fix == "Do not bill what is beyond the limit."
    assert goes_on(world, attrs.evolve(beside, units=1))[1] == []
    at_once = attrs.evolve(beside, units=1, start=dt.datetime(2026, 3, 2, 10, 30), end=dt.datetime(2026, 3, 2, 10, 45))
    assert goes_on(world, at_once)[1][0][0].startswith("not sent to second: PB801 holds encounter E1")


def test_a_remittance_of_a_day_to_come_is_waited_for() -> None:
    world = attrs.evolve(WORLD, as_of=dt.date(2026, 3, 19))

    assert goes_on(world) == (
        [],
        [
            (
                "not sent to second: the remittance of plan is dated 2026-03-20, after the bill date 2026-03-19",
                "Run bill on or after that day.",
            )
        ],
    )
    assert goes_on(attrs.evolve(WORLD, as_of=PAID_ON)) == ([""], [])


@pytest.mark.parametrize(("as_of", "held"), [(dt.date(2026, 6, 28), False), (dt.date(2026, 6, 29), True)])
def test_the_time_to_file_runs_from_the_answer_where_the_programme_says_so(as_of: dt.date, held: bool) -> None:
    """The 90 days after the service ended on 2026-05-31, the 100 after the answer of 2026-03-20 on 2026-06-28."""
    rule = '[[peer.filing]]\nother_payer_within = "100 days after other payer"\nsource = "manual p. 7"\n'
    world = attrs.evolve(both_covered(policy=rule), as_of=dt.date(2026, 3, 31))
    claim = answered(LEFT, world=world)
    _, not_sent = secondary_claims((claim,), world.records, world.policies, as_of, ids())

    assert [one.why for one in not_sent] == (
        ["PB107 holds encounter E1: encounters.start: the last day to file was 2026-06-28"] if held else []
    )


@pytest.mark.parametrize(
    ("within", "as_of", "held"),
    [
        ('"40 days after other payer"', dt.date(2026, 4, 30), []),
        ('["90 days after service", "80 days after other payer"]', dt.date(2026, 6, 8), []),
        ('["90 days after service", "80 days after other payer"]', dt.date(2026, 6, 9), ["2026-06-08"]),
    ],
)
def test_a_clock_that_nobody_confirmed_holds_only_past_the_one_that_was_read(
    within: str, as_of: dt.date, held: list[str]
) -> None:
    """The 90 days after the service were read, and ended on 2026-05-31; those after the answer were not."""
    rule = f'[[peer.filing]]\nother_payer_within = {within}\nstatus = "unconfirmed"\n'
    world = attrs.evolve(both_covered(policy=rule), as_of=dt.date(2026, 3, 31))
    claim = answered(LEFT, world=world)
    _, not_sent = secondary_claims((claim,), world.records, world.policies, as_of, ids())

    assert [one.why for one in not_sent] == [
        f"PB107 holds encounter E1: encounters.start: the last day to file was {day}" for day in held
    ]


# --- corrections of a claim to the next payer ------------------------------------------------------------------------


def family() -> ClaimFamily:
    """Return the claim of E1 to the second payer, which rests on the answer of the first."""
    first = answered(answer("32.00", "PR:2:28.00"))
    (second,), _ = run(first)
    return ClaimFamily(in_ledger(second, mode="test"), live=("E1",), rests=(Rested(first, first),))


def replaced(world: World, standing_: ClaimFamily | None = None) -> CorrectionPlan:
    families = [standing_ or family()]
    return plan_replacements(families, world.records, world.policies, world.as_of, (), unchanged=True)


def resting_on(now: SentClaim | None) -> ClaimFamily:
    """Return the claim to the second payer where the first one's claim is another by now."""
    (rest,) = family().rests
    return attrs.evolve(family(), rests=(attrs.evolve(rest, now=now),))


def test_the_replacement_of_a_following_claim_is_the_claim_that_would_go_on_now() -> None:
    (sent_,), _ = run(answered(answer("32.00", "PR:2:28.00")))
    [correction] = replaced(WORLD).corrections

    assert numbered(correction.claim, sent_.claim_id) == attrs.evolve(
        sent_, frequency="7", payer_control_number="ICN1", replaces=sent_.claim_id
    )
    assert correction.changes == ()


def test_the_void_of_a_following_claim_tells_of_the_payer_before_what_was_told() -> None:
    (sent_,), _ = run(answered(answer("32.00", "PR:2:28.00")))
    [correction] = plan_voids([family()], WORLD.records, WORLD.as_of).corrections

    assert numbered(correction.claim, sent_.claim_id) == attrs.evolve(
        sent_, frequency="8", payer_control_number="ICN1", replaces=sent_.claim_id, follows=""
    )
    assert claims_as_sent([family()], WORLD.records) == (sent_,)


@pytest.mark.parametrize(
    ("payer", "patch", "why"),
    [
        (
            "third",
            {"payers": {"second": SECOND, "third": {**SECOND, "id": "THIRD"}}},
            "the payer after FIRST1 is third now, not second: void it",
        ),
        (
            "second",
            {"payers": {"second": {**SECOND, "policy": ["ZZ/home"]}}, "policy": INSTITUTIONAL},
            "its form is 837I now, not 837P: void it",
        ),
    ],
)
def test_a_following_claim_is_replaced_with_the_same_payer_on_the_same_form(
    payer: str, patch: dict[str, Any], why: str
) -> None:
    row = {"member_id": "M1", "payer": payer, "subscriber_id": "MC443322", "from": "2026-01-01", "rank": "2"}

    plan = replaced(make_world({**patch, "coverage": {"more": row}}))

    assert (plan.corrections, [refused.why for refused in plan.refused]) == ((), [why])


FIRST = answered(LEFT)


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (None, "FIRST1, on whose answer it rests, was voided: void it too"),
        (
            attrs.evolve(FIRST, state="written"),
            "FIRST1 to the payer before is not answered yet: post its 835 first",
        ),
        (
            attrs.evolve(FIRST, state="reversed"),
            "the payer before took back all that it answered to FIRST1: void it, or post the answer that follows",
        ),
        (attrs.evolve(FIRST, state="written-off"), "FIRST1 to the payer before was written off: void it"),
        (attrs.evolve(FIRST, state="rejected-payer"), "FIRST1 to the payer before was rejected: void it"),
        (
            answered(answer("60.00")),
            "the answer to FIRST1 leaves nothing for another payer any more: void it",
        ),
        (
            answered(answer("0", "CO:18:60.00")),
            (
                "it cannot be made anew: plan denied it as a duplicate (CARC 18). Look for the claim that it repeats: "
                "the answer to that one counts for second. Or void it"
            ),
        ),
    ],
)
def test_a_following_claim_is_replaced_where_the_answer_before_it_still_leaves_something(
    now: SentClaim | None, why: str
) -> None:
    plan = replaced(WORLD, resting_on(now))

    assert (plan.corrections, [refused.why for refused in plan.refused]) == ((), [why])


def test_a_following_claim_that_rests_on_no_claim_is_not_replaced() -> None:
    plan = replaced(WORLD, attrs.evolve(family(), rests=()))

    assert [refused.why for refused in plan.refused] == ["FIRST1, on whose answer it rests, was voided: void it too"]


def test_the_replacement_of_a_following_claim_tells_what_the_payer_before_answers_otherwise() -> None:
    [correction] = replaced(WORLD, resting_on(answered(answer("40.00", "PR:2:20.00")))).corrections

    assert correction.changes == (
        (
            "answer of TEST PLAN",
            "ICN1, 2026-03-20; $32.00; line 1 H0038:HF 3 $32.00, PR 2 $28.00",
            "ICN1, 2026-03-20; $40.00; line 1 H0038:HF 3 $40.00, PR 2 $20.00",
        ),
    )
    assert [one.paid for one in correction.claim.other_payers] == [D("40.00")]


def test_a_following_claim_is_replaced_by_the_same_billing_provider() -> None:
    theirs = family()
    plan = replaced(WORLD, attrs.evolve(theirs, claim=attrs.evolve(theirs.claim, bills_as="north")))

    assert [refused.why for refused in plan.refused] == [
        "its billing provider is the organisation now, not site north: void it"
    ]


def test_the_void_of_a_following_claim_needs_what_it_told_of_the_payer_before() -> None:
    (rest,) = family().rests
    unbalanced_ = answered(answer("32.00", "PR:2:27.00"))
    gone = attrs.evolve(family(), rests=(attrs.evolve(rest, then=unbalanced_),))

    plan = plan_voids([gone], WORLD.records, WORLD.as_of)

    assert (plan.corrections, [refused.why for refused in plan.refused]) == (
        (),
        [
            (
                "what it told of the payers before cannot be told again: the answer of plan to line 1 does not "
                "balance, or pays part of a unit. Void it in the payer's portal"
            )
        ],
    )
