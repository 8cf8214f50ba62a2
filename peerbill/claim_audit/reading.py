"""Files to claims and payments: each claim as little as its audit needs, and what could not be read, by segment."""

import datetime as dt
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar, cast

import attrs

from peerbill.checks.claim_lines import claim_can_be_read
from peerbill.claim_audit.copies import ClaimSource, content_of, name_of, refuse_copies
from peerbill.claim_audit.people import person_of
from peerbill.claim_audit.salvage import Salvaged, salvage
from peerbill.claim_audit.values import UNKNOWN, ClaimFinding, ClaimLine, FileClaim, ReadFile, shown
from peerbill.coding.payers import compact_id
from peerbill.model.claim import Claim
from peerbill.model.errors import UnusableInputError
from peerbill.model.finding import Severity
from peerbill.model.payer_answers import ClaimPayment
from peerbill.model.sentence import Sentence, say
from peerbill.x12.check.check_envelope import FORMS
from peerbill.x12.problems import Problem
from peerbill.x12.read.answer_source import amount, field
from peerbill.x12.read.answers import Transaction, read_answers
from peerbill.x12.read.read837 import ReadClaim, read_837

MOST_PROBLEMS = 20
"""Problems of a file's structure that are kept as sentences; the rest are counted."""

_NO_DAY = dt.date.min
_FIX = "Ask the program that wrote the file for the claim as the guide wants it, and audit that."
_NO_CLAIMS = "X12-109"
"""The problem of a transaction set that holds no claims of 5010."""
_CUT_OFF = frozenset({"X12-003", "X12-807"})
"""The problems of a file that ends in the middle."""

T = TypeVar("T")


@attrs.frozen
class PaidLine:
    """A line of a payment: `hcpcs` and sorted `modifiers` are those that were billed; `units` None: not sent."""

    line_id: str
    day: dt.date | None
    hcpcs: str
    modifiers: tuple[str, ...]
    units: int | None
    charge: Decimal
    paid: Decimal


@attrs.frozen
class Payment:
    """A CLP of an 835: `segment` is that of ST, `position` counts the CLP of its transaction set from 1."""

    file: str
    segment: int
    position: int
    claim_id: str
    status: str
    charge: Decimal
    paid: Decimal
    payer_number: str
    frequency: str
    subscriber_id: str = attrs.field(repr=False)
    lines: tuple[PaidLine, ...] = ()


@attrs.define
class Read:
    """What was read of all files, in order."""

    claims: list[FileClaim] = attrs.field(factory=list)
    payments: list[Payment] = attrs.field(factory=list)
    files: list[ReadFile] = attrs.field(factory=list)
    findings: list[ClaimFinding] = attrs.field(factory=list)


def read_files(
    sources: Iterable[ClaimSource], knows: Callable[[str], bool], step: Callable[[int], None] | None = None
) -> Read:
    """Read files of claims (837P, 837I) and of payments (835), in any mixture; memory is that of the lines kept.

    `knows` tells whether a subscriber's id is known: of others, name and birth date are kept to find the member.
    `step` hears how many claims were read.

    Raises UnusableInputError for a path that cannot be read, for a file without any X12, for a copy of another, and for
    tests (ISA15) beside real claims.
    """
    found = Read()
    known: dict[object, object] = {}
    sources = list(sources)
    refuse_copies(sources)
    for source in sources:
        try:
            _File(source, found, knows, known, step).read()
        except OSError as error:
            raise UnusableInputError(f"{name_of(source)}: cannot be read: {error.strerror or error}.") from None
    _refuse_tests_beside_claims(found.files)
    return found


def _refuse_tests_beside_claims(files: Iterable[ReadFile]) -> None:
    """Raise UnusableInputError where claims of a test stand beside real ones: they would be the same service twice."""
    with_claims = [file for file in files if file.claims]
    test = next((file.file for file in with_claims if file.test), None)
    real = next((file.file for file in with_claims if not file.test), None)
    if test is not None and real is not None:
        raise UnusableInputError(
            f"{test}: marked as a test (ISA15), and {real} is not: a service in both would count twice. "
            "Leave out the files of tests, or audit them by themselves."
        )


