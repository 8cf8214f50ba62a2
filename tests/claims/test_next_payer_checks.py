"""The next payer's checks, and corrections of a claim to it."""

import datetime as dt
from typing import Any

import attrs
import pytest
from next_payers import (
    FIRST_AUTHORIZATION,
    INSTITUTIONAL,
    LEFT,
    PAID_ON,
    REQUIRED,
    SECOND,
    SECOND_AUTHORIZATION,
    WORLD,
    D,
    answer,
    answered,
    ids,
    run,
)
from worlds import World, as_billed, in_ledger, make_world

from peerbill.claims.build import build_claims
from peerbill.claims.corrections import CorrectionPlan, claims_as_sent, plan_replacements, plan_voids
from peerbill.claims.next_payer import secondary_claims
from peerbill.claims.parties import numbered
from peerbill.ledger.corrections import ClaimFamily
from peerbill.ledger.look.answered_claims import Rested
from peerbill.model.claim import (
    BilledEncounter,
)
from peerbill.model.sent_claim import SentClaim

# --- the next payer's checks -----------------------------------------------------------------------------------------

NONE = "no authorization covers H0038:HF on 2026-03-02"
EXCEEDED = "authorization AUTH2 has 5 units; this encounter exceeds them"


def both_covered(**patch: Any) -> World:
    row = {"member_id": "M1", "payer": "second", "subscriber_id": "MC443322", "from": "2026-01-01", "rank": "2"}
    return make_world({"payers": {"second": SECOND}, "coverage": {"more": row}, **patch})


def standing(world: World, **changes: Any) -> BilledEncounter:
    """Return the world's encounter as the ledger holds it, changed."""
    (one,) = world.audit().billable
    return attrs.evolve(as_billed(one), **changes)


