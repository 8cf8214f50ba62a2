"""Whose answer an 835 is, which payer decided, and what of it counts: against the ledger, on both databases."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import attrs
import payer
import pytest
from office import FIRST, NORTH, SECOND, SETTINGS, Office, sent
from payer import Decision, Paid, SentClaim, SentFile, SentLine, ack277, denied, icn, reduced, remit, reversal

from peerbill.ledger.answers.posting import post_answers
from peerbill.ledger.answers.session import Posted
from peerbill.ledger.answers.unmatched import match
from peerbill.ledger.corrections import release
from peerbill.ledger.send.runs import bill_run
from peerbill.ledger.send.withdrawals import plan_withdrawals, withdraw

OTHER_DAY = "20250101"


def post(office: Office, text: str) -> Posted:
    """Post a file as `peerbill post` does: it knows who we are and whom we bill."""
    with bill_run(office.ledger()) as run:
        return post_answers(run, office.file(text), npis=SETTINGS.npis, payers=SETTINGS.payers)


def north(file: SentFile, decisions: Sequence[Decision], trace: str = "EFT1", **more: Any) -> str:
    known = SETTINGS.payers["north"]
    return remit(file, decisions, trace, name=known.name, payer_id=known.id, **more)


def south(file: SentFile, decisions: Sequence[Decision], trace: str = "EFT9", **more: Any) -> str:
    known = SETTINGS.payers["south"]
    return remit(file, decisions, trace, name=known.name, payer_id=known.id, **more)


def changed(claim: SentClaim, *, member: bool = False, day: str = "", procedure: str = "") -> SentClaim:
    lines = tuple(attrs.evolve(one, day=day or one.day, procedure=procedure or one.procedure) for one in claim.lines)
    return attrs.evolve(claim, lines=lines, subscriber_id="SOMEBODY" if member else claim.subscriber_id)


# --- a second witness ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line_ids", [True, False])
@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, ""),
        ({"member": True}, ""),
        ({"day": OTHER_DAY}, "days of service differ"),
        ({"member": True, "day": OTHER_DAY}, "member id and days of service differ"),
        ({"procedure": "HC:90837"}, "no line has the same procedure"),
        ({"member": True, "day": OTHER_DAY, "procedure": "HC:90837"}, "no line has the same procedure"),
    ],
)
def test_a_number_with_an_equal_charge_is_no_evidence(
    office: Office, change: dict[str, Any], why: str, *, line_ids: bool
) -> None:
    file = sent(office, 1)

    posted = post(office, north(file, [Decision(changed(file.claims[0], **change), line_ids=line_ids)]))

    assert [(one.claim_id, one.why) for one in posted.unmatched] == (
        [(FIRST, f"a claim of this ledger has this number, but {why}")] if why else []
    )
    assert office.states() == {FIRST: "written" if why else "paid"}
    assert bool(posted.notices) == (change == {"member": True})


def test_the_payers_number_is_a_witness_where_the_days_differ(office: Office) -> None:
    file = sent(office, 1)
    office.post(ack277(file))

    posted = post(office, north(file, [Decision(changed(file.claims[0], day=OTHER_DAY))]))

    assert (posted.matched, office.states()) == (1, {FIRST: "paid"})


def test_a_member_and_days_are_no_claim_of_ours_where_the_payer_answered_it_under_another_number(
    office: Office,
) -> None:
    file = sent(office, 1)
    claim = attrs.evolve(file.claims[0], claim_id="THEIRS")
    post(office, north(file, [Decision(file.claims[0], number="ICN1")]))

    posted = post(office, north(file, [Decision(claim, denied, "4", "ICN2", line_ids=False)], "EFT2"))

    assert [one.claim_id for one in posted.unmatched] == ["THEIRS"]
    assert (office.states(), office.claims()[FIRST].payer_control_number) == ({FIRST: "paid"}, "ICN1")


@pytest.mark.parametrize("procedure", ["HC:90837", ""])
def test_another_systems_claim_of_the_same_member_day_and_charge_is_not_ours(office: Office, procedure: str) -> None:
    file = sent(office, 1)
    claim = attrs.evolve(changed(file.claims[0], procedure=procedure), claim_id="THEIRS")
    if not procedure:
        claim = attrs.evolve(claim, lines=(attrs.evolve(claim.lines[0], procedure="HC:"),))

    posted = post(office, north(file, [Decision(claim, number="N9", line_ids=False)]))

    assert [one.claim_id for one in posted.unmatched] == ["THEIRS"]
    assert office.states() == {FIRST: "written"}


# --- states follow the money -----------------------------------------------------------------------------------------


def _release(office: Office) -> list[str]:
    with bill_run(office.ledger()) as run:
        return release(run, [FIRST])[0]


def test_a_correction_under_code_22_is_told_and_its_money_counts(office: Office) -> None:
    file = sent(office, 1)
    claim = file.claims[0]
    post(office, north(file, [Decision(claim, reduced)]))

    posted = post(office, north(file, [reversal(claim, reduced), Decision(claim, status="22")], "EFT2"))

    found = office.claims()[FIRST]
    assert (found.state, found.paid, found.lines[0].state) == ("paid", claim.charge, "paid")
    assert posted.problems == [
        (
            f"claim {FIRST}: the remittance has CLP02 22, a reversal, with amounts above zero: it was taken for a "
            "correction. $48.00 of $48.00 is paid now; ask the payer whether that is what it means"
        )
    ]
    assert _release(office) == []


def test_a_part_of_a_payment_that_is_taken_back_is_told_and_the_rest_stays_paid(office: Office) -> None:
    file = sent(office, 1)
    claim = file.claims[0]
    post(office, north(file, [Decision(claim)]))
    half = attrs.evolve(claim.lines[0], charge=Decimal(24))
    part = attrs.evolve(claim, charge=Decimal(24), lines=(half,))

    posted = post(office, north(file, [reversal(part)], "EFT2", plb=[("FB", "X", Decimal(-24))]))

    found = office.claims()[FIRST]
    assert (found.state, found.paid) == ("partly-paid", Decimal(24))
    assert posted.problems == [
        (
            f"claim {FIRST}: the remittance takes back another amount than was paid, or a part: a reversal takes back "
            "a whole payment. $24.00 of $48.00 is paid now; ask the payer whether that is what it means"
        )
    ]
    assert _release(office) == []


@pytest.mark.parametrize(
    ("status", "pay", "state", "problems", "notices"),
    [
        ("25", denied, "written", 0, 1),
        ("25", payer.in_full, "written", 1, 0),
        ("23", denied, "written", 0, 1),
        ("99", denied, "written", 1, 0),
        ("", denied, "written", 1, 0),
        ("99", payer.in_full, "paid", 1, 0),
        ("", payer.in_full, "paid", 1, 0),
        ("4", denied, "denied", 0, 0),
        ("19", payer.in_full, "paid", 0, 0),
    ],
)
def test_what_decides_nothing_is_kept_apart_and_told(
    office: Office, status: str, pay: Any, state: str, problems: int, notices: int
) -> None:
    file = sent(office, 1)

    posted = post(office, north(file, [Decision(file.claims[0], pay, status)]))

    found = office.claims()[FIRST]
    counts = state != "written"
    assert (found.state, len(posted.problems), len(posted.notices)) == (state, problems, notices)
    assert (len(found.payments), len(found.apart)) == (int(counts), int(not counts))
    assert (posted.matched, posted.denied) == (1, int(state == "denied"))


@pytest.mark.parametrize("reason", ["27", "31", "96", "204"])
@pytest.mark.parametrize("status", ["1", "4"])
def test_what_is_left_to_the_member_where_nothing_was_paid_is_a_denial(
    office: Office, reason: str, status: str
) -> None:
    file = sent(office, 1)

    def refuse(line: SentLine) -> Paid:
        return Paid(Decimal(0), (("PR", reason, line.charge),))

    posted = post(office, north(file, [Decision(file.claims[0], refuse, status)]))

    assert (office.states(), posted.denied, posted.settled) == ({FIRST: "denied"}, 1, True)


def test_money_below_zero_under_a_charge_above_zero_is_told(office: Office) -> None:
    file = sent(office, 1)
    claim = file.claims[0]
    post(office, north(file, [Decision(claim)]))

    def back(line: SentLine) -> Paid:
        return Paid(-line.charge, (("CO", "45", 2 * line.charge),))

    posted = post(office, north(file, [Decision(claim, back)], "EFT2", plb=[("FB", "X", Decimal(-48))]))

    assert (office.claims()[FIRST].state, office.claims()[FIRST].paid) == ("denied", Decimal(0))
    assert posted.problems == [
        (
            f"claim {FIRST}: the remittance takes money back under a charge above zero. $0.00 of $48.00 is paid now; "
            "ask the payer whether that is what it means"
        )
    ]


@pytest.mark.parametrize("released", [False, True])
def test_what_was_released_counts_again_once_it_is_paid(office: Office, *, released: bool) -> None:
    file = sent(office, 1)
    post(office, north(file, [Decision(file.claims[0], denied, "4")]))
    if released:
        assert _release(office) == [FIRST]

    posted = post(office, north(file, [Decision(file.claims[0])], "EFT2"))

    with bill_run(office.ledger()) as run:
        assert [(one.claim_id, one.standing) for one in run.history()] == [(FIRST, "live")]
    assert (posted.problems, office.states()) == ([], {FIRST: "paid"})


def test_a_claim_that_was_withdrawn_stands_again_once_the_payer_decides_on_it(office: Office) -> None:
    file = sent(office, 1)
    with bill_run(office.ledger()) as run:
        with run.ledger.engine.connect() as connection:
            plan = plan_withdrawals(connection, list(office.claims().values()))
        assert [one.claim_id for one in withdraw(run, plan, "lost").claims] == [FIRST]

    posted = post(office, north(file, [Decision(file.claims[0])]))

    assert office.states() == {FIRST: "paid"}
    assert posted.problems == [
        f"claim {FIRST} was withdrawn, and the payer decided on it now: it stands again",
    ]


@pytest.mark.parametrize(
    ("mode", "usage", "told"), [("test", "P", True), ("test", "T", False), ("production", "P", False)]
)
def test_money_for_a_test_is_told_where_the_remittance_is_of_production(
    office: Office, mode: str, usage: str, *, told: bool
) -> None:
    payers = {key: attrs.evolve(one, mode=mode) for key, one in office.settings.payers.items()}
    office.settings = attrs.evolve(office.settings, payers=payers)
    file = sent(office, 1)

    posted = post(office, north(file, [Decision(file.claims[0])]).replace("*0*T*:~", f"*0*{usage}*:~", 1))

    assert office.claims()[FIRST].paid == Decimal(48)
    assert posted.problems == (
        [
            (
                f"{FIRST} went to the payer in a test file, and the remittance is of production (ISA15 is P): ask the "
                "payer whether it took the test for claims; what it paid for a test is to be returned"
            )
        ]
        if told
        else []
    )


# --- voids -----------------------------------------------------------------------------------------------------------


def test_a_payment_of_a_claim_that_was_voided_is_told(office: Office) -> None:
    file = sent(office, 1)
    office.post(ack277(file))
    office.correct(FIRST, "8")

    posted = post(office, north(file, [Decision(file.claims[0])]))

    assert (office.claims()[FIRST].state, office.claims()[FIRST].paid) == ("voided", Decimal(48))
    assert posted.problems == [f"claim {FIRST} was voided, and is paid now: ask the payer to carry out the void"]


def test_a_part_of_a_voided_claim_that_is_taken_back_leaves_the_other_paid(office: Office) -> None:
    file = _two_days(office)
    claim = file.claims[0]
    parts = [attrs.evolve(claim, charge=line.charge, lines=(line,)) for line in claim.lines]
    post(office, north(file, [Decision(parts[0], number="A"), Decision(parts[1], number="B")]))
    office.correct(claim.claim_id, "8")
    told = []
    for number, part in zip("AB", parts, strict=True):
        back = [("FB", "X", -part.charge)]
        posted = post(office, north(file, [reversal(part, number=number)], f"EFT{number}", plb=back))
        found = office.claims()[claim.claim_id]
        told.append((posted.problems, found.state, found.paid, found.history[-1].event, found.history[-1].detail))

    assert told == [
        (
            [],
            "voided",
            parts[1].charge,
            "reversed",
            "-$48.00 of -$48.00, EFTA of 2026-04-20; $48.00 is still paid",
        ),
        ([], "voided", Decimal(0), "void-confirmed", "-$48.00 of -$48.00, EFTB of 2026-04-20"),
    ]


DENIED_VOID = f"claim {SECOND}, which voids {FIRST}, was denied: ask the payer what is missing"


def _of_contract(line: SentLine) -> Paid:
    return Paid(Decimal(0), (("CO", "45", line.charge),))


@pytest.mark.parametrize(
    ("pay", "status", "state", "problems"),
    [
        (denied, "4", "denied", [DENIED_VOID]),
        (_of_contract, "4", "denied", [DENIED_VOID]),
        (_of_contract, "1", "paid", []),
    ],
)
def test_a_void_of_which_nothing_is_paid_is_refused_only_where_the_payer_says_so(
    office: Office, pay: Any, status: str, state: str, problems: list[str]
) -> None:
    file = sent(office, 1)
    post(office, north(file, [Decision(file.claims[0])]))
    void = office.correct(FIRST, "8")

    posted = post(office, north(void, [Decision(void.claims[0], pay, status, "ICNV")], "EFT2"))

    assert (office.states(), posted.problems) == ({FIRST: "voided", SECOND: state}, problems)


# --- the payer's number ----------------------------------------------------------------------------------------------


def test_the_denial_of_a_duplicate_does_not_take_the_number_of_what_is_paid(office: Office) -> None:
    file = sent(office, 1)
    claim = file.claims[0]
    post(office, north(file, [Decision(claim, reduced, number="ICNPAID")]))

    def duplicate(line: SentLine) -> Paid:
        return Paid(Decimal(0), (("OA", "18", line.charge),))

    post(office, north(file, [Decision(claim, duplicate, "4", "ICNDUP")], "EFT2"))

    found = office.claims()[FIRST]
    assert (found.state, found.payer_control_number) == ("paid", "ICNPAID")
    assert [one.payer_control_number for one in found.adjudications] == ["ICNPAID"]


def test_the_parts_of_a_claim_are_voided_and_taken_back_each_by_itself(office: Office) -> None:
    file = _two_days(office)
    claim = file.claims[0]
    first, second = claim.lines
    parts = [attrs.evolve(claim, charge=line.charge, lines=(line,)) for line in (first, second)]
    post(office, north(file, [Decision(parts[0], number="A"), Decision(parts[1], number="B")]))
    whole = office.claims()[claim.claim_id]
    sums = [(one.payer_control_number, one.paid, one.lines) for one in whole.adjudications]

    posted = post(office, north(file, [reversal(parts[0], number="A")], "EFT2", plb=[("FB", "X", -first.charge)]))
    left = office.claims()[claim.claim_id]
    post(office, north(file, [reversal(parts[1], number="B")], "EFT3", plb=[("FB", "X", -second.charge)]))

    assert sums == [("A", first.charge, (1,)), ("B", second.charge, (2,))]
    assert posted.problems == []  # it takes back a whole payment
    assert (left.state, left.paid, left.payer_control_number) == ("partly-paid", second.charge, "B")
    assert [line.state for line in left.lines] == ["reversed", "paid"]
    done = office.claims()[claim.claim_id]
    assert (done.state, done.paid) == ("reversed", Decimal(0))


def _two_days(office: Office) -> SentFile:
    """Bill a claim of two lines."""
    payers = {**SETTINGS.payers, "north": attrs.evolve(SETTINGS.payers["north"], claim_span="batch")}
    office.settings = attrs.evolve(SETTINGS, payers=payers)
    for numbers in (NORTH[:20], NORTH[:40]):
        (file,) = office.send(numbers)
        fitting = [claim for claim in file.claims if len(claim.lines) == 2]
        if fitting:
            return attrs.evolve(file, claims=(fitting[0],))
    raise AssertionError("no claim has two lines")


# --- a second payer --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["1", "2", "3", "4", "22"])
def test_a_second_payers_answer_never_counts_on_the_first_payers_claim(office: Office, status: str) -> None:
    file = sent(office, 1)
    claim = file.claims[0]
    post(office, north(file, [Decision(claim, reduced, "19", number="FIRST")]))
    theirs = attrs.evolve(claim, subscriber_id="WITHSOUTH")

    posted = post(office, south(file, [Decision(theirs, reduced, status, "SECOND")]))

    found = office.claims()[FIRST]
    assert (posted.matched, posted.unmatched) == (1, [])
    assert (found.state, found.paid, found.payer_control_number) == ("paid", Decimal("38.40"), "FIRST")
    assert [(one.payer, one.payer_control_number, one.paid) for one in found.apart] == [
        ("south", "SECOND", Decimal("38.40"))
    ]
    assert [(cut.reason, cut.amount) for cut in found.lines[0].adjustments] == [("45", Decimal("9.60"))]
    assert found.history[-1].event == "other-payer"


def test_a_second_payer_that_is_not_known_matches_nothing(office: Office) -> None:
    file = sent(office, 1)
    post(office, north(file, [Decision(file.claims[0], reduced, "19")]))

    posted = post(office, remit(file, [Decision(file.claims[0], reduced, "2", "S")], "X1", name="NOBODY", payer_id="N"))

    assert [one.why for one in posted.unmatched] == [
        (f"NOBODY, which answers as a payer after another one, is none of [payers]; claim {FIRST} went to north")
    ]
    assert office.claims()[FIRST].paid == Decimal("38.40")


def _goes_on(office: Office) -> SentFile:
    """Send the claim to south that follows the first one."""

    def build(ids: Any) -> Sequence[Any]:
        id_ = next(ids)
        claim = office.built[FIRST]
        lines = [attrs.evolve(line, line_id=f"{id_}-{n}") for n, line in enumerate(claim.lines, start=1)]
        return [attrs.evolve(claim, payer="south", claim_id=id_, lines=tuple(lines), follows=FIRST)]

    (file,) = office.send([], build)
    return file


@pytest.mark.parametrize("replaced", [False, True])
def test_a_second_payers_answer_under_the_first_ones_number_is_for_the_claim_that_went_on(
    office: Office, *, replaced: bool
) -> None:
    """Where that was replaced, it is for the replacement."""
    file = sent(office, 1)
    post(office, north(file, [Decision(file.claims[0], reduced, number="FIRST")]))
    theirs = _goes_on(office)
    counts = SECOND
    if replaced:
        office.post(ack277(theirs))
        office.correct(SECOND, "7")
        counts = "PBTEST00000003"

    posted = post(office, south(theirs, [Decision(file.claims[0], reduced, "2", "SECOND", line_ids=False)]))

    found = office.claims()
    assert (posted.matched, posted.unmatched, found[counts].paid) == (1, [], Decimal("38.40"))
    assert [(one.paid, len(one.payments), len(one.apart)) for one in (found[FIRST], found[counts])] == [
        (Decimal("38.40"), 1, 0),
        (Decimal("38.40"), 1, 0),
    ]


def test_a_second_payers_answer_of_another_day_is_for_no_claim(office: Office) -> None:
    file = sent(office, 1)
    other = attrs.evolve(changed(file.claims[0], day=OTHER_DAY), subscriber_id="WITHSOUTH")

    posted = post(office, south(file, [Decision(other, reduced, "2", "SECOND")]))

    assert [(one.claim_id, one.why) for one in posted.unmatched] == [
        (FIRST, "a claim of this ledger has this number, but member id and days of service differ")
    ]
    assert office.states() == {FIRST: "written"}


def _without(text: str, *tags: str) -> str:
    """Return a file without some segments, whose set counts the others."""
    kept = [segment for segment in text.split("~") if not segment.startswith(tags)]
    gone = text.count("~") + 1 - len(kept)
    return "~".join(
        f"SE*{int(segment.split('*')[1]) - gone}*0001" if segment.startswith("SE*") else segment for segment in kept
    )


@pytest.mark.parametrize(
    ("write", "status", "why"),
    [
        (south, "2", "a claim of this ledger has this number, but went to north, not to SOUTH"),
        (north, "1", ""),
    ],
)
def test_a_member_alone_says_nothing_of_another_payers_answer(
    office: Office, write: Any, status: str, why: str
) -> None:
    file = sent(office, 1)
    text = _without(write(file, [Decision(file.claims[0], status=status)]), "SVC", "DTM*472", "REF*6R")

    posted = post(office, text)

    assert [(one.claim_id, one.why) for one in posted.unmatched] == ([(FIRST, why)] if why else [])
    assert office.states() == {FIRST: "written" if why else "paid"}


def test_a_number_with_a_charge_alone_is_no_evidence(office: Office) -> None:
    file = sent(office, 1)
    nobody = attrs.evolve(file.claims[0], subscriber_id="")

    posted = post(office, _without(north(file, [Decision(nobody, number="N9")]), "SVC", "DTM*472", "REF*6R"))

    assert [(one.claim_id, one.why) for one in posted.unmatched] == [
        (
            FIRST,
            (
                "a claim of this ledger has this number, but neither member, days of service, lines nor the payer's "
                "number agree"
            ),
        )
    ]


def test_a_member_without_days_is_no_evidence(office: Office) -> None:
    file = sent(office, 1)
    theirs = attrs.evolve(file.claims[0], claim_id="THEIRS")

    posted = post(office, _without(north(file, [Decision(theirs, number="N9", line_ids=False)]), "DTM*472"))

    assert [one.claim_id for one in posted.unmatched] == ["THEIRS"]
    assert office.states() == {FIRST: "written"}


def test_claims_of_one_payers_number_are_named_where_either_could_be_meant(office: Office) -> None:
    file = sent(office, 2)
    office.post(ack277(file, number=lambda _: "SAME"))
    stranger = attrs.evolve(file.claims[0], claim_id="THEIRS", subscriber_id="")

    posted = post(office, north(file, [Decision(stranger, number="SAME", line_ids=False)]))

    assert [(one.claim_id, one.why) for one in posted.unmatched] == [
        ("THEIRS", f"several claims could be meant: {FIRST}, {SECOND}")
    ]
    assert office.states() == {FIRST: "accepted", SECOND: "accepted"}


@pytest.mark.parametrize(("status", "state", "posted_to"), [("1", "paid", (1, 0)), ("25", "written", (0, 1))])
def test_what_a_person_gives_to_a_claim_counts_where_it_decides(
    office: Office, status: str, state: str, posted_to: tuple[int, int]
) -> None:
    file = sent(office, 1)
    theirs = attrs.evolve(changed(file.claims[0], member=True, day=OTHER_DAY), claim_id="THEIRS")
    post(office, north(file, [Decision(theirs, status=status, number="N9", line_ids=False)]))

    with bill_run(office.ledger()) as run:
        posted = match(run, "U1", FIRST, npis=SETTINGS.npis, payers=SETTINGS.payers)

    found = office.claims()[FIRST]
    assert (found.state, (len(found.payments), len(found.apart))) == (state, posted_to)
    assert posted.notices[-1] == f"payment U1, $48.00 of EFT1, is for {FIRST} now"


def test_a_payer_of_another_name_that_pays_as_the_first_is_taken_for_the_claims(office: Office) -> None:
    file = sent(office, 1)

    posted = post(office, remit(file, [Decision(file.claims[0])], name="ITS FISCAL AGENT", payer_id="N"))

    assert (posted.matched, office.states()) == (1, {FIRST: "paid"})


# --- the member as the payer has it ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("segment", "told"),
    [
        ("NM1*74*1*DOE*JO****C*NEWID7~", "correct subscriber_id in coverage"),
        ("NM1*74*1*DOVE~", "correct the name in members"),
        ("", ""),
    ],
)
def test_a_member_whom_the_payer_has_otherwise_is_told_without_naming_anyone(
    office: Office, segment: str, told: str
) -> None:
    file = sent(office, 1)

    posted = post(office, north(file, [Decision(file.claims[0], more=segment)]))

    assert [told in problem for problem in posted.problems] == ([True] if told else [])
    found = office.claims()[FIRST]
    said = repr((posted, found.history, found.payments))
    assert (office.states(), "NEWID7" in said, "DOVE" in said) == ({FIRST: "paid"}, False, False)
    assert [one.renamed for one in found.payments] == ["subscriber_id" in told]


def test_an_id_that_the_payer_confirms_is_not_told(office: Office) -> None:
    file = sent(office, 1)
    claim = file.claims[0]
    segment = f"NM1*74*1*DOE*JO****C*{claim.subscriber_id}~"

    posted = post(office, north(file, [Decision(changed(claim, member=True), more=segment)]))

    assert (posted.settled, posted.notices, office.states()) == (True, [], {FIRST: "paid"})


# --- what is refused -------------------------------------------------------------------------------------------------


def test_an_amount_with_a_fraction_of_a_cent_is_refused(office: Office) -> None:
    file = sent(office, 1)
    text = north(file, [Decision(file.claims[0], reduced)])
    broken = text.replace("38.4*", "38.405*").replace("CAS*CO*45*9.6~", "CAS*CO*45*9.595~")

    posted = post(office, broken.replace("BPR*I*38.4*", "BPR*I*38.405*"))

    assert [problem for problem in posted.problems if "a fraction of a cent" in problem]
    assert (posted.matched, office.states()) == (0, {FIRST: "written"})


def test_a_remittance_of_which_a_part_was_entered_by_hand_is_refused(office: Office) -> None:
    file = sent(office, 1)
    entered = (
        "claim_id,paid_on,paid,adjustments,trace,payer_control_number,status\n"
        f"{FIRST},{payer.DAY},48,,EFT1,{icn(FIRST)},paid"
    )
    assert post(office, entered).settled

    posted = post(office, north(file, [Decision(file.claims[0])]))
    other = post(office, north(file, [Decision(file.claims[0], denied, "4")], "EFT2"))

    assert posted.problems == [
        (
            "835 at segment 3 was not posted: $48.00 of the remittance EFT1 was entered by hand. Enter the same rows "
            "with the status reversed and their amounts with a minus, then post this file again"
        )
    ]
    assert (other.matched, len(office.claims()[FIRST].payments)) == (1, 2)


def test_a_remittance_that_does_not_balance_is_posted_where_a_person_accepts_it(office: Office) -> None:
    file = sent(office, 1)
    text = north(file, [Decision(file.claims[0], reduced)]).replace("CAS*CO*45*9.6~", "CAS*CO*45*9.5~")
    with bill_run(office.ledger()) as run:
        cut = post_answers(run, office.file(text[: text.index("SE*")]), accept_unbalanced=True)
        whole = post_answers(run, office.file(text), accept_unbalanced=True)

    assert (cut.matched, whole.matched, office.claims()[FIRST].paid) == (0, 1, Decimal("38.40"))
    assert whole.notices == [
        (
            f"remittance EFT1 was posted though it does not balance: segment 15, claim {FIRST}: SVC02 is 48, but SVC03 "
            f"and the adjustments of the line make 47.9; segment 13, claim {FIRST}: CLP03 is 48, but CLP04 and the "
            "adjustments of the claim and its lines make 47.9. It is in todo until it is settled"
        )
    ]


def test_what_is_taken_off_beside_the_claims_needs_no_reference(office: Office) -> None:
    file = sent(office, 1)

    posted = post(office, north(file, [Decision(file.claims[0])], plb=[("L6", "", Decimal(-2))]))

    assert (posted.settled, posted.transfers) == (
        True,
        ["PLB L6 (interest that the payer owes): $2.00 added to payment EFT1, reference none"],
    )
    assert [entry.event for entry in office.claims()[FIRST].history] == ["written", "paid"]


def test_a_misdirected_remittance_stays_unmatched_when_it_is_tried_again(office: Office) -> None:
    file = sent(office, 1)
    text = north(file, [Decision(file.claims[0])], plb=[("FB", "THEIRS", Decimal(5))], payee="1345771202")

    first = post(office, text)
    again = post(office, text)

    assert ([one.claim_id for one in first.unmatched], first.settled) == ([FIRST], False)
    assert (again.notices, office.states()) == (again.notices[:1], {FIRST: "written"})


def test_everything_is_stable_in_whatever_order_it_comes(office: Office) -> None:
    file = sent(office, 1)
    claim = file.claims[0]
    late = attrs.evolve(file, answered_on=payer.DAY + dt.timedelta(days=9))

    post(office, north(late, [Decision(claim, reduced, number="ICN2")], "EFT2"))
    post(office, north(file, [Decision(claim, denied, "4", icn(FIRST))], "EFT1"))

    found = office.claims()[FIRST]
    assert (found.state, found.payer_control_number) == ("paid", "ICN2")
