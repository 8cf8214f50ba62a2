"""835: every amount, reason and remark is kept, and what does not add up is told to the cent."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerbill.model.claim import Adjustment
from peerbill.model.payer_answers import (
    Answer,
    ClaimPayment,
    LinePayment,
    ProviderAdjustment,
    RemittanceEnd,
    RemittanceHead,
)
from peerbill.x12.read.answers import Transaction, read_transactions

ISA = "ISA*00*          *00*          *ZZ*PAYER          *ZZ*AGENCY         *260901*0800*^*00501*000000007*0*P*:~"
ENVELOPE = f"{ISA}GS*HP*PAYER*AGENCY*20260901*0800*5*X*005010X221A1~"


def whole(body: str) -> str:
    text = f"ST*835*0001~{body}"
    return f"{ENVELOPE}{text}SE*{text.count('~') + 1}*0001~GE*1*5~IEA*1*000000007~"


def read(text: str, size: int = 1 << 16) -> tuple[Transaction, list[Answer]]:
    transaction = next(read_transactions(text[at : at + size] for at in range(0, len(text), size)))
    return transaction, list(transaction.answers)


def parts(body: str) -> tuple[RemittanceHead, list[ClaimPayment], RemittanceEnd]:
    head, *claims, end = read(whole(body))[1]
    assert isinstance(head, RemittanceHead)
    assert isinstance(end, RemittanceEnd)
    return head, [claim for claim in claims if isinstance(claim, ClaimPayment)], end


def told(body: str) -> list[str]:
    return [f"{found.code} {found.segment} {found.message}" for found in read(whole(body))[0].problems]


def told_with_elements(body: str) -> list[str]:
    return [f"{found.code} {found.element} {found.message}" for found in read(whole(body))[0].problems]


def unbalanced(body: str) -> list[str]:
    return list(parts(body)[2].unbalanced)


BPR = "BPR*I*{}*C*ACH************20260901~"
NOTHING_PAID = "BPR*H*0*C*NON************20260901~"

# ------------------------------------------------------------------------------------------------------- what is kept

FULL = (
    "BPR*I*92.5*C*ACH*CCP*01*1*DA*2*1512345678**01*3*DA*4*20260901~TRN*1*EFT1*1512345678~CUR*PR*USD~REF*EV*AGENCY~"
    "REF*F2*V1~DTM*405*20260831~N1*PR*STATE MEDICAID*XV*12345~N3*1 MAIN~N4*LANSING*MI*48933~REF*2U*999~PER*BL*DESK~"
    "N1*PE*AGENCY*XX*1234567893~REF*TJ*381234567~LX*1~TS3*1~"
    "CLP*PB1*1*150*100*5*MC*ICN1*57*7~CAS*CO*45*10**97*5*2**~CAS*PR*3*5~NM1*QC*1*LANE*ALEX****MI*900~"
    "NM1*74*1**ALEC~NM1*82*1*RIVERA*DANA****XX*1245319599~NM1*IL*1*LANE*SAM****MI*901~"
    "MIA*0***0*N1***************N2*N3*N4*N5~MOA***MA01*MA02*MA03*MA04*MA05~REF*1L*G~DTM*232*20260801~DTM*233*20260831~"
    "DTM*050*20260820~AMT*AU*100~AMT*I*1.25~QTY*CA*1~"
    "SVC*HC:H0038:HF:HQ*80*60*0900*4*HC:H0038:HF::59*5~DTM*472*20260801~CAS*CO*45*20~REF*6R*PB1A~REF*LU*11~AMT*B6*60~"
    "LQ*HE*N20~LQ*HE*N30~LQ*RX*70~"
    "SVC*HC:H0038*70*60~DTM*150*20260802~DTM*151*20260803~CAS*OA*23*10~LX*2~"
    "CLP*PB0*22*-10*-10**MC*ICN0~SVC*NU:0900*-10*-10**-1~CLP*PB3*4*0*0~"
    "PLB*1234567893*20261231*WO:ICN0:X*-5*L6*-1.25*72:R1*1.75*FB*2*90:A*-3*CS*3~PLB*1*20261231*J1:B*0~"
)


def test_everything_in_a_remittance_is_kept() -> None:
    head, claims, end = parts(FULL)

    assert head == RemittanceHead(
        amount=Decimal("92.5"),
        handling="I",
        method="ACH",
        paid_on=dt.date(2026, 9, 1),
        trace="EFT1",
        originator="1512345678",
        payer_name="STATE MEDICAID",
        payer_id="12345",
        payee_id="1234567893",
        receiver_id="AGENCY",
        produced_on=dt.date(2026, 8, 31),
    )
    assert claims[0] == ClaimPayment(
        claim_id="PB1",
        status="1",
        charge=Decimal(150),
        paid=Decimal(100),
        position=1,
        patient=Decimal(5),
        filing="MC",
        payer_control_number="ICN1",
        frequency="7",
        adjustments=(
            Adjustment("CO", "45", Decimal(10)),
            Adjustment("CO", "97", Decimal(5), Decimal(2)),
            Adjustment("PR", "3", Decimal(5)),
        ),
        remarks=("N1", "N2", "N3", "N4", "N5", "MA01", "MA02", "MA03", "MA04", "MA05"),
        lines=(
            LinePayment(
                hcpcs="H0038",
                modifiers=("HF", "HQ"),
                charge=Decimal(80),
                paid=Decimal(60),
                units=Decimal(4),
                service_date=dt.date(2026, 8, 1),
                line_id="PB1A",
                adjustments=(Adjustment("CO", "45", Decimal(20)),),
                remarks=("N20", "N30"),
                allowed=Decimal(60),
                sent_hcpcs="H0038",
                sent_modifiers=("HF", "59"),
                revenue_code="0900",
            ),
            LinePayment(
                hcpcs="H0038",
                modifiers=(),
                charge=Decimal(70),
                paid=Decimal(60),
                service_date=dt.date(2026, 8, 2),
                adjustments=(Adjustment("OA", "23", Decimal(10)),),
            ),
        ),
        interest=Decimal("1.25"),
        first_day=dt.date(2026, 8, 1),
        last_day=dt.date(2026, 8, 31),
        received_on=dt.date(2026, 8, 20),
        subscriber_id="901",
        corrected=True,
    )
    assert claims[1].is_reversal
    assert claims[1].lines == (LinePayment("", (), Decimal(-10), Decimal(-10), Decimal(-1), revenue_code="0900"),)
    assert claims[2] == ClaimPayment("PB3", "4", Decimal(0), Decimal(0), 3)
    day = dt.date(2026, 12, 31)
    assert end == RemittanceEnd(
        adjustments=(
            ProviderAdjustment("1234567893", day, "WO", "ICN0:X", Decimal(-5)),
            ProviderAdjustment("1234567893", day, "L6", "", Decimal("-1.25")),
            ProviderAdjustment("1234567893", day, "72", "R1", Decimal("1.75")),
            ProviderAdjustment("1234567893", day, "FB", "", Decimal(2)),
            ProviderAdjustment("1234567893", day, "90", "A", Decimal(-3)),
            ProviderAdjustment("1234567893", day, "CS", "", Decimal(3)),
            ProviderAdjustment("1", day, "J1", "B", Decimal(0)),
        ),
        claims=3,
        paid=Decimal(90),
        unbalanced=(),
    )


def test_a_clean_remittance_tells_nothing() -> None:
    assert told(FULL) == []


def test_an_adjustment_has_six_reasons_and_a_claim_several_groups() -> None:
    six = "*".join(f"{reason}*{reason}.5*1" for reason in range(1, 7))
    _, [claim], end = parts(f"{NOTHING_PAID}LX*1~CLP*PB1*2*27*0~CAS*CO*{six}~CAS*OA*23*3~")

    assert [(found.group, found.reason, str(found.amount), found.quantity) for found in claim.adjustments] == [
        *[("CO", str(reason), f"{reason}.5", Decimal(1)) for reason in range(1, 7)],
        ("OA", "23", "3", None),
    ]
    assert end.unbalanced == ()


@pytest.mark.parametrize(
    ("bpr", "amount"),
    [
        ("I*60*C", "60"),
        ("I*60*D", "-60"),
        ("I*-60*D", "-60"),
        ("I*-60*C", "-60"),
        ("H*0*C", "0"),
        ("I*0060.00*C", "60.00"),
    ],
)
def test_a_debit_is_negative(bpr: str, amount: str) -> None:
    head, _, _ = parts(f"BPR*{bpr}*ACH************20260901~")

    assert str(head.amount) == amount


def test_nothing_paid_balances() -> None:
    head, [claim], end = parts(f"{NOTHING_PAID}LX*1~CLP*PB1*4*75*0~SVC*HC:H0038*75*0**0~CAS*CO*97*75~")

    assert (head.amount, head.method, claim.paid, end.unbalanced) == (Decimal(0), "NON", Decimal(0), ())
    assert claim.lines[0].units == 0


def test_a_takeback_larger_than_what_is_paid_balances() -> None:
    body = "LX*1~CLP*PB1*22*-75*-60~CAS*CO*45*-15~CLP*PB1*1*75*50~CAS*CO*45*25~PLB*1*20261231*FB:1*-10~"

    assert unbalanced(NOTHING_PAID + body) == []
    assert unbalanced(f"{BPR.format('-10')}{body.replace('*-10~', '*0~')}") == []


def test_interest_in_amt_is_in_no_sum() -> None:
    claim = "LX*1~CLP*PB1*1*75*75~AMT*I*2~"

    assert unbalanced(BPR.format("75") + claim) == []
    assert unbalanced(BPR.format("77") + claim + "PLB*1*20261231*L6*-2~") == []


# ------------------------------------------------------------------------------------------------------------ balance


def test_each_rule_is_told_with_its_sums() -> None:
    body = (
        BPR.format("100") + "LX*1~CLP*PB1*1*150*100~CAS*CO*45*10~SVC*HC:H0038*80*60~CAS*CO*45*19.99~SVC*HC:H0038*70*40~"
    )

    assert unbalanced(body + "PLB*1*20261231*WO*.01~") == [
        "segment 8, claim PB1: SVC02 is 80, but SVC03 and the adjustments of the line make 79.99",
        "segment 10, claim PB1: SVC02 is 70, but SVC03 and the adjustments of the line make 40",
        "segment 6, claim PB1: CLP03 is 150, but CLP04 and the adjustments of the claim and its lines make 129.99",
        "BPR02 is 100, but the claims (100) less PLB (0.01) make 99.99",
    ]


def test_amounts_are_never_rounded() -> None:
    assert unbalanced(f"{BPR.format('60.001')}LX*1~CLP*PB1*1*75*60.001~CAS*CO*45*14.999~") == []
    assert len(unbalanced(f"{BPR.format('60.001')}LX*1~CLP*PB1*1*75*60~CAS*CO*45*15~")) == 1
    huge = "999999999999.99999999"
    body = f"LX*1~CLP*PB1*1*{huge}*0~CAS*CO*45*999999999999.99999998~CAS*CO*45*0.00000001~"
    assert unbalanced(NOTHING_PAID + body) == []
    assert len(unbalanced(NOTHING_PAID + body.replace("*0.00000001", "*0.00000002"))) == 1


@pytest.mark.parametrize("text", ["x", "1,000", "1e3", "NaN", "Infinity", "--1", "1_0", ".", "-", "1" * 13, "٣"])
def test_what_is_not_an_amount_is_told_and_never_balances(text: str) -> None:
    body = f"{BPR.format('60')}LX*1~CLP*PB1*1*75*60~CAS*CO*45*15~PLB*1*20261231*WO*{{}}~"

    assert unbalanced(body.format("0")) == []
    assert unbalanced(body.format(text)) == ["segment 8: PLB04 is not an amount"]
    assert told(body.format(text)) == ["X12-804 8 PLB04 is not an amount"]


@pytest.mark.parametrize("text", ["75", "75.00", "+75", "0075", "75.", "75.0000000000", " 75 "])
def test_amounts_are_read_as_payers_write_them(text: str) -> None:
    assert unbalanced(f"{BPR.format('75')}LX*1~CLP*PB1*1*75*{text}~") == []


def test_sentences_are_capped_and_counted() -> None:
    claims = "".join(f"CLP*PB{number}*1*75*60~" for number in range(100))
    sentences = unbalanced(f"{BPR.format('6000')}LX*1~{claims}")

    assert len(sentences) == 21
    assert sentences[19:] == [
        "segment 25, claim PB19: CLP03 is 75, but CLP04 and the adjustments of the claim and its lines make 60",
        "80 more do not balance",
    ]


@pytest.mark.parametrize(
    ("body", "problems", "sentences"),
    [
        (
            "TRN*1*A~LX*1~",
            ["X12-802 5 BPR, or the amount in it, is missing"],
            ["the remittance does not say how much was paid: BPR02 is missing"],
        ),
        (
            BPR.format("0") + "SVC*HC:H0038*75*75~CAS*CO*45*1~",
            ["X12-803 5 SVC stands before CLP", "X12-803 6 CAS stands before CLP"],
            ["segment 5: SVC belongs to no claim", "segment 6: CAS belongs to no claim"],
        ),
        (BPR.format("0") + "CLP*PB1*4**0~", ["X12-802 5 CLP03 is missing; it counts as 0"], []),
        (BPR.format("0") + "CLP*PB1*4*0*0~CAS*XX*1*0~", ["X12-805 6 CAS01 is not one of CO, OA, PI, PR"], []),
        (
            BPR.format("0") + "CLP*PB1*4*0*0~CAS*CO**0*1*1*~",
            ["X12-802 6 CAS02 is missing", "X12-802 6 CAS06 is missing"],
            [],
        ),
        (BPR.format("0") + "CLP*PB1*4*0*0~DTM*232*20260230~", ["X12-808 6 DTM02 is not a day CCYYMMDD"], []),
        (BPR.format("0") + BPR.format("1"), ["X12-803 5 BPR stands twice; the first one counts"], []),
        ("BPR*I*0*C*ACH~", ["X12-802 4 BPR16, the day of payment, is missing"], []),
        (
            BPR.format("0") + "ZZZ*1~ZZZ*2~HL*1~",
            [
                "X12-803 5 a segment with an unknown id does not belong in an 835",
                "X12-803 7 HL does not belong in an 835",
            ],
            [],
        ),
    ],
)
def test_what_is_missing_or_strange_is_told(body: str, problems: list[str], sentences: list[str]) -> None:
    assert told(body) == problems
    assert unbalanced(body) == sentences


CLAIM = BPR.format("0") + "CLP*PB1*4*0*0~"


@pytest.mark.parametrize(
    ("body", "problems", "sentences"),
    [
        (
            f"{CLAIM}CAS*CO*45*x*y*97*0*z~",
            [
                "X12-804 CAS03 CAS03 is not an amount",
                "X12-804 CAS04 CAS04 is not an amount",
                "X12-804 CAS07 CAS07 is not an amount",
            ],
            ["segment 6: CAS03 is not an amount"],
        ),
        (
            f"{CLAIM}CAS*CO*45**1*97~",
            ["X12-802 CAS03 CAS03 is missing", "X12-802 CAS06 CAS06 is missing"],
            [],
        ),
        (f"{CLAIM}CAS*CO**0*1*97*0~", ["X12-802 CAS02 CAS02 is missing"], []),
        (f"{CLAIM}CAS*CO*45*0****~", [], []),
        (f"{CLAIM}CAS*XX*45*0~", ["X12-805 CAS01 CAS01 is not one of CO, OA, PI, PR"], []),
        (
            f"{CLAIM}CAS*CO*45*0**ZZ9*0~",
            ["X12-805 CAS05 CAS05 is ZZ9, in no list of claim adjustment reason codes"],
            [],
        ),
        (
            f"{CLAIM}PLB*1*20261231*WO**L6~",
            ["X12-802 PLB04 PLB04 is missing", "X12-802 PLB06 PLB06 is missing"],
            [],
        ),
        (f"{CLAIM}PLB*1*20261231*WO*0***~", [], []),
        (f"{CLAIM}PLB*1*20261331*WO*0~", ["X12-808 PLB02 PLB02 is not a day CCYYMMDD"], []),
        (
            "BPR*I*x*C*ACH************20260901~CLP*PB1*4**x~",
            [
                "X12-804 BPR02 BPR02 is not an amount",
                "X12-802 BPR02 BPR, or the amount in it, is missing",
                "X12-802 CLP03 CLP03 is missing; it counts as 0",
                "X12-804 CLP04 CLP04 is not an amount",
            ],
            [
                "segment 4: BPR02 is not an amount",
                "the remittance does not say how much was paid: BPR02 is missing",
                "segment 5: CLP04 is not an amount",
            ],
        ),
        (
            "BPR*I*0*C*ACH***********20260901~",
            ["X12-805 BPR15 BPR16 is empty; the day of payment stands in BPR15"],
            [],
        ),
        ("BPR*I*0*C*ACH***********2026090~", ["X12-802 BPR16 BPR16, the day of payment, is missing"], []),
        (
            "BPR*I*0*C*ACH***********20260931~",
            [
                "X12-802 BPR16 BPR16, the day of payment, is missing",
                "X12-808 BPR15 BPR15 is not a day CCYYMMDD",
            ],
            [],
        ),
        (
            BPR.format("0") + "NM1*QC*1~",
            ["X12-803  NM1 stands before CLP"],
            [],
        ),
    ],
)
def test_each_problem_names_its_element(body: str, problems: list[str], sentences: list[str]) -> None:
    assert told_with_elements(body) == problems
    assert unbalanced(body) == sentences


def test_empty_triples_are_no_adjustments() -> None:
    [claim] = parts(f"{CLAIM}CAS*CO*45*1***** 97 *2*3~")[1]
    end = parts(f"{CLAIM}PLB*1*20261231*WO*1*** L6 *2~")[2]

    assert claim.adjustments == (
        Adjustment("CO", "45", Decimal(1)),
        Adjustment("CO", "97", Decimal(2), Decimal(3)),
    )
    assert [(each.code, each.amount) for each in end.adjustments] == [("WO", Decimal(1)), ("L6", Decimal(2))]


def test_the_day_of_payment_in_the_element_before_its_own_counts() -> None:
    assert parts("BPR*I*0*C*ACH***********20260901~")[0].paid_on == dt.date(2026, 9, 1)
    assert parts("BPR*I*0*C*ACH***********2026090~")[0].paid_on is None


@pytest.mark.parametrize(
    ("segments", "payer_id"),
    [
        ("N1*PR*MEDICAID~REF*2U*999~", "999"),
        ("N1*PR*MEDICAID~REF*2U*999~REF*NF*888~", "999"),
        ("N1*PR*MEDICAID*XV*12345~REF*2U*999~", "12345"),
        ("N1*PR*MEDICAID~REF*LU*999~", ""),
        ("N1*PE*AGENCY*XX*1~REF*2U*999~", ""),
        ("REF*2U*999~N1*PR*MEDICAID~", ""),
    ],
)
def test_the_id_of_the_payer_stands_in_its_own_loop(segments: str, payer_id: str) -> None:
    assert parts(BPR.format("0") + segments)[0].payer_id == payer_id


@pytest.mark.parametrize(
    ("segments", "field"),
    [
        ("REF*EV*AGENCY~", "receiver_id"),
        ("DTM*405*20260831~", "produced_on"),
        ("N1*PE*AGENCY*XX*1~", "payee_id"),
    ],
)
def test_what_belongs_to_the_head_is_not_read_below_it_and_other_qualifiers_say_nothing(
    segments: str, field: str
) -> None:
    empty = parts(BPR.format("0"))[0]
    id_, _, rest = segments.partition("*")
    other = f"{id_}*ZZ*{rest.partition('*')[2]}"

    assert attrs.evolve(parts(BPR.format("0") + segments)[0], **{field: getattr(empty, field)}) == empty
    assert parts(BPR.format("0") + segments)[0] != empty
    assert parts(BPR.format("0") + other)[0] == empty
    assert parts(f"{CLAIM}{segments}")[0] == empty


@pytest.mark.parametrize("line", ["", "SVC*HC:H0038*0*0~"])
@pytest.mark.parametrize(
    "segments",
    ["DTM*036*20260801~", "REF*ZZ*X~", "AMT*ZZ*1~", "LQ*RX*N20~", "LQ*HE~", "NM1*ZZ*1*X******1~", "QTY*CA*1~"],
)
def test_qualifiers_that_nobody_asks_for_change_no_claim(line: str, segments: str) -> None:
    assert parts(f"{CLAIM}{line}{segments}")[1] == parts(f"{CLAIM}{line}")[1]


def test_a_claim_that_crossed_over_says_so() -> None:
    assert [claim.crossover for claim in parts(f"{CLAIM}NM1*TT*2*PLAN~CLP*PB2*4*0*0~")[1]] == [True, False]


@pytest.mark.parametrize(
    ("segments", "day"),
    [
        ("DTM*472*20260801~DTM*150*20260802~", dt.date(2026, 8, 1)),
        ("DTM*150*20260802~DTM*472*20260801~", dt.date(2026, 8, 1)),
        ("DTM*150*20260802~", dt.date(2026, 8, 2)),
        ("DTM*151*20260802~", None),
    ],
)
def test_the_day_of_a_line_is_its_own_or_the_first_of_several(segments: str, day: dt.date | None) -> None:
    assert parts(f"{CLAIM}SVC*HC:H0038*0*0~{segments}")[1][0].lines[0].service_date == day


def test_messages_name_nobody() -> None:
    transaction, answers = read(whole(FULL.replace("*ALEX*", "*ALEX~LANE*").replace("*150*100", "*LANE*ALEX")))
    end = answers[-1]
    assert isinstance(end, RemittanceEnd)
    said = " ".join([*end.unbalanced, *[found.message for found in transaction.problems]])

    assert said
    assert "LANE" not in said
    assert "ALEX" not in said


def test_claims_are_given_while_the_rest_is_not_read_yet() -> None:
    claims = 5000
    taken = 0

    def chunks() -> Iterable[str]:
        nonlocal taken
        head, tail = whole(f"{BPR.format(60 * claims)}LX*1~#").replace("SE*5*", f"SE*{4 + 2 * claims}*").split("#")
        yield head
        for number in range(claims):
            taken += 1
            yield f"CLP*PB{number}*1*75*60~CAS*CO*45*15~"
        yield tail.removeprefix("~")

    ahead = []
    transaction = next(read_transactions(chunks()))
    for answer in transaction.answers:
        if isinstance(answer, ClaimPayment):
            ahead.append(taken - answer.position)
        elif isinstance(answer, RemittanceEnd):
            assert answer.unbalanced == ()

    assert len(ahead) == claims
    assert max(ahead) < 20


# --------------------------------------------------------------------------------------------------------- properties

CENTS = st.integers(-100_000, 100_000).map(lambda cents: Decimal(cents).scaleb(-2))
IDS = st.text("ABCXYZ0123456789-", min_size=1, max_size=12)
CODES = st.sampled_from(["45", "97", "B7", "253", "A1"])
DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2030, 12, 31))
ADJUSTMENTS = st.lists(
    st.builds(Adjustment, st.sampled_from(["CO", "OA", "PI", "PR"]), CODES, CENTS, st.none() | CENTS), max_size=8
).map(tuple)


@st.composite
def lines(draw: st.DrawFn) -> LinePayment:
    adjustments = draw(ADJUSTMENTS)
    paid = draw(CENTS)
    return LinePayment(
        hcpcs=draw(st.sampled_from(["H0038", "T1012"])),
        modifiers=draw(st.lists(st.sampled_from(["HF", "HQ", "59"]), max_size=4).map(tuple)),
        charge=paid + sum(found.amount for found in adjustments),
        paid=paid,
        units=draw(st.none() | CENTS),
        service_date=draw(st.none() | DAYS),
        line_id=draw(st.just("") | IDS),
        adjustments=adjustments,
        remarks=draw(st.lists(st.sampled_from(["N20", "M15"]), max_size=3).map(tuple)),
        allowed=draw(st.none() | CENTS),
        sent_hcpcs=draw(st.sampled_from(["", "H0039"])),
        revenue_code=draw(st.sampled_from(["", "0900"])),
    )


@st.composite
def claims(draw: st.DrawFn, position: int) -> ClaimPayment:
    adjustments, held, paid = draw(ADJUSTMENTS), tuple(draw(st.lists(lines(), max_size=3))), draw(CENTS)
    every = [*adjustments, *[found for line in held for found in line.adjustments]]
    return ClaimPayment(
        claim_id=draw(IDS),
        status=draw(st.sampled_from(["1", "2", "4", "22"])),
        charge=paid + sum(found.amount for found in every),
        paid=paid,
        position=position,
        patient=draw(st.none() | CENTS),
        filing="MC",
        payer_control_number=draw(IDS),
        frequency=draw(st.sampled_from(["", "1", "7"])),
        adjustments=adjustments,
        remarks=draw(st.lists(st.sampled_from(["MA01", "MA130"]), max_size=5).map(tuple)),
        lines=held,
        interest=draw(st.none() | CENTS),
        first_day=draw(st.none() | DAYS),
        last_day=draw(st.none() | DAYS),
        received_on=draw(st.none() | DAYS),
        subscriber_id=draw(IDS),
    )


@st.composite
def remittances(draw: st.DrawFn) -> tuple[RemittanceHead, list[ClaimPayment], RemittanceEnd]:
    paid = [draw(claims(position)) for position in range(1, draw(st.integers(0, 4)) + 1)]
    pairs = draw(
        st.lists(
            st.builds(ProviderAdjustment, st.just("1234567893"), DAYS, st.sampled_from(["WO", "L6"]), IDS, CENTS),
            max_size=8,
        )
    )
    total = sum((claim.paid for claim in paid), Decimal(0))
    amount = total - sum(pair.amount for pair in pairs)
    head = RemittanceHead(amount, "I", "ACH", draw(DAYS), draw(IDS), "1512345678", "STATE", "12345", "1234567893")
    return head, paid, RemittanceEnd(tuple(pairs), len(paid), total)


def written_day(day: dt.date | None) -> str:
    return f"{day:%Y%m%d}" if day else ""


def number(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}"


def write_adjustments(adjustments: Iterable[Adjustment]) -> str:
    """Write neighbours of one group in one CAS, six at most."""
    text, previous, count = "", "", 6
    for found in adjustments:
        if found.group != previous or count == 6:
            text += f"~CAS*{found.group}"
            previous, count = found.group, 0
        text += f"*{found.reason}*{number(found.amount)}*{number(found.quantity)}"
        count += 1
    return f"{text}~".removeprefix("~")


def write(head: RemittanceHead, paid: Iterable[ClaimPayment], end: RemittanceEnd) -> str:
    text = (
        f"BPR*{head.handling}*{number(head.amount)}*C*{head.method}************{written_day(head.paid_on)}~"
        f"TRN*1*{head.trace}*{head.originator}~N1*PR*{head.payer_name}*XV*{head.payer_id}~N1*PE*A*XX*{head.payee_id}~"
    )
    for claim in paid:
        text += (
            f"LX*{claim.position}~CLP*{claim.claim_id}*{claim.status}*{number(claim.charge)}*{number(claim.paid)}*"
            f"{number(claim.patient)}*{claim.filing}*{claim.payer_control_number}**{claim.frequency}~"
            f"{write_adjustments(claim.adjustments)}NM1*QC*1*LANE*ALEX****MI*{claim.subscriber_id}~"
        )
        text += f"MOA***{'*'.join(claim.remarks)}~"
        for qualifier, day in (("232", claim.first_day), ("233", claim.last_day), ("050", claim.received_on)):
            text += f"DTM*{qualifier}*{written_day(day)}~" if day else ""
        text += f"AMT*I*{number(claim.interest)}~" if claim.interest is not None else ""
        for line in claim.lines:
            sent = f"HC:{line.sent_hcpcs}" if line.sent_hcpcs else ""
            text += (
                f"SVC*{':'.join(['HC', line.hcpcs, *line.modifiers])}*{number(line.charge)}*{number(line.paid)}*"
                f"{line.revenue_code}*{number(line.units)}*{sent}~"
            )
            text += f"DTM*472*{written_day(line.service_date)}~" if line.service_date else ""
            text += write_adjustments(line.adjustments)
            text += f"REF*6R*{line.line_id}~" if line.line_id else ""
            text += f"AMT*B6*{number(line.allowed)}~" if line.allowed is not None else ""
            text += "".join(f"LQ*HE*{remark}~" for remark in line.remarks)
    for pair in end.adjustments:
        text += f"PLB*{pair.provider_id}*{written_day(pair.fiscal_date)}*{pair.code}:{pair.reference}*{pair.amount:f}~"
    return whole(text.replace("~~", "~"))


DELIMITERS = st.permutations("*:^~|>!'+;").map(lambda found: "".join(found[:4])).filter(lambda found: "-" not in found)


@given(remittances(), DELIMITERS, st.sampled_from(["", "\n", "\r\n", "\n   "]), st.integers(1, 300))
@settings(max_examples=60)
def test_a_remittance_is_read_back_whole(
    remittance: tuple[RemittanceHead, list[ClaimPayment], RemittanceEnd], delimiters: str, breaks: str, size: int
) -> None:
    head, paid, end = remittance
    text = write(head, paid, end)
    other = text.translate(str.maketrans("*:^~", delimiters)).replace(delimiters[3], delimiters[3] + breaks)

    transaction, answers = read(other, size)

    assert answers == [head, *paid, end]
    assert transaction.problems == []
    assert transaction.digest == read(text)[0].digest


@given(remittances(), st.data(), st.sampled_from(["0.01", "-0.01", "0.001"]))
@settings(max_examples=100)
def test_a_cent_more_or_less_does_not_balance(
    remittance: tuple[RemittanceHead, list[ClaimPayment], RemittanceEnd], data: st.DataObject, by: str
) -> None:
    head, paid, end = remittance
    cent = Decimal(by)
    which = data.draw(st.sampled_from(["head", "claims", "lines", "adjustments", "PLB"]))
    at = data.draw(st.integers(0, len(paid) - 1)) if paid else None
    expected = 1
    match which:
        case "PLB" if end.adjustments:
            first, *others = end.adjustments
            end = attrs.evolve(end, adjustments=(attrs.evolve(first, amount=first.amount + cent), *others))
        case "claims" if at is not None:
            field = data.draw(st.sampled_from(["charge", "paid"]))
            paid[at] = attrs.evolve(paid[at], **{field: getattr(paid[at], field) + cent})
            expected = 2 if field == "paid" else 1
        case "lines" if at is not None and paid[at].lines:
            first_line, *other_lines = paid[at].lines
            field = data.draw(st.sampled_from(["charge", "paid"]))
            changed = attrs.evolve(first_line, **{field: getattr(first_line, field) + cent})
            paid[at] = attrs.evolve(paid[at], lines=(changed, *other_lines))
        case "adjustments" if at is not None and paid[at].adjustments:
            adjustment, *more = paid[at].adjustments
            paid[at] = attrs.evolve(
                paid[at], adjustments=(attrs.evolve(adjustment, amount=adjustment.amount + cent), *more)
            )
        case _:
            head = attrs.evolve(head, amount=head.amount + cent)

    read_end = read(write(head, paid, end))[1][-1]

    assert isinstance(read_end, RemittanceEnd)
    assert len(read_end.unbalanced) == expected
