"""A text of a payer in the place of a code may say something of a person, and codes are kept in the trail for ever."""

import pytest

from peerbill.x12.read.answer_source import can_be_code
from peerbill.x12.read.answers import read_transactions

BPR = "BPR*I*0*C*NON************20260901~TRN*1*E1*1512345678~LX*1~"


def read(set_id: str, body: str) -> tuple[list[str], str]:
    text = f"ST*{set_id}*0001*{'005010X214' if set_id == '277' else ''}~{body}"
    transaction = next(read_transactions([f"{text}SE*{text.count('~') + 1}*0001~"]))
    answers = repr(list(transaction.answers))
    return [found.message for found in transaction.problems], answers


@pytest.mark.parametrize("text", ["CALL HER MOTHER", "SMITH", "1 ELM ST", "1985-06-15", "123456789", "J0HNSTON"])
@pytest.mark.parametrize(
    ("place", "set_id", "body"),
    [
        ("CAS01", "835", BPR + "CLP*A*1*9*9~CAS*{}*45*1~"),
        ("CAS05", "835", BPR + "CLP*A*1*9*9~CAS*CO*45*1**{}*1~"),
        ("CLP02", "835", BPR + "CLP*A*{}*9*9~"),
        ("CLP06", "835", BPR + "CLP*A*1*9*9**{}~"),
        ("MOA03", "835", BPR + "CLP*A*1*9*9~MOA***{}~"),
        ("LQ02", "835", BPR + "CLP*A*1*9*9~SVC*HC:H0038*9*9~LQ*HE*{}~"),
        ("PLB03-1", "835", BPR + "PLB*1*20261231*{}*-5~"),
        ("AK901", "999", "AK1*HC*1~AK9*{}*1*1*0~"),
        ("IK501", "999", "AK1*HC*1~AK2*837*0001~IK5*{}~AK9*P*1*1*0~"),
        ("STC01", "277", "HL*1**20*1~NM1*PR*2*X*****PI*1~STC*{}:19*20260901*WQ*9~"),
        ("STC03", "277", "HL*1**20*1~NM1*PR*2*X*****PI*1~STC*A1:19*20260901*{}*9~"),
        ("AAA03", "271", "HL*1**20*1~NM1*PR*2*X*****PI*1~HL*2*1*21*1~HL*3*2*22*0~NM1*IL*1~AAA*N**{}*C~"),
        ("EB01", "271", "HL*1**20*1~NM1*PR*2*X*****PI*1~HL*2*1*21*1~HL*3*2*22*0~NM1*IL*1~EB*{}~"),
    ],
)
def test_what_cannot_be_a_code_is_told_and_not_kept(place: str, set_id: str, body: str, text: str) -> None:
    problems, answers = read(set_id, body.format(text))

    assert f"{place} has a text in the place of a code" in problems
    assert text not in answers.replace(f"words='{text}'", "").replace(f"words=('{text}',)", "")
    assert not any(text in problem for problem in problems)


@pytest.mark.parametrize("code", ["", "1", "45", "253", "A1", "WQ", "MA130", "N522", "P22", "000", "W1"])
def test_codes_of_the_lists_can_be_codes(code: str) -> None:
    assert can_be_code(code)
