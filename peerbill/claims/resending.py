"""Rejected claims go again once they say something else: sent as it was, a claim is rejected again.

The correction may be in any table or in the settings. So the claim that would be sent is compared with the rejected
claim (`peerbill.model.content`), not its encounters with the encounters then.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import count

import attrs

from peerbill.checks.audit import Audit
from peerbill.claims.build import build_claims
from peerbill.claims.next_payer import NotSent
from peerbill.ledger.look.history import Rejection
from peerbill.model.claim import BilledEncounter, Claim
from peerbill.model.claim_state import Standing
from peerbill.model.content import Saying
from peerbill.model.finding import Finding, Severity, finding_order
from peerbill.model.records import Records, Settings
from peerbill.model.sentence import say
from peerbill.model.waiver import RAISED, IdleWaiver

CODE = "PB808"
FIX = (
    "Change what the rejection names, in whatever table it stands; where the fault was elsewhere, in another claim of "
    "the file or with the payer, send it again as it is with peerbill bill --unchanged."
)


def weigh_rejected(result: Audit, records: Records, history: Sequence[BilledEncounter]) -> Audit:
    """Return an audit that holds the encounters whose claim was rejected and would say the same again (PB808).

    Those whose claim says something else by now go out without a finding. The warning of the audit stays where it is
    unknown what the claim said: it was sent before the ledger kept that.
    """
    rejected = {coded.encounter_id: coded for coded in history if coded.standing == Standing.REJECTED and coded.content}
    waiting = {id_ for coded in result.billable if (id_ := coded.encounter.encounter_id) in rejected}
    if not waiting:
        return result
    members = {rejected[id_].member_id for id_ in waiting}
    coded_again = [coded for coded in result.billable if coded.encounter.member_id in members]
    digests = _Digests(records.settings)
    same: dict[str, BilledEncounter] = {}
    for claim in build_claims(coded_again, records, map(str, count(1)), history):
        digest = digests.of(claim)
        ids = [id_ for line in claim.lines for id_ in line.encounter_ids]
        same |= {id_: rejected[id_] for id_ in ids if id_ in waiting and rejected[id_].content == digest}
    return _held(result, same, waiting - same.keys())


def _held(result: Audit, same: Mapping[str, BilledEncounter], changed: Collection[str]) -> Audit:
    """Return an audit in which the encounters of `same` are held, and those of `changed` are no finding any more."""
    result = _without_waivers(result, same)
    findings = tuple(_weighed(result.findings, same, changed))
    billable = tuple(coded for coded in result.billable if coded.encounter.encounter_id not in same)
    supports = Counter(coded.encounter.support_type for coded in billable if coded.encounter.support_type)
    return attrs.evolve(
        result,
        encounters=tuple(
            attrs.evolve(coded, status="held") if coded.encounter_id in same else coded for coded in result.encounters
        ),
        findings=tuple(sorted(findings, key=finding_order)),
        billable=billable,
        support_types=tuple(sorted(supports.items())),
    )


def _without_waivers(result: Audit, same: Mapping[str, BilledEncounter]) -> Audit:
    """Return an audit in which no waiver covers what is now an error: the claim would be rejected again."""
    raised = [one for one in result.waived if one.finding.code == CODE and one.finding.encounter_ids[0] in same]
    if not raised:
        return result
    return attrs.evolve(
        result,
        findings=(*result.findings, *(one.finding for one in raised)),
        waived=tuple(one for one in result.waived if one not in raised),
        idle_waivers=(*result.idle_waivers, *(IdleWaiver(one.waiver, RAISED) for one in raised)),
    )


def _weighed(
    findings: Sequence[Finding], same: Mapping[str, BilledEncounter], changed: Collection[str]
) -> Iterator[Finding]:
    for finding in findings:
        id_ = finding.encounter_ids[0] if finding.encounter_ids else ""
        if finding.code == CODE and id_ in same:
            message = say(
                "rejected-says-the-same",
                "its claim {claim_id} was {reason}; it would say the same again",
                claim_id=same[id_].claim_id,
                reason=same[id_].reason,
            )
            yield attrs.evolve(
                finding,
                severity=Severity.ERROR,
                raised=False,
                message=message.text,
                fix=FIX,
                template=message.template,
                values=message.values,
                pattern=message.pattern,
            )
        elif finding.code != CODE or id_ not in changed:
            yield finding


def leave_rejected(
    claims: Sequence[Claim], rejected: Mapping[str, Rejection], settings: Settings
) -> tuple[list[Claim], list[NotSent]]:
    """Return the claims to send, without those to a later payer that it rejected and that say the same again.

    `rejected` are the last rejected claims by the claim to the payer before that each one follows.
    """
    digests = _Digests(settings)
    kept: list[Claim] = []
    left: list[NotSent] = []
    for claim in claims:
        before = rejected.get(claim.follows) if claim.follows else None
        if before is not None and before.content and before.content == digests.of(claim):
            why = f"its claim {before.claim_id} was {before.reason}, and would say the same again"
            left.append(NotSent(claim.follows, claim.payer, why, FIX))
        else:
            kept.append(claim)
    return kept, left


class _Digests:
    """What claims say, under the settings of a workspace."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.sayings: dict[tuple[str, str], Saying] = {}

    def of(self, claim: Claim) -> str:
        key = (claim.payer, claim.bills_as)
        if key not in self.sayings:
            settings = self.settings.billing_as(claim.bills_as)
            self.sayings[key] = Saying.of(settings.payers[claim.payer], settings)
        return self.sayings[key].digest(claim)
