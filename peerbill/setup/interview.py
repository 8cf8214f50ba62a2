"""The set-up of an agency as data: the questions, the answers so far, and the files that they make.

A form, or a terminal, asks what `Setup.questions` gives until nothing is open, checks each answer with
`Setup.answered`, and writes what `Setup.files` returns.
"""

import datetime as dt
from collections.abc import Iterator, Mapping

import attrs

from peerbill.intake.gate import check_settings
from peerbill.intake.header import nearest
from peerbill.intake.settings import read_settings
from peerbill.intake.workspace import blank_settings
from peerbill.model.errors import UnusableInputError
from peerbill.setup.policy_values import (
    SOURCE,
    charge_questions,
    load,
    policy_questions,
    policy_texts,
    source_questions,
)
from peerbill.setup.question import SetupQuestion, money
from peerbill.setup.settings_file import FILE, answers_in, organization_questions, payer_questions, settings_text


class UnknownQuestionError(UnusableInputError):
    """There is no question of that name."""


class WrongAnswerError(UnusableInputError):
    """An answer is not what the question takes; the message says what was expected."""


class MissingAnswersError(UnusableInputError):
    """Nothing can be written without some answers; the message names each."""


@attrs.frozen
class Setup:
    """What is known of an agency that is being set up: its files, and the answers that are in none of them yet.

    Attributes:
        day: the day for which the programmes are asked.
        blank: the commented `peerbill.toml` to begin with.
        settings: the text of `peerbill.toml`, "" where there is none.
        policies: the agency's policy files, their texts by name, such as `policies/nj.toml`.
        given: answers that are in no file yet, by key.

    >>> setup = Setup(dt.date(2026, 10, 2)).answered("organization.npi", "1234-567-893")
    >>> setup.given["organization.npi"], [question.key for question in setup.missing()][:2]
    ('1234567893', ['organization.name', 'organization.tax_id'])

    """

    day: dt.date
    blank: str = attrs.field(factory=blank_settings, repr=False)
    settings: str = ""
    policies: Mapping[str, str] = attrs.field(factory=dict)
    given: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def answers(self) -> Mapping[str, str]:
        """Every answer but those on policies: of the file, and those given since."""
        return {**answers_in(self.settings), **self.given}

    @property
    def payers(self) -> tuple[str, ...]:
        """The keys of the payers."""
        return tuple(dict.fromkeys(key.split(".")[1] for key in self.answers if key.startswith("payers.")))

    @property
    def programmes(self) -> tuple[str, ...]:
        """The programmes that are billed."""
        named = (self.answers.get(f"payers.{payer}.policy", "") for payer in self.payers)
        return tuple(dict.fromkeys(id_ for ids in named for id_ in ids.split(", ") if id_))

    def questions(self) -> tuple[SetupQuestion, ...]:
        """Return every question with its answer, in the order in which they are asked.

        What is asked depends on the answers before: the programme brings its open values, and these the charges.
        """
        return tuple(_questions(self))

    def answered(self, key: str, text: str) -> "Setup":
        """Return the set-up with an answer; a blank one takes it back.

        Raises UnknownQuestionError and WrongAnswerError, whose message says what was expected.
        """
        question = _asked(self, {each.key: each for each in self.questions()}, key)
        return _with(self, {key: _read(question, key, text)})

    def all_answered(self, given: Mapping[str, str]) -> tuple["Setup", dict[str, str]]:
        """Return the set-up with many answers in any order, and what is wrong with some of them, by key."""
        setup, problems, left = self, dict[str, str](), dict(given)
        for key in given:
            if key.startswith("payers.") and key.endswith(".name") and key.count(".") == 2:
                setup = setup.with_payer(key.split(".")[1], given[key])
        while left:
            known = {each.key: each for each in setup.questions()}
            read: dict[str, str] = {}
            unknown: dict[str, str] = {}
            for key, text in left.items():
                try:
                    read[key] = _read(_asked(setup, known, key), key, text)
                except UnknownQuestionError as error:
                    unknown[key] = str(error)
                except WrongAnswerError as error:
                    problems[key] = str(error)
            if not read:
                return setup, {**problems, **unknown}
            setup, left = _with(setup, read), {key: left[key] for key in unknown}
        return setup, problems

    def with_payer(self, payer: str, name: str) -> "Setup":
        """Return the set-up with a payer of a key and a name, whose questions are then asked."""
        return attrs.evolve(self, given={**self.given, f"payers.{payer}.name": name})

    def missing(self) -> tuple[SetupQuestion, ...]:
        """Return the questions without whose answer nothing can be written; defaults are answers."""
        return tuple(each for each in self.questions() if each.required and not (each.answer or each.default))

    def still_open(self) -> tuple[SetupQuestion, ...]:
        """Return what is asked and has no answer, the default being one; what holds encounters comes first."""
        found = [each for each in self.questions() if each.is_open and not each.default]
        return tuple(sorted(found, key=lambda each: not each.holds))

    def files(self) -> dict[str, str]:
        """Return the files that the answers make, by name: `peerbill.toml`, and the policies that were answered.

        Raises MissingAnswersError where an answer is wanted, PolicyError and UnusableInputError where the files as a
        whole cannot be used.
        """
        lines = [f"{each.key}: expected an answer, found none. {each.text}" for each in self.missing()]
        if not self.payers:
            lines.append("payers: expected at least one payer, found none: [payers.KEY] with its name and policy")
        if lines:
            raise MissingAnswersError("\n".join(lines))
        defaults = {each.key: each.default for each in self.questions() if not each.answer and each.default}
        text = settings_text(self.settings, self.blank, {**self.given, **defaults})
        settings, _ = read_settings(text)
        check_settings(settings)
        policies = policy_texts(self.policies, self.given)
        for programme in self.programmes:
            load(programme, policies)
        return {FILE: text} | {name: policy for name, policy in policies.items() if policy != self.policies.get(name)}


