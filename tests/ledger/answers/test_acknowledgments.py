"""Whose answer a TA1, a 999 or a 277CA is: what others receive must change nothing of ours, or free a claim."""

from typing import Any

import attrs
import pytest
import sqlalchemy as sa
from office import NORTH, Office, sent
from payer import SentFile, ack277, ack999, ta1

from peerbill.ledger.answers.posting import post_answers
from peerbill.ledger.answers.session import Posted
from peerbill.ledger.send.runs import bill_run
from peerbill.ledger.store import rows, tables

NPI = "1234567893"


def post(office: Office, text: str) -> Posted:
    """Post as the command does, which knows who we are."""
    path = office.file(text)
    organization, submitter = office.settings.organization, office.settings.submitter
    with bill_run(office.ledger()) as run:
        return post_answers(run, path, npis=frozenset({organization.npi}), submitter=submitter.id)


def states(office: Office) -> list[str]:
    return [office.states()[id_] for id_ in sorted(office.states())]


def kept(office: Office) -> list[tuple[str, str, int]]:
    """Return kind, claim id and whether it would reject of what was left out."""
    rows = tables.unmatched_answers.c
    with office.ledger().engine.connect() as connection:
        found = connection.execute(sa.select(rows.kind, rows.claim_id, rows.rejects).order_by(rows.number))
        return [(row.kind, row.claim_id, row.rejects) for row in found]


# ---------------------------------------------------------------------------------------------------------- TA1, 999


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"receiver": "OTHERPAY"}, id="sender"),
        pytest.param({"sender": "OTHER9"}, id="receiver"),
        pytest.param({"sender": "OTHER9", "receiver": "OTHERPAY"}, id="both"),
    ],
)
def test_a_rejection_by_or_to_others_rejects_nothing_and_is_kept(office: Office, other: dict[str, Any]) -> None:
    file = sent(office)
    strange = attrs.evolve(file, **other)

    for kind, text in (("TA1", ta1(strange, "R", "025")), ("999", ack999(strange, ["0001"]))):
        posted = post(office, text)
        (unmatched,) = posted.unmatched
        assert (posted.matched, posted.rejected, posted.settled) == (0, [], False)
        assert unmatched.rejects
        assert unmatched.why.startswith(f"{kind} at segment ")
        assert unmatched.why.endswith("has the number, but went from another sender or to another receiver")
    assert states(office) == ["written", "written"]
    assert kept(office) == [("TA1", "", 1), ("999", "", 1)]
    assert office.send(NORTH[:2]) == []


def test_an_acceptance_by_others_is_taken_with_a_notice_where_one_file_has_the_number(office: Office) -> None:
    strange = attrs.evolve(sent(office), receiver="HOUSE")

    for text in (ta1(strange), ack999(strange)):
        posted = post(office, text)
        assert (posted.matched, len(posted.notices), posted.settled) == (2, 1, True)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("AK1*HC*", "AK1*BE*", "it answers a group of function BE, and claims are sent in groups of function HC"),
        ("AK1*HC*", "AK1**", "it answers a group of function unknown, and claims are sent in groups of function HC"),
        ("AK1*HC*", "AK1*HS*", "no file that was sent has the control number "),
        ("*005010X222A1~AK2", "*005010X223A2~AK2", "it answers a group of another version (AK103)"),
        ("AK2*837*", "AK2*834*", "it answers other transaction sets (AK201)"),
        ("0001*005010X222A1~", "0001*005010X223A2~", "it answers transaction sets of another version (AK203)"),
    ],
)
@pytest.mark.parametrize("rejected", [[], ["0001"]])
def test_an_answer_to_another_group_or_set_never_touches_a_claim(
    office: Office, old: str, new: str, why: str, rejected: list[str]
) -> None:
    text = ack999(sent(office), rejected)
    assert old in text

    posted = post(office, text.replace(old, new))

    assert states(office) == ["written", "written"]
    assert (posted.matched, len(posted.unmatched)) == (0, 1)
    assert why in posted.unmatched[0].why
    assert posted.unmatched[0].rejects is bool(rejected)


def test_versions_that_are_not_sent_contradict_nothing(office: Office) -> None:
    file = sent(office)

    posted = post(office, ack999(file, ["0001"]).replace("*005010X222A1~", "~"))

    assert (states(office), len(posted.rejected)) == (["rejected-functional"] * 2, 2)


