"""A second opinion: pyx12 reads the file against the implementation guide, in worker processes.

pyx12 is slow (some hundred claims a second), stops at the first segment that its code cannot bear and reports
envelopes, not claims. So a large file is given to it in pieces of some hundred claims, each with the header of its
transaction set, renumbered HL and new trailers; a piece that it cannot finish is halved until the claim at fault is
alone, and every finding is put back on the segment and claim of the file that it came from. The envelope of a file of
more than a piece is left to our own checks. pyx12's own wording repeats element text; none of it is passed on.

`unseen` leaves out what our own checks name as well, so that no fault is listed twice.
"""

import importlib.util
import io
import json
import logging
import multiprocessing
import os
import re
import warnings
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from itertools import chain, groupby, islice
from typing import Any, Final, NamedTuple

import attrs

from peerbill.model.finding import Severity
from peerbill.x12.check.check_codes import REMARKS
from peerbill.x12.delimiters import STANDARD, Delimiters
from peerbill.x12.problems import Problem, problem
from peerbill.x12.reader import read_batches
from peerbill.x12.relations import relation
from peerbill.x12.structure import KNOWN_IDS

SMALL_FILE: Final = 1 << 18
"""Up to this many characters a file is given to pyx12 as it is, its envelope included."""

CLAIMS_AT_ONCE: Final = 400
SEGMENTS_AT_ONCE: Final = 20_000

Numbered = tuple[int, str]
"""A segment with its number in the file; 0 for a segment that only a piece has."""

_ELEMENT_CODES: Mapping[str, str] = {
    "1": "is required and missing",
    "2": "is required with another element and missing",
    "3": "is one element too many",
    "4": "is too short",
    "5": "is too long",
    "6": "holds a character that is not allowed",
    "7": "holds a code that the guide does not have there",
    "8": "is not a date",
    "9": "is not a time",
    "10": "is not used there",
}
_SEGMENT_CODES: Mapping[str, str] = {
    "1": "the segment is not expected there",
    "2": "the segment is not expected there",
    "3": "a required segment or loop is missing before it",
    "4": "the loop comes too often",
    "5": "the segment comes too often",
    "6": "the segment is not of this transaction set",
    "7": "the segment is out of order",
    "8": "elements that depend on each other do not agree",
    "SEG1": "the segment ends in an empty element",
}
_NUMBERING: Mapping[str, tuple[str, str]] = {
    "HL1": ("HL01", "HL01 does not count 1, 2, 3"),
    "HL2": ("HL02", "HL02 does not name a parent"),
    "LX": ("LX01", "LX01 does not count 1, 2, 3"),
}
"""Codes of a segment that concern a single element."""

_ENVELOPE_CODES: Mapping[tuple[str, str], tuple[str, str]] = {
    ("ISA", "001"): ("IEA02", "IEA02 is not the control number in ISA13"),
    ("ISA", "021"): ("IEA01", "IEA01 does not count the functional groups"),
    ("ISA", "023"): ("", "IEA is missing"),
    ("ISA", "024"): ("", "GE is missing before IEA"),
    ("ISA", "025"): ("ISA13", "ISA13 was used before in this file"),
    ("GS", "3"): ("", "GE is missing"),
    ("GS", "4"): ("GE02", "GE02 is not the control number in GS06"),
    ("GS", "5"): ("GE01", "GE01 does not count the transaction sets"),
    ("GS", "6"): ("GS06", "GS06 was used before in this interchange"),
    ("ST", "2"): ("", "SE is missing"),
    ("ST", "3"): ("SE02", "SE02 is not the control number in ST02"),
    ("ST", "4"): ("SE01", "SE01 does not count the segments from ST to SE"),
    ("ST", "23"): ("ST02", "ST02 was used before in this group"),
}
"""The element at fault ("": a whole segment) and the fault, by the header of the envelope and pyx12's code."""

_OWN_LISTS = frozenset({"N402", "N404", "CUR02", "CLM05-1", "CLM11-4", "CLM11-5", "SV105", "PS103", "PWK02"}) | {
    f"{id_}{place:02}" for id_, places in REMARKS.items() for place in places
}
"""Elements whose codes our own checks look up in newer lists than those that pyx12 carries.

pyx12 4.0.0 does not know South Sudan or current remark codes, and refuses the certificates in PWK02 of a line.
"""

