"""Lines and the encounters that they bill: what differs, and what has no encounter, or no claim."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

import attrs

from peerbill.checks import claim_lines as checks
from peerbill.checks.base import Check
from peerbill.claim_audit.documented import units_of
from peerbill.claim_audit.matching import CODE, PAYER, PLACE, RENDERING, UNITS, Match
from peerbill.claim_audit.values import ClaimFinding, ClaimLine, FileClaim, of_line, shown
from peerbill.coding.context import Context, Index
from peerbill.coding.deadlines import last_day_to_file
from peerbill.coding.explanation import charge_of
from peerbill.model.claim import BilledEncounter
from peerbill.model.claim_state import Standing
from peerbill.model.finding import Finding, Severity
from peerbill.model.sentence import Sentence, say

_UNITS_CODES = frozenset({"PB103", "PB104"})
"""Checks of units, which PB854 tells of a line."""
_CORRECT = "Compare the note with the claim; correct the claim with a replacement (frequency 7), or void it."
_MOST_NAMED = 5
_CENT = Decimal("0.01")

Errors = Mapping[str, Sequence[Finding]]
"""The errors of the audit, by encounter id."""


@attrs.define(eq=False)
class Comparison:
    """What lines are compared with, and what could not be compared.

    `unresolved` are the replacements and voids whose first claim no file shows; `ledger` the encounters that the ledger
    has, by id: once for each payer; `staff_ids` are those of NPIs.
    """

    index: Index
    errors: Errors
    unresolved: frozenset[FileClaim]
    ledger: Mapping[str, Sequence[BilledEncounter]]
    staff_ids: Mapping[str, str]
    own_claims: frozenset[str] = attrs.field(init=False)
    matched: int = 0
    without_units: int = 0
    without_charge: int = 0
    resubmitted: int = 0

    def __attrs_post_init__(self) -> None:
        """Note how the ledger's own claim ids begin: with PB and its tag."""
        every = (row for rows in self.ledger.values() for row in rows)
        self.own_claims = frozenset(row.claim_id[:6] for row in every if row.claim_id)

    def findings(self, match: Match) -> Iterator[ClaimFinding]:
        """Yield what is wrong with a line."""
        if match.contexts:
            self.matched += 1
            yield from self._of_match(match)
        elif match.duplicate_of is not None:
            yield from self._twice(match, match.duplicate_of)
        else:
            yield self._without_encounter(match)

    # ------------------------------------------------------------------------------------------- with encounters

    def _of_match(self, match: Match) -> Iterator[ClaimFinding]:
        line, contexts = match.line, match.contexts
        units = units_of(contexts)
        beyond = units is not None and line.units is not None and line.units > units[1]
        for word in match.differences:
            yield self._different(match, word)
        if units is None or line.units is None:
            self.without_units += 1
        elif beyond or line.units < units[0]:
            yield self._units(match, line.units, units)
        if CODE not in match.differences:
            yield from self._charge(match)
        yield from self._held(match, without=_UNITS_CODES if beyond else frozenset())
        yield from self._in_ledger(match)

    def _made(
        self,
        check: Check,
        match: Match,
        where: str,
        message: Sentence,
        fix: str = _CORRECT,
        *,
        severity: Severity = Severity.ERROR,
        share: Decimal = Decimal(1),
    ) -> ClaimFinding:
        contexts = match.contexts or match.nearest
        staff = {context.encounter.staff_id for context in contexts}
        return of_line(
            check,
            match.line,
            where,
            message,
            fix,
            severity=severity,
            encounter_ids=_ids(contexts),
            share=share,
            staff_id=next(iter(staff)) or None if len(staff) == 1 else None,
            member_id=match.member_id or None,
        )

    def _different(self, match: Match, word: str) -> ClaimFinding:
        line, first = match.line, match.contexts[0]
        ids = _named(match.contexts)
        if word == CODE:
            message = say(
                "claim-code",
                "the line has {claimed}; {encounters} comes to {expected}",
                claimed=shown(":".join((line.hcpcs, *line.modifiers))),
                encounters=ids,
                expected=":".join((first.hcpcs, *first.modifiers)),
            )
            return self._made(checks.code_is_the_encounters, match, _element(line, "SV101", "SV202"), message)
        if word == PLACE:
            message = say(
                "claim-place",
                "the place of service is {claimed}; that of {encounters} is {expected}",
                claimed=shown(line.place) or "blank",
                encounters=ids,
                expected=first.encounter.place,
            )
            return self._made(checks.place_is_the_encounters, match, "CLM05-1", message)
        if word == RENDERING:
            message = say(
                "claim-rendering",
                "the rendering provider is {claimed}; for {encounters} it is {expected}",
                claimed=self._who(line),
                encounters=ids,
                expected=self._wanted(first),
            )
            return self._made(checks.rendering_provider_is_right, match, "NM109", message)
        if word == PAYER:
            message = say(
                "claim-payer",
                "the claim is to another payer than {payer}, by whom member {member_id} is insured for {encounters}",
                payer=first.payer.key if first.payer is not None else "",
                member_id=match.member_id,
                encounters=ids,
            )
            return self._made(checks.member_and_payer_are_right, match, "NM109", message)
        message = say(
            "claim-subscriber",
            "the subscriber's id is not that of member {member_id}, to whom {encounters} was given",
            member_id=match.member_id,
            encounters=ids,
        )
        fix = "Look up the member's id with the payer; correct the claim, or the coverage in the table."
        return self._made(checks.member_and_payer_are_right, match, "NM109", message, fix)

    def _who(self, line: ClaimLine) -> str:
        """Return whom a line names: a staff id where the workspace has the id, else that nobody has it."""
        if line.rendering in {"", line.claim.billing_npi}:
            return "the billing provider"
        return self.staff_ids.get(line.rendering, "an NPI or id that no row of staff has")

    def _wanted(self, context: Context) -> str:
        return context.rendering_id or context.attending_id or "the agency"

    def _units(self, match: Match, claimed: int, units: tuple[int, int]) -> ClaimFinding:
        minutes = sum(context.minutes or 0 for context in match.contexts)
        fewest, most = units
        made = str(most) if fewest == most else f"{fewest} to {most}"
        where = _element(match.line, "SV104", "SV205")
        if claimed > most:
            message = say(
                "claim-units-beyond",
                "the line has {claimed:#unit}; the {minutes} minutes of {encounters} make {made}",
                claimed=claimed,
                minutes=minutes,
                encounters=_named(match.contexts),
                made=made,
            )
            share = Decimal(claimed - most) / Decimal(claimed)
            return self._made(checks.units_are_documented, match, where, message, share=share)
        message = say(
            "claim-units-below",
            "the line has {claimed:#unit}; the {minutes} minutes of {encounters} make {made}",
            claimed=claimed,
            minutes=minutes,
            encounters=_named(match.contexts),
            made=made,
        )
        return self._made(
            checks.documented_units_are_billed,
            match,
            where,
            message,
            "Bill the units that are missing with a replacement (frequency 7), if the time to correct is not over.",
            severity=Severity.WARNING,
            share=Decimal(0),
        )

    def _charge(self, match: Match) -> Iterator[ClaimFinding]:
        line = match.line
        rates = {context.coding.unit_charge for context in match.contexts if context.coding is not None}
        rate = rates.pop() if len(rates) == 1 else None
        if rate is None or line.units is None:
            self.without_charge += 1
            return
        expected = (rate * line.units).quantize(_CENT)
        if line.charge == expected:
            return
        message = say(
            "claim-charge",
            "the charge is {claimed}; the usual charge of {units:#unit} is {expected}",
            claimed=line.charge.quantize(_CENT),
            units=line.units,
            expected=expected,
        )
        share = (line.charge - expected) / line.charge if line.charge > expected else Decimal(0)
        yield self._made(
            checks.charge_is_the_usual,
            match,
            _element(line, "SV102", "SV203"),
            message,
            "Compare the charges of [payers.KEY] in peerbill.toml with the price list of the other system.",
            severity=Severity.WARNING,
            share=share,
        )

    def _held(self, match: Match, without: frozenset[str]) -> Iterator[ClaimFinding]:
        found = [
            error
            for context in match.contexts
            for error in self.errors.get(context.encounter.encounter_id, ())
            if error.code not in without
        ]
        if not found:
            return
        codes = tuple(sorted({error.code for error in found}))
        message = say(
            "claim-of-held",
            "the audit holds {encounters}: {codes}",
            encounters=_named(match.contexts),
            codes=codes,
        )
        # What is held because nobody knows a value of the policy is not shown to be wrong.
        severity = Severity.WARNING if all(error.missing for error in found) else Severity.ERROR
        fix = "Look at what peerbill audit says of the encounter; void the claim unless the record can be completed."
        yield attrs.evolve(
            self._made(checks.encounter_passes_the_audit, match, "", message, fix, severity=severity),
            citations=tuple(dict.fromkeys(citation for error in found for citation in error.citations)),
        )

    def _in_ledger(self, match: Match) -> Iterator[ClaimFinding]:
        line = match.line
        if line.claim.claim_id[:6] in self.own_claims or line.claim.after_payers:
            return
        sent = (row for context in match.contexts for row in self.ledger.get(context.encounter.encounter_id, ()))
        claims = tuple(sorted({row.claim_id for row in sent if row.standing == Standing.LIVE}))
        if claims:
            message = say(
                "claim-in-ledger",
                "the ledger bills {encounters} too: {claims}",
                encounters=_named(match.contexts),
                claims=claims,
            )
            yield self._made(checks.line_is_billed_once, match, "", message, _ONCE)

    # ---------------------------------------------------------------------------------------- without encounters

    def _twice(self, match: Match, other: ClaimLine) -> Iterator[ClaimFinding]:
        line = match.line
        if line.claim.denied or other.claim.denied:
            self.resubmitted += 1
            return
        is_open = not self.unresolved.isdisjoint({line.claim, other.claim})
        made = twice_finding(line, other, is_open=is_open)
        yield attrs.evolve(made, encounter_ids=_ids(match.nearest), member_id=match.member_id or None)

    def _without_encounter(self, match: Match) -> ClaimFinding:
        line = match.line
        is_paid = line.paid is not None and line.paid > 0
        check = checks.payment_is_documented if is_paid else checks.line_has_an_encounter
        message = self._why(match)
        if is_paid:
            message = message.after("{paid} was paid, and ", paid=(line.paid or Decimal(0)).quantize(_CENT))
        fix = "Look for the note. Without one, void the claim (frequency 8) and give back what was paid."
        return self._made(check, match, "", message, fix)

    def _why(self, match: Match) -> Sentence:
        if match.line.day is None:
            return say("no-encounter-without-day", "no encounter matches: the line names no single day of service")
        if not match.member_id:
            return say("no-encounter-no-member", "no encounter matches: no member has the subscriber's id")
        if not match.nearest:
            return say(
                "no-encounter",
                "no encounter matches: member {member_id} has none on {day} or near it",
                member_id=match.member_id,
                day=match.line.day,
            )
        if match.taken:
            return say(
                "no-encounter-taken",
                "no encounter matches: the nearest of member {member_id} is {encounters}, which another line bills and"
                " which differs in {differences: and }",
                member_id=match.member_id,
                encounters=_named(match.nearest),
                differences=match.differences or (UNITS,),
            )
        return say(
            "no-encounter-nearest",
            "no encounter matches: the nearest of member {member_id} is {encounters}, which differs in"
            " {differences: and }",
            member_id=match.member_id,
            encounters=_named(match.nearest),
            differences=match.differences or (UNITS,),
        )


