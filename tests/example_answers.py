"""The payer's answers that the example mi-recovery-coach ships: run this file to write them anew."""

import datetime as dt
from decimal import Decimal
from itertools import count
from pathlib import Path

import attrs
from payer import Decision, Paid, SentClaim, SentFile, SentLine, ack277, ack999, denied, receive, reduced, remit

from peerbill.checks.audit import audit
from peerbill.claims.build import build_claims
from peerbill.intake.workspace import programme_ids, read_agency_policies, read_workspace
from peerbill.ledger.store.identity import identity_of
from peerbill.policy import load_policies
from peerbill.x12.write.write837 import write_interchange

FOLDER = Path(__file__).parents[1] / "fixtures/examples/mi-recovery-coach"
AS_OF = dt.date(2026, 10, 14)

IDENTITY = identity_of("TAG1")
CLAIMS = 26
REJECTED, DENIED, CUT = 5, 9, 12
"""The numbers of the claims of a batch that the payer does not simply pay."""


def answers() -> dict[str, str]:
    """Return the answers to the example's first batch, and to the same batch sent in production after it, by file name.

    They have places for tag and control numbers.
    """
    control = IDENTITY.first_control_number
    texts = _story(_sent(1, control), 1)
    in_production = _story(_sent(CLAIMS + 1, control + 1), CLAIMS + 1)
    texts |= {f"production/{name}": text.replace("*0*T*:~", "*0*P*:~") for name, text in in_production.items()}
    places = {"TAG1": "{tag}", str(control): "{control}", str(control + 1): "{next}"}
    return {name: _replaced(text, places) for name, text in texts.items()}


def claim_ids(first: int) -> tuple[str, str, str]:
    """Return the rejected, the denied and the cut claim of a batch whose claims are numbered from `first` on."""
    rejected, denied_, cut = (IDENTITY.claim_id(first - 1 + number) for number in (REJECTED, DENIED, CUT))
    return rejected, denied_, cut


def _story(sent: SentFile, first: int) -> dict[str, str]:
    """Return what the payer answers to a batch: taken in but for one claim, paid but for two."""
    rejected, denied_, cut = claim_ids(first)
    npi = read_workspace(FOLDER).settings.organization.npi
    taken = attrs.evolve(sent, answered_on=AS_OF + dt.timedelta(days=1))
    paid = attrs.evolve(sent, answered_on=AS_OF + dt.timedelta(days=16))
    decide = {denied_: denied, cut: _one_unit_denied}

    def verdict(claim: SentClaim) -> str:
        return "A7:33:IL" if claim.claim_id == rejected else "A2:20"

    return {
        "1-999.edi": ack999(taken, control=98 + 3 * (first > 1)),
        "2-277ca.edi": ack277(taken, verdict, control=99 + 3 * (first > 1)),
        "3-835.edi": remit(
            paid,
            [
                Decision(claim, decide.get(claim.claim_id, reduced))
                for claim in sent.claims
                if claim.claim_id != rejected
            ],
            trace="EFT20261030" if first == 1 else "EFT20261031",
            control=100 + 3 * (first > 1),
            payee=npi,
        ),
    }


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


def _one_unit_denied(line: SentLine) -> Paid:
    """Pay all but one unit: the benefit's limit was reached."""
    unit = line.charge / Decimal(line.units)
    return Paid(line.charge - unit, (("CO", "119", unit),), ("N362",))


if __name__ == "__main__":
    (FOLDER / "answers" / "production").mkdir(parents=True, exist_ok=True)
    for name, text in answers().items():
        (FOLDER / "answers" / name).write_text(text.replace("~", "~\n"), encoding="ascii")
