"""When a figure stands out. No source gives these values: they are ours, and each has its reason.

They were chosen so that a year of believable contacts has no finding. What a finding says always has the figures beside
it, so that a reader can judge by other values.
"""

from fractions import Fraction
from typing import Final

USUAL_DAYS: Final = 182
"""How many days before and after an encounter that is left, what was billed shows what is usual: half a year has the
earlier weeks and months that are compared, and older habits are those of other peers and members."""

BILLABLE_DAYS: Final = 366
"""How many days after its service an encounter that is left is compared with what was billed: claims are to be filed
within 12 months of the service (42 CFR 447.45(d)(1)), and what is held for good would have years of rows read."""

NAMED: Final = 20
"""Contacts of each peer that are named where several peers have the same habit: the last ones."""

CONTACTS: Final = 40
"""Fewest contacts of a peer whose times are compared: about two weeks of work."""
DAYS: Final = 20
"""Fewest days of a peer, or of a member, whose days are compared: a month of work."""
OTHERS: Final = 3
"""Fewest other peers that show what is usual: of two, one alone may be the exception."""
CHANCE: Final = 0.001
"""Largest probability that any peer of the data stands out by chance alone; each peer has its part of it."""

NEARLY_ALL: Final = Fraction(90, 100)
"""Share from which "nearly all" is said: nine of ten leave room for a few contacts that ended early."""
DISTANCE: Final = Fraction(25, 100)
"""How far a share lies above what is usual among the other peers: a nearer one is the habit of the agency."""

LEAST_DAILY_UNITS: Final = 4
"""Smallest daily limit that is looked at: ordinary contacts reach one of two or three units every day."""

LEAST_UNIT_MINUTES: Final = 10
"""Shortest unit whose boundaries are looked at: in a shorter one, every length is near a boundary."""
LEAST_NEAR: Final = 20
"""Fewest lengths near a boundary, on both sides of it together."""
ABOVE_BOUNDARY: Final = Fraction(80, 100)
"""Share of the lengths around the boundaries that are just above: half would be if nobody looked at the boundary."""
BOUNDARY_TIMES: Final = 2
"""How many times more contacts end just above a boundary than if minutes knew nothing of units."""

NIGHT_FROM: Final = 22
NIGHT_TO: Final = 6
"""Hours between which a contact that begins is at night: after what evening groups and before what early ones take."""
LEAST_UNUSUAL_DAYS: Final = 4
"""Fewest nights, or holidays, that a peer is asked about."""
USUAL_AT_LEAST: Final = Fraction(1, 100)
"""Share of nights, or of moves without time, that is ordinary anywhere: emergencies, and slips of the clock."""
HOLIDAYS_AT_LEAST: Final = Fraction(10, 100)
"""Share of the federal holidays that anybody may work on: one of the eleven of a year."""
UNUSUAL_TIMES: Final = 3
"""How many times as often as the other peers somebody works at such times."""

WEEKS_BEFORE: Final = 8
MONTHS_BEFORE: Final = 4
"""Fewest earlier weeks, or months, with which a week or month is compared: fewer are the start of somebody new."""
JUMP_TIMES: Final = Fraction(5, 2)
"""How many times the usual amount a jump is: twice is a change from half time to full time."""
DEVIATIONS: Final = 5
"""How many deviations (the median distance from the median, scaled as in `chance.deviation`) stand out."""
JUMP_MINUTES_OF_WEEK: Final = 20 * 60
JUMP_MINUTES_OF_MONTH: Final = 60 * 60
"""Least increase that is a jump: half a working week; three of them in a month."""

PEERS_OF_A_DAY: Final = 4
PEERS_OF_A_WEEK: Final = 6
PEERS_OF_A_MONTH: Final = 8
"""How many peers one member sees at least where it is asked why: support by a peer rests on one relationship.
A peer, a group and a colleague who stands in make three on one day."""
MEMBER_PERIODS: Final = 30
"""Fewest days, weeks or months of members that show how many peers are usual."""
PEERS_TIMES: Final = 3
"""How many times the usual number of peers stands out: a team that works in pairs has two."""

