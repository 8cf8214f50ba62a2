"""PB4xx: is the member known, covered, eligible and free to be served."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import lru_cache

from peerbill.checks.base import Problem, check, problem
from peerbill.codes import (
    check_citations,
    code_set_citation,
    icd10cm_release,
    is_billable_diagnosis,
    is_diagnosis_shape,
    is_known_diagnosis,
    kinds,
    refusal_reason,
)
from peerbill.coding.activities import word
from peerbill.coding.context import Context, Group, in_force
from peerbill.coding.payers import payers_before, prior_payments, same_rank
from peerbill.coding.prepare import a_diagnosis_qualifies, clean_diagnoses
from peerbill.model.claim import ServiceLine
from peerbill.model.claim_state import Standing
from peerbill.model.enrolment import CAUSES, SPEND_DOWN, Enrolment, remedy
from peerbill.model.finding import Severity
from peerbill.model.line_key import LineKey
from peerbill.model.money import cents, dollars
from peerbill.model.people import Coverage, EarlierPayment, rank_of
from peerbill.policy import Programme, Rules
from peerbill.x12.rules837p import (
    coverage_problems,
    earlier_payer_problems,
    member_problems,
    prior_payment_problems,
    suffix_in_last_name,
)


@check("PB401")
def member_is_complete(context: Context) -> Iterator[Problem]:
    """The member is known and complete enough for a claim.

    Why it matters: a claim without birth date, sex, address or a name that the file can carry is rejected whole.

    Passes: a member with name, birth date, sex F, M or U, street, city, state and ZIP.

    Fails: a member_id that members does not hold, one with a blank birth date, coverage without subscriber_id, or
    coverage by the payer to be billed through a policyholder other than the member.
    """
    member_id = context.encounter.member_id
    if context.member is None:
        what = f"{member_id} is not in members" if member_id else "the encounter names no member"
        yield problem(
            context,
            "encounters.member_id",
            what,
            "Correct member_id, or add the member to members.",
        )
        return
    if context.covered and context.coverage is not None and not context.coverage.is_own:
        where, message, fix = _another_policyholder(context.coverage)
        yield problem(context, where, message, fix)
    found = member_problems(context.member, context.payer)
    if context.covered and context.coverage is not None:
        found += coverage_problems(context.coverage)
    for where, message, fix in found:
        yield problem(context, where, message, fix)
    if suffix_in_last_name(context.member):
        yield problem(
            context,
            "members.suffix",
            "last_name ends in a suffix, and suffix is blank",
            "Move JR, SR, II, III or IV from last_name to suffix; payers match the two apart.",
            severity=Severity.WARNING,
        )


def _another_policyholder(coverage: Coverage) -> tuple[str, str, str]:
    """Return field, message and fix for a claim to a payer with which another person holds the member's policy."""
    told = f" ({coverage.relationship})" if coverage.relationship not in ("", "self") else ""
    message = (
        f"the member is insured by {coverage.payer} through another policyholder{told}, and bill writes claims only to "
        "payers with which the member holds the policy"
    )
    fix = (
        "Medicaid insures each member in their own name: clear relationship and names where that is so. Otherwise bill "
        f"{coverage.payer} in its portal, enter its answer in prior_payments, and name the next payer in the "
        "encounter's payer."
    )
    return "coverage.relationship", message, fix


