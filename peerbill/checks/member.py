"""PB4xx: is the member known, covered, eligible and free to be served."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache

import attrs

from peerbill.checks.base import Problem, check, problem
from peerbill.codes import (
    check_citations,
    code_set_citation,
    icd10cm_release,
    is_billable_diagnosis,
    is_diagnosis_shape,
    is_incomplete,
    is_known_diagnosis,
    kinds,
    refusal_reason,
)
from peerbill.coding.activities import named, word
from peerbill.coding.context import Context, Group, in_force
from peerbill.coding.gaps import in_policy
from peerbill.coding.payers import payers_before, payers_without_a_first_day, prior_payments, same_rank
from peerbill.coding.prepare import a_diagnosis_qualifies, clean_diagnoses
from peerbill.model.claim import ServiceLine
from peerbill.model.claim_state import Standing
from peerbill.model.enrolment import CAUSES, SPEND_DOWN, Enrolment, remedy
from peerbill.model.finding import Severity
from peerbill.model.line_key import LineKey
from peerbill.model.money import cents, dollars
from peerbill.model.people import Coverage, EarlierPayment, Relationship, rank_of
from peerbill.model.sentence import Figure, Sentence, say
from peerbill.model.words import can_be_shown, shown_or
from peerbill.policy import Programme, Rules
from peerbill.x12.rules837p import (
    coverage_problems,
    earlier_payer_problems,
    member_problems,
    prior_payment_problems,
    suffix_in_last_name,
)


@check("PB401", looks_at="member")
def member_is_complete(context: Context) -> Iterator[Problem]:
    """The member is known and complete enough for a claim.

    Why it matters: a claim without birth date, sex, address or a name that the file can carry is rejected whole.

    Passes: a member with name, birth date, sex F, M or U, street, city, state and ZIP.

    Fails: a member_id that members does not hold, one with a blank birth date, coverage without subscriber_id, or
    coverage by the payer to be billed through a policyholder other than the member.
    """
    member_id = context.encounter.member_id
    if context.member is None:
        message = (
            say("not-in-members", "{member_id} is not in members", member_id=member_id)
            if member_id
            else say("no-member", "the encounter names no member")
        )
        fix = "Correct member_id, or add the member to members."
        if member_id and any(
            hold.member_id == member_id and hold.where.startswith("members") for hold in context.index.records.holds
        ):
            message = say(
                "row-of-member-not-read", "the row of {member_id} in members cannot be read", member_id=member_id
            )
            fix = "Correct that row of members."
        yield problem(context, "encounters.member_id", message, fix)
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
            say("suffix-in-last-name", "last_name ends in a suffix, and suffix is blank"),
            "Move JR, SR, II, III or IV from last_name to suffix; payers match the two apart.",
            severity=Severity.WARNING,
        )


def _another_policyholder(coverage: Coverage) -> tuple[str, Sentence, str]:
    """Return field, message and fix for a claim to a payer with which another person holds the member's policy."""
    message = say(
        "another-policyholder",
        "the member is insured by {payer} through another policyholder, and bill writes claims only to "
        "payers with which the member holds the policy",
        payer=coverage.payer,
    )
    if coverage.relationship not in ("", "self"):
        message = say(
            "policyholder-is-a-relative",
            "the member is insured by {payer} through another policyholder ({relationship}), and bill writes claims "
            "only to payers with which the member holds the policy",
            payer=coverage.payer,
            relationship=coverage.relationship,
        )
    fix = (
        "Medicaid insures each member in their own name: clear relationship and names where that is so. Otherwise bill "
        f"{coverage.payer} in its portal, enter its answer in prior_payments, and name the next payer in the "
        "encounter's payer."
    )
    return "coverage.relationship", message, fix


