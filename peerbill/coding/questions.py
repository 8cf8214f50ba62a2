"""Questions to a programme: what a contact would be billed as, and what an agency must find out first."""

import datetime as dt
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

import attrs

from peerbill.coding.context import Coding, Gap
from peerbill.coding.credentials import NO_CREDENTIAL
from peerbill.coding.explanation import authorities
from peerbill.coding.gaps import LOOK_UP, meanings, row_to_write, unconfirmed
from peerbill.coding.make_coding import make_coding
from peerbill.coding.minutes import own_units
from peerbill.coding.units import possible_units
from peerbill.model.claim import Party, Payer
from peerbill.model.finding import Citation, Severity
from peerbill.model.frozen import freeze
from peerbill.model.plural import counted
from peerbill.model.sentence import say
from peerbill.policy import Facts, Programme, Rules, Status, load_policies
from peerbill.policy.answers import Authority, Listing
from peerbill.policy.data_version import policy_data_version
from peerbill.policy.read import PLACEHOLDER
from peerbill.policy.tables import SHAPES, WORDS

NOBODY = Payer("", (), "", "", Party("", ""))
"""A payer of which nothing is known: what a payer decides by itself is then asked of the programme."""

_CHANNELS = ("in-person", "video", "audio")


@attrs.frozen
class MissingValue:
    """A value that a programme needs before its contacts can be billed.

    Attributes:
        value: its name, such as `unit.rounding`.
        table: the policy table whose row gives it, such as `sud.unit`.
        field: the key in that row, such as `rounding`.
        question: what is asked, in plain words.
        allowed: the words that may be given, () where there is no list.
        form: what such a value looks like where there is no list, such as `a procedure code such as 'H0038'`.
        note: what the texts that were read leave open, or why the value is doubted.
        known: the value that nobody has confirmed, or None.
        holds: whether encounters are held until it is given; otherwise they are billed with a warning.
        row: the row to write, as TOML; its source is left blank in it, and so is a value that is not known.
        why_asked: the sources that raise the question; none of them gives the value.

    """

    value: str
    table: str
    field: str
    question: str
    allowed: tuple[str, ...]
    form: str
    note: str
    known: object
    holds: bool
    row: str
    why_asked: tuple[Citation, ...]


@attrs.frozen
class ProgrammeAnswer:
    """What a contact would be billed as under a programme.

    Attributes:
        programme: its id, STATE/PROGRAMME.
        day: the day of service.
        paid: whether the programme pays for such a contact; None where no text says.
        why_not: why it does not, or why that is not known.
        hcpcs: the procedure code, "" where it is not known.
        modifiers: in the order of the claim.
        authorities: who says each value: `hcpcs`, `modifiers`, `modifier.HQ`, `unit.minutes`, `unit.rounding`, ….
        unit_minutes: minutes of a unit, None where a unit is no stretch of time or is not known.
        per: minutes, service or day.
        rounding: down, up, midpoint or past-midpoint; None where it is not known.
        aggregate: encounter or day; None where it is not known.
        units: of `minutes`, None where they are not known or no minutes were given.
        possible: every number of units that the rules leave open for `minutes`, in order.
        charge: the programme's own rate per unit in dollars, None where it has none.
        missing: what must be found out, errors first.
        policy_data: the version of the packaged policy data.

    """

    programme: str
    day: dt.date
    paid: bool | None
    why_not: tuple[str, ...]
    hcpcs: str
    modifiers: tuple[str, ...]
    authorities: Mapping[str, Authority]
    unit_minutes: int | None
    per: str
    rounding: str | None
    aggregate: str | None
    units: int | None
    possible: tuple[int, ...]
    charge: Decimal | None
    missing: tuple[MissingValue, ...]
    policy_data: str = ""

    def __attrs_post_init__(self) -> None:
        freeze(self, "authorities")


