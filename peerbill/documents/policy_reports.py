"""What `policy` and `explain` write with `--json`, as typed values.

Keys may be added; those that are here keep their name and meaning. `schema` is that of `peerbill.documents.kinds`. Only
`explain DIR ENCOUNTER` is about an encounter: it has ids of members and staff, and no other data of a person.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import attrs

from peerbill.checks.base import Check
from peerbill.checks.causes import BILLER, WHO
from peerbill.coding.explanation import Explanation
from peerbill.coding.questions import MissingValue
from peerbill.documents.kinds import SCHEMA
from peerbill.model.finding import Citation
from peerbill.policy import Policies, Programme
from peerbill.policy.payers import PayerProfile, ProfileValue
from peerbill.policy.values import Change, Stated
from peerbill.survey.states import HELD, MINUTES, ProgrammeCoverage, StateCoverage, Value, tally, totals

Date = dt.date


# --- explain ---------------------------------------------------------------------------------------------------------


@attrs.frozen
class CheckPage:
    """What a check wants; `scope` is encounter, member, peer, line, row or pattern.

    `corrected_by` is who can correct what it finds, unless the finding's place says another: peer, supervisor, biller
    or payer.
    """

    code: str
    scope: str
    requirement: str
    why: str
    passes: str
    fails: str
    citations: tuple[Citation, ...]
    corrected_by: str = ""


@attrs.frozen
class ChecksReport:
    """What `explain --json` and `explain CODE --json` write: every check, or one."""

    checks: tuple[CheckPage, ...]
    schema: int = SCHEMA


def checks_report(checks: Iterable[Check]) -> ChecksReport:
    """Return checks as `explain --json` writes them."""
    return ChecksReport(
        tuple(
            CheckPage(
                *(check.code, check.scope, check.requirement, check.why, check.passes, check.fails, check.citations),
                corrected_by=WHO.get(check.code, BILLER),
            )
            for check in checks
        )
    )


@attrs.frozen
class ExplanationReport(Explanation):
    """What `explain DIR ENCOUNTER --json` writes: what one encounter comes to, and why."""

    schema: int = SCHEMA


def explanation_report(found: Explanation) -> ExplanationReport:
    """Return an explanation as `explain DIR ENCOUNTER --json` writes it."""
    return ExplanationReport(*(getattr(found, field.name) for field in attrs.fields(Explanation)))


# --- policy ----------------------------------------------------------------------------------------------------------


@attrs.frozen
class ProgrammeReport:
    """What `policy STATE/PROGRAMME --json` writes: what the programme says on a day, value by value.

    `sha256` is that of its values.
    """

    programme: str
    on: Date
    sha256: str
    values: tuple[Stated, ...]
    schema: int = SCHEMA


def programme_report(programme: Programme, on: Date, values: Iterable[Stated]) -> ProgrammeReport:
    """Return a programme as `policy STATE/PROGRAMME --json` writes it."""
    return ProgrammeReport(programme.id, on, programme.sha256, tuple(values))


@attrs.frozen
class ListedProgramme:
    """A programme by its id, STATE/PROGRAMME."""

    id: str
    name: str


@attrs.frozen
class ProgrammesReport:
    """What `policy --json` and `policy STATE --json` write: the programmes of all states, or of one."""

    programmes: tuple[ListedProgramme, ...]
    schema: int = SCHEMA


def programmes_report(policies: Policies) -> ProgrammesReport:
    """Return programmes as `policy --json` lists them."""
    return ProgrammesReport(tuple(ListedProgramme(programme.id, programme.name) for programme in policies))


@attrs.frozen
class QuestionsReport:
    """What `policy --questions STATE/PROGRAMME --json` writes: what an agency must find out first."""

    programme: str
    on: Date
    missing: tuple[MissingValue, ...]
    schema: int = SCHEMA


def questions_report(programme: Programme, on: Date, missing: Iterable[MissingValue]) -> QuestionsReport:
    """Return what a programme leaves open as `policy --questions --json` writes it."""
    return QuestionsReport(programme.id, on, tuple(missing))


@attrs.frozen
class ListedProfile:
    """A payer profile by its id, STATE/NAME."""

    id: str
    name: str
    values: tuple[ProfileValue, ...]


@attrs.frozen
class ProfilesReport:
    """What `policy --payers --json` writes: every payer profile."""

    profiles: tuple[ListedProfile, ...]
    schema: int = SCHEMA


def profiles_report(profiles: Iterable[PayerProfile]) -> ProfilesReport:
    """Return payer profiles as `policy --payers --json` lists them."""
    return ProfilesReport(tuple(ListedProfile(profile.id, profile.name, profile.values) for profile in profiles))


@attrs.frozen
class ProfileReport:
    """What `policy --payers PROFILE --json` writes: what is known of one payer's files."""

    profile: PayerProfile
    schema: int = SCHEMA