def test_the_claim_at_the_segment_of_an_error_is_named_once_for_all(office: Office) -> None:
    file = sent(office, 4)
    text = (office.folder / "out" / file_name(office)).read_text()
    segments = text[text.index("ST*") :].split("~")
    at = {segment.split("*")[1]: place for place, segment in enumerate(segments, start=1) if segment[:4] == "CLM*"}
    third = file.claims[2].claim_id
    errors = (f"IK3*CLM*{at[third]}**8~IK4*2*782*6*X~", f"IK3*NM1*{at[third] - 3}*2010*8~", "IK3*BHT*2**8~")

    posted = post(office, ack999(file, ["0001"], errors=errors))

    assert [one.claim_id for one in posted.rejected] == [claim.claim_id for claim in file.claims]
    assert {one.why for one in posted.rejected} == {
        (
            f"999 R: claim {third}: CLM, segment {at[third]} from ST: CLM02: a character is not allowed (code 6); "
            f"claim {third}: NM1, segment {at[third] - 3} from ST, loop 2010: an element is wrong (code 8); "
            "BHT, segment 2 from ST: an element is wrong (code 8); "
            "the transaction set: one or more segments are wrong (code 5)"
        )
    }


@pytest.mark.parametrize("harm", ["gone", "edited"])
def test_without_the_file_as_it_was_sent_the_segment_alone_is_told(office: Office, harm: str) -> None:
    file = sent(office)
    path = office.folder / "out" / file_name(office)
    if harm == "gone":
        path.unlink()
    else:
        path.write_text(path.read_text().replace("CLM*", "CLM* "))

    posted = post(office, ack999(file, ["0001"], errors=("IK3*CLM*20**8~",)))

    assert {one.why for one in posted.rejected} == {
        (
            "999 R: CLM, segment 20 from ST: an element is wrong (code 8); "
            "the transaction set: one or more segments are wrong (code 5)"
        )
    }


def test_many_errors_are_counted(office: Office) -> None:
    file = sent(office)

    posted = post(office, ack999(file, ["0001"], errors=["IK3*REF*9999**8~"] * 30))

    assert posted.rejected[0].why.count("REF, segment 9999") == 20
    assert posted.rejected[0].why.endswith("; and 11 more")


def file_name(office: Office) -> str:
    (path,) = (office.folder / "out").glob("*.837")
    return path.name


# ------------------------------------------------------------------------------------------------------------- 277CA


def _without(text: str, *tags: str) -> str:
    return "~".join(segment for segment in text.split("~") if not segment.startswith(tags))


def _says(category: str, file: SentFile) -> str:
    """Answer the file's only claim as a payer does that sends everything."""
    return ack277(file, lambda _: f"{category}:33")


FACTS = {
    "member": ("MI*{member}~", "MI*999999999~"),
    "day": ("DTP*472*D8*{day}~", "DTP*472*D8*20250115~"),
    "charge": ("*{charge}~REF", "*999.99~REF"),
    "batch": ("TRN*2*{reference}~", "TRN*2*SOMETHING~"),
    "provider": (f"XX*{NPI}~", "XX*1679576722~"),
    "submitter": ("46*{sender}~", "46*OTHER9~"),
}


def _changed(file: SentFile, text: str, names: set[str]) -> str:
    claim = file.claims[0]
    known = {
        "member": claim.subscriber_id,
        "day": claim.lines[0].day,
        "charge": f"{claim.charge:f}".rstrip("0").rstrip("."),
        "reference": file.references[0],
        "sender": file.sender,
    }
    for name in names:
        old, new = FACTS[name]
        assert old.format(**known) in text
        text = text.replace(old.format(**known), new)
    return text


