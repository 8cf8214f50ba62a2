"""PB905 to PB909: amounts, weeks, peers of a member and moves that stand out. Thresholds: `thresholds.py`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from peerbill.checks.base import Problem, check
from peerbill.checks.patterns.outlying import counts_of, everywhere, hours, outlying, peer_outlier, percent
from peerbill.checks.patterns.thresholds import ALL_MINUTES_OF_A_WEEK, SHORT_MOVES, TRAVEL_MINUTES
from peerbill.checks.patterns.volume import AGENCY, Jump
from peerbill.model.finding import Severity
from peerbill.model.sentence import say

if TYPE_CHECKING:
    from peerbill.checks.patterns.seen import Seen

_PAYROLL = "Compare the hours with payroll and the work schedule."


@check("PB905", scope="pattern")
def volume_does_not_jump(seen: "Seen") -> Iterator[Problem]:
    """No week or month of a peer, or of the agency, has far more billable hours than the earlier ones.

    Why it matters: payers look first at what grew suddenly; there may be a good reason, which belongs on file.

    Passes: fewer than 8 earlier weeks, or 4 earlier months; 49 hours in a week after weeks of 20; an increase of less
    than 20 hours in a week, or of 60 in a month.

    Fails: 50 hours in a week after 8 weeks of 18 to 22 hours: at least two and a half times the median of the earlier
    weeks, and more than five deviations (of the median distance from the median) above it. Of weeks or months in a
    row, the first is named, and no month besides its week. It is a warning; an info for the agency as a whole. Hours of
    a group count for each member; weeks begin on Monday, and those without contacts do not count.
    """
    for jump in seen.figures.volume.jumps():
        yield _jump(seen, jump)


def _jump(seen: "Seen", jump: Jump) -> Problem:
    agency = jump.staff_id == AGENCY
    return outlying(
        seen,
        jump.numbers,
        "encounters.start",
        say(
            "jump",
            "{whose} has {hours} billable hours in the {period} from {first}; the {earlier} earlier ones have {usual}"
            " (median), and at most {most}",
            whose="the agency" if agency else f"peer {jump.staff_id}",
            hours=hours(jump.minutes),
            period=jump.period,
            first=jump.first,
            earlier=jump.earlier,
            usual=hours(jump.usual),
            most=hours(jump.most),
        ),
        "Find out what changed (new members, another peer's members, notes that came late), and keep the reason on"
        " file.",
        severity=Severity.INFO if agency else Severity.WARNING,
        staff_id=None if agency else jump.staff_id,
    )


@check("PB906", scope="pattern")
def members_have_few_peers(seen: "Seen") -> Iterator[Problem]:
    """No member is seen by far more peers in a day, a week or a month than is usual.

    Why it matters: support by a peer rests on one relationship; many peers for one member may be a number that is
    passed around.

    Passes: 3 peers on one day, 5 in a week from Monday on, 7 in a month; twice as many as half of the members have.

    Fails: 4 peers on one day, 6 in a week or 8 in a month, and at least three times the median of all members' days,
    weeks or months, of which there are at least 30. It is a warning, once for each member: by days, or else by weeks or
    months. It names the member's first contact with each peer of the day, week or month with the most.
    """
    for many in seen.figures.several_peers.found():
        sentence = say(
            "many-peers",
            "{peers} peers saw member {member_id} in one {period} (from {first}); {usual} is usual (median)",
            peers=many.peers,
            member_id=many.member_id,
            period=many.period,
            first=many.first,
            usual=many.usual,
        )
        if many.times > 1:
            sentence = sentence.before("again", "; many peers saw the member {times} times", times=many.times)
        yield outlying(
            seen,
            many.numbers,
            "encounters.staff_id",
            sentence,
            "Compare the notes of these contacts with each other, and ask why so many peers see the member.",
            member_id=many.member_id,
        )


@check("PB907", scope="pattern")
def units_are_shared(seen: "Seen") -> Iterator[Problem]:
    """No peer has an extreme share of the agency's units.

    Why it matters: a peer who bills far more than all colleagues is the first whom an auditor asks for records.

    Passes: fewer than 5 peers; a peer of less than four weeks; 59 units in a week of work where the median is 20.

    Fails: 60 units in a week of work where the median of the peers is 20, more than five deviations (of the median
    distance from the median, at least a tenth of it) above it, and at least twice an equal share of all units. Weeks
    in which a peer did not work do not count. It is a warning.
    """
    for large in seen.figures.volume.shares():
        yield outlying(
            seen,
            large.numbers,
            "encounters.staff_id",
            say(
                "large-share",
                "peer {staff_id} has {units} of the agency's {total} units ({percent} %), {weekly} in a week of work;"
                " the median of {peers} peers is {usual}",
                staff_id=large.staff_id,
                units=large.units,
                total=large.total,
                percent=percent(large.share),
                weekly=large.weekly,
                peers=large.peers,
                usual=large.usual,
            ),
            _PAYROLL,
            staff_id=large.staff_id,
        )


@check("PB908", scope="pattern")
def weeks_are_possible(seen: "Seen") -> Iterator[Problem]:
    """The sessions of a peer in seven days are no more hours than somebody can give.

    Why it matters: each day may be possible, and the week is not; notes, travel and sleep take time too.

    Passes: 60 hours in seven days in a row, groups counted once.

    Fails: 60 hours and a minute, which are five days of the 12 hours beyond which PB803 asks for a day: a warning. Over
    168 hours, the message says that seven days have no more. Of seven days that overlap, those with the most hours are
    named, so that long weeks in a row are a finding each. A facilitator's hours count for the peer who renders.
    """
    for week in seen.figures.weeks.found():
        sentence = say(
            "long-week",
            "the sessions of peer {staff_id} in the seven days from {first} add up to {hours} h {minutes:02} min; half"
            " of all peers' seven days have {usual} h or less",
            staff_id=week.staff_id,
            first=week.first,
            hours=week.minutes // 60,
            minutes=week.minutes % 60,
            usual=week.usual,
        )
        if week.minutes > ALL_MINUTES_OF_A_WEEK:
            sentence = sentence.before("impossible", "; seven days have {all} h", all=ALL_MINUTES_OF_A_WEEK // 60)
        yield outlying(
            seen,
            week.numbers,
            "encounters.start",
            sentence,
            f"{_PAYROLL} Correct times or the person where they are wrong.",
            staff_id=week.staff_id,
        )


@check("PB909", scope="pattern")
def moves_take_time(seen: "Seen") -> Iterator[Problem]:
    """A peer does not go from one place to another in no time, again and again.

    Why it matters: nobody is at two addresses within a few minutes; either times are rounded, or a visit was none.

    Passes: fewer than 20 moves, or up to 4 of them in under 5 minutes; 5 minutes between the contacts, or 5 minutes of
    travel_minutes in one of them; a contact by video or telephone in between; contacts that overlap (PB801).

    Fails: 5 of 20 moves on one day, in person, have under 5 minutes between the contacts, at least three times the
    share of all other peers (1 % if theirs is lower), and beyond chance. No distances are known: it rests on another
    ZIP code (of the facility, the member's home for place 12, the site, or the agency for place 11), another facility
    or site, or another place of service code. It is a warning where at least 5 moves rest on an address, and else an
    info: two place of service codes may be one building. A single info where a quarter of the moves of most peers take
    no time: then times are rounded.
    """
    found, habit = seen.figures.travel.found()
    for short in found:
        outlier = short.outlier
        yield peer_outlier(
            seen,
            outlier,
            "encounters.start",
            say(
                "no-time-to-travel",
                "peer {staff_id} went from one place to another {total} times within a day; {count} times"
                " ({percent} %) the contacts are under {least} minutes apart ({by_address} times at another"
                " address, the others with another place of service code alone)",
                staff_id=outlier.who,
                least=TRAVEL_MINUTES,
                by_address=short.by_address,
                **counts_of(outlier),
            ),
            "Compare start and end with the peer's own record; enter travel within a contact as travel_minutes.",
            severity=Severity.WARNING if short.by_address >= SHORT_MOVES else Severity.INFO,
        )
    if habit is not None:
        yield everywhere(
            seen,
            habit,
            "encounters.start",
            say(
                "no-time-to-travel-everywhere",
                "for {peers} of {compared} peers, many moves between two places take under {least} minutes: {count} of"
                " {total} ({percent} %)",
                peers=len(habit.who),
                compared=habit.compared,
                least=TRAVEL_MINUTES,
                **counts_of(habit),
            ),
            "Have start and end recorded to the minute, and travel within a contact as travel_minutes.",
        )
