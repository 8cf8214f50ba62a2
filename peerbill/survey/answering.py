"""How many answers of its payer an agency needs before the ordinary contact is billed: counted by giving them.

Each answer goes the way of `peerbill setup`; what is answered does not matter, only that it is one that fits.
"""

import datetime as dt
from collections.abc import Mapping

import attrs

from peerbill.checks.audit import Audit, audit
from peerbill.model.finding import Severity
from peerbill.policy import Policies, load_policies
from peerbill.setup.policy_values import policy_questions, policy_texts
from peerbill.setup.question import SetupQuestion
from peerbill.survey.ordinary import Ordinary, complete_records, encounter_id, ordinary_contacts

_ANSWERS: Mapping[str, str] = {
    "hcpcs": "H0038",
    "modifiers": "HF",
    "minutes": "15",
    "paid": "yes",
    "rounding": "down",
    "aggregate": "encounter",
    "form": "837P",
    "use": "required",
}
"""Plausible answers, by the field of a policy's row."""

_ROUNDS = 5
"""An answer may raise a question, as a code does that of its modifiers; more often than this it does not end."""


@attrs.frozen
class Answered:
    """A contact of so many minutes: the answers without which it is held, None where no answers free it."""

    minutes: int
    questions: int | None


def answers_needed(
    contact: Ordinary,
    first: Audit,
    minutes: tuple[int, ...],
    rendering: str,
    as_of: dt.date,
    part_units: str = "hold",
) -> tuple[Answered, ...]:
    """Return how many answers a contact of each length needs. `first` is its audit without any, `rendering` set.

    `part_units` is that of its payer.
    """
    given: dict[str, str] = {}
    needed: dict[int, set[str]] = {length: set() for length in minutes}
    audited = first
    for _ in range(_ROUNDS):
        missing = {length: _missing(audited, encounter_id(length, rendering)) for length in minutes}
        for length, values in missing.items():
            needed[length] |= values
        answers = _answers(contact, given, frozenset[str]().union(*missing.values()))
        if not answers:
            break
        given |= answers
        policies = load_policies([contact.programme.id], policy_texts({}, given))
        audited = audit(complete_records(_again(contact, policies), minutes, (rendering,), part_units), policies, as_of)
    billed = {one.encounter.encounter_id for one in audited.billable}
    return tuple(
        Answered(length, len(values) if encounter_id(length, rendering) in billed else None)
        for length, values in needed.items()
    )


def _missing(audited: Audit, id_: str) -> set[str]:
    """Return the values that hold an encounter because they are not known."""
    return {
        finding.missing
        for finding in audited.findings
        if finding.severity is Severity.ERROR and finding.missing and id_ in finding.encounter_ids
    }


def _answers(contact: Ordinary, given: Mapping[str, str], values: frozenset[str]) -> dict[str, str]:
    """Return answers to questions about some values, each checked as `setup` checks it."""
    programme = contact.programme.id
    wanted = {f"policy.{programme}.{value}" for value in values}
    if not wanted:
        return {}
    asked = policy_questions(programme, {}, given, contact.day)
    return {each.key: each.read(plausible(each)) for each in asked if each.key in wanted and not each.answer}


def plausible(question: SetupQuestion) -> str:
    """Return an answer that a question takes."""
    answer = _ANSWERS.get(question.key.rpartition(".")[2], "yes")
    return answer if answer in question.allowed or not question.allowed else question.allowed[0]


def _again(contact: Ordinary, policies: Policies) -> Ordinary:
    """Return the same contact under a programme that was answered."""
    found = ordinary_contacts(policies.programme(contact.programme.id), contact.day)
    return next((other for other in found if other.group == contact.group), found[0])
