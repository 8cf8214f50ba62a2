"""TA1, 999 and 277CA: what they say, in words, and without what was sent."""

import datetime as dt
from decimal import Decimal

import pytest

from peerbill.model.payer_answers import (
    Answer,
    BatchAnswer,
    ClaimAnswer,
    ClaimStatus,
    GroupAnswer,
    InterchangeAnswer,
    LineStatus,
)
from peerbill.model.payer_answers import SetAnswer as Set
from peerbill.x12.read.answers import Transaction, read_transactions


def read(body: str, set_id: str, version: str = "") -> tuple[Transaction, list[Answer]]:
    text = f"ST*{set_id}*0001*{version}~{body}"
    transaction = next(read_transactions([f"{text}SE*{text.count('~') + 1}*0001~"]))
    return transaction, list(transaction.answers)


def told(transaction: Transaction) -> list[str]:
    """Return what was told beside the missing envelope."""
    return [f"{p.code} {p.segment} {p.message}" for p in transaction.problems if p.code not in ("X12-001", "X12-101")]


# ------------------------------------------------------------------------------------------------------------ TA1

ISA = "ISA*00*          *00*          *ZZ*PAYER          *ZZ*AGENCY         *260901*0800*^*00501*000000007*0*P*:~"


@pytest.mark.parametrize(
    ("ta1", "answer", "codes"),
    [
        ("000000003*260831*0700*A*000", ("000000003", "A", "000", "260831", "0700"), []),
        ("000000003*260831*0700*E*005", ("000000003", "E", "005", "260831", "0700"), []),
        ("000000003*260831*0700*R*025", ("000000003", "R", "025", "260831", "0700"), []),
        ("0003*20260831*0700*A", ("0003", "A", "", "20260831", "0700"), ["X12-802", "X12-805", "X12-805"]),
        ("000000003*260831*0700*Q*000", ("000000003", "Q", "000", "260831", "0700"), ["X12-808"]),
        ("", ("", "", "", "", ""), ["X12-802", "X12-805", "X12-805", "X12-808"]),
    ],
)
def test_ta1(ta1: str, answer: tuple[str, ...], codes: list[str]) -> None:
    transaction = next(read_transactions([f"{ISA}TA1*{ta1}~IEA*0*000000007~"]))

    assert list(transaction.answers) == [InterchangeAnswer(*answer)]
    assert sorted(found.code for found in transaction.problems) == codes
    assert transaction.complete


@pytest.mark.parametrize(("code", "accepted"), [("A", True), ("E", True), ("R", False), ("", False)])
def test_an_interchange_is_accepted_or_not(code: str, accepted: bool) -> None:
    assert InterchangeAnswer("1", code).accepted is accepted
    assert Set("1", code).accepted is accepted


# ------------------------------------------------------------------------------------------------------------ 999


def read_999(body: str) -> tuple[list[str], list[GroupAnswer]]:
    transaction, answers = read(body, "999", "005010X231A1")
    return told(transaction), [answer for answer in answers if isinstance(answer, GroupAnswer)]


def errors(body: str) -> tuple[str, ...]:
    _, [group] = read_999(f"AK1*HC*12~AK2*837*0001~{body}IK5*R*5~AK9*R*1*1*0~")
    assert group.sets[0].errors[-1] == "the transaction set: one or more segments are wrong (code 5)"
    return group.sets[0].errors[:-1]


def test_a_group_that_is_accepted_whole() -> None:
    assert read_999("AK1*HC*12*005010X222A1~AK9*A*3*3*3~") == (
        [],
        [GroupAnswer("HC", "12", "A", (), 3, 3, 3, version="005010X222A1")],
    )


def test_each_set_has_its_own_answer() -> None:
    problems, [group] = read_999(
        "AK1*HC*12*005010X222A1~AK2*837*0001*005010X222A1~IK5*A~AK2*837*0002~IK3*CLM*22*2300*8~CTX*CLM01:PB1~"
        "IK4*2*782*1~IK5*R*5*I5~AK2*837*0003~IK5*E~AK9*P*3*3*2*1*5~"
    )

    assert problems == []
    assert group == GroupAnswer(
        function="HC",
        control_number="12",
        code="P",
        sets=(
            Set("0001", "A", (), (), "837", "005010X222A1"),
            Set(
                "0002",
                "R",
                (
                    "claim PB1: CLM, segment 22 from ST, loop 2300: CLM02: a required element is missing (code 1)",
                    "the transaction set: one or more segments are wrong (code 5)",
                    "the transaction set: one or more segments are not as the guide requires (code I5)",
                ),
                (22, 0, 0),
                "837",
            ),
            Set("0003", "E", (), (), "837"),
        ),
        included=3,
        received=3,
        accepted=2,
        errors=(
            "the group: the functional group is not supported (code 1)",
            "the group: GE01 does not count the transaction sets (code 5)",
        ),
        version="005010X222A1",
    )