_MISSING = re.compile(r"\(([0-9A-Z]{2,6}(?:\*[0-9A-Z]{1,3})?)\) missing$")
_NO_COMPOSITE = re.compile(r"\(([0-9A-Z]{2,3}[0-9]{2})\) is missing$")
_NOTE = re.compile(r"Syntax Error \(([PRCEL](?:[0-9]{2})+)\)")
_FORM = re.compile(r"X12-(?:0|101|2|3)")
"""Our own codes of errors in the form of a file: reading, headers and trailers, segments, elements."""
_LEVELS = frozenset({"HL01", "HL02"})
_NUMBERED = _LEVELS | {"LX01"}
"""Elements that count: a wrong count makes pyx12 refuse the elements after it."""
_PLAIN_ID = re.compile(r"[0-9A-Z]{2,3}")


class Remark(NamedTuple):
    """A finding of pyx12: line (segment of the piece, from 1), segment id, element (or ""), loop, message."""

    line: int
    segment_id: str
    element: str
    loop: str
    message: str
    missing: bool


class Verdict(NamedTuple):
    """The result of pyx12 for a piece: its remarks, the last line read, and the exception that stopped it (or "")."""

    remarks: list[Remark]
    last: int
    stopped: str


@attrs.frozen
class Unit:
    """The smallest part of a file that pyx12 can be given: a subscriber with its claims, or a whole transaction set.

    `head` are the segments from ST to the last before the first HL of level 20, `billing` those of the billing
    provider's own loop; both are empty for a transaction set that is no claim, which is all in `segments`.
    """

    delimiters: Delimiters
    envelope: tuple[Numbered, ...]
    head: tuple[Numbered, ...]
    billing: tuple[Numbered, ...]
    segments: tuple[Numbered, ...]
    claims: int


class Piece(NamedTuple):
    """What pyx12 is given at once: segments in order, their delimiters, the number of GS, and what it is made of."""

    lines: list[Numbered]
    delimiters: Delimiters
    group: int
    claims: int
    units: Sequence[Unit]

    @property
    def text(self) -> str:
        """The piece as X12 text."""
        return "".join(text + self.delimiters.segment for _, text in self.lines)


def check_guide(
    chunks: Iterable[str], *, workers: int | None = None, progress: Callable[[int], None] | None = None
) -> Iterator[Problem]:
    """Yield what pyx12 finds in an X12 text, in the order of the pieces.

    `workers` processes share the work (None: one for each processor; 0: this process does it all, as it always does
    where it is a daemon, which may start none). `progress` is called with the number of claims judged since its last
    call. Processes are started afresh (spawn), so a script calls this under `if __name__ == "__main__"`.
    Raises ImportError where pyx12 is not installed.
    """
    if importlib.util.find_spec("pyx12") is None:
        raise ImportError("pyx12, which judges by the implementation guide, is not installed: install peerbill[guide]")
    pieces = _pieces(chunks)
    first = next(pieces, None)
    if first is None:
        return
    pieces = chain([first], pieces)
    workers = (os.cpu_count() or 1) if workers is None else workers
    if workers == 0 or multiprocessing.current_process().daemon:
        yield from _collect(pieces, _now, progress, 1)
        return
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from _collect(pieces, lambda text: pool.submit(judge, text), progress, 2 * workers)


def unseen(own: Sequence[Problem], guide: Iterable[Problem]) -> Iterator[Problem]:
    """Yield what pyx12 finds and our own checks, whose problems of the same text are `own`, do not name.

    A finding at an element is left out where our own checks name that element or its segment as a whole. A finding of a
    whole segment (missing, misplaced) is left out where they name the segment or an element of it, or an error of form
    in the same claim or in what comes before all claims: pyx12 loses its place there. So is a claim that it could not
    read. A warning of ours does not hide an error of pyx12.
    """
    errors = [found for found in own if found.severity is Severity.ERROR]
    places = {(found.segment, found.element) for found in errors}
    parts = {(segment, element.partition("-")[0]) for segment, element in places}
    segments = {found.segment for found in errors}
    broken = {found.claim for found in errors if _FORM.match(found.code)}
    claims = {found.claim for found in errors if found.claim}
    numbered = {found.element for found in errors if found.element in _NUMBERED or found.code.startswith("X12-1")}
    if not numbered.isdisjoint(_LEVELS):
        numbered |= _LEVELS
    for found in guide:
        segment, element = found.segment, found.element
        whole, _, component = element.partition("-")
        if found.code == "X12-903":
            is_named = False
        elif found.code == "X12-902":
            is_named = "" in broken or found.claim in claims
        elif not element:
            is_named = segment in segments or "" in broken or found.claim in broken
        elif component:
            is_named = not places.isdisjoint({(segment, element), (segment, whole), (segment, "")})
        else:
            is_named = (segment, element) in parts or (segment, "") in places or element in numbered
        if not is_named:
            yield found


