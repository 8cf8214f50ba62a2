"""PB321 and PB322: licenses of the agency and its sites, and enrollments with payers, on the day of service.

What a programme asks for and the workspace does not record is a warning; what it records and what was not in force is
judged as the policy's row says.
"""

import datetime as dt
from collections.abc import Iterator, Sequence

from peerbill.checks.base import Problem, check, problem, shortfall
from peerbill.coding.context import Context, Situation
from peerbill.coding.licenses import enrollment_in_force, kinds_accepted, license_in_force, of_kinds
from peerbill.model.finding import Severity
from peerbill.model.ids import compact
from peerbill.model.people import License, ProviderEnrollment
from peerbill.model.sentence import Figure, say
from peerbill.policy import Answer, Authority, EnrollmentRule


def _needs_license(situation: Situation) -> object:
    return situation.rules.license


@check("PB321", needs=_needs_license)
def license_is_in_force(context: Context) -> Iterator[Problem]:
    """Each license, certification or accreditation that the programme asks for was in force on the day of service.

    A row of licenses without a site is the organization's and covers all its sites.

    Why it matters: a service of an agency that was not licensed for it that day is not paid, or is taken back.

    Passes: a license that expires on 2026-06-30, and a service that day.

    Fails: the same license and a service on 2026-07-01; or one that is suspended, or not issued yet. Where no license
    of the kind is entered, or its first day is not, it is a warning.
    """
    if context.rules is None or context.day is None:
        return
    for name, answer in context.rules.license.items():
        rows = of_kinds(context.index.records.licenses, kinds_accepted(name, answer.value), context.site)
        said = answer.binding
        if said is None or any(license_in_force(row, context.day) for row in rows):
            continue
        title = answer.value.name or name
        if not rows:
            message = say(
                "license-not-entered", "no license of the kind {kind} is entered: {title}", kind=name, title=title
            )
            if context.site:
                message = message.before("for-the-site", ", for the organization or the site {site}", site=context.site)
            fix = f"Enter it in licenses as {name}, with its days; a license of one site needs the key of the site."
            yield shortfall(context, "licenses.kind", message, fix, said, recorded=False)
        else:
            yield _not_in_force(context, context.day, rows, said)


def _not_in_force(context: Context, day: dt.date, rows: Sequence[License], said: Authority) -> Problem:
    """Return why the license that holds the longest, of several, was not in force."""
    row = max(rows, key=lambda license_: (license_.expires_on or dt.date.max, license_.issued_on or dt.date.min))
    kind = row.kind
    fix = "Enter the license that was in force, or its renewal; without one ask the payer before you bill."
    if row.status not in ("", "active"):
        message = say("license-not-active", "the license {kind} is {status}", kind=kind, status=row.status)
        return problem(context, "licenses.status", message, fix, said=said)
    if row.issued_on is None:
        message = say("license-issue-not-recorded", "when the license {kind} was issued is not recorded", kind=kind)
        return shortfall(
            context, "licenses.issued_on", message, "Enter issued_on from the license.", said, recorded=False
        )
    if day < row.issued_on:
        message = say(
            "license-issued-later",
            "the license {kind} was issued on {issued_on}, after the service",
            kind=kind,
            issued_on=row.issued_on,
        )
        return problem(context, "licenses.issued_on", message, fix, said=said)
    message = say(
        "license-expired",
        "the license {kind} expired on {last}, before the service",
        kind=kind,
        last=row.expires_on or day,
    )
    return problem(context, "licenses.expires_on", message, fix, said=said)


def _needs_enrollment(situation: Situation) -> object:
    return situation.rules.enrollment or situation.index.enrollments.get(situation.payer.key)


