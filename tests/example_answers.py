"""The payer's answers that the example mi-recovery-coach ships: run this file to write them anew."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from itertools import count
from pathlib import Path

import attrs
from payer import Decision, Paid, SentClaim, SentFile, SentLine, ack277, ack999, denied, receive, reduced, remit

from peerbill.audit import audit
from peerbill.billing import build_claims
from peerbill.ledger.identity import identity_of
from peerbill.policy import load_policies
from peerbill.workspace import programme_ids, read_agency_policies, read_workspace
from peerbill.x12.write837 import write_interchange

FOLDER = Path(__file__).parents[1] / "fixtures/examples/mi-recovery-coach"
AS_OF = dt.date(2026, 10, 14)

IDENTITY = identity_of("TAG1")
CLAIMS = 26
REJECTED, DENIED, CUT = (IDENTITY.claim_id(CLAIMS + number) for number in (5, 9, 12))


def answers() -> dict[str, str]:
    """Return the answers to the example's test and to what production then bills, by file name.

    They have places for tag and control numbers.
    """
    control = IDENTITY.first_control_number
    npi = read_workspace(FOLDER).settings.organization.npi
    test, production = _sent(1, control), _sent(CLAIMS + 1, control + 1)
    tested = attrs.evolve(test, answered_on=AS_OF)
    taken = attrs.evolve(production, answered_on=AS_OF + dt.timedelta(days=1))
    paid = attrs.evolve(production, answered_on=AS_OF + dt.timedelta(days=16))
    texts = {
        "test/1-999.edi": ack999(tested, control=99),
        "test/2-277ca.edi": ack277(tested, control=100),
        "1-999.edi": ack999(taken, control=101),
        "2-277ca.edi": ack277(taken, _verdict, control=102),
        "3-835.edi": remit(
            paid,
            [Decision(claim, _payment(claim)) for claim in production.claims if claim.claim_id != REJECTED],
            trace="EFT20261030",
            control=103,
            payee=npi,
        ),
    }
    places = {"TAG1": "{tag}", str(control): "{control}", str(control + 1): "{next}"}
    return {name: _replaced(text, places) for name, text in texts.items()}


def _sent(first: int, control: int) -> SentFile:
    """Return a batch of the example as the payer receives it: its claims are numbered from `first` on."""
    records = read_workspace(FOLDER)
    policies = load_policies(programme_ids(records.settings), read_agency_policies(FOLDER))
    billable = audit(records, policies, AS_OF).billable
    claims = build_claims(billable, records, map(IDENTITY.claim_id, count(first)))
    assert len(claims) == CLAIMS
    payer = records.settings.payers["mi-medicaid"]
    return receive("".join(write_interchange(claims, payer, records.settings, AS_OF, control)))


def filled(text: str) -> str:
    """Return an answer with the tag and the control numbers of a ledger in their places."""
    first = IDENTITY.first_control_number
    return _replaced(text, {"{tag}": IDENTITY.tag, "{control}": str(first), "{next}": str(first + 1)})


def _replaced(text: str, by: dict[str, str]) -> str:
    for before, after in by.items():
        text = text.replace(before, after)
    return text


def _verdict(claim: SentClaim) -> str:
    return "A7:33:IL" if claim.claim_id == REJECTED else "A2:20"


def _payment(claim: SentClaim) -> Callable[[SentLine], Paid]:
    return {DENIED: denied, CUT: _one_unit_denied}.get(claim.claim_id, reduced)


def _one_unit_denied(line: SentLine) -> Paid:
    """Pay all but one unit: the benefit's limit was reached."""
    unit = line.charge / Decimal(line.units)
    return Paid(line.charge - unit, (("CO", "119", unit),), ("N362",))


if __name__ == "__main__":
    (FOLDER / "answers" / "test").mkdir(parents=True, exist_ok=True)
    for name, text in answers().items():
        (FOLDER / "answers" / name).write_text(text.replace("~", "~\n"), encoding="ascii")
