"""What is kept of a file's claims, and what their audit comes to.

A claim is kept small: files hold hundreds of thousands. What repeats (ids, codes, payers) is kept once.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs

from peerbill.checks.base import Check
from peerbill.model.finding import NOT_IN_DOCUMENTS, Citation, Severity
from peerbill.model.frozen import FrozenMap, freeze
from peerbill.model.money import cents, dollars
from peerbill.model.sentence import Sentence

UNKNOWN = "?"
"""What a payment does not say of its line: rendering provider and place. No claim has this text."""


@attrs.define(eq=False)
class FileClaim:
    """A claim of a file, or a payment whose claim is in no file.

    Attributes:
        file: the file as it was named.
        segment: the number of CLM, ISA is 1; of a payment, that of ST.
        sequence: its place among all claims, in the order in which they were read.
        claim_id: CLM01 or CLP01.
        form: 837P, 837I, or 835 for a payment.
        payer_id: NM109 of 2010BB, in capitals; `UNKNOWN` of a payment.
        subscriber_id: NM109 of 2010BA without signs, in capitals.
        person: last name, first name and birth date as compared, where the id is not known to the workspace; else None.
        billing_npi: the NPI of 2010AA.
        frequency: CLM05-3.
        original: REF*F8, the payer's number of the claim that this one replaces or voids.
        made: BHT04 and BHT05: when its transaction set was made.
        after_payers: whether it names payers that answered before (2320).
        lines: its service lines.
        paid: what the 835s paid less what they took back, None without any.
        payer_numbers: CLP07 of its payments.
        denied: whether the 835s denied it, or took all back.
        standing: live, replaced or void.

    """

    file: str
    segment: int
    sequence: int
    claim_id: str
    form: str
    payer_id: str
    subscriber_id: str = attrs.field(repr=False)
    person: tuple[str, str, dt.date] | None = attrs.field(repr=False)
    billing_npi: str
    frequency: str
    original: str
    made: tuple[dt.date, str]
    after_payers: bool
    lines: "Sequence[ClaimLine]" = ()
    paid: Decimal | None = None
    payer_numbers: tuple[str, ...] = ()
    denied: bool = False
    standing: str = "live"

    @property
    def charge(self) -> Decimal:
        """The sum of its lines."""
        return sum((line.charge for line in self.lines), Decimal(0))


@attrs.define(eq=False)
class ClaimLine:
    """A service line.

    Attributes:
        claim: its claim.
        number: its place in the claim, from 1.
        segment: the number of its first segment, LX; of a payment, that of ST.
        line_id: REF*6R.
        day: the day of service; None where a payment does not say.
        hcpcs, modifiers: of SV1 or SV2; the modifiers are sorted.
        units: None where a payment does not say.
        charge: in dollars.
        rendering: NPI, or the payer's own id, of the line's rendering provider: 2420A, 2310B (837I: 2310D), else the
            attending provider of an 837I; "" for the billing provider, `UNKNOWN` of a payment.
        place: SV105 or CLM05-1; `UNKNOWN` of an 837I and of a payment.
        paid: as `FileClaim.paid`.

    """

    claim: FileClaim
    number: int
    segment: int
    line_id: str
    day: dt.date | None
    hcpcs: str
    modifiers: tuple[str, ...]
    units: int | None
    charge: Decimal
    rendering: str
    place: str
    paid: Decimal | None = None


LinePlace = tuple[str, int, str, int]
"""Where a line is: file, segment, claim id and line, as `ClaimFinding` has them."""


@attrs.frozen
class LinePart:
    """What is in doubt of a line, in dollars, where a finding is about several: charged, and paid (None as there)."""

    place: LinePlace
    charged: Decimal
    paid: Decimal | None


@attrs.frozen
class ClaimFinding:
    """What is wrong with a line, a claim, a payment, a file or an encounter.

    Attributes:
        code: the check, PB851 to PB869.
        severity: error, warning or info.
        file: the file, "" for an encounter that is on no claim.
        segment: the number of the line's or claim's first segment, ISA is 1; of a payment that of ST; 0: none.
        claim_id: CLM01, or CLP01 of a payment.
        line: the line of the claim, from 1; 0 for the claim as a whole.
        where: the element, such as SV104; "" where it is none.
        encounter_ids: the encounters that were compared.
        message: what is wrong, without a person's data.
        fix: what to do.
        citations: who says so.
        charged: dollars of the charge that are in doubt.
        paid: dollars of the payments that are in doubt; None where the files have no payment of it.
        staff_id, member_id: whom it concerns, where the workspace has them.
        template, values: the sentence of `message`, as `Finding` has them.
        parts: of a finding about several lines, what `charged` and `paid` are of each; else empty.

    """

    code: str
    severity: Severity
    file: str
    segment: int
    claim_id: str
    line: int
    where: str
    encounter_ids: tuple[str, ...]
    message: str
    fix: str
    citations: tuple[Citation, ...] = ()
    charged: Decimal = Decimal(0)
    paid: Decimal | None = None
    staff_id: str | None = None
    member_id: str | None = None
    template: str = ""
    values: Mapping[str, Any] = FrozenMap()
    parts: tuple[LinePart, ...] = attrs.field(default=(), eq=False, repr=False, metadata=NOT_IN_DOCUMENTS)

    def __attrs_post_init__(self) -> None:
        freeze(self, "values")


@attrs.frozen
class ReadFile:
    """A file, and how much of it was read.

    `problems` are sentences on what its structure lacks, by segment; `unread` counts the claims that no finding can
    compare.
    """

    file: str
    claims: int
    lines: int
    payments: int
    unread: int
    test: bool
    problems: tuple[str, ...]


@attrs.frozen
class MoneyAtRisk:
    """What the findings of a check come to: how many, the lines that they name, and dollars charged and paid."""

    code: str
    findings: int
    lines: int
    charged: Decimal
    paid: Decimal


@attrs.frozen
class ClaimAudit:
    """The audit of claim files.

    Attributes:
        as_of: the day of the audit.
        files: in the order in which they were given.
        claims, lines: of all files; payments without a claim are not among them.
        replaced, voided, denied: claims that do not count, or count last.
        charged, paid: of the claims that count, in dollars.
        findings: in the order of files and segments; encounters that are on no claim come last.
        totals: by check.
        at_risk: in all; a line that several findings are about counts once, with the most that one of them says.
        unbilled: the charge of the encounters that are on no claim.
        matched: lines that have an encounter.
        not_looked: sentences on what the files and tables cannot show.
        policies: the programmes that judged, with the SHA-256 of each.

    """

    as_of: dt.date
    files: tuple[ReadFile, ...]
    claims: int
    lines: int
    replaced: int
    voided: int
    denied: int
    charged: Decimal
    paid: Decimal
    findings: tuple[ClaimFinding, ...]
    totals: tuple[MoneyAtRisk, ...]
    at_risk: MoneyAtRisk
    unbilled: Decimal
    matched: int
    not_looked: tuple[str, ...]
    policies: tuple[tuple[str, str], ...] = ()


def shown(text: str) -> str:
    r"""Return an id of a file as it is printed: what cannot be printed becomes ?.

    >>> shown("A1\x1b[2J")
    'A1?[2J'
    """
    return text if text.isprintable() else "".join(sign if sign.isprintable() else "?" for sign in text)


def of_line(
    check: Check,
    line: ClaimLine,
    where: str,
    message: Sentence,
    fix: str,
    *,
    severity: Severity = Severity.ERROR,
    encounter_ids: tuple[str, ...] = (),
    citations: tuple[Citation, ...] | None = None,
    share: Decimal = Decimal(1),
    staff_id: str | None = None,
    member_id: str | None = None,
) -> ClaimFinding:
    """Return a finding about a line; `share` is the part of its charge and payment that is in doubt."""
    return ClaimFinding(
        code=check.code,
        severity=severity,
        file=line.claim.file,
        segment=line.segment,
        claim_id=shown(line.claim.claim_id),
        line=line.number,
        where=where,
        encounter_ids=encounter_ids,
        message=message.text,
        fix=fix,
        citations=check.citations if citations is None else citations,
        charged=part(line.charge, share),
        paid=None if line.paid is None else part(line.paid, share),
        staff_id=staff_id,
        member_id=member_id,
        template=message.template,
        values=message.values,
    )


def of_lines(found: ClaimFinding, shares: Sequence[tuple[ClaimLine, Decimal]]) -> ClaimFinding:
    """Return a finding about several lines, with the share of each one's charge and payment that is in doubt."""
    charged = list(_in_cents(line.charge * share for line, share in shares))
    paid = list(_in_cents((line.paid or Decimal(0)) * share for line, share in shares))
    parts = tuple(
        LinePart(
            (line.claim.file, line.segment, shown(line.claim.claim_id), line.number),
            of_charge,
            None if line.paid is None else of_paid,
        )
        for (line, _), of_charge, of_paid in zip(shares, charged, paid, strict=True)
    )
    is_paid = any(one.paid is not None for one in parts)
    return attrs.evolve(
        found,
        charged=sum(charged, Decimal("0.00")),
        paid=sum(paid, Decimal("0.00")) if is_paid else None,
        parts=parts,
    )


def _in_cents(amounts: Iterable[Decimal]) -> Iterator[Decimal]:
    """Yield amounts in whole cents that add up to the rounded sum, none above its next cent; 0 for one below zero."""
    exact, before = Decimal(0), Decimal("0.00")
    for amount in amounts:
        exact += max(amount, Decimal(0))
        rounded = dollars(cents(exact))
        yield rounded - before
        before = rounded


def part(amount: Decimal, share: Decimal) -> Decimal:
    """Return a part of an amount in whole cents; nothing of an amount below zero."""
    return max(amount * share, Decimal(0)).quantize(Decimal("0.01"))
