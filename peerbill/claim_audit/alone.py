"""What claims show by themselves: services billed twice, impossible days, codes, NPIs and people on the roster."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

import attrs

from peerbill import codes
from peerbill.checks import claim_lines as checks
from peerbill.checks.overlaps import DAY_MINUTES, LOOK_MINUTES
from peerbill.claim_audit.comparing import twice_finding
from peerbill.claim_audit.rules import ClaimRules, CodedService
from peerbill.claim_audit.values import UNKNOWN, ClaimFinding, ClaimLine, FileClaim, of_line, of_lines, shown
from peerbill.coding.credentials import NO_CREDENTIAL, accepting, credential_in_force
from peerbill.model.finding import Citation, Severity
from peerbill.model.ids import compact, is_valid_npi
from peerbill.model.people import Credential, Staff
from peerbill.model.sentence import say
from peerbill.policy import Rules


@attrs.frozen(eq=False)
class Roster:
    """The staff by NPI, and the credentials by staff id; None where no table of credentials was given."""

    staff: Mapping[str, Staff]
    credentials: Mapping[str, tuple[Credential, ...]] | None

    @classmethod
    def of(cls, staff: Iterable[Staff], credentials: Iterable[Credential] | None) -> "Roster":
        """Sort the rows of two tables."""
        by_staff: dict[str, list[Credential]] = defaultdict(list)
        for row in credentials or ():
            by_staff[row.staff_id].append(row)
        rows = None if credentials is None else {staff_id: tuple(own) for staff_id, own in by_staff.items()}
        return cls({compact(row.npi): row for row in staff if row.npi}, rows)


@attrs.define
class Skipped:
    """What was not looked at, counted in lines.

    `nobody` name no person, `vague` no single day, code or units, and `timeless` have a code without minutes.
    """

    nobody: int = 0
    vague: int = 0
    timeless: int = 0
    out_of_force: int = 0


def person_of_line(line: ClaimLine) -> str:
    """Return the id of the person who rendered a line; "" where it names the billing provider, or nobody."""
    return "" if line.rendering in {"", UNKNOWN, line.claim.billing_npi} else line.rendering


# --- billed twice ----------------------------------------------------------------------------------------------------


def duplicates(lines: Iterable[ClaimLine], unresolved: frozenset[FileClaim]) -> Iterator[ClaimFinding]:
    """Yield each line of a member, day, code, modifiers, rendering provider and place of which there was one before.

    A denied claim's line that is billed again is none. Lines without a single day or a code are not compared.
    """
    seen: dict[tuple[object, ...], ClaimLine] = {}
    for line in lines:
        claim = line.claim
        if claim.denied or claim.form == "835" or line.day is None or not line.hcpcs:
            continue
        key = (
            claim.payer_id,
            claim.subscriber_id,
            line.day,
            line.hcpcs,
            line.modifiers,
            line.rendering or claim.billing_npi,
            line.place,
        )
        other = seen.setdefault(key, line)
        if other is not line:
            yield twice_finding(line, other, is_open=not unresolved.isdisjoint({claim, other.claim}))


# --- impossible days -------------------------------------------------------------------------------------------------


@attrs.define(eq=False)
class _ProviderDay:
    """What a person rendered on a day: minutes of one-to-ones, and those of groups by code and member."""

    minutes: int = 0
    groups: dict[tuple[str, tuple[str, ...]], dict[str, int]] = attrs.field(factory=dict)
    lines: list[ClaimLine] = attrs.field(factory=list)
    citations: dict[Citation, None] = attrs.field(factory=dict)

    def add(self, line: ClaimLine, service: CodedService, minutes: int, citations: Iterable[Citation]) -> None:
        self.lines.append(line)
        self.citations.update(dict.fromkeys(citations))
        if not service.is_group:
            self.minutes += minutes
            return
        members = self.groups.setdefault((line.hcpcs, line.modifiers), {})
        id_ = line.claim.subscriber_id
        members[id_] = members.get(id_, 0) + minutes

    @property
    def total(self) -> int:
        """All minutes at least: of a group's lines, those of the member who has most."""
        return self.minutes + sum(max(members.values()) for members in self.groups.values())