@check("PB322", needs=_needs_enrollment)
def enrollment_is_in_force(context: Context) -> Iterator[Problem]:
    """Whoever the programme wants enrolled with the payer was enrolled on the day of service.

    That is the organization (the site that bills, where one does), the site of the service, or the rendering provider
    of the claim. Where the programme asks for none, what the workspace records counts: an enrollment that had ended is
    a warning.

    Why it matters: a payer denies claims of a provider that it does not have on file for that day.

    Passes: an enrollment from 2026-03-02, and a service that day.

    Fails: an enrollment that ended on the day before; or one that is pending. Where the programme asks for an
    enrollment and none is entered, or where it is under another NPI than the claim's, it is a warning.
    """
    if context.rules is None or context.day is None or context.payer is None:
        return
    rows = context.index.enrollments.get(context.payer.key, ())
    asked = {name: answer.binding for name, answer in context.rules.enrollment.items() if _is_required(answer)}
    # The site that bills is asked about once, also where it is the site of the service.
    sites = {context.bills_as: asked.get("organization")}
    sites[context.site] = _stricter(sites.get(context.site), asked.get("site"))
    settings = context.index.records.settings
    parties = [
        (
            f"site {site}" if site else "the organization",
            settings.provider(site).npi,
            said,
            [row for row in rows if _is_of_site(row, site)],
        )
        for site, said in sites.items()
    ]
    id_ = context.rendering_id
    person = context.index.staff.get(id_)
    if person is not None:
        parties.append((id_, person.npi, asked.get("rendering"), [row for row in rows if row.staff_id == id_]))
    for whom, npi, said, own in parties:
        holding = [row for row in own if enrollment_in_force(row, context.day)]
        if holding:
            if npi and all(row.npi and compact(row.npi) != compact(npi) for row in holding):
                yield _under_another_npi(context, whom, said)
        elif own:
            yield _not_enrolled(context, context.day, whom, own, said)
        elif said is not None:
            message = say(
                "enrollment-not-entered",
                "no enrollment of {whom} with {payer} is entered",
                whom=whom,
                payer=context.payer.key,
            )
            fix = "Enter it in enrollments, with its first day and the id that the payer gave."
            yield shortfall(context, "enrollments.payer", message, fix, said, recorded=False)


def _stricter(first: Authority | None, second: Authority | None) -> Authority | None:
    """Return the one of two texts by which a contact is held; the first, where neither holds it or both do."""
    return max(
        first, second, key=lambda said: (said is not None) + (said is not None and said.severity is Severity.ERROR)
    )


def _under_another_npi(context: Context, whom: str, said: Authority | None) -> Problem:
    message = say(
        "enrolled-under-another-npi",
        "{whom} is enrolled with {payer} under another NPI than the claim has",
        whom=whom,
        payer=context.payer.key if context.payer is not None else "",
    )
    fix = "Correct the NPI in enrollments, or the one in staff or peerbill.toml: the payer compares the two."
    return problem(
        context,
        "enrollments.npi",
        message,
        fix,
        severity=Severity.WARNING,
        citations=None if said is None else said.citations,
    )


def _is_of_site(row: ProviderEnrollment, site: str) -> bool:
    return not row.staff_id and row.site == site


def _is_required(answer: Answer[EnrollmentRule]) -> bool:
    return answer.value.required is not False


def _not_enrolled(
    context: Context, day: dt.date, whom: str, rows: Sequence[ProviderEnrollment], said: Authority | None
) -> Problem:
    """Return why the latest of several enrollments was not in force."""
    row = max(rows, key=lambda enrollment: enrollment.from_ or dt.date.min)
    of: dict[str, Figure] = {"whom": whom, "payer": row.payer}
    where, fix = "enrollments.from", "Enter the enrollment that was in force; otherwise ask the payer before you bill."
    if row.status not in ("", "active"):
        where = "enrollments.status"
        message = say(
            "enrollment-not-active", "the enrollment of {whom} with {payer} is {status}", **of, status=row.status
        )
    elif row.from_ is None:
        message = say(
            "enrollment-start-not-recorded", "since when {whom} is enrolled with {payer} is not recorded", **of
        )
    elif day < row.from_:
        message = say(
            "enrolled-later", "{whom} is enrolled with {payer} from {first}, after the service", **of, first=row.from_
        )
    else:
        where = "enrollments.to"
        message = say(
            "enrollment-ended",
            "the enrollment of {whom} with {payer} ended on {last}, before the service",
            **of,
            last=row.to or day,
        )
    if said is None:
        return problem(context, where, message, fix, severity=Severity.WARNING)
    is_recorded = row.from_ is not None or row.status not in ("", "active")
    return shortfall(context, where, message, fix, said, recorded=is_recorded)
