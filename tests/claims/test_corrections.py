"""What a void or a replacement says, from what was sent and from what is so now."""

import datetime as dt
from decimal import Decimal
from itertools import count
from typing import Any

import attrs
import pytest
from worlds import ON_THE_837I, World, as_billed, in_ledger, make_world

from peerbill.claims.build import build_claims
from peerbill.claims.corrections import (
    CorrectionPlan,
    LeftOut,
    claims_as_sent,
    left_out_text,
    plan_replacements,
    plan_voids,
)
from peerbill.claims.parties import numbered
from peerbill.ledger.corrections import ClaimFamily
from peerbill.model.claim import BilledEncounter, Claim, form_of
from peerbill.model.payer_answers import ClaimPayment
from peerbill.model.sent_claim import SentAdjudication

LATER = {"E2": {"like": "E1", "start": "2026-03-02T13:00", "end": "2026-03-02T13:45"}}


@attrs.frozen
class Sent:
    """A world whose encounters were billed: what the ledger has of it."""

    world: World
    claims: tuple[Claim, ...]
    history: tuple[BilledEncounter, ...]

    @classmethod
    def of(cls, patch: dict[str, Any] | None = None) -> "Sent":
        """Bill the encounters of a world, which must all pass."""
        world = make_world(patch)
        billable = world.audit().billable
        claims = build_claims(billable, world.records, (f"C{number}" for number in count(1)))
        on = {id_: claim.claim_id for claim in claims for line in claim.lines for id_ in line.encounter_ids}
        history = tuple(as_billed(one, on[one.encounter.encounter_id]) for one in billable)
        return cls(world, claims, history)

    def standing(self, number: int = 0, **changes: Any) -> ClaimFamily:
        """Return one of the claims as it stands with the payer."""
        claim = self.claims[number]
        live = tuple(id_ for line in claim.lines for id_ in line.encounter_ids)
        return ClaimFamily(in_ledger(claim, **changes), live=live)

    def voids(self, *standings: ClaimFamily) -> CorrectionPlan:
        """CorrectionPlan voids."""
        return plan_voids(standings, self.world.records, self.world.as_of)

    def replacements(
        self, *standings: ClaimFamily, now: World | None = None, unchanged: bool = False
    ) -> CorrectionPlan:
        """CorrectionPlan replacements by what is so now."""
        now = now or self.world
        return plan_replacements(standings, now.records, now.policies, now.as_of, self.history, unchanged=unchanged)


def why(plan: CorrectionPlan) -> list[str]:
    assert plan.corrections == ()
    return [refused.why for refused in plan.refused]


def test_a_void_is_what_was_sent_under_the_payers_number() -> None:
    sent = Sent.of({"encounters": LATER})
    [correction] = sent.voids(sent.standing()).corrections
    [original] = sent.claims

    assert numbered(correction.claim, "C1") == attrs.evolve(
        original, frequency="8", payer_control_number="ICN1", replaces="C1"
    )
    assert (correction.after, correction.billable) == ((), ())
    assert [(line.units, line.encounter_ids) for line in correction.before] == [(6, ("E1", "E2"))]


INSTITUTIONAL = f"""
[[peer.claim]]
{ON_THE_837I}revenue_code = "0914"
attending = "supervisor"
source = "manual p. 6"
"""


@pytest.mark.parametrize(("sent_as", "says"), [(("3", "1"), ("3", "1")), (("", ""), ("9", "9"))])
def test_a_void_says_of_the_admission_what_was_sent_else_that_it_is_not_known(
    sent_as: tuple[str, str], says: tuple[str, str]
) -> None:
    """Institutional claims were once sent without CL101 and CL102, and their voids need both."""
    sent = Sent.of({"policy": INSTITUTIONAL})
    assert (sent.claims[0].admission_type, sent.claims[0].point_of_origin) == ("3", "1")
    form = attrs.evolve(form_of(sent.claims[0]), admission_type=sent_as[0], point_of_origin=sent_as[1])
    standing = sent.standing(form=form)
    [correction] = sent.voids(standing).corrections

    assert (correction.claim.admission_type, correction.claim.point_of_origin) == says
    [again] = claims_as_sent([standing], sent.world.records)
    assert (again.admission_type, again.point_of_origin) == sent_as


