"""PB304, PB310 to PB315, PB319: what a tier, a credential or a claim asks of the peer on the day of service.

What falls short of what is asked is judged as the policy's row says. What is not recorded is a warning from PB311 on.
Of several credentials in force, one decides in all checks: two that lack something each do not make up a whole one.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache

import attrs
from dateutil.relativedelta import relativedelta

from peerbill import codes
from peerbill.checks.base import Problem, check, problem, shortfall, weight
from peerbill.coding.context import AcceptedCredential, Context
from peerbill.coding.credentials import credentials_in_force, names_of
from peerbill.coding.training import (
    completed_curricula,
    continuing_hours,
    covered_topics,
    earlier_terms,
    initial_hours,
    plain,
    term_before,
    words,
)
from peerbill.model.finding import Severity
from peerbill.model.people import Credential, Training, age_of
from peerbill.model.sentence import Figure, say
from peerbill.policy import Authority, CredentialRule, Rules, Tier


@attrs.frozen
class _Demand:
    """What a tier or a credential asks of a peer, and the certificates that can show it."""

    title: str
    value: CredentialRule | Tier
    said: Mapping[str, Authority]
    certificates: tuple[Credential, ...]


_Look = Callable[[Context, dt.date, _Demand], Iterator[Problem]]


def _lacking(context: Context, fields: frozenset[str], look: _Look) -> Iterator[Problem]:
    """Yield what the peer lacks of what the tier asks for, and of what the credential that decides asks for."""
    yield from _lacking_of_tier(context, fields, look)
    yield from _lacking_of_credential(context, fields, look)


def _lacking_of_tier(context: Context, fields: frozenset[str], look: _Look) -> Iterator[Problem]:
    if context.rules is None or context.staff is None or context.day is None:
        return
    tier = context.staff.tier
    answer = context.rules.tier.get(tier)
    if answer is not None and fields & answer.said.keys():
        held = tuple(context.index.credentials.get(context.staff.staff_id, ()))
        yield from look(context, context.day, _Demand(f"tier {tier}", answer.value, answer.said, held))


def _lacking_of_credential(context: Context, fields: frozenset[str], look: _Look) -> Iterator[Problem]:
    if context.rules is None or context.day is None or not _asks(context.rules, fields):
        return
    # A mere registration asks for nothing.
    asking = [found for found in credentials_in_force(context) if fields & found[2].said.keys()]
    if asking:
        yield from look(context, context.day, _demand(_deciding(context, context.day, asking)))


def _demand(found: AcceptedCredential) -> _Demand:
    row, name, rule = found
    return _Demand(name, rule.value, rule.said, (row,))


def _deciding(context: Context, day: dt.date, found: Sequence[AcceptedCredential]) -> AcceptedCredential:
    """Return the credential that is looked at: of those in question, the one that lacks least of all it asks for."""
    return found[0] if len(found) == 1 else min(found, key=lambda one: _against(context, day, one))


def _against(context: Context, day: dt.date, found: AcceptedCredential) -> tuple[int, int]:
    return weight([lack for look in _LOOKS for lack in look(context, day, _demand(found))])


def against_each(context: Context) -> tuple[tuple[int, int], ...]:
    """Return how much is against each credential in force, where there are several: it decides which is looked at."""
    found, day = credentials_in_force(context), context.day
    return () if day is None or len(found) < 2 else tuple([_against(context, day, one) for one in found])


@lru_cache(maxsize=1024)
def _asks(rules: Rules, fields: frozenset[str]) -> bool:
    """Tell whether an accepted credential asks for any of the fields at all."""
    return any(fields & answer.said.keys() for answer in rules.credential.values())


def _trainings(context: Context) -> list[Training]:
    return context.index.training.get(context.encounter.staff_id, [])


@check("PB304", looks_at="staff")
def endorsement_fits(context: Context) -> Iterator[Problem]:
    """The credential's endorsement fits the service and the person served.

    Why it matters: some certificates qualify a peer for one population or service only.

    Passes: an endorsement for adults, and an adult member.

    Fails: an endorsement for families alone where the programme wants one for adults.
    """
    found = credentials_in_force(context)
    if found and context.day is not None:
        yield from _endorsement(context, context.day, _demand(_deciding(context, context.day, found)))


def _endorsement(context: Context, _: dt.date, demand: _Demand) -> Iterator[Problem]:
    wanted = demand.value.endorsement if isinstance(demand.value, CredentialRule) else ()
    held = {one.casefold() for row in demand.certificates for one in row.endorsements}
    if wanted and held.isdisjoint(one.casefold() for one in wanted):
        yield problem(
            context,
            "credentials.endorsements",
            say(
                "endorsement-missing",
                "{credential} carries none of the endorsements that fit: {endorsements}",
                credential=demand.title,
                endorsements=tuple(wanted),
            ),
            "Enter the endorsement in credentials, or have a peer with that endorsement give the service.",
            said=demand.said["endorsement"],
        )


@check("PB310", looks_at="staff")
def training_and_recovery_suffice(context: Context) -> Iterator[Problem]:
    """Training hours and time in recovery meet the minimum of the peer's tier and credential.

    As soon as the table training has a row of kind initial for the peer, its hours by the day of service count, and
    credentials.training_hours no longer does.

    Why it matters: the minimum protects the member and the peer; auditors compare it with the personnel file.

    Passes: 40 hours of training where 40 are expected; 24 months in recovery where 24 are.

    Fails: 39 hours; or 23 months. A minimum that the text only advises is a warning.
    """
    fields = frozenset({"training_hours", "recovery_months"})
    told = list(_lacking_of_tier(context, fields, _minimum))
    yield from told
    for found in _lacking_of_credential(context, fields, _minimum):
        # What the tier lacks too is told once; a warning leaves an error to be told.
        if not any(one.where == found.where and one.severity in {Severity.ERROR, found.severity} for one in told):
            yield found


def _minimum(context: Context, day: dt.date, demand: _Demand) -> Iterator[Problem]:
    # Training once done stays done, so a tier's hours may stand on any certificate, lapsed or not. Somebody without any
    # certificate is PB302's to tell.
    rows = demand.certificates
    if isinstance(demand.value, CredentialRule):
        rows = tuple(row for row, _, _ in credentials_in_force(context))
    wanted = demand.value.training_hours
    hours = _Hours(initial_hours(_trainings(context), day), rows)
    if wanted and rows and (hours.total is None or hours.total < wanted):
        yield _too_little_training(context, demand, wanted, hours)
    months = demand.value.recovery_months
    since = context.staff.recovery_since if context.staff is not None else None
    if months and (since is None or _months_between(since, day) < months):
        of: dict[str, Figure] = {"title": demand.title, "months": months}
        yield problem(
            context,
            "staff.recovery_since",
            say("recovery-not-recorded", "the time in recovery is not recorded; {title} asks for {months:#month}", **of)
            if since is None
            else say(
                "too-short-in-recovery", "the time in recovery is under the {months:#month} that {title} asks for", **of
            ),
            "Enter recovery_since in staff; otherwise ask the supervisor.",
            said=demand.said["recovery_months"],
        )


def _months_between(first: dt.date, last: dt.date) -> int:
    delta = relativedelta(last, first)
    return delta.years * 12 + delta.months


class _Hours:
    """The hours of training on file: those of the table training where it lists any, else those of certificates."""

    def __init__(self, listed: Decimal | None, certificates: Iterable[Credential]) -> None:
        self.listed = listed
        self.on_certificates = max(
            (row.training_hours for row in certificates if row.training_hours is not None), default=None
        )

    @property
    def total(self) -> int | Decimal | None:
        return self.on_certificates if self.listed is None else plain(self.listed)


def _too_little_training(context: Context, demand: _Demand, wanted: int, hours: _Hours) -> Problem:
    of: dict[str, Figure] = {"title": demand.title, "wanted": wanted}
    where, fix = "credentials.training_hours", "Enter the training hours in credentials, or complete the training."
    if hours.total is None:
        message = say("training-not-recorded", "no hours of training are recorded; {title} asks for {wanted}", **of)
    elif hours.listed is None:
        message = say(
            "too-little-training",
            "{hours} hours of training are recorded; {title} asks for {wanted}",
            **of,
            hours=hours.total,
        )
    else:
        where, fix = "training.hours", "Enter the missing rows of kind initial in training, or complete the training."
        message = say(
            "too-little-training-listed",
            "{hours} hours of initial training are listed by the day of service; {title} asks for {wanted}",
            **of,
            hours=hours.total,
        )
        if hours.on_certificates is not None and hours.on_certificates >= wanted:
            message = message.before(
                "against-the-certificate",
                " (the {claimed} of credentials.training_hours no longer count)",
                claimed=hours.on_certificates,
            )
    return problem(context, where, message, fix, said=demand.said["training_hours"])


@check("PB311", looks_at="staff")
def training_covers_what_is_asked(context: Context) -> Iterator[Problem]:
    """The trainings completed by the day of service are of a curriculum and cover the topics that a text asks for.

    Any one of the curricula is enough; the topics may be spread over several trainings. A curriculum of the national
    list covers the topics that its source names.

    Why it matters: a training of the right length on the wrong subjects does not qualify a peer.

    Passes: a row of training with the curriculum CCAR, dated on the day before the service.

    Fails: the topics of the rows leave out two that the text lists; or the training ended after the service. Where no
    row has a curriculum, or a topic, it is a warning.
    """
    yield from _lacking(context, frozenset({"curricula", "topics"}), _training)


def _training(context: Context, day: dt.date, demand: _Demand) -> Iterator[Problem]:
    value = demand.value
    rows = _trainings(context)
    curricula = words("curriculum", value.curricula)
    if curricula and completed_curricula(rows, day).isdisjoint(curricula):
        yield shortfall(
            context,
            "training.curriculum",
            say(
                "curriculum-not-completed",
                "no training of {staff_id} in {curricula: or } is listed by the day of service; {title} asks for it",
                staff_id=context.encounter.staff_id,
                curricula=curricula,
                title=demand.title,
            ),
            "Enter the training in training, with its curriculum and date.",
            demand.said["curricula"],
            recorded=any(row.curriculum for row in rows),
        )
    topics, covered = words("training-topic", value.topics), covered_topics(rows, day)
    missing = tuple(topic for topic in topics if topic not in covered)
    if missing:
        yield shortfall(
            context,
            "training.topics",
            say(
                "topics-not-covered",
                "{count} of the {all} topics that {title} asks for are in no training of {staff_id} that is "
                "listed by the day of service: {topics}",
                count=len(missing),
                all=len(topics),
                title=demand.title,
                staff_id=context.encounter.staff_id,
                topics=missing,
            )
            if len(missing) < len(topics)
            else say(
                "no-topic-covered",
                "no training of {staff_id} that is listed by the day of service has a topic that {title} asks for "
                "(topics asked for: {all})",
                staff_id=context.encounter.staff_id,
                all=len(topics),
                title=demand.title,
            ),
            _fix_topics(topics),
            demand.said["topics"],
            recorded=any(row.curriculum or row.topics for row in rows),
        )


def _fix_topics(topics: Iterable[str]) -> str:
    """Return the remedy, with the curricula whose name is enough."""
    enough = [word for word, known in codes.curricula().items() if known.topics.issuperset(topics)]
    if not enough:
        return "Enter the training in training, with its topics."
    return (
        f"Enter the training in training, with its topics, or with the curriculum {' or '.join(enough)} if it was that."
    )


@check("PB312", looks_at="staff")
def continuing_education_suffices(context: Context) -> Iterator[Problem]:
    """The continuing education of the term before the last renewal has the hours that the credential asks for.

    The term ends on the day before the renewal. A first certificate has no term before it, and one without an earlier
    row in credentials shows a renewal only if it runs for two terms.

    Why it matters: a renewal without its hours can be undone, and the services since then with it.

    Passes: 20 hours of kind continuing between the certificate of 2022 and its renewal in 2024, where 20 are asked for.

    Fails: 19 hours; or 20 of which one was completed after the renewal. Where none are listed, it is a warning.
    """
    yield from _lacking(context, frozenset({"ce_hours"}), _continuing)


def _continuing(context: Context, _: dt.date, demand: _Demand) -> Iterator[Problem]:
    value = demand.value
    wanted = value.ce_hours if isinstance(value, CredentialRule) else None
    if not wanted or not isinstance(value, CredentialRule):
        return
    others = context.index.credentials.get(context.encounter.staff_id, ())
    names = names_of(demand.title, value)
    for row in demand.certificates:
        term = term_before(row, others, value.valid_months, names)
        if term is None:
            continue
        hours = continuing_hours(_trainings(context), term)
        if hours is not None and hours >= wanted:
            continue
        fix = "Enter the rows of kind continuing in training, with hours and date; otherwise ask the certifying board."
        if hours is None:
            yield shortfall(
                context,
                "training.hours",
                say(
                    "no-continuing-education",
                    "no continuing education of {staff_id} is listed from {first} to {last}; {title} asks for {wanted} "
                    "hours",
                    staff_id=row.staff_id,
                    first=term[0],
                    last=term[1],
                    title=demand.title,
                    wanted=wanted,
                ),
                fix,
                demand.said["ce_hours"],
                recorded=False,
            )
        else:
            yield shortfall(
                context,
                "training.hours",
                say(
                    "too-little-continuing-education",
                    "{hours} hours of continuing education of {staff_id} are listed from {first} to {last}; {title} "
                    "asks for {wanted}",
                    staff_id=row.staff_id,
                    hours=plain(hours),
                    first=term[0],
                    last=term[1],
                    title=demand.title,
                    wanted=wanted,
                ),
                fix,
                demand.said["ce_hours"],
                recorded=True,
            )


@check("PB313", looks_at="staff")
def experience_and_exam_are_there(context: Context) -> Iterator[Problem]:
    """Hours of experience and the examination meet what the tier and the credential ask for.

    Why it matters: both are conditions of the certificate, and a file without them does not prove it.

    Passes: 500 hours where 500 are asked for, and an examination on the day of service or before.

    Fails: 499 hours; or an examination on the day after the service. A blank column is a warning.
    """
    yield from _lacking(context, frozenset({"experience_hours", "exam"}), _experience)


def _experience(context: Context, day: dt.date, demand: _Demand) -> Iterator[Problem]:
    value = demand.value
    wanted = value.experience_hours
    hours = [row.experience_hours for row in demand.certificates if row.experience_hours is not None]
    fix = "Enter the hours of experience in credentials, from the person's file."
    if wanted and not hours:
        yield shortfall(
            context,
            "credentials.experience_hours",
            say(
                "experience-not-recorded",
                "no hours of experience of {staff_id} are recorded; {title} asks for {wanted}",
                staff_id=context.encounter.staff_id,
                title=demand.title,
                wanted=wanted,
            ),
            fix,
            demand.said["experience_hours"],
            recorded=False,
        )
    elif wanted and max(hours) < wanted:
        yield shortfall(
            context,
            "credentials.experience_hours",
            say(
                "too-little-experience",
                "{hours} hours of experience of {staff_id} are recorded; {title} asks for {wanted}",
                staff_id=context.encounter.staff_id,
                hours=max(hours),
                title=demand.title,
                wanted=wanted,
            ),
            fix,
            demand.said["experience_hours"],
            recorded=True,
        )
    exams = [row.exam_on for row in demand.certificates if row.exam_on is not None]
    if value.exam and not exams:
        yield shortfall(
            context,
            "credentials.exam_on",
            say(
                "exam-not-recorded",
                "no examination of {staff_id} is recorded; {title} asks for one",
                staff_id=context.encounter.staff_id,
                title=demand.title,
            ),
            "Enter the day of the examination in credentials.",
            demand.said["exam"],
            recorded=False,
        )
    elif value.exam and min(exams) > day:
        yield shortfall(
            context,
            "credentials.exam_on",
            say(
                "exam-later",
                "{staff_id} passed the examination that {title} asks for on {exam_on}, after the service",
                staff_id=context.encounter.staff_id,
                title=demand.title,
                exam_on=min(exams),
            ),
            "Correct exam_on, or ask the payer about services before the examination.",
            demand.said["exam"],
            recorded=True,
        )


@check("PB314", looks_at="staff")
def peer_is_of_age(context: Context) -> Iterator[Problem]:
    """The peer is as old on the day of service as the tier and the credential ask.

    Why it matters: a certificate for young peers is for young peers, and none is for minors.

    Passes: a peer on the 18th birthday, where 18 is the least age.

    Fails: the day before it; or a peer of 31 whose certificate is for peers of 18 to 30. A blank birth_date is a
    warning.
    """
    yield from _lacking(context, frozenset({"min_age", "peer_age"}), _age)


def _age(context: Context, day: dt.date, demand: _Demand) -> Iterator[Problem]:
    value = demand.value
    ages = value.peer_age if isinstance(value, CredentialRule) else None
    if (not value.min_age and ages is None) or context.staff is None:
        return
    born = context.staff.birth_date
    said = demand.said["peer_age" if ages is not None else "min_age"]
    wanted = str(ages) if ages is not None else f"{value.min_age} or more"
    if born is None:
        yield shortfall(
            context,
            "staff.birth_date",
            say(
                "birth-date-not-recorded",
                "the birth date of {staff_id} is not recorded; {title} is for peers of {ages} years",
                staff_id=context.staff.staff_id,
                title=demand.title,
                ages=wanted,
            ),
            "Enter birth_date in staff; no message and no claim shows it.",
            said,
            recorded=False,
        )
        return
    years = age_of(born, day)
    if ages is not None and not ages.includes(years):
        yield _of_another_age(context, demand, str(ages), said)
    elif value.min_age and years < value.min_age:
        yield _of_another_age(context, demand, f"{value.min_age} or more", demand.said["min_age"])


def _of_another_age(context: Context, demand: _Demand, ages: str, said: Authority) -> Problem:
    return shortfall(
        context,
        "staff.birth_date",
        say(
            "not-of-the-age",
            "{staff_id} was not of the age that {title} asks for on the day of service: {ages} years",
            staff_id=context.encounter.staff_id,
            title=demand.title,
            ages=ages,
        ),
        "Check birth_date; otherwise have another peer give the service.",
        said,
        recorded=True,
    )


@check("PB315", looks_at="staff")
def certificate_may_be_renewed(context: Context) -> Iterator[Problem]:
    """A certificate that can be renewed only a few times was renewed no more often by the day of service.

    Why it matters: a trainee's certificate is meant to lead to the full one, and ends for good.

    Passes: a certificate of six months, extended once by six, where one extension is allowed.

    Fails: the same certificate in its thirteenth month; or a third row in credentials.
    """
    yield from _lacking(context, frozenset({"renewals"}), _renewals)


def _renewals(context: Context, day: dt.date, demand: _Demand) -> Iterator[Problem]:
    value = demand.value
    if not isinstance(value, CredentialRule) or value.renewals is None:
        return
    others: Iterable[Credential] = context.index.credentials.get(context.encounter.staff_id, ())
    names = names_of(demand.title, value)
    for row in demand.certificates:
        times = earlier_terms(row, others, day, value.valid_months, names)
        if times > value.renewals:
            yield shortfall(
                context,
                "credentials.issued_on",
                say(
                    "renewed-too-often",
                    "{title} of {staff_id} had been renewed {times:#time} by the day of service; allowed: {wanted}",
                    title=demand.title,
                    staff_id=row.staff_id,
                    times=times,
                    wanted=value.renewals,
                ),
                "Enter the certificate that took its place; without one the service is not covered.",
                demand.said["renewals"],
                recorded=True,
            )


_LOOKS: tuple[_Look, ...] = (_endorsement, _minimum, _training, _continuing, _experience, _age, _renewals)
"""All that a credential may ask of a peer."""


@check("PB319", needs=lambda situation: situation.rules.claim.value.taxonomy)
def taxonomy_is_the_programmes(context: Context) -> Iterator[Problem]:
    """The rendering provider has the taxonomy code that the programme names; the billing provider, where none renders.

    Why it matters: payers find the provider's enrollment by NPI and taxonomy, and deny claims with another code.

    Passes: a peer with the code 175T00000X in staff, where the programme names it.

    Fails: a peer with another code. A blank code is a warning.
    """
    wanted = context.rules.claim.value.taxonomy if context.rules is not None else None
    if context.rules is None or not wanted:
        return
    said = context.rules.claim.said["taxonomy"]
    person = context.index.staff.get(context.rendering_id)
    if person is None and context.coding is not None and context.coding.rendering in {"peer", "supervisor"}:
        return  # PB301 or PB309 tells it
    where, whom, own = "organization.taxonomy", "the billing provider", ""
    if person is not None:
        where, whom, own = "staff.taxonomy", person.staff_id, person.taxonomy
    else:
        own = context.index.records.settings.provider(context.bills_as).taxonomy
    of: dict[str, Figure] = {"whom": whom, "wanted": wanted}
    if not own:
        message = say(
            "taxonomy-not-recorded", "the taxonomy code of {whom} is blank; the programme wants {wanted}", **of
        )
        yield shortfall(
            context, where, message, "Enter the code under which the payer enrolled the provider.", said, recorded=False
        )
    elif own.casefold() != wanted.casefold():
        message = say(
            "another-taxonomy", "the taxonomy code of {whom} is {own}; the programme wants {wanted}", **of, own=own
        )
        yield shortfall(
            context, where, message, "Enter the code under which the payer enrolled the provider.", said, recorded=True
        )
