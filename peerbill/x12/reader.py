"""X12 text to segments, in constant memory, whoever wrote it.

The delimiters are read from each ISA. A byte order mark, line breaks or indentation after terminators, lines cut at a
fixed length, blanks before terminators, several interchanges in one file and text around them are survived. What is
wrong is yielded as a problem beside the segments and never raised.
"""

import codecs
import contextlib
import io
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import attrs

from peerbill.model.errors import X12Error
from peerbill.model.input_files import open_file
from peerbill.x12.delimiters import ISA_LENGTH, STANDARD, Delimiters
from peerbill.x12.problems import Problem, problem

CHUNK = 1 << 16
MOST_HELD = 1 << 16
"""Characters of an unfinished claim that wait for the rest of it."""
LONGEST_SEGMENT = 1 << 20
"""Text without a terminator beyond this many characters is not X12; reading stops there."""

_ELEMENT = re.compile(r"[^A-Za-z0-9\s]")
_HEADER = re.compile(r"(?<![A-Za-z0-9])ISA[^A-Za-z0-9\s]")


@attrs.frozen
class Segment:
    """A segment: its number in the file (ISA is 1), its elements with the id first, and the delimiters around it."""

    number: int
    elements: tuple[str, ...] = attrs.field(repr=False)
    delimiters: Delimiters


class Batch(NamedTuple):
    """Some segments of an interchange, undivided and never empty, and what was wrong while they were read."""

    delimiters: Delimiters
    segments: list[str]
    problems: list[Problem]


@attrs.define(eq=False)
class Piece:
    """Whole segments of an interchange, none of them empty, and what was wrong while they were read.

    They are at hand as one text or divided, as they were read; whoever asks for the other form has it made.
    """

    delimiters: Delimiters
    problems: list[Problem]
    _text: str = ""
    _segments: list[str] | None = None
    _count: int = attrs.field(default=-1, init=False)

    def __len__(self) -> int:
        """Return how many segments there are."""
        if self._segments is not None:
            return len(self._segments)
        if self._count < 0:
            self._count = self._text.count(self.delimiters.segment) + 1
        return self._count

    @property
    def segments(self) -> list[str]:
        """The segments, without their terminators."""
        return self._text.split(self.delimiters.segment) if self._segments is None else self._segments

    @property
    def text(self) -> str:
        """The segments as one text, each with its terminator."""
        terminator = self.delimiters.segment
        return self._text + terminator if self._segments is None else terminator.join((*self._segments, ""))


Source = bytes | str | Path | BinaryIO
"""X12 as it is at hand: its bytes, its text, the path of a file, or a binary stream at its beginning."""


@contextlib.contextmanager
def opened(source: Source) -> Iterator[BinaryIO]:
    """Open X12 as a binary stream that can be read again from its beginning; a caller's own stream stays open.

    Raises:
        OSError: the file cannot be read.
        TypeError: `source` is none of these kinds.

    """
    if isinstance(source, Path):
        with open_file(source) as file:
            yield file
    elif isinstance(source, str):
        yield io.BytesIO(source.encode("utf-8", "surrogateescape"))
    elif isinstance(source, bytes | bytearray | memoryview):
        yield io.BytesIO(source)
    elif hasattr(source, "read"):
        yield source
    else:
        raise TypeError(f"expected bytes, text, a Path or a binary stream, found {type(source).__name__}")