def goes_on(world: World, *history: BilledEncounter) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the authorizations of the claims to the next payer, and why others are not sent, with what to do."""
    claims, not_sent = secondary_claims(
        (answered(LEFT, world=world),), world.records, world.policies, world.as_of, ids(), history
    )
    return [claim.authorization for claim in claims], [(one.told, one.fix) for one in not_sent]


def test_a_claim_to_the_next_payer_carries_the_authorization_of_that_payer() -> None:
    world = both_covered(policy=REQUIRED, authorizations={"AUTH1": FIRST_AUTHORIZATION, "AUTH2": SECOND_AUTHORIZATION})
    (one,) = world.audit().billable

    assert one.authorization == "AUTH1"
    # The encounter itself is in the ledger: it does not use up what it goes on with.
    assert goes_on(world, as_billed(one)) == (["AUTH2"], [])


def test_without_an_authorization_of_the_next_payer_it_is_told_and_not_sent() -> None:
    world = both_covered(policy=REQUIRED, authorizations={"AUTH1": FIRST_AUTHORIZATION})

    assert goes_on(world) == (
        [],
        [
            (
                f"not sent to second: PB511 holds encounter E1: authorizations.from: {NONE}",
                "Enter the authorization, or ask the payer for one before billing.",
            )
        ],
    )


@pytest.mark.parametrize(("used", "goes"), [(2, True), (3, False)])
def test_units_that_stand_with_the_next_payer_are_used_up(used: int, goes: bool) -> None:
    """An encounter that went on before counts with its second payer, whatever its first one authorized."""
    units = {**SECOND_AUTHORIZATION, "units": "5"}
    world = both_covered(policy=REQUIRED, authorizations={"AUTH1": FIRST_AUTHORIZATION, "AUTH2": units})
    before = {"encounter_id": "E0", "start": dt.datetime(2026, 2, 2, 10), "end": dt.datetime(2026, 2, 2, 10, 45)}
    first = standing(world, **before, units=used)
    then = attrs.evolve(first, payer="second", authorization="AUTH2", payer_turn=2)
    authorizations, told_ = goes_on(world, first, then)

    assert authorizations == (["AUTH2"] if goes else [])
    assert [why for why, _ in told_] == (
        [] if goes else [f"not sent to second: PB512 holds encounter E1: authorizations.units: {EXCEEDED}"]
    )
    # The first payer's authorization is used once, not twice.
    assert [one.authorization for one in attrs.evolve(world, history=(first, then)).audit().billable] == ["AUTH1"]


def test_the_units_of_claims_that_go_on_together_count_once_each() -> None:
    world = both_covered(
        policy=REQUIRED,
        authorizations={"AUTH1": FIRST_AUTHORIZATION, "AUTH2": SECOND_AUTHORIZATION},
        encounters={"E2": {"like": "E1", "start": "2026-03-03T10:00", "end": "2026-03-03T10:47",
                           "signed_at": "2026-03-03T16:10", "created_at": "2026-03-03T16:00"}},
    )  # fmt: skip
    sent_ = build_claims(world.audit().billable, world.records, iter(("FIRST1", "FIRST2")))
    answered_ = [
        in_ledger(
            claim,
            attrs.evolve(
                LEFT,
                claim_id=claim.claim_id,
                lines=tuple(
                    attrs.evolve(line, line_id=claim.lines[0].line_id, service_date=claim.lines[0].service_date)
                    for line in LEFT.lines
                ),
            ),
            answered_on=PAID_ON,
        )
        for claim in sent_
    ]
    claims, not_sent = run(*answered_, world=world)

    assert [(claim.follows, claim.authorization) for claim in claims] == [("FIRST1", "AUTH2")]
    assert [(one.claim_id, one.why.partition(" ")[0]) for one in not_sent] == [("FIRST2", "PB512")]


def test_the_next_payers_limits_and_the_checks_across_encounters_hold_too() -> None:
    limit = '[[peer.limit.day]]\nunits = 4\nper = "day"\nthen = "deny"\nsource = "manual p. 9"\n'
    world = both_covered(policy=limit)
    beside = standing(
        world,
        encounter_id="E0",
        start=dt.datetime(2026, 3, 2, 13),
        end=dt.datetime(2026, 3, 2, 13, 30),
        units=2,
        minutes=30,
    )

    (why, fix), *more = goes_on(world, beside)[1]
    assert more == []
    assert why.startswith("not sent to second: PB701 holds encounter E1: policy.limit.day: 5 units by 2026-03-02")
    assert fix == "Do not bill what is beyond the limit."
    assert goes_on(world, attrs.evolve(beside, units=1))[1] == []
    at_once = attrs.evolve(beside, units=1, start=dt.datetime(2026, 3, 2, 10, 30), end=dt.datetime(2026, 3, 2, 10, 45))
    assert goes_on(world, at_once)[1][0][0].startswith("not sent to second: PB801 holds encounter E1")


def test_a_remittance_of_a_day_to_come_is_waited_for() -> None:
    world = attrs.evolve(WORLD, as_of=dt.date(2026, 3, 19))

    assert goes_on(world) == (
        [],
        [
            (
                "not sent to second: the remittance of plan is dated 2026-03-20, after the bill date 2026-03-19",
                "Run bill on or after that day.",
            )
        ],
    )
    assert goes_on(attrs.evolve(WORLD, as_of=PAID_ON)) == ([""], [])


@pytest.mark.parametrize(("as_of", "held"), [(dt.date(2026, 6, 28), False), (dt.date(2026, 6, 29), True)])
def test_the_time_to_file_runs_from_the_answer_where_the_programme_says_so(as_of: dt.date, held: bool) -> None:
    """The 90 days after the service ended on 2026-05-31, the 100 after the answer of 2026-03-20 on 2026-06-28."""
    rule = '[[peer.filing]]\nother_payer_within = "100 days after other payer"\nsource = "manual p. 7"\n'
    world = attrs.evolve(both_covered(policy=rule), as_of=dt.date(2026, 3, 31))
    claim = answered(LEFT, world=world)
    _, not_sent = secondary_claims((claim,), world.records, world.policies, as_of, ids())

    assert [one.why for one in not_sent] == (
        ["PB107 holds encounter E1: encounters.start: the last day to file was 2026-06-28"] if held else []
    )


@pytest.mark.parametrize(
    ("within", "as_of", "held"),
    [
        ('"40 days after other payer"', dt.date(2026, 4, 30), []),
        ('["90 days after service", "80 days after other payer"]', dt.date(2026, 6, 8), []),
        ('["90 days after service", "80 days after other payer"]', dt.date(2026, 6, 9), ["2026-06-08"]),
    ],
)
def test_a_clock_that_nobody_confirmed_holds_only_past_the_one_that_was_read(
    within: str, as_of: dt.date, held: list[str]
) -> None:
    """The 90 days after the service were read, and ended on 2026-05-31; those after the answer were not."""
    rule = f'[[peer.filing]]\nother_payer_within = {within}\nstatus = "unconfirmed"\n'
    world = attrs.evolve(both_covered(policy=rule), as_of=dt.date(2026, 3, 31))
    claim = answered(LEFT, world=world)
    _, not_sent = secondary_claims((claim,), world.records, world.policies, as_of, ids())

    assert [one.why for one in not_sent] == [
        f"PB107 holds encounter E1: encounters.start: the last day to file was {day}" for day in held
    ]


# --- corrections of a claim to the next payer ------------------------------------------------------------------------


def family() -> ClaimFamily:
    """Return the claim of E1 to the second payer, which rests on the answer of the first."""
    first = answered(answer("32.00", "PR:2:28.00"))
    (second,), _ = run(first)
    return ClaimFamily(in_ledger(second, mode="test"), live=("E1",), rests=(Rested(first, first),))


def replaced(world: World, standing_: ClaimFamily | None = None) -> CorrectionPlan:
    families = [standing_ or family()]
    return plan_replacements(families, world.records, world.policies, world.as_of, (), unchanged=True)


def resting_on(now: SentClaim | None) -> ClaimFamily:
    """Return the claim to the second payer where the first one's claim is another by now."""
    (rest,) = family().rests
    return attrs.evolve(family(), rests=(attrs.evolve(rest, now=now),))


