"""The claims of an 837P or 837I, whoever wrote it, as the values that peerbill itself bills with.

A `Claim` says what peerbill writes and no more. Each segment that says anything else is listed in `ReadClaim.unread`
with its place, also where a part of it was read. A claim that cannot be a `Claim` at all (it has no day of service, or
counts minutes where units belong) is None, its problems say why, and all of its segments are in `unread`.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import NoReturn, TypeVar, cast

import attrs

from peerbill.model.claim import (
    Address,
    Adjustment,
    Attachment,
    BillingProvider,
    Claim,
    Contact,
    FunctionalGroup,
    Interchange,
    OtherPayer,
    Party,
    Payer,
    Policyholder,
    PriorPayment,
    Provider,
    ServiceLine,
    Subscriber,
)
from peerbill.model.finding import Severity
from peerbill.model.payer_answers import Envelope
from peerbill.model.records import Settings
from peerbill.x12.check import tables837i, tables837p
from peerbill.x12.check.check_envelope import FORMS
from peerbill.x12.delimiters import Delimiters
from peerbill.x12.problems import Problem, problem
from peerbill.x12.read.answer_source import Head, amount, day, field
from peerbill.x12.read.answer_source import Source as AnswerSource
from peerbill.x12.read.claim_fields import known_segments
from peerbill.x12.reader import Source, decode, opened
from peerbill.x12.structure import KNOWN_IDS, LOST, QUALIFIED, Grammar, Loop, State, Trouble, compile_table

MOST_SEGMENTS = 100_000
"""Segments that are kept of a claim, so that a file without CLM cannot fill the memory; the guides allow fewer."""


@attrs.frozen
class UnreadSegment:
    """A segment that says something that no field holds: its number in the file (ISA is 1), its loop, its elements."""

    number: int
    loop: str
    elements: tuple[str, ...] = attrs.field(repr=False)


@attrs.frozen
class ReadClaim:
    """A claim of a file, with its payer, parties and envelope.

    Attributes:
        claim_id: CLM01.
        claim: the claim, or None where it cannot be one; `payer` in it is the payer's NM109 in loop 2010BB. Blank, as
            no file has them: `member_id`, `programme`, `replaces`, `follows`, the staff ids, and each line's
            `encounter_ids`; in an 837I also `place`, and pointers are (1,).
        payer: loops 2010BB and 1000B, SBR09, BHT06 and the ids of the envelope; its key is its id.
        settings: the billing provider (loops 2000A to 2010AB), the submitter (1000A), and `payer` under its key. The
            time zone is blank.
        envelope: ISA, GS and ST: sender, receiver, control numbers, version; `usage` is T for a test.
        reference: BHT03.
        made_on, made_at: BHT04, None where it is no day, and BHT05 as sent.
        segment: the number of CLM in the file; ISA is 1.
        loops: each loop of the claim that begins, 2300 first, and the number of its first segment.
        unread: the segments that say what no field holds, those of its header, provider and subscriber included.
        problems: faults of its structure, and why it cannot be a Claim.
        subscriber_id: NM109 of loop 2010BA, also where the claim cannot be one.

    """

    claim_id: str
    claim: Claim | None
    payer: Payer
    settings: Settings
    envelope: Envelope
    reference: str
    made_on: dt.date | None
    made_at: str
    segment: int
    loops: tuple[tuple[str, int], ...]
    unread: tuple[UnreadSegment, ...] = ()
    problems: tuple[Problem, ...] = ()
    subscriber_id: str = attrs.field(default="", repr=False)

    @property
    def whole(self) -> bool:
        """Whether the claim says all that the file says: writing it again gives the same claim."""
        return (
            self.claim is not None
            and not self.unread
            and not any(found.severity is Severity.ERROR for found in self.problems)
        )


def read_837(source: Source | Iterable[str]) -> "ClaimReader":
    """Read the claims of an 837P or 837I one after the other; memory does not grow with their number.

    `source` is the content as bytes or text, a Path, a binary stream, or the text in chunks, in any split. Delimiters,
    line breaks and several interchanges are read as they come. Nothing is raised for bad input: problems of a claim are
    on it, those of the file in `ClaimReader.problems`. Whether a file follows the guide is the business of `check_837`.

    What peerbill wrote comes back equal to `as_sent(claim, payer, settings)`: in capitals, as the writer folds it, and
    without what no file has. So a file of another system is compared with our claims like this:

        ours = {claim.claim_id: as_sent(claim, payer, settings) for claim in claims}
        for read in read_837(Path("theirs.837")):
            if read.claim is None or as_sent(read.claim, read.payer, read.settings) != ours.get(read.claim_id):
                ...  # another claim, or one that differs: attrs.asdict shows in which field
            if not read.whole:
                ...  # it says more than a Claim holds: read.unread, read.problems

    Raises:
        OSError: the file cannot be read; raised at the first step.
        TypeError: `source` is of another kind.

    >>> from peerbill import read_837
    >>> reader = read_837(b"no X12")
    >>> list(reader), [found.code for found in reader.problems]
    ([], ['X12-001'])

    """
    return ClaimReader(source)


class ClaimReader:
    """The claims of a file, in its order. `problems` are those of no single claim: whole once all claims were taken."""

    def __init__(self, source: Source | Iterable[str]) -> None:
        self.problems: list[Problem] = []
        self._claims = self._read(_chunks(source))

    def __iter__(self) -> Iterator[ReadClaim]:
        return self

    def __next__(self) -> ReadClaim:
        return next(self._claims)

    def _read(self, chunks: Iterable[str]) -> Iterator[ReadClaim]:
        source = AnswerSource(self._characters(chunks))
        is_read = False
        while head := source.begin():
            is_read = True
            form = _form(head)
            if form:
                yield from _Set(source, head, form).claims()
            else:
                source.tell(
                    "X12-109", "the transaction set holds no claims of 5010 (837P, 837I); it is left out", "ST01"
                )
            source.end()
            self.problems += head.notes.problems
        if not is_read:
            self.problems += source.leftover()

    def _characters(self, chunks: Iterable[str]) -> Iterator[str]:
        told = False
        for chunk in chunks:
            if not told and not chunk.isascii() and _NO_CHARACTER.search(chunk):
                told = True
                self.problems.append(
                    problem("X12-012", "the file holds bytes that are not UTF-8; they are read as �", 0)
                )
            yield chunk


def _chunks(source: Source | Iterable[str]) -> Iterator[str]:
    whole = isinstance(source, bytes | bytearray | memoryview | Path) or hasattr(source, "read")
    if isinstance(source, str):
        yield source
    elif whole or not isinstance(source, Iterable):
        with opened(cast("Source", source)) as file:
            yield from decode(file)
    else:
        yield from cast("Iterable[str]", source)


_NO_CHARACTER = re.compile("[\ud800-\udfff]")


def _form(head: Head) -> str:
    is_claim = head.elements[0] == "ST" and field(head.elements, 1) == "837"
    return FORMS.get(head.envelope.version[:10], "") if is_claim else ""


_PARTIES = {
    "837P": {"rendering": "2310B", "supervising": "2310D", "attending": "", "facility": "2310C"},
    "837I": {"rendering": "2310D", "supervising": "", "attending": "2310A", "facility": "2310E"},
}
_RANKS = {letter: rank for rank, letter in enumerate("PSTABCDEFGHU", 1)}
_UP_TO_CLAIM = frozenset({"", "1000A", "1000B", "2000A", "2010AA", "2010AB", "2010AC", "2000B", "2010BA", "2010BB"})
_OF_SUBSCRIBER = frozenset({"2000B", "2010BA", "2010BB", "2000C", "2010CA"})


@lru_cache(maxsize=2)
def _table(form: str) -> Loop:
    tables = tables837i if form == "837I" else tables837p
    return compile_table(tables.TABLE, tables.CODES)


@lru_cache(maxsize=8)
def _grammar(form: str, delimiters: Delimiters) -> Grammar:
    return Grammar(_table(form), delimiters)


# --- a transaction set -----------------------------------------------------------------------------------------------


@attrs.define(eq=False)
class _Values:
    """The fields of a loop as texts, the number of its first segment, and the loops in it that repeat."""

    number: int = 0
    texts: dict[str, str] = attrs.field(factory=dict)
    taken: set[tuple[str, str]] = attrs.field(factory=set)
    adjustments: list[Adjustment] = attrs.field(factory=list)
    inner: "dict[str, _Values]" = attrs.field(factory=dict)
    earlier: "list[_Values]" = attrs.field(factory=list)
    segments: list[UnreadSegment] = attrs.field(factory=list)

    def get(self, name: str) -> str:
        """Return a field's text, "" where it is blank."""
        return self.texts.get(name, "")