def impossible_days(
    lines: Iterable[ClaimLine], rules: ClaimRules, staff_ids: Mapping[str, str], skipped: Skipped
) -> Iterator[ClaimFinding]:
    """Yield each day of a rendering provider whose units are more than 12 hours (a warning) or than 24 (an error)."""
    days: dict[tuple[str, dt.date], _ProviderDay] = defaultdict(_ProviderDay)
    for line in lines:
        person = person_of_line(line)
        if line.day is None or line.units is None or not line.hcpcs:
            skipped.vague += 1
            continue
        if not person:
            skipped.nobody += 1
            continue
        service = rules.nearest(line.hcpcs, line.modifiers, line.day)
        if service is None or service.minutes is None:
            skipped.timeless += 1
            continue
        minutes = line.units * service.minutes
        days[person, line.day].add(line, service, minutes, rules.unit_citations(service, line.hcpcs))
    for (person, day), found in days.items():
        total = found.total
        if total <= LOOK_MINUTES:
            continue
        first = found.lines[0]
        message = say(
            "claim-long-day",
            "the units of {provider} on {day} add up to {hours} h {minutes:02} min (lines: {lines})",
            provider=_named(person, staff_ids),
            day=day,
            hours=total // 60,
            minutes=total % 60,
            lines=len(found.lines),
        )
        beyond = max(total - DAY_MINUTES, 0)
        share = Decimal(beyond) / Decimal(total)
        made = of_line(
            checks.providers_day_is_possible,
            first,
            "SV104",
            message,
            "Compare the lines of that day with time sheets and notes.",
            severity=Severity.ERROR if beyond else Severity.WARNING,
            citations=(*found.citations, *checks.providers_day_is_possible.citations),
            staff_id=staff_ids.get(person),
        )
        yield of_lines(made, [(line, share) for line in found.lines])


def _named(person: str, staff_ids: Mapping[str, str]) -> str:
    """Return a rendering provider as a sentence has it: by the staff id, else by the NPI, which is public."""
    return staff_ids.get(person) or (f"NPI {person}" if is_valid_npi(person) else "a provider without a valid NPI")


# --- codes, NPIs and people ------------------------------------------------------------------------------------------


def wrong_codes(line: ClaimLine, rules: ClaimRules, skipped: Skipped) -> Iterator[ClaimFinding]:
    """Yield what is wrong with a line's code and modifiers."""
    check = checks.codes_are_payable
    where = "SV202" if line.claim.form == "837I" else "SV101"
    fix = "Look the code up in the programme's fee schedule, and correct the claim."
    if line.hcpcs and not codes.is_plausible_hcpcs(line.hcpcs):
        message = say("claim-no-code", "{hcpcs} is no HCPCS or CPT code", hcpcs=shown(line.hcpcs))
        yield of_line(check, line, where, message, fix)
        return
    shapeless = tuple(shown(code) for code in line.modifiers if not codes.is_modifier_shape(code))
    if shapeless:
        message = say("claim-no-modifier", "{modifiers} can be no modifiers", modifiers=shapeless)
        yield of_line(check, line, where, message, fix)
        return
    programme = rules.programme
    if programme is None or not line.hcpcs or line.day is None:
        return
    if not rules.in_force(line.day):
        skipped.out_of_force += 1
        return
    services = rules.services(line.hcpcs, line.day)
    if not services:
        message = say(
            "claim-code-not-listed",
            "{programme} lists no service with {hcpcs} on {day}",
            programme=programme.id,
            hcpcs=line.hcpcs,
            day=line.day,
        )
        yield of_line(check, line, where, message, fix, severity=Severity.WARNING)
        return
    service = rules.service(line.hcpcs, line.modifiers, line.day)
    if service is None:
        expected = tuple(sorted({":".join((line.hcpcs, *sorted(one.modifiers))) for one in services}))
        message = say(
            "claim-modifiers-missing",
            "the line has {claimed}; {programme} pays {expected: or }",
            claimed=shown(":".join((line.hcpcs, *line.modifiers))),
            programme=programme.id,
            expected=expected,
        )
        said = services[-1].said
        yield of_line(
            check,
            line,
            where,
            message,
            fix,
            severity=said.severity if said is not None else Severity.WARNING,
            citations=said.citations if said is not None else (),
        )
    elif not service.is_paid:
        message = say(
            "claim-not-paid",
            "{programme} does not pay {claimed}",
            programme=programme.id,
            claimed=shown(":".join((line.hcpcs, *line.modifiers))),
        )
        said = service.said
        severity = said.severity if said is not None else Severity.WARNING
        yield of_line(
            check, line, where, message, fix, severity=severity, citations=said.citations if said is not None else ()
        )


