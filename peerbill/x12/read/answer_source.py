"""A file of answers, segment by segment: what the readers of each kind of answer take from.

`Source` follows the envelope, collects the problems of each transaction set and computes its digest. A deviation that
does not keep a set from being read is a warning.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache

import attrs

from peerbill.model.finding import Severity
from peerbill.model.payer_answers import Envelope
from peerbill.model.printable import storable
from peerbill.x12.check import check_envelope
from peerbill.x12.delimiters import STANDARD, Delimiters
from peerbill.x12.problems import RECEIVED, Problem, problem, problem_order
from peerbill.x12.reader import MOST_HELD, Piece, read_pieces
from peerbill.x12.structure import KNOWN_IDS

MOST = 20
"""Of each kind of problem, and of sentences about balance, this many are listed; the others are counted."""

_SURVIVED = frozenset({"X12-001", "X12-002", "X12-004", "X12-005", "X12-006", "X12-007", "X12-008"})
_AMOUNT = re.compile(r"[-+]?(?=\.?\d)0*\d{0,12}(?:\.\d{0,8}0*)?", re.ASCII)
_CODE = re.compile(r"[0-9A-Za-z]{0,2}|(?=.*[0-9])[0-9A-Za-z]{3,5}")
_DAY = re.compile(r"\d{8}", re.ASCII)
_DIVIDED = re.compile(r"[A-Za-z0-9]+([:>|<^\\;!+])")


def field(elements: Sequence[str], index: int) -> str:
    """Return an element, trimmed; "" where the segment is shorter."""
    return elements[index].strip() if len(elements) > index else ""


@lru_cache(maxsize=8192)
def amount(text: str) -> Decimal | None:
    """Read an amount as sent; None where it is none.

    Twelve digits before the point and eight behind it are the limit, so that no sum of amounts is ever rounded.
    """
    text = text.strip()
    return Decimal(text) if len(text) <= 40 and _AMOUNT.fullmatch(text) else None


@lru_cache(maxsize=4096)
def day(text: str) -> dt.date | None:
    """Read a day CCYYMMDD; None where it is none."""
    try:
        return dt.date(int(text[:4]), int(text[4:6]), int(text[6:])) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def days(text: str) -> tuple[dt.date | None, dt.date | None]:
    """Read CCYYMMDD or CCYYMMDD-CCYYMMDD as the first and the last day."""
    first, _, last = text.partition("-")
    return day(first), day(last or first)


@lru_cache(maxsize=2048)
def divided(text: str, component: str) -> tuple[str, tuple[str, ...], str]:
    """Return code, modifiers and revenue code of a procedure (SVC01 or SVC06) that `component` divides."""
    return named_procedure(tuple(text.split(component)))


def named_procedure(parts: tuple[str, ...]) -> tuple[str, tuple[str, ...], str]:
    """Return code, modifiers and revenue code of a procedure's parts; NU says that the code is a revenue code."""
    code = field(parts, 1)
    modifiers = tuple(part.strip() for part in parts[2:6] if part.strip())
    return ("", modifiers, code) if parts[0] == "NU" else (code, modifiers, "")


def count(text: str) -> int | None:
    """Read a count; None where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def known(id_: str) -> str:
    """Return a segment's id if X12 has it; any other may be a piece of a name."""
    return id_ if id_ in KNOWN_IDS else "a segment with an unknown id"


def can_be_code(text: str) -> bool:
    """Tell whether a text is short enough for a code of X12, X12's lists or CARC and RARC, or blank.

    >>> can_be_code("MA130"), can_be_code("QC"), can_be_code("SMITH"), can_be_code("call her")
    (True, True, False, False)
    """
    return _CODE.fullmatch(text) is not None


@lru_cache(maxsize=64)
def _canonical(used: Delimiters) -> dict[int, str]:
    """Return what each delimiter becomes where a digest is taken."""
    separators = {ord(used.repetition or "^"): "\x1c", ord(used.component): "\x1d"}
    return separators | {ord(used.segment): "\x1e", ord(used.element): "\x1f"}