class _File:
    """Reads a file into `found`."""

    def __init__(
        self,
        source: ClaimSource,
        found: Read,
        knows: Callable[[str], bool],
        known: dict[object, object],
        step: Callable[[int], None] | None,
    ) -> None:
        self._content, self._found, self._knows, self._step = content_of(source), found, knows, step
        self._name = shown(name_of(source))
        self._kept = known
        self._lines = self._unread = self._claims = self._payments = 0
        self._test = False
        self._problems: list[str] = []
        self._more = 0

    def read(self) -> None:
        """Read claims; then payments, where a transaction set holds no claims."""
        reader = read_837(self._content)
        for read in reader:
            self._claims += 1
            self._test = self._test or read.envelope.usage == "T"
            self._take(read)
            if self._step is not None and self._claims % 1000 == 0:
                self._step(len(self._found.claims))
        others = [problem for problem in reader.problems if problem.code == _NO_CLAIMS]
        self._tell(problem for problem in reader.problems if problem.code != _NO_CLAIMS)
        self._tell_lost(reader.problems)
        if others or not self._claims:
            self._answers()
        self._found.files.append(
            ReadFile(
                self._name,
                self._claims,
                self._lines,
                self._payments,
                self._unread,
                self._test,
                (*self._problems, *self._rest()),
            )
        )

    def _tell_lost(self, problems: Iterable[Problem]) -> None:
        """Report where claims are lost: a file that is cut off, a CLM where no claim can be."""
        for problem in problems:
            if problem.code in _CUT_OFF or (problem.segment_id == "CLM" and problem.severity is Severity.ERROR):
                message = say(
                    "claims-lost",
                    "claims may be missing at segment {segment}: {why}",
                    segment=problem.segment,
                    why=problem.message,
                )
                self._found.findings.append(_of_file(self._name, problem.segment, message, _FIX, Severity.ERROR))

    def _rest(self) -> Iterator[str]:
        if self._more:
            yield f"{self._more:,} more of its structure: peerbill check lists all"

    def _tell(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            if problem.severity is Severity.INFO:
                continue
            if len(self._problems) < MOST_PROBLEMS:
                where = " ".join(filter(None, (problem.segment_id, problem.loop)))
                at = f"segment {problem.segment}" + (f" ({where})" if where else "")
                self._problems.append(f"{at}: {problem.code} {problem.message}")
            else:
                self._more += 1

    # ------------------------------------------------------------------------------------------------ claims

    def _take(self, read: ReadClaim) -> None:
        if read.claim is None:
            self._take_what_is_there(read)
            return
        self._tell(read.problems)
        claim = read.claim
        isa = claim.subscriber
        subscriber_id = self._same(compact_id(isa.subscriber_id))
        is_known = self._knows(subscriber_id)
        kept = FileClaim(
            file=self._name,
            segment=read.segment,
            sequence=len(self._found.claims),
            claim_id=read.claim_id,
            form=claim.form,
            payer_id=self._same(claim.payer.strip().upper()),
            subscriber_id=subscriber_id,
            person=None if is_known else person_of(isa.last_name, isa.first_name, isa.birth_date),
            billing_npi=self._same(read.settings.organization.npi),
            frequency=self._same(claim.frequency),
            original=claim.payer_control_number,
            made=self._once((read.made_on or _NO_DAY, read.made_at)),
            after_payers=bool(claim.other_payers),
        )
        kept.lines = self._lines_of(read, claim, kept)
        self._lines += len(kept.lines)
        self._found.claims.append(kept)

    def _take_what_is_there(self, read: ReadClaim) -> None:
        """Take the lines of a claim that cannot be one, and report it in any case."""
        found = salvage(read)
        self._found.findings.append(_unread_claim(self._name, read, found))
        if found is None:
            self._unread += 1
            return
        kept = FileClaim(
            file=self._name,
            segment=read.segment,
            sequence=len(self._found.claims),
            claim_id=read.claim_id,
            form=found.form,
            payer_id=self._same(read.payer.id.strip().upper()),
            subscriber_id=self._same(compact_id(read.subscriber_id)),
            person=None,
            billing_npi=self._same(read.settings.organization.npi),
            frequency=self._same(found.frequency),
            original=found.original,
            made=self._once((read.made_on or _NO_DAY, read.made_at)),
            after_payers=found.after_payers,
        )
        kept.lines = tuple(
            ClaimLine(
                claim=kept,
                number=line.number,
                segment=line.segment,
                line_id=line.line_id,
                day=line.day,
                hcpcs=self._same(line.hcpcs),
                modifiers=self._once(line.modifiers),
                units=line.units,
                charge=line.charge or Decimal(0),
                rendering=self._same(line.rendering),
                place=self._same(line.place),
            )
            for line in found.lines
        )
        self._lines += len(kept.lines)
        self._found.claims.append(kept)

    def _lines_of(self, read: ReadClaim, claim: Claim, kept: FileClaim) -> tuple[ClaimLine, ...]:
        starts = [number for loop, number in read.loops if loop == "2400"]
        renderings, places = _of_lines(read, starts) if read.unread else ({}, {})
        own = claim.rendering or (claim.attending if claim.form == "837I" else None)
        rendering = "" if own is None else own.npi or own.provider_id.strip().upper()
        # An 837I names a kind of facility, and no place of service.
        place = UNKNOWN if claim.form == "837I" else claim.place
        return tuple(
            ClaimLine(
                claim=kept,
                number=at + 1,
                segment=starts[at],
                line_id=line.line_id,
                day=self._once(line.service_date),
                hcpcs=self._same(line.hcpcs.upper()),
                modifiers=self._once(tuple(sorted(code.upper() for code in line.modifiers))),
                units=line.units,
                charge=self._once(line.charge),
                rendering=self._same(renderings.get(at, rendering)),
                place=self._same(places.get(at, place) if place != UNKNOWN else place),
            )
            for at, line in enumerate(claim.lines)
        )

    def _same(self, text: str) -> str:
        return sys.intern(text)

    def _once(self, value: T) -> T:
        """Return the first value that was equal to this one, so that each is kept once."""
        return cast("T", self._kept.setdefault((type(value), value), value))

    # ---------------------------------------------------------------------------------------------- payments

    def _answers(self) -> None:
        any_set = bool(self._claims)
        for transaction in read_answers(self._content):
            any_set = any_set or bool(transaction.kind or transaction.set_id)
            for answer in transaction.answers:
                if isinstance(answer, ClaimPayment):
                    self._payments += 1
                    self._found.payments.append(self._payment(transaction.segment, answer))
            self._test = self._test or (transaction.kind == "835" and transaction.envelope.usage == "T")
            if transaction.kind == "835":
                self._tell(transaction.problems)
                self._tell_lost(transaction.problems)
            elif transaction.set_id or transaction.kind:
                self._left_out(transaction)
        if not any_set:
            raise UnusableInputError(
                f"{self._name}: expected X12 that begins with ISA, found something else. "
                "Give a whole file of claims (837) or payments (835)."
            )

    def _left_out(self, transaction: Transaction) -> None:
        """Report a set that is no 835; an 837 of 5010 was read before."""
        if transaction.set_id == "837" and transaction.envelope.version[:10] in FORMS:
            return
        is_claims = transaction.set_id == "837"
        message = say(
            "set-left-out",
            "the transaction set at segment {segment} is left out: expected an 837P or 837I of 5010, or an 835, found"
            " {kind} ({version})",
            segment=transaction.segment,
            kind=shown(transaction.set_id or transaction.kind),
            version=shown(transaction.envelope.version) or "no version",
        )
        severity = Severity.ERROR if is_claims else Severity.INFO
        fix = _FIX if is_claims else "Nothing, if it was not meant as claims."
        self._found.findings.append(_of_file(self._name, transaction.segment, message, fix, severity))

    def _payment(self, segment: int, answer: ClaimPayment) -> Payment:
        lines = []
        for line in answer.lines:
            is_changed = bool(line.sent_hcpcs)
            units = line.units
            lines.append(
                PaidLine(
                    line.line_id,
                    self._once(line.service_date or answer.first_day),
                    self._same((line.sent_hcpcs if is_changed else line.hcpcs).upper()),
                    self._once(tuple(sorted(line.sent_modifiers if is_changed else line.modifiers))),
                    int(units) if units is not None and units == units.to_integral_value() else None,
                    self._once(line.charge),
                    self._once(line.paid),
                )
            )
        return Payment(
            self._name,
            segment,
            answer.position,
            answer.claim_id,
            answer.status,
            answer.charge,
            answer.paid,
            answer.payer_control_number,
            answer.frequency,
            compact_id(answer.subscriber_id),
            tuple(lines),
        )


def _of_lines(read: ReadClaim, starts: Sequence[int]) -> tuple[Mapping[int, str], Mapping[int, str]]:
    """Return rendering providers (NM1*82) and places (SV105) that lines have of their own, by the line from 0."""
    renderings: dict[int, str] = {}
    places: dict[int, str] = {}
    person = -1
    for segment in read.unread:
        at = bisect_right(starts, segment.number) - 1
        if at < 0:
            continue
        elements = segment.elements
        if elements[0] == "NM1":
            is_rendering = field(elements, 1) == "82"
            person = at if is_rendering else -1
            if is_rendering:
                renderings[at] = field(elements, 9).upper()
        elif elements[0] == "REF" and person == at and not renderings[at]:
            renderings[at] = field(elements, 2).upper()
        elif elements[0] == "SV1" and field(elements, 5):
            places[at] = field(elements, 5)
    return renderings, places


def _unread_claim(file: str, read: ReadClaim, found: Salvaged | None) -> ClaimFinding:
    """Report a claim that is none: where, why, and, where its lines cannot be compared, its total (CLM02)."""
    problem = next((found for found in read.problems if found.code == "X12-809"), None)
    opened = next((segment for segment in read.unread if segment.number == read.segment), None)
    lines = sum(loop == "2400" for loop, _ in read.loops)
    segment = problem.segment if problem is not None else read.segment
    why = problem.message if problem is not None else "the claim cannot be read as a Claim"
    charge = None
    if found is None:
        message = say(
            "claim-not-read",
            "{why} (segment {segment}): none of its lines is compared, of {lines}",
            why=why,
            segment=segment,
            lines=lines,
        )
        charge = amount(field(opened.elements, 2)) if opened is not None else None
    else:
        message = say(
            "claim-read-in-part",
            "{why} (segment {segment}): lines that are compared, as far as they can be read: {read} of {lines}",
            why=why,
            segment=segment,
            read=len(found.lines),
            lines=lines,
        )
    return attrs.evolve(
        _of_file(file, read.segment, message, _FIX, Severity.ERROR),
        claim_id=shown(read.claim_id),
        where=problem.element if problem is not None else "",
        charged=max(charge or Decimal(0), Decimal(0)),
    )


def _of_file(file: str, segment: int, message: Sentence, fix: str, severity: Severity) -> ClaimFinding:
    return ClaimFinding(
        code=claim_can_be_read.code,
        severity=severity,
        file=file,
        segment=segment,
        claim_id="",
        line=0,
        where="",
        encounter_ids=(),
        message=message.text,
        fix=fix,
        citations=claim_can_be_read.citations,
        template=message.template,
        values=message.values,
    )