def wrong_npis(claim: FileClaim, rules: ClaimRules) -> Iterator[ClaimFinding]:
    """Yield NPIs of a claim without a right check digit, and lines without the rendering provider that is wanted."""
    check = checks.providers_are_named
    told: set[str] = set()
    for line in claim.lines:
        for npi, whose in ((claim.billing_npi, "billing"), (person_of_line(line), "rendering")):
            # Another id than an NPI (REF*G2) has no ten digits.
            if npi and npi not in told and len(npi) == 10 and npi.isdigit() and not is_valid_npi(npi):
                told.add(npi)
                message = say("claim-npi", "the NPI of the {whose} provider has a wrong check digit", whose=whose)
                yield of_line(check, line, "NM109", message, "Look the NPI up in NPPES, and correct the claim.")
        service = rules.service(line.hcpcs, line.modifiers, line.day) if line.day is not None else None
        rule = service.rules.claim if service is not None and service.rules is not None else None
        said = rule.said.get("rendering") if rule is not None else None
        if rule is None or said is None or rule.value.rendering not in {"peer", "supervisor"}:
            continue
        if not person_of_line(line):
            message = say(
                "claim-no-rendering",
                "no rendering provider is named; the programme wants the {wanted}",
                wanted=rule.value.rendering,
            )
            yield of_line(
                check,
                line,
                "NM109",
                message,
                "Name the person in loop 2310B.",
                severity=said.severity,
                citations=said.citations,
            )


def unqualified(line: ClaimLine, rules: ClaimRules, roster: Roster) -> Iterator[ClaimFinding]:
    """Yield why the person who rendered a line does not qualify by the roster."""
    person, day = person_of_line(line), line.day
    if not person or day is None:
        return
    check = checks.rendering_provider_is_qualified
    staff = roster.staff.get(person)
    if staff is None:
        message = say("claim-not-on-roster", "the rendering provider is in no row of staff")
        yield of_line(check, line, "NM109", message, "Enter the person in staff, or correct the NPI.")
        return
    if not staff.is_employed(day):
        message = say("claim-not-employed", "{staff_id} was not employed on {day}", staff_id=staff.staff_id, day=day)
        fix = "Correct hired_on or left_on in staff, or find out who gave the service."
        yield of_line(check, line, "NM109", message, fix, staff_id=staff.staff_id)
        return
    if roster.credentials is None:
        return
    service = rules.service(line.hcpcs, line.modifiers, day)
    wanted = service.rules if service is not None else None
    rows = roster.credentials.get(staff.staff_id, ())
    if _is_qualified(rows, wanted, day):
        return
    message = say(
        "claim-no-credential",
        "{staff_id} held no credential in force on {day}, of {rows} in credentials",
        staff_id=staff.staff_id,
        day=day,
        rows=len(rows),
    )
    if wanted is not None and wanted.credential:
        accepted = tuple(sorted(wanted.credential))
        message = message.before(
            "accepted", "; {programme} accepts {accepted: or }", programme=wanted.programme, accepted=accepted
        )
    said = [answer.binding for answer in wanted.credential.values()] if wanted is not None else []
    citations = tuple(dict.fromkeys(citation for one in said if one is not None for citation in one.citations))
    fix = "Enter the certificate with its days in credentials, or void the claim."
    yield of_line(check, line, "NM109", message, fix, staff_id=staff.staff_id, citations=citations)


def _is_qualified(rows: Iterable[Credential], rules: Rules | None, day: dt.date) -> bool:
    """Return whether some credential was in force: one that the programme accepts, where it says which."""
    if rules is None or not rules.credential:
        return any(credential_in_force(row, day) for row in rows)
    if NO_CREDENTIAL in rules.credential:
        return True
    return any(
        credential_in_force(row, day, answer.value.grace_days or 0, answer.value.valid_months)
        for row in rows
        for _, answer in accepting(rules, row)
    )
