"""What a 270 says, word by word, and that a library of others reads the same in it: pyx12 has no map of it."""

import datetime as dt
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import AS_OF, ORGANIZATION, PAYER, SETTINGS, days, subscribers
from x12sdk.io import X12ModelReader

from peerbill.model.claim import Address, Interchange, Payer, Subscriber
from peerbill.model.enrolment import Question
from peerbill.model.errors import X12Error
from peerbill.model.records import Settings
from peerbill.x12.check.claim_files import check_text
from peerbill.x12.write.write270 import QUESTIONS_PER_TRANSACTION, question_problems, write_interchange

MEMBER = Subscriber("123456789012", "Lane", "Alex", dt.date(1988, 4, 2), "M", Address())
QUESTION = Question("M1", "horizon", MEMBER, dt.date(2026, 3, 2), dt.date(2026, 3, 30), "EQ0000000001")


def several(number: int) -> list[Question]:
    return [attrs.evolve(QUESTION, trace=f"EQ{at:010d}") for at in range(1, number + 1)]


def written(*questions: Question, payer: Payer = PAYER, isa13: int = 7, within: Settings = SETTINGS) -> str:
    return "".join(write_interchange(questions, payer, within, AS_OF, isa13))


def read(text: str) -> list[Any]:
    """Return the transaction sets as x12sdk's models, which refuse what the guide does not allow."""
    with X12ModelReader(text) as reader:
        return list(reader.models())


def members(transaction: Any) -> list[Any]:
    (source,) = transaction.loop_2000a
    (receiver,) = source.loop_2000b
    return list(receiver.loop_2000c)


def test_one_question_is_written_whole() -> None:
    assert written(QUESTION).split("~") == [
        "ISA*00*          *00*          *ZZ*SHORE01        *ZZ*EXAMPLE02      *260331*0007*^*00501*000000007*0*T*:",
        "GS*HS*SHORE01*EXAMPLE02*20260331*0007*7*X*005010X279A1",
        "ST*270*0001*005010X279A1",
        "BHT*0022*13*0000000070001*20260331*0007",
        "HL*1**20*1",
        "NM1*PR*2*HORIZON NJ HEALTH*****PI*EXAMPLE01",
        "HL*2*1*21*1",
        "NM1*1P*2*SHORE RECOVERY COMMUNITY*****XX*1234567893",
        "HL*3*2*22*0",
        "TRN*1*EQ0000000001*9221234567",
        "NM1*IL*1*LANE*ALEX****MI*123456789012",
        "DMG*D8*19880402*M",
        "DTP*291*RD8*20260302-20260330",
        "EQ*30",
        "SE*13*0001",
        "GE*1*7",
        "IEA*1*000000007",
        "",
    ]


@pytest.mark.parametrize(
    ("changes", "segment"),
    [
        ({"first_day": dt.date(2026, 3, 30)}, "DTP*291*D8*20260330"),
        ({"first_day": dt.date(2026, 3, 29)}, "DTP*291*RD8*20260329-20260330"),
        ({"subscriber": attrs.evolve(MEMBER, sex="F")}, "DMG*D8*19880402*F"),
        ({"subscriber": attrs.evolve(MEMBER, sex="U")}, "DMG*D8*19880402"),
        ({"subscriber": attrs.evolve(MEMBER, last_name="Núñez")}, "NM1*IL*1*NUNEZ*ALEX****MI*123456789012"),
    ],
)
def test_a_day_is_no_range_and_an_unknown_sex_is_left_out(changes: dict[str, Any], segment: str) -> None:
    text = written(attrs.evolve(QUESTION, **changes))

    assert segment in text.split("~")
    assert len(read(text)) == 1


def test_an_atypical_agency_asks_by_the_payer_s_number_of_it() -> None:
    payer = attrs.evolve(PAYER, provider_id="2000035")
    within = attrs.evolve(SETTINGS, organization=attrs.evolve(ORGANIZATION, npi=""))
    text = written(QUESTION, payer=payer, within=within)

    assert "~NM1*1P*2*SHORE RECOVERY COMMUNITY*****SV*2000035~" in text
    assert len(read(text)) == 1


def test_the_payer_s_envelope_mode_and_service_types_are_used() -> None:
    payer = attrs.evolve(
        PAYER,
        mode="production",
        service_types=("30", "MH"),
        interchange=Interchange("30", "221234567", "30", "999999999", acknowledgment=True),
    )
    text = written(QUESTION, payer=payer)
    (member,) = members(read(text)[0])

    assert text.startswith("ISA*00*          *00*          *30*221234567      *30*999999999      *260331*0007*^*00501*")
    assert text[:106].endswith("*000000007*1*P*:~")
    assert "~EQ*30~EQ*MH~SE*14*0001~" in text
    assert [loop.eq_segment.service_type_code for loop in member.loop_2100c.loop_2110c] == [["30"], ["MH"]]


