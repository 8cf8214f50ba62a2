"""271: what a payer says of a subscriber, and why it says nothing."""

import datetime as dt

import attrs
import pytest

from peerbill.model.payer_answers import Benefit, EligibilityAnswer, Refusal
from peerbill.x12.read.answers import Transaction, read_transactions

ISA = "ISA*00*          *00*          *ZZ*PAYER          *ZZ*AGENCY         *260901*0800*^*00501*000000007*0*P*:~"
ENVELOPE = f"{ISA}GS*HB*PAYER*AGENCY*20260901*0800*1*X*005010X279A1~"
ABOVE = "HL*1**20*1~NM1*PR*2*STATE MEDICAID*****PI*12345~HL*2*1*21*1~NM1*1P*2*AGENCY*****XX*1234567893~"


def read(body: str, isa: str = ENVELOPE) -> tuple[Transaction, list[EligibilityAnswer]]:
    text = f"ST*271*0001*005010X279A1~BHT*0022*11*1*20260901*0800~{body}"
    end = f"SE*{text.count('~') + 1}*0001~GE*1*1~IEA*1*000000007~"
    transaction = next(read_transactions([isa + text + end]))
    return transaction, [answer for answer in transaction.answers if isinstance(answer, EligibilityAnswer)]


def told(transaction: Transaction) -> list[str]:
    return [f"{found.code} {found.segment} {found.message}" for found in transaction.problems]


def test_a_subscriber_with_benefits() -> None:
    transaction, answers = read(
        ABOVE + "HL*3*2*22*0~TRN*1*THEIRS*9PAYER~TRN*2*OURS*1AGENCY~NM1*IL*1*LANE*ALEX****MI*900~REF*18*PLAN9~"
        "N3*1 MAIN~N4*LANSING*MI*48933~DMG*D8*19880402*M~DTP*291*D8*20260901~DTP*307*RD8*20260101-20261231~"
        "EB*1**30^MH*MC*STATE PLAN~DTP*348*D8*20260201~DTP*349*D8*20260228~REF*18*TX1~MSG*ALEX LANE IS ACTIVE~"
        "LS*2120~NM1*P3*1*JONES*MARCUS****XX*1~NM1*PR*2*BLUE PLAN*****PI*77~NM1*PR*2*OTHER*****PI*78~LE*2120~"
        "EB*MC*IND*96~EB*L~LS*2120~NM1*Y2*2*CARE ORG~LE*2120~"
    )

    assert told(transaction) == []
    assert answers == [
        EligibilityAnswer(
            trace="OURS",
            subscriber_id="900",
            payer_id="12345",
            benefits=(
                Benefit(
                    code="1",
                    service_types=("30", "MH"),
                    insurance="MC",
                    plan="STATE PLAN",
                    first_day=dt.date(2026, 2, 1),
                    last_day=dt.date(2026, 2, 28),
                    payer_name="BLUE PLAN",
                    payer_id="77",
                    reference="TX1",
                ),
                Benefit(code="MC", service_types=("96",), reference="PLAN9"),
                Benefit(code="L", payer_name="CARE ORG", reference="PLAN9"),
            ),
            first_day=dt.date(2026, 1, 1),
            last_day=dt.date(2026, 12, 31),
        )
    ]
    assert "JONES" not in str(attrs.asdict(answers[0]))
    assert "ALEX" not in str(attrs.asdict(answers[0]))
    assert "900" not in repr(answers)


@pytest.mark.parametrize(
    ("dates", "first", "last"),
    [
        ("DTP*291*D8*20260901~", dt.date(2026, 9, 1), dt.date(2026, 9, 1)),
        ("DTP*291*D8*20260901~DTP*346*D8*20260101~", dt.date(2026, 1, 1), dt.date(2026, 9, 1)),
        ("DTP*346*D8*20260101~DTP*347*D8*20261231~", dt.date(2026, 1, 1), dt.date(2026, 12, 31)),
        (
            "DTP*346*D8*20250101~DTP*356*D8*20260101~DTP*347*D8*20271231~DTP*357*D8*20261231~",
            dt.date(2026, 1, 1),
            dt.date(2026, 12, 31),
        ),
        ("DTP*346*D8*20260101~", dt.date(2026, 1, 1), None),
        ("", None, None),
    ],
)
def test_days_of_eligibility_go_before_those_of_the_plan(
    dates: str, first: dt.date | None, last: dt.date | None
) -> None:
    _, [answer] = read(f"{ABOVE}HL*3*2*22*0~NM1*IL*1*LANE*ALEX****MI*900~{dates}EB*1~")

    assert (answer.first_day, answer.last_day) == (first, last)
    assert answer.benefits == (Benefit("1"),)