@attrs.frozen
class CheckedProgramme:
    """A programme of the files that were checked, and what changes in it; nothing where it is not in force.

    `open` are the values that a programme of an agency's own file still leaves open, those that hold encounters first.
    """

    id: str
    in_force: bool
    changes: tuple[Change, ...]
    open: tuple[str, ...] = ()


@attrs.frozen
class PolicyCheckReport:
    """What `policy --check FILE --json` writes: mistakes in the files, or else what they change on a day."""

    on: Date
    problems: tuple[str, ...]
    programmes: tuple[CheckedProgramme, ...]
    schema: int = SCHEMA


def policy_check_report(
    on: Date,
    problems: Iterable[str] = (),
    found: Iterable[tuple[Programme, Sequence[Change] | None]] = (),
    missing: Mapping[str, Sequence[MissingValue]] = MappingProxyType({}),
) -> PolicyCheckReport:
    """Return what a check of policy files came to as `policy --check --json` writes it.

    `found` are the programmes with their changes, None for one that is not in force on the day; `missing` has what some
    of them leave open, by their ids.
    """
    return PolicyCheckReport(
        on,
        tuple(problems),
        tuple(
            CheckedProgramme(
                programme.id,
                made is not None,
                tuple(made or ()),
                tuple(each.value for each in missing.get(programme.id, ())),
            )
            for programme, made in found
        ),
    )


# --- policy --coverage -----------------------------------------------------------------------------------------------


@attrs.frozen
class ContactCounts:
    """How many states there are by what the audit says of their ordinary contact, of so many minutes.

    `rendering_set` tells whether the agency has set `rendering` for its payer. Of the states where it is held then,
    `after_answers` bill it once the payer has answered what is open, and `unknown_how` do not.
    """

    minutes: int
    rendering_set: bool
    clean: int
    warned: int
    held: int
    not_paid: int
    no_file: int
    after_answers: int | None = None
    unknown_how: int | None = None


@attrs.frozen
class CoverageTotals:
    """All states together: how many there are and can be billed, and their values by status."""

    states: int
    billable: int
    contacts: tuple[ContactCounts, ...]
    primary: int
    secondary: int
    unconfirmed: int
    unknown: int


@attrs.frozen
class SourceShare:
    """The source on which most of a state's values rest alone, and how many; "" where there is none."""

    title: str
    values: int


@attrs.frozen
class CoveredState:
    """How far one state is covered: its ordinary contact, and how sure its values are.

    `billable` is yes, no, not paid or no file; `confirmed` the share of the values that was read, null without any.
    """

    state: str
    name: str
    billable: str
    programme: str
    code: Value
    unit: Value
    rounding: Value
    programmes: tuple[ProgrammeCoverage, ...]
    confirmed: float | None
    primary: int
    secondary: int
    unconfirmed: int
    unknown: int
    newest_source: int | None
    single_source: int
    single_secondary_source: int
    most_from_one_source: SourceShare
    read: Date | None


@attrs.frozen
class CoverageReport:
    """What `policy --coverage --json` writes: how far every state is covered."""

    totals: CoverageTotals
    states: tuple[CoveredState, ...]
    schema: int = SCHEMA


def coverage_report(rows: Sequence[StateCoverage]) -> CoverageReport:
    """Return the states as `policy --coverage --json` writes them."""
    return CoverageReport(_totals(rows), tuple(map(_state, rows)))


def _totals(rows: Sequence[StateCoverage]) -> CoverageTotals:
    contacts = tuple(
        ContactCounts(
            minutes,
            given,
            *tally(rows, minutes, rendering_set=given).values(),
            *(_after(rows, minutes) if given else ()),
        )
        for minutes in MINUTES
        for given in (True, False)
    )
    billable = sum(row.billable == "yes" for row in rows)
    return CoverageTotals(len(rows), billable, contacts, **totals(rows))


def _after(rows: Sequence[StateCoverage], minutes: int) -> tuple[int, int]:
    held = [row.questions(minutes) for row in rows if row.result(minutes) == HELD]
    return sum(questions is not None for questions in held), held.count(None)


def _state(row: StateCoverage) -> CoveredState:
    share, ordinary = row.confirmed, row.ordinary
    return CoveredState(
        state=row.state,
        name=row.name,
        billable=row.billable,
        programme=ordinary.programme if ordinary else "",
        code=ordinary.code if ordinary else Value(),
        unit=ordinary.unit if ordinary else Value(),
        rounding=ordinary.rounding if ordinary else Value(),
        programmes=row.programmes,
        confirmed=None if share is None else round(share, 3),
        primary=row.primary,
        secondary=row.secondary,
        unconfirmed=row.unconfirmed,
        unknown=row.unknown,
        newest_source=row.newest,
        single_source=row.single,
        single_secondary_source=row.single_secondary,
        most_from_one_source=SourceShare(*row.most_alone),
        read=row.read,
    )
