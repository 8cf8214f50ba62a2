"""What claims must be before an 837I can be written: the rules of the 837P, and those of 005010X223A2 beside them."""

import datetime as dt
import re
from collections.abc import Iterator

from peerbill.claim import Claim, Payer
from peerbill.records import Settings
from peerbill.x12 import rules837p
from peerbill.x12.rules837p import FieldProblem, provider_problems

TYPE_OF_BILL = re.compile(r"[1-9][0-9]")
"""CLM05-1: facility and care, the type of bill without its frequency."""

PATIENT_STATUS = re.compile(r"[0-9]{2}")
REVENUE_CODE = re.compile(r"[0-9]{4}")


def claim_problems(claim: Claim, payer: Payer, settings: Settings, as_of: dt.date | None = None) -> tuple[str, ...]:
    """Return every rule that a claim breaks on its own, as sentences; () for a claim that can be written.

    What of the 837P the 837I does not send is held to its rules all the same: the ledger and a later claim to another
    payer have it. An institutional claim could have 999 lines; it has no more than a professional one, which every
    payer takes.
    """
    found = rules837p.claim_problems(claim, payer, settings, as_of)
    return (*found, *map(str, _institutional(claim)))


def _institutional(claim: Claim) -> Iterator[FieldProblem]:
    if claim.form != "837I":
        yield FieldProblem("form", "the claim is not institutional", "Write it into a file of its own form")
    if not TYPE_OF_BILL.fullmatch(claim.type_of_bill):
        fix = "Give facility and care, such as 13, with its source, in the policy: type_of_bill"
        yield FieldProblem("type_of_bill", "it is not the first two digits of a type of bill", fix)
    if not PATIENT_STATUS.fullmatch(claim.patient_status):
        fix = "Give the code that the payer wants, with its source, in the policy: patient_status"
        yield FieldProblem("patient_status", "it is not two digits", fix)
    if claim.attending is None:
        fix = "Say in the policy whether peer or supervisor attends: attending"
        yield FieldProblem("attending", "nobody is named, and an institutional claim names one person", fix)
    else:
        yield from provider_problems("attending", claim.attending)
    if claim.patient_paid is not None:
        message = "an institutional claim has no element for what the patient paid"
        yield FieldProblem("patient_paid", message, "Bill it in the payer's portal")
    for number, line in enumerate(claim.lines, 1):
        if not REVENUE_CODE.fullmatch(line.revenue_code):
            fix = "Give it, such as 0900, with its source, in the policy: revenue_code"
            yield FieldProblem(f"line {number}, revenue_code", "it is not four digits", fix)