def answer(programme: Programme | str, day: dt.date, facts: Facts, minutes: int | None = None) -> ProgrammeAnswer:
    """Return what a contact of a day would be billed as: code, modifiers, units, and who says each.

    `programme` is an id such as "NJ/sud", taken from the packaged policies, or one that `load_policies` gave; `facts`
    is the situation (service, channel, place, tier, …), a blank one not being known; `minutes` those of the contact by
    itself, 0 or more.

    Raises:
        PolicyError: the programme is not known.
        NotInForceError: it is not in force on that day.
        ValueError: `day` is no date, or `minutes` is less than 0.

    >>> from peerbill import answer
    >>> from peerbill.policy import Facts
    >>> found = answer("AK/peer", dt.date(2026, 7, 1), Facts(service="individual", channel="in-person"), 37)
    >>> found.hcpcs, found.units
    ('H0038', 2)

    """
    known = _programme(programme)
    if isinstance(day, dt.datetime):
        raise ValueError("expected a date, found a datetime: give the day of service")  # noqa: TRY004  # as documented
    if minutes is not None and minutes < 0:
        raise ValueError("expected minutes of 0 or more, found fewer")
    rules = known.rules(day, facts)
    service = rules.service.get(facts.service)
    if service is not None and service.value.hcpcs and "hcpcs" in known.conditions:
        rules = known.rules(day, attrs.evolve(facts, hcpcs=service.value.hcpcs))
    coding = make_coding(rules, facts.service, NOBODY, known.key, {})
    paid, why_not = _is_paid(rules, facts)
    missing = tuple(_ordered(_missing(known, _gaps(coding))))
    return ProgrammeAnswer(
        programme=known.id,
        day=day,
        paid=paid,
        why_not=why_not,
        hcpcs=coding.hcpcs,
        modifiers=coding.modifiers,
        authorities=authorities(rules, facts.service, coding),
        unit_minutes=coding.unit.minutes,
        per=coding.unit.per,
        rounding=coding.unit.rounding,
        aggregate=coding.unit.aggregate,
        units=own_units(minutes, coding.unit) if paid is not False else None,
        possible=_possible(minutes, coding) if paid is not False else (),
        charge=coding.unit_charge,
        missing=missing if paid is not False else (),
        policy_data=policy_data_version(),
    )


def missing_values(programme: Programme | str, day: dt.date) -> tuple[MissingValue, ...]:
    """Return what an agency must supply before the contacts of a programme can be billed without a guess.

    Each value is asked once, over all services that the programme pays for and every channel that it does not refuse;
    those that hold encounters come first. Raises what `answer` raises.

    >>> from peerbill import missing_values
    >>> [missing.value for missing in missing_values("NJ/sud", dt.date(2026, 7, 1)) if missing.holds]
    ['unit.rounding', 'unit.aggregate']

    """
    known = _programme(programme)
    found: dict[tuple[str, str], MissingValue] = {}
    for service in known.rules(day, Facts()).service:
        for channel in _CHANNELS:
            facts = Facts(service=service, channel=channel)
            rules = known.rules(day, facts)
            if _is_paid(rules, facts)[0] is False:
                continue
            coding = make_coding(rules, service, NOBODY, known.key, {})
            for missing in _missing(known, (*_gaps(coding), *_credential_gaps(rules, known.key))):
                found.setdefault((missing.table, missing.field), missing)
    return tuple(_ordered(found.values()))


def question_file(programme: Programme | str, day: dt.date) -> str:
    """Return the values that a programme leaves open as a policy file to fill in, which loads as it is.

    Each row has a blank source, and a blank value where nobody knows it: until they are filled in, the row says
    nothing. Raises what `answer` raises.
    """
    known = _programme(programme)
    missing = missing_values(known, day)
    state = known.id.partition("/")[0]
    lines = [
        *_commented(
            f"What {known.id} leaves open on {day}: {counted(len(missing), 'value')}. Ask the payer, or read its "
            "manual. "
            "Fill in each value and its source: the manual's page, or whom you asked and when. A row whose source is "
            "blank says nothing yet. What is still open is listed by:"
        ),
        f"# peerbill policy --check policies/{state.lower()}.toml",
        f'state = "{state}"',
    ]
    for number, each in enumerate(missing, start=1):
        lines += ["", *_commented(f"{number}. {each.question}")]
        lines += _commented(f"One of: {meanings(each.field) or ', '.join(each.allowed)}.") if each.allowed else []
        lines += _commented(f"It is {each.form}.") if each.form else []
        lines += _commented(f"Read: {each.note}") if each.note else []
        doubt = "Nobody has confirmed the value below: " if each.known is not None else "Nobody knows it: "
        lines += _commented(f"{doubt}encounters are {'held' if each.holds else 'billed with a warning'}.")
        lines += each.row.splitlines()
    return "\n".join(lines) + "\n"


def _commented(text: str) -> list[str]:
    wrapper = textwrap.TextWrapper(118, "# ", "# ", break_long_words=False, break_on_hyphens=False)
    return wrapper.wrap(" ".join(text.split()))


def _programme(programme: Programme | str) -> Programme:
    return load_policies([programme]).programme(programme) if isinstance(programme, str) else programme


def _is_paid(rules: Rules, facts: Facts) -> tuple[bool | None, tuple[str, ...]]:
    """Tell whether a contact is paid, and why not, or why that is not known."""
    service = rules.service.get(facts.service)
    if service is None:
        return None, (f"no text that was read names the service {facts.service or '(none given)'}",)
    why = []
    paid: bool | None = True
    if service.value.paid is False:
        return False, (f"the programme does not pay for the service {facts.service}",)
    for kind, word, listing in (("channel", facts.channel, rules.channel), ("place", facts.place, rules.place)):
        if not word:
            continue
        verdict, reason = _is_allowed(kind, word, listing)
        if verdict is False:
            return False, (reason,)
        if verdict is None:
            paid = None
            why.append(reason)
    return paid, tuple(why)