def _now(text: str) -> "Future[Verdict]":
    done: Future[Verdict] = Future()
    done.set_result(judge(text))
    return done


def _collect(
    pieces: Iterator[Piece],
    submit: Callable[[str], "Future[Verdict]"],
    progress: Callable[[int], None] | None,
    ahead: int,
) -> Iterator[Problem]:
    """Keep `ahead` pieces at work; halve what pyx12 can't finish; report a header's finding once for all pieces."""
    reported: set[tuple[int, str, str, str]] = set()
    waiting: deque[tuple[Piece, Future[Verdict]]] = deque()
    while True:
        for piece in islice(pieces, max(0, ahead - len(waiting))):
            waiting.append((piece, submit(piece.text)))
        if not waiting:
            return
        piece, future = waiting.popleft()
        try:
            verdict = future.result()
        except BrokenExecutor:
            verdict = Verdict([], 0, "the process ended")
        halves = _halves(piece) if _unfinished(piece, verdict) else []
        if halves:
            waiting.extendleft((half, submit(half.text)) for half in reversed(halves))
            continue
        for remark in _problems(piece, verdict):
            key = (remark.segment, remark.element, remark.message, remark.claim)
            if key not in reported:
                yield remark
            if not remark.claim or remark.code == "X12-903":
                reported.add(key)
        if progress:
            progress(piece.claims)


def _unfinished(piece: Piece, verdict: Verdict) -> bool:
    return bool(verdict.stopped) or verdict.last < len(piece.lines)


def _halves(piece: Piece) -> list[Piece]:
    """Cut a piece in two, as far as it has subscribers; a file that was whole is first cut from its envelope."""
    units = piece.units
    if len(units) > 1:
        half = len(units) // 2
        return [_put_together(units[:half]), _put_together(units[half:])]
    return []


# ---------------------------------------------------------------------------------------------------- cutting


def _pieces(chunks: Iterable[str]) -> Iterator[Piece]:
    """Cut a text into pieces: one, as it is, for a small file of one interchange; else some hundred claims each."""
    source = iter(chunks)
    held: list[str] = []
    size = 0
    for chunk in source:
        held.append(chunk)
        size += len(chunk)
        if size > SMALL_FILE:
            break
    else:
        small = _whole(held)
        if small:
            yield small
            return
    units: list[Unit] = []
    claims = segments = 0
    for unit in _units(chain(held, source)):
        many = claims + unit.claims > CLAIMS_AT_ONCE or segments + len(unit.segments) > SEGMENTS_AT_ONCE
        if units and (many or units[-1].envelope[0] != unit.envelope[0]):
            yield _put_together(units)
            units, claims, segments = [], 0, 0
        units.append(unit)
        claims += unit.claims
        segments += len(unit.segments)
    if units:
        yield _put_together(units)


def _whole(chunks: Sequence[str]) -> Piece | None:
    """Take a file as it is, without empty segments; None if it has not exactly one interchange."""
    lines: list[Numbered] = []
    delimiters = None
    for separators, segments, _ in read_batches(chunks):
        delimiters = separators
        lines += enumerate(segments, len(lines) + 1)
    if not delimiters or sum(text.startswith("ISA") for _, text in lines) != 1 or not lines[0][1].startswith("ISA"):
        return None
    group = next((number for number, text in lines if text.startswith("GS")), 0)
    units = list(_units(chunks))
    return Piece(lines, delimiters, group, sum(unit.claims for unit in units), units) if units else None


def _units(chunks: Iterable[str]) -> Iterator[Unit]:
    number = 0
    isa: tuple[Numbered, ...] = ()
    gs: tuple[Numbered, ...] = ()
    head: list[Numbered] = []
    billing: list[Numbered] = []
    held: list[Numbered] = []
    part = ""
    given = False
    separators = STANDARD

    def unit(delimiters: Delimiters) -> Iterator[Unit]:
        if held and isa and gs:
            start = f"CLM{delimiters.element}"
            claims = sum(text.startswith(start) for _, text in held)
            yield Unit(delimiters, (*isa, *gs), tuple(head), tuple(billing), tuple(held), claims)

    for separators, segments, _ in read_batches(chunks):
        for text in segments:
            number += 1
            id_ = text[:3].rstrip(separators.element)
            level = text.split(separators.element)[3:4] if id_ == "HL" else []
            if id_ in ("ISA", "GS", "ST", "SE", "GE", "IEA"):
                # What only holds a header, with no subscriber in it, is given to pyx12 all the same.
                if not held and not given and (head or billing):
                    held, head, billing = [*head, *billing], [], []
                yield from unit(separators)
                head, billing, held, part, given = [], [], [], "", False
                if id_ == "ISA":
                    isa, gs = ((number, text),), ()
                elif id_ == "GS":
                    gs = ((number, text),)
                elif id_ == "ST":
                    head, part = [(number, text)], "head"
                continue
            given = given or bool(held)
            if level == ["20"] and part:
                yield from unit(separators)
                held, billing, part = [], [], "billing"
            elif level == ["22"] and part in ("billing", "held"):
                yield from unit(separators)
                held, part = [], "held"
            if part == "head":
                head.append((number, text))
            elif part == "billing":
                billing.append((number, text))
            elif part:
                held.append((number, text))
    yield from unit(separators)