@check("PB402")
def coverage_is_in_force(context: Context) -> Iterator[Problem]:
    """Coverage by a payer with a policy is in force on the day of service.

    Why it matters: a claim for a day without coverage is denied, and nobody else pays it.

    Passes: coverage to 2026-02-28, and a service that day; or coverage without a first day, where the payer answered
    (271) that enrolment was active.

    Fails: the same coverage and a service on 2026-03-01; no coverage at all; a programme that is not in force; two
    payers of one rank in force that day, or one payer with two subscriber ids; or the payer answered that enrolment was
    not active that day: in no plan, for other kinds of service only (dental, vision), not for behavioral health, or
    only once a spend-down is met. Other doubts of the payer's are a warning.
    """
    if context.day is None:
        return
    day, member_id = context.day, context.encounter.member_id
    if not context.covered and context.member is not None:
        rows = context.index.coverage.get(member_id, [])
        if context.encounter.payer:
            rows = [row for row in rows if row.payer == context.encounter.payer]
        payers = context.index.records.settings.payers
        known = [row for row in rows if row.payer in payers and payers[row.payer].policy]
        if not rows:
            by = f" by {context.encounter.payer}" if context.encounter.payer else ""
            where, message = "coverage.member_id", f"no coverage{by} is on file for {member_id}"
        elif not known and any(row.payer in payers for row in rows):
            where = "payers.policy"
            message = f"no payer of {member_id}'s coverage has a policy in peerbill.toml"
        elif not known:
            where = "coverage.payer"
            message = f"the payer of {member_id}'s coverage is not one of [payers] in peerbill.toml"
        elif any(row.to is not None and row.to < day for row in known):
            last = max(row.to for row in known if row.to is not None and row.to < day)
            where, message = "coverage.to", f"coverage ended on {last}, before the service on {day}"
        else:
            where, message = "coverage.from", f"coverage is not in force on {day}"
        yield problem(
            context,
            where,
            message,
            _what_was_found(context, known, day)
            or "Check eligibility for that day with the payer; enter the coverage found, or do not bill.",
        )
    elif context.covered:
        yield from _one_coverage_of_a_rank(context, day)
        yield from _payer_contradicts(context, day)
    if context.covered and context.programme is None:
        where = "encounters.programme" if context.encounter.programme else "payers.policy"
        yield problem(
            context,
            where,
            context.programme_problem or "no policy is in force for the payer on this day",
            "Correct programme, or give the payer the policy that covers this day in peerbill.toml.",
        )


def _one_coverage_of_a_rank(context: Context, day: dt.date) -> Iterator[Problem]:
    """Yield what leaves open who pays: two rows of one rank in force on a day."""
    rows = context.index.coverage.get(context.encounter.member_id, ())
    if len(rows) < 2 or context.coverage is None:
        return
    found = same_rank(rows, context.coverage, day, context.encounter.payer)
    if not found:
        return
    payers = sorted({row.payer for row in found})
    if len(payers) == 1:
        where, what = "coverage.subscriber_id", f"{payers[0]} covers the member under {len(found)} subscriber ids"
        fix = "Keep the subscriber id that was valid that day, and give the other row its last day (to)."
    else:
        where, what = "coverage.rank", f"{' and '.join(payers)} have rank {rank_of(found[0])}"
        fix = "Give the row that ended its last day (to), or each row a rank of its own: 1 for the payer billed first."
    yield problem(context, where, f"{what} on {day}", fix)


def _what_was_found(context: Context, rows: Iterable[Coverage], day: dt.date) -> str:
    """Return what to do where a payer answered that enrolment was active on a day that coverage leaves out."""
    for row in rows:
        answer = context.index.payer_says(row.member_id, row.payer, day)
        if answer is not None and answer.state == "active" and answer.includes(day):
            return f"{row.payer} answered on {answer.said_on} that enrolment was active: enter its days in coverage."
    return ""


def _payer_contradicts(context: Context, day: dt.date) -> Iterator[Problem]:
    """Yield what the payer's last answer for the day says against the row in coverage."""
    payer = context.payer
    if payer is None:
        return
    answer = context.index.payer_says(context.encounter.member_id, payer.key, day)
    if answer is None:
        return
    by = f"{payer.key} answered on {answer.said_on}"
    again = "ask again: peerbill eligibility --again"
    severity, where, message, fix = Severity.WARNING, "coverage.to", "", ""
    causes = "; ".join(CAUSES[one] for one in answer.reasons if one in CAUSES)
    if answer.state == "inactive" and answer.includes(day):
        severity = Severity.ERROR
        message = f"{by} that enrolment was not active on {day}" + (f": {causes}" if causes else "")
        fix = f"Confirm with the payer; correct coverage, then {again}. Otherwise do not bill."
        if SPEND_DOWN in answer.reasons:
            where = "spend_down.amount"
            fix = f"Bill once the spend-down is met: enter in spend_down what the member paid, then {again}."
    elif answer.state in ("active", "inactive") and not answer.includes(day):
        message = f"{by} that enrolment was {answer.state}{_span(answer)}; the service was on {day}"
        fix = f"Confirm with the payer, and correct the days in coverage, or {again}."
    elif answer.state == "refused":
        where = "coverage.subscriber_id"
        message = f"{by} that it could not say: {_reasons(answer)}"
        fix = remedy(answer)
    elif answer.state == "unclear":
        message = f"{by}, and the answer does not say whether enrolment was active on {day}"
        message += f": {causes}" if causes else ""
        fix = "Look the day up in the payer's portal."
    if message:
        yield problem(context, where, message, fix, severity=severity)
    if answer.plan and answer.plan.casefold() != payer.name.casefold():
        yield problem(
            context,
            "coverage.payer",
            f"{by} and named another plan: {answer.plan}",
            "Find out which of the two pays for this service; correct coverage where it is the other.",
            severity=Severity.WARNING,
        )


