"""PB6xx: does the programme pay for this kind of contact, there and in this way, and can it be priced."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import chain

from peerbill import codes
from peerbill.checks.base import Problem, check, problem
from peerbill.codes import (
    code_set_citation,
    is_inpatient_place,
    is_place_of_service,
    is_telehealth_place,
    places_of_service,
)
from peerbill.coding.context import Coding, Context, Gap, Situation, in_force
from peerbill.coding.gaps import allowed_values, in_policy, row_to_write
from peerbill.coding.lines import possible_line_units, units_at_most
from peerbill.coding.part_units import agency_choice
from peerbill.coding.places import address_of, facility_of, place_of, site_of
from peerbill.coding.prepare import clean_diagnoses
from peerbill.coding.units import ROUNDINGS
from peerbill.model.claim import Facility, ServiceLine
from peerbill.model.encounter import Encounter
from peerbill.model.finding import Citation, Severity
from peerbill.model.line_key import LineKey
from peerbill.model.sentence import Sentence, say, with_note
from peerbill.model.words import is_like_an_id
from peerbill.policy import CHANNELS, Group, Status
from peerbill.policy.published import shown_service
from peerbill.x12.rules837p import (
    MAXIMUM_DIAGNOSES,
    FieldProblem,
    authorization_problems,
    facility_problems,
    late_fields,
    late_problems,
    line_problems,
)

MOST_CHARACTERS_SHOWN = 3


@check("PB601", looks_at="situation")
def mode_is_paid(context: Context) -> Iterator[Problem]:
    """The programme pays for this mode of service on that day.

    Why it matters: some programmes pay one-to-one contacts only, and rules begin and end on days.

    Passes: service "individual" where the code table has it.

    Fails: service "group" where the manual says that groups are not paid; or a service the code table does not know.
    """
    if context.rules is None or context.coding is None:
        return
    service = context.encounter.service
    answer = context.coding.service
    if answer is None:
        services = tuple(sorted(context.rules.service)) or ("none",)
        if not service:
            message = say("no-service", "no service is recorded")
        elif not shown_service(service):
            message = say(
                "service-not-shown", "the service is not one of the programme's ({services})", services=services
            )
        else:
            message = say(
                "service-not-known",
                'service "{service}" is not one of the programme\'s ({services})',
                service=service,
                services=services,
            )
        yield problem(
            context,
            "encounters.service",
            message,
            "Correct service; if the payer pays for it, write it "
            + in_policy(context.rules.programme, "service.NAME", 'hcpcs = ""'),
        )
    elif answer.value.paid is False:
        yield problem(
            context,
            "encounters.service",
            say(
                "service-not-paid",
                'the programme does not pay for service "{service}" on {day}',
                service=service,
                day=context.day or dt.date.max,
            ),
            "Do not bill this contact to this programme.",
            said=answer.said.get("paid"),
        )


def _place_may_matter(situation: Situation) -> bool:
    """Tell whether a place is one that PB602 has to look at: anything but a code that is simply allowed.

    What a claim would say of the facility follows from the situation: where there is no fault in it, there is none.
    """
    place = places_of_service().get(situation.place)
    listing = situation.rules.place
    allowed = listing.of("allow")
    return (
        place is None
        or place.from_ is not None
        or is_inpatient_place(situation.place)
        or situation.place in listing.unknown
        or situation.place in listing.of("deny")
        or (bool(allowed) and situation.place not in allowed)
        or any(True for _ in _facility_findings(_somebody_in(situation)))
    )


def _somebody_in(situation: Situation) -> Context:
    """Return a contact of a situation, with its place and payer."""
    encounter = Encounter("", "", "", situation.service, place=situation.place, facility=situation.facility)
    return Context(encounter, situation.index, payer=situation.payer, situation=situation)


@check("PB602", needs=_place_may_matter)
def place_is_allowed(context: Context) -> Iterator[Problem]:
    """The place of service is a valid code and one that the programme allows.

    Why it matters: the place stands on every claim, and payers deny places outside their list.

    Passes: 11 (office).

    Fails: 00, which is no code; or a place that the programme does not list. An inpatient place (21, 51, 61) without a
    stay on file, since the claim names the day of admission. A place that is neither the agency's own nor known by name
    and address (table places) is warned of, since the claim says where the service was given.
    """
    place, day = context.encounter.place, context.day
    if not is_place_of_service(place, day):
        message = say("no-place", "no place of service is recorded")
        if len(place) == 1 and place.isdigit():
            message = say(
                "leading-zero-lost",
                "{place} is not a place of service code; a leading zero was lost, 0{place} may be meant",
                place=place,
            )
        elif len(place) > MOST_CHARACTERS_SHOWN:  # an address may stand there, which no message carries
            message = say("text-for-a-place", "what is recorded is not a place of service code")
        elif place:
            message = say("place-not-known", "{place} is not a place of service code", place=place)
        yield problem(
            context,
            "encounters.place",
            message,
            "Enter the two-digit place of service code (11 office, 12 home, 53 community mental health center, …).",
        )
        return
    if is_inpatient_place(place) and not _is_inpatient(context):
        yield problem(
            context,
            "stays.from",
            say(
                "no-inpatient-stay",
                "place {place} is an inpatient place, and no inpatient stay on file gives the day of admission",
                place=place,
            ),
            "Enter the stay in stays; the claim then carries its day of admission.",
        )
    yield from _facility_findings(context)
    if context.rules is None:
        return
    listing = context.rules.place
    allowed, denied = listing.of("allow"), listing.of("deny")
    if place in listing.unknown:
        silent = listing.unknown[place]
        told = say(
            "place-not-in-policy",
            "whether the programme allows place of service {place} is not known",
            place=place,
        )
        yield problem(
            context,
            "encounters.place",
            with_note(told, silent.note),
            "Look it up and write it " + in_policy(context.rules.programme, "place", f'allow = ["{place}"]'),
            severity=Severity.WARNING,
            citations=silent.citations,
            missing=f"place.{place}",
        )
        return
    if place in denied:
        said = denied[place]
    elif allowed and place not in allowed:
        said = next(iter(allowed.values()))
    else:
        return
    yield problem(
        context,
        "encounters.place",
        say("place-not-allowed", "the programme does not allow place of service {place}", place=place),
        "Correct the place; otherwise do not bill this contact.",
        said=said,
    )


def _facility_findings(context: Context) -> Iterator[Problem]:
    """Yield what keeps a claim from naming the place that the encounter names, or that has its code."""
    named = context.encounter.facility
    if named and named not in context.index.places:
        yield problem(
            context,
            "encounters.facility",
            say(
                "not-in-places",
                "{place_id} is not in places",
                place_id=named if is_like_an_id(named) else f"the facility on line {context.encounter.line}",
            ),
            "Correct facility, or add the place to places.",
        )
    row = place_of(context) if site_of(context) is None else None
    if row is not None and facility_of(context) is not None:
        for where, message, fix in facility_problems("places", Facility(row.name, row.npi, address_of(row))):
            column = where.partition(".")[2]
            told = message.after("{column} of {place_id}: ", column=column, place_id=row.place_id)
            yield problem(context, where, told, fix)


def unnamed_places(contexts: Iterable[Context]) -> Iterator[Problem]:
    """Yield PB602 for each place-of-service code at which members were served and nobody knows where that is.

    It is a warning, and an error where the programme says that the payer wants the place (`claim.facility`).
    """
    found: dict[tuple[str, Severity], list[Context]] = defaultdict(list)
    cited: dict[tuple[str, Severity], tuple[Citation, ...]] = {}
    known = places_of_service()
    named = dict[Situation | None, bool]()
    for context in contexts:
        if context.billed or context.held:
            continue
        situation = context.situation
        is_named = named.get(situation)
        if is_named is None:
            is_named = _is_named(context)
            if situation is not None:  # whose encounters have place and site in common
                named[situation] = is_named
        if is_named:
            continue
        claim = context.rules.claim if context.rules is not None else None
        said = claim.said.get("facility") if claim is not None and claim.value.facility else None
        key = (context.encounter.place, said.severity if said is not None else Severity.WARNING)
        found[key].append(context)
        if said is not None:
            cited[key] = said.citations
    for (code, severity), those in sorted(found.items()):
        index = those[0].index
        rows = len(index.places_of_code.get(code, ()))
        unread = index.records.places_unread
        yield Problem(
            severity=severity,
            encounter_ids=tuple(sorted(context.encounter.encounter_id for context in those)),
            where="encounters.facility" if rows and not unread else "places.place",
            message=say(
                "places-not-read",
                "rows of places could not be read, so that nobody knows which one has place {place}",
                place=code,
            )
            if unread
            else say(
                "several-places",
                "{count} rows of places have place {place}, and the encounter names none of them",
                count=rows,
                place=code,
            )
            if rows
            else say(
                "place-without-address",
                "the name and address of place {place} ({name}) are not known, and the claim does not say where the "
                "service was given (loop 2310C)",
                place=code,
                name=known[code].name,
            ),
            fix="Correct these rows, or name a row in the column facility."
            if unread
            else "Name one in the column facility."
            if rows
            else "Add a row to places: place_id, name, street, city, state, zip (ZIP+4), npi, place. Where it is the "
            "agency's own address, or has none, enter the agency's: the claim then names no other.",
            citations=cited.get((code, severity), ()),
        )


def _is_named(context: Context) -> bool:
    """Tell whether it is known where an encounter was, or needs not be: at a place that is not somebody else's."""
    place = places_of_service().get(context.encounter.place)
    return (
        bool(context.encounter.facility)
        or place is None
        or not place.elsewhere
        or place_of(context) is not None
        or site_of(context) is not None
    )


