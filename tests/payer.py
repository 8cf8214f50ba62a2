"""A payer that answers our 837 files: TA1, 999, 277CA and 835 as text, for tests of what comes back."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

import attrs

from peerbill.x12.reader import read_segments

DAY = dt.date(2026, 4, 20)


@attrs.frozen
class SentLine:
    """A service line as the payer received it."""

    line_id: str
    procedure: str
    charge: Decimal
    units: str
    day: str


@attrs.frozen
class SentClaim:
    """A claim as the payer received it; `frequency` and `original` (REF*F8) tell a correction."""

    claim_id: str
    charge: Decimal
    frequency: str
    original: str
    set_number: str
    subscriber_id: str
    lines: tuple[SentLine, ...]


@attrs.frozen
class SentFile:
    """One interchange as the payer received it."""

    sender: str
    receiver: str
    isa13: str
    day: str
    time: str
    group: str
    references: tuple[str, ...]
    claims: tuple[SentClaim, ...]
    answered_on: dt.date = DAY
    npi: str = "1234567893"
    submitter: str = ""


def receive(text: str) -> SentFile:
    """Read an 837 file as a payer does."""
    claims: list[SentClaim] = []
    references: list[str] = []
    set_number = subscriber = group = npi = submitter = ""
    isa: tuple[str, ...] = ()
    for segment in read_segments([text]):
        match segment.elements:
            case ("ISA", *_):
                isa = segment.elements
            case ("GS", *rest):
                group = rest[5]
            case ("ST", _, number, *_):
                set_number = number
            case ("BHT", _, _, reference, *_):
                references.append(reference)
            case ("NM1", "41", *rest):
                submitter = rest[7]
            case ("NM1", "IL", *rest) if not claims or claims[-1].lines or not claims[-1].claim_id:
                subscriber = rest[7]
            case ("NM1", "85", *rest):
                npi = rest[7] if len(rest) > 7 else ""
            case ("CLM", claim_id, charge, _, _, location, *_):
                frequency = location.split(":")[2]
                claims.append(SentClaim(claim_id, Decimal(charge), frequency, "", set_number, subscriber, ()))
            case ("REF", "F8", original) if not claims[-1].lines:
                claims[-1] = attrs.evolve(claims[-1], original=original)
            case ("SV1", procedure, charge, _, units, *_):
                claims[-1] = _with_line(claims[-1], SentLine("", procedure, Decimal(charge), units, ""))
            case ("SV2", _, procedure, charge, _, units, *_):
                claims[-1] = _with_line(claims[-1], SentLine("", procedure, Decimal(charge), units, ""))
            case ("DTP", "472", _, day) if claims[-1].lines:
                *before, last = claims[-1].lines
                claims[-1] = attrs.evolve(claims[-1], lines=(*before, attrs.evolve(last, day=day)))
            case ("REF", "6R", line_id):
                *before, last = claims[-1].lines
                claims[-1] = attrs.evolve(claims[-1], lines=(*before, attrs.evolve(last, line_id=line_id)))
    return SentFile(
        sender=isa[6].strip(),
        receiver=isa[8].strip(),
        isa13=isa[13],
        day=isa[9],
        time=isa[10],
        group=group,
        references=tuple(references),
        claims=tuple(claims),
        npi=npi,
        submitter=submitter,
    )


def _with_line(claim: SentClaim, line: SentLine) -> SentClaim:
    return attrs.evolve(claim, lines=(*claim.lines, line))


def icn(claim_id: str) -> str:
    """Return the number that the payer gives a claim of ours."""
    return f"ICN{claim_id[-8:]:0>10}"


def ta1(file: SentFile, code: str = "A", note: str = "000", control: int = 1) -> str:
    """Answer the interchange."""
    return _interchange(file, control, f"TA1*{file.isa13}*{file.day}*{file.time}*{code}*{note}~", groups=0)


def ack999(
    file: SentFile, rejected: Iterable[str] = (), control: int = 1, errors: Sequence[str] = ("IK3*CLM*8**8~",)
) -> str:
    """Answer the group; `rejected` are the ST02 of the sets that cannot be read."""
    refused = set(rejected)
    sets = sorted({claim.set_number for claim in file.claims})
    body = [f"AK1*HC*{int(file.group)}*005010X222A1~"]
    for number in sets:
        body.append(f"AK2*837*{number}*005010X222A1~")
        body += [*errors, "IK5*R*5~"] if number in refused else ["IK5*A~"]
    verdict = "A" if not refused else "R" if refused == set(sets) else "P"
    body.append(f"AK9*{verdict}*{len(sets)}*{len(sets)}*{len(sets) - len(refused)}~")
    return _wrapped(file, control, "FA", "005010X231A1", [_set("999", "005010X231A1", body)])


def ack277(
    file: SentFile,
    verdicts: Callable[[SentClaim], str] = lambda _: "A2:20",
    number: Callable[[SentClaim], str] = lambda claim: icn(claim.claim_id),
    control: int = 1,
) -> str:
    """Answer each claim with a category and status; `number` gives the payer's claim number."""
    day = f"{file.answered_on:%Y%m%d}"
    sets: list[str] = []
    for reference in file.references:
        claims = [claim for claim in file.claims if reference.endswith(claim.set_number)]
        body = [
            f"BHT*0085*08*{control}*{day}*1200*TH~",
            f"HL*1**20*1~NM1*PR*2*PAYER*****PI*{file.receiver}~TRN*1*{control}~DTP*050*D8*{day}~DTP*009*D8*{day}~",
            f"HL*2*1*21*1~NM1*41*2*AGENCY*****46*{file.submitter}~TRN*2*{reference}~STC*A1:19:PR*{day}*WQ*0~",
            f"HL*3*2*19*1~NM1*85*2*AGENCY*****XX*{file.npi}~TRN*1*0~STC*A1:19:PR**WQ*0~",
        ]
        for place, claim in enumerate(claims, start=4):
            verdict = verdicts(claim)
            if not verdict:
                continue
            action = "U" if verdict[:2] in {"A3", "A4", "A6", "A7", "A8"} else "WQ"
            body.append(
                f"HL*{place}*3*PT~NM1*QC*1*DOE*JO****MI*{claim.subscriber_id}~TRN*2*{claim.claim_id}~"
                f"STC*{verdict}*{day}*{action}*{_money(claim.charge)}~"
            )
            if number(claim):
                body.append(f"REF*1K*{number(claim)}~")
            body.append(f"DTP*472*D8*{claim.lines[0].day}~")
        sets.append(_set("277", "005010X214", body, len(sets) + 1))
    return _wrapped(file, control, "HN", "005010X214", sets)


