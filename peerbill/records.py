"""Everything a workspace holds, as plain values."""

from collections.abc import Mapping

import attrs

from peerbill.claim import BillingProvider, Party, Payer
from peerbill.encounter import Encounter
from peerbill.finding import Finding
from peerbill.people import (
    Assessment,
    Authorization,
    Coverage,
    Credential,
    EarlierPayment,
    Episode,
    Exclusion,
    Member,
    OtherService,
    Plan,
    Relationship,
    SpendDown,
    Staff,
    Stay,
    Supervision,
)


@attrs.frozen
class Settings:
    """`peerbill.toml`: the organisation, the submitter and the payers by key, and where the ledger is."""

    organization: BillingProvider
    submitter: Party
    payers: Mapping[str, Payer]
    ledger_url: str = "sqlite:///ledger.db"

    @property
    def test_payers(self) -> frozenset[str]:
        """The keys of the payers that are sent tests: for them, what was sent in a test counts as billed."""
        return frozenset(key for key, payer in self.payers.items() if payer.mode != "production")


@attrs.frozen
class Rejected:
    """An encounter row that could not be read, by its line; `findings` say why (PB001, PB002)."""

    line: int
    encounter_id: str
    findings: tuple[Finding, ...]


@attrs.frozen
class Records:
    """The tables of a workspace. An optional table that is absent is an empty tuple.

    `problems` are the sentences told about rows of other tables that could not be read; `notices` those that
    need no action (unknown columns). `records_channels` tells whether the table of encounters has the column channel,
    so that a blank one is not known: None for records made in code, where one that is filled shows it.
    """

    settings: Settings
    staff: tuple[Staff, ...] = ()
    credentials: tuple[Credential, ...] = ()
    supervision: tuple[Supervision, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    members: tuple[Member, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    plans: tuple[Plan, ...] = ()
    authorizations: tuple[Authorization, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    episodes: tuple[Episode, ...] = ()
    stays: tuple[Stay, ...] = ()
    other_services: tuple[OtherService, ...] = ()
    prior_payments: tuple[EarlierPayment, ...] = ()
    spend_down: tuple[SpendDown, ...] = ()
    encounters: tuple[Encounter, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    problems: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    records_channels: bool | None = None