def _is_inpatient(context: Context) -> bool:
    stays = context.index.stays.get(context.encounter.member_id, ())
    return any(
        stay.kind == "inpatient" and stay.from_ is not None and context.day is not None and in_force(stay, context.day)
        for stay in stays
    )


@check("PB603", looks_at="situation")
def channel_is_allowed(context: Context) -> Iterator[Problem]:
    """The channel (in person, video, audio) is known, fits the place, and is allowed.

    Why it matters: the channel decides modifiers and whether the contact is paid; a call billed as a visit is taken
    back.

    Passes: video where the policy allows it on that day; a table without the column channel, whose contacts are in
    person unless the place is telehealth (02, 10).

    Fails: audio where the policy refuses it; place 10 without a channel; a blank channel where other rows have
    one. A channel on which nothing was read is a warning, and so is telehealth in person.
    """
    unclear = _channel_problem(context)
    if unclear is not None:
        message, fix = unclear
        citations = channel_is_allowed.citations
        if is_telehealth_place(context.encounter.place):
            citations += (code_set_citation("place_of_service"),)
        yield problem(context, "encounters.channel", message, fix, citations=citations)
        return
    if context.rules is None:
        return
    encounter = context.encounter
    channel = encounter.channel or "in-person"
    if channel == "in-person" and is_telehealth_place(encounter.place):
        yield problem(
            context,
            "encounters.channel",
            say(
                "telehealth-in-person",
                "place {place} is telehealth, and the channel is in-person",
                place=encounter.place,
            ),
            "Correct the place, or enter channel: video or audio.",
            severity=Severity.WARNING,
            citations=(code_set_citation("place_of_service"),),
        )
    listing = context.rules.channel
    denied = listing.of("deny").get(channel)
    if denied is not None:
        yield problem(
            context,
            "encounters.channel",
            say(
                "channel-not-paid",
                "the programme does not pay for the channel {channel} on {day}",
                channel=channel,
                day=context.day or dt.date.max,
            ),
            "Do not bill this contact; check the channel if it was in person.",
            said=denied,
        )
        return
    said = listing.of("allow").get(channel)
    if said is not None and said.status is Status.UNCONFIRMED and channel != "in-person":
        yield problem(
            context,
            "encounters.channel",
            say(
                "channel-not-confirmed",
                "that the programme pays for the channel {channel} is not confirmed by any document",
                channel=channel,
            ),
            "Confirm it: look it up in the payer's manual and write it "
            + in_policy(context.rules.programme, "channel", f'allow = ["{channel}"]'),
            severity=Severity.WARNING,
            citations=said.citations,
            missing=f"channel.{channel}",
        )
    if said is None and channel != "in-person":
        silent = listing.unknown.get(channel)
        told = say(
            "channel-not-known", "whether the programme pays for the channel {channel} is not known", channel=channel
        )
        yield problem(
            context,
            "encounters.channel",
            with_note(told, silent.note if silent is not None else ""),
            "Look it up and write it " + in_policy(context.rules.programme, "channel", f'allow = ["{channel}"]'),
            severity=Severity.WARNING,
            citations=silent.citations if silent is not None else (),
            missing=f"channel.{channel}",
        )