def _span(answer: Enrolment) -> str:
    first = f" from {answer.first_day}" if answer.first_day is not None else ""
    return first + (f" to {answer.last_day}" if answer.last_day is not None else "")


def _reasons(answer: Enrolment) -> str:
    told = ((code, refusal_reason(code)) for code in answer.reasons)
    return "; ".join(f"{code} {known.meaning}" if known is not None else code for code, known in told)


@check("PB403")
def age_is_in_range(context: Context) -> Iterator[Problem]:
    """The member's age on the day of service is in the programme's range.

    Why it matters: a programme for adults does not pay for a member of 17.

    Passes: the 18th birthday, where the programme begins at 18.

    Fails: the day before it.
    """
    if context.rules is None or context.age is None:
        return
    ages = context.rules.population.value.age
    if ages is None or "age" not in context.rules.population.said or ages.includes(context.age):
        return
    yield problem(
        context,
        "members.birth_date",
        f"the programme serves members of age {ages}",
        "Check the birth date; otherwise bill a programme for the member's age.",
        said=context.rules.population.said["age"],
    )


@lru_cache(maxsize=4096)
def _unbillable(diagnoses: tuple[str, ...]) -> tuple[tuple[int, str], ...]:
    """Return the diagnoses that no claim may carry, each with its place from 1."""
    codes = enumerate(clean_diagnoses(diagnoses), start=1)
    return tuple((place, code) for place, code in codes if not is_billable_diagnosis(code))


@check("PB404")
def diagnosis_qualifies(context: Context) -> Iterator[Problem]:
    """A diagnosis qualifies for the programme, and each code exists and is specific enough to bill.

    Why it matters: the 837P needs at least one diagnosis, and the payer compares it with the programme.

    Passes: F11.20 for a programme for substance use disorders.

    Fails: no diagnosis; F11.2, which is a category; ZZZ99; or F32.9 alone for that programme.
    """
    encounter = context.encounter
    if not encounter.diagnoses:
        yield problem(
            context,
            "encounters.diagnoses",
            "no diagnosis is recorded",
            "Enter the diagnosis from the assessment, as an ICD-10-CM code.",
        )
        return
    for place, code in _unbillable(encounter.diagnoses):
        release = icd10cm_release()
        newer = context.day is not None and context.day > release.to and is_diagnosis_shape(code)
        if is_known_diagnosis(code):
            what = f"diagnosis {place} is a category, not a code that can be billed"
        else:
            what = f"diagnosis {place} is not in the ICD-10-CM release of {release.from_}"
            what += ", which is older than the service" if newer else ""
        newer = newer and not is_known_diagnosis(code)
        yield problem(
            context,
            "encounters.diagnoses",
            what,
            "Enter the full code from the assessment.",
            severity=Severity.WARNING if newer else Severity.ERROR,
            also=(code_set_citation("icd10cm"),),
        )
        if not newer:
            return
    if context.rules is None:
        return
    answer = context.rules.population
    wanted = answer.value.diagnosis
    if not wanted or "diagnosis" not in answer.said:
        return
    if context.programme is not None and _qualifies(context.programme, context.rules, encounter.diagnoses):
        return
    yield problem(
        context,
        "encounters.diagnoses",
        f"no diagnosis qualifies: the programme serves {' or '.join(wanted)}",
        "Check the diagnoses; otherwise bill the programme that fits them.",
        said=answer.said["diagnosis"],
    )


@lru_cache(maxsize=4096)
def _qualifies(programme: Programme, rules: Rules, diagnoses: tuple[str, ...]) -> bool:
    return a_diagnosis_qualifies(programme, rules.population.value, diagnoses)


