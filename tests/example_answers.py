"""The payer's answers that the example mi-recovery-coach ships: run this file to write them anew."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from itertools import count
from pathlib import Path

import attrs
from payer import Decision, Paid, SentClaim, SentLine, ack277, ack999, denied, receive, reduced, remit

from peerbill.audit import audit
from peerbill.billing import build_claims
from peerbill.ledger.identity import identity_of
from peerbill.policy import load_policies
from peerbill.workspace import programme_ids, read_agency_policies, read_workspace
from peerbill.x12.write837 import write_interchange

FOLDER = Path(__file__).parents[1] / "fixtures/examples/mi-recovery-coach"
AS_OF = dt.date(2026, 10, 14)

IDENTITY = identity_of("TAG1")
REJECTED, DENIED, CUT = map(IDENTITY.claim_id, (5, 9, 12))


def answers() -> dict[str, str]:
    """Return the answers to the first batch of the example, by file name, with places for tag and control number."""
    control = IDENTITY.first_control_number
    records = read_workspace(FOLDER)
    policies = load_policies(programme_ids(records.settings), read_agency_policies(FOLDER))
    billable = audit(records, policies, AS_OF).billable
    claims = build_claims(billable, records, map(IDENTITY.claim_id, count(1)))
    text = "".join(write_interchange(claims, records.settings.payers["mi-medicaid"], records.settings, AS_OF, control))
    sent = receive(text)
    taken = attrs.evolve(sent, answered_on=AS_OF + dt.timedelta(days=1))
    paid = attrs.evolve(sent, answered_on=AS_OF + dt.timedelta(days=16))
    texts = {
        "1-999.edi": ack999(taken, control=101),
        "2-277ca.edi": ack277(taken, _verdict, control=102),
        "3-835.edi": remit(
            paid,
            [Decision(claim, _payment(claim)) for claim in sent.claims if claim.claim_id != REJECTED],
            trace="EFT20261030",
            control=103,
            payee=records.settings.organization.npi,
        ),
    }
    return {name: text.replace("TAG1", "{tag}").replace(str(control), "{control}") for name, text in texts.items()}


def filled(text: str) -> str:
    """Return an answer with the tag and the control number of a ledger in their places."""
    return text.replace("{tag}", IDENTITY.tag).replace("{control}", str(IDENTITY.first_control_number))


def _verdict(claim: SentClaim) -> str:
    return "A7:33:IL" if claim.claim_id == REJECTED else "A2:20"


def _payment(claim: SentClaim) -> Callable[[SentLine], Paid]:
    return {DENIED: denied, CUT: _one_unit_denied}.get(claim.claim_id, reduced)


def _one_unit_denied(line: SentLine) -> Paid:
    """Pay all but one unit: the benefit's limit was reached."""
    unit = line.charge / Decimal(line.units)
    return Paid(line.charge - unit, (("CO", "119", unit),), ("N362",))


if __name__ == "__main__":
    (FOLDER / "answers").mkdir(exist_ok=True)
    for name, text in answers().items():
        (FOLDER / "answers" / name).write_text(text.replace("~", "~\n"), encoding="ascii")