@pytest.mark.parametrize(
    ("body", "sentences"),
    [
        ("IK3*NM1*8*2010*3~", ["NM1, segment 8 from ST, loop 2010: a required segment is missing (code 3)"]),
        ("IK3*NM1*8**I6~", ["NM1, segment 8 from ST: a segment that the situation requires is missing (code I6)"]),
        ("IK3*LAN*8**1~", ["a segment with an unknown id, segment 8 from ST: no such segment id (code 1)"]),
        ("IK3*NM1*x**8~", ["NM1: an element is wrong (code 8)"]),
        ("IK3*NM1*8**77~", ["NM1, segment 8 from ST: code 77"]),
        ("IK3*NM1*8**LANE ALEX~", ["NM1, segment 8 from ST: code not readable"]),
        (
            "IK3*SV1*31*2400*8~IK4*1:2:1*235*7*H0039~IK4*1:3*1339*12~",
            [
                "SV1, segment 31 from ST, loop 2400: SV101-2, repetition 1: the code is not valid (code 7)",
                "SV1, segment 31 from ST, loop 2400: SV101-3: the element repeats too often (code 12)",
            ],
        ),
        (
            "IK3*SV1*31*2400*5~IK4*1*235*7~",
            [
                "SV1, segment 31 from ST, loop 2400: the segment repeats too often (code 5)",
                "SV1, segment 31 from ST, loop 2400: SV101: the code is not valid (code 7)",
            ],
        ),
        (
            "IK3*REF*57**3~CTX*SITUATIONAL TRIGGER*CLM*43**5:3*C023:1325~CTX*CLM01:PB1~",
            [
                (
                    "claim PB1: REF, segment 57 from ST: a required segment is missing (code 3); "
                    "CLM05-3, segment 43 from ST, asks for it"
                )
            ],
        ),
        (
            "IK3*SV1*31*2400*8~IK4*7*1328*2~CTX*SITUATIONAL TRIGGER*HI*20**1:2~",
            [
                (
                    "SV1, segment 31 from ST, loop 2400: SV107: an element that another one requires is missing "
                    "(code 2); HI01-2, segment 20 from ST, asks for it"
                )
            ],
        ),
    ],
)
def test_errors_are_told_in_words(body: str, sentences: list[str]) -> None:
    assert list(errors(body)) == sentences


def test_what_was_sent_is_not_repeated() -> None:
    said = " ".join(
        errors(
            "IK3*NM1*8*LANE*8~CTX*SUBSCRIBER NUMBER:900123~CTX*PATIENT NAME NM109:900123~CTX*TRN02:900123~"
            "IK4*3*1035*6*LANE~IK4*LANE*1035*LANE*LANE~"
        )
    )

    assert "900123" not in said
    assert "LANE" not in said
    assert said == (
        "NM1, segment 8 from ST: NM103: a character is not allowed (code 6) "
        "NM1, segment 8 from ST: NM1: code not readable"
    )


@pytest.mark.parametrize(
    ("ak9", "code"), [("A", "A"), ("E", "E"), ("R", "R"), ("X", "X"), ("P", ""), ("", ""), ("Q", "")]
)
def test_a_set_without_an_answer_goes_with_its_group(ak9: str, code: str) -> None:
    problems, [group] = read_999(f"AK1*HC*12~AK2*837*0001~AK2*837*0002~IK5*A~AK9*{ak9}~")

    assert problems == ["X12-802 4 IK5 is missing"]
    assert [(found.control_number, found.code) for found in group.sets] == [("0001", code), ("0002", "A")]
    assert (group.included, group.received, group.accepted) == (None, None, None)


def test_a_set_stands_by_its_own_answer_where_the_group_says_otherwise() -> None:
    _, [group] = read_999("AK1*HC*12~AK2*837*0001~IK5*R~AK9*A*1*1*1~")

    assert (group.code, group.sets[0].code) == ("A", "R")


