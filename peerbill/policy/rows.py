"""What a policy file may say: one class per table, one object per row.

Every field may be left out of a row; left out (None, or an empty tuple) means that this row does not give it. The
classes are what the loader reads and, merged value by value, what `Rules` answers with. Phrases (windows, deadlines,
lengths, ages) are parsed when a file loads.
"""

from typing import ClassVar

import attrs

from peerbill.policy.phrases import Ages, Deadline, Length, Window


@attrs.frozen(kw_only=True)
class Population:
    """Who may be served. `diagnosis` names groups of `[diagnosis]`; `except_codes` are ICD-10-CM prefixes."""

    table: ClassVar[str] = "population"
    age: Ages | None = None
    diagnosis: tuple[str, ...] = ()
    except_codes: tuple[str, ...] = ()
    diagnosis_on_claim: bool | None = None
    enrolled: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Service:
    """A line of the manual's code table. `paid` False is a cited refusal; `modifiers` in the payer's order."""

    table: ClassVar[str] = "service"
    hcpcs: str | None = None
    modifiers: tuple[str, ...] | None = None
    mode: str | None = None
    paid: bool | None = None


@attrs.frozen(kw_only=True)
class Modifier:
    """A modifier beside the service's own. `use`: required, one-of, informational, optional, forbidden."""

    table: ClassVar[str] = "modifier"
    use: str = "required"
    position: int | None = None


@attrs.frozen(kw_only=True)
class Unit:
    """Minutes to units. `per`: minutes, service, day; `rounding`: down, up, midpoint, past-midpoint."""

    table: ClassVar[str] = "unit"
    minutes: int | None = None
    per: str | None = None
    rounding: str | None = None
    aggregate: str | None = None
    minimum_minutes: int | None = None
    continuous: bool | None = None
    counts: tuple[str, ...] | None = None


@attrs.frozen(kw_only=True)
class Limit:
    """A limit counts one thing in one window. `of` names services counted together; `then` what follows."""

    table: ClassVar[str] = "limit"
    units: int | None = None
    minutes: int | None = None
    hours: int | None = None
    encounters: int | None = None
    days: int | None = None
    dollars: str | None = None
    per: Window | None = None
    scope: str = "member"
    of: tuple[str, ...] = ()
    then: str | None = None


@attrs.frozen(kw_only=True)
class Group:
    """Size of a group and members per facilitator."""

    table: ClassVar[str] = "group"
    min: int | None = None
    max: int | None = None
    per_facilitator: int | None = None


@attrs.frozen(kw_only=True)
class Signature:
    """A signature by role (author, supervisor = cosignature, member), `by` whom and `within` which time."""

    table: ClassVar[str] = "signature"
    by: tuple[str, ...] = ()
    within: Deadline | None = None


@attrs.frozen(kw_only=True)
class PlanRule:
    """A plan, assessment, recommendation or order that must be there, by kind."""

    table: ClassVar[str] = "plan"
    signers: tuple[str, ...] = ()
    before_service: bool | None = None
    complete_within: Deadline | None = None
    signed_within: Deadline | None = None
    start_within: Deadline | None = None
    review_every: Length | None = None


@attrs.frozen(kw_only=True)
class AuthorizationRule:
    """Whether an authorization is required from the first unit."""

    table: ClassVar[str] = "authorization"
    required: bool | None = None


