"""Everything a workspace holds, as plain values."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from peerbill.model.claim import BillingProvider, Party, Payer, Site
from peerbill.model.encounter import Encounter
from peerbill.model.errors import PeerbillError
from peerbill.model.finding import NOT_IN_DOCUMENTS, Finding, Severity
from peerbill.model.frozen import FrozenMap, freeze
from peerbill.model.limits import DEFAULT, Limits
from peerbill.model.people import (
    Assessment,
    Authorization,
    Coverage,
    Credential,
    EarlierPayment,
    Episode,
    Exclusion,
    License,
    Member,
    OtherService,
    Place,
    Plan,
    ProviderEnrollment,
    Relationship,
    Screening,
    SpendDown,
    Staff,
    Stay,
    Supervision,
    Training,
)
from peerbill.model.sentence import Sentence

LEDGER_URL = "sqlite:///ledger.db"
"""Where a workspace has its ledger, unless `[ledger] url` says otherwise."""


@attrs.frozen
class Settings:
    """`peerbill.toml`: the organisation, the submitter and the payers by key, and where the ledger is.

    `checks` are the modules of the agency's own checks, `severity` the least severity of a finding by its code, `dates`
    the order of days with slashes in the tables (`month-first`, `day-first`), "" where such a day cannot be read,
    `sites` those of `[sites]` by key, `limits` how large a table and a workbook may be. `ledger_checkpoint` is where a
    checkpoint is written at the end of each run that changed the ledger, "" for nowhere; `ledger_checkpoint_key` the
    private key that signs it, `ledger_checkpoint_public_key` the public one: paths, which begin at the workspace.
    `retention_years` is how long claims are kept, for `peerbill purge`.
    """

    organization: BillingProvider
    submitter: Party
    payers: Mapping[str, Payer]
    ledger_url: str = attrs.field(default=LEDGER_URL, repr=False)
    ledger_tag: str = ""
    checks: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = attrs.field(factory=dict)
    dates: str = ""
    sites: Mapping[str, Site] = attrs.field(factory=dict)
    limits: Limits = attrs.field(default=DEFAULT, metadata=NOT_IN_DOCUMENTS)
    ledger_checkpoint: str = attrs.field(default="", metadata=NOT_IN_DOCUMENTS)
    ledger_checkpoint_key: str = attrs.field(default="", metadata=NOT_IN_DOCUMENTS)
    ledger_checkpoint_public_key: str = attrs.field(default="", metadata=NOT_IN_DOCUMENTS)
    retention_years: int | None = attrs.field(default=None, metadata=NOT_IN_DOCUMENTS)

    def __attrs_post_init__(self) -> None:
        freeze(self, "payers", "severity", "sites")

    def billing_site(self, site: str, payer: Payer) -> str:
        """Return the key of the site that bills a payer for services of a site; "" is the organisation."""
        own = site if site in self.sites and self.sites[site].bills else ""
        return payer.bills_as.get(site, payer.bills_as.get("", own))

    def billing_as(self, site: str) -> "Settings":
        """Return the settings with a site in the place of the organisation, as claims that it bills have them.

        Raises PeerbillError for a site that is not one of `[sites]`.
        """
        if site and site not in self.sites:
            raise PeerbillError(f"site {site} is not one of [sites] in peerbill.toml")
        return attrs.evolve(self, organization=self.provider(site)) if site else self

    def provider(self, site: str) -> BillingProvider:
        """Return a site as a billing provider; the organisation for a key that no site has."""
        row, own = self.sites.get(site), self.organization
        if row is None:
            return own
        return attrs.evolve(
            own,
            name=row.name,
            address=row.address,
            npi=row.npi,
            tax_id=row.tax_id or own.tax_id,
            taxonomy=row.taxonomy or own.taxonomy,
            kind=row.kind or own.kind,
            region=row.region or own.region,
            pay_to=row.pay_to or own.pay_to,
        )

    @property
    def npis(self) -> frozenset[str]:
        """The NPIs under which the agency bills: those of the organisation and of its sites."""
        return frozenset((self.organization.npi, *(site.npi for site in self.sites.values()))) - {""}

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
class UnusedRow:
    """A row of a table beside `encounters` that is not used as it is, or a cell of it; its text is in `problems`.

    Attributes:
        file: the file, or the table of rows given in code.
        word: `line`, or `row` of rows given in code.
        line: its number.
        column: the column, "" for the whole row.
        why: what was expected and what was found.
        fix: what to do.
        effect: what becomes of the row until then.

    """

    file: str
    word: str
    line: int
    column: str
    why: str
    fix: str
    effect: str

    def __str__(self) -> str:
        column = f"column {self.column}: " if self.column else ""
        return f"{self.file} {self.word} {self.line}: {column}{self.why}. {self.fix} {self.effect}"


@attrs.frozen
class Hold:
    """A row that could not be read, or names nobody, and may forbid what it could concern.

    Attributes:
        code: the check under which the encounters are held, such as PB308.
        where: table and column, such as `stays.to`.
        message: the file, line and column, what was expected and what was found.
        fix: what to do.
        member_id, staff_id, npi, encounter_id: whom it could concern; all blank: every encounter of the run.
        first, last: the days that it could concern, both included; None is without limit.
        template, values, pattern: of the finding that it becomes.

    """

    code: str
    where: str
    message: str
    fix: str
    member_id: str = ""
    staff_id: str = ""
    npi: str = ""
    encounter_id: str = ""
    first: dt.date | None = None
    last: dt.date | None = None
    template: str = ""
    values: Mapping[str, Any] = FrozenMap()
    pattern: str = attrs.field(default="", eq=False, repr=False, metadata=NOT_IN_DOCUMENTS)

    def __attrs_post_init__(self) -> None:
        freeze(self, "values")

    @property
    def sentence(self) -> Sentence:
        """The message with its template, values and pattern."""
        return Sentence(self.message, self.template, self.values, self.pattern)


@attrs.frozen
class Records:
    """The tables of a workspace. An optional table that is absent is an empty tuple; a generator is taken whole.

    Attributes:
        rejected: the encounter rows that could not be read.
        problems: sentences about rows of other tables that could not be read.
        unused_rows: the same rows with their file, line and column, to be counted and grouped.
        notices: sentences that need no action (unknown columns).
        holds: what rows that may forbid something could concern, and could not be read.
        records_channels: whether the table of encounters has the column channel, so that a blank channel is unknown;
            None for records made in code, where a filled channel shows it.
        places_unread: whether some row of places could not be read, so that none is found by its code alone.
        not_read: how many more encounters the table begins with, which were billed, are as they were and are long past.
        read_from: the day from which on every encounter was read; None: all were.

    """

    settings: Settings
    staff: tuple[Staff, ...] = ()
    credentials: tuple[Credential, ...] = ()
    training: tuple[Training, ...] = ()
    supervision: tuple[Supervision, ...] = ()
    licenses: tuple[License, ...] = ()
    enrollments: tuple[ProviderEnrollment, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    screenings: tuple[Screening, ...] = ()
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
    places: tuple[Place, ...] = ()
    places_unread: bool = False
    encounters: tuple[Encounter, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    problems: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    records_channels: bool | None = None
    holds: tuple[Hold, ...] = ()
    unused_rows: tuple[UnusedRow, ...] = ()
    not_read: int = 0
    read_from: dt.date | None = None

    def __attrs_post_init__(self) -> None:
        for field in attrs.fields(Records):
            value = getattr(self, field.name)
            if field.default != () or isinstance(value, tuple):
                continue
            if isinstance(value, str | bytes) or not isinstance(value, Iterable):
                raise TypeError(f"{field.name}: expected a tuple of rows, found {type(value).__name__}")
            object.__setattr__(self, field.name, tuple(value))  # frozen: taken whole before it is seen
