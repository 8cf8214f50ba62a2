"""The payer's answers that the example mi-recovery-coach ships: run this file to write them anew."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import attrs
from payer import Decision, Paid, SentClaim, SentLine, ack277, ack999, denied, receive, reduced, remit

from peerbill.audit import audit
from peerbill.billing import build_claims
from peerbill.policy import load_policies
from peerbill.workspace import programme_ids, read_agency_policies, read_workspace
from peerbill.x12.write837 import write_interchange

FOLDER = Path(__file__).parents[1] / "fixtures/examples/mi-recovery-coach"
AS_OF = dt.date(2026, 10, 14)

REJECTED = "PB0000000005"
DENIED = "PB0000000009"
CUT = "PB0000000012"


def answers() -> dict[str, str]:
    """Return the answers to the first batch of the example, by file name."""
    records = read_workspace(FOLDER)
    policies = load_policies(programme_ids(records.settings), read_agency_policies(FOLDER))
    billable = audit(records, policies, AS_OF).billable
    claims = build_claims(billable, records, (f"PB{number:010d}" for number in range(1, 1000)))
    text = "".join(write_interchange(claims, records.settings.payers["mi-medicaid"], records.settings, AS_OF, 1))
    sent = receive(text)
    taken = attrs.evolve(sent, answered_on=AS_OF + dt.timedelta(days=1))
    paid = attrs.evolve(sent, answered_on=AS_OF + dt.timedelta(days=16))
    return {
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
