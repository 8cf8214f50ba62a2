"""Acknowledgments of a file: TA1, 999 (005010X231A1) and 277CA (005010X214).

Faults are reported in sentences: by segment, element and loop, never with the text that was sent. Only CLM01, which we
chose, is repeated, and STC12, the sender's explanation, is kept apart.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import attrs

from peerbill.model.payer_answers import (
    BatchAnswer,
    ClaimAnswer,
    ClaimStatus,
    Date,
    GroupAnswer,
    InterchangeAnswer,
    LineStatus,
    SetAnswer,
)
from peerbill.x12.read.answer_source import Source, count, days, field, known

# X12 data elements 620, 621, 618 and 716, in our words. Other codes are shown as they are.
_SEGMENT_ERRORS: Mapping[str, str] = {
    "1": "no such segment id",
    "2": "the segment is not expected here",
    "3": "a required segment is missing",
    "4": "the loop repeats too often",
    "5": "the segment repeats too often",
    "6": "the segment is not in this transaction set",
    "7": "the segment is out of order",
    "8": "an element is wrong",
    "I4": "the guide does not use this segment",
    "I6": "a segment that the situation requires is missing",
    "I7": "the loop does not repeat often enough",
    "I8": "the segment does not repeat often enough",
    "I9": "the situation does not allow this segment",
}
_ELEMENT_ERRORS: Mapping[str, str] = {
    "1": "a required element is missing",
    "2": "an element that another one requires is missing",
    "3": "there are too many elements",
    "4": "the element is too short",
    "5": "the element is too long",
    "6": "a character is not allowed",
    "7": "the code is not valid",
    "8": "the date is not valid",
    "9": "the time is not valid",
    "10": "two elements exclude each other",
    "12": "the element repeats too often",
    "13": "there are too many components",
    "I6": "the guide does not use this code",
    "I9": "an element that the situation requires is missing",
    "I10": "the guide does not use this element",
    "I11": "the element does not repeat often enough",
    "I12": "the value does not have the form that the guide gives",
    "I13": "the situation does not allow this element",
}
_SET_ERRORS: Mapping[str, str] = {
    "1": "the transaction set is not supported",
    "2": "SE is missing",
    "3": "SE02 is not the control number in ST02",
    "4": "SE01 does not count the segments",
    "5": "one or more segments are wrong",
    "6": "ST01 is missing or wrong",
    "7": "ST02 is missing or wrong",
    "18": "the transaction set does not belong in its group",
    "19": "ST03 is not valid",
    "23": "ST02 was used before in the group",
    "I5": "one or more segments are not as the guide requires",
    "I6": "the guide named in ST03 is not supported",
}
_GROUP_ERRORS: Mapping[str, str] = {
    "1": "the functional group is not supported",
    "2": "the version in GS08 is not supported",
    "3": "GE is missing",
    "4": "GE02 is not the control number in GS06",
    "5": "GE01 does not count the transaction sets",
    "6": "GS06 is not valid",
    "19": "GS06 was used before in the interchange",
}
_LOOP = re.compile(r"\d{4}[A-Z]{0,2}", re.ASCII)
_PLACE = re.compile(r"\d{1,2}", re.ASCII)


def read_ta1(source: Source, elements: Sequence[str]) -> Iterator[InterchangeAnswer]:
    """Yield the answer of a TA1, given its elements. A short control number, a date of eight digits are taken."""
    number, date, code = field(elements, 1), field(elements, 2), source.code(elements, 4, "TA104")
    if not (len(number) == 9 and number.isdigit()):
        source.tell("X12-805", "TA101 is not nine digits", "TA101")
    if len(date) != 6:
        source.tell("X12-805", "TA102 is not a day YYMMDD", "TA102")
    if code not in ("A", "E", "R"):
        source.tell("X12-808", "TA104 is not A, E or R", "TA104")
    if not field(elements, 5):
        source.tell("X12-802", "TA105, the note, is missing", "TA105")
    yield InterchangeAnswer(number, code, source.code(elements, 5, "TA105"), date, field(elements, 3))


# ------------------------------------------------------------------------------------------------------------ 999


def read_implementation_acknowledgment(source: Source) -> Iterator[GroupAnswer]:
    """Yield the answer of a 999: one for its AK1."""
    group: list[str] | None = None
    end: list[str] | None = None
    sets = _Sets(source)
    for elements in source.body():
        match elements[0]:
            case "AK1":
                if group is not None:
                    yield _group_answer(source, group, end, sets)
                    sets = _Sets(source)
                group, end = elements, None
            case "AK2":
                sets.begin(elements)
            case "IK3":
                sets.read_segment(elements)
            case "CTX":
                sets.read_context(elements)
            case "IK4":
                sets.read_element(elements)
            case "IK5":
                sets.end(elements)
            case "AK9":
                end = elements
            case id_:
                source.unknown(id_, "999")
    yield _group_answer(source, group, end, sets)


def _group_answer(source: Source, group: list[str] | None, end: list[str] | None, sets: "_Sets") -> GroupAnswer:
    if group is None:
        source.tell("X12-802", "AK1 is missing")
    if end is None:
        source.tell("X12-802", "AK9 is missing")
    group, end = group or [], end or []
    code = source.code(end, 1, "AK901")
    return GroupAnswer(
        function=field(group, 1),
        control_number=field(group, 2),
        code=code,
        sets=tuple(sets.finish(code)),
        included=count(field(end, 2)),
        received=count(field(end, 3)),
        accepted=count(field(end, 4)),
        errors=tuple(f"the group: {_words(_GROUP_ERRORS, text)}" for text in _codes(end, 5, 10)),
        version=field(group, 3),
    )


def _words(table: Mapping[str, str], code: str) -> str:
    safe = code if code.isalnum() and len(code) <= 3 else "not readable"
    return f"{table[code]} (code {code})" if code in table else f"code {safe}"


def _codes(elements: Sequence[str], first: int, stop: int) -> list[str]:
    return [text for index in range(first, stop) if (text := field(elements, index))]


class _Sets:
    """The AK2 loops of a 999."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._ended: list[SetAnswer] = []
        self._unanswered: list[int] = []
        self._number: str | None = None
        self._set_id = self._version = ""
        self._errors: list[str] = []
        self._places: list[int] = []
        # The segment being reported: its place, its fault, its claim, and its elements so far.
        self._where = ""
        self._place = 0
        self._id = ""
        self._what = ""
        self._claim = ""
        self._elements: list[str] = []

    def begin(self, ak2: list[str]) -> None:
        """Take an AK2 in."""
        self._close("")
        self._set_id, self._number, self._version = field(ak2, 1), field(ak2, 2), field(ak2, 3)

    def read_segment(self, ik3: list[str]) -> None:
        """Take an IK3 in: segment id, its place counted from ST, loop, error."""
        self._flush()
        if self._number is None:
            self._source.tell("X12-803", "IK3 stands before AK2")
        self._id = field(ik3, 1)
        place, loop = field(ik3, 2), field(ik3, 3)
        self._place = count(place) or 0
        where = f"{known(self._id)}, segment {self._place} from ST" if self._place else known(self._id)
        if loop and not _LOOP.fullmatch(loop):
            self._source.tell("X12-808", "IK303 is not the number of a loop", "IK303")
            loop = ""
        elif len(loop) > 4:
            self._source.tell("X12-805", "IK303 has more than four characters", "IK303")
        self._where = f"{where}, loop {loop}" if loop else where
        self._what = _words(_SEGMENT_ERRORS, field(ik3, 4) or "8")

    def read_context(self, ctx: list[str]) -> None:
        """Take a CTX in: the claim that it names, or the segment whose value requires the missing segment."""
        name, *rest = self._source.parts(field(ctx, 1), "CTX01")
        if name == "CLM01" and rest:
            self._claim = rest[0].strip()[:38]
        elif name == "SITUATIONAL TRIGGER":
            place = field(ctx, 3)
            where = f", segment {place} from ST," if count(place) is not None else ""
            element = self._element(known(field(ctx, 2)), field(ctx, 5), "CTX05")
            because = f"; {element}{where} asks for it"
            if self._elements:
                self._elements[-1] += because
            else:
                self._what += because

    def read_element(self, ik4: list[str]) -> None:
        """Take an IK4 in: which element, and what is wrong with it; IK404 repeats data and is not read."""
        element = self._element(known(self._id), field(ik4, 1), "IK401")
        self._elements.append(f"{element}: {_words(_ELEMENT_ERRORS, field(ik4, 3))}")

    def end(self, ik5: list[str]) -> None:
        """Take an IK5 in."""
        self._flush()
        sentences = [f"the transaction set: {_words(_SET_ERRORS, code)}" for code in _codes(ik5, 2, 7)]
        self._errors += sentences
        self._places += [0] * len(sentences)
        if self._number is None:
            self._source.tell("X12-803", "IK5 stands before AK2")
        self._close(self._source.code(ik5, 1, "IK501"))

    def finish(self, group: str) -> list[SetAnswer]:
        """Return the sets. A set without IK5 has the group's verdict, if AK901 is the same for every set."""
        self._close("")
        for index in self._unanswered:
            code = group if group in ("A", "E", "R", "M", "W", "X") else ""
            self._ended[index] = attrs.evolve(self._ended[index], code=code)
        return self._ended

    def _element(self, id_: str, text: str, place: str) -> str:
        """Name an element from its position: element, component, repetition."""
        number, component, repetition = [*self._source.parts(text, place), "", "", ""][:3]
        if not _PLACE.fullmatch(number):
            return id_
        name = f"{id_}{int(number):02}" if len(id_) <= 3 else f"{id_}, element {int(number)}"
        if _PLACE.fullmatch(component):
            name += f"-{int(component)}"
        return f"{name}, repetition {int(repetition)}" if _PLACE.fullmatch(repetition) else name

    def _flush(self) -> None:
        """Make sentences of the segment being reported; its elements' faults are more exact than its own."""
        if not self._where:
            return
        claim = f"claim {self._claim}: " if self._claim else ""
        sentences = self._elements or [self._what]
        if self._elements and not self._what.startswith(_SEGMENT_ERRORS["8"]):
            sentences = [self._what, *self._elements]
        self._errors += [f"{claim}{self._where}: {what}" for what in sentences]
        self._places += [self._place] * len(sentences)
        self._where = self._id = self._what = self._claim = ""
        self._place = 0
        self._elements = []

    def _close(self, code: str) -> None:
        self._flush()
        if self._number is not None:
            if not code:
                self._source.tell("X12-802", "IK5 is missing")
                self._unanswered.append(len(self._ended))
            self._ended.append(
                SetAnswer(self._number, code, tuple(self._errors), tuple(self._places), self._set_id, self._version)
            )
        self._number = None
        self._errors = []
        self._places = []