@check("PB405", scope="member")
def earlier_payers_have_answered(group: Group) -> Iterator[Problem]:
    """Every payer ranked before this one was billed first, and its answer is known.

    Why it matters: Medicaid pays last; a claim that passes over another payer is sent back, or the money is
    reclaimed.

    Passes: Medicaid has rank 2, and prior_payments holds what the payer of rank 1 paid or denied.

    Fails: the same coverage without that answer; or an answer whose amounts are not the charge of its line.
    """
    for context in group.contexts:
        if context.billed or not context.covered or context.coverage is None or context.day is None:
            continue
        index, encounter_id = context.index, context.encounter.encounter_id
        answers = index.prior_payments.get(encounter_id, [])
        earlier: tuple[Coverage, ...] = ()
        if rank_of(context.coverage) > 1:
            rows = index.coverage.get(context.encounter.member_id, ())
            earlier = payers_before(rows, context.coverage, context.day)
        for answer in answers:
            if answer.payer not in {row.payer for row in earlier}:
                yield problem(
                    context,
                    "prior_payments.payer",
                    f"{answer.payer} is not ranked before {context.coverage.payer} in the member's coverage that day",
                    "Correct payer, or rank and days in coverage; else take the row out of prior_payments.",
                )
        for row in earlier:
            known = [answer for answer in answers if answer.payer == row.payer]
            if known or encounter_id in index.answered:
                for where, message, fix in _unusable(context, row, known, earlier):
                    yield problem(context, where, message, fix)
            elif not _is_with(context, row.payer):
                yield problem(
                    context,
                    "coverage.rank",
                    f"{row.payer} is ranked before {context.coverage.payer} that day, and its answer is not known",
                    f"Bill {row.payer} first and post its 835, or enter what it answered in prior_payments; "
                    "otherwise correct rank or days in coverage.",
                )


def _is_with(context: Context, payer: str) -> bool:
    """Tell whether the encounter stands in the ledger with a payer; PB805 then says what becomes of it."""
    sent = context.index.history.billed.get(context.encounter.encounter_id)
    return sent is not None and sent.payer == payer and sent.standing == Standing.LIVE


def _unusable(
    context: Context, row: Coverage, answers: list[EarlierPayment], earlier: tuple[Coverage, ...]
) -> Iterator[tuple[str, str, str]]:
    """Yield what in an earlier payer's answer, or in what is on file about that payer, no claim can carry."""
    for answer in answers:
        if answer.paid is None:
            yield "prior_payments.paid", "it is blank", "Enter the dollars paid; 0 where the payer denied it."
        if answer.paid_on is None:
            yield "prior_payments.paid_on", "it is blank", "Enter the day of the payer's remittance."
        elif answer.paid_on > context.index.as_of:
            message = f"{answer.paid_on} is after {context.index.as_of}"
            yield "prior_payments.paid_on", message, "Correct it; an answer to come is no answer yet."
    payers = context.index.records.settings.payers
    payer = payers.get(row.payer)
    if payer is None:
        message = f"{row.payer} is not one of [payers] in peerbill.toml"
        yield "coverage.payer", message, f"Give [payers.{row.payer}] name, id and claim_filing: the claim tells them."
        return
    billed = context.payer
    ids = [payers[other.payer].id for other in earlier if other.payer in payers and other.payer != row.payer]
    if payer.id and payer.id in [*ids, billed.id if billed is not None else ""]:
        yield "payers.id", f"{row.payer} has the id of another payer of the claim", "Give each payer its own id."
    if rank_of(row) in [rank_of(other) for other in earlier if other is not row]:
        yield "coverage.rank", f"{row.payer} has the rank of another payer", "Give each payer its own rank."
    yield from earlier_payer_problems(payer)
    yield from coverage_problems(row)


def unsettled_lines(contexts: Iterable[Context]) -> Iterator[Problem]:
    """Yield PB405 for the encounters of a line whose charge is not what an earlier payer paid and adjusted."""
    lines = defaultdict[LineKey, list[Context]](list)
    for context in contexts:
        key = context.line_key
        # What the ledger's payers answered is of the lines as they were charged: the claim itself is balanced.
        on_its_way = context.encounter.encounter_id in context.index.answered
        if key is not None and not context.held and not context.billed and not on_its_way:
            lines[key].append(context)
    for line in lines.values():
        first = line[0]
        index, coding, coverage, day = first.index, first.coding, first.coverage, first.day
        rows = [row for context in line for row in index.prior_payments.get(context.encounter.encounter_id, ())]
        if not rows or coding is None or coverage is None or day is None:
            continue
        units = sum(context.units or 0 for context in line)
        charges = [
            context.coding.unit_charge * (context.units or 0)
            for context in line
            if context.coding is not None and context.coding.unit_charge is not None
        ]
        payers = index.records.settings.payers
        earlier = payers_before(index.coverage.get(first.encounter.member_id, ()), coverage, day)
        told = prior_payments(
            rows, [payers[row.payer] for row in earlier if row.payer in payers], coding.hcpcs, coding.modifiers, units
        )
        charge = dollars(cents(sum(charges, Decimal(0))))
        made = ServiceLine("L1", (), day, coding.hcpcs, coding.modifiers, units, charge, prior_payments=told)
        for field, message, fix in prior_payment_problems(made):
            for context in line:
                yield problem(context, field, message, fix)


