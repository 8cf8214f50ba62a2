"""The audit of claim files: against the encounters of a workspace, or alone."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

import attrs

from peerbill.checks import claim_lines as checks
from peerbill.checks.audit import audit_index, audit_of
from peerbill.checks.check_set import check_set
from peerbill.claim_audit.alone import (
    Roster,
    Skipped,
    duplicates,
    impossible_days,
    unqualified,
    wrong_codes,
    wrong_npis,
)
from peerbill.claim_audit.comparing import Comparison, strays, unbilled
from peerbill.claim_audit.copies import ClaimSource
from peerbill.claim_audit.documented import documented
from peerbill.claim_audit.matching import match_lines
from peerbill.claim_audit.people import People
from peerbill.claim_audit.reading import Read, read_files
from peerbill.claim_audit.rules import ClaimRules, known_services
from peerbill.claim_audit.standing import Standings, settle
from peerbill.claim_audit.totals import at_risk
from peerbill.claim_audit.values import ClaimAudit, ClaimFinding, ClaimLine, FileClaim, shown
from peerbill.claim_audit.windows import beyond_limits
from peerbill.model.claim import BilledEncounter
from peerbill.model.claim_state import Standing
from peerbill.model.enrolment import Enrolment
from peerbill.model.finding import Finding, Severity
from peerbill.model.ids import compact
from peerbill.model.plural import counted
from peerbill.model.records import Records
from peerbill.model.sentence import say
from peerbill.model.waiver import Waiver
from peerbill.policy import Policies, Programme


def audit_claims(
    sources: Sequence[ClaimSource],
    records: Records,
    policies: Policies,
    as_of: dt.date,
    history: Iterable[BilledEncounter] = (),
    eligibility: Sequence[Enrolment] = (),
    step: Callable[[int], None] | None = None,
    waivers: Sequence[Waiver] = (),
) -> ClaimAudit:
    """Compare files of claims (837P, 837I), and of payments (835), with the encounters of a workspace.

    `history` is what the ledger holds: it tells what is billed there too. The audit judges every encounter as if
    nothing had been billed, and not its time to file. `step` hears how many claims were read; `waivers` are those of
    the ledger.

    Raises UnusableInputError for a path that cannot be read, and for a file without any X12.
    """
    people = People.of(records)
    read = read_files(sources, people.knows, step)
    standings = settle(read)
    ids = [encounter.encounter_id for encounter in records.encounters]
    index = audit_index(records, policies, as_of, (), eligibility, ids, waivers=waivers)
    result, contexts = audit_of(index, policies)
    errors: dict[str, list[Finding]] = defaultdict(list)
    for error in result.findings:
        if error.severity is Severity.ERROR:
            for id_ in error.encounter_ids:
                errors[id_].append(error)
    ledger: dict[str, list[BilledEncounter]] = defaultdict(list)
    for row in history:
        ledger[row.encounter_id].append(row)
    staff_ids = {compact(row.npi): row.staff_id for row in records.staff if row.npi}
    comparison = Comparison(index, errors, frozenset(standings.unresolved), ledger, staff_ids)
    days = documented(contexts.values(), index, people)
    live = [claim for claim in (*read.claims, *standings.strays) if claim.standing == "live"]
    lines = [line for claim in live for line in claim.lines]
    findings = [*read.findings, *_other_billers(live, records), *strays(standings.strays)]
    on_claims = {id_ for id_, rows in ledger.items() if any(row.standing == Standing.LIVE for row in rows)}
    for match in match_lines(lines, days, people):
        findings += comparison.findings(match)
        on_claims.update(context.encounter.encounter_id for context in match.contexts)
    findings += impossible_days(lines, ClaimRules(known=known_services(contexts.values())), staff_ids, Skipped())
    missed = list(unbilled(contexts.values(), frozenset(on_claims), _days_of(lines)))
    findings += [found for found, _ in missed]
    waiting = sum(context.held and context.encounter.encounter_id not in on_claims for context in contexts.values())
    return _result(
        read,
        standings,
        as_of,
        raised(findings, check_set(records.settings).severity),
        unbilled=sum((charge for found, charge in missed if found.severity is not Severity.INFO), Decimal("0.00")),
        matched=comparison.matched,
        not_looked=(*_of_comparison(comparison, records, waiting), *not_looked(read, standings)),
        policies=result.policies,
    )


def _days_of(lines: Iterable[ClaimLine]) -> tuple[dt.date, dt.date] | None:
    """Return the first and the last day of service of the files."""
    days = {line.day for line in lines if line.day is not None}
    return (min(days), max(days)) if days else None


def audit_alone(
    sources: Sequence[ClaimSource],
    as_of: dt.date,
    programme: Programme | None = None,
    roster: Roster | None = None,
    step: Callable[[int], None] | None = None,
) -> ClaimAudit:
    """Look at files of claims without a workspace: at what they show by themselves.

    `programme` gives the length of units, limits, codes and whom it wants as rendering provider; without it a unit is
    as long as its national code says. `roster` are the staff, and their credentials.

    Raises UnusableInputError for a path that cannot be read, and for a file without any X12.
    """
    read = read_files(sources, lambda _: True, step)
    standings = settle(read)
    rules, skipped = ClaimRules(programme), Skipped()
    live = [claim for claim in read.claims if claim.standing == "live"]
    lines = [line for claim in live for line in claim.lines]
    staff_ids = {} if roster is None else {npi: row.staff_id for npi, row in roster.staff.items()}
    left_out: set[str] = set()
    findings = [*read.findings, *strays(standings.strays)]
    findings += duplicates(lines, frozenset(standings.unresolved))
    findings += impossible_days(lines, rules, staff_ids, skipped)
    for claim in live:
        findings += wrong_npis(claim, rules)
    for line in lines:
        findings += wrong_codes(line, rules, skipped)
        if roster is not None:
            findings += unqualified(line, rules, roster)
    if programme is not None:
        findings += beyond_limits(lines, rules, staff_ids, left_out)
    return _result(
        read,
        standings,
        as_of,
        findings,
        not_looked=(
            *_of_files_alone(programme, roster, skipped, tuple(sorted(left_out))),
            *not_looked(read, standings),
        ),
        policies=() if programme is None else ((programme.id, programme.sha256),),
    )


def _of_files_alone(
    programme: Programme | None, roster: Roster | None, skipped: Skipped, limits: tuple[str, ...]
) -> Iterator[str]:
    yield "Notes, minutes, members, coverage, plans and supervision: no workspace was given."
    if programme is None:
        yield "Limits, and which codes are paid: no --programme STATE/PROGRAMME was given."
    else:
        yield f"What {programme.id} says under conditions that a claim does not show: age, credential, tier, channel."
    if limits:
        yield f"The limits {', '.join(limits)}: their windows are not on a claim."
    if roster is None:
        yield "Who the rendering providers are: no --staff was given."
    elif roster.credentials is None:
        yield "Their certificates: no --credentials were given."
    if skipped.nobody:
        yield f"Whose day it was of {counted(skipped.nobody, 'line')}: they name no rendering provider."
    if skipped.vague:
        yield (
            f"Duplicates, days and limits of {counted(skipped.vague, 'line')}: no single day, no procedure code, or no"
            " whole units."
        )
    if skipped.timeless:
        yield f"The time of {counted(skipped.timeless, 'line')}: nothing read says how long a unit of the code is."
    if skipped.out_of_force:
        yield f"{counted(skipped.out_of_force, 'line')} of days on which the programme is not in force."


def _result(
    read: Read,
    standings: Standings,
    as_of: dt.date,
    findings: Sequence[ClaimFinding],
    *,
    unbilled: Decimal = Decimal("0.00"),
    matched: int = 0,
    not_looked: tuple[str, ...],
    policies: tuple[tuple[str, str], ...],
) -> ClaimAudit:
    """Count claims and money, and put the findings in the order of the files."""
    order = {file.file: at for at, file in enumerate(read.files)}
    found = sorted(
        findings,
        key=lambda one: (order.get(one.file, len(order)), one.segment, one.line, one.code, one.encounter_ids),
    )
    live = [claim for claim in read.claims if claim.standing == "live"]
    totals, every = at_risk(found)
    paid = sum((claim.paid or Decimal(0) for claim in (*read.claims, *standings.strays)), Decimal("0.00"))
    return ClaimAudit(
        as_of=as_of,
        files=tuple(read.files),
        claims=len(read.claims) + sum(file.unread for file in read.files),
        lines=sum(len(claim.lines) for claim in read.claims),
        replaced=sum(claim.standing == "replaced" for claim in read.claims),
        voided=sum(claim.standing == "void" for claim in read.claims),
        denied=sum(claim.denied for claim in live),
        charged=sum((claim.charge for claim in live), Decimal("0.00")),
        paid=paid,
        findings=tuple(found),
        totals=totals,
        at_risk=every,
        unbilled=unbilled,
        matched=matched,
        not_looked=not_looked,
        policies=policies,
    )


def raised(findings: Iterable[ClaimFinding], severity: Mapping[str, Severity]) -> list[ClaimFinding]:
    """Return findings with the severity that an agency wants of their codes at least; none is ever lowered."""
    return [
        attrs.evolve(found, severity=least)
        if (least := severity.get(found.code)) is not None and least.rank > found.severity.rank
        else found
        for found in findings
    ]


def _other_billers(claims: Iterable[FileClaim], records: Records) -> Iterator[ClaimFinding]:
    """Yield each file and billing provider that is none of the agency's, once, with how many claims it has."""
    own = frozenset(map(compact, records.settings.npis))
    others: dict[tuple[str, str], list[FileClaim]] = defaultdict(list)
    for claim in claims:
        if claim.billing_npi and claim.billing_npi not in own:
            others[claim.file, claim.billing_npi].append(claim)
    check = checks.rendering_provider_is_right
    for (file, _), those in others.items():
        message = say(
            "claim-other-biller",
            "the billing provider of claim {claim_id} is neither the organization of peerbill.toml nor one of its sites"
            " (claims of this provider in the file: {claims})",
            claims=len(those),
            claim_id=shown(those[0].claim_id),
        )
        yield ClaimFinding(
            code=check.code,
            severity=Severity.WARNING,
            file=file,
            segment=those[0].segment,
            claim_id="",
            line=0,
            where="NM109",
            encounter_ids=(),
            message=message.text,
            fix="Look whether the file is this agency's; enter the NPI in [organization] or [sites] if it is.",
            citations=check.citations,
            template=message.template,
            values=message.values,
        )