def _is_allowed(kind: str, word: str, listing: Listing) -> tuple[bool | None, str]:
    allowed, denied = listing.of("allow"), listing.of("deny")
    if word in denied:
        return False, f"the programme does not pay for the {kind} {word}"
    if word in allowed or (word == "in-person" and kind == "channel"):
        return True, ""
    if word in listing.unknown or kind == "channel":
        return None, f"no text that was read says whether the {kind} {word} is paid"
    return (False, f"the {kind} {word} is not among those that the programme pays for") if allowed else (True, "")


def _gaps(coding: Coding) -> Iterator[Gap]:
    yield from (gap for gap in coding.gaps if gap.table)
    for gap in (coding.rounding_gap, coding.aggregate_gap):
        if gap is not None:
            yield gap


def _credential_gaps(rules: Rules, programme: str) -> Iterator[Gap]:
    """Yield that no text names a certificate that counts, or each that is named where nobody has confirmed one."""
    table = f"{programme}.credential"
    if not rules.credential:
        message = say("credentials-not-known", "no source says which certificates count")
        yield Gap("credential", Severity.WARNING, message, LOOK_UP, table=f"{table}.{PLACEHOLDER}")
    authorities = {
        name: rule.binding or next(iter(rule.said.values()), None) for name, rule in rules.credential.items()
    }
    if all(said is not None and said.status is Status.UNCONFIRMED for said in authorities.values()):
        for name, said in authorities.items():
            if said is not None and name != NO_CREDENTIAL:
                yield unconfirmed(f"credential.{name}", f"{table}.{name}", "", said, name)


def _possible(minutes: int | None, coding: Coding) -> tuple[int, ...]:
    unit = coding.unit
    if minutes is None:
        return ()
    own = own_units(minutes, unit)
    if own is not None:
        return (own,)
    if unit.minutes is None:
        return ()
    return tuple(sorted(possible_units(minutes, unit_minutes=unit.minutes)))


_ASKED: Mapping[str, str] = {
    "hcpcs": "Which procedure code does the payer want for the service {name}?",
    "modifiers": 'Which modifiers does the payer want for the service {name}, in their order, such as ["HF", "HQ"]? '
    "[] for none.",
    "paid": "Does the payer pay for the service {name}? Write true or false, without quotation marks.",
    "unit.minutes": "How many minutes is a unit?",
    "unit.rounding": "How are part units rounded? 37 minutes: 2 units of 15 rounded down or to the nearest, 3 up.",
    "unit.aggregate": "Are the minutes of a day added before they are rounded, or is each encounter rounded by itself?",
    "claim.rendering": "Whom does the payer want as rendering provider on the claim? `rendering` in [payers.KEY] of "
    "peerbill.toml answers it too.",
    "claim.form": "Which form of claim does the payer want?",
    "claim.type_of_bill": "Which type of bill does the payer want, without its last digit? 77 of 771.",
    "claim.revenue_code": "Which revenue code does the payer want for the service, such as 0914?",
    "claim.attending": "Whom does the payer want as attending provider: the peer or the supervisor?",
    "claim.admission_type": "Which priority of the visit (CL101) does the payer want? 3 is usual for outpatient peer "
    "support.",
    "claim.point_of_origin": "Which point of origin (CL102) does the payer want? 1 is usual for outpatient peer "
    "support.",
    "claim.patient_status": "Which status of the patient at the end of the visit (CL103) does the payer want? 01, "
    "home, is usual for an outpatient visit; 30, still a patient, contradicts a claim that is sent once.",
    "rate.amount": "What is the rate per unit, in dollars?",
    "credential": "Which certificates of peers count? A row for each, with its abbreviation in place of ABBREVIATION.",
    "credential.": "Does the certificate {name} count?",
    "use": "Is the modifier {name} wanted on such a claim?",
}


def _missing(programme: Programme, gaps: Iterable[Gap]) -> Iterator[MissingValue]:
    for gap in gaps:
        _, kind, *names = gap.table.split(".")
        asked = (
            _ASKED.get(gap.value) or _ASKED.get(f"{kind}.{gap.field}") or _ASKED.get(gap.field) or "What is {value}?"
        )
        allowed = WORDS.get((kind, gap.field), ("", ()))[1]
        form = SHAPES[kind, gap.field][1] if (kind, gap.field) in SHAPES and not allowed else ""
        form = "" if gap.field == "modifiers" else form  # the question shows a list of them
        yield MissingValue(
            value=gap.value,
            table=gap.table,
            field=gap.field,
            question=asked.format(name=names[0] if names else programme.id, value=gap.value),
            allowed=allowed,
            form=form,
            note=gap.note,
            known=gap.known,
            holds=gap.severity is Severity.ERROR,
            row=row_to_write(gap),
            why_asked=gap.citations,
        )


def _ordered(missing: Iterable[MissingValue]) -> list[MissingValue]:
    return sorted(missing, key=lambda each: not each.holds)


__all__ = ["MissingValue", "ProgrammeAnswer", "Status", "answer", "missing_values", "question_file"]
