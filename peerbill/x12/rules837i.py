"""What claims must be before an 837I can be written: the rules of the 837P, and those of 005010X223A2 beside them."""

import datetime as dt
from collections.abc import Iterator

from peerbill import codes
from peerbill.model.claim import Claim, Payer
from peerbill.model.records import Settings
from peerbill.model.sentence import say
from peerbill.x12 import rules837p
from peerbill.x12.rules837p import FieldProblem, provider_problems

WHOLE = frozenset({"1", "4"})
"""Frequencies (CLM05-3) of a bill that ends with the discharge: of the whole stay or visit, and the last of several."""


def claim_problems(claim: Claim, payer: Payer, settings: Settings, as_of: dt.date | None = None) -> tuple[str, ...]:
    """Return every rule that a claim breaks on its own, as sentences; () for a claim that can be written.

    What of the 837P the 837I does not send is held to its rules all the same: the ledger and a later claim to another
    payer have it. An institutional claim could have 999 lines; it has no more than a professional one, which every
    payer takes.
    """
    problems = rules837p.claim_problems(claim, payer, settings, as_of)
    return (*problems, *map(str, _institutional(claim, settings)))


def _institutional(claim: Claim, settings: Settings) -> Iterator[FieldProblem]:
    if claim.form != "837I":
        yield FieldProblem(
            "form", say("not-institutional", "the claim is not institutional"), "Write it into a file of its own form"
        )
    bill = codes.types_of_bill().get(claim.type_of_bill)
    if bill is None:
        fix = "Give facility and care, such as 13, with its source, in the policy: type_of_bill"
        yield FieldProblem(
            "type_of_bill", say("no-type-of-bill", "it is not the first two digits of a type of bill"), fix
        )
    elif bill.inpatient:
        message = say(
            "bill-of-an-inpatient-stay", "it is the bill of an inpatient stay, and no admitting diagnosis is known"
        )
        yield FieldProblem("type_of_bill", message, "Give an outpatient type of bill, such as 13, or use the portal")
    yield from _admission(claim, needs_origin=bill is None or bill.origin)
    if (
        claim.admitted_on is not None
        and claim.lines
        and claim.admitted_on > max(line.service_date for line in claim.lines)
    ):
        yield FieldProblem(
            "admitted_on",
            say("admitted-after-the-service", "it is after the last day of service"),
            "Correct the stay, or the service",
        )
    if claim.attending is None:
        fix = "Say in the policy whether peer or supervisor attends: attending"
        yield FieldProblem(
            "attending", say("nobody-attends", "nobody is named, and an institutional claim names one person"), fix
        )
    else:
        yield from provider_problems("attending", claim.attending)
        if claim.attending.npi and claim.attending.npi == settings.organization.npi:
            fix = "Give the person's own NPI in staff.npi"
            yield FieldProblem(
                "attending.npi", say("attending-is-the-agency", "it is the agency's own, and a person attends"), fix
            )
    if claim.patient_paid is not None:
        message = say("no-element-for-patient-paid", "an institutional claim has no element for what the patient paid")
        yield FieldProblem("patient_paid", message, "Bill it in the payer's portal")
    for number, line in enumerate(claim.lines, 1):
        if not codes.is_revenue_code(line.revenue_code):
            fix = "Give it, such as 0900, with its source, in the policy: revenue_code"
            yield FieldProblem(
                f"line {number}, revenue_code", say("no-revenue-code", "it is not four digits of a code in use"), fix
            )


def _admission(claim: Claim, *, needs_origin: bool) -> Iterator[FieldProblem]:
    """Yield the faults of CL1: every code is of its list, and fits the others and the frequency."""
    for field, code, codes_of_list, what in (
        ("admission_type", claim.admission_type, codes.admission_types(), "such as 3 for a planned visit"),
        ("point_of_origin", claim.point_of_origin, codes.points_of_origin(), "such as 1 for home"),
        ("patient_status", claim.patient_status, codes.patient_statuses(), "such as 01"),
    ):
        if code not in codes_of_list and (code or field != "point_of_origin" or needs_origin):
            fix = f"Give the code that the payer wants, {what}, with its source, in the policy: {field}"
            message = say("no-code-of-its-list", "it is no code of its list") if code else say("blank", "it is blank")
            yield FieldProblem(field, message, fix)
    status = codes.patient_statuses().get(claim.patient_status)
    if status is not None and status.stays and claim.frequency in WHOLE:
        message = say(
            "still-a-patient",
            "{status} (still a patient) contradicts frequency {frequency}",
            status=claim.patient_status,
            frequency=claim.frequency,
        )
        yield FieldProblem("patient_status", message, "Give the status at the end of the visit, such as 01")
    origin = codes.points_of_origin().get(claim.point_of_origin)
    admission = codes.admission_types().get(claim.admission_type)
    if admission is not None and admission.newborn and origin is not None and not origin.newborn:
        yield FieldProblem("point_of_origin", say("no-origin-of-a-newborn", "it is none of a newborn"), "Give 5 or 6")