def _questions(setup: Setup) -> Iterator[SetupQuestion]:
    answers = setup.answers
    yield from organization_questions(answers)
    for payer in setup.payers:
        yield from payer_questions(payer, answers)
    for programme in setup.programmes:
        payers = [payer for payer in setup.payers if programme in answers.get(f"payers.{payer}.policy", "").split(", ")]
        whole = all(answers.get(f"payers.{payer}.part_units") == "whole" for payer in payers)
        for question in policy_questions(programme, setup.policies, setup.given, setup.day):
            of_parts = question.key.endswith((".unit.rounding", ".unit.aggregate"))
            yield attrs.evolve(question, holds=False) if whole and of_parts else question
        yield from source_questions(programme, setup.given)
    for payer in setup.payers:
        charges = {
            key.removeprefix(start): amount
            for start in (f"payers.{payer}.charges.",)
            for key, amount in answers.items()
            if key.startswith(start)
        }
        for programme in answers.get(f"payers.{payer}.policy", "").split(", "):
            if programme:
                yield from charge_questions(programme, setup.policies, setup.given, setup.day, payer, charges)


def _asked(setup: Setup, known: Mapping[str, SetupQuestion], key: str) -> SetupQuestion:
    if key in known:
        return known[key]
    value, _, last = key.rpartition(".")
    if key.startswith("policy.") and last in SOURCE and value in known:
        # The source of one value, where it differs from that of the others of its programme.
        return known[f"policy.{key.removeprefix('policy.').partition('.')[0]}.{last}"]
    if key.startswith("payers.") and ".charges." in key and key.split(".")[1] in setup.payers:
        return SetupQuestion(key, "What is the usual charge per unit?", money, f"{FILE} charges", asked=False)
    programme = key.removeprefix("policy.").partition(".")[0]
    if key.startswith("policy.") and programme not in setup.programmes:
        raise UnknownQuestionError(f"policy.{programme}: no payer has this programme as its policy")
    near = nearest(key, known)
    guess = f". Did you mean {near[0]}?" if near else ""
    raise UnknownQuestionError(f"{key}: nothing is asked by that name{guess}")


def _read(question: SetupQuestion, key: str, text: object) -> str:
    if not isinstance(text, str):
        raise WrongAnswerError(f"{key}: expected a text, found another value")
    try:
        return question.read(text) if text.strip() else ""
    except ValueError as error:
        raise WrongAnswerError(f"{key}: {error}") from None


def _with(setup: Setup, answers: Mapping[str, str]) -> Setup:
    given = {**setup.given, **answers}
    return attrs.evolve(setup, given={key: answer for key, answer in given.items() if answer})
