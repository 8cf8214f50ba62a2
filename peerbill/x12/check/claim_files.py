"""Our own checks of an X12 file, in one pass and constant memory: envelope, structure, elements, rules, duplicates.

An 837P or 837I (005010X222, X223 and their addenda) is checked in full; of other transaction sets the envelope and
the characters. Most claims go by `lane837p.py`; what this module says of any other is what it says of every claim.
"""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

import attrs

from peerbill.model.finding import Severity
from peerbill.x12.check import check837i, check837p, tables837i, tables837p
from peerbill.x12.check.check_envelope import IDS, Envelope
from peerbill.x12.check.lane837p import Lane
from peerbill.x12.delimiters import STANDARD, Delimiters
from peerbill.x12.problems import MOST_OF_A_CODE, Kept, Problem, ProblemCount, problem, problem_order
from peerbill.x12.reader import BLANKS, MOST_HELD, Piece, read_pieces
from peerbill.x12.structure import HEADS, KNOWN_IDS, LOST, Grammar, Loop, State, compile_table


@attrs.frozen
class Report:
    """What our own checks say of a text: its problems in order, and how many segments and claims it has.

    Of a code with very many problems the first are listed; `counts` has the numbers of all.
    """

    problems: tuple[Problem, ...]
    segments: int
    claims: int
    counts: tuple[ProblemCount, ...]

    def count(self, severity: Severity) -> int:
        """Return how many problems have a severity, also those that are not listed."""
        return sum(counted.total for counted in self.counts if counted.severity is severity)


def check_chunks(chunks: Iterable[str], most: int | None = MOST_OF_A_CODE, *, lane: bool = True) -> Report:
    """Return the problems of an X12 text, given in chunks of any size, in the order of the file.

    Of each code the first `most` are listed (None: all), and the rest are counted. Tests and benchmarks turn `lane` off
    to have every claim read by the state machine.
    """
    checker = Checker(lane=lane)
    source = iter(chunks)
    first = ""
    while len(text := first.lstrip(BLANKS)) < len("ISA") and (more := next(source, None)) is not None:
        first += more
    before = first[: len(first) - len(text)]
    found = _run(checker, itertools.chain((first,), source))
    if before and text.startswith("ISA"):
        what = "a byte order mark" if "\ufeff" in before else "a blank or line break"
        found = itertools.chain((problem("X12-111", f"{what} stands before ISA", 0),), found)
    kept = Kept(most)
    kept.add(found)
    problems = tuple(sorted(kept.problems, key=problem_order))
    return Report(problems, checker.segments, checker.claims, kept.counts())


def check_text(text: str) -> tuple[Problem, ...]:
    """Return every problem of an X12 text that is at hand as a whole, in the order of the file."""
    return check_chunks([text], None).problems


def _run(checker: "Checker", chunks: Iterable[str]) -> Iterator[Problem]:
    for piece in read_pieces(chunks):
        yield from piece.problems
        checker.feed(piece)
        yield from checker.drain()
    checker.finish()
    yield from checker.drain()


