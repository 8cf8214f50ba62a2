"""PB0xx and PB1xx: can the row be read, and is its time complete, possible and fileable."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from peerbill.checks.base import Problem, check, problem
from peerbill.codes import delay_reasons
from peerbill.coding.context import Context, fields_of
from peerbill.coding.deadlines import filing_deadline, last_day_to_file, other_payer_deadline
from peerbill.coding.lines import bills_whole_units, leaves_time, units_at_most
from peerbill.coding.minutes import clock_is_steady, minutes_if, own_units, possible_lengths, recorded_times
from peerbill.model.clock import fixed_offset, offsets_of
from peerbill.model.encounter import duration
from peerbill.model.finding import Citation, Severity
from peerbill.model.sentence import Sentence, say
from peerbill.policy import Filing

FILING_NOTICE_DAYS = 30


@check("PB001", scope="row")
def row_can_be_read(_rows: object) -> Iterator[Problem]:
    """Every cell of an encounter's row can be read as what its column holds.

    Why it matters: a row that cannot be read cannot be audited or billed, and must not vanish unnoticed.

    Passes: start is 2026-03-02T10:00.

    Fails: start is 3/2/2026 10:00, or the row has fewer cells than the header.
    """
    yield from ()


@check("PB002", scope="row")
def id_is_its_own(_rows: object) -> Iterator[Problem]:
    """No other row has the encounter's id.

    Why it matters: the ledger knows an encounter by its id; two rows with one id could be billed as one or twice.

    Passes: E1 and E2.

    Fails: two rows with the id E1; both are rejected.
    """
    yield from ()


@check("PB101", looks_at="row")
def times_are_recorded(context: Context) -> Iterator[Problem]:
    """The start and the end are recorded, they exist, and the end is after the start.

    Why it matters: units are minutes; without both times there is nothing to bill and nothing to show an inspector.

    Passes: 10:00 to 10:47. Over a clock change: 2026-03-08T01:30-05:00 to 2026-03-08T03:15-04:00, 45 minutes.

    Fails: no end; 10:47 to 10:47; 02:10 on the morning on which the clocks skip that hour; or a contact over a clock
    change without offsets, which may have lasted an hour more or less.
    """
    encounter = context.encounter
    if encounter.start is None or encounter.end is None:
        field = "start" if encounter.start is None else "end"
        yield problem(
            context,
            f"encounters.{field}",
            say("time-not-recorded", "the encounter's {field} is not recorded", field=field),
            f"Enter the {field} time from the peer's own record; do not bill from memory.",
        )
        return
    missing = [] if clock_is_steady(context) else list(_missing_times(context))
    for field, why in missing:
        yield problem(context, f"encounters.{field}", why, _GIVE_OFFSETS)
    if missing:
        return
    lengths = possible_lengths(context)
    if len(lengths) > 1:
        if not _same_units(context, lengths):
            yield problem(
                context,
                "encounters.start",
                _several_lengths(lengths),
                _GIVE_OFFSETS,
            )
    elif duration(encounter) is None:
        yield problem(
            context,
            "encounters.end",
            say("ends-before-it-starts", "the encounter does not end after it starts"),
            "Correct start or end from the peer's own record.",
        )


_GIVE_OFFSETS = (
    "Correct the time from the peer's own record, and write start and end with their offset, such as "
    "2026-11-01T01:30-04:00."
)


def _several_lengths(lengths: Sequence[dt.timedelta]) -> Sentence:
    return say(
        "clocks-change",
        "the clocks change during the contact or its hour occurs twice: it lasted {minutes: or } minutes",
        minutes=tuple(int(length.total_seconds()) // 60 for length in lengths),
    )


def _missing_times(context: Context) -> Iterator[tuple[str, Sentence]]:
    """Yield each time that does not exist in the organisation's time zone, or not with its offset."""
    zone = context.index.zone
    for field, time, offset in recorded_times(context):
        if offset is None and fixed_offset(zone, time.date()) is not None:
            continue
        offsets = offsets_of(zone, time)
        if not offsets:
            yield (
                field,
                say(
                    "hour-is-skipped",
                    "the {field}, {time}, does not exist in {zone}: the clocks skip that hour",
                    field=field,
                    time=time,
                    zone=zone.key,
                ),
            )
        elif offset is not None and offset not in offsets:
            why = say(
                "another-offset",
                "the {field}, {time}, has another offset in {zone}",
                field=field,
                time=time,
                zone=zone.key,
            )
            yield field, why


def _same_units(context: Context, lengths: Iterable[dt.timedelta]) -> bool:
    """Tell whether each of some lengths makes the same units of a contact, looked at by itself."""
    unit = context.coding.unit if context.coding is not None else None
    if unit is None or not (unit.per in {"service", "day"} or unit.aggregate == "encounter"):
        return False
    return len({own_units(minutes_if(context.encounter, length, unit), unit) for length in lengths}) == 1


