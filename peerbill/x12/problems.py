"""The problems of an X12 file: a closed list of kinds, and the record of a problem.

Codes are stable: X12-0nn reading, 1nn envelope, 2nn segments and loops, 3nn elements, 4nn situational rules, 5nn code
values, 6nn balance, 7nn duplicates, 8nn answers of payers, 9nn findings of pyx12. Messages name segments, elements and
positions, never the text of an element that may hold a person's data.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import attrs

from peerbill.model.finding import Severity

E: Final = Severity.ERROR
W: Final = Severity.WARNING
I: Final = Severity.INFO  # noqa: E741 - the three letters are a column of the table below


@attrs.frozen
class Kind:
    """A kind of problem: how much it matters, the condition of a good file, and the remedy."""

    severity: Severity
    title: str
    fix: str


@attrs.frozen
class Problem:
    """A problem of a file.

    `segment` counts the segments of the file, ISA is 1 (0: the file as a whole); `element` is like SV102 or CLM05-1, or
    ""; `loop` is like 2010BA, or "" in the envelope; `claim` is the CLM01 of the claim that the problem holds back, or
    "" where it concerns more than one claim; `source` is own or guide (pyx12).
    """

    code: str
    severity: Severity
    segment: int
    segment_id: str
    element: str
    loop: str
    claim: str
    message: str
    fix: str
    source: str = "own"


KINDS: Mapping[str, Kind] = {
    "X12-001": Kind(E, "the file begins with an ISA segment", "Ask the sender for the whole file, from ISA to IEA."),
    "X12-002": Kind(E, "ISA has 16 elements of fixed width", "Write ISA with exactly 106 characters."),
    "X12-003": Kind(E, "segments end with the terminator that ISA declares", "Send the file again; it is cut off."),
    "X12-004": Kind(E, "no segment is empty", "Take out the second of the two terminators."),
    "X12-005": Kind(E, "only ISA follows IEA", "Take out what stands between the interchanges."),
    "X12-006": Kind(E, "the four delimiters differ", "Choose four different characters, no letter or digit."),
    "X12-007": Kind(E, "no line ends inside a segment", "Write each segment without line breaks."),
    "X12-008": Kind(E, "terminators stand right behind the data", "Take out the blanks before the terminators."),
    "X12-012": Kind(E, "text is in the X12 character set", "Write the text in plain letters without accents."),
    "X12-101": Kind(E, "the envelope is nested ISA, GS, ST, SE, GE, IEA", "Write the missing header or trailer."),
    "X12-102": Kind(E, "an envelope element holds what it must", "Correct the element."),
    "X12-103": Kind(E, "trailer and header carry one control number", "Repeat the header's number in the trailer."),
    "X12-104": Kind(E, "the trailer counts what it closes", "Count again after the last change to the file."),
    "X12-105": Kind(E, "ST02 is its own in the group", "Number the transaction sets 0001, 0002 and so on."),
    "X12-106": Kind(E, "ISA13 is its own in the file", "Take the next control number for each interchange."),
    "X12-107": Kind(E, "ST03 repeats GS08", "Write the same version in ST03 and GS08."),
    "X12-108": Kind(
        W, "the version is 005010X222A1 (837P) or 005010X223A2 (837I)", "Ask the payer whether it takes this version."
    ),
    "X12-109": Kind(
        I, "only the envelope of this transaction set is checked", "Nothing: peerbill checks 837P and 837I in full."
    ),
    "X12-110": Kind(W, "a transaction set holds at most 5,000 claims", "Start another ST after 5,000 claims."),
    "X12-111": Kind(
        E, "nothing comes before ISA", "Save the file as plain text without a byte order mark or blank lines."
    ),
    "X12-112": Kind(E, "GS06 is its own in the interchange", "Take the next control number for each group."),
    "X12-113": Kind(E, "the group is of its transaction sets' kind", "Write HC in GS01 for claims (ST01 837)."),
    "X12-114": Kind(
        E, "BHT04 is not later than the group's day (GS04)", "Write the day on which the file was made in both."
    ),
    "X12-115": Kind(
        E,
        "claims are of a guide of version 5010",
        "Write 837 in ST01, and 005010X222A1 or 005010X223A2 in GS08 and ST03.",
    ),
    "X12-201": Kind(E, "every required segment is there", "Add the segment."),
    "X12-202": Kind(E, "segments stand where the guide puts them", "Move the segment to its place."),
    "X12-203": Kind(E, "only segments and qualifiers of the guide are sent", "Take the segment out or correct it."),
    "X12-204": Kind(E, "no segment or loop repeats more often than allowed", "Split the claim, or send it once."),
    "X12-205": Kind(E, "HL01 counts 1, 2, 3 in each transaction set", "Number the HL segments again."),
    "X12-206": Kind(E, "HL02 names the HL above", "Write the HL01 of the parent in HL02."),
    "X12-207": Kind(E, "HL04 tells whether children follow", "Write 1 where a lower HL follows, else 0."),
    "X12-208": Kind(E, "LX01 counts 1, 2, 3 in each claim", "Number the lines of the claim again."),
    "X12-209": Kind(E, "every subscriber or patient has a claim", "Take the HL out or add its claim."),
    "X12-301": Kind(E, "required elements are filled", "Fill the element."),
    "X12-302": Kind(E, "elements that are not used stay empty", "Leave the element empty."),
    "X12-303": Kind(E, "nothing empty trails a segment or composite", "Drop the separators at the end."),
    "X12-304": Kind(E, "no text holds a delimiter", "Take the delimiter out of the text."),
    "X12-305": Kind(E, "elements are not padded with spaces", "Trim the element."),
    "X12-306": Kind(E, "lengths are within the guide's limits", "Shorten or complete the element."),
    "X12-307": Kind(E, "coded elements hold a code of the guide", "Use one of the codes named."),
    "X12-308": Kind(E, "numbers are numbers", "Write digits, and at most one decimal point."),
    "X12-309": Kind(
        E, "numbers are in their shortest form", "Write 47.5, 47 and 0: no trailing or leading zeros, no plus."
    ),
    "X12-310": Kind(E, "days are days of the calendar", "Write CCYYMMDD, or CCYYMMDD-CCYYMMDD with RD8."),
    "X12-311": Kind(E, "times are times of the day", "Write HHMM."),
    "X12-312": Kind(E, "a segment has no more elements than the guide gives it", "Look for a separator in a text."),
    "X12-313": Kind(E, "of elements that exclude each other one is sent", "Send the one that is meant."),
    "X12-314": Kind(E, "countries are codes of ISO 3166", "Write the two letters of the country; none for the US."),
    "X12-315": Kind(E, "currencies are codes of ISO 4217", "Leave CUR out where the amounts are US dollars."),
    "X12-316": Kind(E, "a Social Security number has nine digits", "Write nine digits without hyphens."),
    "X12-317": Kind(W, "remark codes are in the list (RARC)", "Copy the remark code from the payer's remittance."),
    "X12-401": Kind(E, "a patient who is the subscriber has birth date and sex", "Send DMG in loop 2010BA."),
    "X12-402": Kind(E, "a patient who is the subscriber has an address", "Send N3 and N4 in loop 2010BA."),
    "X12-403": Kind(
        E, "a replacement or void names the payer's claim number", "Send REF*F8 with the payer's claim number."
    ),
    "X12-404": Kind(E, "an original claim names no earlier claim", "Use frequency 7 or 8, or leave REF*F8 out."),
    "X12-405": Kind(E, "pointers name diagnoses of the claim, each once", "Point only to entries of HI."),
    "X12-406": Kind(E, "no service is later than the file (BHT04)", "Correct the service date."),
    "X12-407": Kind(E, "a range of days begins before it ends", "Put the earlier day first."),
    "X12-408": Kind(E, "units are more than 0", "Leave the line out or send its units."),
    "X12-409": Kind(W, "units (UN) are whole; those of peer support must be", "Send whole units."),
    "X12-410": Kind(E, "a line has at most four modifiers, all different", "Send each modifier once, four at most."),
    "X12-411": Kind(E, "SBR09 tells the kind of payer", "Write MC for Medicaid."),
    "X12-412": Kind(E, "a claim belongs to its patient", "Send SBR02 18, or the patient in loop 2000C."),
    "X12-413": Kind(
        E, "elements that need each other come together", "Fill in the missing element, or leave out what needs it."
    ),
    "X12-414": Kind(E, "a provider without an NPI has another identifier", "Send REF with the payer's identifier."),
    "X12-415": Kind(E, "an inpatient stay names the admission", "Send DTP*435 with the day of admission."),
    "X12-416": Kind(E, "CLM01 has at most 20 characters", "Shorten the claim id: answers return only 20."),
    "X12-417": Kind(E, "a person is born before the service", "Correct DMG02 or the service date."),
    "X12-418": Kind(
        E, "billing provider and facility have a street address", "Send the street; a PO box belongs in loop 2010AB."
    ),
    "X12-419": Kind(E, "each payer of a claim has its own rank", "Give P, S, T and so on once each."),
    "X12-420": Kind(
        E, "phone numbers are ten digits, email addresses have an @", "Write area code and number without punctuation."
    ),
    "X12-421": Kind(
        E, "an institutional claim names the attending provider", "Send NM1*71 with the person's NPI in loop 2310A."
    ),
    "X12-422": Kind(E, "an outpatient line has its day of service", "Send DTP*472 in the line."),
    "X12-423": Kind(E, "an outpatient service of this revenue code is coded", "Send the procedure in SV202."),
    "X12-424": Kind(E, "a revenue code has four digits", "Write the leading zero: 0900."),
    "X12-425": Kind(E, "the statement covers the days of its lines", "Put the first and last day in DTP*434."),
    "X12-426": Kind(E, "the type of bill is one in use", "Write 13 and the frequency 1 for bill type 131."),
    "X12-427": Kind(
        E, "other providers and places are sent where they differ from the billing provider", "Leave the loop out."
    ),
    "X12-428": Kind(W, "Medicare after another payer says why (SBR05)", "Write the insurance type code in SBR05."),
    "X12-429": Kind(E, "a chargeable claim has a charge", "Write the charge, or RP in BHT06 for an encounter report."),
    "X12-430": Kind(E, "an attachment sent apart has its number", "Write AC and the number on the attachment in PWK."),
    "X12-431": Kind(E, "an accident has its day", "Send DTP*439, or take the cause out of CLM11."),
    "X12-432": Kind(E, "the supervising provider is another person", "Leave loop 2310D out, or name who supervised."),
    "X12-433": Kind(E, "authorization and referral have numbers of their own", "Leave out the one that is not meant."),
    "X12-434": Kind(
        E, "an earlier payer's line names a payer of the claim", "Send loop 2320 with that payer's id in 2330B."
    ),
    "X12-435": Kind(E, "an earlier payer that answered has its payment", "Send AMT*D, also where the payer paid 0."),
    "X12-436": Kind(
        E, "an earlier payer's day is sent once, for claim or lines", "Keep DTP*573 where the adjustments are."
    ),
    "X12-437": Kind(E, "an earlier payer was asked, or was not", "Send AMT*D for a payer that answered, else AMT*A8."),
    "X12-438": Kind(
        E, "a person has a first name", "Write it in NM104; of a person with one name, what the payer's records have."
    ),
    "X12-439": Kind(E, "a patient is a person", "Write 1 in NM102, and the member's names."),
    "X12-440": Kind(
        E, "an organization has one name", "Write 1 in NM102 for a person, or only NM103 for an organization."
    ),
    "X12-441": Kind(E, "the days of a claim follow each other", "Correct the day, or the day of service."),
    "X12-442": Kind(E, "a patient was served while alive", "Correct PAT06 or the service date."),
    "X12-443": Kind(E, "minutes (MJ) are for anesthesia only", "Write UN in SV103 and the units in SV104."),
    "X12-445": Kind(E, "a car accident has its state", "Write the state in CLM11-4."),
    "X12-446": Kind(W, "SBR05 is for Medicare alone", "Leave SBR05 out, or correct SBR09."),
    "X12-447": Kind(E, "payers answer in the order of their ranks", "Correct SBR01: P answers before S, S before T."),
    "X12-448": Kind(
        E, "an earlier payer's answer has its day, after the service", "Send DTP*573 with the day of its remittance."
    ),
    "X12-450": Kind(
        E,
        "adjustment reasons are codes of the CARC list",
        "Copy the reason from the remittance, without leading zeros.",
    ),
    "X12-452": Kind(E, "SVD06 names a line of the claim", "Write the LX01 of the line with which it was paid."),
    "X12-453": Kind(E, "National Drug Codes have eleven digits", "Write eleven digits (5-4-2) without hyphens."),
    "X12-454": Kind(E, "a primary care provider (P3) is the second referrer", "Write DN in NM101 of the only one."),
    "X12-455": Kind(E, "modifiers follow each other", "Move the modifier to the first empty place."),
    "X12-460": Kind(E, "CL101 is the priority of the admission or visit", "Write 1, 2, 3, 4, 5 or 9: 3 is planned."),
    "X12-461": Kind(
        E,
        "CL102 says where the patient came from",
        "Write 1, 2, 4, 5, 6, 8, 9, D, E, F or G: 1 is home; newborns 5, 6.",
    ),
    "X12-462": Kind(E, "CL103 is a status of the patient", "Write the status at the statement's end: 01 is home."),
    "X12-463": Kind(
        E,
        "the patient's status fits the bill",
        "Write 01, say, or frequency 2 or 3 for a person who is still a patient.",
    ),
    "X12-464": Kind(E, "a revenue code is one in use", "Write the payer's code, such as 0900."),
    "X12-465": Kind(
        E, "condition, occurrence and value codes are of their lists", "Correct the code, or the qualifier before it."
    ),
    "X12-466": Kind(E, "a condition, an event or a value is sent once", "Take the second one out."),
    "X12-467": Kind(
        E, "the admission is no later than the statement, and after the birth", "Correct DTP*435 or DTP*434."
    ),
    "X12-468": Kind(E, "an inpatient bill has its day of admission", "Send DTP*435."),
    "X12-469": Kind(E, "an inpatient bill has its admitting diagnosis", "Send HI with ABJ."),
    "X12-470": Kind(E, "the statement is over when it is sent, and begins after the birth", "Correct DTP*434."),
    "X12-471": Kind(E, "no more than the charge is noncovered", "Correct SV207."),
    "X12-472": Kind(
        E, "who attends or operates is a person", "Name the person, and write the person's own NPI in NM109."
    ),
    "X12-473": Kind(
        E, "rendering and referring providers are sent where they are not the attending one", "Leave the loop out."
    ),
    "X12-474": Kind(E, "an earlier payer's line has the revenue code of the line", "Write SV201 in SVD04."),
    "X12-475": Kind(E, "an event is over when it is sent", "Correct the day beside the code in HI."),
    "X12-476": Kind(E, "external causes have an HI of their own", "Send external causes with ABN, and only those."),
    "X12-477": Kind(W, "present-on-admission indicators belong to inpatient bills", "Leave the indicator out."),
    "X12-478": Kind(E, "an interim bill says that the person is still a patient", "Write 30 in CL103."),
    "X12-479": Kind(E, "a finished inpatient bill has its hour of discharge", "Send DTP*096."),
    "X12-480": Kind(W, "admitting diagnoses and groups belong to inpatient bills", "Leave HI with ABJ or DR out."),
    "X12-481": Kind(
        E, "an inpatient procedure is an ICD-10-PCS code of a day of the stay", "Correct HI with BBR or BBQ."
    ),
    "X12-482": Kind(E, "another operating physician comes beside the first", "Name the first in loop 2310B."),
    "X12-483": Kind(
        W, "diagnoses of a hospital stay say what was present on admission", "Write Y, N, U or W in HI01-9."
    ),
    "X12-484": Kind(W, "reasons for the visit belong to outpatient bills", "Leave HI with APR out."),
    "X12-485": Kind(E, "frequency 9 is of home health", "Write the bill's own frequency in CLM05-3."),
    "X12-486": Kind(
        W, "a bill of frequency 1 begins with the admission", "Correct DTP*434 or DTP*435, or the frequency."
    ),
    "X12-487": Kind(
        W, "room and board belong to inpatient and residential bills", "Correct SV201 or the type of bill."
    ),
    "X12-488": Kind(
        W, "occurrence and value codes begin with a letter in use", "Compare the code with the payer's list."
    ),
    "X12-456": Kind(E, "diagnoses follow each other", "Move the diagnosis to the first empty place, and its pointers."),
    "X12-457": Kind(E, "each payer of a claim has its own id", "Correct NM109 of loop 2330B, and SVD01."),
    "X12-490": Kind(E, "SBR05 is for Medicare after another payer", "Leave SBR05 out, or correct SBR01."),
    "X12-491": Kind(
        W, "a claim to a later payer names the earlier ones", "Send loop 2320 of each payer before, or P in SBR01."
    ),
    "X12-492": Kind(E, "the day of an accident comes with its cause", "Leave DTP*439 out, or name the cause in CLM11."),
    "X12-493": Kind(
        W, "a payer's claim is replaced or voided once", "Send the last correction only, with the payer's last number."
    ),
    "X12-494": Kind(E, "CLIA numbers have ten characters", "Write two digits, D and seven digits."),
    "X12-495": Kind(E, "a screening without a referral says so", "Write NU in CRC03, or Y in CRC02."),
    "X12-501": Kind(E, "an NPI has ten digits and the right check digit", "Look for a mistyped or swapped digit."),
    "X12-502": Kind(
        E, "diagnoses are ICD-10-CM codes valid that day", "Use the full code of that day, without the dot."
    ),
    "X12-503": Kind(E, "a diagnosis stands once in a claim", "Take the second one out."),
    "X12-504": Kind(E, "procedures are HCPCS or CPT codes", "Correct the procedure code."),
    "X12-505": Kind(E, "taxonomy codes are in the NUCC list", "Look the code up in the NUCC list."),
    "X12-506": Kind(E, "states are postal codes of states or territories", "Write the two letters of the state."),
    "X12-507": Kind(E, "places of service are in the CMS list", "Write the two digits of the place of service."),
    "X12-508": Kind(E, "ZIP codes have five or nine digits", "Write the digits only; nine for provider and facility."),
    "X12-509": Kind(E, "tax ids have nine digits", "Write nine digits without a hyphen."),
    "X12-510": Kind(
        E, "the principal diagnosis is no external cause and no sequela", "Put the reason for the service first."
    ),
    "X12-601": Kind(E, "the claim's charge is the sum of its lines", "Write the sum of the lines' charges in CLM02."),
    "X12-602": Kind(E, "an earlier payer's line adds up", "Make the charge the sum of SVD02 and the adjustments."),
    "X12-603": Kind(E, "an earlier payer's payment adds up", "Make AMT*D the sum of SVD02 less claim adjustments."),
    "X12-604": Kind(E, "the patient paid no more than the charge", "Correct AMT*F5."),
    "X12-605": Kind(E, "a payer that was not asked covers none of the charge", "Write CLM02 in AMT*A8."),
    "X12-606": Kind(
        E, "what is left to the patient is said once, within the charge", "Keep AMT*EAF where the adjustments are."
    ),
    "X12-607": Kind(E, "what an earlier payer paid or left is not negative", "Write 0 where it paid nothing."),
    "X12-609": Kind(
        E, "an earlier payer answered each line", "Send loop 2430 in each line, or CAS once for the claim."
    ),
    "X12-701": Kind(E, "a claim is sent once", "Take the second copy out."),
    "X12-702": Kind(E, "CLM01 is its own in the file", "Give each claim its own id."),
    "X12-703": Kind(W, "a service is sent once", "Join the lines, or add the modifier that sets them apart."),
    "X12-704": Kind(E, "a line's REF*6R is its own in the claim", "Give each line its own id."),
    "X12-801": Kind(
        W, "an answer comes in a version that peerbill knows", "Nothing: it was read all the same; look at it."
    ),
    "X12-802": Kind(
        W, "an answer has the segments and levels that its guide requires", "Nothing: what is there was read."
    ),
    "X12-803": Kind(
        W, "an answer holds only segments of its guide, in their place", "Nothing: the other segments were read."
    ),
    "X12-804": Kind(E, "an amount of an answer is a number", "Ask the payer for a corrected file."),
    "X12-805": Kind(W, "elements of an answer hold what its guide says", "Nothing: it was read as it was sent."),
    "X12-806": Kind(W, "an answer uses the delimiters that ISA declares", "Nothing: the character in use was taken."),
    "X12-807": Kind(E, "an answer is whole, from ST to SE", "Ask the payer for the file again; it is cut off."),
    "X12-808": Kind(
        W, "elements of an answer can be read", "The value is not known. Ask the sender for it where it matters."
    ),
    "X12-809": Kind(
        E,
        "a claim of another system says what peerbill's claims can say",
        "Look at its segments: they are kept as sent. Enter the claim by hand, or correct it where it was made.",
    ),
    "X12-901": Kind(E, "pyx12 finds nothing against the implementation guide", "Correct the element or segment named."),
    "X12-902": Kind(E, "pyx12 can read the claim", "Correct the other problems of the claim first."),
    "X12-903": Kind(I, "pyx12 has a guide for the transaction set", "Nothing: pyx12 knows no guide for this version."),
}
"""Every kind of problem by its code."""

_READ_ANYWAY = "Nothing to do: it was read all the same. If something is missing, ask the sender for a corrected file."
RECEIVED: Mapping[str, str] = {
    "X12-002": _READ_ANYWAY,
    "X12-003": "The file is cut off: ask the sender for it again.",
    "X12-004": "Nothing to do: the empty segment was left out.",
    "X12-005": "Nothing to do: what stands between the interchanges was left out.",
    "X12-006": _READ_ANYWAY,
    "X12-007": "Nothing to do: the segments were read as they were before the lines were cut.",
    "X12-008": "Nothing to do: the segments were read without them.",
    "X12-101": "The file may be incomplete: ask the sender whether something is missing.",
    "X12-102": _READ_ANYWAY,
    "X12-103": "Parts of two files may be mixed: ask the sender whether the file is whole.",
    "X12-104": "Something may be missing or added: ask the sender whether the file is whole.",
    "X12-105": _READ_ANYWAY,
    "X12-106": "The same file may come twice: ask the sender whether both were meant.",
    "X12-107": _READ_ANYWAY,
    "X12-108": _READ_ANYWAY,
    "X12-112": _READ_ANYWAY,
    "X12-113": _READ_ANYWAY,
    "X12-115": _READ_ANYWAY,
    "X12-312": _READ_ANYWAY,
    "X12-801": _READ_ANYWAY,
    "X12-802": "What is there was read. Ask the sender for what is missing where you need it.",
    "X12-803": "Nothing to do: it was left out. If something is missing, ask the sender for a corrected file.",
    "X12-805": _READ_ANYWAY,
}
"""What to do about a problem of a file that somebody else wrote and that we received."""


def problem(
    code: str,
    message: str,
    segment: int,
    segment_id: str = "",
    *,
    element: str = "",
    loop: str = "",
    claim: str = "",
    source: str = "own",
    severity: Severity | None = None,
) -> Problem:
    """Make a problem of a kind in `KINDS`, with that kind's fix, and its severity unless another is given."""
    kind = KINDS[code]
    return Problem(
        code, severity or kind.severity, segment, segment_id, element, loop, claim, message, kind.fix, source
    )