@check("PB402", looks_at="plan")
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
            where = "coverage.member_id"
            message = say("no-coverage", "no coverage is on file for {member_id}", member_id=member_id)
            if context.encounter.payer:
                message = say(
                    "no-coverage-by-payer",
                    "no coverage by {payer} is on file for {member_id}",
                    payer=context.encounter.payer,
                    member_id=member_id,
                )
        elif not known and any(row.payer in payers for row in rows):
            where = "payers.policy"
            message = say(
                "no-payer-with-policy",
                "no payer of {member_id}'s coverage has a policy in peerbill.toml",
                member_id=member_id,
            )
        elif not known:
            where = "coverage.payer"
            message = _payers_not_known(member_id, [row.payer for row in rows], tuple(payers))
        elif any(row.to is not None and row.to < day for row in known):
            last = max(row.to for row in known if row.to is not None and row.to < day)
            where = "coverage.to"
            message = say("coverage-ended", "coverage ended on {last}, before the service on {day}", last=last, day=day)
        else:
            where = "coverage.from"
            message = say("coverage-not-in-force", "coverage is not in force on {day}", day=day)
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
            context.programme_problem or say("no-policy-in-force", "no policy is in force for the payer on this day"),
            "Correct programme, or give the payer the policy that covers this day in peerbill.toml.",
        )


def _payers_not_known(member_id: str, found: Sequence[str], known: tuple[str, ...]) -> Sentence:
    shown = tuple(dict.fromkeys(name for name in found if can_be_shown(name)))
    if not shown:
        return say(
            "payer-of-coverage-not-known",
            "the payer of {member_id}'s coverage is not one of [payers] in peerbill.toml",
            member_id=member_id,
        )
    return say(
        "named-payer-of-coverage-not-known",
        "the payer `{found:`, `}` of {member_id}'s coverage is not one of [payers] in peerbill.toml ({known})",
        found=shown,
        member_id=member_id,
        known=known,
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
        where = "coverage.subscriber_id"
        message = say(
            "several-subscriber-ids",
            "{payer} covers the member under {count} subscriber ids on {day}",
            payer=shown_or(payers[0], "a payer"),
            count=len(found),
            day=day,
        )
        fix = "Keep the subscriber id that was valid that day, and give the other row its last day (to)."
    else:
        where = "coverage.rank"
        message = say(
            "several-payers-of-one-rank",
            "{payers: and } have rank {rank} on {day}",
            payers=tuple(shown_or(payer, "a payer that is not known") for payer in payers),
            rank=rank_of(found[0]),
            day=day,
        )
        fix = "Give the row that ended its last day (to), or each row a rank of its own: 1 for the payer billed first."
    yield problem(context, where, message, fix)


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
    by: dict[str, Figure] = {"payer": payer.key, "answered": answer.said_on or "an unknown day"}
    again = "ask again: peerbill eligibility --again"
    severity, where, fix = Severity.WARNING, "coverage.to", ""
    message = None
    causes = tuple(CAUSES[one] for one in answer.reasons if one in CAUSES)
    if answer.state == "inactive" and answer.includes(day):
        severity = Severity.ERROR
        message = say(
            "not-enrolled", "{payer} answered on {answered} that enrolment was not active on {day}", **by, day=day
        )
        if causes:
            message = say(
                "not-enrolled-because",
                "{payer} answered on {answered} that enrolment was not active on {day}: {causes:; }",
                **by,
                day=day,
                causes=causes,
            )
        fix = f"Confirm with the payer; correct coverage, then {again}. Otherwise do not bill."
        if SPEND_DOWN in answer.reasons:
            where = "spend_down.amount"
            fix = f"Bill once the spend-down is met: enter in spend_down what the member paid, then {again}."
    elif answer.state in ("active", "inactive") and not answer.includes(day):
        message = _other_days(answer, {**by, "state": answer.state}, day)
        fix = f"Confirm with the payer, and correct the days in coverage, or {again}."
    elif answer.state == "refused":
        where = "coverage.subscriber_id"
        message = say(
            "payer-could-not-say",
            "{payer} answered on {answered} that it could not say: {reasons:; }",
            **by,
            reasons=tuple(_reasons(answer)),
        )
        fix = remedy(answer)
    elif answer.state == "unclear":
        message = say(
            "answer-is-unclear",
            "{payer} answered on {answered}, and the answer does not say whether enrolment was active on {day}",
            **by,
            day=day,
        )
        if causes:
            message = say(
                "answer-is-unclear-because",
                "{payer} answered on {answered}, and the answer does not say whether enrolment was active on {day}: "
                "{causes:; }",
                **by,
                day=day,
                causes=causes,
            )
        fix = "Look the day up in the payer's portal."
    if message is not None:
        yield problem(context, where, message, fix, severity=severity)
    if answer.plan and answer.plan.casefold() != payer.name.casefold():
        yield problem(
            context,
            "coverage.payer",
            say(
                "another-plan", "{payer} answered on {answered} and named another plan: {plan}", **by, plan=answer.plan
            ),
            "Find out which of the two pays for this service; correct coverage where it is the other.",
            severity=Severity.WARNING,
        )


def _other_days(answer: Enrolment, by: dict[str, Figure], day: dt.date) -> Sentence:
    """Return what a payer answered of days that the service is not among."""
    first, last = answer.first_day, answer.last_day
    if first is not None and last is not None:
        return say(
            "enrolment-of-other-days",
            "{payer} answered on {answered} that enrolment was {state} from {first} to {last}; the service was on "
            "{day}",
            **by,
            first=first,
            last=last,
            day=day,
        )
    if first is not None:
        return say(
            "enrolment-begins-later",
            "{payer} answered on {answered} that enrolment was {state} from {first}; the service was on {day}",
            **by,
            first=first,
            day=day,
        )
    if last is not None:
        return say(
            "enrolment-ended-before",
            "{payer} answered on {answered} that enrolment was {state} to {last}; the service was on {day}",
            **by,
            last=last,
            day=day,
        )
    return say(
        "enrolment-without-days",
        "{payer} answered on {answered} that enrolment was {state}; the service was on {day}",
        **by,
        day=day,
    )


def _reasons(answer: Enrolment) -> Iterator[str]:
    for code in answer.reasons:
        known = refusal_reason(code)
        yield f"{code} {known.meaning}" if known is not None else code


@check("PB403", looks_at="situation")
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
        say("age-out-of-range", "the programme serves members of age {ages}", ages=str(ages)),
        "Check the birth date; otherwise bill a programme for the member's age.",
        said=context.rules.population.said["age"],
    )