@check("PB102", looks_at="row")
def ends_on_the_day_it_began(context: Context) -> Iterator[Problem]:
    """An encounter ends on the day it began; one that crosses midnight is billed on the day it began.

    Why it matters: a claim line has one date; a long night is also a common slip of the pen.

    Passes: 22:00 to 23:59 of one day.

    Fails: 22:00 to 00:30 of the next day, which is a warning. So is a contact over a clock change without offsets whose
    units are the same either way.
    """
    encounter = context.encounter
    if encounter.start is None or encounter.end is None:
        return
    lengths = possible_lengths(context)
    if len(lengths) > 1 and _same_units(context, lengths):
        yield problem(
            context,
            "encounters.start",
            _several_lengths(lengths),
            _GIVE_OFFSETS,
            severity=Severity.WARNING,
        )
    if duration(encounter) is None:
        return
    last = encounter.end - dt.timedelta(microseconds=1)
    if last.date() != encounter.start.date():
        yield problem(
            context,
            "encounters.end",
            say("crosses-midnight", "the encounter crosses midnight; it is billed on the day it began"),
            "Check both times; if they are right, nothing needs to be done.",
            severity=Severity.WARNING,
        )


@check("PB103", scope="line", looks_at="row")
def billed_units_match(line: Sequence[Context]) -> Iterator[Problem]:
    """The units that the record bills, where it gives them, equal the units that the minutes support.

    Why it matters: units beyond the minutes are overpayments; fewer are money left behind.

    Passes: 47 minutes, rounded down to units of 15, and billed_units 3.

    Fails: the same with billed_units 4. Where minutes are added by the day, the day's sum is compared; a day of
    which only some encounters give billed_units fails when these alone are too many.
    """
    given = [context.encounter.billed_units for context in line]
    units = [context.units for context in line]
    if None in units or all(value is None for value in given):
        return
    claimed = sum(value or 0 for value in given)
    supported = sum(value or 0 for value in units)
    most = max(supported, units_at_most(line)) if bills_whole_units(line[0]) else supported
    if claimed > most or (claimed < supported and None not in given):
        minutes = sum(context.minutes or 0 for context in line)
        made = say(
            "other-units",
            "{recorded} units are recorded, and {minutes} minutes make {units}",
            recorded=claimed,
            minutes=minutes,
            units=supported,
        )
        if most > supported:
            made = made.before("or-more", " to {most}", most=most)
        for context in line:
            yield problem(
                context,
                "encounters.billed_units",
                made,
                "Correct billed_units, or the times where they are wrong.",
                also=_unit_citations(context),
            )


@check("PB104", scope="line", looks_at="row")
def minutes_make_a_unit(line: Sequence[Context]) -> Iterator[Problem]:
    """The minutes make at least one unit.

    Why it matters: a line of zero units is rejected, so a contact that is too short makes no line.

    Passes: 15 minutes where a unit is 15 whole minutes.

    Fails: 14 minutes there. Where minutes are added by the day, the day's sum is looked at, and each contact that
    is shorter than the programme's shortest.
    """
    units = [context.units for context in line]
    if None in units:
        return
    none = sum(value or 0 for value in units) == 0
    for context in line:
        shortest = context.coding.unit.minimum_minutes if context.coding is not None else 0
        if context.minutes is None or not (none or context.minutes < shortest):
            continue
        yield problem(
            context,
            "encounters.end",
            say("one-minute", "1 minute makes no unit")
            if context.minutes == 1
            else say("too-short", "{minutes} minutes make no unit", minutes=context.minutes),
            "Keep the note; there is nothing to bill for this contact.",
            also=_unit_citations(context),
        )


def _unit_citations(context: Context) -> tuple[Citation, ...]:
    if context.rules is None:
        return ()
    said = context.rules.unit.said
    found = [said[field] for field in ("minutes", "rounding", "minimum_minutes") if field in said]
    return tuple(dict.fromkeys(citation for one in found for citation in one.citations))


@check("PB105", looks_at="row")
def breaks_leave_time(context: Context) -> Iterator[Problem]:
    """Breaks and travel leave time for the service; the programme's non-billable minutes are taken off.

    Why it matters: only time with the member is paid.

    Passes: an hour with 10 minutes of break and 20 of travel: 30 minutes are billed.

    Fails: an hour with 60 minutes of travel.
    """
    encounter = context.encounter
    if not leaves_time(context):
        away = (encounter.break_minutes or 0) + (encounter.travel_minutes or 0)
        field = "travel_minutes" if encounter.travel_minutes else "break_minutes"
        yield problem(
            context,
            f"encounters.{field}",
            say("no-time-left", "breaks and travel ({minutes:#minute}) leave no time for the service", minutes=away),
            "Breaks and travel lie inside start to end: correct the minutes or the times.",
        )