def _channel_problem(context: Context) -> tuple[Sentence, str] | None:
    """Return why the channel of an encounter is not known, and what to do, or None where it is."""
    encounter = context.encounter
    if encounter.channel:
        return None
    if is_telehealth_place(encounter.place):
        return (
            say(
                "channel-not-recorded",
                "place {place} is telehealth, and the channel is not recorded",
                place=encounter.place,
            ),
            "Enter channel: video or audio.",
        )
    if context.index.records_channels:
        fix = f"Enter channel: {', '.join(CHANNELS[:-1])} or {CHANNELS[-1]}."
        return say("channel-is-blank", "the channel is blank"), fix
    return None


@check("PB604", needs=lambda situation: situation.coding.mode == "group")
def group_size_is_in_range(context: Context) -> Iterator[Problem]:
    """The size of a group is recorded and within the programme's range.

    Why it matters: a group over the limit is not paid for anybody in it.

    Passes: 12 members where 12 are the most.

    Fails: 13 members; or no group_size. Two facilitators may lead twice the members where the limit is per
    facilitator; who is not on the roster that day does not count.
    """
    coding = context.coding
    if coding is None or coding.mode != "group" or context.rules is None:
        return
    encounter = context.encounter
    answer = context.rules.group
    size = encounter.group_size
    if size is None:
        said = next(iter(answer.said.values()), None)
        yield problem(
            context,
            "encounters.group_size",
            say("size-not-recorded", "the size of the group is not recorded"),
            "Enter group_size: everyone who was served.",
            severity=said.severity if said is not None else Severity.WARNING,
            citations=said.citations if said is not None else (),
        )
        return
    rows = context.index.group_rows.get((encounter.group_id, encounter.start, encounter.staff_id), 0)
    if encounter.group_id and rows > size:
        yield problem(
            context,
            "encounters.group_size",
            say("more-than-the-group", "{rows} members are entered for a group of {size}", rows=rows, size=size),
            "Correct group_size or the rows of the group.",
            severity=Severity.WARNING,
        )
    yield from _size_findings(context, answer.value, size)