@lru_cache(maxsize=4096)
def _unbillable(diagnoses: tuple[str, ...]) -> tuple[tuple[int, str], ...]:
    """Return the diagnoses that no claim may carry, each with its place from 1."""
    codes = enumerate(clean_diagnoses(diagnoses), start=1)
    return tuple((place, code) for place, code in codes if not is_billable_diagnosis(code))


@check("PB404", looks_at="situation")
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
            say("no-diagnosis", "no diagnosis is recorded"),
            "Enter the diagnosis from the assessment, as an ICD-10-CM code.",
        )
        return
    for place, code in enumerate(encounter.diagnoses, start=1):
        if "," in code:
            yield problem(
                context,
                "encounters.diagnoses",
                say("diagnosis-has-a-comma", "diagnosis {place} holds a comma", place=place),
                "Separate several diagnoses by a semicolon, not by a comma: F11.20;F41.1",
            )
            return
    for place, code in _unbillable(encounter.diagnoses):
        release = icd10cm_release()
        newer = context.day is not None and context.day > release.to and is_diagnosis_shape(code)
        if is_known_diagnosis(code):
            message = say(
                "diagnosis-is-a-category",
                "diagnosis {place} is a category, not a code that can be billed",
                place=place,
            )
        elif newer:
            message = say(
                "diagnosis-may-be-newer",
                "diagnosis {place} is not in the ICD-10-CM release of {release}, which is older than the service",
                place=place,
                release=release.from_,
            )
        else:
            message = say(
                "diagnosis-not-known",
                "diagnosis {place} is not in the ICD-10-CM release of {release}",
                place=place,
                release=release.from_,
            )
        newer = newer and not is_known_diagnosis(code)
        yield problem(
            context,
            "encounters.diagnoses",
            message,
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
        say(
            "no-diagnosis-qualifies",
            "no diagnosis qualifies: the programme serves {diagnoses: or }",
            diagnoses=tuple(wanted),
        ),
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

    Fails: the same coverage without that answer, or without its first day; or an answer whose amounts are not the
    charge of its line.
    """
    rows_of_member = group.index.coverage.get(group.key, ())
    if not group.index.prior_payments and all(rank_of(row) <= 1 for row in rows_of_member):
        return
    for context in group.contexts:
        if context.billed or not context.covered or context.coverage is None or context.day is None:
            continue
        index, encounter_id = context.index, context.encounter.encounter_id
        answers = index.prior_payments.get(encounter_id, [])
        earlier: tuple[Coverage, ...] = ()
        if rank_of(context.coverage) > 1:
            rows = index.coverage.get(context.encounter.member_id, ())
            earlier = payers_before(rows, context.coverage, context.day)
            for payer in payers_without_a_first_day(rows, context.coverage, context.day):
                yield problem(
                    context,
                    "coverage.from",
                    say(
                        "first-day-of-earlier-payer-not-recorded",
                        "{payer} is ranked before {billed}, and the first day of its coverage is not recorded",
                        payer=shown_or(payer, "a payer that is not known"),
                        billed=context.coverage.payer,
                    ),
                    "Enter from in coverage; where the payer covered the day, it is billed first.",
                )
        for answer in answers:
            if answer.payer not in {row.payer for row in earlier}:
                yield problem(
                    context,
                    "prior_payments.payer",
                    say(
                        "not-ranked-before",
                        "{payer} is not ranked before {billed} in the member's coverage that day",
                        payer=shown_or(answer.payer, "a payer that is not known"),
                        billed=context.coverage.payer,
                    ),
                    "Correct payer, or rank and days in coverage; else take the row out of prior_payments.",
                )
        for row in earlier:
            known = [answer for answer in answers if answer.payer == row.payer]
            if known or encounter_id in index.answered:
                for where, message, fix in _unusable(context, row, known, earlier):
                    yield problem(context, where, message, fix)
                yield from _undecided(context, known)
            elif not _is_with(context, row.payer):
                yield problem(
                    context,
                    "coverage.rank",
                    say(
                        "no-answer-yet",
                        "{payer} is ranked before {billed} that day, and its answer is not known",
                        payer=row.payer,
                        billed=context.coverage.payer,
                    ),
                    f"Bill {row.payer} first and post its 835, or enter what it answered in prior_payments; "
                    "otherwise correct rank or days in coverage.",
                )


def _is_with(context: Context, payer: str) -> bool:
    """Tell whether the encounter stands in the ledger with a payer; PB805 then says what becomes of it."""
    sent = context.index.history.billed.get(context.encounter.encounter_id)
    return sent is not None and sent.payer == payer and sent.standing == Standing.LIVE


def _undecided(context: Context, answers: Iterable[EarlierPayment]) -> Iterator[Problem]:
    """Yield a warning for each answer that decided on nothing, since its payer wants the claim corrected first."""
    for answer in answers:
        reasons = [text.split(":")[1] for text in answer.adjustments if not answer.paid]
        lacking = next(filter(is_incomplete, reasons), None)
        if lacking is not None and context.coverage is not None:
            yield problem(
                context,
                "prior_payments.adjustments",
                say(
                    "earlier-claim-incomplete",
                    "{payer} wants its claim corrected first: it lacks information or has an error (CARC {reason})",
                    payer=answer.payer,
                    reason=lacking,
                ),
                f"Correct the claim and send it to {answer.payer} again; then enter what it answers. If it stays with "
                f"that, ask {context.coverage.payer} whether it takes such a denial.",
                severity=Severity.WARNING,
            )


def _unusable(
    context: Context, row: Coverage, answers: list[EarlierPayment], earlier: tuple[Coverage, ...]
) -> Iterator[tuple[str, Sentence, str]]:
    """Yield what in an earlier payer's answer, or in what is on file about that payer, no claim can carry."""
    for answer in answers:
        if answer.paid is None:
            blank = say("blank", "it is blank")
            yield "prior_payments.paid", blank, "Enter the dollars paid; 0 where the payer denied it."
        if answer.paid_on is None:
            blank = say("blank", "it is blank")
            yield "prior_payments.paid_on", blank, "Enter the day of the payer's remittance."
        elif answer.paid_on > context.index.as_of:
            as_of = context.index.as_of
            message = say("paid-later", "{paid_on} is after {as_of}", paid_on=answer.paid_on, as_of=as_of)
            yield "prior_payments.paid_on", message, "Correct it; an answer to come is no answer yet."
    payers = context.index.records.settings.payers
    payer = payers.get(row.payer)
    if payer is None:
        message = say("payer-not-known", "{payer} is not one of [payers] in peerbill.toml", payer=row.payer)
        yield "coverage.payer", message, f"Give [payers.{row.payer}] name, id and claim_filing: the claim tells them."
        return
    billed = context.payer
    ids = [payers[other.payer].id for other in earlier if other.payer in payers and other.payer != row.payer]
    if payer.id and payer.id in [*ids, billed.id if billed is not None else ""]:
        message = say("same-id", "{payer} has the id of another payer of the claim", payer=row.payer)
        yield "payers.id", message, "Give each payer its own id."
    if rank_of(row) in [rank_of(other) for other in earlier if other is not row]:
        message = say("same-rank", "{payer} has the rank of another payer", payer=row.payer)
        yield "coverage.rank", message, "Give each payer its own rank."
    for field, message, fix in earlier_payer_problems(payer):
        column = field.rpartition(".")[2]
        told = message.after("{column} of {payer}: ", column=column, payer=row.payer)
        yield f"payers.{column}", attrs.evolve(told, template=f"{told.template}-of-payer"), fix
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


@check("PB406", looks_at="plan")
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
            say("after-death", "the service is later than the day of death on file"),
            "Check both days; do not bill a service after the member's death.",
        )
    if member.birth_date is not None and day < member.birth_date:
        yield problem(
            context,
            "members.birth_date",
            say("before-birth", "the service is earlier than the day of birth on file"),
            "Check both days.",
        )