@pytest.mark.parametrize(
    ("names", "accepted", "rejected"),
    [
        ((), True, True),
        (("member",), False, False),
        (("day",), False, False),
        (("charge",), True, False),
        (("charge", "batch"), True, False),
        (("batch",), True, True),
        (("provider",), True, True),
        (("submitter",), True, True),
        (("batch", "submitter"), True, True),
        (("provider", "submitter"), False, False),
        (tuple(FACTS), False, False),
    ],
)
@pytest.mark.parametrize("category", ["A2", "A7"])
def test_what_another_system_has_is_neither_accepted_nor_rejected(
    office: Office, names: tuple[str, ...], accepted: bool, rejected: bool, category: str
) -> None:
    file = sent(office, 1)
    strange = attrs.evolve(file, sender="OTHER9", submitter="OTHER9") if "submitter" in names else file
    text = _changed(strange, _says(category, strange), set(names) - {"submitter"})

    posted = post(office, text)

    takes = accepted if category == "A2" else rejected
    assert states(office) == [{"A2": "accepted", "A7": "rejected-payer"}[category] if takes else "written"]
    assert (posted.matched, len(posted.unmatched)) == (int(takes), int(not takes))
    assert [one.rejects for one in posted.unmatched] == ([] if takes else [category == "A7"])
    if not takes:
        assert kept(office) == [("277CA", file.claims[0].claim_id, int(category == "A7"))]
        assert len(office.send(NORTH[:1])) == 0


@pytest.mark.parametrize(
    ("left_out", "accepted", "rejected"),
    [
        (("DTP*472",), True, True),
        (("DTP*472", "TRN*2*{reference}"), True, True),
        (("NM1*QC", "DTP*472"), True, True),
        (("TRN*2*{reference}", "NM1*41", "NM1*85"), True, True),
        (("NM1*QC", "DTP*472", "TRN*2*{reference}"), True, False),
        (("NM1*QC", "DTP*472", "TRN*2*{reference}", "NM1*41", "NM1*85"), True, False),
    ],
)
@pytest.mark.parametrize("category", ["A2", "A7"])
def test_what_a_payer_leaves_out_is_no_contradiction(
    office: Office, left_out: tuple[str, ...], accepted: bool, rejected: bool, category: str
) -> None:
    file = sent(office, 1)
    text = _without(_says(category, file), *(tag.format(reference=file.references[0]) for tag in left_out))

    post(office, text)

    takes = accepted if category == "A2" else rejected
    assert states(office) == [{"A2": "accepted", "A7": "rejected-payer"}[category] if takes else "written"]


@pytest.mark.parametrize("left_out", ["NM1*QC", "DTP*472"])
def test_another_provider_counts_where_member_and_day_do_not_both_agree(office: Office, left_out: str) -> None:
    file = sent(office, 1)

    post(office, _without(_changed(file, _says("A7", file), {"provider"}), left_out))

    assert states(office) == ["written"]


def test_a_claim_number_and_a_charge_alone_prove_nothing(office: Office) -> None:
    file = attrs.evolve(sent(office, 1), sender="OTHER9", submitter="OTHER9")
    text = _without(_says("A2", file), "NM1*QC", "DTP*472", f"TRN*2*{file.references[0]}", "NM1*41", "NM1*85")

    posted = post(office, text)

    assert states(office) == ["written"]
    assert posted.unmatched[0].why == (
        "a claim of this ledger has this number, but nothing else in the answer tells that it is meant"
    )


def test_a_charge_of_0_says_nothing(office: Office) -> None:
    file = sent(office, 1)
    charge = f"{file.claims[0].charge:f}".rstrip("0").rstrip(".")

    post(office, _says("A7", file).replace(f"*{charge}~REF", "*0~REF"))

    assert states(office) == ["rejected-payer"]


# -------------------------------------------------------------------------------------------- what refuses everything


def _refusing(file: SentFile, level: str, counts: str = "", verdict: str = "", category: str = "A3") -> str:
    """Refuse a file (2200B) or its billing provider (2200C)."""
    text = ack277(file, lambda _: verdict)
    after = "STC*A1:19:PR*" if level == "2200B" else "STC*A1:19:PR**"
    start = text.index(after) if level == "2200B" else text.rindex(after)
    end = text.index("~", start) + 1
    said = f"STC*{category}:24:85*20260420*U*0********OUR OWN WORDS~{counts}"
    return text[:start] + said + text[end:]