def test_a_void_keeps_what_was_sent_whatever_the_workspace_says_now() -> None:
    sent = Sent.of()
    now = make_world({"encounters": {"E1": False}, "coverage": {"first": {"subscriber_id": "1"}}})
    [correction] = plan_voids([sent.standing()], now.records, now.as_of).corrections

    assert correction.claim.lines[0].units == sent.claims[0].lines[0].units
    assert correction.claim.subscriber == sent.claims[0].subscriber


TWO_DAYS = {
    "encounters": {"E2": {"like": "E1", "start": "2026-03-04T13:00", "end": "2026-03-04T13:45"}},
    "payers": {"plan": {"claim_span": "week"}},
}


def _divided(sent: Sent, *parts: tuple[str, str, tuple[int, ...]], **changes: Any) -> ClaimFamily:
    """Return a claim as the payer divided it: number, what is paid, and lines of each part."""
    [claim] = sent.claims
    charges = {number: line.charge for number, line in enumerate(claim.lines, start=1)}
    adjudications = tuple(
        SentAdjudication(
            number, sum((charges.get(line, Decimal(0)) for line in lines), Decimal(0)), Decimal(paid), lines
        )
        for number, paid, lines in parts
    )
    return sent.standing(adjudications=adjudications, **changes)


def test_a_claim_that_the_payer_divided_is_voided_part_by_part() -> None:
    sent = Sent.of(TWO_DAYS)
    [original] = sent.claims
    first, second = original.lines

    corrections = sent.voids(_divided(sent, ("ICNA", "48", (1,)), ("ICNB", "40", (2,)))).corrections

    made = [numbered(one.claim, "C1") for one in corrections]
    assert [(claim.payer_control_number, claim.frequency, claim.replaces) for claim in made] == [
        ("ICNA", "8", "C1"),
        ("ICNB", "8", "C1"),
    ]
    assert [claim.lines for claim in made] == [(first,), (attrs.evolve(second, line_id="C1-1"),)]
    assert [claim.charge for claim in made] == [first.charge, second.charge]


def test_of_a_divided_claim_only_what_is_paid_is_voided() -> None:
    sent = Sent.of(TWO_DAYS)

    [correction] = sent.voids(_divided(sent, ("ICNA", "48", (1,)), ("ICNB", "0", (2,)))).corrections

    assert (correction.claim.payer_control_number, len(correction.claim.lines)) == ("ICNA", 1)


@pytest.mark.parametrize(
    "parts",
    [
        (("ICNA", "48", (1,)), ("ICNB", "96", (1, 2))),
        (("ICNA", "48", ()), ("ICNB", "48", (2,))),
        (("ICNA", "48", (0,)), ("ICNB", "48", (2,))),
    ],
)
def test_a_divided_claim_whose_lines_do_not_part_is_not_voided(
    parts: tuple[tuple[str, str, tuple[int, ...]], ...],
) -> None:
    sent = Sent.of(TWO_DAYS)

    assert why(sent.voids(_divided(sent, *parts))) == [
        (
            "the payer holds it under several numbers (ICNA, ICNB), and its answers do not tell which lines go with "
            "which: void each in the payer's portal"
        )
    ]


def test_a_divided_claim_is_not_replaced() -> None:
    sent = Sent.of(TWO_DAYS)

    assert why(sent.replacements(_divided(sent, ("ICNA", "48", (1,)), ("ICNB", "48", (2,))), unchanged=True)) == [
        (
            "the payer holds it under several numbers (ICNA, ICNB), of which a replacement can name one: void it, and "
            "bill anew what is to stand"
        )
    ]


def test_claims_are_numbered_in_the_order_asked() -> None:
    sent = Sent.of(
        {
            "encounters": {
                "E2": {
                    "like": "E1",
                    "member_id": "M2",
                    "plan_id": "P2",
                    "start": "2026-03-02T13:00",
                    "end": "2026-03-02T13:45",
                }
            }
        }
    )
    plan = sent.voids(sent.standing(1), sent.standing(0))

    assert [(claim.claim_id, claim.replaces) for claim in plan.claims(iter(("N1", "N2")))] == [
        ("N1", "C2"),
        ("N2", "C1"),
    ]
    assert plan.claims(iter(("N1", "N2")))[0].lines[0].line_id == "N1-1"