def _size_findings(context: Context, group: Group, size: int) -> Iterator[Problem]:
    if context.rules is None:
        return
    said = context.rules.group.said
    fix = "Check group_size; a group outside the range is not billed."
    if group.min is not None and size < group.min:
        message = say("group-too-small", "{size:#member}; a group has at least {limit}", size=size, limit=group.min)
        yield problem(context, "encounters.group_size", message, fix, said=said.get("min"))
    if group.max is not None and size > group.max:
        message = say("group-too-large", "{size:#member}; a group has at most {limit}", size=size, limit=group.max)
        yield problem(context, "encounters.group_size", message, fix, said=said.get("max"))
    if group.per_facilitator is not None:
        leaders = len({context.encounter.staff_id, *filter(context.is_employed, context.encounter.facilitators)} - {""})
        if size > group.per_facilitator * leaders:
            yield problem(
                context,
                "encounters.group_size",
                say(
                    "too-few-facilitators",
                    "{size:#member} for {leaders} leading; the limit is {limit} each",
                    size=size,
                    leaders=leaders,
                    limit=group.per_facilitator,
                ),
                fix,
                said=said.get("per_facilitator"),
            )


_PLACES = {"charge": "payers.charges", "modifiers": "policy.modifiers"}
"""What of a line that cannot be written is whose to correct; the rest comes of the policy."""


def gap_problem(context: Context, gap: Gap) -> Problem:
    """Return what PB605 says of a missing value."""
    return problem(
        context,
        "policy" if gap.value != "charge" else "payers.charges",
        gap.message,
        gap_fix(context, gap),
        severity=gap.severity,
        citations=gap.citations or None,
        missing=gap.value,
    )