def test_the_replacement_of_a_following_claim_is_the_claim_that_would_go_on_now() -> None:
    (sent_,), _ = run(answered(answer("32.00", "PR:2:28.00")))
    [correction] = replaced(WORLD).corrections

    assert numbered(correction.claim, sent_.claim_id) == attrs.evolve(
        sent_, frequency="7", payer_control_number="ICN1", replaces=sent_.claim_id
    )
    assert correction.changes == ()


def test_the_void_of_a_following_claim_tells_of_the_payer_before_what_was_told() -> None:
    (sent_,), _ = run(answered(answer("32.00", "PR:2:28.00")))
    [correction] = plan_voids([family()], WORLD.records, WORLD.as_of).corrections

    assert numbered(correction.claim, sent_.claim_id) == attrs.evolve(
        sent_, frequency="8", payer_control_number="ICN1", replaces=sent_.claim_id, follows=""
    )
    assert claims_as_sent([family()], WORLD.records) == (sent_,)


@pytest.mark.parametrize(
    ("payer", "patch", "why"),
    [
        (
            "third",
            {"payers": {"second": SECOND, "third": {**SECOND, "id": "THIRD"}}},
            "the payer after FIRST1 is third now, not second: void it",
        ),
        (
            "second",
            {"payers": {"second": {**SECOND, "policy": ["ZZ/home"]}}, "policy": INSTITUTIONAL},
            "its form is 837I now, not 837P: void it",
        ),
    ],
)
def test_a_following_claim_is_replaced_with_the_same_payer_on_the_same_form(
    payer: str, patch: dict[str, Any], why: str
) -> None:
    row = {"member_id": "M1", "payer": payer, "subscriber_id": "MC443322", "from": "2026-01-01", "rank": "2"}

    plan = replaced(make_world({**patch, "coverage": {"more": row}}))

    assert (plan.corrections, [refused.why for refused in plan.refused]) == ((), [why])


FIRST = answered(LEFT)


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (None, "FIRST1, on whose answer it rests, was voided: void it too"),
        (
            attrs.evolve(FIRST, state="written"),
            "FIRST1 to the payer before is not answered yet: post its 835 first",
        ),
        (
            attrs.evolve(FIRST, state="reversed"),
            "the payer before took back all that it answered to FIRST1: void it, or post the answer that follows",
        ),
        (attrs.evolve(FIRST, state="written-off"), "FIRST1 to the payer before was written off: void it"),
        (attrs.evolve(FIRST, state="rejected-payer"), "FIRST1 to the payer before was rejected: void it"),
        (
            answered(answer("60.00")),
            "the answer to FIRST1 leaves nothing for another payer any more: void it",
        ),
        (
            answered(answer("0", "CO:18:60.00")),
            (
                "it cannot be made anew: plan denied it as a duplicate (CARC 18). Look for the claim that it repeats: "
                "the answer to that one counts for second. Or void it"
            ),
        ),
    ],
)
def test_a_following_claim_is_replaced_where_the_answer_before_it_still_leaves_something(
    now: SentClaim | None, why: str
) -> None:
    plan = replaced(WORLD, resting_on(now))

    assert (plan.corrections, [refused.why for refused in plan.refused]) == ((), [why])


def test_a_following_claim_that_rests_on_no_claim_is_not_replaced() -> None:
    plan = replaced(WORLD, attrs.evolve(family(), rests=()))

    assert [refused.why for refused in plan.refused] == ["FIRST1, on whose answer it rests, was voided: void it too"]


def test_the_replacement_of_a_following_claim_tells_what_the_payer_before_answers_otherwise() -> None:
    [correction] = replaced(WORLD, resting_on(answered(answer("40.00", "PR:2:20.00")))).corrections

    assert correction.changes == (
        (
            "answer of TEST PLAN",
            "ICN1, 2026-03-20; $32.00; line 1 H0038:HF 3 $32.00, PR 2 $28.00",
            "ICN1, 2026-03-20; $40.00; line 1 H0038:HF 3 $40.00, PR 2 $20.00",
        ),
    )
    assert [one.paid for one in correction.claim.other_payers] == [D("40.00")]


def test_a_following_claim_is_replaced_by_the_same_billing_provider() -> None:
    theirs = family()
    plan = replaced(WORLD, attrs.evolve(theirs, claim=attrs.evolve(theirs.claim, bills_as="north")))

    assert [refused.why for refused in plan.refused] == [
        "its billing provider is the organisation now, not site north: void it"
    ]


def test_the_void_of_a_following_claim_needs_what_it_told_of_the_payer_before() -> None:
    (rest,) = family().rests
    unbalanced_ = answered(answer("32.00", "PR:2:27.00"))
    gone = attrs.evolve(family(), rests=(attrs.evolve(rest, then=unbalanced_),))

    plan = plan_voids([gone], WORLD.records, WORLD.as_of)

    assert (plan.corrections, [refused.why for refused in plan.refused]) == (
        (),
        [
            (
                "what it told of the payers before cannot be told again: the answer of plan to line 1 does not "
                "balance, or pays part of a unit. Void it in the payer's portal"
            )
        ],
    )