@pytest.mark.parametrize("plan", ["voids", "replacements"])
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"state": "written"}, "the payer has not answered it yet"),
        ({"state": "rejected-functional"}, "the payer never took it in"),
        ({"state": "reversed"}, "the payer took all of it back already"),
        ({"state": "voided", "replaced_by": "C9"}, "it was voided by C9 before"),
        ({"state": "replaced", "replaced_by": "C9"}, "it was replaced by C9 before: correct C9"),
        ({"state": "written-off", "paid": Decimal(0)}, "it was written off and nothing was paid"),
        ({"payer_control_number": ""}, "the payer's own number of it is not known"),
        ({"frequency": "8", "replaces": "C9"}, "it is a void itself, of C9"),
    ],
)
def test_what_the_payer_does_not_have_is_not_corrected(plan: str, changes: dict[str, Any], told: str) -> None:
    sent = Sent.of()
    [said] = why(getattr(sent, plan)(sent.standing(**changes)))

    assert said.startswith(told)


@pytest.mark.parametrize("state", ["accepted", "paid", "partly-paid", "written-off"])
def test_what_the_payer_has_is_voided(state: str) -> None:
    sent = Sent.of()

    assert len(sent.voids(sent.standing(state=state)).corrections) == 1


def test_a_denied_claim_is_replaced_and_not_voided() -> None:
    sent = Sent.of()
    standing = sent.standing(state="denied", paid=Decimal(0))

    assert len(sent.replacements(standing, unchanged=True).corrections) == 1
    assert "nothing to take back" in why(sent.voids(standing))[0]


def test_a_claim_whose_void_the_payer_denied_is_voided_again() -> None:
    sent = Sent.of()
    standing = sent.standing(state="voided", replaced_by="C9")

    assert len(sent.voids(attrs.evolve(standing, void_denied=True)).corrections) == 1
    assert why(sent.voids(standing)) == ["it was voided by C9 before"]


def test_a_correction_names_the_claims_to_the_next_payer_that_rest_on_the_answer() -> None:
    sent = Sent.of()
    standing = attrs.evolve(sent.standing(), followers=("C7", "C8"))
    plans = sent.voids(standing), sent.replacements(standing, unchanged=True)

    assert [one.followers for plan in plans for one in plan.corrections] == [("C7", "C8")] * 2


@pytest.mark.parametrize(
    ("policy", "last"),
    [
        ("", "2026-05-31"),
        ('[[peer.filing]]\nresubmit_within = "60 days after notice"\nsource = "manual p. 8"\n', "2026-05-19"),
    ],
)
def test_a_replacement_tells_its_last_day(policy: str, last: str) -> None:
    """90 days after the service of 2026-03-02, or 60 after what became of the claim on 2026-03-20."""
    sent = Sent.of({"policy": policy})
    [correction] = sent.replacements(sent.standing(), unchanged=True).corrections

    assert correction.last_day == dt.date.fromisoformat(last)


def test_a_released_claim_is_not_corrected() -> None:
    sent = Sent.of()
    standing = sent.standing(state="denied")
    lines = tuple(attrs.evolve(line, live=False) for line in standing.claim.lines)
    standing = attrs.evolve(standing, claim=attrs.evolve(standing.claim, lines=lines))

    assert why(sent.replacements(standing)) == ["it was released, and what it billed is no longer on it"]


def test_a_replacement_is_the_claim_that_bill_would_make_now() -> None:
    sent = Sent.of({"encounters": LATER})
    now = make_world({"encounters": {**LATER, "E1": {"end": "2026-03-02T11:00", "diagnoses": "F11.20;F10.20"}}})
    [correction] = sent.replacements(sent.standing(), now=now).corrections
    [fresh] = build_claims(now.audit().billable, now.records, iter(("C1",)))

    assert numbered(correction.claim, "C1") == attrs.evolve(
        fresh, frequency="7", payer_control_number="ICN1", replaces="C1"
    )
    assert [line.units for line in correction.before] == [6]
    assert [line.units for line in correction.after] == [7]
    assert correction.changes == (("diagnoses", "F1120", "F1120 F1020"),)
    assert [one.encounter.encounter_id for one in correction.billable] == ["E1", "E2"]