@pytest.mark.parametrize(
    ("level", "what"), [("2200B", "the whole transaction set"), ("2200C", "all claims of the billing provider")]
)
@pytest.mark.parametrize("counts", ["", "QTY*{no}*3~", "QTY*{no}*3~AMT*YY*{sum}~", "QTY*{yes}*0~QTY*{no}*3~AMT*YY*0~"])
def test_what_refuses_all_rejects_all(office: Office, level: str, what: str, counts: str) -> None:
    file = sent(office, 3)
    no, yes = ("AA", "90") if level == "2200B" else ("QC", "QA")
    total = f"{sum(claim.charge for claim in file.claims):f}"

    posted = post(office, _refusing(file, level, counts.format(no=no, yes=yes, sum=total)))

    assert states(office) == ["rejected-payer"] * 3
    assert posted.matched == 3
    assert all(one.why.startswith(f"{what}: A3 (") for one in posted.rejected)
    assert {one.words for one in posted.rejected} == {"OUR OWN WORDS"}
    assert posted.problems == []


@pytest.mark.parametrize("level", ["2200B", "2200C"])
@pytest.mark.parametrize(
    "counts",
    ["QTY*{no}*1~", "QTY*{no}*4~", "QTY*{yes}*1~QTY*{no}*2~", "QTY*{no}*3~AMT*YY*1~", "AMT*YU*1~"],
)
def test_counts_that_contradict_reject_nothing_and_are_told(office: Office, level: str, counts: str) -> None:
    file = sent(office, 3)
    no, yes = ("AA", "90") if level == "2200B" else ("QC", "QA")

    posted = post(office, _refusing(file, level, counts.format(no=no, yes=yes)))

    assert states(office) == ["written"] * 3
    assert any(" refuses " in problem and "only the claims that it names" in problem for problem in posted.problems)
    assert kept(office)[0] == ("277CA", "", 1)
    assert office.send(NORTH[:3]) == []


@pytest.mark.parametrize("level", ["2200B", "2200C"])
def test_a_claim_that_was_accepted_before_contradicts(office: Office, level: str) -> None:
    file = sent(office, 3)
    first = file.claims[0].claim_id
    post(office, ack277(file, lambda claim: "A2:20" if claim.claim_id == first else ""))

    posted = post(office, _refusing(file, level))

    assert states(office) == ["accepted", "written", "written"]
    assert f"1 of them, such as {first}, were accepted before" in posted.problems[0]


@pytest.mark.parametrize("level", ["2200B", "2200C"])
@pytest.mark.parametrize(
    ("verdict", "expected"),
    [("A2:20", "accepted"), ("A1:19", "rejected-payer"), ("A7:21", "rejected-payer"), ("P1:20", "rejected-payer")],
)
def test_what_claims_below_say_themselves_counts(office: Office, level: str, verdict: str, expected: str) -> None:
    file = sent(office, 3)

    posted = post(office, _refusing(file, level, verdict=verdict))

    assert states(office) == [expected] * 3
    own = verdict == "A7:21"
    assert all(("billing provider: A3" in one.why or "set: A3" in one.why) is not own for one in posted.rejected)
    assert posted.matched == 3


def test_a_payer_that_sends_a_file_for_each_claim_rejects_what_it_names(office: Office) -> None:
    file = sent(office, 3)
    second = file.claims[1].claim_id
    text = ack277(file, lambda claim: "A7:562:85" if claim.claim_id == second else "")
    whole = text.replace("STC*A1:19:PR*20260420*WQ*0~", "STC*A7:562:85*20260420*U*48~QTY*AA*1~AMT*YY*48~", 1)

    posted = post(office, whole)

    assert states(office) == ["written", "rejected-payer", "written"]
    assert [one.claim_id for one in posted.rejected] == [second]
    assert sum("only the claims that it names are rejected" in problem for problem in posted.problems) == 1


def test_a_count_of_what_stands_below_rejects_that(office: Office) -> None:
    file = sent(office, 3)
    second = file.claims[1].claim_id
    text = _refusing(attrs.evolve(file, claims=file.claims[1:2]), "2200B", "QTY*AA*1~", "A1:19")

    posted = post(office, text)

    assert states(office) == ["written", "rejected-payer", "written"]
    assert [one.claim_id for one in posted.rejected] == [second]


@pytest.mark.parametrize("level", ["2200B", "2200C"])
@pytest.mark.parametrize(
    "other",
    [{"sender": "OTHER9"}, {"submitter": "OTHER9"}, {"receiver": "OTHERPAY"}, {"references": ("0000000090001",)}],
)
def test_what_refuses_all_of_others_rejects_nothing(office: Office, level: str, other: dict[str, Any]) -> None:
    file = sent(office, 3)

    posted = post(office, _refusing(attrs.evolve(file, **other), level))

    assert states(office) == ["written"] * 3
    assert ([one.rejects for one in posted.unmatched], posted.settled) == ([True], False)