@check("PB106", looks_at="day")
def not_in_the_future(context: Context) -> Iterator[Problem]:
    """The encounter is not later than the as-of day.

    Why it matters: a service is billed after it was given, never before.

    Passes: an encounter of the as-of day.

    Fails: an encounter of the day after.
    """
    if context.day is not None and context.day > context.index.as_of:
        yield problem(
            context,
            "encounters.start",
            say(
                "in-the-future",
                "the encounter is on {day}, after the as-of day {as_of}",
                day=context.day,
                as_of=context.index.as_of,
            ),
            "Correct the date, or bill after the service was given.",
        )


def _passed_limits(day: dt.date, filing: Filing, as_of: dt.date) -> list[str]:
    """Return which of the limits that count from the service alone have passed."""
    alone = {"within": Filing(within=filing.within), "never_after": Filing(never_after=filing.never_after)}
    return [field for field, one in alone.items() if (filing_deadline(day, one) or dt.date.max) < as_of]


def _due(last: dt.date, days: int) -> Sentence:
    if days == 0:
        return say("due-today", "the last day to file is {last}, today", last=last)
    if days == 1:
        return say("due-tomorrow", "the last day to file is {last}, in 1 day", last=last)
    return say("due-soon", "the last day to file is {last}, in {days} days", last=last, days=days)


def _answered_elsewhere(context: Context) -> dt.date | None:
    """Return the day on which the last of the payers that were billed elsewhere answered, None where none did."""
    rows = context.index.prior_payments.get(context.encounter.encounter_id, ())
    return max((row.paid_on for row in rows if row.paid_on is not None), default=None)


@check("PB107", looks_at="day")
def can_be_filed_in_time(context: Context) -> Iterator[Problem]:
    """The claim can still be filed in time; from 30 days before the limit it is told.

    Why it matters: a claim received after the limit is denied, and the member may not be billed instead.

    Passes: a service of 2026-01-01 under a limit of 90 days, billed on 2026-03-01. Where another payer answered before,
    in the ledger or in prior_payments, the time after its answer counts.

    Fails: the same billed on 2026-04-02, a day after the limit; from 2026-03-02 it is a warning, and so it is after the
    limit where delay_reason says why: the claim tells it (CLM20), and the payer decides.
    """
    corrected, on_their_way = context.index.corrected, context.index.answered
    if context.rules is None or context.day is None:
        return
    # A replacement has a limit of its own (filing.resubmit_within): the first claim was filed in time.
    if corrected and context.encounter.encounter_id in corrected:
        return
    answered = on_their_way.get(context.encounter.encounter_id) if on_their_way else None
    if answered is None and context.index.prior_payments:
        answered = _answered_elsewhere(context)
    last = (
        last_day_to_file(context.rules, context.day)
        if answered is None
        else other_payer_deadline(context.day, answered, context.rules.filing.value)
    )
    if last is None:
        return
    left = (last - context.index.as_of).days
    if left > FILING_NOTICE_DAYS:
        return
    answer = context.rules.filing
    fields = ("within", "never_after") if answered is None else ("other_payer_within", "within", "never_after")
    saids = list(fields_of(answer.said, *fields))
    if not saids:
        return
    said = saids[0]
    if left < 0:
        cap = filing_deadline(context.day, Filing(never_after=answer.value.never_after))
        # A guess of a longer limit does not soften one that was read and has passed as well.
        if said.severity is not Severity.ERROR:
            passed = _passed_limits(context.day, answer.value, context.index.as_of)
            said = next((one for one in fields_of(answer.said, *passed) if one.severity is Severity.ERROR), said)
        reason = context.encounter.delay_reason
        if reason in delay_reasons():
            yield problem(
                context,
                "encounters.delay_reason",
                say(
                    "late-with-a-reason",
                    "the last day to file was {last}; the claim gives delay reason {reason} ({meaning}), and the payer "
                    "decides",
                    last=last,
                    reason=reason,
                    meaning=delay_reasons()[reason],
                ),
                "Have the proof ready, or send it and name it in attachment_type, attachment_transmission and "
                "attachment_control.",
                severity=Severity.WARNING,
                citations=said.citations,
            )
            return
        yield problem(
            context,
            "encounters.start",
            say("deadline-passed", "the last day to file was {last}", last=last),
            "If the payer grants an exception, enter its reason in delay_reason (1 to 11 or 15); otherwise write the "
            "service off."
            + (" Here never_after ends the time: a later within does not move it." if cap == last else ""),
            said=said,
        )
    else:
        yield problem(
            context,
            "encounters.start",
            _due(last, left),
            "Bill this encounter first.",
            severity=Severity.WARNING,
            citations=said.citations,
        )