def test_what_is_held_or_gone_is_left_out() -> None:
    three = {**LATER, "E3": {"like": "E1", "start": "2026-03-02T15:00", "end": "2026-03-02T15:45"}}
    sent = Sent.of({"encounters": three})
    now = make_world({"encounters": {**three, "E2": {"like": "E1", "end": ""}, "E3": {"like": "E1"}}})
    now = attrs.evolve(
        now,
        records=attrs.evolve(
            now.records, encounters=tuple(one for one in now.records.encounters if one.encounter_id != "E3")
        ),
    )
    [correction] = sent.replacements(sent.standing(), now=now).corrections

    assert correction.left_out == (LeftOut("E2", ("PB101",)), LeftOut("E3"))


def test_only_a_contact_whose_line_was_sent_joins() -> None:
    sent = Sent.of()
    more = {
        **LATER,
        "E3": {"like": "E1", "start": "2026-03-02T15:00", "end": "2026-03-02T15:45", "place": "12"},
        "E4": {"like": "E1", "start": "2026-03-03T15:00", "end": "2026-03-03T15:45", "signed_at": "2026-03-04T09:00"},
    }
    [correction] = sent.replacements(sent.standing(), now=make_world({"encounters": more})).corrections

    assert correction.added == ("E2",)
    assert [line.encounter_ids for line in correction.after] == [("E1", "E2")]


def test_encounters_of_other_claims_stand_in_the_way_as_ever() -> None:
    other = {"E2": {"like": "E1", "start": "2026-03-02T13:00", "end": "2026-03-02T13:45", "place": "12"}}
    sent = Sent.of({"encounters": other})
    now = make_world({"encounters": {**other, "E1": {"place": "12"}}})
    [said] = why(sent.replacements(sent.standing(0), now=now))

    assert said == (
        "none of its encounters passes the audit any more: PB805 encounters.encounter_id holds E1. Correct that and "
        "replace again, or void it if the service is not to be billed"
    )


def test_a_refused_replacement_names_the_findings_and_their_columns() -> None:
    both = {"E2": {"like": "E1", "start": "2026-03-02T13:00", "end": "2026-03-02T13:45"}}
    sent = Sent.of({"encounters": both})
    wrong = {"E1": {"billed_units": "9"}, "E2": {"billed_units": "9", **both["E2"]}}
    [held] = why(sent.replacements(sent.standing(0), now=make_world({"encounters": wrong})))
    [gone] = why(sent.replacements(sent.standing(0), now=make_world({"encounters": {"E1": False}})))

    assert "any more: PB103 encounters.billed_units holds E1, E2. Correct that" in held
    assert "any more: E1 is no longer in encounters; E2 is no longer in encounters. Correct that" in gone


def test_a_limit_counts_what_other_claims_billed_and_not_what_is_replaced() -> None:
    policy = '[[peer.limit.day]]\nunits = 6\nper = "day"\nthen = "deny"\nsource = "manual p. 9"\n'
    other = {"E2": {"like": "E1", "start": "2026-03-02T13:00", "end": "2026-03-02T13:45", "place": "12"}}
    sent = Sent.of({"encounters": other, "policy": policy})
    shorter = {**other, "E1": {"end": "2026-03-02T10:31"}}
    longer = {**other, "E1": {"end": "2026-03-02T11:01"}}
    fits = sent.replacements(sent.standing(0), now=make_world({"encounters": shorter, "policy": policy}))
    beyond = sent.replacements(sent.standing(0), now=make_world({"encounters": longer, "policy": policy}))

    assert [line.units for line in fits.corrections[0].after] == [2]
    [said] = why(beyond)
    assert "any more: PB701 policy.limit.day holds E1. Correct that and replace again" in said


def test_what_goes_to_another_payer_now_is_no_replacement() -> None:
    two = {
        "payers": {
            "other": {
                "policy": ["ZZ/peer"],
                "name": "OTHER PLAN",
                "id": "EXAMPLE09",
                "receiver": {"name": "OTHER PLAN", "id": "EXAMPLE09"},
                "charges": {"H0038": "20.00"},
            }
        }
    }
    sent = Sent.of(two)
    now = make_world({**two, "coverage": {"first": {"payer": "other"}}})

    assert why(sent.replacements(sent.standing(), now=now)) == [
        "its payer is other now, not plan: void it; bill then makes a new claim"
    ]


