"""Answers in a file: told apart by content, whole or cut off, in any envelope."""

import datetime as dt
import functools
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shared import SAMPLES, needs_shared

from peerbill.model.finding import Severity
from peerbill.model.payer_answers import (
    Answer,
    BatchAnswer,
    ClaimAnswer,
    ClaimPayment,
    ClaimStatus,
    EligibilityAnswer,
    Envelope,
    GroupAnswer,
    InterchangeAnswer,
    RemittanceEnd,
    RemittanceHead,
)
from peerbill.x12.problems import KINDS
from peerbill.x12.read.answers import Transaction, read_transactions

ISA = "ISA*00*          *00*          *ZZ*PAYER          *ZZ*AGENCY         *260901*0800*^*00501*000000007*0*P*:~"
GROUP_999 = "GS*FA*PAYER*AGENCY*20260901*0800*4*X*005010X231A1~"
SET_999 = "ST*999*0001*005010X231A1~AK1*HC*12*005010X222A1~AK2*837*0001~IK5*A~AK9*A*1*1*1~SE*6*0001~"
GROUP_835 = "GS*HP*PAYER*AGENCY*20260901*0800*5*X*005010X221A1~"
SET_835 = (
    "ST*835*0002~BPR*I*60*C*ACH************20260901~TRN*1*EFT1*1512345678~N1*PR*STATE MEDICAID~N1*PE*AGENCY*XX*1~LX*1~"
    "CLP*PB1*1*75*60**MC*ICN1~NM1*QC*1*LANE*ALEX****MI*900~SVC*HC:H0038:HF*75*60**5~CAS*CO*45*15~REF*6R*PB1A~"
    "SE*12*0002~"
)
TA1 = "TA1*000000003*260831*0700*A*000~"
FILE = f"{ISA}{TA1}{GROUP_999}{SET_999}GE*1*4~{GROUP_835}{SET_835}GE*1*5~IEA*2*000000007~"


def read(text: str, size: int = 1 << 16) -> list[tuple[Transaction, list[Answer]]]:
    chunks = [text[at : at + size] for at in range(0, len(text), size)]
    return [(transaction, list(transaction.answers)) for transaction in read_transactions(chunks)]


def told(transaction: Transaction) -> list[tuple[str, int]]:
    return [(found.code, found.segment) for found in transaction.problems]


def sample(name: str) -> list[tuple[Transaction, list[Answer]]]:
    return read((SAMPLES / name).read_text(encoding="utf-8"))


# ------------------------------------------------------------------------------------------------- what is in a file


def test_sets_of_several_kinds_are_told_apart() -> None:
    found = read(FILE)

    assert [(t.kind, t.set_id, t.segment, t.complete) for t, _ in found] == [
        ("TA1", "", 2, True),
        ("999", "999", 4, True),
        ("835", "835", 12, True),
    ]
    assert [told(t) for t, _ in found] == [[], [], []]
    assert found[0][0].envelope == Envelope("PAYER", "AGENCY", "000000007", usage="P")
    assert found[2][0].envelope == Envelope(
        "PAYER", "AGENCY", "000000007", "PAYER", "AGENCY", "5", "005010X221A1", "0002", "P"
    )
    assert [type(answer) for _, answers in found for answer in answers] == [
        InterchangeAnswer,
        GroupAnswer,
        RemittanceHead,
        ClaimPayment,
        RemittanceEnd,
    ]


def test_another_set_than_an_answer_is_passed_over_and_named() -> None:
    text = f"{ISA}GS*HC*A*B*20260901*0800*1*X*005010X222A1~ST*837*0001*005010X222A1~BHT*0019*00*1~SE*3*0001~GE*1*1~"
    [(transaction, answers)] = read(text + "IEA*1*000000007~")

    assert (transaction.kind, transaction.set_id, transaction.complete, answers) == ("", "837", True, [])


@pytest.mark.parametrize(
    ("version", "bht", "kind"),
    [
        ("*005010X214", "0085*08", "277CA"),
        ("*005010X212", "0010*08", ""),
        ("", "0085*08", "277CA"),
        ("", "0010*08", ""),
    ],
)
def test_a_277_is_an_acknowledgment_or_the_status_of_a_claim(version: str, bht: str, kind: str) -> None:
    [(transaction, _)] = read(f"ST*277*0001{version}~BHT*{bht}*X~SE*3*0001~")

    assert (transaction.kind, transaction.set_id) == (kind, "277")