def gap_fix(context: Context, gap: Gap) -> str:
    """Return what to do about a missing value: where it is a policy's, with the row to write, on lines of its own."""
    programme = context.programme
    if not gap.table or programme is None:
        return gap.fix
    # The agency's own policy raises questions too, as it does with the institutional form.
    own = " --workspace DIR" if context.coding is not None and context.coding.form.name == "837I" else ""
    every = f"Every open value as a file to fill in: peerbill policy --questions {programme.id}{own}"
    if gap.value == "claim.rendering":
        return f"{gap.fix}. {every}"
    allowed = allowed_values(gap)
    file = f"policies/{programme.state.lower()}.toml"
    how = f"{gap.fix}; then write it in {file} with its source" + (f": {allowed}" if allowed else "")
    return f"{how}\n{row_to_write(gap)}\n{every}"


@check("PB605", looks_at="situation")
def values_are_known(context: Context) -> Iterator[Problem]:
    """Every value needed to price and code the service is known.

    These are the code, the modifiers, whether the service is paid, the length and rounding of a unit, the rendering
    provider and the charge.

    Why it matters: a guessed code or rounding is a false claim; an unknown that changes nothing holds nothing.

    Passes: 45 minutes where a unit is 15 minutes and rounding is not known: 3 units either way.

    Fails: 47 minutes there: 3 or 4. It is a warning, and 3 are billed, where the payer has part_units = "whole". A
    value that nobody has read is a warning.
    """
    coding = context.coding
    if coding is None or coding.service is None or coding.service.value.paid is False:
        return
    for gap in coding.gaps:
        yield gap_problem(context, gap)


def unit_gaps(line: Sequence[Context]) -> Iterator[Problem]:
    """Yield PB605 where the way that units are rounded or added is missing or unconfirmed and makes a difference.

    What is not known holds an encounter, unless its payer is billed the whole units: that is a warning.
    """
    coding = line[0].coding
    if coding is None or (coding.rounding_gap is None and (coding.aggregate_gap is None or len(line) == 1)):
        return
    unit = coding.unit
    gaps: list[Gap] = []
    if coding.rounding_gap is not None and len(possible_line_units(line, unit, None, unit.aggregate)) > 1:
        gaps.append(coding.rounding_gap)
    if coding.aggregate_gap is not None and any(
        len(possible_line_units(line, unit, rounding, None)) > 1
        for rounding in ([unit.rounding] if unit.rounding is not None else ROUNDINGS)
    ):
        gaps.append(coding.aggregate_gap)
    for gap in gaps:
        for context in line:
            if gap.severity is not Severity.ERROR or context.units is None:
                yield gap_problem(context, gap)
    missing = [gap for gap in gaps if gap.severity is Severity.ERROR]
    billed = [context for context in line if context.units is not None] if missing else []
    if billed:
        yield from _whole_units(billed, missing)


def _whole_units(billed: Sequence[Context], missing: Sequence[Gap]) -> Iterator[Problem]:
    """Yield what a rule that nobody knows may add to the whole units that are billed of a line."""
    coding, payer = billed[0].coding, billed[0].payer
    units = sum(context.units or 0 for context in billed)
    more = units_at_most(billed) - units
    if coding is None or payer is None or more <= 0:
        return
    values = tuple(gap.value for gap in missing)
    minutes = sum(context.minutes or 0 for context in billed)
    message = say(
        "whole-units",
        "{values: and } not known: every rule gives {units} or more units for {minutes} minutes, and {units} are "
        "billed; the rule may add {more} at most",
        values=values,
        units=units,
        minutes=minutes,
        more=more,
    )
    if coding.unit_charge is not None:
        message = message.before("with-charge", ", ${charge:,.2f}", charge=coding.unit_charge * more)
    fix = gap_fix(billed[0], missing[0])
    for context in billed:
        yield problem(
            context,
            "policy",
            message,
            f"{fix}\nWhat was billed until then, replace adds: peerbill replace DIR --part-units",
            severity=Severity.WARNING,
            citations=(agency_choice(payer.key),),
        )