def test_where_nothing_changes_it_is_refused_unless_that_is_meant() -> None:
    sent = Sent.of()
    refused = sent.replacements(sent.standing())
    meant = sent.replacements(sent.standing(), unchanged=True)

    assert "the replacement would be identical" in why(refused)[0]
    assert meant.corrections[0].before == meant.corrections[0].after


def test_a_new_contact_joins_the_line_of_its_day_and_of_no_other_claim() -> None:
    """Two claims differ in their day alone; a contact that nobody billed is of the second day."""
    second = {"like": "E1", "start": "2026-03-03T10:00", "end": "2026-03-03T10:47", "signed_at": "2026-03-03T16:10"}
    new = {"like": "E1", "start": "2026-03-03T13:00", "end": "2026-03-03T13:30", "signed_at": "2026-03-03T16:10"}
    sent = Sent.of({"encounters": {"E2": second}})
    now = make_world({"encounters": {"E2": second, "E3": new}})

    plan = sent.replacements(sent.standing(0), sent.standing(1), now=now, unchanged=True)

    assert [
        (correction.original.claim_id, [(line.service_date, line.encounter_ids) for line in correction.claim.lines])
        for correction in plan.corrections
    ] == [
        ("C1", [(dt.date(2026, 3, 2), ("E1",))]),
        ("C2", [(dt.date(2026, 3, 3), ("E2", "E3"))]),
    ]


def test_a_new_contact_joins_a_line_that_was_sent_and_whose_own_contact_is_held() -> None:
    """The claim has lines of 2 and 4 March; what nobody billed is of the 4th, which joins, and of the 3rd."""
    sent = Sent.of(TWO_DAYS)
    held = {"like": "E1", "start": "2026-03-04T13:00", "end": ""}
    of_the_line = {"like": "E1", "start": "2026-03-04T15:00", "end": "2026-03-04T15:45"}
    of_no_line = {"like": "E1", "start": "2026-03-03T15:00", "end": "2026-03-03T15:45", "signed_at": "2026-03-04T09:00"}
    now = make_world({**TWO_DAYS, "encounters": {"E2": held, "E3": of_the_line, "E4": of_no_line}})

    [correction] = sent.replacements(sent.standing(), now=now).corrections

    assert [(line.service_date, line.encounter_ids) for line in correction.claim.lines] == [
        (dt.date(2026, 3, 2), ("E1",)),
        (dt.date(2026, 3, 4), ("E3",)),
    ]


@pytest.mark.parametrize(("sent_as", "now_is"), [("1", ""), ("", "1"), ("2", ""), ("2", "1"), ("", "2")])
def test_a_void_names_the_rank_that_was_billed(sent_as: str, now_is: str) -> None:
    """A blank rank is 1; what the workspace says now changes nothing."""
    sent = Sent.of({"coverage": {"first": {"rank": sent_as}}})
    now = make_world({"coverage": {"first": {"rank": now_is}}})
    [correction] = plan_voids([sent.standing()], now.records, now.as_of).corrections

    assert correction.claim.subscriber == sent.claims[0].subscriber
    assert correction.claim.subscriber.rank == int(sent_as or "1")


def test_the_lines_of_a_void_point_at_their_own_diagnoses() -> None:
    patch = {**TWO_DAYS, "encounters": {"E2": {**TWO_DAYS["encounters"]["E2"], "diagnoses": "F10.20;F11.20"}}}
    sent = Sent.of(patch)
    [correction] = sent.voids(sent.standing()).corrections
    [original] = sent.claims

    assert (original.diagnoses, [line.pointers for line in original.lines]) == (("F1120", "F1020"), [(1,), (2, 1)])
    assert (correction.claim.diagnoses, numbered(correction.claim, "C1").lines) == (original.diagnoses, original.lines)
    assert [line.diagnoses for line in correction.before] == [("F1120",), ("F1020", "F1120")]