def test_going_on_reads_the_set_before_to_its_end() -> None:
    found = list(read_transactions([FILE]))
    whole = [transaction for transaction, _ in read(FILE)]

    assert [(t.kind, t.digest, t.complete, t.problems) for t in found] == [
        (t.kind, t.digest, t.complete, t.problems) for t in whole
    ]


def test_a_set_that_was_read_in_part_is_read_to_its_end() -> None:
    digests = []
    for transaction in read_transactions([FILE]):
        next(transaction.answers)
        digests.append(transaction)

    assert [t.digest for t in digests] == [t.digest for t, _ in read(FILE)]


@pytest.mark.parametrize("text", ["", "  \n", "hello", f"{ISA}IEA*0*000000007~"])
def test_a_file_without_any_set_gives_its_problems(text: str) -> None:
    [(transaction, answers)] = read(text)

    assert (transaction.kind, transaction.set_id, transaction.segment, answers) == ("", "", 0, [])
    assert bool(transaction.problems) == (not text.startswith("ISA"))


def test_an_unknown_version_is_read_and_told() -> None:
    [(transaction, answers)] = read(SET_835)

    assert told(transaction) == [("X12-001", 0), ("X12-101", 1), ("X12-801", 1)]
    assert all(found.severity is Severity.WARNING for found in transaction.problems)
    assert len(answers) == 3


# --------------------------------------------------------------------------------------------------------- envelopes


@pytest.mark.parametrize(
    ("old", "new", "code", "segment", "index"),
    [
        ("SE*6*0001", "SE*7*0001", "X12-104", 9, 1),
        ("SE*6*0001", "SE*6*0009", "X12-103", 9, 1),
        ("GE*1*4", "GE*2*4", "X12-104", 10, 1),
        ("GE*1*5", "GE*1*6", "X12-103", 24, 2),
        ("IEA*2", "IEA*3", "X12-104", 25, 2),
        ("IEA*2*000000007", "IEA*2*000000008", "X12-103", 25, 2),
    ],
)
def test_wrong_counts_and_numbers_are_told_and_reading_goes_on(
    old: str, new: str, code: str, segment: int, index: int
) -> None:
    found = read(FILE.replace(old, new))

    assert [told(t) for t, _ in found] == [[(code, segment)] if at == index else [] for at in range(3)]
    assert [answers for _, answers in found] == [answers for _, answers in read(FILE)]


@pytest.mark.parametrize("cut", ["SE*12", "REF*6R", "SVC*", "CLP*PB1", "LX*1"])
def test_a_set_that_is_cut_off_is_not_complete(cut: str) -> None:
    *_, (transaction, answers) = read(FILE[: FILE.index(cut)])

    assert not transaction.complete
    assert "X12-807" in [found.code for found in transaction.problems]
    end = answers[-1]
    assert isinstance(end, RemittanceEnd)
    assert "the remittance is cut off: SE is missing" in end.unbalanced


@pytest.mark.parametrize("trailers", [("SE",), ("SE", "GE"), ("SE", "GE", "IEA")])
def test_a_missing_trailer_ends_the_set_and_the_next_one_is_read(trailers: tuple[str, ...]) -> None:
    cut = FILE
    for id_ in trailers:
        cut = re.sub(rf"{id_}\*[^~]*~", "", cut)
    found = read(cut + FILE.replace("000000007", "000000008"))

    assert [(t.kind, t.complete) for t, _ in found] == [
        ("TA1", True),
        ("999", False),
        ("835", False),
        ("TA1", True),
        ("999", True),
        ("835", True),
    ]
    assert [told(t) for t, _ in found[4:]] == [[], []]


def test_problems_stand_with_the_set_that_they_are_about() -> None:
    found = read(FILE + "words in between " + FILE.replace("000000007", "000000009").replace("GE*1*4", "GE*9*4"))

    assert [told(t) for t, _ in found] == [[], [], [("X12-005", 25)], [], [("X12-104", 35)], []]


def test_more_than_twenty_problems_of_one_kind_are_counted() -> None:
    lines = "".join(f"SVC*HC:H0038*x{number}*0~" for number in range(30))
    [(transaction, answers)] = read(SET_835.replace("SVC*", lines + "SVC*"))
    amounts = [found for found in transaction.problems if found.code == "X12-804"]

    assert len(amounts) == 21
    assert amounts[-1].message == "10 more of this kind are not listed"
    end = answers[-1]
    assert isinstance(end, RemittanceEnd)
    assert len(end.unbalanced) == 21


# ------------------------------------------------------------------------------------------------ digests, delimiters