_NOTHING = _Values()


class _CannotBeClaimError(Exception):
    """A claim says what no Claim can hold; the place and the reason."""

    def __init__(self, number: int, element: str, loop: str, why: str) -> None:
        super().__init__(why)
        self.number, self.element, self.loop, self.why = number, element, loop, why


def _refuse(values: _Values, element: str, loop: str, why: str) -> NoReturn:
    raise _CannotBeClaimError(values.number, element, loop, why)


_Value = TypeVar("_Value")


def _needed(value: _Value | None, values: _Values, element: str, loop: str) -> _Value:
    if value is None:
        _refuse(values, element, loop, f"{element} is missing or cannot be read")
    return value


def _whole(text: str) -> int | None:
    found = amount(text)
    return int(found) if found is not None and found == found.to_integral_value() else None


class _Set:
    """The claims of a transaction set: takes segment by segment in, and gives a claim when the next one begins."""

    def __init__(self, source: AnswerSource, head: Head, form: str) -> None:
        self._source, self._head, self._form = source, head, form
        self._isa = source.interchange
        self._delimiters = source.delimiters
        self._grammar = _grammar(form, source.delimiters)
        self._known = known_segments(form, source.delimiters)
        self._state = self._grammar.start
        self._lost = False
        self._before: dict[str, _Values] = {}
        self._before_unread: list[UnreadSegment] = []
        self._claim: dict[str, _Values] = {}
        self._lines: list[_Values] = []
        self._others: list[_Values] = []
        self._diagnoses: list[str] = []
        self._parts: list[UnreadSegment] = []
        self._unread: list[UnreadSegment] = []
        self._problems: list[Problem] = []
        self._loops: list[tuple[str, int]] = []
        self._why: _CannotBeClaimError | None = None
        self._has_claim = False
        self._idle = 0
        self._made: tuple[object, Payer, Settings] | None = None
        self._here = _NOTHING

    def claims(self) -> Iterator[ReadClaim]:
        """Yield the claims of the set."""
        source = self._source
        for elements in source.body():
            number = source.number
            if elements[0] in ("CLM", "HL"):
                state, troubles = self._step(elements)
                self._tell(troubles, number, elements[0])
                if self._has_claim:
                    yield self._end()
                self._begin(elements, state, number)
            else:
                state, troubles = self._step(elements)
                if troubles:
                    self._tell(troubles, number, elements[0])
            self._take(elements, state, number)
        self._tell(self._grammar.finish(self._state), source.number, "SE")
        if self._has_claim:
            yield self._end()
        self._look_for_claim()

    def _step(self, elements: Sequence[str]) -> tuple[State | None, tuple[Trouble, ...]]:
        """Go on in the guide's table; None for a segment that has no place there."""
        id_ = elements[0]
        if self._lost and id_ in LOST:
            return None, ()
        start = f"{id_}{self._delimiters.element}{elements[1] if len(elements) > 1 else ''}{self._delimiters.element}"
        fast = self._state.fast
        following = fast.get(start[:3]) or fast.get(start[:7])
        if following is not None and following.spec is not None and following.spec.id == id_:
            self._state, self._lost = following, False
            return following, ()
        step = self._grammar.step(self._state, elements)
        late = step.state is self._state and any(trouble.code == "X12-202" for trouble in step.troubles)
        if step.state is None or step.state.spec is None or step.state.spec.id != id_ or late:
            self._lost = id_ in ("NM1", "HL")
            return None, step.troubles
        self._lost = False
        self._state = step.state
        return step.state, step.troubles

    def _tell(self, troubles: Iterable[Trouble], number: int, id_: str) -> None:
        claim_id = self._claim["2300"].get("claim_id") if self._has_claim else ""
        for trouble in troubles:
            where = trouble.loop or self._state.loop
            found = problem(
                trouble.code,
                trouble.message,
                number,
                id_ if id_ in KNOWN_IDS else "",
                element=trouble.element,
                loop=where,
                claim=claim_id,
                severity=trouble.severity,
            )
            if not self._has_claim:
                self._head.notes.add(found)
            elif len(self._problems) < MOST_SEGMENTS:
                self._problems.append(found)

    def _begin(self, elements: Sequence[str], state: State | None, number: int) -> None:
        """Begin a claim, or another level: the values of the subscriber before are complete."""
        if elements[0] == "CLM":
            self._has_claim = state is not None
            self._idle = 0
            return
        level = field(elements, 3)
        if level != "23" or self._state.loop != "2000C":
            self._look_for_claim()
        self._idle = number if level in ("22", "23") else 0
        kept = _UP_TO_CLAIM - _OF_SUBSCRIBER if level != "20" else frozenset({"", "1000A", "1000B"})
        if level == "23":
            kept = _UP_TO_CLAIM
        self._before = {loop: values for loop, values in self._before.items() if loop in kept}
        self._before_unread = [unread for unread in self._before_unread if unread.loop in kept]

    def _look_for_claim(self) -> None:
        """Report a subscriber or patient without a claim: nothing of them is given on."""
        if self._idle:
            message = "no claim follows the subscriber or patient; nothing of them is read"
            self._head.notes.add(problem("X12-209", message, self._idle, "HL"))
            self._idle = 0

    def _take(self, elements: Sequence[str], state: State | None, number: int) -> None:
        """Read a segment into the values of its loop, and keep it where it says anything else."""
        loop = self._state.loop
        segment = UnreadSegment(number, loop, tuple(elements))
        if self._has_claim:
            if len(self._parts) >= MOST_SEGMENTS:
                self._why = self._why or _CannotBeClaimError(
                    number, "", loop, f"it has more than {MOST_SEGMENTS:,} segments, of which the first are kept"
                )
                return
            self._parts.append(segment)
        if state is None or not self._is_read(segment, state):
            kept = self._unread if self._has_claim else self._before_unread
            if len(kept) < MOST_SEGMENTS:
                kept.append(segment)

    def _is_read(self, segment: UnreadSegment, state: State) -> bool:
        """Take the values of a segment; return whether it says nothing else."""
        elements, number, loop = segment.elements, segment.number, state.loop
        id_ = elements[0]
        if state.spec is not None and state.levels[-1].loop.first is state.spec and loop:
            self._here = self._open(loop, number)
        values = self._here if loop else self._before.setdefault("", _Values())
        values.segments.append(segment)
        if id_ == "HI" and loop == "2300":
            return self._read_codes(elements)
        if id_ == "CAS":
            return self._read_adjustments(values, elements)
        qualifier = elements[1] if id_ in QUALIFIED and id_ != "HL" and len(elements) > 1 else ""
        shapes = self._known.get((loop, id_, qualifier))
        if shapes is None or (id_, qualifier) in values.taken:
            return False
        values.taken.add((id_, qualifier))
        separator, component = self._delimiters.element, self._delimiters.component
        text = separator.join(elements).rstrip(separator)
        is_whole = False
        places = shapes[0][1]
        for pattern, its_places in shapes:
            if pattern.fullmatch(text) is not None:
                is_whole, places = True, its_places
                break
        for name, at, part, guard in places:
            found = _cell(elements, at, part, component)
            if guard is not None:
                qualifier = _cell(elements, guard[0], guard[1], component)
                is_whole = is_whole and bool(qualifier) == bool(found)
                if qualifier not in guard[2]:
                    continue
            if found:
                values.texts[name] = found
        return is_whole

    def _open(self, loop: str, number: int) -> _Values:
        """Begin a loop; a second loop where only one is allowed is read into nothing."""
        values = _Values(number)
        if self._has_claim:
            self._loops.append((loop, number))
        match loop:
            case "2400":
                self._lines.append(values)
            case "2320":
                self._others.append(values)
            case "2430" if self._lines:
                self._lines[-1].earlier.append(values)
            case "2330A" | "2330B" if self._others and loop not in self._others[-1].inner:
                self._others[-1].inner[loop] = values
            case _ if self._has_claim and loop not in self._claim:
                self._claim[loop] = values
            case _ if not self._has_claim and loop not in self._before:
                self._before[loop] = values
        return values

    def _read_codes(self, elements: Sequence[str]) -> bool:
        """Read diagnoses (ABK, ABF) in their order; ICD-9, or a gap, makes pointers mean something else."""
        is_whole = True
        diagnosed = False
        for cell in elements[1:]:
            qualifier, *parts = cell.split(self._delimiters.component)
            if qualifier in ("ABK", "ABF"):
                diagnosed = True
            if qualifier == ("ABF" if self._diagnoses else "ABK") and parts and parts[0].strip():
                self._diagnoses.append(parts[0].strip())
                is_whole = is_whole and len(parts) == 1
                continue
            is_whole = False
            if diagnosed or qualifier in ("ABK", "ABF", "BK", "BF"):
                number = self._source.number
                why = "its diagnoses are not a principal one and others of ICD-10-CM without a gap"
                self._why = self._why or _CannotBeClaimError(number, "HI", "2300", why)
        return is_whole

    def _read_adjustments(self, values: _Values, elements: Sequence[str]) -> bool:
        group, cells = field(elements, 1), elements[2:]
        adjustments = []
        for at in range(0, len(cells), 3):
            reason, money, quantity = (field(cells, at + offset) for offset in range(3))
            if not (reason or money or quantity):
                continue
            read, count = amount(money), amount(quantity)
            if not group or not reason or read is None or (quantity and count is None):
                place, loop = f"CAS{at + 3:02}", self._state.loop
                error = _CannotBeClaimError(self._source.number, place, loop, f"{place} cannot be read")
                self._why = self._why or error
                return False
            adjustments.append(Adjustment(group, reason, read, count))
        values.adjustments += adjustments
        return bool(adjustments)

    # ------------------------------------------------------------------------------------------------- the claim

    def _end(self) -> ReadClaim:
        """Give the claim that is over."""
        payer, settings = self._parties()
        head = self._before.get("", _NOTHING)
        opened = self._claim["2300"]
        claim_id = opened.get("claim_id")
        unread = self._unread
        claim = None
        try:
            if self._why is not None:
                raise self._why
            claim = self._made_claim(payer.key)
        except _CannotBeClaimError as error:
            unread = self._parts
            id_ = error.element[:3] if error.element[:3] in KNOWN_IDS else error.element[:2]
            message = f"the claim cannot be read as a Claim: {error.why}"
            self._problems.append(
                problem(
                    "X12-809",
                    message,
                    error.number,
                    id_ if id_ in KNOWN_IDS else "",
                    element=error.element if error.element[-1:].isdigit() else "",
                    loop=error.loop,
                    claim=claim_id,
                )
            )
        read_claim = ReadClaim(
            claim_id,
            claim,
            payer,
            settings,
            self._head.envelope,
            head.get("reference"),
            day(head.get("day")),
            head.get("time"),
            opened.number,
            tuple(self._loops),
            tuple(sorted((*self._before_unread, *unread), key=lambda one: one.number))
            if self._before_unread
            else tuple(unread),
            tuple(self._problems),
            self._before.get("2010BA", _NOTHING).get("id"),
        )
        self._claim, self._lines, self._others, self._diagnoses = {}, [], [], []
        self._parts, self._unread, self._problems, self._loops = [], [], [], []
        self._why, self._has_claim = None, False
        return read_claim

    def _parties(self) -> tuple[Payer, Settings]:
        """Return payer and settings of the subscriber; the same ones while nothing of them changes."""
        before = self._before
        loops = ("", "1000A", "1000B", "2000A", "2010AA", "2010AB", "2010BB")
        values = (before.get("2000B", _NOTHING).get("filing"), *(before.get(loop, _NOTHING).texts for loop in loops))
        if self._made is not None and self._made[0] == values:
            return self._made[1:]
        isa, envelope = self._isa, self._head.envelope
        head, submitter, receiver, level, provider, pay_to, paying = (before.get(loop, _NOTHING) for loop in loops)
        contact = Contact(submitter.get("contact"), submitter.get("phone"), submitter.get("email"))
        organization = BillingProvider(
            provider.get("name"),
            provider.get("tax_id"),
            _address(provider),
            contact,
            "",
            provider.get("npi"),
            level.get("taxonomy"),
            pay_to=_address(pay_to) if pay_to.texts else None,
        )
        key = paying.get("id")
        payer = Payer(
            key,
            (),
            paying.get("name"),
            key,
            Party(receiver.get("name"), receiver.get("id")),
            before.get("2000B", _NOTHING).get("filing"),
            "reporting" if head.get("purpose") == "RP" else "chargeable",
            "production" if envelope.usage == "P" else "test",
            interchange=Interchange(
                field(isa, 5), envelope.sender, field(isa, 7), envelope.receiver, field(isa, 14) == "1"
            ),
            group=FunctionalGroup(envelope.group_sender, envelope.group_receiver),
            provider_id=paying.get("provider_id"),
        )
        settings = Settings(organization, Party(submitter.get("name"), submitter.get("id")), {key: payer})
        self._made = (values, payer, settings)
        return payer, settings

    def _made_claim(self, payer: str) -> Claim:
        opened = self._claim["2300"]
        if "2000C" in self._before:
            why = "the patient is another person than the subscriber (loop 2000C), and a Claim has one person"
            _refuse(self._before["2000C"], "HL03", "2000C", why)
        subscriber = self._subscriber()
        lines = tuple(map(self._line, self._lines))
        others = tuple(filter(None, (self._other(other, subscriber, lines) for other in self._others)))
        charge = _needed(amount(opened.get("charge")), opened, "CLM02", "2300")
        if charge != sum((line.charge for line in lines), Decimal(0)):
            _refuse(opened, "CLM02", "2300", "CLM02 is not the sum of its lines, and a Claim has no charge of its own")
        names = _PARTIES[self._form]
        facility = self._claim.get(names["facility"])
        self._look_at_statement(lines)
        patient_paid = opened.get("patient_paid")
        return Claim(
            opened.get("claim_id"),
            payer,
            "",
            subscriber,
            opened.get("place"),
            tuple(self._diagnoses),
            lines,
            self._provider(names["rendering"]),
            self._provider(names["supervising"]),
            Party(facility.get("name"), facility.get("npi")) if facility is not None else None,
            _address(facility) if facility is not None else None,
            opened.get("authorization"),
            _needed(opened.get("frequency") or None, opened, "CLM05", "2300"),
            opened.get("payer_control_number"),
            opened.get("note"),
            _needed(opened.get("release") or None, opened, "CLM09", "2300") == "Y",
            self._day(opened, "admitted_on", "DTP03", "2300"),
            other_payers=others,
            patient_paid=_needed(amount(patient_paid), opened, "AMT02", "2300") if patient_paid else None,
            form=self._form,
            type_of_bill=opened.get("type_of_bill"),
            attending=self._provider(names["attending"]),
            admission_type=opened.get("admission_type"),
            point_of_origin=opened.get("point_of_origin"),
            patient_status=opened.get("patient_status"),
            delay_reason=opened.get("delay"),
            attachment=(
                Attachment(opened.get("type"), opened.get("transmission"), opened.get("control"))
                if opened.get("type")
                else None
            ),
        )

    def _day(self, values: _Values, name: str, element: str, loop: str) -> dt.date | None:
        text = values.get(name)
        return _needed(day(text), values, element, loop) if text else None

    def _look_at_statement(self, lines: Sequence[ServiceLine]) -> None:
        """Keep a statement (DTP*434) of other days than those of the lines: a Claim has only these."""
        opened = self._claim["2300"]
        statement = opened.get("statement")
        if not statement or not lines:
            return
        days = [line.service_date for line in lines]
        if statement != f"{min(days):%Y%m%d}-{max(days):%Y%m%d}":
            self._keep(opened, "DTP", "434")

    def _keep(self, values: _Values, id_: str, qualifier: str = "") -> None:
        """List segments of a loop as unread: all, or those of an id, or of one qualifier."""
        for segment in values.segments:
            same = not id_ or (
                segment.elements[0] == id_ and (not qualifier or field(segment.elements, 1) == qualifier)
            )
            if same and segment not in self._unread:
                self._unread.append(segment)
        self._unread.sort(key=lambda one: one.number)

    def _subscriber(self) -> Subscriber:
        level = self._before.get("2000B", _NOTHING)
        person = self._before.get("2010BA", _NOTHING)
        return Subscriber(
            _needed(person.get("id") or None, person, "NM109", "2010BA"),
            _needed(person.get("last") or None, person, "NM103", "2010BA"),
            person.get("first"),
            _needed(day(person.get("born")), person, "DMG02", "2010BA"),
            person.get("sex"),
            _address(person),
            _needed(_RANKS.get(level.get("rank")), level, "SBR01", "2000B"),
            person.get("middle"),
            person.get("suffix"),
        )

    def _provider(self, loop: str) -> Provider | None:
        values = self._claim.get(loop)
        if values is None:
            return None
        return Provider(
            values.get("last"),
            values.get("first"),
            values.get("npi"),
            values.get("taxonomy"),
            values.get("provider_id"),
            values.get("middle"),
            values.get("suffix"),
        )

    def _line(self, values: _Values) -> ServiceLine:
        number = len([line for line in self._lines if line.number <= values.number])
        if values.get("number") != str(number):
            self._keep(values, "LX")
        service = "SV2" if self._form == "837I" else "SV1"
        charge, units = ("SV203", "SV205") if self._form == "837I" else ("SV102", "SV104")
        first, _, last = values.get("days").partition("-")
        text = values.get("day") or (first if first == last else "")
        if ("hcpcs" in values.texts) != bool(self._has_procedure(values, service)):
            _refuse(values, f"{service}01", "2400", "the procedure is no HCPCS code (HC)")
        pointers = tuple(
            _needed(_whole(value), values, "SV107", "2400")
            for name in ("p1", "p2", "p3", "p4")
            if (value := values.get(name))
        )
        return ServiceLine(
            values.get("line_id"),
            (),
            _needed(day(text), values, "DTP03", "2400"),
            values.get("hcpcs"),
            _modifiers(values),
            _needed(_whole(values.get("units")), values, units, "2400"),
            _needed(amount(values.get("charge")), values, charge, "2400"),
            pointers or (1,),
            values.get("revenue"),
            tuple(self._earlier(payment, values) for payment in values.earlier),
        )

    def _has_procedure(self, values: _Values, service: str) -> bool:
        at = 2 if service == "SV2" else 1
        return any(segment.elements[0] == service and field(segment.elements, at) for segment in values.segments)

    def _earlier(self, values: _Values, line: _Values) -> PriorPayment:
        owed = sum((adjustment.amount for adjustment in values.adjustments if adjustment.group == "PR"), Decimal(0))
        if values.get("owed") and amount(values.get("owed")) != owed:
            self._keep(values, "AMT", "EAF")
        if values.get("revenue") != line.get("revenue"):
            self._keep(values, "SVD")
        return PriorPayment(
            values.get("payer"),
            _needed(amount(values.get("paid")), values, "SVD02", "2430"),
            values.get("hcpcs"),
            _modifiers(values),
            _needed(_whole(values.get("units")), values, "SVD05", "2430"),
            _needed(day(values.get("paid_on")), values, "DTP03", "2430"),
            tuple(values.adjustments),
        )

    def _other(self, values: _Values, patient: Subscriber, lines: Sequence[ServiceLine]) -> OtherPayer | None:
        """Read an earlier payer; without an answer (no AMT*D, no day) it is no OtherPayer, and is kept as sent."""
        person, payer = values.inner.get("2330A", _NOTHING), values.inner.get("2330B", _NOTHING)
        days = [
            prior_payment.paid_on
            for line in lines
            for prior_payment in line.prior_payments
            if prior_payment.payer_id == payer.get("id")
        ]
        paid_on = self._day(payer, "paid_on", "DTP03", "2330B") or (days[-1] if days else None)
        paid, rank = amount(values.get("paid")), _RANKS.get(values.get("rank"))
        owed = values.get("owed")
        if paid_on is None or paid is None or rank is None or (owed and amount(owed) is None):
            for part in (values, person, payer):
                self._keep(part, "")
            return None
        if payer.get("paid_on") and days:
            self._keep(payer, "DTP", "573")
        if values.get("release") != ("Y" if self._claim["2300"].get("release") == "Y" else "I"):
            self._keep(values, "OI")
        is_own = values.get("relationship") == "18"
        names = [person.get(name) for name in ("last", "first", "middle", "suffix")]
        if person.get("kind") != ("1" if names[1] else "2") or (is_own and not names[1]):
            self._keep(person, "NM1")
        if not is_own:
            self._keep(person, "N3")
            self._keep(person, "N4")
        insured = Subscriber(
            person.get("id"),
            names[0] if is_own else patient.last_name,
            names[1] if is_own else patient.first_name,
            patient.birth_date,
            patient.sex,
            _address(person) if is_own else Address(),
            rank,
            names[2] if is_own else patient.middle_name,
            names[3] if is_own else patient.suffix,
        )
        return OtherPayer(
            payer.get("name"),
            payer.get("id"),
            insured,
            paid,
            paid_on,
            values.get("filing"),
            amount(owed),
            tuple(values.adjustments),
            payer.get("payer_control_number"),
            None if is_own else Policyholder(values.get("relationship"), *names),
        )


def _cell(elements: Sequence[str], at: int, part: int | None, component: str) -> str:
    text = elements[at] if at < len(elements) else ""
    if part is None:
        return text.strip()
    parts = text.split(component)
    return parts[part].strip() if part < len(parts) else ""


def _address(values: _Values) -> Address:
    names = ("street", "city", "state", "zip", "street2")
    return Address(*(values.get(name) for name in names))


def _modifiers(values: _Values) -> tuple[str, ...]:
    return tuple(value for name in ("m1", "m2", "m3", "m4") if (value := values.get(name)))