@pytest.mark.parametrize(("before", "after"), [(INSTITUTIONAL, ""), ("", INSTITUTIONAL)])
def test_what_goes_on_another_form_now_is_no_replacement(before: str, after: str) -> None:
    sent = Sent.of({"policy": before})
    was, now = ("837I", "837P") if before else ("837P", "837I")

    assert why(sent.replacements(sent.standing(), now=make_world({"policy": after}))) == [
        f"its form is {now} now, not {was}: void it; bill then makes a new claim"
    ]


@pytest.mark.parametrize(
    ("gone", "told"),
    [
        ("payers", "payer plan is no longer one of [payers] in peerbill.toml"),
        (
            "members",
            "member M1 is no longer in members, or has no birth_date: the void names who was billed",
        ),
        ("staff", "staff_id S1 is no longer in staff: the void names who was billed"),
    ],
)
def test_a_void_needs_whom_it_names(gone: str, told: str) -> None:
    sent = Sent.of()
    records = sent.world.records
    changes: dict[str, Any] = {gone: ()}
    now = (
        attrs.evolve(records, settings=attrs.evolve(records.settings, payers={}))
        if gone == "payers"
        else attrs.evolve(records, **changes)
    )

    assert why(plan_voids([sent.standing()], now, sent.world.as_of)) == [told]


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        (
            "test",
            "production",
            (
                'it was sent in a test file, and its payer is sent production files now (mode = "production"): '
                "bill sends its encounters in production"
            ),
        ),
        (
            "production",
            "test",
            (
                'it was sent in a production file, and its payer is sent test files now (mode = "test"): set mode = '
                '"production" to correct it'
            ),
        ),
    ],
)
def test_a_claim_is_corrected_in_files_of_its_own_mode(was: str, now: str, told: str) -> None:
    sent = Sent.of()
    records = make_world({"payers": {"plan": {"mode": now}}}).records

    assert why(plan_voids([sent.standing(mode=was)], records, sent.world.as_of)) == [told]
    [kept] = plan_voids([sent.standing(mode=now)], records, sent.world.as_of).corrections
    assert kept.claim.replaces == "C1"


def test_a_replacement_tells_that_the_card_number_changed_and_neither_number() -> None:
    sent = Sent.of()
    now = make_world({"coverage": {"first": {"subscriber_id": "5554443332"}}})
    [correction] = sent.replacements(sent.standing(), now=now).corrections

    assert correction.changes == (("subscriber_id", "as it was sent", "as it stands in coverage now"),)
    assert correction.claim.subscriber.subscriber_id == "5554443332"


@pytest.mark.parametrize(
    ("paid_on", "last"), [(None, dt.date(2026, 5, 19)), (dt.date(2026, 3, 25), dt.date(2026, 5, 24))]
)
def test_the_last_day_counts_from_the_payment_where_its_day_is_known(paid_on: dt.date | None, last: dt.date) -> None:
    """60 days after the remittance, or after what became of the claim on 2026-03-20."""
    policy = '[[peer.filing]]\nresubmit_within = "60 days after notice"\nsource = "manual p. 8"\n'
    sent = Sent.of({"policy": policy})
    [claim] = sent.claims
    payment = ClaimPayment("C1", "1", claim.charge, claim.charge, 1)
    standing = attrs.evolve(sent.standing(), claim=in_ledger(claim, payment, answered_on=paid_on))

    [correction] = sent.replacements(standing, unchanged=True).corrections

    assert correction.last_day == last


def test_a_replacement_under_a_programme_that_is_no_longer_there_has_no_last_day() -> None:
    sent = Sent.of()
    [correction] = sent.replacements(sent.standing(programme="ZZ/gone"), unchanged=True).corrections

    assert correction.last_day is None
    assert correction.claim.programme == "ZZ/peer"


def test_what_cannot_be_written_is_no_correction() -> None:
    sent = Sent.of()
    standing = sent.standing(payer_control_number="ICN~1")

    for plan in (sent.voids(standing), sent.replacements(standing, unchanged=True)):
        assert why(plan) == [
            (
                "it cannot be written: payer_control_number: character 4 divides X12 files and cannot stand in text. "
                "Write it without * : ^ ~"
            )
        ]