DELIMITERS = st.permutations("*:^~|>!'+;\x1c\x1d").map(lambda found: "".join(found[:4]))
BREAKS = st.sampled_from(["", "\n", "\r\n", "\n  ", "\t"])


def redelimited(text: str, delimiters: str, breaks: str) -> str:
    return text.translate(str.maketrans("*:^~", delimiters)).replace(delimiters[3], delimiters[3] + breaks)


@given(DELIMITERS, BREAKS, st.sampled_from(["", "\ufeff", "\n "]), st.integers(1, 400))
@settings(max_examples=60)
def test_delimiters_line_breaks_and_chunks_do_not_matter(delimiters: str, breaks: str, before: str, size: int) -> None:
    expected = read(FILE)
    found = read(before + redelimited(FILE, delimiters, breaks), size)

    assert [answers for _, answers in found] == [answers for _, answers in expected]
    assert [(t.kind, t.digest, t.problems) for t, _ in found] == [(t.kind, t.digest, t.problems) for t, _ in expected]


@pytest.mark.parametrize("breaks", ["\r\n", "\n", "\r"])
def test_lines_may_end_segments(breaks: str) -> None:
    found = read(FILE.replace("~", breaks))

    assert [(t.kind, t.digest, answers) for t, answers in found] == [
        (t.kind, t.digest, answers) for t, answers in read(FILE)
    ]


def test_a_bare_set_on_lines_is_read() -> None:
    [(transaction, answers)] = read(SET_835.replace("~", "\r\n"))

    assert transaction.complete
    assert answers == read(FILE)[2][1]


def test_the_digest_is_that_of_the_set_alone() -> None:
    alone = read(SET_835)[0][0].digest

    assert read(FILE)[2][0].digest == alone
    assert read(SET_835.replace("*60~", "*61~").replace("ICN1", "ICN2"))[0][0].digest != alone
    assert read(FILE.replace("000000007", "000000008"))[2][0].digest == alone
    assert read(FILE[: FILE.index("SE*12")])[2][0].digest != alone


def test_the_digest_of_a_ta1_is_also_that_of_sender_and_day() -> None:
    digest = read(FILE)[0][0].digest

    assert read(FILE.replace("000000007", "000000008"))[0][0].digest == digest
    assert read(FILE.replace("*PAYER          *", "*OTHER          *"))[0][0].digest != digest
    assert read(FILE.replace("*260901*", "*260902*"))[0][0].digest != digest


def test_a_person_is_not_shown() -> None:
    found = read(FILE)

    assert "LANE" not in repr(found)
    assert "900" not in repr(found[2][1])


# ----------------------------------------------------------------------------------------------- what others have sent


@needs_shared
@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*")), ids=lambda path: path.name)
def test_every_sample_is_read(path: Path) -> None:
    for transaction, answers in read(path.read_text(encoding="utf-8")):
        assert bool(answers) == bool(transaction.kind)
        assert re.fullmatch("[0-9a-f]{64}", transaction.digest) or not transaction.set_id
        assert all(found.code in KINDS for found in transaction.problems)


SUMS = {
    "edi835-emedny-ny-medicaid.835": [("45.75", 3, 10, "45.75", True)],
    "lfh-835-secondary-payment.835": [("1222.00", 2, 2, "1222.00", True)],
    "cosyte-835-with-plb.edi": [("50.00", 1, 1, "100.00", True)],
    "era835-bare-st-se-example2.835": [("1922.86", 1, 3, "1922.86", True)],
    "oopf-835-multiple-interchanges.txt": [
        ("999.99", 19, 38, "776.06", False),
        ("9999.99", 23, 24, "3111.09", False),
        ("482.13", 14, 29, "3439.89", False),
    ],
}


@needs_shared
@pytest.mark.parametrize("name", SUMS)
def test_the_remittances_of_others(name: str) -> None:
    found = []
    for transaction, answers in sample(name):
        head, *claims, end = answers
        assert isinstance(head, RemittanceHead)
        assert isinstance(end, RemittanceEnd)
        payments = [claim for claim in claims if isinstance(claim, ClaimPayment)]
        assert payments == claims
        assert transaction.kind == "835"
        assert sum(claim.paid for claim in payments) == end.paid
        lines = sum(len(claim.lines) for claim in payments)
        found.append((str(head.amount), end.claims, lines, str(end.paid), not end.unbalanced))

    assert found == SUMS[name]


