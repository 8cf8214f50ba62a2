"""The people of an agency and what is on file for them.

Each class is a table of the workspace; field names are its columns (`from_` is the column `from`, since `from` is a
word of Python). Fields that hold a person's data stay out of every repr. An absent text is "", an absent date or number
is None. Days named `to`, `expires_on`, `left_on` and `died_on` are inclusive.
"""

import datetime as dt
from decimal import Decimal

import attrs

Date = dt.date


@attrs.frozen
class Staff:
    """A person who serves members, supervises or cosigns. Table `staff`.

    `provider_ids` are ids that payers gave a person without an NPI: `ID`, or `KEY:ID` with the key of `[payers]`.
    `site` is a key of `[sites]`: where the person works, unless an encounter names another site.
    """

    staff_id: str
    last_name: str = attrs.field(repr=False)
    first_name: str = attrs.field(repr=False)
    npi: str = ""
    role: str = ""
    supervisor_id: str = ""
    taxonomy: str = ""
    tier: str = ""
    recovery_since: Date | None = attrs.field(default=None, repr=False)
    hired_on: Date | None = None
    left_on: Date | None = None
    middle_name: str = attrs.field(default="", repr=False)
    suffix: str = attrs.field(default="", repr=False)
    provider_ids: tuple[str, ...] = attrs.field(default=(), repr=False)
    birth_date: Date | None = attrs.field(default=None, repr=False)
    fte: Decimal | None = None
    site: str = ""

    def is_employed(self, day: dt.date) -> bool:
        """Tell whether a day is neither before the person was hired nor after they left."""
        return (self.hired_on is None or self.hired_on <= day) and (self.left_on is None or day <= self.left_on)


@attrs.frozen
class Credential:
    """A certificate of a staff member, by abbreviation and state of issue. Table `credentials`."""

    staff_id: str
    state: str
    credential: str
    number: str = attrs.field(default="", repr=False)
    endorsements: tuple[str, ...] = ()
    issued_on: Date | None = None
    expires_on: Date | None = None
    status: str = ""
    training_hours: int | None = None
    experience_hours: int | None = None
    exam_on: Date | None = None


@attrs.frozen
class Training:
    """A training that a staff member completed on `date`; `kind` is initial or continuing. Table `training`.

    `curriculum` and `topics` are words of the lists `curriculum` and `training-topic`, or the agency's own.
    """

    staff_id: str
    kind: str
    hours: Decimal | None
    date: Date | None
    curriculum: str = ""
    topics: tuple[str, ...] = ()
    provider: str = ""
    number: str = attrs.field(default="", repr=False)


@attrs.frozen
class Supervision:
    """A supervision meeting. Table `supervision`."""

    staff_id: str
    supervisor_id: str
    date: Date | None
    minutes: int | None = None


@attrs.frozen
class License:
    """A license, certification or accreditation of the organisation, or of a site where `site` names one.

    `kind` is a word that a policy asks for. Table `licenses`.
    """

    kind: str
    issued_on: Date | None
    expires_on: Date | None = None
    status: str = ""
    number: str = ""
    issuer: str = ""
    site: str = ""


@attrs.frozen
class ProviderEnrollment:
    """An enrollment with a payer: of a staff member, of a site, or of the organisation where both are blank.

    `payer` is a key of `[payers]`. Table `enrollments`.
    """

    payer: str
    from_: Date | None
    to: Date | None = None
    status: str = ""
    staff_id: str = ""
    site: str = ""
    provider_id: str = ""
    npi: str = ""


@attrs.frozen
class Relationship:
    """A tie between a staff member and a member outside the service. Table `relationships`."""

    staff_id: str
    member_id: str
    kind: str


@attrs.frozen
class Exclusion:
    """An entry of an exclusion list, by NPI or staff id. Table `exclusions`."""

    list: str
    from_: Date | None
    npi: str = ""
    staff_id: str = ""
    to: Date | None = None


@attrs.frozen
class Screening:
    """The result of comparing somebody with a list of excluded persons. Table `screenings`.

    `peerbill exclusions` writes the rows. `list_date` is the day of the list, `date` the day of the comparison.
    `result` is clear, excluded, look (an entry may be the person) or cleared (somebody looked: it is another person);
    `entry` tells entries of a list apart.
    """

    staff_id: str
    list: str
    list_date: Date | None
    result: str
    date: Date | None = None
    entry: str = ""
    by: str = ""