def _put_together(units: Sequence[Unit]) -> Piece:
    """Make one interchange of units, with HL counted anew and trailers that are right."""
    delimiters = units[0].delimiters
    element = delimiters.element
    lines: list[Numbered] = [units[0].envelope[0]]
    groups = 0
    for group, in_group in groupby(units, key=lambda unit: unit.envelope[1]):
        groups += 1
        sets = 0
        lines.append(group)
        for opening, in_set in groupby(in_group, key=lambda unit: (unit.head or unit.segments)[0]):
            sets += 1
            body = _transaction(list(in_set), element)
            lines += body
            lines.append((0, element.join(("SE", str(len(body) + 1), _field(opening[1], element, 2)))))
        lines.append((0, element.join(("GE", str(sets), _field(group[1], element, 6)))))
    lines.append((0, element.join(("IEA", str(groups), _field(lines[0][1], element, 13)))))
    return Piece(lines, delimiters, units[0].envelope[1][0], sum(unit.claims for unit in units), units)


def _transaction(units: Sequence[Unit], element: str) -> list[Numbered]:
    """Return the segments of a transaction set from ST on, the billing provider before its first subscriber."""
    lines = list(units[0].head)
    for billing, of_provider in groupby(units, key=lambda unit: unit.billing):
        lines += billing
        for unit in of_provider:
            lines += unit.segments
    counted: dict[str, str] = {}
    for at, (number, text) in enumerate(lines):
        if text.startswith("HL" + element):
            fields = text.split(element)
            counted[fields[1]] = fields[1] = str(len(counted) + 1)
            if len(fields) > 2:
                fields[2] = counted.get(fields[2], fields[2])
            lines[at] = (number, element.join(fields))
    return lines


def _field(text: str, element: str, index: int) -> str:
    fields = text.split(element)
    return fields[index] if len(fields) > index else ""


# ---------------------------------------------------------------------------------------------------- judging


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep pyx12 from warning and logging, which would repeat element text, and leave the host's logger as it was."""
    logger = logging.getLogger("pyx12")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def judge(text: str) -> Verdict:
    """Give one X12 text to pyx12 and return its findings; never raises."""
    with _quietly():
        import pyx12.params  # noqa: PLC0415 - only workers pay for the import
        import pyx12.x12n_document  # noqa: PLC0415

        loops: list[str] = []
        found = io.StringIO()

        def follow(_segment: Any, _source: Any, node: Any, _valid: Any) -> None:
            loops.append(str(getattr(getattr(node, "parent", None), "id", "") or ""))

        stopped = ""
        try:
            pyx12.x12n_document.x12n_document(
                pyx12.params.params(), io.StringIO(text), None, None, None, found, callback=follow
            )
        except pyx12.errors.EngineError as error:
            stopped = "Map not found" if "Map not found" in str(error) else "EngineError"
        except Exception as error:  # noqa: BLE001 - whatever stops pyx12 is a finding of its own
            stopped = type(error).__name__
    report = json.loads(found.getvalue()) if found.getvalue() and not stopped else {}
    remarks = [_with_loop(remark, loops) for remark in _remarks(report)]
    return Verdict(remarks, len(loops), stopped)


def _with_loop(remark: Remark, loops: Sequence[str]) -> Remark:
    loop = loops[remark.line - 1] if 0 < remark.line <= len(loops) else ""
    return remark._replace(loop=loop if loop[:1].isdigit() else "")


def _remarks(report: Mapping[str, Any]) -> Iterator[Remark]:
    for interchange in report.get("interchanges", ()):
        yield from _envelope_remarks(interchange, "ISA")
        for group in interchange["groups"]:
            yield from _envelope_remarks(group, "GS")
            for transaction in group["transactions"]:
                yield from _envelope_remarks(transaction, "ST")
                for segment in transaction["segments"]:
                    yield from _segment_remarks(segment)


