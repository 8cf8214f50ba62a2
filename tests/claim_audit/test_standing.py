"""Payments, replacements, voids and denied claims: what counts, and what a payer paid without a note."""

from decimal import Decimal
from pathlib import Path

import attrs
from claim_files import claims_of, compare, money, text_of, told, with_id, world_of
from payer import Decision, Paid, denied, icn, receive, reduced, remit, reversal
from worlds import World

from peerbill.model.claim import Claim

NEAREST = "no encounter matches: the nearest of member M1 is"


def corrected(claim: Claim, claim_id: str, frequency: str, number: str) -> Claim:
    """Return a replacement (7) or void (8) of a claim."""
    return with_id(claim, claim_id, frequency=frequency, payer_control_number=number)


def paying(text: str, *decisions: Decision) -> str:
    """Return an 835 for an 837: every claim in full, or as `decisions` say."""
    sent = receive(text)
    return remit(sent, decisions or [Decision(claim) for claim in sent.claims])


def one(world: World) -> Claim:
    return claims_of(world)[0]


def single() -> World:
    """Return a world with the encounter E1 alone."""
    return world_of({"encounters": {"E2": {"like": "E1", "on": "2026-03-09", "end": "2026-03-09T10:05"}}})


def test_payments_are_added_to_claims_and_lines(tmp_path: Path) -> None:
    world = world_of()
    text = text_of(world)
    result = compare(tmp_path, world, text, paying(text))

    assert told(result) == []
    assert (result.paid, [file.payments for file in result.files]) == (Decimal("120.00"), [0, 2])


def test_a_paid_line_without_an_encounter_is_told_with_its_money(tmp_path: Path) -> None:
    world = world_of()
    text = text_of(world).replace("20260302", "20260320")
    sent = receive(text)
    result = compare(tmp_path, world, text, remit(sent, [Decision(claim, reduced) for claim in sent.claims]))

    assert told(result)[0] == (
        "error PB862 C1-1 : 48.00 was paid, and no encounter matches: member M1 has none on 2026-03-20 or near it"
    )
    assert money(result.findings[0]) == ("60.00", "48.00")
    assert (result.at_risk.charged, result.at_risk.paid) == (Decimal("60.00"), Decimal("48.00"))


def test_a_denied_line_without_an_encounter_was_not_paid(tmp_path: Path) -> None:
    world = world_of()
    text = text_of(world).replace("20260302", "20260320")
    sent = receive(text)
    result = compare(tmp_path, world, text, remit(sent, [Decision(sent.claims[0], denied, "4")]))

    assert told(result)[0] == "error PB853 C1-1 : no encounter matches: member M1 has none on 2026-03-20 or near it"


def test_a_payment_for_a_claim_of_no_file_is_compared_by_its_lines(tmp_path: Path) -> None:
    world = world_of()
    text = text_of(world)
    result = compare(tmp_path, world, paying(text))

    assert told(result) == [
        "warning PB863 C1 : 60.00 was paid for claim C1, which is not in the files",
        "warning PB863 C2 : 60.00 was paid for claim C2, which is not in the files",
    ]
    assert result.matched == 2
    undocumented = compare(tmp_path, single(), paying(text))
    assert [line for line in told(undocumented) if "error" in line] == [
        f"error PB862 C2-1 E2: 60.00 was paid, and {NEAREST} E2, which differs in day"
    ]
    assert undocumented.at_risk.paid == Decimal("120.00"), "the line and the claim of C2 are the same money"


def test_a_replaced_claim_does_not_count_whatever_the_order_of_files(tmp_path: Path) -> None:
    world = single()
    first = one(world)
    wrong = attrs.evolve(first, lines=(attrs.evolve(first.lines[0], units=4, charge=Decimal(80)),))
    original = text_of(world, [wrong])
    second = text_of(world, [corrected(first, "C8", "7", icn("C1"))], 2)
    pays = paying(original)

    for files in ((original, second, pays), (second, pays, original)):
        result = compare(tmp_path, world, *files)
        assert told(result) == []
        assert (result.replaced, result.voided, result.charged) == (1, 0, Decimal(60))


def test_a_replacement_under_the_same_id_needs_no_number(tmp_path: Path) -> None:
    world = single()
    first = one(world)
    files = (text_of(world, [first]), text_of(world, [corrected(first, "C1", "7", "UNKNOWN")], 2))

    assert told(compare(tmp_path, world, *files)) == []


def test_a_replacement_of_a_claim_that_no_file_shows_may_be_a_duplicate(tmp_path: Path) -> None:
    """Without the 835 nobody can say which claim it replaces: a warning, where two originals are an error."""
    world = single()
    first = one(world)
    original = text_of(world, [first])
    place = f"line 1 of claim C1 in {tmp_path / 'f1.837'} (segment 24)"
    open_ = compare(tmp_path, world, original, text_of(world, [corrected(first, "C8", "7", "ICN9")], 2))
    certain = compare(tmp_path, world, original, text_of(world, [with_id(first, "C8")], 2))

    (line,) = told(open_)
    assert line.partition("; ")[0] == f"warning PB852 C8-1 E1: the same service is on {place}"
    assert line.endswith("; one of them replaces a claim that the files do not show by its number (REF*F8)")
    assert told(certain) == [f"error PB852 C8-1 E1: the same service is on {place}"]
    assert "Which claims are corrected by replacements and voids whose number (REF*F8) no file shows: 1." in (
        open_.not_looked
    )