SHARING_PEERS: Final = 5
"""Fewest peers whose shares of the agency's units are compared: among four, a quarter each is already much."""
SHARE_WEEKS: Final = 4
"""Fewest weeks that a peer worked, so that one long week is no share."""
SHARE_TIMES: Final = 3
"""How many times the median of the peers, in units a week."""
FAIR_SHARES: Final = 2
"""How many times the share that a peer would have if all had the same."""
LEAST_DEVIATION: Final = Fraction(10, 100)
"""Least deviation, as part of the median: among peers who are nearly alike, a small difference is not extreme."""

WEEK_MINUTES: Final = 60 * 60
"""Contact of seven days beyond which it is asked how: five days of the 12 hours beyond which PB803 asks for a day."""
ALL_MINUTES_OF_A_WEEK: Final = 7 * 24 * 60

TRAVEL_MINUTES: Final = 5
"""A gap shorter than this takes nobody from one address to another: parking alone takes it."""
MOVES: Final = 20
"""Fewest moves between places of a peer whose gaps are compared."""
SHORT_MOVES: Final = 5
"""Fewest moves without time that a peer is asked about: single ones are slips of the clock."""
HABIT: Final = Fraction(25, 100)
"""Share of moves without time from which they are the habit of an agency: its times are rounded."""

DIGITS: Final = 100
"""Fewest lengths that end in neither 0 nor 5, for a test of their last digits."""
DIGIT_SHARE: Final = Fraction(30, 100)
"""Share of one of eight digits that is asked about: an eighth is expected."""
DIGIT_LENGTHS: Final = 3
"""How many lengths share the digit: one or two lengths alone are habits of appointments, which PB901 looks at."""

LEAST_WORDS: Final = 15
"""Fewest words of a note, or of what is left of it without the template, that are compared: shorter notes are alike by
chance."""
SIMILAR: Final = Fraction(78, 100)
"""Part of its words that a note shares, in order, with another that it resembles: of five sentences, one may differ."""
SIMILAR_OF_OTHERS: Final = Fraction(85, 100)
"""The same between notes of different peers and members: among so many pairs, some are alike by chance."""
SIMILAR_IN_ANY_ORDER: Final = Fraction(85, 100)
"""The same in any order, for sentences that were moved: two notes on one subject share many words in some order."""
SIMILAR_TEMPLATES: Final = Fraction(95, 100)
"""The same where too little is left without the template: fewer than one word in twenty is the note's own."""
TEMPLATE_SHARE: Final = Fraction(20, 100)
"""Share of the notes that have the same words in a row where these are template: a heading, or a phrase of the form."""
TEMPLATE_SHARE_OF_FEW: Final = Fraction(50, 100)
"""The same where fewer than `PEERS_WITH_TEMPLATE` write, who may copy one note all the time."""
TEMPLATE_NOTES: Final = 20
"""Fewest notes that make words template."""
TEMPLATE_PEERS: Final = Fraction(50, 100)
"""Share of the peers whose notes have words that are template; those of one peer are that peer's own text."""
PEERS_WITH_TEMPLATE: Final = 3
"""Fewest peers of whom a share can be told."""

GROUP_GAP_MINUTES: Final = 5
"""Largest gap between contacts that follow each other, and largest difference of starts and lengths that are equal."""
GROUP_MEMBERS: Final = 3
"""Fewest members of contacts in a row that look like one group; two in a row are any morning's appointments."""
GROUP_NOTES: Final = Fraction(50, 100)
"""Part of the words that notes of one group share: the event is one, what each member said is not."""
GROUP_CHANCE: Final = Fraction(1, 1000)
"""Largest probability that contacts in a row have one activity, place and length by the peer's habit alone."""
