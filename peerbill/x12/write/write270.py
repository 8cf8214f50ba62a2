"""Questions about enrolment to the text of a 270 (005010X279A1), for a payer that answers batches.

`write_interchange` is pure, as that of the 837P is: the day and the control number come in, chunks of text come out.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import ClassVar

from peerbill.model import ids
from peerbill.model.claim import Payer
from peerbill.model.enrolment import Question
from peerbill.model.errors import X12Error
from peerbill.model.records import Settings
from peerbill.model.sentence import say
from peerbill.x12.charset import UnwritableTextError, fold
from peerbill.x12.elements import Segment, calendar, clock, integer, record, string
from peerbill.x12.envelope import (
    closing_segments,
    day_text,
    encoded,
    interchange_header,
    refuse_number,
    sides,
    time_of_day,
)
from peerbill.x12.rules837p import FieldProblem, settings_problems
from peerbill.x12.segments import HierarchicalLevel, TransactionTrailer, encode

VERSION = "005010X279A1"

QUESTIONS_PER_TRANSACTION = 99
"""Members asked about in a transaction set of a batch: the guide's limit (X12 RFI 595, of 004010X092, loop 2000C)."""

_ORIGINATOR = "9"
"""The first of ten characters in TRN03: an identifier that the asker chose. A1 asks for none of 1, 3, 9 any more in the
270, but still in the 271, which must return it (X12 RFI 1272)."""


@record
class _GroupHeader(Segment):
    """GS of eligibility inquiries."""

    tag: ClassVar[str] = "GS"
    sender: str = string(2, (2, 15))
    receiver: str = string(3, (2, 15))
    day: dt.date = calendar(4)
    time: str = clock(5, (4, 8))
    control: int = integer(6, (1, 9))
    function: str = string(1, (2, 2), codes="HS", default="HS")
    agency: str = string(7, (1, 2), codes="X", default="X")
    version: str = string(8, (1, 12), codes=VERSION, default=VERSION)


@record
class _TransactionHeader(Segment):
    """ST of a 270."""

    tag: ClassVar[str] = "ST"
    control: str = string(2, (4, 9))
    transaction: str = string(1, (3, 3), codes="270", default="270")
    version: str = string(3, (1, 35), codes=VERSION, default=VERSION)


@record
class _BeginningOfHierarchy(Segment):
    """BHT: 13 is a request."""

    tag: ClassVar[str] = "BHT"
    reference: str = string(3, (1, 50))
    day: dt.date = calendar(4)
    time: str = clock(5, (4, 8))
    structure: str = string(1, (4, 4), codes="0022", default="0022")
    purpose: str = string(2, (2, 2), codes="13", default="13")


@record
class _Name(Segment):
    """NM1: the payer (PR), the agency (1P) by its NPI or the payer's own number (SV), the member (IL)."""

    tag: ClassVar[str] = "NM1"
    entity: str = string(1, (2, 3), codes="1P IL PR")
    kind: str = string(2, (1, 1), codes="1 2")
    last: str = string(3, (1, 60))
    qualifier: str = string(8, (1, 2), codes="MI PI SV XX")
    identifier: str = string(9, (2, 80))
    first: str = string(4, (1, 35), default="")


@record
class _Trace(Segment):
    """TRN: our number of the question, and who gave it."""

    tag: ClassVar[str] = "TRN"
    trace: str = string(2, (1, 50))
    originator: str = string(3, (10, 10))
    kind: str = string(1, (1, 2), codes="1", default="1")


@record
class _Demographics(Segment):
    """DMG: birth date, and the sex where it is F or M: the 270 has no third code."""

    tag: ClassVar[str] = "DMG"
    born: str = string(2, (8, 8))
    sex: str = string(3, (1, 1), codes="F M", default="")
    date_format: str = string(1, (2, 3), codes="D8", default="D8")


@record
class _Days(Segment):
    """DTP: the day (D8) or days (RD8) of the plan that are asked about; without it, the payer takes its own day."""

    tag: ClassVar[str] = "DTP"
    value: str = string(3, (8, 17))
    date_format: str = string(2, (2, 3), codes="D8 RD8")
    meaning: str = string(1, (3, 3), codes="291", default="291")


@record
class _Inquiry(Segment):
    """EQ: a service type that is asked about; 30 is the plan as a whole."""

    tag: ClassVar[str] = "EQ"
    service_type: str = string(1, (1, 2))