@attrs.frozen
class Member:
    """A person who is served. Table `members`."""

    member_id: str
    last_name: str = attrs.field(repr=False)
    first_name: str = attrs.field(repr=False)
    birth_date: Date | None = attrs.field(repr=False)
    sex: str = attrs.field(repr=False)
    street: str = attrs.field(default="", repr=False)
    city: str = attrs.field(default="", repr=False)
    state: str = attrs.field(default="", repr=False)
    zip: str = attrs.field(default="", repr=False)
    died_on: Date | None = attrs.field(default=None, repr=False)
    release_on: Date | None = None
    middle_name: str = attrs.field(default="", repr=False)
    suffix: str = attrs.field(default="", repr=False)


@attrs.frozen
class Coverage:
    """A member's enrolment with a payer; `payer` is a key of `[payers]`. Table `coverage`.

    `relationship` is what the member is to the person who holds the policy: a word of the list `policyholder`, where ""
    and `self` say that it is the member. The names are that person's, blank for the member; where the member is the
    `employee`, a last name alone is an employer's.
    """

    member_id: str
    payer: str
    subscriber_id: str = attrs.field(repr=False)
    from_: Date | None
    to: Date | None = None
    rank: int | None = None
    relationship: str = ""
    policyholder_last_name: str = attrs.field(default="", repr=False)
    policyholder_first_name: str = attrs.field(default="", repr=False)
    policyholder_middle_name: str = attrs.field(default="", repr=False)
    policyholder_suffix: str = attrs.field(default="", repr=False)

    @property
    def is_own(self) -> bool:
        """Whether the member holds the policy: neither relationship nor a name is of somebody else."""
        return self.relationship in ("", "self") and not any(
            (
                self.policyholder_last_name,
                self.policyholder_first_name,
                self.policyholder_middle_name,
                self.policyholder_suffix,
            )
        )


def age_of(born: dt.date, day: dt.date) -> int:
    """Return somebody's age in years on a day; who was born on 29 February has a birthday on 1 March in other years.

    >>> age_of(dt.date(2008, 2, 29), dt.date(2026, 2, 28)), age_of(dt.date(2008, 2, 29), dt.date(2026, 3, 1))
    (17, 18)
    """
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def rank_of(coverage: Coverage) -> int:
    """Return the rank of a coverage row: 1 for the payer that is billed first, as where the cell is blank."""
    return 1 if coverage.rank is None else coverage.rank


@attrs.frozen
class Plan:
    """A plan of care; `signed_by` holds staff ids, `member` and `guardian`. Table `plans`."""

    member_id: str
    plan_id: str
    kind: str = ""
    effective_on: Date | None = None
    expires_on: Date | None = None
    signed_by: tuple[str, ...] = ()
    signed_on: Date | None = None
    goals: tuple[str, ...] = attrs.field(default=(), repr=False)
    services: tuple[str, ...] = ()


@attrs.frozen
class Authorization:
    """A payer's authorization of a code; `units` None is without limit. Table `authorizations`."""

    member_id: str
    payer: str
    number: str
    hcpcs: str
    modifiers: tuple[str, ...] = ()
    units: int | None = None
    from_: Date | None = None
    to: Date | None = None


@attrs.frozen
class Assessment:
    """An assessment, recommendation or order. Table `assessments`."""

    member_id: str
    kind: str
    date: Date | None
    by: str = ""


@attrs.frozen
class Episode:
    """An episode of care. Table `episodes`."""

    member_id: str
    from_: Date | None
    to: Date | None = None


@attrs.frozen
class Stay:
    """A stay: `kind` is inpatient, residential, incarceration or imd (a mental hospital). Table `stays`."""

    member_id: str
    kind: str
    from_: Date | None
    to: Date | None = None


@attrs.frozen
class OtherService:
    """A service that the member had from someone else. Table `other_services`."""

    member_id: str
    kind: str
    start: dt.datetime | None
    end: dt.datetime | None = None


@attrs.frozen
class EarlierPayment:
    """What a payer that was billed outside peerbill did with an encounter. Table `prior_payments`.

    `payer` is a key of `[payers]`; `paid` is dollars, 0 for a denial. Each of `adjustments` is GROUP:REASON:AMOUNT, as
    in the remittance's CAS (`CO:45:15.00`); with `paid` they add up to the encounter's charge.
    """

    encounter_id: str
    payer: str
    paid_on: Date | None
    paid: Decimal | None
    adjustments: tuple[str, ...] = ()
    payer_control_number: str = ""


@attrs.frozen
class SpendDown:
    """What a member paid of a day's charges towards the spend-down. Table `spend_down`."""

    member_id: str
    date: Date | None
    amount: Decimal | None


@attrs.frozen
class Place:
    """A place at which members are served and that is not the agency's own address. Table `places`.

    `place` are the place-of-service codes for services there: an encounter is taken for served here by its code alone
    where no other row has the code. Without an NPI the place has none, or is a part of the agency.
    """

    place_id: str
    name: str
    street: str = ""
    street2: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    npi: str = ""
    place: tuple[str, ...] = ()