def test_a_void_frees_the_encounter(tmp_path: Path) -> None:
    world = single()
    first = one(world)
    original = text_of(world, [first])
    void = text_of(world, [corrected(first, "C8", "8", icn("C1"))], 2)
    again = text_of(world, [with_id(first, "C9")], 3)

    result = compare(tmp_path, world, original, void, paying(original))
    assert told(result) == ["warning PB864  E1: E1 is on no claim: 3 units, 60.00; the last day to file is 2026-05-31"]
    assert (result.voided, result.charged) == (2, Decimal(0))
    assert told(compare(tmp_path, world, original, void, paying(original), again)) == []


def test_a_number_of_another_members_claim_replaces_nothing(tmp_path: Path) -> None:
    world = single()
    first = one(world)
    other = attrs.evolve(first, subscriber=attrs.evolve(first.subscriber, subscriber_id="5566778899"))
    result = compare(tmp_path, world, text_of(world, [first]), text_of(world, [corrected(other, "C8", "8", "C1")], 2))

    assert (result.replaced, result.voided) == (0, 1)
    assert told(result) == []


def test_a_denied_claim_that_is_billed_again_is_no_duplicate(tmp_path: Path) -> None:
    world = single()
    first = one(world)
    original, again = text_of(world, [first]), text_of(world, [with_id(first, "C9")], 2)
    sent = receive(original)
    result = compare(tmp_path, world, original, again, remit(sent, [Decision(sent.claims[0], denied, "4")]))

    assert told(result) == []
    assert result.denied == 1
    assert "1 line of denied claims, which another claim bills again." in result.not_looked


def test_what_a_payer_took_back_was_not_paid(tmp_path: Path) -> None:
    world = single()
    text = text_of(world, [one(world)])
    sent = receive(text)
    result = compare(tmp_path, world, text, remit(sent, [Decision(sent.claims[0]), reversal(sent.claims[0])]))

    assert (result.paid, result.denied) == (Decimal("0.00"), 1)
    assert told(result) == []


def test_a_payment_without_lines_is_divided_by_charges(tmp_path: Path) -> None:
    world = world_of()
    text = text_of(world).replace("20260302", "20260320")
    sent = receive(text)
    whole = attrs.evolve(sent.claims[0], lines=())
    pays = remit(sent, [Decision(whole)]).replace("CLP*C1*1*60*0*", "CLP*C1*1*60*33.33*")
    result = compare(tmp_path, world, text, pays)

    assert money(result.findings[0]) == ("60.00", "33.33")


def test_a_claim_to_the_next_payer_bills_the_encounter_once_more(tmp_path: Path) -> None:
    """With the first payer's answer in loop 2320 it is no duplicate; without it, it is the wrong payer's."""
    payers = {
        "second": {
            "mode": "production",
            "name": "SECOND PLAN",
            "id": "EXAMPLE09",
            "receiver": {"name": "SECOND PLAN", "id": "EXAMPLE09"},
        }
    }
    coverage = {
        "other": {"member_id": "M1", "payer": "second", "subscriber_id": "777", "from": "2026-01-01", "rank": "2"}
    }
    world = world_of({"payers": payers, "coverage": coverage})
    text = text_of(world)
    first_answer = (
        "SBR*P*18*******MC~AMT*D*40~OI***Y***I~NM1*IL*1*ZEPHYRINE*LYSANDER****MI*9988776655~"
        "NM1*PR*2*TEST PLAN*****PI*EXAMPLE01~DTP*573*D8*20260310~"
    )
    to_second = text.replace("PI*EXAMPLE01", "PI*EXAMPLE09").replace("9988776655", "777").replace("SBR*P*", "SBR*S*", 1)
    with_answer = to_second.replace("LX*1~", f"{first_answer}LX*1~")

    assert told(compare(tmp_path, world, text, with_answer)) == []
    assert [line[:48] for line in told(compare(tmp_path, world, text, to_second))] == [
        "error PB852 C1-1 E1: the same service is on line",
        "error PB852 C2-1 E2: the same service is on line",
    ]


def test_amounts_of_payments_are_what_was_paid(tmp_path: Path) -> None:
    world = world_of()
    text = text_of(world).replace("***11:B:1", "***12:B:1")
    sent = receive(text)
    pays = remit(sent, [Decision(sent.claims[0], lambda _: Paid(Decimal("12.34")))])
    result = compare(tmp_path, world, text, pays)

    assert [money(found) for found in result.findings] == [("60.00", "12.34"), ("60.00", None)]
    assert (result.at_risk.charged, result.at_risk.paid) == (Decimal("120.00"), Decimal("12.34"))