@needs_shared
def test_what_real_remittances_deviate_in_is_told() -> None:
    codes = {name: Counter(found.code for t, _ in sample(name) for found in t.problems) for name in SUMS}

    assert codes["edi835-emedny-ny-medicaid.835"] == {}
    assert codes["lfh-835-secondary-payment.835"] == {"X12-805": 1, "X12-806": 1}
    assert codes["cosyte-835-with-plb.edi"] == {"X12-104": 1}
    assert codes["era835-bare-st-se-example2.835"] == {"X12-001": 1, "X12-101": 1, "X12-801": 1}


@needs_shared
def test_the_payment_day_in_the_wrong_element_is_taken() -> None:
    head = sample("lfh-835-secondary-payment.835")[0][1][0]

    assert head == RemittanceHead(
        amount=Decimal(1222),
        handling="I",
        method="CHK",
        paid_on=dt.date(2005, 4, 12),
        trace="0012524965",
        originator="1559123456",
        payer_name="YOUR TAX DOLLARS AT WORK",
        payee_id="599944521",
        receiver_id="030240928",
        produced_on=dt.date(2005, 4, 12),
    )


@needs_shared
def test_the_acknowledgments_of_others() -> None:
    [(rejected, [group])] = sample("imsweb-999-rejected.txt")
    assert isinstance(group, GroupAnswer)
    assert (rejected.kind, group.control_number, group.code) == ("999", "28", "R")
    assert (group.included, group.received, group.accepted) == (1, 1, 0)
    assert [(found.control_number, found.code) for found in group.sets] == [("0028", "R")]

    [(partial, [group])] = sample("oopf-999-wisconsin-partial.txt")
    assert isinstance(group, GroupAnswer)
    assert partial.envelope.version == "005010X231"
    assert (group.control_number, group.code) == ("17456", "P")
    assert [(found.control_number, found.code) for found in group.sets] == [("0001", "A"), ("002", "R"), ("0003", "R")]
    assert group.sets[1].errors == (
        "claim 123456789: CLM, segment 22 from ST: CLM02: a required element is missing (code 1)",
        "the transaction set: one or more segments are wrong (code 5)",
    )

    [(noted, [group])] = sample("cosyte-999-accept-with-errors.edi")
    assert isinstance(group, GroupAnswer)
    assert [(found.code, found.accepted) for found in group.sets] == [("E", True)]
    assert told(noted) == [("X12-805", 6), ("X12-104", 10)]


@needs_shared
def test_the_ta1s_of_others() -> None:
    assert [answers for _, answers in sample("oopf-ta1-two-acks.txt")] == [
        [InterchangeAnswer("0659", "A", "", "20110922", "0512")],
        [InterchangeAnswer("0660", "A", "", "20110922", "0512")],
    ]
    assert [found.code for t, _ in sample("oopf-ta1-two-acks.txt") for found in t.problems].count("X12-805") == 4
    [(transaction, answers)] = sample("cosyte-ta1-reject.edi")
    assert answers == [InterchangeAnswer("000000019", "R", "001", "250101", "1200")]
    assert transaction.problems == []


@needs_shared
def test_the_claim_acknowledgments_of_others() -> None:
    [(transaction, answers)] = sample("imsweb-277ca-rejected-emedny.txt")
    assert transaction.problems == []
    claim = answers[-1]
    assert isinstance(claim, ClaimAnswer)
    assert (claim.rejected, claim.action) == (True, "WQ")
    assert claim == ClaimAnswer(
        claim_id="3920394930203",
        statuses=(ClaimStatus("A7", "562", "85"),),
        payer_control_number="1107000000001120",
        day=dt.date(2011, 3, 11),
        action="WQ",
        charge=Decimal("199.14"),
        reference="11200001",
        subscriber_id="XX99999X",
        first_day=dt.date(2009, 3, 11),
        last_day=dt.date(2009, 3, 11),
        submitter_id="ETIN",
        provider_id="123456789",
    )

    [(transaction, answers)] = sample("cosyte-277ca-canonical.edi")
    assert [found.code for found in transaction.problems] == ["X12-802", "X12-805"]
    assert [(type(found), found.statuses) for found in answers if isinstance(found, BatchAnswer | ClaimAnswer)] == [
        (BatchAnswer, (ClaimStatus("A1", "19", "PR"),)),
        (BatchAnswer, (ClaimStatus("A2", "20", "PR"),)),
        (ClaimAnswer, (ClaimStatus("A7", "21", "PR"),)),
    ]