@check("PB406")
def within_lifetime(context: Context) -> Iterator[Problem]:
    """The service is within the member's lifetime.

    Why it matters: services after a death are the first thing that an inspector's computer looks for.

    Passes: a service on the day of death.

    Fails: a service on the day after, or before the day of birth.
    """
    member, day = context.member, context.day
    if member is None or day is None:
        return
    if member.died_on is not None and day > member.died_on:
        yield problem(
            context,
            "members.died_on",
            "the service is later than the day of death on file",
            "Check both days; do not bill a service after the member's death.",
        )
    if member.birth_date is not None and day < member.birth_date:
        yield problem(
            context,
            "members.birth_date",
            "the service is earlier than the day of birth on file",
            "Check both days.",
        )


@check("PB407")
def not_in_a_barring_stay(context: Context) -> Iterator[Problem]:
    """The member was not in a stay that bars the service; a stay bars its first and last day too.

    Why it matters: what a hospital, a residence or a jail is paid for may not be paid twice, and inmates are
    not covered.

    Passes: a service on the day after discharge.

    Fails: a service during incarceration, also where the stay's first day is not recorded. A stay of a kind on
    which the policy is silent is a warning.
    """
    if context.rules is None or context.day is None:
        return
    barred = context.rules.exclusion.of("stay")
    lifted = context.rules.exclusion.of("lift")
    for stay in context.index.stays.get(context.encounter.member_id, ()):
        kind = word(stay.kind)
        if not in_force(stay, context.day) or f"stay:{kind}" in lifted:
            continue
        said = barred.get(kind) or barred.get("*")
        where = "stays.to" if context.day == stay.to else "stays.from"
        if said is not None:
            yield problem(
                context,
                where,
                f"the member was in a stay ({kind}) that bars the service",
                "Check the stay's days; do not bill services during it.",
                said=said,
            )
        else:
            yield problem(
                context,
                where,
                f"the member was in a stay ({kind}), and the policy does not say whether it bars the service",
                "Ask the payer; write the answer, with its source, under policies/: "
                f'[[{context.rules.programme.partition("/")[2]}.exclusion]] stay = ["{kind}"]',
                severity=Severity.WARNING,
                missing=f"exclusion.stay:{kind}",
            )


@check("PB408")
def release_is_on_file(context: Context) -> Iterator[Problem]:
    """A release of information is on file; for substance use programmes that is the consent of 42 CFR Part 2.

    Why it matters: the claim tells the payer that it may be sent (CLM09); substance use records need the
    member's consent.

    Passes: release_on is on or before the day of service.

    Fails: release_on is blank or later, which is a warning.
    """
    member, day = context.member, context.day
    if member is None or day is None or context.has_release:
        return
    message = (
        f"the release is of {member.release_on}, after the service" if member.release_on else "no release is on file"
    )
    yield problem(
        context,
        "members.release_on",
        message,
        "Have the member sign the release and enter its day in release_on.",
        severity=Severity.WARNING,
    )


@check("PB409")
def no_barring_relationship(context: Context) -> Iterator[Problem]:
    """No relationship between peer and member bars the service.

    Why it matters: a peer who lives with a member, or works for them, is not neutral, and some states do not pay.

    Passes: no row in relationships for the two.

    Fails: "resides-with", where the programme bars it; a kind that is no known word, since it may be a barred one.
    A tie on which the policy is silent is a warning.
    """
    encounter = context.encounter
    ties = context.index.relationships.get((encounter.staff_id, encounter.member_id))
    if not ties or context.rules is None:
        return
    barred = context.rules.exclusion.of("relationship")
    for tie in ties:
        said = barred.get(word(tie.kind))
        if said is not None:
            yield problem(
                context,
                "relationships.kind",
                f"the tie between peer and member ({word(tie.kind)}) bars the service",
                "Have another peer serve this member; do not bill this contact.",
                said=said,
            )
        elif word(tie.kind) not in kinds("relationship"):
            yield problem(
                context,
                "relationships.kind",
                f"the tie between peer and member is of no known kind: {', '.join(kinds('relationship'))}",
                "Correct kind; a kind of the agency's own belongs in policies/, in exclusion.relationship.",
                citations=check_citations("PB001"),
            )
        else:
            yield problem(
                context,
                "relationships.kind",
                f"peer and member are tied ({word(tie.kind)}), and the policy does not say whether that bars it",
                "Ask the supervisor and the payer before billing.",
                severity=Severity.WARNING,
                missing=f"exclusion.relationship:{word(tie.kind)}",
            )