MOST_OF_A_CODE: Final = 100
"""So many problems of a code are kept by default; the rest are counted."""


@attrs.frozen
class ProblemCount:
    """How many problems a file has of a code and severity, and how many of them are listed.

    `source` is own or guide (pyx12).
    """

    code: str
    severity: Severity
    source: str
    total: int
    listed: int


@attrs.define
class Kept:
    """The first `most` problems of each code, severity and source (None: all), and the counts of all."""

    most: int | None = MOST_OF_A_CODE
    problems: list[Problem] = attrs.field(factory=list)
    _totals: dict[tuple[str, Severity, str], int] = attrs.field(factory=dict)

    def add(self, found: Iterable[Problem]) -> None:
        """Count problems, and keep those for which there is room."""
        totals, most = self._totals, self.most
        for one in found:
            key = (one.code, one.severity, one.source)
            totals[key] = number = totals.get(key, 0) + 1
            if most is None or number <= most:
                self.problems.append(one)

    def counts(self) -> tuple[ProblemCount, ...]:
        """Return the counts, by code, severity and source."""
        return tuple(
            ProblemCount(*key, total, total if self.most is None else min(total, self.most))
            for key, total in sorted(self._totals.items())
        )


def problem_order(found: Problem) -> tuple[int, str, str, str]:
    """Sort problems by place in the file, then code: the order of every list."""
    return (found.segment, found.code, found.element, found.message)