NORTH = {
    "north": {
        "name": "North Office",
        "npi": "1679576722",
        "bills": True,
        "address": {"street": "5 North St", "city": "Lansing", "state": "MI", "zip": "489061000"},
    }
}


def test_a_void_needs_the_site_that_billed() -> None:
    sent = Sent.of()
    standing = sent.standing(bills_as="north", site="north")
    there = make_world({"sites": NORTH})

    [correction] = plan_voids([standing], there.records, there.as_of).corrections

    assert (correction.claim.bills_as, correction.claim.site) == ("north", "north")
    assert why(sent.voids(standing)) == [
        "site north, which billed it, is no longer one of [sites] in peerbill.toml: put it back"
    ]


OTHER_PLACE = {"E2": {"like": "E1", "start": "2026-03-02T13:00", "end": "2026-03-02T13:45", "place": "12"}}


@pytest.mark.parametrize(("encounters", "told"), [({}, Decimal(60)), (OTHER_PLACE, Decimal(10))])
def test_a_replacement_tells_what_the_member_paid_beside_the_days_other_claims(
    encounters: dict[str, Any], told: Decimal
) -> None:
    """70.00 were paid of the day; the other claim of the day, where there is one, has 60.00 of it."""
    sent = Sent.of({"encounters": encounters})
    rows = {"r1": {"member_id": "M1", "date": "2026-03-02", "amount": "70.00"}}
    no_day = {"r2": {"member_id": "M2", "amount": "5.00"}}
    now = make_world({"encounters": encounters, "spend_down": {**rows, **no_day}})

    [correction] = sent.replacements(sent.standing(0), now=now).corrections

    assert correction.claim.patient_paid == told
    assert correction.changes == (("patient_paid", "", str(correction.claim.patient_paid)),)


def test_encounters_that_make_no_unit_any_more_are_no_replacement() -> None:
    """The minutes of a day are added: what is 7 minutes now makes no unit beside the other claim's 47."""
    policy = '[[peer.unit]]\naggregate = "day"\nsource = "manual p. 9"\n'
    sent = Sent.of({"encounters": OTHER_PLACE, "policy": policy})
    short = {"E2": {**OTHER_PLACE["E2"], "place": "11", "end": "2026-03-02T13:07"}}
    now = make_world({"encounters": short, "policy": policy})

    plan = sent.replacements(sent.standing(0), sent.standing(1), now=now, unchanged=True)

    assert [(one.original.claim_id, one.claim.lines[0].encounter_ids) for one in plan.corrections] == [("C1", ("E1",))]
    assert [(refused.claim_id, refused.why) for refused in plan.refused] == [
        (
            "C2",
            "its encounters no longer make a billable unit. Correct their times and replace it again, or void it",
        )
    ]


def test_encounters_that_need_several_claims_now_are_no_replacement() -> None:
    sent = Sent.of({"encounters": LATER})
    now = make_world({"encounters": OTHER_PLACE})

    assert why(sent.replacements(sent.standing(), now=now)) == [
        (
            "its encounters need 2 claims now, since the place is not the same: E1 and E2. Correct them, or void it; "
            "bill then makes new claims"
        )
    ]


def test_a_replacement_tells_where_the_service_is_said_to_be_given_now() -> None:
    sent = Sent.of()
    hospital = {
        "name": "County Hospital",
        "street": "9 Row",
        "city": "Lansing",
        "state": "MI",
        "zip": "489061009",
        "place": "23",
    }
    now = make_world({"encounters": {"E1": {"place": "23"}}, "places": {"ER": hospital}})

    [correction] = sent.replacements(sent.standing(), now=now).corrections

    assert correction.changes == (
        ("place", "11", "23"),
        ("facility", "", "County Hospital, 9 Row, Lansing, 489061009"),
    )


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (LeftOut("E2", ("PB101", "PB103")), "E2 held: PB101, PB103"),
        (LeftOut("E2"), "E2 no longer in encounters"),
        (LeftOut("E2", earlier="FIRST1"), "E2 no longer on FIRST1"),
    ],
)
def test_why_an_encounter_is_left_out_is_told_in_a_few_words(left: LeftOut, text: str) -> None:
    assert left_out_text(left) == text