# ---------------------------------------------------------------------------------------------------------- 277CA

_LEVELS = {"20": "2200A", "21": "2200B", "19": "2200C"}
_PATIENTS = frozenset({"PT", "22", "23"})
_QUIET = frozenset({"BHT", "PER", "N3", "N4"})
_LONGEST_WORDS = 264
"""The longest STC12 that the guide allows."""
_STATUS_CODE = re.compile(r"[0-9A-Za-z]{0,4}", re.ASCII)


def read_claim_acknowledgment(source: Source) -> Iterator[BatchAnswer | ClaimAnswer]:
    """Yield the answers of a 277CA as their levels end: the file, each provider, each claim."""
    levels = _Levels(source)
    for elements in source.body():
        match elements[0]:
            case "HL":
                yield from levels.end()
                levels.begin(field(elements, 3))
            case "TRN":
                if levels.is_patient:
                    yield from levels.end_claim()
                levels.read_trace(elements)
            case "NM1":
                levels.read_name(elements)
            case "DTP":
                levels.read_days(elements)
            case "SVC":
                levels.begin_line()
            case "STC":
                levels.read_status(elements)
            case "REF":
                levels.read_reference(elements)
            case "QTY":
                levels.read_count(elements)
            case "AMT":
                levels.read_amount(elements)
            case id_ if id_ not in _QUIET:
                source.unknown(id_, "277CA")
    yield from levels.end()
    levels.finish()