@attrs.frozen(kw_only=True)
class CredentialRule:
    """An accepted credential, by abbreviation; any of the rows is enough. `also`: others that must be held too.

    The name `none` means that nobody needs a credential. `curricula` names trainings of which one is needed, `topics`
    what the trainings must have covered together.
    """

    table: ClassVar[str] = "credential"
    name: str | None = None
    issuer: str | None = None
    states: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    endorsement: tuple[str, ...] = ()
    formerly: tuple[str, ...] = ()
    in_process: bool | None = None
    in_process_within: Deadline | None = None
    grace_days: int | None = None
    valid_months: int | None = None
    renewals: int | None = None
    ce_hours: int | None = None
    peer_age: Ages | None = None
    min_age: int | None = None
    training_hours: int | None = None
    experience_hours: int | None = None
    recovery_months: int | None = None
    exam: bool | None = None
    curricula: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Tier:
    """What a tier of peer may do and must bring."""

    table: ClassVar[str] = "tier"
    supports: tuple[str, ...] = ()
    alone: bool | None = None
    overseen_by: tuple[str, ...] = ()
    min_age: int | None = None
    training_hours: int | None = None
    experience_hours: int | None = None
    recovery_months: int | None = None
    exam: bool | None = None
    curricula: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class SupervisionRule:
    """Who supervises peers and how often; a row at all says that supervision is required.

    `fte`: the peers per supervisor are full-time equivalents, not heads.
    """

    table: ClassVar[str] = "supervision"
    by: tuple[str, ...] = ()
    every: Window | None = None
    times: int | None = None
    minutes: int | None = None
    service_hours: int | None = None
    peers_per_supervisor: int | None = None
    fte: bool | None = None
    members_per_peer: int | None = None


@attrs.frozen(kw_only=True)
class LicenseRule:
    """A license, certification or accreditation that the agency must have, by kind; all the rows of a programme hold.

    The kind is the word for `licenses.kind`; `accepts` are other kinds that are as good, `issuer` whose it is.
    """

    table: ClassVar[str] = "license"
    name: str | None = None
    issuer: str | None = None
    accepts: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class EnrollmentRule:
    """Who must be enrolled with the payer: the organization, the site, or the rendering provider."""

    table: ClassVar[str] = "enrollment"
    required: bool | None = None


@attrs.frozen(kw_only=True)
class Filing:
    """Clocks for a claim's receipt by the payer. Of several deadlines the later counts; `never_after` caps it."""

    table: ClassVar[str] = "filing"
    within: tuple[Deadline, ...] = ()
    resubmit_within: tuple[Deadline, ...] = ()
    other_payer_within: tuple[Deadline, ...] = ()
    never_after: Deadline | None = None


@attrs.frozen(kw_only=True)
class Rate:
    """What the fee schedule prints: `amount` in dollars per unit, service or day."""

    table: ClassVar[str] = "rate"
    amount: str | None = None
    per: str | None = None


@attrs.frozen(kw_only=True)
class ClaimRule:
    """How the claim is written.

    Of the 837I: `type_of_bill` without its frequency (13 of 131), the `revenue_code` of the line, who is the
    `attending` provider (peer, supervisor), and the codes in CL1: `admission_type` (priority of the visit),
    `point_of_origin` (where the person came from) and `patient_status` (at its end). `facility`: the payer wants to
    know where a service away from the agency's address was given (loop 2310C), and refuses a claim without it.
    `taxonomy` is the rendering provider's code, or the billing provider's where the claim names no rendering provider.
    """

    table: ClassVar[str] = "claim"
    form: str | None = None
    type_of_bill: str | None = None
    attending: str | None = None
    admission_type: str | None = None
    point_of_origin: str | None = None
    patient_status: str | None = None
    rendering: str | None = None
    taxonomy: str | None = None
    supervising: bool | None = None
    referring: bool | None = None
    revenue_code: str | None = None
    rate_code: str | None = None
    place: str | None = None
    facility: bool | None = None


@attrs.frozen(kw_only=True)
class Calendar:
    """What a fiscal year (`07-01`) and a week (its first day, `sunday`) are."""

    table: ClassVar[str] = "calendar"
    fiscal_year: str | None = None
    week: str | None = None


Row = (
    Population
    | Service
    | Modifier
    | Unit
    | Limit
    | Group
    | Signature
    | PlanRule
    | AuthorizationRule
    | CredentialRule
    | Tier
    | SupervisionRule
    | LicenseRule
    | EnrollmentRule
    | Filing
    | Rate
    | ClaimRule
    | Calendar
)
"""Any row of a setting or named table. List tables (place, channel, documentation, exclusion) have words instead."""
