"""PB901 to PB904, PB913 and PB914: lengths and times of contacts that stand out. Thresholds: `thresholds.py`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from peerbill.checks.base import Problem, check
from peerbill.checks.patterns.compare import Habit
from peerbill.checks.patterns.outlying import counts_of, everywhere, member_outlier, outlying, peer_outlier, percent
from peerbill.model.finding import Severity
from peerbill.model.sentence import say

if TYPE_CHECKING:
    from peerbill.checks.patterns.seen import Seen

_LENGTHS = "Compare these contacts with the peer's calendar and notes, and ask how their lengths were recorded."
_TO_THE_MINUTE = (
    "Have start and end recorded to the minute. If the system rounds them, ask its vendor to keep what was entered: "
    "units are computed from minutes."
)
_LIMIT = "Compare the notes of some of these days with the times, and ask why the service ends at the limit."
_SCHEDULE = "Compare these days with the work schedule, and some of the contacts with the members' own records."


@check("PB901", scope="pattern")
def contacts_differ_in_length(seen: "Seen") -> Iterator[Problem]:
    """The one-to-one contacts of a peer do not nearly all have the same length.

    Why it matters: conversations differ in length; records that do not are often filled in by habit or afterwards.

    Passes: fewer than 40 contacts; 35 of 40 contacts of 60 minutes. Groups are not compared.

    Fails: 36 of 40 contacts (90 %) last 60 minutes from start to end, while for half of the other peers the most
    frequent length has at least 25 points less: a warning. An info where fewer than three other peers can be compared,
    and a single one where nearly all contacts of most peers have one length: then it is how the agency records.
    """
    found, habit = seen.figures.lengths.same()
    for same in found:
        outlier = same.outlier
        yield peer_outlier(
            seen,
            outlier,
            "encounters.end",
            say(
                "same-length",
                "{count} of {total} one-to-one contacts of peer {staff_id} ({percent} %) lasted {minutes} minutes",
                staff_id=outlier.who,
                minutes=same.minutes,
                **counts_of(outlier),
            ),
            _LENGTHS,
        )
    if habit is not None:
        yield everywhere(
            seen,
            habit,
            "encounters.end",
            say(
                "same-length-everywhere",
                "for {peers} of {compared} peers, nearly all one-to-one contacts have one length: {count} of {total}"
                " ({percent} %)",
                peers=len(habit.who),
                compared=habit.compared,
                **counts_of(habit),
            ),
            _TO_THE_MINUTE,
        )


@check("PB902", scope="pattern")
def days_end_below_the_limit(seen: "Seen") -> Iterator[Problem]:
    """The days of a peer's members, or of a member, do not nearly all have the most units that the programme pays.

    Why it matters: need ends at a limit on some days, not on every day.

    Passes: fewer than 20 days; 17 of 20 days with the most units; a daily limit of fewer than 4 units.

    Fails: on 18 of 20 days (90 %) the units are exactly the daily limit of the programme, while half of the others
    have a share at least 25 points lower: a warning. An info where fewer than three others can be compared, and a
    single one where it is so for most. A member is not named besides the peers who gave those days.
    """
    found, habit = seen.figures.daily_maximum.peers()
    for outlier in found:
        yield peer_outlier(
            seen,
            outlier,
            "encounters.end",
            say(
                "always-maximum-of-peer",
                "{count} of {total} days on which peer {staff_id} saw a member ({percent} %) have exactly the most"
                " units of a day",
                staff_id=outlier.who,
                **counts_of(outlier),
            ),
            _LIMIT,
        )
    if habit is not None:
        yield _maximum_everywhere(seen, habit, "peers")
    found, habit = seen.figures.daily_maximum.members()
    for outlier in found:
        yield member_outlier(
            seen,
            outlier,
            "encounters.end",
            say(
                "always-maximum-of-member",
                "{count} of {total} days of member {member_id} ({percent} %) have exactly the most units of a day",
                member_id=outlier.who,
                **counts_of(outlier),
            ),
            _LIMIT,
        )
    if habit is not None:
        yield _maximum_everywhere(seen, habit, "members")


def _maximum_everywhere(seen: "Seen", habit: Habit, whose: str) -> Problem:
    return everywhere(
        seen,
        habit,
        "encounters.end",
        say(
            "always-maximum-everywhere",
            "for {those} of {compared} {whose}, nearly all days have exactly the most units of a day: {count} of"
            " {total} ({percent} %)",
            those=len(habit.who),
            compared=habit.compared,
            whose=whose,
            **counts_of(habit),
        ),
        _LIMIT,
    )


@check("PB903", scope="pattern")
def minutes_do_not_follow_units(seen: "Seen") -> Iterator[Problem]:
    """The minutes of a peer's contacts do not gather just above those at which another unit begins.

    Why it matters: minutes that are chosen for their units are not the minutes that were given.

    Passes: 8 and 23 minutes as often as 7 and 22; any number of contacts of 10 or 25 minutes; fewer than 40 contacts.

    Fails: with a unit of 15 minutes, rounded from the midpoint on, at least 80 % of the lengths near a boundary are
    just above it (8, 9, 23, 24, …) rather than just below (6, 7, 21, 22, …), beyond chance, and they are at least
    twice as many of all contacts as they would be if minutes knew nothing of units: a warning, compared with the other
    peers as in PB901. Lengths that end in 0 or 5 do not count, since times are read off a clock in fives. Where the
    programme adds the minutes of a day, it is the sum that is compared. Groups are not.
    """
    found, habits = seen.figures.boundaries.found()
    for near in found:
        outlier = near.outlier
        yield peer_outlier(
            seen,
            outlier,
            "encounters.end",
            say(
                "just-above-a-unit",
                "{count} of {contacts} contacts of peer {staff_id} last just long enough for another unit (from"
                " {first} minutes beyond full units of {unit_minutes}), where {expected} % were expected; of the"
                " {total} near that boundary, {percent} % are above it",
                contacts=near.contacts,
                staff_id=outlier.who,
                expected=percent(near.expected),
                unit_minutes=near.unit_minutes,
                first=near.first,
                **counts_of(outlier),
            ),
            "Compare start and end with the peer's own record: they are recorded, and units are computed from them.",
        )
    for several in habits:
        habit = several.habit
        yield everywhere(
            seen,
            habit,
            "encounters.end",
            say(
                "just-above-a-unit-everywhere",
                "for {peers} of {compared} peers, most lengths near where another unit begins ({first} minutes beyond"
                " full units of {unit_minutes}) are above it: {count} of {total} ({percent} %)",
                peers=len(habit.who),
                compared=habit.compared,
                unit_minutes=several.unit_minutes,
                first=several.first,
                **counts_of(habit),
            ),
            _TO_THE_MINUTE,
        )


@check("PB904", scope="pattern")
def holidays_and_nights_are_rare(seen: "Seen") -> Iterator[Problem]:
    """No peer works on holidays, or at night, far more often than the others.

    Why it matters: contacts at times at which hardly anybody works are among the first that an auditor calls about.

    Passes: fewer than 20 days of work; up to 3 holidays, and up to 3 nights; holidays and nights on which the others
    work about as often.

    Fails: 5 of the 5 federal holidays (as observed, from Monday to Friday) between a peer's first and last day of work,
    while three other peers worked on none; contacts that began from 22:00 on and before 06:00 on 4 of 24 days of work.
    The share has to be three times that of all others together (at least 10 % of holidays, 1 % of nights), and beyond
    chance. It is a warning; an info where fewer than three others can be compared.
    """
    for outlier in seen.figures.odd_times.holidays():
        yield peer_outlier(
            seen,
            outlier,
            "encounters.start",
            say(
                "works-on-holidays",
                "peer {staff_id} worked on {count} of {total} federal holidays ({percent} %)",
                staff_id=outlier.who,
                **counts_of(outlier),
            ),
            _SCHEDULE,
        )
    for outlier in seen.figures.odd_times.nights():
        yield peer_outlier(
            seen,
            outlier,
            "encounters.start",
            say(
                "works-at-night",
                "peer {staff_id} began contacts between 22:00 and 06:00 on {count} of {total} days of work"
                " ({percent} %)",
                staff_id=outlier.who,
                **counts_of(outlier),
            ),
            _SCHEDULE,
        )


@check("PB913", scope="pattern")
def times_are_not_all_round(seen: "Seen") -> Iterator[Problem]:
    """The sessions of a peer do not nearly all begin and end on a quarter of an hour.

    Why it matters: appointments begin on the quarter; that they all end on it too shows times that nobody read off a
    clock, and units that follow from them.

    Passes: fewer than 40 sessions; 35 of 40 sessions that begin and end at :00, :15, :30 or :45.

    Fails: 36 of 40 sessions (90 %) do, while half of the other peers have a share at least 25 points lower: a warning.
    An info where fewer than three other peers can be compared, and a single one where the sessions of most peers are
    round: then the agency's system rounds.
    """
    found, habit = seen.figures.quarter_hours.found()
    for outlier in found:
        yield peer_outlier(
            seen,
            outlier,
            "encounters.start",
            say(
                "round-times",
                "{count} of {total} sessions of peer {staff_id} ({percent} %) begin and end on a quarter of an hour",
                staff_id=outlier.who,
                **counts_of(outlier),
            ),
            _TO_THE_MINUTE,
        )
    if habit is not None:
        yield everywhere(
            seen,
            habit,
            "encounters.start",
            say(
                "round-times-everywhere",
                "for {peers} of {compared} peers, nearly all sessions begin and end on a quarter of an hour:"
                " {count} of {total} ({percent} %)",
                peers=len(habit.who),
                compared=habit.compared,
                **counts_of(habit),
            ),
            _TO_THE_MINUTE,
        )


@check("PB914", scope="pattern")
def last_digits_are_even(seen: "Seen") -> Iterator[Problem]:
    """The lengths of a peer's one-to-one contacts do not end in one digit far more often than in the others.

    Why it matters: minutes that were read off a clock end in 1, 2, 3, 4, 6, 7, 8 and 9 about equally often; minutes
    that somebody thought of have favourites.

    Passes: fewer than 100 lengths that end in neither 0 nor 5; 29 of 100 that end in 7; lengths in 7 of which one
    length, or two, are most: PB901 looks at these.

    Fails: 30 of 100 lengths that end in neither 0 nor 5 end in 7, from at least three lengths, beyond chance for all
    peers and digits together; an eighth is expected. It is an info. First digits are not tested: their law (Benford)
    holds for amounts over several orders of magnitude, while contacts last from 8 minutes to some hours, and charges
    are a few multiples of one rate.
    """
    for found in seen.figures.lengths.digits():
        yield outlying(
            seen,
            found.numbers,
            "encounters.end",
            say(
                "favourite-digit",
                "{count} of {total} lengths of peer {staff_id} that end in neither 0 nor 5 ({percent} %) end in"
                " {digit}; an eighth is expected",
                staff_id=found.staff_id,
                digit=found.digit,
                **counts_of(found),
            ),
            "Compare some of these lengths with the peer's own record.",
            severity=Severity.INFO,
            staff_id=found.staff_id,
        )