@check("PB407", needs=lambda situation: situation.index.stays, looks_at="plan")
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
        if not in_force(stay, context.day) or f"stay:{kind}" in map(word, lifted):
            continue
        said = named(barred, kind)
        where = "stays.to" if context.day == stay.to else "stays.from"
        if said is not None:
            yield problem(
                context,
                where,
                say("barring-stay", "the member was in a stay ({stay}) that bars the service", stay=kind),
                "Check the stay's days; do not bill services during it.",
                said=said,
            )
        else:
            yield problem(
                context,
                where,
                say(
                    "stay-not-known",
                    "the member was in a stay ({stay}), and the policy does not say whether it bars the service",
                    stay=kind,
                ),
                "Ask the payer; if it bars the service, write that "
                + in_policy(context.rules.programme, "exclusion", f'stay = ["{kind}"]'),
                severity=Severity.WARNING,
                missing=f"exclusion.stay:{kind}",
            )


@check("PB408", looks_at="plan")
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
        say("release-is-later", "the release is of {day}, after the service", day=member.release_on)
        if member.release_on
        else say("no-release", "no release is on file")
    )
    yield problem(
        context,
        "members.release_on",
        message,
        "Have the member sign the release and enter its day in release_on.",
        severity=Severity.WARNING,
    )