_ONCE = "Void one of them (frequency 8), and give back what was paid for it."


def twice_finding(line: ClaimLine, other: ClaimLine, *, is_open: bool) -> ClaimFinding:
    """Return that another line bills the same; `is_open`: one of them may replace the other, and no file shows it."""
    message = say(
        "billed-twice",
        "the same service is on line {line} of claim {claim_id} in {file} (segment {segment})",
        line=other.number,
        claim_id=shown(other.claim.claim_id),
        file=other.claim.file,
        segment=other.segment,
    )
    if not is_open:
        return of_line(checks.line_is_billed_once, line, "", message, _ONCE)
    message = message.before("open", "; one of them replaces a claim that the files do not show by its number (REF*F8)")
    fix = "Give the 835 with the payer's numbers (CLP07) too."
    return of_line(checks.line_is_billed_once, line, "", message, fix, severity=Severity.WARNING)


def strays(claims: Iterable[FileClaim]) -> Iterator[ClaimFinding]:
    """Yield the payments whose claim is in no file."""
    for claim in claims:
        message = say(
            "payment-without-claim",
            "{paid} was paid for claim {claim_id}, which is not in the files",
            paid=(claim.paid or Decimal(0)).quantize(_CENT),
            claim_id=shown(claim.claim_id),
        )
        yield ClaimFinding(
            code=checks.payment_has_its_claim.code,
            severity=Severity.WARNING if claim.paid else Severity.INFO,
            file=claim.file,
            segment=claim.segment,
            claim_id=shown(claim.claim_id),
            line=0,
            where="CLP01",
            encounter_ids=(),
            message=message.text,
            fix="Give the file of the claim too: without it, provider and place of its lines are not compared.",
            citations=checks.payment_has_its_claim.citations,
            paid=max(claim.paid or Decimal(0), Decimal(0)),
            template=message.template,
            values=message.values,
        )