def _is_no_code(text: str) -> bool:
    """Return whether a component of a status is some text, which may name a person, rather than a code."""
    return not _STATUS_CODE.fullmatch(text)


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_LONGEST_WORDS]


class _Levels:
    """The levels of a 277CA, one of which is being read."""

    _trace: str
    _statuses: list[ClaimStatus]
    _dated: bool
    _day: Date | None
    _action: str
    _charge: Decimal | None
    _payer_control_number: str
    _intermediary_id: str
    _lines: list[LineStatus]
    _line: list[ClaimStatus] | None
    _line_id: str
    _line_words: list[str]
    _words: list[str]
    _person_id: str
    _days: tuple[Date | None, Date | None]
    _accepted: int | None
    _rejected: int | None
    _accepted_amount: Decimal | None
    _rejected_amount: Decimal | None

    def __init__(self, source: Source) -> None:
        self._source = source
        self._references = {"2200A": "", "2200B": "", "2200C": ""}
        self._parties = {"41": "", "85": ""}
        self._seen: set[str] = set()
        self._code = self._person_id = ""
        self._empty()

    @property
    def is_patient(self) -> bool:
        """Whether this level is a patient's, where each TRN is a claim."""
        return self._code in _PATIENTS

    def begin(self, code: str) -> None:
        """Take an HL in."""
        self._code = code
        self._person_id = ""
        self._seen.add(code)
        match code:
            case "20":
                self._references = {"2200A": "", "2200B": "", "2200C": ""}
                self._parties = {"41": "", "85": ""}
            case "21":
                self._references["2200B"] = self._references["2200C"] = ""
                self._parties = {"41": "", "85": ""}
            case "19":
                self._references["2200C"] = ""
                self._parties["85"] = ""
            case "PT":
                pass
            case "22" | "23":
                self._source.tell_once("X12-805", "HL03", "HL03 is 22 or 23 where PT is expected", "HL03")
            case _:
                self._source.tell_once(
                    "X12-808", "HL03", "HL03 is not 20, 21, 19 or PT: what is below it is left out", "HL03"
                )

    def read_trace(self, trn: list[str]) -> None:
        """Take a TRN in."""
        self._trace = field(trn, 2)
        if self._code in _LEVELS:
            self._references[_LEVELS[self._code]] = self._trace

    def read_name(self, nm1: list[str]) -> None:
        """Take an NM1 in: the submitter, the billing provider, or the patient."""
        entity, identifier = field(nm1, 1), field(nm1, 9)
        if entity in self._parties:
            self._parties[entity] = identifier
        elif entity in ("QC", "IL"):
            self._person_id = identifier

    def read_days(self, dtp: list[str]) -> None:
        """Take a DTP in: 472 of the claim is its days of service."""
        if field(dtp, 1) == "472" and self._line is None:
            self._days = days(field(dtp, 3))
            if None in self._days:
                self._source.tell("X12-808", "DTP03 is not a day CCYYMMDD or CCYYMMDD-CCYYMMDD", "DTP03")

    def begin_line(self) -> None:
        """Take an SVC in."""
        self._end_line()
        self._line = []

    def read_status(self, stc: list[str]) -> None:
        """Take an STC in: up to three statuses; the first STC gives day, action and charge."""
        into = self._statuses if self._line is None else self._line
        texts = [field(stc, 12)]
        for index in (1, 10, 11):
            text = field(stc, index)
            if text:
                parts = [part.strip() for part in self._source.parts(text, f"STC{index:02}")][:3]
                if any(map(_is_no_code, parts)):
                    self._source.tell("X12-808", f"STC{index:02} has a text in the place of a code", f"STC{index:02}")
                    texts += filter(_is_no_code, parts)
                into.append(ClaimStatus(*(["" if _is_no_code(part) else part for part in parts] + ["", ""])[:3]))
        words = self._words if self._line is None else self._line_words
        words += filter(None, map(_one_line, texts))
        if self._line is None and not self._dated:
            self._dated = True
            self._day = self._source.day(stc, 2, "STC02")
            self._action = self._source.code(stc, 3, "STC03")
            self._charge = self._source.amount(stc, 4, "STC04")

    def read_reference(self, ref: list[str]) -> None:
        """Take a REF in."""
        qualifier, text = field(ref, 1), field(ref, 2)
        if self._line is not None:
            if qualifier == "FJ":
                self._line_id = text
        elif qualifier == "1K":
            self._payer_control_number = text
        elif qualifier == "D9":
            self._intermediary_id = text

    def read_count(self, qty: list[str]) -> None:
        """Take a QTY in: claims accepted (90, QA) or rejected (AA, QC)."""
        number = count(field(qty, 2))
        if number is None:
            self._source.tell("X12-808", "QTY02 is not a count", "QTY02")
        match field(qty, 1):
            case "90" | "QA":
                self._accepted = number
            case "AA" | "QC":
                self._rejected = number

    def read_amount(self, amt: list[str]) -> None:
        """Take an AMT in: charges accepted (YU) or rejected (YY)."""
        amount = self._source.amount(amt, 2, "AMT02")
        match field(amt, 1):
            case "YU":
                self._accepted_amount = amount
            case "YY":
                self._rejected_amount = amount

    def end(self) -> Iterator[BatchAnswer | ClaimAnswer]:
        """Yield the answer of this level."""
        if self.is_patient:
            yield from self.end_claim()
            return
        level = _LEVELS.get(self._code, "")
        if self._line is not None:
            self._end_line()
        if self._code in ("20", "21") and not self._trace:
            self._source.tell("X12-802", f"loop {level} has no TRN")
        counted = self._accepted is not None or self._rejected is not None
        if level and (self._statuses or (level != "2200A" and (self._trace or counted))):
            yield BatchAnswer(
                level,
                self._trace,
                tuple(self._statuses),
                self._accepted,
                self._rejected,
                self._accepted_amount,
                self._rejected_amount,
                self._parties["41"],
                self._parties["85"] if level == "2200C" else "",
                tuple(self._words),
            )
        elif self._statuses:
            self._source.tell("X12-803", "STC stands outside of any level")
        self._empty()

    def end_claim(self) -> Iterator[ClaimAnswer]:
        """Yield the claim that ends, if there is one."""
        self._end_line()
        if self._trace or self._statuses or self._lines:
            if not self._trace:
                self._source.tell("X12-802", "a claim has no TRN: which one is not known")
            yield ClaimAnswer(
                claim_id=self._trace,
                statuses=tuple(self._statuses),
                payer_control_number=self._payer_control_number,
                day=self._day,
                action=self._action,
                charge=self._charge,
                lines=tuple(self._lines),
                reference=self._references["2200B"] or self._references["2200C"],
                intermediary_id=self._intermediary_id,
                subscriber_id=self._person_id,
                first_day=self._days[0],
                last_day=self._days[1],
                submitter_id=self._parties["41"],
                provider_id=self._parties["85"],
                words=tuple(self._words),
            )
        self._empty()

    def finish(self) -> None:
        """Say which levels are missing."""
        for code, name in (("20", "2000A"), ("21", "2000B"), ("19", "2000C")):
            # A file that is rejected as a whole ends with 2000B.
            if code not in self._seen and (code != "19" or self._seen & _PATIENTS):
                self._source.tell("X12-802", f"loop {name} is missing")

    def _empty(self) -> None:
        self._trace = ""
        self._statuses = []
        self._dated = False
        self._day = None
        self._action = ""
        self._charge = None
        self._payer_control_number = self._intermediary_id = ""
        self._lines = []
        self._line = None
        self._line_id = ""
        self._line_words = []
        self._words = []
        self._days = (None, None)
        self._accepted = None
        self._rejected = None
        self._accepted_amount = None
        self._rejected_amount = None

    def _end_line(self) -> None:
        if self._line is not None:
            self._lines.append(LineStatus(self._line_id, tuple(self._line), tuple(self._line_words)))
        self._line = None
        self._line_id = ""
        self._line_words = []