def _envelope_remarks(part: Mapping[str, Any], id_: str) -> Iterator[Remark]:
    for error in part["errors"]:
        unknown = ("", f"pyx12 refuses the envelope that {id_} begins and does not say why")
        element, message = _ENVELOPE_CODES.get((id_, _code(error)), unknown)
        yield Remark(part["cur_line"] or 0, id_, element, "", message, missing=False)


def _segment_remarks(segment: Mapping[str, Any]) -> Iterator[Remark]:
    id_, line = segment["seg_id"] or "", segment["cur_line"] or 0
    for error in segment["errors"]:
        code, words = _code(error), error["err_str"] or ""
        element, message = _NUMBERING.get(code, ("", _SEGMENT_CODES.get(code, "pyx12 refuses the segment")))
        if code == "3" and (missing := _MISSING.search(words)):
            message = f"{missing[1]} is required and missing"
        elif code == "8" and (composite := _NO_COMPOSITE.search(words)):
            element = composite[1]
            message = f"{element} is required and missing"
        elif note := _NOTE.search(words):
            message = relation(note[1]).broken(id_)
        yield Remark(line, id_, element, "", message, missing=code == "3")
    for each in segment["elements"]:
        place = f"{id_}{each['ele_pos']:02}"
        if each.get("subele_pos"):
            place += f"-{each['subele_pos']}"
        for error in each["errors"]:
            code = _code(error)
            if code == "7" and place in _OWN_LISTS:
                continue
            if note := _NOTE.search(error["err_str"] or ""):
                # It concerns several elements, so that no single one is named.
                yield Remark(line, id_, "", "", relation(note[1]).broken(id_), missing=False)
                continue
            message = f"{place} {_ELEMENT_CODES.get(code, 'is refused by pyx12')}"
            yield Remark(line, id_, place, "", message, missing=False)


def _code(error: Mapping[str, Any]) -> str:
    # From the release after 4.0.0 on err_cde is a name and x12_code has what err_cde had.
    return str(error.get("x12_code") or error.get("err_cde") or "")


def _problems(piece: Piece, verdict: Verdict) -> Iterator[Problem]:
    lines = piece.lines
    numbers = [number for number, _ in lines]
    starts, claims = _regions(lines, piece.delimiters.element)
    if verdict.stopped == "Map not found":
        message = "pyx12 has no guide for this version; only our own checks were made"
        yield problem("X12-903", message, piece.group, "GS", element="GS08", source="guide")
        return
    for remark in verdict.remarks:
        at = remark.line - 1
        if not 0 <= at < len(lines):
            continue
        region = bisect_right(starts, at - 1 if remark.missing else at) - 1
        number = numbers[at]
        if not number and remark.segment_id in ("ISA", "GS", "ST"):
            continue
        id_ = remark.segment_id if remark.segment_id in KNOWN_IDS and _PLAIN_ID.fullmatch(remark.segment_id) else ""
        if id_ in ("ISA", "GS", "ST"):
            # What the trailer says is found at the trailer.
            id_ = _field(lines[at][1], piece.delimiters.element, 0)
        place = remark.element if id_ else ""
        message = remark.message if id_ or not remark.element else "an element of an unknown segment is wrong"
        yield problem(
            "X12-901", message, number, id_, element=place, loop=remark.loop,
            claim=claims[region] if region >= 0 else "", source="guide",
        )  # fmt: skip
    if _unfinished(piece, verdict):
        last = min(verdict.last, len(lines) - 1)
        reason = f" ({verdict.stopped})" if verdict.stopped else ""
        for claim in dict.fromkeys(claim for claim in claims if claim) or [""]:
            message = f"pyx12 stopped{reason} and did not judge the claim to its end"
            yield problem("X12-902", message, numbers[last], "", claim=claim, source="guide")


def _regions(lines: Sequence[Numbered], element: str) -> tuple[list[int], list[str]]:
    """Return where each claim's part of the lines begins, its subscriber included, and the claims' ids."""
    starts: list[int] = []
    claims: list[str] = []
    pending: int | None = None
    for at, (_, text) in enumerate(lines):
        id_ = text[:3]
        if id_ == f"HL{element}" or id_ in (f"SE{element}", f"ST{element}"):
            if _field(text, element, 3) != "23" or pending is None:
                starts.append(at)
                claims.append("")
                pending = at
        elif id_ == "CLM":
            claim = _field(text, element, 1)
            if pending is not None:
                claims[-1] = claim
                pending = None
            else:
                starts.append(at)
                claims.append(claim)
    return starts, claims