def decode(file: BinaryIO, size: int = CHUNK) -> Iterator[str]:
    """Read a binary file as text in chunks; bytes that are not UTF-8 become lone surrogates, which no check accepts."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    while data := file.read(size):
        yield decoder.decode(data)
    yield decoder.decode(b"", final=True)


def read_segments(chunks: Iterable[str]) -> Iterator[Segment]:
    """Yield the segments of X12 text, divided into elements; problems are left out (`read_batches` has them)."""
    number = 0
    for delimiters, segments, _ in read_batches(chunks):
        for text in segments:
            number += 1
            yield Segment(number, tuple(text.split(delimiters.element)), delimiters)


BLANKS: Final = "\ufeff \t\r\n\v\f\x00\x1a"
"""Skipped around interchanges: a byte order mark, blanks, the end mark of old systems."""


def read_batches(chunks: Iterable[str]) -> Iterator[Batch]:
    """Yield the segments of X12 text, some thousands at a time, with the problems met on the way."""
    for piece in read_pieces(chunks):
        yield Batch(piece.delimiters, piece.segments, piece.problems)


def read_pieces(chunks: Iterable[str]) -> Iterator[Piece]:
    """Yield X12 text as whole segments, some thousands at a time, with the problems met on the way."""
    source = _Source(chunks)
    number = 0
    head = source.head()
    if not head:
        yield Piece(STANDARD, [problem("X12-001", "the file is empty", 0)], "", [])
    while head:
        problems: list[Problem] = []
        if not head.startswith("ISA"):
            if number:
                problems.append(problem("X12-005", "text stands between IEA and the next ISA", number))
            else:
                problems.append(problem("X12-001", "the file does not begin with ISA", 0))
            if not re.match(r"(?:GS|ST)[^A-Za-z0-9\s]", head):
                found = source.seek_header()
                yield Piece(STANDARD, problems, "", [])
                if not found:
                    return
                head = source.head()
                continue
            delimiters = _guess(head)
            cleaning = _Cleaning(delimiters)
        else:
            delimiters, wrong = _declared(head, number + 1)
            problems += wrong
            cleaning = _Cleaning(delimiters, is_padded=any(line_problem.code == "X12-008" for line_problem in wrong))
        yield Piece(delimiters, problems, "", [])
        for piece in _interchange(source, cleaning, number):
            number += len(piece)
            yield piece
        head = source.head()


class _Source:
    """Chunks of text with what was read too far put back in front."""

    def __init__(self, chunks: Iterable[str]) -> None:
        self._chunks = iter(chunks)
        self.rest = ""

    def more(self) -> bool:
        """Read one more chunk; return whether there was one."""
        for chunk in self._chunks:
            self.rest += chunk
            return True
        return False

    def head(self) -> str:
        """Drop blanks and byte order marks, then return enough text to hold an ISA; "" at the end of the file."""
        while True:
            self.rest = self.rest.lstrip(BLANKS)
            if len(self.rest) > 4 * ISA_LENGTH or not self.more():
                return self.rest

    def seek_header(self) -> bool:
        """Drop everything before the next ISA; return whether there was one."""
        after = 0
        while True:
            match = _HEADER.search(self.rest, after)
            if match:
                self.rest = self.rest[match.start() :]
                return True
            if len(self.rest) > 5:
                after = 1  # the character before what may be a header: within a word it is none
                self.rest = self.rest[-5:]
            if not self.more():
                self.rest = ""
                return False


def _declared(head: str, number: int) -> tuple[Delimiters, list[Problem]]:
    # Where lines are cut at a fixed length, ISA is cut as well: without the line breaks it is whole.
    beginning = head[: 4 * ISA_LENGTH]
    for text in (beginning.replace("\r", "").replace("\n", ""), beginning):
        with contextlib.suppress(X12Error):
            return Delimiters.from_isa(text), []
    element = head[3:4] or STANDARD.element
    fields = head[: 4 * ISA_LENGTH].split(element, 16)
    if len(fields) < 17 or len(fields[16]) < 2:
        message = "ISA does not have 16 elements; the usual delimiters are assumed"
        return _guess(head), [problem("X12-002", message, number, "ISA")]
    repetition, component, segment = fields[11][:1], fields[16][0], fields[16][1]
    repetition = "" if repetition.isalnum() or repetition.isspace() else repetition
    widths = [len(field) for field in fields[:16]]
    problems = []
    after = fields[16][1:].lstrip(" \t")[:1]
    if segment in " \t" and after and not after.isalnum():
        segment = after
        message = "blanks stand before the terminators, also the one of ISA; they are left out"
        problems.append(problem("X12-008", message, number, "ISA"))
    if widths != [3, 2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1]:
        problems.append(problem("X12-002", "elements of ISA do not have their fixed width", number, "ISA"))
    if len({element, repetition, component, segment}) < 4 or (component + segment).isalnum():
        problems.append(problem("X12-006", "two delimiters are one character, or one is a letter", number, "ISA"))
    if segment.isalnum() or segment == element:
        return _guess(head), problems
    return Delimiters(element, component, repetition if repetition != component else "", segment), problems


def _guess(head: str) -> Delimiters:
    head = head[: 4 * ISA_LENGTH]  # more of it is there in one division into chunks than in another
    match = _ELEMENT.search(head, 2)
    element = match.group() if match else STANDARD.element
    segment = "~" if "~" in head and element != "~" else "\n"
    return attrs.evolve(STANDARD, element=element, segment=segment)


def _interchange(source: _Source, cleaning: "_Cleaning", number: int) -> Iterator[Piece]:
    """Yield the segments up to IEA, to the next ISA, or to the end of the text; leave the rest in the source."""
    delimiters = cleaning.delimiters
    terminator = delimiters.segment
    ends = (f"IEA{delimiters.element}", f"ISA{delimiters.element}")
    after = 3  # the header begins with ISA itself: look for a second ISA only behind it
    while True:
        text = source.rest
        match = _boundary(text, delimiters, after) if any(text.find(id_, after) >= 0 for id_ in ends) else None
        end = text.rfind(terminator)
        if match and match[1] == "ISA":
            source.rest = text[match.start(1) :]
            if before := text[: match.start(1)].rstrip():  # else all before it was read with a piece before
                yield cleaning.piece(before.removesuffix(terminator), number)
            return
        if match:
            last = text.find(terminator, match.end())
            if last >= 0:
                source.rest = text[last + 1 :]
                yield cleaning.piece(text[:last], number)
                return
        if end >= 0:
            source.rest = text[end + 1 :]
            piece = cleaning.piece(text[:end], number)
            number += len(piece)
            yield piece
            after = 0
        if len(source.rest) > LONGEST_SEGMENT or not source.more():
            remainder = source.rest.strip()
            source.rest = ""
            if remainder:
                problems = [problem("X12-003", "the last segment has no terminator", number + 1)]
                yield Piece(delimiters, problems, "", [remainder])
            return


def _boundary(text: str, delimiters: Delimiters, after: int) -> re.Match[str] | None:
    """Return the first IEA or ISA that begins a segment behind `after`: blanks may be before it, and a terminator.

    One step back for each blank: a pattern with both tries every blank line again from each of the lines before it.
    """
    for match in re.compile(rf"(IEA|ISA){re.escape(delimiters.element)}").finditer(text, after):
        at = match.start() - 1
        while at >= after and text[at].isspace() and text[at] != delimiters.segment:
            at -= 1
        if at < 0 or (at >= after and text[at] == delimiters.segment):
            return match
    return None


@lru_cache(maxsize=4)
def _before_blank(terminator: str) -> Callable[[str], re.Match[str] | None]:
    """Return what searches a text for a terminator before a blank or another: a pass for each of them takes longer."""
    return re.compile(rf"{re.escape(terminator)}[{re.escape(terminator)}\n\r \t]").search


@attrs.define
class _Cleaning:
    """Divides the whole segments of an interchange, and removes what is no data.

    With `is_padded`, there are blanks before each terminator.
    """

    delimiters: Delimiters
    is_padded: bool = False
    _is_told: bool = attrs.field(default=False, init=False)

    def piece(self, text: str, number: int) -> Piece:
        """Return the segments of a text, those without anything left out, and what was wrong."""
        if self._is_clean(text):
            return Piece(self.delimiters, [], text)
        terminator = self.delimiters.segment
        segments = text.split(terminator)
        if text[:1].isspace() or any(terminator + blank in text for blank in "\n\r \t"):
            segments = [segment.lstrip() for segment in segments]
        if self.is_padded:
            segments = [segment.rstrip(" \t") for segment in segments]
        problems: list[Problem] = []
        if "" in segments:
            kept: list[str] = []
            for segment in segments:
                if segment:
                    kept.append(segment)
                else:
                    problems.append(problem("X12-004", "two terminators follow each other", number + len(kept)))
            segments = kept
        if terminator not in "\r\n" and ("\n" in text or "\r" in text):
            problems += self._joined(segments, number)
        return Piece(self.delimiters, problems, "", segments)

    def _is_clean(self, text: str) -> bool:
        """Return whether a text is its segments and their terminators and nothing else."""
        terminator = self.delimiters.segment
        if not text or self.is_padded or text[0].isspace() or terminator in (text[0], text[-1]):
            return False
        if _before_blank(terminator)(text):
            return False
        return terminator in "\r\n" or not ("\n" in text or "\r" in text)

    def _joined(self, segments: list[str], number: int) -> Iterator[Problem]:
        """Remove the line breaks inside of segments; report the first."""
        for at, segment in enumerate(segments):
            if "\n" in segment or "\r" in segment:
                segments[at] = segment.replace("\r", "").replace("\n", "")
                if not self._is_told:
                    self._is_told = True
                    message = "lines end inside of segments; the line breaks are left out"
                    yield problem("X12-007", message, number + at + 1)
