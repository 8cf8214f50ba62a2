"""PB6xx: does the programme pay for this kind of contact, there and in this way, and can it be priced."""

from collections.abc import Iterator, Sequence

from peerbill.checks.base import check
from peerbill.codes import code_set_citation, is_inpatient_place, is_place_of_service, is_telehealth_place
from peerbill.coding.context import Context, Gap, UnitRule, in_force
from peerbill.coding.places import address_of, facility_of, place_of
from peerbill.coding.units import ROUNDINGS, possible_units_of_encounters
from peerbill.model.claim import Facility
from peerbill.model.finding import Finding, Severity
from peerbill.policy import CHANNELS, Group, Status
from peerbill.x12.rules837p import facility_problems

MOST_CHARACTERS_SHOWN = 3


@check("PB601")
def mode_is_paid(context: Context) -> Iterator[Finding]:
    """The programme pays for this mode of service on that day.

    Why it matters: some programmes pay one-to-one contacts only, and rules begin and end on days.

    Passes: service "individual" where the code table has it.

    Fails: service "group" where the manual says that groups are not paid; or a service the code table does not know.
    """
    if context.rules is None or context.coding is None:
        return
    service = context.encounter.service
    answer = context.coding.service
    table = f"{context.rules.programme.partition('/')[2]}.service"
    if answer is None:
        known = ", ".join(sorted(context.rules.service)) or "none"
        what = f'service "{service}" is not one of the programme\'s ({known})' if service else "no service is recorded"
        yield context.finding(
            "PB601",
            "encounters.service",
            what,
            f"Correct service; if the payer pays for it, write it, with its source, under policies/: [[{table}.NAME]]",
            citations=mode_is_paid.citations,
        )
    elif answer.value.paid is False:
        yield context.finding(
            "PB601",
            "encounters.service",
            f'the programme does not pay for service "{service}" on {context.day}',
            "Do not bill this contact to this programme.",
            said=answer.said.get("paid"),
        )


