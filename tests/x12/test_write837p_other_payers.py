"""Claims that tell what other payers answered, and what the patient paid: loops 2320, 2330, 2430 and AMT*F5."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, assume, given, settings
from strategies import AS_OF, PAYER, SETTINGS, settled_claims

from peerbill.model.claim import (
    Address,
    Adjustment,
    Claim,
    OtherPayer,
    Policyholder,
    PriorPayment,
    Provider,
    ServiceLine,
    Subscriber,
)
from peerbill.model.errors import X12Error
from peerbill.x12.check.claim_files import check_text
from peerbill.x12.check.guide import check_guide
from peerbill.x12.rules837p import adjustment_groups, claim_problems
from peerbill.x12.write.write837p import write_interchange

MEMBER = Subscriber(
    "123456789012", "Lane", "Alex", dt.date(1988, 4, 2), "M", Address("5 Oak Ave", "Brick", "NJ", "08723"), rank=2
)
PEER = Provider("Rivera", "Dana", "1245319599", "175T00000X")
PAID_ON = dt.date(2026, 3, 20)
MEDICARE = OtherPayer(
    name="Medicare B",
    id="MC001",
    subscriber=attrs.evolve(MEMBER, subscriber_id="1EG4TE5MK72", rank=1),
    paid=Decimal("20.00"),
    paid_on=PAID_ON,
    claim_filing="MB",
    payer_control_number="2226275000100",
)
PRIOR = PriorPayment(
    "MC001",
    Decimal("20.00"),
    "H0038",
    ("HF",),
    3,
    PAID_ON,
    (
        Adjustment("PR", "2", Decimal("5.00")),
        Adjustment("CO", "45", Decimal("18.00")),
        Adjustment("PR", "1", Decimal("5.00")),
    ),
)
LINE = ServiceLine("A1-1", ("E1",), dt.date(2026, 3, 2), "H0038", ("HF",), 3, Decimal("48.00"), prior_payments=(PRIOR,))
CLAIM = Claim(
    "A1", PAYER.key, "M1", MEMBER, "57", ("F1120",), (LINE,), rendering=PEER, other_payers=(MEDICARE,), release=False
)


def written(*claims: Claim) -> str:
    return "".join(write_interchange(claims, PAYER, SETTINGS, AS_OF, 1))


def of_claim(claim: Claim) -> list[str]:
    """Return the segments from CLM on."""
    text = written(claim)
    return text[text.index("~CLM*") + 1 : text.index("~SE*")].split("~")


def with_line(**changes: Any) -> Claim:
    return attrs.evolve(CLAIM, lines=(attrs.evolve(LINE, **changes),))


def with_prior(**changes: Any) -> Claim:
    return with_line(prior_payments=(attrs.evolve(PRIOR, **changes),))


def with_other(**changes: Any) -> Claim:
    return attrs.evolve(CLAIM, other_payers=(attrs.evolve(MEDICARE, **changes),))


WHOLE = attrs.evolve(
    CLAIM,
    lines=(attrs.evolve(LINE, prior_payments=()),),
    other_payers=(
        attrs.evolve(
            MEDICARE,
            paid=Decimal(0),
            owed=Decimal("7.00"),
            adjustments=(
                *tuple(Adjustment("PR", str(reason), Decimal(1)) for reason in range(1, 8)),
                Adjustment("CO", "96", Decimal(41)),
            ),
        ),
    ),
)


def test_a_secondary_claim_says_line_by_line_what_the_first_payer_did() -> None:
    assert of_claim(CLAIM) == [
        "CLM*A1*48***57:B:1*Y*A*Y*I",
        "HI*ABK:F1120",
        "NM1*82*1*RIVERA*DANA****XX*1245319599",
        "PRV*PE*PXC*175T00000X",
        "SBR*P*18*******MB",
        "AMT*D*20",
        "OI***Y***I",
        "NM1*IL*1*LANE*ALEX****MI*1EG4TE5MK72",
        "N3*5 OAK AVE",
        "N4*BRICK*NJ*08723",
        "NM1*PR*2*MEDICARE B*****PI*MC001",
        "REF*F8*2226275000100",
        "LX*1",
        "SV1*HC:H0038:HF*48*UN*3***1",
        "DTP*472*D8*20260302",
        "REF*6R*A1-1",
        "SVD*MC001*20*HC:H0038:HF**3",
        "CAS*CO*45*18",
        "CAS*PR*2*5**1*5",
        "DTP*573*D8*20260320",
        "AMT*EAF*10",
    ]
    assert "~SBR*S*18*******MC~" in written(CLAIM)


PARENT = Policyholder("19", "Quillon", "Ada", "B", "Jr")


def test_another_policyholder_is_named_with_what_the_patient_is_to_them_and_without_the_patients_address() -> None:
    segments = of_claim(with_other(policyholder=PARENT))

    assert segments[4:9] == [
        "SBR*P*19*******MB",
        "AMT*D*20",
        "OI***Y***I",
        "NM1*IL*1*QUILLON*ADA*B**JR*MI*1EG4TE5MK72",
        "NM1*PR*2*MEDICARE B*****PI*MC001",
    ]


def test_an_employer_who_holds_the_policy_is_an_organization() -> None:
    segments = of_claim(with_other(policyholder=Policyholder("20", "Quillon Foundry")))

    assert segments[4] == "SBR*P*20*******MB"
    assert segments[7:9] == ["NM1*IL*2*QUILLON FOUNDRY*****MI*1EG4TE5MK72", "NM1*PR*2*MEDICARE B*****PI*MC001"]


def test_an_answer_without_lines_stands_at_the_claim_with_its_day_and_what_is_left_to_the_patient() -> None:
    segments = of_claim(WHOLE)

    assert segments[4:15] == [
        "SBR*P*18*******MB",
        "CAS*CO*96*41",
        "CAS*PR*1*1**2*1**3*1**4*1**5*1**6*1",
        "CAS*PR*7*1",
        "AMT*D*0",
        "AMT*EAF*7",
        "OI***Y***I",
        "NM1*IL*1*LANE*ALEX****MI*1EG4TE5MK72",
        "N3*5 OAK AVE",
        "N4*BRICK*NJ*08723",
        "NM1*PR*2*MEDICARE B*****PI*MC001",
    ]
    assert segments[15:17] == ["DTP*573*D8*20260320", "REF*F8*2226275000100"]
    assert not [segment for segment in segments if segment.startswith("SVD")]


def test_what_the_patient_paid_stands_before_the_references() -> None:
    claim = attrs.evolve(CLAIM, other_payers=(), lines=(attrs.evolve(LINE, prior_payments=()),), authorization="PA1")

    assert of_claim(attrs.evolve(claim, patient_paid=Decimal("48.00")))[1:3] == ["AMT*F5*48", "REF*G1*PA1"]
    assert of_claim(attrs.evolve(claim, patient_paid=Decimal("0.01")))[1] == "AMT*F5*0.01"
    assert of_claim(claim)[1] == "REF*G1*PA1"


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(settled_claims())
def test_whatever_payers_answered_both_validators_take_the_file(claim: Claim) -> None:
    assume(claim.frequency == "1" and len(adjustments_written(claim)) <= 5)
    assume(claim_problems(claim, PAYER, SETTINGS, AS_OF) == ())
    text = written(claim)

    # Why Medicare answered second (SBR05) is in no table.
    assert [problem for problem in check_text(text) if problem.code != "X12-428"] == []
    assert list(check_guide([text], workers=0)) == []


def adjustments_written(claim: Claim) -> tuple[object, ...]:
    """Return the longest run of CAS segments of one loop."""
    loops = [other.adjustments for other in claim.other_payers]
    loops += [prior.adjustments for line in claim.lines for prior in line.prior_payments]
    return max(map(adjustment_groups, loops), key=len)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(settled_claims())
def test_a_cent_too_much_is_never_written(claim: Claim) -> None:
    """Whoever paid it, for a line or for the claim: charge, payments and adjustments balance, or nothing is written."""
    assume(claim_problems(claim, PAYER, SETTINGS, AS_OF) == ())
    cent = Decimal("0.01")
    changed = [
        attrs.evolve(
            claim,
            other_payers=tuple(
                attrs.evolve(other, paid=other.paid + cent) if at == place else other
                for place, other in enumerate(claim.other_payers)
            ),
        )
        for at in range(len(claim.other_payers))
    ]
    for at, line in enumerate(claim.lines):
        if line.prior_payments:
            first = attrs.evolve(line.prior_payments[0], paid=line.prior_payments[0].paid + cent)
            worse = attrs.evolve(line, prior_payments=(first, *line.prior_payments[1:]))
            changed.append(attrs.evolve(claim, lines=(*claim.lines[:at], worse, *claim.lines[at + 1 :])))
    for one in changed:
        with pytest.raises(X12Error, match=r"prior_payments\.(adjustments|paid): "):
            written(one)


REFUSED: list[tuple[str, Callable[[], Claim], str]] = [
    (
        "a line does not balance",
        lambda: with_prior(paid=Decimal("20.01")),
        "line 1, prior_payments.adjustments: paid and adjustments come to 48.01, the line's charge is 48.00",
    ),
    (
        "the claim does not balance",
        lambda: with_other(paid=Decimal("19.99")),
        "other payer 1, prior_payments.paid: what it paid for the claim is not the sum of its lines",
    ),
    ("a payer unknown to the claim", lambda: with_prior(payer_id="MC002"), "line 1, prior_payments.payer"),
    ("lines of a payer that is not told of", lambda: attrs.evolve(CLAIM, other_payers=()), "prior_payments.payer"),
    ("one payer twice", lambda: with_line(prior_payments=(PRIOR, PRIOR)), "one payer stands twice"),
    (
        "the payer of the claim as its other payer",
        lambda: with_other(id=PAYER.id),
        "payers.id: two payers of the claim have one id",
    ),
    ("one rank twice", lambda: with_other(subscriber=MEMBER), "coverage.rank: two payers of the claim have one rank"),
    ("a group of no list", lambda: with_prior(adjustments=(Adjustment("XX", "45", Decimal(28)),)), "a group is none"),
    (
        "a reason of six characters",
        lambda: with_prior(adjustments=(Adjustment("CO", "000045", Decimal(28)),)),
        "a reason is no claim adjustment",
    ),
    (
        "an adjustment of nothing",
        lambda: with_prior(adjustments=(Adjustment("CO", "45", Decimal(28)), Adjustment("PR", "1", Decimal(0)))),
        "an amount is zero",
    ),
    ("a payment below zero", lambda: with_prior(paid=Decimal(-1)), "prior_payments.paid: it is not zero or more"),
    ("part of a cent", lambda: with_prior(paid=Decimal("20.001")), "prior_payments.paid: it is not zero or more"),
    ("a name with a delimiter", lambda: with_other(name="A*B"), "payers.name"),
    (
        "a policyholder to whom the patient is nothing",
        lambda: with_other(policyholder=attrs.evolve(PARENT, relationship="")),
        "coverage.relationship: a policyholder is named, and what the member is to that person is not",
    ),
    (
        "a policyholder who is the patient",
        lambda: with_other(policyholder=attrs.evolve(PARENT, relationship="18")),
        "coverage.relationship: a policyholder is named",
    ),
    (
        "a relationship of no list",
        lambda: with_other(policyholder=attrs.evolve(PARENT, relationship="02")),
        "coverage.relationship: it is no relationship to a policyholder",
    ),
    (
        "a policyholder without a last name",
        lambda: with_other(policyholder=attrs.evolve(PARENT, last_name="")),
        "coverage.policyholder_last_name: it is blank",
    ),
    (
        "a policyholder without a first name",
        lambda: with_other(policyholder=attrs.evolve(PARENT, first_name="")),
        "coverage.policyholder_first_name: it is blank",
    ),
    (
        "an employer with a suffix",
        lambda: with_other(policyholder=Policyholder("20", "Quillon Foundry", suffix="Inc")),
        "coverage.policyholder_first_name: it is blank, and the policyholder has a middle name or a suffix",
    ),
    (
        "a policyholder with a delimiter in the suffix",
        lambda: with_other(policyholder=attrs.evolve(PARENT, suffix="J*")),
        "coverage.policyholder_suffix",
    ),
    ("an id too short", lambda: with_other(id="1"), "payers.id: it has fewer than 2 characters"),
    ("a filing code of no list", lambda: with_other(claim_filing="XX"), "payers.claim_filing"),
    ("no code", lambda: with_prior(hcpcs="38"), "prior_payments.hcpcs"),
    ("five modifiers", lambda: with_prior(modifiers=("HF", "HQ", "U1", "U2", "U3")), "prior_payments.modifiers"),
    ("units below zero", lambda: with_prior(units=-1), "prior_payments.units"),
    ("an answer of tomorrow", lambda: with_other(paid_on=AS_OF + dt.timedelta(days=1)), "other payer 1: its answer"),
    (
        "more CAS segments than five",
        lambda: with_prior(
            paid=Decimal("17.00"),
            adjustments=tuple(Adjustment("CO", str(reason), Decimal(1)) for reason in range(1, 32)),
        ),
        "more than 5 CAS segments",
    ),
    ("paid nothing by the patient", lambda: attrs.evolve(CLAIM, patient_paid=Decimal(0)), "patient_paid"),
    ("paid too much by the patient", lambda: attrs.evolve(CLAIM, patient_paid=Decimal("48.01")), "patient_paid"),
]


@pytest.mark.parametrize(("claim", "told"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_cannot_be_written_is_refused_by_its_field(claim: Callable[[], Claim], told: str) -> None:
    with pytest.raises(X12Error) as caught:
        written(claim())

    assert told in str(caught.value)
    assert not [text for text in ("Lane", "Alex", "1EG4TE5MK72", "Oak", "Quillon", "Ada") if text in str(caught.value)]


def test_thirty_reasons_of_a_group_are_five_segments_and_can_be_written() -> None:
    reasons = tuple(Adjustment("CO", str(reason), Decimal(1)) for reason in range(1, 29))

    assert of_claim(with_prior(adjustments=reasons))[17:22] == [
        *("CAS*CO*" + "**".join(f"{reason}*1" for reason in range(first, first + 6)) for first in (1, 7, 13, 19)),
        "CAS*CO*25*1**26*1**27*1**28*1",
    ]


def test_a_payer_that_answered_some_lines_only_is_refused() -> None:
    silent = attrs.evolve(LINE, line_id="A1-2", modifiers=("HQ",), prior_payments=())

    with pytest.raises(X12Error, match=r"it answered some lines of the claim and not the others"):
        written(attrs.evolve(CLAIM, lines=(LINE, silent)))


def test_a_claim_with_other_payers_has_an_id_of_its_own_like_any_other() -> None:
    with pytest.raises(X12Error, match="another claim of the file has the same id"):
        written(CLAIM, CLAIM)