@check("PB409", needs=lambda situation: situation.index.relationships, looks_at="row")
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
    yield from dict.fromkeys(_ties(context, ties, context.rules))


def _ties(context: Context, ties: Iterable[Relationship], rules: Rules) -> Iterator[Problem]:
    barred = rules.exclusion.of("relationship")
    for tie in ties:
        said = named(barred, word(tie.kind))
        if said is not None:
            yield problem(
                context,
                "relationships.kind",
                say("barring-tie", "the tie between peer and member ({tie}) bars the service", tie=word(tie.kind)),
                "Have another peer serve this member; do not bill this contact.",
                said=said,
            )
        elif word(tie.kind) not in kinds("relationship"):
            yield problem(
                context,
                "relationships.kind",
                say(
                    "tie-of-no-known-kind",
                    "the tie between peer and member is of no known kind: {ties}",
                    ties=tuple(kinds("relationship")),
                ),
                "Correct kind; a kind of the agency's own belongs in policies/, in exclusion.relationship.",
                citations=check_citations("PB001"),
            )
        else:
            yield problem(
                context,
                "relationships.kind",
                say(
                    "tie-not-known",
                    "peer and member are tied ({tie}), and the policy does not say whether that bars it",
                    tie=word(tie.kind),
                ),
                "Ask the supervisor and the payer before billing.",
                severity=Severity.WARNING,
                missing=f"exclusion.relationship:{word(tie.kind)}",
            )