class Checker:
    """Takes segments in; gives problems out."""

    def __init__(self, *, lane: bool = True) -> None:
        self._has_lane = lane
        self._number = 0
        self._checks = professional = check837p.Claims()
        self._of_form = {"837P": professional, "837I": check837i.InstitutionalClaims(professional.claim_ids)}
        self._form = "837P"
        self._envelope = Envelope(self._tell)
        self._delimiters = STANDARD
        self._grammar = _grammar(self._form, STANDARD)
        self._plain = _plain(STANDARD)
        self._outside = State((), None, re.compile("").match, None)
        self._state = self._outside
        self._id = ""
        self._lost = False
        self._told_outside = False
        self._lane: Lane | None = None
        self._use_lane()
        self._held = ""

    @property
    def claims(self) -> int:
        """How many claims came so far."""
        return sum(claims.total for claims in self._of_form.values())

    @property
    def segments(self) -> int:
        """How many segments came so far."""
        return self._number

    def drain(self) -> list[Problem]:
        """Hand over what was found so far."""
        found, self._checks.problems = self._checks.problems, []
        if found and self._lane is not None:
            self._lane.forget()
        return found

    def feed(self, piece: Piece) -> None:
        """Check segments of an interchange, in order."""
        delimiters = piece.delimiters
        if delimiters is not self._delimiters:
            self._read_held()
            self._read_again()
            self._delimiters = delimiters
            self._grammar = _grammar(self._form, delimiters)
            self._plain = _plain(delimiters)
            for claims in self._of_form.values():
                claims.element, claims.component = delimiters.element, delimiters.component
            self._use_lane()
        if self._lane is None:
            self._read(piece.segments)
        elif piece:
            self._feed_lane(self._lane, self._held + piece.text)

    def finish(self) -> None:
        """Check the rules that can be judged only at the end of the file."""
        self._read_held()
        self._read_again()
        self._id, self._checks.number = "", self._number
        if self._state is not self._outside:
            self._end_transaction()
        self._envelope.finish()

    # ---------------------------------------------------------------------------------------------- ordinary claims

    def _use_lane(self) -> None:
        can_read = self._has_lane and self._delimiters.are_unmistakable
        self._lane = Lane(self._delimiters, self._of_form["837P"]) if can_read else None

    def _feed_lane(self, lane: Lane, text: str) -> None:
        """Check a text: by the lane the claims that it knows, by the state machine the others, up to the next HL."""
        terminator, element = self._delimiters.segment, self._delimiters.element
        level, trailer = f"{terminator}HL{element}", f"{terminator}SE{element}"
        self._held = ""
        at = 0
        while at < len(text):
            can_begin = lane.may_begin(text, at) and (lane.behind is not None or self._may_begin_subscriber())
            if can_begin:
                at, self._number = lane.read(text, at, self._number)
            stop = text.find(level, at)
            if stop < 0 and can_begin and len(text) - at < MOST_HELD and text.find(trailer, max(at - 1, 0)) < 0:
                # The rest of this block of segments is in the next piece.
                self._held = text[at:]
                return
            stop = len(text) - 1 if stop < 0 or self._is_in_other_set() else stop
            if stop >= at:
                self._read(text[at:stop].split(terminator))
            at = stop + 1

    def _read_held(self) -> None:
        """Check what waited for the next piece."""
        held, self._held = self._held, ""
        if held:
            self._read(held[:-1].split(self._delimiters.segment))

    def _is_in_other_set(self) -> bool:
        """Return whether the segments at hand are of a transaction set that is no 837P."""
        return bool(self._envelope.transaction) if self._state is self._outside else self._form != "837P"

    def _may_begin_subscriber(self) -> bool:
        """Return whether the HL of a subscriber may be the next segment."""
        if self._form != "837P" or self._state is self._outside:
            return False
        step = self._grammar.step(self._state, ("HL", "", "", "22"))
        return step.state is not None and not step.troubles

    def _read_again(self) -> None:
        """Bring the state machine to where it would be if it had read the claims that the lane read.

        It reads the last of them once more: nothing of those before lasts.
        """
        behind = self._lane.behind if self._lane is not None else None
        if self._lane is None or behind is None:
            return
        self._lane.behind = None
        number, terminator = self._number, self._delimiters.segment
        with self._checks.reading_again():
            self._number = behind.before_subscriber
            self._read(behind.subscriber[:-1].split(terminator))
            self._checks.skip_claims(behind.claims - 1)
            self._number = behind.before_claim
            self._read(behind.claim[:-1].split(terminator))
        self._number = number

    # ---------------------------------------------------------------------------------------------- segments

    def _read(self, segments: Sequence[str]) -> None:
        self._read_again()
        state, number, checks = self._state, self._number, self._checks
        # A good segment is found by its first characters in the table of what may follow, matches, and is looked at.
        for raw in segments:
            number += 1
            fast = state.fast
            following = fast.get(raw[:3]) or fast.get(raw[:7])
            if following is not None and following.match(raw) is not None:
                state = following
                if following.handler is not None:
                    checks.number = number
                    following.handler(checks, raw, following)
                continue
            self._number, self._state = number, state
            self._slowly(raw)
            state, checks = self._state, self._checks
        self._number, self._state = number, state

    def _tell(self, code: str, message: str, element: str = "") -> None:
        self._checks.problems.append(problem(code, message, self._number, self._id, element=element))

    def _slowly(self, raw: str) -> None:
        self._checks.number = self._number
        elements = raw.split(self._delimiters.element)
        id_ = elements[0]
        self._id = id_ if id_ in KNOWN_IDS else ""
        if id_ in IDS:
            self._read_envelope(elements, raw)
        elif self._state is self._outside:
            self._read_plainly(raw)
        else:
            self._read_claim(elements, raw)

    def _read_envelope(self, elements: Sequence[str], raw: str) -> None:
        if self._state is not self._outside:
            self._end_transaction()
        self._envelope.read(elements, self._number)
        self._told_outside = False
        if not self._plain(raw):
            self._read_plainly(raw)
        if elements[0] != "ST":
            return
        if self._envelope.form:
            self._begin_form(self._envelope.form)
            self._state = self._grammar.start
            self._lost = False
            self._checks.begin()
            self._checks.group_day = self._envelope.group[4]
        else:
            self._tell("X12-109", "only the envelope of this transaction set is checked")

    def _begin_form(self, form: str) -> None:
        if form == self._form:
            return
        checks = self._of_form[form]
        checks.problems, checks.number = self._checks.problems, self._checks.number
        self._form, self._checks = form, checks
        self._grammar = _grammar(form, self._delimiters)

    def _end_transaction(self) -> None:
        self._checks.tell_all(self._grammar.finish(self._state), self._state, self._id)
        self._checks.finish()
        self._state = self._outside

    def _read_plainly(self, raw: str) -> None:
        """Look at the characters of a segment that no table describes."""
        if not self._envelope.transaction and self._id not in IDS:
            if not self._told_outside:
                self._tell("X12-101", "a segment stands outside ST and SE")
            self._told_outside = True
        elif not self._plain(raw):
            element, component = self._delimiters.element, self._delimiters.component
            if not self._is_text(raw):
                self._tell("X12-012", "the segment holds a character outside the X12 set")
            elif self._id == "ISA":
                return  # ISA16 is the component separator itself
            elif raw.endswith((element, component)):
                self._tell("X12-303", "the segment ends in an empty element")
            else:
                self._tell("X12-203", "the segment does not begin with a segment id")

    def _is_text(self, raw: str) -> bool:
        """Return whether a segment is printable ASCII between its delimiters, which may be control characters."""
        text = raw.translate(dict.fromkeys(map(ord, self._delimiters.characters)))
        return text.isascii() and text.isprintable()

    def _read_claim(self, elements: Sequence[str], raw: str) -> None:
        id_ = elements[0]
        if self._lost and id_ in LOST:
            return
        before = self._state
        step = self._grammar.step(before, elements)
        # A subscriber or claim that comes without its head is itself at fault; else the claim before has a gap.
        headless = bool(step.state and step.troubles and id_ in HEADS and step.troubles[0].loop == step.state.loop)
        if not headless:
            self._checks.tell_all(step.troubles, before, self._id)
        if step.state is None or step.state.spec is None or step.state.spec.id != id_:
            # It belongs nowhere, or came too late: what follows is read as if it had not come.
            self._lost = id_ in ("NM1", "HL")
            if not self._is_text(raw):
                self._tell("X12-012", "the segment holds a character outside the X12 set")
            return
        self._lost = False
        state = step.state
        self._state = state
        # CLM and HL end the claim before: faults of their elements are the next claim's.
        begins = id_ in ("CLM", "HL") or headless
        if state.handler is not None and begins:
            state.handler(self._checks, raw, state)
        if headless:
            self._checks.tell_all(step.troubles, state)
        if state.match(raw) is None:
            self._checks.tell_all(tuple(step.state.spec.explain(elements, self._delimiters)), state)
        if state.handler is not None and not begins:
            state.handler(self._checks, raw, state)


_FORMS = {"837P": (tables837p, check837p.HANDLERS), "837I": (tables837i, check837i.HANDLERS)}


@lru_cache(maxsize=2)
def _table(form: str) -> Loop:
    tables, _ = _FORMS[form]
    return compile_table(tables.TABLE, tables.CODES)


@lru_cache(maxsize=8)
def _grammar(form: str, delimiters: Delimiters) -> Grammar:
    return Grammar(_table(form), delimiters, _FORMS[form][1])


@lru_cache(maxsize=4)
def _plain(delimiters: Delimiters) -> Callable[[str], object]:
    separators = re.escape(delimiters.element + delimiters.component)
    characters = re.escape(delimiters.characters)
    return re.compile(
        rf"[A-Z][A-Z0-9]{{1,2}}(?:{re.escape(delimiters.element)}[ -~{characters}]*(?<![{separators}]))?"
    ).fullmatch