def _of_comparison(comparison: Comparison, records: Records, waiting: int) -> Iterator[str]:
    if comparison.without_units:
        yield f"Units of {counted(comparison.without_units, 'line')}: the minutes or the rule of units are not known."
    if comparison.without_charge:
        yield f"The charge of {counted(comparison.without_charge, 'line')}: no usual charge is known."
    if comparison.resubmitted:
        yield f"{counted(comparison.resubmitted, 'line')} of denied claims, which another claim bills again."
    if waiting:
        yield (
            f"{counted(waiting, 'encounter')} on no claim, which the audit holds: peerbill audit without --claims tells"
            " why."
        )
    if records.rejected:
        yield f"{counted(len(records.rejected), 'row')} of encounters that cannot be read."
    yield "The time to file, and what the ledger holds in limits and authorizations."


def not_looked(read: Read, standings: Standings) -> Iterator[str]:
    """Yield what the files cannot show, whatever they are compared with."""
    unread = sum(file.unread for file in read.files)
    if unread:
        yield f"{counted(unread, 'claim')} that cannot be read (PB851)."
    if standings.unresolved:
        number = len(standings.unresolved)
        yield f"Which claims are corrected by replacements and voids whose number (REF*F8) no file shows: {number:,}."
    if any(claim.form == "837I" for claim in read.claims):
        yield "The place of service of an 837I: the form has none."
    if not read.payments:
        yield "What was paid: no 835 is among the files."
    elif standings.unplaced:
        yield f"Payments of {standings.unplaced:,.2f} that no line of their claim takes."
    tests = [file.file for file in read.files if file.test]
    if tests:
        yield f"Whether the payer ever got what is in {', '.join(tests)}: they are marked as tests (ISA15)."
    yield "Diagnoses, authorization numbers and other payers' amounts on the claims."
