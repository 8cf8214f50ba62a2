"""What a programme requires on a day, as questions to a reviewer: from the policy's rows, each with its sources."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import attrs

from peerbill.coding.make_coding import FIELD_OF_ELEMENT
from peerbill.coding.plans import ANY_PLAN, is_assessment
from peerbill.model.finding import Citation, Finding
from peerbill.model.review import PAYMENT
from peerbill.policy import Rules
from peerbill.policy.values import UNKNOWN, Stated, of_rules


@attrs.frozen
class ReviewRequirement:
    """A requirement as a question.

    Attributes:
        key: its place in the policy, such as `signature.author` or `documentation.goal`; `payment` for the whole.
        question: to the reviewer.
        says: the values of the policy, each with its status.
        must: whether a text that was read says must; false for advice, and for what nobody has read or knows.
        citations: the sources of these values.
        codes: the checks whose findings bear on it.
        place: where a finding of these checks must point, "" for anywhere.

    """

    key: str
    question: str
    says: tuple[str, ...]
    must: bool
    citations: tuple[Citation, ...]
    codes: tuple[str, ...] = ()
    place: str = ""

    def is_about(self, finding: Finding) -> bool:
        """Tell whether a finding bears on it."""
        if finding.code not in self.codes or self.place not in ("", finding.where):
            return False
        title = finding.values.get("title")
        return not (self.key.startswith("plan.") and title) or title == _title(self.key.removeprefix("plan."))


@attrs.frozen
class _Question:
    """A question about whole tables of a policy, by the beginnings of their names."""

    key: str
    text: str
    tables: tuple[str, ...]
    codes: tuple[str, ...]


_TERMS: Final = frozenset(
    {
        "ce_hours", "curricula", "exam", "experience_hours", "min_age", "recovery_months", "renewals", "topics",
        "training_hours", "valid_months",
    }
)  # fmt: skip
"""Fields of a credential or a tier that ask something of the peer beside holding it."""

_BEFORE: Final = (
    _Question("unit", "Do the documented times support the units that were billed?", ("unit",),
              ("PB101", "PB102", "PB103", "PB104", "PB105")),
    _Question("credential", "Did the peer hold an accepted credential on the day of service?", ("credential",),
              ("PB301", "PB302", "PB303", "PB304", "PB308")),
    _Question("terms", "Did the peer meet the terms of the credential or tier?", ("terms",),
              ("PB310", "PB311", "PB312", "PB313", "PB314", "PB315")),
    _Question("tier", "May a peer of this tier give this support?", ("tier",), ("PB305",)),
    _Question("supervision", "Was the peer supervised as the programme asks?", ("supervision",),
              ("PB306", "PB307", "PB316", "PB317", "PB318")),
)  # fmt: skip
_AFTER: Final = (
    _Question("authorization", "Did an authorization cover the day, the code and the units?", ("authorization",),
              ("PB511", "PB512")),
    _Question("population", "Is the member one of those whom the programme serves?", ("population",),
              ("PB403", "PB404")),
    _Question("place", "Was the service given in a place that the programme allows?", ("place",), ("PB602",)),
    _Question("channel", "Was it given in a way that the programme allows: in person, by video, by audio?",
              ("channel",), ("PB603",)),
    _Question("group", "Was the group of an allowed size, with its size recorded?", ("group",), ("PB604",)),
    _Question("exclusion", "Is nothing in it that the programme does not pay for?", ("exclusion",),
              ("PB206", "PB407", "PB409", "PB807")),
    _Question("license", "Did the agency have the licenses or accreditations that are asked for?", ("license",),
              ("PB321",)),
    _Question("enrollment", "Were those enrolled with the payer who have to be?", ("enrollment",), ("PB322",)),
    _Question("filing", "Was the claim filed in time?", ("filing",), ("PB107",)),
)  # fmt: skip

_SIGNERS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "author": ("Did the person who gave the service sign the note, and in time?", ("PB202", "PB203")),
    "supervisor": ("Did the supervisor sign the note, as the programme asks?", ("PB204",)),
    "member": ("Did the member sign, as the programme asks?", ()),
}

_OTHER_ELEMENTS: Final[Mapping[str, str]] = {
    "permission": "Is the member's permission to release the record on file, from before the service?",
    "voluntary": "Does the note show that the member took part of their own will?",
    "plan": "Does the note name the plan that it serves?",
}

_OWN_CHECKS: Final[Mapping[str, tuple[str, ...]]] = {
    "start-and-end": ("PB101",),
    "duration": ("PB101",),
    "voluntary": ("PB209",),
    "permission": ("PB408",),
    "group-size": ("PB604",),
    "goal": ("PB201", "PB205"),
}
"""Note elements that other checks look at, beside PB201."""


def requirements_of(rules: Rules, service: str, *, group: bool) -> tuple[ReviewRequirement, ...]:
    """Return what a programme requires of a service in a situation, in the order of a record: note, peer, plan, claim.

    `group` tells whether the service was given to a group. The payment as a whole is the last question.
    """
    tables: dict[str, list[Stated]] = {}
    for stated in of_rules(rules):
        for table in _tables(stated, service, group=group):
            tables.setdefault(table, []).append(stated)
    required = rules.authorization.value.required
    if required is False:
        tables.pop("authorization", None)
    return (
        *_elements(tables.get("documentation", ())),
        *_signatures(tables),
        *_of_tables(_BEFORE, tables),
        *_plans(tables),
        *_of_tables(_AFTER, tables),
        *_limits(tables),
        _service(service, tables),
        ReviewRequirement(
            PAYMENT, "On the whole: does the record support what was billed and paid?", (), must=True, citations=()
        ),
    )


def _tables(stated: Stated, service: str, *, group: bool) -> Iterator[str]:
    """Yield the tables under which a value is asked about: none for what is no question to a reviewer."""
    table, _, name = stated.table.partition(".")
    if table in ("credential", "tier") and stated.field in _TERMS:
        yield "terms"
    elif table in ("service", "modifier"):
        if table == "modifier" or name == service:
            yield "service"
    elif table == "group":
        if group:
            yield table
    elif table in ("signature", "plan", "limit"):
        yield stated.table
    elif table not in ("rate", "claim", "calendar"):
        yield table


def _requirement(
    key: str, question: str, values: Iterable[Stated], codes: tuple[str, ...], place: str = ""
) -> ReviewRequirement:
    stated = list(values)
    return ReviewRequirement(
        key=key,
        question=question,
        says=tuple(_said(stated)),
        must=any(one.force == "must" and one.status != "unconfirmed" and one.value != UNKNOWN for one in stated),
        citations=tuple(dict.fromkeys(citation for one in stated for citation in one.citations)),
        codes=codes,
        place=place,
    )


def _said(values: Iterable[Stated]) -> Iterator[str]:
    """Yield values as phrases; words under one verb that are equally sure are together."""
    together: dict[tuple[str, str], list[str]] = {}
    for one in values:
        _, _, name = one.table.partition(".")
        force = f" ({one.force})" if one.force != "must" else ""
        place = " ".join(filter(None, (name, one.field.replace("_", " "))))
        together.setdefault((place, f"{force} [{one.status}]"), []).append(one.value)
    for (place, how), words in together.items():
        yield (f"{place}: " if place else "") + ", ".join(dict.fromkeys(words)) + how


def _elements(values: Iterable[Stated]) -> Iterator[ReviewRequirement]:
    for one in values:
        if one.field == "require":
            element = one.value
            field = FIELD_OF_ELEMENT.get(element, "")
            codes = _OWN_CHECKS.get(element, ("PB201",))
            place = f"encounters.{field}" if codes == ("PB201",) else ""
            text = _OTHER_ELEMENTS.get(element, f"Does the note show: {_words(element)}?")
            yield _requirement(f"documentation.{element}", text, [one], codes, place)


def _signatures(tables: Mapping[str, list[Stated]]) -> Iterator[ReviewRequirement]:
    for role, (text, codes) in _SIGNERS.items():
        if values := tables.get(f"signature.{role}"):
            yield _requirement(f"signature.{role}", text, values, codes)


def _of_tables(questions: Iterable[_Question], tables: Mapping[str, list[Stated]]) -> Iterator[ReviewRequirement]:
    for question in questions:
        if values := [one for table in question.tables for one in tables.get(table, ())]:
            yield _requirement(question.key, question.text, values, question.codes)


def _plans(tables: Mapping[str, list[Stated]]) -> Iterator[ReviewRequirement]:
    for table, values in tables.items():
        if table.startswith("plan."):
            title = _title(table.removeprefix("plan."))
            text = f"Is there the {title} that the programme asks for, signed and in time?"
            yield _requirement(table, text, values, ("PB205", "PB501", "PB502", "PB503"))


def _limits(tables: Mapping[str, list[Stated]]) -> Iterator[ReviewRequirement]:
    for table, values in tables.items():
        if table.startswith("limit."):
            text = f'Was the service within the limit "{_words(table.removeprefix("limit."))}"?'
            yield _requirement(table, text, values, ("PB701", "PB702", "PB809"))


def _service(service: str, tables: Mapping[str, list[Stated]]) -> ReviewRequirement:
    text = "Was the service billed with the code and modifiers of what the note describes?"
    return _requirement(f"service.{service}" if service else "service", text, tables.get("service", ()), ("PB601",))


def _title(name: str) -> str:
    """Return what findings call a plan, or an assessment or order."""
    if is_assessment(name):
        return _words(name)
    return "plan of care" if name == ANY_PLAN else f"{name} plan"


def _words(name: str) -> str:
    return name.replace("-", " ")