@needs_shared
def test_the_eligibility_answers_of_others() -> None:
    [(_, [answer])] = sample("lfh-271-subscriber.271")
    assert isinstance(answer, EligibilityAnswer)
    assert (answer.trace, answer.subscriber_id, answer.active) == ("93175-012547", "123456789", True)
    assert [benefit.code for benefit in answer.benefits] == ["1", "L", "1", "B", "B"]
    assert answer.benefits[2].service_types == ("1", "33", "35", "47", "86", "88", "98", "AL", "MH", "UC")
    assert "MARCUS" not in repr(answer)
    assert "JONES" not in str(attrs.asdict(answer))

    [(_, [answer])] = sample("oopf-271-aaa-errors.txt")
    assert isinstance(answer, EligibilityAnswer)
    assert (answer.active, answer.benefits) == (None, ())
    assert [(found.level, found.reason) for found in answer.refusals] == [
        ("2000A", "80"),
        ("2000A", "79"),
        ("2100A", "79"),
        ("2100A", "80"),
        ("2100B", "41"),
        ("2100B", "41"),
        ("2100C", "42"),
    ]


# ------------------------------------------------------------------------------------------------------------- damage

SET_277 = (
    "ST*277*0001*005010X214~BHT*0085*08*1*20260901*0800*TH~HL*1**20*1~TRN*1*1~HL*2*1*21*1~TRN*2*9~STC*A1:19*20260901*WQ"
    "*5~QTY*90*1~HL*3*2*19*1~HL*4*3*PT~TRN*2*PB1~STC*A7:21:85*20260901*U*5~SVC*HC:H0038*5~STC*A7:1~REF*FJ*1~SE*16*0001~"
)
SET_271 = (
    "ST*271*0001*005010X279A1~BHT*0022*11*1~HL*1**20*1~AAA*N**42*Y~NM1*PR*2*P*****PI*1~HL*2*1*21*1~HL*3*2*22*0~"
    "TRN*2*T1~NM1*IL*1*L*A****MI*9~DTP*307*RD8*20260101-20261231~EB*1**30^MH~LS*2120~NM1*PR*2*X~LE*2120~SE*15*0001~"
)


@functools.cache
def damageable() -> tuple[str, ...]:
    texts = [
        FILE,
        ISA + SET_277,
        ISA + SET_271,
        f"{ISA}{GROUP_999}{SET_999}".replace("IK5*A", "IK3*CLM*9**8~IK4*1:2*9*7"),
    ]
    if SAMPLES.exists():
        texts += [path.read_text(encoding="utf-8")[:6000] for path in sorted(SAMPLES.glob("*[0-9x-]*.*"))]
    return tuple(texts)


@given(st.data())
@settings(max_examples=150)
def test_any_damage_gives_a_result_and_chunks_do_not_matter(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(damageable()))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        piece = data.draw(st.text(alphabet="*:~^ \nHLCLPSVEB029.-é\x00\udc80", max_size=8))
        text = text[:at] + piece + text[at + data.draw(st.integers(0, 20)) :]
    if data.draw(st.booleans()):
        text = text[: data.draw(st.integers(0, len(text)))]
    size = data.draw(st.integers(1, 2000))

    found, expected = read(text, size), read(text)

    assert [(t.kind, t.digest, t.complete, t.problems, answers) for t, answers in found] == [
        (t.kind, t.digest, t.complete, t.problems, answers) for t, answers in expected
    ]
    assert all(problem.code in KINDS for t, _ in found for problem in t.problems)


IDS = "ST SE CLP SVC CAS PLB BPR DTM AMT REF NM1 N1 HL TRN STC QTY EB AAA DTP LS LE AK1 AK2 IK3 IK4 IK5 CTX AK9 TA1 ZZ"
ELEMENTS = [
    "",
    "1",
    "-1",
    "20",
    "22",
    "PT",
    "21",
    "D8",
    "RD8",
    "20260901",
    "20260230",
    "HC:H0038",
    "A7:1",
    "CLM01:1",
    "é",
]


@given(
    st.sampled_from(["999", "835", "271", "277"]),
    st.lists(st.tuples(st.sampled_from(IDS.split()), st.lists(st.sampled_from(ELEMENTS), max_size=9)), max_size=25),
)
@settings(max_examples=150)
def test_any_row_of_segments_gives_a_result(kind: str, rows: list[tuple[str, list[str]]]) -> None:
    body = "".join("*".join([id_, *elements]) + "~" for id_, elements in rows)

    for transaction, _ in read(f"{ISA}ST*{kind}*0001*005010X214~{body}SE*1*0001~"):
        assert all(found.code in KINDS for found in transaction.problems)