def test_what_refuses_another_provider_rejects_nothing(office: Office) -> None:
    file = sent(office, 3)

    refused = _refusing(file, "2200C").replace("*WQ*0~HL*3", "*WQ*0~QTY*AA*3~HL*3")

    posted = post(office, refused.replace(f"XX*{NPI}~", "XX*1679576722~"))

    assert (states(office), [one.rejects for one in posted.unmatched]) == (["written"] * 3, [True])
    assert posted.problems == []


def test_what_the_payers_own_level_refuses_is_told(office: Office) -> None:
    file = sent(office, 3)
    text = ack277(file, lambda _: "").replace("~DTP*050", "~STC*A4:24*20260420*U*0~DTP*050")

    posted = post(office, text)

    assert states(office) == ["written"] * 3
    (problem,) = posted.problems
    assert "refuses all that stands below its own level (loop 2200A): A4 (claim not found)" in problem
    assert kept(office) == [("277CA", "", 1)]


def test_rejected_claims_that_are_counted_and_not_named_are_told(office: Office) -> None:
    file = sent(office, 3)
    text = ack277(file, lambda _: "").replace("*WQ*0~HL*3", "*WQ*0~QTY*AA*3~HL*3")

    posted = post(office, text)

    assert states(office) == ["written"] * 3
    (problem,) = posted.problems
    assert "the payer counts 3 rejected claims in " in problem
    assert problem.endswith("and names 0 that are ours. Ask the payer which ones it rejected.")


# ------------------------------------------------------------------------------------------------ the sender's words


def test_what_the_sender_says_is_shown_and_stays_out_of_the_trail(office: Office) -> None:
    file = sent(office, 1)
    text = _says("A7", file)
    at = text.index("~REF*1K")
    said = "INVALID TELEPHONE NUMBER FOR BILLING PROVIDER"

    posted = post(office, f"{text[:at]}********{said}{text[at:]}")

    (rejected,) = posted.rejected
    assert rejected.words == said
    assert said not in repr(posted)
    (claim,) = office.claims().values()
    assert [(one.file, one.words) for one in claim.payer_words] == [("answer-1.x12", said)]
    assert not any(said in entry.detail for entry in claim.history)
    with office.ledger().changing() as connection:
        assert said not in connection.execute(sa.select(tables.answers.c.summary)).scalar_one()
        rows.delete(connection, tables.payer_words)  # the fixture verifies that the trail still holds


@pytest.mark.parametrize(
    ("status", "state", "told"),
    [
        ("A7:33*{day}*U*1******PAT DOE UNKNOWN", "rejected-payer", "A7 (information present but invalid), 33 ("),
        ("A7:PAT DOE UNKNOWN:85*{day}*U*1", "rejected-payer", "A7 (information present but invalid), 85 (billing"),
        ("PAT DOE UNKNOWN*{day}*U*1", "written", "no status"),
    ],
)
def test_a_text_in_the_place_of_a_code_is_taken_for_words(office: Office, status: str, state: str, told: str) -> None:
    file = sent(office, 1)
    day, charge = f"{file.answered_on:%Y%m%d}", f"{file.claims[0].charge:f}"
    text = ack277(file, lambda _: "A7:33")
    start = text.index("STC*A7:33*")
    answer = status.format(day=day).replace("*U*1", f"*U*{charge}")

    posted = post(office, f"{text[:start]}STC*{answer}{text[text.index('~', start) :]}")

    assert states(office) == [state]
    assert "DOE" not in repr(posted)
    (claim,) = office.claims().values()
    assert {one.words for one in claim.payer_words} == {"PAT DOE UNKNOWN"}
    assert not any("DOE" in entry.detail for entry in claim.history)
    assert told in claim.history[-1].detail


def test_posting_it_again_keeps_one_copy(office: Office) -> None:
    file = sent(office, 1)
    text = _says("A7", file)
    at = text.index("~REF*1K")
    text = f"{text[:at]}********WORDS{text[at:]}"

    post(office, text)
    again = post(office, text)

    assert again.posted_at
    assert office.rows()["payer_words"] == 1