def test_what_is_missing_or_strange_in_a_999_is_told() -> None:
    problems, [group] = read_999("IK3*NM1*8*2010BA*8~IK5*R~ZZZ*1~N1*PR~N1*PE~")

    assert problems == [
        "X12-803 2 IK3 stands before AK2",
        "X12-805 2 IK303 has more than four characters",
        "X12-803 3 IK5 stands before AK2",
        "X12-803 4 a segment with an unknown id does not belong in a 999",
        "X12-803 5 N1 does not belong in a 999",
        "X12-802 7 AK1 is missing",
        "X12-802 7 AK9 is missing",
    ]
    assert group == GroupAnswer("", "", "")


# ---------------------------------------------------------------------------------------------------------- 277CA

LEVELS = (
    "BHT*0085*08*1*20260901*0800*TH~HL*1**20*1~NM1*PR*2*STATE MEDICAID*****PI*12345~TRN*1*X1~DTP*050*D8*20260901~"
    "DTP*009*D8*20260901~HL*2*1*21*1~NM1*41*2*AGENCY*****46*A1~TRN*2*BATCH7~STC*A1:19:PR*20260901*WQ*150~QTY*90*1~"
    "QTY*AA*1~AMT*YU*75~AMT*YY*75~HL*3*2*19*1~NM1*85*2*AGENCY*****XX*1234567893~TRN*1*0~STC*A1:19**WQ*150~QTY*QA*1~"
    "QTY*QC*1~AMT*YU*75~AMT*YY*75~"
)
CLAIMS = (
    "HL*4*3*PT~NM1*QC*1*LANE*ALEX****MI*900~TRN*2*PB1~STC*A2:20*20260901*WQ*75~REF*1K*ICN1~REF*D9*CH1~DTP*472*D8*20260801~"
    "HL*5*3*PT~NM1*QC*1*LANE*KIM****MI*901~TRN*2*PB2~STC*A7:562:85*20260902*U*75******A7:21*A8:1:IL*ALEX LANE~"
    "STC*A6:3~REF*1K*ICN2~DTP*472*RD8*20260801-20260802~SVC*HC:H0038:HF*75*****5~STC*A7:454*20260902*U~REF*FJ*PB2A~"
    "DTP*472*D8*20260801~SVC*HC:H0038*0~STC*A7:1~TRN*2*PB3~STC*A1:19*20260901*WQ*0~"
)


def read_277(body: str) -> tuple[list[str], list[Answer]]:
    transaction, answers = read(body, "277", "005010X214")
    return told(transaction), answers


def test_a_277ca_answers_the_file_the_provider_and_each_claim() -> None:
    problems, answers = read_277(LEVELS + CLAIMS)

    assert problems == []
    assert answers == [
        BatchAnswer("2200B", "BATCH7", (ClaimStatus("A1", "19", "PR"),), 1, 1, Decimal(75), Decimal(75), "A1"),
        BatchAnswer("2200C", "0", (ClaimStatus("A1", "19"),), 1, 1, Decimal(75), Decimal(75), "A1", "1234567893"),
        ClaimAnswer(
            "PB1",
            (ClaimStatus("A2", "20"),),
            "ICN1",
            dt.date(2026, 9, 1),
            "WQ",
            Decimal(75),
            reference="BATCH7",
            intermediary_id="CH1",
            subscriber_id="900",
            first_day=dt.date(2026, 8, 1),
            last_day=dt.date(2026, 8, 1),
            submitter_id="A1",
            provider_id="1234567893",
        ),
        ClaimAnswer(
            "PB2",
            (
                ClaimStatus("A7", "562", "85"),
                ClaimStatus("A7", "21"),
                ClaimStatus("A8", "1", "IL"),
                ClaimStatus("A6", "3"),
            ),
            "ICN2",
            dt.date(2026, 9, 2),
            "U",
            Decimal(75),
            lines=(LineStatus("PB2A", (ClaimStatus("A7", "454"),)), LineStatus("", (ClaimStatus("A7", "1"),))),
            reference="BATCH7",
            subscriber_id="901",
            first_day=dt.date(2026, 8, 1),
            last_day=dt.date(2026, 8, 2),
            words=("ALEX LANE",),
            submitter_id="A1",
            provider_id="1234567893",
        ),
        ClaimAnswer(
            "PB3",
            (ClaimStatus("A1", "19"),),
            "",
            dt.date(2026, 9, 1),
            "WQ",
            Decimal(0),
            reference="BATCH7",
            subscriber_id="901",
            submitter_id="A1",
            provider_id="1234567893",
        ),
    ]
    assert "LANE" not in repr(answers)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("INVALID TELEPHONE NUMBER", ("INVALID TELEPHONE NUMBER",)),
        ("  two  \t blanks\x07 ", ("two blanks",)),
        ("X" * 264, ("X" * 264,)),
        ("X" * 265, ("X" * 264,)),
        ("", ()),
    ],
)
def test_the_words_of_the_sender_are_kept(text: str, words: tuple[str, ...]) -> None:
    stc = f"STC*A7:127:85*20260901*U*75********{text}~"
    _, [claim] = read_277(f"HL*4*3*PT~TRN*2*PB1~{stc}SVC*HC:H0038*75~{stc}")
    _, [batch] = read_277(f"HL*2*1*21*0~TRN*2*BATCH7~{stc}")

    assert isinstance(claim, ClaimAnswer)
    assert isinstance(batch, BatchAnswer)
    assert (claim.words, claim.lines[0].words, batch.words) == (words, words, words)