def question_problems(question: Question) -> tuple[FieldProblem, ...]:
    """Return what in the rows of a member would stop a question: loop 2100C needs name, member id and birth date."""
    person = question.subscriber
    return tuple(
        problem
        for field, value, shortest, longest in (
            ("members.last_name", person.last_name, 1, 60),
            ("members.first_name", person.first_name, 1, 35),
            ("coverage.subscriber_id", person.subscriber_id, 2, 80),
        )
        for problem in _text_problems(field, value, shortest, longest)
    )


def _text_problems(field: str, value: str, shortest: int, longest: int) -> Iterator[FieldProblem]:
    try:
        written = fold(value, field, longest)
    except UnwritableTextError as error:
        yield FieldProblem(field, error.sentence, error.fix)
        return
    if len(written) < shortest:
        message = (
            say("too-short-text", "it has fewer than {shortest} characters", shortest=shortest)
            if written
            else say("blank", "it is blank")
        )
        yield FieldProblem(field, message, "Fill it in")


def write_interchange(
    questions: Sequence[Question], payer: Payer, settings: Settings, as_of: dt.date, isa13: int
) -> Iterator[str]:
    """Yield the text of an interchange, a chunk per question, in their order.

    The date is `as_of`; the time of day derives from the interchange control number `isa13`, which is the group's too.
    X12Error: the settings or a question cannot be written, a trace repeats, there is no question, or `isa13` is not 1
    to 999999999. It says every reason; what was yielded before it is then not a file.
    """
    problems = [str(problem) for problem in settings_problems(settings, payer)]
    problems += [f"member {one.member_id}: {problem}" for one in questions for problem in question_problems(one)]
    problems += [f"question {one.trace}: it is for another payer" for one in questions if one.payer != payer.key]
    if len({one.trace for one in questions}) < len(questions):
        problems.append("two questions have the same trace")
    if problems:
        raise X12Error("; ".join(problems))
    if not questions:
        raise X12Error("an interchange without a question is not written")
    refuse_number(isa13)
    time = time_of_day(isa13)
    between = sides(payer, settings)
    yield encode(interchange_header(payer, settings, as_of, isa13))
    yield encode(_GroupHeader(between.group_sender, between.group_receiver, as_of, time, isa13))
    starts = range(0, len(questions), QUESTIONS_PER_TRANSACTION)
    for number, first in enumerate(starts, start=1):
        control = f"{number:04d}"
        head = (
            _TransactionHeader(control),
            _BeginningOfHierarchy(f"{isa13:09d}{control}", as_of, time),
            *_head_segments(payer, settings),
        )
        yield encoded(head)
        segments = len(head)
        for level, question in enumerate(questions[first : first + QUESTIONS_PER_TRANSACTION], start=3):
            written = [*_question_segments(question, level, payer, settings)]
            yield encoded(written)
            segments += len(written)
        yield encode(TransactionTrailer(segments + 1, control))
    yield encoded(closing_segments(len(starts), isa13))


def _head_segments(payer: Payer, settings: Settings) -> Iterator[Segment]:
    """Loops 2000A and 2100A, the payer; 2000B and 2100B, the agency: an atypical agency by the payer's number of it."""
    key = f"payers.{payer.key}"
    organization = settings.provider(payer.bills_as.get("", ""))
    yield HierarchicalLevel(1, "20", "1")
    yield _Name("PR", "2", fold(payer.name, f"{key}.name", 60), "PI", fold(payer.id, f"{key}.id", 80))
    yield HierarchicalLevel(2, "21", "1", 1)
    identifier = organization.npi or fold(payer.provider_id, f"{key}.provider_id", 80)
    name = fold(organization.name, "organization.name", 60)
    yield _Name("1P", "2", name, "XX" if organization.npi else "SV", identifier)


def _question_segments(question: Question, level: int, payer: Payer, settings: Settings) -> Iterator[Segment]:
    """Loops 2000C, 2100C and 2110C of a member."""
    person = question.subscriber
    yield HierarchicalLevel(level, "22", "0", 2)
    yield _Trace(question.trace, f"{_ORIGINATOR}{ids.compact(settings.organization.tax_id)}")
    yield _Name(
        "IL",
        "1",
        fold(person.last_name, "members.last_name", 60),
        "MI",
        fold(person.subscriber_id, "coverage.subscriber_id", 80),
        fold(person.first_name, "members.first_name", 35),
    )
    yield _Demographics(day_text(person.birth_date), person.sex if person.sex in ("F", "M") else "")
    first, last = day_text(question.first_day), day_text(question.last_day)
    yield _Days(first, "D8") if first == last else _Days(f"{first}-{last}", "RD8")
    for service_type in payer.service_types:
        yield _Inquiry(service_type)