@attrs.frozen
class Paid:
    """What the payer decides on a line: the amount, and CAS triplets as (group, reason, amount)."""

    amount: Decimal
    adjustments: tuple[tuple[str, str, Decimal], ...] = ()
    remarks: tuple[str, ...] = ()


def in_full(line: SentLine) -> Paid:
    """Pay what is charged."""
    return Paid(line.charge)


def reduced(line: SentLine) -> Paid:
    """Pay four fifths; the rest is the contract's."""
    amount = line.charge * 4 / 5
    return Paid(amount, (("CO", "45", line.charge - amount),))


def in_half(line: SentLine) -> Paid:
    """Pay half; the limit of the period takes the rest."""
    return Paid(line.charge / 2, (("CO", "119", line.charge / 2),))


def denied(line: SentLine) -> Paid:
    """Pay nothing."""
    return Paid(Decimal(0), (("CO", "16", line.charge),), ("N290",))


@attrs.frozen
class Decision:
    """What stands in one CLP: the claim, its lines' payments, and CLP02.

    `more` are segments that follow NM1*QC.
    """

    claim: SentClaim
    pay: Callable[[SentLine], Paid] = in_full
    status: str = "1"
    number: str = ""
    line_ids: bool = True
    sign: int = 1
    more: str = ""