class Notes:
    """The problems of a transaction set; of each code `MOST` are kept, and how many there were beyond."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._counts: dict[str, int] = {}
        self._said: set[tuple[str, str]] = set()

    def add(self, found: Problem) -> None:
        """Take a problem in."""
        counted = self._counts[found.code] = self._counts.get(found.code, 0) + 1
        if counted <= MOST:
            self.problems.append(attrs.evolve(found, fix=RECEIVED.get(found.code, found.fix)))

    def first(self, code: str, about: str) -> bool:
        """Return whether a code is reported about this place for the first time."""
        is_new = (code, about) not in self._said and len(self._said) < 1000
        if is_new:
            self._said.add((code, about))
        return is_new

    def close(self, number: int) -> None:
        """Say at the last segment how many were left out, and put all in the order of the file."""
        for code, counted in self._counts.items():
            if counted > MOST:
                self.problems.append(problem(code, f"{counted - MOST:,} more of this kind are not listed", number))
        self._counts.clear()
        self.problems.sort(key=problem_order)


@attrs.frozen
class Head:
    """Where a transaction set, or a TA1, begins."""

    elements: tuple[str, ...] = attrs.field(repr=False)
    envelope: Envelope
    segment: int
    notes: Notes


class Source:
    """Gives the transaction sets of a text one after another, and the segments of the set being read.

    `number` is that of the segment given last, ISA is 1. `complete` and `digest` hold once a set has ended.
    """

    def __init__(self, chunks: Iterable[str]) -> None:
        self._pieces = read_pieces(map(storable, chunks))
        self._next_piece: Piece | None = None
        # Text behind the segments at hand: up to where it is read, and up to where it is counted and in the digest.
        self._text = ""
        self._from = 0
        self._counted = 0
        # How a claim begins, where claims are looked for; what is divided ends before the next one.
        self._start = ""
        self._segments: list[str] = []
        self._last = ""
        self._at = 0
        self._hashed = 0
        self._before = 0
        self._unsettled: list[Problem] = []
        self._notes = Notes()
        self._next: Notes | None = self._notes
        self._boundary = -1
        self._began = False
        self._id = ""
        self._envelope = check_envelope.Envelope(self._tell_envelope, is_received=True)
        self._hash = hashlib.sha256()
        self._open = False
        self._ended = True
        self.delimiters = STANDARD
        self.complete = False
        self.digest = ""

    @property
    def number(self) -> int:
        """The number of the segment given last."""
        return self._before + self._at

    @property
    def interchange(self) -> tuple[str, ...]:
        """The elements of the ISA in force; () before the first one."""
        return tuple(self._envelope.interchange)

    def begin(self) -> Head | None:
        """Go to the next ST or TA1; None at the end of the file, whose problems `leftover` has."""
        if not self._began:
            self._began = True
            self._walk()
        self._notes, self._next = self._next or self._notes, None
        raw = self.peek()
        if raw is None:
            return None
        elements = raw.split(self.delimiters.element)
        self._at += 1
        self._hashed = self._at
        self._id = elements[0]
        self._hash = hashlib.sha256()
        self._ended = False
        self._open = self._id == "ST"
        self.complete = not self._open
        if self._open:
            self._envelope.read(elements, self.number)
            # ST02 and SE are left out: whoever divides or joins files numbers the sets anew.
            self._hash.update(self._plain([field(elements, 1)]))
        else:
            isa = self._envelope.interchange or [""] * 17
            about = [isa[index].strip() for index in (6, 8, 9)]
            self._hash.update(self._plain([raw.rstrip(), self.delimiters.element.join(about)]))
        return Head(tuple(elements), self._place(elements), self.number, self._notes)

    @property
    def is_open(self) -> bool:
        """Whether the set goes on."""
        return self._open

    def body(self) -> Iterator[list[str]]:
        """Give the elements of each segment between ST and SE; end as well where a set is cut off."""
        while self._open:
            yield from self.stretch()

    def stretch(self) -> Iterator[list[str]]:
        """Give the elements of some segments of the set; where claims are looked for, end before the next claim."""
        if self._at >= len(self._segments) and not self._load():
            self._cut("at the end of the file")
            return
        element, segments, outer = self.delimiters.element, self._segments, check_envelope.IDS
        for at in range(self._at, len(segments)):
            elements = segments[at].split(element)
            if elements[0] in outer:
                self._at = at
                self._end_body(elements)
                return
            self._at = at + 1
            yield elements

    # ------------------------------------------------------------------------------------------------- whole claims

    def look_for(self, id_: str) -> None:
        """Let the segments of the set be divided from one of that id to the next, so that `look` finds them whole."""
        self._digest_read()
        self._last = self._segments[self._at - 1] if self._at else self._last
        rest = self._segments[self._at :]
        if rest:
            terminator = self.delimiters.segment
            self._text = terminator.join((*rest, self._text[self._from :]))
            self._from = self._counted = 0
        self._before += self._at
        self._segments = []
        self._at = self._hashed = 0
        self._start = id_

    @property
    def is_undivided(self) -> bool:
        """Whether the next segment and all behind it are not divided yet."""
        return self._at >= len(self._segments) and (self._from < len(self._text) or self._load_text())

    def look(self, match: Callable[[str, int], re.Match[str] | None]) -> re.Match[str] | None:
        """Return what an expression finds at the next segment, which is not divided yet."""
        if self._segments:
            self._fold()
        found = match(self._text, self._from)
        while found is None and self._may_go_on() and self._load_text():
            found = match(self._text, self._from)
        return found

    def enter(self) -> None:
        """Go on to the first segment of what `look` found: it is the segment given last."""
        after = self._text.index(self.delimiters.segment, self._from) + 1
        self._take_text(self._from)
        self._take_text(after)

    def skip(self, found: re.Match[str]) -> bool:
        """Go on behind what `look` found; return whether more of the text is at hand."""
        self._from = found.end()
        return self._from < len(self._text)

    def _may_go_on(self) -> bool:
        """Return whether the claim at hand may end in the next piece: no segment behind it shows that it ended."""
        delimiters, text, begin = self.delimiters, self._text, self._from
        if len(text) - begin > MOST_HELD or not text.startswith(self._start + delimiters.element, begin):
            return False
        ends = (f"{delimiters.segment}{id_}{delimiters.element}" for id_ in (self._start, "LX", "PLB", "SE"))
        return all(text.find(end, begin) < 0 for end in ends)

    def _load_text(self) -> bool:
        """Read one more piece behind the text at hand; False at the end of the file and before other delimiters."""
        piece = self._next_piece
        self._next_piece = None
        while piece is None or not piece:
            piece = next(self._pieces, None)
            if piece is None:
                return False
            self._unsettled += piece.problems
        rest = self._text[self._from :]
        if rest and piece.delimiters is not self.delimiters:
            self._next_piece = piece
            return False
        self._take_text(self._from)
        self.delimiters = piece.delimiters
        self._text = rest + piece.text
        self._from = self._counted = 0
        return True

    def _take_text(self, end: int) -> None:
        """Count the text that was read without being divided, up to `end`, and add it to the digest."""
        taken = self._text[self._counted : end]
        if taken:
            terminator = self.delimiters.segment
            self._before += taken.count(terminator)
            self._hash.update(taken.translate(_canonical(self.delimiters)).encode())
            self._last = taken[taken.rfind(terminator, 0, -1) + 1 : -1]
            self._counted = end

    def _fold(self) -> None:
        """Go on from the segments that were divided to the text behind them."""
        self._digest_read()
        self._last = self._segments[-1] if self._segments else self._last
        self._before += len(self._segments)
        self._segments = []
        self._at = self._hashed = 0
        self._take_text(self._from)

    def peek(self) -> str | None:
        """Return the next segment as it is, without going on; None at the end of the file."""
        if self._at >= len(self._segments) and not self._load():
            return None
        return self._segments[self._at]

    def end(self) -> None:
        """Read the rest of the set and the envelope after it, up to the next set, so that its problems are whole."""
        if self._ended:
            return
        for _ in self.body():
            pass
        self._ended = True
        self.digest = self._hash.hexdigest()
        self._walk()

    def leftover(self) -> list[Problem]:
        """Return the problems of a file in which no transaction set was found."""
        self._notes.close(self.number)
        return self._notes.problems

    def tell(self, code: str, message: str, element: str = "", loop: str = "") -> None:
        """Report a problem at the segment given last."""
        self._notes.add(problem(code, message, self.number, self._id_at(), element=element, loop=loop))

    def tell_once(self, code: str, about: str, message: str, element: str = "") -> None:
        """Report a problem unless it was reported in this set about the same thing."""
        if self._notes.first(code, about):
            self.tell(code, message, element)

    def unknown(self, id_: str, kind: str) -> None:
        """Report a segment that the guide of this kind of answer does not have, once for each id."""
        name = known(id_)
        article = "an" if kind.startswith("8") else "a"
        self.tell_once("X12-803", name, f"{name} does not belong in {article} {kind}")

    def parts(self, text: str, place: str) -> list[str]:
        """Divide a composite, at the character that it really uses, if that is not the declared character."""
        component = self.delimiters.component
        if component in text or text.isalnum() or not text:
            return text.split(component)
        match = _DIVIDED.match(text)
        if match is None:
            return [text]
        self.tell_once("X12-806", place, f"{place} is divided by another character than ISA16 declares", place)
        return text.split(match[1])

    def repeated(self, text: str, place: str) -> list[str]:
        """Divide a repeated element; where ISA11 declares no separator, it is ^."""
        separator = self.delimiters.repetition
        if not separator and self.delimiters.component != "^":
            separator = "^"
            if separator in text:
                self.tell_once("X12-806", place, f"{place} is repeated, but ISA11 declares no separator", place)
        return text.split(separator) if separator else [text]

    def amount(self, elements: Sequence[str], index: int, place: str) -> Decimal | None:
        """Read an amount; None, and a problem, where the element holds none, and None where it is empty."""
        text = elements[index] if len(elements) > index else ""
        if not text:
            return None
        found = amount(text)
        if found is None:
            self.tell("X12-804", f"{place} is not an amount", place)
        return found

    def code(self, elements: Sequence[str], index: int, place: str) -> str:
        """Read a code of a published list; "", and a problem, where the element holds a text that cannot be one.

        A code is kept in the trail for ever; a text in its place may say something of a person.
        """
        text = field(elements, index)
        if can_be_code(text):
            return text
        self.tell_once("X12-808", f"text {place}", f"{place} has a text in the place of a code", place)
        return ""

    def day(self, elements: Sequence[str], index: int, place: str) -> dt.date | None:
        """Read a day CCYYMMDD; None, and a problem, where the element holds none, and None where it is empty."""
        text = field(elements, index)
        found = day(text)
        if found is None and text:
            self.tell("X12-808", f"{place} is not a day CCYYMMDD", place)
        return found

    # ------------------------------------------------------------------------------------------ batches and digest

    def _load(self) -> bool:
        self._fold()
        if self._from >= len(self._text) and not self._load_text():
            return False
        terminator, text = self.delimiters.segment, self._text
        stop = text.find(f"{terminator}{self._start}{self.delimiters.element}", self._from) if self._start else -1
        stop = len(text) - 1 if stop < 0 else stop
        segments = text[self._from : stop].split(terminator)
        # Lines that end in carriage return and line feed, where line feed is the terminator.
        self._segments = [segment.rstrip("\r") for segment in segments] if terminator == "\n" else segments
        self._from = self._counted = stop + 1
        return True

    def _digest_read(self) -> None:
        if self._open and self._hashed < self._at:
            self._hash.update(self._plain(self._segments[self._hashed : self._at]))
            self._hashed = self._at

    def _plain(self, segments: Sequence[str]) -> bytes:
        """Write segments with the same delimiters whatever they came with."""
        used = self.delimiters
        text = used.segment.join((*segments, ""))
        return text.translate(_canonical(used)).encode()

    # ------------------------------------------------------------------------------------------------ the envelope

    def _id_at(self) -> str:
        raw = self._segments[self._at - 1] if self._at else self._last
        id_ = raw.partition(self.delimiters.element)[0]
        return id_ if id_ in KNOWN_IDS else ""

    def _tell_envelope(self, code: str, message: str, element: str = "") -> None:
        notes = self._next or self._notes
        notes.add(problem(code, message, self.number, self._id, element=element, severity=Severity.WARNING))

    def _place(self, elements: Sequence[str]) -> Envelope:
        isa = self._envelope.interchange or [""] * 17
        gs = self._envelope.group or [""] * 17
        return Envelope(
            sender=isa[6].strip(),
            receiver=isa[8].strip(),
            isa13=isa[13].strip(),
            group_sender=gs[2].strip(),
            group_receiver=gs[3].strip(),
            gs06=gs[6].strip(),
            version=(field(elements, 3) if elements[0] == "ST" else "") or gs[8].strip(),
            st02=field(elements, 2) if elements[0] == "ST" else "",
            usage=isa[15].strip(),
        )

    def _end_body(self, elements: list[str]) -> None:
        """End a set at a segment of the envelope: its SE, or whatever shows that SE is missing."""
        if elements[0] == "SE":
            self._digest_read()
            self._hash.update(self._plain(["SE"]))
            self._at += 1
            self._hashed = self._at
            self._id = "SE"
            self._envelope.read(elements, self.number)
            self.complete = True
            self._open = False
            self._start = ""
        else:
            self._cut(f"before {elements[0]}")

    def _cut(self, where: str) -> None:
        self._digest_read()
        self._open = False
        self._start = ""
        self._notes.add(problem("X12-807", f"SE is missing {where}", self.number, self._id_at()))
        self._envelope.transaction = []

    def _walk(self) -> None:
        """Read the envelope up to the next ST or TA1; from ISA on, problems are those of the next set."""
        while (raw := self.peek()) is not None:
            elements = raw.split(self.delimiters.element)
            self._id = elements[0] if elements[0] in KNOWN_IDS else ""
            if self._id in ("ST", "TA1"):
                break
            if self._id == "ISA" and self._next is None:
                self._next = Notes()
                self._boundary = self.number
            self._at += 1
            if self._id in check_envelope.IDS:
                self._envelope.read(elements, self.number)
            else:
                notes = self._next or self._notes
                message = f"{known(elements[0])} stands outside of any transaction set"
                notes.add(problem("X12-101", message, self.number, self._id))
        else:
            self._id = ""
            self._envelope.finish()
        self._settle(at_end=raw is None)

    def _settle(self, *, at_end: bool) -> None:
        """Give the problems of reading to the set in which, or behind which, they occurred."""
        following = self._next or Notes()
        ahead = []
        for found in self._unsettled:
            if found.segment > self.number and not at_end:
                ahead.append(found)
            elif at_end or found.segment <= self._boundary or self._next is None:
                self._notes.add(_survived(found))
            else:
                following.add(_survived(found))
        self._unsettled = ahead
        self._next = following
        if following is not self._notes:
            if at_end:
                for found in following.problems:
                    self._notes.add(found)
            self._notes.close(self.number)


def _survived(problem_found: Problem) -> Problem:
    return attrs.evolve(problem_found, severity=Severity.WARNING) if problem_found.code in _SURVIVED else problem_found