def test_a_transaction_set_asks_about_ninety_nine_members_at_most() -> None:
    assert QUESTIONS_PER_TRANSACTION == 99
    one, two = read(written(*several(99))), read(written(*several(100)))

    assert [len(members(transaction)) for transaction in one] == [99]
    assert [len(members(transaction)) for transaction in two] == [99, 1]
    assert [transaction.header.st_segment.transaction_set_control_number for transaction in two] == ["0001", "0002"]
    assert [transaction.header.bht_segment.submitter_transactional_identifier for transaction in two] == [
        "0000000070001",
        "0000000070002",
    ]
    assert "~GE*2*7~" in written(*several(100))


QUESTIONS = st.builds(
    lambda person, days: Question("M1", "horizon", person, min(days), max(days)), subscribers, st.tuples(days, days)
)


@settings(max_examples=40)
@given(st.lists(QUESTIONS, min_size=1, max_size=5), st.integers(1, 999_999_999))
def test_every_sound_question_is_read_back_the_same_by_others(questions: list[Question], isa13: int) -> None:
    questions = [attrs.evolve(one, trace=f"EQ{at:010d}") for at, one in enumerate(questions, 1)]
    assert not any(question_problems(one) for one in questions)
    text = written(*questions, isa13=isa13)
    (transaction,) = read(text)
    found = members(transaction)

    assert [one.code for one in check_text(text) if one.severity != "info"] == []
    assert [one.trn_segment[0].reference_identification_1 for one in found] == [one.trace for one in questions]
    for loop, asked in zip((one.loop_2100c for one in found), questions, strict=True):
        person = asked.subscriber
        assert loop.nm1_segment.identification_code == person.subscriber_id
        assert loop.dmg_segment.date_time_period == person.birth_date
        assert (loop.dmg_segment.gender_code or "U") == person.sex
        told = loop.dtp_segment.date_time_period
        told = told if isinstance(told, str) else f"{told:%Y%m%d}"
        assert {told[:8], told[-8:]} == {f"{asked.first_day:%Y%m%d}", f"{asked.last_day:%Y%m%d}"}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"last_name": ""}, "members.last_name: it is blank. Fill it in"),
        ({"first_name": " "}, "members.first_name: it is blank. Fill it in"),
        ({"first_name": "A" * 36}, "members.first_name: 36 characters; at most 35 fit. Shorten it, nothing is cut off"),
        ({"subscriber_id": "1"}, "coverage.subscriber_id: it has fewer than 2 characters. Fill it in"),
        ({"subscriber_id": "1" * 81}, "coverage.subscriber_id: 81 characters; at most 80 fit"),
        ({"last_name": "La*ne"}, "members.last_name: character 3 divides X12 files and cannot stand in text"),
    ],
)
def test_a_member_who_cannot_be_written_is_told_by_field(changes: dict[str, Any], told: str) -> None:
    question = attrs.evolve(QUESTION, subscriber=attrs.evolve(MEMBER, **changes))
    (problem,) = question_problems(question)

    assert str(problem).startswith(told)
    with pytest.raises(X12Error, match=f"^member M1: {told}".replace("*", r"\*")):
        written(question)


@pytest.mark.parametrize("changes", [{"first_name": "A" * 35}, {"subscriber_id": "12"}, {"subscriber_id": "1" * 80}])
def test_the_longest_and_the_shortest_are_written(changes: dict[str, Any]) -> None:
    assert question_problems(attrs.evolve(QUESTION, subscriber=attrs.evolve(MEMBER, **changes))) == ()


@pytest.mark.parametrize(
    ("questions", "isa13", "told"),
    [
        ([], 1, "an interchange without a question is not written"),
        ([QUESTION], 0, "ISA13: an interchange control number is 1 to 999999999"),
        ([QUESTION], 1_000_000_000, "ISA13: an interchange control number is 1 to 999999999"),
        ([QUESTION, QUESTION], 1, "two questions have the same trace"),
        ([attrs.evolve(QUESTION, payer="other")], 1, "question EQ0000000001: it is for another payer"),
    ],
)
def test_what_is_no_file_is_refused(questions: list[Question], isa13: int, told: str) -> None:
    with pytest.raises(X12Error, match=f"^{told}$"):
        written(*questions, isa13=isa13)


def test_settings_that_cannot_be_written_are_told() -> None:
    with pytest.raises(X12Error, match=r"payers\.horizon\.name: it is blank"):
        written(QUESTION, payer=attrs.evolve(PAYER, name=""))