def reversal(claim: SentClaim, pay: Callable[[SentLine], Paid] = in_full, number: str = "") -> Decision:
    """Take back what was paid."""
    return Decision(claim, pay, "22", number, sign=-1)


def remit(
    file: SentFile,
    decisions: Sequence[Decision],
    trace: str = "EFT1",
    plb: Sequence[tuple[str, str, Decimal]] = (),
    control: int = 1,
    payee: str = "",
    name: str = "STATE MEDICAID",
    payer_id: str = "",
) -> str:
    """Pay: one 835 with a CLP for each decision, and PLB of (code, reference, amount).

    `payee` is an NPI, that of the billing provider where none is given; `name` and `payer_id` are of the payer.
    """
    payee = payee or file.npi or "1234567893"
    body: list[str] = ["LX*1~"]
    total = Decimal(0)
    for decision in decisions:
        claim, sign = decision.claim, decision.sign
        paid = [decision.pay(line) for line in claim.lines]
        amount = sum((one.amount for one in paid), Decimal(0)) * sign
        total += amount
        number = decision.number or icn(claim.claim_id)
        body.append(
            f"CLP*{claim.claim_id}*{decision.status}*{_money(claim.charge * sign)}*{_money(amount)}**MC*{number}*"
            f"11*{claim.frequency}~NM1*QC*1*DOE*JO****MI*{claim.subscriber_id}~{decision.more}"
        )
        for line, one in zip(claim.lines, paid, strict=True):
            body.append(
                f"SVC*{line.procedure}*{_money(line.charge * sign)}*{_money(one.amount * sign)}**{line.units}~"
                f"DTM*472*{line.day}~"
            )
            body += [f"CAS*{group}*{reason}*{_money(value * sign)}~" for group, reason, value in one.adjustments]
            if decision.line_ids:
                body.append(f"REF*6R*{line.line_id}~")
            body += [f"LQ*HE*{code}~" for code in one.remarks]
    for code, reference, value in plb:
        body.append(f"PLB*{payee}*20261231*{code}:{reference}*{_money(value)}~")
        total -= value
    method = "ACH" if total > 0 else "NON"
    # An account at a bank that there is not, from which the payer sends to one like it.
    banks = "CCP*01*999999992*DA*1001*1381234567**01*999999992*DA*2002" if total > 0 else "*" * 10
    head = [
        f"BPR*{'I' if total > 0 else 'H'}*{_money(total)}*C*{method}*{banks}*{file.answered_on:%Y%m%d}~",
        f"TRN*1*{trace}*1381234567~DTM*405*{file.answered_on:%Y%m%d}~",
        f"N1*PR*{name}*XV*{payer_id or file.receiver}~N3*1 MAIN ST~N4*LANSING*MI*48933~PER*BL*HELP*TE*5175550199~",
        f"N1*PE*AGENCY*XX*{payee}~",
    ]
    return _wrapped(file, control, "HP", "005010X221A1", [_set("835", "", head + body)])


def _money(value: Decimal) -> str:
    text = f"{value:.2f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _set(kind: str, version: str, body: Sequence[str], number: int = 1) -> str:
    text = "".join(body)
    control = f"{number:04d}"
    head = f"ST*{kind}*{control}*{version}~" if version else f"ST*{kind}*{control}~"
    return f"{head}{text}SE*{text.count('~') + 2}*{control}~"


def _wrapped(file: SentFile, control: int, function: str, version: str, sets: Sequence[str]) -> str:
    group = f"GS*{function}*{file.receiver}*{file.sender}*{file.answered_on:%Y%m%d}*1200*{control}*X*{version}~"
    return _interchange(file, control, f"{group}{''.join(sets)}GE*{len(sets)}*{control}~", groups=1)


def _interchange(file: SentFile, control: int, body: str, groups: int) -> str:
    isa = (
        f"ISA*00*{'':10}*00*{'':10}*ZZ*{file.receiver:15}*ZZ*{file.sender:15}*{file.answered_on:%y%m%d}*1200*^*00501*"
        f"{control:09d}*0*T*:~"
    )
    return f"{isa}{body}IEA*{groups}*{control:09d}~"