def unbilled(
    contexts: Iterable[Context], billed: frozenset[str], days: tuple[dt.date, dt.date] | None
) -> Iterator[tuple[ClaimFinding, Decimal]]:
    """Yield the encounters that can be billed and are on no claim, each with its charge.

    One before the first or after the last day of service of the files may be in other files: an info.
    """
    for context in contexts:
        encounter = context.encounter
        charge = charge_of(context)
        if context.held or charge is None or not context.units or encounter.encounter_id in billed:
            continue
        last = last_day_to_file(context.rules, context.day) if context.rules is not None and context.day else None
        message = say(
            "never-billed",
            "{encounter_id} is on no claim: {units:#unit}, {charge}",
            encounter_id=encounter.encounter_id,
            units=context.units,
            charge=charge,
        )
        if last is not None:
            message = message.before("until", "; the last day to file is {last}", last=last)
        outside = days is not None and context.day is not None and not days[0] <= context.day <= days[1]
        if outside and days is not None:
            message = message.before(
                "outside", "; the claims are of {first} to {latest}", first=days[0], latest=days[1]
            )
        yield (
            ClaimFinding(
                code=checks.encounter_is_billed.code,
                severity=Severity.INFO if outside else Severity.WARNING,
                file="",
                segment=0,
                claim_id="",
                line=0,
                where="",
                encounter_ids=(encounter.encounter_id,),
                message=message.text,
                fix="Bill it, or give the file with its claim too.",
                citations=checks.encounter_is_billed.citations,
                staff_id=encounter.staff_id or None,
                member_id=encounter.member_id or None,
                template=message.template,
                values=message.values,
            ),
            charge,
        )


def _ids(contexts: Sequence[Context]) -> tuple[str, ...]:
    return tuple(context.encounter.encounter_id for context in contexts)


def _named(contexts: Sequence[Context]) -> tuple[str, ...]:
    """Return the first encounters of a sentence; the finding names all."""
    return _ids(contexts[:_MOST_NAMED])


def _element(line: ClaimLine, professional: str, institutional: str) -> str:
    return institutional if line.claim.form == "837I" else professional if line.claim.form == "837P" else "SVC"