def test_a_file_that_is_rejected_whole_has_no_claims() -> None:
    problems, answers = read_277(
        "HL*1**20*1~TRN*1*X~HL*2*1*21*0~TRN*2*BATCH7~STC*A8:746:40*20260901*U*150~QTY*AA*2~AMT*YY*150~"
    )

    assert problems == []
    [batch] = answers
    assert batch == BatchAnswer("2200B", "BATCH7", (ClaimStatus("A8", "746", "40"),), None, 2, None, Decimal(150))
    assert isinstance(batch, BatchAnswer)
    assert batch.rejects


def test_a_status_of_the_payer_itself_is_kept() -> None:
    _, answers = read_277("HL*1**20*1~TRN*1*X~STC*A4:24*20260901*U*0~")

    assert answers == [BatchAnswer("2200A", "X", (ClaimStatus("A4", "24"),))]


@pytest.mark.parametrize(
    ("category", "rejected", "accepted"),
    [
        (code, code in {"A3", "A4", "A6", "A7", "A8"}, code in {"A0", "A1", "A2", "A5"})
        for code in ("A0", "A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "F1", "P1")
    ],
)
@pytest.mark.parametrize("action", ["WQ", "U"])
def test_the_category_decides(category: str, action: str, rejected: bool, accepted: bool) -> None:
    _, [claim] = read_277(f"HL*4*3*PT~TRN*2*PB1~STC*{category}:20*20260901*{action}*75~")

    assert isinstance(claim, ClaimAnswer)
    assert (claim.rejected, claim.accepted) == (rejected, accepted)


def test_claims_without_the_levels_above_are_read_and_told() -> None:
    problems, answers = read_277("HL*1**22*0~TRN*2*PB1~STC*A7:21*2026-09-01*U*x~HL*2**PT~STC*A1~ZZZ~")

    assert problems == [
        "X12-805 2 HL03 is 22 or 23 where PT is expected",
        "X12-804 4 STC04 is not an amount",
        "X12-808 4 STC02 is not a day CCYYMMDD",
        "X12-803 7 a segment with an unknown id does not belong in a 277CA",
        "X12-802 8 a claim has no TRN: which one is not known",
        "X12-802 8 loop 2000A is missing",
        "X12-802 8 loop 2000B is missing",
        "X12-802 8 loop 2000C is missing",
    ]
    assert answers == [
        ClaimAnswer("PB1", (ClaimStatus("A7", "21"),), action="U"),
        ClaimAnswer("", (ClaimStatus("A1"),)),
    ]


def test_another_component_separator_than_the_declared_one_is_taken() -> None:
    problems, [claim] = read_277("HL*4*3*PT~TRN*2*PB1~STC*A7>562>85*20260901*U*75~STC*A3>21~")

    assert problems[0] == "X12-806 4 STC01 is divided by another character than ISA16 declares"
    assert isinstance(claim, ClaimAnswer)
    assert claim.statuses == (ClaimStatus("A7", "562", "85"), ClaimStatus("A3", "21"))
