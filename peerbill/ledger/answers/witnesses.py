"""The values in a 277CA, besides the claim's number, that show whether it is about a claim of ours.

Claim numbers of two systems may be the same, and charges for peer support take few values. An acceptance needs one
fact that agrees and none that contradicts (of another charge, two that agree). A rejection frees what was billed, to be
sent again: it needs two that agree, and none that contradicts.
"""

import datetime as dt
from collections.abc import Collection, Iterator

import attrs

from peerbill.ledger.answers.session import LedgerClaim
from peerbill.model.money import cents
from peerbill.model.payer_answers import ClaimAnswer

_OF_THE_CLAIM = frozenset({"member id", "days of service", "batch reference", "payer's number"})
_CONTRADICTS_ALONE = frozenset({"member id", "days of service", "charge"})
_SAME_SERVICE = frozenset({"member id", "days of service"})
_PARTIES = frozenset({"submitter", "billing provider"})
_NEEDED = 2
_NPI_LENGTH = 10


@attrs.frozen
class Ours:
    """What we sent around a claim: its BHT03 as a number, our ids as sender (capitals), and our NPI ("": not known)."""

    reference: int
    senders: frozenset[str]
    npis: frozenset[str]


@attrs.frozen
class Evidence:
    """The facts of an answer that agree with a claim of ours, and those that differ; what was not sent is neither."""

    agreeing: frozenset[str]
    differing: frozenset[str]

    @property
    def has_another_charge(self) -> bool:
        """Whether the charge is not the charge that was sent."""
        return "charge" in self.differing

    def against(self, *, rejects: bool) -> str:
        """Return why the answer must not be taken for ours, or ""."""
        differing = self.differing & _CONTRADICTS_ALONE
        if rejects and not self.agreeing >= _SAME_SERVICE:
            # An agency may have several NPIs: another NPI counts where little else shows which service is meant.
            differing |= self.differing & {"billing provider"}
        if not rejects and len(self.agreeing & _OF_THE_CLAIM) >= _NEEDED:
            differing -= {"charge"}  # taken in, though perhaps in part
        if self.differing >= _PARTIES:
            differing |= _PARTIES
        if differing:
            return f"a claim of this ledger has this number, but not the same {_listed(differing)}"
        # Equal charges prove nothing alone, and the sender of the file is the same for all claims.
        if rejects and (len(self.agreeing) < _NEEDED or not self.agreeing & _OF_THE_CLAIM):
            return (
                "a claim of this ledger has this number, but too little else agrees to reject it "
                f"({_listed(self.agreeing) or 'nothing'})"
            )
        if not self.agreeing - {"charge"}:
            return "a claim of this ledger has this number, but nothing else in the answer tells that it is meant"
        return ""


def weigh(
    claim: LedgerClaim, answer: ClaimAnswer, ours: Ours, receivers: Collection[str], *, by_number: bool
) -> Evidence:
    """Hold an answer against a claim of ours. `receivers` are ISA08 and GS03 of the answer.

    `by_number`: the claim was found by the payer's number, which is no second fact then.
    """
    agreeing: set[str] = set()
    differing: set[str] = set()
    for name, agrees in _facts(claim, answer, ours, receivers):
        (agreeing if agrees else differing).add(name)
    if not by_number and answer.payer_control_number and answer.payer_control_number == claim.payer_control_number:
        agreeing.add("payer's number")
    return Evidence(frozenset(agreeing), frozenset(differing))


def _facts(
    claim: LedgerClaim, answer: ClaimAnswer, ours: Ours, receivers: Collection[str]
) -> Iterator[tuple[str, bool]]:
    """Yield each fact that both sides have, and whether they agree."""
    if answer.subscriber_id and claim.subscriber_id:
        yield "member id", _plain(answer.subscriber_id) == _plain(claim.subscriber_id)
    if answer.first_day is not None and claim.first_day:
        last = answer.last_day or answer.first_day
        first_day, last_day = map(dt.date.fromisoformat, (claim.first_day, claim.last_day or claim.first_day))
        yield "days of service", answer.first_day <= last_day and first_day <= last
    # Payers leave the charge out as 0; that of a claim which was divided (A5) is that of a part.
    if answer.charge and not any(status.category == "A5" for status in answer.statuses):
        yield "charge", cents(answer.charge) == claim.charge
    # A reference of the sender's own proves nothing.
    if is_reference(answer.reference) and int(answer.reference) == ours.reference:
        yield "batch reference", True
    parties = {party.upper() for party in (answer.submitter_id, *receivers) if party}
    if parties and ours.senders:
        yield "submitter", bool(parties & ours.senders)
    if ours.npis and is_npi(answer.provider_id):
        yield "billing provider", answer.provider_id in ours.npis


def is_reference(text: str) -> bool:
    """Return whether a text may be a BHT03 of ours: the interchange's nine digits and the transaction set's four."""
    return text.isascii() and text.isdigit() and len(text) <= 18  # more than that is no number of a database


def is_npi(text: str) -> bool:
    """Return whether an id has the form of an NPI: payers' own ids and tax numbers prove nothing."""
    return len(text) == _NPI_LENGTH and text.isascii() and text.isdigit()


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text)).upper()


def _listed(names: Collection[str]) -> str:
    *others, last = sorted(names) or [""]
    return f"{', '.join(others)} and {last}" if others else last