@check("PB602")
def place_is_allowed(context: Context) -> Iterator[Finding]:
    """The place of service is a valid code and one that the programme allows.

    Why it matters: the place stands on every claim, and payers deny places outside their list.

    Passes: 11 (office).

    Fails: 00, which is no code; or a place that the programme does not list. An inpatient place (21, 51, 61) without a
    stay on file, since the claim names the day of admission. A place that is neither the agency's own nor known by name
    and address (table places) is warned of, since the claim says where the service was given.
    """
    place, day = context.encounter.place, context.day
    if not is_place_of_service(place, day):
        what = "no place of service is recorded"
        if place:
            # An address may stand there, which no message carries.
            shown = place if len(place) <= MOST_CHARACTERS_SHOWN else "what is recorded"
            what = f"{shown} is not a place of service code"
        if len(place) == 1 and place.isdigit():
            what += f"; a leading zero was lost, 0{place} may be meant"
        yield context.finding(
            "PB602",
            "encounters.place",
            what,
            "Enter the two-digit place of service code (11 office, 12 home, 53 community mental health center, …).",
            citations=place_is_allowed.citations,
        )
        return
    if is_inpatient_place(place) and not _is_inpatient(context):
        yield context.finding(
            "PB602",
            "stays.from",
            f"place {place} is an inpatient place, and no inpatient stay on file gives the day of admission",
            "Enter the stay in stays; the claim then carries its day of admission.",
            citations=place_is_allowed.citations,
        )
    yield from _facility_findings(context)
    if context.rules is None:
        return
    listing = context.rules.place
    allowed, denied = listing.of("allow"), listing.of("deny")
    if place in listing.unknown:
        table = f"{context.rules.programme.partition('/')[2]}.place"
        silent = listing.unknown[place]
        note = f" ({silent.note})" if silent.note else ""
        yield context.finding(
            "PB602",
            "encounters.place",
            f"whether the programme allows place of service {place} is not known{note}",
            f'Look it up and write it, with its source, under policies/: [[{table}]] allow = ["{place}"]',
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
    yield context.finding(
        "PB602",
        "encounters.place",
        f"the programme does not allow place of service {place}",
        "Correct the place; otherwise do not bill this contact.",
        said=said,
    )


def _facility_findings(context: Context) -> Iterator[Finding]:
    """Yield what keeps a claim from naming the place that the encounter names, or that has its code."""
    named = context.encounter.facility
    if named and named not in context.index.places:
        yield context.finding(
            "PB602",
            "encounters.facility",
            f"{named} is not in places",
            "Correct facility, or add the place to places.",
            citations=place_is_allowed.citations,
        )
    row = place_of(context)
    if row is not None and facility_of(context) is not None:
        for where, message, fix in facility_problems("places", Facility(row.name, row.npi, address_of(row))):
            text = f"{where.partition('.')[2]} of {row.place_id}: {message}"
            yield context.finding("PB602", where, text, fix, citations=place_is_allowed.citations)


def _is_inpatient(context: Context) -> bool:
    stays = context.index.stays.get(context.encounter.member_id, ())
    return any(
        stay.kind == "inpatient" and stay.from_ is not None and context.day is not None and in_force(stay, context.day)
        for stay in stays
    )


@check("PB603")
def channel_is_allowed(context: Context) -> Iterator[Finding]:
    """The channel (in person, video, audio) is known, fits the place, and is allowed.

    Why it matters: the channel decides modifiers and whether the contact is paid; a call billed as a visit is taken
    back.

    Passes: video where the policy allows it on that day; a table without the column channel, whose contacts are in
    person unless the place is telehealth (02, 10).

    Fails: audio where the policy refuses it; place 10 without a channel; a blank channel where other rows have
    one. A channel on which nothing was read is a warning, and so is telehealth in person.
    """
    problem = _channel_problem(context)
    if problem is not None:
        message, fix = problem
        citations = channel_is_allowed.citations
        if is_telehealth_place(context.encounter.place):
            citations += (code_set_citation("place_of_service"),)
        yield context.finding("PB603", "encounters.channel", message, fix, citations=citations)
        return
    if context.rules is None:
        return
    encounter = context.encounter
    channel = encounter.channel or "in-person"
    if channel == "in-person" and is_telehealth_place(encounter.place):
        yield context.finding(
            "PB603",
            "encounters.channel",
            f"place {encounter.place} is telehealth, and the channel is in-person",
            "Correct the place, or enter channel: video or audio.",
            severity=Severity.WARNING,
            citations=(code_set_citation("place_of_service"),),
        )
    listing = context.rules.channel
    denied = listing.of("deny").get(channel)
    if denied is not None:
        yield context.finding(
            "PB603",
            "encounters.channel",
            f"the programme does not pay for the channel {channel} on {context.day}",
            "Do not bill this contact; check the channel if it was in person.",
            said=denied,
        )
        return
    said = listing.of("allow").get(channel)
    table = f"{context.rules.programme.partition('/')[2]}.channel"
    if said is not None and said.status is Status.UNCONFIRMED and channel != "in-person":
        yield context.finding(
            "PB603",
            "encounters.channel",
            f"that the programme pays for the channel {channel} is not confirmed by any document",
            "Confirm it: look it up in the payer's manual and write it, with its source, under policies/: "
            f'[[{table}]] allow = ["{channel}"]',
            severity=Severity.WARNING,
            citations=said.citations,
            missing=f"channel.{channel}",
        )
    if said is None and channel != "in-person":
        silent = listing.unknown.get(channel)
        note = f" ({silent.note})" if silent is not None and silent.note else ""
        yield context.finding(
            "PB603",
            "encounters.channel",
            f"whether the programme pays for the channel {channel} is not known{note}",
            f'Look it up and write it, with its source, under policies/: [[{table}]] allow = ["{channel}"]',
            severity=Severity.WARNING,
            citations=silent.citations if silent is not None else (),
            missing=f"channel.{channel}",
        )


def _channel_problem(context: Context) -> tuple[str, str] | None:
    """Return why the channel of an encounter is not known, and what to do, or None where it is."""
    encounter = context.encounter
    if encounter.channel:
        return None
    if is_telehealth_place(encounter.place):
        return (
            f"place {encounter.place} is telehealth, and the channel is not recorded",
            "Enter channel: video or audio.",
        )
    if context.index.records_channels:
        return "the channel is blank", f"Enter channel: {', '.join(CHANNELS[:-1])} or {CHANNELS[-1]}."
    return None


@check("PB604")
def group_size_is_in_range(context: Context) -> Iterator[Finding]:
    """The size of a group is recorded and within the programme's range.

    Why it matters: a group over the limit is not paid for anybody in it.

    Passes: 12 members where 12 are the most.

    Fails: 13 members; or no group_size. Two facilitators may lead twice the members where the limit is per facilitator.
    """
    coding = context.coding
    if coding is None or coding.mode != "group" or context.rules is None:
        return
    encounter = context.encounter
    answer = context.rules.group
    size = encounter.group_size
    if size is None:
        said = next(iter(answer.said.values()), None)
        yield context.finding(
            "PB604",
            "encounters.group_size",
            "the size of the group is not recorded",
            "Enter group_size: everyone who was served.",
            severity=said.severity if said is not None else Severity.WARNING,
            citations=said.citations if said is not None else (),
        )
        return
    rows = context.index.group_rows.get((encounter.group_id, encounter.start, encounter.staff_id), 0)
    if encounter.group_id and rows > size:
        yield context.finding(
            "PB604",
            "encounters.group_size",
            f"{rows} members are entered for a group of {size}",
            "Correct group_size or the rows of the group.",
            severity=Severity.WARNING,
        )
    yield from _size_findings(context, answer.value, size)


def _size_findings(context: Context, group: Group, size: int) -> Iterator[Finding]:
    if context.rules is None:
        return
    said = context.rules.group.said
    fix = "Check group_size; a group outside the range is not billed."
    if group.min is not None and size < group.min:
        message = f"{size} members; a group has at least {group.min}"
        yield context.finding("PB604", "encounters.group_size", message, fix, said=said.get("min"))
    if group.max is not None and size > group.max:
        message = f"{size} members; a group has at most {group.max}"
        yield context.finding("PB604", "encounters.group_size", message, fix, said=said.get("max"))
    if group.per_facilitator is not None:
        leaders = len({context.encounter.staff_id, *context.encounter.facilitators} - {""})
        if size > group.per_facilitator * leaders:
            yield context.finding(
                "PB604",
                "encounters.group_size",
                f"{size} members for {leaders} leading; the limit is {group.per_facilitator} each",
                fix,
                said=said.get("per_facilitator"),
            )


_ALL_OPEN = ". To get every open value as a file to fill in: peerbill policy --questions {programme}"
_WITH_OWN = " --workspace DIR"
"""What the command needs where the agency's own policy raises the question, as it does for the institutional form."""


def gap_finding(context: Context, gap: Gap) -> Finding:
    """Make the PB605 finding of a missing value."""
    coding = context.coding
    asked = _ALL_OPEN.format(programme=context.programme.id) if gap.table and context.programme else ""
    if asked and coding is not None and coding.form.name == "837I":
        asked += _WITH_OWN
    return context.finding(
        "PB605",
        "policy" if gap.value != "charge" else "payers.charges",
        gap.message,
        gap.fix + asked,
        severity=gap.severity,
        citations=gap.citations or values_are_known.citations,
        missing=gap.value,
    )


@check("PB605")
def values_are_known(context: Context) -> Iterator[Finding]:
    """Every value needed to price and code the service is known.

    These are the code, the modifiers, whether the service is paid, the length and rounding of a unit, the rendering
    provider and the charge.

    Why it matters: a guessed code or rounding is a false claim; an unknown that changes nothing holds nothing.

    Passes: 45 minutes where a unit is 15 minutes and rounding is not known: 3 units either way.

    Fails: 47 minutes there: 3 or 4. A value that nobody has read is a warning.
    """
    coding = context.coding
    if coding is None or coding.service is None or coding.service.value.paid is False:
        return
    for gap in coding.gaps:
        yield gap_finding(context, gap)


def unit_gap_findings(line: Sequence[Context]) -> Iterator[Finding]:
    """Yield PB605 where the way that units are rounded or added is missing or unconfirmed and makes a difference."""
    coding = line[0].coding
    if coding is None or (coding.rounding_gap is None and (coding.aggregate_gap is None or len(line) == 1)):
        return
    unit = coding.unit
    minutes = [context.minutes or 0 for context in line]
    if coding.rounding_gap is not None and len(_results(minutes, unit, None, unit.aggregate)) > 1:
        for context in line:
            yield gap_finding(context, coding.rounding_gap)
    if coding.aggregate_gap is not None and any(
        len(_results(minutes, unit, rounding, None)) > 1
        for rounding in ([unit.rounding] if unit.rounding is not None else ROUNDINGS)
    ):
        for context in line:
            yield gap_finding(context, coding.aggregate_gap)


def _results(
    minutes: list[int], unit: UnitRule, rounding: str | None, aggregate: str | None
) -> frozenset[tuple[int, ...]]:
    """Return the answers that differ: adding changes nothing where every contact makes units and the sum is one."""
    if len(minutes) == 1 or aggregate is not None:
        return _answers(minutes, unit, rounding, aggregate or "encounter")
    apart = _answers(minutes, unit, rounding, "encounter")
    found = apart | _answers(minutes, unit, rounding, "day")
    if len(apart) == 1 and all(min(units) > 0 for units in apart) and len({sum(units) for units in found}) == 1:
        return apart
    return found


def _answers(minutes: list[int], unit: UnitRule, rounding: str | None, aggregate: str) -> frozenset[tuple[int, ...]]:
    return possible_units_of_encounters(
        minutes,
        per=unit.per,
        unit_minutes=unit.minutes,
        rounding=rounding,
        aggregate=aggregate,
        minimum_minutes=unit.minimum_minutes,
        continuous=unit.continuous,
    )


def line_units(line: Sequence[Context]) -> tuple[int, ...] | None:
    """Return the units of each encounter of one line, in order of start, or None where they are not known."""
    coding = line[0].coding
    if coding is None:
        return None
    results = _results(
        [context.minutes or 0 for context in line], coding.unit, coding.unit.rounding, coding.unit.aggregate
    )
    return next(iter(results)) if len(results) == 1 else None