@pytest.mark.parametrize(
    ("codes", "active"), [("1", True), ("6", False), ("8", False), ("5", True), ("6 1", True), ("B", None), ("", None)]
)
def test_whether_enrolment_is_active(codes: str, active: bool | None) -> None:
    _, [answer] = read(f"{ABOVE}HL*3*2*22*0~" + "".join(f"EB*{code}~" for code in codes.split()))

    assert answer.active is active


def test_what_is_refused_above_stands_in_every_answer_below() -> None:
    transaction, answers = read(
        "HL*1**20*1~AAA*Y**42*P~NM1*PR*2*X*****PI*1~AAA*Y**79*N~HL*2*1*21*1~NM1*1P*2*A~AAA*N**50*C~"
        "HL*3*2*22*0~TRN*2*A~NM1*IL*1*L*A****MI*900~AAA*N**75*C~HL*4*2*22*0~TRN*2*B~NM1*IL*1*L*B****MI*901~EB*1~AAA*N**62*C~"
        "HL*5*1*21*1~NM1*1P*2*B~HL*6*5*22*0~TRN*2*C~EB*6~"
    )
    payer = (Refusal("2000A", "42", "P"), Refusal("2100A", "79", "N"))
    provider = (Refusal("2100B", "50", "C"),)

    assert told(transaction) == []
    assert [(found.trace, found.refusals, found.active) for found in answers] == [
        ("A", (*payer, *provider, Refusal("2100C", "75", "C")), None),
        ("B", (*payer, *provider, Refusal("2110C", "62", "C")), True),
        ("C", payer, False),
    ]


def test_what_is_refused_to_all_makes_an_answer_of_its_own() -> None:
    _, answers = read("HL*1**20*1~AAA*Y**42*P~NM1*PR*2*X*****PI*1~")

    assert answers == [EligibilityAnswer("", "", "1", refusals=(Refusal("2000A", "42", "P"),))]


def test_a_dependent_has_an_answer_of_its_own() -> None:
    _, answers = read(
        f"{ABOVE}HL*3*2*22*1~TRN*2*A~NM1*IL*1*L*A****MI*900~HL*4*3*23*0~NM1*03*1*L*B~EB*1~"
        "HL*5*3*23*0~TRN*2*B~NM1*03*1*L*C~AAA*N**67*C~HL*6*2*22*0~TRN*2*C~NM1*IL*1*L*D****MI*901~EB*6~"
    )

    assert [(found.trace, found.subscriber_id, found.active, found.refusals) for found in answers] == [
        ("A", "900", True, ()),
        ("B", "900", None, (Refusal("2100D", "67", "C"),)),
        ("C", "901", False, ()),
    ]


def test_a_repetition_without_a_declared_separator_is_told() -> None:
    transaction, [answer] = read(f"{ABOVE}HL*3*2*22*0~EB*1**30^MH~EB*1**30^A4~", ENVELOPE.replace("*^*", "*U*"))

    assert [found.service_types for found in answer.benefits] == [("30", "MH"), ("30", "A4")]
    assert told(transaction) == ["X12-806 10 EB03 is repeated, but ISA11 declares no separator"]


def test_what_is_strange_in_a_271_is_told() -> None:
    transaction, answers = read(f"{ABOVE}HL*3*2*77*0~HL*4*2*22*0~DTP*307*D8*2026~ZZ~CLM*1~")

    assert told(transaction) == [
        "X12-808 9 HL03 is not 20, 21, 22 or 23: what is below it is left out",
        "X12-808 11 DTP03 is not a day CCYYMMDD or CCYYMMDD-CCYYMMDD",
        "X12-803 12 a segment with an unknown id does not belong in a 271",
        "X12-803 13 CLM does not belong in a 271",
    ]
    assert answers == [EligibilityAnswer("", "", "12345")]
