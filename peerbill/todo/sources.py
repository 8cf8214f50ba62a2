"""The sources of the work list: a workspace, its audit, and the open claims and items of its ledger."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping

from peerbill.checks.audit import Audit
from peerbill.coding.context import Context, Index
from peerbill.coding.deadlines import filing_deadline, other_payer_deadline, resubmission_deadline
from peerbill.ledger.look.worklist import OpenClaim, Opened, PaidEncounter, Unsettled
from peerbill.model.errors import NotInForceError
from peerbill.model.records import Records
from peerbill.policy import Facts, Filing, Policies, Rules

Date = dt.date


class Sources:
    """What every kind of item is made from, with the days that claims have left."""

    def __init__(
        self,
        records: Records,
        policies: Policies,
        opened: Opened,
        index: Index,
        audit: Audit,
        contexts: Mapping[str, Context],
    ) -> None:
        """Take a workspace, the open claims and items of its ledger, and an audit: its index, result and contexts."""
        self.records = records
        self.policies = policies
        self.as_of = index.as_of
        self.opened = opened
        self.index = index
        self.audit = audit
        self.contexts = contexts
        self.encounters = {coded.encounter_id: coded for coded in records.encounters}
        self.paid: dict[str, list[PaidEncounter]] = defaultdict(list)
        for coded in opened.paid:
            self.paid[coded.encounter_id].append(coded)
        self.staff = {person.staff_id: person for person in records.staff}
        self._filing: dict[tuple[str, str, Date], Filing] = {}

    def rules(self, programme_id: str, day: Date, facts: Facts) -> Rules | None:
        """Return what a programme says, or None where it is not among the workspace's or not in force."""
        programme = self.policies.programmes.get(programme_id)
        try:
            return None if programme is None else programme.rules(day, facts)
        except NotInForceError:
            return None

    def facts(self, payer: str, tier: str = "", service: str = "") -> Facts:
        """Return the situation as far as it is known from a claim or a person."""
        settings = self.records.settings.payers.get(payer)
        organization = self.records.settings.organization
        return Facts(
            service=service,
            tier=tier,
            payer=settings.payer if settings is not None else "",
            region=organization.region,
            provider=organization.kind,
        )

    def filing(self, payer: str, programme: str, day: Date) -> Filing:
        """Return the clocks of a claim for a service of a day."""
        key = (programme, payer, day)
        known = self._filing.get(key)
        if known is None:
            rules = self.rules(programme, day, self.facts(payer))
            known = self._filing[key] = Filing() if rules is None else rules.filing.value
        return known

    def last_day(self, claim: OpenClaim) -> Date | None:
        """Return the last day on which a claim could be filed as new."""
        if claim.first_day is None:
            return None
        filing = self.filing(claim.payer, claim.programme, claim.first_day)
        if claim.other_paid_on is not None:
            return other_payer_deadline(claim.first_day, claim.other_paid_on, filing)
        return filing_deadline(claim.first_day, filing)

    def last_day_again(self, claim: OpenClaim | Unsettled) -> Date | None:
        """Return the last day to send a claim again: its resubmission window, counted from the answer, or its limit."""
        if claim.first_day is None:
            return None
        filing = self.filing(claim.payer, claim.programme, claim.first_day)
        return resubmission_deadline(claim.first_day, claim.since, filing, claim.other_paid_on)