def unwritable_line(context: Context, authorization: str = "") -> Iterator[Problem]:
    """Yield PB605 for what would stop an encounter's line that no check looks at: widths, counts, text."""
    coding = context.coding
    if context.held or context.billed or coding is None or coding.unit_charge is None:
        return
    if coding.form.name == "837I" and (context.encounter.member_id, context.day) in context.index.spend_down:
        yield problem(
            context,
            "spend_down.amount",
            say(
                "patient-paid-on-institutional",
                "the member paid for this day, and an institutional claim has no element for what the patient paid",
            ),
            "Bill the day in the payer's portal.",
        )
    number, of_diagnoses = _diagnosis_problems(context.encounter.diagnoses)
    found = _line_problems(coding, context.units or 1, number or 1)
    if authorization:
        found += authorization_problems(authorization)
    late = late_fields(context.encounter)
    if any(late):
        found += late_problems("encounters.", *late)
    for field, message, fix in found + of_diagnoses:
        where = field if "." in field else _PLACES.get(field, "policy")
        yield problem(context, where, message.after("the line cannot be written: "), fix)


@lru_cache(maxsize=4096)
def _line_problems(coding: Coding, units: int, diagnoses: int) -> tuple[FieldProblem, ...]:
    charge = (coding.unit_charge or Decimal(0)) * units
    return line_problems(ServiceLine("L1", (), dt.date.min, coding.hcpcs, coding.modifiers, units, charge), diagnoses)


@lru_cache(maxsize=4096)
def _diagnosis_problems(diagnoses: tuple[str, ...]) -> tuple[int, tuple[FieldProblem, ...]]:
    """Return how many diagnoses a claim would have, and what about them would stop it."""
    clean = clean_diagnoses(diagnoses)
    found: tuple[FieldProblem, ...] = ()
    if any(map(codes.is_never_principal, clean[:1])):
        message = say(
            "diagnosis-barred-from-first",
            "the first diagnosis is an external cause or a sequela, which ICD-10-CM bars from that place",
        )
        found += (FieldProblem("encounters.diagnoses", message, "Put the reason for the service first"),)
    if len(clean) > MAXIMUM_DIAGNOSES:
        fix = "Keep those that the contact was about"
        message = say("too-many-diagnoses", "a claim has at most {limit}", limit=MAXIMUM_DIAGNOSES)
        found += (FieldProblem("encounters.diagnoses", message, fix),)
    return len(clean), found


def crowded_lines(contexts: Sequence[Context]) -> Iterator[Problem]:
    """Yield PB605 for each encounter whose diagnoses are too many beside those of its line; HI holds twelve."""
    of_line = dict[LineKey, tuple[str, ...]]()
    for context in _with_many_diagnoses(contexts):
        key = context.line_key
        if key is None or context.held or context.billed:
            continue
        own = clean_diagnoses(context.encounter.diagnoses)
        earlier = of_line.setdefault(key, own)
        together = tuple(dict.fromkeys(earlier + own)) if earlier is not own else own
        if len(together) <= MAXIMUM_DIAGNOSES:
            of_line[key] = together
            continue
        yield problem(
            context,
            "encounters.diagnoses",
            say(
                "too-many-diagnoses-of-a-line",
                "the encounters of this line have {found} diagnoses together; a claim has at most {limit}",
                found=len(together),
                limit=MAXIMUM_DIAGNOSES,
            ),
            "Keep those that each contact was about.",
        )


def _with_many_diagnoses(contexts: Sequence[Context]) -> Sequence[Context]:
    """Return the encounters of members who have more diagnoses in all than a claim holds: no others are in question."""
    of_member: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for context in contexts:
        of_member[context.encounter.member_id].add(context.encounter.diagnoses)
    many = {
        member_id
        for member_id, every in of_member.items()
        if len(set(chain.from_iterable(map(clean_diagnoses, every)))) > MAXIMUM_DIAGNOSES
    }
    return [context for context in contexts if context.encounter.member_id in many] if many else ()


def unpriced(context: Context) -> Iterator[Problem]:
    """Hold what no check held and still lacks something that a line needs, so that nothing is lost on the way."""
    if context.held or context.billed or _can_be_priced(context):
        return
    yield problem(
        context,
        "policy",
        say("no-price", "the encounter cannot be priced"),
        "Look at the other findings of this encounter; report this one if there are none.",
    )


def _can_be_priced(context: Context) -> bool:
    coding = context.coding
    return (
        coding is not None
        and context.coverage is not None
        and context.payer is not None
        and context.programme is not None
        and bool(coding.hcpcs)
        and context.minutes is not None
        and context.units is not None
        and coding.unit_charge is not None
    )
